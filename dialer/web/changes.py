"""Something changed: a counter that grows, and a way to wait until it has.

Decides that a waiter is told of *the latest* version only: whoever is slow misses the steps between, never the last
one, and nothing piles up for them. Must not know what changed nor who looks at it.
"""

from __future__ import annotations

import asyncio


class Changes:
    """One event loop's. ``tell`` costs next to nothing while nobody waits."""

    def __init__(self) -> None:
        self._version = 0
        self._told: asyncio.Event | None = None

    @property
    def version(self) -> int:
        """How many changes there were."""
        return self._version

    def tell(self) -> None:
        """There was a change."""
        self._version += 1
        if self._told is not None:
            self._told.set()
            self._told = None

    async def after(self, version: int) -> int:
        """Wait until there is a version later than ``version``; the latest one. Safe to cancel."""
        while self._version <= version:
            if self._told is None:
                self._told = asyncio.Event()
            await self._told.wait()
        return self._version
