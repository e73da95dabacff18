"""One leader: who opens last leads, and nothing of whoever led before is written any more."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from dialer.store import LeadLost, Store, StoreError
from dialer.store.writer import PostgresDriver, SQLiteDriver
from tests.core.world import T0
from tests.store.promised import Office
from tests.store.scenes import arrivals, note

pytestmark = pytest.mark.asyncio
ROOT = Path(__file__).parents[2]


async def events(store: Store) -> list[str]:
    return [entry.event for entry in (await store.load(T0)).records]


async def test_a_stale_leader_is_refused_in_one_sentence_and_writes_nothing(store: Store, url: str) -> None:
    await store.append([note("a")])
    newer = await Store.open(url)
    try:
        office = Office()
        office.book("dialling")
        for _ in range(3):
            with pytest.raises(LeadLost, match=r"^Another dialer leads on .* since: .* end it, not the other\.$"):
                await store.append([*office.changes, *arrivals(0, 3), note("stale")])
        loaded = await newer.load(T0)
        assert (loaded.callbacks, loaded.files, loaded.calls, loaded.next_serial) == ((), (), (), 0)
        await newer.append([note("b"), *office.changes])
        with pytest.raises(LeadLost):
            await store.append([note("stale")])
        assert await events(newer) == ["a", "b", *(e.event for change in office.changes for e in change.records)]
    finally:
        await newer.close()


async def test_a_stale_leader_cannot_write_rows_that_the_journal_does_not_number(store: Store, url: str) -> None:
    """Calls, advisers and callbacks are replaced without a record, and so no number would give it away."""
    office = Office()
    office.book()
    await store.append(office.changes)
    newer = await Store.open(url)
    try:
        promise = office.book("resting")
        bare = office.changes[-1]
        bare.records.clear()
        with pytest.raises(LeadLost):
            await store.append([bare])
        assert await newer.callback(promise.callback.id) is None
    finally:
        await newer.close()


async def test_a_stale_leader_sets_nothing_and_makes_no_token_either(store: Store, url: str) -> None:
    newer = await Store.open(url)
    try:
        with pytest.raises(LeadLost):
            await store.set_setting("clock", 1)
        with pytest.raises(LeadLost):
            await store.add_token("t", {"read"})
        assert await newer.setting("clock") is None
        assert await newer.tokens() == []
        assert await store.tokens() == []  # to read is nobody's lead
    finally:
        await newer.close()


async def test_who_opens_without_the_lead_makes_a_token_and_leaves_the_leader_alone(store: Store, url: str) -> None:
    await store.append([note("a")])
    beside = await Store.open(url, lead=False)
    try:
        plain = await beside.add_token("supervision", {"read"})
        with pytest.raises(StoreError, match="was not opened to lead") as refused:
            await beside.append([note("intruder")])
        assert not isinstance(refused.value, LeadLost)
    finally:
        await beside.close()
    await store.append([note("b")])
    assert await store.check_token(plain) is not None
    assert await events(store) == ["a", "b"]


async def test_the_lead_goes_from_one_to_the_next_and_never_back(url: str) -> None:
    stores = [await Store.open(url) for _ in range(3)]
    for stale in stores[:-1]:
        with pytest.raises(LeadLost):
            await stale.append([note("stale")])
    await stores[-1].append([note("a")])
    for store in stores:
        await store.close()
    again = await Store.open(url)
    await again.append([note("b")])
    assert await events(again) == ["a", "b"]
    await again.close()


async def test_a_change_of_which_the_answer_was_lost_is_found_by_the_next_leader_once(
    store: Store, url: str, lose_answers: object
) -> None:
    lose_answers(True)  # type: ignore[operator]
    with pytest.raises(StoreError):
        await store.append([note("a")])
    newer = await Store.open(url)
    try:
        assert await events(newer) == ["a"]
        with pytest.raises(LeadLost):
            await store.append([note("a")])
        await newer.append([note("b")])
        assert await events(newer) == ["a", "b"]
    finally:
        await newer.close()


async def test_leaders_that_take_over_at_every_instant_leave_a_journal_without_gap_or_overlap(url: str) -> None:
    """Each writes as fast as it can while the next ones take the lead from it."""
    acknowledged: list[str] = []

    async def lead(name: str, started: asyncio.Event) -> None:
        store = await Store.open(url)
        started.set()
        try:
            for number in range(100_000):
                await store.append([note(f"{name}-{number}")])
                acknowledged.append(f"{name}-{number}")
        except LeadLost:
            pass
        finally:
            await store.close()

    tasks = []
    for name in "abcdef":
        started = asyncio.Event()
        tasks.append(asyncio.create_task(lead(name, started)))
        async with asyncio.timeout(20):
            await started.wait()
            goal = len(acknowledged) + 5
            while len(acknowledged) < goal:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
    last = await Store.open(url)
    async with asyncio.timeout(20):
        await asyncio.gather(*tasks)
    written = await events(last)
    await last.close()
    assert sorted(written) == sorted(acknowledged)
    leaders = [event[0] for event in written]
    assert leaders == sorted(leaders), "two of them led at once"
    assert set(leaders) == set("abcdef")


async def test_a_new_leader_waits_for_the_commit_under_way_and_then_knows_of_it(
    store: Store, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no instant between the look at the epoch and the commit into which a newer leader slips."""
    looked, go_on = asyncio.Event(), asyncio.Event()
    for driver in (SQLiteDriver, PostgresDriver):
        look = driver._look

        async def slowly(self: Any, *cursor: Any, look: Any = look) -> None:
            await look(self, *cursor)
            looked.set()
            await go_on.wait()

        monkeypatch.setattr(driver, "_look", slowly)
    under_way = asyncio.create_task(store.append([note("a")]))
    async with asyncio.timeout(5):
        await looked.wait()
    opening = asyncio.create_task(Store.open(url))
    done, _ = await asyncio.wait({opening}, timeout=0.5)
    assert not done, "somebody else leads, and the old leader is about to commit"
    go_on.set()
    await under_way
    newer = await opening
    try:
        await newer.append([note("b")])
        assert await events(newer) == ["a", "b"]
    finally:
        await newer.close()


STUCK = """
import asyncio, sys
from dialer.store import Store
async def main():
    store = await Store.open(sys.argv[1])
    async with store._writer.transaction() as conn:
        await conn.exec_driver_sql("INSERT INTO settings (key, value) VALUES ('half', '1')")
        print("in it", flush=True)
        await asyncio.sleep(600)
asyncio.run(main())
"""


async def test_a_leader_that_was_stopped_in_mid_transaction_keeps_nobody_from_taking_over(
    postgres_database: str,
) -> None:
    """PostgreSQL; on SQLite a process that holds the file's lock is on this very machine, and is to be ended."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STUCK, postgres_database, stdout=asyncio.subprocess.PIPE, cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        # The first epoch is theirs, and their transaction holds the row.
        assert process.stdout is not None
        async with asyncio.timeout(20):
            assert await process.stdout.readline() == b"in it\n"
        process.send_signal(signal.SIGSTOP)
        url = make_url(postgres_database).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url) as conn:
            assert conn.execute("SELECT epoch FROM leader").fetchall() == [(1,)]
        async with asyncio.timeout(15):
            newer = await Store.open(postgres_database)
        await newer.append([note("a")])
        assert await newer.setting("half") is None
        await newer.close()
    finally:
        process.kill()
        await process.wait()
