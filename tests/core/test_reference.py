"""The reference that is read out on the telephone: what is misheard is found, and nothing is told by it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.reference import SERIALS, reference, serial_of, spoken

KEY, OTHER_KEY = b"a key of the tests", b"another key of the tests"
serials = st.integers(0, SERIALS - 1)
keys = st.binary(min_size=16, max_size=32)


@given(serials, keys)
def test_a_reference_leads_back_to_its_serial(serial: int, key: bytes) -> None:
    made = reference(serial, key)

    assert len(made) == 8
    assert made.isdecimal()
    assert serial_of(made, key) == serial


@given(st.integers(0, SERIALS - 1), keys)
def test_every_seven_digits_are_the_reference_of_one_serial(digits: int, key: bytes) -> None:
    """With the promise above: the permutation is one to one and onto."""
    (complete,) = [f"{digits:07d}{check}" for check in range(10) if serial_of(f"{digits:07d}{check}", key) is not None]
    serial = serial_of(complete, key)

    assert serial is not None
    assert 0 <= serial < SERIALS
    assert reference(serial, key) == complete


def test_no_two_of_the_first_twenty_thousand_serials_share_a_reference() -> None:
    assert len({reference(serial, KEY) for serial in range(20_000)}) == 20_000


@given(serials, st.integers(0, 7), st.integers(1, 9))
def test_every_single_wrong_digit_is_found(serial: int, where: int, by: int) -> None:
    right = reference(serial, KEY)
    wrong = right[:where] + str((int(right[where]) + by) % 10) + right[where + 1 :]

    assert serial_of(wrong, KEY) is None


@given(serials, st.integers(0, 6))
def test_every_swap_of_two_neighbours_is_found(serial: int, where: int) -> None:
    right = reference(serial, KEY)
    wrong = right[:where] + right[where + 1] + right[where] + right[where + 2 :]

    assert (serial_of(wrong, KEY) is None) == (wrong != right)


def test_wrong_digits_and_swaps_are_found_whatever_the_digits_are() -> None:
    """Not by luck of the digits drawn: each pair of digits, at each place, in each state of the check."""
    for lead in range(10):
        for first in range(10):
            for second in range(10):
                digits = f"{lead}{first}{second}0000"
                (right,) = [f"{digits}{check}" for check in range(10) if serial_of(f"{digits}{check}", KEY) is not None]
                if first != second:
                    assert serial_of(f"{lead}{second}{first}{right[3:]}", KEY) is None
                for other in set(range(10)) - {second}:
                    assert serial_of(f"{lead}{first}{other}{right[3:]}", KEY) is None


def test_references_do_not_show_how_many_there_are() -> None:
    """Neighbours are as far apart as strangers, and the first hundred are spread over the whole range."""
    numbers = [int(reference(serial, KEY)[:7]) for serial in range(1000)]
    gaps = [abs(after - before) for before, after in pairwise(numbers)]
    tenths = [sum(number // 1_000_000 == tenth for number in numbers) for tenth in range(10)]

    assert 2_800_000 < sum(gaps) / len(gaps) < 3_900_000  # a third of the range, as for numbers drawn by lot
    assert min(tenths) > 60
    assert len({after - before for before, after in pairwise(numbers)}) > 990


def test_another_key_gives_other_references() -> None:
    same = sum(reference(serial, KEY) == reference(serial, OTHER_KEY) for serial in range(1000))

    assert same <= 2


def test_a_reference_made_today_is_the_same_for_ever() -> None:
    """It stands in letters and on slips of paper: the way it is made must never change."""
    made = [reference(serial, b"0123456789abcdef") for serial in (0, 1, 2, SERIALS - 1)]

    assert made == ["87785769", "52910742", "16608069", "31736831"]


@pytest.mark.parametrize(
    "typed", ["{0}{1} {2}{3} {4}{5} {6}{7}", "{0}{1}.{2}{3}.{4}{5}.{6}{7}", " {0}{1}{2}{3}-{4}{5}{6}{7} "]
)
def test_a_reference_may_be_typed_with_spaces_dots_and_hyphens(typed: str) -> None:
    assert serial_of(typed.format(*reference(42, KEY)), KEY) == 42


@pytest.mark.parametrize("typed", ["", "1234567", "123456789", "abcdefgh", "１２３４５６７８", "²²²²²²²²", "1234 567"])
def test_what_is_no_reference_has_no_serial(typed: str) -> None:
    assert serial_of(typed, KEY) is None


def test_a_reference_is_read_out_in_four_groups_of_two_digits() -> None:
    assert spoken("60720913") == ("60", "72", "09", "13")


@pytest.mark.parametrize("serial", [-1, SERIALS])
def test_a_serial_outside_the_ten_million_is_refused(serial: int) -> None:
    with pytest.raises(ValueError, match="serial"):
        reference(serial, KEY)


@pytest.mark.parametrize("key", [b"", b"fifteen bytes!!", b"x" * 33])
def test_a_key_of_the_wrong_length_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match="bytes"):
        reference(1, key)
    with pytest.raises(ValueError, match="bytes"):
        serial_of("00000000", key)
