"""What a walk through a flow keeps: digits typed ahead, the way back, the tries, and when the line opens again."""

from datetime import UTC, datetime, timedelta

import pytest

from ivr import place as p
from ivr.flow import make_flow
from ivr.moves import DIGIT_GAP_MAX_S, TYPED_AHEAD_MAX
from ivr.nodes import Collect, Hangup, Menu, Node, Queue, Say
from ivr.step import start, step
from schedules.hours import Closed, Open, Why

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OPEN = Open(None)


def _walk(flow_start: str, *inputs: p.Input) -> list[p.Step]:
    flow = make_flow("main", flow_start, ASKING)
    steps = [start(flow, AT, OPEN)]
    for event in inputs:
        steps.append(step(flow, steps[-1].place, event, AT, OPEN))
    return steps


ASKING: dict[str, Node] = {
    "intro": Say(prompts=("hello",), next="first"),
    "first": Menu(prompts=("ask",), choices={"1": "second", "5": "code"}, otherwise="queue"),
    "second": Menu(prompts=("again",), choices={"2": "queue", "3": "first"}, otherwise="queue"),
    "code": Collect(prompts=("type",), name="code", next="second", otherwise="queue", digits_min=2, digits_max=2),
    "queue": Queue(queue="main", full="end", no_adviser="end", too_long="end"),
    "end": Hangup(outcome="informed"),
}


def test_a_digit_typed_before_its_menu_counts_once_and_the_menu_is_not_said() -> None:
    *_, typed, asked = _walk("intro", p.Digit("1"), p.PromptsDone())
    assert typed.actions == ()
    assert asked.trail == ("first", "second")
    assert asked.actions == (p.Play(("again",)),)
    assert asked.place.digits == ""


def test_digits_typed_ahead_go_to_one_node_after_another() -> None:
    last = _walk("intro", p.Digit("1"), p.Digit("2"), p.PromptsDone())[-1]
    assert last.trail == ("first", "second", "queue")
    assert last.place.digits == ""


def test_a_number_can_be_typed_ahead_with_the_choice_after_it() -> None:
    last = _walk("intro", *map(p.Digit, "5472"), p.PromptsDone())[-1]
    assert last.trail == ("first", "code", "second", "queue")
    assert last.place.answers == (("code", "47"),)


def test_half_a_number_typed_ahead_is_waited_for_in_silence() -> None:
    last = _walk("intro", *map(p.Digit, "54"), p.PromptsDone())[-1]
    assert last.actions == ()
    assert last.place == p.Place(
        "code", "listening", digits="4", back=("first",), deadline=AT + timedelta(seconds=DIGIT_GAP_MAX_S)
    )


def test_a_wrong_digit_typed_ahead_voids_those_after_it() -> None:
    last = _walk("intro", p.Digit("8"), p.Digit("1"), p.PromptsDone())[-1]
    assert last.actions == (p.Play(("menu.invalid", "ask")),)
    assert (last.place.tries, last.place.digits) == (1, "")


def test_a_hand_resting_on_the_keypad_is_not_kept_for_ever() -> None:
    last = _walk("intro", *[p.Digit("1")] * 100)[-1]
    assert len(last.place.digits) == TYPED_AHEAD_MAX


def test_back_leads_to_the_menu_the_caller_came_from_and_going_round_does_not_pile_up() -> None:
    round_and_round = [p.Digit("1"), p.Digit("3")] * 50
    steps = _walk("first", *round_and_round, p.Digit("1"), p.Digit("*"))
    assert steps[-2].place.back == ("first",)
    assert (steps[-1].place.node, steps[-1].place.back) == ("first", ())


def test_a_menu_entered_anew_gives_all_its_tries_again() -> None:
    last = _walk("first", p.Digit("8"), p.Digit("8"), p.Digit("1"), p.Digit("*"))[-1]
    assert (last.place.node, last.place.tries) == ("first", 0)


@pytest.mark.parametrize(
    ("opens_at", "said"),
    [
        (datetime(2026, 11, 23, 13, 30, tzinfo=UTC), "reopening.today_1430"),
        (datetime(2026, 11, 24, 9, 0, tzinfo=UTC), "reopening.tomorrow_1000"),
        (datetime(2026, 11, 29, 9, 0, tzinfo=UTC), "reopening.sun_1000"),
        (datetime(2026, 11, 30, 9, 0, tzinfo=UTC), None),
        (None, None),
    ],
)
def test_the_next_opening_is_told_when_it_is_less_than_a_week_away(opens_at: datetime | None, said: str | None) -> None:
    flow = make_flow("main", "end", {"end": Hangup(outcome="turned_away", prompts=("closed", "reopening", "bye"))})
    (play,) = start(flow, AT, Closed(Why.NIGHT, None, opens_at)).actions
    assert play == p.Play(("closed", said, "bye") if said else ("closed", "bye"))
