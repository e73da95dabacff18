"""The keys of softphones: what lets one browser of one adviser in, from sign-in to sign-out.

Decides that an adviser has one key at a time, that a new one ends the old, and that a key which is taken away opens
nothing from that moment. A key has two halves: the ticket opens our own /sip and is kept here as a hash; the password
answers Asterisk's digest, lies in Asterisk's memory and is not kept here at all. Must not know SIP nor how Asterisk is
asked.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from dialer.core.words import AdviserId

WEB = "-web"
"""Ends the name of a softphone's endpoint, as in ops/asterisk/settings.py."""
_BYTES = 24


@dataclass(frozen=True, slots=True)
class Key:
    """Goes to the adviser's browser once, and nowhere else. ``endpoint``: the SIP user, ``adv01-web``."""

    endpoint: str
    password: str = field(repr=False)
    ticket: str = field(repr=False)


class Passwords(Protocol):
    """The passwords that Asterisk keeps in memory, by endpoint. Both raise OSError when it cannot be asked."""

    async def put(self, endpoint: str, password: str) -> None:
        """From now on this one is right, and no other."""

    async def remove(self, endpoint: str) -> None:
        """From now on none is right. One that is not there is fine."""


Ended = Callable[[], None]


class SoftphoneKeys:
    """The keys in force. One process has them all; who signs in again after its end gets another."""

    def __init__(self, passwords: Passwords) -> None:
        self._passwords = passwords
        self._tickets: dict[str, str] = {}  # endpoint → hash of the ticket
        self._connections: dict[str, Ended] = {}
        self._one_by_one: dict[str, asyncio.Lock] = {}

    async def give(self, adviser: AdviserId) -> Key:
        """A key for this adviser; the one before is taken away. Raises OSError, and then there is none."""
        key = Key(f"{adviser}{WEB}", secrets.token_urlsafe(_BYTES), secrets.token_urlsafe(_BYTES))
        async with self._alone(key.endpoint):
            self._forget(key.endpoint)
            await self._passwords.put(key.endpoint, key.password)
            self._tickets[key.endpoint] = _hash(key.ticket)
        return key

    async def take(self, adviser: AdviserId) -> None:
        """The adviser signs out, or is no longer one: nothing is let in any more, and what is connected is closed.

        Raises OSError when Asterisk keeps the password, which is then useless without a ticket; ask again.
        """
        endpoint = f"{adviser}{WEB}"
        async with self._alone(endpoint):
            self._forget(endpoint)
            await self._passwords.remove(endpoint)

    async def clear(self, adviser: AdviserId) -> None:
        """A service before us may have left a password behind. Who has a key of ours keeps it. Raises OSError."""
        endpoint = f"{adviser}{WEB}"
        async with self._alone(endpoint):
            if endpoint not in self._tickets:
                await self._passwords.remove(endpoint)

    async def take_all(self) -> None:
        """Asterisk began anew and has no password left: every adviser's page asks for another key."""
        for endpoint in list(self._tickets):
            await self.take(AdviserId(endpoint.removesuffix(WEB)))

    def endpoint(self, ticket: str) -> str | None:
        """Whose ticket this is; None when it opens nothing (any more)."""
        hashed = _hash(ticket)
        found = [endpoint for endpoint, kept in self._tickets.items() if secrets.compare_digest(kept, hashed)]
        return found[0] if found else None

    def connected(self, endpoint: str, ended: Ended) -> None:
        """A browser came; ``ended`` closes it when its key is taken away or another browser comes with it."""
        before = self._connections.get(endpoint)
        self._connections[endpoint] = ended
        if before is not None:
            before()

    def left(self, endpoint: str, ended: Ended) -> None:
        """That browser is gone."""
        if self._connections.get(endpoint) is ended:
            del self._connections[endpoint]

    def _forget(self, endpoint: str) -> None:
        self._tickets.pop(endpoint, None)
        ended = self._connections.pop(endpoint, None)
        if ended is not None:
            ended()

    def _alone(self, endpoint: str) -> asyncio.Lock:
        return self._one_by_one.setdefault(endpoint, asyncio.Lock())


def _hash(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()
