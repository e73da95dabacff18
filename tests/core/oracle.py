"""The choice of who is offered whom, the slow and plain way: everybody who waits with every adviser."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import floor

from dialer.core import adviser as advisers
from dialer.core.adviser import Adviser
from dialer.core.assign import Match
from dialer.core.callbacks.states import Accepted, Callback, Dialling, Due, Offered, Ready, Talking
from dialer.core.calls.states import Call, Waiting
from dialer.core.rules import QueueRules, Rules
from dialer.core.words import CallId, Instant, QueueId, Why, Wish
from schedules.shifts import Activity

DATED = -10
"""The class of a callback with a window: before every caller, whom a flow gives -9 to 0."""


@dataclass(frozen=True)
class Waits:
    """Whoever waits. ``key``: priority class, place, id; the least is next."""

    key: tuple[int, Instant, CallId]
    queue: QueueId
    level: int
    since: Instant
    callback: bool


def best_match(
    calls: Iterable[Call],
    callbacks: Iterable[Callback],
    team: Iterable[Adviser],
    rules: Rules,
    queues: Iterable[QueueRules],
    at: Instant,
) -> Match | None:
    """Among all pairs: who is of the highest priority, then of the earliest place; for them the best level, and within
    it the longest idle. Eligible is on a phone shift, ready, free, rested, registered. A callback waits only while its
    queue keeps fewer advisers busy with callbacks than are reserved. ``queues``: those of `callbacks`, as in force."""
    eligible = [
        each
        for each in team
        if each.id in rules.advisers
        and each.wish is Wish.READY
        and each.state == advisers.Free()
        and each.registered
        and rules.shifts.activity_at(each.id, at) is Activity.PHONE
    ]
    callbacks = tuple(callbacks)
    room = {queue.id for queue in queues if in_flight(callbacks, queue.id) < reserved(queue, rules, at)}
    waiting = [
        Waits((-state.priority, call.arrived_at, call.id), state.queue, state.level, state.queued_at, False)
        for call in calls
        if isinstance(state := call.state, Waiting)
    ]
    waiting += [
        Waits((_class(each), each.place, CallId(each.id)), each.queue, 99, each.state.since, True)
        for each in callbacks
        if isinstance(each.state, Due) and each.queue in room
    ]
    pairs = [
        (who.key, level, (each.idle_since, each.id), who)
        for who in waiting
        for each in eligible
        if (level := rules.advisers[each.id].skills.get(who.queue)) is not None and level <= who.level
    ]
    if not pairs:
        return None
    key, level, (idle_since, adviser), who = min(pairs, key=lambda pair: pair[:3])
    why = Why(
        level=level,
        idle_s=(at - idle_since).total_seconds(),
        candidates=sum(pair[:2] == (key, level) for pair in pairs),
        waited_s=(at - who.since).total_seconds(),
    )
    return Match(key[2], adviser, why, who.callback)


def in_flight(callbacks: Iterable[Callback], queue: QueueId) -> int:
    """How many callbacks of the queue keep an adviser."""
    busy = (Offered, Accepted, Ready, Dialling, Talking)
    return sum(each.queue == queue and isinstance(each.state, busy) for each in callbacks)


def reserved(queue: QueueRules, rules: Rules, at: Instant) -> int:
    """How many of the queue's advisers on phone are for its callbacks: the share, rounded down, but one at least."""
    on = set(rules.shifts.advisers_on(Activity.PHONE, at))
    able = sum(each.id in on and queue.id in each.skills for each in rules.advisers.values())
    if able == 0 or queue.callback_share == 0:
        return 0
    return max(1, floor(round(able * queue.callback_share, 6)))


def _class(callback: Callback) -> int:
    return -callback.priority if callback.window is None else DATED
