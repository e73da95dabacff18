"""Every state × every event of the call and of the adviser: what must come of it, as a table that is also the document.

`python -m tests.core.matrix > docs/machines.md` writes the document; `test_matrix.py` walks every pair.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from dialer.core import adviser as advisers
from dialer.core import events as ev
from dialer.core.adviser import Adviser
from dialer.core.callbacks.slots import Slot
from dialer.core.calls import call as machine
from dialer.core.calls import told
from dialer.core.calls.party import Colleague, Dialled, Guest, GuestFound, Outsider, QueueChosen
from dialer.core.calls.states import (
    Arrived,
    BookingMade,
    BookingRefused,
    Call,
    CallEvent,
    CallState,
    Ended,
    Forwarded,
    GuestAnswered,
    GuestMissed,
    GuestOver,
    InFlow,
    LeftWhy,
    OfferAnswered,
    Offered,
    OfferMade,
    OfferMissed,
    OfferWithdrawn,
    QueueUnstaffed,
    Resumed,
    Signal,
    TalkEnded,
    Talking,
    Waiting,
    ring_leg,
)
from dialer.core.numbers import Parsed
from dialer.core.rules import LineRules, QueueRules, Rules
from dialer.core.words import (
    E164,
    AdviserId,
    BridgeId,
    Caller,
    CallId,
    Cause,
    ImpossibleEvent,
    Instant,
    LegId,
    LineId,
    OfferId,
    Outcome,
    PlaybackId,
    QueueId,
    Why,
    Wish,
)
from ivr.flow import Flow
from ivr.place import Asking, CallbackTerms, Place
from schedules.hours import Open, Opening
from schedules.windows import Window
from tests.core.world import DROPOUT, MAIN, QUEUE, T0, WELCOMED, after, rules

NOW = after(60)
"""When the event happens. Every state of the table is due at exactly this instant, except where the event is early."""
ME, OTHER, THIRD = LegId("c"), LegId("c-a1"), LegId("c-a2")
CALL = CallId("c")


@dataclass(frozen=True)
class QuietScene:
    """A desk on a day like any other: open, staffed, not full."""

    rules: Rules
    refused: LeftWhy | None = None

    def flow(self, call: Call) -> Flow | None:
        return self.rules.lines[call.line].flow

    def line(self, line: LineId) -> LineRules | None:
        return self.rules.lines[line]

    def queue(self, queue: QueueId) -> QueueRules:
        return self.rules.queues[queue]

    def opening(self, line: LineId, at: Instant) -> Opening:
        return Open(None)

    def refusal(self, call: Call, queue: QueueId, at: Instant) -> LeftWhy | None:
        return self.refused

    def first_level(self, queue: QueueId, at: Instant) -> int:
        return 1

    def position(self, call: Call) -> int:
        return 1

    def expected_wait_s(self, queue: QueueId, position: int, at: Instant) -> tuple[float, float] | None:
        return None

    def anyone_ready(self, queue: QueueId) -> bool:
        return True

    def slots(self, line: LineId, queue: QueueId, phone: Parsed, at: Instant) -> Sequence[Slot]:
        return (Slot(Window(after(3600), after(10800)), 1),)


SCENE = QuietScene(rules())
BOOKING = Asking("booking", terms=CallbackTerms("+33199000001", "metropole", "0199000001", True))
QUEUED = Waiting(
    queue=MAIN,
    priority=0,
    keys=("9",),
    queued_at=T0,
    level=1,
    overflow_at=NOW,
    announce_at=NOW,
    give_up_at=after(600),
    place=Place("queue"),
    playback=PlaybackId("c-p1.0"),
)
IN_MENU = InFlow(Place("menu", phase="saying", deadline=NOW), PlaybackId("c-p1.0"))
TALK = Talking(AdviserId("a"), OTHER, BridgeId(f"{OTHER}-b"), T0, replace(QUEUED, playback=None))
GUEST = Guest(THIRD, Colleague(AdviserId("b")), "aside", "aside", T0, None, OfferId("c-o2"))
CIO = Outsider("number", "cio", "cio")
CALL_STATES: dict[str, CallState] = {
    "arrived": Arrived(NOW),
    "in_flow, menu": IN_MENU,
    "in_flow, hook": InFlow(Place("hook", deadline=NOW)),
    "in_flow, booking": InFlow(Place("callback", deadline=NOW, asking=BOOKING)),
    "in_flow, dialling": InFlow(Place("transfer"), outside=OTHER, outside_deadline=NOW),
    "waiting": QUEUED,
    "offered": Offered(replace(QUEUED, announce_at=after(90)), OfferId("c-o1"), AdviserId("a"), OTHER, T0, NOW),
    "talking": TALK,
    "talking, held": replace(TALK, held=True),
    "talking, guest rings": replace(TALK, held=True, guest=replace(GUEST, state="ringing", deadline=NOW)),
    "talking, guest aside": replace(TALK, held=True, guest=GUEST),
    "talking, all three": replace(TALK, guest=replace(GUEST, state="joined")),
    "talking, outside": Talking(None, OTHER, BridgeId(f"{OTHER}-b"), T0, None),
    "forwarded": Forwarded(replace(QUEUED, playback=None), OTHER, CIO, T0, NOW),
    "ended": Ended(T0, Outcome.ANSWERED, "talking", Cause.NORMAL),
}


def call_in(name: str) -> Call:
    state = CALL_STATES[name]
    talks = isinstance(state, Talking) and state.adviser is not None
    return Call(
        id=CALL,
        leg=ME,
        line=WELCOMED,
        caller=Caller(),
        arrived_at=T0,
        flow=SCENE.rules.lines[WELCOMED].flow.version,
        state=state,
        queue=MAIN if isinstance(state, Waiting | Offered) or talks else None,
        queued_at=T0,
        answered_at=T0 if talks else None,
        adviser=AdviserId("a") if talks else None,
        prompts=1,
        legs=1,
    )


def _bridge(call: Call) -> BridgeId:
    return call.state.bridge if isinstance(call.state, Talking) else BridgeId("c-a9-b")


A, B = AdviserId("a"), AdviserId("b")


CALL_EVENTS: dict[str, Callable[[Call], CallEvent]] = {
    "the caller's leg is up": lambda call: ev.LegAnswered(NOW, ME),
    "the other phone is up": lambda call: ev.LegAnswered(NOW, ring_leg(call) or LegId("c-a9")),
    "the caller hangs up": lambda call: ev.LegLeft(NOW, ME, Cause.NORMAL),
    "the caller's leg fails": lambda call: ev.LegLeft(NOW, ME, Cause.FAILED),
    "the other phone leaves": lambda call: ev.LegLeft(NOW, ring_leg(call) or LegId("c-a9"), Cause.NO_ANSWER),
    "digit 9 by the caller": lambda call: ev.DigitPressed(NOW, ME, "9"),
    "digit 1 by the caller": lambda call: ev.DigitPressed(NOW, ME, "1"),
    "digit 9 by the other phone": lambda call: ev.DigitPressed(NOW, LegId("c-a1"), "9"),
    "the prompt ends": lambda call: ev.PromptFinished(NOW, ME, PlaybackId("c-p1.0")),
    "an older prompt ends": lambda call: ev.PromptFinished(NOW, ME, PlaybackId("c-p0")),
    "the bridge is refused": lambda call: ev.JoinRefused(NOW, _bridge(call)),
    "an older bridge is refused": lambda call: ev.JoinRefused(NOW, BridgeId("c-a0-b")),
    "the hook answers": lambda call: ev.HookAnswered(NOW, CALL, "hook", "known"),
    "the hook fails": lambda call: ev.HookAnswered(NOW, CALL, "hook", None),
    "the callback is booked": lambda call: BookingMade(NOW, "60124736"),
    "the slot is taken": lambda call: BookingRefused(NOW, "slot_taken"),
    "nothing can be promised": lambda call: BookingRefused(NOW, "not_taken"),
    "the deadline": lambda call: ev.DeadlineReached(NOW),
    "an early deadline": lambda call: ev.DeadlineReached(NOW - timedelta(seconds=1)),
    "an offer is made": lambda call: OfferMade(NOW, AdviserId("a"), Why(1, 5.0, 1, 60.0)),
    "nobody is on shift": lambda call: QueueUnstaffed(NOW),
    "the guest's phone is up": lambda call: ev.LegAnswered(NOW, THIRD),
    "the guest's phone leaves": lambda call: ev.LegLeft(NOW, THIRD, Cause.NO_ANSWER),
    "the guest is not bridged": lambda call: ev.JoinRefused(NOW, _bridge(call), (THIRD,)),
    "the caller is not brought back": lambda call: ev.JoinRefused(NOW, _bridge(call), (ME,)),
    "hold is asked for": lambda call: told.HoldAsked(NOW, CALL, A, True),
    "to take back is asked for": lambda call: told.HoldAsked(NOW, CALL, A, False),
    "a colleague is asked aside": lambda call: GuestFound(NOW, A, Colleague(B), "aside"),
    "danger, a number": lambda call: GuestFound(NOW, A, Dialled(CIO, E164("+33199000001")), "join", "119"),
    "sent on to a colleague": lambda call: GuestFound(NOW, A, Colleague(B), "blind"),
    "sent on to a number": lambda call: GuestFound(NOW, A, Dialled(CIO, E164("+33199000001")), "blind"),
    "sent on to a queue": lambda call: QueueChosen(NOW, A, DROPOUT),
    "all three is asked for": lambda call: told.GuestJoinAsked(NOW, CALL, A),
    "to hand over is asked for": lambda call: told.HandOverAsked(NOW, CALL, A),
    "the guest is dismissed": lambda call: told.GuestDismissed(NOW, CALL, A),
    "the adviser asks to hang up": lambda call: told.HangUpAsked(NOW, CALL, A),
    "the guest asks to hang up": lambda call: told.HangUpAsked(NOW, CALL, B),
    "resumed": lambda call: Resumed(NOW),
    "resumed, the other phone up": lambda call: Resumed(NOW, other_up=True),
    "resumed, bridged": lambda call: Resumed(NOW, bridged=True, other_up=True),
}


def call_cell(state: str, event: str) -> str:
    """What comes of the event: the state it leads to; `acts` in the same state; `·` nothing; `✗` impossible; `refused`
    with nothing changed."""
    call = call_in(state)
    try:
        step = machine.transition(call, CALL_EVENTS[event](call), SCENE)
    except ImpossibleEvent:
        return "✗"
    if step.refused is not None:
        assert (step.call, step.commands, step.signals, step.records) == (call, [], [], [])
        return "refused"
    after_ = step.call.state
    if after_.kind != call.state.kind:
        return f"ended {after_.outcome}" if isinstance(after_, Ended) else after_.kind
    return "acts" if step.call != call or step.commands or step.signals or step.records else "·"


WRAP = replace(QUEUE, wrap_up_max_s=60)
RINGING = advisers.Ringing(CALL, OfferId("c-o1"), OTHER, NOW)
ADVISER_STATES: dict[str, advisers.AdviserState] = {
    "free": advisers.Free(),
    "free, resting": advisers.Free(NOW),
    "ringing": RINGING,
    "talking": advisers.Talking(CALL),
    "wrapping_up": advisers.WrappingUp(CALL, MAIN, NOW, False),
    "unreachable, no phone": advisers.Unreachable(),
    "unreachable, retry": advisers.Unreachable(NOW),
}
ADVISER_EVENTS: dict[str, advisers.AdviserEvent | Signal] = {
    "wish ready": ev.WishSet(NOW, AdviserId("a"), Wish.READY),
    "wish paused": ev.WishSet(NOW, AdviserId("a"), Wish.PAUSED, reason="café"),
    "wish away": ev.WishSet(NOW, AdviserId("a"), Wish.AWAY),
    "phone registered": ev.PhoneRegistered(NOW, AdviserId("a")),
    "phone unregistered": ev.PhoneUnregistered(NOW, AdviserId("a")),
    "the deadline": ev.DeadlineReached(NOW),
    "an early deadline": ev.DeadlineReached(NOW - timedelta(seconds=1)),
    "an offer": advisers.OfferReceived(NOW, CallId("d"), OfferId("d-o1"), LegId("d-a1"), after(80)),
    "answered": OfferAnswered(AdviserId("a"), CALL),
    "not answered": OfferMissed(AdviserId("a"), CALL, Cause.NO_ANSWER, 2),
    "rejected": OfferMissed(AdviserId("a"), CALL, Cause.REJECTED, 2),
    "rejected, one too many": OfferMissed(AdviserId("a"), CALL, Cause.REJECTED, 1),
    "busy": OfferMissed(AdviserId("a"), CALL, Cause.BUSY, 2),
    "phone not reached": OfferMissed(AdviserId("a"), CALL, Cause.UNREACHABLE, 2),
    "phone failed": OfferMissed(AdviserId("a"), CALL, Cause.FAILED, 2),
    "dropped, nobody's fault": OfferMissed(AdviserId("a"), CALL, Cause.NORMAL, 2),
    "the caller left": OfferWithdrawn(AdviserId("a"), CALL),
    "a guest, answered": GuestAnswered(AdviserId("a"), CALL),
    "a guest, not answered": GuestMissed(AdviserId("a"), CALL, Cause.NO_ANSWER),
    "a guest, phone not reached": GuestMissed(AdviserId("a"), CALL, Cause.UNREACHABLE),
    "a guest no more": GuestOver(AdviserId("a"), CALL),
    "a guest no more, another call": GuestOver(AdviserId("a"), CallId("z")),
    "the talk ended": TalkEnded(AdviserId("a"), CALL, WRAP),
    "the talk ended, no wrap-up": TalkEnded(AdviserId("a"), CALL, QUEUE),
    "answered, another call": OfferAnswered(AdviserId("a"), CallId("z")),
    "missed, another call": OfferMissed(AdviserId("a"), CallId("z"), Cause.REJECTED, 1),
    "the talk ended, another call": TalkEnded(AdviserId("a"), CallId("z"), WRAP),
}


def adviser_in(name: str) -> Adviser:
    state = ADVISER_STATES[name]
    registered = state != advisers.Unreachable()
    return Adviser(AdviserId("a"), T0, T0, Wish.READY, state=state, registered=registered)


def adviser_cell(state: str, event: str) -> str:
    adviser = adviser_in(state)
    happened = ADVISER_EVENTS[event]
    at = happened.at if hasattr(happened, "at") else NOW
    try:
        step = advisers.transition(adviser, happened, at)
    except ImpossibleEvent:
        return "✗"
    after_ = step.adviser
    if after_ == adviser:
        return "·"
    words: list[str] = []
    if after_.state.kind != adviser.state.kind:
        words.append(after_.state.kind)
    if after_.wish != adviser.wish:
        words.append(f"wish {after_.wish}")
    return ", ".join(words) or "acts"


def parse(table: str) -> dict[tuple[str, str], str]:
    """(state, event) → cell, of a table whose first line names the states."""
    lines = [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in table.strip().splitlines()]
    head, rows = lines[0], lines[1:]
    found: dict[tuple[str, str], str] = {}
    for event, *cells in rows:
        assert len(cells) == len(head) - 1, event
        found |= {(state, event): cell for state, cell in zip(head[1:], cells, strict=True)}
    return found


def markdown(states: list[str], events: list[str], cell: Callable[[str, str], str]) -> str:
    rows = [["event", *states], *([event, *(cell(state, event) for state in states)] for event in events)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    rows.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| " + " | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) + " |" for row in rows
    )


def document() -> str:
    """docs/machines.md."""
    call_table = markdown(list(CALL_STATES), list(CALL_EVENTS), call_cell)
    adviser_table = markdown(list(ADVISER_STATES), list(ADVISER_EVENTS), adviser_cell)
    return f"""# The two machines, every state × every event

Written by `python -m tests.core.matrix > docs/machines.md`; `make test` fails when it is not current, and when a cell
is not what `tests/core/test_matrix.py` promises.

A cell is the state that the event leads to. `acts`: the same state, but something is done or kept. `·`: late but
harmless, ignored. `✗`: an ImpossibleEvent, a defect of ours that drops this one call. `refused`: an adviser asked for
it, is told why not, and nothing has changed.

## Call

Every state is due at the instant of the event. The menu says its prompt, 1 leads from it to the queue. Key 9 leaves the
queue. A caller who is booking has chosen to be called back as soon as possible. The adviser's phone, or the number
outside, is the *other phone*. A guest is a colleague, and the caller is held while the guest rings or is aside. What is
asked for is asked for by the adviser who talks.

{call_table}

## Adviser

The wish is ready before the event.

{adviser_table}
"""


if __name__ == "__main__":
    print(document(), end="")
