"""The one connection to ARI: requests go out and answers and events come in on a single WebSocket.

Decides when the connection is dead, and what becomes of a request whose answer does not come. Must not know what any
event or request means. The reader parses and hands over; it never waits for whoever is handed something.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import aiohttp
from aiohttp import ClientWebSocketResponse, WSMsgType

from dialer.asterisk.requests import LOST, Outcome, Request

log = logging.getLogger(__name__)

CONNECT_MAX_S = 2.0
PING_EVERY_S = 2.0
SILENCE_MAX_S = 4.0
"""Nothing heard for so long, two pings included: the connection is dead."""
REQUEST_MAX_S = 4.0
"""An answer that takes longer counts as lost."""
UNREACHABLE_MAX_S = 10.0
"""A request that could not even be sent for so long counts as lost."""
TICK_S = 0.25
LATE_S = 1.0
"""A tick that comes so much later than it should: it was we who stood still."""
CLOSE_MAX_S = 0.3
MESSAGE_MAX = 64 * 1024 * 1024
TRIES_MAX = 3
BUSY = frozenset((429, 503))
BUSY_REST_S = 0.2

Then = Callable[[Outcome], None]


class Unreachable(Exception):
    """No connection came about; the text says why and what to do. ``refused``: Asterisk does not let us in.

    ``silent``: somebody took our call, and said nothing.
    """

    def __init__(self, why: str, *, refused: bool = False, silent: bool = False) -> None:
        super().__init__(why)
        self.refused = refused
        self.silent = silent


@dataclass(frozen=True, slots=True)
class Ended:
    """Why a connection went. ``silent``: Asterisk did not close it, but was heard no more."""

    why: str
    silent: bool = False


@dataclass(slots=True, eq=False)
class _Asked:
    request: Request
    then: Then | None
    asked_at: float
    sent_at: float = 0.0
    tries: int = 0


@dataclass(slots=True)
class Counters:
    """For metrics; they only grow."""

    requests: int = 0
    events: int = 0
    retries: int = 0
    lost: int = 0
    unreadable: int = 0


class Client:
    """Requests to one Asterisk, answered in the order in which they were asked, and its events as JSON objects.

    ``base``: ``http://127.0.0.1:8088/ari``. ``on_event`` is called by the reader and must return at once.
    Use as an async context manager; then `connect`, `live` until it returns, and again.
    """

    def __init__(
        self,
        base: str,
        user: str,
        password: str,
        apps: tuple[str, ...],
        on_event: Callable[[dict[str, Any]], None],
    ) -> None:
        self._base = base.rstrip("/")
        self._headers = {"Authorization": aiohttp.encode_basic_auth(user, password)}
        self._apps = apps
        self._on_event = on_event
        self._http: aiohttp.ClientSession | None = None
        self._waiting: deque[_Asked] = deque()
        self._sent: dict[str, _Asked] = {}
        self._wake = asyncio.Event()
        self._number = 0
        self._heard_at = 0.0
        self._ending = False
        self._silent = False
        self.counters = Counters()

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(
            headers=self._headers,
            # below Asterisk's keep-alive of 15 s, so that it never closes on us in mid-request
            connector=aiohttp.TCPConnector(limit=4, keepalive_timeout=10),
            trust_env=False,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self._settle_all([*self._sent.values(), *self._waiting])
        self._sent.clear()
        self._waiting.clear()
        if self._http is not None:
            await self._http.close()

    def send(self, request: Request, then: Then | None = None) -> None:
        """Ask; never waits. Requests are carried out in order. ``then`` is called once, with LOST if no answer came."""
        self._waiting.append(_Asked(request, then, self._now()))
        self._wake.set()

    async def ask(self, request: Request) -> Outcome:
        """Ask and wait for what comes of it."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.send(request, lambda outcome: None if future.done() else future.set_result(outcome))
        return await future

    async def ask_aside(self, request: Request, limit_s: float) -> Outcome:
        """Ask by HTTP, past the order of all others: for what Asterisk may take seconds to do."""
        return await self._by_http(request, limit_s) or LOST

    async def connect(self) -> ClientWebSocketResponse:
        """Open the event WebSocket. Raises Unreachable."""
        assert self._http is not None
        url = f"{self._base}/events?app={','.join(self._apps)}&subscribeAll=false"
        try:
            async with asyncio.timeout(CONNECT_MAX_S):
                return await self._http.ws_connect(
                    url,
                    autoping=False,
                    compress=0,
                    max_msg_size=MESSAGE_MAX,
                    timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_MAX_S),
                )
        except aiohttp.WSServerHandshakeError as fault:
            if fault.status in (401, 403):
                why = f"Asterisk refuses our ARI name or password ({fault.status}): is its ari.conf the one we wrote?"
                raise Unreachable(why, refused=True) from None
            raise Unreachable(f"Asterisk does not open the event WebSocket (HTTP {fault.status})") from None
        except TimeoutError:
            why = f"Asterisk does not answer at {self._base}: no answer to GET events, its WebSocket"
            raise Unreachable(why, silent=True) from None
        except (aiohttp.ClientError, OSError) as fault:
            raise Unreachable(f"Asterisk is not to be reached at {self._base} ({type(fault).__name__})") from None

    async def live(self, ws: ClientWebSocketResponse) -> Ended:
        """Carry requests and events until this connection is gone."""
        self._heard_at = self._now()
        self._ending = False
        self._silent = False
        helpers = [asyncio.create_task(self._write(ws)), asyncio.create_task(self._watch(ws))]
        try:
            await self._read(ws)
        finally:
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
            with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
                await ws.close()
            asked = next(iter(self._sent.values()), None)
            self._requeue()
        if self._silent:
            owed = f", no answer to {asked.request.method} {asked.request.path}" if asked is not None else ""
            return Ended(f"Asterisk has been silent for {SILENCE_MAX_S:.0f} s{owed}", silent=True)
        return Ended(f"Asterisk closed the connection ({ws.close_code})")

    async def fall_back(self) -> None:
        """While there is no WebSocket: carry requests by HTTP, one by one and in order. Runs until cancelled."""
        while True:
            self._wake.clear()
            while self._waiting:
                asked = self._waiting.popleft()
                if self._now() - asked.asked_at > UNREACHABLE_MAX_S:
                    self._settle(asked, LOST)
                    continue
                try:
                    outcome = await self._by_http(asked.request, REQUEST_MAX_S)
                except asyncio.CancelledError:
                    self._retry_or_lose(asked)
                    raise
                if outcome is None:  # nothing was sent
                    self._waiting.appendleft(asked)
                    await asyncio.sleep(BUSY_REST_S)
                elif outcome.lost:
                    self._retry_or_lose(asked)
                else:
                    self._answered(asked, outcome)
            await self._wake.wait()

    def hang_up(self) -> None:
        """Let the present connection end; `live` returns soon after."""
        self._ending = True

    async def _read(self, ws: ClientWebSocketResponse) -> None:
        while True:
            message = await ws.receive()
            self._heard_at = self._now()
            match message.type:
                case WSMsgType.TEXT:
                    self._take(message.data)
                    if self._ending:
                        return
                case WSMsgType.PING:
                    await ws.pong(message.data)
                case WSMsgType.CLOSE | WSMsgType.CLOSING | WSMsgType.CLOSED | WSMsgType.ERROR:
                    return
                case _:
                    pass

    def _take(self, text: str) -> None:
        try:
            said = json.loads(text)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            self.counters.unreadable += 1
            log.warning("Asterisk sent %d characters that are no JSON object; ignored", len(text))
            return
        try:
            if said.get("type") == "RESTResponse":
                asked = self._sent.pop(str(said.get("request_id")), None)
                if asked is not None:
                    body = said.get("message_body")
                    status = said.get("status_code")
                    answer = Outcome(status if isinstance(status, int) else 0, body if isinstance(body, str) else "")
                    self._answered(asked, answer)
            else:
                self.counters.events += 1
                self._on_event(said)
        except Exception:
            log.exception("handling of a message of Asterisk failed; the connection lives on")

    async def _write(self, ws: ClientWebSocketResponse) -> None:
        with contextlib.suppress(aiohttp.ClientError, OSError):
            while True:
                while self._waiting:
                    asked = self._waiting.popleft()
                    self._number += 1
                    number = str(self._number)
                    asked.sent_at = self._now()
                    self._sent[number] = asked
                    self.counters.requests += 1
                    await ws.send_str(asked.request.frame(number))
                self._wake.clear()
                await self._wake.wait()

    async def _watch(self, ws: ClientWebSocketResponse) -> None:
        """Ends the connection when Asterisk has been silent for too long."""
        pinged_at = 0.0
        while True:
            due = self._now() + TICK_S
            await asyncio.sleep(TICK_S)
            now = self._now()
            late = now - due
            if late > LATE_S:  # it was we who stood still: what Asterisk sent meanwhile is still to be read
                self._heard_at += late
                for asked in self._sent.values():
                    asked.sent_at += late
            if now - self._heard_at > SILENCE_MAX_S:
                self._silent = True  # said first: the reader, and with it all of this, ends before `close` does
                await ws.close()
                return
            if now - pinged_at >= PING_EVERY_S:
                pinged_at = now
                with contextlib.suppress(TimeoutError, aiohttp.ClientError, OSError):
                    async with asyncio.timeout(1.0):
                        await ws.ping()
            self._give_up_overdue(now)

    def _give_up_overdue(self, now: float) -> None:
        overdue = []
        for number, asked in self._sent.items():  # oldest first
            if now - asked.sent_at < REQUEST_MAX_S:
                break
            overdue.append(number)
        for number in overdue:
            self._retry_or_lose(self._sent.pop(number))

    def _answered(self, asked: _Asked, outcome: Outcome) -> None:
        if outcome.status in BUSY and asked.request.repeatable and asked.tries + 1 < TRIES_MAX:
            asked.tries += 1
            self.counters.retries += 1
            asyncio.get_running_loop().call_later(BUSY_REST_S * 2**asked.tries, self._again, asked)
            return
        self._settle(asked, outcome)

    def _again(self, asked: _Asked) -> None:
        self._waiting.append(asked)
        self._wake.set()

    def _retry_or_lose(self, asked: _Asked) -> None:
        if asked.request.repeatable and asked.tries + 1 < TRIES_MAX:
            asked.tries += 1
            self.counters.retries += 1
            self._waiting.appendleft(asked)
            self._wake.set()
        else:
            self._settle(asked, LOST)

    def _requeue(self) -> None:
        """The connection is gone: what may be asked twice is asked again, first and in order; the rest is lost."""
        unanswered = [*self._sent.values()]
        self._sent.clear()
        for asked in reversed(unanswered):
            self._retry_or_lose(asked)

    def _settle_all(self, many: list[_Asked]) -> None:
        for asked in many:
            self._settle(asked, LOST)

    def _settle(self, asked: _Asked, outcome: Outcome) -> None:
        if outcome.lost:
            self.counters.lost += 1
        if asked.then is None:
            return
        try:
            asked.then(outcome)
        except Exception:
            log.exception("what follows an answer of Asterisk failed; the connection lives on")

    async def _by_http(self, request: Request, limit_s: float) -> Outcome | None:
        """By HTTP. LOST: nobody knows whether it was done. None: it was certainly not sent."""
        assert self._http is not None
        headers = {"Content-Type": "application/json"} if request.body is not None else None
        self.counters.requests += 1
        try:
            async with (
                asyncio.timeout(limit_s),
                self._http.request(
                    request.method,
                    f"{self._base}/{request.path}",
                    params=request.query,
                    data=request.body,
                    headers=headers,
                ) as response,
            ):
                if response.status == 401:
                    return None
                return Outcome(response.status, await response.text())
        except aiohttp.ClientConnectorError:
            return None
        except (aiohttp.ClientError, OSError, TimeoutError):
            return LOST

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
