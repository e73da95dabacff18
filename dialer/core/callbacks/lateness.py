"""Which cases will be late if the service goes on at today's pace.

Decides a forecast, as a function of the open cases and of how many appointments were fixed of late. Must not know who
works, nor the clock. It assumes what the rule of the officers asks: the case whose deadline comes first is next.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from dialer.core.callbacks.legal_clock import late_at
from dialer.core.callbacks.states import CaseId
from dialer.core.cases.case import Case, Standing, standing
from dialer.core.words import Instant
from schedules.walltime import wall_clock
from schedules.working_days import is_working_day, working_day_after

PACE_WORKING_DAYS = 5
"""The pace is that of so many working days that are over: a whole week, so that no weekday weighs more."""
HORIZON_WORKING_DAYS = 260
"""A year: what the pace does not reach within it, it does not reach."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WillBeLate:
    """``fixed_on``: the working day on which its appointment would be fixed; None: not within a year."""

    case: CaseId
    late_at: Instant
    fixed_on: date | None


@dataclass(frozen=True, slots=True)
class Forecast:
    late: tuple[CaseId, ...]
    """Those that are late already."""
    will_be_late: tuple[WillBeLate, ...]
    """In the order in which they will be."""


def pace(fixed_at: Iterable[Instant], at: Instant) -> float:
    """Appointments fixed a working day, over the last five that were over at ``at`` (weekends' work counted in)."""
    today = wall_clock(at).date()
    first, found = today, 0
    while found < PACE_WORKING_DAYS:
        first -= _DAY
        found += is_working_day(first)
    return sum(first <= wall_clock(each).date() < today for each in fixed_at) / PACE_WORKING_DAYS


def forecast(cases: Iterable[Case], per_day: float, lead_days: int, at: Instant) -> Forecast:
    """What becomes of the open cases when ``per_day`` appointments are fixed each working day from tomorrow's on.

    ``lead_days``: how many calendar days lie between fixing an appointment and the appointment. The late ones are
    served too, and first, because their deadlines came first. ValueError for a pace or a lead below 0.
    """
    if per_day < 0 or lead_days < 0:
        raise ValueError(f"a pace of {per_day} a day with a lead of {lead_days} days is none")
    open_cases = [case for case in cases if case.ended is None]
    waiting = [case for case in open_cases if standing(case, at) is not Standing.MET]
    waiting.sort(key=lambda case: (late_at(case.received_at), case.received_at, case.id))
    late: list[CaseId] = []
    will_be: list[WillBeLate] = []
    days = [wall_clock(at).date()]
    for number, case in enumerate(waiting, start=1):
        day, too_late = _served_on(days, number, per_day), late_at(case.received_at)
        if standing(case, at) is Standing.LATE:
            late.append(case.id)
        elif day is None or wall_clock(too_late).date() <= day + timedelta(days=lead_days):
            will_be.append(WillBeLate(case.id, too_late, day))
    return Forecast(tuple(late), tuple(will_be))


def _served_on(days: list[date], number: int, per_day: float) -> date | None:
    """The working day of the ``number``-th appointment. ``days``: today and the working days after it, as needed."""
    if per_day * HORIZON_WORKING_DAYS < number:
        return None
    needed = ceil(round(number / per_day, 9))
    while len(days) <= needed:
        days.append(working_day_after(days[-1], 1))
    return days[needed]
