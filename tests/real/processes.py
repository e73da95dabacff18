"""Which processes belong to a house: those whose command line or environment names its folder."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def mentioning(folder: Path) -> dict[int, list[str]]:
    """Pid → command line of every process that was started in, for or from this folder; never this one."""
    wanted = os.fsencode(folder)
    found: dict[int, list[str]] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):  # it ended meanwhile, or is another user's
            command = (entry / "cmdline").read_bytes()
            if command and (wanted in command or wanted in (entry / "environ").read_bytes()):
                found[int(entry.name)] = [os.fsdecode(part) for part in command.split(b"\0")[:-1]]
    return found
