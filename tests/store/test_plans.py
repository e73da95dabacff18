"""Every question that is asked again and again finds its answer by an index, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import Select, and_, func, select

from dialer.store import CallFilter, Store
from dialer.store.pages import select_call, select_page, write_cursor
from dialer.store.tables import calls, journal, tokens
from tests.core.world import T0
from tests.store.scenes import arrivals

pytestmark = pytest.mark.asyncio
LATER = T0 + timedelta(seconds=100)
CURSOR = write_cursor(LATER, "n00100")
QUESTIONS: dict[str, tuple[Select, str]] = {  # type: ignore[type-arg]
    "the newest calls": (select_page(CallFilter(), 20, None), "calls_arrived"),
    "the next page": (select_page(CallFilter(), 20, CURSOR), "calls_arrived"),
    "calls since": (select_page(CallFilter(since=LATER), 20, CURSOR), "calls_arrived"),
    "calls of a line": (select_page(CallFilter(line="urgent"), 20, CURSOR), "calls_line"),
    "calls of a queue": (select_page(CallFilter(queue="main"), 20, CURSOR), "calls_queue"),
    "calls of an outcome": (select_page(CallFilter(outcome="failed"), 20, None), "calls_outcome"),
    "calls of an adviser": (select_page(CallFilter(adviser="a", since=LATER), 20, None), "calls_adviser"),
    "calls that wait": (select_page(CallFilter(state="waiting"), 20, None), "calls_open"),
    "one call": (select_call("n00001"), "calls_pkey|sqlite_autoindex_calls"),
    "open calls at a start": (
        select(calls.c.snapshot).where(calls.c.ended_at.is_(None)).order_by(calls.c.arrived_at, calls.c.id),
        "calls_open",
    ),
    "a timeline": (select(journal).where(journal.c.call == "n00001").order_by(journal.c.seq), "journal_call"),
    "the bounds of a time": (
        select(func.min(journal.c.seq), func.max(journal.c.seq)).where(
            and_(journal.c.at >= LATER, journal.c.at < LATER + timedelta(seconds=9))
        ),
        "journal_at",
    ),
    "the journal's end": (select(func.max(journal.c.at)), "journal_at"),
    "a token": (select(tokens).where(tokens.c.hash == "x"), "tokens_hash"),
}


async def test_the_plans_use_the_indexes(store: Store) -> None:
    changes = arrivals(0, 3000)
    await store.append(changes)
    async with store._writer.transaction() as conn:
        # As after years: all but a few have ended.
        await conn.exec_driver_sql(
            "UPDATE calls SET state = 'ended', ended_at = 1, outcome = 'answered', snapshot = NULL, queue = 'dropout',"
            " adviser = 'b' WHERE id < 'n02950'"
        )
        await conn.exec_driver_sql("UPDATE calls SET line = 'welcomed' WHERE id < 'n02950'")
        await conn.exec_driver_sql("ANALYZE")
    async with store._writer.transaction() as conn:
        dialect = conn.dialect
        if dialect.name == "postgresql":
            await conn.exec_driver_sql("SET enable_seqscan = off")  # the tokens' one page needs no index
        for name, (question, index) in QUESTIONS.items():
            sql = str(question.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
            explain = "EXPLAIN QUERY PLAN " if dialect.name == "sqlite" else "EXPLAIN "
            plan = "\n".join(str(tuple(row)) for row in await conn.exec_driver_sql(explain + sql.replace("%", "%%")))
            assert any(wanted in plan for wanted in index.split("|")), f"{name}: {plan}"
            if name not in ("one call", "a token"):
                assert "TEMP B-TREE" not in plan, f"{name}: {plan}"
                assert "Seq Scan" not in plan, f"{name}: {plan}"
