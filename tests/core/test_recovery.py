"""Lost links, restarts, Asterisk's death and new configurations: nobody who is there is lost, nobody is there twice."""

import pickle
from dataclasses import replace

import pytest

from dialer.core import adviser as advisers
from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.calls.states import Offered, Talking, Waiting
from dialer.core.desk import Desk
from dialer.core.rules import Rules
from dialer.core.words import AdviserId, BridgeId, Caller, CallId, LegId, LineId, Outcome, QueueId, Wish
from ivr.flow import make_flow
from ivr.nodes import Menu, Say
from schedules.shifts import Roster
from tests.core.world import DIRECT, MAIN, QUEUE, WELCOMED, Room, after, line, lines, rules, shift, team, welcoming

A, C = AdviserId("a"), LegId("c")


def with_call(stage: str, two_advisers: bool = False) -> Room:
    """A room whose only call, `c`, is in this state; adviser `a` is the only one ready."""
    room = Room(rules(team(a=1, b=1) if two_advisers else team(a=1), replace(QUEUE, wrap_up_max_s=60)))
    if two_advisers:
        room.wish("b", Wish.PAUSED)
    if stage == "waiting":
        room.wish("a", Wish.PAUSED)
    room.arrive("c", WELCOMED if stage in ("in_flow", "dialling", "outside", "hook") else DIRECT)
    if stage != "arrived":
        room.picked_up("c")
    if stage in ("dialling", "outside", "hook"):
        room.heard("c")
        room.press("c", "4" if stage == "hook" else "3")
    if stage == "outside":
        room.picked_up("c-x1")
    if stage == "talking":
        room.answer("a")
    return room


STAGES = ("arrived", "in_flow", "dialling", "outside", "hook", "waiting", "offered", "talking")


def lose_link(room: Room) -> Room:
    room.happen(ev.LinkLost(room.now))
    return room


def restart(room: Room, new: Rules | None = None) -> Room:
    """The controller dies and comes back with what was stored; Asterisk and the phones never noticed."""
    stored = pickle.loads(pickle.dumps((list(room.desk.calls.values()), list(room.desk.advisers.values()))))
    room.rules = new or room.rules
    room.desk = Desk(room.rules, room.now, *stored, strict=True)
    return room


# -- without a link ---------------------------------------------------------------------------------


def test_without_a_link_nobody_is_offered_anything_until_it_is_reconciled() -> None:
    room = with_call("waiting")
    lose_link(room)
    room.wish("a", Wish.READY)
    room.until(5)
    assert room.state("c") == "waiting"

    room.reconcile()

    assert room.rung_for("c") == "a"


def test_before_the_first_reconciliation_nobody_is_offered_anything() -> None:
    room = restart(with_call("waiting"))
    room.wish("a", Wish.READY)

    assert room.state("c") == "waiting"


def test_deadlines_of_calls_wait_for_the_link_and_then_hold() -> None:
    room = with_call("offered")
    lose_link(room)
    room.until(300)
    assert room.state("c") == "offered"

    room.reconcile()

    assert room.adviser("a").misses == 1


def test_deadlines_of_advisers_do_not_need_the_link() -> None:
    room = with_call("talking")
    room.leave("c")
    lose_link(room)

    assert room.until(60).adviser("a").state.kind == "free"


# -- what Asterisk shows ----------------------------------------------------------------------------


@pytest.mark.parametrize("stage", STAGES)
def test_when_asterisk_agrees_there_is_no_difference_and_the_call_stays(stage: str) -> None:
    room = with_call(stage)
    before = room.call("c").state.kind
    lose_link(room)

    room.reconcile()

    assert room.call("c").state.kind == before
    assert dict(room.records("reconciled")[-1].data) == {"differences": 0}
    assert room.commands(cmd.HangUp) == []
    assert room.commands(cmd.CloseBridge) == []


@pytest.mark.parametrize("stage", STAGES)
def test_a_caller_who_hung_up_in_the_gap_is_ended_and_nothing_is_left_behind(stage: str) -> None:
    room = with_call(stage)
    lose_link(room)
    truth = room.truth()
    others = {leg: seen for leg, seen in truth.legs.items() if leg != C}

    change = room.reconcile(legs=others)

    assert room.state("c") == "ended"
    assert room.ended("c")[0] in (Outcome.ABANDONED, Outcome.ANSWERED, Outcome.TRANSFERRED)
    assert {cmd.HangUp(leg) for leg in others} <= set(change.commands)
    assert {cmd.CloseBridge(bridge) for bridge in truth.bridges} <= set(change.commands)
    assert room.adviser("a").state.kind == ("wrapping_up" if stage == "talking" else "free")


