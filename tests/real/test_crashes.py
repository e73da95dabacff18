"""What breaks while calls are up: the controller killed, Asterisk killed, the link between them cut or stopped."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import socket
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ops.asterisk.programs import Programs
from ops.robots.scenarios import Pause
from tests.real.house import DROPOUT, MAIN, PARCOURSUP, House, Json
from tests.real.ports import taken
from tests.real.quick import quick

pytestmark = [pytest.mark.real, pytest.mark.asyncio]

APOLOGY_S = 2.0
SYS_PIDFD_GETFD = 438


@pytest.fixture
def house(programs: Programs, tmp_path: Path) -> House:
    apologies = dict.fromkeys(("apology.main", "controller_absent"), APOLOGY_S)
    return House(programs, tmp_path / "house", quick(tmp_path / "config", programs, lasts_s=apologies))


async def packets(house: House, call: Json) -> dict[str, int]:
    """Of each leg of this call: how many packets Asterisk has got from it and sent to it."""
    counted: dict[str, int] = {}
    for bridge in await house.ari("bridges"):
        if call["id"] in bridge["channels"]:
            for channel in bridge["channels"]:
                found = await house.ari(f"channels/{channel}/rtp_statistics")
                counted |= {f"{channel} {way}": found[way] for way in ("rxcount", "txcount")}
    return counted


async def both_hear_each_other(house: House, call: Json) -> None:
    """Both legs are in one bridge, and sound flows both ways on both."""
    before = await packets(house, call)
    assert len(before) == 4, f"not bridged: {before}"

    async def flows() -> bool:
        now = await packets(house, call)
        return all(now[way] > before[way] + 10 for way in before)

    await house.until(flows, limit_s=3, what="sound flows both ways")


async def test_a_killed_controller_costs_no_talk_no_place_and_no_wish(house: House) -> None:
    async with house:
        await house.phone("adv01")
        await house.phone("adv02", "adv03", "adv04", ready=False)
        await house.wish("paused", "adv02", reason="réunion")
        talker = await house.caller()
        talk = await house.call_is(talker, "talking")
        first = await house.caller()
        await house.call_is(first, "waiting")
        second = await house.caller()
        await house.call_is(second, "waiting")
        await both_hear_each_other(house, talk)

        await house.kill()
        await both_hear_each_other(house, talk)
        began = asyncio.get_running_loop().time()
        unlucky = await house.caller()
        assert await unlucky.left() == 0  # answered, told, and hung up on
        assert asyncio.get_running_loop().time() - began > APOLOGY_S

        asterisk = house.asterisk_pid()
        with taken(socket.SOCK_STREAM, int(house.environment["DIALER_HTTP"].rpartition(":")[2])):
            await house.refusal("run", "--demo", "--robots", "0")
        await both_hear_each_other(house, talk)  # a start that is refused costs no call
        await house.start()
        assert house.asterisk_pid() == asterisk
        await house.call_is(talker, "talking", adviser="adv01", answered_at=talk["answered_at"])
        await both_hear_each_other(house, talk)
        assert (await house.adviser("adv01"))["state"] == "talking"
        paused = await house.adviser("adv02")
        assert (paused["wish"], paused["wish_by"], paused["reason"]) == ("paused", "person", "réunion")
        assert (paused["state"], (await house.adviser("adv03"))["wish"]) == ("free", "away")
        await house.call_is(first, "waiting", place=1)
        await house.call_is(second, "waiting", place=2)

        await house.wish("ready", "adv03")
        await house.call_is(first, "talking", adviser="adv03")
        await house.call_is(second, "waiting", place=1)
        await house.wish("ready", "adv04")
        await house.call_is(second, "talking", adviser="adv04")
        await talker.hangs_up()
        await house.call_is(talker, "ended", outcome="answered", stage="talking")
        await house.adviser_is("adv01", "wrapping_up")
        await house.empty()


async def test_what_happened_while_the_controller_was_dead_is_made_up_for(house: House) -> None:
    """The caller of one talk hung up, the adviser of another, a waiting caller, and one whose phone rang."""
    async with house:
        await house.phone("adv01")
        await house.phone("adv02", talks_s=2.0)
        await house.phone("adv05", rings_s=60)
        left_by_caller = await house.caller()
        await house.call_is(left_by_caller, "talking", adviser="adv01")
        impatient = await house.caller(PARCOURSUP)
        await house.call_is(impatient, "waiting")
        offered = await house.caller(DROPOUT)
        await house.call_is(offered, "offered", adviser="adv05")
        in_menu = await house.caller(MAIN, ())
        await house.node_is(in_menu, "menu")
        left_by_adviser = await house.caller()
        await house.call_is(left_by_adviser, "talking", adviser="adv02")

        await house.kill()
        for caller in (left_by_caller, impatient, offered):
            await caller.hangs_up()
        await house.start()
        await house.call_is(left_by_caller, "ended", outcome="answered", stage="talking")
        await house.call_is(left_by_adviser, "ended", outcome="answered", stage="talking")
        await house.call_is(impatient, "ended", outcome="abandoned", stage="waiting")
        await house.call_is(offered, "ended", outcome="abandoned", stage="offered")
        await house.call_is(in_menu, "in_flow")
        for adviser, state in (("adv01", "wrapping_up"), ("adv02", "wrapping_up"), ("adv05", "free")):
            assert (await house.adviser_is(adviser, state))["wish"] == "ready"
        await house.empty()


async def test_a_phone_that_rings_across_a_crash_is_answered_and_bridged(house: House) -> None:
    async with house:
        await house.phone("adv01", rings_s=2.5)
        caller = await house.caller()
        await house.call_is(caller, "offered")
        await house.kill()
        await house.start()
        talk = await house.call_is(caller, "talking", adviser="adv01")
        await both_hear_each_other(house, talk)
        await house.empty()


async def test_a_call_whose_line_is_gone_after_a_restart_hears_the_apology(house: House) -> None:
    async with house:
        caller = await house.caller(DROPOUT, (Pause(30),))
        await house.node_is(caller, "menu")
        await house.kill()
        (house.config / "lines/dropout.toml").unlink()
        (house.config / "contacts.toml").unlink()  # which has reasons for it
        await house.start()
        await house.call_is(caller, "ended", outcome="failed", limit_s=30)
        (channel,) = await house.ari("channels")
        assert (channel["dialplan"]["context"], channel["dialplan"]["app_name"]) == ("safe-exit", "Playback")
        await house.until(house.is_quiet, what="the apology is over")


async def test_an_asterisk_that_is_killed_is_started_again_and_nobody_is_stuck(house: House) -> None:
    async with house:
        await house.phone("adv01")
        talker = await house.caller()
        await house.call_is(talker, "talking")
        waiting = await house.caller()
        await house.call_is(waiting, "waiting")
        died = house.asterisk_pid()
        os.kill(died, signal.SIGKILL)
        await house.call_is(talker, "ended", outcome="failed", stage="talking")
        await house.call_is(waiting, "ended", outcome="failed", stage="waiting")
        await house.until(house.is_ready, what="the service is ready again")
        assert house.asterisk_pid() != died
        assert (await house.adviser("adv01"))["state"] in ("wrapping_up", "free", "unreachable")
        await house.phone("adv01")
        await house.call_is(await house.caller(), "talking", adviser="adv01")
        await house.empty()


def cut(house: House) -> None:
    """Shut the controller's connections to ARI down, under its hands."""
    libc = ctypes.CDLL(None, use_errno=True)
    assert house.process is not None
    port = int(house.environment["DIALER_ARI"].rpartition(":")[2])
    handle = os.pidfd_open(house.process.pid)
    was_cut = False
    for entry in Path(f"/proc/{house.process.pid}/fd").iterdir():
        if not str(entry.readlink()).startswith("socket:"):
            continue
        copy = libc.syscall(SYS_PIDFD_GETFD, handle, int(entry.name), 0)
        assert copy >= 0, os.strerror(ctypes.get_errno())
        with socket.socket(fileno=copy) as connection:
            if connection.family == socket.AF_INET and connection.type == socket.SOCK_STREAM:
                try:
                    peer: Any = connection.getpeername()
                except OSError:
                    continue
                if peer[1] == port:
                    connection.shutdown(socket.SHUT_RDWR)
                    was_cut = True
    os.close(handle)
    assert was_cut


