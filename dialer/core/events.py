"""All that can happen to the desk, in the past tense. Every event carries its instant ``at`` (aware, UTC).

Decides nothing. Must not know ARI's names: `dialer.asterisk.translate` turns those into these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dialer.core.callbacks.request import Key, Request
from dialer.core.callbacks.states import CallbackId
from dialer.core.callbacks.told import (
    CallbackCancelled,
    CardAccepted,
    CardRefused,
    DialAsked,
    OutcomeGiven,
    Rescheduled,
)
from dialer.core.rules import Rules
from dialer.core.words import (
    AdviserId,
    BridgeId,
    By,
    Caller,
    CallId,
    Cause,
    Instant,
    LegId,
    LineId,
    PlaybackId,
    Wish,
)


@dataclass(frozen=True, slots=True)
class CallArrived:
    """Somebody dialled one of our lines. A second one with the same call id is a duplicate and changes nothing."""

    at: Instant
    call: CallId
    leg: LegId
    line: LineId
    caller: Caller


@dataclass(frozen=True, slots=True)
class LegAnswered:
    """A leg is up: the caller's after our Answer, or the phone that we rang."""

    at: Instant
    leg: LegId


@dataclass(frozen=True, slots=True)
class LegLeft:
    """A leg is gone, answered or not. Also the outcome of a RingAdviser or DialOutside that was refused."""

    at: Instant
    leg: LegId
    cause: Cause


@dataclass(frozen=True, slots=True)
class DigitPressed:
    at: Instant
    leg: LegId
    digit: str


@dataclass(frozen=True, slots=True)
class PromptFinished:
    """A prompt was heard to its end, was stopped, or could not be played (``failed``): never dead air."""

    at: Instant
    leg: LegId
    playback: PlaybackId
    failed: bool = False


@dataclass(frozen=True, slots=True)
class JoinRefused:
    """The two legs could not be bridged although we asked."""

    at: Instant
    bridge: BridgeId


@dataclass(frozen=True, slots=True)
class MachineDetected:
    """The ear has heard a machine on this leg. It waits: to hear the greeting out, or to be hung up."""

    at: Instant
    leg: LegId
    ear: LegId


@dataclass(frozen=True, slots=True)
class GreetingOver:
    """The machine on this leg has said its own, and records; or has talked for longer than is waited for."""

    at: Instant
    leg: LegId


@dataclass(frozen=True, slots=True)
class HookAnswered:
    """An operator's web hook answered; ``result`` None: it failed or took too long. ``node``: which asked."""

    at: Instant
    call: CallId
    node: str
    result: str | None


@dataclass(frozen=True, slots=True)
class WishSet:
    at: Instant
    adviser: AdviserId
    wish: Wish
    by: By = By.PERSON
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PhoneRegistered:
    at: Instant
    adviser: AdviserId


@dataclass(frozen=True, slots=True)
class PhoneUnregistered:
    at: Instant
    adviser: AdviserId


@dataclass(frozen=True, slots=True)
class LinkLost:
    """Asterisk is out of reach: no new offers until Reconciled."""

    at: Instant


@dataclass(frozen=True, slots=True)
class LegSeen:
    """One leg as Asterisk has it at a reconciliation."""

    up: bool
    bridge: BridgeId | None = None


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Asterisk's whole truth after every (re)connection; the desk compares it with memory and mends the difference.

    ``legs`` holds the legs that are in our hands (or ringing for us); callers whose arrival we missed come as
    CallArrived before it. ``started_at``: since when this Asterisk runs; older calls died with the one before.
    """

    at: Instant
    legs: Mapping[LegId, LegSeen] = field(default_factory=dict)
    bridges: frozenset[BridgeId] = frozenset()
    phones: frozenset[AdviserId] = frozenset()
    started_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class RulesChanged:
    """The configuration was loaded anew, whole."""

    at: Instant
    rules: Rules


@dataclass(frozen=True, slots=True)
class DeadlineReached:
    at: Instant


@dataclass(frozen=True, slots=True)
class CallbacksAsked:
    """Requests to be called back, whole and looked through: all of them are booked, in one change.

    key: the Idempotency-Key under which the one request came.
    """

    at: Instant
    requests: tuple[Request, ...]
    key: Key | None = None


@dataclass(frozen=True, slots=True)
class CallbackTold:
    """What a person decided about one callback."""

    at: Instant
    callback: CallbackId
    told: OutcomeGiven | Rescheduled | CallbackCancelled


Event = (
    CallArrived
    | LegAnswered
    | LegLeft
    | DigitPressed
    | PromptFinished
    | JoinRefused
    | MachineDetected
    | GreetingOver
    | HookAnswered
    | WishSet
    | PhoneRegistered
    | PhoneUnregistered
    | LinkLost
    | Reconciled
    | RulesChanged
    | DeadlineReached
    | CallbacksAsked
    | CallbackTold
    | CardAccepted
    | CardRefused
    | DialAsked
)
