"""The directory of structures as a CSV file: read, compared with what is known, and written again.

Decides the written form, and what a file would change: all of it is shown before anything is done, and it is done as a
whole or not at all. What one field may be is `structure_fields`' to judge. Must not know how the file came here, nor
what becomes of the cases of a structure that closes. The form:

    id;kind;name;postcode;commune;phone;hours;closed_on;successor
    cio-laval;CIO;CIO de Laval;53000;Laval;01 99 00 00 01;mon-fri=09:00-12:00, 14:00-17:00;;

- A header with names of `structure_fields.FIELDS`, in any order. Those of `REQUIRED` must be there.
- A column that is not there leaves what is known as it is; an empty cell empties it. So an empty `closed_on` opens a
  structure again: it is shown as such.
- A structure that the file does not name stays as it is, and is listed: no file closes by silence.
- Separators and encoding are `csv_table`'s.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date

from dialer.core.csv_table import Form, LineFault, read_table
from dialer.core.csv_text import plain
from dialer.core.csv_text import row as csv_row
from dialer.core.structures.fields import FIELDS, REQUIRED, read_structure, structure_id
from dialer.core.structures.structure import (
    NotClosed,
    Structure,
    StructureId,
    Week,
    WhyNotClosed,
    wrong_end,
)
from schedules.hours import Spans

ROWS_MAX = 20_000
FORM = Form(FIELDS, REQUIRED, ROWS_MAX, "structure", "structures")

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Row:
    """One structure as it was written: names of fields → cells."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Added:
    line: int
    structure: Structure


@dataclass(frozen=True, slots=True)
class Updated:
    """``changed``: the fields of `Structure` that are not as they were. ``reopened``: it was closed, and is no more."""

    line: int
    before: Structure
    structure: Structure
    changed: tuple[str, ...]
    reopened: bool


@dataclass(frozen=True, slots=True)
class Closed:
    """It closes by this file. ``cases`` pass to its successor on the day of the closing."""

    line: int
    before: Structure
    structure: Structure
    cases: int


@dataclass(frozen=True, slots=True)
class Alike:
    """Perhaps the same structure twice: the same kind, name and commune, or the same kind and number. No fault."""

    line: int
    other: StructureId


@dataclass(frozen=True, slots=True)
class Plan:
    """What the file would do. Every row is in exactly one of the first four."""

    added: tuple[Added, ...] = ()
    updated: tuple[Updated, ...] = ()
    closed: tuple[Closed, ...] = ()
    unchanged: tuple[StructureId, ...] = ()
    absent: tuple[StructureId, ...] = ()
    """In the directory, not closed, and not in the file: they stay as they are."""
    alike: tuple[Alike, ...] = ()

    @property
    def changes(self) -> tuple[Structure, ...]:
        """What is to be kept, in one transaction."""
        lists: tuple[tuple[Added | Updated | Closed, ...], ...] = (self.added, self.updated, self.closed)
        return tuple(each.structure for one in lists for each in one)


# -- reading ----------------------------------------------------------------------------------------


def read_rows(text: str) -> list[Row] | list[LineFault]:
    """The rows of a file, or every fault of its form. What the cells say is not judged yet."""
    return read_table(text, FORM, lambda line, cells: Row(line, {name: plain(cell) for name, cell in cells.items()}))


# -- what it would do -------------------------------------------------------------------------------


def plan(
    rows: Sequence[Row], known: Mapping[StructureId, Structure], cases_of: Callable[[StructureId], int]
) -> Plan | list[LineFault]:
    """What the file would change in the directory ``known``, or every fault of its rows.

    ``cases_of``: how many open cases point to a structure. Asked only for those of which the file says another end.
    """
    faults: list[LineFault] = []
    read = _read(rows, known, faults)
    after = {**known, **{each.structure.id: each.structure for each in read}}
    lines = {each.structure.id: each.line for each in read}
    for structure in after.values():
        wrong = wrong_end(structure, after)
        if wrong is not None:
            faults += _wrong_ends(structure, wrong, lines)
    closed: list[Closed] = []
    for each in read:
        before = known.get(each.structure.id)
        if before is None or each.structure.closed_on is None or before.end == each.structure.end:
            continue
        cases = cases_of(before.id)
        if cases and each.structure.successor is None:
            what = f"{cases} open {'case points' if cases == 1 else 'cases point'} to {before.id}"
            faults.append(LineFault(each.line, "closed_on", f"{what}; name a successor that takes them over"))
        if before.closed_on is None:
            closed.append(Closed(each.line, before, each.structure, cases))
    if faults:
        return sorted(faults, key=lambda fault: fault.line)
    return _planned(read, closed, known, after)


def _read(rows: Sequence[Row], known: Mapping[StructureId, Structure], faults: list[LineFault]) -> list[Added]:
    read: list[Added] = []
    first_line: dict[StructureId, int] = {}
    for row in rows:
        key = structure_id(row.cells["id"])
        found = read_structure(row.cells, known.get(key) if key is not None else None)
        if key is not None and first_line.setdefault(key, row.line) != row.line:
            what = f"{key} is in line {first_line[key]} already; keep one row for each structure"
            faults.append(LineFault(row.line, "id", what))
        if isinstance(found, Structure):
            read.append(Added(row.line, found))
        else:
            faults += [LineFault(row.line, fault.where, f"{fault.what}; {fault.mend}") for fault in found]
    return read


