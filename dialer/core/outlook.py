"""How long a caller will wait, as an honest range or not at all.

Decides the estimate from how fast the queue was answered of late: position ÷ rate of answers over the last half hour,
given as a range, and None while too few answers are known. Must not know who answers.
"""

from __future__ import annotations

from collections import deque
from datetime import timedelta

from dialer.core.words import Instant, QueueId

WINDOW = timedelta(minutes=30)
ANSWERS_MIN = 8
"""Fewer answers than this in the window say too little (our decision)."""
KEPT_MAX = 200
LOW, HIGH = 0.7, 1.4
"""The range around the estimate; for Poisson arrivals of free advisers the 8th answer has a deviation of about 35 %."""


class Outlook:
    """The answers of late, by queue."""

    def __init__(self) -> None:
        self._answers: dict[QueueId, deque[Instant]] = {}

    def answered(self, queue: QueueId, at: Instant) -> None:
        self._answers.setdefault(queue, deque(maxlen=KEPT_MAX)).append(at)

    def expected_wait_s(self, queue: QueueId, position: int, at: Instant) -> tuple[float, float] | None:
        """(low, high) in seconds for the caller at ``position`` (1 = next), or None."""
        answers = self._answers.get(queue)
        if answers is None:
            return None
        while answers and answers[0] < at - WINDOW:
            answers.popleft()
        if len(answers) < ANSWERS_MIN:
            return None
        pace_s = (at - answers[0]).total_seconds() / len(answers)
        return LOW * position * pace_s, HIGH * position * pace_s
