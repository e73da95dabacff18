"""Numbers as they are sent and typed. Those that must be valid are of the ranges kept for fiction (domain notes)."""

import pytest

from dialer.core.numbers import (
    Parsed,
    Refused,
    WhyNot,
    caller_number,
    e164,
    masked,
    national,
    parse_for,
    territories,
)
from dialer.core.places.territory import Territory
from dialer.core.words import E164

PARIS, RUN, MAY, GLP = "Europe/Paris", "Indian/Reunion", "Indian/Mayotte", "America/Guadeloupe"
MQ, GF, PM, NC = "America/Martinique", "America/Cayenne", "America/Miquelon", "Pacific/Noumea"


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
        ("0596000000", "+596"),
        ("0269600000", "+262"),
        ("0263100000", "+262"),
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


@pytest.mark.parametrize(
    ("typed", "word", "number", "territory", "zone"),
    [
        # As they come, each of its own plan.
        ("01 99 00 00 01", None, "+33199000001", "metropole", PARIS),
        ("+33 (0)1 99 00 00 01", None, "+33199000001", "metropole", PARIS),
        ("199000001", None, "+33199000001", "metropole", PARIS),
        ("596000001", None, "+596596000001", "martinique", MQ),
        ("508410001", None, "+508410001", "saint_pierre_et_miquelon", PM),
        ("0600000001", None, "+33600000001", "metropole", PARIS),
        ("0262 00 00 01", None, "+262262000001", "reunion", RUN),
        ("0263 10 00 01", None, "+262263100001", "reunion", RUN),
        ("0269 60 00 01", None, "+262269600001", "mayotte", MAY),
        ("0590 20 00 01", None, "+590590200001", "guadeloupe", GLP),
        ("0594 20 00 01", None, "+594594200001", "guyane", GF),
        ("0596 00 00 01", None, "+596596000001", "martinique", MQ),
        ("0696 00 00 01", None, "+596696000001", "martinique", MQ),
        ("0508 41 00 01", None, "+508410001", "saint_pierre_et_miquelon", PM),
        ("0708 41 00 01", None, "+508708410001", "saint_pierre_et_miquelon", PM),
        ("+687 20 00 01", None, "+687200001", "nouvelle_caledonie", NC),
        ("+681 72 00 01", None, "+681720001", "wallis_et_futuna", "Pacific/Wallis"),
        ("+33 692 00 00 01", None, "+262692000001", "reunion", RUN),
        ("+33 596 00 00 01", None, "+596596000001", "martinique", MQ),
        ("+33 269 60 00 01", None, "+262269600001", "mayotte", MAY),
        ("0033 508 41 00 01", None, "+508410001", "saint_pierre_et_miquelon", PM),
        ("+33 976 00 00 01", None, "+33976000001", "metropole", PARIS),
        # The mobiles of 262: their plan's island, or the other when the person says so.
        ("0692 00 00 01", None, "+262692000001", "reunion", RUN),
        ("0692 00 00 01", "97400", "+262692000001", "reunion", RUN),
        ("0692 00 00 01", "97600", "+262692000001", "mayotte", MAY),
        ("0692 00 00 01", "mayotte", "+262692000001", "mayotte", MAY),
        ("0639 00 00 01", None, "+262639000001", "mayotte", MAY),
        ("0639 00 00 01", "97400", "+262639000001", "reunion", RUN),
        ("+262 692 00 00 01", "97600", "+262692000001", "mayotte", MAY),
        # A fixed line stays where it is, and nobody's word takes a number out of its plan.
        ("0262 00 00 01", "97600", "+262262000001", "reunion", RUN),
        ("0692 00 00 01", "75011", "+262692000001", "reunion", RUN),
        ("0199000001", "97400", "+33199000001", "metropole", PARIS),
        ("0590 20 00 01", "97133", "+590590200001", "guadeloupe", GLP),
        # One code for three islands.
        ("0690 00 00 01", None, "+590690000001", "guadeloupe", GLP),
        ("0690 00 00 01", "97133", "+590690000001", "saint_barthelemy", GLP),
        ("0690 00 00 01", "97150", "+590690000001", "saint_martin", GLP),
        ("0590 27 00 01", "97150", "+590590270001", "saint_martin", GLP),
        ("0590 27 00 01", None, "+590590270001", "saint_barthelemy", GLP),
        # Claimed by several plans until the person says where they are.
        ("0976 00 00 01", "33000", "+33976000001", "metropole", PARIS),
        ("0976 00 00 01", "guyane", "+594976000001", "guyane", GF),
        ("0976 00 00 01", "97150", "+590976000001", "saint_martin", GLP),
        ("0947 50 00 01", "97100", "+590947500001", "guadeloupe", GLP),
        ("41 00 01", "97500", "+508410001", "saint_pierre_et_miquelon", PM),
        ("41 00 01", "98800", "+687410001", "nouvelle_caledonie", NC),
        ("72 00 01", "98600", "+681720001", "wallis_et_futuna", "Pacific/Wallis"),
        # Three clocks in Polynesia.
        ("87 00 00 01", None, "+68987000001", "polynesie", "Pacific/Tahiti"),
        ("87 00 00 01", "98714", "+68987000001", "polynesie", "Pacific/Tahiti"),
        ("87 00 00 01", "98742", "+68987000001", "polynesie", "Pacific/Marquesas"),
        ("87 00 00 01", "98755", "+68987000001", "polynesie", "Pacific/Gambier"),
    ],
)
def test_a_number_to_call_back_is_understood_with_the_persons_word(
    typed: str, word: str | None, number: str, territory: str, zone: str
) -> None:
    said = Territory(word) if word in list(Territory) else None
    postcode = word if said is None else None

    assert parse_for(typed, said, postcode) == Parsed(E164(number), Territory(territory), zone)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", WhyNot.IMPOSSIBLE),
        ("+", WhyNot.IMPOSSIBLE),
        ("rappelez-moi", WhyNot.IMPOSSIBLE),
        ("0199 00 00 0A", WhyNot.IMPOSSIBLE),
        ("٠١٩٩٠٠٠٠٠١", WhyNot.IMPOSSIBLE),
        ("0639980001", WhyNot.IMPOSSIBLE),
        ("0709050035", WhyNot.IMPOSSIBLE),
        ("050841000", WhyNot.IMPOSSIBLE),
        ("01990000012", WhyNot.IMPOSSIBLE),
        ("+999123456", WhyNot.IMPOSSIBLE),
        ("+33", WhyNot.IMPOSSIBLE),
        ("+33 899 999 999 999", WhyNot.IMPOSSIBLE),
        ("99 99 99 99 99", WhyNot.IMPOSSIBLE),
        ("+33 9 99 99 99 99 9", WhyNot.IMPOSSIBLE),
        ("+49 30 23125000", WhyNot.FOREIGN),
        ("0049 30 23125000", WhyNot.FOREIGN),
        ("+377 93 15 00 00", WhyNot.FOREIGN),
        ("0890 12 34 56", WhyNot.PREMIUM),
        ("0800 00 00 01", WhyNot.PREMIUM),
        ("0836 65 00 00", WhyNot.PREMIUM),
        ("+33 800 00 00 01", WhyNot.PREMIUM),
        ("+262 800 00 00 01", WhyNot.PREMIUM),
        ("+687 36 00 01", WhyNot.PREMIUM),
        ("15", WhyNot.SHORT),
        ("3900", WhyNot.SHORT),
        ("118 218", WhyNot.SHORT),
        ("116 000", WhyNot.SHORT),
        ("+33 3900", WhyNot.SHORT),
        ("01 77 77 12 25", WhyNot.OURS),
        ("+33 1 77 77 12 25", WhyNot.OURS),
        ("0 800 12 25 00", WhyNot.OURS),
    ],
)
def test_a_number_that_nobody_is_called_back_on_says_why(typed: str, why: WhyNot) -> None:
    ours = {E164("+33177771225"), E164("+33800122500")}

    assert parse_for(typed, ours=ours) == Refused(why)


