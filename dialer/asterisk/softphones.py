"""The passwords of softphones, which lie in Asterisk's memory and nowhere else.

Decides how long Asterisk is waited for, and what counts as done. Must not know who has a key, nor log anything:
Asterisk answers with the password in clear.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from dialer.asterisk import requests
from dialer.asterisk.requests import Outcome, Request

ASKED_MAX_S = 4.0
"""Somebody waits for it in front of a page."""


class Client(Protocol):
    """What carries our requests."""

    async def ask(self, request: Request) -> Outcome: ...


class SoftphonePasswords:
    """By endpoint, ``adv01-web``. Both raise OSError when it was not done, or nobody knows whether it was."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def put(self, endpoint: str, password: str) -> None:
        """From now on this one is right, and no other."""
        self._refuse(await self._ask(requests.put_password(endpoint, password)))

    async def remove(self, endpoint: str) -> None:
        """From now on none is right. One that is not there is fine."""
        outcome = await self._ask(requests.remove_password(endpoint))
        if not outcome.gone:
            self._refuse(outcome)

    async def _ask(self, request: Request) -> Outcome:
        async with asyncio.timeout(ASKED_MAX_S):
            return await self._client.ask(request)

    @staticmethod
    def _refuse(outcome: Outcome) -> None:
        if not outcome.ok:
            raise OSError(f"Asterisk answered {outcome.status or 'nothing'} about a softphone's password")
