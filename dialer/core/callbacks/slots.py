"""Which windows may be promised: those that the roster can staff, of which some share is for callbacks.

Decides slots from the line's opening, the shifts, the promises made already and the hours at which the person may be
called. Must not know callbacks, calls or the clock.

The grid: each opening of the line, on the clock of Paris, is cut from its start on into windows of `length_s`
(`SlotRules`); a remainder shorter than half of that joins the window before it (9h–11h30 is one slot, 9h–12h is two).
On the nights of the clock changes a window is an hour shorter or longer, as the wall is; one that lies in the skipped
hour is none.

What a slot bears: at each instant the queue has `reserved` advisers, a share of those on phone who have its skill, of
whatever level, rounded down, but one while there is anybody. Summed over the exact instants at which shifts change:

    capacity = floor( ∫ reserved dt ÷ callback_handling_s ),   free = capacity − promises of the slot

Where callers of two lines are called back by one queue, a promise by the grid of the other line takes from every slot
that it overlaps, so that the two grids together never promise more than there are advisers.
The same number bounds the callbacks in flight, so that what is promised can be dialled. The share and the two hours are
our own decision; the handling time is of the domain notes.

For whom: the window lies for half of it at least in the hours in which the person may be called (`common_hours`). Where
no window of the whole grid does, because those hours and ours hardly meet (Tahiti, Nouméa in winter), what remains is
an early or a late slot by choice: whole between 7h and 22h on the person's own wall, on a day on which people are
called.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise

from dialer.core.rules import LineRules, QueueRules, Rules
from dialer.core.words import Instant, QueueId
from schedules.calendar import public_holiday
from schedules.hours import Hours, Span, spans_on
from schedules.shifts import Activity, headcounts
from schedules.walltime import DAY_MIN, as_utc, instant_of, wall_clock
from schedules.windows import Home, Reach, Window, common_hours

_WAKING = Span(7 * 60, 22 * 60)
"""Outside nobody is called, whatever they choose (our decision)."""
_DUST = 1e-9
"""0.29 × 100 is 28.999…: what floats lose must not cost an adviser."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A window that can be promised now, and how many more promises it bears."""

    window: Window
    free: int


def free_slots(
    rules: Rules, line: LineRules, queue: QueueRules, promised: Mapping[Instant, int], reach: Reach, at: Instant
) -> tuple[Slot, ...]:
    """The slots of ``line`` that are free at ``at`` for somebody within ``reach``, the next one first.

    promised: how many callbacks of the queue hold a promise, by the start of their window. () where every slot is full
    or unstaffed, and where none lies at an hour at which that person can be called.
    """
    windows = _for_whom(reach, _within_reach(rules, line, at))
    staff = _staff_of(_Same(rules))
    taken = _taken(rules, line, windows, promised)
    counted = ((window, staff.capacity(queue, window) - taken[window]) for window in windows)
    return tuple(Slot(window, free) for window, free in counted if free > 0)


def slot_of(rules: Rules, line: LineRules, at: Instant) -> Window | None:
    """The window of the line's grid that ``at`` is in; None while the line is closed."""
    day = wall_clock(at).date()
    return next((window for window in _grid_on(line.hours, day, _length_min(rules)) if at in window), None)


def overbooked(
    rules: Rules, line: LineRules, queue: QueueRules, promised: Mapping[Instant, int], at: Instant
) -> tuple[Window, ...]:
    """The slots, not over at ``at``, that hold more promises than the roster of today can staff, in order.

    However far ahead. A promise at an hour at which neither ``line`` nor any other opens (any more) is one by itself,
    as long as a slot would be.
    """
    held: Counter[Window] = Counter()
    unserved: set[Window] = set()
    for start_at, promises in promised.items():
        window = _promised_window(rules, line, start_at)
        if window is None:
            window = _stretch(rules, start_at)
            unserved.add(window)
        if promises > 0:
            held[window] += promises
    staff = _staff_of(_Same(rules))
    found: list[Window] = []
    for window in sorted(held):
        # Promises of another grid count where they cannot be kept elsewhere: wholly within this window.
        within = (n for each, n in held.items() if window.start_at <= each.start_at and each.end_at <= window.end_at)
        if at < window.end_at and (window in unserved or sum(within) > staff.capacity(queue, window)):
            found.append(window)
    return tuple(found)


def reserved(queue: QueueRules, on_phone: int) -> int:
    """How many of so many advisers on phone, with the queue's skill, are for its callbacks."""
    if on_phone <= 0 or queue.callback_share <= 0:
        return 0
    return max(1, int(on_phone * queue.callback_share + _DUST))


def has_common_hour(reach: Reach, at: Instant, days: int = 7) -> bool:
    """Is there any instant, in the ``days`` days from ``at``'s on, at which the person may be called unasked?"""
    today = wall_clock(at).date()
    return any(
        at < common.end_at for ahead in range(days) for common in common_hours(reach, today + timedelta(days=ahead))
    )


def _within_reach(rules: Rules, line: LineRules, at: Instant) -> list[Window]:
    """The windows of the line's grid that begin neither too soon nor too late to be promised at ``at``."""
    today = wall_clock(at).date()
    earliest = as_utc(at) + timedelta(seconds=rules.slots.notice_s)
    length_min = _length_min(rules)
    days = (today + timedelta(days=ahead) for ahead in range(rules.slots.days_max + 1))
    return [window for day in days for window in _grid_on(line.hours, day, length_min) if earliest <= window.start_at]


