"""Whoever is brought into a talk besides the two who have it: a colleague, or a number outside.

Decides nothing: values, the same whoever talks, and what is asked for once it is known who is meant. Must not know what
a talk does with its guest (`talk`), nor who may be asked (`core.talks`). A number is never kept, only the name by which
it was asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dialer.core.calls.told import GuestDismissed, GuestJoinAsked, HandOverAsked, HangUpAsked, HoldAsked
from dialer.core.words import E164, AdviserId, Instant, LegId, OfferId, QueueId, ShortNumber

How = Literal["aside", "join"]
"""Heard by the adviser alone while the caller is held, or by both."""


@dataclass(frozen=True, slots=True)
class Colleague:
    adviser: AdviserId
    kind: Literal["adviser"] = "adviser"


@dataclass(frozen=True, slots=True)
class Outsider:
    """A number outside. ``name``: by which the configuration or the directory has it; ``shown``: what people read."""

    source: Literal["number", "structure", "danger"]
    name: str
    shown: str
    kind: Literal["outside"] = "outside"


@dataclass(frozen=True, slots=True)
class Dialled:
    """An outsider who is to be rung, with the number that was looked up this instant."""

    who: Outsider
    number: E164 | ShortNumber


@dataclass(frozen=True, slots=True)
class Guest:
    """``how``: what becomes of them once they answer. ``deadline``: until when they ring; None once they are up.

    ``since``: since when they ring, or talk. ``offer``: a colleague's, as whoever rings has one.
    """

    leg: LegId
    who: Colleague | Outsider
    how: How
    state: Literal["ringing", "aside", "joined"]
    since: Instant
    deadline: Instant | None = None
    offer: OfferId | None = None


@dataclass(frozen=True, slots=True)
class GuestFound:
    """Whom the adviser asked for may be rung. ``danger``: by the danger key, and for which target."""

    at: Instant
    adviser: AdviserId
    whom: Colleague | Dialled
    how: How | Literal["blind"]
    danger: str | None = None


@dataclass(frozen=True, slots=True)
class QueueChosen:
    """The adviser sends the caller on to a queue."""

    at: Instant
    adviser: AdviserId
    queue: QueueId


TalkAsked = HoldAsked | GuestFound | QueueChosen | GuestJoinAsked | HandOverAsked | GuestDismissed | HangUpAsked
"""What an adviser asks for in their talk: done in a talk alone."""


def target(who: Colleague | Outsider) -> str:
    """Whom the journal names: an adviser's id, or the name of the number; never a number."""
    return who.adviser if isinstance(who, Colleague) else who.name


def source(who: Colleague | Outsider) -> str:
    """What kind of name `target` is: adviser, number, structure or danger."""
    return "adviser" if isinstance(who, Colleague) else who.source
