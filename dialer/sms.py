"""One message on its way to the operator's SMS gateway: a signed POST of JSON, and what its answer means.

Decides which answers mean that it was taken, and which that it never will be. Must not know who is written to, nor when
one that was not taken is tried again. Neither a number nor a text gets into an error.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Protocol

from dialer.clock import Clock
from dialer.core.words import E164
from dialer.signed_post import NotTaken, Receiver, SignedPost

_REFUSED = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})
"""The gateway will never take this one: asking again would keep the others waiting."""


class Gateway(Receiver, Protocol):
    """Who delivers."""

    @property
    def sender(self) -> str | None: ...
    @property
    def remind_h(self) -> float: ...


class Delivery:
    """One session for all messages; end it with `close`."""

    def __init__(self, clock: Clock) -> None:
        self._post = SignedPost(clock)

    async def close(self) -> None:
        await self._post.close()

    async def deliver(self, gateway: Gateway, message: str, to: E164, text: str) -> bool:
        """Whether the gateway has it; False: it refuses it for good. ``message``: its id. Raises NotTaken."""
        body = {"id": message, "to": to, "text": text, "sender": gateway.sender}
        status = await self._post.post(gateway, json.dumps(body, ensure_ascii=False).encode())
        if 200 <= status < 300:
            return True
        if status in _REFUSED:
            return False
        raise NotTaken(f"it answers {status}")
