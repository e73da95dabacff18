"""Restart, reconnection, Asterisk's restart: one way.

Decides how memory is brought back into step with Asterisk's whole truth: the difference is mended as if the missed
events came now. Must not know how that truth is read.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dialer.core import adviser as advisers
from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.callbacks import states as callbacks
from dialer.core.callbacks.events import CallOver, Fate, Recovered
from dialer.core.callbacks.states import Callback
from dialer.core.callbacks.talking import bridged_legs
from dialer.core.calls import states as calls
from dialer.core.calls.moves import CallStep
from dialer.core.calls.states import Arrived, Call, Talking, Waiting
from dialer.core.change import Change
from dialer.core.coming_back import Rejoin
from dialer.core.words import CallId, Cause, LegId, record

if TYPE_CHECKING:
    from dialer.core.desk import Desk


def reconcile(desk: Desk, event: ev.Reconciled, change: Change) -> None:
    at = event.at
    differences = _phones(desk, event, change)
    known = desk.legs()  # a call that ends by this has seen to its legs: one may hear the apology
    for leg in event.legs:  # first, so that none of their names is given to a leg that is rung from here
        if leg not in known and not desk.switchboard.was_sent_away(leg):
            differences += 1
            change.commands.append(cmd.HangUp(leg))
            _never_name_again(desk, leg, change)
    for call in list(desk.calls.values()):
        differences += _call(desk, call, event, change)
    for callback in list(desk.book.callbacks.values()):
        differences += _callback(desk, callback, event, change)
    for adviser in list(desk.advisers.values()):
        state = adviser.state
        if isinstance(state, advisers.Ringing | advisers.Talking) and not desk.holds(state.call, adviser.id):
            differences += 1  # their call is over, and the end was not stored with them
            desk.team.tell(adviser.id, calls.OfferWithdrawn(adviser.id, state.call), change)
    for adviser_id in sorted(event.phones):
        desk.adviser_back(adviser_id, calls.AdviserBack(at), change)
    for bridge in event.bridges - desk.bridges():
        differences += 1
        change.commands.append(cmd.CloseBridge(bridge))
    change.records.append(record(at, "reconciled", differences=differences))


def _phones(desk: Desk, event: ev.Reconciled, change: Change) -> int:
    differences = 0
    for adviser in list(desk.advisers.values()):
        if (adviser.id in event.phones) != adviser.registered:
            differences += 1
            if adviser.id in event.phones:
                desk.team.tell(adviser.id, ev.PhoneRegistered(event.at, adviser.id), change)
            else:
                desk.phone_gone(adviser.id, ev.PhoneUnregistered(event.at, adviser.id), change)
    return differences


def _call(desk: Desk, call: Call, event: ev.Reconciled, change: Change) -> int:
    """The number of differences found for this call."""
    at = event.at
    lost = Cause.UNKNOWN
    if event.started_at is not None and call.arrived_at < event.started_at:
        lost = Cause.FAILED  # Asterisk died since: its calls died with it
    if call.leg not in event.legs:
        desk.switchboard.tell(call.id, ev.LegLeft(at, call.leg, lost), change)
        return 1
    news = _rung_again(call.state.rejoin if isinstance(call.state, Talking) else None, event)
    if news is not None:
        desk.switchboard.tell(call.id, news, change)
        call = desk.calls[call.id]
    differences = int(news is not None)
    guest = call.state.guest if isinstance(call.state, Talking) else None
    if guest is not None and guest.leg not in event.legs:
        _not_there(desk, call, guest.leg, lost, change)
        call, guest, differences = desk.calls[call.id], None, differences + 1
    other = calls.ring_leg(call)
    if other is not None and other not in event.legs:
        _not_there(desk, call, other, lost, change)
        back = desk.calls.get(call.id)
        if back is not None and (isinstance(back.state, Waiting) or _waits_for_adviser(back)):
            desk.switchboard.tell(call.id, calls.Resumed(at), change)
        if back is None or guest is None:
            return differences + 1
        call, other, differences = back, guest.leg, differences + 1  # the caller goes on with the guest
    state = call.state
    if isinstance(state, Arrived) and event.legs[call.leg].up:
        desk.switchboard.tell(call.id, ev.LegAnswered(at, call.leg), change)
        return 1
    bridged = isinstance(state, Talking) and _is_bridged(call, state, event)
    if isinstance(state, Talking) and state.guest is not None:
        other = state.guest.leg
    other_up = other is not None and event.legs[other].up
    desk.switchboard.tell(call.id, calls.Resumed(at, bridged=bridged, other_up=other_up), change)
    return differences


def _not_there(desk: Desk, call: Call, leg: LegId, lost: Cause, change: Change) -> None:
    """It is over, or it is a dial that still waits for its commit: then it is never placed."""
    change.commands.append(cmd.HangUp(leg))
    desk.switchboard.tell(call.id, ev.LegLeft(change.at, leg, lost), change)


def _waits_for_adviser(call: Call) -> bool:
    return isinstance(call.state, Talking) and call.state.rejoin is not None and call.state.rejoin.lost


def _is_bridged(call: Call, talk: Talking, event: ev.Reconciled) -> bool:
    """Of the call's own legs exactly those that belong there are in the talk's bridge."""
    ours = (call.leg, *calls.other_legs(call))
    inside = {leg for leg in ours if leg in event.legs and event.legs[leg].bridge == talk.bridge}
    return inside == set(calls.bridged_legs(call, talk))


def _rung_again(rejoin: Rejoin | None, event: ev.Reconciled) -> ev.LegAnswered | ev.LegLeft | None:
    """What became of the new leg of an adviser who comes back, beside the one that they still have; None: nothing."""
    if rejoin is None or rejoin.lost or rejoin.leg is None:
        return None
    seen = event.legs.get(rejoin.leg)
    if seen is None:
        return ev.LegLeft(event.at, rejoin.leg, Cause.UNKNOWN)
    return ev.LegAnswered(event.at, rejoin.leg) if seen.up else None


def _callback(desk: Desk, callback: Callback, event: ev.Reconciled, change: Change) -> int:
    """One that has no leg has nothing to find, but a call of their own that is over, or a leg found again."""
    visit, at = callbacks.visit(callback), event.at
    call = callbacks.their_call(callback)
    if call is not None and call not in desk.calls:
        desk.promises.tell(visit, CallOver(at, call), change)
        return 1
    before = callback
    news = _rung_again(callback.state.rejoin if isinstance(callback.state, callbacks.Talking) else None, event)
    if news is not None:
        desk.promises.tell(visit, news, change)
        callback = desk.book.callbacks[callback.id]
    guest = _guest_leg(callback)
    if guest is not None and guest not in event.legs and callbacks.person_leg(callback) in event.legs:
        change.commands.append(cmd.HangUp(guest))  # as in `_not_there`
        desk.promises.tell(visit, ev.LegLeft(at, guest, Cause.UNKNOWN), change)
        left = desk.book.callbacks.get(callback.id)
        if left is None or not isinstance(left.state, callbacks.Talking):
            return 1  # nobody is left with them, and that is seen to
        callback, guest = left, None
    theirs, ours = callbacks.person_leg(callback), callbacks.adviser_leg(callback)
    settled_later = isinstance(callback.state, callbacks.Unsettled) and (theirs is None or theirs not in event.legs)
    if settled_later or (theirs is None and ours is None):
        return 0
    bridged = _talk_is_bridged(callback, event)
    fates = Recovered(at, _fate(theirs, event), _fate(ours, event), bridged, _fate(guest, event))
    desk.promises.tell(visit, fates, change)
    return int(desk.book.callbacks.get(callback.id) != before)


def _guest_leg(callback: Callback) -> LegId | None:
    state = callback.state
    guest = state.guest if isinstance(state, callbacks.Talking | callbacks.WithGuest) else None
    return guest.leg if guest is not None else None


def _talk_is_bridged(callback: Callback, event: ev.Reconciled) -> bool:
    """Of its own legs exactly those that belong there are in the talk's bridge."""
    state = callback.state
    if not isinstance(state, callbacks.Talking | callbacks.WithGuest):
        return False
    seen = {leg: event.legs[leg].bridge for leg in callbacks.legs(callback) if leg in event.legs}
    return {leg for leg, bridge in seen.items() if bridge == state.bridge} == set(bridged_legs(state))


def _fate(leg: LegId | None, event: ev.Reconciled) -> Fate:
    """A leg that is not there may have been placed and be over, or never have been placed: Asterisk does not say."""
    seen = event.legs.get(leg) if leg is not None else None
    if seen is None:
        return Fate.UNKNOWN
    return Fate.UP if seen.up else Fate.RINGING


def _never_name_again(desk: Desk, leg: LegId, change: Change) -> None:
    """A leg that we rang and whose naming was lost with a crash: its number is used, so that no new leg gets it."""
    call_id, _, letter_and_number = leg.rpartition("-")
    call, number = desk.calls.get(CallId(call_id)), letter_and_number[1:]
    if call is None:
        desk.promises.name_used(leg, change)
    elif number.isdecimal():
        desk.switchboard.take(CallStep(replace(call, legs=max(call.legs, int(number)))), change)
