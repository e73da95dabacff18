"""The review as it is shown: small numbers kept back, in French words, and as CSV for a spreadsheet."""

from __future__ import annotations

import csv
from dataclasses import replace
from io import StringIO
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.callbacks.outcomes import CallbackOutcome, Structure
from dialer.core.cases.case import Standing
from dialer.core.report.report import CLOCK, Count, Delay, Dimension, Rate, report
from dialer.core.report.report import Report as Review
from dialer.core.report.summary import Summary
from dialer.core.report.tables import Line, Ratio, Tables, tables
from dialer.core.report.text import csv_of, text_of
from tests.core.rtf_year import Year, a_year
from tests.core.test_rtf_report import END, GIVEN, ONE, PEOPLE, days


@pytest.fixture(scope="module")
def nine_thousand() -> Year:
    return a_year(9_000, seed=2015)


# -- rates -----------------------------------------------------------------------------------------


def test_rates_are_of_those_for_whom_they_can_be_told() -> None:
    ends = {"outcome": CallbackOutcome.REFUS, "ended_at": days(1)}
    made = shown(
        [
            *some(5, "01", standing=Standing.MET, reached_at=days(1), appointment_at=days(5)),
            *some(6, "01", standing=Standing.LATE),
            *some(7, "01", reached_at=days(1), **ends),
            *some(8, "01"),
            *some(9, "01", outcome=CallbackOutcome.DOUBLON, ended_at=days(1)),
        ]
    )
    assert made.total.rates == {
        Rate.IN_TIME: Ratio(5, 18),
        Rate.IN_TIME_OF_DUE: Ratio(5, 11),
        Rate.REACHED: Ratio(12, 35),
        Rate.APPOINTMENTS: Ratio(5, 12),
        Rate.FIRST_IN_TIME: Ratio(0, 35),
    }
    assert Ratio(5, 20).percent == 25.0
    assert Ratio(0, 0).percent is None


# -- small numbers ----------------------------------------------------------------------------------


def shown(summaries: list[Summary], *, mask: bool = True) -> Tables:
    return tables(report(summaries, 2026, END), mask=mask)


def some(number: int, academie: str, **fields: object) -> list[Summary]:
    return [replace(ONE, facts=replace(ONE.facts, academie=academie), **fields)] * number  # type: ignore[arg-type]


def column(made: Tables, dimension: Dimension, count: Count) -> list[int | None]:
    return [line.counts[count] for line in made.by[dimension]]


def test_without_a_mask_every_number_is_shown() -> None:
    made = shown([*some(1, "01"), *some(30, "02")], mask=False)
    assert column(made, Dimension.ACADEMIE, Count.REQUESTS) == [1, 30]


def test_a_small_number_is_kept_back_and_the_next_smallest_with_it() -> None:
    made = shown([*some(3, "01"), *some(30, "02"), *some(12, "03")])
    assert column(made, Dimension.ACADEMIE, Count.REQUESTS) == [None, 30, None]
    assert made.total.counts[Count.REQUESTS] == 45


def test_two_small_numbers_that_together_are_small_take_a_third_with_them() -> None:
    made = shown([*some(1, "01"), *some(1, "02"), *some(30, "03"), *some(40, "04")])
    assert column(made, Dimension.ACADEMIE, Count.REQUESTS) == [None, None, None, 40]


def test_a_part_that_is_the_whole_beside_zeros_takes_the_sum_with_it() -> None:
    made = shown([*some(3, "01"), *some(5, "01", standing=Standing.LATE), *some(10, "02")])
    assert column(made, Dimension.ACADEMIE, Count.LATE) == [None, 0]
    assert made.total.counts[Count.LATE] is None


def test_zero_and_five_are_shown() -> None:
    made = shown([*some(5, "01"), *some(5, "02", standing=Standing.LATE)])
    assert column(made, Dimension.ACADEMIE, Count.RUNNING) == [5, 0]
    assert column(made, Dimension.ACADEMIE, Count.LATE) == [0, 5]


def test_a_rate_is_shown_only_with_the_numbers_it_is_made_of() -> None:
    met = some(20, "01", standing=Standing.MET)
    late = some(3, "01", standing=Standing.LATE)
    (line,) = shown([*met, *late]).by[Dimension.ACADEMIE]
    assert line.counts[Count.LATE] is None
    assert line.counts[Count.MET] is None  # or 23 less 20 would say it
    assert line.rates[Rate.IN_TIME] is None
    assert line.rates[Rate.REACHED] == Ratio(0, 23)


def test_a_delay_of_few_people_is_kept_back() -> None:
    called = {"attempts": 1, "first_attempt_at": days(1)}
    few = shown([*some(4, "01", **called), *some(20, "02"), *some(20, "03", **called)])
    lines = {line.value: line.delays_s[Delay.FIRST_ATTEMPT] for line in few.by[Dimension.ACADEMIE]}
    assert lines["01"] is None
    assert lines["02"] == {50: None, 90: None}
    many = shown([*some(5, "01", **called), *some(20, "03", **called)])
    assert many.by[Dimension.ACADEMIE][0].delays_s[Delay.FIRST_ATTEMPT] == {50: 86_400.0, 90: 86_400.0}


