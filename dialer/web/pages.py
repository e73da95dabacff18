"""The pages in French: the live page, one call's and one callback's, whole, as a browser first asks for them.

Decides nothing but which template, and that each page says who is signed in; the streams keep what was served here up
to date.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from dialer.core.callbacks.states import CallbackId
from dialer.core.words import CallId
from dialer.web.asked import read_id
from dialer.web.callback_story import callback_story
from dialer.web.keys import FLOOR, HOLDER, OWN_FORMS, STREAMS
from dialer.web.looks import look
from dialer.web.problems import Refused
from dialer.web.render import page
from dialer.web.sign_in_session import csrf_of
from dialer.web.story import story


async def live_page(request: web.Request) -> web.Response:
    made = request.app[STREAMS].board.render()
    holder = request[HOLDER]
    supervises = holder.session is not None and holder.reaches("advisers:write")
    values = {"fragments": made.fragments, "at": made.at, "now": request.app[FLOOR].now(), "supervises": supervises}
    return _html(request, "direct.html", **values)


async def call_page(request: web.Request) -> web.Response:
    floor = request.app[FLOOR]
    told = await story(floor, CallId(read_id(request)))
    if told is None:
        raise Refused(404, "There is no such call, or it is no longer kept.")
    await look(floor, request[HOLDER], "call", [told.row.id] if told.caller is not None else [])
    values = {"fragments": told.fragments, "at": told.at, "now": floor.now(), "told": told, "call": told.row}
    return _html(request, "appel.html", **values)


async def callback_page(request: web.Request) -> web.Response:
    floor = request.app[FLOOR]
    told = await callback_story(floor, CallbackId(read_id(request)))
    if told is None:
        raise Refused(404, "There is no such callback, or it is no longer kept.")
    await look(floor, request[HOLDER], "callback", [told.row.id] if told.phone is not None else [])
    values = {"fragments": told.fragments, "at": told.at, "now": floor.now(), "told": told, "callback": told.row}
    return _html(request, "suivi.html", **values)


@dataclass(frozen=True, slots=True)
class Me:
    """Who is signed in, as each page says it, with the code of its form to sign out."""

    name: str
    csrf: str


def _html(request: web.Request, template: str, **values: Any) -> web.Response:
    holder, access = request[HOLDER], request.app[FLOOR].access
    me = None
    if access is not None and holder.account is not None and holder.session is not None:
        me = Me(holder.account.name, csrf_of(access, holder.session))
        request[OWN_FORMS] = True
    return web.Response(text=page(template, me=me, **values), content_type="text/html")
