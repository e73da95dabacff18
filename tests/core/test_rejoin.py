"""An adviser's page is loaded anew in mid-call, or their phone is torn off: nobody who talks with them is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialer.core import adviser as advisers
from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.calls.states import Talking, Waiting, other_legs
from dialer.core.change import Change
from dialer.core.words import AdviserId, BridgeId, Cause, LegId, Outcome, Wish
from tests.core.world import QUEUE, Room, after, rules, team

A = AdviserId("a")
OLD, NEW = LegId("c-a1"), LegId("c-a2")
BRIDGE, ANOTHER = BridgeId("c-a1-b"), BridgeId("c-a2-b")
ABRUPT = Cause.FAILED


def talking(**advisers_there: int) -> Room:
    """`c` talks with `a`; whoever else is named waits for a call."""
    room = Room(rules(team(a=1, **advisers_there), replace(QUEUE, wrap_up_max_s=60)))
    room.queue_up("c")
    room.answer("a")
    return room


def loaded_anew(room: Room, *forgot: LegId) -> Change:
    """The page of `a` goes and comes back, and knows nothing of these legs."""
    gone = room.unregister("a")
    assert gone.commands == []
    return room.happen(ev.PhoneRegistered(room.now, A, frozenset(forgot)))


def rings_anew(change: Change) -> list[LegId]:
    return [command.leg for command in change.commands if isinstance(command, cmd.RingAdviser)]


# -- loaded anew ------------------------------------------------------------------------------------


def test_a_page_that_is_loaded_anew_in_mid_call_is_rung_and_takes_the_place_of_the_leg_before() -> None:
    room = talking()
    assert rings_anew(loaded_anew(room, OLD)) == [NEW]
    assert room.talk("c").leg == OLD  # which stays in the bridge until then

    joined = room.picked_up(NEW)
    assert joined.commands == [cmd.Join(BRIDGE, (NEW,)), cmd.HangUp(OLD)]
    assert (room.talk("c").leg, room.talk("c").bridge, room.talk("c").rejoin) == (NEW, BRIDGE, None)

    assert room.leave(OLD).commands == []  # its end is no end of the talk
    assert room.state("c") == "talking"
    room.leave(NEW)
    assert room.ended("c") == (Outcome.ANSWERED, "talking")
    assert room.adviser("a").state.kind == "wrapping_up"


def test_a_talk_is_one_talk_however_often_its_page_was_loaded_anew() -> None:
    room = talking()
    since = room.talk("c").since
    for number in (2, 3):
        loaded_anew(room, room.talk("c").leg)
        room.picked_up(f"c-a{number}")
    assert room.talk("c").since == since
    assert len(room.records("answered", "c")) == 1
    room.leave("c")
    assert len(room.records("ended", "c")) == 1


def test_a_page_that_is_loaded_anew_once_more_while_it_rings_is_rung_on_another_leg() -> None:
    room = talking()
    loaded_anew(room, OLD)
    again = loaded_anew(room, OLD, NEW)
    assert cmd.HangUp(NEW) in again.commands
    assert rings_anew(again) == ["c-a3"]


def test_a_phone_that_only_registers_and_has_forgotten_nothing_is_not_rung_in_mid_call() -> None:
    room = talking()
    assert loaded_anew(room).commands == []
    assert loaded_anew(room, LegId("z-a1")).commands == []


def test_a_page_that_still_has_the_call_says_busy_and_the_talk_goes_on_as_it_was() -> None:
    room = talking()
    before = room.talk("c")
    loaded_anew(room, OLD)
    assert room.leave(NEW, Cause.BUSY).commands == []
    assert room.talk("c") == before


def test_a_page_that_does_not_answer_in_time_is_rung_no_longer_and_the_leg_before_stays() -> None:
    room = talking()
    loaded_anew(room, OLD)
    room.until(30)
    assert cmd.HangUp(NEW) in room.changes[-1].commands
    assert (room.talk("c").leg, room.talk("c").rejoin) == (OLD, None)


@pytest.mark.parametrize("leg", ["c", OLD])
def test_whoever_hangs_up_while_the_new_leg_rings_ends_the_talk_and_the_ringing(leg: str) -> None:
    room = talking()
    loaded_anew(room, OLD)
    ended = room.leave(leg)
    assert cmd.HangUp(NEW) in ended.commands
    assert room.ended("c") == (Outcome.ANSWERED, "talking")
    assert room.desk.legs() == frozenset()


def test_unregistering_in_mid_call_ends_no_call() -> None:
    room = talking()
    assert room.unregister("a").commands == []
    assert room.state("c") == "talking"


# -- torn off ---------------------------------------------------------------------------------------


def test_a_caller_whose_adviser_is_torn_off_hears_music_and_the_adviser_is_rung_at_once() -> None:
    room = talking()
    lost = room.leave(OLD, ABRUPT)
    assert lost.commands[:2] == [cmd.CloseBridge(BRIDGE), cmd.StartMusic(LegId("c"), QUEUE.music)]
    assert rings_anew(lost) == [NEW]
    back = room.picked_up(NEW)
    assert back.commands == [cmd.StopMusic(LegId("c")), cmd.MakeBridge(ANOTHER), cmd.Join(ANOTHER, (LegId("c"), NEW))]
    assert room.talk("c").leg == NEW
    assert room.adviser("a").state == advisers.Talking(room.call("c").id)


def test_who_was_loaded_anew_before_the_old_leg_was_torn_off_is_not_rung_twice() -> None:
    room = talking()
    loaded_anew(room, OLD)
    assert rings_anew(room.leave(OLD, ABRUPT)) == []
    assert cmd.Join(ANOTHER, (LegId("c"), NEW)) in room.picked_up(NEW).commands


def test_an_adviser_without_a_phone_is_rung_when_it_comes_back() -> None:
    room = talking()
    room.unregister("a")
    room.leave(OLD, ABRUPT)
    room.leave(NEW, Cause.UNREACHABLE)
    assert rings_anew(room.register("a")) == ["c-a3"]
    room.picked_up("c-a3")
    assert room.talk("c").leg == "c-a3"


def test_a_caller_whose_adviser_does_not_come_back_is_the_next_to_be_answered_and_waits_no_longer_than_before() -> None:
    room = talking(b=1)
    room.wish("b", Wish.PAUSED)
    room.until(600)
    room.queue_up("d")
    before = room.talk("c").waiting
    torn_off = room.now
    room.leave(OLD, ABRUPT)
    room.until((torn_off - after(0)).total_seconds() + 19.9)
    assert room.state("c") == "talking"
    room.until((torn_off - after(0)).total_seconds() + 20)
    waiting = room.call("c").state
    assert isinstance(waiting, Waiting)
    assert before is not None
    assert waiting.give_up_at - waiting.queued_at == before.give_up_at - before.queued_at
    assert waiting.give_up_at > room.now  # the talk is not held against them
    assert cmd.HangUp(NEW) in room.changes[-1].commands
    assert cmd.HangUp(LegId("c")) not in room.commands(cmd.HangUp)
    assert room.adviser("a").state.kind == "wrapping_up"
    assert room.desk.position(room.call("c")) == 1
    room.wish("b", Wish.READY)
    assert (room.rung_for("c"), room.rung_for("d")) == ("b", None)
    room.answer("b")
    assert room.talk("c").adviser == "b"


def test_a_caller_who_hangs_up_in_the_music_has_had_their_talk_and_the_adviser_is_rung_no_more() -> None:
    room = talking()
    room.leave(OLD, ABRUPT)
    ended = room.leave("c")
    assert cmd.HangUp(NEW) in ended.commands
    assert room.ended("c") == (Outcome.ANSWERED, "talking")
    assert room.adviser("a").state.kind == "wrapping_up"


@pytest.mark.parametrize("cause", [cause for cause in Cause if cause is not ABRUPT])
def test_an_adviser_who_hangs_up_ends_the_talk_by_whatever_cause_it_is_told(cause: Cause) -> None:
    room = talking()
    room.leave(OLD, cause)
    assert room.state("c") == "ended"


# -- restarts ---------------------------------------------------------------------------------------


def test_after_a_gap_the_new_leg_that_was_answered_meanwhile_is_joined_and_one_that_is_gone_is_forgotten() -> None:
    for up, expected in ((True, NEW), (None, OLD)):
        room = talking()
        loaded_anew(room, OLD)
        truth = room.truth()
        legs = {leg: seen for leg, seen in truth.legs.items() if leg != NEW} | ({NEW: ev.LegSeen(True)} if up else {})
        room.happen(replace(truth, legs=legs))
        assert (room.talk("c").leg, room.talk("c").rejoin) == (expected, None)


def test_after_a_gap_a_caller_who_waits_for_their_adviser_hears_music_and_who_is_there_is_rung() -> None:
    room = talking()
    room.leave(OLD, ABRUPT)
    truth = replace(room.truth(), legs={LegId("c"): ev.LegSeen(True)}, bridges=frozenset())
    change = room.happen(truth)
    assert cmd.StartMusic(LegId("c"), QUEUE.music) in change.commands
    assert rings_anew(change) == ["c-a3"]
    room.picked_up("c-a3")
    assert room.state("c") == "talking"
    assert other_legs(room.call("c")) == ("c-a3",)


def test_a_bridge_that_is_refused_to_the_new_leg_gives_the_caller_their_place_back() -> None:
    room = talking(b=1)
    loaded_anew(room, OLD)
    room.picked_up(NEW)
    room.leave(OLD)
    refused = room.happen(ev.JoinRefused(room.now, BRIDGE))
    assert cmd.HangUp(NEW) in refused.commands
    assert not isinstance(room.call("c").state, Talking)
    assert room.rung_for("c") == "b"
