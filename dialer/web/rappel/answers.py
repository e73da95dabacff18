"""The answers of the public page: HTML with what a form needs, and refusals that say what to do instead.

Decides how an answer looks. Must not know when one is given.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from dialer.web.keys import FLOOR, OWN_FORMS, RECEPTION
from dialer.web.render import page


def html(request: web.Request, template: str, *, status: int = 200, **values: Any) -> web.Response:
    """A public page. It may send forms to ourselves, which the pages inside may not."""
    request[OWN_FORMS] = True
    us = request.app[RECEPTION].us(request.app[FLOOR])
    return web.Response(status=status, text=page(template, us=us, **values), content_type="text/html")


def refusal(
    request: web.Request, status: int, heading: str, text: str, *, again: str | None = None, wait_s: int = 0
) -> web.Response:
    """What cannot be done, why, and our telephone numbers. ``again``: where to try anew."""
    answer = html(request, "rappel_refus.html", status=status, heading=heading, text=text, again=again)
    if wait_s:
        answer.headers["Retry-After"] = str(wait_s)
    return answer


def too_many(request: web.Request, wait_s: int) -> web.Response:
    minutes = -(-wait_s // 60)
    after = "une minute" if minutes == 1 else f"{minutes} minutes"
    return refusal(
        request, 429, "Trop de demandes à la fois",
        f"Beaucoup de demandes viennent d’arriver depuis votre connexion, ou en même temps que la vôtre. "
        f"Réessayez dans {after}. Rien n’a été enregistré.",
        again="/rappel", wait_s=wait_s,
    )  # fmt: skip


def no_such_link(request: web.Request) -> web.Response:
    """One answer for every wrong link: none tells which requests there are."""
    return refusal(
        request, 404, "Lien inconnu",
        "Ce lien n’ouvre aucune demande. Vérifiez qu’il est entier. "
        "Une demande terminée depuis longtemps n’est plus conservée.",
        again="/rappel",
    )  # fmt: skip


def no_longer_kept(request: web.Request) -> web.Response:
    """To a link that is ours: what it opened was archived or erased."""
    return refusal(
        request, 410, "Votre dossier n’est plus conservé",
        "Nous gardons un dossier quelques mois après sa fin, ou moins longtemps si vous le demandez. "
        "Celui-ci n’est plus conservé. Vous pouvez faire une nouvelle demande.",
        again="/rappel",
    )  # fmt: skip


def unavailable(request: web.Request) -> web.Response:
    return refusal(
        request, 503, "Demande impossible en ligne pour le moment",
        "Le service ne peut pas prendre de demande ici en ce moment.",
        again=request.path,
    )  # fmt: skip


def see(request: web.Request, path: str) -> web.Response:
    """After a change: go and look, so that reloading repeats nothing."""
    request[OWN_FORMS] = True
    return web.Response(status=303, headers={"Location": path})
