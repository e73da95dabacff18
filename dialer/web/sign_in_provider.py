"""Signing in by a provider of identities (ProConnect): there, back again, and what comes of it.

Decides the order: the way by which it came, the rate of all forms, what this browser began, what the provider says, the
account that is linked to it, the session; the audit is told before anybody is answered. Whoever is not let in is shown
the form with the sentence why, and their password still opens it; who is linked to no account is shown what an
administrator needs to link it. Must not know OpenID Connect, nor how a password opens a session.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from dialer.access.failures import AWAY, Failed
from dialer.access.failures import Why as WhyFailed
from dialer.access.oidc import Identity, RelyingParty
from dialer.core.access import audit
from dialer.core.access.account import Subject
from dialer.core.access.sign_in import SENTENCES, NotLetIn, Provided, Why, decide
from dialer.core.events import AccessTold
from dialer.web import sign_in_begun
from dialer.web.commit import commit
from dialer.web.keys import FLOOR, OUTSIDE, OWN_FORMS, SIGN_IN_LIMITS
from dialer.web.outside import is_ours
from dialer.web.problems import Refused
from dialer.web.sign_in import access_of, begin_session, closed, form, not_now, onward, vers_of
from dialer.web.sign_in_session import (
    PROVIDER,
    SIGN_IN,
    Found,
    begun_cookie,
    give_begun,
    give_id_token,
    give_session,
    see,
    session_of,
    take_begun,
    way,
)


def provide(app: web.Application, party: RelyingParty) -> None:
    """People may sign in by this provider too; it is closed with the application."""
    app[PROVIDER] = party
    app.on_cleanup.append(_close)


async def _close(app: web.Application) -> None:
    await app[PROVIDER].close()


async def to_provider(request: web.Request) -> web.Response:
    """There, from a page of ours. Over a session they prove there anew who they are."""
    access, party = access_of(request), _party(request)
    if way(request) is None:
        return closed(request)
    vers = vers_of(request.query) or ""
    if not is_ours(request, request.app[OUTSIDE]):
        return see(SIGN_IN)  # nobody is sent there by another's page
    found = await session_of(request)
    if wait_s := request.app[SIGN_IN_LIMITS].wait_s(request):
        return not_now(request, found, {"vers": vers}, 429, SENTENCES[Why.TOO_OFTEN].fr, wait_s)
    begun = await party.begin(again=found is not None)
    if isinstance(begun, Failed):
        return await _failed(request, found, begun, vers)
    response = see(begun.url)
    give_begun(request, response, sign_in_begun.seal(access.csrf_key, begun, vers))
    return response


async def from_provider(request: web.Request) -> web.Response:
    """Back again. What was begun is used up, whatever comes of it."""
    access = access_of(request)
    _party(request)
    if way(request) is None:
        return closed(request)
    found = await session_of(request)
    kept = sign_in_begun.unseal(access.csrf_key, begun_cookie(request))
    begun, vers = kept if kept is not None else (None, "")
    if wait_s := request.app[SIGN_IN_LIMITS].wait_s(request):
        response = not_now(request, found, {"vers": vers}, 429, SENTENCES[Why.TOO_OFTEN].fr, wait_s)
    else:
        came = await _party(request).finish(request.query, begun)
        if isinstance(came, Failed):
            response = await _failed(request, found, came, vers)
        else:
            response = await _identified(request, found, came, vers)
    take_begun(request, response)
    return response


async def _identified(request: web.Request, found: Found | None, came: Identity, vers: str) -> web.Response:
    access, floor = access_of(request), request.app[FLOOR]
    subject, at = Subject(came.issuer, came.known_by), floor.now()
    account = await access.account_of(subject)
    decided = decide(account, Provided(subject))
    if isinstance(decided, NotLetIn) or account is None:
        if isinstance(decided, NotLetIn):
            await commit(floor, AccessTold(at, (audit.sign_in_refused(decided, at, known_device=False),)))
        # One sentence for all, as of passwords: that an account is disabled, an administrator tells.
        shown: dict[str, Any] = {"vers": vers, "fault": SENTENCES[Why.NOT_LINKED].fr, "known_by": came.known_by}
        return form(request, found, shown, 403)
    secret, _ = await begin_session(access, found, account, decided, at, known=False)
    response = see(onward(request, account, decided.must_change, vers))
    give_session(request, response, secret)
    give_id_token(request, response, came.id_token.get_secret_value())
    request[OWN_FORMS] = True
    return response


async def _failed(request: web.Request, found: Found | None, failed: Failed, vers: str) -> web.Response:
    """503: it is the provider that is ill. 403: whoever came back, or what was said of them, is not to be trusted."""
    floor = request.app[FLOOR]
    at = floor.now()
    if failed.why is not WhyFailed.GIVEN_UP:
        await commit(floor, AccessTold(at, (audit.provider_failed(failed.why, at),)))
    status = 503 if failed.why in AWAY else 200 if failed.why is WhyFailed.GIVEN_UP else 403
    return form(request, found, {"vers": vers, "fault": failed.sentence.fr}, status)


def _party(request: web.Request) -> RelyingParty:
    """Raises Refused 404 where there is no provider."""
    party = request.app.get(PROVIDER)
    if party is None:
        raise Refused(404, "There is nothing at this address.")
    return party
