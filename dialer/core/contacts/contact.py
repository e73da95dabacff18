"""One contact: what one adviser writes down of one call, a draft while they type, and filed when they are done.

Decides whether what was written is whole, and what becomes of a contact that is written from two places at once: a
draft that is older than the one that is kept never comes in its place. Of a callback it is the draft of its outcome,
which is over once an outcome is given. Must not know who may write it, nor what the adviser does meanwhile
(`contacts`). The note, what was asked for and what was typed are personal data: not for logs, nor the journal.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Literal

from dialer.core.callbacks.intake import Asked
from dialer.core.callbacks.request import Booking
from dialer.core.callbacks.states import CallbackId, CaseId
from dialer.core.contacts.reason import ContactReason
from dialer.core.words import AdviserId, CallId, Instant, LineId, QueueId
from schedules.faults import Fault

NOTE_MAX = 10_000
"""Characters; a sign that is joined of several counts as those."""
REASONS_MAX = 5
FIELD_MAX = 2_000
"""Characters of one field of a callback that is not asked for yet."""
DRAFTED_REASONS_MAX = 50
OUTCOME_FIELDS_MAX = 30
OUTCOME_FIELD_MAX = 500
OUTCOME_FIELD_NAME_MAX = 40

ContactKey = tuple[CallId, AdviserId]
"""A call that was handed over has a contact of each who talked in it; a callback is known by its `visit`."""
OutcomeForm = tuple[tuple[str, str], ...]
"""What is in the form of an outcome: its fields by their names, each as it was typed."""
WhyNot = Literal["contact_stale", "contact_filed"]


@dataclass(frozen=True, slots=True)
class Written:
    """What is in the form. ``asked``: the callback or case that shall follow, each field as it was typed. ``outcome``:
    of a callback alone, which has nothing else."""

    reasons: tuple[str, ...] = ()
    note: str | None = None
    asked: Asked | None = None
    outcome: OutcomeForm = ()


@dataclass(frozen=True, slots=True)
class Hand:
    """Which tab wrote, and how many times it had by then: its later writing is never older than its earlier one."""

    tab: str
    turn: int


@dataclass(frozen=True, slots=True)
class Contact:
    """``version`` counts how often it was written, 0 is not yet. ``hand``: whose writing this is. ``filed_as``: the
    SHA-256 of the body by which it was filed, in hex; "outcome" of a callback's. ``booked``, ``reference``: of the
    callback that was asked for with it, and ``case`` that one's, or the one of the callback whose outcome it is."""

    call: CallId
    adviser: AdviserId
    line: LineId
    queue: QueueId | None
    changed_at: Instant
    version: int = 0
    written: Written = Written()
    hand: Hand | None = None
    filed_at: Instant | None = None
    filed_as: str | None = None
    booked: CallbackId | None = None
    reference: str | None = None
    case: CaseId | None = None

    @property
    def key(self) -> ContactKey:
        return self.call, self.adviser


def clean(note: str | None) -> str | None:
    """The note without what no keyboard types: control characters and halves of characters. Nothing else is touched:
    not the direction of a name, not what joins its letters, not a blank. None: it says nothing."""
    if note is None:
        return None
    lines = note.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(sign for sign in lines if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs"))
    return kept if kept.strip() else None


def faults_of(written: Written, reasons: Sequence[ContactReason], *, done: bool) -> list[Fault]:
    """Why it is not whole; nothing that was written is repeated. ``reasons``: those of the line.

    A draft may lack whatever it likes, and may hold a reason that was taken out of the configuration meanwhile.
    """
    found: list[Fault] = []
    known = [each.id for each in reasons]
    chosen = written.reasons
    if len(chosen) > (REASONS_MAX if done else DRAFTED_REASONS_MAX):
        found.append(Fault("reasons", f"there are {len(chosen)}", f"choose at most {REASONS_MAX}"))
    if done and known and not chosen:
        found.append(Fault("reasons", "none is chosen", f"choose 1 to {REASONS_MAX} of those of the line"))
    if done and not set(chosen).issubset(known):
        found.append(Fault("reasons", "not all are of this line", f"use {', '.join(known) or 'none'}"))
    if written.note is not None and len(written.note) > NOTE_MAX:
        found.append(Fault("note", f"it has {len(written.note)} characters", f"write at most {NOTE_MAX}"))
    for each in fields(Asked) if written.asked is not None else ():
        text = getattr(written.asked, each.name)
        if text is not None and len(text) > FIELD_MAX:
            mend = f"write at most {FIELD_MAX}"
            found.append(Fault(f"callback.{each.name}", f"it has {len(text)} characters", mend))
    return found + _outcome_faults(written.outcome)


def _outcome_faults(outcome: OutcomeForm) -> list[Fault]:
    found: list[Fault] = []
    if len(outcome) > OUTCOME_FIELDS_MAX:
        found.append(Fault("fields", f"there are {len(outcome)}", f"send at most {OUTCOME_FIELDS_MAX}"))
    if not all(0 < len(name) <= OUTCOME_FIELD_NAME_MAX and name.isidentifier() for name, _ in outcome):
        mend = f"use letters, digits and _, at most {OUTCOME_FIELD_NAME_MAX}"
        found.append(Fault("fields", "a name is none of a field", mend))
    if any(len(text) > OUTCOME_FIELD_MAX for _, text in outcome):
        mend = f"write at most {OUTCOME_FIELD_MAX} characters in each"
        found.append(Fault("fields", "one of them is too long", mend))
    return found


def write(
    contact: Contact, against: int, at: Instant, written: Written, hand: Hand | None, *, done: bool
) -> Contact | WhyNot:
    """The draft after this writing, made against that version. The same once more changes nothing, and what a tab
    wrote before what we have of it comes too late and is passed over, unless it is to be filed."""
    if contact.filed_at is None and contact.written == written and contact.version:
        return contact
    known = contact.hand
    if hand is not None and known is not None and hand.tab == known.tab:
        if hand.turn <= known.turn:
            return "contact_stale" if done else contact
    elif against != contact.version:
        return "contact_stale"
    return replace(
        contact, changed_at=at, version=contact.version + 1, written=written, hand=hand,
        filed_at=None, filed_as=None,
    )  # fmt: skip


def file(contact: Contact, at: Instant, body: str, booking: Booking | None) -> Contact:
    """Filed. What was asked for is a request now, and is kept with that alone."""
    booked = contact
    if booking is not None:
        booked = replace(contact, booked=booking.id, reference=booking.reference, case=booking.case)
    return replace(booked, written=replace(contact.written, asked=None), filed_at=at, filed_as=body)


def settled(contact: Contact, at: Instant) -> Contact:
    """Of a callback whose outcome was given: nothing that was typed is left, and what is still on its way is stale."""
    return replace(
        contact, changed_at=at, version=contact.version + 1, written=Written(), hand=None, filed_at=at,
        filed_as="outcome",
    )  # fmt: skip
