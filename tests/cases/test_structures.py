"""Structures in the API: found, shown as they are now, added, changed and closed; nobody is sent where nobody is."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from dialer.core import events as ev
from dialer.core.callbacks.states import CaseId
from dialer.core.cases.actor import officer
from dialer.core.cases.appointment import AppointmentFixed, Where
from dialer.core.structures.structure import StructureId
from dialer.core.structures.structures_csv import Plan, Row, plan
from dialer.web.problems import Refused
from dialer.web.structure_models import shown_structure
from dialer.web.structures_import import commit_plan
from tests.cases.conftest import Office, StartOffice

pytestmark = pytest.mark.asyncio
one_database = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
"""For what is judged before anything is stored."""

WEEK = "mon-fri=09:00-12:00, 14:00-17:00"
LAVAL = {"id": "cio-laval", "kind": "CIO", "name": "CIO de Laval", "postcode": "53000", "commune": "Laval",
         "phone": "01 99 00 00 01", "hours": WEEK, "appointments": "tue=09:00-12:00", "latitude": 48.07,
         "longitude": -0.77}  # fmt: skip
MAYENNE = {"id": "ml-mayenne", "kind": "ML", "name": "Mission locale", "postcode": "53100", "commune": "Mayenne"}
AJACCIO = {"id": "cio-ajaccio", "kind": "CIO", "name": "CIO d'Ajaccio", "postcode": "20090", "commune": "Ajaccio"}
SAINT_DENIS = {"id": "ml-nord", "kind": "ML", "name": "Mission locale Nord", "postcode": "97400",
               "commune": "Saint-Denis", "hours": WEEK, "appointments": "tue=09:00-10:00"}  # fmt: skip
CEDEX = {"id": "psad-paris", "kind": "PSAD", "name": "PSAD", "postcode": "75961", "commune": "Paris CEDEX 20"}
ALL = (LAVAL, MAYENNE, AJACCIO, SAINT_DENIS, CEDEX)


async def put(house: Office, *structures: dict[str, Any]) -> None:
    for each in structures:
        status, told = await house.ask("POST", "/structures", json=each)
        assert status == 201, told


async def found(house: Office, query: str) -> list[str]:
    status, page = await house.ask("GET", f"/structures{query}")
    assert status == 200, page
    return [each["id"] for each in page["items"]]


def faults(told: dict[str, Any]) -> list[str]:
    return [each["field"] for each in told["errors"]]


async def point_to(house: Office, structure: str) -> str:
    """A case with an appointment there, in three weeks."""
    booked = await house.book()
    on = house.clock.at + timedelta(days=21)
    told = AppointmentFixed(house.clock.at, officer("anna"), on, Where(StructureId(structure)))
    await house.happen(ev.CaseTold(house.clock.at, CaseId(booked["case"]), told))
    return str(booked["case"])


# -- added and changed ------------------------------------------------------------------------------


async def test_a_structure_is_added_changed_and_taken_up_by_a_restart(office: StartOffice) -> None:
    house = await office()
    status, added = await house.ask("POST", "/structures", json=LAVAL)
    assert status == 201
    assert {name: added[name] for name in LAVAL} == LAVAL
    assert (added["phone_number"], added["academie"]) == ("+33199000001", {"code": "17", "name": "Nantes"})
    status, changed = await house.ask(
        "POST", "/structures", json={"id": "CIO-Laval", "name": "CIO Nord", "phone": None}
    )
    assert (status, changed["name"], changed["phone"]) == (200, "CIO Nord", None)
    assert changed["hours"] == WEEK, "what is not said stays as it was"
    house = await office()
    assert await house.ask("GET", "/structures/cio-laval") == (200, changed)


@one_database
async def test_all_faults_of_a_structure_are_told_at_once_and_nothing_is_kept(office: StartOffice) -> None:
    house = await office()
    wrong = {"id": "CIO Laval!", "kind": "BAR", "name": 3, "postcode": "99999", "hours": "lun=9h-25h", "colour": "red"}
    status, told = await house.ask("POST", "/structures", json=wrong)
    assert status == 422
    assert sorted(faults(told)) == ["colour", "hours", "id", "kind", "name", "postcode"]
    status, told = await house.ask("POST", "/structures", json={"id": "cio-neuf", "latitude": 48.1})
    assert sorted(faults(told)) == ["commune", "kind", "longitude", "name", "postcode"]
    status, told = await house.ask("POST", "/structures", json={"name": "CIO"})
    assert faults(told) == ["id"], "of which one, nobody knows: nothing more is asked for on a guess"
    status, told = await house.ask("POST", "/structures", json=LAVAL | {"longitude": 77, "appointment_min": True})
    assert sorted(faults(told)) == ["appointment_min", "latitude"]
    status, told = await house.ask("POST", "/structures", json=LAVAL | {"colour": "red"})
    assert (status, faults(told)) == (422, ["colour"]), "nothing is done of what is not understood whole"
    assert await found(house, "?closed_too=true") == []


@one_database
async def test_postcodes_of_corse_overseas_and_cedex_have_their_academie_and_clock(office: StartOffice) -> None:
    house = await office()
    await put(house, *ALL)
    names = {each["id"]: each["academie"]["name"]
             for each in (await house.ask("GET", "/structures"))[1]["items"]}  # fmt: skip
    assert names == {
        "cio-laval": "Nantes", "ml-mayenne": "Nantes", "cio-ajaccio": "Corse", "ml-nord": "La Réunion",
        "psad-paris": "Paris",
    }  # fmt: skip
    assert await found(house, "?academie=corse") == ["cio-ajaccio"]
    assert await found(house, "?academie=28") == ["ml-nord"]
    assert await found(house, "?postcode=97") == ["ml-nord"]
    assert await found(house, "?postcode=20") == ["cio-ajaccio"]
    assert await found(house, "?text=paris&postcode=75961") == ["psad-paris"]
    status, told = await house.ask("POST", "/structures", json=MAYENNE | {"id": "ml-monaco", "postcode": "98000"})
    assert (status, faults(told)) == (422, ["postcode"])


# -- found ------------------------------------------------------------------------------------------


@one_database
async def test_the_nearest_comes_first_and_says_how_far_and_how_surely(office: StartOffice) -> None:
    house = await office()
    await put(house, *ALL)
    status, page = await house.ask("GET", "/structures?near=53200")
    assert status == 200
    distances = {each["id"]: each["distance"] for each in page["items"]}
    assert list(distances) == ["ml-mayenne", "cio-laval", "psad-paris", "cio-ajaccio", "ml-nord"]
    assert all(each["rough"] for each in distances.values())
    _, page = await house.ask("GET", "/structures?near=53000")
    assert page["items"][0]["distance"] == {"km": 0.0, "rough": False}


@one_database
async def test_every_wish_is_met_and_words_forgive_a_slip(office: StartOffice) -> None:
    house = await office()
    await put(house, *ALL)
    assert await found(house, "?text=misson") == ["ml-mayenne", "ml-nord"]
    assert await found(house, "?text=misson&kind=ML&academie=Nantes") == ["ml-mayenne"]
    assert await found(house, "?kind=E2C") == []


@one_database
async def test_open_is_by_the_clock_of_the_place_and_unknown_where_nobody_said(office: StartOffice) -> None:
    house = await office()
    await put(house, *ALL)
    house.clock.at = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)  # 9:30 in Laval, 12:30 in Saint-Denis
    _, page = await house.ask("GET", "/structures?text=mission")
    assert {each["id"]: each["open_now"] for each in page["items"]} == {"ml-nord": False, "ml-mayenne": None}
    assert await found(house, "?open_now=true") == ["cio-laval"]
    assert await found(house, "?open_at=2026-11-23T11:30:00Z") == ["ml-nord"]
    assert await found(house, "?open_at=2026-11-23T15:30:00%2B04:00") == ["ml-nord"]


@one_database
async def test_a_query_that_cannot_be_is_refused_with_all_its_faults(office: StartOffice) -> None:
    house = await office()
    status, told = await house.ask(
        "GET", "/structures?near=99999&postcode=2A&academie=Atlantide&kind=BAR&limit=0&colour=red"
    )
    assert status == 422
    assert sorted(faults(told)) == ["academie", "colour", "kind", "limit", "near", "postcode"]
    for query in ("?open_now=true&open_at=2026-11-23T10:30:00Z", "?open_at=0001-01-01T00:00:00%2B14:00",
                  "?open_at=9999-12-31T23:59:59Z"):  # fmt: skip
        status, told = await house.ask("GET", f"/structures{query}")
        assert (status, faults(told)) == (422, ["open_at"])


@one_database
async def test_pages_hold_everything_once_in_one_order_though_time_passes(office: StartOffice) -> None:
    house = await office()
    await put(house, *ALL)
    seen: list[str] = []
    cursor = ""
    while True:
        status, page = await house.ask("GET", f"/structures?near=53200&limit=2{cursor}")
        assert status == 200
        seen += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
        await house.later(minutes=5)
    assert seen == await found(house, "?near=53200")
    old = base64.urlsafe_b64encode(b"p|0001-01-01T00:00:00+14:00|cio-laval").decode()
    for wrong in ("abc", old):
        status, told = await house.ask("GET", f"/structures?cursor={wrong}")
        assert (status, faults(told)) == (422, ["cursor"])


# -- shown ------------------------------------------------------------------------------------------


@one_database
async def test_a_structure_shows_the_appointments_of_its_next_ten_working_days_on_both_clocks(
    office: StartOffice,
) -> None:
    house = await office()
    await put(house, LAVAL, SAINT_DENIS, MAYENNE)
    _, told = await house.ask("GET", "/structures/ml-nord")
    assert told["windows"] == [
        {"start": f"2026-{day}T05:00:00Z", "end": f"2026-{day}T06:00:00Z",
         "local_start": f"2026-{day}T09:00:00+04:00", "local_end": f"2026-{day}T10:00:00+04:00"}
        for day in ("11-24", "12-01")
    ]  # fmt: skip
    _, told = await house.ask("GET", "/structures/cio-laval")
    assert [each["local_start"][:16] for each in told["windows"]] == [
        f"2026-{day}T{hour}:00" for day in ("11-24", "12-01") for hour in ("09", "10", "11")
    ]
    _, told = await house.ask("GET", "/structures/ml-mayenne")
    assert told["windows"] == []
    evenings = {"id": "ml-mayenne", "appointments": "mon-fri=18:00-19:00"}
    _, told = await house.ask("POST", "/structures", json=evenings)
    days = [each["start"][:10] for each in told["windows"]]
    assert (len(days), days[0], days[-1]) == (10, "2026-11-23", "2026-12-04")
    status, _ = await house.ask("GET", "/structures/nowhere")
    assert status == 404


# -- closed -----------------------------------------------------------------------------------------


async def test_a_structure_closes_only_when_somebody_takes_its_cases_over_and_the_heir_is_shown(
    office: StartOffice,
) -> None:
    house = await office()
    await put(house, LAVAL, MAYENNE)
    await point_to(house, "cio-laval")
    closing = {"id": "cio-laval", "closed_on": "2026-12-01"}
    status, told = await house.ask("POST", "/structures", json=closing)
    assert (status, faults(told)) == (422, ["closed_on"])
    assert "1 open case points to cio-laval" in told["errors"][0]["message"]
    assert await found(house, "?text=laval") == ["cio-laval"], "nothing was changed"
    status, told = await house.ask("POST", "/structures", json=closing | {"successor": "ml-mayenne"})
    assert (status, told["closed_on"], told["successor"], told["there"], told["heir"]) == (
        200, "2026-12-01", "ml-mayenne", True, None,
    )  # fmt: skip
    house = await office()
    await house.later(days=8)
    _, told = await house.ask("GET", "/structures/cio-laval")
    heir = {"id": "ml-mayenne", "name": "Mission locale", "commune": "Mayenne", "phone": None}
    assert (told["there"], told["heir"], told["windows"]) == (False, heir, [])
    assert await found(house, "?text=laval") == []
    assert await found(house, "?text=laval&closed_too=true") == ["cio-laval"]
    directory, on = house.floor.directory(), house.clock.at.date() + timedelta(days=13)
    shown = shown_structure(directory, StructureId("cio-laval"), on)
    assert shown.heir is not None
    assert (shown.name, shown.there, shown.heir.id) == ("CIO de Laval", False, "ml-mayenne")
    unknown = shown_structure(directory, StructureId("cio-perdu"), on)
    assert (unknown.name, unknown.there, unknown.heir) == (None, False, None)
    before = shown_structure(directory, StructureId("cio-laval"), date(2026, 11, 30))
    assert (before.there, before.heir) == (True, None)


@one_database
@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"id": "cio-laval", "closed_on": "2026-12-15", "successor": "nobody"}, "successor"),
        ({"id": "cio-laval", "closed_on": "2026-12-15", "successor": "cio-laval"}, "successor"),
        ({"id": "cio-laval", "successor": "ml-mayenne"}, "successor"),
        ({"id": "ml-mayenne", "open_from": "2026-12-15", "closed_on": "2026-12-15"}, "closed_on"),
        ({"id": "cio-laval", "closed_on": "2026-12-15", "successor": "cio-ajaccio"}, "successor"),
        ({"id": "cio-laval", "closed_on": "2026-11-30"}, ""),
    ],
    ids=["unknown", "itself", "not closed", "before it began", "a cycle", "an heir goes before who left to it"],
)
async def test_an_end_that_cannot_be_is_refused(office: StartOffice, said: dict[str, Any], field: str) -> None:
    house = await office()
    await put(house, LAVAL, MAYENNE, AJACCIO)
    left = {"id": "cio-ajaccio", "closed_on": "2026-12-01", "successor": "cio-laval"}
    status, _ = await house.ask("POST", "/structures", json=left)
    assert status == 200
    before = await house.ask("GET", "/structures?closed_too=true")
    status, told = await house.ask("POST", "/structures", json=said)
    assert (status, faults(told)) == (422, [field])
    assert await house.ask("GET", "/structures?closed_too=true") == before


async def test_of_two_who_change_the_directory_at_once_the_second_is_told_and_nobody_is_left_to_nobody(
    office: StartOffice,
) -> None:
    house = await office()
    await put(house, LAVAL, MAYENNE)
    known = house.floor.directory().structures
    said = {"id": "cio-laval", "closed_on": "2026-12-01", "successor": "ml-mayenne"}
    planned = plan([Row(1, said)], known, lambda structure: 0)
    assert isinstance(planned, Plan)
    status, _ = await house.ask("POST", "/structures", json={"id": "ml-mayenne", "closed_on": "2026-11-30"})
    assert status == 200, "the heir of the plan goes before the plan is done"
    with pytest.raises(Refused) as refused:
        await commit_plan(house.floor, planned, known, "anna")
    assert refused.value.status == 409
    house = await office()
    assert house.floor.directory().structures[StructureId("cio-laval")].closed_on is None


@one_database
async def test_who_may_only_read_changes_nothing_and_who_sees_cases_reads_the_directory(office: StartOffice) -> None:
    house = await office()
    reader = await house.token("bruno", "cases:read")
    stranger = await house.token("site", "intake")
    writer = await house.token("annuaire", "structures:write")
    assert (await house.ask("POST", "/structures", reader, json=LAVAL))[0] == 403
    assert (await house.ask("POST", "/structures", writer, json=LAVAL))[0] == 201
    assert (await house.ask("GET", "/structures/cio-laval", reader))[0] == 200
    for path in ("/structures", "/structures/cio-laval", "/structures.csv", "/templates"):
        assert (await house.ask("GET", path, stranger))[0] == 403
        assert (await house.ask("GET", path, "unknown"))[0] == 401
    assert (await house.ask("GET", "/templates", writer))[0] == 403
