"""Fault 18: an Asterisk that lives and answers nothing. It is told, waited for, and in the end replaced."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from dialer.asterisk import requests
from dialer.asterisk.patience import WEDGED_AFTER_S
from dialer.core.commands import Answer
from dialer.core.events import CallArrived, DigitPressed, LegAnswered, LegLeft, LinkLost, Reconciled
from dialer.core.words import LegId
from dialer.settings import Settings as ServiceSettings
from dialer.settings import read_settings
from dialer.telephone import Telephone
from ops.asterisk.process import AsteriskProcess
from ops.asterisk.programs import Programs
from ops.asterisk.settings import Settings
from tests.asterisk.conftest import TRUNK_PORT
from tests.asterisk.fake_ari import FakeAri
from tests.asterisk.heard import Heard, now_s, until
from tests.asterisk.world import FakeWorld, RealWorld

Listen = Callable[..., Heard]
pytestmark = pytest.mark.asyncio
MUTE_PORT = 22098


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes seconds in life takes tenths of them."""
    for name, seconds in (
        ("CONNECT_MAX_S", 0.3), ("SILENCE_MAX_S", 0.6), ("PING_EVERY_S", 0.2), ("REQUEST_MAX_S", 0.2), ("TICK_S", 0.05),
    ):  # fmt: skip
        monkeypatch.setattr(f"dialer.asterisk.client.{name}", seconds)
    monkeypatch.setattr("dialer.asterisk.link.TICK_S", 0.05)


@contextmanager
def waiting(heard: Heard) -> Iterator[asyncio.Task[str]]:
    """Somebody who waits for this link to find Asterisk wedged."""
    task = asyncio.get_running_loop().create_task(heard.link.wedged())
    try:
        yield task
    finally:
        task.cancel()


# -- what is told ------------------------------------------------------------------------------------


async def test_18_readiness_says_which_request_of_the_truth_is_not_answered_and_since_when(
    fake: FakeAri, listen: Listen, impatient: None
) -> None:
    fake.lose_answer_to += ["GET bridges"] * 3
    heard = listen(FakeWorld(fake))
    await until(lambda: "no answer to GET bridges" in (heard.link.why_not_ready or ""))
    assert "(out of step since 20" in (heard.link.why_not_ready or "")
    await heard.until(Reconciled)
    assert heard.link.why_not_ready is None


async def test_18_a_connection_that_falls_silent_is_lost_with_the_request_that_it_owes(
    fake: FakeAri, listen: Listen, impatient: None
) -> None:
    heard = listen(FakeWorld(fake))
    await heard.until(Reconciled)
    fake.mute = True
    leg = fake.arrive("main")
    heard.link._client.send(requests.channel(LegId(leg)))
    await heard.until(LinkLost)
    assert f"no answer to GET channels/{leg}" in (heard.link.why_not_ready or "")
    fake.mute = False
    await heard.until(Reconciled, nth=2)


