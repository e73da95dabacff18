"""A callback after a restart, in the store, in the API and in the journal."""

from dataclasses import replace

import pytest
from pydantic import TypeAdapter

from dialer.core import adviser as advisers
from dialer.core import commands as cmd
from dialer.core.adviser import Adviser, OfferReceived
from dialer.core.callbacks.events import CalledIn, Fate, ForPerson, Recovered
from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.callbacks.outcomes import CallbackOutcome, Structure
from dialer.core.callbacks.rules import CallbackRules
from dialer.core.callbacks.states import (
    Callback,
    Offered,
    entry,
    holder,
    stage,
    visit,
)
from dialer.core.calls.states import OfferAnswered, TalkEnded
from dialer.core.words import AdviserId, CallId, Cause, LegId, Wish
from tests.core import callback_matrix
from tests.core.callback_world import PHONE, FakeScene, Promise, refused_until, window
from tests.core.world import QUEUE, T0, after

# -- after a restart ---------------------------------------------------------------------------------


def test_an_attempt_whose_leg_is_found_is_adopted() -> None:
    promise = Promise().to_dialling()
    promise.happen(Recovered(promise.now, Fate.RINGING, Fate.UP))
    assert promise.kind == "dialling"
    promise.happen(Recovered(promise.now, Fate.UP, Fate.UP))

    assert promise.kind == "talking"
    assert len(promise.commands(cmd.DialOutside)) == 1
    assert len(promise.callback.attempts) == 1


def test_an_attempt_proved_unplaced_is_back_at_its_place_and_not_counted() -> None:
    promise = Promise(place=after(-600)).to_dialling()
    promise.happen(Recovered(promise.now, Fate.UNPLACED, Fate.UP))

    place = entry(promise.callback)
    assert place is not None
    assert place.place == after(-600)
    assert promise.causes == [AttemptCause.UNPLACED]
    for _ in range(3):
        promise.attempt(Cause.NO_ANSWER)
    assert promise.kind == "resting"
    assert [attempt.leg for attempt in promise.callback.attempts] == [f"r1-x{n}" for n in (1, 2, 3, 4)]


def test_an_attempt_that_nobody_can_tell_of_is_a_person_s_and_never_dialled_again() -> None:
    promise = Promise().to_dialling()
    promise.happen(Recovered(promise.now, Fate.UNKNOWN, Fate.UP))

    assert promise.signals(ForPerson) == [ForPerson(promise.callback.id, "unknown")]
    assert promise.pass_s(30 * 86400).kind == "unsettled"
    promise.outcome(CallbackOutcome.SANS_REPONSE)
    assert promise.kind in ("resting", "unsettled")
    assert promise.causes == [AttemptCause.NO_ANSWER]
    assert len(promise.commands(cmd.DialOutside)) == 1


@pytest.mark.parametrize("fate", [Fate.UNKNOWN, Fate.UNPLACED])
def test_a_dial_that_waits_for_its_commit_is_not_placed_once_its_adviser_was_freed(fate: Fate) -> None:
    """The link broke and came back before the commit: who was dialled now would be answered by nobody."""
    promise = Promise().to_dialling()
    step = promise.happen(Recovered(promise.now, fate, Fate.UP))
    assert step.commands == [cmd.HangUp(LegId("r1-a1")), cmd.HangUp(LegId("r1-x1"))]


def test_a_leg_that_was_never_up_and_whose_end_nobody_tells_is_unknown_even_when_it_was_seen_ringing() -> None:
    promise = Promise().to_dialling()
    promise.left(LegId("r1-a1"))
    promise.happen(Recovered(promise.now, Fate.RINGING))
    promise.pass_s(CallbackRules().margin_s)

    assert promise.kind == "unsettled"
    assert promise.causes == [AttemptCause.UNKNOWN]


def test_an_attempt_found_later_is_not_unknown_any_more() -> None:
    for fate, kind in ((Fate.UNPLACED, "due"), (Fate.UP, "telling"), (Fate.RINGING, "hanging_up")):
        promise = Promise().to_dialling()
        promise.happen(Recovered(promise.now))
        promise.happen(Recovered(promise.now, fate))

        assert promise.kind == kind


