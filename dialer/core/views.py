"""The desk as read-only snapshots for the API and the pages: plain values, ready for JSON but for their instants.

Decides what is shown of whom: an adviser's offer without the caller's number, a waiting caller's position. Must not
know HTTP, HTML or the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dialer.core import adviser as adviser_states
from dialer.core.adviser import Adviser
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.states import Callback, CallbackId, callback_of, guest_of, holder, queued_at, stage
from dialer.core.calls.states import Call, Ended, InFlow, Offered, Talking, Waiting
from dialer.core.cases.case import Kind, Standing
from dialer.core.cases.responsible import OfficerId
from dialer.core.cases.visibility import Everywhere
from dialer.core.desk import Desk
from dialer.core.places.academie import AcademieCode
from dialer.core.structures.structure import StructureId
from dialer.core.talk_views import GuestView, guest_view
from dialer.core.words import AdviserId, CallId, Instant, LegId, LineId, OfferId, QueueId
from schedules.hours import Closed, Open
from schedules.windows import Window

NEXT_SHOWN_MAX = 20
"""Callbacks on the supervisor's board."""


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
class CallbackFilter:
    """Which callbacks are wanted: all that are given must hold.

    state: the stage, in the seven words of the API. since: requested at this instant or later. late_before: open, with
    a legal deadline before this instant. adviser: who has it in hand or has to settle it; once closed, who dialled it
    last.
    """

    line: str | None = None
    queue: str | None = None
    state: str | None = None
    outcome: str | None = None
    kind: str | None = None
    since: Instant | None = None
    late_before: Instant | None = None
    adviser: str | None = None


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases are wanted: all that are given must hold. ``None``: as they come.

    academies: those that whoever asks may see (`visibility.academies_of`). at: the instant at which the legal clock is
    read. ended: with an end, or without. officer: who has it in hand; unassigned: nobody has. received_year: of its
    receipt, in Paris. due_before: open, with a legal deadline before this instant and no appointment in time.
    at_risk: open, and at risk or late. structure: one of whose appointments is, or was, with it. words: each begins a
    word of the case: of its names, the digits of its number, its references, its postcode (`cases.sought`).
    """

    academies: Everywhere | frozenset[AcademieCode]
    at: Instant
    ended: bool | None = None
    standing: Standing | None = None
    kind: Kind | None = None
    outcome: CallbackOutcome | None = None
    officer: OfficerId | None = None
    unassigned: bool = False
    due_before: Instant | None = None
    at_risk: bool = False
    received_year: int | None = None
    structure: StructureId | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OfferView:
    """What one adviser is offered: a call, for which their phone rings, or the card of a callback."""

    id: OfferId
    kind: Literal["call", "callback"]
    call: CallId | None
    callback: CallbackId | None
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
    callback: CallbackId | None
    """The callback that they are dialling, talk in or wrap up; or that their caller had been promised."""
    asked_into: CallbackId | None = None
    """The callback of a colleague's into whose talk they were asked: their phone rings for it, or they are in it."""
    help_since: Instant | None = None
    """Since when they call for help."""
    owes: tuple[CallId, ...] = ()
    """Calls whose contact is late, the oldest first: until they are filed nobody is ready."""
    wraps_until: Instant | None = None
    """When their wrap-up comes to its limit."""
    required: bool = False
    """What they wrap up has to be written down first."""


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
    held: bool = False
    """The caller hears music in a talk."""
    guest: GuestView | None = None
    rejoins: LegId | None = None
    """On which the adviser's phone rings to come back into its talk."""


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


@dataclass(frozen=True, slots=True)
class NextCallback:
    """A callback that is due or will be: ``due_at`` is when it enters the queue, or entered it."""

    id: CallbackId
    state: str
    """In the seven words of the API."""
    queue: QueueId
    due_at: Instant
    window: Window | None
    """The one promised."""
    adviser: AdviserId | None
    """Who has it in hand."""


@dataclass(frozen=True, slots=True)
class CallbackBoard:
    """What a supervisor sees of the promises at one glance; counts of open callbacks, by their state.

    for_person: those that do not go on before a person has settled them; they are among the resting ones.
    missed_today: promises that were not kept, since midnight in Paris. promises_at_risk: windows promised of which the
    roster cannot staff all. at_risk, late: cases, by the legal clock.
    next: at most 20; those in hand first, then by due_at.
    """

    due: int
    offered: int
    dialling: int
    talking: int
    resting: int
    for_person: int
    missed_today: int
    promises_at_risk: int
    at_risk: int
    late: int
    next: tuple[NextCallback, ...] = ()


def adviser_view(desk: Desk, adviser: Adviser, at: Instant) -> AdviserView:
    rules = desk.rules.advisers.get(adviser.id)
    state = adviser.state
    offer = call = callback = None
    into = _asked_into(desk, adviser)
    match state:
        case adviser_states.Ringing():
            offer = _offer_view(state, into)
        case adviser_states.Talking() if into is not None:
            pass  # it is their colleague's, with all that is known of its person
        case adviser_states.Talking(call=visit) | adviser_states.WrappingUp(call=visit):
            callback = callback_of(visit)
            if callback is None:
                call = visit
                callback = desk.book.attached_to(visit) or desk.book.to_settle(adviser.id)
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
        callback=callback,
        asked_into=into,
        help_since=adviser.help.since if adviser.help is not None else None,
        owes=adviser.owes,
        wraps_until=state.deadline if isinstance(state, adviser_states.WrappingUp) else None,
        required=isinstance(state, adviser_states.WrappingUp) and state.required,
    )


def _asked_into(desk: Desk, adviser: Adviser) -> CallbackId | None:
    state = adviser.state
    callback = None
    if isinstance(state, adviser_states.Ringing | adviser_states.Talking):
        callback = desk.book.of_visit(state.call)
    return callback.id if callback is not None and guest_of(callback) == adviser.id else None


def _offer_view(state: adviser_states.Ringing, into: CallbackId | None) -> OfferView:
    """Who is asked into a colleague's callback is offered no card: a phone rings, and that is all."""
    if into is not None:
        return OfferView(state.offer, "call", None, None, state.deadline)
    callback = callback_of(state.call)
    if callback is not None:
        return OfferView(state.offer, "callback", None, callback, state.deadline)
    return OfferView(state.offer, "call", state.call, None, state.deadline)


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
        held=isinstance(state, Talking) and state.held,
        guest=guest_view(state, desk.rules.advisers),
        rejoins=state.rejoin.leg if isinstance(state, Talking) and state.rejoin is not None else None,
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


def callback_board(desk: Desk, at: Instant, missed_today: int) -> CallbackBoard:
    """missed_today: from the figures, since the desk remembers no yesterday and no morning."""
    book = desk.book
    stages = book.stages
    at_risk, late = book.at_risk_and_late(at)
    return CallbackBoard(
        due=stages["requested"] + stages["due"],
        offered=stages["offered"],
        dialling=stages["dialling"],
        talking=stages["talking"],
        resting=stages["resting"],
        for_person=stages["for_person"],
        missed_today=missed_today,
        promises_at_risk=len(desk.promises_at_risk(at)),
        at_risk=at_risk,
        late=late,
        next=tuple(_next_callback(each) for each in book.at_hand(NEXT_SHOWN_MAX)),
    )


def _next_callback(callback: Callback) -> NextCallback:
    return NextCallback(
        id=callback.id,
        state=stage(callback),
        queue=callback.queue,
        due_at=queued_at(callback),
        window=callback.window,
        adviser=holder(callback),
    )
