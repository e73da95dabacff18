"""The statement of accessibility that a French public service owes (loi n° 2005-102, art. 47; décret n° 2019-768).

Decides who is written to and when it was drawn up; the words are in the template. Open to everybody, signed in or not,
beside the public page too, so that a proxy may let nothing but that one through. Must not know who asks.

Our state is "non conforme": the decree (art. 5) leaves no other to a service without a valid audit, whatever its tests
say. Whoever has it audited changes the template, and the date.
"""

from __future__ import annotations

from datetime import date

from aiohttp import web

from dialer.web import files
from dialer.web.keys import ACCESSIBILITY_CONTACT, FLOOR
from dialer.web.problems import Refused
from dialer.web.render import page

DRAWN_UP = date(2026, 11, 22)
STATIC = frozenset({"fil-vert.css", "fil-vert.svg", "rappel.css"})


async def statement(request: web.Request) -> web.Response:
    return _statement(request, "/accessibilite/static")


async def public_statement(request: web.Request) -> web.Response:
    """The same, where the public page's files are."""
    return _statement(request, "/rappel/static")


async def static_file(request: web.Request) -> web.Response:
    if request.match_info["name"] not in STATIC:
        raise Refused(404, "There is no such file.")
    return await files.static_file(request)


def _statement(request: web.Request, beside: str) -> web.Response:
    html = page(
        "accessibilite.html",
        files=beside,
        contact=request.app[ACCESSIBILITY_CONTACT],
        lines=request.app[FLOOR].rules().lines.values(),
        drawn_up=DRAWN_UP,
    )
    return web.Response(text=html, content_type="text/html")
