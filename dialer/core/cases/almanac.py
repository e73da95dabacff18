"""The days of the place where a case is worked on: which are working days, and when they begin and end.

Decides due dates and instants from them. Which days those of a place are is decided in `local_days`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from dialer.core.places.local_days import add_working_days
from dialer.core.places.territory import HOLIDAYS, Territory, of_postcode, zone_of
from dialer.core.words import Instant
from schedules.calendar import HolidaySet
from schedules.walltime import DAY_MIN, PARIS, instant_of, wall_clock
from schedules.working_days import working_day_after

WorkingDayAfter = Callable[[date, int], date]
"""The n-th working day (n from 1 on) after a day, which itself is not counted."""
_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Almanac:
    """working_day_after: there. zone: of the clock on the wall there."""

    working_day_after: WorkingDayAfter = working_day_after
    zone: ZoneInfo = PARIS

    def day(self, at: Instant) -> date:
        return wall_clock(at, self.zone).date()

    def due(self, at: Instant, days: int) -> date:
        """The ``days``-th working day after that of ``at``."""
        return self.working_day_after(self.day(at), days)

    def due_at(self, at: Instant, days: int) -> Instant:
        """23:59:59 of that day, on the wall there."""
        return self.end(self.due(at, days))

    def first_at(self, at: Instant) -> Instant:
        """23:59:59 of the first working day from the day of ``at`` on, that day included."""
        return self.end(self.working_day_after(self.day(at) - _DAY, 1))

    def end(self, day: date) -> Instant:
        return self.over(day) - _SECOND

    def over(self, day: date) -> Instant:
        """The midnight that ends the day."""
        return instant_of(day, DAY_MIN, self.zone)


FRANCE = Almanac()


def almanac_at(postcode: str | None, holidays: Mapping[Territory, HolidaySet] = HOLIDAYS) -> Almanac:
    """The days where somebody lives; of no postcode, and of one that lies nowhere, those of Paris."""
    territory = of_postcode(postcode)
    zone = PARIS if territory is None else ZoneInfo(zone_of(territory, postcode))
    return Almanac(lambda day, number: add_working_days(day, number, postcode, holidays), zone)
