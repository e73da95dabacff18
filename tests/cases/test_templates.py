"""Templates of paths in the API: one's own until they are shared, improved in versions, and nothing is overwritten."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cases.conftest import Office, StartOffice
from tests.cases.test_structures import LAVAL, MAYENNE, faults, one_database, put

pytestmark = pytest.mark.asyncio


def task(title: str = "Visiter l'atelier", **said: Any) -> dict[str, Any]:
    return {"kind": "visit", "title": title, "does": "person", "days": 5} | said


BODY = {"title": "Découvrir un métier", "tasks": [task(), task("Faire le point", kind="talk", does="service", days=2)]}


async def compose(house: Office, token: str, **said: Any) -> dict[str, Any]:
    status, told = await house.ask("POST", "/templates", token, json=BODY | said)
    assert status == 201, told
    return dict(told)


async def listed(house: Office, token: str, query: str = "") -> list[str]:
    status, page = await house.ask("GET", f"/templates{query}", token)
    assert status == 200, page
    return [each["id"] for each in page["items"]]


def having(version: int) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}


async def test_a_template_is_composed_shared_copied_improved_and_retired_and_a_restart_knows_it(
    office: StartOffice,
) -> None:
    house = await office()
    anna, bruno = await house.token("anna"), await house.token("bruno")
    made = await compose(house, anna)
    path = f"/templates/{made['id']}"
    assert (made["version"], made["owner"], made["own"], made["shared_at"]) == (1, "anna", True, None)
    assert [(each["label"], each["does"], each["days"]) for each in made["tasks"]] == [
        ("visiter une entreprise ou un établissement", "person", 5), ("s'entretenir avec un conseiller", "service", 2),
    ]  # fmt: skip
    status, shared = await house.ask("POST", f"{path}/share", anna)
    assert (status, shared["shared_at"]) == (200, house.clock.at.isoformat().replace("+00:00", "Z"))
    status, improved = await house.ask("POST", f"{path}/improve", bruno, json=BODY | {"title": "Métier"},
                                       headers=having(1))  # fmt: skip
    assert (status, improved["version"], improved["author"], improved["owner"]) == (200, 2, "bruno", "anna")
    status, copied = await house.ask("POST", f"{path}/copy", bruno)
    assert (status, copied["origin"], copied["own"]) == (201, {"template": made["id"], "version": 2}, True)
    house = await office()
    assert await house.ask("GET", path, bruno) == (200, improved)
    assert await listed(house, bruno) == [made["id"], copied["id"]]
    assert await listed(house, anna) == [made["id"]], "a copy is its owner's own"
    status, retired = await house.ask("POST", f"{path}/retire", anna)
    assert (status, retired["retired_at"] is not None) == (200, True)
    house = await office()
    assert await listed(house, anna) == []
    assert await listed(house, anna, "?retired=true") == [made["id"]]
    assert (await house.ask("POST", f"{path}/share", anna))[0] == 409
    assert (await house.ask("POST", f"{path}/retire", anna))[1] == retired, "once more changes nothing"


async def test_of_two_who_improve_one_version_the_second_is_told_and_nothing_is_overwritten(
    office: StartOffice,
) -> None:
    house = await office()
    anna, bruno = await house.token("anna"), await house.token("bruno")
    made = await compose(house, anna)
    path = f"/templates/{made['id']}"
    await house.ask("POST", f"{path}/share", anna)
    async with house.client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {bruno}"}) as response:
        seen = {"If-Match": response.headers["ETag"]}
    status, first = await house.ask("POST", f"{path}/improve", anna, json=BODY | {"title": "Le premier"}, headers=seen)
    assert status == 200
    status, told = await house.ask("POST", f"{path}/improve", bruno, json=BODY | {"title": "Le second"}, headers=seen)
    assert (status, told["title"]) == (409, "Conflict")
    house = await office()
    assert await house.ask("GET", path, anna) == (200, first)
    assert (await house.ask("POST", f"{path}/improve", anna, json=BODY))[0] == 428
    assert (await house.ask("POST", f"{path}/improve", anna, json=BODY, headers={"If-Match": "*"}))[0] == 400
    assert await house.ask("GET", path, anna) == (200, first)


@one_database
async def test_what_is_not_shared_is_there_for_nobody_else(office: StartOffice) -> None:
    house = await office()
    anna, bruno = await house.token("anna"), await house.token("bruno")
    made = await compose(house, anna)
    path = f"/templates/{made['id']}"
    nobody = await house.ask("GET", "/templates/template-99", bruno)
    assert nobody[0] == 404
    assert await house.ask("GET", path, bruno) == nobody
    for action in ("share", "copy", "retire"):
        assert await house.ask("POST", f"{path}/{action}", bruno) == nobody
    assert await house.ask("POST", f"{path}/improve", bruno, json=BODY, headers=having(1)) == nobody
    assert await listed(house, bruno, "?retired=true") == []
    assert await house.ask("GET", path, anna) == (200, made)


@one_database
async def test_all_faults_of_a_template_are_told_at_once_with_their_places(office: StartOffice) -> None:
    house = await office()
    await put(house, LAVAL, MAYENNE)
    closed = {"id": "cio-laval", "closed_on": "2026-11-01", "successor": "ml-mayenne"}
    assert (await house.ask("POST", "/structures", json=closed))[0] == 200
    anna = await house.token("anna")
    wrong = {
        "title": " ", "colour": "red",
        "tasks": [
            3, task(days=0), task(kind="swim", days=61), task(title="x" * 121, does="both"), {"kind": 3},
            task(structure="nowhere"), task(structure="cio-laval"),
        ],
    }  # fmt: skip
    status, told = await house.ask("POST", "/templates", anna, json=wrong)
    assert status == 422
    assert sorted(faults(told)) == [
        "colour", "tasks.0", "tasks.1.days", "tasks.2.days", "tasks.2.kind", "tasks.3.does", "tasks.3.title",
        "tasks.4.days", "tasks.4.does", "tasks.4.kind", "tasks.4.title", "tasks.5.structure", "tasks.6.structure",
        "title",
    ]  # fmt: skip
    messages = {each["field"]: each["message"] for each in told["errors"]}
    assert messages["tasks.6.structure"] == "is not there on 2026-11-23; ml-mayenne takes its cases over"
    for tasks in ([], [task()] * 8, "tasks"):
        status, told = await house.ask("POST", "/templates", anna, json=BODY | {"tasks": tasks})
        assert (status, faults(told)) == (422, ["tasks"])
    status, told = await house.ask("POST", "/templates", anna, json={})
    assert faults(told) == ["title", "tasks"]
    assert await listed(house, anna) == []


@one_database
async def test_a_task_shows_who_took_the_place_of_a_structure_that_closed_since(office: StartOffice) -> None:
    house = await office()
    await put(house, LAVAL, MAYENNE)
    anna = await house.token("anna")
    made = await compose(house, anna, tasks=[task(structure="cio-laval")])
    assert (made["tasks"][0]["structure"]["there"], made["tasks"][0]["structure"]["heir"]) == (True, None)
    await house.ask(
        "POST", "/structures", json={"id": "cio-laval", "closed_on": "2026-11-24", "successor": "ml-mayenne"}
    )
    await house.later(days=2)
    _, told = await house.ask("GET", f"/templates/{made['id']}", anna)
    shown = told["tasks"][0]["structure"]
    assert (shown["name"], shown["there"], shown["heir"]["id"]) == ("CIO de Laval", False, "ml-mayenne")


@one_database
async def test_templates_come_by_title_page_by_page_and_a_reader_changes_none(office: StartOffice) -> None:
    house = await office()
    anna = await house.token("anna")
    ids = [(await compose(house, anna, title=title))["id"] for title in ("Zèle", "été", "Avant", "Étape")]
    assert await listed(house, anna) == [ids[2], ids[3], ids[1], ids[0]]
    _, page = await house.ask("GET", "/templates?limit=3", anna)
    assert len(page["items"]) == 3
    assert await listed(house, anna, f"?limit=3&cursor={page['next']}") == [ids[0]]
    reader = await house.token("bruno", "cases:read")
    assert (await house.ask("GET", "/templates", reader))[0] == 200
    assert (await house.ask("POST", "/templates", reader, json=BODY))[0] == 403
    assert (await house.ask("POST", f"/templates/{ids[0]}/retire", reader))[0] == 403
