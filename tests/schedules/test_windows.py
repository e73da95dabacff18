"""When may a person be called? Where they live, within the opening of the line, or as they chose."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedules import calendar
from schedules.calendar import public_holiday
from schedules.hours import Closed, Hours, Period, Span, SpecialDay, Why, is_open
from schedules.walltime import PARIS, instant_of
from schedules.windows import (
    COURTESY,
    CallingHours,
    HalfDay,
    Home,
    Part,
    Reach,
    Window,
    closed_throughout,
    common_hours,
    half_day_at,
    may_call_at,
    next_allowed,
    next_half_day,
    spoken_window,
)

MAIN = Hours((Period(date(2020, 1, 1), ((Span(600, 1200),),) * 5 + ((),) * 2),))
NEVER_CLOSED = Hours((Period(date(2020, 1, 1), ((Span(0, 1440),),) * 7),), observed=None)
NEVER_OPEN = Hours((Period(date(2020, 1, 1), ((),) * 7),))
NO_PAUSE = CallingHours(((Span(600, 1200),),) * 5 + ((),) * 2)
NIGHT_OWL = CallingHours(((Span(60, 150), Span(150, 180), Span(1380, 1440)),) * 7)
REUNION = Home(ZoneInfo("Indian/Reunion"), calendar.REUNION)
NOUMEA = Home(ZoneInfo("Pacific/Noumea"))
WINTER, SUMMER = date(2026, 1, 14), date(2026, 7, 8)


def at_home(zone: ZoneInfo, text: str) -> datetime:
    """A wall time that comes once in `zone`, as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def paris(text: str) -> datetime:
    return at_home(PARIS, text)


def window(start: str, end: str) -> Window:
    return Window(paris(start), paris(end))


def reach(*homes: Home, service: Hours = MAIN, chosen: Window | None = None, hours: CallingHours = COURTESY) -> Reach:
    return Reach(homes or (Home(),), service, hours, chosen)


@pytest.mark.parametrize(
    ("at", "allowed_at"),
    [
        ("2026-03-16T10:00", "2026-03-16T10:00"),
        ("2026-03-16T09:59:59", "2026-03-16T10:00"),
        ("2026-03-16T12:59:59", "2026-03-16T12:59:59"),
        ("2026-03-16T13:00", "2026-03-16T14:00"),
        ("2026-03-16T20:00", "2026-03-17T10:00"),
        ("2026-03-20T20:00", "2026-03-23T10:00"),
        ("2026-05-01T11:00", "2026-05-04T10:00"),
        ("2026-12-24T20:00", "2026-12-28T10:00"),
    ],
)
def test_people_are_called_on_weekdays_but_not_at_lunch_nor_on_holidays(at: str, allowed_at: str) -> None:
    assert next_allowed(reach(), paris(at)) == paris(allowed_at)
    assert may_call_at(reach(), paris(at)) is (at == allowed_at)


def test_ten_in_paris_is_lunch_in_reunion_in_winter_and_noon_in_summer() -> None:
    winter, summer = paris("2026-01-14T10:00"), paris("2026-07-08T10:00")

    assert not may_call_at(reach(REUNION), winter)
    assert next_allowed(reach(REUNION), winter) == at_home(REUNION.zone, "2026-01-14T14:00")
    assert may_call_at(reach(REUNION), summer)
    assert next_allowed(reach(REUNION), summer) == summer


def test_the_holidays_are_those_of_the_persons_territory() -> None:
    abolition = at_home(REUNION.zone, "2027-12-20T15:00")

    assert may_call_at(reach(), abolition)
    assert not may_call_at(reach(REUNION), abolition)
    assert next_allowed(reach(REUNION), abolition) == at_home(REUNION.zone, "2027-12-21T14:00")


