"""The catalogue of prompts: which prompt exists, and the French sentence that is to be heard for each.

Decides how the texts an operator writes unfold into whole sentences, one per prompt name: texts with `{hours}` or
`{number}` into one per line, numbered families into one per number. A sentence is always synthesised or recorded as a
whole, so voices never mix within one. Pure: text in, mapping out. Must not know how audio is made.

The file. Tables nest into names with dots, so `invalid` under `[menu]` is the prompt `menu.invalid`; a prompt
`NAME.LINE`, with the id of a line, is used instead of `NAME` on that line. Numbers are written in words. Five tables
are families: `[place]` (`first`, `each` with {ordinal}, `many`), `[wait]` (`under` with {high}, `between` with {low}
and {high}, in minutes), `[reopening]` (`today`, `tomorrow`, `day` with {day}; all with {time}), `[slot]` (`window` with
{window}) and `[key]` (`press` with {key}). `digit.0` to `digit.9` and `pair.00` to `pair.99` are known by themselves.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Protocol

from ivr.french import cardinal, feminine_ordinal, spoken_telephone
from ivr.window_prompts import SLOT_S, WEEKDAYS, windows_said
from schedules.faults import Fault
from schedules.hours import Hours, Spans
from schedules.speech import spoken_hours, spoken_time
from schedules.walltime import wall_clock

PLACES_MAX = 50
"""Places announced one by one; further back is `place.many`."""
WAIT_RANGES = (
    (0, 2),
    (0, 5),
    (0, 10),
    (1, 3),
    (2, 5),
    (3, 5),
    (3, 8),
    (5, 10),
    (5, 15),
    (10, 15),
    (10, 20),
    (15, 30),
    (20, 40),
    (30, 60),
)
"""Waits that can be announced, in minutes."""
REOPENING = "reopening"
"""In a node's prompts: the next opening, said when it is less than a week away, else left out."""
PER_LINE = ("apology",)
"""Prompts that every line has of its own, whatever their text."""
TERRITORIES = (
    "metropole",
    "guadeloupe",
    "martinique",
    "guyane",
    "reunion",
    "mayotte",
    "saint_pierre_et_miquelon",
    "saint_barthelemy",
    "saint_martin",
    "nouvelle_caledonie",
    "polynesie",
    "wallis_et_futuna",
)
"""Where a number may belong that several have; the caller chooses."""
CALLBACK = (
    "callback.again",
    "callback.asap",
    "callback.foreign",
    "callback.give_up",
    "callback.impossible",
    "callback.local_time",
    "callback.no_common_hour",
    "callback.none",
    "callback.number",
    "callback.ours",
    "callback.premium",
    "callback.reference",
    "callback.registered",
    "callback.repeat",
    "callback.short",
    "callback.shown",
    "callback.shown_confirm",
    "callback.slot_taken",
    "callback.soon",
    "callback.typed",
    "callback.where",
    *(f"callback.territory.{territory}" for territory in TERRITORIES),
    "collect.confirm",
    "collect.invalid",
    "collect.silent",
    "menu.invalid",
    "menu.silent",
)
"""Prompts of every callback node (`callback`)."""
REQUIRED = (
    "apology",
    "callback.apology",
    "callback.message",
    *CALLBACK,
    "controller_absent",
    "not_in_service",
    "not_permitted",
    "phone.contact_owed",
    "phone.paused",
    "phone.ready",
    "queue.callback_offer",
    "queue.no_adviser_ready",
    "queue.still_waiting",
    "recording_notice",
)
"""Prompts that the desk, the dialplan and the callbacks use whatever the flows are."""
NOTICE = "recording_notice"

_FAMILIES: Mapping[str, Mapping[str, frozenset[str]]] = {
    "place": {"first": frozenset(), "each": frozenset({"ordinal"}), "many": frozenset()},
    "wait": {"under": frozenset({"high"}), "between": frozenset({"low", "high"})},
    REOPENING: {"today": frozenset({"time"}), "tomorrow": frozenset({"time"}), "day": frozenset({"day", "time"})},
    "slot": {"window": frozenset({"window"})},
    "key": {"press": frozenset({"key"})},
}
_KEY_NAMES = {**{str(figure): (str(figure), cardinal(figure)) for figure in range(10)}, "*": ("star", "étoile")}
_KEY_NAMES["#"] = ("hash", "dièse")
_OF_A_LINE = frozenset({"hours", "number"})
_SAID_ALIKE = frozenset(REQUIRED) - {"apology", NOTICE}
"""Prompts that are asked for by their name alone, on whatever line."""
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_SIGNS_PER_S = 14.0
"""Signs of text that a synthesised French voice says in a second."""
_PAUSE_S = 0.4
"""Silence after a sentence."""


