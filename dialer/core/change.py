"""What one event made. Decides nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

from dialer.core.adviser import Adviser
from dialer.core.callbacks.request import Intake
from dialer.core.callbacks.states import Callback, CallbackId, CaseId
from dialer.core.calls.states import Call
from dialer.core.cases.case import Case
from dialer.core.commands import Command
from dialer.core.words import E164, AdviserId, CallId, Instant, Record


@dataclass(slots=True)
class Change:
    """Commands to perform, records for the journal, and whatever changed, each in its last version.

    intakes: new requests, each with what the person is told. opposed: numbers never to be called again. refused: why
    what a person asked for was not done (`callback_moves.Refusal`, "slot_taken" or "unknown"); nothing changed then.
    """

    at: Instant
    commands: list[Command] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    calls: dict[CallId, Call] = field(default_factory=dict)
    advisers: dict[AdviserId, Adviser] = field(default_factory=dict)
    callbacks: dict[CallbackId, Callback] = field(default_factory=dict)
    cases: dict[CaseId, Case] = field(default_factory=dict)
    intakes: list[Intake] = field(default_factory=list)
    opposed: list[E164] = field(default_factory=list)
    refused: str | None = None
    defects: list[str] = field(default_factory=list)

    @property
    def to_store(self) -> bool:
        """Whether there is anything to commit."""
        return bool(
            self.records or self.calls or self.advisers or self.callbacks or self.cases or self.intakes or self.opposed
        )
