"""What an adviser does in the talk of a callback: hold, a guest, the danger key, leaving. It stays theirs."""

from __future__ import annotations

import pytest

from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.callbacks.events import Fate, Recovered
from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.callbacks.moves import CallbackStep
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.states import HangingUp, Telling, Unsettled, WithGuest, legs, visit
from dialer.core.callbacks.talking import bridged_legs
from dialer.core.callbacks.told import MachineHeard
from dialer.core.calls import told
from dialer.core.calls.moves import TRANSFER_RING_MAX_S
from dialer.core.calls.party import Colleague, Dialled, Guest, GuestFound, How, Outsider, QueueChosen
from dialer.core.calls.states import AdviserBack, GuestAnswered, GuestMissed, GuestOver, TalkEnded
from dialer.core.words import E164, AdviserId, Cause, LegId, ShortNumber
from tests.core.callback_world import OURS, Promise
from tests.core.world import MAIN

ME, COLLEAGUE = AdviserId("a"), Colleague(AdviserId("b"))
CIO = Dialled(Outsider("number", "cio", "cio"), E164("+33199000042"))
CHILDREN = Dialled(Outsider("danger", "119", "Enfance en danger"), ShortNumber("119"))


def talk(minutes: float = 2) -> Promise:
    promise = Promise().to_talk()
    return promise.pass_s(minutes * 60)


def hold(promise: Promise, held: bool = True, who: AdviserId = ME) -> CallbackStep:
    return promise.happen(told.HoldAsked(promise.now, visit(promise.callback), who, held))


def ask(promise: Promise, whom: Colleague | Dialled = COLLEAGUE, how: How = "aside") -> CallbackStep:
    return promise.happen(GuestFound(promise.now, ME, whom, how))


def asks(promise: Promise, what: type, who: AdviserId = ME) -> CallbackStep:
    return promise.happen(what(promise.now, visit(promise.callback), who))


def guest(promise: Promise) -> Guest:
    found = promise.state.guest if isinstance(promise.state, WithGuest) else promise.talk.guest
    assert found is not None
    return found


def with_guest(state: str, whom: Colleague | Dialled = COLLEAGUE) -> Promise:
    promise = talk()
    ask(promise, whom)
    if state != "ringing":
        promise.up(guest(promise).leg)
    if state == "joined":
        asks(promise, told.GuestJoinAsked)
    return promise


# -- hold ------------------------------------------------------------------------------------------


def test_a_person_who_is_held_is_out_of_the_bridge_and_hears_the_music_of_the_queue() -> None:
    promise = talk()
    step = hold(promise)

    assert step.commands == [
        cmd.TakeOut(promise.talk.bridge, promise.talk.leg),
        cmd.StartMusic(promise.talk.leg, "default"),
    ]
    assert promise.talk.held
    assert [each.event for each in step.records] == ["held"]


def test_a_person_who_was_held_is_back_and_hears_no_music() -> None:
    promise = talk()
    hold(promise)
    step = hold(promise, held=False)

    assert step.commands == [cmd.StopMusic(promise.talk.leg), cmd.Join(promise.talk.bridge, (promise.talk.leg,))]
    assert not promise.talk.held


@pytest.mark.parametrize("held", [True, False])
def test_to_hold_whoever_is_held_is_no_news(held: bool) -> None:
    promise = talk()
    hold(promise, held)
    step = hold(promise, held)

    assert (step.commands, step.records, step.refused) == ([], [], None)


def test_a_machine_s_key_means_nothing_while_the_person_is_held_or_a_guest_has_a_menu_of_their_own() -> None:
    for promise in (talk(), with_guest("joined", CIO)):
        if promise.talk.guest is None:
            hold(promise)
        step = promise.happen(MachineHeard(promise.now, promise.talk.leg))
        heard = promise.happen(ev.MachineDetected(promise.now, promise.talk.leg, LegId("ear")))

        assert (step.commands, promise.kind) == ([], "talking")
        assert heard.commands == [cmd.HangUp(LegId("ear"))]


