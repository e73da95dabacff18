"""Cases, structures and templates of the running service, as the web sees them.

Decides which answers come from memory and which from the store: a file is told as it is stored, what is to be done and
who points to a structure as it is this instant. Must not know HTTP, nor who may see what.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

from dialer.clock import Clock
from dialer.core.callbacks.states import CaseId
from dialer.core.cases.almanac import Almanac, almanac_at
from dialer.core.cases.escalation import NextAction, in_order, next_actions
from dialer.core.cases.file import CaseFile
from dialer.core.cases.retention import Archived
from dialer.core.cases.template import Template, TemplateId
from dialer.core.cases.visibility import Everywhere
from dialer.core.places.academie import AcademieCode, Place, place_of
from dialer.core.revision import Versioned
from dialer.core.rules import Rules
from dialer.core.structures.search import Directory
from dialer.core.structures.structure import Structure, StructureId
from dialer.core.views import CaseFilter
from dialer.core.words import E164
from dialer.runner import Runner
from dialer.store.store import Store
from dialer.web.case_floor import CasePage
from dialer.web.floor import CallbackRow


class LiveCases:
    """The part of a `Floor` that is `case_floor.CaseFloor`."""

    def __init__(self, runner: Runner, store: Store, clock: Clock) -> None:
        self._runner = runner
        self._store = store
        self._clock = clock
        self._searched: tuple[Mapping[StructureId, Structure], Directory] | None = None

    async def cases_page(self, wanted: CaseFilter, limit: int, cursor: str | None) -> CasePage:
        return await self._store.cases.page(wanted, limit, cursor)

    async def case_file(self, case: CaseId) -> Versioned[CaseFile] | Archived | None:
        return await self._store.cases.file(case)

    async def case_callbacks(self, case: CaseId) -> Sequence[CallbackRow]:
        return await self._store.cases.callbacks(case)

    async def cases_of_number(self, number: E164) -> Sequence[CaseId]:
        return await self._store.cases.of_number(number)

    async def next_actions(self, academies: Everywhere | frozenset[AcademieCode]) -> Sequence[NextAction]:
        """In a thread: in a year with thousands of open cases it takes a while, and the calls shall not."""
        files = tuple(file.value for file in self._runner.desk.cabinet.files.values())
        return await asyncio.to_thread(actions_of, files, academies, self._clock.now(), self._runner.desk.rules)

    def almanac_of(self, case: CaseId) -> Almanac:
        file = self._runner.desk.cabinet.files.get(case)
        return almanac_at(file.value.postcode if file is not None else None, self._runner.desk.rules.calling.holidays)

    def templates(self) -> Mapping[TemplateId, Template]:
        return self._runner.desk.cabinet.bank.templates

    def directory(self) -> Directory:
        structures = self._runner.desk.register.structures
        if self._searched is None or self._searched[0] is not structures:  # asked for before it was renewed
            self._searched = structures, Directory(structures.values(), academie_of)
        return self._searched[1]

    async def renew_directory(self) -> None:
        """After its structures have changed. In a thread: of 5,000 it takes 0.15 s, and the calls shall not wait."""
        structures = self._runner.desk.register.structures
        directory = await asyncio.to_thread(Directory, structures.values(), academie_of)
        self._searched = structures, directory

    async def cases_of_structures(self) -> Mapping[StructureId, int]:
        return self._runner.desk.cabinet.pointing()

    def is_opposed(self, number: E164) -> bool:
        return self._runner.desk.book.is_opposed(number)


def actions_of(
    files: Sequence[CaseFile], academies: Everywhere | frozenset[AcademieCode], at: datetime, rules: Rules
) -> tuple[NextAction, ...]:
    """What is to be done in those of these cases that are of these académies, the most urgent first."""
    found: list[NextAction] = []
    for file in files:
        if isinstance(academies, Everywhere) or file.responsible.academie in academies:
            almanac = almanac_at(file.postcode, rules.calling.holidays)
            found += next_actions(file, at, rules.escalation, almanac, rules.officers)
    return in_order(found)


def academie_of(postcode: str) -> AcademieCode | None:
    place = place_of(postcode)
    return place.academie if isinstance(place, Place) else None
