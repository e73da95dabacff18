"""What is told outside of a callback: its state, truly, whatever happens to it; and nothing that is only ours."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core import events as ev
from dialer.core.callbacks.events import CallAnswered, CalledIn, CallOver
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.states import Attached, deadline, legs, stage
from dialer.core.callbacks.told import CallbackCancelled, CardRefused, MachineHeard, Rescheduled
from dialer.core.notices import STATE, notice
from dialer.core.reasons import Reason
from dialer.core.words import AdviserId, CallId, Cause, record
from tests.core.callback_world import PHONE, FakeScene, Promise, allowed, refused_for_good, refused_until, window
from tests.core.world import T0, after

ALLOWED = {
    "event", "state", "case", "kind", "source", "line", "queue", "attempt", "cause", "outcome", "by", "reason",
    "detail", "until", "due_at", "dated",
}  # fmt: skip


def told(promise: Promise) -> list[dict]:
    return [said for step in promise.steps for entry in step.records if (said := notice(entry)) is not None]


def states(promise: Promise) -> list[str]:
    return [each["state"] for each in told(promise) if each["event"] == STATE]


def test_a_callback_that_is_kept_is_told_from_the_request_to_the_outcome():
    promise = Promise(wished=window(3600, 7200)).to_outcome()
    promise.outcome(CallbackOutcome.RDV_FIXE, date=after(86400))
    assert told(promise) == [
        {"event": STATE, "state": "requested", "line": "dropout", "queue": "main", "dated": True},
        {"event": STATE, "state": "due"},
        {"event": STATE, "state": "offered"},
        {"event": STATE, "state": "dialling", "attempt": 1},
        {"event": STATE, "state": "talking", "attempt": 1},
        {"event": "callback.attempt", "attempt": 1, "cause": "talked"},
        {"event": STATE, "state": "resting"},
        {"event": "callback.attempt", "attempt": 1, "cause": "talked", "outcome": "RDV_FIXE"},
        {"event": STATE, "state": "closed", "outcome": "RDV_FIXE", "by": "person"},
    ]


def test_an_attempt_in_vain_says_why_and_that_it_rests():
    promise = Promise().attempt(Cause.BUSY)
    assert told(promise)[-2:] == [
        {"event": "callback.attempt", "attempt": 1, "cause": "busy", "outcome": "OCCUPE"},
        {"event": STATE, "state": "resting"},
    ]


def test_a_gate_that_refuses_says_why_and_until_when():
    promise = Promise(scene=FakeScene(answer=refused_until(7200))).come_due()
    assert told(promise)[1:3] == [
        {"event": "callback.refused", "reason": "hours", "until": after(7200).isoformat()},
        {"event": STATE, "state": "resting"},
    ]


def test_what_waits_for_a_person_is_said_with_its_reason():
    promise = Promise(scene=FakeScene(answer=refused_for_good(Reason.OPPOSED))).come_due()
    assert told(promise)[-1] == {
        "event": "callback.for_person", "state": "resting", "reason": "gate", "detail": "opposed",
    }  # fmt: skip


def test_a_promise_that_is_not_kept_and_another_time_are_told():
    promise = Promise(wished=window(60, 120)).until(120)
    assert {"event": "callback.promise_missed"} in told(promise)
    promise.happen(Rescheduled(after(130), window(7200, 9000)))
    assert {"event": "callback.rescheduled", "due_at": after(7200).isoformat(), "dated": True} in told(promise)
    assert states(promise)[-1] == "requested"


def test_someone_who_calls_in_is_told_and_how_it_goes_on():
    promise = Promise().to_dialling()
    promise.happen(CalledIn(promise.now, CallId("c")))
    assert told(promise)[-1] == {"event": "callback.attached"}
    promise.happen(CallOver(promise.now, CallId("c")))
    assert states(promise)[-1] == "due"
    promise.happen(CalledIn(promise.now, CallId("d")))
    promise.happen(CallAnswered(promise.now, CallId("d"), AdviserId("b")))
    assert states(promise)[-1] == "talking"


def test_a_message_for_a_machine_is_a_talk_without_an_adviser_and_then_its_end():
    promise = Promise().to_dialling()
    leg = promise.dialling.leg
    promise.happen(MachineHeard(promise.now, leg))
    assert states(promise)[-2:] == ["dialling", "talking"]
    promise.happen(ev.PromptFinished(promise.now, leg, promise.state.playback))
    assert states(promise)[-1] == "dialling"
    promise.left(leg)
    assert states(promise)[-1] == "resting"


def test_a_card_that_comes_back_is_due_again_and_no_adviser_is_named():
    promise = Promise().to_card()
    promise.happen(CardRefused(promise.now, promise.card.offer))
    assert states(promise)[-2:] == ["offered", "due"]
    assert all("adviser" not in said and "a" not in said.values() for said in told(promise))


def test_the_end_by_the_stated_rule_says_that_it_was_the_rule():
    promise = Promise()
    for _ in range(4):
        promise.attempt(Cause.NO_ANSWER)
    assert told(promise)[-1] == {"event": STATE, "state": "closed", "outcome": "INJOIGNABLE", "by": "system"}
    assert states(promise).count("closed") == 1


def test_what_was_asked_and_the_end_of_its_case_are_told_with_the_case():
    asked = record(T0, "callback_asked", CallId("cb-1"), source="web", kind="rtf", line="dropout", case="case-1")
    assert notice(asked) == {
        "event": "callback.asked", "case": "case-1", "kind": "rtf", "source": "web", "line": "dropout",
    }  # fmt: skip
    ended = record(T0, "callback_case_ended", CallId("cb-1"), case="case-1", outcome="REFUS")
    assert notice(ended) == {"event": "case.ended", "case": "case-1", "outcome": "REFUS"}


@pytest.mark.parametrize("event", ["call_arrived", "callback_offer_missed", "callback_machine", "wish_set"])
def test_what_concerns_only_us_is_not_told(event):
    assert notice(record(T0, event, CallId("x"))) is None


HANDS = ("deadline", "offer", "accept", "dial", "up", "busy", "gone", "machine", "called", "answered", "over", "move",
         "outcome", "again", "cancel", "gate")  # fmt: skip


def nudge(promise: Promise, hand: str) -> None:
    """One thing that can happen to it now, or nothing."""
    at, state = promise.now, promise.state
    mine = legs(promise.callback)
    match hand:
        case "deadline" if (due := deadline(promise.callback)) is not None:
            promise.happen(ev.DeadlineReached(max(due, at)))
        case "offer" if state.kind == "due":
            promise.offer()
        case "accept" | "dial" if state.kind in ("offered", "accepted", "ready"):
            promise.accept() if hand == "accept" else promise.dial()
        case "up" if mine:
            promise.up(mine[-1])
        case "busy" | "gone" if mine:
            leg = mine[-1] if hand == "busy" else mine[0]
            promise.left(leg, Cause.BUSY)
        case "machine" if mine:
            promise.happen(MachineHeard(at, mine[-1]))
        case "called":
            promise.happen(CalledIn(at, CallId("c")))
        case "answered":
            promise.happen(CallAnswered(at, CallId("c"), AdviserId("b")))
        case "over":
            promise.happen(CallOver(at, CallId("c")))
        case "move":
            promise.happen(Rescheduled(at, None))
        case "outcome":
            promise.outcome(CallbackOutcome.SANS_REPONSE)
        case "again":
            promise.outcome(CallbackOutcome.TIERS_JOINT)
        case "cancel":
            promise.happen(CallbackCancelled(at))
        case "gate":
            promise.scene.answer = refused_until(1e6) if promise.scene.answer is allowed else allowed


@settings(max_examples=150, deadline=None)
@given(
    st.booleans(),
    st.sampled_from(("come_due", "to_card", "to_dialling", "to_talk")),
    st.lists(st.one_of(st.sampled_from(HANDS), st.sampled_from(("deadline", "offer", "dial", "up"))), max_size=40),
)
def test_whoever_reads_the_notices_knows_the_state_whatever_happens(dated, begins, hands):
    promise = Promise(wished=window(60, 4000) if dated else None)
    getattr(promise, begins)()
    for hand in hands:
        nudge(promise, hand)
        last = [said for said in told(promise) if said["event"] in (STATE, "callback.attached")][-1]
        if isinstance(promise.state, Attached) and last["event"] == "callback.attached":
            assert stage(promise.callback) in ("requested", "due", "resting")
        else:
            assert last["state"] == stage(promise.callback)
    text = str(told(promise))
    assert PHONE.number not in text
    assert PHONE.number[-6:] not in text
    assert all(said.keys() <= ALLOWED for said in told(promise))