def test_an_adviser_whose_line_was_torn_off_comes_back_to_a_person_who_is_not_held_any_more() -> None:
    promise = talk()
    hold(promise)
    promise.left(promise.talk.adviser_leg, Cause.FAILED)
    assert promise.talk.rejoin is not None
    again = promise.talk.rejoin.leg
    assert again is not None
    step = promise.up(again)

    assert cmd.StopMusic(promise.talk.leg) in step.commands
    assert cmd.Join(promise.talk.bridge, (promise.talk.leg, again)) in step.commands
    assert not promise.talk.held


def test_who_has_lost_their_line_does_nothing_in_the_talk_before_they_are_back() -> None:
    promise = talk()
    promise.left(promise.talk.adviser_leg, Cause.FAILED)
    before = promise.callback
    steps = [hold(promise), ask(promise), asks(promise, told.HangUpAsked)]

    assert [each.refused for each in steps] == ["not_talking"] * 3
    assert promise.callback == before
    assert bridged_legs(promise.talk) == ()


# -- a guest ---------------------------------------------------------------------------------------


def test_a_colleague_asked_aside_rings_while_the_person_hears_music_and_then_is_with_the_adviser_alone() -> None:
    promise = talk()
    rings = ask(promise)
    ringing = [each for each in rings.commands if isinstance(each, cmd.RingAdviser)]
    up = promise.up(guest(promise).leg)

    assert promise.talk.held
    assert [(each.adviser, each.shown_number) for each in ringing] == [("b", None)], "the person's number is not shown"
    assert up.commands == [cmd.Join(promise.talk.bridge, (guest(promise).leg,))]
    assert up.signals == [GuestAnswered(AdviserId("b"), visit(promise.callback))]
    assert guest(promise).state == "aside"


def test_a_guest_who_is_asked_in_at_once_is_with_both_and_the_person_is_never_held() -> None:
    promise = talk()
    ask(promise, CIO, "join")
    step = promise.up(guest(promise).leg)

    assert promise.commands(cmd.TakeOut) == []
    assert step.commands == [cmd.Join(promise.talk.bridge, (guest(promise).leg,))]
    assert [each.event for each in step.records] == ["guest_answered", "conference"]


def test_a_number_outside_is_dialled_under_a_name_that_is_no_attempt_s_and_shows_the_number_of_the_line() -> None:
    promise = talk()
    ask(promise, CHILDREN, "join")
    dialled = promise.commands(cmd.DialOutside)

    assert [(each.number, each.caller_id) for each in dialled[1:]] == [("119", OURS)]
    assert [each.leg for each in dialled] == ["r1-x1", "r1-g2"]
    assert len(promise.callback.attempts) == 1


def test_all_three_talk_once_the_guest_is_joined_and_the_two_again_once_they_are_dismissed() -> None:
    promise = with_guest("aside")
    joined = asks(promise, told.GuestJoinAsked)
    leg = guest(promise).leg
    assert joined.commands == [cmd.StopMusic(promise.talk.leg), cmd.Join(promise.talk.bridge, (promise.talk.leg,))]
    assert guest(promise).state == "joined"
    gone = asks(promise, told.GuestDismissed)

    assert gone.commands == [cmd.HangUp(leg)]
    assert gone.signals == [GuestOver(AdviserId("b"), visit(promise.callback))]
    assert promise.talk.guest is None


@pytest.mark.parametrize("state", ["ringing", "aside"])
def test_a_guest_who_is_dismissed_gives_the_person_back_to_the_adviser(state: str) -> None:
    promise = with_guest(state)
    asks(promise, told.GuestDismissed)

    assert not promise.talk.held
    assert promise.talk.guest is None


def test_whoever_does_not_answer_in_time_is_rung_no_longer_and_the_person_stays_held() -> None:
    promise = with_guest("ringing", CIO)
    leg = guest(promise).leg
    promise.pass_s(TRANSFER_RING_MAX_S)

    assert cmd.HangUp(leg) in promise.commands(cmd.HangUp)
    assert promise.talk.held
    assert promise.talk.guest is None


def test_a_colleague_who_is_asked_and_does_not_come_has_missed_no_offer() -> None:
    promise = with_guest("ringing")
    step = promise.left(guest(promise).leg, Cause.REJECTED)

    assert step.signals == [GuestMissed(AdviserId("b"), visit(promise.callback), Cause.REJECTED)]


