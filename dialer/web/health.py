"""Health: whether the process lives, whether calls can be served, and the metrics.

Decides only how these are answered; what is ready is for the floor to say.
"""

from __future__ import annotations

from aiohttp import web

from dialer.web.api import shift_s
from dialer.web.keys import FLOOR
from dialer.web.models import Alive, Readiness


async def healthz(request: web.Request) -> web.Response:
    return web.Response(body=Alive().model_dump_json().encode(), content_type="application/json")


async def readyz(request: web.Request) -> web.Response:
    """200 when calls can be served, else 503; the same body either way."""
    floor = request.app[FLOOR]
    found = floor.ready()
    body = Readiness.of(found, floor.now(), shift_s(floor))
    return web.Response(
        status=200 if found.ready else 503,
        body=body.model_dump_json().encode(),
        content_type="application/json",
    )


async def metrics(request: web.Request) -> web.Response:
    return web.Response(
        body=request.app[FLOOR].metrics(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
    )
