"""The thirty académies: which départements each has, which school holidays, and which one a postcode belongs to.

Decides the académie of a place, or why it has none. Must not know cases nor officers.

Sources. Départements: code de l'éducation, article R. 222-2. Saint-Pierre-et-Miquelon: the powers of a recteur are
those of the recteur of Normandie (code de l'éducation, livre II, by décret 2020-1542, since 1/1/2021). Saint-Barthélemy
and Saint-Martin: the recteur of Guadeloupe, with a vice-recteur as deputy (the same book). Wallis-et-Futuna, Polynésie
française and Nouvelle-Calédonie have a vice-rectorat and no académie: a case there goes to the national pool with that
reason, and not to somebody far away by a guess. Codes: the ministry's two digits, as public services use them. Zones:
arrêté of 15/12/2020, unchanged since.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import NewType

from dialer.core.places.departement import NAMES, Departement, Nowhere, departements_of
from dialer.core.reasons import Sentence
from schedules.school_holidays import Zone

AcademieCode = NewType("AcademieCode", str)
"""Two digits, as "10" for Lyon: what tokens, cases and the API hold."""


@dataclass(frozen=True, slots=True)
class Academie:
    """zone: A, B or C; None: sets its own school holidays."""

    code: AcademieCode
    name: str
    zone: Zone | None
    departements: tuple[Departement, ...]

    @property
    def title(self) -> str:
        """ "académie d'Amiens"."""
        return f"académie d'{self.name}" if self.name[0] in "AO" else f"académie de {self.name}"


class NoAcademie(StrEnum):
    """Why a place is in no académie. The first four are those of `Nowhere`."""

    NO_POSTCODE = "no_postcode"
    NOT_A_POSTCODE = "not_a_postcode"
    MONACO = "monaco"
    UNKNOWN = "unknown"
    VICE_RECTORAT = "vice_rectorat"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a postcode belongs. ``others``: académies that it may belong to as well, as its communes are of two."""

    departement: Departement
    academie: AcademieCode
    others: tuple[AcademieCode, ...] = ()


def _academie(code: str, name: str, zone: Zone | None, departements: str) -> tuple[AcademieCode, Academie]:
    own = AcademieCode(code)
    return own, Academie(own, name, zone, tuple(Departement(number) for number in departements.split()))


ACADEMIES: Mapping[AcademieCode, Academie] = MappingProxyType(
    dict(
        (
            _academie("01", "Paris", Zone.C, "75"),
            _academie("02", "Aix-Marseille", Zone.B, "04 05 13 84"),
            _academie("03", "Besançon", Zone.A, "25 39 70 90"),
            _academie("04", "Bordeaux", Zone.A, "24 33 40 47 64"),
            _academie("06", "Clermont-Ferrand", Zone.A, "03 15 43 63"),
            _academie("07", "Dijon", Zone.A, "21 58 71 89"),
            _academie("08", "Grenoble", Zone.A, "07 26 38 73 74"),
            _academie("09", "Lille", Zone.B, "59 62"),
            _academie("10", "Lyon", Zone.A, "01 42 69"),
            _academie("11", "Montpellier", Zone.C, "11 30 34 48 66"),
            _academie("12", "Nancy-Metz", Zone.B, "54 55 57 88"),
            _academie("13", "Poitiers", Zone.A, "16 17 79 86"),
            _academie("14", "Rennes", Zone.B, "22 29 35 56"),
            _academie("15", "Strasbourg", Zone.B, "67 68"),
            _academie("16", "Toulouse", Zone.C, "09 12 31 32 46 65 81 82"),
            _academie("17", "Nantes", Zone.B, "44 49 53 72 85"),
            _academie("18", "Orléans-Tours", Zone.B, "18 28 36 37 41 45"),
            _academie("19", "Reims", Zone.B, "08 10 51 52"),
            _academie("20", "Amiens", Zone.B, "02 60 80"),
            _academie("22", "Limoges", Zone.A, "19 23 87"),
            _academie("23", "Nice", Zone.B, "06 83"),
            _academie("24", "Créteil", Zone.C, "77 93 94"),
            _academie("25", "Versailles", Zone.C, "78 91 92 95"),
            _academie("27", "Corse", None, "2A 2B"),
            _academie("28", "La Réunion", None, "974"),
            _academie("31", "Martinique", None, "972"),
            _academie("32", "Guadeloupe", None, "971 977 978"),
            _academie("33", "Guyane", None, "973"),
            _academie("43", "Mayotte", None, "976"),
            _academie("70", "Normandie", Zone.B, "14 27 50 61 76 975"),
        )
    )
)

_BY_DEPARTEMENT = {number: each.code for each in ACADEMIES.values() for number in each.departements}
_CALENDAR_OF_ITS_OWN = frozenset(map(Departement, ("975", "977", "978")))

SENTENCES: Mapping[NoAcademie, Sentence] = MappingProxyType(
    {
        NoAcademie.NO_POSTCODE: Sentence("The postcode is not known.", "Le code postal n'est pas connu."),
        NoAcademie.NOT_A_POSTCODE: Sentence(
            "The postcode has not five digits.", "Le code postal n'a pas cinq chiffres."
        ),
        NoAcademie.MONACO: Sentence("Monaco has no académie.", "Monaco n'a pas d'académie."),
        NoAcademie.UNKNOWN: Sentence(
            "No place in France has a postcode that begins so.", "Aucun lieu de France n'a un code postal de ce début."
        ),
        NoAcademie.VICE_RECTORAT: Sentence(
            "There a vice-rectorat takes the place of an académie.", "Ce territoire relève d'un vice-rectorat."
        ),
    }
)


def academie_of(departement: Departement) -> AcademieCode | None:
    """The académie of a département; None for those of a vice-rectorat (986 to 988)."""
    return _BY_DEPARTEMENT.get(departement)


def place_of(postcode: str | None) -> Place | NoAcademie:
    """The académie that a postcode belongs to, or why it belongs to none. A CEDEX is like any other."""
    found = departements_of(postcode)
    if isinstance(found, Nowhere):
        return NoAcademie(found.value)
    own, *neighbours = found
    academie = academie_of(own)
    if academie is None:
        return NoAcademie.VICE_RECTORAT
    codes = (academie_of(each) for each in neighbours)
    return Place(own, academie, tuple(code for code in codes if code not in (None, academie)))


def named(text: str) -> Academie | None:
    """The académie that somebody wrote: its code, or its name with or without accents, case, hyphens or article."""
    return ACADEMIES.get(AcademieCode(text.strip())) or _BY_NAME.get(_plain(text))


def school_calendar_of(departement: Departement) -> str | None:
    """Whose school holidays hold there: "A", "B", "C", or the name of an académie or island that sets its own.

    None: of a vice-rectorat, so that nobody knows. By département, because Saint-Pierre-et-Miquelon, Saint-Barthélemy
    and Saint-Martin set their own (arrêté of 15/12/2020) under the recteur of somewhere else.
    """
    academie = academie_of(departement)
    if academie is None:
        return None
    if departement in _CALENDAR_OF_ITS_OWN:
        return NAMES[departement]
    return ACADEMIES[academie].zone or ACADEMIES[academie].name


def _plain(text: str) -> str:
    """ "Académie d'Orléans-Tours" and "orleans tours" are one name; "la" and "La Réunion" lose their article."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    words = "".join(each if each.isalnum() else " " for each in letters if not unicodedata.combining(each)).split()
    return " ".join(word for word in words if word not in ("academie", "de", "d", "la"))


_BY_NAME = {_plain(each.name): each for each in ACADEMIES.values()}
