"""Passwords, hashed by argon2id and verified, beside the loop and a few at once.

Decides the parameters, how many are hashed at once, and that an account that is not there takes as long as one that is.
Must not know accounts, nor what a password must be (`core.access.password`). No password gets into an error or a log.

Each takes `memory_kib` and some tens of milliseconds of a core: a flood waits in a short row, and past it is told so,
and takes neither the memory nor the loop that the telephone needs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import TypeVar

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError

from dialer.core.access.password import LENGTH_MAX, normalised

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Parameters:
    """Of argon2id. OWASP, Password Storage Cheat Sheet: 19 MiB, two passes, one lane."""

    memory_kib: int = 19_456
    passes: int = 2
    lanes: int = 1


@dataclass(frozen=True, slots=True)
class Verified:
    """``fresh``: a right password, hashed anew since its hash had other parameters than are asked for today."""

    right: bool
    fresh: str | None = None

    def __repr__(self) -> str:
        return f"Verified({self.right})"


class Overloaded:
    """As many wait as may: nothing was hashed nor verified."""


OVERLOADED = Overloaded()


class Passwords:
    """End it with `close`."""

    def __init__(self, parameters: Parameters | None = None, *, at_once: int = 2, waiting_max: int = 64) -> None:
        """``at_once``: hashed in parallel; ``waiting_max``: those included. ValueError: fewer than one at once."""
        asked = parameters or Parameters()
        if not 1 <= at_once <= waiting_max:
            raise ValueError("one password at least is hashed at once, and they are among those that wait")
        self._hasher = PasswordHasher(asked.passes, asked.memory_kib, asked.lanes)
        self._nobodys = self._hasher.hash("nobody has this password")
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="passwords")
        self._waiting_max = waiting_max
        self._waiting = 0
        self._lock = Lock()

    async def close(self) -> None:
        """Those who wait are not hashed any more."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)

    async def hash(self, password: str) -> str | Overloaded:
        """To be stored; whether it may be one was asked before. ValueError: it is longer than any may be."""
        text = normalised(password)
        if len(text) > LENGTH_MAX:
            raise ValueError("a password is looked at before it is hashed")
        return await self._beside(lambda: self._hasher.hash(_octets(text)))

    async def verify(self, stored: str | None, password: str) -> Verified | Overloaded:
        """``stored``: the hash; None, or one that cannot be read: it is never right, and takes no less time."""
        text = normalised(password[: 4 * LENGTH_MAX])
        # One that is too long was never taken; a part of it is hashed for the time that it takes.
        return await self._beside(lambda: self._verify(stored, text[:LENGTH_MAX], len(text) <= LENGTH_MAX))

    def _verify(self, stored: str | None, text: str, may_be: bool) -> Verified:
        if stored is None or not _can_be_read(stored):
            self._is_right(self._nobodys, text)
            return Verified(False)
        if not self._is_right(stored, text) or not may_be:
            return Verified(False)
        return Verified(True, self._hasher.hash(_octets(text)) if self._hasher.check_needs_rehash(stored) else None)

    def _is_right(self, stored: str, text: str) -> bool:
        try:
            return self._hasher.verify(stored, _octets(text))
        except VerificationError:
            return False

    async def _beside(self, work: Callable[[], T]) -> T | Overloaded:
        with self._lock:
            if self._waiting >= self._waiting_max:
                return OVERLOADED
            self._waiting += 1
        try:
            done = self._threads.submit(work)
        except BaseException:
            self._left()
            raise
        # Whoever asked may be gone before the thread is: it is the thread that makes room.
        done.add_done_callback(self._left)
        return await asyncio.wrap_future(done)

    def _left(self, _: Future[T] | None = None) -> None:
        with self._lock:
            self._waiting -= 1


def _can_be_read(stored: str) -> bool:
    try:
        extract_parameters(stored)
    except InvalidHashError:
        return False
    return True


def _octets(text: str) -> bytes:
    """Of what a request may hold too, which no keyboard types: it is simply never right."""
    return text.encode("utf-8", "surrogatepass")
