"""A call that ends at any stage leaves the right outcome, a freed adviser, and nothing in Asterisk."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from ops.asterisk.programs import Programs
from ops.robots.scenarios import Pause, Press
from tests.real.house import MAIN, House, nodes
from tests.real.quick import quick

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("hangups")
    config = quick(folder / "config", programs, lasts_s={"welcome.dropout": 5.0})
    async with House(programs, folder, config) as house:
        yield house


async def test_before_the_answer(house: House) -> None:
    assert house.process is not None
    house.process.send_signal(signal.SIGSTOP)  # or nobody would be quick enough
    try:
        caller = await house.caller()
        await house.until(lambda: house.ari("channels"), what="the call is in Asterisk")
        await caller.hangs_up()
        await house.until(lambda: nothing(house), what="it is not any more")
    finally:
        house.process.send_signal(signal.SIGCONT)
    await house.call_is(caller, "ended", outcome="abandoned", stage="arrived", answered_at=None)


async def nothing(house: House) -> bool:
    return not await house.ari("channels")


async def test_during_the_welcome(house: House) -> None:
    caller = await house.caller("0800122500", ())
    await house.node_is(caller, "welcome")
    await caller.hangs_up()
    call = await house.call_is(caller, "ended", outcome="abandoned", stage="in_flow", queue=None)
    assert nodes(call) == ["welcome"]


async def test_in_a_menu(house: House) -> None:
    caller = await house.caller(MAIN, ())
    await house.node_is(caller, "menu")
    await caller.hangs_up()
    await house.call_is(caller, "ended", outcome="abandoned", stage="in_flow", queue=None)


async def test_after_the_information_that_was_asked_for(house: House) -> None:
    caller = await house.caller(MAIN, (Pause(0.4), Press("4")))
    await house.node_is(caller, "more")
    await caller.hangs_up()
    await house.call_is(caller, "ended", outcome="informed", stage="in_flow")


async def test_while_waiting(house: House) -> None:
    caller = await house.caller()
    await house.call_is(caller, "waiting")
    behind = await house.caller()
    await house.call_is(behind, "waiting", place=2)
    await caller.hangs_up()
    await house.call_is(caller, "ended", outcome="abandoned", stage="waiting", queue="main", adviser=None)
    await house.call_is(behind, "waiting", place=1)


async def test_while_a_phone_rings_the_adviser_is_free_within_a_second_and_not_penalised(house: House) -> None:
    await house.phone("adv01", "adv02", rings_s=60)
    caller = await house.caller()
    offered = await house.call_is(caller, "offered")
    assert offered["adviser"] == "adv01"
    await house.adviser_is("adv01", "ringing")
    await caller.hangs_up()
    freed = await house.adviser_is("adv01", "free", limit_s=1.0)
    assert (freed["wish"], freed["reason"], freed["offer"]) == ("ready", None, None)
    await house.call_is(caller, "ended", outcome="abandoned", stage="offered")
    assert (await house.call_is(await house.caller(), "offered"))["adviser"] == "adv01"  # the turn is kept


async def test_the_caller_ends_the_talk(house: House) -> None:
    await house.phone("adv01")
    caller = await house.caller()
    await house.call_is(caller, "talking")
    await caller.hangs_up()
    await house.call_is(caller, "ended", outcome="answered", stage="talking", adviser="adv01")
    assert (await house.adviser_is("adv01", "wrapping_up"))["wish"] == "ready"


async def test_the_adviser_ends_the_talk(house: House) -> None:
    await house.phone("adv01", talks_s=0.3)
    caller = await house.caller()
    assert await caller.left() == 0  # hung up on, as the script allows
    await house.call_is(caller, "ended", outcome="answered", stage="talking", adviser="adv01")
    assert (await house.adviser_is("adv01", "wrapping_up"))["wish"] == "ready"


async def test_as_the_adviser_answers(house: House) -> None:
    """Hang-up and answer cross, six times, each a little later than the one before."""
    await house.phone("adv01", rings_s=0.3)
    for step in range(6):
        caller = await house.caller()
        await house.call_is(caller, "offered")
        await asyncio.sleep(0.22 + step * 0.02)
        await caller.hangs_up()
        call = await house.call_is(caller, "ended")
        assert (call["outcome"], call["stage"]) in (("abandoned", "offered"), ("answered", "talking"))
        await house.adviser_is("adv01", "free" if call["outcome"] == "abandoned" else "wrapping_up", limit_s=1.0)
        assert (await house.adviser("adv01"))["wish"] == "ready"
        await house.wish("ready", "adv01")
