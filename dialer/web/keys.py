"""Where the application and a request keep what several files need: typed keys, nothing else."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from dialer.core.cases.responsible import Officer
from dialer.core.cases.visibility import National
from dialer.web.floor import Floor
from dialer.web.holder import Holder
from dialer.web.outside import Outside

if TYPE_CHECKING:
    from dialer.web.booking import Bookings
    from dialer.web.live import Streams
    from dialer.web.rappel.reception import Reception
    from dialer.web.routes import Route
    from dialer.web.sign_in_limits import SignInLimits
    from dialer.web.sip_proxy import SipProxy
    from dialer.web.softphone_door import SoftphoneDoor

FLOOR = web.AppKey("FLOOR", Floor)
OUTSIDE = web.AppKey("OUTSIDE", Outside)
SIGN_IN_LIMITS: web.AppKey[SignInLimits] = web.AppKey("SIGN_IN_LIMITS")
HOSTS: web.AppKey[Collection[str]] = web.AppKey("HOSTS")
TABLE: web.AppKey[Mapping[tuple[str, str], Route]] = web.AppKey("TABLE")
OPENAPI: web.AppKey[bytes] = web.AppKey("OPENAPI")
STREAMS: web.AppKey[Streams] = web.AppKey("STREAMS")
HOLDER: web.RequestKey[Holder] = web.RequestKey("HOLDER", Holder)
"""Who asks, and how far their scopes go."""
HOME: web.RequestKey[str] = web.RequestKey("HOME", str)
"""Where who asks finds their own first page."""
SCOPES: web.RequestKey[frozenset[str]] = web.RequestKey("SCOPES", frozenset)
"""What whoever asks may do to anybody's: the scopes that are only for their own are not among them (`HOLDER`)."""
TOKEN: web.RequestKey[str] = web.RequestKey("TOKEN", str)
"""The name of the request's token, or the id of its session's account."""
VIEWER: web.RequestKey[National | Officer] = web.RequestKey("VIEWER")
"""Whose cases whoever asks may see (`visibility`)."""
BOOKINGS: web.AppKey[Bookings] = web.AppKey("BOOKINGS")
SOFTPHONE = web.AppKey("SOFTPHONE", Path)
"""The bundle that set-up made (`ops/softphone.py`)."""
SIP_PROXY: web.AppKey[SipProxy] = web.AppKey("SIP_PROXY")
SOFTPHONE_DOOR: web.AppKey[SoftphoneDoor] = web.AppKey("SOFTPHONE_DOOR")
ACCESSIBILITY_CONTACT: web.AppKey[str | None] = web.AppKey("ACCESSIBILITY_CONTACT")
"""The address of e-mail for whoever cannot use a page; None: they call."""
RECEPTION: web.AppKey[Reception] = web.AppKey("RECEPTION")
OWN_FORMS: web.RequestKey[bool] = web.RequestKey("OWN_FORMS", bool)
"""The answer is a page that may send forms to ourselves."""
MICROPHONE: web.RequestKey[bool] = web.RequestKey("MICROPHONE", bool)
"""The answer is the page that may ask for the microphone."""
