"""The audit of a case's file: who did what, and who looked, as records of the journal.

Decides what of an event is told: ids, words of fixed lists, instants and numbers, and nothing that anybody wrote or
that is the person's own. The journal is append-only, so this is. What the legal clock sees of appointments is told in
the words from which `rtf_journal` counts the year. Must not know where any of it is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from dialer.core.callbacks.states import CaseId
from dialer.core.cases.actor import Actor, Side
from dialer.core.cases.appointment import (
    Appointment,
    AppointmentCalledOff,
    AppointmentFixed,
    AppointmentKept,
    AppointmentMissed,
    AppointmentMoved,
    is_late,
    on_the_clock,
)
from dialer.core.cases.consent import ConsentSaid
from dialer.core.cases.note import Note, NoteReleased, NoteWritten
from dialer.core.cases.path_told import (
    PathGivenUp,
    PathProposed,
    TaskAdded,
    TaskConfirmed,
    TaskDone,
    TaskEdited,
    TaskSentBack,
    TaskWithdrawn,
)
from dialer.core.cases.responsible import CaseAssigned, CaseTransferred, PostcodeLearnt, Turn
from dialer.core.cases.told import CallbackOver, CaseEnded, FileEvent, RequestReceived, SchoolingSaid
from dialer.core.report.summary import Facts
from dialer.core.words import AdviserId, CallId, Instant, Record, record

Data = dict[str, str | int | float | None]


LISTED_MAX = 100
"""Cases in one record of a list."""


class Looked(StrEnum):
    """At what."""

    FILE = "file"
    LIST = "list"
    EXPORT = "export"
    HISTORY = "history"
    """Beside a call of its person: what an adviser sees of it."""


def looked(case: CaseId, by: Actor, at: Instant, what: Looked = Looked.FILE) -> Record:
    """Somebody has seen something of the file. To be committed before it is shown."""
    return _record(at, "case_looked", case, {"by": by.name, "what": what})


def listed(cases: Sequence[CaseId], by: Actor, at: Instant, what: Looked) -> Iterator[Record]:
    """Somebody has seen a page of a list, or a file of it, with something of each of these. One record for many cases:
    a list is read often, and is no event of each of them."""
    for first in range(0, len(cases), LISTED_MAX):
        some = " ".join(cases[first : first + LISTED_MAX])
        yield Record(at, "cases_listed", None, None, (("by", by.name), ("what", what), ("cases", some)))


def history_looked(
    visit: CallId, cases: Sequence[CaseId], by: Actor, adviser: AdviserId, at: Instant
) -> Iterator[Record]:
    """An adviser has seen what is known of the person whom a call or callback brought before them. To be committed
    before it is shown."""
    yield record(at, "history_looked", visit, adviser, by=by.name, cases=len(cases))
    for case in cases:
        yield looked(case, by, at, Looked.HISTORY)


def who(event: FileEvent) -> str:
    """An officer's id, "person", or "desk" for what the desk and the rule of postcodes do by themselves."""
    match event:
        case RequestReceived() | PostcodeLearnt():
            return "desk"
        case CallbackOver(adviser=adviser):
            return adviser or "desk"
        case CaseAssigned(by=name) | CaseTransferred(by=name):
            return name
    return event.by.name


def heard_by(event: FileEvent) -> str | None:
    """The officer who took down what the person said; None: it was said by whoever it is told of."""
    by = getattr(event, "by", None)
    return by.heard_by if isinstance(by, Actor) else None


