"""An adviser's own shifts: today and this week on their page, any week on the page of their hours; nobody else's."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from aiohttp.test_utils import TestClient
from playwright.async_api import expect

from dialer.core import events as ev
from dialer.core.access.roles import Role
from dialer.core.words import AdviserId
from dialer.web import french
from dialer.web.desk import shifts
from dialer.web.desk.before import before
from dialer.web.french import NBSP
from schedules.shifts import Activity, Roster, Shift
from schedules.walltime import instant_of
from tests.store.fake_access import FakeAccess

from .fake_floor import FakeFloor
from .signing_in import account, everybody, get, session
from .test_browser import browser, served
from .test_rappel_browser import tab_to

__all__ = ["browser", "served"]

MONDAY = date(2026, 11, 23)
"""The floor's clock says 10 h 30 on it."""


def on(day: int, start: int, end: int, activity: Activity = Activity.PHONE, adviser: str = "adv05") -> Shift:
    """Hours in Paris."""
    at = MONDAY + timedelta(days=day)
    return Shift(adviser, instant_of(at, start * 60), instant_of(at, end * 60), activity)


PLAN = [
    on(0, 9, 10, Activity.MAIL), on(0, 10, 12), on(0, 12, 13, Activity.BREAK), on(0, 13, 17, Activity.CHAT),
    on(1, 13, 20), on(4, 9, 12, Activity.MEETING), on(-5, 8, 9, Activity.TRAINING),
    on(0, 18, 19, adviser="adv06"),
]  # fmt: skip


@pytest.fixture
def floor() -> FakeFloor:
    access = FakeAccess([*everybody(), account("other", Role.ADVISER, adviser="adv06")])
    return planned(FakeFloor(mode="production", access=access, tokens={"program": frozenset({"advisers:read"})}))


def planned(floor: FakeFloor) -> FakeFloor:
    floor.rules_ = replace(floor.rules_, shifts=Roster.of(PLAN, floor.rules_.advisers))
    floor.happen(ev.RulesChanged(floor.now(), floor.rules_))
    return floor