async def test_18_the_operator_is_told_in_a_line_while_it_lasts(
    fake: FakeAri, listen: Listen, impatient: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("dialer.asterisk.patience.TOLD_AFTER_S", 0.3)
    monkeypatch.setattr("dialer.asterisk.patience.TOLD_EVERY_S", 0.5)

    def told() -> list[str]:
        return [record.message for record in caplog.records if "not in step with Asterisk for" in record.message]

    heard = listen(FakeWorld(fake))
    await heard.until(Reconciled)
    fake.closed = True
    await fake.cut()
    with caplog.at_level(logging.WARNING):
        await until(lambda: len(told()) >= 2)
        assert "HTTP 503" in told()[-1]
        fake.closed = False
        await heard.until(Reconciled, nth=2)
        count = len(told())
        await asyncio.sleep(0.8)  # longer than the pause between two lines
    assert len(told()) == count


# -- what is called wedged ---------------------------------------------------------------------------


async def test_18_who_answers_nothing_over_fresh_connections_is_wedged_and_it_is_said_what_was_asked(
    fake: FakeAri, listen: Listen, impatient: None
) -> None:
    heard = listen(FakeWorld(fake), wedged_after_s=1.5)
    await heard.until(Reconciled)
    with waiting(heard) as wedged:
        began, before = now_s(), fake.connections
        fake.mute = True
        assert "no answer to" in await asyncio.wait_for(wedged, 8)
        assert now_s() - began > 1.5
        assert fake.connections - before >= 2, "asked again, and more than once"


async def test_18_who_opens_and_answers_pings_but_never_tells_its_truth_is_wedged_too(
    fake: FakeAri, listen: Listen, impatient: None
) -> None:
    fake.lose_request += ["PUT applications/dialer/eventFilter"] * 100
    heard = listen(FakeWorld(fake), wedged_after_s=1.5)
    with waiting(heard) as wedged:
        assert "no answer to PUT applications/dialer/eventFilter" in await asyncio.wait_for(wedged, 8)


async def test_18_who_refuses_us_or_is_not_there_is_not_wedged_however_long_it_lasts(
    fake: FakeAri, listen: Listen, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dialer.asterisk.link.REFUSED_REST_S", 0.1)
    fake.password = "rotated"
    refused = Heard(fake.url, "not this one", FakeWorld(fake).media, wedged_after_s=0.3)
    refused.run = asyncio.create_task(refused.link.run())
    nobody = listen(FakeWorld(fake), "http://127.0.0.1:22999/ari", wedged_after_s=0.3)
    with waiting(refused) as one, waiting(nobody) as other:
        await until(lambda: "401" in (refused.link.why_not_ready or ""))
        await until(lambda: "not to be reached" in (nobody.link.why_not_ready or ""))
        await asyncio.sleep(1.5)  # five times what a silent one is given
        assert not one.done()
        assert not other.done()
    refused.run.cancel()
    await asyncio.wait({refused.run})


async def test_18_who_takes_our_calls_and_never_says_a_word_is_wedged(impatient: None) -> None:
    calls = 0

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        calls += 1
        with suppress(OSError):
            await reader.read()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", MUTE_PORT)
    heard = Heard(f"http://127.0.0.1:{MUTE_PORT}/ari", "ari-secret", lambda name: None, wedged_after_s=1.0)
    heard.run = asyncio.create_task(heard.link.run())
    with waiting(heard) as wedged:
        assert "no answer to GET events" in await asyncio.wait_for(wedged, 8)
    assert calls >= 2
    heard.run.cancel()
    await asyncio.wait({heard.run})
    server.close()
    await server.wait_closed()


async def test_18_who_was_silent_and_then_refuses_us_is_no_longer_wedged(
    fake: FakeAri, listen: Listen, impatient: None
) -> None:
    heard = listen(FakeWorld(fake), wedged_after_s=1.2)
    await heard.until(Reconciled)
    with waiting(heard) as wedged:
        fake.mute = fake.closed = True
        await heard.until(LinkLost)
        await until(lambda: "HTTP 503" in (heard.link.why_not_ready or ""))
        await asyncio.sleep(1.5)  # longer than a silent one is given
        assert not wedged.done()


async def test_18_what_we_were_too_slow_to_hear_is_not_held_against_asterisk(
    fake: FakeAri, listen: Listen, impatient: None
) -> None:
    heard = listen(FakeWorld(fake), wedged_after_s=1.5)
    await heard.until(Reconciled)
    with waiting(heard) as wedged:
        fake.mute = True
        await heard.until(LinkLost)
        fake.mute = False
        time.sleep(2.5)  # noqa: ASYNC251 - the event loop itself stands still, longer than a silent Asterisk is given
        await heard.until(Reconciled, nth=2)
        assert not wedged.done()


# -- with the real one -------------------------------------------------------------------------------


@dataclass(slots=True)
class Kept:
    """A real Asterisk that a Telephone keeps, with the link as its judge. ``replaced``: how often it was."""

    process: AsteriskProcess
    heard: Heard
    world: RealWorld
    logs: list[Any]
    replaced: int = 0

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    def count(self) -> None:
        self.replaced += 1


@pytest_asyncio.fixture(loop_scope="function")
async def keep(
    programs: Programs, asterisk: Settings, sounds: Path, listen: Listen
) -> AsyncIterator[Callable[[float], Awaitable[Kept]]]:
    """Keep the Asterisk of this folder, ended when it was silent for so many seconds."""
    world = RealWorld(asterisk.http.port, asterisk.ari_password, ("127.0.0.1", asterisk.sip.port), TRUNK_PORT, sounds)
    process = AsteriskProcess(programs, asterisk)
    tasks: list[asyncio.Task[None]] = []
    service = read_settings()
    assert isinstance(service, ServiceSettings)

    async def start(wedged_after_s: float) -> Kept:
        assert await process.start_or_adopt() == "adopted"
        telephone = Telephone(programs, service, lambda text: None)
        telephone._process = process
        kept = Kept(process, listen(world, wedged_after_s=wedged_after_s), world, logs)
        tasks.append(asyncio.create_task(telephone.keep(kept.heard.link.wedged, kept.count)))
        await kept.heard.until(Reconciled)
        return kept

    with capture_logs() as logs:
        try:
            yield start
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if process.is_alive:
                os.kill(process.pid or 0, signal.SIGCONT)  # whatever came of the test
            await world.close()
            process.close()


@pytest.mark.real
async def test_18_an_asterisk_that_stands_still_for_five_seconds_is_left_alone_and_its_calls_go_on(
    keep: Callable[[float], Awaitable[Kept]],
) -> None:
    kept = await keep(WEDGED_AFTER_S)
    heard, pid = kept.heard, kept.pid
    caller = await kept.world.caller("main")
    leg = (await heard.until(CallArrived)).leg
    heard.perform(Answer(leg))
    await heard.until(LegAnswered, leg=leg)
    os.kill(pid, signal.SIGSTOP)
    await asyncio.sleep(5.0)  # the fault itself
    os.kill(pid, signal.SIGCONT)
    await until(lambda: heard.link.ready and kept.heard.link.why_not_ready is None)
    caller.press("7")
    assert (await heard.until(DigitPressed)).leg == leg
    assert not heard.all(LegLeft)
    assert len(heard.all(LinkLost)) == len(heard.all(Reconciled)) - 1
    assert (kept.pid, kept.replaced) == (pid, 0)
    assert kept.process.is_alive


@pytest.mark.real
async def test_18_an_asterisk_that_answers_no_more_is_replaced_and_the_line_is_answered_again(
    keep: Callable[[float], Awaitable[Kept]],
) -> None:
    kept = await keep(2.0)
    heard, pid = kept.heard, kept.pid
    await kept.world.caller("main")
    leg = (await heard.until(CallArrived)).leg
    os.kill(pid, signal.SIGSTOP)
    await heard.until(LinkLost)
    found = await heard.until(Reconciled, nth=2, limit_s=25)
    assert found.started_at is not None
    assert found.started_at > heard.all(Reconciled)[0].at
    assert leg not in found.legs
    assert not kept.heard.all(LegLeft), "the desk learnt it from Reconciled"
    assert kept.pid != pid
    assert kept.replaced == 1
    (said,) = (entry for entry in kept.logs if "answers no more" in entry["event"])
    assert said["log_level"] == "error"
    assert "no answer to" in said["why"]
    await kept.world.caller("dropout")
    arrived = await heard.until(CallArrived, nth=2)
    heard.perform(Answer(arrived.leg))
    await heard.until(LegAnswered, leg=arrived.leg)


@pytest.mark.real
async def test_one_that_dies_is_started_again_and_does_not_count_as_replaced(
    keep: Callable[[float], Awaitable[Kept]],
) -> None:
    kept = await keep(WEDGED_AFTER_S)
    pid = kept.pid
    os.kill(pid, signal.SIGKILL)
    await kept.heard.until(Reconciled, nth=2, limit_s=15)
    assert kept.pid != pid
    assert kept.replaced == 0
    assert [entry["event"] for entry in kept.logs if entry["log_level"] == "error"] == [
        "Asterisk died; it is started again"
    ]
