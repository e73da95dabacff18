"""How far the journal goes, for whoever begins to read it now and has nothing to do with the past.

Decides nothing. Must not know who reads, nor what.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from dialer.core.words import Record


class Journal(Protocol):
    async def records_after(self, seq: int, limit: int, prefix: str = "callback_") -> Sequence[tuple[int, Record]]:
        """The first ``limit`` records whose number is above ``seq``, in their order. Raises StoreError."""


async def end_of_journal(journal: Journal) -> int:
    """A number that no record of callbacks is above, found in some dozens of questions however long the journal is."""
    low, high = 0, 1
    while found := await journal.records_after(high, 1):
        high = 2 * found[0][0]
    while low < high:
        middle = (low + high) // 2
        if found := await journal.records_after(middle, 1):
            low = found[0][0]
        else:
            high = middle
    return high
