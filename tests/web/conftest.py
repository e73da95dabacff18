"""Fixtures: a floor over a real desk, and clients of the real application on a real socket of the loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer

from dialer.web.app import make_app

from .fake_floor import FakeFloor

Connect = Callable[..., Awaitable[TestClient]]


@pytest.fixture
def floor() -> FakeFloor:
    return FakeFloor()


@pytest_asyncio.fixture
async def connect() -> AsyncIterator[Connect]:
    """``await connect(floor, token="demo")``: a client; token None sends none."""
    clients: list[TestClient] = []

    async def made(floor: FakeFloor, token: str | None = "demo") -> TestClient:
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        client = TestClient(TestServer(make_app(floor), host="127.0.0.1"), headers=headers)
        await client.start_server()
        clients.append(client)
        return client

    yield made
    for client in clients:
        await client.close()


@pytest_asyncio.fixture
async def client(floor: FakeFloor, connect: Connect) -> TestClient:
    """A client with the demonstration's token."""
    return await connect(floor)
