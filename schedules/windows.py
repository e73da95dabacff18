"""When a person may be called: courtesy hours where they live, within the opening of the service, or as they chose.

Decides instants only; knows nothing of numbers, attempts or refusals (`dialer.core.callbacks.compliance` does), nor of
which slots the roster can staff. A window the person chose beats the courtesy hours, never the opening of the service,
and binds until it is over: nobody is called before the hour they chose; once it is over the hours hold again.

Source of the hours: décret 2022-1313, the limits for canvassing until 11/8/2026; for callbacks that were asked for
they are our courtesy (domain notes). They are wall time where the person lives: `walltime.py` holds the rule for the
clock changes, and zones that have none need none.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from schedules.calendar import FRANCE, HolidaySet, public_holiday
from schedules.hours import SEARCH_DAYS, Closed, Hours, Open, Span, Spans, is_open, opening_at
from schedules.speech import spoken_day, spoken_time
from schedules.walltime import DAY_MIN, PARIS, as_utc, instant_of, wall_clock

_DAY = timedelta(days=1)
_NOON, _EVENING = 12 * 60, 18 * 60


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """From `start_at` (included) to `end_at` (not included), kept in UTC. ValueError when naive or not forward."""

    start_at: datetime
    end_at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "start_at", as_utc(self.start_at))
        object.__setattr__(self, "end_at", as_utc(self.end_at))
        if not self.start_at < self.end_at:
            raise ValueError(f"a window runs forward, not from {self.start_at} to {self.end_at}")

    def __contains__(self, at: datetime) -> bool:
        return self.start_at <= as_utc(at) < self.end_at


@dataclass(frozen=True, slots=True)
class CallingHours:
    """The hours at which people may be called without having chosen one, on their own wall. Monday is week[0].

    afternoon_from: the minute of the day at which their afternoon begins; attempts are spread over half-days.
    """

    week: tuple[Spans, ...]
    afternoon_from: int = 13 * 60
    _hash: int = field(init=False, repr=False, compare=False, default=0)

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise ValueError(f"a week has 7 days, not {len(self.week)}")
        if any(later.start < span.end for spans in self.week for span, later in pairwise(spans)):
            raise ValueError("the spans of a day are in order and do not overlap")
        if not 0 < self.afternoon_from < DAY_MIN:
            raise ValueError(f"an afternoon begins within the day, not at minute {self.afternoon_from}")
        object.__setattr__(self, "_hash", hash((self.week, self.afternoon_from)))

    def __hash__(self) -> int:
        return self._hash


COURTESY = CallingHours(((Span(10 * 60, 13 * 60), Span(14 * 60, 20 * 60)),) * 5 + ((),) * 2)
"""Monday to Friday, 10h–13h and 14h–20h."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where a person lives, as far as the hours go: the clock on their wall and the holidays they observe."""

    zone: ZoneInfo = PARIS
    observed: HolidaySet = FRANCE


@dataclass(frozen=True, slots=True)
class Reach:
    """What decides when one person may be called.

    homes: usually one; two when the number and the person's word differ, and then both must allow it.
    service: the opening of the line that calls, which nothing beats. ValueError when there is no home.
    """

    homes: tuple[Home, ...]
    service: Hours
    hours: CallingHours = COURTESY
    chosen: Window | None = None

    def __post_init__(self) -> None:
        if not self.homes:
            raise ValueError("hours hold somewhere: give at least one home")


def may_call_at(reach: Reach, at: datetime) -> bool:
    """May the person be called at `at`? ValueError when naive."""
    at = as_utc(at)
    if not is_open(reach.service, at):
        return False
    if reach.chosen is not None and at < reach.chosen.end_at:
        return at in reach.chosen
    return all(
        any(start <= at < end for start, end in _courteous_on(reach.hours, home, wall_clock(at, home.zone).date()))
        for home in reach.homes
    )


def next_allowed(reach: Reach, at: datetime) -> datetime | None:
    """The first instant, `at` itself included, at which the person may be called, in UTC.

    None when there is none in the next SEARCH_DAYS (of which a chosen window that is still to come is one more day).
    ValueError when naive.
    """
    at = as_utc(at)
    chosen = reach.chosen
    if chosen is not None and at < chosen.end_at:
        for start, _ in _served(reach.service, max(at, chosen.start_at), chosen.end_at):
            return start
        at = chosen.end_at
    today = wall_clock(at, reach.homes[0].zone).date()
    for ahead in range(SEARCH_DAYS):
        for start, end in _common_on(reach.hours, reach.homes, reach.service, today + ahead * _DAY):
            if at < end:
                return max(at, start)
    return None


