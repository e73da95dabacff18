"""Whatever callers and the network do, in whatever flow: no error, no two voices at once, no dead air, and an end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from ivr import place as p
from ivr.callback import TALKS, TRIES_MAX
from ivr.check import graph_faults
from ivr.flow import Flow, make_flow
from ivr.moves import TYPED_AHEAD_MAX
from ivr.nodes import KEYS, RELIEF, Asks, Callback, Collect, Hangup, Hook, Hours, Menu, Node, Queue, Say, Transfer
from ivr.step import start, step
from schedules.hours import Closed, Open, Opening, Why
from schedules.windows import Window

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
STORED = TypeAdapter(p.Place)
PROMPTS = st.lists(st.sampled_from(["a", "b", "reopening"]), min_size=1, max_size=3).map(lambda some: ("a", *some))


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """Flows that `check` accepts: what goes on by itself goes down, what the caller chooses may go anywhere."""
    size = draw(st.integers(1, 8))
    names = [f"n{number}" for number in range(size)]
    nodes: dict[str, Node] = {names[-1]: Hangup(outcome="informed", prompts=draw(st.sampled_from([(), ("bye",)])))}
    anywhere = st.sampled_from(names)
    keys = st.dictionaries(st.sampled_from("0123456789"), anywhere, min_size=1, max_size=4)
    for number, name in list(enumerate(names))[:-1]:
        down = st.sampled_from(names[number + 1 :])
        tries, prompts = draw(st.integers(1, 3)), draw(PROMPTS)
        kind = draw(
            st.sampled_from([Hours, Say, Menu, Menu, Collect, Collect, Queue, Callback, Transfer, Hook, Hangup])
        )
        node: Node
        if kind is Hours:
            node = Hours(open=draw(down), closed=draw(down), holiday=draw(st.none() | down))
        elif kind is Say:
            node = Say(prompts=prompts, next=draw(down), barge_in=draw(st.booleans()), informs=draw(st.booleans()))
        elif kind is Menu:
            node = Menu(
                prompts=prompts,
                choices=draw(keys),
                otherwise=draw(down),
                repeat=draw(st.sampled_from(["#", None])),
                back=draw(st.sampled_from(["*", None])),
                tries_max=tries,
                unanswered=draw(st.none() | down),
            )
        elif kind is Collect:
            least = draw(st.integers(1, 4))
            node = Collect(
                prompts=prompts,
                name=draw(st.sampled_from(["x", "y"])),
                next=draw(anywhere),
                otherwise=draw(down),
                digits_min=least,
                digits_max=draw(st.integers(least, 6)),
                tries_max=tries,
                read_back=draw(st.sampled_from([None, "typed"])),
            )
        elif kind is Queue:
            keyed = draw(st.just({}) | keys)
            node = Queue(queue="main", full=draw(down), no_adviser=draw(down), too_long=draw(down), keys=keyed)
        elif kind is Callback:
            asks: Asks = draw(st.sampled_from(["rtf", "information"]))
            node = Callback(booked=draw(down), refused=draw(down), asks=asks)
        elif kind is Transfer:
            node = Transfer(target="desk", failed=draw(down))
        elif kind is Hook:
            node = Hook(hook="crm", branches={"yes": draw(down)}, otherwise=draw(down))
        else:
            node = Hangup(outcome="turned_away")
        nodes[name] = node
    return make_flow("main", names[0], nodes)


windows = st.integers(0, 200).map(lambda hours: Window(AT + timedelta(hours=hours), AT + timedelta(hours=hours + 2)))
terms = st.builds(
    p.CallbackTerms,
    number=st.none() | st.just("+33199000001"),
    figures=st.just("0199000001"),
    asap=st.booleans(),
    slots=st.lists(windows, max_size=8).map(tuple),
    zone=st.sampled_from(["Europe/Paris", "Indian/Reunion", "Pacific/Tahiti"]),
)
desk: st.SearchStrategy[p.Input] = st.one_of(
    terms,
    terms,
    st.builds(p.NumberRefused, st.sampled_from(["impossible", "foreign", "premium", "short", "ours", "ambiguous"])),
    st.just(p.NumberRefused("ambiguous", ("metropole", "guyane"))),
    st.builds(p.SlotTaken, terms),
    st.sampled_from([p.CallbackBooked("60124736"), p.CallbackBooked("60124736"), p.CallbackRefused()]),
)
"""What the desk says of a callback, in turn or out of it."""
openings: st.SearchStrategy[Opening] = st.one_of(
    st.just(Open(None)),
    st.builds(
        Closed,
        st.sampled_from(list(Why)),
        st.none(),
        st.none() | st.integers(0, 20).map(lambda days: AT + timedelta(days=days)),
    ),
)
inputs: st.SearchStrategy[p.Input] = st.one_of(
    st.sampled_from([*KEYS]).map(p.Digit),
    st.sampled_from([*KEYS]).map(p.Digit),
    st.just(p.PromptsDone()),
    st.just(p.PromptsDone()),
    st.just(p.DeadlinePassed()),
    st.sampled_from([p.Digit(""), p.Digit("A"), p.Digit("12"), p.Digit("é"), p.Digit("²")]),
    st.sampled_from([p.QueueLeft("full"), p.QueueLeft("no_adviser"), p.QueueLeft("too_long"), p.QueueLeft("key", "3")]),
    st.sampled_from([p.HookAnswered("yes"), p.HookAnswered("?"), p.HookFailed(), p.TransferFailed()]),
    desk,
    st.sampled_from([p.Resumed(), p.Entered()]),
)


@dataclass
class Telephone:
    """What a caller hears, as the desk would play it; it refuses what no telephone can do."""

    flow: Flow
    opening: Opening
    at: datetime = AT
    playing: bool = False
    finished: int = 0
    booked: bool = False
    place: p.Place = field(init=False)

    def __post_init__(self) -> None:
        self._follow(start(self.flow, self.at, self.opening))

    def hears(self, event: p.Input, after_s: float = 0.0) -> None:
        self.at += timedelta(seconds=after_s)
        if isinstance(event, p.PromptsDone):
            if not self.playing:
                return  # a playback that nobody asked for does not end
            self.playing = False
        if isinstance(event, p.Resumed | p.Entered):
            self.finished = 0
        before = self.place
        self.booked = self.booked or isinstance(event, p.CallbackBooked)
        self._follow(step(self.flow, before, event, self.at, self.opening))

    def is_silent(self) -> None:
        """The next thing that comes by itself."""
        if self.playing:
            self.hears(p.PromptsDone(), 3.0)
        else:
            assert self.place.deadline is not None, f"dead air: nothing ever comes at {self.place}"
            self.at = max(self.at, self.place.deadline)
            self.hears(p.DeadlinePassed())

    def is_at_rest(self) -> bool:
        node = self.flow.nodes[self.place.node]
        return self.place.phase == "gone" or isinstance(node, Queue | Transfer)

    def _follow(self, done: p.Step) -> None:
        for action in done.actions:
            match action:
                case p.Play(prompts, stored):
                    assert not self.playing, "two voices at once"
                    assert self.booked or not stored, "waits for a promise that was not made"
                    assert prompts
                    assert "reopening" not in prompts
                    self.playing = True
                case p.StopPlaying():
                    assert self.playing, "nothing to stop"
                    self.playing = False
                case p.Finish():
                    self.finished += 1
                case _:
                    assert not self.playing, "a voice over what comes next"
        self.place = done.place
        node = self.flow.nodes[self.place.node]
        assert self.playing == (self.place.phase in p.PLAYING)
        assert self.finished == (self.place.phase == "gone")
        assert not isinstance(node, Hours)
        assert len(self.place.digits) <= TYPED_AHEAD_MAX
        assert len(set(self.place.back)) == len(self.place.back)
        assert self.place.node not in self.place.back
        if isinstance(node, Menu | Collect):
            assert self.place.tries < node.tries_max
        if isinstance(node, Callback):
            assert self.place.tries < TRIES_MAX
        assert (self.place.asking is not None) == isinstance(node, Callback)
        if not self.is_at_rest():
            assert self.place.deadline is not None
        assert STORED.validate_json(STORED.dump_json(self.place)) == self.place


@settings(max_examples=400, deadline=None)
@given(flows(), openings, st.lists(st.tuples(inputs, st.sampled_from([0.0, 0.5, 4.0, 6.0, 200.0])), max_size=40))
def test_no_caller_and_no_network_can_break_a_flow_and_who_then_keeps_still_comes_to_an_end(
    flow: Flow, opening: Opening, happened: list[tuple[p.Input, float]]
) -> None:
    telephone = Telephone(flow, opening)
    for event, after_s in happened:
        telephone.hears(event, after_s)
    for _ in range(len(flow.nodes) * 30):
        if telephone.is_at_rest():
            return
        telephone.is_silent()
    raise AssertionError(f"never at an end: {telephone.place}")


@settings(max_examples=200, deadline=None)
@given(flows())
def test_the_flows_that_are_tried_here_are_those_that_the_check_lets_pass(flow: Flow) -> None:
    assert not list(graph_faults(flow.nodes, flow.start, "here", lambda _: 0.1, minutes_max=1e6, recording=False))


@settings(max_examples=300, deadline=None)
@given(flows(), openings, st.lists(st.tuples(inputs, st.sampled_from([0.0, 4.0, 6.0])), max_size=20))
def test_who_comes_back_after_a_restart_hears_the_node_again_with_the_same_tries(
    flow: Flow, opening: Opening, happened: list[tuple[p.Input, float]]
) -> None:
    telephone = Telephone(flow, opening)
    for event, after_s in happened:
        telephone.hears(event, after_s)
    before = telephone.place
    telephone.hears(p.Resumed())
    after = telephone.place
    assert (after.node, after.tries, after.back, after.answers) == (
        before.node,
        before.tries,
        before.back,
        before.answers,
    )
    if isinstance(flow.nodes[before.node], Say | Menu | Collect):
        assert telephone.playing
    if before.asking is not None:
        assert after.asking == before.asking
        assert telephone.playing == (before.asking.question in TALKS)


@settings(max_examples=300, deadline=None)
@given(flows(), st.sampled_from(["0", "1", "2", "9"]))
def test_a_digit_before_its_menu_does_what_it_does_after_it(flow: Flow, digit: str) -> None:
    menus = {name: node for name, node in flow.nodes.items() if isinstance(node, Menu)}
    if not menus:
        return
    name = sorted(menus)[0]
    nodes = {**flow.nodes, "before": Say(prompts=("a",), next=name)}
    early, late = (Telephone(make_flow("main", "before", nodes), Open(None)) for _ in range(2))
    early.hears(p.Digit(digit))
    early.hears(p.PromptsDone())
    late.hears(p.PromptsDone())
    late.hears(p.Digit(digit))
    assert early.place == late.place


def test_every_kind_of_node_is_tried() -> None:
    seen: set[type[Node]] = set()

    @settings(max_examples=200, deadline=None, database=None)
    @given(flows())
    def look(flow: Flow) -> None:
        seen.update(map(type, flow.nodes.values()))

    look()
    assert set(RELIEF) | {Hours, Say, Menu, Collect, Hook} <= seen
