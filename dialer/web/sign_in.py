"""Signing in and out in the browser: the forms, and what each try passes before it is answered.

Decides the order: the way by which it came, whose page sends it, the rate of all forms, the throttle, the password, the
account, the session; the audit is told before anybody is answered. One sentence answers whoever is not let in
(`core.access.sign_in`); why, the audit alone knows. Who signs in over a session of theirs goes on in it, under a new
secret; over somebody else's, that one is ended. A script of ours that stays on its page sends the same form and asks
for JSON: what came of it, with the code that goes with the new secret, or a problem; over somebody else's session it is
refused, since the page is theirs. Must not know how a password is hashed nor where anything is kept.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from aiohttp import web
from pydantic import SecretStr

from dialer.access.passwords import Overloaded, Verified
from dialer.core.access import audit, sealed
from dialer.core.access.account import Account, AccountId, PasswordRehashed
from dialer.core.access.account import transition as account_after
from dialer.core.access.device import DeviceId, known_device, with_pass
from dialer.core.access.password import LENGTH_MAX
from dialer.core.access.session import (
    Ended,
    ProvenAgain,
    Revoked,
    Session,
    SessionDigest,
    SignedOut,
    SittingId,
    Standing,
    begin,
    is_fresh,
    transition,
)
from dialer.core.access.sign_in import SENTENCES, LetIn, NotLetIn, Password, Via, Why, decide, name_asked
from dialer.core.access.throttle import Counts, LetThrough, Try, Wait
from dialer.core.events import AccessTold
from dialer.core.words import Instant, Record
from dialer.web import files, sign_in_words
from dialer.web.access_floor import AccessFloor
from dialer.web.commit import commit
from dialer.web.floor import Floor
from dialer.web.keys import FLOOR, OUTSIDE, OWN_FORMS, SIGN_IN_LIMITS
from dialer.web.outside import is_ours, network_asking
from dialer.web.problems import Refused, problem
from dialer.web.render import page
from dialer.web.sign_in_session import (
    ACCOUNT,
    CSRF_FIELD,
    PASSWORD,
    PROVIDER,
    SIGN_IN,
    Found,
    calling,
    csrf_of,
    device_cookie,
    give_device,
    give_session,
    hidden_by,
    home_of,
    id_token_cookie,
    own_path,
    see,
    sent_csrf,
    session_of,
    take_id_token,
    take_session,
    to_sign_in,
    way,
)

STATIC = frozenset({"fil-vert.css", "fil-vert.svg", "rappel.css"})
"""What a browser may load before anybody signed in; the rest of the pages' files is for those who did."""
SECRET_BYTES = 32
BUSY_S = 2
OUT = f"{SIGN_IN}?fin"
PROVIDER_PATH = f"{SIGN_IN}/fournisseur"


async def sign_in_page(request: web.Request) -> web.Response:
    access_of(request)
    if way(request) is None:
        return closed(request)
    found = await session_of(request)
    if found is not None and found.standing is not Standing.ASLEEP and is_fresh(found.session, now(request)):
        return see(onward(request, found.account, found.standing is Standing.CHANGES, vers_of(request.query)))
    return form(request, found, {"vers": vers_of(request.query) or "", "out": "fin" in request.query})


async def sign_in(request: web.Request) -> web.Response:
    access, floor = access_of(request), request.app[FLOOR]
    if way(request) is None:
        return closed(request)
    sent = await form_of(request)
    found = await session_of(request)
    vers = vers_of(sent) or ""
    shown: dict[str, Any] = {"vers": vers}
    if wait_s := request.app[SIGN_IN_LIMITS].wait_s(request):
        return not_now(request, found, shown, 429, SENTENCES[Why.TOO_OFTEN].fr, wait_s)
    written, password = sent.get("identifiant", ""), sent.get("mot_de_passe", "")
    if not written.strip() or not password:
        return form(request, found, shown | {"fault": sign_in_words.EMPTY, "name": written[:LENGTH_MAX]}, 422)
    name, at = name_asked(written), floor.now()
    if wants_json(request) and found is not None and found.account.id != name:
        return form(request, found, shown | {"fault": sign_in_words.SOMEBODY_ELSE}, 409)
    shown["name"] = "" if name.startswith("?") else name
    account = await access.account(name)
    if account is not None and account.pardoned_at is not None:
        access.throttle.pardon(account.id, account.pardoned_at)
    device = known_device(access.device_key, device_cookie(request), name, at)
    asked = Try(name, network_asking(request, request.app[OUTSIDE]), device)
    let = access.throttle.begin(asked, at)
    if isinstance(let, Wait):
        await _refused(floor, NotLetIn(Why.TOO_OFTEN, _id(account)), at, device, let.by)
        return not_now(request, found, shown, 429, SENTENCES[Why.TOO_OFTEN].fr, _whole_s(let.until - at))
    verified = await _verified(access, account, password, asked, let)
    if isinstance(verified, Overloaded):
        await _refused(floor, NotLetIn(Why.OVERLOADED, _id(account)), at, device)
        return not_now(request, found, shown, 503, SENTENCES[Why.OVERLOADED].fr, BUSY_S)
    decided = decide(account, Password(verified.right))
    if isinstance(decided, NotLetIn) or account is None:
        if isinstance(decided, NotLetIn):
            await _refused(floor, decided, at, device)
        return form(request, found, shown | {"fault": SENTENCES[Why.WRONG_PASSWORD].fr}, 403)
    access.throttle.right(asked, let)
    await _rehash(access, account, verified, at)
    secret, session = await begin_session(access, found, account, decided, at, known=device is not None)
    to = onward(request, account, decided.must_change, vers)
    response = see(to)
    if wants_json(request):
        again = found is not None and found.session.sitting == session.sitting
        response = web.json_response(
            {"account": account.id, "again": again, "csrf": csrf_of(access, session), "to": to}
        )
    give_session(request, response, secret)
    passes = with_pass(
        access.device_key, device_cookie(request), account.id, device or DeviceId(secrets.token_hex(16)), at
    )
    give_device(request, response, passes)
    request[OWN_FORMS] = True
    return response


