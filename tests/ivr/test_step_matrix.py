"""What every kind of node does with every input: the whole matrix, and the table is the documentation."""

# ruff: noqa: E501 — the table is wide

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ivr import place as p
from ivr.flow import make_flow
from ivr.moves import PLAY_MAX_S
from ivr.nodes import Callback, Collect, Hangup, Hook, Hours, Menu, Node, Queue, Say, Transfer
from ivr.step import UnboundedFlow, start, step
from schedules.hours import Closed, Open, Why

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OPEN = Open(None)
END = Hangup(outcome="informed", prompts=("bye",))
NODES: dict[str, Node] = {
    "hours": Hours(open="say", closed="cut", holiday="end", exception="gone"),
    "say": Say(prompts=("hello",), next="end"),
    "cut": Say(prompts=("news",), next="end", barge_in=True, informs=True),
    "menu": Menu(prompts=("ask",), choices={"1": "end", "4": "cut"}, otherwise="queue", invalid="bad", silent="mute"),
    "offer": Menu(prompts=("more",), choices={"1": "queue"}, otherwise="queue", unanswered="end"),
    "collect": Collect(
        prompts=("type",),
        name="postcode",
        next="end",
        otherwise="queue",
        digits_min=2,
        digits_max=5,
        read_back="you_typed",
        confirm="right",
        invalid="bad",
        silent="mute",
    ),
    "plain": Collect(prompts=("type",), name="age", next="end", otherwise="queue", digits_min=2, digits_max=2),
    "queue": Queue(queue="main", full="say", no_adviser="cut", too_long="end", keys={"9": "menu"}),
    "callback": Callback(booked="end", refused="say"),
    "transfer": Transfer(target="desk", failed="say"),
    "hook": Hook(hook="crm", branches={"yes": "end"}, otherwise="say", timeout_s=2.0),
    "end": END,
    "gone": Hangup(outcome="turned_away"),
}
FLOW = make_flow("main", "hours", NODES)
DUE = AT - timedelta(seconds=1)


def _at(node: str, phase: p.Phase, **more: object) -> p.Place:
    waits = phase not in ("elsewhere", "gone")
    return replace(p.Place(node, phase, deadline=DUE if waits else None), **more)  # type: ignore[arg-type]


PLACES = {
    "say saying": _at("say", "saying"),
    "cut saying": _at("cut", "saying"),
    "menu saying": _at("menu", "saying", tries=1),
    "menu listening": _at("menu", "listening", tries=1),
    "menu last try": _at("menu", "listening", tries=2),
    "menu with a way back": _at("menu", "listening", back=("offer",)),
    "offer listening": _at("offer", "listening"),
    "collect saying": _at("collect", "saying"),
    "collect empty": _at("collect", "listening"),
    "collect typed": _at("collect", "listening", digits="7500"),
    "collect last try": _at("collect", "listening", tries=2),
    "collect reading back": _at("collect", "reading_back", digits="75"),
    "collect confirming": _at("collect", "confirming", digits="75"),
    "collect last confirming": _at("collect", "confirming", digits="75", tries=2),
    "plain typed": _at("plain", "listening", digits="1"),
    "queue": _at("queue", "elsewhere"),
    "callback": _at("callback", "elsewhere", deadline=DUE, asking=p.Asking("terms")),
    "callback of old": _at("callback", "elsewhere"),
    "transfer": _at("transfer", "elsewhere"),
    "hook": _at("hook", "elsewhere", deadline=DUE),
    "end leaving": _at("end", "leaving"),
    "end gone": _at("end", "gone"),
}
INPUTS: dict[str, p.Input] = {
    "entered": p.Entered(),
    "1": p.Digit("1"),
    "2": p.Digit("2"),
    "9": p.Digit("9"),
    "#": p.Digit("#"),
    "*": p.Digit("*"),
    "noise": p.Digit("A"),
    "done": p.PromptsDone(),
    "deadline": p.DeadlinePassed(),
    "full": p.QueueLeft("full"),
    "no adviser": p.QueueLeft("no_adviser"),
    "too long": p.QueueLeft("too_long"),
    "key 9": p.QueueLeft("key", "9"),
    "key 5": p.QueueLeft("key", "5"),
    "yes": p.HookAnswered("yes"),
    "perhaps": p.HookAnswered("perhaps"),
    "hook failed": p.HookFailed(),
    "transfer failed": p.TransferFailed(),
    "booked": p.CallbackBooked("60124736"),
    "refused": p.CallbackRefused(),
    "resumed": p.Resumed(),
}

