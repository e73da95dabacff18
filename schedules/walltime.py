"""Wall time: turns what a clock on the wall says into instants in UTC, and back.

Decides what happens on the nights of the clock changes; knows nothing of hours, shifts or people.

Rule (faults 52 and 53 of the design): a wall time that comes twice in October means its first coming; a wall
time that is missing in March means the next instant that exists. So the way from wall time to instants never
goes backwards: intervals that touch still touch, intervals that are apart stay apart, and whatever starts at
02:30 starts once.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
DAY_MIN = 24 * 60
"""Minutes on the wall in a day; also the minute of 24:00, the midnight that ends it."""

_MINUTE = timedelta(minutes=1)
_TIME = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)


def as_utc(at: datetime) -> datetime:
    """The same instant in UTC. ValueError when `at` is naive: an instant without an offset is a guess."""
    if at.tzinfo is UTC:
        return at
    if at.utcoffset() is None:
        raise ValueError(f"{at.isoformat()} has no time zone: give an aware datetime")
    return at.astimezone(UTC)


def wall_clock(at: datetime, zone: ZoneInfo = PARIS) -> datetime:
    """What the clock in `zone` shows at the instant `at`. ValueError when `at` is naive."""
    return as_utc(at).astimezone(zone)


@lru_cache(maxsize=16384)
def instant_of(day: date, minute: int, zone: ZoneInfo = PARIS) -> datetime:
    """The instant, in UTC, at which the clock in `zone` shows `minute` (0–1440) on `day`.

    1440 is 24:00, the midnight that ends `day`. See the rule of the module for the clock changes.
    """
    if minute == DAY_MIN:
        day, minute = day + timedelta(days=1), 0
    shown = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone)
    instant = shown.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == shown.replace(tzinfo=None):
        return instant
    return _end_of_gap(shown)


def minute_of(text: str) -> int | None:
    """Minutes since midnight (0–1440) of `9:30`, `09:30` or `24:00`; None when it is not a time of day."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hour, minute = int(match[1]), int(match[2])
    if minute > 59 or hour * 60 + minute > DAY_MIN:
        return None
    return hour * 60 + minute


def _end_of_gap(missing: datetime) -> datetime:
    """The first instant after the hour that `missing` falls in was skipped."""
    # Read with the offset from after the gap, a missing time lies before it, and the other way round.
    before = missing.replace(fold=1).astimezone(UTC)
    after = missing.replace(fold=0).astimezone(UTC)
    offset = missing.replace(fold=1).utcoffset()
    while after - before > _MINUTE:
        middle = before + (after - before) // _MINUTE // 2 * _MINUTE
        if middle.astimezone(missing.tzinfo).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after
