"""One task of a path or of a template as it is sent: its body, and what is wrong with it.

Decides how a task is read, and that a structure which is named is in the directory and there on that day. How many
tasks a plan may have is `core.cases.template`'s. Must not know whether a path or a template is made of it.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, StrictInt, WithJsonSchema

from dialer.core.cases.actor import Side
from dialer.core.cases.template import DAYS_MAX, TaskKind, TaskPlan
from dialer.core.free_text import TITLE_MAX
from dialer.core.structures.search import Directory
from dialer.core.structures.structure import StructureId, exists_on, heir, home_of
from dialer.core.words import Instant
from dialer.web.callback_models import Text, enum_of, required
from dialer.web.case_judge import Judge
from dialer.web.models import Asked
from schedules.walltime import wall_clock

AnId = Annotated[Text, WithJsonSchema({"type": "string", "maxLength": 100})]
ATitle = Annotated[Text, WithJsonSchema({"type": "string", "minLength": 1, "maxLength": TITLE_MAX})]


class TaskBody(Asked):
    """One task as it is to be done. `does`: whose it is; the other side confirms. `days`: working days to do it in,
    after the task before it. `structure`: with which one of the directory, by its id."""

    model_config = ConfigDict(json_schema_extra=required("kind", "title", "does", "days"))

    kind: Annotated[Text, enum_of(TaskKind)] = None
    title: ATitle = None
    does: Annotated[Text, enum_of(Side)] = None
    days: Annotated[StrictInt | None, WithJsonSchema({"type": "integer", "minimum": 1, "maximum": DAYS_MAX})] = None
    structure: AnId = None


def read_plan(where: str, body: TaskBody, judge: Judge) -> TaskPlan:
    """With whatever stands in for what is missing: the faults are told."""
    kind = judge.choice(f"{where}.kind", body.kind, TaskKind)
    does = judge.choice(f"{where}.does", body.does, Side)
    for field, sent in (("title", body.title), ("days", body.days)):
        if sent is None:
            judge.wrong(f"{where}.{field}", "is required")
    structure = StructureId(body.structure) if body.structure is not None else None
    return TaskPlan(kind or TaskKind.TALK, body.title or "", does or Side.SERVICE, body.days or 0, structure)


def check_structure(field: str, sent: StructureId | None, on: Instant, judge: Judge, directory: Directory) -> None:
    """That it is in the directory, and there on that day by its own clock."""
    if sent is None:
        return
    known = directory.structures
    found = known.get(sent)
    if found is None:
        judge.wrong(field, "is no structure of the directory; see /structures for those that are")
        return
    day = wall_clock(on, home_of(found).zone).date()
    if not exists_on(found, day):
        successor = heir(found, known, day)
        instead = f"; {successor.id} takes its cases over" if successor is not None else "; choose another"
        judge.wrong(field, f"is not there on {day.isoformat()}{instead}")
