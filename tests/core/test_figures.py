"""The figures of a day, the outlook on the wait, and what the consoles are shown."""

from dataclasses import asdict, replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core import outlook, views
from dialer.core.figures import Figures, Tally
from dialer.core.outlook import Outlook
from dialer.core.words import E164, AdviserId, CallId, Cause, LineId, QueueId, Record, Wish, record
from tests.core.world import CLOSING, DIRECT, DROPOUT, MAIN, QUEUE, T0, WELCOMED, Room, after, rules, team

WITHIN = {MAIN: 20.0, DROPOUT: 20.0}


def ended(
    outcome: str, stage: str, waited_s: float | None, talked_s: float | None = None, by: str | None = None
) -> Record:
    return record(
        T0,
        "ended",
        CallId("c"),
        AdviserId(by) if by else None,
        outcome=outcome,
        stage=stage,
        cause="normal",
        line="direct",
        queue=None if waited_s is None else "main",
        waited_s=waited_s,
        talked_s=talked_s,
    )


DAY = [
    ended("answered", "talking", 5, 100, by="a"),
    ended("answered", "talking", 20, 200, by="a"),
    ended("answered", "talking", 50, 300, by="b"),
    ended("failed", "talking", 10, 20, by="b"),
    ended("abandoned", "waiting", 3),
    ended("abandoned", "offered", 15),
    ended("abandoned", "waiting", 90),
    ended("abandoned", "in_flow", None),
    ended("informed", "in_flow", None),
    ended("turned_away", "in_flow", 12),
    ended("transferred", "talking", 300, 60),
    ended("transferred", "talking", None, 60),
]


def tally(records: list[Record]) -> Tally:
    figures = Figures(WITHIN)
    figures.take(record(T0, "call_arrived", CallId("c"), line="direct") for _ in records)
    figures.take(records)
    return figures.total


def test_the_figures_of_a_day_are_those_counted_by_hand() -> None:
    day = tally(DAY)

    assert (day.received, day.asked, day.answered) == (12, 9, 4)
    assert (day.abandoned, day.short_abandoned) == (3, 1)
    assert day.answered_rate == pytest.approx(4 / 9)
    assert day.market_answer_rate == pytest.approx(4 / 12)
    assert day.abandon_rate == pytest.approx(3 / 9)
    assert day.service_level == pytest.approx(3 / 4)
    assert day.service_level_offered == pytest.approx((3 + 2) / 9)
    assert day.mean_wait_s == pytest.approx(85 / 4)
    assert day.waited_s_max == 50
    assert day.mean_talk_s == pytest.approx(620 / 4)


def test_a_number_outside_is_no_adviser_who_answered() -> None:
    assert tally([ended("transferred", "talking", 300, 60)]).answered == 0


def test_a_day_without_calls_has_no_rates() -> None:
    day = tally([])

    assert (day.answered_rate, day.market_answer_rate, day.service_level, day.mean_wait_s) == (None, None, None, None)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(DAY), st.sampled_from(["direct", "drop"]), st.sampled_from(["main", "dropout"])))
)
def test_lines_and_queues_add_up_to_the_total(day: list[tuple[Record, str, str]]) -> None:
    figures = Figures(WITHIN)
    for entry, line, queue in day:
        data = dict(entry.data)
        data |= {"line": line, "queue": queue if data["queue"] is not None else None}
        figures.take([record(T0, "call_arrived", CallId("c"), line=line), replace(entry, data=tuple(data.items()))])

    def sums(tallies: list[Tally], *names: str) -> list[float]:
        return [sum(asdict(each)[name] for each in tallies) for name in names]

    of_all = ("received", "asked", "answered", "abandoned", "short_abandoned", "answered_in_time", "left_in_time")
    assert sums(list(figures.lines.values()), *of_all) == sums([figures.total], *of_all)
    assert sums(list(figures.queues.values()), *of_all[1:]) == sums([figures.total], *of_all[1:])
    assert sum(figures.total.outcomes.values()) == figures.total.received
    assert figures.total.short_abandoned <= figures.total.abandoned
    assert figures.total.answered + figures.total.abandoned <= figures.total.asked


def test_the_journal_of_the_desk_gives_the_figures() -> None:
    room = Room(rules(queue=replace(QUEUE, size_max=1)))
    room.queue_up("answered", "waits", "turned away")
    room.answer("a")
    room.until(30)
    room.leave("turned away")
    room.leave("waits")
    room.until(63)
    room.leave("answered")
    figures = Figures(WITHIN)
    for change in room.changes:
        figures.take(change.records)

    day = figures.total

    assert (day.received, day.asked, day.answered, day.abandoned) == (3, 3, 1, 1)
    assert day.outcomes == {"turned_away": 1, "abandoned": 1, "answered": 1}
    assert (day.waited_s, day.talked_s) == (3.0, 60.0)


# -- outlook ----------------------------------------------------------------------------------------


