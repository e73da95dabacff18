"""One field of a request as it was sent → its value, or a fault of it.

Decides what a text may be for each kind of field: a choice, yes or no, words, a date, an instant. Faults are added to
``found``, so that all of them are told at once. Must not know which fields a request has: `intake` does.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from dialer.core.callbacks import intake_words
from dialer.core.callbacks.intake_words import Why
from dialer.core.reasons import Sentence
from dialer.core.words import Instant
from schedules.walltime import as_utc, wall_clock
from schedules.windows import Window

BORN_MIN = date(1900, 1, 1)
_YES, _NO = ("true", "yes", "oui", "1", "on"), ("false", "no", "non", "0")
_JOINERS = "\u200c\u200d"
"""They show nothing by themselves, and hold together letters of some scripts."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_POSTCODE = re.compile(r"\d{5}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2}", re.ASCII)
_YEARS = range(2000, 2099)
"""Instants outside are typing errors."""

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Wrong:
    """One fault. ``field``: its name in the API, as ``wish.start``. ``among``: what its sentence names."""

    field: str
    why: Why
    among: tuple[str | Window, ...] = ()
    zone: str = "Europe/Paris"
    """On whose wall windows are told in French."""

    @property
    def sentence(self) -> Sentence:
        return intake_words.sentence(self.why, self.among, ZoneInfo(self.zone))


def instant_of(text: str) -> datetime | Why:
    """The instant that a text in ISO 8601 with offset says, in UTC; or why it says none."""
    if "T" not in text.upper():
        return Why.NO_INSTANT
    try:
        at = datetime.fromisoformat(text)
        if at.utcoffset() is None:
            return Why.NO_OFFSET
        return as_utc(at) if at.year in _YEARS else Why.NO_INSTANT
    except ValueError:
        return Why.NO_INSTANT


def read_postcode(found: list[Wrong], sent: str | None) -> str | None:
    text = said(sent)
    if text is not None and not _POSTCODE.fullmatch(text):
        found.append(Wrong("postcode", Why.POSTCODE))
        return None
    return text


def read_birth_date(found: list[Wrong], sent: str | None, at: Instant, *, required: bool) -> date | None:
    text = said(sent)
    if text is None:
        if required:
            found.append(Wrong("birth_date", Why.MISSING))
        return None
    try:
        born = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        born = None
    if born is None:
        found.append(Wrong("birth_date", Why.NO_DATE))
    elif born > wall_clock(at).date():
        found.append(Wrong("birth_date", Why.BORN_LATER))
    elif born < BORN_MIN:
        found.append(Wrong("birth_date", Why.BORN_EARLY))
    return born


def read_language(found: list[Wrong], sent: str | None) -> str:
    text = (said(sent) or "fr").lower()
    if not _LANGUAGE.fullmatch(text):
        found.append(Wrong("language", Why.LANGUAGE))
    return text


def read_instant(found: list[Wrong], field: str, sent: str | None) -> datetime | None:
    text = said(sent)
    at = Why.MISSING if text is None else instant_of(text)
    if isinstance(at, datetime):
        return at
    found.append(Wrong(field, at))
    return None


def read_choice(
    found: list[Wrong], field: str, sent: str | None, words: type[Word], default: Word | None = None
) -> Word | None:
    text = said(sent)
    if text is None:
        if default is None:
            found.append(Wrong(field, Why.MISSING))
        return default
    try:
        return words(text)
    except ValueError:
        found.append(Wrong(field, Why.CHOICE, tuple(words)))
        return None


def read_yes(found: list[Wrong], field: str, sent: str | None) -> bool | None:
    text = (said(sent) or "false").lower()
    if text in _YES:
        return True
    if text in _NO:
        return False
    found.append(Wrong(field, Why.YES_OR_NO))
    return None


def read_text(
    found: list[Wrong], field: str, sent: str | None, length_max: int, *, required: bool = False, lines: bool = False
) -> str | None:
    """The text in NFC with plain spaces; ``lines``: it may have several."""
    text = said(sent)
    if text is None:
        if required:
            found.append(Wrong(field, Why.MISSING))
        return None
    text = unicodedata.normalize("NFC", text)
    rows = [_spaced(row) for row in re.split(r"\r\n|\r|\n", text)] if lines else [_spaced(text)]
    if not all(char.isprintable() or char in _JOINERS for row in rows for char in row):
        found.append(Wrong(field, Why.UNPRINTABLE))
    text = "\n".join(rows)
    if len(text) > length_max:
        found.append(Wrong(field, Why.TOO_LONG, (str(length_max),)))
    return text


def _spaced(row: str) -> str:
    """No-break spaces and tabs, which a keyboard or a spreadsheet puts in, as plain ones."""
    return "".join(" " if char == "\t" or unicodedata.category(char) == "Zs" else char for char in row)


def said(text: str | None) -> str | None:
    return (text.strip() or None) if text is not None else None
