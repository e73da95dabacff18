"""queues.toml: how callers wait in each queue → the desk's QueueRules.

Decides the bounds within which an operator may set them. The defaults are those of QueueRules, written nowhere else.
"""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from itertools import pairwise
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from dialer.configuration.folder import Folder
from dialer.configuration.tables import EVERY_NAME, Named, Table, bounded, read_table, refusal, shown
from dialer.core.rules import QueueRules
from dialer.core.words import QueueId
from schedules.faults import Fault

FILE = "queues.toml"
NAME = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)
"""What may name a queue, a number or a hook."""
MUSIC = ("default",)
"""The music that `ops/asterisk` installs."""
LEVELS_MAX = 9

_DEFAULTS: dict[str, Any] = {one.name: one.default for one in fields(QueueRules) if one.default is not MISSING}


def words(text: str) -> str:
    """A name for people: one line of text. It travels to phones' displays, where a line break would end a header."""
    if not text.strip() or not text.isprintable() or len(text) > 80:
        raise refusal(f"{shown(text)} is not a name for people", "write one to 80 letters on one line")
    return text.strip()


def _music(name: str) -> str:
    if name not in MUSIC:
        raise refusal(f"there is no music {shown(name)}", f"use {', '.join(MUSIC)}")
    return name


def _steps(times: list[float]) -> list[float]:
    if any(later <= time for time, later in pairwise(times)):
        raise refusal(f"{shown(times)} does not go upwards", "write the waits after which level 2, 3, … open, in order")
    return times


def _bounded(name: str, least: float, most: float) -> Any:
    return bounded(_DEFAULTS[name], least, most)


class QueueTable(Table):
    """One table of queues.toml; seconds where a key ends in _s."""

    name: Annotated[str, AfterValidator(words)] = Field(examples=["Ligne principale"])
    music: Annotated[str, AfterValidator(_music)] = Field(default=_DEFAULTS["music"], examples=[_DEFAULTS["music"]])
    ring_max_s: float = _bounded("ring_max_s", 5, 120)
    overflow_after_s: Annotated[list[Annotated[float, Field(ge=0, le=3600)]], AfterValidator(_steps)] = Field(
        default=list(_DEFAULTS["overflow_after_s"]),
        max_length=LEVELS_MAX - 1,
        examples=[list(_DEFAULTS["overflow_after_s"])],
        description="from 0 to 3600",
    )
    wrap_up_max_s: float = _bounded("wrap_up_max_s", 0, 3600)
    wrap_up_then_ready: bool = Field(default=_DEFAULTS["wrap_up_then_ready"], examples=[False])
    contact_required: bool = Field(default=_DEFAULTS["contact_required"], examples=[True])
    size_max: int = _bounded("size_max", 1, 10_000)
    wait_max_s: float = _bounded("wait_max_s", 10, 14_400)
    announce_first_s: float = _bounded("announce_first_s", 1, 3600)
    announce_every_s: float = _bounded("announce_every_s", 10, 3600)
    misses_max: int = _bounded("misses_max", 1, 10)
    answered_within_s: float = _bounded("answered_within_s", 1, 600)
    callback_share: float = _bounded("callback_share", 0, 1)
    callback_handling_s: float = _bounded("callback_handling_s", 60, 7200)


def read_queues(folder: Folder, faults: list[Fault]) -> Named[QueueRules]:
    file = folder.toml(FILE)
    if file is None:
        return Named({}, EVERY_NAME)
    if not file.table:
        faults.append(Fault(file.where, "there are no queues", 'write [main], and below it name = "Ligne principale"'))
    whole: dict[str, QueueRules] = {}
    for name, written in file.table.items():
        where = f"{file.where} [{name}]"
        before = len(faults)
        if NAME.fullmatch(name) is None:
            faults.append(Fault(where, f"{shown(name)} cannot name a queue", "use small letters, figures and _"))
        table = read_table(QueueTable, written, where, faults)
        if table is not None and table.overflow_after_s and table.overflow_after_s[-1] >= table.wait_max_s:
            what = f"level {len(table.overflow_after_s) + 1} would open when the wait is over"
            mend = f"write less than wait_max_s = {table.wait_max_s:g}"
            faults.append(Fault(f"{where} overflow_after_s", what, mend))
        if table is not None and table.contact_required and table.wrap_up_then_ready:
            what = "nobody is ready at the end of a wrap-up whose contact is required"
            mend = "write wrap_up_then_ready = false, or contact_required = false"
            faults.append(Fault(f"{where} wrap_up_then_ready", what, mend))
        if table is not None and len(faults) == before:
            settings = table.model_dump() | {"overflow_after_s": tuple(table.overflow_after_s)}
            whole[name] = QueueRules(QueueId(name), **settings)
    return Named(whole, file.table.keys())


def levels_of(queue: QueueRules) -> int:
    """How many levels of advisers the queue ever opens to."""
    return len(queue.overflow_after_s) + 1
