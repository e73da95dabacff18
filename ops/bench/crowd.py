"""The people of one round: a SIPp that answers for all advisers, their registrations, and a SIPp full of callers.

Decides how SIPp is called and how long it may take. Must not know which side is called.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Sequence
from pathlib import Path

from ops.asterisk.programs import Programs
from ops.bench import sipp_logs
from ops.bench.caller import adviser_phone, caller
from ops.bench.side import HOST, MEDIA_PORTS, NUMBER, PASSWORD, Ports, SideError
from ops.bench.sipp_logs import Talk, Tally
from ops.robots.scenarios import registration
from ops.robots.sipp import Sipp, end

REGISTERED_FOR_S = 3600
REGISTER_MAX_S = 60.0
SOCKET_BUFFER = 4 * 1024 * 1024  # bytes, that no message is lost in front of SIPp
AT_ONCE_MAX = 100_000  # callers; SIPp's own limit would slow the offering down


class Crowd:
    """Use as an async context manager: the phones answer from `register` until its end."""

    def __init__(self, programs: Programs, folder: Path, ports: Ports) -> None:
        self._programs = programs
        self._folder = folder
        self._ports = ports
        self._phones: asyncio.subprocess.Process | None = None
        self._callers: asyncio.subprocess.Process | None = None
        self._rounds = 0
        folder.mkdir(parents=True)

    async def __aenter__(self) -> Crowd:
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in (self._callers, self._phones):
            if process is not None:
                await end(process)

    async def register(self, advisers: Sequence[str]) -> None:
        """Have the phones answer and registered. Raises SideError."""
        self._phones = await self._sipp(self._ports.media[0]).start(
            adviser_phone(),
            "-trace_shortmsg", "-shortmessage_file", str(self._messages), "-rfc3339",
            "-l", str(AT_ONCE_MAX), "-buff_size", str(SOCKET_BUFFER),
            port=self._ports.phones, media_ports=MEDIA_PORTS,
        )  # fmt: skip
        contact = f"{HOST}:{self._ports.phones}"
        rows = "".join(f"{adviser};{PASSWORD};{contact}\n" for adviser in advisers)
        file = self._folder / "advisers.csv"
        file.write_text(f"SEQUENTIAL\n{rows}")
        process = await self._sipp(self._ports.media[2]).start(
            registration(REGISTERED_FOR_S),
            str(self._ports.sip), "-inf", str(file), "-m", str(len(advisers)), "-r", "100",
            media_ports=MEDIA_PORTS,
        )  # fmt: skip
        try:
            registered = await asyncio.wait_for(process.wait(), REGISTER_MAX_S) == 0
        except TimeoutError:
            registered = False
        finally:
            await end(process)
        if not registered:
            raise SideError("not all phones could register")

    async def start_calling(self, rate: float, calls: int, patience_s: float) -> None:
        """So many callers, so many each second; returns at once."""
        self._rounds += 1
        self._callers = await self._sipp(self._ports.media[1]).start(
            caller(patience_s, self._programs.dtmf),
            str(self._ports.sip), "-s", NUMBER, "-m", str(calls), "-r", f"{rate:g}", "-l", str(AT_ONCE_MAX),
            "-buff_size", str(SOCKET_BUFFER), "-trace_stat", "-stf", str(self._statistics), "-fd", "1",
            port=self._ports.callers, media_ports=MEDIA_PORTS,
        )  # fmt: skip

    async def called(self, limit_s: float) -> Tally:
        """Wait for the end of the callers; those who are left after the limit are sent away and have failed."""
        assert self._callers is not None
        try:
            await asyncio.wait_for(self._callers.wait(), limit_s)
        except TimeoutError:
            await self.send_away()
        try:
            return sipp_logs.tally(self._statistics.read_text())
        except (OSError, ValueError, KeyError) as error:
            raise SideError(f"SIPp's callers did not run: {error}; {self._complaints()}") from error

    async def send_away(self, grace_s: float = 10.0) -> None:
        """The callers who are left hang up: SIPp ends its calls at the second SIGUSR1."""
        assert self._callers is not None
        with contextlib.suppress(ProcessLookupError, TimeoutError):
            self._callers.send_signal(signal.SIGUSR1)
            await asyncio.sleep(0.2)
            self._callers.send_signal(signal.SIGUSR1)
            await asyncio.wait_for(self._callers.wait(), grace_s)
        await end(self._callers)

    def talks(self) -> list[Talk]:
        """Every talk on an adviser's phone so far."""
        with self._messages.open(encoding="utf-8", errors="replace") as lines:
            return sipp_logs.talks(lines)

    def _complaints(self) -> str:
        said = [file.read_text(errors="replace") for file in sorted(self._folder.glob("*.err"))]
        return "".join(said)[-500:] or "it wrote no error"

    @property
    def _messages(self) -> Path:
        return self._folder / "phones.log"

    @property
    def _statistics(self) -> Path:
        return self._folder / f"callers-{self._rounds}.csv"

    def _sipp(self, media: int) -> Sipp:
        return Sipp(self._programs, self._folder, [media])
