"""The store in memory, for tests of what stands on it. It passes the same contract (test_contract.py).

It can be told to refuse: ``refuse_next = n`` lets the next n writes fail as a full disk would; with ``lose_answer``
they fail after they were written, as when the answer of a commit is lost.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from dialer.core.adviser import Adviser
from dialer.core.callbacks.history import KEPT
from dialer.core.callbacks.request import Answered, Intake
from dialer.core.callbacks.states import CallbackId
from dialer.core.calls.states import Call, Ended, Offered, Talking
from dialer.core.calls.switchboard import OVER_KEPT_MAX
from dialer.core.change import Change
from dialer.core.outlook import WINDOW
from dialer.core.words import E164, AdviserId, CallId, Cause, Outcome, QueueId, Record, record
from dialer.store import (
    CallbackFilter,
    CallbackPage,
    CallbackRow,
    CallFilter,
    CallRow,
    Loaded,
    Page,
    StoreError,
    Token,
)
from dialer.store.access_in_memory import AccessInMemory
from dialer.store.pages import page_of, read_cursor
from dialer.store.store import DECLINED_KEPT
from dialer.store.tables import EPOCH
from dialer.store.tokens import USED_STEP, digest, new_plain
from tests.store.fake_callbacks import FakeCallbacks


class FakeStore:
    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.journal: list[Record] = []
        self.kept_calls: dict[CallId, Call] = {}
        self.kept_advisers: dict[AdviserId, Adviser] = {}
        self.callbacks = FakeCallbacks()
        self.cases = self.callbacks.cases
        self.access = AccessInMemory()
        self.appended = 0
        """How many appends were durable."""
        self.refuse_next = 0
        self.lose_answer = False
        self._doubt: tuple[list[Record], list[Intake]] = ([], [])
        self._tokens: dict[str, Token] = {}
        self._settings: dict[str, str] = {}
        self._now = now

    async def close(self) -> None:
        pass

    async def append(self, changes: Sequence[Change]) -> None:
        records = [entry for change in changes for entry in change.records]
        intakes = [intake for change in changes for intake in change.intakes]
        refused = self.refuse_next > 0
        self.refuse_next -= refused
        if not refused or self.lose_answer:
            written, asked = self._doubt
            if records[: len(written)] == written and intakes[: len(asked)] == asked:
                self.journal += records[len(written) :]
                self.callbacks.take(changes, intakes[len(asked) :])
            else:
                self.journal += records
                self.callbacks.take(changes, intakes)
            self._doubt = ([], [])
            for change in changes:
                self.kept_calls.update(change.calls)
                self.kept_advisers.update(change.advisers)
        if refused:
            self._doubt = (records, intakes) if self.lose_answer else ([], [])
            raise StoreError("The disk that holds the fake is full: free some space, the write is not lost.")
        self.appended += 1

    async def end_lost(self, lost: Sequence[CallId], at: datetime) -> None:
        for call_id in lost:
            call = self.kept_calls.get(call_id)
            if call is None or isinstance(call.state, Ended):
                continue
            stage = call.state.kind
            shown = call.state.adviser if isinstance(call.state, Offered | Talking) else call.adviser
            ended = Ended(at, Outcome.FAILED, stage, Cause.UNKNOWN)
            self.kept_calls[call_id] = replace(call, state=ended, adviser=shown)
            self.journal.append(
                record(at, "ended", call_id, None, outcome=Outcome.FAILED, stage=stage, cause=Cause.UNKNOWN,
                       line=call.line, queue=call.queue, waited_s=None, talked_s=None)
            )  # fmt: skip

    async def load(
        self,
        since: datetime,
        events: Collection[str] | None = None,
        *,
        dialled_for: timedelta = KEPT,
        declined_for: timedelta = DECLINED_KEPT,
    ) -> Loaded:
        last_at = max((entry.at for entry in self.journal), default=None)
        open_calls = [call for call in self.kept_calls.values() if not isinstance(call.state, Ended)]
        return Loaded(
            tuple(sorted(open_calls, key=lambda call: (call.arrived_at, call.id))),
            tuple(sorted(self.kept_advisers.values(), key=lambda adviser: adviser.id)),
            tuple(
                (QueueId(str(dict(entry.data)["queue"])), entry.at)
                for entry in self.journal
                if last_at is not None and entry.event == "answered" and entry.at >= last_at - WINDOW
            ),
            tuple(e for e in self.journal if e.at >= since and (events is None or e.event in events)),
            last_at,
            over=tuple(call.id for call in self._ended()),
            callbacks=self.callbacks.open(),
            files=self.cases.open(),
            dialled=self.callbacks.dialled((last_at or EPOCH) - dialled_for),
            declined=self.callbacks.declined((last_at or EPOCH) - declined_for),
            opposed=tuple(sorted(self.callbacks.opposed)),
            next_serial=self.callbacks.next_serial,
        )

    async def last_at(self) -> datetime | None:
        return max((entry.at for entry in self.journal), default=None)

    def _ended(self) -> list[Call]:
        ended = [call for call in self.kept_calls.values() if isinstance(call.state, Ended)]
        return sorted(ended, key=lambda call: (call.arrived_at, call.id))[-OVER_KEPT_MAX:]

    async def calls_page(self, asked: CallFilter, limit: int, cursor: str | None = None) -> Page:
        if limit < 1:
            raise ValueError("a page holds one call at least")
        rows = sorted(map(_row, self.kept_calls.values()), key=lambda row: (row.arrived_at, row.id), reverse=True)
        rows = [row for row in rows if asked.since is None or row.arrived_at >= asked.since]
        for name in ("line", "queue", "state", "outcome", "adviser"):
            wanted = getattr(asked, name)
            rows = [row for row in rows if wanted is None or getattr(row, name) == wanted]
        if cursor is not None:
            last = read_cursor(cursor)
            rows = [row for row in rows if (row.arrived_at, row.id) < last]
        return page_of(rows[: limit + 1], limit)

    async def call(self, call_id: str) -> CallRow | None:
        call = self.kept_calls.get(CallId(call_id))
        return None if call is None else _row(call)

    async def callers(self, call_ids: Collection[str]) -> dict[str, E164]:
        found = ((call_id, self.kept_calls.get(CallId(call_id))) for call_id in call_ids)
        return {call_id: call.caller.number for call_id, call in found if call and call.caller.number}

    async def timeline(self, call_id: str) -> list[Record]:
        return [entry for entry in self.journal if entry.call == call_id]

    async def records(self, since: datetime, until: datetime) -> AsyncIterator[Record]:
        for entry in list(self.journal):
            if since <= entry.at < until:
                yield entry

    async def callbacks_page(self, asked: CallbackFilter, limit: int, cursor: str | None = None) -> CallbackPage:
        return self.callbacks.page(asked, limit, cursor)

    async def next_due(self, at: datetime, limit: int) -> tuple[CallbackRow, ...]:
        return self.callbacks.next_due(at, limit)

    async def callback(self, callback_id: str) -> CallbackRow | None:
        return self.callbacks.row(callback_id)

    async def intakes_of(self, callback_id: str) -> tuple[Intake, ...]:
        return self.callbacks.intakes_of(callback_id)

    async def by_reference(self, reference: str) -> CallbackId | None:
        return self.callbacks.by_reference(reference)

    async def answered(self, key: str) -> Answered | None:
        return self.callbacks.answered(key)

    async def records_after(self, seq: int, limit: int, prefix: str = "callback_") -> list[tuple[int, Record]]:
        found = ((number, entry) for number, entry in enumerate(self.journal, 1) if entry.event.startswith(prefix))
        return [(number, entry) for number, entry in found if number > seq][:limit]

    async def add_token(self, name: str, scopes: Collection[str], academie: str | None = None) -> str:
        plain = new_plain()
        token = Token(f"t{len(self._tokens)}", name, frozenset(scopes), academie, self._now(), None, None)
        self._tokens[digest(plain)] = token
        return plain

    async def check_token(self, plain: str) -> Token | None:
        token = self._tokens.get(digest(plain))
        if token is None or token.revoked_at is not None:
            return None
        now = self._now()
        if token.last_used_at is None or now - token.last_used_at >= USED_STEP:
            self._tokens[digest(plain)] = replace(token, last_used_at=now)
        return token

    async def revoke_token(self, token_id: str) -> bool:
        for hashed, token in self._tokens.items():
            if token.id == token_id and token.revoked_at is None:
                self._tokens[hashed] = replace(token, revoked_at=self._now())
                return True
        return False

    async def tokens(self) -> list[Token]:
        return list(self._tokens.values())

    async def setting(self, key: str) -> Any:
        return json.loads(self._settings[key]) if key in self._settings else None

    async def set_setting(self, key: str, value: Any) -> None:
        self._settings[key] = json.dumps(value)


def _row(call: Call) -> CallRow:
    state = call.state
    ended = state if isinstance(state, Ended) else None
    return CallRow(
        call.id,
        call.line,
        call.queue,
        state.kind,
        str(ended.outcome) if ended else None,
        ended.stage if ended else None,
        call.arrived_at,
        call.queued_at,
        call.answered_at,
        ended.at if ended else None,
        state.adviser if isinstance(state, Offered | Talking) else call.adviser,
    )
