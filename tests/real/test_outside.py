"""What a flow asks of the world outside: a number it puts the caller through to, a web hook it asks."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web

from ops.asterisk.programs import Programs
from ops.robots import scenarios
from ops.robots.scenarios import Pause, Press
from tests.real.house import House
from tests.real.ports import HOST
from tests.real.quick import quick

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

SECRET = "a-secret-of-the-hook"
OUTSIDE = """
[node.through]
kind = "transfer"
target = "secretariat"
failed = "search_main"

[node.asks]
kind = "hook"
hook = "dossier"
branches = { known = "queue_dropout" }
otherwise = "queue_main"
"""


class Dossier:
    """An operator's server: what it is asked, and what it answers."""

    def __init__(self) -> None:
        self.asked: list[dict[str, object]] = []
        self.signed_right: list[bool] = []
        self.answer: str | None = "known"

    async def asks(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.asked.append(json.loads(body))
        signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        self.signed_right.append(hmac.compare_digest(request.headers.get("X-Signature", ""), signature))
        if self.answer is None:
            raise web.HTTPInternalServerError
        return web.json_response({"result": self.answer})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def dossier() -> AsyncIterator[tuple[Dossier, int]]:
    server = Dossier()
    app = web.Application()
    app.router.add_post("/dossier", server.asks)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, HOST, 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    yield server, port
    await runner.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(
    programs: Programs, tmp_path_factory: pytest.TempPathFactory, dossier: tuple[Dossier, int]
) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("outside")
    config = quick(folder / "config", programs)
    line = config / "lines/main.toml"
    text = line.read_text().replace('4 = "contact" }', '4 = "contact", 5 = "through", 6 = "asks" }')
    line.write_text(text + OUTSIDE)
    with (config / "dialer.toml").open("a") as installation:
        installation.write(
            f'\n[numbers]\nsecretariat = "01 99 00 77 77"\n\n[hooks.dossier]\nurl = "http://{HOST}:{dossier[1]}/dossier"\n'
            'secret_env = "DOSSIER_SECRET"\n'
        )
    async with House(programs, folder / "house", config, environment={"DOSSIER_SECRET": SECRET}) as house:
        yield house


async def outside(house: House, **temper: object) -> Path:
    """A phone where calls to the outside go; the file that its SIP messages are written to."""
    port = int(house.environment["DIALER_TRUNK"].rpartition(":")[2])
    messages = house.folder / "sipp" / f"outside-{house.ports.free()}.log"
    scenario = scenarios.phone(0.1, sound=house.sound, **temper)  # type: ignore[arg-type]
    await house.sipp(scenario, "-m", "1", "-trace_msg", "-message_file", str(messages), port=port)
    return messages


async def test_a_caller_who_is_put_through_talks_outside_under_the_lines_number(house: House) -> None:
    messages = await outside(house)
    caller = await house.caller(acts=(Pause(0.2), Press("5")))
    await house.call_is(caller, "talking")

    invite = messages.read_text().partition("INVITE ")[2].partition("\r\n\r\n")[0].partition("\n\n")[0]
    assert invite.startswith("sip:+33199007777@"), invite
    assert re.search(r"^From: .*<sip:\+33177771225@", invite, re.MULTILINE), invite
    assert re.search(r"^P-Asserted-Identity: .*<sip:\+33177771225@", invite, re.MULTILINE), invite

    await caller.hangs_up()
    ended = await house.call_is(caller, "ended")
    assert ended["outcome"] == "transferred"


async def test_a_number_outside_that_does_not_answer_gives_the_caller_back_to_the_flow(house: House) -> None:
    await house.phone("adv01")
    await outside(house, refuses="486 Busy Here")
    caller = await house.caller(acts=(Pause(0.2), Press("5")))

    talking = await house.call_is(caller, "talking")
    assert talking["adviser"] == "adv01"


async def test_a_hook_that_knows_decides_the_queue_and_is_asked_with_a_signature(
    house: House, dossier: tuple[Dossier, int]
) -> None:
    dossier[0].answer = "known"
    caller = await house.caller(acts=(Pause(0.2), Press("6")))

    waiting = await house.call_is(caller, "waiting")
    assert waiting["queue"] == "dropout"
    assert dossier[0].signed_right[-1]
    assert dossier[0].asked[-1] == {"call": waiting["id"], "hook": "dossier", "answers": {}}
    assert caller.number not in json.dumps(dossier[0].asked[-1])


async def test_a_hook_that_fails_is_no_end_for_the_caller(house: House, dossier: tuple[Dossier, int]) -> None:
    dossier[0].answer = None
    caller = await house.caller(acts=(Pause(0.2), Press("6")))

    assert (await house.call_is(caller, "waiting"))["queue"] == "main"