async def sign_out(request: web.Request) -> web.Response:
    """Of whatever there is: without a session, nothing."""
    access, floor = access_of(request), request.app[FLOOR]
    sent = await form_of(request)
    found = await session_of(request)
    if found is not None:
        if not sent_csrf(floor, found.session, sent.get(CSRF_FIELD, "")):
            raise Refused(403, "This form is not one of this session's.")
        ended = transition(found.session, found.account, SignedOut(floor.now()))
        if isinstance(ended, Session):
            told = audit.session_over(found.account.id, Ended.SIGNED_OUT, found.account.id, floor.now())
            await access.keep_session(ended, None, (told,))
    response = await _out_there_too(request, found) or see(OUT)
    take_session(request, response)
    take_id_token(request, response)
    return response


async def _out_there_too(request: web.Request, found: Found | None) -> web.Response | None:
    """A page that leads on to the provider by which they came, so that it forgets them too. None: there is none, or it
    does not answer. No redirection: a form may be sent to ourselves alone, and on from there nowhere else."""
    id_token = id_token_cookie(request)
    if found is None or found.session.via is not Via.PROVIDER or not id_token or PROVIDER not in request.app:
        return None
    party = request.app[PROVIDER]
    to = await party.sign_out(SecretStr(id_token))
    return html(request, "connexion_sortie.html", url=to[0], provider=party.name) if to is not None else None


async def account_page(request: web.Request) -> web.Response:
    """One's own account, which every account has."""
    access = access_of(request)
    found = await session_of(request)
    if found is None or found.standing is Standing.ASLEEP:
        return to_sign_in(request)
    if found.standing is Standing.CHANGES:
        return to_sign_in(request, PASSWORD)
    home = home_of(request, found.account)
    return html(
        request, "compte.html",
        account=found.account,
        roles=sign_in_words.roles_of(found.account.roles),
        home=home if home != ACCOUNT else None,
        via=found.session.via,
        csrf=csrf_of(access, found.session),
    )  # fmt: skip


async def signed_out(request: web.Request) -> web.Response:
    """Back from a provider where they signed out."""
    access_of(request)
    return see(OUT)


async def static_file(request: web.Request) -> web.Response:
    if request.match_info["name"] not in STATIC:
        raise Refused(404, "There is no such file.")
    return await files.static_file(request)


# -- what the pages of an account share -------------------------------------------------------------


def access_of(request: web.Request) -> AccessFloor:
    """Raises Refused 404 where there are no accounts."""
    access = request.app[FLOOR].access
    if access is None:
        raise Refused(404, "There is nothing at this address.")
    return access


def now(request: web.Request) -> Instant:
    return request.app[FLOOR].now()


async def form_of(request: web.Request) -> Mapping[str, str]:
    """What a form of ours sent. Raises Refused: 403 from another's page, 413, 400."""
    if not is_ours(request, request.app[OUTSIDE]):
        raise Refused(403, "This service is not for the pages of another origin.")
    try:
        sent = await request.post()
    except ValueError:
        raise Refused(400, "This is no form.") from None
    return {name: value for name, value in sent.items() if isinstance(value, str)}


def html(request: web.Request, template: str, status: int = 200, **values: Any) -> web.Response:
    request[OWN_FORMS] = True
    return web.Response(status=status, text=page(template, **values), content_type="text/html")


def closed(request: web.Request) -> web.Response:
    """A password that came in the clear over a network is known to others; and a proxy that nobody told us of could be
    anybody."""
    proxy = hidden_by(request)
    why = sign_in_words.of_proxy(*proxy) if proxy is not None else sign_in_words.IN_THE_CLEAR
    if wants_json(request):
        return problem(403, why)
    if proxy is not None:
        return html(request, "connexion_proxy.html", 403, why=why)
    return html(request, "connexion_fermee.html", 403, url=request.app[OUTSIDE].public_url)


