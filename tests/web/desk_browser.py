"""An adviser's page in a real Chromium: a browser that is signed in, and a telephone that says what a test lets it."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, BrowserContext, Error, Page, Route, async_playwright, expect

from dialer.web.app import make_app
from tests.store.fake_access import FakeAccess

from .desk_talks import DANGER
from .fake_floor import FakeFloor, make_rules
from .signing_in import everybody, session
from .test_browser import ARGS

SOFTPHONE = (Path(__file__).parent / "fake_softphone.js").read_text()
KEY = {"url": "/sip", "endpoint": "adv05-web", "password": "p", "ticket": "t", "ice": []}
MICROPHONE = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
"""Chromium's own microphone, which beeps."""


SHOWN = {"viewport": {"width": 1280, "height": 900}, "locale": "fr-FR"}


class Desk:
    """One tab. ``errors``: whatever its console complained of, a breach of the Content-Security-Policy too."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("console", lambda said: self.errors.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    async def open(self, url: str) -> Page:
        await self.page.goto(f"{url}/poste")
        await expect(self.page.locator("html")).to_have_attribute("data-live", "live")
        return self.page

    async def says(self, name: str, reason: dict[str, str] | None = None, **state: Any) -> None:
        """The telephone is in this state now."""
        await self.page.evaluate("([state, reason]) => softphone.say(state, reason)", [{"name": name, **state}, reason])

    async def told(self, what: str | None = None) -> list[dict[str, Any]]:
        """What the telephone was told; ``what``: the commands of this name alone."""
        found: list[dict[str, Any]] = await self.page.evaluate("softphone.told")
        return [each for each in found if what is None or each["do"] == what]

    async def activated(self) -> None:
        """The gate is passed."""
        await self.page.get_by_role("button", name="Activer le téléphone").click()
        await until(self.page, "softphone.told.some((each) => each.do === 'start')")
        for name in ("asking", "checking", "registering", "healthy"):
            await self.says(name)


async def at_browser(browser: Browser, access: FakeAccess, floor: FakeFloor, url: str, **more: Any) -> BrowserContext:
    """Somebody signed in as `adviser`; every tab of theirs has the telephone of the tests."""
    context = await browser.new_context(permissions=["microphone"], **more)
    secret = (await session(access, "adviser", floor.now()))["Cookie"].partition("=")[2]
    await context.add_cookies([{"name": "fv", "value": secret, "url": url}])

    async def softphone(route: Route) -> None:
        await route.fulfill(content_type="text/javascript", body=SOFTPHONE)

    async def key(route: Route) -> None:
        await route.fulfill(content_type="application/json", body=json.dumps(KEY))

    await context.route("**/static/softphone.js", softphone)
    await context.route("**/api/v1/softphone/key", key)
    return context


async def until(page: Page, true: str, within_s: float = 5.0) -> None:
    """Wait for an expression in the page. By the debugger: the page's own policy lets nobody evaluate in it."""
    end = asyncio.get_running_loop().time() + within_s
    while not await _is(page, true):
        assert asyncio.get_running_loop().time() < end, f"not within {within_s:g} s: {true}"
        await asyncio.sleep(0.03)


async def _is(page: Page, true: str) -> bool:
    try:
        return bool(await page.evaluate(true))
    except Error:  # the page is being loaded anew
        return False


@asynccontextmanager
async def serving(floor: FakeFloor, port: int | None = None) -> AsyncIterator[str]:
    server = TestServer(make_app(floor), host="127.0.0.1", port=port)
    await server.start_server()
    try:
        yield str(server.make_url("/")).rstrip("/")
    finally:
        await server.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium is not None, "these tests need Chromium: apt-get install -y chromium"
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(executable_path=chromium, args=[*ARGS, *MICROPHONE])
        yield found
        await found.close()


@pytest_asyncio.fixture(loop_scope="module")
async def access() -> AsyncIterator[FakeAccess]:
    made = FakeAccess(everybody())
    yield made
    await made.close()


@pytest.fixture
def floor(access: FakeAccess) -> FakeFloor:
    return FakeFloor(mode="production", access=access, rules_=replace(make_rules(), danger=DANGER))


@pytest_asyncio.fixture(loop_scope="module")
async def url(floor: FakeFloor) -> AsyncIterator[str]:
    async with serving(floor) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def desk(browser: Browser, access: FakeAccess, floor: FakeFloor, url: str) -> AsyncIterator[Desk]:
    context = await at_browser(browser, access, floor, url, **SHOWN)
    found = Desk(await context.new_page())
    await found.open(url)
    yield found
    assert found.errors == []
    await context.close()


async def tab_to(page: Page, name: str) -> None:
    for _ in range(60):
        await page.keyboard.press("Tab")
        if (await page.evaluate("document.activeElement.textContent.trim()")).startswith(name):
            return
    raise AssertionError(f"{name} was not reached")