def test_an_adviser_whose_phone_left_in_the_gap_while_it_rang_gives_the_place_back() -> None:
    room = with_call("offered", two_advisers=True)
    room.wish("b", Wish.READY)
    lose_link(room)

    room.reconcile(legs={C: ev.LegSeen(True)})

    assert room.rung_for("c") == "b"
    assert room.adviser("a").misses == 0


def test_an_adviser_who_hung_up_in_the_gap_wraps_up_once_and_the_caller_is_let_go() -> None:
    room = with_call("talking")
    lose_link(room)

    change = room.reconcile(legs={C: ev.LegSeen(True)})

    assert cmd.HangUp(C) in change.commands
    assert room.ended("c") == (Outcome.ANSWERED, "talking")
    assert room.adviser("a").state.kind == "wrapping_up"


def test_an_adviser_who_answered_in_the_gap_talks() -> None:
    room = with_call("offered")
    lose_link(room)
    leg = room.ring("a").leg

    room.reconcile(legs={C: ev.LegSeen(True), leg: ev.LegSeen(True)})

    assert (room.state("c"), room.adviser("a").state.kind) == ("talking", "talking")
    assert room.commands(cmd.Join)[-1].legs == (C, leg)


def test_a_number_outside_that_answered_in_the_gap_is_put_through() -> None:
    room = with_call("dialling")
    lose_link(room)
    outside = LegId("c-x1")

    room.reconcile(legs={C: ev.LegSeen(True), outside: ev.LegSeen(True)})

    assert room.state("c") == "talking"
    assert room.commands(cmd.Join)[-1].legs == (C, outside)


def test_a_number_outside_that_left_in_the_gap_takes_the_caller_on() -> None:
    room = with_call("dialling")
    lose_link(room)

    room.reconcile(legs={C: ev.LegSeen(True)})

    assert room.rung_for("c") == "a"


@pytest.mark.parametrize("missing", ["bridge", "one leg in it", "both legs in it"])
def test_a_talk_whose_bridge_is_not_whole_is_bridged_again(missing: str) -> None:
    room = with_call("talking")
    lose_link(room)
    leg, bridge = room.talk("c").leg, room.talk("c").bridge
    legs = {C: ev.LegSeen(True, bridge if missing == "one leg in it" else None), leg: ev.LegSeen(True)}

    change = room.reconcile(legs=legs, bridges=frozenset({bridge} if missing != "bridge" else ()))

    assert change.commands == [cmd.MakeBridge(bridge), cmd.Join(bridge, (C, leg))]
    assert room.state("c") == "talking"


def test_a_call_that_was_picked_up_in_the_gap_goes_on() -> None:
    room = with_call("arrived")
    lose_link(room)

    room.reconcile(legs={C: ev.LegSeen(True)})

    assert room.state("c") == "offered"


def test_a_caller_who_still_rings_is_picked_up_again() -> None:
    room = with_call("arrived")
    lose_link(room)

    assert cmd.Answer(C) in room.reconcile().commands


def test_a_call_that_came_in_the_gap_is_taken() -> None:
    room = lose_link(with_call("waiting"))
    room.arrive("d")
    room.reconcile(legs={C: ev.LegSeen(True), LegId("d"): ev.LegSeen(False)})
    room.picked_up("d")

    assert room.state("d") == "waiting"


def test_legs_and_bridges_that_nobody_knows_are_cleared_away() -> None:
    room = lose_link(with_call("talking"))
    truth = room.truth()

    change = room.reconcile(
        legs={**truth.legs, LegId("ghost"): ev.LegSeen(True)}, bridges=truth.bridges | {BridgeId("ghost-b")}
    )

    assert change.commands == [cmd.HangUp(LegId("ghost")), cmd.CloseBridge(BridgeId("ghost-b"))]
    assert dict(room.records("reconciled")[-1].data) == {"differences": 2}


