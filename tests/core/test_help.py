"""An adviser's call for help: it lasts as long as it should, whatever the telephone does meanwhile, and no longer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core import adviser as advisers
from dialer.core import events as ev
from dialer.core.adviser import Adviser, Help, transition
from dialer.core.calls.states import OfferAnswered, OfferMissed, OfferWithdrawn, TalkEnded
from dialer.core.words import AdviserId, CallId, Cause, ImpossibleEvent, LegId, OfferId, Record, Wish
from dialer.store.snapshot import adviser_json, adviser_of
from tests.core.matrix import ADVISER_STATES, CALL, WRAP
from tests.core.world import QUEUE, T0, after

A = AdviserId("a")
ASKED, OVER = ev.HelpAsked(after(60), A, True), ev.HelpAsked(after(120), A, False)
BUSY = {name for name, state in ADVISER_STATES.items() if hasattr(state, "call")}
AHEAD = {name: replace(state, deadline=after(600)) if hasattr(state, "deadline") else state
         for name, state in ADVISER_STATES.items()}  # fmt: skip


def one(state: str) -> Adviser:
    return Adviser(A, T0, T0, Wish.READY, state=AHEAD[state], registered=True)


def told(records: list[Record]) -> list[tuple[str, str | None, object]]:
    return [(each.event, each.call, dict(each.data).get("why")) for each in records if each.event.startswith("help")]


@pytest.mark.parametrize("state", ADVISER_STATES)
def test_help_is_asked_in_every_state_and_changes_nothing_else(state):
    step = transition(one(state), ASKED, after(60))
    call = CALL if state in BUSY else None
    assert step.adviser == replace(one(state), help=Help(after(60), call))
    assert told(step.records) == [("help_asked", call, None)]


@pytest.mark.parametrize("state", ADVISER_STATES)
@pytest.mark.parametrize(("own", "why"), [(True, "withdrawn"), (False, "cleared")])
def test_it_is_over_when_they_say_so_or_a_supervisor_does_and_nothing_else_changes(state, own, why):
    asking = transition(one(state), ASKED, after(60)).adviser
    step = transition(asking, replace(OVER, own=own), after(120))
    assert step.adviser == one(state)
    assert told(step.records) == [("help_over", CALL if state in BUSY else None, why)]


@pytest.mark.parametrize("state", ADVISER_STATES)
def test_asked_twice_it_counts_from_the_first_time_and_ended_twice_it_is_journalled_once(state):
    asking = transition(one(state), ASKED, after(60)).adviser
    again = transition(asking, ev.HelpAsked(after(90), A, True), after(90))
    assert again.adviser == asking
    assert again.records == []
    assert transition(one(state), OVER, after(120)).records == []


@pytest.mark.parametrize(
    ("state", "event"),
    [
        ("talking", TalkEnded(A, CALL, WRAP)),
        ("talking", TalkEnded(A, CALL, QUEUE)),
        ("talking", OfferMissed(A, CALL, Cause.FAILED, 2)),  # their phone died
        ("ringing", OfferMissed(A, CALL, Cause.NO_ANSWER, 2)),
        ("ringing", OfferWithdrawn(A, CALL)),
        ("wrapping_up", ev.WishSet(after(700), A, Wish.READY)),
        ("wrapping_up", ev.DeadlineReached(after(700))),
    ],
)
def test_it_ends_with_the_call_it_was_asked_in_or_with_its_wrap_up(state, event):
    asking = transition(one(state), ASKED, after(60)).adviser
    step = transition(asking, event, after(700))
    assert step.adviser.help is None
    assert told(step.records) == [("help_over", CALL, "call_over")]


@pytest.mark.parametrize(
    ("state", "event"),
    [
        ("ringing", OfferAnswered(A, CALL)),
        ("talking", TalkEnded(A, CallId("another"), WRAP)),
        ("talking", ev.WishSet(after(700), A, Wish.AWAY)),  # they go after this call
        ("talking", ev.PhoneUnregistered(after(700), A)),
        ("wrapping_up", ev.PhoneUnregistered(after(700), A)),
        ("free", ev.WishSet(after(700), A, Wish.PAUSED)),
        ("free", ev.PhoneUnregistered(after(700), A)),
        ("free", advisers.OfferReceived(after(700), CALL, OfferId("o"), LegId("l"), after(800))),
    ],
)
def test_it_goes_on_through_what_is_not_its_end(state, event):
    asking = transition(one(state), ASKED, after(60)).adviser
    assert transition(asking, event, after(700)).adviser.help == asking.help


def test_asked_between_two_calls_it_ends_when_they_go_and_is_asked_again_by_whoever_is_away():
    asking = transition(one("free"), ASKED, after(60)).adviser
    gone = transition(asking, ev.WishSet(after(90), A, Wish.AWAY), after(90))
    assert told(gone.records) == [("help_over", None, "away")]
    again = transition(gone.adviser, ev.HelpAsked(after(95), A, True), after(95)).adviser
    assert again.help == Help(after(95), None)
    assert transition(again, ev.PhoneUnregistered(after(99), A), after(99)).adviser.help == again.help


@pytest.mark.parametrize("state", sorted(BUSY))
def test_what_was_asked_in_a_call_that_is_gone_is_over_at_the_next_thing_that_happens(state):
    """As after a restart that lost it: they are in another call already."""
    asking = replace(one(state), help=Help(after(60), CallId("gone")))
    step = transition(asking, ev.PhoneRegistered(after(90), A), after(90))
    assert told(step.records) == [("help_over", CallId("gone"), "call_over")]


def test_it_survives_a_restart_and_what_an_older_version_stored_asks_for_none():
    asking = transition(one("talking"), ASKED, after(60)).adviser
    assert adviser_of(adviser_json(asking)) == asking
    older = adviser_json(one("free")).replace(',"help":null', "")
    assert "help" not in older
    assert adviser_of(older) == one("free")


EVENTS = st.sampled_from(
    [
        ev.WishSet(T0, A, Wish.READY), ev.WishSet(T0, A, Wish.AWAY), ev.PhoneRegistered(T0, A),
        ev.PhoneUnregistered(T0, A), ev.DeadlineReached(T0), OfferAnswered(A, CALL), OfferWithdrawn(A, CALL),
        OfferMissed(A, CALL, Cause.BUSY, 2), TalkEnded(A, CALL, WRAP), TalkEnded(A, CALL, QUEUE),
        advisers.OfferReceived(T0, CALL, OfferId("o"), LegId("l"), after(9000)),
        ev.HelpAsked(T0, A, True), ev.HelpAsked(T0, A, False), ev.HelpAsked(T0, A, False, own=False),
    ]
)  # fmt: skip


@given(st.sampled_from(sorted(ADVISER_STATES)), st.lists(EVENTS, max_size=25))
def test_whatever_happens_the_journal_alone_tells_who_asks_and_nobody_asks_in_a_call_that_is_over(state, events):
    adviser, asks = one(state), False
    for number, event in enumerate(events):
        at = after(100 * (number + 1))
        event = replace(event, at=at) if hasattr(event, "at") else event
        try:
            step = transition(adviser, event, at)
        except ImpossibleEvent:
            continue
        adviser = step.adviser
        for name, *_ in told(step.records):
            assert asks is (name == "help_over")
            asks = not asks
        assert asks is (adviser.help is not None)
        if adviser.help is not None and adviser.help.call is not None:
            assert getattr(adviser.state, "call", None) == adviser.help.call
            if isinstance(adviser.state, advisers.WrappingUp):
                assert adviser.state_since <= adviser.help.since
