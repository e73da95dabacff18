"""The adviser's page in a real Chromium, with the whole service behind it: the hands, the voices and the ears of tests.

The microphone of the browser is a tone, and so is every other voice: who hears whom is told by what is on the wire.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tomllib
from array import array
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Self

import aiohttp
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Response,
    async_playwright,
    expect,
)

from ops.robots import scenarios
from ops.robots.scenarios import Temper
from tests.real.house import FIRST_CHOICE, MAIN, Caller, House
from tests.real.ports import HOST
from tests.real.softphones import ADVISER_HZ, CALLER_HZ, DECODED, LISTEN, Ear, share, write_wav
from tests.web.desk_browser import tab_to
from tests.web.test_browser import ARGS

GUEST_HZ = 400
VOICES = (ADVISER_HZ, CALLER_HZ, GUEST_HZ)
CLEAR, SILENT = 0.25, 0.05
"""Shares of what is heard: of two tones at once each has half."""
PICTURES = os.environ.get("DESK_PICTURES")
"""A folder: what the page shows is kept there while the tests run."""
OURS = "--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets"
# What a test looks through, past the code that it tests. A tone is noise and echo to a browser that is told to cancel
# them; nothing else of what the page asks for is changed.
KEEP = """window.connections = []; window.RTCPeerConnection = new Proxy(RTCPeerConnection, {
construct(made, given) { const one = new made(...given); window.connections.push(one); return one; } });
window.microphones = []; window.unplugged = false;
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
const asIs = { noiseSuppression: false, echoCancellation: false, autoGainControl: false };
navigator.mediaDevices.getUserMedia = async (wanted) => {
  if (window.unplugged) throw new DOMException("none", "NotFoundError");
  const found = await ask({ ...wanted, audio: { ...wanted.audio, ...asIs } });
  window.microphones.push(found);
  return found;
};"""
# A device that is gone: its tracks end, the browser says so, and there is none to be asked for.
UNPLUG = """() => { window.unplugged = true;
for (const track of window.microphones.flatMap((each) => each.getTracks())) {
  if (track.readyState === "live") { track.stop(); track.dispatchEvent(new Event("ended")); } }
navigator.mediaDevices.dispatchEvent(new Event("devicechange")); }"""
PLUG = '() => { window.unplugged = false; navigator.mediaDevices.dispatchEvent(new Event("devicechange")); }'


@contextlib.asynccontextmanager
async def chromium(house: House) -> AsyncIterator[Browser]:
    """It speaks a tone, and gives sound only to a page that somebody has pressed something in."""
    program = shutil.which("chromium")
    assert program is not None, "these tests need Chromium: apt-get install -y chromium"
    sound = write_wav(house.folder / "adviser.wav", ADVISER_HZ)
    more = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={sound}"]
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(executable_path=program, args=[*ARGS, OURS, *more])
        yield found
        await found.close()


class Poste:
    """One adviser at their page. ``errors``: whatever its console complained of; ``secrets``: of the keys it got."""

    page: Page

    def __init__(self, house: House, context: BrowserContext, adviser: str) -> None:
        self.house, self.context, self.adviser = house, context, adviser
        self.errors: list[str] = []
        self.secrets: list[str] = []

    @property
    def origin(self) -> str:
        return f"http://{self.house.environment['DIALER_HTTP']}"

    async def sign_in(self) -> Self:
        """By keyboard, and where it leads."""
        self.page = await self._tab()
        await self.page.goto(f"{self.origin}/connexion")
        for field, text in (("#identifiant", self.adviser), ("#mot_de_passe", self.house.password)):
            await self.page.locator(field).focus()
            await self.page.keyboard.type(text)
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_url("**/poste")
        await self._live()
        return self

    async def open(self) -> None:
        """Another tab, in which the page is opened."""
        self.page = await self._tab()
        await self.page.goto(f"{self.origin}/poste")
        await self._live()

    async def reload(self) -> None:
        await self.page.reload()
        await self._live()

    async def close(self) -> None:
        """The tab, as somebody does who presses Ctrl+W."""
        async with self.page.expect_event("close"):
            await self.page.close(run_before_unload=True)

    async def _tab(self) -> Page:
        page = await self.context.new_page()
        page.on("console", self._keep_error)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("response", self._keep_secrets)
        return page

    def _keep_error(self, said: ConsoleMessage) -> None:
        if said.type in ("error", "warning"):
            self.errors.append(f"{said.text} {said.location['url']}")

    async def _keep_secrets(self, answer: Response) -> None:
        if answer.url.endswith("/softphone/key") and answer.ok:
            with contextlib.suppress(Error):  # the page is gone
                key = await answer.json()
                self.secrets += [key["password"], key["ticket"]]

    async def _live(self) -> None:
        await expect(self.page.locator("html")).to_have_attribute("data-live", "live")

    async def activate(self) -> None:
        """The telephone of the page, by keyboard, through the gate."""
        await tab_to(self.page, "Activer le téléphone")
        await self.page.keyboard.press("Enter")
        await self.telephone("healthy|ringing", 20)

    async def ready(self) -> None:
        await self.page.keyboard.press("Shift+F3")
        await self.house.adviser_is(self.adviser, "free")

    # -- what it shows -------------------------------------------------------------------------

    def region(self, name: str) -> Locator:
        return self.page.locator(f"#poste-{name}")

    async def shows(self, name: str, *texts: str, limit_s: float = 8.0) -> None:
        """Wait until a region has these texts; a space is any space."""
        for text in texts:
            pattern = re.compile(r"\s+".join(map(re.escape, text.split())))
            await expect(self.region(name)).to_contain_text(pattern, timeout=limit_s * 1000)

    async def telephone(self, state: str, limit_s: float = 8.0) -> None:
        """Wait until the telephone of the page is in this state, or in one of several: ``healthy|ringing``."""
        phone = self.page.locator("[data-softphone]")
        await expect(phone).to_have_attribute("data-state", re.compile(f"^({state})$"), timeout=limit_s * 1000)

    async def rings(self) -> None:
        await self.telephone("ringing")
        await expect(self.page.locator("#poste-appel .rings")).to_be_visible()

    async def press(self, *names: str) -> None:
        for name in names:
            await self.page.keyboard.press(name)

    async def picture(self, name: str) -> None:
        if PICTURES:
            await self.page.screenshot(path=Path(PICTURES, f"{name}.png"), full_page=True)

    # -- what it hears -------------------------------------------------------------------------

    async def hears(self, *frequencies: int, limit_s: float = 6.0) -> None:
        """Wait until these voices come out of the page, and no other."""
        heard: dict[int, float] = {}

        async def so() -> bool:
            rate, samples = await self.page.evaluate(LISTEN)
            loud = [sample * 32768 for sample in samples]
            heard.update({each: round(share(loud, each, rate), 2) for each in VOICES})
            return _are(frequencies, heard.__getitem__)

        try:
            await self.house.until(so, limit_s)
        except AssertionError:
            raise AssertionError(f"the page hears not {frequencies}: {heard}\n{self.house.log[-2000:]}") from None

    async def unplug(self) -> None:
        await self.page.evaluate(UNPLUG)

    async def plug_in(self) -> None:
        await self.page.evaluate(PLUG)

    async def sign_out_elsewhere(self) -> None:
        """In another tab of the same browser."""
        other = await self.context.new_page()
        await other.goto(f"{self.origin}/compte")
        await other.click("#sortir")
        await other.wait_for_url("**/connexion?fin")
        await other.close()


@contextlib.asynccontextmanager
async def at_page(
    house: House, browser: Browser, adviser: str = "adv01", *, microphone: bool = True
) -> AsyncIterator[Poste]:
    """An adviser signed in, at their page, in a browser of their own."""
    permissions = ["microphone"] if microphone else []
    size = {"width": 1280, "height": 900}
    context = await browser.new_context(permissions=permissions, locale="fr-FR", viewport=size)
    context.set_default_timeout(8000)
    await context.add_init_script(KEEP)
    try:
        found = await Poste(house, context, adviser).sign_in()
        yield found
    finally:
        await context.close()


# -- voices on the wire -----------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def calling(house: House) -> AsyncIterator[tuple[Caller, Ear]]:
    """Somebody calls the main line and chooses an adviser; their voice is ours to hear."""
    async with Ear(house.ports.free(), CALLER_HZ) as ear:
        number = f"019900{ear.port % 10_000:04d}"
        script = scenarios.caller(FIRST_CHOICE, 60, number=number).replace("[rtpstream_audio_port]", str(ear.port))
        yield Caller(f"+33{number[1:]}", await house.sipp(script, house.sip, "-s", MAIN, "-m", "1")), ear


@contextlib.asynccontextmanager
async def voice_of(house: House, adviser: str) -> AsyncIterator[Ear]:
    """A colleague at the phone on their desk, paused: nobody is sent to them but by a colleague."""
    async with Ear(house.ports.free(), GUEST_HZ) as ear:
        port = house.ports.free()
        await house.sipp(scenarios.callees(Temper(0.1)).replace("[media_port]", str(ear.port)), port=port)
        await house.register(adviser, contact=f"{HOST}:{port}")
        await house.wish("paused", adviser)
        yield ear


@contextlib.asynccontextmanager
async def voice_outside(house: House) -> AsyncIterator[Ear]:
    """Whoever is called through the trunk: one person at a time."""
    async with Ear(house.ports.free(), GUEST_HZ) as ear:
        port = int(house.environment["DIALER_TRUNK"].rpartition(":")[2])
        await house.sipp(scenarios.callees(Temper(0.1)).replace("[media_port]", str(ear.port)), port=port)
        yield ear


async def hear(house: House, ear: Ear, *frequencies: int, limit_s: float = 6.0) -> None:
    """Wait until these voices are heard, and no other."""

    async def so() -> bool:
        return _are(frequencies, ear.hears)

    ear.forget()
    try:
        await house.until(so, limit_s)
    except AssertionError:
        heard = {each: round(ear.hears(each), 2) for each in VOICES}
        raise AssertionError(f"not {frequencies}: {heard}\n{house.log[-2000:]}") from None


def _are(frequencies: tuple[int, ...], heard: Callable[[int], float]) -> bool:
    return all(heard(each) > CLEAR if each in frequencies else heard(each) < SILENT for each in VOICES)


async def hears_music(house: House, ear: Ear) -> None:
    """Something that is none of the voices, and goes on."""

    async def so() -> bool:
        last = array("h", (DECODED[octet] for octet in ear._heard[-1600:]))
        return len(last) == 1600 and max(last) > 500 and all(ear.hears(each) < CLEAR for each in VOICES)

    ear.forget()
    await house.until(so, limit_s=6, what="music is heard")


# -- what advisers do -------------------------------------------------------------------------------


async def answered(poste: Poste, ear: Ear) -> None:
    """It rings, a key takes it, and the caller hears the adviser."""
    await poste.rings()
    await poste.press("F2")
    await poste.shows("appel", "En ligne : ")
    await hear(poste.house, ear, ADVISER_HZ)


async def held_and_taken_back(poste: Poste, ear: Ear) -> None:
    await poste.press("F4")
    await poste.shows("appel", "En attente : Ligne principale", "L’appelant entend la musique")
    await hears_music(poste.house, ear)
    await poste.hears()
    await poste.press("F4")
    await poste.shows("appel", "En ligne : Ligne principale")
    await hear(poste.house, ear, ADVISER_HZ)


async def file(poste: Poste) -> None:
    """The contact, by two keys."""
    await poste.shows("etat", "Fiche à remplir")
    await poste.page.locator("#poste-fiche input[name=reasons]").first.focus()
    await poste.press("Space", "F10")
    await poste.shows("etat", "Disponible")


async def directly(poste: Poste, name: str) -> None:
    """In the dialog: without talking to them first."""
    await poste.press("Shift+Tab", "ArrowDown", "ArrowDown", "Tab")
    await poste.page.keyboard.type(name)
    await poste.press("Enter")


# -- between one promise and the next ---------------------------------------------------------------


async def settled(house: House) -> None:
    """Every contact that somebody owes is filed."""
    for adviser in (await house.get("/api/v1/advisers"))["items"]:
        for call in {*adviser["owes"], *([adviser["call"]] if adviser["call"] else [])}:
            await _filed(house, call, adviser["id"])


async def _filed(house: House, call: str, adviser: str) -> None:
    url = f"http://{house.environment['DIALER_HTTP']}/api/v1/calls/{call}/contact"
    headers = {"Authorization": f"Bearer {house.token}"}
    async with house.http.get(url, headers=headers, params={"adviser": adviser}) as answer:
        assert answer.status == 200, await answer.text()
        version = answer.headers["ETag"]
    body: dict[str, Any] = {"reasons": ["autre"], "note": None, "done": True, "callback": None, "adviser": adviser}
    async with house.http.put(url, headers={**headers, "If-Match": version}, json=body) as answer:
        assert answer.status == 200, await answer.text()


async def has_no_password(house: House, endpoint: str) -> bool:
    password = tomllib.loads((house.state / "secrets.toml").read_text())["asterisk"]["ari"]
    url = f"http://{house.environment['DIALER_ARI']}/ari/asterisk/config/dynamic/res_pjsip/auth/{endpoint}"
    async with house.http.get(url, headers={"Authorization": aiohttp.encode_basic_auth("dialer", password)}) as answer:
        return answer.status == 404
