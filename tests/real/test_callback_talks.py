"""What an adviser does in the talk of a callback, as all hear it: real Asterisk, people and help on the trunk."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from ops.asterisk.programs import Programs
from tests.real.callbacks import Callbacks, calling, worked
from tests.real.house import House, Json, events
from tests.real.outside import in_full

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("callback-talks")
    async with House(programs, folder / "house", calling(folder / "config", programs)) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def callbacks(house: House) -> AsyncIterator[Callbacks]:
    async with worked(house) as found:
        yield found


async def bridged(callbacks: Callbacks) -> frozenset[str]:
    """Who hears whom, by their legs."""
    bridges: list[Json] = await callbacks.house.ari("bridges")
    return frozenset(leg for each in bridges for leg in each["channels"])


async def together(callbacks: Callbacks, *legs: str) -> None:
    async def so() -> bool:
        return await bridged(callbacks) == frozenset(legs)

    await callbacks.house.until(so, what=f"{legs} are in one bridge")


async def test_whom_we_called_is_held_through_a_crash_and_in_danger_goes_on_with_the_help_when_the_adviser_goes(
    callbacks: Callbacks,
) -> None:
    house, phone = callbacks.house, callbacks.outside.person("answers")
    asked = await callbacks.ask(phone)
    await house.phone("adv01")
    await callbacks.calls("adv01", asked)
    await callbacks.becomes(asked, "talking")
    path, person, adviser = f"/callbacks/{asked['id']}", f"{asked['id']}-x1", f"{asked['id']}-a1"
    await together(callbacks, person, adviser)

    await callbacks.do("PUT", f"{path}/hold", {"held": True})
    await together(callbacks, adviser)
    await callbacks.hears(person)  # the music
    await house.kill()
    await callbacks.hears(person)
    await house.start()
    await callbacks.becomes(asked, "talking")
    await together(callbacks, adviser)
    await callbacks.hears(person)
    await callbacks.do("PUT", f"{path}/hold", {"held": False})
    await together(callbacks, person, adviser)

    await callbacks.do("POST", f"{path}/guest", {"to": {"adviser": "adv02"}, "how": "blind"}, status=409)
    await callbacks.do("POST", f"{path}/danger", {"to": "119"})
    await callbacks.told(asked, "conference")
    await together(callbacks, person, adviser, f"{asked['id']}-g2")
    await callbacks.do("POST", f"{path}/hang-up")
    await callbacks.becomes(asked, "with_guest", adviser="adv01")
    await callbacks.hears(person)
    await callbacks.outcome(asked, "ALERTE_DANGER", helpline="119")

    await house.ari(f"channels/{person}", "DELETE")
    closed = await callbacks.becomes(asked, "closed", outcome="ALERTE_DANGER")
    await together(callbacks)
    assert [invite.number for invite in callbacks.outside.invites()] == [in_full(phone), "119"]
    assert {entry["cause"] for entry in events(closed, "callback_attempt_ended")} == {"talked"}
    assert await house.ari("channels") == []
