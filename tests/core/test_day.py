"""A day of 20,000 calls through the desk, on virtual time: everybody ends, nobody is lost, and the sums are right."""

from __future__ import annotations

import heapq
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import count
from random import Random

import pytest

from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.desk import Desk
from dialer.core.figures import Figures
from dialer.core.rules import Rules
from dialer.core.words import AdviserId, Caller, CallId, Cause, LegId, LineId, Outcome, QueueId, Wish
from tests.core.world import DROPOUT, MAIN, QUEUE, T0, rules, team

DAY_S = 10 * 3600
LINES = (LineId("welcomed"), LineId("direct"), LineId("drop"), LineId("urgent"))


def centre(advisers: int) -> Rules:
    """Half of them best at one queue, half at the other; both know both."""
    people = team(**{f"a{n:03}": {"main": 1 + n % 2, "dropout": 2 - n % 2} for n in range(advisers)})
    return rules(people, replace(QUEUE, wrap_up_max_s=30, wrap_up_then_ready=True, size_max=200, wait_max_s=900))


class Day:
    """Phones that behave: some are slow, some reject, some callers lose patience. One seed, one day."""

    def __init__(self, calls: int, advisers: int, seed: int = 1) -> None:
        self.random = Random(seed)
        self.desk = Desk(centre(advisers), T0, strict=True)
        self.agenda: list[tuple[float, int, ev.Event]] = []
        self.number = count()
        self.events = 0
        self.busy_s = 0.0
        self.outcomes: Counter[str] = Counter()
        self.legs: set[LegId] = set()
        self.bridges: set[str] = set()
        self.figures = Figures({MAIN: 20.0, DROPOUT: 20.0})
        for n in range(calls):
            at_s = self.random.uniform(0, DAY_S * 0.95)
            name = CallId(f"c{n}")
            self.later(at_s, ev.CallArrived(T0, name, LegId(name), self.random.choice(LINES), Caller()))
        for each in self.desk.rules.advisers:
            self.later(0, ev.WishSet(T0, each, Wish.READY))
            self.later(self.random.uniform(300, 3600), ev.WishSet(T0, each, Wish.READY))
        self.later(0, ev.Reconciled(T0, phones=frozenset(self.desk.rules.advisers)))

    def later(self, at_s: float, event: ev.Event) -> None:
        heapq.heappush(self.agenda, (at_s, next(self.number), event))

    def run(self) -> Day:
        now_s = 0.0
        while self.agenda or self.desk.calls:
            due = self.desk.next_deadline
            due_s = (due - T0).total_seconds() if due is not None else float("inf")
            if self.agenda and self.agenda[0][0] <= due_s:
                now_s, _, event = heapq.heappop(self.agenda)
            else:
                now_s, event = max(now_s, due_s), ev.DeadlineReached(T0)
            event = replace(event, at=T0 + timedelta(seconds=now_s))
            begun = time.perf_counter()
            change = self.desk.handle(event)
            self.busy_s += time.perf_counter() - begun
            self.events += 1
            self.figures.take(change.records)
            for entry in change.records:
                if entry.event == "ended":
                    self.outcomes[str(dict(entry.data)["outcome"])] += 1
                elif entry.event == "wish_set" and dict(entry.data)["by"] == "system":
                    assert entry.adviser is not None
                    self.later(now_s + 300, ev.WishSet(T0, entry.adviser, Wish.READY))
            for command in change.commands:
                self.perform(command, now_s)
        return self

    def perform(self, command: cmd.Command, now_s: float) -> None:
        chance = self.random.random
        match command:
            case cmd.Answer(leg=leg):
                self.legs.add(leg)
                self.later(now_s + 0.1, ev.LegAnswered(T0, leg))
                self.later(now_s + self.random.expovariate(1 / 1200), ev.LegLeft(T0, leg, Cause.NORMAL))
            case cmd.PlayPrompt(leg=leg, playback=playback):
                self.later(now_s + 4, ev.PromptFinished(T0, leg, playback))
                if chance() < 0.9:
                    self.later(now_s + 6, ev.DigitPressed(T0, leg, self.random.choice("1112")))
            case cmd.RingAdviser(leg=leg, adviser=adviser):
                self.legs.add(leg)
                if chance() < 0.03:
                    self.later(now_s + 3, ev.LegLeft(T0, leg, self.random.choice([Cause.REJECTED, Cause.BUSY])))
                elif chance() < 0.95:
                    self.later(now_s + self.random.uniform(1, 25), ev.LegAnswered(T0, leg))
                if chance() < 0.01:
                    self.later(now_s + 2, ev.PhoneUnregistered(T0, adviser))
                    self.later(now_s + 60, ev.PhoneRegistered(T0, adviser))
            case cmd.Join(bridge=bridge, legs=legs):
                if chance() < 0.001:
                    self.later(now_s + 0.1, ev.JoinRefused(T0, bridge))
                else:
                    self.later(now_s + self.random.uniform(20, 300), ev.LegLeft(T0, legs[1], Cause.NORMAL))
            case cmd.HangUp(leg=leg):
                self.legs.discard(leg)
            case cmd.MakeBridge(bridge=bridge):
                self.bridges.add(bridge)
            case cmd.CloseBridge(bridge=bridge):
                self.bridges.discard(bridge)
            case cmd.DialOutside(leg=leg):
                self.later(now_s + 5, ev.LegLeft(T0, leg, Cause.BUSY))
            case cmd.RunHook(call=call, node=node):
                self.later(now_s + 1, ev.HookAnswered(T0, call, node, "known"))


@pytest.mark.parametrize(("calls", "advisers"), [(20_000, 120), (2_000, 6)])
def test_a_day_loses_nobody(calls: int, advisers: int) -> None:
    begun = time.perf_counter()
    day = Day(calls, advisers).run()
    took_s = time.perf_counter() - begun
    print(
        f"\n{calls} calls, {advisers} advisers: {day.events} events, {took_s:.1f} s in all, "
        f"{day.busy_s:.1f} s in the desk"
        f" ({1e6 * day.busy_s / day.events:.0f} µs an event), {dict(day.outcomes)}"
    )
    figures = day.figures

    assert day.desk.calls == {}
    assert sum(day.outcomes.values()) == calls == figures.total.received
    assert figures.total.outcomes == dict(day.outcomes)
    assert sum(each.received for each in figures.lines.values()) == calls
    assert sum(each.asked for each in figures.queues.values()) == figures.total.asked
    assert sum(each.answered for each in figures.queues.values()) == figures.total.answered
    assert day.outcomes[Outcome.ANSWERED] == figures.total.answered
    assert set(day.outcomes) <= {str(each) for each in Outcome}
    assert day.bridges == set()
    assert all(each.state.kind in ("free", "unreachable", "wrapping_up") for each in day.desk.advisers.values())
    assert [day.desk.pool.waiting(QueueId(queue)) for queue in ("main", "dropout")] == [0, 0]
    assert AdviserId("a000") in day.desk.advisers


def test_the_same_seed_is_the_same_day() -> None:
    first, second = Day(200, 5).run(), Day(200, 5).run()

    assert (first.events, first.outcomes) == (second.events, second.outcomes)
