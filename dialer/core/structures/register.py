"""The register: the directory's structures as they are now, and whether a change of them is made.

Decides that a change is made against what is there, and that nobody is sent to a structure that closes without a
successor. What a change says was planned before, by `structures_csv.plan`. Must not know the cases: how many point to a
structure is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from dialer.core import events as ev
from dialer.core.cases.refusals import CaseRefusal
from dialer.core.structures.structure import Structure, StructureId


class Register:
    def __init__(self, kept: Iterable[Structure]) -> None:
        self._structures = {each.id: each for each in kept}

    @property
    def structures(self) -> Mapping[StructureId, Structure]:
        """A new one after each change, so that what was made from it can be told from what is."""
        return self._structures

    def tell(
        self, event: ev.StructuresChanged, pointing: Callable[[], Mapping[StructureId, int]]
    ) -> tuple[Structure, ...] | CaseRefusal:
        """What is to be stored. ``pointing``: how many open cases each structure has; asked only when one closes."""
        if any(self._structures.get(after.id) != before for before, after in event.changes):
            return CaseRefusal.STALE
        left = [
            after.id
            for before, after in event.changes
            if before is not None and before.end != after.end and after.closed_on and after.successor is None
        ]
        if left:
            cases = pointing()
            if any(cases.get(each, 0) for each in left):
                return CaseRefusal.CASES_POINT_TO_IT
        changed = tuple(after for before, after in event.changes if after != before)
        self._structures = self._structures | {each.id: each for each in changed}
        return changed
