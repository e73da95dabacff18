"""The guard: who may ask for what, under which name of ours, and what a browser may do with the answer.

Decides five things. A request that comes straight from this machine must call us by a name of this machine, so that no
foreign page reaches us by DNS rebinding. Every route but the health ones, and those by which one signs in, asks for a
token with its scope, or for the session of an account whose roles open it as far as it goes; never for both at once. A
page that is no role's of theirs is not there. What a session changes comes from a page of ours: its Origin, and for the
API its CSRF code, say so. In demo mode, and only straight from this machine, the token `demo` opens everything and
pages and streams need none. Answers carry headers that allow no inline script, no frame and no other origin, and forms
only to ourselves, where there are any. Must not know what the handlers do.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from aiohttp import web

from dialer.core.access.account import viewer_of as viewer_of_account
from dialer.core.access.roles import Reach, pages_of, reach, scopes_of
from dialer.core.access.session import Standing, is_fresh
from dialer.core.cases.responsible import Officer, OfficerId
from dialer.core.cases.visibility import National, viewer_of
from dialer.web import scopes
from dialer.web.floor import Floor, Token
from dialer.web.holder import Holder
from dialer.web.keys import FLOOR, HOLDER, HOME, HOSTS, MICROPHONE, OUTSIDE, OWN_FORMS, SCOPES, TABLE, TOKEN, VIEWER
from dialer.web.outside import is_local, is_ours
from dialer.web.problems import Handler, Refused
from dialer.web.sign_in_session import (
    CSRF_HEADER,
    PASSWORD,
    Found,
    home_of,
    secret_of,
    see,
    seen,
    sent_csrf,
    session_of,
    to_sign_in,
)

if TYPE_CHECKING:
    from dialer.web.routes import Route

DEMO_TOKEN = "demo"  # noqa: S105 - opens demonstrations on loopback only
TOKEN_LENGTH_MAX = 200
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

_FORM_HEADERS = {
    "Content-Security-Policy": _HEADERS["Content-Security-Policy"].replace("form-action 'none'", "form-action 'self'"),
    "Referrer-Policy": "same-origin",
}
"""Where a page has forms. With no-referrer a browser would send them with `Origin: null`, which we refuse."""


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """On every answer, streams and errors included."""
    response.headers.update(_HEADERS)
    if request.get(OWN_FORMS):
        response.headers.update(_FORM_HEADERS)
    if request.get(MICROPHONE):
        response.headers["Permissions-Policy"] = _HEADERS["Permissions-Policy"].replace(
            "microphone=()", "microphone=(self)"
        )
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.pop("Server", None)


@web.middleware
async def known_host(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a request straight from this machine that calls us by another machine's name, or from another's page."""
    if is_local(request):
        _check_name(request.host, request.app[HOSTS])
        origin = request.headers.get("Origin")
        if origin is not None and origin.partition("://")[2] != request.host:
            raise Refused(403, "This service is not for the pages of another origin.")
    return await handler(request)


