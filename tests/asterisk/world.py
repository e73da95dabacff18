"""The two worlds that the contract is held in: the fake Asterisk, and the real one with SIP phones on the wire."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import aiohttp

from tests.asterisk.fake_ari import FakeAri
from tests.asterisk.heard import until
from tests.ops.phone import Dialog, Phone

LINES = {"main": "0177771225", "dropout": "0800122500"}
TONE, SILENCE = (b"\xaa" * 10 + b"\x2a" * 10) * 8, b"\xd5" * 160
"""20 ms in A-law."""
WAITS_S = 4.0
_ports = itertools.count(22200, 2)


class Caller(Protocol):
    def press(self, digit: str) -> None: ...
    def hang_up(self) -> None: ...


class Ring(Protocol):
    """An adviser's phone that rings."""

    def accept(self) -> None: ...
    def reject(self, sip: int) -> None: ...
    def hang_up(self) -> None: ...
    async def speak(self, seconds: float) -> None:
        """Word after word, without a pause; then they wait in silence, for four seconds at least."""


class Adviser(Protocol):
    async def register(self) -> None: ...
    async def unregister(self) -> None: ...
    async def rings(self) -> Ring: ...
    async def dials(self, wish: str) -> None: ...


class World(Protocol):
    """An Asterisk with people around it. ``url`` of ARI, its ``port``, its ``password``."""

    port: int
    password: str

    @property
    def url(self) -> str: ...

    async def caller(self, line: str) -> Caller: ...
    async def adviser(self, name: str) -> Adviser: ...
    async def outside(self) -> Adviser: ...
    def media(self, prompt: str) -> str | None: ...
    async def close(self) -> None: ...


@dataclass
class FakeCaller:
    ari: FakeAri
    leg: str

    def press(self, digit: str) -> None:
        self.ari.press(self.leg, digit)

    def hang_up(self) -> None:
        self.ari.hang_up(self.leg)


@dataclass
class FakeRing:
    ari: FakeAri
    leg: str

    def accept(self) -> None:
        self.ari.accept(self.leg)

    def reject(self, sip: int) -> None:
        self.ari.reject(self.leg, sip)

    def hang_up(self) -> None:
        self.ari.hang_up(self.leg)

    async def speak(self, seconds: float) -> None:
        await until(lambda: self.ari.is_heard(self.leg), what=f"somebody listens to {self.leg}")
        self.ari.speak(self.leg, seconds)


@dataclass
class FakeAdviser:
    ari: FakeAri
    name: str
    ringing: list[str]
    seen: int = 0

    async def register(self) -> None:
        self.ari.register(self.name)

    async def unregister(self) -> None:
        self.ari.unregister(self.name)

    async def rings(self) -> Ring:
        self.seen += 1
        await until(lambda: len(self.ringing) >= self.seen, what=f"a ring at {self.name}")
        return FakeRing(self.ari, self.ringing[self.seen - 1])

    async def dials(self, wish: str) -> None:
        self.ari.dial_wish(self.name, wish)


@dataclass
class FakeWorld:
    ari: FakeAri
    rings: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.port, self.password = self.ari.port, self.ari.password
        self.ari.on_ring = lambda resource, leg: self.rings.setdefault(resource.split("@")[-1], []).append(leg)

    @property
    def url(self) -> str:
        return self.ari.url

    async def caller(self, line: str) -> Caller:
        return FakeCaller(self.ari, self.ari.arrive(line))

    async def adviser(self, name: str) -> Adviser:
        return FakeAdviser(self.ari, name, self.rings.setdefault(name, []))

    async def outside(self) -> Adviser:
        return FakeAdviser(self.ari, "trunk", self.rings.setdefault("trunk", []))

    def media(self, prompt: str) -> str | None:
        return {"beep": "sound:/beep", "long": "sound:/long", "missing": "sound:/missing"}.get(prompt)

    async def close(self) -> None:
        return


@dataclass
class RealCaller:
    dialog: Dialog

    def press(self, digit: str) -> None:
        self.dialog.press_by_info(digit)

    def hang_up(self) -> None:
        if any(message.status == 200 for message in self.dialog.messages):
            self.dialog.bye()
        else:
            self.dialog.cancel()


@dataclass
class RealRing:
    dialog: Dialog

    def accept(self) -> None:
        self.dialog.answer(200, "OK")

    def reject(self, sip: int) -> None:
        self.dialog.answer(sip, "No")

    def hang_up(self) -> None:
        self.dialog.bye()

    async def speak(self, seconds: float) -> None:
        assert self.dialog.media is not None
        clock = asyncio.get_running_loop().time
        began = clock()
        for packet in range(round((seconds + WAITS_S) * 50)):
            sound = TONE if packet < seconds * 50 and packet % 20 < 15 else SILENCE
            self.dialog.phone.rtp(self.dialog.media, 8, sound, stamp_step=160)
            await asyncio.sleep(max(0.0, began + (packet + 1) * 0.02 - clock()))


@dataclass
class RealAdviser:
    phone: Phone
    seen: int = 0

    async def register(self) -> None:
        assert await self.phone.register() == 200

    async def unregister(self) -> None:
        assert await self.phone.register(0) == 200

    async def rings(self) -> Ring:
        self.seen += 1
        dialog = await self.phone.rings(self.seen)
        dialog.answer(180, "Ringing")
        return RealRing(dialog)

    async def dials(self, wish: str) -> None:
        await self.phone.call({"ready": "*1", "paused": "*0"}[wish])


@dataclass
class RealWorld:
    """``sip``: Asterisk's SIP address; ``trunk``: the port to which it sends calls for outside."""

    port: int
    password: str
    sip: tuple[str, int]
    trunk: int
    sounds: Path
    phones: list[Phone] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/ari"

    async def _phone(self, user: str, password: str, port: int | None = None) -> Phone:
        phone = Phone(user, password, port or next(_ports), self.sip)
        await phone.__aenter__()
        self.phones.append(phone)
        return phone

    async def caller(self, line: str) -> Caller:
        phone = await self._phone("0199000001", "")
        return RealCaller(await phone.call(LINES[line]))

    async def adviser(self, name: str) -> Adviser:
        return RealAdviser(await self._phone(name, "demo"))

    async def outside(self) -> Adviser:
        return RealAdviser(await self._phone("outside", "", self.trunk))

    def media(self, prompt: str) -> str | None:
        known = ("beep", "long", "missing")
        return f"sound:{self.sounds / prompt}" if prompt in known else None

    async def close(self) -> None:
        """Leave nothing behind: no call, no registration, no phone."""
        headers = {"Authorization": aiohttp.encode_basic_auth("dialer", self.password)}
        async with aiohttp.ClientSession(headers=headers) as http:

            async def living(kind: str) -> list[str]:
                async with http.get(f"{self.url}/{kind}") as answer:
                    return [one["id"] for one in await answer.json()]

            for kind in ("channels", "bridges"):
                for name in await living(kind):
                    async with http.delete(f"{self.url}/{kind}/{name}"):
                        pass
            deadline = asyncio.get_running_loop().time() + 5
            while await living("channels"):
                assert asyncio.get_running_loop().time() < deadline, "Asterisk keeps channels after the test"
                await asyncio.sleep(0.02)
        for phone in self.phones:
            if phone.user.startswith("adv"):
                await phone.register(0)
            await phone.__aexit__(None, None, None)
        self.phones.clear()
