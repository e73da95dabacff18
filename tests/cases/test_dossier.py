"""A person's own file by their secret link, on what is stored: kept over a restart, and seen by the service."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from html import unescape

import pytest
from aiohttp.test_utils import TestClient, TestServer

from dialer.core import events as ev
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.states import CallbackId, CaseId
from dialer.core.cases import retention
from dialer.core.cases.actor import Side, officer
from dialer.core.cases.appointment import AppointmentFixed, CalledOff, Where
from dialer.core.cases.consent import Purpose, holds
from dialer.core.cases.file import facts
from dialer.core.cases.note import NoteWritten
from dialer.core.cases.path import Confirmed, Done, SentBack
from dialer.core.cases.path_told import PathProposed, TaskDone
from dialer.core.cases.told import FileEvent
from dialer.core.report.summary import summary
from dialer.core.words import CallId
from dialer.web.app import make_app
from dialer.web.rappel.links import link_of
from dialer.web.rappel.reception import Rappel
from tests.cases.conftest import KEY, Office, StartOffice
from tests.core.file_world import plan
from tests.core.structure_world import LAVAL

pytestmark = pytest.mark.asyncio
ANNA = officer("anna")


@asynccontextmanager
async def page_of(house: Office) -> AsyncIterator[TestClient]:
    """Somebody with a browser and no token."""
    client = TestClient(TestServer(make_app(house.floor, rappel=Rappel()), host="127.0.0.1"))
    await client.start_server()
    try:
        yield client
    finally:
        await client.close()


def link(booked: dict) -> str:
    return f"/rappel/suivi/{link_of(booked['reference'], CallbackId(booked['id']), KEY)}"


async def read(client: TestClient, path: str) -> tuple[int, str]:
    async with client.get(path) as response:
        return response.status, unescape(await response.text())


async def do(client: TestClient, path: str, act: str, thing: str = "", **fields: str) -> tuple[int, str]:
    version = re.search(r'name="version" value="(\d+)"', (await read(client, path))[1])[1]
    form = {"acte": act, "chose": thing, "version": version, **fields}
    async with client.post(f"{path}/dossier", data=form) as response:
        return response.status, unescape(await response.text())


async def tell(house: Office, booked: dict, event: FileEvent) -> None:
    case = CaseId(booked["case"])
    await house.happen(ev.CaseTold(house.clock.at, case, event, house.file(case).version))


async def test_what_a_person_does_in_their_file_is_kept_and_is_there_for_the_service(office: StartOffice) -> None:
    house = await office()
    booked = await house.book()
    at = house.clock.at
    await house.happen(ev.StructuresChanged(at, "anna", ((None, LAVAL),)))
    plans = (plan("Visiter le CFA"), plan("Trouver une place", Side.SERVICE), plan("Appeler le CIO", Side.SERVICE))
    await tell(house, booked, PathProposed(at, ANNA, "Découvrir", plans))
    ours, theirs, other = (task.id for task in house.file(booked["case"]).value.paths[0].tasks)
    await tell(house, booked, TaskDone(at, ANNA, theirs))
    await tell(house, booked, TaskDone(at, ANNA, other))
    await tell(house, booked, AppointmentFixed(at, ANNA, at + timedelta(days=3), Where(LAVAL.id)))
    await tell(house, booked, NoteWritten(at, ANNA, "Pour nous seulement"))
    meeting = house.file(booked["case"]).value.appointments[0].id
    async with page_of(house) as client:
        mine = link(booked)
        html = (await read(client, mine))[1]
        assert "CIO de Laval" in html
        assert "Pour nous seulement" not in html
        for act, thing, fields in (
            ("fait", ours, {}), ("accord", theirs, {}), ("pas-encore", other, {"texte": "Personne n’a répondu"}),
            ("rendez-vous", meeting, {"texte": "Je travaille"}),
            ("note", "", {"texte": "Je préfère\r\nle matin", "choix": "service"}),
            ("note", "", {"texte": "Pour moi", "choix": "moi"}),
            ("accord-donne", Purpose.FOLLOW_UP, {"choix": "oui"}),
        ):  # fmt: skip
            status, html = await do(client, mine, act, thing, **fields)
            assert (status, 'class="done"' in html) == (200, True), act

    house = await office()
    file = house.file(booked["case"]).value
    states = [task.state for task in file.paths[0].tasks]
    assert [type(each) for each in states] == [Done, Confirmed, SentBack]
    assert isinstance(file.appointments[0].state, CalledOff)
    assert [note.text for note in file.notes] == ["Pour nous seulement", "Je préfère\nle matin", "Pour moi"]
    assert holds(file.consents, Purpose.FOLLOW_UP, house.clock.at)
    journal = await house.store.timeline(CallId(booked["case"]))
    told = [entry.event for entry in journal if dict(entry.data).get("by") == "person"]
    assert (told[0], told.count("case_looked")) == ("case_looked", 15), "once, and before and after each of seven acts"
    assert [each for each in told if each != "case_looked"] == [
        "case_task_done", "case_task_confirmed", "case_task_sent_back", "case_called_off",
        "case_appointment_called_off", "case_note_written", "case_note_written", "case_consent_given",
    ]  # fmt: skip
    async with page_of(house) as client:
        html = (await read(client, link(booked)))[1]
        for text in ("Je préfère\nle matin", "Pour moi", "Personne n’a répondu", "Je travaille"):
            assert text in html


async def test_two_who_change_one_file_at_once_overwrite_nothing(office: StartOffice) -> None:
    house = await office()
    booked = await house.book()
    case = CaseId(booked["case"])
    async with page_of(house) as client:
        mine = link(booked)
        html = (await read(client, mine))[1]
        old = re.search(r'name="version" value="(\d+)"', html)[1]
        await tell(house, booked, PathProposed(house.clock.at, ANNA, "Découvrir", (plan(),)))
        form = {"acte": "note", "version": old, "texte": "À garder", "choix": "service"}
        async with client.post(f"{mine}/dossier", data=form) as response:
            html = unescape(await response.text())
            assert response.status == 409
        assert "Le service vous propose une démarche." in html
        assert ">\nÀ garder</textarea>" in html
        assert house.file(case).value.notes == ()
        assert (await do(client, mine, "note", texte="À garder", choix="service"))[0] == 200
    assert [note.text for note in house.file(case).value.notes] == ["À garder"]


async def test_a_second_request_s_link_opens_the_same_file_after_the_first_call_is_over(office: StartOffice) -> None:
    house = await office()
    first, second = await house.book(), await house.book()
    assert first["case"] == second["case"]
    await house.settle(first["id"], CallbackOutcome.INFO_DONNEE)
    house = await office()
    async with page_of(house) as client:
        assert (await do(client, link(second), "note", texte="Merci à vous", choix="service"))[0] == 200
        status, html = await read(client, link(first))
        assert (status, "Merci à vous" in html, "Votre dossier est clos" in html) == (200, True, True)


async def test_after_the_archive_and_after_its_end_the_page_says_that_nothing_is_kept(
    office: StartOffice,
) -> None:
    house = await office()
    booked = await house.book()
    case = CaseId(booked["case"])
    await house.settle(booked["id"], CallbackOutcome.INFO_DONNEE)
    file = await house.store.cases.file(case)
    counted = summary(file.value.case, (), (), facts(file.value), house.clock.at)
    archived = retention.archive(file.value, counted, house.clock.at)
    for retired in (archived, retention.Erased(case, retention.erase(archived))):
        await house.happen(ev.CasesRetired(house.clock.at, "retention", (retired,)))
        async with page_of(house) as client:
            status, html = await read(client, link(booked))
            assert (status, "Votre dossier n’est plus conservé" in html) == (410, True)
            assert "Mon dossier" not in html
        house = await office()
    looked = [entry.event for entry in await house.store.timeline(CallId(case)) if entry.event == "case_looked"]
    assert looked == []
