"""Webhooks out: another program is told of each change of a callback, at least once and in order.

Decides how it is told: one POST of JSON after the other, signed, and tried until it is taken. The journal itself is the
outbox and a cursor in the settings says how far it was taken, so an outage of either side loses nothing; what a crash
leaves between a delivery and the cursor is delivered twice, with the same id. What is told of which fact is `notices`;
docs/webhooks.md is what a receiver reads. Must not know callbacks, nor hold up whoever writes the journal.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Protocol

import structlog

from dialer.clock import Clock
from dialer.core.notices import notice
from dialer.core.words import Record
from dialer.journal_end import end_of_journal
from dialer.signed_post import NotTaken, Receiver, SignedPost
from dialer.store.refusal import StoreError
from dialer.web.changes import Changes

log = structlog.get_logger(__name__)

CURSOR = "webhooks"
"""The setting that holds ``{"seq": n}``: the last record that was taken, or that nobody is told of."""
CHUNK = 100
GATHER_S = 0.2
"""How long after a change the journal is read: the busiest hour asks for it five times a second."""
PAUSE_MIN_S, PAUSE_MAX_S = 1.0, 300.0


class Outbox(Protocol):
    """What is asked of the store. Each raises StoreError."""

    async def records_after(self, seq: int, limit: int, prefix: str = "callback_") -> Sequence[tuple[int, Record]]:
        """The first ``limit`` records whose number is above ``seq``, in their order, of events named so."""

    async def setting(self, key: str) -> Any: ...

    async def set_setting(self, key: str, value: Any) -> None: ...


def bound_s(tries: int) -> float:
    """The longest pause after so many tries in vain: 1 s, 2 s, 4 s … 5 min."""
    return min(PAUSE_MAX_S, PAUSE_MIN_S * 2.0 ** min(tries - 1, 16))


def full_jitter(tries: int) -> float:
    """Anything up to the bound, so that many senders do not come back together."""
    return random.uniform(0, bound_s(tries))  # noqa: S311 - no secret


class Webhooks:
    """Run `run` as a task, end it, then `close`. Without anybody to tell it waits, and the journal keeps all."""

    def __init__(
        self,
        store: Outbox,
        outgoing: Receiver | None,
        clock: Clock,
        changes: Changes,
        pause_s: Callable[[int], float] = full_jitter,
    ) -> None:
        """``changes``: told of each commit. ``pause_s``: how long to wait after so many tries in vain."""
        self._store = store
        self._outgoing = outgoing
        self._changes = changes
        self._pause_s = pause_s
        self._replaced = asyncio.Event()
        self._gone = False
        """The receiver has said that it is there no more."""
        self._cursor: int | None = None
        self._kept: int | None = None
        self._trouble: str | None = None
        self._post = SignedPost(clock)

    @property
    def outgoing(self) -> Receiver | None:
        return self._outgoing

    @outgoing.setter
    def outgoing(self, outgoing: Receiver | None) -> None:
        """Another receiver, or the same: what waits goes there, at once."""
        if outgoing == self._outgoing:
            return
        self._outgoing = outgoing
        self._gone = False
        self._replaced.set()
        self._changes.tell()

    async def run(self) -> None:
        """Tell all that is to be told, for ever."""
        tries = 0
        while True:
            version = self._changes.version
            self._replaced.clear()
            taken_before = self._cursor
            try:
                await self._tell_all()
            except (NotTaken, StoreError) as failed:
                tries = 1 if self._cursor != taken_before else tries + 1
                self._say(str(failed) if isinstance(failed, NotTaken) else "the store does not answer")
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._pause_s(tries)):
                        await self._replaced.wait()
                continue
            tries = 0
            await self._changes.after(version)
            await asyncio.sleep(GATHER_S)

    async def close(self) -> None:
        await self._post.close()

    async def begin(self) -> None:
        """Find how far the receiver has heard; on the very first time, how far the journal goes: the past is not told.

        `run` does it too; whoever wants to lose nothing of the first moment does it before. Raises StoreError.
        """
        if self._outgoing is None or self._cursor is not None:
            return
        held = await self._store.setting(CURSOR)
        if held is not None:
            self._cursor = self._kept = int(held["seq"])
            return
        self._cursor = await end_of_journal(self._store)
        await self._keep()

    async def _tell_all(self) -> None:
        if self._outgoing is None or self._gone:
            return
        await self.begin()
        assert self._cursor is not None
        await self._keep()
        while True:
            found = await self._store.records_after(self._cursor, CHUNK)
            for seq, entry in found:
                if not await self._told(seq, entry):
                    return
                self._cursor = seq
            await self._keep()
            if len(found) < CHUNK:
                return

    async def _told(self, seq: int, entry: Record) -> bool:
        """The receiver has it, or it is nothing to be told; False: there is no receiver any more. Raises NotTaken."""
        said, outgoing = notice(entry), self._outgoing
        if said is None:
            return True
        await self._keep()  # of the one before: it is delivered, and a crash from here on repeats this one only
        if outgoing is None:
            return False
        event = said.pop("event")
        body = {"id": str(seq), "at": entry.at.isoformat(), "event": event, "callback": entry.call, **said}
        status = await self._post.post(outgoing, json.dumps(body, ensure_ascii=False).encode())
        if status == HTTPStatus.GONE:
            self._gone = outgoing is self._outgoing
            log.error("the receiver of webhooks is gone (410); told no more before another configuration or start")
            return False
        if not 200 <= status < 300:
            raise NotTaken(f"it answers {status}")
        self._say(None)
        return True

    async def _keep(self) -> None:
        if self._kept != self._cursor:
            await self._store.set_setting(CURSOR, {"seq": self._cursor})
            self._kept = self._cursor

    def _say(self, trouble: str | None) -> None:
        """To the log, when it begins, becomes another and is over; not at every try."""
        if trouble == self._trouble:
            return
        if trouble is not None:
            log.warning("webhooks wait, and none is lost", why=trouble)
        else:
            log.info("webhooks are taken again")
        self._trouble = trouble
