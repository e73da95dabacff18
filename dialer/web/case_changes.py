"""Whatever changes a case, in the API: tasks, appointments, notes, consents, schooling, who answers for it, its end.

Decides the order: the case must be theirs (404), they say which version they have before them (428), the body is whole
(422), and then the core says whether it is done (404, 409, 422). Who was overtaken is told by whom, and nothing is
overwritten. What a body means is `case_told`'s. Must not know how a case is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import TypeVar

from aiohttp import web

from dialer.core.cases.appointment import AppointmentFixed, AppointmentMoved
from dialer.core.cases.file import CaseFile
from dialer.core.cases.responsible import OfficerId
from dialer.core.cases.told import FileEvent
from dialer.core.cases.visibility import may_see
from dialer.core.events import CaseTold
from dialer.core.revision import Stale, Versioned
from dialer.web import case_bodies as bodies
from dialer.web import case_models as models
from dialer.web import case_told as told
from dialer.web.answer import answer
from dialer.web.asked import read_query, sift_body
from dialer.web.case_door import etag, look, read_case, version_seen
from dialer.web.case_judge import Judge
from dialer.web.case_shown import shown_appointment, shown_note, shown_path
from dialer.web.commit import commit
from dialer.web.keys import FLOOR, TOKEN, VIEWER
from dialer.web.models import Asked, NoQuery
from dialer.web.not_made import Overtaken
from dialer.web.problems import Refused

Body = TypeVar("Body", bound=Asked)
Part = TypeVar("Part")


async def change_tasks(request: web.Request) -> web.Response:
    return await _change(request, bodies.TasksBody, told.of_tasks)


async def change_appointments(request: web.Request) -> web.Response:
    return await _change(request, bodies.AppointmentsBody, told.of_appointments)


async def change_notes(request: web.Request) -> web.Response:
    return await _change(request, bodies.NotesBody, told.of_notes)


async def say_consent(request: web.Request) -> web.Response:
    return await _change(request, bodies.ConsentBody, told.of_consents)


async def say_schooling(request: web.Request) -> web.Response:
    return await _change(request, bodies.SchoolingBody, told.of_schooling)


async def assign(request: web.Request) -> web.Response:
    return await _change(request, bodies.AssignBody, told.of_assign)


async def transfer(request: web.Request) -> web.Response:
    return await _change(request, bodies.TransferBody, told.of_transfer)


async def end_case(request: web.Request) -> web.Response:
    return await _change(request, bodies.EndBody, told.of_end)


async def _change(
    request: web.Request, model: type[Body], read: Callable[[Body, Judge, told.Around], FileEvent]
) -> web.Response:
    read_query(request, NoQuery)
    floor = request.app[FLOOR]
    kept = await read_case(request)
    against = version_seen(request)
    body, shape = await sift_body(request, model)
    if not isinstance(kept, Versioned):
        raise Refused(409, "The case is in the archive and does not change any more.")
    case, at = kept.value.id, floor.now()
    around = told.Around(
        at, OfficerId(request[TOKEN]), kept.value, floor.directory(), floor.templates(), floor.rules().officers
    )
    event = read(body, Judge(shape), around)
    # A file that a restart found ended is not in memory; while the case is open the desk's own is the newest.
    stored = kept if kept.value.case.ended is not None else None
    try:
        change = await commit(floor, CaseTold(at, case, event, against, stored))
    except Overtaken as overtaken:
        await read_case(request)  # 404 when it was taken out of their académies meanwhile
        return _told_meanwhile(overtaken.stale, overtaken.detail)
    after = change.files.get(case)
    if after is None:  # it was so already: the audit knows nothing of it yet
        await look(request, [case])
    response = answer(_changed(request, event, kept.value, after or kept))
    response.headers.update(etag((after or kept).version))
    return response


def _changed(request: web.Request, event: FileEvent, before: CaseFile, after: Versioned[CaseFile]) -> models.Changed:
    """What was done; nothing of a case that they have just handed out of their académies."""
    value = after.value
    if not may_see(request[VIEWER], value):
        return models.Changed(case=value.id, version=after.version, seen=False)
    path = _touched(before.paths, value.paths)
    note = _touched(before.notes, value.notes)
    dated = _touched(before.appointments, value.appointments)
    shown = shown_appointment(dated, value, request.app[FLOOR].directory()) if dated is not None else None
    return models.Changed(
        case=value.id,
        version=after.version,
        seen=True,
        late=shown is not None and shown.late and isinstance(event, AppointmentFixed | AppointmentMoved),
        path=shown_path(path) if path is not None else None,
        appointment=shown,
        note=shown_note(note) if note is not None else None,
    )


def _touched(before: Sequence[Part], after: Sequence[Part]) -> Part | None:
    """The last that is not as it was."""
    return next((each for each in reversed(after) if each not in before), None)


def _told_meanwhile(stale: Stale, detail: str) -> web.Response:
    body = models.Overtaken(
        title=HTTPStatus.CONFLICT.phrase,
        status=HTTPStatus.CONFLICT,
        detail=detail,
        version=stale.version,
        meanwhile=[models.Meanwhile.model_validate(each) for each in stale.meanwhile],
    )
    return web.Response(
        status=HTTPStatus.CONFLICT,
        body=body.model_dump_json(exclude_none=True).encode(),
        content_type="application/problem+json",
    )
