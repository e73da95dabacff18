"""Accounts and sessions of the running service, as the web sees them.

Decides the order of what is done: it is stored, with what is to be told of it; the journal has that; then the answer
comes. What was not told, since the service ended meanwhile or it was done at the command line, is told when it is found
(`keep_telling`): once at least, and twice where a crash came right between. Must not know HTTP, nor what an account may
do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Protocol

import structlog

from dialer.access.passwords import Passwords
from dialer.clock import Clock
from dialer.core import adviser as advisers
from dialer.core.access.account import Account, AccountId, AccountRefusal, Subject
from dialer.core.access.looks import Looks
from dialer.core.access.session import Session, SessionDigest
from dialer.core.access.throttle import Throttle
from dialer.core.events import AccessTold
from dialer.core.words import AdviserId, Instant, Record
from dialer.keys import Keys
from dialer.runner import Runner
from dialer.store.refusal import StoreError

log = structlog.get_logger(__name__)

SESSIONS_KEPT = timedelta(days=7)
"""After the last sign of somebody. None holds for so long; a browser that comes back is told that it is over."""
TELL_EVERY_S = 30.0
"""What is done at the command line is in the journal within this."""


class Shelf(Protocol):
    """What is asked of the store, or of a demonstration. Each raises StoreError."""

    async def account(self, account: AccountId) -> Account | None: ...

    async def account_of(self, subject: Subject) -> Account | None: ...

    async def accounts(self) -> Sequence[Account]: ...

    async def keep_account(
        self, account: Account, was: Account | None, records: Sequence[Record] = ()
    ) -> AccountRefusal | None: ...

    async def session(self, digest: SessionDigest) -> Session | None: ...

    async def sessions_of(self, account: AccountId) -> Sequence[Session]: ...

    async def keep_session(
        self, session: Session, was: SessionDigest | None = None, records: Sequence[Record] = ()
    ) -> None: ...

    async def forget_sessions(self, before: Instant) -> int: ...

    async def untold(self) -> Sequence[tuple[int, Record]]: ...

    async def told(self, numbers: Iterable[int]) -> None: ...


class LiveAccess:
    """The `access_floor.AccessFloor` of a `Floor`. ``shelf``: the store's, or a demonstration's own."""

    def __init__(self, runner: Runner, clock: Clock, shelf: Shelf, keys: Keys, passwords: Passwords) -> None:
        self.csrf_key = keys.csrf
        self.device_key = keys.device
        self.throttle = Throttle()
        self.looks = Looks()
        self.passwords = passwords
        self._access = shelf
        self._runner = runner
        self._clock = clock
        self.on_change: Callable[[], None] = lambda: None
        """Told after an account or a session was kept."""
        self._telling = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    async def account(self, account: AccountId) -> Account | None:
        return await self._access.account(account)

    async def account_of(self, subject: Subject) -> Account | None:
        return await self._access.account_of(subject)

    async def accounts(self) -> Sequence[Account]:
        return await self._access.accounts()

    async def keep_account(
        self, account: Account, was: Account | None, records: Sequence[Record]
    ) -> AccountRefusal | None:
        refused = await self._access.keep_account(account, was, records)
        self.on_change()
        if refused is None and records:
            await self.tell()
        return refused

    async def session(self, digest: SessionDigest) -> Session | None:
        return await self._access.session(digest)

    async def sessions_of(self, account: AccountId) -> Sequence[Session]:
        return await self._access.sessions_of(account)

    async def keep_session(
        self, session: Session, was: SessionDigest | None = None, records: Sequence[Record] = ()
    ) -> None:
        await self._access.keep_session(session, was, records)
        self.on_change()
        if records:
            await self.tell()

    def in_a_call(self, adviser: AdviserId) -> bool:
        found = self._runner.desk.advisers.get(adviser)
        return found is not None and isinstance(found.state, advisers.Talking | advisers.WrappingUp)

    # -- by the service itself ---------------------------------------------------------------------

    async def tell(self) -> None:
        """All that the journal has not been told yet. Whoever waits for it may be gone before it is done."""
        task = asyncio.ensure_future(self._tell())
        self._tasks.add(task)
        task.add_done_callback(self._told)
        await asyncio.shield(task)

    async def end_telling(self) -> None:
        """Wait for what is under way: after the loop has ended, before the store is closed."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _told(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waits for it has it too; where nobody does, it is found again

    async def _tell(self) -> None:
        async with self._telling:
            untold = await self._access.untold()
            if not untold:
                return
            await self._runner.submit(AccessTold(self._clock.now(), tuple(record for _, record in untold)))
            try:
                await self._access.told(number for number, _ in untold)
            except StoreError as error:  # it is in the journal, which is what was asked for
                log.error("what the journal was told of accounts will be told again", why=str(error))

    async def keep_telling(self) -> None:
        """For as long as the service runs: what was done at the command line."""
        while True:
            try:
                await self.tell()
            except StoreError as error:
                log.error("the journal cannot be told of accounts", why=str(error))
            await asyncio.sleep(TELL_EVERY_S)

    async def forget_sessions(self) -> None:
        """Those that have long been over."""
        try:
            await self._access.forget_sessions(self._clock.now() - SESSIONS_KEPT)
        except StoreError as error:
            log.error("sessions are not forgotten: the store does not answer", why=str(error))
