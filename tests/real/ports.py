"""Ports for one house that no other house has, in this test run or another one on the same machine.

A house takes one of six blocks, held by a lock on a file until it is left. Ports of services lie below those that the
kernel gives to clients, so that none of them is taken between the look and the use.
"""

from __future__ import annotations

import fcntl
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Self

HOST = "127.0.0.1"
BLOCKS = 6
SERVICES, SERVICES_EACH = 28_000, 200
MEDIA, MEDIA_EACH, MEDIA_OF_ASTERISK = 40_000, 1_000, 400


class Ports:
    """One block. ``with Ports() as ports``."""

    def __enter__(self) -> Self:
        for number in range(BLOCKS):
            lock = Path(tempfile.gettempdir(), f"fil-vert-house-{number}.lock").open("w")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                lock.close()
                continue
            self._lock: IO[str] = lock
            self._next = iter(range(SERVICES + number * SERVICES_EACH, SERVICES + (number + 1) * SERVICES_EACH))
            self._first_media = MEDIA + number * MEDIA_EACH
            return self
        raise AssertionError(f"{BLOCKS} houses stand already")

    def __exit__(self, *_: object) -> None:
        self._lock.close()

    @property
    def rtp(self) -> str:
        """Asterisk's range."""
        return f"{self._first_media}-{self._first_media + MEDIA_OF_ASTERISK - 1}"

    def media(self, each: int) -> Iterator[int]:
        """First ports of ranges of so many, for phones and callers."""
        return iter(range(self._first_media + MEDIA_OF_ASTERISK, self._first_media + MEDIA_EACH - each, each))

    def free(self) -> int:
        """A port that nobody listens on, TCP or UDP."""
        for port in self._next:
            with (
                socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
            ):
                tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    tcp.bind((HOST, port))
                    udp.bind((HOST, port))
                except OSError:
                    continue
                return port
        raise AssertionError("this house has used up its ports")


@contextmanager
def taken(kind: socket.SocketKind, port: int) -> Iterator[None]:
    """Somebody else listens there."""
    with socket.socket(socket.AF_INET, kind) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, kind is socket.SOCK_STREAM)  # TIME_WAIT is no use
        other.bind((HOST, port))
        if kind is socket.SOCK_STREAM:
            other.listen()
        yield
