"""The one judge of requests to be called back, whichever way they come in: API, public page, CSV, adviser.

Decides whether what somebody sent is a whole request, every fault at once, and makes a `Request` of it. Must not know
JSON, forms or files, nor what becomes of the request; the free slots are asked of whoever knows them. Somebody under 16
or over 25 is not refused here: that is told them, and a flag.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from dialer.core.callbacks.intake_fields import (
    Wrong,
    read_birth_date,
    read_choice,
    read_instant,
    read_language,
    read_postcode,
    read_text,
    read_yes,
    said,
)
from dialer.core.callbacks.intake_words import Why
from dialer.core.callbacks.request import AskedBy, Request, Source
from dialer.core.callbacks.slots import Slot, has_common_hour
from dialer.core.cases.case import Kind
from dialer.core.numbers import Parsed, Refused, parse_for
from dialer.core.places.territory import homes
from dialer.core.rules import LineRules, QueueRules, Rules
from dialer.core.words import Instant, LineId
from schedules.hours import Hours, next_opening
from schedules.walltime import wall_clock
from schedules.windows import Reach, Window, closed_throughout

NAME_MAX, SITUATION_MAX, NOTE_MAX = 80, 300, 1000
"""Characters."""
COMMON_DAYS = 7
"""In how many days an hour is looked for at which somebody who asked for no window may be called."""
SLOTS_NAMED = 3
DEFAULT_LINES = {Kind.RTF: LineId("dropout"), Kind.INFORMATION: LineId("main")}

SlotsOf = Callable[[LineRules, QueueRules, Parsed, str | None], Sequence[Slot]]
"""The free slots of a line and its queue for a number with a postcode, the next one first."""


__all__ = (
    "Anew",
    "Asked",
    "Faults",
    "Reachable",
    "WishKind",
    "Wrong",
    "examine",
    "examine_anew",
    "examine_reachable",
    "examine_window",
)


class WishKind(StrEnum):
    ASAP = "asap"
    WINDOW = "window"


@dataclass(frozen=True, slots=True)
class Asked:
    """Every field as it was sent: its text, or None. Nothing but spaces is nothing.

    wish: "asap" or "window"; start, end: of the window, in ISO 8601 with offset. relay, notice_read: "true" or "false"
    (a form's "on" and a file's "oui" and "non" are understood). birth_date: 2008-03-21.
    """

    kind: str | None = None
    line: str | None = None
    phone: str | None = None
    first_name: str | None = None
    name: str | None = None
    postcode: str | None = None
    birth_date: str | None = None
    asked_by: str | None = None
    situation: str | None = None
    wish: str | None = None
    start: str | None = None
    end: str | None = None
    language: str | None = None
    relay: str | None = None
    source: str | None = None
    notice_read: str | None = None
    note: str | None = None


Faults = tuple[Wrong, ...]


def examine(asked: Asked, rules: Rules, slots: SlotsOf, at: Instant) -> Request | Faults:
    """The request that was sent at ``at``, or all its faults.

    A window asked for by web, phone or CSV begins in a free slot; an adviser may choose any that the line is open in.
    """
    found: list[Wrong] = []
    kind = read_choice(found, "kind", asked.kind, Kind, Kind.RTF)
    asked_by = read_choice(found, "asked_by", asked.asked_by, AskedBy)
    source = read_choice(found, "source", asked.source, Source)
    if said(asked.notice_read) is None:
        found.append(Wrong("notice_read", Why.MISSING))
    elif read_yes(found, "notice_read", asked.notice_read) is False:
        found.append(Wrong("notice_read", Why.NOTICE))
    of_right = kind is Kind.RTF
    first_name = read_text(found, "first_name", asked.first_name, NAME_MAX, required=of_right)
    birth_date = read_birth_date(found, asked.birth_date, at, required=of_right)
    line = _line(found, asked.line, kind, rules)
    phone = _phone(found, asked.phone, asked.postcode, rules)
    postcode = read_postcode(found, asked.postcode)
    wish = _wish(found, asked, rules, line, at, chosen=source is Source.ADVISER)
    if line is not None and phone is not None:
        queue = _queue(line, rules)
        assert queue is not None
        if wish is WishKind.ASAP:
            _look_for_common_hour(found, line.hours, phone, postcode, rules, at)
        elif isinstance(wish, Window) and source not in (None, Source.ADVISER):
            _look_for_slot(found, wish, slots(line, queue, phone, postcode), phone)
    name = read_text(found, "name", asked.name, NAME_MAX)
    situation = read_text(found, "situation", asked.situation, SITUATION_MAX, lines=True)
    language = read_language(found, asked.language)
    relay = read_yes(found, "relay", asked.relay)
    note = read_text(found, "note", asked.note, NOTE_MAX, lines=True)
    if found:
        return tuple(found)
    assert kind is not None
    assert line is not None
    assert line.callback_queue is not None
    assert phone is not None
    assert source is not None
    return Request(
        kind=kind,
        line=line.id,
        queue=line.callback_queue,
        phone=phone,
        asked_by=asked_by,
        source=source,
        window=wish if isinstance(wish, Window) else None,
        first_name=first_name,
        name=name,
        postcode=postcode,
        birth_date=birth_date,
        situation=situation,
        language=language,
        relay=relay is True,
        note=note,
    )


@dataclass(frozen=True, slots=True)
class Anew:
    """Another wish for a promise that was made. ``window`` None: as soon as possible. ``phone`` None: as it was."""

    window: Window | None
    phone: Parsed | None


def examine_anew(
    asked: Asked, line: LineRules, known: Parsed, postcode: str | None, rules: Rules, slots: SlotsOf, at: Instant
) -> Anew | Faults:
    """Another wish, and another number where one is sent, for a callback of ``line`` on the number ``known``.

    Looked at are `wish`, `start`, `end`, `phone` and `source`, by the rules of `examine`. ``postcode``: as it was given
    with the request.
    """
    found: list[Wrong] = []
    source = read_choice(found, "source", asked.source, Source)
    phone = _phone(found, asked.phone, postcode, rules) if said(asked.phone) is not None else None
    wish = _wish(found, asked, rules, line, at, chosen=source is Source.ADVISER)
    queue = _queue(line, rules)
    if queue is not None and not found:
        if wish is WishKind.ASAP:
            _look_for_common_hour(found, line.hours, phone or known, postcode, rules, at)
        elif isinstance(wish, Window) and source is not Source.ADVISER:
            _look_for_slot(found, wish, slots(line, queue, phone or known, postcode), phone or known)
    return tuple(found) or Anew(wish if isinstance(wish, Window) else None, phone)


def examine_window(
    where: str, start: str | None, end: str | None, line: LineRules | None, rules: Rules, at: Instant
) -> Window | Faults:
    """A window that somebody of the house chose; ``where``: its field's name. A line that is gone is not asked."""
    found: list[Wrong] = []
    return _window(found, where, start, end, line, rules, at, chosen=True) or tuple(found)