def test_a_guest_whose_page_is_loaded_anew_has_lost_their_voice_and_is_out_of_it() -> None:
    promise = with_guest("joined")
    leg = guest(promise).leg
    step = promise.happen(AdviserBack(promise.now, frozenset({leg})))

    assert step.commands == [cmd.HangUp(leg)]
    assert promise.talk.guest is None


def test_the_danger_key_beats_a_guest_who_still_rings_and_nobody_who_is_there() -> None:
    ringing, there = with_guest("ringing"), with_guest("aside")
    before = guest(ringing).leg
    danger = [each.happen(GuestFound(each.now, ME, CHILDREN, "join", "119")) for each in (ringing, there)]

    assert danger[0].commands[0] == cmd.HangUp(before)
    assert guest(ringing).who == CHILDREN.who
    assert dict(next(each for each in danger[0].records if each.event == "danger_asked").data) == {"target": "119"}
    assert (danger[1].refused, danger[1].commands) == ("guest_there", [])


@pytest.mark.parametrize("state", ["alone", "ringing", "aside", "joined"])
def test_a_callback_stays_with_who_promised_it(state: str) -> None:
    promise = talk() if state == "alone" else with_guest(state)
    before = promise.callback
    steps = [
        asks(promise, told.HandOverAsked),
        promise.happen(GuestFound(promise.now, ME, CIO, "blind")),
        promise.happen(QueueChosen(promise.now, ME, MAIN)),
    ]

    assert [each.refused for each in steps] == ["callback_stays"] * 3
    assert promise.callback == before


def test_nobody_but_who_talks_does_anything_in_the_talk_and_a_guest_may_only_leave_it() -> None:
    promise = with_guest("joined")
    other = AdviserId("z")
    steps = [hold(promise, who=other), asks(promise, told.HangUpAsked, other), hold(promise, who=AdviserId("b"))]
    assert [each.refused for each in steps] == ["not_talking"] * 3
    asks(promise, told.HangUpAsked, AdviserId("b"))

    assert promise.talk.guest is None


# -- the adviser goes ------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["the receiver", "the key", "torn off"])
@pytest.mark.parametrize("state", ["aside", "joined"])
def test_an_adviser_who_leaves_while_a_guest_is_there_leaves_the_person_with_them(state: str, how: str) -> None:
    promise = with_guest(state, CHILDREN)
    talked = promise.talk
    if how == "the key":
        step = asks(promise, told.HangUpAsked)
        assert cmd.HangUp(talked.adviser_leg) in step.commands
    else:
        step = promise.left(talked.adviser_leg, Cause.FAILED if how == "torn off" else Cause.NORMAL)

    assert isinstance(promise.state, WithGuest)
    assert promise.state.guest.state == "joined"
    assert (cmd.Join(talked.bridge, (talked.leg,)) in step.commands) == (state == "aside")
    assert cmd.HangUp(talked.leg) not in step.commands
    assert [type(each) for each in step.signals] == [TalkEnded]


def test_once_the_two_are_done_the_attempt_was_a_talk_and_its_outcome_is_the_first_adviser_s_to_say() -> None:
    for who in ("the person", "the guest"):
        promise = with_guest("joined")
        promise.left(promise.talk.adviser_leg)
        theirs, leg = promise.callback, guest(promise).leg
        step = promise.left(theirs.attempts[0].leg if who == "the person" else leg)

        assert isinstance(promise.state, Unsettled)
        assert (promise.state.why, promise.state.adviser) == ("talked", "a")
        assert promise.causes == [AttemptCause.TALKED]
        assert GuestOver(AdviserId("b"), visit(theirs)) in step.signals
        assert cmd.HangUp(leg if who == "the person" else theirs.attempts[0].leg) in step.commands
        assert not any(isinstance(each, TalkEnded) for each in step.signals), "they were freed when they left"


def test_what_the_adviser_says_came_of_it_while_the_two_go_on_counts_once_these_are_done() -> None:
    promise = with_guest("joined", CHILDREN)
    promise.left(promise.talk.adviser_leg)
    promise.outcome(CallbackOutcome.ALERTE_DANGER)
    assert isinstance(promise.state, WithGuest)
    promise.left(promise.state.leg)

    assert promise.kind == "closed"


