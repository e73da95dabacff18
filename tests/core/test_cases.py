"""The legal clock of a case, its flags, and whose case a request is."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.callbacks.legal_clock import at_risk_at, first_attempt_due_at, late_at, legal_deadline
from dialer.core.callbacks.outcomes import MEANINGS, CallbackOutcome
from dialer.core.callbacks.states import CaseId
from dialer.core.cases.case import (
    Appointment,
    Case,
    Diploma,
    Flag,
    NewCase,
    SameCase,
    Standing,
    age,
    case_of,
    deadline,
    end,
    flags,
    standing,
)
from dialer.core.words import E164, By, Instant
from schedules.calendar import public_holiday
from schedules.walltime import PARIS

NUMBER = E164("+33199000001")
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
RECEIVED = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
CHANGES = [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)]
"""The instants at which the clocks in Paris change."""
around_changes = st.builds(
    lambda change, hours, seconds: change + timedelta(hours=hours, seconds=seconds),
    st.sampled_from(CHANGES),
    st.integers(-20 * 24, 5 * 24),
    st.integers(0, 3599),
)
instants = st.integers(0, 39 * 365 * 86400).map(lambda seconds: datetime(2021, 1, 1, tzinfo=UTC) + seconds * SECOND)


def case(**changes: object) -> Case:
    return replace(Case(CaseId("k1"), RECEIVED, NUMBER), **changes)  # type: ignore[arg-type]


def nth_day(at: Instant, number: int) -> date:
    """The oracle: turn the pages of a calendar in Paris, one by one."""
    day = at.astimezone(PARIS).date()
    for _ in range(number):
        day += DAY
    return day


# -- the clock ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("received", "ends"),
    [
        ("2026-03-16T10:00+01:00", "2026-03-31T23:59:59+02:00"),  # over the change to summer
        ("2026-03-14T23:59:59+01:00", "2026-03-29T23:59:59+02:00"),  # ends on the day of the change
        ("2026-03-15T00:00+01:00", "2026-03-30T23:59:59+02:00"),
        ("2026-10-10T10:00+02:00", "2026-10-25T23:59:59+01:00"),
        ("2026-12-20T12:00+01:00", "2027-01-04T23:59:59+01:00"),
        ("2026-03-16T23:30+00:00", "2026-04-01T23:59:59+02:00"),  # it is the 17th in Paris
    ],
)
def test_the_legal_clock_ends_with_the_fifteenth_day_after_receipt_in_paris(received: str, ends: str) -> None:
    assert legal_deadline(datetime.fromisoformat(received)) == datetime.fromisoformat(ends)


@given(st.one_of(around_changes, instants))
def test_the_clock_agrees_with_turning_the_pages_one_by_one(received: Instant) -> None:
    ends, risk = legal_deadline(received), at_risk_at(received)

    assert ends.astimezone(PARIS).date() == nth_day(received, 15)
    assert (ends + SECOND).astimezone(PARIS).date() == nth_day(received, 16)
    assert ends.astimezone(PARIS).strftime("%H:%M:%S") == "23:59:59"
    assert risk.astimezone(PARIS).date() == nth_day(received, 10)
    assert (risk - SECOND).astimezone(PARIS).date() == nth_day(received, 9)
    assert ends.utcoffset() == timedelta(0)


@given(st.one_of(around_changes, instants))
def test_the_first_attempt_is_due_at_the_end_of_the_second_working_day(received: Instant) -> None:
    due = first_attempt_due_at(received)
    first = received.astimezone(PARIS).date() + DAY
    last = due.astimezone(PARIS).date()
    pages = [first + number * DAY for number in range((last - first).days + 1)]

    working = [page for page in pages if page.weekday() < 5 and public_holiday(page) is None]
    assert len(working) == 2
    assert working[-1] == last
    assert due.astimezone(PARIS).strftime("%H:%M:%S") == "23:59:59"


def test_a_request_of_a_thursday_before_easter_is_first_tried_by_tuesday() -> None:
    received = datetime(2026, 4, 2, 12, tzinfo=UTC)

    assert first_attempt_due_at(received).astimezone(PARIS).date() == date(2026, 4, 7)


def test_a_case_is_due_then_at_risk_then_late_to_the_second() -> None:
    for at, shown in (
        (at_risk_at(RECEIVED) - SECOND, Standing.DUE),
        (at_risk_at(RECEIVED), Standing.AT_RISK),
        (legal_deadline(RECEIVED), Standing.AT_RISK),
        (legal_deadline(RECEIVED) + SECOND, Standing.LATE),
    ):
        assert standing(case(), at) is shown


def test_only_an_appointment_dated_in_time_meets_the_clock() -> None:
    fixed = RECEIVED + DAY
    in_time = case(appointments=(Appointment(legal_deadline(RECEIVED), fixed),))
    too_late = case(appointments=(Appointment(late_at(RECEIVED), fixed),))

    assert standing(in_time, fixed - SECOND) is Standing.DUE
    assert standing(in_time, fixed) is Standing.MET
    assert standing(in_time, RECEIVED + 40 * DAY) is Standing.MET
    assert standing(too_late, RECEIVED + 12 * DAY) is Standing.AT_RISK
    assert standing(too_late, RECEIVED + 40 * DAY) is Standing.LATE


def test_an_appointment_that_is_called_off_counts_no_more() -> None:
    moved = case(appointments=(Appointment(RECEIVED + 9 * DAY, RECEIVED + DAY, called_off_at=RECEIVED + 12 * DAY),))

    assert standing(moved, RECEIVED + 12 * DAY - SECOND) is Standing.MET
    assert standing(moved, RECEIVED + 12 * DAY) is Standing.AT_RISK


appointments = st.builds(
    lambda dated, fixed, called: Appointment(
        RECEIVED + timedelta(hours=dated),
        RECEIVED + timedelta(hours=fixed),
        None if called is None else RECEIVED + timedelta(hours=fixed + called),
    ),
    st.integers(0, 600),
    st.integers(0, 500),
    st.none() | st.integers(0, 200),
)


@given(st.lists(appointments, max_size=3), st.none() | st.integers(1, 500), st.integers(-10, 600))
def test_the_deadline_is_the_next_instant_at_which_the_standing_is_another(
    fixed: list[Appointment], ended_h: int | None, hours: int
) -> None:
    """Against an oracle that looks at every hour, on which all bounds of this test fall."""
    one = case(appointments=tuple(fixed))
    if ended_h is not None:
        one = end(one, CallbackOutcome.REFUS, By.PERSON, RECEIVED + timedelta(hours=ended_h))
    at = RECEIVED + timedelta(hours=hours)
    here = standing(one, at)
    ahead = (at + timedelta(hours=more) for more in range(1, 1300))
    changes = next((hour for hour in ahead if standing(one, hour) is not here), None)

    assert deadline(one, at) == changes


def test_the_clock_stops_with_the_end_of_the_case() -> None:
    ended = end(case(), CallbackOutcome.REFUS, By.PERSON, RECEIVED + DAY)

    assert standing(ended, RECEIVED + 40 * DAY) is Standing.DUE
    assert deadline(ended, RECEIVED + 2 * DAY) is None


@pytest.mark.parametrize("outcome", CallbackOutcome)
def test_a_case_ends_by_an_outcome_that_ends_something_and_only_once(outcome: CallbackOutcome) -> None:
    if not MEANINGS[outcome].closes:
        with pytest.raises(ValueError, match="ends no case"):
            end(case(), outcome, By.PERSON, RECEIVED)
        return
    ended = end(case(), outcome, By.PERSON, RECEIVED)

    assert ended.ended is not None
    assert ended.ended.outcome is outcome
    with pytest.raises(ValueError, match="already"):
        end(ended, CallbackOutcome.REFUS, By.PERSON, RECEIVED)


# -- flags -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("born", "flag"),
    [
        ("2010-03-17", Flag.UNDER_16),  # 16 tomorrow
        ("2010-03-16", Flag.OBLIGATION_DE_FORMATION),
        ("2008-03-17", Flag.OBLIGATION_DE_FORMATION),  # 18 tomorrow
        ("2008-03-16", None),
        ("2000-03-17", None),  # the day before the 26th birthday
        ("2000-03-16", Flag.OVER_25),
    ],
)
def test_ages_are_told_to_the_day(born: str, flag: Flag | None) -> None:
    assert flags(date.fromisoformat(born), None, False, RECEIVED) == (() if flag is None else (flag,))


def test_the_age_is_that_of_the_day_in_paris() -> None:
    evening = datetime(2026, 3, 15, 23, 30, tzinfo=UTC)  # already the 16th there

    assert flags(date(2010, 3, 16), None, False, evening) == (Flag.OBLIGATION_DE_FORMATION,)


def test_who_was_born_on_29_february_is_older_on_1_march() -> None:
    assert [age(date(2000, 2, 29), on) for on in (date(2026, 2, 28), date(2026, 3, 1), date(2028, 2, 29))] == [
        25,
        26,
        28,
    ]


@pytest.mark.parametrize(
    ("diploma", "studies", "flag"),
    [
        (Diploma.NONE, False, Flag.TRACK_A),
        (Diploma.DNB, True, Flag.TRACK_A),
        (Diploma.CFG, False, Flag.TRACK_A),
        (Diploma.GENERAL, False, Flag.TRACK_B),
        (Diploma.GENERAL, True, Flag.OUT_OF_TRACK),
        (Diploma.PROFESSIONAL, False, Flag.OUT_OF_TRACK),
    ],
)
def test_the_track_is_told_by_the_diploma(diploma: Diploma, studies: bool, flag: Flag) -> None:
    assert flags(None, diploma, studies, RECEIVED) == (flag,)


def test_what_is_not_known_is_not_flagged() -> None:
    assert flags(None, None, False, RECEIVED) == ()


# -- the same case -----------------------------------------------------------------------------------

LEA = case(id=CaseId("lea"), first_name="Léa", birth_date=date(2008, 5, 1))
TOM = case(id=CaseId("tom"), first_name="Tom", birth_date=date(2006, 9, 9))


@pytest.mark.parametrize(
    ("first_name", "born"),
    [("Léa", date(2008, 5, 1)), (" LEA", None), (None, date(2008, 5, 1)), (None, None), ("", None)],
)
def test_the_same_number_without_a_conflict_is_the_same_case(first_name: str | None, born: date | None) -> None:
    assert case_of([LEA], NUMBER, first_name, born) == SameCase(LEA.id)


@pytest.mark.parametrize(("first_name", "born"), [("Tom", None), ("Léa", date(2006, 9, 9)), (None, date(2006, 9, 9))])
def test_another_first_name_or_birth_date_is_another_case_and_linked(first_name: str | None, born: date | None) -> None:
    assert case_of([LEA], NUMBER, first_name, born) == NewCase((LEA.id,))


def test_a_case_that_knows_little_takes_the_request_that_knows_more() -> None:
    unknown = case(first_name=None, birth_date=None)

    assert case_of([unknown], NUMBER, "Léa", date(2008, 5, 1)) == SameCase(unknown.id)


def test_of_two_siblings_the_one_that_agrees_is_it_and_of_nobody_s_words_a_case_is_made() -> None:
    assert case_of([LEA, TOM], NUMBER, "tom") == SameCase(TOM.id)
    assert case_of([LEA, TOM], NUMBER, None, date(2008, 5, 1)) == SameCase(LEA.id)
    assert case_of([LEA, TOM], NUMBER) == NewCase((LEA.id, TOM.id))
    assert case_of([LEA, TOM], NUMBER, "Noé") == NewCase((LEA.id, TOM.id))


def test_of_two_cases_without_conflict_the_one_that_agrees_in_more_is_it() -> None:
    half_known = case(id=CaseId("half"), first_name="Léa", birth_date=None)

    assert case_of([half_known, LEA], NUMBER, "Léa", date(2008, 5, 1)) == SameCase(LEA.id)


def test_an_ended_case_and_another_number_are_no_case_of_theirs() -> None:
    ended = end(LEA, CallbackOutcome.REFUS, By.PERSON, RECEIVED)

    assert case_of([ended], NUMBER, "Léa") == NewCase()
    assert case_of([LEA], E164("+33199000002"), "Léa") == NewCase()


@pytest.mark.parametrize(("said", "known"), [("Zoé-Marie", "zoe marie"), ("ANAÏS", "Anaïs"), ("O'Brien", "O’Brien")])
def test_a_first_name_is_the_same_however_it_is_typed(said: str, known: str) -> None:
    assert case_of([case(first_name=known)], NUMBER, said) == SameCase(CaseId("k1"))
