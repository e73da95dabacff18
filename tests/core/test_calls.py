"""What a caller hears and comes to, from ring to end, through the desk: flows, transfers, hooks, outcomes."""

from datetime import UTC, datetime

import pytest

from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.desk import Desk
from dialer.core.words import AdviserId, Caller, CallId, Cause, LegId, LineId, Outcome, Wish
from tests.core.world import CLOSING, T0, WELCOMED, Room, facts, rules


def at_menu() -> Room:
    room = Room(rules())
    room.arrive("c", WELCOMED)
    room.picked_up("c")
    room.heard("c")
    return room


def dialling() -> tuple[Room, LegId]:
    room = at_menu()
    room.press("c", "3")
    (dialled,) = room.commands(cmd.DialOutside)
    return room, dialled.leg


def test_a_call_goes_from_ring_to_end_through_the_menu_and_an_adviser() -> None:
    room = at_menu()
    room.press("c", "1")
    room.answer("a")
    room.until(60)
    room.leave("c")

    assert room.ended("c") == (Outcome.ANSWERED, "talking")
    (ended,) = room.records("ended")
    assert ended.adviser == "a"
    assert dict(ended.data) == {
        "outcome": "answered",
        "stage": "talking",
        "cause": "normal",
        "line": "welcomed",
        "queue": "main",
        "waited_s": 0.0,
        "talked_s": 60.0,
    }
    assert [dict(entry.data)["node"] for entry in room.records("node_entered")] == ["hours", "welcome", "menu", "queue"]


def test_a_digit_during_the_prompt_stops_it() -> None:
    room = Room(rules())
    room.arrive("c", WELCOMED)
    room.picked_up("c")
    room.heard("c")
    playing = room.commands(cmd.PlayPrompt)[-1].playback

    change = room.press("c", "2")

    assert cmd.StopPrompt(playing) in change.commands
    assert room.commands(cmd.PlayPrompt)[-1].prompts == ("info",)


def test_the_end_of_a_prompt_that_was_stopped_is_not_taken_for_the_next_one() -> None:
    room = at_menu()
    stopped = room.commands(cmd.PlayPrompt)[-1].playback
    room.press("c", "2")
    before = room.call("c")

    assert room.happen(ev.PromptFinished(room.now, LegId("c"), stopped)).commands == []
    assert room.call("c") == before


def test_a_prompt_that_cannot_be_played_is_passed_over_and_never_dead_air() -> None:
    room = Room(rules())
    room.arrive("c", WELCOMED)
    room.picked_up("c")
    (welcome,) = room.commands(cmd.PlayPrompt)

    room.happen(ev.PromptFinished(room.now, LegId("c"), welcome.playback, failed=True))

    assert room.commands(cmd.PlayPrompt)[-1].prompts == ("menu",)


def test_a_caller_who_presses_nothing_comes_to_an_adviser_in_the_end() -> None:
    room = at_menu()

    room.until(600)

    assert room.records("offered", "c") != []


@pytest.mark.parametrize(("at", "closed"), [("2026-03-16T10:00", False), ("2026-03-15T10:00", True)])
def test_a_closed_line_says_so_and_ends(at: str, closed: bool) -> None:
    room = Room(rules(), now=datetime.fromisoformat(at).replace(tzinfo=UTC))
    room.arrive("c", CLOSING)
    room.picked_up("c")

    assert room.commands(cmd.PlayPrompt)[0].prompts == (("nobody",) if closed else ("welcome",))
    if closed:
        room.heard("c")
        assert room.ended("c") == (Outcome.TURNED_AWAY, "in_flow")
        assert room.commands(cmd.HangUp) == [cmd.HangUp(LegId("c"))]


