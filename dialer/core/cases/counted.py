"""What a case counts for, from its file and from its callbacks as lists have them, open and closed.

Decides nothing by itself: `report.summary` says what counts, this what of a case it is told. Must not know where
either was found, nor what becomes of the counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.states import Attempt
from dialer.core.cases.file import CaseFile, facts
from dialer.core.report.summary import ClosedCallback, Summary, Tried, summary
from dialer.core.words import Instant


class ListedCallback(Protocol):
    """One callback with its attempts, as it is stored. closed_at, outcome: None while it is open."""

    @property
    def attempts(self) -> Sequence[Attempt]: ...
    @property
    def closed_at(self) -> datetime | None: ...
    @property
    def outcome(self) -> str | None: ...


def summary_of(file: CaseFile, callbacks: Iterable[ListedCallback], at: Instant) -> Summary:
    """What the annual review counts of the case at ``at``. ``callbacks``: all that it had."""
    theirs = tuple(callbacks)
    tried = [Tried(one.at, one.cause, one.outcome) for callback in theirs for one in callback.attempts]
    closed = [
        ClosedCallback(callback.closed_at, CallbackOutcome(callback.outcome))
        for callback in theirs
        if callback.closed_at is not None and callback.outcome is not None
    ]
    return summary(file.case, tried, closed, facts(file), at)