class LineFacts(Protocol):
    """What a sentence may tell of a line."""

    @property
    def id(self) -> str: ...
    @property
    def shown(self) -> str: ...
    @property
    def hours(self) -> Hours: ...


@dataclass(frozen=True, slots=True)
class Catalogue:
    """texts: by prompt name, still with `{hours}` and `{number}`. families: by table and key, with placeholders too."""

    texts: Mapping[str, str]
    families: Mapping[str, Mapping[str, str]]

    def resolve(self, name: str, line: str) -> str | None:
        """The name under which `line` plays the prompt `name`: its own one if it has one; None when there is none."""
        own = f"{name}.{line}"
        if name == REOPENING or own in self.texts:
            return name if name == REOPENING else own
        if name in self.texts:
            return own if _is_per_line(name, self.texts[name]) else name
        return None


def read_catalogue(text: str, where: str) -> Catalogue | list[Fault]:
    """The catalogue that the TOML `text` of the file `where` writes, or every fault in it."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return [Fault(where, f"is not TOML: {error}", "correct the file there")]
    faults: list[Fault] = []
    families = {family: _read_family(table.pop(family, None), family, where, faults) for family in _FAMILIES}
    texts: dict[str, str] = {}
    for name, value in _flat(table):
        here = f"{where} {name}"
        if _NAME.fullmatch(name) is None:
            faults.append(Fault(here, "is no name for a prompt", "use small letters, figures, _ and dots"))
        elif name in texts:
            faults.append(Fault(here, "is written twice", "keep one of the two"))
        else:
            texts[name] = _read_text(value, frozenset() if name in _SAID_ALIKE else _OF_A_LINE, here, faults)
    for name in REQUIRED:
        if name not in texts:
            faults.append(Fault(f"{where} {name}", "the prompt is missing", f"write a text for {name}"))
    if "hours" not in _PLACEHOLDER.findall(texts.get("apology", "{hours}")):
        faults.append(Fault(f"{where} apology", "does not tell the opening hours", "write {hours} in its text"))
    if faults:
        return faults
    texts |= {f"digit.{figure}": cardinal(figure) for figure in range(10)}
    texts |= {
        f"pair.{tens}{units}": f"{cardinal(tens)}, {cardinal(units)}." for tens in range(10) for units in range(10)
    }
    return Catalogue(MappingProxyType(texts), MappingProxyType(families))


def sentences(catalogue: Catalogue, lines: Iterable[LineFacts], on: date, slot_s: float = SLOT_S) -> dict[str, str]:
    """Every prompt name and the whole sentence to be heard for it; `{hours}` are those in force on the day `on`.

    slot_s: how long the slots of the lines are.
    """
    lines = sorted(lines, key=lambda line: line.id)
    said = {**_places(catalogue), **_waits(catalogue), **_reopenings(catalogue, lines)}
    days = [spans for line in lines for spans in _days(line.hours)]
    said |= {**windows_said(catalogue.families["slot"]["window"], days, slot_s), **_keys(catalogue)}
    for name, text in catalogue.texts.items():
        if not _is_per_line(name, text):
            said[name] = text
            continue
        for line in lines:
            if name.endswith(f".{line.id}"):
                said[name] = _filled(text, line, on)
            elif f"{name}.{line.id}" not in catalogue.texts:
                said[f"{name}.{line.id}"] = _filled(text, line, on)
    return said


def place_prompt(place: int) -> str:
    """The prompt that tells a waiting caller their place, 1 being next."""
    return f"place.{place}" if place <= PLACES_MAX else "place.many"


def wait_prompt(low_s: float, high_s: float) -> str | None:
    """The prompt of the narrowest range that holds the wait from `low_s` to `high_s`; None: say nothing."""
    fitting = [(high - low, low, high) for low, high in WAIT_RANGES if low * 60 <= low_s <= high_s <= high * 60]
    if not fitting:
        return None
    _, low, high = min(fitting)
    return f"wait.{low}-{high}"


def reopening_prompt(at: datetime, opens_at: datetime) -> str | None:
    """The prompt that tells, at the instant `at`, that a line opens at `opens_at`; None a week ahead or more."""
    opens = wall_clock(opens_at)
    days = (opens.date() - wall_clock(at).date()).days
    if not 0 <= days < 7:
        return None
    day = ("today", "tomorrow")[days] if days < 2 else tuple(WEEKDAYS)[opens.weekday()]
    return f"{REOPENING}.{day}_{opens:%H%M}"


def pair_prompts(figures: str) -> tuple[str, ...]:
    """Figures two by two, each said by itself, with a breath between the pairs: "60 12" said as numbers is "72"."""
    pairs = (figures[at : at + 2] for at in range(0, len(figures), 2))
    return tuple(f"pair.{pair}" if len(pair) == 2 else f"digit.{pair}" for pair in pairs)


def key_prompt(key: str) -> str:
    """The prompt that tells to press a key of the telephone. KeyError for what is none."""
    return f"key.{_KEY_NAMES[key][0]}"


def seconds_of(text: str) -> float:
    """How long a voice takes to say a text, estimated."""
    return len(text) / _SIGNS_PER_S + _PAUSE_S * len(re.findall(r"[.!?:](?:\s|$)", text))


def _is_per_line(name: str, text: str) -> bool:
    return name in PER_LINE or any(_OF_A_LINE & {found} for found in _PLACEHOLDER.findall(text))


def _filled(text: str, line: LineFacts, on: date) -> str:
    return _unfold(text, hours=spoken_hours(line.hours, on), number=spoken_telephone(line.shown))


def _unfold(text: str, **words: str) -> str:
    return _PLACEHOLDER.sub(lambda found: words[found[1]], text)


def _places(catalogue: Catalogue) -> dict[str, str]:
    family = catalogue.families["place"]
    each = {
        f"place.{place}": _unfold(family["each"], ordinal=feminine_ordinal(place)) for place in range(2, PLACES_MAX + 1)
    }
    return {"place.1": family["first"], **each, "place.many": family["many"]}


def _waits(catalogue: Catalogue) -> dict[str, str]:
    family = catalogue.families["wait"]
    return {
        f"wait.{low}-{high}": _unfold(
            family["between" if low else "under"],
            low=cardinal(low, feminine=True),
            high=cardinal(high, feminine=True),
        )
        for low, high in WAIT_RANGES
    }


def _reopenings(catalogue: Catalogue, lines: Iterable[LineFacts]) -> dict[str, str]:
    """One sentence for each day of the week ahead and each time of day at which a line may open."""
    family = catalogue.families[REOPENING]
    minutes = sorted({span.start for line in lines for spans in _days(line.hours) for span in spans})
    days = {"today": ("today", ""), "tomorrow": ("tomorrow", "")} | {
        day: ("day", french) for day, french in WEEKDAYS.items()
    }
    return {
        f"{REOPENING}.{day}_{minute // 60:02}{minute % 60:02}": _unfold(
            family[key], day=french, time=spoken_time(minute)
        )
        for day, (key, french) in days.items()
        for minute in minutes
    }


def _keys(catalogue: Catalogue) -> dict[str, str]:
    press = catalogue.families["key"]["press"]
    return {key_prompt(key): _unfold(press, key=french) for key, (_, french) in _KEY_NAMES.items()}


def _days(hours: Hours) -> Iterator[Spans]:
    for period in hours.periods:
        yield from period.week
    for special in hours.special_days:
        yield special.spans


def _flat(table: Mapping[str, object], before: str = "") -> Iterator[tuple[str, object]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def _read_family(table: object, family: str, where: str, faults: list[Fault]) -> dict[str, str]:
    keys = _FAMILIES[family]
    if not isinstance(table, Mapping):
        faults.append(Fault(f"{where} [{family}]", "the table is missing", f"write it with {', '.join(keys)}"))
        return {}
    for key in table:
        if key not in keys:
            faults.append(Fault(f"{where} {family}.{key}", "is not a key here", f"use {', '.join(keys)}"))
    texts: dict[str, str] = {}
    for key, needed in keys.items():
        here = f"{where} {family}.{key}"
        if key not in table:
            faults.append(Fault(here, "the prompt is missing", f"write a text for {family}.{key}"))
            continue
        texts[key] = _read_text(table[key], needed, here, faults)
        for placeholder in sorted(needed - set(_PLACEHOLDER.findall(texts[key]))):
            faults.append(Fault(here, f"{{{placeholder}}} is missing", f"write {{{placeholder}}} in its text"))
    return texts


def _read_text(value: object, allowed: frozenset[str], where: str, faults: list[Fault]) -> str:
    if not isinstance(value, str) or not value.strip():
        faults.append(Fault(where, "has no text", "write the French sentence to be said"))
        return ""
    text = " ".join(value.split())
    for placeholder in _PLACEHOLDER.findall(text):
        if placeholder not in allowed:
            mend = f"use {' or '.join(f'{{{name}}}' for name in sorted(allowed))}" if allowed else "write it in words"
            faults.append(Fault(where, f"{{{placeholder}}} stands for nothing here", mend))
    plain = _PLACEHOLDER.sub("", text)
    if re.search(r"[{}]", plain):
        faults.append(Fault(where, "has a brace without its other half", "write placeholders as {hours}"))
    if re.search(r"\d", plain):
        faults.append(Fault(where, f"has figures: {text!r}", "write numbers in words, as they are to be said"))
    if not text.endswith((".", "!", "?", ":")):
        faults.append(Fault(where, f"is not a whole sentence: {text!r}", "end it with a full stop"))
    return text
