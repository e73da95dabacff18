"""A small directory of structures that do not exist, in places that do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from dialer.core.places.centroids import Point
from dialer.core.structures.structure import Phone, Structure, StructureId, StructureKind, Week
from dialer.core.words import E164
from schedules.hours import Span

OFFICE: Week = ((Span(540, 720), Span(840, 1020)),) * 5 + ((), ())
"""9–12h and 14–17h, Monday to Friday."""

LAVAL = Structure(
    StructureId("cio-laval"),
    StructureKind.CIO,
    "CIO de Laval",
    "53000",
    "Laval",
    "1 rue des Essais",
    Phone("01 99 00 00 01", E164("+33199000001")),
    "cio@example.fr",
    "https://cio.example.fr",
    OFFICE,
    point=Point(48.07, -0.77),
)
MAYENNE = Structure(StructureId("ml-mayenne"), StructureKind.ML, "Mission locale du Bocage", "53100", "Mayenne")
RENNES = Structure(
    StructureId("0350001Z"), StructureKind.CIO, "CIO Rennes-Centre", "35000", "Rennes", point=Point(48.11, -1.68)
)
PARIS = Structure(StructureId("e2c-paris"), StructureKind.E2C, "École de la 2e chance", "75019", "Paris", hours=OFFICE)
REUNION = Structure(
    StructureId("ml-nord"), StructureKind.ML, "Mission locale Nord", "97400", "Saint-Denis", hours=OFFICE
)
ALL = (LAVAL, MAYENNE, RENNES, PARIS, REUNION)


def directory(*structures: Structure) -> dict[StructureId, Structure]:
    return {each.id: each for each in structures or ALL}


def closed(structure: Structure, on: date, successor: Structure | None = None) -> Structure:
    return replace(structure, closed_on=on, successor=successor.id if successor is not None else None)


def no_cases(structure: StructureId) -> int:
    return 0


def cases(**of: int) -> Callable[[StructureId], int]:
    """``cio_laval=3``: so many open cases point to `cio-laval`."""
    return lambda structure: of.get(structure.replace("-", "_"), 0)