def test_a_line_that_closes_is_closed_for_the_next_caller() -> None:
    room = Room(rules(), now=datetime(2026, 3, 16, 18, 59, tzinfo=UTC))
    for name, minute in (("last", 59), ("late", 60)):
        room.now = datetime(2026, 3, 16, 18 + minute // 60, minute % 60, tzinfo=UTC)
        room.arrive(name, CLOSING)
        room.picked_up(name)

    assert [each.prompts for each in room.commands(cmd.PlayPrompt)] == [("welcome",), ("nobody",)]


# -- the end ----------------------------------------------------------------------------------------


def test_who_hangs_up_in_the_menu_has_abandoned_there() -> None:
    room = at_menu()
    room.leave("c")

    assert room.ended("c") == (Outcome.ABANDONED, "in_flow")


def test_who_hangs_up_before_we_pick_up_has_abandoned_and_nothing_is_done() -> None:
    room = Room(rules())
    room.arrive("c")
    change = room.leave("c")

    assert room.ended("c") == (Outcome.ABANDONED, "arrived")
    assert change.commands == []


def test_who_hangs_up_after_the_information_was_informed() -> None:
    room = at_menu()
    room.press("c", "2")
    room.heard("c")
    room.leave("c")

    assert room.ended("c") == (Outcome.INFORMED, "in_flow")


def test_who_hangs_up_during_the_information_has_not_had_it() -> None:
    room = at_menu()
    room.press("c", "2")
    room.leave("c")

    assert room.ended("c") == (Outcome.ABANDONED, "in_flow")


def test_a_call_that_is_never_up_is_given_up() -> None:
    room = Room(rules())
    room.arrive("c")

    room.until(10)

    assert room.ended("c") == (Outcome.FAILED, "arrived")
    assert room.commands(cmd.HangUp) == [cmd.HangUp(LegId("c"))]


def test_the_same_arrival_twice_is_one_call() -> None:
    room = Room(rules())
    room.arrive("c")
    room.picked_up("c")
    before = room.call("c")

    assert room.arrive("c").commands == []
    assert room.call("c") == before


def test_an_arrival_repeated_after_the_end_is_not_a_second_call() -> None:
    room = Room(rules())
    room.arrive("c")
    room.leave("c")

    room.arrive("c")

    assert room.desk.calls == {}
    assert len(room.records("ended", "c")) == len(room.records("call_arrived", "c")) == 1


def test_whatever_comes_after_the_end_is_harmless() -> None:
    room = Room(rules())
    room.queue_up("c")
    leg = room.ring("a").leg
    room.answer("a")
    bridge = room.commands(cmd.MakeBridge)[0].bridge
    room.leave("c")

    for late in (
        ev.LegLeft(room.now, leg, Cause.NORMAL),
        ev.LegLeft(room.now, LegId("c"), Cause.NORMAL),
        ev.DigitPressed(room.now, LegId("c"), "9"),
        ev.JoinRefused(room.now, bridge),
        ev.HookAnswered(room.now, CallId("c"), "hook", "known"),
        ev.DeadlineReached(room.now),
    ):
        change = room.happen(late)
        assert (change.commands, change.records, change.calls, change.advisers) == ([], [], {}, {})


def test_a_call_on_a_line_that_is_not_configured_hears_an_apology() -> None:
    room = Room(rules())

    assert room.arrive("c", LineId("gone")).commands == [cmd.SendToApology(LegId("c"), LineId("gone"))]
    assert room.desk.calls == {}


# -- outside ----------------------------------------------------------------------------------------


def test_a_transfer_that_is_answered_is_bridged_and_counts_as_transferred() -> None:
    room, leg = dialling()
    (dialled,) = room.commands(cmd.DialOutside)
    assert (dialled.number, dialled.caller_id) == ("+33261910000", "+33199000000")
    assert dialled.durable

    change = room.picked_up(leg)
    assert cmd.Join(room.commands(cmd.MakeBridge)[0].bridge, (LegId("c"), leg)) in change.commands
    room.leave(leg)

    assert room.ended("c") == (Outcome.TRANSFERRED, "talking")
    assert cmd.HangUp(LegId("c")) in room.changes[-1].commands


@pytest.mark.parametrize("cause", [Cause.BUSY, Cause.NO_ANSWER, Cause.FAILED])
def test_a_transfer_that_fails_takes_the_caller_on_in_the_flow(cause: Cause) -> None:
    room, leg = dialling()

    room.leave(leg, cause)

    assert room.rung_for("c") == "a"
    assert facts(room.records("transfer_failed")) == [{"cause": cause}]


def test_a_transfer_that_nobody_answers_is_given_up_after_a_time() -> None:
    room, leg = dialling()

    room.until(45)

    assert cmd.HangUp(leg) in room.commands(cmd.HangUp)
    assert room.rung_for("c") == "a"
    assert room.picked_up(leg).commands == [cmd.HangUp(leg)]  # 200 crosses CANCEL


def test_a_key_pressed_while_the_number_outside_rings_does_not_lose_it() -> None:
    room, leg = dialling()
    room.press("c", "1")

    room.picked_up(leg)

    assert room.state("c") == "talking"


def test_a_key_pressed_while_the_number_outside_rings_does_not_lose_its_deadline() -> None:
    room, _ = dialling()
    room.press("c", "1")

    room.until(45)

    assert room.rung_for("c") == "a"


def test_a_caller_who_leaves_while_the_number_outside_rings_leaves_no_leg_behind() -> None:
    room, leg = dialling()

    assert cmd.HangUp(leg) in room.leave("c").commands
    assert room.desk.calls == {}


def test_a_key_on_the_phone_outside_is_not_the_callers() -> None:
    room, leg = dialling()
    before = room.call("c")

    room.press(leg, "9")

    assert room.call("c") == before


# -- hooks ------------------------------------------------------------------------------------------


def test_a_hook_that_answers_chooses_the_branch() -> None:
    room = at_menu()
    room.press("c", "4")
    (hook,) = room.commands(cmd.RunHook)
    assert (hook.call, hook.hook, hook.timeout_s) == ("c", "crm", 2.0)

    room.happen(ev.HookAnswered(room.now, CallId("c"), "hook", "known"))

    assert room.rung_for("c") == "a"


@pytest.mark.parametrize("how", ["fails", "says something else", "never answers"])
def test_a_hook_that_does_not_help_takes_the_other_branch(how: str) -> None:
    room = at_menu()
    room.press("c", "4")
    if how == "never answers":
        room.until(2)
    else:
        room.happen(ev.HookAnswered(room.now, CallId("c"), "hook", None if how == "fails" else "?"))

    assert room.commands(cmd.PlayPrompt)[-1].prompts == ("info",)


def test_a_hook_that_answers_too_late_changes_nothing() -> None:
    room = at_menu()
    room.press("c", "4")
    room.until(2)
    before = room.call("c")

    room.happen(ev.HookAnswered(room.now, CallId("c"), "hook", "known"))

    assert room.call("c") == before


def test_on_a_line_that_takes_no_callbacks_that_is_said_and_the_caller_goes_on() -> None:
    room = at_menu()

    room.press("c", "6")
    assert room.commands(cmd.PlayPrompt)[-1].prompts == ("callback.none",)
    room.heard("c")

    assert room.rung_for("c") == "a"


# -- a defect of ours -------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["arrived", "in_flow", "waiting", "offered", "talking"])
def test_a_defect_drops_one_call_and_nobody_else(stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(rules(), T0, strict=False)
    for event in (
        ev.Reconciled(T0, phones=frozenset({AdviserId("a")})),
        ev.WishSet(T0, AdviserId("a"), Wish.READY if stage in ("offered", "talking") else Wish.PAUSED),
        ev.CallArrived(T0, CallId("c"), LegId("c"), LineId("welcomed" if stage == "in_flow" else "direct"), Caller()),
    ):
        desk.handle(event)
    if stage != "arrived":
        desk.handle(ev.LegAnswered(T0, LegId("c")))
    if stage == "talking":
        desk.handle(ev.LegAnswered(T0, LegId("c-a1")))
    state = desk.calls[CallId("c")].state
    assert state.kind == stage

    def broken(*_: object) -> None:
        raise KeyError("a defect")

    with monkeypatch.context() as patch:
        patch.setattr("dialer.core.calls.call.transition", broken)
        change = desk.handle(ev.DigitPressed(T0, LegId("c"), "1"))

    assert change.defects == ["KeyError: 'a defect'"]
    assert [c.leg for c in change.commands if isinstance(c, cmd.SendToApology)] == [LegId("c")]
    if stage in ("offered", "talking"):
        assert cmd.HangUp(LegId("c-a1")) in change.commands
    if stage == "talking":
        assert any(isinstance(each, cmd.CloseBridge) for each in change.commands)
    assert [entry.event for entry in change.records].count("ended") == 1
    assert desk.calls == {}
    assert desk.advisers[AdviserId("a")].state.kind == "free"
    desk.handle(ev.WishSet(T0, AdviserId("a"), Wish.READY))
    desk.handle(ev.CallArrived(T0, CallId("d"), LegId("d"), LineId("direct"), Caller()))
    desk.handle(ev.LegAnswered(T0, LegId("d")))
    assert desk.calls[CallId("d")].state.kind == "offered"


def test_a_defect_in_an_offer_does_not_stop_the_offers(monkeypatch: pytest.MonkeyPatch) -> None:
    from dialer.core.calls import call as machine
    from dialer.core.calls.states import OfferMade

    desk = Desk(rules(), T0)
    sound = machine.transition

    def broken_for_one(call, event, scene):  # type: ignore[no-untyped-def]
        if call.id == "bad" and isinstance(event, OfferMade):
            raise KeyError("a defect")
        return sound(call, event, scene)

    monkeypatch.setattr("dialer.core.calls.call.transition", broken_for_one)
    desk.handle(ev.Reconciled(T0, phones=frozenset({AdviserId("a")})))
    for name in ("bad", "good"):
        desk.handle(ev.CallArrived(T0, CallId(name), LegId(name), LineId("direct"), Caller()))
        desk.handle(ev.LegAnswered(T0, LegId(name)))
    change = desk.handle(ev.WishSet(T0, AdviserId("a"), Wish.READY))

    assert change.defects == ["KeyError: 'a defect'"]
    assert desk.calls[CallId("good")].state.kind == "offered"
    assert CallId("bad") not in desk.calls
