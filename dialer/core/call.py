"""One caller's visit, from ring to end: Arrived → InFlow → Waiting → Offered → Talking → Ended.

Decides what happens to one call at each event, and nothing about who is offered it (`assign`), what an adviser does
next (`adviser`) or what is heard at a node (`ivr.step`). Must not know Asterisk, the clock or the database.

Late but harmless, and so ignored: a digit where none is asked for, the end of a prompt that is no longer ours, a
deadline that has moved, an answer of a leg that is up already, anything after the end. Any other pair that is not
handled is an ImpossibleEvent. `tests/core/test_call.py` walks the whole matrix.

A caller never loses their place: Offered and Talking keep the Waiting they came from, so that an adviser's leg that
fails gives the caller back the very same place, levels already opened included.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.call_states import (
    Arrived,
    Call,
    CallEvent,
    Ended,
    InFlow,
    OfferAnswered,
    Offered,
    OfferMade,
    OfferMissed,
    OfferWithdrawn,
    QueueUnstaffed,
    Resumed,
    Scene,
    Signal,
    TalkEnded,
    Talking,
    Waiting,
    ring_leg,
)
from dialer.core.rules import LineRules, QueueRules, Rules
from dialer.core.words import (
    AdviserId,
    BridgeId,
    Cause,
    ImpossibleEvent,
    Instant,
    LegId,
    OfferId,
    Outcome,
    PlaybackId,
    QueueId,
    Record,
    record,
)
from ivr import place as flow
from ivr import step as walk
from ivr.nodes import Hangup
from ivr.prompts import place_prompt, wait_prompt

TRANSFER_RING_MAX_S = 45.0
"""How long an outside number may ring; a public switchboard answers within this or not at all (our decision)."""


@dataclass(slots=True)
class CallStep:
    """The call after the event, and what follows from it."""

    call: Call
    commands: list[cmd.Command] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)


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
    step = CallStep(call, [cmd.SendToApology(call.leg)])
    other = ring_leg(call)
    if other is not None:
        step.commands.append(cmd.HangUp(other))
    if isinstance(call.state, Talking):
        step.commands.append(cmd.CloseBridge(call.state.bridge))
    if isinstance(call.state, Offered | Talking) and call.state.adviser is not None:
        step.signals.append(OfferWithdrawn(call.state.adviser, call.id))
    _end(step, at, Outcome.FAILED, Cause.FAILED)
    return step


def transition(call: Call, event: CallEvent, scene: Scene) -> CallStep:
    """The call after ``event``. Raises ImpossibleEvent for a pair that cannot be."""
    step = CallStep(call)
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
        case Ended():
            pass  # whatever comes after the end is late and harmless
    return step


def _arrived(step: CallStep, state: Arrived, event: CallEvent, scene: Scene) -> None:
    call = step.call
    match event:
        case ev.LegAnswered(leg=leg) if leg == call.leg:
            _start(step, scene, event.at)
        case ev.LegLeft(leg=leg, cause=cause) if leg == call.leg:
            outcome = Outcome.FAILED if cause is Cause.FAILED else Outcome.ABANDONED
            _end(step, event.at, outcome, cause)
        case ev.DeadlineReached() if event.at >= state.deadline:
            step.commands.append(cmd.HangUp(call.leg))
            _end(step, event.at, Outcome.FAILED, Cause.FAILED)
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
            _go_on(step, state.place, flow.Digit(digit), scene, event.at)
        case ev.PromptFinished(playback=playback) if playback == state.playback:
            step.call = replace(call, state=replace(state, playback=None))
            _go_on(step, state.place, flow.PromptsDone(), scene, event.at)
        case ev.DeadlineReached() if state.place.deadline is not None and event.at >= state.place.deadline:
            _go_on(step, state.place, flow.DeadlinePassed(), scene, event.at)
        case ev.DeadlineReached() if state.outside_deadline is not None and event.at >= state.outside_deadline:
            assert state.outside is not None
            step.commands.append(cmd.HangUp(state.outside))
            _transfer_failed(step, state, Cause.NO_ANSWER, scene, event.at)
        case ev.HookAnswered(result=result):
            answer = flow.HookFailed() if result is None else flow.HookAnswered(result)
            _go_on(step, state.place, answer, scene, event.at)
        case ev.LegAnswered(leg=leg) if leg == state.outside:
            _bridge(step, None, leg, None, event.at)
            step.records.append(record(event.at, "transferred", call.id))
        case ev.LegLeft(leg=leg, cause=cause) if leg == state.outside:
            _transfer_failed(step, state, cause, scene, event.at)
        case ev.LegLeft(leg=leg, cause=cause) if leg == call.leg:
            if state.outside is not None:
                step.commands.append(cmd.HangUp(state.outside))
            _end(step, event.at, _left_in_flow(call, state, cause, scene), cause)
        case Resumed(other_up=True) if state.outside is not None:  # it answered while we were away
            _in_flow(step, state, ev.LegAnswered(event.at, state.outside), scene)
        case Resumed() if state.outside is not None:
            pass  # it still rings, and the caller hears that
        case Resumed():
            _go_on(step, state.place, flow.Resumed(), scene, event.at)
        case ev.DigitPressed() | ev.DeadlineReached() | ev.PromptFinished() | ev.LegAnswered():
            pass
        case _:
            raise _impossible(call, event)


def _waiting(step: CallStep, state: Waiting, event: CallEvent, scene: Scene) -> None:
    call = step.call
    match event:
        case OfferMade():
            _offer(step, state, event, scene)
        case ev.DigitPressed(leg=leg, digit=digit) if leg == call.leg and digit in state.keys:
            _leave_queue(step, state, flow.QueueLeft("key", digit), scene, event.at)
        case ev.DeadlineReached():
            _waited(step, state, scene, event.at)
        case ev.PromptFinished(playback=playback) if playback == state.playback:
            step.call = replace(call, state=replace(state, playback=None))
            step.commands.append(cmd.StartMusic(call.leg, scene.queue(state.queue).music))
        case QueueUnstaffed():
            _leave_queue(step, state, flow.QueueLeft("no_adviser", None), scene, event.at)
        case ev.LegLeft(leg=leg, cause=cause) if leg == call.leg:
            _end(step, event.at, Outcome.FAILED if cause is Cause.FAILED else Outcome.ABANDONED, cause)
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
            _bridge(step, state.adviser, leg, state.waiting, event.at)
            step.call = replace(step.call, answered_at=event.at, adviser=state.adviser)
            waited_s = (event.at - state.waiting.queued_at).total_seconds()
            step.records.append(
                record(event.at, "answered", call.id, state.adviser, queue=state.waiting.queue, waited_s=waited_s)
            )
            step.signals.append(OfferAnswered(state.adviser, call.id))
        case ev.LegLeft(leg=leg, cause=cause) if leg == state.leg:
            _missed(step, state.adviser, state.waiting, cause, scene, event.at)
        case ev.DeadlineReached() if event.at >= state.deadline:
            step.commands.append(cmd.HangUp(state.leg))
            _missed(step, state.adviser, state.waiting, Cause.NO_ANSWER, scene, event.at)
        case ev.LegLeft(leg=leg, cause=cause) if leg == call.leg:
            _withdraw(step, state, event.at)
            _end(step, event.at, Outcome.FAILED if cause is Cause.FAILED else Outcome.ABANDONED, cause)
        case ev.DigitPressed(leg=leg, digit=digit) if leg == call.leg and digit in state.waiting.keys:
            _withdraw(step, state, event.at)
            _leave_queue(step, state.waiting, flow.QueueLeft("key", digit), scene, event.at)
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
    call = step.call
    match event:
        case ev.LegLeft(leg=leg, cause=cause) if leg in (call.leg, state.leg):
            step.commands.append(cmd.HangUp(state.leg if leg == call.leg else call.leg))
            step.commands.append(cmd.CloseBridge(state.bridge))
            _tell_talk_ended(step, state, scene)
            answered = Outcome.TRANSFERRED if state.adviser is None else Outcome.ANSWERED
            _end(step, event.at, Outcome.FAILED if cause is Cause.FAILED else answered, cause)
        case ev.JoinRefused(bridge=bridge) if bridge == state.bridge:
            step.commands += [cmd.HangUp(state.leg), cmd.CloseBridge(state.bridge)]
            if state.adviser is None or state.waiting is None:
                step.commands.append(cmd.HangUp(call.leg))
                _end(step, event.at, Outcome.FAILED, Cause.FAILED)
            else:
                step.call = replace(call, answered_at=None, adviser=None)
                step.commands.append(cmd.StartMusic(call.leg, scene.queue(state.waiting.queue).music))
                _missed(step, state.adviser, state.waiting, Cause.FAILED, scene, event.at)
        case Resumed(bridged=False):
            step.commands += [cmd.MakeBridge(state.bridge), cmd.Join(state.bridge, (call.leg, state.leg))]
        case (
            Resumed()
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


# -- the flow --------------------------------------------------------------------------------------


def _start(step: CallStep, scene: Scene, at: Instant) -> None:
    """The first node of the flow. A call whose line is gone has none: its caller hears an apology."""
    known = scene.flow(step.call)
    if known is None:
        step.commands.append(cmd.SendToApology(step.call.leg))
        _end(step, at, Outcome.FAILED, Cause.FAILED)
        return
    step.call = replace(step.call, flow=known.version)
    _follow(step, walk.start(known, at, scene.opening(step.call.line, at)), scene, at)


def _go_on(step: CallStep, place: flow.Place, event: flow.Input, scene: Scene, at: Instant) -> None:
    known = scene.flow(step.call)
    if known is None or known.version != step.call.flow:
        # A restart with another configuration: the place means nothing in today's flow, which is heard from its start.
        _start(step, scene, at)
        return
    _follow(step, walk.step(known, place, event, at, scene.opening(step.call.line, at)), scene, at)


def _follow(step: CallStep, flow_step: flow.Step, scene: Scene, at: Instant) -> None:
    """Do what the flow says. A number outside goes on ringing while the caller stays at its node."""
    before = step.call.state
    after = InFlow(flow_step.place)
    if isinstance(before, InFlow):
        after = replace(before, place=flow_step.place)
        if flow_step.trail and before.outside is not None:
            step.commands.append(cmd.HangUp(before.outside))
            after = replace(after, outside=None, outside_deadline=None)
    step.call = replace(step.call, state=after)
    for node in flow_step.trail:
        step.records.append(record(at, "node_entered", step.call.id, node=node))
    for action in flow_step.actions:
        match action:
            case flow.Play(prompts):
                _in_flow_with(step, playback=_play(step, prompts))
            case flow.StopPlaying():
                if isinstance(step.call.state, InFlow) and step.call.state.playback is not None:
                    step.commands.append(cmd.StopPrompt(step.call.state.playback))
                    _in_flow_with(step, playback=None)
            case flow.JoinQueue():
                _join_queue(step, action, flow_step.place, scene, at)
            case flow.DialOut(target):
                _dial_out(step, target, scene, at)
            case flow.CallHook(hook, answers, timeout_s):
                step.commands.append(cmd.RunHook(step.call.id, hook, answers, timeout_s))
            case flow.OfferCallback():
                # No desk of callbacks yet can book one: refused at once, never a promise that is not kept.
                _go_on(step, flow_step.place, flow.CallbackRefused(), scene, at)
            case flow.Finish(outcome):
                step.commands.append(cmd.HangUp(step.call.leg))
                _end(step, at, Outcome(outcome), Cause.NORMAL)


def _in_flow_with(step: CallStep, playback: PlaybackId | None) -> None:
    assert isinstance(step.call.state, InFlow)
    step.call = replace(step.call, state=replace(step.call.state, playback=playback))


def _play(step: CallStep, prompts: tuple[str, ...]) -> PlaybackId:
    """Name the next playback of this call and ask for it."""
    number = step.call.prompts + 1
    playback = PlaybackId(f"{step.call.id}-p{number}")
    step.call = replace(step.call, prompts=number)
    step.commands.append(cmd.PlayPrompt(step.call.leg, playback, prompts))
    return playback


def _next_leg(step: CallStep, letter: str) -> LegId:
    number = step.call.legs + 1
    step.call = replace(step.call, legs=number)
    return LegId(f"{step.call.id}-{letter}{number}")


def _dial_out(step: CallStep, target: str, scene: Scene, at: Instant) -> None:
    assert isinstance(step.call.state, InFlow)
    number, line = scene.rules.numbers.get(target), scene.line(step.call.line)
    if number is None or line is None:  # it left the configuration after this call began
        _transfer_failed(step, step.call.state, Cause.FAILED, scene, at)
        return
    leg = _next_leg(step, "x")
    step.commands.append(cmd.DialOutside(leg, step.call.id, number, line.number, TRANSFER_RING_MAX_S))
    until = at + timedelta(seconds=TRANSFER_RING_MAX_S)
    step.call = replace(step.call, state=replace(step.call.state, outside=leg, outside_deadline=until))
    step.records.append(record(at, "dialled_out", step.call.id, target=target))


def _transfer_failed(step: CallStep, state: InFlow, cause: Cause, scene: Scene, at: Instant) -> None:
    step.records.append(record(at, "transfer_failed", step.call.id, cause=cause))
    step.call = replace(step.call, state=replace(state, outside=None, outside_deadline=None))
    _go_on(step, state.place, flow.TransferFailed(), scene, at)


def _left_in_flow(call: Call, state: InFlow, cause: Cause, scene: Scene) -> Outcome:
    """A caller who hangs up after the information, or while the last words are said, has had what those words give."""
    if cause is Cause.FAILED:
        return Outcome.FAILED
    known = scene.flow(call)
    node = known.nodes.get(state.place.node) if known is not None else None
    if isinstance(node, Hangup):
        return Outcome(node.outcome)
    return Outcome.INFORMED if state.place.informed else Outcome.ABANDONED


# -- the queue -------------------------------------------------------------------------------------


def _join_queue(step: CallStep, action: flow.JoinQueue, place: flow.Place, scene: Scene, at: Instant) -> None:
    queue = scene.queue(QueueId(action.queue))
    refused = scene.refusal(step.call, queue.id, at)
    step.call = replace(step.call, queue=queue.id, queued_at=step.call.queued_at or at)
    if refused is not None:
        step.records.append(record(at, "queue_refused", step.call.id, queue=queue.id, why=refused))
        _go_on(step, place, flow.QueueLeft(refused, None), scene, at)
        return
    level = scene.first_level(queue.id, at)
    waiting = Waiting(
        queue=queue.id,
        priority=action.priority,
        keys=action.keys,
        queued_at=at,
        level=level,
        overflow_at=_overflow_at(queue, at, level),
        announce_at=at + timedelta(seconds=queue.announce_first_s),
        give_up_at=at + timedelta(seconds=queue.wait_max_s),
        place=place,
    )
    step.call = replace(step.call, state=waiting)
    step.commands.append(cmd.StartMusic(step.call.leg, queue.music))
    step.records.append(record(at, "queued", step.call.id, queue=queue.id, priority=action.priority, level=level))


def _overflow_at(queue: QueueRules, queued_at: Instant, level: int) -> Instant | None:
    """When the level after ``level`` opens. Times count from entering the queue."""
    if level > len(queue.overflow_after_s):
        return None
    return queued_at + timedelta(seconds=queue.overflow_after_s[level - 1])


def _opened(step: CallStep, state: Waiting, scene: Scene, at: Instant) -> Waiting:
    """``state`` with every level open whose time has come, and those below which nobody is on shift any more."""
    queue = scene.queue(state.queue)
    best = scene.first_level(state.queue, at)
    while state.level < best or (state.overflow_at is not None and at >= state.overflow_at):
        level = state.level + 1
        state = replace(state, level=level, overflow_at=_overflow_at(queue, state.queued_at, level))
        step.records.append(record(at, "level_opened", step.call.id, queue=state.queue, level=level))
    return state


def _waited(step: CallStep, state: Waiting, scene: Scene, at: Instant) -> None:
    if at >= state.give_up_at:
        _leave_queue(step, state, flow.QueueLeft("too_long", None), scene, at)
        return
    state = _opened(step, state, scene, at)
    step.call = replace(step.call, state=state)
    if at >= state.announce_at:
        _announce(step, state, scene, at)


def _announce(step: CallStep, state: Waiting, scene: Scene, at: Instant) -> None:
    """Say the place, and the wait as a range where enough is known; silence about it otherwise."""
    announce_at = at + timedelta(seconds=scene.queue(state.queue).announce_every_s)
    if state.playback is not None:  # the one before is still being said
        step.call = replace(step.call, state=replace(state, announce_at=announce_at))
        return
    position = scene.position(step.call)
    said = [place_prompt(position)]
    expected = scene.expected_wait_s(state.queue, position, at)
    wait = wait_prompt(*expected) if expected is not None else None
    if not scene.anyone_ready(state.queue):
        said.append("queue.no_adviser_ready")
    elif wait is not None:
        said.append(wait)
    playback = _play(step, tuple(said))
    step.call = replace(step.call, state=replace(state, playback=playback, announce_at=announce_at))
    step.records.append(record(at, "announced", step.call.id, queue=state.queue, position=position, wait=wait))


def _leave_queue(step: CallStep, state: Waiting, left: flow.QueueLeft, scene: Scene, at: Instant) -> None:
    """Back to the flow without an answer."""
    if state.playback is not None:
        step.commands.append(cmd.StopPrompt(state.playback))
    step.commands.append(cmd.StopMusic(step.call.leg))
    step.records.append(record(at, "left_queue", step.call.id, queue=state.queue, why=left.why))
    _go_on(step, state.place, left, scene, at)


# -- the offer -------------------------------------------------------------------------------------


def _offer(step: CallStep, state: Waiting, event: OfferMade, scene: Scene) -> None:
    queue = scene.queue(state.queue)
    line = scene.line(step.call.line)
    shown = line.name if line is not None else step.call.line
    leg = _next_leg(step, "a")
    offer = OfferId(f"{step.call.id}-o{step.call.legs}")
    until = event.at + timedelta(seconds=queue.ring_max_s)
    step.call = replace(step.call, state=Offered(state, offer, event.adviser, leg, event.at, until))
    step.commands.append(
        cmd.RingAdviser(leg, event.adviser, step.call.id, shown, step.call.caller.number, queue.ring_max_s)
    )
    why = event.why
    step.records.append(
        record(
            event.at,
            "offered",
            step.call.id,
            event.adviser,
            offer=offer,
            queue=state.queue,
            level=why.level,
            idle_s=round(why.idle_s, 3),
            candidates=why.candidates,
            waited_s=round(why.waited_s, 3),
        )
    )


def _missed(step: CallStep, adviser: AdviserId, waiting: Waiting, cause: Cause, scene: Scene, at: Instant) -> None:
    """The adviser's leg failed: the caller is back at the very same place."""
    queue = scene.queue(waiting.queue)
    step.signals.append(OfferMissed(adviser, step.call.id, cause, queue.misses_max))
    step.records.append(record(at, "offer_missed", step.call.id, adviser, queue=waiting.queue, cause=cause))
    step.call = replace(step.call, state=_opened(step, waiting, scene, at))
    refused = scene.refusal(step.call, waiting.queue, at)
    if refused == "no_adviser":
        _leave_queue(step, waiting, flow.QueueLeft(refused, None), scene, at)


