"""What a promised return call does, promise by promise."""

import pytest

from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.callbacks.compliance import Mode
from dialer.core.callbacks.events import ForPerson, PromiseMissed
from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.rules import CallbackRules
from dialer.core.callbacks.states import (
    DATED_PRIORITY,
    Resting,
    Telling,
    Unsettled,
    deadline,
    entry,
    legs,
    live,
    visit,
)
from dialer.core.callbacks.told import CardAccepted, CardRefused, DialAsked
from dialer.core.calls.states import OfferMissed, OfferWithdrawn
from dialer.core.reasons import Reason
from dialer.core.words import AdviserId, Cause, LegId, OfferId
from tests.core import callback_matrix
from tests.core.callback_world import OURS, PHONE, FakeScene, Promise, refused_for_good, refused_until, window
from tests.core.world import QUEUE, T0, after


def with_rules(**changes: object) -> Promise:
    return Promise(FakeScene(CallbackRules(**changes)))  # type: ignore[arg-type]


# -- its place ---------------------------------------------------------------------------------------


def test_as_soon_as_possible_is_due_at_once() -> None:
    promise = Promise().come_due()

    assert (promise.kind, promise.now) == ("due", T0)


def test_a_window_is_due_at_its_start_and_not_before() -> None:
    promise = Promise(wished=window(3600, 7200))

    assert promise.until(3599).kind == "requested"
    assert promise.until(3600).kind == "due"


def test_who_gave_up_waiting_for_the_promise_keeps_the_place_they_had() -> None:
    promise = Promise(place=after(-600)).come_due()
    place = entry(promise.callback)

    assert place is not None
    assert place.key == (0, after(-600), "r1")


def test_a_dated_callback_stands_above_every_live_caller_and_only_in_its_window() -> None:
    promise = Promise(wished=window(3600, 7200)).come_due()
    dated = entry(promise.callback)
    assert dated is not None
    assert dated.priority == DATED_PRIORITY > 9
    assert dated.place == after(3600)

    promise.until(7200)

    later = entry(promise.callback)
    assert later is not None
    assert (later.priority, later.place) == (0, after(3600))
    assert promise.signals(PromiseMissed) == [PromiseMissed(promise.callback.id, window(3600, 7200))]
    assert deadline(promise.callback) is None


def test_a_window_that_the_gate_outlasts_is_told_of_early_and_not_when_it_is_over() -> None:
    promise = Promise(FakeScene(answer=refused_until(9000)), wished=window(3600, 7200)).come_due()

    assert (promise.now, promise.kind) == (after(3600), "resting")
    assert len(promise.signals(PromiseMissed)) == 1
    assert len(promise.until(20_000).signals(PromiseMissed)) == 1


def test_only_what_is_due_is_in_the_queue() -> None:
    due = [name for name in callback_matrix.STATES if entry(callback_matrix.callback_in(name)) is not None]

    assert due == ["due", "due, dated"]


# -- the card ----------------------------------------------------------------------------------------


def test_a_card_that_is_refused_or_expires_gives_the_callback_its_very_place_back() -> None:
    promise = Promise(place=after(-600)).come_due()
    before = entry(promise.callback)
    promise.offer()
    promise.happen(CardRefused(promise.now, promise.card.offer))
    assert entry(promise.callback) == before

    promise.offer("b")
    promise.pass_s(CallbackRules().card_max_s)

    assert entry(promise.callback) == before
    assert promise.signals(OfferMissed) == [
        OfferMissed(AdviserId("a"), visit(promise.callback), Cause.REJECTED, QUEUE.misses_max),
        OfferMissed(AdviserId("b"), visit(promise.callback), Cause.NO_ANSWER, QUEUE.misses_max),
    ]
    assert promise.callback.attempts == ()


def test_every_card_has_an_offer_and_a_leg_of_its_own() -> None:
    promise = Promise().come_due()
    seen = set()
    for _ in range(3):
        promise.offer()
        seen.add((promise.card.offer, promise.card.leg))
        promise.happen(CardRefused(promise.now, promise.card.offer))

    assert seen == {(f"r1-o{number}", f"r1-a{number}") for number in (1, 2, 3)}


def test_the_same_card_accepted_twice_is_told_so_and_rings_once() -> None:
    promise = Promise().to_card()
    offer = promise.card.offer
    promise.accept()

    again = promise.happen(CardAccepted(promise.now, offer))

    assert again.refused == "already_accepted"
    assert len(promise.commands(cmd.RingAdviser)) == 1


def test_a_card_that_is_no_longer_there_is_told_so_and_nothing_changes() -> None:
    promise = Promise().to_card()
    promise.happen(CardRefused(promise.now, promise.card.offer))
    promise.offer("b")
    before = promise.callback

    for event in (CardAccepted, CardRefused, DialAsked):
        assert promise.happen(event(promise.now, OfferId("r1-o1"))).refused == "stale_offer"
    assert promise.callback == before


