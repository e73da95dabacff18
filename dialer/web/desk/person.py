"""The region of the person before an adviser: what the service knows of whom they talk with.

Decides what is told, and when. While it rings there is the line, the way through the menus and the wait, never the
number nor what came before: nobody is chosen by them. Once answered it is the number, where and what time it is there,
earlier calls, what is promised, and where an open case stands: no name of a file, no note, no words. Who looks is told
to the journal before anything is shown, once for each call. Whether they may is the roles' (`callers:read`). Must not
know what is done in a call, nor how the store finds any of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from dialer.core.callbacks.legal_clock import legal_deadline
from dialer.core.callbacks.states import (
    Callback,
    CallbackId,
    CaseId,
    Joined,
    Talking,
    Unsettled,
    WithGuest,
    queued_at,
    visit,
)
from dialer.core.cases.actor import officer
from dialer.core.cases.case import Case, Kind, Standing, standing
from dialer.core.events import HistoryLooked
from dialer.core.numbers import national, territories
from dialer.core.places.territory import Territory, zone_of
from dialer.core.revision import Versioned
from dialer.core.words import E164, CallId, Instant, LineId, Record
from dialer.web import french
from dialer.web.commit import commit
from dialer.web.desk.before import Before
from dialer.web.desk.lately import Lately
from dialer.web.desk.way import way
from dialer.web.floor import Floor, PastVisit
from dialer.web.holder import Holder
from dialer.web.rappel.words import Reference, place, reference
from dialer.web.render import page
from schedules.walltime import wall_clock

PAST_MAX = 10

STANDINGS: Mapping[Standing, str] = MappingProxyType(
    {
        Standing.DUE: "dans les délais",
        Standing.AT_RISK: "échéance proche",
        Standing.LATE: "en retard",
        Standing.MET: "rendez-vous fixé à temps",
    }
)


@dataclass(frozen=True, slots=True)
class Came:
    """How they came to us. ``since``: waiting since then; ``waited_s``: for so long, once answered."""

    line: str
    way: tuple[str, ...] = ()
    since: Instant | None = None
    waited_s: float | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """One line of what came before."""

    key: str
    at: Instant
    kind: str
    line: str
    became: str
    adviser: str | None
    reasons: str
    """Why they called, as it was filed."""


@dataclass(frozen=True, slots=True)
class Promised:
    key: str
    reference: Reference
    when: str


@dataclass(frozen=True, slots=True)
class OpenCase:
    key: str
    reference: Reference
    kind: str
    standing: str | None
    late: bool
    deadline: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """Of a number, as it is stored. ``cases``: the open ones."""

    past: Sequence[PastVisit]
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Met:
    """``number`` None: they withheld it, or it is not for who asks (``theirs`` False)."""

    came: Came
    theirs: bool = False
    number: E164 | None = None
    known: Known | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """``sure`` False: of several that their number can be of, the likeliest. ``clock``: None where it is Paris'."""

    said: str
    sure: bool
    clock: datetime | None


_MET: Lately[Met] = Lately()


async def fragment(floor: Floor, before: Before, holder: Holder) -> str:
    view = before.adviser
    if before.call is not None and before.call.state == "offered":
        call = before.call.id
        rings = await _MET.ask(floor, ("rings", call), lambda: _who_rings(floor, call))
        return page("_poste_personne.html", rings=True, came=rings.came, now=before.at)
    if view.state not in ("talking", "wrapping_up"):
        return ""
    callback = before.callback
    if view.call is not None:
        met = view.call
    elif callback is not None and isinstance(callback.state, Talking | WithGuest | Joined | Unsettled):
        met = visit(callback)
    else:
        return ""
    key = ("talks", met, view.id, holder.name, view.state)
    found = await _MET.ask(floor, key, lambda: _who_talks(floor, met, before, holder))
    values = {"rings": False, "came": found.came, "theirs": found.theirs, "number": None, "now": before.at}
    number = found.number
    if number is None or found.known is None:
        return page("_poste_personne.html", **values)
    promised = floor.callbacks_on(number)
    at_hand = callback.phone if callback is not None and callback.phone.number == number else None
    return page(
        "_poste_personne.html",
        **values
        | {
            "number": national(number),
            "place": _place(
                number, at_hand.territory if at_hand else None, at_hand.zone if at_hand else None, before.at
            ),
            "past": _earlier(floor, found.known.past, met),
            "promised": [_promised(each, before.at) for each in promised if each.id != (callback and callback.id)],
            "cases": [_open_case(each, before.at) for each in found.known.cases],
        },
    )


# -- asked ------------------------------------------------------------------------------------------


async def _who_rings(floor: Floor, call: CallId) -> Met:
    row = await floor.call(call)
    records = await floor.timeline(call)
    since = next((entry.at for entry in reversed(records) if entry.event == "queued"), None)
    return Met(_came(floor, row.line if row is not None else "", records, since))


