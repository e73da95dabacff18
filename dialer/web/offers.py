"""The card of a callback before an adviser: what it shows, to whom, and what the adviser does with it.

Decides which of what a person told of themselves is on the card: none of it without the scope `callers:read`. Must not
know who is offered what, nor whether a dial is allowed: the desk does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from zoneinfo import ZoneInfo

from aiohttp import web

from dialer.core.callbacks.request import Intake, Request
from dialer.core.callbacks.states import Callback, CallbackId, Ready, legs
from dialer.core.callbacks.states import holder as holder_of
from dialer.core.callbacks.told import CardAccepted, CardRefused, DialAsked
from dialer.core.cases.case import age
from dialer.core.numbers import national
from dialer.core.reasons import SENTENCES
from dialer.core.views import AdviserView
from dialer.core.words import AdviserId, CallId, Instant, OfferId
from dialer.web.answer import answer
from dialer.web.api import shown_adviser
from dialer.web.asked import read_body, read_id, read_query
from dialer.web.callback_models import AdviserDetail, Card, CardAttempt, OfferBody, OfferDetail, span
from dialer.web.callbacks import shown
from dialer.web.commit import commit, not_done
from dialer.web.floor import Floor
from dialer.web.keys import FLOOR, HOLDER
from dialer.web.looks import look
from dialer.web.models import FieldFault, NoQuery, Offer
from dialer.web.problems import Refused
from schedules.walltime import wall_clock

_EVENTS: Mapping[str, type[CardAccepted] | type[CardRefused] | type[DialAsked]] = MappingProxyType(
    {"accept": CardAccepted, "refuse": CardRefused, "dial": DialAsked}
)


async def get_adviser(request: web.Request) -> web.Response:
    read_query(request, NoQuery)
    floor = request.app[FLOOR]
    view = floor.adviser(AdviserId(read_id(request)))
    if view is None or not request[HOLDER].reaches("advisers:read", view.id):
        raise Refused(404, "There is no such adviser.")
    offer = _offer(floor, view)
    about = offer.callback if offer is not None else view.callback
    callback = floor.open_callback(CallbackId(about)) if about is not None else None
    card = None
    if callback is not None:
        await look(floor, request[HOLDER], "callback", [callback.id])
        intakes = await floor.intakes_of(callback.id)
        card = card_of(callback, intakes, floor.now(), whole=request[HOLDER].reaches("callers:read", view.id))
    fields = shown_adviser(request, view).model_dump(exclude={"offer"})
    if offer is None:
        return answer(AdviserDetail(**fields, offer=None, card=card))
    return answer(AdviserDetail(**fields, offer=OfferDetail(**offer.model_dump(), card=card), card=None))


async def put_offer(request: web.Request) -> web.Response:
    read_query(request, NoQuery)
    floor = request.app[FLOOR]
    offer = OfferId(read_id(request))
    made_for, _, number = offer.rpartition("-o")
    if not _is_theirs(request, offer):
        raise await _gone(request, offer, CallbackId(made_for))
    if floor.open_call(CallId(made_for)) is not None:
        raise Refused(409, "This is the offer of a call: it is answered on the phone that rings.")
    action = (await read_body(request, OfferBody)).action
    callback = CallbackId(made_for)
    if not number.isdecimal() or (floor.open_callback(callback) is None and await floor.callback(callback) is None):
        raise Refused(404, "There is no such offer.")
    if floor.open_callback(callback) is None:
        raise not_done("closed")
    at = floor.now()
    change = await commit(floor, _EVENTS[action](at, offer))
    after = change.callbacks.get(callback)
    if action == "dial" and after is not None and after.gate is not None and after.gate_at == at and not legs(after):
        # The card has gone back to its place: this was no time to dial, and the adviser is told why.
        raise Refused(409, SENTENCES[after.gate.reason].en)
    return await shown(request, callback)


def _is_theirs(request: web.Request, offer: OfferId) -> bool:
    """Whether the offer is before them, where they answer those alone."""
    own = request[HOLDER].bound("advisers:write")
    if own is None:
        return True
    view = request.app[FLOOR].adviser(own)
    made = _offer(request.app[FLOOR], view) if view is not None else None
    return made is not None and made.id == offer


async def _gone(request: web.Request, offer: OfferId, callback: CallbackId) -> Refused:
    """What to tell of an offer that is not before them: to whom it was made, who has its callback now."""
    floor, own = request.app[FLOOR], request[HOLDER].bound("advisers:write")
    records = await floor.timeline(CallId(callback))
    was_theirs = any(
        entry.event == "callback_offered" and entry.adviser == own and dict(entry.data).get("offer") == offer
        for entry in records
    )
    if not was_theirs:
        return Refused(404, "There is no such offer.")
    live = floor.open_callback(callback)
    other = floor.adviser(who) if live is not None and (who := holder_of(live)) not in (None, own) else None
    if other is None:
        return not_done("stale_offer" if live is not None else "closed")
    told = f"{other.name} has this callback before them now."
    return Refused(409, told, [FieldFault(field="adviser", message=other.name)])


def _offer(floor: Floor, view: AdviserView) -> Offer | None:
    """What they are offered: by a phone that rings, or by a card that they still read with the phone up."""
    if view.offer is not None:
        return Offer.model_validate(view.offer)
    callback = floor.open_callback(view.callback) if view.callback is not None else None
    if callback is not None and isinstance(callback.state, Ready) and callback.state.adviser == view.id:
        state = callback.state
        return Offer(id=state.offer, kind="callback", call=None, callback=callback.id, deadline=state.deadline)
    return None


def card_of(callback: Callback, intakes: Sequence[Intake], at: Instant, *, whole: bool) -> Card:
    """What is before the adviser at ``at``. ``whole``: with what the person told of themselves.

    Of several requests that are one case the newest word on each field holds, and all their notes are shown.
    """
    local_time = wall_clock(at, ZoneInfo(callback.phone.zone)).replace(second=0, microsecond=0)
    newest = intakes[0] if intakes else None
    card = Card(
        kind=newest.request.kind if newest is not None else None,
        requested_at=callback.requested_at,
        source=newest.request.source if newest is not None else None,
        territory=callback.phone.territory,
        local_time=local_time,
        promised=span(callback.window),
        legal_deadline_at=newest.booking.legal_deadline_at if newest is not None else None,
        attempts=[CardAttempt(number=each.number, at=each.at, cause=each.cause) for each in callback.attempts],
    )
    if not whole:
        return card
    requests = [intake.request for intake in intakes]
    born = next((each.birth_date for each in requests if each.birth_date is not None), None)
    return card.model_copy(
        update={
            "phone": national(callback.phone.number),
            "first_name": _first(requests, "first_name"),
            "name": _first(requests, "name"),
            "asked_by": _first(requests, "asked_by"),
            "situation": _first(requests, "situation"),
            "note": "\n".join(each.note for each in requests if each.note) or None,
            "language": requests[0].language if requests else None,
            "relay": any(each.relay for each in requests) if requests else None,
            "postcode": _first(requests, "postcode"),
            "age": age(born, local_time.date()) if born is not None else None,
            "flags": list(newest.booking.flags) if newest is not None else None,
        }
    )


def _first(requests: Sequence[Request], field: str) -> object:
    return next((said for each in requests if (said := getattr(each, field)) is not None), None)
