"""Shifts: which activity each adviser is on at an instant, and when that next changes.

Knows the plan of the day, not what the advisers do with it: whether someone on `phone` is offered a call is
for the core. Two plans answer the same questions: a Roster, made of shifts (`roster_csv.py` reads them), and
AlwaysOnPhone, the plan of the demonstration, which needs no file.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import accumulate, groupby
from types import MappingProxyType
from typing import Protocol, Self

from schedules.hours import SEARCH_DAYS, Hours, is_open, next_change
from schedules.walltime import as_utc


class Activity(StrEnum):
    """What an adviser's day holds at an hour. Only `phone` is offered calls; `off` is all the rest."""

    PHONE = "phone"
    CHAT = "chat"
    MAIL = "mail"
    MEETING = "meeting"
    TRAINING = "training"
    BREAK = "break"
    OFF = "off"


class Shifts(Protocol):
    """What the core asks of a plan. Instants come back in UTC; a naive `at` is a ValueError."""

    def activity_at(self, adviser: str, at: datetime) -> Activity:
        """The activity of `adviser` at `at`; off for someone whom the plan does not know."""
        ...

    def next_change(self, at: datetime) -> datetime | None:
        """The first instant after `at` at which the activity of any adviser changes; None when none will."""
        ...

    def advisers_on(self, activity: Activity, at: datetime) -> tuple[str, ...]:
        """The advisers of the plan who are on `activity` at `at`, in order of their ids."""
        ...


@dataclass(frozen=True, slots=True)
class Shift:
    """One adviser on one activity from `starts_at` (included) to `ends_at` (not included), both aware."""

    adviser: str
    starts_at: datetime
    ends_at: datetime
    activity: Activity

    def __post_init__(self) -> None:
        if not as_utc(self.starts_at) < as_utc(self.ends_at):
            raise ValueError(f"the shift of {self.adviser} ends at {self.ends_at}, before it starts")


@dataclass(frozen=True, slots=True)
class _Timeline:
    """The instants at which one adviser's activity changes, and what it changes to. Off before the first."""

    changes: tuple[datetime, ...]
    activities: tuple[Activity, ...]

    @classmethod
    def of(cls, shifts: Iterable[Shift]) -> Self:
        changes: list[datetime] = []
        activities: list[Activity] = []

        def change(at: datetime, activity: Activity) -> None:
            if changes and changes[-1] == at:
                changes.pop()
                activities.pop()
            if (activities[-1] if activities else Activity.OFF) is not activity:
                changes.append(at)
                activities.append(activity)

        ends_at: datetime | None = None
        for shift in sorted(shifts, key=lambda shift: as_utc(shift.starts_at)):
            starts_at = as_utc(shift.starts_at)
            if ends_at is not None and starts_at < ends_at:
                raise ValueError(f"two shifts of {shift.adviser} overlap at {starts_at}")
            ends_at = as_utc(shift.ends_at)
            change(starts_at, shift.activity)
            change(ends_at, Activity.OFF)
        return cls(tuple(changes), tuple(activities))

    def at(self, at: datetime) -> Activity:
        index = bisect_right(self.changes, at)
        return self.activities[index - 1] if index else Activity.OFF


@dataclass(frozen=True, slots=True)
class Roster:
    """A plan made of shifts. Questions cost one bisection, whatever the length of the plan."""

    timelines: Mapping[str, _Timeline]
    changes: tuple[datetime, ...]

    @classmethod
    def of(cls, shifts: Iterable[Shift], advisers: Collection[str] = ()) -> Self:
        """The roster of `shifts`; `advisers` adds those who have none. ValueError when someone's overlap."""
        by_adviser = sorted(shifts, key=lambda shift: shift.adviser)
        timelines = dict.fromkeys(advisers, _Timeline((), ()))
        for adviser, theirs in groupby(by_adviser, key=lambda shift: shift.adviser):
            timelines[adviser] = _Timeline.of(theirs)
        changes = {at for timeline in timelines.values() for at in timeline.changes}
        return cls(MappingProxyType(dict(sorted(timelines.items()))), tuple(sorted(changes)))

    def activity_at(self, adviser: str, at: datetime) -> Activity:
        timeline = self.timelines.get(adviser)
        return timeline.at(as_utc(at)) if timeline is not None else Activity.OFF

    def next_change(self, at: datetime) -> datetime | None:
        index = bisect_right(self.changes, as_utc(at))
        return self.changes[index] if index < len(self.changes) else None

    def advisers_on(self, activity: Activity, at: datetime) -> tuple[str, ...]:
        at = as_utc(at)
        return tuple(adviser for adviser, timeline in self.timelines.items() if timeline.at(at) is activity)


