"""The list of cases: what officers find, page by page and as a file for a spreadsheet, and who is told of it."""

from __future__ import annotations

import csv
from datetime import datetime
from io import StringIO
from typing import Any
from urllib.parse import quote

import pytest

from tests.cases.casework import CIO, ask, done, one_database, put, read, wrong
from tests.cases.conftest import Office, StartOffice

pytestmark = pytest.mark.asyncio

FORMULA = "=HYPERLINK(A1)"
PEOPLE = [
    {"phone": "01 99 00 00 11", "first_name": FORMULA, "name": "Noël", "postcode": "75011"},
    {"phone": "01 99 00 00 12", "first_name": "Éloïse", "name": "Lefèvre-Ünal", "postcode": "75020"},
    {"phone": "01 99 00 00 13", "first_name": "Chloé", "name": 'D\'Été; "dite" Zoé', "postcode": "97400"},
    {"phone": "01 99 00 00 14", "first_name": "Zoé", "name": "Martin", "postcode": None},
    {"phone": "01 99 00 00 15", "first_name": "Aïcha", "name": "Martin", "postcode": "75015", "kind": "information"},
]


async def town(house: Office) -> list[str]:
    """The cases of these five, an hour after one another."""
    cases = []
    for each in PEOPLE:
        booked = await house.book(**each)
        cases.append(str(booked["case"]))
        await house.later(hours=1)
    return cases


async def found(house: Office, query: str, token: str | None = None) -> list[str]:
    return [each["id"] for each in (await read(house, f"/cases{query}", token))["items"]]


async def test_officers_find_the_cases_of_their_academies_page_by_page_and_every_page_is_told_to_the_audit(
    office: StartOffice,
) -> None:
    house = await office()
    first, second, reunion, pool, talk = await town(house)
    house = await office()
    anna, chantal = await house.token("anna"), await house.token("chantal", "cases:read")
    assert await found(house, "", anna) == [talk, second, first]
    assert await found(house, "", chantal) == [reunion]
    assert await found(house, "") == [talk, pool, reunion, second, first]
    seen, cursor = [], ""
    for _ in range(3):
        page = await read(house, f"/cases?limit=2{cursor}")
        seen.append([each["id"] for each in page["items"]])
        cursor = f"&cursor={page['next']}"
    assert (seen, page["next"]) == ([[talk, pool], [reunion, second], [first]], None)
    listed = [dict(each.data) async for each in house.store.records(datetime.min.replace(tzinfo=house.clock.at.tzinfo),
                                                                     house.clock.at.replace(year=2027))
              if each.event == "cases_listed"]  # fmt: skip
    assert {"by": "chantal", "what": "list", "cases": reunion} in listed
    assert [each["cases"] for each in listed if each["by"] == "demo"][-3:] == [" ".join(each) for each in seen]


async def test_a_case_is_found_by_every_filter_and_by_nothing_else(office: StartOffice) -> None:
    house = await office()
    await put(house, CIO)
    first, second, reunion, pool, talk = await town(house)
    await done(house, first, "assign", officer="bruno")
    await done(house, second, "appointments", action="fix", on="2026-12-01T10:00:00+01:00", structure="cio-est")
    await done(house, reunion, "end", outcome="REFUS")
    await house.later(days=11)
    everyone = {first, second, reunion, pool, talk}
    for query, those in {
        "state=open": everyone - {reunion}, "state=ended": {reunion}, "outcome=REFUS": {reunion},
        "academie=Paris": {first, second, talk}, "academie=28": {reunion}, "academie=la+reunion": {reunion},
        "officer=bruno": {first}, "unassigned=true": {second, pool, talk}, "kind=information": {talk},
        "standing=met": {second}, "standing=at_risk": {first, pool}, "standing=due": {reunion},
        "at_risk=true": {first, pool},
        "due_before=2026-12-09T00:00:00%2B01:00": {first, pool}, "due_before=2026-12-08T12:00:00%2B01:00": set(),
        "structure=cio-est": {second}, "structure=nowhere": set(), "year=2026": everyone, "year=2025": set(),
        "text=martin": {pool, talk}, "text=Zoé": {pool, reunion}, "text=eloise+LEFEVRE": {second},
        "text=martin+zoe": {pool}, "text=0199000012": {second}, "text=75": {first, second, talk},
    }.items():  # fmt: skip
        assert set(await found(house, f"?{query}")) == those, query
    row = (await read(house, "/cases?standing=met"))["items"][0]
    assert (row["late"], row["appointment_late"], row["academie_name"], row["version"]) == (False, False, "Paris", 2)
    assert row["reference"] == second.removeprefix("case-")
    await house.later(days=10)
    assert {each["id"]: each["late"] for each in (await read(house, "/cases?state=open"))["items"]} == {
        first: True, second: False, pool: True, talk: False
    }  # fmt: skip


@one_database
async def test_names_are_for_officers_and_a_whole_number_is_for_who_may_see_callers(office: StartOffice) -> None:
    house = await office()
    await town(house)
    plain, whole = await house.token("anna", "cases:read"), await house.token("whole", "cases:read", "callers:read")
    (row,) = (await read(house, "/cases?text=eloise", plain))["items"]
    assert (row["first_name"], row["name"], row["phone"]) == ("Éloïse", "Lefèvre-Ünal", "+33 … 12")
    (row,) = (await read(house, "/cases?text=eloise", whole))["items"]
    assert row["phone"] == "+33199000012"
    status, told = await ask(house, "GET", "/cases?state=asleep&academie=Atlantis&limit=0&colour=red&year=1")
    assert (status, wrong(told)) == (422, ["academie", "colour", "limit", "state", "year"])
    status, told = await ask(house, "GET", "/cases?cursor=mine")
    assert (status, wrong(told)) == (422, ["cursor"])


