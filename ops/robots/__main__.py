"""Robots for a demonstration: advisers' phones that answer, and N people at a time who call the lines.

Started by `dialer run --demo` as a process of its own, which ends with the service that started it. The advisers'
wishes go through the same API as a person's would.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from ops.asterisk.programs import Programs, installed
from ops.robots import scenarios
from ops.robots.contacts import write_down
from ops.robots.people import somebody
from ops.robots.promised import Promised, telephones
from ops.robots.sipp import HOST, Sipp, end, free_port

RINGS_S = (0.8, 1.6, 2.6)
"""How long the phones ring before they answer: three tempers, dealt to the advisers in turn."""
REGISTERED_FOR_S = 3600
AGAIN_S = 1500
LOOK_EVERY_S = 1.0
WRAPS_UP_S = (3.0, 8.0)
MEDIA_STEP = 20


@dataclass(frozen=True, slots=True)
class Plan:
    """What the robots are told."""

    api: str
    token: str
    sip: str
    callers: int
    password: str
    media: tuple[int, int]
    seed: int
    trunk: str | None = None
    """Where calls to the outside go: the telephones of those who are called back. None: nobody is."""


class Robots:
    """Everybody, from `run` until it is cancelled; then every process that was started has ended."""

    def __init__(self, plan: Plan, programs: Programs, folder: Path) -> None:
        self._plan = plan
        self._programs = programs
        self._folder = folder
        self._chance = random.Random(plan.seed)  # noqa: S311
        first, last = plan.media
        self._phones_media = range(first, first + 600, 200)
        self._outside_media = first + 600
        self._sipp = Sipp(programs, folder, range(first + 800, last - MEDIA_STEP, MEDIA_STEP))
        self._promised = Promised(self._chance)
        self._sound = min(programs.moh.glob("*.alaw"), default=None)
        self._wraps_until: dict[str, float] = {}
        self._left: set[str] = set()

    async def run(self) -> None:
        headers = {"Authorization": f"Bearer {self._plan.token}"}
        async with (
            aiohttp.ClientSession(self._plan.api, headers=headers) as api,
            asyncio.TaskGroup() as tasks,
        ):
            advisers = [item["id"] for item in await self._advisers(api)]
            contacts = await self._start_phones(tasks, advisers)
            await self._register(advisers, contacts)
            tasks.create_task(self._keep_registered(advisers, contacts))
            tasks.create_task(self._wish(api))
            if self._plan.trunk is not None:
                port = int(self._plan.trunk.rpartition(":")[2])
                tasks.create_task(self._keep_phone(telephones(self._sound), port, self._outside_media))
                tasks.create_task(self._promised.ask_again_and_again(api))
                tasks.create_task(self._call_back(api))
            for number in range(self._plan.callers):
                tasks.create_task(self._call_again_and_again(number))

    async def _advisers(self, api: aiohttp.ClientSession) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor = None
        while True:
            async with api.get("/api/v1/advisers", params={"cursor": cursor} if cursor else None) as answer:
                answer.raise_for_status()
                page = await answer.json()
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                return found

    async def _start_phones(self, tasks: asyncio.TaskGroup, advisers: Sequence[str]) -> dict[str, str]:
        """One process per temper serves all its advisers; adviser → contact."""
        ports = []
        for rings_s, media in zip(RINGS_S, self._phones_media, strict=True):
            port = free_port()
            ports.append(port)
            scenario = scenarios.phone(rings_s, sound=self._sound)
            tasks.create_task(self._keep_phone(scenario, port, media))
        return {adviser: f"{HOST}:{ports[number % len(ports)]}" for number, adviser in enumerate(advisers)}

    async def _keep_phone(self, scenario: str, port: int, media: int) -> None:
        sipp = Sipp(self._programs, self._folder, [media])
        while True:
            process = await sipp.start(scenario, port=port, media_ports=200)
            try:
                await process.wait()
            finally:
                await end(process)
            await asyncio.sleep(1)

    async def _register(self, advisers: Sequence[str], contacts: dict[str, str]) -> None:
        rows = [f"{adviser};{self._plan.password};{contacts[adviser]}" for adviser in advisers]
        file = self._folder / "advisers.csv"
        file.write_text("\n".join(["SEQUENTIAL", *rows]) + "\n")
        process = await self._sipp.start(
            scenarios.registration(REGISTERED_FOR_S),
            self._plan.sip, "-inf", str(file), "-m", str(len(rows)), "-r", "50",
        )  # fmt: skip
        try:
            if await asyncio.wait_for(process.wait(), 60) != 0:
                print("robots: some phones could not register", file=sys.stderr)
        finally:
            await end(process)

    async def _keep_registered(self, advisers: Sequence[str], contacts: dict[str, str]) -> None:
        while True:
            await asyncio.sleep(AGAIN_S)
            await self._register(advisers, contacts)

    async def _wish(self, api: aiohttp.ClientSession) -> None:
        """Everyone wishes to be ready: at first, after a wrap-up of a few seconds in which they write down what the
        call was about, and after the system paused them."""
        loop = asyncio.get_running_loop()
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                for adviser in await self._advisers(api):
                    who = adviser["id"]
                    if adviser["page_open"]:
                        await self._leave_to_a_person(api, adviser)
                        continue
                    self._left.discard(who)
                    if adviser["state"] == "wrapping_up":
                        until = self._wraps_until.setdefault(who, loop.time() + self._chance.uniform(*WRAPS_UP_S))
                        wishes = loop.time() >= until
                        if adviser["call"] is not None:
                            await write_down(api, who, adviser["call"], self._chance, done=wishes)
                    elif adviser["owes"]:  # the robots were away: as people, they come back to it
                        await write_down(api, who, adviser["owes"][0], self._chance, done=True)
                        continue
                    else:
                        self._wraps_until.pop(who, None)
                        wishes = adviser["wish"] != "ready"
                    if wishes:
                        async with api.put(f"/api/v1/advisers/{who}/wish", json={"wish": "ready"}):
                            pass
            await asyncio.sleep(LOOK_EVERY_S)

    async def _leave_to_a_person(self, api: aiohttp.ClientSession, adviser: dict[str, Any]) -> None:
        """Somebody signed in and has this adviser's page before them: nothing rings till they say they are ready."""
        who = adviser["id"]
        if who in self._left:
            return
        self._left.add(who)
        print(f"robots: {who} is left to whoever has signed in as them")
        async with api.put(f"/api/v1/advisers/{who}/wish", json={"wish": "away"}):
            pass

    async def _call_back(self, api: aiohttp.ClientSession) -> None:
        """The advisers' hands: what their screens would do with a card."""
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                played = [each for each in await self._advisers(api) if not each["page_open"]]
                await self._promised.look_after(api, played)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _call_again_and_again(self, number: int) -> None:
        await asyncio.sleep(number * 2 * self._chance.random())
        while True:
            person = somebody(self._chance)
            scenario = scenarios.caller(
                person.acts, person.stays_s, sound=self._sound, number=person.number, masked=person.masked
            )
            process = await self._sipp.start(scenario, self._plan.sip, "-s", person.dials, "-m", "1")
            try:
                await process.wait()
            finally:
                await end(process)
            await asyncio.sleep(self._chance.uniform(1, 5))


