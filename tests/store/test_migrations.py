"""A database of the release before becomes one of this, with all that it held."""

from dataclasses import replace
from datetime import timedelta

import pytest
from alembic import command
from alembic.config import Config
from pydantic import TypeAdapter
from sqlalchemy import Connection

from dialer.core.callbacks.legal_clock import legal_deadline
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.states import CaseId
from dialer.core.cases.case import Appointment, Case, Ended, Kind
from dialer.core.cases.visibility import Everywhere
from dialer.core.change import Change
from dialer.core.revision import Versioned
from dialer.core.views import CaseFilter
from dialer.core.words import By
from dialer.store import CallFilter, Store, database
from dialer.store.callback_rows import request_row
from dialer.store.database import MIGRATIONS
from dialer.store.tables import micros
from tests.core.world import T0
from tests.store.promised import Office, every_life
from tests.store.scenes import note, ordinary_day

pytestmark = pytest.mark.asyncio


def _to(revision: str, down: bool) -> object:
    def run(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)

    return run


async def migrated(url: str, revision: str, *, down: bool = False) -> None:
    parsed = database.database_url(url)
    database.make_room(parsed)
    engine = database.writer_engine(parsed)
    async with engine.begin() as conn:
        await conn.run_sync(_to(revision, down))
    await engine.dispose()


async def test_a_database_with_calls_takes_up_callbacks(url: str) -> None:
    await migrated(url, "0001")
    engine = database.writer_engine(database.database_url(url))
    async with engine.begin() as conn:
        for seq, event in enumerate(("callback_asked", "ended"), 1):
            await conn.exec_driver_sql(
                f"INSERT INTO journal (seq, at, event, data) VALUES ({seq}, 5, '{event}', '{{}}')"
            )
        await conn.exec_driver_sql("INSERT INTO settings (key, value) VALUES ('clock', '3')")
    await engine.dispose()
    said: list[str] = []
    store = await Store.open(url, say=said.append)
    try:
        assert said == ["Bringing the database from 0001 to 0006…"]
        assert await store.setting("clock") == 3
        assert [seq for seq, _ in await store.records_after(0, 10)] == [1]
        office, room = every_life(), ordinary_day()
        await store.append([*office.changes, *room.changes, note("after")])
        assert (await store.load(T0)).callbacks == office.open
        assert (await store.calls_page(CallFilter(), 100)).items
    finally:
        await store.close()


async def test_the_way_back_leaves_the_calls_and_the_journal(url: str) -> None:
    store = await Store.open(url)
    office = Office()
    office.book()
    await store.append([*ordinary_day().changes, *office.changes])
    records = [entry.event for entry in (await store.load(T0)).records]
    await store.close()
    await migrated(url, "0001", down=True)
    again = await Store.open(url)
    try:
        loaded = await again.load(T0)
        assert [entry.event for entry in loaded.records] == records
        assert loaded.calls
        assert loaded.callbacks == ()
    finally:
        await again.close()


# -- the cases of the release before ---------------------------------------------------------------

DATED, NOWHERE, OVER, ASKED_TWICE, FORGOTTEN = (CaseId(f"case-{name}") for name in "abcde")


def _row_of_0002(case: Case, known: bool = True) -> tuple[object, ...]:
    """As that release wrote it."""
    dated = next((each.at for each in case.appointments), None)
    return (
        case.id, str(case.kind), micros(case.received_at),
        micros(legal_deadline(case.received_at)) if case.kind is Kind.RTF else None,
        micros(dated) if dated else None, micros(case.ended.at) if case.ended else None,
        str(case.ended.outcome) if case.ended else None, case.phone if known else None,
        None if case.ended else TypeAdapter(Case).dump_json(case).decode(),
    )  # fmt: skip


def _cases_of_0002() -> dict[CaseId, Case]:
    """Open and ended, dated and not."""
    (known,) = _booked(1).cases.values()
    ended = Ended(T0 + timedelta(days=4), CallbackOutcome.ORIENTE, By.PERSON)
    fixed = (Appointment(T0 + timedelta(days=3), T0),)
    found = (
        replace(known, id=DATED, appointments=fixed),
        replace(known, id=NOWHERE, kind=Kind.INFORMATION, first_name=None),
        replace(known, id=OVER, ended=ended, appointments=fixed),
        replace(known, id=ASKED_TWICE),
        replace(known, id=FORGOTTEN, ended=ended),
    )
    return {case.id: case for case in found}


