"""The call for help through the API and on the screens: an adviser's own, seen by supervisors, who may end it."""

from __future__ import annotations

import re

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from dialer.core.access.roles import Role
from dialer.core.access.session import csrf_code
from dialer.core.words import AdviserId
from dialer.web.board import Board
from dialer.web.desk import call_for_help
from dialer.web.desk.before import before
from tests.store.fake_access import FakeAccess

from .asking import talking
from .fake_floor import FakeFloor
from .signing_in import account, everybody, origin, session, the_session
from .test_browser import browser, row, served

__all__ = ["browser", "served"]
pytestmark = pytest.mark.asyncio
HELP = "/api/v1/advisers/adv05/help"
NOON = "2026-11-23T09:30:00Z"


@pytest.fixture
def floor() -> FakeFloor:
    access = FakeAccess([*everybody(), account("other", Role.ADVISER, adviser="adv06"),
                         account("both", Role.ADVISER, Role.SUPERVISOR, adviser="adv06")])  # fmt: skip
    made = FakeFloor(mode="production", access=access, tokens={"program": frozenset({"advisers:write"})})
    made.ready_advisers("adv05")
    return made


@pytest_asyncio.fixture
async def put(connect, floor):
    client = await connect(floor, token=None)
    pages: dict[str, dict[str, str]] = {}

    async def put(name: str, body: object, path: str = HELP) -> tuple[int, dict]:
        if name not in pages:
            pages[name] = {"Origin": origin(client), **await session(floor.access, name)}
            pages[name]["X-CSRF"] = csrf_code(floor.access.csrf_key, await the_session(floor.access, name))
        async with client.put(path, json=body, headers=pages[name]) as response:
            return response.status, await response.json()

    return put


