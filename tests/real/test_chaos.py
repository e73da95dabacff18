"""kill -9 of the controller, again and again, while callbacks are dialled: nobody is called twice, nobody is lost.

`make chaos` does the same for longer: CHAOS_KILLS says how often (200 there), CHAOS_SEED which instants.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from ops.asterisk.programs import Programs
from tests.real.callbacks import Callbacks, calling
from tests.real.chaos import Chaos
from tests.real.house import House
from tests.real.outside import Outside
from tests.store.postgres import PrivatePostgres

pytestmark = [pytest.mark.real, pytest.mark.asyncio]

KILLS = int(os.environ.get("CHAOS_KILLS", "10"))
SEED = int(os.environ.get("CHAOS_SEED", "3"))
ADVISERS = ("adv01", "adv02", "adv03", "adv04", "adv05", "adv06")


@pytest.fixture(params=["sqlite", "postgresql"])
def environment(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Which database the service keeps its promises in."""
    if request.param == "sqlite":
        yield {}
        return
    with PrivatePostgres() as server:
        yield {"DIALER_DATABASE_URL": server.url}


async def test_kills_at_any_instant_of_dialling_call_nobody_twice_and_lose_nobody(
    programs: Programs,
    tmp_path_factory: pytest.TempPathFactory,
    environment: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path_factory.mktemp("chaos")
    config = calling(folder / "config", programs, limits={"hour_max": 100_000})
    async with House(programs, folder / "house", config, environment=environment) as house:
        callbacks = Callbacks(house, Outside(house))
        await callbacks.outside.open(mute=True)
        await house.phone(*ADVISERS, mute=True)
        async with Chaos(callbacks, ADVISERS, SEED) as chaos:
            await chaos.kill(KILLS // 2)
            await chaos.drain()
        await house.until(house.is_quiet, what="no leg and no bridge is left")
        verdict = await chaos.verdict()
    with capsys.disabled():
        print(f"\nchaos on {'PostgreSQL' if environment else 'SQLite'}: {verdict}")
    assert verdict.doubles == []
    assert verdict.lost == []
    assert verdict.kills == KILLS // 2
    assert verdict.invites > verdict.kills  # people were really dialled
