"""By what open callbacks and cases are found: number, case, call, slot, time and stage.

Decides nothing but which of them stand where; each list is kept as callbacks change, so that no question grows with
their number. Must not know the rules by which any of it is used.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice

from sortedcontainers import SortedList

from dialer.core.callbacks import states
from dialer.core.callbacks.legal_clock import at_risk_at, late_at
from dialer.core.callbacks.states import Callback, CallbackId, CaseId, Closed, Due, Requested, Resting, Unsettled
from dialer.core.cases.case import Case, Kind
from dialer.core.words import E164, AdviserId, CallId, Instant, QueueId


class CallbackIndex:
    """Of callbacks that are not closed. ``slot``: the start of the slot that a promise counts in; None: none."""

    def __init__(self) -> None:
        self.stages: Counter[str] = Counter()
        """How many are in each stage; `for_person`: those of the resting ones that a person has to settle."""
        self._of_number: dict[E164, dict[CallbackId, None]] = {}
        self._of_case: dict[CaseId, CallbackId] = {}
        self._of_call: dict[CallId, dict[CallbackId, None]] = {}
        self._to_settle: dict[AdviserId, dict[CallbackId, None]] = {}
        self._in_flight: dict[QueueId, set[CallbackId]] = {}
        self._promised: dict[QueueId, dict[Instant, set[CallbackId]]] = {}
        self._slot_of: dict[CallbackId, Instant] = {}
        self._in_time: SortedList[tuple[Instant, CallbackId]] = SortedList()

    def add(self, callback: Callback, slot: Instant | None) -> None:
        assert not isinstance(callback.state, Closed), "a closed callback is in no list"
        self._count(callback, 1)
        self._of_number.setdefault(callback.phone.number, {})[callback.id] = None
        self._of_case[callback.case] = callback.id
        call, talked = states.their_call(callback), states.talked_by(callback)
        if call is not None:
            self._of_call.setdefault(call, {})[callback.id] = None
        if talked is not None:
            self._to_settle.setdefault(talked, {})[callback.id] = None
        if states.holder(callback) is not None:
            self._in_flight.setdefault(callback.queue, set()).add(callback.id)
        if isinstance(callback.state, Requested | Due | Resting):
            self._in_time.add((states.queued_at(callback), callback.id))
        self._put_slot(callback, slot)

    def remove(self, callback: Callback) -> None:
        """As it was when it was added."""
        self._count(callback, -1)
        of_number = self._of_number[callback.phone.number]
        del of_number[callback.id]
        if not of_number:
            del self._of_number[callback.phone.number]
        if self._of_case.get(callback.case) == callback.id:
            del self._of_case[callback.case]
        call, talked = states.their_call(callback), states.talked_by(callback)
        if call is not None:
            of_call = self._of_call[call]
            del of_call[callback.id]
            if not of_call:
                del self._of_call[call]
        if talked is not None:
            del self._to_settle[talked][callback.id]
        if states.holder(callback) is not None:
            self._in_flight[callback.queue].discard(callback.id)
        if isinstance(callback.state, Requested | Due | Resting):
            self._in_time.remove((states.queued_at(callback), callback.id))
        start = self._slot_of.pop(callback.id, None)
        if start is not None:
            those = self._promised[callback.queue][start]
            those.discard(callback.id)
            if not those:
                del self._promised[callback.queue][start]

    def move_slots(self, slots: Mapping[CallbackId, Instant], callbacks: Mapping[CallbackId, Callback]) -> None:
        """Count every promise anew."""
        self._promised.clear()
        self._slot_of.clear()
        for callback, slot in slots.items():
            self._put_slot(callbacks[callback], slot)

    def of_number(self, number: E164) -> tuple[CallbackId, ...]:
        return tuple(self._of_number.get(number, ()))

    def of_case(self, case: CaseId) -> CallbackId | None:
        return self._of_case.get(case)

    def of_call(self, call: CallId) -> tuple[CallbackId, ...]:
        return tuple(self._of_call.get(call, ()))

    def to_settle(self, adviser: AdviserId) -> CallbackId | None:
        return next(iter(self._to_settle.get(adviser, ())), None)

    def in_flight(self, queue: QueueId) -> int:
        return len(self._in_flight.get(queue, ()))

    def all_in_flight(self) -> tuple[CallbackId, ...]:
        return tuple(sorted(callback for those in self._in_flight.values() for callback in those))

    def promised(self, queue: QueueId) -> Mapping[Instant, int]:
        return {start: len(those) for start, those in self._promised.get(queue, {}).items()}

    def slot_of(self, callback: CallbackId) -> Instant | None:
        """The start of the slot in which its promise counts."""
        return self._slot_of.get(callback)

    def in_slot(self, queue: QueueId, start_at: Instant) -> tuple[CallbackId, ...]:
        return tuple(sorted(self._promised.get(queue, {}).get(start_at, ())))

    def promised_by(self, at: Instant) -> Iterator[CallbackId]:
        """Those in every slot that begins by then, of any queue."""
        slots = ((start, those) for each in self._promised.values() for start, those in each.items())
        return (callback for start, those in slots if start <= at for callback in those)

    def next_in_time(self, count_max: int) -> tuple[CallbackId, ...]:
        """The next to enter the queue, or in it for longest."""
        return tuple(callback for _, callback in islice(self._in_time, count_max))

    def _put_slot(self, callback: Callback, slot: Instant | None) -> None:
        if slot is not None:
            self._slot_of[callback.id] = slot
            self._promised.setdefault(callback.queue, {}).setdefault(slot, set()).add(callback.id)

    def _count(self, callback: Callback, one: int) -> None:
        self.stages[states.stage(callback)] += one
        if isinstance(callback.state, Unsettled):
            self.stages["for_person"] += one


class CaseIndex:
    """Of cases that have not ended."""

    def __init__(self) -> None:
        self._of_number: dict[E164, dict[CaseId, None]] = {}
        self._without_appointment: SortedList[tuple[Instant, CaseId]] = SortedList()
        """Those of which the legal clock runs."""

    def add(self, case: Case) -> None:
        self._of_number.setdefault(case.phone, {})[case.id] = None
        if _clock_runs(case):
            self._without_appointment.add((case.received_at, case.id))

    def remove(self, case: Case) -> None:
        of_number = self._of_number[case.phone]
        del of_number[case.id]
        if not of_number:
            del self._of_number[case.phone]
        if _clock_runs(case):
            self._without_appointment.remove((case.received_at, case.id))

    def of_number(self, number: E164) -> tuple[CaseId, ...]:
        return tuple(self._of_number.get(number, ()))

    def at_risk_and_late(self, at: Instant) -> tuple[int, int]:
        """How many are at risk, and how many late, by the legal clock."""
        late = bisect_right(self._without_appointment, at, key=lambda entry: late_at(entry[0]))
        at_risk = bisect_right(self._without_appointment, at, key=lambda entry: at_risk_at(entry[0]))
        return at_risk - late, late


def _clock_runs(case: Case) -> bool:
    in_time = (each.called_off_at is None and each.at < late_at(case.received_at) for each in case.appointments)
    return case.kind is Kind.RTF and not any(in_time)
