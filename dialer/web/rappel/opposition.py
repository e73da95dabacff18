"""Behind the secret link: never to be called again.

Decides that it is asked once more, for it cannot be taken back here. What ends by it is decided by the desk.
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from dialer.core.cases.actor import PERSON
from dialer.core.events import NumberOpposed
from dialer.web import commit
from dialer.web.keys import FLOOR, RECEPTION
from dialer.web.oppositions import numbers_behind
from dialer.web.rappel.answers import html, see, too_many, unavailable
from dialer.web.rappel.opened import opened


async def oppose_page(request: web.Request) -> web.Response:
    """Asks once more."""
    if wait_s := request.app[RECEPTION].wait_s(request, sending=False):
        return too_many(request, wait_s)
    found = await opened(request)
    if isinstance(found, web.Response):
        return found
    floor = request.app[FLOOR]
    numbers = [each for each in await numbers_behind(floor, found.id) if not floor.is_opposed(each)]
    if not numbers:
        return see(request, found.path)
    return html(request, "rappel_opposition.html", link=found.path, endings=[each[-2:] for each in numbers])


async def oppose(request: web.Request) -> web.Response:
    """Every number that they are, or were, to be called on. Once more changes nothing."""
    if wait_s := request.app[RECEPTION].wait_s(request, sending=True):
        return too_many(request, wait_s)
    found = await opened(request)
    if isinstance(found, web.Response):
        return found
    floor = request.app[FLOOR]
    try:
        async with asyncio.timeout(commit.COMMIT_MAX_S):
            for number in await numbers_behind(floor, found.id):
                await floor.submit(NumberOpposed(floor.now(), number, PERSON.name))
    except TimeoutError:
        return unavailable(request)
    return see(request, f"{found.path}?fait=opposition")
