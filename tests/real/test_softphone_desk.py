"""An adviser in the browser, with the whole service: sign-in, key, gate, a caller heard both ways, reload, sign-out."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Route, async_playwright

from ops.asterisk.programs import Programs
from ops.robots import scenarios
from tests.real.house import FIRST_CHOICE, MAIN, Caller, House, Json, events
from tests.real.softphones import ADVISER_HZ, CALLER_HZ, KEEP, MICROPHONE, PAGE, Desk, Ear, write_wav
from tests.web.test_browser import ARGS

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

CLEAR = 0.5
AGAIN_S = 5.0
OURS = "--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets"
KEY = """async () => {
  const account = await (await fetch("/compte")).text();
  const csrf = new DOMParser().parseFromString(account, "text/html").querySelector("[name=csrf]").value;
  const answer = await fetch("/api/v1/softphone/key", { method: "POST", headers: { "X-CSRF": csrf } });
  return [answer.status, await answer.json()];
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(
    programs: Programs, quick_config: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("softphone-desk")
    # Asyncio's own debug log is where a careless repr would show.
    async with House(programs, folder, quick_config, environment={"PYTHONASYNCIODEBUG": "1"}) as house:
        yield house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(shared: House) -> AsyncIterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium is not None, "these tests need Chromium: apt-get install -y chromium"
    sound = write_wav(shared.folder / "adviser.wav", ADVISER_HZ)
    more = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={sound}"]
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(
            executable_path=chromium, args=[*ARGS, "--autoplay-policy=no-user-gesture-required", OURS, *more]
        )
        yield found
        await found.close()


class AtDesk(Desk):
    """An adviser signed in, at a page of the service's own origin that has the softphone and nothing else."""

    def __init__(self, house: House, context: BrowserContext) -> None:
        self.house, self.context = house, context
        self.errors: list[str] = []
        self.secrets: list[str] = []

    @property
    def origin(self) -> str:
        return f"http://{self.house.environment['DIALER_HTTP']}"

    async def sign_in(self, adviser: str) -> Self:
        await self.context.route("**/essai", _essai)
        self.page = await self.context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        await self.page.goto(f"{self.origin}/connexion")
        await self.page.fill("#identifiant", adviser)
        await self.page.fill("#mot_de_passe", "demo")
        await self.page.click("#entrer")
        await self.page.wait_for_url(lambda url: "/connexion" not in url)
        await self.page.goto(f"{self.origin}/essai")
        await self._note()
        return self

    async def begin(self, **more: Any) -> None:
        """Ask for a key, and start with it."""
        status, key = await self.page.evaluate(KEY)
        assert status == 200, key
        self.secrets += [key["password"], key["ticket"]]
        await self.command("start", key=key, microphone=MICROPHONE, **more)

    async def sign_out_elsewhere(self) -> None:
        """In another tab of the same browser."""
        other = await self.context.new_page()
        await other.goto(f"{self.origin}/compte")
        await other.click("#sortir")
        await other.wait_for_url("**/connexion?fin")
        await other.close()


async def _essai(route: Route) -> None:
    await route.fulfill(body=PAGE, content_type="text/html")


@pytest_asyncio.fixture(loop_scope="module")
async def desk(house: House, browser: Browser) -> AsyncIterator[AtDesk]:
    context = await browser.new_context(permissions=["microphone"])
    await context.add_init_script(KEEP)
    found = await AtDesk(house, context).sign_in("adv01")
    yield found
    await found.close()
    assert found.errors == []


@contextlib.asynccontextmanager
async def calling(house: House) -> AsyncIterator[tuple[Caller, Ear]]:
    """Somebody calls the main line and chooses an adviser; their voice is ours to hear."""
    async with Ear(house.ports.free(), CALLER_HZ) as ear:
        number = f"019900{ear.port % 10_000:04d}"
        script = scenarios.caller(FIRST_CHOICE, 60, number=number).replace("[rtpstream_audio_port]", str(ear.port))
        caller = Caller(f"+33{number[1:]}", await house.sipp(script, house.sip, "-s", MAIN, "-m", "1"))
        yield caller, ear


async def hears(house: House, ear: Ear, limit_s: float = 8.0) -> None:
    async def so() -> bool:
        return ear.hears(ADVISER_HZ) > CLEAR

    await house.until(so, limit_s, "the caller hears the adviser")


async def password_of(house: House, endpoint: str) -> int:
    """The status with which Asterisk tells the password of an endpoint."""
    password = _ari_password(house)
    url = f"http://{house.environment['DIALER_ARI']}/ari/asterisk/config/dynamic/res_pjsip/auth/{endpoint}"
    async with house.http.get(url, headers={"Authorization": aiohttp.encode_basic_auth("dialer", password)}) as answer:
        return answer.status


def _ari_password(house: House) -> str:
    return str(tomllib.loads((house.state / "secrets.toml").read_text())["asterisk"]["ari"])


async def talking(house: House, desk: AtDesk, caller: Caller, ear: Ear) -> Json:
    """The caller's call rings in the page, is answered there, and both hear the other."""
    offered = await house.call_is(caller, "offered", adviser="adv01")
    await desk.is_now("ringing")
    leg = f"{offered['id']}-a1"
    await desk.says("leg", leg)
    await desk.command("answer", leg=leg)
    call = await house.call_is(caller, "talking", adviser="adv01")
    await hears(house, ear)
    assert ear.hears(CALLER_HZ) < 0.1
    assert await desk.hears(CALLER_HZ) > CLEAR
    return call


async def test_an_adviser_signs_in_answers_in_the_browser_and_is_heard_again_after_a_reload_in_mid_call(
    house: House, desk: AtDesk
) -> None:
    loop = asyncio.get_running_loop()
    assert (await house.adviser("adv01"))["state"] == "unreachable"
    await desk.begin()
    await desk.is_now("healthy", 15)
    await house.adviser_is("adv01", "free")  # by the health of the softphone alone
    await house.wish("ready", "adv01")
    async with calling(house) as (caller, ear):
        call = await talking(house, desk, caller, ear)
        began = loop.time()
        await desk.reload()
        await desk.begin(checked=True)
        await desk.is_now("ringing", AGAIN_S)
        await desk.says("leg", f"{call['id']}-a2")
        await desk.command("answer", leg=f"{call['id']}-a2")
        await desk.is_now("talking")
        ear.forget()
        await hears(house, ear)
        took = loop.time() - began
        assert await desk.hears(CALLER_HZ) > CLEAR
        assert took < AGAIN_S, f"heard again after {took:.1f} s"

        async def alone() -> bool:
            return {one["id"] for one in await house.ari("channels")} == {call["id"], f"{call['id']}-a2"}

        await house.until(alone, what="the leg of the page before is gone")
        after = await house.call_is(caller, "talking", adviser="adv01")
        assert [entry["event"] for entry in events(after, "adviser_back")] == ["adviser_back"]
        assert caller.process.returncode is None
        await desk.command("hang-up")
        ended = await house.call_is(caller, "ended")
        assert ended["outcome"] == "answered"
    await desk.is_now("healthy")


async def test_whoever_signs_out_in_mid_call_has_no_key_any_more_and_the_call_goes_on_to_its_end(
    house: House, desk: AtDesk
) -> None:
    await desk.begin()
    await desk.is_now("healthy", 15)
    await house.wish("ready", "adv01")
    async with calling(house) as (caller, ear):
        await talking(house, desk, caller, ear)
        assert await password_of(house, "adv01-web") == 200
        await desk.sign_out_elsewhere()
        await desk.says("key", "ended")

        async def taken() -> bool:
            return await password_of(house, "adv01-web") == 404

        await house.until(taken, what="Asterisk has forgotten the password")
        ear.forget()
        await hears(house, ear)
        assert await desk.hears(CALLER_HZ) > CLEAR
        await house.call_is(caller, "talking", adviser="adv01")
        await caller.hangs_up()
        ended = await house.call_is(caller, "ended")
        assert ended["outcome"] == "answered"
    status, _ = await desk.page.evaluate("fetch('/api/v1/softphone/key', {method: 'POST'}).then((a) => [a.status, 0])")
    assert status == 401

    async def gone() -> bool:
        return "adv01-web" not in {
            one["resource"] for one in await house.ari("endpoints/PJSIP") if one["state"] == "online"
        }

    await house.until(gone, what="their softphone is not rung any more")
    written = [file.read_bytes() for file in house.folder.rglob("*") if file.is_file()]
    assert len(written) > 20
    for secret in desk.secrets:
        assert all(secret.encode() not in content for content in written), "a key's secret is written down"