# place | input | nodes entered, what is done | phase and what is kept. A pair that is not here changes nothing at all.
MATRIX = """
say saying | entered | →say stop play(hello) | saying 90s
say saying | 1 |  | saying digits=1 -1s
say saying | 2 |  | saying digits=2 -1s
say saying | 9 |  | saying digits=9 -1s
say saying | # |  | saying digits=# -1s
say saying | * |  | saying digits=* -1s
say saying | done | →end play(bye) | leaving 90s
say saying | deadline | →end stop play(bye) | leaving 90s
say saying | resumed | stop play(hello) | saying 90s
cut saying | entered | →cut stop play(news) | saying 90s
cut saying | 1 | →end stop play(bye) | leaving 90s
cut saying | 2 | →end stop play(bye) | leaving 90s
cut saying | 9 | →end stop play(bye) | leaving 90s
cut saying | # | →end stop play(bye) | leaving 90s
cut saying | * | →end stop play(bye) | leaving 90s
cut saying | done | →end play(bye) | leaving informed 90s
cut saying | deadline | →end stop play(bye) | leaving informed 90s
cut saying | resumed | stop play(news) | saying 90s
menu saying | entered | →menu stop play(ask) | saying 90s
menu saying | 1 | →end stop play(bye) | leaving back=menu 90s
menu saying | 2 | stop play(bad ask) | saying tries=2 90s
menu saying | 9 | stop play(bad ask) | saying tries=2 90s
menu saying | # | stop play(ask) | saying tries=1 90s
menu saying | * | stop play(ask) | saying tries=1 90s
menu saying | done |  | listening tries=1 5s
menu saying | deadline | stop | listening tries=1 5s
menu saying | resumed | stop play(ask) | saying tries=1 90s
menu listening | entered | →menu play(ask) | saying 90s
menu listening | 1 | →end play(bye) | leaving back=menu 90s
menu listening | 2 | play(bad ask) | saying tries=2 90s
menu listening | 9 | play(bad ask) | saying tries=2 90s
menu listening | # | play(ask) | saying tries=1 90s
menu listening | * | play(ask) | saying tries=1 90s
menu listening | deadline | play(mute ask) | saying tries=2 90s
menu listening | resumed | play(ask) | saying tries=1 90s
menu last try | entered | →menu play(ask) | saying 90s
menu last try | 1 | →end play(bye) | leaving back=menu 90s
menu last try | 2 | →queue join(main 0 9) | elsewhere
menu last try | 9 | →queue join(main 0 9) | elsewhere
menu last try | # | play(ask) | saying tries=2 90s
menu last try | * | play(ask) | saying tries=2 90s
menu last try | deadline | →queue join(main 0 9) | elsewhere
menu last try | resumed | play(ask) | saying tries=2 90s
menu with a way back | entered | →menu play(ask) | saying back=offer 90s
menu with a way back | 1 | →end play(bye) | leaving back=offer,menu 90s
menu with a way back | 2 | play(bad ask) | saying tries=1 back=offer 90s
menu with a way back | 9 | play(bad ask) | saying tries=1 back=offer 90s
menu with a way back | # | play(ask) | saying back=offer 90s
menu with a way back | * | →offer play(more) | saying 90s
menu with a way back | deadline | play(mute ask) | saying tries=1 back=offer 90s
menu with a way back | resumed | play(ask) | saying back=offer 90s
offer listening | entered | →offer play(more) | saying 90s
offer listening | 1 | →queue join(main 0 9) | elsewhere back=offer
offer listening | 2 | play(menu.invalid more) | saying tries=1 90s
offer listening | 9 | play(menu.invalid more) | saying tries=1 90s
offer listening | # | play(more) | saying 90s
offer listening | * | play(more) | saying 90s
offer listening | deadline | →end play(bye) | leaving 90s
offer listening | resumed | play(more) | saying 90s
collect saying | entered | →collect stop play(type) | saying 90s
collect saying | 1 | stop | listening digits=1 4s
collect saying | 2 | stop | listening digits=2 4s
collect saying | 9 | stop | listening digits=9 4s
collect saying | # | stop play(bad type) | saying tries=1 90s
collect saying | * | stop play(bad type) | saying tries=1 90s
collect saying | done |  | listening 5s
collect saying | deadline | stop | listening 5s
collect saying | resumed | stop play(type) | saying 90s
collect empty | entered | →collect play(type) | saying 90s
collect empty | 1 |  | listening digits=1 4s
collect empty | 2 |  | listening digits=2 4s
collect empty | 9 |  | listening digits=9 4s
collect empty | # | play(bad type) | saying tries=1 90s
collect empty | * | play(bad type) | saying tries=1 90s
collect empty | deadline | play(mute type) | saying tries=1 90s
collect empty | resumed | play(type) | saying 90s
collect typed | entered | →collect play(type) | saying 90s
collect typed | 1 | play(you_typed digit.7 digit.5 digit.0 digit.0 digit.1 right) | reading_back digits=75001 90s
collect typed | 2 | play(you_typed digit.7 digit.5 digit.0 digit.0 digit.2 right) | reading_back digits=75002 90s
collect typed | 9 | play(you_typed digit.7 digit.5 digit.0 digit.0 digit.9 right) | reading_back digits=75009 90s
collect typed | # | play(you_typed digit.7 digit.5 digit.0 digit.0 right) | reading_back digits=7500 90s
collect typed | * | play(bad type) | saying tries=1 90s
collect typed | deadline | play(you_typed digit.7 digit.5 digit.0 digit.0 right) | reading_back digits=7500 90s
collect typed | resumed | play(type) | saying 90s
collect last try | entered | →collect play(type) | saying 90s
collect last try | 1 |  | listening tries=2 digits=1 4s
collect last try | 2 |  | listening tries=2 digits=2 4s
collect last try | 9 |  | listening tries=2 digits=9 4s
collect last try | # | →queue join(main 0 9) | elsewhere
collect last try | * | →queue join(main 0 9) | elsewhere
collect last try | deadline | →queue join(main 0 9) | elsewhere
collect last try | resumed | play(type) | saying tries=2 90s
collect reading back | entered | →collect stop play(type) | saying 90s
collect reading back | 1 | →end stop play(bye) | leaving postcode=75 90s
collect reading back | 2 | stop play(type) | saying tries=1 90s
collect reading back | 9 | stop play(you_typed digit.7 digit.5 right) | reading_back tries=1 digits=75 90s
collect reading back | # | stop play(you_typed digit.7 digit.5 right) | reading_back tries=1 digits=75 90s
collect reading back | * | stop play(you_typed digit.7 digit.5 right) | reading_back tries=1 digits=75 90s
collect reading back | done |  | confirming digits=75 5s
collect reading back | deadline | stop | confirming digits=75 5s
collect reading back | resumed | stop play(you_typed digit.7 digit.5 right) | reading_back digits=75 90s
collect confirming | entered | →collect play(type) | saying 90s
collect confirming | 1 | →end play(bye) | leaving postcode=75 90s
collect confirming | 2 | play(type) | saying tries=1 90s
collect confirming | 9 | play(you_typed digit.7 digit.5 right) | reading_back tries=1 digits=75 90s
collect confirming | # | play(you_typed digit.7 digit.5 right) | reading_back tries=1 digits=75 90s
collect confirming | * | play(you_typed digit.7 digit.5 right) | reading_back tries=1 digits=75 90s
collect confirming | deadline | play(you_typed digit.7 digit.5 right) | reading_back tries=1 digits=75 90s
collect confirming | resumed | play(you_typed digit.7 digit.5 right) | reading_back digits=75 90s
collect last confirming | entered | →collect play(type) | saying 90s
collect last confirming | 1 | →end play(bye) | leaving postcode=75 90s
collect last confirming | 2 | →queue join(main 0 9) | elsewhere
collect last confirming | 9 | →queue join(main 0 9) | elsewhere
collect last confirming | # | →queue join(main 0 9) | elsewhere
collect last confirming | * | →queue join(main 0 9) | elsewhere
collect last confirming | deadline | →queue join(main 0 9) | elsewhere
collect last confirming | resumed | play(you_typed digit.7 digit.5 right) | reading_back tries=2 digits=75 90s
plain typed | entered | →plain play(type) | saying 90s
plain typed | 1 | →end play(bye) | leaving age=11 90s
plain typed | 2 | →end play(bye) | leaving age=12 90s
plain typed | 9 | →end play(bye) | leaving age=19 90s
plain typed | # | play(collect.invalid type) | saying tries=1 90s
plain typed | * | play(collect.invalid type) | saying tries=1 90s
plain typed | deadline | play(collect.invalid type) | saying tries=1 90s
plain typed | resumed | play(type) | saying 90s
queue | entered | →queue join(main 0 9) | elsewhere
queue | 9 | →menu play(ask) | saying 90s
queue | full | →say play(hello) | saying 90s
queue | no adviser | →cut play(news) | saying 90s
queue | too long | →end play(bye) | leaving 90s
queue | key 9 | →menu play(ask) | saying 90s
queue | key 5 | →queue join(main 0 9) | elsewhere
callback | entered | →callback offer(None) | elsewhere terms 5s
callback | 1 |  | elsewhere digits=1 terms -1s
callback | 2 |  | elsewhere digits=2 terms -1s
callback | 9 |  | elsewhere digits=9 terms -1s
callback | # |  | elsewhere digits=# terms -1s
callback | * |  | elsewhere digits=* terms -1s
callback | deadline | offer(None) | elsewhere tries=1 terms 5s
callback | booked | stored(callback.registered callback.reference pair.60 pair.12 pair.47 pair.36 callback.again pair.60 pair.12 pair.47 pair.36 callback.repeat) | saying reference 90s
callback | refused | play(callback.none) | saying none 90s
callback | resumed | offer(None) | elsewhere terms 5s
callback of old | entered | →callback offer(None) | elsewhere terms 5s
callback of old | resumed | offer(None) | elsewhere terms 5s
transfer | entered | →transfer dial(desk) | elsewhere
transfer | transfer failed | →say play(hello) | saying 90s
hook | entered | →hook hook(crm 2) | elsewhere 2s
hook | 1 |  | elsewhere digits=1 -1s
hook | 2 |  | elsewhere digits=2 -1s
hook | 9 |  | elsewhere digits=9 -1s
hook | # |  | elsewhere digits=# -1s
hook | * |  | elsewhere digits=* -1s
hook | deadline | →say play(hello) | saying 90s
hook | yes | →end play(bye) | leaving 90s
hook | perhaps | →say play(hello) | saying 90s
hook | hook failed | →say play(hello) | saying 90s
hook | resumed | hook(crm 2) | elsewhere 2s
end leaving | entered | →end stop play(bye) | leaving 90s
end leaving | done | finish(informed) | gone
end leaving | deadline | stop finish(informed) | gone
end leaving | resumed | stop play(bye) | leaving 90s
end gone | entered | →end play(bye) | leaving 90s
end gone | resumed | finish(informed) | gone
"""