def common_hours(reach: Reach, day: date) -> tuple[Window, ...]:
    """The overlap, on the Paris `day`, of the courtesy hours with the opening of the service; () when there is none.

    A chosen window does not count: this tells whether somebody needs to choose one.
    """
    midnight, next_midnight = instant_of(day, 0), instant_of(day, DAY_MIN)
    stretches: list[tuple[datetime, datetime]] = []
    for near in (day - _DAY, day, day + _DAY):
        for start, end in _common_on(reach.hours, reach.homes, reach.service, near):
            start, end = max(start, midnight), min(end, next_midnight)
            if start >= end:
                continue
            if stretches and stretches[-1][1] == start:
                start = stretches.pop()[0]
            stretches.append((start, end))
    return tuple(Window(start, end) for start, end in stretches)


def closed_throughout(window: Window, service: Hours) -> Closed | None:
    """Why a window cannot be kept, as it stands at its start; None when the service opens in it at all."""
    if next(_served(service, window.start_at, window.end_at), None) is not None:
        return None
    opening = opening_at(service, window.start_at)
    return opening if isinstance(opening, Closed) else None


class Part(StrEnum):
    """A half of the person's day."""

    MORNING = "morning"
    AFTERNOON = "afternoon"


@dataclass(frozen=True, slots=True)
class HalfDay:
    """A morning or an afternoon on the person's own calendar."""

    day: date
    part: Part


def half_day_at(at: datetime, zone: ZoneInfo, hours: CallingHours = COURTESY) -> HalfDay:
    """The half-day that `at` is in for somebody in `zone`. ValueError when naive."""
    day = wall_clock(at, zone).date()
    afternoon = as_utc(at) >= instant_of(day, hours.afternoon_from, zone)
    return HalfDay(day, Part.AFTERNOON if afternoon else Part.MORNING)


def next_half_day(at: datetime, zone: ZoneInfo, hours: CallingHours = COURTESY) -> datetime:
    """The instant, in UTC and after `at`, at which the next half-day begins in `zone`. ValueError when naive."""
    here = half_day_at(at, zone, hours)
    if here.part is Part.MORNING:
        return instant_of(here.day, hours.afternoon_from, zone)
    return instant_of(here.day, DAY_MIN, zone)


def spoken_window(window: Window, at: datetime, zone: ZoneInfo = PARIS) -> str:
    """The window as a person would say it at `at`: "lundi matin, entre dix heures et midi", on the wall in `zone`.

    Today is "aujourd'hui", tomorrow "demain"; a day of the next six is its name alone, any other its date too.
    ValueError when naive.
    """
    first, start = _day_and_minute(window.start_at, zone)
    last, end = _day_and_minute(window.end_at, zone)
    if end == 0:
        last, end = last - _DAY, DAY_MIN
    if first != last:
        return f"entre {spoken_day(first)} à {spoken_time(start)} et {spoken_day(last)} à {spoken_time(end)}"
    ahead = (first - wall_clock(at, zone).date()).days
    if ahead == 0:
        day = "aujourd'hui"
    elif 0 < ahead < 7:
        day = ("demain" if ahead == 1 else spoken_day(first).partition(" ")[0]) + _part_of_day(start, end)
    else:
        day = spoken_day(first)
    return f"{day}, entre {spoken_time(start)} et {spoken_time(end)}"


@lru_cache(maxsize=16384)
def _courteous_on(hours: CallingHours, home: Home, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """The courtesy hours of a day there, as instants in order; one that lies in the skipped hour has no length."""
    if public_holiday(day, home.observed) is not None:
        return ()
    spans = hours.week[day.weekday()]
    return tuple((instant_of(day, span.start, home.zone), instant_of(day, span.end, home.zone)) for span in spans)


@lru_cache(maxsize=16384)
def _common_on(
    hours: CallingHours, homes: tuple[Home, ...], service: Hours, day: date
) -> tuple[tuple[datetime, datetime], ...]:
    """When the courtesy hours of every home and the opening of the service meet, on a `day` of the first home."""
    stretches = _courteous_on(hours, homes[0], day)
    for home in homes[1:]:
        theirs = [each for ahead in (-1, 0, 1) for each in _courteous_on(hours, home, day + ahead * _DAY)]
        both = ((max(a, c), min(b, d)) for a, b in stretches for c, d in theirs)
        stretches = tuple((start, end) for start, end in both if start < end)
    return tuple(served for start, end in stretches for served in _served(service, start, end))


def _served(service: Hours, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The parts of `start` to `end` in which the service is open, in order."""
    while start < end:
        match opening_at(service, start):
            case Open(closes_at=closes_at):
                until = end if closes_at is None else min(end, closes_at)
                yield start, until
                start = until
            case Closed(next_opens_at=opens_at):
                start = end if opens_at is None else opens_at


def _day_and_minute(at: datetime, zone: ZoneInfo) -> tuple[date, int]:
    shown = wall_clock(at, zone)
    return shown.date(), shown.hour * 60 + shown.minute


def _part_of_day(start: int, end: int) -> str:
    """ " matin", " après-midi", " soir", or nothing for a window that lies in two of them."""
    if end <= _NOON:
        return " matin"
    if start >= _EVENING:
        return " soir"
    return " après-midi" if start >= _NOON and end <= _EVENING else ""
