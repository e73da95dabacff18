"""Where the application and a request keep what several files need: typed keys, nothing else."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from aiohttp import web

from dialer.web.floor import Floor

if TYPE_CHECKING:
    from dialer.web.live import Streams
    from dialer.web.routes import Route

FLOOR = web.AppKey("FLOOR", Floor)
HOSTS: web.AppKey[Collection[str]] = web.AppKey("HOSTS")
TABLE: web.AppKey[Mapping[tuple[str, str], Route]] = web.AppKey("TABLE")
OPENAPI: web.AppKey[bytes] = web.AppKey("OPENAPI")
STREAMS: web.AppKey[Streams] = web.AppKey("STREAMS")
SCOPES: web.RequestKey[frozenset[str]] = web.RequestKey("SCOPES", frozenset)
"""All that the request's token opens."""
