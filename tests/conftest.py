"""Fixtures of several folders: an empty database of each kind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

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


WITH_ASTERISK = ("asterisk", "ops", "real")
"""Folders of tests that have a real Asterisk, whose ports are the same in each."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What runs in one process, where several run: in one lane tests with a real Asterisk, which mostly wait; each
    other file by itself."""
    for item in items:
        real = item.path.parent.name in WITH_ASTERISK
        item.add_marker(pytest.mark.xdist_group("Asterisk" if real else str(item.path)))
