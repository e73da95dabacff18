"""What remains of erased requests counts in the review as they did; and where files and journal differ is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.cases.case import Kind
from dialer.core.cases.tally import Tally as Remains
from dialer.core.cases.tally import tallies
from dialer.core.report.erased import Difference, differences, with_tallies
from dialer.core.report.report import OF_DELAY, Count, Delay, Dimension, Report, Tally, report
from dialer.core.report.summary import Summary
from dialer.core.report.tables import tables
from dialer.core.report.text import text_of
from tests.core.test_rtf_report import END, GIVEN, ONE, days, instants

DAY_S = 86_400
ACADEMIE = st.sampled_from([None, "01", "10"])
OVER = st.builds(
    lambda one, ended_at, delays_s: replace(
        one,
        ended_at=ended_at,
        first_attempt_at=one.first_attempt_at and one.received_at + timedelta(seconds=delays_s[0]),
        reached_at=one.reached_at and one.received_at + timedelta(seconds=delays_s[1]),
        appointment_at=one.appointment_at and one.received_at + timedelta(seconds=delays_s[2]),
    ),
    GIVEN,
    instants(330, 340),
    st.tuples(*[st.integers(0, 40 * DAY_S)] * 3),
)
"""An ended request with delays of its own."""


def remains(summaries: Iterable[Summary]) -> list[Remains]:
    """As the store keeps them: equal ones are one, with their numbers added up."""
    added: Counter[Remains] = Counter()
    for one in summaries:
        for tally in tallies(Kind.RTF, one):
            added[replace(tally, number=0)] += tally.number
    return [replace(tally, number=number) for tally, number in added.items()]


def places(review: Report) -> dict[object, Tally]:
    groups = {(dimension, value): tally for dimension, by in review.by.items() for value, tally in by.items()}
    return {None: review.total} | groups


@given(st.lists(GIVEN, max_size=12), st.lists(OVER, max_size=12), ACADEMIE)
def test_the_review_is_the_same_whichever_of_its_requests_were_erased(
    kept: list[Summary], gone: list[Summary], academie: str | None
) -> None:
    truth = report([*kept, *gone], 2026, END, academie)
    alone = report(kept, 2026, END, academie)
    made = with_tallies(alone, remains(gone))
    assert alone == report(kept, 2026, END, academie), "nothing happens to the review that was given"
    assert places(made).keys() == places(truth).keys()
    for place, tally in places(made).items():
        true = places(truth)[place]
        assert +tally.counts == +true.counts
        for delay in Delay:
            assert len(tally.delays_s[delay]) == tally.counts[OF_DELAY[delay]]
            assert tally.delays_s[delay] == sorted(tally.delays_s[delay])
            for percent in (1, 50, 90, 100):
                told, exact = tally.quantile_s(delay, percent), true.quantile_s(delay, percent)
                assert (told is None) == (exact is None)
                assert told is None or 0 <= exact - told < DAY_S  # type: ignore[operator]
    assert differences(alone, remains(gone), truth) == ()


@given(st.lists(GIVEN, max_size=8), st.lists(OVER, max_size=8), OVER)
def test_a_request_that_one_of_the_two_does_not_know_is_told(
    kept: list[Summary], gone: list[Summary], other: Summary
) -> None:
    assume(other.received_at.year == 2026)
    alone, rest = report(kept, 2026, END), remains(gone)
    one = Difference(None, Count.REQUESTS, len_of(kept, gone), len_of(kept, gone) + 1)
    assume(one.journal == report([*kept, *gone, other], 2026, END).total.counts[Count.REQUESTS])
    assert one in differences(alone, rest, report([*kept, *gone, other], 2026, END))
    back = replace(one, files=one.journal, journal=one.files)
    assert back in differences(alone, remains([*gone, other]), report([*kept, *gone], 2026, END))
    assert back in differences(report([*kept, other], 2026, END), rest, report([*kept, *gone], 2026, END))


def len_of(*summaries: list[Summary]) -> int:
    return report([one for each in summaries for one in each], 2026, END).total.counts[Count.REQUESTS]


CALLED = replace(ONE, attempts=1, first_attempt_at=days(0.25), outcome=CallbackOutcome.ANNULE, ended_at=days(20))


@pytest.mark.parametrize(("later_s", "differs"), [(0, False), (1, True), (DAY_S, True)])
def test_a_delay_that_is_still_known_agrees_to_the_second(later_s: int, differs: bool) -> None:
    other = replace(CALLED, first_attempt_at=days(0.25) + timedelta(seconds=later_s))
    found = differences(report([CALLED], 2026, END), (), report([other], 2026, END))
    assert (Difference(None, Delay.FIRST_ATTEMPT, 1, 1) in found) is differs
    assert {each.what for each in found} == ({Delay.FIRST_ATTEMPT} if differs else set())


@pytest.mark.parametrize(("later_s", "differs"), [(0, False), (1, False), (DAY_S, True)])
def test_a_delay_of_an_erased_request_agrees_to_the_day(later_s: int, differs: bool) -> None:
    other = replace(CALLED, first_attempt_at=days(0.25) + timedelta(seconds=later_s))
    found = differences(report([], 2026, END), remains([CALLED]), report([other], 2026, END))
    assert (Difference(None, Delay.FIRST_ATTEMPT, 1, 1) in found) is differs


def test_a_delay_that_only_the_journal_knows_is_told() -> None:
    other = replace(CALLED, reached_at=None, first_attempt_at=None)
    found = differences(report([other], 2026, END), (), report([CALLED], 2026, END))
    assert Difference(None, Delay.FIRST_ATTEMPT, 0, 1) in found


def test_one_request_in_another_class_is_told_in_both_groups_and_nowhere_else() -> None:
    other = replace(CALLED, facts=replace(CALLED.facts, academie="10"))
    found = differences(report([CALLED], 2026, END), (), report([other], 2026, END))
    assert {each.place for each in found} == {(Dimension.ACADEMIE, "17"), (Dimension.ACADEMIE, "10")}


def test_what_remains_of_other_years_académies_and_kinds_is_passed_over() -> None:
    of_others = [
        *(replace(each, year=2025) for each in remains([CALLED])),
        *(replace(each, kind=Kind.INFORMATION) for each in remains([CALLED])),
        *(replace(each, academie="10") for each in remains([CALLED])),
    ]
    alone = report([CALLED], 2026, END, "17")
    assert with_tallies(alone, of_others) == alone
    assert with_tallies(alone, remains([CALLED])).total.counts[Count.REQUESTS] == 2


def test_two_reviews_of_different_things_are_not_compared() -> None:
    with pytest.raises(ValueError, match="different"):
        differences(report([], 2026, END), (), report([], 2025, END))


def test_a_reader_is_told_that_delays_are_in_whole_days_when_they_are() -> None:
    alone = report([CALLED], 2026, END)
    said = [" ".join(text_of(tables(each, mask=True))) for each in (alone, with_tallies(alone, remains([CALLED])))]
    assert ["jours entiers" in each for each in said] == [False, True]
