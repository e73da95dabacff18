"""The words of a walk through a flow: where a caller is, what can happen to them there, what a flow can ask for.

Decides nothing; `step` does. Every word holds only text, whole numbers, tuples and instants, so that a place can be
stored as JSON and taken up again after a restart. Must not know channels, playbacks or queues.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ivr.nodes import LeavingOutcome

Phase = Literal["saying", "listening", "reading_back", "confirming", "elsewhere", "leaving", "gone"]
"""saying, reading_back, leaving: a Play of ours is outstanding, and none in any other phase.
listening, confirming: waiting for a digit. elsewhere: in a queue, transfer, hook or callback. gone: Finish was asked.
"""
PLAYING: frozenset[Phase] = frozenset({"saying", "reading_back", "leaving"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a caller is in a flow.

    tries: wrong or missing answers at this node. digits: typed ahead, or the digits collected so far.
    back: the menus behind this place, the last one last. deadline: when DeadlinePassed is due, UTC.
    answers: what Collect nodes kept, by name; personal data, never to be logged. informed: heard the information that
    was asked for, and has not asked for a person since: a caller who hangs up here was informed, not lost.
    """

    node: str
    phase: Phase = "elsewhere"
    tries: int = 0
    digits: str = ""
    back: tuple[str, ...] = ()
    deadline: datetime | None = None
    answers: tuple[tuple[str, str], ...] = ()
    informed: bool = False


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
class CallbackBooked:
    pass


@dataclass(frozen=True, slots=True)
class CallbackRefused:
    """By the caller, or by the desk that cannot promise it."""


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
    | CallbackBooked
    | CallbackRefused
    | Resumed
)


# What a flow can ask for.


@dataclass(frozen=True, slots=True)
class Play:
    """Say these prompts one after the other; skip one that cannot be played. Comes back as PromptsDone."""

    prompts: tuple[str, ...]


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
    """queue: whose advisers call back; None: the one the caller comes from. answers: what is already known."""

    queue: str | None
    answers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Finish:
    """The flow is at its end: hang up, with this outcome."""

    outcome: LeavingOutcome


Action = Play | StopPlaying | JoinQueue | DialOut | CallHook | OfferCallback | Finish


@dataclass(frozen=True, slots=True)
class Step:
    """What comes of one input: the new place, what to do in this order, and the nodes entered, for the timeline."""

    place: Place
    actions: tuple[Action, ...] = ()
    trail: tuple[str, ...] = ()
