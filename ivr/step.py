"""The interpreter of flows: one caller's place, one input → the next place and what to do.

Decides what every kind of node does with every input. An input that a node has no use for is late or out of turn and
changes nothing: nothing that a caller or the network does is an error here. Knows no clock: `at` comes in, deadlines
are data in the place. The talk about a callback is `callback`. Must not know how prompts are played, queues are run or
hooks are called.

Rules that hold everywhere:
- At most one Play is outstanding. A Play that something else than its end supersedes is stopped first.
- A digit typed before its menu is asked counts once, for the next menu or collect; the prompt is then not said.
- Every wait of ours has a deadline, the playing of a prompt included: a playback that never ends is no dead air.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from ivr import callback
from ivr.flow import Flow
from ivr.moves import DIGIT_GAP_MAX_S, TYPED_AHEAD_MAX, Moment, Move, cut, listening, say, stopping
from ivr.nodes import KEYS, Callback, Collect, Hangup, Hook, Hours, Menu, Node, Queue, Say, Transfer
from ivr.place import (
    CallHook,
    DeadlinePassed,
    DialOut,
    Digit,
    Entered,
    Finish,
    HookAnswered,
    HookFailed,
    Input,
    JoinQueue,
    Place,
    PromptsDone,
    QueueLeft,
    Resumed,
    Step,
    TransferFailed,
)
from schedules.hours import Closed, Open, Opening, Why


class UnboundedFlow(AssertionError):
    """A flow that `check` would have refused goes round without waiting for anything."""


def start(flow: Flow, at: datetime, opening: Opening) -> Step:
    """A caller comes to the first node of a flow."""
    return step(flow, Place(node=flow.start), Entered(), at, opening)


def step(flow: Flow, place: Place, event: Input, at: datetime, opening: Opening) -> Step:
    """One input, run through to the next node that waits. `at` is aware; `opening` is the line's at that instant."""
    moment = Moment(at, opening)
    move = _react(flow.nodes[place.node], place, event, moment)
    actions = list(move.actions)
    trail: list[str] = []
    while move.to is not None:
        if len(trail) > len(flow.nodes) + TYPED_AHEAD_MAX:
            raise UnboundedFlow(f"{flow.line}: {' → '.join(trail[-4:])}")
        trail.append(move.to)
        move = _enter(flow.nodes[move.to], move.to, move.place, moment)
        actions += move.actions
    return Step(move.place, tuple(actions), tuple(trail))


def _enter(node: Node, name: str, came: Place, now: Moment) -> Move:
    place = replace(came, node=name, phase="elsewhere", tries=0, deadline=None, asking=None)
    match node:
        case Hours():
            return Move(place, to=_by_hours(node, now.opening))
        case Say():
            return say(place, node.prompts, now)
        case Menu():
            if name in place.back:
                place = replace(place, back=place.back[: place.back.index(name)])
            if place.digits:
                return _chosen(node, replace(place, digits=place.digits[1:]), place.digits[0], now)
            return say(place, node.prompts, now)
        case Collect():
            return _enter_collect(node, place, now)
        case Queue():
            return Move(_asking(place), (JoinQueue(node.queue, node.priority, tuple(node.keys)),))
        case Callback():
            return callback.enter(node, replace(place, informed=False), now)
        case Transfer():
            return Move(_asking(place), (DialOut(node.target),))
        case Hook():
            return _call_hook(node, place, now)
        case Hangup():
            place = replace(place, digits="")
            if node.prompts:
                return say(place, node.prompts, now, "leaving")
            return Move(replace(place, phase="gone"), (Finish(node.outcome),))


def _react(node: Node, place: Place, event: Input, now: Moment) -> Move:
    ignored = Move(place)
    match event:
        case Entered():
            return Move(replace(place, digits=""), cut(place), to=place.node)
        case Resumed():
            return _resume(node, place, now)
        case Digit(digit) if len(digit) != 1 or digit not in KEYS:
            return ignored
        case DeadlinePassed() if place.deadline is None or now.at < place.deadline:
            return ignored
        case _:
            pass
    match node:
        case Say():
            return _in_say(node, place, event)
        case Menu():
            return _in_menu(node, place, event, now)
        case Collect():
            return _in_collect(node, place, event, now)
        case Callback():
            return callback.hear(node, place, event, now)
        case Hangup():
            if place.phase == "leaving" and isinstance(event, PromptsDone | DeadlinePassed):
                stop = cut(place) if isinstance(event, DeadlinePassed) else ()
                return Move(replace(place, phase="gone", deadline=None), (*stop, Finish(node.outcome)))
            return ignored
        case _:
            return _from_elsewhere(node, place, event)


