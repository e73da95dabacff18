"""One running SIPp: started from a scenario, ended by us, its ports its own.

Decides which ports a process gets. Must not know what the scenario is for.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections.abc import Iterable
from pathlib import Path

from ops.asterisk.programs import Programs

HOST = "127.0.0.1"
MEDIA_PORTS = 12
"""Media ports of one process with one call; phones that take many calls are given more."""
_numbers = itertools.count(1)


def free_port() -> int:
    """A UDP port that nobody has just now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


class Sipp:
    """A SIPp process. Its scenario, error and message files lie in ``folder``."""

    def __init__(self, programs: Programs, folder: Path, media: Iterable[int]) -> None:
        """``media``: first ports of ranges that are free, each used for one process after the other."""
        self._programs = programs
        self._folder = folder
        self._media = itertools.cycle(media)

    async def start(
        self, scenario: str, *arguments: str, port: int | None = None, media_ports: int = MEDIA_PORTS
    ) -> asyncio.subprocess.Process:
        """Run the scenario. The caller waits for or ends the process."""
        name = f"{next(_numbers):05d}"
        file = self._folder / f"{name}.xml"
        file.write_text(scenario)
        first = next(self._media)
        return await asyncio.create_subprocess_exec(
            *self._programs.sipp,
            *arguments,
            "-sf", str(file),
            "-i", HOST,
            "-p", str(port or free_port()),
            "-mp", str(first),
            "-min_rtp_port", str(first),
            "-max_rtp_port", str(first + media_ports - 2),
            "-nostdin",
            "-trace_err",
            "-error_file", str(self._folder / f"{name}.err"),
            cwd=self._folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip


async def end(process: asyncio.subprocess.Process, grace_s: float = 2.0) -> None:
    """End a process that we started, kindly and then not."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), grace_s)
    except TimeoutError:
        process.kill()
        await process.wait()
