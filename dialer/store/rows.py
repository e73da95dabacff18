"""Core words ⇄ rows of the tables, as tuples in the order of the tables' columns.

Decides what of a call or adviser stands in columns of its own, to be found and listed by, and what of many changes one
transaction writes. A row's adviser is the one whose phone rings, else the one who talks or talked, as in
``views.call_view``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dialer.core.adviser import Adviser
from dialer.core.callbacks.states import Callback, CallbackId, CaseId
from dialer.core.calls.states import Call, Ended, Offered, Talking
from dialer.core.cases.file import CaseFile
from dialer.core.cases.retention import Archived
from dialer.core.cases.template import Template, TemplateId
from dialer.core.change import Change
from dialer.core.contacts.contact import Contact, ContactKey
from dialer.core.revision import Versioned
from dialer.core.structures.structure import Structure, StructureId
from dialer.core.words import AdviserId, CallId, Record
from dialer.store.callback_rows import Row, attempt_row, callback_row, key_row, request_row
from dialer.store.case_rows import appointment_rows, case_row, tally_row, word_rows
from dialer.store.contact_rows import contact_row
from dialer.store.snapshot import adviser_json, archived_json, call_json, structure_json, template_json
from dialer.store.tables import micros

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


@dataclass(slots=True)
class Batch:
    """What one transaction writes. ``records`` have no number yet.

    records, requests with their keys, and tallies are written once, whatever is tried again (`without`); a row of any
    other kind may be written twice, and is the same then.
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
    words: list[Row] = field(default_factory=list)
    appointments: list[Row] = field(default_factory=list)
    archived: list[Row] = field(default_factory=list)
    """Each the archive as JSON and the case's id."""
    erased: list[Row] = field(default_factory=list)
    """Each a case's id."""
    tallies: list[Row] = field(default_factory=list)
    """Each with the id of the case that it is of."""
    templates: list[Row] = field(default_factory=list)
    structures: list[Row] = field(default_factory=list)
    contacts: list[Row] = field(default_factory=list)
    notes_before: list[Row] = field(default_factory=list)
    """Each an instant: older notes and drafts go."""


def batch_of(changes: Sequence[Change]) -> Batch:
    """Every record and request, and only the last version of each call, adviser, case and callback."""
    calls: dict[CallId, Call] = {}
    advisers: dict[AdviserId, Adviser] = {}
    files: dict[CaseId, Versioned[CaseFile]] = {}
    callbacks: dict[CallbackId, Callback] = {}
    for change in changes:
        calls.update(change.calls)
        advisers.update(change.advisers)
        files.update(change.files)
        callbacks.update(change.callbacks)
    # By id, so that two writers could never wait for each other in PostgreSQL, whoever they are.
    batch = Batch(
        [record_row(entry) for change in changes for entry in change.records],
        [call_row(calls[key]) for key in sorted(calls)],
        [adviser_row(advisers[key]) for key in sorted(advisers)],
        [case_row(files[key]) for key in sorted(files)],
        [callback_row(callbacks[key]) for key in sorted(callbacks)],
    )
    if callbacks:
        batch.attempts = _attempts(changes, callbacks)
    for change in changes:
        for intake in change.intakes:
            batch.requests.append(request_row(intake))
            batch.words += word_rows(intake)
            if intake.key is not None:
                batch.keys.append(key_row(intake, intake.key))
        batch.oppositions += [(number, micros(change.at)) for number in change.opposed]
    batch.appointments = [row for key in sorted(files) for row in appointment_rows(files[key].value)]
    _keep_the_rest(batch, changes)
    if batch.requests:
        batch.serials = [(1, max(row[0] for row in batch.requests))]
    return batch


def without(batch: Batch, written: Batch) -> Batch:
    """What is left to write of a batch that begins with one that is written. As it is where it begins with another:
    that one was given up."""
    names = ("records", "requests", "keys", "tallies")
    both: list[tuple[str, list[Row], list[Row]]] = [
        (each, getattr(batch, each), getattr(written, each)) for each in names
    ]
    if any(rows[: len(before)] != before for _, rows, before in both):
        return batch
    return replace(batch, **{name: rows[len(before) :] for name, rows, before in both})


def _keep_the_rest(batch: Batch, changes: Sequence[Change]) -> None:
    templates: dict[TemplateId, Template] = {}
    structures: dict[StructureId, Structure] = {}
    contacts: dict[ContactKey, Contact] = {}
    for change in changes:
        contacts.update(change.contacts)
        if change.notes_before is not None:
            batch.notes_before.append((micros(change.notes_before),))
        templates.update(change.templates)
        structures.update((each.id, each) for each in change.structures)
        for kept in change.retired:
            if isinstance(kept, Archived):
                batch.archived.append((archived_json(kept), kept.case))
            elif (kept.case,) not in batch.erased:  # two who erase at once are counted once
                batch.erased.append((kept.case,))
                batch.tallies += [(*tally_row(tally), kept.case) for tally in kept.tallies]
    batch.templates = [(key, template_json(templates[key])) for key in sorted(templates)]
    batch.contacts = [contact_row(contacts[key]) for key in sorted(contacts)]
    batch.structures = [(key, structure_json(structures[key])) for key in sorted(structures)]


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


def record_of(row: Any) -> Record:
    return Record(
        row.at,
        row.event,
        CallId(row.call) if row.call is not None else None,
        AdviserId(row.adviser) if row.adviser is not None else None,
        tuple(json.loads(row.data).items()),
    )


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
