"""Who is let in to the public page: limits, proof of work, one booking of a form at a time. And what it says of us.

Decides that from values; holds what must be remembered between two requests, all of it bounded. Must not know pages.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from dialer.core.words import E164, LineId
from dialer.web.floor import Floor
from dialer.web.rappel.client import Network, client_of
from dialer.web.rappel.limits import Limits, Rate
from dialer.web.rappel.proof import Proofs
from schedules.speech import written_hours
from schedules.walltime import wall_clock

DROPOUT, MAIN = LineId("dropout"), LineId("main")
SENDING = Rate(burst=20, every_s=30.0)
"""Of one address, which may be a school's or a mobile operator's."""
SENDING_ALL = Rate(burst=60, every_s=0.5)
LOOKING = Rate(burst=120, every_s=1.0)
LOOKING_ALL = Rate(burst=600, every_s=0.02)


@dataclass(frozen=True, slots=True)
class Rappel:
    """What an operator decides of the public page.

    trusted_proxies: whose X-Forwarded-For is believed. public_url: what links that people keep begin with; None: as
    they have called us. line: on whose behalf people are called. contact: whom to write to about one's data; None:
    they call.
    """

    trusted_proxies: Sequence[Network] = ()
    public_url: str | None = None
    line: LineId = DROPOUT
    also: LineId | None = MAIN
    """Another line that the page names, for those who cannot reach the first."""
    controller: str = "L’Onisep"
    contact: str | None = None


@dataclass(frozen=True, slots=True)
class Number:
    number: E164
    shown: str


@dataclass(frozen=True, slots=True)
class Us:
    """What every page says of us."""

    numbers: tuple[Number, ...]
    hours: str
    controller: str
    contact: str


@dataclass(slots=True)
class _Turn:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0


class Reception:
    """``key``: the instance's secret, for links and challenges."""

    def __init__(self, settings: Rappel, key: bytes) -> None:
        self.settings = settings
        self.key = key
        self.proofs = Proofs(key)
        self._sending = Limits(SENDING, SENDING_ALL)
        self._looking = Limits(LOOKING, LOOKING_ALL)
        self._turns: dict[str, _Turn] = {}

    def wait_s(self, request: web.Request, *, sending: bool) -> int:
        """0: come in; else the whole seconds to wait. ``sending``: it asks for a change, and not just for a page."""
        peer = request.transport.get_extra_info("peername") if request.transport is not None else None
        client = client_of(peer, request.headers.getall("X-Forwarded-For", ()), self.settings.trusted_proxies)
        limits = self._sending if sending else self._looking
        return math.ceil(limits.wait_s(client, time.monotonic()))

    @asynccontextmanager
    async def in_turn(self, form: str) -> AsyncIterator[None]:
        """One after the other for the same form: a second click waits, and finds the first one's booking."""
        turn = self._turns.setdefault(form, _Turn())
        turn.waiting += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.waiting -= 1
            if turn.waiting == 0:
                del self._turns[form]

    @property
    def under_way(self) -> int:
        """How many forms are being answered."""
        return len(self._turns)

    def us(self, floor: Floor) -> Us:
        rules = floor.rules()
        asked = (self.settings.line, self.settings.also)
        lines = [rules.lines[each] for each in asked if each is not None and each in rules.lines]
        return Us(
            numbers=tuple(Number(line.number, line.shown.replace(" ", "\u00a0")) for line in lines),
            hours=written_hours(lines[0].hours, wall_clock(floor.now()).date()) if lines else "",
            controller=self.settings.controller,
            contact=f"écrivez à {self.settings.contact}" if self.settings.contact else "appelez-nous",
        )
