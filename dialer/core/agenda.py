"""When to look at what again: the deadlines that calls, callbacks, advisers and the plan hold, in their order.

Decides only the order. An entry is no timer: whoever takes it out looks whether the deadline still stands.
"""

from __future__ import annotations

import heapq
from typing import Literal

from dialer.core.words import Instant

Kind = Literal["call", "callback", "adviser", "shift"]
Entry = tuple[Instant, Kind, str]


class Agenda:
    """Entries by instant, each once; those of one instant in the order they were put in."""

    def __init__(self) -> None:
        self._heap: list[tuple[Instant, int, Kind, str]] = []
        self._entries: set[Entry] = set()
        self._count = 0

    def __contains__(self, entry: Entry) -> bool:
        return entry in self._entries

    @property
    def next_at(self) -> Instant | None:
        return self._heap[0][0] if self._heap else None

    def put(self, at: Instant, kind: Kind, key: str) -> None:
        if (at, kind, key) not in self._entries:
            self._entries.add((at, kind, key))
            self._count += 1
            heapq.heappush(self._heap, (at, self._count, kind, key))

    def take(self, at: Instant) -> list[Entry]:
        """Everything due at ``at``, out of the agenda: what is put in again at once waits for the next time."""
        due: list[Entry] = []
        while self._heap and self._heap[0][0] <= at:
            entry_at, _, kind, key = heapq.heappop(self._heap)
            due.append((entry_at, kind, key))
        self._entries.difference_update(due)
        return due
