"""Accounts beside a running service, over a restart, and what of them is in the database."""

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.core.access import sealed
from dialer.core.access.account import Account, AccountId, AccountRefusal
from dialer.store import Store
from dialer.store.access_shelf import AccessShelf
from tests.core.world import T0
from tests.store.test_access_contract import LEA, session

pytestmark = pytest.mark.asyncio


async def test_whoever_does_not_lead_keeps_accounts_and_the_leader_sees_them_at_once(url: str) -> None:
    service, beside = await Store.open(url), await Store.open(url, lead=False)
    try:
        assert await beside.access.keep_account(LEA, None) is None
        assert await service.access.account(LEA.id) == LEA
        await service.append([])
    finally:
        await beside.close()
        await service.close()


async def test_of_many_who_make_the_same_account_in_two_processes_at_once_one_does(url: str) -> None:
    service, beside = await Store.open(url), await Store.open(url, lead=False)
    tries = [replace(LEA, id=AccountId(f"lea{number % 3}")) for number in range(12)]
    try:
        found = await asyncio.gather(
            *((service if number % 2 else beside).access.keep_account(one, None) for number, one in enumerate(tries))
        )
        assert sorted(map(str, found)) == ["None"] + [AccountRefusal.TAKEN] * 11
        assert len(await service.access.accounts()) == 1
    finally:
        await beside.close()
        await service.close()


async def test_who_comes_while_another_process_is_in_the_middle_of_it_is_refused_and_not_failed(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, beside = await Store.open(url), await Store.open(url, lead=False)
    looked, go_on, both = asyncio.Event(), asyncio.Event(), asyncio.Event()
    clashes = AccessShelf._clashes

    async def stopped(self: AccessShelf, conn: AsyncConnection, account: Account) -> bool:
        found = await clashes(self, conn, account)
        if looked.is_set():
            both.set()
        looked.set()
        await go_on.wait()
        return found

    monkeypatch.setattr(AccessShelf, "_clashes", stopped)
    try:
        first = asyncio.create_task(beside.access.keep_account(LEA, None))
        await looked.wait()
        second = asyncio.create_task(service.access.keep_account(replace(LEA, id=AccountId("leo")), None))
        with suppress(TimeoutError):  # that it never comes is what is wanted
            await asyncio.wait_for(both.wait(), 0.3)
        go_on.set()
        assert [await first, await second] == [None, AccountRefusal.TAKEN]
    finally:
        await beside.close()
        await service.close()


async def test_accounts_sessions_and_what_is_not_told_yet_outlive_a_restart(url: str) -> None:
    store = await Store.open(url)
    await store.access.keep_account(LEA, None, [])
    await store.access.keep_session(session())
    await store.close()
    again = await Store.open(url)
    try:
        assert await again.access.account(LEA.id) == LEA
        assert await again.access.session(session().digest) == session()
    finally:
        await again.close()


async def test_a_browsers_secret_is_in_the_database_by_its_digest_alone(store: Store) -> None:
    await store.access.keep_session(session(sealed.digest("the secret of a browser")))
    async with store._writer.transaction() as conn:
        rows = str((await conn.exec_driver_sql("SELECT * FROM sessions")).all())
    assert sealed.digest("the secret of a browser") in rows
    assert "the secret" not in rows


async def test_no_instant_is_lost_of_an_account_made_to_the_microsecond(store: Store) -> None:
    at = T0.replace(microsecond=123_457)
    await store.access.keep_account(replace(LEA, made_at=at, sessions_from=at), None)
    found = await store.access.account(LEA.id)
    assert found is not None
    assert found.sessions_from == at
