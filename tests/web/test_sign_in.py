"""Signing in by the form: who is let in, what their browser is given, who waits, and what the audit is told."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher

from dialer.access.passwords import OVERLOADED
from dialer.core.access.account import AccountId
from dialer.core.access.roles import Role
from dialer.core.access.session import csrf_code
from dialer.core.access.throttle import Counts
from dialer.web.app import make_app
from dialer.web.outside import Outside
from dialer.web.sign_in_session import own_path
from tests.store.fake_access import FakeAccess

from .fake_floor import MONDAY, FakeFloor
from .signing_in import RIGHT, account, everybody, get, origin, session, sign_in, the_session

pytestmark = pytest.mark.asyncio
NO = "Cet identifiant et ce mot de passe n&#39;ouvrent aucun compte."
OTHER = "lanterne girafe moulin cuivre"


@pytest_asyncio.fixture
async def access() -> AsyncIterator[FakeAccess]:
    made = FakeAccess([*everybody(), account("given", Role.SUPERVISOR, given=True),
                       replace(account("gone", Role.SUPERVISOR), disabled_at=MONDAY),
                       replace(account("provided", Role.SUPERVISOR), password=None)])  # fmt: skip
    yield made
    await made.close()


@pytest.fixture
def floor(access: FakeAccess) -> FakeFloor:
    return FakeFloor(mode="production", access=access)


@pytest_asyncio.fixture
async def browser(connect, floor) -> TestClient:
    return await connect(floor, token=None)


def told(floor: FakeFloor, access: FakeAccess) -> list[dict[str, Any]]:
    """The audit, without instants."""
    wanted = {"signed_in", "sign_in_refused", "signed_out", "session_revoked", "account_password_set"}
    return [
        {"event": each.event} | dict(each.data) for each in [*floor.journal, *access.records] if each.event in wanted
    ]


# -- let in, or not -----------------------------------------------------------------------------------


async def test_a_page_leads_to_the_sign_in_which_leads_back_to_it(browser, floor):
    call = floor.call_in()
    asked = await get(browser, f"/appels/{call}?de=hier")
    assert (asked.status, asked.headers["Location"]) == (303, f"/connexion?vers=/appels/{call}%3Fde%3Dhier")
    form = await get(browser, asked.headers["Location"])
    assert form.status == 200
    assert f'name="vers" value="/appels/{call}?de=hier"' in await form.text()
    let = await sign_in(browser, "supervisor", vers=f"/appels/{call}?de=hier")
    assert (let.status, let.headers["Location"]) == (303, f"/appels/{call}?de=hier")
    page = await get(browser, f"/appels/{call}")
    assert page.status == 200
    assert "Supervisor" in await page.text()


@pytest.mark.parametrize(("role", "home"), [(Role.SUPERVISOR, "/"), (Role.PLANNER, "/"), (Role.ADVISER, "/poste"),
                                            (Role.OFFICER, "/compte"), (Role.ADMIN, "/compte")])  # fmt: skip
async def test_everybody_comes_to_a_page_that_is_theirs(browser, role, home):
    let = await sign_in(browser, role, vers="/")
    assert let.headers["Location"] == home
    assert (await get(browser, home)).status == 200


async def test_one_sentence_answers_whoever_is_not_let_in_and_the_audit_says_why(browser, floor, access):
    pages = set()
    for name, password in (("nobody.here", RIGHT), ("supervisor", "wrong"), ("gone", RIGHT), ("provided", RIGHT)):
        answer = await sign_in(browser, name, password)
        assert answer.status == 403
        shown = re.sub(r'value="[^"]*"', "", await answer.text())
        assert NO in shown
        assert "Set-Cookie" not in answer.headers
        pages.add(shown)
    assert len(pages) == 1
    no = {"event": "sign_in_refused", "known_device": 0}
    assert told(floor, access) == [
        no | {"by": None, "why": "unknown_account"}, no | {"by": "supervisor", "why": "wrong_password"},
        no | {"by": "gone", "why": "disabled"}, no | {"by": "provided", "why": "no_password"},
    ]  # fmt: skip


async def test_what_was_written_in_the_place_of_the_name_is_neither_shown_again_nor_kept(browser, floor, access):
    answer = await sign_in(browser, RIGHT, "x")
    assert RIGHT not in await answer.text()
    assert RIGHT not in str(floor.journal)
    assert "supervisor" in await (await sign_in(browser, " Supervisor ", "x")).text()


async def test_an_empty_form_is_told_so_and_counts_as_no_try(browser, access):
    for name, password in (("", RIGHT), ("supervisor", "")):
        assert (await sign_in(browser, name, password)).status == 422
    assert len(access.throttle) == 0


async def test_who_tries_too_often_is_told_for_how_long_to_wait_and_is_let_in_after_it(browser, floor, access):
    for _ in range(20):
        assert (await sign_in(browser, "supervisor", "wrong")).status == 403
    waits = await sign_in(browser, "supervisor")
    assert (waits.status, waits.headers["Retry-After"]) == (429, "30")
    assert "Réessayez dans 30\u00a0secondes." in await waits.text()
    assert told(floor, access)[-1] == {"event": "sign_in_refused", "by": "supervisor", "why": "too_often",
                                       "known_device": 0, "counter": Counts.STRANGERS}  # fmt: skip
    floor.later(31)
    assert (await sign_in(browser, "supervisor")).status == 303


async def test_a_browser_that_signed_in_before_is_not_shut_out_by_strangers(browser, floor, access):
    await sign_in(browser, "supervisor")
    pass_ = browser.session.cookie_jar.filter_cookies(browser.make_url("/"))["fv-poste"].value
    browser.session.cookie_jar.clear()
    for _ in range(20):
        await sign_in(browser, "supervisor", "wrong")
    assert (await sign_in(browser, "supervisor")).status == 429
    browser.session.cookie_jar.update_cookies({"fv-poste": pass_}, browser.make_url("/"))
    assert (await sign_in(browser, "supervisor")).status == 303
    assert told(floor, access)[-1]["known_device"] == 1


async def test_who_knows_their_password_is_never_made_to_wait_however_often_they_sign_in(browser):
    for _ in range(25):
        browser.session.cookie_jar.clear()
        assert (await sign_in(browser, "supervisor")).status == 303


async def test_a_password_is_hashed_anew_when_the_parameters_of_today_are_others(browser, access):
    was = await access.account(AccountId("supervisor"))
    older = PasswordHasher(time_cost=2, memory_cost=64, parallelism=1).hash(RIGHT)
    assert await access.keep_account(replace(was, password=older), was) is None
    assert (await sign_in(browser, "supervisor")).status == 303
    fresh = (await access.account(AccountId("supervisor"))).password
    assert ("t=2" in older, "t=1" in fresh) == (True, True)
    browser.session.cookie_jar.clear()
    assert (await sign_in(browser, "supervisor")).status == 303


async def test_when_too_many_are_verified_at_once_nobody_is_counted_and_all_are_told_to_come_again(
    browser, floor, access
):
    async def overloaded(*_: object) -> object:
        return OVERLOADED

    access.passwords.verify = overloaded
    answer = await sign_in(browser, "supervisor")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
    assert "réessayez dans un instant" in await answer.text()
    assert len(access.throttle) == 0
    assert told(floor, access)[-1]["why"] == "overloaded"


async def test_a_flood_of_forms_is_turned_away_before_it_costs_anything(browser, floor, access):
    statuses = [(await sign_in(browser, "", "")).status for _ in range(62)]
    assert statuses[:60] == [422] * 60
    assert 429 in statuses[60:]
    assert told(floor, access) == []


# -- cookies and origins ------------------------------------------------------------------------------


async def test_the_cookie_is_kept_from_scripts_and_from_other_sites_and_holds_the_secret_alone(browser, access):
    answer = await sign_in(browser, "supervisor")
    ours, device = answer.headers.getall("Set-Cookie")
    assert re.fullmatch(r"fv=[\w-]{43}; HttpOnly; Path=/; SameSite=Lax", ours)
    assert re.fullmatch(r"fv-poste=[\w.-]{103}; HttpOnly; Max-Age=15552000; Path=/; SameSite=Lax", device)
    assert ours[3:46] not in str(await access.sessions_of(AccountId("supervisor")))


async def made(floor: FakeFloor, **outside: Any) -> TestClient:
    client = TestClient(TestServer(make_app(floor, outside=Outside(**outside)), host="127.0.0.1"))
    await client.start_server()
    return client


@pytest.mark.parametrize(
    ("outside", "sent"),
    [
        ({"public_url": "https://fv.example.net"}, {}),
        ({"public_url": "https://fv.example.net", "trusted_proxies": [ip_network("127.0.0.0/8")]},
         {"X-Forwarded-For": "192.0.2.7"}),
        ({"trusted_proxies": [ip_network("127.0.0.0/8")]},
         {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}),
    ],
)  # fmt: skip
async def test_over_tls_the_cookie_is_secure_and_of_this_host_alone(floor, outside, sent):
    client = await made(floor, **outside)
    ours = {"Origin": f"https://{client.make_url('/').authority}", **sent}
    form = {"identifiant": "supervisor", "mot_de_passe": RIGHT}
    async with client.post("/connexion", data=form, headers=ours, allow_redirects=False) as answer:
        assert answer.status == 303
        cookie = answer.headers.getall("Set-Cookie")[0]
    assert re.fullmatch(r"__Host-fv=[\w-]{43}; HttpOnly; Path=/; SameSite=Lax; Secure", cookie)
    value = cookie.partition("=")[2].partition(";")[0]
    assert (await get(client, "/", Cookie=f"__Host-fv={value}", **sent)).status == 200
    assert (await get(client, "/", Cookie=f"fv={value}", **sent)).status == 303
    await client.close()


@pytest.mark.parametrize(
    ("outside", "sent", "why"),
    [
        ({}, {"X-Forwarded-For": "192.0.2.7"}, "127.0.0.1, que Fil vert ne connaît pas."),
        ({}, {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}, "trusted_proxies, dans la partie [web]"),
        ({"trusted_proxies": [ip_network("127.0.0.0/8")]}, {"X-Forwarded-For": "192.0.2.7"},
         "127.0.0.1 ne dit pas que la connexion est chiffrée."),
        ({"trusted_proxies": [ip_network("127.0.0.0/8")], "public_url": "https://fv.example.net"},
         {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "http"}, "Cette adresse n’est pas protégée"),
    ],
)  # fmt: skip
async def test_nobody_signs_in_in_the_clear_from_elsewhere_nor_through_a_proxy_that_we_do_not_know(
    floor, access, outside, sent, why
):
    client = await made(floor, **outside)
    cookie = await session(access, "supervisor")
    assert (await get(client, "/connexion", **sent)).status == 403
    form = {"identifiant": "supervisor", "mot_de_passe": RIGHT}
    ours = sent | {"Origin": origin(client)}
    async with client.post("/connexion", data=form, headers=ours, allow_redirects=False) as answer:
        assert answer.status == 403
        assert why in await answer.text()
        assert "Set-Cookie" not in answer.headers
    async with client.post("/connexion", data=form, headers=ours | {"Accept": "application/json"}) as answer:
        assert (answer.status, why in (await answer.json())["detail"]) == (403, True)
    assert access.records == []
    assert (await get(client, "/", **sent, **cookie)).status == 303
    await client.close()


@pytest.mark.parametrize("path", ["/connexion", "/deconnexion", "/mot-de-passe"])
@pytest.mark.parametrize("foreign", ["https://evil.example", "null", None])
async def test_a_form_of_another_page_does_nothing(browser, floor, access, path, foreign):
    await sign_in(browser, "supervisor")
    before, audit = await the_session(access, "supervisor"), told(floor, access)
    sent = {"csrf": csrf_code(access.csrf_key, before), "identifiant": "admin", "mot_de_passe": RIGHT,
            "nouveau": OTHER, "encore": OTHER}  # fmt: skip
    headers = {"Origin": foreign} if foreign else {}
    async with browser.post(path, data=sent, headers=headers, allow_redirects=False) as answer:
        assert answer.status == 403
    assert await the_session(access, "supervisor") == before
    assert told(floor, access) == audit


async def test_a_foreign_page_does_nothing_through_our_proxy_either(floor, access):
    client = await made(floor, trusted_proxies=[ip_network("127.0.0.0/8")], public_url="https://fv.example.net/")
    sent = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}
    form = {"identifiant": "supervisor", "mot_de_passe": RIGHT}
    for foreign, status in (
        ("https://evil.example", 403), ("http://fv.example.net", 403), ("https://fv.example.net", 303),
    ):  # fmt: skip
        headers = sent | {"Origin": foreign}
        async with client.post("/connexion", data=form, headers=headers, allow_redirects=False) as answer:
            assert answer.status == status, foreign
    await client.close()


async def test_a_stream_is_not_for_the_pages_of_others(browser):
    await sign_in(browser, "supervisor")
    assert (await get(browser, "/flux")).status == 200
    for sent in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        assert (await get(browser, "/flux", **sent)).status == 403, sent


async def test_what_a_session_changes_by_the_api_comes_with_its_code_and_reads_need_none(browser, access):
    await sign_in(browser, "supervisor")
    url, ours = "/api/v1/advisers/adv05/wish", {"Origin": origin(browser)}
    assert (await get(browser, "/api/v1/advisers")).status == 200
    code = csrf_code(access.csrf_key, await the_session(access, "supervisor"))
    for headers in (ours, ours | {"X-CSRF": "0" * 64}, {"X-CSRF": code},
                    {"X-CSRF": code, "Origin": "https://evil.example"}):  # fmt: skip
        async with browser.put(url, json={"wish": "ready"}, headers=headers) as answer:
            assert answer.status == 403, headers
    async with browser.put(url, json={"wish": "ready"}, headers=ours | {"X-CSRF": code}) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    "text",
    ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "", "/a\r\nSet-Cookie: x=1", "/é", "/" * 501],
)
async def test_the_sign_in_leads_to_no_address_but_our_own(browser, text):
    assert own_path(text) is None
    assert (await sign_in(browser, "supervisor", vers=text)).headers["Location"] == "/"


# -- a demonstration, and none at all -------------------------------------------------------------------


async def test_a_demonstration_needs_no_sign_in_and_one_may_sign_in_there(connect, access):
    client = await connect(FakeFloor(mode="demo", access=access), token=None)
    assert (await get(client, "/")).status == 200
    await sign_in(client, "adviser")
    assert (await get(client, "/")).headers["Location"] == "/poste"
    assert (await get(client, "/compte")).status == 200
    client.session.cookie_jar.clear()
    assert (await get(client, "/")).status == 200


async def test_nobody_signs_in_to_a_demonstration_from_elsewhere(access):
    client = await made(FakeFloor(mode="demo", access=access), trusted_proxies=[ip_network("127.0.0.0/8")])
    cookie = await session(access, "supervisor")
    sent = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}
    assert (await get(client, "/connexion", **sent)).status == 403
    host = cookie["Cookie"].replace("fv=", "__Host-fv=")
    assert (await get(client, "/", **sent, Cookie=host)).status == 303
    await client.close()


async def test_where_there_are_no_accounts_there_is_no_sign_in(connect):
    client = await connect(FakeFloor(mode="production"), token=None)
    assert (await get(client, "/connexion")).status == 404
    assert (await get(client, "/")).status == 401


async def test_what_the_sign_in_looks_like_is_open_and_nothing_else_is(browser):
    for name in ("fil-vert.css", "fil-vert.svg", "rappel.css"):
        assert (await get(browser, f"/connexion/static/{name}")).status == 200
    assert (await get(browser, "/connexion/static/flux.js")).status == 404
