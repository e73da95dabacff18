"""The rounds: one side, fresh, with its advisers, callers at a rate; and what came of it.

Decides what is measured when: CPU from before the first caller until after the last (three calls went before, so that
nothing is the first of its kind), memory at its most, the event loop over the same time. Must not know how a side
works.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ops.asterisk.programs import Programs
from ops.bench import sipp_logs, usage
from ops.bench.app_queue import AppQueue
from ops.bench.crowd import Crowd
from ops.bench.fil_vert import FilVert
from ops.bench.percentile import percentile
from ops.bench.side import Name, Ports, Side, SideError, adviser_ids

Kind = Literal["rate", "overload", "saturated", "waiting"]

ADVISERS_PER_CALL_S = 3
WARM_CALLS = 3
PATIENCE_S = 60.0
SATURATED_ADVISERS = 20
SATURATED_RATE = 15.0
"""More than 20 advisers can serve, who talk 2 s; also at the start, when all of them are free."""
WAITING = 500
WAITING_RATE = 50.0
WAITING_SETTLES_S = 3.0
WATCH_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Round:
    """One side, once. CPU in milliseconds per call offered; memory in MiB.

    lost: callers who were not answered by an adviser and hung up on by them; why_lost: SIPp's names of what failed.
    loop_lag_s: the longest that the controller's event loop was late. gap_…: from an adviser being free to the next
    INVITE.
    load: of the machine in the minute before, from whatever else ran on it.
    """

    kind: Kind
    side: Name
    rate: float
    seconds: float
    advisers: int
    load: float
    offered: int
    lost: int
    served_per_s: float
    asterisk_cpu_ms: float
    controller_cpu_ms: float
    asterisk_mib: float
    controller_mib: float
    loop_lag_s: float | None = None
    why_lost: tuple[tuple[str, int], ...] = ()
    gaps: int = 0
    gap_p50_s: float | None = None
    gap_p99_s: float | None = None

    @property
    def cpu_ms(self) -> float:
        return self.asterisk_cpu_ms + self.controller_cpu_ms


class Bench:
    """Plays rounds, one after the other, each in a folder of its own below `folder`."""

    def __init__(self, programs: Programs, prefix: Path, folder: Path, ports: Ports, prompt: Path) -> None:
        self._programs = programs
        self._prefix = prefix
        self._folder = folder
        self._ports = ports
        self._prompt = prompt
        self._played = 0
        self._static: dict[tuple[int, str], str] = {}

    async def at_rate(self, name: Name, rate: float, seconds: float, kind: Kind = "rate") -> Round:
        """Callers at this rate for so many seconds, with three advisers for each call a second."""
        return await self._play(kind, name, rate, round(rate * seconds), math.ceil(ADVISERS_PER_CALL_S * rate))

    async def saturated(self, name: Name, seconds: float) -> Round:
        """Few advisers, and always somebody who waits for them."""
        return await self._play(
            "saturated", name, SATURATED_RATE, round(SATURATED_RATE * seconds), SATURATED_ADVISERS, PATIENCE_S
        )

    async def waiting(self, name: Name, callers: int = WAITING) -> Round:
        """So many callers wait, and nobody takes calls; then they hang up."""
        async with self._at(name, advisers=1, ready=False) as (side, crowd):
            load = os.getloadavg()[0]
            await side.lag_s()
            meter = _Meter(side)
            await crowd.start_calling(WAITING_RATE, callers, PATIENCE_S)
            with meter.watched():
                waiting = await _until(side.waiting, callers, callers / WAITING_RATE + 20)
                await asyncio.sleep(WAITING_SETTLES_S)
                meter.look()
            lag_s = await side.lag_s()
            await crowd.send_away()
        return Round(
            kind="waiting", side=name, rate=WAITING_RATE, seconds=callers / WAITING_RATE, advisers=1, load=load,
            offered=callers, lost=callers - waiting, served_per_s=0.0,
            asterisk_cpu_ms=1000 * meter.asterisk_s / callers, controller_cpu_ms=1000 * meter.controller_s / callers,
            asterisk_mib=meter.asterisk_mib, controller_mib=meter.controller_mib, loop_lag_s=lag_s,
        )  # fmt: skip

    async def _play(
        self, kind: Kind, name: Name, rate: float, calls: int, advisers: int, patience_s: float = PATIENCE_S
    ) -> Round:
        seconds = calls / rate
        async with self._at(name, advisers) as (side, crowd):
            await crowd.start_calling(WARM_CALLS, WARM_CALLS, PATIENCE_S)
            warm = await crowd.called(PATIENCE_S)
            if warm.good < WARM_CALLS:
                raise SideError(f"{name}: {WARM_CALLS - warm.good} of the first {WARM_CALLS} calls failed")
            load = os.getloadavg()[0]
            await side.lag_s()
            meter = _Meter(side)
            await crowd.start_calling(rate, calls, patience_s)
            with meter.watched():
                tally = await crowd.called(seconds + 2 * patience_s)
            meter.look()
            lag_s = await side.lag_s()
            await asyncio.sleep(WATCH_EVERY_S)  # the phones' last answers are in their log
            talks = crowd.talks()[WARM_CALLS:]
        gaps = sorted(sipp_logs.idle_gaps_s(talks)) if kind == "saturated" else []
        ended = sum(talk.free_at is not None for talk in talks)
        return Round(
            kind=kind, side=name, rate=rate, seconds=seconds, advisers=advisers, load=load,
            # A dialplan that goes on by itself hangs up too: a call is good when a phone has talked for it.
            offered=calls, lost=calls - min(tally.good, ended),
            served_per_s=sipp_logs.served_per_s(talks, seconds),
            asterisk_cpu_ms=1000 * meter.asterisk_s / calls, controller_cpu_ms=1000 * meter.controller_s / calls,
            asterisk_mib=meter.asterisk_mib, controller_mib=meter.controller_mib, loop_lag_s=lag_s,
            why_lost=tally.why,
            gaps=len(gaps),
            gap_p50_s=percentile(gaps, 50) if gaps else None, gap_p99_s=percentile(gaps, 99) if gaps else None,
        )  # fmt: skip

    @contextlib.asynccontextmanager
    async def _at(self, name: Name, advisers: int, ready: bool = True) -> AsyncIterator[tuple[Side, Crowd]]:
        """A fresh side, its advisers taking calls if `ready`, else without a phone. All has ended when it is left."""
        self._played += 1
        folder = self._folder / f"{self._played:03d}-{name}"
        folder.mkdir()
        who = adviser_ids(advisers)
        side: Side
        if name == "app_queue":
            side = AppQueue(self._programs, folder, self._ports, self._prompt, who)
        else:
            side = FilVert(self._prefix, folder, self._ports, who)
        try:
            await side.start()
            self._refuse_unequal(side, advisers)
            async with Crowd(self._programs, folder / "sipp", self._ports) as crowd:
                if ready:
                    await crowd.register(who)
                    await side.ready()
                yield side, crowd
        finally:
            await side.stop()

    def _refuse_unequal(self, side: Side, advisers: int) -> None:
        """Both sides must have the very same phones, trunk and modules, or the comparison says nothing."""
        for file, without in (("pjsip.conf", ""), ("modules.conf", "load=app_queue.so\n")):
            text = (side.etc / file).read_text().replace(without, "")
            other = self._static.setdefault((advisers, file), text)
            if sorted(text.splitlines()) != sorted(other.splitlines()):
                raise SideError(f"{file} is not the same on both sides: the figures could not be compared")


class _Meter:
    """CPU since it was made, and the most memory seen, of both processes of a side."""

    def __init__(self, side: Side) -> None:
        self._pids = (side.asterisk_pid, side.controller_pid)
        self._began = self._cpu()
        self.asterisk_s = self.controller_s = 0.0
        self.asterisk_mib = self.controller_mib = 0.0

    def look(self) -> None:
        try:
            asterisk, controller = self._cpu()
            mib = [usage.rss_mib(pid) if pid is not None else 0.0 for pid in self._pids]
        except OSError as error:
            raise SideError("a process ended in the middle of a round") from error
        self.asterisk_s, self.controller_s = asterisk - self._began[0], controller - self._began[1]
        self.asterisk_mib = max(self.asterisk_mib, mib[0])
        self.controller_mib = max(self.controller_mib, mib[1])

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Look again and again."""
        task = asyncio.get_running_loop().create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()

    async def _watch(self) -> None:
        while True:
            with contextlib.suppress(SideError):
                self.look()
            await asyncio.sleep(WATCH_EVERY_S)

    def _cpu(self) -> tuple[float, float]:
        asterisk, controller = self._pids
        return usage.cpu_s(asterisk), usage.cpu_s(controller) if controller is not None else 0.0


async def _until(count: Callable[[], Awaitable[int]], wanted: int, limit_s: float) -> int:
    """Wait until there are so many, or until the limit; how many there are."""
    deadline = asyncio.get_running_loop().time() + limit_s
    while True:
        found = await count()
        if found >= wanted or asyncio.get_running_loop().time() > deadline:
            return found
        await asyncio.sleep(WATCH_EVERY_S)