def read(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


def board(floor: FakeFloor, name: str) -> str:
    return read(Board(floor).render().fragments[name])


async def region(floor: FakeFloor) -> str:
    return read(await call_for_help.fragment(floor, before(floor, AdviserId("adv05")), None))


def told(floor: FakeFloor) -> list[tuple[str, str | None, object]]:
    return [(e.event, e.call, dict(e.data).get("why")) for e in floor.journal if e.event.startswith("help")]


async def test_an_adviser_asks_asks_again_and_withdraws_and_each_answer_tells_since_when(put, floor):
    assert (await put("adviser", {"asked": True}))[1]["help_since"] == NOON
    floor.later(60)
    assert (await put("adviser", {"asked": True}))[1]["help_since"] == NOON
    status, told_ = await put("adviser", {"asked": False})
    assert (status, told_["help_since"]) == (200, None)
    assert told(floor) == [("help_asked", None, None), ("help_over", None, "withdrawn")]


async def test_a_supervisor_ends_it_and_does_not_ask_in_anybodys_place(put, floor):
    await put("adviser", {"asked": True})
    assert (await put("supervisor", {"asked": False}))[0] == 200
    assert told(floor)[-1] == ("help_over", None, "cleared")
    assert (await put("supervisor", {"asked": True}))[0] == 403
    assert (await put("both", {"asked": True}))[0] == 403
    assert floor.person("adv05").help is None
    assert (await put("both", {"asked": True}, HELP.replace("05", "06")))[0] == 200
    assert floor.person("adv06").help is not None


async def test_another_adviser_and_every_other_role_changes_nothing(put, floor):
    await put("adviser", {"asked": True})
    for name, status in (("other", 404), (Role.PLANNER, 403), (Role.OFFICER, 403), (Role.ADMIN, 403)):
        assert (await put(name, {"asked": False}))[0] == status
    assert floor.person("adv05").help is not None
    assert (await put("adviser", {"asked": True}, HELP.replace("05", "99")))[0] == 404


@pytest.mark.parametrize("body", [{}, {"asked": None}, {"asked": "yes"}, {"asked": 1}, {"asked": True, "why": "x"}, []])
async def test_a_body_that_is_none_of_ours_is_refused_and_changes_nothing(put, floor, body):
    assert (await put("adviser", body))[0] == 422
    assert told(floor) == []


async def test_a_program_asks_and_ends_it_as_it_sets_a_wish(connect, floor):
    client = await connect(floor, token="program")
    for asked in (True, False):
        assert (await client.put(HELP, json={"asked": asked})).status == 200
    assert [event for event, *_ in told(floor)] == ["help_asked", "help_over"]


async def test_it_ends_with_the_call_or_the_callback_and_the_story_of_each_tells_it(put, floor, connect):
    call = floor.queue_up("dropout")
    floor.pick_up(call)
    await put("adviser", {"asked": True})
    floor.later(30)
    floor.leave(call)
    assert floor.person("adv05").help is None
    assert told(floor) == [("help_asked", call, None), ("help_over", call, "call_over")]
    floor.mode = "demo"
    floor.access = None
    story = read(await (await (await connect(floor)).get(f"/appels/{call}", headers={"Accept": "text/html"})).text())
    assert "Élodie Ferrand demande de l’aide." in story
    assert "Élodie Ferrand ne demande plus d’aide : l’appel est terminé." in story


async def test_help_asked_in_a_callback_is_told_in_the_story_of_the_callback(put, floor):
    callback = talking(floor)
    await put("adviser", {"asked": True})
    assert [event for event, name, _ in told(floor) if name == callback.id] == ["help_asked"]


async def test_the_live_page_tells_it_first_and_in_the_row_of_whoever_asks(put, floor):
    await put("adviser", {"asked": True})
    floor.later(75)
    assert board(floor, "alertes").startswith("Demande d’aide : Élodie Ferrand.")
    assert "Demande de l’aide depuis 1 min 15" in board(floor, "conseillers")
    await put("supervisor", {"asked": False})
    assert "aide" not in board(floor, "alertes")
    assert "aide" not in board(floor, "conseillers")


async def test_the_adviser_sees_since_when_and_how_to_end_it_and_nothing_to_press_while_away(put, floor):
    assert await region(floor) == "Demander de l’aide Maj+F9"
    await put("adviser", {"asked": True})
    floor.later(75)
    said = await region(floor)
    assert said.startswith("Aide demandée depuis 1 min 15")
    assert "s’arrête d’elle-même" not in said
    await put("adviser", {"asked": False})
    await put("adviser", {"wish": "away"}, HELP.replace("help", "wish"))
    assert await region(floor) == ""
    await put("adviser", {"asked": True})
    assert (await region(floor)).startswith("Aide demandée depuis 0 s")
    await put("adviser", {"asked": False})
    call = floor.queue_up("dropout")
    await put("adviser", {"wish": "ready"}, HELP.replace("help", "wish"))
    floor.pick_up(call)
    await put("adviser", {"asked": True})
    assert "Elle s’arrête d’elle-même à la fin de l’appel." in await region(floor)


async def signed_in(browser, floor: FakeFloor, served: str, name: str) -> Page:
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    cookie, _, secret = (await session(floor.access, name))["Cookie"].partition("=")
    await context.add_cookies([{"name": cookie, "value": secret, "url": served}])
    return await context.new_page()


@pytest.mark.real
async def test_from_the_advisers_key_to_the_supervisors_press_and_back(browser, floor, served):
    adviser, supervisor, planner = [
        await signed_in(browser, floor, served, name) for name in ("adviser", "supervisor", "planner")
    ]
    await adviser.goto(f"{served}/poste")
    for page in (supervisor, planner):
        await page.goto(served)
        await expect(page.locator("html")).to_have_attribute("data-live", "live")
    await expect(adviser.get_by_role("button", name="Demander de l’aide")).to_be_visible()
    await adviser.keyboard.press("Shift+F9")
    await expect(adviser.locator("#poste-aide")).to_contain_text("Aide demandée depuis")
    await expect(supervisor.locator("#alertes")).to_contain_text("Demande d’aide : Élodie Ferrand.")
    await expect(row(planner, "conseillers", "adv05")).to_contain_text("Demande de l’aide")
    await expect(planner.get_by_role("button", name="Aide donnée")).to_have_count(0)
    given = supervisor.get_by_role("button", name="Aide donnée à Élodie Ferrand")
    await given.focus()
    await supervisor.keyboard.press("Enter")
    await expect(given).to_have_count(0)
    await expect(supervisor.locator("#alertes")).not_to_contain_text("aide")
    await expect(adviser.get_by_role("button", name="Demander de l’aide")).to_be_visible()
    assert told(floor)[-1][2] == "cleared"
