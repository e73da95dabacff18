"""What one event made. Decides nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

from dialer.core.adviser import Adviser
from dialer.core.callbacks.request import Intake
from dialer.core.callbacks.states import Callback, CallbackId, CaseId
from dialer.core.calls.states import Call
from dialer.core.cases.case import Case
from dialer.core.cases.file import CaseFile
from dialer.core.cases.retention import Archived, Erased
from dialer.core.cases.template import Template, TemplateId
from dialer.core.commands import Command
from dialer.core.contacts.contact import Contact, ContactKey
from dialer.core.revision import Refusal, Versioned
from dialer.core.structures.structure import Structure
from dialer.core.words import E164, AdviserId, CallId, Instant, Record


@dataclass(slots=True)
class Change:
    """Commands to perform, records for the journal, and whatever changed, each in its last version.

    files: of cases, each with its case. intakes: new requests, each with what the person is told. opposed: numbers
    never to be called again. retired: cases of which less is kept from now on, or nothing. refused: why what a person
    asked for was not done (of a callback `moves.Refusal`, "slot_taken" or "unknown"); nothing changed then.
    """

    at: Instant
    commands: list[Command] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    calls: dict[CallId, Call] = field(default_factory=dict)
    advisers: dict[AdviserId, Adviser] = field(default_factory=dict)
    callbacks: dict[CallbackId, Callback] = field(default_factory=dict)
    files: dict[CaseId, Versioned[CaseFile]] = field(default_factory=dict)
    intakes: list[Intake] = field(default_factory=list)
    opposed: list[E164] = field(default_factory=list)
    retired: list[Archived | Erased] = field(default_factory=list)
    templates: dict[TemplateId, Template] = field(default_factory=dict)
    structures: list[Structure] = field(default_factory=list)
    contacts: dict[ContactKey, Contact] = field(default_factory=dict)
    notes_before: Instant | None = None
    """Notes of contacts that were filed before this are kept no longer, nor drafts of that age."""
    refused: str | Refusal | None = None
    defects: list[str] = field(default_factory=list)

    @property
    def to_store(self) -> bool:
        """Whether there is anything to commit."""
        kept = (self.calls, self.advisers, self.callbacks, self.files, self.intakes, self.opposed)
        return any((self.records, *kept, self.retired, self.templates, self.structures, self.contacts))

    @property
    def cases(self) -> dict[CaseId, Case]:
        """Of the files."""
        return {key: file.value.case for key, file in self.files.items()}
