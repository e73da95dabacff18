"""What an adviser does in a talk: hold, a guest aside or with all three, handing over, sending on, hanging up.

Decides how each is carried out, what becomes of a talk whose legs leave it, and that a caller who is sent on keeps the
place that they came from. Who may be rung at all was looked up before (`core.talks`). Must not know Asterisk, the clock
or the database.

The caller, the adviser and a guest share one bridge. A caller who is held is out of it, with the music of their queue;
a guest is aside exactly while the caller is held. The adviser may go: a guest who is up has the call from then on, and
for one who still rings the caller waits as if they had been sent on.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.calls import moves, rejoin
from dialer.core.calls.moves import CallStep
from dialer.core.calls.party import Colleague, Dialled, Guest, GuestFound, QueueChosen, TalkAsked, source, target
from dialer.core.calls.states import (
    Forwarded,
    GuestAnswered,
    GuestMissed,
    GuestOver,
    Offered,
    Resumed,
    Scene,
    Talking,
    Waiting,
    bridged_legs,
)
from dialer.core.calls.told import GuestDismissed, GuestJoinAsked, HandOverAsked, HangUpAsked, HoldAsked
from dialer.core.words import Cause, Instant, OfferId, Outcome, QueueId, record

# -- what is asked for -----------------------------------------------------------------------------


def asked(step: CallStep, state: Talking, event: TalkAsked, scene: Scene) -> None:
    """Refused in `step.refused`, with nothing changed: not their talk, or nothing of the kind is under way in it."""
    guest = state.guest
    if isinstance(event, HangUpAsked) and guest is not None and guest.who == Colleague(event.adviser):
        _send_away(step, state, guest, event.at)
        return
    if state.adviser is None or state.waiting is None or state.adviser != event.adviser or rejoin.lost(state):
        step.refused = "not_talking"
        return
    match event:
        case HoldAsked():
            if event.held != state.held:
                _hold(step, state, event, scene)
        case GuestFound():
            _invite(step, state, state.waiting, event, scene)
        case QueueChosen(queue=queue):
            _to_queue(step, state, state.waiting, queue, scene, event.at)
        case HangUpAsked():
            step.commands.append(cmd.HangUp(state.leg))
            adviser_left(step, state, Cause.NORMAL, scene, event.at)
        case _ if guest is None:
            step.refused = "no_guest"
        case GuestDismissed():
            _dismiss(step, state, guest, event.at)
        case _ if guest.state == "ringing":
            step.refused = "guest_rings"
        case GuestJoinAsked():
            if guest.state == "aside":
                _take_back(step, state, event.at)
        case HandOverAsked():
            step.commands.append(cmd.HangUp(state.leg))
            _hand_over(step, state, guest, scene, event.at)


# -- hold ------------------------------------------------------------------------------------------


def _hold(step: CallStep, state: Talking, event: HoldAsked, scene: Scene) -> None:
    if event.held:
        _take_out(step, state, scene, event.at)
    else:
        _take_back(step, state, event.at)


def _take_out(step: CallStep, state: Talking, scene: Scene, at: Instant) -> Talking:
    """The caller hears music; a guest who was with both is aside."""
    call, guest = step.call, state.guest
    if guest is not None and guest.state == "joined":
        guest = replace(guest, state="aside")
    step.commands += [cmd.TakeOut(state.bridge, call.leg), cmd.StartMusic(call.leg, _music(state, scene))]
    step.records.append(record(at, "held", call.id, state.adviser))
    return _set(step, replace(state, held=True, guest=guest))


def _take_back(step: CallStep, state: Talking, at: Instant) -> Talking:
    """The caller is back; a guest who was aside is with both."""
    call, guest = step.call, state.guest
    step.commands += [cmd.StopMusic(call.leg), cmd.Join(state.bridge, (call.leg,))]
    step.records.append(record(at, "resumed", call.id, state.adviser))
    if guest is not None and guest.state == "aside":
        guest = replace(guest, state="joined")
        tell(step, at, "conference", state, guest)
    return _set(step, replace(state, held=False, guest=guest))


def _music(state: Talking, scene: Scene) -> str:
    return scene.queue(state.waiting.queue).music if state.waiting is not None else "default"


def _set(step: CallStep, state: Talking) -> Talking:
    step.call = replace(step.call, state=state)
    return state


# -- a guest comes ---------------------------------------------------------------------------------


def _invite(step: CallStep, state: Talking, waiting: Waiting, event: GuestFound, scene: Scene) -> None:
    """Ring them. Whoever rings already gives way to the danger key, and to nothing else."""
    at, guest = event.at, state.guest
    if guest is not None and (event.danger is None or guest.state != "ringing"):
        step.refused = "guest_there"
        return
    if guest is not None:
        state = _send_away(step, state, guest, at)
    if event.danger is not None:
        step.records.append(record(at, "danger_asked", step.call.id, state.adviser, target=event.danger))
    if event.how == "blind":
        found = _named(step, event, waiting, scene)
        step.commands.append(cmd.HangUp(state.leg))
        _send_on(step, state, found, scene, at)
        _ring(step, found, event, scene)
        return
    if event.how == "aside" and not state.held:
        state = _take_out(step, state, scene, at)
    found = _named(step, event, waiting, scene)
    _set(step, replace(state, guest=found))
    tell(step, at, "guest_asked", state, found, how=event.how)
    _ring(step, found, event, scene)


def _named(step: CallStep, event: GuestFound, waiting: Waiting, scene: Scene) -> Guest:
    how = "join" if event.how == "blind" else event.how
    if isinstance(event.whom, Dialled):
        until = event.at + timedelta(seconds=moves.TRANSFER_RING_MAX_S)
        return Guest(moves.next_leg(step, "x"), event.whom.who, how, "ringing", event.at, until)
    until = event.at + timedelta(seconds=scene.queue(waiting.queue).ring_max_s)
    leg = moves.next_leg(step, "a")
    return Guest(leg, event.whom, how, "ringing", event.at, until, OfferId(f"{step.call.id}-o{step.call.legs}"))


def _ring(step: CallStep, guest: Guest, event: GuestFound, scene: Scene) -> None:
    """A colleague sees the line; the number too if the caller becomes theirs. An outsider sees the line's number."""
    call, line = step.call, scene.line(step.call.line)
    assert guest.deadline is not None
    ring_max_s = (guest.deadline - event.at).total_seconds()
    if isinstance(event.whom, Dialled):
        assert line is not None
        step.commands.append(cmd.DialOutside(guest.leg, call.id, event.whom.number, line.number, ring_max_s))
        return
    shown = line.name if line is not None else call.line
    number = call.caller.number if event.how == "blind" else None
    step.commands.append(cmd.RingAdviser(guest.leg, event.whom.adviser, call.id, shown, number, ring_max_s))


