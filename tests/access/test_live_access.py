"""Accounts of a running service: what is done is stored, the journal has it, and a restart knows both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from dialer.access.passwords import Passwords
from dialer.clock import Clock
from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.access import audit
from dialer.core.access.account import MACHINE, AccountRefusal
from dialer.core.access.sign_in import LetIn, NotLetIn, Via, Why
from dialer.core.adviser import Talking, WrappingUp
from dialer.core.change import Change
from dialer.core.desk import Desk
from dialer.core.words import AdviserId, CallId, QueueId, Record, record
from dialer.keys import Keys, kept_keys
from dialer.live_access import SESSIONS_KEPT, LiveAccess
from dialer.metrics import Metrics
from dialer.runner import Runner
from dialer.store import Store, StoreError
from tests.store.fake_access import FAST
from tests.store.test_access_contract import LEA, session
from tests.web.fake_floor import make_rules

pytestmark = pytest.mark.asyncio

ALWAYS = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


class Silence:
    """Asterisk and hooks that are asked and do nothing."""

    def perform(self, command: cmd.Command) -> None: ...

    run = perform


@dataclass
class House:
    runner: Runner
    store: Store
    access: LiveAccess
    clock: Clock

    def made(self, by: str = "machine") -> Record:
        return record(self.clock.now(), "account_made", account="lea", by=by)

    def signed_in(self) -> Record:
        return audit.signed_in(LetIn(LEA.id, Via.PASSWORD, False), self.clock.now(), known_device=False)

    async def journal(self) -> list[str]:
        return [entry.event async for entry in self.store.records(*ALWAYS)]


Start = Callable[[], Awaitable[House]]


@pytest_asyncio.fixture
async def start(url: str) -> AsyncIterator[Start]:
    """Starts the service; again: ends the one that runs, and starts it on what it stored."""
    stacks: list[AsyncExitStack] = []

    async def started() -> House:
        if stacks:
            await stacks.pop().aclose()
        stack = AsyncExitStack()
        stacks.append(stack)
        store = await Store.open(url)
        stack.push_async_callback(store.close)
        passwords = Passwords(FAST)
        stack.push_async_callback(passwords.close)
        clock, silence = Clock(), Silence()
        runner = Runner(Desk(make_rules(), clock.now(), strict=True), store, silence, silence, clock, Metrics())
        access = LiveAccess(runner, clock, store.access, await kept_keys(store), passwords)
        runner.start()
        stack.push_async_callback(access.end_telling)
        stack.push_async_callback(runner.stop)
        return House(runner, store, access, clock)

    yield started
    for stack in stacks:
        await stack.aclose()


async def test_an_account_and_a_session_are_stored_and_told_to_the_journal_before_the_answer_comes(
    start: Start,
) -> None:
    house = await start()
    assert await house.access.keep_account(LEA, None, [house.made()]) is None
    assert await house.journal() == ["account_made"]
    await house.access.keep_session(session(), None, [house.signed_in()])
    assert await house.journal() == ["account_made", "signed_in"]
    assert await house.store.access.untold() == ()
    house = await start()
    assert await house.access.account(LEA.id) == LEA
    assert await house.access.session(session().digest) == session()
    assert await house.access.sessions_of(LEA.id) == (session(),)
    assert await house.access.accounts() == (LEA,)


async def test_what_is_refused_is_told_to_nobody(start: Start) -> None:
    house = await start()
    await house.access.keep_account(LEA, None, [])
    refused = await house.access.keep_account(replace(LEA, name="B"), None, [house.made()])
    assert refused is AccountRefusal.TAKEN
    assert await house.journal() == []


async def test_what_was_done_beside_the_service_is_told_once_by_it_and_what_came_first_stands_first(
    start: Start,
) -> None:
    house = await start()
    await house.store.access.keep_account(LEA, None, [house.made(MACHINE)])
    await house.access.keep_session(session(), None, [house.signed_in()])
    await house.access.tell()
    assert await house.journal() == ["account_made", "signed_in"]


async def test_what_a_service_that_ended_had_not_told_the_next_one_does(start: Start) -> None:
    house = await start()
    await house.store.access.keep_account(LEA, None, [house.made()])
    house = await start()
    telling = asyncio.create_task(house.access.keep_telling())
    try:
        async with asyncio.timeout(5):
            while await house.journal() != ["account_made"]:  # noqa: ASYNC110 - the journal tells nobody
                await asyncio.sleep(0.01)
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)


async def test_it_is_told_though_whoever_asked_is_gone(start: Start) -> None:
    house = await start()
    asked = asyncio.create_task(house.access.keep_account(LEA, None, [house.made()]))
    async with asyncio.timeout(5):
        while not await house.store.access.untold():  # noqa: ASYNC110 - the store tells nobody
            await asyncio.sleep(0)
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    await house.access.end_telling()
    assert await house.journal() == ["account_made"]
    assert await house.store.access.untold() == ()


async def test_a_store_that_does_not_answer_ends_neither_the_telling_nor_the_nights_job(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await start()
    asked = asyncio.Event()

    async def fails(*_: object) -> int:
        asked.set()
        raise StoreError("The database does not answer.")

    monkeypatch.setattr(house.access._access, "untold", fails)
    monkeypatch.setattr(house.access._access, "forget_sessions", fails)
    telling = asyncio.create_task(house.access.keep_telling())
    async with asyncio.timeout(5):
        await asked.wait()
    await asyncio.sleep(0)
    assert not telling.done()
    telling.cancel()
    await asyncio.gather(telling, return_exceptions=True)
    asked.clear()
    await house.access.forget_sessions()
    assert asked.is_set()


async def test_sessions_are_forgotten_a_week_after_the_last_sign_of_somebody(start: Start) -> None:
    house = await start()
    now = house.clock.now()
    old = session("old", seen_at=now - SESSIONS_KEPT - timedelta(minutes=1))
    young = session("young", seen_at=now - SESSIONS_KEPT + timedelta(minutes=1))
    for one in (old, young):
        await house.access.keep_session(one)
    await house.access.forget_sessions()
    assert [await house.access.session(one.digest) for one in (old, young)] == [None, young]


async def test_who_talks_or_wraps_up_is_in_a_call_and_nobody_else(start: Start) -> None:
    house = await start()
    team = house.runner.desk.team
    lea, call = AdviserId("adv01"), CallId("c-1")
    now = house.clock.now()
    states = (Talking(call), WrappingUp(call, QueueId("q"), now + timedelta(minutes=1), True))
    free = house.runner.desk.advisers[lea]
    assert not house.access.in_a_call(lea)
    for state in states:
        team.keep(replace(free, state=state))
        assert house.access.in_a_call(lea)
    assert not house.access.in_a_call(AdviserId("nobody"))


async def test_the_keys_of_an_installation_from_before_stay_and_those_it_had_not_are_drawn_once(start: Start) -> None:
    house = await start()
    before = await kept_keys(house.store)
    old = {"reference": before.reference.hex(), "link": before.link.hex()}
    await house.store.set_setting("keys", old)
    drawn = await kept_keys(house.store)
    assert (drawn.reference, drawn.link) == (before.reference, before.link)
    assert len({drawn.reference, drawn.link, drawn.csrf, drawn.device}) == 4
    assert {len(drawn.csrf), len(drawn.device)} == {32}
    house = await start()
    assert await kept_keys(house.store) == drawn
    assert (house.access.csrf_key, house.access.device_key) == (drawn.csrf, drawn.device)
    assert repr(Keys(b"a", b"b", b"c", b"d")) == "Keys(…)"


async def test_the_desk_hands_what_is_told_of_accounts_to_the_journal_and_does_nothing_else() -> None:
    at = datetime(2026, 11, 23, 9, tzinfo=UTC)
    desk = Desk(make_rules(), at, strict=True)
    told = (record(at, "signed_in", by="lea"), record(at, "account_disabled", account="omar", by="machine"))
    assert desk.handle(ev.AccessTold(at, told)) == Change(at, records=list(told))


async def test_sign_ins_are_counted_by_what_came_of_them_and_name_nobody() -> None:
    metrics, at = Metrics(), datetime(2026, 11, 23, 9, tzinfo=UTC)
    metrics.take(
        [
            audit.signed_in(LetIn(LEA.id, Via.PASSWORD, False), at, known_device=True),
            audit.signed_in(LetIn(LEA.id, Via.PROVIDER, False), at, known_device=True),
            record(at, "signed_in", by="lea"),  # as no version has told it yet
            *[audit.sign_in_refused(NotLetIn(Why.WRONG_PASSWORD, LEA.id), at, known_device=False)] * 2,
        ]
    )
    text = metrics.scrape(Desk(make_rules(), at, strict=True), at).decode()
    counted = {line.split(" ")[0]: line.split(" ")[1] for line in text.splitlines() if "dialer_sign_ins_total{" in line}
    assert counted == {
        'dialer_sign_ins_total{came="password"}': "1.0",
        'dialer_sign_ins_total{came="provider"}': "1.0",
        'dialer_sign_ins_total{came="wrong_password"}': "2.0",
        'dialer_sign_ins_total{came="unknown"}': "1.0",
    }
    assert "lea" not in text
