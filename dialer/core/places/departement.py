"""Postcode → département: the 101, the collectivities overseas, and the postcodes that two of them share.

Decides where in France a postcode lies, and says of those that lie nowhere why. Must not know académies, clocks nor
cases.

Sources. The digits of a postcode are those of the office that delivers, and its département's as a rule. Corse: 200 and
201 are Corse-du-Sud, 202 to 206 Haute-Corse, and 207 the CEDEX of Ajaccio (20700, 20701, 20704). La Réunion: 974, and
9782x the CEDEX of Le Port (97821, 97822, 97829), although 978 is Saint-Martin's INSEE number, under which mail goes to
97150. A CEDEX has the digits of its office; an office that serves the CEDEX of a neighbour is not in any public list
that we know.

Shared postcodes: the 19 of Wikipédia's "Liste des communes de France dont le code postal ne correspond pas au
département", in the two public copies that were read, OCA/l10n-france and SocialGouv/domifa; the latter's entries that
name a postcode's own département are left out. In each the office's département comes first: its communes share the
postcode with the neighbour's, and a postcode does not tell them apart. The list is not La Poste's base, so it may lack
some: whoever is placed wrongly by that is handed over with a reason, like anybody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NewType

Departement = NewType("Departement", str)
"""The number of a département or of a collectivity overseas: "01" to "95", "2A", "2B", "971" to "988"."""


class Nowhere(StrEnum):
    """Why a postcode lies in no département of ours."""

    NO_POSTCODE = "no_postcode"
    """None was given."""
    NOT_A_POSTCODE = "not_a_postcode"
    """Not five digits."""
    MONACO = "monaco"
    UNKNOWN = "unknown"
    """Five digits with which no place in France begins, such as those of the armies, or of La Poste's own services."""


NAMES: Mapping[Departement, str] = MappingProxyType(
    {
        Departement(number): name
        for number, name in (
            ("01", "Ain"), ("02", "Aisne"), ("03", "Allier"), ("04", "Alpes-de-Haute-Provence"), ("05", "Hautes-Alpes"),
            ("06", "Alpes-Maritimes"), ("07", "Ardèche"), ("08", "Ardennes"), ("09", "Ariège"), ("10", "Aube"),
            ("11", "Aude"), ("12", "Aveyron"), ("13", "Bouches-du-Rhône"), ("14", "Calvados"), ("15", "Cantal"),
            ("16", "Charente"), ("17", "Charente-Maritime"), ("18", "Cher"), ("19", "Corrèze"), ("2A", "Corse-du-Sud"),
            ("2B", "Haute-Corse"), ("21", "Côte-d'Or"), ("22", "Côtes-d'Armor"), ("23", "Creuse"), ("24", "Dordogne"),
            ("25", "Doubs"), ("26", "Drôme"), ("27", "Eure"), ("28", "Eure-et-Loir"), ("29", "Finistère"),
            ("30", "Gard"), ("31", "Haute-Garonne"), ("32", "Gers"), ("33", "Gironde"), ("34", "Hérault"),
            ("35", "Ille-et-Vilaine"), ("36", "Indre"), ("37", "Indre-et-Loire"), ("38", "Isère"), ("39", "Jura"),
            ("40", "Landes"), ("41", "Loir-et-Cher"), ("42", "Loire"), ("43", "Haute-Loire"),
            ("44", "Loire-Atlantique"), ("45", "Loiret"), ("46", "Lot"), ("47", "Lot-et-Garonne"), ("48", "Lozère"),
            ("49", "Maine-et-Loire"), ("50", "Manche"), ("51", "Marne"), ("52", "Haute-Marne"), ("53", "Mayenne"),
            ("54", "Meurthe-et-Moselle"), ("55", "Meuse"), ("56", "Morbihan"), ("57", "Moselle"), ("58", "Nièvre"),
            ("59", "Nord"), ("60", "Oise"),
            ("61", "Orne"), ("62", "Pas-de-Calais"), ("63", "Puy-de-Dôme"), ("64", "Pyrénées-Atlantiques"),
            ("65", "Hautes-Pyrénées"), ("66", "Pyrénées-Orientales"), ("67", "Bas-Rhin"), ("68", "Haut-Rhin"),
            ("69", "Rhône"), ("70", "Haute-Saône"), ("71", "Saône-et-Loire"), ("72", "Sarthe"), ("73", "Savoie"),
            ("74", "Haute-Savoie"), ("75", "Paris"), ("76", "Seine-Maritime"), ("77", "Seine-et-Marne"),
            ("78", "Yvelines"), ("79", "Deux-Sèvres"), ("80", "Somme"), ("81", "Tarn"), ("82", "Tarn-et-Garonne"),
            ("83", "Var"), ("84", "Vaucluse"), ("85", "Vendée"), ("86", "Vienne"), ("87", "Haute-Vienne"),
            ("88", "Vosges"), ("89", "Yonne"), ("90", "Territoire de Belfort"), ("91", "Essonne"),
            ("92", "Hauts-de-Seine"), ("93", "Seine-Saint-Denis"), ("94", "Val-de-Marne"), ("95", "Val-d'Oise"),
            ("971", "Guadeloupe"), ("972", "Martinique"), ("973", "Guyane"), ("974", "La Réunion"), ("976", "Mayotte"),
            ("975", "Saint-Pierre-et-Miquelon"), ("977", "Saint-Barthélemy"), ("978", "Saint-Martin"),
            ("986", "Wallis-et-Futuna"), ("987", "Polynésie française"), ("988", "Nouvelle-Calédonie"),
        )
    }
)  # fmt: skip
"""The 101 départements and the six collectivities overseas where people have a French postcode, by their numbers."""

