"""The fields of a structure as people write them: what each may be, and what is said of one that is wrong."""

from __future__ import annotations

import pytest

from dialer.core.places.centroids import Point
from dialer.core.structures.fields import read_structure, structure_id
from dialer.core.structures.structure import Appointments, Phone, Structure, Week
from dialer.core.words import E164
from schedules.faults import Fault
from schedules.hours import Span
from tests.core.structure_world import (
    OFFICE,
)

HOURS = "mon-fri=09:00-12:00, 14:00-17:00"


def one(**written: str) -> Structure:
    fields = {"id": "x", "kind": "CIO", "name": "X", "postcode": "53000", "commune": "Laval", **written}
    found = read_structure(fields)
    assert isinstance(found, Structure), found
    return found


def wrong(**written: str) -> list[str]:
    fields = {"id": "x", "kind": "CIO", "name": "X", "postcode": "53000", "commune": "Laval", **written}
    found = read_structure(fields)
    assert isinstance(found, tuple), found
    assert all(fault.what and fault.mend for fault in found)
    return [fault.where for fault in found]


# -- one field --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("CIO-Laval", "cio-laval"),
        (" cio-laval ", "cio-laval"),
        ("0530001x", "0530001X"),
        ("123 456 789 00012", "12345678900012"),
        ("a", "a"),
        ("1,23457E+13", None),
        ("12e3", None),
        ("a--b", None),
        ("-a", None),
        ("cio laval", None),
        ("é", None),
        ("x" * 61, None),
        ("", None),
    ],
)
def test_an_id_is_a_code_or_a_short_name(text: str, found: str | None) -> None:
    assert structure_id(text) == found


@pytest.mark.parametrize(
    ("text", "postcode", "phone"),
    [
        ("0199000001", "53000", Phone("01 99 00 00 01", E164("+33199000001"))),
        ("+33 1 99 00 00 01", "53000", Phone("01 99 00 00 01", E164("+33199000001"))),
        ("199000001", "53000", Phone("01 99 00 00 01", E164("+33199000001"))),
        ("0976 00 00 01", "97400", None),
        ("0 800  12 25 00", "53000", Phone("0 800 12 25 00", None)),
        ("0892 00 00 00", "53000", Phone("0892 00 00 00", None)),
        ("3949", "53000", Phone("3949", None)),
        ("39 49", "53000", Phone("39 49", None)),
        ("115", "53000", Phone("115", None)),
        ("12345", "53000", None),
        ("9999", "53000", None),
        ("+1 212 555 0100", "53000", None),
        ("01 99 00 00 01 / 01 99 00 00 02", "53000", None),
        ("poste 12", "53000", None),
    ],
)
def test_a_phone_is_one_french_number_or_is_kept_as_it_is_shown(text: str, postcode: str, phone: Phone | None) -> None:
    if phone is None:
        assert wrong(phone=text, postcode=postcode) == ["phone"]
    else:
        assert one(phone=text, postcode=postcode).phone == phone


@pytest.mark.parametrize(
    ("text", "week"),
    [
        (HOURS, OFFICE),
        ("lun-ven = 9h-12h, 14h00 - 17:00", OFFICE),
        ("mon-fri=09:00-12:00, 14:00-17:00 | sam-dim=fermé", OFFICE),
        ("mar=10:00-11:00\nJEU=14:00-15:00;", ((), (Span(600, 660),), (), (Span(840, 900),), (), (), ())),
        ("mon-sun=closed", ((),) * 7),
    ],
)
def test_hours_are_written_in_the_words_of_the_lines_or_in_french_ones(text: str, week: Week) -> None:
    assert one(hours=text).hours == week


@pytest.mark.parametrize(
    "text",
    [
        "9h-17h",
        "lundi=9h-17h",
        "mon=17:00-9:00",
        "mon=9:00-12:00; mon=14:00-17:00",
        "mon-fri=9-17",
        "fri-mon=9:00-17:00",
        ";",
    ],
)
def test_hours_that_nobody_understands_are_refused(text: str) -> None:
    assert wrong(hours=text) == ["hours"]


def test_appointments_are_an_hour_each_where_nobody_said() -> None:
    assert one(appointments="mon-fri=9:00-12:00, 14:00-17:00").appointments == Appointments(OFFICE, 60)
    assert one(appointments=HOURS, appointment_min="45").appointments == Appointments(OFFICE, 45)
    assert wrong(appointment_min="45") == ["appointment_min"]
    assert wrong(appointments=HOURS, appointment_min="0") == ["appointment_min"]


@pytest.mark.parametrize(
    ("latitude", "longitude", "found"),
    [
        ("48,07", "-0,77", Point(48.07, -0.77)),
        ("48.0706", "-0.7703", Point(48.0706, -0.7703)),
        ("", "", None),
    ],
)
def test_coordinates_are_in_degrees_with_comma_or_point(latitude: str, longitude: str, found: Point | None) -> None:
    assert one(latitude=latitude, longitude=longitude).point == found


@pytest.mark.parametrize(
    ("latitude", "longitude", "fields"),
    [
        ("-0,77", "48,07", ["latitude"]),  # they changed places
        ("48,07", "0,77", None),  # 115 km away: that cannot be told
        ("48,07", "", ["longitude"]),
        ("", "-0,77", ["latitude"]),
        ("91", "0", ["latitude"]),
        ("48° 4'", "0", ["latitude"]),
        ("nan", "inf", ["latitude", "longitude"]),
    ],
)
def test_coordinates_that_cannot_be_there_are_refused(latitude: str, longitude: str, fields: list[str] | None) -> None:
    if fields is None:
        assert one(latitude=latitude, longitude=longitude).point is not None
    else:
        assert wrong(latitude=latitude, longitude=longitude) == fields


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("kind", "MISSION"),
        ("postcode", "1000"),
        ("postcode", "98000"),
        ("postcode", "2A004"),
        ("postcode", "96000"),
        ("name", "x" * 201),
        ("name", "a\x00b"),
        ("mail", "contact"),
        ("mail", "a@b.fr, c@d.fr"),
        ("site", "javascript://x.fr/%0aalert(1)"),
        ("site", "pas de site"),
        ("site", "https://user@example.fr"),
        ("site", "https://[x.fr"),
        ("open_from", "2026-13-01"),
        ("open_from", "1er mars 2026"),
        ("closed_on", "01/09/26"),
        ("closed_on", "01/09/2200"),
    ],
)
def test_a_field_that_is_not_what_it_should_be_is_told(field: str, text: str) -> None:
    assert wrong(**{field: text}) == [field]


def test_what_a_spreadsheet_ate_is_told_with_how_to_mend_it() -> None:
    (fault,) = read_structure({"id": "x", "kind": "CIO", "name": "X", "postcode": "1000", "commune": "Bourg"})  # type: ignore[misc]
    assert isinstance(fault, Fault)
    assert "01000" in fault.mend
    (fault,) = read_structure({"id": "1,23E+13", "kind": "CIO", "name": "X", "postcode": "53000", "commune": "L"})  # type: ignore[misc]
    assert isinstance(fault, Fault)
    assert "rounded" in fault.what


def test_a_site_without_its_scheme_gets_one() -> None:
    assert one(site="www.example.fr/cio").site == "https://www.example.fr/cio"


@pytest.mark.parametrize("postcode", ["20090", "20200", "97133", "97150", "97400", "97500", "98800", "75231", "20704"])
def test_corse_overseas_and_cedex_have_their_postcodes(postcode: str) -> None:
    assert one(postcode=postcode).postcode == postcode