async def test_a_cut_link_is_back_within_two_seconds_and_costs_no_call(house: House) -> None:
    async with house:
        await house.phone("adv01")
        await house.phone("adv02", ready=False)
        talker = await house.caller()
        talk = await house.call_is(talker, "talking")
        waiting = await house.caller()
        await house.call_is(waiting, "waiting")
        for times in (2, 3):
            cut(house)
            await house.until(partial(in_step, house, times), limit_s=2, what="the link is back and reconciled")
        assert house.log.count("in step with Asterisk (0 differences mended)") == 3
        await both_hear_each_other(house, talk)
        await house.wish("ready", "adv02")
        await house.call_is(waiting, "talking", adviser="adv02")
        await house.empty()


async def in_step(house: House, times: int) -> bool:
    return house.log.count("in step with Asterisk") >= times and await house.is_ready()


async def test_a_controller_that_stands_still_for_ten_seconds_catches_up(house: House) -> None:
    async with house:
        await house.phone("adv01", "adv02")
        talker = await house.caller()
        talk = await house.call_is(talker, "talking", adviser="adv01")
        leaver = await house.caller()
        await house.call_is(leaver, "talking", adviser="adv02")
        waiting = await house.caller()
        await house.call_is(waiting, "waiting")
        assert house.process is not None
        house.process.send_signal(signal.SIGSTOP)
        await leaver.hangs_up()
        await asyncio.sleep(10)  # the fault itself
        house.process.send_signal(signal.SIGCONT)
        await house.call_is(leaver, "ended", outcome="answered")
        await house.adviser_is("adv02", "wrapping_up")
        await house.call_is(waiting, "waiting")
        await both_hear_each_other(house, talk)
        await house.wish("ready", "adv02")
        await house.call_is(waiting, "talking", adviser="adv02")
        await house.empty()