@pytest.mark.parametrize(
    ("zone", "winter", "summer"),
    [
        ("Europe/Paris", (10, 20), (10, 20)),
        ("America/Guadeloupe", (15, 20), (16, 20)),
        ("America/Martinique", (15, 20), (16, 20)),
        ("America/Cayenne", (14, 20), (15, 20)),
        ("America/Miquelon", (14, 20), (14, 20)),
        ("Indian/Reunion", (10, 17), (10, 18)),
        ("Indian/Mayotte", (10, 18), (10, 19)),
        ("Pacific/Noumea", None, (10, 11)),
        ("Pacific/Tahiti", None, None),
        ("Pacific/Marquesas", None, None),
        ("Pacific/Gambier", None, None),
        ("Pacific/Wallis", None, None),
    ],
)
def test_the_common_hours_with_the_main_line_are_those_of_the_domain_notes(
    zone: str, winter: tuple[int, int] | None, summer: tuple[int, int] | None
) -> None:
    there = reach(Home(ZoneInfo(zone)), hours=NO_PAUSE)

    for day, hours in ((WINTER, winter), (SUMMER, summer)):
        expected = () if hours is None else (Window(*(instant_of(day, hour * 60) for hour in hours)),)
        assert common_hours(there, day) == expected


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        ("Europe/Paris", WINTER, [("10:00", "13:00"), ("14:00", "20:00")]),
        ("Indian/Reunion", WINTER, [("11:00", "17:00")]),
        ("Indian/Reunion", SUMMER, [("10:00", "11:00"), ("12:00", "18:00")]),
        ("Indian/Mayotte", WINTER, [("10:00", "11:00"), ("12:00", "18:00")]),
        ("America/Guadeloupe", WINTER, [("15:00", "18:00"), ("19:00", "20:00")]),
        ("Pacific/Noumea", SUMMER, [("10:00", "11:00")]),
    ],
)
def test_the_pause_at_lunch_is_taken_out_of_the_common_hours(
    zone: str, day: date, expected: list[tuple[str, str]]
) -> None:
    windows = tuple(window(f"{day}T{start}", f"{day}T{end}") for start, end in expected)

    assert common_hours(reach(Home(ZoneInfo(zone))), day) == windows


def test_hours_that_touch_are_one_stretch_of_a_day() -> None:
    around_the_clock = CallingHours(((Span(0, 720), Span(720, 1440)),) * 7)

    assert common_hours(reach(NOUMEA, service=NEVER_CLOSED, hours=around_the_clock), SUMMER) == (
        window("2026-07-08T00:00", "2026-07-09T00:00"),
    )


def test_noumea_waits_for_the_summer_and_tahiti_is_told_that_no_hour_comes() -> None:
    tahiti = Home(ZoneInfo("Pacific/Tahiti"))

    assert next_allowed(reach(NOUMEA), paris("2026-11-02T10:00")) == paris("2027-03-30T10:00")  # Easter Monday is 29/3
    assert next_allowed(reach(tahiti), paris("2026-11-02T10:00")) is None


def test_a_line_that_never_opens_calls_nobody() -> None:
    early = window("2026-03-16T08:00", "2026-03-16T09:00")

    assert next_allowed(reach(service=NEVER_OPEN), paris("2026-03-16T08:00")) is None
    assert next_allowed(reach(service=NEVER_OPEN, chosen=early), paris("2026-03-16T08:00")) is None


def test_a_special_day_of_the_line_bounds_the_calls() -> None:
    short = Hours(MAIN.periods, (SpecialDay(date(2026, 3, 16), (Span(660, 720),), "formation"),))

    assert next_allowed(reach(service=short), paris("2026-03-16T10:00")) == paris("2026-03-16T11:00")
    assert next_allowed(reach(service=short), paris("2026-03-16T12:00")) == paris("2026-03-17T10:00")


def test_a_chosen_window_beats_the_hours_and_the_holidays_where_the_person_lives() -> None:
    lunch = window("2026-03-16T13:00", "2026-03-16T14:00")
    late_in_reunion = window("2027-12-20T18:00", "2027-12-20T19:00")

    assert may_call_at(reach(chosen=lunch), paris("2026-03-16T13:30"))
    assert may_call_at(reach(REUNION, chosen=late_in_reunion), paris("2027-12-20T18:00"))
    assert next_allowed(reach(chosen=lunch), paris("2026-03-16T13:30")) == paris("2026-03-16T13:30")


