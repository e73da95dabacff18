"""What a password must be: long, its own, and nothing else is asked of it; and nothing of it is repeated."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.access.password import COMMONEST, LENGTH_MAX, LENGTH_MIN, faults_of, normalised

WHO = ("c.martin", "Chantal Martin-Lefèvre", "c.martin@example.net")

TAKEN = [
    "quatre mots sans rapport",
    "trombone violet igloo",
    "correct horse battery staple",
    "le chat a 9 vies et 3 dettes",
    "gK7vQp2xLw9z",
    "!§$%&/()=?*+#,;",
    "пять слов на другом языке",
    "le soleil se couche à Brest",
    "ça coûte 12 € à Noël",
]
REFUSED = {
    "": "too short",
    "gK7vQp2xLw9": "too short",
    "x7" * 65: "too long",
    "gK7vQp2x\nLw9z": "typed again",
    "gK7vQp2x\ud800Lw9z": "typed again",
    "chantal-martin": "first",
    "Lefevre.Chantal.1987!": "first",
    "c.martin@example.net": "first",
    "CHANTALchantal": "first",
    "motdepasse1234": "first",
    "Azertyuiop2026!": "first",
    "Administrateur1": "first",
    "filvert-filvert": "first",
    "123456123456": "first",
    "aaaaaaaaaaaaaaa": "repeats",
    "abababababab": "repeats",
    "abcdefghijklmnop": "repeats",
    "zyxwvutsrqponm": "repeats",
    "a            b": "repeats",
}

ALL_FAULTS = {(fault.where, fault.what, fault.mend) for each in REFUSED for fault in faults_of(each, WHO)}
"""Sentences of a fixed list, whatever was written."""


@pytest.mark.parametrize("password", TAKEN)
def test_words_of_one_s_own_are_taken_whatever_they_are_made_of(password: str) -> None:
    assert faults_of(password, WHO) == []


@pytest.mark.parametrize("password", REFUSED)
def test_what_is_short_known_or_endless_is_refused_and_it_is_said_why(password: str) -> None:
    assert any(REFUSED[password] in fault.what for fault in faults_of(password, WHO))


@given(st.text(max_size=LENGTH_MAX + 20))
def test_what_is_taken_is_long_enough_and_a_fault_repeats_nothing_of_it(password):
    found = faults_of(password, WHO)
    if not found:
        assert LENGTH_MIN <= len(normalised(password)) <= LENGTH_MAX
        assert password.strip()
    assert {(fault.where, fault.what, fault.mend) for fault in found} <= ALL_FAULTS


@given(st.sampled_from(TAKEN + list(REFUSED)))
def test_the_same_keys_on_another_system_are_the_same_password(password):
    other = unicodedata.normalize("NFD", password)

    assert normalised(other) == normalised(password)
    assert faults_of(other, WHO) == faults_of(password, WHO)


@pytest.mark.parametrize("common", sorted(COMMONEST))
def test_none_of_the_commonest_is_taken_for_having_a_year_and_a_sign_after_it(common: str) -> None:
    assert faults_of(f"{common}{common}2026!")
    assert faults_of(f"{common.title()}1984?")


def test_whose_it_is_matters() -> None:
    assert faults_of("Zoé-Archambault", ("zoe", "Zoé Archambault"))
    assert not faults_of("Zoé-Archambault", WHO)


def test_there_are_five_sentences() -> None:
    assert len(ALL_FAULTS) == 5


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert len(faults_of("aaaa\n")) == 4