def known(answers: int, every_s: float = 60) -> Outlook:
    known = Outlook()
    for number in range(answers):
        known.answered(MAIN, after(number * every_s))
    return known


def test_too_few_answers_give_no_range() -> None:
    now = after(10 * 60)
    assert known(outlook.ANSWERS_MIN - 1).expected_wait_s(MAIN, 1, now) is None
    assert known(outlook.ANSWERS_MIN).expected_wait_s(MAIN, 1, now) is not None
    assert known(20).expected_wait_s(DROPOUT, 1, now) is None


def test_the_range_is_the_place_times_the_pace_of_late() -> None:
    found = known(10).expected_wait_s(MAIN, 4, after(600))

    assert found == pytest.approx((0.7 * 4 * 60, 1.4 * 4 * 60))


def test_answers_of_long_ago_say_nothing() -> None:
    assert known(20).expected_wait_s(MAIN, 1, after(20 * 60) + timedelta(minutes=30)) is None


@given(st.integers(8, 400), st.floats(0.5, 200), st.integers(1, 60))
def test_who_is_further_back_never_waits_less(answers: int, every_s: float, position: int) -> None:
    of_late = known(answers, every_s)
    now = after(answers * every_s)

    nearer, further = (of_late.expected_wait_s(MAIN, place, now) for place in (position, position + 1))

    if nearer is not None and further is not None:
        assert 0 <= nearer[0] <= nearer[1]
        assert nearer[0] <= further[0]
        assert nearer[1] <= further[1]


# -- views ------------------------------------------------------------------------------------------


def test_the_view_shows_every_state_without_the_callers_number() -> None:
    room = Room(rules(team(a=1, b={"dropout": 1})))
    room.arrive("talks", DIRECT, E164("+33199000042"))
    room.picked_up("talks")
    room.answer("a")
    room.queue_up("next", "after")
    room.queue_up("rings", line=LineId("drop"))
    room.arrive("menu", WELCOMED)
    room.picked_up("menu")
    room.arrive("new", WELCOMED)

    view = views.desk_view(room.desk, room.now)

    calls = {each.id: each for each in view.calls}
    assert {name: (each.state, each.place, each.adviser) for name, each in calls.items()} == {
        "talks": ("talking", None, "a"),
        "next": ("waiting", 1, None),
        "after": ("waiting", 2, None),
        "rings": ("offered", None, "b"),
        "menu": ("in_flow", None, None),
        "new": ("arrived", None, None),
    }
    assert calls[CallId("menu")].node == "welcome"
    a, b = view.advisers
    assert (a.state, a.call, a.offer, a.activity, a.skills) == ("talking", "talks", None, "phone", {"main": 1})
    assert b.offer is not None
    assert (b.state, b.offer.call, b.offer.id, b.offer.deadline) == ("ringing", "rings", "rings-o1", after(22))
    main, dropout = view.queues
    assert (main.waiting, main.ready, main.on_phone, main.head_since) == (2, 0, 1, T0)
    assert (dropout.waiting, dropout.ready, dropout.on_phone, dropout.head_since) == (0, 0, 1, None)
    assert "0042" not in repr(view)
    assert view.link_up


def test_an_ended_call_shows_how_and_where_it_ended() -> None:
    room = Room(rules())
    room.queue_up("c")
    room.answer("a")
    room.until(10)
    room.leave("c", Cause.NORMAL)

    view = views.call_view(room.desk, room.call("c"))

    assert (view.state, view.outcome, view.stage, view.ended_at) == ("ended", "answered", "talking", after(10))
    assert (view.adviser, view.answered_at, view.place, view.queue) == ("a", after(1), None, "main")


def test_a_line_shows_when_it_closes_or_why_it_is_closed_and_when_it_opens() -> None:
    room = Room(rules())

    open_now = views.line_view(room.desk, CLOSING, T0)
    closed = views.line_view(room.desk, CLOSING, T0 + timedelta(hours=12))

    assert (open_now.open, open_now.closes_at) == (True, T0 + timedelta(hours=10))
    assert (closed.open, closed.why_closed, closed.opens_at) == (False, "night", T0 + timedelta(days=1))


def test_a_paused_adviser_shows_by_whom_and_why() -> None:
    room = Room(rules())
    room.wish("a", Wish.PAUSED, "repas")

    view = views.adviser_view(room.desk, room.adviser("a"), room.now)

    assert (view.wish, view.wish_by, view.reason, view.state) == ("paused", "person", "repas", "free")


def test_a_call_whose_queue_or_line_has_gone_can_still_be_shown() -> None:
    from dialer.core.events import RulesChanged

    room = Room(rules())
    room.queue_up("c")
    now = rules()
    room.happen(RulesChanged(room.now, replace(now, lines={}, queues={}, advisers={}, version="empty")))

    view = views.desk_view(room.desk, room.now)

    assert (view.lines, view.queues) == ((), ())
    assert [each.state for each in view.calls] == ["offered"]
    assert [each.name for each in view.advisers] == ["a"]
    assert room.desk.on_phone(QueueId("main")) == 0
