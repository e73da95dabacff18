"""Signing in by a provider in a real Chromium: there and back by keyboard, out of both, and when it is not there."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect

from dialer.core.access.account import AccountId
from tests.access.provider import Provider

from .test_browser import CONTRAST
from .test_browser import browser as chromium
from .test_rappel_browser import picture, tab_to
from .test_sign_in_provider import access, browser, floor, provider

__all__ = ["access", "browser", "chromium", "floor", "provider"]
pytestmark = [pytest.mark.asyncio, pytest.mark.real]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_there_and_back_by_keyboard_and_out_of_both_and_the_password_when_it_is_not_there(
    access, browser, provider: Provider, chromium, scheme
):
    served = str(browser.make_url("")).rstrip("/")
    context = await chromium.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 800})
    page = await context.new_page()

    async def look(name: str) -> None:
        for width in (320, 360, 1280):
            await page.set_viewport_size({"width": width, "height": 800})
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, width)
            assert await page.evaluate(CONTRAST) == [], (name, width)
            await picture(page, f"{name}-{scheme}-{width}")

    async def there() -> None:
        await tab_to(page, "fournisseur")
        await page.keyboard.press("Enter")

    await page.goto(f"{served}/compte")
    await look("connexion-fournisseur")
    await there()
    await expect(page).to_have_title("Fournisseur")
    await page.get_by_role("link", name="Annuler").click()
    await expect(page.get_by_role("group", name="La connexion n’a pas abouti")).to_contain_text("Vous avez interrompu")
    await there()
    await page.get_by_role("link", name="Continuer").click()
    await expect(page).to_have_url(f"{served}/compte")
    await expect(page.get_by_text("Supervisor", exact=True)).to_be_visible()
    cookies = {each["name"]: each for each in await context.cookies(f"{served}/deconnexion")}
    assert cookies.keys() == {"fv", "fv-sortie"}
    assert all(each["httpOnly"] and each["sameSite"] == "Lax" for each in cookies.values())
    await page.get_by_role("button", name="Se déconnecter").click()
    await expect(page).to_have_url(f"{served}/connexion?fin")
    await expect(page.get_by_role("status")).to_have_text("Votre session est fermée.")
    assert len(provider.signed_out) == 1
    assert await access.sessions_of(AccountId("supervisor")) == ()

    provider.person = "a-stranger"
    await there()
    await page.get_by_role("link", name="Continuer").click()
    await expect(page.get_by_text("a-stranger")).to_be_visible()
    await look("connexion-non-relie")
    was = await access.account(AccountId("supervisor"))
    assert await access.keep_account(replace(was, subject=None), was) is None
    await provider.close()
    provider.at = provider.at.replace(hour=12)
    await there()
    await expect(page.get_by_role("group", name="La connexion n’a pas abouti")).to_contain_text("ne répond pas")
    assert urlsplit(page.url).path == "/connexion/fournisseur"
    await page.get_by_label("Identifiant").fill("supervisor")
    await page.get_by_label("Mot de passe").fill("quatre mots sans suite")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{served}/")
    await context.close()
