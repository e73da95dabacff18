"""What becomes of the open cases at today's pace: the forecast with the figures it was made of.

Decides what the pace and the lead are taken from. Must not know where they are kept; the forecast itself is `lateness`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import median

from dialer.core.callbacks.lateness import Forecast, forecast, pace
from dialer.core.cases.case import Case, Kind
from dialer.core.words import Instant

LEAD_DAYS = 5
"""Between fixing an appointment and the appointment, while none is known to tell (our decision)."""


@dataclass(frozen=True, slots=True)
class Prospect:
    """per_day: appointments fixed a working day of late. lead_days: calendar days from fixing one to having it."""

    at: Instant
    per_day: float
    lead_days: int
    open_cases: int
    forecast: Forecast


def prospect(cases: Collection[Case], fixed_at: Sequence[Instant], at: Instant) -> Prospect:
    """``cases``: the open ones. ``fixed_at``: when appointments were fixed, as far back as `lateness.pace` looks.

    Takes about 8 µs a case: for many thousands, off the event loop.
    """
    legal = [case for case in cases if case.kind is Kind.RTF]
    leads = [(each.at - each.fixed_at).days for case in legal for each in case.appointments if each.at >= each.fixed_at]
    per_day, lead_days = pace(fixed_at, at), round(median(leads)) if leads else LEAD_DAYS
    return Prospect(at, per_day, lead_days, len(legal), forecast(legal, per_day, lead_days, at))
