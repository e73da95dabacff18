"""The appointments of a case: fixed, moved, kept, missed, called off.

Decides what each thing told of an appointment does to it, and what the legal clock sees of it (`case.Appointment`, from
which `case.standing` tells everything about the clock). Must not know the clock's bounds, nor who is told.

Our decisions. An appointment may be fixed after it took place, never before the request. One that is dated after the
legal deadline is kept like any other: the clock simply does not see it in time (`is_late`). One that the person missed
was offered in time, so the clock stays met; one that the structure missed was none, and counts no more from when that
is said. Whether it was kept may be said anew while it counts; what counts no more stays so, and a mistake of that is
mended by fixing the same appointment anew. So what the clock has shown at any instant can be told for ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Literal, NewType

from dialer.core.callbacks.legal_clock import late_at
from dialer.core.callbacks.outcomes import Structure
from dialer.core.callbacks.states import CaseId
from dialer.core.cases.actor import Actor, Side
from dialer.core.cases.case import Appointment as OnTheClock
from dialer.core.cases.refusals import CaseRefusal
from dialer.core.free_text import NAME_MAX, REASON_MAX, is_whole
from dialer.core.structures.structure import StructureId
from dialer.core.words import Instant

APART_MIN = timedelta(hours=1)
"""Two appointments that begin sooner after one another are one too many."""

AppointmentId = NewType("AppointmentId", str)


class Misser(StrEnum):
    """Who was not there."""

    PERSON = "person"
    STRUCTURE = "structure"


@dataclass(frozen=True, slots=True)
class Where:
    """With whom: a structure of the directory, or only its network as an adviser noted it; and the one to ask for."""

    structure: StructureId | None = None
    network: Structure | None = None
    referent: str | None = None


# -- told -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AppointmentFixed:
    """``on``: when it is to be, or was."""

    at: Instant
    by: Actor
    on: Instant
    where: Where


@dataclass(frozen=True, slots=True)
class AppointmentMoved:
    """``where`` None: with the same."""

    at: Instant
    by: Actor
    appointment: AppointmentId
    on: Instant
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class AppointmentKept:
    at: Instant
    by: Actor
    appointment: AppointmentId


@dataclass(frozen=True, slots=True)
class AppointmentMissed:
    at: Instant
    by: Actor
    appointment: AppointmentId
    misser: Misser


@dataclass(frozen=True, slots=True)
class AppointmentCalledOff:
    """By either side. ``reason``: both sides read it."""

    at: Instant
    by: Actor
    appointment: AppointmentId
    reason: str


Settling = AppointmentMoved | AppointmentKept | AppointmentMissed | AppointmentCalledOff
AppointmentEvent = AppointmentFixed | Settling


# -- states -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fixed:
    kind: Literal["fixed"] = "fixed"


@dataclass(frozen=True, slots=True)
class Kept:
    at: Instant
    by: Actor
    kind: Literal["kept"] = "kept"


@dataclass(frozen=True, slots=True)
class Missed:
    at: Instant
    by: Actor
    misser: Misser
    kind: Literal["missed"] = "missed"


@dataclass(frozen=True, slots=True)
class Moved:
    at: Instant
    by: Actor
    to: AppointmentId
    kind: Literal["moved"] = "moved"


@dataclass(frozen=True, slots=True)
class CalledOff:
    at: Instant
    by: Actor
    reason: str
    kind: Literal["called_off"] = "called_off"


@dataclass(frozen=True, slots=True)
class Appointment:
    """``on``: when it is. ``fixed_at``: when that was said."""

    id: AppointmentId
    on: Instant
    fixed_at: Instant
    by: Actor
    where: Where
    state: Fixed | Kept | Missed | Moved | CalledOff = Fixed()


# -- what may be read -------------------------------------------------------------------------------


def on_the_clock(appointments: Iterable[Appointment]) -> tuple[OnTheClock, ...]:
    """What `case.standing` sees of them: one for each, with the instant from which it counts no more."""
    return tuple(OnTheClock(each.on, each.fixed_at, _counts_until(each)) for each in appointments)


def _counts_until(appointment: Appointment) -> Instant | None:
    match appointment.state:
        case Moved(at=at) | CalledOff(at=at) | Missed(at=at, misser=Misser.STRUCTURE):
            return at
    return None


def is_late(appointment: Appointment, received_at: Instant) -> bool:
    """Dated after the legal deadline of a request received then."""
    return appointment.on >= late_at(received_at)


def unanswered(appointments: tuple[Appointment, ...]) -> Appointment | None:
    """The latest that was missed, while nothing that stands, or was kept, is dated as late as it or later."""
    missed = [each for each in appointments if isinstance(each.state, Missed)]
    if not missed:
        return None
    last = max(missed, key=lambda each: each.on)
    stands = any(isinstance(each.state, Fixed | Kept) and each.on >= last.on for each in appointments)
    return None if stands else last


# -- the machine ------------------------------------------------------------------------------------


def tell(
    appointments: tuple[Appointment, ...], event: AppointmentEvent, case: CaseId, received_at: Instant
) -> tuple[Appointment, ...] | CaseRefusal:
    """The appointments of a case after ``event``, in the order in which they were fixed, or why it is not done."""
    if event.by.side is not Side.SERVICE and not isinstance(event, AppointmentCalledOff):
        return CaseRefusal.SERVICE_ONLY
    if isinstance(event, AppointmentFixed):
        refused = _faulty(event.where) or _misplaced(appointments, event.on, received_at)
        return refused or (*appointments, _new(appointments, event, case))
    before = next((each for each in appointments if each.id == event.appointment), None)
    if before is None:
        return CaseRefusal.UNKNOWN
    said_only = isinstance(event, AppointmentKept | AppointmentMissed)
    if _counts_until(before) is not None or not (said_only or isinstance(before.state, Fixed)):
        return CaseRefusal.SETTLED
    others = tuple(each for each in appointments if each is not before)
    match event:
        case AppointmentMoved(at=at, by=by, on=on):
            where = before.where if event.where is None else event.where
            refused = None if event.where is None else _faulty(event.where)
            if refused := refused or _misplaced(others, on, received_at):
                return refused
            new = _new(appointments, AppointmentFixed(at, by, on, where), case)
            return (*_settled(appointments, replace(before, state=Moved(at, by, new.id))), new)
        case AppointmentKept() | AppointmentMissed() if event.at < before.on:
            return CaseRefusal.NOT_YET
        case AppointmentKept(at=at, by=by):
            after = before if isinstance(before.state, Kept) else replace(before, state=Kept(at, by))
        case AppointmentMissed(at=at, by=by, misser=misser):
            same = isinstance(before.state, Missed) and before.state.misser is misser
            after = before if same else replace(before, state=Missed(at, by, misser))
        case AppointmentCalledOff(at=at, by=by, reason=reason):
            if not is_whole(reason, REASON_MAX):
                return CaseRefusal.NO_REASON if not reason.strip() else CaseRefusal.NOT_WHOLE
            after = replace(before, state=CalledOff(at, by, reason))
    return _settled(appointments, after)


def adopt(appointments: tuple[Appointment, ...], event: AppointmentFixed, case: CaseId) -> tuple[Appointment, ...]:
    """One that was agreed on in a callback: a fact. What is within an hour of it is the same one: it is moved to it,
    or stays as it is if it took place."""
    new, rivals = _new(appointments, event, case), _rivals(appointments, event.on)
    if not all(isinstance(each.state, Fixed) for each in rivals):
        return appointments
    for rival in rivals:
        appointments = _settled(appointments, replace(rival, state=Moved(event.at, event.by, new.id)))
    return (*appointments, new)


def _faulty(where: Where) -> CaseRefusal | None:
    """Of one that somebody names; that of a callback may be with nobody yet."""
    named = where.structure is not None or where.network is not None
    whole = where.referent is None or is_whole(where.referent, NAME_MAX)
    return None if named and whole else CaseRefusal.NOT_WHOLE


def _misplaced(others: tuple[Appointment, ...], on: Instant, received_at: Instant) -> CaseRefusal | None:
    if on < received_at:
        return CaseRefusal.BEFORE_REQUEST
    return CaseRefusal.SAME_HOUR if _rivals(others, on) else None


def _rivals(appointments: tuple[Appointment, ...], on: Instant) -> tuple[Appointment, ...]:
    """Those that count, and begin too near."""
    return tuple(each for each in appointments if abs(each.on - on) < APART_MIN and _counts_until(each) is None)


def _new(appointments: tuple[Appointment, ...], event: AppointmentFixed, case: CaseId) -> Appointment:
    name = AppointmentId(f"{case}-a{len(appointments) + 1}")
    return Appointment(name, event.on, event.at, event.by, event.where)


def _settled(appointments: tuple[Appointment, ...], after: Appointment) -> tuple[Appointment, ...]:
    return tuple(after if each.id == after.id else each for each in appointments)
