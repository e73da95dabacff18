"""What a person asked for when they asked to be called back, and what they were told.

Decides nothing: `intake` looks whether a request is whole, the desk makes promises of it. Must not know where requests
are kept. What a person said of themselves is here and with the request that is stored, never in a callback, which the
desk holds in memory and the journal tells of.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from dialer.core.callbacks.states import CallbackId, CaseId
from dialer.core.cases.case import Flag, Kind
from dialer.core.numbers import Parsed
from dialer.core.words import CallId, Instant, LineId, QueueId
from schedules.windows import Window


class AskedBy(StrEnum):
    YOUNG_PERSON = "young_person"
    PARENT = "parent"
    PROFESSIONAL = "professional"


class Source(StrEnum):
    """By which way in."""

    WEB = "web"
    PHONE = "phone"
    CSV = "csv"
    ADVISER = "adviser"


@dataclass(frozen=True, slots=True)
class Request:
    """One request that is whole. Personal data: not for logs, nor for the journal.

    window: the one they chose; None: as soon as possible. place: that of the caller who gave up waiting for it.
    """

    kind: Kind
    line: LineId
    queue: QueueId
    phone: Parsed
    asked_by: AskedBy | None
    source: Source
    window: Window | None = None
    place: Instant | None = None
    priority: int = 0
    call: CallId | None = None
    """In which it was asked, by phone."""
    first_name: str | None = None
    name: str | None = None
    postcode: str | None = None
    birth_date: date | None = None
    situation: str | None = None
    language: str = "fr"
    relay: bool = False
    """Needs the telephone relay for deaf and hard-of-hearing people."""
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """An Idempotency-Key and the body that came with it, both as SHA-256 in hex: neither is kept itself."""

    key: str
    body: str


@dataclass(frozen=True, slots=True)
class Booking:
    """What the person who asked is told, once it is stored.

    id: of the callback that will be made; an open one of theirs when there was one. state: its stage, in the seven
    words of the API. due_at: when it enters the queue. legal_deadline_at: None where no law sets one.
    """

    id: CallbackId
    reference: str
    case: CaseId
    state: str
    flags: tuple[Flag, ...]
    due_at: Instant
    legal_deadline_at: Instant | None
    promised: Window | None


@dataclass(frozen=True, slots=True)
class Intake:
    """A request with what was made of it: what is stored, in the transaction of its callback. ``serial``: never
    given again; the reference follows from it."""

    at: Instant
    serial: int
    request: Request
    booking: Booking
    key: Key | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What was answered to an Idempotency-Key: with another body it is another request, and refused."""

    body: str
    booking: Booking
