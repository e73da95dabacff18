"""CSV that opens right in a French spreadsheet, cannot run anything there, and loses nothing on the way back."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.csv_text import Cell, Unreadable, document, marked, plain, read_lines, row, written

SAMPLE = "\ufeff" + '"nom";"taux"\r\n"Zoé";12,5\r\n'


def test_a_file_begins_with_its_mark_and_its_rows_end_as_a_spreadsheet_ends_them() -> None:
    assert document(["nom", "taux"], [["Zoé", 12.5]]) == SAMPLE
    assert document(["nom"], []).encode() == b'\xef\xbb\xbf"nom"\r\n'


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""),
        ("", ""),
        ("Le Goff", '"Le Goff"'),
        ("a;b", '"a;b"'),
        ('dit "Zo"', '"dit ""Zo"""'),
        ("deux\nlignes", '"deux\nlignes"'),
        (0, "0"),
        (-3, "-3"),
        (12.5, "12,5"),
        (-0.25, "-0,25"),
        (1e-7, "0,0000001"),
        (1e20, "100000000000000000000"),
        (Decimal("3.10"), "3,10"),
        (True, "oui"),
        (False, "non"),
        (date(2026, 3, 7), "07/03/2026"),
        (datetime(2026, 1, 1, 22, 59, tzinfo=UTC), "01/01/2026 23:59"),
        (datetime(2026, 7, 1, 22, 30, tzinfo=UTC), "02/07/2026 00:30"),
    ],
)
def test_each_kind_of_cell_is_written_as_the_french_write_it(cell: Cell, text: str) -> None:
    assert written(cell) == text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("-inf")])
def test_a_number_that_is_none_is_refused(value: float | Decimal) -> None:
    with pytest.raises(ValueError, match="no number"):
        written(value)


def test_an_instant_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        written(datetime(2026, 1, 1, 12, 0))  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+33 1 99 00 00 01",
        "-2",
        "@SUM(A1)",
        "\tx",
        "\rx",
        "\nx",
        " =1",
        "\u00a0=1",
        "\u202f=1",
        "'=1",
        '"=1',
        '  " =1',
        "«=1",
        "’+1",
        "\ufeff=1",
        "\u200b=1",
        "\x00=1",
        "＝1",
        "＠x",
        "'\t",
        "=",
        '=HYPERLINK("https://example.fr";"ici")',
    ],
)
def test_a_formula_is_made_a_text(text: str) -> None:
    assert marked(text) == f"'{text}"
    assert written(text).startswith("\"'")
    assert plain(marked(text)) == text


@pytest.mark.parametrize(
    "text", ["01000", "00", "12345678900012", "0100000000001", "12E4", "1,5e+13", "'01000", " 01000 "]
)
def test_a_text_that_a_spreadsheet_would_shorten_is_made_a_text(text: str) -> None:
    assert marked(text) == f"'{text}"
    assert plain(marked(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "Zoé",
        "53000",
        "0",
        "01 99 00 00 01",
        "a=b",
        "1-2",
        "12",
        "l'Étoile",
        "'",
        "''",
        "0750001A",
        "x@example.fr",
        "16–17",
    ],
)
def test_all_other_texts_are_written_as_they_are(text: str) -> None:
    assert marked(text) == plain(text) == text


CELLS = st.text(max_size=12) | st.text("'\"=+-@\t\r\n 0123456789eE.,; \u00a0a", max_size=8)


@given(CELLS)
def test_nothing_is_lost_on_the_way_back(text: str) -> None:
    assert plain(marked(text)) == text


@given(CELLS)
def test_what_is_written_never_begins_as_a_formula(text: str) -> None:
    shown = written(text).removeprefix('"').lstrip(" ")
    assert not shown.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))


@given(st.lists(st.lists(CELLS, min_size=2, max_size=3), max_size=5))
def test_every_reader_of_csv_reads_the_same_cells(rows: list[list[str]]) -> None:
    text = "".join(map(row, rows))
    read = list(csv.reader(StringIO(text, newline=""), delimiter=";", strict=True))
    assert [[plain(cell) for cell in cells] for cells in read] == rows


@given(CELLS)
def test_a_spreadsheet_that_takes_the_comma_splits_no_text_into_a_formula(text: str) -> None:
    # A field that begins with a quotation mark is one field for every separator.
    (cells,) = csv.reader(StringIO(row([text or "x"]), newline=""), delimiter=",", strict=True)
    assert len(cells) == 1


# -- reading ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_rows_are_read_with_the_number_of_their_first_line(separator: str) -> None:
    text = f'a{separator}b\r\n\r\n "un\ndeux"{separator} 2 \r\n{separator}\r\nx{separator}y'
    assert read_lines(text.replace(' "', '"')) == ([(1, ["a", "b"]), (3, ["un\ndeux", "2"]), (6, ["x", "y"])], None)


def test_a_row_that_is_no_csv_is_told_with_its_line() -> None:
    lines, wrong = read_lines('a;b\n"x;y\nz')
    assert lines == [(1, ["a", "b"])]
    assert isinstance(wrong, Unreadable)
    assert wrong.line == 2
    assert "CSV" in wrong.message


def test_an_empty_file_has_no_rows() -> None:
    assert read_lines("\n \n;;\n") == ([], None)
