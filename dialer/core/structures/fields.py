"""The fields of a structure as they were written → the structure, or every fault of them.

Decides what each field may be, the same for a row of a file and for the API. Must not know where the fields came from,
nor the other structures. What is not said stays as it was; what is said to be empty is emptied.

Hours are written in the words of `schedules.hours_table`, or in French ones, the days between `;` or `|`:

    mon-fri=09:00-12:00, 14:00-17:00; sat=09:00-12:00        lun-ven=9h-17h30 | sam=fermé
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeAlias, TypeVar
from urllib.parse import urlsplit

from dialer.core.callbacks.intake_fields import Wrong, read_text, said
from dialer.core.numbers import Refused, WhyNot, national, parse_for
from dialer.core.places.centroids import Point, departement_of, lies_near
from dialer.core.places.territory import of_postcode
from dialer.core.structures.structure import Appointments, Phone, Structure, StructureId, StructureKind, Week
from schedules.faults import Fault
from schedules.hours_table import read_week

FIELDS = (
    "id", "kind", "name", "address", "postcode", "commune", "phone", "mail", "site", "hours", "appointments",
    "appointment_min", "latitude", "longitude", "open_from", "closed_on", "successor",
)  # fmt: skip
"""Their names, in the order in which they are written."""
REQUIRED = ("id", "kind", "name", "postcode", "commune")
NAME_MAX, ADDRESS_MAX = 200, 300
APPOINTMENT_MIN = 60
"""Minutes of an appointment where nobody said."""

_CODE = re.compile(r"\d{7}[A-Z]|\d{14}", re.ASCII)
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_ID_MAX = 60
_ROUNDED = re.compile(r"\d+([.,]\d+)?E\+?\d+", re.ASCII | re.IGNORECASE)
"""What a spreadsheet makes of the 14 digits of a SIRET."""
_SHORT = re.compile(r"1\d|1\d\d|[13]\d{3}|11[68]\d{3}", re.ASCII)
_MAIL = re.compile(r"[^\s@<>\"(),;:]+@[^\s@<>\"(),;:]+\.[^\s@<>\"(),;:.]{2,}")
_HOST = re.compile(r"[^\s<>\"/\\]+\.[^\s<>\"/\\.]{2,}")
_DEGREES = re.compile(r"[+-]?\d{1,3}([.,]\d{1,15})?", re.ASCII)
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_FRENCH_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_YEARS = range(1900, 2100)
_DAYS = {"lun": "mon", "mar": "tue", "mer": "wed", "jeu": "thu", "ven": "fri", "sam": "sat", "dim": "sun"}
_DAY_WORD = re.compile("|".join(_DAYS))
_HOUR = re.compile(r"(\d{1,2}) ?h ?(\d\d)?", re.ASCII)
_HOURS_MEND = "write days and times as mon-fri=09:00-12:00, 14:00-17:00; sat=09:00-12:00"

_T = TypeVar("_T")
_Read: TypeAlias = Callable[[str], _T]


def structure_id(text: str) -> StructureId | None:
    """The id that was meant: codes without blanks, in capitals; short names in small letters. None: it is none."""
    code = re.sub(r"\s", "", text).upper()
    if _CODE.fullmatch(code):
        return StructureId(code)
    slug = text.strip().lower()
    # 12e3 is a number to every spreadsheet: it would not come back as it was.
    is_slug = _SLUG.fullmatch(slug) and len(slug) <= _ID_MAX and not _ROUNDED.fullmatch(slug)
    return StructureId(slug) if is_slug else None


def read_structure(written: Mapping[str, str], before: Structure | None = None) -> Structure | tuple[Fault, ...]:
    """The structure that the fields write, by their names in `FIELDS`; a fault's ``where`` is the field's name.

    ``before``: the one of this id in the directory. A field that is not in ``written`` is not said.
    """
    read = _Reading(written)
    key = read.required("id", _id, before.id if before else None)
    kind = read.required("kind", _kind, before.kind if before else None)
    name = read.required("name", _line(NAME_MAX), before.name if before else None)
    postcode = read.required("postcode", _postcode, before.postcode if before else None)
    commune = read.required("commune", _line(NAME_MAX), before.commune if before else None)
    address = read.optional("address", _line(ADDRESS_MAX), before.address if before else None)
    phone = read.optional("phone", _phone(postcode), before.phone if before else None)
    mail = read.optional("mail", _mail, before.mail if before else None)
    site = read.optional("site", _site, before.site if before else None)
    hours = read.optional("hours", _week, before.hours if before else None)
    appointments = _appointments(read, before.appointments if before else None)
    point = _point(read, before.point if before else None, postcode)
    open_from = read.optional("open_from", _day, before.open_from if before else None)
    closed_on = read.optional("closed_on", _day, before.closed_on if before else None)
    successor = read.optional("successor", _id, before.successor if before else None)
    if closed_on is None and not read.has_fault("closed_on"):
        if read.says("successor"):
            read.fault("successor", "is of a structure that is not closed", "give closed_on, or leave it empty")
        successor = None  # reopened: nobody follows it any more
    if read.faults:
        return tuple(read.faults)
    assert key is not None
    assert kind is not None
    assert name is not None
    assert postcode is not None
    assert commune is not None
    return Structure(
        key, kind, name, postcode, commune, address, phone, mail, site, hours, appointments, point,
        open_from, closed_on, successor,
    )  # fmt: skip


class _Wrong(Exception):
    """One field that cannot be read: what is wrong, and how to mend it. Never leaves this module."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend


