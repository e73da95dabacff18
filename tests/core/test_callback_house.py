"""Whatever happens to a callback, in whatever order, and whenever the controller is killed."""

from collections import Counter
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialer.core import events as ev
from dialer.core.callbacks.compliance import Mode
from dialer.core.callbacks.events import CallbackEvent
from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.callbacks.rules import CallbackRules
from dialer.core.callbacks.states import Accepted, Dialling, Due, Offered, Ready, Talking, Unsettled, deadline
from dialer.core.callbacks.told import CardAccepted, DialAsked
from dialer.core.calls.states import OfferMade
from dialer.core.words import AdviserId
from tests.core.callback_house import KILLS, House
from tests.core.callback_matrix import STATES
from tests.core.callback_world import WHY
from tests.core.world import T0

Happened = list[tuple[int, int, str | None, bool]]
kinds, choices = st.integers(0, 9), st.integers(0, 10_000)
modes = st.sampled_from([Mode.PREVIEW, Mode.TIMED_PREVIEW, Mode.PROGRESSIVE])
without_kills = st.lists(st.tuples(kinds, choices, st.none(), st.booleans()), min_size=40, max_size=150)
kills = st.sampled_from([None] * 9 + list(KILLS))
with_kills = st.lists(st.tuples(kinds, choices, kills, st.booleans()), min_size=40, max_size=150)
thorough = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def lived(mode: Mode, dated: bool, happened: Happened) -> House:
    """The house asserts after every event what holds at every moment."""
    house = House(CallbackRules(mode=mode), dated)
    for kind, choice, kill, provable in happened:
        house.step(kind, choice, kill, provable)
    return house


@thorough
@given(modes, st.booleans(), without_kills)
def test_at_every_moment_one_attempt_one_outcome_and_nobody_in_silence(
    mode: Mode, dated: bool, happened: Happened
) -> None:
    house = lived(mode, dated, happened)

    assert house.messages <= 1


@thorough
@given(modes, st.booleans(), with_kills)
def test_no_kill_at_any_instant_originates_an_attempt_twice(mode: Mode, dated: bool, happened: Happened) -> None:
    lived(mode, dated, happened)


def test_these_lives_are_deep_enough_to_mean_something() -> None:
    """Every state, every cause, the whole ladder, kills around originates: all of it does happen in them."""
    seen: Counter[str] = Counter()
    for seed in range(400):
        random = Random(seed)
        house = House(CallbackRules(mode=random.choice([Mode.PREVIEW, Mode.TIMED_PREVIEW])), random.random() < 0.5)
        for _ in range(100):
            kill = random.choice(KILLS) if random.random() < 0.1 else None
            house.step(random.randrange(10), random.randrange(10_000), kill, random.random() < 0.5)
            seen[house.callback.state.kind] += 1
            if house.ended is not None:
                seen[house.ended.outcome] += 1
                break
        seen.update(attempt.cause for attempt in house.callback.attempts if attempt.cause is not None)
        seen["originates"] += sum(house.lines.originated.values())

    never_given = {AttemptCause.INVALID_NUMBER}  # only by a report that these lives do not make
    wanted = {state.kind for state in STATES.values()} | (set(AttemptCause) - never_given) | {"INJOIGNABLE"}
    assert {name for name in wanted if seen[name] < 3} == set()
    assert seen["originates"] > 500


# -- faults 47 to 49, one by one ---------------------------------------------------------------------


def about_to_dial() -> House:
    house = House(CallbackRules(), dated=False)
    house.happen(ev.DeadlineReached(T0), None, True)
    house.happen(OfferMade(T0, AdviserId("a"), WHY), None, True)
    assert isinstance(house.callback.state, Offered)
    house.happen(CardAccepted(T0, house.callback.state.offer), None, True)
    assert isinstance(house.callback.state, Accepted)
    house.happen(ev.LegAnswered(T0, house.callback.state.leg), None, True)
    assert isinstance(house.callback.state, Ready)
    return house


def dial(house: House, kill: str | None, provable: bool = True) -> None:
    assert isinstance(house.callback.state, Ready)
    house.happen(DialAsked(T0, house.callback.state.offer), kill, provable)


def test_killed_before_the_commit_of_the_intent_nobody_was_dialled_and_the_adviser_is_still_there() -> None:
    house = about_to_dial()
    dial(house, "before the commit")
    assert house.lines.originated == {}
    assert isinstance(house.callback.state, Ready)

    dial(house, None)

    assert house.lines.originated == {"r-x1": 1}


@pytest.mark.parametrize("provable", [True, False])
def test_killed_between_intent_and_originate_it_is_proved_unplaced_or_unknown(provable: bool) -> None:
    house = about_to_dial()
    dial(house, "before the originate", provable)

    assert house.lines.originated == {}
    if provable:
        assert isinstance(house.callback.state, Due)
        assert house.callback.attempts[0].cause is AttemptCause.UNPLACED
    else:
        assert isinstance(house.callback.state, Unsettled)
        assert house.callback.state.why == "unknown"


def test_killed_after_the_originate_it_is_found_by_its_leg_and_adopted() -> None:
    house = about_to_dial()
    dial(house, "after")

    assert house.callback.state.kind == "dialling"
    assert house.lines.originated == {"r-x1": 1}


def next_event(house: House) -> CallbackEvent:
    """What happens when everybody does what they should."""
    at, state = house.now, house.callback.state
    match state:
        case Due():
            return OfferMade(at, AdviserId("a"), WHY)
        case Offered(offer=offer):
            return CardAccepted(at, offer)
        case Accepted(leg=leg) | Dialling(leg=leg) if leg in house.lines.legs:
            return ev.LegAnswered(at, leg)
    due = deadline(house.callback)
    assert due is not None, state
    house.now = max(due, at)
    return ev.DeadlineReached(house.now)


@pytest.mark.parametrize("provable", [True, False])
@pytest.mark.parametrize("kill", KILLS)
@pytest.mark.parametrize("where", range(6))
def test_a_callback_killed_at_any_step_of_its_way_is_never_lost(where: int, kill: str, provable: bool) -> None:
    """It comes to the talk it promised, or a person has it; and the trunk saw each attempt once."""
    house = House(CallbackRules(mode=Mode.PROGRESSIVE), dated=False)
    for step in range(40):
        house.happen(next_event(house), kill if step == where else None, provable)
        if isinstance(house.callback.state, Talking | Unsettled):
            break
    else:
        raise AssertionError(f"lost in {house.callback.state.kind}")

    if isinstance(house.callback.state, Unsettled):
        assert house.callback.state.why == "unknown"
        assert (kill, provable) == ("before the originate", False)
    else:
        assert sum(house.lines.originated.values()) == 1
