"""What was asked of the store a moment ago, so that a page which is drawn anew at every change asks it seldom.

Decides for how long an answer may be shown again. Must not know what is asked: whoever asks puts into the key all that
makes another answer of it at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from dialer.web.floor import Floor

KEPT_S = 5.0
KEPT_MAX = 300

Answer = TypeVar("Answer")


class Lately(Generic[Answer]):
    """Answers of late, by the floor that gave them and their key; the oldest leave first. ``kept_s``: for how long."""

    def __init__(self, kept_s: float | None = None) -> None:
        self._kept_s = kept_s
        self._kept: dict[Hashable, tuple[Floor, float, Answer]] = {}

    async def ask(self, floor: Floor, key: Hashable, question: Callable[[], Awaitable[Answer]]) -> Answer:
        now_s = asyncio.get_running_loop().time()
        kept = self._kept.get(key)
        kept_s = KEPT_S if self._kept_s is None else self._kept_s
        if kept is not None and kept[0] is floor and 0 <= now_s - kept[1] < kept_s:
            return kept[2]
        found = await question()
        self._kept.pop(key, None)
        self._kept[key] = floor, now_s, found
        while len(self._kept) > KEPT_MAX:
            del self._kept[next(iter(self._kept))]
        return found
