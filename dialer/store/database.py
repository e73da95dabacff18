"""The database behind the store: its URL, its connections, its version.

Decides how SQLite and PostgreSQL are opened: one connection that writes, a few that read and never wait behind it. And
that a database newer than the code is refused instead of guessed at. Must not know what the tables hold.

SQLite: WAL, so that reads and the writer do not meet; synchronous=FULL, so that what was committed outlives a power
cut; every transaction begins IMMEDIATE, because one that reads first and writes later loses updates silently.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection, event, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from dialer.store.refusal import StoreError

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK_MAX_S = 5.0
"""How long a write waits for another program's lock; the caller may try again."""
IDLE_MAX_S = 4.0
"""How long PostgreSQL waits for a writer that stands still in a transaction: less than LOCK_MAX_S, so that a leader
that was stopped there keeps no other from taking over."""
READERS_MAX = 4
DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
POSTGRES_ARGUMENTS = {
    "connect_timeout": 5,
    # random_page_cost: as for a disk that seeks (the default, 4) it would rather read a whole list in its order than
    # find a few rows by the index of a filter.
    "options": f"-c lock_timeout={int(LOCK_MAX_S * 1000)} -c statement_timeout={int(LOCK_MAX_S * 2000)}"
    f" -c idle_in_transaction_session_timeout={int(IDLE_MAX_S * 1000)} -c random_page_cost=1.1",
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
MIGRATION_LOCK = 0x46_69_6C_56
"""PostgreSQL advisory lock: two starts at once do not migrate at once."""


def database_url(given: str) -> URL:
    """The URL with the driver that we use. Raises StoreError for anything but SQLite in a file or PostgreSQL."""
    try:
        url = make_url(given)
    except ArgumentError:
        raise StoreError(
            "The database URL cannot be read: write sqlite:///folder/file or postgresql://user@host/name."
        ) from None
    driver = DRIVERS.get(url.drivername)
    if driver is None:
        raise StoreError(f"The database {shown(url)} is neither SQLite nor PostgreSQL; nothing else is supported.")
    if driver.startswith("sqlite") and (not url.database or ":memory:" in url.database):
        raise StoreError("The database must be a file (sqlite:///folder/file): one in memory is lost at the end.")
    return url.set(drivername=driver)


def shown(url: URL) -> str:
    """How errors name the database: the file, or the URL without its password."""
    if url.drivername.startswith("sqlite") and url.database:
        return url.database
    return url.render_as_string(hide_password=True)


def make_room(url: URL) -> None:
    """The folder and the file, for this user's eyes only: a call's number is personal. OSError when that fails."""
    if url.drivername.startswith("sqlite") and url.database:
        file = Path(url.database)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))


def writer_engine(url: URL) -> AsyncEngine:
    """One connection. On SQLite it begins every transaction IMMEDIATE."""
    if not url.drivername.startswith("sqlite"):
        return create_async_engine(url, pool_size=1, max_overflow=0, connect_args=POSTGRES_ARGUMENTS)
    engine = create_async_engine(url, pool_size=1, max_overflow=0)
    # journal_mode asks for a lock and so comes after the patience for one. secure_delete, so that what is deleted of a
    # person is overwritten in the file too; Debian's SQLite does so by itself, others do not.
    patience = f"busy_timeout={int(LOCK_MAX_S * 1000)}"
    pragmas = (patience, "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")

    @event.listens_for(engine.sync_engine, "connect")
    def _connected(connection: Any, _: Any) -> None:
        # Where nothing was begun, Python's sqlite3 begins so before the first row that is written (`SQLiteDriver`).
        connection.isolation_level = "IMMEDIATE"
        _pragmas(connection, pragmas)

    @event.listens_for(engine.sync_engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def reader_engine(url: URL) -> AsyncEngine:
    """Reads, one statement each; on SQLite it cannot write at all."""
    if not url.drivername.startswith("sqlite"):
        return create_async_engine(
            url,
            pool_size=READERS_MAX,
            max_overflow=0,
            pool_pre_ping=True,
            isolation_level="AUTOCOMMIT",
            connect_args=POSTGRES_ARGUMENTS,
        )
    engine = create_async_engine(url, pool_size=READERS_MAX, max_overflow=0, isolation_level="AUTOCOMMIT")

    @event.listens_for(engine.sync_engine, "connect")
    def _connected(connection: Any, _: Any) -> None:
        _pragmas(connection, (f"busy_timeout={int(LOCK_MAX_S * 1000)}", "query_only=ON"))

    return engine


def _pragmas(connection: Any, pragmas: tuple[str, ...]) -> None:
    cursor = connection.cursor()
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


async def migrate(conn: AsyncConnection, where: str, say: Callable[[str], None]) -> None:
    """Bring the database to the version of the code, in the transaction that ``conn`` is in: wholly or not at all."""
    if conn.dialect.name == "postgresql":
        await conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
    await conn.run_sync(_migrate, where, say)


def _migrate(connection: Connection, where: str, say: Callable[[str], None]) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    current, head = MigrationContext.configure(connection).get_current_revision(), scripts.get_current_head()
    if current == head:
        return
    try:
        if current is not None:
            scripts.get_revision(current)
    except CommandError:
        raise StoreError(
            f"The database {where} was written by a newer version (its revision is {current}, this one knows {head}): "
            "install that version again, or restore a backup."
        ) from None
    say("Making the database…" if current is None else f"Bringing the database from {current} to {head}…")
    command.upgrade(config, "head")
