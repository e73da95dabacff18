"""Opening hours as an operator writes them: reads them from a TOML table, or says all that is wrong with it.

Knows the written form only. The table holds exactly these keys:

    holidays = "closed"                          # or "open", on French public holidays; "closed" if not said

    [[hours]]                                    # one for each change of hours, at least one
    from = 2026-01-01                            # first day on which these hours hold, until the next `from`
    mon-thu = "09:00-11:30, 14:00-17:00"         # a day or a run of days, mon tue wed thu fri sat sun
    fri = "09:00-11:30"                          # days that are not named are closed
    sat-sun = "closed"                           # which may also be said

    [[exceptions]]                               # one for each day that is not as usual; wins over holidays
    date = 2026-12-24
    open = "10:00-16:00"                         # or: closed = true
    reason = "veille de Noël"                    # in French, as callers may hear it

Times are Paris wall time, `9:00` or `09:00`, up to `24:00`; a night is written on its two days. In a line's
file the table sits under a name of its own (`[opening]`, `[[opening.hours]]`, `[[opening.exceptions]]`).
"""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from itertools import pairwise
from typing import TypeVar

from schedules.calendar import FRANCE
from schedules.faults import Fault
from schedules.hours import Hours, Period, Span, Spans, SpecialDay
from schedules.walltime import minute_of

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_RUN = re.compile(rf"({'|'.join(_DAYS)})(?:-({'|'.join(_DAYS)}))?")
_TIMES_MEND = 'write times as "10:00-20:00", or "09:00-11:30, 14:00-17:00", or "closed"'
_DATE_MEND = "write a date without quotes or time, as 2026-12-24"

_Dated = TypeVar("_Dated")
_Table = Mapping[str, object]


def read_hours(table: _Table, where: str) -> Hours | list[Fault]:
    """The hours that `table` writes, or every fault in it. `where` names the table: file and key."""
    faults: list[Fault] = []
    _refuse_unknown(table, {"holidays", "hours", "exceptions"}, where, faults)
    holidays = table.get("holidays", "closed")
    if holidays not in ("open", "closed"):
        mend = 'write holidays = "closed" or holidays = "open"'
        faults.append(Fault(f"{where} holidays", f"{holidays!r} is not one of the two words", mend))
    if not table.get("hours"):
        faults.append(
            Fault(where, "there are no hours", 'add [[hours]] with from = 2026-01-01, mon-fri = "10:00-20:00"')
        )
    periods = _read_dated(table, "hours", where, _read_period, faults)
    special_days = _read_dated(table, "exceptions", where, _read_special_day, faults)
    if faults:
        return faults
    return Hours(
        periods=tuple(periods[day] for day in sorted(periods)),
        special_days=tuple(special_days[day] for day in sorted(special_days)),
        observed=FRANCE if holidays == "closed" else None,
    )


def read_week(table: _Table, where: str, faults: list[Fault]) -> tuple[Spans, ...]:
    """The open times of the seven days that keys as `mon` and `mon-fri` write; faults are added."""
    week: list[Spans] = [()] * 7
    written: dict[int, str] = {}
    for key, value in table.items():
        run = _days_of(key)
        if not run:
            faults.append(Fault(f"{where} {key}", "is not a day or a run of days", "write mon, or mon-fri, in order"))
        spans = _read_spans(value, f"{where} {key}", faults)
        for day in run:
            if day in written:
                what = f"{_DAYS[day]} is already in {written[day]}"
                faults.append(Fault(f"{where} {key}", what, "name each day once"))
            written[day] = key
            week[day] = spans
    if not table:
        mend = 'add mon-fri = "10:00-20:00", or mon-sun = "closed" for a line that closes'
        faults.append(Fault(where, "no day has hours", mend))
    return tuple(week)


