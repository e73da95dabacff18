"""What webhooks live between: an outbox that outlives whoever reads it, and a receiver on a real socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from dialer.core.words import CallId, Record, record
from dialer.store.refusal import StoreError
from dialer.web.changes import Changes
from dialer.webhooks import Webhooks

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SECRET = "s3cret-for-tests"
WITHIN_S = 10.0


@dataclass(frozen=True)
class Outgoing:
    url: str
    secret: SecretStr | None = field(default_factory=lambda: SecretStr(SECRET))
    timeout_s: float = 5.0


@dataclass
class Outbox:
    """A journal and its settings that outlive whoever reads them; each commit is told."""

    changes: Changes = field(default_factory=Changes)
    journal: list[tuple[int, Record]] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    locked: bool = False
    cursor_locked: bool = False
    asked: int = 0

    def commit(self, event: str, *, skip: int = 0, **data: object) -> str:
        """The record's number, as text. ``skip``: how many records of calls come before it."""
        seq = (self.journal[-1][0] if self.journal else 0) + 1 + skip
        self.journal.append((seq, record(AT + timedelta(seconds=seq), event, CallId("cb-10000016"), **data)))
        self.changes.tell()
        return str(seq)

    def request(self, **more: int) -> str:
        return self.commit("callback_requested", line="dropout", queue="dropout", dated=0, **more)

    async def records_after(self, seq: int, limit: int, prefix: str = "callback_") -> list[tuple[int, Record]]:
        self._answer(self.locked)
        self.asked += 1
        return [each for each in self.journal if each[0] > seq and each[1].event.startswith(prefix)][:limit]

    async def setting(self, key: str) -> object:
        self._answer(self.locked)
        return json.loads(self.settings[key]) if key in self.settings else None

    async def set_setting(self, key: str, value: object) -> None:
        self._answer(self.locked or self.cursor_locked)
        self.settings[key] = json.dumps(value)

    def _answer(self, locked: bool) -> None:
        if locked:
            raise StoreError("the database is locked")


@dataclass
class Receiver:
    """Another program on a socket of this machine. ``answer``: its status for each request, 200 by default."""

    answer: Callable[[], Awaitable[int]] | None = None
    heard: list[dict] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    elsewhere: int = 0
    """How often a redirection was followed."""
    server: TestServer | None = None

    @property
    def ids(self) -> list[str]:
        return [said["id"] for said in self.heard]

    async def open(self, port: int | None = None) -> Outgoing:
        app = web.Application()
        app.router.add_post("/rappels", self._hear)
        app.router.add_route("*", "/elsewhere", self._elsewhere)
        self.server = TestServer(app, host="127.0.0.1", port=port)
        await self.server.start_server()
        return Outgoing(str(self.server.make_url("/rappels")))

    async def close(self) -> None:
        if self.server is not None:
            await self.server.close()
            self.server = None

    async def _hear(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.heard.append(json.loads(body))
        self.bodies.append(body)
        self.headers.append(request.headers.get("Fil-Vert-Signature", ""))
        status = await self.answer() if self.answer is not None else 200
        return web.Response(status=status, headers={"Location": "/elsewhere"} if status == 302 else {})

    async def _elsewhere(self, request: web.Request) -> web.Response:
        self.elsewhere += 1
        return web.Response()


RUNNING: dict[Webhooks, asyncio.Task[None]] = {}


async def kill(webhooks: Webhooks) -> None:
    task = RUNNING.pop(webhooks, None)
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await webhooks.close()


async def until(condition: Callable[[], bool], within_s: float = WITHIN_S) -> None:
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - a condition of the world, not of ours
            await asyncio.sleep(0.01)


def kept(outbox: Outbox) -> int:
    return json.loads(outbox.settings["webhooks"])["seq"]
