"""The writes of a batch as the driver takes them: SQL compiled once, with one parameter for each of a row's values.

Decides what of a row that is stored already is replaced, and in which order the tables are written. Must not know
connections. Written through SQLAlchemy's Core a batch of one costs 675 µs of CPU; so, 165 µs, of which the look
at the leader's epoch is 20 (2 cores, SQLite; tests/store/measure.py tells today's figures).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Dialect, Table, bindparam, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from dialer.store import tables
from dialer.store.callback_rows import Row
from dialer.store.rows import Batch

CALL_CHANGES = ("queue", "state", "outcome", "stage", "queued_at", "answered_at", "ended_at", "adviser", "snapshot")
"""What of a call may change; the rest was said when it arrived."""
ADVISER_CHANGES = ("wish", "state", "state_since", "snapshot")
CASE_CHANGES = ("appointment_at", "ended_at", "outcome", "phone", "snapshot")
CALLBACK_CHANGES = (
    "queue", "state", "outcome", "due_at", "window_start_at", "window_end_at", "adviser", "phone", "zone",
    "closed_at", "gate_reason", "gate_until", "snapshot",
)  # fmt: skip
ATTEMPT_CHANGES = ("cause", "ended_at", "outcome")
"""Never the number that was dialled: the callback's may be another by now."""
OF_ITS_CASE = ("kind", "legal_deadline_at")
"""What a new callback takes from the row of its case."""


class Statements:
    """One SQL text for each table, its parameters in the order of the table's columns."""

    def __init__(self, dialect_name: str) -> None:
        self._insert: Any = postgresql.insert if dialect_name == "postgresql" else sqlite.insert
        self._dialect: Dialect
        if dialect_name == "postgresql":
            self._dialect = PGDialect_psycopg(paramstyle="format")  # type: ignore[no-untyped-call]
        else:
            self._dialect = SQLiteDialect_pysqlite(paramstyle="qmark")
        self._journal = self._compiled(insert(tables.journal), tables.journal)
        self._calls = self._upsert(tables.calls, CALL_CHANGES)
        self._advisers = self._upsert(tables.advisers, ADVISER_CHANGES)
        self._cases = self._upsert(tables.cases, CASE_CHANGES)
        self._callbacks = self._upsert(tables.callbacks, CALLBACK_CHANGES, OF_ITS_CASE)
        self._attempts = self._upsert(tables.attempts, ATTEMPT_CHANGES)
        self._requests = self._compiled(insert(tables.requests), tables.requests)
        self._keys = self._once(tables.idempotency)
        self._oppositions = self._once(tables.oppositions)
        self._serials = self._compiled(self._highest(), tables.serials)

    def writes(self, batch: Batch, numbered: list[Row], requests: list[Row]) -> list[tuple[str, list[Row]]]:
        """The journal first: there a second writer is found out. Cases before the callbacks that look at them."""
        found = (
            (self._journal, numbered),
            (self._calls, batch.calls),
            (self._advisers, batch.advisers),
            (self._cases, batch.cases),
            (self._callbacks, batch.callbacks),
            (self._attempts, batch.attempts),
            (self._requests, requests),
            (self._keys, batch.keys),
            (self._oppositions, batch.oppositions),
            (self._serials, batch.serials),
        )
        return [(sql, rows) for sql, rows in found if rows]

    def _upsert(self, table: Table, changing: tuple[str, ...], of_its_case: tuple[str, ...] = ()) -> str:
        row = self._insert(table)
        if of_its_case:
            values: dict[str, Any] = {column.name: bindparam(f"_{column.name}") for column in table.columns}
            for name in of_its_case:
                of_case = tables.cases.c.id == bindparam(f"_{name}")
                values[name] = select(tables.cases.c[name]).where(of_case).scalar_subquery()
            row = row.values(values)
        change = {name: row.excluded[name] for name in changing}
        return self._compiled(row.on_conflict_do_update(index_elements=table.primary_key.columns, set_=change), table)

    def _once(self, table: Table) -> str:
        """What was said first stays."""
        return self._compiled(self._insert(table).on_conflict_do_nothing(), table)

    def _highest(self) -> Any:
        row = self._insert(tables.serials)
        higher = row.excluded.last > tables.serials.c.last
        return row.on_conflict_do_update(index_elements=["id"], set_={"last": row.excluded.last}, where=higher)

    def _compiled(self, statement: Any, table: Table) -> str:
        compiled = statement.compile(dialect=self._dialect)
        asked = [name.removeprefix("_") for name in compiled.positiontup]
        assert asked == [column.name for column in table.columns], "rows would be written askew"
        return str(compiled)