@dataclass(frozen=True, slots=True)
class AlwaysOnPhone:
    """The plan of the demonstration: everyone is on phone whenever any of the lines is open, else off."""

    hours: tuple[Hours, ...]
    advisers: frozenset[str]
    _in_order: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_in_order", tuple(sorted(self.advisers)))

    def activity_at(self, adviser: str, at: datetime) -> Activity:
        return self._activity(at) if adviser in self.advisers else Activity.OFF

    def next_change(self, at: datetime) -> datetime | None:
        """As the protocol says, within SEARCH_DAYS."""
        now, horizon = self._activity(at), as_utc(at) + timedelta(days=SEARCH_DAYS)
        # One line closing changes nothing while another is open: go on until all of them together change.
        while changes := [change for hours in self.hours if (change := next_change(hours, at)) is not None]:
            at = min(changes)
            if at > horizon:
                return None
            if self._activity(at) is not now:
                return at
        return None

    def advisers_on(self, activity: Activity, at: datetime) -> tuple[str, ...]:
        return self._in_order if self._activity(at) is activity else ()

    def _activity(self, at: datetime) -> Activity:
        return Activity.PHONE if any(is_open(hours, at) for hours in self.hours) else Activity.OFF


def shifts_of(
    shifts: Shifts, adviser: str, start_at: datetime, end_at: datetime, most: int | None = None
) -> tuple[Shift, ...]:
    """What `adviser` does from `start_at` (included) to `end_at` (not included), in order and cut to these bounds.

    Shifts that touch and hold the same activity are one; off is left out. No more than the first `most`. ValueError
    when naive.
    """
    at, end_at = as_utc(start_at), as_utc(end_at)
    found: list[Shift] = []
    while at < end_at and (most is None or len(found) < most):
        activity, until = shifts.activity_at(adviser, at), _next_change_of(shifts, adviser, at, end_at)
        if activity is not Activity.OFF:
            found.append(Shift(adviser, at, until, activity))
        at = until
    return tuple(found)


def _next_change_of(shifts: Shifts, adviser: str, at: datetime, end_at: datetime) -> datetime:
    """The first instant after `at` at which this adviser's own activity changes; `end_at` when none before it does."""
    if isinstance(shifts, Roster):
        timeline = shifts.timelines.get(adviser)
        changes = timeline.changes if timeline is not None else ()
        index = bisect_right(changes, at)
        return min(changes[index], end_at) if index < len(changes) else end_at
    now, until = shifts.activity_at(adviser, at), shifts.next_change(at)
    while until is not None and until < end_at and shifts.activity_at(adviser, until) is now:
        until = shifts.next_change(until)
    return min(until, end_at) if until is not None else end_at


def headcounts(
    shifts: Shifts, activity: Activity, among: Collection[str], start_at: datetime, end_at: datetime
) -> list[tuple[datetime, int]]:
    """How many of the advisers `among` are on `activity`, from `start_at` (included) to `end_at` (not included).

    In steps: an instant in UTC, the first is `start_at`, and the number from then until the next step. ValueError when
    naive. A roster is swept once, whatever the number of changes: this is asked for many days at a time.
    """
    start_at, end_at = as_utc(start_at), as_utc(end_at)
    if isinstance(shifts, Roster):
        timelines = (timeline for adviser in among if (timeline := shifts.timelines.get(adviser)) is not None)
        return _swept(timelines, activity, start_at, end_at)
    among = frozenset(among)
    steps: list[tuple[datetime, int]] = []
    at: datetime | None = start_at
    while at is not None and at < end_at:
        steps.append((at, len(among.intersection(shifts.advisers_on(activity, at)))))
        at = shifts.next_change(at)
    return steps


def _swept(
    timelines: Iterable[_Timeline], activity: Activity, start_at: datetime, end_at: datetime
) -> list[tuple[datetime, int]]:
    changes: dict[datetime, int] = {start_at: 0}
    for timeline in timelines:
        index = bisect_right(timeline.changes, start_at)
        on = bool(index) and timeline.activities[index - 1] is activity
        changes[start_at] += on
        for at, became in zip(timeline.changes[index:], timeline.activities[index:], strict=True):
            if at >= end_at:
                break
            if on is not (became is activity):
                on = not on
                changes[at] = changes.get(at, 0) + (1 if on else -1)
    instants = sorted(changes)
    return list(zip(instants, accumulate(changes[at] for at in instants), strict=True))