@dataclass(frozen=True, slots=True)
class Reachable:
    """A line, and somebody whom it can call back."""

    line: LineRules
    phone: Parsed
    postcode: str | None


def examine_reachable(line: str | None, phone: str | None, postcode: str | None, rules: Rules) -> Reachable | Faults:
    """For whom free slots are asked, by the fields as they were sent."""
    found: list[Wrong] = []
    if said(line) is None:
        found.append(Wrong("line", Why.MISSING))
    its_line = _line(found, line, None, rules)
    parsed = _phone(found, phone, postcode, rules)
    code = read_postcode(found, postcode)
    if its_line is None or parsed is None or found:
        return tuple(found)
    return Reachable(its_line, parsed, code)


# -- who and where ----------------------------------------------------------------------------------


def _line(found: list[Wrong], sent: str | None, kind: Kind | None, rules: Rules) -> LineRules | None:
    """The line that was named; else that of the kind, else the only one there is. None: a fault, or no kind to ask."""
    taking = {line.id: line for line in rules.lines.values() if _queue(line, rules) is not None}
    named = said(sent)
    if not taking:
        found.append(Wrong("line", Why.NO_LINE))
    elif named is not None:
        if LineId(named) not in taking:
            found.append(Wrong("line", Why.LINE, tuple(taking)))
        return taking.get(LineId(named))
    elif kind is not None:
        if DEFAULT_LINES[kind] in taking:
            return taking[DEFAULT_LINES[kind]]
        if len(taking) == 1:
            return next(iter(taking.values()))
        found.append(Wrong("line", Why.LINE, tuple(taking)))
    return None


