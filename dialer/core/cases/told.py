"""What is told of a case's file as a whole. Of its path, appointments, notes, consents and handovers: in theirs.

Decides nothing. Must not know how any of it travels.
"""

from __future__ import annotations

from dataclasses import dataclass

from dialer.core.callbacks.outcomes import CallbackOutcome, Report
from dialer.core.callbacks.request import Request
from dialer.core.cases.actor import Actor
from dialer.core.cases.appointment import AppointmentEvent
from dialer.core.cases.case import Diploma, Flag
from dialer.core.cases.consent import ConsentSaid
from dialer.core.cases.note import NoteReleased, NoteWritten
from dialer.core.cases.path_told import PathEvent
from dialer.core.cases.responsible import HandoverEvent
from dialer.core.words import AdviserId, Instant


@dataclass(frozen=True, slots=True)
class RequestReceived:
    """The desk has put a request to this case: its first, or one more."""

    at: Instant
    request: Request
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class CallbackOver:
    """The desk has closed a callback of this case, with what came of it."""

    at: Instant
    report: Report
    adviser: AdviserId | None = None


@dataclass(frozen=True, slots=True)
class CaseEnded:
    at: Instant
    by: Actor
    outcome: CallbackOutcome


@dataclass(frozen=True, slots=True)
class SchoolingSaid:
    """What the person has got at school: it decides the track of the right to return (`case.track`)."""

    at: Instant
    by: Actor
    diploma: Diploma
    in_higher_education: bool = False


DeskEvent = RequestReceived | CallbackOver
"""Facts of the desk: never refused."""
SideEvent = PathEvent | AppointmentEvent | NoteWritten | NoteReleased | ConsentSaid | SchoolingSaid | CaseEnded
"""Told by one of the two sides."""
FileEvent = DeskEvent | HandoverEvent | SideEvent
