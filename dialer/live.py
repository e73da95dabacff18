"""The running service as the web sees it: a `Floor` over the runner, the store and the link.

Decides when the service is ready and says why when it is not. Must not know HTTP.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from dialer.clock import Clock
from dialer.core.callbacks.prospect import Prospect, prospect
from dialer.core.callbacks.request import Answered, Intake
from dialer.core.callbacks.slots import Slot
from dialer.core.callbacks.states import Callback, CallbackId, CaseId
from dialer.core.calls.states import Ended
from dialer.core.change import Change
from dialer.core.contacts.contact import Contact
from dialer.core.events import Event
from dialer.core.figures import Figures
from dialer.core.numbers import Parsed
from dialer.core.rules import QueueRules, Rules
from dialer.core.talk_views import TransferTargets, transfer_targets
from dialer.core.views import (
    AdviserView,
    CallbackBoard,
    CallbackFilter,
    CallFilter,
    CallView,
    DeskView,
    LineView,
    adviser_view,
    call_view,
    callback_board,
    desk_view,
    line_view,
)
from dialer.core.words import E164, AdviserId, CallId, LineId, QueueId, Record
from dialer.live_cases import LiveCases
from dialer.runner import Runner
from dialer.store.store import Store
from dialer.web.access_floor import AccessFloor
from dialer.web.changes import Changes
from dialer.web.floor import CallbackPage, CallbackRow, CallPage, CallRow, Mode, PastVisit, Readiness, Token

FIXED_FOR = timedelta(days=14)
"""Five working days are over within this, whatever the holidays."""
HISTORY_MAX = 10
"""Calls and callbacks that are told of a number."""


class Connection(Protocol):
    """What is asked of the link to Asterisk."""

    @property
    def ready(self) -> bool: ...
    @property
    def why_not_ready(self) -> str | None: ...


class LiveFloor(LiveCases):
    """Everything the pages and the API may ask. Answers from memory but where it says async."""

    def __init__(
        self,
        mode: Mode,
        runner: Runner,
        store: Store,
        link: Connection,
        clock: Clock,
        link_key: bytes,
        access: AccessFloor | None = None,
    ) -> None:
        super().__init__(runner, store, clock)
        self.access = access
        self.changes = Changes()
        self.link_key = link_key
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
        return self._runner.metrics.scrape(self._runner.desk, self.now())

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

    def transfer_targets(self, adviser: AdviserId) -> TransferTargets:
        return transfer_targets(self._runner.desk, adviser)

    def figures(self) -> Figures:
        return self._runner.figures()

    def queues(self) -> Mapping[QueueId, QueueRules]:
        return self._runner.desk.rules.queues

    def rules(self) -> Rules:
        return self._runner.desk.rules

    def open_callback(self, callback: CallbackId) -> Callback | None:
        return self._runner.desk.book.callbacks.get(callback)

    def slots(self, line: LineId, phone: Parsed, postcode: str | None) -> Sequence[Slot]:
        rules = self._runner.desk.rules.lines.get(line)
        if rules is None or rules.callback_queue is None:
            return ()
        return self._runner.desk.book.slots(line, rules.callback_queue, phone, self.now(), postcode)

    def callbacks_on(self, number: E164) -> Sequence[Callback]:
        return self._runner.desk.book.of_number(number)

    def to_settle(self, adviser: AdviserId) -> CallbackId | None:
        return self._runner.desk.book.to_settle(adviser)

    async def prospect(self) -> Prospect:
        at, cases = self.now(), tuple(self._runner.desk.book.cases.values())
        fixed_at = await self._store.appointments_fixed(at - FIXED_FOR)
        return await asyncio.to_thread(prospect, cases, fixed_at, at)

    def callback_board(self) -> CallbackBoard:
        return callback_board(self._runner.desk, self.now(), self.figures().promises_missed)

    async def submit(self, event: Event) -> Change:
        change = await self._runner.submit(event)
        if change.structures:
            await self.renew_directory()
        return change

    async def callbacks_page(self, wanted: CallbackFilter, limit: int, cursor: str | None) -> CallbackPage:
        return await self._store.callbacks_page(wanted, limit, cursor)

    async def callback(self, callback: CallbackId) -> CallbackRow | None:
        return await self._store.callback(callback)

    async def intakes_of(self, callback: CallbackId) -> Sequence[Intake]:
        return await self._store.intakes_of(callback)

    async def history_of(self, number: E164) -> Sequence[PastVisit]:
        return await self._store.history_of(number, HISTORY_MAX)

    async def by_reference(self, reference: str) -> CallbackId | None:
        return await self._store.by_reference(reference)

    async def answered(self, key: str) -> Answered | None:
        return await self._store.answered(key)

    async def calls_page(self, wanted: CallFilter, limit: int, cursor: str | None) -> CallPage:
        return await self._store.calls_page(wanted, limit, cursor)

    async def call(self, call: CallId) -> CallRow | None:
        return await self._store.call(call)

    async def callers(self, calls: Sequence[str]) -> Mapping[str, E164]:
        return await self._store.callers(calls)

    async def timeline(self, call: CallId) -> Sequence[Record]:
        return await self._store.timeline(call)

    async def contact(self, call: CallId, adviser: AdviserId) -> Contact | None:
        return self._runner.desk.contacts.find(call, adviser) or await self._store.contacts.contact(call, adviser)

    def drafts_of(self, adviser: AdviserId) -> Sequence[Contact]:
        return self._runner.desk.contacts.drafts_of(adviser)

    async def contacts_of(self, call: CallId) -> Sequence[Contact]:
        return await self._store.contacts.of_call(call)

    async def contacts_of_case(self, case: CaseId) -> Sequence[Contact]:
        return await self._store.contacts.of_case(case)

    async def check_token(self, plain: str) -> Token | None:
        return await self._store.check_token(plain)
