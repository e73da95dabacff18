"""A promised return call: Requested → Due → Offered → Dialling → Talking → Resting → Closed.

Decides what happens to one callback at each event, and nothing about who is offered it (`assign`), whether it may be
dialled (`compliance`), when it is tried again (`ladder`) or what an outcome asks for (`outcomes`). Must not know
Asterisk, the clock or the database.

*Adviser first.* A card is offered; `accept` rings the adviser's phone; only when that is up is the person dialled, so
nobody who answers hears silence. If the adviser's leg goes meanwhile the person's is ended before the answer, or hears
one apology. *Exactly once.* An attempt's number and leg are in the state that is committed before the originate, and
neither ever comes again; an attempt whose fate is unknown waits for a person. *Never dropped.* Closed has one outcome,
from a person, or INJOIGNABLE by the ladder; whatever cannot go on by itself is a person's to settle.

Late but harmless, and so ignored: the end of a leg or a prompt that is no longer ours, a deadline that has moved, news
of a call that is not the one it is attached to, a machine heard where nobody is dialled (an ear that heard it is hung
up). What a person asks for and cannot have is not done, with the reason in ``refused``. A leg of ours that answers late
is hung up. An offer where it is not due is an ImpossibleEvent. `tests/core/test_callback_matrix.py` walks the whole
matrix.
"""

from __future__ import annotations

from dataclasses import replace

from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.callbacks import moves, people, talk
from dialer.core.callbacks.events import (
    CallAnswered,
    CallbackEvent,
    CalledIn,
    CallOver,
    Fate,
    ForPerson,
    Recovered,
    Scene,
)
from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.callbacks.moves import CallbackStep
from dialer.core.callbacks.outcomes import CallbackOutcome, Report
from dialer.core.callbacks.rules import DETECTED_MAX_S
from dialer.core.callbacks.states import (
    Accepted,
    Attached,
    Attempt,
    Callback,
    CallbackId,
    CaseId,
    Dialling,
    Due,
    HangingUp,
    Joined,
    Offered,
    Ready,
    Requested,
    Resting,
    Talking,
    Telling,
    Unsettled,
    WithGuest,
    legs,
)
from dialer.core.callbacks.told import (
    CallbackCancelled,
    CardAccepted,
    CardRefused,
    DialAsked,
    MachineHeard,
    OutcomeGiven,
    Rescheduled,
)
from dialer.core.calls.party import TalkAsked
from dialer.core.calls.states import AdviserBack, OfferMade
from dialer.core.numbers import Parsed
from dialer.core.words import By, Cause, ImpossibleEvent, Instant, LineId, QueueId
from schedules.windows import Window

LEFT = {
    Cause.BUSY: AttemptCause.BUSY,
    Cause.REJECTED: AttemptCause.BUSY,  # a phone whose user declines says either
    Cause.NO_ANSWER: AttemptCause.NO_ANSWER,
    Cause.NORMAL: AttemptCause.NO_ANSWER,  # ended before an answer, by nobody's refusal
    Cause.UNREACHABLE: AttemptCause.UNREACHABLE,
    Cause.FAILED: AttemptCause.FAILED,
    Cause.UNKNOWN: AttemptCause.UNKNOWN,  # its end was not seen: it may have been answered
}
"""Why the person's leg ended before it was answered → what came of the attempt."""


def request(
    callback: CallbackId,
    case: CaseId,
    line: LineId,
    queue: QueueId,
    phone: Parsed,
    at: Instant,
    window: Window | None = None,
    place: Instant | None = None,
    priority: int = 0,
    *,
    postcode: str | None = None,
) -> CallbackStep:
    """A new promise. ``place``: that of the caller who gave up waiting for it; else now, or the start of the window."""
    if place is None or window is not None:
        place = at if window is None else window.start_at
    state = Requested(max(at, place))
    step = CallbackStep(Callback(callback, case, line, queue, phone, at, place, window, state, priority))
    step.callback = replace(step.callback, postcode=postcode)
    moves.tell(step, at, "callback_requested", line=line, queue=queue, dated=int(window is not None))
    return step


