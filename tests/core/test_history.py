"""What was dialled, declined and opposed: by number across callbacks, for a month, and a live one for as long as it is.

The plain count keeps everything there ever was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.callbacks.compliance import Attempt as KnownAttempt
from dialer.core.callbacks.compliance import CallingRules
from dialer.core.callbacks.history import KEPT, Dialled, History
from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.callbacks.outcomes import CallbackOutcome, Report
from dialer.core.callbacks.states import Attempt, Callback, CallbackId, CaseId, Closed, Due, Resting, Unsettled
from dialer.core.numbers import Parsed
from dialer.core.places.territory import Territory
from dialer.core.words import E164, AdviserId, By, Instant, LegId
from tests.core.world import DIRECT, MAIN, T0

NADIA, LINA = E164("+33199000101"), E164("+33199000102")
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
BUSY, UNKNOWN = AttemptCause.BUSY, AttemptCause.UNKNOWN
RULES = CallingRules(hour_max=5)


def parsed(number: E164) -> Parsed:
    return Parsed(number, Territory.METROPOLE, "Europe/Paris")


def callback(name: str = "1", number: E164 = NADIA) -> Callback:
    return Callback(
        CallbackId(f"cb-{name}"), CaseId(f"case-{name}"), DIRECT, MAIN, parsed(number), T0, T0, None, Due(T0)
    )


def dialled(of: Callback, at: Instant, cause: AttemptCause | None = None) -> Callback:
    """One attempt more."""
    number = len(of.attempts) + 1
    made = Attempt(number, LegId(f"{of.id}-x{number}"), at, AdviserId("a"), cause)
    return replace(of, attempts=(*of.attempts, made))


def ended(of: Callback, cause: AttemptCause) -> Callback:
    return replace(of, attempts=(*of.attempts[:-1], replace(of.attempts[-1], cause=cause)))


def ats(history: History, number: E164 = NADIA) -> list[Instant]:
    return sorted(attempt.at for attempt in history.attempts_to(number))


# -- by number --------------------------------------------------------------------------------------


def test_attempts_to_one_number_are_counted_across_callbacks_and_after_their_end() -> None:
    history = History()
    first = dialled(callback("1"), T0, BUSY)
    history.note(first, T0)
    history.note(replace(first, state=Closed(T0, By.PERSON, Report(CallbackOutcome.ANNULE))), T0 + MINUTE)
    history.note(dialled(callback("2"), T0 + HOUR), T0 + HOUR)
    history.note(dialled(callback("3", LINA), T0 + HOUR, BUSY), T0 + HOUR)

    assert history.attempts_to(NADIA) == (KnownAttempt(T0, BUSY), KnownAttempt(T0 + HOUR, None))
    assert ats(history, LINA) == [T0 + HOUR]
    assert history.attempts_to(E164("+33199000109")) == ()


def test_an_attempt_stays_with_the_number_that_was_dialled() -> None:
    history = History()
    wrong = dialled(callback(), T0, AttemptCause.WRONG_NUMBER)
    history.note(wrong, T0)
    moved = replace(wrong, phone=parsed(LINA))
    history.note(moved, T0 + MINUTE)
    history.note(dialled(moved, T0 + HOUR, BUSY), T0 + HOUR)
    history.note(ended(dialled(moved, T0 + HOUR, BUSY), AttemptCause.MACHINE), T0 + HOUR)

    assert (ats(history), ats(history, LINA)) == ([T0], [T0 + HOUR])
    history.note(replace(moved, attempts=ended(wrong, BUSY).attempts), T0 + HOUR)
    assert history.attempts_to(NADIA) == (KnownAttempt(T0, BUSY),)
    history.note(callback("2"), T0 + 2 * KEPT)
    assert (ats(history), ats(history, LINA)) == ([], [])


def test_what_a_person_says_of_an_attempt_later_is_what_is_known() -> None:
    history = History()
    one = dialled(callback(), T0)
    for cause in (None, AttemptCause.TALKED, AttemptCause.THIRD_PARTY):
        history.note(one if cause is None else ended(one, cause), T0)
        assert history.attempts_to(NADIA) == (KnownAttempt(T0, cause),)


def test_an_attempt_of_an_unknown_fate_bars_its_number_until_it_is_settled_and_not_the_house() -> None:
    history = History()
    one = dialled(callback(), T0)
    history.note(one, T0)
    assert (history.under_way, history.attempts_to(NADIA)) == (1, (KnownAttempt(T0, None),))

    unsure = replace(ended(one, UNKNOWN), state=Unsettled("unknown", T0, 1))
    history.note(unsure, T0 + HOUR)
    assert (history.under_way, history.attempts_to(NADIA)) == (0, (KnownAttempt(T0, None),))

    history.note(replace(unsure, state=Resting(T0 + DAY, "unknown", "ladder")), T0 + HOUR)
    assert (history.under_way, history.attempts_to(NADIA)) == (0, (KnownAttempt(T0, UNKNOWN),))


def test_a_start_takes_up_what_was_stored_and_an_open_callback_adds_nothing_to_it() -> None:
    of = dialled(dialled(callback(), T0, BUSY), T0 + HOUR)
    kept = [
        Dialled(LegId("cb-1-x2"), NADIA, T0 + HOUR, None, of.case, of.id),
        Dialled(LegId("cb-1-x1"), LINA, T0, BUSY, of.case, of.id),  # the number has changed since
        Dialled(LegId("cb-9-x1"), NADIA, T0 - DAY, BUSY, CaseId("case-9"), CallbackId("cb-9")),
    ]
    history = History(kept)
    history.note(of, T0 + HOUR)

    assert ats(history) == [T0 - DAY, T0 + HOUR]
    assert ats(history, LINA) == [T0]
    assert history.under_way == 1


# -- what is forgotten, and what never is -----------------------------------------------------------


def test_after_a_month_and_a_day_an_attempt_is_forgotten() -> None:
    history = History()
    history.note(dialled(callback(), T0, BUSY), T0)
    history.note(callback("2"), T0 + KEPT)
    assert ats(history) == [T0]

    history.note(callback("2"), T0 + KEPT + MINUTE)
    assert ats(history) == []


def test_a_live_attempt_is_never_forgotten_and_keeps_no_other() -> None:
    history = History()
    unsure = replace(dialled(callback(), T0, UNKNOWN), state=Unsettled("unknown", T0, 1))
    history.note(unsure, T0)
    history.note(dialled(callback("2", LINA), T0 + HOUR, BUSY), T0 + HOUR)

    history.note(callback("3"), T0 + 2 * KEPT)
    assert (ats(history), ats(history, LINA)) == ([T0], [])

    history.note(replace(unsure, state=Due(T0)), T0 + 2 * KEPT)
    history.note(callback("3"), T0 + 2 * KEPT)
    assert ats(history) == []


def test_an_open_callback_that_is_older_than_a_month_brings_nothing_back() -> None:
    history = History()
    old = dialled(callback(), T0, BUSY)
    history.note(old, T0)
    moved = replace(old, phone=parsed(LINA))
    history.note(moved, T0 + 2 * KEPT)

    assert (ats(history), ats(history, LINA)) == ([], [])


def test_a_refusal_is_the_latest_one_and_an_opposition_is_for_good() -> None:
    history = History((), [(NADIA, T0), (NADIA, T0 - DAY)], [LINA])
    assert (history.declined_at(NADIA), history.declined_at(LINA)) == (T0, None)
    history.decline(NADIA, T0 + DAY)
    history.decline(NADIA, T0 - DAY)  # told late
    history.oppose(NADIA)

    assert history.declined_at(NADIA) == T0 + DAY
    assert history.is_opposed(NADIA)
    assert history.is_opposed(LINA)
    assert not history.is_opposed(E164("+33199000109"))


# -- the dials of the last hour ---------------------------------------------------------------------


def with_dials(at: Iterable[Instant]) -> History:
    history = History()
    for n, each in enumerate(at):
        history.note(dialled(callback(str(n), E164(f"+331990002{n:02}")), each, BUSY), each)
    return history


def test_the_dials_of_the_last_hour_are_those_after_its_beginning_whomever_they_were_to() -> None:
    history = with_dials([T0, T0 + MINUTE, T0 + HOUR])

    assert history.dialled_at(T0 + HOUR, RULES) == (T0 + HOUR, T0 + MINUTE)
    assert history.dialled_at(T0 + 2 * HOUR, RULES) == ()


def test_of_more_dials_than_the_cap_the_last_are_told() -> None:
    history = with_dials(T0 + n * MINUTE for n in range(20))

    assert history.dialled_at(T0 + 20 * MINUTE, RULES) == tuple(T0 + n * MINUTE for n in range(19, 14, -1))


def test_a_clock_that_was_put_back_loses_no_dial() -> None:
    history = with_dials([T0, T0 + HOUR, T0 + 10 * MINUTE, T0 + 5 * MINUTE])

    assert history.dialled_at(T0 + 10 * MINUTE, RULES) == (
        T0 + HOUR, T0 + 10 * MINUTE, T0 + 5 * MINUTE, T0,
    )  # fmt: skip


# -- against the plain count ------------------------------------------------------------------------


@dataclass
class PlainBook:
    """Every attempt there ever was."""

    attempts: dict[LegId, tuple[E164, Instant, AttemptCause | None]] = field(default_factory=dict)

    def note(self, of: Callback) -> None:
        for each in of.attempts:
            number = self.attempts[each.leg][0] if each.leg in self.attempts else of.phone.number
            self.attempts[each.leg] = (number, each.at, each.cause)

    def kept(self, at: Instant) -> list[tuple[E164, Instant, AttemptCause | None]]:
        return [each for each in self.attempts.values() if each[2] is None or each[1] >= at - KEPT]


steps = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(["dial", "dial", "end", "said", "move"]),
        st.sampled_from([NADIA, LINA]),
        st.sampled_from([BUSY, AttemptCause.FAILED, AttemptCause.NO_ANSWER]),
        st.sampled_from([-600.0, 0.0, 60.0, 1800.0, 9 * 86400.0, 20 * 86400.0]),
    ),
    max_size=40,
)


@settings(max_examples=200, deadline=None)
@given(steps)
def test_whatever_is_dialled_the_counts_are_those_of_everything_there_ever_was(
    happened: list[tuple[int, str, E164, AttemptCause, float]],
) -> None:
    history, plain, now, latest = History(), PlainBook(), T0, T0
    those = [callback(str(n), (NADIA, LINA)[n % 2]) for n in range(4)]
    for which, what, number, cause, passed_s in happened:
        now += timedelta(seconds=passed_s)
        latest = max(now, latest)  # what was forgotten once is not remembered by a clock that was put back
        of = those[which]
        live = bool(of.attempts) and of.attempts[-1].cause is None
        match what:
            case "dial" if not live:
                of = dialled(of, now)
            case "end" if live:
                of = ended(of, cause)
            case "said" if of.attempts and not live:
                of = ended(of, cause)
            case "move" if not live:
                of = replace(of, phone=parsed(number))
        those[which] = of
        history.note(of, now)
        plain.note(of)

        for each in (NADIA, LINA):
            known = sorted((made.at, str(made.cause)) for made in history.attempts_to(each))
            counted = sorted((at, str(why)) for to, at, why in plain.kept(latest) if to == each)
            assert known == counted
        assert history.under_way == sum(why is None for _, _, why in plain.kept(latest))
        last = sorted((at for _, at, _ in plain.kept(latest) if at > now - HOUR), reverse=True)
        assert list(history.dialled_at(now, RULES)) == last[: RULES.hour_max]
