"""What became of a number so far: the calls that came from it and the callbacks that were promised to it.

Decides what is told of each, and that the newest come first. Must not know who asks, nor whether they may. A number
that is no longer kept has no history: whose was emptied is not found by it.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, Select, literal, null, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.core.words import E164
from dialer.store.tables import callbacks, calls, contacts


@dataclass(frozen=True, slots=True)
class Past:
    """One call or callback. at: its arrival, or its first request. state: of a call that of its machine, of a callback
    its stage. answered_at: when an adviser answered the call. adviser: who talked or dialled last, or has it now.
    reasons: the ids of those that were filed of the call.
    """

    kind: Literal["call", "callback"]
    id: str
    line: str
    at: datetime
    state: str
    outcome: str | None
    answered_at: datetime | None
    adviser: str | None
    reasons: tuple[str, ...] = ()


def select_calls_of(number: E164, limit: int) -> Select[Any]:
    told = (literal("call").label("kind"), calls.c.id, calls.c.line, calls.c.arrived_at.label("at"), calls.c.state)
    query = select(*told, calls.c.outcome, calls.c.answered_at, calls.c.adviser).where(calls.c.caller == number)
    return query.order_by(calls.c.arrived_at.desc(), calls.c.id.desc()).limit(limit)


def select_callbacks_of(number: E164, limit: int) -> Select[Any]:
    shown = callbacks.c
    told = (literal("callback").label("kind"), shown.id, shown.line, shown.requested_at.label("at"), shown.state)
    query = select(*told, shown.outcome, null().label("answered_at"), shown.adviser).where(shown.phone == number)
    return query.order_by(shown.requested_at.desc(), shown.id.desc()).limit(limit)


def select_reasons(calls_of_it: Collection[str]) -> Select[Any]:
    filed = contacts.c.call.in_(calls_of_it) & contacts.c.filed_at.is_not(None)
    return select(contacts.c.call, contacts.c.reasons).where(filed).order_by(contacts.c.call, contacts.c.filed_at)


async def find_history(conn: AsyncConnection, number: E164, limit: int) -> tuple[Past, ...]:
    """At most ``limit``, the newest first."""
    found: list[Past] = []
    for query in (select_calls_of(number, limit), select_callbacks_of(number, limit)):
        found += [_past(row) for row in await conn.execute(query)]
    newest = sorted(found, key=lambda each: (each.at, each.id), reverse=True)[:limit]
    came = [each.id for each in newest if each.kind == "call"]
    reasons: dict[str, list[str]] = {}
    for row in await conn.execute(select_reasons(came)) if came else ():
        reasons.setdefault(row.call, []).extend(json.loads(row.reasons))
    return tuple(replace(each, reasons=tuple(dict.fromkeys(reasons.get(each.id, ())))) for each in newest)


def _past(row: Row[Any]) -> Past:
    return Past(**row._mapping)
