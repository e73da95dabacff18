"""One whole service for a test: `dialer run` as a process of its own, with ports and a state folder of its own, SIPp
callers and advisers' phones, and the API as the only way to look inside.

Nothing here sleeps for luck: `until` waits for a condition, with a limit.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from ops.asterisk.programs import Programs
from ops.robots import scenarios
from ops.robots.scenarios import Act, Pause, Press
from ops.robots.sipp import HOST, Sipp, end, free_port

CHECKOUT = Path(__file__).resolve().parents[2]
OPEN_DAY = "2027-03-16T10:30:00+01:00"
"""A Tuesday on which all three lines are open, later than any day this is run on for a while."""
MAIN, DROPOUT, PARCOURSUP = "0177771225", "0800122500", "0800400070"
LIMIT_S = 15.0

Json = dict[str, Any]


def free_tcp_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(slots=True)
class Caller:
    """Somebody on the line. ``process``: their SIPp."""

    number: str
    process: asyncio.subprocess.Process

    async def hangs_up(self) -> None:
        """At once: SIPp abandons its call with BYE, or CANCEL before the answer, on its second SIGUSR1."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGUSR1)
            await asyncio.sleep(0)
            self.process.send_signal(signal.SIGUSR1)

    async def left(self, limit_s: float = LIMIT_S) -> int:
        """Wait for the end of the call as the caller saw it; SIPp's exit code, 0 when it went by the script."""
        return await asyncio.wait_for(self.process.wait(), limit_s)


