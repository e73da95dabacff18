"""The one writer: every batch of changes is one transaction, all or nothing, and nothing gets in twice.

Decides the journal's numbers. They are given here, in order and without a gap, so a failed batch keeps its numbers for
the next try. When the answer to a commit was lost, the next append first looks what stands behind the last number that
was confirmed: nothing (the batch was not written), the very batch (it was; it is not written again), or something else
(another program writes; refused).

Writes go straight to the driver, by statements that SQLAlchemy compiled once: 137 µs of CPU for a batch of one against
675 µs through its Core (2 cores, SQLite; tests/store/measure.py tells today's figures).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

from sqlalchemy import Dialect, Table, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dialer.store import tables
from dialer.store.refusal import REFUSALS, other_writer, refusal
from dialer.store.rows import Batch, Row
from dialer.store.tables import micros

ANSWER_MAX_S = 12.0
"""How long PostgreSQL may take over one batch; more than its own limits for locks and statements."""

CALL_CHANGES = ("queue", "state", "outcome", "stage", "queued_at", "answered_at", "ended_at", "adviser", "snapshot")
"""What of a call may change; the rest was said when it arrived."""
ADVISER_CHANGES = ("wish", "state", "state_since", "snapshot")


class Statements:
    """The three writes as the driver takes them: SQL with its parameters in the order of the table's columns."""

    def __init__(self, dialect_name: str) -> None:
        upsert: Any = postgresql.insert if dialect_name == "postgresql" else sqlite.insert
        dialect: Dialect
        if dialect_name == "postgresql":
            dialect = PGDialect_psycopg(paramstyle="format")  # type: ignore[no-untyped-call]
        else:
            dialect = SQLiteDialect_pysqlite(paramstyle="qmark")
        self.journal = _compiled(insert(tables.journal), tables.journal, dialect)
        self.calls = _compiled(_upsert(upsert, tables.calls, CALL_CHANGES), tables.calls, dialect)
        self.advisers = _compiled(_upsert(upsert, tables.advisers, ADVISER_CHANGES), tables.advisers, dialect)

    def writes(self, batch: Batch, numbered: list[Row]) -> list[tuple[str, list[Row]]]:
        found = ((self.journal, numbered), (self.calls, batch.calls), (self.advisers, batch.advisers))
        return [(sql, rows) for sql, rows in found if rows]


def _upsert(upsert: Any, table: Table, changing: tuple[str, ...]) -> Any:
    row = upsert(table)
    return row.on_conflict_do_update(index_elements=["id"], set_={name: row.excluded[name] for name in changing})


def _compiled(statement: Any, table: Table, dialect: Dialect) -> str:
    compiled = statement.compile(dialect=dialect)
    assert list(compiled.positiontup) == [column.name for column in table.columns], "rows would be written askew"
    return str(compiled)


class Driver(Protocol):
    async def write(self, writes: Sequence[tuple[str, list[Row]]]) -> None:
        """All in one transaction, committed when it returns."""

    async def rollback(self) -> None: ...


class SQLiteDriver:
    """aiosqlite's own connection."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    async def write(self, writes: Sequence[tuple[str, list[Row]]]) -> None:
        await self._raw.execute("BEGIN IMMEDIATE")
        for sql, rows in writes:
            await self._raw.executemany(sql, rows)
        await self._raw.commit()

    async def rollback(self) -> None:
        await self._raw.rollback()


class PostgresDriver:
    """psycopg's own connection. The pipeline sends a whole batch in one go."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    async def write(self, writes: Sequence[tuple[str, list[Row]]]) -> None:
        async with asyncio.timeout(ANSWER_MAX_S):
            async with self._raw.pipeline(), self._raw.cursor() as cursor:
                for sql, rows in writes:
                    await cursor.executemany(sql, rows)
            await self._raw.commit()

    async def rollback(self) -> None:
        async with asyncio.timeout(1.0):
            await self._raw.rollback()


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
        self._doubt: list[Row] = []
        """The numbered records of a batch that failed: they stand in the journal, or they do not."""

    async def append(self, batch: Batch) -> None:
        """Write a batch. StoreError: it may be tried again, alone or with more changes behind it.

        Being cancelled does not tear a commit: it goes on, and ``close`` waits for it.
        """
        task = asyncio.ensure_future(self._append(batch))
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            raise

    async def _append(self, batch: Batch) -> None:
        async with self._lock:
            try:
                written = await self._written_before(batch)
                numbered = [(self._seq + number, *row) for number, row in enumerate(batch.records[written:], 1)]
                writes = self._statements.writes(batch, numbered)
                if writes:
                    driver = await self._driver()
                    self._doubt = numbered
                    await driver.write(writes)
                    self._doubt = []
                    self._seq += len(numbered)
            except REFUSALS as error:
                await self._recover()
                raise refusal(error, self._where) from error
            except asyncio.CancelledError:
                await self._recover()
                raise

    async def _written_before(self, batch: Batch) -> int:
        """How many of the batch's first records stand in the journal already, from a try whose answer was lost."""
        if not self._doubt:
            return 0
        conn = await self._connected()
        found: list[Row] = []
        async with conn.begin():
            for row in await conn.execute(
                select(tables.journal).where(tables.journal.c.seq > self._seq).order_by(tables.journal.c.seq)
            ):
                found.append((row.seq, micros(row.at), *row[2:]))
        doubt, self._doubt = self._doubt, []
        if not found:
            return 0
        if found != doubt:
            self._doubt = doubt
            raise other_writer(self._where)
        self._seq += len(doubt)
        return len(doubt) if batch.records[: len(doubt)] == [row[1:] for row in doubt] else 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """For the rare writes that are not changes of the desk: migrations, tokens, settings."""
        async with self._lock:
            try:
                conn = await self._connected()
                async with conn.begin():
                    yield conn
            except REFUSALS as error:
                await self._recover()
                raise refusal(error, self._where) from error

    async def start(self) -> None:
        """Take up the numbers where the journal ends."""
        async with self.transaction() as conn:
            self._seq = (await conn.execute(select(func.max(tables.journal.c.seq)))).scalar() or 0

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
        return PostgresDriver(raw) if self._engine.dialect.name == "postgresql" else SQLiteDriver(raw)

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
