"""Who is offered whom, and what a caller never loses: each promise of the routing, through the desk."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dialer.core import commands as cmd
from dialer.core.words import E164, By, Cause, LegId, LineId, Outcome, Wish
from schedules.shifts import Activity, Roster
from tests.core.world import DROPOUT, MAIN, QUEUE, T0, URGENT, Room, after, facts, rules, shift, team

# -- who --------------------------------------------------------------------------------------------


def test_the_best_level_is_offered_first_even_when_a_lesser_one_is_idle_longer() -> None:
    room = Room(rules(team(lesser=2, best=1), replace(QUEUE, overflow_after_s=(0,))))
    room.wish("best", Wish.PAUSED)
    room.until(10)
    room.wish("best", Wish.READY)

    room.queue_up("c")

    assert room.rung_for("c") == "best"


def test_among_the_best_level_the_longest_idle_is_offered_first() -> None:
    room = Room(rules(team(a=1, b=1, c=1)))
    room.queue_up("one")
    room.answer("a")
    room.until(30)
    room.leave("one")

    assert [room.queue_up(name).rung_for(name) for name in ("two", "three", "four")] == ["b", "c", "a"]


def test_nobody_gains_a_turn_by_a_pause() -> None:
    room = Room(rules(team(a=1, b=1)))
    room.until(10)
    room.wish("a", Wish.PAUSED)
    room.wish("a", Wish.READY)

    assert room.queue_up("c").rung_for("c") == "b"


def test_saying_ready_again_costs_no_turn() -> None:
    room = Room(rules(team(a=1, b=1)))
    room.until(10)
    room.wish("a", Wish.READY)

    assert room.queue_up("c").rung_for("c") == "a"


def test_every_offer_records_why_this_adviser() -> None:
    room = Room(rules(team(a=1, b=1, c=2)))
    room.wish("a", Wish.PAUSED)
    room.wish("b", Wish.PAUSED)
    room.queue_up("call").until(8)
    room.wish("b", Wish.READY)

    (why,) = facts(room.records("offered"))

    assert (why["level"], why["candidates"], why["waited_s"], why["idle_s"]) == (1, 1, 8.0, 0.0)
    assert room.records("offered")[0].adviser == "b"


def test_an_adviser_is_offered_only_the_queues_they_have_a_skill_for() -> None:
    room = Room(rules(team(a={"dropout": 1})))

    room.queue_up("main").queue_up("dropout", line=LineId("drop"))

    assert room.ended("main") if room.state("main") == "ended" else room.state("main") == "in_flow"
    assert room.rung_for("dropout") == "a"


@pytest.mark.parametrize("spoils", ["paused", "away", "unregistered"])
def test_only_a_ready_adviser_with_a_phone_is_offered_a_call(spoils: str) -> None:
    room = Room(rules())
    if spoils == "unregistered":
        room.unregister("a")
    else:
        room.wish("a", Wish(spoils))

    room.queue_up("c")
    assert room.state("c") == "waiting"

    if spoils == "unregistered":
        room.register("a")
    else:
        room.wish("a", Wish.READY)
    assert room.rung_for("c") == "a"


@pytest.mark.parametrize("activity", [each for each in Activity if each not in (Activity.PHONE, Activity.OFF)])
def test_who_is_not_on_a_phone_shift_is_offered_nothing(activity: Activity) -> None:
    plan = Roster.of([shift("a", -100, 100, activity), shift("b", -100, 100)])
    room = Room(rules(team(a=1, b=1), shifts=plan))
    room.wish("b", Wish.PAUSED)

    assert room.queue_up("c").state("c") == "waiting"


def test_a_shift_that_begins_brings_the_caller_an_offer() -> None:
    room = Room(rules(team(a=1, b=1), shifts=Roster.of([shift("a", 10, 100), shift("b", -100, 100)])))
    room.wish("b", Wish.AWAY)

    assert room.queue_up("c").until(9).state("c") == "waiting"
    assert room.until(10).rung_for("c") == "a"


# -- in which order ---------------------------------------------------------------------------------


def test_callers_are_answered_in_the_order_they_arrived_and_not_in_which_they_queued() -> None:
    room = Room(rules())
    room.wish("a", Wish.PAUSED)
    room.arrive("slow")
    room.until(1)
    room.queue_up("quick")
    room.picked_up("slow")

    room.wish("a", Wish.READY)

    assert room.rung_for("slow") == "a"


def test_a_higher_priority_class_goes_before_an_earlier_place() -> None:
    room = Room(rules())
    room.wish("a", Wish.PAUSED)
    room.queue_up("ordinary").queue_up("urgent", "urgent later", line=URGENT)
    room.wish("a", Wish.READY)
    order = []
    for _ in range(3):
        call = room.ring("a").call
        order.append(call)
        room.answer("a")
        room.leave(call)

    assert order == ["urgent", "urgent later", "ordinary"]


def test_an_adviser_of_two_queues_takes_the_caller_who_arrived_first() -> None:
    room = Room(rules(team(a={"main": 2, "dropout": 1}), replace(QUEUE, overflow_after_s=(0,))))
    room.wish("a", Wish.PAUSED)
    room.queue_up("first").queue_up("second", line=LineId("drop"))

    room.wish("a", Wish.READY)

    assert room.rung_for("first") == "a"


def test_the_next_level_is_offered_after_a_time_and_the_place_is_kept() -> None:
    room = Room(rules(team(best=1, lesser=2), replace(QUEUE, overflow_after_s=(20,), ring_max_s=100)))
    room.queue_up("in talk")
    room.answer("best")
    room.queue_up("first", "second")

    assert room.until(20).rung_for("first") is None
    assert room.until(21).rung_for("first") == "lesser"  # 20 s after it queued
    room.answer("lesser")
    room.leave("first")
    room.until(60)
    assert room.rung_for("second") == "lesser"


def test_levels_open_one_after_the_other_and_never_more_than_there_are_times() -> None:
    people = team(one=1, two=2, three=3, four=4)
    room = Room(rules(people, replace(QUEUE, overflow_after_s=(20, 50))))
    for name in ("one", "two", "three"):
        room.wish(name, Wish.PAUSED)
    room.queue_up("c").until(120)

    assert room.state("c") == "waiting"
    assert [(entry.at - T0).total_seconds() for entry in room.records("level_opened")] == [20, 50]


def test_when_no_better_level_is_on_shift_a_lesser_one_is_offered_at_once() -> None:
    room = Room(rules(team(best=1, lesser=2), shifts=Roster.of([shift("lesser", -100, 100)])))

    assert room.queue_up("c").rung_for("c") == "lesser"


def test_when_the_only_level_open_goes_off_shift_the_next_one_is_offered_at_once() -> None:
    plan = Roster.of([shift("one", -100, 30), shift("three", -100, 100)])
    room = Room(rules(team(one=1, three=3), replace(QUEUE, overflow_after_s=(20,)), shifts=plan))
    room.wish("one", Wish.PAUSED)

    assert room.queue_up("c").until(29).state("c") == "waiting"
    assert room.until(30).rung_for("c") == "three"


def test_who_came_while_only_a_lesser_level_was_there_does_not_overtake() -> None:
    plan = Roster.of([shift("one", -100, 10), shift("two", -100, 100)])
    room = Room(rules(team(one=1, two=2), replace(QUEUE, overflow_after_s=(60,)), shifts=plan))
    room.wish("one", Wish.PAUSED)
    room.wish("two", Wish.PAUSED)
    room.queue_up("first").until(11)
    room.queue_up("second")

    room.wish("two", Wish.READY)

    assert room.rung_for("first") == "two"


# -- a phone that does not answer -------------------------------------------------------------------


@pytest.mark.parametrize("how", ["rings out", "rejected", "busy", "fails", "unregisters", "drops"])
def test_a_caller_whose_adviser_fails_is_still_the_next_to_be_answered(how: str) -> None:
    room = Room(rules(team(a=1, b=1)))
    room.wish("b", Wish.PAUSED)
    room.queue_up("first", "second", "third")
    match how:
        case "rings out":
            room.until(20)
        case "unregisters":
            room.unregister("a")
        case _:
            causes = {"rejected": Cause.REJECTED, "busy": Cause.BUSY, "fails": Cause.FAILED, "drops": Cause.NORMAL}
            room.miss("a", causes[how])
    room.wish("a", Wish.AWAY)
    if room.adviser("a").state.kind == "ringing":  # offered again before the wish
        room.miss("a", Cause.REJECTED)
    assert [room.call(name).state.kind for name in ("first", "second", "third")] == ["waiting"] * 3

    room.wish("b", Wish.READY)
    answered = []
    for _ in range(3):
        answered.append(room.ring("b").call)
        room.answer("b")
        room.leave(answered[-1])

    assert answered == ["first", "second", "third"]


def test_a_phone_that_rings_out_is_hung_up_and_the_next_adviser_rung() -> None:
    room = Room(rules(team(a=1, b=1)))
    room.queue_up("c")
    leg = room.ring("a").leg

    room.until(20)

    assert cmd.HangUp(leg) in room.commands(cmd.HangUp)
    assert room.rung_for("c") == "b"
    assert room.adviser("a").misses == 1
    assert room.adviser("a").wish is Wish.READY


def test_two_missed_in_a_row_pause_the_adviser_with_the_reason_shown() -> None:
    room = Room(rules())
    room.queue_up("c")
    room.miss("a", Cause.REJECTED)
    assert room.rung_for("c") == "a"
    room.until(40)

    adviser = room.adviser("a")

    assert (adviser.wish, adviser.wish_by, adviser.reason) == (
        Wish.PAUSED,
        By.SYSTEM,
        "2 appels présentés sans réponse",
    )
    assert room.state("c") == "waiting"


def test_an_answer_forgives_the_miss_before() -> None:
    room = Room(rules())
    room.queue_up("c")
    room.miss("a")
    room.answer("a")
    room.leave("c")
    room.queue_up("d")
    room.miss("a")

    assert room.adviser("a").wish is Wish.READY


def test_to_be_ready_again_forgives_the_misses() -> None:
    room = Room(rules())
    room.queue_up("c")
    room.miss("a")
    room.miss("a")
    room.wish("a", Wish.READY)
    room.miss("a")

    assert room.adviser("a").wish is Wish.READY


def test_a_pause_asked_while_the_phone_rang_is_not_overwritten_by_the_system() -> None:
    room = Room(rules())
    room.queue_up("c")
    room.miss("a")
    room.wish("a", Wish.AWAY)
    room.miss("a")

    assert (room.adviser("a").wish, room.adviser("a").wish_by) == (Wish.AWAY, By.PERSON)


def test_a_busy_phone_rests_before_it_is_rung_again() -> None:
    room = Room(rules())
    room.queue_up("c")
    busy_at = room.now
    room.miss("a", Cause.BUSY)

    assert room.state("c") == "waiting"
    room.until(100)
    assert room.records("offered")[1].at == busy_at + timedelta(seconds=5)


def test_busy_counts_as_a_reject_since_many_phones_decline_with_it() -> None:
    room = Room(rules())
    room.queue_up("c")
    room.miss("a", Cause.BUSY)
    room.until(8)
    room.miss("a", Cause.BUSY)

    assert (room.adviser("a").wish, room.adviser("a").wish_by) == (Wish.PAUSED, By.SYSTEM)


def test_who_comes_back_on_the_phone_waits_behind_those_who_were_there() -> None:
    plan = Roster.of([shift("a", -100, 5), shift("a", 60, 100), shift("b", -100, 100)])
    room = Room(rules(team(a=1, b=1), shifts=plan))
    room.until(70)
    room.queue_up("c")

    assert room.rung_for("c") == "b"


@pytest.mark.parametrize("cause", [Cause.NORMAL, Cause.UNKNOWN, Cause.BUSY, Cause.FAILED, Cause.UNREACHABLE])
def test_a_phone_that_drops_every_call_is_not_rung_in_a_tight_circle(cause: Cause) -> None:
    room = Room(rules())
    room.queue_up("c")

    room.miss("a", cause)

    assert room.state("c") == "waiting"


def test_a_dropped_ring_keeps_the_advisers_turn() -> None:
    room = Room(rules(team(a=1, b=1)))
    room.queue_up("c")
    idle = room.adviser("a").idle_since
    room.miss("a", Cause.NORMAL)

    assert room.adviser("a").idle_since == idle
    assert room.rung_for("c") == "b"


def test_a_registered_phone_that_was_not_reached_is_tried_again_later() -> None:
    room = Room(rules())
    room.queue_up("c")
    failed_at = room.now
    room.miss("a", Cause.UNREACHABLE)
    assert room.adviser("a").state.kind == "unreachable"

    room.until(120)

    assert room.records("offered")[1].at == failed_at + timedelta(seconds=30)


def test_a_phone_that_unregisters_while_it_rings_is_given_up_and_the_caller_offered_at_once() -> None:
    room = Room(rules(team(a=1, b=1)))
    room.queue_up("c")
    leg = room.ring("a").leg

    change = room.unregister("a")

    assert cmd.HangUp(leg) in change.commands
    assert room.rung_for("c") == "b"
    assert room.adviser("a").state.kind == "unreachable"
    assert room.adviser("a").misses == 0


# -- the end of it ----------------------------------------------------------------------------------


def test_a_caller_who_hangs_up_while_it_rings_frees_the_adviser_at_once_in_the_old_turn() -> None:
    room = Room(rules(team(a=1, b=1)))
    room.until(5)
    before = room.adviser("a")
    room.queue_up("c")
    leg = room.ring("a").leg

    change = room.leave("c")

    assert cmd.HangUp(leg) in change.commands
    assert room.ended("c") == (Outcome.ABANDONED, "offered")
    after_ = room.adviser("a")
    assert (after_.state.kind, after_.idle_since, after_.misses) == ("free", before.idle_since, 0)
    assert room.queue_up("d").rung_for("d") == "a"


def test_a_phone_that_answers_after_the_caller_left_is_hung_up_and_nobody_talks_to_a_ghost() -> None:
    room = Room(rules())
    room.queue_up("c")
    leg = room.ring("a").leg
    room.leave("c")

    change = room.picked_up(leg)

    assert change.commands == [cmd.HangUp(leg)]
    assert room.adviser("a").state.kind == "free"
    assert room.commands(cmd.MakeBridge) == []


def test_a_phone_that_answers_after_it_was_given_up_is_hung_up() -> None:
    room = Room(rules(team(a=1, b=1)))
    room.queue_up("c")
    late = room.ring("a").leg
    room.until(20)

    assert room.picked_up(late).commands == [cmd.HangUp(late)]
    assert room.rung_for("c") == "b"


@pytest.mark.parametrize("first", ["caller", "adviser"])
def test_when_one_leaves_a_talk_the_other_is_hung_up_and_the_bridge_closed(first: str) -> None:
    room = Room(rules())
    room.queue_up("c")
    leg = room.ring("a").leg
    room.answer("a")
    (joined,) = room.commands(cmd.Join)
    assert set(joined.legs) == {"c", leg}

    change = room.leave("c" if first == "caller" else leg)

    assert cmd.HangUp(leg if first == "caller" else LegId("c")) in change.commands
    assert cmd.CloseBridge(joined.bridge) in change.commands
    assert room.ended("c") == (Outcome.ANSWERED, "talking")
    assert room.desk.calls == {}


def test_a_refused_bridge_gives_the_caller_the_place_back() -> None:
    room = Room(rules(team(a=1, b=1)))
    room.wish("b", Wish.PAUSED)
    room.queue_up("first", "second")
    room.answer("a")
    (bridge,) = room.commands(cmd.MakeBridge)

    from dialer.core.events import JoinRefused

    leg = room.talk("first").leg
    change = room.happen(JoinRefused(room.now, bridge.bridge))

    assert cmd.HangUp(leg) in change.commands
    assert cmd.CloseBridge(bridge.bridge) in change.commands
    assert room.state("first") == "waiting"
    assert (room.call("first").answered_at, room.call("first").adviser) == (None, None)
    room.wish("b", Wish.READY)
    assert room.rung_for("first") == "b"


# -- wrap-up ----------------------------------------------------------------------------------------

WRAP = replace(QUEUE, wrap_up_max_s=60)


def wrapping(queue=WRAP) -> Room:  # type: ignore[no-untyped-def]
    room = Room(rules(queue=queue))
    room.queue_up("c")
    room.answer("a")
    room.until(10)
    room.leave("c")
    assert room.adviser("a").state.kind == "wrapping_up"
    return room


def test_who_wraps_up_is_offered_nothing() -> None:
    assert wrapping().queue_up("d").until(69).state("d") == "waiting"


def test_at_the_limit_of_the_wrap_up_the_adviser_is_paused_with_a_sheet_to_finish() -> None:
    adviser = wrapping().queue_up("d").until(70).adviser("a")

    assert (adviser.state.kind, adviser.wish, adviser.wish_by, adviser.reason) == (
        "free",
        Wish.PAUSED,
        By.SYSTEM,
        "fiche à finir",
    )


def test_a_queue_may_say_that_the_wrap_up_ends_ready() -> None:
    room = wrapping(replace(WRAP, wrap_up_then_ready=True))

    room.queue_up("d").until(70)

    assert room.rung_for("d") == "a"


def test_ready_during_wrap_up_ends_it() -> None:
    room = wrapping()
    room.queue_up("d")

    room.wish("a", Wish.READY)

    assert room.rung_for("d") == "a"


def test_a_pause_asked_in_wrap_up_outlives_its_limit_with_its_own_reason() -> None:
    room = wrapping(replace(WRAP, wrap_up_then_ready=True))
    room.wish("a", Wish.PAUSED, "repas")
    room.queue_up("d").until(200)

    assert (room.adviser("a").wish, room.adviser("a").reason) == (Wish.PAUSED, "repas")
    assert room.state("d") == "waiting"


def test_a_phone_that_unregisters_in_wrap_up_is_unreachable_after_it() -> None:
    room = wrapping(replace(WRAP, wrap_up_then_ready=True))
    room.unregister("a")

    assert room.until(70).adviser("a").state.kind == "unreachable"


# -- a queue that cannot help -----------------------------------------------------------------------


def test_a_full_queue_turns_the_caller_away_and_says_so() -> None:
    room = Room(rules(queue=replace(QUEUE, size_max=2)))
    room.wish("a", Wish.PAUSED)
    room.queue_up("one", "two", "three")

    assert room.commands(cmd.PlayPrompt)[-1].prompts == ("full",)
    room.heard("three")
    assert room.ended("three") == (Outcome.TURNED_AWAY, "in_flow")
    assert [room.state("one"), room.state("two")] == ["waiting", "waiting"]


def test_who_is_in_a_full_queue_may_queue_anew_in_it() -> None:
    room = Room(rules(queue=replace(QUEUE, size_max=1)))
    room.wish("a", Wish.PAUSED)
    room.queue_up("one")

    room.press("one", "5")  # this key leads from the queue into the queue

    assert room.state("one") == "waiting"


def test_a_full_queue_takes_back_a_caller_whose_offer_failed() -> None:
    room = Room(rules(queue=replace(QUEUE, size_max=1, misses_max=1)))
    room.queue_up("one", "two")

    room.miss("a")

    assert [room.state("one"), room.state("two")] == ["waiting", "waiting"]


def test_a_wait_that_is_too_long_is_ended_honestly() -> None:
    room = Room(rules(queue=replace(QUEUE, wait_max_s=300)))
    room.wish("a", Wish.PAUSED)
    room.queue_up("c").until(299)
    assert room.state("c") == "waiting"

    room.until(300)

    assert room.commands(cmd.PlayPrompt)[-1].prompts == ("late",)
    assert facts(room.records("left_queue"))[0]["why"] == "too_long"


def test_when_nobody_is_on_shift_it_is_said_at_once() -> None:
    room = Room(rules(shifts=Roster.of([shift("a", 100, 200)])))

    room.queue_up("c")

    assert room.commands(cmd.PlayPrompt)[-1].prompts == ("nobody",)
    room.leave("c")
    assert room.ended("c") == (Outcome.TURNED_AWAY, "in_flow")


def test_a_shift_that_ends_in_a_talk_lets_it_finish_and_brings_no_new_offer() -> None:
    room = Room(rules(team(a=1, b=1), shifts=Roster.of([shift("a", -100, 30), shift("b", -100, 100)])))
    room.wish("b", Wish.PAUSED)
    room.queue_up("c", "d")
    room.answer("a")

    room.until(40)
    assert room.state("c") == "talking"
    room.leave("c")

    assert room.ended("c") == (Outcome.ANSWERED, "talking")
    assert room.adviser("a").state.kind == "free"
    assert room.state("d") == "waiting"


def test_when_the_last_shift_ends_those_who_wait_are_told_and_not_left_waiting() -> None:
    room = Room(rules(shifts=Roster.of([shift("a", -100, 30)])))
    room.wish("a", Wish.PAUSED)
    room.queue_up("one", "two").until(29)
    assert [room.state("one"), room.state("two")] == ["waiting", "waiting"]

    room.until(30)

    assert [each.prompts for each in room.commands(cmd.PlayPrompt)[-2:]] == [("nobody",), ("nobody",)]


def test_a_phone_that_rings_as_the_last_shift_ends_may_be_answered() -> None:
    room = Room(rules(shifts=Roster.of([shift("a", -100, 10)])))
    room.queue_up("c").until(15)

    room.answer("a")

    assert room.state("c") == "talking"


def test_a_phone_that_is_not_answered_after_the_last_shift_ended_sends_the_caller_on() -> None:
    room = Room(rules(shifts=Roster.of([shift("a", -100, 10)])))

    room.queue_up("c").until(25)

    assert room.commands(cmd.PlayPrompt)[-1].prompts == ("nobody",)


# -- while they wait --------------------------------------------------------------------------------


def test_a_key_of_the_queue_leaves_it_for_its_node() -> None:
    room = Room(rules())
    room.wish("a", Wish.PAUSED)
    room.queue_up("c")

    change = room.press("c", "8")

    assert cmd.StopMusic(LegId("c")) in change.commands
    assert room.commands(cmd.PlayPrompt)[-1].prompts == ("info",)
    assert room.desk.pool.waiting(MAIN) == 0


def test_any_other_key_changes_nothing_in_the_queue() -> None:
    room = Room(rules())
    room.wish("a", Wish.PAUSED)
    room.queue_up("c")

    assert room.press("c", "1").commands == []
    assert room.state("c") == "waiting"


def test_a_key_pressed_while_the_phone_rings_withdraws_the_offer() -> None:
    room = Room(rules())
    room.queue_up("c")
    leg = room.ring("a").leg

    change = room.press("c", "8")

    assert cmd.HangUp(leg) in change.commands
    assert room.state("c") == "in_flow"
    assert room.adviser("a").state.kind == "free"


def test_who_comes_back_into_the_queue_has_the_place_of_their_arrival() -> None:
    room = Room(rules())
    room.wish("a", Wish.PAUSED)
    room.queue_up("first", "second")
    room.press("first", "9")
    room.until(20)
    room.press("first", "1")

    room.wish("a", Wish.READY)

    assert room.rung_for("first") == "a"


def test_a_caller_is_told_their_place_first_after_a_time_and_then_again_and_again() -> None:
    room = Room(rules(queue=replace(QUEUE, announce_first_s=15, announce_every_s=60)))
    room.queue_up("in talk")
    room.answer("a")
    room.queue_up("one", "two")
    room.until(17)
    room.heard("one")
    room.heard("two")
    room.until(77)

    said = [(str(each.leg), each.prompts) for each in room.commands(cmd.PlayPrompt)]

    assert said == [(name, (f"place.{n}",)) for _ in "12" for n, name in ((1, "one"), (2, "two"))]
    assert [(e.at - T0).total_seconds() for e in room.records("announced", "one")] == [16, 76]


def test_the_music_comes_back_after_the_announcement() -> None:
    room = Room(rules())
    room.wish("a", Wish.PAUSED)
    room.queue_up("c").until(15)

    assert room.heard("c").commands == [cmd.StartMusic(LegId("c"), "default")]


def test_an_announcement_that_is_still_being_said_is_not_talked_over() -> None:
    room = Room(rules(queue=replace(QUEUE, announce_first_s=5, announce_every_s=10)))
    room.wish("a", Wish.PAUSED)

    room.queue_up("c").until(16)

    assert len(room.commands(cmd.PlayPrompt)) == len(room.records("announced")) == 1


def test_when_nobody_is_ready_that_is_said_instead_of_a_wait() -> None:
    room = Room(rules())
    room.wish("a", Wish.PAUSED)
    room.queue_up("c").until(15)

    assert room.commands(cmd.PlayPrompt)[-1].prompts == ("place.1", "queue.no_adviser_ready")


@pytest.mark.parametrize(("answers", "said"), [(6, ("place.1",)), (7, ("place.1", "wait.0-2"))])
def test_the_wait_is_said_as_a_range_only_when_enough_answers_are_known(answers: int, said: tuple[str, ...]) -> None:
    room = Room(rules(queue=replace(QUEUE, ring_max_s=100)))
    for number in range(answers):
        room.queue_up(f"c{number}")
        room.answer("a")
        room.until((room.now - T0).total_seconds() + 30)
        room.leave(f"c{number}")
    room.queue_up("talks")
    room.answer("a")  # one answer more
    room.queue_up("asks")

    room.until((room.now - T0).total_seconds() + 15)

    assert room.commands(cmd.PlayPrompt)[-1].prompts == said


def test_a_deadline_of_the_wait_that_falls_together_with_the_end_of_the_ringing_is_not_lost() -> None:
    room = Room(rules(queue=replace(QUEUE, ring_max_s=15, announce_first_s=15, misses_max=1, wait_max_s=100)))
    room.queue_up("c").until(15)

    assert room.records("announced", "c") != []
    assert room.until(100).records("left_queue", "c") != []


def test_the_phone_shows_the_line_and_the_caller_and_rings_as_long_as_the_queue_says() -> None:
    room = Room(rules(queue=replace(QUEUE, ring_max_s=12)))
    room.arrive("c", number=E164("+33199000042"))
    room.picked_up("c")

    (ring,) = room.commands(cmd.RingAdviser)

    assert (ring.shown_name, ring.shown_number, ring.ring_max_s) == ("Ligne direct", "+33199000042", 12)


def test_the_same_day_gives_the_same_choices() -> None:
    def day() -> list[object]:
        room = Room(rules(team(a=1, b=1, c={"main": 2, "dropout": 1})))
        for number in range(20):
            room.queue_up(f"c{number}", line=LineId("drop") if number % 3 else LineId("direct"))
            ringing = [name for name in "abc" if room.adviser(name).state.kind == "ringing"]
            if ringing and number % 2:
                room.answer(ringing[-1])
        return [change.records for change in room.changes]

    assert day() == day()


def test_a_caller_of_another_queue_does_not_count_in_the_place() -> None:
    room = Room(rules(team(a={"main": 1, "dropout": 1})))
    room.wish("a", Wish.PAUSED)
    room.queue_up("other", line=LineId("drop")).queue_up("c")

    assert room.desk.position(room.call("c")) == 1
    assert (room.desk.pool.waiting(MAIN), room.desk.pool.waiting(DROPOUT)) == (1, 1)
    assert room.desk.pool.head_since(MAIN) == after(1)
