"""One key of one adviser at a time, and none after it is taken away."""

from __future__ import annotations

import asyncio

import pytest

from dialer.core.words import AdviserId
from dialer.web.softphone_keys import SoftphoneKeys

ANNA, BRUNO = AdviserId("adv01"), AdviserId("adv02")
pytestmark = pytest.mark.asyncio


class Memory:
    """Asterisk's, or one that is out of reach."""

    def __init__(self) -> None:
        self.passwords: dict[str, str] = {}
        self.away = False

    async def put(self, endpoint: str, password: str) -> None:
        await asyncio.sleep(0)
        if self.away:
            raise OSError("out of reach")
        self.passwords[endpoint] = password

    async def remove(self, endpoint: str) -> None:
        await asyncio.sleep(0)
        if self.away:
            raise OSError("out of reach")
        self.passwords.pop(endpoint, None)


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def keys(memory: Memory) -> SoftphoneKeys:
    return SoftphoneKeys(memory)


async def test_a_key_opens_its_own_endpoint_and_no_other_ticket_does(keys: SoftphoneKeys, memory: Memory) -> None:
    anna, bruno = await keys.give(ANNA), await keys.give(BRUNO)
    assert (keys.endpoint(anna.ticket), keys.endpoint(bruno.ticket)) == ("adv01-web", "adv02-web")
    assert memory.passwords == {"adv01-web": anna.password, "adv02-web": bruno.password}
    for wrong in ("", "adv01-web", anna.password, anna.ticket[:-1]):
        assert keys.endpoint(wrong) is None
    assert len({anna.ticket, anna.password, bruno.ticket, bruno.password}) == 4


async def test_a_key_does_not_show_its_secrets_when_it_is_printed(keys: SoftphoneKeys) -> None:
    assert repr(await keys.give(ANNA)) == "Key(endpoint='adv01-web')"


async def test_a_new_key_ends_the_one_before_and_what_is_connected_by_it(keys: SoftphoneKeys, memory: Memory) -> None:
    before = await keys.give(ANNA)
    ended: list[str] = []
    keys.connected("adv01-web", lambda: ended.append("before"))
    after = await keys.give(ANNA)
    assert ended == ["before"]
    assert keys.endpoint(before.ticket) is None
    assert keys.endpoint(after.ticket) == "adv01-web"
    assert memory.passwords == {"adv01-web": after.password}


async def test_a_key_that_is_taken_opens_nothing_even_when_asterisk_cannot_be_told(
    keys: SoftphoneKeys, memory: Memory
) -> None:
    key = await keys.give(ANNA)
    ended: list[str] = []
    keys.connected("adv01-web", lambda: ended.append("ended"))
    memory.away = True
    with pytest.raises(OSError, match="out of reach"):
        await keys.take(ANNA)
    assert keys.endpoint(key.ticket) is None
    assert ended == ["ended"]
    memory.away = False
    await keys.take(ANNA)
    assert memory.passwords == {}


async def test_a_key_that_asterisk_did_not_take_opens_nothing(keys: SoftphoneKeys, memory: Memory) -> None:
    first = await keys.give(ANNA)
    memory.away = True
    with pytest.raises(OSError, match="out of reach"):
        await keys.give(ANNA)
    assert keys.endpoint(first.ticket) is None


async def test_of_two_sign_ins_at_once_the_later_key_is_the_one_in_force(keys: SoftphoneKeys, memory: Memory) -> None:
    first, second = await asyncio.gather(keys.give(ANNA), keys.give(ANNA))
    assert keys.endpoint(first.ticket) is None
    assert keys.endpoint(second.ticket) == "adv01-web"
    assert memory.passwords == {"adv01-web": second.password}


async def test_another_browser_with_the_same_key_ends_the_first_and_its_leaving_does_not_end_the_second(
    keys: SoftphoneKeys,
) -> None:
    await keys.give(ANNA)
    ended: list[str] = []

    def first() -> None:
        ended.append("first")

    def second() -> None:
        ended.append("second")

    keys.connected("adv01-web", first)
    keys.connected("adv01-web", second)
    assert ended == ["first"]
    keys.left("adv01-web", first)
    await keys.take(ANNA)
    assert ended == ["first", "second"]


async def test_when_asterisk_began_anew_every_key_is_taken(keys: SoftphoneKeys) -> None:
    tickets = [(await keys.give(adviser)).ticket for adviser in (ANNA, BRUNO)]
    await keys.take_all()
    assert [keys.endpoint(ticket) for ticket in tickets] == [None, None]


async def test_what_a_service_before_us_left_behind_is_cleared_and_a_key_of_ours_is_not(
    keys: SoftphoneKeys, memory: Memory
) -> None:
    anna = await keys.give(ANNA)
    memory.passwords["adv02-web"] = "left behind"
    for adviser in (ANNA, BRUNO):
        await keys.clear(adviser)
    assert memory.passwords == {"adv01-web": anna.password}
