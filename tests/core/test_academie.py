"""The thirty académies, and which one a postcode belongs to."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.places.academie import (
    ACADEMIES,
    SENTENCES,
    NoAcademie,
    Place,
    academie_of,
    named,
    place_of,
    school_calendar_of,
)
from dialer.core.places.departement import NAMES, SHARED, Departement, Nowhere
from schedules.school_holidays import Zone

VICE_RECTORATS = {"986", "987", "988"}
BY_ZONE = {
    Zone.A: "Besançon, Bordeaux, Clermont-Ferrand, Dijon, Grenoble, Limoges, Lyon, Poitiers",
    Zone.B: "Aix-Marseille, Amiens, Lille, Nancy-Metz, Nantes, Nice, "
    "Normandie, Orléans-Tours, Reims, Rennes, Strasbourg",
    Zone.C: "Créteil, Montpellier, Paris, Toulouse, Versailles",
    None: "Corse, Guadeloupe, Guyane, La Réunion, Martinique, Mayotte",
}


@pytest.mark.parametrize(("zone", "names"), BY_ZONE.items())
def test_the_thirty_are_in_the_zones_of_the_arrete(zone: Zone | None, names: str) -> None:
    assert len(ACADEMIES) == 30
    assert sorted(each.name for each in ACADEMIES.values() if each.zone is zone) == names.split(", ")


def test_every_departement_is_in_exactly_one_academie_and_the_vice_rectorats_are_in_none() -> None:
    counted = Counter(number for each in ACADEMIES.values() for number in each.departements)

    assert set(counted.values()) == {1}
    assert set(NAMES) - set(counted) == VICE_RECTORATS
    assert set(counted) <= set(NAMES)
    assert all(academie_of(Departement(number)) is None for number in VICE_RECTORATS)


def test_a_code_is_two_digits_and_its_own() -> None:
    assert all(code == each.code and len(code) == 2 and code.isdecimal() for code, each in ACADEMIES.items())


@pytest.mark.parametrize(
    ("postcode", "name"),
    [
        ("75011", "Paris"),
        ("69003", "Lyon"),
        ("20090", "Corse"),
        ("20200", "Corse"),
        ("20890", "Corse"),
        ("57000", "Nancy-Metz"),
        ("67000", "Strasbourg"),
        ("68100", "Strasbourg"),
        ("77000", "Créteil"),
        ("95000", "Versailles"),
        ("13001", "Aix-Marseille"),
        ("83000", "Nice"),
        ("27000", "Normandie"),
        ("97500", "Normandie"),
        ("97100", "Guadeloupe"),
        ("97133", "Guadeloupe"),
        ("97150", "Guadeloupe"),
        ("97200", "Martinique"),
        ("97300", "Guyane"),
        ("97400", "La Réunion"),
        ("97821", "La Réunion"),
        ("97600", "Mayotte"),
        ("75947", "Paris"),
        ("31062", "Toulouse"),
    ],
)
def test_a_postcode_belongs_to_one_academie(postcode: str, name: str) -> None:
    place = place_of(postcode)

    assert isinstance(place, Place)
    assert ACADEMIES[place.academie].name == name
    assert place.others == ()


@pytest.mark.parametrize(
    ("postcode", "names"),
    [
        ("01200", ["Lyon", "Grenoble"]),
        ("01410", ["Lyon", "Besançon"]),
        ("01590", ["Lyon", "Besançon"]),
        ("05700", ["Aix-Marseille", "Grenoble"]),
        ("06260", ["Nice", "Aix-Marseille"]),
        ("13780", ["Aix-Marseille", "Nice"]),
        ("37160", ["Orléans-Tours", "Poitiers"]),
        ("42620", ["Lyon", "Clermont-Ferrand"]),
        ("48250", ["Montpellier", "Grenoble"]),
        ("94390", ["Créteil", "Versailles"]),
    ],
)
def test_a_postcode_shared_by_two_academies_names_the_other_too(postcode: str, names: list[str]) -> None:
    place = place_of(postcode)

    assert isinstance(place, Place)
    assert [ACADEMIES[code].name for code in (place.academie, *place.others)] == names


def test_only_ten_of_the_shared_postcodes_are_of_two_academies() -> None:
    places = [place_of(postcode) for postcode in SHARED]

    assert sum(isinstance(place, Place) and bool(place.others) for place in places) == 10


@pytest.mark.parametrize(
    ("postcode", "why"),
    [
        (None, NoAcademie.NO_POSTCODE),
        ("7501", NoAcademie.NOT_A_POSTCODE),
        ("98000", NoAcademie.MONACO),
        ("99123", NoAcademie.UNKNOWN),
        ("98600", NoAcademie.VICE_RECTORAT),
        ("98714", NoAcademie.VICE_RECTORAT),
        ("98800", NoAcademie.VICE_RECTORAT),
    ],
)
def test_what_belongs_to_none_says_why(postcode: str | None, why: NoAcademie) -> None:
    assert place_of(postcode) is why
    assert SENTENCES[why].fr.endswith(".")


def test_every_reason_has_its_sentence() -> None:
    assert set(SENTENCES) == set(NoAcademie)
    assert {why.value for why in Nowhere} < {why.value for why in NoAcademie}


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("10", "Lyon"),
        (" 10 ", "Lyon"),
        ("Lyon", "Lyon"),
        ("académie d'Orléans-Tours", "Orléans-Tours"),
        ("Académie d’Aix-Marseille", "Aix-Marseille"),
        ("ORLEANS TOURS", "Orléans-Tours"),
        ("besancon", "Besançon"),
        ("Besanc\u0327on", "Besançon"),
        ("académie de la Guadeloupe", "Guadeloupe"),
        ("Réunion", "La Réunion"),
        ("de La Réunion", "La Réunion"),
    ],
)
def test_an_academie_is_found_by_its_code_or_its_name(written: str, name: str) -> None:
    found = named(written)

    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("written", ["", " ", "1", "99", "Caen", "Rouen", "académie", "la", "Ly", "Lyon Paris"])
def test_what_is_no_name_of_an_academie_finds_none(written: str) -> None:
    assert named(written) is None


@pytest.mark.parametrize("code", ACADEMIES)
def test_an_academie_is_found_by_its_title(code: str) -> None:
    each = next(one for one in ACADEMIES.values() if one.code == code)

    assert named(each.title) == each
    assert named(each.name.upper()) == each


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Amiens", "académie d'Amiens"),
        ("Orléans-Tours", "académie d'Orléans-Tours"),
        ("Lyon", "académie de Lyon"),
        ("La Réunion", "académie de La Réunion"),
    ],
)
def test_its_title_is_said_as_in_french(name: str, title: str) -> None:
    found = named(name)

    assert found is not None
    assert found.title == title


@pytest.mark.parametrize(
    ("number", "calendar"),
    [
        ("69", "A"),
        ("57", "B"),
        ("75", "C"),
        ("2A", "Corse"),
        ("2B", "Corse"),
        ("971", "Guadeloupe"),
        ("974", "La Réunion"),
        ("975", "Saint-Pierre-et-Miquelon"),
        ("977", "Saint-Barthélemy"),
        ("978", "Saint-Martin"),
        ("988", None),
    ],
)
def test_school_holidays_are_those_of_the_zone_or_of_the_place(number: str, calendar: str | None) -> None:
    assert school_calendar_of(Departement(number)) == calendar


@given(st.integers(0, 99_999).map(lambda number: f"{number:05d}"))
def test_a_place_is_within_its_academie(postcode: str) -> None:
    place = place_of(postcode)

    if isinstance(place, Place):
        assert place.departement in ACADEMIES[place.academie].departements
        assert place.academie not in place.others
    else:
        assert isinstance(place, NoAcademie)
