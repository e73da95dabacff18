"""The words of the desk: ids, enums and small values that every other module of the core speaks in.

Decides nothing. Must not know how any of these things are stored, shown or carried by Asterisk.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

Instant = datetime
"""Always aware and in UTC inside the core."""

CallId = NewType("CallId", str)
LegId = NewType("LegId", str)
BridgeId = NewType("BridgeId", str)
PlaybackId = NewType("PlaybackId", str)
OfferId = NewType("OfferId", str)
AdviserId = NewType("AdviserId", str)
LineId = NewType("LineId", str)
QueueId = NewType("QueueId", str)
E164 = NewType("E164", str)
"""A telephone number as ``+33199000001``."""
ShortNumber = NewType("ShortNumber", str)
"""A number of two to six figures, as 119, which has no other form and is dialled as it is."""


class Wish(StrEnum):
    """What an adviser asks for."""

    READY = "ready"
    PAUSED = "paused"
    AWAY = "away"


class By(StrEnum):
    """Who set a wish: the person, or the system by a rule whose reason is shown."""

    PERSON = "person"
    SYSTEM = "system"


class Cause(StrEnum):
    """Why a leg ended, in our words. Expected telephony, never an error."""

    NORMAL = "normal"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    FAILED = "failed"
    UNKNOWN = "unknown"  # the end itself was not seen, only that the leg is gone


class Outcome(StrEnum):
    """How a call ended. An ended call has exactly one."""

    ANSWERED = "answered"
    INFORMED = "informed"
    TRANSFERRED = "transferred"
    CALLBACK = "callback"
    TURNED_AWAY = "turned_away"
    ABANDONED = "abandoned"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who rings. ``number`` is None when masked; it routes and is never an identity."""

    number: E164 | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """Why this adviser was chosen: kept with the offer and shown in the call's timeline."""

    level: int
    """The adviser's level for the queue; 1 is best."""
    idle_s: float
    candidates: int
    """How many eligible advisers of that level there were."""
    waited_s: float


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the journal: a fact in the past tense. Holds no personal data, so that it can be kept."""

    at: Instant
    event: str
    call: CallId | None = None
    adviser: AdviserId | None = None
    data: tuple[tuple[str, str | int | float | None], ...] = ()


def record(
    at: Instant,
    event: str,
    call: CallId | None = None,
    adviser: AdviserId | None = None,
    **data: str | int | float | None,
) -> Record:
    """A Record with its data as keywords."""
    return Record(at, event, call, adviser, tuple(data.items()))


class ImpossibleEvent(Exception):
    """This event cannot happen in this state: a defect of ours, which drops one call and not the centre."""
