"""The words of a walk through a flow: where a caller is, what can happen to them there, what a flow can ask for.

Decides nothing; `step` does. Every word holds only text, whole numbers, tuples and instants, so that a place can be
stored as JSON and taken up again after a restart. Must not know channels, playbacks or queues.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ivr.nodes import Asks, LeavingOutcome
from schedules.windows import Window

Phase = Literal["saying", "listening", "reading_back", "confirming", "elsewhere", "leaving", "gone"]
"""saying, reading_back, leaving: a Play of ours is outstanding, and none in any other phase.
listening, confirming: waiting for a digit. elsewhere: in a queue, transfer or hook, or the desk is asked about a
callback. gone: Finish was asked.
"""
PLAYING: frozenset[Phase] = frozenset({"saying", "reading_back", "leaving"})


Question = Literal["terms", "shown", "number", "check", "where", "typed", "time", "booking", "reference", "none"]
"""What somebody who asks to be called back is asked, or told: `callback` says what each of them does."""


@dataclass(frozen=True, slots=True)
class CallbackTerms:
    """The desk: on this number somebody can be called back, and then. Personal data, never to be logged.

    number: as the desk writes it, handed back to it; None: none is known, the caller types one. territory: where the
    number belongs. figures: the number as it is read out. asap: whether there is an hour for "as soon as possible".
    slots: the next free windows, those that are read out. zone: IANA name of the person's own clock.
    """

    number: str | None = None
    territory: str = "metropole"
    figures: str = ""
    asap: bool = False
    slots: tuple[Window, ...] = ()
    zone: str = "Europe/Paris"


@dataclass(frozen=True, slots=True)
class Asking:
    """How far somebody has come who asks to be called back. Personal data, never to be logged.

    typed: the number as they typed it. among: the territories it may belong to, to choose from. territory: the one they
    chose. window: the one they chose; None: as soon as possible. reference: of the request, once it is booked.
    """

    question: Question
    typed: str = ""
    among: tuple[str, ...] = ()
    territory: str | None = None
    terms: CallbackTerms = CallbackTerms()
    window: Window | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a caller is in a flow.

    tries: wrong or missing answers at this node. digits: typed ahead, or the digits collected so far.
    back: the menus behind this place, the last one last. deadline: when DeadlinePassed is due, UTC.
    answers: what Collect nodes kept, by name; personal data, never to be logged. informed: heard the information that
    was asked for, and has not asked for a person since: a caller who hangs up here was informed, not lost. asking: in a
    callback node.
    """

    node: str
    phase: Phase = "elsewhere"
    tries: int = 0
    digits: str = ""
    back: tuple[str, ...] = ()
    deadline: datetime | None = None
    answers: tuple[tuple[str, str], ...] = ()
    informed: bool = False
    asking: Asking | None = None


# What can happen.


@dataclass(frozen=True, slots=True)
class Entered:
    """The caller comes to the place's node, from outside the flow."""


@dataclass(frozen=True, slots=True)
class Digit:
    """One key of the keypad. Anything but 0–9, * and # is noise of the line and ignored."""

    digit: str


@dataclass(frozen=True, slots=True)
class PromptsDone:
    """The last Play came to its end, or failed. Never sent for a Play that StopPlaying cut short."""


@dataclass(frozen=True, slots=True)
class DeadlinePassed:
    """The place's deadline is due. One that comes early, or without a deadline, is ignored."""


@dataclass(frozen=True, slots=True)
class QueueLeft:
    """The caller is out of the queue and nobody has answered."""

    why: Literal["full", "no_adviser", "too_long", "key"]
    key: str | None = None


@dataclass(frozen=True, slots=True)
class HookAnswered:
    result: str


@dataclass(frozen=True, slots=True)
class HookFailed:
    pass


@dataclass(frozen=True, slots=True)
class TransferFailed:
    pass


@dataclass(frozen=True, slots=True)
class NumberRefused:
    """Nobody can be called back on what was typed. among: territories to choose from, when it is ambiguous."""

    why: Literal["impossible", "foreign", "premium", "short", "ours", "ambiguous"]
    among: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallbackBooked:
    """reference: eight digits. What is said of it waits until it is stored."""

    reference: str


@dataclass(frozen=True, slots=True)
class SlotTaken:
    """Somebody else has the window now; what there is instead."""

    terms: CallbackTerms


@dataclass(frozen=True, slots=True)
class CallbackRefused:
    """Nothing can be promised."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """We were away (restart, lost link): the caller hears the node again and keeps the tries."""


Input = (
    Entered
    | Digit
    | PromptsDone
    | DeadlinePassed
    | QueueLeft
    | HookAnswered
    | HookFailed
    | TransferFailed
    | CallbackTerms
    | NumberRefused
    | CallbackBooked
    | SlotTaken
    | CallbackRefused
    | Resumed
)


# What a flow can ask for.


@dataclass(frozen=True, slots=True)
class Play:
    """Say these prompts one after the other; skip one that cannot be played. Comes back as PromptsDone.

    stored: only once what led to them is stored; they tell of a promise.
    """

    prompts: tuple[str, ...]
    stored: bool = False


@dataclass(frozen=True, slots=True)
class StopPlaying:
    """Cut the outstanding Play; it does not come back."""


@dataclass(frozen=True, slots=True)
class JoinQueue:
    """keys: those by which the caller leaves; the desk ignores all others while the caller waits."""

    queue: str
    priority: int
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DialOut:
    """target: name of a number in `dialer.toml` [numbers]."""

    target: str


@dataclass(frozen=True, slots=True)
class CallHook:
    hook: str
    answers: tuple[tuple[str, str], ...]
    timeout_s: float


@dataclass(frozen=True, slots=True)
class OfferCallback:
    """What can be promised to this caller? Comes back as CallbackTerms, CallbackRefused, or as CallbackBooked when
    that was done earlier in the call.

    queue: whose advisers call back; None: the one the caller comes from, else the line's own for callbacks.
    """

    queue: str | None


@dataclass(frozen=True, slots=True)
class CheckNumber:
    """What can be promised to somebody on this number? Comes back as CallbackTerms, NumberRefused or CallbackRefused.

    typed: figures alone. territory: the one the caller chose for a number that several have.
    """

    queue: str | None
    typed: str
    territory: str | None


@dataclass(frozen=True, slots=True)
class BookCallback:
    """Book it. Comes back as CallbackBooked, SlotTaken or CallbackRefused; asked twice, as the same booking."""

    queue: str | None
    asks: Asks
    number: str
    territory: str
    window: Window | None


@dataclass(frozen=True, slots=True)
class Finish:
    """The flow is at its end: hang up, with this outcome."""

    outcome: LeavingOutcome


Action = Play | StopPlaying | JoinQueue | DialOut | CallHook | OfferCallback | CheckNumber | BookCallback | Finish


@dataclass(frozen=True, slots=True)
class Step:
    """What comes of one input: the new place, what to do in this order, and the nodes entered, for the timeline."""

    place: Place
    actions: tuple[Action, ...] = ()
    trail: tuple[str, ...] = ()
