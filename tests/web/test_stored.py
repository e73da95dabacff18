"""The API of callbacks over the true loop and a true database: what is answered is stored, and a restart knows it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer

from dialer.clock import Clock
from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.callbacks.book import Kept
from dialer.core.desk import Desk
from dialer.core.words import AdviserId, Cause, Wish
from dialer.live import LiveFloor
from dialer.metrics import Metrics
from dialer.runner import Runner
from dialer.store import Store
from dialer.web.app import make_app

from .asking import CALLBACKS, TOLD, WHOLE, errors, send
from .fake_floor import MONDAY, make_rules

pytestmark = pytest.mark.asyncio


class Silence:
    """Asterisk and hooks that are asked and do nothing."""

    ready = True
    why_not_ready = None

    def perform(self, command: cmd.Command) -> None: ...

    run = perform


@dataclass
class House:
    """One run of the service."""

    runner: Runner
    store: Store
    client: TestClient
    clock: Clock

    async def happen(self, *events: Callable[[datetime], ev.Event]) -> None:
        for event in events:
            await self.runner.submit(event(self.clock.now()))

    def state(self, callback: str) -> str:
        return self.runner.desk.book.callbacks[callback].state.kind

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not true():
                await self.happen(ev.DeadlineReached)


Start = Callable[[], Awaitable[House]]


@pytest_asyncio.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Starts the service; again: ends the one that runs, and starts it on what it stored."""
    stacks: list[AsyncExitStack] = []

    async def started() -> House:
        if stacks:
            await stacks.pop().aclose()
        stack = AsyncExitStack()
        stacks.append(stack)
        store = await Store.open(f"sqlite:///{tmp_path}/dialer.sqlite3")
        stack.push_async_callback(store.close)
        held = await store.load(MONDAY, events=())
        kept = Kept(held.callbacks, held.files, held.dialled, held.declined, held.opposed, held.next_serial)
        clock = Clock(MONDAY - datetime.now(UTC))
        desk = Desk(make_rules(), clock.now(), held.calls, held.advisers, kept=kept, strict=True)
        silence = Silence()
        runner = Runner(desk, store, silence, silence, clock, Metrics(), committed=lambda: floor.changes.tell())
        floor = LiveFloor("demo", runner, store, silence, clock, b"k" * 32)
        runner.start()
        stack.push_async_callback(runner.stop)
        client = TestClient(TestServer(make_app(floor), host="127.0.0.1"), headers={"Authorization": "Bearer demo"})
        await client.start_server()
        stack.push_async_callback(client.close)
        house = House(runner, store, client, clock)
        await house.happen(ev.Reconciled)
        return house

    yield started
    for stack in stacks:
        await stack.aclose()


async def test_what_is_answered_is_stored_and_a_restart_knows_the_key(start):
    house = await start()
    status, booked = await send(house.client, TOLD, key="k")
    assert status == 201
    house = await start()
    assert await send(house.client, TOLD, key="k") == (200, booked)
    status, problem = await send(house.client, TOLD | {"note": "autre"}, key="k")
    assert (status, set(errors(problem))) == (422, {"Idempotency-Key"})
    assert list(house.runner.desk.book.callbacks) == [booked["id"]]
    async with house.client.get(f"{CALLBACKS}/{booked['id']}") as response:
        shown = await response.json()
    assert (response.status, shown["reference"], shown["kind"], shown["phone"]) == (
        200, booked["reference"], "rtf", "+33199000001",
    )  # fmt: skip
    assert shown["legal_deadline_at"] == booked["legal_deadline_at"]


async def test_twenty_at_once_with_one_key_are_stored_as_one(start):
    house = await start()
    answers = await asyncio.gather(*(send(house.client, WHOLE, key="k") for _ in range(20)))
    assert sorted(status for status, _ in answers) == [200] * 19 + [201]
    (callback,) = house.runner.desk.book.callbacks
    assert len(await house.store.intakes_of(callback)) == 1
    assert (await house.store.load(MONDAY, events=())).next_serial == 1


async def test_no_reference_comes_twice_across_a_restart(start):
    references = set()
    for number in range(3):
        house = await start()
        for other in range(2):
            _, booked = await send(house.client, WHOLE | {"phone": f"01 99 00 00 {number}{other}"})
            references.add(booked["reference"])
    assert len(references) == 6


async def test_a_callback_is_told_from_card_to_outcome_as_it_is_stored(start):
    house = await start()
    client = house.client
    _, booked = await send(client, TOLD)
    callback, path = booked["id"], f"{CALLBACKS}/{booked['id']}"
    adviser = AdviserId("adv05")
    await house.happen(
        lambda at: ev.PhoneRegistered(at, adviser), lambda at: ev.WishSet(at, adviser, Wish.READY)
    )  # fmt: skip
    await house.until(lambda: house.state(callback) == "offered")
    async with client.get("/api/v1/advisers/adv05") as response:
        offer = (await response.json())["offer"]
    assert (offer["card"]["first_name"], offer["card"]["note"]) == ("Naïma", TOLD["note"])
    leg = house.runner.desk.book.callbacks[callback].state.leg
    async with client.put(f"/api/v1/offers/{offer['id']}", json={"action": "dial"}) as response:
        assert (response.status, (await response.json())["state"]) == (200, "offered")
    await house.happen(lambda at: ev.LegAnswered(at, leg))
    async with client.get(path) as response:
        shown = await response.json()
    assert (shown["state"], shown["adviser"], [each["cause"] for each in shown["attempts"]]) == (
        "dialling", "adv05", [None],
    )  # fmt: skip
    person = house.runner.desk.book.callbacks[callback].state.leg
    await house.happen(lambda at: ev.LegAnswered(at, person))
    async with client.post(f"{path}/outcome", json={"outcome": "ORIENTE", "structure": "CIO"}) as response:
        assert (response.status, (await response.json())["state"]) == (200, "talking")
    await house.happen(lambda at: ev.LegLeft(at, person, Cause.NORMAL))
    async with client.get(path) as response:
        shown = await response.json()
    assert (shown["state"], shown["outcome"], shown["attempts"][0]["cause"]) == ("closed", "ORIENTE", "talked")
    assert "callback_requested" in {entry["event"] for entry in shown["timeline"]}
    for personal in ("Naïma", "Martin", "99000001"):
        assert personal not in str(shown["timeline"])
    async with client.get(CALLBACKS, params={"outcome": "ORIENTE", "kind": "rtf"}) as response:
        assert [item["id"] for item in (await response.json())["items"]] == [callback]
