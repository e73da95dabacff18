"""The store of callbacks at its full size: `python -m ops.bench.callbacks`, on SQLite or, by --url, on PostgreSQL.

200,000 open callbacks, and closed ones that grow from 10,000 to a million: what is due next, pages of lists by many
filters with cursors anywhere in the list, the time and memory of a start; then how many intents to dial one leader
commits in a second. Decides what is asked how often and what is to be reached. Unlike the other bench it drives the
store itself, for no phone asks so much.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.cases.case import Kind, Standing
from dialer.core.cases.responsible import OfficerId
from dialer.core.cases.sought import sought
from dialer.core.cases.visibility import Everywhere
from dialer.core.change import Change
from dialer.core.places.academie import AcademieCode
from dialer.core.views import CallbackFilter, CaseFilter
from dialer.core.words import record
from dialer.store import Store, StoreError
from dialer.store.pages import write_cursor
from ops.bench.made_up_callbacks import CLOSED_EVERY, NOW, OPEN_EVERY, Made, by_table, closed_rows, intents, open_rows
from ops.bench.made_up_cases import COMMON, file_of, structure, surname
from ops.bench.percentile import percentile
from ops.bench.table import markdown

OPEN = 200_000
CLOSED = (10_000, 100_000, 1_000_000)
READS = 200
"""Of each question."""
PAGE = 50
INTENTS = 4000
GROUP = 20
"""Intents in a commit, as the runner gathers them at a rate like this."""
CHUNK = 5000
DUE_MS_MAX, PAGE_MS_MAX, INTENTS_MIN = 5.0, 50.0, 500.0
LISTS: dict[str, CallbackFilter] = {
    "all": CallbackFilter(),
    "line": CallbackFilter(line="parcoursup"),
    "queue, since": CallbackFilter(queue="main", since=NOW - timedelta(days=400)),
    "state requested": CallbackFilter(state="requested"),
    "state dialling (none)": CallbackFilter(state="dialling"),
    "state closed": CallbackFilter(state="closed"),
    "outcome": CallbackFilter(outcome="RDV_FIXE"),
    "outcome, rare": CallbackFilter(outcome="ALERTE_DANGER"),
    "outcome, kind (none)": CallbackFilter(outcome="RDV_FIXE", kind="information"),
    "outcome, line (none)": CallbackFilter(outcome="RDV_FIXE", line="parcoursup"),
    "state closed, line": CallbackFilter(state="closed", line="parcoursup"),
    "outcome, line": CallbackFilter(outcome="DOUBLON", line="parcoursup"),
    "line, state": CallbackFilter(line="parcoursup", state="due"),
    "line, kind (few)": CallbackFilter(line="main", kind="rtf"),
    "line, kind (none)": CallbackFilter(line="parcoursup", kind="rtf"),
    "line, kind, state (none)": CallbackFilter(line="parcoursup", kind="rtf", state="resting"),
    "late": CallbackFilter(late_before=NOW),
    "late, line": CallbackFilter(late_before=NOW, line="main"),
    "late (none)": CallbackFilter(late_before=NOW - timedelta(days=100)),
}


PARIS, LYON = AcademieCode("01"), AcademieCode("10")


def cases_where(**asked: Any) -> CaseFilter:
    return CaseFilter(asked.pop("academies", Everywhere()), NOW, **asked)


CASES: dict[str, CaseFilter] = {
    "all": cases_where(),
    "open": cases_where(ended=False),
    "ended": cases_where(ended=True),
    "an académie": cases_where(academies=frozenset({LYON})),
    "two académies": cases_where(academies=frozenset({PARIS, LYON})),
    "an académie, open": cases_where(academies=frozenset({LYON}), ended=False),
    "kind": cases_where(kind=Kind.INFORMATION),
    "outcome": cases_where(outcome=CallbackOutcome.RDV_FIXE),
    "outcome, rare": cases_where(outcome=CallbackOutcome.ALERTE_DANGER),
    "outcome, rare, an académie": cases_where(outcome=CallbackOutcome.ALERTE_DANGER, academies=frozenset({LYON})),
    "outcome, kind (none)": cases_where(outcome=CallbackOutcome.RDV_FIXE, kind=Kind.INFORMATION),
    "officer": cases_where(officer=OfficerId("10-1")),
    "officer, open": cases_where(officer=OfficerId("10-1"), ended=False),
    "officer (none)": cases_where(officer=OfficerId("nobody")),
    "unassigned": cases_where(unassigned=True),
    "unassigned, an académie": cases_where(unassigned=True, academies=frozenset({LYON})),
    "at risk": cases_where(at_risk=True),
    "at risk, an académie": cases_where(at_risk=True, academies=frozenset({LYON})),
    "at risk, officer": cases_where(at_risk=True, officer=OfficerId("10-1")),
    "standing due": cases_where(standing=Standing.DUE),
    "standing at risk": cases_where(standing=Standing.AT_RISK),
    "standing late": cases_where(standing=Standing.LATE),
    "standing late, an académie": cases_where(standing=Standing.LATE, academies=frozenset({LYON})),
    "standing met": cases_where(standing=Standing.MET),
    "due before, in a week": cases_where(due_before=NOW + timedelta(days=7)),
    "due before (none)": cases_where(due_before=NOW - timedelta(days=100)),
    "a year": cases_where(received_year=2025),
    "a year, an académie": cases_where(received_year=2025, academies=frozenset({LYON})),
    "structure": cases_where(structure=structure(7)),
    "structure, an académie": cases_where(structure=structure(7), academies=frozenset({LYON})),
    "a common surname": cases_where(words=sought(COMMON)),
    "a common first name and surname": cases_where(words=sought(f"naïma {COMMON}")),
    "two letters": cases_where(words=sought("ma")),
    "a rare surname": cases_where(words=sought(surname(77))),
    "a number": cases_where(words=sought("01 99 00 12 34")),
    "a reference": cases_where(words=sought("100001234")),
    "a surname nobody has": cases_where(words=sought("qqq")),
    "two letters nobody has": cases_where(words=sought("zz")),
    "a common surname, an académie": cases_where(words=sought(COMMON), academies=frozenset({LYON})),
}


def main() -> int:
    asked = _asked()
    if asked.load:
        print(asyncio.run(_load(asked.url)))
        return 0
    try:
        if asked.url is not None:
            return asyncio.run(_run(asked.url, asked))
        with tempfile.TemporaryDirectory(prefix="fil-vert-bench-") as folder:
            return asyncio.run(_run(f"sqlite:///{Path(folder) / 'dialer.sqlite3'}", asked))
    except StoreError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ops.bench.callbacks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--url", help="an empty database that may be filled; a SQLite file of its own where not said")
    parser.add_argument("--open", type=int, default=OPEN, help=f"open callbacks; {OPEN}")
    parser.add_argument("--closed", type=_numbers, default=CLOSED, help="closed ones, growing: 10000,100000,1000000")
    parser.add_argument("--reads", type=int, default=READS, help=f"of each question; {READS}")
    parser.add_argument("--load", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(sorted(int(part) for part in text.split(",")))


async def _run(url: str, asked: argparse.Namespace) -> int:
    store = await Store.open(url)
    try:
        if await store.last_at() is not None or (await store.callbacks_page(CallbackFilter(), 1)).items:
            print("bench: this database holds something: give an empty one", file=sys.stderr)
            return 1
        await store.append([Change(NOW, records=[record(NOW, "link_lost")])])  # where the journal ends, a start begins
        missed: list[str] = []
        began = time.perf_counter()
        await asyncio.to_thread(_fill, url, open_rows(0, asked.open))
        filled = 0
        table: dict[str, list[str]] = {}
        for closed in asked.closed:
            await asyncio.to_thread(_fill, url, closed_rows(filled, closed))
            filled = closed
            print(f"{asked.open} open and {closed} closed after {time.perf_counter() - began:.0f} s", flush=True)
            for name, found, met in await _ask_all(store, asked.open * OPEN_EVERY, closed * CLOSED_EVERY, asked.reads):
                table.setdefault(name, []).append(found)
                missed += [] if met else [f"{name} with {closed} closed"]
        header = ("p50 / p99 ms", *(f"{closed} closed" for closed in asked.closed))
        print("\n" + markdown(header, [(name, *found) for name, found in table.items()]) + "\n")
        start = [sys.executable, "-m", "ops.bench.callbacks", "--load", "--url", url]
        done = await asyncio.to_thread(subprocess.run, start, capture_output=True, text=True, check=False)
        print(f"a start: {done.stdout.strip() or done.stderr.strip()}")
        for group in (GROUP, 1):
            per_s = await _intents(store, group)
            print(f"intents, {group} in a commit: {per_s:.0f} a second")
            if per_s < INTENTS_MIN and not url.startswith("sqlite"):
                missed.append(f"intents, {group} in a commit")
        print(f"missed: {', '.join(missed)}" if missed else "every target is met")
        return 1 if missed else 0
    finally:
        await store.close()


# -- filling ----------------------------------------------------------------------------------------


def _fill(url: str, rows: Iterator[Made]) -> None:
    """Straight into the tables, with their indexes as they are in service."""
    parsed = make_url(url)
    if parsed.drivername.startswith("sqlite"):
        with closing(sqlite3.connect(parsed.database or "", isolation_level=None)) as conn:
            conn.execute("PRAGMA synchronous=OFF")
            while chunk := list(islice(rows, CHUNK)):
                conn.execute("BEGIN")
                for table, of_table in by_table(chunk):
                    marks = ",".join("?" * len(table.columns))
                    conn.executemany(f"INSERT INTO {table.name} VALUES ({marks})", of_table)  # noqa: S608
                conn.execute("COMMIT")
        return
    with psycopg.connect(parsed.set(drivername="postgresql").render_as_string(hide_password=False)) as pg:
        while chunk := list(islice(rows, CHUNK)):
            for table, of_table in by_table(chunk):
                with pg.cursor() as cursor, cursor.copy(f"COPY {table.name} FROM STDIN") as copy:
                    for row in of_table:
                        copy.write_row(row)
        pg.commit()
        pg.autocommit = True
        pg.execute("VACUUM ANALYZE")  # as autovacuum does it by itself in the minutes after


# -- asking -----------------------------------------------------------------------------------------


async def _ask_all(
    store: Store, open_span: timedelta, closed_span: timedelta, reads: int
) -> list[tuple[str, str, bool]]:
    """(question, found, met): every question many times, one after the other, with cursors anywhere in the list."""
    dice = random.Random(1)  # noqa: S311
    found = [
        await _timed(f"due, {limit}", DUE_MS_MAX, reads, lambda limit=limit: store.next_due(NOW, limit))  # type: ignore[misc]
        for limit in (1, PAGE)
    ]
    for name, asked in LISTS.items():

        def page(asked: CallbackFilter = asked) -> Awaitable[object]:
            deep = dice.choice((open_span, closed_span)) * dice.random()
            cursor = write_cursor(NOW - deep, "cb-5") if dice.random() < 0.8 else None
            return store.callbacks_page(asked, PAGE, cursor)

        found.append(await _timed(f"page: {name}", PAGE_MS_MAX, reads, page))
    for title, wanted in CASES.items():

        def cases_page(wanted: CaseFilter = wanted) -> Awaitable[object]:
            deep = dice.choice((open_span, closed_span)) * dice.random()
            cursor = write_cursor(NOW - deep, "case-5") if dice.random() < 0.5 else None
            return store.cases.page(wanted, PAGE, cursor)

        found.append(await _timed(f"cases: {title}", PAGE_MS_MAX, reads, cases_page))
    return found


async def _timed(name: str, most_ms: float, reads: int, ask: Callable[[], Awaitable[object]]) -> tuple[str, str, bool]:
    took_ms = []
    for _ in range(reads):
        began = time.perf_counter()
        await ask()
        took_ms.append((time.perf_counter() - began) * 1000)
    took_ms.sort()
    p99 = percentile(took_ms, 99)
    return name, f"{percentile(took_ms, 50):.1f} / {p99:.1f}", p99 < most_ms


# -- intents ----------------------------------------------------------------------------------------


async def _intents(store: Store, group: int) -> float:
    """A second. Each is durable before its call would be placed; nothing is dialled."""
    ready, steps = intents(INTENTS, f"9{group}")
    for start in range(0, len(ready), 500):
        some = ready[start : start + 500]
        await store.append([Change(NOW, callbacks={c.id: c}, files={case.id: file_of(c, case)}) for c, case in some])
    changes = [
        Change(NOW, step.commands, step.records, callbacks={step.callback.id: step.callback}) for step in steps
    ]  # fmt: skip
    began = time.perf_counter()
    for start in range(0, len(changes), group):
        await store.append(changes[start : start + group])
    return len(changes) / (time.perf_counter() - began)


# -- a start ----------------------------------------------------------------------------------------


async def _load(url: str) -> str:
    """In a process of its own, so that its memory is that of a start alone. It reads only, and takes no lead."""
    store = await Store.open(url, lead=False)
    before_mib = _peak_mib()
    began = time.perf_counter()
    loaded = await store.load(NOW)
    took_s = time.perf_counter() - began
    await store.close()
    return (
        f"{len(loaded.callbacks)} callbacks, {len(loaded.files)} files and {len(loaded.dialled)} attempts in "
        f"{took_s:.1f} s; {_peak_mib() - before_mib:.0f} MiB at most"
    )


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    raise SystemExit(main())