def _queue(line: LineRules, rules: Rules) -> QueueRules | None:
    return rules.queues.get(line.callback_queue) if line.callback_queue is not None else None


def _phone(found: list[Wrong], sent: str | None, postcode: str | None, rules: Rules) -> Parsed | None:
    typed = said(sent)
    if typed is None:
        found.append(Wrong("phone", Why.MISSING))
        return None
    ours = {line.number for line in rules.lines.values()}
    ours |= {line.caller_id for line in rules.lines.values() if line.caller_id is not None}
    parsed = parse_for(typed, postcode=said(postcode), ours=ours)
    if isinstance(parsed, Refused):
        found.append(Wrong("phone", Why(parsed.why), parsed.among))
        return None
    return parsed


# -- when -------------------------------------------------------------------------------------------


def _wish(
    found: list[Wrong], asked: Asked, rules: Rules, line: LineRules | None, at: Instant, *, chosen: bool
) -> WishKind | Window | None:
    """ASAP, or the window; None: a fault. ``chosen``: by somebody of the house."""
    kind = read_choice(found, "wish", asked.wish, WishKind)
    if kind is WishKind.WINDOW:
        return _window(found, "wish", asked.start, asked.end, line, rules, at, chosen=chosen)
    if kind is WishKind.ASAP:
        given = {"wish.start": asked.start, "wish.end": asked.end}
        found += [Wrong(field, Why.OUT_OF_PLACE) for field, text in given.items() if said(text) is not None]
    return kind


def _window(
    found: list[Wrong],
    where: str,
    start: str | None,
    end: str | None,
    line: LineRules | None,
    rules: Rules,
    at: Instant,
    *,
    chosen: bool,
) -> Window | None:
    start_at, end_at = read_instant(found, f"{where}.start", start), read_instant(found, f"{where}.end", end)
    days_max, h_max = rules.slots.days_max, rules.calling.window_h_max
    faults: list[Wrong] = []
    if start_at is not None:
        # A window that began a moment ago can still be kept, if somebody of the house says so.
        if start_at < at and not (chosen and end_at is not None and at < end_at):
            faults.append(Wrong(f"{where}.start", Why.PAST))
        if wall_clock(start_at).date() > wall_clock(at).date() + timedelta(days=days_max):
            faults.append(Wrong(f"{where}.start", Why.TOO_FAR, (str(days_max),)))
    if start_at is not None and end_at is not None:
        if end_at <= start_at:
            faults.append(Wrong(f"{where}.end", Why.BACKWARD))
        elif end_at - start_at > timedelta(hours=h_max):
            faults.append(Wrong(f"{where}.end", Why.LONG_WINDOW, (str(h_max),)))
        elif not faults:
            window = Window(start_at, end_at)
            closed = closed_throughout(window, line.hours) if line is not None else None
            if closed is None:
                return window
            faults.append(Wrong(where, Why(closed.why), (closed.label,) if closed.label else ()))
    found += faults
    return None


def _look_for_common_hour(
    found: list[Wrong], service: Hours, phone: Parsed, postcode: str | None, rules: Rules, at: Instant
) -> None:
    """Somebody for whom no hour will come is told so at once. The days are counted from the line's next opening."""
    opens_at = next_opening(service, at)
    theirs = homes(phone.territory, phone.zone, postcode, rules.calling.holidays)
    reach = Reach(theirs, service, rules.calling.hours)
    if opens_at is None or not has_common_hour(reach, opens_at, COMMON_DAYS):
        found.append(Wrong("wish", Why.NO_COMMON_HOUR))


def _look_for_slot(found: list[Wrong], window: Window, slots: Sequence[Slot], phone: Parsed) -> None:
    free = [slot.window for slot in slots if slot.free > 0]
    if not any(window.start_at in slot for slot in free):
        why = Why.SLOT_TAKEN if free else Why.NO_SLOT
        found.append(Wrong("wish", why, tuple(free[:SLOTS_NAMED]), phone.zone))
