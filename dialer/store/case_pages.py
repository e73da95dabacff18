"""Lists of cases: what is shown of one, which filters there are, how a page is cut.

Decides the order (newest receipt first, then id), and reads the legal clock of many cases as `case.standing` reads that
of one, with the appointment that holds as it is stored. Must not know HTTP, nor who may see what: the filter holds the
académies that whoever asks may see.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Row,
    Select,
    and_,
    case,
    func,
    literal,
    select,
    tuple_,
    type_coerce,
    union_all,
)

from dialer.core.callbacks.legal_clock import AT_RISK_DAY, DAYS_MAX
from dialer.core.cases.case import Standing
from dialer.core.cases.visibility import Everywhere
from dialer.core.views import CaseFilter
from dialer.core.words import Instant
from dialer.store.beside import Beside
from dialer.store.pages import read_cursor, write_cursor
from dialer.store.tables import MICROSECOND, InstantType, appointments, case_words, cases
from schedules.walltime import instant_of, wall_clock


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case as stored. appointment_at: the first that holds. standing: when it was asked; None: no law sets a clock.

    first_name, name, phone: None when not known, or no longer kept. archived: the file is in the archive.
    """

    id: str
    kind: str
    received_at: datetime
    legal_deadline_at: datetime | None
    appointment_at: datetime | None
    ended_at: datetime | None
    outcome: str | None
    academie: str | None
    officer: str | None
    version: int
    first_name: str | None
    name: str | None
    phone: str | None
    archived: bool
    standing: str | None


@dataclass(frozen=True, slots=True)
class CasePage:
    """``next``: the cursor of the page after this one, or None at the end."""

    items: tuple[CaseRow, ...]
    next: str | None


_SECOND = timedelta(seconds=1)
FEW_MAX = 20_000
_SHOWN = tuple(
    cases.c[name]
    for name in (
        "id", "kind", "received_at", "legal_deadline_at", "appointment_at", "ended_at", "outcome", "academie",
        "officer", "version", "first_name", "name", "phone",
    )
)  # fmt: skip


def select_cases(asked: CaseFilter, limit: int, cursor: str | None, few: bool = True) -> Select[Any]:
    """One row more than ``limit``: it tells whether there is a next page. Raises BadCursor.

    few: one of the words is had by `FEW_MAX` at most (`select_number`).
    """
    if asked.standing is None or asked.ended is not None:
        return _page(asked, limit, cursor, few)
    # Each by its own index, in the order of the list: with OR, neither database would use either.
    parts = (_page(replace(asked, ended=ended), limit, cursor, few).subquery() for ended in (False, True))
    both = union_all(*(select(each) for each in parts)).subquery()
    return select(both).order_by(both.c.received_at.desc(), both.c.id.desc()).limit(limit + 1)


def _page(asked: CaseFilter, limit: int, cursor: str | None, few: bool) -> Select[Any]:
    c = cases.c
    shown = (*_SHOWN, c.archive.is_not(None).label("archived"), _standing(asked.at).label("standing"))
    by = type_coerce(c.received_at, BigInteger) + 0 if asked.words and few else c.received_at
    query = select(*shown).order_by(by.desc(), c.id.desc()).limit(limit + 1)
    query = query.where(*_wanted(asked), *(_named(word, few) for word in asked.words))
    if asked.words:
        query = query.where(c.archive.is_(None))  # what is archived has no words: it need not be walked through
    if cursor is not None:
        at, case_id = read_cursor(cursor)
        query = query.where(tuple_(c.received_at, c.id) < tuple_(literal(at, InstantType), literal(case_id)))
    return query


