"""What a timeline is made of: one fact as it is read, and the names it is told with. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Kind = Literal["quiet", "queue", "offer", "talk", "trouble", "end"]


@dataclass(frozen=True, slots=True)
class Names:
    """What to call lines, queues and advisers; an id that is no longer known stands for itself."""

    lines: Mapping[str, str] = field(default_factory=dict)
    queues: Mapping[str, str] = field(default_factory=dict)
    advisers: Mapping[str, str] = field(default_factory=dict)

    def line(self, key: object) -> str:
        return self.lines.get(str(key), str(key))

    def queue(self, key: object) -> str:
        return self.queues.get(str(key), str(key))

    def adviser(self, key: object) -> str:
        return self.advisers.get(str(key), str(key))


@dataclass(frozen=True, slots=True)
class Told:
    """One fact as it is read. ``after_s``: seconds since the first one. ``why``: why this adviser."""

    at: datetime
    after_s: float
    kind: Kind
    text: str
    why: str | None = None
