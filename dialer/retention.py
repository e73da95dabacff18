"""The retention jobs: one archives and erases, group by group, the ended cases whose time is over; the other empties
the notes of contacts.

Decides the order only: which cases those are and what is left of them is `core.cases.retention`, what they count for
`core.cases.counted`. Each case is read anew right before it is retired, and each group is one change of the desk, so
that a job which is killed, comes late or runs twice retires each case once, and counts it once. Must not know SQL.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import structlog

from dialer.clock import Clock
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.states import CaseId
from dialer.core.cases.case import Ended
from dialer.core.cases.counted import ListedCallback, summary_of
from dialer.core.cases.file import CaseFile
from dialer.core.cases.refusals import CaseRefusal
from dialer.core.cases.retention import (
    Archived,
    Erase,
    Erased,
    Keep,
    RetentionRules,
    archive,
    erase,
    terms,
    what_now,
)
from dialer.core.cases.tally import Tally
from dialer.core.cases.visibility import Everywhere
from dialer.core.change import Change
from dialer.core.events import CasesRetired, NotesOver
from dialer.core.revision import Versioned
from dialer.core.views import CaseFilter
from dialer.core.words import By, Instant
from dialer.store.case_pages import CasePage, CaseRow
from dialer.store.refusal import StoreError
from dialer.store.snapshot import UnreadableSnapshot

log = structlog.get_logger(__name__)

BY = "retention"
GROUP = 200
PAGE = 500
TRIES_MAX = 6
PAUSE_S = 300.0
"""Between tries, while the store does not answer: an hour's outage costs no night."""


class Shelf(Protocol):
    """What is asked of the store. Each raises StoreError."""

    async def page(self, asked: CaseFilter, limit: int, cursor: str | None = None) -> CasePage: ...

    async def file(self, case: CaseId) -> Versioned[CaseFile] | Archived | None: ...

    async def callbacks(self, case: CaseId) -> Sequence[ListedCallback]: ...


class Counter(Protocol):
    def retired(self, what: str, cases: int) -> None:
        """So many more. what: `archived` or `erased`."""


@dataclass(frozen=True, slots=True)
class Count:
    """What a run did. unreadable: cases whose time is over and whose file this version cannot read: they stay."""

    archived: int = 0
    erased: int = 0
    unreadable: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.archived + other.archived, self.erased + other.erased, self.unreadable + other.unreadable)


class Retention:
    """`run` is the job; one at a time."""

    def __init__(
        self,
        shelf: Shelf,
        submit: Callable[[CasesRetired], Awaitable[Change]],
        rules: Callable[[], RetentionRules],
        clock: Clock,
        counter: Counter,
        pause_s: float = PAUSE_S,
    ) -> None:
        self._shelf = shelf
        self._submit = submit
        self._rules = rules
        self._clock = clock
        self._counter = counter
        self._pause_s = pause_s

    async def run(self) -> None:
        """Tries again for a while when the store does not answer; what is left then is the next night's."""
        for tries in range(1, TRIES_MAX + 1):
            try:
                await self.retire()
                return
            except StoreError:
                log.error("retention cannot go on: the store does not answer", tries=tries)
            if tries < TRIES_MAX:
                await asyncio.sleep(self._pause_s)

    async def retire(self) -> Count:
        """All whose time is over now. Raises StoreError; what was retired before stays so."""
        done = Count()
        try:
            group: list[CaseId] = []
            async for case in self._over(self._clock.now()):
                group.append(case)
                if len(group) == GROUP:
                    done, group = done + await self._retire(group), []
            if group:
                done += await self._retire(group)
        finally:
            log.info("retention", archived=done.archived, erased=done.erased, unreadable=done.unreadable)
        return done

    async def _over(self, at: Instant) -> AsyncIterator[CaseId]:
        """By the list and not by the files: of a year's cases few are due, and one that cannot be read stops none."""
        wanted, cursor = CaseFilter(Everywhere(), at, ended=True), None
        while True:
            page = await self._shelf.page(wanted, PAGE, cursor)
            for row in page.items:
                if _is_over(row, at, self._rules()):
                    yield CaseId(row.id)
            cursor = page.next
            if cursor is None:
                return

    async def _retire(self, cases: Sequence[CaseId]) -> Count:
        unreadable = 0
        made: list[Archived | Erased] = []
        against: dict[CaseId, int] = {}
        for case in cases:
            try:
                left = await self._left_of(case, against)
            except UnreadableSnapshot as fault:
                unreadable += 1
                log.error("a case whose time is over cannot be read, and stays", case=case, why=str(fault))
                continue
            if left is not None:
                made.append(left)
        if not made:
            return Count(unreadable=unreadable)
        change = await self._submit(CasesRetired(self._clock.now(), BY, tuple(made), against))
        archived = sum(isinstance(each, Archived) for each in change.retired)
        erased = len(change.retired) - archived
        self._counter.retired("archived", archived)
        self._counter.retired("erased", erased)
        return Count(archived, erased, unreadable)

    async def _left_of(self, case: CaseId, against: dict[CaseId, int]) -> Archived | Erased | None:
        """What is to remain of it; None: all, because it is not its time, or it is gone. Notes which version it was."""
        at, rules = self._clock.now(), self._rules()
        stored = await self._shelf.file(case)
        kept = stored.value if isinstance(stored, Versioned) else stored
        if isinstance(stored, Versioned):
            against[case] = stored.version
        if kept is None:
            return None
        now = what_now(kept, at, rules)
        if isinstance(now, Keep):
            return None
        if isinstance(kept, Archived):
            return _erased(kept.case, erase(kept))
        summary = summary_of(kept, await self._shelf.callbacks(kept.id), at)
        if isinstance(now, Erase):
            return _erased(kept.id, erase(kept, summary))
        archived = archive(kept, summary, at)
        return None if isinstance(archived, CaseRefusal) else archived


async def end_notes(
    submit: Callable[[NotesOver], Awaitable[Change]], rules: Callable[[], RetentionRules], clock: Clock
) -> None:
    """Notes of contacts are emptied by one change, whatever is due: the desk tries for as long as that takes."""
    at = clock.now()
    before = at - timedelta(days=rules().notes_days)
    await submit(NotesOver(at, before))
    log.info("notes", kept_since=before.isoformat())


def _erased(case: CaseId, tallies: tuple[Tally, ...] | CaseRefusal) -> Erased | None:
    return None if isinstance(tallies, CaseRefusal) else Erased(case, tallies)


def _is_over(row: CaseRow, at: Instant, rules: RetentionRules) -> bool:
    """Whether something is to be done with it, as far as a list tells."""
    if row.ended_at is None or row.outcome is None:
        return False
    # Whose word the end was changes no term.
    full_until, archive_until = terms(Ended(row.ended_at, CallbackOutcome(row.outcome), By.SYSTEM), rules)
    return at >= (archive_until if row.archived else full_until)
