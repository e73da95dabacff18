"""The pages' style, script and icon, read once at the start, and the softphone's bundle, read when it is asked for.

Decides that a browser asks each time and is told "unchanged" for as long as it is.
"""

from __future__ import annotations

import asyncio
import mimetypes
from hashlib import blake2b

from aiohttp import web

from dialer.web.keys import SOFTPHONE
from dialer.web.problems import Refused
from dialer.web.render import LOOK, STATIC

_FILES = {path.name: (path.read_bytes(), mimetypes.guess_type(path.name)[0]) for path in STATIC.iterdir()}


async def static_file(request: web.Request) -> web.Response:
    found = _FILES.get(request.match_info["name"])
    if found is None:
        raise Refused(404, "There is no such file.")
    body, kind = found
    return _unless_known(request, body, kind or "application/octet-stream", LOOK)


async def softphone(request: web.Request) -> web.Response:
    """The bundle as it lies there now: a set-up of its own may make it anew while we run."""
    try:
        body = await asyncio.to_thread(request.app[SOFTPHONE].read_bytes)
    except (OSError, KeyError):
        raise Refused(404, "The softphone is not bundled: run `make setup`.") from None
    return _unless_known(request, body, "text/javascript", blake2b(body, digest_size=6).hexdigest())


def _unless_known(request: web.Request, body: bytes, kind: str, tag: str) -> web.Response:
    headers = {"Cache-Control": "no-cache", "ETag": f'"{tag}"'}
    if any(known.value == tag for known in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type=kind, charset="utf-8", headers=headers)
