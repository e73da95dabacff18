"""Faults as an operator reads them in a terminal: in order of files and places, each with how to mend it.

Decides their order and wording only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from schedules.faults import Fault

_FIGURES = re.compile(r"(\d+)", re.ASCII)


def fault_lines(faults: Iterable[Fault]) -> list[str]:
    """One line for each fault, sorted by file and, within it, by place: line 9 before line 10. Each told once."""
    return [str(fault) for fault in sorted(set(faults), key=_place)]


def summary(faults: Iterable[Fault]) -> str:
    """How many there are: the last line of a report."""
    count = len(set(faults))
    return "no fault" if not count else "1 fault" if count == 1 else f"{count} faults"


def _place(fault: Fault) -> tuple[list[tuple[int, str]], str]:
    # Figures at odd places, compared by their value; text at even ones.
    parts = _FIGURES.split(fault.where)
    return [(int(part[:18]), "") if at % 2 else (0, part) for at, part in enumerate(parts)], fault.what