def _withdraw(step: CallStep, state: Offered, at: Instant) -> None:
    step.commands.append(cmd.HangUp(state.leg))
    step.signals.append(OfferWithdrawn(state.adviser, step.call.id))
    step.records.append(record(at, "offer_withdrawn", step.call.id, state.adviser))


def _bridge(step: CallStep, adviser: AdviserId | None, leg: LegId, waiting: Waiting | None, at: Instant) -> None:
    call = step.call
    if waiting is not None:
        if waiting.playback is not None:
            step.commands.append(cmd.StopPrompt(waiting.playback))
        step.commands.append(cmd.StopMusic(call.leg))
    bridge = BridgeId(f"{leg}-b")
    step.commands += [cmd.MakeBridge(bridge), cmd.Join(bridge, (call.leg, leg))]
    kept = None if waiting is None else replace(waiting, playback=None)
    step.call = replace(call, state=Talking(adviser, leg, bridge, at, kept))


# -- the end ---------------------------------------------------------------------------------------


def _tell_talk_ended(step: CallStep, state: Talking, scene: Scene) -> None:
    if state.adviser is not None and state.waiting is not None:
        step.signals.append(TalkEnded(state.adviser, step.call.id, scene.queue(state.waiting.queue)))


def _end(step: CallStep, at: Instant, outcome: Outcome, cause: Cause) -> None:
    call = step.call
    state = call.state
    stage = state.kind
    step.call = replace(call, state=Ended(at, outcome, stage, cause))
    step.records.append(
        record(
            at,
            "ended",
            call.id,
            call.adviser,
            outcome=outcome,
            stage=stage,
            cause=cause,
            line=call.line,
            queue=call.queue,
            waited_s=round(((call.answered_at or at) - call.queued_at).total_seconds(), 3)
            if call.queued_at is not None
            else None,
            talked_s=round((at - state.since).total_seconds(), 3) if isinstance(state, Talking) else None,
        )
    )


def _impossible(call: Call, event: CallEvent) -> ImpossibleEvent:
    return ImpossibleEvent(f"call {call.id}: {type(event).__name__} in state {call.state.kind}")
