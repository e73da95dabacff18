"""What the public page needs of a floor, over a real desk: bookings, callbacks and slots, kept in memory."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import altcha

from dialer.core import events as ev
from dialer.core.callbacks.request import Answered, Intake
from dialer.core.callbacks.slots import Slot
from dialer.core.callbacks.states import Callback, CallbackId, CaseId, Closed
from dialer.core.cases.file import CaseFile
from dialer.core.cases.retention import Archived
from dialer.core.change import Change
from dialer.core.desk import Desk
from dialer.core.numbers import Parsed
from dialer.core.revision import Versioned
from dialer.core.rules import Rules
from dialer.core.structures.search import Directory
from dialer.core.structures.structure import Structure
from dialer.core.words import E164, LineId, QueueId
from dialer.web.changes import Changes

from .fake_floor import MONDAY, make_rules


def callback_rules() -> Rules:
    """Three lines whose advisers call back."""
    rules = make_rules()
    lines = {key: replace(line, callback_queue=QueueId(key)) for key, line in rules.lines.items()}
    return replace(rules, lines=lines)


@dataclass(frozen=True, slots=True)
class Row:
    id: CallbackId
    case: CaseId
    phone: E164 | None
    outcome: str | None


@dataclass(slots=True)
class Office:
    """``committing``: while it is clear, nothing is committed."""

    at: datetime = MONDAY
    committing: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once an event was handed over."""
    mode: str = "production"
    access: None = None
    rules_: Rules = field(default_factory=callback_rules)
    link_key: bytes = b"k" * 32
    changes: Changes = field(default_factory=Changes)
    desk_: Desk = field(init=False)
    intakes: list[Intake] = field(default_factory=list)
    closed: dict[CallbackId, Row] = field(default_factory=dict)
    answers: dict[str, Answered] = field(default_factory=dict)
    events: list[ev.Event] = field(default_factory=list)
    files: dict[CaseId, Versioned[CaseFile] | Archived] = field(default_factory=dict)
    structures: list[Structure] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.committing.set()
        self.desk_ = Desk(self.rules_, self.at, strict=True)
        self.desk_.handle(ev.Reconciled(self.at))

    def later(self, seconds: float) -> None:
        """Time passes, with every deadline on the way."""
        until = self.at + timedelta(seconds=seconds)
        while (due := self.desk_.next_deadline) is not None and due <= until:
            self.at = max(due, self.at)
            self.desk_.handle(ev.DeadlineReached(self.at))
        self.at = until

    @property
    def callbacks(self) -> list[Callback]:
        return list(self.desk_.book.callbacks.values())

    # -- the floor ---------------------------------------------------------------------------------

    def now(self) -> datetime:
        return self.at

    def rules(self) -> Rules:
        return self.rules_

    def slots(self, line: LineId, phone: Parsed, postcode: str | None) -> Sequence[Slot]:
        queue = self.rules_.lines[line].callback_queue
        assert queue is not None
        return self.desk_.book.slots(line, queue, phone, self.at, postcode)

    def open_callback(self, callback: CallbackId) -> Callback | None:
        return self.desk_.book.callbacks.get(callback)

    async def submit(self, event: ev.Event) -> Change:
        self.asked.set()
        await self.committing.wait()
        await asyncio.sleep(0)
        self.events.append(event)
        change = self.desk_.handle(event)
        self.intakes += change.intakes
        for intake in change.intakes:
            if intake.key is not None:
                self.answers[intake.key.key] = Answered(intake.key.body, intake.booking)
        for callback in change.callbacks.values():
            if isinstance(callback.state, Closed):
                self.closed[callback.id] = _row(callback, str(callback.state.outcome))
        for case, file in change.files.items():
            self.files[case] = file
        return change

    async def answered(self, key: str) -> Answered | None:
        await asyncio.sleep(0)
        return self.answers.get(key)

    async def by_reference(self, reference: str) -> CallbackId | None:
        return next((each.booking.id for each in self.intakes if each.booking.reference == reference), None)

    async def intakes_of(self, callback: CallbackId) -> list[Intake]:
        return [each for each in reversed(self.intakes) if each.booking.id == callback]

    async def callback(self, callback: CallbackId) -> Row | None:
        live = self.open_callback(callback)
        return self.closed.get(callback) if live is None else _row(live, None)

    async def case_callbacks(self, case: CaseId) -> list[Row]:
        rows = [*self.closed.values(), *(_row(each, None) for each in self.callbacks)]
        return [row for row in rows if row.case == case]

    async def case_file(self, case: CaseId) -> Versioned[CaseFile] | Archived | None:
        return self.files.get(case)

    def directory(self) -> Directory:
        return Directory(self.structures, lambda postcode: None)

    def is_opposed(self, number: E164) -> bool:
        return self.desk_.book.is_opposed(number)


def _row(callback: Callback, outcome: str | None) -> Row:
    return Row(callback.id, callback.case, callback.phone.number, outcome)


def solved(challenge: dict[str, Any]) -> str:
    """What a browser sends for a challenge."""
    solution = altcha.solve_challenge(altcha.Challenge.from_dict(challenge))
    assert solution is not None
    payload = {"challenge": challenge, "solution": {"counter": solution.counter, "derivedKey": solution.derived_key}}
    return base64.b64encode(json.dumps(payload).encode()).decode()
