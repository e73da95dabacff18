"""Nobody learns of a case that is none of theirs: not that it is there, not by any route, not after a transfer."""

from __future__ import annotations

from typing import Any

import pytest

from dialer.web.routes import ROUTES
from tests.cases.casework import TASKS, done, read, tell
from tests.cases.conftest import Office, StartOffice

pytestmark = pytest.mark.asyncio

BODIES: dict[str, dict[str, Any]] = {
    "tasks": {"action": "propose", "title": "Démarche", "tasks": TASKS},
    "appointments": {"action": "fix", "on": "2026-12-01T10:00:00+01:00", "network": "CIO"},
    "notes": {"action": "write", "text": "Bonjour"},
    "consents": {"purpose": "follow_up", "given": True},
    "schooling": {"diploma": "dnb"},
    "assign": {"officer": "anna"},
    "transfer": {"academie": "Lyon", "reason": "Elle déménage"},
    "end": {"outcome": "REFUS"},
}
OF_ONE_CASE = [route for route in ROUTES if route.path.startswith("/api/v1/cases/{id}")]
LISTS = ("/cases", "/cases.csv", "/cases/actions")


def words(route: Any) -> tuple[str, str]:
    return route.method, route.path.removeprefix("/api/v1/cases/{id}").removeprefix("/")


async def answers(house: Office, case: str, token: str) -> list[tuple[tuple[str, str], int, str]]:
    """Of every route of a case: the status and the whole body."""
    got = []
    for route in OF_ONE_CASE:
        method, last = words(route)
        path = f"/cases/{case}/{last}".removesuffix("/")
        for headers in ({"If-Match": '"1"'}, {}):  # without, it must not be said that there is something to match
            for body in (BODIES.get(last, {}), {"wrong": 1}):
                options = {"json": body} if method == "POST" else {}
                status, told = await house.ask(method, path, token, headers=headers, **options)
                got.append(((method, last), status, str(told)))
    return got


async def everything(house: Office) -> list[Any]:
    first, last = house.clock.at.replace(year=2026, month=1), house.clock.at.replace(year=2028)
    return [each async for each in house.store.records(first, last)]


async def test_every_route_of_a_case_is_walked() -> None:
    assert {words(route) for route in OF_ONE_CASE if route.method == "POST"} >= {("POST", last) for last in BODIES}
    assert ("GET", "") in {words(route) for route in OF_ONE_CASE}


async def test_to_an_officer_of_another_academie_a_case_is_exactly_one_that_is_not_there(office: StartOffice) -> None:
    house = await office()
    case = (await house.book(first_name="Naïma"))["case"]
    chantal = await house.token("chantal", "cases:write", "persons", "callers:read")
    elsewhere = await house.token("lyon", "cases:write", "persons", academie="Lyon")
    nowhere = await house.token("nobody", "cases:write", "persons", academie="Atlantis")
    before, file = await everything(house), house.file(case)
    for token in (chantal, elsewhere, nowhere):
        here = await answers(house, case, token)
        assert {status for _, status, _ in here} == {404}
        assert here == await answers(house, "case-00000000", token)
        for path in LISTS:
            assert case not in str(await house.ask("GET", path, token))
            assert "Naïma" not in str(await house.ask("GET", f"{path}?academie=Paris", token))
    assert (await everything(house), house.file(case)) == (before, file), "nothing done, nothing seen"


async def test_whoever_hands_a_case_out_of_their_academies_sees_nothing_of_it_from_then_on(office: StartOffice) -> None:
    house = await office()
    case = (await house.book())["case"]
    anna, chantal = await house.token("anna", "cases:write", "persons"), await house.token("chantal")
    told = await done(house, case, "transfer", anna, academie="La Réunion", reason="Elle part à Saint-Denis")
    assert told == {
        "case": case, "version": 2, "seen": False, "late": False, "path": None, "appointment": None, "note": None
    }  # fmt: skip
    house = await office()
    assert {status for _, status, _ in await answers(house, case, anna)} == {404}
    assert (await read(house, "/cases", anna))["items"] == []
    shown = await read(house, f"/cases/{case}", chantal)
    assert [each["reason"] for each in shown["file"]["responsible"]] == [None, "Elle part à Saint-Denis"]
    assert "Saint-Denis" not in str(shown["audit"]), "a reason stays with the case"


async def test_a_case_of_the_national_pool_is_for_national_coordination_alone(office: StartOffice) -> None:
    house = await office()
    case = (await house.book(postcode=None))["case"]
    anna = await house.token("anna", "cases:write", "persons")
    assert {status for _, status, _ in await answers(house, case, anna)} == {404}
    assert (await read(house, f"/cases/{case}"))["academie"] is None
    assert (await tell(house, case, "transfer", None, 1, academie="01", reason="Elle habite Paris"))[0] == 200
    assert (await read(house, f"/cases/{case}", anna))["academie"] == "01"


async def test_who_may_read_cases_changes_none(office: StartOffice) -> None:
    house = await office()
    case = (await house.book())["case"]
    reader, clerk = await house.token("anna", "cases:read"), await house.token("clerk", "callbacks:write")
    for last, body in BODIES.items():
        assert (await house.ask("POST", f"/cases/{case}/{last}", reader, json=body))[0] == 403
    for path in (*LISTS, f"/cases/{case}"):
        assert (await house.ask("GET", path, clerk))[0] == 403
    assert house.file(case).version == 1
