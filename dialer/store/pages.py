"""Lists of calls: what may be asked, how a page is cut, and how the next one is found.

Decides the order (newest arrival first, then id) and the cursor, which names the last call of a page: calls that
arrive meanwhile come before it and never shift a page. Must not know HTTP. Rows hold no caller's number.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, literal, select, tuple_

from dialer.core.views import BadCursor, CallFilter
from dialer.store.tables import InstantType, calls, instant, micros


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call as stored. ``stage``: the state an ended call ended in. A waiting call's position is the desk's."""

    id: str
    line: str
    queue: str | None
    state: str
    outcome: str | None
    stage: str | None
    arrived_at: datetime
    queued_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    adviser: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """``next``: the cursor of the page after this one, or None at the end."""

    items: tuple[CallRow, ...]
    next: str | None


_SHOWN = [
    calls.c[name]
    for name in (
        "id", "line", "queue", "state", "outcome", "stage",
        "arrived_at", "queued_at", "answered_at", "ended_at", "adviser",
    )
]  # fmt: skip


def select_call(call_id: str) -> Select[Any]:
    return select(*_SHOWN).where(calls.c.id == call_id)


def select_page(asked: CallFilter, limit: int, cursor: str | None) -> Select[Any]:
    """One row more than ``limit``: it tells whether there is a next page. Raises BadCursor."""
    query = select(*_SHOWN).order_by(calls.c.arrived_at.desc(), calls.c.id.desc()).limit(limit + 1)
    for name in ("line", "queue", "state", "outcome", "adviser"):
        wanted = getattr(asked, name)
        if wanted is not None:
            query = query.where(calls.c[name] == wanted)
    if asked.state is not None and asked.state != "ended":
        query = query.where(calls.c.ended_at.is_(None))  # what the small index of open calls is made by
    if asked.since is not None:
        query = query.where(calls.c.arrived_at >= asked.since)
    if cursor is not None:
        arrived_at, call_id = read_cursor(cursor)
        query = query.where(
            tuple_(calls.c.arrived_at, calls.c.id) < tuple_(literal(arrived_at, InstantType), literal(call_id))
        )
    return query


def page_of(rows: list[CallRow], limit: int) -> Page:
    """The page of at most ``limit + 1`` rows."""
    items = tuple(rows[:limit])
    return Page(items, write_cursor(items[-1].arrived_at, items[-1].id) if len(rows) > limit else None)


def write_cursor(at: datetime, id_: str) -> str:
    """Names the last of a page: what it is sorted by, then its id."""
    return base64.urlsafe_b64encode(f"{micros(at)} {id_}".encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, str]:
    """Raises BadCursor."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        stored, id_ = text.split(" ", 1)
        if "\x00" in id_:
            raise ValueError("PostgreSQL's text has no zero character")
        return instant(int(stored)), id_
    except (binascii.Error, ValueError, OverflowError):
        raise BadCursor("This cursor is not one that a page gave; start again without it.") from None
