"""The twelve parts of France that a number or a person may be in: their clocks, their holidays, their postcodes.

Decides nothing about numbers (`numbers.py`) nor about hours (`schedules.windows`): it is their map. Saint-Martin's
abolition day is 27 or 28 May, sources differ (domain notes): it is a default here and configuration above.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from schedules import calendar
from schedules.calendar import HolidaySet
from schedules.windows import Home


class Territory(StrEnum):
    METROPOLE = "metropole"
    GUADELOUPE = "guadeloupe"
    MARTINIQUE = "martinique"
    GUYANE = "guyane"
    REUNION = "reunion"
    MAYOTTE = "mayotte"
    SAINT_PIERRE_ET_MIQUELON = "saint_pierre_et_miquelon"
    SAINT_BARTHELEMY = "saint_barthelemy"
    SAINT_MARTIN = "saint_martin"
    NOUVELLE_CALEDONIE = "nouvelle_caledonie"
    POLYNESIE = "polynesie"
    WALLIS_ET_FUTUNA = "wallis_et_futuna"


TAHITI, MARQUESAS, GAMBIER = "Pacific/Tahiti", "Pacific/Marquesas", "Pacific/Gambier"

ZONES: Mapping[Territory, tuple[str, ...]] = MappingProxyType(
    {
        Territory.METROPOLE: ("Europe/Paris",),
        Territory.GUADELOUPE: ("America/Guadeloupe",),
        Territory.MARTINIQUE: ("America/Martinique",),
        Territory.GUYANE: ("America/Cayenne",),
        Territory.REUNION: ("Indian/Reunion",),
        Territory.MAYOTTE: ("Indian/Mayotte",),
        Territory.SAINT_PIERRE_ET_MIQUELON: ("America/Miquelon",),
        # The tz database gives these two names of their own for the clock of Guadeloupe.
        Territory.SAINT_BARTHELEMY: ("America/Guadeloupe",),
        Territory.SAINT_MARTIN: ("America/Guadeloupe",),
        Territory.NOUVELLE_CALEDONIE: ("Pacific/Noumea",),
        Territory.POLYNESIE: (TAHITI, MARQUESAS, GAMBIER),
        Territory.WALLIS_ET_FUTUNA: ("Pacific/Wallis",),
    }
)
"""The IANA zones of each; the first is where nearly everybody lives."""

_CLOCKS = {name: ZoneInfo(name) for names in ZONES.values() for name in names}

HOLIDAYS: Mapping[Territory, HolidaySet] = MappingProxyType(
    {
        **dict.fromkeys(Territory, calendar.FRANCE),
        Territory.GUADELOUPE: calendar.GUADELOUPE,
        Territory.MARTINIQUE: calendar.MARTINIQUE,
        Territory.GUYANE: calendar.GUYANE,
        Territory.REUNION: calendar.REUNION,
        Territory.MAYOTTE: calendar.MAYOTTE,
        Territory.SAINT_BARTHELEMY: calendar.SAINT_BARTHELEMY,
        Territory.SAINT_MARTIN: HolidaySet(abolition=(5, 28)),
    }
)
"""The holidays observed in each, the default of `CallingRules`."""

_POSTCODE = re.compile(r"\d{5}", re.ASCII)
_BY_POSTCODE = {
    "97133": Territory.SAINT_BARTHELEMY,
    "97150": Territory.SAINT_MARTIN,
    "971": Territory.GUADELOUPE,
    "972": Territory.MARTINIQUE,
    "973": Territory.GUYANE,
    "974": Territory.REUNION,
    "975": Territory.SAINT_PIERRE_ET_MIQUELON,
    "976": Territory.MAYOTTE,
    "977": Territory.SAINT_BARTHELEMY,
    "978": Territory.SAINT_MARTIN,
    "986": Territory.WALLIS_ET_FUTUNA,
    "987": Territory.POLYNESIE,
    "988": Territory.NOUVELLE_CALEDONIE,
}


def of_postcode(postcode: str | None) -> Territory | None:
    """The territory a postcode lies in; None for what is no French postcode (Monaco's 980 neither)."""
    if postcode is None or not _POSTCODE.fullmatch(postcode):
        return None
    if "01" <= postcode[:2] <= "95":
        return Territory.METROPOLE
    if postcode.startswith("9782"):  # the CEDEX of Le Port; 978 is Saint-Martin's INSEE number
        return Territory.REUNION
    return _BY_POSTCODE.get(postcode) or _BY_POSTCODE.get(postcode[:3])


def zone_of(territory: Territory, postcode: str | None = None) -> str:
    """The IANA zone there. In Polynesia by the island's postcode (fourth digit 4: Marquesas, UPU; 98755: Gambier)."""
    if territory is Territory.POLYNESIE and of_postcode(postcode) is territory and postcode is not None:
        if postcode[3] == "4":
            return MARQUESAS
        if postcode == "98755":
            return GAMBIER
    return ZONES[territory][0]


def homes(
    territory: Territory,
    zone: str,
    postcode: str | None = None,
    holidays: Mapping[Territory, HolidaySet] = HOLIDAYS,
) -> tuple[Home, ...]:
    """Whose hours hold for somebody with a number of `territory` who gave that postcode.

    A mobile travels, a student from La Réunion lives in Paris: when the number and the postcode are of two
    territories, both are homes, so that nobody is called at night on a guess. ValueError when `zone` is none of the
    territory's.
    """
    if zone not in ZONES[territory]:
        raise ValueError(f"{zone} is no time zone of {territory}")
    said = of_postcode(postcode)
    first = Home(_CLOCKS[zone], _observed(territory, postcode, holidays))
    if said is None or said is territory:
        return (first,)
    return first, Home(_CLOCKS[zone_of(said, postcode)], _observed(said, postcode, holidays))


def _observed(territory: Territory, postcode: str | None, holidays: Mapping[Territory, HolidaySet]) -> HolidaySet:
    # Moselle, Bas-Rhin and Haut-Rhin have Good Friday and 26 December too.
    if territory is Territory.METROPOLE and of_postcode(postcode) is territory and postcode is not None:
        return calendar.ALSACE_MOSELLE if postcode[:2] in ("57", "67", "68") else holidays[territory]
    return holidays[territory]
