"""What keeping one change costs: CPU and time of `Store.append`, in batches of 1, 5 and 20, and of what is in it.

Run it by hand: ``python -m tests.store.measure [URL of PostgreSQL]``; without a URL it starts a private one.
CPU is that of this process, its threads included; the server's own is not in it.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
import timeit
from datetime import timedelta

import uvloop

from dialer.core.change import Change
from dialer.core.words import Wish
from dialer.store import CallFilter, Store
from dialer.store.rows import batch_of
from dialer.store.snapshot import adviser_json, call_json
from tests.core.world import DIRECT, T0, WELCOMED, Room, rules, team
from tests.store.postgres import PrivatePostgres
from tests.store.scenes import NUMBER

CALLS = 300


def answered_calls() -> list[Change]:
    """Each is welcomed, chooses, waits, is missed once, answered, and talks: some 11 changes and 18 records."""
    room = Room(rules(team(a=1)))
    for number in range(CALLS):
        name = f"m{number:05}"
        room.arrive(name, WELCOMED, NUMBER)
        room.picked_up(name)
        room.heard(name)
        room.press(name, "1")
        room.miss("a")
        room.answer("a")
        room.until((room.now - T0).total_seconds() + 4)
        room.leave(name)
        room.wish("a", Wish.READY)
    return room.changes[2:]


def cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def appends(url: str, changes: list[Change], size: int) -> str:
    store = await Store.open(url)
    await store.append([])
    slowest_s = 0.0
    cpu, began = cpu_s(), time.perf_counter()
    for start in range(0, len(changes), size):
        before = time.perf_counter()
        await store.append(changes[start : start + size])
        slowest_s = max(slowest_s, time.perf_counter() - before)
    cpu, wall = cpu_s() - cpu, time.perf_counter() - began
    batches = len(changes) / size
    await store.close()
    return (
        f"batches of {size:2}: {cpu / len(changes) * 1e6:5.0f} µs CPU per change, {cpu / CALLS * 1e3:.2f} ms CPU per "
        f"call; {wall / batches * 1e3:.2f} ms per commit, slowest {slowest_s * 1e3:.1f} ms"
    )


async def reads(url: str) -> str:
    store = await Store.open(url)
    began = time.perf_counter()
    for _ in range(100):
        await store.calls_page(CallFilter(line=DIRECT), 50)
    page = (time.perf_counter() - began) / 100
    began = time.perf_counter()
    records = len((await store.load(T0 - timedelta(days=1))).records)
    load = time.perf_counter() - began
    await store.close()
    return f"a page of 50: {page * 1e3:.2f} ms; a load of {records} records: {load * 1e3:.0f} ms"


def main() -> None:
    changes = answered_calls()
    records = sum(len(change.records) for change in changes)
    versions = sum(len(change.calls) for change in changes)
    print(
        f"{len(changes) / CALLS:.1f} changes, {records / CALLS:.1f} records, {versions / CALLS:.1f} versions per call"
    )
    call = max((c for change in changes for c in change.calls.values()), key=lambda call: len(call_json(call)))
    adviser = next(a for change in changes for a in change.advisers.values())
    for name, each in (
        ("snapshot of a call", lambda: call_json(call)),
        ("snapshot of an adviser", lambda: adviser_json(adviser)),
        ("rows of 5 changes, in the loop", lambda: batch_of(changes[100:105])),
    ):
        print(f"{name}: {timeit.timeit(each, number=3000) / 3000 * 1e6:.1f} µs")
    with tempfile.TemporaryDirectory() as folder:
        for size in (1, 5, 20):
            print("SQLite,", uvloop.run(appends(f"sqlite:///{folder}/{size}.sqlite3", changes, size)))
        print("SQLite,", uvloop.run(reads(f"sqlite:///{folder}/20.sqlite3")))
    if len(sys.argv) > 1:
        print("PostgreSQL,", uvloop.run(appends(sys.argv[1], changes, 5)))
        return
    for size in (1, 5, 20):
        with PrivatePostgres(durable=True) as server:
            print("PostgreSQL,", uvloop.run(appends(server.url, changes, size)))
            if size == 20:
                print("PostgreSQL,", uvloop.run(reads(server.url)))


if __name__ == "__main__":
    main()
