"""The file of each case, what cases are found by, structures, templates, and the counts that remain.

The tables are written out; the files of cases that are there already are made by the code of today, as the desk would
have made them: what the database knows of a case, its requests, and the académie of the last postcode.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from alembic import op
from pydantic import TypeAdapter

from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.request import Intake
from dialer.core.callbacks.states import CaseId
from dialer.core.cases.case import Appointment, Case, Ended, Kind
from dialer.core.cases.file import Given, open_file
from dialer.core.cases.responsible import responsible_for
from dialer.core.revision import Versioned
from dialer.core.words import E164, By
from dialer.store.case_rows import appointment_rows, case_row, word_rows
from dialer.store.snapshot import booking_of, request_of
from dialer.store.tables import instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CHUNK = 1000


def upgrade() -> None:
    _found_by()
    _remaining()
    op.create_index("callbacks_case", "callbacks", ["case"])
    _partial("calls_caller", "calls", ["caller"], "caller IS NOT NULL")
    op.create_index("requests_case", "requests", ["case"])
    op.drop_index("cases_open", "cases")
    op.rename_table("cases", "cases_before")
    _cases()
    _take_over()
    op.drop_table("cases_before")
    _case_indexes()


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("legal_deadline_at", sa.BigInteger()),
        sa.Column("appointment_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("outcome", sa.String()),
        sa.Column("phone", sa.String()),
        sa.Column("at_risk_at", sa.BigInteger()),
        sa.Column("first_name", sa.String()),
        sa.Column("name", sa.String()),
        sa.Column("academie", sa.String()),
        sa.Column("officer", sa.String()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text()),
        sa.Column("archive", sa.Text()),
        sa.Column("stood", sa.String()),
        sa.CheckConstraint(
            "(ended_at IS NOT NULL) = (outcome IS NOT NULL) AND (file IS NOT NULL) = (archive IS NULL)"
            " AND (ended_at IS NOT NULL OR file IS NOT NULL)",
            name="cases_one_outcome",
        ),
    )


def _case_indexes() -> None:
    by = ["received_at", "id"]
    op.create_index("cases_received", "cases", by)
    op.create_index("cases_academie", "cases", ["academie", *by, "ended_at", "outcome", "kind", "officer"])
    _partial("cases_whole", "cases", by, "archive IS NULL")
    _partial("cases_phone", "cases", ["phone"], "phone IS NOT NULL")
    _partial("cases_officer", "cases", ["officer", *by, "ended_at"], "officer IS NOT NULL")
    _partial("cases_outcome", "cases", ["outcome", *by, "academie", "kind", "officer"], "outcome IS NOT NULL")
    _partial("cases_stood", "cases", ["stood", *by, "academie", "kind", "officer"], "stood IS NOT NULL")
    clock = ["at_risk_at", "legal_deadline_at", "appointment_at"]
    _partial("cases_open", "cases", [*by, "academie", "officer", "kind", *clock], "ended_at IS NULL")
    _partial("cases_ended", "cases", ["ended_at", "id"], "ended_at IS NOT NULL")


def _found_by() -> None:
    op.create_table(
        "case_words",
        sa.Column("word", sa.String(), primary_key=True),
        sa.Column("case", sa.String(), primary_key=True),
    )
    op.create_index("case_words_case", "case_words", ["case"])
    op.create_table(
        "appointments",
        sa.Column("case", sa.String(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("on_at", sa.BigInteger(), nullable=False),
        sa.Column("structure", sa.String()),
        sa.Column("state", sa.String(), nullable=False),
    )
    _partial("appointments_structure", "appointments", ["structure", "case"], "structure IS NOT NULL")


def _remaining() -> None:
    op.create_table(
        "tallies",
        sa.Column("year", sa.Integer(), primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.String(), primary_key=True) for name in ("academie", "kind", "dimension", "value")),
        *(sa.Column(name, sa.String(), primary_key=True) for name in ("count", "delay")),
        sa.Column("days", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
    )
    for table, column in (("templates", "template"), ("structures", "structure")):
        op.create_table(
            table,
            sa.Column("id", sa.String(), primary_key=True),
            sa.Column(column, sa.Text(), nullable=False),
        )


# -- the cases that are there -----------------------------------------------------------------------


def _take_over() -> None:
    conn = op.get_bind()
    columns = ", ".join(_COLUMNS)
    marks = ", ".join(f":{name}" for name in _COLUMNS)
    keep = sa.text(f"INSERT INTO cases ({columns}) VALUES ({marks})")  # noqa: S608 - our own names
    words = sa.text('INSERT INTO case_words (word, "case") VALUES (:word, :case) ON CONFLICT DO NOTHING')
    dated = sa.text(
        'INSERT INTO appointments ("case", number, on_at, structure, state)'
        " VALUES (:case, :number, :on_at, :structure, :state)"
    )
    for row in _rows(conn):
        intakes = list(_intakes(conn, row.id))
        case = _case(row)
        postcode = next((each.request.postcode for each in reversed(intakes) if each.request.postcode), None)
        given = tuple(Given(each.at, each.request, each.booking.flags) for each in intakes)
        file = Versioned(replace(open_file(case, responsible_for(postcode, case.received_at)), requests=given))
        conn.execute(keep, dict(zip(_COLUMNS, case_row(file), strict=True)))
        for intake in intakes:
            for word, of in word_rows(intake):
                conn.execute(words, {"word": word, "case": of})
        for of, number, on_at, structure, state in appointment_rows(file.value):
            conn.execute(dated, {"case": of, "number": number, "on_at": on_at, "structure": structure, "state": state})


_COLUMNS = (
    "id", "kind", "received_at", "legal_deadline_at", "appointment_at", "ended_at", "outcome", "phone", "at_risk_at",
    "first_name", "name", "academie", "officer", "version", "file", "archive", "stood",
)  # fmt: skip


def _rows(conn: sa.Connection) -> Iterator[Any]:
    after = ""
    query = sa.text("SELECT * FROM cases_before WHERE id > :after ORDER BY id LIMIT :many")
    while rows := conn.execute(query, {"after": after, "many": CHUNK}).all():
        yield from rows
        after = rows[-1].id


def _case(row: Any) -> Case:
    """As it was stored; of one that has ended, what is still known."""
    if row.snapshot is not None:
        return _CASE.validate_json(row.snapshot)
    appointments: tuple[Appointment, ...] = ()
    if row.appointment_at is not None:
        appointments = (Appointment(instant(row.appointment_at), instant(row.ended_at)),)
    ended = Ended(instant(row.ended_at), CallbackOutcome(row.outcome), By.PERSON)
    phone = E164(row.phone or "")
    return Case(CaseId(row.id), instant(row.received_at), phone, Kind(row.kind), appointments=appointments, ended=ended)


def _intakes(conn: sa.Connection, case: str) -> Iterator[Intake]:
    query = sa.text('SELECT serial, at, request, booking FROM requests WHERE "case" = :case ORDER BY serial')
    for row in conn.execute(query, {"case": case}):
        yield Intake(instant(row.at), row.serial, request_of(row.request), booking_of(row.booking))


_CASE = TypeAdapter(Case)


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    """The open cases as they were; files, and what else this release has written, are lost."""
    conn = op.get_bind()
    rows = conn.execute(sa.text("SELECT * FROM cases")).all()
    for table in ("cases", "case_words", "appointments", "tallies", "templates", "structures"):
        op.drop_table(table)
    op.drop_index("callbacks_case", "callbacks")
    op.drop_index("calls_caller", "calls")
    op.drop_index("requests_case", "requests")
    before = op.create_table(
        "cases",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("legal_deadline_at", sa.BigInteger()),
        sa.Column("appointment_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("outcome", sa.String()),
        sa.Column("phone", sa.String()),
        sa.Column("snapshot", sa.Text()),
        sa.CheckConstraint(
            "(ended_at IS NOT NULL) = (outcome IS NOT NULL) AND (ended_at IS NOT NULL) = (snapshot IS NULL)",
            name="cases_one_outcome",
        ),
    )
    _partial("cases_open", "cases", ["received_at", "id"], "ended_at IS NULL")
    kept = [
        {
            "id": row.id, "kind": row.kind, "received_at": row.received_at, "legal_deadline_at": row.legal_deadline_at,
            "appointment_at": row.appointment_at, "ended_at": row.ended_at, "outcome": row.outcome, "phone": row.phone,
            "snapshot": json.dumps(json.loads(row.file)["value"]["case"]) if row.ended_at is None else None,
        }
        for row in rows
    ]  # fmt: skip
    if kept:
        op.bulk_insert(before, kept)
