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
from dialer.core.callbacks.states import callback_of
from dialer.core.calls.states import (
    GuestAnswered,
    GuestMissed,
    GuestOver,
    OfferAnswered,
    OfferMissed,
    OfferWithdrawn,
    Signal,
    TalkEnded,
)
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
    required: bool = False
    """Its contact has to be filed before they are ready again."""
    kind: Literal["wrapping_up"] = "wrapping_up"


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No phone is registered, or it could not be reached; ``retry_at``: when a registered one is believed again."""

    retry_at: Instant | None = None
    kind: Literal["unreachable"] = "unreachable"


AdviserState = Free | Ringing | Talking | WrappingUp | Unreachable


@dataclass(frozen=True, slots=True)
class Help:
    """A supervisor is called for. ``call``: the call or callback that it was asked in, and ends with; None: between
    two, and it ends when the adviser goes."""

    since: Instant
    call: CallId | None


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
    owes: tuple[CallId, ...] = ()
    """Calls whose contact was not filed within its wrap-up, the oldest first. Who owes one is never ready."""
    help: Help | None = None


@dataclass(frozen=True, slots=True)
class OfferReceived:
    """`assign` chose this adviser and the call named the leg that rings."""

    at: Instant
    call: CallId
    offer: OfferId
    leg: LegId
    deadline: Instant


AdviserEvent = (
    ev.WishSet | ev.HelpAsked | ev.PhoneRegistered | ev.PhoneUnregistered | ev.DeadlineReached | OfferReceived
)


@dataclass(frozen=True, slots=True)
class ContactFiled:
    """They wrote down what a call was about, within its wrap-up or late."""

    at: Instant
    call: CallId


@dataclass(slots=True)
class AdviserStep:
    """``refused``: why what they asked for was not done."""

    adviser: Adviser
    records: list[Record]
    refused: Literal["contact_owed"] | None = None


def deadline(adviser: Adviser) -> Instant | None:
    """The instant at which the state expires, if it does. Ringing expires with its call, which holds that deadline."""
    match adviser.state:
        case Free(rest_until=at) | WrappingUp(deadline=at) | Unreachable(retry_at=at):
            return at
    return None


def has_in_hand(adviser: Adviser, call: CallId) -> bool:
    """Whether what was said in this call is theirs to write down now: they talk in it, wrap it up, or owe it."""
    state = adviser.state
    return call in adviser.owes or (isinstance(state, Talking | WrappingUp) and state.call == call)


def transition(adviser: Adviser, event: AdviserEvent | ContactFiled | Signal, at: Instant) -> AdviserStep:
    """The adviser after ``event`` at ``at``. Raises ImpossibleEvent for a pair that cannot be."""
    step = AdviserStep(adviser, [])
    match event:
        case ev.WishSet():
            _wish(step, event)
        case ev.HelpAsked():
            _help(step, event)
        case ContactFiled(call=call):
            _filed(step, call, at)
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
        case GuestAnswered(call=call):
            if isinstance(adviser.state, Ringing) and adviser.state.call == call:
                _enter(step, Talking(call), at, call)
        case OfferMissed() | OfferWithdrawn() | TalkEnded() | GuestMissed() | GuestOver():
            if isinstance(adviser.state, Ringing | Talking) and adviser.state.call == event.call:
                _over(step, event, at)
        case ev.DeadlineReached():
            _deadline(step, at)
    _end_help(step, adviser, at)
    return step


def _over(
    step: AdviserStep, event: OfferMissed | OfferWithdrawn | TalkEnded | GuestMissed | GuestOver, at: Instant
) -> None:
    match event:
        case OfferWithdrawn() | GuestOver():
            _free(step, at)
        case OfferMissed():
            _missed(step, event, at)
        case GuestMissed(cause=Cause.NO_ANSWER | Cause.REJECTED):
            _free(step, at)
        case GuestMissed(cause=cause):
            _not_reached(step, cause, at)
        case TalkEnded(queue=queue, call=call):
            # What came of a callback is said by its outcome, and no contact is asked for beside it.
            required = queue.contact_required and callback_of(call) is None
            if queue.wrap_up_max_s <= 0:
                step.adviser = replace(step.adviser, idle_since=at)
                if required:
                    _owe(step, call, at)
                _free(step, at)
            else:
                until = at + timedelta(seconds=queue.wrap_up_max_s)
                _enter(step, WrappingUp(call, queue.id, until, queue.wrap_up_then_ready, required), at, call)


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
            if event.cause is Cause.BUSY:
                _not_reached(step, event.cause, at)
            else:
                _free(step, at)
        case _:
            _not_reached(step, event.cause, at)


def _not_reached(step: AdviserStep, cause: Cause, at: Instant) -> None:
    match cause:
        case Cause.UNREACHABLE | Cause.FAILED:
            retry_at = at + timedelta(seconds=RETRY_UNREACHABLE_S) if step.adviser.registered else None
            _enter(step, Unreachable(retry_at), at)
        case _:
            # Nobody's fault, and the turn is kept; but a phone that drops every call must not be rung without a pause.
            _free(step, at, rest_until=at + timedelta(seconds=REST_AFTER_BUSY_S))


def _wish(step: AdviserStep, event: ev.WishSet) -> None:
    adviser = step.adviser
    if event.wish is Wish.READY and _has_to_file(adviser):
        # Journalled, because who dialled it may ask later why it did nothing.
        step.refused = "contact_owed"
        step.records.append(record(event.at, "wish_refused", adviser=adviser.id, wish=event.wish, why="contact_owed"))
        return
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
        case WrappingUp(call=call, deadline=until, then_ready=then_ready, required=required) if at >= until:
            if required:
                _owe(step, call, at)
            elif not then_ready and step.adviser.wish is Wish.READY:
                _set_wish(step, Wish.PAUSED, By.SYSTEM, WRAP_UP_REASON, at)
            step.adviser = replace(step.adviser, idle_since=at)
            _free(step, at)
        case Unreachable(retry_at=until) if until is not None and at >= until:
            step.adviser = replace(step.adviser, idle_since=at)
            _free(step, at)


def _help(step: AdviserStep, event: ev.HelpAsked) -> None:
    """Asked again it goes on from when it was first asked."""
    adviser = step.adviser
    if event.asked and adviser.help is None:
        state = adviser.state
        call = state.call if isinstance(state, Ringing | Talking | WrappingUp) else None
        step.adviser = replace(adviser, help=Help(event.at, call))
        step.records.append(record(event.at, "help_asked", call, adviser.id))
    elif not event.asked:
        _help_over(step, "withdrawn" if event.own else "cleared", event.at)


def _end_help(step: AdviserStep, before: Adviser, at: Instant) -> None:
    """What was asked in a call ends with it, and what was asked in its wrap-up with that."""
    asked, state = step.adviser.help, step.adviser.state
    if asked is None:
        return
    if asked.call is None:
        if step.adviser.wish is Wish.AWAY and before.wish is not Wish.AWAY:
            _help_over(step, "away", at)
        return
    match state:
        case Ringing(call=call) | Talking(call=call) if call == asked.call:
            return
        case WrappingUp(call=call) if call == asked.call and step.adviser.state_since <= asked.since:
            return
    _help_over(step, "call_over", at)


def _help_over(step: AdviserStep, why: str, at: Instant) -> None:
    if (asked := step.adviser.help) is not None:
        step.adviser = replace(step.adviser, help=None)
        step.records.append(record(at, "help_over", asked.call, step.adviser.id, why=why))


def _has_to_file(adviser: Adviser) -> bool:
    return bool(adviser.owes) or (isinstance(adviser.state, WrappingUp) and adviser.state.required)


def _owe(step: AdviserStep, call: CallId, at: Instant) -> None:
    """The contact is late: it is asked for until it is there, and until then they are offered nothing."""
    if call not in step.adviser.owes:
        step.adviser = replace(step.adviser, owes=(*step.adviser.owes, call))
    if step.adviser.wish is Wish.READY:
        _set_wish(step, Wish.PAUSED, By.SYSTEM, WRAP_UP_REASON, at)


def _filed(step: AdviserStep, call: CallId, at: Instant) -> None:
    """It ends the wrap-up; and the pause that the system set for want of it, once nothing is owed any more."""
    adviser = step.adviser
    if call in adviser.owes:
        step.adviser = replace(adviser, owes=tuple(each for each in adviser.owes if each != call))
        paused_for_it = (adviser.wish, adviser.wish_by, adviser.reason) == (Wish.PAUSED, By.SYSTEM, WRAP_UP_REASON)
        if paused_for_it and not step.adviser.owes:
            _set_wish(step, Wish.READY, By.PERSON, None, at)
            step.adviser = replace(step.adviser, misses=0, idle_since=at)
    if isinstance(adviser.state, WrappingUp) and adviser.state.call == call:
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
