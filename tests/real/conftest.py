"""Houses for tests, and the promise that none of them leaves a process behind.

A module that shares one house defines the fixture ``shared`` (module scope); its tests take ``house``, which is empty
again after each: no call, no channel, no bridge, nobody ready.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from ops.asterisk.programs import Programs, installed
from tests.real.house import CHECKOUT, House
from tests.real.processes import mentioning
from tests.real.quick import quick

GRACE_S = 2.0


@pytest.fixture(scope="session")
def programs() -> Programs:
    """The provisioned programs. Their absence is a failure, never a skipped test."""
    found = installed(CHECKOUT / ".prefix")
    if found is None:
        pytest.fail(".prefix is not complete: run `make test`, which provisions Asterisk", pytrace=False)
    return found


@pytest.fixture(scope="session")
def quick_config(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped configuration with short prompts. Not to be changed."""
    return quick(tmp_path_factory.mktemp("config") / "config", programs)


@pytest_asyncio.fixture(loop_scope="module")
async def house(shared: House) -> AsyncIterator[House]:
    yield shared
    await shared.empty()


@pytest.fixture(scope="session", autouse=True)
def strangers(tmp_path_factory: pytest.TempPathFactory) -> frozenset[int]:
    """Processes that were there before the first house: another folder's tests keep theirs for the whole session."""
    return frozenset(mentioning(tmp_path_factory.getbasetemp()))


@pytest.fixture(autouse=True)
def nothing_left(tmp_path_factory: pytest.TempPathFactory, strangers: frozenset[int]) -> Iterator[None]:
    """After each test, every process of a house that was left has ended."""
    yield
    _refuse_leftovers(tmp_path_factory.getbasetemp(), strangers)


@pytest.fixture(autouse=True, scope="module")
def nothing_left_of_shared(tmp_path_factory: pytest.TempPathFactory, strangers: frozenset[int]) -> Iterator[None]:
    """After each module, the same of the house that its tests shared."""
    yield
    _refuse_leftovers(tmp_path_factory.getbasetemp(), strangers)


def _refuse_leftovers(base: Path, strangers: frozenset[int]) -> None:
    deadline = time.monotonic() + GRACE_S
    while (left := _leftovers(base, strangers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    if left:
        commands = "\n".join(f"{pid}: {' '.join(command)[:200]}" for pid, command in left.items())
        pytest.fail(f"processes were left behind:\n{commands}", pytrace=False)


def _leftovers(base: Path, strangers: frozenset[int]) -> dict[int, list[str]]:
    kept = strangers.union(pid for folder in House.standing for pid in mentioning(folder))
    return {pid: command for pid, command in mentioning(base).items() if pid not in kept}
