"""The form of a contact in a real Chromium: kept as somebody types, there again, filed by keyboard alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from playwright.async_api import BrowserContext, Page, expect

from dialer.core.words import CallId
from dialer.web.app import make_app
from tests.store.fake_access import FakeAccess

from .fake_floor import FakeFloor
from .signing_in import everybody, session
from .test_browser import browser
from .test_contacts import over, required, talking

__all__ = ["browser"]
pytestmark = [pytest.mark.asyncio, pytest.mark.real]
NOTE = "Élève 👩🏽‍🎓 de محمد,\nà rappeler lundi"


@pytest_asyncio.fixture
async def floor() -> AsyncIterator[FakeFloor]:
    access = FakeAccess(everybody())
    yield FakeFloor(mode="production", access=access, rules_=required())
    await access.close()


@pytest_asyncio.fixture
async def served(floor: FakeFloor) -> AsyncIterator[str]:
    server = TestServer(make_app(floor), host="127.0.0.1")
    await server.start_server()
    yield str(server.make_url("/")).rstrip("/")
    await server.close()


@pytest_asyncio.fixture
async def sitting(floor: FakeFloor, served: str, browser: Any) -> AsyncIterator[Any]:
    """A browser in which the adviser is signed in, another one each time."""
    made: list[BrowserContext] = []

    async def begun(**view: Any) -> BrowserContext:
        context = await browser.new_context(viewport={"width": 1280, "height": 900}, **view)
        assert floor.access is not None
        headers = await session(floor.access, "adviser", floor.now())  # type: ignore[arg-type]
        secret = headers["Cookie"].removeprefix("fv=")
        await context.add_cookies([{"name": "fv", "value": secret, "url": served}])
        made.append(context)
        return context

    yield begun
    for context in made:
        await context.close()


async def desk(context: BrowserContext, served: str) -> Page:
    page = await context.new_page()
    page.faults = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.faults.append(str(error)))  # type: ignore[attr-defined]
    page.on(
        "console",
        lambda said: page.faults.append(said.text) if "Content Security" in said.text else None,  # type: ignore[attr-defined]
    )
    await page.goto(f"{served}/poste")
    return page


def drafted(floor: FakeFloor, call: CallId) -> str | None:
    found = floor.desk_.contacts.find(call, "adv05")  # type: ignore[arg-type]
    return found.written.note if found is not None else None


async def until_drafted(page: Page, floor: FakeFloor, call: CallId, note: str) -> None:
    for _ in range(100):
        if drafted(floor, call) == note:
            return
        await page.wait_for_timeout(50)
    raise AssertionError(f"not kept: {drafted(floor, call)!r}")


async def test_what_is_typed_is_there_again_in_another_browser_after_the_tab_was_killed_in_mid_word(
    floor, served, sitting
):
    call = talking(floor)
    page = await desk(await sitting(), served)
    await page.get_by_label("Note").fill(NOTE)
    await page.get_by_label("Bourses et aides").check()
    await until_drafted(page, floor, call, NOTE)
    await page.get_by_label("Note").press_sequentially(" avant m")
    await page.close(run_before_unload=False)  # before the second is over: the page's last words are its farewell
    other = await desk(await sitting(), served)
    await expect(other.get_by_label("Note")).to_have_value(f"{NOTE} avant m")
    await expect(other.get_by_label("Bourses et aides")).to_be_checked()
    assert other.faults == []


async def test_nothing_that_is_typed_goes_and_the_caret_stays_when_the_call_ends_under_ones_fingers(
    floor, served, sitting
):
    call = talking(floor)
    page = await desk(await sitting(), served)
    note = page.get_by_label("Note")
    await note.press_sequentially("début fin")
    for _ in range(4):
        await page.keyboard.press("ArrowLeft")
    floor.leave(call)
    await expect(page.get_by_role("button", name="Enregistrer la fiche")).to_be_visible()
    await page.keyboard.type(" milieu")
    await expect(note).to_have_value("début milieu fin")
    await expect(note).to_be_focused()
    await until_drafted(page, floor, call, "début milieu fin")
    assert page.faults == []


async def test_by_keyboard_alone_a_case_is_opened_with_the_contact_and_its_reference_stays_to_be_read(
    floor, served, sitting
):
    over(floor)
    page = await desk(await sitting(), served)
    await page.keyboard.press("F10")
    await expect(page.get_by_text("Choisissez de 1 à 5 motifs.").first).to_be_visible()
    await expect(page.get_by_label("Bourses et aides")).to_be_focused()
    await page.keyboard.press("Space")
    await page.get_by_label("Aucune").focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_label("Numéro à appeler")).to_have_value("01 99 00 00 42")
    await page.keyboard.press("F10")
    for said in ("Écrivez le prénom", "Donnez la date de naissance", "Informez la personne"):
        await expect(page.get_by_role("paragraph").filter(has_text=said)).to_be_visible()
    assert floor.intakes == []
    await page.get_by_label("Prénom").press_sequentially("Lina")
    await page.get_by_label("Date de naissance").fill("2008-03-21")
    await page.get_by_label("La personne est informée").press("Space")
    await page.keyboard.press("F10")
    (intake,) = await _booked(page, floor)
    reference = intake.booking.reference
    await expect(page.locator(".filed")).to_contain_text(f"{reference[:4]}\u00a0{reference[4:]}")
    assert floor.person("adv05").state.kind == "free"
    await expect(page.locator("#poste-fiche form")).to_have_count(0)
    assert page.faults == []


async def _booked(page: Page, floor: FakeFloor) -> list[Any]:
    for _ in range(100):
        if floor.intakes:
            break
        await page.wait_for_timeout(50)
    return floor.intakes


async def test_a_second_tab_is_told_and_chooses_and_nothing_is_overwritten_unasked(floor, served, sitting):
    call = over(floor)
    context = await sitting()
    first, second = await desk(context, served), await desk(context, served)
    await second.get_by_label("Note").wait_for()
    await first.get_by_label("Note").fill("du premier onglet")
    await until_drafted(first, floor, call, "du premier onglet")
    await second.get_by_label("Note").fill("du second")
    await expect(second.get_by_text("modifiée dans un autre onglet ou")).to_be_visible()
    assert drafted(floor, call) == "du premier onglet"
    await second.get_by_role("button", name="Garder ce qui est écrit ici").click()
    await until_drafted(second, floor, call, "du second")
    await first.get_by_label("Note").fill("du premier, encore")
    await first.get_by_role("button", name="Prendre l’autre version").click()
    await expect(first.get_by_label("Note")).to_have_value("du second")


async def test_the_time_that_is_left_ticks_and_past_it_the_form_is_still_there_and_says_why(floor, served, sitting):
    over(floor)
    page = await desk(await sitting(), served)
    left = page.locator("#poste-fiche [data-until]")
    await expect(left).to_have_text("2\u00a0min\u00a000")
    await expect(left).not_to_have_text("2\u00a0min\u00a000")
    await page.get_by_label("Note").fill("à finir")
    floor.later(130)
    await expect(page.get_by_text("Fiche à finir : vous serez de nouveau prêt")).to_be_visible()
    await expect(page.get_by_label("Note")).to_have_value("à finir")
    await page.get_by_role("checkbox", name="Autre motif").check()
    await page.get_by_role("button", name="Enregistrer la fiche").click()
    await expect(page.locator("#poste-fiche form")).to_have_count(0)
    assert (floor.person("adv05").wish, floor.person("adv05").owes) == ("ready", ())


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (360, "light"), (640, "dark")])
async def test_the_form_fits_narrow_and_wide_by_day_and_by_night_without_a_fault(floor, served, sitting, width, scheme):
    over(floor)
    page = await desk(await sitting(color_scheme=scheme), served)
    await page.set_viewport_size({"width": width, "height": 900})
    await page.get_by_label("Ouvrir un dossier Reviens te former").check()
    await page.keyboard.press("F10")
    await expect(page.get_by_text("Choisissez de 1 à 5 motifs.").first).to_be_visible()
    form = page.locator("#poste-fiche form")
    assert await form.evaluate("form => form.scrollWidth <= form.clientWidth + 1")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.faults == []
