"""What people do about a promised return call: outcomes, another time, a stop, a call of their own."""

import pytest

from dialer.core import commands as cmd
from dialer.core.callbacks.events import CallAnswered, CalledIn, CallOver, ForPerson, HandedOver, Opposed
from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.callbacks.outcomes import CallbackOutcome, Structure
from dialer.core.callbacks.rules import CallbackRules
from dialer.core.callbacks.states import (
    DATED_PRIORITY,
    Attached,
    Closed,
    Resting,
    Talking,
    Unsettled,
    entry,
    legs,
    stage,
    visit,
)
from dialer.core.callbacks.told import CallbackCancelled, Rescheduled
from dialer.core.calls.states import OfferWithdrawn, TalkEnded
from dialer.core.numbers import Parsed
from dialer.core.places.territory import Territory
from dialer.core.words import E164, AdviserId, CallId, Cause, LegId
from tests.core import callback_matrix
from tests.core.callback_world import Promise, paris, window
from tests.core.world import QUEUE, T0, after

# -- what came of it ---------------------------------------------------------------------------------


def test_a_talk_waits_for_its_outcome_and_somebody_else_is_asked_when_it_does_not_come() -> None:
    promise = Promise().to_outcome()
    assert isinstance(promise.state, Unsettled)
    assert promise.signals(TalkEnded) == [TalkEnded(AdviserId("a"), visit(promise.callback), QUEUE)]
    assert promise.signals(ForPerson) == []

    promise.pass_s(CallbackRules().settle_max_s)

    assert promise.signals(ForPerson) == [ForPerson(promise.callback.id, "talked", AdviserId("a"))]
    assert promise.pass_s(86400).kind == "unsettled"


def test_an_appointment_closes_the_callback_with_that_outcome_alone() -> None:
    promise = Promise().to_outcome()
    promise.outcome(CallbackOutcome.RDV_FIXE, date=after(86400))
    again = promise.outcome(CallbackOutcome.REFUS)

    assert isinstance(promise.state, Closed)
    assert promise.state.outcome is CallbackOutcome.RDV_FIXE
    assert promise.state.report.date == after(86400)
    assert again.refused == "closed"
    assert promise.callback.attempts[0].outcome is CallbackOutcome.RDV_FIXE
    assert promise.causes == [AttemptCause.TALKED]


def test_another_number_given_with_the_outcome_is_the_one_that_is_called_from_the_first_rung_on() -> None:
    another = Parsed(E164("+33199000002"), Territory.METROPOLE, "Europe/Paris")
    promise = Promise().to_outcome()
    promise.outcome(CallbackOutcome.MAUVAIS_NUMERO, phone=another)

    assert promise.callback.phone == another
    assert promise.state.kind in ("requested", "due")
    assert promise.causes == [AttemptCause.WRONG_NUMBER]
    assert promise.callback.fresh_after == 1

    later = Promise().to_outcome()
    later.outcome(CallbackOutcome.A_RAPPELER, phone=another, window=window(7200, 10800))
    assert (later.callback.phone, later.callback.window) == (another, window(7200, 10800))
    assert later.causes == [AttemptCause.TALKED]


def test_an_attempt_ended_when_the_talk_did_whenever_its_outcome_is_given() -> None:
    promise = Promise().to_outcome()
    talked_until = promise.now
    promise.pass_s(600)
    promise.outcome(CallbackOutcome.INFO_DONNEE)

    assert promise.callback.attempts[0].ended_at == talked_until


def test_an_outcome_given_during_the_talk_is_kept_until_its_end_and_may_be_corrected() -> None:
    promise = Promise().to_talk()
    promise.outcome(CallbackOutcome.INFO_DONNEE)
    promise.outcome(CallbackOutcome.ORIENTE, structure=Structure.CIO)
    assert isinstance(promise.state, Talking)
    promise.pass_s(120)
    promise.left(LegId("r1-a1"))

    assert isinstance(promise.state, Closed)
    assert promise.state.report.structure is Structure.CIO


def test_to_call_again_is_a_window_of_its_own_with_the_ladder_from_its_first_rung() -> None:
    promise = Promise()
    for _ in range(3):
        promise.attempt(Cause.NO_ANSWER)
    promise.to_talk()
    promise.pass_s(60)
    promise.left(promise.talk.leg)
    start = (promise.now - T0).total_seconds() + 86400
    promise.outcome(CallbackOutcome.A_RAPPELER, window=window(start, start + 7200))
    promise.come_due()
    dated = entry(promise.callback)
    assert dated is not None
    assert dated.key == (-DATED_PRIORITY, after(start), "r1")

    promise.attempt(Cause.NO_ANSWER)

    assert promise.kind == "resting"
    assert [attempt.number for attempt in promise.callback.attempts] == [1, 2, 3, 4, 5]


def test_somebody_else_at_the_phone_is_one_attempt_more() -> None:
    promise = Promise().to_outcome()
    promise.outcome(CallbackOutcome.TIERS_JOINT)

    assert promise.state == Resting(paris("2026-03-16 13:00"), AttemptCause.THIRD_PARTY, "ladder")


def test_unreachable_is_said_by_the_ladder_or_of_what_it_gave_up_and_never_of_a_talk() -> None:
    for promise in (Promise(), Promise().to_outcome(), Promise().to_dialling()):
        assert promise.outcome(CallbackOutcome.INJOIGNABLE).refused == "by_rule_only"

    given_up = Promise().attempt(Cause.UNREACHABLE).attempt(Cause.UNREACHABLE)
    given_up.outcome(CallbackOutcome.INJOIGNABLE)

    assert isinstance(given_up.state, Closed)
    assert given_up.signals(HandedOver) != []


