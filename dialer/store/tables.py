"""The tables. Decides what is stored where, and by which indexes it is found.

Instants are stored as whole microseconds since 1970 UTC in both databases: they sort right as numbers, come back
exact and aware, and cost no parsing (SQLite has no instant of its own, and text sorts wrong once formats mix).
JSON is stored as text: nothing asks for what is in it, and the order of a record's data is kept.

Personal data is in ``calls.caller`` and in the snapshots of open calls only; the journal has none.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Dialect,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def micros(at: datetime) -> int:
    """Whole microseconds since 1970 UTC. Raises TypeError for a naive instant."""
    return (at - EPOCH) // MICROSECOND


def instant(stored: int) -> datetime:
    return EPOCH + timedelta(microseconds=stored)


class InstantType(TypeDecorator[datetime]):
    """An aware instant, stored as microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else instant(value)


metadata = MetaData()

journal = Table(
    "journal",
    metadata,
    # Numbered by the one writer, without gaps: a number used twice is a second writer, and is refused.
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", InstantType, nullable=False),
    Column("event", String, nullable=False),
    Column("call", String),
    Column("adviser", String),
    Column("data", Text, nullable=False),
    Index("journal_at", "at", "seq"),
    Index(
        "journal_call",
        "call",
        "seq",
        sqlite_where=text("call IS NOT NULL"),
        postgresql_where=text("call IS NOT NULL"),
    ),
)

calls = Table(
    "calls",
    metadata,
    Column("id", String, primary_key=True),
    Column("line", String, nullable=False),
    Column("queue", String),
    Column("state", String, nullable=False),
    Column("outcome", String),
    Column("stage", String),
    Column("arrived_at", InstantType, nullable=False),
    Column("queued_at", InstantType),
    Column("answered_at", InstantType),
    Column("ended_at", InstantType),
    Column("adviser", String),
    Column("caller", String),
    Column("flow", String, nullable=False),
    Column("snapshot", Text),
    CheckConstraint(
        "(state = 'ended') = (ended_at IS NOT NULL) AND (state = 'ended') = (outcome IS NOT NULL)"
        " AND (state = 'ended') = (snapshot IS NULL)",
        name="calls_one_outcome",
    ),
    Index("calls_arrived", "arrived_at", "id"),
    Index("calls_line", "line", "arrived_at", "id"),
    Index("calls_queue", "queue", "arrived_at", "id"),
    Index("calls_outcome", "outcome", "arrived_at", "id"),
    Index("calls_adviser", "adviser", "arrived_at", "id"),
    Index(
        "calls_open",
        "arrived_at",
        "id",
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
)

advisers = Table(
    "advisers",
    metadata,
    Column("id", String, primary_key=True),
    Column("wish", String, nullable=False),
    Column("state", String, nullable=False),
    Column("state_since", InstantType, nullable=False),
    Column("snapshot", Text, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("hash", String, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("academie", String),
    Column("created_at", InstantType, nullable=False),
    Column("last_used_at", InstantType),
    Column("revoked_at", InstantType),
    Index("tokens_hash", "hash", unique=True),
)

settings = Table(
    "settings",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", Text, nullable=False),
)
