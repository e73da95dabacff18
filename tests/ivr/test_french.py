"""Numbers are said as French says them."""

import pytest

from ivr.french import cardinal, feminine_ordinal, spoken_telephone


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "zéro"),
        (16, "seize"),
        (17, "dix-sept"),
        (21, "vingt et un"),
        (60, "soixante"),
        (61, "soixante et un"),
        (69, "soixante-neuf"),
        (70, "soixante-dix"),
        (71, "soixante et onze"),
        (77, "soixante-dix-sept"),
        (79, "soixante-dix-neuf"),
        (80, "quatre-vingts"),
        (81, "quatre-vingt-un"),
        (91, "quatre-vingt-onze"),
        (99, "quatre-vingt-dix-neuf"),
        (100, "cent"),
        (101, "cent un"),
        (180, "cent quatre-vingts"),
        (200, "deux cents"),
        (201, "deux cent un"),
        (800, "huit cents"),
        (999, "neuf cent quatre-vingt-dix-neuf"),
    ],
)
def test_a_number_is_said_in_words(number: int, said: str) -> None:
    assert cardinal(number) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "une"), (21, "vingt et une"), (61, "soixante et une"), (81, "quatre-vingt-une"), (2, "deux")],
)
def test_minutes_are_feminine(number: int, said: str) -> None:
    assert cardinal(number, feminine=True) == said


@pytest.mark.parametrize("number", [-1, 1000])
def test_what_cannot_be_said_is_an_error(number: int) -> None:
    with pytest.raises(ValueError, match="is not between"):
        cardinal(number)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1, "première"),
        (2, "deuxième"),
        (3, "troisième"),
        (4, "quatrième"),
        (5, "cinquième"),
        (6, "sixième"),
        (9, "neuvième"),
        (10, "dixième"),
        (11, "onzième"),
        (21, "vingt et unième"),
        (30, "trentième"),
        (45, "quarante-cinquième"),
        (49, "quarante-neuvième"),
        (80, "quatre-vingtième"),
        (83, "quatre-vingt-troisième"),
        (200, "deux centième"),
        (206, "deux cent sixième"),
    ],
)
def test_a_rank_is_said_in_the_feminine(number: int, said: str) -> None:
    assert feminine_ordinal(number) == said


def test_there_is_no_rank_nought() -> None:
    with pytest.raises(ValueError, match="no rank"):
        feminine_ordinal(0)


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ("01 77 77 12 25", "zéro un, soixante-dix-sept, soixante-dix-sept, douze, vingt-cinq"),
        ("0 800 12 25 00", "zéro, huit cents, douze, vingt-cinq, zéro zéro"),
        ("0 800 400 070", "zéro, huit cents, quatre cents, zéro soixante-dix"),
        ("0199001122", "zéro un, quatre-vingt-dix-neuf, zéro zéro, onze, vingt-deux"),
    ],
)
def test_a_telephone_number_is_said_group_by_group(shown: str, said: str) -> None:
    assert spoken_telephone(shown) == said
