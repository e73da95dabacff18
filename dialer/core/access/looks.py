"""Which persons' things somebody has seen of late: what the audit was told already is not told again and again.

Decides that a look at one thing is told once per sitting and hour. Must not know what is shown, nor the journal. In
memory: after a restart a look is told once more than it need be.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from dialer.core.access.session import SittingId
from dialer.core.words import Instant

EVERY = timedelta(hours=1)
KEPT_MAX = 50_000
"""Looks in memory; when there are more, all are forgotten, and told anew."""

Key = tuple[SittingId, str, str]


class Looks:
    def __init__(self, kept_max: int = KEPT_MAX) -> None:
        if kept_max < 1:
            raise ValueError("one look at least is remembered")
        self._kept_max = kept_max
        self._told_at: dict[Key, Instant] = {}

    def __len__(self) -> int:
        return len(self._told_at)

    def untold(self, sitting: SittingId, what: str, which: Iterable[str], at: Instant) -> tuple[str, ...]:
        """Those that the audit is to be told of before they are shown. ``which``: their ids; ``at`` never goes back."""
        known = self._told_at
        return tuple(
            dict.fromkeys(
                each for each in which if (told_at := known.get((sitting, what, each))) is None or at >= told_at + EVERY
            )
        )

    def told(self, sitting: SittingId, what: str, which: Iterable[str], at: Instant) -> None:
        """The audit has these."""
        self._told_at |= {(sitting, what, each): at for each in which}
        if len(self._told_at) > self._kept_max:
            self._told_at = {key: told_at for key, told_at in self._told_at.items() if at < told_at + EVERY}
        if len(self._told_at) > self._kept_max:
            self._told_at.clear()