@dataclass(slots=True)
class House:
    """Use as ``async with House(...) as house``. Everything it started has ended when it is left."""

    programs: Programs
    folder: Path
    config: Path = CHECKOUT / "config"
    clock: str | None = OPEN_DAY
    demo: bool = True
    environment: dict[str, str] = field(default_factory=dict)
    http_port: int = field(default_factory=free_tcp_port)
    ari_port: int = field(default_factory=free_tcp_port)
    sip_port: int = field(default_factory=free_port)
    trunk_port: int = field(default_factory=free_port)
    rtp_first: int = 40000
    process: asyncio.subprocess.Process | None = None
    api: aiohttp.ClientSession | None = None
    _phones: list[asyncio.subprocess.Process] = field(default_factory=list)
    _numbers: int = 0

    async def __aenter__(self) -> House:
        (self.folder / "sipp").mkdir(parents=True, exist_ok=True)
        self.api = aiohttp.ClientSession(f"http://{HOST}:{self.http_port}", headers={"Authorization": "Bearer demo"})
        try:
            await self.start()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in self._phones:
            await end(process, grace_s=0.2)
        await self.stop()
        if self.api is not None:
            await self.api.close()

    # -- the service ---------------------------------------------------------------------------

    @property
    def state(self) -> Path:
        return self.folder / "var"

    @property
    def log(self) -> str:
        """What the service printed, of all its starts."""
        with contextlib.suppress(FileNotFoundError):
            return (self.folder / "dialer.log").read_text()
        return ""

    def variables(self) -> dict[str, str]:
        return {
            **os.environ,
            "DIALER_CONFIG": str(self.config),
            "DIALER_STATE": str(self.state),
            "DIALER_HTTP": f"{HOST}:{self.http_port}",
            "DIALER_ARI": f"{HOST}:{self.ari_port}",
            "DIALER_SIP": f"{HOST}:{self.sip_port}",
            "DIALER_TRUNK": f"{HOST}:{self.trunk_port}",
            "DIALER_RTP": f"{self.rtp_first}-{self.rtp_first + 999}",
            **self.environment,
        }

    async def launch(self) -> None:
        """Start the process without waiting for it."""
        command = [sys.executable, "-m", "dialer", "run"]
        if self.demo:
            command += ["--demo", "--robots", "0"]
        if self.clock is not None:
            command += ["--clock", self.clock]
        with (self.folder / "dialer.log").open("a") as log:
            self.process = await asyncio.create_subprocess_exec(
                *command, cwd=CHECKOUT, env=self.variables(), stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
            )

    async def start(self) -> None:
        """Start it, or start it again, and wait until it is ready."""
        await self.launch()
        await self.until(self.is_ready, limit_s=40, what="the service is ready")

    async def is_ready(self) -> bool:
        assert self.process is not None
        assert self.api is not None
        if self.process.returncode is not None:
            raise AssertionError(f"the service ended with {self.process.returncode}:\n{self.log[-3000:]}")
        try:
            async with self.api.get("/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def kill(self) -> None:
        """kill -9 of the controller; Asterisk stays."""
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> int | None:
        """SIGTERM, as an operator would; its exit code."""
        if self.process is None:
            return None
        if self.process.returncode is None:
            self.process.terminate()
            try:
                await asyncio.wait_for(self.process.wait(), 20)
            except TimeoutError:
                self.process.kill()
                await self.process.wait()
                raise AssertionError(f"the service did not end on SIGTERM:\n{self.log[-3000:]}") from None
        elif self.process.returncode == -signal.SIGKILL:
            # Killed by the test: its Asterisk is still there, and a start and a stop end it.
            await self.start()
            return await self.stop()
        return self.process.returncode

    def asterisk_pid(self) -> int:
        """The process of this house's Asterisk."""
        wanted = str(self.state).encode()
        for folder in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                command = (folder / "cmdline").read_bytes().split(b"\0")
                if b"-f" in command and any(part.startswith(wanted) for part in command):
                    return int(folder.name)
        raise AssertionError("this house has no Asterisk")

    # -- people --------------------------------------------------------------------------------

    def _sipp(self) -> Sipp:
        self._numbers += 1
        return Sipp(self.programs, self.folder / "sipp", [self.rtp_first + 1000 + 12 * (self._numbers % 400)])

    async def phone(
        self,
        *advisers: str,
        rings_s: float = 0.2,
        talks_s: float | None = None,
        refuses: str = "",
        ready: bool = True,
    ) -> asyncio.subprocess.Process:
        """One SIPp that answers for these advisers, registered and, unless told otherwise, ready."""
        port = free_port()
        scenario = scenarios.phone(rings_s, talks_s, sound=self.sound, refuses=refuses)
        process = await self._sipp().start(scenario, port=port)
        self._phones.append(process)
        await self.register(*advisers, contact=f"{HOST}:{port}")
        if ready:
            await self.wish("ready", *advisers)
        return process

    async def register(self, *advisers: str, contact: str, expires_s: int = 3600, password: str = "demo") -> None:
        rows = "".join(f"{adviser};{password};{contact}\n" for adviser in advisers)
        file = self.folder / "sipp" / f"phones-{free_port()}.csv"
        file.write_text("SEQUENTIAL\n" + rows)
        process = await self._sipp().start(
            scenarios.registration(expires_s), f"{HOST}:{self.sip_port}", "-inf", str(file), "-m", str(len(advisers))
        )
        assert await asyncio.wait_for(process.wait(), LIMIT_S) == 0, f"{advisers} could not register"

    async def wish(self, wish: str, *advisers: str, reason: str | None = None) -> None:
        for adviser in advisers:
            body = {"wish": wish} | ({"reason": reason} if reason else {})
            await self.put(f"/api/v1/advisers/{adviser}/wish", body)

    async def caller(
        self,
        dials: str = MAIN,
        acts: Iterable[Act] = (Pause(0.3), Press("1"), Pause(0.3), Press("1")),
        stays_s: float = 60,
        *,
        masked: bool = False,
    ) -> Caller:
        """Somebody calls; told apart by a number of their own. By default they press 1 twice and stay."""
        self._numbers += 1
        number = f"019900{self._numbers:04d}"
        scenario = scenarios.caller(acts, stays_s, sound=self.sound, number=number, masked=masked)
        process = await self._sipp().start(scenario, f"{HOST}:{self.sip_port}", "-s", dials, "-m", "1")
        self._phones.append(process)
        return Caller(number, process)

    @property
    def sound(self) -> Path:
        return min(self.programs.moh.glob("*.alaw"))

    # -- looking -------------------------------------------------------------------------------

    async def get(self, path: str, **query: str) -> Json:
        assert self.api is not None
        async with self.api.get(path, params=query) as answer:
            assert answer.status == 200, (path, answer.status, await answer.text())
            found: Json = await answer.json()
            return found

    async def put(self, path: str, body: Json) -> Json:
        assert self.api is not None
        async with self.api.put(path, json=body) as answer:
            assert answer.status == 200, (path, answer.status, await answer.text())
            found: Json = await answer.json()
            return found

    async def adviser(self, adviser: str) -> Json:
        return await self.get(f"/api/v1/advisers/{adviser}")

    async def calls(self, **query: str) -> list[Json]:
        """The stored calls, the oldest first."""
        items: list[Json] = (await self.get("/api/v1/calls", **query))["items"]
        return sorted(items, key=lambda call: str(call["arrived_at"]))

    async def call_in(self, state: str, count: int = 1, limit_s: float = LIMIT_S) -> list[Json]:
        """Wait until that many calls are in this state; those calls, the oldest first."""

        async def enough() -> list[Json]:
            found = await self.calls(state=state)
            return found if len(found) >= count else []

        found: list[Json] = await self.until(enough, limit_s=limit_s, what=f"{count} calls are {state}")
        return found

    async def adviser_is(self, adviser: str, state: str, limit_s: float = LIMIT_S) -> Json:
        async def so() -> Json | None:
            found = await self.adviser(adviser)
            return found if found["state"] == state else None

        found: Json = await self.until(so, limit_s=limit_s, what=f"{adviser} is {state}")
        return found

    async def timeline(self, call: str) -> list[Json]:
        found: list[Json] = (await self.get(f"/api/v1/calls/{call}"))["timeline"]
        return found

    async def until(
        self, condition: Callable[[], Awaitable[Any]], limit_s: float = LIMIT_S, what: str = "it is so"
    ) -> Any:
        """The condition's first true value. AssertionError with the service's log after the limit."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + limit_s
        while True:
            found = await condition()
            if found:
                return found
            if loop.time() > deadline:
                raise AssertionError(f"not within {limit_s:g} s: {what}\n{self.log[-2500:]}")
            await asyncio.sleep(0.05)