def told(case: CaseId, event: FileEvent, note: Note | None, turn: Turn) -> Record:
    """What was done. ``note``: the newest one after it; ``turn``: the last of who answers for the case."""
    name = name_of(event)
    data: Data = {"by": who(event), "heard_by": heard_by(event)}
    if data["heard_by"] is None:
        del data["heard_by"]
    match event:
        case RequestReceived(request=request):
            data |= {"source": request.source}
        case CallbackOver(report=report):
            data |= {"outcome": report.outcome}
        case CaseAssigned() | CaseTransferred() | PostcodeLearnt():
            data |= {"academie": turn.academie, "officer": turn.officer}
        case CaseEnded(outcome=outcome):
            data |= {"outcome": outcome}
        case NoteWritten(corrects=corrects) if note is not None:
            data |= {"note": note.id, "corrects": corrects, "released": int(note.released_at is not None)}
        case NoteReleased(note=released):
            data |= {"note": released}
        case ConsentSaid(purpose=purpose):
            data |= {"purpose": purpose}
        case AppointmentMissed(appointment=appointment, misser=misser):
            data |= {"appointment": appointment, "misser": misser}
        case AppointmentKept(appointment=of) | AppointmentMoved(appointment=of) | AppointmentCalledOff(appointment=of):
            data |= {"appointment": of}
        case PathProposed(tasks=tasks, origin=origin):
            data |= {"tasks": len(tasks), "template": None if origin is None else origin.template}
        case TaskAdded(task=plan):
            data |= {"kind": plan.kind}
        case TaskEdited(task=task) | TaskWithdrawn(task=task) | TaskDone(task=task):
            data |= {"task": task}
        case TaskConfirmed(task=task) | TaskSentBack(task=task):
            data |= {"task": task}
    return _record(event.at, f"case_{name}", case, data)


def clock(
    case: CaseId,
    at: Instant,
    by: str,
    before: tuple[Appointment, ...],
    after: tuple[Appointment, ...],
    received_at: Instant,
) -> Iterator[Record]:
    """What the legal clock sees otherwise than before: appointments that count no more, then those that are new."""
    was = {each.id: shown for each, shown in zip(before, on_the_clock(before), strict=True)}
    for each, shown in zip(after, on_the_clock(after), strict=True):
        data: Data = {"by": by, "appointment": each.id, "appointment_at": each.on.isoformat()}
        if each.id in was and was[each.id] != shown:
            yield _record(at, "case_appointment_called_off", case, data)
        elif each.id not in was:
            where = {"structure": each.where.structure, "network": each.where.network}
            yield _record(at, "case_appointment", case, data | {"late": int(is_late(each, received_at))} | where)


def learnt(case: CaseId, at: Instant, facts: Facts) -> Record:
    """The classes that it is counted in, as they are known now."""
    data: Data = {"academie": facts.academie, "age_band": facts.age_band, "track": facts.track}
    return _record(at, "case_facts", case, data)


def name_of(event: FileEvent) -> str:
    """The word for what was done."""
    if isinstance(event, ConsentSaid):
        return "consent_given" if event.given else "consent_withdrawn"
    return _NAMES[type(event)]


_NAMES: dict[type, str] = {
    RequestReceived: "request_received",
    CallbackOver: "callback_over",
    CaseAssigned: "assigned",
    CaseTransferred: "transferred",
    PostcodeLearnt: "postcode_learnt",
    CaseEnded: "ended",
    SchoolingSaid: "schooling_said",
    NoteWritten: "note_written",
    NoteReleased: "note_released",
    AppointmentFixed: "fixed",
    AppointmentMoved: "moved",
    AppointmentKept: "kept",
    AppointmentMissed: "missed",
    AppointmentCalledOff: "called_off",
    PathProposed: "path_proposed",
    PathGivenUp: "path_given_up",
    TaskAdded: "task_added",
    TaskEdited: "task_edited",
    TaskWithdrawn: "task_withdrawn",
    TaskDone: "task_done",
    TaskConfirmed: "task_confirmed",
    TaskSentBack: "task_sent_back",
}


def hears(event: FileEvent, note: Note | None) -> Side | None:
    """Which side is to be told of it; None: it is nobody else's news. ``note``: the newest one after it."""
    match event:
        case RequestReceived() | CallbackOver() | CaseAssigned() | CaseTransferred() | PostcodeLearnt():
            return None
        case CaseEnded() | ConsentSaid() | SchoolingSaid() | AppointmentKept():
            return None
        case NoteWritten() if note is not None and note.released_at is None:
            return None
    return event.by.side.other


def _record(at: Instant, event: str, case: CaseId, data: Data) -> Record:
    return Record(at, event, CallId(case), None, (("case", case), *data.items()))
