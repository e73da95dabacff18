"""The retention job: what is over is archived, then erased, each case once, whatever happens to the job."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update
from structlog.testing import capture_logs

from dialer import retention
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.states import CaseId
from dialer.core.cases.counted import summary_of
from dialer.core.cases.retention import Archived, RetentionRules, Term
from dialer.core.change import Change
from dialer.core.events import CasesRetired
from dialer.core.views import CaseFilter
from dialer.housekeeping import Housekeeping, _Daily
from dialer.retention import Count, Retention
from dialer.store.refusal import StoreError
from dialer.store.tables import callbacks, cases, tallies
from tests.cases.conftest import Office, StartOffice, StoppedClock

PARIS = ZoneInfo("Europe/Paris")


def at(day: str, hour: int = 0, minute: int = 10) -> datetime:
    return datetime.combine(datetime.fromisoformat(day), time(hour, minute), tzinfo=PARIS).astimezone(UTC)


def job(house: Office, of: RetentionRules | None = None, **parts: Any) -> Retention:
    usual: dict[str, Any] = {
        "shelf": house.store.cases, "submit": house.runner.submit, "rules": lambda: of or RetentionRules(),
        "clock": house.clock, "counter": house.runner.metrics, "pause_s": 0.0,
    }  # fmt: skip
    return Retention(**usual | parts)


async def ended(house: Office, number: int = 1, outcome: CallbackOutcome = CallbackOutcome.ANNULE) -> CaseId:
    booked = await house.book(phone=f"01 99 00 00 {number:02}")
    await house.settle(booked["id"], outcome)
    return CaseId(booked["case"])


async def counted(house: Office) -> int:
    """How many cases the counts that remain are of."""
    t = tallies.c
    whole = select(func.sum(t.number)).where(t.dimension == "", t.count == "requests")
    async with house.store._read() as conn:
        return (await conn.execute(whole)).scalar() or 0


async def left(house: Office) -> dict[str, str]:
    async with house.store._read() as conn:
        rows = await conn.execute(select(cases.c.id, cases.c.archive.is_not(None).label("archived")))
        return {row.id: "archived" if row.archived else "whole" for row in rows}


async def journal(house: Office, event: str) -> list[dict[str, Any]]:
    found = house.store.records(at("2026-01-01"), at("2030-01-01"))
    return [dict(entry.data) async for entry in found if entry.event == event]


def metric(house: Office, what: str) -> float:
    return house.runner.metrics.registry.get_sample_value("dialer_retired_total", {"what": what}) or 0.0


# -- the vertical line, on both databases -----------------------------------------------------------


@pytest.mark.asyncio
async def test_a_case_is_whole_for_three_months_archived_for_a_year_and_then_a_count(office: StartOffice) -> None:
    house = await office()
    case = await ended(house)
    going_on = CaseId((await house.book(phone="01 99 00 00 09"))["case"])
    for day, did, stays in (
        ("2027-02-22", Count(), {case: "whole"}),
        ("2027-02-23", Count(archived=1), {case: "archived"}),
        ("2027-02-24", Count(), {case: "archived"}),
        ("2028-02-22", Count(), {case: "archived"}),
        ("2028-02-23", Count(erased=1), {}),
        ("2028-02-24", Count(), {}),
    ):
        house.clock.at = at(day)
        assert await job(house).retire() == did, day
        house = await office()
        assert await left(house) == {**stays, going_on: "whole"}, day
        assert await counted(house) == (0 if stays else 1)
    assert [await journal(house, name) for name in ("cases_archived", "cases_erased")] == [
        [{"cases": 1, "by": "retention"}], [{"cases": 1, "by": "retention"}]
    ]  # fmt: skip
    async with house.store._read() as conn:
        phones = [row.phone for row in await conn.execute(select(callbacks.c.phone).where(callbacks.c.case == case))]
    assert phones == [None]


# -- in one database, for the rest is the job's alone -----------------------------------------------


in_one = pytest.mark.parametrize("url", ["sqlite"], indirect=True)


@dataclass
class Shelf:
    """The store's, of which a part may fail."""

    house: Office
    files_left: int = 10**6
    """How many files it still answers for."""
    pages_left: int = 10**6
    shown: int = 0

    async def page(self, asked: CaseFilter, limit: int, cursor: str | None = None) -> Any:
        self.pages_left -= 1
        if self.pages_left < 0:
            raise StoreError("the database is locked")
        self.shown += 1
        return await self.house.store.cases.page(asked, limit, cursor)

    async def file(self, case: CaseId) -> Any:
        self.files_left -= 1
        if self.files_left < 0:
            raise StoreError("the database is locked")
        return await self.house.store.cases.file(case)

    async def callbacks(self, case: CaseId) -> Sequence[Any]:
        return await self.house.store.cases.callbacks(case)


