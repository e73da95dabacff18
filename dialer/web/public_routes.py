"""The routes that are open to everybody wherever we run. Decides nothing else."""

from __future__ import annotations

from dialer.web import accessibility, sip_proxy
from dialer.web.routes import Route

PUBLIC_ROUTES: tuple[Route, ...] = (
    Route("GET", "/accessibilite", None, accessibility.statement, "The statement of accessibility.", for_people=True),
    Route("GET", "/accessibilite/static/{name}", None, accessibility.static_file, "Style and icon of the statement.",
          for_people=True, problems=(404,)),
    Route("GET", "/sip", None, sip_proxy.sip, "A softphone's SIP, as a WebSocket: a key's ticket opens it, and nothing "
          "else.", problems=(400, 403, 404, 503)),
)  # fmt: skip