def test_nobody_is_called_before_the_window_they_chose_and_the_hours_hold_again_after_it() -> None:
    lunch = reach(chosen=window("2026-03-17T13:00", "2026-03-17T14:00"))

    assert not may_call_at(lunch, paris("2026-03-16T11:00"))
    assert next_allowed(lunch, paris("2026-03-16T11:00")) == paris("2026-03-17T13:00")
    assert may_call_at(lunch, paris("2026-03-17T14:00"))
    assert next_allowed(lunch, paris("2026-03-17T20:00")) == paris("2026-03-18T10:00")


def test_a_chosen_window_does_not_open_the_line() -> None:
    night = reach(chosen=window("2026-03-16T02:00", "2026-03-16T04:00"))
    early = reach(chosen=window("2026-03-16T08:00", "2026-03-16T10:30"))

    assert not may_call_at(night, paris("2026-03-16T03:00"))
    assert next_allowed(night, paris("2026-03-16T03:00")) == paris("2026-03-16T10:00")
    assert next_allowed(early, paris("2026-03-16T08:00")) == paris("2026-03-16T10:00")


def test_a_window_chosen_for_years_ahead_is_found() -> None:
    chosen = window("2029-03-12T10:00", "2029-03-12T12:00")

    assert next_allowed(reach(chosen=chosen), paris("2026-03-16T10:00")) == chosen.start_at


def test_with_two_homes_both_must_allow_it() -> None:
    both = reach(Home(), REUNION)

    assert not may_call_at(both, paris("2026-01-14T10:30"))
    assert not may_call_at(both, paris("2026-01-14T18:00"))
    assert common_hours(both, WINTER) == (
        window("2026-01-14T11:00", "2026-01-14T13:00"),
        window("2026-01-14T14:00", "2026-01-14T17:00"),
    )
    assert common_hours(reach(REUNION, Home()), WINTER) == common_hours(both, WINTER)


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [
        ("2026-03-16T02:00", "2026-03-16T04:00", Why.NIGHT),
        ("2026-03-15T10:00", "2026-03-15T12:00", Why.WEEKEND),
        ("2026-05-01T10:00", "2026-05-01T12:00", Why.HOLIDAY),
        ("2026-03-16T08:00", "2026-03-16T10:00", Why.NIGHT),
        ("2026-03-16T08:00", "2026-03-16T10:01", None),
        ("2026-03-16T19:59", "2026-03-16T23:00", None),
    ],
)
def test_a_window_that_the_line_cannot_keep_says_why(start: str, end: str, why: Why | None) -> None:
    closed = closed_throughout(window(start, end), MAIN)

    assert (closed.why if isinstance(closed, Closed) else None) == why


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2026-03-16T10:00", "2026-03-16T12:00", "lundi matin, entre dix heures et midi"),
        ("2026-03-16T12:00", "2026-03-16T14:00", "lundi après-midi, entre midi et quatorze heures"),
        ("2026-03-16T16:30", "2026-03-16T18:00", "lundi après-midi, entre seize heures trente et dix-huit heures"),
        ("2026-03-16T18:00", "2026-03-16T20:00", "lundi soir, entre dix-huit heures et vingt heures"),
        ("2026-03-16T16:00", "2026-03-16T20:00", "lundi, entre seize heures et vingt heures"),
        ("2026-03-16T11:00", "2026-03-16T13:00", "lundi, entre onze heures et treize heures"),
        ("2026-03-13T10:00", "2026-03-13T12:00", "demain matin, entre dix heures et midi"),
        ("2026-03-12T18:00", "2026-03-12T20:00", "aujourd'hui, entre dix-huit heures et vingt heures"),
        ("2026-03-18T10:00", "2026-03-18T12:00", "mercredi matin, entre dix heures et midi"),
        ("2026-03-19T10:00", "2026-03-19T12:00", "jeudi dix-neuf mars, entre dix heures et midi"),
        ("2026-04-01T10:00", "2026-04-01T12:00", "mercredi premier avril, entre dix heures et midi"),
        ("2026-03-11T10:00", "2026-03-11T12:00", "mercredi onze mars, entre dix heures et midi"),
        ("2026-03-16T22:00", "2026-03-17T00:00", "lundi soir, entre vingt-deux heures et minuit"),
        (
            "2026-03-16T18:00",
            "2026-03-17T10:00",
            "entre lundi seize mars à dix-huit heures et mardi dix-sept mars à dix heures",
        ),
    ],
)
def test_a_slot_is_said_as_people_say_it(start: str, end: str, said: str) -> None:
    thursday = paris("2026-03-12T11:00")

    assert spoken_window(window(start, end), thursday) == said


