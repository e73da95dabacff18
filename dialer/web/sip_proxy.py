"""The way of a softphone's SIP: a browser's WebSocket at `/sip`, passed on to Asterisk's on loopback, frame by frame.

Decides who gets through (our own pages, with a ticket), how much and how fast, and when a connection is dead. Who the
softphone is and what it may dial, Asterisk decides by its password. Must not read what passes, nor log it: it is full
of numbers.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Collection
from contextlib import suppress

import aiohttp
import structlog
from aiohttp import WSMsgType, web

from dialer.web.keys import SIP_PROXY
from dialer.web.problems import Refused
from dialer.web.softphone_keys import SoftphoneKeys

log = structlog.get_logger(__name__)

REVOKED, REPLACED, TOO_MUCH, GONE = 4000, 4001, 4002, 4003
"""Our close codes: the ticket opens nothing; another browser came with it; too much, or no text; Asterisk left."""
FRAME_MAX = 16 * 1024
"""Octets. An INVITE with a dozen candidates has 4 KiB."""
FRAMES_MAX, WINDOW_S = 100, 5.0
"""A browser may send so many frames in this time: a call with all its digits needs some thirty."""
BEAT_S = 2.5
"""A browser is asked for a sign of life so often; without one within half of it, it is gone: 3.75 s at most."""
WRITE_MAX_S = 5.0
CONNECT_MAX_S = 5.0
CONNECTIONS_MAX = 500
TICKET = "ticket."
PING, PONG = "\r\n\r\n", "\r\n"
"""RFC 5626, 3.5.1. Answered here, so that a page notices a dead way to us, whatever Asterisk does."""

OURSELVES = "127.0.0.2"
"""Where we call Asterisk from. A demonstration's trunk is whatever calls from 127.0.0.1, without a password: a browser
that came from there could claim to be it."""


class SipProxy:
    """All connections of softphones. ``asterisk``: ``ws://127.0.0.1:8088/ws``; ``origins``: of our pages, besides the
    one that the request itself names as its host."""

    def __init__(self, asterisk: str, keys: SoftphoneKeys, origins: Collection[str] = ()) -> None:
        self._asterisk = asterisk
        self._keys = keys
        self._origins = frozenset(origins)
        self._http: aiohttp.ClientSession | None = None
        self._open: set[asyncio.Task[int]] = set()
        self._closing = False

    async def close(self) -> None:
        """End all connections, and take no more."""
        self._closing = True
        for task in list(self._open):
            task.cancel()
        if self._open:
            await asyncio.wait(self._open, timeout=1.0)
        if self._http is not None:
            await self._http.close()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One browser's connection, until either side, the key or the service ends it."""
        self._refuse_foreign(request)
        if self._closing or len(self._open) >= CONNECTIONS_MAX:
            raise Refused(503, "Too many softphones are connected, or the service is closing.")
        browser = web.WebSocketResponse(protocols=("sip",), heartbeat=BEAT_S, max_msg_size=FRAME_MAX, compress=False)
        if not browser.can_prepare(request):
            raise Refused(400, "This is for WebSockets only.")
        await browser.prepare(request)
        endpoint = self._keys.endpoint(_ticket(request))
        if endpoint is None:
            # Accepted and then closed: of a refused handshake a page cannot tell why, and would try for ever.
            await browser.close(code=REVOKED)
            return browser
        task = asyncio.create_task(self._pass(browser, endpoint, _ticket(request)))  # which the service can end
        self._open.add(task)
        code = GONE
        try:
            await asyncio.wait([task])
            if not task.cancelled():
                code = task.result()
        finally:
            task.cancel()
            self._open.discard(task)
        with suppress(ConnectionError):
            await browser.close(code=code)
        return browser

    def _refuse_foreign(self, request: web.Request) -> None:
        """A browser says truly whose page asks; who says nothing is no page of ours."""
        origin = request.headers.get("Origin", "")
        if origin not in self._origins and origin.partition("://")[2] != request.host:
            raise Refused(403, "This service is not for the pages of another origin.")

    async def _pass(self, browser: web.WebSocketResponse, endpoint: str, ticket: str) -> int:
        """Frames both ways until one side is gone; the code to close the browser's side with."""
        over = asyncio.Event()
        ended = over.set
        self._keys.connected(endpoint, ended)
        try:
            async with asyncio.timeout(CONNECT_MAX_S):
                asterisk = await self._client().ws_connect(
                    self._asterisk, protocols=("sip",), max_msg_size=4 * FRAME_MAX, compress=0
                )
            async with asterisk:
                works = [
                    asyncio.create_task(work)
                    for work in (_up(browser, asterisk, endpoint), _down(asterisk, browser), _wait(over))
                ]
                try:
                    done, _ = await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
                    if over.is_set():
                        return REPLACED if self._keys.endpoint(ticket) == endpoint else REVOKED
                    return next(iter(done)).result()
                finally:
                    for work in works:
                        work.cancel()
                    await asyncio.gather(*works, return_exceptions=True)
        except (aiohttp.ClientError, OSError) as error:
            log.warning("softphone's way to Asterisk broke", endpoint=endpoint, why=type(error).__name__)
            return GONE
        finally:
            self._keys.left(endpoint, ended)

    def _client(self) -> aiohttp.ClientSession:
        if self._http is None:
            from_us = (OURSELVES, 0) if self._asterisk.startswith(("ws://127.0.0.1", "ws://localhost")) else None
            family = socket.AF_INET if from_us else socket.AF_UNSPEC
            connector = aiohttp.TCPConnector(limit=0, local_addr=from_us, family=family)
            self._http = aiohttp.ClientSession(connector=connector)
        return self._http


async def sip(request: web.Request) -> web.StreamResponse:
    """The route."""
    proxy = request.app.get(SIP_PROXY)
    if proxy is None:
        raise Refused(404, "There is no telephone here.")
    return await proxy.serve(request)


def _ticket(request: web.Request) -> str:
    """Of the subprotocols that a browser offers: `sip` and `ticket.…`."""
    offered = request.headers.get("Sec-WebSocket-Protocol", "").split(",")
    tickets = [name.strip().removeprefix(TICKET) for name in offered if name.strip().startswith(TICKET)]
    return tickets[0] if len(tickets) == 1 else ""


async def _up(browser: web.WebSocketResponse, asterisk: aiohttp.ClientWebSocketResponse, endpoint: str) -> int:
    """One frame in hand at a time: who sends faster than Asterisk reads is held up by TCP."""
    now = asyncio.get_running_loop().time
    window, count = now(), 0
    async for message in browser:
        if message.type is not WSMsgType.TEXT:
            return TOO_MUCH
        if now() - window > WINDOW_S:
            window, count = now(), 0
        count += 1
        if count > FRAMES_MAX:
            log.warning("softphone sends too much", endpoint=endpoint)
            return TOO_MUCH
        if message.data == PING:
            await _send(browser, PONG)
        else:
            await _send(asterisk, message.data)
    return GONE


async def _down(asterisk: aiohttp.ClientWebSocketResponse, browser: web.WebSocketResponse) -> int:
    async for message in asterisk:
        if message.type is WSMsgType.TEXT:
            await _send(browser, message.data)
    return GONE


async def _wait(over: asyncio.Event) -> int:
    await over.wait()
    return REVOKED


async def _send(to: web.WebSocketResponse | aiohttp.ClientWebSocketResponse, frame: str) -> None:
    """Raises ConnectionError or TimeoutError (both OSError) when the other side does not take it."""
    async with asyncio.timeout(WRITE_MAX_S):
        await to.send_str(frame)
