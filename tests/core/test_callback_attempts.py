"""Attempts in vain, and machines: what follows from each cause, by the ladder or by a person."""

from dataclasses import replace

import pytest

from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.callbacks.events import HandedOver, PromiseMissed
from dialer.core.callbacks.ladder import AttemptCause, Ladder
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.rules import CallbackRules
from dialer.core.callbacks.states import (
    DATED_PRIORITY,
    Closed,
    Resting,
    Telling,
    Unsettled,
    entry,
    holder,
    known_attempts,
    visit,
)
from dialer.core.callbacks.told import MachineHeard, Rescheduled
from dialer.core.calls.states import OfferWithdrawn
from dialer.core.words import AdviserId, Cause, LegId
from schedules.walltime import PARIS
from schedules.windows import half_day_at
from tests.core.callback_world import PHONE, FakeScene, Promise, paris, refused_until, window
from tests.core.world import T0, after


def with_rules(**changes: object) -> Promise:
    return Promise(FakeScene(CallbackRules(**changes)))  # type: ignore[arg-type]


# -- in vain -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cause", "known", "outcome", "until"),
    [
        (Cause.BUSY, AttemptCause.BUSY, CallbackOutcome.OCCUPE, "2026-03-16 10:30:05"),
        (Cause.REJECTED, AttemptCause.BUSY, CallbackOutcome.OCCUPE, "2026-03-16 10:30:05"),
        (Cause.NO_ANSWER, AttemptCause.NO_ANSWER, CallbackOutcome.SANS_REPONSE, "2026-03-16 13:00"),
        (Cause.NORMAL, AttemptCause.NO_ANSWER, CallbackOutcome.SANS_REPONSE, "2026-03-16 13:00"),
        (Cause.UNREACHABLE, AttemptCause.UNREACHABLE, None, "2026-03-16 13:00"),
        (Cause.FAILED, AttemptCause.FAILED, None, "2026-03-16 10:15:05"),
    ],
)
def test_an_attempt_in_vain_rests_by_its_cause_and_frees_the_adviser_at_once(
    cause: Cause, known: AttemptCause, outcome: CallbackOutcome | None, until: str
) -> None:
    promise = Promise().attempt(cause)

    (attempt,) = promise.callback.attempts
    assert (attempt.cause, attempt.outcome, attempt.ended_at) == (known, outcome, after(5))
    assert promise.state == Resting(paris(until), known, "ladder")
    assert promise.steps[-1].commands == [cmd.HangUp(LegId("r1-a1"))]
    assert promise.signals(OfferWithdrawn) == [OfferWithdrawn(AdviserId("a"), visit(promise.callback))]


def test_after_its_turn_a_callback_takes_the_place_of_its_next_one_and_its_window_is_kept() -> None:
    promise = Promise(wished=window(0, 7200)).attempt(Cause.NO_ANSWER)
    promise.come_due()

    place = entry(promise.callback)
    assert place is not None
    assert (place.priority, place.place) == (0, paris("2026-03-16 13:00"))
    assert promise.signals(PromiseMissed) == []


def test_what_failed_on_our_side_keeps_the_place_and_the_window() -> None:
    promise = Promise(wished=window(0, 7200)).attempt(Cause.FAILED)
    promise.come_due()

    place = entry(promise.callback)
    assert place is not None
    assert (place.priority, place.place) == (DATED_PRIORITY, T0)


def test_after_four_attempts_in_vain_the_ladder_says_unreachable_and_hands_over() -> None:
    promise = Promise()
    for _ in range(3):
        promise.attempt(Cause.NO_ANSWER)
        assert promise.kind == "resting"
    promise.attempt(Cause.NO_ANSWER)

    assert isinstance(promise.state, Closed)
    assert promise.state.outcome is CallbackOutcome.INJOIGNABLE
    assert promise.state.by == "system"
    assert promise.signals(HandedOver) == [HandedOver(promise.callback.id, CallbackOutcome.INJOIGNABLE)]
    assert len({half_day_at(attempt.at, PARIS) for attempt in promise.callback.attempts}) == 4


def test_a_trunk_that_fails_uses_no_attempt_up_and_in_the_end_a_person_looks() -> None:
    promise = Promise()
    for _ in range(Ladder().failures_max):
        promise.attempt(Cause.FAILED)

    assert isinstance(promise.state, Unsettled)
    assert promise.state.why == "failures"
    assert promise.signals(HandedOver) == []


def test_nobody_is_called_unreachable_because_the_days_are_over() -> None:
    promise = Promise().attempt(Cause.NO_ANSWER)
    promise.scene.answer = refused_until(11 * 86400)
    promise.until(11 * 86400)

    assert isinstance(promise.state, Unsettled)
    assert promise.state.why == "days"
    assert len(promise.callback.attempts) == 1


