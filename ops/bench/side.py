"""What is the same on both sides: the number that is called, the prompt, the advisers, the ports.

Decides nothing about either side; each tells by `Side` what the bench may ask of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from ops.asterisk.settings import Address

Name = Literal["app_queue", "fil_vert"]

HOST = "127.0.0.1"
NUMBER = "0199990000"
"""What the callers dial; of Arcep's range for fiction."""
QUEUE = "bench"
PROMPT = "Bonjour. Vous êtes bien au banc d'essai de la file d'attente. Pour parler à un conseiller, tapez un."
"""Both menus say this, from the same file; the callers press their key while it is heard."""
PASSWORD = "only-on-loopback-01"  # noqa: S105 - of phones that live for one round on loopback
RING_MAX_S = 20
MENU_WAITS_S = 10
START_MAX_S = 60.0
READY_MAX_S = 60.0

PORTS_MIN = 600
"""Callers and phones, and Asterisk with hardly any call."""
MEDIA_PORTS = 20
"""One SIPp sends and receives all its sound through the first of these."""


class SideError(Exception):
    """A side does not come up, or does not do what it should; the message says what it said last."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Every port of the bench, cut from one range; both sides use the same, one after the other."""

    first: int
    last: int

    @property
    def sip(self) -> Address:
        return Address(HOST, self.first)

    @property
    def pages(self) -> Address:
        return Address(HOST, self.first + 1)

    @property
    def ari(self) -> Address:
        return Address(HOST, self.first + 2)

    @property
    def outside(self) -> Address:
        """Where calls would go out; nobody is there."""
        return Address(HOST, self.first + 3)

    @property
    def callers(self) -> int:
        return self.first + 4

    @property
    def phones(self) -> int:
        """The one SIP port of all advisers' phones."""
        return self.first + 5

    @property
    def media(self) -> tuple[int, int, int]:
        """First media port of the phones, of the callers, of who registers."""
        return self.first + 20, self.first + 20 + MEDIA_PORTS, self.first + 20 + 2 * MEDIA_PORTS

    @property
    def rtp(self) -> tuple[int, int]:
        """Asterisk's; each leg takes two of them."""
        return self.first + 100, self.last


def adviser_ids(advisers: int) -> list[str]:
    """adv01, adv02, … with figures enough for all."""
    width = max(2, len(str(advisers)))
    return [f"adv{number:0{width}}" for number in range(1, advisers + 1)]


class Side(Protocol):
    """One of the two, from `start` until `stop`, which is called whatever happened."""

    name: Name

    @property
    def asterisk_pid(self) -> int: ...

    @property
    def controller_pid(self) -> int | None: ...

    @property
    def etc(self) -> Path:
        """Where its Asterisk's configuration lies."""
        ...

    async def start(self) -> None:
        """Come up with all advisers known. Raises SideError."""
        ...

    async def ready(self) -> None:
        """The phones are registered: have every adviser take calls, and return when they all do. Raises SideError."""
        ...

    async def lag_s(self) -> float | None:
        """The longest the controller's event loop was late since this was asked before; None where there is none."""
        ...

    async def waiting(self) -> int:
        """How many callers wait in the queue."""
        ...

    async def stop(self) -> None:
        """End every process that `start` began."""
        ...
