"""What is wrong with a flow as a whole: with its arrows, its loops, and the time until somebody helps.

Decides what an operator may ship; each node by itself was read before, by `load`. Must not know TOML.

A loop is the caller's own when some arrow in it is something the caller does (a choice, a key); one without would go
round by itself and is refused. The repeat and back keys are the caller's wish and cost no time here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ivr.callback import ANSWER_MAX_S, KEYS_MAX, NUMBER_MAX, SLOTS_MAX, TALKS, sentences
from ivr.callback import REASONS as CALLBACK_REASONS
from ivr.callback import TRIES_MAX as CALLBACK_TRIES_MAX
from ivr.moves import DIGIT_GAP_MAX_S, Moment
from ivr.nodes import PERSON, RELIEF, Branch, Callback, Collect, Hook, Menu, Node, Say, branches, prompts
from ivr.place import Asking, CallbackTerms, Question
from ivr.prompts import NOTICE, TERRITORIES
from schedules.faults import Fault
from schedules.hours import Open
from schedules.windows import Window

SAYING_MAX_S = 60.0
"""The most that one node may say at once."""
PATHS_MAX = 100_000
"""Steps of the search for the longest way; a flow that needs more is refused as too entangled."""

_A_MORNING = datetime(2001, 1, 1, 6, tzinfo=UTC)
"""A morning, for windows that can be named."""

Nodes = Mapping[str, Node]
Spoken = Callable[[str], float]
"""Seconds that a prompt takes."""


def graph_faults(
    nodes: Nodes, start: str, where: str, spoken: Spoken, *, minutes_max: float, recording: bool
) -> Iterator[Fault]:
    """All faults of the arrows between readable nodes. Arrows to nodes that are not in `nodes` are passed over."""
    for name, node in nodes.items():
        if isinstance(node, Menu) and not _reaches(nodes, [name], RELIEF):
            mend = "give it a choice that leads to a queue, a transfer, a callback or a hangup"
            yield Fault(f"{where} [node {name}]", "the menu has no way out", mend)
    for loop in _own_loops(nodes):
        mend = "lead one of them to a queue, a menu's choice or a hangup"
        yield Fault(f"{where} [node {loop[0]}]", f"goes round by itself: {' → '.join((*loop, loop[0]))}", mend)
    yield from _saying_faults(nodes, where, spoken)
    yield from _notice_faults(nodes, start, where, recording)
    yield from _waiting_faults(nodes, start, where, spoken, minutes_max)


def reachable(arrows: Mapping[str, Iterable[str]], start: str) -> set[str]:
    """The nodes to which some way leads from `start`, itself included."""
    found: set[str] = set()
    ahead = [start]
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += arrows.get(name, ())
    return found


def _out(nodes: Nodes, name: str) -> list[Branch]:
    return [branch for branch in branches(nodes[name]) if branch.target in nodes]


def _reaches(nodes: Nodes, starts: list[str], kinds: tuple[type[Node], ...]) -> bool:
    arrows = {name: [branch.target for branch in _out(nodes, name)] for name in nodes}
    return any(isinstance(nodes[name], kinds) for start in starts for name in reachable(arrows, start))


def _own_loops(nodes: Nodes) -> list[tuple[str, ...]]:
    """One loop for each group of nodes that go round without the caller doing anything."""
    arrows = {name: [branch.target for branch in _out(nodes, name) if not branch.by_caller] for name in nodes}
    loops: list[tuple[str, ...]] = []
    seen: set[str] = set()
    for name in nodes:
        if name in seen:
            continue
        way = _way_back(arrows, name)
        if way:
            loops.append(way)
            seen |= set(way)
    return loops


def _way_back(arrows: Mapping[str, list[str]], name: str) -> tuple[str, ...]:
    """A shortest way from a node back to itself, the node first; empty when there is none."""
    ways: list[tuple[str, ...]] = [(name,)]
    seen: set[str] = set()
    for way in ways:
        for target in arrows[way[-1]]:
            if target == name:
                return way
            if target not in seen:
                seen.add(target)
                ways.append((*way, target))
    return ()


def _saying_faults(nodes: Nodes, where: str, spoken: Spoken) -> Iterator[Fault]:
    if any(isinstance(node, Callback) for node in nodes.values()):
        for question, seconds in callback_questions_s(spoken).items():
            if seconds > SAYING_MAX_S:
                what = f"a callback node says {seconds:.0f} s at once, more than {SAYING_MAX_S:.0f} s ({question})"
                yield Fault(where, what, "shorten the prompts under [callback] in the catalogue")
    for name, node in nodes.items():
        seconds = sum(spoken(prompt) for prompt in getattr(node, "prompts", ()))
        if seconds > SAYING_MAX_S:
            what = f"says {seconds:.0f} s at once, more than {SAYING_MAX_S:.0f} s"
            yield Fault(f"{where} [node {name}] prompts", what, "shorten the text, or offer its parts in a menu")


def _notice_faults(nodes: Nodes, start: str, where: str, recording: bool) -> Iterator[Fault]:
    """Callers of a recorded line are told before they come to a person, and only those of a recorded line."""
    notices = {name for name, node in nodes.items() if _is_notice(prompts(node))}
    if not recording:
        for name in sorted(notices):
            what = "tells callers that they are recorded, and recording is off"
            yield Fault(
                f"{where} [node {name}] prompts", what, "take the recording notice out, or set recording = true"
            )
        return
    told = {name for name in notices if isinstance(nodes[name], Say) and not getattr(nodes[name], "barge_in", False)}
    for name in sorted(notices - told):
        what = "the recording notice can be cut short here"
        yield Fault(f"{where} [node {name}] prompts", what, "say it in a say node with barge_in = false")
    arrows = {name: [branch.target for branch in _out(nodes, name)] for name in nodes if name not in told}
    for name in sorted(reachable(arrows, start)):
        if name in nodes and name not in told and isinstance(nodes[name], (*PERSON, Callback)):
            what = "a recorded line, and a caller comes here without having been told"
            yield Fault(f"{where} [node {name}]", what, f'say "{NOTICE}" in a say node before it')


def _is_notice(said: tuple[str, ...]) -> bool:
    return any(prompt == NOTICE or prompt.startswith(f"{NOTICE}.") for prompt in said)


def _waiting_faults(nodes: Nodes, start: str, where: str, spoken: Spoken, minutes_max: float) -> Iterator[Fault]:
    """Ways on which a caller hears and waits for too long, from the start or from where help was not to be had."""
    after = {branch.target for name, node in nodes.items() if isinstance(node, RELIEF) for branch in _out(nodes, name)}
    costs = {name: longest_stay_s(node, spoken) for name, node in nodes.items()}
    for first in [start, *sorted(after - {start})]:
        if first not in nodes:
            continue
        try:
            seconds, way = _longest_way(nodes, first, costs)
        except _Entangled:
            what = "has too many ways through it to check them all"
            yield Fault(
                f"{where} [node {first}]", what, "use fewer arrows between menus: the * key leads back by itself"
            )
            return
        if seconds > minutes_max * 60:
            what = f"a caller may spend {seconds / 60:.1f} min before a person, a callback or an end: {' → '.join(way)}"
            mend = f"shorten texts, timeouts or tries on this way to {minutes_max:g} min"
            yield Fault(f"{where} [node {first}]", what, mend)


def longest_stay_s(node: Node, spoken: Spoken) -> float:
    """The most seconds a caller may spend at a node without pressing repeat, before it leads on."""
    said = sum(spoken(prompt) for prompt in getattr(node, "prompts", ()))
    match node:
        case Say():
            return said
        case Menu():
            again = max(spoken(node.invalid), spoken(node.silent))
            return node.tries_max * (said + node.timeout_s) + (node.tries_max - 1) * again
        case Collect():
            again = max(spoken(node.invalid), spoken(node.silent))
            typing = node.timeout_s + (node.digits_max - 1) * min(node.timeout_s, DIGIT_GAP_MAX_S)
            reading = 0.0
            if node.read_back is not None:
                figures = node.digits_max * spoken("digit.4")
                reading = spoken(node.read_back) + figures + spoken(node.confirm) + node.timeout_s
            return node.tries_max * (said + typing + reading) + (node.tries_max - 1) * again
        case Hook():
            return node.timeout_s
        case _:
            return 0.0


def callback_questions_s(spoken: Spoken) -> dict[Question, float]:
    """The most seconds that each question of a callback node takes to be said, a reason for asking again included."""
    why = max(spoken(prompt) for prompt in CALLBACK_REASONS)
    days = (_A_MORNING + timedelta(hours=2 * slot) for slot in range(SLOTS_MAX))
    slots = tuple(Window(start, start + timedelta(hours=2)) for start in days)
    terms = CallbackTerms("", "", "4" * NUMBER_MAX, True, slots, "Indian/Reunion")
    known = Asking("time", "4" * NUMBER_MAX, TERRITORIES[:KEYS_MAX], None, terms, slots[0], "44444444")
    asked = [(question, replace(known, question=question)) for question in TALKS]
    asked.append(("time", replace(known, terms=replace(terms, asap=False))))
    longest: dict[Question, float] = {}
    for question, asking in asked:
        said = sentences(asking, Moment(_A_MORNING, Open(None)))
        seconds = why + sum(spoken("slot" if prompt.startswith("slot.") else prompt) for prompt in said)
        longest[question] = max(longest.get(question, 0.0), seconds)
    return longest


def longest_talk_s(spoken: Spoken) -> float:
    """The most seconds that a callback node keeps somebody who neither repeats nor is refused by the desk.

    Not part of the wait for help: who comes to the talk has come to what helps, and * leads out of it.
    """
    said = callback_questions_s(spoken)
    typing = said["number"] + ANSWER_MAX_S + NUMBER_MAX * DIGIT_GAP_MAX_S
    number = typing + said["where"] + ANSWER_MAX_S + said["typed"] + ANSWER_MAX_S
    asked = said["shown"] + ANSWER_MAX_S + number + said["time"] + ANSWER_MAX_S
    return CALLBACK_TRIES_MAX * asked + said["reference"] + ANSWER_MAX_S + said["none"]


class _Entangled(Exception):
    pass


def _longest_way(nodes: Nodes, first: str, costs: Mapping[str, float]) -> tuple[float, tuple[str, ...]]:
    """The longest way from `first` that passes no node twice and ends where help is, with its seconds."""
    best: tuple[float, tuple[str, ...]] = (0.0, ())
    ways: list[tuple[float, tuple[str, ...]]] = [(costs[first], (first,))]
    for _ in range(PATHS_MAX):
        if not ways:
            return best
        seconds, way = ways.pop()
        best = max(best, (seconds, way), key=lambda found: found[0])
        if not isinstance(nodes[way[-1]], RELIEF):
            following = {branch.target for branch in _out(nodes, way[-1])} - set(way)
            ways += [(seconds + costs[name], (*way, name)) for name in sorted(following)]
    raise _Entangled
