"""Appointments, and what the legal clock sees of them."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.callbacks.legal_clock import late_at, legal_deadline
from dialer.core.callbacks.outcomes import CallbackOutcome, Report, Structure
from dialer.core.cases.actor import DESK, PERSON, officer
from dialer.core.cases.appointment import (
    APART_MIN,
    AppointmentCalledOff,
    AppointmentFixed,
    AppointmentId,
    AppointmentKept,
    AppointmentMissed,
    AppointmentMoved,
    Fixed,
    Misser,
    Where,
    is_late,
    on_the_clock,
    unanswered,
)
from dialer.core.cases.case import Appointment as OnTheClock
from dialer.core.cases.case import Standing, standing
from dialer.core.cases.file import CaseFile, open_file, transition
from dialer.core.cases.refusals import CaseRefusal
from dialer.core.cases.responsible import responsible_for
from dialer.core.cases.told import CallbackOver, FileEvent
from dialer.core.report.journal import from_journal
from dialer.core.revision import Versioned
from dialer.core.words import AdviserId, CallId, Instant, Record, record
from tests.core.file_world import ANNA, CIO, HOUR, SCENE, SECOND, T0, at, case, new_file, tell, told


def name(number: int) -> AppointmentId:
    return AppointmentId(f"case-60124736-a{number}")


def agreed(on: Instant) -> Report:
    return Report(CallbackOutcome.RDV_FIXE, date=on)


def clock(file: Versioned[CaseFile], when: Instant) -> Standing:
    return standing(file.value.case, when)


def test_an_appointment_in_time_meets_the_clock_of_the_case() -> None:
    file = told(new_file(), AppointmentFixed(at(1), ANNA, at(9), CIO))

    assert clock(file, at(1) - SECOND) is Standing.DUE
    assert clock(file, at(1)) is Standing.MET


def test_one_after_the_legal_deadline_is_kept_and_flagged_late() -> None:
    step = tell(new_file(), AppointmentFixed(at(1), ANNA, late_at(T0), CIO))

    assert step.refused is None
    assert is_late(step.file.value.appointments[0], T0)
    assert not is_late(
        told(new_file(), AppointmentFixed(at(1), ANNA, legal_deadline(T0), CIO)).value.appointments[0], T0
    )
    assert [dict(each.data)["late"] for each in step.records if each.event == "case_appointment"] == [1]
    assert clock(step.file, at(14)) is Standing.AT_RISK
    assert clock(step.file, at(20)) is Standing.LATE


def test_one_that_is_moved_past_the_deadline_meets_it_no_more_and_what_was_shown_stays() -> None:
    file = told(new_file(), AppointmentFixed(at(1), ANNA, at(9), CIO), AppointmentMoved(at(8), ANNA, name(1), at(20)))

    assert clock(file, at(8) - SECOND) is Standing.MET
    assert clock(file, at(8)) is Standing.DUE
    assert [each.id for each in file.value.appointments] == [name(1), name(2)]
    assert file.value.appointments[1].where == CIO


@pytest.mark.parametrize(("misser", "shown"), [(Misser.PERSON, Standing.MET), (Misser.STRUCTURE, Standing.AT_RISK)])
def test_what_the_person_missed_was_offered_in_time_and_what_the_structure_missed_was_not(
    misser: Misser, shown: Standing
) -> None:
    file = told(new_file(), AppointmentFixed(at(1), ANNA, at(9), CIO), AppointmentMissed(at(11), ANNA, name(1), misser))

    assert clock(file, at(11)) is shown


def test_a_mistake_is_mended_by_fixing_it_anew_and_what_the_clock_showed_stays() -> None:
    on = at(9)
    file = told(
        new_file(),
        AppointmentFixed(at(1), ANNA, on, CIO),
        AppointmentMissed(at(11), ANNA, name(1), Misser.STRUCTURE),
        AppointmentFixed(at(12), ANNA, on, CIO),
        AppointmentKept(at(12), ANNA, name(2)),
    )

    assert clock(file, at(11)) is Standing.AT_RISK
    assert clock(file, at(12)) is Standing.MET
    assert unanswered(file.value.appointments) is None


def test_two_in_the_same_hour_are_refused_and_an_hour_apart_they_are_not() -> None:
    file = told(new_file(), AppointmentFixed(T0, ANNA, at(5), CIO))

    for apart in (-APART_MIN + SECOND, timedelta(0), APART_MIN - SECOND):
        assert tell(file, AppointmentFixed(T0, ANNA, at(5) + apart, CIO)).refused is CaseRefusal.SAME_HOUR
    for apart in (-APART_MIN, APART_MIN):
        assert tell(file, AppointmentFixed(T0, ANNA, at(5) + apart, CIO)).refused is None


def test_one_is_moved_within_its_own_hour_but_not_into_anothers() -> None:
    file = told(new_file(), AppointmentFixed(T0, ANNA, at(5), CIO), AppointmentFixed(T0, ANNA, at(6), CIO))

    assert tell(file, AppointmentMoved(T0, ANNA, name(1), at(5) + HOUR / 2)).refused is None
    assert tell(file, AppointmentMoved(T0, ANNA, name(1), at(6) + HOUR / 2)).refused is CaseRefusal.SAME_HOUR


def test_an_appointment_is_kept_or_missed_from_its_hour_on() -> None:
    file = told(new_file(), AppointmentFixed(T0, ANNA, at(5), CIO))

    assert tell(file, AppointmentKept(at(5) - SECOND, ANNA, name(1))).refused is CaseRefusal.NOT_YET
    assert tell(file, AppointmentKept(at(5), ANNA, name(1))).refused is None


def test_what_a_callback_agreed_on_is_in_the_file_as_it_is_on_the_clock() -> None:
    over = CallbackOver(at(1), Report(CallbackOutcome.ORIENTE, structure=Structure.ML, date=at(9)), AdviserId("anna"))
    file = told(new_file(), over)

    assert file.value.case.appointments == (OnTheClock(at(9), at(1)),)
    assert file.value.appointments[0].where == Where(network=Structure.ML)
    assert file.value.appointments[0].by == officer("anna")


def test_two_that_a_callback_comes_between_are_both_moved_to_it() -> None:
    file = told(
        new_file(), AppointmentFixed(T0, ANNA, at(5), CIO), AppointmentFixed(T0, ANNA, at(5) + HOUR, CIO),
        CallbackOver(at(1), Report(CallbackOutcome.RDV_FIXE, date=at(5) + HOUR / 2)),
    )  # fmt: skip

    assert [each.state.kind for each in file.value.appointments] == ["moved", "moved", "fixed"]


def test_a_callback_that_tells_of_one_that_took_place_makes_no_other() -> None:
    file = told(
        new_file(), AppointmentFixed(T0, ANNA, at(5), CIO), AppointmentFixed(T0, ANNA, at(5) + HOUR, CIO),
        AppointmentKept(at(5), ANNA, name(1)), CallbackOver(at(5), agreed(at(5) + HOUR / 2)),
    )  # fmt: skip

    assert [each.state.kind for each in file.value.appointments] == ["kept", "fixed"]


def test_a_file_opened_late_has_the_appointments_of_the_desk() -> None:
    known = (OnTheClock(at(9), at(1)), OnTheClock(at(10), at(1), at(2)))
    file = open_file(case(appointments=known), responsible_for("53000", T0))

    assert on_the_clock(file.appointments) == known
    assert {each.by for each in file.appointments} == {DESK}
    assert tell(Versioned(file), AppointmentCalledOff(at(3), PERSON, name(1), "Malade.")).refused is None


def test_a_missed_one_is_answered_by_one_that_stands_later() -> None:
    missed = told(
        new_file(), AppointmentFixed(T0, ANNA, at(5), CIO), AppointmentMissed(at(5), ANNA, name(1), Misser.PERSON)
    )
    answered = told(missed, AppointmentFixed(at(6), ANNA, at(8), CIO))
    off_again = told(answered, AppointmentCalledOff(at(7), PERSON, name(2), "Malade."))

    for file, expected in ((missed, name(1)), (answered, None), (off_again, name(1))):
        found = unanswered(file.value.appointments)
        assert (found.id if found else None) == expected


def test_a_missed_one_is_not_answered_by_one_that_was_kept_before_it() -> None:
    file = told(
        new_file(), AppointmentFixed(T0, ANNA, at(3), CIO), AppointmentKept(at(3), ANNA, name(1)),
        AppointmentFixed(at(3), ANNA, at(6), CIO), AppointmentMissed(at(6), ANNA, name(2), Misser.PERSON),
    )  # fmt: skip

    found = unanswered(file.value.appointments)
    assert found is not None
    assert found.id == name(2)


# -- whatever is told -------------------------------------------------------------------------------

names = st.integers(1, 6).map(name)
hours = st.integers(0, 24 * 25)
dates = st.sampled_from([96, 97, 120, 240, 374, 375, 400])
"""Hours after receipt, few enough to meet: the legal deadline is between the last but one and the one before."""
events = st.lists(
    st.tuples(
        hours,
        st.one_of(
            dates.map(lambda on: lambda when: AppointmentFixed(when, ANNA, T0 + on * HOUR, CIO)),
            st.tuples(names, dates).map(lambda n: lambda when: AppointmentMoved(when, ANNA, n[0], T0 + n[1] * HOUR)),
            names.map(lambda n: lambda when: AppointmentKept(when, ANNA, n)),
            names.map(lambda n: lambda when: AppointmentMissed(when, ANNA, n, Misser.PERSON)),
            names.map(lambda n: lambda when: AppointmentMissed(when, ANNA, n, Misser.STRUCTURE)),
            names.map(lambda n: lambda when: AppointmentCalledOff(when, PERSON, n, "Malade.")),
            dates.map(
                lambda on: lambda when: CallbackOver(when, Report(CallbackOutcome.RDV_FIXE, date=T0 + on * HOUR))
            ),
        ),
    ),
    max_size=25,
).map(lambda drawn: [make(T0 + hour * HOUR) for hour, make in sorted(drawn, key=lambda each: each[0])])


@given(events)
def test_the_case_shows_what_its_file_holds_and_the_journal_tells_the_same(told_: list[FileEvent]) -> None:
    """After every event: one truth. The journal's reader sees the same standing at every hour."""
    file, records = new_file(), list(_opening())
    for event in told_:
        step = transition(file, event, SCENE)
        before, file = file, step.file
        records += step.records
        value = file.value
        assert value.case.appointments == on_the_clock(value.appointments)
        fixed = sorted(each.on for each in value.appointments if isinstance(each.state, Fixed))
        assert all(later - sooner >= APART_MIN for sooner, later in pairwise(fixed))
        earlier = event.at - SECOND
        assert standing(value.case, earlier) is standing(before.value.case, earlier), "what was shown stays"
    for day in range(26):
        (seen,) = from_journal(records, at(day))
        assert seen.standing is standing(file.value.case, at(day))


def _opening() -> tuple[Record, ...]:
    call = CallId("cb-60124736")
    return (
        record(T0, "callback_requested", call),
        record(T0, "callback_asked", call, kind="rtf", case="case-60124736"),
    )
