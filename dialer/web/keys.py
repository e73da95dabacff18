"""Where the application and a request keep what several files need: typed keys, nothing else."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from dialer.core.cases.responsible import Officer
from dialer.core.cases.visibility import National
from dialer.web.floor import Floor

if TYPE_CHECKING:
    from dialer.web.booking import Bookings
    from dialer.web.live import Streams
    from dialer.web.rappel.reception import Reception
    from dialer.web.routes import Route
    from dialer.web.sip_proxy import SipProxy

FLOOR = web.AppKey("FLOOR", Floor)
HOSTS: web.AppKey[Collection[str]] = web.AppKey("HOSTS")
TABLE: web.AppKey[Mapping[tuple[str, str], Route]] = web.AppKey("TABLE")
OPENAPI: web.AppKey[bytes] = web.AppKey("OPENAPI")
STREAMS: web.AppKey[Streams] = web.AppKey("STREAMS")
SCOPES: web.RequestKey[frozenset[str]] = web.RequestKey("SCOPES", frozenset)
"""All that the request's token opens."""
TOKEN: web.RequestKey[str] = web.RequestKey("TOKEN", str)
"""The name of the request's token."""
VIEWER: web.RequestKey[National | Officer] = web.RequestKey("VIEWER")
"""Whose cases the request's token shows (`visibility`)."""
BOOKINGS: web.AppKey[Bookings] = web.AppKey("BOOKINGS")
SOFTPHONE = web.AppKey("SOFTPHONE", Path)
"""The bundle that set-up made (`ops/softphone.py`)."""
SIP_PROXY: web.AppKey[SipProxy] = web.AppKey("SIP_PROXY")
RECEPTION: web.AppKey[Reception] = web.AppKey("RECEPTION")
OWN_FORMS: web.RequestKey[bool] = web.RequestKey("OWN_FORMS", bool)
"""The answer is a public page, which may send forms to ourselves."""