@pytest.mark.parametrize(
    ("typed", "word", "among"),
    [
        ("0976 00 00 01", None, "metropole guadeloupe guyane saint_barthelemy saint_martin"),
        ("0976 00 00 01", "97400", "metropole guadeloupe guyane saint_barthelemy saint_martin"),
        ("0947 50 00 01", None, "metropole guadeloupe saint_barthelemy saint_martin"),
        ("41 00 01", None, "saint_pierre_et_miquelon nouvelle_caledonie"),
        ("41 00 01", "75011", "saint_pierre_et_miquelon nouvelle_caledonie"),
    ],
)
def test_a_number_of_several_plans_asks_for_the_territory_among_them(typed: str, word: str | None, among: str) -> None:
    assert parse_for(typed, None, word) == Refused(WhyNot.AMBIGUOUS, tuple(map(Territory, among.split())))


def test_the_territory_that_a_person_says_goes_before_their_postcode() -> None:
    parsed = parse_for("0692000001", Territory.REUNION, "97600")

    assert isinstance(parsed, Parsed)
    assert parsed.territory is Territory.REUNION


@pytest.mark.parametrize("number", ["+33199000001", "+262692000001", "+590690000001", "+508410001", "+68987000001"])
def test_what_was_understood_is_understood_again(number: str) -> None:
    parsed = parse_for(number)

    assert isinstance(parsed, Parsed)
    assert parsed.number == number
    assert parse_for(national(parsed.number), parsed.territory) == parsed
    assert parsed.territory in territories(parsed.number)


@pytest.mark.parametrize(
    "number",
    ["+33596000001", "+33269600001", "+33800122500", "+33890123456", "+493023125000", "0199000001", "+33", "x", ""],
)
def test_a_number_that_no_person_in_france_answers_has_no_territory(number: str) -> None:
    assert territories(E164(number)) == ()
