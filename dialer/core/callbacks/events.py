"""What can happen to a callback beyond what Asterisk does, what it tells of itself, and what it may ask.

Decides nothing. Must not know how any of it travels.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from dialer.core import events as ev
from dialer.core.callbacks.compliance import Allowed, Refused
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.rules import CallbackRules
from dialer.core.callbacks.states import Callback, CallbackId, UnsettledWhy
from dialer.core.callbacks.told import (
    CallbackCancelled,
    CardAccepted,
    CardRefused,
    DialAsked,
    MachineHeard,
    OutcomeGiven,
    Rescheduled,
)
from dialer.core.calls.party import TalkAsked
from dialer.core.calls.states import AdviserBack, OfferMade
from dialer.core.calls.states import Signal as AdviserSignal
from dialer.core.rules import QueueRules
from dialer.core.words import E164, AdviserId, CallId, Instant, QueueId
from schedules.windows import Window

# They call us.


@dataclass(frozen=True, slots=True)
class CalledIn:
    """A call arrived from their number: recognised for routing only."""

    at: Instant
    call: CallId


@dataclass(frozen=True, slots=True)
class CallAnswered:
    at: Instant
    call: CallId
    adviser: AdviserId


@dataclass(frozen=True, slots=True)
class CallOver:
    at: Instant
    call: CallId


# After a restart or a reconnection.


class Fate(StrEnum):
    """What is known of a leg that we named."""

    RINGING = "ringing"
    UP = "up"
    UNPLACED = "unplaced"
    """Proved never to have been asked of Asterisk."""
    UNKNOWN = "unknown"
    """Not there, and no proof that it never was."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """Asterisk's truth about the callback's legs. ``bridged``: exactly those that belong in its bridge are there."""

    at: Instant
    person: Fate = Fate.UNKNOWN
    adviser: Fate = Fate.UNKNOWN
    bridged: bool = False
    guest: Fate = Fate.UNKNOWN


CallbackEvent = (
    ev.LegAnswered
    | ev.LegLeft
    | ev.PromptFinished
    | ev.JoinRefused
    | ev.MachineDetected
    | ev.GreetingOver
    | ev.DeadlineReached
    | OfferMade
    | AdviserBack
    | CardAccepted
    | CardRefused
    | DialAsked
    | MachineHeard
    | OutcomeGiven
    | Rescheduled
    | CallbackCancelled
    | CalledIn
    | CallAnswered
    | CallOver
    | Recovered
    | TalkAsked
)


# What a callback tells of itself, beside what it tells of its adviser (the signals of a call).


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Closed, and yet somebody's to take up: the officer's when nobody could be reached, or somebody is in danger."""

    callback: CallbackId
    outcome: CallbackOutcome


@dataclass(frozen=True, slots=True)
class ForPerson:
    """It rests until a person settles it. ``adviser``: whose talk it was."""

    callback: CallbackId
    why: UnsettledWhy
    adviser: AdviserId | None = None


@dataclass(frozen=True, slots=True)
class PromiseMissed:
    """The window was not kept, or can be kept no more. The callback goes on as soon as possible, from its place."""

    callback: CallbackId
    window: Window


@dataclass(frozen=True, slots=True)
class Opposed:
    """Never to be called again: their number goes on the opposition list."""

    callback: CallbackId


Signal = AdviserSignal | HandedOver | ForPerson | PromiseMissed | Opposed


class Scene(Protocol):
    """What a callback may ask of its surroundings; the desk is one, tests bring their own."""

    @property
    def callback_rules(self) -> CallbackRules: ...

    def gate(self, callback: Callback, at: Instant) -> Allowed | Refused:
        """`compliance.may_dial` with all that is known of the person, for the mode of the rules."""

    def caller_id(self, callback: Callback) -> E164:
        """The number shown, which the gate has looked at."""

    def queue(self, queue: QueueId) -> QueueRules: ...

    def shown_name(self, callback: Callback) -> str:
        """What the adviser's phone displays: never the person."""
