"""A small world for the callback machine: a scene whose gate says what it is told, and a hand to drive one callback."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.callbacks import callback as machine
from dialer.core.callbacks.compliance import Allowed, Refused
from dialer.core.callbacks.events import CallbackEvent, Signal
from dialer.core.callbacks.moves import CallbackStep
from dialer.core.callbacks.outcomes import CallbackOutcome, Report
from dialer.core.callbacks.rules import CallbackRules
from dialer.core.callbacks.states import (
    Accepted,
    Callback,
    CallbackId,
    CallbackState,
    CaseId,
    Dialling,
    Due,
    Offered,
    Ready,
    Talking,
    deadline,
)
from dialer.core.callbacks.told import CardAccepted, DialAsked, OutcomeGiven
from dialer.core.calls.states import OfferMade
from dialer.core.numbers import Parsed
from dialer.core.places.territory import Territory
from dialer.core.reasons import Reason
from dialer.core.rules import QueueRules
from dialer.core.words import E164, AdviserId, Cause, Instant, LegId, LineId, QueueId, Record, Why
from schedules.windows import Window
from tests.core.world import MAIN, QUEUE, T0, after

PHONE = Parsed(E164("+33199000001"), Territory.METROPOLE, "Europe/Paris")
OURS = E164("+33199000000")
WHY = Why(1, 5.0, 1, 60.0)
Gate = Callable[[Callback, Instant], Allowed | Refused]


def allowed(callback: Callback, at: Instant) -> Allowed | Refused:
    return Allowed()


def refused_until(seconds: float, reason: Reason = Reason.HOURS) -> Gate:
    return lambda callback, at: Refused(reason, after(seconds)) if at < after(seconds) else Allowed()


def refused_for_good(reason: Reason = Reason.OPPOSED) -> Gate:
    return lambda callback, at: Refused(reason, None)


@dataclass
class FakeScene:
    """A day like any other: the gate is what the test says, the queue is the main one."""

    callback_rules: CallbackRules = field(default_factory=CallbackRules)
    answer: Gate = allowed
    asked: list[tuple[Callback, Instant]] = field(default_factory=list)

    def gate(self, callback: Callback, at: Instant) -> Allowed | Refused:
        self.asked.append((callback, at))
        return self.answer(callback, at)

    def caller_id(self, callback: Callback) -> E164:
        return OURS

    def queue(self, queue: QueueId) -> QueueRules:
        return QUEUE

    def shown_name(self, callback: Callback) -> str:
        return "Rappel"


def window(starts_s: float, ends_s: float) -> Window:
    return Window(after(starts_s), after(ends_s))


def report(outcome: CallbackOutcome, **fields: object) -> Report:
    return Report(outcome, **fields)  # type: ignore[arg-type]


@dataclass
class Promise:
    """One callback, and hands that feed it events one by one; everything that follows is kept."""

    scene: FakeScene = field(default_factory=FakeScene)
    wished: Window | None = None
    place: Instant | None = None
    now: Instant = T0
    callback: Callback = field(init=False)
    steps: list[CallbackStep] = field(default_factory=list)

    def __post_init__(self) -> None:
        made = machine.request(
            CallbackId("r1"), CaseId("k1"), LineId("dropout"), MAIN, PHONE, self.now, self.wished, self.place
        )
        self.steps.append(made)
        self.callback = made.callback

    def happen(self, event: CallbackEvent) -> CallbackStep:
        assert event.at >= self.now
        self.now = event.at
        step = machine.transition(self.callback, event, self.scene)
        self.callback = step.callback
        self.steps.append(step)
        return step

    def until(self, seconds: float) -> Promise:
        """Let time pass up to ``seconds`` after T0, stopping at each deadline."""
        goal = after(seconds)
        for _ in range(1000):
            due = deadline(self.callback)
            if due is None or due > goal:
                self.now = max(self.now, goal)
                return self
            self.happen(ev.DeadlineReached(max(due, self.now)))
        raise AssertionError("the callback asks for the same deadline again and again")

    def pass_s(self, seconds: float) -> Promise:
        return self.until((self.now - T0).total_seconds() + seconds)

    # -- hands -------------------------------------------------------------------------------------

    def come_due(self) -> Promise:
        if isinstance(self.state, Due):
            return self
        due = deadline(self.callback)
        assert due is not None
        return self.until(max(0.0, (due - T0).total_seconds()))

    def offer(self, adviser: str = "a") -> CallbackStep:
        return self.happen(OfferMade(self.now, AdviserId(adviser), WHY))

    def accept(self) -> CallbackStep:
        return self.happen(CardAccepted(self.now, self.card.offer))

    def dial(self) -> CallbackStep:
        return self.happen(DialAsked(self.now, self.card.offer))

    def up(self, leg: LegId) -> CallbackStep:
        return self.happen(ev.LegAnswered(self.now, leg))

    def left(self, leg: LegId, cause: Cause = Cause.NORMAL) -> CallbackStep:
        return self.happen(ev.LegLeft(self.now, leg, cause))

    def outcome(self, outcome: CallbackOutcome, **fields: object) -> CallbackStep:
        return self.happen(OutcomeGiven(self.now, report(outcome, **fields)))

    # -- ways to a state ---------------------------------------------------------------------------

    def to_card(self) -> Promise:
        self.come_due()
        self.offer()
        return self

    def to_ready(self) -> Promise:
        self.to_card()
        self.accept()
        self.up(self.card.leg)
        return self

    def to_dialling(self) -> Promise:
        self.to_ready()
        if not isinstance(self.state, Dialling):
            self.dial()
        return self

    def to_talk(self) -> Promise:
        self.to_dialling()
        self.up(self.dialling.leg)
        return self

    def to_outcome(self) -> Promise:
        """A talk of two minutes that the person has ended."""
        self.to_talk()
        self.pass_s(120)
        self.left(self.talk.leg)
        return self

    def attempt(self, cause: Cause) -> Promise:
        """One whole attempt in vain."""
        self.to_dialling()
        self.pass_s(5)
        self.left(self.dialling.leg, cause)
        return self

    # -- what there is -----------------------------------------------------------------------------

    @property
    def state(self) -> CallbackState:
        return self.callback.state

    @property
    def kind(self) -> str:
        return self.callback.state.kind

    @property
    def card(self) -> Offered | Accepted | Ready:
        assert isinstance(self.state, Offered | Accepted | Ready), self.kind
        return self.state

    @property
    def dialling(self) -> Dialling:
        assert isinstance(self.state, Dialling), self.kind
        return self.state

    @property
    def talk(self) -> Talking:
        assert isinstance(self.state, Talking), self.kind
        return self.state

    def commands(self, kind: type) -> list[cmd.Command]:
        return [command for step in self.steps for command in step.commands if isinstance(command, kind)]

    def signals(self, kind: type) -> list[Signal]:
        return [signal for step in self.steps for signal in step.signals if isinstance(signal, kind)]

    def records(self, event: str) -> list[Record]:
        return [each for step in self.steps for each in step.records if each.event == event]

    @property
    def causes(self) -> list[str | None]:
        return [attempt.cause for attempt in self.callback.attempts]


def paris(text: str) -> datetime:
    """An instant in UTC of what a clock in Paris shows, in winter: "2026-03-16 14:00"."""
    return datetime.fromisoformat(f"{text}+01:00").astimezone(UTC)
