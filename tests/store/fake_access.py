"""`AccessFloor` in memory: the shelf of a demonstration, which passes the contract of the store's, and the rest of it.

What would go to the journal is in ``records``. ``calling``: the advisers who are in a call.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dialer.access.passwords import Parameters, Passwords
from dialer.core.access.account import Account, AccountRefusal
from dialer.core.access.looks import Looks
from dialer.core.access.session import Session, SessionDigest
from dialer.core.access.throttle import Throttle
from dialer.core.words import AdviserId, Record
from dialer.store.access_in_memory import AccessInMemory

FAST = Parameters(memory_kib=64, passes=1)
"""Tests hash a hundred times."""


class FakeAccess(AccessInMemory):
    """End it with `close`."""

    csrf_key = b"c" * 32
    device_key = b"d" * 32

    def __init__(self, accounts: Iterable[Account] = (), passwords: Passwords | None = None) -> None:
        super().__init__(accounts)
        self.throttle = Throttle()
        self.looks = Looks()
        self.passwords = passwords or Passwords(FAST)
        self.records: list[Record] = []
        self.calling: set[AdviserId] = set()

    async def close(self) -> None:
        await self.passwords.close()

    async def keep_account(
        self, account: Account, was: Account | None, records: Sequence[Record] = ()
    ) -> AccountRefusal | None:
        refused = await super().keep_account(account, was, records)
        await self._tell()
        return refused

    async def keep_session(
        self, session: Session, was: SessionDigest | None = None, records: Sequence[Record] = ()
    ) -> None:
        await super().keep_session(session, was, records)
        await self._tell()

    def in_a_call(self, adviser: AdviserId) -> bool:
        return adviser in self.calling

    async def _tell(self) -> None:
        untold = await self.untold()
        self.records += [record for _, record in untold]
        await self.told(number for number, _ in untold)
