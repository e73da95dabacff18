"""The words of the API about cases that are told: a row of a list, the whole file, what is left in the archive.

Decides names and types, as the description tells them. What may be sent is in `case_bodies`. Must not know the routes,
nor who may see what.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, Field

from dialer.core.callbacks.outcomes import CallbackOutcome, Structure
from dialer.core.callbacks.request import AskedBy, Source
from dialer.core.cases.actor import Side
from dialer.core.cases.appointment import Misser
from dialer.core.cases.case import Diploma, Flag, Kind, Standing
from dialer.core.cases.consent import Purpose
from dialer.core.cases.escalation import Rule, Todo
from dialer.core.cases.responsible import How
from dialer.core.cases.template import TaskKind
from dialer.core.places.academie import NoAcademie
from dialer.web.callback_models import Attempt, Span, State
from dialer.web.models import Problem, TimelineEntry, Told
from dialer.web.structure_models import ShownStructure

TaskState = Literal["proposed", "sent_back", "done", "confirmed"]
AppointmentState = Literal["fixed", "kept", "missed", "moved", "called_off"]


class Case(Told):
    """One case of a list. `reference`: as its person was told it, of their first request.

    `standing`: where the legal clock stands now; of a case that has ended, where it stood then; None where no law sets
    a clock. `appointment_at`: the first that holds; `appointment_late`: it is dated after the legal deadline.
    """

    id: str
    reference: str
    kind: Kind
    state: Literal["open", "ended"]
    received_at: AwareDatetime
    legal_deadline_at: AwareDatetime | None
    standing: Standing | None
    late: bool
    appointment_at: AwareDatetime | None
    appointment_late: bool
    ended_at: AwareDatetime | None
    outcome: CallbackOutcome | None
    academie: str | None
    """Its code; None: in the national pool."""
    academie_name: str | None
    officer: str | None
    version: int
    """For `If-Match`, of whatever changes the case."""
    first_name: str | None
    name: str | None
    phone: str | None
    """In E.164; in lists, and once archived, only with the scope `callers:read`, else masked. None: no longer kept."""
    archived: bool


class By(Told):
    """Who: the person, or an officer. `heard_by`: the officer who took down what the person said."""

    side: Side
    officer: str | None
    heard_by: str | None


class Given(Told):
    """One request, as the person gave it."""

    at: AwareDatetime
    source: Source
    asked_by: AskedBy | None
    phone: str
    first_name: str | None
    name: str | None
    birth_date: date | None
    postcode: str | None
    situation: str | None
    language: str
    relay: bool
    note: str | None
    flags: list[Flag]


class CaseCallback(Told):
    id: str
    state: State
    outcome: CallbackOutcome | None
    requested_at: AwareDatetime
    due_at: AwareDatetime | None
    promised: Span | None
    adviser: str | None
    closed_at: AwareDatetime | None
    attempts: list[Attempt]


class Came(Told):
    """What came of a callback."""

    at: AwareDatetime
    outcome: CallbackOutcome


class Task(Told):
    """`awaits`: whose turn it is; None: it is confirmed. `at`, `by`: of what its state says."""

    id: str
    kind: TaskKind
    title: str
    does: Side
    days: int
    structure: str | None
    due_on: date
    state: TaskState
    awaits: Side | None
    at: AwareDatetime | None
    by: By | None
    reason: str | None
    """Why it was sent back."""


class Edition(Told):
    template: str
    version: int


class Path(Told):
    """`given_up_by` None of one that was given up: the case ended."""

    id: str
    title: str
    at: AwareDatetime
    by: By
    origin: Edition | None
    state: Literal["open", "walked", "given_up"]
    over_at: AwareDatetime | None
    given_up_by: By | None
    reason: str | None
    tasks: list[Task]


class Appointment(Told):
    """`on`: when it is. `late`: dated after the legal deadline. `at`, `by`: of what its state says."""

    id: str
    on: AwareDatetime
    fixed_at: AwareDatetime
    fixed_by: By
    structure: ShownStructure | None
    """With whom; and who is there in its place on that day, if it has closed."""
    network: Structure | None
    referent: str | None
    late: bool
    state: AppointmentState
    at: AwareDatetime | None
    by: By | None
    misser: Misser | None
    moved_to: str | None
    reason: str | None


class Note(Told):
    """`section`: of which side; `released_at`: since when the other one reads it."""

    id: str
    section: Side
    at: AwareDatetime
    by: By
    text: str
    corrects: str | None
    released_at: AwareDatetime | None


class Consent(Told):
    at: AwareDatetime
    by: By
    purpose: Purpose
    given: bool


class Schooling(Told):
    at: AwareDatetime
    by: By
    diploma: Diploma
    in_higher_education: bool


class Turn(Told):
    """From `since` on, until the next. `by` None: the rule of postcodes. `pooled`: why it was no académie's."""

    since: AwareDatetime
    how: How
    academie: str | None
    officer: str | None
    by: str | None
    reason: str | None
    pooled: NoAcademie | None


class Clock(Told):
    """The legal clock. `changes_at`: when its standing becomes another by itself; None: it stays."""

    standing: Standing
    at_risk_at: AwareDatetime
    deadline_at: AwareDatetime
    changes_at: AwareDatetime | None


class Action(Told):
    """What is to be done next. `about`: the task or appointment. `sentence`: all of it in French."""

    case: str
    rule: Rule
    todo: Todo
    since: AwareDatetime
    by: AwareDatetime
    overdue: bool
    academie: str | None
    officer: str | None
    about: str | None
    reason_said: str
    todo_said: str
    sentence: str


class CaseFile(Told):
    """`agreed`: the purposes that they agree to now; `consents`: every word on it."""

    birth_date: date | None
    postcode: str | None
    requests: list[Given]
    callbacks: list[CaseCallback]
    outcomes: list[Came]
    paths: list[Path]
    appointments: list[Appointment]
    notes: list[Note]
    agreed: list[Purpose]
    consents: list[Consent]
    schooling: Schooling | None
    responsible: list[Turn]
    """The last is who answers for it now."""
    clock: Clock | None
    next_actions: list[Action]
    linked: list[str]
    """Other people's cases on the same number, of those that whoever asks may see."""


class ArchivedAppointment(Told):
    on: AwareDatetime
    fixed_at: AwareDatetime
    state: AppointmentState


class Archive(Told):
    """What the archive has of a case whose time is over."""

    archived_at: AwareDatetime
    birth_date: date | None
    appointments: list[ArchivedAppointment]


class AuditEntry(TimelineEntry):
    """One fact of the journal: who did what, who looked. `sentence`: in French."""

    sentence: str


class CaseDetail(Case):
    """`file` or, once its time is over, `archive`; the other is None."""

    file: CaseFile | None
    archive: Archive | None
    audit: list[AuditEntry]


class Changed(Told):
    """What was done. `version`: for the next `If-Match`; `seen`: whether whoever did it may still see the case.

    `path`, `appointment`, `note`: the one that it was about, as it is now.
    """

    case: str
    version: int = Field(ge=1)
    seen: bool
    late: bool = False
    """The appointment is dated after the legal deadline. It is kept all the same."""
    path: Path | None = None
    appointment: Appointment | None = None
    note: Note | None = None


class Meanwhile(Told):
    """One change that somebody else made. `by`: an officer's id, "person" or "desk"."""

    version: int
    at: AwareDatetime
    by: str
    what: str


class Overtaken(Problem):
    """The 409 of whoever changes what they have not seen. `version`: the newest; `meanwhile`: what came since."""

    version: int
    meanwhile: list[Meanwhile]
