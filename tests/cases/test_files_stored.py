"""A file is kept from the request to the end of its case, and a restart knows every version of it."""

from __future__ import annotations

import pytest

from dialer.core import events as ev
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.states import CaseId
from dialer.core.cases.actor import officer
from dialer.core.cases.note import NoteWritten
from tests.cases.conftest import StartOffice

pytestmark = pytest.mark.asyncio


async def test_a_request_opens_a_file_and_a_restart_takes_it_up(office: StartOffice) -> None:
    house = await office()
    booked = await house.book()
    case = CaseId(booked["case"])
    before = house.file(case)
    assert (before.version, before.value.responsible.academie) == (1, "01")
    await house.happen(ev.CaseTold(house.clock.at, case, NoteWritten(house.clock.at, officer("anna"), "Rappelée"), 1))
    house = await office()
    after = house.file(case)
    assert (after.version, after.value.notes[0].text) == (2, "Rappelée")
    assert await house.store.cases.file(case) == after


async def test_an_ended_case_is_kept_by_the_store_and_goes_on_from_there(office: StartOffice) -> None:
    house = await office()
    booked = await house.book()
    case = CaseId(booked["case"])
    await house.settle(booked["id"], CallbackOutcome.ANNULE)
    house = await office()
    assert case not in house.runner.desk.cabinet.files
    stored = await house.store.cases.file(case)
    told = NoteWritten(house.clock.at, officer("anna"), "A rappelé pour dire merci")
    change = await house.happen(ev.CaseTold(house.clock.at, case, told, stored.version, stored))
    assert change.files[case].version == stored.version + 1
    again = await house.runner.submit(ev.CaseTold(house.clock.at, case, told, stored.version, stored))
    assert again.refused is not None, "the second of two is told, though both read the same stored file"
