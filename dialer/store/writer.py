"""The one writer: every batch of changes is one transaction, all or nothing, and nothing gets in twice.

Decides the journal's numbers. They are given here, in order and without a gap, so a failed batch keeps its numbers for
the next try. When the answer to a commit was lost, the next append first looks what stands behind the last number that
was confirmed: nothing (the batch was not written), the very batch (it was; it is not written again), or something else
(another program writes; refused).

*One leader.* Who opens to lead makes the epoch in ``leader`` one higher, and from then on every transaction of whoever
led before is refused: each looks at the epoch inside itself. On PostgreSQL that look holds the row until the end, so a
new leader waits for the commit under way and then reads all of it, or comes first and it is rolled back; on SQLite a
transaction is alone anyway.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import psycopg
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dialer.store import tables
from dialer.store.callback_rows import Row
from dialer.store.refusal import REFUSALS, StoreError, lead_lost, other_writer, refusal
from dialer.store.rows import Batch, without
from dialer.store.statements import Statements
from dialer.store.tables import micros

ANSWER_MAX_S = 12.0
"""How long PostgreSQL may take over one batch; more than its own limits for locks and statements."""
EPOCH = "SELECT epoch FROM leader"


class NotLeading(Exception):
    """The epoch is another's."""


class Driver(Protocol):
    async def write(self, writes: Sequence[tuple[str, list[Row]]]) -> None:
        """All in one transaction, committed when it returns. Raises NotLeading, or what the database says."""

    async def rollback(self) -> None: ...


class SQLiteDriver:
    """aiosqlite's own connection."""

    def __init__(self, raw: Any, epoch: int | None) -> None:
        self._raw = raw
        self._epoch = epoch

    async def write(self, writes: Sequence[tuple[str, list[Row]]]) -> None:
        """The first row begins the transaction, IMMEDIATE: a statement less to hand to aiosqlite's thread."""
        (first, rows), *others = writes
        try:
            await self._raw.executemany(first, rows)
        except sqlite3.IntegrityError:
            await self._look()  # a new leader's numbers stand where ours were to go
            raise
        await self._look()
        for sql, rows in others:
            await self._raw.executemany(sql, rows)
        await self._raw.commit()

    async def _look(self) -> None:
        if [tuple(row) for row in await self._raw.execute_fetchall(EPOCH)] != [(self._epoch,)]:
            raise NotLeading

    async def rollback(self) -> None:
        await self._raw.rollback()


class PostgresDriver:
    """psycopg's own connection. The pipeline sends a whole batch in one go."""

    def __init__(self, raw: Any, epoch: int | None) -> None:
        self._raw = raw
        self._epoch = epoch

    async def write(self, writes: Sequence[tuple[str, list[Row]]]) -> None:
        async with asyncio.timeout(ANSWER_MAX_S), self._raw.cursor() as look:
            try:
                async with self._raw.pipeline(), self._raw.cursor() as cursor:
                    await look.execute(f"{EPOCH} FOR SHARE")
                    for sql, rows in writes:
                        await cursor.executemany(sql, rows)
            except psycopg.IntegrityError:
                await self._look(look)  # a new leader's numbers stand where ours were to go
                raise
            await self._look(look)
            await self._raw.commit()

    async def _look(self, look: Any) -> None:
        if await look.fetchall() != [(self._epoch,)]:
            raise NotLeading

    async def rollback(self) -> None:
        async with asyncio.timeout(1.0):
            await self._raw.rollback()


@dataclass(slots=True)
class Doubt:
    """A batch that failed, and its records with their numbers: all of it stands in the database, or nothing does."""

    batch: Batch = field(default_factory=Batch)
    numbered: list[Row] = field(default_factory=list)


