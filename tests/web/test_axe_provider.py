"""Signing in by a provider, in a real Chromium: axe-core finds nothing wrong with what we show of it."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from .axe import look
from .test_browser import browser as chromium
from .test_sign_in_provider import access, browser, floor, provider

__all__ = ["access", "browser", "chromium", "floor", "provider"]
pytestmark = [pytest.mark.asyncio, pytest.mark.real]


async def test_the_pages_of_a_sign_in_by_a_provider_have_no_fault(browser, provider, chromium) -> None:
    served = str(browser.make_url("")).rstrip("/")
    found: dict[str, list[str]] = {}
    page = await chromium.new_page()
    await page.goto(f"{served}/connexion")
    await look(page, "provider", found)
    provider.person = "a-stranger"
    await page.get_by_role("link", name="S’identifier avec").click()
    await page.get_by_role("link", name="Continuer").click()
    await expect(page.get_by_text("a-stranger")).to_be_visible()
    await look(page, "provider, a stranger", found)
    await page.close()
    assert found == {}