def wants_json(request: web.Request) -> bool:
    """A script asks, and shows the answer in its page."""
    accepted = request.headers.get("Accept", "")
    return "application/json" in accepted and "text/html" not in accepted


# -- one try ----------------------------------------------------------------------------------------


async def _verified(
    access: AccessFloor, account: Account | None, password: str, asked: Try, let: LetThrough
) -> Verified | Overloaded:
    """What was not verified, by no fault of theirs, is not counted."""
    try:
        verified = await access.passwords.verify(account.password if account is not None else None, password)
    except BaseException:
        access.throttle.undone(asked, let)
        raise
    if isinstance(verified, Overloaded):
        access.throttle.undone(asked, let)
    return verified


async def _refused(
    floor: Floor, no: NotLetIn, at: Instant, device: DeviceId | None, counter: Counts | None = None
) -> None:
    told = audit.sign_in_refused(no, at, known_device=device is not None, counter=counter)
    await commit(floor, AccessTold(at, (told,)))


async def _rehash(access: AccessFloor, account: Account, verified: Verified, at: Instant) -> None:
    """By today's parameters. Where somebody else changed the account meanwhile, another time."""
    if verified.fresh is None or account.password is None:
        return
    event = PasswordRehashed(at, account.password, verified.fresh)
    after = account_after(account, event)
    if isinstance(after, Account):
        await access.keep_account(after, account, (audit.account_told(after, event),))


async def begin_session(
    access: AccessFloor, found: Found | None, account: Account, let: LetIn, at: Instant, *, known: bool
) -> tuple[str, Session]:
    """The browser's new secret, and the session that it opens. ``found``: the one over which they signed in."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    digest = SessionDigest(sealed.digest(secret))
    if found is not None and found.account.id == account.id:
        event = ProvenAgain(at, account.id, let.via, digest, let.must_change)
        woken = transition(found.session, account, event, in_a_call=calling(access, account))
        if isinstance(woken, Session):
            told = audit.signed_in(let, at, known_device=known, again=True)
            await access.keep_session(woken, found.session.digest, (told,))
            return secret, woken
    if found is not None:
        await _end(access, found, account.id, at)
    session = begin(account.id, let.via, digest, SittingId(secrets.token_hex(16)), at, must_change=let.must_change)
    await access.keep_session(session, None, (audit.signed_in(let, at, known_device=known),))
    return secret, session


async def _end(access: AccessFloor, found: Found, by: AccountId, at: Instant) -> None:
    """Somebody else sits there now: nobody comes back to what was open."""
    ended = transition(found.session, found.account, Revoked(at))
    if isinstance(ended, Session):
        told: Record = audit.session_over(found.account.id, Ended.REVOKED, by, at)
        await access.keep_session(ended, None, (told,))


def onward(request: web.Request, account: Account, must_change: bool, vers: str | None) -> str:
    """Where one wanted to go. The first page of all is another for everybody."""
    to = vers if vers and vers != "/" else home_of(request, account)
    return PASSWORD if must_change else to


def vers_of(sent: Mapping[str, str]) -> str | None:
    """Where they wanted to go."""
    found = own_path(sent.get("vers", ""))
    return None if found is None or found.partition("?")[0] == SIGN_IN else found


def form(
    request: web.Request, found: Found | None, shown: Mapping[str, Any], status: int | None = None
) -> web.Response:
    """``found``: the session that the browser has, over which they sign in."""
    values: dict[str, Any] = {"vers": "", "name": "", "fault": "", "out": False, "known_by": None} | dict(shown)
    if wants_json(request):
        return problem(status or 406, values["fault"] or "Ask for this page as text/html.")
    asleep = found is not None and found.standing is Standing.ASLEEP
    if found is not None and not values["name"]:
        values["name"] = found.account.id
    again = found is not None and not asleep
    if PROVIDER not in request.app:
        return html(request, "connexion.html", status or 200, asleep=asleep, again=again, **values)
    asks = f"{PROVIDER_PATH}?vers={quote(values['vers'], safe='/')}" if values["vers"] else PROVIDER_PATH
    provider = request.app[PROVIDER].name
    return html(
        request, "connexion_fournisseur.html", status or 200,
        asleep=asleep, again=again, provider=provider, asks=asks, **values,
    )  # fmt: skip


def not_now(
    request: web.Request, found: Found | None, shown: Mapping[str, Any], status: int, why: str, wait_s: int
) -> web.Response:
    fault = f"{why} {sign_in_words.again_in(wait_s)}" if status == 429 else why
    response = form(request, found, {**shown, "fault": fault}, status)
    response.headers["Retry-After"] = str(wait_s)
    return response


def _id(account: Account | None) -> AccountId | None:
    return account.id if account is not None else None


def _whole_s(wait: timedelta) -> int:
    return max(1, math.ceil(wait.total_seconds()))
