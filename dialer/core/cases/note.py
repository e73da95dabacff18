"""Notes: what was written into a case's file, in two sections, and who reads which.

Decides what may be written, corrected and released. Must not know who looks: that is told by `case_audit`.

Source: seed 002, two sections. In one is what the service wrote, which the person sees once somebody of the service has
looked it over (released); in the other what the person gave, of which they choose whether the service sees it. So the
rule is one for both: each side reads its own section, and of the other's what was released. Nothing is ever deleted or
changed: a note is corrected by another, and once it was released so is what corrects it, so that nobody goes on
believing what was mended.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NewType

from dialer.core.callbacks.states import CaseId
from dialer.core.cases.actor import Actor, Side
from dialer.core.cases.refusals import CaseRefusal
from dialer.core.free_text import NOTE_MAX, is_whole
from dialer.core.words import Instant

NoteId = NewType("NoteId", str)


@dataclass(frozen=True, slots=True)
class NoteWritten:
    """Into the section of its author's side. ``released``: the other side reads it at once."""

    at: Instant
    by: Actor
    text: str
    corrects: NoteId | None = None
    released: bool = False


@dataclass(frozen=True, slots=True)
class NoteReleased:
    at: Instant
    by: Actor
    note: NoteId


@dataclass(frozen=True, slots=True)
class Note:
    """``corrects``: the note whose place it takes. released_at: since when the other side reads it."""

    id: NoteId
    by: Actor
    at: Instant
    text: str
    corrects: NoteId | None = None
    released_at: Instant | None = None

    @property
    def section(self) -> Side:
        return self.by.side


def write(notes: tuple[Note, ...], event: NoteWritten, case: CaseId) -> tuple[Note, ...] | CaseRefusal:
    """One more, the last; or why not."""
    if not is_whole(event.text, NOTE_MAX):
        return CaseRefusal.NOT_WHOLE
    released = event.released
    if event.corrects is not None:
        corrected = _note(notes, event.corrects, event.by.side)
        if corrected is None:
            return CaseRefusal.UNKNOWN
        if corrected.section is not event.by.side:
            return CaseRefusal.OTHER_SECTION
        if any(each.corrects == corrected.id for each in notes):
            return CaseRefusal.CORRECTED
        released = released or corrected.released_at is not None
    name = NoteId(f"{case}-n{len(notes) + 1}")
    note = Note(name, event.by, event.at, event.text, event.corrects, event.at if released else None)
    return (*notes, note)


def release(notes: tuple[Note, ...], event: NoteReleased) -> tuple[Note, ...] | CaseRefusal:
    """To the other side. What they could read already stays as it was. Only the newest of a correction is released."""
    note = _note(notes, event.note, event.by.side)
    if note is None:
        return CaseRefusal.UNKNOWN
    if note.section is not event.by.side:
        return CaseRefusal.OTHER_SECTION
    if note.released_at is not None:
        return notes
    if any(each.corrects == note.id for each in notes):
        return CaseRefusal.CORRECTED
    return tuple(replace(each, released_at=event.at) if each.id == note.id else each for each in notes)


def readable(notes: tuple[Note, ...], side: Side) -> tuple[Note, ...]:
    """What this side reads, the corrected ones too."""
    return tuple(each for each in notes if each.section is side or each.released_at is not None)


def newest(notes: tuple[Note, ...]) -> tuple[Note, ...]:
    """Without those that were corrected."""
    corrected = {each.corrects for each in notes}
    return tuple(each for each in notes if each.id not in corrected)


def _note(notes: tuple[Note, ...], note: NoteId, side: Side) -> Note | None:
    """What a side does not read does not exist for it."""
    return next((each for each in readable(notes, side) if each.id == note), None)
