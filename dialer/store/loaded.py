"""What a start takes up from the store.

Decides nothing. ``unreadable`` is what another version stored and this one cannot read: it is told and left to
reconciliation with Asterisk, and never stops a start.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from dialer.core.adviser import Adviser
from dialer.core.callbacks.history import Dialled
from dialer.core.callbacks.states import Callback
from dialer.core.calls.states import Call
from dialer.core.cases.file import CaseFile
from dialer.core.cases.template import Template
from dialer.core.contacts.contact import Contact
from dialer.core.revision import Versioned
from dialer.core.structures.structure import Structure
from dialer.core.words import E164, CallId, QueueId, Record

Kind = Literal["call", "adviser", "callback", "case", "template", "structure", "contact"]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """``why``: the places in the snapshot and kinds of fault; no personal data."""

    kind: Kind
    id: str
    why: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """calls: the open ones, in order of arrival. answers: of the last half hour before the journal's end.

    records: the journal since the instant asked for. last_at: the latest instant in the journal, None when it is empty.
    over: the newest calls that have ended, the oldest of them first: Asterisk may still
    hold one whose hang-up a crash swallowed, and that one is no new call.

    callbacks, files: of the open ones, in order of request and of receipt. dialled, declined: attempts, and refusals
    with their instant, of the times before the journal's end that were asked for, in their order; those whose number is
    no longer kept are left out. opposed: every number never to be called. next_serial: above every one ever given.
    """

    calls: tuple[Call, ...]
    advisers: tuple[Adviser, ...]
    answers: tuple[tuple[QueueId, datetime], ...]
    records: tuple[Record, ...]
    last_at: datetime | None
    unreadable: tuple[Unreadable, ...] = ()
    over: tuple[CallId, ...] = ()
    callbacks: tuple[Callback, ...] = ()
    files: tuple[Versioned[CaseFile], ...] = ()
    dialled: tuple[Dialled, ...] = ()
    declined: tuple[tuple[E164, datetime], ...] = ()
    opposed: tuple[E164, ...] = ()
    next_serial: int = 0
    templates: tuple[Template, ...] = ()
    structures: tuple[Structure, ...] = ()
    contacts: tuple[Contact, ...] = ()
    """Drafts."""