@pytest.mark.parametrize("stage", STAGES)
def test_when_asterisk_died_its_calls_are_lost_and_advisers_freed(stage: str) -> None:
    room = lose_link(with_call(stage)).until(10)

    room.reconcile(started_at=after(5), legs={}, bridges=frozenset())

    assert room.ended("c")[0] is Outcome.FAILED
    assert room.adviser("a").state.kind in ("free", "wrapping_up")
    assert room.desk.calls == {}


def test_phones_that_came_and_went_in_the_gap_are_known() -> None:
    room = with_call("waiting", two_advisers=True)
    room.unregister("a")
    lose_link(room)

    room.reconcile(phones=frozenset({A}))

    assert (room.adviser("a").state.kind, room.adviser("b").state.kind) == ("free", "unreachable")


def test_a_ringing_phone_that_unregistered_in_the_gap_gives_the_place_back() -> None:
    room = lose_link(with_call("offered"))
    leg = room.ring("a").leg

    change = room.reconcile(phones=frozenset())

    assert room.state("c") == "waiting"
    assert room.adviser("a").state.kind == "unreachable"
    assert cmd.HangUp(leg) in change.commands


@pytest.mark.parametrize("stage", ["waiting", "offered"])
def test_an_announcement_whose_end_was_missed_does_not_silence_the_queue(stage: str) -> None:
    room = Room(rules(queue=replace(QUEUE, announce_first_s=5, announce_every_s=30, ring_max_s=100)))
    room.wish("a", Wish.PAUSED)
    room.queue_up("c").until(6)
    if stage == "offered":
        room.wish("a", Wish.READY)
    lose_link(room)

    assert cmd.StartMusic(C, "default") in room.reconcile().commands
    if stage == "offered":
        room.miss("a")
        room.wish("a", Wish.PAUSED)
        if room.state("c") == "offered":
            room.miss("a")
    room.until(40)
    assert len(room.commands(cmd.PlayPrompt)) == 2


def test_a_ring_that_was_lost_with_its_announcement_brings_the_music_back() -> None:
    room = Room(rules(queue=replace(QUEUE, announce_first_s=5, announce_every_s=30, ring_max_s=100)))
    room.wish("a", Wish.PAUSED)
    room.queue_up("c").until(6)
    room.wish("a", Wish.READY)
    lose_link(room)

    change = room.reconcile(legs={C: ev.LegSeen(True)})

    assert cmd.StartMusic(C, "default") in change.commands


# -- restart ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", STAGES)
def test_a_restart_is_as_if_it_had_never_been(stage: str) -> None:
    """What follows is the same: what a deadline, an answer and a hang-up make of both rooms."""

    def day(restarted: bool) -> list[object]:
        room = with_call(stage, two_advisers=True)
        room.until(3)
        lose_link(room)
        if restarted:
            restart(room)
        room.reconcile()
        seen = len(room.changes)
        if stage == "arrived":
            room.picked_up("c")
        room.until(14)
        room.wish("b", Wish.READY)
        room.until(70)
        state = room.call("c").state
        if isinstance(state, Offered):
            room.picked_up(state.leg)
        room.until(100)
        room.leave("c")
        room.until(200)
        return [change for change in room.changes[seen:] if change.records or change.commands]

    assert day(restarted=True) == day(restarted=False)


def test_waiting_callers_keep_their_places_over_a_restart() -> None:
    room = Room(rules())
    room.wish("a", Wish.PAUSED)
    room.queue_up("one", "two", "three")
    restart(room).reconcile()
    room.wish("a", Wish.READY)
    order = []
    for _ in range(3):
        order.append(room.ring("a").call)
        room.answer("a")
        room.leave(order[-1])

    assert order == ["one", "two", "three"]


def test_an_adviser_whose_call_was_stored_as_ended_is_freed_by_the_restart() -> None:
    room = with_call("talking")
    stored = list(room.desk.advisers.values())
    room.desk = Desk(room.rules, room.now, (), stored, strict=True)

    room.happen(ev.Reconciled(room.now, phones=frozenset({A})))

    assert room.adviser("a").state.kind == "free"


def test_a_ring_that_was_not_stored_is_hung_up_and_its_name_never_used_again() -> None:
    room = with_call("waiting")
    stored = pickle.dumps((list(room.desk.calls.values()), list(room.desk.advisers.values())))
    room.wish("a", Wish.READY)  # the phone rings; the controller dies before this is committed
    lost = room.ring("a").leg
    seen = room.truth()
    room.desk = Desk(room.rules, room.now, *pickle.loads(stored), strict=True)

    change = room.happen(seen)
    room.wish("a", Wish.READY)

    assert cmd.HangUp(lost) in change.commands
    assert room.ring("a").leg != lost