def _in_say(node: Say, place: Place, event: Input) -> Move:
    match event:
        case PromptsDone():
            return Move(replace(place, informed=place.informed or node.informs), to=node.next)
        case DeadlinePassed():
            return Move(replace(place, informed=place.informed or node.informs), cut(place), to=node.next)
        case Digit(digit):
            ahead = replace(place, digits=(place.digits + digit)[:TYPED_AHEAD_MAX])
            return Move(ahead, cut(place), to=node.next) if node.barge_in else Move(ahead)
        case _:
            return Move(place)


def _in_menu(node: Menu, place: Place, event: Input, now: Moment) -> Move:
    match event, place.phase:
        case Digit(digit), _:
            return stopping(place, _chosen(node, place, digit, now))
        case PromptsDone(), "saying":
            return Move(listening(place, node.timeout_s, now))
        case DeadlinePassed(), "saying":
            return Move(listening(place, node.timeout_s, now), cut(place))
        case DeadlinePassed(), "listening":
            if node.unanswered is not None:
                return Move(place, to=node.unanswered)
            return _missed(node, place, node.silent, now)
        case _:
            return Move(place)


def _chosen(menu: Menu, place: Place, digit: str, now: Moment) -> Move:
    """One digit acts on a menu. Digits typed after it stay in the place for the next node."""
    if digit in menu.choices:
        return Move(replace(place, back=(*place.back, place.node)), to=menu.choices[digit])
    if digit == menu.back and place.back:
        return Move(replace(place, back=place.back[:-1]), to=place.back[-1])
    if digit in (menu.repeat, menu.back):
        return say(replace(place, digits=""), menu.prompts, now)
    return _missed(menu, replace(place, digits=""), menu.invalid, now)


def _missed(node: Menu | Collect, place: Place, why: str, now: Moment) -> Move:
    """A wrong or missing answer: asked again, or on to a person."""
    tried = replace(place, tries=place.tries + 1, digits="")
    if tried.tries >= node.tries_max:
        return Move(tried, to=node.otherwise)
    return say(tried, (why, *node.prompts), now)


def _enter_collect(node: Collect, place: Place, now: Moment) -> Move:
    if not place.digits:
        return say(place, node.prompts, now)
    ahead = place.digits
    move = Move(replace(place, digits="", phase="listening"))
    for used, digit in enumerate(ahead, start=1):
        move = _typed(node, move.place, digit, now)
        if move.to is not None:  # digits after the number are for the next node
            return replace(move, place=replace(move.place, digits=ahead[used:]))
        if move.actions:  # asked again or read back: what was typed before hearing that is void
            return move
    return move


def _in_collect(node: Collect, place: Place, event: Input, now: Moment) -> Move:
    match event, place.phase:
        case Digit(digit), "saying" | "listening":
            return stopping(place, _typed(node, replace(place, phase="listening"), digit, now))
        case PromptsDone(), "saying":
            return Move(listening(place, node.timeout_s, now))
        case DeadlinePassed(), "saying":
            return Move(listening(place, node.timeout_s, now), cut(place))
        case DeadlinePassed(), "listening":
            if len(place.digits) >= node.digits_min:
                return _complete(node, place, now)
            return _missed(node, place, node.invalid if place.digits else node.silent, now)
        case Digit("1"), "reading_back" | "confirming":
            return stopping(place, _keep(node, place))
        case Digit("2"), "reading_back" | "confirming":
            return stopping(place, _corrected(node, place, now))
        case (Digit(), "reading_back" | "confirming") | (DeadlinePassed(), "confirming"):
            return stopping(place, _unconfirmed(node, place, now))
        case PromptsDone(), "reading_back":
            return Move(listening(place, node.timeout_s, now, "confirming"))
        case DeadlinePassed(), "reading_back":
            return Move(listening(place, node.timeout_s, now, "confirming"), cut(place))
        case _:
            return Move(place)


