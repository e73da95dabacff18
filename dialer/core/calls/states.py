"""What a call is at each moment: its states, what can happen to it, and what it tells of its adviser.

Decides nothing but when a state expires; `call` does. The fields of a state are only those that are legal in it. All of
it can be stored as JSON and taken up again after a restart. Must not know Asterisk, the clock or the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from dialer.core import events as ev
from dialer.core.callbacks.slots import Slot
from dialer.core.calls.party import Guest, Outsider, TalkAsked
from dialer.core.cases.case import Kind
from dialer.core.coming_back import Rejoin
from dialer.core.numbers import Parsed
from dialer.core.rules import LineRules, QueueRules, Rules
from dialer.core.words import (
    AdviserId,
    BridgeId,
    Caller,
    CallId,
    Cause,
    Instant,
    LegId,
    LineId,
    OfferId,
    Outcome,
    PlaybackId,
    QueueId,
    Why,
)
from ivr.flow import Flow
from ivr.place import Place
from schedules.hours import Opening
from schedules.windows import Window

LeftWhy = Literal["full", "no_adviser", "too_long", "key"]


@dataclass(frozen=True, slots=True)
class Arrived:
    """Ringing; we have asked to pick up."""

    deadline: Instant
    kind: Literal["arrived"] = "arrived"


@dataclass(frozen=True, slots=True)
class InFlow:
    """Heard by the flow. ``outside`` is the leg of a number outside that rings for this caller."""

    place: Place
    playback: PlaybackId | None = None
    outside: LegId | None = None
    outside_deadline: Instant | None = None
    kind: Literal["in_flow"] = "in_flow"


@dataclass(frozen=True, slots=True)
class Waiting:
    """In a queue. The order is (priority, the call's arrival): queueing anew never changes it."""

    queue: QueueId
    priority: int
    keys: tuple[str, ...]
    queued_at: Instant
    level: int
    """Advisers up to this level may be offered the call."""
    overflow_at: Instant | None
    announce_at: Instant
    give_up_at: Instant
    place: Place
    """Where the flow goes on if the queue is left without an answer."""
    playback: PlaybackId | None = None
    kind: Literal["waiting"] = "waiting"


@dataclass(frozen=True, slots=True)
class Offered:
    """An adviser's phone rings for this caller, who keeps hearing the queue."""

    waiting: Waiting
    offer: OfferId
    adviser: AdviserId
    leg: LegId
    offered_at: Instant
    deadline: Instant
    kind: Literal["offered"] = "offered"


@dataclass(frozen=True, slots=True)
class Talking:
    """Bridged with an adviser, or with a number outside (``adviser`` None).

    ``held``: the caller is out of the bridge, and hears music. ``before``: who had the call when it was answered, if
    somebody had.
    """

    adviser: AdviserId | None
    leg: LegId
    bridge: BridgeId
    since: Instant
    waiting: Waiting | None
    rejoin: Rejoin | None = None
    held: bool = False
    guest: Guest | None = None
    before: AdviserId | None = None
    kind: Literal["talking"] = "talking"


@dataclass(frozen=True, slots=True)
class Forwarded:
    """An adviser has sent the caller on to a number outside, which rings; the caller hears the queue they came from."""

    waiting: Waiting
    leg: LegId
    who: Outsider
    since: Instant
    deadline: Instant
    kind: Literal["forwarded"] = "forwarded"


@dataclass(frozen=True, slots=True)
class Ended:
    at: Instant
    outcome: Outcome
    stage: str
    """The state the call ended in: arrived, in_flow, waiting, offered, forwarded or talking."""
    cause: Cause
    kind: Literal["ended"] = "ended"


CallState = Arrived | InFlow | Waiting | Offered | Talking | Forwarded | Ended


@dataclass(frozen=True, slots=True)
class Call:
    """One call: what stays (who, where, when) and the state it is in."""

    id: CallId
    leg: LegId
    line: LineId
    caller: Caller
    arrived_at: Instant
    flow: str
    """Version of the flow it started with and keeps."""
    state: CallState
    queue: QueueId | None = None
    queued_at: Instant | None = None
    answered_at: Instant | None = None
    """When an adviser answered first."""
    adviser: AdviserId | None = None
    """Who has the call, or had it last."""
    talked_s: float = 0.0
    """In the talks before this one."""
    prompts: int = 0
    """How many playbacks were named."""
    legs: int = 0
    """How many legs were rung for this call."""
    booked: str | None = None
    """Reference of the callback that was booked in it."""


# What a call tells of its adviser; the desk carries it to the adviser's machine.


@dataclass(frozen=True, slots=True)
class OfferAnswered:
    adviser: AdviserId
    call: CallId


@dataclass(frozen=True, slots=True)
class OfferMissed:
    adviser: AdviserId
    call: CallId
    cause: Cause
    misses_max: int


@dataclass(frozen=True, slots=True)
class OfferWithdrawn:
    """The caller left while the phone rang: nobody's fault."""

    adviser: AdviserId
    call: CallId


@dataclass(frozen=True, slots=True)
class TalkEnded:
    adviser: AdviserId
    call: CallId
    queue: QueueRules


@dataclass(frozen=True, slots=True)
class GuestAnswered:
    """Asked into a colleague's talk, and there."""

    adviser: AdviserId
    call: CallId


@dataclass(frozen=True, slots=True)
class GuestMissed:
    """Asked into a colleague's talk, and not there: that is no missed offer."""

    adviser: AdviserId
    call: CallId
    cause: Cause


@dataclass(frozen=True, slots=True)
class GuestOver:
    """A guest no more, and the call is not theirs: there is nothing to wrap up."""

    adviser: AdviserId
    call: CallId


Signal = OfferAnswered | OfferMissed | OfferWithdrawn | TalkEnded | GuestAnswered | GuestMissed | GuestOver
"""To an adviser."""


@dataclass(frozen=True, slots=True)
class BookingAsked:
    """The caller wishes to be called back: the desk books it and answers with BookingMade or BookingRefused."""

    call: CallId
    queue: QueueId
    kind: Kind
    phone: Parsed
    window: Window | None


# What the desk tells a call, beyond what Asterisk does.


@dataclass(frozen=True, slots=True)
class OfferMade:
    """`assign` chose this adviser for this caller."""

    at: Instant
    adviser: AdviserId
    why: Why


@dataclass(frozen=True, slots=True)
class QueueUnstaffed:
    """Nobody is on shift for this queue any more."""

    at: Instant


@dataclass(frozen=True, slots=True)
class AdviserBack:
    """A phone of the adviser who talks has registered. ``forgot``: legs that it may know nothing of any more."""

    at: Instant
    forgot: frozenset[LegId] = frozenset()


@dataclass(frozen=True, slots=True)
class Resumed:
    """After a restart or reconnection: the caller is still there; say and ask again what may have been lost.

    ``bridged``: of a Talking call exactly the legs that belong there are in its bridge. ``other_up``: the phone we rang
    is up.
    """

    at: Instant
    bridged: bool = False
    other_up: bool = False


@dataclass(frozen=True, slots=True)
class BookingMade:
    """In the same change as the callback: what the caller hears of it waits for the commit."""

    at: Instant
    reference: str


@dataclass(frozen=True, slots=True)
class BookingRefused:
    """The slot was taken meanwhile, or nothing can be promised any more."""

    at: Instant
    why: Literal["slot_taken", "not_taken"]


CallEvent = (
    ev.LegAnswered
    | ev.LegLeft
    | ev.DigitPressed
    | ev.PromptFinished
    | ev.JoinRefused
    | ev.HookAnswered
    | ev.DeadlineReached
    | OfferMade
    | QueueUnstaffed
    | AdviserBack
    | Resumed
    | BookingMade
    | BookingRefused
    | TalkAsked
)


class Scene(Protocol):
    """What a call may ask of its surroundings; the desk is one, tests bring their own."""

    @property
    def rules(self) -> Rules: ...

    def flow(self, call: Call) -> Flow | None:
        """The flow this call started with; if a restart lost that one, its line's of today; None: the line is gone."""

    def line(self, line: LineId) -> LineRules | None:
        """The line, even when it left the configuration while it had calls; None when that was before a restart."""

    def queue(self, queue: QueueId) -> QueueRules:
        """The queue, even when it left the configuration while callers were in it."""

    def opening(self, line: LineId, at: Instant) -> Opening: ...

    def refusal(self, call: Call, queue: QueueId, at: Instant) -> LeftWhy | None:
        """Why this call cannot be queued there now, or None."""

    def first_level(self, queue: QueueId, at: Instant) -> int:
        """The best level that has somebody on shift."""

    def position(self, call: Call) -> int:
        """1 for the next to be answered among those who wait in the same queue."""

    def expected_wait_s(self, queue: QueueId, position: int, at: Instant) -> tuple[float, float] | None:
        """A range, or None when too little is known for an honest one."""

    def anyone_ready(self, queue: QueueId) -> bool:
        """Somebody on shift for the queue wishes to be ready."""

    def slots(self, line: LineId, queue: QueueId, phone: Parsed, at: Instant) -> Sequence[Slot]:
        """The free windows in which somebody of this number can be promised a callback, the next one first."""


def deadline(call: Call) -> Instant | None:
    """The instant at which the call's state expires, if it does."""
    match call.state:
        case Arrived(deadline=at):
            return at
        case InFlow(place=place, outside_deadline=outside):
            return outside if place.deadline is None else place.deadline
        case Waiting() as waiting:
            bounds = (waiting.announce_at, waiting.give_up_at)
            return min(bounds) if waiting.overflow_at is None else min(*bounds, waiting.overflow_at)
        case Offered(deadline=at) | Forwarded(deadline=at):
            return at
        case Talking(rejoin=rejoin, guest=guest):
            until = (rejoin.until if rejoin is not None else None, guest.deadline if guest is not None else None)
            return min((each for each in until if each is not None), default=None)
    return None


def other_legs(call: Call) -> tuple[LegId, ...]:
    """Every leg of this call but the caller's: that of `ring_leg`, a new one of the adviser that rings, a guest's."""
    found = [ring_leg(call)]
    if isinstance(call.state, Talking):
        found += [each.leg for each in (call.state.rejoin, call.state.guest) if each is not None]
    return tuple(dict.fromkeys(leg for leg in found if leg is not None))


def ring_leg(call: Call) -> LegId | None:
    """The other leg of this call, if there is one: an adviser's phone or a number outside."""
    match call.state:
        case Talking(rejoin=Rejoin(leg=leg, lost=True)):
            return leg
        case Offered(leg=leg) | Talking(leg=leg) | Forwarded(leg=leg):
            return leg
        case InFlow(outside=outside):
            return outside
    return None


def bridged_legs(call: Call, talk: Talking) -> tuple[LegId, ...]:
    """Those that belong in the talk's bridge: not a caller who is held, nor a guest who still rings."""
    caller = () if talk.held else (call.leg,)
    guest = (talk.guest.leg,) if talk.guest is not None and talk.guest.state != "ringing" else ()
    return *caller, talk.leg, *guest
