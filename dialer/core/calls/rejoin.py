"""An adviser's phone comes back into a talk that goes on: a page that was loaded anew has lost the voice of its leg.

Decides when a new leg is rung, that it takes the place of the old one without the caller noticing more than a pause,
and what a caller whose adviser's leg was torn off has: music, and their place at the front of the queue if nobody comes
back in time. An adviser who hangs up ends the talk as ever. Must not know Asterisk, the clock or the database.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from dialer.core import coming_back
from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.calls import moves
from dialer.core.calls.moves import CallStep
from dialer.core.calls.states import AdviserBack, CallEvent, Resumed, Scene, Talking, Waiting
from dialer.core.coming_back import BACK_MAX_S, Rejoin
from dialer.core.words import AdviserId, BridgeId, Cause, Instant, LegId, record


def seen_to(step: CallStep, state: Talking, event: CallEvent, scene: Scene) -> bool:
    """Whether this was about a phone that comes back, and is done; else it is the talk's own."""
    if state.adviser is None or state.waiting is None:
        return False
    return _seen_to(step, state, state.adviser, state.waiting, event, scene)


def _seen_to(
    step: CallStep, state: Talking, adviser: AdviserId, waiting: Waiting, event: CallEvent, scene: Scene
) -> bool:
    rejoin, at = state.rejoin, event.at
    match event:
        case AdviserBack(forgot=forgot):
            _back(step, state, adviser, forgot, scene, at)
        case ev.LegLeft(leg=leg, cause=Cause.FAILED) if leg == state.leg and not lost(state) and state.guest is None:
            _lose(step, state, adviser, waiting, scene, at)
        case _ if rejoin is None:
            return False
        case ev.LegAnswered(leg=leg) if leg == rejoin.leg:
            _join(step, state, rejoin, leg, at)
        case ev.LegLeft(leg=leg) if leg == rejoin.leg:
            _set(step, state, replace(rejoin, leg=None) if rejoin.lost else None)
        case ev.LegLeft(leg=leg) if leg == state.leg and rejoin.lost:
            pass  # told twice
        case ev.JoinRefused() if rejoin.lost:
            pass  # of the bridge before
        case ev.DeadlineReached() if at >= rejoin.until:
            _too_late(step, state, adviser, waiting, scene, at)
        case Resumed(other_up=True) if rejoin.lost and rejoin.leg is not None:
            _join(step, state, rejoin, rejoin.leg, at)
        case Resumed() if rejoin.lost:
            step.commands.append(cmd.StartMusic(step.call.leg, scene.queue(waiting.queue).music))
        case _:
            return False
    return True


def lost(state: Talking) -> bool:
    """The adviser's leg is gone, and the caller waits for another."""
    return state.rejoin is not None and state.rejoin.lost


def give_up(step: CallStep, state: Talking) -> None:
    """The talk ends: nobody is rung for it any more."""
    if state.rejoin is not None and state.rejoin.leg is not None:
        step.commands.append(cmd.HangUp(state.rejoin.leg))


def _set(step: CallStep, state: Talking, rejoin: Rejoin | None) -> None:
    step.call = replace(step.call, state=replace(state, rejoin=rejoin))


def _back(
    step: CallStep, state: Talking, adviser: AdviserId, forgot: frozenset[LegId], scene: Scene, at: Instant
) -> None:
    """A phone of theirs registered: it is rung where the talk has no leg, or one that this phone has forgotten."""
    rejoin = state.rejoin
    if not coming_back.is_rung(rejoin, state.leg, forgot):
        return
    if rejoin is not None and rejoin.leg is not None:
        step.commands.append(cmd.HangUp(rejoin.leg))
    _ring(step, state, adviser, coming_back.until(rejoin, at), scene, at, torn=lost(state))


def _ring(
    step: CallStep, state: Talking, adviser: AdviserId, until: Instant, scene: Scene, at: Instant, *, torn: bool
) -> None:
    call = step.call
    line = scene.line(call.line)
    leg = moves.next_leg(step, "a")
    ring_max_s = max(1.0, (until - at).total_seconds())
    shown = line.name if line is not None else call.line
    step.commands.append(cmd.RingAdviser(leg, adviser, call.id, shown, call.caller.number, ring_max_s))
    step.records.append(record(at, "adviser_rung_again", call.id, adviser))
    _set(step, state, Rejoin(leg, until, torn))


def _lose(step: CallStep, state: Talking, adviser: AdviserId, waiting: Waiting, scene: Scene, at: Instant) -> None:
    """Torn off by a failure, and not hung up: the caller keeps what they had, and hears music meanwhile."""
    music = scene.queue(waiting.queue).music
    step.commands += [cmd.CloseBridge(state.bridge), cmd.StartMusic(step.call.leg, music)]
    step.records.append(record(at, "adviser_lost", step.call.id, adviser))
    until = at + timedelta(seconds=BACK_MAX_S)
    if state.rejoin is not None and state.rejoin.leg is not None:
        _set(step, state, Rejoin(state.rejoin.leg, until, True))
    else:  # at once, since the phone may be registered; where it is not, that is told, and it is rung when it comes
        _ring(step, state, adviser, until, scene, at, torn=True)


def _join(step: CallStep, state: Talking, rejoin: Rejoin, leg: LegId, at: Instant) -> None:
    held = state.held and not rejoin.lost
    if rejoin.lost:
        bridge = BridgeId(f"{leg}-b")
        step.commands += [cmd.StopMusic(step.call.leg), cmd.MakeBridge(bridge), cmd.Join(bridge, (step.call.leg, leg))]
    else:
        bridge = state.bridge
        step.commands += [cmd.Join(bridge, (leg,)), cmd.HangUp(state.leg)]
    step.records.append(record(at, "adviser_back", step.call.id, state.adviser))
    step.call = replace(step.call, state=replace(state, leg=leg, bridge=bridge, rejoin=None, held=held))


def _too_late(step: CallStep, state: Talking, adviser: AdviserId, waiting: Waiting, scene: Scene, at: Instant) -> None:
    give_up(step, state)
    if not lost(state):
        _set(step, state, None)
        return
    moves.tell_talk_ended(step, state, scene)
    step.records.append(record(at, "back_in_queue", step.call.id, adviser, queue=waiting.queue))
    moves.wait_again(step, moves.out_of_talk(step, state, waiting, at), scene, at)
