"""Opening hours as an operator writes them."""

import tomllib
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.calendar import FRANCE
from schedules.faults import Fault
from schedules.hours import Hours, Period, Span, SpecialDay
from schedules.hours_table import read_hours

WHERE = "lines/main.toml opening"
A_DAY = {"from": date(2026, 1, 1), "mon": "10:00-20:00"}


def test_a_whole_table_is_read() -> None:
    table = tomllib.loads("""
        [[hours]]
        from = 2026-09-01
        mon-thu = "14:00-17:00, 9:00-11:30"
        fri = "22:00 – 24:00"
        sat-sun = "closed"

        [[hours]]
        from = 2026-01-01
        mon-fri = "10:00-20:00"

        [[exceptions]]
        date = 2026-12-31
        closed = true
        reason = " inventaire "

        [[exceptions]]
        date = 2026-12-24
        open = "10:00-16:00"
        reason = "veille de Noël"
    """)
    split = (Span(540, 690), Span(840, 1020))

    assert read_hours(table, WHERE) == Hours(
        periods=(
            Period(date(2026, 1, 1), ((Span(600, 1200),),) * 5 + ((), ())),
            Period(date(2026, 9, 1), (split,) * 4 + ((Span(1320, 1440),), (), ())),
        ),
        special_days=(
            SpecialDay(date(2026, 12, 24), (Span(600, 960),), "veille de Noël"),
            SpecialDay(date(2026, 12, 31), (), "inventaire"),
        ),
        observed=FRANCE,
    )


@pytest.mark.parametrize(("word", "observed"), [("open", None), ("closed", FRANCE)])
def test_a_line_says_whether_it_closes_on_public_holidays(word: str, observed: object) -> None:
    hours = read_hours({"holidays": word, "hours": [A_DAY]}, WHERE)

    assert isinstance(hours, Hours)
    assert hours.observed == observed


def hours_with(**more: object) -> dict[str, object]:
    return {"hours": [{**A_DAY, **more}]}


