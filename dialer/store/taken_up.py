"""What a start takes up, one question each: what is open, what was dialled and refused of late, the next serial.

Decides how it is read: what is open comes in chunks by its index, so that 200,000 callbacks never stand in memory as
text. What cannot be read is told and left out. Must not know what the desk does with it.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Column, Table, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.core.adviser import Adviser
from dialer.core.callbacks.history import Dialled
from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.states import Callback, CallbackId, CaseId
from dialer.core.calls.states import Call
from dialer.core.calls.switchboard import OVER_KEPT_MAX
from dialer.core.cases.file import CaseFile
from dialer.core.cases.template import Template
from dialer.core.revision import Versioned
from dialer.core.structures.structure import Structure
from dialer.core.words import E164, CallId, LegId
from dialer.store.loaded import Kind, Unreadable
from dialer.store.snapshot import (
    UnreadableSnapshot,
    adviser_of,
    call_of,
    callback_of,
    file_of,
    structure_of,
    template_of,
)
from dialer.store.tables import (
    InstantType,
    advisers,
    attempts,
    callbacks,
    calls,
    cases,
    journal,
    oppositions,
    requests,
    serials,
    structures,
    templates,
)

CHUNK = 1000
"""Rows read at a time."""
T = TypeVar("T")


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage is looked for meanwhile: all that is read stays, and going through it again and again costs a third of
    a start with 200,000 open callbacks."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


async def open_calls(conn: AsyncConnection, unreadable: list[Unreadable]) -> tuple[Call, ...]:
    return await _open(conn, calls, calls.c.arrived_at, calls.c.ended_at, call_of, "call", unreadable)


async def open_callbacks(conn: AsyncConnection, unreadable: list[Unreadable]) -> tuple[Callback, ...]:
    by, end = callbacks.c.requested_at, callbacks.c.closed_at
    return await _open(conn, callbacks, by, end, callback_of, "callback", unreadable)


async def open_files(conn: AsyncConnection, unreadable: list[Unreadable]) -> tuple[Versioned[CaseFile], ...]:
    c = cases.c
    return await _open(conn, cases, c.received_at, c.ended_at, file_of, "case", unreadable, c.file)


async def all_templates(conn: AsyncConnection, unreadable: list[Unreadable]) -> tuple[Template, ...]:
    query = select(templates.c.id, templates.c.template).order_by(templates.c.id)
    return _readable(await conn.execute(query), template_of, "template", unreadable)


async def all_structures(conn: AsyncConnection, unreadable: list[Unreadable]) -> tuple[Structure, ...]:
    query = select(structures.c.id, structures.c.structure).order_by(structures.c.id)
    return _readable(await conn.execute(query), structure_of, "structure", unreadable)


def _readable(rows: Iterable[Any], read: Callable[[str], T], kind: Kind, unreadable: list[Unreadable]) -> tuple[T, ...]:
    """Of ids and what is stored under them."""
    found: list[T] = []
    for id_, stored in rows:
        try:
            found.append(read(stored))
        except UnreadableSnapshot as why:
            unreadable.append(Unreadable(kind, id_, str(why)))
    return tuple(found)


async def _open(
    conn: AsyncConnection,
    table: Table,
    by: Column[datetime],
    end: Column[datetime],
    read: Callable[[str], T],
    kind: Kind,
    unreadable: list[Unreadable],
    stored: Column[str] | None = None,
) -> tuple[T, ...]:
    """The rows whose end has not come, in the order of ``by`` and the id."""
    found: list[T] = []
    snapshot_ = table.c.snapshot if stored is None else stored
    query = select(by, table.c.id, snapshot_).where(end.is_(None)).order_by(by, table.c.id).limit(CHUNK)
    rows = (await conn.execute(query)).all()
    while rows:
        for _, id_, snapshot in rows:
            try:
                found.append(read(snapshot))
            except UnreadableSnapshot as why:
                unreadable.append(Unreadable(kind, id_, str(why)))
        at, id_, _ = rows[-1]
        last = tuple_(literal(at, InstantType), literal(id_))
        rows = (await conn.execute(query.where(tuple_(by, table.c.id) > last))).all() if len(rows) == CHUNK else []
    return tuple(found)


async def all_advisers(conn: AsyncConnection, unreadable: list[Unreadable]) -> tuple[Adviser, ...]:
    query = select(advisers.c.id, advisers.c.snapshot).order_by(advisers.c.id)
    return _readable(await conn.execute(query), adviser_of, "adviser", unreadable)


async def newest_over(conn: AsyncConnection) -> tuple[CallId, ...]:
    newest = select(calls.c.id).order_by(calls.c.arrived_at.desc(), calls.c.id.desc()).limit(OVER_KEPT_MAX)
    ended = (await conn.execute(newest.where(calls.c.ended_at.is_not(None)))).scalars().all()
    return tuple(CallId(call) for call in reversed(ended))


async def last_instant(conn: AsyncConnection) -> datetime | None:
    """The latest in the journal."""
    last_at: datetime | None = (await conn.execute(select(func.max(journal.c.at)))).scalar()
    return last_at


def select_dialled(since: datetime) -> Any:
    c = attempts.c
    shown = (c.leg, c.phone, c.at, c.cause, c.case, c.callback)
    return select(*shown).where(c.at >= since, c.phone.is_not(None)).order_by(c.at, c.leg)


async def dialled(conn: AsyncConnection, since: datetime) -> tuple[Dialled, ...]:
    """The causes as they stand with the attempts; whether the fate of one is settled, its callback knows."""
    return tuple(
        Dialled(
            LegId(leg), E164(phone), at, AttemptCause(cause) if cause is not None else None,
            CaseId(case), CallbackId(callback),
        )
        for leg, phone, at, cause, case, callback in await conn.execute(select_dialled(since))
    )  # fmt: skip


def select_declined(since: datetime) -> Any:
    c = callbacks.c
    refused = c.outcome == str(CallbackOutcome.REFUS)
    return select(c.phone, c.closed_at).where(refused, c.closed_at >= since, c.phone.is_not(None)).order_by(c.closed_at)


async def declined(conn: AsyncConnection, since: datetime) -> tuple[tuple[E164, datetime], ...]:
    return tuple((E164(phone), at) for phone, at in await conn.execute(select_declined(since)))


async def opposed(conn: AsyncConnection) -> tuple[E164, ...]:
    numbers = (await conn.execute(select(oppositions.c.number).order_by(oppositions.c.number))).scalars()
    return tuple(map(E164, numbers))


async def next_serial(conn: AsyncConnection) -> int:
    """Above the highest one ever given, which is known when its request is long deleted."""
    given = (await conn.execute(select(func.max(serials.c.last)))).scalar()
    kept = (await conn.execute(select(func.max(requests.c.serial)))).scalar()
    return max(-1 if given is None else given, -1 if kept is None else kept) + 1