def _told(done: p.Step) -> str:
    words: list[str] = [f"→{name}" for name in done.trail]
    for action in done.actions:
        match action:
            case p.Play(prompts, stored):
                words.append(f"{'stored' if stored else 'play'}({' '.join(prompts)})")
            case p.StopPlaying():
                words.append("stop")
            case p.JoinQueue(queue, priority, keys):
                words.append(f"join({queue} {priority} {''.join(keys)})")
            case p.DialOut(target):
                words.append(f"dial({target})")
            case p.CallHook(hook, _, timeout_s):
                words.append(f"hook({hook} {timeout_s:g})")
            case p.OfferCallback(queue):
                words.append(f"offer({queue})")
            case p.CheckNumber(_, typed, territory):
                words.append(f"check({typed} {territory})")
            case p.BookCallback(_, asks, number, territory, window):
                words.append(f"book({asks} {number} {territory} {'asap' if window is None else 'window'})")
            case p.Finish(outcome):
                words.append(f"finish({outcome})")
    place = done.place
    kept: list[str] = [place.phase]
    kept += [f"tries={place.tries}"] if place.tries else []
    kept += [f"digits={place.digits}"] if place.digits else []
    kept += [f"back={','.join(place.back)}"] if place.back else []
    kept += [f"{name}={value}" for name, value in place.answers]
    kept += ["informed"] if place.informed else []
    kept += [place.asking.question] if place.asking else []
    kept += [f"{(place.deadline - AT).total_seconds():g}s"] if place.deadline else []
    return f"{' '.join(words)} | {' '.join(kept)}"


