"""What happens in the talk of a callback: its legs come and go, the adviser holds, asks somebody in, and leaves.

Decides how each is carried out, as `calls.talk` does for a caller, and what differs: a callback stays with the adviser
who made it, so that nobody else takes it over and nobody is sent on. They may go all the same: the person then goes on
with a guest who is there, and waits with music for one who still rings; what came of it stays the adviser's to say.
Whoever is left with nobody hears the apology and is called once more. Who may be rung was looked up before
(`core.talks`). Must not know Asterisk, the clock or the database.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.callbacks import moves, rejoin
from dialer.core.callbacks.events import CallbackEvent, Fate, Recovered, Scene
from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.callbacks.moves import CallbackStep
from dialer.core.callbacks.states import visit
from dialer.core.callbacks.talking import Talk, Talking, WithGuest, bridged_legs, hears_music, is_lost
from dialer.core.callbacks.told import MachineHeard
from dialer.core.calls.moves import TRANSFER_RING_MAX_S
from dialer.core.calls.party import Colleague, Dialled, Guest, GuestFound, How, QueueChosen, TalkAsked, source, target
from dialer.core.calls.states import AdviserBack, GuestAnswered, GuestMissed, GuestOver, TalkEnded
from dialer.core.calls.told import (
    GuestAsked,
    GuestDismissed,
    GuestJoinAsked,
    HandOverAsked,
    HangUpAsked,
    HoldAsked,
    TalkTold,
)
from dialer.core.words import Cause, Instant, LegId, OfferId


def talking(step: CallbackStep, state: Talking, event: CallbackEvent, scene: Scene) -> None:
    at, guest = event.at, state.guest
    if _of_guest(step, state, event, scene) or rejoin.seen_to(step, state, event, scene):
        return
    match event:
        case ev.LegLeft(leg=leg) if leg == state.leg:
            step.commands.append(cmd.HangUp(state.adviser_leg))
            moves.talk_over(step, state, scene, at)
        case ev.LegLeft(leg=leg, cause=cause) if leg == state.adviser_leg:
            _adviser_left(step, state, cause, scene, at)
        case ev.JoinRefused(bridge=bridge, legs=legs) if bridge == state.bridge:
            if not legs or state.adviser_leg in legs or (state.leg in legs and not state.held):
                step.commands.append(cmd.HangUp(state.adviser_leg))
                _apologise(step, state, Cause.FAILED, scene, at)
        case MachineHeard(leg=leg) if leg == state.leg and guest is None and not state.held:
            moves.machine(step, state, scene, at)
        case Recovered(person=person) if person is not Fate.UP:
            step.commands.append(cmd.HangUp(state.adviser_leg))
            moves.talk_over(step, state, scene, at)
        case Recovered(adviser=adviser) if adviser is not Fate.UP:
            _adviser_left(step, state, Cause.UNKNOWN, scene, at)
            if isinstance(step.callback.state, WithGuest):
                _recovered(step, step.callback.state, event, scene)
        case Recovered():
            _recovered(step, state, event, scene)
        case _ if isinstance(event, TalkAsked):
            _asked(step, state, event, scene)


def with_guest(step: CallbackStep, state: WithGuest, event: CallbackEvent, scene: Scene) -> None:
    at = event.at
    if _of_guest(step, state, event, scene):
        return
    match event:
        case ev.LegLeft(leg=leg) if leg == state.leg:
            moves.free_guest(step, state)
            moves.talk_over(step, state, scene, at)
        case ev.JoinRefused(bridge=bridge, legs=legs) if bridge == state.bridge:
            if not legs or state.leg in legs:
                moves.free_guest(step, state)
                _with_nobody(step, state, scene, at)
        case Recovered(person=person) if person is not Fate.UP:
            moves.free_guest(step, state)
            moves.talk_over(step, state, scene, at)
        case Recovered():
            _recovered(step, state, event, scene)
        case _ if isinstance(event, TalkAsked):
            step.refused = "not_talking"


# -- the two whose talk it is ------------------------------------------------------------------------


def _adviser_left(step: CallbackStep, state: Talking, cause: Cause, scene: Scene, at: Instant) -> None:
    """The end of a talk; or, so soon after the bridge that there was none, somebody who answered and hears nobody.

    Not with a guest: the person goes on with them. Nor where the adviser has said what came of it: there was a talk.
    """
    if state.guest is not None:
        _leave_with(step, state, state.guest, scene, at)
    elif state.report is None and (at - state.since).total_seconds() < scene.callback_rules.brief_s:
        _apologise(step, state, cause, scene, at)
    else:
        step.commands.append(cmd.HangUp(state.leg))
        moves.talk_over(step, state, scene, at)


def _apologise(step: CallbackStep, state: Talking, cause: Cause, scene: Scene, at: Instant) -> None:
    step.commands.append(cmd.CloseBridge(state.bridge))
    moves.lose_adviser(step, state, cause, scene)
    moves.say(step, state.leg, state.number, AttemptCause.ADVISER_LOST, scene, at)


def _leave_with(step: CallbackStep, state: Talking, guest: Guest, scene: Scene, at: Instant) -> None:
    """The adviser is out of it, and has its outcome to say."""
    tell(step, at, "callback_left_with_guest", state, guest, stage=guest.state)
    if guest.state == "ringing" and not state.held:
        _take_out(step, state, scene)
    elif guest.state != "ringing":
        if state.held:
            _put_back(step, state)
        guest = replace(guest, state="joined")
    step.signals.append(TalkEnded(state.adviser, visit(step.callback), scene.queue(step.callback.queue)))
    after = WithGuest(state.adviser, state.leg, state.number, state.bridge, state.since, guest, state.report)
    moves.enter(step, after, at)


def _with_nobody(step: CallbackStep, state: WithGuest, scene: Scene, at: Instant) -> None:
    """Whom they were left with is not there: as where an adviser does not come back (`rejoin`)."""
    if state.report is not None:
        step.commands.append(cmd.HangUp(state.leg))
        moves.talk_over(step, state, scene, at)
        return
    step.commands.append(cmd.CloseBridge(state.bridge))
    moves.say(step, state.leg, state.number, AttemptCause.ADVISER_LOST, scene, at)


def _recovered(step: CallbackStep, state: Talk, event: Recovered, scene: Scene) -> None:
    """Each leg to where it belongs. A guest who answered meanwhile is there."""
    if not event.bridged:
        step.commands.append(cmd.MakeBridge(state.bridge))
        inside = bridged_legs(state)
        if hears_music(state):
            step.commands.append(cmd.TakeOut(state.bridge, state.leg))
        elif isinstance(state, WithGuest):
            step.commands.append(cmd.StopMusic(state.leg))
        if inside:
            step.commands.append(cmd.Join(state.bridge, inside))
    if hears_music(state):
        step.commands.append(cmd.StartMusic(state.leg, _music(step, scene)))
    if state.guest is not None and state.guest.state == "ringing" and event.guest is Fate.UP:
        _guest_up(step, state, state.guest, scene, event.at)


# -- what is asked for -------------------------------------------------------------------------------


def hands_it_on(event: TalkAsked | TalkTold) -> bool:
    """Whether it would leave the callback to somebody else."""
    match event:
        case HandOverAsked() | QueueChosen() | GuestFound(how="blind") | GuestAsked(how="blind"):
            return True
    return False


def _asked(step: CallbackStep, state: Talking, event: TalkAsked, scene: Scene) -> None:
    """Refused in `step.refused`, with nothing changed."""
    guest = state.guest
    if state.adviser != event.adviser or is_lost(state):
        step.refused = "not_talking"
    elif hands_it_on(event):
        step.refused = "callback_stays"
    else:
        match event:
            case HoldAsked():
                if event.held != state.held:
                    _hold(step, state, event.held, scene, event.at)
            case GuestFound():
                _invite(step, state, event, scene)
            case HangUpAsked():
                step.commands.append(cmd.HangUp(state.adviser_leg))
                _adviser_left(step, state, Cause.NORMAL, scene, event.at)
            case _ if guest is None:
                step.refused = "no_guest"
            case GuestDismissed():
                state = _send_away(step, state, guest, event.at)
                if state.held:
                    _hold(step, state, False, scene, event.at)
            case GuestJoinAsked() if guest.state == "ringing":
                step.refused = "guest_rings"
            case GuestJoinAsked():
                if guest.state == "aside":
                    _hold(step, state, False, scene, event.at)


def _hold(step: CallbackStep, state: Talking, held: bool, scene: Scene, at: Instant) -> Talking:
    """The person hears music, and a guest who was with both is aside; or they are back, and a guest is with both."""
    guest = state.guest
    if held:
        _take_out(step, state, scene)
        moves.tell(step, at, "held", state.adviser)
        if guest is not None and guest.state == "joined":
            guest = replace(guest, state="aside")
    else:
        _put_back(step, state)
        moves.tell(step, at, "resumed", state.adviser)
        if guest is not None and guest.state == "aside":
            guest = replace(guest, state="joined")
            tell(step, at, "conference", state, guest)
    return _set(step, replace(state, held=held, guest=guest))


def _take_out(step: CallbackStep, state: Talking, scene: Scene) -> None:
    step.commands += [cmd.TakeOut(state.bridge, state.leg), cmd.StartMusic(state.leg, _music(step, scene))]


def _put_back(step: CallbackStep, state: Talking) -> None:
    step.commands += [cmd.StopMusic(state.leg), cmd.Join(state.bridge, (state.leg,))]


def _music(step: CallbackStep, scene: Scene) -> str:
    return scene.queue(step.callback.queue).music


def _set(step: CallbackStep, state: Talking) -> Talking:
    step.callback = replace(step.callback, state=state)
    return state


# -- a guest ------------------------------------------------------------------------------------------


def _of_guest(step: CallbackStep, state: Talk, event: CallbackEvent, scene: Scene) -> bool:
    """Whether this was about whoever was asked in, and is done; else it is the talk's own."""
    at, guest = event.at, state.guest
    if guest is None:
        return False
    match event:
        case ev.LegAnswered(leg=leg) if leg == guest.leg:
            if guest.state == "ringing":
                _guest_up(step, state, guest, scene, at)
        case ev.LegLeft(leg=leg, cause=cause) if leg == guest.leg:
            _guest_left(step, state, guest, cause, scene, at)
        case ev.DeadlineReached() if guest.deadline is not None and at >= guest.deadline:
            step.commands.append(cmd.HangUp(guest.leg))
            _guest_left(step, state, guest, Cause.NO_ANSWER, scene, at)
        case ev.JoinRefused(bridge=bridge, legs=legs) if bridge == state.bridge and legs == (guest.leg,):
            step.commands.append(cmd.HangUp(guest.leg))
            _guest_left(step, state, guest, Cause.FAILED, scene, at)
        case AdviserBack(forgot=forgot) if guest.leg in forgot:  # their page was loaded anew, and has lost its voice
            step.commands.append(cmd.HangUp(guest.leg))
            _guest_left(step, state, guest, Cause.FAILED, scene, at)
        case HangUpAsked(adviser=who) if guest.who == Colleague(who):
            step.commands.append(cmd.HangUp(guest.leg))
            cause = Cause.REJECTED if guest.state == "ringing" else Cause.NORMAL
            _guest_left(step, state, guest, cause, scene, at)
        case _:
            return False
    return True


