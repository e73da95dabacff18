"""The working days and holidays of a place, by its postcode."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.places.departement import NAMES, Departement, departements_of
from dialer.core.places.local_days import (
    TERRITORIES,
    add_working_days,
    holidays_at,
    holidays_of,
    is_working_day_at,
    school_break_at,
)
from dialer.core.places.territory import HOLIDAYS, Territory, homes, of_postcode, zone_of
from schedules import calendar
from schedules.calendar import HolidaySet, public_holiday
from schedules.school_holidays import Break, NoBreak

postcodes = st.sampled_from(["75011", "57000", "67000", "68100", "54000", "97100", "97150", "97400", "98800", "98000"])


@pytest.mark.parametrize(
    ("postcode", "day", "then"),
    [
        # Good Friday 2026 and Easter Monday
        ("75011", "2026-04-02", "2026-04-03"),
        ("57000", "2026-04-02", "2026-04-07"),
        ("67000", "2026-04-02", "2026-04-07"),
        ("68100", "2026-04-02", "2026-04-07"),
        ("54000", "2026-04-02", "2026-04-03"),
        ("57036", "2026-04-02", "2026-04-07"),
        # 26 December 2028 is a Tuesday
        ("67000", "2028-12-24", "2028-12-27"),
        ("88000", "2028-12-24", "2028-12-26"),
        # the days of the abolition
        ("97100", "2026-05-26", "2026-05-28"),
        ("97150", "2026-05-27", "2026-05-29"),
        ("97200", "2026-05-21", "2026-05-26"),
        ("97300", "2026-06-09", "2026-06-11"),
        ("97400", "2028-12-19", "2028-12-21"),
        ("97821", "2028-12-19", "2028-12-21"),
        ("97600", "2026-04-26", "2026-04-28"),
        ("97133", "2026-10-08", "2026-10-12"),
        ("75011", "2026-05-26", "2026-05-27"),
    ],
)
def test_the_next_working_day_is_that_of_the_place(postcode: str, day: str, then: str) -> None:
    assert add_working_days(date.fromisoformat(day), 1, postcode) == date.fromisoformat(then)


def test_alsace_moselle_is_a_rule_of_departements_and_not_of_an_academie() -> None:
    local = {number for number in NAMES if holidays_of(number) == calendar.ALSACE_MOSELLE}

    assert local == {"57", "67", "68"}


@pytest.mark.parametrize("postcode", [None, "", "98000", "99123", "7501"])
def test_a_case_of_nowhere_keeps_the_national_days(postcode: str | None) -> None:
    assert holidays_at(postcode) == calendar.FRANCE
    assert add_working_days(date(2026, 4, 2), 2, postcode) == date(2026, 4, 7)


def test_what_an_operator_configured_of_a_territory_holds() -> None:
    configured = {**HOLIDAYS, Territory.SAINT_MARTIN: HolidaySet(abolition=(5, 27))}

    assert not is_working_day_at(date(2026, 5, 27), "97150", configured)
    assert is_working_day_at(date(2026, 5, 28), "97150", configured)
    assert add_working_days(date(2026, 5, 26), 1, "97150", configured) == date(2026, 5, 28)


@given(postcodes, st.dates(date(2025, 1, 1), date(2040, 12, 31)), st.integers(1, 30))
def test_as_many_working_days_lie_between_as_were_added(postcode: str, day: date, number: int) -> None:
    then = add_working_days(day, number, postcode)
    between = [day + timedelta(days=ahead) for ahead in range(1, (then - day).days + 1)]

    assert sum(is_working_day_at(each, postcode) for each in between) == number
    assert then.weekday() < 5
    assert public_holiday(then, holidays_at(postcode)) is None


@pytest.mark.parametrize("number", [0, -1])
def test_a_number_below_one_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="from 1 on"):
        add_working_days(date(2026, 4, 2), number, "75011")


def test_the_days_of_a_case_are_those_on_which_its_person_may_be_called() -> None:
    """`territory.homes` decides the latter: the two must not part."""
    for number in range(0, 100_000, 10):
        postcode = f"{number:05d}"
        territory = of_postcode(postcode)
        if territory is not None:
            (home,) = homes(territory, zone_of(territory, postcode), postcode)
            assert home.observed == holidays_at(postcode), postcode


def test_every_territory_overseas_has_its_departement_or_collectivity() -> None:
    assert set(TERRITORIES.values()) == set(Territory) - {Territory.METROPOLE}
    assert all(number in NAMES and len(number) == 3 for number in TERRITORIES)
    assert {number for number in NAMES if len(number) == 3} == set(TERRITORIES)


@pytest.mark.parametrize(
    ("postcode", "day", "name"),
    [("69003", "2027-02-13", "Hiver"), ("57000", "2027-03-01", "Hiver"), ("75011", "2027-04-03", "Printemps")],
)
def test_school_holidays_are_those_of_the_place(postcode: str, day: str, name: str) -> None:
    found = school_break_at(date.fromisoformat(day), postcode)

    assert isinstance(found, Break)
    assert found.name == name


def test_where_no_table_tells_of_school_it_is_unknown() -> None:
    assert school_break_at(date(2027, 2, 13), "57000") is NoBreak.SCHOOL
    for postcode in ("20090", "97400", "97500", "98800", "98000", None):
        assert school_break_at(date(2027, 2, 13), postcode) is NoBreak.UNKNOWN


def test_a_shared_postcode_keeps_the_days_of_its_office() -> None:
    assert departements_of("01200") == (Departement("01"), Departement("74"))
    assert holidays_at("01200") == calendar.FRANCE
