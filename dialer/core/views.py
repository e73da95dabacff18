"""The desk as read-only snapshots for the API and the pages: plain values, ready for JSON but for their instants.

Decides what is shown of whom: an adviser's offer without the caller's number, a waiting caller's position. Must not
know HTTP, HTML or the database.
"""

from __future__ import annotations

from dataclasses import dataclass

from dialer.core import adviser as adviser_states
from dialer.core.adviser import Adviser
from dialer.core.call_states import Call, Ended, InFlow, Offered, Talking, Waiting
from dialer.core.desk import Desk
from dialer.core.words import AdviserId, CallId, Instant, LineId, OfferId, QueueId
from schedules.hours import Closed, Open


class BadCursor(ValueError):
    """The cursor is not one that a page gave."""


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls are wanted: all that are given must hold. ``since``: arrived at this instant (aware) or later."""

    line: str | None = None
    queue: str | None = None
    state: str | None = None
    outcome: str | None = None
    adviser: str | None = None
    since: Instant | None = None


@dataclass(frozen=True, slots=True)
class OfferView:
    """The call that an adviser's phone rings for."""

    id: OfferId
    kind: str
    call: CallId
    deadline: Instant


@dataclass(frozen=True, slots=True)
class AdviserView:
    id: AdviserId
    name: str
    wish: str
    wish_by: str
    reason: str | None
    state: str
    state_since: Instant
    activity: str
    skills: dict[QueueId, int]
    offer: OfferView | None
    call: CallId | None
    """The call they talk in, or wrap up."""


@dataclass(frozen=True, slots=True)
class CallView:
    id: CallId
    line: LineId
    queue: QueueId | None
    state: str
    outcome: str | None
    stage: str | None
    """The state an ended call ended in."""
    place: int | None
    """Position in the queue, 1 is next; of a waiting call only."""
    arrived_at: Instant
    answered_at: Instant | None
    ended_at: Instant | None
    adviser: AdviserId | None
    node: str | None
    """Where in the flow, of a call that hears it."""


@dataclass(frozen=True, slots=True)
class QueueView:
    id: QueueId
    name: str
    waiting: int
    head_since: Instant | None
    """When the caller who is next entered the queue."""
    ready: int
    """Advisers who could be offered a caller of this queue now."""
    on_phone: int
    """Advisers on a phone shift who have the skill."""


@dataclass(frozen=True, slots=True)
class LineView:
    id: LineId
    name: str
    shown: str
    open: bool
    why_closed: str | None
    closes_at: Instant | None
    opens_at: Instant | None


@dataclass(frozen=True, slots=True)
class DeskView:
    at: Instant
    link_up: bool
    lines: tuple[LineView, ...]
    queues: tuple[QueueView, ...]
    advisers: tuple[AdviserView, ...]
    calls: tuple[CallView, ...]


def adviser_view(desk: Desk, adviser: Adviser, at: Instant) -> AdviserView:
    rules = desk.rules.advisers.get(adviser.id)
    state = adviser.state
    offer = call = None
    match state:
        case adviser_states.Ringing():
            offer = OfferView(state.offer, "call", state.call, state.deadline)
        case adviser_states.Talking() | adviser_states.WrappingUp():
            call = state.call
    return AdviserView(
        id=adviser.id,
        name=rules.name if rules is not None else adviser.id,
        wish=adviser.wish,
        wish_by=adviser.wish_by,
        reason=adviser.reason,
        state=state.kind,
        state_since=adviser.state_since,
        activity=desk.rules.shifts.activity_at(adviser.id, at),
        skills=dict(rules.skills) if rules is not None else {},
        offer=offer,
        call=call,
    )


def call_view(desk: Desk, call: Call) -> CallView:
    state = call.state
    adviser = call.adviser
    match state:
        case Offered(adviser=ringing):
            adviser = ringing
        case Talking(adviser=talking):
            adviser = talking
    ended = state if isinstance(state, Ended) else None
    return CallView(
        id=call.id,
        line=call.line,
        queue=call.queue,
        state=state.kind,
        outcome=ended.outcome if ended else None,
        stage=ended.stage if ended else None,
        place=desk.position(call) if isinstance(state, Waiting) else None,
        arrived_at=call.arrived_at,
        answered_at=call.answered_at,
        ended_at=ended.at if ended else None,
        adviser=adviser,
        node=state.place.node if isinstance(state, InFlow) else None,
    )


def line_view(desk: Desk, line: LineId, at: Instant) -> LineView:
    rules = desk.rules.lines[line]
    match desk.opening(line, at):
        case Open(closes_at=closes_at):
            return LineView(line, rules.name, rules.shown, True, None, closes_at, None)
        case Closed(why=why, label=label, next_opens_at=opens_at):
            return LineView(line, rules.name, rules.shown, False, label or str(why), None, opens_at)


def queue_view(desk: Desk, queue: QueueId) -> QueueView:
    return QueueView(
        id=queue,
        name=desk.rules.queues[queue].name,
        waiting=desk.pool.waiting(queue),
        head_since=desk.pool.head_since(queue),
        ready=desk.pool.eligible(queue),
        on_phone=desk.on_phone(queue),
    )


def desk_view(desk: Desk, at: Instant) -> DeskView:
    """Everything at once, for the live page. Calls in the order they arrived."""
    return DeskView(
        at=at,
        link_up=desk.link_up,
        lines=tuple(line_view(desk, line, at) for line in desk.rules.lines),
        queues=tuple(queue_view(desk, queue) for queue in desk.rules.queues),
        advisers=tuple(
            adviser_view(desk, adviser, at) for adviser in sorted(desk.advisers.values(), key=lambda a: a.id)
        ),
        calls=tuple(call_view(desk, call) for call in desk.calls.values()),
    )
