"""SIGHUP takes up the configuration anew, whole or not at all, and calls go on."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from ops.asterisk.programs import Programs
from ops.robots.scenarios import Pause, Press
from tests.real.house import DROPOUT, MAIN, House, nodes
from tests.real.quick import quick

pytestmark = [pytest.mark.real, pytest.mark.asyncio]


async def version(house: House) -> str:
    return str((await house.get("/readyz"))["configuration"])


async def test_sighup_changes_all_or_nothing_and_a_running_call_keeps_its_flow(
    programs: Programs, tmp_path: Path
) -> None:
    config = quick(tmp_path / "config", programs)
    async with House(programs, tmp_path / "house", config) as house:
        assert house.process is not None
        await house.phone("adv01")
        talker = await house.caller()
        await house.call_is(talker, "talking")
        waiting = await house.caller()
        await house.call_is(waiting, "waiting")
        before = await version(house)

        flow = config / "lines/main.toml"
        shipped = flow.read_text()
        changed = shipped.replace("choices = { 1 =", 'choices = { 5 = "search_dropout", 1 =', 1)
        assert changed != shipped
        with (config / "advisers.toml").open("a") as advisers:
            advisers.write('\n[adv13]\nname = "Nouvelle"\nskills = { dropout = 1 }\n')
        flow.write_text(changed.replace('next = "queue_main"', 'next = "nowhere"'))
        house.process.send_signal(signal.SIGHUP)
        await house.until(lambda: said(house, "main.toml"), what="the fault is told")
        assert await version(house) == before
        assert "adv13" not in [one["id"] for one in (await house.get("/api/v1/advisers"))["items"]]
        await house.call_is(talker, "talking")

        in_menu = await house.caller(MAIN, (Pause(2.5), Press("5"), Pause(0.8), Press("1")))
        await house.node_is(in_menu, "menu")
        flow.write_text(changed)
        house.process.send_signal(signal.SIGHUP)
        await house.until(lambda: other_version(house, before), what="the new configuration is taken up")
        assert nodes(await house.call_is(in_menu, "in_flow"))[-1] == "menu"  # it has not pressed yet
        old_flow = await house.call_is(in_menu, "waiting", queue="main")  # 5 meant nothing to it
        assert "search_dropout" not in nodes(old_flow)

        await house.phone("adv13")
        new_flow = await house.caller(MAIN, (Pause(0.4), Press("5")))
        await house.call_is(new_flow, "talking", queue="dropout", adviser="adv13")
        await house.call_is(await house.caller(DROPOUT), "waiting", queue="dropout")
        await house.call_is(talker, "talking", adviser="adv01")
        await house.call_is(waiting, "waiting", place=1)
        await house.empty()


async def said(house: House, words: str) -> bool:
    return words in house.log


async def other_version(house: House, version_before: str) -> bool:
    return await version(house) != version_before