def transition(callback: Callback, event: CallbackEvent, scene: Scene) -> CallbackStep:
    """The callback after ``event``. Raises ImpossibleEvent for a pair that cannot be.

    A report must be whole (`outcomes.faults_of`): whoever lets one in has looked.
    """
    step = CallbackStep(callback)
    match event:
        case OutcomeGiven():
            people.outcome_given(step, event, scene)
        case Rescheduled():
            people.rescheduled(step, event)
        case CallbackCancelled():
            people.stop(step, Report(CallbackOutcome.ANNULE), By.PERSON, event.at)
        case CalledIn():
            people.called_in(step, event, scene)
        case ev.LegAnswered(leg=leg) if leg not in legs(callback):
            _late_answer(step, event, scene)
        case ev.MachineDetected():
            _detected(step, event, scene)
        case _ if isinstance(event, TalkAsked) and not isinstance(callback.state, Talking | WithGuest):
            step.refused = "not_talking"
        case _:
            _in_state(step, event, scene)
    return step


def _in_state(step: CallbackStep, event: CallbackEvent, scene: Scene) -> None:
    callback = step.callback
    match callback.state, event:
        case Due(), OfferMade():
            moves.offer(step, event, scene)
        case _, OfferMade():
            raise ImpossibleEvent(f"callback {callback.id}: offered in state {callback.state.kind}")
        case (Offered() | Accepted() | Ready()) as state, _:
            _with_card(step, state, event, scene)
        case _, CardAccepted() | CardRefused() | DialAsked():
            step.refused = "stale_offer"
        case Dialling() as state, _:
            _dialling(step, state, event, scene)
        case Talking() as state, _:
            talk.talking(step, state, event, scene)
        case WithGuest() as state, _:
            talk.with_guest(step, state, event, scene)
        case (HangingUp() | Telling()) as state, _:
            _ending(step, state, event, scene)
        case _:
            _at_rest(step, event, scene)


# -- without a leg ----------------------------------------------------------------------------------


def _at_rest(step: CallbackStep, event: CallbackEvent, scene: Scene) -> None:
    callback = step.callback
    match callback.state, event:
        case Requested(due_at=until) | Resting(until=until), ev.DeadlineReached(at=at) if at >= until:
            moves.come_due(step, scene, at)
        case Due(), ev.DeadlineReached(at=at) if callback.window is not None and at >= callback.window.end_at:
            moves.miss_promise(step, callback.window, at)
        case Unsettled(deadline=until) as state, ev.DeadlineReached(at=at) if until is not None and at >= until:
            moves.enter(step, replace(state, deadline=None), at)
            step.signals.append(ForPerson(callback.id, state.why, state.adviser))
            moves.tell(step, at, "callback_for_person", state.adviser, why=state.why)
        case Unsettled(why="unknown", attempt=int(number)), Recovered():
            _found_later(step, callback.attempts[number - 1], event, scene)
        case Attached(call=call), CallAnswered(call=answered) if answered == call:
            moves.enter(step, Joined(call, event.adviser), event.at)
            moves.tell(step, event.at, "callback_joined", event.adviser)
        case Joined(call=call) as state, CallAnswered(call=answered, adviser=adviser) if answered == call:
            moves.enter(step, replace(state, adviser=adviser), event.at)  # their call has been handed on
        case Attached(call=call, back=back), CallOver(call=over) if over == call:
            moves.enter(step, back, event.at)
        case Joined(call=call) as state, CallOver(call=over) if over == call:
            moves.talk_over(step, state, scene, event.at)


# -- the card ---------------------------------------------------------------------------------------


def _with_card(step: CallbackStep, state: Offered | Accepted | Ready, event: CallbackEvent, scene: Scene) -> None:
    match event:
        case CardAccepted(offer=offer) | CardRefused(offer=offer) | DialAsked(offer=offer) if offer != state.offer:
            step.refused = "stale_offer"
        case CardRefused(at=at):
            _give_back(step, state, Cause.REJECTED, scene, at)
        case ev.DeadlineReached(at=at) if at >= state.deadline:
            if isinstance(state, Ready) and state.dials:
                moves.dial(step, state, scene, at)
            else:
                _give_back(step, state, Cause.NO_ANSWER, scene, at)
        case ev.LegLeft(at=at, leg=leg, cause=cause) if leg == state.leg:
            moves.missed(step, state, cause, scene, at)
        case AdviserBack(at=at, forgot=forgot) if state.leg in forgot:
            _give_back(step, state, Cause.NORMAL, scene, at)
        case _:
            _accept_and_dial(step, state, event, scene)


