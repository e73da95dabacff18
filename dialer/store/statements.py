"""The writes of a batch as the driver takes them: SQL compiled once, with one parameter for each of a row's values.

Decides what of a row that is stored already is replaced, and in which order the tables are written. Must not know
connections. Written through SQLAlchemy's Core a batch of one costs 675 µs of CPU; so, 165 µs, of which the look
at the leader's epoch is 20 (2 cores, SQLite; tests/store/measure.py tells today's figures).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Dialect, Table, bindparam, delete, insert, literal_column, null, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from dialer.store import tables
from dialer.store.callback_rows import Row
from dialer.store.rows import Batch

CALL_CHANGES = ("queue", "state", "outcome", "stage", "queued_at", "answered_at", "ended_at", "adviser", "snapshot")
"""What of a call may change; the rest was said when it arrived."""
ADVISER_CHANGES = ("wish", "state", "state_since", "snapshot")
CASE_CHANGES = (
    "appointment_at", "ended_at", "outcome", "phone", "first_name", "name", "academie", "officer", "version", "file",
    "stood",
)  # fmt: skip
APPOINTMENT_CHANGES = ("on_at", "structure", "state")
CALLBACK_CHANGES = (
    "queue", "state", "outcome", "due_at", "window_start_at", "window_end_at", "adviser", "phone", "zone",
    "closed_at", "gate_reason", "gate_until", "snapshot",
)  # fmt: skip
CONTACT_CHANGES = (
    "changed_at", "version", "reasons", "note", "asked", "tab", "turn", "filed_at", "filed_as", "booked", "reference",
    "case",
)  # fmt: skip
ATTEMPT_CHANGES = ("cause", "ended_at", "outcome")
"""Never the number that was dialled: the callback's may be another by now."""
OF_ITS_CASE = ("kind", "legal_deadline_at")
"""What a new callback takes from the row of its case."""

_NOTHING: Any = literal_column("''")


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
        self._cases = self._upsert(tables.cases, CASE_CHANGES, where=tables.cases.c.archive.is_(None))
        self._callbacks = self._upsert(tables.callbacks, CALLBACK_CHANGES, OF_ITS_CASE)
        self._attempts = self._upsert(tables.attempts, ATTEMPT_CHANGES)
        self._requests = self._compiled(insert(tables.requests), tables.requests)
        self._keys = self._once(tables.idempotency)
        self._oppositions = self._once(tables.oppositions)
        self._serials = self._compiled(self._highest(), tables.serials)
        self._words = self._once(tables.case_words)
        self._appointments = self._upsert(tables.appointments, APPOINTMENT_CHANGES, where=~_archived())
        self._templates = self._upsert(tables.templates, ("template",))
        self._structures = self._upsert(tables.structures, ("structure",))
        self._contacts = self._upsert(tables.contacts, CONTACT_CHANGES)
        self._notes_over = [self._text(each, ["_before"]) for each in _notes_over()]
        self._tallies = self._text(self._added(), [*(column.name for column in tables.tallies.columns), "_case"])
        self._archive = self._text(_archive(), ["_archive", "_case"])
        self._forget = [self._text(each, ["_case"]) for each in _forget()]
        self._remove = [self._text(each, ["_case"]) for each in (*_remove(), *_forget())]

    def writes(self, batch: Batch, numbered: list[Row]) -> list[tuple[str, list[Row]]]:
        """The journal first: there a second writer is found out. Cases before the callbacks that look at them."""
        found = (
            (self._journal, numbered),
            (self._calls, batch.calls),
            (self._advisers, batch.advisers),
            (self._cases, batch.cases),
            (self._callbacks, batch.callbacks),
            (self._attempts, batch.attempts),
            (self._requests, batch.requests),
            (self._keys, batch.keys),
            (self._oppositions, batch.oppositions),
            (self._serials, batch.serials),
            (self._words, batch.words),
            (self._appointments, batch.appointments),
            (self._templates, batch.templates),
            (self._structures, batch.structures),
            (self._contacts, batch.contacts),
            *((sql, batch.notes_before) for sql in self._notes_over),
            (self._archive, batch.archived),
            *((sql, [(case,) for _, case in batch.archived]) for sql in self._forget),
            (self._tallies, batch.tallies),
            *((sql, batch.erased) for sql in self._remove),
        )
        return [(sql, rows) for sql, rows in found if rows]

    def _upsert(
        self, table: Table, changing: tuple[str, ...], of_its_case: tuple[str, ...] = (), where: Any = None
    ) -> str:
        """``where``: which stored rows still change; an archived case does not, though a batch be written twice."""
        row = self._insert(table)
        if of_its_case:
            values: dict[str, Any] = {column.name: bindparam(f"_{column.name}") for column in table.columns}
            for name in of_its_case:
                of_case = tables.cases.c.id == bindparam(f"_{name}")
                values[name] = select(tables.cases.c[name]).where(of_case).scalar_subquery()
            row = row.values(values)
        change = {name: row.excluded[name] for name in changing}
        key = table.primary_key.columns
        return self._compiled(row.on_conflict_do_update(index_elements=key, set_=change, where=where), table)

    def _once(self, table: Table) -> str:
        """What was said first stays."""
        return self._compiled(self._insert(table).on_conflict_do_nothing(), table)

    def _highest(self) -> Any:
        row = self._insert(tables.serials)
        higher = row.excluded.last > tables.serials.c.last
        return row.on_conflict_do_update(index_elements=["id"], set_={"last": row.excluded.last}, where=higher)

    def _added(self) -> Any:
        """Adds to what is counted already, while the case is there: who erases it after somebody else adds nothing."""
        table = tables.tallies
        there = select(tables.cases.c.id).where(tables.cases.c.id == bindparam("_case")).exists()
        given = [bindparam(column.name, type_=column.type) for column in table.columns]
        row = self._insert(table).from_select([column.name for column in table.columns], select(*given).where(there))
        more = table.c.number + row.excluded.number
        return row.on_conflict_do_update(index_elements=table.primary_key.columns, set_={"number": more})

    def _compiled(self, statement: Any, table: Table) -> str:
        return self._text(statement, [column.name for column in table.columns])

    def _text(self, statement: Any, names: list[str]) -> str:
        compiled = statement.compile(dialect=self._dialect)
        asked = [name.removeprefix("_") for name in compiled.positiontup]
        assert asked == [name.removeprefix("_") for name in names], "rows would be written askew"
        return str(compiled)


