"""School holidays: is there school on this day, where one of these calendars holds?

Decides by tables that are edited each year, and says when it does not know: a year without a table is never taken for
one long term. Knows the zones A, B and C, and calendars of a place's own by its name; not which place has which.
School holidays are no public holidays: a working day stays one (`working_days.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType


class Zone(StrEnum):
    A = "A"
    B = "B"
    C = "C"


class NoBreak(StrEnum):
    """SCHOOL: no holidays then. UNKNOWN: no table tells."""

    SCHOOL = "school"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Break:
    """Days without school, from ``first`` to ``last``, both of them included. ValueError when they run backward."""

    name: str
    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"{self.name} runs backward, from {self.first} to {self.last}")

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class SchoolCalendar:
    """What is known of the days from ``first`` to ``last``, both included, by calendar: a zone, or a place's own name.

    ValueError: days that run backward, or breaks that overlap, are out of order or lie outside.
    """

    first: date
    last: date
    breaks: Mapping[str, tuple[Break, ...]]

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"a school calendar runs forward, not from {self.first} to {self.last}")
        for name, breaks in self.breaks.items():
            if any(later.first <= sooner.last for sooner, later in pairwise(breaks)):
                raise ValueError(f"the breaks of {name} are in order and do not overlap")
            if any(each.first < self.first or each.last > self.last for each in breaks):
                raise ValueError(f"the breaks of {name} lie between {self.first} and {self.last}")
        object.__setattr__(self, "breaks", MappingProxyType(dict(self.breaks)))


def school_break(day: date, calendar: str | None, known: Iterable[SchoolCalendar]) -> Break | NoBreak:
    """The holidays that `day` lies in, or whether there is school then. None: a place whose calendar nobody knows."""
    for table in known:
        breaks = None if calendar is None else table.breaks.get(calendar)
        if breaks is not None and table.first <= day <= table.last:
            return next((each for each in breaks if day in each), NoBreak.SCHOOL)
    return NoBreak.UNKNOWN


def _breaks(winter: tuple[date, date], spring: tuple[date, date]) -> tuple[Break, ...]:
    return (
        Break("Toussaint", date(2026, 10, 17), date(2026, 11, 1)),
        Break("Noël", date(2026, 12, 19), date(2027, 1, 3)),
        Break("Hiver", *winter),
        Break("Printemps", *spring),
        Break("Ascension", date(2027, 5, 6), date(2027, 5, 8)),
        Break("Été", date(2027, 7, 3), date(2027, 8, 31)),
    )


YEAR_2026_27 = SchoolCalendar(
    date(2026, 10, 17),
    date(2027, 8, 31),
    {
        Zone.A: _breaks((date(2027, 2, 13), date(2027, 2, 28)), (date(2027, 4, 10), date(2027, 4, 25))),
        Zone.B: _breaks((date(2027, 2, 20), date(2027, 3, 7)), (date(2027, 4, 17), date(2027, 5, 2))),
        Zone.C: _breaks((date(2027, 2, 6), date(2027, 2, 21)), (date(2027, 4, 3), date(2027, 4, 18))),
    },
)
"""The three zones by the domain notes, which begin with the autumn break. No school year begins before 1 September."""