def test_for_a_guest_who_still_rings_the_person_waits_with_music_and_then_talks_with_them() -> None:
    promise = talk()
    ask(promise, CHILDREN, "join")
    talked = promise.talk
    gone = promise.left(talked.adviser_leg)
    assert [cmd.TakeOut(talked.bridge, talked.leg), cmd.StartMusic(talked.leg, "default")] == gone.commands[:2]
    step = promise.up(guest(promise).leg)

    assert step.commands == [cmd.StopMusic(talked.leg), cmd.Join(talked.bridge, (talked.leg, guest(promise).leg))]


@pytest.mark.parametrize("how", ["busy", "too late", "not bridged"])
def test_whoever_is_left_with_nobody_hears_the_apology_and_is_called_once_more(how: str) -> None:
    promise = with_guest("ringing", CIO)
    promise.left(promise.talk.adviser_leg)
    assert isinstance(promise.state, WithGuest)
    match how:
        case "busy":
            promise.left(guest(promise).leg, Cause.BUSY)
        case "too late":
            promise.pass_s(TRANSFER_RING_MAX_S)
        case "not bridged":
            promise.up(guest(promise).leg)
            promise.happen(ev.JoinRefused(promise.now, promise.state.bridge))

    assert isinstance(promise.state, Telling)
    assert promise.state.cause is AttemptCause.ADVISER_LOST
    promise.left(promise.state.leg)
    assert promise.causes == [AttemptCause.ADVISER_LOST]
    assert promise.kind == "resting"


def test_whoever_is_left_with_nobody_is_not_called_again_where_the_adviser_has_said_what_came_of_it() -> None:
    promise = with_guest("ringing", CIO)
    promise.outcome(CallbackOutcome.INFO_DONNEE)
    promise.left(promise.talk.adviser_leg)
    promise.left(guest(promise).leg, Cause.BUSY)

    assert promise.kind == "closed"


@pytest.mark.parametrize("state", ["ringing", "aside", "joined"])
def test_a_person_who_hangs_up_ends_it_for_everybody(state: str) -> None:
    promise = with_guest(state)
    leg = guest(promise).leg
    step = promise.left(promise.talk.leg)

    assert {each.leg for each in step.commands if isinstance(each, cmd.HangUp)} == {"r1-a1", leg}
    assert legs(promise.callback) == ()
    assert GuestOver(AdviserId("b"), visit(promise.callback)) in step.signals
    assert not isinstance(promise.state, HangingUp)


# -- after a restart -------------------------------------------------------------------------------


def test_a_person_who_is_held_hears_music_again_after_a_restart_and_nobody_else_is_moved() -> None:
    promise = talk()
    hold(promise)
    step = promise.happen(Recovered(promise.now, Fate.UP, Fate.UP, bridged=True))

    assert step.commands == [cmd.StartMusic(promise.talk.leg, "default")]


def test_after_a_restart_each_leg_goes_to_where_it_belongs() -> None:
    promise = with_guest("aside")
    state = promise.talk
    step = promise.happen(Recovered(promise.now, Fate.UP, Fate.UP, guest=Fate.UP))

    assert step.commands == [
        cmd.MakeBridge(state.bridge),
        cmd.TakeOut(state.bridge, state.leg),
        cmd.Join(state.bridge, (state.adviser_leg, guest(promise).leg)),
        cmd.StartMusic(state.leg, "default"),
    ]


def test_a_guest_who_answered_while_nobody_heard_of_it_is_there() -> None:
    promise = with_guest("ringing")
    promise.happen(Recovered(promise.now, Fate.UP, Fate.UP, bridged=True, guest=Fate.UP))

    assert guest(promise).state == "aside"


def test_where_the_adviser_is_gone_after_a_restart_the_person_is_with_the_guest() -> None:
    promise = with_guest("joined")
    state = promise.talk
    step = promise.happen(Recovered(promise.now, Fate.UP, Fate.UNKNOWN, guest=Fate.UP))

    assert isinstance(promise.state, WithGuest)
    assert step.commands[-1] == cmd.Join(state.bridge, (state.leg, guest(promise).leg))
