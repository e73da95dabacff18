"""Callbacks of nobody, by the hundred thousand: open ones as the machine makes them, closed ones as rows.

Decides what a house looks like after years: which lines, kinds, states and outcomes, and when. Lines and kinds hang
together as they do in earnest, so that some filters fit many rows each and hardly any both. The same number makes the
same callback every time. Telephone numbers are those made for fiction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Table

from dialer.core import events as ev
from dialer.core.callbacks import callback as machine
from dialer.core.callbacks.compliance import Allowed
from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.callbacks.moves import CallbackStep
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.rules import CallbackRules
from dialer.core.callbacks.states import Attempt, Callback, CallbackId, CaseId, Due, Ready, Resting
from dialer.core.callbacks.told import CardAccepted, DialAsked
from dialer.core.calls.states import OfferMade
from dialer.core.cases.case import Case, Ended, Kind
from dialer.core.numbers import Parsed
from dialer.core.places.territory import Territory
from dialer.core.rules import QueueRules
from dialer.core.words import E164, AdviserId, By, LegId, LineId, QueueId, Why
from dialer.store.callback_rows import Row, attempt_row, callback_row
from dialer.store.tables import appointments, attempts, callbacks, case_words, cases, micros, requests
from ops.bench.made_up_cases import FIRST_NAMES, WHOLE, archived_case, whole_case
from schedules.windows import Window

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OPEN_EVERY, CLOSED_EVERY = timedelta(seconds=13), timedelta(seconds=90)
"""One was asked for so often, backwards from NOW."""
FICTION = ("+3319900", "+3326191", "+3335301", "+3346571", "+3353649")
OUTCOMES = (
    *(("RDV_FIXE", 4500), ("INFO_DONNEE", 1500), ("INJOIGNABLE", 1200), ("ORIENTE", 1000), ("ANNULE", 600)),
    *(("REFUS", 500), ("DEJA_EN_SOLUTION", 400), ("DOUBLON", 200), ("HORS_CHAMP", 90), ("OPPOSITION", 8)),
    ("ALERTE_DANGER", 2),
)
"""Of 10,000."""
_OF_CASE = tuple(list(callbacks.c.keys()).index(name) for name in ("kind", "legal_deadline_at"))
SERIAL = 10_000_000
"""From here on the requests of closed ones are counted."""
_SPREAD = 7919
"""Coprime with 10,000: neighbours get values far apart."""
_STIR = 2_654_435_761
"""Knuth's multiplier: outcomes that have nothing to do with lines."""


class Quiet:
    """A scene in which everything is allowed."""

    callback_rules = CallbackRules()

    def gate(self, callback: Callback, at: datetime) -> Allowed:
        return Allowed()

    def caller_id(self, callback: Callback) -> E164:
        return E164("+33199000000")

    def queue(self, queue: QueueId) -> QueueRules:
        return QueueRules(queue, queue)

    def shown_name(self, callback: Callback) -> str:
        return "Rappel"


def line_and_kind(number: int) -> tuple[LineId, Kind]:
    """Nobody asks on the line of Parcoursup to return to training; on the others, few for what is not theirs."""
    part = number * _SPREAD % 1000
    if part < 600:
        return LineId("dropout"), Kind.INFORMATION if part < 18 else Kind.RTF
    if part < 900:
        return LineId("main"), Kind.RTF if part < 609 else Kind.INFORMATION
    return LineId("parcoursup"), Kind.INFORMATION


def phone(number: int) -> Parsed:
    return Parsed(
        E164(f"{FICTION[number % 5]}{number // 5 % 10_000:04d}"), Territory.METROPOLE, "Europe/Paris"
    )  # fmt: skip


def asked(number: int, at: datetime, prefix: str) -> tuple[Callback, Case]:
    """Just asked for."""
    line, kind = line_and_kind(number)
    name = f"{prefix}{number:08d}"
    window = Window(at + timedelta(days=2), at + timedelta(days=2, hours=2)) if number % 3 == 0 else None
    made = machine.request(
        CallbackId(f"cb-{name}"), CaseId(f"case-{name}"), line, QueueId(line), phone(number), at, window
    )  # fmt: skip
    return made.callback, Case(made.callback.case, at, phone(number).number, kind, FIRST_NAMES[number % 10])


