"""Postcodes and the départements they lie in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.places.departement import COLLECTIVITIES, NAMES, SHARED, Departement, Nowhere, departements_of
from dialer.core.places.territory import Territory, of_postcode

five_digits = st.integers(0, 99_999).map(lambda number: f"{number:05d}")


def test_there_are_a_hundred_and_one_departements_and_six_collectivities() -> None:
    assert len(NAMES) - len(COLLECTIVITIES) == 101
    assert len(COLLECTIVITIES) == 6
    assert len(set(NAMES.values())) == len(NAMES)
    assert {"2A", "2B"} < set(NAMES)
    assert "20" not in NAMES
    assert {f"{number:02d}" for number in range(1, 96)} - set(NAMES) == {"20"}


@pytest.mark.parametrize(
    ("postcode", "number"),
    [
        ("01000", "01"),
        ("75011", "75"),
        ("95000", "95"),
        ("20000", "2A"),
        ("20167", "2A"),
        ("20200", "2B"),
        ("20620", "2B"),
        ("97133", "977"),
        ("97150", "978"),
        ("97100", "971"),
        ("97200", "972"),
        ("97300", "973"),
        ("97400", "974"),
        ("97500", "975"),
        ("97600", "976"),
        ("98600", "986"),
        ("98714", "987"),
        ("98800", "988"),
        # CEDEX: the digits of the office
        ("75947", "75"),
        ("92055", "92"),
        ("67946", "67"),
        ("20188", "2A"),
        ("20700", "2A"),
        ("20704", "2A"),
        ("97248", "972"),
        ("97821", "974"),
        ("97829", "974"),
    ],
)
def test_a_postcode_lies_in_its_departement(postcode: str, number: str) -> None:
    assert departements_of(postcode) == (number,)


@pytest.mark.parametrize(
    ("postcode", "why"),
    [
        (None, Nowhere.NO_POSTCODE),
        ("", Nowhere.NOT_A_POSTCODE),
        ("7501", Nowhere.NOT_A_POSTCODE),
        ("750110", Nowhere.NOT_A_POSTCODE),
        ("75 011", Nowhere.NOT_A_POSTCODE),
        ("2A000", Nowhere.NOT_A_POSTCODE),
        ("７５０１１", Nowhere.NOT_A_POSTCODE),
        ("75011\n", Nowhere.NOT_A_POSTCODE),
        ("98000", Nowhere.MONACO),
        ("98035", Nowhere.MONACO),
        ("00100", Nowhere.UNKNOWN),
        ("96000", Nowhere.UNKNOWN),
        ("97000", Nowhere.UNKNOWN),
        ("97900", Nowhere.UNKNOWN),
        ("98400", Nowhere.UNKNOWN),
        ("98900", Nowhere.UNKNOWN),
        ("99123", Nowhere.UNKNOWN),
    ],
)
def test_what_is_no_postcode_of_france_lies_nowhere_and_says_why(postcode: str | None, why: Nowhere) -> None:
    assert departements_of(postcode) is why


def test_of_a_corsican_postcode_that_no_list_has_only_corse_is_sure() -> None:
    assert departements_of("20890") == ("2A", "2B")


SHARED_IN_THE_LISTS = (
    "01200 74, 01410 39, 01590 39, 05110 04, 05130 04, 05160 04, 05700 26, 06260 04, 13780 83, 21340 71, "
    "33220 24, 36260 18, 37160 86, 42620 03, 43450 15, 48250 07, 52100 51, 73670 38, 94390 91"
)


@pytest.mark.parametrize("listed", SHARED_IN_THE_LISTS.split(", "))
def test_a_postcode_shared_with_a_neighbour_names_its_own_departement_first(listed: str) -> None:
    postcode, neighbour = listed.split()

    assert departements_of(postcode) == (postcode[:2], neighbour)


def test_no_postcode_is_shared_that_is_not_in_the_lists() -> None:
    shared = [f"{postcode} {neighbour}" for postcode, neighbour in SHARED.items()]

    assert ", ".join(shared) == SHARED_IN_THE_LISTS


def test_every_departement_is_that_of_some_postcode() -> None:
    firsts = {found[0] for number in range(100_000) if isinstance(found := departements_of(f"{number:05d}"), tuple)}

    assert firsts == set(NAMES)


@given(st.none() | st.text(max_size=6) | five_digits)
def test_whatever_is_written_there_is_an_answer(written: str | None) -> None:
    found = departements_of(written)

    assert isinstance(found, Nowhere) or (found and all(number in NAMES for number in found))


@given(five_digits.filter(lambda postcode: not postcode.startswith("978")))
def test_departement_and_territory_agree(postcode: str) -> None:
    found, territory = departements_of(postcode), of_postcode(postcode)

    assert isinstance(found, Nowhere) == (territory is None)
    if isinstance(found, tuple):
        assert (len(found[0]) == 2) == (territory is Territory.METROPOLE)


def test_numbers_are_not_mistaken_for_postcodes() -> None:
    assert departements_of(Departement("971")) is Nowhere.NOT_A_POSTCODE
