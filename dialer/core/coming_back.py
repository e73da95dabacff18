"""The adviser's phone that comes back into a talk: what of it both the talk of a call and that of a callback hold.

Decides how long it is waited for, and whether a phone that registers is rung. Must not know what either does meanwhile
(`calls.rejoin`, `callbacks.rejoin`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from dialer.core.words import Instant, LegId

BACK_MAX_S = 20.0
"""How long a new leg rings, and how long whoever lost their adviser waits for them (our decision)."""


@dataclass(frozen=True, slots=True)
class Rejoin:
    """``leg``: the new one that rings; None: none does yet. ``until``: when that is given up. ``lost``: the leg before
    is gone, and whoever talked with them hears music."""

    leg: LegId | None
    until: Instant
    lost: bool = False


def is_rung(rejoin: Rejoin | None, leg: LegId, forgot: Collection[LegId]) -> bool:
    """Whether a phone of theirs that registers is rung: where the talk has no leg, or one that it has forgotten.
    ``leg``: the adviser's, as the talk knows it."""
    if rejoin is not None and rejoin.leg is not None:
        return rejoin.leg in forgot  # loaded anew once more, while it rang
    return leg in forgot or (rejoin is not None and rejoin.lost)


def until(rejoin: Rejoin | None, at: Instant) -> Instant:
    """When it is given up: whoever has lost their adviser waits no longer for a second try."""
    return rejoin.until if rejoin is not None and rejoin.lost else at + timedelta(seconds=BACK_MAX_S)
