"""The region of the contact: which call it is of, what it says of the time, and that nothing typed is drawn by it."""

from __future__ import annotations

import random

import aiohttp
import pytest

from dialer.core import events as ev
from dialer.core.contacts.contact import Contact, Written
from dialer.core.words import AdviserId, CallId, LineId, Wish
from dialer.web.desk.contact import fragment
from ops.robots.contacts import write_down

from .desk_house import shown, text_of
from .fake_floor import FakeFloor
from .test_contacts import NOTE, over, required, talking

pytestmark = pytest.mark.asyncio


@pytest.fixture
def floor() -> FakeFloor:
    return FakeFloor(rules_=required())


def write(floor: FakeFloor, call: CallId, *, done: bool = False) -> None:
    at, known = floor.now(), floor.desk_.contacts.find(call, AdviserId("adv05"))
    made = Contact(call, AdviserId("adv05"), LineId("dropout"), None, at, written=Written(("autre",), NOTE))
    change = floor.happen(ev.ContactWritten(at, made, known.version if known else 0, done, "b"))
    assert change.refused is None


async def test_without_a_call_to_write_down_there_is_no_form(floor: FakeFloor) -> None:
    floor.ready_advisers("adv05")
    assert await shown(fragment, floor) == ""
    floor.queue_up("dropout")
    assert await shown(fragment, floor) == "", "it rings: nothing was said yet"


async def test_in_the_talk_there_is_the_form_and_nothing_that_files_it(floor: FakeFloor) -> None:
    call = talking(floor)
    found = await shown(fragment, floor)
    assert f'data-fiche="{call}"' in found
    assert "Enregistrer la fiche" not in text_of(found)


async def test_in_the_wrap_up_it_says_until_when_and_that_ready_waits_for_it(floor: FakeFloor) -> None:
    over(floor)
    found = await shown(fragment, floor)
    assert 'data-until="2026-11-23T09:32:00' in found
    assert "puis vous serez en pause jusqu’à son enregistrement" in text_of(found)
    assert "Enregistrer la fiche F10" in text_of(found)


async def test_the_html_is_the_same_whatever_is_typed_and_however_time_passes_so_that_no_swap_touches_it(
    floor: FakeFloor,
) -> None:
    call = over(floor)
    before = await shown(fragment, floor)
    write(floor, call)
    floor.later(60)
    assert await shown(fragment, floor) == before
    assert "lundi" not in before


async def test_the_oldest_that_is_owed_comes_before_one_that_was_begun_and_a_call_in_hand_before_both(
    floor: FakeFloor,
) -> None:
    first = over(floor)
    floor.later(200)
    assert "Fiche à finir" in text_of(await shown(fragment, floor))
    write(floor, first, done=True)
    assert await shown(fragment, floor) == ""
    second = talking(floor)
    assert f'data-fiche="{second}"' in await shown(fragment, floor)


async def test_where_none_is_required_one_that_was_begun_is_still_there_to_be_filed(floor: FakeFloor) -> None:
    floor = FakeFloor()
    call = over(floor)
    write(floor, call)
    floor.happen(ev.WishSet(floor.now(), AdviserId("adv05"), Wish.PAUSED))
    floor.later(200)
    assert "commencée et n’est pas enregistrée" in text_of(await shown(fragment, floor))
    write(floor, call, done=True)
    assert await shown(fragment, floor) == ""


async def test_a_masked_number_is_not_filled_in_and_a_label_of_the_configuration_is_no_html(floor: FakeFloor) -> None:
    over(floor, number=None)
    assert 'name="phone" type="tel" inputmode="tel" autocomplete="off" value=""' in await shown(fragment, floor)


async def test_a_robot_writes_its_contact_down_as_a_person_would_and_files_it_once(floor: FakeFloor, connect) -> None:
    call, chance = over(floor), random.Random(3)
    client = await connect(floor)
    headers = {"Authorization": "Bearer demo"}
    async with aiohttp.ClientSession(str(client.make_url("/")), headers=headers) as api:
        for done in (False, False, True, True):
            await write_down(api, "adv05", call, chance, done=done)
        await write_down(api, "adv06", call, chance, done=True)
    assert floor.person("adv05").state.kind == "free"
    assert [each.event for each in floor.journal].count("contact_filed") == 1
