"""A throw-away controller for tests: ARI by REST and its event WebSocket, nothing of the real client's code."""

from __future__ import annotations

import asyncio
from typing import Any, Self

import aiohttp

Event = dict[str, Any]


class Controller:
    """Connects as the app `dialer`, keeps every event, sends REST over HTTP."""

    def __init__(self, address: str, password: str) -> None:
        self._url, self._password = f"http://{address}/ari/", password
        self.events: list[Event] = []
        self.arrived = asyncio.Condition()

    async def __aenter__(self) -> Self:
        authorization = aiohttp.encode_basic_auth("dialer", self._password)
        self._session = aiohttp.ClientSession(headers={"Authorization": authorization})
        self._socket = await self._session.ws_connect(self._url + "events?app=dialer", heartbeat=5)
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._socket.close()
        await self._reader
        await self._session.close()

    async def _read(self) -> None:
        async for message in self._socket:
            async with self.arrived:
                self.events.append(message.json())
                self.arrived.notify_all()

    async def until(self, kind: str, limit_s: float = 8.0, **fields: Any) -> Event:
        """The first event of this kind whose fields are these; `channel="id"` compares the channel's id."""

        def found() -> Event | None:
            for event in self.events:
                if event["type"] == kind and all(_is(event, name, value) for name, value in fields.items()):
                    return event
            return None

        async with asyncio.timeout(limit_s):
            async with self.arrived:
                await self.arrived.wait_for(lambda: found() is not None)
        event = found()
        assert event is not None
        return event

    async def rest(self, method: str, path: str, body: Any = None, **query: str) -> tuple[int, Any]:
        """Status and decoded answer (None when empty)."""
        async with self._session.request(method, self._url + path, params=query, json=body) as answer:
            text = await answer.text()
            return answer.status, await answer.json() if text else None


def _is(event: Event, name: str, value: Any) -> bool:
    found = event.get(name)
    return bool((found.get("id") if isinstance(found, dict) else found) == value)
