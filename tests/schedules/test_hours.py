"""Is the line open, until when, and if not why and until when?"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedules.calendar import FRANCE, public_holiday
from schedules.hours import (
    Closed,
    Hours,
    Open,
    Opening,
    Period,
    Span,
    Spans,
    SpecialDay,
    Why,
    is_open,
    next_change,
    next_opening,
    opening_at,
)
from schedules.walltime import DAY_MIN, PARIS

MINUTE = timedelta(minutes=1)
LONG_AGO = date(2020, 1, 1)


def paris(text: str) -> datetime:
    """A Paris wall time that comes once, as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def on_weekdays(*spans: Span, since: date = LONG_AGO) -> Period:
    return Period(since, (spans,) * 5 + ((),) * 2)


def every_day(*spans: Span, since: date = LONG_AGO) -> Period:
    return Period(since, (spans,) * 7)


TEN_TO_EIGHT = Span(600, 1200)
MAIN = Hours((on_weekdays(TEN_TO_EIGHT),))
WITH_LUNCH = Hours((on_weekdays(Span(540, 690), Span(840, 1020)),))


@pytest.mark.parametrize(
    ("at", "opening"),
    [
        ("2026-03-16T10:00", Open(paris("2026-03-16T20:00"))),
        ("2026-03-16T19:59:59", Open(paris("2026-03-16T20:00"))),
        ("2026-03-16T20:00", Closed(Why.NIGHT, None, paris("2026-03-17T10:00"))),
        ("2026-03-16T09:59:59", Closed(Why.NIGHT, None, paris("2026-03-16T10:00"))),
        ("2026-03-20T20:00", Closed(Why.NIGHT, None, paris("2026-03-23T10:00"))),
        ("2026-03-22T15:00", Closed(Why.WEEKEND, None, paris("2026-03-23T10:00"))),
        ("2026-05-01T15:00", Closed(Why.HOLIDAY, "Fête du Travail", paris("2026-05-04T10:00"))),
        ("2026-11-01T15:00", Closed(Why.HOLIDAY, "Toussaint", paris("2026-11-02T10:00"))),
    ],
)
def test_the_main_line_is_open_on_weekdays_from_ten_to_eight(at: str, opening: Opening) -> None:
    assert opening_at(MAIN, paris(at)) == opening


def test_the_lunch_break_is_not_called_night() -> None:
    noon = opening_at(WITH_LUNCH, paris("2026-03-16T12:00"))

    assert noon == Closed(Why.BREAK, None, paris("2026-03-16T14:00"))
    assert opening_at(WITH_LUNCH, paris("2026-03-16T08:00")) == Closed(Why.NIGHT, None, paris("2026-03-16T09:00"))
    assert opening_at(WITH_LUNCH, paris("2026-03-16T17:00")) == Closed(Why.NIGHT, None, paris("2026-03-17T09:00"))


def test_a_line_may_stay_open_on_public_holidays() -> None:
    always = Hours((on_weekdays(TEN_TO_EIGHT),), observed=None)

    assert opening_at(always, paris("2026-05-01T15:00")) == Open(paris("2026-05-01T20:00"))


def test_new_hours_hold_from_their_date_on() -> None:
    hours = Hours((on_weekdays(TEN_TO_EIGHT), on_weekdays(Span(540, 1020), since=date(2026, 3, 18))))

    assert opening_at(hours, paris("2026-03-17T18:00")) == Open(paris("2026-03-17T20:00"))
    assert opening_at(hours, paris("2026-03-17T21:00")) == Closed(Why.NIGHT, None, paris("2026-03-18T09:00"))
    assert opening_at(hours, paris("2026-03-18T18:00")) == Closed(Why.NIGHT, None, paris("2026-03-19T09:00"))


def test_before_its_first_effective_date_a_line_is_not_open_yet() -> None:
    hours = Hours((on_weekdays(TEN_TO_EIGHT, since=date(2026, 3, 18)),))

    assert opening_at(hours, paris("2026-03-17T15:00")) == Closed(Why.UNOPENED, None, paris("2026-03-18T10:00"))


CHRISTMAS_EVE = SpecialDay(date(2026, 12, 24), (Span(600, 960),), "veille de Noël")
STRIKE = SpecialDay(date(2026, 3, 17), (), "mouvement social")
VICTORY_DUTY = SpecialDay(date(2026, 5, 8), (Span(540, 720),), "permanence Parcoursup")
SPECIAL = Hours((on_weekdays(TEN_TO_EIGHT),), (STRIKE, VICTORY_DUTY, CHRISTMAS_EVE))


