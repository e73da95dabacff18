"""An office: the true loop, a true database of each kind and the true API, without Asterisk; its clock stands still.

`await office()` starts it; once more ends it and starts it on what it stored. Nothing stays behind, or the test fails.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer

from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.callbacks.book import Kept
from dialer.core.callbacks.outcomes import CallbackOutcome, Report
from dialer.core.callbacks.states import CallbackId, CaseId
from dialer.core.callbacks.told import OutcomeGiven
from dialer.core.cases.file import CaseFile
from dialer.core.cases.responsible import Officer, OfficerId
from dialer.core.change import Change
from dialer.core.desk import Desk
from dialer.core.places.academie import AcademieCode, named
from dialer.core.revision import Versioned
from dialer.core.rules import Rules
from dialer.core.words import By
from dialer.live import LiveFloor
from dialer.metrics import Metrics
from dialer.runner import Runner
from dialer.store import Store
from dialer.web.app import make_app
from tests.cases.described import hold_against_the_description
from tests.web.fake_floor import MONDAY, make_rules

KEY = b"k" * 32
_KEYS = count(1)


class StoppedClock:
    """Shows what it is set to."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.shift = timedelta(0)

    def now(self) -> datetime:
        return self.at


class Silence:
    """Asterisk and hooks that are asked and do nothing."""

    ready = True
    why_not_ready = None

    def perform(self, command: cmd.Command) -> None: ...

    run = perform


def academie(name: str) -> AcademieCode:
    """By its name, as people know it."""
    found = named(name)
    assert found is not None, name
    return found.code


def case_rules() -> Rules:
    """Lines that take requests, and three officers: two of Paris, one of La Réunion."""
    rules = make_rules()
    lines = {key: replace(line, callback_queue=next(iter(rules.queues))) for key, line in rules.lines.items()}
    posts = {"anna": "Paris", "bruno": "Paris", "chantal": "La Réunion"}
    officers = {
        OfficerId(name): Officer(OfficerId(name), frozenset({academie(post)}), name.title(), f"{name}@example.net")
        for name, post in posts.items()
    }
    return replace(rules, lines=lines, officers=officers)


@dataclass
class Office:
    """One run of the service. Answers are (status, body)."""

    runner: Runner
    floor: LiveFloor
    store: Store
    client: TestClient[Any, Any]
    clock: StoppedClock

    # -- time and the desk -------------------------------------------------------------------------

    async def later(self, **lapse: float) -> None:
        """Time passes (as `timedelta` takes it), and what is due meanwhile happens."""
        self.clock.at += timedelta(**lapse)
        await self.runner.submit(ev.DeadlineReached(self.clock.at))

    async def happen(self, event: ev.Event) -> Change:
        change = await self.runner.submit(event)
        assert change.refused is None, change.refused
        return change

    async def settle(self, callback: str, outcome: CallbackOutcome, **report: Any) -> Change:
        """The adviser says what came of it."""
        told = OutcomeGiven(self.clock.at, Report(outcome, **report), By.PERSON)
        return await self.happen(ev.CallbackTold(self.clock.at, CallbackId(callback), told))

    def file(self, case: str) -> Versioned[CaseFile]:
        """As the desk has it now."""
        return self.runner.desk.cabinet.files[CaseId(case)]

    # -- the API -----------------------------------------------------------------------------------

    async def token(self, name: str, *scopes: str, academie: str | None = None) -> str:
        return await self.store.add_token(name, scopes or ("cases:write",), academie)

    async def ask(self, method: str, path: str, token: str | None = None, **options: Any) -> tuple[int, Any]:
        """`/cases` is `/api/v1/cases`. ``token`` None: the demonstration's. Options: those of aiohttp."""
        headers = dict(options.pop("headers", {}))
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        async with self.client.request(method, f"/api/v1{path}", headers=headers, **options) as response:
            kind = response.content_type
            if not kind.endswith("json"):
                return response.status, await response.text()
            body = await response.json()
            hold_against_the_description(method, path, response.status, body)
            return response.status, body

    async def book(self, phone: str = "01 99 00 00 01", **said: Any) -> dict[str, Any]:
        """A request, by the API: what its person is told (``id`` of the callback, ``reference``), and its ``case``."""
        whole = {
            "phone": phone, "first_name": "Naïma", "name": "Martin", "birth_date": "2008-03-21", "postcode": "75011",
            "asked_by": "young_person", "wish": {"kind": "asap"}, "source": "web", "notice_read": True,
        }  # fmt: skip
        key = {"Idempotency-Key": f"key-{next(_KEYS)}"}
        status, told = await self.ask("POST", "/callbacks", json=whole | said, headers=key)
        assert status == 201, told
        (intake, *_) = await self.store.intakes_of(told["id"])
        return dict(told) | {"case": intake.booking.case}


StartOffice = Callable[[], Awaitable[Office]]


@pytest_asyncio.fixture
async def office(url: str) -> AsyncIterator[StartOffice]:
    stacks: list[AsyncExitStack] = []
    clock = StoppedClock(MONDAY)

    async def started() -> Office:
        if stacks:
            await stacks.pop().aclose()
        stack = AsyncExitStack()
        stacks.append(stack)
        store = await Store.open(url, now=clock.now)
        stack.push_async_callback(store.close)
        held = await store.load(MONDAY, events=())
        assert held.unreadable == ()
        kept = Kept(
            held.callbacks, held.files, held.dialled, held.declined, held.opposed, held.next_serial, held.templates,
            held.structures, held.contacts,
        )  # fmt: skip
        desk = Desk(case_rules(), clock.now(), held.calls, held.advisers, kept=kept, reference_key=KEY, strict=True)
        silence = Silence()
        runner = Runner(desk, store, silence, silence, clock, Metrics(), committed=lambda: floor.changes.tell())  # type: ignore[arg-type]
        floor = LiveFloor("demo", runner, store, silence, clock, KEY)  # type: ignore[arg-type]
        runner.start()
        stack.push_async_callback(runner.stop)
        client = TestClient(TestServer(make_app(floor), host="127.0.0.1"), headers={"Authorization": "Bearer demo"})
        await client.start_server()
        stack.push_async_callback(client.close)
        made = Office(runner, floor, store, client, clock)
        await made.happen(ev.Reconciled(clock.now()))
        return made

    yield started
    for stack in stacks:
        await stack.aclose()
