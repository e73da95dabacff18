"""Wish and state of one adviser.

Decides what an adviser is doing after each event, and when the system pauses somebody, with the reason shown. Two axes:
the *wish* (ready, paused, away) is asked by the person or set by a rule; the *state* (Free, Ringing, Talking,
WrappingUp, Unreachable) is what the system sees. Must not know who is offered what (`assign`) nor what a call does.

Late but harmless, and so ignored: the end of an offer or a talk that is no longer this adviser's, a registration that
is known already, a deadline that has moved. Any other unhandled pair is an ImpossibleEvent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from dialer.core import events as ev
from dialer.core.calls.states import OfferAnswered, OfferMissed, OfferWithdrawn, Signal, TalkEnded
from dialer.core.words import (
    AdviserId,
    By,
    CallId,
    Cause,
    ImpossibleEvent,
    Instant,
    LegId,
    OfferId,
    QueueId,
    Record,
    Wish,
    record,
)

REST_AFTER_BUSY_S = 5.0
"""A phone that said busy is on a call of its own; it is not asked again before this (our decision)."""
RETRY_UNREACHABLE_S = 30.0
"""A registered phone that could not be reached is tried again after this, unless it registers anew before."""
WRAP_UP_REASON = "fiche à finir"
MISSED_REASON = "appels présentés sans réponse"


@dataclass(frozen=True, slots=True)
class Free:
    """No call. ``rest_until``: not offered anything before this instant."""

    rest_until: Instant | None = None
    kind: Literal["free"] = "free"


@dataclass(frozen=True, slots=True)
class Ringing:
    call: CallId
    offer: OfferId
    leg: LegId
    deadline: Instant
    kind: Literal["ringing"] = "ringing"


@dataclass(frozen=True, slots=True)
class Talking:
    call: CallId
    kind: Literal["talking"] = "talking"


@dataclass(frozen=True, slots=True)
class WrappingUp:
    call: CallId
    queue: QueueId
    deadline: Instant
    then_ready: bool
    kind: Literal["wrapping_up"] = "wrapping_up"


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No phone is registered, or it could not be reached; ``retry_at``: when a registered one is believed again."""

    retry_at: Instant | None = None
    kind: Literal["unreachable"] = "unreachable"


AdviserState = Free | Ringing | Talking | WrappingUp | Unreachable


@dataclass(frozen=True, slots=True)
class Adviser:
    """One adviser. ``idle_since`` orders them: the longest idle is offered the next call."""

    id: AdviserId
    state_since: Instant
    idle_since: Instant
    wish: Wish = Wish.AWAY
    wish_by: By = By.PERSON
    reason: str | None = None
    state: AdviserState = Unreachable()
    registered: bool = False
    misses: int = 0
    """Offers missed in a row."""


@dataclass(frozen=True, slots=True)
class OfferReceived:
    """`assign` chose this adviser and the call named the leg that rings."""

    at: Instant
    call: CallId
    offer: OfferId
    leg: LegId
    deadline: Instant


AdviserEvent = ev.WishSet | ev.PhoneRegistered | ev.PhoneUnregistered | ev.DeadlineReached | OfferReceived


@dataclass(slots=True)
class AdviserStep:
    adviser: Adviser
    records: list[Record]


def deadline(adviser: Adviser) -> Instant | None:
    """The instant at which the state expires, if it does. Ringing expires with its call, which holds that deadline."""
    match adviser.state:
        case Free(rest_until=at) | WrappingUp(deadline=at) | Unreachable(retry_at=at):
            return at
    return None


def transition(adviser: Adviser, event: AdviserEvent | Signal, at: Instant) -> AdviserStep:
    """The adviser after ``event`` at ``at``. Raises ImpossibleEvent for a pair that cannot be."""
    step = AdviserStep(adviser, [])
    match event:
        case ev.WishSet():
            _wish(step, event)
        case ev.PhoneRegistered():
            _registered(step, at)
        case ev.PhoneUnregistered():
            _unregistered(step, at)
        case OfferReceived():
            if adviser.state != Free():  # nor one who rests
                raise ImpossibleEvent(f"adviser {adviser.id}: offered a call in state {adviser.state.kind}")
            _enter(step, Ringing(event.call, event.offer, event.leg, event.deadline), at, event.call)
        case OfferAnswered(call=call):
            if isinstance(adviser.state, Ringing) and adviser.state.call == call:
                step.adviser = replace(adviser, misses=0)
                _enter(step, Talking(call), at, call)
        case OfferMissed() | OfferWithdrawn() | TalkEnded():
            if isinstance(adviser.state, Ringing | Talking) and adviser.state.call == event.call:
                _over(step, event, at)
        case ev.DeadlineReached():
            _deadline(step, at)
    return step


def _over(step: AdviserStep, event: OfferMissed | OfferWithdrawn | TalkEnded, at: Instant) -> None:
    match event:
        case OfferWithdrawn():
            _free(step, at)
        case OfferMissed():
            _missed(step, event, at)
        case TalkEnded(queue=queue, call=call):
            if queue.wrap_up_max_s <= 0:
                step.adviser = replace(step.adviser, idle_since=at)
                _free(step, at)
            else:
                until = at + timedelta(seconds=queue.wrap_up_max_s)
                _enter(step, WrappingUp(call, queue.id, until, queue.wrap_up_then_ready), at, call)


