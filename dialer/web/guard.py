"""The guard: who may ask for what, under which name of ours, and what a browser may do with the answer.

Decides four things. A request that comes straight from this machine must call us by a name of this machine, so that no
foreign page reaches us by DNS rebinding. Every route but the health ones asks for a token with its scope. In demo mode,
and only straight from this machine, the token `demo` opens everything and pages and streams need none. Answers carry
headers that allow no inline script, no frame and no other origin, and forms only on the public page, only to
ourselves. Headers of proxies are never believed: one that is
there only takes the demonstration's privileges away. Must not know what the handlers do.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import ip_address

from aiohttp import web

from dialer.core.cases.responsible import Officer, OfficerId
from dialer.core.cases.visibility import National, viewer_of
from dialer.web import scopes
from dialer.web.floor import Floor, Token
from dialer.web.keys import FLOOR, HOSTS, OWN_FORMS, SCOPES, TABLE, TOKEN, VIEWER
from dialer.web.problems import Handler, Refused

DEMO_TOKEN = "demo"  # noqa: S105 - opens demonstrations on loopback only
TOKEN_LENGTH_MAX = 200
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})

_PROXY_HEADERS = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")

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
async def token_asked(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let through whoever has the scope that the route asks for."""
    resource = request.match_info.route.resource
    if request.match_info.http_exception is not None or resource is None:
        return await handler(request)
    route = request.app[TABLE]["GET" if request.method == "HEAD" else request.method, resource.canonical]
    if route.needs is None:
        return await handler(request)
    holder = await _holder(request, needs_none=route.for_people)
    if route.needs != "any" and route.needs not in holder.opens:
        raise Refused(
            403,
            f"This token does not have the scope {route.needs}.",
            headers={"WWW-Authenticate": f'Bearer realm="fil-vert", error="insufficient_scope", scope="{route.needs}"'},
        )
    request[SCOPES], request[TOKEN], request[VIEWER] = holder.opens, holder.name, holder.viewer
    return await handler(request)


def is_local(request: web.Request) -> bool:
    """It comes straight from this machine: the peer's address is loopback and no proxy has left its mark."""
    if any(header in request.headers for header in _PROXY_HEADERS) or request.transport is None:
        return False
    return is_loopback(request.transport.get_extra_info("peername"))


def is_loopback(peer: object) -> bool:
    """Whether a socket's peer is this machine. One that is no address (a socket in a file) is not said to be."""
    if not isinstance(peer, tuple):
        return False
    address = ip_address(str(peer[0]).partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _check_name(host: str, more: Collection[str]) -> None:
    name, colon, port = host.rpartition(":")
    if not colon or not port.isdigit():
        name = host
    if name.lower() not in LOCAL_NAMES and name.lower() not in more:
        raise Refused(421, "This service does not answer to this name; use http://127.0.0.1 or http://localhost.")


@dataclass(frozen=True, slots=True)
class Holder:
    """Of the request's token: its name, all that it opens, and whose cases it shows."""

    name: str
    opens: frozenset[str]
    viewer: National | Officer


_DEMO = Holder(DEMO_TOKEN, scopes.ALL, National())


async def _holder(request: web.Request, *, needs_none: bool) -> Holder:
    """Who asks. Raises Refused 401."""
    floor = request.app[FLOOR]
    demo = floor.mode == "demo" and is_local(request)
    sent = request.headers.getall("Authorization", [])
    if not sent and demo and needs_none:
        return _DEMO
    if not sent:
        raise _unauthorized("Send a token: Authorization: Bearer …", None)
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


def _viewer(floor: Floor, token: Token) -> National | Officer:
    """An officer of the configuration sees the académies that stand there; whoever else, what their token says."""
    return floor.rules().officers.get(OfficerId(token.name)) or viewer_of(token.name, token.academie)


def _unauthorized(detail: str, error: str | None) -> Refused:
    challenge = 'Bearer realm="fil-vert"' + (f', error="{error}"' if error else "")
    return Refused(401, detail, headers={"WWW-Authenticate": challenge})
