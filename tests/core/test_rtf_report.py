"""The annual review: what is counted, that every table sums to the whole, and that the journal alone tells the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.callbacks.outcomes import CallbackOutcome, Report
from dialer.core.callbacks.told import OutcomeGiven
from dialer.core.cases.case import Flag, Standing
from dialer.core.cases.file import facts
from dialer.core.report.journal import from_journal
from dialer.core.report.report import CLOCK, OF_DELAY, Count, Delay, Dimension, Tally, quantile, report
from dialer.core.report.summary import AgeBand, Facts, Summary, Track, age_band, summarise, track_of
from dialer.core.words import E164, CallId, Cause, Record, record
from tests.core.rtf_year import PARIS, Year, a_year
from tests.core.test_promises import NADIA, SAMI, asking, centre
from tests.core.world import after

NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
"""A Monday, in Paris."""
END = datetime(2027, 2, 1, tzinfo=UTC)
ONE = Summary(NOON, Facts("17", AgeBand.FROM_18, Track.A), Standing.DUE)
PEOPLE = tuple(count for count in Count if count is not Count.ATTEMPTS)


def days(number: float) -> datetime:
    return NOON + timedelta(days=number)


def instants(first: int, last: int) -> st.SearchStrategy[datetime]:
    """Any second from so many days after NOON to so many."""
    return st.integers(first * 86_400, last * 86_400).map(lambda seconds: NOON + timedelta(seconds=seconds))


def counted(*summaries: Summary, year: int = 2026, academie: str | None = None) -> Counter[Count]:
    return +report(summaries, year, END, academie).total.counts


# -- what is counted --------------------------------------------------------------------------------


def test_a_request_that_nobody_called_yet_is_one_request_whose_clock_runs() -> None:
    assert counted(ONE) == {Count.REQUESTS: 1, Count.RUNNING: 1}


def test_a_request_that_was_called_reached_and_invited_counts_in_each() -> None:
    one = replace(
        ONE,
        standing=Standing.MET,
        attempts=3,
        first_attempt_at=days(1),
        reached_at=days(2),
        appointment_fixed_at=days(2),
        appointment_at=days(9),
        outcome=CallbackOutcome.RDV_FIXE,
    )
    assert counted(one) == {
        Count.REQUESTS: 1,
        Count.ATTEMPTED: 1,
        Count.ATTEMPTS: 3,
        Count.FIRST_IN_TIME: 1,
        Count.REACHED: 1,
        Count.APPOINTMENTS: 1,
        Count.MET: 1,
    }


@pytest.mark.parametrize(
    ("standing", "outcome", "ended", "clock"),
    [
        (Standing.DUE, None, False, Count.RUNNING),
        (Standing.AT_RISK, CallbackOutcome.INJOIGNABLE, False, Count.RUNNING),
        (Standing.MET, CallbackOutcome.RDV_FIXE, False, Count.MET),
        (Standing.MET, CallbackOutcome.ORIENTE, True, Count.MET),
        (Standing.LATE, None, False, Count.LATE),
        (Standing.LATE, CallbackOutcome.RDV_FIXE, True, Count.LATE),
        (Standing.DUE, CallbackOutcome.REFUS, True, Count.ENDED_BEFORE),
        (Standing.AT_RISK, CallbackOutcome.INFO_DONNEE, True, Count.ENDED_BEFORE),
        (Standing.DUE, CallbackOutcome.DOUBLON, True, Count.EXCLUDED),
        (Standing.LATE, CallbackOutcome.HORS_CHAMP, True, Count.EXCLUDED),
        (Standing.MET, CallbackOutcome.DOUBLON, True, Count.EXCLUDED),
    ],
)
def test_its_clock_is_in_one_of_five_ways(
    standing: Standing, outcome: CallbackOutcome | None, ended: bool, clock: Count
) -> None:
    one = replace(ONE, standing=standing, outcome=outcome, ended_at=days(3) if ended else None)
    assert [count for count in CLOCK if counted(one)[count]] == [clock]


@pytest.mark.parametrize(
    ("at", "in_time"),
    [
        (datetime(2026, 3, 4, 22, 59, 59, 999_999, tzinfo=UTC), 1),  # Wednesday 23:59:59.99 in Paris
        (datetime(2026, 3, 4, 23, 0, tzinfo=UTC), 0),
    ],
)
def test_the_first_attempt_is_in_time_until_the_end_of_the_second_working_day(at: datetime, in_time: int) -> None:
    assert counted(replace(ONE, attempts=1, first_attempt_at=at))[Count.FIRST_IN_TIME] == in_time


def test_a_request_is_of_the_year_of_its_receipt_in_paris() -> None:
    sylvester = replace(ONE, received_at=datetime(2026, 12, 31, 22, 59, tzinfo=UTC))
    new_year = replace(ONE, received_at=datetime(2026, 12, 31, 23, 0, tzinfo=UTC))
    assert counted(sylvester, new_year)[Count.REQUESTS] == 1
    assert counted(sylvester, new_year, year=2027)[Count.REQUESTS] == 1
    assert counted(new_year) == {}


def test_the_review_of_one_academie_has_its_requests_only() -> None:
    other = replace(ONE, facts=Facts("01"))
    nowhere = replace(ONE, facts=Facts(None))
    assert counted(ONE, other, nowhere)[Count.REQUESTS] == 3
    assert counted(ONE, other, nowhere, academie="01")[Count.REQUESTS] == 1


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (None, AgeBand.UNKNOWN),
        (date(2010, 3, 3), AgeBand.UNDER_16),
        (date(2010, 3, 2), AgeBand.FROM_16),
        (date(2008, 3, 3), AgeBand.FROM_16),
        (date(2008, 3, 2), AgeBand.FROM_18),
        (date(2005, 3, 3), AgeBand.FROM_18),
        (date(2005, 3, 2), AgeBand.FROM_21),
        (date(2000, 3, 3), AgeBand.FROM_21),
        (date(2000, 3, 2), AgeBand.OVER_25),
    ],
)
def test_the_age_is_that_on_the_day_of_receipt(born: date | None, band: AgeBand) -> None:
    assert age_band(born, NOON) is band


def test_the_day_of_receipt_is_that_of_paris() -> None:
    assert age_band(date(2008, 3, 2), datetime(2026, 3, 1, 23, 0, tzinfo=UTC)) is AgeBand.FROM_18
    assert age_band(date(2008, 3, 2), datetime(2026, 3, 1, 22, 59, tzinfo=UTC)) is AgeBand.FROM_16


def test_the_track_is_what_the_flags_tell() -> None:
    flags = (Flag.UNDER_16, Flag.TRACK_A, Flag.TRACK_B, Flag.OUT_OF_TRACK)
    assert [track_of(flags[n : n + 1]) for n in range(4)] == [Track.UNKNOWN, Track.A, Track.B, Track.OUT]


# -- quantiles --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "percent", "found"),
    [
        ([], 50, None),
        ([7.0], 50, 7.0),
        ([1.0, 2.0], 50, 1.0),
        ([3.0, 1.0, 2.0], 50, 2.0),
        ([4.0, 3.0, 2.0, 1.0], 50, 2.0),
        ([float(n) for n in range(1, 11)], 90, 9.0),
        ([float(n) for n in range(1, 12)], 90, 10.0),
        ([1.0, 2.0, 3.0], 100, 3.0),
        ([1.0, 2.0, 3.0], 1, 1.0),
    ],
)
def test_a_quantile_is_the_value_at_its_rank(values: list[float], percent: int, found: float | None) -> None:
    assert quantile(values, percent) == found


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.integers(1, 100))
def test_a_quantile_is_the_smallest_value_that_so_many_do_not_exceed(values: list[float], percent: int) -> None:
    found = quantile(values, percent)
    assert found in values

    def share(limit: float) -> int:
        return 100 * sum(value <= limit for value in values)

    assert share(found) >= percent * len(values)
    assert all(share(value) < percent * len(values) for value in values if value < found)


@pytest.mark.parametrize("percent", [0, -1, 101])
def test_a_quantile_of_no_share_is_refused(percent: int) -> None:
    with pytest.raises(ValueError, match="between 1 and 100"):
        quantile([1.0], percent)


def test_delays_run_from_receipt_to_the_day_of_the_appointment() -> None:
    one = replace(ONE, attempts=1, first_attempt_at=days(1), reached_at=days(2), appointment_at=days(9))
    other = replace(one, first_attempt_at=days(3), reached_at=None, appointment_at=None)
    total = report([one, other], 2026, END).total
    assert [total.quantile_s(delay, 50) for delay in Delay] == [86_400.0, 2 * 86_400.0, 9 * 86_400.0]
    assert [total.quantile_s(delay, 90) for delay in Delay] == [3 * 86_400.0, 2 * 86_400.0, 9 * 86_400.0]


# -- the whole and its parts ------------------------------------------------------------------------

GIVEN = st.builds(
    Summary,
    received_at=instants(-70, 320),
    facts=st.builds(Facts, st.sampled_from([None, "01", "10", "17"]), st.sampled_from(AgeBand), st.sampled_from(Track)),
    standing=st.sampled_from(Standing),
    attempts=st.integers(0, 6),
    first_attempt_at=st.none() | st.just(days(320)),
    reached_at=st.none() | st.just(days(321)),
    appointment_at=st.none() | st.just(days(330)),
    outcome=st.none() | st.sampled_from(CallbackOutcome),
    ended_at=st.none() | st.just(days(340)),
)


@given(st.lists(GIVEN, max_size=60))
def test_the_parts_of_every_dimension_sum_to_the_whole(summaries: list[Summary]) -> None:
    made = report(summaries, 2026, END)
    in_paris = [one.received_at.astimezone(PARIS).year for one in summaries]
    assert made.total.counts[Count.REQUESTS] == in_paris.count(2026)
    assert sum(made.total.counts[count] for count in CLOCK) == made.total.counts[Count.REQUESTS]
    for groups in made.by.values():
        together: Counter[Count] = Counter()
        for tally in groups.values():
            together += tally.counts
            assert sum(tally.counts[count] for count in CLOCK) == tally.counts[Count.REQUESTS] > 0
        assert together == +made.total.counts
        for delay in Delay:
            parts = [seconds for tally in groups.values() for seconds in tally.delays_s[delay]]
            assert sorted(parts) == sorted(made.total.delays_s[delay])
            assert len(parts) == made.total.counts[OF_DELAY[delay]]


@given(st.lists(GIVEN, max_size=40))
def test_the_reviews_of_all_academies_sum_to_the_national_one(summaries: list[Summary]) -> None:
    national = report(summaries, 2026, END)
    for code in ("01", "10", "17"):
        alone = report(summaries, 2026, END, code).total
        within = national.by[Dimension.ACADEMIE].get(code, Tally())
        assert +alone.counts == +within.counts


# -- both ways --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def nine_thousand() -> Year:
    return a_year(9_000, seed=2015)


@pytest.mark.parametrize("at", [END, datetime(2026, 6, 15, 9, 30, tzinfo=UTC)], ids=["afterwards", "in the middle"])
def test_nine_thousand_requests_are_told_by_their_journal_as_they_were(nine_thousand: Year, at: datetime) -> None:
    truth = nine_thousand.truth(at)
    told = from_journal(nine_thousand.records, at)
    assert by_receipt(told) == by_receipt(truth)
    assert report(told, 2026, at) == report(truth, 2026, at)


def test_the_year_that_was_made_up_has_everything_in_it(nine_thousand: Year) -> None:
    total = report(nine_thousand.truth(END), 2026, END)
    assert all(total.total.counts[count] > 50 for count in Count if count is not Count.RUNNING)
    assert report(nine_thousand.truth(days(60)), 2026, days(60)).total.counts[Count.RUNNING] > 50
    assert len(total.by[Dimension.ACADEMIE]) == 31
    assert {*total.by[Dimension.AGE]} == {*AgeBand}
    assert {*total.by[Dimension.TRACK]} == {*Track}
    assert len(total.by[Dimension.OUTCOME]) > 9


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), instants(-90, 420))
def test_any_year_is_told_by_its_journal_as_it_was_at_any_instant(seed: int, at: datetime) -> None:
    year = a_year(60, seed)
    assert by_receipt(from_journal(year.records, at)) == by_receipt(year.truth(at))


def test_a_case_that_began_before_the_records_is_left_out() -> None:
    year = a_year(400, seed=7)
    cut = datetime(2026, 6, 1, tzinfo=UTC)
    told = from_journal([entry for entry in year.records if entry.at >= cut], END)
    assert by_receipt(told) == by_receipt([one for one in year.truth(END) if one.received_at >= cut])


def by_receipt(summaries: list[Summary]) -> list[Summary]:
    return sorted(summaries, key=lambda one: one.received_at)


# -- a real desk ------------------------------------------------------------------------------------


def test_what_a_real_desk_writes_into_its_journal_tells_the_same_as_its_files() -> None:
    """Three requests on a strict desk: in vain and then an appointment; information given; still waiting."""
    room = centre(1)
    nadia = room.book()
    room.pass_s(0)
    room.leave(room.dial("a", nadia), Cause.NO_ANSWER)
    sami = room.book(asking(SAMI, first_name="Sami"))
    room.pass_s(1)
    talk(room, sami, CallbackOutcome.INFO_DONNEE)
    room.book(asking())  # once more: the same case
    while room.kind(nadia) != "offered":
        room.until((room.desk.next_deadline - after(0)).total_seconds())  # type: ignore[operator]
    on = room.now + timedelta(days=3)
    talk(room, nadia, CallbackOutcome.RDV_FIXE, date=on)
    room.book(asking(replace(NADIA, number=E164("+33199000103")), first_name="Ali"))

    kept, callbacks = {}, {}
    for change in room.changes:
        kept.update(change.files)
        callbacks.update(change.callbacks)
    files = [
        summarise(
            file.value.case, [each for each in callbacks.values() if each.case == key], facts(file.value), room.now
        )
        for key, file in kept.items()
    ]
    journal = [entry for change in room.changes for entry in change.records]
    told = from_journal(journal, room.now)
    assert by_attempts(told) == by_attempts(files)
    assert [(one.attempts, one.standing, one.outcome) for one in by_attempts(files)] == [
        (0, Standing.DUE, None),
        (1, Standing.DUE, CallbackOutcome.INFO_DONNEE),
        (2, Standing.MET, CallbackOutcome.RDV_FIXE),
    ]


def talk(room, booking, outcome: CallbackOutcome, **fields: object) -> None:  # type: ignore[no-untyped-def]
    leg = room.dial("a", booking)
    room.picked_up(leg)
    room.leave(leg)
    room.tell(booking, OutcomeGiven(room.now, Report(outcome, **fields)))  # type: ignore[arg-type]


def by_attempts(summaries: list[Summary]) -> list[Summary]:
    return sorted(summaries, key=lambda one: one.attempts)


def test_somebody_who_called_in_themselves_was_reached_by_no_attempt() -> None:
    year = [
        record(NOON, "callback_requested", CallId("cb-1"), line="dropout"),
        record(NOON, "callback_asked", CallId("cb-1"), kind="rtf", case="case-1"),
        record(days(1), "callback_joined", CallId("cb-1")),
        record(days(2), "callback_closed", CallId("cb-1"), outcome="ORIENTE", by="person"),
        record(days(2), "callback_case_ended", CallId("cb-1"), case="case-1", outcome="ORIENTE"),
    ]
    (one,) = from_journal(year, END)
    assert (one.attempts, one.reached_at, one.ended_at) == (0, days(2), days(2))
    assert one.standing is Standing.DUE


ASKED = (
    record(NOON, "callback_requested", CallId("cb-1"), line="dropout"),
    record(NOON, "callback_asked", CallId("cb-1"), kind="rtf", case="case-1"),
)


def test_a_request_that_says_less_takes_nothing_away_and_what_is_learnt_later_holds() -> None:
    more = [
        record(
            days(1),
            "callback_asked",
            CallId("cb-1"),
            kind="rtf",
            case="case-1",
            academie="17",
            age_band="18-20",
            track="A",
        ),
        record(days(2), "callback_asked", CallId("cb-1"), kind="rtf", case="case-1", age_band="unknown", academie=None),
        record(days(3), "case_facts", None, case="case-1", track="B"),
        record(days(4), "case_facts", None, case="case-1", academie=None, age_band="unknown", track="B"),
    ]
    told = [from_journal([*ASKED, *more[:number]], END)[0].facts for number in range(5)]
    assert told == [
        Facts(),
        Facts("17", AgeBand.FROM_18, Track.A),
        Facts("17", AgeBand.FROM_18, Track.A),
        Facts("17", AgeBand.FROM_18, Track.B),
        Facts(None, AgeBand.UNKNOWN, Track.B),
    ]


def test_a_case_ends_once() -> None:
    twice = [
        record(days(at), "case_ended", None, case="case-1", outcome=outcome)
        for at, outcome in ((2, "ORIENTE"), (3, "INJOIGNABLE"))
    ]
    (one,) = from_journal([*ASKED, *twice], END)
    assert (one.ended_at, one.outcome) == (days(2), CallbackOutcome.ORIENTE)


def test_what_becomes_of_an_appointment_after_the_end_of_the_case_changes_nothing() -> None:
    on, later = days(9).isoformat(), days(8).isoformat()
    (one,) = from_journal(
        [
            *ASKED,
            record(days(1), "case_appointment", None, case="case-1", appointment_at=on),
            record(days(2), "case_ended", None, case="case-1", outcome="RDV_FIXE"),
            record(days(3), "case_appointment_called_off", None, case="case-1", appointment_at=on),
            record(days(3), "case_appointment", None, case="case-1", appointment_at=later),
        ],
        END,
    )
    assert (one.appointment_at, one.appointment_fixed_at, one.standing) == (days(9), days(1), Standing.MET)


def test_the_appointment_is_the_earliest_that_holds() -> None:
    fixed = [
        record(days(1), "case_appointment", None, case="case-1", appointment_at=days(n).isoformat()) for n in (12, 9)
    ]
    (one,) = from_journal([*ASKED, *fixed], END)
    assert one.appointment_at == days(9)
    off = record(days(2), "case_appointment_called_off", None, case="case-1", appointment_at=days(9).isoformat())
    (one,) = from_journal([*ASKED, *fixed, off], END)
    assert one.appointment_at == days(12)


def test_records_of_others_are_passed_over() -> None:
    others: list[Record] = [
        record(NOON, "call_arrived", CallId("0.1"), line="dropout"),
        record(NOON, "callback_dialled", CallId("cb-9"), attempt=1),
        record(NOON, "case_appointment", None, case="case-9", appointment_at=NOON.isoformat()),
        record(NOON, "callback_requested", CallId("cb-8"), line="dropout"),
        record(NOON, "callback_asked", CallId("cb-8"), kind="rtf", case="case-9"),  # of a case that was there before
        record(NOON, "callback_asked", CallId("cb-7"), kind="rtf", case="case-7"),  # once more, of an older callback
    ]
    assert from_journal(others, END) == []
