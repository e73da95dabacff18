"""Callers who ask to be called back, through the desk: on which number, when, and what they are told of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core import commands as cmd
from dialer.core.callbacks.request import Source
from dialer.core.callbacks.slots import free_slots
from dialer.core.calls.states import InFlow, Waiting
from dialer.core.cases.case import Kind
from dialer.core.numbers import WhyNot
from dialer.core.places.territory import HOLIDAYS, ZONES, Territory, homes
from dialer.core.rules import LineRules, Rules
from dialer.core.words import E164, Cause, LineId, Outcome, QueueId, Wish
from ivr.flow import make_flow
from ivr.nodes import Asks, Callback, Hangup, Menu, Node, Queue, Say
from ivr.place import NumberRefused
from ivr.prompts import TERRITORIES, Catalogue, read_catalogue, sentences
from ivr.window_prompts import window_prompt, windows_said
from schedules.hours import Hours, Period, Span
from schedules.walltime import wall_clock
from schedules.windows import Reach
from tests.core.world import MAIN, OFFICE, QUEUE, T0, Room, facts, line, rules, team

ASKING = LineId("asking")
SHOWN = E164("+33199001122")
KEYED = "0361910001"
THURSDAY_EVENING = datetime(2026, 3, 19, 20, 30, tzinfo=UTC)
HOW = "callback.shown pair.01 pair.99 pair.00 pair.11 pair.22 callback.shown_confirm"
TYPED = "callback.typed pair.03 pair.61 pair.91 pair.00 pair.01 collect.confirm"
AT_TEN = (
    "callback.asap key.1 slot.today_1200_1400 key.2 slot.today_1400_1600 key.3 slot.today_1600_1800 key.4 "
    "slot.today_1800_2000 key.5 callback.give_up"
)


def asking(asks: Asks = "information", queue: str | None = None) -> LineRules:
    nodes: dict[str, Node] = {
        "menu": Menu(prompts=("menu",), choices={"1": "queue", "2": "callback"}, otherwise="queue"),
        "queue": Queue(queue="main", full="sorry", no_adviser="sorry", too_long="sorry", keys={"2": "callback"}),
        "callback": Callback(booked="thanks", refused="sorry", asks=asks, queue=queue),
        "sorry": Say(prompts=("sorry",), next="offer"),
        "offer": Menu(prompts=("more",), choices={"1": "queue", "2": "callback"}, otherwise="bye", unanswered="bye"),
        "bye": Hangup(outcome="turned_away", prompts=("bye",)),
        "thanks": Hangup(outcome="informed", prompts=("thanks",)),
    }
    return replace(line(ASKING, make_flow("asking", "menu", nodes), OFFICE), callback_queue=MAIN)


def house(each: LineRules | None = None, **changes: object) -> Rules:
    made = rules(team(a=1, b=1))
    each = asking() if each is None else each
    return replace(made, lines={**made.lines, ASKING: each}, **changes)  # type: ignore[arg-type]


def full_house() -> Rules:
    """Each slot bears one promise."""
    made = house()
    return replace(made, queues={**made.queues, MAIN: replace(QUEUE, callback_handling_s=7200.0)})


def at_work(made: Rules | None = None, at: datetime = T0) -> Room:
    room = Room(house() if made is None else made, now=at)
    for adviser in room.rules.advisers:
        room.wish(adviser, Wish.PAUSED)
    return room


def come(room: Room, name: str, number: str | None = SHOWN, then: str = "2") -> Room:
    """Somebody who chooses the callback in the menu."""
    room.arrive(name, ASKING, None if number is None else E164(number))
    room.picked_up(name)
    return keys(room, name, then)


def keys(room: Room, name: str, pressed: str) -> Room:
    """Press these keys. `.` lets what is said come to its end; `~` lets a deadline pass; any other sign is a key."""
    for key in pressed:
        if key == ".":
            room.heard(name)
        elif key == "~":
            deadline = in_flow(room, name).place.deadline
            assert deadline is not None
            room.until((deadline - T0).total_seconds())
        else:
            room.press(name, key)
    return room


def in_flow(room: Room, name: str) -> InFlow:
    state = room.call(name).state
    assert isinstance(state, InFlow), state.kind
    return state


def said(room: Room, name: str = "c") -> str:
    """What this caller heard last."""
    return " ".join([each.prompts for each in room.commands(cmd.PlayPrompt) if each.leg == name][-1])


def asked_for(room: Room) -> list[tuple[str, str | None, str]]:
    """Number, start of the window and kind of each request that was booked, as the store will have them."""
    requests = [intake.request for change in room.changes for intake in change.intakes]
    return [
        (each.phone.number, None if each.window is None else f"{wall_clock(each.window.start_at):%a %H:%M}", each.kind)
        for each in requests
    ]


# -- walks -------------------------------------------------------------------------------------------

# who calls | what they press after the menu's 2 | what they hear last | what is booked
WALKS: dict[str, tuple[str | None, str, str, list[tuple[str, str | None, str]]]] = {
    "the number shown, asap": (SHOWN, "11", "callback.registered callback.soon", [(SHOWN, None, "information")]),
    "each question heard to its end": (SHOWN, ".1.1", "callback.registered", [(SHOWN, None, "information")]),
    "another number": (SHOWN, f"2{KEYED}", TYPED, []),
    "another number, booked": (SHOWN, f"2{KEYED}11", "callback.registered", [("+33361910001", None, "information")]),
    "masked": (None, KEYED, TYPED, []),
    "masked, booked": (None, f"{KEYED}#11", "callback.registered", [("+33361910001", None, "information")]),
    "from abroad": ("+447700900123", "", "callback.number", []),
    "one of our own lines": ("+33199000000", "", "callback.number", []),
    "a number that costs": ("+33899123456", "", "callback.number", []),
    "keyed wrong once": (None, "0899123456", "callback.premium callback.number", []),
    "keyed wrong, and its # comes late": (None, "0899123456#", "callback.premium callback.number", []),
    "keyed wrong twice, then right": (
        None, f"0899123456" f"1234#" f"{KEYED}11", "callback.registered", [("+33361910001", None, "information")],
    ),
    "keyed wrong thrice": (None, "0899123456" "1234#" "0044770090012#", "sorry", []),
    "too short": (None, "3949#", "callback.short callback.number", []),
    "foreign": (None, "00447700900123#", "callback.foreign callback.number", []),
    "impossible": (None, "0000#", "callback.impossible callback.number", []),
    "ours": (None, "0199000000", "callback.ours callback.number", []),
    "corrected": (None, f"{KEYED}2", "callback.number", []),
    "corrected, then right": (
        None, f"{KEYED}2{KEYED}11", "callback.registered", [("+33361910001", None, "information")],
    ),
    "the second slot": (SHOWN, "13", "slot.today_1400_1600 callback.registered", [(SHOWN, "Mon 14:00", "information")]),
    "a key for nothing": (SHOWN, "19", f"menu.invalid {AT_TEN}", []),
    "silence": (SHOWN, "~~", f"menu.silent {HOW}", []),
    "silence three times": (SHOWN, "~~~~~~", "sorry", []),
    "silence where a number is asked": (None, "~~", "collect.silent callback.number", []),
    "half a number, then silence": (None, "01~", "callback.short callback.number", []),
    "gave up": (SHOWN, "1*", "sorry", []),
    "asked to hear it again": (SHOWN, "#", HOW, []),
    "in several places": (
        None, "0976123456",
        "callback.where callback.territory.metropole key.1 callback.territory.guadeloupe key.2 "
        "callback.territory.guyane key.3 callback.territory.saint_barthelemy key.4 "
        "callback.territory.saint_martin key.5 callback.give_up",
        [],
    ),
    "in several places, in Guyane": (
        None, "0976123456" "3" "1", "callback.local_time callback.asap key.1 slot.today_1000_1200 key.2 "
        "slot.today_1200_1400 key.3 slot.today_1400_1600 key.4 slot.tomorrow_1000_1200 key.5 callback.give_up", [],
    ),
    "six figures of Nouvelle-Calédonie": (
        None, "271234" "~", "callback.where callback.territory.saint_pierre_et_miquelon key.1 "
        "callback.territory.nouvelle_caledonie key.2 callback.give_up", [],
    ),
    "La Réunion": (
        "+262692123456", "1", "callback.local_time callback.asap key.1 slot.today_1500_1700 key.2 slot.today_1700_1900 "
        "key.3 slot.today_1900_2100 key.4 slot.tomorrow_1300_1500 key.5 callback.give_up", [],
    ),
    "Tahiti, where it is still Sunday": (
        "+68987123456", "1", "callback.no_common_hour callback.local_time slot.tomorrow_0700_0900 key.1 "
        "slot.tue_0700_0900 key.2 slot.wed_0700_0900 key.3 slot.thu_0700_0900 key.4 callback.give_up", [],
    ),
    "Tahiti, the first slot": (
        "+68987123456", "11", "slot.tomorrow_0700_0900 callback.registered callback.local_time",
        [("+68987123456", "Mon 18:00", "information")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("walk", WALKS)
def test_a_caller_who_asks_to_be_called_back_hears_and_is_promised_what_the_table_says(walk: str) -> None:
    number, pressed, heard, booked = WALKS[walk]
    room = keys(come(at_work(), "c", number), "c", pressed)
    spoken = said(room)
    assert spoken == heard if not booked else spoken.startswith(heard), spoken
    assert asked_for(room) == booked


def test_a_number_typed_ahead_is_taken_and_what_was_typed_behind_it_confirms_nothing() -> None:
    room = at_work()
    room.arrive("c", ASKING)
    room.press("c", "2")  # too early: the call is not up yet
    room.picked_up("c")
    keys(room, "c", f"2{KEYED}")
    assert said(room) == TYPED
    assert asked_for(keys(room, "c", "~")) == []


def test_digits_typed_while_a_masked_callers_way_leads_to_the_callback_are_the_first_of_the_number() -> None:
    made = asking()
    nodes = {"hello": Say(prompts=("hello",), next="callback"), **made.flow.nodes}
    room = at_work(house(replace(made, flow=make_flow("asking", "hello", nodes))))
    room.arrive("c", ASKING)
    room.picked_up("c")
    keys(room, "c", f"{KEYED}1.")
    assert said(room) == TYPED  # the 1 was typed before the number was read out


# -- what is said, and when --------------------------------------------------------------------------


def test_that_it_is_registered_is_said_after_the_commit_and_repeated_at_a_key() -> None:
    room = come(at_work(), "c")
    change = keys(room, "c", "1").press("c", "1")
    (told,) = (each for each in change.commands if isinstance(each, cmd.PlayStored))
    assert told.durable
    reference = room.call("c").booked
    assert reference is not None
    assert len(reference) == 8
    assert reference.isdecimal()
    pairs = " ".join(f"pair.{reference[at : at + 2]}" for at in range(0, 8, 2))
    assert " ".join(told.prompts) == (
        f"callback.registered callback.soon callback.reference {pairs} callback.again {pairs} callback.repeat"
    )
    (intake,) = change.intakes
    assert intake.booking.reference == reference
    again = room.press("c", "#")
    (repeated,) = (each for each in again.commands if isinstance(each, cmd.PlayPrompt))
    assert repeated.prompts == told.prompts
    assert isinstance(repeated, cmd.PlayStored)
    keys(room, "c", ".~")
    assert said(room) == "thanks"
    room.heard("c")
    assert room.ended("c") == (Outcome.CALLBACK, "in_flow")


def test_nothing_that_is_said_before_waits_for_a_commit() -> None:
    room = keys(come(at_work(), "c", None), "c", f"{KEYED}1")
    assert room.commands(cmd.PlayStored) == []


def test_the_request_has_what_the_caller_chose() -> None:
    room = keys(come(at_work(house(asking("rtf"))), "c"), "c", "12")
    (intake,) = (intake for change in room.changes for intake in change.intakes)
    request = intake.request
    assert (request.kind, request.source, request.call, request.queue) == (Kind.RTF, Source.PHONE, "c", MAIN)
    assert request.line == ASKING
    assert request.window is not None
    assert facts(room.records("booking_asked")) == [{"queue": "main", "window": "2026-03-16T11:00:00+00:00"}]
    assert facts(room.records("booking_made")) == [{"reference": intake.booking.reference}]


def test_no_number_comes_into_the_journal() -> None:
    room = keys(come(at_work(), "c", None), "c", f"0899123456{KEYED}11")
    written = " ".join(str(entry) for change in room.changes for entry in change.records)
    assert "number_refused" in written
    for personal in ("361910001", "899123456"):
        assert personal not in written


# -- the slot that somebody else took ----------------------------------------------------------------


def test_who_chooses_a_slot_that_was_taken_meanwhile_is_told_and_chooses_again() -> None:
    room = at_work(full_house())
    come(room, "c", SHOWN, "21")
    assert said(room) == AT_TEN
    keys(come(room, "quick", "+33361910002", "21"), "quick", "3")
    keys(room, "c", "3")
    fewer = "callback.asap key.1 slot.today_1200_1400 key.2 slot.today_1600_1800 key.3 slot.today_1800_2000 key.4 "
    assert said(room) == f"callback.slot_taken {fewer}slot.tomorrow_1000_1200 key.5 callback.give_up"
    assert room.call("c").booked is None
    assert facts(room.records("booking_refused", "c")) == [{"why": "slot_taken"}]
    keys(room, "c", "3")
    assert asked_for(room)[-1] == (SHOWN, "Mon 16:00", "information")


def test_a_line_that_takes_no_requests_says_so_and_goes_on() -> None:
    room = come(at_work(house(replace(asking(), callback_queue=None))), "c")
    assert said(room) == "callback.none"
    assert said(keys(room, "c", ".")) == "sorry"


def test_a_queue_that_the_node_names_is_the_one_that_calls_back() -> None:
    room = keys(come(at_work(house(asking(queue="dropout"))), "c"), "c", "11")
    (intake,) = (intake for change in room.changes for intake in change.intakes)
    assert intake.request.queue == "dropout"


# -- while waiting -----------------------------------------------------------------------------------


def test_who_waits_is_told_of_the_key_and_who_uses_it_and_comes_back_keeps_the_place() -> None:
    room = at_work()
    for name in ("c", "later"):
        room.arrive(name, ASKING, SHOWN)
        room.picked_up(name)
        room.press(name, "1")
        room.until((room.now - T0).total_seconds() + 1)
    room.until(20)
    announced = [each.prompts for each in room.commands(cmd.PlayPrompt) if each.leg == "c"][-1]
    assert announced == ("place.1", "queue.no_adviser_ready", "queue.callback_offer", "key.2")
    keys(room, "c", "2")
    assert said(room) == HOW
    keys(room, "c", "*.1")  # gives up, hears that nothing was booked, waits on
    assert isinstance(room.call("c").state, Waiting)
    room.wish("a", Wish.READY)
    assert room.rung_for("c") == "a"


def test_a_queue_without_a_key_to_a_callback_announces_none() -> None:
    room = at_work()
    room.queue_up("c")
    room.until(20)
    assert said(room) == "place.1 queue.no_adviser_ready"


def test_who_books_while_waiting_takes_the_place_along() -> None:
    room = at_work()
    room.arrive("c", ASKING, SHOWN)
    arrived_at = room.now
    room.picked_up("c")
    room.press("c", "1")
    room.until(40)
    keys(room, "c", "211")
    (intake,) = (intake for change in room.changes for intake in change.intakes)
    assert intake.request.place == arrived_at
    assert room.records("left_queue", "c") != []


def test_who_books_while_waiting_is_called_back_by_those_they_waited_for() -> None:
    room = at_work(house(replace(asking(), callback_queue=QueueId("dropout"))))
    keys(come(room, "c", SHOWN, "1"), "c", "211")
    keys(come(room, "not queued", "+33199001133"), "not queued", "11")
    assert [i.request.queue for change in room.changes for i in change.intakes] == ["main", "dropout"]


def test_who_books_and_then_talks_with_an_adviser_all_the_same_was_answered() -> None:
    made = asking()
    nodes = {**made.flow.nodes, "callback": Callback(booked="queue", refused="sorry")}
    room = at_work(house(replace(made, flow=make_flow("asking", "menu", nodes))))
    keys(come(room, "c"), "c", "11.~")
    assert isinstance(room.call("c").state, Waiting)
    room.wish("a", Wish.READY)
    room.answer("a")
    room.leave("c")
    assert room.ended("c")[0] is Outcome.ANSWERED


def test_who_books_and_then_waits_in_vain_has_a_callback() -> None:
    made = asking()
    nodes = {**made.flow.nodes, "callback": Callback(booked="queue", refused="sorry")}
    room = at_work(house(replace(made, flow=make_flow("asking", "menu", nodes))))
    keys(come(room, "c"), "c", "11.~")
    room.leave("c")
    assert room.ended("c") == (Outcome.CALLBACK, "waiting")


# -- hanging up --------------------------------------------------------------------------------------

HANG_UPS = {
    "the number shown": (SHOWN, "", Outcome.ABANDONED),
    "after it": (SHOWN, ".", Outcome.ABANDONED),
    "while a number is asked": (None, "", Outcome.ABANDONED),
    "in a number": (None, "0361", Outcome.ABANDONED),
    "while it is read out": (None, KEYED, Outcome.ABANDONED),
    "while the hours are read out": (SHOWN, "1", Outcome.ABANDONED),
    "during the reference": (SHOWN, "11", Outcome.CALLBACK),
    "after the reference": (SHOWN, "11.", Outcome.CALLBACK),
    "while thanked": (SHOWN, "11.~", Outcome.CALLBACK),
    "after giving up": (SHOWN, "*", Outcome.TURNED_AWAY),
}


@pytest.mark.parametrize("when", HANG_UPS)
def test_who_hangs_up_before_the_booking_has_abandoned_and_who_hangs_up_after_it_has_a_callback(when: str) -> None:
    number, pressed, outcome = HANG_UPS[when]
    room = keys(come(at_work(), "c", number), "c", pressed)
    room.leave("c")
    assert room.ended("c") == (outcome, "in_flow")
    assert len(asked_for(room)) == (outcome is Outcome.CALLBACK)


def test_a_call_that_died_with_asterisk_failed_whatever_was_booked() -> None:
    room = keys(come(at_work(), "c"), "c", "11")
    room.leave("c", Cause.FAILED)
    assert room.ended("c") == (Outcome.FAILED, "in_flow")


# -- a restart ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "pressed", "heard"),
    [
        (SHOWN, "", HOW),
        (SHOWN, ".", HOW),
        (None, "036191", "callback.number"),
        (None, KEYED, TYPED),
        (SHOWN, "1.", AT_TEN),
    ],
)
def test_who_is_still_there_after_a_restart_hears_the_question_again(
    number: str | None, pressed: str, heard: str
) -> None:
    room = keys(come(at_work(), "c", number), "c", pressed)
    before = in_flow(room, "c").place.asking
    room.reconcile()
    assert said(room) == heard
    assert in_flow(room, "c").place.asking == before


def test_who_is_still_there_after_a_restart_hears_the_reference_again_and_nothing_is_booked_twice() -> None:
    room = keys(come(at_work(), "c"), "c", "11")
    heard = said(room)
    room.reconcile()
    assert said(room) == heard
    assert len(asked_for(room)) == 1


def test_who_asks_again_in_the_same_call_is_told_the_same_reference_and_nothing_is_booked_twice() -> None:
    made = asking()
    nodes = {**made.flow.nodes, "callback": Callback(booked="offer", refused="sorry")}
    room = at_work(house(replace(made, flow=make_flow("asking", "menu", nodes))))
    keys(come(room, "c"), "c", "13.~2")
    reference = room.call("c").booked
    assert reference is not None
    pairs = " ".join(f"pair.{reference[at : at + 2]}" for at in range(0, 8, 2))
    assert said(room).startswith(f"callback.registered callback.reference {pairs}")
    assert len(asked_for(room)) == 1


# -- a closed line -----------------------------------------------------------------------------------


def test_a_line_that_is_closed_promises_the_hours_in_which_it_is_open() -> None:
    room = come(at_work(at=THURSDAY_EVENING), "c", SHOWN, "21")
    assert said(room) == (
        "callback.asap key.1 slot.tomorrow_1000_1200 key.2 slot.tomorrow_1200_1400 key.3 slot.tomorrow_1400_1600 key.4 "
        "slot.tomorrow_1600_1800 key.5 callback.give_up"
    )


def test_a_slot_a_week_ahead_whose_day_could_be_taken_for_today_is_not_offered_on_the_telephone() -> None:
    mondays = Hours((Period(T0.date(), ((Span(600, 720),), *((),) * 6)),), observed=None)
    made = house(replace(asking(), hours=mondays))
    today = come(at_work(made), "c", SHOWN, "21")
    assert said(today) == "callback.asap key.1 callback.give_up"
    assert said(keys(today, "c", "2")) == "menu.invalid callback.asap key.1 callback.give_up"
    next_day = come(at_work(made, at=T0 + timedelta(days=1)), "c", SHOWN, "21")
    assert said(next_day) == "callback.asap key.1 slot.mon_1000_1200 key.2 callback.give_up"


# -- what there is to be said ------------------------------------------------------------------------


def test_every_territory_and_every_reason_that_the_core_has_can_be_said() -> None:
    assert set(TERRITORIES) == {territory.value for territory in Territory}
    assert {why.value for why in WhyNot} == set(get_args(get_type_hints(NumberRefused)["why"]))


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    path = Path(__file__).parents[2] / "config" / "prompts" / "fr.toml"
    read = read_catalogue(path.read_text(encoding="utf-8"), "fr.toml")
    assert isinstance(read, Catalogue)
    return sentences(read, [asking()], T0.date())


@pytest.mark.parametrize("walk", WALKS)
def test_whatever_they_hear_of_a_callback_has_its_sentence(walk: str, texts: dict[str, str]) -> None:
    number, pressed, _, _ = WALKS[walk]
    room = keys(come(at_work(), "c", number), "c", pressed)
    heard = {prompt for each in room.commands(cmd.PlayPrompt) for prompt in each.prompts}
    assert heard - {"menu", "sorry", "more", "bye", "thanks"} <= texts.keys()


minutes = st.integers(0, 95).map(lambda quarter: quarter * 15)


@given(
    st.lists(minutes, min_size=2, max_size=6, unique=True).map(sorted),
    st.sampled_from([1800.0, 3600.0, 5400.0, 7200.0, 10800.0]),
    st.sampled_from(list(Territory)),
    st.integers(0, 366 * 24),
)
def test_every_slot_that_can_be_named_has_its_sentence(
    edges: list[int], length_s: float, territory: Territory, hours: int
) -> None:
    spans = tuple(Span(start, end) for start, end in zip(edges[::2], edges[1::2], strict=False))
    opening = Hours((Period(T0.date() - timedelta(days=400), (spans,) * 7),), observed=None)
    made = house(replace(asking(), hours=opening))
    made = replace(made, slots=replace(made.slots, length_s=length_s))
    at = T0 + timedelta(hours=hours)
    home = homes(territory, ZONES[territory][0], holidays=HOLIDAYS)
    reach = Reach(home, opening, made.calling.hours)
    named = windows_said("{window}", [spans], length_s)
    for slot in free_slots(made, made.lines[ASKING], made.queues[MAIN], {}, reach, at):
        prompt = window_prompt(slot.window, at, home[0].zone)
        assert prompt is None or prompt in named
