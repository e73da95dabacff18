"""What the web may ask of the service about cases, structures and templates. Who may see which was asked before.

Decides the words between the two, as `floor` does. Must not know how any of it is held or stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from dialer.core.callbacks.states import CaseId
from dialer.core.cases.almanac import Almanac
from dialer.core.cases.escalation import NextAction
from dialer.core.cases.file import CaseFile
from dialer.core.cases.retention import Archived
from dialer.core.cases.template import Template, TemplateId
from dialer.core.cases.visibility import Everywhere
from dialer.core.places.academie import AcademieCode
from dialer.core.revision import Versioned
from dialer.core.structures.search import Directory
from dialer.core.structures.structure import StructureId
from dialer.core.views import CaseFilter
from dialer.core.words import E164

if TYPE_CHECKING:
    from dialer.web.floor import CallbackRow


class CaseRow(Protocol):
    """One case of a list, as it is stored. Names and phone None: not known, or no longer kept.

    appointment_at: the first that holds. standing: at the instant that was asked for.
    """

    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def received_at(self) -> datetime: ...
    @property
    def legal_deadline_at(self) -> datetime | None: ...
    @property
    def standing(self) -> str | None:
        """None where no law sets a deadline."""

    @property
    def appointment_at(self) -> datetime | None: ...
    @property
    def ended_at(self) -> datetime | None: ...
    @property
    def outcome(self) -> str | None: ...
    @property
    def academie(self) -> str | None: ...
    @property
    def officer(self) -> str | None: ...
    @property
    def version(self) -> int: ...
    @property
    def first_name(self) -> str | None: ...
    @property
    def name(self) -> str | None: ...
    @property
    def phone(self) -> str | None: ...
    @property
    def archived(self) -> bool: ...


class CasePage(Protocol):
    """Some cases, the newest receipt first, and the cursor of those after them; None at the end."""

    @property
    def items(self) -> Sequence[CaseRow]: ...
    @property
    def next(self) -> str | None: ...


class CaseFloor(Protocol):
    async def cases_page(self, wanted: CaseFilter, limit: int, cursor: str | None) -> CasePage:
        """Stored cases. Raises BadCursor."""

    async def case_file(self, case: CaseId) -> Versioned[CaseFile] | Archived | None:
        """As it is stored: whole, or what the archive has of it."""

    async def case_callbacks(self, case: CaseId) -> Sequence[CallbackRow]:
        """All callbacks of a case with their attempts, the oldest first."""

    async def cases_of_number(self, number: E164) -> Sequence[CaseId]:
        """The cases of a number, open, ended or in the archive, the newest receipt first."""

    async def next_actions(self, academies: Everywhere | frozenset[AcademieCode]) -> Sequence[NextAction]:
        """What is to be done in the open cases of these académies, the most urgent first."""

    def almanac_of(self, case: CaseId) -> Almanac:
        """The days where the person of an open case lives; of one that has ended, those of Paris."""

    def templates(self) -> Mapping[TemplateId, Template]: ...

    def directory(self) -> Directory:
        """All structures, as they are stored."""

    async def cases_of_structures(self) -> Mapping[StructureId, int]:
        """How many open cases have an appointment that stands with each structure; 0 of those not named."""

    def is_opposed(self, number: E164) -> bool:
        """Whether somebody asked that this number is never called again."""
