"""Somebody who is to be called back calls in, and asks for something else: neither promise is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialer.core.callbacks.outcomes import CallbackOutcome, Report
from dialer.core.callbacks.told import OutcomeGiven
from dialer.core.calls.told import GuestAsked, HandOverAsked, ToAdviser
from dialer.core.events import CallbackTold
from dialer.core.words import AdviserId, CallId, Wish
from ivr.flow import make_flow
from ivr.nodes import Callback
from tests.core.test_promises import NADIA, Centre, taking
from tests.core.world import WELCOMED, welcoming


def asking_for_another(booked: str, people: int = 1) -> Centre:
    """Who asked on the web calls in, and asks by phone for a talk: another case, and a callback of its own.

    ``booked``: the node after it.
    """
    nodes = dict(welcoming().nodes) | {"callback": Callback(booked=booked, refused="queue")}
    rules = taking(people)
    line = replace(rules.lines[WELCOMED], flow=make_flow("welcomed", "hours", nodes))
    room = Centre(replace(rules, lines={**rules.lines, WELCOMED: line}))
    for adviser in rules.advisers:
        room.wish(adviser, Wish.PAUSED)
    room.book()
    room.arrive("c1", WELCOMED, number=NADIA.number)
    room.picked_up("c1")
    for digit in "611":  # to be called back, on the number shown, as soon as possible
        room.heard("c1")
        room.press("c1", digit)
    assert kinds(room) == ["attached", "attached"]
    return room


def kinds(room: Centre) -> list[str]:
    return [each.state.kind for each in room.desk.book.callbacks.values()]


def test_both_go_back_to_their_places_when_the_call_is_over() -> None:
    room = asking_for_another("bye")
    room.leave("c1")
    room.pass_s(0)
    assert kinds(room) == ["due", "due"]

    room.wish("a", Wish.READY)
    assert room.desk.book.of_visit(room.ring("a").call) is not None


def test_both_are_with_the_adviser_who_answers_and_each_needs_its_outcome() -> None:
    room = asking_for_another("queue")
    room.heard("c1")  # that it is registered
    room.pass_s(6)  # and no key, to hear it again
    assert room.state("c1") == "waiting"
    room.wish("a", Wish.READY)
    room.answer("a")
    assert kinds(room) == ["joined", "joined"]

    room.leave("c1")
    for _ in range(2):
        owed = room.desk.book.to_settle(AdviserId("a"))
        assert owed is not None
        room.happen(CallbackTold(room.now, owed, OutcomeGiven(room.now, Report(CallbackOutcome.INFO_DONNEE))))
    assert room.desk.book.callbacks == {}
    assert room.desk.book.all_attached_to(CallId("c1")) == ()


@pytest.mark.parametrize("how", ["aside", "blind"])
def test_both_go_with_the_call_to_the_colleague_it_is_left_to_who_says_what_came_of_them(how: str) -> None:
    room = asking_for_another("queue", people=2)
    room.heard("c1")
    room.pass_s(6)
    room.wish("a", Wish.READY)
    room.answer("a")
    room.happen(GuestAsked(room.now, CallId("c1"), AdviserId("a"), ToAdviser(AdviserId("b")), how))  # type: ignore[arg-type]
    room.answer("b")
    if how == "aside":
        room.happen(HandOverAsked(room.now, CallId("c1"), AdviserId("a")))
    assert room.talk("c1").adviser == "b"
    assert kinds(room) == ["joined", "joined"]

    room.leave("c1")

    assert room.desk.book.to_settle(AdviserId("a")) is None
    assert room.desk.book.to_settle(AdviserId("b")) is not None