async def _until_alone(started_by: int) -> None:
    """Returns when the process that started us is gone, however it went, and be it before we looked."""
    parent = os.pidfd_open(os.getppid())
    gone = asyncio.Event()
    if os.getppid() != started_by:
        gone.set()
    loop = asyncio.get_running_loop()
    loop.add_reader(parent, gone.set)
    try:
        await gone.wait()
    finally:
        loop.remove_reader(parent)
        os.close(parent)


async def _main(plan: Plan, programs: Programs, started_by: int) -> None:
    loop = asyncio.get_running_loop()
    with tempfile.TemporaryDirectory(prefix="fil-vert-robots-") as folder:
        robots = asyncio.create_task(Robots(plan, programs, Path(folder)).run())
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, robots.cancel)
        alone = asyncio.create_task(_until_alone(started_by))
        await asyncio.wait([robots, alone], return_when=asyncio.FIRST_COMPLETED)
        alone.cancel()
        robots.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await robots


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m ops.robots", description=__doc__)
    parser.add_argument("--api", required=True, help="http://127.0.0.1:8080")
    parser.add_argument("--token", default="demo")
    parser.add_argument("--sip", required=True, help="127.0.0.1:5060")
    parser.add_argument("--callers", type=int, default=6)
    parser.add_argument("--password", default="demo")
    parser.add_argument("--media", default="30000-39999", help="RTP ports of the robots")
    parser.add_argument("--trunk", help="where calls to the outside go: 127.0.0.1:5090")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--started-by", type=int, default=os.getppid(), help="the process to end with")
    parser.add_argument("--prefix", type=Path, default=Path(".prefix"))
    asked = parser.parse_args()
    programs = installed(asked.prefix)
    if programs is None:
        print("robots: SIPp is not installed; run `make setup`", file=sys.stderr)
        return 1
    first, last = (int(port) for port in asked.media.split("-"))
    plan = Plan(
        asked.api, asked.token, asked.sip, asked.callers, asked.password, (first, last), asked.seed, asked.trunk
    )
    asyncio.run(_main(plan, programs, asked.started_by))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
