"""A file of requests: read as people save it, and refused as a whole with every fault at its line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.callbacks.intake import Asked
from dialer.core.callbacks.intake_csv import ROWS_MAX, Duplicate, Judged, Row, duplicates, judge, read_rows
from dialer.core.callbacks.request import AskedBy, Request, Source
from dialer.core.callbacks.slots import Slot
from dialer.core.cases.case import Kind
from dialer.core.csv_table import LineFault, decode
from dialer.core.numbers import Parsed
from dialer.core.rules import AdviserRules, LineRules, QueueRules, Rules
from dialer.core.words import E164, AdviserId, LineId, QueueId
from ivr.flow import make_flow
from ivr.nodes import Hangup
from schedules.hours import Hours, Period, Span
from schedules.shifts import AlwaysOnPhone
from schedules.windows import Window

T0 = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
"""Monday, 8h in Paris."""
DROPOUT = QueueId("dropout")
TEN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WINDOW = Window(TEN, TEN + timedelta(hours=2))
HEADER = "phone;first_name;name;birth_date;asked_by;wish;start;end;notice_read;note"
ROW = (
    '01 99 00 00 01;Zoé;Le Goff;21/03/2008;parent;window;23/11/2026 10:00;23/11/2026 12:00;oui;"le soir ; si possible"'
)
ASAP = "01 99 00 00 0{};Léo;;2008-03-21;young_person;asap;;;true;"


def rules() -> Rules:
    hours = Hours((Period(date(2020, 1, 1), ((Span(600, 1200),),) * 5 + ((), ())),))
    flow = make_flow("dropout", "end", {"end": Hangup(prompts=("ways.goodbye",), outcome="informed")})
    line = LineRules(LineId("dropout"), "Décrochage", E164("+33800122500"), "0 800 12 25 00", hours, flow, DROPOUT)
    team = {AdviserId("a"): AdviserRules(AdviserId("a"), "A", {DROPOUT: 1})}
    shifts = AlwaysOnPhone((hours,), frozenset({"a"}))
    return Rules("1", {line.id: line}, {DROPOUT: QueueRules(DROPOUT, "Décrochage")}, team, shifts)


def slots_of(*free: Slot) -> object:
    def slots(line: LineRules, queue: QueueRules, phone: Parsed, postcode: str | None) -> Sequence[Slot]:
        return free

    return slots


def read(*lines: str) -> list[Row]:
    rows = read_rows("\n".join(lines))
    assert all(isinstance(row, Row) for row in rows), rows
    return [row for row in rows if isinstance(row, Row)]


def faults(*lines: str) -> list[tuple[int, str | None, str]]:
    found = read_rows("\n".join(lines))
    return [(one.line, one.column, one.message) for one in found if isinstance(one, LineFault)]


def judged(*lines: str, free: int = 9) -> list[Judged]:
    return list(judge(read(*lines), rules(), slots_of(Slot(WINDOW, free)), T0))  # type: ignore[arg-type]


def test_a_file_of_a_french_spreadsheet_is_read_as_it_is() -> None:
    (one,) = judged(HEADER, ROW)
    assert one.line == 2
    assert isinstance(one.found, Request)
    assert one.found == Request(
        kind=Kind.RTF,
        line=LineId("dropout"),
        queue=DROPOUT,
        phone=one.found.phone,
        asked_by=AskedBy.PARENT,
        source=Source.CSV,
        window=WINDOW,
        first_name="Zoé",
        name="Le Goff",
        birth_date=date(2008, 3, 21),
        note="le soir ; si possible",
    )
    assert one.found.phone.number == "+33199000001"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_columns_stand_in_any_order_between_commas_semicolons_or_tabs(separator: str, end: str) -> None:
    columns = ["notice_read", "WISH", "asked_by", "birth_date", "first_name", "phone", "wish.start", "wish.end"]
    cells = ["1", "window", "parent", "2008-03-21", "Zoé", "0199000001"]
    cells += ["2026-11-23T10:00:00+01:00", "2026-11-23 12:00"]
    text = f"{separator.join(columns)}{end}{end}{separator.join(cells)}{end}"
    rows = read_rows(text)
    (one,) = judge(rows, rules(), slots_of(Slot(WINDOW, 1)), T0)  # type: ignore[arg-type]
    assert isinstance(one.found, Request)
    assert one.found.window == WINDOW
    assert one.line == 3


def test_a_row_of_several_lines_is_named_by_its_first_and_blank_ones_are_counted() -> None:
    note = '01 99 00 00 01;Zoé;;2008-03-21;parent;asap;;;oui;"un\ndeux"'
    rows = read(HEADER, note, ";;;;;;;;;", "", ASAP.format(2))
    assert [row.line for row in rows] == [2, 6]
    assert rows[0].asked.note == "un\ndeux"


def test_an_hour_without_offset_is_that_of_paris_in_winter_and_in_summer() -> None:
    row = "01 99 00 00 01;Zoé;;2008-03-21;parent;window;{};;oui;"
    starts = [
        read(HEADER, row.format(text))[0].asked.start
        for text in (
            "23/11/2026 10:00",
            "2026-07-06T9:30",
            "06/07/2026 09:30:00",
            "2026-07-06T09:30Z",
            "31/02/2026 10:00",
        )
    ]
    assert starts == [
        "2026-11-23T10:00:00+01:00",
        "2026-07-06T09:30:00+02:00",
        "2026-07-06T09:30:00+02:00",
        "2026-07-06T09:30Z",
        "31/02/2026 10:00",
    ]


class TestWhatIsRefused:
    def test_is_a_file_in_latin_1_with_its_line_and_how_to_save_it_anew(self) -> None:
        content = f"{HEADER}\n{ASAP.format(1)}\n{ROW}".encode("latin-1")
        found = decode(content)
        assert isinstance(found, LineFault)
        assert (found.line, found.column) == (2, None)
        assert (
            found.message == 'is not UTF-8; save it anew as "CSV UTF-8" (LibreOffice: "Text CSV", character set UTF-8)'
        )
        assert decode(HEADER.encode("utf-16")) == replace(found, line=1)

    def test_is_not_a_file_with_a_byte_order_mark(self) -> None:
        assert decode(b"\xef\xbb\xbf" + HEADER.encode()) == HEADER

    @pytest.mark.parametrize("text", ["", "\n\n", ";;;\n"])
    def test_is_a_file_with_nothing_in_it(self, text: str) -> None:
        assert faults(text) == [
            (1, None, "there is nothing in the file; begin with phone,asked_by,wish,notice_read"),
        ]  # fmt: skip

    def test_is_a_header_with_nothing_after_it(self) -> None:
        assert faults("", HEADER) == [(2, None, "no request follows; write one in each line after it")]

    def test_is_a_header_with_columns_unknown_twice_or_missing_all_at_once(self) -> None:
        found = faults("phone;Phone;tel;wish;start;wish.start", "a;b;c;d;e;f")
        assert [(line, column, message.partition(";")[0]) for line, column, message in found] == [
            (1, "phone", "comes twice in the header"),
            (1, None, "column 3 of the header is not known"),
            (1, "start", "comes twice in the header"),
            (1, "asked_by", "is required"),
            (1, "notice_read", "is required"),
        ]

    def test_is_a_file_without_a_header_and_nobodys_number_is_repeated(self) -> None:
        found = faults(ROW, ROW)
        assert len(found) == 14
        assert "01 99" not in str(found)
        assert "Goff" not in str(found)

    def test_is_a_row_with_more_or_fewer_columns_each_with_its_line(self) -> None:
        found = faults(HEADER, ASAP.format(1), f"{ASAP.format(2)};", "01 99 00 00 03")
        assert [(line, message.partition(";")[0]) for line, _, message in found] == [
            (3, "has 11 columns where the header has 10"),
            (4, "has 1 columns where the header has 10"),
        ]

    def test_is_a_quotation_mark_that_never_ends(self) -> None:
        (fault,) = faults(HEADER, ASAP.format(1), f'"{ASAP.format(2)}')
        assert fault[0] == 3
        assert fault[2].startswith("cannot be read as CSV (unexpected end of data)")

    def test_is_a_file_that_is_too_long_for_one_change(self) -> None:
        rows = [ASAP.format(1)] * ROWS_MAX
        assert len(read(HEADER, *rows)) == ROWS_MAX
        assert faults(HEADER, *rows, *rows) == [
            (ROWS_MAX + 2, None, "begins more than 1000 requests; import the file in parts")
        ]

    def test_is_every_cell_that_is_wrong_under_the_name_of_its_column(self) -> None:
        bad = "0890 120 120;;;21/13/2008;cousin;window;23/11/2026 21:00;23/11/2026 20:00;non;"
        (one, two) = judged(HEADER, bad, ASAP.format(2))
        assert not isinstance(one.found, Request)
        assert [(fault.line, fault.column) for fault in one.found] == [
            (2, "asked_by"), (2, "notice_read"), (2, "first_name"), (2, "birth_date"), (2, "phone"), (2, "end"),
        ]  # fmt: skip
        assert "premium" not in str(one.found)
        assert isinstance(two.found, Request), "the others are judged all the same"

    def test_is_a_row_that_says_to_come_another_way_in(self) -> None:
        (one, two) = judged(f"{HEADER};source", f"{ASAP.format(1)};adviser", f"{ASAP.format(2)};csv")
        assert one.found == (LineFault(2, "source", "write csv, or leave the column out"),)
        assert isinstance(two.found, Request)

    def test_is_a_window_outside_the_free_slots_though_an_adviser_might_choose_it(self) -> None:
        row = ROW.replace("23/11/2026 10:00;23/11/2026 12:00", "23/11/2026 14:00;23/11/2026 16:00")
        (one,) = judged(HEADER, row)
        assert not isinstance(one.found, Request)
        assert [fault.column for fault in one.found] == ["wish"]


def test_the_last_place_of_a_slot_is_promised_to_one_row_only() -> None:
    found = judged(HEADER, ROW, ASAP.format(2), ROW.replace("00 01", "00 03"), ROW.replace("00 01", "00 04"), free=2)
    assert [isinstance(each.found, Request) for each in found] == [True, True, True, False]
    assert found[3].found[0].column == "wish"  # type: ignore[index]
    assert found[3].line == 5


def test_a_place_that_one_queue_has_promised_is_still_free_in_another() -> None:
    dropout = rules()
    main = replace(dropout.lines[LineId("dropout")], id=LineId("main"), callback_queue=QueueId("main"))
    both = replace(
        dropout,
        lines={**dropout.lines, main.id: main},
        queues={**dropout.queues, QueueId("main"): QueueRules(QueueId("main"), "Ligne principale")},
    )
    rows = read(f"{HEADER};line", *(f"{ROW};{line}" for line in ("dropout", "main", "main")))
    found = list(judge(rows, both, slots_of(Slot(WINDOW, 1)), T0))  # type: ignore[arg-type]
    assert [isinstance(each.found, Request) for each in found] == [True, True, False]


def test_numbers_that_come_twice_or_are_promised_a_call_already_are_told() -> None:
    found = judged(HEADER, *(ASAP.format(number) for number in (1, 2, 1, 3, 1)))
    requests = [(each.line, each.found) for each in found if isinstance(each.found, Request)]
    open_ones = {"+33199000001": ("cb-1", "cb-2"), "+33199000003": ("cb-3",)}
    assert duplicates(requests, lambda number: open_ones.get(number, ())) == (
        Duplicate(2, None, ("cb-1", "cb-2")),
        Duplicate(4, 2, ("cb-1", "cb-2")),
        Duplicate(5, None, ("cb-3",)),
        Duplicate(6, 2, ("cb-1", "cb-2")),
    )


cells = st.sampled_from(
    ("", "é", '"', '""', ";", ",", "\t", "\n", "01 99 00 00 01", "oui", "asap", "window", "21/03/2008", "99/99/9999",
     "23/11/2026 10:00", "0001-01-01 00:00", "9999-12-31 24:00", "2026-02-30T10:00", "\x00", "parent", "csv", "phone")
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(cells, max_size=11), max_size=5), st.booleans(), st.sampled_from((",", ";", "\t")))
def test_whatever_a_file_holds_it_gives_requests_or_faults_with_lines(
    table: list[list[str]], header: bool, separator: str
) -> None:
    lines = [separator.join(HEADER.split(";"))] * header + [separator.join(row) for row in table]
    text = "\n".join(lines)
    found = read_rows(text)
    assert found
    assert all(1 <= one.line <= text.count("\n") + 1 for one in found)
    rows = [one for one in found if isinstance(one, Row)]
    assert len(rows) in (0, len(found))
    for each in judge(rows, rules(), slots_of(Slot(WINDOW, 1)), T0):  # type: ignore[arg-type]
        assert each.found


def test_the_example_of_the_document_is_two_requests_and_its_table_tells_every_column() -> None:
    document = (Path(__file__).resolve().parents[2] / "docs" / "import.md").read_text(encoding="utf-8")
    example = document.partition("```csv\n")[2].partition("```")[0]
    found = list(judge(read(*example.splitlines()), rules(), slots_of(Slot(WINDOW, 1)), T0))  # type: ignore[arg-type]
    assert [type(each.found) for each in found] == [Request, Request], found
    told = re.findall(r"`(\w+)`", "".join(re.findall(r"^\|([^|]*)\|", document, flags=re.M)))
    assert set(told) == {field.name for field in fields(Asked)} - {"source"}
