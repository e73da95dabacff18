"""How often one client, and all of them together, may ask: token buckets in bounded memory.

Decides whether an asking is allowed at an instant, and how long to wait if it is not. Must not know the clock (``at``
is any count of seconds that never goes back), nor what is asked, nor who stands behind a key.

A bucket holds ``burst`` tokens and gains one every ``every_s``. It is kept as the instant at which it is full again
(the generic cell rate algorithm, ITU-T I.371): one number, and a bucket that is full need not be kept at all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """``burst`` at once, then one every ``every_s`` seconds. ValueError for what would allow nothing, or all."""

    burst: int
    every_s: float

    def __post_init__(self) -> None:
        if self.burst < 1 or not 0 < self.every_s < math.inf:
            raise ValueError(f"a rate allows one at least, and not without end: {self}")


class Limits:
    """The buckets of all clients and the one that they share."""

    def __init__(self, each: Rate, overall: Rate, clients_max: int = 4096) -> None:
        if clients_max < 1:
            raise ValueError("limits remember one client at least")
        self._each = each
        self._overall = overall
        self._clients_max = clients_max
        self._full_at: dict[str, float] = {}
        """The one who asked longest ago first."""
        self._all_full_at = -math.inf

    def __len__(self) -> int:
        """How many clients are remembered."""
        return len(self._full_at)

    def wait_s(self, client: str, at: float) -> float:
        """0: allowed, and counted. Else the seconds after which the same asking is allowed; nothing is counted then.

        Once ``clients_max`` are remembered, who asked longest ago is forgotten: many addresses can wear out no memory,
        and the shared bucket still holds them all.
        """
        full_at = self._full_at.get(client, -math.inf)
        wait = max(_wait_s(self._each, full_at, at), _wait_s(self._overall, self._all_full_at, at))
        if wait > 0:
            return wait
        self._full_at.pop(client, None)
        self._full_at[client] = max(full_at, at) + self._each.every_s
        self._all_full_at = max(self._all_full_at, at) + self._overall.every_s
        if len(self._full_at) > self._clients_max:
            self._full_at.pop(next(iter(self._full_at)))
        return 0.0


def _wait_s(rate: Rate, full_at: float, at: float) -> float:
    """How long until the bucket that is full again then holds a token."""
    return max(0.0, full_at - at - (rate.burst - 1) * rate.every_s)
