"""The pages in French: the live page, one call's and one callback's, whole, as a browser first asks for them.

Decides nothing but which template; the streams keep what was served here up to date.
"""

from __future__ import annotations

from aiohttp import web

from dialer.core.callbacks.states import CallbackId
from dialer.core.words import CallId
from dialer.web.asked import read_id
from dialer.web.callback_story import callback_story
from dialer.web.keys import FLOOR, STREAMS
from dialer.web.problems import Refused
from dialer.web.render import page
from dialer.web.story import story


async def live_page(request: web.Request) -> web.Response:
    made = request.app[STREAMS].board.render()
    return _html(page("direct.html", fragments=made.fragments, at=made.at, now=request.app[FLOOR].now()))


async def call_page(request: web.Request) -> web.Response:
    floor = request.app[FLOOR]
    told = await story(floor, CallId(read_id(request)))
    if told is None:
        raise Refused(404, "There is no such call, or it is no longer kept.")
    return _html(page("appel.html", fragments=told.fragments, at=told.at, now=floor.now(), told=told, call=told.row))


async def callback_page(request: web.Request) -> web.Response:
    floor = request.app[FLOOR]
    told = await callback_story(floor, CallbackId(read_id(request)))
    if told is None:
        raise Refused(404, "There is no such callback, or it is no longer kept.")
    values = {"fragments": told.fragments, "at": told.at, "now": floor.now(), "told": told, "callback": told.row}
    return _html(page("suivi.html", **values))


def _html(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html")
