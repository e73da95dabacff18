"""What a process used, from /proc: CPU of all its threads, resident memory.

Knows Linux, and nothing of what the process is.
"""

from __future__ import annotations

import os
from pathlib import Path

MIB = 1024 * 1024
_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """CPU seconds, user and system, of the process since it began (its children's are not in it)."""
    return cpu_in(Path(f"/proc/{pid}/stat").read_text())


def cpu_in(stat: str) -> float:
    """The same out of the text of a `stat` file. The program's name, in brackets, may hold blanks and brackets."""
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def rss_mib(pid: int) -> float:
    """Resident memory now."""
    return _memory_mib(Path(f"/proc/{pid}/status").read_text(), "VmRSS")


def _memory_mib(status: str, name: str) -> float:
    for line in status.splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024 / MIB
    raise ValueError(f"there is no {name} in this status")
