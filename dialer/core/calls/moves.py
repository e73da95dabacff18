"""The moves of a call: what is done when it hears a node, joins or leaves a queue, is offered, is bridged, ends.

Decides how each move is carried out, the same from whatever state it is made; which event makes which move is `call`.
Must not know Asterisk, the clock or the database.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

from dialer.core import commands as cmd
from dialer.core.calls.booking import booking, instead, shown_terms, typed_terms
from dialer.core.calls.states import (
    BookingAsked,
    Call,
    Ended,
    InFlow,
    Offered,
    OfferMade,
    OfferMissed,
    OfferWithdrawn,
    Scene,
    Signal,
    TalkEnded,
    Talking,
    Waiting,
)
from dialer.core.rules import QueueRules
from dialer.core.words import (
    AdviserId,
    BridgeId,
    Cause,
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
from ivr.ahead import callback_key, last_words
from ivr.prompts import key_prompt, place_prompt, wait_prompt

TRANSFER_RING_MAX_S = 45.0
"""How long an outside number may ring; a public switchboard answers within this or not at all (our decision)."""


_LEFT_WITHOUT = frozenset({Outcome.ABANDONED, Outcome.INFORMED, Outcome.TURNED_AWAY})
"""Outcomes of callers who had no talk: once a callback is booked, that is what they had."""


@dataclass(slots=True)
class CallStep:
    """The call after the event, and what follows from it."""

    call: Call
    commands: list[cmd.Command] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    booking: BookingAsked | None = None
    """What the desk is asked to book, once the call's new state is kept."""
    refused: str | None = None
    """Why what an adviser asked for was not done; nothing changed then."""


# -- the flow --------------------------------------------------------------------------------------


def start(step: CallStep, scene: Scene, at: Instant) -> None:
    """The first node of the flow. A call whose line is gone has none: its caller hears an apology."""
    known = scene.flow(step.call)
    if known is None:
        step.commands.append(cmd.SendToApology(step.call.leg, step.call.line))
        end(step, at, Outcome.FAILED, Cause.FAILED)
        return
    step.call = replace(step.call, flow=known.version)
    _follow(step, walk.start(known, at, scene.opening(step.call.line, at)), scene, at)


def go_on(step: CallStep, place: flow.Place, event: flow.Input, scene: Scene, at: Instant) -> None:
    known = scene.flow(step.call)
    if known is None or known.version != step.call.flow:
        # A restart with another configuration: the place means nothing in today's flow, which is heard from its start.
        start(step, scene, at)
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
            case flow.Play(prompts, stored):
                _in_flow_with(step, playback=_play(step, prompts, at, stored=stored))
            case flow.StopPlaying():
                if isinstance(step.call.state, InFlow) and step.call.state.playback is not None:
                    step.commands.append(cmd.StopPrompt(step.call.state.playback))
                    _in_flow_with(step, playback=None)
            case flow.JoinQueue():
                _join_queue(step, action, flow_step.place, scene, at)
            case flow.DialOut(target):
                _dial_out(step, target, scene, at)
            case flow.CallHook(hook, answers, timeout_s):
                step.commands.append(cmd.RunHook(step.call.id, flow_step.place.node, hook, answers, timeout_s))
            case flow.OfferCallback(queue):
                go_on(step, flow_step.place, shown_terms(step.call, queue, scene, at), scene, at)
            case flow.CheckNumber():
                terms = typed_terms(step.call, action, scene, at)
                if isinstance(terms, flow.NumberRefused):
                    step.records.append(record(at, "number_refused", step.call.id, why=terms.why))
                go_on(step, flow_step.place, terms, scene, at)
            case flow.BookCallback():
                _book(step, action, flow_step.place, scene, at)
            case flow.Finish(outcome):
                step.commands.append(cmd.HangUp(step.call.leg))
                end(step, at, Outcome(outcome), Cause.NORMAL)


def _in_flow_with(step: CallStep, playback: PlaybackId | None) -> None:
    assert isinstance(step.call.state, InFlow)
    step.call = replace(step.call, state=replace(step.call.state, playback=playback))


def _play(step: CallStep, prompts: tuple[str, ...], at: Instant, *, stored: bool = False) -> PlaybackId:
    """Name the next playback of this call and ask for it.

    The instant is part of the name: after a crash before the commit the number comes again, and the end of the prompt
    before the crash must not be taken for the end of the new one.
    """
    number = step.call.prompts + 1
    playback = PlaybackId(f"{step.call.id}-p{number}.{round((at - step.call.arrived_at).total_seconds() * 1000)}")
    step.call = replace(step.call, prompts=number)
    said = cmd.PlayStored if stored else cmd.PlayPrompt
    step.commands.append(said(step.call.leg, playback, prompts))
    return playback


def next_leg(step: CallStep, letter: str) -> LegId:
    number = step.call.legs + 1
    step.call = replace(step.call, legs=number)
    return LegId(f"{step.call.id}-{letter}{number}")


