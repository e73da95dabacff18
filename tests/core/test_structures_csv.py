"""A file of structures: what it would change is shown whole before, or every fault of it with its line."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.csv_table import LineFault, decode
from dialer.core.csv_text import BOM
from dialer.core.structures.fields import read_structure
from dialer.core.structures.structure import Appointments, Phone, Structure, StructureId, StructureKind, Week
from dialer.core.structures.structures_csv import (
    ROWS_MAX,
    Added,
    Alike,
    Closed,
    Plan,
    Row,
    csv_of,
    plan,
    read_rows,
    week_text,
)
from dialer.core.words import E164
from schedules.hours import Span
from tests.core.structure_world import (
    ALL,
    LAVAL,
    MAYENNE,
    PARIS,
    RENNES,
    REUNION,
    cases,
    closed,
    directory,
    no_cases,
)

HEADER = "id;kind;name;postcode;commune"
ON = date(2026, 9, 1)


def rows(*lines: str) -> list[Row]:
    read = read_rows("\n".join(lines))
    assert all(isinstance(row, Row) for row in read), read
    return [row for row in read if isinstance(row, Row)]


def form_faults(*lines: str) -> list[tuple[int, str | None, str]]:
    return [(one.line, one.column, one.message) for one in read_rows("\n".join(lines)) if isinstance(one, LineFault)]


def planned(
    *lines: str,
    known: Mapping[StructureId, Structure] | None = None,
    pointing: Callable[[StructureId], int] = no_cases,
) -> Plan:
    made = plan(rows(*lines), directory() if known is None else known, pointing)
    assert isinstance(made, Plan), made
    return made


def faults(*lines: str, known: Mapping[StructureId, Structure] | None = None) -> list[tuple[int, str | None]]:
    made = plan(rows(*lines), directory() if known is None else known, no_cases)
    assert isinstance(made, list), made
    return [(one.line, one.column) for one in made]


def message(*lines: str, **fields: object) -> str:
    made = plan(rows(*lines), fields.get("known", directory()), fields.get("pointing", no_cases))  # type: ignore[arg-type]
    assert isinstance(made, list)
    assert len(made) == 1, made
    return made[0].message


# -- the file ---------------------------------------------------------------------------------------


def test_a_file_of_a_french_spreadsheet_is_read_as_it_is() -> None:
    text = (
        f"{BOM}ID;Kind;name;postcode;commune;phone;hours;latitude;longitude;closed_on\r\n"
        'cio-laval;cio;CIO de  Laval;53000;Laval;01.99.00.00.01;"lun-ven=9h-12h, 14h-17h";48,07;-0,77;\r\n'
    )
    read = read_rows(decode(text.encode()))  # type: ignore[arg-type]
    made = plan(read, {}, no_cases)  # type: ignore[arg-type]
    assert made == Plan(added=(Added(2, replace(LAVAL, address=None, mail=None, site=None)),))


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (("",), [(1, None)]),
        ((HEADER,), [(1, None)]),
        (("id;kind;name;postcode", "a;CIO;A;53000"), [(1, "commune")]),
        ((f"{HEADER};color;name", "x"), [(1, None), (1, "name")]),
        ((HEADER, "a;CIO;A;53000;Laval", "b;CIO;B;53000", "c;CIO;C;53000;Laval;x"), [(3, None), (4, None)]),
        ((HEADER, 'a;CIO;"A;53000;Laval'), [(2, None)]),
    ],
)
def test_a_file_that_has_not_the_form_is_refused_with_every_line(
    lines: tuple[str, ...], found: list[tuple[int, str | None]]
) -> None:
    assert [(line, column) for line, column, _ in form_faults(*lines)] == found


def test_a_file_that_is_too_long_is_refused_at_its_first_line_too_many() -> None:
    lines = [HEADER, *(f"a{n};CIO;A;53000;Laval" for n in range(ROWS_MAX + 1))]
    assert [line for line, _, _ in form_faults(*lines)] == [ROWS_MAX + 2]


def test_all_faults_of_all_rows_are_told_at_once_in_the_order_of_lines() -> None:
    lines = (
        f"{HEADER};mail;closed_on",
        "a b;CIO;;53000;Laval;x;",
        "b;XX;B;99999;Laval;;31/02/2026",
        "b;CIO;B;53000;Laval;;",
    )
    assert faults(*lines) == [
        (2, "id"),
        (2, "name"),
        (2, "mail"),
        (3, "kind"),
        (3, "postcode"),
        (3, "closed_on"),
        (4, "id"),
    ]


def test_faults_of_an_end_stand_among_the_others_by_their_lines() -> None:
    first, second = "cio-laval;CIO;L;53000;Laval;01/09/2026;nobody", "b;CIO;B;530;Laval;;"
    assert faults(f"{HEADER};closed_on;successor", first, second) == [(2, "successor"), (3, "postcode")]


# -- what it would do -------------------------------------------------------------------------------


def test_new_updated_unchanged_closed_and_absent_ones_are_listed() -> None:
    made = planned(
        f"{HEADER};closed_on;successor",
        "cfa-nantes;CFA;CFA de Nantes;44000;Nantes;;",
        "cio-laval;CIO;CIO du Maine;53000;Laval;;",
        "e2c-paris;E2C;École de la 2e chance;75019;Paris;;",
        "ml-mayenne;ML;Mission locale du Bocage;53100;Mayenne;01/09/2026;cio-laval",
        pointing=cases(ml_mayenne=4),
    )
    assert [(each.line, each.structure.id) for each in made.added] == [(2, "cfa-nantes")]
    (updated,) = made.updated
    assert (updated.line, updated.changed, updated.reopened) == (3, ("name",), False)
    assert updated.structure == replace(LAVAL, name="CIO du Maine")
    assert made.unchanged == (PARIS.id,)
    assert made.closed == (Closed(5, MAYENNE, closed(MAYENNE, ON, LAVAL), 4),)
    assert made.absent == (RENNES.id, REUNION.id)
    assert [each.id for each in made.changes] == ["cfa-nantes", "cio-laval", "ml-mayenne"]


def test_a_file_without_a_column_leaves_what_is_known_and_an_empty_cell_empties_it() -> None:
    assert planned(HEADER, "cio-laval;CIO;CIO de Laval;53000;Laval").unchanged == (LAVAL.id,)
    (updated,) = planned(f"{HEADER};phone;hours", "cio-laval;CIO;CIO de Laval;53000;Laval;;").updated
    assert updated.structure == replace(LAVAL, phone=None, hours=None)
    assert updated.changed == ("phone", "hours")


def test_no_file_closes_a_structure_by_silence() -> None:
    made = planned(HEADER, "cio-laval;CIO;CIO de Laval;53000;Laval", pointing=cases(ml_mayenne=9))
    assert made.closed == ()
    assert made.changes == ()
    assert len(made.absent) == 4


def test_a_closed_one_that_the_file_does_not_name_is_not_called_absent() -> None:
    known = directory(LAVAL, closed(RENNES, ON))
    assert planned(HEADER, "cio-laval;CIO;CIO de Laval;53000;Laval", known=known).absent == ()


def test_one_to_which_cases_point_closes_only_with_a_successor() -> None:
    lines = (f"{HEADER};closed_on;successor", "cio-laval;CIO;CIO de Laval;53000;Laval;2026-09-01;{}")
    without = tuple(line.format("") for line in lines)
    assert message(*without, pointing=cases(cio_laval=2)) == (
        "2 open cases point to cio-laval; name a successor that takes them over"
    )
    assert message(*without, pointing=cases(cio_laval=1)).startswith("1 open case points to")
    assert planned(*without).closed[0].cases == 0
    done = planned(*(line.format("0350001z") for line in lines), pointing=cases(cio_laval=2))
    assert done.closed[0].structure.successor == RENNES.id


def test_one_that_is_closed_already_is_not_asked_again_and_an_empty_cell_opens_it_again() -> None:
    known = directory(*ALL, closed(LAVAL, ON, RENNES))
    line = "cio-laval;CIO;CIO de Laval;53000;Laval"
    again = planned(
        f"{HEADER};closed_on;successor", f"{line};2026-09-01;0350001Z", known=known, pointing=cases(cio_laval=5)
    )
    assert again.unchanged == (LAVAL.id,)
    alone = directory(*ALL, closed(LAVAL, ON))
    left = f"{line.replace('de', 'du')};2026-09-01;"
    named_anew = planned(f"{HEADER};closed_on;successor", left, known=alone, pointing=cases(cio_laval=5))
    assert (len(named_anew.updated), named_anew.closed) == (1, ())
    (updated,) = planned(f"{HEADER};closed_on", f"{line};", known=known).updated
    assert updated.reopened
    assert updated.structure == LAVAL


def test_a_successor_is_not_taken_away_while_cases_still_have_to_pass_to_it() -> None:
    known = directory(*ALL, closed(LAVAL, ON, RENNES))
    lines = (f"{HEADER};closed_on;successor", "cio-laval;CIO;CIO de Laval;53000;Laval;2026-09-01;")
    assert "2 open cases" in message(*lines, known=known, pointing=cases(cio_laval=2))
    (updated,) = planned(*lines, known=known).updated
    assert updated.changed == ("successor",)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("cio-laval;CIO;L;53000;Laval;;01/09/2026;cio-laval", (2, "successor")),
        ("cio-laval;CIO;L;53000;Laval;;01/09/2026;nobody", (2, "successor")),
        ("cio-laval;CIO;L;53000;Laval;;;0350001Z", (2, "successor")),
        ("cio-laval;CIO;L;53000;Laval;01/09/2026;01/09/2026;", (2, "closed_on")),
        ("cio-laval;CIO;L;53000;Laval;;01/09/2026;ml-old", (2, "successor")),
        ("ml-heir;ML;Heir;53000;Laval;;01/07/2026;", (2, None)),
    ],
)
def test_an_end_that_cannot_be_is_told_with_its_line(line: str, found: tuple[int, str | None]) -> None:
    heir = replace(MAYENNE, id=StructureId("ml-heir"), name="Heir", postcode="53000", commune="Laval")
    old = replace(closed(MAYENNE, date(2026, 8, 1), heir), id=StructureId("ml-old"))
    known = directory(*ALL, heir, old)
    assert faults(f"{HEADER};open_from;closed_on;successor", line, known=known) == [found]


def test_two_of_one_file_can_close_into_each_other_only_one_after_the_other() -> None:
    header = f"{HEADER};closed_on;successor"
    laval, rennes = "cio-laval;CIO;L;53000;Laval;{};0350001Z", "0350001Z;CIO;R;35000;Rennes;{};cio-laval"
    assert faults(header, laval.format("2026-09-01"), rennes.format("2026-10-01")) == [(3, "successor")]
    assert faults(header, laval.format("2026-09-01"), rennes.format("2026-09-01")) == [
        (2, "successor"),
        (3, "successor"),
    ]


def test_a_new_structure_can_take_over_in_the_same_file() -> None:
    made = planned(
        f"{HEADER};closed_on;successor",
        "cio-laval;CIO;CIO de Laval;53000;Laval;01/09/2026;cio-maine",
        "cio-maine;CIO;CIO du Maine;53000;Laval;;",
        pointing=cases(cio_laval=7),
    )
    assert made.closed[0].cases == 7


def test_what_looks_like_a_structure_twice_is_shown_and_done() -> None:
    made = planned(
        f"{HEADER};phone",
        "cio-2;CIO;C.I.O. de LAVAL;53000;laval;",
        "cio-3;CIO;Autre nom;53000;Laval;01 99 00 00 01",
        "ml-4;ML;Autre genre;53000;Laval;01 99 00 00 01",
        "e2c-5;E2C;Jumelle;75011;Paris;",
        "e2c-6;E2C;Jumelle;75012;Paris;",
    )
    assert made.alike == (Alike(2, LAVAL.id), Alike(3, LAVAL.id), Alike(6, StructureId("e2c-5")))
    assert len(made.added) == 5


# -- and back ---------------------------------------------------------------------------------------

TEXT = st.text("abcé '\"=+-@;,|01\u00a0", min_size=1, max_size=12).map(str.strip).filter(bool)
SPANS = st.sampled_from([(), (Span(0, 1440),), (Span(540, 720), Span(840, 1020)), (Span(1, 2),)])
WEEKS = st.tuples(*[SPANS] * 7)
STRUCTURES = st.builds(
    Structure,
    id=st.sampled_from(["a", "0530001X", "00000000000012", "b-2"]).map(StructureId),
    kind=st.sampled_from(StructureKind),
    name=TEXT.map(lambda text: " ".join(text.split())),
    postcode=st.sampled_from(["01000", "53000", "97150", "20090"]),
    commune=TEXT.map(lambda text: " ".join(text.split())),
    phone=st.sampled_from([None, Phone("01 99 00 00 01", E164("+33199000001")), Phone("3949", None)]),
    hours=st.none() | WEEKS,
    appointments=st.none() | st.builds(Appointments, WEEKS, st.integers(5, 480)),
    open_from=st.none() | st.just(date(2026, 1, 31)),
    closed_on=st.none() | st.just(date(2026, 9, 1)),
)


@settings(max_examples=200, deadline=None)
@given(STRUCTURES)
def test_what_is_written_is_read_as_it_was(structure: Structure) -> None:
    text = decode((BOM + "".join(csv_of([structure]))).encode())
    made = plan(read_rows(text), {}, no_cases)  # type: ignore[arg-type]
    assert made == Plan(added=(Added(2, structure),))


def test_the_directory_that_was_written_changes_nothing_when_it_is_read() -> None:
    known = directory(*ALL, closed(MAYENNE, ON, LAVAL))
    assert planned(*"".join(csv_of(known.values())).splitlines(), known=known).unchanged == tuple(known)


@given(WEEKS)
def test_a_week_is_said_in_words_that_are_read_again(week: Week) -> None:
    found = read_structure({"hours": week_text(week)}, LAVAL)
    assert isinstance(found, Structure)
    assert found.hours == week


def test_every_row_has_a_cell_for_every_column() -> None:
    read = list(csv.reader(StringIO("".join(csv_of(ALL)), newline=""), delimiter=";"))
    assert {len(cells) for cells in read} == {17}
