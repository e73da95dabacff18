"""When the database fails: one sentence, nothing torn, nothing twice, and the loop goes on."""

import asyncio
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from dialer.core.change import Change
from dialer.core.words import Record
from dialer.store import CallFilter, Store, StoreError, database, writer
from tests.core.world import T0
from tests.store.fake_store import FakeStore
from tests.store.postgres import PrivatePostgres
from tests.store.scenes import arrivals, note, ordinary_day

pytestmark = pytest.mark.asyncio


async def events(store: Store | FakeStore) -> list[str]:
    return [entry.event for entry in (await store.load(T0)).records]


async def test_a_retry_after_a_lost_answer_writes_nothing_twice(store: Store, lose_answers: Any) -> None:
    await store.append([note("before")])
    lose_answers(True)
    with pytest.raises(StoreError):
        await store.append([note("a"), note("b")])
    await store.append([note("a"), note("b")])
    await store.append([note("after")])
    assert await events(store) == ["before", "a", "b", "after"]


async def test_a_retry_after_a_refusal_writes_all_of_it(store: Store, lose_answers: Any) -> None:
    lose_answers(False)
    with pytest.raises(StoreError):
        await store.append([note("a"), note("b")])
    await store.append([note("a"), note("b")])
    assert await events(store) == ["a", "b"]


@pytest.mark.parametrize("committed", [True, False])
async def test_a_retry_may_have_more_behind_it(store: Store, lose_answers: Any, committed: bool) -> None:
    lose_answers(committed)
    with pytest.raises(StoreError):
        await store.append([note("a")])
    await store.append([note("a"), note("b"), note("a")])
    assert await events(store) == ["a", "b", "a"]


@pytest.mark.parametrize("committed", [True, False])
async def test_a_failed_batch_that_is_given_up_does_not_swallow_the_next(
    store: Store, lose_answers: Any, committed: bool
) -> None:
    lose_answers(committed)
    with pytest.raises(StoreError):
        await store.append([note("given up")])
    await store.append([note("next")])
    assert await events(store) == ["given up", "next"][0 if committed else 1 :]


async def test_failures_in_a_row_still_write_once(store: Store, lose_answers: Any) -> None:
    for committed in (False, False, True):
        lose_answers(committed)
        with pytest.raises(StoreError):
            await store.append([note("a"), note("b")])
    await store.append([note("a"), note("b"), note("c")])
    assert await events(store) == ["a", "b", "c"]


async def test_the_store_in_memory_refuses_as_the_real_one() -> None:
    fake = FakeStore()
    fake.refuse_next, fake.lose_answer = 1, True
    with pytest.raises(StoreError):
        await fake.append([note("a")])
    await fake.append([note("a"), note("b")])
    fake.refuse_next, fake.lose_answer = 1, False
    with pytest.raises(StoreError):
        await fake.append([note("c")])
    await fake.append([note("c")])
    assert await events(fake) == ["a", "b", "c"]


async def test_a_batch_with_one_impossible_row_leaves_nothing_behind(store: Store) -> None:
    changes = arrivals(0, 5)
    broken = Change(T0, records=[Record(T0, None)])  # type: ignore[arg-type]
    with pytest.raises(StoreError):
        await store.append([*changes, broken])
    assert await events(store) == []
    assert (await store.calls_page(CallFilter(), 10)).items == ()
    await store.append(changes)
    assert len((await store.calls_page(CallFilter(), 10)).items) == 5


async def test_somebody_who_writes_the_journal_beside_the_leader_is_noticed(store: Store) -> None:
    await store.append([note("a")])
    async with store._writer.transaction() as conn:
        await conn.exec_driver_sql("INSERT INTO journal (seq, at, event, data) VALUES (2, 0, 'intruder', '{}')")
    for _ in range(2):
        with pytest.raises(StoreError, match="one writer only"):
            await store.append([note("b")])
    assert await events(store) == ["a"]


async def test_an_append_that_is_cancelled_is_not_torn(store: Store) -> None:
    changes = arrivals(0, 200)
    task = asyncio.create_task(store.append(changes))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await store.append([note("after")])
    assert await events(store) == ["call_arrived"] * 200 + ["after"]


async def test_a_record_of_the_journal_cannot_be_changed(store: Store, url: str) -> None:
    await store.append([note("a")])
    with pytest.raises(StoreError, match="append-only"):
        async with store._writer.transaction() as conn:
            await conn.exec_driver_sql("UPDATE journal SET event = 'b'")
    await store.append([note("c")])
    assert await events(store) == ["a", "c"]