@in_one
@pytest.mark.asyncio
async def test_a_job_that_comes_late_skips_the_archive_and_counts_each_once(office: StartOffice) -> None:
    house = await office()
    for number in range(3):
        await ended(house, number)
    house.clock.at = at("2028-06-01")
    assert await job(house).retire() == Count(erased=3)
    assert (await left(house), await counted(house), metric(house, "erased"), metric(house, "archived")) == (
        {},
        3,
        3,
        0,
    )


@in_one
@pytest.mark.asyncio
async def test_an_outcome_may_have_a_term_of_its_own(office: StartOffice) -> None:
    house = await office()
    plain, refused = await ended(house), await ended(house, 2, CallbackOutcome.HORS_CHAMP)
    house.clock.at = at("2026-12-24")
    rules = RetentionRules(of={CallbackOutcome.HORS_CHAMP: Term(1, 0)})
    assert await job(house, rules).retire() == Count(erased=1)
    assert await left(house) == {plain: "whole"}
    assert refused != plain


@in_one
@pytest.mark.asyncio
async def test_a_job_that_is_killed_in_the_middle_loses_nothing_and_counts_nothing_twice(
    office: StartOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await office()
    for number in range(7):
        await ended(house, number)
    house.clock.at = at("2028-06-01")
    monkeypatch.setattr(retention, "GROUP", 2)
    monkeypatch.setattr(retention, "PAGE", 3)
    with pytest.raises(StoreError), capture_logs() as logs:
        await job(house, shelf=Shelf(house, files_left=5)).retire()
    assert logs == [{"event": "retention", "archived": 0, "erased": 4, "unreadable": 0, "log_level": "info"}]
    assert (len(await left(house)), await counted(house)) == (3, 4)
    house = await office()
    assert await job(house).retire() == Count(erased=3)
    assert (await left(house), await counted(house)) == ({}, 7)
    assert [entry["cases"] for entry in await journal(house, "cases_erased")] == [2, 2, 2, 1]


@in_one
@pytest.mark.asyncio
async def test_the_same_cases_retired_twice_count_once(office: StartOffice) -> None:
    """As when a job was taken for dead and another did its work."""
    house = await office()
    await ended(house)
    house.clock.at = at("2028-06-01")
    made: list[CasesRetired] = []

    async def submit(event: CasesRetired) -> Change:
        made.append(event)
        return await house.runner.submit(event)

    assert await job(house, submit=submit).retire() == Count(erased=1)
    await house.runner.submit(made[0])
    assert await counted(house) == 1


@in_one
@pytest.mark.asyncio
async def test_what_became_of_a_case_since_it_was_listed_counts_and_not_the_list(office: StartOffice) -> None:
    house = await office()
    gone, kept = await ended(house), await ended(house, 2)
    rules = [RetentionRules()]
    house.clock.at = at("2028-06-01")

    class Late(Shelf):
        async def file(self, case: CaseId) -> Any:
            rules[0] = RetentionRules(Term(36, 12))  # in force from now on
            return None if case == gone else await super().file(case)

    assert await job(house, shelf=Late(house), rules=lambda: rules[0]).retire() == Count()
    assert await left(house) == {gone: "whole", kept: "whole"}
    assert await journal(house, "cases_erased") == []


@in_one
@pytest.mark.asyncio
async def test_no_file_is_opened_but_of_cases_whose_time_is_over(office: StartOffice) -> None:
    house = await office()
    await ended(house)
    for day in ("2027-02-22", "2027-02-24", "2028-02-22"):
        house.clock.at = at(day)
        opened = 1 if day == "2027-02-24" else 0
        await job(house, shelf=Shelf(house, files_left=opened)).retire()
    assert metric(house, "archived") == 1


@in_one
@pytest.mark.asyncio
async def test_a_case_that_cannot_be_read_is_told_and_stops_no_other(office: StartOffice) -> None:
    house = await office()
    broken = await ended(house)
    await ended(house, 2)
    async with house.store._writer.transaction() as conn:
        await conn.execute(update(cases).where(cases.c.id == broken).values(file="{}"))
    house.clock.at = at("2027-06-01")
    with capture_logs() as logs:
        assert await job(house).retire() == Count(archived=1, unreadable=1)
    assert (await left(house))[broken] == "whole"
    assert [each["case"] for each in logs if each["log_level"] == "error"] == [broken]


@in_one
@pytest.mark.asyncio
async def test_while_the_store_does_not_answer_the_job_tries_again_that_night(office: StartOffice) -> None:
    house = await office()
    await ended(house)
    house.clock.at = at("2027-06-01")

    class Locked(Shelf):
        async def page(self, asked: CaseFilter, limit: int, cursor: str | None = None) -> Any:
            if self.shown < 2:
                self.shown += 1
                raise StoreError("the database is locked")
            return await super().page(asked, limit, cursor)

    await job(house, shelf=Locked(house)).run()
    assert metric(house, "archived") == 1
    never = Shelf(house, pages_left=0)
    await job(house, shelf=never).run()
    assert never.pages_left == -retention.TRIES_MAX


@in_one
@pytest.mark.asyncio
async def test_the_archive_has_the_attempts_and_outcomes_that_its_callbacks_had(office: StartOffice) -> None:
    house = await office()
    case = await ended(house, outcome=CallbackOutcome.INFO_DONNEE)
    said_at, file = house.clock.at, house.store.cases.file
    stored, theirs = await file(case), await house.store.cases.callbacks(case)
    house.clock.at = at("2027-06-01")
    expected = summary_of(stored.value, theirs, house.clock.at)
    assert (expected.outcome, expected.reached_at, expected.facts.academie) == (
        CallbackOutcome.INFO_DONNEE, said_at, "01"
    )  # fmt: skip
    await job(house).retire()
    archived = await file(case)
    assert isinstance(archived, Archived)
    assert (archived.summary, archived.archived_at) == (expected, house.clock.at)


# -- when -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shift", [timedelta(0), timedelta(days=200, hours=5), timedelta(hours=-7)])
def test_a_daily_job_comes_at_its_hour_in_paris_on_the_service_s_clock(shift: timedelta) -> None:
    trigger, now, before = _Daily(shift, time(0, 10, 20)), datetime(2026, 3, 27, 12, tzinfo=UTC) - shift, None
    for _ in range(230):  # over both changes of clocks
        due = trigger.get_next_fire_time(before, now)
        there = (due + shift).astimezone(PARIS)
        assert (there.hour, there.minute, there.second) == (0, 10, 20)
        assert before is None or (there.date() - (before + shift).astimezone(PARIS).date()) == timedelta(days=1)
        before, now = due, due + timedelta(seconds=1)


@pytest.mark.asyncio
async def test_what_a_stopped_service_missed_is_done_when_it_starts_and_what_is_done_at_midnight_is_not() -> None:
    started, other = asyncio.Event(), asyncio.Event()
    # Half a day away from either hour, whatever the machine's clock shows.
    clock = StoppedClock(at("2026-11-23", 12))
    clock.shift = clock.at - datetime.now(UTC)
    housekeeping = Housekeeping(clock)  # type: ignore[arg-type]

    async def retire() -> None:
        started.set()

    async def turn() -> None:
        other.set()

    housekeeping.daily("turn_day", turn, time(0, 0, 20))
    housekeeping.daily("retention", retire, time(0, 10), at_start=True)
    housekeeping.start()
    async with asyncio.timeout(10):
        await started.wait()
    assert not other.is_set()
    housekeeping.stop()
    await asyncio.sleep(0)
