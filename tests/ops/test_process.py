"""A real Asterisk: started, adopted, reloaded, ended; and clear words where that cannot be."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import socket
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ops.asterisk.process import AsteriskError, AsteriskProcess
from ops.asterisk.programs import Programs
from ops.asterisk.settings import Phone, Settings

pytestmark = pytest.mark.real


@pytest.mark.asyncio
async def test_it_starts_answers_is_adopted_by_another_and_ends(programs: Programs, real: Settings) -> None:
    first, second = AsteriskProcess(programs, real), AsteriskProcess(programs, real)
    try:
        assert await first.start_or_adopt() == "started"
        await first.wait_ready(timeout_s=15)
        assert f"Asterisk {programs.version}" in await first.console("core show version")
        assert first.pid is not None
        assert os.getsid(first.pid) == first.pid  # a session of its own: it survives the controller
        log = (real.home / "log/messages.log").read_text()
        assert "ERROR" not in log, log
        assert "WARNING" not in log, log

        assert await second.start_or_adopt() == "adopted"
        await second.wait_ready(timeout_s=2)
        assert second.pid == first.pid
        await second.stop()
        await asyncio.wait_for(first.died(), 5)
        assert not first.is_alive
    finally:
        await first.stop()


@pytest.mark.asyncio
async def test_it_outlives_a_controller_that_is_killed(programs: Programs, real: Settings) -> None:
    controller = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _KILLED_CONTROLLER, cwd=Path(__file__).parents[2], stdin=asyncio.subprocess.PIPE
    )
    await controller.communicate(pickle.dumps((programs, real)))
    assert controller.returncode == -signal.SIGKILL
    heir = AsteriskProcess(programs, real)
    try:
        assert await heir.start_or_adopt() == "adopted"
        await heir.wait_ready(timeout_s=10)
    finally:
        await heir.stop()


_KILLED_CONTROLLER = """
import asyncio, os, pickle, signal, sys
sys.path.insert(0, os.getcwd())
from ops.asterisk.process import AsteriskProcess
programs, settings = pickle.load(sys.stdin.buffer)
async def main():
    process = AsteriskProcess(programs, settings)
    await process.start_or_adopt()
    await process.wait_ready()
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""


@pytest.mark.asyncio
async def test_its_death_is_noticed_and_it_can_be_started_again(asterisk: AsteriskProcess) -> None:
    watch = asyncio.create_task(asterisk.died())
    assert asterisk.pid is not None
    before = asterisk.pid
    os.kill(before, signal.SIGKILL)
    await asyncio.wait_for(watch, 2)
    assert not asterisk.is_alive
    assert await asterisk.start_or_adopt() == "started"
    await asterisk.wait_ready()
    assert asterisk.pid != before


@pytest.mark.asyncio
async def test_a_stuck_asterisk_is_ended_all_the_same(
    asterisk: AsteriskProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.asterisk.process.CONSOLE_S", 0.3)
    monkeypatch.setattr("ops.asterisk.process.STOP_S", 0.3)
    assert asterisk.pid is not None
    os.kill(asterisk.pid, signal.SIGSTOP)
    await asyncio.wait_for(asterisk.stop(), 5)
    assert not asterisk.is_alive


@pytest.mark.asyncio
async def test_one_that_answers_no_more_is_ended_without_asking_its_console_and_another_can_take_its_place(
    asterisk: AsteriskProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.asterisk.process.LAST_WORD_S", 0.3)
    before = asterisk.pid
    assert before is not None
    os.kill(before, signal.SIGSTOP)
    await asyncio.wait_for(asterisk.end_at_once(), 2)
    assert not asterisk.is_alive
    await asterisk.end_at_once()  # there is nothing to end
    assert await asterisk.start_or_adopt() == "started"
    await asterisk.wait_ready()
    assert asterisk.pid != before


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("kind", "says"),
    [(socket.SOCK_DGRAM, "the SIP port 127.0.0.1:20000"), (socket.SOCK_STREAM, "the HTTP port 127.0.0.1:20002")],
)
async def test_a_port_in_use_is_one_sentence_and_nothing_is_left_running(
    programs: Programs, real: Settings, kind: socket.SocketKind, says: str
) -> None:
    place = real.sip if kind is socket.SOCK_DGRAM else real.http
    process = AsteriskProcess(programs, real)
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(kind is socket.SOCK_STREAM))
        taken.bind((place.host, place.port))
        if kind is socket.SOCK_STREAM:
            taken.listen()
        with pytest.raises(AsteriskError) as refusal:
            await process.start_or_adopt()
    assert str(refusal.value).startswith(f"{says} is in use by another program")
    assert "DIALER_" in str(refusal.value)
    assert not process.is_alive


@pytest.mark.asyncio
async def test_another_version_is_not_adopted(programs: Programs, real: Settings, asterisk: AsteriskProcess) -> None:
    newer = AsteriskProcess(replace(programs, version="22.99.0"), real)
    with pytest.raises(AsteriskError, match=r"is 22\.10\.\d+ and the installed one is 22\.99\.0"):
        await newer.start_or_adopt()
    newer.close()
    assert asterisk.is_alive


@pytest.mark.asyncio
async def test_a_stranger_with_the_pid_in_our_file_is_not_adopted(programs: Programs, real: Settings) -> None:
    run = real.home / "run"
    run.mkdir(parents=True)
    (run / "asterisk.pid").write_text(str(os.getpid()))
    process = AsteriskProcess(programs, real)
    try:
        assert await process.start_or_adopt() == "started"
        assert process.pid != os.getpid()
        await process.wait_ready()
    finally:
        await process.stop()


@pytest.mark.asyncio
async def test_a_reload_takes_up_a_new_adviser_and_refuses_what_needs_a_restart(
    asterisk: AsteriskProcess, real: Settings
) -> None:
    await asterisk.reload(replace(real, phones=(*real.phones, Phone("adv77", "demo"))))
    assert "adv77" in await asterisk.console("pjsip show endpoints")
    assert "adv77" in await asterisk.console("dialplan show from-phones")
    with pytest.raises(AsteriskError, match=r"rtp\.conf changed .* at a restart only"):
        await asterisk.reload(replace(real, rtp=(22000, 22100)))


@pytest.mark.asyncio
async def test_an_asterisk_that_cannot_start_says_why(programs: Programs, real: Settings) -> None:
    broken = replace(real, extra={"modules.conf": "require=res_there_is_no_such.so\n"})
    process = AsteriskProcess(programs, broken)
    try:
        await process.start_or_adopt()
        with pytest.raises(AsteriskError, match=r"ended while it started: .*res_there_is_no_such"):
            await process.wait_ready(timeout_s=10)
    finally:
        await process.stop()
