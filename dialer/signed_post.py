"""A signed POST of JSON to a program outside: how webhooks and messages leave us.

Decides the signature's header and what counts as no answer; the status of an answer means what its sender says. Must
not know what is told. Neither an address nor what is sent gets into an error.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Protocol

import aiohttp
from pydantic import SecretStr

from dialer.clock import Clock

SIGNATURE = "Fil-Vert-Signature"


class Receiver(Protocol):
    """Who is told. ``secret``: None only in a demonstration, which signs nothing."""

    @property
    def url(self) -> str: ...
    @property
    def secret(self) -> SecretStr | None: ...
    @property
    def timeout_s(self) -> float: ...


class NotTaken(Exception):
    """The receiver did not say that it has it; in a word why."""


def signature(secret: str, at_s: int, body: bytes) -> str:
    """The header's value: the instant (seconds since 1970) and the HMAC-SHA256 of ``{instant}.{body}``."""
    code = hmac.new(secret.encode(), f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at_s},v1={code}"


class SignedPost:
    """One session for all; end it with `close`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def post(self, receiver: Receiver, body: bytes) -> int:
        """The status of the answer; a redirection is one, and is not followed. Raises NotTaken."""
        if self._session is None:
            self._session = aiohttp.ClientSession()
        headers = {"Content-Type": "application/json", "User-Agent": "Fil-vert"}
        if receiver.secret is not None:
            # The true time, however the service's clock is shifted: the receiver compares it with its own.
            at_s = int((self._clock.now() - self._clock.shift).timestamp())
            headers[SIGNATURE] = signature(receiver.secret.get_secret_value(), at_s, body)
        timeout = aiohttp.ClientTimeout(total=receiver.timeout_s)
        try:
            async with self._session.post(
                receiver.url, data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as failed:
            raise NotTaken(type(failed).__name__) from None  # its text may hold the address, and that a secret
