"""Sessions: every state with every event; nobody is thrown out of a call, and nobody finds what another has typed."""

# ruff: noqa: E501 — the table is wide

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.access import sealed
from dialer.core.access.account import Account, AccountId, Disabled, Duties, DutiesGiven, PasswordSet, transition
from dialer.core.access.roles import Role
from dialer.core.access.session import (
    FRESH,
    SEEN_EVERY,
    SLEEP_MAX,
    Ended,
    PasswordChanged,
    ProvenAgain,
    Revoked,
    Seen,
    Session,
    SessionDigest,
    SessionEvent,
    SessionRefusal,
    SignedOut,
    SittingId,
    Standing,
    begin,
    csrf_code,
    is_csrf_code,
    is_fresh,
    limits_of,
    sleeps_at,
    standing,
    why_over,
)
from dialer.core.access.session import transition as told
from dialer.core.access.sign_in import Via
from dialer.core.words import AdviserId
from tests.core.matrix import parse

T0 = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
MIN, H = timedelta(minutes=1), timedelta(hours=1)
ME, OTHER = AccountId("adv01"), AccountId("adv02")
D1, D2 = SessionDigest(sealed.digest("one")), SessionDigest(sealed.digest("two"))
KEY = b"a key of the tests"
ADVISER = Account(ME, "Claire", T0 - H, T0 - H, frozenset({Role.ADVISER}), AdviserId("adv01"), password="hash")
OFFICER = replace(ADVISER, roles=frozenset({Role.OFFICER}), adviser=None)
BOTH = replace(ADVISER, roles=frozenset({Role.OFFICER, Role.ADVISER}))


def fresh(via: Via = Via.PASSWORD, *, must_change: bool = False) -> Session:
    return begin(ME, via, D1, SittingId("sitting"), T0, must_change=must_change)


STATES: dict[str, tuple[Session, Account, timedelta]] = {
    "awake": (fresh(), ADVISER, 2 * H),
    "awake, provider": (fresh(Via.PROVIDER), ADVISER, 2 * H),
    "must change": (fresh(must_change=True), ADVISER, 2 * H),
    "asleep, idle": (fresh(), ADVISER, 12 * H),
    "asleep, a day": (replace(fresh(), seen_at=T0 + 23 * H), ADVISER, 24 * H),
    "slept too long": (fresh(), ADVISER, 12 * H + SLEEP_MAX),
    "disabled": (fresh(), replace(ADVISER, disabled_at=T0 + H, sessions_from=T0 + H), 2 * H),
    "changed since": (fresh(), replace(ADVISER, sessions_from=T0 + H), 2 * H),
    "signed out": (replace(fresh(), ended_at=T0 + H, ended=Ended.SIGNED_OUT), ADVISER, 2 * H),
}


def events(at: datetime) -> dict[str, SessionEvent]:
    return {
        "seen": Seen(at),
        "proven again": ProvenAgain(at, ME, Via.PASSWORD, D2),
        "proven by the provider": ProvenAgain(at, ME, Via.PROVIDER, D2),
        "somebody else": ProvenAgain(at, OTHER, Via.PASSWORD, D2),
        "password changed": PasswordChanged(at, D2),
        "signs out": SignedOut(at),
        "revoked": Revoked(at),
    }


TABLE = """
event                  | awake         | awake, provider | must change   | asleep, idle  | asleep, a day | slept too long | disabled   | changed since | signed out
seen                   | acts          | acts            | acts          | asleep        | asleep        | over           | over       | over          | over
proven again           | new           | new             | new           | new           | new           | over           | over       | over          | over
proven by the provider | new           | new             | new           | new           | new           | over           | over       | over          | over
somebody else          | somebody_else | somebody_else   | somebody_else | somebody_else | somebody_else | over           | over       | over          | over
password changed       | new           | no_password     | new           | asleep        | asleep        | over           | over       | over          | over
signs out              | signed_out    | signed_out      | signed_out    | signed_out    | signed_out    | signed_out     | signed_out | signed_out    | ·
revoked                | revoked       | revoked         | revoked       | revoked       | revoked       | revoked        | revoked    | revoked       | ·
"""
CELLS = parse(TABLE)


def cell(state: str, event: str) -> str:
    """Why it ended; `new`: awake under another secret, in the same sitting; the refusal; `acts`; `·` nothing."""
    session, account, later = STATES[state]
    after = told(session, account, events(T0 + later)[event])
    if isinstance(after, SessionRefusal):
        return after.value
    assert (after.sitting, after.account) == (session.sitting, session.account)
    if after.ended != session.ended:
        assert after.ended is not None
        return after.ended.value
    if after.digest != session.digest:
        assert standing(after, account, T0 + later) is Standing.AWAKE
        assert is_fresh(after, T0 + later)
        return "new"
    return "acts" if after != session else "·"


def test_the_table_promises_something_for_every_pair_of_state_and_event() -> None:
    assert set(CELLS) == {(state, event) for state in STATES for event in events(T0)}


@pytest.mark.parametrize(("state", "event"), CELLS)
def test_a_session_does_what_the_table_promises(state: str, event: str) -> None:
    assert cell(state, event) == CELLS[state, event]


@pytest.mark.parametrize(
    ("state", "is_now"),
    [
        ("awake", Standing.AWAKE),
        ("awake, provider", Standing.AWAKE),
        ("must change", Standing.CHANGES),
        ("asleep, idle", Standing.ASLEEP),
        ("asleep, a day", Standing.ASLEEP),
        ("slept too long", Standing.OVER),
        ("disabled", Standing.OVER),
        ("changed since", Standing.OVER),
        ("signed out", Standing.OVER),
    ],
)
def test_what_a_session_is_in_each_state(state: str, is_now: Standing) -> None:
    session, account, later = STATES[state]

    assert standing(session, account, T0 + later) is is_now
    assert (why_over(session, account, T0 + later) is None) == (is_now is not Standing.OVER)


