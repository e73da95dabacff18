"""A stranger's walk through the public page in a real Chromium: by keyboard, on a telephone, with a screen reader."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, expect

from dialer.web.app import make_app
from dialer.web.rappel import proof
from dialer.web.rappel.reception import Rappel

from .rappel_office import Office
from .test_browser import CONTRAST, browser

__all__ = ["browser"]
pytestmark = [pytest.mark.asyncio, pytest.mark.real]


@pytest.fixture
def office() -> Office:
    return Office(mode="demo")


@pytest_asyncio.fixture
async def served(office: Office) -> AsyncIterator[str]:
    server = TestServer(make_app(office, rappel=Rappel(public_url="https://rappel.example.net")), host="127.0.0.1")
    await server.start_server()
    yield str(server.make_url("/")).rstrip("/")
    await server.close()


@pytest_asyncio.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 1280, "height": 900}, locale="fr-FR")
    found = await context.new_page()
    errors: list[str] = []
    found.on("pageerror", lambda error: errors.append(str(error)))
    found.on("console", lambda said: errors.append(said.text) if said.type in ("error", "warning") else None)
    yield found
    # A page with faults is a 422, which the browser reports as well.
    assert [error for error in errors if "422" not in error and "404" not in error] == []
    await context.close()


async def picture(page: Page, name: str) -> None:
    """For the eyes of whoever set RAPPEL_PICTURES to a folder."""
    folder = os.environ.get("RAPPEL_PICTURES")
    if folder:
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


async def focused(page: Page) -> str:
    return await page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")


async def tab_to(page: Page, wanted: str, steps_max: int = 40) -> None:
    """Press Tab until the element with this id, or this text, has the focus."""
    for _ in range(steps_max):
        await page.keyboard.press("Tab")
        if await focused(page) == wanted:
            return
    raise AssertionError(f"Tab did not reach {wanted!r}, it stands on {await focused(page)!r}")


async def test_by_keyboard_alone_from_an_empty_form_to_a_request_that_is_moved_and_cancelled(office, served, page):
    await page.goto(f"{served}/rappel")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Demander à être appelé")
    await picture(page, "1-vide")

    await tab_to(page, "envoyer")
    await page.keyboard.press("Enter")
    await expect(page).to_have_title("Erreur : Demander à être appelé – Reviens te former")
    assert await page.evaluate("document.activeElement.id") == "fautes"
    await expect(page.get_by_role("group", name="6 points à corriger")).to_be_visible()
    await picture(page, "2-fautes")

    await tab_to(page, "Qui fait cette demande : Choisissez une réponse.")
    await page.keyboard.press("Enter")
    assert await focused(page) == "demandeur"
    await page.keyboard.press("Space")
    await page.keyboard.press("Tab")
    assert await focused(page) == "prenom"
    await page.keyboard.type("Zoé")
    await page.keyboard.press("Tab")
    await page.keyboard.type("31 12 2008")
    await page.keyboard.press("Tab")
    await page.keyboard.type("01 99 00 12 34")
    await tab_to(page, "creneau")
    await page.keyboard.press("Space")
    await page.keyboard.press("ArrowDown")  # the first slot
    await page.keyboard.press("ArrowDown")
    chosen = await page.evaluate("document.activeElement.parentElement.textContent.trim()")
    assert chosen.startswith("aujourd’hui, entre")
    await tab_to(page, "lu")
    await page.keyboard.press("Space")
    await picture(page, "3-rempli")
    await tab_to(page, "envoyer")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", level=1)).to_have_text("Votre demande est enregistrée")
    assert await page.evaluate("document.activeElement.id") == "fautes"
    (callback,) = office.callbacks
    await expect(page.get_by_text(f"Nous vous appellerons {chosen}.")).to_be_visible()
    reference = str(callback.id).removeprefix("cb-")
    by_two = "\u00a0".join(reference[place : place + 2] for place in range(0, 8, 2))
    await expect(page.locator(".reference")).to_contain_text(by_two)
    await picture(page, "4-recu")

    async with page.expect_response("**/rappel"):
        await page.reload()  # the browser sends the form again
    await expect(page.get_by_role("heading", level=1)).to_have_text("Votre demande est enregistrée")
    assert len(office.callbacks) == 1

    await tab_to(page, "Voir ma demande")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Mon dossier")
    await expect(page.get_by_text("celui qui finit par 34")).to_be_visible()
    assert "Zoé" not in await page.content()
    assert "99 00 12" not in await page.content()
    await picture(page, "5-suivi")

    await tab_to(page, "Changer de créneau")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Changer de créneau")
    await tab_to(page, "creneau")
    await page.keyboard.press("Space")
    await tab_to(page, "Choisir ce créneau")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Votre créneau a été changé.")).to_be_visible()
    await expect(page.get_by_text("Nous vous appellerons dès que possible")).to_be_visible()
    assert office.callbacks[0].window is None

    await tab_to(page, "Annuler ma demande")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Annuler votre demande ?")
    await picture(page, "6-annulation")
    await tab_to(page, "Oui, annuler ma demande")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Votre demande a été annulée.")).to_be_visible()
    assert office.callbacks == []
    await picture(page, "7-annulee")


async def test_a_screen_reader_hears_of_each_field_its_name_its_help_and_its_fault(office, served, page):
    await page.goto(f"{served}/rappel")
    await page.get_by_role("button", name="Envoyer ma demande").click()
    await expect(page.locator("#fautes")).to_be_focused()
    for name, label, said in (
        ("prenom", "Prénom", "De la personne qui veut reprendre une formation. Erreur : Écrivez le prénom."),
        ("telephone", "Numéro de téléphone à appeler", "En France ou en outre-mer. Par exemple 01 99 00 12 34. "
         "Erreur : Écrivez le numéro où nous pouvons appeler."),
    ):  # fmt: skip
        field = page.locator(f"#{name}")
        await expect(field).to_have_accessible_name(label)
        await expect(field).to_have_accessible_description(said)
        await expect(field).to_have_attribute("aria-invalid", "true")
    who = page.get_by_role("group", name="Qui fait cette demande ?")
    await expect(who).to_have_accessible_description("Erreur : Choisissez une réponse.")
    await expect(who.get_by_role("radio")).to_have_count(3)
    when = page.get_by_role("group", name="Quand vous appeler ?")
    await expect(when).to_have_accessible_description(
        "Les heures sont celles de Paris. Erreur : Choisissez « Dès que possible » ou un créneau."
    )
    await expect(when.get_by_role("group", name="lundi vingt-trois novembre")).to_have_count(1)
    notice = page.get_by_role("checkbox", name="J’ai lu l’information sur mes données")
    await expect(notice).to_have_accessible_description(
        "Erreur : Lisez l’information sur vos données, puis cochez la case."
    )
    await expect(page.get_by_role("textbox", name="Ne remplissez pas ce champ")).to_have_count(0)
    assert await page.locator("html").get_attribute("lang") == "fr"
    for role in ("banner", "main", "contentinfo"):
        await expect(page.get_by_role(role)).to_have_count(1)
    unnamed = await page.evaluate(
        """[...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
             .filter((field) => !field.labels.length).length"""
    )
    assert unnamed == 0
    assert await page.evaluate("new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size"
                               " === document.querySelectorAll('[id]').length")  # fmt: skip


async def test_the_proof_of_work_takes_a_desk_less_than_three_seconds_and_runs_under_the_strict_policy(served, page):
    await page.goto(f"{served}/rappel")
    await page.get_by_role("button", name="Envoyer ma demande").click()
    await expect(page.locator("#fautes")).to_be_visible()
    assert "vérification contre les robots" not in await page.inner_text("#fautes")
    spent = await page.evaluate(
        """async () => {
          const challenge = await (await fetch("/rappel/preuve")).json();
          const worker = new Worker("/rappel/static/preuve.js");
          return await new Promise((done) => {
            worker.onmessage = ({data}) => done(data);
            worker.postMessage(challenge.parameters);
          });
        }"""
    )
    assert proof.TRIES_MIN <= spent["counter"] < proof.TRIES_MAX
    assert spent["time"] < 3000
    print(f"proof of work: {spent['counter']} tries in {spent['time']} ms")


async def test_without_javascript_the_page_says_so_with_the_numbers_and_loses_nothing(browser, served):
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{served}/rappel")
    said = page.locator("noscript p")  # which Playwright's search by text passes over
    await expect(said).to_be_visible()
    await expect(said).to_contain_text("JavaScript est désactivé dans votre navigateur.")
    await expect(said.get_by_role("link", name="0 800 12 25 00")).to_have_attribute("href", "tel:+33800122500")
    await page.get_by_label("Prénom").fill("Zoé")
    await page.get_by_role("button", name="Envoyer ma demande").click()
    await expect(page.locator("#fautes")).to_contain_text("La vérification contre les robots n’a pas pu se faire")
    await expect(page.get_by_label("Prénom")).to_have_value("Zoé")
    await picture(page, "8-sans-javascript")
    await context.close()


async def test_somebody_in_la_reunion_is_shown_their_own_hours_and_told_why(office, served, page):
    await page.goto(f"{served}/rappel")
    await page.get_by_label("Moi, je veux reprendre une formation").check()
    await page.get_by_label("Prénom").fill("Maëva")
    await page.get_by_label("Date de naissance").fill("3/4/2006")
    await page.get_by_label("Numéro de téléphone à appeler").fill("0262 16 12 34")
    await page.get_by_label("demain après-midi, entre midi et quatorze heures").check()
    await page.get_by_label("J’ai lu l’information").check()
    await page.get_by_role("button", name="Envoyer ma demande").click()
    notice = page.get_by_role("group", name="Choisissez de nouveau un créneau")
    await expect(notice).to_be_focused()
    await expect(notice).to_contain_text("Ce numéro ou ce code postal est à La Réunion")
    await expect(notice).to_contain_text("demain après-midi, entre quinze heures et dix-sept heures")
    await expect(page.get_by_label("demain après-midi, entre quinze heures et dix-sept heures")).to_be_checked()
    await expect(page.get_by_label("Prénom")).to_have_value("Maëva")
    assert office.callbacks == []
    await picture(page, "9-la-reunion")
    await page.get_by_role("button", name="Envoyer ma demande").click()
    await expect(
        page.get_by_text("entre quinze heures et dix-sept heures, à l’heure qu’il est à La Réunion")
    ).to_be_visible()
    assert [callback.phone.zone for callback in office.callbacks] == ["Indian/Reunion"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
async def test_every_public_page_fits_and_reads_in_both_themes(office, served, browser, scheme, width):
    context = await browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = await context.new_page()

    async def look(name: str) -> None:
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        assert await page.evaluate(CONTRAST) == [], name
        await picture(page, f"{name}-{scheme}-{width}")

    await page.goto(f"{served}/rappel")
    await look("vide")
    await page.get_by_role("button", name="Envoyer ma demande").click()
    await expect(page.locator("#fautes")).to_be_focused()
    await look("fautes")
    await page.get_by_label("Un parent ou un proche").check()
    await page.get_by_label("Prénom").fill("Zoé")
    await page.get_by_label("Date de naissance").fill("31/12/2008")
    await page.get_by_label("Numéro de téléphone à appeler").fill("0199001234")
    await page.get_by_label("Dès que possible").check()
    await page.get_by_label("J’ai lu l’information").check()
    await page.get_by_role("button", name="Envoyer ma demande").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Votre demande est enregistrée")
    await look("recu")
    await page.get_by_role("link", name="Voir ma demande").click()
    await look("suivi")
    await page.get_by_role("link", name="Changer de créneau").click()
    await look("creneau")
    await page.goto(page.url.replace("creneau", "annulation"))
    await look("annulation")
    await page.goto(f"{served}/rappel/suivi/12345674-{'x' * 22}")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Lien inconnu")
    await look("inconnu")
    small = await page.evaluate(
        """[...document.querySelectorAll("main a.button, main button")]
             .filter((target) => target.getBoundingClientRect().height < 44).length"""
    )
    assert small == 0
    await context.close()
