"""How long what is known of a person is kept, what vanishes when, and what remains.

Decides, of a case at an instant, whether it is kept, archived or erased, and what is left of it then. Which field
vanishes when is a table of its own, `fates`. Must not know where any of it is stored, nor the clock.

Source: domain notes (our decision, for the DPO to fix): everything until three months after the outcome; then an
archive for at most a year, in which a dispute can still be answered: who asked, when, what they were promised, what
came of it, but nothing that anybody wrote in words of their own; then counts (`tally`), from which nobody can be found
again. Of an open case nothing is touched, however old it is: `escalation` sees to it that it ends.

Terms are whole months by the calendar of Paris and end with the midnight that begins their last day, so that nothing
is kept a minute longer than was said.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.states import CaseId
from dialer.core.cases.case import Ended, Kind
from dialer.core.cases.file import CaseFile
from dialer.core.cases.refusals import CaseRefusal
from dialer.core.cases.responsible import OfficerId
from dialer.core.cases.tally import Tally, tallies
from dialer.core.places.academie import AcademieCode
from dialer.core.report.summary import Summary
from dialer.core.words import E164, Instant
from schedules.walltime import instant_of, wall_clock

ARCHIVE_MONTHS_MAX = 12


@dataclass(frozen=True, slots=True)
class Term:
    """Months after the outcome with everything, then months in the archive. ValueError for what is no term.

    Zero months with everything: archived at once. Zero in the archive: straight to the counts.
    """

    full_months: int = 3
    archive_months: int = ARCHIVE_MONTHS_MAX

    def __post_init__(self) -> None:
        if self.full_months < 0 or not 0 <= self.archive_months <= ARCHIVE_MONTHS_MAX:
            raise ValueError(f"a term is 0 months or more, then 0 to {ARCHIVE_MONTHS_MAX} in the archive")


@dataclass(frozen=True, slots=True)
class RetentionRules:
    """``of``: outcomes with a term of their own. ``notes_days``: for how long the note of a contact is kept, case or
    not (our decision, for the DPO to fix: a quarter of a year, in which who calls again is still known)."""

    term: Term = field(default_factory=Term)
    of: Mapping[CallbackOutcome, Term] = field(default_factory=lambda: MappingProxyType({}))
    notes_days: int = 90


# -- the archive ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ArchivedAppointment:
    on: Instant
    fixed_at: Instant
    state: str


@dataclass(frozen=True, slots=True)
class Archived:
    """What the archive holds of a case. ``summary``: what the annual review counts of it, as it stood."""

    case: CaseId
    archived_at: Instant
    kind: Kind
    received_at: Instant
    ended: Ended
    phone: E164
    first_name: str | None
    name: str | None
    birth_date: date | None
    academie: AcademieCode | None
    officer: OfficerId | None
    appointments: tuple[ArchivedAppointment, ...]
    summary: Summary


@dataclass(frozen=True, slots=True)
class Erased:
    """A case of which nothing remains but what it counts for."""

    case: CaseId
    tallies: tuple[Tally, ...]


# -- the decision -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Keep:
    """As it is. ``until`` None: the case is open."""

    until: Instant | None


@dataclass(frozen=True, slots=True)
class Archive:
    until: Instant


@dataclass(frozen=True, slots=True)
class Erase:
    pass


def what_now(kept: CaseFile | Archived, at: Instant, rules: RetentionRules | None = None) -> Keep | Archive | Erase:
    """What is to be done with a case at ``at``. A job that comes late skips the archive."""
    ended = kept.ended if isinstance(kept, Archived) else kept.case.ended
    if ended is None:
        return Keep(None)
    full_until, archive_until = terms(ended, rules)
    if at >= archive_until:
        return Erase()
    if isinstance(kept, Archived):
        return Keep(archive_until)
    return Keep(full_until) if at < full_until else Archive(archive_until)


def terms(ended: Ended, rules: RetentionRules | None = None) -> tuple[Instant, Instant]:
    """Until when everything is kept, and until when the archive is."""
    rules = rules or RetentionRules()
    term = rules.of.get(ended.outcome, rules.term)
    day = wall_clock(ended.at).date()
    # Never before the outcome itself: a term of no months is over with it.
    full = max(ended.at, instant_of(_months_after(day, term.full_months), 0))
    return full, max(ended.at, instant_of(_months_after(day, term.full_months + term.archive_months), 0))


def archive(file: CaseFile, summary: Summary, at: Instant) -> Archived | CaseRefusal:
    """What the archive holds of it; the rest vanishes. ``summary``: by `rtf_summary`, while the callbacks are there."""
    case = file.case
    if case.ended is None:
        return CaseRefusal.OPEN
    return Archived(
        case=case.id,
        archived_at=at,
        kind=case.kind,
        received_at=case.received_at,
        ended=case.ended,
        phone=case.phone,
        first_name=case.first_name,
        name=next((each.request.name for each in file.requests if each.request.name), None),
        birth_date=case.birth_date,
        academie=file.responsible.academie,
        officer=file.responsible.officer,
        appointments=tuple(ArchivedAppointment(each.on, each.fixed_at, each.state.kind) for each in file.appointments),
        summary=summary,
    )


def erase(kept: CaseFile | Archived, summary: Summary | None = None) -> tuple[Tally, ...] | CaseRefusal:
    """What remains: the counts. Also on the person's own demand, at any time after the end.

    ``summary``: of a file that was never archived. Refused while the case is open: end it first, so that nobody is
    called who has asked to be forgotten. ValueError: a file without its summary.
    """
    if isinstance(kept, Archived):
        return tallies(kept.kind, kept.summary)
    if kept.case.ended is None:
        return CaseRefusal.OPEN
    if summary is None:
        raise ValueError(f"case {kept.id} would vanish uncounted")
    return tallies(kept.case.kind, summary)


def _months_after(day: date, months: int) -> date:
    """The same day of a later month; its last one where that has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
