"""The windows that somebody can choose from, by day and in words, on the clock of their own wall.

Decides how free slots are shown and read back from a form, and whose clock that is. Must not know which slots are free.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from dialer.core.callbacks.slots import Slot
from dialer.core.numbers import Parsed
from dialer.core.places.territory import Territory, of_postcode, zone_of
from dialer.core.words import E164, Instant
from dialer.web.rappel import words
from schedules.speech import spoken_day
from schedules.walltime import wall_clock
from schedules.windows import Window, spoken_window

ASAP = "asap"
DAYS_SOON = 3
ANYBODY = Parsed(E164("+33199000000"), Territory.METROPOLE, "Europe/Paris")
"""Whose slots are shown before a number was given: somebody's in Paris, with a number of fiction."""


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Day:
    name: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What there is to choose from. ``zone``: the IANA name of the clock; the form carries it back."""

    zone: str
    clock: str
    days: tuple[Day, ...]

    @property
    def soon(self) -> tuple[Day, ...]:
        return self.days[:DAYS_SOON]

    @property
    def later(self) -> tuple[Day, ...]:
        """Folded up, for those who want them."""
        return self.days[DAYS_SOON:]

    def is_later(self, value: str) -> bool:
        """Whether this choice is among the later days: then they are not folded up."""
        return any(choice.value == value for day in self.later for choice in day.choices)


@dataclass(frozen=True, slots=True)
class Where:
    """Where somebody is, as far as they said."""

    territory: Territory
    zone: ZoneInfo


def where(phone: Parsed, postcode: str | None) -> Where:
    """Their postcode says it; else their number. A mobile of the metropole may ring in La Réunion."""
    said = of_postcode(postcode)
    if said is None:
        return Where(phone.territory, ZoneInfo(phone.zone))
    return Where(said, ZoneInfo(phone.zone if said is phone.territory else zone_of(said, postcode)))


def shown(slots: Iterable[Slot], at: Instant, here: Where) -> Shown:
    """The slots by day, each named by its own time: one choice is understood without its heading."""
    days = groupby((slot.window for slot in slots), lambda window: wall_clock(window.start_at, here.zone).date())
    return Shown(
        here.zone.key,
        words.clock(here.territory, here.zone),
        tuple(Day(spoken_day(day), tuple(_choice(each, at, here.zone) for each in windows)) for day, windows in days),
    )


def value_of(window: Window) -> str:
    return f"{window.start_at.isoformat()}/{window.end_at.isoformat()}"


def wish_in(value: str) -> tuple[str | None, str | None, str | None]:
    """The wish, its start and its end as they were sent; whether they make sense is for `intake`."""
    if value in ("", ASAP):
        return value or None, None, None
    start, _, end = value.partition("/")
    return "window", start, end


def _choice(window: Window, at: Instant, zone: ZoneInfo) -> Choice:
    return Choice(value_of(window), spoken_window(window, at, zone).replace("'", "’"))
