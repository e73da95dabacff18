"""Looks at persons' things by who is signed in: in the journal before they are shown, once an hour, and no more."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from dialer.core.access.looks import Looks
from dialer.core.access.roles import Role
from dialer.core.access.session import SittingId
from tests.store.fake_access import FakeAccess

from .asking import book, offered
from .fake_floor import MONDAY, FakeFloor
from .signing_in import everybody, get, session

pytestmark = pytest.mark.asyncio
V1 = "/api/v1"
HOUR = timedelta(hours=1)


@pytest.fixture
def access() -> FakeAccess:
    return FakeAccess(everybody())


@pytest.fixture
def floor(access: FakeAccess) -> FakeFloor:
    return FakeFloor(mode="production", access=access, tokens={"program": frozenset({"admin"})})


def looks(floor: FakeFloor) -> list[dict[str, Any]]:
    return [dict(each.data) for each in floor.journal if each.event == "person_looked"]


async def test_each_page_and_answer_that_shows_a_person_is_told_with_who_looked_at_what(connect, access, floor):
    client = await connect(floor, token=None)
    call, callback = floor.call_in(), book(floor, number="+33199000041")
    card = offered(floor, number="+33199000032")
    me = await session(access, Role.SUPERVISOR)
    for path, what, which in (
        (f"/appels/{call}", "call", call), (f"/rappels/{callback}", "callback", callback),
        (f"{V1}/advisers/adv05", "callback", card.id),
    ):  # fmt: skip
        before = len(looks(floor))
        assert (await get(client, path, **me)).status == 200
        assert looks(floor)[before:] == [{"by": "supervisor", "what": what, "which": which}], path
    for path in (f"{V1}/calls/{call}", f"{V1}/callbacks/{callback}"):
        assert (await get(client, path, **me)).status == 200
    assert len(looks(floor)) == 3, "the same things, in the same hour"
    mine = await session(access, Role.ADVISER)
    assert (await get(client, f"{V1}/advisers/adv05", **mine)).status == 200
    assert looks(floor)[3:] == [{"by": "adviser", "what": "callback", "which": card.id}]


async def test_a_list_is_told_in_one_record_with_those_alone_that_were_not_told_yet(connect, access, floor):
    client = await connect(floor, token=None)
    me = await session(access, Role.SUPERVISOR)
    calls = [floor.call_in(), floor.call_in(), floor.call_in(number=None)]
    await get(client, f"/appels/{calls[0]}", **me)
    await get(client, f"{V1}/calls", **me)
    await get(client, f"{V1}/calls", **me)
    assert [each["which"] for each in looks(floor)] == [calls[0], calls[1]]


async def test_the_same_thing_is_told_again_after_an_hour_and_by_each_sitting(connect, access, floor):
    client = await connect(floor, token=None)
    call, me = floor.call_in(), await session(access, Role.SUPERVISOR)
    for _ in range(3):
        await get(client, f"/appels/{call}", **me)
    assert len(looks(floor)) == 1
    floor.at += HOUR
    await get(client, f"/appels/{call}", **me)
    assert len(looks(floor)) == 2
    await get(client, f"/appels/{call}", **await session(access, Role.SUPERVISOR, floor.at))
    assert len(looks(floor)) == 3


async def test_what_a_stream_repaints_and_what_a_program_reads_is_not_told_here(connect, access, floor):
    client = await connect(floor, token=None)
    call, me = floor.call_in(), await session(access, Role.SUPERVISOR)
    async with client.get(f"/flux/appels/{call}", headers=me) as stream:
        await stream.content.readuntil(b"}\n\n")
    assert (await get(client, f"{V1}/calls/{call}", Authorization="Bearer program")).status == 200
    assert looks(floor) == []


async def test_who_may_not_see_it_and_who_asks_for_nothing_that_is_there_have_not_looked(connect, access, floor):
    client = await connect(floor, token=None)
    call, me = floor.call_in(), await session(access, Role.ADVISER)
    assert (await get(client, f"{V1}/calls/{call}", **me)).status == 404
    assert (await get(client, f"{V1}/callbacks/none", **me)).status == 404
    assert looks(floor) == []


async def test_nothing_is_shown_before_the_look_is_committed(connect, access, floor):
    client = await connect(floor, token=None)
    call, me = floor.call_in(), await session(access, Role.SUPERVISOR)
    floor.held = asyncio.Event()
    asked = asyncio.create_task(get(client, f"/appels/{call}", **me))
    async with asyncio.timeout(5):
        while not looks(floor):  # noqa: ASYNC110 - the fake floor tells nobody
            await asyncio.sleep(0.001)
    assert not asked.done()
    floor.held.set()
    assert (await asked).status == 200


async def test_what_is_remembered_has_a_bound_and_what_is_forgotten_is_told_anew():
    kept, sitting = Looks(kept_max=3), SittingId("s")
    kept.told(sitting, "call", ["a", "b"], MONDAY)
    assert kept.untold(sitting, "call", ["a", "c", "c", "b"], MONDAY) == ("c",)
    assert kept.untold(sitting, "callback", ["a"], MONDAY) == ("a",)
    kept.told(sitting, "call", ["c", "d"], MONDAY + HOUR)
    assert len(kept) == 2, "those of the hour before are forgotten first"
    kept.told(sitting, "call", ["e", "f"], MONDAY + HOUR)
    assert len(kept) == 0
