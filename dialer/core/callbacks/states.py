"""What a promised return call is at each moment: its states, its attempts, and what may be read of them.

Decides nothing but when a state expires, which legs are its own and where it stands in the queue; `callback` decides
the rest. The fields of a state are only those that are legal in it. All of it can be stored as JSON and taken up again
after a restart. Must not know Asterisk, the clock or the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NewType

from dialer.core.callbacks.compliance import Attempt as KnownAttempt
from dialer.core.callbacks.compliance import Refused
from dialer.core.callbacks.ladder import AttemptCause, Try
from dialer.core.callbacks.outcomes import CallbackOutcome, Report
from dialer.core.callbacks.talking import Talking, WithGuest, advisers_legs, colleague, talk_legs, until
from dialer.core.numbers import Parsed
from dialer.core.words import (
    AdviserId,
    By,
    CallId,
    Instant,
    LegId,
    LineId,
    OfferId,
    PlaybackId,
    QueueId,
)
from schedules.windows import Window

__all__ = ["Talking", "WithGuest"]

CallbackId = NewType("CallbackId", str)
"""Never that of a call: adviser, phone and timeline know a callback by it as they know a call by its own (`visit`)."""
CaseId = NewType("CaseId", str)

_MARK = "cb-"
DATED_PRIORITY = 10
"""Above what a flow may give a live caller (0 to 9). It holds only for the advisers that the slot has reserved."""

UnsettledWhy = Literal["talked", "unknown", "number", "failures", "days", "gate"]
"""What a person has to settle: the outcome of a talk; an attempt whose fate nobody knows; a number that is wrong; more
failures on our side than the ladder bears; days that are over before the attempts; a gate that time will not open."""


@dataclass(frozen=True, slots=True)
class Requested:
    """Registered; its place in the queue has not come yet."""

    due_at: Instant
    kind: Literal["requested"] = "requested"


@dataclass(frozen=True, slots=True)
class Due:
    """In the queue, to be offered."""

    since: Instant
    kind: Literal["due"] = "due"


@dataclass(frozen=True, slots=True)
class Offered:
    """The card is before one adviser; their phone, whose leg has a name already, does not ring yet."""

    offer: OfferId
    adviser: AdviserId
    leg: LegId
    deadline: Instant
    kind: Literal["offered"] = "offered"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The adviser's phone rings. ``dial_at_once``: no waiting for `dial` when it is up."""

    offer: OfferId
    adviser: AdviserId
    leg: LegId
    deadline: Instant
    dial_at_once: bool
    kind: Literal["accepted"] = "accepted"


@dataclass(frozen=True, slots=True)
class Ready:
    """The adviser's phone is up, the card is read. At the deadline it is dialled, or goes back to its place."""

    offer: OfferId
    adviser: AdviserId
    leg: LegId
    deadline: Instant
    dials: bool
    kind: Literal["ready"] = "ready"


@dataclass(frozen=True, slots=True)
class Dialling:
    """The person's phone is being rung, or will be once this intent is committed."""

    adviser: AdviserId
    adviser_leg: LegId
    leg: LegId
    number: int
    """Of the attempt."""
    deadline: Instant
    kind: Literal["dialling"] = "dialling"


@dataclass(frozen=True, slots=True)
class HangingUp:
    """The person's leg was told to end, and its end is awaited. ``told``: it was up, and heard somebody or a prompt."""

    leg: LegId
    number: int
    cause: AttemptCause
    outcome: CallbackOutcome | None
    told: bool
    deadline: Instant
    kind: Literal["hanging_up"] = "hanging_up"


@dataclass(frozen=True, slots=True)
class Telling:
    """The person, or their machine, hears one prompt and no adviser: an apology, or the neutral message.

    A machine that was detected says its own first; until then `Callback.message_left` is not set.
    """

    leg: LegId
    number: int
    cause: AttemptCause
    playback: PlaybackId
    deadline: Instant
    kind: Literal["telling"] = "telling"


@dataclass(frozen=True, slots=True)
class Resting:
    """Not before ``until``, by the ladder or by the gate. ``why``: the cause of the attempt, or the gate's reason."""

    until: Instant
    why: str
    by: Literal["ladder", "gate"]
    kind: Literal["resting"] = "resting"


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A person must say how it goes on; it is not dialled until then. ``attempt``: the one whose fate is asked for."""

    why: UnsettledWhy
    since: Instant
    attempt: int | None = None
    adviser: AdviserId | None = None
    detail: str | None = None
    """The gate's reason."""
    deadline: Instant | None = None
    """When somebody else than the adviser who talked is asked."""
    kind: Literal["unsettled"] = "unsettled"


