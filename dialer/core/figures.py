"""The figures of a day, folded from the journal: no figure comes from anywhere else.

Decides the definitions (Services Publics+ and the market's, which differ; domain notes): *answered rate* is calls
handled by an adviser ÷ calls that asked for one; *market answer rate* is handled ÷ received; short abandons are stated
apart; the service level is given in both its forms. Must not know the database nor the screens.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from dialer.core.words import LineId, Outcome, QueueId, Record

SHORT_ABANDON_S = 5.0
"""An abandon in the queue sooner than this is stated apart (our decision; operators differ between 5 and 10 s)."""


@dataclass(slots=True)
class Tally:
    """Counts of one line or queue, of the whole day."""

    received: int = 0
    asked: int = 0
    """Asked for an adviser: were in a queue, or were refused one because it was full or nobody was on shift."""
    answered: int = 0
    abandoned: int = 0
    """Left a queue by hanging up, short ones included."""
    short_abandoned: int = 0
    answered_in_time: int = 0
    left_in_time: int = 0
    """Answered or abandoned within the queue's limit."""
    outcomes: dict[str, int] = field(default_factory=dict)
    waited_s: float = 0.0
    """Sum over the answered."""
    waited_s_max: float = 0.0
    talked_s: float = 0.0
    reasons: dict[str, int] = field(default_factory=dict)
    """Why people called, by the contacts that were filed: one may have several."""

    @property
    def answered_rate(self) -> float | None:
        """Taux de décroché par un agent: answered ÷ asked."""
        return _ratio(self.answered, self.asked)

    @property
    def market_answer_rate(self) -> float | None:
        return _ratio(self.answered, self.received)

    @property
    def abandon_rate(self) -> float | None:
        return _ratio(self.abandoned, self.asked)

    @property
    def service_level(self) -> float | None:
        """Answered in time ÷ answered."""
        return _ratio(self.answered_in_time, self.answered)

    @property
    def service_level_offered(self) -> float | None:
        """Answered or abandoned in time ÷ offered."""
        return _ratio(self.left_in_time, self.asked)

    @property
    def mean_wait_s(self) -> float | None:
        return _ratio(self.waited_s, self.answered)

    @property
    def mean_talk_s(self) -> float | None:
        return _ratio(self.talked_s, self.answered)


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


class Figures:
    """One day's tallies: of all, by line and by queue. Feed it every record of that day, in any order of calls."""

    def __init__(self, answered_within_s: dict[QueueId, float]) -> None:
        """``answered_within_s``: the limit of the service level, by queue."""
        self._within = answered_within_s
        self.total = Tally()
        self.lines: dict[LineId, Tally] = {}
        self.queues: dict[QueueId, Tally] = {}
        self.promises_missed = 0
        """Windows promised for a callback that were not kept."""

    def take(self, records: Iterable[Record]) -> None:
        for entry in records:
            if entry.event == "call_arrived":
                for tally in self._tallies(dict(entry.data), with_queue=False):
                    tally.received += 1
            elif entry.event == "callback_promise_missed":
                self.promises_missed += 1
            elif entry.event == "contact_filed":
                self._contact(dict(entry.data))
            elif entry.event == "ended":
                self._ended(dict(entry.data), by_adviser=entry.adviser is not None)

    def _ended(self, data: dict[str, str | int | float | None], *, by_adviser: bool) -> None:
        """``by_adviser``: one answered it; a number outside that a caller was put through to is none."""
        outcome = str(data["outcome"])
        waited, talked = data.get("waited_s"), data.get("talked_s")
        queue = data.get("queue")
        within = self._within.get(QueueId(str(queue)), 20.0)
        for tally in self._tallies(data, with_queue=True):
            tally.outcomes[outcome] = tally.outcomes.get(outcome, 0) + 1
            if queue is None or not isinstance(waited, int | float):
                continue
            tally.asked += 1
            in_time = waited <= within
            if by_adviser:
                tally.answered += 1
                tally.answered_in_time += in_time
                tally.left_in_time += in_time
                tally.waited_s += waited
                tally.waited_s_max = max(tally.waited_s_max, waited)
                tally.talked_s += talked if isinstance(talked, int | float) else 0.0
            elif outcome == Outcome.ABANDONED:
                tally.abandoned += 1
                tally.short_abandoned += waited < SHORT_ABANDON_S
                tally.left_in_time += in_time

    def _contact(self, data: dict[str, str | int | float | None]) -> None:
        for tally in self._tallies(data, with_queue=True):
            for reason in str(data["reasons"]).split():
                tally.reasons[reason] = tally.reasons.get(reason, 0) + 1

    def _tallies(self, data: dict[str, str | int | float | None], *, with_queue: bool) -> list[Tally]:
        found = [self.total, self.lines.setdefault(LineId(str(data["line"])), Tally())]
        if with_queue and data.get("queue") is not None:
            found.append(self.queues.setdefault(QueueId(str(data["queue"])), Tally()))
        return found
