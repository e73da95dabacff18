"""A demonstration's accounts: for everybody, and of no use to anybody once it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dialer.access.passwords import Passwords
from dialer.core.access.account import AccountId, AccountRefusal
from dialer.core.access.roles import Role, pages_of
from dialer.core.access.session import SittingId
from dialer.core.cases.visibility import Everywhere
from dialer.core.rules import AdviserRules
from dialer.core.words import AdviserId
from dialer.demonstration import PASSWORD, Demonstration
from dialer.store import Store
from tests.store.fake_access import FAST
from tests.store.test_access_contract import LEA, session

pytestmark = pytest.mark.asyncio

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


class Team:
    """The configuration in force."""

    def __init__(self, *ids: str) -> None:
        self.follow(*ids)

    def follow(self, *ids: str) -> None:
        self.advisers = {AdviserId(id_): AdviserRules(AdviserId(id_), f"Name of {id_}", {}) for id_ in ids}


async def demonstration(team: Team, hashed: str = "hashed") -> Demonstration:
    return Demonstration(lambda: team.advisers, hashed, AT)


async def test_every_adviser_and_every_other_role_has_an_account_and_together_they_have_every_page() -> None:
    made = await demonstration(Team("adv01", "adv02"))
    found = {account.id: account for account in await made.accounts()}
    assert list(found) == ["admin", "adv01", "adv02", "officer", "planner", "supervisor"]
    assert [found[AccountId(each)].adviser for each in ("adv01", "adv02", "admin")] == ["adv01", "adv02", None]
    assert found[AccountId("adv01")].name == "Name of adv01"
    assert found[AccountId("officer")].academies == Everywhere()
    assert {role for account in found.values() for role in account.roles} == set(Role)
    assert pages_of(set(Role)) == {page for account in found.values() for page in pages_of(account.roles)}


async def test_they_sign_in_with_demo_and_need_not_change_it() -> None:
    passwords = Passwords(FAST)
    try:
        hashed = await passwords.hash(PASSWORD)
        assert isinstance(hashed, str)
        made = await demonstration(Team("adv01"), hashed)
        for account in await made.accounts():
            assert await passwords.verify(account.password, "demo") == await passwords.verify(hashed, "demo")
            assert not account.must_change
    finally:
        await passwords.close()


async def test_who_joins_the_configuration_has_an_account_and_what_was_changed_of_others_stays() -> None:
    team = Team("adv01")
    made = await demonstration(team)
    before = await made.account(AccountId("adv01"))
    assert before is not None
    assert await made.keep_account(replace(before, name="Changed"), before, []) is None
    team.follow("adv01", "adv07", "admin", "system")
    assert await made.account(AccountId("adv07")) is not None
    kept, admin = await made.account(AccountId("adv01")), await made.account(AccountId("admin"))
    assert kept is not None
    assert kept.name == "Changed"
    assert admin is not None
    assert admin.roles == {Role.ADMIN}
    assert await made.account(AccountId("system")) is None


async def test_an_adviser_whose_account_an_admin_has_made_by_another_name_has_no_second_one() -> None:
    team = Team()
    made = await demonstration(team)
    assert await made.keep_account(LEA, None, []) is None
    team.follow("adv01")
    assert [account.id for account in await made.accounts() if account.adviser == "adv01"] == ["lea"]
    assert await made.keep_account(replace(LEA, id=AccountId("leo")), None, []) is AccountRefusal.TAKEN


async def test_nothing_of_a_demonstration_opens_the_same_state_folder_run_in_earnest(store: Store) -> None:
    """Not its accounts, not its sessions, not an account that somebody made in it; and what was there is as it was."""
    await store.access.keep_account(LEA, None, [])
    made = await demonstration(Team("adv01"))
    assert await made.account(LEA.id) is None
    intruder = replace(LEA, id=AccountId("intruder"), adviser=None, roles=frozenset({Role.ADMIN}))
    assert await made.keep_account(intruder, None, []) is None
    assert await made.keep_account(replace(LEA, adviser=None, name="Intruder"), None, []) is None
    opened = session("d1", account=AccountId("admin"), sitting=SittingId("s9"))
    await made.keep_session(opened)
    assert await made.session(opened.digest) == opened
    assert await store.access.accounts() == (LEA,)
    assert await store.access.session(opened.digest) is None
