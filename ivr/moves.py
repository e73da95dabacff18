"""What every node's moves are made of: a place to stay at or a node to go to, and the little things they share.

Decides how something is said, waited for and cut short. Must not know the kinds of node: `step` and `callback` do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ivr.place import PLAYING, Action, Phase, Place, Play, StopPlaying
from ivr.prompts import REOPENING, reopening_prompt
from schedules.hours import Closed, Opening

PLAY_MAX_S = 90.0
"""A Play still outstanding after this long counts as done. `check` refuses nodes that say more than a minute."""
DIGIT_GAP_MAX_S = 4.0
"""Silence between two digits after which a number counts as typed."""
TYPED_AHEAD_MAX = 20
"""Digits kept for a later node; more is a hand resting on the keypad."""


@dataclass(frozen=True, slots=True)
class Moment:
    at: datetime
    opening: Opening


@dataclass(frozen=True, slots=True)
class Move:
    """What a node makes of an input: stay at `place`, or go on `to` another node; the actions come first."""

    place: Place
    actions: tuple[Action, ...] = ()
    to: str | None = None


def say(place: Place, prompts: tuple[str, ...], now: Moment, phase: Phase = "saying", *, stored: bool = False) -> Move:
    until = now.at + timedelta(seconds=PLAY_MAX_S)
    return Move(replace(place, phase=phase, deadline=until), (Play(_spoken(prompts, now), stored),))


def _spoken(prompts: tuple[str, ...], now: Moment) -> tuple[str, ...]:
    """The prompts with the next opening put in where it is announced, or left out when it is not known."""
    if REOPENING not in prompts:
        return prompts
    opens_at = now.opening.next_opens_at if isinstance(now.opening, Closed) else None
    named = reopening_prompt(now.at, opens_at) if opens_at is not None else None
    return tuple(spoken for prompt in prompts if (spoken := named if prompt == REOPENING else prompt) is not None)


def listening(place: Place, seconds: float, now: Moment, phase: Phase = "listening") -> Place:
    return replace(place, phase=phase, deadline=now.at + timedelta(seconds=seconds))


def stopping(place: Place, move: Move) -> Move:
    """The move, with what is being played stopped first."""
    return replace(move, actions=(*cut(place), *move.actions))


def cut(place: Place) -> tuple[Action, ...]:
    return (StopPlaying(),) if place.phase in PLAYING else ()