# -- everything together -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", callback_matrix.STATES)
def test_every_state_can_be_stored_and_taken_up_again(name: str) -> None:
    adapter = TypeAdapter(Callback)
    callback = callback_matrix.callback_in(name)

    assert adapter.validate_json(adapter.dump_json(callback)) == callback


def test_what_was_refused_reported_and_attached_can_be_stored_too() -> None:
    adapter = TypeAdapter(Callback)
    promise = Promise(FakeScene(answer=refused_until(60)), wished=window(3600, 7200))
    promise.scene.answer = refused_until(5000)
    promise.come_due()
    promise.happen(CalledIn(promise.now, CallId("c")))
    closed = Promise().to_outcome()
    closed.outcome(CallbackOutcome.ORIENTE, structure=Structure.PSAD, date=after(90_000))

    for callback in (promise.callback, closed.callback):
        assert adapter.validate_json(adapter.dump_json(callback)) == callback


@pytest.mark.parametrize("name", callback_matrix.STATES)
def test_the_api_has_seven_words_for_every_state(name: str) -> None:
    words = {"requested", "due", "offered", "dialling", "talking", "resting", "closed"}

    assert stage(callback_matrix.callback_in(name)) in words


def test_the_adviser_s_own_machine_follows_a_callback_as_it_follows_a_call() -> None:
    """The card is Ringing, the phone that is up Talking, the end of the talk WrappingUp."""
    promise = Promise().come_due()
    adviser = Adviser(AdviserId("a"), T0, T0, Wish.READY, state=advisers.Free(), registered=True)
    states = []
    promise.offer()
    card = promise.state
    assert isinstance(card, Offered)
    received = OfferReceived(promise.now, visit(promise.callback), card.offer, card.leg, card.deadline)
    adviser = advisers.transition(adviser, received, promise.now).adviser
    states.append(adviser.state.kind)
    promise.accept()
    for leg, talks_s in (("r1-a1", 10), ("r1-x1", 200)):
        promise.up(LegId(leg))
        if leg == "r1-a1":
            promise.dial()
        promise.pass_s(talks_s)
    promise.left(LegId("r1-x1"))
    for signal in (each for step in promise.steps for each in step.signals):
        assert isinstance(signal, OfferAnswered | TalkEnded)
        told = replace(signal, queue=replace(QUEUE, wrap_up_max_s=60)) if isinstance(signal, TalkEnded) else signal
        adviser = advisers.transition(adviser, told, promise.now).adviser
        states.append(adviser.state.kind)

    assert states == ["ringing", "talking", "wrapping_up"]


def test_the_journal_of_a_callback_holds_no_number_and_no_name() -> None:
    promise = Promise()
    for cause in (Cause.NO_ANSWER, Cause.BUSY, Cause.FAILED):
        promise.attempt(cause)
    promise.to_talk()
    promise.left(promise.talk.leg)
    promise.outcome(CallbackOutcome.OPPOSITION)
    told = [str(value) for step in promise.steps for entry_ in step.records for _, value in entry_.data]

    assert told
    assert not [value for value in told if PHONE.number[3:] in value]
    assert all(entry_.call == "r1" for step in promise.steps for entry_ in step.records)


def test_the_journal_alone_tells_the_state() -> None:
    promise = Promise().to_outcome()
    promise.outcome(CallbackOutcome.INFO_DONNEE)
    told = [dict(entry_.data)["state"] for entry_ in promise.records("callback_state")]

    assert told == ["due", "offered", "accepted", "ready", "dialling", "talking", "unsettled", "closed"]
    (closed,) = promise.records("callback_closed")
    assert dict(closed.data)["outcome"] == "INFO_DONNEE"


def test_callbacks_in_flight_are_those_that_hold_an_adviser() -> None:
    held = {name for name in callback_matrix.STATES if holder(callback_matrix.callback_in(name)) is not None}

    assert held == {
        name for name in callback_matrix.STATES if name.startswith(("offered", "accepted", "ready", "dial", "talking"))
    }
