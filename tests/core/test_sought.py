"""What is typed to find a case is understood as people type it: numbers in groups, names with and without accents."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.cases.sought import is_too_little, phone_words, sought, words_of
from dialer.core.words import E164


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Martin", ["martin"]),
        ("  Éloïse   LEFÈVRE-Ünal ", ["eloise", "lefevre", "unal"]),
        ("N'Guyen", ["guyen"]),
        ("O", ["o"]),
        ("", []),
        ("- ' %", []),
        ("01 99 00 12 34", ["0199001234"]),
        ("01.99.00.12.34", ["0199001234"]),
        ("01-99-00-12-34", ["0199001234"]),
        ("0199001234", ["0199001234"]),
        ("+33 1 99 00 12 34", ["33199001234"]),
        ("01 99", ["0199"]),
        ("6012 4736", ["60124736"]),
        ("75011", ["75011"]),
        ("martin 75011", ["martin", "75011"]),
        ("75011 01 99 00 12 34", ["75011", "0199001234"]),
        ("martin 01 99 00 12 34 zoé", ["martin", "0199001234", "zoe"]),
        ("75011 97400", ["75011", "97400"]),
    ],
)
def test_what_is_typed_is_what_is_meant(typed: str, meant: list[str]) -> None:
    assert list(sought(typed)) == meant


@given(st.text(max_size=40))
def test_whatever_is_typed_is_words_of_letters_and_digits(typed: str) -> None:
    for word in sought(typed):
        assert word
        assert " " not in word
        assert list(words_of(word)) == [word], "what was understood once is understood so again"


@given(st.integers(100_000_000, 999_999_999), st.sampled_from([" ", ".", "-", ""]))
def test_a_number_is_found_however_its_digits_are_grouped(digits: int, between: str) -> None:
    national = f"0{digits}"
    typed = between.join(national[place : place + 2] for place in range(0, 10, 2))
    (word,) = sought(typed)
    assert word in phone_words(E164(f"+33{digits}"))


@pytest.mark.parametrize(("typed", "little"), [("o", True), ("a b", True), ("ab", False), ("", False), ("é", True)])
def test_one_letter_alone_means_nobody(typed: str, little: bool) -> None:
    assert is_too_little(sought(typed)) is little
