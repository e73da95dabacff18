"""The part of a floor that is about cases, over a real desk: what was decided is what is stored, and kept in memory.

Lists are cut by académie alone: filters are the store's, and tested there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from dialer.core.callbacks.states import CaseId
from dialer.core.cases.almanac import Almanac, almanac_at
from dialer.core.cases.case import Kind, standing
from dialer.core.cases.escalation import NextAction
from dialer.core.cases.file import CaseFile
from dialer.core.cases.retention import Archived
from dialer.core.cases.template import Template, TemplateId
from dialer.core.cases.visibility import Everywhere
from dialer.core.change import Change
from dialer.core.desk import Desk
from dialer.core.places.academie import AcademieCode
from dialer.core.revision import Versioned
from dialer.core.structures.search import Directory
from dialer.core.structures.structure import StructureId
from dialer.core.views import CaseFilter
from dialer.core.words import E164
from dialer.live_cases import academie_of, actions_of
from dialer.store.case_pages import CasePage, CaseRow
from dialer.store.case_rows import appointment_of, case_row


class FakeCases:
    """``files``: the newest version of each; of what was archived, that. Fields are those of the whole floor."""

    desk_: Desk
    at: datetime
    files: dict[CaseId, Versioned[CaseFile] | Archived]

    def keep_files(self, change: Change) -> None:
        self.files |= change.files
        for kept in change.retired:
            if isinstance(kept, Archived):
                self.files[kept.case] = kept
            else:
                self.files.pop(kept.case, None)

    async def cases_page(self, wanted: CaseFilter, limit: int, cursor: str | None) -> CasePage:
        rows = [self._row(each, wanted) for each in self.files.values() if isinstance(each, Versioned)]
        seen = [row for row in rows if isinstance(wanted.academies, Everywhere) or row.academie in wanted.academies]
        seen.sort(key=lambda row: (row.received_at, row.id), reverse=True)
        return CasePage(tuple(seen[:limit]), None)

    def _row(self, file: Versioned[CaseFile], wanted: CaseFilter) -> CaseRow:
        case, stored = file.value.case, case_row(file)
        clock = standing(case, wanted.at) if case.kind is Kind.RTF else None
        return CaseRow(
            id=case.id, kind=case.kind, received_at=case.received_at, legal_deadline_at=None,
            appointment_at=appointment_of(case), ended_at=case.ended.at if case.ended is not None else None,
            outcome=stored[6], academie=stored[11], officer=stored[12], version=file.version, first_name=stored[9],
            name=stored[10], phone=case.phone, archived=False, standing=clock,
        )  # fmt: skip

    async def case_file(self, case: CaseId) -> Versioned[CaseFile] | Archived | None:
        return self.files.get(case)

    async def cases_of_number(self, number: E164) -> Sequence[CaseId]:
        found = ((key, each) for key, each in self.files.items() if isinstance(each, Versioned))
        return [key for key, each in found if each.value.case.phone == number]

    async def next_actions(self, academies: Everywhere | frozenset[AcademieCode]) -> Sequence[NextAction]:
        files = [file.value for file in self.desk_.cabinet.files.values()]
        return actions_of(files, academies, self.at, self.desk_.rules)

    def almanac_of(self, case: CaseId) -> Almanac:
        file = self.desk_.cabinet.files.get(case)
        return almanac_at(file.value.postcode if file is not None else None, self.desk_.rules.calling.holidays)

    def templates(self) -> Mapping[TemplateId, Template]:
        return self.desk_.cabinet.bank.templates

    def directory(self) -> Directory:
        return Directory(self.desk_.register.structures.values(), academie_of)

    async def cases_of_structures(self) -> Mapping[StructureId, int]:
        return self.desk_.cabinet.pointing()

    def is_opposed(self, number: E164) -> bool:
        return self.desk_.book.is_opposed(number)
