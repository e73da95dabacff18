"""The adviser's page: whose it is, what stands on it in each state, and what can be pressed there."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from types import MappingProxyType

import pytest
import pytest_asyncio
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient
from structlog.testing import capture_logs

from dialer.core import adviser as core
from dialer.core import events as ev
from dialer.core.access.roles import Role
from dialer.core.calls.told import GuestDismissed
from dialer.core.views import AdviserView
from dialer.core.words import AdviserId, Wish
from dialer.web.desk import page as desk
from dialer.web.desk.page import KEYS, REGIONS
from dialer.web.desk.state import standing
from dialer.web.keys import TABLE
from dialer.web.render import HERE
from tests.store.fake_access import FakeAccess

from .conftest import Connect
from .desk_talks import DANGER, ME, answers, asked, regions, words
from .fake_floor import FakeFloor, make_rules
from .signing_in import account, everybody, get, session, sign_in

pytestmark = pytest.mark.asyncio
NUMBER = "+33199000001"


@pytest_asyncio.fixture
async def access() -> AsyncIterator[FakeAccess]:
    both = account("both", Role.ADVISER, Role.SUPERVISOR, adviser="adv06")
    made = FakeAccess([*everybody(), both, account("gone", Role.ADVISER, adviser="adv99")])
    yield made
    await made.close()


@pytest.fixture
def floor(access: FakeAccess) -> FakeFloor:
    return FakeFloor(mode="production", access=access, rules_=replace(make_rules(), danger=DANGER))


@pytest_asyncio.fixture
async def browser(floor: FakeFloor, connect: Connect) -> TestClient:
    return await connect(floor, token=None)


async def page_of(browser: TestClient, access: FakeAccess, name: str = "adviser") -> str:
    answer = await get(browser, "/poste", **await session(access, name))
    assert answer.status == 200
    return await answer.text()


# -- whose it is --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "lands"),
    [
        ("adviser", "/poste"), ("both", "/poste"), ("supervisor", "/"), ("planner", "/"), ("officer", "/compte"),
        ("admin", "/compte"),
    ],
)  # fmt: skip
async def test_whoever_signs_in_lands_where_they_belong_and_the_first_page_of_all_leads_there(browser, name, lands):
    answer = await sign_in(browser, name)
    assert answer.headers["Location"] == lands
    first = await get(browser, "/")
    if name in ("both", "supervisor", "planner"):
        assert first.status == 200
    else:
        assert (first.status, first.headers["Location"]) == (303, lands)


@pytest.mark.parametrize("name", ["supervisor", "planner", "officer", "admin"])
async def test_for_everybody_else_the_page_and_its_stream_are_not_there(browser, access, name):
    for path in ("/poste", "/flux/poste"):
        assert (await get(browser, path, **await session(access, name))).status == 404


async def test_who_is_not_signed_in_is_led_there_first_and_then_to_the_page(browser):
    answer = await get(browser, "/poste")
    assert (answer.status, answer.headers["Location"]) == (303, "/connexion?vers=/poste")
    answer = await sign_in(browser, "adviser", vers="/poste")
    assert answer.headers["Location"] == "/poste"


async def test_a_program_and_a_demonstration_without_a_sign_in_are_nobodys_desk(connect, access):
    floor = FakeFloor(mode="demo", access=access)
    client = await connect(floor, token=None)
    assert (await get(client, "/poste")).headers["Location"] == "/connexion?vers=/poste"
    assert (await get(client, "/flux/poste")).status == 404
    assert (await get(await connect(FakeFloor(mode="demo"), token=None), "/poste")).status == 404


async def test_an_account_whose_adviser_is_gone_from_the_configuration_has_no_desk(browser, access):
    assert (await get(browser, "/poste", **await session(access, "gone"))).status == 404


async def test_this_page_alone_may_ask_for_the_microphone(browser, access):
    theirs = await session(access, "both")
    for path, allowed in (("/poste", "(self)"), ("/", "()"), ("/compte", "()"), ("/horaires", "()")):
        answer = await get(browser, path, **theirs)
        assert (answer.status, path) == (200, path)
        assert f"microphone={allowed}" in answer.headers["Permissions-Policy"]
        assert "script-src 'self'; style-src 'self'" in answer.headers["Content-Security-Policy"]


async def test_two_advisers_see_each_their_own_call_and_nothing_of_the_others(browser, access, floor):
    floor.ready_advisers("adv05")
    floor.pick_up(floor.queue_up("dropout"))
    mine, theirs = await page_of(browser, access), await page_of(browser, access, "both")
    assert "01 99 00 00 01" in words(mine).replace("\u00a0", " ")
    assert "99 00 00 01" not in words(theirs).replace("\u00a0", " ")
    assert 'data-call="c0001"' in mine
    assert "c0001" not in theirs


# -- the stream ---------------------------------------------------------------------------------------------------


async def heard(stream: ClientResponse) -> AsyncIterator[tuple[str, dict[str, str]]]:
    kind = ""
    async for line in stream.content:
        text = line.decode().strip()
        if text.startswith("event:"):
            kind = text.removeprefix("event: ")
        elif text.startswith("data:"):
            yield kind, json.loads(text.removeprefix("data: "))["fragments"]


async def test_the_stream_begins_with_every_region_and_then_sends_what_changed(browser, access, floor, monkeypatch):
    monkeypatch.setattr(desk, "RENDER_EVERY_MIN_S", 0.0)
    headers = {**await session(access, "adviser"), "Sec-Fetch-Site": "same-origin"}
    async with asyncio.timeout(10), browser.get("/flux/poste", headers=headers) as stream:
        events = heard(stream)
        kind, fragments = await anext(events)
        assert (kind, set(fragments)) == ("etat", {*REGIONS, "bandeau", "alertes"})
        floor.ready_advisers("adv05")
        call = floor.queue_up("dropout")
        seen: dict[str, str] = {}
        async for _, fragments in events:
            seen |= fragments
            if f'data-call="{call}"' in seen.get("poste-appel", ""):
                break
        assert "On vous appelle" in seen["poste-etat"]
        assert "poste-danger" not in seen


async def test_an_adviser_whose_page_is_open_is_told_as_one_and_no_more_once_it_is_closed(browser, access, floor):
    headers = {**await session(access, "adviser"), "Sec-Fetch-Site": "same-origin"}

    async def shown() -> bool:
        return (await (await browser.get("/api/v1/advisers/adv05", headers=headers)).json())["page_open"]

    assert not await shown()
    async with asyncio.timeout(10):
        async with browser.get("/flux/poste", headers=headers) as stream:
            await anext(heard(stream))
            assert await shown()
        floor.ready_advisers("adv05")  # what is sent to it tells that it is gone
        while await shown():  # noqa: ASYNC110 - there is nothing to be told by
            await asyncio.sleep(0.01)


async def test_what_others_do_waits_a_moment_and_what_is_theirs_does_not(browser, access, floor, monkeypatch):
    """At a peak a queue grows all the time, and every open page would be drawn anew each time."""
    monkeypatch.setattr(desk, "RENDER_EVERY_MIN_S", 0.0)
    monkeypatch.setattr(desk, "OTHERS_EVERY_S", 3600.0)
    monkeypatch.setattr(desk, "BEAT_S", 3600.0)
    headers = {**await session(access, "adviser"), "Sec-Fetch-Site": "same-origin"}
    async with asyncio.timeout(10), browser.get("/flux/poste", headers=headers) as stream:
        events = heard(stream)
        await anext(events)
        floor.queue_up("dropout")
        for _ in range(50):  # the stream has seen it by then
            await asyncio.sleep(0)
        floor.ready_advisers("adv05")
        _, fragments = await anext(events)
        assert "On vous appelle" in fragments["poste-etat"]


async def test_an_idle_page_hears_from_the_service_well_before_it_calls_itself_stale(browser, access, monkeypatch):
    assert desk.BEAT_S * 2 < desk.SILENCE_MS / 1000 <= 5.0
    monkeypatch.setattr(desk, "BEAT_S", 0.01)
    monkeypatch.setattr(desk, "RENDER_EVERY_MIN_S", 0.0)
    headers = {**await session(access, "adviser"), "Sec-Fetch-Site": "same-origin"}
    async with asyncio.timeout(10), browser.get("/flux/poste", headers=headers) as stream:
        events = heard(stream)
        kinds = [(await anext(events))[0] for _ in range(3)]
        assert kinds == ["etat", "pouls", "pouls"]


async def test_a_region_that_fails_says_so_in_its_place_and_the_telephone_stays(browser, access, floor, monkeypatch):
    async def fails(*_: object) -> str:
        raise RuntimeError(f"the caller {NUMBER} is in this message")

    monkeypatch.setattr(desk, "REGIONS", MappingProxyType({**REGIONS, "poste-personne": fails}))
    floor.ready_advisers("adv05")
    floor.pick_up(floor.queue_up("dropout"))
    with capture_logs() as logs:
        text = await page_of(browser, access)
    assert text.count("data-panne") == 1
    assert "Cette partie de la page n’a pas pu être préparée." in text
    assert "/hang-up" in text
    assert [(entry["region"], entry["error"]) for entry in logs] == [("poste-personne", "RuntimeError")]
    assert NUMBER not in str(logs)


# -- one's own state ----------------------------------------------------------------------------------------------


def view(floor: FakeFloor, **changed: object) -> AdviserView:
    found = floor.adviser(ME)
    assert found is not None
    return replace(found, **{"activity": "phone", **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "title", "help_says", "trouble"),
    [
        ({"state": "free", "wish": "ready"}, "Disponible", "prochain appel", False),
        ({"state": "free", "wish": "ready", "activity": "training"}, "Hors de vos heures au téléphone", "formation",
         False),
        ({"state": "free", "wish": "paused"}, "En pause", "Appuyez sur Prêt", False),
        ({"state": "free", "wish": "paused", "wish_by": "system", "reason": f"2 {core.MISSED_REASON}"},
         "Mis en pause par le système", "volume de la sonnerie", True),
        ({"state": "free", "wish": "paused", "wish_by": "system", "reason": core.WRAP_UP_REASON},
         "Mis en pause par le système", "Terminez la fiche", True),
        ({"state": "free", "wish": "away"}, "Absence", "Appuyez sur Prêt", False),
        ({"state": "unreachable", "wish": "ready"}, "Sans téléphone", "activez le téléphone", True),
        ({"state": "unreachable", "wish": "paused"}, "Sans téléphone", "activez le téléphone", True),
        ({"state": "unreachable", "wish": "away"}, "Absence", "Appuyez sur Prêt", False),
        ({"state": "ringing", "wish": "ready"}, "On vous appelle", "Répondez", False),
        ({"state": "talking", "wish": "ready"}, "En ligne", "vous serez disponible", False),
        ({"state": "talking", "wish": "paused"}, "En ligne", "vous serez en pause", False),
        ({"state": "wrapping_up", "wish": "away", "call": "c-1"}, "Fiche à remplir", "vous serez absent", False),
        ({"state": "wrapping_up", "wish": "ready", "call": None}, "Rappel terminé", "appuyez sur Prêt", False),
    ],
)  # fmt: skip
async def test_each_state_says_what_it_is_and_what_helps_or_comes_next(floor, changed, title, help_says, trouble):
    told = standing(view(floor, **changed), None, linked=True)
    assert (told.title, told.trouble) == (title, trouble)
    assert help_says in told.help


async def test_a_lost_telephony_is_said_before_anything_else(floor):
    told = standing(view(floor, state="free", wish="ready"), None, linked=False)
    assert (told.title, told.trouble) == ("Service interrompu", True)


async def test_what_somebody_asked_for_is_the_button_that_is_pressed(floor):
    for wish, name in ((Wish.READY, "Prêt"), (Wish.PAUSED, "Pause"), (Wish.AWAY, "Absent")):
        floor.happen(ev.WishSet(floor.now(), ME, wish))
        text = (await regions(floor))["poste-etat"]
        assert re.findall(r'aria-pressed="true".*?>(\w+) <kbd>', text) == [name]


async def test_who_paused_me_and_why_is_on_the_page_as_it_was_written(browser, access, floor):
    floor.happen(ev.WishSet(floor.now(), ME, Wish.PAUSED, reason="Café <b>& thé</b>"))
    text = await page_of(browser, access)
    assert "Motif : Café &lt;b&gt;&amp; thé&lt;/b&gt;" in text


async def test_whoever_has_no_call_sees_who_waits_in_their_own_queues(browser, access, floor):
    floor.ready_advisers("adv06")
    for _ in range(3):
        floor.queue_up("dropout")
    assert "Reviens te former 2 en attente, 0 s" in words(await page_of(browser, access)).replace("\u00a0", " ")


# -- what is told of a call, and what can be pressed --------------------------------------------------------------


async def test_while_it_rings_the_page_tells_line_and_wait_and_never_who_calls(browser, access, floor):
    floor.ready_advisers("adv05")
    call = floor.queue_up("dropout")
    floor.later(7)
    text = await page_of(browser, access)
    assert f'data-call="{call}"' in text
    assert 'data-announce="Appel : Reviens te former. F2 pour répondre." data-loud' in text
    assert "Appelle depuis 7 s" in words(text).replace("\u00a0", " ")
    assert "99 00" not in words(text).replace("\u00a0", " ")
    assert NUMBER not in text


def sends(text: str) -> Iterator[tuple[str, str]]:
    for found in re.finditer(r'data-send="(GET|PUT|POST) ([^"]+)"', text):
        yield found[1], found[2]


async def in_every_state(browser: TestClient, access: FakeAccess, floor: FakeFloor) -> AsyncIterator[tuple[str, str]]:
    """The page in each state that an adviser can be in, with its name."""
    yield "away", await page_of(browser, access)
    floor.ready_advisers("adv05")
    floor.happen(ev.PhoneRegistered(floor.now(), AdviserId("adv06")))
    floor.happen(ev.WishSet(floor.now(), AdviserId("adv06"), Wish.PAUSED))
    yield "free", await page_of(browser, access)
    call = floor.queue_up("dropout")
    yield "ringing", await page_of(browser, access)
    floor.pick_up(call)
    yield "talking", await page_of(browser, access)
    asked(floor, call)
    yield "a guest rings", await page_of(browser, access)
    answers(floor, call)
    yield "a guest aside", await page_of(browser, access)
    floor.happen(GuestDismissed(floor.now(), call, ME))
    floor.leave(call)
    yield "wrapping_up", await page_of(browser, access)


async def test_every_button_sends_to_a_route_that_there_is(browser, access, floor):
    table = browser.app[TABLE]
    known = [(method, re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path) + "$")) for method, path in table]
    seen = set()
    async for state, text in in_every_state(browser, access, floor):
        for method, path in sends(text):
            seen.add(path.rpartition("/")[2])
            assert any(method == asked and where.match(path) for asked, where in known), (state, method, path)
    assert {"wish", "hold", "guest", "hang-up", "join", "hand-over", "dismiss", "danger"} <= seen


async def test_no_key_presses_two_things_and_every_key_is_in_the_list_of_keys(browser, access, floor):
    listed = {key.replace("Maj", "Shift") for key, _ in KEYS}
    async for state, text in in_every_state(browser, access, floor):
        keys = re.findall(r'<(?:button|a|summary)[^>]* data-key="([^"]+)"', text)
        assert len(keys) == len(set(keys)), (state, keys)
        assert set(keys) <= listed, state
    written = "".join(path.read_text() for path in (HERE / "templates").glob("_poste_*.html"))
    told = set(re.findall(r'"((?:Shift\+)?F\d+)"', written)) | {"Shift+F3", "Shift+F4", "Shift+F7", "Shift+F1"}
    assert told <= listed
    assert listed - told == {"Échap"}


async def test_every_key_of_the_page_is_a_function_key_so_that_none_takes_a_letter():
    assert all(re.fullmatch(r"(Maj\+)?F\d+", key) for key, _ in KEYS if key != "Échap")


async def test_every_region_of_the_page_has_its_place_in_it(browser, access):
    text = await page_of(browser, access)
    for name in REGIONS:
        assert text.count(f'id="{name}"') == 1, name
