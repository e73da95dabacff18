"""Contacts ⇄ rows of their table, as tuples in the order of the table's columns.

Decides nothing: what is asked for in a draft is kept as it was typed. Must not know who may read it.
"""

from __future__ import annotations

import json
from typing import Any

from dialer.core.callbacks.states import CallbackId, CaseId
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
        asked_json(written.asked) if written.asked is not None else None,
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
    return Contact(
        call=CallId(row.call),
        adviser=AdviserId(row.adviser),
        line=LineId(row.line),
        queue=QueueId(row.queue) if row.queue is not None else None,
        changed_at=row.changed_at,
        version=row.version,
        written=Written(
            tuple(json.loads(row.reasons)), row.note, asked_of(row.asked) if row.asked is not None else None
        ),
        hand=Hand(row.tab, row.turn) if row.tab is not None else None,
        filed_at=row.filed_at,
        filed_as=row.filed_as,
        booked=CallbackId(row.booked) if row.booked is not None else None,
        reference=row.reference,
        case=CaseId(row.case) if row.case is not None else None,
    )
