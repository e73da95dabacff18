"""One case shown whole: all that its two sides did, where the clock stands, whose turn it is, and who looked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dialer.core import events as ev
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.states import CaseId
from dialer.core.cases.actor import PERSON
from dialer.core.cases.counted import summary_of
from dialer.core.cases.note import NoteWritten
from dialer.core.cases.retention import archive
from tests.cases.casework import CIO, TASKS, ask, done, journal, one_database, put, read, tell
from tests.cases.conftest import Office, StartOffice

pytestmark = pytest.mark.asyncio


async def archived(house: Office, case: str) -> None:
    """Its time is over."""
    file = await house.store.cases.file(CaseId(case))
    made = await house.store.cases.callbacks(CaseId(case))
    kept = archive(file.value, summary_of(file.value, made, house.clock.at), house.clock.at)
    await house.happen(ev.CasesRetired(house.clock.at, "retention", (kept,)))


async def test_an_officer_sees_the_whole_file_and_a_restart_shows_the_same(office: StartOffice) -> None:
    house = await office()
    anna = await house.token("anna")
    await put(house, CIO)
    booked = await house.book(situation="Seconde, arrêtée en mars", note="Plutôt le soir")
    case = booked["case"]
    await house.settle(booked["id"], CallbackOutcome.ALERTE_DANGER)
    await house.later(days=1)
    await done(house, case, "assign", anna)
    await done(house, case, "tasks", anna, action="propose", title="Retour en CAP", tasks=TASKS)
    await done(house, case, "appointments", anna, action="fix", on="2026-12-01T10:00:00+01:00", structure="cio-est")
    await done(house, case, "notes", anna, action="write", text="Très motivée")
    await done(house, case, "consents", anna, purpose="follow_up", given=True)
    await done(house, case, "schooling", anna, diploma="dnb")
    hers = NoteWritten(house.clock.at, PERSON, "À moi seule")
    await house.happen(ev.CaseTold(house.clock.at, CaseId(case), hers))
    shown = await read(house, f"/cases/{case}", anna)
    house = await office()
    again = await read(house, f"/cases/{case}", anna)
    assert again["file"] == shown["file"]
    file = shown["file"]
    assert (shown["version"], shown["standing"], shown["phone"]) == (house.file(case).version, "met", "+33199000001")
    assert (shown["academie_name"], shown["officer"], shown["archived"], shown["archive"]) == (
        "Paris",
        "anna",
        False,
        None,
    )
    (given,) = file["requests"]
    assert (given["situation"], given["note"], given["phone"]) == (
        "Seconde, arrêtée en mars",
        "Plutôt le soir",
        "+33199000001",
    )
    assert [each["outcome"] for each in file["outcomes"]] == ["ALERTE_DANGER"]
    (callback,) = file["callbacks"]
    assert (callback["id"], callback["state"], callback["attempts"]) == (booked["id"], "closed", [])
    (path,) = file["paths"]
    assert [(each["awaits"], each["due_on"]) for each in path["tasks"]] == [
        ("service", "2026-11-26"),
        ("person", "2026-12-03"),
    ]
    (dated,) = file["appointments"]
    assert (dated["structure"]["name"], dated["late"], dated["state"]) == ("CIO Est", False, "fixed")
    assert [each["text"] for each in file["notes"]] == ["Très motivée"], "what the person keeps for herself is hers"
    assert (file["agreed"], file["consents"][0]["by"]) == (
        ["follow_up"], {"side": "person", "officer": None, "heard_by": "anna"}
    )  # fmt: skip
    assert file["schooling"]["diploma"] == "dnb"
    assert [each["how"] for each in file["responsible"]] == ["postcode", "assigned"]
    assert (file["clock"]["standing"], file["clock"]["deadline_at"]) == ("met", "2026-12-08T22:59:59Z")
    assert (file["linked"], file["postcode"], file["birth_date"]) == ([], "75011", "2008-03-21")


async def test_whoever_looks_at_a_file_is_in_its_audit_before_it_is_shown(office: StartOffice) -> None:
    house = await office()
    case = (await house.book())["case"]
    anna = await house.token("anna")
    first = await read(house, f"/cases/{case}", anna)
    assert [(each["event"], each["by"]) for each in first["audit"] if each["event"] == "case_looked"] == [
        ("case_looked", "anna")
    ]
    await done(house, case, "notes", anna, action="write", text="Rappelée")
    house = await office()
    second = await read(house, f"/cases/{case}")
    said = [each["sentence"] for each in second["audit"]]
    assert said[-3:] == ["Anna a consulté le dossier.", "Anna a écrit une note.", "demo a consulté le dossier."]
    assert "Rappelée" not in str(second["audit"])


async def test_the_etag_of_a_case_is_its_version(office: StartOffice) -> None:
    house = await office()
    case = (await house.book())["case"]
    response = await house.client.get(f"/api/v1/cases/{case}")
    assert response.headers["ETag"] == '"1"'
    headers = {"If-Match": response.headers["ETag"]}
    body = {"action": "write", "text": "Oui"}
    response = await house.client.post(f"/api/v1/cases/{case}/notes", json=body, headers=headers)
    assert (response.status, response.headers["ETag"]) == (200, '"2"')


async def test_of_an_archived_case_what_the_archive_has_is_shown_and_nothing_changes_it(office: StartOffice) -> None:
    house = await office()
    booked = await house.book(note="À effacer")
    case = booked["case"]
    await done(house, case, "appointments", action="fix", on="2026-11-30T10:00:00+01:00", network="ML")
    await house.later(days=8)  # the day is over: nothing that the officers have in hand keeps the case open
    await house.settle(booked["id"], CallbackOutcome.REFUS)
    await house.later(days=120)
    await archived(house, case)
    house = await office()
    anna, chantal = await house.token("anna"), await house.token("chantal")
    shown = await read(house, f"/cases/{case}", anna)
    assert (shown["archived"], shown["file"], shown["outcome"], shown["name"]) == (True, None, "REFUS", "Martin")
    assert [each["state"] for each in shown["archive"]["appointments"]] == ["fixed"]
    assert "À effacer" not in str(shown)
    assert shown["audit"][-1]["by"] == "anna"
    (row,) = (await read(house, "/cases?state=ended", anna))["items"]
    assert (row["archived"], row["id"]) == (True, case)
    status, told = await tell(house, case, "notes", anna, 3, action="write", text="Encore")
    assert (status, "archive" in told["detail"]) == (409, True)
    assert (await ask(house, "GET", f"/cases/{case}", chantal))[0] == 404


@one_database
async def test_a_linked_case_is_named_only_to_who_may_see_it(office: StartOffice) -> None:
    house = await office()
    sister = (await house.book(first_name="Inès", birth_date="2007-01-02", postcode="97400"))["case"]
    case = (await house.book(first_name="Naïma"))["case"]
    assert (await read(house, f"/cases/{case}"))["file"]["linked"] == [sister]
    assert (await read(house, f"/cases/{case}", await house.token("anna")))["file"]["linked"] == []


@one_database
async def test_the_next_actions_of_a_case_stand_in_its_file_in_french(office: StartOffice) -> None:
    house = await office()
    case = (await house.book())["case"]
    await house.later(days=11)
    shown = await read(house, f"/cases/{case}")
    (action,) = [each for each in shown["file"]["next_actions"] if each["rule"] == "at_risk"]
    assert action["reason_said"] == "l'échéance légale approche sans rendez-vous dans les délais"
    assert (shown["standing"], shown["file"]["clock"]["standing"]) == ("at_risk", "at_risk")
    changes = house.clock.at + timedelta(days=5)
    assert shown["file"]["clock"]["changes_at"] < changes.isoformat()
    assert await journal(house, case) != []
