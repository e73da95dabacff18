"""A centre on a random day: the controller, its Asterisk, time, mail, and what holds after every single event.

The rules that make the day are in `caller_day`, `callback_day` and `fault_day`; `test_desk_machine` runs them together.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from dialer.core import events as ev
from dialer.core.adviser import Adviser
from dialer.core.assign import Match
from dialer.core.callbacks import talking
from dialer.core.callbacks.outcomes import MEANINGS
from dialer.core.callbacks.states import (
    Callback,
    CallbackId,
    CaseId,
    Closed,
    Dialling,
    Offered,
    WithGuest,
    known_legs,
    legs,
)
from dialer.core.callbacks.states import Talking as CallbackTalking
from dialer.core.callbacks.told import CardAccepted, CardRefused, DialAsked
from dialer.core.calls import rejoin
from dialer.core.calls.states import Call, Ended, Forwarded, Talking, Waiting, bridged_legs, other_legs
from dialer.core.calls.states import Offered as CallOffered
from dialer.core.cases.case import Case
from dialer.core.change import Change
from dialer.core.desk import Desk
from dialer.core.rules import Rules
from dialer.core.words import E164, AdviserId, Caller, CallId, Instant, Record, Wish
from schedules.shifts import Activity
from tests.core import desk_truth as truth
from tests.core.asterisk import Asterisk
from tests.core.controller import Controller, Kill, told_at
from tests.core.desk_day import ADVISERS, CONFIGURATIONS
from tests.core.oracle import best_match, in_flight, reserved
from tests.core.world import T0, after

SEEN: Counter[tuple[str, str]] = Counter()
"""How often each event met a call or a callback in each state."""
FAULTS: Counter[str] = Counter()
CAME_OF: Counter[str] = Counter()
"""Outcomes of callbacks, and causes of attempts."""
TOLD: Counter[str] = Counter()
"""Records, by what they tell."""
REPEATABLE = (ev.CallArrived, ev.LegAnswered, ev.LegLeft, ev.PromptFinished, ev.JoinRefused)
ALL = (ev.DeadlineReached, ev.Reconciled, ev.RulesChanged, ev.LinkLost)


class CentreDay(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.configuration = CONFIGURATIONS[0]
        self.asterisk = Asterisk(T0, after(-3600))
        self.now = T0
        self.arrived = 0
        self.ended: Counter[CallId] = Counter()
        self.closed: Counter[CallbackId] = Counter()
        self.last: ev.Event | None = None
        self.arrivals: list[ev.CallArrived] = []
        self.journal: list[Record] = []
        self.opposed: set[E164] = set()
        """Who must never be dialled again, as far as it is stored or the desk has it."""
        self.calm = False
        """The faults have stopped, and nothing that is met counts as explored."""
        self.slow_for = 0
        """Events until the journal answers again."""
        self.controller = Controller(self.configuration, self.asterisk.perform, _held_to_the_oracle)
        self.controller.start(self.now)
        self.asterisk.phones |= set(ADVISERS[:3])
        self._reconnect()
        for each in ADVISERS:
            self._happen(ev.WishSet(self.now, each, Wish.READY))

    @property
    def desk(self) -> Desk:
        return self.controller.desk

    # -- how it happens ----------------------------------------------------------------------------

    def _happen(self, event: ev.Event) -> Change:
        change = self._decide(event)
        while self.controller.inbox:
            self._decide(told_at(self.controller.inbox.pop(0), self.now))
        return change

    def _decide(self, event: ev.Event) -> Change:
        self._count(event)
        before = (dict(self.desk.calls), dict(self.desk.book.callbacks), dict(self.desk.book.cases))
        change = self.controller.decide(event)
        self.last = event
        if isinstance(event, ev.CallArrived):
            self.arrivals = [*self.arrivals[-5:], event]
        self._check_change(change, *before)
        self.slow_for = max(0, self.slow_for - 1)
        if self.controller.slow and self.slow_for == 0:
            self.controller.slow = False
        if self.controller.settle(self.now) is not None:
            self._died()
            self._reconnect()
        return change

    def _count(self, event: ev.Event) -> None:
        name, leg, desk = type(event).__name__, getattr(event, "leg", None), self.desk
        calls, callbacks = desk.calls.values(), desk.book.callbacks.values()
        kinds: list[str] = []
        if isinstance(event, ALL):
            kinds = [c.state.kind for c in calls] + [f"cb {c.state.kind}" for c in callbacks]
        elif leg is not None:
            kinds = [c.state.kind for c in calls if leg in (c.leg, *other_legs(c))]
            kinds += [f"cb {c.state.kind}" for c in callbacks if leg in known_legs(c)] or (
                [] if kinds else ["nobody's"]
            )
        elif isinstance(event, ev.CallbackTold):
            name = type(event.told).__name__
            kinds = [f"cb {desk.book.callbacks[event.callback].state.kind}"]
        elif isinstance(event, CardAccepted | CardRefused | DialAsked):
            kinds = [f"cb {c.state.kind}" for c in callbacks if event.offer.startswith(c.id)]
        if not self.calm:
            SEEN.update((name, kind) for kind in kinds)

    def _died(self) -> None:
        """Of what was not committed nobody knows any more."""
        ledger = self.controller.ledger
        self.asterisk.lose_link()
        self.ended = Counter(key for key, call in ledger.calls.items() if isinstance(call.state, Ended))
        self.closed = Counter(key for key, each in ledger.callbacks.items() if isinstance(each.state, Closed))
        self.last, self.slow_for = None, 0
        self.opposed = set(ledger.opposed)
        self.arrivals.clear()
        truth.everything_is_where_it_belongs(self.desk, self.now)

    def _reconnect(self) -> None:
        self.asterisk.link = True
        for leg, each in list(self.asterisk.legs.items()):
            if each.line and not self.desk.knows(leg) and not self.ended[CallId(leg)]:
                self._happen(ev.CallArrived(self.now, CallId(leg), leg, each.line, Caller(each.number)))
        if self.asterisk.link:  # not killed meanwhile, after which all this was done
            self._happen(self.asterisk.truth())

    # -- what holds of every change ----------------------------------------------------------------

    def _check_change(
        self,
        change: Change,
        calls: dict[CallId, Call],
        callbacks: dict[CallbackId, Callback],
        cases: dict[CaseId, Case],
    ) -> None:
        self.journal += change.records
        self.opposed |= set(change.opposed)
        TOLD.update(entry.event for entry in change.records if not self.calm)
        for entry in change.records:
            match entry.event:
                case "ended":
                    self._only_once(self.ended, entry.call)
                case "offered" | "callback_offered":
                    self._may_be_offered(entry)
                case "callback_dialled":
                    self._may_be_dialled(entry, change)
                case "callback_closed":
                    self._only_once(self.closed, entry.call)  # type: ignore[arg-type]
                    CAME_OF[str(dict(entry.data)["outcome"])] += not self.calm
                case "callback_attempt_ended":
                    CAME_OF[str(dict(entry.data)["cause"])] += not self.calm
        for call in calls.keys() - self.desk.calls.keys():
            assert self.ended[call] == 1, f"{call} vanished"
        for callback in callbacks.keys() - self.desk.book.callbacks.keys():
            assert self.closed[callback] == 1, f"{callback} vanished"
        for intake in change.intakes:
            assert intake.booking.id in self.desk.book.callbacks, "what was asked for is nowhere"
        for case in cases.keys() - self.desk.book.cases.keys():
            self._ended_by_an_outcome(change.cases[case], change)

    def _only_once(self, counted: Counter[CallId], which: CallId | None) -> None:
        assert which is not None
        counted[which] += 1
        assert counted[which] == 1, f"{which} ended twice"

    def _ended_by_an_outcome(self, case: Case, change: Change) -> None:
        assert case.ended is not None, f"{case.id} vanished"
        assert MEANINGS[case.ended.outcome].closes
        if any(entry.event == "case_ended" for entry in change.records):
            return  # by an officer, who says the outcome; what of it was promised is called off
        last = [each.state for each in change.callbacks.values() if each.case == case.id]
        assert [state.outcome for state in last if isinstance(state, Closed)] == [case.ended.outcome]

    def _may_be_offered(self, entry: Record) -> None:
        desk = self.desk
        assert desk.link_up
        assert entry.adviser is not None
        assert entry.adviser in desk.rules.advisers
        on = desk.rules.shifts.activity_at(entry.adviser, entry.at)
        assert on is Activity.PHONE, f"{entry.adviser} was offered something on {on}"
        callback = desk.book.of_visit(entry.call) if entry.call is not None else None
        if entry.event == "callback_offered" and callback is not None:
            busy = in_flight(desk.book.callbacks.values(), callback.queue)
            assert busy <= reserved(desk.queue(callback.queue), desk.rules, entry.at), "more than are reserved"

    def _may_be_dialled(self, entry: Record, change: Change) -> None:
        """At an hour of theirs, and not while they are on the line with us."""
        assert entry.call is not None
        callback = change.callbacks[CallbackId(entry.call)]
        number = callback.phone.number
        assert number not in self.opposed, "they asked never to be called again"
        assert all(call.caller.number != number for call in self.desk.calls.values()), "they are on the line"
        wall = entry.at.astimezone(ZoneInfo(callback.phone.zone))
        courteous = wall.weekday() < 5 and (10 <= wall.hour < 13 or 14 <= wall.hour < 20)
        assert courteous if callback.window is None else entry.at in callback.window or courteous

    # -- what goes wrong with the controller -------------------------------------------------------

    def doom(self, where: Kill) -> None:
        """The controller dies in its next event."""
        FAULTS[f"killed in an event, {where}"] += 1
        self.controller.doom = where

    def slow(self, events: int) -> None:
        """The journal does not answer before so many events have come."""
        FAULTS["journal slow"] += 1
        self.controller.slow, self.slow_for = True, events

    def lose_link(self, asterisk_dies: bool = False) -> None:
        FAULTS["asterisk killed" if asterisk_dies else "link lost"] += 1
        self.asterisk.lose_link()
        self._happen(ev.LinkLost(self.now))
        if asterisk_dies:
            self._pass(self.now + timedelta(seconds=1))
            self.asterisk.dies()

    # -- time and mail -----------------------------------------------------------------------------

    @precondition(lambda self: self.asterisk.mail)
    @rule(data=st.data(), many=st.integers(1, 6))
    def mail_comes(self, data: st.DataObject, many: int) -> None:
        for _ in range(many):
            if self.asterisk.mail:
                _, event = self.asterisk.mail.pop(data.draw(st.sampled_from(self.asterisk.deliverable())))
                self._happen(told_at(event, self.now))

    @rule()
    def all_mail_comes(self) -> None:
        for _ in range(200):
            if not self.asterisk.mail:
                return
            _, event = self.asterisk.mail.pop(0)
            self._happen(told_at(event, self.now))
        raise AssertionError("the desk and Asterisk talk in a circle")

    @precondition(lambda self: self._due_within(1800))
    @rule(late_s=st.sampled_from([0, 0, 0, 1, 25, 200]))
    def the_next_deadline(self, late_s: int) -> None:
        assert self.desk.next_deadline is not None
        self._pass(max(self.now, self.desk.next_deadline) + timedelta(seconds=late_s))
        self._happen(ev.DeadlineReached(self.now))

    @rule(seconds=st.sampled_from([1, 5, 20]))
    def a_little_time(self, seconds: int) -> None:
        """The runner comes at every deadline on the way."""
        self._until(self.now + timedelta(seconds=seconds))

    def _due_within(self, seconds: float) -> bool:
        due = self.desk.next_deadline
        return due is not None and due <= self.now + timedelta(seconds=seconds)

    def _pass(self, at: Instant) -> None:
        self.now = self.asterisk.now = at

    def _until(self, goal: Instant) -> None:
        for _ in range(500):
            due = self.desk.next_deadline
            if due is None or due > goal:
                self._pass(max(self.now, goal))
                return
            self._pass(max(self.now, due))
            self._happen(ev.DeadlineReached(self.now))
        raise AssertionError("deadlines in a circle")

    def _configure(self, rules: Rules) -> None:
        self.configuration = self.controller.rules = rules
        self._happen(ev.RulesChanged(self.now, rules))

    def _presence(self, who: AdviserId, there: bool) -> None:
        phones = self.asterisk.phones
        (phones.add if there else phones.discard)(who)
        came = ev.PhoneRegistered(self.now, who) if there else ev.PhoneUnregistered(self.now, who)
        self.asterisk.post(f"phone {who}", came)

    def _loaded_anew(self, who: AdviserId, waits: bool) -> None:
        forgot = frozenset(leg for leg, each in self.asterisk.legs.items() if each.adviser == who)
        self._presence(who, False)
        if waits:
            self.all_mail_comes()
        self.asterisk.phones.add(who)
        self.asterisk.post(f"phone {who}", ev.PhoneRegistered(self.now, who, forgot))

    def _arrive(self, on: str, number: E164 | None) -> CallId:
        self.arrived += 1
        call = CallId(f"k{self.arrived}")
        self.asterisk.calls_in(call, on, number)  # type: ignore[arg-type]
        return call

    # -- safety ------------------------------------------------------------------------------------

    @invariant()
    def everything_holds(self) -> None:
        truth.no_adviser_has_two_things(self.desk)
        truth.everything_is_where_it_belongs(self.desk, self.now)
        truth.nobody_waits_for_a_queue_without_a_shift(self.desk, self.now)
        self._nobody_waits_whom_somebody_could_answer()
        self._what_is_committed_is_what_the_desk_holds()
        if self.asterisk.link and not self.asterisk.mail and not self.controller.unwritten:
            self._nobody_who_answers_hears_silence()
            self._nobody_who_waits_or_is_held_hears_silence()
            self._everybody_is_in_the_bridge_that_is_theirs()
            self._whom_the_desk_believes_on_the_line_is()
            self._nobodys_phone_rings_without_an_adviser()

    def _nobody_waits_whom_somebody_could_answer(self) -> None:
        if self.desk.link_up:
            assert self.desk.pool.next_match(self.now, self.desk._reserved_left) is None

    def _what_is_committed_is_what_the_desk_holds(self) -> None:
        ledger = self.controller.ledger
        if not self.controller.unwritten:
            assert ledger.open_calls() == self.desk.calls
            assert ledger.open_callbacks() == self.desk.book.callbacks
            assert ledger.open_cases() == self.desk.book.cases
            assert ledger.open_files() == self.desk.cabinet.files
            for key, each in self.desk.advisers.items():  # whoever has just joined the team is nobody's news yet
                assert each == ledger.advisers.get(key) or each == Adviser(key, each.state_since, each.idle_since)

    def _nobody_who_answers_hears_silence(self) -> None:
        for leg, each in self.asterisk.legs.items():
            if each.called_back and each.up:
                assert each.bridge is not None or each.playback is not None or each.music, f"{leg} hears nothing"

    def _nobody_who_waits_or_is_held_hears_silence(self) -> None:
        for call in self.desk.calls.values():
            state, leg = call.state, self.asterisk.legs[call.leg]
            if isinstance(state, Waiting | CallOffered | Forwarded) or (
                isinstance(state, Talking) and (state.held or rejoin.lost(state))
            ):
                assert leg.music or leg.playback is not None, f"{call.id} hears nothing while {state.kind}"

    def _everybody_is_in_the_bridge_that_is_theirs(self) -> None:
        for call in self.desk.calls.values():
            state = call.state
            ours = (call.leg, *other_legs(call))
            inside = {leg for leg in ours if self.asterisk.legs[leg].bridge is not None}
            expected = set()
            if isinstance(state, Talking) and not rejoin.lost(state):
                expected = set(bridged_legs(call, state))
                assert all(self.asterisk.legs[leg].bridge == state.bridge for leg in inside)
            assert inside == expected, f"{call.id}: {state}"
        for callback in self.desk.book.callbacks.values():
            talk = callback.state
            if isinstance(talk, CallbackTalking | WithGuest):
                bridges = {leg: self.asterisk.legs[leg].bridge for leg in legs(callback)}
                expected = dict.fromkeys(talking.bridged_legs(talk), talk.bridge)
                assert {leg: bridge for leg, bridge in bridges.items() if bridge} == expected, f"{callback}"

    def _whom_the_desk_believes_on_the_line_is(self) -> None:
        believed = {leg for call in self.desk.calls.values() for leg in (call.leg, *other_legs(call))}
        for callback in self.desk.book.callbacks.values():
            if not isinstance(callback.state, Offered):  # the card's leg has a name and does not ring
                believed |= set(legs(callback))
        assert believed <= self.asterisk.legs.keys(), "a leg is believed in that is not there"

    def _nobodys_phone_rings_without_an_adviser(self) -> None:
        dialled = {each.state.leg for each in self.desk.book.callbacks.values() if isinstance(each.state, Dialling)}
        ringing = {leg for leg, each in self.asterisk.legs.items() if each.number and not each.line and not each.up}
        theirs = {leg for leg in ringing if self.asterisk.legs[leg].called_back}
        assert theirs <= dialled, "who would answer is answered by nobody"
        guests = {leg for call in self.desk.calls.values() for leg in other_legs(call)}
        guests |= {leg for callback in self.desk.book.callbacks.values() for leg in legs(callback)}
        assert ringing - theirs <= guests, "a guest would be answered by nobody"


def _held_to_the_oracle(desk: Desk) -> None:
    """From now on every choice of this desk is compared with the plain one."""
    sound = desk.pool.next_match

    def next_match(at, reserved_left):  # type: ignore[no-untyped-def]
        found: Match | None = sound(at, reserved_left)
        callbacks = desk.book.callbacks.values()
        queues = [desk.queue(queue) for queue in {each.queue for each in callbacks}]
        plain = best_match(desk.calls.values(), callbacks, desk.advisers.values(), desk.rules, queues, at)
        assert found == plain
        return found

    desk.pool.next_match = next_match  # type: ignore[method-assign, assignment]
