"""A peak day: five times the callers that staff can bear, and still what was promised is kept and callers are served.

Dated callbacks were promised in free slots only; callbacks without a date were asked for while the lines were full.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count, pairwise
from random import Random

import pytest

from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.callbacks import states
from dialer.core.callbacks.outcomes import CallbackOutcome, Report
from dialer.core.callbacks.request import AskedBy, Request, Source
from dialer.core.callbacks.rules import CallbackRules, SlotRules
from dialer.core.callbacks.slots import reserved
from dialer.core.callbacks.states import CallbackId
from dialer.core.callbacks.told import CardAccepted, DialAsked, OutcomeGiven
from dialer.core.cases.case import Kind
from dialer.core.change import Change
from dialer.core.desk import Desk
from dialer.core.numbers import Parsed
from dialer.core.places.territory import Territory
from dialer.core.rules import Rules
from dialer.core.words import E164, Caller, CallId, Cause, LegId, Record, Wish
from schedules.windows import Window
from tests.core.world import DIRECT, MAIN, QUEUE, T0, after, rules, team

STAFF = 8
TALK_S = 480.0
"""Mean of a call, as of a callback; a callback takes some seconds more, which its handling time bears."""
HANDLING_S = 720.0
PATIENCE_S = 600.0
DAY_S = 3 * 3600.0
"""From 10h to 13h: nobody is called at lunch."""
PEAK = 5.0


def centre() -> Rules:
    queue = replace(
        QUEUE, size_max=10_000, wait_max_s=DAY_S, overflow_after_s=(), callback_share=0.25,
        callback_handling_s=HANDLING_S, wrap_up_max_s=0, misses_max=99,
    )  # fmt: skip
    made = rules(team(**{f"a{n}": 1 for n in range(STAFF)}), queue, callbacks=CallbackRules(), slots=SlotRules(3600))
    return replace(made, lines={key: replace(line, callback_queue=MAIN) for key, line in made.lines.items()})


@dataclass
class Peak:
    """Everybody behaves: cards are taken, phones picked up, talks end, callers lose patience. One seed, one day."""

    seed: int
    dated: bool
    undated: int
    rules: Rules = field(default_factory=centre)
    now: datetime = T0
    agenda: list[tuple[float, int, ev.Event]] = field(default_factory=list)
    offered: list[Record] = field(default_factory=list)
    answered_after_s: list[float] = field(default_factory=list)
    windows: dict[CallbackId, Window | None] = field(default_factory=dict)
    asked_at: dict[CallbackId, datetime] = field(default_factory=dict)
    arrived_at: dict[CallId, datetime] = field(default_factory=dict)
    missed: list[CallId] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random, self.number = Random(self.seed), count()
        self.desk = Desk(self.rules, T0, strict=True)
        for adviser in self.rules.advisers:
            self._later(0, ev.WishSet(T0, adviser, Wish.READY))
        self._later(0, ev.Reconciled(T0, phones=frozenset(self.rules.advisers)))
        self.calls = int(PEAK * STAFF * DAY_S / TALK_S)
        for n in range(self.calls):
            name = CallId(f"c{n}")
            self._later(self.random.uniform(0, DAY_S), ev.CallArrived(T0, name, LegId(name), DIRECT, Caller()))
        for n in range(self.undated):
            self._later(self.random.uniform(0, DAY_S / 2), ev.CallbacksAsked(T0, (self._request(n),)))

    def _request(self, n: int, window: Window | None = None) -> Request:
        phone = Parsed(E164(f"+3319900{n:04}"), Territory.METROPOLE, "Europe/Paris")
        return Request(Kind.RTF, DIRECT, MAIN, phone, AskedBy.YOUNG_PERSON, Source.WEB, window)

    def _later(self, in_s: float, event: ev.Event) -> None:
        at_s = (self.now - T0).total_seconds() + in_s
        heapq.heappush(self.agenda, (at_s, next(self.number), event))

    def promise_all(self) -> None:
        """Until every slot of today is full."""
        n = 5000
        while True:
            phone = self._request(n).phone
            free = [
                each
                for each in self.desk.book.slots(DIRECT, MAIN, phone, self.now)
                if each.window.end_at <= after(DAY_S)
            ]
            if not free:
                return
            self.happen(ev.CallbacksAsked(self.now, (self._request(n, free[0].window),)))
            n += 1

    def run(self) -> Peak:
        if self.dated:
            self.promise_all()
        while True:
            due = self.desk.next_deadline
            due_s = (due - T0).total_seconds() if due is not None else float("inf")
            at_s = min(due_s, self.agenda[0][0] if self.agenda else float("inf"))
            if at_s > DAY_S:
                return self
            if self.agenda and self.agenda[0][0] <= due_s:
                _, _, event = heapq.heappop(self.agenda)
            else:
                event = ev.DeadlineReached(T0)
            self.now = max(self.now, after(at_s))
            if not self._talks(event):
                self.happen(replace(event, at=self.now))

    def _talks(self, event: ev.Event) -> bool:
        """Whoever is in a talk has lost no patience."""
        call = self.desk.calls.get(CallId(event.leg)) if isinstance(event, ev.LegLeft) else None
        return call is not None and call.state.kind == "talking"

    # -- how the world answers ---------------------------------------------------------------------

    def happen(self, event: ev.Event) -> None:
        change = self.desk.handle(event)
        for intake in change.intakes:
            self.windows[intake.booking.id] = intake.booking.promised
            self.asked_at[intake.booking.id] = change.at
        self._records(change)
        self._cards(change)
        for command in change.commands:
            self._obey(command)
        if isinstance(event, ev.CallArrived):
            self.arrived_at[event.call] = event.at
            self._later(self.random.expovariate(1 / PATIENCE_S), ev.LegLeft(T0, event.leg, Cause.NORMAL))
        flying = self.desk.book.in_flight(MAIN)
        assert flying <= reserved(self.rules.queues[MAIN], STAFF), "more callbacks than advisers reserved"

    def _records(self, change: Change) -> None:
        for entry in change.records:
            match entry.event:
                case "offered" | "callback_offered":
                    self.offered.append(entry)
                case "answered":
                    self.answered_after_s.append(float(dict(entry.data)["waited_s"] or 0))
                case "callback_promise_missed":
                    assert entry.call is not None
                    self.missed.append(entry.call)

    def _cards(self, change: Change) -> None:
        """Each card is read for some seconds, and the talk it leads to is written down at once."""
        for callback in change.callbacks.values():
            match callback.state:
                case states.Offered(offer=offer):
                    self._later(self.random.uniform(2, 15), CardAccepted(T0, offer))
                case states.Ready(offer=offer):
                    self._later(self.random.uniform(5, 30), DialAsked(T0, offer))
                case states.Talking(leg=leg):
                    self._later(self.random.expovariate(1 / TALK_S), ev.LegLeft(T0, leg, Cause.NORMAL))
                case states.Unsettled(why="talked"):
                    given = OutcomeGiven(T0, Report(CallbackOutcome.INFO_DONNEE))
                    self._later(1, ev.CallbackTold(T0, callback.id, given))

    def _obey(self, command: cmd.Command) -> None:
        match command:
            case cmd.Answer(leg=leg):
                self._later(0, ev.LegAnswered(T0, leg))
            case cmd.RingAdviser(leg=leg) | cmd.DialOutside(leg=leg):
                self._later(self.random.uniform(2, 8), ev.LegAnswered(T0, leg))
            case cmd.Join(legs=(caller, adviser)) if not caller.startswith("cb-"):
                self._later(self.random.expovariate(1 / TALK_S), ev.LegLeft(T0, adviser, Cause.NORMAL))
            case cmd.HangUp(leg=leg):
                self._later(0, ev.LegLeft(T0, leg, Cause.NORMAL))

    # -- what came of it ---------------------------------------------------------------------------

    def first_offers(self, of_callbacks: bool) -> dict[str, datetime]:
        kind = "callback_offered" if of_callbacks else "offered"
        first: dict[str, datetime] = {}
        for entry in self.offered:
            if entry.event == kind and entry.call is not None:
                first.setdefault(entry.call, entry.at)
        return first


@pytest.fixture(scope="module")
def days() -> list[Peak]:
    return [Peak(seed, dated=True, undated=0).run() for seed in range(4)]


def test_five_times_as_many_call_as_staff_can_bear(days: list[Peak]) -> None:
    """Else these days would prove nothing."""
    for day in days:
        assert day.calls * TALK_S == PEAK * STAFF * DAY_S
        served = len(day.first_offers(False))
        assert served < day.calls / 3
        assert day.desk.pool.waiting(MAIN) > STAFF


def test_every_dated_callback_is_offered_inside_its_window_on_a_peak_day(days: list[Peak]) -> None:
    for day in days:
        offered = day.first_offers(True)
        dated = {callback: window for callback, window in day.windows.items() if window is not None}
        assert len(dated) >= 4
        late = {key for key, window in dated.items() if key not in offered or offered[key] not in window}
        assert late == set()
        assert day.missed == []


def test_on_such_a_day_callers_are_served_by_all_whom_no_promise_keeps(days: list[Peak]) -> None:
    free = STAFF - reserved(centre().queues[MAIN], STAFF)
    for day in days:
        bears = free * DAY_S / (TALK_S + 10)
        assert len(day.answered_after_s) > 0.8 * bears


def test_nobody_is_overtaken_by_who_came_later(days: list[Peak]) -> None:
    """Of the callers, in the order of their arrival; of the dated callbacks, of their windows."""
    for day in days:
        callers = [entry.call for entry in day.offered if entry.event == "offered" and entry.call is not None]
        places = [day.arrived_at[call] for call in callers]
        assert all(earlier <= later for earlier, later in pairwise(places))
        starts = [day.windows[CallbackId(call)].start_at for call in day.first_offers(True)]  # type: ignore[union-attr]
        assert all(earlier <= later for earlier, later in pairwise(starts))


def test_without_dates_callers_and_callbacks_are_taken_in_one_order_and_nobody_starves() -> None:
    for seed in range(3):
        day = Peak(seed, dated=False, undated=24).run()
        assert len(day.first_offers(False)) > 100
        assert list(day.first_offers(True)) == sorted(day.asked_at, key=lambda key: day.asked_at[key])
        _none_behind_is_before(day)


def _none_behind_is_before(day: Peak) -> None:
    """A callback without a date never passes a caller; callers pass it only while its share is used up."""
    places = {str(call): at for call, at in day.arrived_at.items()} | {str(k): at for k, at in day.asked_at.items()}
    callers = sorted((at, call) for call, at in day.arrived_at.items())
    first = day.first_offers(False)
    for entry in day.offered:
        if entry.event != "callback_offered" or entry.call is None:
            continue
        passed = [call for at, call in callers if at < places[entry.call] and call in first and first[call] > entry.at]
        assert passed == [], f"{entry.call} went before {passed}, who came first and were still waiting"