async def _who_talks(floor: Floor, met: CallId, before: Before, holder: Holder) -> Met:
    """What is shown of them; the journal has it by then."""
    records = await floor.timeline(met)
    callback = before.callback
    if before.adviser.call is not None:
        row = await floor.call(met)
        line = row.line if row is not None else ""
        theirs = row is not None and holder.reaches("callers:read", holder.of_call(row))
        number = (await floor.callers([met])).get(met)
    else:
        assert callback is not None, "whom they talk with and did not call is one whom they called back"
        promise = await floor.callback(CallbackId(met))
        line, number = callback.line, callback.phone.number
        theirs = promise is not None and holder.reaches("callers:read", holder.of_callback(floor, promise))
    answered = next((entry for entry in reversed(records) if entry.event == "answered"), None)
    waited_s = dict(answered.data).get("waited_s") if answered is not None else None
    came = _came(floor, line, records, None, float(waited_s) if isinstance(waited_s, int | float) else None)
    if not theirs or number is None:
        return Met(came, theirs)
    cases = await _open_cases(floor, number)
    looked = any(entry.event == "history_looked" and dict(entry.data).get("by") == holder.name for entry in records)
    if not looked:
        names = tuple(case.id for case in cases)
        look = HistoryLooked(floor.now(), officer(holder.name), before.adviser.id, met, names)
        await commit(floor, look)
    return Met(came, theirs, number, Known(await floor.history_of(number), cases))


async def _open_cases(floor: Floor, number: E164) -> tuple[Case, ...]:
    files = [await floor.case_file(CaseId(case)) for case in await floor.cases_of_number(number)]
    cases = [file.value.case for file in files if isinstance(file, Versioned)]
    return tuple(case for case in cases if case.ended is None)


# -- told -------------------------------------------------------------------------------------------


def _came(
    floor: Floor, line: str, records: Sequence[Record], since: Instant | None, waited_s: float | None = None
) -> Came:
    rules = floor.rules()
    known = rules.lines.get(LineId(line))
    queues = {key: queue.name for key, queue in rules.queues.items()}
    chosen = way(records, known.flow if known is not None else None, queues)
    return Came(known.name if known is not None else line, chosen, since, waited_s)


def _place(number: E164, territory: Territory | None, zone: str | None, at: Instant) -> Place | None:
    """None: no French number, so nobody knows where they are."""
    can_be = territories(number)
    if territory is None or zone is None:
        if not can_be:
            return None
        territory = can_be[0]
        zone = zone_of(territory)
        sure = len(can_be) == 1
    else:
        sure = True
    there = ZoneInfo(zone)
    same = wall_clock(at, there).utcoffset() == wall_clock(at).utcoffset()
    return Place(place(territory, there), sure, None if same else wall_clock(at, there))


def _earlier(floor: Floor, past: Sequence[PastVisit], met: CallId) -> list[Earlier]:
    lines = {line.id: line.name for line in floor.rules().lines.values()}
    advisers = floor.rules().advisers
    labels = {reason.id: reason.label for offered in floor.rules().contact_reasons.values() for reason in offered}
    return [
        Earlier(
            key=each.id,
            at=each.at,
            kind="Rappel" if each.kind == "callback" else "Appel",
            line=lines.get(LineId(each.line), each.line),
            became=_became(each),
            adviser=next((who.name for key, who in advisers.items() if key == each.adviser), each.adviser),
            reasons=", ".join(labels.get(reason, reason) for reason in each.reasons),
        )
        for each in past
        if each.id != met
    ][:PAST_MAX]


def _became(past: PastVisit) -> str:
    if past.kind == "callback":
        if past.outcome is not None:
            return french.CALLBACK_OUTCOMES.get(past.outcome, past.outcome)
        return french.CALLBACK_STATES[past.state].lower()
    if past.outcome is not None:
        return french.OUTCOMES.get(past.outcome, past.outcome)
    return french.CALL_STATES.get(past.state, past.state).lower()


def _promised(callback: Callback, at: Instant) -> Promised:
    digits = reference(callback.id.removeprefix("cb-"))
    if callback.window is not None:
        return Promised(callback.id, digits, french.span(callback.window, at))
    due_at = queued_at(callback)
    return Promised(callback.id, digits, "dès que possible" if due_at <= at else f"à partir {_from(due_at, at)}")


def _from(due_at: Instant, at: Instant) -> str:
    said = french.moment(due_at, at)
    return f"de {said.removeprefix('à' + french.NBSP)}" if said.startswith("à") else f"de {said}"


def _open_case(case: Case, at: Instant) -> OpenCase:
    of_right = case.kind is Kind.RTF
    now = standing(case, at) if of_right else None
    deadline = None
    if of_right:
        until = legal_deadline(case.received_at)
        left = "dépassée" if until < at else french.days_left(until, at)
        deadline = f"{french.day(until)} ({left})"
    return OpenCase(
        key=case.id,
        reference=reference(case.id.removeprefix("case-")),
        kind=french.CALLBACK_KINDS.get(case.kind, case.kind),
        standing=STANDINGS[now] if now is not None else None,
        late=now in (Standing.AT_RISK, Standing.LATE),
        deadline=deadline,
    )