def test_a_slot_is_said_by_the_clock_on_the_persons_wall() -> None:
    in_paris = window("2026-03-16T11:00", "2026-03-16T13:00")

    assert spoken_window(in_paris, paris("2026-03-12T11:00"), REUNION.zone) == (
        "lundi après-midi, entre quatorze heures et seize heures"
    )


def test_half_days_are_those_of_the_persons_wall() -> None:
    noumea = NOUMEA.zone
    evening = paris("2026-07-08T19:00")

    assert half_day_at(evening, PARIS) == HalfDay(date(2026, 7, 8), Part.AFTERNOON)
    assert half_day_at(evening, noumea) == HalfDay(date(2026, 7, 9), Part.MORNING)
    assert next_half_day(evening, PARIS) == paris("2026-07-09T00:00")
    assert next_half_day(evening, noumea) == at_home(noumea, "2026-07-09T13:00")
    assert half_day_at(paris("2026-07-08T12:59"), PARIS).part is Part.MORNING
    assert half_day_at(paris("2026-07-08T13:00"), PARIS).part is Part.AFTERNOON


def test_a_monday_morning_is_followed_by_its_afternoon_over_both_clock_changes() -> None:
    for sunday in (date(2026, 3, 29), date(2026, 10, 25)):
        morning = instant_of(sunday, 0)
        noon = next_half_day(morning, PARIS)
        assert noon == instant_of(sunday, 13 * 60)
        assert next_half_day(noon, PARIS) == instant_of(sunday + timedelta(days=1), 0)


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        ("Europe/Paris", "2026-03-27", "2026-03-30"),
        ("Europe/Paris", "2026-10-23", "2026-10-26"),
        ("America/Miquelon", "2026-03-06", "2026-03-09"),
        ("America/Miquelon", "2026-10-30", "2026-11-02"),
        ("Indian/Reunion", "2026-03-27", "2026-03-30"),
    ],
)
def test_the_hours_stay_on_the_wall_over_the_clock_changes(zone: str, before: str, after: str) -> None:
    home = Home(ZoneInfo(zone))
    closing = at_home(home.zone, f"{before}T20:00")

    assert next_allowed(reach(home, service=NEVER_CLOSED), closing) == at_home(home.zone, f"{after}T10:00")