async def test_the_file_of_the_list_opens_right_in_a_french_spreadsheet_and_runs_no_formula(
    office: StartOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await office()
    monkeypatch.setattr("dialer.web.cases_csv.READ_AT_ONCE", 2)  # three pages of the five
    first, _, reunion, *_ = await town(house)
    await done(house, first, "assign", officer="anna")
    await done(house, reunion, "end", outcome="DEJA_EN_SOLUTION")
    whole = await house.token("desk", "cases:read", "callers:read")
    response = await house.client.get("/api/v1/cases.csv", headers={"Authorization": f"Bearer {whole}"})
    raw = await response.read()
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="dossiers-2026-11-23.csv"'
    assert raw.startswith("\ufeff".encode())
    rows = list(csv.DictReader(StringIO(raw.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert [each["Prénom"] for each in rows] == ["Aïcha", "Zoé", "Chloé", "Éloïse", f"'{FORMULA}"]
    assert rows[2]["Nom"] == 'D\'Été; "dite" Zoé'
    assert not any(cell.startswith(("=", "+", "-", "@")) for each in rows for cell in each.values())
    last: dict[str, Any] = rows[-1]
    assert (last["Reçue le"], last["Échéance légale"]) == ("23/11/2026 10:30", "08/12/2026 23:59")
    assert (last["Référent"], last["Académie"], last["État"]) == ("Anna", "Paris", "ouvert")
    assert (last["Téléphone"], last["Situation"]) == ("01 99 00 00 11", "dans les délais")
    assert (rows[2]["Issue"], rows[2]["État"], rows[1]["Académie"]) == ("déjà en solution", "clos", "niveau national")
    chantal = await house.token("chantal")
    status, text = await house.ask("GET", "/cases.csv?text=zoe", chantal)
    assert (status, text.count("\r\n"), "Chloé" in text, "+33 … 13" in text) == (200, 2, True, True)
    records = house.store.records(house.clock.at.replace(year=2026, month=1), house.clock.at.replace(year=2027))
    told = [dict(each.data) async for each in records if each.event == "cases_listed"]
    assert [each for each in told if each["what"] == "export"][-1] == {
        "by": "chantal", "what": "export", "cases": reunion
    }  # fmt: skip


@one_database
async def test_a_list_that_is_too_long_for_one_file_is_refused_whole_and_nobody_has_seen_it(
    office: StartOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await office()
    monkeypatch.setattr("dialer.web.cases_csv.ROWS_MAX", 4)
    await town(house)
    status, told = await ask(house, "GET", "/cases.csv")
    assert (status, "narrow" in told["errors"][0]["message"]) == (422, True)
    assert (await house.ask("GET", "/cases.csv?academie=Paris"))[0] == 200


async def test_what_is_to_be_done_comes_the_most_urgent_first_and_only_of_ones_own_academies(
    office: StartOffice,
) -> None:
    house = await office()
    first, second, reunion, pool, _ = await town(house)
    await done(house, second, "assign", officer="bruno")
    await house.later(days=16)
    anna, chantal = await house.token("anna"), await house.token("chantal")
    for token, those in ((anna, {first, second}), (chantal, {reunion}), (None, {first, second, reunion, pool})):
        page = await read(house, "/cases/actions", token)
        assert {each["case"] for each in page["items"] if each["rule"] == "late"} == those
    ranks = ["danger", "late", "at_risk"]
    rules = [each["rule"] for each in page["items"]]
    assert rules == sorted(rules, key=lambda rule: ranks.index(rule) if rule in ranks else len(ranks))
    line = page["items"][0]
    spoken = " ".join(line["case"].removeprefix("case-")[at : at + 2] for at in range(0, 8, 2))
    assert line["sentence"].startswith(f"Dossier {spoken} : l'échéance légale est dépassée depuis le 09/12/2026.")
    assert (line["todo_said"], line["overdue"]) == ("fixer un rendez-vous", False)
    seen, cursor = [], ""
    while cursor is not None:
        part = await read(house, f"/cases/actions?limit=2{cursor}")
        seen += part["items"]
        cursor = part["next"] and f"&cursor={part['next']}"
    assert seen == page["items"]
    assert len(seen) > 2
    mine = await read(house, "/cases/actions?officer=bruno", anna)
    assert {each["case"] for each in mine["items"]} == {second}
    part = await read(house, "/cases/actions?limit=1")
    await done(house, part["items"][0]["case"], "end", outcome="REFUS")
    rest = await read(house, f"/cases/actions?limit=50&cursor={part['next']}")
    assert rest["items"] == [each for each in page["items"][1:] if each["case"] != part["items"][0]["case"]]
    for cursor in ("bad", "WzEsMl0"):
        assert (await ask(house, "GET", f"/cases/actions?cursor={cursor}"))[0] == 422


@one_database
async def test_a_case_is_found_by_its_number_as_people_write_it_and_not_by_one_letter(office: StartOffice) -> None:
    house = await office()
    booked = await house.book("01 99 00 00 12")
    await house.book("01 99 00 00 13")
    for typed in ("01 99 00 00 12", "+33 1 99 00 00 12", "01.99.00.00.12", booked["reference"], "martin 0199000012"):
        found = (await read(house, f"/cases?text={quote(typed)}"))["items"]
        assert [each["id"] for each in found] == [booked["case"]], typed
    status, told = await ask(house, "GET", "/cases?text=m")
    assert (status, wrong(told)) == (422, ["text"])