def _row(line: str) -> tuple[tuple[str, str], str]:
    place, event, did, kept = (part.strip() for part in line.split("|"))
    return (place, event), f"{did} | {kept}"


EXPECTED = dict(_row(line) for line in MATRIX.strip().splitlines())


@pytest.mark.parametrize("name", PLACES)
def test_every_input_at_every_kind_of_node_does_what_the_table_says_and_any_other_changes_nothing(name: str) -> None:
    told: dict[str, str] = {}
    for event, what in INPUTS.items():
        done = step(FLOW, PLACES[name], what, AT, OPEN)
        told[event] = "nothing" if done == p.Step(PLACES[name]) else _told(done)
    assert told == {event: EXPECTED.get((name, event), "nothing") for event in INPUTS}


def test_the_table_names_only_places_and_inputs_that_are_tried() -> None:
    assert EXPECTED.keys() <= {(place, event) for place in PLACES for event in INPUTS}


@pytest.mark.parametrize("name", PLACES)
def test_a_deadline_that_comes_early_changes_nothing(name: str) -> None:
    place = replace(PLACES[name], deadline=AT + timedelta(seconds=1))
    assert step(FLOW, place, p.DeadlinePassed(), AT, OPEN) == p.Step(place)


@pytest.mark.parametrize(
    ("opening", "trail"),
    [
        (OPEN, ("hours", "say")),
        (Closed(Why.NIGHT, None, None), ("hours", "cut")),
        (Closed(Why.WEEKEND, None, None), ("hours", "cut")),
        (Closed(Why.BREAK, None, None), ("hours", "cut")),
        (Closed(Why.UNOPENED, None, None), ("hours", "cut")),
        (Closed(Why.HOLIDAY, "Toussaint", None), ("hours", "end")),
        (Closed(Why.EXCEPTION, "travaux", None), ("hours", "gone")),
    ],
)
def test_the_hours_decide_at_once_and_in_silence(opening: Open | Closed, trail: tuple[str, ...]) -> None:
    assert start(FLOW, AT, opening).trail == trail


