"""Working days: Monday to Friday outside the public holidays that a place observes.

Decides which day is one, and which is the n-th after another. Knows no hours and no instants.
"""

from datetime import date, timedelta

from schedules.calendar import FRANCE, HolidaySet, public_holiday

_DAY = timedelta(days=1)


def is_working_day(day: date, observed: HolidaySet = FRANCE) -> bool:
    """Monday to Friday, and no public holiday. Known until the year 2100."""
    return day.weekday() < 5 and public_holiday(day, observed) is None


def working_day_after(day: date, number: int, observed: HolidaySet = FRANCE) -> date:
    """The `number`-th working day after `day`, which itself is not counted. ValueError when `number` is below 1."""
    if number < 1:
        raise ValueError(f"{number} is not a number of days from 1 on")
    while number:
        day += _DAY
        number -= is_working_day(day, observed)
    return day


def working_days_between(after: date, until: date, observed: HolidaySet = FRANCE) -> int:
    """How many working days come after `after`, up to and with `until`; 0 when `until` is not after it."""
    return sum(is_working_day(after + n * _DAY, observed) for n in range(1, (until - after).days + 1))
