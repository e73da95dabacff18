"""Opening hours of a line: is it open at an instant, until when, and if not, why and when does it open?

Decides nothing about calls: what a closed line says is for the flow. Hours are written in Paris wall time and
answered in instants (UTC); `walltime.py` holds the rule for the clock-change nights. What an operator writes
is read by `hours_table.py`, and said in French by `speech.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

from schedules.calendar import FRANCE, HolidaySet, public_holiday
from schedules.walltime import DAY_MIN, as_utc, instant_of, wall_clock

SEARCH_DAYS = 400
"""How far ahead an opening or a closing is looked for; beyond, the answer is None."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From `start` to `end`, in minutes since midnight on the wall (0–1440); `end` is not included.

    A night that crosses midnight is two spans that touch, and counts as one opening.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= DAY_MIN:
            raise ValueError(f"a span runs forward within one day, not from minute {self.start} to {self.end}")

    def __contains__(self, minute: int) -> bool:
        return self.start <= minute < self.end


Spans: TypeAlias = tuple[Span, ...]
"""The open times of one day, in order, not overlapping; none when the day is closed."""


@dataclass(frozen=True, slots=True)
class Period:
    """The weekly hours in force from `valid_from` (included) until the next period. Monday is week[0]."""

    valid_from: date
    week: tuple[Spans, ...]

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise ValueError(f"a week has 7 days, not {len(self.week)}")
        for spans in self.week:
            _must_follow(spans)


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """One day that is not as usual, be it a holiday: its own spans (none: closed), and why, in French."""

    day: date
    spans: Spans
    reason: str

    def __post_init__(self) -> None:
        _must_follow(self.spans)


@dataclass(frozen=True, slots=True)
class Hours:
    """When a line is open: periods by effective date, special days, and the public holidays it closes on.

    observed: None for a line that stays open on public holidays. Special days win over holidays, holidays
    over the week. Before the first period the line is closed. ValueError when days are out of order or come
    twice.
    """

    periods: tuple[Period, ...]
    special_days: tuple[SpecialDay, ...] = ()
    observed: HolidaySet | None = FRANCE
    _hash: int = field(init=False, repr=False, compare=False, default=0)

    def __post_init__(self) -> None:
        for days in ([p.valid_from for p in self.periods], [s.day for s in self.special_days]):
            if any(later <= day for day, later in pairwise(days)):
                raise ValueError("periods and special days are in order of their dates, each date once")
        # The open times of a day are cached by value; without this every question would walk the whole tree.
        object.__setattr__(self, "_hash", hash((self.periods, self.special_days, self.observed)))

    def __hash__(self) -> int:
        return self._hash

    def period_on(self, day: date) -> Period | None:
        """The period in force on `day`; None before the first."""
        return next((p for p in reversed(self.periods) if p.valid_from <= day), None)

    def special_on(self, day: date) -> SpecialDay | None:
        return next((s for s in self.special_days if s.day == day), None)

    def holiday_on(self, day: date) -> str | None:
        """The French name of the public holiday for which the line closes that day, unless it is special."""
        return public_holiday(day, self.observed) if self.observed is not None else None


class Why(StrEnum):
    """Why a line is closed."""

    NIGHT = "night"
    """Before the first or after the last hour of a day that opens."""
    BREAK = "break"
    """Between two open times of one day."""
    WEEKEND = "weekend"
    """A day of the week that has no hours."""
    HOLIDAY = "holiday"
    EXCEPTION = "exception"
    """A special day, closed when it would usually be open, or all day."""
    UNOPENED = "unopened"
    """Before the first effective date of the line."""


@dataclass(frozen=True, slots=True)
class Open:
    """closes_at: UTC; None when it does not close within SEARCH_DAYS."""

    closes_at: datetime | None


@dataclass(frozen=True, slots=True)
class Closed:
    """label: name of the holiday or reason of the special day, in French; None for the other reasons.

    next_opens_at: UTC; None when it does not open within SEARCH_DAYS.
    """

    why: Why
    label: str | None
    next_opens_at: datetime | None


