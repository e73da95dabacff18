"""Callbacks in the API: listed, shown, and what people decide about them; and the slots that are free.

Decides which of the floor's answers makes which body, and who sees a number whole. What may be booked is `booking`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from aiohttp import web

from dialer.core.callbacks.intake import Asked, Reachable, Wrong, examine_anew, examine_reachable, examine_window
from dialer.core.callbacks.intake_fields import read_choice, read_instant, said
from dialer.core.callbacks.outcomes import CallbackOutcome, Helpline, OutOfScope, Report, Structure, faults_of
from dialer.core.callbacks.request import Source
from dialer.core.callbacks.states import Callback, CallbackId, stage
from dialer.core.callbacks.told import CallbackCancelled, OutcomeGiven, Rescheduled
from dialer.core.events import CallbackTold
from dialer.core.numbers import Parsed, masked
from dialer.core.reasons import SENTENCES
from dialer.core.rules import LineRules
from dialer.core.structures.structure import Structure as Place
from dialer.core.structures.structure import StructureId, exists_on, home_of
from dialer.core.views import BadCursor, CallbackFilter
from dialer.core.words import E164, CallId, LineId
from dialer.web import callback_models as models
from dialer.web.answer import answer
from dialer.web.asked import judged, read_id, read_query, refuse, refuse_all, sift_body
from dialer.web.booking import asked_for, slots_of
from dialer.web.commit import commit, not_done
from dialer.web.floor import CallbackRow, Floor
from dialer.web.keys import FLOOR, HOLDER
from dialer.web.looks import look
from dialer.web.models import BAD_CURSOR, FieldFault, NoQuery, Page, TimelineEntry
from dialer.web.problems import Refused
from schedules.walltime import PARIS, wall_clock
from schedules.windows import Window, spoken_window

Word = TypeVar("Word", bound=StrEnum)


async def list_callbacks(request: web.Request) -> web.Response:
    query = read_query(request, models.CallbacksQuery)
    if query.reference is not None:
        named = await _referred(request.app[FLOOR], query.reference)
        rows = [row for row in named if _reaches(request, "callbacks:read", row)]
        await _look(request, rows)
        items = [models.Callback.model_validate(_fields(request, row)) for row in rows]
        return answer(Page[models.Callback](items=items, next=None))
    own = request[HOLDER].bound("callbacks:read")
    if own is not None and query.adviser not in (None, own):
        return answer(Page[models.Callback](items=[], next=None))
    wanted = CallbackFilter(
        query.line, query.queue, query.state, query.outcome, query.kind, query.since, query.late_before,
        own or query.adviser,
    )  # fmt: skip
    try:
        found = await request.app[FLOOR].callbacks_page(wanted, query.limit, query.cursor)
    except BadCursor:
        raise refuse("cursor", BAD_CURSOR) from None
    await _look(request, found.items)
    items = [models.Callback.model_validate(_fields(request, row)) for row in found.items]
    return answer(Page[models.Callback](items=items, next=found.next))


async def _referred(floor: Floor, reference: str) -> list[CallbackRow]:
    """The callback of a request, by the reference that its person was told."""
    callback = await floor.by_reference("".join(reference.split()))
    row = await floor.callback(callback) if callback is not None else None
    return [row] if row is not None else []


async def get_callback(request: web.Request) -> web.Response:
    read_query(request, NoQuery)
    floor = request.app[FLOOR]
    row = await _row(request, "callbacks:read")
    await _look(request, [row])
    timeline = await floor.timeline(CallId(row.id))
    live = _as_stored(floor.open_callback(CallbackId(row.id)), row)
    return answer(
        models.CallbackDetail.model_validate(
            _fields(request, row)
            | {
                "state_detail": live.state.kind if live is not None else row.state,
                "attempts": [models.Attempt.model_validate(attempt) for attempt in row.attempts],
                "gate": _gate(live) if live is not None else None,
                "timeline": [TimelineEntry.of(entry) for entry in timeline],
            }
        )
    )


async def list_slots(request: web.Request) -> web.Response:
    query = read_query(request, models.SlotsQuery)
    floor = request.app[FLOOR]
    # A + that its URL turned into a space is understood: no number begins with one.
    phone = f"+{query.phone[1:]}" if query.phone is not None and query.phone[:1] == " " else query.phone
    found = examine_reachable(query.line, phone, query.postcode, floor.rules())
    if not isinstance(found, Reachable):
        raise refuse_all(judged((), found))
    zone, at = ZoneInfo(found.phone.zone), floor.now()
    slots = floor.slots(found.line.id, found.phone, found.postcode)
    return answer(Page[models.FreeSlot](items=[_slot(slot.window, zone, at) for slot in slots], next=None))


async def give_outcome(request: web.Request) -> web.Response:
    read_query(request, NoQuery)
    floor = request.app[FLOOR]
    live = await _open(request)
    body, faults = await sift_body(request, models.OutcomeBody)
    report = _report(body, faults, live, floor)
    await commit(floor, CallbackTold(floor.now(), live.id, OutcomeGiven(floor.now(), report)))
    return await shown(request, live.id)


async def reschedule(request: web.Request) -> web.Response:
    read_query(request, NoQuery)
    floor = request.app[FLOOR]
    live = await _open(request)
    body, faults = await sift_body(request, models.RescheduleBody)
    line = _line(floor, live)
    if line is None:
        raise Refused(409, "The line of this callback is no longer configured, so no other time can be promised on it.")
    asked = Asked(phone=body.phone, source=Source.ADVISER, **asked_for(body.wish))
    found = examine_anew(asked, line, live.phone, live.postcode, floor.rules(), slots_of(floor), floor.now())
    wrongs = found if isinstance(found, tuple) else ()
    if (told := judged(faults, wrongs)) or isinstance(found, tuple):
        raise refuse_all(told)
    at = floor.now()
    await commit(floor, CallbackTold(at, live.id, Rescheduled(at, found.window, found.phone)))
    return await shown(request, live.id)


async def cancel(request: web.Request) -> web.Response:
    read_query(request, NoQuery)
    floor = request.app[FLOOR]
    live = await _open(request)
    await commit(floor, CallbackTold(floor.now(), live.id, CallbackCancelled(floor.now())))
    return await shown(request, live.id)


async def shown(request: web.Request, callback: CallbackId) -> web.Response:
    """The callback as it is stored now."""
    row = await request.app[FLOOR].callback(callback)
    if row is None:
        raise _not_there()
    await _look(request, [row])
    return answer(models.Callback.model_validate(_fields(request, row)))


# -- looked up --------------------------------------------------------------------------------------


async def _row(request: web.Request, scope: str) -> CallbackRow:
    """The callback of the path. Raises Refused 404: there is none, or not for what they may do by this scope."""
    row = await request.app[FLOOR].callback(CallbackId(read_id(request)))
    if row is None or not _reaches(request, scope, row):
        raise _not_there()
    return row


async def _open(request: web.Request) -> Callback:
    """The callback of the path, to be changed. Raises Refused: 404 as above, 409 for one that is closed."""
    floor, callback = request.app[FLOOR], CallbackId(read_id(request))
    live = floor.open_callback(callback)
    if live is None or request[HOLDER].bound("callbacks:write") is not None:
        await _row(request, "callbacks:write")
    if live is None:
        raise not_done("closed")
    return live


async def _look(request: web.Request, rows: Sequence[CallbackRow]) -> None:
    await look(request.app[FLOOR], request[HOLDER], "callback", [row.id for row in rows if row.phone is not None])


def _reaches(request: web.Request, scope: str, row: CallbackRow) -> bool:
    return request[HOLDER].reaches(scope, request[HOLDER].of_callback(request.app[FLOOR], row))


def _not_there() -> Refused:
    return Refused(404, "There is no such callback, or it is no longer kept.")


def _line(floor: Floor, callback: Callback) -> LineRules | None:
    return floor.rules().lines.get(LineId(callback.line))


# -- the report -------------------------------------------------------------------------------------


def _report(body: models.OutcomeBody, faults: list[FieldFault], live: Callback, floor: Floor) -> Report:
    """What the body says came of it. Raises Refused with every fault."""
    wrongs: list[Wrong] = []
    outcome = read_choice(wrongs, "outcome", body.outcome, CallbackOutcome)
    window: Window | tuple[Wrong, ...] | None = None
    if body.window is not None:
        start, end = body.window.start, body.window.end
        window = examine_window("window", start, end, _line(floor, live), floor.rules(), floor.now())
    if isinstance(window, tuple):
        wrongs += window
        window = None
    structure = _choice(wrongs, "structure", body.structure, Structure)
    date = read_instant(wrongs, "date", body.date) if body.date is not None else None
    out_of_scope = _choice(wrongs, "out_of_scope", body.out_of_scope, OutOfScope)
    helpline = _choice(wrongs, "helpline", body.helpline, Helpline)
    phone = _another(wrongs, body.phone, live, floor)
    told = judged(faults, wrongs)
    place = _place(told, body.place, date or floor.now(), floor)
    report = None
    if outcome is not None:
        known = place.id if place is not None else None
        report = Report(outcome, window, structure, date, out_of_scope, helpline, known, phone)
        named = {fault.field.partition(".")[0] for fault in told}
        told += [
            FieldFault(field=fault.where, message=f"{fault.what}: {fault.mend}")
            for fault in faults_of(report, floor.now())
            if fault.where not in named
        ]
    if told or report is None:
        raise refuse_all(told)
    return report


def _another(wrongs: list[Wrong], sent: str | None, live: Callback, floor: Floor) -> Parsed | None:
    """Another number of theirs, where they live as before."""
    if said(sent) is None:
        return None
    found = examine_reachable(live.line, sent, live.postcode, floor.rules())
    if isinstance(found, Reachable):
        return found.phone
    wrongs += [each for each in found if each.field == "phone"]
    return None


def _place(told: list[FieldFault], sent: str | None, on: datetime, floor: Floor) -> Place | None:
    """The structure of the directory, if it is there on that day."""
    if sent is None:
        return None
    found = floor.directory().structures.get(StructureId(sent))
    if found is None:
        told.append(FieldFault(field="place", message="is no structure of the directory"))
    elif not exists_on(found, wall_clock(on, home_of(found).zone).date()):
        told.append(FieldFault(field="place", message="is not there on that day; name who takes its place"))
    return found


def _choice(wrongs: list[Wrong], field: str, sent: str | None, words: type[Word]) -> Word | None:
    return read_choice(wrongs, field, sent, words) if sent is not None else None


# -- shown ------------------------------------------------------------------------------------------


def _fields(request: web.Request, row: CallbackRow) -> dict[str, object]:
    whole = _reaches(request, "callers:read", row)
    return {
        "id": row.id,
        "reference": row.id.removeprefix("cb-"),
        "case": row.case,
        "kind": row.kind,
        "line": row.line,
        "queue": row.queue,
        "state": row.state,
        "outcome": row.outcome,
        "requested_at": row.requested_at,
        "due_at": row.due_at,
        "promised": models.span(row.promised),
        "legal_deadline_at": row.legal_deadline_at,
        "adviser": row.adviser,
        "phone": None if row.phone is None else row.phone if whole else masked(E164(row.phone)),
        "closed_at": row.closed_at,
    }


def _as_stored(live: Callback | None, row: CallbackRow) -> Callback | None:
    """The callback in memory, if it is the one that is stored: what a crash could take back is not told."""
    if live is None or stage(live) != row.state:
        return None
    made = [(attempt.number, attempt.cause) for attempt in row.attempts]
    return live if made == [(attempt.number, attempt.cause) for attempt in live.attempts] else None


def _gate(live: Callback) -> models.Gate | None:
    if live.gate_at is None:
        return None
    refused = live.gate
    return models.Gate(
        at=live.gate_at,
        allowed=refused is None,
        reason=refused.reason if refused is not None else None,
        sentence=SENTENCES[refused.reason].fr if refused is not None else None,
        until=refused.until if refused is not None else None,
    )


def _slot(window: Window, zone: ZoneInfo, at: datetime) -> models.FreeSlot:
    elsewhere = zone != PARIS
    return models.FreeSlot(
        start=window.start_at,
        end=window.end_at,
        label=spoken_window(window, at, zone),
        local_start=wall_clock(window.start_at, zone) if elsewhere else None,
        local_end=wall_clock(window.end_at, zone) if elsewhere else None,
    )
