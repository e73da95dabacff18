"""kill -9 of the writer: what was acknowledged is there, and nothing by halves."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from dialer.store import CallFilter, Store
from tests.core.world import T0

pytestmark = pytest.mark.asyncio
ROOT = Path(__file__).parents[2]
WRITER = """
import asyncio, sys
from dialer.store import Store
from tests.store.scenes import arrivals
async def main():
    store = await Store.open(sys.argv[1])
    changes = arrivals(0, 2000)
    for start in range(0, 1998, 3):
        await store.append(changes[start : start + 3])
        print(start + 3, flush=True)
asyncio.run(main())
"""


@pytest.mark.parametrize("after", [1, 40, 111])
async def test_what_was_acknowledged_before_a_kill_is_there_and_no_batch_is_torn(url: str, after: int) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, url, stdout=asyncio.subprocess.PIPE, cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdout is not None
    acknowledged = 0
    async with asyncio.timeout(60):
        for _ in range(after):
            acknowledged = int(await process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        rest = await process.stdout.read()
        await process.wait()
    acknowledged = int(rest.split()[-1]) if rest.endswith(b"\n") else acknowledged
    store = await Store.open(url)
    try:
        records = (await store.load(T0)).records
        rows = (await store.calls_page(CallFilter(), 5000)).items
        assert 0 < acknowledged <= len(records) < 1998
        assert len(records) % 3 == 0
        assert {entry.call for entry in records} == {row.id for row in rows}
        assert len((await store.load(T0)).calls) == len(records)
    finally:
        await store.close()