def _dial_out(step: CallStep, target: str, scene: Scene, at: Instant) -> None:
    assert isinstance(step.call.state, InFlow)
    number, line = scene.rules.numbers.get(target), scene.line(step.call.line)
    if number is None or line is None:  # it left the configuration after this call began
        transfer_failed(step, step.call.state, Cause.FAILED, scene, at)
        return
    leg = next_leg(step, "x")
    step.commands.append(cmd.DialOutside(leg, step.call.id, number, line.number, TRANSFER_RING_MAX_S))
    until = at + timedelta(seconds=TRANSFER_RING_MAX_S)
    step.call = replace(step.call, state=replace(step.call.state, outside=leg, outside_deadline=until))
    step.records.append(record(at, "dialled_out", step.call.id, target=target))


def transfer_failed(step: CallStep, state: InFlow, cause: Cause, scene: Scene, at: Instant) -> None:
    step.records.append(record(at, "transfer_failed", step.call.id, cause=cause))
    step.call = replace(step.call, state=replace(state, outside=None, outside_deadline=None))
    go_on(step, state.place, flow.TransferFailed(), scene, at)


def left_in_flow(call: Call, state: InFlow, cause: Cause, scene: Scene) -> Outcome:
    """A caller who hangs up after the information, or while the last words are said, has had what those words give."""
    if cause is Cause.FAILED:
        return Outcome.FAILED
    known = scene.flow(call)
    last = last_words(known, state.place.node) if known is not None else None
    if last is not None:
        return Outcome(last)
    return Outcome.INFORMED if state.place.informed else Outcome.ABANDONED


# -- the callback that is asked for ----------------------------------------------------------------


def _book(step: CallStep, asked: flow.BookCallback, place: flow.Place, scene: Scene, at: Instant) -> None:
    """Ask the desk, which answers in the same change."""
    step.booking = booking(step.call, asked, scene)
    if step.booking is None:
        go_on(step, place, flow.CallbackRefused(), scene, at)
        return
    window = None if asked.window is None else asked.window.start_at.isoformat()
    step.records.append(record(at, "booking_asked", step.call.id, queue=step.booking.queue, window=window))


def booked(step: CallStep, state: InFlow, reference: str, scene: Scene, at: Instant) -> None:
    step.call = replace(step.call, booked=reference)
    step.records.append(record(at, "booking_made", step.call.id, reference=reference))
    go_on(step, state.place, flow.CallbackBooked(reference), scene, at)


def booking_refused(step: CallStep, state: InFlow, why: str, scene: Scene, at: Instant) -> None:
    step.records.append(record(at, "booking_refused", step.call.id, why=why))
    answer: flow.Input = flow.CallbackRefused()
    if why == "slot_taken":
        answer = instead(step.call, state.place, scene, at)
    go_on(step, state.place, answer, scene, at)


# -- the queue -------------------------------------------------------------------------------------


def _join_queue(step: CallStep, action: flow.JoinQueue, place: flow.Place, scene: Scene, at: Instant) -> None:
    queue = scene.queue(QueueId(action.queue))
    refused = scene.refusal(step.call, queue.id, at)
    step.call = replace(step.call, queue=queue.id, queued_at=step.call.queued_at or at)
    if refused is not None:
        step.records.append(record(at, "queue_refused", step.call.id, queue=queue.id, why=refused))
        go_on(step, place, flow.QueueLeft(refused, None), scene, at)
        return
    queue_in(step, queue.id, action.priority, action.keys, place, scene, at)


def queue_in(
    step: CallStep,
    queue_id: QueueId,
    priority: int,
    keys: tuple[str, ...],
    place: flow.Place,
    scene: Scene,
    at: Instant,
) -> None:
    """Into this queue, which has room and somebody on shift."""
    queue, level = scene.queue(queue_id), scene.first_level(queue_id, at)
    waiting = Waiting(
        queue=queue_id,
        priority=priority,
        keys=keys,
        queued_at=at,
        level=level,
        overflow_at=_overflow_at(queue, at, level),
        announce_at=at + timedelta(seconds=queue.announce_first_s),
        give_up_at=at + timedelta(seconds=queue.wait_max_s),
        place=place,
    )
    step.call = replace(step.call, queue=queue_id, state=waiting)
    step.commands.append(cmd.StartMusic(step.call.leg, queue.music))
    queue_again(step, waiting, at)


def queue_again(step: CallStep, waiting: Waiting, at: Instant) -> None:
    priority, level = waiting.priority, waiting.level
    step.records.append(record(at, "queued", step.call.id, queue=waiting.queue, priority=priority, level=level))


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


def waited(step: CallStep, state: Waiting, scene: Scene, at: Instant) -> None:
    if at >= state.give_up_at:
        leave_queue(step, state, flow.QueueLeft("too_long", None), scene, at)
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
    known = scene.flow(step.call)
    key = callback_key(known, state.place.node, state.keys) if known is not None else None
    if key is not None:
        said += ["queue.callback_offer", key_prompt(key)]
    playback = _play(step, tuple(said), at)
    step.call = replace(step.call, state=replace(state, playback=playback, announce_at=announce_at))
    step.records.append(record(at, "announced", step.call.id, queue=state.queue, position=position, wait=wait))


