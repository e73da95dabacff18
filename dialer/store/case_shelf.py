"""What is asked about cases, structures and templates: lists, one file, what the annual review and retention read.

Decides how a question is put to the database. Must not know who asks, nor whether they may see what is personal.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.core.callbacks.states import CaseId
from dialer.core.cases.file import CaseFile
from dialer.core.cases.retention import Archived
from dialer.core.cases.tally import Tally
from dialer.core.revision import Versioned
from dialer.core.views import CaseFilter
from dialer.core.words import E164
from dialer.store.callback_pages import CallbackRow, callback_row_of, with_attempts
from dialer.store.case_pages import FEW_MAX, CasePage, case_row_of, cases_page_of, select_cases, select_number
from dialer.store.case_rows import tally_of
from dialer.store.snapshot import archived_of, file_of
from dialer.store.tables import attempts, callbacks, cases, tallies
from dialer.store.year_reads import YearReads, still

CHUNK = 500
"""Files read at a time."""

Reading = Callable[[], AbstractAsyncContextManager[AsyncConnection]]


class CaseShelf:
    """The store's reads of cases, by the connections that only read."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    async def page(self, asked: CaseFilter, limit: int, cursor: str | None = None) -> CasePage:
        """At most ``limit`` cases, the newest receipt first. BadCursor when ``cursor`` is none of ours."""
        if limit < 1:
            raise ValueError("a page holds one case at least")
        query = select_cases(asked, limit, cursor, few=not asked.words or await self._are_few(asked.words))
        async with self._reading() as conn:
            return cases_page_of([case_row_of(row) for row in await conn.execute(query)], limit)

    async def _are_few(self, words: Sequence[str]) -> bool:
        """Whether one of the words is had by few; the longest is the likeliest."""
        async with self._reading() as conn:
            for word in sorted(words, key=len, reverse=True):
                if (await conn.execute(select_number(word))).scalar_one() <= FEW_MAX:
                    return True
        return False

    async def file(self, case: CaseId) -> Versioned[CaseFile] | Archived | None:
        """As it is stored: whole, or what the archive has of it. UnreadableSnapshot: another version wrote it."""
        query = select(cases.c.file, cases.c.archive).where(cases.c.id == case)
        async with self._reading() as conn:
            row = (await conn.execute(query)).one_or_none()
        return None if row is None else _kept(row)

    async def callbacks(self, case: CaseId) -> tuple[CallbackRow, ...]:
        """All callbacks of a case with their attempts, the oldest first."""
        asked = callbacks.c.case == case
        shown = [column for column in callbacks.c if column.name != "snapshot"]
        ordered = select(*shown).where(asked).order_by(callbacks.c.requested_at, callbacks.c.id)
        theirs = select(callbacks.c.id).where(asked)
        made = select(attempts).where(attempts.c.callback.in_(theirs)).order_by(attempts.c.callback, attempts.c.number)
        async with self._reading() as conn:
            found = [callback_row_of(row) for row in await conn.execute(ordered)]
            tried = list(await conn.execute(made))
        return tuple(with_attempts(each, [row for row in tried if row.callback == each.id]) for each in found)

    async def received_in(self, since: datetime, until: datetime) -> AsyncIterator[Versioned[CaseFile] | Archived]:
        """The cases received with since ≤ at < until, whole or archived, the oldest first, read little by little."""
        c = cases.c
        async for kept in self._each(c.received_at, c.received_at >= since, c.received_at < until):
            yield kept

    async def ended_before(self, until: datetime) -> AsyncIterator[Versioned[CaseFile] | Archived]:
        """The cases that ended before ``until``, the oldest end first, read little by little."""
        async for kept in self._each(cases.c.ended_at, cases.c.ended_at < until):
            yield kept

    # -- the annual review -------------------------------------------------------------------------

    @asynccontextmanager
    async def year(self, since: datetime, until: datetime) -> AsyncIterator[YearReads]:
        """All that the review reads of the RTF cases received with since ≤ at < until, as of this moment."""
        async with self._reading() as conn, still(conn):
            yield YearReads(conn, since, until)

    # -- a person ----------------------------------------------------------------------------------

    async def of_number(self, number: E164) -> tuple[CaseId, ...]:
        """The cases of a number, open, ended or in the archive, the newest receipt first."""
        c = cases.c
        query = select(c.id).where(c.phone == number).order_by(c.received_at.desc(), c.id.desc())
        async with self._reading() as conn:
            return tuple(CaseId(found) for found in (await conn.execute(query)).scalars())

    async def tallies(self, year: int) -> tuple[Tally, ...]:
        """What erased cases that were received in this year count for, added up; in a fixed order."""
        query = select(tallies).where(tallies.c.year == year).order_by(*tallies.primary_key.columns)
        async with self._reading() as conn:
            return tuple(tally_of(row) for row in await conn.execute(query))

    async def _each(self, by: Any, *where: Any) -> AsyncIterator[Versioned[CaseFile] | Archived]:
        query: Select[Any] = select(by.label("by"), cases.c.id, cases.c.file, cases.c.archive).where(*where)
        query = query.order_by(by, cases.c.id).limit(CHUNK)
        last: tuple[datetime, str] | None = None
        while True:
            asked = query if last is None else query.where((by > last[0]) | ((by == last[0]) & (cases.c.id > last[1])))
            async with self._reading() as conn:
                rows = (await conn.execute(asked)).all()
            for row in rows:
                yield _kept(row)
            if len(rows) < CHUNK:
                return
            last = (rows[-1].by, rows[-1].id)


def _kept(row: Any) -> Versioned[CaseFile] | Archived:
    return file_of(row.file) if row.file is not None else archived_of(row.archive)