def text(html: str) -> str:
    """What is read, on one line; breakable spaces for the others."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


async def page_of(client: TestClient, floor: FakeFloor, name: str, query: str = "") -> tuple[int, str]:
    response = await get(client, f"/horaires{query}", Accept="text/html", **await session(floor.access, name))
    return response.status, text(await response.text())


async def region(floor: FakeFloor, adviser: str = "adv05") -> str:
    made = before(floor, AdviserId(adviser))
    return text(await shifts.fragment(floor, made, None))


@pytest.mark.asyncio
async def test_the_region_says_what_is_over_what_is_under_way_and_what_comes_and_the_sums(floor):
    said = await region(floor)
    assert "9 h – 10 h courriel (terminé) 10 h – 12 h téléphone en ce moment 12 h – 13 h pause" in said
    assert "Aujourd’hui : 7 h de travail, fin à 17 h." in said
    assert "Cette semaine : 17 h, 1 soirée" in said
    assert "mardi 24 novembre 13 h – 20 h 7 h soirée" in said
    assert "Prochain horaire" not in said, "while one is under way nothing has to be waited for"


@pytest.mark.asyncio
async def test_between_two_shifts_and_after_the_last_one_the_region_says_when_the_next_begins(floor):
    floor.at = on(0, 8, 9).starts_at
    assert "Prochain horaire : à 9 h ." in await region(floor)
    floor.at = on(0, 17, 18).starts_at
    assert "Prochain horaire : demain à 13 h ." in await region(floor)
    floor.at = on(4, 12, 13).starts_at
    assert "Aucun autre horaire n’est encore prévu." in await region(floor)
    floor.at = on(5, 12, 13).starts_at
    said = await region(floor)
    assert "Aucun horaire prévu aujourd’hui." in said
    assert "vendredi 27 novembre 9 h – 12 h 3 h" in said


@pytest.mark.asyncio
async def test_who_has_no_shifts_is_told_so_and_nothing_breaks(floor):
    said = await region(floor, "adv01")
    assert "Aucun horaire prévu aujourd’hui. Aucun autre horaire n’est encore prévu." in said
    assert "Cette semaine : 0 min Aucun horaire prévu cette semaine." in said


@pytest.mark.asyncio
async def test_the_page_shows_the_week_day_by_day_with_its_sums_and_the_way_to_others(floor, connect):
    client = await connect(floor, token=None)
    status, said = await page_of(client, floor, "adviser")
    assert status == 200
    assert "Élodie Ferrand, semaine du 23 au 29 novembre 2026" in said
    assert "Travail 17 h sans les pauses Téléphone 9 h Messagerie 4 h Courriel 1 h Réunion 3 h Soirées 1" in said
    assert "Lundi 23 novembre aujourd’hui 9 h – 17 h 9 h – 10 h courriel 10 h – 12 h téléphone" in said
    assert "Mardi 24 novembre 13 h – 20 h soirée 13 h – 20 h téléphone 7 h" in said
    assert "Mercredi 25 novembre Aucun horaire prévu" in said
    assert "Prochain jour prévu : demain à 13 h ." in said
    assert "Semaine précédente Semaine suivante" in said
    assert "Cette semaine" not in said


@pytest.mark.asyncio
async def test_another_week_is_asked_for_by_its_number_and_leads_back(floor, connect):
    client = await connect(floor, token=None)
    status, said = await page_of(client, floor, "adviser", "?semaine=2026-W47")
    assert status == 200
    assert "semaine du 16 au 22 novembre 2026" in said
    assert "Semaine précédente Cette semaine Semaine suivante" in said
    assert "Mercredi 18 novembre 8 h – 9 h 8 h – 9 h formation 1 h" in said
    assert "aujourd’hui" not in said


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "asked", ["2026-W54", "2026", "2026-W", "x-W1", "-W", "2026-W0", "1999-W01", "9999-W01", "-5-W1"]
)
async def test_a_week_that_is_none_or_too_far_is_not_there(floor, connect, asked):
    client = await connect(floor, token=None)
    assert (await page_of(client, floor, "adviser", f"?semaine={asked}"))[0] == 404


@pytest.mark.asyncio
async def test_two_years_either_way_lead_no_further(floor, connect):
    client = await connect(floor, token=None)
    first, last = (MONDAY + sign * timedelta(weeks=shifts.WEEKS_MAX) for sign in (-1, 1))
    for monday, link in ((first, "Semaine précédente"), (last, "Semaine suivante")):
        year, week, _ = monday.isocalendar()
        status, said = await page_of(client, floor, "adviser", f"?semaine={year}-W{week:02}")
        assert status == 200
        assert link not in said


@pytest.mark.asyncio
async def test_an_adviser_sees_their_own_and_nobody_elses_and_for_other_roles_the_page_is_not_there(floor, connect):
    client = await connect(floor, token=None)
    status, said = await page_of(client, floor, "other")
    assert (status, "Farid Guérin" in said, "18 h – 19 h téléphone" in said) == (200, True, True)
    assert "courriel" not in said
    assert (await page_of(client, floor, "adviser", "?conseiller=adv05"))[0] == 200
    assert (await page_of(client, floor, "adviser", "?conseiller=adv06"))[0] == 404
    assert (await page_of(client, floor, "adviser", "?conseiller=adv99"))[0] == 404
    for role in (Role.SUPERVISOR, Role.PLANNER, Role.OFFICER, Role.ADMIN):
        assert (await page_of(client, floor, role))[0] == 404


@pytest.mark.asyncio
async def test_a_program_that_reads_advisers_says_whose(floor, connect):
    client = await connect(floor, token="program")
    assert (await get(client, "/horaires?conseiller=adv06")).status == 200
    assert (await get(client, "/horaires?conseiller=adv99")).status == 404


@pytest.mark.asyncio
async def test_a_query_of_ours_holds_nothing_else(floor, connect):
    client = await connect(floor, token=None)
    for query in ("?mois=11", "?semaine=2026-W48&semaine=2026-W49"):
        assert (await page_of(client, floor, "adviser", query))[0] == 422


@pytest.mark.real
@pytest.mark.asyncio
async def test_by_keyboard_to_the_next_week_and_back_and_on_paper_without_what_is_pressed(floor, browser, served):
    context = await browser.new_context(viewport={"width": 794, "height": 1123}, color_scheme="dark")
    cookie, _, secret = (await session(floor.access, "adviser"))["Cookie"].partition("=")
    await context.add_cookies([{"name": cookie, "value": secret, "url": served}])
    page = await context.new_page()
    await page.goto(f"{served}/horaires")
    await tab_to(page, "Semaine suivante")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{served}/horaires?semaine=2026-W49")
    await tab_to(page, "Cette semaine")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("row", name="Lundi 23 novembre aujourd’hui")).to_be_visible()
    await page.emulate_media(media="print")
    await expect(page.get_by_role("link", name="Semaine suivante")).to_be_hidden()
    await expect(page.get_by_role("button", name="Se déconnecter")).to_be_hidden()
    assert await page.evaluate("getComputedStyle(document.body).color") == "rgb(23, 33, 28)", "dark ink on paper"
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await context.close()


@pytest.mark.parametrize(
    ("monday", "said"),
    [
        (date(2026, 11, 23), "du 23 au 29 novembre 2026"),
        (date(2026, 11, 30), "du 30 novembre au 6 décembre 2026"),
        (date(2026, 12, 28), "du 28 décembre 2026 au 3 janvier 2027"),
        (date(2026, 6, 1), "du 1er au 7 juin 2026"),
    ],
)
def test_a_week_reads_as_one_would_say_it(monday, said):
    assert french.week_said(monday).replace(NBSP, " ") == said


@pytest.mark.parametrize(
    ("minutes", "said"), [(0, "0 min"), (45, "45 min"), (60, "1 h"), (425, "7 h 05"), (2100, "35 h")]
)
def test_hours_of_work_read_as_they_are_counted(minutes, said):
    assert french.lasting(timedelta(minutes=minutes)).replace(NBSP, " ") == said
