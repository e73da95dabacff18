"""Requests to be called back in a CSV file: reads them, or says all that is wrong, each with its line.

Decides the written form only; whether a row is a whole request is `intake`'s to judge. Must not know how the file came
here nor what becomes of the requests. The form:

    phone;first_name;birth_date;asked_by;wish;start;end;notice_read
    01 99 00 00 01;Zoé;21/03/2008;parent;window;23/11/2026 10:00;23/11/2026 12:00;oui

- A header with the API's fields, in any order; `phone`, `asked_by`, `wish` and `notice_read` must be there. The window
  is `start` and `end` (or `wish.start` and `wish.end`). `source` may be left out: it is csv.
- Separators and encoding are `csv_table`'s.
- What a French spreadsheet makes of dates is understood: 21/03/2008, and 23/11/2026 10:00 on the clock of Paris.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date

from dialer.core.callbacks import intake
from dialer.core.callbacks.intake import Asked, SlotsOf
from dialer.core.callbacks.intake_fields import said
from dialer.core.callbacks.request import Request, Source
from dialer.core.callbacks.slots import Slot
from dialer.core.csv_table import Cells, Form, LineFault, read_table
from dialer.core.numbers import Parsed
from dialer.core.rules import LineRules, QueueRules, Rules
from dialer.core.words import E164, Instant, QueueId
from schedules.walltime import DAY_MIN, instant_of, minute_of, wall_clock
from schedules.windows import Window

ROWS_MAX = 1000
"""Requests of one file: they are booked in one change, and calls wait for it."""
REQUIRED = ("phone", "asked_by", "wish", "notice_read")

_ALIASES = {"wish.kind": "wish", "wish.start": "start", "wish.end": "end"}
FORM = Form(tuple(field.name for field in fields(Asked)), REQUIRED, ROWS_MAX, "request", "requests", ",", _ALIASES)
_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_WALL = re.compile(r"(\S+)[ T](\d{1,2}:\d\d)(?::00)?", re.ASCII)
_YEARS = range(2000, 2100)
"""Others are typing errors, which the judge tells."""


@dataclass(frozen=True, slots=True)
class Row:
    """One request as it was written."""

    line: int
    asked: Asked


@dataclass(frozen=True, slots=True)
class Judged:
    """What a row is: a whole request, or its faults."""

    line: int
    found: Request | tuple[LineFault, ...]


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A row whose number is there already: in an earlier line of the file, and in open callbacks, by their ids."""

    line: int
    earlier: int | None
    open: tuple[str, ...]


def read_rows(text: str) -> list[Row] | list[LineFault]:
    """The rows of a file, or every fault of its form. What the cells say is not judged yet."""
    return read_table(text, FORM, lambda line, cells: Row(line, _asked(cells)))


def judge(rows: Sequence[Row], rules: Rules, slots: SlotsOf, at: Instant) -> Iterator[Judged]:
    """Each row judged, in order; the last place of a slot is for one row only.

    One at a time, so that whoever judges a long file can do something else in between.
    """
    places = _Places(slots)
    for row in rows:
        source = said(row.asked.source)
        asked = replace(row.asked, source=Source.CSV)
        found = intake.examine(asked, rules, places.left, at)
        faults = [] if isinstance(found, Request) else [_fault(row.line, w.field, w.sentence.en) for w in found]
        if source not in (None, Source.CSV):
            faults.append(_fault(row.line, "source", "write csv, or leave the column out"))
        if isinstance(found, Request) and not faults:
            places.take(found)
            yield Judged(row.line, found)
        else:
            yield Judged(row.line, tuple(faults))


def duplicates(
    requests: Sequence[tuple[int, Request]], open_of: Callable[[E164], Sequence[str]]
) -> tuple[Duplicate, ...]:
    """The rows, by their lines, whose number is there already. open_of: ids of the open callbacks of a number.

    They are no faults: one person's second request joins the first, two people of one number are two cases.
    """
    first_line: dict[E164, int] = {}
    found: list[Duplicate] = []
    for line, request in requests:
        number = request.phone.number
        earlier, known = first_line.setdefault(number, line), tuple(open_of(number))
        if earlier != line or known:
            found.append(Duplicate(line, earlier if earlier != line else None, known))
    return tuple(found)


class _Places:
    """The free slots, less those that earlier rows of the file have chosen."""

    def __init__(self, slots: SlotsOf) -> None:
        self._slots = slots
        self._last: Sequence[Slot] = ()
        self._taken: Counter[tuple[QueueId, Window]] = Counter()

    def left(self, line: LineRules, queue: QueueRules, phone: Parsed, postcode: str | None) -> Sequence[Slot]:
        slots = self._slots(line, queue, phone, postcode)
        self._last = [replace(slot, free=slot.free - self._overlapping(queue.id, slot.window)) for slot in slots]
        return self._last

    def take(self, request: Request) -> None:
        if request.window is not None:
            slot = next(each.window for each in self._last if request.window.start_at in each.window)
            self._taken[request.queue, slot] += 1

    def _overlapping(self, queue: QueueId, window: Window) -> int:
        return sum(
            rows
            for (its_queue, taken), rows in self._taken.items()
            if its_queue == queue and taken.start_at < window.end_at and window.start_at < taken.end_at
        )


def _asked(cells: Cells) -> Asked:
    birth_date = cells.get("birth_date")
    day = _day(birth_date) if birth_date is not None else None
    texts = cells | {key: _instant(cells[key]) for key in ("start", "end") if key in cells}
    return Asked(**(texts if day is None else texts | {"birth_date": day.isoformat()}))


def _day(text: str) -> date | None:
    """The day of 21/03/2008; None for any other text, which is left to the judge."""
    found = _DAY.fullmatch(text)
    try:
        return date(int(found[3]), int(found[2]), int(found[1])) if found is not None else None
    except ValueError:
        return None


def _instant(text: str) -> str:
    """23/11/2026 10:00, or 2026-11-23 10:00, on the clock of Paris, with its offset; any other text as it is."""
    found = _WALL.fullmatch(text)
    if found is None:
        return text
    try:
        day = _day(found[1]) or date.fromisoformat(found[1])
    except ValueError:
        return text
    minute = minute_of(found[2])
    if minute is None or minute == DAY_MIN or day.year not in _YEARS:
        return text
    return wall_clock(instant_of(day, minute)).isoformat()


def _fault(line: int, field: str, message: str) -> LineFault:
    return LineFault(line, _ALIASES.get(field, field), message)
