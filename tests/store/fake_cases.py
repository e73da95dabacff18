"""The cases' part of the store in memory: the files that were appended, what is retired of them, and the answers.

It reads the legal clock by `case.standing`, of one case after the other, and so tells whether the database reads it
right. It keeps whole what a real one forgets, and does not tell it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from dialer.core.callbacks.legal_clock import legal_deadline
from dialer.core.callbacks.request import Intake
from dialer.core.callbacks.states import CaseId
from dialer.core.cases.case import Case, Kind, Standing, standing
from dialer.core.cases.file import CaseFile
from dialer.core.cases.retention import Archived, Erased
from dialer.core.cases.tally import Tally
from dialer.core.cases.visibility import Everywhere
from dialer.core.change import Change
from dialer.core.revision import Versioned
from dialer.core.views import CaseFilter
from dialer.core.words import Instant
from dialer.store import CallbackRow, CasePage, CaseRow
from dialer.store.case_pages import cases_page_of
from dialer.store.case_rows import word_rows
from dialer.store.pages import read_cursor
from schedules.walltime import wall_clock

Kept = Versioned[CaseFile] | Archived


class FakeCases:
    def __init__(self, callbacks_of: Callable[[CaseId], Iterable[CallbackRow]]) -> None:
        self.files: dict[CaseId, Versioned[CaseFile]] = {}
        """Also of what is archived or erased: the kind and the clock of a callback are its case's."""
        self.archived: dict[CaseId, Archived] = {}
        self.erased: set[CaseId] = set()
        self.words: dict[CaseId, set[str]] = {}
        self.counted: Counter[Tally] = Counter()
        self._callbacks_of = callbacks_of

    def take(self, changes: Sequence[Change]) -> None:
        for change in changes:
            self.files.update((key, file) for key, file in change.files.items() if key not in self.archived)
        for change in changes:
            for kept in change.retired:
                self._retire(kept)

    def asked(self, intake: Intake) -> None:
        for word, case in word_rows(intake):
            self.words.setdefault(case, set()).add(word)

    def forgotten(self, case: CaseId) -> bool:
        return case in self.archived or case in self.erased

    def _retire(self, kept: Archived | Erased) -> None:
        self.words.pop(kept.case, None)
        if isinstance(kept, Archived):
            self.archived[kept.case] = kept
        elif kept.case not in self.erased:
            self.archived.pop(kept.case, None)
            self.erased.add(kept.case)
            for tally in kept.tallies:
                self.counted[replace(tally, number=0)] += tally.number

    # -- what is asked -----------------------------------------------------------------------------

    def open(self) -> tuple[Versioned[CaseFile], ...]:
        found = (each for each in self.files.values() if each.value.case.ended is None)
        return tuple(sorted(found, key=lambda each: (each.value.case.received_at, each.value.id)))

    async def page(self, asked: CaseFilter, limit: int, cursor: str | None = None) -> CasePage:
        if limit < 1:
            raise ValueError("a page holds one case at least")
        rows = [_row(each, self.archived.get(key), asked.at) for key, each in self._there()]
        rows = [row for row in rows if self._wanted(row, asked)]
        if cursor is not None:
            last = read_cursor(cursor)
            rows = [row for row in rows if (row.received_at, row.id) < last]
        rows.sort(key=lambda row: (row.received_at, row.id), reverse=True)
        return cases_page_of(rows[: limit + 1], limit)

    async def file(self, case: CaseId) -> Kept | None:
        if case in self.erased:
            return None
        return self.archived.get(case) or self.files.get(case)

    async def callbacks(self, case: CaseId) -> tuple[CallbackRow, ...]:
        return tuple(sorted(self._callbacks_of(case), key=lambda row: (row.requested_at, row.id)))

    async def received_in(self, since: datetime, until: datetime) -> AsyncIterator[Kept]:
        found = ((file.value.case.received_at, key) for key, file in self._there())
        for at, key in sorted(found):
            if since <= at < until:
                yield self.archived.get(key) or self.files[key]

    async def ended_before(self, until: datetime) -> AsyncIterator[Kept]:
        ended = ((file.value.case.ended, key) for key, file in self._there())
        for at, key in sorted((end.at, key) for end, key in ended if end is not None):
            if at < until:
                yield self.archived.get(key) or self.files[key]

    async def tallies(self, year: int) -> tuple[Tally, ...]:
        found = [replace(tally, number=number) for tally, number in self.counted.items() if tally.year == year]
        return tuple(sorted(found, key=_in_order))

    def _there(self) -> list[tuple[CaseId, Versioned[CaseFile]]]:
        return [(key, file) for key, file in self.files.items() if key not in self.erased]

    def _wanted(self, row: CaseRow, asked: CaseFilter) -> bool:
        file, is_open = self.files[CaseId(row.id)].value, row.ended_at is None
        in_time = row.standing == Standing.MET
        late = row.legal_deadline_at
        with_structure = {each.where.structure for each in file.appointments} if not row.archived else set()
        return (
            (isinstance(asked.academies, Everywhere) or row.academie in asked.academies)
            and (asked.ended is None or asked.ended is not is_open)
            and (asked.standing is None or row.standing == asked.standing)
            and (asked.kind is None or row.kind == asked.kind)
            and (asked.outcome is None or row.outcome == asked.outcome)
            and (asked.officer is None or row.officer == asked.officer)
            and (not asked.unassigned or (is_open and row.officer is None))
            and (not asked.at_risk or (is_open and row.standing in (Standing.AT_RISK, Standing.LATE)))
            and (asked.due_before is None or (is_open and late is not None and late < asked.due_before and not in_time))
            and (asked.received_year is None or wall_clock(row.received_at).year == asked.received_year)
            and (asked.structure is None or asked.structure in with_structure)
            and all(self._begins(CaseId(row.id), word) for word in asked.words)
        )

    def _begins(self, case: CaseId, plain: str) -> bool:
        return any(word.startswith(plain) for word in self.words.get(case, ()))


def _row(file: Versioned[CaseFile], archived: Archived | None, at: Instant) -> CaseRow:
    case, responsible = file.value.case, file.value.responsible
    names = [each.request.name for each in file.value.requests if each.request.name]
    legal = case.kind is Kind.RTF
    return CaseRow(
        id=case.id,
        kind=case.kind,
        received_at=case.received_at,
        legal_deadline_at=legal_deadline(case.received_at) if legal else None,
        appointment_at=_appointment(case),
        ended_at=case.ended.at if case.ended else None,
        outcome=case.ended.outcome if case.ended else None,
        academie=responsible.academie,
        officer=responsible.officer,
        version=file.version,
        first_name=None if archived else case.first_name,
        name=names[-1] if names and archived is None else None,
        phone=case.phone or None,
        archived=archived is not None,
        standing=standing(case, at) if legal else None,
    )


def _appointment(case: Case) -> Instant | None:
    """The first of those that hold at the end of the case, or now."""
    holding = []
    for each in case.appointments:
        if case.ended is None:
            holds = each.called_off_at is None
        else:
            holds = each.fixed_at <= case.ended.at and (
                each.called_off_at is None or each.called_off_at > case.ended.at
            )
        holding += [each.at] if holds else []
    return min(holding, default=None)


def _in_order(tally: Tally) -> tuple[object, ...]:
    said = (tally.academie, tally.kind, tally.dimension, tally.value, tally.count, tally.delay)
    return (*(str(each or "") for each in said), -1 if tally.days is None else tally.days)
