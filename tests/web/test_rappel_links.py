"""The secret link: ours open, no other does, and nothing of the person is in it."""

from __future__ import annotations

import re
import string

from hypothesis import given
from hypothesis import strategies as st

from dialer.core.callbacks.states import CallbackId
from dialer.core.reference import reference
from dialer.web.rappel.links import link_of, opens, reference_in

KEY, OTHER = b"k" * 32, b"o" * 32
CALLBACK = CallbackId("cb-12345674")
LINK = link_of("12345674", CALLBACK, KEY)


def test_a_link_opens_its_own_request_and_says_which_it_claims():
    assert opens(LINK, CALLBACK, KEY)
    assert reference_in(LINK) == "12345674"
    assert re.fullmatch(r"12345674-[A-Za-z0-9_-]{22}", LINK)


def test_a_seal_has_128_bits_and_depends_on_key_reference_and_callback():
    seals = {
        LINK[9:],
        link_of("12345674", CALLBACK, OTHER)[9:],
        link_of("12345674", CallbackId("cb-00000000"), KEY)[9:],
        link_of("00000000", CALLBACK, KEY)[9:],
    }
    assert len(seals) == 4


@given(st.integers(0, len(LINK) - 1), st.sampled_from(string.ascii_letters + string.digits + "-_=é"))
def test_a_link_with_one_other_character_opens_nothing(place, letter):
    forged = LINK[:place] + letter + LINK[place + 1 :]
    assert opens(forged, CALLBACK, KEY) is (forged == LINK)


@given(st.text(max_size=60))
def test_no_text_is_a_link_of_ours_by_luck_and_none_makes_it_fail(text):
    assert not opens(text, CALLBACK, KEY)


def test_the_seal_of_one_request_does_not_open_another_nor_do_parts_and_tails_of_it():
    other = link_of("99999994", CallbackId("cb-99999994"), KEY)
    for forged in (f"12345674-{other[9:]}", LINK[:-1], LINK + "A", LINK + "\n", " " + LINK, LINK.replace("-", "/", 1)):
        assert not opens(forged, CALLBACK, KEY)


@given(st.integers(0, 9_999_999))
def test_a_link_holds_the_reference_and_a_seal_and_nothing_else(serial):
    digits = reference(serial, b"r" * 16)
    link = link_of(digits, CallbackId(f"cb-{digits}"), KEY)
    assert reference_in(link) == digits
    assert len(link) == 8 + 1 + 22
