"""The pages in a real Chromium: live, by keyboard, in light and dark, on a telephone and on a screen."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, async_playwright, expect

from dialer.web.app import make_app
from dialer.web.render import LOOK

from .fake_floor import FakeFloor

pytestmark = [pytest.mark.asyncio, pytest.mark.real]

SEEN_WITHIN_MS = 5000
ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium is not None, "these tests need Chromium: apt-get install -y chromium"
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(executable_path=chromium, args=ARGS)
        yield found
        await found.close()


@pytest_asyncio.fixture
async def served(floor: FakeFloor) -> AsyncIterator[str]:
    floor.start_clock()
    server = TestServer(make_app(floor), host="127.0.0.1")
    await server.start_server()
    yield str(server.make_url("/")).rstrip("/")
    await server.close()


class Watched:
    """A page, and every error it made."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("console", lambda said: self.errors.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    async def open(self, url: str) -> Page:
        await self.page.goto(url)
        return self.page


@pytest_asyncio.fixture
async def watched(browser: Browser) -> AsyncIterator[Watched]:
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    found = Watched(await context.new_page())
    yield found
    assert found.errors == []
    await context.close()


def row(page: Page, table: str, key: str):
    return page.locator(f"#{table} tr[data-key='{key}']")


def fill(floor: FakeFloor) -> str:
    """A morning's desk; the id of a call that was answered."""
    floor.ready_advisers("adv01", "adv02", "adv05", "adv09")
    answered = floor.queue_up()
    floor.later(3)
    floor.pick_up(answered)
    floor.later(200)
    floor.leave(answered)
    for number in range(9):
        floor.queue_up(("main", "dropout", "parcoursup")[number % 3])
        floor.later(7)
    floor.call_in()
    return answered


async def test_a_call_appears_moves_and_leaves_without_reloading(floor, served, watched):
    page = await watched.open(served)
    await expect(page.locator("html")).to_have_attribute("data-live", "live", timeout=SEEN_WITHIN_MS)
    await page.evaluate("window.kept = true")
    floor.ready_advisers("adv01")
    await expect(row(page, "conseillers", "adv01")).to_contain_text("Disponible")
    call = floor.queue_up()
    await expect(row(page, "appels", call)).to_contain_text("Proposé")
    await expect(row(page, "conseillers", "adv01")).to_contain_text("Sonne")
    floor.pick_up(call)
    await expect(row(page, "appels", call)).to_contain_text("Amel Brahimi")
    await expect(row(page, "conseillers", "adv01")).to_contain_text("En ligne")
    floor.leave(call)
    await expect(row(page, "appels", call)).to_have_count(0)
    await expect(page.locator("#chiffres [data-key='answered'] .value")).to_have_text("1")
    assert await page.evaluate("window.kept") is True


async def test_a_wish_and_its_reason_are_shown_when_they_change(floor, served, watched):
    floor.ready_advisers("adv01")
    page = await watched.open(served)
    for _ in range(2):
        call = floor.queue_up()
        floor.miss(call)
        floor.leave(call)
    await expect(row(page, "conseillers", "adv01")).to_contain_text("2 appels présentés sans réponse (système)")
    await expect(page.locator("#alertes")).to_contain_text("Mis en pause par le système : Amel Brahimi.")


async def test_durations_tick_in_the_page_itself_and_read_like_the_services(floor, served, watched):
    floor.queue_up()
    page = await watched.open(served)
    await expect(page.locator("html")).to_have_attribute("data-live", "live")
    head = page.locator("#files [data-key='main'] [data-since]")
    version = floor.changes.version
    await expect(head).to_have_text("2\u00a0s", timeout=SEEN_WITHIN_MS)
    await expect(head).to_have_text("3\u00a0s", timeout=SEEN_WITHIN_MS)
    assert floor.changes.version == version
    floor.later(3840)
    floor.start_clock()
    await expect(row(page, "conseillers", "adv12").locator("[data-since]")).to_have_text("1\u00a0h\u00a004")


async def test_what_is_focused_stays_focused_while_the_page_changes_around_it(floor, served, watched):
    first, second = floor.queue_up(), floor.queue_up()
    page = await watched.open(served)
    await expect(page.locator("html")).to_have_attribute("data-live", "live")
    await row(page, "appels", second).locator("a").focus()
    floor.leave(first)
    third = floor.queue_up()
    await expect(row(page, "appels", first)).to_have_count(0)
    await expect(row(page, "appels", third)).to_have_count(1)
    await expect(row(page, "appels", second)).to_contain_text("1er")
    assert await page.evaluate("document.activeElement.closest('tr').dataset.key") == second


async def test_everything_is_reached_by_keyboard_and_focus_is_seen(floor, served, watched):
    call = fill(floor) and next(iter(floor.desk_.calls))
    page = await watched.open(served)
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    assert (await page.locator(".skip").bounding_box())["y"] >= 0
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "contenu"
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.tagName") == "SUMMARY"
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("définition Services Publics+")).to_be_visible()
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.closest('tr')?.dataset.key") == call:
            break
    assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{served}/appels/{call}")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Appel de")


async def test_one_calls_story_grows_while_it_lasts_and_says_when_it_is_over(floor, served, watched):
    floor.ready_advisers("adv01", "adv02")
    floor.later(60)
    call = floor.queue_up()
    floor.start_clock()
    page = await watched.open(f"{served}/appels/{call}")
    story = page.locator("#recit")
    await expect(story).to_contain_text("Proposé à Amel Brahimi")
    await expect(story).to_contain_text("la plus longue disponibilité parmi 2")
    floor.miss(call)
    await expect(story).to_contain_text("n’a pas répondu : l’appelant reprend la même place")
    await expect(story).to_contain_text("Proposé à Bastien Courtois")
    floor.pick_up(call)
    await expect(story).to_contain_text("Bastien Courtois répond")
    floor.leave(call)
    await expect(story).to_contain_text("Fin de l’appel : répondu")
    await expect(page.locator("[data-link]")).to_have_text("Appel terminé")


