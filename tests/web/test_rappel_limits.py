"""Limits of the public page: nobody gets more than their rate, nobody within it is refused, memory is bounded."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.web.rappel.limits import Limits, Rate

WIDE = Rate(10_000, 0.001)
steps = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 3)), min_size=1, max_size=80)
"""Quarters of a second that pass before somebody asks, and who."""
rates = st.builds(Rate, st.integers(1, 6), st.sampled_from([0.5, 1.0, 7.25, 30.0]))


@given(rates, rates, steps)
def test_in_no_stretch_of_time_is_more_let_through_than_burst_and_refill(each, overall, asked):
    limits, at, let = Limits(each, overall), 0.0, []
    for quarters, who in asked:
        at += quarters / 4
        if limits.wait_s(str(who), at) == 0:
            let.append((at, who))
    for rate, those in [(overall, let)] + [(each, [one for one in let if one[1] == who]) for who in range(4)]:
        for first, (start, _) in enumerate(those):
            for last in range(first, len(those)):
                assert last - first + 1 <= rate.burst + math.floor((those[last][0] - start) / rate.every_s + 1e-6)


@given(rates, steps)
def test_whoever_waits_as_long_as_they_were_told_is_let_in_and_not_much_sooner(each, asked):
    limits, at = Limits(each, WIDE), 0.0
    for quarters, who in asked:
        at += quarters / 4
        wait = limits.wait_s(str(who), at)
        if wait > 0:
            assert limits.wait_s(str(who), at + wait * 0.999 - 1e-6) > 0
            at += wait + 1e-6
            assert limits.wait_s(str(who), at) == 0


@given(rates, st.integers(0, 50))
def test_a_client_never_seen_has_a_whole_burst(each, at):
    limits = Limits(each, WIDE)
    assert [limits.wait_s("new", float(at)) > 0 for _ in range(each.burst + 1)] == [False] * each.burst + [True]


def test_one_client_does_not_use_up_another_ones_tokens():
    limits = Limits(Rate(1, 60.0), WIDE)
    assert limits.wait_s("a", 0.0) == 0
    assert limits.wait_s("a", 1.0) == pytest.approx(59.0)
    assert limits.wait_s("b", 1.0) == 0


def test_all_clients_together_are_held_by_the_shared_bucket_and_a_refusal_costs_nobody_a_token():
    limits = Limits(Rate(1, 60.0), Rate(2, 10.0))
    assert [limits.wait_s(who, 0.0) for who in "abc"] == [0, 0, pytest.approx(10.0)]
    assert limits.wait_s("c", 10.0) == 0, "the refusal before has cost its own token"


def test_however_many_addresses_come_only_so_many_are_remembered_the_latest_ones():
    limits = Limits(Rate(1, 1e6), Rate(100_000, 1e-6), clients_max=50)
    for number in range(1000):
        assert limits.wait_s(str(number), float(number)) == 0
    assert len(limits) == 50
    assert limits.wait_s("999", 1000.0) > 0
    assert limits.wait_s("0", 1000.0) == 0


def test_whoever_asks_again_and_again_is_not_forgotten_for_others_who_asked_once():
    limits = Limits(Rate(2, 1e6), Rate(100_000, 1e-6), clients_max=10)
    assert limits.wait_s("eager", 0.0) == 0
    for number in range(9):
        limits.wait_s(str(number), 1.0)
    assert limits.wait_s("eager", 2.0) == 0
    limits.wait_s("one more", 3.0)
    assert limits.wait_s("eager", 4.0) > 0


@pytest.mark.parametrize("make", [lambda: Rate(0, 1.0), lambda: Rate(1, 0.0), lambda: Rate(1, math.inf)])
def test_a_rate_that_allows_nothing_or_everything_is_refused(make):
    with pytest.raises(ValueError, match="allows one at least"):
        make()
