"""The retry ladder: when to try again after an attempt in vain, and when trying is over. All of it is data.

Decides the next step from the attempts made since a person last spoke. Must not know callbacks, hours or the gate: an
instant that falls where nobody may be called (a half-day begins at midnight or at 13h) is moved on by the gate, and
that counts as no attempt.

Two kinds of attempts in vain. Those that rang at the person's count on the ladder: four of them within ten days, spread
over half-days, and the person is unreachable by the stated rule. Those that failed on our side do not use the ladder
up (faults 39 and 40); but they too come to an end, and then a person looks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

from dialer.core.words import Instant
from schedules.windows import half_day_at, next_half_day


class AttemptCause(StrEnum):
    """What came of an attempt."""

    BUSY = "busy"
    NO_ANSWER = "no_answer"
    MACHINE = "machine"
    FAILED = "failed"
    """The network or we ourselves could not place it."""
    UNREACHABLE = "unreachable"
    """The network knows no way to the number: a phone switched off, or a number that does not exist."""
    INVALID_NUMBER = "invalid_number"
    WRONG_NUMBER = "wrong_number"
    THIRD_PARTY = "third_party"
    ADVISER_LOST = "adviser_lost"
    """The adviser's leg went before there was a talk."""
    CROSSED = "crossed"
    """They called us while we called them."""
    TALKED = "talked"
    CANCELLED = "cancelled"
    UNPLACED = "unplaced"
    """Proved never to have been placed."""
    UNKNOWN = "unknown"
    """Placed, and nobody knows what came of it."""


@dataclass(frozen=True, slots=True)
class Rung:
    """What follows an attempt in vain. Waits ``wait_s``, and then until the ``half_days``-th half-day that begins."""

    wait_s: float = 0.0
    half_days: int = 0
    counted: bool = True
    in_row_max: int | None = None
    """After so many of this cause in a row trying again is no use: a person looks at the number."""


RUNGS: Mapping[AttemptCause, Rung] = MappingProxyType(
    {
        AttemptCause.BUSY: Rung(wait_s=1800),
        AttemptCause.NO_ANSWER: Rung(half_days=1),
        AttemptCause.MACHINE: Rung(half_days=1),
        AttemptCause.THIRD_PARTY: Rung(half_days=1),
        AttemptCause.UNREACHABLE: Rung(half_days=1, in_row_max=2),
        AttemptCause.INVALID_NUMBER: Rung(in_row_max=1),
        AttemptCause.WRONG_NUMBER: Rung(in_row_max=1),
        AttemptCause.FAILED: Rung(wait_s=900, counted=False),
        AttemptCause.ADVISER_LOST: Rung(wait_s=300, counted=False),
        AttemptCause.CROSSED: Rung(counted=False),
    }
)
"""Our default (domain notes: 4 attempts within 10 days); an operator may change any of it."""


@dataclass(frozen=True, slots=True)
class Ladder:
    rungs: Mapping[AttemptCause, Rung] = field(default_factory=lambda: RUNGS)
    attempts_max: int = 4
    days_max: int = 10
    per_half_day_max: int = 2
    """So that four busy tones of one morning are no proof that nobody can be reached."""
    failures_max: int = 6
    """Attempts that do not count, after which a person looks."""

    def __post_init__(self) -> None:
        if min(self.attempts_max, self.days_max, self.per_half_day_max, self.failures_max) < 1:
            raise ValueError("the bounds of a ladder are at least 1")
        if missing := RUNGS.keys() - self.rungs.keys():
            raise ValueError(f"the ladder does not say what follows {', '.join(sorted(missing))}")


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt that is over."""

    at: Instant
    cause: AttemptCause


@dataclass(frozen=True, slots=True)
class Again:
    """Try again, not before ``until``. ``counted``: the person's phone has had its turn, so the place moves too."""

    until: Instant
    counted: bool


@dataclass(frozen=True, slots=True)
class Exhausted:
    """The stated rule: ``attempts_max`` attempts that count, and none reached anybody."""


@dataclass(frozen=True, slots=True)
class AskPerson:
    why: Literal["number", "failures", "days"]


NextStep = Again | Exhausted | AskPerson


def climb(ladder: Ladder, tries: Sequence[Try], at: Instant, zone: ZoneInfo) -> NextStep:
    """What follows the last of ``tries`` (in order, at least one, each of a cause on the ladder), at ``at``.

    A number that is wrong is a matter for a person even at the last attempt. When the days are over before the attempts
    are, it was not the person who could not be reached: a person decides, and nobody is called unreachable for it.
    """
    last = tries[-1].cause
    rung = ladder.rungs[last]
    if rung.in_row_max is not None and _in_a_row(tries) >= rung.in_row_max:
        return AskPerson("number")
    if rung.counted:
        if counted(ladder, tries) >= ladder.attempts_max:
            return Exhausted()
    elif sum(not ladder.rungs[each.cause].counted for each in tries) >= ladder.failures_max:
        return AskPerson("failures")
    until = at + timedelta(seconds=rung.wait_s)
    for _ in range(rung.half_days):
        until = next_half_day(until, zone)
    while _in_half_day(ladder, tries, until, zone) >= ladder.per_half_day_max:
        until = next_half_day(until, zone)
    if days_over(ladder, tries, until):
        return AskPerson("days")
    return Again(until, rung.counted)


def counted(ladder: Ladder, tries: Sequence[Try]) -> int:
    """How many of them the ladder counts."""
    return sum(ladder.rungs[each.cause].counted for each in tries)


def days_over(ladder: Ladder, tries: Sequence[Try], at: Instant) -> bool:
    """Is ``at`` later than an attempt of these may be?"""
    return bool(tries) and at > tries[0].at + timedelta(days=ladder.days_max)


def _in_half_day(ladder: Ladder, tries: Sequence[Try], at: Instant, zone: ZoneInfo) -> int:
    """How many attempts that count were made in the half-day of ``at``."""
    half = half_day_at(at, zone)
    return sum(ladder.rungs[each.cause].counted and half_day_at(each.at, zone) == half for each in tries)


def _in_a_row(tries: Sequence[Try]) -> int:
    last = tries[-1].cause
    number = 0
    for each in reversed(tries):
        if each.cause is not last:
            break
        number += 1
    return number
