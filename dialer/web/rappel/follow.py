"""Behind the secret link: moving a request, cancelling it.

Decides what the link lets people do with the call that they asked for; what else it shows is `dossier`. The link is the
authority, so these pages ask nothing else.
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from dialer.core.callbacks.intake import Anew, Asked, examine_anew
from dialer.core.callbacks.request import Source
from dialer.core.callbacks.states import Callback, stage
from dialer.core.callbacks.told import CallbackCancelled, Rescheduled
from dialer.core.events import CallbackTold
from dialer.web import commit
from dialer.web.booking import slots_of
from dialer.web.keys import FLOOR, RECEPTION
from dialer.web.rappel import words
from dialer.web.rappel.answers import html, refusal, see, too_many, unavailable
from dialer.web.rappel.choices import shown, where, wish_in
from dialer.web.rappel.opened import CHANGING, Followed, opened, standing


async def move_page(request: web.Request) -> web.Response:
    if wait_s := request.app[RECEPTION].wait_s(request, sending=False):
        return too_many(request, wait_s)
    found = await opened(request)
    if isinstance(found, web.Response):
        return found
    if found.callback is None or stage(found.callback) not in CHANGING:
        return see(request, found.path)
    return _windows(request, found, found.callback, "", {})


async def move(request: web.Request) -> web.Response:
    """Another window, or as soon as possible."""
    floor, reception = request.app[FLOOR], request.app[RECEPTION]
    if wait_s := reception.wait_s(request, sending=True):
        return too_many(request, wait_s)
    found = await opened(request)
    if isinstance(found, web.Response):
        return found
    line = floor.rules().lines.get(found.callback.line) if found.callback is not None else None
    if found.callback is None or line is None:
        return _refused(request, found, "closed")
    value = str((await request.post()).get("creneau", ""))
    wish, start, end = wish_in(value)
    asked = Asked(wish=wish, start=start, end=end, source=Source.WEB.value)
    known, postcode = found.callback.phone, found.callback.postcode
    judged = examine_anew(asked, line, known, postcode, floor.rules(), slots_of(floor), floor.now())
    if not isinstance(judged, Anew):
        said = words.fault(judged[0])[1]
        return _windows(request, found, found.callback, value, {"creneau": said})
    now = floor.now()
    return await _told(request, found, CallbackTold(now, found.id, Rescheduled(now, judged.window)), "creneau")


async def cancel_page(request: web.Request) -> web.Response:
    """Asks once more: this cannot be undone."""
    if wait_s := request.app[RECEPTION].wait_s(request, sending=False):
        return too_many(request, wait_s)
    found = await opened(request)
    if isinstance(found, web.Response):
        return found
    if found.callback is None or stage(found.callback) not in CHANGING:
        return see(request, found.path)
    return html(request, "rappel_annulation.html", link=found.path)


async def cancel(request: web.Request) -> web.Response:
    if wait_s := request.app[RECEPTION].wait_s(request, sending=True):
        return too_many(request, wait_s)
    found = await opened(request)
    if isinstance(found, web.Response):
        return found
    now = request.app[FLOOR].now()
    return await _told(request, found, CallbackTold(now, found.id, CallbackCancelled(now)), "annulation")


# -- the parts --------------------------------------------------------------------------------------


async def _told(request: web.Request, found: Followed, event: CallbackTold, done: str) -> web.Response:
    try:
        async with asyncio.timeout(commit.COMMIT_MAX_S):
            change = await request.app[FLOOR].submit(event)
    except TimeoutError:
        return unavailable(request)
    if change.refused is None:
        return see(request, f"{found.path}?fait={done}")
    if change.refused == "slot_taken" and found.callback is not None:
        return _windows(request, found, found.callback, "", {"creneau": words.REFUSED["slot_taken"]})
    return _refused(request, found, str(change.refused))


def _refused(request: web.Request, found: Followed, why: str) -> web.Response:
    said = words.REFUSED.get(why, words.REFUSED_OTHERWISE)
    return refusal(request, 409, "Rien n’a été changé", said, again=found.path)


def _windows(
    request: web.Request, found: Followed, callback: Callback, value: str, faults: dict[str, str]
) -> web.Response:
    floor = request.app[FLOOR]
    here = where(callback.phone, callback.postcode)
    free = floor.slots(callback.line, callback.phone, callback.postcode)
    return html(
        request, "rappel_creneau.html",
        status=422 if faults else 200,
        form={"creneau": value},
        faults=faults,
        labels=words.LABELS,
        shown=shown(free, floor.now(), here),
        state=standing(found, floor.now()),
        link=found.path,
    )  # fmt: skip
