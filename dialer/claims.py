"""What only one running service may have: its state folder, and the address of its pages.

Both are claimed before anything is started, so that a start which is refused here costs no call: an Asterisk that a
killed controller left behind with calls up is not touched. Decides how such a refusal reads. Must not know what is
kept in the folder, nor what the pages show.
"""

from __future__ import annotations

import contextlib
import fcntl
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from dialer.settings import Address


class ClaimError(Exception):
    """Somebody else has it, or it cannot be had; the message says which and what to do."""


@contextlib.contextmanager
def alone_in(state: Path) -> Iterator[None]:
    """Make the state folder, and hold it: one writer. Raises ClaimError."""
    lock: IO[str]
    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (state / "lock").open("w")
    except OSError as error:
        raise ClaimError(
            f"the state folder {state} cannot be used ({error.strerror}): make it ours, or choose another with "
            "DIALER_STATE"
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as taken:
            raise ClaimError(
                f"another dialer runs on {state}: end it, or choose another folder with DIALER_STATE"
            ) from taken
        yield


@contextlib.contextmanager
def claimed(address: Address) -> Iterator[socket.socket]:
    """A socket at the pages' address; nobody can connect to it before it is listened on. Raises ClaimError."""
    try:
        family, kind, *_, place = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
        pages = socket.socket(family, kind)
        try:
            pages.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            pages.bind(place)
        except OSError:
            pages.close()
            raise
    except OSError as error:
        raise ClaimError(
            f"the pages' address {address} cannot be used ({error.strerror}): end what uses it, or choose another "
            "with DIALER_HTTP"
        ) from error
    with pages:
        yield pages
