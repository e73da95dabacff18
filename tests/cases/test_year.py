"""A year of requests through the real desk and store: files, journal and what truly happened tell the same figures.

300 requests by default; FULL_YEAR=1 makes them 9,000, as many as a year has, and says how long it takes.
"""

from __future__ import annotations

import asyncio
import csv
import os
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from time import monotonic

import pytest
import pytest_asyncio
from sqlalchemy import create_engine, text

from dialer.core import events as ev
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.cases.counted import summary_of
from dialer.core.cases.file import CaseFile
from dialer.core.cases.retention import Archive, Archived, Erase, Erased, RetentionRules, Term, archive, erase, what_now
from dialer.core.places.academie import ACADEMIES, AcademieCode
from dialer.core.report.report import Count, Dimension, Report, report
from dialer.core.report.tables import tables
from dialer.core.report.text import csv_of, text_of
from dialer.core.revision import Versioned
from dialer.rtf import Review, review
from dialer.store import Store
from tests.cases.year_of_cases import OfficeYear
from tests.core.rtf_year import PARIS

pytestmark = pytest.mark.asyncio

FULL = bool(os.environ.get("FULL_YEAR"))
REQUESTS = 9_000 if FULL else 300
END = datetime(2027, 2, 1, tzinfo=UTC)
AT_ONCE = 100
"""Changes of one commit."""
RULES = RetentionRules(
    Term(3, 12),
    {
        CallbackOutcome.REFUS: Term(1, 2),
        CallbackOutcome.INFO_DONNEE: Term(2, 0),
        CallbackOutcome.ANNULE: Term(0, 0),
        CallbackOutcome.INJOIGNABLE: Term(0, 12),
    },
)
"""Some are archived and some erased within the year, and some of both."""


