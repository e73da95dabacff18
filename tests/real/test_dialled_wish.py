"""What an adviser dials about themselves is answered by what the desk made of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.asterisk.programs import Programs
from tests.real.house import PARCOURSUP, House
from tests.real.quick import quick

pytestmark = [pytest.mark.real, pytest.mark.asyncio]


async def test_who_dials_ready_before_the_contact_is_filed_hears_that_it_is_to_be_finished(
    programs: Programs, tmp_path: Path
) -> None:
    required = {"parcoursup": {"contact_required": True}}
    config = quick(tmp_path / "config", programs, required, lasts_s={"phone.contact_owed": 2.0})
    async with House(programs, tmp_path / "house", config) as house:
        await house.phone("adv09")
        caller = await house.caller(PARCOURSUP)
        await house.call_is(caller, "talking")
        await caller.hangs_up()
        before = await house.adviser_is("adv09", "wrapping_up")

        async def told() -> bool:
            places = [channel["dialplan"] for channel in await house.ari("channels")]
            return [(place["context"], place["app_name"]) for place in places] == [("wish-refused", "Playback")]

        dialling = await house.dials("adv09", "*1")
        await house.until(told, what="the phone hears why")
        assert await dialling.left() == 0
        found = await house.adviser("adv09")
        assert (found["state"], found["wish"]) == ("wrapping_up", before["wish"])