def test_an_hour_that_is_skipped_calls_nobody_and_one_that_comes_twice_counts_once() -> None:
    owl = reach(service=NEVER_CLOSED, hours=NIGHT_OWL)

    assert next_allowed(owl, datetime(2026, 3, 29, 1, tzinfo=UTC)) == paris("2026-03-29T23:00")
    first, second = datetime(2026, 10, 25, 0, 15, tzinfo=UTC), datetime(2026, 10, 25, 2, 15, tzinfo=UTC)
    assert may_call_at(owl, first)
    assert not may_call_at(owl, second)


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="runs forward"):
        window("2026-03-16T12:00", "2026-03-16T12:00")
    with pytest.raises(ValueError, match="no time zone"):
        Window(datetime(2026, 3, 16, 10), datetime(2026, 3, 16, 12))  # noqa: DTZ001
    with pytest.raises(ValueError, match="7 days"):
        CallingHours(((Span(600, 1200),),))
    with pytest.raises(ValueError, match="overlap"):
        CallingHours(((Span(600, 1200), Span(660, 720)),) * 7)
    with pytest.raises(ValueError, match="afternoon"):
        CallingHours(COURTESY.week, afternoon_from=0)
    with pytest.raises(ValueError, match="at least one home"):
        Reach((), MAIN)
    with pytest.raises(ValueError, match="no time zone"):
        may_call_at(reach(), datetime(2026, 3, 16, 10))  # noqa: DTZ001


zones = st.sampled_from(
    ["Europe/Paris", "America/Guadeloupe", "America/Miquelon", "Indian/Reunion", "Pacific/Noumea", "Pacific/Marquesas"]
).map(lambda name: Home(ZoneInfo(name)))
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(  # noqa: DTZ001
    lambda at: at.replace(second=0, microsecond=0, tzinfo=UTC)
) | st.builds(
    lambda sunday, minutes: datetime.combine(sunday, datetime.min.time(), UTC) + timedelta(minutes=minutes),
    st.sampled_from([date(2026, 3, 29), date(2026, 10, 25), date(2026, 3, 8), date(2026, 11, 1)]),
    st.integers(-2000, 3000),
)


@st.composite
def asked_with_choice(draw: st.DrawFn) -> tuple[datetime, Window | None]:
    """An instant, and a window that is over, holds, or is to come."""
    at = draw(instants)
    start = at + timedelta(minutes=draw(st.integers(-600, 3000)))
    return at, draw(
        st.none() | st.integers(1, 600).map(lambda minutes: Window(start, start + timedelta(minutes=minutes)))
    )


def wall_says_yes(home: Home, at: datetime, hours: CallingHours) -> bool:
    """The plain reading of the hours: look at the wall. Right wherever no span lies in a skipped or doubled hour."""
    shown = at.astimezone(home.zone)
    minute = shown.hour * 60 + shown.minute
    return public_holiday(shown.date(), home.observed) is None and any(
        minute in span for span in hours.week[shown.weekday()]
    )


@settings(max_examples=150, deadline=None)
@given(homes=st.lists(zones, min_size=1, max_size=2, unique=True), asked=asked_with_choice())
def test_allowed_is_what_the_walls_the_line_and_the_choice_say(
    homes: list[Home], asked: tuple[datetime, Window | None]
) -> None:
    at, chosen = asked
    binds = chosen is not None and at < chosen.end_at
    polite = at in chosen if binds and chosen is not None else all(wall_says_yes(home, at, COURTESY) for home in homes)

    assert may_call_at(reach(*homes, chosen=chosen), at) is (polite and is_open(MAIN, at))


@settings(max_examples=60, deadline=None)
@given(
    homes=st.lists(zones, min_size=1, max_size=2, unique=True),
    asked=asked_with_choice(),
    hours=st.sampled_from([COURTESY, NIGHT_OWL]),
)
def test_the_next_instant_is_allowed_and_none_is_before_it(
    homes: list[Home], asked: tuple[datetime, Window | None], hours: CallingHours
) -> None:
    at, chosen = asked
    wanted = reach(*homes, service=NEVER_CLOSED if hours is NIGHT_OWL else MAIN, chosen=chosen, hours=hours)
    found = next_allowed(wanted, at)
    end = at + timedelta(days=4) if found is None else min(found, at + timedelta(days=4))

    assert found is None or (found >= at and may_call_at(wanted, found))
    # No stretch of the tests is shorter than ten minutes but the ends of chosen windows: the last minute sees those.
    step = at
    while step < end:
        assert not may_call_at(wanted, step)
        step += timedelta(minutes=10)
    assert found is None or found == at or not may_call_at(wanted, found - timedelta(minutes=1))
