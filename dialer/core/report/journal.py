"""The requests of a year from the journal alone: no table of cases is asked, so the two can be checked on each other.

Decides which records tell what of a case. Must not know the sums (`rtf_report`). Records come in the order in which
they were written, from before the first request that is of interest: a case whose first request is not among them is
left out, for when it was received is not known.

Read are, by their data:

- `callback_asked`: kind, case; and academie, age_band, track where they are known
- `callback_requested`; `callback_dialled`: attempt; `callback_attempt_ended`: attempt, cause, outcome
- `callback_closed`: outcome; `callback_case_ended`, `case_ended`: case, outcome
- `case_facts`: case; and academie (None: in none, or not known), age_band, track: what is named holds from then on
- `case_appointment`, `case_appointment_called_off`: case, appointment_at
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.states import CaseId
from dialer.core.cases.case import Appointment, Case, Ended, Kind
from dialer.core.report.summary import AgeBand, ClosedCallback, Facts, Summary, Track, Tried, summary
from dialer.core.words import E164, By, Instant, Record
from schedules.walltime import as_utc

Data = Mapping[str, str | int | float | None]

NOBODY = E164("")
"""The journal has no numbers, and the legal clock asks for none."""


_UNSAID = (AgeBand.UNKNOWN, Track.UNKNOWN)
"""A request that is attached to a case and says less than the first one takes nothing away."""


@dataclass(slots=True)
class _File:
    """What the journal has told of one case so far."""

    case: Case
    facts: Facts
    tried: dict[tuple[str, int], Tried] = field(default_factory=dict)
    closed: list[ClosedCallback] = field(default_factory=list)


def from_journal(records: Iterable[Record], at: Instant) -> list[Summary]:
    """A summary of every RTF case that the records tell from its beginning, as things stood at ``at``."""
    told = Told(at)
    for entry in records:
        told.take(entry)
    return told.summaries()


class Told:
    """What the records that were taken so far tell, for who reads a journal little by little. Those after ``at`` and
    those that tell nothing of a request are passed over."""

    def __init__(self, at: Instant) -> None:
        self._at = at
        self._files: dict[CaseId, _File] = {}
        self._requested: set[str] = set()
        self._case_of: dict[str, _File] = {}
        """By callback."""

    def summaries(self) -> list[Summary]:
        """Of each RTF case whose first request was among them."""
        files = self._files.values()
        return [summary(each.case, tuple(each.tried.values()), each.closed, each.facts, self._at) for each in files]

    def take(self, entry: Record) -> None:
        if entry.at > self._at:
            return
        if entry.event == "callback_requested":
            self._requested.add(str(entry.call))
        elif entry.event == "callback_asked":
            self._asked(entry, dict(entry.data))
        elif entry.event in _OF_CALLBACK:
            file = self._case_of.get(str(entry.call))
            if file is not None:
                _OF_CALLBACK[entry.event](file, entry, dict(entry.data))
        elif entry.event in _OF_CASE:
            data = dict(entry.data)
            file = self._files.get(CaseId(str(data["case"])))
            if file is not None:
                _OF_CASE[entry.event](file, entry, data)

    def _asked(self, entry: Record, data: Data) -> None:
        key, callback = CaseId(str(data["case"])), str(entry.call)
        file = self._files.get(key)
        if file is None and data["kind"] == Kind.RTF and self._opened(key, callback):
            file = self._files[key] = _File(Case(key, entry.at, NOBODY), Facts())
        if file is not None:
            _learn(file, entry, {key: value for key, value in data.items() if value not in (None, *_UNSAID)})
            self._case_of[callback] = file

    def _opened(self, case: CaseId, callback: str) -> bool:
        """Whether this request opened the case: it made the callback too, and both have its reference."""
        return callback in self._requested and case.rpartition("-")[2] == callback.rpartition("-")[2]


# -- of a callback ----------------------------------------------------------------------------------


def _dialled(file: _File, entry: Record, data: Data) -> None:
    file.tried[_attempt(entry, data)] = Tried(entry.at)


def _attempt_ended(file: _File, entry: Record, data: Data) -> None:
    key, outcome = _attempt(entry, data), data.get("outcome")
    file.tried[key] = replace(
        file.tried[key],
        cause=AttemptCause(str(data["cause"])),
        outcome=CallbackOutcome(str(outcome)) if outcome is not None else None,
    )


def _attempt(entry: Record, data: Data) -> tuple[str, int]:
    return str(entry.call), int(str(data["attempt"]))


def _closed(file: _File, entry: Record, data: Data) -> None:
    file.closed.append(ClosedCallback(entry.at, CallbackOutcome(str(data["outcome"]))))


# -- of a case --------------------------------------------------------------------------------------


def _learn(file: _File, entry: Record, data: Data) -> None:
    """What is known now: each class that is named, be it that it is known no more."""
    known = file.facts
    academie = data.get("academie", known.academie)
    file.facts = Facts(
        str(academie) if academie is not None else None,
        AgeBand(str(data.get("age_band") or known.age_band)),
        Track(str(data.get("track") or known.track)),
    )


def _ended(file: _File, entry: Record, data: Data) -> None:
    # Of several records the first is the end: a case ends once, and what comes after it tells of a callback.
    if file.case.ended is None:
        ended = Ended(entry.at, CallbackOutcome(str(data["outcome"])), By.PERSON)
        file.case = replace(file.case, ended=ended)


def _appointment(file: _File, entry: Record, data: Data) -> None:
    fixed = Appointment(_instant(data), entry.at)
    file.case = replace(file.case, appointments=(*file.case.appointments, fixed))


def _called_off(file: _File, entry: Record, data: Data) -> None:
    when = _instant(data)
    appointments = tuple(
        replace(one, called_off_at=entry.at) if one.at == when and one.called_off_at is None else one
        for one in file.case.appointments
    )
    file.case = replace(file.case, appointments=appointments)


def _instant(data: Data) -> Instant:
    return as_utc(datetime.fromisoformat(str(data["appointment_at"])))


_Take = Callable[[_File, Record, Data], None]
_OF_CALLBACK: Mapping[str, _Take] = MappingProxyType(
    {"callback_dialled": _dialled, "callback_attempt_ended": _attempt_ended, "callback_closed": _closed}
)
_OF_CASE: Mapping[str, _Take] = MappingProxyType(
    {
        "callback_case_ended": _ended,
        "case_ended": _ended,
        "case_facts": _learn,
        "case_appointment": _appointment,
        "case_appointment_called_off": _called_off,
    }
)
READ: frozenset[str] = frozenset({"callback_requested", "callback_asked", *_OF_CALLBACK, *_OF_CASE})
"""The events that tell something of a request; the rest of a journal need not be read."""
