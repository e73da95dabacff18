"""The API's answers: one handler per route of `/api/v1`.

Decides which of the floor's answers makes which body. What may be asked is in `models.py`, who may ask in `routes.py`.
A caller's number is whole only for the scope `callers:read`, and is never logged. Whose scope opens what is their own
sees a list of that alone, and the rest is not there.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel

from dialer.core.events import HelpAsked, WishSet
from dialer.core.numbers import masked
from dialer.core.views import AdviserView, BadCursor, CallFilter
from dialer.core.words import E164, AdviserId, CallId, Wish
from dialer.web import models, timeline
from dialer.web.answer import answer
from dialer.web.asked import read_body, read_id, read_query, refuse
from dialer.web.commit import commit
from dialer.web.floor import CallRow, Floor
from dialer.web.keys import FLOOR, HOLDER, OPENAPI, STREAMS
from dialer.web.looks import look
from dialer.web.problems import Refused

Item = TypeVar("Item", bound=BaseModel)


async def list_advisers(request: web.Request) -> web.Response:
    query = read_query(request, models.ListQuery)
    own = request[HOLDER].bound("advisers:read")
    advisers = [
        shown_adviser(request, view) for view in request.app[FLOOR].desk().advisers if own is None or view.id == own
    ]
    return answer(_part(advisers, query, lambda adviser: adviser.id))


async def put_wish(request: web.Request) -> web.Response:
    read_query(request, models.NoQuery)
    asked = await read_body(request, models.WishBody)
    adviser = _adviser(request)
    if not request[HOLDER].reaches("advisers:write", AdviserId(adviser.id)):
        raise _no_adviser()
    floor = request.app[FLOOR]
    event = WishSet(floor.now(), AdviserId(adviser.id), Wish(asked.wish), reason=asked.reason)
    await commit(floor, event)
    return answer(_adviser(request))


async def put_help(request: web.Request) -> web.Response:
    """An adviser asks for themselves; a supervisor can but say that it is over. A program does either."""
    read_query(request, models.NoQuery)
    asked = await read_body(request, models.HelpBody)
    adviser, holder = AdviserId(_adviser(request).id), request[HOLDER]
    if not holder.reaches("advisers:write", adviser):
        raise _no_adviser()
    own = holder.account.adviser == adviser if holder.account is not None else asked.asked
    if asked.asked and not own:
        raise Refused(403, "Advisers call for help themselves; a supervisor says that it is over.")
    floor = request.app[FLOOR]
    await commit(floor, HelpAsked(floor.now(), adviser, asked.asked, own))
    return answer(_adviser(request))


async def list_calls(request: web.Request) -> web.Response:
    query = read_query(request, models.CallsQuery)
    floor, own = request.app[FLOOR], request[HOLDER].bound("calls:read")
    if own is not None and query.adviser not in (None, own):
        return answer(models.Page[models.Call](items=[], next=None))
    wanted = CallFilter(query.line, query.queue, query.state, query.outcome, own or query.adviser, query.since)
    try:
        found = await floor.calls_page(wanted, query.limit, query.cursor)
    except BadCursor:
        raise refuse("cursor", models.BAD_CURSOR) from None
    numbers = await floor.callers([row.id for row in found.items])
    await look(floor, request[HOLDER], "call", [row.id for row in found.items if row.id in numbers])
    calls = [models.Call.model_validate(_call(request, row, numbers.get(row.id))) for row in found.items]
    return answer(models.Page[models.Call](items=calls, next=found.next))


async def get_call(request: web.Request) -> web.Response:
    read_query(request, models.NoQuery)
    call_id = CallId(read_id(request))
    row = await request.app[FLOOR].call(call_id)
    if row is None or not request[HOLDER].reaches("calls:read", request[HOLDER].of_call(row)):
        raise Refused(404, "There is no such call, or it is no longer kept.")
    return await call_shown(request, row)


async def call_shown(request: web.Request, row: CallRow) -> web.Response:
    """The call as it is stored, with all that the journal tells of it."""
    floor, call_id = request.app[FLOOR], CallId(row.id)
    records = await floor.timeline(call_id)
    number = (await floor.callers([call_id])).get(call_id)
    await look(floor, request[HOLDER], "call", [call_id] if number is not None else [])
    return answer(
        models.CallDetail.model_validate(
            _call(request, row, number)
            | {
                "timeline": [models.TimelineEntry.of(entry) for entry in records],
                "places": timeline.places(records),
                "offers": timeline.offers(records),
            }
        )
    )


async def get_desk(request: web.Request) -> web.Response:
    read_query(request, models.NoQuery)
    floor = request.app[FLOOR]
    within = {str(queue): rules.answered_within_s for queue, rules in floor.queues().items()}
    return answer(models.Desk.of(floor.desk(), shift_s(floor), models.Figures.of(floor.figures(), within)))


async def list_lines(request: web.Request) -> web.Response:
    query = read_query(request, models.ListQuery)
    lines = [models.Line.model_validate(view) for view in request.app[FLOOR].lines()]
    return answer(_part(lines, query, lambda line: line.id))


async def get_openapi(request: web.Request) -> web.Response:
    read_query(request, models.NoQuery)
    return web.Response(body=request.app[OPENAPI], content_type="application/json")


def shift_s(floor: Floor) -> float | None:
    """How far the service's clock is ahead of the true one; None when it is the true one."""
    return floor.clock_shift.total_seconds() if floor.clock_shift is not None else None


