"""Tries at passwords: who guesses is slowed, who errs is not, and nobody shuts out who signed in there before."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.access.account import AccountId
from dialer.core.access.device import DeviceId
from dialer.core.access.network import Network
from dialer.core.access.throttle import LADDERS, Counter, Counts, Ladder, LetThrough, Throttle, Try, Wait
from tests.core.matrix import parse

T0 = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
S, H = timedelta(seconds=1), timedelta(hours=1)
CLAIRE, ADAM = AccountId("claire"), AccountId("adam")
HOME, AWAY = Network("192.0.2.7"), Network("198.51.100.9")
KNOWN = DeviceId("d" * 32)


def failed(throttle: Throttle, asked: Try, at: datetime, times: int) -> int:
    """How many of so many wrong tries at one instant were let through."""
    return sum(isinstance(throttle.begin(asked, at), LetThrough) for _ in range(times))


def until(throttle: Throttle, asked: Try, at: datetime) -> datetime:
    answer = throttle.begin(asked, at)
    assert isinstance(answer, Wait)
    return answer.until


# -- one counter ------------------------------------------------------------------------------------

LADDER = Ladder(free=3, first=2 * S, longest=60 * S, forget=300 * S)
FAILURES = {"none": 0, "one": 1, "free": 2, "slowed": 3, "slower": 5, "slowest": 8, "beyond": 90}
AFTER = {"at once": 0 * S, "after 2 s": 2 * S, "after 8 s": 8 * S, "after 1 min": 60 * S, "after 5 min": 300 * S}
ONE = """
when        | none | one  | free | slowed | slower | slowest | beyond
at once     | goes | goes | goes | waits  | waits  | waits   | waits
after 2 s   | goes | goes | goes | goes   | waits  | waits   | waits
after 8 s   | goes | goes | goes | goes   | goes   | waits   | waits
after 1 min | goes | goes | goes | goes   | goes   | goes    | goes
after 5 min | new  | new  | new  | new    | new    | new     | new
"""
ONE_CELLS = parse(ONE)


@pytest.mark.parametrize(("failures", "when"), ONE_CELLS)
def test_a_counter_lets_through_waits_and_forgets_as_the_table_promises(failures: str, when: str) -> None:
    counter, at = Counter(FAILURES[failures], T0, T0), T0 + AFTER[when]
    is_new = counter.is_forgotten(at, LADDER)

    assert ("new" if is_new else "goes" if counter.until(LADDER) <= at else "waits") == ONE_CELLS[failures, when]


def test_the_table_promises_something_for_every_pair() -> None:
    assert set(ONE_CELLS) == {(failures, when) for failures in FAILURES for when in AFTER}


@pytest.mark.parametrize("of", Counts)
def test_waits_grow_end_and_are_over_before_they_are_forgotten(of: Counts) -> None:
    ladder = LADDERS[of]
    waits = [ladder.wait(failures) for failures in range(3000)]

    assert waits == sorted(waits)
    assert waits[ladder.free - 1] == timedelta()
    assert waits[ladder.free] > timedelta()
    assert waits[-1] == ladder.longest < ladder.forget


@pytest.mark.parametrize(
    "faulty", [(0, S, H, 2 * H), (3, 0 * S, H, 2 * H), (3, 2 * H, H, 3 * H), (3, S, H, H)], ids=range(4)
)
def test_a_ladder_that_slows_nobody_down_is_refused(faulty: tuple[int, timedelta, timedelta, timedelta]) -> None:
    with pytest.raises(ValueError, match="slows nobody"):
        Ladder(*faulty)


# -- all together -----------------------------------------------------------------------------------

EVENTS = """
then                          | same pair | same account elsewhere | another account there | their known device
3 wrong from one network      | pair      | goes                   | goes                  | goes
20 wrong from 20 networks     | strangers | strangers              | goes                  | goes
30 accounts from one network  | network   | goes                   | network               | goes
3 wrong from the known device | goes      | goes                   | goes                  | device
3 at once, then one right     | goes      | goes                   | goes                  | goes
3 wrong, undone               | goes      | goes                   | goes                  | goes
3 wrong, then pardoned        | goes      | goes                   | goes                  | goes
20 networks, then pardoned    | goes      | goes                   | goes                  | goes
"""
WHOM = {
    "same pair": Try(CLAIRE, HOME),
    "same account elsewhere": Try(CLAIRE, AWAY),
    "another account there": Try(ADAM, HOME),
    "their known device": Try(CLAIRE, HOME, KNOWN),
}
CELLS = parse(EVENTS)


def after(event: str) -> Throttle:
    throttle, mine, device = Throttle(), Try(CLAIRE, HOME), Try(CLAIRE, HOME, KNOWN)
    match event:
        case "3 wrong from one network" | "3 wrong, then pardoned":
            failed(throttle, mine, T0, 3)
            if event.endswith("pardoned"):
                throttle.pardon(CLAIRE)
        case "20 wrong from 20 networks" | "20 networks, then pardoned":
            for n in range(19):
                failed(throttle, Try(CLAIRE, Network(f"203.0.113.{n}")), T0, 1)
            failed(throttle, mine, T0, 1)
            if event.endswith("pardoned"):
                throttle.pardon(CLAIRE)
        case "30 accounts from one network":
            for n in range(30):
                failed(throttle, Try(AccountId(f"adv{n}"), HOME), T0, 1)
        case "3 wrong from the known device":
            failed(throttle, device, T0, 3)
        case "3 at once, then one right":
            [_, _, let] = [throttle.begin(mine, T0) for _ in range(3)]
            assert isinstance(let, LetThrough)
            throttle.right(mine, let)
        case "3 wrong, undone":
            for let in [throttle.begin(mine, T0) for _ in range(3)]:
                assert isinstance(let, LetThrough)
                throttle.undone(mine, let)
            assert len(throttle) == 0
    return throttle


@pytest.mark.parametrize(("whom", "event"), CELLS)
def test_who_waits_after_what_and_by_which_counter(whom: str, event: str) -> None:
    answer = after(event).begin(WHOM[whom], T0 + S)

    assert (answer.by if isinstance(answer, Wait) else "goes") == CELLS[whom, event]


def test_whoever_guesses_at_all_names_for_a_day_shuts_out_nobody_at_the_browser_they_know() -> None:
    throttle = Throttle()
    advisers = [AccountId(f"adv{n:02}") for n in range(40)]
    for minute in range(0, 24 * 60, 10):
        at = T0 + timedelta(minutes=minute)
        for each in advisers:
            for n in range(4):
                throttle.begin(Try(each, Network(f"203.0.113.{n}")), at)
        for each in advisers:
            let = throttle.begin(mine := Try(each, HOME, DeviceId(f"{each:0>32}")), at)
            assert isinstance(let, LetThrough)
            throttle.right(mine, let)


def test_a_thousand_tries_at_once_are_three_and_not_a_thousand() -> None:
    assert failed(Throttle(), Try(CLAIRE, HOME), T0, 1000) == 3


def test_however_many_networks_guess_at_one_account_they_have_few_tries_in_a_day() -> None:
    throttle, let = Throttle(), 0
    for minute in range(24 * 60):
        for n in range(5):
            asked = Try(CLAIRE, Network(f"net-{minute}-{n}"))
            let += isinstance(throttle.begin(asked, T0 + timedelta(minutes=minute)), LetThrough)

    assert let <= 50  # NIST SP 800-63B allows 100 in a row


def test_one_s_own_account_does_not_buy_guesses_at_others() -> None:
    throttle, mine, guesses = Throttle(), Try(ADAM, HOME), 0
    for n in range(500):
        let = throttle.begin(mine, T0)
        if isinstance(let, LetThrough):
            throttle.right(mine, let)
        guesses += failed(throttle, Try(AccountId(f"adv{n}"), HOME), T0, 1)

    assert guesses == LADDERS[Counts.NETWORK].free


def test_a_right_password_prolongs_nobody_s_wait() -> None:
    throttle, at = Throttle(), T0
    for n in range(30):
        failed(throttle, Try(AccountId(f"adv{n}"), HOME), T0, 1)
    at = until(throttle, Try(ADAM, HOME), T0)
    let = throttle.begin(Try(ADAM, HOME), at)
    assert isinstance(let, LetThrough)
    throttle.right(Try(ADAM, HOME), let)

    assert isinstance(throttle.begin(Try(CLAIRE, HOME), at), LetThrough)


def test_a_right_password_whose_try_was_overtaken_takes_back_one_and_leaves_the_wait_of_the_other() -> None:
    throttle = Throttle()
    for n in range(29):
        failed(throttle, Try(AccountId(f"adv{n}"), HOME), T0, 1)
    let = throttle.begin(Try(ADAM, HOME), T0 + S)
    assert isinstance(let, LetThrough)
    assert isinstance(throttle.begin(Try(CLAIRE, HOME), T0 + S), Wait)
    throttle.right(Try(ADAM, HOME), let)

    assert isinstance(throttle.begin(Try(CLAIRE, HOME), T0 + S), LetThrough)
    assert until(throttle, Try(ADAM, HOME), T0 + S) == T0 + 3 * S


def test_a_wait_goes_on_from_the_newest_try_that_was_not_right() -> None:
    throttle = Throttle()
    for n in range(29):
        failed(throttle, Try(AccountId(f"adv{n}"), HOME), T0, 1)
    slow = throttle.begin(Try(ADAM, HOME), T0 + S)
    assert isinstance(slow, LetThrough)
    failed(throttle, Try(CLAIRE, HOME), T0 + 3 * S, 1)
    throttle.right(Try(ADAM, HOME), slow)

    assert until(throttle, Try(ADAM, HOME), T0 + 4 * S) == T0 + 5 * S


def test_of_several_counters_the_one_that_ends_last_is_told() -> None:
    throttle = Throttle()
    for n in range(17):
        failed(throttle, Try(CLAIRE, Network(f"203.0.113.{n}")), T0, 1)
    failed(throttle, mine := Try(CLAIRE, HOME), T0, 3)

    assert throttle.begin(mine, T0) == Wait(T0 + 30 * S, Counts.STRANGERS)


def test_a_name_that_is_no_account_is_counted_like_one_that_is() -> None:
    """The throttle is told of no account: what it answers can tell nobody which there are."""
    answers = []
    for name in (CLAIRE, AccountId("nobody")):
        throttle = Throttle()
        answers.append([throttle.begin(Try(name, HOME), T0 + n * S) for n in range(40)])

    assert answers[0] == answers[1]


def test_where_a_network_is_not_known_the_account_is_counted_alone() -> None:
    throttle, nowhere = Throttle(), Try(CLAIRE)

    assert failed(throttle, nowhere, T0, 100) == LADDERS[Counts.STRANGERS].free
    assert isinstance(throttle.begin(Try(ADAM), T0), LetThrough)


tries = st.builds(
    Try,
    st.sampled_from([CLAIRE, ADAM]),
    st.sampled_from([None, HOME, AWAY]),
    st.sampled_from([None, KNOWN]),
)
moves = st.lists(st.tuples(tries, st.integers(0, 4000), st.sampled_from(["wrong", "right", "undone"])), max_size=60)


@given(moves)
@settings(max_examples=60)
def test_whoever_waits_as_long_as_they_were_told_is_let_through_and_not_sooner(moves):
    throttle, at = Throttle(), T0
    for asked, seconds, end in moves:
        at += seconds * S
        answer = throttle.begin(asked, at)
        if isinstance(answer, Wait):
            assert answer.until > at
            assert isinstance(throttle.begin(asked, answer.until - timedelta(microseconds=1)), Wait)
            at = answer.until
            answer = throttle.begin(asked, at)
        assert isinstance(answer, LetThrough)
        if end == "right":
            throttle.right(asked, answer)
        elif end == "undone":
            throttle.undone(asked, answer)
    throttle.pardon(CLAIRE)
    throttle.pardon(ADAM)
    assert all(isinstance(throttle.begin(Try(who), at), LetThrough) for who in (CLAIRE, ADAM))


@given(st.lists(st.integers(0, 10_000), min_size=25, max_size=60, unique=True), st.integers(1, 20))
@settings(max_examples=40)
def test_made_up_names_wear_out_no_memory_and_do_not_wash_away_who_is_guessed_at(names, kept_max):
    throttle = Throttle(kept_max + 3)
    failed(throttle, target := Try(CLAIRE), T0, 20)
    for name in names:
        throttle.begin(Try(AccountId(f"made-up-{name}")), T0 + S)
        assert len(throttle) <= kept_max + 3
    assert isinstance(throttle.begin(target, T0 + S), Wait)


def test_a_throttle_that_remembers_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="one at least"):
        Throttle(0)
