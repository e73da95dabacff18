"""What the desk would have heard: the events in their order, and waiting for one with a limit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from dialer.asterisk.link import Address, Link
from dialer.asterisk.patience import WEDGED_AFTER_S
from dialer.asterisk.requests import Outcome, Request
from dialer.core.commands import Command
from dialer.core.events import CallArrived, Event
from dialer.core.words import AdviserId, LegId

LIMIT_S = 8.0
E = TypeVar("E")


def adviser_of(endpoint: str) -> AdviserId | None:
    """``adv01`` and ``adv01-web`` are adv01's phones."""
    return AdviserId(endpoint.removesuffix("-web")) if endpoint.startswith("adv") else None


def now_s() -> float:
    """Seconds of a clock that never jumps."""
    return asyncio.get_running_loop().time()


async def until(condition: Callable[[], bool], limit_s: float = LIMIT_S, what: str = "the condition") -> None:
    """Wait for something that becomes true elsewhere in this process."""
    deadline = asyncio.get_running_loop().time() + limit_s
    while not condition():
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"{what} did not come true within {limit_s:g} s")
        await asyncio.sleep(0.005)


class Heard:
    """An inbox that keeps everything, and the link that fills it."""

    def __init__(
        self, url: str, password: str, media: Callable[[str], str | None], wedged_after_s: float = WEDGED_AFTER_S
    ) -> None:
        self.events: list[Event] = []
        self.known: set[LegId] = set()
        self.run: asyncio.Task[None] | None = None
        self.link = Link(
            Address(url, "dialer", password),
            put=self._put,
            now=lambda: datetime.now(UTC),
            known=self.known.__contains__,
            adviser_of=adviser_of,
            media=media,
            wedged_after_s=wedged_after_s,
        )

    def _put(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, CallArrived):
            self.known.add(event.leg)

    def perform(self, *commands: Command) -> None:
        for command in commands:
            self.link.perform(command)

    async def ask(self, request: Request) -> Outcome:
        """Past the desk: look at Asterisk, after everything that was asked for so far."""
        return await self.link._client.ask(request)

    def all(self, kind: type[E], **fields: object) -> list[E]:
        return [
            event
            for event in self.events
            if isinstance(event, kind) and all(getattr(event, name) == value for name, value in fields.items())
        ]

    async def until(self, kind: type[E], limit_s: float = LIMIT_S, nth: int = 1, **fields: object) -> E:
        """The nth event of this kind with these fields."""
        seen = f"{kind.__name__} {fields}; heard: {self.events}"
        await until(lambda: len(self.all(kind, **fields)) >= nth, limit_s, seen)
        return self.all(kind, **fields)[nth - 1]
