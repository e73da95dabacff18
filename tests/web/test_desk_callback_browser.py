"""The callback and the person on the adviser's page in a real Chromium: by keyboard, and nothing typed is lost."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from dialer.core import events as ev
from dialer.core.access.roles import Role
from dialer.core.callbacks.outcomes import CallbackOutcome, Report
from dialer.core.callbacks.told import CardRefused, DialAsked, OutcomeGiven
from dialer.core.structures.structure import Appointments, Phone, Structure, StructureId, StructureKind
from dialer.core.words import E164, Cause
from dialer.web.app import make_app
from schedules.hours import Span
from tests.store.fake_access import FakeAccess

from .asking import offered, ready, talking
from .axe import look
from .fake_floor import FakeFloor
from .signing_in import account, session
from .test_browser import ARGS

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.real]
WEEK = tuple((Span(9 * 60, 12 * 60),) if day < 5 else () for day in range(7))
TOLD = {
    "name": "Martin", "postcode": "53000", "situation": "Seconde, arrêtée en mars", "language": "ar", "relay": "true",
    "note": "Plutôt en fin de journée", "birth_date": "2010-03-21",
}  # fmt: skip
REGION = "#poste-rappel"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium is not None, "these tests need Chromium: apt-get install -y chromium"
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(executable_path=chromium, args=ARGS)
        yield found
        await found.close()


@pytest_asyncio.fixture(loop_scope="module")
async def access() -> AsyncIterator[FakeAccess]:
    made = FakeAccess([account("amel", Role.ADVISER, adviser="adv05")])
    yield made
    await made.close()


@pytest.fixture
def floor(access: FakeAccess) -> FakeFloor:
    made = FakeFloor(mode="production", access=access)
    cio = Structure(
        StructureId("cio-laval"), StructureKind.CIO, "CIO de Laval", "53000", "Laval", address="1 rue des Essais",
        phone=Phone("01 99 00 05 30", E164("+33199000530")), appointments=Appointments(WEEK, 45),
    )  # fmt: skip
    mission = Structure(StructureId("ml-mayenne"), StructureKind.ML, "Mission locale de la Mayenne", "53100", "Mayenne")
    made.happen(ev.StructuresChanged(made.now(), "anna", ((None, cio), (None, mission))))
    return made


@pytest_asyncio.fixture(loop_scope="module")
async def served(floor: FakeFloor) -> AsyncIterator[str]:
    floor.start_clock()
    server = TestServer(make_app(floor), host="127.0.0.1")
    await server.start_server()
    yield str(server.make_url("/")).rstrip("/")
    await server.close()


Opened = Callable[[], Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="module")
async def opened(browser: Browser, access: FakeAccess, floor: FakeFloor, served: str) -> AsyncIterator[Opened]:
    """The page of adviser adv05, who is signed in; it makes no error."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    async def made() -> Page:
        name, _, value = (await session(access, "amel", floor.now()))["Cookie"].partition("=")
        context = await browser.new_context(viewport={"width": 1280, "height": 900}, locale="fr-FR")
        contexts.append(context)
        await context.add_cookies([{"name": name, "value": value, "url": served}])
        # What is sent is stopped on its way from the beginning: a route that comes later could miss a request.
        await context.route("**/api/v1/**", lambda route: route.fallback())
        page = await context.new_page()
        page.on("console", lambda said: errors.append(said.text) if "Content Security" in said.text else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.goto(f"{served}/poste")
        await expect(page.locator("html")).to_have_attribute("data-live", "live")
        return page

    yield made
    for context in contexts:
        await context.close()
    assert errors == []


async def picture(page: Page, name: str) -> None:
    """For the eyes of whoever set DESK_PICTURES to a folder."""
    folder = os.environ.get("DESK_PICTURES")
    if folder:
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


async def again(page: Page) -> None:
    """Time for a second press, which is one of its own: two within 0.4 s are one."""
    await page.wait_for_timeout(450)


async def tab_to(page: Page, locator, steps_max: int = 80) -> None:
    for _ in range(steps_max):
        if await locator.evaluate("element => element === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError("it is not reached by Tab")


def over(floor: FakeFloor, callback) -> None:
    floor.happen(ev.LegLeft(floor.now(), callback.state.leg, Cause.NORMAL))


async def test_by_keyboard_alone_from_the_card_to_the_call(floor, opened):
    callback = offered(floor, **TOLD)
    page = await opened()
    region = page.locator(REGION)
    await expect(region).to_contain_text("Naïma Martin")
    await picture(page, "rappel-offert")
    await page.keyboard.press("F2")
    await expect(region).to_contain_text("votre téléphone sonne")
    floor.happen(ev.LegAnswered(floor.now(), callback.state.leg))
    await expect(region).to_contain_text("vous êtes en ligne")
    await picture(page, "rappel-en-ligne")
    await page.keyboard.press("F2")
    await expect(region).to_contain_text("le numéro est composé")
    live = floor.open_callback(callback.id)
    floor.happen(ev.LegAnswered(floor.now(), live.state.leg))
    await expect(region).to_contain_text("vous parlez avec la personne")
    await expect(page.locator("#poste-personne")).to_contain_text("01 99 00 00 01")
    await picture(page, "rappel-parle")


async def test_a_card_that_went_to_somebody_else_says_to_whom(floor, opened):
    callback = offered(floor)
    page = await opened()
    await expect(page.locator(REGION)).to_contain_text("Fiche de rappel proposée")

    async def meanwhile(route):
        """The key was pressed; before it is heard the card has gone back, and on to another adviser."""
        floor.happen(ev.WishSet(floor.now(), floor.person("adv05").id, ev.Wish.PAUSED))
        floor.happen(CardRefused(floor.now(), callback.state.offer))
        floor.ready_advisers("adv06")
        assert floor.open_callback(callback.id).state.adviser == "adv06"
        await route.continue_()

    await page.route("**/offers/**", meanwhile)
    await page.keyboard.press("F2")
    await expect(page.locator(REGION)).to_contain_text("Cette fiche est maintenant avec Farid Guérin.")
    await expect(page.locator("#poste-alerte")).to_contain_text("Farid Guérin")
    assert floor.open_callback(callback.id).state.adviser == "adv06"


async def test_every_fault_stands_beside_its_field_and_goes_when_it_is_mended(floor, opened):
    callback = talking(floor)
    page = await opened()
    await page.keyboard.press("F3")
    await expect(page.locator("#faute-outcome")).to_have_text("Choisissez une issue.")
    assert await page.evaluate("document.activeElement.name") == "outcome"
    await page.get_by_role("radio", name="Pas maintenant : à rappeler").check()
    await expect(page.locator("#faute-outcome")).to_have_count(0)
    await page.keyboard.press("F3")
    await expect(page.locator("#faute-window")).to_have_text("Choisissez un créneau, ou un autre moment.")
    await page.locator("#issue-slot").select_option("other")
    await page.locator("#issue-day").fill("2026-11-28")  # a Saturday
    await page.locator("#issue-from").fill("11:00")
    await page.locator("#issue-to").fill("10:00")
    await page.keyboard.press("F3")
    await expect(page.locator("#faute-window")).to_have_text("L’heure de fin vient après l’heure de début.")
    await page.locator("#issue-to").fill("12:00")
    await page.get_by_label("Autre numéro").fill("12")
    await page.keyboard.press("F3")
    await expect(page.locator("#faute-window")).to_contain_text("Ce créneau ne convient pas")
    await expect(page.locator("#faute-phone")).to_contain_text("Ce numéro ne peut pas être appelé")
    await expect(page.get_by_label("Autre numéro")).to_have_attribute("aria-invalid", "true")
    await picture(page, "issue-fautes")
    await expect(page.locator("#issue-from")).to_have_value("11:00")
    assert floor.open_callback(callback.id).state.report is None
    await page.locator("#issue-day").fill("2026-11-27")
    await page.get_by_label("Autre numéro").fill("01 99 00 00 02")
    await again(page)
    await page.keyboard.press("F3")
    await expect(page.locator(REGION)).to_contain_text("Issue enregistrée : « Pas maintenant : à rappeler »")
    report = floor.open_callback(callback.id).state.report
    assert report.window.start_at == datetime.fromisoformat("2026-11-27T11:00:00+01:00")
    assert report.phone.number == "+33199000002"


async def test_an_appointment_is_fixed_with_a_structure_of_the_directory_by_keyboard_alone(floor, opened):
    callback = talking(floor, **TOLD)
    page = await opened()
    await tab_to(page, page.get_by_role("radio", name="Rendez-vous fixé"))
    await page.keyboard.press("Space")
    await tab_to(page, page.get_by_label("Nom, commune ou type"))
    await page.keyboard.type("laval")
    await page.keyboard.press("Enter")
    found = page.get_by_role("radio", name="CIO de Laval")
    await expect(found).to_be_visible()
    await tab_to(page, found)
    await page.keyboard.press("Space")
    offered_dates = page.get_by_label("Rendez-vous possibles selon ses horaires")
    await expect(offered_dates).to_be_visible()
    await picture(page, "issue-annuaire")
    await tab_to(page, offered_dates)
    await page.keyboard.press("ArrowDown")
    await tab_to(page, page.get_by_role("button", name="Enregistrer l’issue"))
    await page.keyboard.press("Enter")
    await expect(page.locator(REGION)).to_contain_text("Issue enregistrée : « Rendez-vous fixé »")
    report = floor.open_callback(callback.id).state.report
    assert report.place == "cio-laval"
    assert report.structure is None
    assert report.date == datetime.fromisoformat("2026-11-23T11:15:00+01:00")


async def test_nothing_typed_is_lost_when_the_region_is_swapped_or_the_outcome_is_refused(floor, opened):
    callback = talking(floor, **TOLD)
    page = await opened()
    await page.get_by_role("radio", name="Rendez-vous fixé").check()
    await page.get_by_label("Nom, commune ou type").fill("mission")
    await page.get_by_role("button", name="Chercher").click()
    await page.get_by_role("radio", name="Mission locale de la Mayenne").check()
    await page.locator("#issue-date").fill("2026-12-02")
    time = page.locator("#issue-time")
    await time.fill("14:30")
    await time.focus()
    over(floor, callback)  # another state: the region is made anew
    await expect(page.locator(REGION)).to_contain_text("dites ce qui en est sorti")
    assert await time.evaluate("element => element === document.activeElement")
    floor.later(600)  # the wrap-up is over, and the outcome still owed
    await expect(page.locator("#poste-etat")).not_to_contain_text("Post-appel")
    await expect(page.get_by_role("radio", name="Rendez-vous fixé")).to_be_checked()
    await expect(page.get_by_role("radio", name="Mission locale de la Mayenne")).to_be_checked()
    await expect(time).to_have_value("14:30")
    await page.route("**/outcome", lambda route: route.abort())
    await page.keyboard.press("F3")
    await expect(page.locator(REGION)).to_contain_text("Le service ne répond pas")
    await expect(page.locator("#issue-date")).to_have_value("2026-12-02")
    await page.unroute("**/outcome")
    await again(page)
    await page.keyboard.press("F3")
    await expect(page.locator(REGION)).to_be_empty()
    (appointment,) = floor.files[callback.case].value.appointments
    assert (appointment.where.structure, appointment.on) == (
        "ml-mayenne", datetime.fromisoformat("2026-12-02T14:30:00+01:00"),
    )  # fmt: skip


async def test_never_again_is_asked_first_and_then_done(floor, opened):
    callback = ready(floor)
    page = await opened()
    await page.get_by_text("Ne pas appeler : autre issue").click()
    await page.get_by_role("radio", name="Ne veut plus jamais d’appel de nous").check()
    await page.get_by_role("button", name="Enregistrer sans appeler").click()
    dialog = page.locator("#confirmer")
    await expect(dialog).to_contain_text("plus jamais appelé")
    await page.keyboard.press("Escape")
    assert floor.open_callback(callback.id) is not None
    await again(page)
    await page.get_by_role("button", name="Enregistrer sans appeler").click()
    await dialog.get_by_role("button", name="Oui").click()
    await expect(page.locator(REGION)).to_be_empty()
    assert floor.desk_.book.is_opposed("+33199000001")


async def test_an_hour_overseas_is_the_hour_there(floor, opened):
    floor.later(3600)
    callback = talking(floor, number="+262692000001", postcode="97400")
    page = await opened()
    await page.get_by_role("radio", name="Rendez-vous fixé").check()
    await expect(page.locator(REGION)).to_contain_text("à l’heure qu’il est à La Réunion")
    await page.locator("#issue-date").fill("2026-12-02")
    await page.locator("#issue-time").fill("09:00")
    await page.keyboard.press("F3")
    await expect(page.locator(REGION)).to_contain_text("Issue enregistrée")
    assert floor.open_callback(callback.id).state.report.date.isoformat() == "2026-12-02T05:00:00+00:00"


async def test_an_outcome_that_somebody_else_gave_meanwhile_is_told_and_what_was_typed_stays(floor, opened):
    callback = talking(floor)
    page = await opened()
    await page.get_by_role("radio", name="Information donnée").check()
    over(floor, callback)
    await expect(page.locator(REGION)).to_contain_text("dites ce qui en est sorti")

    async def meanwhile(route):
        told = OutcomeGiven(floor.now(), Report(CallbackOutcome.REFUS))
        floor.happen(ev.CallbackTold(floor.now(), callback.id, told))
        await route.continue_()

    await page.route("**/outcome", meanwhile)
    await page.keyboard.press("F3")
    await expect(page.locator("#poste-alerte")).to_contain_text("a changé entre-temps")
    await expect(page.locator(REGION)).to_contain_text("a changé entre-temps")


async def test_the_card_the_form_and_the_person_have_no_fault_that_axe_core_finds(floor, opened):
    found: dict[str, list[str]] = {}
    for _ in range(3):
        floor.leave(floor.queue_up("dropout"))
        floor.later(120)
    callback = offered(floor, **TOLD)
    page = await opened()
    await expect(page.locator(REGION)).to_contain_text("Naïma Martin")
    await look(page, "the card", found)
    floor.happen(DialAsked(floor.now(), callback.state.offer))
    floor.happen(ev.LegAnswered(floor.now(), callback.state.leg))
    live = floor.open_callback(callback.id)
    floor.happen(ev.LegAnswered(floor.now(), live.state.leg))
    await expect(page.locator("#poste-personne")).to_contain_text("abandonné par l’appelant")
    await page.get_by_role("radio", name="Rendez-vous fixé").check()
    await page.get_by_label("Nom, commune ou type").fill("laval")
    await page.get_by_role("button", name="Chercher").click()
    await page.get_by_role("radio", name="CIO de Laval").check()
    await expect(page.get_by_label("Rendez-vous possibles selon ses horaires")).to_be_visible()
    await page.keyboard.press("F3")
    await expect(page.locator("#faute-date")).to_be_visible()
    await look(page, "the form with its faults", found)
    for width in (360, 640, 1280):  # 640 is 1280 at 200 %
        await page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            await picture(page, f"rappel-{width}-{scheme}")
    assert found == {}
