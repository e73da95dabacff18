"""One structure of the directory: who takes young people up, where, when it is open, since and until when.

Decides whether it is open at an instant, which appointments its week holds, and how it closes. A structure is never
deleted: it closes, and a successor may take its cases over. Must not know the cases, the file it was read from, or who
is near it. `outcomes.Structure` has the kinds that somebody may be oriented to; here is the whole list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import NewType

from dialer.core.callbacks import outcomes
from dialer.core.places.centroids import Point
from dialer.core.places.territory import homes, of_postcode, zone_of
from dialer.core.words import E164, Instant
from schedules.calendar import public_holiday
from schedules.hours import Spans
from schedules.walltime import instant_of, wall_clock
from schedules.windows import Home, Window

StructureId = NewType("StructureId", str)
"""A short name (`cio-laval`) or an official code (UAI, SIRET), as the directory's owner gives it. It never changes."""

Week = tuple[Spans, ...]
"""Seven days, Monday first, on the clock of the place."""


class StructureKind(StrEnum):
    PSAD = "PSAD"
    CIO = "CIO"
    ML = "ML"
    MLDS = "MLDS"
    FOQUALE = "FOQUALE"
    E2C = "E2C"
    CFA = "CFA"
    GRETA = "GRETA"
    EPIDE = "EPIDE"
    FRANCE_TRAVAIL = "FRANCE_TRAVAIL"
    ETABLISSEMENT = "ETABLISSEMENT"
    """A school that takes people back, such as a microlycée."""
    AUTRE = "AUTRE"


LABELS: Mapping[StructureKind, str] = MappingProxyType(
    {
        StructureKind.PSAD: "Plateforme de suivi et d'appui aux décrocheurs",
        StructureKind.CIO: "Centre d'information et d'orientation",
        StructureKind.ML: "Mission locale",
        StructureKind.MLDS: "Mission de lutte contre le décrochage scolaire",
        StructureKind.FOQUALE: "Réseau FOQUALE",
        StructureKind.E2C: "École de la 2e chance",
        StructureKind.CFA: "Centre de formation d'apprentis",
        StructureKind.GRETA: "GRETA",
        StructureKind.EPIDE: "EPIDE",
        StructureKind.FRANCE_TRAVAIL: "France Travail",
        StructureKind.ETABLISSEMENT: "Établissement scolaire",
        StructureKind.AUTRE: "Autre structure",
    }
)
"""In French, as people read it and search for it."""


def oriented_to(kind: StructureKind) -> outcomes.Structure | None:
    """The kind in the words of an ORIENTE; None where an outcome cannot name it."""
    return next((each for each in outcomes.Structure if each.value == kind.value), None)


@dataclass(frozen=True, slots=True)
class Phone:
    """``number`` None: an 08 or a short number, which is shown and which we never dial."""

    shown: str
    number: E164 | None


@dataclass(frozen=True, slots=True)
class Appointments:
    """When it receives people by appointment, and how long each one is."""

    week: Week
    each_min: int

    def __post_init__(self) -> None:
        if self.each_min < 1:
            raise ValueError(f"an appointment of {self.each_min} minutes is none")


@dataclass(frozen=True, slots=True)
class Structure:
    """open_from, closed_on: the first day on which it is there, and the first on which it is there no more.

    hours, appointments: None where nobody said. ValueError when it has a successor and is not closed.
    """

    id: StructureId
    kind: StructureKind
    name: str
    postcode: str
    commune: str
    address: str | None = None
    phone: Phone | None = None
    mail: str | None = None
    site: str | None = None
    hours: Week | None = None
    appointments: Appointments | None = None
    point: Point | None = None
    open_from: date | None = None
    closed_on: date | None = None
    successor: StructureId | None = None

    def __post_init__(self) -> None:
        if self.successor is not None and self.closed_on is None:
            raise ValueError(f"{self.id} has a successor and is not closed")

    @property
    def end(self) -> tuple[date | None, StructureId | None]:
        """The day from which on it is there no more, and who takes its cases over."""
        return self.closed_on, self.successor


# -- when it is there -------------------------------------------------------------------------------


def exists_on(structure: Structure, day: date) -> bool:
    """Whether somebody can be sent there that day, be it one on which its door is shut."""
    begun = structure.open_from is None or structure.open_from <= day
    return begun and (structure.closed_on is None or day < structure.closed_on)


