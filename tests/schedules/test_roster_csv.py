"""The roster as a planner writes it."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedules.faults import Fault
from schedules.roster_csv import read_roster
from schedules.shifts import Activity, Roster
from schedules.walltime import PARIS

WHERE = "config/roster.csv"
ADVISERS = ["adv01", "adv02"]
HEADER = "adviser,date,start,end,activity\n"
PLAN = (
    HEADER
    + "adv01,2026-03-16,10:00,12:30,phone\nadv01,2026-03-16,12:30,13:15,break\nadv02,2026-03-16,20:00,24:00,chat\n"
)
ALL_WELL = "adv01,2026-03-16,10:00,12:30,phone\n"


def roster_of(text: str) -> Roster:
    roster = read_roster(text, WHERE, ADVISERS)
    assert isinstance(roster, Roster), [str(fault) for fault in roster]
    return roster


def faults_of(text: str) -> list[Fault]:
    faults = read_roster(text, WHERE, ADVISERS)
    assert isinstance(faults, list)
    return faults


def paris(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=PARIS)


def test_rows_are_read_in_paris_time() -> None:
    roster = roster_of(PLAN)

    assert roster.activity_at("adv01", paris(16, 9, 59)) is Activity.OFF
    assert roster.activity_at("adv01", paris(16, 10)) is Activity.PHONE
    assert roster.activity_at("adv01", paris(16, 12, 30)) is Activity.BREAK
    assert roster.activity_at("adv02", paris(16, 23, 59)) is Activity.CHAT
    assert roster.activity_at("adv02", paris(17, 0)) is Activity.OFF
    assert roster.next_change(paris(16, 20)) == paris(17, 0)


def test_advisers_without_a_row_are_off() -> None:
    assert roster_of(HEADER).advisers_on(Activity.OFF, paris(16, 10)) == ("adv01", "adv02")


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + PLAN,
        PLAN.replace(",", ";"),
        "\ufeff" + PLAN.replace(",", ";").replace("\n", "\r\n") + ";;;;\r\n;;;;\r\n",
        PLAN.replace("2026-03-16", "16/03/2026"),
        PLAN.replace(":00,", ":00:00,").replace(":30,", ":30:00,").replace(":15,", ":15:00,"),
        PLAN.replace(",", " , "),
        PLAN.replace("adv01,2026-03-16,10:00,12:30,phone", '"adv01","2026-03-16","10:00","12:30","phone"'),
        "\n" + PLAN,
        PLAN.replace("adviser,date", "Adviser,DATE"),
        "activity,adviser,date,start,end\nphone,adv01,2026-03-16,10:00,12:30\n"
        "break,adv01,2026-03-16,12:30,13:15\nchat,adv02,2026-03-16,20:00,24:00",
    ],
    ids=["bom", "semicolons", "excel", "french dates", "seconds", "spaces", "quotes", "blank", "capitals", "order"],
)
def test_a_file_that_went_through_a_spreadsheet_is_the_same_roster(text: str) -> None:
    assert text != PLAN
    assert roster_of(text) == roster_of(PLAN)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("adv99,2026-03-16,13:00,14:00,phone", "line 3: 'adv99' is not an adviser"),
        (",2026-03-16,13:00,14:00,phone", "line 3: '' is not an adviser"),
        ("adv01,2026-02-30,13:00,14:00,phone", "line 3: '2026-02-30' is not a date"),
        ("adv01,16/03/26,13:00,14:00,phone", "line 3: '16/03/26' is not a date"),
        ("adv01,9999-12-31,13:00,24:00,phone", "line 3: '9999-12-31' is not a date"),
        ("adv01,0001-01-01,00:00,24:00,phone", "line 3: '0001-01-01' is not a date"),
        ("adv01,2026-03-16,13h,14:00,phone", "line 3: start '13h' is not a time"),
        ("adv01,2026-03-16,13:00,14:00:30,phone", "line 3: end '14:00:30' is not a time"),
        ("adv01,2026-03-16,13:00,25:00,phone", "line 3: end '25:00' is not a time"),
        ("adv01,2026-03-16,22:00,02:00,phone", "line 3: ends at 02:00, not after its start at 22:00"),
        ("adv01,2026-03-16,13:00,13:00,phone", "line 3: ends at 13:00, not after its start"),
        ("adv01,2026-03-16,13:00,14:00,telephone", "line 3: 'telephone' is not an activity"),
        ("adv01,2026-03-16,13:00,14:00", "line 3: 4 columns instead of 5"),
        ("adv01,2026-03-16,13:00,14:00,phone,", "line 3: 6 columns instead of 5"),
        ("adv01,2026-03-16,12:29,14:00,phone", "line 3: overlaps line 2 of adv01 on 2026-03-16"),
        ("adv01,2026-03-16,10:00,12:30,phone", "line 3: overlaps line 2 of adv01 on 2026-03-16"),
        ('adv01,2026-03-16,13:00,14:00,"phone', "line 3: cannot be read as CSV"),
    ],
)
def test_a_mistake_is_told_with_its_line(row: str, fault: str) -> None:
    faults = faults_of(HEADER + ALL_WELL + row)

    assert [str(one).startswith(f"{WHERE} {fault}") for one in faults] == [True], [str(one) for one in faults]
    assert faults[0].mend


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "nothing"),
        ("\n\n", "nothing"),
        ("adv01,2026-03-16,10:00,12:30,phone", "adv01,2026-03-16,10:00,12:30,phone"),
        ("adviser,date,start,end\n", "adviser,date,start,end"),
        ("adviser,date,start,start,activity\n", "adviser,date,start,start,activity"),
    ],
)
def test_without_the_five_columns_nothing_is_read(text: str, found: str) -> None:
    faults = faults_of(text)

    assert [fault.what for fault in faults] == [f"the columns are {found}"]
    assert "adviser,date,start,end,activity" in faults[0].mend


def test_all_mistakes_are_told_at_once() -> None:
    text = (
        HEADER
        + "adv99,hier,10h,99:00,sieste\n\nadv01,2026-03-16,10:00,12:00,phone\nadv01,2026-03-16,11:00,13:00,mail\n"
    )

    assert [fault.where.removeprefix(f"{WHERE} ") for fault in faults_of(text)] == ["line 2"] * 5 + ["line 5"]


def test_a_long_row_overlaps_every_row_within_it() -> None:
    rows = [
        "adv01,2026-03-16,08:00,18:00,mail",
        "adv01,2026-03-16,09:00,10:00,phone",
        "adv01,2026-03-16,11:00,12:00,chat",
    ]

    assert [fault.what for fault in faults_of(HEADER + "\n".join(rows))] == [
        "overlaps line 2 of adv01 on 2026-03-16",
        "overlaps line 2 of adv01 on 2026-03-16",
    ]


def test_the_night_of_march_is_an_hour_shorter_and_that_of_october_an_hour_longer() -> None:
    roster = roster_of(HEADER + "adv01,2026-03-29,01:00,04:00,phone\nadv01,2026-10-25,01:00,04:00,phone")

    assert roster.changes == (
        datetime(2026, 3, 29, 0, tzinfo=UTC),
        datetime(2026, 3, 29, 2, tzinfo=UTC),
        datetime(2026, 10, 24, 23, tzinfo=UTC),
        datetime(2026, 10, 25, 3, tzinfo=UTC),
    )


def test_a_row_within_the_hour_that_march_skips_is_no_time_at_all() -> None:
    assert roster_of(HEADER + "adv01,2026-03-29,02:00,02:45,phone").changes == ()


# Properties.


@st.composite
def any_rows(draw: st.DrawFn) -> list[str]:
    rows: list[str] = []
    for adviser in ADVISERS:
        for day in ("2026-03-29", "2026-10-25"):
            cuts = sorted(draw(st.sets(st.integers(0, 1440) | st.integers(110, 190), max_size=6)))
            for start, end in pairwise(cuts):
                if draw(st.booleans()):
                    times = f"{start // 60:02}:{start % 60:02},{end // 60:02}:{end % 60:02}"
                    rows.append(f"{adviser},{day},{times},{draw(st.sampled_from(list(Activity)))}")
    return draw(st.permutations(rows))


def activity_by_reading(rows: list[str], adviser: str, at: datetime) -> Activity:
    """What the sheet on the wall says; in the hour that October repeats, what it said as that hour first ended."""
    shown = at.astimezone(PARIS)
    clock = "02:59" if shown.fold else f"{shown:%H:%M}"
    for row in rows:
        who, day, start, end, activity = row.split(",")
        if who == adviser and date.fromisoformat(day) == shown.date() and start <= clock < end:
            return Activity(activity)
    return Activity.OFF


@settings(deadline=None, max_examples=50)
@given(any_rows())
def test_at_every_minute_of_the_change_days_the_roster_says_what_the_sheet_says(rows: list[str]) -> None:
    roster = roster_of(HEADER + "\n".join(rows))

    for start in (datetime(2026, 3, 28, 22, tzinfo=UTC), datetime(2026, 10, 24, 21, tzinfo=UTC)):
        for at in (start + timedelta(minutes=n) for n in range(27 * 60)):
            for adviser in ADVISERS:
                assert roster.activity_at(adviser, at) is activity_by_reading(rows, adviser, at)


texts = st.text("\ufeff\0\r\n\t\u2028;,\"'0123:/-é٠ adviser", max_size=60) | st.lists(
    st.lists(st.sampled_from(["adv01", "2026-03-16", "10:00", "24:00", "phone", "", '"', "\x00", "é"]), max_size=6).map(
        ",".join
    )
).map(lambda rows: HEADER + "\n".join(rows))


@given(texts)
def test_whatever_is_written_is_read_or_refused_with_a_line_and_a_remedy(text: str) -> None:
    answer = read_roster(text, WHERE, ADVISERS)

    if isinstance(answer, list):
        assert answer
        assert all(fault.where.startswith(f"{WHERE} line ") and fault.what and fault.mend for fault in answer)
