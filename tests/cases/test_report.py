"""`dialer report rtf`: asked for by people, beside a running service, as of one moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from dialer.cli_report import report_app
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.cases.visibility import Everywhere
from dialer.core.report.journal import READ
from dialer.core.report.report import Count, Dimension
from dialer.core.views import CaseFilter
from dialer.rtf import review
from dialer.store import Store
from tests.cases.conftest import StartOffice


def asked(url: str, folder: Path, *arguments: str) -> Result:
    env = {"DIALER_DATABASE_URL": url, "DIALER_STATE": str(folder)}
    return CliRunner().invoke(report_app, ["rtf", *arguments], env=env)


def test_a_year_without_requests_is_a_review_of_zeros_that_agrees(url: str, tmp_path: Path) -> None:
    done = asked(url, tmp_path, "--year", "2026")
    assert done.exit_code == 0, done.output
    assert done.stderr == "files and journal agree in every number\n"
    assert done.stdout.startswith("Droit au retour en formation – bilan quantitatif 2026\n")


@pytest.mark.parametrize("asked_for", ["La Réunion", "la reunion", "28", "académie de La Réunion"])
def test_an_academie_is_known_by_its_code_and_by_its_name(asked_for: str, tmp_path: Path) -> None:
    done = asked(f"sqlite:///{tmp_path}/db", tmp_path, "--year", "2026", "--academie", asked_for)
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[0].endswith(", académie : La Réunion")


@pytest.mark.parametrize(("asked_for", "near"), [("Lion", "Lyon"), ("99", "Paris"), ("", "Paris"), ("rene", "Rennes")])
def test_an_unknown_academie_is_refused_before_anything_is_read(asked_for: str, near: str, tmp_path: Path) -> None:
    done = asked(f"sqlite:///{tmp_path}/db", tmp_path, "--year", "2026", "--academie", asked_for)
    assert (done.exit_code, done.stdout) == (1, "")
    assert f"there is no académie {asked_for!r}" in done.stderr
    assert near in done.stderr
    assert not (tmp_path / "db").exists()


@pytest.mark.parametrize("arguments", [(), ("--year", "2014"), ("--year", "mars"), ("--year", "2026", "--from", "web")])
def test_what_cannot_be_asked_for_is_refused(arguments: tuple[str, ...], tmp_path: Path) -> None:
    assert asked(f"sqlite:///{tmp_path}/db", tmp_path, *arguments).exit_code == 2


def test_a_database_that_cannot_be_read_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "db").write_text("no database at all, but a text that is long enough to be none" * 9)
    done = asked(f"sqlite:///{tmp_path}/db", tmp_path, "--year", "2026")
    assert (done.exit_code, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)


@pytest.mark.asyncio
async def test_the_review_is_made_beside_a_service_that_goes_on(office: StartOffice, url: str) -> None:
    house = await office()
    booked = await house.book()
    beside = await Store.open(url, lead=False)
    try:
        first = await review(beside, 2026, None, house.clock.at)
        await house.settle(booked["id"], CallbackOutcome.INFO_DONNEE)
        await house.book("01 99 00 00 02", first_name="Jean", postcode="97400")
        second = await review(beside, 2026, None, house.clock.at)
    finally:
        await beside.close()
    assert [each.files.total.counts[Count.REQUESTS] for each in (first, second)] == [1, 2]
    assert first.differences == second.differences == ()
    assert {*second.files.by[Dimension.ACADEMIE]} == {"01", "28"}
    assert second.files.by[Dimension.OUTCOME]["INFO_DONNEE"].counts[Count.REACHED] == 1
    assert second.journal.total == second.files.total


@pytest.mark.asyncio
async def test_files_and_journal_are_read_as_of_one_moment(office: StartOffice) -> None:
    house = await office()
    await house.book()
    year = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    async with house.store.cases.year(*year) as reads:
        before = [each async for each in reads.journal(READ)]
        await house.book("01 99 00 00 02", first_name="Jean")
        assert len([each async for each in reads.kept()]) == 1
        assert [each async for each in reads.journal(READ)] == before
    async with house.store.cases.year(*year) as reads:
        assert len([each async for each in reads.kept()]) == 2
    page = await house.store.cases.page(CaseFilter(Everywhere(), house.clock.at), 10)
    assert len(page.items) == 2, "the connection that was in the transaction reads on as it did"


@pytest.mark.asyncio
async def test_where_the_journal_is_ahead_of_the_clock_the_review_is_as_of_the_journal(office: StartOffice) -> None:
    house = await office()
    await house.book()
    found = await review(house.store, 2026, None, house.clock.at - timedelta(days=200))
    assert found.files.at == house.clock.at
    assert found.differences == ()
    assert found.files.total.counts[Count.REQUESTS] == 1
