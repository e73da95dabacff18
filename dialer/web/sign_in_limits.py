"""How often one client, and all together, may send the sign-in's forms at all.

Decides the rates, beside the counters of tries (`core.access.throttle`): each form costs a password's hash or a line of
the audit, and a flood shall cost neither. Must not know names nor passwords.
"""

from __future__ import annotations

import math
import time

from aiohttp import web

from dialer.web.keys import OUTSIDE
from dialer.web.rappel.client import client_of
from dialer.web.rappel.limits import Limits, Rate

EACH = Rate(burst=60, every_s=1.0)
"""Of one address: an office whose forty people sign in at eight o'clock, and err."""
ALL = Rate(burst=200, every_s=0.05)


class SignInLimits:
    def __init__(self) -> None:
        self._limits = Limits(EACH, ALL)

    def wait_s(self, request: web.Request) -> int:
        """0: go on; else the whole seconds to wait."""
        peer = request.transport.get_extra_info("peername") if request.transport is not None else None
        forwarded = request.headers.getall("X-Forwarded-For", ())
        client = client_of(peer, forwarded, request.app[OUTSIDE].trusted_proxies)
        return math.ceil(self._limits.wait_s(client, time.monotonic()))
