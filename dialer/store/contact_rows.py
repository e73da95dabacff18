"""Contacts ⇄ rows of their table, as tuples in the order of the table's columns.

Decides nothing: what is asked for in a draft, and the form of an outcome, are kept as they were typed. Must not know
who may read it.
"""

from __future__ import annotations

import json
from typing import Any

from dialer.core.callbacks.states import CallbackId, CaseId, callback_of
from dialer.core.contacts.contact import Contact, Hand, Written
from dialer.core.words import AdviserId, CallId, LineId, QueueId
from dialer.store.callback_rows import Row
from dialer.store.snapshot import asked_json, asked_of
from dialer.store.tables import micros


def contact_row(contact: Contact) -> Row:
    written, hand = contact.written, contact.hand
    return (
        contact.call,
        contact.adviser,
        contact.line,
        contact.queue,
        micros(contact.changed_at),
        contact.version,
        json.dumps(written.reasons),
        written.note,
        _follows_json(written),
        hand.tab if hand is not None else None,
        hand.turn if hand is not None else None,
        micros(contact.filed_at) if contact.filed_at is not None else None,
        contact.filed_as,
        contact.booked,
        contact.reference,
        contact.case,
    )


def contact_of(row: Any) -> Contact:
    """Raises UnreadableSnapshot."""
    call = CallId(row.call)
    return Contact(
        call=call,
        adviser=AdviserId(row.adviser),
        line=LineId(row.line),
        queue=QueueId(row.queue) if row.queue is not None else None,
        changed_at=row.changed_at,
        version=row.version,
        written=_written(call, row),
        hand=Hand(row.tab, row.turn) if row.tab is not None else None,
        filed_at=row.filed_at,
        filed_as=row.filed_as,
        booked=CallbackId(row.booked) if row.booked is not None else None,
        reference=row.reference,
        case=CaseId(row.case) if row.case is not None else None,
    )


def _follows_json(written: Written) -> str | None:
    """One column: a callback's has its outcome, a call's the callback or case that shall follow."""
    if written.asked is not None:
        return asked_json(written.asked)
    return json.dumps(dict(written.outcome)) if written.outcome else None


def _written(call: CallId, row: Any) -> Written:
    reasons = tuple(json.loads(row.reasons))
    if row.asked is None:
        return Written(reasons, row.note)
    if callback_of(call) is None:
        return Written(reasons, row.note, asked_of(row.asked))
    return Written(reasons, row.note, outcome=tuple(json.loads(row.asked).items()))
