"""CSV that a French spreadsheet opens right by a double click, and that can be read back without loss.

Decides the written form of cells only; must not know what they are about. `;` between columns, UTF-8 with a byte order
mark, CRLF after each row, a comma before decimals, dates as 31/12/2026, instants on the clock of Paris. Texts stand in
quotation marks, whatever the separator a spreadsheet takes; a line break inside them stays one.

*Texts stay texts.* A text that a spreadsheet would run as a formula, or would take for a number and shorten (the
postcode 01000, a SIRET), gets an apostrophe before it, as a person would type one. It shows, and nothing is lost:
`plain` takes it away again. Sources: OWASP, CSV injection; and numbers lose zeros at their front, and digits after the
twelfth, in the cells of spreadsheets.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import StringIO

from schedules.walltime import wall_clock

BOM = "\ufeff"
"""At the very beginning of the file, once."""
SEPARATORS = (",", ";", "\t")
MARK = "'"

Cell = str | int | float | Decimal | bool | date | None

_BEFORE = r"""[\s"'`´‘’‚‛“”„‟«»\u200b-\u200f\u2060\ufeff\x00-\x1f]*"""
"""What may stand before a formula and hide it from a careless eye, or from a careless rule."""
_FORMULA = re.compile(rf"{_BEFORE}[=+\-@＝＋－＠\t\r\n]")
_SHORTENED = re.compile(r"\s*(0\d+|\d{12,}|\d+([.,]\d+)?e[+-]?\d+)\s*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """line: of the file, where the row begins that is no CSV."""

    line: int
    message: str


# -- writing ----------------------------------------------------------------------------------------


def document(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A whole file as text, to be encoded as UTF-8."""
    return BOM + row(header) + "".join(row(cells) for cells in rows)


def row(cells: Sequence[Cell]) -> str:
    """One row with its end: for files that are sent piece by piece, after `BOM` and the header."""
    return ";".join(map(written, cells)) + "\r\n"


def written(cell: Cell) -> str:
    """One cell. ValueError for a number that is none, and for an instant without time zone."""
    match cell:
        case None:
            return ""
        case str():
            return '"' + marked(cell).replace('"', '""') + '"' if cell else ""
        case bool():
            return "oui" if cell else "non"
        case int():
            return str(cell)
        case float() | Decimal():
            return _number(Decimal(repr(cell)) if isinstance(cell, float) else cell)
        case datetime():
            return f"{wall_clock(cell):%d/%m/%Y %H:%M}"
        case date():
            return f"{cell:%d/%m/%Y}"


def marked(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would make something else of it."""
    return MARK + text if _is_in_danger(text) else text


def plain(text: str) -> str:
    """The text of a cell that `marked` wrote, as it was; any other text as it is."""
    return text[1:] if text.startswith(MARK) and _is_in_danger(text[1:]) else text


def _is_in_danger(text: str) -> bool:
    # One that has our mark already gets another, so that `plain` gives back exactly what was there.
    return _FORMULA.match(text) is not None or _SHORTENED.fullmatch(text.lstrip(MARK)) is not None


def _number(value: Decimal) -> str:
    if not value.is_finite():
        raise ValueError(f"{value} is no number that a cell can hold")
    return f"{value:f}".replace(".", ",")


# -- reading ----------------------------------------------------------------------------------------


def read_lines(text: str) -> tuple[list[tuple[int, list[str]]], Unreadable | None]:
    """The rows that are not blank, each with the number of its first line; and where it stopped, if it is no CSV.

    Between columns stands whichever of `SEPARATORS` is most in the first row. Cells come without blanks around them.
    """
    first = next((line for line in text.splitlines() if line.strip()), "")
    reader = csv.reader(StringIO(text, newline=""), delimiter=max(SEPARATORS, key=first.count), strict=True)
    lines: list[tuple[int, list[str]]] = []
    begun = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                lines.append((begun, [cell.strip() for cell in cells]))
            begun = reader.line_num + 1
    except csv.Error as error:
        return lines, Unreadable(begun, f"cannot be read as CSV ({error}); write the row again, save as CSV")
    return lines, None