@pytest.mark.parametrize(
    ("at", "opening"),
    [
        ("2026-03-17T03:00", Closed(Why.EXCEPTION, "mouvement social", paris("2026-03-18T10:00"))),
        ("2026-03-17T15:00", Closed(Why.EXCEPTION, "mouvement social", paris("2026-03-18T10:00"))),
        ("2026-12-24T15:00", Open(paris("2026-12-24T16:00"))),
        ("2026-12-24T17:00", Closed(Why.EXCEPTION, "veille de Noël", paris("2026-12-28T10:00"))),
        ("2026-12-24T21:00", Closed(Why.NIGHT, None, paris("2026-12-28T10:00"))),
        ("2026-05-08T09:30", Open(paris("2026-05-08T12:00"))),
        ("2026-05-08T15:00", Closed(Why.EXCEPTION, "permanence Parcoursup", paris("2026-05-11T10:00"))),
    ],
)
def test_a_special_day_wins_over_the_week_and_over_a_holiday(at: str, opening: Opening) -> None:
    assert opening_at(SPECIAL, paris(at)) == opening


NIGHT_LINE = Hours((every_day(Span(60, 240)),), observed=None)


def test_one_to_four_lasts_two_hours_on_the_night_of_march() -> None:
    opens_at = utc("2026-03-29T00:00")

    assert next_opening(NIGHT_LINE, utc("2026-03-28T12:00")) == opens_at
    assert opening_at(NIGHT_LINE, opens_at) == Open(opens_at + timedelta(hours=2))


def test_one_to_four_lasts_four_hours_on_the_night_of_october() -> None:
    opens_at = utc("2026-10-24T23:00")

    assert next_opening(NIGHT_LINE, utc("2026-10-24T12:00")) == opens_at
    assert opening_at(NIGHT_LINE, opens_at) == Open(opens_at + timedelta(hours=4))


def test_half_past_two_that_march_skips_opens_at_three() -> None:
    hours = Hours((every_day(Span(150, 240)),))

    assert next_opening(hours, utc("2026-03-28T12:00")) == utc("2026-03-29T01:00")
    assert opening_at(hours, utc("2026-03-29T01:00")) == Open(utc("2026-03-29T02:00"))


def test_an_opening_within_the_hour_that_march_skips_is_left_out() -> None:
    hours = Hours((every_day(Span(120, 150)),))

    assert next_opening(hours, utc("2026-03-28T12:00")) == utc("2026-03-30T00:00")


def test_half_past_two_that_comes_twice_in_october_opens_once() -> None:
    hours = Hours((every_day(Span(150, 170)),))
    opens_at, closes_at = utc("2026-10-25T00:30"), utc("2026-10-25T00:50")

    assert next_opening(hours, utc("2026-10-24T12:00")) == opens_at
    assert opening_at(hours, opens_at) == Open(closes_at)
    assert opening_at(hours, utc("2026-10-25T01:40")) == Closed(Why.NIGHT, None, utc("2026-10-26T01:30"))


def test_a_night_on_two_days_is_one_opening() -> None:
    hours = Hours((every_day(Span(0, 120), Span(1320, DAY_MIN)),), observed=None)

    assert opening_at(hours, paris("2026-03-16T23:00")) == Open(paris("2026-03-17T02:00"))


def test_a_line_that_never_closes_has_no_closing() -> None:
    hours = Hours((every_day(Span(0, DAY_MIN)),), observed=None)

    assert opening_at(hours, paris("2026-03-16T10:00")) == Open(None)
    assert next_change(hours, paris("2026-03-16T10:00")) is None


def test_a_line_that_never_opens_has_no_opening() -> None:
    hours = Hours((every_day(),))

    assert opening_at(hours, paris("2026-03-16T10:00")) == Closed(Why.WEEKEND, None, None)
    assert next_opening(hours, paris("2026-03-16T10:00")) is None
    assert next_change(hours, paris("2026-03-16T10:00")) is None


@pytest.mark.parametrize("ask", [is_open, opening_at, next_opening, next_change])
def test_a_naive_instant_is_refused(ask) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="no time zone"):
        ask(MAIN, datetime(2026, 3, 16, 10))  # noqa: DTZ001


@pytest.mark.parametrize(
    "build",
    [
        lambda: Span(600, 600),
        lambda: Span(-1, 600),
        lambda: Span(600, 1441),
        lambda: every_day(Span(0, 100), Span(99, 200)),
        lambda: SpecialDay(LONG_AGO, (Span(100, 200), Span(0, 50)), ""),
        lambda: Period(LONG_AGO, ((),)),
        lambda: Hours((every_day(), every_day())),
        lambda: Hours((every_day(),), (CHRISTMAS_EVE, STRIKE)),
    ],
)
def test_hours_that_make_no_sense_cannot_be_built(build) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=r"span|days|order"):
        build()


