"""How many are on an activity: a roster that is swept counts as one that is asked instant by instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.shifts import Activity, Roster, Shift, headcounts

T0 = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return T0 + timedelta(minutes=minutes)


@dataclass(frozen=True)
class Asked:
    """A plan of which nothing is known but its answers."""

    roster: Roster

    def activity_at(self, adviser: str, at: datetime) -> Activity:
        return self.roster.activity_at(adviser, at)

    def next_change(self, at: datetime) -> datetime | None:
        return self.roster.next_change(at)

    def advisers_on(self, activity: Activity, at: datetime) -> tuple[str, ...]:
        return self.roster.advisers_on(activity, at)


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    shifts: list[Shift] = []
    for adviser in "abcd":
        edges = sorted(draw(st.sets(st.integers(-30, 90), max_size=8)))
        for start, end in zip(edges[::2], edges[1::2], strict=False):
            shifts.append(Shift(adviser, at(start), at(end), draw(st.sampled_from((Activity.PHONE, Activity.CHAT)))))
    return Roster.of(shifts)


@given(rosters(), st.sets(st.sampled_from("abcde")), st.integers(-40, 100), st.integers(1, 60))
def test_the_steps_say_of_each_minute_how_many_of_those_asked_for_are_on(
    roster: Roster, among: set[str], start: int, length: int
) -> None:
    end = start + length
    swept = headcounts(roster, Activity.PHONE, among, at(start), at(end))
    walked = headcounts(Asked(roster), Activity.PHONE, among, at(start), at(end))
    for steps in (swept, walked):
        assert steps[0][0] == at(start)
        assert all(at(start) <= step < at(end) for step, _ in steps)
        assert [step for step, _ in steps] == sorted({step for step, _ in steps})
        for minute in range(start, end):
            count = [number for step, number in steps if step <= at(minute)][-1]
            assert count == len(among & set(roster.advisers_on(Activity.PHONE, at(minute))))


def test_a_plan_without_any_shift_has_nobody_on() -> None:
    assert headcounts(Roster.of(()), Activity.PHONE, ["a"], at(0), at(60)) == [(at(0), 0)]


def test_an_instant_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        headcounts(Roster.of(()), Activity.PHONE, ["a"], at(0).replace(tzinfo=None), at(60))
