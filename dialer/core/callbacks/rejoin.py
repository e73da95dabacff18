"""An adviser's phone comes back into the talk of a callback: as in a call (`calls.rejoin`), but who waits was called.

Decides what differs: whoever is not talked with again in time hears the apology and is called once more, unless the
adviser has said already what came of it. Before the talk nothing comes back: the card, or the dial, is given up. Must
not know Asterisk, the clock or the database.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from dialer.core import coming_back
from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.callbacks import moves
from dialer.core.callbacks.events import CallbackEvent, Fate, Recovered, Scene
from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.callbacks.moves import CallbackStep
from dialer.core.callbacks.states import Talking, visit
from dialer.core.callbacks.talking import is_lost
from dialer.core.calls.states import AdviserBack
from dialer.core.coming_back import BACK_MAX_S, Rejoin
from dialer.core.words import BridgeId, Cause, Instant, LegId


def seen_to(step: CallbackStep, state: Talking, event: CallbackEvent, scene: Scene) -> bool:
    """Whether this was about a phone that comes back, and is done; else it is the talk's own."""
    rejoin, at = state.rejoin, event.at
    match event:
        case AdviserBack(forgot=forgot):
            _back(step, state, forgot, scene, at)
        case ev.LegLeft(leg=leg, cause=Cause.FAILED) if leg == state.adviser_leg and _may_lose(state):
            if (at - state.since).total_seconds() < scene.callback_rules.brief_s:
                return False
            _lose(step, state, scene, at)
        case _ if rejoin is None:
            return False
        case ev.LegAnswered(leg=leg) if leg == rejoin.leg:
            _join(step, state, rejoin, leg, at)
        case ev.LegLeft(leg=leg) if leg == rejoin.leg:
            _set(step, state, replace(rejoin, leg=None) if rejoin.lost else None)
        case ev.LegLeft(leg=leg) if leg == state.adviser_leg and rejoin.lost:
            pass  # told twice
        case ev.JoinRefused() if rejoin.lost:
            pass  # of the bridge before
        case ev.DeadlineReached() if at >= rejoin.until:
            _too_late(step, state, scene, at)
        case Recovered(person=Fate.UP) if rejoin.lost:
            _recovered(step, state, rejoin, event.adviser, scene, at)
        case _:
            return False
    return True


def _may_lose(state: Talking) -> bool:
    """Not with a guest: the person goes on with them."""
    return not is_lost(state) and state.guest is None


def _set(step: CallbackStep, state: Talking, rejoin: Rejoin | None) -> None:
    step.callback = replace(step.callback, state=replace(state, rejoin=rejoin))


def _back(step: CallbackStep, state: Talking, forgot: frozenset[LegId], scene: Scene, at: Instant) -> None:
    rejoin = state.rejoin
    if not coming_back.is_rung(rejoin, state.adviser_leg, forgot):
        return
    if rejoin is not None and rejoin.leg is not None:
        step.commands.append(cmd.HangUp(rejoin.leg))
    _ring(step, state, coming_back.until(rejoin, at), scene, at, torn=is_lost(state))


def _ring(step: CallbackStep, state: Talking, until: Instant, scene: Scene, at: Instant, *, torn: bool) -> None:
    callback = step.callback
    number = callback.legs + 1
    leg = LegId(f"{callback.id}-a{number}")
    step.callback = replace(callback, legs=number)
    shown, ring_max_s = scene.shown_name(callback), max(1.0, (until - at).total_seconds())
    step.commands.append(cmd.RingAdviser(leg, state.adviser, visit(callback), shown, None, ring_max_s))
    moves.tell(step, at, "adviser_rung_again", state.adviser)
    _set(step, state, Rejoin(leg, until, torn))


def _lose(step: CallbackStep, state: Talking, scene: Scene, at: Instant) -> None:
    music = scene.queue(step.callback.queue).music
    step.commands += [cmd.CloseBridge(state.bridge), cmd.StartMusic(state.leg, music)]
    moves.tell(step, at, "adviser_lost", state.adviser)
    until = at + timedelta(seconds=BACK_MAX_S)
    if state.rejoin is not None and state.rejoin.leg is not None:
        _set(step, state, Rejoin(state.rejoin.leg, until, True))
    else:
        _ring(step, state, until, scene, at, torn=True)


def _join(step: CallbackStep, state: Talking, rejoin: Rejoin, leg: LegId, at: Instant) -> None:
    if rejoin.lost:
        bridge = BridgeId(f"{leg}-b")
        step.commands += [cmd.StopMusic(state.leg), cmd.MakeBridge(bridge), cmd.Join(bridge, (state.leg, leg))]
    else:
        bridge = state.bridge
        step.commands += [cmd.Join(bridge, (leg,)), cmd.HangUp(state.adviser_leg)]
    moves.tell(step, at, "adviser_back", state.adviser)
    held = state.held and not rejoin.lost
    after = replace(state, adviser_leg=leg, bridge=bridge, rejoin=None, held=held)
    step.callback = replace(step.callback, state=after)


def _recovered(step: CallbackStep, state: Talking, rejoin: Rejoin, adviser: Fate, scene: Scene, at: Instant) -> None:
    if rejoin.leg is not None and adviser is Fate.UP:
        _join(step, state, rejoin, rejoin.leg, at)
        return
    if rejoin.leg is not None and adviser is not Fate.RINGING:
        _set(step, state, replace(rejoin, leg=None))
    step.commands.append(cmd.StartMusic(state.leg, scene.queue(step.callback.queue).music))


def _too_late(step: CallbackStep, state: Talking, scene: Scene, at: Instant) -> None:
    if not is_lost(state):
        assert state.rejoin is not None
        if state.rejoin.leg is not None:
            step.commands.append(cmd.HangUp(state.rejoin.leg))
        _set(step, state, None)
    elif state.report is not None:
        step.commands.append(cmd.HangUp(state.leg))
        moves.talk_over(step, state, scene, at)
    else:
        moves.lose_adviser(step, state, Cause.FAILED, scene)
        moves.say(step, state.leg, state.number, AttemptCause.ADVISER_LOST, scene, at)
