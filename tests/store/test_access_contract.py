"""Accounts and sessions: the same promises on SQLite, PostgreSQL and in memory."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dialer.core.access.account import Account, AccountId, AccountRefusal, Subject
from dialer.core.access.roles import Role
from dialer.core.access.session import Ended, Session, SessionDigest, SittingId
from dialer.core.access.sign_in import Via
from dialer.core.cases.visibility import Everywhere
from dialer.core.places.academie import AcademieCode
from dialer.core.words import AdviserId, record
from dialer.store import Store
from tests.core.world import T0
from tests.store.fake_store import FakeStore

pytestmark = pytest.mark.asyncio

AnyStore = Store | FakeStore

LEA = Account(AccountId("lea"), "Léa", T0, T0, frozenset({Role.ADVISER, Role.PLANNER}), AdviserId("adv01"))
OMAR = Account(
    AccountId("omar"), "Omar", T0, T0, frozenset({Role.OFFICER}),
    academies=frozenset({AcademieCode("01"), AcademieCode("28")}), password="$argon2id$…", must_change=True,
    subject=Subject("https://issuer.example.net", "s-1"), disabled_at=T0 + timedelta(microseconds=1),
)  # fmt: skip
NINA = Account(AccountId("nina"), "Nina", T0, T0, frozenset({Role.OFFICER}), academies=Everywhere())


def session(digest: str = "d1", **changed: object) -> Session:
    made = Session(SessionDigest(digest), SittingId("s1"), LEA.id, Via.PASSWORD, T0, T0, T0)
    return replace(made, **changed)


def over(one: Session, why: Ended = Ended.SIGNED_OUT) -> Session:
    return replace(one, ended_at=T0 + timedelta(minutes=3), ended=why)


def said(event: str, **data: str | int | None):
    return record(T0, event, **data)


async def untold(store: AnyStore) -> list[str]:
    return [entry.event for _, entry in await store.access.untold()]


async def test_an_account_comes_back_as_it_was_kept_by_its_id_by_its_subject_and_in_the_list(any_store: AnyStore):
    access = any_store.access
    for one in (OMAR, LEA, NINA):
        assert await access.keep_account(one, None) is None
    assert await access.accounts() == (LEA, NINA, OMAR)
    assert [await access.account(one.id) for one in (LEA, NINA, OMAR)] == [LEA, NINA, OMAR]
    assert await access.account_of(Subject("https://issuer.example.net", "s-1")) == OMAR
    assert await access.account_of(Subject("https://other.example.net", "s-1")) is None
    assert await access.account(AccountId("nobody")) is None


async def test_of_two_who_change_what_both_have_read_the_second_is_refused_and_nothing_of_theirs_is_kept(
    any_store: AnyStore,
):
    access = any_store.access
    await access.keep_account(LEA, None)
    first, second = replace(LEA, name="Léa A."), replace(LEA, name="Léa B.")
    assert await access.keep_account(first, LEA, [said("first")]) is None
    assert await access.keep_account(second, LEA, [said("second")]) is AccountRefusal.STALE
    assert await access.account(LEA.id) == first
    assert await untold(any_store) == ["first"]


async def test_an_id_an_adviser_and_a_subject_are_one_accounts_alone(any_store: AnyStore):
    access = any_store.access
    await access.keep_account(LEA, None)
    await access.keep_account(OMAR, None)
    same_adviser = replace(LEA, id=AccountId("leo"))
    assert await access.keep_account(replace(LEA, name="Another"), None) is AccountRefusal.TAKEN
    assert await access.keep_account(same_adviser, None) is AccountRefusal.TAKEN
    assert await access.keep_account(replace(LEA, subject=OMAR.subject), LEA) is AccountRefusal.TAKEN
    assert await access.accounts() == (LEA, OMAR)


async def test_an_account_that_is_not_there_cannot_be_changed(any_store: AnyStore):
    assert await any_store.access.keep_account(LEA, LEA) is AccountRefusal.STALE
    assert await any_store.access.accounts() == ()


async def test_a_session_is_found_by_its_digest_and_listed_until_it_is_over(any_store: AnyStore):
    access = any_store.access
    first, other = session(), session("d2", sitting=SittingId("s2"), made_at=T0 + timedelta(seconds=1))
    await access.keep_session(other)
    await access.keep_session(first)
    assert await access.session(first.digest) == first
    assert await access.sessions_of(LEA.id) == (first, other)
    assert await access.sessions_of(OMAR.id) == ()
    seen = replace(first, seen_at=T0 + timedelta(minutes=5))
    await access.keep_session(seen)
    assert await access.session(first.digest) == seen
    await access.keep_session(over(seen))
    assert await access.session(first.digest) == over(seen)
    assert await access.sessions_of(LEA.id) == (other,)


async def test_a_session_under_a_new_secret_is_nobodys_under_the_one_before(any_store: AnyStore):
    access = any_store.access
    await access.keep_session(session("d1"))
    await access.keep_session(session("d2"), was=SessionDigest("d1"), records=[said("signed_in")])
    assert await access.session(SessionDigest("d1")) is None
    assert await access.sessions_of(LEA.id) == (session("d2"),)
    # A request that was under way under the secret before does not bring it back.
    await access.keep_session(session("d1", seen_at=T0 + timedelta(minutes=2)), records=[said("late")])
    assert await access.session(SessionDigest("d1")) is None
    assert await untold(any_store) == ["signed_in"]


async def test_what_is_over_stays_so_whoever_still_held_it_awake(any_store: AnyStore):
    access = any_store.access
    await access.keep_session(session())
    await access.keep_session(over(session()), records=[said("signed_out")])
    await access.keep_session(session(seen_at=T0 + timedelta(minutes=4)))
    await access.keep_session(over(session(), Ended.REVOKED), records=[said("again")])
    await access.keep_session(session("d9"), was=SessionDigest("d1"), records=[said("woken")])
    assert await access.session(SessionDigest("d1")) == over(session())
    assert await access.session(SessionDigest("d9")) is None
    assert await untold(any_store) == ["signed_out"]


async def test_who_revokes_a_session_that_has_changed_its_secret_meanwhile_revokes_it_all_the_same(any_store: AnyStore):
    access = any_store.access
    elsewhere = session("d5", sitting=SittingId("s5"))
    for one in (session("d1"), elsewhere):
        await access.keep_session(one)
    await access.keep_session(session("d2"), was=SessionDigest("d1"))
    await access.keep_session(over(session("d1"), Ended.REVOKED), records=[said("session_revoked")])
    found = await access.session(SessionDigest("d2"))
    assert found is not None
    assert found.ended is Ended.REVOKED
    assert await access.sessions_of(LEA.id) == (elsewhere,)
    assert await untold(any_store) == ["session_revoked"]


async def test_what_is_to_be_told_is_kept_in_its_order_until_it_is_told(any_store: AnyStore):
    access = any_store.access
    entry = said("account_made", account="lea", adviser=None, n=1)
    await access.keep_account(LEA, None, [entry, said("second")])
    await access.keep_session(session(), records=[said("third")])
    waiting = await access.untold()
    assert [each for _, each in waiting] == [entry, said("second"), said("third")]
    await access.told([number for number, _ in waiting[:2]])
    assert await untold(any_store) == ["third"]
    await access.keep_account(OMAR, None, [said("fourth")])
    assert await untold(any_store) == ["third", "fourth"]


async def test_sessions_without_a_sign_of_anybody_for_long_are_forgotten_and_no_others(any_store: AnyStore):
    access = any_store.access
    later = T0 + timedelta(days=3)
    for one in (session("d1"), session("d3", sitting=SittingId("s3"), seen_at=later), session("d4")):
        await access.keep_session(one)
    await access.keep_session(session("d2"), was=SessionDigest("d1"))
    assert await access.forget_sessions(later) == 3
    assert [each.digest for each in await access.sessions_of(LEA.id)] == ["d3"]
    assert await access.session(SessionDigest("d2")) is None
