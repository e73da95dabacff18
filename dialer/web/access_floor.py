"""What the web may ask of the service about accounts and sessions: who somebody is, and that it is still them.

Decides the words between the two, as `floor` does. What changes an account or a session is stored, and told to the
journal, before the answer comes. Must not know how either is stored, nor what a role may do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from dialer.access.passwords import Passwords
from dialer.core.access.account import Account, AccountId, AccountRefusal, Subject
from dialer.core.access.looks import Looks
from dialer.core.access.session import Session, SessionDigest
from dialer.core.access.throttle import Throttle
from dialer.core.words import AdviserId, Record


class AccessFloor(Protocol):
    @property
    def csrf_key(self) -> bytes: ...

    @property
    def device_key(self) -> bytes: ...

    @property
    def throttle(self) -> Throttle:
        """In memory, of this process."""

    @property
    def looks(self) -> Looks:
        """In memory, of this process."""

    @property
    def passwords(self) -> Passwords: ...

    async def account(self, account: AccountId) -> Account | None: ...

    async def account_of(self, subject: Subject) -> Account | None: ...

    async def accounts(self) -> Sequence[Account]:
        """All, disabled ones too, by id."""

    async def keep_account(
        self, account: Account, was: Account | None, records: Sequence[Record]
    ) -> AccountRefusal | None:
        """``was``: as it was read, None of a new one. Refused where it is no longer so, or clashes with another."""

    async def session(self, digest: SessionDigest) -> Session | None: ...

    async def sessions_of(self, account: AccountId) -> Sequence[Session]:
        """Those that are not ended."""

    async def keep_session(
        self, session: Session, was: SessionDigest | None = None, records: Sequence[Record] = ()
    ) -> None:
        """``was``: the digest under which it was kept before, if that is another."""

    def in_a_call(self, adviser: AdviserId) -> bool:
        """Whether they talk, or wrap up."""
