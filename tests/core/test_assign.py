"""The pool's choice is the plain one, and costs the same however many wait."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import total_ordering

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.assign import Match, Pool
from dialer.core.words import AdviserId, CallId, QueueId, Why
from tests.core.world import T0, after

QUEUES = ("main", "dropout", "parcoursup")
callers = st.lists(
    st.tuples(st.sampled_from(QUEUES), st.integers(1, 3), st.integers(-2, 0), st.integers(0, 6), st.integers(0, 6)),
    max_size=12,
)
people = st.lists(st.tuples(st.integers(0, 6), st.dictionaries(st.sampled_from(QUEUES), st.integers(1, 3))), max_size=6)
churn = st.lists(st.tuples(st.booleans(), st.integers(0, 11)), max_size=8)


def plain(
    calls: dict[str, tuple[str, int, int, int, int]], team: dict[str, tuple[int, dict[str, int]]], at: datetime
) -> Match | None:
    """Every caller with every adviser, and the least of them."""
    pairs = [
        ((priority, place, call), skills[queue], (idle, name), queued)
        for call, (queue, level, priority, place, queued) in calls.items()
        for name, (idle, skills) in team.items()
        if queue in skills and skills[queue] <= level
    ]
    if not pairs:
        return None
    key, level, (idle, name), queued = min(pairs)
    candidates = sum(pair[0] == key and pair[1] == level for pair in pairs)
    why = Why(level, (at - after(idle)).total_seconds(), candidates, (at - after(queued)).total_seconds())
    return Match(CallId(key[2]), AdviserId(name), why)


@settings(max_examples=400, deadline=None)
@given(callers, people, churn)
def test_the_choice_is_that_of_every_caller_with_every_adviser(
    waiting: list[tuple[str, int, int, int, int]],
    team: list[tuple[int, dict[str, int]]],
    changes: list[tuple[bool, int]],
) -> None:
    pool = Pool()
    calls = {f"c{n:02}": each for n, each in enumerate(waiting)}
    advisers = {f"a{n}": each for n, each in enumerate(team)}

    def put(name: str) -> None:
        queue, level, priority, place, queued = calls[name]
        pool.put_call(CallId(name), QueueId(queue), level, priority, after(place), after(queued))

    for name in calls:
        put(name)
    for name, (idle, skills) in advisers.items():
        pool.put_adviser(AdviserId(name), after(idle), {QueueId(q): level for q, level in skills.items()})
    for goes, number in changes:  # callers who go and levels that open
        name = f"c{number:02}"
        if name in calls and goes:
            pool.drop_call(CallId(name))
            del calls[name]
        elif name in calls:
            queue, level, *others = calls[name]
            calls[name] = (queue, level + 1, *others)  # type: ignore[assignment]
            put(name)
    while True:
        found = pool.next_match(after(100))
        assert found == plain(calls, advisers, after(100))
        for queue in QUEUES:
            order = sorted((key[2:4], name) for name, key in calls.items() if key[0] == queue)
            assert list(pool.in_order(QueueId(queue))) == [name for _, name in order]
            assert [pool.position(CallId(name)) for _, name in order] == list(range(1, len(order) + 1))
            assert pool.waiting(QueueId(queue)) == len(order)
            assert pool.eligible(QueueId(queue)) == sum(queue in skills for _, skills in advisers.values())
        if found is None:
            return
        pool.drop_call(found.call)
        pool.drop_adviser(found.adviser)
        del calls[found.call], advisers[found.adviser]


@total_ordering
@dataclass(eq=False)
class Counted:
    """A place that counts how often places are compared."""

    at: datetime
    compared: list[int]

    def __eq__(self, other: object) -> bool:
        self.compared[0] += 1
        return isinstance(other, Counted) and self.at == other.at

    def __lt__(self, other: "Counted") -> bool:
        self.compared[0] += 1
        return self.at < other.at

    __hash__ = None  # type: ignore[assignment]


def comparisons(waiting: int, *, of_the_choice: bool) -> int:
    """How many comparisons a choice costs, or a caller who comes and goes, with that many waiting."""
    pool, compared = Pool(), [0]
    for number in range(waiting):
        place = Counted(T0 + timedelta(seconds=number * 7919 % waiting), compared)
        queue = QueueId(QUEUES[number % 3])
        pool.put_call(CallId(f"c{number}"), queue, 1 + number % 2, 0, place, T0)  # type: ignore[arg-type]
    for number in range(360):
        skills = {QueueId(queue): 1 + (number + n) % 2 for n, queue in enumerate(QUEUES)}
        pool.put_adviser(AdviserId(f"a{number}"), after(number), skills)
    compared[0] = 0
    if of_the_choice:
        assert pool.next_match(after(5)) is not None
    else:
        here = Counted(T0 + timedelta(seconds=waiting / 2), compared)
        pool.put_call(CallId("x"), QueueId("main"), 2, 0, here, T0)  # type: ignore[arg-type]
        pool.drop_call(CallId("x"))
    return compared[0]


def test_a_choice_costs_the_same_with_ten_and_with_ten_thousand_waiting() -> None:
    assert comparisons(10_000, of_the_choice=True) <= comparisons(12, of_the_choice=True) + 4


def test_to_come_and_go_costs_little_more_with_ten_thousand_waiting_than_with_a_hundred() -> None:
    assert comparisons(10_000, of_the_choice=False) <= 4 * comparisons(100, of_the_choice=False)


@pytest.mark.parametrize("times", [1, 3])
def test_what_is_put_again_is_there_once(times: int) -> None:
    pool = Pool()
    for _ in range(times):
        pool.put_call(CallId("c"), QueueId("main"), 2, 0, after(0), after(0))
        pool.put_adviser(AdviserId("a"), after(0), {QueueId("main"): 2})

    assert (pool.waiting(QueueId("main")), pool.eligible(QueueId("main"))) == (1, 1)
    pool.drop_call(CallId("c"))
    pool.drop_adviser(AdviserId("a"))
    pool.drop_call(CallId("c"))
    pool.drop_adviser(AdviserId("a"))
    assert (pool.waiting(QueueId("main")), pool.eligible(QueueId("main")), pool.next_match(T0)) == (0, 0, None)
    assert (pool.position(CallId("c")), pool.queue_of(CallId("c")), pool.head_since(QueueId("main"))) == (0, None, None)


def test_who_queues_anew_is_known_with_the_new_wait() -> None:
    pool = Pool()
    pool.put_call(CallId("c"), QueueId("main"), 1, 0, after(0), after(0))
    pool.put_call(CallId("c"), QueueId("main"), 1, 0, after(0), after(50))

    assert pool.head_since(QueueId("main")) == after(50)
