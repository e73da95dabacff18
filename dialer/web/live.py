"""Live streams: what the pages show, pushed as server-sent events.

Decides what travels when: on opening all fragments, then only those that changed, and a beat when nothing did; a
browser that does not read is dropped and delays nobody; all streams end with the service, and that of a session with
it: the page is told so, and shows where to sign in. Must not know what the fragments hold.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from typing import Protocol

import structlog
from aiohttp import web

from dialer.core.callbacks.states import CallbackId
from dialer.core.words import AdviserId, CallId
from dialer.web.asked import read_id
from dialer.web.board import BEAT_S, RENDER_EVERY_MIN_S, Board, Rendering
from dialer.web.callback_story import callback_story
from dialer.web.floor import Floor
from dialer.web.keys import FLOOR, HOLDER, STREAMS
from dialer.web.problems import Refused, where
from dialer.web.render import LOOK
from dialer.web.sign_in_session import goes_on
from dialer.web.story import story

log = structlog.get_logger(__name__)

RETRY_MS = 2000
"""How long a browser waits before it connects again."""
WRITE_MAX_S = 10.0
"""A browser that takes longer to read what was sent is dropped."""
STREAMS_MAX = 200
SESSION_EVERY_S = 10.0
"""How often a stream asks whether its session goes on."""
CLOSE_MAX_S = 1.0

Sent = tuple[str, Mapping[str, str]]
"""The service's instant, and all fragments as they are now."""


class Page(Protocol):
    """What is shown of one call or callback. ``over``: it stays as it is."""

    @property
    def at(self) -> str: ...
    @property
    def over(self) -> bool: ...
    @property
    def fragments(self) -> Mapping[str, str]: ...


class _TooSlow(Exception):
    """The browser does not read."""


class Streams:
    """The open streams of one application."""

    def __init__(self, floor: Floor) -> None:
        self.board = Board(floor)
        self.closing = False
        self.desks: Counter[AdviserId] = Counter()
        """How many pages of an adviser's own are open."""
        self._open: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._open)

    async def serve(self, request: web.Request, source: AsyncGenerator[Sent]) -> web.StreamResponse:
        """Answer with a stream of what ``source`` gives, until it ends, the browser leaves or the service closes."""
        if self.closing or len(self._open) >= STREAMS_MAX:
            raise Refused(503, "Too many pages are open, or the service is closing.", headers={"Retry-After": "10"})
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}
        )
        response.headers["Cache-Control"] = "no-store"
        await response.prepare(request)
        # A task of its own, so that the service can end a stream without touching its connection's handler.
        task = asyncio.create_task(self._push(request, response, source))
        self._open.add(task)
        try:
            await asyncio.wait([task])
        finally:
            task.cancel()
            self._open.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None and not isinstance(error, ConnectionError):
            log.error("stream failed", **where(error))  # it has begun, so no other answer can follow: it just ends
        return response

    async def close(self) -> None:
        """End every stream, and take no more."""
        self.closing = True
        tasks = list(self._open)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_MAX_S)

    async def _push(self, request: web.Request, response: web.StreamResponse, source: AsyncGenerator[Sent]) -> None:
        known: dict[str, str] = {}
        session, clock = request[HOLDER].session, asyncio.get_running_loop().time
        asked_s = clock()
        number, at = 0, ""
        try:
            await _write(response, f"retry: {RETRY_MS}\n\n")
            async with aclosing(source):
                async for at, fragments in source:
                    if session is not None and clock() - asked_s >= SESSION_EVERY_S:
                        asked_s = clock()
                        if not await goes_on(request.app[FLOOR], session):
                            await _write(response, _event("connexion", number + 1, at, {}))
                            return
                    news = {name: html for name, html in fragments.items() if known.get(name) != html}
                    known.update(news)
                    number += 1
                    await _write(response, _event("etat" if news else "pouls", number, at, news))
            await _write(response, _event("fin", number + 1, at, {}))
        except _TooSlow:
            if request.transport is not None:
                request.transport.abort()


async def live_board(request: web.Request) -> web.StreamResponse:
    """The live page's stream."""
    streams = request.app[STREAMS]
    return await streams.serve(request, _board(streams.board))


async def live_call(request: web.Request) -> web.StreamResponse:
    """One call's stream; it ends with the call."""
    floor = request.app[FLOOR]
    call = CallId(read_id(request))
    if await floor.call(call) is None:
        raise Refused(404, "There is no such call, or it is no longer kept.")
    pages = _pages(floor, lambda: story(floor, call), lambda: floor.open_call(call))
    return await request.app[STREAMS].serve(request, pages)


async def live_callback(request: web.Request) -> web.StreamResponse:
    """One callback's stream; it ends when the callback is closed."""
    floor = request.app[FLOOR]
    callback = CallbackId(read_id(request))
    if await floor.callback(callback) is None:
        raise Refused(404, "There is no such callback, or it is no longer kept.")
    pages = _pages(floor, lambda: callback_story(floor, callback), lambda: floor.open_callback(callback))
    return await request.app[STREAMS].serve(request, pages)


async def _board(board: Board) -> AsyncGenerator[Sent]:
    seen: Rendering | None = None
    while True:
        seen = await board.next(seen)
        yield seen.at, seen.fragments


async def _pages(
    floor: Floor, told_now: Callable[[], Awaitable[Page | None]], live_now: Callable[[], object]
) -> AsyncGenerator[Sent]:
    """The page of one call or callback, whenever that has changed, until it is over."""
    version, live, settled = floor.changes.version, live_now(), True
    while (told := await told_now()) is not None:
        yield told.at, told.fragments
        if told.over:
            return
        # The whole desk changes often, this one seldom: its journal is read when it changed, at the change after that
        # (what is live may be a moment ahead of what is stored), and at each beat.
        with suppress(TimeoutError):
            async with asyncio.timeout(BEAT_S / 2):
                while True:
                    await asyncio.sleep(RENDER_EVERY_MIN_S)
                    version = await floor.changes.after(version)
                    if not settled or live_now() != live:
                        break
        now = live_now()
        live, settled = now, now == live


def _event(name: str, number: int, at: str, fragments: Mapping[str, str]) -> str:
    data = json.dumps({"at": at, "look": LOOK, "fragments": fragments}, ensure_ascii=False)
    return f"event: {name}\nid: {number}\ndata: {data}\n\n"


async def _write(response: web.StreamResponse, text: str) -> None:
    try:
        async with asyncio.timeout(WRITE_MAX_S):
            await response.write(text.encode())
    except TimeoutError:
        raise _TooSlow from None
