"""Opening: what is made, what is refused with which sentence, and that nothing is left behind."""

import asyncio
import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from dialer.store import Store, StoreError, database
from dialer.store.tables import metadata
from tests.core.world import T0
from tests.store.scenes import note, ordinary_day

pytestmark = pytest.mark.asyncio


async def threads_again(count: int) -> None:
    """The threads are back to ``count``: one that was told to end needs a moment for it."""
    async with asyncio.timeout(5):
        while threading.active_count() > count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_the_migrations_make_what_the_tables_say(store: Store) -> None:
    def difference(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, metadata))

    async with store._writer.transaction() as conn:
        assert await conn.run_sync(difference) == []


async def test_a_second_opening_makes_nothing_and_finds_everything(url: str) -> None:
    said: list[str] = []
    first = await Store.open(url, say=said.append)
    await first.append(ordinary_day().changes)
    loaded = await first.load(T0)
    await first.close()
    assert said == ["Making the database…"]
    second = await Store.open(url, say=said.append)
    assert await second.load(T0) == loaded
    await second.append([note("more")])
    await second.close()
    assert len(said) == 1


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(url: str) -> None:
    store = await Store.open(url)
    async with store._writer.transaction() as conn:
        await conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    await store.close()
    for _ in range(2):
        with pytest.raises(StoreError, match=r"newer version \(its revision is 9999.*restore a backup"):
            await Store.open(url)


async def test_two_first_starts_at_once_make_one_database(url: str) -> None:
    stores = await asyncio.gather(*(Store.open(url) for _ in range(3)))
    assert [await store.setting("any") for store in stores] == [None] * 3
    for store in stores:
        await store.close()


async def test_closing_leaves_no_thread_and_no_task(url: str) -> None:
    threads, tasks = threading.active_count(), len(asyncio.all_tasks())
    for _ in range(3):
        store = await Store.open(url)
        await asyncio.gather(*(store.load(T0) for _ in range(6)))
        await store.append([note("a")])
        await store.close()
    await threads_again(threads)
    assert len(asyncio.all_tasks()) == tasks


async def test_a_refused_opening_leaves_no_thread(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("this is no database, only a text that is long enough to look like a file" * 20)
    threads = threading.active_count()
    with pytest.raises(StoreError, match="not a sound SQLite database"):
        await Store.open(f"sqlite:///{tmp_path}/text")
    await threads_again(threads)


async def test_the_folder_and_the_file_are_for_this_user_only(tmp_path: Path) -> None:
    store = await Store.open(f"sqlite:///{tmp_path}/deep/var/dialer.sqlite3")
    await store.append([note("a")])
    for file in (tmp_path / "deep/var").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert stat.S_IMODE((tmp_path / "deep/var").stat().st_mode) == 0o700
    await store.close()


async def test_sqlite_is_durable_and_lets_reads_and_the_writer_alone(tmp_path: Path) -> None:
    store = await Store.open(f"sqlite:///{tmp_path}/a.sqlite3")
    async with store._writer.transaction() as conn:
        found = [
            (await conn.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert found == ["wal", 2, 1, 5000]
    await store.close()


async def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(StoreError, match=r"taken/dialer\.sqlite3 cannot be written: "):
        await Store.open(f"sqlite:///{tmp_path}/taken/dialer.sqlite3")


async def test_a_database_locked_by_another_program_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "LOCK_MAX_S", 0.2)
    await (await Store.open(f"sqlite:///{tmp_path}/a.sqlite3")).close()
    other = sqlite3.connect(tmp_path / "a.sqlite3", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    threads = threading.active_count()
    with pytest.raises(StoreError, match="locked by another program"):
        await Store.open(f"sqlite:///{tmp_path}/a.sqlite3")
    await threads_again(threads)
    other.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "cannot be read"),
        ("var/dialer.sqlite3", "cannot be read"),
        ("mysql://h/x", "neither SQLite nor PostgreSQL"),
        ("sqlite://", "must be a file"),
        ("sqlite:///:memory:", "must be a file"),
        ("postgresql://nobody:secret-word@127.0.0.1:1/x", "out of reach"),
    ],
)
async def test_a_url_that_cannot_be_is_refused_in_one_sentence(url: str, said: str) -> None:
    with pytest.raises(StoreError, match=said) as refused:
        await Store.open(url)
    assert "secret-word" not in str(refused.value)
    assert "\n" not in str(refused.value)
