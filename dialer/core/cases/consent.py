"""What the person agreed to, and what they do not agree to any more.

Decides whether a consent holds at an instant. The service's own work rests on its mission of public interest and needs
none (domain notes); these are for what goes beyond it. Every word is kept, so that it can be told what held when.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dialer.core.cases.actor import Actor
from dialer.core.words import Instant


class Purpose(StrEnum):
    """What for (our decision, for the DPO to fix)."""

    SHARE_WITH_STRUCTURE = "share_with_structure"
    """Hand their name and number to the structure that will receive them."""
    TALK_TO_RELATIVE = "talk_to_relative"
    """Speak of the case with a parent or somebody close, once they are of age."""
    FOLLOW_UP = "follow_up"
    """Be asked some months later what became of it."""


@dataclass(frozen=True, slots=True)
class ConsentSaid:
    """given: False when it is withdrawn. by: the person, or the officer who took down what they said."""

    at: Instant
    by: Actor
    purpose: Purpose
    given: bool


def say(consents: tuple[ConsentSaid, ...], event: ConsentSaid) -> tuple[ConsentSaid, ...]:
    """What holds already is not said twice."""
    return consents if holds(consents, event.purpose, event.at) is event.given else (*consents, event)


def holds(consents: tuple[ConsentSaid, ...], purpose: Purpose, at: Instant) -> bool:
    """By the last word on it, up to ``at``. Nothing said is no consent."""
    said = [each for each in consents if each.purpose is purpose and each.at <= at]
    return said[-1].given if said else False