def guest_up(step: CallStep, state: Talking, guest: Guest, scene: Scene, at: Instant) -> None:
    if guest.how == "aside" and not state.held:
        state = _take_out(step, state, scene, at)
    step.commands.append(cmd.Join(state.bridge, (guest.leg,)))
    up = replace(guest, state="aside" if guest.how == "aside" else "joined", since=at, deadline=None)
    tell(step, at, "guest_answered", state, up)
    if isinstance(guest.who, Colleague):
        step.signals.append(GuestAnswered(guest.who.adviser, step.call.id))
    state = _set(step, replace(state, guest=up))
    if up.state == "joined":
        tell(step, at, "conference", state, up)
        if state.held:
            _take_back(step, state, at)


# -- a guest goes ----------------------------------------------------------------------------------


def guest_left(step: CallStep, state: Talking, guest: Guest, cause: Cause, at: Instant) -> None:
    """By themselves, or never there: a caller who is held stays so until the adviser takes them back."""
    if guest.state == "ringing" and isinstance(guest.who, Colleague):
        step.signals.append(GuestMissed(guest.who.adviser, step.call.id, cause))
    else:
        _free(step, guest)
    tell(step, at, "guest_left", state, guest, cause=cause, stage=guest.state)
    _set(step, replace(state, guest=None))


def guest_too_late(step: CallStep, state: Talking, guest: Guest, at: Instant) -> None:
    step.commands.append(cmd.HangUp(guest.leg))
    guest_left(step, state, guest, Cause.NO_ANSWER, at)