def test_accept_rings_the_adviser_and_tells_nothing_of_the_person_on_their_phone() -> None:
    promise = Promise().to_card()
    promise.accept()

    (rung,) = promise.commands(cmd.RingAdviser)
    assert isinstance(rung, cmd.RingAdviser)
    assert (rung.adviser, rung.leg, rung.shown_name, rung.shown_number) == ("a", "r1-a1", "Rappel", None)


def test_an_adviser_whose_phone_leaves_before_it_is_up_gives_the_callback_back() -> None:
    promise = Promise().to_card()
    promise.accept()
    promise.left(LegId("r1-a1"), Cause.REJECTED)

    assert promise.kind == "due"
    assert promise.commands(cmd.DialOutside) == []


# -- the ways of dialling ----------------------------------------------------------------------------


def test_in_preview_nobody_is_dialled_until_the_adviser_says_so_and_not_for_ever() -> None:
    promise = Promise().to_ready()

    promise.pass_s(CallbackRules().ready_max_s)

    assert promise.kind == "due"
    assert promise.commands(cmd.DialOutside) == []
    assert cmd.HangUp(LegId("r1-a1")) in promise.commands(cmd.HangUp)


def test_timed_preview_dials_by_itself_after_its_seconds() -> None:
    promise = with_rules(mode=Mode.TIMED_PREVIEW, preview_s=20).to_ready()

    assert promise.pass_s(19).kind == "ready"
    assert promise.pass_s(1).kind == "dialling"


def test_an_adviser_stops_timed_preview_by_refusing() -> None:
    promise = with_rules(mode=Mode.TIMED_PREVIEW, preview_s=20).to_ready()
    promise.happen(CardRefused(promise.now, promise.card.offer))

    assert promise.pass_s(60).commands(cmd.DialOutside) == []


def test_progressive_dials_as_soon_as_the_adviser_is_up() -> None:
    promise = with_rules(mode=Mode.PROGRESSIVE).to_card()
    promise.accept()
    promise.up(LegId("r1-a1"))

    assert promise.kind == "dialling"


def test_dial_on_the_card_or_while_the_phone_rings_is_done_once_the_adviser_is_up() -> None:
    for on_card in (True, False):
        promise = Promise().to_card()
        if not on_card:
            promise.accept()
        promise.dial()
        assert promise.commands(cmd.DialOutside) == []

        promise.up(LegId("r1-a1"))

        assert len(promise.commands(cmd.DialOutside)) == 1


def test_dialling_before_there_is_an_adviser_is_no_way_of_ours() -> None:
    with pytest.raises(ValueError, match="predictive"):
        CallbackRules(mode=Mode.PREDICTIVE)


@pytest.mark.parametrize("span", ["card_max_s", "ready_max_s", "preview_s", "ring_max_s", "margin_s", "settle_max_s"])
def test_spans_that_are_no_spans_are_refused(span: str) -> None:
    with pytest.raises(ValueError, match="longer than nothing"):
        CallbackRules(**{span: 0.0})


# -- the intent --------------------------------------------------------------------------------------


def test_the_intent_is_in_the_state_before_the_person_is_dialled_and_the_dialling_waits_for_the_commit() -> None:
    promise = Promise().to_ready()
    step = promise.dial()

    (dialled,) = [each for each in step.commands if isinstance(each, cmd.DialOutside)]
    assert dialled.durable
    assert (dialled.leg, dialled.number, dialled.caller_id) == ("r1-x1", PHONE.number, OURS)
    (attempt,) = step.callback.attempts
    assert (attempt.number, attempt.leg, attempt.cause) == (1, dialled.leg, None)
    assert live(step.callback) == attempt
    assert legs(step.callback) == ("r1-a1", "r1-x1")


def test_what_the_gate_refuses_rests_until_then_with_the_reason_and_is_no_attempt() -> None:
    promise = Promise(place=after(-600)).to_ready()
    promise.scene.answer = refused_until(3600, Reason.HOURS)
    promise.dial()

    assert promise.state == Resting(after(3600), "hours", "gate")
    assert promise.callback.attempts == ()
    assert promise.commands(cmd.DialOutside) == []
    assert promise.signals(OfferWithdrawn) == [OfferWithdrawn(AdviserId("a"), visit(promise.callback))]
    assert cmd.HangUp(LegId("r1-a1")) in promise.commands(cmd.HangUp)
    assert promise.callback.gate is not None
    assert promise.callback.gate.reason is Reason.HOURS

    promise.until(3600)

    place = entry(promise.callback)
    assert place is not None
    assert place.place == after(-600)
    assert promise.callback.gate is None


