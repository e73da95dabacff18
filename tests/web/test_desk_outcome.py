"""The outcome with its follow-up: another number, a structure of the directory, and an adviser's own list."""

from __future__ import annotations

from datetime import date

import pytest

from dialer.core import events as ev
from dialer.core.access.roles import Role
from dialer.core.cases.appointment import Where
from dialer.core.structures.structure import Structure, StructureId, StructureKind
from dialer.core.words import Cause
from tests.store.fake_access import FakeAccess

from .asking import CALLBACKS, book, errors, talking
from .fake_floor import FakeFloor
from .signing_in import account, everybody, session

pytestmark = pytest.mark.asyncio
CIO = Structure(StructureId("cio-laval"), StructureKind.CIO, "CIO de Laval", "53000", "Laval")
GRETA = Structure(StructureId("greta-53"), StructureKind.GRETA, "GRETA de la Mayenne", "53000", "Laval")
GONE = Structure(StructureId("ml-gone"), StructureKind.ML, "Mission locale", "53000", "Laval",
                 closed_on=date(2026, 11, 30))  # fmt: skip
DATE = "2026-12-01T10:00:00+01:00"


@pytest.fixture
def floor() -> FakeFloor:
    made = FakeFloor()
    made.happen(ev.StructuresChanged(made.now(), "anna", tuple((None, each) for each in (CIO, GRETA, GONE))))
    return made


async def tell(client, callback, **body):
    async with client.post(f"{CALLBACKS}/{callback.id}/outcome", json=body) as response:
        return response.status, await response.json()


def over(floor, callback) -> None:
    """The talk is."""
    floor.later(60)
    floor.happen(ev.LegLeft(floor.now(), callback.state.leg, Cause.NORMAL))


# -- a structure of the directory ---------------------------------------------------------------------


async def test_an_appointment_with_a_structure_of_the_directory_is_in_the_file_with_that_structure(client, floor):
    callback = talking(floor, postcode="53000")
    assert (await tell(client, callback, outcome="RDV_FIXE", date=DATE, place="cio-laval"))[0] == 200
    over(floor, callback)
    (appointment,) = floor.files[callback.case].value.appointments
    assert appointment.where == Where(structure=StructureId("cio-laval"))
    assert appointment.on.isoformat() == "2026-12-01T09:00:00+00:00"
    assert (await floor.cases_of_structures())[StructureId("cio-laval")] == 1


async def test_somebody_may_be_oriented_to_any_structure_of_the_directory_by_its_id_alone(client, floor):
    for number, place in enumerate(("cio-laval", "greta-53")):
        callback = talking(floor, f"adv0{number + 5}", number=f"+3319900001{number}")
        assert (await tell(client, callback, outcome="ORIENTE", place=place))[0] == 200, place


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"outcome": "RDV_FIXE", "date": DATE, "place": "nowhere"}, {"place"}),
        ({"outcome": "RDV_FIXE", "date": DATE, "place": "ml-gone"}, {"place"}),
        ({"outcome": "RDV_FIXE", "place": "cio-laval"}, {"date"}),
        ({"outcome": "REFUS", "place": "cio-laval", "phone": "01 99 00 00 02"}, {"place", "phone"}),
        ({"outcome": "MAUVAIS_NUMERO", "phone": "12"}, {"phone"}),
        ({"outcome": "MAUVAIS_NUMERO", "phone": "01 77 77 12 25"}, {"phone"}),
        ({"outcome": "A_RAPPELER", "phone": "0033", "window": {}}, {"phone", "window.start", "window.end"}),
        ({"outcome": "RDV_FIXE", "place": 3, "phone": 4, "date": DATE}, {"place", "phone"}),
    ],
)
async def test_every_fault_of_the_follow_up_is_told_at_once_and_nothing_is_done(client, floor, body, fields):
    callback = talking(floor)
    status, problem = await tell(client, callback, **body)
    assert (status, set(errors(problem))) == (422, fields)
    assert floor.open_callback(callback.id).state.report is None


async def test_a_structure_that_is_closed_by_then_is_there_before(client, floor):
    callback = talking(floor)
    before = "2026-11-27T10:00:00+01:00"
    assert (await tell(client, callback, outcome="RDV_FIXE", date=before, place="ml-gone"))[0] == 200


# -- another number -----------------------------------------------------------------------------------


async def test_another_number_is_called_from_then_on_and_is_in_no_record(client, floor):
    callback = talking(floor)
    assert (await tell(client, callback, outcome="MAUVAIS_NUMERO", phone="01 99 00 00 02"))[0] == 200
    over(floor, callback)
    live = floor.open_callback(callback.id)
    assert live.phone.number == "+33199000002"
    assert live.attempts[0].cause == "wrong_number"
    assert "99000002" not in str(floor.journal)


async def test_nothing_but_blanks_is_no_other_number(client, floor):
    callback = talking(floor)
    window = {"start": "2026-11-24T11:00:00+01:00", "end": "2026-11-24T12:00:00+01:00"}
    assert (await tell(client, callback, outcome="A_RAPPELER", phone="  ", window=window))[0] == 200
    over(floor, callback)
    assert floor.open_callback(callback.id).phone.number == "+33199000001"


# -- an adviser's own list ----------------------------------------------------------------------------


async def test_an_adviser_lists_their_own_callbacks_with_whole_numbers_and_no_others(connect):
    access = FakeAccess([*everybody(), account("other", Role.ADVISER, adviser="adv06")])
    floor = FakeFloor(mode="production", access=access)
    mine, waiting = talking(floor), book(floor, "+33199000077")
    client = await connect(floor, token=None)

    async def listed(name: str, query: str = "") -> list[tuple[str, str]]:
        headers = await session(access, name, floor.now())
        async with client.get(f"{CALLBACKS}{query}", headers=headers) as response:
            assert response.status == 200
            return [(each["id"], each["phone"]) for each in (await response.json())["items"]]

    assert await listed("adviser") == [(mine.id, "+33199000001")]
    assert await listed("adviser", "?adviser=adv05&state=talking&line=dropout") == [(mine.id, "+33199000001")]
    assert await listed("adviser", "?state=closed") == []
    assert await listed("adviser", "?adviser=adv06") == []
    assert await listed("other") == []
    seen = await listed("supervisor")
    assert {each for each, _ in seen} == {mine.id, waiting}
    assert "+33199000001" not in {phone for _, phone in seen}
    assert [each for each, _ in await listed("supervisor", "?adviser=adv05")] == [mine.id]
