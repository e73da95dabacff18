"""Callbacks on the pages in a real Chromium: live, by keyboard, in light and dark, on a telephone and on a screen."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from dialer.core import events as ev
from dialer.core.callbacks.states import CallbackId
from dialer.core.callbacks.told import CallbackCancelled
from dialer.core.words import Cause

from .fake_floor import FakeFloor
from .test_browser import CONTRAST, Watched, browser, row, served, watched
from .test_callback_page import ask, dial, state, window

__all__ = ["browser", "served", "watched"]
pytestmark = [pytest.mark.asyncio, pytest.mark.real]


def fill(floor: FakeFloor) -> CallbackId:
    """A morning of promises; one that was tried in vain and is tried again."""
    floor.ready_advisers("adv05", "adv06", "adv07", "adv08")
    tried = ask(floor)
    dial(floor, tried)
    floor.later(14)
    floor.happen(ev.LegLeft(floor.now(), state(floor, tried).leg, Cause.BUSY))
    talking = ask(floor, "+33199000043")
    dial(floor, talking)
    floor.happen(ev.LegAnswered(floor.now(), state(floor, talking).leg))
    for number in range(9):
        ask(floor, f"+3319900005{number}", window(floor, 3 + 24 * (number % 3)))
    floor.later(26 * 3600)
    ask(floor, "+33199000070")
    return tried


async def test_a_callback_appears_on_the_live_page_moves_and_leaves_without_reloading(floor, served, watched):
    page = await watched.open(served)
    await expect(page.locator("html")).to_have_attribute("data-live", "live")
    await page.evaluate("window.kept = true")
    await expect(page.locator("#rappels")).to_contain_text("Aucun rappel promis.")
    floor.ready_advisers("adv05")
    callback = ask(floor)
    await expect(row(page, "rappels", callback)).to_contain_text("Proposé")
    await expect(row(page, "conseillers", "adv05")).to_contain_text("rappel")
    dial(floor, callback)
    await expect(row(page, "rappels", callback)).to_contain_text("Appel lancé")
    floor.happen(ev.LegAnswered(floor.now(), state(floor, callback).leg))
    await expect(row(page, "rappels", callback)).to_contain_text("En ligne")
    await expect(page.locator("#rappels [data-key='busy'] dd")).to_have_text("1")
    floor.happen(ev.LegLeft(floor.now(), state(floor, callback).leg, Cause.NORMAL))
    await expect(row(page, "rappels", callback)).to_have_count(0)
    assert await page.evaluate("window.kept") is True


async def test_its_page_is_reached_by_keyboard_grows_and_says_when_it_is_over(floor, served, watched):
    floor.ready_advisers("adv05")
    callback = ask(floor)
    page = await watched.open(served)
    await expect(page.get_by_role("table", name="Rappels promis").get_by_role("rowheader")).to_have_count(1)
    link = row(page, "rappels", callback).locator("a")
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await link.evaluate("element => element === document.activeElement"):
            break
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{served}/rappels/{callback}")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Demande de rappel du lundi")
    await expect(page.locator("#recit")).to_contain_text("Fiche proposée")
    dial(floor, callback)
    await expect(page.locator("#recit")).to_contain_text("le numéro est composé")
    await expect(row(page, "tentatives", "1")).to_contain_text("en cours")
    floor.happen(ev.CallbackTold(floor.now(), callback, CallbackCancelled(floor.now())))
    await expect(page.locator("#faits")).to_contain_text("Clos")
    await expect(page.locator("[data-link]")).to_have_text("Demande close")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "zoom"), [(360, 1), (1280, 1), (1280, 2), (1920, 1)])
async def test_the_block_and_the_page_fit_and_read_in_both_themes(floor, served, browser, scheme, width, zoom):
    tried = fill(floor)
    floor.start_clock()
    context = await browser.new_context(
        viewport={"width": width // zoom, "height": 900}, color_scheme=scheme, device_scale_factor=zoom
    )
    watched = Watched(await context.new_page())
    for path in ("/", f"/rappels/{tried}"):
        page = await watched.open(served + path)
        await expect(page.locator("html")).to_have_attribute("data-live", "live")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        cut = await page.evaluate(
            "[...document.querySelectorAll('.board')].filter(b => b.scrollWidth > b.clientWidth).length"
        )
        assert cut == 0, path
        assert await page.evaluate(CONTRAST) == [], path
    assert watched.errors == []
    await context.close()
