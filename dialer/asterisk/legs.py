"""The legs that are in our hands, and of each only what tells a first event from a second one.

Decides whether something that Asterisk says is news. Must not know what follows from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from dialer.core.words import LegId, PlaybackId


@dataclass(slots=True)
class Leg:
    """``adopted``: from before this controller's memory, so that it may play and sound what we never asked for.
    ``endpoint``: the phone of an adviser that it was rung on."""

    adopted: bool = False
    endpoint: str = ""
    answered: bool = False
    music: bool = False
    playing: set[PlaybackId] = field(default_factory=set)
    finished: PlaybackId | None = None
    digit: tuple[str, str] | None = None


class Legs:
    """Legs by id. A leg is held from its arrival (or from our asking for it) until its one and only end."""

    def __init__(self) -> None:
        self._held: dict[LegId, Leg] = {}
        self._asked_for: set[LegId] = set()

    def __contains__(self, leg: object) -> bool:
        return leg in self._held

    def __len__(self) -> int:
        return len(self._held)

    def get(self, leg: LegId) -> Leg | None:
        return self._held.get(leg)

    def hold(self, leg: LegId) -> bool:
        """A leg arrived, or we ask for it. False: we had it already."""
        if leg in self._held:
            return False
        self._held[leg] = Leg()
        return True

    def ask_for(self, leg: LegId) -> bool:
        """We ask Asterisk for this leg; until it is `placed` no list of channels is a proof against it."""
        if not self.hold(leg):
            return False
        self._asked_for.add(leg)
        return True

    def rung_on(self, leg: LegId, endpoint: str) -> None:
        """An adviser's phone is what this leg rings."""
        self._held[leg].endpoint = endpoint

    def placed(self, leg: LegId) -> None:
        """Asterisk answered for it, or an event spoke of it."""
        self._asked_for.discard(leg)

    def end(self, leg: LegId) -> bool:
        """The leg is gone. False: that was known."""
        self._asked_for.discard(leg)
        return self._held.pop(leg, None) is not None

    def adopt(self, seen: Iterable[tuple[LegId, bool, str]]) -> None:
        """Asterisk's whole truth, as leg, whether it is up, and its phone: hold these; of others, only those being
        placed."""
        held = self._held
        self._held = {name: leg for name in self._asked_for if (leg := held.get(name)) is not None}
        for name, up, endpoint in seen:
            leg = held.get(name) or Leg(adopted=True)
            leg.endpoint = leg.endpoint or endpoint
            leg.answered = leg.answered or up
            self._held[name] = leg

    def on(self, endpoint: str) -> frozenset[LegId]:
        """The legs that were rung on this phone."""
        return frozenset(name for name, leg in self._held.items() if leg.endpoint == endpoint)

    def playing(self) -> list[tuple[LegId, PlaybackId]]:
        """Every playback whose end was not seen yet."""
        return [(name, playback) for name, leg in self._held.items() for playback in leg.playing]