def _invite(step: CallbackStep, state: Talking, event: GuestFound, scene: Scene) -> None:
    """Ring them. Whoever rings already gives way to the danger key, and to nothing else."""
    at, guest = event.at, state.guest
    if guest is not None and (event.danger is None or guest.state != "ringing"):
        step.refused = "guest_there"
        return
    if guest is not None:
        state = _send_away(step, state, guest, at)
    if event.danger is not None:
        moves.tell(step, at, "danger_asked", state.adviser, target=event.danger)
    if event.how == "aside" and not state.held:
        state = _hold(step, state, True, scene, at)
    found = _named(step, event, scene)
    _set(step, replace(state, guest=found))
    tell(step, at, "guest_asked", state, found, how=event.how)
    _ring(step, found, event, scene)


def _named(step: CallbackStep, event: GuestFound, scene: Scene) -> Guest:
    callback, number = step.callback, step.callback.legs + 1
    how: How = "aside" if event.how == "aside" else "join"
    step.callback = replace(callback, legs=number)
    outside = isinstance(event.whom, Dialled)
    ring_max_s = TRANSFER_RING_MAX_S if outside else scene.queue(callback.queue).ring_max_s
    until = event.at + timedelta(seconds=ring_max_s)
    if isinstance(event.whom, Dialled):  # never by the name of an attempt, which is counted
        return Guest(LegId(f"{callback.id}-g{number}"), event.whom.who, how, "ringing", event.at, until)
    leg, offer = LegId(f"{callback.id}-a{number}"), OfferId(f"{callback.id}-o{number}")
    return Guest(leg, event.whom, how, "ringing", event.at, until, offer)


