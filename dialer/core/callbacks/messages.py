"""Messages to people's telephones: which fact of the journal, and which promise, owes somebody a message, and when.

Decides who is written to (French mobiles of people who asked by themselves, on the web or by phone, and never one who
opposed), that nobody's telephone buzzes at night, and what is of no use any more. Requests from a list or by an adviser
owe nothing: a list is not the person's own word, and an adviser has just spoken with them; but where somebody asked by
themselves and the time is moved later, by whomever, they are told. Must not know how a message travels.

What is owed is kept until it is sent, so it holds neither a number nor a text: both are looked up and made when it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from dialer.core.callbacks import message_texts as texts
from dialer.core.callbacks.request import Intake, Source
from dialer.core.callbacks.states import CallbackId
from dialer.core.numbers import is_mobile
from dialer.core.places.territory import of_postcode, zone_of
from dialer.core.words import E164, Instant, Record
from schedules.walltime import instant_of, wall_clock
from schedules.windows import Window

CONFIRMED_WITHIN = timedelta(hours=24)
"""A confirmation that could not be sent by then is none any more."""
APART_MIN = timedelta(hours=1)
"""A reminder that would come sooner after its confirmation says nothing new."""
DAY_FROM, DAY_TO = 8 * 60, 20 * 60
"""Minutes of the day on a person's own wall within which a telephone may buzz."""
_SEARCHED = timedelta(days=2)
_ASKED, _MOVED = "callback_asked", "callback_rescheduled"
_OWN_WORD = frozenset({Source.WEB, Source.PHONE})
_TO_COME = frozenset({"requested", "due", "offered", "resting"})
"""The stages of a callback, in the words of the API, in which its call is still to come."""


class Kind(StrEnum):
    CONFIRMATION = "confirmation"
    REMINDER = "reminder"


class Attempted(Protocol):
    @property
    def at(self) -> datetime: ...


class Stored(Protocol):
    """A callback as it is committed. promised: the window, until it is kept. phone: None when it is kept no more."""

    @property
    def state(self) -> str: ...
    @property
    def phone(self) -> E164 | None: ...
    @property
    def zone(self) -> str: ...
    @property
    def promised(self) -> Window | None: ...
    @property
    def attempts(self) -> Sequence[Attempted]: ...


@dataclass(frozen=True, slots=True)
class Owed:
    """One message that somebody is owed. Nothing in it is personal.

    id: of the message, the same at every try. reference: of the request that it speaks of. since: when what it tells
    was decided. due_at: not before. start_at: of the window promised; None: as soon as possible. zones: the clocks on
    their walls, and the first is the one they read. moved: a time that was changed, of a request known before.
    """

    id: str
    kind: Kind
    callback: CallbackId
    reference: str
    since: Instant
    due_at: Instant
    start_at: Instant | None
    zones: tuple[str, ...]
    moved: bool = False

    @property
    def until(self) -> Instant:
        """From when on it is of no use."""
        late = self.since + CONFIRMED_WITHIN
        if self.start_at is None:
            return late
        return self.start_at if self.kind is Kind.REMINDER else min(late, self.start_at)

    @property
    def key(self) -> tuple[str, Kind]:
        """Of one callback one message of each kind is owed at a time: the newest."""
        return self.callback, self.kind


@dataclass(frozen=True, slots=True)
class Send:
    """It may go now, to this number."""

    to: E164
    window: Window | None


@dataclass(frozen=True, slots=True)
class Hold:
    until: Instant


class Never(StrEnum):
    OVER = "over"
    """There is nothing left to say: cancelled, called, moved again (which is told by itself), opposed."""
    LATE = "late"
    """It would have been of use, and is not any more."""


# -- what is owed -----------------------------------------------------------------------------------


def tells(entry: Record) -> bool:
    """Whether this fact may owe somebody a confirmation."""
    return entry.event in (_ASKED, _MOVED)


