"""Who is offered which waiting call or callback, and why.

Decides the next pair of caller and adviser: among all callers whom somebody free may answer, the one of the best
priority class and then of the earliest arrival; for that caller the best level open, and within it the adviser who has
been idle longest (ties by id, so that the same day gives the same choices). Must not know what a call or an adviser
does next, nor the clock.

Callbacks that are due stand in the same order, by the same key, in a list of their own for each queue; its head is
looked at only while the queue has advisers left that are reserved for callbacks, of whatever level. So a dated callback
is first among those advisers and never takes another, and one without a date waits at its caller's place.

Cost: a choice looks at the head of each queue's list for each level, so it does not grow with the number of callers
who wait; entering and leaving a list costs O(log n).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sortedcontainers import SortedList

from dialer.core.words import AdviserId, CallId, Instant, QueueId, Why

CallKey = tuple[int, Instant, CallId]
"""Priority class (the smallest first), place, id."""
AdviserKey = tuple[Instant, AdviserId]
"""Idle since, id."""


@dataclass(frozen=True, slots=True)
class Match:
    """``call``: the id of a call or, with ``callback``, the one by which a callback is known as a call is."""

    call: CallId
    adviser: AdviserId
    why: Why
    callback: bool = False


@dataclass(slots=True)
class _Lists:
    """One queue and one level: callers for whom this level is open, and free advisers who are of exactly this level."""

    callers: SortedList[CallKey]
    advisers: SortedList[AdviserKey]


class Pool:
    """The callers who wait and the advisers who could answer, indexed for the choice."""

    def __init__(self) -> None:
        self._lists: dict[QueueId, list[_Lists]] = {}
        self._calls: dict[CallId, tuple[QueueId, int, CallKey, Instant]] = {}
        self._advisers: dict[AdviserId, tuple[AdviserKey, Mapping[QueueId, int]]] = {}
        self._due: dict[QueueId, SortedList[CallKey]] = {}
        self._callbacks: dict[CallId, tuple[QueueId, CallKey, Instant]] = {}

    def put_callback(self, visit: CallId, queue: QueueId, priority: int, place: Instant, due_at: Instant) -> None:
        """This callback is due. Replaces what was known of it."""
        self.drop_callback(visit)
        key = (priority, place, visit)
        self._due.setdefault(queue, SortedList()).add(key)
        self._callbacks[visit] = (queue, key, due_at)

    def drop_callback(self, visit: CallId) -> None:
        held = self._callbacks.pop(visit, None)
        if held is not None:
            queue, key, _ = held
            self._due[queue].remove(key)

    def put_call(
        self, call: CallId, queue: QueueId, level: int, priority: int, place: Instant, queued_at: Instant
    ) -> None:
        """This caller waits, and advisers up to ``level`` may be offered them. Replaces what was known of the call."""
        held = self._calls.get(call)
        key = (priority, place, call)
        if held is not None:
            if held[:3] == (queue, level, key):
                self._calls[call] = (queue, level, key, queued_at)
                return
            self.drop_call(call)
        lists = self._of(queue, level)
        for lower in lists[:level]:
            lower.callers.add(key)
        self._calls[call] = (queue, level, key, queued_at)

    def drop_call(self, call: CallId) -> None:
        held = self._calls.pop(call, None)
        if held is not None:
            queue, level, key, _ = held
            for lower in self._lists[queue][:level]:
                lower.callers.remove(key)

    def put_adviser(self, adviser: AdviserId, idle_since: Instant, skills: Mapping[QueueId, int]) -> None:
        """This adviser is eligible. Replaces what was known of them."""
        self.drop_adviser(adviser)
        key = (idle_since, adviser)
        for queue, level in skills.items():
            self._of(queue, level)[level - 1].advisers.add(key)
        self._advisers[adviser] = (key, skills)

    def drop_adviser(self, adviser: AdviserId) -> None:
        held = self._advisers.pop(adviser, None)
        if held is not None:
            key, skills = held
            for queue, level in skills.items():
                self._lists[queue][level - 1].advisers.remove(key)

    def position(self, call: CallId) -> int:
        """1 for the caller who is next in their queue. 0 when the call does not wait."""
        held = self._calls.get(call)
        if held is None:
            return 0
        queue, _, key, _ = held
        position: int = self._lists[queue][0].callers.index(key) + 1
        return position

    def queue_of(self, call: CallId) -> QueueId | None:
        """Where the caller waits, if they do."""
        held = self._calls.get(call)
        return held[0] if held is not None else None

    def waiting(self, queue: QueueId) -> int:
        """How many wait in the queue."""
        lists = self._lists.get(queue)
        return len(lists[0].callers) if lists else 0

    def eligible(self, queue: QueueId) -> int:
        """How many advisers could be offered a caller of the queue, of any level."""
        return sum(len(level.advisers) for level in self._lists.get(queue, ()))

    def in_order(self, queue: QueueId) -> Iterable[CallId]:
        """The callers of the queue, the next one first."""
        lists = self._lists.get(queue)
        return [key[2] for key in lists[0].callers] if lists else []

    def head_since(self, queue: QueueId) -> Instant | None:
        """When the caller who is next in the queue entered it."""
        lists = self._lists.get(queue)
        return self._calls[lists[0].callers[0][2]][3] if lists and lists[0].callers else None

    def due(self, queue: QueueId) -> int:
        """How many callbacks are due in the queue."""
        return len(self._due.get(queue, ()))

    def next_match(self, at: Instant, reserved_left: Callable[[QueueId], bool] = lambda _: False) -> Match | None:
        """The next pair, or None when nobody who waits could be offered to anybody.

        reserved_left: whether a queue has advisers left of those reserved for callbacks.
        """
        best: CallKey | None = None
        for lists in self._lists.values():
            for level in lists:
                if level.advisers and level.callers:
                    head = level.callers[0]
                    if best is None or head < best:
                        best = head
        found: QueueId | None = None
        for queue, due in self._due.items():
            if due and (best is None or due[0] < best) and self.eligible(queue) and reserved_left(queue):
                best, found = due[0], queue
        if best is None:
            return None
        if found is not None:
            return self._matched(best[2], found, len(self._lists[found]), self._callbacks[best[2]][2], at, True)
        queue, open_level, _, queued_at = self._calls[best[2]]
        return self._matched(best[2], queue, open_level, queued_at, at, False)

    def _matched(
        self, visit: CallId, queue: QueueId, open_level: int, since: Instant, at: Instant, callback: bool
    ) -> Match:
        for number, level in enumerate(self._lists[queue][:open_level], start=1):
            if level.advisers:
                idle_since, adviser = level.advisers[0]
                why = Why(
                    level=number,
                    idle_s=(at - idle_since).total_seconds(),
                    candidates=len(level.advisers),
                    waited_s=(at - since).total_seconds(),
                )
                return Match(visit, adviser, why, callback)
        raise AssertionError("who is at the head of a list has a level open with somebody in it")

    def _of(self, queue: QueueId, level: int) -> list[_Lists]:
        lists = self._lists.setdefault(queue, [])
        while len(lists) < level:
            fresh = _Lists(SortedList(), SortedList())
            lists.append(fresh)
        return lists
