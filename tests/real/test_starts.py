"""How the service starts, refuses to start, stands beside another one, and ends: nothing is left running."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from ops.asterisk.programs import Programs
from ops.robots.scenarios import Pause, Press
from tests.real.house import DROPOUT, MAIN, PARCOURSUP, House
from tests.real.ports import taken
from tests.real.processes import mentioning
from tests.real.quick import quick

pytestmark = [pytest.mark.real, pytest.mark.asyncio]

DEMO = ("run", "--demo", "--robots", "0")


def empty_lot(programs: Programs, folder: Path, config: Path) -> House:
    """A house in which nothing was started yet."""
    return House(programs, folder / "house", config, starts=False)


def sentences(said: str) -> list[str]:
    return [line for line in said.splitlines() if line and not line.startswith(("Making the database", "the clock is"))]


@pytest.mark.parametrize(
    ("variable", "kind"),
    [
        ("DIALER_HTTP", socket.SOCK_STREAM),
        ("DIALER_ARI", socket.SOCK_STREAM),
        ("DIALER_SIP", socket.SOCK_DGRAM),
    ],
)
async def test_a_port_in_use_is_named_with_what_to_do(
    programs: Programs, quick_config: Path, tmp_path: Path, variable: str, kind: socket.SocketKind
) -> None:
    async with empty_lot(programs, tmp_path, quick_config) as house:
        address = house.environment[variable]
        with taken(kind, int(address.rpartition(":")[2])):
            said = await house.refusal(*DEMO)
        assert address in sentences(said)[-1]
        assert variable in sentences(said)[-1]
        assert "started" not in said.replace("this demonstration starts", "")
        assert not mentioning(house.state)


async def test_every_fault_of_a_broken_configuration_is_told_at_once(programs: Programs, tmp_path: Path) -> None:
    config = quick(tmp_path / "config", programs)
    (config / "queues.toml").write_text("[main\nname = 3")
    flow = config / "lines/dropout.toml"
    flow.write_text(flow.read_text().replace('next = "opening"', 'next = "nowhere"'))
    (config / "roster.csv").write_text("adviser,date,start,end,activity\nadv99,2027-02-30,25:00,9:00,sleep\n")
    async with empty_lot(programs, tmp_path, config) as house:
        for said in (await house.refusal("run"), await house.refusal("check")):
            for place in ("queues.toml", "dropout.toml", "nowhere", "roster.csv"):
                assert place in said, (place, said)
        assert not house.state.exists()


async def test_a_state_folder_that_cannot_be_made_is_one_sentence(
    programs: Programs, quick_config: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    async with empty_lot(programs, tmp_path, quick_config) as house:
        house.environment["DIALER_STATE"] = str(tmp_path / "file/var")
        said = sentences(await house.refusal(*DEMO))
        assert len(said) == 1
        assert str(tmp_path / "file/var") in said[0]
        assert "DIALER_STATE" in said[0]


async def test_a_clock_without_offset_is_refused(programs: Programs, quick_config: Path, tmp_path: Path) -> None:
    async with empty_lot(programs, tmp_path, quick_config) as house:
        assert "offset" in await house.refusal(*DEMO, "--clock", "2027-03-16T10:30:00")
        house.environment["DIALER_CLOCK"] = "2027-03-16T10:30:00"
        assert "DIALER_CLOCK" in await house.refusal(*DEMO)
        assert not house.state.exists()


async def test_a_shifted_clock_is_refused_in_production(programs: Programs, tmp_path: Path) -> None:
    config = quick(tmp_path / "config", programs)
    dialer = config / "dialer.toml"
    text = dialer.read_text().replace('mode = "development"', 'mode = "production"')
    dialer.write_text(text + '\n[trunk]\nhost = "sip.example.net"\nregister = false\n')
    async with empty_lot(programs, tmp_path, config) as house:
        last = sentences(await house.refusal("run", "--clock", "2027-03-16T10:30:00+01:00"))[-1]
        assert "production" in last
        assert "clock" in last


async def test_it_ends_with_its_asterisk_on_sigterm_and_its_clock_never_goes_back(
    programs: Programs, quick_config: Path, tmp_path: Path
) -> None:
    async with House(programs, tmp_path / "house", quick_config) as house:
        await house.phone("adv01")
        caller = await house.caller()
        await house.call_is(caller, "talking")
        beside = await house.refusal(*DEMO)  # a second one on the same state
        assert "another dialer runs" in sentences(beside)[-1]
        await house.call_is(caller, "talking")  # and the first did not notice

        assert await house.stop() == 0
        services = {pid: line for pid, line in mentioning(house.state).items() if "sipp" not in " ".join(line)}
        assert not services
        said = sentences(await house.refusal(*DEMO, "--clock", "2027-03-16T10:29:00+01:00"))
        assert "journal" in said[-1]

        await house.start()  # the same instant again goes on where it was
        ended = await house.call_is(caller, "ended")
        assert ended["outcome"] in ("answered", "failed")
        now = (await house.get("/api/v1/desk"))["at"]
        assert now > ended["ended_at"]


async def test_two_services_stand_side_by_side(programs: Programs, quick_config: Path, tmp_path: Path) -> None:
    async with (
        House(programs, tmp_path / "one", quick_config) as one,
        House(programs, tmp_path / "two", quick_config) as two,
    ):
        await one.phone("adv01")
        await two.phone("adv02")
        talks = [await house.call_is(await house.caller(), "talking") for house in (one, two)]
        assert [talk["adviser"] for talk in talks] == ["adv01", "adv02"]
        assert len(await one.calls()) == len(await two.calls()) == 1
        assert (await one.adviser("adv02"))["state"] == "unreachable"


async def test_the_shipped_configuration_brings_one_pressed_again_and_again_to_an_adviser_on_each_line(
    programs: Programs, tmp_path: Path
) -> None:
    """With its own prompts, at their own length."""
    again_and_again = tuple(act for _ in range(12) for act in (Pause(0.9), Press("1")))
    async with House(programs, tmp_path / "house") as house:
        await house.phone("adv01", "adv05", "adv09")
        callers = [await house.caller(number, again_and_again) for number in (MAIN, DROPOUT, PARCOURSUP)]
        talks = [await house.call_is(caller, "talking", limit_s=25) for caller in callers]
        assert [talk["queue"] for talk in talks] == ["main", "dropout", "parcoursup"]
        assert [talk["adviser"] for talk in talks] == ["adv01", "adv05", "adv09"]


async def test_a_demonstration_serves_its_robots_calls_and_they_end_with_it(
    programs: Programs, quick_config: Path, tmp_path: Path
) -> None:
    house = House(programs, tmp_path / "house", quick_config, arguments=("--demo", "--robots", "4"))
    async with house:
        await house.until(lambda: answered(house, 2), limit_s=40, what="two robots were answered")
        assert running(house, "ops.robots")
        await house.kill()
        await house.until(lambda: no(house, "ops.robots"), limit_s=5, what="the robots ended")
        await house.until(lambda: no(house, "sipp"), limit_s=5, what="and their phones")
        await house.start()
        await house.until(lambda: answered(house, 5), limit_s=40, what="others were answered")
        assert await house.stop() == 0
        assert not mentioning(house.folder)


async def answered(house: House, count: int) -> bool:
    return sum(call["answered_at"] is not None for call in await house.calls()) >= count


def running(house: House, program: str) -> list[int]:
    return [pid for pid, command in mentioning(house.folder).items() if any(program in part for part in command)]


async def no(house: House, program: str) -> bool:
    return not running(house, program)
