"""The annual quantitative review of the right to return: requests of one year, counted and timed. A pure fold.

Decides what is counted, by which classes, and the definitions of rates and delays. Must not know where the requests
were found, nor how the figures are shown (`rtf_tables`, `rtf_text`).

A request is of the year in which it was received, in Paris, whatever becomes of it later. Its legal clock (an
interview within 15 days of receipt, décret 2014-1453) is in exactly one of five ways, which together are all requests:

- *met*: an appointment holds that is dated in time;
- *late*: the 15 days passed without;
- *ended before*: it ended before the 15 days were over, without such an appointment (refusal, information given …);
- *running*: neither;
- *excluded*: a duplicate, or none of the service's (DOUBLON, HORS_CHAMP), whatever the clock shows.

Quantiles are exact, by nearest rank: of n values in order the one at place ⌈p·n/100⌉, so it is always a delay that
somebody had. Delays are elapsed time, nights and holidays included, from receipt.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from dialer.core.callbacks.legal_clock import first_attempt_due_at
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.cases.case import Standing
from dialer.core.report.summary import Summary
from dialer.core.words import Instant
from schedules.walltime import wall_clock

EXCLUDED = frozenset({CallbackOutcome.DOUBLON, CallbackOutcome.HORS_CHAMP})
NO_ACADEMIE = "unknown"
NO_OUTCOME = "none"
"""Of a request that has no outcome yet."""

_SECOND = timedelta(seconds=1)


class Dimension(StrEnum):
    ACADEMIE = "academie"
    AGE = "age"
    TRACK = "track"
    OUTCOME = "outcome"


class Count(StrEnum):
    REQUESTS = "requests"
    ATTEMPTED = "attempted"
    ATTEMPTS = "attempts"
    FIRST_IN_TIME = "first_in_time"
    """The first attempt was made within two working days."""
    REACHED = "reached"
    APPOINTMENTS = "appointments"
    MET = "met"
    LATE = "late"
    ENDED_BEFORE = "ended_before"
    RUNNING = "running"
    EXCLUDED = "excluded"


CLOCK = (Count.MET, Count.LATE, Count.ENDED_BEFORE, Count.RUNNING, Count.EXCLUDED)
"""Each request is in exactly one."""


class Rate(StrEnum):
    IN_TIME = "in_time"
    """Appointments within 15 days ÷ requests whose clock is settled, excluded ones left out."""
    IN_TIME_OF_DUE = "in_time_of_due"
    """The same ÷ met and late only: those for whom the 15 days counted to their end."""
    REACHED = "reached"
    APPOINTMENTS = "appointments"
    FIRST_IN_TIME = "first_in_time"


RATES: Mapping[Rate, tuple[Count, tuple[Count, ...]]] = MappingProxyType(
    {
        Rate.IN_TIME: (Count.MET, (Count.MET, Count.LATE, Count.ENDED_BEFORE)),
        Rate.IN_TIME_OF_DUE: (Count.MET, (Count.MET, Count.LATE)),
        Rate.REACHED: (Count.REACHED, (Count.REQUESTS,)),
        Rate.APPOINTMENTS: (Count.APPOINTMENTS, (Count.REACHED,)),
        Rate.FIRST_IN_TIME: (Count.FIRST_IN_TIME, (Count.REQUESTS,)),
    }
)
"""Numerator; denominator, as a sum. Both are always shown with the rate."""


class Delay(StrEnum):
    """From receipt to …"""

    FIRST_ATTEMPT = "first_attempt"
    REACHED = "reached"
    APPOINTMENT = "appointment"
    """The day of the appointment, not the day on which it was fixed."""


OF_DELAY: Mapping[Delay, Count] = MappingProxyType(
    {
        Delay.FIRST_ATTEMPT: Count.ATTEMPTED,
        Delay.REACHED: Count.REACHED,
        Delay.APPOINTMENT: Count.APPOINTMENTS,
    }
)
"""How many requests have one."""
QUANTILES = (50, 90)
"""In percent: the median, and what nine of ten did not exceed."""


@dataclass(slots=True)
class Tally:
    """Counts and delays of a group of requests. delays_s: in order, once `report` hands it out."""

    counts: Counter[Count] = field(default_factory=Counter)
    delays_s: dict[Delay, list[float]] = field(default_factory=lambda: {delay: [] for delay in Delay})

    def take(self, counted: Mapping[Count, int], delays_s: Mapping[Delay, float]) -> None:
        self.counts.update(counted)
        for delay, seconds in delays_s.items():
            self.delays_s[delay].append(seconds)

    def quantile_s(self, delay: Delay, percent: int) -> float | None:
        return quantile(self.delays_s[delay], percent)


@dataclass(frozen=True, slots=True)
class Report:
    """``at``: as of when. academie: of one only. by: each request is in exactly one group of each dimension.

    whole_days: delays of erased cases are among the others, rounded down to whole days (`erased`).
    """

    year: int
    at: Instant
    academie: str | None
    total: Tally
    by: dict[Dimension, dict[str, Tally]]
    whole_days: bool = False


def report(summaries: Iterable[Summary], year: int, at: Instant, academie: str | None = None) -> Report:
    """The review of the requests that were received in ``year``, of one académie or of all."""
    made = Report(year, at, academie, Tally(), {dimension: {} for dimension in Dimension})
    for one in summaries:
        if wall_clock(one.received_at).year != year or academie not in (None, one.facts.academie):
            continue
        counted, delays_s = _counted(one), dict(_delays_s(one))
        made.total.take(counted, delays_s)
        for dimension, value in _classes(one).items():
            made.by[dimension].setdefault(value, Tally()).take(counted, delays_s)
    for tally in (made.total, *(each for groups in made.by.values() for each in groups.values())):
        for seconds in tally.delays_s.values():
            seconds.sort()  # so that two reviews of the same requests are equal
    return made


def quantile(values: Sequence[float], percent: int) -> float | None:
    """By nearest rank, see the module; None of nothing. ValueError unless 0 < percent ≤ 100."""
    if not 0 < percent <= 100:
        raise ValueError(f"{percent} is not between 1 and 100 percent")
    if not values:
        return None
    place = -(-percent * len(values) // 100)  # rounded up, in whole numbers
    return sorted(values)[place - 1]


def _classes(one: Summary) -> dict[Dimension, str]:
    return {
        Dimension.ACADEMIE: one.facts.academie or NO_ACADEMIE,
        Dimension.AGE: one.facts.age_band,
        Dimension.TRACK: one.facts.track,
        Dimension.OUTCOME: one.outcome or NO_OUTCOME,
    }


def _counted(one: Summary) -> dict[Count, int]:
    first_at = one.first_attempt_at
    return {
        Count.REQUESTS: 1,
        Count.ATTEMPTED: int(first_at is not None),
        Count.ATTEMPTS: one.attempts,
        # The limit is the last second of a day, of which all belongs to it.
        Count.FIRST_IN_TIME: int(first_at is not None and first_at < first_attempt_due_at(one.received_at) + _SECOND),
        Count.REACHED: int(one.reached_at is not None),
        Count.APPOINTMENTS: int(one.appointment_at is not None),
        _clock(one): 1,
    }


def _clock(one: Summary) -> Count:
    if one.outcome in EXCLUDED:
        return Count.EXCLUDED
    match one.standing:
        case Standing.MET:
            return Count.MET
        case Standing.LATE:
            return Count.LATE
        case _:
            return Count.RUNNING if one.ended_at is None else Count.ENDED_BEFORE


def _delays_s(one: Summary) -> Iterator[tuple[Delay, float]]:
    until = {
        Delay.FIRST_ATTEMPT: one.first_attempt_at,
        Delay.REACHED: one.reached_at,
        Delay.APPOINTMENT: one.appointment_at,
    }
    for delay, at in until.items():
        if at is not None:
            yield delay, (at - one.received_at).total_seconds()
