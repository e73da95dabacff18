"""The officers' side of the desk: what is told of cases, templates and structures, and that a number is opposed.

Decides what goes together: who ends a case calls off what was promised in it. Must not know calls, advisers, or who may
tell what.
"""

from __future__ import annotations

from dialer.core import events as ev
from dialer.core.callbacks.book import Book
from dialer.core.callbacks.promises import Promises
from dialer.core.callbacks.states import Joined, Talking, WithGuest
from dialer.core.cases import audit
from dialer.core.cases.cabinet import Cabinet
from dialer.core.cases.refusals import CaseRefusal
from dialer.core.cases.told import CaseEnded
from dialer.core.change import Change
from dialer.core.structures.register import Register
from dialer.core.words import CallId, record

OfficeEvent = (
    ev.NumberOpposed
    | ev.CaseTold
    | ev.FilesLooked
    | ev.HistoryLooked
    | ev.TemplateTold
    | ev.StructuresChanged
    | ev.CasesRetired
)
LOOKS_KEPT_MAX = 1000


class Office:
    def __init__(self, book: Book, promises: Promises, cabinet: Cabinet, register: Register) -> None:
        self._book = book
        self._promises = promises
        self._cabinet = cabinet
        self._register = register
        self._looks: dict[tuple[CallId, str], None] = {}
        """Of late. Two browsers of one adviser ask at the same moment, and look once."""

    def tell(self, event: OfficeEvent, change: Change) -> None:
        match event:
            case ev.NumberOpposed():
                self._promises.oppose(event, change)
            case ev.CaseTold(told=CaseEnded()):
                self._case_ends(event, change)
            case ev.CaseTold():
                self._cabinet.told(event, change)
            case ev.FilesLooked():
                self._cabinet.looked(event, change)
            case ev.HistoryLooked():
                self._history_looked(event, change)
            case ev.TemplateTold():
                self._cabinet.template_told(event, change)
            case ev.StructuresChanged():
                self._structures_changed(event, change)
            case ev.CasesRetired():
                self._cabinet.retired(event, change)

    def _case_ends(self, event: ev.CaseTold, change: Change) -> None:
        """While its person is talked with, a case is not ended: what comes of the talk is the adviser's to say."""
        callback = self._book.of_case(event.case)
        if callback is not None and isinstance(callback.state, Talking | WithGuest | Joined):
            change.refused = "talking"
            return
        self._cabinet.told(event, change)
        if change.refused is None:
            self._promises.case_ends(event.case, event.at, change)

    def _history_looked(self, event: ev.HistoryLooked, change: Change) -> None:
        look = event.visit, event.by.name
        if look not in self._looks:
            self._looks[look] = None
            if len(self._looks) > LOOKS_KEPT_MAX:
                del self._looks[next(iter(self._looks))]
            change.records += audit.history_looked(event.visit, event.cases, event.by, event.adviser, event.at)

    def _structures_changed(self, event: ev.StructuresChanged, change: Change) -> None:
        changed = self._register.tell(event, self._cabinet.pointing)
        if isinstance(changed, CaseRefusal):
            change.refused = changed
        elif changed:
            change.structures += changed
            change.records.append(record(event.at, "structures_changed", structures=len(changed), by=event.by))
