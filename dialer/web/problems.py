"""What went wrong with a request, as RFC 9457 problems.

Decides how every error looks: `application/problem+json`, or a short page in French for a person in a browser. Must
not know which request it was beyond what its reader needs.
"""

from __future__ import annotations

import secrets
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path

import structlog
from aiohttp import web

from dialer.web.keys import HOME
from dialer.web.models import BODY_MAX, FieldFault, Problem
from dialer.web.render import page

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = structlog.get_logger(__name__)

_TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}
"""RFC 9110's names where Python 3.11 still has the older ones."""

_FRENCH = {
    401: ("Accès réservé", "Cette page demande une autorisation."),
    403: ("Accès refusé", "Votre autorisation ne donne pas accès à cette page."),
    404: ("Page introuvable", "Cette page n’existe pas, ou l’appel demandé n’est plus conservé."),
    405: ("Action impossible", "Cette adresse ne permet pas cette action."),
    421: ("Adresse inattendue", "Ce service ne répond pas à ce nom. Utilisez l’adresse donnée au démarrage."),
    500: ("Erreur du service", "La page n’a pas pu être préparée. Réessayez dans un instant."),
    503: ("Service momentanément indisponible", "Réessayez dans un instant."),
}


class Refused(Exception):
    """A request that is answered with a problem. ``errors``: every fault of its fields at once."""

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Sequence[FieldFault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = headers


def problem(
    status: int,
    detail: str | None,
    errors: Sequence[FieldFault] = (),
    headers: Mapping[str, str] | None = None,
    reference: str | None = None,
) -> web.Response:
    """The answer that tells of one problem."""
    body = Problem(title=_title(status), status=status, detail=detail, errors=list(errors) or None, reference=reference)
    return web.Response(
        status=status,
        body=body.model_dump_json(exclude_none=True).encode(),
        content_type="application/problem+json",
        headers=headers,
    )


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error becomes a problem; what we did not expect is logged, with nothing of it in the answer."""
    try:
        return await handler(request)
    except Refused as refused:
        return _answer(request, refused.status, refused.detail, refused.errors, refused.headers)
    except web.HTTPRequestEntityTooLarge:
        return _answer(request, 413, f"The body is over {BODY_MAX} bytes.")
    except web.HTTPMethodNotAllowed as refused:
        allowed = ", ".join(sorted(refused.allowed_methods))
        return _answer(request, 405, f"{request.method} is not possible here; use {allowed}.", (), {"Allow": allowed})
    except web.HTTPNotFound:
        return _answer(request, 404, "There is nothing at this address.")
    except web.HTTPException as refused:
        return _answer(request, refused.status, refused.text or None)
    except ConnectionError:  # whoever asked is gone: nobody to answer, nothing wrong with us
        raise
    except Exception as error:
        reference = secrets.token_hex(4)
        resource = request.match_info.route.resource
        route = resource.canonical if resource else None
        log.error("request failed", route=route, reference=reference, **where(error))
        return _answer(request, 500, "Our mistake. It was logged under this reference.", reference=reference)


def where(error: BaseException) -> dict[str, object]:
    """What the log may know of an error: its kind and place. A message or a local may hold a caller's number."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return {"error": type(error).__name__, "where": places}


def _answer(
    request: web.Request,
    status: int,
    detail: str | None,
    errors: Sequence[FieldFault] = (),
    headers: Mapping[str, str] | None = None,
    reference: str | None = None,
) -> web.Response:
    if request.path.startswith("/api/") or "text/html" not in request.headers.get("Accept", ""):
        return problem(status, detail, errors, headers, reference)
    title, text = _FRENCH.get(status, ("Demande impossible", "Cette demande n’a pas pu être traitée."))
    home = request.get(HOME, "/")
    html = page("erreur.html", title=title, text=text, status=status, reference=reference, home=home)
    return web.Response(status=status, text=html, content_type="text/html", headers=headers)


def _title(status: int) -> str:
    return _TITLES.get(status) or HTTPStatus(status).phrase
