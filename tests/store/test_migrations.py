"""A database of the release before becomes one of this, with all that it held."""

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from dialer.store import CallFilter, Store, database
from dialer.store.database import MIGRATIONS
from tests.core.world import T0
from tests.store.promised import Office, every_life
from tests.store.scenes import note, ordinary_day

pytestmark = pytest.mark.asyncio


def _to(revision: str, down: bool) -> object:
    def run(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)

    return run


async def migrated(url: str, revision: str, *, down: bool = False) -> None:
    parsed = database.database_url(url)
    database.make_room(parsed)
    engine = database.writer_engine(parsed)
    async with engine.begin() as conn:
        await conn.run_sync(_to(revision, down))
    await engine.dispose()


async def test_a_database_with_calls_takes_up_callbacks(url: str) -> None:
    await migrated(url, "0001")
    engine = database.writer_engine(database.database_url(url))
    async with engine.begin() as conn:
        for seq, event in enumerate(("callback_asked", "ended"), 1):
            await conn.exec_driver_sql(
                f"INSERT INTO journal (seq, at, event, data) VALUES ({seq}, 5, '{event}', '{{}}')"
            )
        await conn.exec_driver_sql("INSERT INTO settings (key, value) VALUES ('clock', '3')")
    await engine.dispose()
    said: list[str] = []
    store = await Store.open(url, say=said.append)
    try:
        assert said == ["Bringing the database from 0001 to 0002…"]
        assert await store.setting("clock") == 3
        assert [seq for seq, _ in await store.records_after(0, 10)] == [1]
        office, room = every_life(), ordinary_day()
        await store.append([*office.changes, *room.changes, note("after")])
        assert (await store.load(T0)).callbacks == office.open
        assert (await store.calls_page(CallFilter(), 100)).items
    finally:
        await store.close()


async def test_the_way_back_leaves_the_calls_and_the_journal(url: str) -> None:
    store = await Store.open(url)
    office = Office()
    office.book()
    await store.append([*ordinary_day().changes, *office.changes])
    records = [entry.event for entry in (await store.load(T0)).records]
    await store.close()
    await migrated(url, "0001", down=True)
    again = await Store.open(url)
    try:
        loaded = await again.load(T0)
        assert [entry.event for entry in loaded.records] == records
        assert loaded.calls
        assert loaded.callbacks == ()
    finally:
        await again.close()
