"""What an adviser does in a talk: hold, a guest, handing over, sending on, the danger key. Nobody loses their place."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.callbacks.compliance import CallingRules
from dialer.core.calls import told
from dialer.core.calls.party import Colleague
from dialer.core.calls.states import Forwarded, Offered, Talking, Waiting
from dialer.core.calls.told import To, ToAdviser, ToNumber, ToQueue, ToStructure
from dialer.core.change import Change
from dialer.core.desk import Desk
from dialer.core.figures import Figures
from dialer.core.fold import Fold
from dialer.core.rules import DangerTarget, Rules
from dialer.core.structures.structure import Phone, Structure, StructureId, StructureKind
from dialer.core.views import call_view
from dialer.core.words import E164, AdviserId, CallId, Cause, LegId, Outcome, QueueId, ShortNumber, Wish
from tests.core import desk_truth as truth
from tests.core.asterisk import Asterisk
from tests.core.test_recovery import lose_link, restart
from tests.core.world import DIRECT, DROPOUT, MAIN, QUEUE, T0, Room, after, facts, rules, team

CALLING = E164("+33199000042")
A, B, C = AdviserId("a"), AdviserId("b"), LegId("c")
CIO = StructureId("cio-lyon")
DANGER = {
    "supervisor": DangerTarget("supervisor", "Superviseur", supervisors=(B, AdviserId("d"))),
    "119": DangerTarget("119", "Enfance en danger", ShortNumber("119")),
}
WRAPPED = replace(QUEUE, wrap_up_max_s=60, ring_max_s=20, wait_max_s=300)


def staffed(**more: object) -> Rules:
    people = team(a=1, b=1, d={"dropout": 1})
    return rules(people, replace(WRAPPED, **more), danger=DANGER)  # type: ignore[arg-type]


def talking(how: Rules | None = None, *, wait_s: float = 10) -> Room:
    """A room in which adviser a talks with c, who waited for `wait_s`; b and d are free, paused, with a phone."""
    room = Room(how or staffed())
    for each in "abd":
        room.wish(each, Wish.PAUSED)
    room.arrive("c", number=CALLING)
    room.picked_up("c")
    room.until(wait_s)
    room.wish("a", Wish.READY)
    room.answer("a")
    assert room.rung_for("c") == "a"
    return room.until(wait_s + 30)


def hold(room: Room, held: bool = True, who: str = "a") -> Change:
    return room.happen(told.HoldAsked(room.now, CallId("c"), AdviserId(who), held))


def guest(room: Room, to: To, how: str = "aside", who: str = "a") -> Change:
    return room.happen(told.GuestAsked(room.now, CallId("c"), AdviserId(who), to, how))  # type: ignore[arg-type]


def danger(room: Room, to: str) -> Change:
    return room.happen(told.DangerAsked(room.now, CallId("c"), A, to))


def asks(room: Room, what: type, who: str = "a") -> Change:
    return room.happen(what(room.now, CallId("c"), AdviserId(who)))


def guest_leg(room: Room) -> LegId:
    found = room.talk("c").guest
    assert found is not None
    return found.leg


def with_guest(state: str, to: To | None = None) -> Room:
    """The guest rings to be spoken to aside, is aside, or is with both."""
    room = talking()
    guest(room, to or ToAdviser(B))
    if state != "ringing":
        room.picked_up(guest_leg(room))
    if state == "joined":
        asks(room, told.GuestJoinAsked)
    return room


def free_in(room: Room) -> dict[str, str]:
    return {each: room.adviser(each).state.kind for each in "abd"}


def nothing_is_left(room: Room) -> None:
    """Of the call that ended: every leg that it ever named was hung up or left, and its bridges are closed."""
    assert room.state("c") == "ended"
    assert room.desk.legs() == frozenset()
    assert room.desk.bridges() == frozenset()
    named = {each.leg for each in room.commands(cmd.RingAdviser) + room.commands(cmd.DialOutside)}
    hung_up = {each.leg for each in room.commands(cmd.HangUp)}
    assert named | {C} <= hung_up | LEFT[id(room)]
    assert {each.bridge for each in room.commands(cmd.MakeBridge)} == {
        each.bridge for each in room.commands(cmd.CloseBridge)
    }


LEFT: dict[int, set[LegId]] = {}


def leaves(room: Room, leg: LegId, cause: Cause = Cause.NORMAL) -> Change:
    LEFT.setdefault(id(room), set()).add(leg)
    return room.leave(leg, cause)


# -- hold ------------------------------------------------------------------------------------------


def test_a_caller_who_is_held_is_out_of_the_bridge_and_hears_the_music_of_their_queue() -> None:
    room = talking(staffed(music="calm"))

    change = hold(room)

    bridge = room.talk("c").bridge
    assert change.commands == [cmd.TakeOut(bridge, C), cmd.StartMusic(C, "calm")]
    assert room.talk("c").held
    assert room.records("held", "c")[0].adviser == "a"


def test_a_caller_who_was_held_is_back_and_hears_no_music() -> None:
    room = talking()
    hold(room)

    change = hold(room, held=False)

    assert change.commands == [cmd.StopMusic(C), cmd.Join(room.talk("c").bridge, (C,))]
    assert not room.talk("c").held
    assert len(room.records("resumed", "c")) == 1


@pytest.mark.parametrize("held", [True, False])
def test_to_hold_whoever_is_held_is_no_news(held: bool) -> None:
    room = talking()
    hold(room, held)

    change = hold(room, held)

    assert (change.commands, change.records, change.refused) == ([], [], None)


def test_the_time_on_hold_is_part_of_the_talk() -> None:
    room = talking()
    hold(room)
    room.until(100)
    hold(room, held=False)
    room.until(150)
    room.leave("c")

    assert facts(room.records("ended"))[0]["talked_s"] == 140


@pytest.mark.parametrize("who", ["c", "the adviser"])
def test_a_held_talk_ends_with_either_of_the_two(who: str) -> None:
    room = talking()
    hold(room)
    leaves(room, C if who == "c" else room.talk("c").leg)

    assert room.ended("c") == (Outcome.ANSWERED, "talking")
    assert room.adviser("a").state.kind == "wrapping_up"
    nothing_is_left(room)


# -- whose talk it is ------------------------------------------------------------------------------


@pytest.mark.parametrize("what", [told.GuestJoinAsked, told.HandOverAsked, told.GuestDismissed, told.HangUpAsked])
def test_what_is_asked_in_a_talk_that_is_not_theirs_is_refused_and_changes_nothing(what: type) -> None:
    room = with_guest("aside", ToAdviser(B))
    before = room.call("c")

    change = asks(room, what, who="d")

    assert change.refused == "not_talking"
    assert not change.to_store
    assert change.commands == []
    assert room.call("c") == before


@pytest.mark.parametrize("stage", ["waiting", "offered", "ended", "never was"])
def test_nothing_is_asked_outside_of_a_talk(stage: str) -> None:
    room = Room(staffed())
    if stage == "waiting":
        for each in "abd":
            room.wish(each, Wish.PAUSED)
    if stage != "never was":
        room.queue_up("c")
    if stage == "ended":
        room.leave("c")

    assert hold(room).refused == "not_talking"
    assert asks(room, told.HangUpAsked).refused == "not_talking"


def test_without_a_link_nothing_is_begun_that_would_not_be_done() -> None:
    room = lose_link(talking())

    assert hold(room).refused == "link_lost"
    assert guest(room, ToAdviser(B)).refused == "link_lost"


@pytest.mark.parametrize("what", [told.GuestJoinAsked, told.HandOverAsked, told.GuestDismissed])
def test_without_a_guest_nothing_is_done_with_one(what: type) -> None:
    assert asks(talking(), what).refused == "no_guest"


@pytest.mark.parametrize("what", [told.GuestJoinAsked, told.HandOverAsked])
def test_a_guest_who_still_rings_cannot_be_joined_nor_take_the_call(what: type) -> None:
    assert asks(with_guest("ringing"), what).refused == "guest_rings"


@pytest.mark.parametrize("state", ["ringing", "aside", "joined"])
def test_there_is_one_guest_at_a_time(state: str) -> None:
    room = with_guest(state)

    assert guest(room, ToAdviser(AdviserId("d"))).refused == "guest_there"
    assert guest(room, ToQueue(DROPOUT), "blind").refused == "guest_there"


# -- a guest aside ---------------------------------------------------------------------------------


def test_while_a_guest_is_asked_the_caller_is_held_and_the_colleagues_phone_rings_without_their_number() -> None:
    room = talking()

    change = guest(room, ToAdviser(B))

    ring = change.commands[-1]
    assert isinstance(ring, cmd.RingAdviser)
    assert (ring.adviser, ring.shown_name, ring.shown_number) == (B, "Ligne direct", None)
    assert room.talk("c").held
    assert room.adviser("b").state.kind == "ringing"
    assert facts(room.records("guest_asked")) == [{"kind": "adviser", "target": "b", "how": "aside"}]


def test_a_guest_who_answers_is_with_the_adviser_alone() -> None:
    room = with_guest("ringing")
    leg = guest_leg(room)

    change = room.picked_up(leg)

    assert change.commands == [cmd.Join(room.talk("c").bridge, (leg,))]
    talk = room.talk("c")
    assert talk.guest is not None
    assert (talk.guest.state, talk.held) == ("aside", True)
    assert room.adviser("b").state.kind == "talking"


def test_a_caller_who_was_taken_back_while_it_rang_is_held_again_when_the_guest_answers() -> None:
    room = with_guest("ringing")
    hold(room, held=False)

    change = room.picked_up(guest_leg(room))

    assert [type(each) for each in change.commands] == [cmd.TakeOut, cmd.StartMusic, cmd.Join]
    assert room.talk("c").held


def test_joined_are_all_three() -> None:
    room = with_guest("aside")

    change = asks(room, told.GuestJoinAsked)

    assert change.commands == [cmd.StopMusic(C), cmd.Join(room.talk("c").bridge, (C,))]
    talk = room.talk("c")
    assert talk.guest is not None
    assert (talk.guest.state, talk.held) == ("joined", False)
    assert [entry.event for entry in change.records] == ["resumed", "conference"]


def test_in_a_conference_the_caller_can_be_held_and_the_guest_is_aside_again() -> None:
    room = with_guest("joined")
    hold(room)
    assert room.talk("c").guest.state == "aside"  # type: ignore[union-attr]

    hold(room, held=False)

    assert room.talk("c").guest.state == "joined"  # type: ignore[union-attr]


@pytest.mark.parametrize("state", ["ringing", "aside", "joined"])
def test_a_guest_who_is_dismissed_goes_and_the_caller_is_back(state: str) -> None:
    room = with_guest(state)
    leg = guest_leg(room)

    change = asks(room, told.GuestDismissed)

    assert cmd.HangUp(leg) in change.commands
    talk = room.talk("c")
    assert (talk.guest, talk.held) == (None, False)
    assert room.adviser("b").state == room.adviser("d").state, "free at once"


@pytest.mark.parametrize("state", ["ringing", "aside"])
def test_when_a_guest_aside_goes_the_adviser_is_told_and_the_caller_stays_held(state: str) -> None:
    room = with_guest(state)

    room.leave(guest_leg(room), Cause.REJECTED)

    assert (room.talk("c").guest, room.talk("c").held) == (None, True)
    assert facts(room.records("guest_left"))[0]["stage"] == state
    hold(room, held=False)
    assert not room.talk("c").held


def test_when_a_guest_leaves_a_conference_the_two_talk_on() -> None:
    room = with_guest("joined")

    change = room.leave(guest_leg(room))

    assert change.commands == []
    assert (room.talk("c").guest, room.talk("c").held) == (None, False)


@pytest.mark.parametrize("state", ["aside", "joined"])
def test_a_guest_whose_page_is_loaded_anew_has_lost_their_voice_and_is_out_of_it(state: str) -> None:
    room = with_guest(state)
    leg = guest_leg(room)

    change = room.happen(ev.PhoneRegistered(room.now, B, frozenset({leg})))

    assert change.commands == [cmd.HangUp(leg)]
    assert (room.talk("c").guest, room.talk("c").held) == (None, state != "joined")
    assert room.adviser("b").state.kind != "talking"


@pytest.mark.parametrize("cause", [Cause.NO_ANSWER, Cause.REJECTED, Cause.BUSY, Cause.UNREACHABLE, Cause.NORMAL])
def test_a_colleague_who_does_not_come_has_missed_no_offer(cause: Cause) -> None:
    room = with_guest("ringing")

    room.leave(guest_leg(room), cause)

    adviser = room.adviser("b")
    assert (adviser.misses, adviser.wish) == (0, Wish.PAUSED)
    assert adviser.state.kind == ("unreachable" if cause is Cause.UNREACHABLE else "free")


def test_a_guest_whose_phone_is_not_answered_is_hung_up_after_the_time_that_any_offer_rings() -> None:
    room = with_guest("ringing")
    leg = guest_leg(room)

    room.until(40 + 20)

    assert cmd.HangUp(leg) in room.commands(cmd.HangUp)
    assert room.talk("c").guest is None
    assert facts(room.records("guest_left"))[0]["cause"] == Cause.NO_ANSWER


def test_whoever_was_a_guest_has_nothing_to_wrap_up() -> None:
    room = with_guest("aside")
    asks(room, told.GuestDismissed)

    assert room.adviser("b").state.kind == "free"


@pytest.mark.parametrize("state", ["ringing", "aside", "joined"])
def test_with_the_caller_all_of_it_ends(state: str) -> None:
    room = with_guest(state)

    leaves(room, C)

    assert room.ended("c") == (Outcome.ANSWERED, "talking")
    assert free_in(room) == {"a": "wrapping_up", "b": "free", "d": "free"}
    nothing_is_left(room)


def test_a_guest_may_hang_up_by_themselves() -> None:
    room = with_guest("joined")
    leg = guest_leg(room)

    change = asks(room, told.HangUpAsked, who="b")

    assert change.commands == [cmd.HangUp(leg)]
    assert room.talk("c").guest is None
    assert room.adviser("b").state.kind == "free"


def test_a_guest_is_offered_nothing_meanwhile() -> None:
    room = with_guest("ringing")
    room.wish("b", Wish.READY)

    room.queue_up("e")

    assert room.state("e") == "waiting"
    room.picked_up(guest_leg(room))
    assert room.state("e") == "waiting"
    asks(room, told.GuestDismissed)
    assert room.rung_for("e") == "b"


def test_a_colleague_whose_phone_was_busy_is_not_rung_again_at_once() -> None:
    room = with_guest("ringing")

    room.leave(guest_leg(room), Cause.BUSY)

    assert guest(room, ToAdviser(B)).refused == "not_free"
    room.until(50)
    assert guest(room, ToAdviser(B)).refused is None


def test_an_adviser_who_is_torn_off_asks_for_nothing_before_they_are_back() -> None:
    room = talking()
    room.leave(room.talk("c").leg, Cause.FAILED)

    assert hold(room).refused == "not_talking"


def test_a_phone_that_goes_while_it_rings_for_a_guest_is_told_to_the_adviser() -> None:
    room = with_guest("ringing")

    room.unregister("b")

    assert room.talk("c").guest is None
    assert room.adviser("b").state.kind == "unreachable"


# -- who can be asked ------------------------------------------------------------------------------


def test_a_colleague_is_asked_whatever_their_wish_but_away() -> None:
    room = talking()
    assert guest(room, ToAdviser(B)).refused is None
    room = talking()
    room.wish("b", Wish.AWAY)

    assert guest(room, ToAdviser(B)).refused == "not_free"


@pytest.mark.parametrize("how", ["rings", "talks", "no phone", "rests"])
def test_a_colleague_who_is_not_free_is_not_asked(how: str) -> None:
    room = talking()
    if how == "no phone":
        room.unregister("b")
    else:
        room.wish("b", Wish.READY)
        room.queue_up("e")
    if how == "talks":
        room.answer("b")
    if how == "rests":
        room.miss("b", Cause.BUSY)
    change = guest(room, ToAdviser(B))

    assert (change.refused, change.commands) == ("not_free", [])
    assert not room.talk("c").held


@pytest.mark.parametrize(
    "to", [ToAdviser(A), ToAdviser(AdviserId("z")), ToNumber("z"), ToStructure(StructureId("z")), ToQueue(QueueId("z"))]
)
def test_whoever_is_not_known_cannot_be_asked_nor_can_oneself(to: To) -> None:
    assert guest(talking(), to, "blind").refused == "unknown_target"


def test_nobody_talks_to_a_queue() -> None:
    assert guest(talking(), ToQueue(DROPOUT), "aside").refused == "queue_blind_only"


def with_structure(phone: Phone | None, **more: object) -> Room:
    room = talking()
    known = Structure(CIO, StructureKind.CIO, "CIO de Lyon", "69001", "Lyon", phone=phone, **more)  # type: ignore[arg-type]
    room.happen(ev.StructuresChanged(room.now, "test", ((None, known),)))
    return room


def test_a_structure_is_rung_on_the_number_that_the_directory_has_showing_the_lines_own() -> None:
    room = with_structure(Phone("01 99 00 00 07", E164("+33199000007")))

    change = guest(room, ToStructure(CIO))

    dial = change.commands[-1]
    assert isinstance(dial, cmd.DialOutside)
    assert (dial.number, dial.caller_id) == ("+33199000007", "+33199000000")
    assert facts(room.records("guest_asked")) == [{"kind": "structure", "target": CIO, "how": "aside"}]
    assert room.talk("c").guest.who.shown == "CIO de Lyon"  # type: ignore[union-attr]


@pytest.mark.parametrize("phone", [None, Phone("3949", None), Phone("x", E164("+33890000000"))])
def test_a_structure_without_a_number_that_a_person_answers_is_not_rung(phone: Phone | None) -> None:
    assert guest(with_structure(phone), ToStructure(CIO)).refused == "no_number"


def test_a_structure_that_is_closed_for_good_is_not_rung() -> None:
    phone = Phone("01 99 00 00 07", E164("+33199000007"))

    room = with_structure(phone, closed_on=date(2026, 3, 1))

    assert guest(room, ToStructure(CIO)).refused == "unknown_target"


def test_one_of_our_own_lines_is_not_rung_as_a_structure() -> None:
    ours = E164("+33199000007")
    room = talking(replace(staffed(), calling=CallingRules(own=frozenset({ours}))))
    known = Structure(CIO, StructureKind.CIO, "CIO", "69001", "Lyon", phone=Phone("01 99 00 00 07", ours))
    room.happen(ev.StructuresChanged(room.now, "test", ((None, known),)))

    assert guest(room, ToStructure(CIO)).refused == "no_number"


def test_no_record_holds_a_number() -> None:
    room = with_structure(Phone("01 99 00 00 07", E164("+33199000007")))
    guest(room, ToStructure(CIO))
    room.picked_up(guest_leg(room))
    asks(room, told.HandOverAsked)
    room.leave("c")

    assert not any("99000007" in str(entry) for change in room.changes for entry in change.records)


# -- the caller goes on with the guest -------------------------------------------------------------


@pytest.mark.parametrize("state", ["aside", "joined"])
@pytest.mark.parametrize("how", ["asked", "hung up", "leg left", "torn off"])
def test_handed_over_the_guest_has_the_call_and_wraps_it_up_later(state: str, how: str) -> None:
    room = with_guest(state)
    old, new = room.talk("c").leg, guest_leg(room)
    match how:
        case "asked":
            change = asks(room, told.HandOverAsked)
        case "hung up":
            change = asks(room, told.HangUpAsked)
        case _:
            change = leaves(room, old, Cause.NORMAL if how == "leg left" else Cause.FAILED)

    talk = room.talk("c")
    assert (talk.adviser, talk.leg, talk.guest, talk.held) == ("b", new, None, False)
    assert (cmd.Join(talk.bridge, (C,)) in change.commands) is (state == "aside")
    assert (cmd.HangUp(old) in change.commands) is (how in ("asked", "hung up"))
    assert free_in(room) == {"a": "wrapping_up", "b": "talking", "d": "free"}
    leaves(room, new)
    assert room.adviser("b").state.kind == "wrapping_up"
    assert room.call("c").adviser == "b"
    nothing_is_left(room)


def test_whoever_has_the_call_now_may_hand_it_on() -> None:
    room = with_guest("aside")
    asks(room, told.HandOverAsked)
    guest(room, ToAdviser(AdviserId("d")), who="b")
    room.picked_up(guest_leg(room))

    asks(room, told.HandOverAsked, who="b")

    assert room.talk("c").adviser == "d"
    leaves(room, C)
    nothing_is_left(room)


def test_handed_over_to_a_number_outside_the_call_is_transferred() -> None:
    room = with_guest("aside", ToNumber("cio"))
    asks(room, told.HandOverAsked)
    assert (room.talk("c").adviser, room.call("c").adviser) == (None, "a")

    leaves(room, C)

    assert room.ended("c") == (Outcome.TRANSFERRED, "talking")
    nothing_is_left(room)


def test_an_adviser_who_goes_while_the_guest_rings_has_sent_the_caller_on_to_them() -> None:
    room = with_guest("ringing")
    leg = guest_leg(room)

    change = leaves(room, room.talk("c").leg)

    state = room.call("c").state
    assert isinstance(state, Offered)
    assert (state.adviser, state.leg) == ("b", leg)
    assert cmd.StartMusic(C, "default") in change.commands
    assert free_in(room) == {"a": "wrapping_up", "b": "ringing", "d": "free"}
    room.picked_up(leg)
    assert room.talk("c").adviser == "b"
    leaves(room, C)
    nothing_is_left(room)


def test_an_adviser_who_goes_while_a_number_outside_rings_has_sent_the_caller_on_to_it() -> None:
    room = with_guest("ringing", ToNumber("cio"))
    leg = guest_leg(room)
    asks(room, told.HangUpAsked)
    assert isinstance(room.call("c").state, Forwarded)

    room.picked_up(leg)

    assert (room.talk("c").adviser, room.talk("c").leg) == (None, leg)


# -- sent on, without a word before ----------------------------------------------------------------


def test_sent_on_to_a_colleague_they_hear_music_and_the_phone_rings_with_their_number() -> None:
    room = talking()
    old = room.talk("c")

    change = guest(room, ToAdviser(B), "blind")

    assert change.commands[:3] == [cmd.HangUp(old.leg), cmd.CloseBridge(old.bridge), cmd.StartMusic(C, "default")]
    ring = change.commands[-1]
    assert isinstance(ring, cmd.RingAdviser)
    assert ring.shown_number == CALLING
    assert free_in(room) == {"a": "wrapping_up", "b": "ringing", "d": "free"}
    room.answer("b")
    assert (room.talk("c").adviser, room.call("c").adviser) == ("b", "b")


def test_missed_by_the_colleague_they_wait_at_the_very_same_place() -> None:
    room = talking()
    room.queue_up("later")
    guest(room, ToAdviser(B), "blind")

    room.miss("b")

    state = room.call("c").state
    assert isinstance(state, Waiting)
    assert (room.desk.position(room.call("c")), room.desk.position(room.call("later"))) == (1, 2)
    room.wish("d", Wish.AWAY)
    room.wish("b", Wish.READY)
    assert room.ring("b").call == "c"


def test_what_they_talked_is_not_held_against_them_as_waiting() -> None:
    """They had 290 s of the 300 s that the queue keeps anybody; a talk of ten minutes leaves them just those."""
    room = talking(staffed(), wait_s=10)
    room.until(610)
    guest(room, ToAdviser(B), "blind")
    room.miss("b")
    room.until(610 + 280)
    assert room.state("c") == "waiting"

    room.until(610 + 300)

    assert room.state("c") != "waiting"


def test_sent_on_to_a_number_they_hear_music_until_it_answers() -> None:
    room = talking()

    change = guest(room, ToNumber("cio"), "blind")

    state = room.call("c").state
    assert isinstance(state, Forwarded)
    assert isinstance(change.commands[-1], cmd.DialOutside)
    assert cmd.StartMusic(C, "default") in change.commands
    answered = room.picked_up(state.leg)
    assert [type(each) for each in answered.commands] == [cmd.StopMusic, cmd.MakeBridge, cmd.Join]
    leaves(room, state.leg)
    assert room.ended("c") == (Outcome.TRANSFERRED, "talking")
    nothing_is_left(room)


@pytest.mark.parametrize("how", ["busy", "too late", "not bridged"])
def test_a_number_that_does_not_take_them_gives_them_their_place_back(how: str) -> None:
    room = talking()
    room.queue_up("later")
    guest(room, ToNumber("cio"), "blind")
    state = room.call("c").state
    assert isinstance(state, Forwarded)
    match how:
        case "busy":
            room.leave(state.leg, Cause.BUSY)
        case "too late":
            room.until((state.deadline - T0).total_seconds())
            assert cmd.HangUp(state.leg) in room.commands(cmd.HangUp)
        case _:
            room.picked_up(state.leg)
            room.happen(ev.JoinRefused(room.now, room.talk("c").bridge, (C, state.leg)))

    assert room.state("c") == "waiting"
    assert room.desk.position(room.call("c")) == 1
    assert len(room.records("forward_failed")) == 1


def test_whoever_hangs_up_while_they_are_sent_on_leaves_nothing_behind() -> None:
    for to in (ToAdviser(B), ToNumber("cio")):
        room = talking()
        guest(room, to, "blind")

        leaves(room, C)

        assert room.ended("c")[0] is Outcome.ABANDONED
        assert room.adviser("b").state.kind == "free"
        nothing_is_left(room)


def test_sent_on_to_a_queue_they_wait_there_in_the_order_of_their_arrival() -> None:
    room = talking()
    room.wish("a", Wish.AWAY)
    room.arrive("other", "drop")  # type: ignore[arg-type]
    room.picked_up("other")

    guest(room, ToQueue(DROPOUT), "blind")

    assert room.state("c") == "waiting"
    assert room.call("c").queue == DROPOUT
    assert (room.desk.position(room.call("c")), room.desk.position(room.call("other"))) == (1, 2)
    room.wish("d", Wish.READY)
    assert room.ring("d").call == "c"


def test_sent_on_to_the_queue_they_came_from_they_have_their_place() -> None:
    room = talking()
    room.queue_up("later")

    guest(room, ToQueue(MAIN), "blind")

    state = room.call("c").state
    assert isinstance(state, Waiting)
    assert room.desk.position(room.call("c")) == 1
    assert (room.now - state.queued_at).total_seconds() == 10, "what they waited before, and not what they talked"


def test_a_queue_that_is_full_or_unstaffed_takes_nobody_and_the_talk_goes_on() -> None:
    room = talking(staffed(size_max=1))
    room.arrive("other", "drop")  # type: ignore[arg-type]
    room.picked_up("other")
    full = guest(room, ToQueue(DROPOUT), "blind")
    nobody = Room(rules(team(a=1), WRAPPED))
    nobody.queue_up("c")
    nobody.answer("a")

    assert (full.refused, full.commands, room.state("c")) == ("queue_full", [], "talking")
    assert guest(nobody, ToQueue(DROPOUT), "blind").refused == "queue_no_adviser"


# -- danger ----------------------------------------------------------------------------------------


def test_in_danger_a_short_number_is_dialled_as_it_is_and_the_caller_is_never_held() -> None:
    room = talking()

    change = danger(room, "119")

    (dial,) = change.commands
    assert isinstance(dial, cmd.DialOutside)
    assert dial.number == "119"
    room.picked_up(dial.leg)
    talk = room.talk("c")
    assert talk.guest is not None
    assert (talk.guest.state, talk.held) == ("joined", False)
    assert facts(room.records("danger_asked")) == [{"target": "119"}]
    assert room.commands(cmd.TakeOut) == []


def test_in_danger_the_first_supervisor_who_is_free_comes_into_the_talk() -> None:
    room = talking()
    room.unregister("b")

    danger(room, "supervisor")

    assert room.talk("c").guest.who == Colleague(AdviserId("d"))  # type: ignore[union-attr]
    room.picked_up(guest_leg(room))
    assert room.talk("c").guest.state == "joined"  # type: ignore[union-attr]


def test_when_no_supervisor_can_be_had_the_adviser_is_told_at_once() -> None:
    room = talking()
    room.unregister("b")
    room.wish("d", Wish.AWAY)

    assert danger(room, "supervisor").refused == "nobody_free"
    assert danger(room, "zzz").refused == "unknown_target"


def test_the_danger_key_beats_a_guest_who_rings_and_a_caller_who_was_held_is_back_with_who_helps() -> None:
    room = with_guest("ringing")
    rang = guest_leg(room)

    change = danger(room, "119")

    assert cmd.HangUp(rang) in change.commands
    assert room.adviser("b").state.kind == "free"
    room.picked_up(guest_leg(room))
    assert (room.talk("c").guest.state, room.talk("c").held) == ("joined", False)  # type: ignore[union-attr]


def test_an_adviser_who_goes_in_danger_leaves_the_caller_with_who_helps() -> None:
    room = talking()
    danger(room, "119")
    room.picked_up(guest_leg(room))

    asks(room, told.HangUpAsked)

    assert room.state("c") == "talking"
    leaves(room, C)
    nothing_is_left(room)


# -- figures ---------------------------------------------------------------------------------------


def test_a_call_that_was_handed_over_and_sent_on_is_answered_once_and_all_its_talk_counts() -> None:
    room = with_guest("aside")  # a answers at 10 s; it is 40 s
    asks(room, told.HandOverAsked)
    room.until(50)
    guest(room, ToAdviser(AdviserId("d")), "blind", who="b")  # 40 s of talk
    room.until(60)
    room.answer("d")
    room.until(90)
    room.leave("c")  # 30 s more
    figures = Figures({MAIN: 20})
    figures.take(entry for change in room.changes for entry in change.records)

    assert (figures.total.answered, figures.total.talked_s) == (1, 70)
    assert figures.total.waited_s == facts(room.records("ended"))[0]["waited_s"] == 10 - 0
    assert room.call("c").answered_at == after(10)


def test_whoever_gives_up_after_having_been_sent_on_was_answered_all_the_same() -> None:
    room = talking()
    guest(room, ToQueue(MAIN), "blind")
    room.until(70)
    room.leave("c")
    figures = Figures({MAIN: 20})
    figures.take(entry for change in room.changes for entry in change.records)

    assert (figures.total.answered, figures.total.abandoned, figures.total.talked_s) == (1, 0, 30)


def told_by_journal(room: Room) -> tuple[str, str | None, str | None]:
    fold = Fold()
    fold.take(entry for change in room.changes for entry in change.records)
    call = fold.calls[CallId("c")]
    assert fold.ended_twice == []
    return call.state, call.adviser, call.queue


@pytest.mark.parametrize("later", ["as it is", "taken", "not taken", "not bridged", "over"])
@pytest.mark.parametrize(
    ("how", "to"),
    [
        *(("blind", to) for to in (ToAdviser(B), ToNumber("cio"), ToQueue(DROPOUT))),
        *(("handed over", to) for to in (ToAdviser(B), ToNumber("cio"))),
    ],
)
def test_the_journal_alone_tells_where_the_call_is_and_whose(how: str, to: To, later: str) -> None:
    if how == "blind":
        room = talking()
        guest(room, to, "blind")
    else:
        room = with_guest("aside", to)
        asks(room, told.HandOverAsked)
    state = room.call("c").state
    if isinstance(state, Offered | Forwarded) and later in ("taken", "not bridged", "over"):
        room.picked_up(state.leg)
    elif isinstance(state, Offered | Forwarded) and later == "not taken":
        room.leave(state.leg, Cause.BUSY)
    if later == "not bridged" and room.state("c") == "talking":
        room.happen(ev.JoinRefused(room.now, room.talk("c").bridge))
    if later == "over":
        room.leave("c")
    view = call_view(room.desk, room.call("c"))

    assert told_by_journal(room) == (view.state, view.adviser, view.queue)


def test_a_second_answer_that_could_not_be_bridged_leaves_the_first_one_as_it_was() -> None:
    room = talking()
    guest(room, ToAdviser(B), "blind")
    room.answer("b")

    room.happen(ev.JoinRefused(room.now, room.talk("c").bridge))

    assert (room.call("c").answered_at, room.call("c").adviser) == (after(10), "a")


# -- faults ----------------------------------------------------------------------------------------


def test_a_guest_who_cannot_be_bridged_goes_and_the_talk_goes_on() -> None:
    room = with_guest("aside")
    leg = guest_leg(room)

    change = room.happen(ev.JoinRefused(room.now, room.talk("c").bridge, (leg,)))

    assert change.commands == [cmd.HangUp(leg)]
    assert (room.talk("c").guest, room.talk("c").held) == (None, True)
    assert room.adviser("b").state.kind == "free"


def test_a_caller_who_cannot_be_brought_back_waits_at_their_place_and_nobody_is_left_on_the_phone() -> None:
    room = with_guest("aside")
    asks(room, told.GuestJoinAsked)

    room.happen(ev.JoinRefused(room.now, room.talk("c").bridge, (C,)))

    assert room.state("c") == "waiting"
    assert free_in(room) == {"a": "wrapping_up", "b": "free", "d": "free"}
    assert room.desk.legs() == {C}


def test_a_refusal_that_comes_when_the_caller_is_held_again_is_late_and_harmless() -> None:
    room = talking()
    hold(room)
    hold(room, held=False)
    hold(room)

    change = room.happen(ev.JoinRefused(room.now, room.talk("c").bridge, (C,)))

    assert change.commands == []


@pytest.mark.parametrize("state", ["ringing", "aside", "joined"])
def test_a_defect_frees_the_guest_too(state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    room = with_guest(state)
    legs = {room.talk("c").leg, guest_leg(room)}
    loose = Desk(room.rules, room.now, room.desk.calls.values(), room.desk.advisers.values())
    loose.link_up = True
    monkeypatch.setattr("dialer.core.calls.call.talk.asked", lambda *_: 1 / 0)

    change = loose.handle(told.HoldAsked(room.now, CallId("c"), A, True))

    assert change.defects
    assert {cmd.HangUp(leg) for leg in legs} <= set(change.commands)
    assert {each.state.kind for each in loose.advisers.values()} == {"free"}


SCENES = ("held", "ringing", "aside", "joined", "ringing outside", "aside outside", "offered", "forwarded")


def scene(name: str) -> Room:
    match name:
        case "held":
            room = talking()
            hold(room)
            return room
        case "offered" | "forwarded":
            room = talking()
            guest(room, ToAdviser(B) if name == "offered" else ToNumber("cio"), "blind")
            return room
    state, _, outside = name.partition(" ")
    return with_guest(state, ToNumber("cio") if outside else None)


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("how", ["link", "restart"])
def test_when_asterisk_agrees_everything_stays_as_it_is(name: str, how: str) -> None:
    room = lose_link(scene(name))
    before = room.call("c").state
    if how == "restart":
        restart(room)
    room.rules = room.desk.rules

    change = room.reconcile()

    assert room.call("c").state == before
    assert dict(change.records[-1].data) == {"differences": 0}
    assert not [each for each in change.commands if not isinstance(each, cmd.StartMusic)]
    assert (cmd.StartMusic(C, "default") in change.commands) is (name != "joined")


@pytest.mark.parametrize("name", ["held", "aside", "joined"])
def test_legs_that_are_not_where_they_belong_are_brought_there(name: str) -> None:
    room = lose_link(scene(name))
    talk = room.talk("c")
    asterisk = Asterisk(room.now, T0, link=True)
    seen = room.truth()
    wrong = {leg: ev.LegSeen(each.up, None if each.bridge else talk.bridge) for leg, each in seen.legs.items()}
    for leg, each in wrong.items():
        asterisk.legs[leg] = asterisk.legs.get(leg) or _leg(each)
    asterisk.bridges = {talk.bridge}

    for command in room.reconcile(legs=wrong).commands:
        asterisk.perform(command)

    assert {leg: each.bridge for leg, each in asterisk.legs.items()} == {
        leg: each.bridge for leg, each in seen.legs.items()
    }


def _leg(seen: ev.LegSeen):  # type: ignore[no-untyped-def]
    from tests.core.asterisk import Leg

    return Leg(up=seen.up, bridge=seen.bridge)


def test_a_held_caller_who_is_still_in_the_bridge_is_taken_out_of_it() -> None:
    room = lose_link(scene("held"))
    bridge = room.talk("c").bridge
    legs = {leg: ev.LegSeen(True, bridge) for leg in room.truth().legs}

    change = room.reconcile(legs=legs)

    assert cmd.TakeOut(bridge, C) in change.commands


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("gone", ["caller", "other", "guest", "all but the caller", "all"])
def test_whoever_went_in_the_gap_is_missed_and_nobody_else(name: str, gone: str) -> None:
    room = lose_link(scene(name))
    call = room.call("c")
    state = call.state
    assert isinstance(state, Talking | Offered | Forwarded)
    guests = {state.guest.leg} if isinstance(state, Talking) and state.guest is not None else set()
    lost = {
        "caller": {C},
        "other": {state.leg},
        "guest": guests,
        "all but the caller": {state.leg} | guests,
        "all": {C, state.leg} | guests,
    }[gone]
    legs = {leg: seen for leg, seen in room.truth().legs.items() if leg not in lost}

    room.reconcile(legs=legs)

    truth.no_adviser_has_two_things(room.desk)
    truth.legs_are_known(room.desk)
    truth.the_pool_holds_who_waits(room.desk)
    after_ = room.call("c").state
    if C in lost:
        assert after_.kind == "ended"
    elif isinstance(state, Talking) and state.leg in lost and guests - lost:
        assert after_.kind != "ended", "the guest has the call, or rings for it"
    if after_.kind != "ended" and not lost:
        assert after_ == state


@pytest.mark.parametrize("name", ["ringing", "ringing outside", "forwarded", "offered"])
def test_whoever_answered_in_the_gap_is_there(name: str) -> None:
    room = lose_link(scene(name))
    legs = {leg: ev.LegSeen(True, seen.bridge) for leg, seen in room.truth().legs.items()}

    room.reconcile(legs=legs)

    talk = room.talk("c")
    assert talk.guest is None or talk.guest.state == "aside"
    truth.no_adviser_has_two_things(room.desk)


def test_a_line_that_left_the_configuration_shows_no_number_so_that_nothing_is_dialled() -> None:
    room = talking()
    now = staffed()
    without = replace(now, lines={key: each for key, each in now.lines.items() if key != DIRECT})
    room.happen(ev.RulesChanged(room.now, without))
    running = guest(room, ToNumber("cio"))
    asks(room, told.GuestDismissed)
    restart(room, without).reconcile()

    assert running.refused is None, "it is known for as long as it has calls"
    assert guest(room, ToNumber("cio")).refused == "no_number"
    assert danger(room, "119").refused == "no_number"
    assert guest(room, ToAdviser(B)).refused is None
