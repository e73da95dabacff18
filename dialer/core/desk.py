"""The desk: one entrance for everything that happens. ``handle(event)`` → a Change; ``next_deadline``: when to come.

Decides how one event travels: to the call or callback it concerns, from there by signals to the adviser, then to
`assign`, until nothing follows any more. In memory are calls (`switchboard`), advisers (`team`), callbacks (`book`)
and files of cases (`cabinet`), each with what it is looked up by. Must not know Asterisk, the clock, the database or
the screens; it is handed what was stored at the start and gives back what changed.

A defect drops one call or callback, not the centre: an ImpossibleEvent sends that call to a safe exit, or that callback
to a person, and is counted, unless the desk is strict (tests, simulator), where it is raised.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dialer.core import adviser as advisers
from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.adviser import Adviser
from dialer.core.agenda import Agenda
from dialer.core.assign import Pool
from dialer.core.callbacks import states as callbacks
from dialer.core.callbacks.book import Book, Kept
from dialer.core.callbacks.promises import Promises
from dialer.core.callbacks.slots import Slot, overbooked, reserved
from dialer.core.callbacks.states import CallbackId
from dialer.core.callbacks.told import CardAccepted, CardRefused, DialAsked
from dialer.core.calls import states as calls
from dialer.core.calls.states import AdviserBack, Call, LeftWhy, Offered, Waiting
from dialer.core.calls.switchboard import Switchboard
from dialer.core.calls.told import TalkTold
from dialer.core.cases.bank import Bank
from dialer.core.cases.cabinet import Cabinet
from dialer.core.cases.office import Office, OfficeEvent
from dialer.core.change import Change
from dialer.core.contacts.contacts import Contacts
from dialer.core.in_force import InForce
from dialer.core.numbers import Parsed
from dialer.core.outlook import Outlook
from dialer.core.reconciliation import reconcile
from dialer.core.reference import KEY_MIN
from dialer.core.rules import LineRules, QueueRules, Rules
from dialer.core.structures.register import Register
from dialer.core.talks import Talks
from dialer.core.team import Team
from dialer.core.words import AdviserId, BridgeId, CallId, Cause, Instant, LegId, LineId, QueueId, record
from ivr.flow import Flow
from schedules.hours import Opening

CALLBACKS_AT_ONCE_MAX = 200
"""Callbacks whose deadline is seen to in one go; those due with them come right after, behind what calls need."""


class Desk:
    """All that is going on. Also the `Scene` of every call."""

    def __init__(
        self,
        rules: Rules,
        at: Instant,
        calls: Iterable[Call] = (),
        advisers: Iterable[Adviser] = (),
        answers: Iterable[tuple[QueueId, Instant]] = (),
        over: Iterable[CallId] = (),
        *,
        kept: Kept | None = None,
        reference_key: bytes = bytes(KEY_MIN),
        strict: bool = False,
    ) -> None:
        """kept: the open callbacks and cases. reference_key: the installation's own, else references are guessed."""
        self._in_force = InForce(rules)
        self._by_leg: dict[LegId, CallId] = {}
        self._agenda = Agenda()
        self._held: list[CallId] = []
        self._pool = Pool()
        self._outlook = Outlook()
        self.link_up = False
        self.team = Team(rules, at, self._pool, self._agenda, strict=strict)
        kept = kept or Kept()
        self.book = Book(self._in_force, reference_key, kept, at)
        self.cabinet = Cabinet(self._in_force, self.book, kept.files, Bank(kept.templates))
        self.register = Register(kept.structures)
        self.promises = Promises(
            self.book, self.cabinet, self.team, self._pool, self._agenda, self._by_leg, strict=strict
        )
        self.office = Office(self.book, self.promises, self.cabinet, self.register)
        self.contacts = Contacts(self.book, self.promises, self.team, kept.contacts)
        self.switchboard = Switchboard(
            self, self.book, self.promises, self.team, self._pool, self._agenda, self._outlook, self._by_leg, over,
            strict=strict,
        )  # fmt: skip
        self.talks = Talks(
            lambda: self.rules, self.line, self.switchboard, self.promises, self.book, self.team, self.register
        )
        for queue, answered_at in sorted(answers, key=lambda pair: pair[1]):
            self._outlook.answered(queue, answered_at)
        for adviser in advisers:
            self.team.keep(adviser)
        for call in calls:
            self.switchboard.keep(call)
        self._learn(rules, at)

    # -- what may be read --------------------------------------------------------------------------

    @property
    def rules(self) -> Rules:
        return self._in_force.rules

    @property
    def calls(self) -> Mapping[CallId, Call]:
        """The calls that have not ended."""
        return self.switchboard.calls

    @property
    def advisers(self) -> Mapping[AdviserId, Adviser]:
        return self.team.advisers

    @property
    def pool(self) -> Pool:
        return self._pool

    def on_phone(self, queue: QueueId) -> int:
        """How many advisers with the skill are on a phone shift."""
        return len(self.team.duty.with_skill(queue))

    @property
    def next_deadline(self) -> Instant | None:
        """When to come with DeadlineReached if nothing happens before; it may turn out that nothing is due then."""
        return self._agenda.next_at

    def knows(self, leg: LegId) -> bool:
        return leg in self._by_leg

    def legs(self) -> frozenset[LegId]:
        return frozenset(self._by_leg)

    def bridges(self) -> frozenset[BridgeId]:
        """Those in which somebody talks."""
        of_calls = {call.state.bridge for call in self.calls.values() if isinstance(call.state, calls.Talking)}
        states = (callback.state for callback in self.book.callbacks.values())
        talks = {state.bridge for state in states if isinstance(state, callbacks.Talking | callbacks.WithGuest)}
        return frozenset(of_calls | talks)

    def holds(self, visit: CallId, adviser: AdviserId) -> bool:
        """Whether what this adviser is busy with still goes on."""
        callback = self.book.of_visit(visit)
        busy = (callbacks.holder(callback), callbacks.guest_of(callback)) if callback is not None else ()
        return visit in self.calls or adviser in busy

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
        refused = self.no_room(queue)
        return None if refused == "full" and self._pool.queue_of(call.id) == queue else refused  # there already

    def no_room(self, queue: QueueId) -> LeftWhy | None:
        """Why nobody more can wait in it now."""
        if self.team.duty.best_level(queue) is None:
            return "no_adviser"
        return "full" if self._pool.waiting(queue) >= self.queue(queue).size_max else None

    def first_level(self, queue: QueueId, at: Instant) -> int:
        return self.team.duty.best_level(queue) or 1

    def position(self, call: Call) -> int:
        return self._pool.position(call.id)

    def expected_wait_s(self, queue: QueueId, position: int, at: Instant) -> tuple[float, float] | None:
        return self._outlook.expected_wait_s(queue, position, at)

    def anyone_ready(self, queue: QueueId) -> bool:
        return self.team.anyone_ready(queue)

    def slots(self, line: LineId, queue: QueueId, phone: Parsed, at: Instant) -> Sequence[Slot]:
        return self.book.slots(line, queue, phone, at)

    # -- the entrance ------------------------------------------------------------------------------

    def handle(self, event: ev.Event) -> Change:
        """What follows from ``event``. Unknown legs and calls are late news of what is over, and harmless."""
        change = Change(event.at)
        duty = self.team.duty
        if duty.until is not None and event.at >= duty.until:
            self._shift_changed(event.at, change)
        match event:
            case ev.CallArrived():
                self.switchboard.arrived(event, self.rules, change)
            case ev.LegAnswered(leg=leg) if leg not in self._by_leg:
                # A phone that answers what is over (200 crosses CANCEL): no ghost leg stays behind.
                change.commands.append(cmd.HangUp(leg))
            case ev.LegAnswered(leg=leg) | ev.LegLeft(leg=leg) | ev.DigitPressed(leg=leg) | ev.PromptFinished(leg=leg):
                self._tell(self._by_leg.get(leg), event, change)
            case ev.MachineDetected(leg=leg, ear=ear) if leg not in self._by_leg:
                change.commands.append(cmd.HangUp(ear))
            case ev.MachineDetected(leg=leg) | ev.GreetingOver(leg=leg) if leg in self._by_leg:
                self.promises.tell(self._by_leg[leg], event, change)
            case ev.JoinRefused(bridge=bridge):
                self._tell(self._talk_in(bridge), event, change)
            case ev.HookAnswered(call=call):
                self.switchboard.tell(call, event, change)
            case ev.WishSet(adviser=adviser, leg=leg) if leg is not None:
                self.team.tell(adviser, event, change)
                change.commands.append(cmd.ConfirmWish(leg, event.wish, done=change.refused is None))
            case ev.WishSet(adviser=adviser) | ev.HelpAsked(adviser=adviser):
                self.team.tell(adviser, event, change)
            case ev.PhoneRegistered(adviser=adviser, forgot=forgot):
                self.team.tell(adviser, event, change)
                self.adviser_back(adviser, AdviserBack(event.at, forgot), change)
            case ev.PhoneUnregistered(adviser=adviser):
                self.phone_gone(adviser, event, change)
            case ev.LinkLost():
                self.link_up = False
                change.records.append(record(event.at, "link_lost"))
            case ev.Reconciled():
                self._reconciled(event, change)
            case ev.RulesChanged(rules=rules):
                self._learn(rules, event.at, change)
            case ev.DeadlineReached():
                self._deadlines(event, change)
            case ev.CallbacksAsked():
                self.promises.asked(event, change)
            case ev.CallbackTold():
                self.promises.told(event, change)
            case CardAccepted() | CardRefused() | DialAsked():
                self.promises.card(event, change)
            case _ if isinstance(event, TalkTold):
                self.talks.tell(event, self.link_up, change)
            case _ if isinstance(event, OfficeEvent):
                self.office.tell(event, change)
            case ev.ContactWritten() | ev.ContactsLooked() | ev.NotesOver():
                self.contacts.tell(event, change)
            case ev.AccessTold(records=records):
                change.records += records
        self.contacts.follow(event, change)
        self._assign(change)
        return change

    def _tell(
        self,
        visit: CallId | None,
        event: ev.LegAnswered | ev.LegLeft | ev.DigitPressed | ev.PromptFinished | ev.JoinRefused | AdviserBack,
        change: Change,
    ) -> None:
        """To the call or the callback whose leg it is."""
        if visit is None or visit in self.calls:
            self.switchboard.tell(visit, event, change)
        else:
            self.promises.tell(visit, event, change)

    def _talk_in(self, bridge: BridgeId) -> CallId | None:
        """A bridge bears the name of its first leg, which may have gone since and another come."""
        found = self._by_leg.get(LegId(bridge.removesuffix("-b")))
        if found is not None:
            return found
        for call in self.calls.values():
            if isinstance(call.state, calls.Talking) and call.state.bridge == bridge:
                return call.id
        for callback in self.book.callbacks.values():
            state = callback.state
            if isinstance(state, callbacks.Talking | callbacks.WithGuest) and state.bridge == bridge:
                return callbacks.visit(callback)
        return None

    def adviser_back(self, adviser_id: AdviserId, event: AdviserBack, change: Change) -> None:
        """A phone of theirs registered: the talk that they are in may need it."""
        adviser = self.advisers.get(adviser_id)
        if adviser is not None and isinstance(adviser.state, advisers.Talking):
            self._tell(adviser.state.call, event, change)

    def phone_gone(self, adviser_id: AdviserId, event: ev.PhoneUnregistered, change: Change) -> None:
        self.team.tell(adviser_id, event, change)
        adviser = self.advisers.get(adviser_id)
        if adviser is not None and isinstance(adviser.state, advisers.Ringing):
            leg = adviser.state.leg
            change.commands.append(cmd.HangUp(leg))
            self._tell(adviser.state.call, ev.LegLeft(event.at, leg, Cause.UNREACHABLE), change)

    # -- who is offered which ----------------------------------------------------------------------

    def _assign(self, change: Change) -> None:
        while self.link_up and (match := self._pool.next_match(change.at, self._reserved_left)) is not None:
            made = calls.OfferMade(change.at, match.adviser, match.why)
            if match.callback:
                self.promises.tell(match.call, made, change)
            else:
                self.switchboard.tell(match.call, made, change)
            offered = self.book.of_visit(match.call) if match.callback else self.calls.get(match.call)
            state = offered.state if offered is not None else None
            if isinstance(state, Offered | callbacks.Offered):  # the gate may have said no; a defect may have ended it
                offer = advisers.OfferReceived(change.at, match.call, state.offer, state.leg, state.deadline)
                self.team.tell(match.adviser, offer, change)

    def _reserved_left(self, queue: QueueId) -> bool:
        return self.book.in_flight(queue) < reserved(self.queue(queue), self.on_phone(queue))

    # -- time --------------------------------------------------------------------------------------

    def _deadlines(self, event: ev.DeadlineReached, change: Change) -> None:
        """Everything due, in the order of the deadlines, even when late. Without a link those of legs are held."""
        room = CALLBACKS_AT_ONCE_MAX
        for at, kind, key in self._agenda.take(event.at):
            if kind == "adviser":
                adviser = self.advisers.get(AdviserId(key))
                if adviser is not None and advisers.deadline(adviser) == at:
                    self.team.tell(adviser.id, event, change)
            elif kind == "call":  # a change of shift was seen to at the entrance
                call = self.calls.get(CallId(key))
                if call is None or calls.deadline(call) != at:
                    continue
                if self.link_up:
                    self.switchboard.tell(call.id, event, change)
                else:
                    self._held.append(call.id)
            elif kind == "callback":
                callback = self.book.of_visit(CallId(key))
                if callback is None or callbacks.deadline(callback) != at:
                    continue
                if room == 0:
                    self._agenda.put(at, kind, key)
                elif self.link_up or not callbacks.legs(callback):
                    room -= 1
                    self.promises.tell(CallId(key), event, change)
                else:
                    self._held.append(CallId(key))

    def _shift_changed(self, at: Instant, change: Change) -> None:
        self.team.turn_shift(at, change)
        for call in list(self.calls.values()):
            if not isinstance(call.state, Waiting):
                continue
            best = self.team.duty.best_level(call.state.queue)
            if best is None:
                self.switchboard.tell(call.id, calls.QueueUnstaffed(at), change)
            elif call.state.level < best:  # those who could be offered this caller have gone
                self.switchboard.tell(call.id, ev.DeadlineReached(at), change)

    # -- configuration -----------------------------------------------------------------------------

    def _learn(self, rules: Rules, at: Instant, change: Change | None = None) -> None:
        """Follow these rules from now on. Running calls keep their flow; who left the team goes after their call."""
        self._in_force.follow(rules, self.calls.values(), self.book.callbacks.values())
        self.book.recount()
        self.team.follow(rules, at)
        if change is not None:
            change.records.append(record(at, "rules_changed", version=rules.version))
            self._shift_changed(at, change)
            at_risk = self.promises_at_risk(at)
            change.records += [record(at, "callback_promise_at_risk", CallId(callback)) for callback in at_risk]

    def promises_at_risk(self, at: Instant) -> tuple[CallbackId, ...]:
        """Those of slots that hold more promises than the roster can staff.

        They are kept for as long as they can be; one whose window goes by moves by the stated rule
        (`callback_moves.miss_promise`), never silently.
        """
        found: list[CallbackId] = []
        for line in self.rules.lines.values():
            if line.callback_queue is not None:
                queue = self.queue(line.callback_queue)
                for window in overbooked(self.rules, line, queue, self.book.promised(queue.id), at):
                    in_slot = self.book.in_slot(queue.id, window.start_at)
                    found += [each for each in in_slot if self.book.callbacks[each].line == line.id]
        return tuple(found)

    def _reconciled(self, event: ev.Reconciled, change: Change) -> None:
        self.link_up = True
        reconcile(self, event, change)
        self._shift_changed(event.at, change)  # while we were away shifts, queues and teams may have ended
        self.switchboard.forget_sent_away()
        held, self._held = self._held, []
        for visit in held:
            if visit in self.calls:
                self.switchboard.tell(visit, ev.DeadlineReached(event.at), change)
            else:
                self.promises.tell(visit, ev.DeadlineReached(event.at), change)
