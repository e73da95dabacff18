"""Fixtures of several folders: an empty database of each kind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url
from xdist.scheduler import LoadScopeScheduling

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


class Lanes(LoadScopeScheduling):  # type: ignore[misc]
    """Which tests share a process, where several run. Those with a whole house, which mostly wait, are one lane, those
    of an Asterisk alone another, for their ports are the same in each; every other file is one by itself.

    pytest-xdist's own groups are lost on pytest 9.2, which names tests anew.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith("tests/real/"):
            return "a house"
        return "an Asterisk" if nodeid.startswith(("tests/asterisk/", "tests/ops/")) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Lanes:
    return Lanes(config, log)
