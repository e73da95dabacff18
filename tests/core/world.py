"""A small world for the tests of the core: lines, queues, advisers, shifts, and a room to drive a desk by hand.

Decides nothing of the core. Everything here is real data or a fake with a behaviour of its own, never a mock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from dialer.core import adviser as advisers
from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.calls.states import Call, Forwarded, Offered, Talking, bridged_legs, other_legs
from dialer.core.change import Change
from dialer.core.desk import Desk
from dialer.core.rules import AdviserRules, LineRules, QueueRules, Rules
from dialer.core.words import (
    E164,
    AdviserId,
    BridgeId,
    By,
    Caller,
    CallId,
    Cause,
    Instant,
    LegId,
    LineId,
    Outcome,
    QueueId,
    Record,
    Wish,
)
from ivr.flow import Flow, make_flow
from ivr.nodes import Callback, Collect, Hangup, Hook, Menu, Node, Queue, Say, Transfer
from ivr.nodes import Hours as HoursNode
from schedules.hours import Hours, Period, Span
from schedules.shifts import Activity, Shift, Shifts

T0 = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
"""Monday, 10h in Paris."""
MAIN, DROPOUT = QueueId("main"), QueueId("dropout")
ALWAYS = Hours((Period(date(2020, 1, 1), ((Span(0, 1440),),) * 7),), observed=None)
OFFICE = Hours((Period(date(2020, 1, 1), ((Span(600, 1200),),) * 5 + ((), ())),))
"""10h to 20h in Paris, Monday to Friday."""
WELCOMED = LineId("welcomed")
DIRECT = LineId("direct")
URGENT = LineId("urgent")
CLOSING = LineId("closing")


def after(seconds: float) -> Instant:
    return T0 + timedelta(seconds=seconds)


@dataclass(frozen=True)
class EverybodyOnPhone:
    """A plan that never changes."""

    advisers: frozenset[str]

    def activity_at(self, adviser: str, at: datetime) -> Activity:
        return Activity.PHONE if adviser in self.advisers else Activity.OFF

    def next_change(self, at: datetime) -> datetime | None:
        return None

    def advisers_on(self, activity: Activity, at: datetime) -> tuple[str, ...]:
        return tuple(sorted(self.advisers)) if activity is Activity.PHONE else ()


def shift(adviser: str, starts_s: float, ends_s: float, activity: Activity = Activity.PHONE) -> Shift:
    """A shift from and to, in seconds after T0."""
    return Shift(adviser, after(starts_s), after(ends_s), activity)


def tail(queue: str = "main", priority: int = 0) -> dict[str, Node]:
    """The nodes around a queue: what happens when nobody answers."""
    return {
        "queue": Queue(
            queue=queue,
            full="full",
            no_adviser="nobody",
            too_long="late",
            priority=priority,
            keys={"9": "menu", "8": "info", "5": "queue"},
        ),
        "menu": Menu(
            prompts=("menu",),
            choices={"1": "queue", "2": "info", "3": "transfer", "4": "hook", "6": "callback", "7": "number"},
            otherwise="queue",
        ),
        "info": Say(prompts=("info",), next="more", informs=True),
        "more": Menu(prompts=("more",), choices={"1": "queue"}, otherwise="bye", unanswered="bye"),
        "transfer": Transfer(target="cio", failed="queue"),
        "hook": Hook(hook="crm", branches={"known": "queue"}, otherwise="info"),
        "callback": Callback(booked="bye", refused="queue"),
        "number": Collect(prompts=("number",), name="phone", next="queue", otherwise="queue"),
        "full": Hangup(outcome="turned_away", prompts=("full",)),
        "nobody": Hangup(outcome="turned_away", prompts=("nobody",)),
        "late": Hangup(outcome="turned_away", prompts=("late",)),
        "bye": Hangup(outcome="informed", prompts=("bye",)),
    }


def welcoming() -> Flow:
    nodes: dict[str, Node] = {
        "hours": HoursNode(open="welcome", closed="nobody"),
        "welcome": Say(prompts=("welcome",), next="menu"),
        **tail(),
    }
    return make_flow("welcomed", "hours", nodes)


def direct(line: str = "direct", queue: str = "main", priority: int = 0) -> Flow:
    """Straight into a queue."""
    return make_flow(line, "queue", tail(queue, priority))


def line(id_: LineId, flow: Flow, hours: Hours = ALWAYS) -> LineRules:
    return LineRules(id_, f"Ligne {id_}", E164("+33199000000"), "01 99 00 00 00", hours, flow)


def lines() -> dict[LineId, LineRules]:
    found = (
        line(WELCOMED, welcoming()),
        line(DIRECT, direct()),
        line(URGENT, direct("urgent", priority=5)),
        line(LineId("drop"), direct("drop", queue="dropout")),
        line(CLOSING, make_flow("closing", "hours", dict(welcoming().nodes)), OFFICE),
    )
    return {each.id: each for each in found}


QUEUE = QueueRules(MAIN, "Générale", wrap_up_max_s=0)
"""Without wrap-up, so that tests that are not about it stay short."""


def team(**skills: Mapping[str, int] | int) -> dict[AdviserId, AdviserRules]:
    """``a=1``: adviser a has level 1 for the main queue; ``b={"main": 2, "dropout": 1}``: more than one skill."""
    return {
        AdviserId(name): AdviserRules(
            AdviserId(name),
            name.upper(),
            {MAIN: level} if isinstance(level, int) else {QueueId(queue): each for queue, each in level.items()},
        )
        for name, level in skills.items()
    }


def rules(
    people: dict[AdviserId, AdviserRules] | None = None,
    queue: QueueRules = QUEUE,
    shifts: Shifts | None = None,
    version: str = "v1",
    **changes: object,
) -> Rules:
    """A whole configuration: the lines above, both queues alike, this team, on phone always unless `shifts` says."""
    people = team(a=1) if people is None else people
    made = Rules(
        version=version,
        lines=lines(),
        queues={MAIN: queue, DROPOUT: replace(queue, id=DROPOUT, name="Décrochage")},
        advisers=people,
        shifts=EverybodyOnPhone(frozenset(people)) if shifts is None else shifts,
        numbers={"cio": E164("+33261910000")},
        hooks=frozenset({"crm"}),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@dataclass
class Room:
    """A strict desk, and hands that feed it events one by one. Every adviser is ready with a phone unless told."""

    rules: Rules
    ready: bool = True
    now: Instant = T0
    desk: Desk = field(init=False)
    changes: list[Change] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.desk = Desk(self.rules, self.now, strict=True)
        for adviser in self.rules.advisers:
            if self.ready:
                self.happen(ev.WishSet(self.now, adviser, Wish.READY))
        phones = frozenset(self.rules.advisers) if self.ready else frozenset()
        self.happen(ev.Reconciled(self.now, phones=phones, started_at=after(-3600)))

    # -- events ------------------------------------------------------------------------------------

    def happen(self, event: ev.Event) -> Change:
        assert event.at >= self.now
        self.now = event.at
        change = self.desk.handle(event)
        self.changes.append(change)
        assert change.defects == []
        return change

    def until(self, seconds: float) -> Room:
        """Let time pass up to ``seconds`` after T0, stopping at each deadline."""
        goal = after(seconds)
        for _ in range(10_000):
            due = self.desk.next_deadline
            if due is None or due > goal:
                self.now = max(self.now, goal)
                return self
            self.happen(ev.DeadlineReached(max(due, self.now)))
        raise AssertionError("the desk asks for the same deadline again and again")

    def arrive(self, name: str, line: LineId = DIRECT, number: E164 | None = None) -> Change:
        return self.happen(ev.CallArrived(self.now, CallId(name), LegId(name), line, Caller(number)))

    def queue_up(self, *names: str, line: LineId = DIRECT) -> Room:
        """Each arrives and is picked up, one second after the other."""
        for name in names:
            self.arrive(name, line)
            self.picked_up(name)
            self.until((self.now - T0).total_seconds() + 1)
        return self

    def picked_up(self, leg: str) -> Change:
        return self.happen(ev.LegAnswered(self.now, LegId(leg)))

    def press(self, name: str, digit: str) -> Change:
        return self.happen(ev.DigitPressed(self.now, LegId(name), digit))

    def leave(self, leg: str, cause: Cause = Cause.NORMAL) -> Change:
        return self.happen(ev.LegLeft(self.now, LegId(leg), cause))

    def heard(self, name: str) -> Change:
        """The prompt that this call hears comes to its end."""
        played = [c for c in self.commands(cmd.PlayPrompt) if c.leg == name]
        return self.happen(ev.PromptFinished(self.now, LegId(name), played[-1].playback))

    def wish(self, name: str, wish: Wish, reason: str | None = None) -> Change:
        return self.happen(ev.WishSet(self.now, AdviserId(name), wish, By.PERSON, reason))

    def register(self, name: str) -> Change:
        return self.happen(ev.PhoneRegistered(self.now, AdviserId(name)))

    def unregister(self, name: str) -> Change:
        return self.happen(ev.PhoneUnregistered(self.now, AdviserId(name)))

    def answer(self, adviser: str) -> Change:
        """The adviser picks up the phone that rings."""
        return self.picked_up(self.ring(adviser).leg)

    def miss(self, adviser: str, cause: Cause = Cause.REJECTED) -> Change:
        return self.leave(self.ring(adviser).leg, cause)

    def reconcile(self, started_at: Instant | None = None, **seen: object) -> Change:
        """Asterisk shows exactly what the desk believes, but for ``seen``: legs, bridges, phones."""
        return self.happen(replace(self.truth(), started_at=started_at, **seen))  # type: ignore[arg-type]

    def truth(self) -> ev.Reconciled:
        """What an Asterisk that agrees with the desk would show."""
        legs: dict[LegId, ev.LegSeen] = {}
        bridges: set[BridgeId] = set()
        for call in self.desk.calls.values():
            match call.state:
                case Talking(bridge=bridge) as talk:
                    inside = bridged_legs(call, talk)
                    for leg in (call.leg, *other_legs(call)):
                        rings = talk.guest is not None and talk.guest.state == "ringing" and leg == talk.guest.leg
                        rings |= talk.rejoin is not None and leg == talk.rejoin.leg
                        legs[leg] = ev.LegSeen(not rings, bridge if leg in inside else None)
                    bridges.add(bridge)
                case Offered(leg=leg) | Forwarded(leg=leg):
                    legs |= {call.leg: ev.LegSeen(True), leg: ev.LegSeen(False)}
                case state:
                    legs[call.leg] = ev.LegSeen(state.kind != "arrived")
                    if state.kind == "in_flow" and state.outside is not None:
                        legs[state.outside] = ev.LegSeen(False)
        phones = frozenset(each.id for each in self.desk.advisers.values() if each.registered)
        return ev.Reconciled(self.now, legs, frozenset(bridges), phones)

    # -- what there is -----------------------------------------------------------------------------

    def call(self, name: str) -> Call:
        """The call as it is, or as it ended."""
        live = self.desk.calls.get(CallId(name))
        if live is not None:
            return live
        return next(change.calls[CallId(name)] for change in reversed(self.changes) if CallId(name) in change.calls)

    def state(self, name: str) -> str:
        return self.call(name).state.kind

    def ended(self, name: str) -> tuple[Outcome, str]:
        """Outcome and stage of an ended call."""
        state = self.call(name).state
        assert state.kind == "ended"
        return state.outcome, state.stage

    def talk(self, name: str) -> Talking:
        state = self.call(name).state
        assert isinstance(state, Talking)
        return state

    def adviser(self, name: str) -> advisers.Adviser:
        return self.desk.advisers[AdviserId(name)]

    def ring(self, adviser: str) -> advisers.Ringing:
        state = self.adviser(adviser).state
        assert isinstance(state, advisers.Ringing), f"{adviser} is {state.kind}"
        return state

    def rung_for(self, name: str) -> str | None:
        """Whose phone rings for this call, or who talks with them."""
        state = self.call(name).state
        return state.adviser if isinstance(state, Offered | Talking) else None

    def commands(self, kind: type) -> list:  # type: ignore[type-arg]
        return [command for change in self.changes for command in change.commands if isinstance(command, kind)]

    def records(self, event: str, call: str | None = None) -> list[Record]:
        found = (entry for change in self.changes for entry in change.records if entry.event == event)
        return [entry for entry in found if call is None or entry.call == call]


def facts(records: Iterable[Record]) -> list[dict[str, str | int | float | None]]:
    return [dict(entry.data) for entry in records]
