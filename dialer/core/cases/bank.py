"""The bank of templates: every template that there is, and what is told of them.

Decides which template a thing that is told goes to; what may be done with one is `template`'s. Must not know where
they are kept. There are hundreds at most, so all of them are in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dialer.core.cases import template as templates
from dialer.core.cases.refusals import CaseRefusal
from dialer.core.cases.responsible import OfficerId
from dialer.core.cases.template import TaskPlan, Template, TemplateId
from dialer.core.words import Instant, Record


@dataclass(frozen=True, slots=True)
class TemplateComposed:
    at: Instant
    by: OfficerId
    title: str
    tasks: tuple[TaskPlan, ...]


@dataclass(frozen=True, slots=True)
class TemplateCopied:
    at: Instant
    by: OfficerId
    template: TemplateId


@dataclass(frozen=True, slots=True)
class TemplateImproved:
    """``seen``: the version that they had before them."""

    at: Instant
    by: OfficerId
    template: TemplateId
    seen: int
    title: str
    tasks: tuple[TaskPlan, ...]


@dataclass(frozen=True, slots=True)
class TemplateShared:
    at: Instant
    by: OfficerId
    template: TemplateId


@dataclass(frozen=True, slots=True)
class TemplateRetired:
    at: Instant
    by: OfficerId
    template: TemplateId


TemplateEvent = TemplateComposed | TemplateCopied | TemplateImproved | TemplateShared | TemplateRetired


class Bank:
    """Told events; ``templates`` is what may be read."""

    def __init__(self, kept: Iterable[Template]) -> None:
        self._templates = {each.id: each for each in kept}
        self._named = max((_number(each) for each in self._templates), default=0)

    @property
    def templates(self) -> Mapping[TemplateId, Template]:
        return self._templates

    def tell(self, event: TemplateEvent) -> tuple[Template, Record | None] | CaseRefusal:
        """The template after ``event``, and what the journal is told; None: nothing of it changed."""
        before = None if isinstance(event, TemplateComposed) else self._templates.get(event.template)
        after = self._told(before, event)
        if isinstance(after, CaseRefusal):
            return after
        if after == before:
            return after, None
        self._templates[after.id] = after
        self._named = max(self._named, _number(after.id))
        data = (("by", event.by), ("template", after.id), ("version", after.version))
        return after, Record(event.at, _NAMES[type(event)], None, None, data)

    def _told(self, before: Template | None, event: TemplateEvent) -> Template | CaseRefusal:
        by, at = event.by, event.at
        if isinstance(event, TemplateComposed):
            return templates.compose(self._new(), event.title, event.tasks, by, at)
        if before is None:
            return CaseRefusal.UNKNOWN
        match event:
            case TemplateCopied():
                return templates.copy(before, self._new(), by, at)
            case TemplateImproved(seen=seen, title=title, tasks=tasks):
                return templates.improve(before, seen, title, tasks, by, at)
            case TemplateShared():
                return templates.share(before, by, at)
            case TemplateRetired():
                return templates.retire(before, by, at)

    def _new(self) -> TemplateId:
        return TemplateId(f"template-{self._named + 1}")


_NAMES: dict[type, str] = {
    TemplateComposed: "template_composed",
    TemplateCopied: "template_copied",
    TemplateImproved: "template_improved",
    TemplateShared: "template_shared",
    TemplateRetired: "template_retired",
}


def _number(template: TemplateId) -> int:
    return int(template.rpartition("-")[2])
