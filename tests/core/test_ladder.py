"""The retry ladder: when to try again, and when trying is over."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.callbacks.ladder import (
    RUNGS,
    Again,
    AskPerson,
    AttemptCause,
    Exhausted,
    Ladder,
    Rung,
    Try,
    climb,
    days_over,
)
from schedules.walltime import PARIS
from schedules.windows import half_day_at
from tests.core.callback_world import paris

LADDER = Ladder()
ON_LADDER = sorted(RUNGS)
COUNTED = sorted(cause for cause, rung in RUNGS.items() if rung.counted)


def tries(*made: tuple[str, AttemptCause]) -> list[Try]:
    return [Try(paris(at), cause) for at, cause in made]


def after_the_last(made: list[Try], zone: ZoneInfo = PARIS) -> object:
    return climb(LADDER, made, made[-1].at, zone)


def test_busy_is_tried_again_after_half_an_hour() -> None:
    made = tries(("2026-03-16 10:00", AttemptCause.BUSY))

    assert after_the_last(made) == Again(paris("2026-03-16 10:30"), counted=True)


@pytest.mark.parametrize("cause", [AttemptCause.NO_ANSWER, AttemptCause.MACHINE, AttemptCause.THIRD_PARTY])
def test_no_answer_waits_for_the_next_half_day_where_the_person_is(cause: AttemptCause) -> None:
    made = tries(("2026-03-16 10:00", cause))

    assert after_the_last(made) == Again(paris("2026-03-16 13:00"), counted=True)
    assert after_the_last(made, ZoneInfo("Indian/Reunion")) == Again(paris("2026-03-16 21:00"), counted=True)


def test_two_busy_tones_of_one_half_day_are_enough_for_it() -> None:
    made = tries(("2026-03-16 10:00", AttemptCause.BUSY), ("2026-03-16 10:30", AttemptCause.BUSY))

    assert after_the_last(made) == Again(paris("2026-03-16 13:00"), counted=True)


def test_what_failed_on_our_side_waits_a_little_and_uses_nothing_up() -> None:
    made = tries(*((f"2026-03-16 10:{minute:02}", AttemptCause.FAILED) for minute in (0, 15, 30, 45)))

    assert after_the_last(made) == Again(paris("2026-03-16 11:00"), counted=False)


def test_a_wrong_number_is_a_person_s_matter_even_at_the_last_attempt() -> None:
    made = tries(
        ("2026-03-16 10:00", AttemptCause.NO_ANSWER),
        ("2026-03-16 14:00", AttemptCause.NO_ANSWER),
        ("2026-03-17 10:00", AttemptCause.NO_ANSWER),
        ("2026-03-17 14:00", AttemptCause.WRONG_NUMBER),
    )

    assert after_the_last(made) == AskPerson("number")


def test_a_number_without_a_way_is_tried_twice_in_a_row_and_then_looked_at() -> None:
    twice = tries(("2026-03-16 10:00", AttemptCause.UNREACHABLE), ("2026-03-16 14:00", AttemptCause.UNREACHABLE))
    apart = tries(
        ("2026-03-16 10:00", AttemptCause.UNREACHABLE),
        ("2026-03-16 14:00", AttemptCause.BUSY),
        ("2026-03-17 10:00", AttemptCause.UNREACHABLE),
    )

    assert after_the_last(twice) == AskPerson("number")
    assert isinstance(after_the_last(apart), Again)


@given(st.lists(st.tuples(st.sampled_from(ON_LADDER), st.integers(0, 40)), min_size=1, max_size=12))
def test_a_ladder_climbed_by_any_causes_comes_to_its_end_in_time(made: list[tuple[AttemptCause, int]]) -> None:
    """At most four that count and six that do not, none later than ten days, no more than two in a half-day."""
    now, climbed = datetime.fromisoformat("2026-03-16T09:00+00:00"), list[Try]()
    end: object = None
    for cause, late_h in made:
        climbed.append(Try(now, cause))
        end = climb(LADDER, climbed, now, PARIS)
        if not isinstance(end, Again):
            break
        assert end.until >= now
        now = end.until + timedelta(hours=late_h if late_h < 24 else 0)
        if days_over(LADDER, climbed, now):
            break

    counted = [each for each in climbed if each.cause in COUNTED]
    assert len(counted) <= 4
    assert len(climbed) - len(counted) <= 6
    assert climbed[-1].at <= climbed[0].at + timedelta(days=10)
    assert isinstance(end, Exhausted) <= (len(counted) == 4)
    assert not (isinstance(end, Again) and len(counted) >= 4)


@given(st.lists(st.sampled_from(COUNTED), min_size=1, max_size=4))
def test_attempts_made_as_soon_as_allowed_are_two_in_a_half_day_at_most(causes: list[AttemptCause]) -> None:
    now, climbed = datetime.fromisoformat("2026-03-16T09:00+00:00"), list[Try]()
    for cause in causes:
        climbed.append(Try(now, cause))
        end = climb(LADDER, climbed, now, PARIS)
        if not isinstance(end, Again):
            break
        now = end.until

    halves = [half_day_at(each.at, PARIS) for each in climbed]
    assert max(halves.count(half) for half in halves) <= 2


def test_days_that_are_over_before_the_attempts_are_call_nobody_unreachable() -> None:
    made = tries(("2026-03-02 10:00", AttemptCause.NO_ANSWER), ("2026-03-12 09:50", AttemptCause.BUSY))

    assert after_the_last(made) == AskPerson("days")


def test_a_ladder_that_an_operator_changed_is_followed() -> None:
    ladder = Ladder({**RUNGS, AttemptCause.BUSY: Rung(wait_s=60)}, attempts_max=2)
    one = tries(("2026-03-16 10:00", AttemptCause.BUSY))
    two = [*one, *tries(("2026-03-16 10:01", AttemptCause.BUSY))]

    assert climb(ladder, one, one[-1].at, PARIS) == Again(paris("2026-03-16 10:01"), counted=True)
    assert climb(ladder, two, two[-1].at, PARIS) == Exhausted()


def test_a_ladder_without_an_answer_to_a_cause_or_with_bounds_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="busy"):
        Ladder({cause: rung for cause, rung in RUNGS.items() if cause is not AttemptCause.BUSY})
    for bound in ("attempts_max", "days_max", "per_half_day_max", "failures_max"):
        with pytest.raises(ValueError, match="at least 1"):
            Ladder(**{bound: 0})