def open_one(number: int) -> tuple[Callback, Case]:
    """A third has not come due, most rest after an attempt, some wait, and a few are being dialled or talk."""
    at = NOW - number * OPEN_EVERY
    callback, case = asked(number, at, "1")
    if number % 20 < 6:
        return callback, case
    if number % 20 < 9:
        return replace(callback, state=Due(at), window=None), case
    tried = Attempt(1, LegId(f"{callback.id}-x1"), at, AdviserId("a1"), AttemptCause.BUSY, at + timedelta(seconds=20))
    until = NOW + timedelta(minutes=number * _SPREAD % 10_000 - 500)
    return replace(callback, state=Resting(until, "busy", "ladder"), window=None, attempts=(tried,), legs=1), case


@dataclass(frozen=True, slots=True)
class Made:
    """The rows of one callback and its attempts, and of its case and all that is kept of it."""

    callback: Row
    attempts: list[Row]
    case: Row
    words: list[Row] = field(default_factory=list)
    appointments: list[Row] = field(default_factory=list)
    requests: list[Row] = field(default_factory=list)


def open_rows(first: int, last: int) -> Iterator[Made]:
    for number in range(first, last):
        callback, case = open_one(number)
        of_case, *kept = whole_case(number, callback, case, number)
        row = list(callback_row(callback))
        for place, value in zip(_OF_CASE, (of_case[1], of_case[3]), strict=True):
            row[place] = value
        yield Made(tuple(row), [attempt_row(attempt, callback) for attempt in callback.attempts], of_case, *kept)


def closed_rows(first: int, last: int) -> Iterator[Made]:
    """Files of late are whole, the others in the archive."""
    outcomes = [name for name, share in OUTCOMES for _ in range(share)]
    day = timedelta(days=1)
    for number in range(first, last):
        at = NOW - number * CLOSED_EVERY
        callback, case = asked(number, at, "0")
        outcome = outcomes[(number * _STIR % 2**32) * 10_000 >> 32]
        if case.kind is Kind.INFORMATION and outcome == "RDV_FIXE":
            outcome = "INFO_DONNEE"
        case = replace(case, ended=Ended(at + day, CallbackOutcome(outcome), By.PERSON))
        words, asked_for = list[Row](), list[Row]()
        if at + day > NOW - WHOLE:
            of_case, words, dated, asked_for = whole_case(number, callback, case, SERIAL + number)
        else:
            of_case, dated = archived_case(number, case)
        over, called = micros(at + day), phone(number).number
        row = (
            callback.id, case.id, callback.line, callback.queue, of_case[1], "closed", outcome, micros(at), None, None,
            None, of_case[3], "a1", called, "Europe/Paris", over, None, None, None,
        )  # fmt: skip
        attempt = (callback.id, 1, f"{callback.id}-x1", over, "a1", "talked", over, outcome, called, case.id)
        yield Made(row, [attempt], of_case, words, dated, asked_for)


def by_table(chunk: Sequence[Made]) -> Iterator[tuple[Table, list[Any]]]:
    yield callbacks, [made.callback for made in chunk]
    yield cases, [made.case for made in chunk]
    yield attempts, [row for made in chunk for row in made.attempts]
    yield case_words, [row for made in chunk for row in made.words]
    yield appointments, [row for made in chunk for row in made.appointments]
    yield requests, [row for made in chunk for row in made.requests]


def intents(count: int, prefix: str) -> tuple[list[tuple[Callback, Case]], list[CallbackStep]]:
    """So many callbacks whose adviser is up, as they are stored by then; and the step by which each is dialled."""
    scene: Any = Quiet()
    ready: list[tuple[Callback, Case]] = []
    steps = []
    for number in range(count):
        callback, case = asked(3 * number + 1, NOW, prefix)
        step = machine.transition(callback, ev.DeadlineReached(NOW), scene)
        step = machine.transition(step.callback, OfferMade(NOW, AdviserId("a1"), Why(1, 5.0, 1, 60.0)), scene)
        offer = getattr(step.callback.state, "offer")  # noqa: B009
        step = machine.transition(step.callback, CardAccepted(NOW, offer), scene)
        step = machine.transition(step.callback, ev.LegAnswered(NOW, LegId(f"{callback.id}-a1")), scene)
        assert isinstance(step.callback.state, Ready)
        ready.append((step.callback, case))
        steps.append(machine.transition(step.callback, DialAsked(NOW, offer), scene))
    return ready, steps
