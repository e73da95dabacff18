"""What is asked about contacts: one, those of a call, those that led to a case.

Decides how a question is put to the database. Must not know who asks, nor whether they may see the note.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.core.callbacks.states import CaseId
from dialer.core.contacts.contact import Contact
from dialer.core.words import AdviserId, CallId
from dialer.store.contact_rows import contact_of
from dialer.store.loaded import Unreadable
from dialer.store.snapshot import UnreadableSnapshot
from dialer.store.tables import contacts

Reading = Callable[[], AbstractAsyncContextManager[AsyncConnection]]


class ContactShelf:
    """The store's reads of contacts, by the connections that only read."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    async def contact(self, call: CallId, adviser: AdviserId) -> Contact | None:
        """A draft or a filed one."""
        found = await self._all(select_of_call(call).where(contacts.c.adviser == adviser))
        return found[0] if found else None

    async def of_call(self, call: CallId) -> tuple[Contact, ...]:
        """Drafts too, by their adviser."""
        return tuple(sorted(await self._all(select_of_call(call)), key=lambda each: each.adviser))

    async def of_case(self, case: CaseId) -> tuple[Contact, ...]:
        """Those with which its callbacks were asked for, the oldest first."""
        return tuple(sorted(await self._all(select_of_case(case)), key=lambda each: (each.changed_at, each.call)))

    async def _all(self, query: Select[Any]) -> list[Contact]:
        async with self._reading() as conn:
            return [contact_of(row) for row in await conn.execute(query)]


def select_of_call(call: str) -> Select[Any]:
    return select(contacts).where(contacts.c.call == call)


def select_of_case(case: str) -> Select[Any]:
    return select(contacts).where(contacts.c.case == case)


def select_drafts() -> Select[Any]:
    return select(contacts).where(contacts.c.filed_at.is_(None))


async def drafts(conn: AsyncConnection, unreadable: list[Unreadable]) -> tuple[Contact, ...]:
    """What a start takes up."""
    found: list[Contact] = []
    for row in await conn.execute(select_drafts()):
        try:
            found.append(contact_of(row))
        except UnreadableSnapshot as why:
            unreadable.append(Unreadable("contact", row.call, str(why)))
    return tuple(sorted(found, key=lambda each: each.key))