def _adviser(request: web.Request) -> models.Adviser:
    view = request.app[FLOOR].adviser(AdviserId(read_id(request)))
    if view is None:
        raise _no_adviser()
    return shown_adviser(request, view)


def shown_adviser(request: web.Request, view: AdviserView) -> models.Adviser:
    shown = models.Adviser.model_validate(view)
    return shown.model_copy(update={"page_open": request.app[STREAMS].desks[view.id] > 0})


def _no_adviser() -> Refused:
    return Refused(404, "There is no such adviser.")


def _call(request: web.Request, row: CallRow, number: E164 | None) -> dict[str, object]:
    """A call's fields. Its place and its guest are of this instant, while the stored call and the live one agree."""
    floor, holder = request.app[FLOOR], request[HOLDER]
    live = floor.open_call(CallId(row.id))
    if live is not None and live.state != row.state:
        live = None
    whole = holder.reaches("callers:read", holder.of_call(row))
    return {
        "id": row.id,
        "line": row.line,
        "queue": row.queue,
        "state": row.state,
        "outcome": row.outcome,
        "stage": row.stage,
        "place": live.place if live is not None else None,
        "arrived_at": row.arrived_at,
        "answered_at": row.answered_at,
        "ended_at": row.ended_at,
        "adviser": row.adviser,
        "held": live is not None and live.held,
        "guest": live.guest if live is not None else None,
        "caller": None if number is None else number if whole else masked(number),
    }


def _part(items: Iterable[Item], query: models.ListQuery, key: Callable[[Item], str]) -> models.Page[Item]:
    """The part of a list in memory that is asked for, in the order of its keys."""
    ordered = sorted(items, key=key)
    after = _key_of(query.cursor) if query.cursor is not None else ""
    rest = [item for item in ordered if key(item) > after]
    part = rest[: query.limit]
    following = base64.urlsafe_b64encode(f"k:{key(part[-1])}".encode()).decode() if len(rest) > len(part) else None
    return models.Page[Item](items=part, next=following)


def _key_of(cursor: str) -> str:
    try:
        mark, _, key = base64.b64decode(cursor, altchars=b"-_", validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise refuse("cursor", models.BAD_CURSOR) from None
    if mark != "k":
        raise refuse("cursor", models.BAD_CURSOR)
    return key
