"""What the softphone's tests stand on: a private Asterisk with softphones, our way to it, and ears on the wire.

The server here has the real proxy, keys, bundle and headers, and no pages of the service. `front` lies before it and
can fail as networks fail.
"""

from __future__ import annotations

import asyncio
import math
import struct
import wave
from array import array
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Self

from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, BrowserContext, Page, expect

from dialer.core.words import AdviserId
from dialer.web import files, guard, sip_proxy
from dialer.web.keys import SIP_PROXY, SOFTPHONE
from dialer.web.problems import problems
from dialer.web.softphone_keys import Key, SoftphoneKeys
from ops.asterisk.alaw import encode
from ops.asterisk.process import AsteriskProcess
from ops.asterisk.programs import Programs
from ops.asterisk.settings import Address, Line, Phone, Prompts, Settings, Softphones, demo_trunk
from tests.asterisk.proxy import Proxy
from tests.ops.controller import Controller
from tests.real.house import CHECKOUT
from tests.real.ports import HOST, Ports

RATE = 8000
FRAME = 160
ADVISER_HZ, CALLER_HZ = 700, 1300
PAGE = """<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Poste</title>
<link rel="icon" href="/icon"><script src="/static/softphone.js" defer></script></head>
<body><main data-softphone></main></body></html>"""
# What a test looks through, past the code that it tests: its connections and its microphone.
KEEP = """window.connections = []; window.RTCPeerConnection = new Proxy(RTCPeerConnection, {
construct(made, given) { const one = new made(...given); window.connections.push(one); return one; } });
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => (window.microphone = await ask(wanted));"""
LISTEN = """async () => {
  const track = window.connections.at(-1).getReceivers()[0].track;
  const context = new AudioContext(), analyser = context.createAnalyser();
  analyser.fftSize = 8192;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  await new Promise((go) => setTimeout(go, 300));
  const samples = new Float32Array(analyser.fftSize);
  analyser.getFloatTimeDomainData(samples);
  await context.close();
  return [context.sampleRate, Array.from(samples)];
}"""
# Neither cancelled as noise nor as echo: a tone is both.
MICROPHONE = {"noiseSuppression": False, "echoCancellation": False, "autoGainControl": False}
NO_ECHO = "[from-phones]\nexten => silence,1,Answer()\n same => n,Wait(30)\n"


def tone(frequency: int, seconds: float, rate: int = RATE) -> array[int]:
    return array("h", (int(9000 * math.sin(2 * math.pi * frequency * at / rate)) for at in range(int(seconds * rate))))


def share(samples: Sequence[float], frequency: int, rate: float = RATE) -> float:
    """The part of the power that one frequency has, from 0 to 1 (Goertzel); of 16-bit silence 0."""
    turn = 2 * math.cos(2 * math.pi * frequency / rate)
    before = last = power = 0.0
    for sample in samples:
        before, last = last, sample + turn * last - before
        power += sample * sample
    if power < len(samples) * 50**2:
        return 0.0
    return 2 * (before * before + last * last - turn * before * last) / (len(samples) * power)


def write_wav(file: Path, frequency: int) -> Path:
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(48000)
        sound.writeframes(tone(frequency, 2.0, 48000).tobytes())  # whole periods: it is played over and over
    return file


