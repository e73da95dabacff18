"""A CSV file with a header, read as rows of named cells; or every fault of its form, each with its line.

Decides the form that all imports share. What a cell may be is judged elsewhere. Must not know how the file came here.

Separators are those of `csv_text`; UTF-8, with or without byte order mark, and anything else is refused, for a name in
the wrong encoding is a wrong name. What stands in a header that is not ours is never repeated: where somebody forgot
it, that is a person's number and name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from dialer.core.csv_text import read_lines

Row = TypeVar("Row")

Cells = dict[str, str]
"""Names of columns → cells, without blanks around them."""


@dataclass(frozen=True, slots=True)
class LineFault:
    """line: of the file; of a row of several lines, the first. column: None where it is the whole line."""

    line: int
    column: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Form:
    """columns: all that may be in the header, in any order. aliases: other names of some. separator: as messages show
    it. one, many: what a row is, in English."""

    columns: Sequence[str]
    required: Sequence[str]
    rows_max: int
    one: str
    many: str
    separator: str = ";"
    aliases: Mapping[str, str] = field(default_factory=dict)


def decode(content: bytes) -> str | LineFault:
    """The text of the file; a fault with its line when it is not UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        how = 'save it anew as "CSV UTF-8" (LibreOffice: "Text CSV", character set UTF-8)'
        return LineFault(line, None, f"is not UTF-8; {how}")


def read_table(text: str, form: Form, make: Callable[[int, Cells], Row]) -> list[Row] | list[LineFault]:
    """The rows as ``make`` gives them, each from the number of its first line and its cells; or every fault of the
    form. What the cells say is not judged."""
    lines, unreadable = read_lines(text)
    faults = [LineFault(unreadable.line, None, unreadable.message)] if unreadable is not None else []
    if not lines:
        begin = f"there is nothing in the file; begin with {form.separator.join(form.required)}"
        return faults or [LineFault(1, None, begin)]
    first, names = lines[0]
    columns = [form.aliases.get(name.lower(), name.lower()) for name in names]
    faults += _wrong_columns(first, columns, form)
    if not faults and len(lines) == 1:
        faults.append(LineFault(first, None, f"no {form.one} follows; write one in each line after it"))
    if len(lines) - 1 > form.rows_max:
        what = f"begins more than {form.rows_max} {form.many}; import the file in parts"
        faults.append(LineFault(lines[form.rows_max + 1][0], None, what))
    if faults:
        return faults
    rows: list[Row] = []
    for line, cells in lines[1:]:
        if len(cells) == len(columns):
            rows.append(make(line, dict(zip(columns, cells, strict=True))))
        else:
            how = f'put quotation marks around a text that holds a separator, as "a{form.separator} b"'
            what = f"has {len(cells)} columns where the header has {len(columns)}; {how}"
            faults.append(LineFault(line, None, what))
    return faults or rows


def _wrong_columns(line: int, columns: Sequence[str], form: Form) -> Iterator[LineFault]:
    for number, column in enumerate(columns, start=1):
        if column not in form.columns:
            yield LineFault(line, None, f"column {number} of the header is not known; use {', '.join(form.columns)}")
        elif column in columns[: number - 1]:
            yield LineFault(line, column, "comes twice in the header; keep one")
    for column in form.required:
        if column not in columns:
            yield LineFault(line, column, "is required; write it into the header")