Opening: TypeAlias = Open | Closed


def opening_at(hours: Hours, at: datetime) -> Opening:
    """Is the line open at `at`? ValueError when `at` is naive."""
    at = as_utc(at)
    shown = wall_clock(at)
    closes_at = _closing(hours, shown.date(), at)
    if closes_at is not None:
        return Open(_end_of_opening(hours, shown.date(), closes_at))
    why, label = _why_closed(hours, shown)
    following = (opens_at for opens_at, _ in _open_from(hours, shown.date()) if opens_at > at)
    return Closed(why, label, next(following, None))


def is_open(hours: Hours, at: datetime) -> bool:
    """Only whether the line is open at `at`: cheap, for who asks often. ValueError when `at` is naive."""
    return _closing(hours, wall_clock(at).date(), as_utc(at)) is not None


def next_opening(hours: Hours, at: datetime) -> datetime | None:
    """The first instant, `at` itself included, at which the line is open, in UTC. ValueError when naive."""
    match opening_at(hours, at):
        case Open():
            return as_utc(at)
        case Closed(next_opens_at=opens_at):
            return opens_at


def next_change(hours: Hours, at: datetime) -> datetime | None:
    """The first instant after `at` at which the line opens or closes, in UTC. ValueError when naive.

    A change of the reason alone (night becomes holiday at midnight) is not a change.
    """
    match opening_at(hours, at):
        case Open(closes_at=change) | Closed(next_opens_at=change):
            return change


def spans_on(hours: Hours, day: date) -> Spans:
    """When the line is open on a Paris `day`, as its clock shows it."""
    special = hours.special_on(day)
    if special is not None:
        return special.spans
    period = hours.period_on(day)
    if period is None or hours.holiday_on(day) is not None:
        return ()
    return period.week[day.weekday()]


@lru_cache(maxsize=8192)
def _open_on(hours: Hours, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """The open times of a day as instants in order; one that falls wholly into the skipped hour is none."""
    times = ((instant_of(day, span.start), instant_of(day, span.end)) for span in spans_on(hours, day))
    return tuple((opens_at, closes_at) for opens_at, closes_at in times if opens_at < closes_at)


def _open_from(hours: Hours, day: date) -> Iterator[tuple[datetime, datetime]]:
    for ahead in range(SEARCH_DAYS):
        yield from _open_on(hours, day + timedelta(days=ahead))


def _closing(hours: Hours, day: date, at: datetime) -> datetime | None:
    """The end of the span that holds at `at`, on its Paris `day`; None when none does."""
    return next((end for start, end in _open_on(hours, day) if start <= at < end), None)


def _end_of_opening(hours: Hours, day: date, closes_at: datetime) -> datetime | None:
    """The end of the opening that lasts until `closes_at` at least, of however many touching spans."""
    for following, its_end in _open_from(hours, day):
        if following > closes_at:
            return closes_at
        closes_at = max(closes_at, its_end)
    return closes_at if closes_at < instant_of(day + timedelta(days=SEARCH_DAYS), 0) else None


def _why_closed(hours: Hours, shown: datetime) -> tuple[Why, str | None]:
    day, minute = shown.date(), shown.hour * 60 + shown.minute
    period, special = hours.period_on(day), hours.special_on(day)
    usual = period.week[day.weekday()] if period is not None else ()
    if special is not None:
        if not special.spans or any(minute in span for span in usual):
            return Why.EXCEPTION, special.reason
        return _night_or_break(special.spans, minute), None
    if period is None:
        return Why.UNOPENED, None
    holiday = hours.holiday_on(day)
    if holiday is not None:
        return Why.HOLIDAY, holiday
    return (_night_or_break(usual, minute) if usual else Why.WEEKEND), None


def _night_or_break(spans: Spans, minute: int) -> Why:
    return Why.BREAK if spans[0].start <= minute < spans[-1].start else Why.NIGHT


def _must_follow(spans: Spans) -> None:
    if any(later.start < span.end for span, later in pairwise(spans)):
        raise ValueError("the spans of a day are in order and do not overlap")
