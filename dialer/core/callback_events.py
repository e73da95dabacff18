"""What can happen to a callback beyond what Asterisk does, what it tells of itself, and what it may ask.

Decides nothing. Must not know how any of it travels.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from dialer.core import events as ev
from dialer.core.call_states import OfferMade
from dialer.core.call_states import Signal as AdviserSignal
from dialer.core.callback_states import Callback, CallbackId, UnsettledWhy
from dialer.core.compliance import Allowed, Mode, Refused
from dialer.core.ladder import Ladder
from dialer.core.numbers import Parsed
from dialer.core.outcomes import CallbackOutcome, Report
from dialer.core.rules import QueueRules
from dialer.core.words import E164, AdviserId, By, CallId, Instant, LegId, OfferId, QueueId
from schedules.windows import Window

# What the adviser does with the card.


@dataclass(frozen=True, slots=True)
class CardAccepted:
    at: Instant
    offer: OfferId


@dataclass(frozen=True, slots=True)
class CardRefused:
    at: Instant
    offer: OfferId


@dataclass(frozen=True, slots=True)
class DialAsked:
    """On the card it accepts too; while the phone rings it is remembered."""

    at: Instant
    offer: OfferId


@dataclass(frozen=True, slots=True)
class MachineHeard:
    """A machine answered, by the adviser's key or by Asterisk's detection."""

    at: Instant
    leg: LegId


# What people decide.


@dataclass(frozen=True, slots=True)
class OutcomeGiven:
    at: Instant
    report: Report
    by: By = By.PERSON


@dataclass(frozen=True, slots=True)
class Rescheduled:
    """Another window (None: as soon as possible), and another number where that is what was wrong."""

    at: Instant
    window: Window | None
    phone: Parsed | None = None


@dataclass(frozen=True, slots=True)
class CallbackCancelled:
    """The person asks not to be called back any more."""

    at: Instant


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
    """Asterisk's truth about the callback's legs. ``bridged``: both are in their bridge."""

    at: Instant
    person: Fate = Fate.UNKNOWN
    adviser: Fate = Fate.UNKNOWN
    bridged: bool = False


CallbackEvent = (
    ev.LegAnswered
    | ev.LegLeft
    | ev.PromptFinished
    | ev.JoinRefused
    | ev.DeadlineReached
    | OfferMade
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


@dataclass(frozen=True, slots=True)
class CallbackRules:
    """How callbacks are made. ValueError for a way that is not ours, or for bounds that make no sense."""

    mode: Mode = Mode.PREVIEW
    card_max_s: float = 30.0
    """How long a card stays before one adviser."""
    ready_max_s: float = 300.0
    """How long an adviser whose phone is up may read in preview before the card goes back."""
    preview_s: float = 20.0
    """After how long timed preview dials."""
    ring_max_s: float = 30.0
    """How long the person's phone rings: French voicemail answers after 20 to 25 s (our decision)."""
    margin_s: float = 10.0
    """What a leg may be late by, in ringing or in ending, before it is taken for lost."""
    telling_max_s: float = 30.0
    brief_s: float = 3.0
    """An adviser's leg that goes this soon after the bridge was no talk: the person hears an apology."""
    settle_max_s: float = 1800.0
    """After how long without an outcome somebody else than the adviser is asked."""
    blocked_s: float = 60.0
    """When to ask the gate again where only the end of other calls can open it."""
    apology: tuple[str, ...] = ("callback.apology",)
    message: tuple[str, ...] = ("callback.message",)
    """Neutral: never a word about school. Empty: no message is left."""
    ladder: Ladder = field(default_factory=Ladder)

    def __post_init__(self) -> None:
        if self.mode is Mode.PREDICTIVE:
            raise ValueError("predictive dialling rings people before an adviser is there; use progressive")
        spans = (self.card_max_s, self.ready_max_s, self.preview_s, self.ring_max_s, self.margin_s)
        if min(*spans, self.telling_max_s, self.settle_max_s, self.blocked_s) <= 0 or self.brief_s < 0:
            raise ValueError("the spans of callbacks are longer than nothing")


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
