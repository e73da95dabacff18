"""A machine that is told by its sound: heard beside the talk, believed early only, and its greeting heard out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.callbacks.events import Fate, Recovered
from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.rules import DETECTED_MAX_S, GREETING_MAX_S, CallbackRules
from dialer.core.callbacks.states import holder
from dialer.core.callbacks.told import MachineHeard
from dialer.core.words import BridgeId, LegId
from ops.asterisk import dialplan
from tests.core.callback_world import FakeScene, Promise
from tests.core.test_promises import Centre, centre

LEG, EAR, MINE = LegId("r1-x1"), LegId("r1-x1-m"), LegId("r1-a1")


def promise(**changes: object) -> Promise:
    """A talk that has just begun, where machines are detected."""
    rules = CallbackRules(detect_machines=True, **changes)  # type: ignore[arg-type]
    return Promise(FakeScene(rules)).to_talk()


def detected(made: Promise) -> list[cmd.Command]:
    return made.happen(ev.MachineDetected(made.now, LEG, EAR)).commands


def said(made: Promise) -> list[cmd.Command]:
    return made.commands(cmd.PlayPrompt)


def test_the_talk_begins_at_once_and_somebody_listens_beside_it() -> None:
    made = promise()

    assert made.kind == "talking"
    assert [type(command) for command in made.steps[-1].commands] == [cmd.MakeBridge, cmd.Join, cmd.ListenForMachine]
    assert made.steps[-1].commands[-1] == cmd.ListenForMachine(LEG, EAR)


def test_nobody_listens_unless_it_was_switched_on() -> None:
    assert Promise().to_talk().commands(cmd.ListenForMachine) == []
    assert not CallbackRules().detect_machines


def test_nobody_listens_to_a_leg_that_was_found_up_after_a_crash() -> None:
    made = Promise(FakeScene(CallbackRules(detect_machines=True))).to_dialling()
    made.happen(Recovered(made.now, Fate.UP, Fate.UP))

    assert made.kind == "talking"
    assert made.commands(cmd.ListenForMachine) == []  # its first words are over


def test_a_detected_machine_frees_the_adviser_at_once_and_hears_music_until_its_greeting_is_over() -> None:
    made = promise()
    made.pass_s(5)

    assert detected(made) == [
        cmd.CloseBridge(BridgeId("r1-x1-b")),
        cmd.HangUp(MINE),
        cmd.StartMusic(LEG, "default"),
        cmd.HearGreetingOut(EAR),
    ]
    assert holder(made.callback) is None
    assert said(made) == []
    assert not made.callback.message_left

    made.pass_s(6)
    step = made.happen(ev.GreetingOver(made.now, LEG))

    assert [type(command) for command in step.commands] == [cmd.PlayStored]  # at most once: after the commit
    assert made.callback.message_left
    made.happen(ev.PromptFinished(made.now, LEG, step.commands[0].playback))  # type: ignore[union-attr]
    made.left(LEG)
    (attempt,) = made.callback.attempts
    assert (attempt.cause, attempt.outcome) == (AttemptCause.MACHINE, CallbackOutcome.MESSAGE_LAISSE)


def test_the_message_is_said_once_however_often_the_greeting_ends() -> None:
    made = promise()
    detected(made)
    for _ in range(3):
        made.happen(ev.GreetingOver(made.now, LEG))

    assert len(said(made)) == 1


def test_the_key_says_it_at_once_and_what_the_ear_hears_later_changes_nothing() -> None:
    made = promise()
    made.happen(MachineHeard(made.now, LEG))
    assert len(said(made)) == 1

    assert detected(made) == [cmd.HangUp(EAR)]
    made.happen(ev.GreetingOver(made.now, LEG))

    assert len(said(made)) == 1
    assert made.kind == "telling"


@pytest.mark.parametrize(("after_s", "kind"), [(DETECTED_MAX_S, "telling"), (DETECTED_MAX_S + 0.1, "talking")])
def test_who_has_talked_for_longer_is_no_machine(after_s: float, kind: str) -> None:
    made = promise()
    made.pass_s(after_s)
    asked = detected(made)

    assert made.kind == kind
    assert (asked == [cmd.HangUp(EAR)]) == (kind == "talking")


def test_an_adviser_who_has_said_what_came_of_the_talk_is_believed() -> None:
    made = promise()
    made.outcome(CallbackOutcome.INFO_DONNEE)

    assert detected(made) == [cmd.HangUp(EAR)]
    assert made.kind == "talking"


def test_an_ear_of_another_attempt_is_not_believed() -> None:
    made = promise()
    step = made.happen(ev.MachineDetected(made.now, LegId("r1-x0"), LegId("r1-x0-m")))

    assert step.commands == [cmd.HangUp(LegId("r1-x0-m"))]
    assert made.kind == "talking"


def test_a_machine_that_hung_up_during_its_greeting_has_no_message_and_may_have_one_next_time() -> None:
    made = promise()
    detected(made)
    made.left(LEG)

    assert made.callback.attempts[0].outcome is CallbackOutcome.REPONDEUR
    assert not made.callback.message_left
    assert said(made) == []


def test_a_greeting_whose_end_is_never_told_is_not_waited_for_for_ever() -> None:
    made = promise()
    detected(made)
    made.pass_s(GREETING_MAX_S - 1)
    assert made.kind == "telling"
    made.pass_s(1)

    assert made.kind == "hanging_up"
    assert said(made) == []


@pytest.mark.parametrize("why", ["no message", "left before"])
def test_where_no_message_is_to_be_left_the_leg_ends_at_once(why: str) -> None:
    made = promise(message=()) if why == "no message" else promise()
    if why == "left before":
        detected(made)
        made.happen(ev.GreetingOver(made.now, LEG))
        made.left(LEG)
        made.to_talk()
    leg = made.callback.attempts[-1].leg
    step = made.happen(ev.MachineDetected(made.now, leg, LegId(f"{leg}-m")))

    assert made.kind == "hanging_up"
    assert cmd.HangUp(leg) in step.commands
    assert len(said(made)) == (0 if why == "no message" else 1)


def test_the_journal_tells_who_took_it_for_a_machine() -> None:
    by_sound, by_key = promise(), promise()
    detected(by_sound)
    by_key.happen(MachineHeard(by_key.now, LEG))

    told = [dict(made.records("callback_machine")[0].data)["by"] for made in (by_sound, by_key)]
    assert told == ["system", "person"]


def test_asterisk_tells_in_time_for_it_to_be_believed() -> None:
    assert dialplan.AMD["total_analysis_time"] / 1000 < DETECTED_MAX_S
    assert dialplan.GREETING_MAX_S < GREETING_MAX_S
    assert dialplan.AMD["initial_silence"] > dialplan.AMD["total_analysis_time"]  # who listens is no machine
    assert dialplan.AMD["total_analysis_time"] / 1000 + dialplan.GREETING_MAX_S < dialplan.EAR_MAX_S


# -- at the desk -------------------------------------------------------------------------------------


def talking() -> tuple[Centre, LegId]:
    """A strict desk whose only adviser talks to the only person."""
    room = centre(callbacks=CallbackRules(detect_machines=True))
    booking = room.book()
    room.pass_s(0)
    leg = room.dial("a", booking)
    room.picked_up(leg)
    return room, leg


def test_the_desk_carries_what_the_ear_hears_to_the_callback() -> None:
    room, leg = talking()
    room.happen(ev.MachineDetected(room.now, leg, LegId(f"{leg}-m")))
    assert room.adviser("a").state.kind == "free"

    room.happen(ev.GreetingOver(room.now, leg))
    assert [command.prompts for command in room.commands(cmd.PlayStored)] == [("callback.message",)]


def test_an_ear_on_a_leg_that_is_nobodys_is_hung_up() -> None:
    room, leg = talking()
    room.leave(leg)
    change = room.happen(ev.MachineDetected(room.now, leg, LegId(f"{leg}-m")))
    room.happen(ev.GreetingOver(room.now, leg))

    assert change.commands == [cmd.HangUp(LegId(f"{leg}-m"))]
    assert room.commands(cmd.PlayStored) == []


def test_an_ear_that_was_taken_for_a_leg_is_hung_up_and_names_nothing() -> None:
    room, leg = talking()
    ear = LegId(f"{leg}-m")
    seen = room.truth()
    change = room.happen(ev.Reconciled(room.now, {**seen.legs, ear: ev.LegSeen(True)}, seen.bridges, seen.phones))

    assert cmd.HangUp(ear) in change.commands
    assert cmd.HangUp(leg) not in change.commands
    assert change.callbacks == {}


def test_a_moment_is_enough_between_the_answer_and_the_detection() -> None:
    room, leg = talking()
    later = room.now + timedelta(milliseconds=1)
    room.happen(ev.MachineDetected(later, leg, LegId(f"{leg}-m")))

    assert room.adviser("a").state.kind == "free"