@dataclass(frozen=True, slots=True)
class Attached:
    """The person called in themselves: not dialled. ``back``: where it returns to if that call is not answered."""

    call: CallId
    back: Requested | Due | Resting | Unsettled
    kind: Literal["attached"] = "attached"


@dataclass(frozen=True, slots=True)
class Joined:
    """The call they made themselves was answered. Its legs are that call's own."""

    call: CallId
    adviser: AdviserId
    report: Report | None = None
    kind: Literal["joined"] = "joined"


@dataclass(frozen=True, slots=True)
class Closed:
    at: Instant
    by: By
    report: Report
    kind: Literal["closed"] = "closed"

    @property
    def outcome(self) -> CallbackOutcome:
        return self.report.outcome


CallbackState = (
    Requested
    | Due
    | Offered
    | Accepted
    | Ready
    | Dialling
    | HangingUp
    | Telling
    | Talking
    | WithGuest
    | Resting
    | Unsettled
    | Attached
    | Joined
    | Closed
)

_STAGES = {
    "accepted": "offered",
    "ready": "offered",
    "hanging_up": "dialling",
    "telling": "talking",
    "with_guest": "talking",
    "joined": "talking",
    "unsettled": "resting",
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One dialling, named before it was placed. ``cause`` None: under way. Its number and leg never come again."""

    number: int
    leg: LegId
    at: Instant
    adviser: AdviserId
    cause: AttemptCause | None = None
    ended_at: Instant | None = None
    outcome: CallbackOutcome | None = None


@dataclass(frozen=True, slots=True)
class Callback:
    """One promised return call: what was promised to whom, and the state it is in."""

    id: CallbackId
    case: CaseId
    line: LineId
    queue: QueueId
    phone: Parsed
    """Their number, with the territory and the zone of the clock on their wall."""
    requested_at: Instant
    place: Instant
    """On the queue's virtual time: a live caller's is their arrival."""
    window: Window | None
    """The one promised, until it is kept; None: as soon as possible."""
    state: CallbackState
    priority: int = 0
    attempts: tuple[Attempt, ...] = ()
    fresh_after: int = 0
    """The ladder does not look at attempts up to this number: a person has spoken since."""
    legs: int = 0
    """How many legs of advisers were named."""
    message_left: bool = False
    gate_at: Instant | None = None
    """When the gate was asked last."""
    gate: Refused | None = None
    """What it answered then, if it refused."""
    postcode: str | None = None
    """Where they say they live: its holidays hold, and its hours."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a callback that is due stands in the queue. `assign.Pool` can index it beside the live callers.

    ``key`` is of the same shape as a live caller's there (priority class, the smallest first; place; id), so the two
    are compared as they are. A callback is looked at only while fewer callbacks are in flight (`holder`) than advisers
    are reserved for them: so a list of callbacks beside the callers' for each queue and level, its head put aside when
    the share is used up, keeps three promises at once. The dated one is first among the advisers reserved for it; one
    without a date waits at the place of its caller; and neither takes more advisers than the share.
    It depends on nothing but the callback: it changes when the callback does, never with the clock.
    """

    queue: QueueId
    priority: int
    place: Instant
    callback: CallbackId

    @property
    def key(self) -> tuple[int, Instant, CallbackId]:
        return -self.priority, self.place, self.callback


def entry(callback: Callback) -> Entry | None:
    """None: it is not to be offered now."""
    if not isinstance(callback.state, Due):
        return None
    priority = callback.priority if callback.window is None else DATED_PRIORITY
    return Entry(callback.queue, priority, callback.place, callback.id)


def holder(callback: Callback) -> AdviserId | None:
    """The adviser that this callback keeps from other work: one more in flight. A call of their own is not."""
    match callback.state:
        case Offered(adviser=who) | Accepted(adviser=who) | Ready(adviser=who):
            return who
        case Dialling(adviser=who) | Talking(adviser=who):
            return who
    return None


def legs(callback: Callback) -> tuple[LegId, ...]:
    """The legs that are its own now, the person's last. The card's is named and does not ring yet."""
    match callback.state:
        case Offered(leg=leg) | Accepted(leg=leg) | Ready(leg=leg) | HangingUp(leg=leg) | Telling(leg=leg):
            return (leg,)
        case Dialling(adviser_leg=other, leg=leg):
            return (other, leg)
        case Talking() | WithGuest() as talk:
            return talk_legs(talk)
    return ()


def guest_of(callback: Callback) -> AdviserId | None:
    """The adviser who was asked into its talk by another."""
    return colleague(callback.state) if isinstance(callback.state, Talking | WithGuest) else None


def talked_by(callback: Callback) -> AdviserId | None:
    """The adviser who has still to say what came of a talk."""
    match callback.state:
        case Unsettled(why="talked", adviser=who):
            return who
    return None


def adviser_leg(callback: Callback) -> LegId | None:
    match callback.state:
        case Offered(leg=leg) | Accepted(leg=leg) | Ready(leg=leg):
            return leg
        case Dialling(adviser_leg=leg):
            return leg
        case Talking() as talk:
            return next(iter(advisers_legs(talk)), None)
    return None


def person_leg(callback: Callback) -> LegId | None:
    """The person's leg, also that of an attempt whose fate nobody knows: it may yet be heard of."""
    match callback.state:
        case Dialling(leg=leg) | Talking(leg=leg) | WithGuest(leg=leg) | HangingUp(leg=leg) | Telling(leg=leg):
            return leg
        case Unsettled(why="unknown", attempt=int(number)):
            return callback.attempts[number - 1].leg
    return None


def known_legs(callback: Callback) -> tuple[LegId, ...]:
    """Every leg of whose news it is to be told."""
    found = (adviser_leg(callback), person_leg(callback))
    talk = legs(callback) if isinstance(callback.state, Talking | WithGuest) else ()
    return tuple(dict.fromkeys(leg for leg in (*found, *talk) if leg is not None))


def stage(callback: Callback) -> str:
    """The state in the seven words of the API: requested, due, offered, dialling, talking, resting, closed."""
    state = callback.state.back if isinstance(callback.state, Attached) else callback.state
    return _STAGES.get(state.kind, state.kind)


def their_call(callback: Callback) -> CallId | None:
    """The call of their own that it is attached to."""
    match callback.state:
        case Attached(call=call) | Joined(call=call):
            return call
    return None


def queued_at(callback: Callback) -> Instant:
    """When it enters the queue, or entered it; for one that nobody is to dial now, its place."""
    state = callback.state.back if isinstance(callback.state, Attached) else callback.state
    match state:
        case Requested(due_at=at) | Resting(until=at) | Due(since=at):
            return at
    return callback.place


def named(reference: str) -> CallbackId:
    """The id of the callback that the request of this reference made."""
    return CallbackId(f"{_MARK}{reference}")


def visit(callback: Callback) -> CallId:
    """The id under which its legs and its adviser know it, as they know a call."""
    return CallId(callback.id)


def callback_of(visit: CallId) -> CallbackId | None:
    """The callback that is known by this id as a call is; None: it is a call."""
    return CallbackId(visit) if visit.startswith(_MARK) else None


def deadline(callback: Callback) -> Instant | None:
    """The instant at which the callback's state expires, if it does."""
    match callback.state:
        case Requested(due_at=at) | Resting(until=at):
            return at
        case Due():
            return None if callback.window is None else callback.window.end_at
        case Offered(deadline=at) | Accepted(deadline=at) | Ready(deadline=at):
            return at
        case Dialling(deadline=at) | HangingUp(deadline=at) | Telling(deadline=at):
            return at
        case Unsettled(deadline=at):
            return at
        case Talking() | WithGuest() as talk:
            return until(talk)
    return None


def live(callback: Callback) -> Attempt | None:
    """The attempt that is under way, or whose fate nobody has settled. There is at most one, the last."""
    last = callback.attempts[-1] if callback.attempts else None
    state = callback.state.back if isinstance(callback.state, Attached) else callback.state
    unsettled = isinstance(state, Unsettled) and state.why == "unknown"
    return last if last is not None and (last.cause is None or unsettled) else None


_OFF_LADDER = (AttemptCause.TALKED, AttemptCause.CANCELLED, AttemptCause.UNPLACED, AttemptCause.UNKNOWN)


def tries(callback: Callback) -> tuple[Try, ...]:
    """What the ladder looks at."""
    return tuple(
        Try(attempt.at, attempt.cause)
        for attempt in callback.attempts
        if attempt.number > callback.fresh_after and attempt.cause is not None and attempt.cause not in _OFF_LADDER
    )


def known_attempts(callback: Callback) -> tuple[KnownAttempt, ...]:
    """What the gate looks at: every attempt, however it ended; of one that is not settled no cause is known."""
    unsettled = live(callback)
    return tuple(
        KnownAttempt(attempt.at, None if attempt == unsettled else attempt.cause) for attempt in callback.attempts
    )
