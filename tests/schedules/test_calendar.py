"""Which days are public holidays, and what they are called."""

from datetime import date, timedelta

import pytest

from schedules.calendar import (
    ALSACE_MOSELLE,
    FRANCE,
    GUADELOUPE,
    GUYANE,
    MARTINIQUE,
    MAYOTTE,
    REUNION,
    SAINT_BARTHELEMY,
    HolidaySet,
    public_holiday,
    public_holidays,
)

NATIONAL_2026 = {
    date(2026, 1, 1): "Jour de l'an",
    date(2026, 4, 6): "Lundi de Pâques",
    date(2026, 5, 1): "Fête du Travail",
    date(2026, 5, 8): "Fête de la Victoire",
    date(2026, 5, 14): "Ascension",
    date(2026, 5, 25): "Lundi de Pentecôte",
    date(2026, 7, 14): "Fête nationale",
    date(2026, 8, 15): "Assomption",
    date(2026, 11, 1): "Toussaint",
    date(2026, 11, 11): "Armistice",
    date(2026, 12, 25): "Noël",
}
NATIONAL_2027 = {
    date(2027, 1, 1): "Jour de l'an",
    date(2027, 3, 29): "Lundi de Pâques",
    date(2027, 5, 1): "Fête du Travail",
    date(2027, 5, 6): "Ascension",
    date(2027, 5, 8): "Fête de la Victoire",
    date(2027, 5, 17): "Lundi de Pentecôte",
    date(2027, 7, 14): "Fête nationale",
    date(2027, 8, 15): "Assomption",
    date(2027, 11, 1): "Toussaint",
    date(2027, 11, 11): "Armistice",
    date(2027, 12, 25): "Noël",
}


@pytest.mark.parametrize("named", [NATIONAL_2026, NATIONAL_2027], ids=["2026", "2027"])
def test_the_eleven_national_holidays_have_their_dates_and_french_names(named: dict[date, str]) -> None:
    year = next(iter(named)).year

    assert len(named) == 11
    assert list(public_holidays(year).items()) == list(named.items())


def test_every_other_day_of_the_year_is_an_ordinary_one() -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]

    assert [day for day in days if public_holiday(day) is not None] == list(NATIONAL_2026)


@pytest.mark.parametrize("year", range(2026, 2101))
def test_no_coming_year_is_without_its_holidays(year: int) -> None:
    names = " et ".join(public_holidays(year).values()).split(" et ")

    assert sorted(names) == sorted(NATIONAL_2026.values())


def test_two_holidays_on_one_day_are_both_named() -> None:
    assert public_holiday(date(2008, 5, 1)) == "Ascension et Fête du Travail"


def test_alsace_and_moselle_have_two_more() -> None:
    more = public_holidays(2026, ALSACE_MOSELLE).items() - public_holidays(2026).items()

    assert dict(more) == {date(2026, 4, 3): "Vendredi saint", date(2026, 12, 26): "Saint-Étienne"}


@pytest.mark.parametrize(
    ("observed", "day"),
    [
        (MAYOTTE, date(2026, 4, 27)),
        (MARTINIQUE, date(2026, 5, 22)),
        (GUADELOUPE, date(2026, 5, 27)),
        (GUYANE, date(2026, 6, 10)),
        (SAINT_BARTHELEMY, date(2026, 10, 9)),
        (REUNION, date(2026, 12, 20)),
        (HolidaySet(abolition=(5, 28)), date(2026, 5, 28)),
    ],
)
def test_each_overseas_territory_adds_its_own_day_and_no_other(observed: HolidaySet, day: date) -> None:
    more = public_holidays(2026, observed).items() - public_holidays(2026).items()

    assert dict(more) == {day: "Abolition de l'esclavage"}
    assert public_holiday(day, FRANCE) is None


def test_the_abolition_day_of_a_territory_keeps_the_name_of_the_holiday_it_falls_on() -> None:
    # Ascension is on 27 May in 2049.
    assert public_holiday(date(2049, 5, 27), GUADELOUPE) == "Ascension et Abolition de l'esclavage"
