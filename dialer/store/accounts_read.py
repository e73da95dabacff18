"""The accounts of a database as it is, read from beside whatever runs on it: for checks, which change nothing.

Decides that nothing is made, and nothing brought to another version. Must not know what the accounts are held against.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from dialer.core.access.account import Account
from dialer.store.access_shelf import AccessShelf
from dialer.store.database import database_url, reader_engine
from dialer.store.refusal import StoreError
from dialer.store.snapshot import UnreadableSnapshot


async def accounts_in(url: str) -> Sequence[Account] | None:
    """All of them, by id. None: there is no database, or it is another version's."""
    try:
        parsed = database_url(url)
    except StoreError:
        return None
    if parsed.drivername.startswith("sqlite") and not await asyncio.to_thread(Path(parsed.database or "").is_file):
        return None  # to read it would make it
    engine = reader_engine(parsed)
    try:
        return await AccessShelf(engine.connect, engine.connect).accounts()
    except (SQLAlchemyError, OSError, UnreadableSnapshot):
        return None
    finally:
        await engine.dispose()
