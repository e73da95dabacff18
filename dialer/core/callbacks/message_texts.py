"""The French of a message to somebody's telephone: one part of an SMS where that can be.

Decides words only. Never anything that says why they asked, what was asked or who we are: whoever sees the screen of
that telephone may be somebody else. Only signs of the alphabet of GSM 03.38, of which 160 make one part, and only 70
where a single sign is foreign to it: ê, ô, û and ç, the typographic apostrophe and the no-break space all are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from dialer.core.reference import spoken
from schedules.walltime import PARIS, wall_clock
from schedules.windows import Window

PART_MAX = 160
_LATER_PART, _FOREIGN_MAX, _FOREIGN_LATER_PART = 153, 70, 67
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TWO_SEPTETS = frozenset("^{}\\[~]|€\f")

_WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "aout", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
"""`aout` as the spelling of 1990 has it: its circumflex would make two parts of one."""

CLOCKS: Mapping[str, str] = MappingProxyType(
    {
        "Europe/Paris": "heure de Paris",
        "America/Guadeloupe": "heure de Guadeloupe",
        "America/Martinique": "heure de Martinique",
        "America/Cayenne": "heure de Guyane",
        "Indian/Reunion": "heure de La Réunion",
        "Indian/Mayotte": "heure de Mayotte",
        "America/Miquelon": "heure de Saint-Pierre",
        "Pacific/Noumea": "heure de Nouméa",
        "Pacific/Tahiti": "heure de Tahiti",
        "Pacific/Marquesas": "heure des Marquises",
        "Pacific/Gambier": "heure des Gambier",
        "Pacific/Wallis": "heure de Wallis",
    }
)
"""Whose hour it is, by the IANA zone."""


@dataclass(frozen=True, slots=True)
class When:
    """The same said twice, as one would write it and as short as it can be."""

    full: str
    brief: str


def confirmation(reference: str, when: When, link: str | None, *, moved: bool) -> str:
    """``moved``: the request is known already, and its time is another one now."""
    done = "modifiée" if moved else "enregistrée"
    full = f"Votre demande de rappel est {done} (référence {_grouped(reference)}). Nous vous appellerons {when.full}."
    return _shortest_needed(full, "Rappel prévu", reference, when, link)


def reminder(reference: str, when: When, link: str | None) -> str:
    full = f"Pour mémoire, nous vous appellerons {when.full} (référence {_grouped(reference)})."
    return _shortest_needed(full, "Pour mémoire, rappel", reference, when, link)


def when(window: Window | None, zone: ZoneInfo, *, named: bool) -> When:
    """ "mardi 17 mars entre 10 h et 12 h", on the wall in `zone`; None: as soon as possible.

    named: say whose hour it is although it is that of Paris; any other is always named.
    """
    if window is None:
        return When("dès que possible", "dès que possible")
    start, end = wall_clock(window.start_at, zone), wall_clock(window.end_at, zone)
    last = (end - timedelta(microseconds=1)).date()
    until = "minuit" if last != end.date() else _hour(end)
    clock = f" ({CLOCKS[zone.key]})" if named or zone != PARIS else ""

    def said(day: Callable[[date], str]) -> str:
        if start.date() == last:
            return f"{day(last)} entre {_hour(start)} et {until}{clock}"
        return f"entre {day(start.date())} à {_hour(start)} et {day(last)} à {until}{clock}"

    return When(said(_day), said(_brief_day))


def parts(text: str) -> int:
    """How many parts an operator makes of it, and bills."""
    if all(sign in _BASIC or sign in _TWO_SEPTETS for sign in text):
        length, one, more = sum(2 if sign in _TWO_SEPTETS else 1 for sign in text), PART_MAX, _LATER_PART
    else:
        length, one, more = len(text.encode("utf-16-le")) // 2, _FOREIGN_MAX, _FOREIGN_LATER_PART
    return 1 if length <= one else -(-length // more)


def _shortest_needed(full: str, short: str, reference: str, when: When, link: str | None) -> str:
    """The fullest wording that is one part; where none is, the fullest of all."""
    if link is None:
        wordings = [full, f"{short} {when.full} (réf. {_grouped(reference)})."]
    else:
        wordings = [
            f"{full} Suivre ou annuler : {link}",
            f"{short} {when.full} (réf. {_grouped(reference)}). Suivre ou annuler : {link}",
            f"{short} {when.full}. Suivre ou annuler : {link}",  # the reference is in the link
            f"{short} {when.full}. Suivi : {link}",
            f"Rappel prévu {when.brief}. Suivi : {link}",
        ]
    return next((text for text in wordings if parts(text) == 1), wordings[0])


def _grouped(reference: str) -> str:
    return " ".join(spoken(reference))


def _day(day: date) -> str:
    return f"{_WEEKDAYS[day.weekday()]} {'1er' if day.day == 1 else day.day} {_MONTHS[day.month - 1]}"


def _brief_day(day: date) -> str:
    """ "mar. 17/03"."""
    return f"{_WEEKDAYS[day.weekday()][:3]}. {day:%d/%m}"


def _hour(shown: datetime) -> str:
    return f"{shown.hour} h {shown.minute:02}" if shown.minute else f"{shown.hour} h"