def _ring(step: CallbackStep, guest: Guest, event: GuestFound, scene: Scene) -> None:
    """A colleague sees the line, and an outsider the number that the person saw."""
    callback = step.callback
    assert guest.deadline is not None
    ring_max_s = (guest.deadline - event.at).total_seconds()
    if isinstance(event.whom, Dialled):
        shown = scene.caller_id(callback)
        step.commands.append(cmd.DialOutside(guest.leg, visit(callback), event.whom.number, shown, ring_max_s))
        return
    name, colleague = scene.shown_name(callback), event.whom.adviser
    step.commands.append(cmd.RingAdviser(guest.leg, colleague, visit(callback), name, None, ring_max_s))


def _guest_up(step: CallbackStep, state: Talk, guest: Guest, scene: Scene, at: Instant) -> None:
    aside = isinstance(state, Talking) and guest.how == "aside"
    if isinstance(state, Talking) and aside and not state.held:
        state = _hold(step, state, True, scene, at)
    if isinstance(guest.who, Colleague):
        step.signals.append(GuestAnswered(guest.who.adviser, visit(step.callback)))
    up = replace(guest, state="aside" if aside else "joined", since=at, deadline=None)
    tell(step, at, "guest_answered", state, up)
    if isinstance(state, WithGuest):
        step.commands += [cmd.StopMusic(state.leg), cmd.Join(state.bridge, (state.leg, guest.leg))]
        step.callback = replace(step.callback, state=replace(state, guest=up))
        return
    step.commands.append(cmd.Join(state.bridge, (guest.leg,)))
    state = _set(step, replace(state, guest=up))
    if not aside:
        tell(step, at, "conference", state, up)
        if state.held:
            _hold(step, state, False, scene, at)


