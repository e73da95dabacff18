"""The cabinet: the files of all open cases, and of ended ones that somebody had in hand of late.

Decides which file an event goes to, in the version that is the newest, and what of it is stored. The book goes on
holding the case of each file, by which numbers and clocks are looked up. Must not know callbacks (who ends a case that
has one is seen to by `desk`), who may tell what, or the database: a file of an ended case comes with the event, as it
was stored, and counts only where none is here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from dialer.core import events as ev
from dialer.core.callbacks.book import Book
from dialer.core.callbacks.request import Intake
from dialer.core.callbacks.states import Callback, CaseId, Closed
from dialer.core.cases import audit
from dialer.core.cases.almanac import almanac_at
from dialer.core.cases.appointment import Fixed
from dialer.core.cases.bank import Bank
from dialer.core.cases.case import Case
from dialer.core.cases.file import CaseFile, FileStep, Scene, open_file, transition
from dialer.core.cases.path import open_path
from dialer.core.cases.refusals import CaseRefusal
from dialer.core.cases.responsible import PostcodeLearnt, responsible_for
from dialer.core.cases.retention import Archived, Erased
from dialer.core.cases.told import CallbackOver, FileEvent, RequestReceived
from dialer.core.change import Change
from dialer.core.in_force import InForce
from dialer.core.revision import Refusal, Versioned
from dialer.core.structures.structure import StructureId
from dialer.core.words import AdviserId, By, Instant, record

ENDED_KEPT_MAX = 2000
"""Files of ended cases that are kept in memory after somebody did something in them. It is what makes sure that of two
officers who tell something at once the second is told: their files were read while the first was being stored."""

File = Versioned[CaseFile]
T = TypeVar("T")


class Cabinet:
    def __init__(self, in_force: InForce, book: Book, files: Iterable[File], bank: Bank) -> None:
        self._in_force = in_force
        self._book = book
        self._files: dict[CaseId, File] = {}
        self._ended: dict[CaseId, File] = {}
        self._gone: dict[CaseId, None] = {}
        """Erased of late: what a case counts for is added up once."""
        self.bank = bank
        for file in files:
            self._hold(file)

    @property
    def files(self) -> Mapping[CaseId, File]:
        """Of the cases that have not ended."""
        return self._files

    def pointing(self) -> Mapping[StructureId, int]:
        """How many open cases have an appointment that stands with each structure."""
        found: Counter[StructureId] = Counter()
        for file in self._files.values():
            standing = (each.where for each in file.value.appointments if isinstance(each.state, Fixed))
            found.update({where.structure for where in standing if where.structure is not None})
        return found

    def in_hand(self, case: CaseId, at: Instant) -> bool:
        """Whether a path is open with the person, or an appointment ahead: then it is the officers who end the case."""
        file = self._files.get(case)
        if file is None:
            return False
        ahead = any(isinstance(each.state, Fixed) and each.on > at for each in file.value.appointments)
        return ahead or open_path(file.value.paths) is not None

    # -- the desk's own facts ----------------------------------------------------------------------

    def received(self, intake: Intake, case: Case, change: Change) -> None:
        """A request came for this case: its first, which opens the file, or one more."""
        at, request = intake.at, intake.request
        known = self._files.get(case.id)
        file = known if known is not None else Versioned(open_file(case, responsible_for(request.postcode, at)))
        self._tell(_with(file, case), RequestReceived(at, request, intake.booking.flags), change)
        if known is not None and request.postcode is not None:
            self._tell(self._files[case.id], PostcodeLearnt(at, request.postcode), change)

    def callback_over(self, callback: Callback, case: Case | None, change: Change) -> None:
        """A callback was closed. ``case``: as its outcome leaves it; None: it is no open case of ours any more."""
        file, state = self._at_hand(callback.case), callback.state
        if file is None or not isinstance(state, Closed):
            return
        told = CallbackOver(state.at, state.report, _who(callback) if state.by is By.PERSON else None)
        self._tell(_with(file, case) if case is not None else file, told, change)

    # -- what people tell --------------------------------------------------------------------------

    def told(self, event: ev.CaseTold, change: Change) -> None:
        """Done, or `Change.refused` says why not."""
        file = self._at_hand(event.case) or event.stored
        if file is None or event.case in self._gone:
            change.refused = CaseRefusal.UNKNOWN
            return
        change.refused = self._tell(file, event.told, change, event.against)

    def template_told(self, event: ev.TemplateTold, change: Change) -> None:
        told = self.bank.tell(event.told)
        if isinstance(told, CaseRefusal):
            change.refused = told
            return
        template, entry = told
        if entry is not None:
            change.templates[template.id] = template
            change.records.append(entry)

    def looked(self, event: ev.FilesLooked, change: Change) -> None:
        if event.what is audit.Looked.FILE:
            change.records += [audit.looked(case, event.by, event.at) for case in event.cases]
        else:
            change.records += audit.listed(event.cases, event.by, event.at, event.what)

    def retired(self, event: ev.CasesRetired, change: Change) -> None:
        """Cases whose time is over. One that is open, changed meanwhile or is gone already is none of them."""
        for kept in event.retired:
            if kept.case in self._files or kept.case in self._gone or self._changed(kept.case, event.against):
                continue
            self._ended.pop(kept.case, None)
            if isinstance(kept, Erased):
                _remember(self._gone, kept.case, None)
            change.retired.append(kept)
        for name, kind in (("cases_archived", Archived), ("cases_erased", Erased)):
            count = sum(isinstance(kept, kind) for kept in change.retired)
            if count:
                change.records.append(record(event.at, name, cases=count, by=event.by))

    # -- keeping -----------------------------------------------------------------------------------

    def _at_hand(self, case: CaseId) -> File | None:
        return self._files.get(case) or self._ended.get(case)

    def _tell(self, file: File, event: FileEvent, change: Change, against: int | None = None) -> Refusal | None:
        step: FileStep = transition(file, event, self._scene(file.value), against)
        if step.refused is not None:
            return step.refused
        change.records += step.records
        if step.file != self._at_hand(file.value.id):
            self._hold(step.file)
            change.files[step.file.value.id] = step.file
        return None

    def _hold(self, file: File) -> None:
        case = file.value.case
        self._book.keep_case(case)
        if case.ended is None:
            self._files[case.id] = file
            return
        self._files.pop(case.id, None)
        _remember(self._ended, case.id, file)

    def _changed(self, case: CaseId, against: Mapping[CaseId, int]) -> bool:
        known = self._ended.get(case)
        return known is not None and against.get(case, known.version) != known.version

    def _scene(self, file: CaseFile) -> Scene:
        rules = self._in_force.rules
        return Scene(almanac_at(file.postcode, rules.calling.holidays), rules.officers)


def _remember(known: dict[CaseId, T], case: CaseId, what: T) -> None:
    """As the newest of so many."""
    known.pop(case, None)
    known[case] = what
    if len(known) > ENDED_KEPT_MAX:
        del known[next(iter(known))]


def _with(file: File, case: Case) -> File:
    """The file with the desk's case in it; that alone makes no version."""
    return replace(file, value=replace(file.value, case=case))


def _who(callback: Callback) -> AdviserId | None:
    """Whose word the outcome is, as far as is known: who dialled last."""
    return callback.attempts[-1].adviser if callback.attempts else None
