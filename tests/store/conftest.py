"""The same tests on SQLite, PostgreSQL and, for the contract, the store in memory."""

from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from dialer.store import Store
from dialer.store.writer import PostgresDriver, SQLiteDriver
from tests.store.fake_store import FakeStore


@pytest_asyncio.fixture
async def store(url: str) -> AsyncIterator[Store]:
    opened = await Store.open(url)
    yield opened
    await opened.close()


@pytest_asyncio.fixture(params=["sqlite", "postgres", "memory"])
async def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store | FakeStore]:
    if request.param == "memory":
        yield FakeStore()
        return
    url = f"sqlite:///{tmp_path}/dialer.sqlite3"
    if request.param == "postgres":
        url = str(request.getfixturevalue("postgres_database"))
    opened = await Store.open(url)
    yield opened
    await opened.close()


@pytest.fixture
def lose_answers(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """From now on the next write commits and its answer is lost, or (False) it is refused before the commit."""

    def lose(committed: bool) -> None:
        for driver in (SQLiteDriver, PostgresDriver):
            write = driver.write

            async def failing(self: Any, writes: Sequence[Any], write: Any = write) -> None:
                monkeypatch.undo()
                if committed:
                    await write(self, writes)
                raise ConnectionResetError("the link is gone")

            monkeypatch.setattr(driver, "write", failing)

    return lose
