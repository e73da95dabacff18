"""How long Asterisk may keep us waiting: told in good time, ended in the last resort, and never for a fault of ours."""

from __future__ import annotations

from itertools import pairwise

import pytest

from dialer.asterisk.patience import TOLD_AFTER_S, TOLD_EVERY_S, WEDGED_AFTER_MAX_S, WEDGED_AFTER_S, Patience


def ends(patience: Patience, until_s: int) -> list[int]:
    """The seconds at which it is over, of an Asterisk that answers nothing that it is asked, once a second."""
    found = []
    for at in range(1, until_s + 1):
        patience.unanswered(at)
        if patience.is_over(at):
            found.append(at)
    return found


def test_the_operator_is_told_after_ten_seconds_then_every_minute_and_no_more_once_in_step() -> None:
    patience = Patience(100.0)
    told = [at for at in range(100, 300) if patience.to_be_told(at) is not None]
    assert told == [110, 170, 230, 290]
    assert patience.to_be_told(350) == 250, "seconds since it began, not since it was told last"
    patience.in_step()
    assert patience.to_be_told(1000) is None


def test_each_time_out_of_step_counts_from_its_own_beginning() -> None:
    patience = Patience(0.0)
    patience.in_step()
    patience.out_of_step(50.0)
    patience.out_of_step(59.0)  # lost already
    assert patience.to_be_told(50.0 + TOLD_AFTER_S - 0.1) is None
    assert patience.to_be_told(50.0 + TOLD_AFTER_S) == TOLD_AFTER_S
    assert patience.to_be_told(50.0 + TOLD_AFTER_S + TOLD_EVERY_S - 0.1) is None


def test_an_asterisk_that_answers_nothing_is_over_only_after_the_whole_time() -> None:
    patience = Patience(0.0)
    patience.unanswered(5.0)
    patience.unanswered(20.0)
    assert not patience.is_over(5.0 + WEDGED_AFTER_S - 0.1)
    assert patience.is_over(5.0 + WEDGED_AFTER_S)
    assert not patience.is_over(5.0 + WEDGED_AFTER_S + 1000), "said once; what follows is asked anew"


def test_being_out_of_step_alone_ends_nobody() -> None:
    assert not Patience(0.0).is_over(1e6)


def test_an_answer_even_a_refusal_begins_the_count_again() -> None:
    patience = Patience(0.0)
    patience.unanswered(0.0)
    patience.answered()
    assert not patience.is_over(WEDGED_AFTER_S)
    patience.unanswered(15.0)
    assert not patience.is_over(15.0 + WEDGED_AFTER_S - 0.1)
    assert patience.is_over(15.0 + WEDGED_AFTER_S)


@pytest.mark.parametrize("still_until", [3.0, 19.9, 500.0])
def test_what_we_ourselves_were_too_slow_to_hear_is_not_held_against_it(still_until: float) -> None:
    patience = Patience(0.0)
    patience.unanswered(0.0)
    patience.stood_still(still_until)
    assert not patience.is_over(still_until + WEDGED_AFTER_S - 0.1)
    assert patience.is_over(still_until + WEDGED_AFTER_S)


def test_standing_still_accuses_nobody() -> None:
    patience = Patience(0.0)
    patience.stood_still(10.0)
    assert not patience.is_over(1e6)


def test_one_that_is_deaf_again_each_time_it_is_started_is_given_twice_the_time_up_to_a_limit() -> None:
    found = ends(Patience(0.0), 4000)
    between = [late - early for early, late in pairwise(found)]
    assert between[:5] == [41, 81, 161, 321, 641]  # each begins to be asked a second later
    assert set(between[5:]) == {WEDGED_AFTER_MAX_S + 1}


def test_one_that_came_in_step_has_no_past() -> None:
    patience = Patience(0.0)
    assert ends(patience, 70) == [21, 62]
    patience.in_step()
    assert not patience.is_over(99.0), "what it owed before is owed no more"
    patience.unanswered(100.0)
    assert patience.is_over(100.0 + WEDGED_AFTER_S)
