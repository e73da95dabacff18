"""The session of a request: its cookie, whose it is, how it stands, and the cookies that a browser is given.

Decides the cookies and when somebody gives a sign of themselves. What a session is worth is `core.access.session`'s.

Over TLS the cookie is `__Host-fv`: of this very host, Secure. In the clear there is one on loopback alone, `fv`, and
anywhere else none at all. HttpOnly: no script of ours needs it. SameSite=Lax and not Strict: whoever follows a link to
a case from an e-mail is signed in there; what changes something is kept from other sites by Origin and the CSRF code.
It ends with the browser; the service ends it sooner. The device's cookie opens nothing (`core.access.device`). What
was begun at a provider of identities lies with the browser for as long as it may take to come back; what a provider
wants to see of whoever signs out there, with the one path that asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from aiohttp import web

from dialer.access.oidc import BEGUN_MAX, RelyingParty
from dialer.core.access import sealed
from dialer.core.access.account import Account
from dialer.core.access.device import VALID
from dialer.core.access.roles import pages_of
from dialer.core.access.session import (
    Seen,
    Session,
    SessionDigest,
    Standing,
    csrf_code,
    is_csrf_code,
    standing,
    transition,
)
from dialer.web.access_floor import AccessFloor
from dialer.web.floor import Floor
from dialer.web.keys import FLOOR, OUTSIDE, TABLE
from dialer.web.outside import Way, is_local, way_of
from dialer.web.rappel.client import address_of, is_among

SECRET_MAX = 100
"""Characters of a cookie that could be ours."""
CSRF_HEADER = "X-CSRF"
CSRF_FIELD = "csrf"
SIGN_IN, PASSWORD, ACCOUNT = "/connexion", "/mot-de-passe", "/compte"
SESSION = {Way.TLS: "__Host-fv", Way.LOOPBACK: "fv"}
_DEVICE = {Way.TLS: "__Host-fv-poste", Way.LOOPBACK: "fv-poste"}
_BEGUN = {Way.TLS: "__Host-fv-aller", Way.LOOPBACK: "fv-aller"}
_ID_TOKEN = {Way.TLS: "__Secure-fv-sortie", Way.LOOPBACK: "fv-sortie"}
"""With a path of its own, which `__Host-` does not allow."""
SIGN_OUT = "/deconnexion"
ID_TOKEN_MAX = 3_500
"""Characters of an id_token that a cookie holds; who has a longer one signs out here alone."""
PROVIDER: web.AppKey[RelyingParty] = web.AppKey("PROVIDER")
"""By which people sign in too, where an operator says so."""
_PROXY_HEADERS = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")


@dataclass(frozen=True, slots=True)
class Found:
    """A session that is not over."""

    session: Session
    account: Account
    standing: Standing


def way(request: web.Request) -> Way | None:
    """By which somebody may sign in here, and be known again. In a demonstration, whose passwords everybody knows,
    from this machine alone."""
    if request.app[FLOOR].mode == "demo" and not is_local(request):
        return None
    return way_of(request, request.app[OUTSIDE])


def hidden_by(request: web.Request) -> tuple[str, bool] | None:
    """The address of the proxy by which this came, of which we cannot know whether it came there over TLS, and whether
    we trust the proxy; None: we do, or there is none that says so."""
    peer = request.transport.get_extra_info("peername") if request.transport is not None else None
    address = address_of(peer, (), ())
    if address is None or not any(header in request.headers for header in _PROXY_HEADERS):
        return None
    trusted = is_among(address, request.app[OUTSIDE].trusted_proxies)
    return None if trusted and "X-Forwarded-Proto" in request.headers else (str(address), trusted)


def secret_of(request: web.Request) -> str | None:
    """What the browser sent as its session, whatever it is worth."""
    found = way(request)
    return request.cookies.get(SESSION[found]) if found is not None else None


async def session_of(request: web.Request) -> Found | None:
    """None: there is none, or it is over."""
    access, secret = request.app[FLOOR].access, secret_of(request)
    if access is None or not secret or len(secret) > SECRET_MAX:
        return None
    return await _found(request.app[FLOOR], access, SessionDigest(sealed.digest(secret)))


async def goes_on(floor: Floor, session: Session) -> bool:
    """Whether what was opened by this session may stay open."""
    found = await _found(floor, floor.access, session.digest) if floor.access is not None else None
    return found is not None and found.standing is Standing.AWAKE


async def _found(floor: Floor, access: AccessFloor, digest: SessionDigest) -> Found | None:
    session = await access.session(digest)
    account = await access.account(session.account) if session is not None else None
    if session is None or account is None:
        return None
    now = standing(session, account, floor.now(), in_a_call=calling(access, account))
    return None if now is Standing.OVER else Found(session, account, now)


def calling(access: AccessFloor, account: Account) -> bool:
    return account.adviser is not None and access.in_a_call(account.adviser)


async def seen(floor: Floor, found: Found) -> None:
    """They pressed or opened something."""
    if floor.access is None:
        return
    after = transition(found.session, found.account, Seen(floor.now()), in_a_call=calling(floor.access, found.account))
    if isinstance(after, Session) and after != found.session:
        await floor.access.keep_session(after)


def csrf_of(access: AccessFloor, session: Session) -> str:
    return csrf_code(access.csrf_key, session)


def sent_csrf(floor: Floor, session: Session, sent: str) -> bool:
    return floor.access is not None and is_csrf_code(floor.access.csrf_key, session, sent)


# -- where to ---------------------------------------------------------------------------------------


def home_of(request: web.Request, account: Account) -> str:
    """The first page of theirs; without one, their account's."""
    theirs = pages_of(account.roles)
    for (method, path), route in request.app[TABLE].items():
        if method == "GET" and route.page in theirs and not route.stream and "{" not in path:
            return path
    return ACCOUNT


