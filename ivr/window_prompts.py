"""The prompts that name the windows of callbacks: "Pour lundi matin, entre dix heures et midi".

Decides which windows can be named, under which name, and how: as `schedules.windows.spoken_window` words them. They are
made ahead, whole, one for each day of the week ahead and each slot of a line; a window further away is not named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from schedules.hours import Span, Spans
from schedules.walltime import PARIS, instant_of, wall_clock
from schedules.windows import Window, spoken_window

SLOT_S = 7200.0
"""How long a slot is, unless the configuration says otherwise."""
SPOKEN_FROM, SPOKEN_UNTIL = 6 * 60, 23 * 60
"""Minutes of the person's own day between which slots are read out: nobody is offered a call in their night."""
WEEKDAYS = {
    "mon": "lundi",
    "tue": "mardi",
    "wed": "mercredi",
    "thu": "jeudi",
    "fri": "vendredi",
    "sat": "samedi",
    "sun": "dimanche",
}
_A_MONDAY = date(2001, 1, 1)


def window_prompt(window: Window, at: datetime, zone: ZoneInfo = PARIS) -> str | None:
    """The prompt that names a window at the instant `at`, on the wall in `zone`.

    None where there is none: a week ahead or more, when the name of the day could be taken for another; over midnight,
    or in the night.
    """
    starts, ends = wall_clock(window.start_at, zone), wall_clock(window.end_at, zone)
    days = (starts.date() - wall_clock(at, zone).date()).days
    start, end = (shown.hour * 60 + shown.minute for shown in (starts, ends))
    if starts.date() != ends.date() or not 0 <= days < 7 or not SPOKEN_FROM <= start < end <= SPOKEN_UNTIL:
        return None
    return _name(("today", "tomorrow")[days] if days < 2 else tuple(WEEKDAYS)[starts.weekday()], start, end)


def windows_said(text: str, opening: Iterable[Spans], slot_s: float) -> dict[str, str]:
    """Name and sentence of every window that can be named, on every clock that is whole hours from that of Paris.

    text: with {window}. opening: the days of the lines. slot_s: how long their slots are.
    """
    slots = {slot for spans in opening for slot in _slots(spans, max(1, int(slot_s // 60)))}
    shown = {
        (start + hours * 60, end + hours * 60)
        for start, end in slots
        for hours in range(-24, 25)
        if start + hours * 60 >= SPOKEN_FROM and end + hours * 60 <= SPOKEN_UNTIL
    }
    days = {"today": 0, "tomorrow": 1} | {day: 7 + number for number, day in enumerate(WEEKDAYS)}
    return {
        _name(day, start, end): text.replace("{window}", _worded(ahead, start, end))
        for day, ahead in days.items()
        for start, end in sorted(shown)
    }


def _slots(spans: Spans, slot_min: int) -> Iterator[tuple[int, int]]:
    """The slots of a day in its minutes, as they are promised: less than half a slot at the end joins the last."""
    openings: list[Span] = []
    for span in spans:
        before = openings.pop() if openings and openings[-1].end == span.start else span
        openings.append(Span(before.start, span.end))
    for opening in openings:
        edges = [*range(opening.start, opening.end, slot_min), opening.end]
        if len(edges) > 2 and 2 * (edges[-1] - edges[-2]) < slot_min:
            del edges[-2]
        yield from pairwise(edges)


def _worded(ahead: int, start: int, end: int) -> str:
    """As somebody says it so many days ahead of a Monday; a weekday is said two days before it."""
    day = _A_MONDAY + timedelta(days=ahead)
    window = Window(instant_of(day, start), instant_of(day, end))
    return spoken_window(window, instant_of(day - timedelta(days=min(ahead, 2)), 0))


def _name(day: str, start: int, end: int) -> str:
    return f"slot.{day}_{start // 60:02}{start % 60:02}_{end // 60:02}{end % 60:02}"