class Lived:
    """The year, stored; and what became of its cases."""

    def __init__(self, store: Store, url: str) -> None:
        self.store = store
        self.url = url
        self.office = OfficeYear(REQUESTS, seed=2014)
        self.retired: Counter[str] = Counter()
        self._stored = 0

    async def live(self) -> None:
        for month in range(2, 15):
            self.office.until(datetime(2026 + month // 13, (month - 1) % 12 + 1, 1, tzinfo=UTC))
            await self._keep()
            await self._retire()

    async def _keep(self) -> None:
        changes = self.office.changes
        for first in range(0, len(changes), AT_ONCE):
            await self.store.append(changes[first : first + AT_ONCE])
        self._stored += len(changes)
        changes.clear()

    async def _retire(self) -> None:
        at = self.office.now
        found: list[Archived | Erased] = []
        async with aclosing(self.store.cases.ended_before(at)) as kept_ones:  # type: ignore[type-var]
            async for kept in kept_ones:
                found += await self._fate(kept, at)
        self.retired.update(type(one).__name__ for one in found)
        if found:
            self.office.happen(ev.CasesRetired(at, "retention", tuple(found)))
            await self._keep()

    async def _fate(self, kept: Versioned[CaseFile] | Archived, at: datetime) -> list[Archived | Erased]:
        file = kept if isinstance(kept, Archived) else kept.value
        what = what_now(file, at, RULES)
        if not isinstance(what, Archive | Erase):
            return []
        if isinstance(file, Archived):
            remains, case = erase(file), file.case
        else:
            summary, case = summary_of(file, await self.store.cases.callbacks(file.id), at), file.id
            if isinstance(what, Archive):
                put = archive(file, summary, at)
                assert isinstance(put, Archived)
                return [put]
            remains = erase(file, summary)
        assert isinstance(remains, tuple)
        return [Erased(case, remains)]


@pytest_asyncio.fixture
async def lived(url: str) -> AsyncIterator[Lived]:
    store = await Store.open(url)
    year = Lived(store, url)
    await year.live()
    yield year
    await store.close()


def said(process: subprocess.CompletedProcess[bytes]) -> str:
    return process.stderr.decode().strip()


def dialer(url: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """`dialer …` as a process of its own, beside whoever leads."""
    call = "from dialer.cli_report import report_app; report_app()"
    own = {"DIALER_DATABASE_URL": url, "DIALER_STATE": str(folder), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", call, *arguments]
    return subprocess.run(command, env=os.environ | own, capture_output=True, timeout=300, check=False)


async def test_files_journal_and_the_truth_tell_the_same_year_and_where_they_differ_is_told(
    lived: Lived, tmp_path: Path
) -> None:
    begun = monotonic()
    found = await review(lived.store, 2026, None, END)
    took_s = monotonic() - begun
    truth = report(lived.office.ledger.truth(END), 2026, END)
    agree(found, truth)
    by_hand(lived, found.files)
    assert min(lived.retired[name] for name in ("Archived", "Erased")) > REQUESTS // 20
    assert found.files.whole_days

    for academie in ("01", "28", "10"):
        one = await review(lived.store, 2026, AcademieCode(academie), END)
        agree(one, report(lived.office.ledger.truth(END), 2026, END, academie))
    before, after = await review(lived.store, 2025, None, END), await review(lived.store, 2027, None, END)
    assert before.files.total.counts[Count.REQUESTS] == before.journal.total.counts[Count.REQUESTS] == 0
    agree(after, report(lived.office.ledger.truth(END), 2027, END))

    begun = monotonic()
    process = dialer(lived.url, tmp_path, "rtf", "--year", "2026", "--csv", "--whole")
    process_s = monotonic() - begun
    assert process.returncode == 0, said(process)
    assert said(process) == "files and journal agree in every number; of erased cases the delays in whole days"
    told, expected = rows(process.stdout), rows(csv_of(tables(found.files, mask=False), name).encode())
    assert told == expected
    journal_alone = dialer(lived.url, tmp_path, "rtf", "--year", "2026", "--csv", "--whole", "--from", "journal")
    assert rows(journal_alone.stdout) == rows(csv_of(tables(truth, mask=False), name).encode())
    if FULL:
        grown_mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        print(f"{lived.url.partition(':')[0]}: {len(lived.office.people)} requests, {dict(lived.retired)}")
        print(f"the review {took_s:.1f} s; dialer report rtf {process_s:.1f} s, {grown_mib} MiB")
    await are_told_when_they_differ(lived, tmp_path)


async def are_told_when_they_differ(lived: Lived, folder: Path) -> None:
    """The attempts of one callback are lost; the journal has them still."""
    with_attempts = [one for one in lived.office.people if one.is_rtf and one.dialled and one.ended is None]
    callback = str(with_attempts[-1].case_id).replace("case-", "cb-")
    await asyncio.to_thread(spoil, lived.url, f"DELETE FROM attempts WHERE callback = '{callback}'")
    found = await review(lived.store, 2026, None, END)
    one = next(each for each in found.differences if each.place is None and each.what is Count.ATTEMPTS)
    assert one.journal - one.files == len(with_attempts[-1].dialled)
    process = dialer(lived.url, folder, "rtf", "--year", "2026")
    assert process.returncode == 1
    assert f"all: attempts: {one.files} in the files, {one.journal} in the journal" in said(process)
    assert said(process).splitlines()[-1] == f"files and journal differ in {len(found.differences)} places"
    shown = process.stdout.decode().splitlines()
    assert shown[0] == "Droit au retour en formation – bilan quantitatif 2026"
    assert shown[2:] == list(text_of(tables(found.files, mask=True), name))[2:]


def agree(found: Review, truth: Report) -> None:
    """Exactly, but for delays of erased cases, of which the whole days are known."""
    assert found.journal.total == truth.total
    assert found.journal.by == truth.by
    assert found.differences == ()
    assert +found.files.total.counts == +truth.total.counts
    for dimension, groups in truth.by.items():
        mine = found.files.by[dimension]
        assert {value: +tally.counts for value, tally in mine.items()} == {
            value: +tally.counts for value, tally in groups.items()
        }


def by_hand(lived: Lived, files: Report) -> None:
    """The plainest figures, counted from what was done without any word of the review."""
    people = [one for one in lived.office.people if one.is_rtf and one.received_at.astimezone(PARIS).year == 2026]
    counts = files.total.counts
    assert counts[Count.REQUESTS] == len(people)
    assert counts[Count.ATTEMPTS] == sum(len(one.dialled) for one in people)
    assert counts[Count.ATTEMPTED] == sum(bool(one.dialled) for one in people)
    ended = Counter((one.ended or one.closed[-1])[1] for one in people if one.ended or one.closed)
    for outcome in ("REFUS", "DEJA_EN_SOLUTION", "OPPOSITION", "ANNULE"):
        assert files.by[Dimension.OUTCOME][outcome].counts[Count.REQUESTS] == ended[outcome] > 0
    where = Counter(one.learnt[-1][1].academie or "unknown" for one in people)
    assert {value: tally.counts[Count.REQUESTS] for value, tally in files.by[Dimension.ACADEMIE].items()} == where
    assert {"27", "28", "32", "43", "unknown"} <= set(where), "Corse, overseas, and nowhere"


def name(value: str) -> str:
    known = ACADEMIES.get(AcademieCode(value))
    return known.name if known is not None else value


def rows(content: bytes) -> list[dict[str, str]]:
    """Of a CSV with the mark of UTF-8, without the day as of which it is."""
    assert content.startswith(b"\xef\xbb\xbf")
    found = list(csv.DictReader(StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert len(found) > 20
    return [{key: value for key, value in row.items() if key != "état au"} for row in found]


def spoil(url: str, statement: str) -> None:
    """As somebody with the database's password could."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as conn:
        assert conn.execute(text(statement)).rowcount > 0
    engine.dispose()
