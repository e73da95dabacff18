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
promised = st.lists(
    st.tuples(st.sampled_from(QUEUES), st.sampled_from([-10, -10, -1, 0]), st.integers(0, 6), st.integers(0, 6)),
    max_size=8,
)
room = st.dictionaries(st.sampled_from(QUEUES), st.integers(1, 4))
churn = st.lists(st.tuples(st.booleans(), st.integers(0, 11)), max_size=8)


def plain(
    calls: dict[str, tuple[str, int, int, int, int]],
    due: dict[str, tuple[str, int, int, int]],
    team: dict[str, tuple[int, dict[str, int]]],
    left: dict[str, int],
    at: datetime,
) -> Match | None:
    """Every caller, and every callback of a queue with reserved advisers left, with every adviser: the least of all."""
    waits = [(*each, False, call) for call, each in calls.items()]
    waits += [
        (queue, 9, priority, place, since, True, visit)
        for visit, (queue, priority, place, since) in due.items()
        if left.get(queue, 0) > 0
    ]
    pairs = [
        ((priority, place, visit), skills[queue], (idle, name), since, callback)
        for queue, level, priority, place, since, callback, visit in waits
        for name, (idle, skills) in team.items()
        if queue in skills and skills[queue] <= level
    ]
    if not pairs:
        return None
    key, level, (idle, name), since, callback = min(pairs)
    candidates = sum(pair[0] == key and pair[1] == level for pair in pairs)
    why = Why(level, (at - after(idle)).total_seconds(), candidates, (at - after(since)).total_seconds())
    return Match(CallId(key[2]), AdviserId(name), why, callback)


@settings(max_examples=400, deadline=None)
@given(callers, promised, people, room, churn)
def test_the_choice_is_that_of_everybody_who_waits_with_every_adviser(
    waiting: list[tuple[str, int, int, int, int]],
    promises: list[tuple[str, int, int, int]],
    team: list[tuple[int, dict[str, int]]],
    left: dict[str, int],
    changes: list[tuple[bool, int]],
) -> None:
    pool = Pool()
    calls = {f"c{n:02}": each for n, each in enumerate(waiting)}
    due = {f"cb-{n:02}": each for n, each in enumerate(promises)}
    advisers = {f"a{n}": each for n, each in enumerate(team)}

    def put(name: str) -> None:
        queue, level, priority, place, queued = calls[name]
        pool.put_call(CallId(name), QueueId(queue), level, priority, after(place), after(queued))

    def promise(name: str) -> None:
        queue, priority, place, since = due[name]
        pool.put_callback(CallId(name), QueueId(queue), priority, after(place), after(since))

    for name in calls:
        put(name)
    for name in due:
        promise(name)
    for name, (idle, skills) in advisers.items():
        pool.put_adviser(AdviserId(name), after(idle), {QueueId(q): level for q, level in skills.items()})
    for goes, number in changes:  # callers who go and levels that open
        name, visit = f"c{number:02}", f"cb-{number:02}"
        if visit in due and goes:
            pool.drop_callback(CallId(visit))
            del due[visit]
        elif visit in due:  # its promise was missed, or its place has moved
            queue, priority, place, since = due[visit]
            due[visit] = (queue, 0 if priority == -10 else -10, place + 1, since)
            promise(visit)
        if name in calls and goes:
            pool.drop_call(CallId(name))
            del calls[name]
        elif name in calls:
            queue, level, *others = calls[name]
            calls[name] = (queue, level + 1, *others)  # type: ignore[assignment]
            put(name)
    while True:
        found = pool.next_match(after(100), lambda queue: left.get(queue, 0) > 0)
        assert found == plain(calls, due, advisers, left, after(100))
        for queue in QUEUES:
            order = sorted((key[2:4], name) for name, key in calls.items() if key[0] == queue)
            assert list(pool.in_order(QueueId(queue))) == [name for _, name in order]
            assert [pool.position(CallId(name)) for _, name in order] == list(range(1, len(order) + 1))
            assert pool.waiting(QueueId(queue)) == len(order)
            assert pool.eligible(QueueId(queue)) == sum(queue in skills for _, skills in advisers.values())
            assert pool.due(QueueId(queue)) == sum(each[0] == queue for each in due.values())
        if found is None:
            return
        if found.callback:
            pool.drop_callback(found.call)
            left[due.pop(found.call)[0]] -= 1
        else:
            pool.drop_call(found.call)
            del calls[found.call]
        pool.drop_adviser(found.adviser)
        del advisers[found.adviser]


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