def _missed(step: AdviserStep, event: OfferMissed, at: Instant) -> None:
    """No answer, reject and busy count, two in a row pause; what the caller or the network did is forgiven.

    Many phones say busy when their user declines, so it counts as a reject; but one that is on a call of its own is
    not asked again at once.
    """
    match event.cause:
        case Cause.NO_ANSWER | Cause.REJECTED | Cause.BUSY:
            misses = step.adviser.misses + 1
            step.adviser = replace(step.adviser, misses=misses, idle_since=at)
            if misses >= event.misses_max and step.adviser.wish is Wish.READY:
                reason = f"{misses} {MISSED_REASON}"
                _set_wish(step, Wish.PAUSED, By.SYSTEM, reason, at)
            rests = event.cause is Cause.BUSY
            _free(step, at, rest_until=at + timedelta(seconds=REST_AFTER_BUSY_S) if rests else None)
        case Cause.UNREACHABLE | Cause.FAILED:
            retry_at = at + timedelta(seconds=RETRY_UNREACHABLE_S) if step.adviser.registered else None
            _enter(step, Unreachable(retry_at), at)
        case Cause.NORMAL | Cause.UNKNOWN:
            # Nobody's fault, and the turn is kept; but a phone that drops every call must not be rung without a pause.
            _free(step, at, rest_until=at + timedelta(seconds=REST_AFTER_BUSY_S))


def _wish(step: AdviserStep, event: ev.WishSet) -> None:
    adviser = step.adviser
    reason = event.reason if event.wish is not Wish.READY else None
    _set_wish(step, event.wish, event.by, reason, event.at)
    if event.wish is Wish.READY:
        step.adviser = replace(step.adviser, misses=0)
        if adviser.wish is not Wish.READY and isinstance(adviser.state, Free):
            # Idle is counted from being ready: nobody gains a turn by a pause.
            step.adviser = replace(step.adviser, idle_since=event.at)
        if isinstance(adviser.state, WrappingUp):
            step.adviser = replace(step.adviser, idle_since=event.at)
            _free(step, event.at)


def _registered(step: AdviserStep, at: Instant) -> None:
    adviser = step.adviser
    if not adviser.registered:
        step.adviser = replace(adviser, registered=True)
        step.records.append(record(at, "phone_registered", adviser=adviser.id))
    if isinstance(adviser.state, Unreachable):
        step.adviser = replace(step.adviser, idle_since=at)
        _enter(step, Free(), at)


def _unregistered(step: AdviserStep, at: Instant) -> None:
    """A call in progress goes on: its media does not need the registration."""
    if step.adviser.registered:
        step.adviser = replace(step.adviser, registered=False)
        step.records.append(record(at, "phone_unregistered", adviser=step.adviser.id))
    if isinstance(step.adviser.state, Free) or step.adviser.state == Unreachable(None):
        _enter(step, Unreachable(), at)
    elif isinstance(step.adviser.state, Unreachable):
        step.adviser = replace(step.adviser, state=Unreachable())


def _deadline(step: AdviserStep, at: Instant) -> None:
    match step.adviser.state:
        case Free(rest_until=until) if until is not None and at >= until:
            step.adviser = replace(step.adviser, state=Free())
        case WrappingUp(deadline=until, then_ready=then_ready) if at >= until:
            if not then_ready and step.adviser.wish is Wish.READY:
                _set_wish(step, Wish.PAUSED, By.SYSTEM, WRAP_UP_REASON, at)
            step.adviser = replace(step.adviser, idle_since=at)
            _free(step, at)
        case Unreachable(retry_at=until) if until is not None and at >= until:
            step.adviser = replace(step.adviser, idle_since=at)
            _free(step, at)


def _free(step: AdviserStep, at: Instant, rest_until: Instant | None = None) -> None:
    """Free, or unreachable when the phone went away meanwhile."""
    _enter(step, Free(rest_until) if step.adviser.registered else Unreachable(), at)


def _set_wish(step: AdviserStep, wish: Wish, by: By, reason: str | None, at: Instant) -> None:
    adviser = step.adviser
    if (adviser.wish, adviser.wish_by, adviser.reason) == (wish, by, reason):
        return
    step.adviser = replace(adviser, wish=wish, wish_by=by, reason=reason)
    step.records.append(record(at, "wish_set", adviser=adviser.id, wish=wish, by=by, reason=reason))


def _enter(step: AdviserStep, state: AdviserState, at: Instant, call: CallId | None = None) -> None:
    if state == step.adviser.state:
        return
    same = state.kind == step.adviser.state.kind
    step.adviser = replace(step.adviser, state=state, state_since=step.adviser.state_since if same else at)
    if not same:
        step.records.append(record(at, "adviser_state", call, step.adviser.id, state=state.kind))
