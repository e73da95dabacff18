"""What an adviser asks for in a talk, by their page or by the API. Decides nothing.

``adviser`` is who asks: it is done only if the talk is theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dialer.core.structures.structure import StructureId
from dialer.core.words import AdviserId, CallId, Instant, QueueId


@dataclass(frozen=True, slots=True)
class ToAdviser:
    adviser: AdviserId


@dataclass(frozen=True, slots=True)
class ToQueue:
    queue: QueueId


@dataclass(frozen=True, slots=True)
class ToNumber:
    """A number outside, by its name in the configuration."""

    name: str


@dataclass(frozen=True, slots=True)
class ToStructure:
    """A structure of the directory, on the number that the directory has of it."""

    structure: StructureId


To = ToAdviser | ToQueue | ToNumber | ToStructure


@dataclass(frozen=True, slots=True)
class HoldAsked:
    """The caller hears music and is heard by nobody, or is back."""

    at: Instant
    call: CallId
    adviser: AdviserId
    held: bool


@dataclass(frozen=True, slots=True)
class GuestAsked:
    """aside: somebody is spoken to first, and the caller is held. join: all three. blind: the caller is sent on.

    A queue can only be sent on to.
    """

    at: Instant
    call: CallId
    adviser: AdviserId
    to: To
    how: Literal["aside", "join", "blind"]


@dataclass(frozen=True, slots=True)
class DangerAsked:
    """The danger key: help comes into the talk at once, and the caller is never held. ``to``: a danger target's id."""

    at: Instant
    call: CallId
    adviser: AdviserId
    to: str


@dataclass(frozen=True, slots=True)
class GuestJoinAsked:
    """The caller is back, and the guest stays: all three."""

    at: Instant
    call: CallId
    adviser: AdviserId


@dataclass(frozen=True, slots=True)
class HandOverAsked:
    """The caller goes on with the guest, and the adviser leaves."""

    at: Instant
    call: CallId
    adviser: AdviserId


@dataclass(frozen=True, slots=True)
class GuestDismissed:
    """The guest goes, and the adviser is back with the caller."""

    at: Instant
    call: CallId
    adviser: AdviserId


@dataclass(frozen=True, slots=True)
class HangUpAsked:
    """As if they put the receiver down. A guest may too."""

    at: Instant
    call: CallId
    adviser: AdviserId


TalkTold = HoldAsked | GuestAsked | DangerAsked | GuestJoinAsked | HandOverAsked | GuestDismissed | HangUpAsked