def comparisons(waiting: int, *, of_the_choice: bool, due: int = 12) -> int:
    """How many comparisons a choice costs, or who comes and goes, with that many callers and callbacks waiting."""
    pool, compared = Pool(), [0]
    for number in range(waiting):
        place = Counted(T0 + timedelta(seconds=number * 7919 % waiting), compared)
        queue = QueueId(QUEUES[number % 3])
        pool.put_call(CallId(f"c{number}"), queue, 1 + number % 2, 0, place, T0)  # type: ignore[arg-type]
    for number in range(due):
        place = Counted(T0 + timedelta(seconds=number * 7919 % due), compared)
        queue = QueueId(QUEUES[number % 3])
        pool.put_callback(CallId(f"cb-{number}"), queue, -10 if number % 2 else 0, place, T0)  # type: ignore[arg-type]
    for number in range(360):
        skills = {QueueId(queue): 1 + (number + n) % 2 for n, queue in enumerate(QUEUES)}
        pool.put_adviser(AdviserId(f"a{number}"), after(number), skills)
    compared[0] = 0
    if of_the_choice:
        assert pool.next_match(after(5), lambda _: True) is not None
        assert pool.next_match(after(5), lambda _: False) is not None
    else:
        here = Counted(T0 + timedelta(seconds=waiting / 2), compared)
        pool.put_call(CallId("x"), QueueId("main"), 2, 0, here, T0)  # type: ignore[arg-type]
        pool.drop_call(CallId("x"))
        pool.put_callback(CallId("cb-x"), QueueId("main"), 0, here, T0)  # type: ignore[arg-type]
        pool.drop_callback(CallId("cb-x"))
    return compared[0]


def test_a_choice_costs_the_same_with_ten_and_with_ten_thousand_waiting() -> None:
    assert comparisons(10_000, of_the_choice=True) <= comparisons(12, of_the_choice=True) + 4


def test_a_choice_costs_the_same_with_ten_and_with_ten_thousand_callbacks_due() -> None:
    few = comparisons(12, of_the_choice=True)

    assert comparisons(12, of_the_choice=True, due=10_000) <= few + 4
    assert comparisons(10_000, of_the_choice=True, due=10_000) <= few + 8


@pytest.mark.parametrize("due", [12, 10_000])
def test_to_come_and_go_costs_little_more_with_ten_thousand_waiting_than_with_a_hundred(due: int) -> None:
    few = comparisons(100, of_the_choice=False, due=100)

    assert comparisons(10_000, of_the_choice=False, due=due) <= 4 * few


@pytest.mark.parametrize("times", [1, 3])
def test_what_is_put_again_is_there_once(times: int) -> None:
    pool = Pool()
    for _ in range(times):
        pool.put_call(CallId("c"), QueueId("main"), 2, 0, after(0), after(0))
        pool.put_callback(CallId("cb-1"), QueueId("main"), 0, after(0), after(0))
        pool.put_adviser(AdviserId("a"), after(0), {QueueId("main"): 2})

    main = QueueId("main")
    assert (pool.waiting(main), pool.due(main), pool.eligible(main)) == (1, 1, 1)
    for _ in range(2):
        pool.drop_call(CallId("c"))
        pool.drop_callback(CallId("cb-1"))
        pool.drop_adviser(AdviserId("a"))
    assert pool.due(main) == 0
    assert (pool.waiting(QueueId("main")), pool.eligible(QueueId("main")), pool.next_match(T0)) == (0, 0, None)
    assert (pool.position(CallId("c")), pool.queue_of(CallId("c")), pool.head_since(QueueId("main"))) == (0, None, None)


def test_who_queues_anew_is_known_with_the_new_wait() -> None:
    pool = Pool()
    pool.put_call(CallId("c"), QueueId("main"), 1, 0, after(0), after(0))
    pool.put_call(CallId("c"), QueueId("main"), 1, 0, after(0), after(50))

    assert pool.head_since(QueueId("main")) == after(50)


def test_a_dated_callback_is_before_every_caller_but_only_while_advisers_are_reserved_for_it() -> None:
    pool = Pool()
    main = QueueId("main")
    pool.put_call(CallId("urgent"), main, 1, -9, after(0), after(0))
    pool.put_callback(CallId("cb-1"), main, -10, after(50), after(50))
    pool.put_adviser(AdviserId("a"), after(0), {main: 3})  # of a level that no caller has open
    assert pool.next_match(after(60)) is None
    found = pool.next_match(after(60), lambda queue: queue == main)
    assert found is not None
    assert (found.call, found.callback) == ("cb-1", True)

    pool.put_adviser(AdviserId("b"), after(10), {main: 1})
    reserved, free = pool.next_match(after(60), lambda _: True), pool.next_match(after(60))
    assert reserved is not None
    assert free is not None
    assert (reserved.call, reserved.adviser, reserved.why.level) == ("cb-1", "b", 1)
    assert (free.call, free.adviser) == ("urgent", "b")


def test_a_callback_without_a_date_waits_at_its_place_among_the_callers() -> None:
    pool = Pool()
    main = QueueId("main")
    pool.put_call(CallId("before"), main, 1, 0, after(0), after(0))
    pool.put_callback(CallId("cb-1"), main, 0, after(5), after(40))
    pool.put_call(CallId("behind"), main, 1, 0, after(10), after(10))
    pool.put_adviser(AdviserId("a"), after(0), {main: 1})
    served = []
    while (found := pool.next_match(after(60), lambda _: True)) is not None:
        served.append(found.call)
        (pool.drop_callback if found.callback else pool.drop_call)(found.call)

    assert served == ["before", "cb-1", "behind"]
