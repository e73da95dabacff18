"""When a line is open, who is on shift, and what a caller is told when nobody can answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
import pytest_asyncio

from ops.asterisk.programs import Programs
from tests.real.house import DROPOUT, MAIN, PARCOURSUP, House, Json, nodes
from tests.real.quick import TONE_S, quick

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(
    programs: Programs, quick_config: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """Its tests go forward in time, in the order in which they are written."""
    async with House(programs, tmp_path_factory.mktemp("hours"), quick_config) as house:
        yield house


async def start_at(house: House, clock: str) -> None:
    """The same service, its Asterisk kept, at a later instant."""
    await house.kill()
    house.clock = clock
    await house.start()


async def turned_away(house: House, node: str) -> Json:
    """Somebody calls the main line, is told why it is closed, offered a callback, with what else can be done."""
    caller = await house.caller(MAIN, ())
    assert await caller.left() == 0
    call = await house.call_is(caller, "ended", outcome="turned_away", queue=None)
    assert nodes(call)[-3:] == [node, "offer", "turned_away"]
    came = next(one for one in call["timeline"] if one.get("node") == node)
    told_s = datetime.fromisoformat(call["ended_at"]) - datetime.fromisoformat(came["at"])
    assert told_s.total_seconds() > 4.9 * TONE_S  # why, when again, the offer, what else, goodbye
    return call


async def line(house: House) -> Json:
    found = (await house.get("/api/v1/lines"))["items"]
    return next(one for one in found if one["id"] == "main")


async def opens_at(house: House, instant: str) -> bool:
    told = (await line(house))["opens_at"]
    return told is not None and datetime.fromisoformat(told) == datetime.fromisoformat(instant)


async def reopens(house: House, opening: str) -> None:
    """Closed for some seconds yet, then open from that instant on and not before: callers reach the queue."""
    opens = datetime.fromisoformat(opening)
    await turned_away(house, "closed")

    async def is_open() -> bool:
        desk = await house.get("/api/v1/desk")
        found = next(one["open"] for one in desk["lines"] if one["id"] == "main")
        assert found == (datetime.fromisoformat(desk["at"]) >= opens), desk["at"]
        return bool(found)

    await house.until(is_open, what="the line opens")
    await house.call_is(await house.caller(), "waiting", queue="main")


async def test_closed_at_night(house: House) -> None:
    await start_at(house, "2027-03-16T23:30:00+01:00")
    await turned_away(house, "closed")
    assert await opens_at(house, "2027-03-17T10:00:00+01:00")


@pytest.mark.parametrize(
    ("before_the_change", "opening", "before_opening"),
    [  # the Mondays after are Easter Monday and All Saints' Day
        ("2027-03-28T01:59:57+01:00", "2027-03-30T10:00:00+02:00", "2027-03-30T09:59:56+02:00"),
        ("2027-10-31T02:59:57+02:00", "2027-11-02T10:00:00+01:00", "2027-11-02T09:59:56+01:00"),
    ],
    ids=["02:00 becomes 03:00", "03:00 becomes 02:00"],
)
async def test_closed_on_the_night_that_the_clock_changes_and_open_at_ten_afterwards(
    house: House, before_the_change: str, opening: str, before_opening: str
) -> None:
    await start_at(house, before_the_change)
    await turned_away(house, "closed")
    changed_at = datetime.fromisoformat(before_the_change).timestamp() + 3

    async def changed() -> bool:
        return datetime.fromisoformat((await house.get("/api/v1/desk"))["at"]).timestamp() > changed_at

    await house.until(changed, what="the clock has changed")
    await turned_away(house, "closed")
    assert await opens_at(house, opening)
    await start_at(house, before_opening)
    await reopens(house, opening)


async def test_closed_on_a_public_holiday(house: House) -> None:
    await start_at(house, "2027-11-11T11:00:00+01:00")
    await turned_away(house, "holiday")
    assert "11" in (await line(house))["why_closed"] or "rmistice" in (await line(house))["why_closed"]
    assert await opens_at(house, "2027-11-12T10:00:00+01:00")


async def test_closed_on_a_sunday(house: House) -> None:
    await start_at(house, "2027-11-14T15:00:00+01:00")
    await turned_away(house, "closed")
    assert await opens_at(house, "2027-11-15T10:00:00+01:00")


async def test_a_shift_that_ends_lets_the_talk_finish_and_tells_those_who_wait(
    programs: Programs, tmp_path: Path
) -> None:
    config = quick(tmp_path / "config", programs)
    (config / "roster.csv").write_text(
        "adviser,date,start,end,activity\n"
        "adv09,2027-03-16,10:00,10:30,phone\nadv09,2027-03-16,10:30,12:00,chat\nadv05,2027-03-16,10:00,12:00,meeting\n"
    )
    password = "a-phones-password"
    house = House(
        programs, tmp_path / "house", config, clock="2027-03-16T10:29:46+01:00", arguments=(), password=password,
        environment={f"DIALER_PHONE_PASSWORD_{adviser}": password for adviser in ("ADV05", "ADV09")}, starts=False,
    )  # fmt: skip
    async with house:
        house.token = await token(house)
        await house.start()
        await house.phone("adv05", "adv09")
        assert (await house.adviser("adv09"))["activity"] == "phone"
        talking = await house.caller(PARCOURSUP)
        await house.call_is(talking, "talking", adviser="adv09")
        waiting = await house.caller(PARCOURSUP)
        await house.call_is(waiting, "waiting")

        lonely = await house.caller(DROPOUT)  # adv05 has the skill, and is in a meeting
        assert await lonely.left() == 0
        refused = await house.call_is(lonely, "ended", outcome="turned_away")
        assert nodes(refused)[-3:] == ["no_adviser", "offer", "turned_away"]

        assert await waiting.left() == 0
        told = await house.call_is(waiting, "ended", outcome="turned_away")
        assert nodes(told)[-3:] == ["no_adviser", "offer", "turned_away"]
        assert datetime.fromisoformat(told["ended_at"]) >= datetime.fromisoformat("2027-03-16T10:30:00+01:00")
        assert (await house.adviser("adv09"))["activity"] == "chat"
        await house.call_is(talking, "talking")

        await talking.hangs_up()
        await house.call_is(talking, "ended", outcome="answered")
        await house.adviser_is("adv09", "wrapping_up")
        await house.wish("ready", "adv09")
        late = await house.caller(PARCOURSUP)
        assert await late.left() == 0
        assert (await house.call_is(late, "ended", outcome="turned_away"))["offers"] == []


async def token(house: House) -> str:
    """A token of every scope, made as an operator makes one."""
    made = await asyncio.create_subprocess_exec(
        *house.command("token", "add", "--scope", "admin"), env=house.variables, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await made.communicate()
    assert made.returncode == 0
    return said.decode().split()[-1]
