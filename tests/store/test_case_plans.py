"""Every question about cases finds its answer by an index, on both databases, however many have ended."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Select, select

from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.cases.case import Kind, Standing
from dialer.core.cases.responsible import OfficerId
from dialer.core.cases.visibility import Everywhere
from dialer.core.places.academie import AcademieCode
from dialer.core.views import CaseFilter
from dialer.store import Store
from dialer.store.case_pages import select_cases
from dialer.store.pages import write_cursor
from dialer.store.tables import callbacks, cases, requests, tallies
from ops.bench.made_up_callbacks import NOW, by_table, closed_rows, open_rows
from ops.bench.made_up_cases import structure

pytestmark = pytest.mark.asyncio
CURSOR = write_cursor(NOW - timedelta(hours=3), "case-00000000")
LYON, PARIS = AcademieCode("10"), AcademieCode("01")


def page(cursor: str | None = CURSOR, **asked: Any) -> Select[Any]:
    return select_cases(CaseFilter(asked.pop("academies", Everywhere()), NOW, **asked), 20, cursor)


IN_ORDER: dict[str, tuple[Select[Any], str]] = {
    "the newest": (page(None), "cases_received"),
    "the next page": (page(), "cases_received"),
    "of a year": (page(received_year=2026), "cases_received"),
    "of an académie": (page(academies=frozenset({LYON})), "cases_academie"),
    "of an officer": (page(officer=OfficerId("10-1")), "cases_officer"),
    "of an outcome": (page(outcome=CallbackOutcome.ALERTE_DANGER), "cases_outcome"),
    "of an outcome and a kind": (page(outcome=CallbackOutcome.RDV_FIXE, kind=Kind.INFORMATION), "cases_outcome"),
    "that are open": (page(ended=False), "cases_open|cases_received"),
    "that nobody has in hand": (page(unassigned=True), "cases_open"),
    "at risk": (page(at_risk=True), "cases_open"),
    "due before": (page(due_before=NOW), "cases_open"),
    "open and late": (page(ended=False, standing=Standing.LATE), "cases_open"),
    "ended late": (page(ended=True, standing=Standing.LATE), "cases_stood"),
    "open at a start": (
        select(cases.c.file).where(cases.c.ended_at.is_(None)).order_by(cases.c.received_at, cases.c.id).limit(1000),
        "cases_open|cases_received",
    ),
    "ended before": (
        select(cases.c.file)
        .where(cases.c.ended_at < NOW)
        .order_by(cases.c.ended_at, cases.c.id)
        .limit(500),
        "cases_ended",
    ),
}  # fmt: skip
FEW: dict[str, tuple[Select[Any], str]] = {
    "late, open or ended": (page(standing=Standing.LATE), "cases_stood"),
    "with a structure": (page(structure=structure(7)), "appointments_structure"),
    "of an académie with a structure": (
        page(structure=structure(7), academies=frozenset({LYON, PARIS})),
        "appointments_structure",
    ),
    "by words": (page(words=("zoe", "vasseur")), "case_words_pkey|sqlite_autoindex_case_words"),
    "one file": (select(cases.c.file).where(cases.c.id == "case-00000000"), "cases_pkey|sqlite_autoindex_cases"),
    "the callbacks of one": (
        select(callbacks.c.id).where(callbacks.c.case == "case-0").order_by(callbacks.c.requested_at, callbacks.c.id),
        "callbacks_case",
    ),
    "the requests of one": (select(requests.c.serial).where(requests.c.case == "case-0"), "requests_case"),
    "a year's counts": (select(tallies).where(tallies.c.year == 2026), "tallies_pkey|sqlite_autoindex_tallies"),
}
"""Of these, few rows are sorted."""


async def test_the_plans_use_the_indexes(store: Store) -> None:
    made = [*closed_rows(0, 6000), *open_rows(0, 200)]
    async with store._writer.transaction() as conn:
        mark = "?" if conn.dialect.name == "sqlite" else "%s"
        for table, rows in by_table(made):
            marks = ",".join([mark] * len(table.columns))
            await conn.exec_driver_sql(f"INSERT INTO {table.name} VALUES ({marks})", rows)
        if conn.dialect.name == "postgresql":
            # As its autovacuum does by itself. SQLite learns nothing of what it holds, and so it must not here either.
            await conn.exec_driver_sql("ANALYZE")
    async with store._writer.transaction() as conn:
        dialect = conn.dialect
        if dialect.name == "postgresql":
            # Of so few rows it would rather read all, or sort some; the index must be good for more.
            for way in ("seqscan", "bitmapscan"):
                await conn.exec_driver_sql(f"SET enable_{way} = off")
        faults = []
        for name, (question, index) in (IN_ORDER | FEW).items():
            sql = str(question.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
            explain = "EXPLAIN QUERY PLAN " if dialect.name == "sqlite" else "EXPLAIN "
            plan = "\n".join(str(tuple(row)) for row in await conn.exec_driver_sql(explain + sql.replace("%", "%%")))
            by_index = any(wanted in plan for wanted in index.split("|"))
            unsorted = name in FEW or ("TEMP B-TREE" not in plan and "Sort" not in plan)
            if not by_index or not unsorted or "Seq Scan" in plan or "SCAN cases\n" in plan:
                faults.append(f"{name}: {plan}")
        assert faults == []
