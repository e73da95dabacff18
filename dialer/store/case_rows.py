"""Files of cases, and what they are found by ⇄ rows of their tables, as tuples in the order of the tables' columns.

Decides what of a file stands in columns of its own, and by which words a case is found. Must not know who looks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dialer.core.callbacks.legal_clock import at_risk_at, legal_deadline
from dialer.core.callbacks.request import Intake
from dialer.core.cases.case import Appointment, Case, Ended, Kind, standing
from dialer.core.cases.file import CaseFile
from dialer.core.cases.sought import phone_words, words_of
from dialer.core.cases.tally import Tally
from dialer.core.report.report import Count, Delay, Dimension
from dialer.core.revision import Versioned
from dialer.core.words import Instant
from dialer.store.callback_rows import Row
from dialer.store.snapshot import file_json
from dialer.store.tables import micros


def case_row(file: Versioned[CaseFile]) -> Row:
    case = file.value.case
    ended, legal = case.ended, case.kind is Kind.RTF
    appointment_at = appointment_of(case)
    return (
        case.id,
        str(case.kind),
        micros(case.received_at),
        micros(legal_deadline(case.received_at)) if legal else None,
        micros(appointment_at) if appointment_at is not None else None,
        micros(ended.at) if ended is not None else None,
        str(ended.outcome) if ended is not None else None,
        case.phone or None,
        micros(at_risk_at(case.received_at)) if legal else None,
        case.first_name,
        next((each.request.name for each in reversed(file.value.requests) if each.request.name), None),
        file.value.responsible.academie,
        file.value.responsible.officer,
        file.version,
        file_json(file),
        None,
        str(standing(case, ended.at)) if ended is not None and legal else None,
    )


def appointment_of(case: Case) -> Instant | None:
    """The first of those that hold, or held when the case ended: it is what the legal clock is met by."""
    return min((each.at for each in case.appointments if _holds(each, case.ended)), default=None)


def _holds(each: Appointment, ended: Ended | None) -> bool:
    if ended is None:
        return each.called_off_at is None
    return each.fixed_at <= ended.at and (each.called_off_at is None or ended.at < each.called_off_at)


def appointment_rows(file: CaseFile) -> Iterator[Row]:
    for number, each in enumerate(file.appointments, start=1):
        yield file.id, number, micros(each.on), each.where.structure, each.state.kind


def word_rows(intake: Intake) -> Iterator[Row]:
    """What a case is found by that this request tells of it."""
    request = intake.request
    said = " ".join(each for each in (request.first_name, request.name, request.postcode) if each)
    words = {*words_of(said), *phone_words(request.phone.number), intake.booking.reference}
    return ((word, intake.booking.case) for word in sorted(words))


def tally_row(tally: Tally) -> Row:
    return (
        tally.year,
        tally.academie or "",
        str(tally.kind),
        tally.dimension or "",
        tally.value or "",
        tally.count or "",
        tally.delay or "",
        tally.days if tally.days is not None else -1,
        tally.number,
    )


def tally_of(row: Any) -> Tally:
    return Tally(
        row.year,
        row.academie or None,
        Kind(row.kind),
        Dimension(row.dimension) if row.dimension else None,
        row.value or None,
        Count(row.count) if row.count else None,
        Delay(row.delay) if row.delay else None,
        row.days if row.days >= 0 else None,
        row.number,
    )
