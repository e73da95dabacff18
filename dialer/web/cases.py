"""Cases in the API: listed, shown whole, and what is to be done next in them.

Decides which of the floor's answers makes which body, and that looking is committed before anything is shown. Who may
see which is `visibility`'s, asked by way of `case_door`. Must not know how cases are kept.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace

from aiohttp import web

from dialer.core.callbacks.states import CaseId
from dialer.core.cases.audit import Looked
from dialer.core.cases.escalation import NextAction, Rule
from dialer.core.cases.file import CaseFile
from dialer.core.cases.responsible import OfficerId
from dialer.core.cases.sought import is_too_little, sought
from dialer.core.cases.visibility import academies_of
from dialer.core.places.academie import AcademieCode
from dialer.core.revision import Versioned
from dialer.core.structures.structure import StructureId
from dialer.core.views import BadCursor, CaseFilter
from dialer.core.words import CallId
from dialer.web import case_models as models
from dialer.web.answer import answer
from dialer.web.asked import read_query, refuse
from dialer.web.case_bodies import ActionsQuery, CaseFilters, CasesQuery
from dialer.web.case_door import etag, is_theirs, look, read_case
from dialer.web.case_shown import Scene, shown_action, shown_archive, shown_file, shown_row
from dialer.web.case_timeline import audited
from dialer.web.keys import FLOOR, SCOPES, VIEWER
from dialer.web.models import BAD_CURSOR, NoQuery, Page
from schedules.walltime import as_utc


async def list_cases(request: web.Request) -> web.Response:
    query = read_query(request, CasesQuery)
    try:
        found = await request.app[FLOOR].cases_page(wanted(request, query), query.limit, query.cursor)
    except BadCursor:
        raise refuse("cursor", BAD_CURSOR) from None
    await look(request, [CaseId(row.id) for row in found.items], Looked.LIST)
    scene = scene_of(request)
    return answer(Page[models.Case](items=[shown_row(row, scene) for row in found.items], next=found.next))


async def get_case(request: web.Request) -> web.Response:
    read_query(request, NoQuery)
    floor = request.app[FLOOR]
    kept = await read_case(request)
    case = kept.value.id if isinstance(kept, Versioned) else kept.case
    await look(request, [case])
    names = {str(key): each.name for key, each in floor.rules().officers.items() if each.name}
    audit = audited(await floor.timeline(CallId(case)), names)
    if not isinstance(kept, Versioned):
        return answer(shown_archive(kept, audit, scene_of(request)))
    linked = await _linked(request, kept.value)
    # Who works on the case has to call its person: in the file, where looking is told, the number is whole.
    scene = replace(scene_of(request), whole=True)
    detail = shown_file(kept, await floor.case_callbacks(case), linked, audit, scene)
    response = answer(detail)
    response.headers.update(etag(kept.version))
    return response


async def list_actions(request: web.Request) -> web.Response:
    query = read_query(request, ActionsQuery)
    floor = request.app[FLOOR]
    after = _read_cursor(query.cursor) if query.cursor is not None else None
    academie = AcademieCode(query.academie) if query.academie is not None else None
    found = await floor.next_actions(academies_of(request[VIEWER], academie))
    theirs = [each for each in found if query.officer is None or each.officer == query.officer]
    rest = theirs if after is None else [each for each in theirs if _place(each) > after]
    page = rest[: query.limit]
    await look(request, sorted({each.case for each in page}), Looked.LIST)
    items = [shown_action(each, floor.now(), floor.almanac_of(each.case)) for each in page]
    following = _write_cursor(page[-1]) if len(rest) > query.limit else None
    return answer(Page[models.Action](items=items, next=following))


def wanted(request: web.Request, query: CaseFilters) -> CaseFilter:
    """What is asked for, among what they may see."""
    academie = AcademieCode(query.academie) if query.academie is not None else None
    return CaseFilter(
        academies=academies_of(request[VIEWER], academie),
        at=request.app[FLOOR].now(),
        ended=None if query.state is None else query.state == "ended",
        standing=query.standing,
        kind=query.kind,
        outcome=query.outcome,
        officer=OfficerId(query.officer) if query.officer is not None else None,
        unassigned=query.unassigned,
        due_before=query.due_before,
        at_risk=query.at_risk,
        received_year=query.year,
        structure=StructureId(query.structure) if query.structure is not None else None,
        words=_words(query.text),
    )


def _words(text: str | None) -> tuple[str, ...]:
    words = sought(text or "")
    if is_too_little(words):
        raise refuse("text", "finds too many; give two letters or more of a word")
    return words


def scene_of(request: web.Request) -> Scene:
    floor = request.app[FLOOR]
    return Scene(floor.now(), floor.rules(), floor.directory(), whole="callers:read" in request[SCOPES])


async def _linked(request: web.Request, file: CaseFile) -> list[CaseId]:
    """Those of which they may know."""
    found = []
    for each in file.case.linked:
        kept = await request.app[FLOOR].case_file(each)
        if kept is not None and is_theirs(request[VIEWER], kept):
            found.append(each)
    return found


# -- the page of actions ----------------------------------------------------------------------------

_URGENCY = {rule: place for place, rule in enumerate(Rule)}
_Place = tuple[int, str, str, str, str]
"""Of an action in the list: what `escalation.in_order` sorts by. Instants are written so that they sort as texts."""


def _place(action: NextAction) -> _Place:
    by, since = (as_utc(at).isoformat(timespec="microseconds") for at in (action.by, action.since))
    return _URGENCY[action.rule], by, since, action.case, action.about or ""


def _write_cursor(action: NextAction) -> str:
    return base64.urlsafe_b64encode(json.dumps(_place(action)).encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> _Place:
    """The place of the last of the page before, which may be done by now. Raises Refused 422."""
    try:
        rule, *texts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        by, since, case, about = texts
    except (ValueError, TypeError):
        raise refuse("cursor", BAD_CURSOR) from None
    if not isinstance(rule, int) or not all(isinstance(each, str) for each in texts):
        raise refuse("cursor", BAD_CURSOR)
    return rule, by, since, case, about
