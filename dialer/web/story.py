"""One call's page: its facts and its timeline → fragments of HTML.

Decides what a supervisor sees of one call. The number is masked: nothing is decided by it here. Must not know how it
reaches the browser.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dialer.core.numbers import masked
from dialer.core.words import CallId
from dialer.web.board import LINK_LOST
from dialer.web.floor import CallRow, Floor
from dialer.web.french import iso
from dialer.web.render import page
from dialer.web.timeline import Names, tell

FRAGMENTS = ("bandeau", "alertes", "faits", "recit")


@dataclass(frozen=True, slots=True)
class Story:
    """The fragments by their ids, and whether the call is over: then they stay as they are."""

    row: CallRow
    at: str
    over: bool
    fragments: Mapping[str, str]
    caller: str | None
    """Masked; None when the caller withheld it."""


async def story(floor: Floor, call: CallId) -> Story | None:
    """The page of one call as it is now; None when it is not known."""
    row = await floor.call(call)
    if row is None:
        return None
    records = await floor.timeline(call)
    number = (await floor.callers([call])).get(call)
    now = floor.now()
    advisers = {entry.adviser for entry in records if entry.adviser is not None}
    views = [view for adviser in advisers if (view := floor.adviser(adviser)) is not None]
    names = Names(
        lines={line.id: line.name for line in floor.lines()},
        queues={queue: rules.name for queue, rules in floor.queues().items()},
        advisers={view.id: view.name for view in views},
    )
    live = floor.open_call(call)
    values = {
        "call": row,
        "place": live.place if live is not None else None,
        "names": names,
        "told": tell(records, names),
        "now": now,
        "shift": floor.clock_shift,
        "alerts": [] if floor.ready().asterisk else [LINK_LOST],
    }
    fragments = {name: page(f"_{name}.html", **values) for name in FRAGMENTS}
    caller = masked(number) if number is not None else None
    return Story(row, iso(now), row.state == "ended", fragments, caller)
