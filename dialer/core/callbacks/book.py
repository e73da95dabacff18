"""The book: every open callback and case, what was promised when, and what is known of the numbers.

Decides which case a request belongs to, what a person who asks is told, what an outcome does to the case, and answers
what a callback asks of its surroundings (it is their `Scene`). Must not know calls, advisers or who is offered what:
`desk` carries events to the callbacks and their signals to the advisers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from dialer.core.callbacks import callback as machine
from dialer.core.callbacks import states
from dialer.core.callbacks.book_index import CallbackIndex, CaseIndex
from dialer.core.callbacks.compliance import Allowed, Dial, Refused, may_dial
from dialer.core.callbacks.history import KEPT, Dialled, History
from dialer.core.callbacks.legal_clock import legal_deadline
from dialer.core.callbacks.moves import CallbackStep
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.request import Booking, Intake, Key, Request, Source
from dialer.core.callbacks.rules import CallbackRules
from dialer.core.callbacks.slots import Slot, free_slots, slot_of
from dialer.core.callbacks.states import Callback, CallbackId, CaseId, Closed, Requested
from dialer.core.callbacks.told import Rescheduled
from dialer.core.cases.case import Case, Kind, SameCase, case_of, end, flags
from dialer.core.cases.file import CaseFile
from dialer.core.cases.template import Template
from dialer.core.contacts.contact import Contact
from dialer.core.in_force import InForce
from dialer.core.numbers import Parsed
from dialer.core.places.territory import homes
from dialer.core.reasons import Reason
from dialer.core.reference import reference
from dialer.core.revision import Versioned
from dialer.core.rules import QueueRules
from dialer.core.structures.structure import Structure
from dialer.core.words import E164, AdviserId, CallId, Instant, LineId, QueueId
from schedules.windows import Reach, next_allowed

STAYS_OPEN = frozenset({CallbackOutcome.RDV_FIXE, CallbackOutcome.INJOIGNABLE, CallbackOutcome.ALERTE_DANGER})
"""Outcomes of a callback with which a legal request goes on: to its appointment, or to an officer."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a start takes up. next_serial: above every serial that was ever given."""

    callbacks: tuple[Callback, ...] = ()
    files: tuple[Versioned[CaseFile], ...] = ()
    dialled: tuple[Dialled, ...] = ()
    declined: tuple[tuple[E164, Instant], ...] = ()
    opposed: tuple[E164, ...] = ()
    next_serial: int = 0
    templates: tuple[Template, ...] = ()
    structures: tuple[Structure, ...] = ()
    contacts: tuple[Contact, ...] = ()
    """Drafts."""


@dataclass(slots=True)
class Asked:
    """What a request made: at least an intake; a step of the callback that it made or moved."""

    intake: Intake
    case: Case
    step: CallbackStep | None = None


