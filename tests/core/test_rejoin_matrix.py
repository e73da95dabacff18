"""A phone that comes back into a talk: every state × every event, of a call and of a callback."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.callbacks import callback as callback_machine
from dialer.core.callbacks.events import Fate, Recovered
from dialer.core.callbacks.outcomes import CallbackOutcome, Report
from dialer.core.callbacks.states import CallbackState, Unsettled
from dialer.core.callbacks.states import Talking as CallbackTalking
from dialer.core.calls import call as call_machine
from dialer.core.calls.states import AdviserBack, CallState, Ended, Resumed, Talking
from dialer.core.coming_back import Rejoin
from dialer.core.words import BridgeId, Cause, ImpossibleEvent, LegId
from tests.core import callback_matrix, matrix
from tests.core.callback_world import FakeScene
from tests.core.matrix import NOW, parse
from tests.core.world import after

NEW = {"call": LegId("c-a2"), "callback": LegId("r-a2")}
OLD = {"call": matrix.OTHER, "callback": callback_matrix.MINE}
THEIRS = {"call": matrix.ME, "callback": callback_matrix.THEIRS}
REJOINS: dict[str, Callable[[str], Rejoin | None]] = {
    "talking": lambda what: None,
    "rung again": lambda what: Rejoin(NEW[what], NOW),
    "lost, rings": lambda what: Rejoin(NEW[what], NOW, lost=True),
    "lost, nobody rings": lambda what: Rejoin(None, NOW, lost=True),
}
EVENTS: dict[str, Callable[[str], Any]] = {
    "who is talked with hangs up": lambda what: ev.LegLeft(NOW, THEIRS[what], Cause.NORMAL),
    "the adviser hangs up": lambda what: ev.LegLeft(NOW, OLD[what], Cause.NORMAL),
    "the adviser is torn off": lambda what: ev.LegLeft(NOW, OLD[what], Cause.FAILED),
    "the new phone is up": lambda what: ev.LegAnswered(NOW, NEW[what]),
    "the new phone says busy": lambda what: ev.LegLeft(NOW, NEW[what], Cause.BUSY),
    "the new phone is torn off": lambda what: ev.LegLeft(NOW, NEW[what], Cause.FAILED),
    "a phone is back": lambda what: AdviserBack(NOW),
    "a page is back, the old forgotten": lambda what: AdviserBack(NOW, frozenset({OLD[what]})),
    "a page is back, both forgotten": lambda what: AdviserBack(NOW, frozenset({OLD[what], NEW[what]})),
    "an early deadline": lambda what: ev.DeadlineReached(after(59)),
    "the deadline": lambda what: ev.DeadlineReached(NOW),
    "the bridge is refused": lambda what: ev.JoinRefused(NOW, BridgeId(f"{_first(what)}-b")),
    "recovered, adviser up": lambda what: _recovered(what, Fate.UP),
    "recovered, adviser rings": lambda what: _recovered(what, Fate.RINGING),
}  # fmt: skip

CALL = """
event                             | talking        | rung again     | lost, rings    | lost, nobody rings
who is talked with hangs up       | ended answered | ended answered | ended answered | ended answered
the adviser hangs up              | ended answered | ended answered | ·              | ·
the adviser is torn off           | lost, rings    | lost, rings    | ·              | ·
the new phone is up               | ·              | talking        | talking        | ·
the new phone says busy           | ✗              | talking        | lost, nobody rings | ✗
the new phone is torn off         | ✗              | talking        | lost, nobody rings | ✗
a phone is back                   | ·              | ·              | ·              | lost, rings
a page is back, the old forgotten | rung again     | ·              | ·              | lost, rings
a page is back, both forgotten    | rung again     | rung again     | lost, rings    | lost, rings
an early deadline                 | ·              | ·              | ·              | ·
the deadline                      | ·              | talking        | waiting        | waiting
the bridge is refused             | waiting        | waiting        | ·              | ·
recovered, adviser up             | acts           | acts           | talking        | acts
recovered, adviser rings          | acts           | acts           | acts           | acts
"""
CALLBACK = """
event                             | talking           | rung again        | lost, rings        | lost, nobody rings
who is talked with hangs up       | unsettled, talked | unsettled, talked | unsettled, talked  | unsettled, talked
the adviser hangs up              | unsettled, talked | unsettled, talked | ·                  | ·
the adviser is torn off           | lost, rings       | lost, rings       | ·                  | ·
the new phone is up               | acts              | talking           | talking            | acts
the new phone says busy           | ·                 | talking           | lost, nobody rings | ·
the new phone is torn off         | ·                 | talking           | lost, nobody rings | ·
a phone is back                   | ·                 | ·                 | ·                  | lost, rings
a page is back, the old forgotten | rung again        | ·                 | ·                  | lost, rings
a page is back, both forgotten    | rung again        | rung again        | lost, rings        | lost, rings
an early deadline                 | ·                 | ·                 | ·                  | ·
the deadline                      | ·                 | talking           | telling            | telling
the bridge is refused             | telling           | telling           | ·                  | ·
recovered, adviser up             | acts              | acts              | talking            | acts
recovered, adviser rings          | unsettled, talked | unsettled, talked | acts               | acts
"""
CALL_CELLS, CALLBACK_CELLS = parse(CALL), parse(CALLBACK)


def _first(what: str) -> LegId:
    """The leg that gave the bridge its name."""
    return matrix.OTHER if what == "call" else callback_matrix.THEIRS


def _recovered(what: str, fate: Fate) -> Resumed | Recovered:
    return Resumed(NOW, other_up=fate is Fate.UP) if what == "call" else Recovered(NOW, Fate.UP, fate)


def _name(state: CallState | CallbackState) -> str:
    match state:
        case Talking(rejoin=rejoin) | CallbackTalking(rejoin=rejoin):
            known = (name for name in REJOINS if _alike(rejoin, REJOINS[name]("call")))
            return next(known)
        case Ended(outcome=outcome):
            return f"ended {outcome}"
        case Unsettled(why=why):
            return f"unsettled, {why}"
    return state.kind


def _alike(one: Rejoin | None, other: Rejoin | None) -> bool:
    if one is None or other is None:
        return one is other
    return (one.leg is None, one.lost) == (other.leg is None, other.lost)


def _hung_up(commands: list[cmd.Command]) -> set[LegId]:
    return {command.leg for command in commands if isinstance(command, cmd.HangUp)}


@pytest.mark.parametrize(("state", "event"), CALL_CELLS)
def test_a_call_does_what_the_table_promises_and_leaves_no_phone_ringing(state: str, event: str) -> None:
    talk = matrix.CALL_STATES["talking"]
    assert isinstance(talk, Talking)
    before = replace(matrix.call_in("talking"), state=replace(talk, rejoin=REJOINS[state]("call")), legs=2)
    try:
        step = call_machine.transition(before, EVENTS[event]("call"), matrix.SCENE)
    except ImpossibleEvent:
        assert CALL_CELLS[state, event] == "✗"
        return
    same = (step.call, step.commands, step.signals, step.records) == (before, [], [], [])
    told = "·" if same else _name(step.call.state)
    assert ("acts" if told == state and step.call == before else told) == CALL_CELLS[state, event]
    _nothing_rings_on("call", before.state, step.call.state, event, _hung_up(step.commands))


@pytest.mark.parametrize(("state", "event"), CALLBACK_CELLS)
def test_a_callback_does_what_the_table_promises_and_leaves_no_phone_ringing(state: str, event: str) -> None:
    found = callback_matrix.callback_in("talking")
    assert isinstance(found.state, CallbackTalking)
    before = replace(found, state=replace(found.state, rejoin=REJOINS[state]("callback")), legs=2)
    step = callback_machine.transition(before, EVENTS[event]("callback"), FakeScene())
    same = (step.callback, step.commands, step.signals, step.records) == (before, [], [], [])
    told = "·" if same else _name(step.callback.state)
    acts = told == state and step.callback == before
    assert ("acts" if acts else told) == CALLBACK_CELLS[state, event]
    _nothing_rings_on("callback", before.state, step.callback.state, event, _hung_up(step.commands))


def _nothing_rings_on(what: str, before: object, after_: object, event: str, hung_up: set[LegId]) -> None:
    """A leg that was rung is still known, or was hung up, or has said itself that it is gone."""
    rung = getattr(getattr(before, "rejoin", None), "leg", None)
    if rung is None or event.startswith("the new phone"):
        return
    kept = getattr(getattr(after_, "rejoin", None), "leg", None)
    talks = getattr(after_, "adviser_leg", getattr(after_, "leg", None))
    assert rung in (kept, talks) or rung in hung_up


def test_who_waits_in_vain_for_an_adviser_that_has_said_what_came_of_it_is_not_called_again() -> None:
    found = callback_matrix.callback_in("talking")
    assert isinstance(found.state, CallbackTalking)
    said = replace(found.state, rejoin=Rejoin(None, NOW, lost=True), report=Report(CallbackOutcome.INFO_DONNEE))
    step = callback_machine.transition(replace(found, state=said), ev.DeadlineReached(NOW), FakeScene())
    assert step.callback.state.kind == "closed"
    assert callback_matrix.THEIRS in _hung_up(step.commands)


@pytest.mark.parametrize(("state", "expected"), [("ready", "due"), ("accepted", "due"), ("dialling", "hanging_up")])
def test_a_page_that_is_loaded_anew_before_the_talk_gives_the_card_or_the_dial_up(state: str, expected: str) -> None:
    before = callback_matrix.callback_in(state)
    back = AdviserBack(NOW, frozenset({callback_matrix.MINE}))
    step = callback_machine.transition(before, back, FakeScene())
    assert step.callback.state.kind == expected
    assert callback_matrix.MINE in _hung_up(step.commands)
    unmoved = callback_machine.transition(before, AdviserBack(NOW), FakeScene())
    assert unmoved.callback == before
