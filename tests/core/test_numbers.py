"""Numbers as they are sent and typed. Those that must be valid are of the ranges kept for fiction (domain notes)."""

import pytest

from dialer.core.numbers import caller_number, e164, masked, national
from dialer.core.words import E164


@pytest.mark.parametrize(
    ("sent", "number"),
    [
        ("0199000001", "+33199000001"),
        ("01 99 00 00 01", "+33199000001"),
        ("01.99.00.00.01", "+33199000001"),
        ("+33199000001", "+33199000001"),
        ("0033199000001", "+33199000001"),
        ("33199000001", "+33199000001"),
        ("0261910042", "+33261910042"),
        ("0353010042", "+33353010042"),
        ("0465710042", "+33465710042"),
        ("0536490042", "+33536490042"),
    ],
)
def test_a_metropolitan_number_is_the_same_however_it_is_sent(sent: str, number: str) -> None:
    assert e164(sent) == number


@pytest.mark.parametrize(
    ("typed", "prefix"),
    [
        ("0262910000", "+262"),
        ("0692000001", "+262"),
        ("0639000000", "+262"),
        ("0590200000", "+590"),
        ("0690000000", "+590"),
        ("0594200000", "+594"),
        ("0694000000", "+594"),
        ("0696000000", "+596"),
        ("87123456", "+689"),
    ],
)
def test_an_overseas_number_typed_nationally_is_of_its_own_plan(typed: str, prefix: str) -> None:
    number = e164(typed)

    assert number is not None
    assert number.startswith(prefix)
    assert number.endswith(typed.removeprefix("0"))


@pytest.mark.parametrize("typed", ["0976000000", "0947500350", "0709050035"])
def test_a_number_that_several_plans_claim_or_none_is_not_guessed(typed: str) -> None:
    assert e164(typed) is None


@pytest.mark.parametrize(
    "sent", ["", "+", "abc", "anonymous", "115", "3900", "0639980001", "+999123456", "+33", "123456789012345678"]
)
def test_what_is_no_number_is_none_and_no_error(sent: str) -> None:
    assert e164(sent) is None
    assert caller_number(sent, prohibited=False) is None


@pytest.mark.parametrize("sent", ["9999999999", "99 99 99 99 99", "+339999999999", "00339999999999", "339999999999"])
def test_all_nines_is_a_masked_caller(sent: str) -> None:
    assert caller_number(sent, prohibited=False) is None


def test_a_caller_who_asks_not_to_be_shown_is_not() -> None:
    assert caller_number("+33199000001", prohibited=True) is None
    assert caller_number("+33199000001", prohibited=False) == "+33199000001"


def test_a_foreign_number_is_kept() -> None:
    assert caller_number("+493023125000", prohibited=False) == "+493023125000"


@pytest.mark.parametrize(
    ("number", "shown"), [("+33199000001", "+33 … 01"), ("+262262910042", "+26 … 42"), (None, "masqué")]
)
def test_logs_see_the_last_two_digits_and_no_more(number: str | None, shown: str) -> None:
    assert masked(E164(number) if number is not None else None) == shown


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("+33199000001", "01 99 00 00 01"),
        ("+262262910000", "0262 91 00 00"),
        ("+68987123456", "87 12 34 56"),
        ("+493023125000", "+49 30 23125000"),
        ("nonsense", "nonsense"),
    ],
)
def test_people_see_a_number_as_they_write_it(number: str, written: str) -> None:
    assert national(E164(number)) == written
