"""From the clock on the wall to instants, over both clock changes."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.walltime import DAY_MIN, PARIS, as_utc, instant_of, minute_of, wall_clock

MARCH = date(2026, 3, 29)
OCTOBER = date(2026, 10, 25)


def utc(day: int, month: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "minute", "instant"),
    [
        (date(2026, 1, 5), 10 * 60, utc(5, 1, 9)),
        (date(2026, 7, 6), 10 * 60, utc(6, 7, 8)),
        (date(2026, 7, 6), DAY_MIN, utc(6, 7, 22)),
        (MARCH, 119, utc(29, 3, 0, 59)),
        (MARCH, 120, utc(29, 3, 1)),
        (MARCH, 150, utc(29, 3, 1)),
        (MARCH, 179, utc(29, 3, 1)),
        (MARCH, 180, utc(29, 3, 1)),
        (MARCH, 181, utc(29, 3, 1, 1)),
        (OCTOBER, 119, utc(24, 10, 23, 59)),
        (OCTOBER, 120, utc(25, 10, 0)),
        (OCTOBER, 150, utc(25, 10, 0, 30)),
        (OCTOBER, 180, utc(25, 10, 2)),
    ],
)
def test_a_wall_time_is_its_first_coming_or_the_next_instant_that_exists(
    day: date, minute: int, instant: datetime
) -> None:
    assert instant_of(day, minute) == instant
    assert instant_of(day, minute).tzinfo is UTC


days = st.dates(date(2025, 1, 1), date(2030, 12, 31)) | st.sampled_from([MARCH, OCTOBER])
minutes = st.integers(0, DAY_MIN) | st.integers(115, 185)
zones = st.sampled_from([PARIS, ZoneInfo("America/Miquelon"), ZoneInfo("Indian/Reunion"), ZoneInfo("UTC")])


@given(day=days, minute=minutes, later=st.integers(0, 200), zone=zones)
def test_later_on_the_wall_is_never_earlier_in_time(day: date, minute: int, later: int, zone: ZoneInfo) -> None:
    later_minute = min(minute + later, DAY_MIN)

    assert instant_of(day, minute, zone) <= instant_of(day, later_minute, zone)


@given(day=days, minute=st.integers(0, DAY_MIN - 1), zone=zones)
def test_the_wall_shows_the_time_asked_for_or_the_first_after_the_gap(day: date, minute: int, zone: ZoneInfo) -> None:
    instant = instant_of(day, minute, zone)
    shown = wall_clock(instant, zone)
    asked = datetime.combine(day, time(minute // 60, minute % 60))

    if shown.replace(tzinfo=None) != asked:
        assert (
            shown.replace(tzinfo=None) > asked > wall_clock(instant - timedelta(minutes=1), zone).replace(tzinfo=None)
        )
    assert shown.fold == 0


def test_a_gap_that_is_not_at_two_in_the_morning_is_crossed_as_well() -> None:
    # Havana goes from 00:00 to 01:00: the day begins at 01:00, which is 05:00 UTC.
    assert instant_of(date(2026, 3, 8), 30, ZoneInfo("America/Havana")) == utc(8, 3, 5)
    # Lord Howe moves by half an hour only: 02:00 to 02:30 on 4 October 2026.
    assert instant_of(date(2026, 10, 4), 135, ZoneInfo("Australia/Lord_Howe")) == utc(3, 10, 15, 30)


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        as_utc(datetime(2026, 3, 16, 10))  # noqa: DTZ001
    with pytest.raises(ValueError, match="no time zone"):
        wall_clock(datetime(2026, 3, 16, 10))  # noqa: DTZ001


def test_an_instant_with_any_offset_is_the_same_instant_in_utc() -> None:
    at = datetime(2026, 3, 16, 10, tzinfo=timezone(timedelta(hours=-4)))

    assert as_utc(at) == at
    assert as_utc(at).tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "minute"),
    [("0:00", 0), ("9:30", 570), ("09:30", 570), ("23:59", 1439), ("24:00", 1440)],
)
def test_a_time_of_day_is_read(text: str, minute: int) -> None:
    assert minute_of(text) == minute


@pytest.mark.parametrize("text", ["", "10", "10h", "24:01", "25:00", "10:60", "10:5", "-1:00", "1٠:00", "10:00:00"])
def test_what_is_no_time_of_day_is_not_read(text: str) -> None:
    assert minute_of(text) is None