def own_path(text: str) -> str | None:
    """A path of ours to go to, as somebody else may have written it; None: it is none."""
    fits = len(text) <= 500 and all("!" <= sign <= "~" for sign in text)
    if not fits or "\\" in text or not text.startswith("/") or text.startswith("//"):
        return None
    return text


def to_sign_in(request: web.Request, path: str = SIGN_IN) -> web.Response:
    """There first, and back to what was asked for."""
    return see(f"{path}?vers={quote(request.path_qs, safe='/')}")


def see(path: str) -> web.Response:
    return web.Response(status=303, headers={"Location": path})


# -- cookies ----------------------------------------------------------------------------------------


def give_session(request: web.Request, response: web.Response, secret: str) -> None:
    _give(request, response, SESSION, secret)


def take_session(request: web.Request, response: web.Response) -> None:
    _take(request, response, SESSION)


def device_cookie(request: web.Request) -> str:
    return _read(request, _DEVICE)


def give_device(request: web.Request, response: web.Response, passes: str) -> None:
    _give(request, response, _DEVICE, passes, valid=VALID)


def begun_cookie(request: web.Request) -> str:
    return _read(request, _BEGUN)


def give_begun(request: web.Request, response: web.Response, sealed_text: str) -> None:
    _give(request, response, _BEGUN, sealed_text, valid=BEGUN_MAX)


def take_begun(request: web.Request, response: web.Response) -> None:
    _take(request, response, _BEGUN)


def id_token_cookie(request: web.Request) -> str:
    return _read(request, _ID_TOKEN)


def give_id_token(request: web.Request, response: web.Response, id_token: str) -> None:
    if len(id_token) <= ID_TOKEN_MAX:
        _give(request, response, _ID_TOKEN, id_token, path=SIGN_OUT)


def take_id_token(request: web.Request, response: web.Response) -> None:
    _take(request, response, _ID_TOKEN, path=SIGN_OUT)


def _read(request: web.Request, names: Mapping[Way, str]) -> str:
    found = way(request)
    return request.cookies.get(names[found], "") if found is not None else ""


def _give(
    request: web.Request, response: web.Response, names: Mapping[Way, str], text: str,
    *, valid: timedelta | None = None, path: str = "/",
) -> None:  # fmt: skip
    """Not at all by a way on which others could read it. ``valid``: None, until the browser ends."""
    found = way(request)
    if found is not None:
        age_s = int(valid.total_seconds()) if valid is not None else None
        response.set_cookie(
            names[found], text, path=path, max_age=age_s, secure=found is Way.TLS, httponly=True, samesite="Lax"
        )


def _take(request: web.Request, response: web.Response, names: Mapping[Way, str], path: str = "/") -> None:
    found = way(request)
    if found is not None:
        response.del_cookie(names[found], path=path, secure=found is Way.TLS, httponly=True, samesite="Lax")
