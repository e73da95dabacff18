"""School holidays, by zone."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.school_holidays import YEAR_2026_27, Break, NoBreak, SchoolCalendar, Zone, school_break

KNOWN = (YEAR_2026_27,)


@pytest.mark.parametrize(
    ("zone", "name", "first", "last"),
    [
        ("A", "Toussaint", "2026-10-17", "2026-11-01"),
        ("B", "Noël", "2026-12-19", "2027-01-03"),
        ("A", "Hiver", "2027-02-13", "2027-02-28"),
        ("B", "Hiver", "2027-02-20", "2027-03-07"),
        ("C", "Hiver", "2027-02-06", "2027-02-21"),
        ("A", "Printemps", "2027-04-10", "2027-04-25"),
        ("B", "Printemps", "2027-04-17", "2027-05-02"),
        ("C", "Printemps", "2027-04-03", "2027-04-18"),
        ("C", "Ascension", "2027-05-06", "2027-05-08"),
        ("B", "Été", "2027-07-03", "2027-08-31"),
    ],
)
def test_each_break_is_whole_and_school_is_on_both_sides_of_it(zone: str, name: str, first: str, last: str) -> None:
    begins, ends = date.fromisoformat(first), date.fromisoformat(last)
    outside = [begins - timedelta(days=1), ends + timedelta(days=1)]

    for day in (begins, ends):
        found = school_break(day, zone, KNOWN)
        assert isinstance(found, Break)
        assert found.name == name
    for day in outside:
        known = YEAR_2026_27.first <= day <= YEAR_2026_27.last
        assert school_break(day, zone, KNOWN) is (NoBreak.SCHOOL if known else NoBreak.UNKNOWN)


@pytest.mark.parametrize(
    ("day", "calendar"),
    [("2026-10-16", "A"), ("2027-09-01", "A"), ("2026-12-25", "Corse"), ("2026-12-25", None)],
)
def test_what_no_table_tells_is_unknown_and_not_school(day: str, calendar: str | None) -> None:
    assert school_break(date.fromisoformat(day), calendar, KNOWN) is NoBreak.UNKNOWN


def test_a_calendar_of_a_places_own_stands_beside_the_zones() -> None:
    own = Break("Été austral", date(2026, 12, 19), date(2027, 1, 24))
    reunion = SchoolCalendar(date(2026, 8, 17), date(2027, 7, 9), {"La Réunion": (own,)})

    assert school_break(date(2027, 1, 20), "La Réunion", (*KNOWN, reunion)) == own
    assert school_break(date(2027, 1, 25), "La Réunion", (*KNOWN, reunion)) is NoBreak.SCHOOL
    assert school_break(date(2027, 1, 20), Zone.A, (*KNOWN, reunion)) is NoBreak.SCHOOL


def test_the_next_years_table_takes_over_where_this_ones_ends() -> None:
    next_year = SchoolCalendar(date(2027, 9, 1), date(2028, 7, 7), {Zone.A: ()})

    assert school_break(date(2027, 9, 1), "A", (*KNOWN, next_year)) is NoBreak.SCHOOL
    assert school_break(date(2027, 9, 1), "B", (*KNOWN, next_year)) is NoBreak.UNKNOWN


@given(st.dates(date(2026, 1, 1), date(2028, 12, 31)), st.sampled_from(Zone))
def test_every_day_has_one_answer(day: date, zone: Zone) -> None:
    found = school_break(day, zone, KNOWN)

    assert (found is NoBreak.UNKNOWN) == (not YEAR_2026_27.first <= day <= YEAR_2026_27.last)
    if isinstance(found, Break):
        assert [each for each in YEAR_2026_27.breaks[zone] if day in each] == [found]


def test_tables_that_cannot_be_are_refused() -> None:
    autumn, winter = Break("a", date(2026, 10, 1), date(2026, 10, 9)), Break("w", date(2026, 12, 1), date(2026, 12, 9))
    bounds = date(2026, 9, 1), date(2027, 8, 31)

    with pytest.raises(ValueError, match="backward"):
        Break("a", date(2026, 10, 2), date(2026, 10, 1))
    with pytest.raises(ValueError, match="runs forward"):
        SchoolCalendar(bounds[1], bounds[0], {})
    with pytest.raises(ValueError, match="in order"):
        SchoolCalendar(*bounds, {"A": (winter, autumn)})
    with pytest.raises(ValueError, match="do not overlap"):
        SchoolCalendar(*bounds, {"A": (autumn, Break("b", date(2026, 10, 9), date(2026, 10, 12)))})
    with pytest.raises(ValueError, match="lie between"):
        SchoolCalendar(date(2026, 10, 2), bounds[1], {"A": (autumn,)})