def _wanted(asked: CaseFilter) -> list[ColumnElement[bool]]:
    c, found = cases.c, list[ColumnElement[bool]]()
    # A structure has few cases: its own index is the one to begin with.
    beside: Callable[[Column[Any]], ColumnElement[Any]] = (
        Beside if asked.structure is not None else lambda column: column
    )
    if not isinstance(asked.academies, Everywhere):
        found.append(beside(c.academie).in_(sorted(asked.academies)))
    for column, value in ((c.kind, asked.kind), (c.outcome, asked.outcome), (c.officer, asked.officer)):
        if value is not None:
            found.append(beside(column) == str(value))
    if asked.ended is not None:
        found.append(c.ended_at.is_not(None) if asked.ended else c.ended_at.is_(None))
    if asked.unassigned:
        found += [c.ended_at.is_(None), c.officer.is_(None)]
    if asked.standing is not None:
        found += [c.stood == str(asked.standing)] if asked.ended else _stands(asked.standing, asked.at)
    if asked.at_risk:
        begun = _received_before(asked.at, AT_RISK_DAY)
        found += [c.ended_at.is_(None), c.at_risk_at <= asked.at, ~_met(), begun]
    if asked.due_before is not None:
        begun = _received_before(asked.due_before + _SECOND, DAYS_MAX + 1)
        found += [c.ended_at.is_(None), c.legal_deadline_at < asked.due_before, ~_met(), begun]
    if asked.received_year is not None:
        year = asked.received_year
        found += [c.received_at >= _new_year(year), c.received_at < _new_year(year + 1)]
    if asked.structure is not None:
        found.append(c.id.in_(select(appointments.c.case).where(appointments.c.structure == asked.structure)))
    return found


def select_number(word: str) -> Select[Any]:
    """How many words begin so, counted up to one more than `FEW_MAX`."""
    return select(func.count()).select_from(
        select(case_words.c.word).where(_begins(word)).limit(FEW_MAX + 1).subquery()
    )


def _named(word: str, few: bool) -> ColumnElement[bool]:
    """One of its words begins so. The few are found by the word and put in order; of many, some are soon met in the
    order of the list. The other way round each would take a second now and then."""
    w = case_words.c
    if few:
        return cases.c.id.in_(select(w.case).where(_begins(word)))
    return select(w.word).where(w.case == cases.c.id, _begins(word)).exists()


def _begins(word: str) -> ColumnElement[bool]:
    """By the index. No word has the last character there is."""
    return and_(case_words.c.word >= word, case_words.c.word < word + chr(0x10FFFF))


def _new_year(year: int) -> Instant:
    return instant_of(date(year, 1, 1), 0)


def _received_before(at: Instant, day: int) -> ColumnElement[bool]:
    """Received so that this day after receipt has begun at ``at``: what the columns of the clock say too, but of this
    there is an index in the order of the list."""
    return cases.c.received_at < instant_of(wall_clock(at).date() - timedelta(days=day - 1), 0)


def _late_at() -> ColumnElement[Any]:
    """The midnight after the 15th day."""
    return type_coerce(cases.c.legal_deadline_at + literal(_SECOND // MICROSECOND, BigInteger), InstantType)


def _met() -> ColumnElement[bool]:
    """An appointment holds that is dated in time."""
    return and_(cases.c.appointment_at.is_not(None), cases.c.appointment_at < _late_at())


def _stands(wanted: Standing, at: Instant) -> list[ColumnElement[bool]]:
    """Of open cases."""
    at_risk, late = _received_before(at, AT_RISK_DAY), _received_before(at, DAYS_MAX + 1)
    begun: dict[Standing, list[ColumnElement[bool]]] = {
        Standing.DUE: [~at_risk],
        Standing.AT_RISK: [at_risk, ~late],
        Standing.LATE: [late],
        Standing.MET: [],
    }
    return [cases.c.ended_at.is_(None), _clock(at) == str(wanted), *begun[wanted]]


def _standing(at: Instant) -> ColumnElement[Any]:
    """As of ``at``; of a case that has ended, as it was at its end."""
    return case((cases.c.ended_at.is_not(None), cases.c.stood), else_=_clock(at))


def _clock(at: Instant) -> ColumnElement[Any]:
    now = literal(at, InstantType)
    return case(
        (cases.c.legal_deadline_at.is_(None), None),
        (_met(), str(Standing.MET)),
        (now >= _late_at(), str(Standing.LATE)),
        (now >= cases.c.at_risk_at, str(Standing.AT_RISK)),
        else_=str(Standing.DUE),
    )


def cases_page_of(rows: list[CaseRow], limit: int) -> CasePage:
    """The page of at most ``limit + 1`` rows."""
    items = tuple(rows[:limit])
    return CasePage(items, write_cursor(items[-1].received_at, items[-1].id) if len(rows) > limit else None)


def case_row_of(row: Row[Any]) -> CaseRow:
    return CaseRow(**row._mapping)
