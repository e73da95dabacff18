"""A person's own file in a real Chromium: by keyboard alone, on a telephone and on a desk, in light and dark."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from playwright.async_api import Browser, Page, expect

from dialer.core.cases.actor import PERSON, Side
from dialer.core.cases.appointment import AppointmentMissed as Missed
from dialer.core.cases.appointment import Misser
from dialer.core.cases.consent import Purpose, holds
from dialer.core.cases.note import NoteWritten
from dialer.core.cases.path import Confirmed, Done
from dialer.core.cases.path_told import TaskDone, TaskSentBack
from dialer.web.app import make_app
from dialer.web.rappel.reception import Rappel
from tests.core.file_world import plan

from .rappel_office import Office
from .test_browser import CONTRAST, browser
from .test_rappel_browser import page, picture, tab_to
from .test_rappel_dossier import ANNA, booked, fixed, light, office, proposed, state, tell, the_file

__all__ = ["browser", "light", "office", "page"]
pytestmark = [pytest.mark.asyncio, pytest.mark.real]
LONG = "Rassembler les bulletins de troisième et de seconde, puis les apporter à la plateforme"


@pytest_asyncio.fixture
async def served(office: Office) -> AsyncIterator[tuple[str, list]]:
    """The address of somebody's file, and the tasks of their path; theirs to do, theirs to confirm, ours."""
    office.mode = "demo"
    client = TestClient(TestServer(make_app(office, rappel=Rappel()), host="127.0.0.1"))
    await client.start_server()
    link = await booked(client)
    await fixed(office, office.at + timedelta(minutes=1))
    meeting = the_file(office).value.appointments[0].id
    office.later(3600)
    await tell(office, Missed(office.at, ANNA, meeting, Misser.STRUCTURE))
    tasks = await proposed(office, plan("Visiter le CFA"), plan(LONG), plan("Chercher une place", Side.SERVICE))
    await tell(office, TaskDone(office.at, ANNA, tasks[1]))
    await tell(office, NoteWritten(office.at, ANNA, "Bravo pour votre visite !\nÀ jeudi.", released=True))
    await fixed(office, datetime(2026, 12, 3, 13, 30, tzinfo=UTC))
    yield str(client.make_url(link)), tasks
    await client.close()


async def test_by_keyboard_alone_a_task_is_done_another_agreed_to_a_note_written_and_a_consent_given(
    office: Office, served: tuple[str, list], page: Page
) -> None:
    url, (ours, theirs, _) = served
    await page.goto(url)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Mon dossier")
    await picture(page, "dossier-1")

    await tab_to(page, "C’est fait : Visiter le CFA")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("group", name="C’est noté : cette étape est faite.")).to_be_focused()
    assert isinstance(state(office, ours), Done)

    await tab_to(page, f"C’est d’accord : {LONG}")
    await page.keyboard.press("Enter")
    await expect(
        page.get_by_role("group", name="C’est noté : vous êtes d’accord, cette étape est finie.")
    ).to_be_focused()
    assert isinstance(state(office, theirs), Confirmed)

    await tab_to(page, "Enregistrer la note")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("group", name="2 points à corriger")).to_be_focused()
    await tab_to(page, "Votre note : Écrivez votre note.")
    await page.keyboard.press("Enter")
    note = page.get_by_label("Écrire une note")
    await expect(note).to_be_focused()
    await expect(note).to_have_accessible_description("Erreur : Écrivez votre note.")
    await page.keyboard.type("Je préfère le matin")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await tab_to(page, "Enregistrer la note")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("group", name="Votre note est enregistrée.")).to_be_focused()
    assert the_file(office).value.notes[-1].text == "Je préfère le matin"

    await tab_to(page, "Je suis d’accord : Vous contacter dans quelques mois pour savoir où vous en êtes.", 60)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("group", name="C’est noté : vous êtes d’accord.")).to_be_focused()
    assert holds(the_file(office).value.consents, Purpose.FOLLOW_UP, office.at)
    await picture(page, "dossier-2")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_file_fits_and_reads_in_both_themes_at_every_width_without_a_script(
    office: Office, served: tuple[str, list], browser: Browser, scheme: str
) -> None:
    url, (ours, _, other) = served
    await tell(office, TaskDone(office.at, ANNA, other))
    await tell(office, TaskDone(office.at, ANNA, ours))
    await tell(office, TaskSentBack(office.at, PERSON, ours, "a" * 120))
    context = await browser.new_context(java_script_enabled=False, color_scheme=scheme)
    page = await context.new_page()

    async def look(name: str) -> None:
        for width in (320, 390, 1280):
            await page.set_viewport_size({"width": width, "height": 800})
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, width)
            assert await page.evaluate(CONTRAST) == [], (name, width)
            await picture(page, f"{name}-{scheme}-{width}")
        small = await page.evaluate(
            """[...document.querySelectorAll("main a.button, main button, main summary")]
                 .filter((target) => target.checkVisibility() && target.getBoundingClientRect().height < 44).length"""
        )
        assert small == 0, name
        assert await page.evaluate("new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size"
                                   " === document.querySelectorAll('[id]').length"), name  # fmt: skip
        unnamed = (
            """[...document.querySelectorAll("input:not([type=hidden]), textarea")].filter((f) => !f.labels.length)"""
        )
        assert await page.evaluate(f"{unnamed}.length") == 0, name

    await page.goto(url)
    await look("dossier")
    await page.locator("summary", has_text="Pas encore").first.click()
    why = page.get_by_label("Pourquoi ce n’est pas encore fait ?").first
    await why.fill("Je n’ai pas eu le temps")
    await fixed(office, office.at + timedelta(days=30))
    await page.get_by_role("button", name="Envoyer").first.click()
    await expect(page.get_by_role("group", name="Votre dossier a changé")).to_be_focused()
    await expect(why).to_have_value("Je n’ai pas eu le temps")
    await look("dossier-perime")
    await page.locator("summary", has_text="Arrêter cette démarche").click()
    await page.get_by_role("button", name="Arrêter la démarche").click()
    await expect(page.get_by_role("group", name="1 point à corriger")).to_be_focused()
    await look("dossier-fautes")
    await page.goto(f"{url}/opposition")
    await look("dossier-opposition")
    await page.get_by_role("button", name="Oui, ne plus jamais m’appeler").click()
    await expect(page.get_by_role("group", name="C’est noté : nous ne vous appellerons plus.")).to_be_focused()
    await look("dossier-oppose")
    await context.close()
