"""The choice of who is offered whom, the slow and plain way: every caller with every adviser."""

from __future__ import annotations

from collections.abc import Iterable

from dialer.core import adviser as advisers
from dialer.core.adviser import Adviser
from dialer.core.assign import Match
from dialer.core.call_states import Call, Waiting
from dialer.core.rules import Rules
from dialer.core.words import Instant, Why, Wish
from schedules.shifts import Activity


def best_match(calls: Iterable[Call], team: Iterable[Adviser], rules: Rules, at: Instant) -> Match | None:
    """Among all pairs: the caller of the highest priority, then of the earliest arrival; for them the best level, and
    within it the longest idle. Eligible is on a phone shift, ready, free, rested, registered."""
    eligible = [
        each
        for each in team
        if each.id in rules.advisers
        and each.wish is Wish.READY
        and each.state == advisers.Free()
        and each.registered
        and rules.shifts.activity_at(each.id, at) is Activity.PHONE
    ]
    pairs = [
        ((-call.state.priority, call.arrived_at, call.id), level, (each.idle_since, each.id), call, each)
        for call in calls
        if isinstance(call.state, Waiting)
        for each in eligible
        if (level := rules.advisers[each.id].skills.get(call.state.queue)) is not None and level <= call.state.level
    ]
    if not pairs:
        return None
    place, level, (idle_since, adviser), call, _ = min(pairs, key=lambda pair: pair[:3])
    assert isinstance(call.state, Waiting)
    return Match(
        call.id,
        adviser,
        Why(
            level=level,
            idle_s=(at - idle_since).total_seconds(),
            candidates=sum(pair[0] == place and pair[1] == level for pair in pairs),
            waited_s=(at - call.state.queued_at).total_seconds(),
        ),
    )