def _typed(node: Collect, place: Place, digit: str, now: Moment) -> Move:
    """One digit of a number, or the key that ends it."""
    if digit == node.finish:
        if len(place.digits) >= node.digits_min:
            return _complete(node, place, now)
        return _missed(node, place, node.invalid, now)
    if not digit.isdigit():
        return _missed(node, place, node.invalid, now)
    typed = replace(place, digits=place.digits + digit)
    if len(typed.digits) >= node.digits_max:
        return _complete(node, typed, now)
    return Move(listening(typed, min(node.timeout_s, DIGIT_GAP_MAX_S), now))


def _complete(node: Collect, place: Place, now: Moment) -> Move:
    return _keep(node, place) if node.read_back is None else _read_back(node, place, now)


def _read_back(node: Collect, place: Place, now: Moment) -> Move:
    lead = (node.read_back,) if node.read_back is not None else ()
    spoken = tuple(f"digit.{digit}" for digit in place.digits)
    return say(place, (*lead, *spoken, node.confirm), now, "reading_back")


def _corrected(node: Collect, place: Place, now: Moment) -> Move:
    """The caller wants to type it again: a try too, so that nobody goes round for ever."""
    tried = replace(place, tries=place.tries + 1, digits="")
    if tried.tries >= node.tries_max:
        return Move(tried, to=node.otherwise)
    return say(tried, node.prompts, now)


def _unconfirmed(node: Collect, place: Place, now: Moment) -> Move:
    tried = replace(place, tries=place.tries + 1)
    if tried.tries >= node.tries_max:
        return Move(replace(tried, digits=""), to=node.otherwise)
    return _read_back(node, tried, now)


def _keep(node: Collect, place: Place) -> Move:
    others = tuple(answer for answer in place.answers if answer[0] != node.name)
    return Move(replace(place, answers=(*others, (node.name, place.digits)), digits=""), to=node.next)


def _from_elsewhere(node: Node, place: Place, event: Input) -> Move:
    """A queue, a transfer or a hook came back, or the caller pressed a key that leaves a queue."""
    match node, event:
        case Queue(), QueueLeft("full"):
            return Move(place, to=node.full)
        case Queue(), QueueLeft("no_adviser"):
            return Move(place, to=node.no_adviser)
        case Queue(), QueueLeft("too_long"):
            return Move(place, to=node.too_long)
        case Queue(keys=keys), Digit(key) | QueueLeft("key", str(key)) if key in keys:
            return Move(place, to=keys[key])
        case Queue(), QueueLeft():  # out of the queue by a key that leads nowhere: back into it, never dead air
            return Move(place, to=place.node)
        case Transfer(), TransferFailed():
            return Move(place, to=node.failed)
        case Hook(), HookAnswered(result):
            return Move(place, to=node.branches.get(result, node.otherwise))
        case Hook(), HookFailed() | DeadlinePassed():
            return Move(place, to=node.otherwise)
        case Hook(), Digit(digit):
            return Move(replace(place, digits=(place.digits + digit)[:TYPED_AHEAD_MAX]))
        case _:
            return Move(place)


def _resume(node: Node, place: Place, now: Moment) -> Move:
    match node:
        case Collect() if place.phase in ("reading_back", "confirming"):
            return stopping(place, _read_back(node, place, now))
        case Collect():
            return stopping(place, say(replace(place, digits=""), node.prompts, now))
        case Say() | Menu():
            return stopping(place, say(place, node.prompts, now))
        case Callback():
            return stopping(place, callback.resume(node, place, now))
        case Hook():  # its answer went to a process that is gone
            return _call_hook(node, place, now)
        case Hangup(outcome=outcome) if place.phase == "gone":
            return Move(place, (Finish(outcome),))
        case Hangup():
            return stopping(place, say(place, node.prompts, now, "leaving"))
        case _:  # queues and transfers are the desk's to take up again
            return Move(place)


def _asking(place: Place) -> Place:
    """The caller asks for a person: digits typed by the way mean nothing now, and to hang up is to be lost."""
    return replace(place, digits="", informed=False)


def _by_hours(node: Hours, opening: Opening) -> str:
    match opening:
        case Open():
            return node.open
        case Closed(Why.HOLIDAY):
            return node.holiday or node.closed
        case Closed(Why.EXCEPTION):
            return node.exception or node.closed
        case Closed():
            return node.closed


def _call_hook(node: Hook, place: Place, now: Moment) -> Move:
    waiting = replace(place, deadline=now.at + timedelta(seconds=node.timeout_s))
    return Move(waiting, (CallHook(node.hook, place.answers, node.timeout_s),))
