"""The desk: one entrance for everything that happens. ``handle(event)`` → a Change; ``next_deadline``: when to come.

Decides how one event travels: to the call it concerns, from there by signals to the adviser, then to `assign`, until
nothing follows any more. Holds the calls, the advisers and their indexes in memory. Must not know Asterisk, the clock,
the database or the screens; it is handed stored calls and advisers at the start and gives back what changed.

A defect drops one call, not the centre: an ImpossibleEvent sends that call to a safe exit and is counted, unless the
desk is strict (tests, simulator), where it is raised.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from dialer.core import adviser as advisers
from dialer.core import call as machine
from dialer.core import call_states as calls
from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.adviser import Adviser, AdviserEvent
from dialer.core.agenda import Agenda
from dialer.core.assign import Pool
from dialer.core.call_moves import CallStep
from dialer.core.call_states import Arrived, Call, CallEvent, Ended, LeftWhy, Offered, Signal, Talking, Waiting
from dialer.core.duty import Duty
from dialer.core.in_force import InForce
from dialer.core.outlook import Outlook
from dialer.core.rules import LineRules, QueueRules, Rules
from dialer.core.words import (
    AdviserId,
    CallId,
    Cause,
    ImpossibleEvent,
    Instant,
    LegId,
    LineId,
    QueueId,
    Record,
    Wish,
    record,
)
from ivr.flow import Flow
from schedules.hours import Opening

OVER_KEPT_MAX = 2000
"""Ended calls whose ids are remembered, so that a duplicate arrival that comes late is known as one."""


@dataclass(slots=True)
class Change:
    """What one event made: commands to perform, records for the journal, and the calls and advisers that changed."""

    at: Instant
    commands: list[cmd.Command] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    calls: dict[CallId, Call] = field(default_factory=dict)
    advisers: dict[AdviserId, Adviser] = field(default_factory=dict)
    defects: list[str] = field(default_factory=list)


class Desk:
    """All calls and advisers. Also the `Scene` of every call."""

    def __init__(
        self,
        rules: Rules,
        at: Instant,
        calls: Iterable[Call] = (),
        advisers: Iterable[Adviser] = (),
        answers: Iterable[tuple[QueueId, Instant]] = (),
        over: Iterable[CallId] = (),
        *,
        strict: bool = False,
    ) -> None:
        self._in_force = InForce(rules)
        self._strict = strict
        self._calls: dict[CallId, Call] = {}
        self._advisers: dict[AdviserId, Adviser] = {}
        self._by_leg: dict[LegId, CallId] = {}
        self._over: dict[CallId, None] = dict.fromkeys(over)
        self._agenda = Agenda()
        self._held: list[CallId] = []
        self._sent_away: set[LegId] = set()
        self._duty = Duty(rules, at)
        self._pool = Pool()
        self._outlook = Outlook()
        self.link_up = False
        for queue, answered_at in sorted(answers, key=lambda pair: pair[1]):
            self._outlook.answered(queue, answered_at)
        for adviser in advisers:
            self._keep_adviser(adviser)
        for call in calls:
            self._keep_call(call)
        self._learn(rules, at)

    # -- what may be read --------------------------------------------------------------------------

    @property
    def rules(self) -> Rules:
        return self._in_force.rules

    @property
    def calls(self) -> Mapping[CallId, Call]:
        """The calls that have not ended."""
        return self._calls

    @property
    def advisers(self) -> Mapping[AdviserId, Adviser]:
        return self._advisers

    @property
    def pool(self) -> Pool:
        return self._pool

    def on_phone(self, queue: QueueId) -> int:
        """How many advisers with the skill are on a phone shift."""
        return len(self._duty.with_skill(queue))

    @property
    def next_deadline(self) -> Instant | None:
        """When to come with DeadlineReached if nothing happens before; it may turn out that nothing is due then."""
        return self._agenda.next_at

    def knows(self, leg: LegId) -> bool:
        return leg in self._by_leg

    # -- the scene of a call -----------------------------------------------------------------------

    def flow(self, call: Call) -> Flow | None:
        return self._in_force.flow(call)

    def line(self, line: LineId) -> LineRules | None:
        return self._in_force.line(line)

    def queue(self, queue: QueueId) -> QueueRules:
        return self._in_force.queue(queue)

    def opening(self, line: LineId, at: Instant) -> Opening:
        return self._in_force.opening(line, at)

    def refusal(self, call: Call, queue: QueueId, at: Instant) -> LeftWhy | None:
        if self._duty.best_level(queue) is None:
            return "no_adviser"
        if self._pool.queue_of(call.id) == queue:  # there already
            return None
        return "full" if self._pool.waiting(queue) >= self.queue(queue).size_max else None

    def first_level(self, queue: QueueId, at: Instant) -> int:
        return self._duty.best_level(queue) or 1

    def position(self, call: Call) -> int:
        return self._pool.position(call.id)

    def expected_wait_s(self, queue: QueueId, position: int, at: Instant) -> tuple[float, float] | None:
        return self._outlook.expected_wait_s(queue, position, at)

    def anyone_ready(self, queue: QueueId) -> bool:
        return any(self._advisers[adviser].wish is Wish.READY for adviser in self._duty.with_skill(queue))

    # -- the entrance ------------------------------------------------------------------------------

    def handle(self, event: ev.Event) -> Change:
        """What follows from ``event``. Unknown legs and calls are late news of what is over, and harmless."""
        change = Change(event.at)
        if self._duty.until is not None and event.at >= self._duty.until:
            self._shift_changed(event.at, change)
        match event:
            case ev.CallArrived():
                self._arrived(event, change)
            case ev.LegAnswered(leg=leg) if leg not in self._by_leg:
                # A phone that answers what is over (200 crosses CANCEL): no ghost leg stays behind.
                change.commands.append(cmd.HangUp(leg))
            case ev.LegAnswered(leg=leg) | ev.LegLeft(leg=leg) | ev.DigitPressed(leg=leg) | ev.PromptFinished(leg=leg):
                self._tell_call(self._by_leg.get(leg), event, change)
            case ev.JoinRefused(bridge=bridge):
                leg = LegId(bridge.removesuffix("-b"))
                self._tell_call(self._by_leg.get(leg), event, change)
            case ev.HookAnswered(call=call):
                self._tell_call(call, event, change)
            case ev.WishSet(adviser=adviser) | ev.PhoneRegistered(adviser=adviser):
                self._tell_adviser(adviser, event, change)
            case ev.PhoneUnregistered(adviser=adviser):
                self._phone_gone(adviser, event, change)
            case ev.LinkLost():
                self.link_up = False
                change.records.append(record(event.at, "link_lost"))
            case ev.Reconciled():
                self._reconcile(event, change)
            case ev.RulesChanged(rules=rules):
                self._learn(rules, event.at, change)
            case ev.DeadlineReached():
                self._deadlines(event, change)
        self._assign(change)
        return change

    # -- calls -------------------------------------------------------------------------------------

    def _arrived(self, event: ev.CallArrived, change: Change) -> None:
        if event.call in self._calls or event.call in self._over:
            return
        line = self.rules.lines.get(event.line)
        if line is None:  # the line was taken out of the configuration since the dialplan was written
            change.commands.append(cmd.SendToApology(event.leg, event.line))
            self._sent_away.add(event.leg)
            return
        self._take(machine.arrive(event, line, self.rules), change)

    def _tell_call(self, call_id: CallId | None, event: CallEvent, change: Change) -> None:
        call = self._calls.get(call_id) if call_id is not None else None
        if call is None:
            return
        try:
            step = machine.transition(call, event, self)
        except Exception as defect:  # whatever it is, it must not reach the other calls
            if self._strict:
                raise
            change.defects.append(f"{type(defect).__name__}: {defect}")
            step = machine.safe_exit(call, change.at)
        self._take(step, change)

    def _take(self, step: CallStep, change: Change) -> None:
        """Carry out a call's step: keep the call, collect what it asks for, tell the advisers."""
        change.commands += step.commands
        change.records += step.records
        self._keep_call(step.call)
        change.calls[step.call.id] = step.call
        for signal in step.signals:
            if isinstance(signal, calls.OfferAnswered) and step.call.queue is not None:
                self._outlook.answered(step.call.queue, change.at)
            self._tell_adviser(signal.adviser, signal, change)

    def _keep_call(self, call: Call) -> None:
        """Hold the call and what is indexed by it: its legs, its place in the pool, its deadline."""
        before = self._calls.get(call.id)
        other = calls.ring_leg(call)
        if before is not None:
            old = calls.ring_leg(before)
            if old is not None and old != other:
                self._by_leg.pop(old, None)
        state = call.state
        if isinstance(state, Waiting):
            self._pool.put_call(call.id, state.queue, state.level, -state.priority, call.arrived_at, state.queued_at)
        elif before is not None and isinstance(before.state, Waiting):
            self._pool.drop_call(call.id)
        if isinstance(state, Ended):
            self._calls.pop(call.id, None)
            self._by_leg.pop(call.leg, None)
            self._over[call.id] = None
            if len(self._over) > OVER_KEPT_MAX:
                del self._over[next(iter(self._over))]
            return
        self._calls[call.id] = call
        self._by_leg[call.leg] = call.id
        if other is not None:
            self._by_leg[other] = call.id
        until = calls.deadline(call)
        if until is not None:
            self._agenda.put(until, "call", call.id)

    # -- advisers ----------------------------------------------------------------------------------

    def _tell_adviser(self, adviser_id: AdviserId, event: AdviserEvent | Signal, change: Change) -> None:
        adviser = self._advisers.get(adviser_id)
        if adviser is None:
            return
        try:
            step = advisers.transition(adviser, event, change.at)
        except ImpossibleEvent as defect:
            if self._strict:
                raise
            change.defects.append(str(defect))
            return
        if step.adviser != adviser:
            self._keep_adviser(step.adviser)
            change.advisers[adviser_id] = step.adviser
            change.records += step.records

    def _keep_adviser(self, adviser: Adviser) -> None:
        if adviser.id not in self.rules.advisers and isinstance(adviser.state, advisers.Free | advisers.Unreachable):
            self._pool.drop_adviser(adviser.id)  # left the team, and their last call is over
            self._advisers.pop(adviser.id, None)
            return
        self._advisers[adviser.id] = adviser
        self._index_adviser(adviser)
        until = advisers.deadline(adviser)
        if until is not None:
            self._agenda.put(until, "adviser", adviser.id)

    def _index_adviser(self, adviser: Adviser) -> None:
        """In the pool exactly while eligible: on a phone shift, ready, free, rested, with a phone registered."""
        rules = self.rules.advisers.get(adviser.id)
        free = isinstance(adviser.state, advisers.Free) and adviser.state.rest_until is None
        if (
            rules is not None
            and free
            and adviser.registered
            and adviser.wish is Wish.READY
            and adviser.id in self._duty.advisers
        ):
            self._pool.put_adviser(adviser.id, adviser.idle_since, rules.skills)
        else:
            self._pool.drop_adviser(adviser.id)

    def _phone_gone(self, adviser_id: AdviserId, event: ev.PhoneUnregistered, change: Change) -> None:
        self._tell_adviser(adviser_id, event, change)
        adviser = self._advisers.get(adviser_id)
        if adviser is not None and isinstance(adviser.state, advisers.Ringing):
            leg = adviser.state.leg
            change.commands.append(cmd.HangUp(leg))
            self._tell_call(adviser.state.call, ev.LegLeft(event.at, leg, Cause.UNREACHABLE), change)

    # -- who is offered which ----------------------------------------------------------------------

    def _assign(self, change: Change) -> None:
        while self.link_up and (match := self._pool.next_match(change.at)) is not None:
            self._tell_call(match.call, calls.OfferMade(change.at, match.adviser, match.why), change)
            call = self._calls.get(match.call)
            if call is None:
                continue  # a defect ended it: the next caller
            state = call.state
            assert isinstance(state, Offered)
            self._tell_adviser(
                match.adviser,
                advisers.OfferReceived(change.at, match.call, state.offer, state.leg, state.deadline),
                change,
            )

    # -- time --------------------------------------------------------------------------------------

    def _deadlines(self, event: ev.DeadlineReached, change: Change) -> None:
        """Everything due, in the order of the deadlines, even when late. Without a link a call's deadlines are held."""
        for at, kind, key in self._agenda.take(event.at):
            if kind == "adviser":
                adviser = self._advisers.get(AdviserId(key))
                if adviser is not None and advisers.deadline(adviser) == at:
                    self._tell_adviser(adviser.id, event, change)
            elif kind == "call":  # a change of shift was seen to at the entrance
                call = self._calls.get(CallId(key))
                if call is None or calls.deadline(call) != at:
                    continue
                if self.link_up:
                    self._tell_call(call.id, event, change)
                else:
                    self._held.append(call.id)

    def _plan(self, at: Instant) -> None:
        self._duty = Duty(self.rules, at)
        if self._duty.until is not None:
            self._agenda.put(self._duty.until, "shift", "")

    def _shift_changed(self, at: Instant, change: Change) -> None:
        before = self._duty.advisers
        self._plan(at)
        for adviser in list(self._advisers.values()):
            if adviser.id in self._duty.advisers - before:
                # Idle is counted from coming on the phone: a meeting is no wait for a call.
                change.advisers[adviser.id] = adviser = replace(adviser, idle_since=at)
            self._keep_adviser(adviser)
        for call in list(self._calls.values()):
            if not isinstance(call.state, Waiting):
                continue
            best = self._duty.best_level(call.state.queue)
            if best is None:
                self._tell_call(call.id, calls.QueueUnstaffed(at), change)
            elif call.state.level < best:  # those who could be offered this caller have gone
                self._tell_call(call.id, ev.DeadlineReached(at), change)

    # -- configuration -----------------------------------------------------------------------------

    def _learn(self, rules: Rules, at: Instant, change: Change | None = None) -> None:
        """Follow these rules from now on. Running calls keep their flow; who left the team goes after their call."""
        self._in_force.follow(rules, self._calls.values())
        self._plan(at)
        for adviser_id in rules.advisers:
            if adviser_id not in self._advisers:
                self._keep_adviser(Adviser(adviser_id, at, at))
        for adviser in list(self._advisers.values()):
            self._keep_adviser(adviser)
        if change is not None:
            change.records.append(record(at, "rules_changed", version=rules.version))
            self._shift_changed(at, change)

    # -- restart, reconnection, Asterisk's restart: one way ----------------------------------------

    def _reconcile(self, event: ev.Reconciled, change: Change) -> None:
        """Compare Asterisk's truth with memory, and mend the difference as if the missed events came now."""
        at = event.at
        differences = 0
        self.link_up = True
        for adviser in list(self._advisers.values()):
            if (adviser.id in event.phones) != adviser.registered:
                differences += 1
                if adviser.id in event.phones:
                    self._tell_adviser(adviser.id, ev.PhoneRegistered(at, adviser.id), change)
                else:
                    self._phone_gone(adviser.id, ev.PhoneUnregistered(at, adviser.id), change)
        known = frozenset(self._by_leg)  # a call that ends by this has seen to its legs: one may hear the apology
        for call in list(self._calls.values()):
            differences += self._reconcile_call(call, event, change)
        for adviser in list(self._advisers.values()):
            state = adviser.state
            if isinstance(state, advisers.Ringing | advisers.Talking) and state.call not in self._calls:
                differences += 1  # their call is over, and the end was not stored with them
                self._tell_adviser(adviser.id, calls.OfferWithdrawn(adviser.id, state.call), change)
        for leg in event.legs:
            if leg not in known and leg not in self._sent_away:
                differences += 1
                change.commands.append(cmd.HangUp(leg))
                self._never_name_again(leg, change)
        ours = {call.state.bridge for call in self._calls.values() if isinstance(call.state, Talking)}
        for bridge in event.bridges - ours:
            differences += 1
            change.commands.append(cmd.CloseBridge(bridge))
        self._shift_changed(at, change)  # while we were away shifts, queues and teams may have ended
        self._sent_away.clear()
        held, self._held = self._held, []
        for call_id in held:
            if call_id in self._calls:
                self._tell_call(call_id, ev.DeadlineReached(at), change)
        change.records.append(record(at, "reconciled", differences=differences))

    def _reconcile_call(self, call: Call, event: ev.Reconciled, change: Change) -> int:
        """The number of differences found for this call."""
        at = event.at
        lost = Cause.UNKNOWN
        if event.started_at is not None and call.arrived_at < event.started_at:
            lost = Cause.FAILED  # Asterisk died since: its calls died with it
        if call.leg not in event.legs:
            self._tell_call(call.id, ev.LegLeft(at, call.leg, lost), change)
            return 1
        other = calls.ring_leg(call)
        if other is not None and other not in event.legs:
            self._tell_call(call.id, ev.LegLeft(at, other, lost), change)
            back = self._calls.get(call.id)
            if back is not None and isinstance(back.state, Waiting):
                self._tell_call(call.id, calls.Resumed(at), change)
            return 1
        state = call.state
        if isinstance(state, Arrived) and event.legs[call.leg].up:
            self._tell_call(call.id, ev.LegAnswered(at, call.leg), change)
            return 1
        bridged = isinstance(state, Talking) and all(
            event.legs[leg].bridge == state.bridge for leg in (call.leg, state.leg)
        )
        other_up = other is not None and event.legs[other].up
        self._tell_call(call.id, calls.Resumed(at, bridged=bridged, other_up=other_up), change)
        return 0

    def _never_name_again(self, leg: LegId, change: Change) -> None:
        """A leg that we rang and whose naming was lost with a crash: its number is used, so that no new leg gets it."""
        call_id, _, letter_and_number = leg.rpartition("-")
        call, number = self._calls.get(CallId(call_id)), letter_and_number[1:]
        if call is not None and number.isdecimal():
            self._take(CallStep(replace(call, legs=max(call.legs, int(number)))), change)