# -- SQLite ----------------------------------------------------------------------------------------


async def test_a_full_disk_is_told_and_the_write_succeeds_once_there_is_room(tmp_path: Path) -> None:
    store = await Store.open(f"sqlite:///{tmp_path}/a.sqlite3")
    try:
        await store.append([note("before")])
        async with store._writer.transaction() as conn:
            pages = (await conn.exec_driver_sql("PRAGMA page_count")).scalar_one()
            await conn.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        changes = arrivals(0, 400)
        for _ in range(2):
            with pytest.raises(StoreError, match=r"The disk that holds .*a\.sqlite3 is full"):
                await store.append(changes)
        assert await events(store) == ["before"]
        async with store._writer.transaction() as conn:
            await conn.exec_driver_sql("PRAGMA max_page_count = 1000000")
        await store.append(changes)
        assert await events(store) == ["before"] + ["call_arrived"] * 400
    finally:
        await store.close()


async def test_a_locked_database_is_told_and_never_blocks_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LOCK_MAX_S", 0.5)
    store = await Store.open(f"sqlite:///{tmp_path}/a.sqlite3")
    other = sqlite3.connect(tmp_path / "a.sqlite3", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        task = asyncio.create_task(store.append([note("a")]))
        lag_s = 0.0
        while not task.done():
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            lag_s = max(lag_s, time.perf_counter() - before - 0.005)
        with pytest.raises(StoreError, match="locked by another program"):
            await task
        assert lag_s < 0.05
        assert await events(store) == []  # reads go on
        other.execute("COMMIT")
        await store.append([note("a")])
        assert await events(store) == ["a"]
    finally:
        other.close()
        await store.close()


# -- PostgreSQL ------------------------------------------------------------------------------------


async def test_postgres_that_dies_and_comes_back_loses_nothing_and_gets_nothing_twice() -> None:
    with PrivatePostgres() as server:
        store = await Store.open(server.url)
        try:
            await store.append([note("before")])
            assert await events(store) == ["before"]
            await asyncio.to_thread(server.stop)
            for _ in range(2):
                with pytest.raises(StoreError, match="out of reach"):
                    await store.append([note("a")])
            with pytest.raises(StoreError, match="out of reach"):
                await events(store)
            await asyncio.to_thread(server.start)
            await store.append([note("a"), note("b")])
            assert await events(store) == ["before", "a", "b"]
        finally:
            await store.close()


async def test_postgres_that_does_not_answer_is_told_and_the_loop_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "ANSWER_MAX_S", 0.5)
    with PrivatePostgres() as server:
        store = await Store.open(server.url)
        try:
            await store.append([note("before")])
            server.freeze()
            began = time.monotonic()
            with pytest.raises(StoreError, match=r"does not answer|out of reach"):
                await store.append([note("a")])
            assert time.monotonic() - began < 15  # psycopg takes up to 10 s over a cancellation
            server.thaw()
            await store.append([note("a")])
            assert await events(store) == ["before", "a"]
        finally:
            server.thaw()
            await store.close()


# -- reads and writes at once ----------------------------------------------------------------------


async def test_reads_do_not_wait_for_a_long_write(store: Store) -> None:
    room = ordinary_day()
    await store.append(room.changes)
    known = len((await store.calls_page(CallFilter(), 100)).items)
    async with store._writer.transaction() as conn:
        await conn.exec_driver_sql("INSERT INTO settings (key, value) VALUES ('long', '1')")
        waiting = asyncio.create_task(store.append([note("later")]))
        async with asyncio.timeout(2):
            assert len((await store.calls_page(CallFilter(), 100)).items) == known
            assert await store.timeline("c000")
            assert await store.setting("long") is None  # not committed, not seen
            assert (await store.load(T0)).last_at == room.now
        assert not waiting.done()
    await waiting
    assert await store.setting("long") == 1


async def test_many_reads_and_writes_at_once_all_succeed(store: Store) -> None:
    changes = arrivals(0, 120)

    async def read() -> None:
        for _ in range(15):
            page = await store.calls_page(CallFilter(state="arrived"), 50)
            for row in page.items[:1]:
                assert [entry.event for entry in await store.timeline(row.id)] == ["call_arrived"]

    async def write() -> None:
        for start in range(0, 120, 4):
            await store.append(changes[start : start + 4])

    await asyncio.gather(write(), *(read() for _ in range(8)))
    assert await events(store) == ["call_arrived"] * 120
