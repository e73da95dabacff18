"""Public holidays: is this day one, and what is it called in French?

Knows the law of the days, not who closes on them: that is for `hours.py`, and for callbacks by territory.

Sources. The eleven national days: code du travail L3133-1, computed by the `holidays` package for
metropolitan France, which also knows the two days of Alsace and Moselle (Good Friday and 26 December,
ordonnance of 16/8/1892). The days of the abolition of slavery: loi 83-550 and décret 83-1003, as our own
table, because the package mixes customary days into the overseas ones. For Saint-Martin sources differ (27 or
28 May), so its day is not here: it is configuration, `HolidaySet(abolition=(5, 28))`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType

from holidays import country_holidays


@dataclass(frozen=True, slots=True)
class HolidaySet:
    """The public holidays that a place observes: the national ones, and its own.

    abolition: (month, day) of the abolition of slavery, where it is a holiday.
    """

    alsace_moselle: bool = False
    abolition: tuple[int, int] | None = None


FRANCE = HolidaySet()
ALSACE_MOSELLE = HolidaySet(alsace_moselle=True)
MAYOTTE = HolidaySet(abolition=(4, 27))
MARTINIQUE = HolidaySet(abolition=(5, 22))
GUADELOUPE = HolidaySet(abolition=(5, 27))
GUYANE = HolidaySet(abolition=(6, 10))
SAINT_BARTHELEMY = HolidaySet(abolition=(10, 9))
REUNION = HolidaySet(abolition=(12, 20))


def public_holiday(day: date, observed: HolidaySet = FRANCE) -> str | None:
    """The French name of the public holiday that `day` is, or None. Known until the year 2100."""
    return public_holidays(day.year, observed).get(day)


@lru_cache(maxsize=256)
def public_holidays(year: int, observed: HolidaySet = FRANCE) -> Mapping[date, str]:
    """The public holidays of `year`, in order, by their French names.

    Two on one day (Ascension on 1 May, 2008) are joined: "Ascension et Fête du Travail".
    """
    # The language must be said: without it the names come out in English, whatever the package's default.
    named = country_holidays(
        "FR",
        subdiv="57" if observed.alsace_moselle else None,
        years=year,
        expand=False,
        language="fr",
        categories=("public",),
    )
    days = {day: name.replace("; ", " et ") for day, name in named.items()}
    if observed.abolition is not None:
        day = date(year, *observed.abolition)
        own = "Abolition de l'esclavage"
        days[day] = f"{days[day]} et {own}" if day in days else own
    return MappingProxyType(dict(sorted(days.items())))
