"""What was dialled, declined and opposed of late, by number: what the gate has to know of the house as a whole.

Decides only what of it still counts. Must not know callbacks beyond their attempts, nor the database that gave it.
"""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from dialer.core.callbacks.compliance import Attempt, CallingRules
from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.callbacks.states import Callback, CallbackId, CaseId, live
from dialer.core.words import E164, Instant, LegId

KEPT = timedelta(days=31)
"""A little longer than the look back of the cap as it is shipped."""
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Dialled:
    """One attempt, of a callback that may be closed by now. cause: None while it is live or nobody knows."""

    leg: LegId
    number: E164
    at: Instant
    cause: AttemptCause | None
    case: CaseId
    callback: CallbackId


class History:
    """Attempts by number for a month, refusals and oppositions, and the dials of the last hour."""

    def __init__(
        self,
        dialled: Iterable[Dialled] = (),
        declined: Iterable[tuple[E164, Instant]] = (),
        opposed: Iterable[E164] = (),
    ) -> None:
        self._attempts: dict[LegId, Dialled] = {}
        self._of_number: dict[E164, dict[LegId, None]] = {}
        self._in_order: deque[tuple[Instant, LegId]] = deque()
        self._live: set[LegId] = set()
        """Those that bar the number: under way, or of a fate that nobody knows."""
        self._under_way: set[LegId] = set()
        self.kept_for = KEPT
        """How far back anybody looks; longer where the rules say so."""
        self._declined: dict[E164, Instant] = {}
        self._opposed = set(opposed)
        for one in sorted(dialled, key=lambda one: (one.at, one.leg)):
            self._put(one)
        for number, at in declined:
            self.decline(number, at)

    def note(self, callback: Callback, at: Instant) -> None:
        """Take up the attempts of a callback that has changed. One keeps the number that it was dialled to."""
        under_way = live(callback)
        for attempt in callback.attempts:
            known = self._attempts.get(attempt.leg)
            if attempt.cause is None:
                self._under_way.add(attempt.leg)
            else:
                self._under_way.discard(attempt.leg)
            cause = None if attempt == under_way else attempt.cause
            if known is not None and known.cause is cause:
                continue
            number = known.number if known is not None else callback.phone.number
            self._put(Dialled(attempt.leg, number, attempt.at, cause, callback.case, callback.id))
        self._forget(at)

    def decline(self, number: E164, at: Instant) -> None:
        self._declined[number] = max(at, self._declined.get(number, at))

    def oppose(self, number: E164) -> None:
        self._opposed.add(number)

    def attempts_to(self, number: E164) -> tuple[Attempt, ...]:
        legs = self._of_number.get(number, ())
        return tuple(Attempt(self._attempts[leg].at, self._attempts[leg].cause) for leg in legs)

    def declined_at(self, number: E164) -> Instant | None:
        return self._declined.get(number)

    def is_opposed(self, number: E164) -> bool:
        return number in self._opposed

    def dialled_at(self, at: Instant, rules: CallingRules) -> tuple[Instant, ...]:
        """The dials of the last hour, or the last `hour_max` of them when there are more."""
        found: list[Instant] = []
        for dialled_at, _ in reversed(self._in_order):
            if dialled_at <= at - _HOUR or len(found) >= rules.hour_max:
                break
            found.append(dialled_at)
        return tuple(found)

    @property
    def under_way(self) -> int:
        """How many people's phones are being rung, or talk. One of an unknown fate bars its number, not the house."""
        return len(self._under_way)

    def _put(self, one: Dialled) -> None:
        if one.leg not in self._attempts:
            self._of_number.setdefault(one.number, {})[one.leg] = None
            if self._in_order and self._in_order[-1][0] > one.at:  # a clock that was put back
                insort(self._in_order, (one.at, one.leg))
            else:
                self._in_order.append((one.at, one.leg))
        self._attempts[one.leg] = one
        if one.cause is None:
            self._live.add(one.leg)
        else:
            self._live.discard(one.leg)

    def _forget(self, at: Instant) -> None:
        """What nobody looks back to any more. A live one is kept for as long as it is, and keeps no other."""
        still_live: list[tuple[Instant, LegId]] = []
        while self._in_order and self._in_order[0][0] < at - self.kept_for:
            known_at, leg = self._in_order.popleft()
            if leg in self._live:
                still_live.append((known_at, leg))
                continue
            number = self._attempts.pop(leg).number
            of_number = self._of_number[number]
            del of_number[leg]
            if not of_number:
                del self._of_number[number]
        self._in_order.extendleft(reversed(still_live))
