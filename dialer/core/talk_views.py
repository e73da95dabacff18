"""Who is brought into a talk and who could be, as read-only snapshots for the API and the pages.

Decides what is shown of whom: names, and never a number. Must not know HTTP, HTML or the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from dialer.core.adviser import Adviser
from dialer.core.callbacks import talking
from dialer.core.callbacks.states import CallbackState
from dialer.core.calls.party import Colleague, Outsider
from dialer.core.calls.states import CallState, Forwarded, Talking
from dialer.core.rules import AdviserRules, DangerTarget
from dialer.core.words import AdviserId, Instant, QueueId

if TYPE_CHECKING:
    from dialer.core.desk import Desk


@dataclass(frozen=True, slots=True)
class GuestView:
    """``id``: an adviser's, or the name of the number; ``kind`` tells which. ``since``: since when in this state."""

    kind: Literal["adviser", "number", "structure", "danger"]
    id: str
    name: str
    state: Literal["ringing", "aside", "joined"]
    since: Instant


@dataclass(frozen=True, slots=True)
class ColleagueTarget:
    id: AdviserId
    name: str
    free: bool
    """Can be asked now."""


@dataclass(frozen=True, slots=True)
class QueueTarget:
    id: QueueId
    name: str
    why_not: str | None
    """Why nobody can be sent on there now: "full" or "no_adviser"."""


@dataclass(frozen=True, slots=True)
class HelpTarget:
    """Whom the danger key reaches. ``reached``: somebody would be rung now."""

    id: str
    name: str
    kind: Literal["supervisor", "number"]
    reached: bool


@dataclass(frozen=True, slots=True)
class TransferTargets:
    """Whom one adviser may ask into a talk or send a caller on to; structures are found in the directory."""

    advisers: tuple[ColleagueTarget, ...]
    queues: tuple[QueueTarget, ...]
    numbers: tuple[str, ...]
    """By their names."""
    danger: tuple[HelpTarget, ...]


def guest_view(state: CallState | CallbackState, advisers: Mapping[AdviserId, AdviserRules]) -> GuestView | None:
    """The guest of a talk, or the number outside that rings for a caller who was sent on."""
    match state:
        case Talking(guest=guest) | talking.Talking(guest=guest) if guest is not None:
            return _guest_view(guest.who, guest.state, guest.since, advisers)
        case talking.WithGuest(guest=guest):
            return _guest_view(guest.who, guest.state, guest.since, advisers)
        case Forwarded(who=who, since=since):
            return _guest_view(who, "ringing", since, advisers)
    return None


def _guest_view(
    who: Colleague | Outsider,
    state: Literal["ringing", "aside", "joined"],
    since: Instant,
    advisers: Mapping[AdviserId, AdviserRules],
) -> GuestView:
    if isinstance(who, Outsider):
        return GuestView(who.source, who.name, who.shown, state, since)
    known = advisers.get(who.adviser)
    return GuestView("adviser", who.adviser, known.name if known is not None else who.adviser, state, since)


def transfer_targets(desk: Desk, adviser: AdviserId) -> TransferTargets:
    rules = desk.rules
    return TransferTargets(
        advisers=tuple(_colleague(desk, each) for each in desk.talks.colleagues(adviser)),
        queues=tuple(QueueTarget(queue, each.name, desk.no_room(queue)) for queue, each in rules.queues.items()),
        numbers=tuple(rules.numbers),
        danger=tuple(_help(desk, each, adviser) for each in rules.danger.values()),
    )


def _colleague(desk: Desk, adviser: Adviser) -> ColleagueTarget:
    name = desk.rules.advisers[adviser.id].name
    return ColleagueTarget(adviser.id, name, desk.talks.can_be_asked(adviser.id))


def _help(desk: Desk, danger: DangerTarget, asks: AdviserId) -> HelpTarget:
    if danger.number is not None:
        return HelpTarget(danger.id, danger.name, "number", True)
    return HelpTarget(danger.id, danger.name, "supervisor", desk.talks.helper(danger, asks) is not None)
