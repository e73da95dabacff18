"""The web application: routes, guard and streams put together around a floor.

Decides the order of what a request passes: problems, known host, token, handler. Must not know who runs it where.
"""

from __future__ import annotations

from collections.abc import Collection

from aiohttp import web

from dialer.web import guard
from dialer.web.floor import Floor
from dialer.web.keys import FLOOR, HOSTS, OPENAPI, STREAMS, TABLE
from dialer.web.live import Streams
from dialer.web.openapi import describe
from dialer.web.problems import BODY_MAX, problems
from dialer.web.routes import ROUTES, Route


def make_app(floor: Floor, *, hosts: Collection[str] = ()) -> web.Application:
    """The application over ``floor``.

    ``hosts``: names other than localhost by which a request straight from this machine may call us (a proxy that
    leaves no mark). Run it without aiohttp's access log, which would write addresses, and with a ``shutdown_timeout``
    of a few seconds: streams are ended first.
    """
    app = web.Application(middlewares=[problems, guard.known_host, guard.token_asked], client_max_size=BODY_MAX)
    app[FLOOR] = floor
    app[HOSTS] = frozenset(name.lower() for name in hosts)
    table: dict[tuple[str, str], Route] = {(route.method, route.path): route for route in ROUTES}
    app[TABLE] = table
    app[OPENAPI] = describe(ROUTES)
    app[STREAMS] = Streams(floor)
    for route in ROUTES:
        app.router.add_route(route.method, route.path, route.handler)
    app.on_response_prepare.append(guard.add_headers)
    app.on_shutdown.append(_close_streams)
    return app


async def _close_streams(app: web.Application) -> None:
    await app[STREAMS].close()
