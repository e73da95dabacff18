"""Templates of paths in the API: listed, composed, copied, improved, shared, retired.

Decides that one which is not shared is there for its owner alone, and that every fault of a body is told at once. Who
may do what with a template is `core.cases.template`'s. Must not know the paths that were made from one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import TypeVar

from aiohttp import web

from dialer.core.cases import bank
from dialer.core.cases.actor import Side
from dialer.core.cases.responsible import OfficerId
from dialer.core.cases.template import TaskKind, TaskPlan, Template, TemplateId, faults_of
from dialer.core.events import TemplateTold
from dialer.core.structures.search import Directory, fold
from dialer.core.structures.structure import StructureId
from dialer.web import template_models as models
from dialer.web.answer import answer
from dialer.web.asked import read_id, read_query, refuse_all, sift_body
from dialer.web.case_door import etag, version_seen
from dialer.web.commit import commit
from dialer.web.keys import FLOOR, TOKEN
from dialer.web.models import FieldFault, NoQuery, Page
from dialer.web.paging import page_of, place_of
from dialer.web.problems import Refused
from dialer.web.structure_models import shown_structure
from schedules.walltime import wall_clock

Word = TypeVar("Word", bound=StrEnum)


async def list_templates(request: web.Request) -> web.Response:
    query = read_query(request, models.TemplatesQuery)
    floor = request.app[FLOOR]
    place = place_of(query.cursor, floor.now())
    theirs = [
        each
        for each in floor.templates().values()
        if _is_theirs(each, _who(request)) and (query.retired or each.retired_at is None)
    ]
    ordered = sorted(theirs, key=lambda each: (fold(each.title), each.id))
    page, following = page_of(ordered, lambda each: each.id, place, query.limit)
    items = [models.told(each, _who(request), floor.directory(), place.at) for each in page]
    return answer(Page[models.Template](items=items, next=following))


async def get_template(request: web.Request) -> web.Response:
    read_query(request, NoQuery)
    return _shown(request, _template(request).id)


async def compose_template(request: web.Request) -> web.Response:
    read_query(request, NoQuery)
    title, tasks = await _plan(request)
    return await _tell(request, bank.TemplateComposed(request.app[FLOOR].now(), _who(request), title, tasks), 201)


async def improve_template(request: web.Request) -> web.Response:
    read_query(request, NoQuery)
    template, seen = _template(request).id, version_seen(request)
    title, tasks = await _plan(request)
    at = request.app[FLOOR].now()
    return await _tell(request, bank.TemplateImproved(at, _who(request), template, seen, title, tasks))


async def copy_template(request: web.Request) -> web.Response:
    read_query(request, NoQuery)
    at = request.app[FLOOR].now()
    return await _tell(request, bank.TemplateCopied(at, _who(request), _template(request).id), 201)


async def share_template(request: web.Request) -> web.Response:
    read_query(request, NoQuery)
    at = request.app[FLOOR].now()
    return await _tell(request, bank.TemplateShared(at, _who(request), _template(request).id))


async def retire_template(request: web.Request) -> web.Response:
    read_query(request, NoQuery)
    at = request.app[FLOOR].now()
    return await _tell(request, bank.TemplateRetired(at, _who(request), _template(request).id))


# -- looked up --------------------------------------------------------------------------------------


def _who(request: web.Request) -> OfficerId:
    return OfficerId(request[TOKEN])


def _is_theirs(template: Template, by: OfficerId) -> bool:
    return template.shared_at is not None or template.owner == by


def _template(request: web.Request) -> Template:
    """That of the path. Raises Refused 404: there is none, or it is somebody's own."""
    found = request.app[FLOOR].templates().get(TemplateId(read_id(request)))
    if found is None or not _is_theirs(found, _who(request)):
        raise Refused(404, "There is no such template, or it is not shared.")
    return found


def _shown(request: web.Request, template: TemplateId, status: int = 200) -> web.Response:
    floor = request.app[FLOOR]
    found = floor.templates()[template]
    response = answer(models.told(found, _who(request), floor.directory(), floor.now()), status)
    response.headers.update(etag(found.version))
    return response


async def _tell(request: web.Request, event: bank.TemplateEvent, status: int = 200) -> web.Response:
    change = await commit(request.app[FLOOR], TemplateTold(event.at, event))
    # Once more shared or retired changes nothing, and nothing is new to be told.
    template = next(iter(change.templates)) if change.templates else _template(request).id
    return _shown(request, template, status)


# -- the plan ---------------------------------------------------------------------------------------


async def _plan(request: web.Request) -> tuple[str, tuple[TaskPlan, ...]]:
    """The title and the tasks of the body. Raises Refused with every fault."""
    body, faults = await sift_body(request, models.TemplateBody)
    floor = request.app[FLOOR]
    title, today = body.title or "", wall_clock(floor.now()).date()
    tasks = tuple(
        _task(faults, f"tasks.{number}", each, floor.directory(), today) for number, each in enumerate(body.tasks)
    )
    places = {f"tasks[{number}]": f"tasks.{number}" for number in range(len(tasks))}
    for fault in faults_of(title, tasks):
        whole, dot, part = fault.where.partition(".")
        _add(faults, f"{places.get(whole, whole)}{dot}{part}", f"{fault.what}; {fault.mend}")
    if faults:
        raise refuse_all(faults)
    return title, tasks


def _task(
    faults: list[FieldFault], where: str, body: models.TemplateTaskBody, directory: Directory, today: date
) -> TaskPlan:
    """One task; where it says nothing that can be read, something takes its place and ``faults`` tells of it."""
    kind = _choice(faults, f"{where}.kind", body.kind, TaskKind)
    does = _choice(faults, f"{where}.does", body.does, Side)
    if body.days is None:
        _add(faults, f"{where}.days", "is required: working days, after the task before it")
    structure = StructureId(body.structure) if body.structure else None
    if structure is not None:
        _look_up(faults, f"{where}.structure", structure, directory, today)
    return TaskPlan(kind or TaskKind.TALK, body.title or "", does or Side.PERSON, body.days or 0, structure)


def _look_up(faults: list[FieldFault], where: str, structure: StructureId, directory: Directory, today: date) -> None:
    shown = shown_structure(directory, structure, today)
    if shown.name is None:
        _add(faults, where, "is no structure of the directory; write the id of one, or leave it out")
    elif shown.closed_on is not None and shown.closed_on <= today:
        instead = f"write {shown.heir.id}, which took over" if shown.heir is not None else "write another one"
        _add(faults, where, f"closed on {shown.closed_on}; {instead}")


def _choice(faults: list[FieldFault], where: str, sent: str | None, words: type[Word]) -> Word | None:
    try:
        return words(sent or "")
    except ValueError:
        _add(faults, where, f"write {_among(words)}" if sent else f"is required: {_among(words)}")
        return None


def _among(words: Iterable[StrEnum]) -> str:
    return " or ".join((", ".join([*words][:-1]), [*words][-1]))


def _add(faults: list[FieldFault], where: str, message: str) -> None:
    """One fault more, unless something was said of this field, or of what it is part of, already."""
    if not any(f"{where}.".startswith(f"{fault.field}.") for fault in faults):
        faults.append(FieldFault(field=where, message=message))
