"""The public routes: added to the table only where the public page is wanted, and open to everybody.

Decides nothing else.
"""

from __future__ import annotations

from dialer.web import accessibility
from dialer.web.rappel import dossier, follow, opposition, pages
from dialer.web.routes import Route

_LINK = "/rappel/suivi/{link}"

RAPPEL_ROUTES: tuple[Route, ...] = (
    Route("GET", "/rappel", None, pages.ask_page, "The public form.", for_people=True),
    Route("POST", "/rappel", None, pages.ask, "A public request to be called back.", for_people=True),
    Route("GET", "/rappel/preuve", None, pages.challenge, "A challenge for the proof of work.", for_people=True),
    Route("GET", "/rappel/static/{name}", None, pages.static_file, "Style and scripts of the public pages.",
          for_people=True, problems=(404,)),
    Route("GET", "/rappel/accessibilite", None, accessibility.public_statement, "The statement of accessibility.",
          for_people=True),
    Route("GET", _LINK, None, dossier.dossier_page, "One's own file.", for_people=True, problems=(404, 410)),
    Route("GET", f"{_LINK}/dossier", None, dossier.back, "Back to one's own file.", for_people=True, problems=(404,)),
    Route("POST", f"{_LINK}/dossier", None, dossier.act, "Something done in one's own file.", for_people=True,
          problems=(404, 409, 410, 422)),
    Route("GET", f"{_LINK}/opposition", None, opposition.oppose_page, "Whether never to be called again.",
          for_people=True, problems=(404,)),
    Route("POST", f"{_LINK}/opposition", None, opposition.oppose, "Never to be called again.", for_people=True,
          problems=(404,)),
    Route("GET", f"{_LINK}/creneau", None, follow.move_page, "Other windows.", for_people=True, problems=(404,)),
    Route("POST", f"{_LINK}/creneau", None, follow.move, "Move one's request.", for_people=True, problems=(404,)),
    Route("GET", f"{_LINK}/annulation", None, follow.cancel_page, "Whether to cancel.", for_people=True,
          problems=(404,)),
    Route("POST", f"{_LINK}/annulation", None, follow.cancel, "Cancel one's request.", for_people=True,
          problems=(404,)),
)  # fmt: skip