def guest_forgot(step: CallStep, state: Talking, guest: Guest, at: Instant) -> None:
    """Their page was loaded anew, and has lost its voice: who is heard by nobody is not kept in the talk."""
    step.commands.append(cmd.HangUp(guest.leg))
    guest_left(step, state, guest, Cause.FAILED, at)


def _dismiss(step: CallStep, state: Talking, guest: Guest, at: Instant) -> None:
    state = _send_away(step, state, guest, at)
    if state.held:
        _take_back(step, state, at)


def _send_away(step: CallStep, state: Talking, guest: Guest, at: Instant, cause: Cause = Cause.NORMAL) -> Talking:
    step.commands.append(cmd.HangUp(guest.leg))
    _free(step, guest)
    tell(step, at, "guest_left", state, guest, cause=cause, stage=guest.state)
    return _set(step, replace(state, guest=None))


def free_guest(step: CallStep, state: Talking) -> None:
    """The talk is over, and they with it."""
    if state.guest is not None:
        step.commands.append(cmd.HangUp(state.guest.leg))
        _free(step, state.guest)


def _free(step: CallStep, guest: Guest) -> None:
    if isinstance(guest.who, Colleague):
        step.signals.append(GuestOver(guest.who.adviser, step.call.id))


def tell(step: CallStep, at: Instant, event: str, state: Talking, guest: Guest, **data: str | None) -> None:
    """By whom the guest was asked, and who the guest is, as `party` names them."""
    kind, whom = source(guest.who), target(guest.who)
    step.records.append(record(at, event, step.call.id, state.adviser, kind=kind, target=whom, **data))


# -- the caller goes on ----------------------------------------------------------------------------


def _hand_over(step: CallStep, state: Talking, guest: Guest, scene: Scene, at: Instant) -> None:
    """The guest, who is up, has the call from now on; of a colleague that means its wrap-up too."""
    if state.held:
        step.commands += [cmd.StopMusic(step.call.leg), cmd.Join(state.bridge, (step.call.leg,))]
    rejoin.give_up(step, state)
    moves.tell_talk_ended(step, state, scene)
    tell(step, at, "handed_over", state, guest)
    colleague = guest.who.adviser if isinstance(guest.who, Colleague) else None
    after = replace(state, adviser=colleague, leg=guest.leg, rejoin=None, held=False, guest=None)
    step.call = replace(step.call, state=after, adviser=colleague or step.call.adviser)


def _send_on(step: CallStep, state: Talking, guest: Guest, scene: Scene, at: Instant) -> None:
    """The adviser is out of it, and the caller, who hears the queue they came from, waits for who rings."""
    waiting = _out_of_talk(step, state, scene, at)
    tell(step, at, "forwarded", state, guest, offer=guest.offer)
    assert guest.deadline is not None
    if isinstance(guest.who, Colleague):
        assert guest.offer is not None
        adviser = guest.who.adviser
        after: Offered | Forwarded = Offered(waiting, guest.offer, adviser, guest.leg, guest.since, guest.deadline)
    else:
        after = Forwarded(waiting, guest.leg, guest.who, guest.since, guest.deadline)
    step.call = replace(step.call, state=after)


def _to_queue(step: CallStep, state: Talking, waiting: Waiting, queue: QueueId, scene: Scene, at: Instant) -> None:
    """Their order is that of their arrival there too; in the queue they came from it is the very same place."""
    if state.guest is not None:
        step.refused = "guest_there"
        return
    refused = scene.refusal(step.call, queue, at)
    if refused is not None:
        step.refused = f"queue_{refused}"
        return
    step.commands.append(cmd.HangUp(state.leg))
    back = _out_of_talk(step, state, scene, at)
    step.records.append(record(at, "forwarded", step.call.id, state.adviser, kind="queue", target=queue, offer=None))
    if queue == waiting.queue:
        moves.queue_again(step, back, at)
        moves.wait_again(step, back, scene, at)
    else:
        moves.queue_in(step, queue, back.priority, back.keys, back.place, scene, at)


def _out_of_talk(step: CallStep, state: Talking, scene: Scene, at: Instant) -> Waiting:
    """The talk is over for the adviser, and the caller hears music. The place that they came from."""
    assert state.waiting is not None
    rejoin.give_up(step, state)
    step.commands += [cmd.CloseBridge(state.bridge), cmd.StartMusic(step.call.leg, _music(state, scene))]
    moves.tell_talk_ended(step, state, scene)
    return moves.out_of_talk(step, state, state.waiting, at)


