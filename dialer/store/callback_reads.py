"""What is asked about callbacks and requests, one question each.

Decides how a question is put to the database. Must not know who asks, nor whether they may see what is personal.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.core.callbacks.request import Answered, Intake, Key
from dialer.core.callbacks.states import CallbackId
from dialer.store.callback_pages import CallbackRow, callback_row_of, select_attempts, select_callback, with_attempts
from dialer.store.snapshot import booking_of, request_of
from dialer.store.tables import idempotency, journal, requests


async def find_callback(conn: AsyncConnection, callback_id: str) -> CallbackRow | None:
    row = (await conn.execute(select_callback(callback_id))).one_or_none()
    if row is None:
        return None
    return with_attempts(callback_row_of(row), await conn.execute(select_attempts(callback_id)))


def select_intakes(callback_id: str) -> Select[Any]:
    """With the keys that are still kept."""
    keyed = requests.outerjoin(idempotency, idempotency.c.serial == requests.c.serial)
    shown = (requests.c.at, requests.c.serial, requests.c.request, requests.c.booking, idempotency.c.key)
    asked = (
        select(*shown, idempotency.c.body)
        .select_from(keyed)
        .where(requests.c.callback == callback_id, requests.c.request != "")
    )
    return asked.order_by(requests.c.serial.desc())


async def find_intakes(conn: AsyncConnection, callback_id: str) -> tuple[Intake, ...]:
    return tuple(
        Intake(
            row.at, row.serial, request_of(row.request), booking_of(row.booking),
            Key(row.key, row.body) if row.key is not None else None,
        )
        for row in await conn.execute(select_intakes(callback_id))
    )  # fmt: skip


def select_by_reference(reference: str) -> Select[Any]:
    return select(requests.c.callback).where(requests.c.reference == reference)


async def find_by_reference(conn: AsyncConnection, reference: str) -> CallbackId | None:
    found = (await conn.execute(select_by_reference(reference))).scalar()
    return None if found is None else CallbackId(found)


def select_answered(key: str) -> Select[Any]:
    return select(idempotency.c.body, idempotency.c.booking).where(idempotency.c.key == key)


async def find_answered(conn: AsyncConnection, key: str) -> Answered | None:
    row = (await conn.execute(select_answered(key))).one_or_none()
    return None if row is None else Answered(row.body, booking_of(row.booking))


def select_records_after(seq: int, limit: int, prefix: str) -> Select[Any]:
    # Written out and not bound, so that the index of what is told of callbacks is known to hold them all.
    begins = func.substr(journal.c.event, *(literal(n, literal_execute=True) for n in (1, len(prefix))))
    named = begins == literal(prefix, literal_execute=True)
    return select(journal).where(named, journal.c.seq > seq).order_by(journal.c.seq).limit(limit)
