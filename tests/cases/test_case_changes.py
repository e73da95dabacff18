"""Officers at work in a case: tasks, appointments, notes, consents, handovers, the end; and two of them at once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from dialer.core import events as ev
from dialer.core.callbacks.states import CallbackId, CaseId
from dialer.core.cases.actor import PERSON
from dialer.core.cases.path_told import TaskDone, TaskId
from tests.cases.casework import CIO, ML, TASKS, ask, done, journal, one_database, put, read, tell, wrong
from tests.cases.conftest import Office, StartOffice

pytestmark = pytest.mark.asyncio

SOON, LATE = "2026-12-01T10:00:00+01:00", "2026-12-09T09:00:00+01:00"


async def case_of(house: Office, **said: Any) -> str:
    return str((await house.book(**said))["case"])


async def task_ids(house: Office, case: str) -> list[str]:
    return [each.id for each in house.file(case).value.paths[-1].tasks]


# -- the path ---------------------------------------------------------------------------------------


async def test_a_path_is_proposed_walked_and_confirmed_by_the_other_side_over_a_restart(office: StartOffice) -> None:
    house = await office()
    case, anna = await case_of(house), await house.token("anna")
    told = await done(house, case, "tasks", anna, action="propose", title="Retour en CAP", tasks=TASKS)
    first, second = (each["id"] for each in told["path"]["tasks"])
    await done(house, case, "tasks", anna, action="done", task=first)
    status, told = await tell(house, case, "tasks", anna, house.file(case).version, action="confirm", task=first)
    assert (status, told["detail"]) == (409, "The other side says whether it is done.")
    house = await office()
    told = await done(house, case, "tasks", anna, action="confirm", task=first, as_person=True)
    task = told["path"]["tasks"][0]
    assert (task["state"], task["awaits"]) == ("confirmed", None)
    assert task["by"] == {"side": "person", "officer": None, "heard_by": "anna"}
    hers = TaskDone(house.clock.at, PERSON, TaskId(second))
    await house.happen(ev.CaseTold(house.clock.at, CaseId(case), hers))
    told = await done(house, case, "tasks", anna, action="send_back", task=second, reason="Il manque la date")
    assert (told["path"]["tasks"][1]["reason"], told["path"]["tasks"][1]["awaits"]) == ("Il manque la date", "person")
    await done(house, case, "tasks", anna, action="done", task=second, as_person=True)
    told = await done(house, case, "tasks", anna, action="confirm", task=second)
    assert told["path"]["state"] == "walked"
    assert ("case_task_confirmed", {"case": case, "by": "person", "heard_by": "anna", "task": first}) in await journal(
        house, case
    )


async def test_a_path_has_seven_tasks_and_the_eighth_is_refused_both_ways(office: StartOffice) -> None:
    house = await office()
    case = await case_of(house)
    task = TASKS[0]
    status, told = await tell(house, case, "tasks", None, 1, action="propose", title="Trop", tasks=[task] * 8)
    assert (status, told["errors"]) == (422, [{"field": "tasks", "message": "there are 8: give 1 to 7"}])
    await done(house, case, "tasks", action="propose", title="Juste", tasks=[task] * 7)
    status, told = await tell(house, case, "tasks", None, 2, action="add", plan=task)
    assert (status, told["detail"]) == (422, "A path has at most 7 tasks.")
    assert house.file(case).version == 2
    ids = await task_ids(house, case)
    await done(house, case, "tasks", action="withdraw", task=ids[0])
    await done(house, case, "tasks", action="edit", task=ids[1], plan=task | {"title": "Autrement", "days": 9})
    told = await done(house, case, "tasks", action="add", plan=task | {"title": "La dernière"})
    assert [each["title"] for each in told["path"]["tasks"]][::6] == ["Autrement", "La dernière"]
    status, told = await tell(house, case, "tasks", None, 5, action="propose", title="Une autre", tasks=[task])
    assert (status, told["detail"]) == (409, "A path is open already: one at a time.")
    told = await done(house, case, "tasks", action="give_up", reason="Elle a trouvé seule", as_person=True)
    assert (told["path"]["state"], told["path"]["given_up_by"]["heard_by"]) == ("given_up", "demo")
    assert (await tell(house, case, "tasks", None, 6, action="done", task="none"))[0] == 404


async def test_a_path_from_a_template_keeps_its_origin_and_is_made_to_fit(office: StartOffice) -> None:
    house = await office()
    anna, bruno = await house.token("anna"), await house.token("bruno")
    case, other = await case_of(house), await case_of(house, phone="01 99 00 00 02", first_name="Inès")
    body = {"title": "Vers l'apprentissage", "tasks": TASKS}
    status, made = await house.ask("POST", "/templates", anna, json=body)
    assert status == 201, made
    status, told = await tell(house, case, "tasks", bruno, 1, action="propose", template=made["id"])
    assert (status, wrong(told)) == (422, ["template"]), "anna's own is none of his"
    told = await done(house, case, "tasks", anna, action="propose", template=made["id"])
    assert (told["path"]["title"], len(told["path"]["tasks"])) == ("Vers l'apprentissage", 2)
    assert told["path"]["origin"] == {"template": made["id"], "version": 1}
    assert (await house.ask("POST", f"/templates/{made['id']}/share", anna))[0] == 200
    told = await done(house, other, "tasks", bruno, action="propose", template=made["id"], tasks=TASKS[:1])
    assert (len(told["path"]["tasks"]), told["path"]["origin"]["version"]) == (1, 1)
    assert (await house.ask("POST", f"/templates/{made['id']}/retire", anna))[0] == 200
    await done(house, other, "tasks", action="give_up", reason="Déménage")
    status, told = await tell(house, other, "tasks", bruno, 3, action="propose", template=made["id"])
    assert (status, told["errors"][0]["message"].startswith("was retired")) == (422, True)
    assert [event for event, _ in await journal(house, other)].count("case_path_proposed") == 1


# -- appointments -----------------------------------------------------------------------------------


async def test_an_appointment_is_fixed_moved_missed_and_kept_and_the_clock_follows(office: StartOffice) -> None:
    house = await office()
    await put(house, CIO, ML)
    case = await case_of(house)
    told = await done(house, case, "appointments", action="fix", on=SOON, structure="cio-est", referent="Mme Été")
    first = told["appointment"]["id"]
    assert (told["late"], told["appointment"]["structure"]["name"], told["appointment"]["referent"]) == (
        False, "CIO Est", "Mme Été"
    )  # fmt: skip
    assert (await read(house, f"/cases/{case}"))["standing"] == "met"
    house = await office()
    told = await done(
        house, case, "appointments", action="move", appointment=first, on="2026-12-02T10:00:00+01:00",
        structure="ml-paris",
    )  # fmt: skip
    second = told["appointment"]["id"]
    status, told = await tell(house, case, "appointments", None, 3, action="keep", appointment=second)
    assert (status, told["detail"]) == (409, "Its hour has not come.")
    await house.later(days=10)
    told = await done(house, case, "appointments", action="miss", appointment=second, misser="structure")
    assert (told["appointment"]["state"], told["appointment"]["misser"]) == ("missed", "structure")
    assert (await read(house, f"/cases/{case}"))["standing"] == "at_risk", "one that nobody could keep was none"
    told = await done(house, case, "appointments", action="fix", on="2026-12-04T10:00:00+01:00", network="PSAD")
    third = told["appointment"]["id"]
    told = await done(
        house, case, "appointments", action="call_off", appointment=third, reason="Malade", as_person=True
    )
    assert (told["appointment"]["state"], told["appointment"]["by"]["heard_by"]) == ("called_off", "demo")
    again = await done(house, case, "appointments", action="fix", on="2026-12-02T15:00:00+01:00", network="PSAD")
    await done(house, case, "appointments", action="keep", appointment=again["appointment"]["id"])
    shown = await read(house, f"/cases/{case}")
    states = [each["state"] for each in shown["file"]["appointments"]]
    assert states == ["moved", "missed", "called_off", "kept"]
    assert shown["standing"] == "met"


async def test_an_appointment_after_the_legal_deadline_is_kept_and_told_to_be_late(office: StartOffice) -> None:
    house = await office()
    case = await case_of(house)
    told = await done(house, case, "appointments", action="fix", on=LATE, network="ML")
    assert (told["late"], told["appointment"]["late"]) == (True, True)
    house = await office()
    shown = await read(house, f"/cases/{case}")
    assert (shown["appointment_late"], shown["standing"], shown["late"]) == (True, "due", False)
    (dated,) = shown["file"]["appointments"]
    assert (dated["late"], dated["state"]) == (True, "fixed")
    await house.later(days=16)
    assert (await read(house, f"/cases/{case}"))["late"] is True


async def test_nobody_is_sent_to_a_structure_that_is_not_there_on_that_day(office: StartOffice) -> None:
    house = await office()
    await put(house, CIO, ML)
    closing = CIO | {"closed_on": "2026-12-10", "successor": "ml-paris"}
    case = await case_of(house)
    told = await done(house, case, "appointments", action="fix", on=SOON, structure="cio-est")
    await put(house, closing)
    move = {"action": "move", "appointment": told["appointment"]["id"], "on": "2026-12-10T10:00:00+01:00"}
    status, told = await tell(house, case, "appointments", None, 2, **move)
    assert status == 422
    assert told["errors"] == [
        {"field": "structure", "message": "is not there on 2026-12-10; ml-paris takes its cases over"}
    ]
    status, told = await tell(
        house, case, "appointments", None, 2, action="fix", on="2026-12-12T10:00:00+01:00", structure="cio-ouest",
        referent="x" * 121, misser="person",
    )  # fmt: skip
    assert (status, wrong(told)) == (422, ["misser", "referent", "structure"])
    assert house.file(case).version == 2
    told = await done(house, case, "appointments", **move, structure="ml-paris")
    assert told["appointment"]["structure"]["id"] == "ml-paris"
    shown = (await read(house, f"/cases/{case}"))["file"]["appointments"][0]["structure"]
    assert (shown["there"], shown["heir"]) == (True, None)


# -- notes, consents, schooling ---------------------------------------------------------------------


async def test_notes_are_written_corrected_and_released_and_consents_given_and_withdrawn(office: StartOffice) -> None:
    house = await office()
    case, anna = await case_of(house), await house.token("anna")
    note = (await done(house, case, "notes", anna, action="write", text="Née en 2009 ?"))["note"]
    assert (note["section"], note["released_at"]) == ("service", None)
    newer = (await done(house, case, "notes", anna, action="correct", note=note["id"], text="Née en 2008"))["note"]
    status, told = await tell(house, case, "notes", anna, 3, action="release", note=note["id"])
    assert (status, told["detail"]) == (409, "It was corrected already: correct the newest.")
    assert (await done(house, case, "notes", anna, action="release", note=newer["id"]))["note"]["released_at"]
    await done(house, case, "consents", anna, purpose="share_with_structure", given=True)
    same = await done(house, case, "consents", anna, purpose="share_with_structure", given=True)
    assert same["version"] == 5, "what holds already is not said twice"
    assert (await journal(house, case))[-1] == ("case_looked", {"case": case, "by": "anna", "what": "file"})
    await done(house, case, "consents", anna, purpose="share_with_structure", given=False)
    await done(house, case, "schooling", anna, diploma="general", in_higher_education=True, as_person=True)
    house = await office()
    file = (await read(house, f"/cases/{case}", anna))["file"]
    assert [each["text"] for each in file["notes"]] == ["Née en 2009 ?", "Née en 2008"]
    assert (file["agreed"], [each["given"] for each in file["consents"]]) == ([], [True, False])
    assert (file["schooling"]["in_higher_education"], file["schooling"]["by"]["heard_by"]) == (True, "anna")
    assert "Née" not in str(await journal(house, case))


# -- who answers for it, and its end ----------------------------------------------------------------


async def test_a_case_is_taken_handed_over_with_a_reason_and_given_back(office: StartOffice) -> None:
    house = await office()
    case, anna, bruno = await case_of(house), await house.token("anna"), await house.token("bruno")
    await done(house, case, "assign", anna)
    status, told = await tell(house, case, "assign", bruno, 2, officer="bruno")
    assert (status, told["detail"]) == (409, "Another officer has the case in hand: transfer it, with a reason.")
    told = await done(house, case, "transfer", anna, officer="bruno", reason="En congé")
    assert told["seen"] is True
    house = await office()
    shown = await read(house, f"/cases/{case}", bruno)
    assert [(each["officer"], each["by"]) for each in shown["file"]["responsible"]] == [
        (None, None), ("anna", "anna"), ("bruno", "anna")
    ]  # fmt: skip
    for body, fields in (
        ({}, ["academie", "reason"]), ({"academie": "Lyon", "national": True, "reason": "x"}, ["national"]),
        ({"academie": "Atlantis", "reason": " "}, ["academie", "reason"]),
        ({"officer": "zoe", "reason": "x"}, ["officer"]),
        ({"national": False, "reason": "x"}, ["national"]),
    ):  # fmt: skip
        status, told = await tell(house, case, "transfer", bruno, 3, **body)
        assert (status, wrong(told)) == (422, fields), body
    status, told = await tell(house, case, "transfer", bruno, 3, officer="chantal", reason="Elle connaît la famille")
    assert (status, told["detail"]) == (
        409, "The officer works for another académie: transfer the case to that académie."
    )  # fmt: skip
    assert (await done(house, case, "transfer", bruno, national=True, reason="Adresse inconnue"))["seen"] is False
    status, told = await tell(house, case, "assign", None, 4)
    assert (status, told["errors"][0]["message"]) == (422, "is required: you are no officer")


async def test_a_case_that_is_ended_ends_its_callback_and_is_added_to_but_not_worked_on(office: StartOffice) -> None:
    house = await office()
    booked = await house.book()
    case = booked["case"]
    await done(house, case, "tasks", action="propose", title="Retour", tasks=TASKS)
    assert (await tell(house, case, "end", None, 2, outcome="DEJA_EN_SOLUTION"))[0] == 200
    assert CallbackId(booked["id"]) not in house.runner.desk.book.callbacks
    house = await office()
    shown = await read(house, f"/cases/{case}")
    assert (shown["state"], shown["outcome"], shown["file"]["paths"][0]["state"]) == (
        "ended", "DEJA_EN_SOLUTION", "given_up"
    )  # fmt: skip
    assert [each["state"] for each in shown["file"]["callbacks"]] == ["closed"]
    version = shown["version"]
    status, told = await tell(house, case, "tasks", None, version, action="propose", title="Encore", tasks=TASKS)
    assert (status, told["detail"]) == (409, "The case has ended.")
    assert (await tell(house, case, "transfer", None, version, academie="Lyon", reason="x"))[0] == 409
    status, told = await tell(house, case, "notes", None, version, action="write", text="A rappelé pour dire merci")
    assert (status, told["version"]) == (200, version + 1)
    status, told = await tell(house, case, "notes", None, version, action="write", text="Moi aussi")
    assert (status, told["version"]) == (409, version + 1), "of an ended case too"
    house = await office()
    assert len((await read(house, f"/cases/{case}"))["file"]["notes"]) == 1


@one_database
async def test_only_an_outcome_that_ends_something_ends_a_case_and_an_opposition_is_the_numbers(
    office: StartOffice,
) -> None:
    house = await office()
    case = await case_of(house)
    for outcome in ("A_RAPPELER", "OPPOSITION", "FINI", None):
        status, told = await tell(house, case, "end", None, 1, **({} if outcome is None else {"outcome": outcome}))
        assert (status, wrong(told)) == (422, ["outcome"])
    assert house.file(case).version == 1


# -- two at once ------------------------------------------------------------------------------------


async def test_of_two_officers_at_once_one_wins_and_the_other_is_told_who_did_what(office: StartOffice) -> None:
    house = await office()
    case, anna, bruno = await case_of(house), await house.token("anna"), await house.token("bruno")
    both = await asyncio.gather(
        tell(house, case, "notes", anna, 1, action="write", text="Elle veut un CAP"),
        tell(house, case, "appointments", bruno, 1, action="fix", on=SOON, network="CIO"),
    )
    assert sorted(status for status, _ in both) == [200, 409]
    (late,) = [told for status, told in both if status == 409]
    first = "anna" if both[0][0] == 200 else "bruno"
    assert (late["version"], late["title"], late["status"]) == (2, "Conflict", 409)
    assert [(each["version"], each["by"]) for each in late["meanwhile"]] == [(2, first)]
    assert late["meanwhile"][0]["what"] in ("note_written", "fixed")
    house = await office()
    file = house.file(case)
    assert (file.version, len(file.value.notes) + len(file.value.appointments)) == (2, 1), "nothing was overwritten"


@one_database
async def test_whoever_changes_a_case_says_which_version_they_have_before_them(office: StartOffice) -> None:
    house = await office()
    case = await case_of(house)
    status, told = await tell(house, case, "notes", action="write", text="Aveugle")
    assert (status, 'If-Match: "3"' in told["detail"]) == (428, True)
    for sent in ("3", '"one"', "*", 'W/"1"', '"1", "2"', '""'):
        headers = {"If-Match": sent}
        status, told = await ask(house, "POST", f"/cases/{case}/notes", json={"action": "write"}, headers=headers)
        assert status == 400, sent
    status, told = await tell(house, case, "notes", None, 7, action="write", text="D'un autre dossier")
    assert (status, told["meanwhile"], told["version"]) == (409, [], 1)
    assert house.file(case).version == 1


async def test_whoever_loses_a_case_while_they_write_is_not_told_what_became_of_it(office: StartOffice) -> None:
    house = await office()
    case, anna = await case_of(house), await house.token("anna")
    await done(house, case, "transfer", None, academie="Lyon", reason="Elle déménage")
    assert (await tell(house, case, "notes", anna, 1, action="write", text="Trop tard"))[0] == 404