def _guest_left(step: CallbackStep, state: Talk, guest: Guest, cause: Cause, scene: Scene, at: Instant) -> None:
    """By themselves, or never there: a person who is held stays so until the adviser takes them back."""
    tell(step, at, "guest_left", state, guest, cause=cause, stage=guest.state)
    if isinstance(guest.who, Colleague):
        who, of = guest.who.adviser, visit(step.callback)
        step.signals.append(GuestMissed(who, of, cause) if guest.state == "ringing" else GuestOver(who, of))
    if isinstance(state, Talking):
        _set(step, replace(state, guest=None))
    elif guest.state == "ringing" or cause is Cause.FAILED:
        _with_nobody(step, state, scene, at)
    else:
        step.commands.append(cmd.HangUp(state.leg))
        moves.talk_over(step, state, scene, at)


def _send_away(step: CallbackStep, state: Talking, guest: Guest, at: Instant) -> Talking:
    moves.free_guest(step, state)
    tell(step, at, "guest_left", state, guest, cause=Cause.NORMAL, stage=guest.state)
    return _set(step, replace(state, guest=None))


def tell(step: CallbackStep, at: Instant, event: str, state: Talk, guest: Guest, **data: str | None) -> None:
    """By whom the guest was asked, and who the guest is, as `party` names them."""
    moves.tell(step, at, event, state.adviser, kind=source(guest.who), target=target(guest.who), **data)