def _length_min(rules: Rules) -> int:
    return max(1, int(rules.slots.length_s // 60))


@lru_cache(maxsize=4096)
def _grid_on(hours: Hours, day: date, length_min: int) -> tuple[Window, ...]:
    """The windows of a Paris ``day``, in order."""
    windows: list[Window] = []
    for opening in _openings(spans_on(hours, day)):
        edges = [*range(opening.start, opening.end, length_min), opening.end]
        if len(edges) > 2 and 2 * (edges[-1] - edges[-2]) < length_min:
            del edges[-2]
        for start, end in pairwise(instant_of(day, minute) for minute in edges):
            if start < end:
                windows.append(Window(start, end))
    return tuple(windows)


def _openings(spans: Iterable[Span]) -> list[Span]:
    """Spans that touch are one opening."""
    openings: list[Span] = []
    for span in spans:
        if openings and openings[-1].end == span.start:
            span = Span(openings.pop().start, span.end)
        openings.append(span)
    return openings


def _for_whom(reach: Reach, windows: list[Window]) -> list[Window]:
    """Those of the windows in which somebody within ``reach`` may be called; see the module."""
    courteous = [window for window in windows if _is_courteous(reach, window)]
    return courteous or [window for window in windows if all(_is_waking(reach, home, window) for home in reach.homes)]


def _is_courteous(reach: Reach, window: Window) -> bool:
    common = common_hours(reach, wall_clock(window.start_at).date())
    met_s = sum(
        (min(window.end_at, each.end_at) - max(window.start_at, each.start_at)).total_seconds()
        for each in common
        if each.start_at < window.end_at and window.start_at < each.end_at
    )
    return 2 * met_s >= (window.end_at - window.start_at).total_seconds()


def _is_waking(reach: Reach, home: Home, window: Window) -> bool:
    day = wall_clock(window.start_at, home.zone).date()
    if not reach.hours.week[day.weekday()] or public_holiday(day, home.observed) is not None:
        return False
    wakes_at, sleeps_at = (instant_of(day, minute, home.zone) for minute in (_WAKING.start, _WAKING.end))
    return wakes_at <= window.start_at and window.end_at <= sleeps_at


def _taken(rules: Rules, line: LineRules, windows: list[Window], promised: Mapping[Instant, int]) -> Counter[Window]:
    """How many promises each window is to bear: its own, and those of other grids that overlap it."""
    taken: Counter[Window] = Counter()
    for start_at, promises in promised.items():
        own = slot_of(rules, line, start_at)
        if own is not None and own.start_at == start_at:
            taken[own] += promises
        else:
            other = _promised_window(rules, line, start_at) or _stretch(rules, start_at)
            for window in windows:
                if other.start_at < window.end_at and window.start_at < other.end_at:
                    taken[window] += promises
    return taken


def _promised_window(rules: Rules, line: LineRules, start_at: Instant) -> Window | None:
    """The slot that a promise from ``start_at`` on is of: one that begins then, of ``line`` first; else one around."""
    slots = [slot for each in (line, *rules.lines.values()) if (slot := slot_of(rules, each, start_at)) is not None]
    return next((slot for slot in slots if slot.start_at == start_at), slots[0] if slots else None)


def _stretch(rules: Rules, start_at: Instant) -> Window:
    return Window(start_at, as_utc(start_at) + timedelta(seconds=rules.slots.length_s))


class _Staff:
    """What one configuration's roster gives each queue; kept, because it changes with the configuration alone."""

    def __init__(self, rules: Rules) -> None:
        self._shifts = rules.shifts
        self._skilled: dict[QueueId, list[str]] = {}
        for adviser in rules.advisers.values():
            for queue in adviser.skills:
                self._skilled.setdefault(queue, []).append(adviser.id)
        self._steps: dict[tuple[QueueId, date], list[tuple[Instant, int]]] = {}
        self._capacities: dict[tuple[QueueRules, Window], int] = {}

    def capacity(self, queue: QueueRules, window: Window) -> int:
        """How many callbacks of the queue can be handled in a window of the grid."""
        known = self._capacities.get((queue, window))
        if known is None:
            known = self._capacities[queue, window] = self._capacity(queue, window)
        return known

    def _capacity(self, queue: QueueRules, window: Window) -> int:
        steps = self._steps_on(queue.id, wall_clock(window.start_at).date())
        ends = [*(at for at, _ in steps[1:]), window.end_at]
        worked_s = 0.0
        for (at, on_phone), until in zip(steps, ends, strict=True):
            overlap_s = (min(until, window.end_at) - max(at, window.start_at)).total_seconds()
            worked_s += max(0.0, overlap_s) * reserved(queue, on_phone)
        return int(worked_s / queue.callback_handling_s)

    def _steps_on(self, queue: QueueId, day: date) -> list[tuple[Instant, int]]:
        """How many advisers are on phone for the queue during a Paris ``day``, from which instant on."""
        steps = self._steps.get((queue, day))
        if steps is None:
            midnights = instant_of(day, 0), instant_of(day, DAY_MIN)
            steps = headcounts(self._shifts, Activity.PHONE, self._skilled.get(queue, ()), *midnights)
            self._steps[queue, day] = steps
        return steps


class _Same:
    """Rules by what they are and not by what they say: comparing two rosters would cost more than it saves."""

    __slots__ = ("rules",)

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.rules is self.rules

    def __hash__(self) -> int:
        return id(self.rules)


@lru_cache(maxsize=2)
def _staff_of(same: _Same) -> _Staff:
    return _Staff(same.rules)
