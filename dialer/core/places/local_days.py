"""The days of a place: its public holidays, its working days, its school holidays, by postcode.

Decides by the département, not by the académie: Nancy-Metz has Moselle, which keeps Good Friday and 26 December, and
three départements that do not. What is not known of a place is taken from the metropole: a case of nowhere has the
national holidays. Must not know cases nor hours; hours of the day go by territory (`territory.homes`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType

from dialer.core.places.academie import school_calendar_of
from dialer.core.places.departement import Departement, Nowhere, departements_of
from dialer.core.places.territory import HOLIDAYS, Territory
from schedules import calendar, school_holidays
from schedules.calendar import HolidaySet
from schedules.school_holidays import Break, NoBreak, SchoolCalendar
from schedules.working_days import is_working_day, working_day_after

LOCAL_LAW = frozenset(map(Departement, ("57", "67", "68")))
"""Moselle, Bas-Rhin, Haut-Rhin: ordonnance of 16/8/1892."""

TERRITORIES: Mapping[Departement, Territory] = MappingProxyType(
    {
        Departement("971"): Territory.GUADELOUPE,
        Departement("972"): Territory.MARTINIQUE,
        Departement("973"): Territory.GUYANE,
        Departement("974"): Territory.REUNION,
        Departement("975"): Territory.SAINT_PIERRE_ET_MIQUELON,
        Departement("976"): Territory.MAYOTTE,
        Departement("977"): Territory.SAINT_BARTHELEMY,
        Departement("978"): Territory.SAINT_MARTIN,
        Departement("986"): Territory.WALLIS_ET_FUTUNA,
        Departement("987"): Territory.POLYNESIE,
        Departement("988"): Territory.NOUVELLE_CALEDONIE,
    }
)
"""The part of France that each département or collectivity overseas is; all others are in the metropole."""


def holidays_of(departement: Departement, holidays: Mapping[Territory, HolidaySet] = HOLIDAYS) -> HolidaySet:
    """The public holidays observed there. ``holidays``: those of each territory, as `CallingRules` has them."""
    if departement in LOCAL_LAW:
        return calendar.ALSACE_MOSELLE
    return holidays[TERRITORIES.get(departement, Territory.METROPOLE)]


def holidays_at(postcode: str | None, holidays: Mapping[Territory, HolidaySet] = HOLIDAYS) -> HolidaySet:
    """The same for a postcode; of none, and of one that lies nowhere, the metropole's."""
    found = departements_of(postcode)
    return holidays[Territory.METROPOLE] if isinstance(found, Nowhere) else holidays_of(found[0], holidays)


def is_working_day_at(day: date, postcode: str | None, holidays: Mapping[Territory, HolidaySet] = HOLIDAYS) -> bool:
    """Monday to Friday, and no public holiday there."""
    return is_working_day(day, holidays_at(postcode, holidays))


def add_working_days(
    day: date, number: int, postcode: str | None, holidays: Mapping[Territory, HolidaySet] = HOLIDAYS
) -> date:
    """The ``number``-th working day there after ``day``, which is not counted. ValueError when it is below 1."""
    return working_day_after(day, number, holidays_at(postcode, holidays))


def school_break_at(
    day: date, postcode: str | None, known: Iterable[SchoolCalendar] = (school_holidays.YEAR_2026_27,)
) -> Break | NoBreak:
    """The school holidays that ``day`` lies in there, or whether there is school; UNKNOWN where no table tells."""
    found = departements_of(postcode)
    if isinstance(found, Nowhere):
        return NoBreak.UNKNOWN
    return school_holidays.school_break(day, school_calendar_of(found[0]), known)
