"""The adviser's page in a real Chromium: by keyboard alone, over a session that ends, while everything changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.async_api import Page, Route, expect

from dialer.core import events as ev
from dialer.core.access.account import AccountId
from dialer.core.calls.told import GuestDismissed
from dialer.core.structures.structure import Phone, Structure, StructureId, StructureKind
from dialer.core.words import E164, AdviserId, Wish
from dialer.web import live
from dialer.web.desk import page as desk_page

from .axe import look
from .desk_browser import access, browser, desk, floor, tab_to, until, url
from .desk_talks import ME, answers
from .fake_floor import FakeFloor
from .signing_in import RIGHT
from .test_rappel_browser import picture

__all__ = ["access", "browser", "desk", "floor", "url"]
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.real]
ANOTHER_PRESS_MS = 400
"""Sooner, `poste.js` takes it for the same one."""


def state(floor: FakeFloor) -> str:
    return floor.person("adv05").state.kind


async def until_sent(page: Page, method: str, path: str, key: str) -> int:
    """Press a key; the status of what it sent."""
    async with page.expect_response(
        lambda answer: answer.request.method == method and answer.url.endswith(path)
    ) as got:
        await page.keyboard.press(key)
    return (await got.value).status


async def test_a_whole_call_by_keyboard_alone_from_the_gate_to_the_wrap_up(desk, floor):
    page = desk.page
    floor.ready_advisers("adv06", "adv07")
    await tab_to(page, "Activer le téléphone")
    await page.keyboard.press("Enter")
    await until(page, "softphone.told.length === 1")
    (start,) = await desk.told("start")
    assert (start["checked"], start["key"]["endpoint"]) == (False, "adv05-web")
    for name in ("asking", "checking", "registering", "healthy"):
        await desk.says(name)
    floor.happen(ev.PhoneRegistered(floor.now(), ME))
    await expect(page.locator("#telephone-etat")).to_have_text("Prêt à sonner ici.")
    assert await until_sent(page, "PUT", "/advisers/adv05/wish", "Shift+F3") == 200
    await expect(page.locator("#poste-etat strong")).to_have_text("Disponible")
    floor.happen(ev.WishSet(floor.now(), AdviserId("adv06"), Wish.PAUSED))
    floor.happen(ev.WishSet(floor.now(), AdviserId("adv07"), Wish.PAUSED))
    await expect(page.locator("#telephone-titre")).to_be_focused()

    call = floor.queue_up("dropout")
    await desk.says("ringing", leg="leg-1")
    await expect(page).to_have_title("📞 Appel – Reviens te former")
    await expect(page.get_by_role("alert").filter(has_text="Appel")).to_have_text(
        "Appel : Reviens te former. F2 pour répondre."
    )
    await expect(page.locator("#telephone-titre")).to_be_focused()
    await page.keyboard.press("F2")
    assert (await desk.told("answer"))[-1] == {"do": "answer", "leg": "leg-1"}
    floor.pick_up(call)
    await desk.says("talking", leg="leg-1", connected=True)
    await expect(page).to_have_title("En ligne – Mon poste – Fil vert")

    await page.keyboard.press("F8")
    assert (await desk.told("mute"))[-1]["muted"] is True
    await expect(page.get_by_text("Votre micro est coupé")).to_be_visible()
    assert await until_sent(page, "PUT", f"/calls/{call}/hold", "F4") == 200
    await expect(page.locator("#poste-appel h2")).to_contain_text("En attente")
    await expect(page.get_by_role("button", name="Couper le micro")).to_have_attribute("aria-pressed", "true")
    await page.keyboard.press("F8")
    await page.wait_for_timeout(ANOTHER_PRESS_MS)
    assert await until_sent(page, "PUT", f"/calls/{call}/hold", "F4") == 200
    await expect(page.get_by_text("Votre micro est coupé")).to_be_hidden()

    await page.keyboard.press("F7")
    await expect(page.get_by_label("Chercher")).to_be_focused()
    await page.keyboard.type("guerin")
    await expect(page.locator("#cibles .target:visible")).to_have_count(1)
    assert await until_sent(page, "POST", f"/calls/{call}/guest", "Enter") == 200
    await expect(page.locator("#transferer")).to_be_hidden()
    await expect(page.locator("#invite-titre")).to_contain_text("Farid Guérin sonne")
    answers(floor, call)
    await expect(page.locator("#invite-titre")).to_contain_text("seul à seul avec vous")
    assert await until_sent(page, "POST", f"/calls/{call}/guest/join", "F6") == 200
    await expect(page.locator("#invite-titre")).to_contain_text("à trois")
    assert await until_sent(page, "POST", f"/calls/{call}/guest/dismiss", "Shift+F6") == 200
    await expect(page.locator("#invite-titre")).to_have_count(0)

    await page.keyboard.press("Shift+F8")
    await page.keyboard.type("4#")
    assert [each["digit"] for each in await desk.told("press")] == ["4", "#"]
    await page.keyboard.press("F9")  # a key of the page, from within a dialog
    await expect(page.locator("#danger")).to_be_visible()
    await expect(page.get_by_role("button", name="Enfance en danger (119)")).to_be_focused()
    assert await until_sent(page, "POST", f"/calls/{call}/danger", "Enter") == 200
    await expect(page.locator("#danger")).to_be_hidden()
    await page.keyboard.press("Escape")
    await expect(page.locator("#clavier")).to_be_hidden()
    await expect(page.locator("#invite-titre")).to_contain_text("Enfance en danger (119) sonne")
    await picture(page, "poste-danger")
    floor.happen(GuestDismissed(floor.now(), call, ME))

    await expect(page.locator("#invite-titre")).to_have_count(0)
    assert await until_sent(page, "POST", f"/calls/{call}/hang-up", "Shift+F2") == 200
    await desk.says("healthy")
    await expect(page.locator("#poste-etat strong")).to_have_text("Fiche à remplir")
    await expect(page).to_have_title("Mon poste – Fil vert")
    assert state(floor) == "wrapping_up"


async def test_a_structure_of_the_directory_is_found_by_its_name_or_postcode_to_hand_a_call_to(desk, floor):
    page = desk.page
    cio = Structure(
        StructureId("cio-laval"), StructureKind.CIO, "CIO de Laval", "53000", "Laval",
        phone=Phone("01 99 00 05 30", E164("+33199000530")),
    )  # fmt: skip
    floor.happen(ev.StructuresChanged(floor.now(), "anna", ((None, cio),)))
    floor.ready_advisers("adv05")
    call = floor.queue_up("dropout")
    floor.pick_up(call)
    await expect(page.locator("#poste-appel h2")).to_contain_text("En ligne")
    for typed in ("laval", "530"):
        await page.keyboard.press("F7")
        await page.keyboard.type(typed)
        found = page.locator("[data-structures] .target")
        await expect(found).to_have_text("CIO de Laval 53000 Laval")
        assert await found.get_attribute("value") == "cio-laval"
        await page.keyboard.press("Escape")  # empties the field, as in any field that searches
        await page.keyboard.press("Escape")
        await expect(page.locator("#transferer")).to_be_hidden()


async def test_a_pause_is_two_presses_with_its_reason_or_a_few_words_more(desk, floor):
    page = desk.page
    await page.keyboard.press("Shift+F4")
    await expect(page.get_by_role("button", name="Pause", exact=True)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#poste-etat")).to_contain_text("Motif : Pause")
    await page.keyboard.press("Shift+F4")
    await page.get_by_label("Autre motif").focus()
    await page.keyboard.type("Visite à l’école")
    await page.keyboard.press("Enter")
    await expect(page.locator("#poste-etat")).to_contain_text("Motif : Visite à l’école")
    assert floor.person("adv05").reason == "Visite à l’école"


async def test_focus_and_what_is_typed_stay_while_everything_around_them_changes(desk, floor):
    page = desk.page
    await page.keyboard.press("Shift+F4")
    field = page.get_by_label("Autre motif")
    await field.focus()
    await page.keyboard.type("Réunion ")
    floor.ready_advisers("adv05")
    await expect(page.locator("#poste-etat strong")).to_have_text("Disponible")
    call = floor.queue_up("dropout")
    await desk.says("healthy")
    await desk.says("ringing", leg="leg-1")
    await expect(page.locator("#poste-appel h2")).to_contain_text("Appel")
    await page.keyboard.type("d’équipe")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("Réunion d’équipe")
    await page.keyboard.press("F2")  # a call waits for no dialog
    assert (await desk.told("answer"))[-1]["leg"] == "leg-1"
    floor.pick_up(call)
    await expect(page.locator("#poste-appel h2")).to_contain_text("En ligne")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("Réunion d’équipe")


async def test_where_what_was_pressed_is_gone_the_next_tab_goes_on_from_its_place(desk, floor):
    page = desk.page
    await desk.activated()
    floor.ready_advisers("adv05")
    call = floor.queue_up("dropout")
    await desk.says("ringing", leg="leg-1")
    await tab_to(page, "Répondre")
    await page.keyboard.press("Enter")
    floor.pick_up(call)
    await expect(page.locator("#poste-appel")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Couper le micro")).to_be_focused()


async def test_what_was_opened_stays_open_when_its_region_changes(desk, floor):
    page = desk.page
    week = page.locator("#poste-horaires details")
    await week.locator("summary").press("Enter")
    await expect(page.locator("#poste-horaires")).to_contain_text("en ce moment")
    floor.later(10 * 3600)
    await expect(page.locator("#poste-horaires")).not_to_contain_text("en ce moment")
    await expect(week).to_have_attribute("open", "")


async def test_two_presses_in_a_row_are_one_and_a_refusal_is_said_where_it_was_pressed(desk, floor, url):
    page, sent = desk.page, []

    async def slow(route: Route) -> None:
        sent.append(route.request.post_data)
        if len(sent) == 1:
            await route.fulfill(status=409, content_type="application/problem+json", body='{"status": 409}')
        else:
            await route.fallback()

    await page.route("**/wish", slow)
    button = page.get_by_role("button", name="Prêt")
    await button.dblclick()
    refusal = page.locator("#poste-etat .refusal")
    await expect(refusal).to_have_text("Terminez d’abord la fiche du dernier appel.")
    await expect(page.locator("#poste-alerte")).to_have_text("Terminez d’abord la fiche du dernier appel.")
    assert len(sent) == 1
    floor.happen(ev.WishSet(floor.now(), ME, Wish.PAUSED, reason="essai"))
    await expect(page.locator("#poste-etat")).to_contain_text("Motif : essai")
    await expect(refusal).to_be_visible()  # it outlives the fragment that it stands in
    await page.wait_for_timeout(ANOTHER_PRESS_MS)
    await button.click()
    await expect(refusal).to_have_count(0)
    assert floor.person("adv05").wish is Wish.READY
    desk.errors = [error for error in desk.errors if "409" not in error]


async def test_over_a_session_that_ended_one_signs_in_on_the_page_and_the_call_goes_on(
    desk, access, floor, monkeypatch
):
    monkeypatch.setattr(live, "SESSION_EVERY_S", 0.0)
    page = desk.page
    floor.ready_advisers("adv05")
    call = floor.queue_up("dropout")
    floor.pick_up(call)
    await expect(page.locator("#poste-appel h2")).to_contain_text("En ligne")
    await page.evaluate("window.kept = true")
    was = await access.account(AccountId("adviser"))
    floor.at += timedelta(minutes=1)
    await access.keep_account(replace(was, sessions_from=floor.at), was)
    floor.changes.tell()
    dialog = page.get_by_role("dialog", name="Confirmer que c’est vous")
    await expect(dialog).to_be_visible()
    await expect(page.get_by_label("Mot de passe")).to_be_focused()
    await page.keyboard.type("faux")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_role("alert")).to_contain_text("n’ouvrent aucun compte")
    await page.keyboard.type(RIGHT)
    await page.keyboard.press("Enter")
    await expect(dialog).to_be_hidden()
    await expect(page.locator("html")).to_have_attribute("data-live", "live")
    assert await until_sent(page, "PUT", f"/calls/{call}/hold", "F4") == 200
    assert await page.evaluate("window.kept") is True
    await expect(page.locator("#poste-appel h2")).to_contain_text("En attente")
    desk.errors = [error for error in desk.errors if "403" not in error]


async def test_signed_in_again_in_another_tab_the_first_one_goes_on_under_the_new_code(desk, floor, url):
    page = desk.page
    other = await page.context.new_page()
    floor.at += timedelta(minutes=11)
    await other.goto(f"{url}/connexion?vers=/compte")
    await other.get_by_label("Mot de passe").fill(RIGHT)
    await other.get_by_role("button", name="Se connecter").click()
    await expect(other).to_have_url(f"{url}/compte")
    await page.get_by_role("button", name="Prêt").click()
    await expect(page.locator("#poste-etat button[aria-pressed=true]")).to_contain_text("Prêt")
    assert floor.person("adv05").wish is Wish.READY
    desk.errors = [error for error in desk.errors if "403" not in error]


async def test_a_newer_look_never_reloads_the_page_under_a_call_and_does_so_after_it(desk, floor):
    page = desk.page
    floor.ready_advisers("adv05")
    call = floor.queue_up("dropout")
    floor.pick_up(call)
    await expect(page.locator("#poste-appel h2")).to_contain_text("En ligne")
    await page.evaluate("window.kept = true; document.documentElement.dataset.look = 'old'")
    floor.later(3)
    await expect(page.locator("#poste-appel .timer")).to_have_text("3\u00a0s")
    assert await page.evaluate("window.kept") is True
    floor.leave(call)
    floor.later(200)
    await until(page, "window.kept === undefined")
    await expect(page.locator("html")).to_have_attribute("data-live", "live")


async def test_a_silent_service_is_said_within_five_seconds(desk, floor, monkeypatch):
    page = desk.page
    monkeypatch.setattr(desk_page, "BEAT_S", 60.0)
    await page.route("**/flux/poste", lambda _: None)  # no other stream comes up either
    floor.ready_advisers("adv05")  # theirs, and so the last that is drawn before the silence
    await until(page, "document.documentElement.dataset.live === 'lost'", 6.5)
    await expect(page.locator("[data-link]")).to_contain_text("Affichage interrompu à")


async def test_every_state_fits_and_has_no_fault_that_axe_core_finds(desk, floor):
    page, found = desk.page, {}
    await look(page, "the gate", found)
    await page.get_by_role("button", name="Activer le téléphone").click()
    await until(page, "softphone.told.length === 1")
    await desk.says("asking")
    await desk.says("checking")
    await look(page, "the gate is tried", found)
    await desk.says("unhealthy", {"what": "Le son ne revient pas.", "remedy": "Recommencez."}, why="echo-silent")
    await look(page, "the gate is shut", found)
    await desk.says("healthy")
    floor.ready_advisers("adv05", "adv06")
    for opens in ("Shift+F4", "Shift+F1"):
        await page.keyboard.press(opens)
        await look(page, opens, found)
        await page.keyboard.press("Escape")
    floor.happen(ev.WishSet(floor.now(), AdviserId("adv06"), Wish.PAUSED))
    call = floor.queue_up("dropout")
    await desk.says("ringing", leg="leg-1")
    await expect(page.locator("#poste-appel h2")).to_contain_text("Appel")
    await look(page, "it rings", found)
    floor.pick_up(call)
    await desk.says("talking", leg="leg-1", connected=True)
    await expect(page.locator("#poste-appel h2")).to_contain_text("En ligne")
    await page.keyboard.press("F8")
    await look(page, "a talk", found)
    for opens in ("F7", "F9", "Shift+F8"):
        await page.keyboard.press(opens)
        await look(page, opens, found)
        await page.keyboard.press("Escape")
    await page.keyboard.press("F7")
    await page.keyboard.type("farid")
    await page.keyboard.press("Enter")
    await expect(page.locator("#invite-titre")).to_contain_text("sonne")
    answers(floor, call)
    await expect(page.locator("#invite-titre")).to_contain_text("seul à seul")
    await look(page, "a guest", found)
    await page.evaluate("document.documentElement.dispatchEvent(new CustomEvent('flux-session', {cancelable: true}))")
    await look(page, "the session is over", found)
    await page.keyboard.press("Escape")
    floor.lose_link()
    await expect(page.locator("#poste-etat strong")).to_have_text("Service interrompu")
    await look(page, "no telephony", found)
    assert found == {}
