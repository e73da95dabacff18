"""What messages live between: a desk and a store that outlive the messenger, a clock, a gateway on a real socket."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from dialer.core import events as ev
from dialer.core.callbacks.request import Booking, Request, Source
from dialer.core.callbacks.states import Callback, CallbackId
from dialer.core.callbacks.told import CallbackCancelled, Rescheduled
from dialer.core.cases.case import Kind
from dialer.core.change import Change
from dialer.core.desk import Desk
from dialer.core.numbers import Parsed
from dialer.core.places.territory import Territory
from dialer.core.words import E164, Instant
from dialer.messages import Messenger
from dialer.store.refusal import StoreError
from dialer.web.changes import Changes
from schedules.windows import Window
from tests.core.world import DIRECT, MAIN, rules
from tests.store.fake_store import FakeStore

SECRET = "s3cret-for-tests"
KEY = b"k" * 32
PARIS = ZoneInfo("Europe/Paris")
NADIA = Parsed(E164("+33600000001"), Territory.METROPOLE, "Europe/Paris")
LEILA = Parsed(E164("+262692000001"), Territory.REUNION, "Indian/Reunion")
TEVA = Parsed(E164("+68987000001"), Territory.POLYNESIE, "Pacific/Tahiti")
OFFICE = Parsed(E164("+33199000001"), Territory.METROPOLE, "Europe/Paris")
WITHIN_S = 10.0


def paris(day: int, hour: int, minute: int = 0, month: int = 3) -> Instant:
    return datetime(2026, month, day, hour, minute, tzinfo=PARIS).astimezone(UTC)


def window(start_at: Instant, hours: float = 2) -> Window:
    return Window(start_at, start_at + timedelta(hours=hours))


class Died(BaseException):
    """The process is gone, in the middle of whatever it did."""


@dataclass
class Wall:
    """A clock that is set by hand."""

    at: Instant
    shift: timedelta = timedelta()

    def now(self) -> datetime:
        return self.at


@dataclass(frozen=True)
class Gateway:
    url: str
    secret: SecretStr | None = field(default_factory=lambda: SecretStr(SECRET))
    timeout_s: float = 5.0
    sender: str | None = "Rappel"
    remind_h: float = 2.0


@dataclass(frozen=True)
class Page:
    public_url: str | None = None
    public_page: bool = False


class Outbox(FakeStore):
    """``locked``: nothing is answered. ``dies_in``: after so many more questions and writes the process is gone."""

    locked = False
    dies_in: int | None = None

    def step(self) -> None:
        if self.locked:
            raise StoreError("the database is locked")
        if self.dies_in is not None:
            self.dies_in -= 1
            if self.dies_in <= 0:
                self.dies_in = None
                raise Died

    async def setting(self, key: str) -> Any:
        self.step()
        return await super().setting(key)

    async def set_setting(self, key: str, value: Any) -> None:
        self.step()
        await super().set_setting(key, value)
        self.step()

    async def records_after(self, seq: int, limit: int, prefix: str = "callback_") -> Any:
        self.step()
        return await super().records_after(seq, limit, prefix)

    async def callback(self, callback_id: str) -> Any:
        self.step()
        return await super().callback(callback_id)

    async def intakes_of(self, callback_id: str) -> Any:
        self.step()
        return await super().intakes_of(callback_id)

    async def timeline(self, call_id: str) -> Any:
        self.step()
        return await super().timeline(call_id)


@dataclass
class Sent:
    """What the messenger counted."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def message(self, kind: str, came: str) -> None:
        self.counts[kind, came] += 1


@dataclass
class SmsGateway:
    """Another program on a socket of this machine. ``answer``: its status for each body, 200 by default.

    ``heard``: every delivery; ``messages``: without doubles, as a gateway that keeps to the document has them.
    """

    answer: Callable[[dict[str, Any]], Awaitable[int]] | None = None
    now: Callable[[], Instant] | None = None
    heard: list[dict[str, Any]] = field(default_factory=list)
    heard_at: list[Instant] = field(default_factory=list)
    """By ``now``, the clock of the house."""
    headers: list[str] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    server: TestServer | None = None
    elsewhere: int = 0

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.messages.values()]

    @property
    def ids(self) -> list[str]:
        return [message["id"] for message in self.heard]

    async def open(self, port: int | None = None, **more: Any) -> Gateway:
        app = web.Application()
        app.router.add_post("/sms", self._hear)
        app.router.add_route("*", "/elsewhere", self._elsewhere)
        self.server = TestServer(app, host="127.0.0.1", port=port)
        await self.server.start_server()
        return Gateway(str(self.server.make_url("/sms")), **more)

    async def close(self) -> None:
        if self.server is not None:
            await self.server.close()
            self.server = None

    async def _hear(self, request: web.Request) -> web.Response:
        raw = await request.read()
        body = json.loads(raw)
        self.heard.append(body)
        if self.now is not None:
            self.heard_at.append(self.now())
        self.raw.append(raw)
        self.headers.append(request.headers.get("Fil-Vert-Signature", ""))
        status = await self.answer(body) if self.answer is not None else 200
        if status == 200:
            self.messages.setdefault(body["id"], body)
        return web.Response(status=status, headers={"Location": "/elsewhere"} if status == 302 else {})

    async def _elsewhere(self, request: web.Request) -> web.Response:
        self.elsewhere += 1
        return web.Response()


