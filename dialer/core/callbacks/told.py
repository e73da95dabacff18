"""What people tell a callback: the adviser with the card, and whoever decides about it.

Decides nothing. Must not know how any of it travels, nor who may say it: that was asked before.
"""

from __future__ import annotations

from dataclasses import dataclass

from dialer.core.callbacks.outcomes import Report
from dialer.core.numbers import Parsed
from dialer.core.words import By, Instant, LegId, OfferId
from schedules.windows import Window

# What the adviser does with the card.


@dataclass(frozen=True, slots=True)
class CardAccepted:
    at: Instant
    offer: OfferId


@dataclass(frozen=True, slots=True)
class CardRefused:
    at: Instant
    offer: OfferId


@dataclass(frozen=True, slots=True)
class DialAsked:
    """On the card it accepts too; while the phone rings it is remembered."""

    at: Instant
    offer: OfferId


@dataclass(frozen=True, slots=True)
class MachineHeard:
    """A machine answered: the adviser's key says so, at the moment at which the message may be said."""

    at: Instant
    leg: LegId


# What people decide.


@dataclass(frozen=True, slots=True)
class OutcomeGiven:
    at: Instant
    report: Report
    by: By = By.PERSON


@dataclass(frozen=True, slots=True)
class Rescheduled:
    """Another window (None: as soon as possible), and another number where that is what was wrong."""

    at: Instant
    window: Window | None
    phone: Parsed | None = None


@dataclass(frozen=True, slots=True)
class CallbackCancelled:
    """The person asks not to be called back any more."""

    at: Instant
