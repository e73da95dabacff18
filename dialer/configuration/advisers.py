"""advisers.toml: who the advisers are and what they can answer → the desk's AdviserRules.

Decides which ids an adviser may have: the id is the SIP user of their phone. Must not know passwords: `secrets`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, Field

from dialer.configuration.folder import Folder
from dialer.configuration.queues import FILE as QUEUES
from dialer.configuration.queues import LEVELS_MAX, levels_of, words
from dialer.configuration.tables import EVERY_NAME, Named, Table, read_table, shown
from dialer.core.rules import AdviserRules, QueueRules
from dialer.core.words import AdviserId, QueueId
from schedules.faults import Fault

FILE = "advisers.toml"
ID = re.compile(r"[a-z][a-z0-9]{1,15}", re.ASCII)
RESERVED = frozenset({"anonymous", "dialer", "global", "system", "trunk", "wish"})
"""Names that Asterisk's configuration uses itself."""


class AdviserTable(Table):
    """One table of advisers.toml. skills: queue → level, 1 is best; none for someone who answers no telephone."""

    name: Annotated[str, AfterValidator(words)] = Field(examples=["Inès Belkacem"])
    skills: dict[str, Annotated[int, Field(ge=1, le=LEVELS_MAX)]] = Field(
        examples=[{"main": 1, "dropout": 2}], description=f"from 1, the best, to {LEVELS_MAX}"
    )


def read_advisers(folder: Folder, queues: Named[QueueRules], faults: list[Fault]) -> Named[AdviserRules]:
    file = folder.toml(FILE)
    if file is None:
        return Named({}, EVERY_NAME)
    if not file.table:
        mend = 'write [adv01], and below it name = "Inès Belkacem" and skills = { main = 1 }'
        faults.append(Fault(file.where, "there are no advisers", mend))
    whole: dict[str, AdviserRules] = {}
    for name, written in file.table.items():
        where = f"{file.where} [{name}]"
        before = len(faults)
        if ID.fullmatch(name) is None:
            mend = "use 2 to 16 small letters and figures, a letter first, as adv01"
            faults.append(Fault(where, f"{shown(name)} cannot be the SIP user of a phone", mend))
        elif name in RESERVED:
            faults.append(Fault(where, f"{shown(name)} is taken by the system", "choose another id, as adv01"))
        table = read_table(AdviserTable, written, where, faults)
        if table is not None:
            _check_skills(table.skills, f"{where} skills", queues, faults)
        if table is not None and len(faults) == before:
            skills = MappingProxyType({QueueId(queue): level for queue, level in table.skills.items()})
            whole[name] = AdviserRules(AdviserId(name), table.name, skills)
    advisers = Named(whole, file.table.keys())
    if advisers.is_whole:
        _refuse_unanswered(folder, queues, advisers, faults)
    return advisers


def _check_skills(skills: Mapping[str, int], where: str, queues: Named[QueueRules], faults: list[Fault]) -> None:
    for queue, level in skills.items():
        if queue not in queues.names:
            mend = f"use {', '.join(sorted(queues.names))}, or add it to {QUEUES}"
            faults.append(Fault(f"{where}.{queue}", f"there is no queue {shown(queue)}", mend))
        elif queue in queues.whole and level > levels_of(queues.whole[queue]):
            what = f"level {level} never opens: the queue has {levels_of(queues.whole[queue])}"
            mend = f"write a smaller level, or more times in overflow_after_s of {QUEUES} [{queue}]"
            faults.append(Fault(f"{where}.{queue}", what, mend))


def _refuse_unanswered(
    folder: Folder, queues: Named[QueueRules], advisers: Named[AdviserRules], faults: list[Fault]
) -> None:
    answered = {queue for adviser in advisers.whole.values() for queue in adviser.skills}
    for queue in queues.whole:
        if queue not in answered:
            mend = f"give an adviser this skill in {FILE}, as skills = {{ {queue} = 1 }}, or take the queue out"
            faults.append(Fault(f"{folder.where(QUEUES)} [{queue}]", "nobody can answer this queue", mend))
