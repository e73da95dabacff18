"""A small world for the tests of case files: a case, its file, two officers, the person, and a way to tell things.

Decides nothing of the core. All of it is fictional.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from dialer.core.callbacks.outcomes import Structure
from dialer.core.callbacks.request import AskedBy, Request, Source
from dialer.core.callbacks.states import CaseId
from dialer.core.cases.actor import Side, officer
from dialer.core.cases.appointment import Where
from dialer.core.cases.case import Case, Kind
from dialer.core.cases.file import CaseFile, FileStep, Scene, open_file, transition
from dialer.core.cases.responsible import Officer, OfficerId, responsible_for
from dialer.core.cases.template import TaskKind, TaskPlan
from dialer.core.cases.told import FileEvent
from dialer.core.numbers import Parsed
from dialer.core.places.academie import AcademieCode
from dialer.core.places.territory import Territory
from dialer.core.revision import Versioned
from dialer.core.words import E164, Instant, LineId, QueueId

T0 = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
"""Monday, 10h in Paris: the request is received."""
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
ANNA, BRUNO = officer("anna"), officer("bruno")
OFFICERS = {OfficerId(name): Officer(OfficerId(name), frozenset({AcademieCode("17")})) for name in ("anna", "bruno")}
SCENE = Scene(officers=OFFICERS)
CIO = Where(network=Structure.CIO, referent="Mme Martin")
PHONE = Parsed(E164("+33199000001"), Territory.METROPOLE, "Europe/Paris")


def plan(title: str = "Visiter le CFA", does: Side = Side.PERSON, days: int = 5) -> TaskPlan:
    return TaskPlan(TaskKind.VISIT, title, does, days)


def case(**changes: object) -> Case:
    known = Case(CaseId("case-60124736"), T0, PHONE.number, first_name="Léa", birth_date=date(2007, 5, 1))
    return replace(known, **changes)  # type: ignore[arg-type]


def new_file(postcode: str | None = "53000", **changes: object) -> Versioned[CaseFile]:
    return Versioned(open_file(case(**changes), responsible_for(postcode, T0)))


def request(**changes: object) -> Request:
    made = Request(
        Kind.RTF, LineId("dropout"), QueueId("dropout"), PHONE, AskedBy.YOUNG_PERSON, Source.WEB,
        first_name="Léa", name="Durand", postcode="53000", birth_date=date(2007, 5, 1),
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def told(file: Versioned[CaseFile], *events: FileEvent) -> Versioned[CaseFile]:
    """The file after all of them, none of which is refused."""
    for event in events:
        step = transition(file, event, SCENE)
        assert step.refused is None, (event, step.refused)
        file = step.file
    return file


def tell(file: Versioned[CaseFile], event: FileEvent) -> FileStep:
    return transition(file, event, SCENE)


def at(days: float = 0, hours: float = 0) -> Instant:
    return T0 + timedelta(days=days, hours=hours)