def test_the_waits_known_before_a_restart_are_known_after_it() -> None:
    room = Room(rules())
    answers = [(MAIN, after(-60 * n)) for n in range(8)]
    desk = Desk(room.rules, room.now, answers=answers)

    assert desk.expected_wait_s(MAIN, 1, room.now) is not None
    assert room.desk.expected_wait_s(MAIN, 1, room.now) is None


# -- another configuration --------------------------------------------------------------------------


def without(*, line: str | None = None, queue: str | None = None, adviser: str | None = None) -> Rules:
    now = rules(team(a=1), replace(QUEUE, wrap_up_max_s=60), version="v2")
    people = {key: each for key, each in now.advisers.items() if key != adviser}
    if queue is not None:
        people = {key: replace(each, skills={}) for key, each in people.items()}
    return replace(
        now,
        lines={key: each for key, each in now.lines.items() if key != line},
        queues={key: each for key, each in now.queues.items() if key != queue},
        advisers=people,
    )


def learn(room: Room, new: Rules, how: str) -> Room:
    """The running desk is told, or the next one starts with it."""
    if how == "reloaded":
        room.happen(ev.RulesChanged(room.now, new))
    else:
        restart(room, new).reconcile()
    return room


@pytest.mark.parametrize("how", ["reloaded", "restarted"])
@pytest.mark.parametrize("stage", STAGES)
def test_a_call_survives_the_end_of_its_line(stage: str, how: str) -> None:
    hears_flow = stage in ("in_flow", "dialling", "outside", "hook")
    room = learn(with_call(stage), without(line="welcomed" if hears_flow else "direct"), how)

    state = room.call("c").state
    if how == "restarted" and stage in ("in_flow", "hook"):
        # Its flow is gone with the restart: an apology, and never silence.
        assert cmd.SendToApology(C, room.call("c").line) in room.commands(cmd.SendToApology)
    else:
        assert state.kind != "ended"
    room.until(20)
    room.press("c", "1")
    if isinstance(room.call("c").state, Offered):
        room.answer("a")
    room.until(400)
    if room.state("c") != "ended":
        room.leave("c")
    assert room.state("c") == "ended"


@pytest.mark.parametrize("how", ["reloaded", "restarted"])
@pytest.mark.parametrize("stage", ["waiting", "offered", "talking"])
def test_a_call_survives_the_end_of_its_queue(stage: str, how: str) -> None:
    room = learn(with_call(stage), without(queue="main"), how)
    if stage == "waiting":
        assert room.commands(cmd.PlayPrompt)[-1].prompts == ("nobody",)
        return
    if stage == "offered":
        room.answer("a")
    room.leave("c")

    assert room.ended("c") == (Outcome.ANSWERED, "talking")
    assert room.adviser("a").state.kind == "wrapping_up"


@pytest.mark.parametrize("how", ["reloaded", "restarted"])
def test_a_phone_not_answered_after_its_queue_ended_sends_the_caller_on(how: str) -> None:
    room = learn(with_call("offered"), without(queue="main"), how)

    room.miss("a")

    assert room.commands(cmd.PlayPrompt)[-1].prompts == ("nobody",)


@pytest.mark.parametrize("how", ["reloaded", "restarted"])
@pytest.mark.parametrize("stage", ["offered", "talking"])
def test_an_adviser_who_left_the_team_finishes_the_call_and_then_is_gone(stage: str, how: str) -> None:
    room = learn(with_call(stage), without(adviser="a"), how)
    assert room.adviser("a").state.kind == ("ringing" if stage == "offered" else "talking")
    if stage == "offered":
        room.answer("a")

    room.leave("c")

    assert room.ended("c") == (Outcome.ANSWERED, "talking")
    assert room.adviser("a").state.kind == "wrapping_up"
    assert A not in room.until(100).desk.advisers


def test_an_adviser_who_left_the_team_while_free_is_gone_at_once() -> None:
    room = Room(rules(team(a=1, b=1)))
    room.happen(ev.RulesChanged(room.now, rules(team(b=1))))

    assert room.queue_up("c").rung_for("c") == "b"
    assert A not in room.desk.advisers


