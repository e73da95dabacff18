"""The three flows that are shipped keep what the service promises to callers."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr import place as p
from ivr.ahead import callback_key, last_words
from ivr.check import callback_questions_s, longest_stay_s
from ivr.flow import Flow
from ivr.load import LineFlow
from ivr.nodes import Callback, Hangup, Menu, Queue, Say, prompts
from ivr.prompts import REOPENING, Catalogue, key_prompt, seconds_of, sentences
from ivr.step import start, step
from schedules.hours import Closed, Open, Opening, Why, opening_at

LINES = ("main", "dropout", "parcoursup")
MONDAY = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
OPEN = Open(None)


@pytest.fixture(scope="module")
def texts(catalogue: Catalogue, lines: dict[str, LineFlow]) -> dict[str, str]:
    return sentences(catalogue, lines.values(), date(2026, 11, 23))


def _until_rest(line: LineFlow, press: str | None, opening: Open | Closed = OPEN, at: datetime = MONDAY) -> p.Step:
    """The call of somebody who presses the same key at every menu, or never any."""
    done = start(line.flow, at, opening)
    for _ in range(60):
        node = line.flow.nodes[done.place.node]
        if done.place.phase in ("elsewhere", "gone"):
            return done
        if press is not None and isinstance(node, Menu):
            done = step(line.flow, done.place, p.Digit(press), at, opening)
        elif done.place.phase in p.PLAYING:
            done = step(line.flow, done.place, p.PromptsDone(), at, opening)
        else:
            assert done.place.deadline is not None
            at = done.place.deadline
            done = step(line.flow, done.place, p.DeadlinePassed(), at, opening)
    raise AssertionError("the call never comes to rest")


def test_the_three_lines_are_there_with_their_numbers(lines: dict[str, LineFlow]) -> None:
    assert {name: (line.number, line.shown) for name, line in lines.items()} == {
        "main": ("0177771225", "01 77 77 12 25"),
        "dropout": ("0800122500", "0 800 12 25 00"),
        "parcoursup": ("0800400070", "0 800 400 070"),
    }
    assert not any(line.recording for line in lines.values())


@pytest.mark.parametrize("line", LINES)
def test_pressing_1_again_and_again_leads_to_the_advisers_of_the_line(line: str, lines: dict[str, LineFlow]) -> None:
    assert _until_rest(lines[line], "1").actions == (p.JoinQueue(line, 0, ("2",)),)


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("press", [None, "8", "0"])
def test_who_presses_nothing_or_a_wrong_key_three_times_comes_to_a_person(
    line: str, press: str | None, lines: dict[str, LineFlow]
) -> None:
    assert _until_rest(lines[line], press).actions == (p.JoinQueue(line, 0, ("2",)),)


@pytest.mark.parametrize(
    ("line", "key", "queue"),
    [
        ("main", "1", "main"),
        ("main", "2", "parcoursup"),
        ("main", "3", "dropout"),
        ("dropout", "1", "dropout"),
        ("parcoursup", "1", "parcoursup"),
        ("parcoursup", "2", "main"),
    ],
)
def test_each_choice_leads_to_its_queue(line: str, key: str, queue: str, lines: dict[str, LineFlow]) -> None:
    flow = lines[line].flow
    asked = step(flow, start(flow, MONDAY, OPEN).place, p.PromptsDone(), MONDAY, OPEN)
    chosen = step(flow, asked.place, p.Digit(key), MONDAY, OPEN)
    done = step(flow, chosen.place, p.PromptsDone(), MONDAY, OPEN)
    assert done.actions == (p.JoinQueue(queue, 0, ("2",)),)


@pytest.mark.parametrize(("line", "key"), [("main", "4"), ("dropout", "2"), ("dropout", "3"), ("parcoursup", "3")])
def test_who_asks_for_information_gets_it_and_is_informed(line: str, key: str, lines: dict[str, LineFlow]) -> None:
    flow = lines[line].flow
    done = start(flow, MONDAY, OPEN)
    done = step(flow, done.place, p.PromptsDone(), MONDAY, OPEN)
    told = step(flow, done.place, p.Digit(key), MONDAY, OPEN)
    offered = step(flow, told.place, p.PromptsDone(), MONDAY, OPEN)
    assert offered.place.informed
    again = step(flow, offered.place, p.Digit("#"), MONDAY, OPEN)
    assert again.trail == told.trail
    back = step(flow, offered.place, p.Digit("*"), MONDAY, OPEN)
    assert back.trail == ("menu",)
    person = step(flow, offered.place, p.Digit("1"), MONDAY, OPEN)
    assert person.trail == (f"search_{line}",)
    quiet = step(flow, offered.place, p.PromptsDone(), MONDAY, OPEN)
    end = step(flow, quiet.place, p.DeadlinePassed(), MONDAY + timedelta(seconds=10), OPEN)
    assert step(flow, end.place, p.PromptsDone(), MONDAY, OPEN).actions == (p.Finish("informed"),)


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize(
    ("at", "said", "reopening"),
    [
        ("2026-11-23T20:30:00+01:00", "closed.now", "reopening.tomorrow_1000"),
        ("2026-11-23T08:00:00+01:00", "closed.now", "reopening.today_1000"),
        ("2026-11-22T12:00:00+01:00", "closed.now", "reopening.tomorrow_1000"),
        ("2026-11-20T21:00:00+01:00", "closed.now", "reopening.mon_1000"),
        ("2026-11-11T12:00:00+01:00", "closed.holiday", "reopening.tomorrow_1000"),
        ("2026-12-25T12:00:00+01:00", "closed.holiday", "reopening.mon_1000"),
    ],
)
def test_a_closed_line_says_why_when_it_opens_and_what_else_can_be_done(
    line: str, at: str, said: str, reopening: str, lines: dict[str, LineFlow], texts: dict[str, str]
) -> None:
    instant = datetime.fromisoformat(at).astimezone(UTC)
    opening = opening_at(lines[line].hours, instant)
    done = start(lines[line].flow, instant, opening)
    heard = step(lines[line].flow, done.place, p.PromptsDone(), instant, opening)
    assert heard.actions == (p.Play((f"{said}.{line}", reopening)),)
    assert reopening in texts
    _is_offered_a_callback_and_keeps_silent(lines[line], heard.place, instant, opening)


def _is_offered_a_callback_and_keeps_silent(line: LineFlow, place: p.Place, at: datetime, opening: Opening) -> None:
    offered = step(line.flow, place, p.PromptsDone(), at, opening)
    assert offered.actions == (p.Play(("callback.offer",)),)
    listens = step(line.flow, offered.place, p.PromptsDone(), at, opening)
    assert listens.place.deadline is not None
    silent = step(line.flow, listens.place, p.DeadlinePassed(), listens.place.deadline, opening)
    assert silent.actions == (p.Play(("ways.other", "ways.goodbye")),)
    end = step(line.flow, silent.place, p.PromptsDone(), at, opening)
    assert end.actions == (p.Finish("turned_away"),)


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("why", ["full", "no_adviser", "too_long"])
def test_who_cannot_be_helped_is_told_so_with_what_else_can_be_done(
    line: str, why: str, lines: dict[str, LineFlow]
) -> None:
    flow = lines[line].flow
    place = _until_rest(lines[line], "1").place
    told = step(flow, place, p.QueueLeft(why), MONDAY, OPEN)  # type: ignore[arg-type]
    assert told.actions == (p.Play((f"turned_away.{why}",)),)
    _is_offered_a_callback_and_keeps_silent(lines[line], told.place, MONDAY, OPEN)


@pytest.mark.parametrize("line", LINES)
def test_every_prompt_of_every_flow_has_its_sentence(
    line: str, lines: dict[str, LineFlow], texts: dict[str, str]
) -> None:
    named = {prompt for node in lines[line].flow.nodes.values() for prompt in prompts(node)} - {REOPENING}
    assert named <= texts.keys()
    assert f"apology.{line}" in texts


@pytest.mark.parametrize("line", LINES)
def test_a_greeting_is_over_in_ten_seconds_and_a_menu_in_fifteen(
    line: str, lines: dict[str, LineFlow], texts: dict[str, str]
) -> None:
    nodes = lines[line].flow.nodes
    assert sum(seconds_of(texts[prompt]) for prompt in prompts(nodes["welcome"])) <= 10
    for node in nodes.values():
        if isinstance(node, Menu):
            assert sum(seconds_of(texts[prompt]) for prompt in node.prompts) <= 15


@pytest.mark.parametrize("line", LINES)
def test_what_a_menu_offers_is_what_it_says(line: str, lines: dict[str, LineFlow], texts: dict[str, str]) -> None:
    words = {"1": "un", "2": "deux", "3": "trois", "4": "quatre", "#": "dièse", "*": "étoile"}
    for node in lines[line].flow.nodes.values():
        if isinstance(node, Menu):
            said = " ".join(texts[prompt] for prompt in node.prompts)
            offered = {key for key, word in words.items() if f"tapez {word}" in said}
            assert set(node.choices) <= offered
            assert offered <= {*node.choices, node.repeat, node.back}


@pytest.mark.parametrize("line", LINES)
def test_the_same_keys_repeat_and_go_back_everywhere(line: str, lines: dict[str, LineFlow]) -> None:
    for node in lines[line].flow.nodes.values():
        if isinstance(node, Menu):
            assert node.back == "*"
            assert node.repeat == "#" or "#" in node.choices
            assert node.tries_max == 3


CLOSED = Closed(Why.NIGHT, None, MONDAY + timedelta(hours=20))
WHEN_NOBODY_CAN_ANSWER = ["closed", "holiday", "exception", "full", "no_adviser", "too_long"]


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("name", WHEN_NOBODY_CAN_ANSWER)
def test_whoever_cannot_be_helped_now_can_ask_for_a_callback_by_pressing_1_at_once(
    line: str, name: str, lines: dict[str, LineFlow]
) -> None:
    flow = lines[line].flow
    said = step(flow, p.Place(name), p.Entered(), MONDAY, CLOSED)
    asked = step(flow, said.place, p.Digit("1"), MONDAY, CLOSED)
    assert asked.actions == (p.StopPlaying(), p.OfferCallback(None))
    assert _asks(flow, asked.place) == ("rtf" if line == "dropout" else "information")


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("name", WHEN_NOBODY_CAN_ANSWER)
def test_whoever_hangs_up_while_they_are_told_so_was_turned_away(
    line: str, name: str, lines: dict[str, LineFlow]
) -> None:
    flow = lines[line].flow
    assert {last_words(flow, node) for node in (name, "offer", "not_booked", "turned_away")} == {"turned_away"}
    assert last_words(flow, "booked") == "informed"
    assert [last_words(flow, node) for node in ("welcome", "menu", "contact", "more", "help")] == [None] * 5


@pytest.mark.parametrize("line", LINES)
def test_whoever_waits_can_ask_for_a_callback_of_the_same_queue_and_goes_on_waiting_without(
    line: str, lines: dict[str, LineFlow], texts: dict[str, str]
) -> None:
    flow = lines[line].flow
    queues = {name: node for name, node in flow.nodes.items() if isinstance(node, Queue)}
    assert queues
    for name, node in queues.items():
        key = callback_key(flow, name, tuple(node.keys))
        assert key == "2"
        assert {"queue.callback_offer", key_prompt(key)} <= texts.keys()
        left = step(flow, p.Place(name), p.QueueLeft("key", key), MONDAY, OPEN)
        assert left.actions == (p.OfferCallback(node.queue),)
        assert _asks(flow, left.place) == ("rtf" if line == "dropout" else "information")
        told = step(flow, left.place, p.CallbackRefused(), MONDAY, OPEN)
        waits = step(flow, told.place, p.PromptsDone(), MONDAY, OPEN)
        assert waits.actions == (p.Play(("callback.wait_on",)),)
        assert step(flow, waits.place, p.PromptsDone(), MONDAY, OPEN).actions == (p.JoinQueue(node.queue, 0, ("2",)),)


def test_the_right_to_return_to_training_can_be_asked_for_in_the_dropout_menu(lines: dict[str, LineFlow]) -> None:
    flow = lines["dropout"].flow
    asked = step(flow, start(flow, MONDAY, OPEN).place, p.PromptsDone(), MONDAY, OPEN)
    chosen = step(flow, asked.place, p.Digit("4"), MONDAY, OPEN)
    assert chosen.actions == (p.StopPlaying(), p.OfferCallback(None))
    assert _asks(flow, chosen.place) == "rtf"


def _asks(flow: Flow, place: p.Place) -> str:
    node = flow.nodes[place.node]
    assert isinstance(node, Callback)
    return node.asks


@pytest.mark.parametrize("line", LINES)
def test_after_a_booking_everybody_is_thanked(line: str, lines: dict[str, LineFlow]) -> None:
    nodes = lines[line].flow.nodes
    booked = {nodes[node.booked] for node in nodes.values() if isinstance(node, Callback)}
    assert booked == {Hangup(outcome="informed", prompts=("ways.goodbye",))}


def test_what_somebody_else_may_hear_of_a_callback_says_nothing_of_school(texts: dict[str, str]) -> None:
    for name in ("callback.apology", "callback.message"):
        words = set(re.findall(r"\w+", texts[name].casefold()))
        assert not words & {
            "école",
            "scolaire",
            "formation",
            "décrochage",
            "études",
            "orientation",
            "onisep",
            "diplôme",
        }
    assert "numéro qui s'affiche" in texts["callback.message"]


def test_each_question_of_a_callback_is_said_within_a_minute(texts: dict[str, str]) -> None:
    longest = max(seconds_of(text) for name, text in texts.items() if name.startswith("slot."))
    said = callback_questions_s(lambda name: longest if name == "slot" else seconds_of(texts[name]))
    assert {question: seconds for question, seconds in said.items() if seconds > 60} == {}


@settings(max_examples=300, deadline=None)
@given(
    line=st.sampled_from(LINES),
    presses=st.lists(st.tuples(st.sampled_from([None, *"0123456789"]), st.floats(0, 1)), max_size=30),
)
def test_nobody_spends_longer_before_a_person_than_the_check_has_found(
    line: str, presses: list[tuple[str | None, float]], lines: dict[str, LineFlow], texts: dict[str, str]
) -> None:
    """Anybody who leaves the repeat and back keys alone: digits at any moment, or none."""

    def spoken(prompt: str) -> float:
        return seconds_of(texts[prompt])

    flow = lines[line].flow
    done = start(flow, MONDAY, OPEN)
    seconds, limit, seen = 0.0, 0.0, {done.place.node}
    at, left = MONDAY, list(presses)
    while done.place.phase not in ("elsewhere", "leaving", "gone"):
        plays = [action for action in done.actions if isinstance(action, p.Play)]
        press, part = left.pop() if left else (None, 1.0)
        if done.place.phase in p.PLAYING:
            lasts = sum(map(spoken, plays[-1].prompts)) if plays else 0.0
            node = flow.nodes[done.place.node]
            if press is not None and not (isinstance(node, Say) and not node.barge_in):
                passed, event = lasts * part, p.Digit(press)
            else:
                passed, event = lasts, p.PromptsDone()  # type: ignore[assignment]
        else:
            assert done.place.deadline is not None
            waits = (done.place.deadline - at).total_seconds()
            passed, event = (waits * part, p.Digit(press)) if press is not None else (waits, p.DeadlinePassed())  # type: ignore[assignment]
        at += timedelta(seconds=passed)
        seconds += passed
        done = step(flow, done.place, event, at, OPEN)
        seen |= {done.place.node, *done.trail}
    limit = sum(longest_stay_s(flow.nodes[name], spoken) for name in seen)
    assert seconds <= limit + 0.001
    assert seconds <= 180
    assert isinstance(flow.nodes[done.place.node], Queue | Hangup | Callback)
