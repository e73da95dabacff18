"""Both worlds as fixtures, and a desk that listens."""

from __future__ import annotations

import asyncio
import math
import struct
import wave
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import pytest_asyncio

from dialer.asterisk.patience import WEDGED_AFTER_S
from ops.asterisk.process import AsteriskProcess
from ops.asterisk.programs import Programs, installed
from ops.asterisk.settings import Address, Line, Phone, Prompts, Settings, demo_trunk
from tests.asterisk.fake_ari import FakeAri
from tests.asterisk.heard import Heard
from tests.asterisk.proxy import Proxy
from tests.asterisk.world import LINES, FakeWorld, RealWorld, World

PREFIX = Path(__file__).parents[2] / ".prefix"
FAKE_PORT, HTTP_PORT, SIP_PORT, TRUNK_PORT, PROXY_PORT = 22080, 22088, 22060, 22090, 22070
RTP = (23000, 23499)

Listen = Callable[[World], Heard]


@pytest.fixture(scope="session")
def programs() -> Programs:
    found = installed(PREFIX)
    if found is None:
        pytest.fail(f"{PREFIX} is not complete: run `make test`, which provisions Asterisk", pytrace=False)
    return found


@pytest.fixture(scope="session")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short and a long tone, and nothing named `missing`."""
    folder = tmp_path_factory.mktemp("sounds")
    for name, seconds in (("beep", 0.3), ("long", 6.0)):
        with wave.open(str(folder / f"{name}.wav"), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(8000)
            out.writeframes(
                b"".join(struct.pack("<h", int(6000 * math.sin(i * 0.4))) for i in range(int(8000 * seconds)))
            )
    return folder


@pytest.fixture(scope="session")
def settings(programs: Programs, sounds: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    beep = sounds / "beep"
    return Settings(
        home=tmp_path_factory.mktemp("asterisk"),
        modules=programs.modules,
        data=programs.data,
        music=programs.moh,
        sip=Address("127.0.0.1", SIP_PORT),
        http=Address("127.0.0.1", HTTP_PORT),
        rtp=RTP,
        ari_password="ari-secret",
        lines=tuple(Line(name, number, beep) for name, number in LINES.items()),
        phones=tuple(Phone(f"adv{n:02}", "demo") for n in range(1, 4)),
        trunk=demo_trunk(Address("127.0.0.1", TRUNK_PORT)),
        prompts=Prompts(**dict.fromkeys(Prompts.__dataclass_fields__, beep)),
    )


@pytest.fixture(scope="session")
def asterisk(programs: Programs, settings: Settings) -> Iterator[Settings]:
    """One real Asterisk for all tests of this folder."""
    process = AsteriskProcess(programs, settings)

    async def start() -> None:
        await process.start_or_adopt()
        await process.wait_ready()

    with ThreadPoolExecutor(1) as aside:  # a test's own event loop may be running when this is first asked for
        try:
            aside.submit(lambda: asyncio.run(start())).result()
            yield settings
        finally:
            aside.submit(lambda: asyncio.run(process.stop())).result()


@pytest_asyncio.fixture(loop_scope="function")
async def fake() -> AsyncIterator[FakeAri]:
    async with FakeAri(FAKE_PORT) as ari:
        yield ari


@pytest_asyncio.fixture(loop_scope="function", params=["fake", pytest.param("real", marks=pytest.mark.real)])
async def world(request: pytest.FixtureRequest, sounds: Path) -> AsyncIterator[World]:
    """Both Asterisks, one after the other."""
    if request.param == "fake":
        async with FakeAri(FAKE_PORT) as ari:
            yield FakeWorld(ari)
        return
    settings: Settings = request.getfixturevalue("asterisk")
    real = RealWorld(settings.http.port, settings.ari_password, ("127.0.0.1", settings.sip.port), TRUNK_PORT, sounds)
    try:
        yield real
    finally:
        await real.close()


@pytest_asyncio.fixture(loop_scope="function")
async def proxy(world: World) -> AsyncIterator[Proxy]:
    async with Proxy(PROXY_PORT, world.port) as between:
        yield between


@pytest_asyncio.fixture(loop_scope="function")
async def listen() -> AsyncIterator[Callable[..., Heard]]:
    """Start a link, at this URL or the world's own; ended after the test."""
    running: list[asyncio.Task[None]] = []

    def start(at: World, url: str | None = None, wedged_after_s: float = WEDGED_AFTER_S) -> Heard:
        heard = Heard(url or at.url, at.password, at.media, wedged_after_s)
        heard.run = asyncio.get_running_loop().create_task(heard.link.run())
        running.append(heard.run)
        return heard

    yield start
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
