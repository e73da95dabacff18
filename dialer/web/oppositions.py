"""Oppositions in the API: never to be called again, and whether somebody is not to be.

Decides which numbers a reference stands for, and what is told of an opposition. What ends by it is decided by the desk.

Scopes (our decision). Whoever of the service hears that somebody wants no more calls must be able to obey at once: an
adviser who gives the outcome OPPOSITION does the same, with the same `callbacks:write`. Whether a number is on the list
is told only to who answers for people's data, `persons`: the list is there to be obeyed, not to be looked through. So
the answer to an opposition does not say whether it was there before. Callbacks belong to no académie, and neither does
this. An adviser's account says it for whom they talk to.
"""

from __future__ import annotations

from aiohttp import web

from dialer.core.callbacks.intake_fields import Wrong, said
from dialer.core.callbacks.intake_words import Why
from dialer.core.callbacks.states import CallbackId, CaseId, Closed, Joined, Talking, WithGuest
from dialer.core.events import NumberOpposed
from dialer.core.numbers import Refused as NoNumber
from dialer.core.numbers import parse_for
from dialer.core.words import E164
from dialer.web.answer import answer
from dialer.web.asked import judged, read_body, read_query, refuse_all
from dialer.web.commit import commit
from dialer.web.floor import Floor
from dialer.web.keys import FLOOR, HOLDER, TOKEN
from dialer.web.models import Asked, FieldFault, Identifier, NoQuery, Told
from dialer.web.problems import Refused

NOT_BEFORE_THEM = "This account says so for the person whom it has before it. Ask a supervisor for anybody else."
NO_SUCH = "There is no such request, or its number is no longer kept."


class WhoseNumber(Asked):
    """One of both: a number as it was typed, or the reference of a request, whose number it is then."""

    phone: str | None = None
    reference: str | None = None


class Opposed(Told):
    """Done. ``ended``: the callbacks that ended by it. ``talking``: talks that go on, and are the last."""

    ended: list[Identifier]
    talking: list[Identifier]


class Opposition(Told):
    """Whether somebody asked never to be called again; of a reference, on every number of its case."""

    opposed: bool


async def oppose(request: web.Request) -> web.Response:
    read_query(request, NoQuery)
    floor = request.app[FLOOR]
    numbers = await _numbers(floor, await read_body(request, WhoseNumber))
    holder = request[HOLDER]
    if holder.bound("callbacks:write") is not None:
        before = [await holder.of_number(floor, number) for number in numbers]
        if not any(holder.reaches("callbacks:write", of) for of in before):
            raise Refused(403, NOT_BEFORE_THEM)
    ended: list[str] = []
    talking: list[str] = []
    for number in numbers:
        change = await commit(floor, NumberOpposed(floor.now(), number, request[TOKEN]))
        ended += [each.id for each in change.callbacks.values() if isinstance(each.state, Closed)]
        left = floor.callbacks_on(number)
        talking += [each.id for each in left if isinstance(each.state, Talking | WithGuest | Joined)]
    return answer(Opposed(ended=ended, talking=talking))


async def is_opposed(request: web.Request) -> web.Response:
    floor = request.app[FLOOR]
    numbers = await _numbers(floor, read_query(request, WhoseNumber))
    return answer(Opposition(opposed=all(floor.is_opposed(number) for number in numbers)))


async def numbers_behind(floor: Floor, callback: CallbackId) -> tuple[E164, ...]:
    """Where a request is, or was, to be called; and where its case is called now, if that is elsewhere. () once none
    of it is kept."""
    row = await floor.callback(callback)
    if row is None:
        return ()
    found = [E164(row.phone)] if row.phone is not None else []
    for other in await floor.case_callbacks(CaseId(row.case)):
        live = floor.open_callback(CallbackId(other.id))
        found += [live.phone.number] if live is not None else []
    return tuple(dict.fromkeys(found))


async def _numbers(floor: Floor, asked: WhoseNumber) -> tuple[E164, ...]:
    """At least one. Raises Refused: 404 for a reference without a number, 422 with every fault."""
    phone, reference = said(asked.phone), said(asked.reference)
    if (phone is None) is (reference is None):
        raise refuse_all([FieldFault(field="phone", message="send a phone or a reference, and not both")])
    if reference is not None:
        callback = await floor.by_reference("".join(reference.split()))
        found = await numbers_behind(floor, callback) if callback is not None else ()
        if not found:
            raise Refused(404, NO_SUCH)
        return found
    # A + that its URL turned into a space is understood: no number begins with one.
    lines = floor.rules().lines.values()
    ours = {number for line in lines for number in (line.number, line.caller_id) if number is not None}
    parsed = parse_for(_with_plus(asked.phone or ""), ours=ours)
    if isinstance(parsed, NoNumber):
        raise refuse_all(judged((), [Wrong("phone", Why(parsed.why), parsed.among)]))
    return (parsed.number,)


def _with_plus(phone: str) -> str:
    return f"+{phone[1:]}" if phone[:1] == " " else phone
