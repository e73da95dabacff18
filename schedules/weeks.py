"""One adviser's week as the plan has it: day by day, with its hours of work, and the shift that comes next.

Decides what belongs to which day in Paris, what counts as work, and which days end late. Knows the plan alone: not
what an adviser does with it, nor how a week is shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from schedules.shifts import Activity, Shift, Shifts, shifts_of
from schedules.walltime import DAY_MIN, instant_of, wall_clock

LATE_MIN = 20 * 60
"""Minutes after midnight: a day that ends at 20 h or later ends late; the lines close then."""
NEXT_DAYS = 60
"""How many days ahead the next shift is looked for."""


@dataclass(frozen=True, slots=True)
class Day:
    """``shifts``: in their order, cut at the midnights that begin and end the day."""

    date: date
    shifts: tuple[Shift, ...]

    @property
    def worked(self) -> timedelta:
        """Breaks are no work."""
        return worked(self.shifts)

    @property
    def ends_late(self) -> bool:
        return bool(self.shifts) and self.shifts[-1].ends_at >= instant_of(self.date, LATE_MIN)


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days, Monday first."""

    days: tuple[Day, ...]

    @property
    def monday(self) -> date:
        return self.days[0].date

    @property
    def worked(self) -> timedelta:
        return sum((day.worked for day in self.days), timedelta())

    @property
    def late(self) -> int:
        """How many days end late."""
        return sum(day.ends_late for day in self.days)

    @property
    def by_activity(self) -> dict[Activity, timedelta]:
        """How long each activity of the week lasts in all, in the order of `Activity`; breaks too."""
        shifts = [shift for day in self.days for shift in day.shifts]
        sums = {each: total(shift for shift in shifts if shift.activity is each) for each in Activity}
        return {activity: lasts for activity, lasts in sums.items() if lasts}


def worked(shifts: Iterable[Shift]) -> timedelta:
    return total(shift for shift in shifts if shift.activity is not Activity.BREAK)


def total(shifts: Iterable[Shift]) -> timedelta:
    """How long they last, whatever the clocks did meanwhile."""
    return sum((shift.ends_at - shift.starts_at for shift in shifts), timedelta())


def day_of(plan: Shifts, adviser: str, on: date) -> Day:
    """One adviser's day."""
    return Day(on, shifts_of(plan, adviser, instant_of(on, 0), instant_of(on, DAY_MIN)))


def week_of(plan: Shifts, adviser: str, on: date) -> Week:
    """One adviser's week, the one that ``on`` is in."""
    monday = on - timedelta(days=on.weekday())
    return Week(tuple(day_of(plan, adviser, monday + timedelta(days=number)) for number in range(7)))


def next_day(plan: Shifts, adviser: str, at: datetime) -> Day | None:
    """The first day after that of ``at`` on which they have a shift, within NEXT_DAYS; None: there is none."""
    today = wall_clock(at).date()
    ends_at = instant_of(today + timedelta(days=NEXT_DAYS), DAY_MIN)
    ahead = shifts_of(plan, adviser, instant_of(today, DAY_MIN), ends_at, most=1)
    return day_of(plan, adviser, wall_clock(ahead[0].starts_at).date()) if ahead else None