def _read_dated(
    table: _Table,
    key: str,
    where: str,
    read: Callable[[_Table, date, str, list[Fault]], _Dated],
    faults: list[Fault],
) -> dict[date, _Dated]:
    """The entries of an array of tables by their dates, each date once."""
    entries = table.get(key, [])
    date_key = "from" if key == "hours" else "date"
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        faults.append(Fault(f"{where} {key}", "is not a list of tables", f"begin each entry with [[{key}]]"))
        return {}
    seen: dict[date, _Dated] = {}
    for number, entry in enumerate(entries, start=1):
        here = f"{where} {key} {number}"
        day = entry.get(date_key)
        if day is None:
            faults.append(Fault(here, f"{date_key} is missing", _DATE_MEND.replace("write", f"write {date_key} =", 1)))
        elif not isinstance(day, date) or isinstance(day, datetime):
            faults.append(Fault(f"{here} {date_key}", f"{str(day)!r} is not a date", _DATE_MEND))
            day = None
        elif day in seen:
            faults.append(Fault(f"{here} {date_key}", f"{day} comes twice", "keep one entry for each date"))
        # Read the rest even without a date, so that all its faults are told at once.
        entry_read = read(entry, day or date.min, here, faults)
        if day is not None:
            seen[day] = entry_read
    return seen


def _read_period(entry: _Table, valid_from: date, where: str, faults: list[Fault]) -> Period:
    return Period(valid_from, read_week({key: value for key, value in entry.items() if key != "from"}, where, faults))


def _read_special_day(entry: _Table, day: date, where: str, faults: list[Fault]) -> SpecialDay:
    _refuse_unknown(entry, {"date", "open", "closed", "reason"}, where, faults)
    reason = entry.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        mend = 'write reason = "veille de Noël", in French, as callers may hear it'
        faults.append(Fault(f"{where} reason", "there is no reason", mend))
        reason = ""
    opens, closed = entry.get("open"), entry.get("closed", False)
    spans: Spans = ()
    if not isinstance(closed, bool):
        faults.append(Fault(f"{where} closed", f"{closed!r} is not true or false", "write closed = true"))
    elif opens is None and not closed:
        mend = 'write open = "10:00-16:00" or closed = true'
        faults.append(Fault(where, "does not say whether the line is open or closed", mend))
    elif opens is not None and closed:
        faults.append(Fault(where, "says both open and closed", "keep one of the two"))
    if opens is not None:
        spans = _read_spans(opens, f"{where} open", faults)
    return SpecialDay(day, spans, reason.strip())


def _read_spans(value: object, where: str, faults: list[Fault]) -> Spans:
    """The open times of a day; none when closed or when any of them is at fault."""
    if value == "closed":
        return ()
    if not isinstance(value, str):
        faults.append(Fault(where, f"{value!r} is not text", _TIMES_MEND))
        return ()
    before = len(faults)
    spans = [span for part in value.split(",") if (span := _read_span(part.strip(), where, faults))]
    if len(faults) > before:
        return ()
    spans.sort()
    for span, later in pairwise(spans):
        if later.start < span.end:
            faults.append(Fault(where, f"{value!r} overlaps itself", "write times that follow one another"))
            return ()
    return tuple(spans)


def _read_span(text: str, where: str, faults: list[Fault]) -> Span | None:
    ends = [minute_of(end.strip()) for end in re.split("[-–]", text)]
    match ends:
        case [int(start), int(end)] if start < end:
            return Span(start, end)
        case [int(), int()]:
            mend = "write the end after the start; a night goes to 24:00, and on from 00:00 the next day"
            faults.append(Fault(where, f"{text!r} does not end after it starts", mend))
        case _:
            faults.append(Fault(where, f"{text!r} is not a time from … to …", _TIMES_MEND))
    return None


def _days_of(key: str) -> range:
    """The weekdays (0 is Monday) that a key names; none when it is not a day or a run of days in order."""
    match = _DAY_RUN.fullmatch(key)
    if match is None:
        return range(0)
    first, last = match[1], match[2] or match[1]
    return range(_DAYS.index(first), _DAYS.index(last) + 1)


def _refuse_unknown(table: _Table, known: Collection[str], where: str, faults: list[Fault]) -> None:
    for key in table:
        if key not in known:
            faults.append(Fault(f"{where} {key}", "is not a key here", f"use {', '.join(sorted(known))}"))
