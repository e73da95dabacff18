"""The annual review of the right to return, gathered from the store: by the files, and by the journal alone.

Decides what is read for it and as of when. Must not know what is counted (`core.report`) nor how it is shown.

Both ways are read as the database stood at one moment, so a service that goes on meanwhile makes no difference between
them. That moment is told by the clock, or by the journal where that is ahead: in a demonstration with a clock of its
own, what has happened has happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from dialer.core.cases.file import facts
from dialer.core.cases.retention import Archived
from dialer.core.cases.tally import Tally
from dialer.core.places.academie import AcademieCode
from dialer.core.report.erased import Difference, differences, with_tallies
from dialer.core.report.journal import READ, Told
from dialer.core.report.report import Report, report
from dialer.core.report.summary import Summary, summary
from dialer.store.store import Store
from dialer.store.year_reads import YearReads
from schedules.walltime import instant_of


@dataclass(frozen=True)
class Review:
    """A year both ways. kept: by the files that are there, whole or archived. erased: what remains of the others."""

    kept: Report
    erased: tuple[Tally, ...]
    journal: Report

    @cached_property
    def files(self) -> Report:
        """By the files, and by what remains of those that were erased."""
        return with_tallies(self.kept, self.erased)

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        return differences(self.kept, self.erased, self.journal)


async def review(store: Store, year: int, academie: AcademieCode | None, now: datetime) -> Review:
    """The requests received in ``year`` in Paris, of one académie or of all. StoreError; UnreadableSnapshot: another
    version of the service wrote a file."""
    since, until = (instant_of(date(each, 1, 1), 0) for each in (year, year + 1))
    async with store.cases.year(since, until) as reads:
        at = max(now, await reads.last_at() or now)
        kept = report(await _of_files(reads, at), year, at, academie)
        erased = await reads.tallies(year)
        told = Told(at)
        async for entry in reads.journal(READ):
            told.take(entry)
    return Review(kept, erased, report(told.summaries(), year, at, academie))


async def _of_files(reads: YearReads, at: datetime) -> list[Summary]:
    """Of an archived case as it was counted when it was archived: it had ended."""
    tried, closed = await reads.tried(), await reads.closed()
    found: list[Summary] = []
    async for kept in reads.kept():
        if isinstance(kept, Archived):
            found.append(kept.summary)
        else:
            file = kept.value
            found.append(summary(file.case, tried.get(file.id, ()), closed.get(file.id, ()), facts(file), at))
    return found