COLLECTIVITIES = frozenset(map(Departement, ("975", "977", "978", "986", "987", "988")))
"""Those of `NAMES` that are no département."""

SHARED: Mapping[str, Departement] = MappingProxyType(
    {
        postcode: Departement(number)
        for postcode, number in (
            ("01200", "74"),  # Éloise
            ("01410", "39"),  # Lajoux
            ("01590", "39"),  # Chancia, Lavancia-Epercy
            ("05110", "04"),  # Claret, Curbans
            ("05130", "04"),  # Piégut, Venterol
            ("05160", "04"),  # Pontis
            ("05700", "26"),  # Villebois-les-Pins
            ("06260", "04"),  # La Rochette, Saint-Pierre
            ("13780", "83"),  # Riboux
            ("21340", "71"),  # Change
            ("33220", "24"),  # Fougueyrolles, Port-Sainte-Foy-et-Ponchapt
            ("36260", "18"),
            ("37160", "86"),  # Buxeuil
            ("42620", "03"),  # Saint-Pierre-Laval
            ("43450", "15"),  # Leyvaux
            ("48250", "07"),  # Laveyrune
            ("52100", "51"),  # Saint-Eulien, Sapignicourt
            ("73670", "38"),
            ("94390", "91"),  # Paray-Vieille-Poste
        )
    }
)
"""Postcodes under which communes of a second département get their mail, and which that is."""

_POSTCODE = re.compile(r"\d{5}", re.ASCII)
_CORSE = {"200": "2A", "201": "2A", "207": "2A"} | dict.fromkeys(("202", "203", "204", "205", "206"), "2B")
_OVERSEAS = {"97133": "977", "97150": "978"}
_CEDEX_OF_LA_REUNION = "9782"


def departements_of(postcode: str | None) -> tuple[Departement, ...] | Nowhere:
    """Where a postcode lies: the département of its office first, then one whose communes share it. Or why nowhere."""
    if postcode is None:
        return Nowhere.NO_POSTCODE
    if not _POSTCODE.fullmatch(postcode):
        return Nowhere.NOT_A_POSTCODE
    if postcode.startswith("980"):
        return Nowhere.MONACO
    if postcode.startswith("20"):
        # Of what nobody has listed (208, 209) it is sure that it is Corse, and no more.
        found = _CORSE.get(postcode[:3])
        return (Departement(found),) if found else (Departement("2A"), Departement("2B"))
    number = Departement(_number(postcode))
    if number not in NAMES:
        return Nowhere.UNKNOWN
    neighbour = SHARED.get(postcode)
    return (number,) if neighbour is None else (number, neighbour)


def _number(postcode: str) -> str:
    if postcode.startswith(_CEDEX_OF_LA_REUNION):
        return "974"
    return _OVERSEAS.get(postcode) or postcode[: 3 if postcode >= "96" else 2]
