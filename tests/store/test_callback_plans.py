"""Every question about callbacks finds its answer by an index, on both databases, however many are closed."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.core.words import E164
from dialer.store import CallbackFilter, Store
from dialer.store import callback_reads as reads
from dialer.store.callback_pages import select_attempts, select_callback, select_callbacks, select_due
from dialer.store.number_history import select_callbacks_of, select_calls_of
from dialer.store.pages import write_cursor
from dialer.store.tables import callbacks, cases, requests
from dialer.store.taken_up import select_declined, select_dialled
from ops.bench.made_up_callbacks import Made, by_table, closed_rows
from tests.core.world import T0
from tests.store.promised import every_life

pytestmark = pytest.mark.asyncio
LATER = T0 + timedelta(minutes=100)
CURSOR = write_cursor(LATER, "cb-00000000")


def page(cursor: str | None = CURSOR, **asked: object) -> Select[Any]:
    return select_callbacks(CallbackFilter(**asked), 20, cursor)  # type: ignore[arg-type]


QUESTIONS: dict[str, tuple[Select[Any], str]] = {
    "the newest callbacks": (page(None), "callbacks_requested"),
    "the next page": (page(), "callbacks_requested"),
    "callbacks since": (page(since=T0), "callbacks_requested"),
    "of a line": (page(line="main"), "callbacks_line"),
    "of a queue": (page(queue="main"), "callbacks_queue"),
    "of a kind": (page(kind="information"), "callbacks_kind"),
    "in a state": (page(state="dialling"), "callbacks_state"),
    "that are closed": (page(state="closed"), "callbacks_state"),
    "of an outcome": (page(outcome="RDV_FIXE"), "callbacks_outcome"),
    "of an adviser": (page(adviser="adv05"), "callbacks_adviser"),
    "of an adviser, a line and a kind": (page(adviser="adv05", line="main", kind="rtf"), "callbacks_adviser"),
    "of an adviser, in a state": (page(adviser="adv05", state="resting"), "callbacks_adviser_state"),
    "of an adviser, with an outcome": (page(adviser="adv05", state="closed", outcome="REFUS"), "callbacks_adviser"),
    "promised to a number": (select_callbacks_of(E164("+33199000001"), 10), "callbacks_phone"),
    "calls of a number": (select_calls_of(E164("+33199000001"), 10), "calls_caller"),
    "of a state and a line": (page(state="dialling", line="main", kind="rtf"), "callbacks_state"),
    "closed, of a line": (page(state="closed", line="main"), "callbacks_line|callbacks_state"),
    "of an outcome and a line": (page(outcome="ORIENTE", line="main", since=T0), "callbacks_outcome"),
    "of an outcome, a line and a kind": (page(outcome="ORIENTE", line="main", kind="information"), "callbacks_outcome"),
    "that will be late, of a line and a kind": (page(late_before=LATER, line="main", kind="rtf"), "callbacks_open"),
    "of an outcome and a kind": (page(outcome="ORIENTE", kind="rtf"), "callbacks_outcome"),
    "of a line and a kind": (page(line="main", kind="rtf"), "callbacks_line_kind"),
    "of a queue and a kind": (page(queue="main", kind="rtf"), "callbacks_queue_kind"),
    "that will be late": (page(late_before=LATER), "callbacks_open"),
    "that are due": (select_due(LATER, 50), "callbacks_due"),
    "one callback": (select_callback("cb-00000000"), "callbacks_pkey|sqlite_autoindex_callbacks"),
    "its attempts": (select_attempts("cb-00000000"), "attempts_pkey|sqlite_autoindex_attempts"),
    "what was asked": (reads.select_intakes("cb-00000000"), "requests_callback"),
    "the key of what was asked": (reads.select_intakes("cb-00000000"), "idempotency_serial"),
    "by its reference": (reads.select_by_reference("00000000"), "requests_reference"),
    "the answer to a key": (reads.select_answered("k"), "idempotency_pkey|sqlite_autoindex_idempotency"),
    "what is told of callbacks": (reads.select_records_after(9, 50, "callback_"), "journal_callbacks"),
    "open callbacks at a start": (
        select(callbacks.c.snapshot)
        .where(callbacks.c.closed_at.is_(None))
        .order_by(callbacks.c.requested_at, callbacks.c.id)
        .limit(1000),
        "callbacks_open",
    ),
    "open cases at a start": (
        select(cases.c.file).where(cases.c.ended_at.is_(None)).order_by(cases.c.received_at, cases.c.id).limit(1000),
        "cases_open",
    ),
    "attempts of late": (select_dialled(LATER), "attempts_at"),
    "refusals of late": (select_declined(LATER), "callbacks_ended"),
    "the highest serial": (select(func.max(requests.c.serial)), "requests_pkey|SEARCH requests"),
}


async def closed_by_the_thousand(conn: AsyncConnection, rows: Sequence[Made]) -> None:
    mark = "?" if conn.dialect.name == "sqlite" else "%s"
    for table, of_table in by_table(rows):
        marks = ",".join([mark] * len(table.columns))
        if of_table:
            await conn.exec_driver_sql(f"INSERT INTO {table.name} VALUES ({marks})", of_table)
    if conn.dialect.name == "postgresql":
        # As its autovacuum does by itself. SQLite learns nothing of what it holds, and so it must not here either.
        await conn.exec_driver_sql("ANALYZE")


async def test_the_plans_use_the_indexes(store: Store) -> None:
    await store.append(every_life(8).changes)
    rows = list(closed_rows(0, 6000))  # as after years: all but a few are closed
    async with store._writer.transaction() as conn:
        await closed_by_the_thousand(conn, rows)
    async with store._writer.transaction() as conn:
        dialect = conn.dialect
        if dialect.name == "postgresql":
            # Of so few rows it would rather read all, or sort some; the index must be good for more.
            await conn.exec_driver_sql("SET enable_seqscan = off")
            await conn.exec_driver_sql("SET enable_bitmapscan = off")
        for name, (question, index) in QUESTIONS.items():
            sql = str(question.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
            explain = "EXPLAIN QUERY PLAN " if dialect.name == "sqlite" else "EXPLAIN "
            plan = "\n".join(str(tuple(row)) for row in await conn.exec_driver_sql(explain + sql.replace("%", "%%")))
            assert any(wanted in plan for wanted in index.split("|")), f"{name}: {plan}"
            assert "TEMP B-TREE" not in plan, f"{name}: {plan}"
            assert "Seq Scan" not in plan, f"{name}: {plan}"
            assert "Sort" not in plan, f"{name}: {plan}"
