"""What people do about a callback, whatever is under way: they give an outcome, another time, stop it, or call in.

Decides which of it is done in which state, and what is taken back for it. Must not know who may: that was asked before.
"""

from __future__ import annotations

from dataclasses import replace

from dialer.core import commands as cmd
from dialer.core.callbacks import moves
from dialer.core.callbacks.events import CalledIn, Scene
from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.callbacks.moves import CallbackStep
from dialer.core.callbacks.outcomes import MEANINGS, CallbackOutcome, Group, Report
from dialer.core.callbacks.states import (
    Accepted,
    Attached,
    Closed,
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
)
from dialer.core.callbacks.told import OutcomeGiven, Rescheduled
from dialer.core.words import By, Instant


def outcome_given(step: CallbackStep, event: OutcomeGiven, scene: Scene) -> None:
    """Stopping is done at once, wherever it is. What else came of it is said of a talk, or where nothing is under way.

    Nobody is called unreachable but by the ladder, or by a person to whom the ladder gave it up.
    """
    state, report, meaning = step.callback.state, event.report, MEANINGS[event.report.outcome]
    of_attempt = not meaning.closes and not report.anew
    match state:
        case Closed():
            step.refused = "closed"
        case Unsettled(why="number" | "failures" | "days" | "gate") if report.outcome is CallbackOutcome.INJOIGNABLE:
            stop(step, report, event.by, event.at)
        case _ if report.outcome is CallbackOutcome.INJOIGNABLE:
            step.refused = "by_rule_only"
        case Joined() | Unsettled(why="talked", attempt=None) if meaning.group is Group.NOT_REACHED:
            step.refused = "no_attempt"  # the talk is, or was, in a call of their own
        case Talking() | WithGuest() | Joined():
            moves.enter(step, replace(state, report=report), event.at)
        case Dialling() | HangingUp() | Telling() if meaning.group is not Group.CLOSED:
            step.refused = "in_progress"
        case Unsettled(why="talked") | Unsettled(why="unknown"):
            moves.settle(step, report, event.by, scene, event.at)
        case _ if of_attempt:
            step.refused = "no_attempt"
        case _ if report.anew:
            rescheduled(step, Rescheduled(event.at, report.window, report.phone))
        case _:
            stop(step, report, event.by, event.at)


def rescheduled(step: CallbackStep, event: Rescheduled) -> None:
    match step.callback.state:
        case Closed():
            step.refused = "closed"
        case Dialling() | HangingUp() | Telling() | Talking() | WithGuest() | Joined():
            step.refused = "in_progress"
        case Attached(call=call):
            moves.request_anew(step, event.window, event.phone, event.at)
            anew = step.callback.state
            assert isinstance(anew, Requested)
            moves.enter(step, Attached(call, anew), event.at)
        case state:
            if isinstance(state, Offered | Accepted | Ready):
                moves.withdraw(step, state, event.at)
            moves.request_anew(step, event.window, event.phone, event.at)


def stop(step: CallbackStep, report: Report, by: By, at: Instant) -> None:
    """Close it, whatever is under way; only a talk is not broken off, for then the outcome is the adviser's."""
    match step.callback.state:
        case Closed():
            step.refused = "closed"
            return
        case Talking() | WithGuest() | Joined():
            step.refused = "talking"
            return
        case Offered() | Accepted() | Ready() as state:
            moves.withdraw(step, state, at)
        case Dialling() | HangingUp() | Telling() as state:
            _break_off(step, state)
            moves.end_attempt(step, state.number, AttemptCause.CANCELLED, at, report.outcome)
    moves.close(step, report, by, at)


def _break_off(step: CallbackStep, state: Dialling | HangingUp | Telling) -> None:
    step.commands.append(cmd.HangUp(state.leg))
    if isinstance(state, Dialling):
        moves.release(step, state)


def called_in(step: CallbackStep, event: CalledIn, scene: Scene) -> None:
    """Attached to their call and not dialled; what is under way for them is taken back."""
    match step.callback.state:
        case Unsettled(why="talked"):
            return  # they were reached, and what came of it is being written down
        case (Requested() | Due() | Resting() | Unsettled()) as back:
            moves.enter(step, Attached(event.call, back), event.at)
        case Offered() | Accepted() | Ready() as state:
            moves.withdraw(step, state, event.at)
            moves.enter(step, Attached(event.call, Due(event.at)), event.at)
        case Dialling() | HangingUp() | Telling() as state:
            _break_off(step, state)
            back_to = moves.cross(step, state.number, scene, event.at)
            moves.enter(step, Attached(event.call, back_to), event.at)
        case _:
            return
    moves.tell(step, event.at, "callback_attached")
