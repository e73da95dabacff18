"""Templates of paths in the API: listed, composed, copied, improved, shared, retired.

Decides that one which is not shared is there for its owner alone, and that every fault of a body is told at once. Who
may do what with a template is `core.cases.template`'s. Must not know the paths that were made from one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from aiohttp import web

from dialer.core.cases import bank
from dialer.core.cases.responsible import OfficerId
from dialer.core.cases.template import TaskPlan, Template, TemplateId, faults_of
from dialer.core.events import TemplateTold
from dialer.core.structures.search import fold
from dialer.web import template_models as models
from dialer.web.answer import answer
from dialer.web.asked import read_id, read_query, sift_body
from dialer.web.case_door import etag, version_seen
from dialer.web.case_judge import Judge
from dialer.web.commit import commit
from dialer.web.keys import FLOOR, TOKEN
from dialer.web.models import NoQuery, Page
from dialer.web.paging import page_of, place_of
from dialer.web.problems import Refused
from dialer.web.task_plans import check_structure, read_plan

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
    body, shape = await sift_body(request, models.TemplateBody)
    judge, floor = Judge(shape), request.app[FLOOR]
    title = body.title or ""
    tasks = tuple(read_plan(f"tasks.{number}", each, judge) for number, each in enumerate(body.tasks))
    for fault in faults_of(title, tasks):
        judge.fault(fault)
    for number, task in enumerate(tasks):
        check_structure(f"tasks.{number}.structure", task.structure, floor.now(), judge, floor.directory())
    judge.settle()
    return title, tasks
