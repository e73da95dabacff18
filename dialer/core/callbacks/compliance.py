"""The gate before each dial: may this number be dialled now, with this caller ID? Allowed, or refused and until when.

Everything it needs comes in as values (`Dial`, `CallingRules`); nothing is looked up, and nothing is decided about
what to do with a refusal. It fails closed: a value that is missing or odd refuses the dial.

The checks, in this order; the reason told is that of the first that refuses:

1. whole: every value is there and makes sense;
2. number: an ordinary French number, or an 08 line of ours (toll fraud: no other 08, 118, 3xxx, nothing foreign);
3. opposition, then 4. a refusal in the last 60 days;
5. hours: the window the person chose until it is over, else courtesy hours and holidays where they live, both within
   the opening of the line (`schedules.windows`); a chosen window beats nothing else;
6. attempts: of the case by the ladder, to the number by the cap;
7. one live attempt per case and per number;
8. a caller ID lawful for the way of dialling;
9. caps: to the number in a day, of the house in an hour and at once.

`until` takes all of them into account: it is the first instant at which the same request, unchanged, is allowed; None
when no passing of time alone would allow it, or not within `schedules.hours.SEARCH_DAYS`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from heapq import nlargest

from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.numbers import territories
from dialer.core.places.territory import HOLIDAYS, ZONES, Territory, homes
from dialer.core.reasons import Reason
from dialer.core.words import E164, Instant
from schedules.calendar import HolidaySet, public_holiday
from schedules.hours import Hours, is_open
from schedules.walltime import wall_clock
from schedules.windows import COURTESY, CallingHours, Reach, Window, may_call_at, next_allowed

VERIFIED = (
    *("162", "163", "270", "271", "377", "378", "424", "425", "568", "569", "948", "949"),
    *("9475", "9476", "9477", "9478", "9479"),
)
"""Arcep's ranges of verified numbers, without the 0: lawful for calls emitted automatically (domain notes, V).
phonenumbers takes some for ordinary ones, so this table is our own."""

_YEARS = range(2000, 2099)
"""Instants outside are typing errors or broken clocks; public holidays are known until 2100."""
_EIGHT = re.compile(r"\+338\d{8}", re.ASCII)
_ORDINARY = re.compile(r"\+33[1-59]\d{8}", re.ASCII)
_FREE_OR_SHARED = re.compile(r"\+3380\d{7}", re.ASCII)
_GEOGRAPHIC_CODES = re.compile(r"\+(?:33|262|590|594|596)(\d{9})", re.ASCII)


class Mode(StrEnum):
    """How a callback is dialled."""

    PREVIEW = "preview"
    """The adviser starts the call."""
    TIMED_PREVIEW = "timed_preview"
    """The card is before one adviser, and is dialled for them after some seconds unless they stop it."""
    PROGRESSIVE = "progressive"
    PREDICTIVE = "predictive"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `attempts_max` in any `days` times 24 hours, attempts that came to an `uncounted` end apart."""

    attempts_max: int
    days: int
    uncounted: frozenset[AttemptCause] = frozenset()

    def __post_init__(self) -> None:
        if self.attempts_max < 1 or self.days < 1:
            raise ValueError(f"a limit is at least one attempt in one day, not {self.attempts_max} in {self.days}")