@pytest.mark.parametrize("why", [Why.HOLIDAY, Why.EXCEPTION])
def test_a_holiday_without_a_branch_of_its_own_is_simply_closed(why: Why) -> None:
    flow = make_flow(
        "main", "hours", {"hours": Hours(open="end", closed="gone"), **{k: NODES[k] for k in ("end", "gone")}}
    )
    assert start(flow, AT, Closed(why, "Noël", None)).trail == ("hours", "gone")


def test_a_hangup_without_words_ends_the_call_at_once() -> None:
    flow = make_flow("main", "gone", {"gone": Hangup(outcome="turned_away")})
    assert start(flow, AT, OPEN) == p.Step(p.Place("gone", "gone"), (p.Finish("turned_away"),), ("gone",))


def test_who_asks_for_a_person_after_an_information_is_no_longer_informed() -> None:
    told = step(FLOW, _at("cut", "saying"), p.PromptsDone(), AT, OPEN).place
    assert told.informed
    assert not step(FLOW, replace(told, node="menu", phase="listening", tries=2), p.Digit("8"), AT, OPEN).place.informed


def test_the_answers_go_with_the_hook_and_an_answer_given_again_replaces_the_first() -> None:
    place = _at("plain", "listening", digits="1", answers=(("age", "99"), ("name", "7")))
    answers = step(FLOW, place, p.Digit("6"), AT, OPEN).place.answers
    assert answers == (("name", "7"), ("age", "16"))
    asked = step(FLOW, p.Place("hook", answers=answers), p.Entered(), AT, OPEN)
    assert asked.actions == (p.CallHook("crm", answers, 2.0),)


def test_a_prompt_that_never_ends_is_cut_and_the_call_goes_on() -> None:
    place = start(FLOW, AT, OPEN).place
    assert place.deadline == AT + timedelta(seconds=PLAY_MAX_S)
    late = step(FLOW, place, p.DeadlinePassed(), AT + timedelta(seconds=PLAY_MAX_S), OPEN)
    assert late.actions == (p.StopPlaying(), p.Play(("bye",)))


def test_a_flow_that_goes_round_by_itself_is_stopped_as_a_defect_and_not_for_ever() -> None:
    flow = make_flow("main", "a", {"a": Hours(open="b", closed="b"), "b": Hours(open="a", closed="a")})
    with pytest.raises(UnboundedFlow):
        start(flow, AT, OPEN)


def test_the_version_is_the_content_and_not_the_order_it_was_written_in() -> None:
    backwards = dict(reversed(NODES.items()))
    assert make_flow("main", "hours", backwards).version == FLOW.version
    assert make_flow("main", "say", NODES).version != FLOW.version
    assert make_flow("main", "hours", {**NODES, "end": replace(END, prompts=("see_you",))}).version != FLOW.version