async def test_a_lost_link_and_a_shifted_clock_are_said_on_every_page(floor, served, watched):
    floor.clock_shift = timedelta(days=2, hours=3)
    call = floor.queue_up()
    for path in ("/", f"/appels/{call}"):
        page = await watched.open(served + path)
        await expect(page.locator(".banner")).to_contain_text("Horloge décalée : il est ici")
        await expect(page.locator("html")).to_have_attribute("data-live", "live")
    floor.lose_link()
    for path in ("/", f"/appels/{call}"):
        page = await watched.open(served + path)
        await expect(page.get_by_role("status").filter(has_text="liaison avec Asterisk est perdue")).to_be_visible()


async def test_a_page_says_that_it_is_stale_and_recovers_by_itself(floor, browser):
    app_floor = floor
    server = TestServer(make_app(app_floor), host="127.0.0.1")
    await server.start_server()
    port = server.port
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(str(server.make_url("/")))
    await expect(page.locator("html")).to_have_attribute("data-live", "live")
    await server.close()
    await expect(page.locator("[data-link]")).to_contain_text("Affichage interrompu à", timeout=SEEN_WITHIN_MS)
    again = TestServer(make_app(app_floor), host="127.0.0.1", port=port)
    await again.start_server()
    app_floor.ready_advisers("adv01")
    await expect(page.locator("html")).to_have_attribute("data-live", "live", timeout=15000)
    await expect(row(page, "conseillers", "adv01")).to_contain_text("Disponible")
    await context.close()
    await again.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "zoom"), [(360, 1), (1280, 1), (1280, 2), (1920, 1)])
async def test_every_page_fits_and_reads_in_both_themes(floor, served, browser, scheme, width, zoom):
    answered = fill(floor)
    floor.start_clock()
    # A page zoomed to 200 % has half as many CSS pixels, each twice as large.
    context = await browser.new_context(
        viewport={"width": width // zoom, "height": 900}, color_scheme=scheme, device_scale_factor=zoom
    )
    watched = Watched(await context.new_page())
    for path in ("/", f"/appels/{answered}", "/appels/none"):
        page = await watched.open(served + path)
        if path == "/":
            await expect(page.locator("html")).to_have_attribute("data-live", "live")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        cut = await page.evaluate(
            "[...document.querySelectorAll('.board')].filter(b => b.scrollWidth > b.clientWidth).length"
        )
        assert cut == 0, path
        assert await page.evaluate(CONTRAST) == [], path
    assert [error for error in watched.errors if "404" not in error] == []
    await context.close()


CONTRAST = """() => {
  const channel = (value) => { const c = value / 255; return c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4; };
  const luminance = ([r, g, b]) => .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b);
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const found = rgb(getComputedStyle(at).backgroundColor);
      if (found.length === 3 || found[3] === 1) return found;
    }
    return [255, 255, 255];
  };
  const poor = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const element = node.parentElement;
    if (!node.nodeValue.trim() || !element.checkVisibility()) continue;
    const [a, b] = [luminance(rgb(getComputedStyle(element).color)), luminance(ground(element))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) poor.push(`${element.className || element.tagName} ${ratio.toFixed(2)} ${node.nodeValue.trim()}`);
  }
  return poor;
}"""


async def test_tables_say_what_they_are_also_when_they_are_cards(floor, served, browser):
    fill(floor)
    for width in (360, 1280):
        context = await browser.new_context(viewport={"width": width, "height": 900})
        page = await context.new_page()
        await page.goto(served)
        for name in ("Files d’attente", "Appels en cours", "Conseillers et conseillères"):
            table = page.get_by_role("table", name=name)
            await expect(table).to_have_count(1)
            assert await table.get_by_role("rowheader").count() > 2
            assert await table.get_by_role("columnheader").count() >= 4
        await context.close()


async def test_screen_readers_hear_of_trouble_once_and_not_of_every_tick(floor, served, watched):
    page = await watched.open(served)
    await expect(page.locator("html")).to_have_attribute("data-live", "live")
    await page.evaluate(
        """() => {
          window.said = [];
          for (const region of document.querySelectorAll("[role=status], [aria-live]"))
            new MutationObserver(() => window.said.push(region.textContent.trim()))
              .observe(region, {childList: true, subtree: true, characterData: true});
        }"""
    )
    for _ in range(4):
        floor.queue_up()
        await expect(page.locator("#files [data-key='main'] .big")).to_have_text(str(len(floor.desk_.calls)))
    await page.wait_for_timeout(2200)  # two ticks of every duration
    said = await page.evaluate("window.said")
    assert len(said) == 1
    assert "personne n’est prêt" in said[0]


async def test_a_page_of_an_older_look_reloads_itself(floor, served, watched):
    page = await watched.open(served)
    await expect(page.locator("html")).to_have_attribute("data-live", "live")
    await page.evaluate("window.kept = true; document.documentElement.dataset.look = 'old'")
    floor.ready_advisers("adv01")
    await expect(page.locator("html")).to_have_attribute("data-look", LOOK)
    await expect(row(page, "conseillers", "adv01")).to_contain_text("Disponible")
    assert await page.evaluate("window.kept") is None
