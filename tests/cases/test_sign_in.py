"""Signing in over a true database of each kind: the session outlives a restart, the audit is in the journal."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp.test_utils import TestClient, TestServer

from dialer.access.passwords import Passwords
from dialer.core.access.account import AccountId
from dialer.core.access.roles import Role
from dialer.keys import Keys
from dialer.live_access import LiveAccess
from dialer.web.app import make_app
from tests.cases.conftest import KEY, Office
from tests.store.fake_access import FAST
from tests.web.signing_in import account, get, post, sign_in

pytestmark = pytest.mark.asyncio
KEYS = Keys(KEY, KEY, KEY, KEY)


@asynccontextmanager
async def with_accounts(house: Office) -> AsyncIterator[TestClient]:
    """A browser of this office, whose accounts are the store's."""
    passwords = Passwords(FAST)
    access = LiveAccess(house.runner, house.clock, house.store.access, KEYS, passwords)
    house.floor.access = access
    client = TestClient(TestServer(make_app(house.floor), host="127.0.0.1"))
    await client.start_server()
    yield client
    await client.close()
    await access.end_telling()
    await passwords.close()


async def test_a_session_outlives_a_restart_ends_when_signed_out_and_the_journal_has_all_of_it(office):
    house = await office()
    made = account("sup", Role.SUPERVISOR)
    assert await house.store.access.keep_account(made, None) is None
    async with with_accounts(house) as browser:
        assert (await sign_in(browser, "sup", "wrong")).status == 403
        assert (await sign_in(browser, "sup")).headers["Location"] == "/"
        cookie = browser.session.cookie_jar.filter_cookies(browser.make_url("/"))["fv"].value
    house = await office()
    async with with_accounts(house) as browser:
        browser.session.cookie_jar.update_cookies({"fv": cookie}, browser.make_url("/"))
        page = await get(browser, "/")
        assert page.status == 200
        found = re.search(r'name="csrf" value="(\w{64})"', await page.text())
        assert found is not None
        assert (await post(browser, "/deconnexion", csrf=found[1])).status == 303
        assert (await get(browser, "/compte", Cookie=f"fv={cookie}")).status == 303
    day = timedelta(days=1)
    records = [each async for each in house.store.records(house.clock.at - day, house.clock.at + day)]
    told = [(each.event, dict(each.data).get("by")) for each in records if "sign" in each.event]
    assert told == [("sign_in_refused", "sup"), ("signed_in", "sup"), ("signed_out", "sup")]


async def test_an_account_that_is_disabled_at_the_machine_opens_nothing_from_then_on(office):
    house = await office()
    made = account("sup", Role.SUPERVISOR)
    await house.store.access.keep_account(made, None)
    async with with_accounts(house) as browser:
        await sign_in(browser, "sup")
        assert (await get(browser, "/compte")).status == 200
        known = await house.store.access.account(AccountId("sup"))
        assert known is not None
        assert await house.store.access.keep_account(replace(known, disabled_at=house.clock.at), known) is None
        assert (await get(browser, "/compte")).status == 303
