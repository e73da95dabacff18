"""The running service as the web sees it: a `Floor` over the runner, the store and the link.

Decides when the service is ready and says why when it is not. Must not know HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from dialer.clock import Clock
from dialer.core.call_states import Ended
from dialer.core.events import Event
from dialer.core.figures import Figures
from dialer.core.rules import QueueRules
from dialer.core.views import (
    AdviserView,
    CallFilter,
    CallView,
    DeskView,
    LineView,
    adviser_view,
    call_view,
    desk_view,
    line_view,
)
from dialer.core.words import E164, AdviserId, CallId, QueueId, Record
from dialer.runner import Runner
from dialer.store.store import Store
from dialer.web.changes import Changes
from dialer.web.floor import CallPage, CallRow, Mode, Readiness, Token


class Connection(Protocol):
    """What is asked of the link to Asterisk."""

    @property
    def ready(self) -> bool: ...
    @property
    def why_not_ready(self) -> str | None: ...


class LiveFloor:
    """Everything the pages and the API may ask. Answers from memory but where it says async."""

    def __init__(self, mode: Mode, runner: Runner, store: Store, link: Connection, clock: Clock) -> None:
        self.changes = Changes()
        self._mode = mode
        self._runner = runner
        self._store = store
        self._link = link
        self._clock = clock

    @property
    def mode(self) -> Mode:
        return self._mode

    @property
    def clock_shift(self) -> timedelta | None:
        return self._clock.shift or None

    def now(self) -> datetime:
        return self._clock.now()

    def ready(self) -> Readiness:
        reasons = []
        in_step = self._link.ready and self._runner.desk.link_up
        if not in_step:
            reasons.append(f"Asterisk: {self._link.why_not_ready or 'not reconciled yet'}")
        since = self._runner.unwritten_since
        if since is not None:
            reasons.append(f"the journal cannot be written since {since.isoformat(timespec='seconds')}")
        return Readiness(in_step, since is None, self._runner.desk.rules.version, tuple(reasons))

    def metrics(self) -> bytes:
        return self._runner.metrics.scrape(self._runner.desk)

    def desk(self) -> DeskView:
        return desk_view(self._runner.desk, self.now())

    def adviser(self, adviser: AdviserId) -> AdviserView | None:
        found = self._runner.desk.advisers.get(adviser)
        return adviser_view(self._runner.desk, found, self.now()) if found is not None else None

    def lines(self) -> Sequence[LineView]:
        return [line_view(self._runner.desk, line, self.now()) for line in self._runner.desk.rules.lines]

    def open_call(self, call: CallId) -> CallView | None:
        found = self._runner.desk.calls.get(call)
        return call_view(self._runner.desk, found) if found is not None and not isinstance(found.state, Ended) else None

    def figures(self) -> Figures:
        return self._runner.figures()

    def queues(self) -> Mapping[QueueId, QueueRules]:
        return self._runner.desk.rules.queues

    async def submit(self, event: Event) -> None:
        await self._runner.submit(event)

    async def calls_page(self, wanted: CallFilter, limit: int, cursor: str | None) -> CallPage:
        return await self._store.calls_page(wanted, limit, cursor)

    async def call(self, call: CallId) -> CallRow | None:
        return await self._store.call(call)

    async def callers(self, calls: Sequence[str]) -> Mapping[str, E164]:
        return await self._store.callers(calls)

    async def timeline(self, call: CallId) -> Sequence[Record]:
        return await self._store.timeline(call)

    async def check_token(self, plain: str) -> Token | None:
        return await self._store.check_token(plain)
