"""The callbacks' half of the store in memory: what was appended, and the answers to what is asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from dialer.core.callbacks.history import Dialled
from dialer.core.callbacks.legal_clock import legal_deadline
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.request import Answered, Intake
from dialer.core.callbacks.states import (
    Attempt,
    Callback,
    CallbackId,
    CaseId,
    Closed,
    Joined,
    Unsettled,
    WithGuest,
    holder,
    queued_at,
    stage,
)
from dialer.core.cases.case import Kind
from dialer.core.change import Change
from dialer.core.views import CallbackFilter
from dialer.core.words import E164, LegId
from dialer.store import CallbackPage, CallbackRow
from dialer.store.callback_pages import callbacks_page_of
from dialer.store.pages import read_cursor
from tests.store.fake_cases import FakeCases


class FakeCallbacks:
    def __init__(self) -> None:
        self.kept: dict[CallbackId, Callback] = {}
        self.cases = FakeCases(self._of_case)
        self.attempts: dict[LegId, Dialled] = {}
        self.intakes: list[Intake] = []
        self.answers: dict[str, Answered] = {}
        self.opposed: set[E164] = set()
        self.next_serial = 0

    def take(self, changes: Sequence[Change], intakes: Sequence[Intake]) -> None:
        for change in changes:
            self.kept.update(change.callbacks)
            self.opposed.update(change.opposed)
            for callback in change.callbacks.values():
                for attempt in callback.attempts:
                    self._dialled(callback, attempt)
        self.cases.take(changes)
        for intake in intakes:
            self.intakes.append(intake)
            self.cases.asked(intake)
            self.next_serial = max(self.next_serial, intake.serial + 1)
            if intake.key is not None:
                self.answers.setdefault(intake.key.key, Answered(intake.key.body, intake.booking))

    def _dialled(self, callback: Callback, attempt: Attempt) -> None:
        known = self.attempts.get(attempt.leg)
        number = known.number if known is not None else callback.phone.number
        self.attempts[attempt.leg] = Dialled(
            attempt.leg, number, attempt.at, attempt.cause, callback.case, callback.id
        )  # fmt: skip

    # -- what a start takes up ---------------------------------------------------------------------

    def open(self) -> tuple[Callback, ...]:
        found = (each for each in self.kept.values() if not isinstance(each.state, Closed))
        return tuple(sorted(found, key=lambda each: (each.requested_at, each.id)))

    def dialled(self, since: datetime) -> tuple[Dialled, ...]:
        found = (each for each in self.attempts.values() if each.at >= since and not self.cases.forgotten(each.case))
        return tuple(sorted(found, key=lambda each: (each.at, each.leg)))

    def declined(self, since: datetime) -> tuple[tuple[E164, datetime], ...]:
        found = [
            (each.phone.number, each.state.at)
            for each in self.kept.values()
            if isinstance(each.state, Closed)
            and each.state.outcome is CallbackOutcome.REFUS
            and each.state.at >= since
            and not self.cases.forgotten(each.case)
        ]
        return tuple(sorted(found, key=lambda pair: pair[1]))

    # -- what is asked -----------------------------------------------------------------------------

    def page(self, asked: CallbackFilter, limit: int, cursor: str | None) -> CallbackPage:
        if limit < 1:
            raise ValueError("a page holds one callback at least")
        rows = sorted(map(self._row, self.kept.values()), key=lambda row: (row.requested_at, row.id), reverse=True)
        for name in ("line", "queue", "state", "outcome", "kind", "adviser"):
            wanted = getattr(asked, name)
            rows = [row for row in rows if wanted is None or getattr(row, name) == wanted]
        rows = [row for row in rows if asked.since is None or row.requested_at >= asked.since]
        if asked.late_before is not None:
            late = (row for row in rows if row.state != "closed" and row.legal_deadline_at is not None)
            rows = [row for row in late if row.legal_deadline_at < asked.late_before]  # type: ignore[operator]
        if cursor is not None:
            last = read_cursor(cursor)
            rows = [row for row in rows if (row.requested_at, row.id) < last]
        return callbacks_page_of(rows[: limit + 1], limit)

    def next_due(self, at: datetime, limit: int) -> tuple[CallbackRow, ...]:
        found = [(row.due_at, row.id, row) for row in map(self._row, self.open()) if row.due_at is not None]
        return tuple(row for due_at, _, row in sorted(found, key=lambda each: each[:2]) if due_at <= at)[:limit]

    def row(self, callback_id: str) -> CallbackRow | None:
        callback = self.kept.get(CallbackId(callback_id))
        return None if callback is None else self._row(callback, callback.attempts)

    def intakes_of(self, callback_id: str) -> tuple[Intake, ...]:
        asked = (intake for intake in self.intakes if intake.booking.id == callback_id)
        found = (intake for intake in asked if not self.cases.forgotten(intake.booking.case))
        return tuple(sorted(found, key=lambda intake: -intake.serial))

    def by_reference(self, reference: str) -> CallbackId | None:
        found = (each.booking for each in self.intakes if each.booking.reference == reference)
        return next((each.id for each in found if each.case not in self.cases.erased), None)

    def answered(self, key: str) -> Answered | None:
        found = self.answers.get(key)
        return None if found is None or self.cases.forgotten(found.booking.case) else found

    def _of_case(self, case: CaseId) -> list[CallbackRow]:
        return [self._row(each, each.attempts) for each in self.kept.values() if each.case == case]

    def _row(self, callback: Callback, attempts: tuple[Attempt, ...] = ()) -> CallbackRow:
        file, closed = self.cases.files.get(callback.case), isinstance(callback.state, Closed)
        case = file.value.case if file is not None else None
        adviser = holder(callback)
        if isinstance(callback.state, Joined | Unsettled | WithGuest):
            adviser = callback.state.adviser
        elif closed and callback.attempts:
            adviser = callback.attempts[-1].adviser
        return CallbackRow(
            id=callback.id,
            case=callback.case,
            line=callback.line,
            queue=callback.queue,
            kind=case.kind if case is not None else None,
            state=stage(callback),
            outcome=callback.state.outcome if isinstance(callback.state, Closed) else None,
            requested_at=callback.requested_at,
            due_at=None if closed else queued_at(callback),
            promised=callback.window,
            legal_deadline_at=legal_deadline(case.received_at) if case is not None and case.kind is Kind.RTF else None,
            adviser=adviser,
            phone=None if self.cases.forgotten(callback.case) else callback.phone.number,
            zone=callback.phone.zone,
            closed_at=callback.state.at if isinstance(callback.state, Closed) else None,
            gate_reason=callback.gate.reason if callback.gate is not None else None,
            gate_until=callback.gate.until if callback.gate is not None else None,
            attempts=attempts,
        )