def test_an_adviser_who_joins_the_team_is_away_until_they_say_otherwise() -> None:
    room = Room(rules(team(b=1)))
    room.wish("b", Wish.PAUSED)
    room.queue_up("c")
    room.happen(ev.RulesChanged(room.now, rules(team(a=1, b=1))))
    assert (room.adviser("a").wish, room.adviser("a").state) == (Wish.AWAY, advisers.Unreachable())

    room.register("a")
    room.wish("a", Wish.READY)

    assert room.rung_for("c") == "a"


def test_a_skill_that_is_taken_away_counts_from_the_next_offer_on() -> None:
    room = Room(rules(team(a=1, b=1)))
    room.happen(ev.RulesChanged(room.now, rules(team(a={"dropout": 1}, b=1))))

    assert room.queue_up("c").rung_for("c") == "b"


def changed_flow() -> Rules:
    nodes = {**welcoming().nodes}
    nodes["welcome"] = Say(prompts=("new welcome",), next="menu")
    nodes["menu"] = Menu(prompts=("menu",), choices={"1": "info"}, otherwise="queue")
    return rules(team(a=1), lines={**lines(), WELCOMED: line(WELCOMED, make_flow("welcomed", "hours", nodes))})


def test_a_running_call_keeps_the_flow_it_started_with() -> None:
    room = with_call("in_flow")
    room.happen(ev.RulesChanged(room.now, changed_flow()))
    room.happen(ev.RulesChanged(room.now, changed_flow()))
    room.heard("c")

    room.press("c", "1")

    assert room.rung_for("c") == "a"
    room.arrive("d", WELCOMED)
    room.picked_up("d")
    assert room.commands(cmd.PlayPrompt)[-1].prompts == ("new welcome",)


def test_a_call_whose_flow_was_lost_by_a_restart_hears_the_new_one_from_its_start() -> None:
    room = with_call("in_flow")

    restart(room, changed_flow()).reconcile()

    assert room.commands(cmd.PlayPrompt)[-1].prompts == ("new welcome",)
    assert room.call("c").flow == changed_flow().lines[WELCOMED].flow.version


def test_a_number_outside_that_left_the_configuration_is_a_transfer_that_fails() -> None:
    room = with_call("in_flow")
    room.heard("c")
    room.happen(ev.RulesChanged(room.now, rules(numbers={})))

    room.press("c", "3")

    assert room.commands(cmd.DialOutside) == []
    assert room.rung_for("c") == "a"


def test_a_new_plan_counts_at_once() -> None:
    room = with_call("waiting")
    nobody = rules(shifts=Roster.of([shift("a", 1000, 2000)]))

    room.happen(ev.RulesChanged(room.now, nobody))

    assert room.commands(cmd.PlayPrompt)[-1].prompts == ("nobody",)


def test_the_new_limits_of_a_queue_count_for_those_who_wait_in_it() -> None:
    room = with_call("waiting")
    room.happen(ev.RulesChanged(room.now, rules(queue=replace(QUEUE, ring_max_s=7))))
    room.wish("a", Wish.READY)

    state = room.call("c").state

    assert isinstance(state, Offered)
    assert (state.deadline - state.offered_at).total_seconds() == 7


def test_states_that_are_stored_hold_all_that_a_restart_needs() -> None:
    for stage, kind in (("waiting", Waiting), ("offered", Offered), ("talking", Talking)):
        room = with_call(stage)
        state = room.call("c").state
        assert isinstance(state, kind)
        assert pickle.loads(pickle.dumps(room.call("c"))) == room.call("c")
    assert room.desk.knows(C)
    assert not room.desk.knows(LegId("ghost"))
    assert room.desk.queue(QueueId("never")).id == "never"
    assert room.desk.calls[CallId("c")].queue == MAIN


def test_who_calls_a_line_that_is_gone_hears_the_apology_even_when_they_came_while_we_were_away() -> None:
    room = Room(rules())
    gone = LegId("late")
    sent = room.happen(ev.CallArrived(room.now, CallId("late"), gone, LineId("gone"), Caller()))
    assert sent.commands == [cmd.SendToApology(gone, LineId("gone"))]

    seen = room.truth()
    mended = room.happen(replace(seen, legs={**seen.legs, gone: ev.LegSeen(up=False)}))

    assert cmd.HangUp(gone) not in mended.commands
