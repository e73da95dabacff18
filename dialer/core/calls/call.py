"""One caller's visit, from ring to end: Arrived → InFlow → Waiting → Offered → Talking → Ended.

Decides what happens to one call at each event, and nothing about who is offered it (`assign`), what an adviser does
next (`adviser`) or what is heard at a node (`ivr.step`). Must not know Asterisk, the clock or the database.

Late but harmless, and so ignored: a digit where none is asked for, the end of a prompt that is no longer ours, a
deadline that has moved, an answer of a leg that is up already, anything after the end. Any other pair that is not
handled is an ImpossibleEvent. `tests/core/test_matrix.py` walks the whole matrix.

A caller never loses their place: Offered and Talking keep the Waiting they came from, so that an adviser's leg that
fails gives the caller back the very same place, levels already opened included.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.calls import moves, rejoin, talk
from dialer.core.calls.moves import CallStep
from dialer.core.calls.party import TalkAsked
from dialer.core.calls.states import (
    AdviserBack,
    Arrived,
    BookingMade,
    BookingRefused,
    Call,
    CallEvent,
    Ended,
    Forwarded,
    InFlow,
    OfferAnswered,
    Offered,
    OfferMade,
    OfferWithdrawn,
    QueueUnstaffed,
    Resumed,
    Scene,
    Talking,
    Waiting,
    other_legs,
)
from dialer.core.rules import LineRules, Rules
from dialer.core.words import (
    Cause,
    ImpossibleEvent,
    Instant,
    Outcome,
    record,
)
from ivr import place as flow


def arrive(event: ev.CallArrived, line: LineRules, rules: Rules) -> CallStep:
    """A new call: pick it up."""
    call = Call(
        id=event.call,
        leg=event.leg,
        line=event.line,
        caller=event.caller,
        arrived_at=event.at,
        flow=line.flow.version,
        state=Arrived(event.at + timedelta(seconds=rules.answer_max_s)),
    )
    step = CallStep(call, [cmd.Answer(call.leg)])
    step.records.append(record(event.at, "call_arrived", call.id, line=line.id))
    return step


def safe_exit(call: Call, at: Instant) -> CallStep:
    """End one call that a defect of ours hit: its caller hears an apology, its adviser is freed."""
    step = CallStep(call, [cmd.SendToApology(call.leg, call.line)])
    step.commands += [cmd.HangUp(other) for other in other_legs(call)]
    if isinstance(call.state, Talking):
        step.commands.append(cmd.CloseBridge(call.state.bridge))
    if isinstance(call.state, Offered | Talking) and call.state.adviser is not None:
        step.signals.append(OfferWithdrawn(call.state.adviser, call.id))
    if isinstance(call.state, Talking):
        talk.free_guest(step, call.state)
    moves.end(step, at, Outcome.FAILED, Cause.FAILED)
    return step


def transition(call: Call, event: CallEvent, scene: Scene) -> CallStep:
    """The call after ``event``. Raises ImpossibleEvent for a pair that cannot be."""
    step = CallStep(call)
    if isinstance(event, AdviserBack) and not isinstance(call.state, Talking):
        return step  # of a talk that is over by now
    if isinstance(event, TalkAsked) and not isinstance(call.state, Talking):
        step.refused = "not_talking"
        return step
    match call.state:
        case Arrived():
            _arrived(step, call.state, event, scene)
        case InFlow():
            _in_flow(step, call.state, event, scene)
        case Waiting():
            _waiting(step, call.state, event, scene)
        case Offered():
            _offered(step, call.state, event, scene)
        case Talking():
            _talking(step, call.state, event, scene)
        case Forwarded():
            _forwarded(step, call.state, event, scene)
        case Ended():
            pass  # whatever comes after the end is late and harmless
    return step


def _arrived(step: CallStep, state: Arrived, event: CallEvent, scene: Scene) -> None:
    call = step.call
    match event:
        case ev.LegAnswered(leg=leg) if leg == call.leg:
            moves.start(step, scene, event.at)
        case ev.LegLeft(leg=leg, cause=cause) if leg == call.leg:
            moves.abandon(step, event.at, cause)
        case ev.DeadlineReached() if event.at >= state.deadline:
            step.commands.append(cmd.HangUp(call.leg))
            moves.end(step, event.at, Outcome.FAILED, Cause.FAILED)
        case Resumed():
            step.commands.append(cmd.Answer(call.leg))
        case ev.DigitPressed() | ev.DeadlineReached() | ev.PromptFinished():
            pass
        case _:
            raise _impossible(call, event)


def _in_flow(step: CallStep, state: InFlow, event: CallEvent, scene: Scene) -> None:
    call = step.call
    match event:
        case ev.DigitPressed(leg=leg, digit=digit) if leg == call.leg:
            moves.go_on(step, state.place, flow.Digit(digit), scene, event.at)
        case ev.PromptFinished(playback=playback) if playback == state.playback:
            step.call = replace(call, state=replace(state, playback=None))
            moves.go_on(step, state.place, flow.PromptsDone(), scene, event.at)
        case ev.DeadlineReached() if state.place.deadline is not None and event.at >= state.place.deadline:
            moves.go_on(step, state.place, flow.DeadlinePassed(), scene, event.at)
        case ev.DeadlineReached() if state.outside_deadline is not None and event.at >= state.outside_deadline:
            assert state.outside is not None
            step.commands.append(cmd.HangUp(state.outside))
            moves.transfer_failed(step, state, Cause.NO_ANSWER, scene, event.at)
        case ev.HookAnswered(node=node, result=result) if node == state.place.node:
            answer = flow.HookFailed() if result is None else flow.HookAnswered(result)
            moves.go_on(step, state.place, answer, scene, event.at)
        case BookingMade(reference=reference):
            moves.booked(step, state, reference, scene, event.at)
        case BookingRefused(why=why):
            moves.booking_refused(step, state, why, scene, event.at)
        case ev.LegAnswered(leg=leg) if leg == state.outside:
            moves.bridge(step, None, leg, None, event.at)
            step.records.append(record(event.at, "transferred", call.id))
        case ev.LegLeft(leg=leg, cause=cause) if leg == state.outside:
            moves.transfer_failed(step, state, cause, scene, event.at)
        case ev.LegLeft(leg=leg, cause=cause) if leg == call.leg:
            if state.outside is not None:
                step.commands.append(cmd.HangUp(state.outside))
            moves.end(step, event.at, moves.left_in_flow(call, state, cause, scene), cause)
        case Resumed(other_up=True) if state.outside is not None:  # it answered while we were away
            _in_flow(step, state, ev.LegAnswered(event.at, state.outside), scene)
        case Resumed() if state.outside is not None:
            pass  # it still rings, and the caller hears that
        case Resumed():
            moves.go_on(step, state.place, flow.Resumed(), scene, event.at)
        case ev.DigitPressed() | ev.DeadlineReached() | ev.PromptFinished() | ev.LegAnswered() | ev.HookAnswered():
            pass
        case _:
            raise _impossible(call, event)


def _waiting(step: CallStep, state: Waiting, event: CallEvent, scene: Scene) -> None:
    call = step.call
    match event:
        case OfferMade():
            moves.offer(step, state, event, scene)
        case ev.DigitPressed(leg=leg, digit=digit) if leg == call.leg and digit in state.keys:
            moves.leave_queue(step, state, flow.QueueLeft("key", digit), scene, event.at)
        case ev.DeadlineReached():
            moves.waited(step, state, scene, event.at)
        case ev.PromptFinished(playback=playback) if playback == state.playback:
            step.call = replace(call, state=replace(state, playback=None))
            step.commands.append(cmd.StartMusic(call.leg, scene.queue(state.queue).music))
        case QueueUnstaffed():
            moves.leave_queue(step, state, flow.QueueLeft("no_adviser", None), scene, event.at)
        case ev.LegLeft(leg=leg, cause=cause) if leg == call.leg:
            moves.abandon(step, event.at, cause)
        case Resumed():
            step.call = replace(call, state=replace(state, playback=None))
            step.commands.append(cmd.StartMusic(call.leg, scene.queue(state.queue).music))
        case ev.DigitPressed() | ev.PromptFinished() | ev.LegAnswered() | ev.HookAnswered():
            pass
        case _:
            raise _impossible(call, event)


def _offered(step: CallStep, state: Offered, event: CallEvent, scene: Scene) -> None:
    call = step.call
    match event:
        case ev.LegAnswered(leg=leg) if leg == state.leg:
            moves.bridge(step, state.adviser, leg, state.waiting, event.at)
            step.call = replace(step.call, answered_at=call.answered_at or event.at, adviser=state.adviser)
            waited_s = (event.at - state.waiting.queued_at).total_seconds()
            step.records.append(
                record(event.at, "answered", call.id, state.adviser, queue=state.waiting.queue, waited_s=waited_s)
            )
            step.signals.append(OfferAnswered(state.adviser, call.id))
        case ev.LegLeft(leg=leg, cause=cause) if leg == state.leg:
            moves.missed(step, state.adviser, state.waiting, cause, scene, event.at)
        case ev.DeadlineReached() if event.at >= state.deadline:
            step.commands.append(cmd.HangUp(state.leg))
            moves.missed(step, state.adviser, state.waiting, Cause.NO_ANSWER, scene, event.at)
        case ev.LegLeft(leg=leg, cause=cause) if leg == call.leg:
            moves.withdraw(step, state, event.at)
            moves.abandon(step, event.at, cause)
        case ev.DigitPressed(leg=leg, digit=digit) if leg == call.leg and digit in state.waiting.keys:
            moves.withdraw(step, state, event.at)
            moves.leave_queue(step, state.waiting, flow.QueueLeft("key", digit), scene, event.at)
        case ev.PromptFinished(playback=playback) if playback == state.waiting.playback:
            step.call = replace(call, state=replace(state, waiting=replace(state.waiting, playback=None)))
            step.commands.append(cmd.StartMusic(call.leg, scene.queue(state.waiting.queue).music))
        case Resumed(other_up=True):
            _offered(step, state, ev.LegAnswered(event.at, state.leg), scene)
        case Resumed():  # the phone still rings; the end of an announcement may have been missed
            step.call = replace(call, state=replace(state, waiting=replace(state.waiting, playback=None)))
            step.commands.append(cmd.StartMusic(call.leg, scene.queue(state.waiting.queue).music))
        case QueueUnstaffed():
            pass  # the phone is ringing: let it be answered; if it is not, the queue is looked at again
        case ev.DigitPressed() | ev.PromptFinished() | ev.DeadlineReached() | ev.LegAnswered() | ev.HookAnswered():
            pass
        case _:
            raise _impossible(call, event)


def _talking(step: CallStep, state: Talking, event: CallEvent, scene: Scene) -> None:
    call, guest = step.call, state.guest
    if isinstance(event, AdviserBack) and guest is not None and guest.leg in event.forgot:
        talk.guest_forgot(step, state, guest, event.at)
        return
    if rejoin.seen_to(step, state, event, scene):
        return
    match event:
        case ev.LegLeft(leg=leg, cause=cause) if leg == call.leg:
            talk.caller_left(step, state, cause, scene, event.at)
        case ev.LegLeft(leg=leg, cause=cause) if leg == state.leg:
            talk.adviser_left(step, state, cause, scene, event.at)
        case ev.LegLeft(leg=leg, cause=cause) if guest is not None and leg == guest.leg:
            talk.guest_left(step, state, guest, cause, event.at)
        case ev.LegAnswered(leg=leg) if guest is not None and leg == guest.leg and guest.state == "ringing":
            talk.guest_up(step, state, guest, scene, event.at)
        case ev.DeadlineReached(at=at) if guest is not None and guest.deadline is not None and at >= guest.deadline:
            talk.guest_too_late(step, state, guest, at)
        case ev.JoinRefused(bridge=bridge) if bridge == state.bridge:
            talk.join_refused(step, state, event, scene)
        case Resumed():
            talk.resumed(step, state, event, scene)
        case _ if isinstance(event, TalkAsked):
            talk.asked(step, state, event, scene)
        case (
            AdviserBack()
            | QueueUnstaffed()
            | ev.DigitPressed()
            | ev.PromptFinished()
            | ev.DeadlineReached()
            | ev.LegAnswered()
            | ev.JoinRefused()
            | ev.HookAnswered()
        ):
            pass
        case _:
            raise _impossible(call, event)


def _forwarded(step: CallStep, state: Forwarded, event: CallEvent, scene: Scene) -> None:
    call = step.call
    match event:
        case ev.LegAnswered(leg=leg) if leg == state.leg:
            moves.bridge(step, None, leg, state.waiting, event.at)
            step.records.append(record(event.at, "transferred", call.id))
        case ev.LegLeft(leg=leg, cause=cause) if leg == state.leg:
            moves.forward_failed(step, state.waiting, cause, scene, event.at)
        case ev.DeadlineReached() if event.at >= state.deadline:
            step.commands.append(cmd.HangUp(state.leg))
            moves.forward_failed(step, state.waiting, Cause.NO_ANSWER, scene, event.at)
        case ev.LegLeft(leg=leg, cause=cause) if leg == call.leg:
            step.commands.append(cmd.HangUp(state.leg))
            moves.abandon(step, event.at, cause)
        case Resumed(other_up=True):
            _forwarded(step, state, ev.LegAnswered(event.at, state.leg), scene)
        case Resumed():
            step.commands.append(cmd.StartMusic(call.leg, scene.queue(state.waiting.queue).music))
        case (
            ev.DigitPressed()
            | ev.PromptFinished()
            | ev.DeadlineReached()
            | ev.LegAnswered()
            | ev.JoinRefused()
            | ev.HookAnswered()
        ):
            pass
        case _:
            raise _impossible(call, event)


def _impossible(call: Call, event: CallEvent) -> ImpossibleEvent:
    return ImpossibleEvent(f"call {call.id}: {type(event).__name__} in state {call.state.kind}")
