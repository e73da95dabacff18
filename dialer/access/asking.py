"""How a provider is asked: one request, one bounded answer, or why there is none.

Decides the bounds: time, size, no redirection. Must not know what is asked. Nothing of it is logged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from dialer.access.failures import Failed, Why

SIZE_MAX = 256 * 1024
"""Octets of an answer: a discovery document, a key set or a token has some thousands."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    kind: str
    """Its media type."""
    text: str

    def __repr__(self) -> str:
        return f"Answer({self.status}, {self.kind})"

    def object(self) -> dict[str, Any] | Failed:
        """The JSON object that it is."""
        try:
            found = json.loads(self.text)
        except (ValueError, RecursionError):
            return Failed(Why.ODD_ANSWER)
        return found if isinstance(found, dict) else Failed(Why.ODD_ANSWER)


class Asking:
    """One session for all; end it with `close`."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer | Failed:
        return await self._ask("GET", url, headers or {}, None)

    async def post(self, url: str, form: Mapping[str, str]) -> Answer | Failed:
        return await self._ask("POST", url, {}, form)

    async def _ask(
        self, method: str, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None
    ) -> Answer | Failed:
        if self._session is None:
            self._session = aiohttp.ClientSession(headers={"User-Agent": "Fil-vert"})
        try:
            async with self._session.request(
                method, url, headers=headers, data=form, timeout=self._timeout, allow_redirects=False
            ) as answer:
                body = await _bounded(answer.content)
                if body is None:
                    return Failed(Why.ODD_ANSWER)
                return Answer(answer.status, answer.content_type, body.decode())
        except TimeoutError:
            return Failed(Why.SLOW)
        except (aiohttp.ClientPayloadError, UnicodeDecodeError):
            return Failed(Why.ODD_ANSWER)
        except (aiohttp.ClientError, OSError, ValueError):
            return Failed(Why.UNREACHABLE)


async def _bounded(content: aiohttp.StreamReader) -> bytes | None:
    """All of it; None: more than it may be."""
    body = bytearray()
    async for part in content.iter_any():
        body += part
        if len(body) > SIZE_MAX:
            return None
    return bytes(body)
