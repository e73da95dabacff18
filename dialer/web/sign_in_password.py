"""The change of one's own password in the browser: forced where somebody else gave it, and free otherwise.

Decides that only who proved just now that it is them may change it, that it becomes another one, and that all that is
wrong with it is said at once. What a password must be is `core.access.password`'s. Must not know how it is hashed.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

from aiohttp import web

from dialer.access.passwords import Overloaded
from dialer.core.access import audit, sealed
from dialer.core.access.account import Account, PasswordSet
from dialer.core.access.account import transition as account_after
from dialer.core.access.password import LENGTH_MAX, faults_of
from dialer.core.access.session import PasswordChanged, Session, SessionDigest, Standing, is_fresh, transition
from dialer.core.access.sign_in import Via
from dialer.web import sign_in_words
from dialer.web.keys import FLOOR, SIGN_IN_LIMITS
from dialer.web.problems import Refused
from dialer.web.sign_in import BUSY_S, SECRET_BYTES, access_of, closed, form_of, html, now
from dialer.web.sign_in_session import (
    CSRF_FIELD,
    Found,
    calling,
    csrf_of,
    give_session,
    home_of,
    see,
    sent_csrf,
    session_of,
    to_sign_in,
    way,
)

Faults = Mapping[str, Sequence[str]]
"""Sentences by the field."""


async def password_page(request: web.Request) -> web.Response:
    access_of(request)
    found = await _found(request)
    return found if isinstance(found, web.Response) else _form(request, found, {})


async def change_password(request: web.Request) -> web.Response:
    access, floor = access_of(request), request.app[FLOOR]
    sent = await form_of(request)
    found = await _found(request)
    if isinstance(found, web.Response):
        return found
    if not sent_csrf(floor, found.session, sent.get(CSRF_FIELD, "")):
        raise Refused(403, "This form is not one of this session's.")
    if wait_s := request.app[SIGN_IN_LIMITS].wait_s(request):
        return _busy(request, found, 429, sign_in_words.again_in(wait_s), wait_s)
    new, again = sent.get("nouveau", ""), sent.get("encore", "")
    faults = _faults(found.account, new, again)
    if not faults:
        same = await access.passwords.verify(found.account.password, new)
        if isinstance(same, Overloaded):
            return _busy(request, found, 503, sign_in_words.BUSY, BUSY_S)
        faults = {"nouveau": [sign_in_words.SAME]} if same.right else {}
    if faults:
        return _form(request, found, faults, 422)
    hashed = await access.passwords.hash(new)
    if isinstance(hashed, Overloaded):
        return _busy(request, found, 503, sign_in_words.BUSY, BUSY_S)
    at, secret = floor.now(), secrets.token_urlsafe(SECRET_BYTES)
    event = PasswordSet(at, found.account.id, hashed)
    changed = account_after(found.account, event)
    session = transition(
        found.session,
        found.account,
        PasswordChanged(at, SessionDigest(sealed.digest(secret))),
        in_a_call=calling(access, found.account),
    )
    if not isinstance(changed, Account) or not isinstance(session, Session):
        return to_sign_in(request)  # it is over by now
    if await access.keep_account(changed, found.account, (audit.account_told(changed, event),)) is not None:
        return _form(request, found, {"nouveau": [sign_in_words.STALE]}, 409)
    await access.keep_session(session, found.session.digest)
    response = see(home_of(request, changed))
    give_session(request, response, secret)
    return response


async def _found(request: web.Request) -> Found | web.Response:
    """Who may change theirs now; else where they go first."""
    if way(request) is None:
        return closed(request)
    found = await session_of(request)
    if found is None or found.standing is Standing.ASLEEP or not is_fresh(found.session, now(request)):
        return to_sign_in(request)
    if found.session.via is not Via.PASSWORD:
        raise Refused(404, "The password of this account is with its provider.")
    return found


def _faults(account: Account, new: str, again: str) -> dict[str, list[str]]:
    faults: dict[str, list[str]] = {}
    if wrong := sign_in_words.password_faults(faults_of(new[: 4 * LENGTH_MAX], (account.id, account.name))):
        faults["nouveau"] = wrong
    if new != again:
        faults["encore"] = [sign_in_words.DIFFERENT]
    return faults


def _form(request: web.Request, found: Found, faults: Faults, status: int = 200, notice: str = "") -> web.Response:
    return html(
        request, "mot_de_passe.html", status,
        faults=faults,
        notice=notice,
        labels=sign_in_words.LABELS,
        forced=found.standing is Standing.CHANGES,
        name=found.account.id,
        csrf=csrf_of(access_of(request), found.session),
    )  # fmt: skip


def _busy(request: web.Request, found: Found, status: int, notice: str, wait_s: int) -> web.Response:
    response = _form(request, found, {}, status, notice)
    response.headers["Retry-After"] = str(wait_s)
    return response