def exception_with(**entry: object) -> dict[str, object]:
    return {"hours": [A_DAY], "exceptions": [{"date": date(2026, 12, 24), "reason": "pont", **entry}]}


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ({}, "lines/main.toml opening: there are no hours"),
        ({"hours": []}, "opening: there are no hours"),
        ({"hours": {"mon": "10:00-20:00"}}, "opening hours: is not a list of tables"),
        ({"hours": ["10:00-20:00"]}, "opening hours: is not a list of tables"),
        ({"hours": [A_DAY], "holiday": "open"}, "opening holiday: is not a key here"),
        ({"hours": [A_DAY], "holidays": True}, "opening holidays: True is not one of the two words"),
        ({"hours": [{"mon": "10:00-20:00"}]}, "opening hours 1: from is missing"),
        ({"hours": [{**A_DAY, "from": "2026-01-01"}]}, "opening hours 1 from: '2026-01-01' is not a date"),
        ({"hours": [A_DAY, A_DAY]}, "opening hours 2 from: 2026-01-01 comes twice"),
        ({"hours": [{"from": date(2026, 1, 1)}]}, "opening hours 1: no day has hours"),
        (hours_with(monday="10:00-20:00"), "opening hours 1 monday: is not a day"),
        (hours_with(**{"fri-tue": "10:00-20:00"}), "opening hours 1 fri-tue: is not a day or a run of days"),
        (hours_with(**{"mon-wed": "9:00-12:00"}), "opening hours 1 mon-wed: mon is already in mon"),
        (hours_with(tue=10), "opening hours 1 tue: 10 is not text"),
        (hours_with(tue=["10:00-12:00"]), "opening hours 1 tue: ['10:00-12:00'] is not text"),
        (hours_with(tue="10h-20h"), "opening hours 1 tue: '10h-20h' is not a time from"),
        (hours_with(tue=""), "opening hours 1 tue: '' is not a time from"),
        (hours_with(tue="10:00-12:00,"), "opening hours 1 tue: '' is not a time from"),
        (hours_with(tue="10:00-24:01"), "opening hours 1 tue: '10:00-24:01' is not a time from"),
        (hours_with(tue="20:00-10:00"), "opening hours 1 tue: '20:00-10:00' does not end after it starts"),
        (hours_with(tue="10:00-10:00"), "opening hours 1 tue: '10:00-10:00' does not end after it starts"),
        (hours_with(tue="9:00-12:00, 11:00-14:00"), "tue: '9:00-12:00, 11:00-14:00' overlaps itself"),
        (exception_with(), "opening exceptions 1: does not say whether the line is open or closed"),
        (exception_with(closed=False), "opening exceptions 1: does not say whether"),
        (exception_with(closed="yes"), "opening exceptions 1 closed: 'yes' is not true or false"),
        (exception_with(closed=True, open="10:00-12:00"), "opening exceptions 1: says both open and closed"),
        (exception_with(open="10-12"), "opening exceptions 1 open: '10-12' is not a time from"),
        (exception_with(closed=True, reason=" "), "opening exceptions 1 reason: there is no reason"),
        (exception_with(closed=True, motif="x"), "opening exceptions 1 motif: is not a key here"),
        (
            {"hours": [A_DAY], "exceptions": [{"date": date(2026, 5, 1), "closed": True, "reason": "x"}] * 2},
            "opening exceptions 2 date: 2026-05-01 comes twice",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_how_to_mend_it(table: dict[str, object], fault: str) -> None:
    faults = read_hours(table, WHERE)

    assert isinstance(faults, list)
    assert [fault in str(one) for one in faults] == [True], [str(one) for one in faults]
    assert faults[0].mend


def test_a_date_with_a_time_is_not_a_date() -> None:
    table: dict[str, Any] = tomllib.loads('[[hours]]\nfrom = 2026-01-01T00:00:00\nmon = "10:00-20:00"')

    assert [fault.where for fault in _faults(table)] == [f"{WHERE} hours 1 from"]


def test_all_mistakes_are_told_at_once() -> None:
    table = {
        "holydays": "closed",
        "hours": [{"from": "hier", "mon": "10h", "tue": "8:00-7:00"}, {"lundi": "10:00-12:00"}],
        "exceptions": [{"date": 24, "closed": True}],
    }

    assert [fault.where.removeprefix(WHERE).strip() for fault in _faults(table)] == [
        "holydays",
        "hours 1 from",
        "hours 1 mon",
        "hours 1 tue",
        "hours 2",
        "hours 2 lundi",
        "exceptions 1 date",
        "exceptions 1 reason",
    ]


def test_a_fault_says_where_it_is_what_it_is_and_how_to_mend_it() -> None:
    assert str(Fault("roster.csv line 3", "'x' is not a time", "write 09:30")) == (
        "roster.csv line 3: 'x' is not a time — write 09:30"
    )


def _faults(table: dict[str, Any]) -> list[Fault]:
    faults = read_hours(table, WHERE)
    assert isinstance(faults, list)
    return faults


# What is written is what is read.

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
dates = st.dates(date(2020, 1, 1), date(2035, 1, 1))
spans = st.sets(st.integers(0, 1440), max_size=6).map(
    lambda cuts: tuple(Span(a, b) for a, b in zip(sorted(cuts)[::2], sorted(cuts)[1::2], strict=False))
)
all_hours = st.builds(
    Hours,
    st.dictionaries(dates, st.tuples(*[spans] * 7), min_size=1, max_size=3).map(
        lambda weeks: tuple(Period(day, weeks[day]) for day in sorted(weeks))
    ),
    st.dictionaries(dates, spans, max_size=3).map(
        lambda days: tuple(SpecialDay(day, days[day], "pont") for day in sorted(days))
    ),
    st.sampled_from([FRANCE, None]),
)


def written(of: tuple[Span, ...]) -> str:
    def time(minute: int) -> str:
        return f"{minute // 60:02}:{minute % 60:02}"

    return ", ".join(f"{time(span.start)}-{time(span.end)}" for span in of) or "closed"


@given(all_hours, st.randoms(use_true_random=False))
def test_hours_that_are_written_are_read_back_in_any_order(hours: Hours, shuffle: Any) -> None:
    periods: list[dict[str, object]] = [
        {"from": period.valid_from, **{day: written(of) for day, of in zip(DAYS, period.week, strict=True)}}
        for period in hours.periods
    ]
    exceptions: list[dict[str, object]] = [
        {"date": special.day, "reason": special.reason}
        | ({"open": written(special.spans)} if special.spans else {"closed": True})
        for special in hours.special_days
    ]
    shuffle.shuffle(periods)
    shuffle.shuffle(exceptions)
    table = {"holidays": "closed" if hours.observed else "open", "hours": periods, "exceptions": exceptions}

    assert read_hours(table, WHERE) == hours


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.dates()
    | st.datetimes()
    | st.text("0123456789:-–, hé٠", max_size=12)
    | st.just("10:00-12:00"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["from", "date", "open", "closed", "reason", "mon", "mon-fri"]), inner)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["hours", "exceptions", "holidays", "x"]), values))
def test_whatever_is_written_is_read_or_refused_with_a_place_and_a_remedy(table: dict[str, object]) -> None:
    answer = read_hours(table, WHERE)

    if isinstance(answer, list):
        assert answer
        assert all(fault.where.startswith(WHERE) and fault.what and fault.mend for fault in answer)