@dataclass(frozen=True, slots=True)
class CallingRules:
    """What an operator may change of the gate, with defaults. ValueError for caps that would never let a call out.

    Sources: D, our own decision; V, read in a source (domain notes).
    """

    hours: CallingHours = COURTESY
    """V, as courtesy: décret 2022-1313."""
    holidays: Mapping[Territory, HolidaySet] = field(default_factory=lambda: HOLIDAYS)
    """V: code du travail, loi 83-550 and décret 83-1003; Saint-Martin's day is a choice between sources."""
    ladder: Limit = Limit(
        4,
        10,
        frozenset({AttemptCause.FAILED, AttemptCause.UNPLACED, AttemptCause.ADVISER_LOST, AttemptCause.CROSSED}),
    )
    """D: attempts of one case in vain, after which it is INJOIGNABLE. As `ladder.py` counts, were it to count wrong."""
    cap: Limit = Limit(4, 30, frozenset({AttemptCause.FAILED, AttemptCause.UNPLACED}))
    """V, as courtesy: décret 2022-1313. Attempts to one number by any case, and of one case by any number. Forgotten
    (D, fault 39) are only those that cannot have rung; the caps of `number_day_max` and on count them too."""
    declined_days: int = 60
    """V, as courtesy: décret 2022-1313. Times 24 hours."""
    own: frozenset[E164] = frozenset()
    """Our own lines: those in 08 may be dialled."""
    verified: tuple[str, ...] = VERIFIED
    automatic: frozenset[Mode] = frozenset({Mode.PROGRESSIVE, Mode.PREDICTIVE})
    """V: calls emitted automatically show a verified number or 080x since 1/1/2023. That timed preview is not one of
    them, since one adviser holds that very card and can stop it, is D."""
    window_h_max: int = 24
    """D: a longer window is no choice of an hour, and beats nothing: such a request is odd."""
    number_day_max: int = 3
    """D, against loops and fraud: dials to one number in any 24 hours."""
    hour_max: int = 240
    """D, against fraud: dials of the house in any hour."""
    at_once_max: int = 40
    """D, against fraud: dials of the house under way at one time."""

    def __post_init__(self) -> None:
        least = (self.declined_days, self.window_h_max, self.number_day_max, self.hour_max, self.at_once_max)
        if min(least) < 1:
            raise ValueError("the bounds of the gate are at least 1")
        if missing := [territory.value for territory in Territory if territory not in self.holidays]:
            raise ValueError(f"no holidays are given for {', '.join(missing)}")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One dialling. cause: None while it is live or its fate is not settled; then nothing else may be dialled."""

    at: Instant
    cause: AttemptCause | None


@dataclass(frozen=True, slots=True)
class Dial:
    """What somebody wants to dial, and all that is known of it. No field has a default: forgetting one is an error."""

    number: E164
    territory: Territory
    zone: str
    """As `numbers.parse_for` told them."""
    postcode: str | None
    """Where the person says they live: its holidays, and its hours too when it is not where the number belongs."""
    service: Hours
    """The opening of the line that calls."""
    mode: Mode
    caller_id: E164 | None
    """The number shown; None, none is configured, is refused."""
    chosen: Window | None
    """The window the person chose, until it is kept or chosen anew."""
    case_attempts: tuple[Attempt, ...]
    """Of this case since the person was last spoken with, as far back as the ladder looks."""
    number_attempts: tuple[Attempt, ...]
    """To this number, of whatever case (this one's too), as far back as the cap looks."""
    declined_at: Instant | None
    """The person's last refusal."""
    opposed: bool
    """On the opposition list."""
    case_live: bool
    """An attempt of this case is under way, or its fate is unknown."""
    number_live: bool
    """The same of this number, by whatever case."""
    dialled_at: tuple[Instant, ...]
    """The dials of the house, at least the last `hour_max` of them or those of the last hour."""
    live: int
    """How many dials of the house are under way."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """Dial now; a moment later it must be asked again."""


@dataclass(frozen=True, slots=True)
class Refused:
    """until: UTC, after the instant asked about; see the module for what None says."""

    reason: Reason
    until: Instant | None


def may_dial(request: Dial, rules: CallingRules, at: Instant) -> Allowed | Refused:
    """The gate. Never raises for what is wrong with `request` or `at`: that is refused as odd."""
    if not _is_whole(request, rules, at):
        return Refused(Reason.ODD, None)
    reach = Reach(
        homes(request.territory, request.zone, request.postcode, rules.holidays),
        request.service,
        rules.hours,
        request.chosen,
    )
    refusals = list(_refusals(request, rules, reach, at))
    if not refusals:
        return Allowed()
    # Every check but the hours, once it passes by time, passes for good: what is left to find is an hour.
    lifts = [lifts_at for _, lifts_at in refusals if lifts_at is not None]
    until = next_allowed(reach, max(lifts)) if len(lifts) == len(refusals) else None
    return Refused(refusals[0][0], until)


def lawful_caller_id(caller_id: str, mode: Mode, rules: CallingRules) -> bool:
    """May this number be shown on a call dialled so? Mobiles (06, 07) never; 080x and verified ranges always."""
    national = _GEOGRAPHIC_CODES.fullmatch(caller_id)
    if national is not None and national[1].startswith(rules.verified):
        return True
    if _FREE_OR_SHARED.fullmatch(caller_id):
        return True
    return mode not in rules.automatic and _ORDINARY.fullmatch(caller_id) is not None


def _refusals(request: Dial, rules: CallingRules, reach: Reach, at: Instant) -> Iterator[tuple[Reason, Instant | None]]:
    """The checks that refuse, in order, each with the instant at which it alone passes; None: not by time."""
    if not _is_diallable(request, rules):
        yield Reason.NUMBER, None
    if request.opposed:
        yield Reason.OPPOSED, None
    if request.declined_at is not None:
        lifts_at = request.declined_at + timedelta(days=rules.declined_days)
        if at < lifts_at:
            yield Reason.DECLINED, lifts_at
    if not may_call_at(reach, at):
        yield _why_not_now(reach, at), at
    # A person who gave another number is still the same person: the cap counts their case's attempts too.
    all_attempts = request.case_attempts + request.number_attempts
    limits = ((Reason.LADDER, request.case_attempts, rules.ladder), (Reason.CAP, all_attempts, rules.cap))
    for reason, attempts, limit in limits:
        counted = {attempt for attempt in attempts if attempt.cause not in limit.uncounted}
        lifts_at = _room_at([attempt.at for attempt in counted], limit.attempts_max, timedelta(days=limit.days), at)
        if at < lifts_at:
            yield reason, lifts_at
    if request.case_live or _any_live(request.case_attempts):
        yield Reason.CASE_LIVE, None
    if request.number_live or _any_live(request.number_attempts):
        yield Reason.NUMBER_LIVE, None
    if request.caller_id is None or not lawful_caller_id(request.caller_id, request.mode, rules):
        yield Reason.CALLER_ID, None
    to_number = [attempt.at for attempt in request.number_attempts]
    lifts_at = _room_at(to_number, rules.number_day_max, timedelta(days=1), at)
    if at < lifts_at:
        yield Reason.NUMBER_DAY, lifts_at
    lifts_at = _room_at(request.dialled_at, rules.hour_max, timedelta(hours=1), at)
    if at < lifts_at:
        yield Reason.HOUR, lifts_at
    if request.live >= rules.at_once_max:
        yield Reason.AT_ONCE, None


def _room_at(instants: Collection[Instant], count_max: int, span: timedelta, at: Instant) -> Instant:
    """The first instant, not before `at`, at which fewer than `count_max` lie less than `span` back.

    An instant ahead of `at`, left by a clock that was put back, counts like any other.
    """
    if len(instants) < count_max:
        return at
    return max(at, nlargest(count_max, instants)[-1] + span)


def _any_live(attempts: tuple[Attempt, ...]) -> bool:
    return any(attempt.cause is None for attempt in attempts)


def _is_diallable(request: Dial, rules: CallingRules) -> bool:
    if _EIGHT.fullmatch(request.number):
        return request.number in rules.own
    return bool(territories(request.number))


def _why_not_now(reach: Reach, at: Instant) -> Reason:
    if reach.chosen is not None and at < reach.chosen.start_at:
        return Reason.TOO_EARLY
    if not is_open(reach.service, at):
        return Reason.SERVICE_CLOSED
    if any(public_holiday(wall_clock(at, home.zone).date(), home.observed) is not None for home in reach.homes):
        return Reason.HOLIDAY
    return Reason.HOURS


def _is_whole(request: Dial, rules: CallingRules, at: Instant) -> bool:
    """Is every value there, of its kind, and in agreement with the others?"""
    return (
        _is_instant(at)
        and isinstance(request.number, str)
        and isinstance(request.territory, Territory)
        and request.zone in ZONES[request.territory]
        and _agree(request.number, request.territory)
        and (request.postcode is None or isinstance(request.postcode, str))
        and isinstance(request.service, Hours)
        and isinstance(request.mode, Mode)
        and (request.caller_id is None or isinstance(request.caller_id, str))
        and (request.chosen is None or _is_choice(request.chosen, rules))
        and _are_attempts(request.case_attempts)
        and _are_attempts(request.number_attempts)
        and (request.declined_at is None or _is_instant(request.declined_at))
        and all(type(said) is bool for said in (request.opposed, request.case_live, request.number_live))
        and isinstance(request.dialled_at, tuple)
        and all(_is_instant(dialled_at) for dialled_at in request.dialled_at)
        and type(request.live) is int
        and request.live >= 0
    )


def _agree(number: E164, territory: Territory) -> bool:
    """A number that can be called is of the territory that is said; any other is for the check of numbers."""
    possible = territories(number)
    return not possible or territory in possible


def _is_choice(window: Window, rules: CallingRules) -> bool:
    return (
        isinstance(window, Window)
        and _is_instant(window.start_at)
        and _is_instant(window.end_at)
        and window.end_at - window.start_at <= timedelta(hours=rules.window_h_max)
    )


def _are_attempts(attempts: tuple[Attempt, ...]) -> bool:
    return isinstance(attempts, tuple) and all(
        isinstance(attempt, Attempt)
        and _is_instant(attempt.at)
        and (attempt.cause is None or isinstance(attempt.cause, AttemptCause))
        for attempt in attempts
    )


def _is_instant(at: object) -> bool:
    return isinstance(at, datetime) and at.utcoffset() is not None and at.year in _YEARS
