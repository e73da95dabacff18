"""The same tests on SQLite, PostgreSQL and, for the contract, the store in memory."""

import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import make_url

from dialer.store import Store
from dialer.store.writer import PostgresDriver, SQLiteDriver
from tests.store.fake_store import FakeStore
from tests.store.postgres import PrivatePostgres

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server in which databases may be made: yours by DIALER_TEST_POSTGRES, else a private one."""
    given = os.environ.get("DIALER_TEST_POSTGRES")
    if given:
        yield given
        return
    with PrivatePostgres() as server:
        yield server.url


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """The URL of an empty database."""
    name = f"filvert_test_{os.getpid()}_{next(_numbers)}"
    admin = make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name}")
        yield make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/var/dialer.sqlite3"
    return str(request.getfixturevalue("postgres_database"))


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
