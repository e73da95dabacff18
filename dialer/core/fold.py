"""The journal folded back into what it tells: where each call and each adviser stands.

Decides nothing; it states what every record means, so that the journal alone gives the truth and the stored rows can be
held against it. Must not know the database. Feed it records in the order they were written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from dialer.core.words import AdviserId, CallId, Record


@dataclass(slots=True)
class FoldedCall:
    line: str
    queue: str | None = None
    state: str = "arrived"
    outcome: str | None = None
    stage: str | None = None
    adviser: str | None = None
    """Whose phone rings, else who talks or talked."""
    had_by: str | None = None
    """Who answered it, or took it over last."""
    before: str | None = None
    """Who had it when it was answered."""


@dataclass(slots=True)
class FoldedAdviser:
    wish: str = "away"
    state: str = "unreachable"


@dataclass(slots=True)
class Fold:
    """What the records so far tell. ``ended_twice``: calls with more than one end, which must never be."""

    calls: dict[CallId, FoldedCall] = field(default_factory=dict)
    advisers: dict[AdviserId, FoldedAdviser] = field(default_factory=dict)
    ended_twice: list[CallId] = field(default_factory=list)

    def take(self, records: Iterable[Record]) -> None:
        for entry in records:
            data = dict(entry.data)
            if entry.event in ("wish_set", "adviser_state"):
                if entry.adviser is not None:
                    self._adviser(self.advisers.setdefault(entry.adviser, FoldedAdviser()), data)
            elif entry.call is not None:
                self._call(entry, entry.call, data)

    @staticmethod
    def _adviser(adviser: FoldedAdviser, data: dict[str, str | int | float | None]) -> None:
        if "wish" in data:
            adviser.wish = str(data["wish"])
        if "state" in data:
            adviser.state = str(data["state"])

    def _call(self, entry: Record, call_id: CallId, data: dict[str, str | int | float | None]) -> None:
        if entry.event == "call_arrived":
            self.calls[call_id] = FoldedCall(str(data["line"]))
            return
        call = self.calls.get(call_id)
        if call is None:  # arrived before these records begin
            return
        match entry.event:
            case "node_entered" | "left_queue":
                call.state, call.adviser = "in_flow", call.had_by
            case "queued":
                call.state, call.queue, call.adviser = "waiting", str(data["queue"]), call.had_by
            case "offered":
                call.state, call.adviser = "offered", entry.adviser
            case "offer_missed" | "offer_withdrawn" | "forward_failed" | "back_in_queue":
                if entry.event == "offer_missed" and call.state == "talking":
                    call.had_by = call.before  # answered, and could not be bridged
                call.state, call.adviser = "waiting", call.had_by
            case "answered":
                call.before, call.had_by = call.had_by, entry.adviser
                call.state, call.adviser = "talking", entry.adviser
            case "transferred":
                call.state, call.adviser = "talking", None
            case "handed_over":
                call.adviser = str(data["target"]) if data["kind"] == "adviser" else None
                call.had_by = call.adviser or call.had_by
            case "forwarded" if data["kind"] == "adviser":
                call.state, call.adviser = "offered", str(data["target"])
            case "forwarded" if data["kind"] != "queue":
                call.state, call.adviser = "forwarded", call.had_by
            case "ended":
                if call.outcome is not None:
                    self.ended_twice.append(call_id)
                call.adviser = call.had_by
                call.state, call.outcome, call.stage = "ended", str(data["outcome"]), str(data["stage"])
