"""A percentile of measured values: the nearest rank, so that it is always a value that was measured."""

from __future__ import annotations

import math
from collections.abc import Sequence


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The smallest value that is not below `percent` of all. ordered: ascending, at least one. percent: 0 < … ≤ 100."""
    if not ordered or not 0 < percent <= 100:
        raise ValueError(f"there is no percentile {percent} of {len(ordered)} values")
    return ordered[math.ceil(len(ordered) * percent / 100) - 1]