def test_a_session_is_nothing_to_another_account() -> None:
    assert why_over(fresh(), replace(ADVISER, id=OTHER), T0) is Ended.ACCOUNT_CHANGED


@pytest.mark.parametrize(
    ("account", "idle", "whole"), [(ADVISER, 12 * H, 24 * H), (OFFICER, 30 * MIN, 12 * H), (BOTH, 30 * MIN, 12 * H)]
)
def test_a_session_sleeps_to_the_second_when_it_should(account: Account, idle: timedelta, whole: timedelta) -> None:
    second = timedelta(seconds=1)
    kept = replace(fresh(), seen_at=T0 + whole - MIN)

    assert standing(fresh(), account, T0 + idle - second) is Standing.AWAKE
    assert standing(fresh(), account, T0 + idle) is Standing.ASLEEP
    assert standing(kept, account, T0 + whole - second) is Standing.AWAKE
    assert standing(kept, account, T0 + whole) is Standing.ASLEEP


def test_nobody_s_session_falls_asleep_in_the_middle_of_a_call_and_it_does_after_it() -> None:
    at = T0 + H

    assert standing(fresh(), BOTH, at, in_a_call=True) is Standing.AWAKE
    assert told(fresh(), BOTH, Seen(at), in_a_call=True) == replace(fresh(), seen_at=at)
    assert standing(fresh(), BOTH, at) is Standing.ASLEEP
    assert told(fresh(), BOTH, Seen(at)) is SessionRefusal.ASLEEP


def test_a_call_keeps_nobody_in_who_was_disabled() -> None:
    session, account, later = STATES["disabled"]

    assert standing(session, account, T0 + later, in_a_call=True) is Standing.OVER


def test_whoever_proves_that_it_is_them_again_finds_what_they_typed_and_nobody_else_does() -> None:
    asleep, account, later = STATES["asleep, idle"]
    woken = told(asleep, account, ProvenAgain(T0 + later, ME, Via.PASSWORD, D2))
    other = told(asleep, account, ProvenAgain(T0 + later, OTHER, Via.PASSWORD, D2))

    assert isinstance(woken, Session)
    assert (woken.sitting, woken.digest) == (asleep.sitting, D2)
    assert other is SessionRefusal.SOMEBODY_ELSE


def test_changing_one_s_password_keeps_this_session_and_ends_all_others() -> None:
    at = T0 + H
    here, elsewhere = fresh(), replace(fresh(), digest=SessionDigest("elsewhere"))
    account = transition(ADVISER, PasswordSet(at, ME, "other"))
    after = told(here, ADVISER, PasswordChanged(at, D2))

    assert isinstance(account, Account)
    assert isinstance(after, Session)
    assert standing(after, account, at) is Standing.AWAKE
    assert why_over(elsewhere, account, at) is Ended.ACCOUNT_CHANGED
    assert why_over(here, account, at) is Ended.ACCOUNT_CHANGED  # its old secret too


@pytest.mark.parametrize(
    "event",
    [
        Disabled(T0 + H, OTHER),
        PasswordSet(T0 + H, OTHER, "given"),
        DutiesGiven(T0 + H, OTHER, Duties(frozenset({Role.PLANNER}))),
    ],
)
def test_whose_account_an_admin_changes_goes_on_nowhere(event: Disabled | PasswordSet | DutiesGiven) -> None:
    account = transition(ADVISER, event)

    assert isinstance(account, Account)
    assert standing(fresh(), account, T0 + H) is Standing.OVER


@given(st.lists(st.sampled_from([10, 59, 61, 600, 40_000]), max_size=40), st.frozensets(st.sampled_from(Role)))
def test_a_session_never_outlasts_its_limits_however_often_it_is_seen_and_is_seldom_written(seconds, roles):
    account, session, at, written = replace(ADVISER, roles=roles), fresh(), T0, [T0]
    for each in seconds:
        at += timedelta(seconds=each)
        after = told(session, account, Seen(at))
        if isinstance(after, Session) and after != session:
            assert at - written[-1] >= SEEN_EVERY
            written.append(at)
            session = after
        limits = limits_of(roles)
        if standing(session, account, at) is Standing.AWAKE:
            assert at < T0 + limits.whole
            assert at < session.seen_at + limits.idle
        assert sleeps_at(session, limits) <= T0 + limits.whole


def test_a_proof_is_fresh_for_ten_minutes() -> None:
    assert is_fresh(fresh(), T0 + FRESH - timedelta(seconds=1))
    assert not is_fresh(fresh(), T0 + FRESH)


@given(st.text(max_size=80))
def test_only_the_session_s_own_code_is_taken_from_its_pages(sent):
    code = csrf_code(KEY, fresh())

    assert is_csrf_code(KEY, fresh(), code)
    assert is_csrf_code(KEY, fresh(), sent) == (sent == code)
    assert not is_csrf_code(KEY, replace(fresh(), digest=D2), code)
    assert not is_csrf_code(b"another key", fresh(), code)
    assert D1 not in code


def test_codes_of_one_kind_are_none_of_another_and_parts_do_not_run_together() -> None:
    assert sealed.code(KEY, "csrf", "x") != sealed.code(KEY, "device", "x")
    assert sealed.code(KEY, "k", "ab", "c") != sealed.code(KEY, "k", "a", "bc")
    with pytest.raises(ValueError, match="between"):
        sealed.code(KEY, "k", "a\0b")


def test_a_session_shows_neither_its_digest_nor_its_sitting() -> None:
    assert D1 not in repr(fresh())
    assert "sitting" not in repr(fresh())
