"""Signing in and out in a real Chromium: by keyboard alone, without a script, in light and dark, narrow and wide."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from playwright.async_api import Page, expect

from dialer.core.access.account import AccountId
from dialer.core.access.roles import Role
from dialer.web import live
from dialer.web.app import make_app
from tests.store.fake_access import FakeAccess

from .fake_floor import FakeFloor
from .signing_in import RIGHT, account, everybody
from .test_browser import CONTRAST, browser
from .test_rappel_browser import picture, tab_to

__all__ = ["browser"]
pytestmark = [pytest.mark.asyncio, pytest.mark.real]
OTHER = "lanterne girafe moulin cuivre"


@pytest_asyncio.fixture
async def access() -> AsyncIterator[FakeAccess]:
    made = FakeAccess([*everybody(), account("given", Role.ADVISER, adviser="adv06", given=True)])
    yield made
    await made.close()


@pytest.fixture
def floor(access: FakeAccess) -> FakeFloor:
    return FakeFloor(mode="production", access=access)


@pytest_asyncio.fixture
async def served(floor: FakeFloor) -> AsyncIterator[str]:
    server = TestServer(make_app(floor), host="127.0.0.1")
    await server.start_server()
    yield str(server.make_url("/")).rstrip("/")
    await server.close()


async def focused_field(page: Page) -> str:
    return str(await page.evaluate("document.activeElement.id"))


async def sign_in(page: Page, name: str, password: str = RIGHT) -> None:
    """By keyboard, wherever the form is."""
    await tab_to(page, "identifiant")
    await page.keyboard.press("Control+A")
    await page.keyboard.type(name)
    await page.keyboard.press("Tab")
    assert await focused_field(page) == "mot_de_passe"
    await page.keyboard.type(password)
    await page.keyboard.press("Enter")


async def test_by_keyboard_alone_from_a_page_to_the_sign_in_to_the_page_and_out_again(access, served, browser):
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    await page.goto(served)
    await expect(page).to_have_url(f"{served}/connexion?vers=/")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Connexion")
    await sign_in(page, "supervisor", "faux")
    await expect(page).to_have_title("Erreur : Connexion – Fil vert")
    assert await focused_field(page) == "fautes"
    await expect(page.get_by_role("group", name="La connexion n’a pas abouti")).to_contain_text(
        "n'ouvrent aucun compte"
    )
    await expect(page.get_by_label("Identifiant")).to_have_value("supervisor")
    await sign_in(page, "supervisor")
    await expect(page).to_have_url(f"{served}/")
    await expect(page.locator("html")).to_have_attribute("data-live", "live")
    await picture(page, "connecte-1280")
    await tab_to(page, "Se déconnecter")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{served}/connexion?fin")
    await expect(page.get_by_role("status")).to_have_text("Votre session est fermée.")
    assert await access.sessions_of(AccountId("supervisor")) == ()
    await page.go_back()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Connexion")
    await context.close()


async def test_a_page_that_stays_open_says_when_its_session_is_over_and_leads_back(
    access, floor, served, browser, monkeypatch
):
    monkeypatch.setattr(live, "SESSION_EVERY_S", 0.0)
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    await page.goto(served)
    await sign_in(page, "supervisor")
    await expect(page.locator("html")).to_have_attribute("data-live", "live")
    await page.evaluate("window.kept = true")
    was = await access.account(AccountId("supervisor"))
    floor.at += timedelta(minutes=1)
    await access.keep_account(replace(was, sessions_from=floor.at), was)
    floor.changes.tell()
    await expect(page.locator("[data-link]")).to_contain_text("Votre session est terminée. Se reconnecter")
    assert await page.evaluate("window.kept") is True
    await page.get_by_role("link", name="Se reconnecter").click()
    await sign_in(page, "supervisor")
    await expect(page.locator("html")).to_have_attribute("data-live", "live")
    # Signed in again in another tab: the stream of this one ends with the old secret, and goes on under the new one.
    other = await context.new_page()
    floor.at += timedelta(minutes=11)
    await other.goto(f"{served}/connexion?vers=/compte")
    await sign_in(other, "supervisor")
    await expect(other).to_have_url(f"{served}/compte")
    floor.ready_advisers("adv01")
    await expect(page.locator("#conseillers tr[data-key='adv01']")).to_contain_text("Disponible")
    await expect(page.locator("html")).to_have_attribute("data-live", "live")
    await context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_of_the_sign_in_fits_and_reads_in_both_themes_at_every_width_without_a_script(
    floor, served, browser, scheme
):
    context = await browser.new_context(java_script_enabled=False, color_scheme=scheme)
    page = await context.new_page()

    async def look(name: str) -> None:
        for width in (320, 360, 1280):
            await page.set_viewport_size({"width": width, "height": 800})
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, width)
            assert await page.evaluate(CONTRAST) == [], (name, width)
            await picture(page, f"{name}-{scheme}-{width}")
        small = await page.evaluate(
            """[...document.querySelectorAll("main a.button, main button, main input:not([type=hidden], [hidden])")]
                 .filter((target) => target.getBoundingClientRect().height < 44).length"""
        )
        assert small == 0, name
        assert await page.evaluate("new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size"
                                   " === document.querySelectorAll('[id]').length"), name  # fmt: skip
        unnamed = (
            """[...document.querySelectorAll("input:not([type=hidden], [hidden])")].filter(f => !f.labels.length)"""
        )
        assert await page.evaluate(f"{unnamed}.length") == 0, name
        assert await page.evaluate("document.querySelectorAll('h1').length") == 1, name
        assert await page.evaluate("document.documentElement.lang") == "fr", name

    async def enter(name: str, password: str = RIGHT) -> None:
        await page.get_by_label("Identifiant").fill(name)
        await page.get_by_label("Mot de passe").fill(password)
        await page.get_by_role("button", name="Se connecter").click()

    await page.goto(f"{served}/connexion")
    await look("connexion")
    await enter("given", "faux")
    await look("connexion-faute")
    await enter("given")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Choisissez votre mot de passe")
    await look("mot-de-passe")
    await page.get_by_label("Nouveau mot de passe").fill("given1234")
    await page.get_by_label("Encore une fois").fill("x")
    await page.get_by_role("button", name="Changer le mot de passe").click()
    await expect(page.get_by_role("group", name="3 points à corriger")).to_be_focused()
    new = page.get_by_label("Nouveau mot de passe")
    await expect(new).to_have_accessible_description(
        "Au moins 12 caractères. Quatre mots sans suite font un bon mot de passe. Erreur : Il est trop court. Écrivez "
        "au moins 12 caractères, par exemple quatre mots. C’est ce que d’autres essaieraient en premier. Écrivez des "
        "mots qui n’ont rien à voir avec vous."
    )
    await look("mot-de-passe-fautes")
    await new.fill(OTHER)
    await page.get_by_label("Encore une fois").fill(OTHER)
    await page.get_by_role("button", name="Changer le mot de passe").click()
    await expect(page).to_have_url(f"{served}/poste")
    await page.goto(f"{served}/compte")
    await look("compte")
    floor.at += timedelta(hours=12)
    await page.goto(f"{served}/compte")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Confirmer que c’est vous")
    await look("connexion-veille")
    await enter("supervisor")
    await expect(page).to_have_url(f"{served}/compte")
    await page.get_by_role("link", name="Aller à votre page").click()
    await expect(page).to_have_url(f"{served}/")
    for width in (360, 1280):
        await page.set_viewport_size({"width": width, "height": 800})
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        assert await page.evaluate(CONTRAST) == [], width
        await picture(page, f"en-direct-{scheme}-{width}")
    await page.get_by_role("button", name="Se déconnecter").click()
    await look("deconnecte")
    await context.close()
