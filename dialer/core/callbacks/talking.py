"""The talk of a callback: who is in it, which of the legs are its own, and which of them belong in its bridge.

Decides nothing but that, and when it expires; what is done in a talk is `talk`'s. All of it can be stored as JSON and
taken up again after a restart. Must not know Asterisk, the clock or the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dialer.core.callbacks.outcomes import Report
from dialer.core.calls.party import Colleague, Guest
from dialer.core.coming_back import Rejoin
from dialer.core.words import AdviserId, BridgeId, Instant, LegId


@dataclass(frozen=True, slots=True)
class Talking:
    """Bridged with the adviser. ``report``: what they said already that came of it.

    ``held``: the person is out of the bridge, and hears music.
    """

    adviser: AdviserId
    adviser_leg: LegId
    leg: LegId
    number: int
    bridge: BridgeId
    since: Instant
    report: Report | None = None
    rejoin: Rejoin | None = None
    held: bool = False
    guest: Guest | None = None
    kind: Literal["talking"] = "talking"


@dataclass(frozen=True, slots=True)
class WithGuest:
    """The adviser has gone: the person is bridged with the guest, or hears music while they ring.

    The callback stays the adviser's: what came of it is theirs to say.
    """

    adviser: AdviserId
    leg: LegId
    number: int
    bridge: BridgeId
    since: Instant
    guest: Guest
    report: Report | None = None
    kind: Literal["with_guest"] = "with_guest"


Talk = Talking | WithGuest


def is_lost(talk: Talk) -> bool:
    """The adviser's leg is gone, and the person waits for another."""
    return isinstance(talk, Talking) and talk.rejoin is not None and talk.rejoin.lost


def advisers_legs(talk: Talk) -> tuple[LegId, ...]:
    """The one that talks, unless it is lost, and the one that rings to come back."""
    if isinstance(talk, WithGuest):
        return ()
    found = [] if is_lost(talk) else [talk.adviser_leg]
    if talk.rejoin is not None and talk.rejoin.leg is not None:
        found.append(talk.rejoin.leg)
    return tuple(found)


def talk_legs(talk: Talk) -> tuple[LegId, ...]:
    """All that are its own, the person's last."""
    guest = (talk.guest.leg,) if talk.guest is not None else ()
    return *advisers_legs(talk), *guest, talk.leg


def bridged_legs(talk: Talk) -> tuple[LegId, ...]:
    """Those that belong in its bridge: not a person who hears music, nor a guest who rings or a phone that comes back.

    Of a talk that is lost none does.
    """
    if is_lost(talk):
        return ()
    guest = (talk.guest.leg,) if talk.guest is not None and talk.guest.state != "ringing" else ()
    if isinstance(talk, WithGuest):
        return (talk.leg, *guest) if guest else ()
    return *(() if talk.held else (talk.leg,)), talk.adviser_leg, *guest


def hears_music(talk: Talk) -> bool:
    """Whether the person does."""
    return talk.leg not in bridged_legs(talk)


def until(talk: Talk) -> Instant | None:
    """When the guest rings no longer, or the phone that comes back is given up, whichever is first."""
    rejoin = talk.rejoin if isinstance(talk, Talking) else None
    ends = (rejoin.until if rejoin is not None else None, talk.guest.deadline if talk.guest is not None else None)
    return min((each for each in ends if each is not None), default=None)


def colleague(talk: Talk) -> AdviserId | None:
    """The adviser who was asked into it, and rings or is there."""
    guest = talk.guest
    return guest.who.adviser if guest is not None and isinstance(guest.who, Colleague) else None