def confirmation(
    seq: int, entry: Record, intakes: Sequence[Intake], stored: Stored, owed: Owed | None = None
) -> Owed | None:
    """What a fact of the journal, its record ``seq``, owes the person; None: nothing.

    intakes: of its callback, as they are kept. owed: what they were owed before and have not got: they get one message.
    """
    data = dict(entry.data)
    own = _own_word(intakes)
    if entry.event == _ASKED:
        # A record names no request: it has the instant and the way in of its own.
        own = [each for each in own if each.at == entry.at and each.request.source == data.get("source")]
    if not own or entry.call is None or stored.phone is None or not is_mobile(stored.phone):
        return None
    newest = own[0]
    if entry.event == _ASKED:
        promised = newest.booking.promised
        start_at = promised.start_at if promised is not None else None
    else:
        start_at = datetime.fromisoformat(str(data["place"])) if data["dated"] else None
    moved = entry.event == _MOVED and (owed is None or owed.moved)
    return Owed(
        id=f"c-{seq}",
        kind=Kind.CONFIRMATION,
        callback=CallbackId(entry.call),
        reference=newest.booking.reference,
        since=entry.at,
        due_at=entry.at,
        start_at=start_at,
        zones=_zones(stored, newest),
        moved=moved,
    )


def reminder(
    callback: CallbackId,
    start_at: Instant,
    intakes: Sequence[Intake],
    stored: Stored,
    timeline: Iterable[Record],
    at: Instant,
) -> Owed | None:
    """What a promise that begins soon owes the person at ``at``; None: nothing.

    timeline: what the journal says of the callback, for when the promise was made.
    """
    own = _own_word(intakes)
    if not own or stored.phone is None or not is_mobile(stored.phone):
        return None
    zones = _zones(stored, own[0])
    made_at = max((each.at for each in timeline if tells(each)), default=own[0].at)
    confirmed_at, due_at = by_day(zones, made_at), by_day(zones, at)
    if confirmed_at is not None and due_at is not None and due_at < confirmed_at + APART_MIN:
        return None
    return Owed(
        id=f"r-{callback}-{int(start_at.timestamp())}",
        kind=Kind.REMINDER,
        callback=callback,
        reference=own[0].booking.reference,
        since=at,
        due_at=at,
        start_at=start_at,
        zones=zones,
    )


# -- whether it goes --------------------------------------------------------------------------------


def judge(owed: Owed, stored: Stored | None, opposed: bool, at: Instant) -> Send | Hold | Never:
    """What becomes of it now. stored: its callback as it is; opposed: whether that number is never to be called."""
    if stored is None or stored.phone is None or opposed or not is_mobile(stored.phone):
        return Never.OVER
    if stored.state not in _TO_COME:
        return Never.OVER
    if at >= owed.until:
        return Never.LATE
    window = stored.promised
    if owed.start_at != (window.start_at if window is not None else None):
        return Never.OVER
    if owed.start_at is None and any(attempt.at > owed.since for attempt in stored.attempts):
        return Never.OVER  # they were called, and know
    may_at = by_day(owed.zones, at)
    if may_at is None or may_at >= owed.until:
        return Never.LATE
    return Hold(may_at) if may_at > at else Send(stored.phone, window)


def text(owed: Owed, window: Window | None, link: str | None) -> str:
    """What they read. link: where they see, move and cancel the request; None: there is no page for it."""
    when = texts.when(window, ZoneInfo(owed.zones[0]), named=len(owed.zones) > 1)
    if owed.kind is Kind.REMINDER:
        return texts.reminder(owed.reference, when, link)
    return texts.confirmation(owed.reference, when, link, moved=owed.moved)


def by_day(zones: Sequence[str], at: Instant) -> Instant | None:
    """The first instant, `at` itself included, at which it is day on every wall; None: they have no hour in common."""
    until = at + _SEARCHED
    while at < until:
        later = max(_day_begins(at, ZoneInfo(zone)) for zone in zones)
        if later == at:
            return at
        at = later
    return None


def _day_begins(at: Instant, zone: ZoneInfo) -> Instant:
    shown = wall_clock(at, zone)
    minute = shown.hour * 60 + shown.minute
    if DAY_FROM <= minute < DAY_TO:
        return at
    return instant_of(shown.date() + timedelta(days=minute >= DAY_TO), DAY_FROM, zone)


def _own_word(intakes: Iterable[Intake]) -> list[Intake]:
    """What the person asked by themselves, the newest first."""
    own = (each for each in intakes if each.request.source in _OWN_WORD)
    return sorted(own, key=lambda each: each.serial, reverse=True)


def _zones(stored: Stored, asked: Intake) -> tuple[str, ...]:
    """The clock where they say they live, as their page shows it, then that of their number: by both it must be day."""
    postcode = asked.request.postcode
    said = of_postcode(postcode)
    here = zone_of(said, postcode) if said is not None else stored.zone
    return tuple(dict.fromkeys((here, stored.zone)))
