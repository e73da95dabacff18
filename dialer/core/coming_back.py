"""The adviser's phone that comes back into a talk: what of it both the talk of a call and that of a callback hold.

Decides how long it is waited for. Must not know what either does meanwhile (`calls.rejoin`, `callbacks.rejoin`).
"""

from __future__ import annotations

from dataclasses import dataclass

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