class House:
    """A real desk whose every change is stored and told. Nobody is called in these tests: there is no Asterisk."""

    def __init__(self, at: Instant) -> None:
        self.wall = Wall(at)
        self.store = Outbox(self.wall.now)
        self.changes = Changes()
        self.desk = Desk(rules(), at, strict=True)
        self.tally = Sent()
        self.opposed: set[E164] = set()
        self.running: dict[Messenger, asyncio.Task[None]] = {}

    # -- the desk's memory -------------------------------------------------------------------------

    def promises_between(self, after_at: Instant, until_at: Instant) -> Iterable[Callback]:
        return self.desk.book.promises_between(after_at, until_at)

    def is_opposed(self, number: E164) -> bool:
        return number in self.opposed

    # -- what people do ----------------------------------------------------------------------------

    async def ask(
        self,
        promised: Window | None = None,
        phone: Parsed = NADIA,
        source: Source = Source.WEB,
        name: str | None = None,
        postcode: str | None = None,
    ) -> Booking:
        """Whoever asks for a window gets it: which are free is told elsewhere."""
        request = Request(
            Kind.RTF, DIRECT, MAIN, phone, None, source, promised, first_name=name, postcode=postcode,
        )  # fmt: skip
        change = Change(self.wall.at)
        intake = self.desk.promises.ask(request, self.wall.at, None, change)
        await self.commit(change)
        return intake.booking

    async def move(self, callback: CallbackId, to: Window | None, phone: Parsed | None = None) -> None:
        at = self.wall.at
        await self.commit(self.desk.handle(ev.CallbackTold(at, callback, Rescheduled(at, to, phone))))

    async def cancel(self, callback: CallbackId) -> None:
        at = self.wall.at
        await self.commit(self.desk.handle(ev.CallbackTold(at, callback, CallbackCancelled(at))))

    async def commit(self, change: Change) -> None:
        assert change.refused is None, change.refused
        await self.store.append([change])
        self.changes.tell()

    async def at(self, instant: Instant) -> None:
        """It is that time now, and every deadline of the desk on the way has come."""
        while (due := self.desk.next_deadline) is not None and due <= instant:
            self.wall.at = max(self.wall.at, due)
            await self.commit(self.desk.handle(ev.DeadlineReached(self.wall.at)))
        self.wall.at = instant
        self.changes.tell()

    # -- the messenger -----------------------------------------------------------------------------

    def start(
        self, gateway: Any, page: Page | None = None, pause_s: float = 0.02, pauses: list[int] | None = None
    ) -> Messenger:
        """``pauses``: is told after how many tries in vain each pause is."""

        def pause(tries: int) -> float:
            if pauses is not None:
                pauses.append(tries)
            return pause_s

        made = Messenger(
            self.store, self, gateway, page or Page(), KEY, self.wall, self.changes,  # type: ignore[arg-type]
            self.tally, pause_s=pause,
        )  # fmt: skip
        self.running[made] = asyncio.create_task(made.run())
        return made

    async def kill(self, messenger: Messenger) -> None:
        task = self.running.pop(messenger, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await messenger.close()

    def died(self, messenger: Messenger) -> bool:
        return self.running[messenger].done()

    @property
    def kept(self) -> dict[str, Any] | None:
        """What is written down of messages."""
        found = self.store._settings.get("messages")
        return json.loads(found) if found is not None else None

    def is_quiet(self, remind_h: float = 2.0) -> bool:
        """All that could be sent now was, and it is written down."""
        kept = self.kept
        if kept is None:
            return False
        read = [number for number, entry in enumerate(self.store.journal, 1) if entry.event.startswith("callback_")]
        due = [each for each in kept["owed"] if datetime.fromisoformat(each["due_at"]) <= self.wall.at]
        looked_to = datetime.fromisoformat(kept["looked_to"])
        looked = looked_to > self.wall.at + timedelta(hours=remind_h) - timedelta(seconds=30)
        return not due and looked and kept["seq"] >= max(read, default=0)

    async def settled(self) -> None:
        await until(self.is_quiet)


async def until(condition: Callable[[], bool], within_s: float = WITHIN_S) -> None:
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - a condition of the world, not of ours
            await asyncio.sleep(0.005)
