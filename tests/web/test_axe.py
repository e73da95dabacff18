"""Every page in every state, in a real Chromium: axe-core finds nothing wrong, in light and dark, narrow and wide."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from playwright.async_api import Page, expect

from dialer.core import events as ev
from dialer.core.access.roles import Role
from dialer.core.words import AdviserId
from dialer.web.app import make_app
from dialer.web.public_routes import PUBLIC_ROUTES
from dialer.web.rappel.reception import Rappel
from dialer.web.rappel.routes import RAPPEL_ROUTES
from dialer.web.routes import ROUTES
from dialer.web.sign_in_routes import SIGN_IN_ROUTES
from tests.store.fake_access import FakeAccess

from .axe import COLOURS, faults, look
from .desk_states import STATES, away, talking
from .fake_floor import FakeFloor
from .guide import rules
from .rappel_office import Office
from .signing_in import RIGHT, account, everybody, session
from .test_browser import browser, fill, served, watched
from .test_callback_page_browser import fill as fill_callbacks
from .test_rappel_browser import served as public_served
from .test_rappel_dossier_browser import served as file_served
from .test_shifts_page import planned

__all__ = ["browser", "file_served", "public_served", "served", "watched"]
pytestmark = [pytest.mark.asyncio, pytest.mark.real]
Found = dict[str, list[str]]


@pytest.fixture
def office() -> Office:
    return Office(mode="demo")


@pytest_asyncio.fixture
async def inside() -> AsyncIterator[tuple[FakeFloor, str]]:
    """A floor with accounts, a plan and the public page, and its address."""
    access = FakeAccess([*everybody(), account("given", Role.ADVISER, adviser="adv06", given=True)])
    floor = planned(FakeFloor(mode="production", access=access))
    server = TestServer(make_app(floor, rappel=Rappel()), host="127.0.0.1")
    await server.start_server()
    yield floor, str(server.make_url("/")).rstrip("/")
    await server.close()
    await access.close()


LINK = "/rappel/suivi/{link}"
WALKED = {
    "/", "/appels/{id}", "/rappels/{id}", "/poste", "/horaires", "/accessibilite", "/connexion", "/compte",
    "/mot-de-passe", "/rappel", "/rappel/accessibilite", LINK, f"{LINK}/opposition", f"{LINK}/creneau",
    f"{LINK}/annulation",
    "/connexion/fournisseur",  # by test_axe_provider.py
}  # fmt: skip
ELSEWHERE = {"/connexion/retour", "/connexion/fin", f"{LINK}/dossier"}
"""They lead on at once."""


async def test_every_page_that_there_is_is_walked_through_here() -> None:
    routes = (*ROUTES, *PUBLIC_ROUTES, *SIGN_IN_ROUTES, *RAPPEL_ROUTES)
    seen = {route.path for route in routes if route.method == "GET" and route.for_people and not route.stream}
    pages = {path for path in seen if "/static/" not in path and path != "/rappel/preuve"}
    assert pages == WALKED | ELSEWHERE


async def signed_in(page: Page, inside: tuple[FakeFloor, str], name: str) -> None:
    floor, url = inside
    cookie, _, secret = (await session(floor.access, name, floor.now()))["Cookie"].partition("=")
    await page.context.add_cookies([{"name": cookie, "value": secret, "url": url}])


async def test_a_fault_of_every_kind_is_found_by_the_name_of_its_rule(browser):
    page = await browser.new_page(color_scheme="dark")
    await page.set_content(
        "<html><body><img src=x><p style='color:#aaa;background:#fff'>pâle</p><input><p>Lire <a href='/' "
        "style='color:#333;text-decoration:none'>plus</a> de texte</p></body></html>"
    )
    rules = {fault.partition(":")[0] for fault in await faults(page)}
    assert {"image-alt", "color-contrast", "label", "html-has-lang", "document-title", "landmark-one-main"} <= rules
    assert {fault.partition(":")[0] for fault in await faults(page, COLOURS)} == set(COLOURS)
    found: Found = {}
    await page.set_content(
        "<html lang=fr><title>x</title><main><h1>x</h1><p style='width: 999px'><a href='/'>large</a></p></main></html>"
    )
    await look(page, "wide", found)
    assert found == {"wide, dark, 360": ["the page is wider than the window"]}
    await page.close()


async def test_the_pages_of_callbacks_have_no_fault(floor: FakeFloor, served, watched):
    found: Found = {}
    callback = fill_callbacks(floor)
    for name, path in (("live with callbacks", "/"), ("callback", f"/rappels/{callback}")):
        page = await watched.open(served + path)
        await look(page, name, found)
    assert found == {}


async def test_the_pages_of_the_floor_have_no_fault(floor: FakeFloor, served, watched):
    found: Found = {}
    page = await watched.open(served)
    await look(page, "live, empty", found)
    answered = fill(floor)
    floor.start_clock()
    waiting = next(iter(floor.desk_.calls))
    for name, path in (("live", "/"), ("call over", f"/appels/{answered}"), ("call", f"/appels/{waiting}")):
        await watched.open(served + path)
        await look(page, name, found)
    floor.lose_link()
    floor.clock_shift = timedelta(days=1)
    await watched.open(served)
    await look(page, "live, link lost", found)
    assert found == {}


async def test_signing_in_one_s_account_the_hours_the_statement_and_errors_have_no_fault(inside, browser):
    floor, url = inside
    found: Found = {}
    page = await browser.new_page()

    async def enter(name: str, password: str) -> None:
        await page.get_by_label("Identifiant").fill(name)
        await page.get_by_label("Mot de passe").fill(password)
        await page.get_by_role("button", name="Se connecter").click()

    for name, path in (
        ("sign-in", "/connexion"), ("signed out", "/connexion?fin"), ("statement", "/accessibilite"),
        ("error, nobody", "/nowhere"),
    ):  # fmt: skip
        await page.goto(url + path)
        await look(page, name, found)
    await page.goto(f"{url}/connexion")
    await enter("given", "faux")
    await expect(page.locator("#fautes")).to_be_visible()
    await look(page, "sign-in, refused", found)
    await enter("given", RIGHT)
    await look(page, "password", found)
    await page.get_by_label("Nouveau mot de passe").fill("given1234")
    await page.get_by_label("Encore une fois").fill("x")
    await page.get_by_role("button", name="Changer le mot de passe").click()
    await expect(page.locator("#fautes")).to_be_visible()
    await look(page, "password, faults", found)
    await page.context.clear_cookies()
    await signed_in(page, inside, Role.ADVISER)
    for name, path in (
        ("account", "/compte"), ("hours", "/horaires"), ("hours, none", "/horaires?semaine=2026-W40"),
        ("error", "/horaires?semaine=x"),
    ):  # fmt: skip
        await page.goto(url + path)
        await look(page, name, found)
    floor.at += timedelta(hours=12)
    await page.goto(f"{url}/compte")
    await look(page, "sign-in, asleep", found)
    await page.context.clear_cookies()
    await page.set_extra_http_headers({"X-Forwarded-For": "192.0.2.1"})
    await page.goto(f"{url}/connexion")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Connexion impossible ici")
    await look(page, "sign-in, closed", found)
    await page.close()
    assert found == {}


async def test_a_supervisors_page_has_no_fault_while_somebody_calls_for_help(inside, browser):
    floor, url = inside
    found: Found = {}
    page = await browser.new_page()
    floor.ready_advisers("adv05")
    floor.happen(ev.HelpAsked(floor.now(), AdviserId("adv05"), True))
    await signed_in(page, inside, Role.SUPERVISOR)
    await page.goto(url)
    await expect(page.get_by_role("button", name="Aide donnée")).to_be_visible()
    await look(page, "live, help", found)
    await page.close()
    assert found == {}


async def test_the_public_pages_have_no_fault_from_an_empty_form_to_a_request_that_is_called_off(
    office: Office, public_served, browser
):
    found: Found = {}
    page = await browser.new_page()
    await page.goto(f"{public_served}/rappel")
    await look(page, "request", found)
    await page.get_by_role("button", name="Envoyer ma demande").click()
    await expect(page.locator("#fautes")).to_be_focused()
    await look(page, "request, faults", found)
    await page.get_by_label("Un parent ou un proche").check()
    await page.get_by_label("Prénom").fill("Zoé")
    await page.get_by_label("Date de naissance").fill("31/12/2008")
    await page.get_by_label("Numéro de téléphone à appeler").fill("0199001234")
    await page.get_by_label("Dès que possible").check()
    await page.get_by_label("J’ai lu l’information").check()
    await page.get_by_role("button", name="Envoyer ma demande").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Votre demande est enregistrée")
    await look(page, "received", found)
    await page.get_by_role("link", name="Voir ma demande").click()
    await look(page, "followed", found)
    await page.get_by_role("link", name="Annuler ma demande").click()
    await page.get_by_role("button", name="Oui, annuler ma demande").click()
    await expect(page.get_by_text("Votre demande a été annulée.")).to_be_visible()
    await look(page, "called off", found)
    for path in ("/rappel/accessibilite", f"/rappel/suivi/12345674-{'x' * 22}"):
        await page.goto(public_served + path)
        await look(page, path, found)
    await page.close()
    assert found == {}


async def test_a_persons_own_file_has_no_fault(office: Office, file_served, browser):
    url, _ = file_served
    found: Found = {}
    page = await browser.new_page()
    for name in ("", "/creneau", "/annulation", "/opposition"):
        await page.goto(url + name)
        await look(page, f"file{name}", found)
    await page.goto(url)
    await page.get_by_role("button", name="Enregistrer la note").click()
    await expect(page.locator("#fautes")).to_be_focused()
    await look(page, "file, faults", found)
    await page.goto(f"{url}/opposition")
    await page.get_by_role("button", name="Oui, ne plus jamais m’appeler").click()
    await look(page, "file, opposed", found)
    await page.close()
    assert found == {}


DIALOGS = {"pause": away, "touches": away, "transferer": talking, "danger": talking, "clavier": talking,
           "reconnexion": talking}  # fmt: skip


async def test_an_advisers_page_has_no_fault_in_any_state_nor_dialog(browser):
    found: Found = {}
    for state in STATES:
        access = FakeAccess(everybody())
        floor = FakeFloor(mode="production", access=access, rules_=rules())
        server = TestServer(make_app(floor), host="127.0.0.1")
        await server.start_server()
        url = str(server.make_url("/")).rstrip("/")
        page = await browser.new_page()
        state(floor)
        await signed_in(page, (floor, url), Role.ADVISER)
        await page.goto(f"{url}/poste")
        await expect(page.locator("html")).to_have_attribute("data-live", "live")
        await look(page, state.__name__, found)
        for name in (dialog for dialog, where in DIALOGS.items() if where is state):
            dialog = page.locator(f"dialog#{name}")
            await dialog.evaluate("each => each.showModal()")
            await look(page, f"{state.__name__}, {name}", found)
            await dialog.evaluate("each => each.close()")
        await page.close()
        await server.close()
        await access.close()
    assert found == {}
