"""The words of the API about templates of paths: every body that is read or written, as pydantic models.

Decides names, and how a template is told; whether a plan of tasks is whole is judged by `core.cases.template`: here
only the types are, so that every fault of a body is told at once. Must not know the routes.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from dialer.core.cases import template
from dialer.core.cases.actor import Side
from dialer.core.cases.responsible import OfficerId
from dialer.core.cases.template import KINDS_FR, TASKS_MAX, TaskKind
from dialer.core.structures.search import Directory
from dialer.core.words import Instant
from dialer.web.callback_models import required
from dialer.web.models import LIMIT_MAX, Asked, Told
from dialer.web.structure_models import ShownStructure, shown_structure
from dialer.web.task_plans import ATitle, TaskBody
from schedules.walltime import wall_clock

# -- asked -----------------------------------------------------------------------------------------


class TemplatesQuery(Asked):
    """One's own and those that are shared; `retired`: also those from which no path is started any more."""

    retired: bool = False
    limit: int = Field(LIMIT_MAX, ge=1, le=LIMIT_MAX)
    cursor: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = None


class TemplateBody(Asked):
    """A whole template: it takes the place of all that stood there before."""

    model_config = ConfigDict(json_schema_extra=required("title", "tasks"))

    title: ATitle = None
    tasks: list[TaskBody] = Field(default_factory=list, json_schema_extra={"minItems": 1, "maxItems": TASKS_MAX})


# -- told ------------------------------------------------------------------------------------------


class TemplateTask(Told):
    kind: TaskKind
    label: str
    """The kind in French."""
    title: str
    does: Side
    days: int
    structure: ShownStructure | None
    """As it is today."""


class TemplateEdition(Told):
    """One version of one template."""

    template: str
    version: int


class Template(Told):
    """`version` is also the ETag: who improves it says which one they had before them."""

    id: str
    version: int
    title: str
    tasks: list[TemplateTask]
    owner: str
    own: bool
    """Whether it is that of who asks."""
    author: str
    """Who wrote this version."""
    at: AwareDatetime
    origin: TemplateEdition | None
    """What it was copied from."""
    shared_at: AwareDatetime | None
    retired_at: AwareDatetime | None


# -- made ------------------------------------------------------------------------------------------


def told(one: template.Template, by: OfficerId, directory: Directory, at: Instant) -> Template:
    """``by``: who asks. ``at``: now."""
    return Template(
        id=one.id,
        version=one.version,
        title=one.title,
        tasks=[_task(each, directory, at) for each in one.tasks],
        owner=one.owner,
        own=one.owner == by,
        author=one.author,
        at=one.at,
        origin=TemplateEdition(template=one.origin.template, version=one.origin.version)
        if one.origin is not None
        else None,
        shared_at=one.shared_at,
        retired_at=one.retired_at,
    )


def _task(task: template.TaskPlan, directory: Directory, at: Instant) -> TemplateTask:
    shown = shown_structure(directory, task.structure, wall_clock(at).date()) if task.structure is not None else None
    return TemplateTask(
        kind=task.kind, label=KINDS_FR[task.kind], title=task.title, does=task.does, days=task.days, structure=shown
    )
