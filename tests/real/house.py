"""One whole service for a test: `dialer run` as a process of its own, with ports and a state folder of its own, SIPp
callers and advisers' phones. The API says what the service believes; ARI, asked directly, says what is true.

Nothing here sleeps for luck: `until` waits for a condition, with a limit.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import tomllib
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import aiohttp

from ops.asterisk.programs import Programs
from ops.robots import scenarios
from ops.robots.scenarios import Act, Pause, Press, Temper
from ops.robots.sipp import MEDIA_PORTS, Sipp, end
from tests.real.ports import HOST, Ports
from tests.real.processes import mentioning

CHECKOUT = Path(__file__).resolve().parents[2]
OPEN_DAY = "2027-03-16T10:30:00+01:00"
"""A Tuesday on which all three lines are open, later than any day this is run on for a while."""
MAIN, DROPOUT, PARCOURSUP = "0177771225", "0800122500", "0800400070"
FIRST_CHOICE = (Pause(0.2), Press("1"))
LIMIT_S = 15.0
START_MAX_S = 40.0

Json = dict[str, Any]


@dataclass(slots=True)
class Caller:
    """Somebody on the line. ``number``: theirs, as +33…; ``process``: their SIPp."""

    number: str
    process: asyncio.subprocess.Process

    async def hangs_up(self) -> None:
        """At once: asked twice to end, SIPp sends BYE, or CANCEL before the answer. Returns when it is sent."""
        while self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGUSR1)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), 0.01)

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
    arguments: tuple[str, ...] = ("--demo", "--robots", "0")
    token: str = "demo"
    password: str = "demo"
    starts: bool = True
    """Whether entering the house starts the service; else the test does."""
    ports: Ports = field(default_factory=Ports)
    environment: dict[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None
    _http: aiohttp.ClientSession | None = None
    _sipps: dict[int, asyncio.subprocess.Process] = field(default_factory=dict)
    _contacts: dict[str, str] = field(default_factory=dict)
    _numbers: int = 0

    standing: ClassVar[set[Path]] = set()
    """Folders of the houses that have not been left."""

    async def __aenter__(self) -> House:
        self.standing.add(self.folder)
        self.ports.__enter__()
        self._prepare()
        try:
            if self.starts:
                await self.start()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            for process in self._sipps.values():
                await end(process, grace_s=0.1)
            await self.stop()
        finally:
            if self._http is not None:
                await self._http.close()
            self.ports.__exit__()
            self.standing.discard(self.folder)

    def _prepare(self) -> None:
        (self.folder / "sipp").mkdir(parents=True, exist_ok=True)
        self.environment = {
            "DIALER_CONFIG": str(self.config),
            "DIALER_STATE": str(self.state),
            "DIALER_RTP": self.ports.rtp,
            **{name: f"{HOST}:{self.ports.free()}" for name in ("DIALER_HTTP", "DIALER_ARI", "DIALER_SIP")},
            "DIALER_TRUNK": f"{HOST}:{self.ports.free()}",
            **self.environment,
        }

    # -- the service ---------------------------------------------------------------------------

    @property
    def state(self) -> Path:
        return self.folder / "var"

    @property
    def sip(self) -> str:
        return self.environment["DIALER_SIP"]

    @property
    def log(self) -> str:
        """What the service printed, of all its starts."""
        with contextlib.suppress(FileNotFoundError):
            return (self.folder / "dialer.log").read_text()
        return ""

    @property
    def variables(self) -> dict[str, str]:
        return {**os.environ, **self.environment}

    def command(self, *arguments: str) -> tuple[str, ...]:
        """The `dialer` command."""
        return (sys.executable, "-m", "dialer", *arguments)

    async def launch(self, *arguments: str) -> asyncio.subprocess.Process:
        """The `dialer` command in this house's environment; what it prints is added to `log`."""
        with (self.folder / "dialer.log").open("a") as log:
            return await asyncio.create_subprocess_exec(
                *self.command(*arguments),
                cwd=CHECKOUT, env=self.variables, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    async def refusal(self, *arguments: str, limit_s: float = START_MAX_S) -> str:
        """What `dialer` says when it refuses to run so. It must end by itself, with another exit code than 0."""
        before = len(self.log)
        process = await self.launch(*arguments)
        try:
            code = await asyncio.wait_for(process.wait(), limit_s)
        finally:
            await end(process)
        said = self.log[before:]
        assert code != 0, said
        assert "Traceback" not in said, said
        return said

    async def start(self) -> None:
        """Start it, or start it again, and wait until it is ready."""
        clock = () if self.clock is None else ("--clock", self.clock)
        self.process = await self.launch("run", *self.arguments, *clock)
        await self.until(self.is_ready, limit_s=START_MAX_S, what="the service is ready")

    async def is_ready(self) -> bool:
        assert self.process is not None
        if self.process.returncode is not None:
            raise AssertionError(f"the service ended with {self.process.returncode}:\n{self.log[-3000:]}")
        with contextlib.suppress(aiohttp.ClientError):
            async with self.http.get(f"http://{self.environment['DIALER_HTTP']}/readyz") as answer:
                return answer.status == 200
        return False

    async def kill(self) -> None:
        """kill -9 of the controller; Asterisk stays."""
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> int | None:
        """SIGTERM, as an operator would; its exit code. An Asterisk that a killed controller left behind is ended."""
        process = self.process
        if process is None:
            return None
        if process.returncode == -signal.SIGKILL:
            with contextlib.suppress(AssertionError):
                os.kill(self.asterisk_pid(), signal.SIGKILL)
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 20)
            except TimeoutError:
                process.kill()
                await process.wait()
                raise AssertionError(f"the service did not end on SIGTERM:\n{self.log[-3000:]}") from None
        return process.returncode

    def instant(self, machine: datetime) -> datetime:
        """What the service's clock shows when the machine's shows this."""
        kept: Json = json.loads((self.state / "clock.json").read_text())
        return machine + timedelta(seconds=kept["shift_s"])

    def asterisk_pid(self) -> int:
        """The process of this house's Asterisk."""
        home = str(self.state / "asterisk/etc")
        for pid, command in mentioning(self.state).items():
            if "-rx" not in command and "-f" in command and home in command[-1]:
                return pid
        raise AssertionError("this house has no Asterisk")

    # -- people --------------------------------------------------------------------------------

    async def sipp(self, scenario: str, *arguments: str, port: int | None = None) -> asyncio.subprocess.Process:
        """A SIPp with media ports of its own until it ends."""
        for first in self.ports.media(MEDIA_PORTS):
            if first not in self._sipps or self._sipps[first].returncode is not None:
                sipp = Sipp(self.programs, self.folder / "sipp", [first])
                process = await sipp.start(scenario, *arguments, port=port or self.ports.free())
                self._sipps[first] = process
                return process
        raise AssertionError("this house has no room for more people")

    async def phone(
        self,
        *advisers: str,
        rings_s: float = 0.1,
        talks_s: float | None = None,
        refuses: str = "",
        acts: tuple[Act, ...] = (),
        ready: bool = True,
        mute: bool = False,
    ) -> asyncio.subprocess.Process:
        """One SIPp that answers for these advisers, registered and, unless told otherwise, ready in this order."""
        port = self.ports.free()
        temper = Temper(rings_s, talks_s, refuses, acts)
        process = await self.sipp(scenarios.callees(temper, sound=None if mute else self.sound), port=port)
        await self.register(*advisers, contact=f"{HOST}:{port}")
        if ready:
            await self.wish("ready", *advisers)
        return process

    async def register(self, *advisers: str, contact: str, expires_s: int = 3600) -> None:
        file = self.folder / "sipp" / f"phones-{self.ports.free()}.csv"
        rows = "".join(f"{adviser};{self.password};{contact}\n" for adviser in advisers)
        file.write_text(f"SEQUENTIAL\n{rows}")
        process = await self.sipp(
            scenarios.registration(expires_s), self.sip, "-inf", str(file), "-m", str(len(advisers)), "-r", "100"
        )
        assert await asyncio.wait_for(process.wait(), LIMIT_S) == 0, f"{advisers} could not register"
        for adviser in advisers:
            self._contacts[adviser] = contact
            await self.until(partial(self._heard_of, adviser, expires_s > 0), what=f"{adviser} is known")

    async def unregister(self, adviser: str) -> None:
        await self.register(adviser, contact=self._contacts[adviser], expires_s=0)

    async def _heard_of(self, adviser: str, registered: bool) -> bool:
        return bool((await self.adviser(adviser))["state"] != "unreachable") is registered

    async def wish(self, wish: str, *advisers: str, reason: str | None = None) -> None:
        for adviser in advisers:
            body = {"wish": wish} | ({"reason": reason} if reason else {})
            await self.ask("PUT", f"/api/v1/advisers/{adviser}/wish", json=body)

    async def caller(
        self,
        dials: str = MAIN,
        acts: Iterable[Act] = FIRST_CHOICE,
        stays_s: float = 120,
        **more: Any,
    ) -> Caller:
        """Somebody calls; told apart by a number of their own. By default they press 1 and stay."""
        self._numbers += 1
        number = str(more.pop("number", f"019900{self._numbers:04d}"))
        scenario = scenarios.caller(acts, stays_s, **{"sound": self.sound, "number": number, **more})
        process = await self.sipp(scenario, self.sip, "-s", dials, "-m", "1")
        return Caller(f"+33{number[1:]}", process)

    async def dials(self, adviser: str, dials: str, stays_s: float = 60, **more: Any) -> Caller:
        """An adviser dials something on their phone."""
        return await self.caller(dials, (), stays_s, number=adviser, password=self.password, **more)

    async def empty(self) -> None:
        """Everybody hangs up and goes, and Asterisk has no channel and no bridge left."""
        for process in self._sipps.values():
            await Caller("", process).hangs_up()
        everyone = [adviser["id"] for adviser in (await self.get("/api/v1/advisers"))["items"]]
        await self.wish("away", *everyone)
        await self.until(self.is_quiet, what="no call is left, in the service and in Asterisk")

    async def is_quiet(self) -> bool:
        believed = (await self.get("/api/v1/desk"))["calls"]
        return not believed and not await self.ari("channels") and not await self.ari("bridges")

    @property
    def sound(self) -> Path:
        return min(self.programs.moh.glob("*.alaw"))

    # -- looking -------------------------------------------------------------------------------

    @property
    def http(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession()
        return self._http

    async def ask(self, method: str, path: str, **more: Any) -> Json:
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"http://{self.environment['DIALER_HTTP']}{path}"
        async with self.http.request(method, url, headers=headers, **more) as answer:
            assert answer.status == 200, (path, answer.status, await answer.text())
            found: Json = await answer.json()
            return found

    async def get(self, path: str, **query: str) -> Json:
        return await self.ask("GET", path, params=query)

    async def ari(self, path: str, method: str = "GET") -> Any:
        """What Asterisk itself says (or is told), past the controller."""
        password = tomllib.loads((self.state / "secrets.toml").read_text())["asterisk"]["ari"]
        headers = {"Authorization": aiohttp.encode_basic_auth("dialer", password)}
        url = f"http://{self.environment['DIALER_ARI']}/ari/{path}"
        async with self.http.request(method, url, headers=headers) as answer:
            return await answer.json() if answer.status != 204 else None

    async def adviser(self, adviser: str) -> Json:
        return await self.get(f"/api/v1/advisers/{adviser}")

    async def adviser_is(self, adviser: str, state: str, limit_s: float = LIMIT_S) -> Json:
        async def so() -> Json | None:
            found = await self.adviser(adviser)
            return found if found["state"] == state else None

        found: Json = await self.until(so, limit_s=limit_s, what=f"{adviser} is {state}")
        return found

    async def calls(self, **query: str) -> list[Json]:
        """The stored calls, the oldest first."""
        items: list[Json] = (await self.get("/api/v1/calls", limit="200", **query))["items"]
        return sorted(items, key=lambda call: str(call["arrived_at"]))

    async def call(self, caller: Caller) -> Json | None:
        """The call of this caller, with its timeline."""
        for call in await self.calls():
            if call["caller"] == caller.number:
                return await self.get(f"/api/v1/calls/{call['id']}")
        return None

    async def call_is(self, caller: Caller, state: str, limit_s: float = LIMIT_S, **fields: object) -> Json:
        """Wait until the caller's call is in this state, with these fields."""

        async def so() -> Json | None:
            found = await self.call(caller)
            return found if found and {"state": state, **fields}.items() <= found.items() else None

        found: Json = await self.until(so, limit_s=limit_s, what=f"{caller.number} is {state} {fields or ''}")
        return found

    async def node_is(self, caller: Caller, node: str) -> Json:
        """Wait until the flow has brought the caller to this node."""

        async def so() -> Json | None:
            found = await self.call(caller)
            return found if found and node in nodes(found) else None

        found: Json = await self.until(so, what=f"{caller.number} hears {node}")
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
            await asyncio.sleep(0.04)


def nodes(call: Json) -> list[str]:
    """The nodes of the flow that a call has been at."""
    return [entry["node"] for entry in call["timeline"] if entry["event"] == "node_entered"]


def events(call: Json, event: str) -> Iterator[Json]:
    """The entries of a call's timeline of this kind."""
    return (entry for entry in call["timeline"] if entry["event"] == event)
