"""One adviser's week as the plan has it: its days, its hours of work, the days that end late, and what comes next."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.hours import Hours, Period, Span
from schedules.shifts import Activity, AlwaysOnPhone, Roster, Shift, Shifts, shifts_of
from schedules.walltime import instant_of
from schedules.weeks import next_day, week_of

MONDAY = date(2026, 3, 23)
"""The clocks change on the Sunday of this week: at 2 h it is 3 h."""
A = "adv01"


def on(day: int, start: str, end: str, activity: Activity = Activity.PHONE, adviser: str = A) -> Shift:
    at = MONDAY + timedelta(days=day)
    begins, ends = (time.fromisoformat(text) for text in (start, end))
    return Shift(adviser, *(instant_of(at, each.hour * 60 + each.minute) for each in (begins, ends)), activity)


ROSTER = Roster.of(
    [
        on(0, "09:15", "12:00"), on(0, "12:00", "12:45", Activity.BREAK), on(0, "12:45", "14:00", Activity.CHAT),
        on(0, "14:00", "17:00"),
        on(1, "12:15", "18:00"), on(1, "18:00", "20:00"),
        on(2, "12:00", "19:59"),
        on(6, "00:00", "06:00", Activity.TRAINING),
        on(15, "10:00", "11:00"),
        on(0, "08:00", "09:00", adviser="adv02"), on(3, "08:00", "09:00", adviser="adv02"),
    ],
    advisers=["adv03"],
)  # fmt: skip
WEEK = week_of(ROSTER, A, MONDAY + timedelta(days=4))


def test_a_week_is_the_one_a_day_is_in_from_monday_with_each_shift_on_its_day():
    assert WEEK.monday == MONDAY
    assert [len(day.shifts) for day in WEEK.days] == [4, 1, 1, 0, 0, 0, 1]
    assert {shift.adviser for day in WEEK.days for shift in day.shifts} == {A}


def test_shifts_that_touch_and_hold_the_same_are_one():
    (tuesday,) = WEEK.days[1].shifts
    assert (tuesday.starts_at, tuesday.ends_at) == (on(1, "12:15", "13:00").starts_at, on(1, "19:00", "20:00").ends_at)


def test_breaks_are_no_work_and_an_hour_that_the_clocks_skip_is_not_worked():
    assert WEEK.days[0].worked == timedelta(hours=7)
    assert WEEK.days[6].worked == timedelta(hours=5)
    assert WEEK.worked == timedelta(hours=7 + 7.75 + 5) + timedelta(hours=7, minutes=59)
    assert WEEK.by_activity == {
        Activity.PHONE: timedelta(hours=5.75 + 7.75) + timedelta(hours=7, minutes=59),
        Activity.CHAT: timedelta(hours=1.25),
        Activity.TRAINING: timedelta(hours=5),
        Activity.BREAK: timedelta(hours=0.75),
    }


def test_a_day_that_ends_at_20_h_ends_late_and_one_that_ends_a_minute_before_does_not():
    assert [day.ends_late for day in WEEK.days] == [False, True, False, False, False, False, False]
    assert WEEK.late == 1


def test_the_next_day_is_the_first_with_a_shift_after_today_and_none_where_the_plan_ends():
    noon = on(0, "12:00", "13:00").starts_at
    assert next_day(ROSTER, A, noon).date == MONDAY + timedelta(days=1)
    assert next_day(ROSTER, A, noon + timedelta(days=2)).date == MONDAY + timedelta(days=6)
    assert next_day(ROSTER, A, noon + timedelta(days=15)) is None
    assert next_day(ROSTER, "adv03", noon) is None


def test_who_is_unknown_to_the_plan_has_an_empty_week_and_the_search_ends():
    daily = tuple((Span(480, 1200),) for _ in range(7))
    always = AlwaysOnPhone((Hours((Period(date(2026, 1, 1), daily),)),), frozenset({A}))
    for plan in (ROSTER, always):
        assert week_of(plan, "nobody", MONDAY).worked == timedelta(0)
        assert next_day(plan, "nobody", datetime(2026, 3, 23, tzinfo=UTC)) is None


def test_in_a_demonstration_the_week_is_the_opening_hours():
    week = tuple((Span(510, 1200),) if day < 5 else () for day in range(7))
    always = AlwaysOnPhone((Hours((Period(date(2026, 1, 1), week),)),), frozenset({A}))
    found = week_of(always, A, MONDAY)
    assert [day.worked for day in found.days] == [timedelta(hours=11.5)] * 5 + [timedelta(0)] * 2
    assert found.late == 5


def test_a_night_shift_is_cut_at_midnight_and_counted_once():
    night = Roster.of(
        [Shift(A, instant_of(MONDAY, 22 * 60), instant_of(MONDAY + timedelta(days=1), 120), Activity.PHONE)]
    )
    days = week_of(night, A, MONDAY).days
    assert [day.worked for day in days[:3]] == [timedelta(hours=2), timedelta(hours=2), timedelta(0)]
    assert [day.ends_late for day in days[:2]] == [True, False]


def test_an_instant_without_an_offset_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        shifts_of(ROSTER, A, datetime(2026, 3, 23), datetime(2026, 3, 24))  # noqa: DTZ001


minutes = st.integers(0, 7 * 1440)
PLANS = st.lists(st.tuples(minutes, st.sampled_from(sorted(Activity))), max_size=12)


@given(PLANS, minutes, minutes)
def test_what_is_listed_is_what_the_plan_says_at_every_quarter_of_an_hour(changes, begin, lasts):
    starts = sorted({minute for minute, _ in changes})
    activities = [activity for _, activity in changes]
    base = instant_of(MONDAY, 0)
    at = [base + timedelta(minutes=minute) for minute in starts]
    plan: Shifts = Roster.of(
        Shift(A, a, b, Activity(each)) for (a, b), each in zip(pairwise(at), activities, strict=False)
    )
    start_at = base + timedelta(minutes=begin)
    end_at = start_at + timedelta(minutes=lasts)
    found = shifts_of(plan, A, start_at, end_at)
    for number in range(0, lasts, 15):
        now = start_at + timedelta(minutes=number)
        (*covering,) = [shift.activity for shift in found if shift.starts_at <= now < shift.ends_at]
        assert covering == [each for each in (plan.activity_at(A, now),) if each is not Activity.OFF]
    assert all(start_at <= shift.starts_at < shift.ends_at <= end_at for shift in found)
    assert shifts_of(plan, A, start_at, end_at, most=1) == found[:1]
