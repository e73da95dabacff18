"""Tokens: never stored plain, remembered for a short time only."""

import hashlib
from pathlib import Path

import pytest

from dialer.store import Store
from dialer.store.tokens import CACHED_S, Checked

pytestmark = pytest.mark.asyncio


def contents(folder: Path) -> list[bytes]:
    """Of the database's files, where it has any."""
    return [file.read_bytes() for file in folder.rglob("*.sqlite3*")]


async def test_the_text_of_a_token_is_nowhere_in_the_database(store: Store, tmp_path: Path) -> None:
    plain = await store.add_token("supervision", {"read"})
    async with store._writer.transaction() as conn:
        (row,) = (await conn.exec_driver_sql("SELECT * FROM tokens")).all()
    assert plain not in str(row)
    assert plain.removeprefix("fv_") not in str(row)
    assert hashlib.sha256(plain.encode()).hexdigest() in row
    assert not any(plain.encode() in content for content in contents(tmp_path))


async def test_two_tokens_are_never_the_same_and_hold_256_bits(store: Store) -> None:
    made = {await store.add_token("t", {"read"}) for _ in range(20)}
    assert len(made) == 20
    assert all(len(plain) >= 3 + 43 for plain in made)


async def test_a_token_revoked_by_another_process_stops_within_the_cached_time(url: str) -> None:
    now = [0.0]
    here, there = await Store.open(url), await Store.open(url)
    here._checked = Checked(lambda: now[0])
    try:
        plain = await there.add_token("t", {"read"})
        token = await here.check_token(plain)
        assert token is not None
        assert await there.revoke_token(token.id)
        now[0] = CACHED_S - 0.1
        assert await here.check_token(plain) is not None
        now[0] = CACHED_S + 0.1
        assert await here.check_token(plain) is None
    finally:
        await here.close()
        await there.close()


async def test_guessing_fills_no_memory(store: Store) -> None:
    for number in range(50):
        assert await store.check_token(f"fv_{number}") is None
    assert store._checked._kept == {}


async def test_the_last_use_is_kept_over_a_close(url: str) -> None:
    store = await Store.open(url)
    plain = await store.add_token("t", {"read"})
    await store.check_token(plain)
    await store.close()
    again = await Store.open(url)
    assert (await again.tokens())[0].last_used_at is not None
    await again.close()
