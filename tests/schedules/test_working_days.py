"""Working days: Monday to Friday outside the holidays a place observes."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.calendar import FRANCE, REUNION, HolidaySet, public_holiday
from schedules.working_days import is_working_day, working_day_after, working_days_between

days = st.dates(date(2020, 1, 1), date(2060, 12, 31))
places = st.sampled_from([FRANCE, REUNION])


@pytest.mark.parametrize(
    ("day", "is_one"),
    [
        ("2026-03-16", True),
        ("2026-03-14", False),
        ("2026-03-15", False),
        ("2026-04-06", False),  # Easter Monday
        ("2026-05-01", False),
        ("2026-05-14", False),  # Ascension
        ("2026-05-15", True),
    ],
)
def test_weekends_and_holidays_are_none(day: str, is_one: bool) -> None:
    assert is_working_day(date.fromisoformat(day)) is is_one


def test_the_day_of_the_abolition_is_one_only_elsewhere() -> None:
    assert is_working_day(date(2027, 12, 20))
    assert not is_working_day(date(2027, 12, 20), REUNION)


@given(days, st.integers(1, 30), places)
def test_the_nth_working_day_after_is_found_as_by_turning_pages(day: date, number: int, place: HolidaySet) -> None:
    found = working_day_after(day, number, place)
    pages = [day + timedelta(days=ahead) for ahead in range(1, (found - day).days + 1)]
    working = [page for page in pages if page.weekday() < 5 and public_holiday(page, place) is None]

    assert len(working) == number
    assert working[-1] == found
    assert working_days_between(day, found, place) == number


@given(days, st.integers(0, 60))
def test_there_are_no_working_days_before_a_day_in_what_comes_after_it(day: date, back: int) -> None:
    assert working_days_between(day, day - timedelta(days=back)) == 0


@pytest.mark.parametrize("number", [0, -1])
def test_a_number_below_one_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="from 1 on"):
        working_day_after(date(2026, 3, 16), number)
