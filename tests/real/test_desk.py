"""An adviser's day at `/poste`, by keyboard, with the whole service: Asterisk, SIPp and Chromium's microphone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from ops.asterisk.programs import Programs
from tests.real.callbacks import Callbacks
from tests.real.desk_page import (
    GUEST_HZ,
    Poste,
    answered,
    at_page,
    calling,
    chromium,
    directly,
    file,
    has_no_password,
    hear,
    hears_music,
    held_and_taken_back,
    settled,
    voice_of,
    voice_outside,
)
from tests.real.house import House, Json, events
from tests.real.outside import Outside
from tests.real.quick import quick
from tests.real.softphones import ADVISER_HZ, CALLER_HZ
from tests.web.desk_browser import tab_to

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

AGAIN_S = 5.0
CIO = {
    "id": "cio-laval", "kind": "CIO", "name": "CIO de Laval", "postcode": "53000", "commune": "Laval",
    "appointments": "mon-fri=09:00-12:00, 14:00-17:00", "appointment_min": 30,
}  # fmt: skip
LINA = {"first_name": "Lina", "birth_date": "2009-05-01", "postcode": "53000"}
NOTE = "Veut changer de voie, rappellera"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("poste")
    names = {"main": "Ligne principale", "dropout": "Décrochage", "parcoursup": "Parcoursup"}
    more = {"contact_required": True, "callback_share": 1.0}
    every = {queue: {"name": name, **more} for queue, name in names.items()}
    # Asyncio's own debug log is where a careless repr would show.
    config = quick(folder / "config", programs, every, tables={"callbacks": {"margin_s": 5}})
    async with House(programs, folder / "house", config, environment={"PYTHONASYNCIODEBUG": "1"}) as house:
        yield house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(shared: House) -> AsyncIterator[Browser]:
    async with chromium(shared) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def poste(house: House, browser: Browser) -> AsyncIterator[Poste]:
    await settled(house)
    async with at_page(house, browser) as found:
        yield found
    # A refusal that is told in the page is in the console too, by the browser's own word.
    assert [error for error in found.errors if "(Conflict)" not in error and "(Unauthorized)" not in error] == []


async def test_before_the_gate_no_call_comes_then_one_rings_is_answered_by_a_key_heard_held_and_taken_back(
    house: House, poste: Poste
) -> None:
    assert (await house.adviser("adv01"))["state"] == "unreachable"
    await poste.press("Shift+F3")
    await poste.shows("etat", "Sans téléphone", "activez le téléphone de cette page")
    async with calling(house) as (caller, ear):
        await house.call_is(caller, "waiting")
        await poste.shows("attente", "Ligne principale 1 en attente")
        assert (await house.adviser("adv01"))["state"] == "unreachable"  # whatever they asked for
        await poste.activate()
        await poste.rings()
        await poste.shows("appel", "Appel : Ligne principale", "Appelle depuis")
        await poste.shows("personne", "Touche 1 : parler à quelqu’un, file « Ligne principale »", "Attend depuis")
        await poste.picture("ringing")
        national = f"0{caller.number[3:]}"
        shown = await poste.page.locator("main").inner_text()
        assert national not in shown.replace(" ", "").replace("\u202f", "").replace("\u00a0", "")
        assert "précédents" not in shown

        await poste.press("F2")

        await poste.shows("appel", "En ligne : Ligne principale")
        await hear(house, ear, ADVISER_HZ)
        await poste.hears(CALLER_HZ)
        await expect(poste.page.locator("#poste-appel .timer")).to_contain_text("s")
        spaced = " ".join(national[at : at + 2] for at in range(0, 10, 2))
        await poste.shows("personne", spaced, "Aucun : c’est le premier contact")
        await poste.picture("talking")

        await held_and_taken_back(poste, ear)
        await poste.hears(CALLER_HZ)

        await poste.press("F8")
        await poste.shows("appel", "Votre micro est coupé")
        await hear(house, ear)
        await poste.press("F8")
        await hear(house, ear, ADVISER_HZ)
        await poste.press("Shift+F2")
        ended = await house.call_is(caller, "ended")
        assert ended["outcome"] == "answered"
        assert await caller.left() == 0
    await poste.telephone("healthy")


async def test_no_call_comes_before_the_contact_is_filed_and_a_draft_outlives_its_tab(
    house: House, poste: Poste
) -> None:
    await poste.activate()
    await poste.ready()
    async with calling(house) as (first, ear):
        await answered(poste, ear)
        await poste.press("Shift+F2")
        told = await house.call_is(first, "ended")
    async with calling(house) as (later, ear):
        await poste.shows("etat", "Fiche à remplir")
        await poste.press("Shift+F3")
        await poste.shows("etat", "Terminez d’abord la fiche du dernier appel.")
        await poste.press("F10")
        await poste.shows("fiche", "Choisissez de 1 à 5 motifs.")
        await poste.picture("wrap-up")
        await poste.page.locator("#fiche-note").focus()
        await poste.page.keyboard.type(NOTE)
        await poste.close()  # well before a second is over

        await poste.open()
        await poste.shows("fiche", "Brouillon retrouvé.")
        await expect(poste.page.locator("#fiche-note")).to_have_value(NOTE)
        await poste.activate()
        await poste.shows("etat", "Fiche à remplir")
        await house.call_is(later, "waiting")  # with the telephone healthy and the wish to be ready

        await poste.page.get_by_label("Bourses et aides").focus()
        await poste.press("Space", "F10")

        await answered(poste, ear)
        await later.hangs_up()
    (contact,) = (await house.get(f"/api/v1/calls/{told['id']}/contacts"))["items"]
    assert (contact["reasons"], contact["note"]) == (["bourses"], NOTE)


async def test_a_colleague_is_asked_aside_then_all_three_talk_and_the_caller_stays_with_the_colleague(
    house: House, poste: Poste
) -> None:
    await poste.activate()
    await poste.ready()
    async with voice_of(house, "adv02") as colleague, calling(house) as (caller, ear):
        await answered(poste, ear)

        await poste.press("F7")
        await poste.page.keyboard.type("yann")
        await poste.picture("transfer")
        await poste.press("Enter")
        await poste.shows("appel", "Yann Le Goff seul à seul avec vous")
        await hear(house, colleague, ADVISER_HZ)
        await poste.hears(GUEST_HZ)
        await hears_music(house, ear)

        await poste.press("F6")
        await poste.shows("appel", "Yann Le Goff à trois")
        await hear(house, ear, ADVISER_HZ, GUEST_HZ)
        await hear(house, colleague, ADVISER_HZ, CALLER_HZ)
        await poste.hears(CALLER_HZ, GUEST_HZ)

        await poste.press("F7")
        await house.call_is(caller, "talking", adviser="adv02", guest=None)
        await poste.shows("etat", "Fiche à remplir")
        await expect(poste.region("appel")).to_be_empty()  # it is the colleague's now
        await hear(house, ear, GUEST_HZ)
        await hear(house, colleague, CALLER_HZ)
        await poste.telephone("healthy")
        await caller.hangs_up()
    await house.call_is(caller, "ended", outcome="answered", adviser="adv02")


async def test_a_caller_is_sent_on_to_a_colleague_and_another_one_to_a_queue_where_they_wait(
    house: House, poste: Poste
) -> None:
    await poste.activate()
    await poste.ready()
    async with voice_of(house, "adv02") as colleague, calling(house) as (caller, ear):
        await answered(poste, ear)
        await poste.press("F7")
        await directly(poste, "yann")
        await house.call_is(caller, "talking", adviser="adv02")
        await hear(house, ear, GUEST_HZ)
        await hear(house, colleague, CALLER_HZ)
        await expect(poste.region("appel")).to_be_empty()  # it is the colleague's now
        await file(poste)
        async with calling(house) as (other, other_ear):
            await answered(poste, other_ear)
            await poste.press("F7")
            await directly(poste, "parcours")
            await house.call_is(other, "waiting", queue="parcoursup")
            await hears_music(house, other_ear)
            await poste.shows("etat", "Fiche à remplir")
            await other.hangs_up()
        await caller.hangs_up()


async def test_in_danger_two_keys_bring_119_into_the_talk_and_all_three_stay(house: House, poste: Poste) -> None:
    await poste.activate()
    await poste.ready()
    async with voice_outside(house) as outside, calling(house) as (caller, ear):
        await answered(poste, ear)

        await poste.press("F9", "Enter")

        await poste.shows("appel", "119, enfance en danger à trois")
        await poste.picture("danger")
        await hear(house, ear, ADVISER_HZ, GUEST_HZ)
        await hear(house, outside, ADVISER_HZ, CALLER_HZ)
        await poste.hears(CALLER_HZ, GUEST_HZ)
        told = await house.call(caller)
        assert told is not None
        assert not list(events(told, "held"))
        await caller.hangs_up()


async def test_loaded_anew_in_mid_call_it_is_heard_again_and_a_session_that_ends_ends_no_call(
    house: House, poste: Poste
) -> None:
    loop = asyncio.get_running_loop()
    await poste.activate()
    await poste.ready()
    async with calling(house) as (caller, ear):
        await answered(poste, ear)

        began = loop.time()
        await poste.reload()
        await poste.telephone("talking", AGAIN_S)
        await hear(house, ear, ADVISER_HZ)
        took = loop.time() - began
        assert took < AGAIN_S, f"heard again after {took:.1f} s"
        await poste.hears(CALLER_HZ)
        told = await house.call_is(caller, "talking", adviser="adv01")
        assert [entry["event"] for entry in events(told, "adviser_back")] == ["adviser_back"]

        async def alone() -> bool:
            return {one["id"] for one in await house.ari("channels")} == {told["id"], f"{told['id']}-a2"}

        await house.until(alone, what="the leg of the page before is gone")

        await poste.sign_out_elsewhere()
        await house.until(partial(has_no_password, house, "adv01-web"), what="Asterisk has forgotten the password")
        await poste.press("F4")  # is not done, and is told
        await expect(poste.page.locator("#reconnexion")).to_be_visible()
        await poste.picture("signed-out")
        await hear(house, ear, ADVISER_HZ)
        await poste.hears(CALLER_HZ)
        await poste.page.keyboard.type("demo")
        await poste.press("Enter")
        await expect(poste.page.locator("#reconnexion")).to_be_hidden()
        await expect(poste.page.locator("html")).to_have_attribute("data-live", "live")
        await hear(house, ear, ADVISER_HZ)
        await held_and_taken_back(poste, ear)
        await caller.hangs_up()
    await poste.telephone("healthy")  # with a key of the new session
    await file(poste)
    written = [file.read_bytes() for file in house.folder.rglob("*") if file.is_file()]
    assert len(written) > 20
    assert len(poste.secrets) >= 4
    for secret in poste.secrets:
        assert all(secret.encode() not in content for content in written), "a key's secret is written down"


async def test_a_callback_that_is_due_is_accepted_dialled_and_talked_in_and_its_appointment_settles_it(
    house: House, poste: Poste
) -> None:
    callbacks = Callbacks(house, Outside(house))
    await callbacks.do("POST", "/structures", CIO, status=201)
    await poste.activate()
    await poste.ready()
    page = poste.page
    async with voice_outside(house) as person:
        asked = await callbacks.ask("0261911007", kind="rtf", line="dropout", **LINA)
        await poste.shows("rappel", "Fiche de rappel proposée", "Lina", "02 61 91 10 07", "Échéance légale")
        await poste.picture("card")
        await poste.press("F2")
        await poste.shows("rappel", "Fiche acceptée : vous êtes en ligne")  # answered by itself: they asked for it
        await poste.telephone("talking")
        await callbacks.becomes(asked, "ready")
        await poste.press("F2")
        await poste.shows("appel", "Rappel : en ligne")
        await hear(house, person, ADVISER_HZ)
        await poste.hears(GUEST_HZ)

        await page.get_by_label("Rendez-vous fixé").focus()
        await poste.press("Space")
        await page.get_by_label("Nom, commune ou type").focus()
        await page.keyboard.type("laval")
        await poste.press("Enter")
        await page.get_by_label("CIO de Laval").focus()
        await poste.press("Space")
        await expect(page.get_by_label("Rendez-vous possibles")).to_be_visible()
        await page.get_by_label("Rendez-vous possibles").focus()
        await poste.press("ArrowDown")
        await poste.picture("outcome")
        await poste.press("F3")
        await poste.shows("rappel", "Issue enregistrée")
        await hear(house, person, ADVISER_HZ)  # the talk is theirs to end
        await poste.press("Shift+F2")

        async def closed() -> Json | None:
            told = await callbacks.get(asked)
            return told if told["state"] == "closed" else None

        told = await house.until(closed, what="the callback is closed")
        await poste.telephone("healthy")
    assert told["outcome"] == "RDV_FIXE"
    await poste.shows("etat", "Rappel terminé", "puis appuyez sur Prêt")
    (fixed,) = (await house.get(f"/api/v1/cases/{told['case']}"))["file"]["appointments"]
    assert fixed["structure"]["id"] == "cio-laval"
    await poste.ready()


async def test_a_microphone_that_is_refused_is_said_with_its_remedy_and_no_call_is_sent_there(
    house: House, browser: Browser
) -> None:
    async with at_page(house, browser, microphone=False) as poste:
        await poste.press("Shift+F3")
        await tab_to(poste.page, "Activer le téléphone")
        await poste.press("Enter")
        await poste.telephone("unhealthy")
        panel = poste.page.locator("#telephone")
        await expect(panel).to_contain_text("Le navigateur refuse l’accès au microphone.")
        await expect(panel).to_contain_text("autorisez le microphone, puis recommencez.")
        await expect(panel.get_by_role("button", name="Recommencer")).to_be_visible()
        await poste.picture("refused")
        await poste.shows("etat", "Sans téléphone")
        caller = await house.caller()
        await house.call_is(caller, "waiting")
        assert (await house.adviser("adv01"))["state"] == "unreachable"


async def test_a_microphone_that_is_unplugged_in_mid_call_is_said_at_once_and_the_next_one_is_heard(
    house: House, poste: Poste
) -> None:
    await poste.activate()
    await poste.ready()
    async with calling(house) as (caller, ear):
        await answered(poste, ear)
        await poste.unplug()
        panel = poste.page.locator("#telephone")
        await expect(panel).to_contain_text("Votre micro a été débranché : personne ne vous entend.")
        await poste.picture("unplugged")
        await hear(house, ear)
        await poste.hears(CALLER_HZ)
        await poste.plug_in()
        await hear(house, ear, ADVISER_HZ)
        await expect(panel).not_to_contain_text("débranché")
        await poste.press("F8")
        await hear(house, ear)
        await poste.unplug()
        await caller.hangs_up()
        await house.call_is(caller, "ended")
    await poste.telephone("unhealthy")
    await expect(panel).to_contain_text("Le microphone a été débranché.")
    await poste.shows("etat", "Fiche à remplir")
    await house.adviser_is("adv01", "wrapping_up")
