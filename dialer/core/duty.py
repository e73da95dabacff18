"""Who is on duty: the advisers on a phone activity, until the plan next changes, and what that gives each queue.

Decides nothing that the plan does not say; it is kept because it is asked at every call and changes a few times a day.
"""

from __future__ import annotations

from dialer.core.rules import Rules
from dialer.core.words import AdviserId, Instant, QueueId
from schedules.shifts import Activity


class Duty:
    """True from ``at`` until ``until`` (None: for ever)."""

    def __init__(self, rules: Rules, at: Instant) -> None:
        on_phone = rules.shifts.advisers_on(Activity.PHONE, at)
        self._rules = rules
        self.advisers = frozenset(AdviserId(adviser) for adviser in on_phone if adviser in rules.advisers)
        self.until = rules.shifts.next_change(at)
        self._best: dict[QueueId, int] = {}
        for adviser in self.advisers:
            for queue, level in rules.advisers[adviser].skills.items():
                self._best[queue] = min(level, self._best.get(queue, level))

    def best_level(self, queue: QueueId) -> int | None:
        """The best level for the queue that somebody on duty has; None when nobody is."""
        return self._best.get(queue)

    def with_skill(self, queue: QueueId) -> list[AdviserId]:
        return [adviser for adviser in self.advisers if queue in self._rules.advisers[adviser].skills]
