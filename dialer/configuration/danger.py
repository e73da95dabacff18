"""danger.toml: whom the danger key of an adviser brings into the talk, in the order in which they are shown.

Decides what names and numbers may stand there. A short number, as 119, is dialled as it is. Must not know who is free.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, Field

from dialer.configuration.folder import Folder
from dialer.configuration.installation import french_number
from dialer.configuration.queues import words
from dialer.configuration.tables import Table, read_table, refusal, shown
from dialer.core.rules import DangerTarget
from dialer.core.words import E164, AdviserId, ShortNumber
from schedules.faults import Fault

FILE = "danger.toml"
_ID = re.compile(r"[a-z0-9][a-z0-9_]{0,31}", re.ASCII)
_SHORT = re.compile(r"\d{2,4}|116\d{3}", re.ASCII)
"""119, 3114; 116 000 is Europe's."""
_SPECIAL = re.compile(r"\+338", re.ASCII)


def _number(written: str) -> str:
    digits = re.sub(r"[ .\u00a0\u202f-]", "", written)
    if _SHORT.fullmatch(digits):
        return digits
    number = french_number(written)
    if number is None or _SPECIAL.match(number):
        raise refusal(
            f"{shown(written)} is no number of help", 'write a short one, as "119", or an ordinary French one'
        )
    return number


class DangerTable(Table):
    """One table of danger.toml. Either a number, or advisers: the first of them who is free is rung."""

    name: Annotated[str, AfterValidator(words)] = Field(examples=["119, enfance en danger"])
    number: Annotated[str, AfterValidator(_number)] | None = Field(default=None, examples=["119"])
    advisers: list[str] | None = Field(default=None, min_length=1, examples=[["adv01"]])


def read_danger(folder: Folder, advisers: Collection[str], faults: list[Fault]) -> Mapping[str, DangerTarget]:
    """Those without fault, by their ids. advisers: the ids of those there are."""
    file = folder.toml(FILE) if folder.has(FILE) else None
    whole: dict[str, DangerTarget] = {}
    for name, written in {} if file is None else file.table.items():
        where = f"{folder.where(FILE)} [{name}]"
        before = len(faults)
        if _ID.fullmatch(name) is None:
            faults.append(Fault(where, f"{shown(name)} cannot name who helps", "use small letters, figures and _"))
        table = read_table(DangerTable, written, where, faults)
        if table is None:
            continue
        if (table.number is None) == (table.advisers is None):
            said = "neither a number nor advisers" if table.number is None else "both a number and advisers"
            faults.append(Fault(where, f"has {said}", 'write number = "119", or advisers = ["adv01"]'))
        for adviser in table.advisers or ():
            if adviser not in advisers:
                here = f"{where} advisers"
                faults.append(Fault(here, f"{shown(adviser)} is no adviser", "use the ids of advisers.toml"))
        if len(faults) == before:
            supervisors = tuple(dict.fromkeys(map(AdviserId, table.advisers or ())))
            whole[name] = DangerTarget(name, table.name, _dialled(table.number), supervisors)
    return MappingProxyType(whole)


def _dialled(number: str | None) -> E164 | ShortNumber | None:
    if number is None:
        return None
    return E164(number) if number.startswith("+") else ShortNumber(number)
