"""The forecast of the legal clock with the figures it is made of."""

from __future__ import annotations

from datetime import timedelta

from dialer.core.callbacks.prospect import LEAD_DAYS, prospect
from dialer.core.callbacks.states import CaseId
from dialer.core.cases.case import Appointment, Case, Kind
from dialer.core.words import E164
from tests.core.world import T0

NUMBER = E164("+33199000101")


def case(name: str, days_ago: int, kind: Kind = Kind.RTF, **fields: object) -> Case:
    return Case(CaseId(name), T0 - timedelta(days=days_ago), NUMBER, kind, **fields)  # type: ignore[arg-type]


def test_without_anybody_who_fixes_appointments_every_open_case_will_be_late() -> None:
    found = prospect([case("k1", 1), case("k2", 20)], (), T0)
    assert (found.per_day, found.lead_days, found.open_cases) == (0.0, LEAD_DAYS, 2)
    assert found.forecast.late == ("k2",)
    assert [each.case for each in found.forecast.will_be_late] == ["k1"]


def test_requests_for_information_have_no_legal_clock() -> None:
    found = prospect([case("k1", 20, Kind.INFORMATION)], (), T0)
    assert found.open_cases == 0
    assert found.forecast.late == ()


def test_the_lead_is_the_median_of_the_appointments_that_are_known() -> None:
    cases = [
        case(f"k{days}", 3, appointments=(Appointment(T0 + timedelta(days=days), T0),)) for days in (1, 3, 9)
    ]  # fmt: skip
    assert prospect(cases, (), T0).lead_days == 3


def test_at_the_pace_of_last_week_nobody_is_late() -> None:
    fixed = [T0 - timedelta(days=days, hours=hour) for days in (3, 4, 5, 6, 7) for hour in range(3)]
    found = prospect([case(f"k{n}", 1) for n in range(5)], fixed, T0)
    assert found.per_day > 0
    assert found.forecast.will_be_late == ()