def test_an_opposition_stops_the_dialling_at_once_and_goes_on_the_list() -> None:
    promise = Promise().to_dialling()
    step = promise.outcome(CallbackOutcome.OPPOSITION)

    assert set(step.commands) == {cmd.HangUp(LegId("r1-x1")), cmd.HangUp(LegId("r1-a1"))}
    assert Opposed(promise.callback.id) in step.signals
    assert promise.causes == [AttemptCause.CANCELLED]
    assert promise.up(LegId("r1-x1")).commands == [cmd.HangUp(LegId("r1-x1"))]


def test_a_danger_is_handed_over() -> None:
    promise = Promise().to_outcome()
    promise.outcome(CallbackOutcome.ALERTE_DANGER)

    assert promise.signals(HandedOver) == [HandedOver(promise.callback.id, CallbackOutcome.ALERTE_DANGER)]


def test_who_cancels_as_the_adviser_s_phone_comes_up_is_not_dialled() -> None:
    promise = Promise().to_card()
    promise.accept()
    promise.happen(CallbackCancelled(promise.now))
    late = promise.up(LegId("r1-a1"))

    assert isinstance(promise.state, Closed)
    assert promise.state.outcome is CallbackOutcome.ANNULE
    assert late.commands == [cmd.HangUp(LegId("r1-a1"))]
    assert promise.commands(cmd.DialOutside) == []


def test_who_hangs_up_as_they_are_joined_was_reached_and_the_adviser_says_what_of_it() -> None:
    promise = Promise().to_talk()
    step = promise.left(LegId("r1-x1"))

    assert step.commands[0] == cmd.HangUp(LegId("r1-a1"))
    assert [type(signal) for signal in step.signals] == [TalkEnded]
    assert isinstance(promise.state, Unsettled)
    assert promise.state.why == "talked"


def test_a_talk_is_not_broken_off_by_a_click() -> None:
    promise = Promise().to_talk()

    assert promise.happen(CallbackCancelled(promise.now)).refused == "talking"
    assert promise.happen(Rescheduled(promise.now, None)).refused == "in_progress"
    assert isinstance(promise.state, Talking)


# -- they call us ------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [name for name in callback_matrix.STATES if name.startswith(("off", "acc", "ready"))])
def test_a_card_of_somebody_who_calls_in_is_taken_back_and_the_adviser_is_free(state: str) -> None:
    promise = Promise()
    promise.callback = callback_matrix.callback_in(state)
    step = promise.happen(CalledIn(promise.now, CallId("c")))

    assert step.signals == [OfferWithdrawn(AdviserId("a"), visit(promise.callback))]
    assert isinstance(promise.state, Attached)
    assert legs(promise.callback) == ()


def test_who_calls_in_is_not_dialled_and_has_their_very_place_again_if_nobody_answers() -> None:
    promise = Promise(place=after(-600)).come_due()
    before = entry(promise.callback)
    promise.happen(CalledIn(promise.now, CallId("c")))
    assert entry(promise.callback) is None
    assert promise.pass_s(600).kind == "attached"

    promise.happen(CallOver(promise.now, CallId("c")))

    assert entry(promise.callback) == before


def test_who_calls_in_before_their_window_still_has_it_if_nobody_answers() -> None:
    promise = Promise(wished=window(3600, 7200))
    promise.happen(CalledIn(promise.now, CallId("c")))
    assert stage(promise.callback) == "requested"
    promise.happen(CallOver(promise.now, CallId("c")))

    assert promise.until(3599).kind == "requested"
    assert promise.until(3600).kind == "due"


def test_an_answered_call_of_their_own_asks_for_the_outcome_of_the_callback() -> None:
    promise = Promise().come_due()
    promise.happen(CalledIn(promise.now, CallId("c")))
    promise.happen(CallAnswered(promise.now, CallId("c"), AdviserId("b")))
    assert stage(promise.callback) == "talking"
    assert promise.outcome(CallbackOutcome.SANS_REPONSE).refused == "no_attempt"
    promise.happen(CallOver(promise.now, CallId("c")))
    assert isinstance(promise.state, Unsettled)
    assert promise.state.adviser == "b"

    promise.outcome(CallbackOutcome.INFO_DONNEE)

    assert isinstance(promise.state, Closed)
    assert promise.callback.attempts == ()
    assert promise.signals(TalkEnded) == []  # their call has told the adviser


def test_a_parent_who_calls_in_leaves_the_callback_to_the_next_half_day() -> None:
    promise = Promise().come_due()
    promise.happen(CalledIn(promise.now, CallId("c")))
    promise.happen(CallAnswered(promise.now, CallId("c"), AdviserId("b")))
    promise.happen(CallOver(promise.now, CallId("c")))
    promise.outcome(CallbackOutcome.TIERS_JOINT)

    assert promise.state == Resting(paris("2026-03-16 13:00"), AttemptCause.THIRD_PARTY, "ladder")


def test_who_calls_us_while_we_call_them_is_attached_and_our_attempt_does_not_count() -> None:
    promise = Promise().to_dialling()
    step = promise.happen(CalledIn(promise.now, CallId("c")))

    assert set(step.commands) == {cmd.HangUp(LegId("r1-x1")), cmd.HangUp(LegId("r1-a1"))}
    assert promise.causes == [AttemptCause.CROSSED]
    promise.happen(CallOver(promise.now, CallId("c")))
    assert promise.kind == "due"
