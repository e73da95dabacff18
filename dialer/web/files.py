"""The pages' style, script and icon: read once at the start, served from memory.

Decides that a browser asks each time and is told "unchanged" for as long as it is.
"""

from __future__ import annotations

import mimetypes

from aiohttp import web

from dialer.web.problems import Refused
from dialer.web.render import LOOK, STATIC

_FILES = {path.name: (path.read_bytes(), mimetypes.guess_type(path.name)[0]) for path in STATIC.iterdir()}


async def static_file(request: web.Request) -> web.Response:
    found = _FILES.get(request.match_info["name"])
    if found is None:
        raise Refused(404, "There is no such file.")
    body, kind = found
    headers = {"Cache-Control": "no-cache", "ETag": f'"{LOOK}"'}
    if any(tag.value == LOOK for tag in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type=kind or "application/octet-stream", charset="utf-8", headers=headers)
