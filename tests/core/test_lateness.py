"""Which cases will be late at today's pace."""

from datetime import UTC, date, datetime, timedelta
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.callbacks.lateness import WillBeLate, forecast, pace
from dialer.core.callbacks.legal_clock import late_at
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.states import CaseId
from dialer.core.cases.case import Appointment, Case, end
from dialer.core.words import E164, By
from schedules.calendar import public_holiday
from schedules.walltime import PARIS

NOW = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
NUMBER = E164("+33199000001")


def received(days_ago: float, name: str = "k") -> Case:
    return Case(CaseId(name), NOW - timedelta(days=days_ago), NUMBER)


def test_the_pace_is_that_of_the_last_five_working_days_that_are_over() -> None:
    """Monday to Friday before; Saturday's is counted in, today's and the week before are not."""
    fixed = [datetime(2026, 3, day, 12, tzinfo=UTC) for day in (6, 9, 9, 11, 13, 14, 16)]

    assert pace(fixed, NOW) == 1.0


def test_the_pace_steps_over_holidays() -> None:
    after_easter = datetime(2026, 4, 8, 9, tzinfo=UTC)  # the five: 7 April, 3, 2, 1 April, 31 March
    fixed = [datetime(2026, 3, 31, 12, tzinfo=UTC), datetime(2026, 3, 30, 12, tzinfo=UTC)]

    assert pace(fixed, after_easter) == 0.2


def test_nothing_is_forecast_where_the_pace_is_enough() -> None:
    found = forecast([received(1, f"k{n}") for n in range(10)], per_day=5, lead_days=3, at=NOW)

    assert (found.late, found.will_be_late) == ((), ())


def test_at_no_pace_at_all_every_open_case_will_be_late() -> None:
    found = forecast([received(3, "old"), received(1, "new")], per_day=0, lead_days=0, at=NOW)

    assert found.will_be_late == (
        WillBeLate(CaseId("old"), late_at(NOW - 3 * DAY), None),
        WillBeLate(CaseId("new"), late_at(NOW - DAY), None),
    )


def test_those_that_are_late_already_are_told_apart_and_take_their_turn_first() -> None:
    found = forecast([received(14, "last day"), received(20, "late")], per_day=1, lead_days=0, at=NOW)

    assert found.late == ("late",)
    assert [(each.case, each.fixed_on) for each in found.will_be_late] == [("last day", date(2026, 3, 18))]


def test_the_days_until_the_appointment_count() -> None:
    one = [received(13)]  # until Wednesday the 18th; fixed on Tuesday the 17th

    assert forecast(one, per_day=1, lead_days=1, at=NOW).will_be_late == ()
    assert len(forecast(one, per_day=1, lead_days=2, at=NOW).will_be_late) == 1


def test_half_an_appointment_a_day_is_one_every_second_day() -> None:
    found = forecast([received(14, f"k{n}") for n in range(2)], per_day=0.5, lead_days=0, at=NOW)

    assert [each.fixed_on for each in found.will_be_late] == [date(2026, 3, 18), date(2026, 3, 20)]


def test_a_pace_in_fifths_is_no_day_late_by_rounding() -> None:
    """21 ÷ 1.4 is 15 and not a little more: the 21st is fixed on the 15th working day, Tuesday after Easter."""
    found = forecast([received(14, f"k{n:02}") for n in range(21)], per_day=1.4, lead_days=0, at=NOW)

    assert found.will_be_late[-1].fixed_on == date(2026, 4, 7)


def test_what_is_ended_or_has_its_appointment_needs_no_turn() -> None:
    met = Case(CaseId("met"), NOW - 14 * DAY, NUMBER, appointments=(Appointment(NOW + DAY, NOW - DAY),))
    ended = end(received(14, "ended"), CallbackOutcome.REFUS, By.PERSON, NOW - DAY)
    found = forecast([met, ended, received(14, "open")], per_day=1, lead_days=0, at=NOW)

    assert found.will_be_late == ()


@given(
    st.lists(st.integers(0, 25 * 24), max_size=60),
    st.sampled_from([0.2, 0.6, 1, 1.4, 3, 7.8, 20]),
    st.integers(0, 8),
    st.integers(0, 400),
)
def test_the_forecast_agrees_with_working_day_by_day(
    hours_ago: list[int], per_day: float, lead_days: int, ahead: int
) -> None:
    """The oracle lives through the days: each working day as many are served as the pace has earned by then."""
    at = NOW + ahead * DAY
    cases = [Case(CaseId(f"k{n:02}"), at - timedelta(hours=hours), NUMBER) for n, hours in enumerate(hours_ago)]
    waiting = sorted(cases, key=lambda case: (late_at(case.received_at), case.received_at, case.id))
    served: dict[str, date] = {}
    day, worked = at.astimezone(PARIS).date(), 0
    while len(served) < len(waiting):
        day += DAY
        if day.weekday() > 4 or public_holiday(day) is not None:
            continue
        worked += 1
        for case in waiting:
            if len(served) + 1 <= worked * per_day + 1e-9 and case.id not in served:
                served[case.id] = day
    too_late = {
        case.id
        for case in waiting
        if at < late_at(case.received_at)
        and served[case.id] + lead_days * DAY >= late_at(case.received_at).astimezone(PARIS).date()
    }

    found = forecast(cases, per_day, lead_days, at)

    assert {each.case for each in found.will_be_late} == too_late
    assert all(each.fixed_on == served[each.case] for each in found.will_be_late)
    assert set(found.late) == {case.id for case in waiting if at >= late_at(case.received_at)}
    assert ceil(len(waiting) / per_day) == worked or not waiting


@pytest.mark.parametrize(("per_day", "lead_days"), [(-1, 0), (1, -1)])
def test_a_pace_below_nothing_is_refused(per_day: float, lead_days: int) -> None:
    with pytest.raises(ValueError, match="is none"):
        forecast([], per_day, lead_days, NOW)
