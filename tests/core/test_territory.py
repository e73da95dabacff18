"""The map: postcodes, clocks and holidays of the twelve parts of France."""

from datetime import date

import pytest

from dialer.core.places.territory import HOLIDAYS, ZONES, Territory, homes, of_postcode, zone_of
from schedules import calendar
from schedules.calendar import HolidaySet, public_holiday


@pytest.mark.parametrize(
    ("postcode", "territory"),
    [
        ("75011", Territory.METROPOLE),
        ("01000", Territory.METROPOLE),
        ("20090", Territory.METROPOLE),
        ("95000", Territory.METROPOLE),
        ("97100", Territory.GUADELOUPE),
        ("97133", Territory.SAINT_BARTHELEMY),
        ("97150", Territory.SAINT_MARTIN),
        ("97200", Territory.MARTINIQUE),
        ("97300", Territory.GUYANE),
        ("97400", Territory.REUNION),
        ("97500", Territory.SAINT_PIERRE_ET_MIQUELON),
        ("97600", Territory.MAYOTTE),
        ("98600", Territory.WALLIS_ET_FUTUNA),
        ("98714", Territory.POLYNESIE),
        ("98800", Territory.NOUVELLE_CALEDONIE),
        ("98000", None),
        ("00100", None),
        ("96000", None),
        ("99000", None),
        ("7501", None),
        ("７５０１１", None),
        ("75 011", None),
        ("", None),
        (None, None),
    ],
)
def test_a_postcode_tells_the_territory_or_nothing(postcode: str | None, territory: Territory | None) -> None:
    assert of_postcode(postcode) == territory


def test_every_territory_has_a_clock_and_holidays() -> None:
    for territory in Territory:
        (home,) = homes(territory, zone_of(territory))
        assert home.zone.key == ZONES[territory][0]
        assert home.observed == HOLIDAYS[territory]


@pytest.mark.parametrize(
    ("postcode", "zone"),
    [
        (None, "Pacific/Tahiti"),
        ("98714", "Pacific/Tahiti"),
        ("98742", "Pacific/Marquesas"),
        ("98755", "Pacific/Gambier"),
        ("98750", "Pacific/Tahiti"),
        ("75040", "Pacific/Tahiti"),
    ],
)
def test_polynesia_has_three_clocks(postcode: str | None, zone: str) -> None:
    assert zone_of(Territory.POLYNESIE, postcode) == zone


@pytest.mark.parametrize(
    ("territory", "day"),
    [
        (Territory.MAYOTTE, date(2026, 4, 27)),
        (Territory.MARTINIQUE, date(2026, 5, 22)),
        (Territory.GUADELOUPE, date(2026, 5, 27)),
        (Territory.SAINT_MARTIN, date(2026, 5, 28)),
        (Territory.GUYANE, date(2026, 6, 10)),
        (Territory.SAINT_BARTHELEMY, date(2026, 10, 9)),
        (Territory.REUNION, date(2026, 12, 20)),
    ],
)
def test_the_abolition_of_slavery_is_kept_on_its_day_and_nowhere_else(territory: Territory, day: date) -> None:
    assert [other for other in Territory if public_holiday(day, HOLIDAYS[other])] == [territory]


@pytest.mark.parametrize("postcode", ["57000", "67000", "68000"])
def test_alsace_and_moselle_have_two_days_more(postcode: str) -> None:
    (home,) = homes(Territory.METROPOLE, "Europe/Paris", postcode)

    assert home.observed == calendar.ALSACE_MOSELLE
    assert homes(Territory.METROPOLE, "Europe/Paris", "88000")[0].observed == calendar.FRANCE


def test_someone_whose_number_and_postcode_differ_has_two_homes() -> None:
    student = homes(Territory.REUNION, "Indian/Reunion", "67000")
    islander = homes(Territory.METROPOLE, "Europe/Paris", "98742")

    assert [(home.zone.key, home.observed) for home in student] == [
        ("Indian/Reunion", calendar.REUNION),
        ("Europe/Paris", calendar.ALSACE_MOSELLE),
    ]
    assert [home.zone.key for home in islander] == ["Europe/Paris", "Pacific/Marquesas"]


def test_the_day_of_saint_martin_is_configuration() -> None:
    (home,) = homes(
        Territory.SAINT_MARTIN,
        "America/Guadeloupe",
        None,
        {**HOLIDAYS, Territory.SAINT_MARTIN: HolidaySet(abolition=(5, 27))},
    )

    assert public_holiday(date(2026, 5, 27), home.observed) is not None
    assert public_holiday(date(2026, 5, 28), home.observed) is None


def test_a_clock_of_elsewhere_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone of reunion"):
        homes(Territory.REUNION, "Europe/Paris")
