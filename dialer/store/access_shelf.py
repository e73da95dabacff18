"""Accounts and sessions as they are stored: found by the connections that only read, kept by the one that writes.

Decides how two that keep the same thing at once come after one another: an account is kept only over what was read of
it, and a session that is over is never begun again, whoever still held it as it was. What is to be told of a change is
written with it, and stays until the journal has it (`untold`), so that nothing is done that the audit does not know,
even at the command line, beside the service that writes the journal. Must not know what may become of an account or a
session, nor who asks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

from sqlalchemy import delete, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.core.access.account import Account, AccountId, AccountRefusal, Subject
from dialer.core.access.session import Session, SessionDigest
from dialer.core.words import Instant, Record
from dialer.store.rows import record_row
from dialer.store.snapshot import account_json, account_of, session_json, session_of
from dialer.store.tables import access_told, accounts, sessions

Connecting = Callable[[], AbstractAsyncContextManager[AsyncConnection]]

_ALONE = text("LOCK TABLE accounts IN SHARE ROW EXCLUSIVE MODE")
"""PostgreSQL: who reads does not wait. On SQLite a transaction that writes is alone anyway."""


class AccessShelf:
    """Every question and every change raises StoreError where the database does not answer, UnreadableSnapshot where
    another version wrote what is there."""

    def __init__(self, reading: Connecting, writing: Connecting) -> None:
        self._reading = reading
        self._writing = writing

    # -- accounts ----------------------------------------------------------------------------------

    async def account(self, account: AccountId) -> Account | None:
        return await self._one_account(accounts.c.id == account)

    async def account_of(self, subject: Subject) -> Account | None:
        """The one that is linked to them."""
        return await self._one_account((accounts.c.issuer == subject.issuer) & (accounts.c.sub == subject.sub))

    async def accounts(self) -> Sequence[Account]:
        """All, disabled ones too, by id."""
        async with self._reading() as conn:
            found = (await conn.execute(select(accounts.c.account))).scalars()
            # Sorted here: databases sort text by a language, and not alike.
            return tuple(sorted((account_of(each) for each in found), key=lambda each: each.id))

    async def keep_account(
        self, account: Account, was: Account | None, records: Sequence[Record] = ()
    ) -> AccountRefusal | None:
        """``was``: as it was read, None of a new one. Refused: TAKEN, or STALE where it is no longer as it was."""
        async with self._writing() as conn:
            if conn.dialect.name == "postgresql":
                await conn.execute(_ALONE)
            stored = await conn.execute(select(accounts.c.account).where(accounts.c.id == account.id))
            before = stored.scalar()
            if (None if before is None else account_of(before)) != was:
                return AccountRefusal.TAKEN if was is None else AccountRefusal.STALE
            if await self._clashes(conn, account):
                return AccountRefusal.TAKEN
            subject = account.subject
            row = {
                "adviser": account.adviser,
                "issuer": subject.issuer if subject is not None else None,
                "sub": subject.sub if subject is not None else None,
                "account": account_json(account),
            }
            if was is None:
                await conn.execute(insert(accounts).values(id=account.id, **row))
            else:
                await conn.execute(update(accounts).where(accounts.c.id == account.id).values(**row))
            await self._note(conn, records)
        return None

    async def _one_account(self, asked: Any) -> Account | None:
        async with self._reading() as conn:
            found = (await conn.execute(select(accounts.c.account).where(asked))).scalar()
        return None if found is None else account_of(found)

    async def _clashes(self, conn: AsyncConnection, account: Account) -> bool:
        """`account.clash`, asked of the database."""
        theirs = []
        if account.adviser is not None:
            theirs.append(accounts.c.adviser == account.adviser)
        if account.subject is not None:
            theirs.append((accounts.c.issuer == account.subject.issuer) & (accounts.c.sub == account.subject.sub))
        if not theirs:
            return False
        others = select(accounts.c.id).where(accounts.c.id != account.id, or_(*theirs)).limit(1)
        return (await conn.execute(others)).first() is not None

    # -- sessions ----------------------------------------------------------------------------------

    async def session(self, digest: SessionDigest) -> Session | None:
        query = select(sessions.c.session).where(sessions.c.digest == digest)
        async with self._reading() as conn:
            found = (await conn.execute(query)).scalar()
        return None if found is None else session_of(found)

    async def sessions_of(self, account: AccountId) -> Sequence[Session]:
        """Those that are not ended, the oldest first."""
        c = sessions.c
        query = select(c.session).where(c.account == account, c.ended_at.is_(None), c.session.is_not(None))
        async with self._reading() as conn:
            found = [session_of(each) for each in (await conn.execute(query)).scalars()]
        return tuple(sorted(found, key=lambda each: (each.made_at, each.digest)))

    async def keep_session(
        self, session: Session, was: SessionDigest | None = None, records: Sequence[Record] = ()
    ) -> None:
        """``was``: the digest under which it was kept before, if that is another; it opens nothing any more.

        Nothing is kept, and nothing told, of a session that is over already. One that ends does so under whatever
        secret its sitting goes on.
        """
        async with self._writing() as conn:
            kept = await (self._followed(conn, session, was) if was not in (None, session.digest)
                          else self._kept(conn, session))  # fmt: skip
            if kept:
                await self._note(conn, records)

    async def _followed(self, conn: AsyncConnection, session: Session, was: SessionDigest | None) -> bool:
        """Under a new secret, where it was not over under the one before."""
        c = sessions.c
        before = update(sessions).where(c.digest == was, c.ended_at.is_(None), c.session.is_not(None))
        if not (await conn.execute(before.values(session=None))).rowcount:
            return False
        await conn.execute(insert(sessions).values(**_row(session)))
        return True

    async def _kept(self, conn: AsyncConnection, session: Session) -> bool:
        if session.ended_at is not None and await self._ended(conn, session):
            return True
        c = sessions.c
        stored = select(c.ended_at, c.session).where(c.digest == session.digest).with_for_update()
        before = (await conn.execute(stored)).first()
        if before is None:
            await conn.execute(insert(sessions).values(**_row(session)))
            return True
        if before.ended_at is not None or before.session is None:
            return False
        await conn.execute(update(sessions).where(c.digest == session.digest).values(**_row(session)))
        return True

    async def _ended(self, conn: AsyncConnection, session: Session) -> bool:
        """Whether any of its sitting was not over until now."""
        c = sessions.c
        theirs = select(c.session).where(c.account == session.account, c.sitting == session.sitting)
        going_on = theirs.where(c.ended_at.is_(None), c.session.is_not(None)).with_for_update()
        found = [session_of(each) for each in (await conn.execute(going_on)).scalars()]
        for each in found:
            row = _row(replace(each, ended_at=session.ended_at, ended=session.ended))
            await conn.execute(update(sessions).where(c.digest == each.digest).values(**row))
        return bool(found)

    async def forget_sessions(self, before: Instant) -> int:
        """Those of whom there was no sign since; how many."""
        async with self._writing() as conn:
            return (await conn.execute(delete(sessions).where(sessions.c.seen_at < before))).rowcount

    # -- what the journal is to be told ------------------------------------------------------------

    async def untold(self) -> Sequence[tuple[int, Record]]:
        """In the order in which it was written, each with its number."""
        async with self._reading() as conn:
            rows = (await conn.execute(select(access_told).order_by(access_told.c.number))).all()
        return tuple((row.number, Record(row.at, row.event, data=tuple(json.loads(row.data).items()))) for row in rows)

    async def told(self, numbers: Iterable[int]) -> None:
        """The journal has these."""
        async with self._writing() as conn:
            await conn.execute(delete(access_told).where(access_told.c.number.in_(tuple(numbers))))

    async def _note(self, conn: AsyncConnection, records: Sequence[Record]) -> None:
        if records:
            rows = [{"at": each.at, "event": each.event, "data": record_row(each)[-1]} for each in records]
            await conn.execute(insert(access_told), rows)


def _row(session: Session) -> dict[str, Any]:
    return {
        "digest": session.digest,
        "account": session.account,
        "sitting": session.sitting,
        "seen_at": session.seen_at,
        "ended_at": session.ended_at,
        "session": session_json(session),
    }
