"""Core words ⇄ rows of the tables, as tuples in the order of the tables' columns.

Decides what of a call or adviser stands in columns of its own, to be found and listed by. A row's adviser is the one
whose phone rings, else the one who talks or talked, as in ``views.call_view``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from dialer.core.adviser import Adviser
from dialer.core.call_states import Call, Ended, Offered, Talking
from dialer.core.desk import Change
from dialer.core.words import AdviserId, CallId, Record
from dialer.store.snapshot import adviser_json, call_json
from dialer.store.tables import micros

Row: TypeAlias = tuple[Any, ...]

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


@dataclass(slots=True)
class Batch:
    """What one transaction writes. ``records`` have no number yet."""

    records: list[Row] = field(default_factory=list)
    calls: list[Row] = field(default_factory=list)
    advisers: list[Row] = field(default_factory=list)


def batch_of(changes: Sequence[Change]) -> Batch:
    """Every record, and only the last version of each call and adviser."""
    if len(changes) == 1:
        calls: Iterable[Call] = changes[0].calls.values()
        advisers: Iterable[Adviser] = changes[0].advisers.values()
    else:
        last_calls: dict[CallId, Call] = {}
        last_advisers: dict[AdviserId, Adviser] = {}
        for change in changes:
            last_calls.update(change.calls)
            last_advisers.update(change.advisers)
        # By id, so that two writers could never wait for each other in PostgreSQL, whoever they are.
        calls = [last_calls[key] for key in sorted(last_calls)]
        advisers = [last_advisers[key] for key in sorted(last_advisers)]
    return Batch(
        [record_row(entry) for change in changes for entry in change.records],
        [call_row(call) for call in calls],
        [adviser_row(adviser) for adviser in advisers],
    )


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
