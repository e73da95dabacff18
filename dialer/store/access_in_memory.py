"""Accounts and sessions in memory: those of a demonstration, which end with it.

Decides what the tables of accounts and sessions decide, and passes the same contract. Must not know where the accounts
come from, nor the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from dialer.core.access.account import Account, AccountId, AccountRefusal, Subject, clash
from dialer.core.access.session import Session, SessionDigest, SittingId
from dialer.core.words import Instant, Record


class AccessInMemory:
    """`AccessShelf`, without a database."""

    def __init__(self, accounts: Iterable[Account] = ()) -> None:
        self._accounts = {account.id: account for account in accounts}
        self._sessions: dict[SessionDigest, Session] = {}
        self._followed: dict[SessionDigest, Session] = {}
        """Under a secret that was changed for another: nobody's any more."""
        self._untold: dict[int, Record] = {}
        self._last = 0

    async def account(self, account: AccountId) -> Account | None:
        return self._accounts.get(account)

    async def account_of(self, subject: Subject) -> Account | None:
        return next((each for each in self._accounts.values() if each.subject == subject), None)

    async def accounts(self) -> Sequence[Account]:
        return tuple(sorted(self._accounts.values(), key=lambda each: each.id))

    async def keep_account(
        self, account: Account, was: Account | None, records: Sequence[Record] = ()
    ) -> AccountRefusal | None:
        before = self._accounts.get(account.id)
        if before != was:
            return AccountRefusal.TAKEN if was is None else AccountRefusal.STALE
        refused = clash(account, self._accounts.values())
        if refused is None:
            self._accounts[account.id] = account
            self._note(records)
        return refused

    async def session(self, digest: SessionDigest) -> Session | None:
        return self._sessions.get(digest)

    async def sessions_of(self, account: AccountId) -> Sequence[Session]:
        theirs = (each for each in self._sessions.values() if each.account == account and each.ended_at is None)
        return tuple(sorted(theirs, key=lambda each: (each.made_at, each.digest)))

    async def keep_session(
        self, session: Session, was: SessionDigest | None = None, records: Sequence[Record] = ()
    ) -> None:
        kept = self._follow(session, was) if was not in (None, session.digest) else self._keep(session)
        if kept:
            self._note(records)

    def _follow(self, session: Session, was: SessionDigest | None) -> bool:
        before = self._sessions.get(was) if was is not None else None
        if before is None or before.ended_at is not None:
            return False
        self._followed[before.digest] = self._sessions.pop(before.digest)
        self._sessions[session.digest] = session
        return True

    def _keep(self, session: Session) -> bool:
        if session.ended_at is not None and self._end(session):
            return True
        before = self._sessions.get(session.digest)
        if session.digest in self._followed or (before is not None and before.ended_at is not None):
            return False
        self._sessions[session.digest] = session
        return True

    def _end(self, session: Session) -> bool:
        """Whether any of its sitting was not over until now."""
        going_on = [each for each in self._of_sitting(session.account, session.sitting) if each.ended_at is None]
        for each in going_on:
            self._sessions[each.digest] = replace(each, ended_at=session.ended_at, ended=session.ended)
        return bool(going_on)

    def _of_sitting(self, account: AccountId, sitting: SittingId) -> list[Session]:
        return [each for each in self._sessions.values() if each.account == account and each.sitting == sitting]

    async def forget_sessions(self, before: Instant) -> int:
        """Those of whom there was no sign since; how many."""
        count = 0
        for kept in (self._sessions, self._followed):
            for digest in [digest for digest, each in kept.items() if each.seen_at < before]:
                del kept[digest]
                count += 1
        return count

    async def untold(self) -> Sequence[tuple[int, Record]]:
        return tuple(self._untold.items())

    async def told(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            self._untold.pop(number, None)

    def _note(self, records: Iterable[Record]) -> None:
        for record in records:
            self._last += 1
            self._untold[self._last] = record
