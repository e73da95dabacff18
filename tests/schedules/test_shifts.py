"""Who is on which activity, and when that next changes."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedules.hours import Hours, Period, Span, is_open
from schedules.shifts import Activity, AlwaysOnPhone, Roster, Shift, Shifts

MONDAY = datetime(2026, 3, 16, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at(hour: int, minute: int = 0) -> datetime:
    return MONDAY + timedelta(hours=hour, minutes=minute)


def shift(adviser: str, start: int, end: int, activity: Activity = Activity.PHONE) -> Shift:
    return Shift(adviser, at(start), at(end), activity)


ROSTER = Roster.of(
    [
        shift("adv02", 12, 13, Activity.BREAK),
        shift("adv01", 9, 12),
        shift("adv02", 8, 12),
        shift("adv01", 13, 15, Activity.CHAT),
    ],
    advisers=["adv01", "adv02", "adv03"],
)


@pytest.mark.parametrize(
    ("adviser", "instant", "activity"),
    [
        ("adv01", at(8, 59), Activity.OFF),
        ("adv01", at(9), Activity.PHONE),
        ("adv01", at(11, 59), Activity.PHONE),
        ("adv01", at(12), Activity.OFF),
        ("adv01", at(13), Activity.CHAT),
        ("adv01", at(15), Activity.OFF),
        ("adv02", at(12), Activity.BREAK),
        ("adv03", at(12), Activity.OFF),
        ("nobody", at(12), Activity.OFF),
    ],
)
def test_an_adviser_is_off_when_nothing_else_is_said(adviser: str, instant: datetime, activity: Activity) -> None:
    assert ROSTER.activity_at(adviser, instant) is activity


def test_the_next_change_is_that_of_whoever_changes_first() -> None:
    changes = [at(0)]
    while (following := ROSTER.next_change(changes[-1])) is not None and len(changes) < 10:
        changes.append(following)

    assert changes[1:] == [at(8), at(9), at(12), at(13), at(15)]


def test_two_shifts_of_one_activity_that_touch_are_no_change() -> None:
    roster = Roster.of([shift("adv01", 9, 12), shift("adv01", 12, 15)])

    assert roster.next_change(at(9)) == at(15)


def test_the_advisers_on_an_activity_come_in_order() -> None:
    assert ROSTER.advisers_on(Activity.PHONE, at(10)) == ("adv01", "adv02")
    assert ROSTER.advisers_on(Activity.OFF, at(12)) == ("adv01", "adv03")
    assert ROSTER.advisers_on(Activity.MAIL, at(12)) == ()


def test_shifts_of_one_person_cannot_overlap() -> None:
    with pytest.raises(ValueError, match="adv01 overlap"):
        Roster.of([shift("adv01", 9, 12), shift("adv01", 11, 15)])


def test_a_shift_cannot_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        shift("adv01", 12, 12)


LINES = (
    Hours((Period(date(2026, 1, 1), ((Span(600, 1200),),) * 5 + ((), ())),)),
    Hours((Period(date(2026, 1, 1), ((Span(540, 690), Span(840, 1020)),) * 5 + ((), ())),)),
)
DEMO = AlwaysOnPhone(LINES, frozenset({"adv02", "adv01"}))
PARIS_WINTER = timedelta(hours=1)


def test_in_the_demonstration_everyone_is_on_phone_while_any_line_is_open() -> None:
    assert DEMO.activity_at("adv01", at(9) - PARIS_WINTER) is Activity.PHONE
    assert DEMO.activity_at("adv01", at(12) - PARIS_WINTER) is Activity.PHONE
    assert DEMO.activity_at("adv01", at(20) - PARIS_WINTER) is Activity.OFF
    assert DEMO.activity_at("nobody", at(12) - PARIS_WINTER) is Activity.OFF
    assert DEMO.advisers_on(Activity.PHONE, at(12)) == ("adv01", "adv02")
    assert DEMO.advisers_on(Activity.OFF, at(12)) == ()
    assert DEMO.advisers_on(Activity.OFF, at(22)) == ("adv01", "adv02")


def test_in_the_demonstration_a_line_that_closes_while_another_is_open_changes_nothing() -> None:
    assert DEMO.next_change(at(8) - PARIS_WINTER) == at(9) - PARIS_WINTER
    assert DEMO.next_change(at(9) - PARIS_WINTER) == at(20) - PARIS_WINTER


def test_in_the_demonstration_lines_that_never_close_never_change() -> None:
    always = Hours((Period(date(2026, 1, 1), ((Span(0, 1440),),) * 7),), observed=None)

    assert AlwaysOnPhone((always,), frozenset({"adv01"})).next_change(at(9)) is None
    assert AlwaysOnPhone((always, LINES[0]), frozenset({"adv01"})).next_change(at(9)) is None
    assert AlwaysOnPhone((), frozenset({"adv01"})).next_change(at(9)) is None


@pytest.mark.parametrize("plan", [ROSTER, DEMO], ids=["roster", "demo"])
def test_a_naive_instant_is_refused(plan: Shifts) -> None:
    naive = datetime(2026, 3, 16, 10)  # noqa: DTZ001
    with pytest.raises(ValueError, match="no time zone"):
        plan.activity_at("adv01", naive)
    with pytest.raises(ValueError, match="no time zone"):
        plan.next_change(naive)
    with pytest.raises(ValueError, match="no time zone"):
        plan.advisers_on(Activity.PHONE, naive)


# Properties: the plan against a reading of every shift, minute by minute.

ADVISERS = ["adv01", "adv02", "adv03"]


@st.composite
def any_shifts(draw: st.DrawFn) -> list[Shift]:
    shifts: list[Shift] = []
    for adviser in ADVISERS:
        cuts = sorted(draw(st.sets(st.integers(0, 240), max_size=6)))
        for start, end in pairwise(cuts):
            if draw(st.booleans()):
                activity = draw(st.sampled_from([Activity.PHONE, Activity.CHAT, Activity.OFF]))
                shifts.append(Shift(adviser, MONDAY + MINUTE * start, MONDAY + MINUTE * end, activity))
    return draw(st.permutations(shifts))


def activity_by_reading(shifts: list[Shift], adviser: str, instant: datetime) -> Activity:
    for one in shifts:
        if one.adviser == adviser and one.starts_at <= instant < one.ends_at:
            return one.activity
    return Activity.OFF


@settings(deadline=None)
@given(any_shifts())
def test_at_every_minute_the_roster_says_what_its_shifts_say(shifts: list[Shift]) -> None:
    roster = Roster.of(shifts, ADVISERS)
    instants = [MONDAY + MINUTE * n for n in range(-5, 246)]
    day = [tuple(activity_by_reading(shifts, adviser, now) for adviser in ADVISERS) for now in instants]

    assert [tuple(roster.activity_at(adviser, now) for adviser in ADVISERS) for now in instants] == day
    for now, activities in zip(instants, day, strict=True):
        on_phone = [adviser for adviser, one in zip(ADVISERS, activities, strict=True) if one is Activity.PHONE]
        assert list(roster.advisers_on(Activity.PHONE, now)) == on_phone

    following: datetime | None = None
    for index in range(len(instants) - 2, -1, -1):
        if day[index] != day[index + 1]:
            following = instants[index + 1]
        assert roster.next_change(instants[index]) == following


week = st.tuples(
    *[
        st.sets(st.integers(0, 1440), max_size=4).map(
            lambda cuts: tuple(Span(a, b) for a, b in zip(sorted(cuts)[::2], sorted(cuts)[1::2], strict=False))
        )
    ]
    * 7
)
lines = st.lists(week.map(lambda spans: Hours((Period(date(2026, 3, 17), spans),))), max_size=3).map(tuple)


@settings(deadline=None, max_examples=50)
@given(lines, st.integers(-3, 20))
def test_the_demonstration_changes_exactly_when_the_last_line_closes_or_the_first_opens(
    of_lines: tuple[Hours, ...], days: int
) -> None:
    plan = AlwaysOnPhone(of_lines, frozenset({"adv01"}))
    now = MONDAY + timedelta(days=days)

    def any_open(instant: datetime) -> bool:
        return any(is_open(hours, instant) for hours in of_lines)

    before = any_open(now)
    minutes = (now + MINUTE * n for n in range(1, 8 * 1440))
    expected = next((minute for minute in minutes if any_open(minute) is not before), None)

    change = plan.next_change(now)
    assert change == expected or (expected is None and (change is None or change >= now + timedelta(days=8)))
