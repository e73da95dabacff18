"""A list in memory, page by page.

Decides what a cursor is: the instant of the first page, at which all pages are looked up, and the last that was shown.
Must not know what is listed, nor in which order.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from dialer.web.asked import refuse
from dialer.web.models import BAD_CURSOR

READ_WITHIN = timedelta(days=1)
"""So long a list may be read page by page."""

Listed = TypeVar("Listed")


@dataclass(frozen=True, slots=True)
class Place:
    """Up to where a list was read. at: of the first page. last: the key of the last one shown; None: nothing yet."""

    at: datetime
    last: str | None = None


def place_of(cursor: str | None, now: datetime) -> Place:
    """Raises Refused 422 for a cursor that is none of ours."""
    if cursor is None:
        return Place(now)
    try:
        mark, instant, last = base64.b64decode(cursor, altchars=b"-_", validate=True).decode().split("|", 2)
        at = datetime.fromisoformat(instant)
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise refuse("cursor", BAD_CURSOR) from None
    if mark != "p" or at.tzinfo is None or not now - READ_WITHIN <= at <= now:
        raise refuse("cursor", BAD_CURSOR)
    return Place(at, last)


def page_of(
    found: Sequence[Listed], key: Callable[[Listed], str], place: Place, limit: int
) -> tuple[Sequence[Listed], str | None]:
    """The next ``limit`` of a whole list, and the cursor of those after them. Raises Refused 422 if the place is gone.

    ``key``: no two have the same.
    """
    begun = 0
    if place.last is not None:
        keys = [key(each) for each in found]
        if place.last not in keys:
            raise refuse("cursor", "the list has changed meanwhile; begin again without it")
        begun = keys.index(place.last) + 1
    page = found[begun : begun + limit]
    if begun + limit >= len(found):
        return page, None
    written = f"p|{place.at.isoformat()}|{key(page[-1])}"
    return page, base64.urlsafe_b64encode(written.encode()).decode()
