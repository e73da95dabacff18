"""One message on its way to the operator's SMS gateway: a signed POST of JSON, and what its answer means.

Decides which answers mean that it was taken, and which that it never will be. Must not know who is written to, nor when
one that was not taken is tried again. Neither a number nor a text gets into an error.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Protocol

import aiohttp
from pydantic import SecretStr

from dialer.clock import Clock
from dialer.core.words import E164
from dialer.webhooks import SIGNATURE, signature

_REFUSED = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})
"""The gateway will never take this one: asking again would keep the others waiting."""


class Gateway(Protocol):
    """Who delivers. ``secret``: None only in a demonstration, which signs nothing."""

    @property
    def url(self) -> str: ...
    @property
    def secret(self) -> SecretStr | None: ...
    @property
    def timeout_s(self) -> float: ...
    @property
    def sender(self) -> str | None: ...
    @property
    def remind_h(self) -> float: ...


class NotTaken(Exception):
    """The gateway did not say that it has it; in a word why."""


class Delivery:
    """One session for all messages; end it with `close`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def deliver(self, gateway: Gateway, message: str, to: E164, text: str) -> bool:
        """Whether the gateway has it; False: it refuses it for good. ``message``: its id. Raises NotTaken."""
        body = {"id": message, "to": to, "text": text, "sender": gateway.sender}
        status = await self._post(gateway, json.dumps(body, ensure_ascii=False).encode())
        if 200 <= status < 300:
            return True
        if status in _REFUSED:
            return False
        raise NotTaken(f"it answers {status}")

    async def _post(self, gateway: Gateway, body: bytes) -> int:
        """The status of the answer; a redirection is one, and is not followed. Raises NotTaken."""
        if self._session is None:
            self._session = aiohttp.ClientSession()
        headers = {"Content-Type": "application/json", "User-Agent": "Fil-vert"}
        if gateway.secret is not None:
            # The true time, however the service's clock is shifted: the receiver compares it with its own.
            at_s = int((self._clock.now() - self._clock.shift).timestamp())
            headers[SIGNATURE] = signature(gateway.secret.get_secret_value(), at_s, body)
        timeout = aiohttp.ClientTimeout(total=gateway.timeout_s)
        try:
            async with self._session.post(
                gateway.url, data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as failed:
            raise NotTaken(type(failed).__name__) from None  # its text may hold the address, and that a secret
