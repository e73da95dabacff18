"""How often somebody may try a password: counters, growing waits, and the way back.

Decides whether a try is let through at an instant, or until when it waits. Must not know whether an account of that
name exists: names that are none are counted alike, so that nobody learns it here. Must not know the clock nor the
password; nor addresses, only networks.

After OWASP, "Slow Down Online Guessing Attacks with Device Cookies". Who brings a device's pass (`device`) for the
account has a counter of their own, and no other. Strangers have three: the account tried from their network, the
network over all accounts, and the account over all strangers. So who guesses at the names of all advisers shuts out
strangers, for a while, and nobody at the browser that they signed in from before. NIST SP 800-63B allows 100 failures
in a row; against one account strangers have, however many they are, 20 and then some 24 a day.

A try is counted when it begins, before the password is verified, and taken back when it was right: a thousand at once
are a thousand failures, not one. A try that waits is not counted: who reloads a page in earnest does not lock it.
A right password clears what its pair or device had, and not what the network or the strangers have, or else somebody
with one account of their own could guess at others' for ever.

The way back is time: every wait ends, and after enough quiet a counter is forgotten; or an admin, who pardons.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from dialer.core.access.account import AccountId
from dialer.core.access.device import DeviceId
from dialer.core.access.network import Network
from dialer.core.words import Instant


class Counts(StrEnum):
    """What a counter is of."""

    DEVICE = "device"
    PAIR = "pair"
    NETWORK = "network"
    STRANGERS = "strangers"


@dataclass(frozen=True, slots=True)
class Ladder:
    """``free`` failures without a wait, then ``first`` doubling to ``longest``; forgotten after so long a quiet.

    ValueError: it would forget sooner than the wait that it asks for ends, or ask for none.
    """

    free: int
    first: timedelta
    longest: timedelta
    forget: timedelta

    def __post_init__(self) -> None:
        if self.free < 1 or not timedelta() < self.first <= self.longest < self.forget:
            raise ValueError(f"this ladder slows nobody down: {self}")

    def wait(self, failures: int) -> timedelta:
        """After so many in a row."""
        if failures < self.free:
            return timedelta()
        doublings = min(failures - self.free, 20)  # beyond any `longest`; a timedelta would overflow
        return min(self.first * (1 << doublings), self.longest)


_S, _MIN, _H = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)

LADDERS: dict[Counts, Ladder] = {
    Counts.DEVICE: Ladder(3, 2 * _S, 15 * _MIN, 24 * _H),
    Counts.PAIR: Ladder(3, 2 * _S, 15 * _MIN, 24 * _H),
    Counts.NETWORK: Ladder(30, 2 * _S, 15 * _MIN, 6 * _H),
    Counts.STRANGERS: Ladder(20, 30 * _S, _H, 24 * _H),
}
"""Our decision. An office signs in from one network, forty of them at eight o'clock: it may err more often."""

KEPT_MAX = 20_000
"""Counters in memory. When there are more, the quarter of them with the fewest failures is forgotten."""


@dataclass(frozen=True, slots=True)
class Counter:
    """Failures in a row, when the last of them began, and when the one before it."""

    failures: int
    last_at: Instant
    before_at: Instant

    def until(self, ladder: Ladder) -> Instant:
        """When the next try is let through."""
        return self.last_at + ladder.wait(self.failures)

    def is_forgotten(self, at: Instant, ladder: Ladder) -> bool:
        return at >= self.last_at + ladder.forget


@dataclass(frozen=True, slots=True)
class Try:
    """Somebody's. ``account``: as they wrote it, whether there is one or not. ``device``: known for this account."""

    account: AccountId
    network: Network | None = None
    device: DeviceId | None = None


@dataclass(frozen=True, slots=True)
class LetThrough:
    """Verify it now, and say what came of it: `Throttle.right`, `Throttle.undone`, or nothing when it was wrong."""

    at: Instant


@dataclass(frozen=True, slots=True)
class Wait:
    """``by``: the counter that is the last to end."""

    until: Instant
    by: Counts


Key = tuple[Counts, AccountId | None, str | None]


class Throttle:
    """All counters, in memory: after a restart everybody begins anew, which nobody outside can bring about."""

    def __init__(self, kept_max: int = KEPT_MAX) -> None:
        if kept_max < 1:
            raise ValueError("a throttle remembers one at least")
        self._kept_max = kept_max
        self._counters: dict[Key, Counter] = {}

    def __len__(self) -> int:
        return len(self._counters)

    def begin(self, asked: Try, at: Instant) -> LetThrough | Wait:
        """A try begins. ``at`` never goes back."""
        waits = [
            Wait(counter.until(LADDERS[key[0]]), key[0])
            for key in _keys(asked)
            if (counter := self._at(key, at)) is not None and counter.until(LADDERS[key[0]]) > at
        ]
        if waits:
            return max(waits, key=lambda wait: wait.until)
        for key in _keys(asked):
            counter = self._at(key, at)
            before = Counter(0, at, at) if counter is None else counter
            self._counters[key] = Counter(before.failures + 1, at, before.last_at)
        self._make_room(at)
        return LetThrough(at)

    def right(self, asked: Try, let: LetThrough) -> None:
        """The password was right: their own counter is cleared, and this try is taken back from the others."""
        for key in _keys(asked):
            if key[0] in (Counts.DEVICE, Counts.PAIR):
                self._counters.pop(key, None)
            else:
                self._take_back(key, let)

    def undone(self, asked: Try, let: LetThrough) -> None:
        """It was not verified, by no fault of theirs."""
        for key in _keys(asked):
            self._take_back(key, let)

    def pardon(self, account: AccountId, before: Instant | None = None) -> None:
        """Somebody who knows them lets them try again: all that is counted of the account is forgotten, of whatever
        network. ``before``: what failed since then is not; so it may be said again at each try."""
        theirs = [key for key in self._counters if key[1] == account]
        for key in theirs:
            if before is None or self._counters[key].last_at < before:
                del self._counters[key]

    def _at(self, key: Key, at: Instant) -> Counter | None:
        counter = self._counters.get(key)
        return None if counter is None or counter.is_forgotten(at, LADDERS[key[0]]) else counter

    def _take_back(self, key: Key, let: LetThrough) -> None:
        counter = self._counters.get(key)
        if counter is None:
            return
        if counter.failures == 1:
            del self._counters[key]
            return
        # The wait goes on from the last that failed, unless another try began since.
        last_at = counter.before_at if counter.last_at == let.at else counter.last_at
        self._counters[key] = replace(counter, failures=counter.failures - 1, last_at=last_at)

    def _make_room(self, at: Instant) -> None:
        if len(self._counters) <= self._kept_max:
            return
        kept = {key: counter for key in self._counters if (counter := self._at(key, at)) is not None}
        if len(kept) > self._kept_max:
            least = sorted(kept, key=lambda key: (kept[key].failures, kept[key].last_at))
            for key in least[: max(len(kept) - self._kept_max, self._kept_max // 4)]:
                del kept[key]
        self._counters = kept


def _keys(asked: Try) -> Iterator[Key]:
    if asked.device is not None:
        yield Counts.DEVICE, asked.account, asked.device
        return
    if asked.network is not None:
        yield Counts.PAIR, asked.account, asked.network
        yield Counts.NETWORK, None, asked.network
    yield Counts.STRANGERS, asked.account, None