def test_a_number_nobody_can_reach_twice_is_for_a_person_to_look_at() -> None:
    promise = Promise().attempt(Cause.UNREACHABLE)
    promise.attempt(Cause.UNREACHABLE)

    assert isinstance(promise.state, Unsettled)
    assert promise.state.why == "number"


def test_a_wrong_number_is_not_dialled_again_until_somebody_gives_another() -> None:
    promise = Promise().to_talk()
    promise.pass_s(20)
    promise.left(LegId("r1-x1"))
    promise.outcome(CallbackOutcome.MAUVAIS_NUMERO)
    assert promise.pass_s(30 * 86400).kind == "unsettled"
    assert promise.causes == [AttemptCause.WRONG_NUMBER]

    promise.happen(Rescheduled(promise.now, None, replace(PHONE, number="+33261910002")))
    promise.to_dialling()

    dialled = promise.commands(cmd.DialOutside)[-1]
    assert isinstance(dialled, cmd.DialOutside)
    assert (dialled.number, dialled.leg) == ("+33261910002", "r1-x2")


def test_a_leg_that_nothing_is_heard_of_any_more_is_unknown_and_not_dialled_again() -> None:
    """Fault 42: no answer, and no end either."""
    promise = Promise().to_dialling()
    promise.pass_s(CallbackRules().ring_max_s + CallbackRules().margin_s)
    assert promise.kind == "hanging_up"

    promise.pass_s(CallbackRules().margin_s)

    assert isinstance(promise.state, Unsettled)
    assert promise.state.why == "unknown"
    assert promise.pass_s(30 * 86400).kind == "unsettled"
    assert len(promise.commands(cmd.DialOutside)) == 1
    assert known_attempts(promise.callback)[0].cause is None


# -- machines ----------------------------------------------------------------------------------------


def heard_out(promise: Promise) -> None:
    state = promise.state
    assert isinstance(state, Telling)
    promise.happen(ev.PromptFinished(promise.now, state.leg, state.playback))
    promise.left(state.leg)


def test_a_machine_hears_the_neutral_message_once_and_the_adviser_is_free_at_once() -> None:
    promise = Promise().to_talk()
    step = promise.happen(MachineHeard(promise.now, LegId("r1-x1")))

    assert [type(command) for command in step.commands] == [cmd.CloseBridge, cmd.HangUp, cmd.PlayStored]
    assert step.commands[1] == cmd.HangUp(LegId("r1-a1"))
    assert holder(promise.callback) is None
    heard_out(promise)
    assert promise.callback.attempts[0].outcome is CallbackOutcome.MESSAGE_LAISSE

    promise.to_talk()
    promise.happen(MachineHeard(promise.now, LegId("r1-x2")))

    assert promise.kind == "hanging_up"
    promise.left(LegId("r1-x2"))
    assert promise.callback.attempts[1].outcome is CallbackOutcome.REPONDEUR
    assert len(promise.commands(cmd.PlayPrompt)) == 1


def test_a_message_that_could_not_be_played_was_not_left_and_is_not_tried_again() -> None:
    promise = Promise().to_talk()
    promise.happen(MachineHeard(promise.now, LegId("r1-x1")))
    assert isinstance(promise.state, Telling)
    promise.happen(ev.PromptFinished(promise.now, LegId("r1-x1"), promise.state.playback, failed=True))
    promise.left(LegId("r1-x1"))

    assert promise.callback.attempts[0].outcome is CallbackOutcome.REPONDEUR
    assert promise.callback.message_left


def test_another_number_has_a_machine_of_its_own_that_hears_the_message() -> None:
    promise = Promise().to_talk()
    promise.happen(MachineHeard(promise.now, LegId("r1-x1")))
    heard_out(promise)
    promise.happen(Rescheduled(promise.now, None, PHONE))
    assert promise.callback.message_left

    promise.happen(Rescheduled(promise.now, None, replace(PHONE, number="+33261910002")))
    promise.to_talk()
    promise.happen(MachineHeard(promise.now, LegId("r1-x2")))

    assert len(promise.commands(cmd.PlayPrompt)) == 2


def test_a_machine_that_is_detected_before_the_answer_is_told_is_one_all_the_same() -> None:
    promise = Promise().to_dialling()
    promise.happen(MachineHeard(promise.now, LegId("r1-x1")))
    heard_out(promise)

    assert promise.causes == [AttemptCause.MACHINE]


def test_no_message_is_left_where_the_house_wants_none() -> None:
    promise = with_rules(message=()).to_talk()
    promise.happen(MachineHeard(promise.now, LegId("r1-x1")))

    assert promise.commands(cmd.PlayPrompt) == []
    assert promise.kind == "hanging_up"
