"""The web application: routes, guard and streams put together around a floor.

Decides the order of what a request passes: problems, known host, guard, handler. Must not know who runs it where.
"""

from __future__ import annotations

from collections.abc import Collection

from aiohttp import web

from dialer.web import guard
from dialer.web.booking import Bookings
from dialer.web.floor import Floor
from dialer.web.keys import (
    ACCESSIBILITY_CONTACT,
    BOOKINGS,
    FLOOR,
    HOSTS,
    OPENAPI,
    OUTSIDE,
    RECEPTION,
    SIGN_IN_LIMITS,
    STREAMS,
    TABLE,
)
from dialer.web.live import Streams
from dialer.web.models import BODY_MAX
from dialer.web.openapi import describe
from dialer.web.outside import Outside
from dialer.web.problems import problems
from dialer.web.public_routes import PUBLIC_ROUTES
from dialer.web.rappel.reception import Rappel, Reception
from dialer.web.rappel.routes import RAPPEL_ROUTES
from dialer.web.routes import ROUTES, Route
from dialer.web.sign_in_limits import SignInLimits
from dialer.web.sign_in_routes import SIGN_IN_ROUTES


def make_app(
    floor: Floor,
    *,
    hosts: Collection[str] = (),
    rappel: Rappel | None = None,
    outside: Outside | None = None,
    accessibility_contact: str | None = None,
) -> web.Application:
    """The application over ``floor``.

    ``hosts``: names other than localhost by which a request straight from this machine may call us (a proxy that
    leaves no mark). ``rappel``: the public page, if there is to be one. ``outside``: how the outside sees us; None: as
    it calls us. ``accessibility_contact``: whom somebody writes to who cannot use a page; None: they call. Run it
    without aiohttp's access log, which would write addresses, and with a ``shutdown_timeout`` of a few seconds: streams
    are ended first.
    """
    app = web.Application(middlewares=[problems, guard.known_host, guard.let_in], client_max_size=BODY_MAX)
    app[FLOOR] = floor
    app[HOSTS] = frozenset(name.lower() for name in hosts)
    app[OUTSIDE] = outside or Outside()
    app[SIGN_IN_LIMITS] = SignInLimits()
    app[ACCESSIBILITY_CONTACT] = accessibility_contact
    routes = ROUTES + PUBLIC_ROUTES
    if floor.access is not None:
        routes += SIGN_IN_ROUTES
    if rappel is not None:
        routes += RAPPEL_ROUTES
        app[RECEPTION] = Reception(rappel, floor.link_key)
    table: dict[tuple[str, str], Route] = {(route.method, route.path): route for route in routes}
    app[TABLE] = table
    app[OPENAPI] = describe(ROUTES)
    app[STREAMS] = Streams(floor)
    app[BOOKINGS] = Bookings(floor)
    for route in routes:
        app.router.add_route(route.method, route.path, route.handler)
    app.on_response_prepare.append(guard.add_headers)
    app.on_shutdown.append(_close_streams)
    app.on_cleanup.append(_close_bookings)
    return app


async def _close_streams(app: web.Application) -> None:
    await app[STREAMS].close()


async def _close_bookings(app: web.Application) -> None:
    await app[BOOKINGS].close()