def _decoded() -> dict[int, int]:
    samples = array("h", range(-32768, 32768))
    found: dict[int, list[int]] = {}
    for sample, octet in zip(samples, encode(samples), strict=True):
        found.setdefault(octet, []).append(sample)
    return {octet: (same[0] + same[-1]) // 2 for octet, same in found.items()}


DECODED = _decoded()


class Ear(asyncio.DatagramProtocol):
    """The voice of a caller whose SIP is SIPp's: speaks a tone in A-law and keeps what it hears."""

    def __init__(self, port: int, frequency: int) -> None:
        self.port = port
        self._octets = encode(tone(frequency, 1.0))
        self._heard = bytearray()
        self.packets = 0

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(HOST, self.port))
        self._speaking: asyncio.Task[None] | None = None
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._speaking is not None:
            self._speaking.cancel()
            await asyncio.gather(self._speaking, return_exceptions=True)
        self._transport.close()

    def datagram_received(self, data: bytes, address: tuple[str | Any, int]) -> None:
        if data[1] & 0x7F == 8:
            self.packets += 1
            self._heard += data[12:]
        if self._speaking is None:
            self._speaking = asyncio.get_running_loop().create_task(self._speak(address))

    async def _speak(self, to: tuple[str, int]) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number in range(1_000_000):
            at = number * FRAME % len(self._octets)
            head = struct.pack("!BBHII", 0x80, 8, number & 0xFFFF, number * FRAME & 0xFFFFFFFF, 4242)
            self._transport.sendto(head + self._octets[at : at + FRAME], to)
            await asyncio.sleep(max(0.0, began + (number + 1) * 0.02 - loop.time()))

    def forget(self) -> None:
        self._heard.clear()

    def hears(self, frequency: int) -> float:
        """The share of a frequency in the last 200 ms heard; 0 before there are so many."""
        last = self._heard[-RATE // 5 :]
        return share(array("h", (DECODED[octet] for octet in last)), frequency) if len(last) == RATE // 5 else 0.0


class AriPasswords:
    """As the service will do it: Asterisk's dynamic configuration, in memory."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller

    async def put(self, endpoint: str, password: str) -> None:
        values = {"auth_type": "userpass", "username": endpoint, "password": password}
        fields = [{"attribute": name, "value": value} for name, value in values.items()]
        status, _ = await self._controller.rest("PUT", _auth(endpoint), {"fields": fields})
        if status != 200:
            raise OSError(f"Asterisk answers {status}")

    async def remove(self, endpoint: str) -> None:
        status, _ = await self._controller.rest("DELETE", _auth(endpoint))
        if status not in (204, 404):
            raise OSError(f"Asterisk answers {status}")


def _auth(endpoint: str) -> str:
    return f"asterisk/config/dynamic/res_pjsip/auth/{endpoint}"


class Exchange:
    """``async with Exchange(...) as exchange``. Asterisk, its controller, our server and a fallible wire before it."""

    def __init__(self, programs: Programs, folder: Path) -> None:
        self.programs, self.folder = programs, folder
        self.ports = Ports()

    async def __aenter__(self) -> Self:
        ports = self.ports.__enter__()
        nothing = self.folder / "nothing"
        first, _, last = ports.rtp.partition("-")
        self.settings = Settings(
            home=self.folder / "asterisk",
            modules=self.programs.modules,
            data=self.programs.data,
            music=self.programs.moh,
            sip=Address(HOST, ports.free()),
            http=Address(HOST, ports.free()),
            rtp=(int(first), int(last)),
            ari_password="ari-secret",
            lines=(Line("main", "0177771225", nothing),),
            phones=tuple(Phone(name, "phone-secret") for name in ("adv01", "adv02", "adv03")),
            trunk=demo_trunk(Address(HOST, ports.free())),
            prompts=Prompts(*(nothing for _ in fields(Prompts))),
            softphones=Softphones(),
            extra={"extensions.conf": NO_ECHO},
        )
        self.asterisk = AsteriskProcess(self.programs, self.settings)
        await self.asterisk.start_or_adopt()
        await self.asterisk.wait_ready()
        self.controller = await Controller(str(self.settings.http), self.settings.ari_password).__aenter__()
        self.keys = SoftphoneKeys(AriPasswords(self.controller))
        self.proxy = sip_proxy.SipProxy(f"ws://{self.settings.http}/ws", self.keys)
        self.server = TestServer(self._app(), host=HOST)
        await self.server.start_server()
        assert self.server.port is not None
        self.front = await Proxy(ports.free(), self.server.port).__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.front.__aexit__()
        await self.proxy.close()
        await self.server.close()
        await self.controller.__aexit__()
        await self.asterisk.stop()
        self.ports.__exit__()

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[problems])
        app[SOFTPHONE] = CHECKOUT / ".prefix/web/softphone.js"
        app[SIP_PROXY] = self.proxy
        app.router.add_get("/", _page)
        app.router.add_get("/static/softphone.js", files.softphone)
        app.router.add_get("/icon", _icon)
        app.router.add_get("/sip", sip_proxy.sip)
        app.on_response_prepare.append(guard.add_headers)
        app.on_response_prepare.append(_allow_microphone)
        return app

    @property
    def origin(self) -> str:
        return f"http://{HOST}:{self.front.port}"

    async def give(self, adviser: str) -> Key:
        return await self.keys.give(AdviserId(adviser))

    async def online(self, endpoint: str) -> bool:
        _, found = await self.controller.rest("GET", f"endpoints/PJSIP/{endpoint}")
        return bool(found["state"] == "online")

    async def desk(self, browser: Browser, *, microphone: bool = True) -> Desk:
        """A page of its own, open, and nothing started."""
        context = await browser.new_context(permissions=["microphone"] if microphone else [])
        await context.add_init_script(KEEP)
        return await Desk(self, context).open()


async def _page(_: web.Request) -> web.Response:
    return web.Response(text=PAGE, content_type="text/html")


async def _icon(_: web.Request) -> web.Response:
    return web.Response(status=204)


async def _allow_microphone(_: web.Request, response: web.StreamResponse) -> None:
    """As the desk's page has to; any other page keeps the guard's own word."""
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(self)"


class Desk:
    """An adviser's page in a browser of their own."""

    page: Page

    def __init__(self, exchange: Exchange, context: BrowserContext) -> None:
        self.exchange, self.context = exchange, context
        self.errors: list[str] = []

    async def open(self) -> Self:
        self.page = await self.context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda said: self.errors.append(said.text))
        await self.page.goto(self.exchange.origin)
        await self._note()
        return self

    async def reload(self) -> None:
        await self.page.reload()
        await self._note()

    async def _note(self) -> None:
        """Keep what the softphone tells."""
        await self.page.evaluate(
            """() => { window.told = []; for (const type of ["state", "health", "devices"])
            document.addEventListener(`softphone-${type}`, (event) => window.told.push([type, event.detail])); }"""
        )

    async def start(self, key: Key, **more: Any) -> None:
        sent = {"url": f"ws://{HOST}:{self.exchange.front.port}/sip", "endpoint": key.endpoint,
                "password": key.password, "ticket": key.ticket, "ice": []}  # fmt: skip
        await self.command("start", key=sent, microphone=MICROPHONE, **more)

    async def command(self, do: str, **more: Any) -> None:
        await self.page.evaluate(
            """(detail) => document.querySelector("[data-softphone]").dispatchEvent(
            new CustomEvent("softphone-command", { detail }))""",
            {"do": do, **more},
        )

    async def told(self, what: str) -> list[Any]:
        found: list[list[Any]] = await self.page.evaluate("window.told")
        return [detail for kind, detail in found if kind == what]

    async def says(self, name: str, value: str, limit_s: float = 10.0) -> None:
        """Wait for an attribute."""
        phone = self.page.locator("[data-softphone]")
        await expect(phone).to_have_attribute(f"data-{name}", value, timeout=limit_s * 1000)

    async def is_now(self, state: str, limit_s: float = 10.0) -> None:
        await self.says("state", state, limit_s)

    async def unplug(self) -> None:
        """What a browser tells of a microphone that is gone."""
        await self.page.evaluate("window.microphone.getAudioTracks()[0].dispatchEvent(new Event('ended'))")

    async def silence(self) -> None:
        """From now on the microphone gives silence, as a headset does whose switch is off."""
        await self.page.evaluate(
            """navigator.mediaDevices.getUserMedia = async () =>
            new AudioContext().createMediaStreamDestination().stream"""
        )

    async def hears(self, frequency: int) -> float:
        """The share of a frequency in what comes out of the page's latest connection."""
        rate, samples = await self.page.evaluate(LISTEN)
        return share([sample * 32768 for sample in samples], frequency, rate)

    async def close(self) -> None:
        await self.context.close()
