"""What the store promises of files of cases and of their lists: on SQLite, on PostgreSQL and in memory alike."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dialer.core.callbacks.legal_clock import at_risk_at, late_at, legal_deadline
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.states import CaseId
from dialer.core.cases.case import Appointment, Case, Kind, Standing, standing
from dialer.core.cases.responsible import OfficerId
from dialer.core.cases.sought import sought
from dialer.core.cases.visibility import Everywhere
from dialer.core.change import Change
from dialer.core.places.academie import AcademieCode
from dialer.core.revision import Versioned
from dialer.core.structures.structure import StructureId
from dialer.core.views import CaseFilter
from dialer.core.words import Instant
from dialer.store import BadCursor, CaseRow, Store, case_pages, case_shelf
from tests.core.world import T0
from tests.store.cabinets import DAY, HOUR, MICRO, every_clock, file_of, filed, instants
from tests.store.fake_store import FakeStore
from tests.store.promised import every_life

pytestmark = pytest.mark.asyncio
AnyStore = Store | FakeStore
PARIS, REUNION = AcademieCode("01"), AcademieCode("28")


def where(at: Instant = T0, **asked: object) -> CaseFilter:
    asked.setdefault("academies", Everywhere())
    return CaseFilter(at=at, **asked)  # type: ignore[arg-type]


async def rows(store: AnyStore, asked: CaseFilter) -> tuple[CaseRow, ...]:
    page = await store.cases.page(asked, 1000)
    assert page.next is None
    return page.items


async def ids(store: AnyStore, **asked: object) -> list[int]:
    """The serials, the newest receipt first."""
    return [int(row.id.removeprefix("case-")) for row in await rows(store, where(**asked))]  # type: ignore[arg-type]


# -- one file --------------------------------------------------------------------------------------


async def test_an_empty_store_has_no_case(any_store: AnyStore) -> None:
    assert await rows(any_store, where()) == ()
    assert await any_store.cases.file(CaseId("case-00000000")) is None
    assert await any_store.cases.callbacks(CaseId("case-00000000")) == ()
    assert [each async for each in any_store.cases.received_in(T0, T0 + DAY)] == []
    assert [each async for each in any_store.cases.ended_before(T0 + DAY)] == []
    assert await any_store.cases.tallies(2026) == ()


async def test_a_file_comes_back_as_it_is_in_every_version_open_or_ended(any_store: AnyStore) -> None:
    office = every_life()
    for change in office.changes:
        await any_store.append([change])
        for case, file in change.files.items():
            assert await any_store.cases.file(case) == file
    assert (await any_store.load(T0)).files == office.open_files
    assert 0 < len(office.open_files) < len(office.files)


async def test_all_callbacks_of_a_case_are_told_with_their_attempts_the_oldest_first(any_store: AnyStore) -> None:
    office = every_life(1, ("unreachable", "due", "fixed"))
    first, other, third = office.callbacks.values()
    moved = {third.id: replace(third, case=first.case)}
    await any_store.append([*office.changes[:-1], replace(office.changes[-1], callbacks=moved)])
    found = await any_store.cases.callbacks(first.case)
    assert [row.id for row in found] == [first.id, third.id]
    assert [row.attempts for row in found] == [first.attempts, third.attempts]
    assert [row.id for row in await any_store.cases.callbacks(other.case)] == [other.id]


# -- what a row tells ------------------------------------------------------------------------------


async def test_a_row_tells_who_it_is_whose_it_is_and_what_holds(any_store: AnyStore) -> None:
    dated = (Appointment(T0 + 3 * DAY, T0, T0 + HOUR), Appointment(T0 + 5 * DAY, T0), Appointment(T0 + 9 * DAY, T0))
    whole = filed(1, name="N'Guyen", in_hand_of="anna", dated=dated)
    bare = filed(2, T0 + DAY, kind=Kind.INFORMATION, first_name=None, postcode=None)
    await any_store.append([whole, bare])
    second, first = await rows(any_store, where(T0 + DAY))
    assert first == CaseRow(
        "case-00000001", "rtf", T0, legal_deadline(T0), T0 + 5 * DAY, None, None, "01", "anna", 0, "Zoé", "N'Guyen",
        "+33199000001", False, "met",
    )  # fmt: skip
    assert second == CaseRow(
        "case-00000002", "information", T0 + DAY, None, None, None, None, None, None, 0, None, None,
        "+33199000002", False, None,
    )  # fmt: skip


async def test_a_row_follows_its_file_and_the_name_that_was_given_last(any_store: AnyStore) -> None:
    change = filed(1, name="Durand", in_hand_of="anna")
    await any_store.append([change])
    (given,) = file_of(change).requests
    again = replace(given, request=replace(given.request, name=None))
    married = replace(given, request=replace(given.request, name="Durand-Leroy"))
    ended = file_of(filed(1, ended=(T0 + DAY, CallbackOutcome.ORIENTE)))
    after = replace(ended, requests=(given, married, again))
    await any_store.append([Change(T0 + DAY, files={after.id: Versioned(after)})])
    (row,) = await rows(any_store, where())
    assert (row.name, row.officer, row.ended_at, row.outcome) == ("Durand-Leroy", None, T0 + DAY, "ORIENTE")


# -- the legal clock of many as that of one --------------------------------------------------------


async def test_the_clock_is_read_of_many_cases_as_the_core_reads_that_of_one(any_store: AnyStore) -> None:
    """At every instant around each bound; of ended cases as it stood at their end."""
    made = every_clock()
    await any_store.append(made)
    cases = {file_of(each).id: file_of(each).case for each in made}
    for at in instants():
        told = {key: case for key, case in cases.items() if case.ended is None or case.ended.at + 2 * HOUR <= at}
        await _read_as_the_core_does(any_store, told, at)


async def _read_as_the_core_does(store: AnyStore, told: dict[CaseId, Case], at: Instant) -> None:
    wanted = {key: standing(case, at) if case.kind is Kind.RTF else None for key, case in told.items()}

    async def found(**asked: object) -> set[str]:
        return {row.id for row in await rows(store, where(at, **asked)) if row.id in told}

    assert {row.id: row.standing for row in await rows(store, where(at)) if row.id in told} == wanted
    for each in Standing:
        assert await found(standing=each) == {key for key, stood in wanted.items() if stood is each}
    still = {key for key, case in told.items() if case.ended is None}
    assert await found(at_risk=True) == {
        key for key in still if wanted[key] in (Standing.AT_RISK, Standing.LATE)
    }  # fmt: skip
    unmet = {key for key in still if wanted[key] not in (Standing.MET, None)}
    for by in (legal_deadline(T0), legal_deadline(T0) + MICRO, late_at(T0), T0 + 90 * DAY, T0):
        assert await found(due_before=by) == (unmet if by > legal_deadline(T0) else set())


async def test_a_clock_counts_days_in_paris_whatever_the_hour_of_receipt(any_store: AnyStore) -> None:
    """Near midnight, and over the change to summer time."""
    received = [T0 + timedelta(hours=step) for step in (-11, -10, 12, 13, 14, 15, 24 * 12)]
    made = [filed(serial, at) for serial, at in enumerate(received)]
    await any_store.append(made)
    cases = {serial: file_of(change).case for serial, change in enumerate(made)}
    bounds = {bound for at in received for bound in (at_risk_at(at), late_at(at))}
    for at in sorted(bound + off for bound in bounds for off in (-MICRO, timedelta())):
        for each in Standing:
            stood = {serial for serial, case in cases.items() if standing(case, at) is each}
            assert set(await ids(any_store, at=at, standing=each)) == stood
        risky = {serial for serial, case in cases.items() if standing(case, at) is not Standing.DUE}
        assert set(await ids(any_store, at=at, at_risk=True)) == risky


# -- filters ---------------------------------------------------------------------------------------

FIXED = (Appointment(T0 + 5 * DAY, T0),)
HOUSE = (
    filed(0, T0, in_hand_of="anna", name="Martin", dated=FIXED, structure="cio-paris"),
    filed(1, T0 + DAY, postcode="97400", in_hand_of="chantal", phone="+262262000001"),
    filed(2, T0 + 2 * DAY, postcode=None, name="Martin-Leroy"),
    filed(3, T0 + 2 * DAY, kind=Kind.INFORMATION, first_name="Émile", name="L'Été"),
    filed(4, T0 + 3 * DAY, in_hand_of="bruno", ended=(T0 + 9 * DAY, CallbackOutcome.ORIENTE), name="Straße"),
    filed(5, T0 + 3 * DAY, postcode="97400", ended=(T0 + 4 * DAY, CallbackOutcome.REFUS), dated=FIXED),
    filed(6, datetime(2026, 12, 31, 22, 59, 59, 999999, tzinfo=UTC)),
    filed(7, datetime(2026, 12, 31, 23, 0, tzinfo=UTC), name="Marti"),
)
FILTERS: dict[str, tuple[dict[str, object], list[int]]] = {
    "everything": ({}, [7, 6, 5, 4, 3, 2, 1, 0]),
    "open": ({"ended": False}, [7, 6, 3, 2, 1, 0]),
    "ended": ({"ended": True}, [5, 4]),
    "a kind": ({"kind": Kind.INFORMATION}, [3]),
    "an outcome": ({"outcome": CallbackOutcome.REFUS}, [5]),
    "an officer": ({"officer": OfficerId("bruno")}, [4]),
    "in nobody's hands": ({"unassigned": True}, [7, 6, 3, 2]),
    "of Paris, in nobody's hands": ({"unassigned": True, "academies": frozenset({PARIS})}, [7, 6, 3]),
    "an académie": ({"academies": frozenset({REUNION})}, [5, 1]),
    "two": ({"academies": frozenset({REUNION, PARIS})}, [7, 6, 5, 4, 3, 1, 0]),
    "none: nobody's": ({"academies": frozenset()}, []),
    "a year, in Paris": ({"received_year": 2026}, [6, 5, 4, 3, 2, 1, 0]),
    "the next, from midnight in Paris": ({"received_year": 2027}, [7]),
    "a structure": ({"structure": StructureId("cio-paris")}, [0]),
    "an académie's of a structure": (
        {"structure": StructureId("cio-paris"), "academies": frozenset({REUNION})},
        [],
    ),
    "another structure": ({"structure": StructureId("cio-pari")}, []),
    "a surname": ({"words": sought("martin")}, [2, 0]),
    "as it is written": ({"words": sought("MARTIN")}, [2, 0]),
    "its beginning": ({"words": sought("mart")}, [7, 2, 0]),
    "not its end": ({"words": sought("artin")}, []),
    "both of a double name": ({"words": sought("martin leroy")}, [2]),
    "in one word": ({"words": sought("martin-leroy")}, [2]),
    "without accents": ({"words": sought("ete")}, [3]),
    "with accents": ({"words": sought("Ét")}, [3]),
    "a first name": ({"words": sought("emile")}, [3]),
    "as it is folded": ({"words": sought("strasse")}, [4]),
    "a number as it is said": ({"words": sought("01 99 00 00 03")}, [3]),
    "as it is dialled": ({"words": sought("+33199000003")}, [3]),
    "of La Réunion": ({"words": sought("262262000001")}, [1]),
    "its first digits": ({"words": sought("01990000")}, [7, 6, 5, 4, 3, 2, 0]),
    "a reference": ({"words": sought("00000004")}, [4]),
    "a postcode": ({"words": sought("97400")}, [5, 1]),
    "a département": ({"words": sought("974")}, [5, 1]),
    "a name and a place": ({"words": sought("zoe 75011 martin")}, [0]),
    "nobody": ({"words": sought("martin emile")}, []),
    "no word at all": ({"words": sought("  - '")}, [7, 6, 5, 4, 3, 2, 1, 0]),
    "wildcards are no letters": ({"words": sought("% _ mart%")}, [7, 2, 0]),
    "all at once": (
        {"words": sought("martin"), "ended": False, "officer": OfficerId("anna"), "academies": frozenset({PARIS}),
         "kind": Kind.RTF, "structure": StructureId("cio-paris"), "received_year": 2026, "standing": Standing.MET},
        [0],
    ),
}  # fmt: skip


async def test_a_list_holds_the_cases_that_are_asked_for_and_no_others(any_store: AnyStore) -> None:
    await any_store.append(HOUSE)
    found = {name: await ids(any_store, **asked) for name, (asked, _) in FILTERS.items()}
    assert found == {name: wanted for name, (_, wanted) in FILTERS.items()}


@pytest.mark.parametrize("limit", [1, 3])
async def test_pages_follow_each_other_and_leave_nobody_out(any_store: AnyStore, limit: int) -> None:
    """Also where two came at one instant, and while more come in at the top."""
    await any_store.append(HOUSE)
    found, cursor = list[str](), None
    while True:
        page = await any_store.cases.page(where(T0), limit, cursor)
        found += [row.id for row in page.items]
        assert len(page.items) <= limit
        if page.next is None:
            break
        cursor = page.next
        if len(found) == limit:
            await any_store.append([filed(90, datetime(2027, 6, 1, tzinfo=UTC))])
    assert found == [f"case-{serial:08d}" for serial in (7, 6, 5, 4, 3, 2, 1, 0)]


async def test_a_cursor_of_no_page_and_a_page_of_nothing_are_refused(any_store: AnyStore) -> None:
    with pytest.raises(BadCursor):
        await any_store.cases.page(where(), 10, "nonsense")
    with pytest.raises(ValueError, match="one case at least"):
        await any_store.cases.page(where(), 0)


async def test_an_officer_who_is_given_another_academie_sees_its_cases_at_once(any_store: AnyStore) -> None:
    await any_store.append([filed(1)])
    moved = file_of(filed(1, postcode="97400", in_hand_of="chantal"))
    await any_store.append([Change(T0, files={moved.id: Versioned(moved)})])
    assert await ids(any_store, academies=frozenset({PARIS})) == []
    assert await ids(any_store, academies=frozenset({REUNION})) == [1]


# -- what the review and retention read ------------------------------------------------------------


async def test_files_are_read_little_by_little_and_nobody_is_left_out(
    any_store: AnyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where chunks end among cases of one instant."""
    await any_store.append(HOUSE)
    files = [Versioned(file_of(change)) for change in HOUSE]
    for size in range(1, 10):
        monkeypatch.setattr(case_shelf, "CHUNK", size)
        assert [each async for each in any_store.cases.received_in(T0, T0 + 400 * DAY)] == files
    monkeypatch.setattr(case_shelf, "CHUNK", 2)
    assert [each async for each in any_store.cases.received_in(T0, T0 + 400 * DAY)] == files
    assert [each async for each in any_store.cases.received_in(T0 + DAY, T0 + 3 * DAY)] == files[1:4]
    assert [each async for each in any_store.cases.ended_before(T0 + 9 * DAY)] == [files[5]]
    assert [each async for each in any_store.cases.ended_before(T0 + 9 * DAY + MICRO)] == [files[5], files[4]]


@pytest.mark.parametrize("few_max", [0, 20_000])
async def test_words_find_the_same_cases_whether_few_have_them_or_many(
    any_store: AnyStore, few_max: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_pages, "FEW_MAX", few_max)
    monkeypatch.setattr(case_shelf, "FEW_MAX", few_max)
    await any_store.append(HOUSE)
    found = {name: await ids(any_store, **asked) for name, (asked, _) in FILTERS.items() if "words" in asked}
    assert found == {name: wanted for name, (asked, wanted) in FILTERS.items() if "words" in asked}
