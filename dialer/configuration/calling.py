"""[calling]: when and how often people may be called at all → the desk's CallingRules, the gate before each dial.

Decides the bounds within which an operator may set them. The defaults are those of CallingRules, written nowhere else;
what is law there (verified numbers, ways of dialling) is no setting. Must not know callbacks: their attempts come from
`callbacks`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from pydantic import Field

from dialer.configuration.tables import Table, bounded, read_table, shown
from dialer.core.callbacks.compliance import CallingRules, Limit
from dialer.core.places.territory import Territory
from schedules.calendar import HolidaySet
from schedules.faults import Fault
from schedules.hours_table import read_week
from schedules.windows import CallingHours

_RULES = CallingRules()
_ABOLITION = {"05-27": HolidaySet(abolition=(5, 27)), "05-28": HolidaySet(abolition=(5, 28))}
"""Of slavery, at Saint-Martin: sources differ (domain notes)."""
_SAINT_MARTIN: Any = next(
    said for said, observed in _ABOLITION.items() if observed == _RULES.holidays[Territory.SAINT_MARTIN]
)


class CallingTable(Table):
    """The table; `hours` is read apart."""

    declined_days: int = bounded(_RULES.declined_days, 1, 3650)
    cap_attempts_max: int = bounded(_RULES.cap.attempts_max, 1, 20)
    cap_days: int = bounded(_RULES.cap.days, 1, 365)
    number_day_max: int = bounded(_RULES.number_day_max, 1, 20)
    hour_max: int = bounded(_RULES.hour_max, 1, 100_000)
    at_once_max: int = bounded(_RULES.at_once_max, 1, 10_000)
    saint_martin_abolition: Literal["05-27", "05-28"] = Field(default=_SAINT_MARTIN, examples=[_SAINT_MARTIN])
    hours: Any = None


def read_calling(table: object, where: str, faults: list[Fault]) -> CallingRules:
    """What [calling] writes; with faults, as much of it as can be read."""
    read = read_table(CallingTable, table, where, faults)
    hours = _read_hours(table.get("hours"), where, faults) if isinstance(table, dict) else None
    if read is None:
        return _RULES
    return replace(
        _RULES,
        hours=hours or _RULES.hours,
        holidays={**_RULES.holidays, Territory.SAINT_MARTIN: _ABOLITION[read.saint_martin_abolition]},
        cap=Limit(read.cap_attempts_max, read.cap_days, _RULES.cap.uncounted),
        declined_days=read.declined_days,
        number_day_max=read.number_day_max,
        hour_max=read.hour_max,
        at_once_max=read.at_once_max,
    )


def _read_hours(table: object, where: str, faults: list[Fault]) -> CallingHours | None:
    """[calling.hours], in which each day or run of days has its times; None where it is not written."""
    if table is None:
        return None
    here = f"{where.removesuffix(']')}.hours]"
    mend = 'write [calling.hours], and below it mon-fri = "10:00-13:00, 14:00-20:00"'
    if not isinstance(table, dict):
        faults.append(Fault(here, f"{shown(table)} is not a table", mend))
        return None
    before = len(faults)
    week = read_week(table, here, faults)
    if len(faults) == before and not any(week):
        faults.append(Fault(here, "nobody may ever be called", mend))
    return CallingHours(week, _RULES.hours.afternoon_from) if len(faults) == before else None
