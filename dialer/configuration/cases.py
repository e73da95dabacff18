"""[cases] and [retention]: after how long something is to be done in a case, and how long it is kept once it ended.

Decides the bounds within which an operator may set them. The defaults are those of EscalationRules and of Term, written
nowhere else; the fifteen days of the law and the year of the archive are no settings. Must not know cases.
"""

from __future__ import annotations

from types import MappingProxyType

from dialer.configuration.tables import Table, bounded, read_table, shown
from dialer.core.callbacks.outcomes import MEANINGS, CallbackOutcome
from dialer.core.cases.escalation import EscalationRules
from dialer.core.cases.retention import ARCHIVE_MONTHS_MAX, RetentionRules, Term
from schedules.faults import Fault

FULL_MONTHS_MAX = 36
NOTES_DAYS_MAX = 365
_RULES, _TERM = EscalationRules(), Term()
_OUTCOMES = frozenset(map(str, CallbackOutcome))
_ENDING = tuple(str(outcome) for outcome, meaning in MEANINGS.items() if meaning.closes)


class CasesTable(Table):
    """Working days, where the person lives."""

    late_days: int = bounded(_RULES.late_days, 1, 60)
    missed_days: int = bounded(_RULES.missed_days, 1, 60)
    unsaid_days: int = bounded(_RULES.unsaid_days, 1, 60)
    unreachable_days: int = bounded(_RULES.unreachable_days, 1, 60)
    supervise_days: int = bounded(_RULES.supervise_days, 1, 60)
    overdue_days: int = bounded(_RULES.overdue_days, 1, 60)
    unconfirmed_days: int = bounded(_RULES.unconfirmed_days, 1, 60)
    untouched_days: int = bounded(_RULES.untouched_days, 1, 60)
    asleep_days: int = bounded(_RULES.asleep_days, 1, 250)


class TermTable(Table):
    """[retention.OUTCOME]: what is not written there is as in [retention]."""

    full_months: int = bounded(_TERM.full_months, 0, FULL_MONTHS_MAX)
    archive_months: int = bounded(_TERM.archive_months, 0, ARCHIVE_MONTHS_MAX)


class RetentionTable(TermTable):
    """[retention]. notes_days: of contacts, whatever becomes of a case."""

    notes_days: int = bounded(RetentionRules().notes_days, 1, NOTES_DAYS_MAX)


def read_cases(table: object, where: str, faults: list[Fault]) -> EscalationRules:
    """What [cases] writes; with faults, the defaults."""
    read = read_table(CasesTable, table, where, faults)
    return EscalationRules() if read is None else EscalationRules(**read.model_dump())


def read_retention(table: object, where: str, faults: list[Fault]) -> RetentionRules:
    """What [retention] and the tables in it write; with faults, as much of it as can be read. where: file and table."""
    own = table if not isinstance(table, dict) else {key: each for key, each in table.items() if key not in _OUTCOMES}
    read = read_table(RetentionTable, own, where, faults) or RetentionTable()
    term = Term(read.full_months, read.archive_months)
    of: dict[CallbackOutcome, Term] = {}
    for name, written in table.items() if isinstance(table, dict) else ():
        here = f"{where.removesuffix(']')}.{name}]"
        if name in _ENDING:
            of[CallbackOutcome(name)] = _term(written, here, term, faults)
        elif name in _OUTCOMES:
            mend = f"use {', '.join(_ENDING)}"
            faults.append(Fault(here, f"{shown(name)} ends no case", mend))
    return RetentionRules(term, MappingProxyType(of), read.notes_days)


def _term(table: object, where: str, default: Term, faults: list[Fault]) -> Term:
    read = read_table(TermTable, table, where, faults)
    if read is None:
        return default
    written = read.model_dump(exclude_unset=True)
    return Term(written.get("full_months", default.full_months), written.get("archive_months", default.archive_months))