def _archived() -> Any:
    """Of an appointment."""
    c = tables.cases.c
    return select(c.id).where(c.id == tables.appointments.c.case, c.archive.is_not(None)).exists()


def _archive() -> Any:
    """The file goes, and what lists show of the person; what the archive has of them stands in ``archive`` alone."""
    c = tables.cases.c
    gone = {c.file: null(), c.first_name: null(), c.name: null()}
    return update(tables.cases).where(c.id == bindparam("_case")).values({c.archive: bindparam("_archive"), **gone})


def _notes_over() -> list[Any]:
    """Of what was filed before an instant the reasons stay, for the figures; of a draft of that age nothing does."""
    c = tables.contacts.c
    before: Any = bindparam("_before")
    return [
        update(tables.contacts).where(c.filed_at < before, c.note.is_not(None)).values(note=null()),
        delete(tables.contacts).where(c.filed_at.is_(None), c.changed_at < before),
    ]


def _forget() -> list[Any]:
    """What is kept of a person beside the file and not any longer (`fates.ELSEWHERE`), one parameter each."""
    of: Any = bindparam("_case")
    t = tables
    serials = select(t.requests.c.serial).where(t.requests.c.case == of)
    theirs = select(t.callbacks.c.id).where(t.callbacks.c.case == of)
    return [
        delete(t.idempotency).where(t.idempotency.c.serial.in_(serials)),
        update(t.requests).where(t.requests.c.case == of).values(request=_NOTHING, booking=_NOTHING),
        update(t.attempts).where(t.attempts.c.callback.in_(theirs)).values(phone=null()),
        update(t.callbacks).where(t.callbacks.c.case == of).values(phone=null()),
        update(t.appointments).where(t.appointments.c.case == of).values(structure=null()),
        delete(t.case_words).where(t.case_words.c.case == of),
        update(t.contacts).where(t.contacts.c.case == of).values(note=null(), asked=null()),
    ]


def _remove() -> list[Any]:
    """Of an erased case nothing is left but its callbacks, which are nobody's then, and what it counts for."""
    of: Any = bindparam("_case")
    t = tables
    serials = select(t.requests.c.serial).where(t.requests.c.case == of)
    number = select(t.cases.c.phone).where(t.cases.c.id == of).scalar_subquery()
    theirs = select(t.calls.c.id).where(t.calls.c.caller == number)
    nobodys = update(t.contacts).values(note=null(), asked=null(), booked=null(), reference=null(), case=null())
    return [
        nobodys.where(t.contacts.c.call.in_(theirs)),
        nobodys.where(t.contacts.c.case == of),
        update(t.calls).where(t.calls.c.caller == number).values(caller=null()),
        delete(t.idempotency).where(t.idempotency.c.serial.in_(serials)),
        delete(t.requests).where(t.requests.c.case == of),
        delete(t.appointments).where(t.appointments.c.case == of),
        delete(t.cases).where(t.cases.c.id == of),
    ]
