"""The legal clock of a "Reviens te former" request: an interview within 15 days of its receipt.

Decides instants from the day of receipt alone, all of them in Paris. Must not know cases, calls or advisers.

Sources. Décret 2014-1453: an interview within 15 days of receipt. How the days are counted is our decision (domain
notes): the clock ends at 23:59:59 of the 15th calendar day after receipt; at risk from the 10th; the first attempt
within 2 working days.
"""

from __future__ import annotations

from datetime import date, timedelta

from dialer.core.words import Instant
from schedules.walltime import DAY_MIN, instant_of, wall_clock
from schedules.working_days import working_day_after

DAYS_MAX = 15
AT_RISK_DAY = 10
FIRST_ATTEMPT_WORKING_DAYS = 2

_SECOND = timedelta(seconds=1)


def legal_deadline(received_at: Instant) -> Instant:
    """23:59:59 in Paris of the 15th calendar day after receipt, in UTC. ValueError when naive."""
    return late_at(received_at) - _SECOND


def late_at(received_at: Instant) -> Instant:
    """The first instant that is too late: the midnight that ends the 15th day."""
    return instant_of(_day(received_at) + timedelta(days=DAYS_MAX), DAY_MIN)


def at_risk_at(received_at: Instant) -> Instant:
    """The midnight that begins the 10th calendar day after receipt."""
    return instant_of(_day(received_at) + timedelta(days=AT_RISK_DAY), 0)


def first_attempt_due_at(received_at: Instant) -> Instant:
    """23:59:59 in Paris of the 2nd working day after receipt."""
    return instant_of(working_day_after(_day(received_at), FIRST_ATTEMPT_WORKING_DAYS), DAY_MIN) - _SECOND


def _day(at: Instant) -> date:
    return wall_clock(at).date()
