"""All that the annual review reads of a year, as the database stood at one moment.

Decides how it is read: in one transaction that sees nothing of what is written meanwhile, so that files and journal
tell of the same moment, and with a bounded number of queries, however many cases there are. Must not know what is
counted.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.states import CaseId
from dialer.core.cases.case import Kind
from dialer.core.cases.file import CaseFile
from dialer.core.cases.retention import Archived
from dialer.core.cases.tally import Tally
from dialer.core.report.summary import ClosedCallback, Tried
from dialer.core.revision import Versioned
from dialer.core.words import Record
from dialer.store import taken_up
from dialer.store.case_rows import tally_of
from dialer.store.rows import record_of
from dialer.store.snapshot import archived_of, file_of
from dialer.store.tables import attempts, callbacks, cases, journal, tallies

CHUNK = 500
"""Rows in memory at a time."""


@asynccontextmanager
async def still(conn: AsyncConnection) -> AsyncIterator[AsyncConnection]:
    """The connection in a transaction that sees the database as it is now, until it is over. It writes nothing."""
    if conn.dialect.name == "postgresql":
        await conn.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        async with conn.begin():
            yield conn
        return
    # Readers of SQLite are in no transaction by themselves; one that was begun sees the log of one moment.
    await conn.exec_driver_sql("BEGIN")
    try:
        yield conn
    finally:
        await conn.exec_driver_sql("ROLLBACK")


class YearReads:
    """``since``, ``until``: the year's bounds, since ≤ received < until. Of RTF cases alone."""

    def __init__(self, conn: AsyncConnection, since: datetime, until: datetime) -> None:
        self._conn = conn
        self._since = since
        self._received = (cases.c.kind == str(Kind.RTF), cases.c.received_at >= since, cases.c.received_at < until)

    async def last_at(self) -> datetime | None:
        """The latest instant in the journal."""
        return await taken_up.last_instant(self._conn)

    async def kept(self) -> AsyncIterator[Versioned[CaseFile] | Archived]:
        """The cases received in the year, whole or archived."""
        async for row in self._rows(select(cases.c.file, cases.c.archive).where(*self._received)):
            yield file_of(row.file) if row.file is not None else archived_of(row.archive)

    async def tried(self) -> dict[CaseId, list[Tried]]:
        """The diallings of these cases."""
        found: dict[CaseId, list[Tried]] = {}
        a = attempts.c
        query = select(callbacks.c.case, a.at, a.cause, a.outcome).where(callbacks.c.id == a.callback)
        async for row in self._rows(query.where(cases.c.id == callbacks.c.case, *self._received)):
            found.setdefault(CaseId(row.case), []).append(_tried(row))
        return found

    async def closed(self) -> dict[CaseId, list[ClosedCallback]]:
        """The callbacks of these cases that are over."""
        found: dict[CaseId, list[ClosedCallback]] = {}
        c = callbacks.c
        query = select(c.case, c.closed_at, c.outcome).where(cases.c.id == c.case, c.closed_at.is_not(None))
        async for row in self._rows(query.where(*self._received)):
            found.setdefault(CaseId(row.case), []).append(ClosedCallback(row.closed_at, CallbackOutcome(row.outcome)))
        return found

    async def tallies(self, year: int) -> tuple[Tally, ...]:
        """What remains of the year's cases that were erased, of whatever kind."""
        query = select(tallies).where(tallies.c.year == year)
        return tuple([tally_of(row) async for row in self._rows(query)])

    async def journal(self, events: Collection[str]) -> AsyncIterator[Record]:
        """These events from the year's first instant to the journal's end, in the order they were written."""
        told = (journal.c.at >= self._since, journal.c.event.in_(sorted(events)))
        async for row in self._rows(select(journal).where(*told).order_by(journal.c.seq)):
            yield record_of(row)

    async def _rows(self, query: Select[Any]) -> AsyncIterator[Any]:
        async with self._conn.stream(query, execution_options={"yield_per": CHUNK}) as found:
            async for row in found:
                yield row


def _tried(row: Any) -> Tried:
    cause = AttemptCause(row.cause) if row.cause is not None else None
    return Tried(row.at, cause, CallbackOutcome(row.outcome) if row.outcome is not None else None)
