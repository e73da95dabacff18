"""API tokens: made once, shown once, stored as a hash.

Decides what a token looks like and how long a check is remembered: a revoked token stops within CACHED_S even when
another process revoked it. A token is 256 random bits, so one SHA-256 is enough; a slow hash is for passwords.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.store.tables import tokens

CACHED_S = 10.0
USED_STEP = timedelta(minutes=10)
"""``last_used_at`` is kept to this: a write per request would be one too many."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token as stored: never its text. ``academie``: sees this academy only, None sees all."""

    id: str
    name: str
    scopes: frozenset[str]
    academie: str | None
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


def new_plain() -> str:
    return f"fv_{secrets.token_urlsafe(32)}"


def digest(plain: str) -> str:
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


async def insert_token(
    conn: AsyncConnection, name: str, scopes: Collection[str], academie: str | None, at: datetime
) -> str:
    """The token's text: the only time that it is known."""
    plain = new_plain()
    row = {
        "id": secrets.token_hex(4),
        "name": name,
        "hash": digest(plain),
        "scopes": json.dumps(sorted(scopes)),
        "academie": academie,
        "created_at": at,
    }
    await conn.execute(insert(tokens), row)
    return plain


async def find_token(conn: AsyncConnection, hashed: str) -> Token | None:
    row = (await conn.execute(select(tokens).where(tokens.c.hash == hashed))).one_or_none()
    return None if row is None else _token(row)


async def all_tokens(conn: AsyncConnection) -> list[Token]:
    """Oldest first, revoked ones too."""
    return [_token(row) for row in await conn.execute(select(tokens).order_by(tokens.c.created_at, tokens.c.id))]


async def revoke(conn: AsyncConnection, token_id: str, at: datetime) -> bool:
    """Whether there was such a token in force."""
    asked = update(tokens).where(tokens.c.id == token_id, tokens.c.revoked_at.is_(None)).values(revoked_at=at)
    return bool((await conn.execute(asked)).rowcount)


async def mark_used(conn: AsyncConnection, used: dict[str, datetime]) -> None:
    marks = update(tokens).where(tokens.c.id == bindparam("token")).values(last_used_at=bindparam("used_at"))
    await conn.execute(marks, [{"token": token, "used_at": at} for token, at in used.items()])


def _token(row: Any) -> Token:
    return Token(
        row.id, row.name, frozenset(json.loads(row.scopes)), row.academie,
        row.created_at, row.last_used_at, row.revoked_at,
    )  # fmt: skip


class Checked:
    """The tokens checked of late, by hash. Only good ones are kept, so that guessing fills no memory."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._kept: dict[str, tuple[float, Token]] = {}

    def get(self, hashed: str) -> Token | None:
        kept = self._kept.get(hashed)
        return kept[1] if kept is not None and self._monotonic() < kept[0] else None

    def keep(self, hashed: str, token: Token) -> None:
        self._kept[hashed] = (self._monotonic() + CACHED_S, token)

    def forget(self, token_id: str) -> None:
        self._kept = {hashed: kept for hashed, kept in self._kept.items() if kept[1].id != token_id}