class _Reading:
    """The fields of one structure, and the faults found in them."""

    def __init__(self, written: Mapping[str, str]) -> None:
        self._written = written
        self.faults: list[Fault] = []

    def says(self, field: str) -> bool:
        return said(self._written.get(field)) is not None

    def has_fault(self, field: str) -> bool:
        return any(fault.where == field for fault in self.faults)

    def fault(self, field: str, what: str, mend: str) -> None:
        self.faults.append(Fault(field, what, mend))

    def required(self, field: str, read: _Read[_T], before: _T | None) -> _T | None:
        value = self.optional(field, read, before)
        if value is None and not self.has_fault(field):
            self.fault(field, "is missing", "fill it in")
        return value

    def optional(self, field: str, read: _Read[_T], before: _T | None) -> _T | None:
        if field not in self._written:
            return before
        text = said(self._written[field])
        if text is None:
            return None
        try:
            return read(text)
        except _Wrong as wrong:
            self.fault(field, wrong.what, wrong.mend)
            return None


# -- one field --------------------------------------------------------------------------------------


def _id(text: str) -> StructureId:
    found = structure_id(text)
    if found is not None:
        return found
    if _ROUNDED.fullmatch(text):
        raise _Wrong(f"{text!r} was rounded by a spreadsheet", "make the column one of text, and write it again")
    raise _Wrong(f"{text[:_ID_MAX]!r} is no id", "write a UAI, a SIRET, or a short name as cio-laval")


def _kind(text: str) -> StructureKind:
    try:
        return StructureKind(text.upper().replace(" ", "_").replace("-", "_"))
    except ValueError:
        raise _Wrong(f"{text[:40]!r} is no kind of structure", f"write one of {', '.join(StructureKind)}") from None


def _line(length_max: int) -> _Read[str]:
    def read(text: str) -> str:
        wrong: list[Wrong] = []
        value = read_text(wrong, "", text, length_max)
        if wrong or value is None:
            raise _Wrong(wrong[0].sentence.en if wrong else "is missing", "write it again")
        return " ".join(value.split())

    return read


def _postcode(text: str) -> str:
    code = re.sub(r"\s", "", text)
    if departement_of(code) is not None and of_postcode(code) is not None:
        return code
    mend = "write five digits as 53000"
    if len(code) == 4 and code.isdecimal():
        mend = f"write 0{code} if a spreadsheet ate the zero: make the column one of text"
    raise _Wrong(f"{text[:20]!r} is no French postcode", mend)


def _phone(postcode: str | None) -> _Read[Phone]:
    def read(text: str) -> Phone:
        found = parse_for(text, postcode=postcode)
        if not isinstance(found, Refused):
            return Phone(national(found.number), found.number)
        digits = re.sub(r"[\s./-]", "", text)
        if found.why is WhyNot.PREMIUM or (found.why is WhyNot.SHORT and _SHORT.fullmatch(digits)):
            return Phone(" ".join(text.split()), None)
        if found.why is WhyNot.AMBIGUOUS:
            raise _Wrong(f"{text[:30]!r} is a number of {' or '.join(found.among)}", "write it with its country code")
        raise _Wrong(f"{text[:30]!r} is no French number", "write one number, as 01 99 00 00 01, 0 800 … or 3949")

    return read


