"""The words of the API about structures: every body that is read or written, as pydantic models. They are the schema.

Decides names, and how a structure of the directory is told; what its fields may be is judged by `core.structures`: here
only their types are, so that every fault of a body is told at once. Must not know the routes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from dialer.core.places import academie as academies
from dialer.core.places.centroids import departement_of
from dialer.core.places.local_days import add_working_days
from dialer.core.structures import search, structure, structures_csv
from dialer.core.structures.fields import ADDRESS_MAX, NAME_MAX
from dialer.core.structures.structure import StructureId, StructureKind
from dialer.core.words import Instant as CoreInstant
from dialer.web.callback_models import Span, Text, enum_of, required
from dialer.web.models import LIMIT_MAX, Asked, Instant, Told
from schedules.walltime import wall_clock

WINDOW_DAYS = 10
"""Working days on which a structure's appointments are told."""


def _number_text(value: object) -> object:
    """A number of JSON as it is written."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{Decimal(repr(value)):f}"
    return value


def _begun_postcode(text: str) -> str:
    digits = "".join(text.split())
    if not (1 <= len(digits) <= 5 and digits.isascii() and digits.isdecimal()):
        raise ValueError("write one to five digits of a postcode, as 53; Corse is 20")
    return digits


def _postcode(text: str) -> str:
    digits = "".join(text.split())
    if departement_of(digits) is None:
        raise ValueError("is no French postcode; write five digits, as 53000")
    return digits


def _academie(text: str) -> str:
    found = academies.named(text)
    if found is None:
        raise ValueError("is no académie; write its two digits or its name, as 17 or Nantes")
    return found.code


Searched = StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")
AnyNumber = Annotated[
    Text,
    BeforeValidator(_number_text),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}, {"type": "null"}]}),
]


# -- asked -----------------------------------------------------------------------------------------


class StructuresQuery(Asked):
    """Every wish that is given must be met. Without any: all that are there today.

    `text`: words of name, commune, kind or id, or their beginnings. `postcode`: its first digits. `near`: a postcode,
    nearest to it first. `academie`: a code or a name. `open_at`, `open_now`: whose door is open then; those that say no
    hours are left out. `closed_too`: also those that are there no more, or not yet.
    """

    text: Annotated[str, Searched] | None = None
    postcode: Annotated[str, Searched, AfterValidator(_begun_postcode)] | None = None
    near: Annotated[str, Searched, AfterValidator(_postcode)] | None = None
    academie: Annotated[str, Searched, AfterValidator(_academie)] | None = None
    kind: StructureKind | None = None
    open_at: Instant | None = None
    open_now: bool = False
    closed_too: bool = False
    limit: int = Field(50, ge=1, le=LIMIT_MAX)
    cursor: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = None


class StructureBody(Asked):
    """A new structure, or what is changed of a known one. Left out: as it was; null or empty: emptied.

    A new one needs `kind`, `name`, `postcode` and `commune` too. It closes by `closed_on`, the first day on which it is
    there no more, and hands its cases over to its `successor`. Hours as `mon-fri=09:00-12:00, 14:00-17:00`.
    """

    model_config = ConfigDict(json_schema_extra=required("id"))

    id: Annotated[Text, WithJsonSchema({"type": "string"})] = None
    """A UAI, a SIRET, or a short name as cio-laval. It never changes."""
    kind: Annotated[Text, enum_of(StructureKind)] = None
    name: Annotated[Text, WithJsonSchema({"type": "string", "maxLength": NAME_MAX})] = None
    address: Annotated[Text, Field(json_schema_extra={"maxLength": ADDRESS_MAX})] = None
    postcode: Annotated[Text, WithJsonSchema({"type": "string"})] = None
    commune: Annotated[Text, WithJsonSchema({"type": "string", "maxLength": NAME_MAX})] = None
    phone: Text = None
    mail: Text = None
    site: Text = None
    hours: Text = None
    appointments: Text = None
    """The week in which it receives people by appointment, written as `hours`."""
    appointment_min: AnyNumber = None
    latitude: AnyNumber = None
    longitude: AnyNumber = None
    open_from: Text = None
    closed_on: Text = None
    successor: Text = None

    def said(self) -> dict[str, str]:
        """What it says, as `core.structures.fields` reads it."""
        return {name: getattr(self, name) or "" for name in self.model_fields_set}


# -- told ------------------------------------------------------------------------------------------


class Academie(Told):
    code: str
    name: str


class Distance(Told):
    """`rough`: about, from the prefectures of the départements; 0 then says no more than that it is the same one."""

    km: float
    rough: bool


class ListedStructure(Told):
    id: str
    kind: StructureKind
    label: str
    """The kind in French."""
    name: str
    address: str | None
    postcode: str
    commune: str
    phone: str | None
    """As people read it."""
    phone_number: str | None
    """In E.164; null of an 08 or a short number, which is shown and never dialled."""
    mail: str | None
    site: str | None
    hours: str | None
    """On the clock there; null: nobody said."""
    appointments: str | None
    appointment_min: int | None
    latitude: float | None
    longitude: float | None
    open_from: date | None
    closed_on: date | None
    """The first day on which it is there no more."""
    successor: str | None
    academie: Academie | None
    """null where a vice-rectorat takes its place."""
    open_now: bool | None
    """null: nobody said its hours."""
    distance: Distance | None
    """null unless it was asked near to what."""


class AppointmentWindow(Span):
    """One appointment that its week holds; which are taken is not known here."""

    local_start: AwareDatetime
    """On the clock there."""
    local_end: AwareDatetime


class Heir(Told):
    id: str
    name: str
    commune: str
    phone: str | None


class ShownStructure(Told):
    """The structure that something in a file points to. Without a name: it is not in the directory."""

    id: str
    name: str | None
    kind: StructureKind | None
    commune: str | None
    phone: str | None
    closed_on: date | None
    there: bool
    """Whether it is there itself, on the day that this is about."""
    heir: Heir | None
    """Who is there in its place on that day; null: itself, or nobody."""


class StructureDetail(ListedStructure):
    there: bool
    """Whether it is there today, be its door shut."""
    heir: Heir | None
    """Who is there today in its place, for those who were sent to it; null: itself, or nobody."""
    windows: list[AppointmentWindow]
    """Of the next ten working days there."""


# -- made ------------------------------------------------------------------------------------------


def told(found: search.Found, directory: search.Directory, at: CoreInstant) -> ListedStructure:
    """One structure of a list. ``at``: now."""
    return ListedStructure.model_validate(_fields(found, directory, at))


def told_whole(one: structure.Structure, directory: search.Directory, at: CoreInstant) -> StructureDetail:
    """One structure on its own page. ``directory``: it and all others. ``at``: now."""
    shown = shown_structure(directory, one.id, wall_clock(at, structure.home_of(one).zone).date())
    fields = _fields(search.Found(one, None, 0), directory, at)
    return StructureDetail.model_validate(
        fields | {"there": shown.there, "heir": shown.heir, "windows": list(_windows(one, at))}
    )


def shown_structure(directory: search.Directory, key: StructureId, day: date) -> ShownStructure:
    """The structure of that id as it is shown where a file points to it. ``day``: when somebody is to be there."""
    one = directory.structures.get(key)
    if one is None:
        return ShownStructure(
            id=key, name=None, kind=None, commune=None, phone=None, closed_on=None, there=False, heir=None
        )
    following = structure.heir(one, directory.structures, day)
    return ShownStructure(
        id=one.id,
        name=one.name,
        kind=one.kind,
        commune=one.commune,
        phone=_phone(one),
        closed_on=one.closed_on,
        there=structure.exists_on(one, day),
        heir=Heir(id=following.id, name=following.name, commune=following.commune, phone=_phone(following))
        if following is not None and following.id != one.id
        else None,
    )


def _fields(found: search.Found, directory: search.Directory, at: CoreInstant) -> dict[str, Any]:
    one, distance = found.structure, found.distance
    code = directory.academie_of(one.id)
    academie = academies.ACADEMIES[academies.AcademieCode(code)] if code is not None else None
    return {
        "id": one.id,
        "kind": one.kind,
        "label": structure.LABELS[one.kind],
        "name": one.name,
        "address": one.address,
        "postcode": one.postcode,
        "commune": one.commune,
        "phone": _phone(one),
        "phone_number": one.phone.number if one.phone is not None else None,
        "mail": one.mail,
        "site": one.site,
        "hours": structures_csv.week_text(one.hours) if one.hours is not None else None,
        "appointments": structures_csv.week_text(one.appointments.week) if one.appointments is not None else None,
        "appointment_min": one.appointments.each_min if one.appointments is not None else None,
        "latitude": one.point.latitude if one.point is not None else None,
        "longitude": one.point.longitude if one.point is not None else None,
        "open_from": one.open_from,
        "closed_on": one.closed_on,
        "successor": one.successor,
        "academie": Academie(code=academie.code, name=academie.name) if academie is not None else None,
        "open_now": structure.is_open(one, at),
        "distance": Distance(km=round(distance.km, 1), rough=distance.rough) if distance is not None else None,
    }


def _phone(one: structure.Structure) -> str | None:
    return one.phone.shown if one.phone is not None else None


def _windows(one: structure.Structure, at: CoreInstant) -> Iterable[AppointmentWindow]:
    zone = structure.home_of(one).zone
    today = wall_clock(at, zone).date()
    last = add_working_days(today - timedelta(days=1), WINDOW_DAYS, one.postcode)
    for window in structure.appointment_windows(one, at, (last - today).days + 1):
        yield AppointmentWindow(
            start=window.start_at,
            end=window.end_at,
            local_start=wall_clock(window.start_at, zone),
            local_end=wall_clock(window.end_at, zone),
        )
