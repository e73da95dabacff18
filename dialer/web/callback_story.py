"""One callback's page: its facts, its attempts and its timeline → fragments of HTML.

Decides what a supervisor sees of one callback: the number masked, and nothing of what the person said of themselves.
Must not know how it reaches the browser.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from dialer.core.callbacks.states import (
    Accepted,
    Attached,
    Callback,
    CallbackId,
    HangingUp,
    Joined,
    Offered,
    Ready,
    Requested,
    Resting,
    Telling,
    Unsettled,
)
from dialer.core.numbers import masked
from dialer.core.words import E164, CallId
from dialer.web.board import LINK_LOST
from dialer.web.floor import CallbackRow, Floor
from dialer.web.french import FOR_PERSON, day, iso, moment, refused_because
from dialer.web.render import page
from dialer.web.timeline import tell
from dialer.web.told import Names, Told

FRAGMENTS = {
    "bandeau": "_bandeau.html",
    "alertes": "_alertes.html",
    "faits": "_rappel_faits.html",
    "tentatives": "_rappel_tentatives.html",
    "recit": "_rappel_recit.html",
}
"""By the id of the place they are put in."""


@dataclass(frozen=True, slots=True)
class CallbackStory:
    """The fragments by their ids, and whether the callback is over: then they stay as they are."""

    row: CallbackRow
    at: str
    over: bool
    fragments: Mapping[str, str]
    phone: str | None
    """Masked; None when it is no longer kept."""
    line: str


async def callback_story(floor: Floor, callback: CallbackId) -> CallbackStory | None:
    """The page of one callback as it is now; None when it is not known."""
    row = await floor.callback(callback)
    if row is None:
        return None
    records = await floor.timeline(CallId(callback))
    now, live = floor.now(), floor.open_callback(callback)
    people = {entry.adviser for entry in records if entry.adviser is not None}
    views = [view for adviser in people if (view := floor.adviser(adviser)) is not None]
    names = Names(
        lines={line.id: line.name for line in floor.lines()},
        queues={queue: rules.name for queue, rules in floor.queues().items()},
        advisers={view.id: view.name for view in views},
    )
    values = {
        "callback": row,
        "detail": _detail(live, now) if live is not None and row.state != "closed" else None,
        "gate": live.gate if live is not None else None,
        "gate_at": live.gate_at if live is not None else None,
        "names": names,
        "days": _by_day(tell(records, names)),
        "now": now,
        "shift": floor.clock_shift,
        "alerts": [] if floor.ready().asterisk else [LINK_LOST],
    }
    fragments = {place: page(template, **values) for place, template in FRAGMENTS.items()}
    phone = masked(E164(row.phone)) if row.phone is not None else None
    return CallbackStory(row, iso(now), row.state == "closed", fragments, phone, names.line(row.line))


def _detail(callback: Callback, now: datetime) -> str | None:
    """What its state does not say by itself."""
    match callback.state:
        case Requested(due_at=at) | Resting(until=at):
            return f"prévu {moment(at, now)}"
        case Unsettled(why="gate", detail=str(reason)):
            return f"à décider : {refused_because(reason)}"
        case Unsettled(why=why):
            return f"à décider : {FOR_PERSON[why]}"
        case Attached():
            return "la personne nous appelle en ce moment"
        case Joined():
            return "dans l’appel de la personne"
        case Offered():
            return "la fiche est affichée"
        case Accepted():
            return "son poste sonne"
        case Ready():
            return "son poste est décroché"
        case HangingUp():
            return "la communication est coupée"
        case Telling():
            return "un message est diffusé"
    return None


def _by_day(told: Iterable[Told]) -> list[tuple[str, list[Told]]]:
    """A callback lasts for days: what happened on each, in Paris."""
    return [(name, list(facts)) for name, facts in groupby(told, key=lambda fact: day(fact.at))]