def _mail(text: str) -> str:
    if _MAIL.fullmatch(text) and len(text) <= NAME_MAX:
        return text
    raise _Wrong(f"{text[:60]!r} is no mail address", "write one address, as contact@example.fr")


def _site(text: str) -> str:
    site = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(site)
        host = parts.hostname or ""
        parts.port  # noqa: B018 - ValueError when it is none
    except ValueError:
        host = ""
    wrong = any(char.isspace() or char in '<>"' for char in site) or len(site) > ADDRESS_MAX
    if wrong or not _HOST.fullmatch(host) or parts.scheme not in ("http", "https") or parts.username is not None:
        raise _Wrong(f"{text[:60]!r} is no web address", "write it as https://www.example.fr")
    return site


def _week(text: str) -> Week:
    table: dict[str, object] = {}
    words = unicodedata.normalize("NFC", text).casefold().replace("fermé", "closed")
    for part in re.split(r"[;|\n]", _HOUR.sub(lambda hour: f"{hour[1]}:{hour[2] or '00'}", words)):
        day, sign, times = part.partition("=")
        if not part.strip():
            continue
        key = _DAY_WORD.sub(lambda word: _DAYS[word[0]], "".join(day.split()))
        if not sign or key in table:
            raise _Wrong(f"{part.strip()[:60]!r} is not a day and its times, once", _HOURS_MEND)
        table[key] = times.strip()
    faults: list[Fault] = []
    week = read_week(table, "", faults)
    if faults:
        raise _Wrong("; ".join(f"{fault.where.strip()} {fault.what}".strip() for fault in faults), faults[0].mend)
    return week


def _day(text: str) -> date:
    french = _FRENCH_DAY.fullmatch(text)
    try:
        if french is not None:
            day = date(int(french[3]), int(french[2]), int(french[1]))
        elif _ISO_DAY.fullmatch(text):
            day = date.fromisoformat(text)
        else:
            raise ValueError
    except ValueError:
        raise _Wrong(f"{text[:30]!r} is no date", "write 31/08/2026, or 2026-08-31") from None
    if day.year not in _YEARS:
        raise _Wrong(f"{text!r} is in a far year", "write a year of four digits")
    return day


def _minutes(text: str) -> int:
    if text.isascii() and text.isdecimal() and 5 <= int(text) <= 480:
        return int(text)
    raise _Wrong(f"{text[:20]!r} is not between 5 and 480 minutes", "write a number of minutes, as 45")


def _degrees(text: str) -> float:
    if not _DEGREES.fullmatch(text):
        raise _Wrong(f"{text[:30]!r} is not in degrees", "write decimal degrees, as 48,0706 or -0.7703")
    return float(text.replace(",", "."))


# -- several fields ---------------------------------------------------------------------------------


def _appointments(read: _Reading, before: Appointments | None) -> Appointments | None:
    week = read.optional("appointments", _week, before.week if before else None)
    each_min = read.optional("appointment_min", _minutes, before.each_min if before else None)
    if week is not None:
        return Appointments(week, each_min or APPOINTMENT_MIN)
    if read.says("appointment_min") and not read.has_fault("appointments"):
        read.fault("appointment_min", "is of appointments that are not there", "fill in appointments, or empty it")
    return None


def _point(read: _Reading, before: Point | None, postcode: str | None) -> Point | None:
    latitude = read.optional("latitude", _degrees, before.latitude if before else None)
    longitude = read.optional("longitude", _degrees, before.longitude if before else None)
    if read.has_fault("latitude") or read.has_fault("longitude"):
        return None
    if (latitude is None) != (longitude is None):
        missing = "latitude" if latitude is None else "longitude"
        read.fault(missing, "is missing beside the other one", "give both, or none")
        return None
    if latitude is None or longitude is None:
        return None
    try:
        point = Point(latitude, longitude)
    except ValueError as error:
        read.fault("latitude", str(error), "write latitude north and longitude east")
        return None
    if postcode is not None and not lies_near(postcode, point):
        what = f"{latitude}, {longitude} is far from everything in {postcode}"
        read.fault("latitude", what, "look whether the two changed places, or lost a sign")
        return None
    return point