class Writer:
    """One connection, one writer at a time."""

    def __init__(self, engine: AsyncEngine, where: str) -> None:
        self._engine = engine
        self._where = where
        self._statements = Statements(engine.dialect.name)
        self._lock = asyncio.Lock()
        self._conn: AsyncConnection | None = None
        self._seq = 0
        """The last number that is confirmed."""
        self._epoch: int | None = None
        """Ours; None while we do not lead."""
        self._doubt = Doubt()

    async def append(self, batch: Batch) -> None:
        """Write a batch. StoreError: it may be tried again, alone or with more changes behind it.

        Being cancelled does not tear a commit: it goes on, and ``close`` waits for it.
        """
        if self._epoch is None:
            raise StoreError(f"{self._where} was not opened to lead: the desk's changes are the leader's to write.")
        task = asyncio.ensure_future(self._append(batch))
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            raise

    async def _append(self, batch: Batch) -> None:
        async with self._lock:
            try:
                batch = await self._not_yet_written(batch)
                numbered = [(self._seq + number, *row) for number, row in enumerate(batch.records, 1)]
                writes = self._statements.writes(batch, numbered)
                if writes:
                    driver = await self._driver()
                    self._doubt = Doubt(batch, numbered)
                    await driver.write(writes)
                    self._doubt = Doubt()
                    self._seq += len(numbered)
            except REFUSALS as error:
                await self._recover()
                raise refusal(error, self._where) from error
            except NotLeading:
                await self._recover()
                raise lead_lost(self._where) from None
            except asyncio.CancelledError:
                await self._recover()
                raise

    async def _not_yet_written(self, batch: Batch) -> Batch:
        """Without what is written once only and a try whose answer was lost has written already."""
        doubt = self._doubt
        if not doubt.numbered and not doubt.batch.requests:
            return batch
        if not await self._is_written(doubt):
            self._doubt = Doubt()
            return batch
        self._doubt = Doubt()
        self._seq += len(doubt.numbered)
        return without(batch, doubt.batch)

    async def _is_written(self, doubt: Doubt) -> bool:
        """Looks behind the last number that was confirmed; where a batch had no records, for its first request."""
        conn = await self._connected()
        async with conn.begin():
            await self._still_lead(conn)
            if not doubt.numbered:
                serial = tables.requests.c.serial == doubt.batch.requests[0][0]
                return (await conn.execute(select(tables.requests.c.serial).where(serial))).first() is not None
            found: list[Row] = []
            for row in await conn.execute(
                select(tables.journal).where(tables.journal.c.seq > self._seq).order_by(tables.journal.c.seq)
            ):
                found.append((row.seq, micros(row.at), *row[2:]))
        if found and found != doubt.numbered:
            raise other_writer(self._where)
        return bool(found)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """For the rare writes that are not changes of the desk: migrations, tokens, settings, accounts and sessions."""
        async with self._lock:
            try:
                conn = await self._connected()
                async with conn.begin():
                    await self._still_lead(conn)
                    yield conn
            except REFUSALS as error:
                await self._recover()
                raise refusal(error, self._where) from error

    async def _still_lead(self, conn: AsyncConnection) -> None:
        """Raises LeadLost. Whoever never led only adds a token or reads: nobody's lead is in the way of that."""
        if self._epoch is not None:
            epoch = await conn.execute(select(tables.leader.c.epoch).with_for_update(read=True))
            if epoch.scalar() != self._epoch:
                raise lead_lost(self._where)

    async def start(self, lead: bool) -> None:
        """Take the lead, where it is wanted, and take up the numbers where the journal ends."""
        epoch = None
        async with self.transaction() as conn:
            if lead:
                higher = update(tables.leader).values(epoch=tables.leader.c.epoch + 1)
                epoch = (await conn.execute(higher.returning(tables.leader.c.epoch))).scalar_one()
            self._seq = (await conn.execute(select(func.max(tables.journal.c.seq)))).scalar() or 0
        self._epoch = epoch

    async def close(self) -> None:
        async with self._lock:
            if self._conn is not None:
                conn, self._conn = self._conn, None
                await conn.close()
            await self._engine.dispose()

    async def _connected(self) -> AsyncConnection:
        if self._conn is None:
            self._conn = await self._engine.connect()
        return self._conn

    async def _driver(self) -> Driver:
        raw: Any = (await (await self._connected()).get_raw_connection()).driver_connection
        kind = PostgresDriver if self._engine.dialect.name == "postgresql" else SQLiteDriver
        return kind(raw, self._epoch)

    async def _recover(self) -> None:
        """Back to no transaction. A connection that cannot even do that is given up; the next write makes another."""
        if self._conn is None:
            return
        try:
            await (await self._driver()).rollback()
        except REFUSALS:
            conn, self._conn = self._conn, None
            try:
                await conn.invalidate()
                await conn.close()
            except REFUSALS:
                pass  # it is gone already
