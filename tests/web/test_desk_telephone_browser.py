"""The telephone of the adviser's page in a real Chromium: the gate, a second tab, a page that is loaded anew."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from dialer.core import events as ev

from .desk_browser import Desk, access, browser, desk, floor, until, url
from .desk_talks import ME

__all__ = ["access", "browser", "desk", "floor", "url"]
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.real]


async def test_what_the_gate_finds_wrong_is_said_with_its_remedy_and_the_desk_phone_is_offered(desk, floor):
    page = desk.page
    await page.get_by_role("button", name="Activer le téléphone").click()
    await until(page, "softphone.told.length === 1")
    await desk.says("asking")
    await desk.says("checking")
    level = page.get_by_label("Niveau du micro")
    await expect(level).to_be_visible()
    await until(page, "document.getElementById('niveau').value > 0.3")
    await expect(page.locator("[data-check=voix]")).to_have_class("ok")
    await desk.says(
        "unhealthy", {"what": "Le son part, mais ne revient pas.", "remedy": "Recommencez."}, why="echo-silent"
    )
    await expect(page.locator("#telephone-etat")).to_have_text("Le son part, mais ne revient pas.")
    await expect(page.locator("#telephone-remede")).to_have_text("Recommencez.")
    for check, kind in (("micro", "ok"), ("voix", "ok"), ("son", "failed"), ("ligne", "later")):
        await expect(page.locator(f"[data-check={check}]")).to_have_class(kind)
    await page.get_by_role("button", name="Utiliser mon poste fixe").click()
    await expect(page.locator("#telephone-etat")).to_have_text("Votre poste fixe n’est pas relié au service.")
    floor.ready_advisers("adv05")
    await expect(page.locator("#telephone-etat")).to_have_text("Votre poste fixe sonne.")
    floor.queue_up("dropout")
    await expect(page.get_by_text("Votre poste fixe sonne : décrochez-le pour répondre.")).to_be_visible()
    await expect(page.get_by_role("button", name="Répondre")).to_be_hidden()
    await page.reload()
    await expect(page.locator("#telephone-etat")).to_have_text("Votre poste fixe sonne.")


async def test_a_second_tab_says_that_the_telephone_is_in_the_first_and_takes_it_over_but_never_in_a_call(
    desk, floor, url
):
    await desk.activated()
    second = Desk(await desk.page.context.new_page())
    await second.open(url)
    now = second.page.locator("#telephone-etat")
    await expect(now).to_have_text("Le téléphone est ouvert dans un autre onglet, ou sur un autre ordinateur.")
    take = second.page.get_by_role("button", name="Le prendre ici")
    await desk.says("talking", leg="leg-1", connected=True)
    await take.click()
    await expect(second.page.locator("#telephone-remede")).to_contain_text("terminez-le d’abord")
    assert await second.told() == []
    await desk.says("healthy")
    await take.click()
    await until(second.page, "softphone.told.some((each) => each.do === 'start')")
    assert (await desk.told())[-1] == {"do": "stop"}
    assert second.errors == []


async def test_a_reload_in_mid_call_takes_the_telephone_up_again_without_the_gate_and_answers_its_own_leg(desk, floor):
    page = desk.page
    await desk.activated()
    floor.ready_advisers("adv05")
    call = floor.queue_up("dropout")
    floor.pick_up(call)
    await desk.says("talking", leg="leg-1", connected=True)
    await expect(page.locator("#poste-appel h2")).to_contain_text("En ligne")
    await page.reload()
    await until(page, "softphone.told.some((each) => each.do === 'start')")
    (start,) = await desk.told("start")
    assert start["checked"] is True
    floor.happen(ev.PhoneRegistered(floor.now(), ME, frozenset({floor.desk_.calls[call].state.leg})))
    leg = floor.desk_.calls[call].state.rejoin.leg
    await until(page, "softphone.told.some((each) => each.do === 'answer')")
    assert await desk.told("answer") == [{"do": "answer", "leg": leg}]


async def test_a_session_that_took_the_telephone_away_gives_it_back_and_another_computer_does_not(desk):
    page = desk.page
    await desk.activated()
    for ends in ("key-ends", "session-ends"), ("session-ends", "key-ends"):
        for each in ends:
            await (key_ends(desk) if each == "key-ends" else session_ends(page))
        before = len(await desk.told("start"))
        await signed_in_again(page)
        await until(page, f"softphone.told.filter((each) => each.do === 'start').length === {before + 1}")
        assert (await desk.told("start"))[-1]["checked"] is True  # nobody has to be heard again
        await page.evaluate("delete document.querySelector('[data-softphone]').dataset.key")
        for name in ("asking", "registering", "healthy"):
            await desk.says(name)
    await key_ends(desk)  # by another computer, a while before
    await page.evaluate("performance.now = ((now) => () => now() + 3600000)(performance.now.bind(performance))")
    await session_ends(page)
    before = len(await desk.told("start"))
    await signed_in_again(page)
    await page.evaluate("new Promise((go) => setTimeout(go, 300))")
    assert len(await desk.told("start")) == before


async def key_ends(desk):
    await desk.page.evaluate("document.querySelector('[data-softphone]').dataset.key = 'ended'")
    await desk.says("unhealthy", why="registration")


async def session_ends(page):
    await page.evaluate("document.documentElement.dispatchEvent(new CustomEvent('flux-session', {cancelable: true}))")


async def signed_in_again(page):
    await page.evaluate("document.documentElement.dispatchEvent(new CustomEvent('flux-again'))")


async def test_a_microphone_that_is_gone_in_a_call_is_said_with_what_to_do_until_there_is_another(desk):
    page = desk.page
    await desk.activated()
    await page.evaluate("document.querySelector('[data-softphone]').dataset.microphone = 'lost'")
    await desk.says("talking", leg="leg-1", connected=True)
    await expect(page.locator("#telephone-etat")).to_have_text("Votre micro a été débranché : personne ne vous entend.")
    await expect(page.locator("#telephone-remede")).to_contain_text("Rebranchez-le")
    await page.evaluate("delete document.querySelector('[data-softphone]').dataset.microphone")
    await desk.says("talking", leg="leg-1", connected=True)
    await expect(page.locator("#telephone-etat")).to_have_text("En ligne.")
    await expect(page.locator("#telephone-remede")).to_be_hidden()