@web.middleware
async def let_in(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let through whoever has what the route asks for."""
    resource = request.match_info.route.resource
    if request.match_info.http_exception is not None or resource is None:
        return await handler(request)
    route = request.app[TABLE]["GET" if request.method == "HEAD" else request.method, resource.canonical]
    if route.needs is None:
        return await handler(request)
    holder = await _holder(request, route)
    if isinstance(holder, web.Response):
        return holder
    if holder.account is not None:
        request[HOME] = home_of(request, holder.account)
        if request.path == "/" and route.page not in pages_of(holder.account.roles):
            return see(request[HOME])
    _refuse_beyond(request, route, holder)
    viewer = holder.viewer
    if route.needs == "persons" and holder.account is not None:
        viewer = National()  # who keeps what persons ask of their data answers to all of them, and works on no case
    request[HOLDER], request[SCOPES], request[TOKEN], request[VIEWER] = holder, holder.wide, holder.name, viewer
    return await handler(request)


def _check_name(host: str, more: Collection[str]) -> None:
    name, colon, port = host.rpartition(":")
    if not colon or not port.isdigit():
        name = host
    if name.lower() not in LOCAL_NAMES and name.lower() not in more:
        raise Refused(421, "This service does not answer to this name; use http://127.0.0.1 or http://localhost.")


_DEMO = Holder(DEMO_TOKEN, scopes.ALL, National())


async def _holder(request: web.Request, route: Route) -> Holder | web.Response:
    """Who asks, or the way to where they sign in. Raises Refused: 400, 401, 403."""
    floor = request.app[FLOOR]
    demo = floor.mode == "demo" and is_local(request)
    sent = request.headers.getall("Authorization", [])
    secret = secret_of(request) if floor.access is not None else None
    if sent and secret:
        raise Refused(400, "Send a token or a session's cookie, and not both: a page's request is no program's.")
    found = await session_of(request) if secret else None
    if found is not None:
        return await _signed_in(request, route, found)
    if not sent and demo and route.for_people:
        return _DEMO
    if not sent:
        return _not_signed_in(request, route, "Send a token: Authorization: Bearer …")
    scheme, _, plain = sent[0].partition(" ")
    plain = plain.strip()
    if len(sent) > 1 or scheme.lower() != "bearer" or not plain or len(plain) > TOKEN_LENGTH_MAX:
        raise _unauthorized("Send one token: Authorization: Bearer …", "invalid_request")
    if demo and plain == DEMO_TOKEN:
        return _DEMO
    token = await floor.check_token(plain)
    if token is None:
        raise _unauthorized("This token is not known, or no longer.", "invalid_token")
    return Holder(token.name, scopes.opened_by(token.scopes), _viewer(floor, token))


async def _signed_in(request: web.Request, route: Route, found: Found) -> Holder | web.Response:
    """The holder that an account is. Raises Refused: 401 while it sleeps, 403 for what no page of ours sends."""
    floor = request.app[FLOOR]
    if found.standing is Standing.ASLEEP:
        return _not_signed_in(request, route, "This session sleeps: sign in over it, and go on.")
    changes = request.method not in ("GET", "HEAD")
    if (changes or route.stream) and not is_ours(request, request.app[OUTSIDE]):
        raise Refused(403, "This service is not for the pages of another origin.")
    if changes and not sent_csrf(floor, found.session, request.headers.get(CSRF_HEADER, "")):
        raise Refused(403, f"What a session changes comes with its code: {CSRF_HEADER}: …")
    if found.standing is Standing.CHANGES and not _is_file(route):
        if route.page is not None and not route.stream:
            return to_sign_in(request, PASSWORD)
        raise Refused(403, "This account's password was given by somebody else: change it first.")
    if not route.stream and not _is_file(route):
        await seen(floor, found)
    account = found.account
    return Holder(
        account.id, scopes_of(account.roles), viewer_of_account(account, floor.rules().officers), account, found.session
    )


def _is_file(route: Route) -> bool:
    """A part of a page, which a browser asks for without anybody."""
    return route.for_people and route.page is None


def _not_signed_in(request: web.Request, route: Route, detail: str) -> web.Response:
    """A page leads to where one signs in, where there are accounts. Raises Refused 401 for the rest."""
    if route.page is not None and not route.stream and request.app[FLOOR].access is not None:
        return to_sign_in(request)
    raise _unauthorized(detail, None)


def _refuse_beyond(request: web.Request, route: Route, holder: Holder) -> None:
    """Raises Refused where the route is not theirs: 404 for a page of others, 403 for the API."""
    account = holder.account
    if account is not None and route.page is not None and route.page not in pages_of(account.roles):
        raise Refused(404, "There is nothing at this address.")
    if route.needs is None or route.needs == "any":
        return
    if route.needs not in holder.opens:
        what = "token does not have" if account is None else "account does not open"
        raise Refused(
            403,
            f"This {what} the scope {route.needs}.",
            headers={"WWW-Authenticate": f'Bearer realm="fil-vert", error="insufficient_scope", scope="{route.needs}"'},
        )
    if account is not None and reach(account.roles, route.needs) is Reach.OWN and not route.own:
        raise Refused(403, f"With this account the scope {route.needs} opens what is its own, and nothing else.")
    if route.fresh and holder.session is not None and not is_fresh(holder.session, request.app[FLOOR].now()):
        raise Refused(403, "Prove again that it is you: sign in once more over your session, and ask again.")


def _viewer(floor: Floor, token: Token) -> National | Officer:
    """An officer of the configuration sees the académies that stand there; whoever else, what their token says."""
    return floor.rules().officers.get(OfficerId(token.name)) or viewer_of(token.name, token.academie)


def _unauthorized(detail: str, error: str | None) -> Refused:
    challenge = 'Bearer realm="fil-vert"' + (f', error="{error}"' if error else "")
    return Refused(401, detail, headers={"WWW-Authenticate": challenge})
