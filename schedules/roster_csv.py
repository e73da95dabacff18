"""The roster as a planner writes it: reads `config/roster.csv`, or says all that is wrong with it.

Knows the written form only. A header, then one row for each stretch of an adviser's day:

    adviser,date,start,end,activity
    adv01,2026-03-16,10:00,12:30,phone
    adv01,2026-03-16,12:30,13:15,break

- `adviser`: an id of advisers.toml. `activity`: phone, chat, mail, meeting, training, break or off.
- `date`: 2026-03-16 or 16/03/2026; `start`, `end`: 9:30, 09:30 or 09:30:00, Paris wall time, up to 24:00. A
  night is two rows. On the clock-change nights the rule of `walltime.py` holds; a row that lies wholly in the
  hour that March skips is no time at all and is left out.
- The rows of one adviser do not overlap; their order is free. Where nothing is said, the adviser is off.
- A file that went through a French spreadsheet is welcome as it is: `;` between columns, a byte order mark,
  dates and times rewritten, blank rows at the end. Columns may change places.
"""

import csv
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from io import StringIO
from itertools import groupby

from schedules.faults import Fault
from schedules.shifts import Activity, Roster, Shift
from schedules.walltime import DAY_MIN, instant_of, minute_of

_COLUMNS = ("adviser", "date", "start", "end", "activity")
_HEADER_MEND = f"write {','.join(_COLUMNS)} as the first line"
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})", re.ASCII)
_FRENCH = re.compile(r"(?P<day>\d{1,2})/(?P<month>\d{1,2})/(?P<year>\d{4})", re.ASCII)
_ACTIVITIES = {activity.value: activity for activity in Activity}
_YEARS = range(2000, 2101)
"""Dates outside are typing errors, and the ends of the calendar have no instants."""


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    adviser: str
    day: date
    start: int
    end: int
    activity: Activity

    @property
    def starts_on_wall(self) -> int:
        return self.day.toordinal() * DAY_MIN + self.start

    @property
    def ends_on_wall(self) -> int:
        return self.day.toordinal() * DAY_MIN + self.end


def read_roster(text: str, where: str, advisers: Collection[str]) -> Roster | list[Fault]:
    """The roster that `text` writes, or every fault in it with its line. `where` names the file.

    advisers: the ids that exist; those without a row are off.
    """
    text = text.removeprefix("\ufeff")
    known = frozenset(advisers)
    faults: list[Fault] = []
    rows: list[_Row] = []
    lines = _lines(text, where, faults)
    header = [name.strip().lower() for name in lines[0][1]] if lines else []
    if sorted(header) != sorted(_COLUMNS):
        found = ",".join(header) or "nothing"
        return [
            *faults,
            Fault(f"{where} line {lines[0][0] if lines else 1}", f"the columns are {found}", _HEADER_MEND),
        ]
    for line, cells in lines[1:]:
        here = f"{where} line {line}"
        if len(cells) != len(_COLUMNS):
            what = f"{len(cells)} columns instead of {len(_COLUMNS)}"
            faults.append(Fault(here, what, f"fill in {','.join(header)}"))
            continue
        row = _read_row(line, dict(zip(header, cells, strict=True)), here, known, faults)
        if row is not None:
            rows.append(row)
    rows.sort(key=lambda row: (row.adviser, row.starts_on_wall, row.line))
    _refuse_overlaps(rows, where, faults)
    return faults or Roster.of(_shifts(rows), known)


def _lines(text: str, where: str, faults: list[Fault]) -> list[tuple[int, list[str]]]:
    """The rows that are not blank, each with the number of its line."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    lines: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            if any(cells):
                lines.append((reader.line_num, cells))
    except csv.Error as error:
        mend = "write the row again without quotation marks, and save as CSV"
        faults.append(Fault(f"{where} line {reader.line_num}", f"cannot be read as CSV ({error})", mend))
    return lines


def _read_row(
    line: int, cells: dict[str, str], where: str, advisers: frozenset[str], faults: list[Fault]
) -> _Row | None:
    before = len(faults)
    adviser = cells["adviser"]
    if adviser not in advisers:
        faults.append(Fault(where, f"{adviser!r} is not an adviser", "use an id of advisers.toml, or add it there"))
    day = _day_of(cells["date"])
    if day is None:
        faults.append(Fault(where, f"{cells['date']!r} is not a date", "write 2026-03-16 or 16/03/2026"))
    start, end = (_minute_in(cells[column]) for column in ("start", "end"))
    for column, minute in (("start", start), ("end", end)):
        if minute is None:
            faults.append(Fault(where, f"{column} {cells[column]!r} is not a time", "write 09:30, up to 24:00"))
    if start is not None and end is not None and start >= end:
        what = f"ends at {cells['end']}, not after its start at {cells['start']}"
        faults.append(Fault(where, what, "write a later end; midnight is 24:00, a night is two rows"))
    activity = _ACTIVITIES.get(cells["activity"])
    if activity is None:
        mend = f"use {', '.join(Activity)}"
        faults.append(Fault(where, f"{cells['activity']!r} is not an activity", mend))
    if len(faults) > before or day is None or start is None or end is None or activity is None:
        return None
    return _Row(line, adviser, day, start, end, activity)


def _refuse_overlaps(rows: list[_Row], where: str, faults: list[Fault]) -> None:
    """Compares on the wall, where rows are written; `rows` in order of adviser and start."""
    for _, theirs in groupby(rows, key=lambda row: row.adviser):
        longest: _Row | None = None
        for row in theirs:
            if longest is not None and row.starts_on_wall < longest.ends_on_wall:
                what = f"overlaps line {longest.line} of {row.adviser} on {row.day}"
                faults.append(Fault(f"{where} line {row.line}", what, "let one end where the other starts"))
            if longest is None or row.ends_on_wall > longest.ends_on_wall:
                longest = row


def _shifts(rows: list[_Row]) -> list[Shift]:
    shifts: list[Shift] = []
    for row in rows:
        starts_at, ends_at = instant_of(row.day, row.start), instant_of(row.day, row.end)
        if starts_at < ends_at:
            shifts.append(Shift(row.adviser, starts_at, ends_at, row.activity))
    return shifts


@lru_cache(maxsize=4096)
def _day_of(text: str) -> date | None:
    match = _ISO.fullmatch(text) or _FRENCH.fullmatch(text)
    if match is None:
        return None
    try:
        day = date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        return None
    return day if day.year in _YEARS else None


@lru_cache(maxsize=4096)
def _minute_in(text: str) -> int | None:
    return minute_of(text.removesuffix(":00") if text.count(":") == 2 else text)
