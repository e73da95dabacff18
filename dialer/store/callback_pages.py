"""Lists of callbacks: what is shown of one, how a page is cut, which are due next.

Decides the order (newest request first, then id; what is due next by when it enters the queue) and which filters there
are. Must not know HTTP. A row holds the person's number for as long as it is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, literal, select, tuple_

from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.states import Attempt
from dialer.core.views import CallbackFilter
from dialer.core.words import E164, AdviserId, LegId
from dialer.store.beside import Beside
from dialer.store.pages import read_cursor, write_cursor
from dialer.store.tables import InstantType, attempts, callbacks
from schedules.windows import Window


@dataclass(frozen=True, slots=True)
class CallbackRow:
    """One callback as stored, open or closed.

    state: its stage, in the seven words of the API. kind, legal_deadline_at: its case's; no deadline where no law sets
    one. due_at: when it enters the queue, or entered it; None once closed. promised: the window, until it is kept.
    adviser: who has it in hand; once closed, who dialled it last. phone: None when it is no longer kept. gate_reason,
    gate_until: what the gate answered last, if it refused. attempts: told of one callback, never in a list.
    """

    id: str
    case: str
    line: str
    queue: str
    kind: str | None
    state: str
    outcome: str | None
    requested_at: datetime
    due_at: datetime | None
    promised: Window | None
    legal_deadline_at: datetime | None
    adviser: str | None
    phone: E164 | None
    zone: str
    closed_at: datetime | None
    gate_reason: str | None
    gate_until: datetime | None
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class CallbackPage:
    """``next``: the cursor of the page after this one, or None at the end."""

    items: tuple[CallbackRow, ...]
    next: str | None


_SHOWN = [column for column in callbacks.c if column.name != "snapshot"]


def select_callback(callback_id: str) -> Select[Any]:
    return select(*_SHOWN).where(callbacks.c.id == callback_id)


def select_callbacks(asked: CallbackFilter, limit: int, cursor: str | None) -> Select[Any]:
    """One row more than ``limit``: it tells whether there is a next page. Raises BadCursor."""
    query = select(*_SHOWN).order_by(callbacks.c.requested_at.desc(), callbacks.c.id.desc()).limit(limit + 1)
    beside = _beside(asked)
    for name in ("line", "queue", "state", "outcome", "kind", "adviser"):
        wanted, column = getattr(asked, name), callbacks.c[name]
        if wanted is not None:
            query = query.where((Beside(column) if name in beside else column) == wanted)
    if asked.since is not None:
        query = query.where(callbacks.c.requested_at >= asked.since)
    if asked.late_before is not None:
        query = query.where(callbacks.c.closed_at.is_(None), callbacks.c.legal_deadline_at < asked.late_before)
    if cursor is not None:
        at, callback_id = read_cursor(cursor)
        last = tuple_(literal(at, InstantType), literal(callback_id))
        query = query.where(tuple_(callbacks.c.requested_at, callbacks.c.id) < last)
    return query


def _beside(asked: CallbackFilter) -> frozenset[str]:
    """The filters that choose no index, because another one leaves fewer rows: an adviser, the open, an outcome, a
    state."""
    if asked.adviser is not None:
        return frozenset({"line", "queue", "outcome", "kind"} | ({"state"} if asked.state == "closed" else set()))
    if asked.late_before is not None:
        return frozenset({"line", "queue", "state", "outcome", "kind"})
    if asked.outcome is not None:
        return frozenset({"line", "queue", "state", "kind"})
    if asked.state == "closed":  # nearly all are, after some years
        return frozenset({"state"}) if asked.line or asked.queue or asked.kind else frozenset()
    return frozenset({"line", "queue", "kind"}) if asked.state is not None else frozenset()


def select_due(at: datetime, limit: int) -> Select[Any]:
    """The open ones that are due at ``at``, who has waited longest first."""
    due = callbacks.c.closed_at.is_(None) & (callbacks.c.due_at <= at)
    return select(*_SHOWN).where(due).order_by(callbacks.c.due_at, callbacks.c.id).limit(limit)


def select_attempts(callback_id: str) -> Select[Any]:
    return select(attempts).where(attempts.c.callback == callback_id).order_by(attempts.c.number)


def callbacks_page_of(rows: list[CallbackRow], limit: int) -> CallbackPage:
    """The page of at most ``limit + 1`` rows."""
    items = tuple(rows[:limit])
    return CallbackPage(items, write_cursor(items[-1].requested_at, items[-1].id) if len(rows) > limit else None)


def callback_row_of(row: Row[Any]) -> CallbackRow:
    found = dict(row._mapping)
    start_at, end_at = found.pop("window_start_at"), found.pop("window_end_at")
    return CallbackRow(promised=Window(start_at, end_at) if start_at is not None else None, **found)


def with_attempts(row: CallbackRow, made: Iterable[Row[Any]]) -> CallbackRow:
    return replace(row, attempts=tuple(map(_attempt, made)))


def _attempt(row: Row[Any]) -> Attempt:
    return Attempt(
        row.number,
        LegId(row.leg),
        row.at,
        AdviserId(row.adviser),
        AttemptCause(row.cause) if row.cause is not None else None,
        row.ended_at,
        CallbackOutcome(row.outcome) if row.outcome is not None else None,
    )