@settings(max_examples=150, deadline=None)
@given(st.lists(GIVEN, max_size=80))
def test_what_is_kept_back_cannot_be_had_by_subtraction(summaries: list[Summary]) -> None:
    made = shown(summaries)
    for line in (made.total, *(each for lines in made.by.values() for each in lines)):
        assert all(value is None or value == 0 or value >= 5 for count, value in people(line).items())
        assert_sum_keeps(made, line.counts[Count.REQUESTS], [line.counts[count] for count in CLOCK])
        assert (line.counts[Count.ATTEMPTS] is None) == (line.counts[Count.ATTEMPTED] is None)
    for dimension in Dimension:
        for count in PEOPLE:
            assert_sum_keeps(made, made.total.counts[count], column(made, dimension, count))


def people(line: Line) -> dict[Count, int | None]:
    return {count: line.counts[count] for count in PEOPLE}


def assert_sum_keeps(made: Tables, whole: int | None, parts: list[int | None]) -> None:
    hidden = parts.count(None)
    if whole is None:
        assert hidden
    elif hidden:
        assert hidden > 1
        assert whole - sum(part or 0 for part in parts) >= 5


@given(st.lists(GIVEN, max_size=60))
def test_no_number_that_is_shown_is_changed(summaries: list[Summary]) -> None:
    made, whole = shown(summaries), shown(summaries, mask=False)
    for dimension in Dimension:
        for line, truth in zip(made.by[dimension], whole.by[dimension], strict=True):
            assert all(value is None or value == truth.counts[count] for count, value in line.counts.items())


# -- as text and as CSV -----------------------------------------------------------------------------


def test_the_text_says_numerator_and_denominator_in_french() -> None:
    met = some(1100, "17", standing=Standing.MET, attempts=1, first_attempt_at=days(0.5), appointment_at=days(9.25))
    late = some(900, "17", standing=Standing.LATE)
    lines = list(text_of(shown([*met, *late]), {"17": "Nantes"}.get))  # type: ignore[arg-type]
    assert lines[0] == "Droit au retour en formation – bilan quantitatif 2026"
    assert "état au 01/02/2027 à 01:00" in lines[1]
    assert any(line.endswith("1\u202f100 / 2\u202f000 (55,0\u202f%)") for line in lines)
    assert any("médiane 9,2, 9 sur 10 en 9,2 (n = 1\u202f100)" in line for line in lines)
    assert any(line.startswith("  Nantes ") for line in lines)
    assert max(map(len, lines)) <= 120


def test_the_text_of_an_empty_year_is_told_without_a_fault() -> None:
    lines = list(text_of(shown([])))
    assert any("0 / 0 (–)" in line for line in lines)


def test_the_text_explains_what_is_kept_back_only_where_something_may_be() -> None:
    assert any("s. :" in line for line in text_of(shown(some(2, "01"))))
    assert not any("s. :" in line for line in text_of(shown(some(2, "01"), mask=False)))


def test_the_columns_of_the_tables_stand_under_their_heads(nine_thousand: Year) -> None:
    made = report(nine_thousand.truth(END), 2026, END)
    lines = list(text_of(tables(made, mask=False)))
    for first, following in pairwise(lines):
        if first.startswith("Par "):
            assert len(first) == len(following)


def test_the_csv_has_one_row_for_each_group_and_its_numbers(nine_thousand: Year) -> None:
    made = tables(report(nine_thousand.truth(END), 2026, END), mask=False)
    text = csv_of(made)
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";"))
    assert len(rows) == 1 + sum(len(lines) for lines in made.by.values())
    assert len({tuple(row) for row in rows}) == 1
    total = rows[0]
    assert (total["année"], total["état au"], total["par"]) == ("2026", "01/02/2027", "ensemble")
    assert total["demandes"] == str(made.total.counts[Count.REQUESTS])
    ratio = made.total.rates[Rate.IN_TIME]
    assert ratio is not None
    assert ratio.percent is not None
    assert total["Rendez-vous sous 15 jours ÷ demandes échues ou closes : %"] == f"{ratio.percent:.1f}".replace(
        ".", ","
    )
    outcomes = [row["valeur"] for row in rows if row["par"] == "issue"]
    assert Structure.CIO not in outcomes
    assert {"RDV_FIXE", "pas encore"} <= set(outcomes)


def test_the_csv_says_where_a_number_is_kept_back() -> None:
    text = csv_of(shown([*some(1, "01"), *some(9, "02")]))
    assert '"s."' in text


def test_a_review_names_the_academie_it_is_of() -> None:
    made: Review = report(some(9, "01"), 2026, END, "01")
    assert "académie : Paris" in next(iter(text_of(tables(made, mask=True), lambda code: "Paris")))