_ENDS: Mapping[WhyNotClosed, tuple[str, str]] = {
    WhyNotClosed.BEFORE: ("closed_on", "is not after open_from; give a later day"),
    WhyNotClosed.ITSELF: ("successor", "is the structure itself; name another one, or nobody"),
    WhyNotClosed.UNKNOWN: ("successor", "{other} is neither in the directory nor in a right row of the file; add it"),
    WhyNotClosed.NOT_THERE: ("successor", "{other} is not there on that day; name one that is"),
}


def _wrong_ends(structure: Structure, wrong: NotClosed, lines: Mapping[StructureId, int]) -> Iterable[LineFault]:
    """The fault in the row of whoever closes; where the file does not name that one, in its successor's row."""
    if structure.id in lines:
        column, message = _ENDS[wrong.why]
        yield LineFault(lines[structure.id], column, message.format(other=wrong.other))
    elif wrong.other is not None and wrong.other in lines:
        what = f"{structure.id} hands its cases over to it on {structure.closed_on}"
        yield LineFault(lines[wrong.other], None, f"{what}, and it would not be there; let it be there on that day")


def _planned(
    read: Sequence[Added],
    closed: Sequence[Closed],
    known: Mapping[StructureId, Structure],
    after: Mapping[StructureId, Structure],
) -> Plan:
    closing = {each.structure.id for each in closed}
    added: list[Added] = []
    updated: list[Updated] = []
    unchanged: list[StructureId] = []
    for each in read:
        before = known.get(each.structure.id)
        if before is None:
            added.append(each)
        elif before == each.structure:
            unchanged.append(before.id)
        elif before.id not in closing:
            reopened = before.closed_on is not None and each.structure.closed_on is None
            updated.append(Updated(each.line, before, each.structure, _changed(before, each.structure), reopened))
    named = {each.structure.id for each in read}
    absent = tuple(key for key, structure in known.items() if key not in named and structure.closed_on is None)
    alike = tuple(_alike(added, after))
    return Plan(tuple(added), tuple(updated), tuple(closed), tuple(unchanged), absent, alike)


def _changed(before: Structure, structure: Structure) -> tuple[str, ...]:
    return tuple(each.name for each in fields(Structure) if getattr(before, each.name) != getattr(structure, each.name))


def _alike(added: Sequence[Added], after: Mapping[StructureId, Structure]) -> Iterable[Alike]:
    """New structures that look like another one, each pair once."""
    seen: dict[tuple[str, ...], StructureId] = {}
    new = {each.structure.id: each.line for each in added}
    for structure in sorted(after.values(), key=lambda each: (each.id in new, new.get(each.id, 0))):
        others: set[StructureId] = set()
        for trait in _traits(structure):
            other = seen.setdefault(trait, structure.id)
            if other != structure.id and structure.id in new and other not in others:
                others.add(other)
                yield Alike(new[structure.id], other)


def _traits(structure: Structure) -> Iterable[tuple[str, ...]]:
    if structure.closed_on is None:
        yield structure.kind, _plain(structure.name), _plain(structure.commune)
        if structure.phone is not None and structure.phone.number is not None:
            yield structure.kind, structure.phone.number


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).casefold()
    return "".join(each for each in letters if each.isalnum())


# -- writing ----------------------------------------------------------------------------------------


def csv_of(structures: Iterable[Structure]) -> Iterable[str]:
    """The directory as rows of a file, the header first (`csv_text.BOM` goes before it): `read_rows` reads it again."""
    yield csv_row(FIELDS)
    for structure in structures:
        yield csv_row(_cells(structure))


def _cells(structure: Structure) -> Sequence[str | int | float | date | None]:
    point, appointments = structure.point, structure.appointments
    return (
        structure.id,
        structure.kind.value,
        structure.name,
        structure.address,
        structure.postcode,
        structure.commune,
        structure.phone.shown if structure.phone is not None else None,
        structure.mail,
        structure.site,
        week_text(structure.hours) if structure.hours is not None else None,
        week_text(appointments.week) if appointments is not None else None,
        appointments.each_min if appointments is not None else None,
        point.latitude if point is not None else None,
        point.longitude if point is not None else None,
        structure.open_from,
        structure.closed_on,
        structure.successor,
    )


def week_text(week: Week) -> str:
    """In the words that `structure_fields` reads: days with the same hours in a row are said together."""
    runs: list[tuple[int, int]] = []
    for day, spans in enumerate(week):
        if runs and week[runs[-1][0]] == spans:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    said = [(first, last) for first, last in runs if week[first]] or [(0, 6)]
    return "; ".join(f"{_days(first, last)}={_times(week[first])}" for first, last in said)


def _days(first: int, last: int) -> str:
    return _DAYS[first] if first == last else f"{_DAYS[first]}-{_DAYS[last]}"


def _times(spans: Spans) -> str:
    return ", ".join(f"{_clock(span.start)}-{_clock(span.end)}" for span in spans) or "closed"


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