def _accept_and_dial(step: CallbackStep, state: Offered | Accepted | Ready, event: CallbackEvent, scene: Scene) -> None:
    match state, event:
        case Offered(), CardAccepted(at=at):
            moves.ring(step, state, at, False, scene)
        case Offered(), DialAsked(at=at):
            moves.ring(step, state, at, True, scene)
        case _, CardAccepted():
            step.refused = "already_accepted"
        case Accepted(), DialAsked(at=at):
            moves.enter(step, replace(state, dial_at_once=True), at)
        case Accepted(leg=ours), ev.LegAnswered(at=at, leg=leg) if leg == ours:
            moves.adviser_up(step, state, scene, at)
        case Ready(), DialAsked(at=at):
            moves.dial(step, state, scene, at)
        case Offered(), Recovered(at=at, adviser=Fate.RINGING | Fate.UP):
            moves.rings(step, state, at, False, scene)
            if event.adviser is Fate.UP:
                _in_state(step, event, scene)
        case Accepted(), Recovered(at=at, adviser=Fate.UP):
            moves.adviser_up(step, state, scene, at)
        case (Accepted(), Recovered(adviser=Fate.RINGING)) | (Ready(), Recovered(adviser=Fate.UP)):
            pass
        case Accepted() | Ready(), Recovered(at=at):
            _give_back(step, state, Cause.UNKNOWN, scene, at)


def _give_back(step: CallbackStep, state: Offered | Accepted | Ready, cause: Cause, scene: Scene, at: Instant) -> None:
    if not isinstance(state, Offered):
        step.commands.append(cmd.HangUp(state.leg))
    moves.missed(step, state, cause, scene, at)


# -- the attempt ------------------------------------------------------------------------------------


def _dialling(step: CallbackStep, state: Dialling, event: CallbackEvent, scene: Scene) -> None:
    at = event.at
    match event:
        case ev.LegAnswered(leg=leg) if leg == state.leg:
            moves.bridge(step, state, at)
            moves.listen(step, leg, scene)
        case ev.LegLeft(leg=leg, cause=cause) if leg == state.leg:
            moves.release(step, state)
            moves.finish(step, state.number, LEFT[cause], scene, at)
        case ev.LegLeft(leg=leg, cause=cause) if leg == state.adviser_leg:
            moves.lose_adviser(step, state, cause, scene)
            moves.hang_up(step, state, AttemptCause.ADVISER_LOST, scene, at)
        case AdviserBack(forgot=forgot) if state.adviser_leg in forgot:
            step.commands.append(cmd.HangUp(state.adviser_leg))
            moves.lose_adviser(step, state, Cause.NORMAL, scene)
            moves.hang_up(step, state, AttemptCause.ADVISER_LOST, scene, at)
        case MachineHeard(leg=leg) if leg == state.leg:
            moves.machine(step, state, scene, at)
        case ev.DeadlineReached() if at >= state.deadline:
            moves.release(step, state)
            moves.hang_up(step, state, AttemptCause.NO_ANSWER, scene, at)
        case Recovered():
            _dialling_recovered(step, state, event, scene)


def _dialling_recovered(step: CallbackStep, state: Dialling, event: Recovered, scene: Scene) -> None:
    """Found by its leg: adopted. Proved unplaced: back at its place, not counted. Else nobody knows: a person's."""
    at, adviser_up = event.at, event.adviser is Fate.UP
    moves.tell(step, at, "callback_attempt_found", state.adviser, attempt=state.number, fate=event.person)
    match event.person:
        case Fate.UNPLACED | Fate.UNKNOWN:
            moves.release(step, state)
            step.commands.append(cmd.HangUp(state.leg))  # a dial that still waits for its commit is never placed
            cause = AttemptCause.UNPLACED if event.person is Fate.UNPLACED else AttemptCause.UNKNOWN
            moves.finish(step, state.number, cause, scene, at)
        case Fate.UP if adviser_up:
            moves.bridge(step, state, at)
        case Fate.UP:
            moves.lose_adviser(step, state, Cause.UNKNOWN, scene)
            moves.say(step, state.leg, state.number, AttemptCause.ADVISER_LOST, scene, at)
        case Fate.RINGING if not adviser_up:
            moves.lose_adviser(step, state, Cause.UNKNOWN, scene)
            moves.hang_up(step, state, AttemptCause.ADVISER_LOST, scene, at)