def leave_queue(step: CallStep, state: Waiting, left: flow.QueueLeft, scene: Scene, at: Instant) -> None:
    """Back to the flow without an answer."""
    if state.playback is not None:
        step.commands.append(cmd.StopPrompt(state.playback))
    step.commands.append(cmd.StopMusic(step.call.leg))
    step.records.append(record(at, "left_queue", step.call.id, queue=state.queue, why=left.why))
    go_on(step, state.place, left, scene, at)


# -- the offer -------------------------------------------------------------------------------------


def offer(step: CallStep, state: Waiting, event: OfferMade, scene: Scene) -> None:
    queue = scene.queue(state.queue)
    line = scene.line(step.call.line)
    shown = line.name if line is not None else step.call.line
    leg = next_leg(step, "a")
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


def missed(step: CallStep, adviser: AdviserId, waiting: Waiting, cause: Cause, scene: Scene, at: Instant) -> None:
    """The adviser's leg failed: the caller is back at the very same place."""
    queue = scene.queue(waiting.queue)
    step.signals.append(OfferMissed(adviser, step.call.id, cause, queue.misses_max))
    step.records.append(record(at, "offer_missed", step.call.id, adviser, queue=waiting.queue, cause=cause))
    wait_again(step, waiting, scene, at)


def wait_again(step: CallStep, waiting: Waiting, scene: Scene, at: Instant) -> None:
    """In the queue at this place, unless nobody is there for it any more."""
    step.call = replace(step.call, state=_opened(step, waiting, scene, at))
    refused = scene.refusal(step.call, waiting.queue, at)
    if refused == "no_adviser":
        leave_queue(step, waiting, flow.QueueLeft(refused, None), scene, at)


def forward_failed(step: CallStep, waiting: Waiting, cause: Cause, scene: Scene, at: Instant) -> None:
    """The number that an adviser sent the caller on to did not take them: back at the very same place."""
    step.records.append(record(at, "forward_failed", step.call.id, step.call.adviser, cause=cause))
    wait_again(step, waiting, scene, at)


def out_of_talk(step: CallStep, state: Talking, waiting: Waiting, at: Instant) -> Waiting:
    """The place that somebody who talked came from. What they talked counts for the call, and is no waiting."""
    talked = at - state.since
    step.call = replace(step.call, talked_s=step.call.talked_s + talked.total_seconds())
    return replace(
        waiting,
        queued_at=waiting.queued_at + talked,
        overflow_at=waiting.overflow_at + talked if waiting.overflow_at is not None else None,
        announce_at=waiting.announce_at + talked,
        give_up_at=waiting.give_up_at + talked,
    )


def withdraw(step: CallStep, state: Offered, at: Instant) -> None:
    step.commands.append(cmd.HangUp(state.leg))
    step.signals.append(OfferWithdrawn(state.adviser, step.call.id))
    step.records.append(record(at, "offer_withdrawn", step.call.id, state.adviser))


def bridge(step: CallStep, adviser: AdviserId | None, leg: LegId, waiting: Waiting | None, at: Instant) -> None:
    call = step.call
    if waiting is not None:
        if waiting.playback is not None:
            step.commands.append(cmd.StopPrompt(waiting.playback))
        step.commands.append(cmd.StopMusic(call.leg))
    bridge = BridgeId(f"{leg}-b")
    step.commands += [cmd.MakeBridge(bridge), cmd.Join(bridge, (call.leg, leg))]
    kept = None if waiting is None else replace(waiting, playback=None)
    step.call = replace(call, state=Talking(adviser, leg, bridge, at, kept, before=call.adviser))


# -- the end ---------------------------------------------------------------------------------------


def tell_talk_ended(step: CallStep, state: Talking, scene: Scene) -> None:
    if state.adviser is not None and state.waiting is not None:
        step.signals.append(TalkEnded(state.adviser, step.call.id, scene.queue(state.waiting.queue)))


def abandon(step: CallStep, at: Instant, cause: Cause) -> None:
    """The caller is gone before an answer: they hung up, or Asterisk died with their call."""
    end(step, at, Outcome.FAILED if cause is Cause.FAILED else Outcome.ABANDONED, cause)


def end(step: CallStep, at: Instant, outcome: Outcome, cause: Cause) -> None:
    call = step.call
    state = call.state
    stage = state.kind
    if call.booked is not None and outcome in _LEFT_WITHOUT:
        outcome = Outcome.CALLBACK
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
            talked_s=_talked_s(call, at, cause),
        )
    )


def _talked_s(call: Call, at: Instant, cause: Cause) -> float | None:
    """All talks of the call. When one was lost with Asterisk nobody knows its end, only when we learnt of it."""
    if isinstance(call.state, Talking) and cause is not Cause.FAILED:
        return round(call.talked_s + (at - call.state.since).total_seconds(), 3)
    return round(call.talked_s, 3) if call.talked_s else None
