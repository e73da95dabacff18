"""A half-filled outcome in a real Chromium: there again whatever becomes of the tab, and gone once it is given."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, expect

from dialer.core import events as ev
from dialer.core.callbacks.states import Callback, visit
from dialer.core.contacts.contact import Contact, Written
from dialer.core.words import AdviserId

from .asking import talking
from .fake_floor import FakeFloor
from .test_desk_callback_browser import REGION, TOLD, access, browser, floor, opened, served

__all__ = ["access", "browser", "floor", "opened", "served"]
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.real]


def drafted(floor: FakeFloor, callback: Callback) -> dict[str, str]:
    found = floor.desk_.contacts.find(visit(callback), AdviserId("adv05"))
    return dict(found.written.outcome) if found is not None else {}


async def until_drafted(page: Page, floor: FakeFloor, callback: Callback, **fields: str) -> None:
    for _ in range(100):
        if drafted(floor, callback) == fields:
            return
        await page.wait_for_timeout(50)
    raise AssertionError(f"not kept: {drafted(floor, callback)}")


async def test_a_half_filled_appointment_is_there_again_in_another_browser_after_the_tab_was_closed_in_mid_typing(
    floor, opened
):
    talking(floor, **TOLD)
    page = await opened()
    await page.get_by_role("radio", name="Rendez-vous fixé").check()
    await page.get_by_label("Nom, commune ou type").fill("laval")
    await page.get_by_role("button", name="Chercher").click()
    await page.get_by_role("radio", name="CIO de Laval").check()
    await page.get_by_label("Rendez-vous possibles selon ses horaires").select_option(index=2)
    chosen = await page.get_by_label("Rendez-vous possibles selon ses horaires").input_value()
    await page.get_by_label("Nom, commune ou type").press("End")
    await page.keyboard.type(" centre")
    await page.close(run_before_unload=False)  # before the second is over: the page's last words are its farewell
    other = await opened()
    await expect(other.get_by_role("radio", name="Rendez-vous fixé")).to_be_checked()
    await expect(other.get_by_label("Nom, commune ou type")).to_have_value("laval centre")
    await expect(other.get_by_role("radio", name="CIO de Laval")).to_be_checked()
    await expect(other.get_by_label("Rendez-vous possibles selon ses horaires")).to_have_value(chosen)
    await expect(other.locator(REGION)).to_contain_text("Brouillon retrouvé.")


async def test_what_was_typed_for_another_moment_is_there_again_and_gone_once_the_outcome_is_given(floor, opened):
    callback = talking(floor)
    page = await opened()
    await page.get_by_role("radio", name="Pas maintenant : à rappeler").check()
    await page.locator("#issue-slot").select_option("other")
    await page.locator("#issue-day").fill("2026-11-27")
    await page.locator("#issue-from").fill("11:00")
    kept = {"outcome": "A_RAPPELER", "slot": "other", "day": "2026-11-27", "from": "11:00"}
    await until_drafted(page, floor, callback, **kept)
    await page.close()
    page = await opened()
    await expect(page.locator("#issue-from")).to_have_value("11:00")
    await page.locator("#issue-to").fill("12:00")
    await page.keyboard.press("F3")
    await expect(page.locator(REGION)).to_contain_text("Issue enregistrée")
    await until_drafted(page, floor, callback)
    await page.get_by_label("Autre numéro").fill("01 99 00 00 02")  # they go on in the form that is still there
    await until_drafted(page, floor, callback, **kept, to="12:00", phone="01 99 00 00 02")
    await page.reload()
    await expect(page.get_by_label("Autre numéro")).to_have_value("01 99 00 00 02")


async def test_a_slot_that_was_chosen_is_there_again_although_it_is_no_longer_offered(floor, opened):
    callback = talking(floor)
    slot = "2026-12-09T06:15:00Z 2026-12-09T07:15:00Z"  # none that the page offers
    typed = Written(outcome=(("outcome", "A_RAPPELER"), ("slot", slot)))
    key = (visit(callback), AdviserId("adv05"))
    draft = Contact(*key, callback.line, callback.queue, floor.now(), written=typed, case=callback.case)
    floor.happen(ev.ContactWritten(floor.now(), draft, 0, False, ""))
    page = await opened()
    await expect(page.locator("#issue-slot")).to_have_value(slot)
    text = await page.locator("#issue-slot option:checked").inner_text()
    assert text.replace("\u00a0", " ") == "mercredi 9 décembre, 7 h 15 – 8 h 15"
    await expect(page.get_by_role("radio", name="Pas maintenant : à rappeler")).to_be_checked()


async def test_what_was_typed_before_the_draft_was_read_stays_and_the_rest_of_it_is_filled_in(floor, opened):
    callback = talking(floor)
    page = await opened()
    await page.get_by_role("radio", name="Numéro invalide").check()
    await page.get_by_label("Autre numéro").fill("01 99 00 00 02")
    await until_drafted(page, floor, callback, outcome="NUMERO_INVALIDE", phone="01 99 00 00 02")
    slow = asyncio.Event()

    async def late(route):
        await slow.wait()
        await route.continue_()

    await page.route("**/draft", late)
    await page.reload()
    await page.get_by_role("radio", name="Mauvais numéro").check()
    slow.set()
    await expect(page.get_by_label("Autre numéro")).to_have_value("01 99 00 00 02")
    await expect(page.get_by_role("radio", name="Mauvais numéro")).to_be_checked()
    await until_drafted(page, floor, callback, outcome="MAUVAIS_NUMERO", phone="01 99 00 00 02")


async def test_a_second_tab_is_told_and_chooses_which_issue_to_keep(floor, opened):
    callback = talking(floor)
    first, second = await opened(), await opened()
    await first.get_by_role("radio", name="Information donnée").check()
    await until_drafted(first, floor, callback, outcome="INFO_DONNEE")
    await second.get_by_role("radio", name="Ne souhaite pas poursuivre").check()
    await expect(second.get_by_text("Cette issue a été modifiée dans un autre onglet ou")).to_be_visible()
    assert drafted(floor, callback) == {"outcome": "INFO_DONNEE"}
    await second.get_by_role("button", name="Prendre l’autre version").click()
    await expect(second.get_by_role("radio", name="Information donnée")).to_be_checked()
