"""A structure of the directory: when it is open, which appointments it holds, and how it closes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.callbacks import outcomes
from dialer.core.structures.structure import (
    LABELS,
    Appointments,
    Closing,
    NotClosed,
    Structure,
    StructureId,
    StructureKind,
    WhyNotClosed,
    appointment_windows,
    close,
    exists_on,
    heir,
    is_open,
    oriented_to,
)
from schedules.hours import Span
from tests.core.structure_world import (
    ALL,
    LAVAL,
    MAYENNE,
    OFFICE,
    PARIS,
    RENNES,
    REUNION,
    cases,
    closed,
    directory,
    no_cases,
)

MONDAY = date(2026, 3, 16)
TEN = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
"""Monday, 10h in Paris."""


def test_every_structure_that_an_outcome_can_name_is_a_kind() -> None:
    assert {oriented_to(kind) for kind in StructureKind} == {*outcomes.Structure, None}
    assert oriented_to(StructureKind.GRETA) is None
    assert set(LABELS) == set(StructureKind)


# -- when it is open --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("structure", "at", "open_"),
    [
        (LAVAL, TEN, True),
        (LAVAL, TEN - timedelta(hours=1, minutes=1), False),
        (LAVAL, TEN - timedelta(hours=1), True),
        (LAVAL, TEN + timedelta(hours=2), False),  # noon
        (LAVAL, TEN + timedelta(days=5), False),  # Saturday
        (LAVAL, datetime(2026, 4, 6, 8, 0, tzinfo=UTC), False),  # Easter Monday
        (MAYENNE, TEN, None),
        (REUNION, datetime(2026, 3, 16, 5, 0, tzinfo=UTC), True),  # 9h there, 6h in Paris
        (REUNION, datetime(2026, 3, 16, 13, 30, tzinfo=UTC), False),  # 17h30 there, 14h30 in Paris
        (REUNION, datetime(2026, 12, 21, 6, 0, tzinfo=UTC), True),
        (replace(REUNION, hours=(OFFICE[0],) * 7), datetime(2026, 12, 20, 6, 0, tzinfo=UTC), False),  # abolition
        (replace(LAVAL, postcode="67000"), datetime(2026, 4, 3, 8, 0, tzinfo=UTC), False),  # Good Friday in Alsace
        (LAVAL, datetime(2026, 4, 3, 8, 0, tzinfo=UTC), True),
    ],
)
def test_its_door_is_open_by_the_clock_and_the_holidays_of_its_place(
    structure: Structure, at: datetime, open_: bool | None
) -> None:
    assert is_open(structure, at) is open_


def test_it_is_there_from_its_first_day_and_not_on_the_day_of_its_closing() -> None:
    one = replace(LAVAL, open_from=MONDAY, closed_on=MONDAY + timedelta(days=2))
    assert [exists_on(one, MONDAY + timedelta(days=n)) for n in (-1, 0, 1, 2)] == [False, True, True, False]
    assert is_open(one, TEN) is True
    assert is_open(one, TEN + timedelta(days=2)) is False
    assert is_open(replace(one, hours=None), TEN + timedelta(days=2)) is False


def test_its_last_day_ends_at_midnight_there() -> None:
    one = replace(REUNION, hours=((Span(0, 1440),),) * 7, closed_on=date(2026, 3, 17))
    assert is_open(one, datetime(2026, 3, 16, 19, 59, tzinfo=UTC)) is True
    assert is_open(one, datetime(2026, 3, 16, 20, 0, tzinfo=UTC)) is False


# -- appointments -----------------------------------------------------------------------------------


def test_its_appointments_are_those_of_its_week_from_now_on() -> None:
    tuesdays = ((), (Span(540, 615),), (), (), (), (), ())
    one = replace(LAVAL, appointments=Appointments(tuesdays, 30))
    windows = [each.start_at for each in appointment_windows(one, TEN, 8)]
    assert windows == [
        datetime(2026, 3, 17, 8, 0, tzinfo=UTC),
        datetime(2026, 3, 17, 8, 30, tzinfo=UTC),  # and none at 10h, that would end at 10h30
    ]
    assert all(each.end_at - each.start_at == timedelta(minutes=30) for each in appointment_windows(one, TEN, 8))
    assert [*appointment_windows(one, datetime(2026, 3, 17, 8, 0, tzinfo=UTC), 1)] == [
        *appointment_windows(one, TEN, 8)
    ][1:]


def test_appointments_follow_the_clock_change_and_skip_holidays_and_closed_days() -> None:
    every_day = ((Span(600, 660),),) * 7
    one = replace(LAVAL, appointments=Appointments(every_day, 60), closed_on=date(2026, 4, 8))
    starts = [each.start_at for each in appointment_windows(one, datetime(2026, 3, 28, 0, 0, tzinfo=UTC), 20)]
    assert starts[0] == datetime(2026, 3, 28, 9, 0, tzinfo=UTC)
    assert starts[1] == datetime(2026, 3, 29, 8, 0, tzinfo=UTC)  # summer time
    days = {each.date() for each in starts}
    assert date(2026, 4, 6) not in days  # Easter Monday
    assert max(days) == date(2026, 4, 7)


def test_who_gives_no_appointments_has_none() -> None:
    assert [*appointment_windows(LAVAL, TEN, 30)] == []
    with pytest.raises(ValueError, match="is none"):
        Appointments(OFFICE, 0)


# -- closing ----------------------------------------------------------------------------------------


def test_one_to_which_nobody_points_closes() -> None:
    assert close(LAVAL, MONDAY, None, directory(), no_cases) == Closing(closed(LAVAL, MONDAY), 0)


def test_one_to_which_cases_point_is_not_closed_and_says_how_many() -> None:
    assert close(LAVAL, MONDAY, None, directory(), cases(cio_laval=3)) == NotClosed(WhyNotClosed.CASES, 3)


def test_a_successor_takes_the_cases_over() -> None:
    done = close(LAVAL, MONDAY, RENNES.id, directory(), cases(cio_laval=3))
    assert done == Closing(closed(LAVAL, MONDAY, RENNES), 3)


@pytest.mark.parametrize(
    ("structure", "successor", "known", "why"),
    [
        (LAVAL, LAVAL.id, directory(), NotClosed(WhyNotClosed.ITSELF)),
        (LAVAL, StructureId("nobody"), directory(), NotClosed(WhyNotClosed.UNKNOWN, other=StructureId("nobody"))),
        (
            LAVAL,
            RENNES.id,
            directory(*ALL, closed(RENNES, MONDAY)),
            NotClosed(WhyNotClosed.NOT_THERE, other=RENNES.id),
        ),
        (
            LAVAL,
            RENNES.id,
            directory(*ALL, replace(RENNES, open_from=MONDAY + timedelta(days=1))),
            NotClosed(WhyNotClosed.NOT_THERE, other=RENNES.id),
        ),
        (replace(LAVAL, open_from=MONDAY), None, directory(), NotClosed(WhyNotClosed.BEFORE)),
        (
            RENNES,
            None,
            directory(*ALL, closed(LAVAL, MONDAY, RENNES)),
            NotClosed(WhyNotClosed.HEIR, other=LAVAL.id),
        ),
    ],
)
def test_an_end_that_cannot_be_is_refused_with_its_reason(
    structure: Structure, successor: StructureId | None, known: dict[StructureId, Structure], why: NotClosed
) -> None:
    assert close(structure, MONDAY, successor, known, cases(cio_laval=1)) == why


def test_a_successor_without_an_end_is_refused() -> None:
    with pytest.raises(ValueError, match="not closed"):
        replace(LAVAL, successor=RENNES.id)


def test_who_was_sent_to_one_that_closed_is_with_the_last_of_its_successors() -> None:
    known = directory(
        closed(LAVAL, MONDAY, RENNES),
        closed(RENNES, MONDAY + timedelta(days=30), PARIS),
        closed(MAYENNE, MONDAY),
        PARIS,
    )
    laval = known[LAVAL.id]
    assert heir(laval, known, MONDAY - timedelta(days=1)) == laval
    assert heir(laval, known, MONDAY) == known[RENNES.id]
    assert heir(laval, known, MONDAY + timedelta(days=30)) == PARIS
    assert heir(known[MAYENNE.id], known, MONDAY) is None


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5), st.integers(0, 40)), max_size=12))
def test_however_structures_close_one_after_another_nobody_loses_their_heir(
    closings: list[tuple[int, int, int]],
) -> None:
    """Every structure that closed with a successor has an heir on every later day, for as long as that one is open."""
    known = directory()
    for who, whom, day in closings:
        structure = known[ALL[who].id]
        successor = ALL[whom].id if whom < len(ALL) else None
        if structure.closed_on is not None:
            continue
        done = close(structure, MONDAY + timedelta(days=day), successor, known, no_cases)
        if isinstance(done, Closing):
            known[structure.id] = done.structure
    for structure in known.values():
        for day in range(60):
            on = MONDAY + timedelta(days=day)
            found = heir(structure, known, on)
            if found is None:
                last = structure
                while last.successor is not None:
                    last = known[last.successor]
                assert last.closed_on is not None
                assert last.closed_on <= on
            else:
                assert exists_on(found, on)