def _booked(many: int) -> Office:
    office = Office()
    for _ in range(many):
        office.book()
    return office


async def _fill_0002(url: str) -> None:
    await migrated(url, "0002")
    booked = _booked(5)
    asked = (
        (DATED, "75011", "N'Guyen"), (OVER, "97400", "Martin"), (ASKED_TWICE, "13001", "Durand"),
        (ASKED_TWICE, None, None), (ASKED_TWICE, "20137", "Durand-Leroy"),
    )  # fmt: skip
    requests = []
    for intake, (case, postcode, name) in zip(booked.intakes, asked, strict=True):
        request = replace(intake.request, postcode=postcode, name=name)
        requests.append(request_row(replace(intake, request=request, booking=replace(intake.booking, case=case))))
    cases = [_row_of_0002(case, case.id != FORGOTTEN) for case in _cases_of_0002().values()]
    engine = database.writer_engine(database.database_url(url))
    async with engine.begin() as conn:
        mark = "?" if conn.dialect.name == "sqlite" else "%s"
        for table, rows in (("cases", cases), ("requests", requests)):
            await conn.exec_driver_sql(f"INSERT INTO {table} VALUES ({','.join([mark] * len(rows[0]))})", rows)
    await engine.dispose()


async def test_cases_of_the_release_before_become_files_with_their_requests(url: str) -> None:
    await _fill_0002(url)
    store = await Store.open(url)
    try:
        cases = _cases_of_0002()
        files = {file.value.id: file.value for file in (await store.load(T0)).files}
        assert {key: file.case for key, file in files.items()} == {
            key: case for key, case in cases.items() if case.ended is None
        }
        assert [each.request.name for each in files[ASKED_TWICE].requests] == ["Durand", None, "Durand-Leroy"]
        assert {key: file.responsible.academie for key, file in files.items()} == {
            DATED: "01", NOWHERE: None, ASKED_TWICE: "27"
        }  # fmt: skip
        assert [each.on for each in files[DATED].appointments] == [T0 + timedelta(days=3)]

        over, forgotten = await store.cases.file(OVER), await store.cases.file(FORGOTTEN)
        assert isinstance(over, Versioned)
        assert isinstance(forgotten, Versioned)
        assert over.value.case.ended == cases[OVER].ended
        assert (over.value.responsible.academie, over.value.requests[0].request.name) == ("28", "Martin")
        assert (forgotten.value.requests, forgotten.value.case.phone) == ((), "")

        found = {}
        for words in (("nguyen",), ("n", "guyen"), ("durand",), ("leroy", "13001"), ("0199000001",)):
            page = await store.cases.page(CaseFilter(Everywhere(), T0, words=words), 10)
            found[words] = {row.id for row in page.items}
        assert found == {
            ("nguyen",): set(), ("n", "guyen"): {DATED}, ("durand",): {ASKED_TWICE},
            ("leroy", "13001"): {ASKED_TWICE}, ("0199000001",): {OVER},
        }  # fmt: skip
        shown = {row.id: row for row in (await store.cases.page(CaseFilter(Everywhere(), T0), 10)).items}
        assert (shown[FORGOTTEN].phone, shown[OVER].name, shown[ASKED_TWICE].name) == (None, "Martin", "Durand-Leroy")
    finally:
        await store.close()


async def test_the_way_back_leaves_the_cases_as_they_were_and_forward_again_too(url: str) -> None:
    await _fill_0002(url)
    before = await _cases_in(url)
    for _ in range(2):
        await migrated(url, "0003")
        await migrated(url, "0002", down=True)
        assert await _cases_in(url) == before


async def test_a_database_taken_over_takes_the_next_changes(url: str) -> None:
    """Of an ended case too: its file is written as any other."""
    await _fill_0002(url)
    store = await Store.open(url)
    try:
        over = await store.cases.file(OVER)
        assert isinstance(over, Versioned)
        changed = Versioned(replace(over.value, acted_at=T0))
        await store.append([Change(T0, files={OVER: changed})])
        assert await store.cases.file(OVER) == changed
    finally:
        await store.close()


async def _cases_in(url: str) -> list[object]:
    engine = database.writer_engine(database.database_url(url))
    async with engine.begin() as conn:
        rows = (await conn.exec_driver_sql("SELECT * FROM cases ORDER BY id")).all()
    await engine.dispose()
    return [(*row[:-1], TypeAdapter(Case).validate_json(row[-1]) if row[-1] is not None else None) for row in rows]
