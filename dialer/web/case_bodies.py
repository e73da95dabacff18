"""The words of the API about cases that are sent: filters of a list, and the bodies of whatever changes a case.

Decides names, types and bounds, as the description tells them. What a body must hold for which action is judged by
`case_told`: here only types are, so that every fault of a body is told at once. Must not know the routes.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictStr,
    StringConstraints,
    WithJsonSchema,
)

from dialer.core.callbacks.outcomes import CallbackOutcome, Structure
from dialer.core.cases.appointment import Misser
from dialer.core.cases.case import Diploma, Kind, Standing
from dialer.core.cases.consent import Purpose
from dialer.core.free_text import NAME_MAX, NOTE_MAX, REASON_MAX, TITLE_MAX
from dialer.core.places.academie import AcademieCode, named
from dialer.web.callback_models import enum_of, required
from dialer.web.models import BODY_MAX, ESCAPED_MAX, LIMIT_MAX, Asked, Identifier, Instant
from dialer.web.task_plans import AnId, TaskBody

TEXT_MAX = 200


class TaskAction(StrEnum):
    PROPOSE = "propose"
    ADD = "add"
    EDIT = "edit"
    WITHDRAW = "withdraw"
    DONE = "done"
    CONFIRM = "confirm"
    SEND_BACK = "send_back"
    GIVE_UP = "give_up"


class AppointmentAction(StrEnum):
    FIX = "fix"
    MOVE = "move"
    KEEP = "keep"
    MISS = "miss"
    CALL_OFF = "call_off"


class NoteAction(StrEnum):
    WRITE = "write"
    CORRECT = "correct"
    RELEASE = "release"


# -- filters ----------------------------------------------------------------------------------------


def _academie(text: str) -> AcademieCode:
    found = named(text)
    if found is None:
        raise ValueError("is no académie; write its code, like 10, or its name, like Lyon")
    return found.code


AnAcademie = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_academie)]
"""A code or a name as somebody typed it → the code."""
Cursor = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class CaseFilters(Asked):
    """All that are given must hold. `academie`: its code or its name.

    `unassigned`: open, and no officer has it in hand. `due_before`: open, with a legal deadline before this instant and
    no appointment in time. `at_risk`: open, and at risk or late. `structure`: one of whose appointments is, or was,
    with it. `year`: of the receipt, in Paris. `text`: each word begins one of the case: of its names, the digits of its
    number, its references, its postcode.
    """

    state: Literal["open", "ended"] | None = None
    standing: Standing | None = None
    academie: AnAcademie | None = None
    officer: Identifier | None = None
    unassigned: bool = False
    kind: Kind | None = None
    outcome: CallbackOutcome | None = None
    due_before: Instant | None = None
    at_risk: bool = False
    structure: Identifier | None = None
    year: Annotated[int, Field(ge=2000, le=2098)] | None = None
    text: Annotated[str, StringConstraints(max_length=TEXT_MAX)] | None = None


class CasesQuery(CaseFilters):
    """As the filters, a page at a time."""

    limit: int = Field(50, ge=1, le=LIMIT_MAX)
    cursor: Cursor | None = None


class ActionsQuery(Asked):
    """`academie`: its code or its name. `officer`: who is to act."""

    academie: AnAcademie | None = None
    officer: Identifier | None = None
    limit: int = Field(50, ge=1, le=LIMIT_MAX)
    cursor: Cursor | None = None


# -- bodies -----------------------------------------------------------------------------------------


def _text(**schema: object) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", **schema})


Text = StrictStr | None
AReason = Annotated[Text, _text(maxLength=REASON_MAX)]
AnInstant = Annotated[Text, _text(format="date-time")]
SaidYes = Annotated[StrictBool | None, WithJsonSchema({"type": "boolean"})]


class TasksBody(Asked):
    """What is done with the path of tasks, by `action`.

    `propose` takes `title` and `tasks` (1 to 7), or a `template`, of which either may be left out to stand as it is
    there. `add` takes `plan`; `edit` takes `task` and `plan`; `withdraw`, `done` and `confirm` take `task`; `send_back`
    takes `task` and `reason`; `give_up` takes `reason`. `as_person`: the officer takes down what the person said.
    """

    model_config = ConfigDict(json_schema_extra=required("action"))

    action: Annotated[Text, enum_of(TaskAction)] = None
    title: Annotated[Text, _text(maxLength=TITLE_MAX)] = None
    tasks: list[TaskBody] | None = None
    template: AnId = None
    task: AnId = None
    plan: TaskBody | None = None
    reason: AReason = None
    as_person: SaidYes = None


class AppointmentsBody(Asked):
    """What is done with an appointment, by `action`.

    `fix` takes `on` and with whom: a `structure` of the directory or a `network`, and who is to be asked for
    (`referent`). `move` takes `appointment` and `on`, and with whom if it is somebody else. `keep` takes `appointment`;
    `miss` takes `appointment` and the `misser`; `call_off` takes `appointment` and `reason`, and may be `as_person`:
    the officer takes down what the person said. One after the legal deadline is kept, and answered with `late`.
    """

    model_config = ConfigDict(json_schema_extra=required("action"))

    action: Annotated[Text, enum_of(AppointmentAction)] = None
    appointment: AnId = None
    on: AnInstant = None
    structure: AnId = None
    network: Annotated[Text, enum_of(Structure)] = None
    referent: Annotated[Text, _text(maxLength=NAME_MAX)] = None
    misser: Annotated[Text, enum_of(Misser)] = None
    reason: AReason = None
    as_person: SaidYes = None


class NotesBody(Asked):
    """`write` takes `text`, `correct` takes `note` and `text`, `release` takes `note`. `released`: the person reads it
    at once."""

    model_config = ConfigDict(json_schema_extra=required("action"))
    bytes_max = BODY_MAX + NOTE_MAX * ESCAPED_MAX

    action: Annotated[Text, enum_of(NoteAction)] = None
    note: AnId = None
    text: Annotated[Text, _text(maxLength=NOTE_MAX)] = None
    released: SaidYes = None


class ConsentBody(Asked):
    """What the person agrees to, or no longer, as the officer took it down."""

    model_config = ConfigDict(json_schema_extra=required("purpose", "given"))

    purpose: Annotated[Text, enum_of(Purpose)] = None
    given: SaidYes = None


class SchoolingBody(Asked):
    """What the person has got at school: it decides the track. `as_person`: the officer takes down what they said."""

    model_config = ConfigDict(json_schema_extra=required("diploma"))

    diploma: Annotated[Text, enum_of(Diploma)] = None
    in_higher_education: SaidYes = None
    as_person: SaidYes = None


class AssignBody(Asked):
    """To this officer; without one, to whoever asks."""

    model_config = ConfigDict(json_schema_extra=required())

    officer: AnId = None


class TransferBody(Asked):
    """To one of the three: an `academie` (its code or its name), an `officer` of its académie, the `national` pool."""

    model_config = ConfigDict(json_schema_extra=required("reason"))

    academie: AnId = None
    officer: AnId = None
    national: Annotated[StrictBool | None, WithJsonSchema({"const": True})] = None
    reason: AReason = None


class EndBody(Asked):
    """With what outcome the case ends. Who opposes any call is told of at `/oppositions`: it holds for the number."""

    model_config = ConfigDict(json_schema_extra=required("outcome"))

    outcome: Annotated[Text, enum_of(CallbackOutcome)] = None