def test_the_gate_is_asked_before_a_card_is_shown_and_again_before_the_dial() -> None:
    promise = Promise().to_dialling()

    assert [each.state.kind for each, _ in promise.scene.asked] == ["requested", "due", "ready"]


def test_what_only_the_end_of_other_calls_can_open_is_asked_again_soon() -> None:
    promise = Promise(FakeScene(answer=refused_for_good(Reason.NUMBER_LIVE))).come_due()

    assert promise.state == Resting(after(60), "number_live", "gate")


def test_what_no_time_can_open_is_for_a_person() -> None:
    promise = Promise(FakeScene(answer=refused_for_good(Reason.CALLER_ID))).come_due()

    assert isinstance(promise.state, Unsettled)
    assert (promise.state.why, promise.state.detail) == ("gate", "caller_id")
    assert promise.signals(ForPerson) == [ForPerson(promise.callback.id, "gate")]
    assert deadline(promise.callback) is None


# -- nobody hears silence ----------------------------------------------------------------------------


def test_the_person_is_dialled_only_once_the_adviser_is_up_and_both_are_joined_on_the_answer() -> None:
    promise = Promise().to_talk()

    order = [type(command) for step in promise.steps for command in step.commands]
    assert order == [cmd.RingAdviser, cmd.DialOutside, cmd.MakeBridge, cmd.Join]
    (join,) = promise.commands(cmd.Join)
    assert isinstance(join, cmd.Join)
    assert set(join.legs) == {"r1-x1", "r1-a1"}


def test_an_adviser_lost_while_the_person_s_phone_rings_ends_it_before_the_answer() -> None:
    promise = Promise().to_dialling()
    step = promise.left(LegId("r1-a1"))
    assert step.commands == [cmd.HangUp(LegId("r1-x1"))]
    assert promise.kind == "hanging_up"

    promise.left(LegId("r1-x1"))

    assert promise.causes == [AttemptCause.ADVISER_LOST]
    assert isinstance(promise.state, Resting)
    assert promise.state.until == promise.now + (after(300) - T0)


def test_who_answers_although_the_adviser_is_lost_hears_one_apology_and_then_the_end() -> None:
    promise = Promise().to_dialling()
    promise.left(LegId("r1-a1"))
    promise.up(LegId("r1-x1"))

    (said,) = promise.commands(cmd.PlayPrompt)
    assert isinstance(said, cmd.PlayPrompt)
    assert (said.leg, said.prompts) == ("r1-x1", ("callback.apology",))
    promise.happen(ev.PromptFinished(promise.now, LegId("r1-x1"), said.playback))
    assert promise.commands(cmd.HangUp)[-1] == cmd.HangUp(LegId("r1-x1"))
    promise.up(LegId("r1-x1"))  # a late answer again
    promise.left(LegId("r1-x1"))

    assert len(promise.commands(cmd.PlayPrompt)) == 1
    assert promise.kind == "resting"


@pytest.mark.parametrize("gone", ["leg", "bridge"])
def test_who_answers_to_an_adviser_who_goes_at_that_instant_hears_an_apology(gone: str) -> None:
    promise = Promise().to_talk()
    bridge = promise.talk.bridge
    if gone == "leg":
        promise.left(LegId("r1-a1"))
    else:
        promise.happen(ev.JoinRefused(promise.now, bridge))

    assert isinstance(promise.state, Telling)
    assert cmd.CloseBridge(bridge) in promise.steps[-1].commands
    assert [type(signal) for signal in promise.steps[-1].signals] == [OfferMissed]


def test_an_outcome_that_was_given_at_once_counts_however_soon_the_adviser_hangs_up() -> None:
    promise = Promise().to_talk()
    promise.outcome(CallbackOutcome.INFO_DONNEE)
    promise.left(LegId("r1-a1"))

    assert promise.kind == "closed"
    assert promise.commands(cmd.PlayPrompt) == []


def test_the_end_of_a_talk_by_the_adviser_is_no_loss() -> None:
    promise = Promise().to_talk()
    promise.pass_s(60)
    step = promise.left(LegId("r1-a1"))

    assert step.commands == [cmd.HangUp(LegId("r1-x1")), cmd.CloseBridge(step.commands[1].bridge)]  # type: ignore[union-attr]
    assert isinstance(promise.state, Unsettled)


def test_a_prompt_that_is_never_heard_out_ends_all_the_same() -> None:
    promise = Promise().to_dialling()
    promise.left(LegId("r1-a1"))
    promise.up(LegId("r1-x1"))
    promise.pass_s(CallbackRules().telling_max_s + CallbackRules().margin_s)

    assert promise.causes == [AttemptCause.ADVISER_LOST]
    assert promise.kind == "resting"
