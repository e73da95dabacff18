"""The live page's content: the desk → fragments of HTML, rendered at most four times a second for all who look.

Decides what the page is made of, what needs a supervisor's attention, and how often it is made anew: at a change, and
at the latest every few seconds, because opening hours pass without an event. Must not know who looks nor how it
reaches them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from dialer.core.views import CallView, DeskView
from dialer.core.words import Instant
from dialer.web import french
from dialer.web.floor import Floor
from dialer.web.render import page

RENDER_EVERY_MIN_S = 0.25
BEAT_S = 10.0
"""A page that hears nothing for longer is not alive."""
ROWS_MAX = 100
"""Calls shown at once; what is further down is counted."""

FRAGMENTS = ("bandeau", "alertes", "lignes", "chiffres", "files", "appels", "rappels", "conseillers")


@dataclass(frozen=True, slots=True)
class Rendering:
    """What the page shows: the floor's version and instant it was made of, and the HTML of each fragment by its id."""

    serial: int
    version: int
    at: str
    fragments: Mapping[str, str]


class Board:
    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._last: Rendering | None = None
        self._rendered_s = 0.0
        self._one_at_a_time = asyncio.Lock()

    async def next(self, seen: Rendering | None) -> Rendering:
        """A rendering that is later than ``seen``: after a change, or after BEAT_S without one. Safe to cancel."""
        if seen is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_S):
                    await self._floor.changes.after(seen.version)
        async with self._one_at_a_time:
            last = self._last
            if last is not None:
                age_s = asyncio.get_running_loop().time() - self._rendered_s
                news = seen is None or last.serial > seen.serial
                if news and age_s < RENDER_EVERY_MIN_S:
                    return last
                await asyncio.sleep(max(0.0, RENDER_EVERY_MIN_S - age_s))
            self._last = self.render()
            self._rendered_s = asyncio.get_running_loop().time()
            return self._last

    def render(self) -> Rendering:
        """The page as it is now."""
        floor = self._floor
        version = floor.changes.version
        desk = floor.desk()
        values = {
            "desk": desk,
            "now": desk.at,
            "today": floor.figures(),
            "rules": floor.queues(),
            "shift": floor.clock_shift,
            "alerts": alerts(desk),
            "callbacks": floor.callback_board(),
            "calls": sorted(desk.calls, key=_pressing)[:ROWS_MAX],
            "rows_max": ROWS_MAX,
            "names": {
                "line": {line.id: line.name for line in desk.lines},
                "queue": {queue.id: queue.name for queue in desk.queues},
                "adviser": {adviser.id: adviser.name for adviser in desk.advisers},
            },
        }
        fragments = {name: page(f"_{name}.html", **values) for name in FRAGMENTS}
        serial = self._last.serial + 1 if self._last is not None else 1
        return Rendering(serial, version, french.iso(desk.at), fragments)


LINK_LOST = "La liaison avec Asterisk est perdue : aucun appel n’est distribué."


def _pressing(call: CallView) -> tuple[int, Instant]:
    """Who waits comes first, then who is in a menu, then who talks; each in the order of arrival."""
    return {"waiting": 0, "offered": 0, "talking": 2}.get(call.state, 1), call.arrived_at


def alerts(desk: DeskView) -> list[str]:
    """What needs attention now. Words without numbers, so that they are read out when they begin, and not again."""
    found = []
    if not desk.link_up:
        found.append(LINK_LOST)
    helpless = [adviser.name for adviser in desk.advisers if adviser.help_since is not None]
    empty = [queue.name for queue in desk.queues if queue.on_phone == 0 and any(line.open for line in desk.lines)]
    stuck = [queue.name for queue in desk.queues if queue.on_phone and queue.waiting and not queue.ready]
    paused = [adviser.name for adviser in desk.advisers if adviser.wish == "paused" and adviser.wish_by == "system"]
    for told, who in (
        ("Demande d’aide", helpless),
        ("Personne n’est en poste", empty),
        ("On attend et personne n’est prêt", stuck),
        ("Mis en pause par le système", paused),
    ):
        if who:
            more = f" et {len(who) - 3}{french.NBSP}autres" if len(who) > 3 else ""
            found.append(f"{told} : {', '.join(who[:3])}{more}.")
    return found
