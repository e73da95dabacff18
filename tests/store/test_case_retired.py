"""Once a case is archived, or erased, the database holds what `fates` says and no more; and each counts once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from dialer.core.callbacks.outcomes import CallbackOutcome, Structure
from dialer.core.callbacks.request import Key
from dialer.core.callbacks.states import CaseId
from dialer.core.cases.actor import officer
from dialer.core.cases.appointment import Appointment, AppointmentId, Kept, Where
from dialer.core.cases.fates import ELSEWHERE, Fate
from dialer.core.cases.file import facts
from dialer.core.cases.note import NoteWritten
from dialer.core.cases.retention import Archived, Erased, archive, erase
from dialer.core.cases.sought import sought
from dialer.core.cases.tally import Tally
from dialer.core.cases.visibility import Everywhere
from dialer.core.change import Change
from dialer.core.report.summary import Summary, summarise
from dialer.core.structures.structure import StructureId
from dialer.core.views import CallbackFilter, CaseFilter
from dialer.core.words import record
from dialer.store import Store, StoreError
from dialer.store.tables import metadata
from tests.core.file_world import tell
from tests.core.world import DIRECT, T0, Room, rules, team
from tests.store.cabinets import DAY, filed
from tests.store.fake_store import FakeStore
from tests.store.promised import Office
from tests.store.scenes import note

pytestmark = pytest.mark.asyncio
AnyStore = Store | FakeStore
LATER = T0 + 200 * DAY
ANNA = officer("anna")
KEY = Key("4" * 64, "2" * 64)
SAID = {
    "first_name": "Ghislaine-Zoé", "name": "Vasseur d'Été", "postcode": "53123", "situation": "sans-toit",
    "note": "sonner chez la voisine",
}  # fmt: skip
NAMES = ("ghislaine", "vasseur")
NUMBER = ("33199000007", "0199000007")
WORDS = ("53123", "sans-toit", "sonner", "voisine", "boucherie", "cio-craon", "référente", KEY.key)
"""What must be nowhere once the case is archived."""


def house(life: str = "unreachable") -> tuple[Office, CaseId]:
    """Others, and the person: with a key, requests twice, a note, an appointment with a structure."""
    office = Office()
    for each in ("declined", "due", "fixed", "talking", "opposed", "oriented", "requested"):
        office.book(each, at_s=60.0 * office.serial)
    case = office.book(life, at_s=60.0 * office.serial, key=KEY, **SAID).callback.case
    where = Where(StructureId("cio-craon"), Structure.CIO, "Mme la Référente")
    dated = Appointment(AppointmentId(f"{case}-a9"), T0 + DAY, T0, ANNA, where, Kept(T0 + 2 * DAY, ANNA))
    file = replace(office.files[case], value=replace(office.files[case].value, appointments=(dated,)))
    office.files[case] = tell(file, NoteWritten(T0, ANNA, "Cherche un CAP boucherie")).file
    office.changes.append(Change(T0, files={case: office.files[case]}))
    caller = Room(rules(team(a=1)))
    caller.arrive("c1", DIRECT, office.files[case].value.case.phone)
    caller.leave("c1")
    office.changes += caller.changes
    return office, case


def counts(office: Office, case: CaseId) -> Summary:
    file = office.files[case].value
    callbacks = [each for each in office.callbacks.values() if each.case == case]
    return summarise(file.case, callbacks, facts(file), LATER)


def archived(office: Office, case: CaseId) -> Archived:
    made = archive(office.files[case].value, counts(office, case), LATER)
    assert isinstance(made, Archived)
    return made


def erased(office: Office, case: CaseId) -> Erased:
    made = erase(office.files[case].value, counts(office, case))
    assert isinstance(made, tuple)
    return Erased(case, made)


def retired(*kept: Archived | Erased) -> Change:
    return Change(LATER, records=[record(LATER, "cases_retired", cases=len(kept))], retired=list(kept))


async def dump(store: Store) -> dict[str, str]:
    """All that every column of every table holds, folded."""
    async with store._writer.transaction() as conn:
        return {
            name: str([tuple(row) for row in await conn.execute(select(table))]).casefold()
            for name, table in metadata.tables.items()
        }


def tables_with(held: dict[str, str], *words: str) -> set[str]:
    return {name for name, text in held.items() if any(word.casefold() in text for word in words)}


def reference_of(office: Office, case: CaseId) -> str:
    return next(each.booking.reference for each in office.intakes if each.booking.case == case)


# -- what is left ----------------------------------------------------------------------------------


async def test_of_an_archived_case_the_archive_alone_knows_whose_it_is(store: Store) -> None:
    office, case = house()
    await store.append(office.changes)
    before = await dump(store)
    assert tables_with(before, *NAMES) == {"cases", "requests", "case_words"}
    assert tables_with(before, *NUMBER) == {"cases", "requests", "case_words", "callbacks", "attempts", "calls"}
    assert all(tables_with(before, word) for word in WORDS)
    made = archived(office, case)
    await store.append([retired(made)])
    after = await dump(store)
    assert tables_with(after, *NAMES) == {"cases"}
    assert tables_with(after, *NUMBER) == {"cases", "calls"}, "that they called in is kept for as long as the archive"
    assert tables_with(after, *WORDS) == set()
    assert await store.cases.file(case) == made
    (row,) = (await store.cases.page(CaseFilter(Everywhere(), LATER, ended=True), 20)).items[:1]
    assert (row.id, row.archived, row.first_name, row.name) == (case, True, None, None)
    assert (row.phone, row.outcome) == ("+33199000007", "INJOIGNABLE")


async def test_of_an_erased_case_nothing_is_left_but_its_counts(store: Store) -> None:
    office, case = house()
    reference = reference_of(office, case)
    await store.append(office.changes)
    for step in ((archived(office, case), erased(office, case)), (erased(office, case),)):
        await store.append([retired(each) for each in step])
        held = await dump(store)
        assert tables_with(held, *NAMES, *NUMBER, *WORDS) == set()
        # A reference is no name: it is what callbacks were called by, and leads from there to nobody.
        assert tables_with(held, reference) == {"journal", "callbacks", "attempts"}
        assert await store.cases.file(case) is None
    assert await store.cases.tallies(2026) == tuple(sorted(erased(office, case).tallies, key=in_order))


def in_order(tally: Tally) -> tuple[object, ...]:
    said = (tally.academie, tally.kind, tally.dimension, tally.value, tally.count, tally.delay)
    return (*(str(each or "") for each in said), -1 if tally.days is None else tally.days)


async def test_every_column_that_the_core_names_is_a_column(store: Store) -> None:
    for place, fate in ELSEWHERE.items():
        table, column = place.split(".")
        assert column in metadata.tables[table].columns, f"{place} is kept until {fate}, but is nowhere"
    assert {fate for place, fate in ELSEWHERE.items() if place.startswith("oppositions")} == {Fate.REMAINS}


async def test_of_others_everything_stays(store: Store) -> None:
    office, case = house()
    await store.append(office.changes)
    others = [each for each in office.files if each != case]
    before = {each: await store.cases.file(each) for each in others}
    asked = {each: await store.intakes_of(each) for each, one in office.callbacks.items() if one.case != case}
    await store.append([retired(archived(office, case)), retired(erased(office, case))])
    assert {each: await store.cases.file(each) for each in others} == before
    assert {each: await store.intakes_of(each) for each in asked} == asked
    assert (await store.load(T0)).files == office.open_files
    shown = (await store.cases.page(CaseFilter(Everywhere(), LATER, words=sought("zoé")), 20)).items
    assert {row.id for row in shown} == set(others)


async def test_a_number_that_opposed_is_obeyed_for_ever(any_store: AnyStore) -> None:
    office, case = house("opposed")
    await any_store.append([*office.changes, retired(archived(office, case)), retired(erased(office, case))])
    assert "+33199000007" in (await any_store.load(T0)).opposed
    if isinstance(any_store, Store):
        assert tables_with(await dump(any_store), *NUMBER) == {"oppositions"}


async def test_the_file_of_the_database_holds_no_byte_of_an_erased_person(tmp_path: Path) -> None:
    """SQLite: what is deleted is overwritten, not only forgotten."""
    url = f"sqlite:///{tmp_path}/dialer.sqlite3"
    store = await Store.open(url)
    office, case = house()
    await store.append(office.changes)
    await store.append([retired(erased(office, case))])
    await store.close()
    held = (tmp_path / "dialer.sqlite3").read_bytes().lower()
    assert b"case-" in held
    assert [word for word in (*NAMES, *NUMBER, *WORDS) if word.encode() in held] == []


# -- who reads it ----------------------------------------------------------------------------------


async def test_readers_cope_with_what_is_no_longer_kept(any_store: AnyStore) -> None:
    office, case = house()
    callback = next(each for each in office.callbacks.values() if each.case == case)
    reference = reference_of(office, case)
    await any_store.append(office.changes)
    assert len(await any_store.intakes_of(callback.id)) == 1
    for step, found in ((archived(office, case), callback.id), (erased(office, case), None)):
        await any_store.append([retired(step)])
        assert await any_store.intakes_of(callback.id) == ()
        assert await any_store.answered(KEY.key) is None
        assert await any_store.by_reference(reference) == found
        (row,) = [row for row in (await any_store.callbacks_page(CallbackFilter(), 20)).items if row.id == callback.id]
        assert (row.phone, row.kind, row.outcome) == (None, "rtf", "INJOIGNABLE")
        (told,) = await any_store.cases.callbacks(case)
        assert (told.phone, told.attempts) == (None, callback.attempts)
        loaded = await any_store.load(T0)
        assert case not in {each.case for each in loaded.dialled}
        assert loaded.next_serial == office.serial
        assert loaded.unreadable == ()


async def test_the_review_reads_an_archived_case_and_adds_up_the_erased_ones(any_store: AnyStore) -> None:
    office, case = house()
    other = next(each.case for each in office.callbacks.values() if office.cases[each.case].ended is not None)
    await any_store.append(office.changes)
    await any_store.append([retired(archived(office, case), erased(office, other))])
    found = [each async for each in any_store.cases.received_in(T0, T0 + DAY)]
    assert archived(office, case) in found
    assert len(found) == len(office.files) - 1
    ended = [each async for each in any_store.cases.ended_before(LATER)]
    assert {each.case if isinstance(each, Archived) else each.value.id for each in ended} == {
        key for key, each in office.cases.items() if each.ended is not None and key != other
    }
    await any_store.append([retired(erased(office, case))])
    wanted = Counter[Tally]()
    for tally in (*erased(office, other).tallies, *erased(office, case).tallies):
        wanted[replace(tally, number=0)] += tally.number
    assert {replace(each, number=0): each.number for each in await any_store.cases.tallies(2026)} == wanted
    assert await any_store.cases.tallies(2025) == ()


# -- each counts once ------------------------------------------------------------------------------


async def refused_once(store: AnyStore, changes: Sequence[Change], lose: Any, committed: bool) -> None:
    if isinstance(store, FakeStore):
        store.refuse_next, store.lose_answer = 1, committed
    else:
        lose(committed)
    with pytest.raises(StoreError):
        await store.append(changes)


@pytest.mark.parametrize("committed", [True, False])
async def test_a_retry_after_a_lost_answer_counts_nobody_twice(
    any_store: AnyStore, lose_answers: Any, committed: bool
) -> None:
    """Nor does it bring anybody back: the same batch books, files and erases them."""
    office, case = house()
    batch = [*office.changes, retired(erased(office, case))]
    await refused_once(any_store, batch, lose_answers, committed)
    await any_store.append([*batch, note("after")])
    assert await any_store.cases.tallies(2026) == tuple(sorted(erased(office, case).tallies, key=in_order))
    assert await any_store.cases.file(case) is None
    assert await any_store.answered(KEY.key) is None
    if isinstance(any_store, Store):
        assert tables_with(await dump(any_store), *NAMES, *NUMBER, *WORDS) == set()


@pytest.mark.parametrize("committed", [True, False])
async def test_a_retry_after_a_lost_answer_archives_as_the_first_try_did(
    any_store: AnyStore, lose_answers: Any, committed: bool
) -> None:
    office, case = house()
    batch = [*office.changes, retired(archived(office, case))]
    await refused_once(any_store, batch, lose_answers, committed)
    await any_store.append([*batch, note("after")])
    assert await any_store.cases.file(case) == archived(office, case)
    if isinstance(any_store, Store):
        assert tables_with(await dump(any_store), *NAMES, *NUMBER, *WORDS) == {"cases", "calls"}


async def test_two_who_erase_the_same_case_count_it_once(any_store: AnyStore) -> None:
    """At once, or one after the other: the job of the night and an officer."""
    office, case = house()
    await any_store.append(office.changes)
    twice = [retired(erased(office, case)), retired(erased(office, case))]
    await any_store.append(twice)
    await any_store.append(twice[:1])
    assert await any_store.cases.tallies(2026) == tuple(sorted(erased(office, case).tallies, key=in_order))


async def test_what_is_told_late_of_an_archived_case_does_not_bring_its_file_back(any_store: AnyStore) -> None:
    """An officer read the file before it was archived. The others' changes go on."""
    office, case = house()
    stale = Change(LATER, files={case: office.files[case]})
    await any_store.append([*office.changes, retired(archived(office, case))])
    await any_store.append([stale, note("after")])
    assert await any_store.cases.file(case) == archived(office, case)
    assert [entry.event for entry in (await any_store.load(LATER)).records] == ["cases_retired"]
    if isinstance(any_store, Store):
        assert tables_with(await dump(any_store), *NAMES, *NUMBER, *WORDS) == {"cases", "calls"}


async def test_a_hundred_are_retired_in_one_go(store: Store) -> None:
    made = [filed(serial, ended=(T0 + DAY, CallbackOutcome.ORIENTE)) for serial in range(100)]
    await store.append(made)
    gone = []
    for change in made:
        (file,) = change.files.values()
        remains = erase(file.value, summarise(file.value.case, (), facts(file.value), LATER))
        assert isinstance(remains, tuple)
        gone.append(Erased(file.value.id, remains))
    await store.append([retired(*gone)])
    assert (await store.cases.page(CaseFilter(Everywhere(), LATER), 10)).items == ()
    assert {each.number for each in await store.cases.tallies(2026)} == {100}