def adviser_left(step: CallStep, state: Talking, cause: Cause, scene: Scene, at: Instant) -> None:
    """Their leg, or that of a number outside, is gone or on its way."""
    guest = state.guest
    if guest is None:
        step.commands.append(cmd.HangUp(step.call.leg))
        _over(step, state, cause, scene, at)
    elif guest.state == "ringing":
        _send_on(step, state, guest, scene, at)
    else:
        _hand_over(step, state, guest, scene, at)


def caller_left(step: CallStep, state: Talking, cause: Cause, scene: Scene, at: Instant) -> None:
    step.commands.append(cmd.HangUp(state.leg))
    _over(step, state, cause, scene, at)


def _over(step: CallStep, state: Talking, cause: Cause, scene: Scene, at: Instant) -> None:
    rejoin.give_up(step, state)
    free_guest(step, state)
    step.commands.append(cmd.CloseBridge(state.bridge))
    moves.tell_talk_ended(step, state, scene)
    answered = Outcome.TRANSFERRED if state.adviser is None else Outcome.ANSWERED
    moves.end(step, at, Outcome.FAILED if cause is Cause.FAILED else answered, cause)


# -- faults ----------------------------------------------------------------------------------------


def join_refused(step: CallStep, state: Talking, event: ev.JoinRefused, scene: Scene) -> None:
    """A guest who cannot be bridged goes. If it is one of the two whose talk it is, the caller waits again."""
    at, guest, legs = event.at, state.guest, event.legs
    if guest is not None and legs == (guest.leg,):
        _send_away(step, state, guest, at, Cause.FAILED)
    elif not legs or {step.call.leg, state.leg} <= set(legs):
        _not_bridged(step, state, scene, at)
    elif state.leg in legs or (step.call.leg in legs and not state.held):
        _broken(step, state, scene, at)


def _not_bridged(step: CallStep, state: Talking, scene: Scene, at: Instant) -> None:
    """It never was a talk."""
    call = step.call
    rejoin.give_up(step, state)
    free_guest(step, state)
    step.commands += [cmd.HangUp(state.leg), cmd.CloseBridge(state.bridge)]
    if state.waiting is None:
        step.commands.append(cmd.HangUp(call.leg))
        moves.end(step, at, Outcome.FAILED, Cause.FAILED)
        return
    step.commands.append(cmd.StartMusic(call.leg, _music(state, scene)))
    if state.adviser is None:
        moves.forward_failed(step, state.waiting, Cause.FAILED, scene, at)
        return
    step.call = replace(call, answered_at=call.answered_at if state.before else None, adviser=state.before)
    moves.missed(step, state.adviser, state.waiting, Cause.FAILED, scene, at)


def _broken(step: CallStep, state: Talking, scene: Scene, at: Instant) -> None:
    """One of the two could not be brought back into it."""
    if state.waiting is None:
        step.commands += [cmd.HangUp(state.leg), cmd.HangUp(step.call.leg)]
        _over(step, state, Cause.FAILED, scene, at)
        return
    free_guest(step, state)
    step.commands.append(cmd.HangUp(state.leg))
    waiting = _out_of_talk(step, state, scene, at)
    step.records.append(record(at, "back_in_queue", step.call.id, state.adviser, queue=waiting.queue))
    moves.wait_again(step, waiting, scene, at)


def resumed(step: CallStep, state: Talking, event: Resumed, scene: Scene) -> None:
    """Each leg to where it belongs. A guest who answered meanwhile is there."""
    call, guest = step.call, state.guest
    if state.held:
        if not event.bridged:
            step.commands.append(cmd.TakeOut(state.bridge, call.leg))
        step.commands.append(cmd.StartMusic(call.leg, _music(state, scene)))
    if not event.bridged:
        step.commands += [cmd.MakeBridge(state.bridge), cmd.Join(state.bridge, bridged_legs(call, state))]
    if guest is not None and guest.state == "ringing" and event.other_up:
        guest_up(step, state, guest, scene, event.at)