def is_open(structure: Structure, at: Instant) -> bool | None:
    """Whether its door is open at ``at``, by the clock and the public holidays of its place; None: nobody said when."""
    home = home_of(structure)
    shown = wall_clock(at, home.zone)
    if not exists_on(structure, shown.date()):
        return False
    if structure.hours is None:
        return None
    minute = shown.hour * 60 + shown.minute
    return any(minute in span for span in _spans_on(structure.hours, shown.date(), home))


def appointment_windows(structure: Structure, at: Instant, days: int) -> Iterator[Window]:
    """The appointments that its week holds after ``at``, on its next ``days`` days; which are taken it cannot know.

    Whole ones only: of 9:00–10:15, an hour each, there is one.
    """
    if structure.appointments is None:
        return
    home, each_min = home_of(structure), structure.appointments.each_min
    today = wall_clock(at, home.zone).date()
    for day in (today + timedelta(days=ahead) for ahead in range(days)):
        if not exists_on(structure, day):
            continue
        for span in _spans_on(structure.appointments.week, day, home):
            for minute in range(span.start, span.end - each_min + 1, each_min):
                starts_at = instant_of(day, minute, home.zone)
                if starts_at > at:
                    yield Window(starts_at, starts_at + timedelta(minutes=each_min))


def home_of(structure: Structure) -> Home:
    """Its clock and its holidays."""
    territory = of_postcode(structure.postcode)
    if territory is None:
        raise ValueError(f"{structure.id} has a postcode that is none")
    return homes(territory, zone_of(territory, structure.postcode), structure.postcode)[0]


def _spans_on(week: Week, day: date, home: Home) -> Spans:
    return () if public_holiday(day, home.observed) is not None else week[day.weekday()]


# -- how it closes ----------------------------------------------------------------------------------


class WhyNotClosed(StrEnum):
    CASES = "cases"
    """Cases point to it, and nobody takes them over."""
    ITSELF = "itself"
    UNKNOWN = "unknown"
    """The successor is not in the directory."""
    NOT_THERE = "not_there"
    """The successor is closed on that day, or has not begun."""
    BEFORE = "before"
    """It would be closed before it began."""
    HEIR = "heir"
    """Another one hands its cases over to it on that day or later."""


@dataclass(frozen=True, slots=True)
class NotClosed:
    """``cases``: how many point to it. ``other``: whose name helps to mend it."""

    why: WhyNotClosed
    cases: int = 0
    other: StructureId | None = None


@dataclass(frozen=True, slots=True)
class Closing:
    """Done. ``cases`` pass to its successor on the day of the closing; 0: none pointed to it."""

    structure: Structure
    cases: int


def close(
    structure: Structure,
    on: date,
    successor: StructureId | None,
    known: Mapping[StructureId, Structure],
    cases_of: Callable[[StructureId], int],
) -> Closing | NotClosed:
    """The structure closed from ``on``. ``cases_of``: how many open cases point to a structure."""
    closed = replace(structure, closed_on=on, successor=successor)
    after = {**known, structure.id: closed}
    wrong = wrong_end(closed, after)
    if wrong is not None:
        return wrong
    for other in after.values():
        if other.successor == structure.id and wrong_end(other, after) is not None:
            return NotClosed(WhyNotClosed.HEIR, other=other.id)
    cases = cases_of(structure.id)
    return NotClosed(WhyNotClosed.CASES, cases) if cases and successor is None else Closing(closed, cases)


def wrong_end(structure: Structure, known: Mapping[StructureId, Structure]) -> NotClosed | None:
    """What is wrong with the end that it has, among all structures as they would be.

    Whoever takes over is there on that day, so each closes later than the one before it, and `heir` comes to an end.
    """
    on, successor = structure.closed_on, structure.successor
    if on is None:
        return None
    if structure.open_from is not None and on <= structure.open_from:
        return NotClosed(WhyNotClosed.BEFORE)
    if successor is None:
        return None
    if successor == structure.id:
        return NotClosed(WhyNotClosed.ITSELF)
    if successor not in known:
        return NotClosed(WhyNotClosed.UNKNOWN, other=successor)
    if not exists_on(known[successor], on):
        return NotClosed(WhyNotClosed.NOT_THERE, other=successor)
    return None


def heir(structure: Structure, known: Mapping[StructureId, Structure], day: date) -> Structure | None:
    """Who is there on ``day`` for those who were sent to it: itself, or the last of its successors; None: nobody."""
    seen: set[StructureId] = set()
    while structure.closed_on is not None and structure.closed_on <= day:
        seen.add(structure.id)
        following = known.get(structure.successor) if structure.successor is not None else None
        if following is None or following.id in seen:
            return None
        structure = following
    return structure if exists_on(structure, day) else None