class Book:
    """Also the `Scene` of every callback."""

    def __init__(self, in_force: InForce, reference_key: bytes, kept: Kept, at: Instant) -> None:
        self._in_force = in_force
        self._key = reference_key
        self._callbacks: dict[CallbackId, Callback] = {}
        self._cases: dict[CaseId, Case] = {}
        self._index = CallbackIndex()
        self._case_index = CaseIndex()
        self._history = History(kept.dialled, kept.declined, kept.opposed)
        self._next_serial = kept.next_serial
        self._callers: dict[E164, int] = {}
        for callback in kept.callbacks:
            self.keep(callback, at)

    # -- what may be read --------------------------------------------------------------------------

    @property
    def callbacks(self) -> Mapping[CallbackId, Callback]:
        """The callbacks that are not closed."""
        return self._callbacks

    @property
    def cases(self) -> Mapping[CaseId, Case]:
        """The cases that have not ended."""
        return self._cases

    def of_visit(self, visit: CallId) -> Callback | None:
        """The open callback that advisers and legs know by this id."""
        return self._callbacks.get(CallbackId(visit))

    def attached_to(self, call: CallId) -> CallbackId | None:
        """The callback of whoever calls in this call; of several the first."""
        return next(iter(self._index.of_call(call)), None)

    def all_attached_to(self, call: CallId) -> tuple[CallbackId, ...]:
        """With those that they asked for in this very call."""
        return self._index.of_call(call)

    def of_case(self, case: CaseId) -> Callback | None:
        """Its open callback: a case has one at most."""
        found = self._index.of_case(case)
        return self._callbacks[found] if found is not None else None

    def to_settle(self, adviser: AdviserId) -> CallbackId | None:
        """The callback whose talk they had, and of which they have not said what came."""
        return self._index.to_settle(adviser)

    def of_number(self, number: E164) -> tuple[Callback, ...]:
        return tuple(self._callbacks[each] for each in self._index.of_number(number))

    def in_flight(self, queue: QueueId) -> int:
        """How many callbacks of the queue keep an adviser."""
        return self._index.in_flight(queue)

    def promised(self, queue: QueueId) -> Mapping[Instant, int]:
        """How many hold a promise, by the start of the slot that it is in."""
        return self._index.promised(queue)

    def in_slot(self, queue: QueueId, start_at: Instant) -> tuple[CallbackId, ...]:
        return self._index.in_slot(queue, start_at)

    def promises_between(self, after_at: Instant, until_at: Instant) -> tuple[Callback, ...]:
        """Those whose window begins after ``after_at`` and no later than ``until_at``."""
        found = (self._callbacks[each] for each in self._index.promised_by(until_at))
        return tuple(each for each in found if each.window and after_at < each.window.start_at <= until_at)

    def is_opposed(self, number: E164) -> bool:
        """Never to be called, nor written to."""
        return self._history.is_opposed(number)

    def at_hand(self, count_max: int) -> tuple[Callback, ...]:
        """Those that an adviser has in hand, then the next to enter the queue, or in it for longest."""
        found = (*self._index.all_in_flight(), *self._index.next_in_time(count_max))
        return tuple(self._callbacks[each] for each in found[:count_max])

    @property
    def stages(self) -> Mapping[str, int]:
        """How many are in each stage, and `for_person`; 0 of one that nobody is in."""
        return self._index.stages

    def at_risk_and_late(self, at: Instant) -> tuple[int, int]:
        """How many open cases are at risk, and how many late, by the legal clock."""
        return self._case_index.at_risk_and_late(at)

    def slots(
        self, line_id: LineId, queue: QueueId, phone: Parsed, at: Instant, postcode: str | None = None
    ) -> tuple[Slot, ...]:
        """The free windows in which somebody of this number can be promised a callback, the next one first."""
        line = self._in_force.line(line_id)
        if line is None:
            return ()
        rules = self._in_force.rules
        reach = Reach(
            homes(phone.territory, phone.zone, postcode, rules.calling.holidays), line.hours, rules.calling.hours
        )
        promised = dict(self.promised(queue))
        for callback in self._index.of_number(phone.number):  # what they hold themselves is free for them
            held = self._index.slot_of(callback)
            if held in promised and self._callbacks[callback].queue == queue:
                promised[held] -= 1
        return free_slots(rules, line, self.queue(queue), promised, reach, at)

    # -- the scene of a callback -------------------------------------------------------------------

    @property
    def callback_rules(self) -> CallbackRules:
        return self._in_force.rules.callbacks

    def queue(self, queue: QueueId) -> QueueRules:
        return self._in_force.queue(queue)

    def caller_id(self, callback: Callback) -> E164:
        line = self._in_force.line(callback.line)
        assert line is not None, "the gate refuses a callback whose line is gone"
        return line.caller_id or line.number

    def shown_name(self, callback: Callback) -> str:
        line = self._in_force.line(callback.line)
        return f"Rappel {line.name if line is not None else callback.line}"

    def gate(self, callback: Callback, at: Instant) -> Allowed | Refused:
        line = self._in_force.line(callback.line)
        if line is None:
            return Refused(Reason.ODD, None)
        rules = self._in_force.rules
        number = callback.phone.number
        dial = Dial(
            number=number,
            territory=callback.phone.territory,
            zone=callback.phone.zone,
            postcode=callback.postcode,
            service=line.hours,
            mode=rules.callbacks.mode,
            caller_id=line.caller_id or line.number,
            chosen=callback.window,
            case_attempts=states.known_attempts(callback)[callback.fresh_after :],
            number_attempts=self._history.attempts_to(number),
            declined_at=self._history.declined_at(number),
            opposed=self._history.is_opposed(number),
            case_live=False,  # a case has one open callback, and its live attempt is among its attempts
            number_live=number in self._callers,
            dialled_at=self._history.dialled_at(at, rules.calling),
            live=self._history.under_way,
        )
        return may_dial(dial, rules.calling, at)

    # -- a call from a number of theirs ------------------------------------------------------------

    def caller_came(self, number: E164) -> None:
        """Somebody calls us from there: the number is not dialled meanwhile."""
        self._callers[number] = self._callers.get(number, 0) + 1

    def caller_gone(self, number: E164) -> None:
        left = self._callers.get(number, 0) - 1
        if left > 0:
            self._callers[number] = left
        else:
            self._callers.pop(number, None)

    # -- asking ------------------------------------------------------------------------------------

    def has_room(self, requests: Sequence[Request], at: Instant) -> bool:
        """Whether the windows they chose can still be promised, all of them together.

        An adviser who chooses one for them answers for it.
        """
        asked: Counter[tuple[QueueId, Instant]] = Counter()
        for request in requests:
            window = request.window
            if window is None or request.source is Source.ADVISER:
                continue
            free = self.slots(request.line, request.queue, request.phone, at, request.postcode)
            slot = next((slot for slot in free if window.start_at in slot.window), None)
            if slot is None or slot.free <= asked[request.queue, slot.window.start_at]:
                return False
            asked[request.queue, slot.window.start_at] += 1
        return True

    def ask(self, request: Request, at: Instant, key: Key | None) -> Asked:
        """Book a request: a new callback in a new case or theirs; or, where one is open already, their newest wish.

        The same number with an open request and nothing that says it is another person is the same case: a second
        request is attached to it, and is never a second callback.
        """
        serial = self._next_serial
        self._next_serial += 1
        name = reference(serial, self._key)
        case, known = self._case_of(request, name, at)
        step = self._newest_wish(known, request, at) if known is not None else self._new(request, case, name, at)
        callback = step.callback if step is not None else known
        assert callback is not None
        booking = Booking(
            id=callback.id,
            reference=name,
            case=case.id,
            state=states.stage(callback),
            flags=flags(request.birth_date or case.birth_date, None, False, case.received_at),
            due_at=self._first_hour(callback, states.queued_at(callback)),
            legal_deadline_at=legal_deadline(case.received_at) if case.kind is Kind.RTF else None,
            promised=callback.window,
        )
        return Asked(Intake(at, serial, request, booking, key), case, step)

    def _case_of(self, request: Request, name: str, at: Instant) -> tuple[Case, Callback | None]:
        number = request.phone.number
        open_cases = [self._cases[each] for each in self._case_index.of_number(number)]
        match case_of(open_cases, number, request.first_name, request.birth_date, request.kind):
            case SameCase(case=found):
                case = self._cases[found]
                case = replace(
                    case,
                    first_name=case.first_name or request.first_name,
                    birth_date=case.birth_date or request.birth_date,
                )
                callback = self._index.of_case(found)
                return case, self._callbacks[callback] if callback is not None else None
            case new:
                case = Case(
                    id=CaseId(f"case-{name}"),
                    received_at=at,
                    phone=number,
                    kind=request.kind,
                    first_name=request.first_name,
                    birth_date=request.birth_date,
                    linked=new.linked,
                )
                return case, None

    def _newest_wish(self, known: Callback, request: Request, at: Instant) -> CallbackStep | None:
        """Their open callback, moved to what they wish now; None where that is what it has, or it is under way."""
        if known.window == request.window:
            return None
        step = machine.transition(known, Rescheduled(at, request.window), self)
        return step if step.refused is None else None

    def _first_hour(self, callback: Callback, at: Instant) -> Instant:
        """From when on they may be called, by the hours alone; ``at`` where none is found, for a person to look at."""
        line = self._in_force.line(callback.line)
        if line is None:
            return at
        calling = self._in_force.rules.calling
        their = homes(callback.phone.territory, callback.phone.zone, callback.postcode, calling.holidays)
        return next_allowed(Reach(their, line.hours, calling.hours, callback.window), at) or at

    def _new(self, request: Request, case: Case, name: str, at: Instant) -> CallbackStep:
        step = machine.request(
            states.named(name),
            case.id,
            request.line,
            request.queue,
            request.phone,
            at,
            request.window,
            request.place,
            request.priority,
            postcode=request.postcode,
        )
        state = Requested(max(states.queued_at(step.callback), self._first_hour(step.callback, at)))
        step.callback = replace(step.callback, state=state)
        return step

    # -- keeping -----------------------------------------------------------------------------------

    def keep_case(self, case: Case) -> None:
        """Hold the case; one that has ended is held no more."""
        before = self._cases.pop(case.id, None)
        if before is not None:
            self._case_index.remove(before)
        if case.ended is None:
            self._cases[case.id] = case
            self._case_index.add(case)

    def keep(self, callback: Callback, at: Instant) -> None:
        """Hold the callback, and all that it is looked up by; a closed one is held no more."""
        before = self._callbacks.pop(callback.id, None)
        if before is not None:
            self._index.remove(before)
        self._history.note(callback, at)
        if not isinstance(callback.state, Closed):
            self._callbacks[callback.id] = callback
            self._index.add(callback, self._slot_of(callback))

    def recount(self) -> None:
        """The rules changed: count the promises anew, by the slots of today; and look back as far as they do."""
        calling = self._in_force.rules.calling
        self._history.kept_for = max(KEPT, timedelta(days=max(calling.cap.days, calling.ladder.days) + 1))
        slots = {each.id: slot for each in self._callbacks.values() if (slot := self._slot_of(each)) is not None}
        self._index.move_slots(slots, self._callbacks)

    def _slot_of(self, callback: Callback) -> Instant | None:
        """Where its promise counts: in the slot that its window begins in; outside all of them, by itself."""
        if callback.window is None:
            return None
        line = self._in_force.line(callback.line)
        slot = slot_of(self._in_force.rules, line, callback.window.start_at) if line is not None else None
        return slot.start_at if slot is not None else callback.window.start_at

    # -- what an outcome does ----------------------------------------------------------------------

    def oppose(self, number: E164) -> None:
        """Never to be called again, from now on."""
        self._history.oppose(number)

    def settle_case(self, callback: Callback, in_hand: bool = False) -> Case | None:
        """The case as the outcome of its callback leaves it; None: it has ended before, or its callback is open.

        in_hand: officers have something in hand with the person, which no outcome of a call ends.
        """
        case, state = self._cases.get(callback.case), callback.state
        if not isinstance(state, Closed):
            return None
        report = state.report
        if report.outcome is CallbackOutcome.REFUS:
            self._history.decline(callback.phone.number, state.at)
        if report.outcome is CallbackOutcome.OPPOSITION:
            self._history.oppose(callback.phone.number)
        if case is None:
            return None
        stays = case.kind is Kind.RTF and report.outcome in STAYS_OPEN
        if not stays and not in_hand:
            return end(case, report.outcome, state.by, state.at)
        return case
