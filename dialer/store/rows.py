"""Core words ⇄ rows of the tables, as tuples in the order of the tables' columns.

Decides what of a call or adviser stands in columns of its own, to be found and listed by, and what of many changes one
transaction writes. A row's adviser is the one whose phone rings, else the one who talks or talked, as in
``views.call_view``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from dialer.core.adviser import Adviser
from dialer.core.callbacks.states import Callback, CallbackId, CaseId
from dialer.core.calls.states import Call, Ended, Offered, Talking
from dialer.core.cases.case import Case
from dialer.core.change import Change
from dialer.core.words import AdviserId, CallId, Record
from dialer.store.callback_rows import Row, attempt_row, callback_row, case_row, key_row, request_row
from dialer.store.snapshot import adviser_json, call_json
from dialer.store.tables import micros

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


@dataclass(slots=True)
class Batch:
    """What one transaction writes. ``records`` have no number yet.

    records and requests are written once, whatever is tried again; a row of any other kind may be written twice, and
    is the same then.
    """

    records: list[Row] = field(default_factory=list)
    calls: list[Row] = field(default_factory=list)
    advisers: list[Row] = field(default_factory=list)
    cases: list[Row] = field(default_factory=list)
    callbacks: list[Row] = field(default_factory=list)
    attempts: list[Row] = field(default_factory=list)
    requests: list[Row] = field(default_factory=list)
    keys: list[Row] = field(default_factory=list)
    oppositions: list[Row] = field(default_factory=list)
    serials: list[Row] = field(default_factory=list)


def batch_of(changes: Sequence[Change]) -> Batch:
    """Every record and request, and only the last version of each call, adviser, case and callback."""
    calls: dict[CallId, Call] = {}
    advisers: dict[AdviserId, Adviser] = {}
    cases: dict[CaseId, Case] = {}
    callbacks: dict[CallbackId, Callback] = {}
    for change in changes:
        calls.update(change.calls)
        advisers.update(change.advisers)
        cases.update(change.cases)
        callbacks.update(change.callbacks)
    # By id, so that two writers could never wait for each other in PostgreSQL, whoever they are.
    batch = Batch(
        [record_row(entry) for change in changes for entry in change.records],
        [call_row(calls[key]) for key in sorted(calls)],
        [adviser_row(advisers[key]) for key in sorted(advisers)],
        [case_row(cases[key]) for key in sorted(cases)],
        [callback_row(callbacks[key]) for key in sorted(callbacks)],
    )
    if callbacks:
        batch.attempts = _attempts(changes, callbacks)
    for change in changes:
        for intake in change.intakes:
            batch.requests.append(request_row(intake))
            if intake.key is not None:
                batch.keys.append(key_row(intake, intake.key))
        batch.oppositions += [(number, micros(change.at)) for number in change.opposed]
    if batch.requests:
        batch.serials = [(1, max(row[0] for row in batch.requests))]
    return batch


def _attempts(changes: Sequence[Change], last: dict[CallbackId, Callback]) -> list[Row]:
    """As they stand in the last version, with the number that was the callback's when each was made."""
    first: dict[str, Callback] = {}
    for change in changes:
        for callback in change.callbacks.values():
            for attempt in callback.attempts:
                first.setdefault(attempt.leg, callback)
    return [attempt_row(attempt, first[attempt.leg]) for key in sorted(last) for attempt in last[key].attempts]


def record_row(entry: Record) -> Row:
    """All but the number."""
    return micros(entry.at), entry.event, entry.call, entry.adviser, _encode(dict(entry.data)) if entry.data else "{}"


def call_row(call: Call) -> Row:
    state = call.state
    adviser = call.adviser
    outcome = stage = ended_at = snapshot = None
    if isinstance(state, Ended):
        outcome, stage, ended_at = str(state.outcome), state.stage, micros(state.at)
    else:
        snapshot = call_json(call)
        if isinstance(state, Offered | Talking):
            adviser = state.adviser
    return (
        call.id,
        call.line,
        call.queue,
        state.kind,
        outcome,
        stage,
        micros(call.arrived_at),
        micros(call.queued_at) if call.queued_at is not None else None,
        micros(call.answered_at) if call.answered_at is not None else None,
        ended_at,
        adviser,
        call.caller.number,
        call.flow,
        snapshot,
    )


def adviser_row(adviser: Adviser) -> Row:
    return adviser.id, str(adviser.wish), adviser.state.kind, micros(adviser.state_since), adviser_json(adviser)