# Properties, over the two weeks that hold a clock change and one that holds a holiday, against a reading of the
# hours minute by minute.

WEEKS = [date(2026, 3, 26), date(2026, 10, 22), date(2026, 5, 7)]
boundaries = st.integers(0, DAY_MIN) | st.integers(110, 190) | st.sampled_from([0, DAY_MIN])


@st.composite
def day_spans(draw: st.DrawFn) -> Spans:
    """Cut the day into pieces, open some of them: spans that touch and spans that do not."""
    cuts = sorted(draw(st.sets(boundaries, max_size=5)))
    return tuple(Span(start, end) for start, end in pairwise(cuts) if draw(st.booleans()))


@st.composite
def any_hours(draw: st.DrawFn, first: date) -> Hours:
    near = st.integers(-3, 9).map(lambda days: first + timedelta(days=days))
    since = sorted({LONG_AGO, *draw(st.sets(near, max_size=2))}) if draw(st.booleans()) else [draw(near)]
    special = sorted(draw(st.sets(near, max_size=3)))
    return Hours(
        tuple(Period(day, tuple(draw(day_spans()) for _ in range(7))) for day in since),
        tuple(SpecialDay(day, draw(day_spans()), "jour particulier") for day in special),
        observed=draw(st.sampled_from([FRANCE, None])),
    )


weeks_of_hours = st.sampled_from(WEEKS).flatmap(lambda first: st.tuples(st.just(first), any_hours(first)))


def is_open_by_the_minute(hours: Hours, at: datetime) -> bool:
    """What a person would read from the board on the wall at this minute, and nothing cleverer.

    In the hour that October repeats the board stays as it was at the end of the hour's first coming.
    """
    shown = at.astimezone(PARIS)
    day, minute = shown.date(), (179 if shown.fold else shown.hour * 60 + shown.minute)
    spans: Sequence[Span] = ()
    for period in hours.periods:
        if period.valid_from <= day:
            spans = period.week[day.weekday()]
    if hours.observed is not None and public_holiday(day, hours.observed):
        spans = ()
    for special in hours.special_days:
        if special.day == day:
            spans = special.spans
    return any(span.start <= minute < span.end for span in spans)


@settings(max_examples=40, deadline=None)
@given(weeks_of_hours)
def test_every_minute_of_the_week_is_as_the_board_says(week: tuple[date, Hours]) -> None:
    first, hours = week
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    instants = [start + MINUTE * n for n in range(7 * DAY_MIN)]
    states = [is_open_by_the_minute(hours, at) for at in instants]

    assert [is_open(hours, at) for at in instants] == states

    following: datetime | None = None
    for index in range(len(instants) - 2, -1, -1):
        if states[index] is not states[index + 1]:
            following = instants[index + 1]
        elif index % 20 and states[index] is states[index - 1]:
            continue  # between two changes every twentieth minute will do
        opening = opening_at(hours, instants[index])
        assert isinstance(opening, Open) is states[index]
        change = opening.closes_at if isinstance(opening, Open) else opening.next_opens_at
        assert change == following or (following is None and (change is None or change > instants[-1]))


some_instants = st.datetimes(
    datetime(2026, 3, 25),  # noqa: DTZ001
    datetime(2026, 11, 30),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, PARIS]),
)


@settings(deadline=None)
@given(weeks_of_hours, some_instants)
def test_the_next_opening_is_never_in_the_past_and_always_open(week: tuple[date, Hours], at: datetime) -> None:
    _, hours = week
    opens_at = next_opening(hours, at)

    if opens_at is not None:
        assert opens_at >= at
        assert isinstance(opening_at(hours, opens_at), Open)
        if opens_at > at:
            assert isinstance(opening_at(hours, opens_at - timedelta(microseconds=1)), Closed)


@settings(deadline=None)
@given(weeks_of_hours, some_instants)
def test_the_next_change_is_the_end_of_what_holds_now(week: tuple[date, Hours], at: datetime) -> None:
    _, hours = week
    opening, change = opening_at(hours, at), next_change(hours, at)

    assert change == (opening.closes_at if isinstance(opening, Open) else opening.next_opens_at)
    if change is not None:
        assert change > at
        assert type(opening_at(hours, change)) is not type(opening)
        assert type(opening_at(hours, change - timedelta(microseconds=1))) is type(opening)