def _detected(step: CallbackStep, event: ev.MachineDetected, scene: Scene) -> None:
    """Believed of somebody's first words only, and not against an adviser who has said what came of the talk, or has
    asked somebody into it."""
    match step.callback.state:
        case Talking(leg=leg, since=since, report=None, held=False, guest=None) as state if (
            leg == event.leg and (event.at - since).total_seconds() <= DETECTED_MAX_S
        ):
            moves.machine(step, state, scene, event.at, event.ear)
        case _:
            step.commands.append(cmd.HangUp(event.ear))


def _ending(step: CallbackStep, state: HangingUp | Telling, event: CallbackEvent, scene: Scene) -> None:
    """The person's leg is on its way out, and no adviser is there any more."""
    at = event.at
    outcome = state.outcome if isinstance(state, HangingUp) else None
    match state, event:
        case _, ev.LegLeft(leg=leg) if leg == state.leg:
            moves.finish(step, state.number, state.cause, scene, at, outcome)
        case Telling(), ev.PromptFinished(playback=playback, failed=failed) if playback == state.playback:
            left = state.cause is AttemptCause.MACHINE and not failed
            outcome = CallbackOutcome.MESSAGE_LAISSE if left else None
            moves.hang_up(step, state, state.cause, scene, at, outcome)
        case Telling(cause=AttemptCause.MACHINE), ev.GreetingOver(leg=leg) if leg == state.leg:
            if not step.callback.message_left:
                moves.leave_message(step, leg, state.number, scene, at)
        case Telling(), ev.DeadlineReached() if at >= state.deadline:
            moves.hang_up(step, state, state.cause, scene, at)
        case HangingUp(told=False), ev.LegAnswered(leg=leg) if leg == state.leg:
            moves.say(step, state.leg, state.number, AttemptCause.ADVISER_LOST, scene, at)
        case HangingUp(), ev.DeadlineReached() if at >= state.deadline:
            # Nobody told of its end. Heard out it is over for certain; else it may be ringing, or about to.
            step.commands.append(cmd.HangUp(state.leg))
            cause = state.cause if state.told else AttemptCause.UNKNOWN
            moves.finish(step, state.number, cause, scene, at, outcome)
        case _, Recovered(person=Fate.UP | Fate.RINGING):
            moves.hang_up(step, state, state.cause, scene, at, outcome)
        case _, Recovered(person=fate):
            rang = isinstance(state, Telling) or state.told
            cause = AttemptCause.UNPLACED if fate is Fate.UNPLACED and not rang else state.cause
            moves.finish(step, state.number, cause, scene, at, outcome)


def _found_later(step: CallbackStep, attempt: Attempt, event: Recovered, scene: Scene) -> None:
    """News of an attempt that nobody knew the fate of: its adviser is long gone."""
    match event.person:
        case Fate.UNPLACED:
            moves.finish(step, attempt.number, AttemptCause.UNPLACED, scene, event.at)
        case Fate.UP:
            moves.say(step, attempt.leg, attempt.number, AttemptCause.ADVISER_LOST, scene, event.at)
        case Fate.RINGING:
            moves.hang_up(step, attempt, AttemptCause.ADVISER_LOST, scene, event.at)


def _late_answer(step: CallbackStep, event: ev.LegAnswered, scene: Scene) -> None:
    """A leg that is nobody's any more. That of an attempt nobody knew the fate of is a person who hears nobody."""
    match step.callback.state:
        case Unsettled(why="unknown", attempt=int(number)) if step.callback.attempts[number - 1].leg == event.leg:
            moves.say(step, event.leg, number, AttemptCause.ADVISER_LOST, scene, event.at)
        case _:
            step.commands.append(cmd.HangUp(event.leg))
