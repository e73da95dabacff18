"""Templates of paths: the bank of tasks that advisers share, copy and improve.

Decides who may use, copy, improve and retire one, and what a whole plan of tasks is. Must not know the paths that were
made from one: they took its tasks with them, so nothing that happens to a template happens to them.

Source: seed 002. A path ("démarche") has at most 7 tasks; all advisers have access to what was shared and may duplicate
it. A template is its author's own until it is shared, and from then on anybody's of the team to improve.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import NewType

from dialer.core.cases.actor import Side
from dialer.core.cases.refusals import CaseRefusal
from dialer.core.cases.responsible import OfficerId
from dialer.core.free_text import TITLE_MAX, fault_of
from dialer.core.structures.structure import StructureId
from dialer.core.words import Instant
from schedules.faults import Fault

TASKS_MAX = 7
DAYS_MAX = 60
"""Working days that one task may take: three months (our decision)."""

TemplateId = NewType("TemplateId", str)


class TaskKind(StrEnum):
    MEET_PROFESSIONAL = "meet_professional"
    ATTEND_MEETING = "attend_meeting"
    TAKE_TEST = "take_test"
    FILL_QUESTIONNAIRE = "fill_questionnaire"
    VISIT = "visit"
    PRODUCE_DOCUMENT = "produce_document"
    SEARCH_INFORMATION = "search_information"
    READ_DOCUMENTS = "read_documents"
    TALK = "talk"


KINDS_FR: Mapping[TaskKind, str] = MappingProxyType(
    {
        TaskKind.MEET_PROFESSIONAL: "rencontrer un professionnel",
        TaskKind.ATTEND_MEETING: "participer à une réunion",
        TaskKind.TAKE_TEST: "passer un test",
        TaskKind.FILL_QUESTIONNAIRE: "renseigner un questionnaire",
        TaskKind.VISIT: "visiter une entreprise ou un établissement",
        TaskKind.PRODUCE_DOCUMENT: "produire un document",
        TaskKind.SEARCH_INFORMATION: "rechercher une information",
        TaskKind.READ_DOCUMENTS: "consulter un fonds documentaire",
        TaskKind.TALK: "s'entretenir avec un conseiller",
    }
)


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """One task as it is to be done. days: working days to do it in, after the task before it.

    does: whose it is. Either side may say that it is done, for an officer hears it on the telephone too; the other
    side confirms.
    """

    kind: TaskKind
    title: str
    does: Side
    days: int
    structure: StructureId | None = None


@dataclass(frozen=True, slots=True)
class Edition:
    """One version of one template."""

    template: TemplateId
    version: int


@dataclass(frozen=True, slots=True)
class Template:
    """A template in one version. author, at: who wrote this version, and when. origin: what it was copied from."""

    id: TemplateId
    version: int
    title: str
    tasks: tuple[TaskPlan, ...]
    owner: OfficerId
    author: OfficerId
    at: Instant
    origin: Edition | None = None
    shared_at: Instant | None = None
    retired_at: Instant | None = None

    @property
    def edition(self) -> Edition:
        return Edition(self.id, self.version)


def faults_of(title: str, tasks: Sequence[TaskPlan]) -> tuple[Fault, ...]:
    """Every fault of a plan; none: it is whole. ``where`` is the field, as ``tasks[2].days``, counted from 0."""
    found: list[Fault | None] = [fault_of("title", title, TITLE_MAX)]
    if not 1 <= len(tasks) <= TASKS_MAX:
        found.append(Fault("tasks", f"there are {len(tasks)}", f"give 1 to {TASKS_MAX}"))
    for place, task in enumerate(tasks):
        found.append(fault_of(f"tasks[{place}].title", task.title, TITLE_MAX))
        if not 1 <= task.days <= DAYS_MAX:
            found.append(Fault(f"tasks[{place}].days", f"{task.days} working days", f"give 1 to {DAYS_MAX}"))
    return tuple(each for each in found if each is not None)


def is_plan(task: TaskPlan) -> bool:
    """Whether one task is whole."""
    return not faults_of(task.title, (task,))


def compose(
    template: TemplateId, title: str, tasks: tuple[TaskPlan, ...], by: OfficerId, at: Instant
) -> Template | CaseRefusal:
    """A new one, its author's own."""
    refused = _of_plan(title, tasks)
    return refused or Template(template, 1, title, tasks, by, by, at)


def usable(template: Template, by: OfficerId) -> CaseRefusal | None:
    """Why a path is not to be started from it by this officer; None: it may be."""
    return CaseRefusal.RETIRED if template.retired_at is not None else _reach(template, by)


def share(template: Template, by: OfficerId, at: Instant) -> Template | CaseRefusal:
    """With the team. Once more changes nothing."""
    if refused := usable(template, by):
        return refused
    return template if template.shared_at is not None else replace(template, shared_at=at)


def copy(template: Template, new: TemplateId, by: OfficerId, at: Instant) -> Template | CaseRefusal:
    """One's own, with its lineage. A retired one is copied too: what was wrong with it can be mended."""
    return _reach(template, by) or Template(
        new, 1, template.title, template.tasks, owner=by, author=by, at=at, origin=template.edition
    )


def improve(
    template: Template, seen: int, title: str, tasks: tuple[TaskPlan, ...], by: OfficerId, at: Instant
) -> Template | CaseRefusal:
    """The next version. ``seen``: the version they had before them; when it is not the newest, nothing is done."""
    refused = (
        usable(template, by) or (CaseRefusal.STALE if seen != template.version else None) or _of_plan(title, tasks)
    )
    return refused or replace(template, version=template.version + 1, title=title, tasks=tasks, author=by, at=at)


def retire(template: Template, by: OfficerId, at: Instant) -> Template | CaseRefusal:
    """No path is started from it any more; those that were go on. Once more changes nothing."""
    if refused := _reach(template, by):
        return refused
    return template if template.retired_at is not None else replace(template, retired_at=at)


def _reach(template: Template, by: OfficerId) -> CaseRefusal | None:
    return CaseRefusal.PRIVATE if template.shared_at is None and template.owner != by else None


def _of_plan(title: str, tasks: tuple[TaskPlan, ...]) -> CaseRefusal | None:
    if len(tasks) > TASKS_MAX:
        return CaseRefusal.TOO_MANY_TASKS
    if not tasks:
        return CaseRefusal.NO_TASK
    return CaseRefusal.NOT_WHOLE if faults_of(title, tasks) else None
