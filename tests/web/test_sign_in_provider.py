"""Signing in by a provider of identities: the whole way there and back, and whoever or whatever misbehaves on it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer, unused_port
from pydantic import SecretStr

from dialer.access.oidc import Begun, Client, RelyingParty
from dialer.core.access.account import AccountId, Subject
from dialer.core.access.session import Ended
from dialer.core.access.sign_in import Via
from dialer.web.app import make_app
from dialer.web.sign_in_begun import seal, unseal
from dialer.web.sign_in_provider import provide
from tests.access.provider import CLIENT, SECRET, SUB, Provider
from tests.store.fake_access import FakeAccess

from .fake_floor import MONDAY, FakeFloor
from .signing_in import get, post, sign_in, the_session
from .test_sign_in import access, floor, told

__all__ = ["access", "floor"]
pytestmark = pytest.mark.asyncio
BUTTON = "S’identifier avec ProConnect"
FROM_OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest_asyncio.fixture
async def provider(access: FakeAccess) -> AsyncIterator[Provider]:
    made = Provider()
    await made.start()
    for name, sub in (("supervisor", SUB), ("planner", "another"), ("gone", "of-gone")):
        was = await access.account(AccountId(name))
        assert was is not None
        await access.keep_account(replace(was, subject=Subject(made.issuer, sub)), was)
    yield made
    await made.close()


@asynccontextmanager
async def served(floor: FakeFloor, provider: Provider, claim: str = "sub") -> AsyncIterator[TestClient]:
    app, port = make_app(floor), unused_port()
    provider.callback = f"http://127.0.0.1:{port}/connexion/retour"
    provider.goodbye = f"http://127.0.0.1:{port}/connexion/fin"
    ours = Client(provider.issuer, CLIENT, SecretStr(SECRET), provider.callback, provider.goodbye, timeout_s=0.5)
    provide(app, RelyingParty(replace(ours, claim=claim), lambda: provider.at))
    client = TestClient(TestServer(app, host="127.0.0.1", port=port))
    await client.start_server()
    try:
        yield client
    finally:
        await client.close()


@pytest_asyncio.fixture
async def browser(floor: FakeFloor, provider: Provider) -> AsyncIterator[TestClient]:
    async with served(floor, provider) as client:
        yield client


async def begin(browser: TestClient, vers: str = "") -> str:
    """Where they are sent."""
    asked = await get(browser, f"/connexion/fournisseur{'?vers=' if vers else ''}{vers}", **FROM_OURS)
    assert asked.status == 303, await asked.text()
    return asked.headers["Location"]


async def come_back(browser: TestClient, query: dict[str, str]) -> Any:
    async with browser.get("/connexion/retour", params=query, allow_redirects=False) as answer:
        await answer.read()
        return answer


async def go(browser: TestClient, provider: Provider, vers: str = "", **instead: str) -> Any:
    return await come_back(browser, provider.sign_in(await begin(browser, vers)) | instead)


def cookie(browser: TestClient, name: str, path: str = "/") -> str | None:
    found = browser.session.cookie_jar.filter_cookies(browser.make_url(path)).get(name)
    return found.value if found is not None else None


# -- there and back -------------------------------------------------------------------------------------


async def test_the_button_leads_there_and_back_to_the_page_that_was_asked_for_and_the_audit_knows(
    browser, provider, floor, access
):
    call = floor.call_in()
    form = await (await get(browser, f"/connexion?vers=/appels/{call}")).text()
    assert BUTTON in form
    (there,) = re.findall(r'id="fournisseur" href="([^"]+)"', form)
    assert there == f"/connexion/fournisseur?vers=/appels/{call}"
    let = await go(browser, provider, f"/appels/{call}")
    assert (let.status, let.headers["Location"]) == (303, f"/appels/{call}")
    assert (await get(browser, f"/appels/{call}")).status == 200
    assert (await the_session(access, "supervisor")).via is Via.PROVIDER
    assert told(floor, access) == [
        {"event": "signed_in", "by": "supervisor", "via": "provider", "known_device": 0, "again": 0}
    ]


async def test_what_was_begun_lies_with_the_browser_for_ten_minutes_out_of_reach_of_scripts_and_is_used_up(
    browser, provider
):
    async with browser.get("/connexion/fournisseur", headers=FROM_OURS, allow_redirects=False) as asked:
        assert re.fullmatch(
            r"fv-aller=[\w.-]+; HttpOnly; Max-Age=600; Path=/; SameSite=Lax", asked.headers["Set-Cookie"]
        )
        query = provider.sign_in(asked.headers["Location"])
    let = await come_back(browser, query)
    assert let.status == 303
    assert cookie(browser, "fv-aller") is None
    assert cookie(browser, "fv-sortie") is None
    assert cookie(browser, "fv-sortie", "/deconnexion") is not None


async def test_by_another_claim_it_is_that_one_which_finds_the_account_and_is_shown(floor, provider, access):
    was = await access.account(AccountId("admin"))
    await access.keep_account(replace(was, subject=Subject(provider.issuer, "u-17")), was)
    async with served(floor, provider, claim="uid") as browser:
        provider.wrong.userinfo = {"uid": "u-17"}
        assert (await go(browser, provider)).headers["Location"] == "/compte"
        assert (await the_session(access, "admin")).via is Via.PROVIDER
        browser.session.cookie_jar.clear()
        provider.wrong.userinfo = {"uid": "u-18"}
        refused = await go(browser, provider)
        assert (refused.status, "<strong>u-18</strong>" in await refused.text()) == (403, True)


async def test_where_no_operator_speaks_of_a_provider_there_is_none(connect, floor):
    client = await connect(floor, token=None)
    assert "ProConnect" not in await (await get(client, "/connexion")).text()
    for path in ("/connexion/fournisseur", "/connexion/retour?code=x&state=y"):
        assert (await get(client, path, **FROM_OURS)).status == 404


async def test_a_link_on_another_page_begins_nothing(browser):
    asked = await get(browser, "/connexion/fournisseur", **{"Sec-Fetch-Site": "cross-site"})
    assert (asked.status, asked.headers["Location"]) == (303, "/connexion")
    assert "Set-Cookie" not in asked.headers


@pytest.mark.parametrize("vers", ["https://evil.example/", "//evil.example/", "/connexion"])
async def test_nobody_is_led_from_there_to_somewhere_else(browser, provider, vers):
    assert (await go(browser, provider, vers)).headers["Location"] == "/"


async def test_nobody_comes_back_through_a_proxy_that_we_do_not_know(browser, provider):
    query = provider.sign_in(await begin(browser))
    async with browser.get("/connexion/retour", params=query, headers={"X-Forwarded-For": "192.0.2.7"}) as answer:
        assert answer.status == 403
        assert "que Fil vert ne connaît pas" in await answer.text()
    assert provider.asked["/token"] == 0


# -- whoever or whatever misbehaves ---------------------------------------------------------------------


OTHER_WAY = "Cette connexion n&#39;a pas commencé dans ce navigateur"
DOUBTFUL = "La réponse du fournisseur d&#39;identité n&#39;est pas fiable"
AWAY = "Le fournisseur d&#39;identité ne répond pas"
CLAIMS: dict[str, tuple[dict[str, Any], str]] = {
    "nonce": ({"nonce": "n" * 43}, "wrong_nonce"),
    "audience": ({"aud": "another"}, "wrong_audience"),
    "issuer": ({"iss": "https://elsewhere.example.net"}, "wrong_issuer"),
    "expired": ({"exp": 1}, "expired"),
    "nobody": ({"sub": None}, "incomplete"),
}


async def is_refused(browser: TestClient, answer: Any, status: int, sentence: str) -> str:
    """They are told why, in French, nobody is signed in, and the password is still a way."""
    text = await answer.text()
    assert (answer.status, sentence in text) == (status, True), text
    assert 'name="mot_de_passe"' in text
    assert BUTTON in text
    assert cookie(browser, "fv") is None
    assert cookie(browser, "fv-aller") is None
    assert (await sign_in(browser, "supervisor")).status == 303
    return text


@pytest.mark.parametrize("lie", CLAIMS)
async def test_what_the_provider_says_wrongly_signs_nobody_in(browser, provider, floor, access, lie):
    provider.wrong.claims, why = CLAIMS[lie]
    await is_refused(browser, await go(browser, provider), 403, DOUBTFUL)
    assert told(floor, access)[0] == {"event": "sign_in_refused", "by": None, "why": f"provider_{why}"}


async def test_a_forged_signature_signs_nobody_in(browser, provider):
    provider.wrong.forged = True
    await is_refused(browser, await go(browser, provider), 403, DOUBTFUL)


async def test_another_state_signs_nobody_in_and_the_provider_is_not_asked(browser, provider, floor, access):
    await is_refused(browser, await go(browser, provider, state="s" * 43), 403, OTHER_WAY)
    assert provider.asked["/token"] == 0
    assert told(floor, access)[0]["why"] == "provider_wrong_state"


async def test_who_began_in_another_browser_is_not_signed_in_here(browser, provider):
    query = provider.sign_in(await begin(browser))
    browser.session.cookie_jar.clear()
    await is_refused(browser, await come_back(browser, query), 403, OTHER_WAY)


async def test_what_this_browser_made_up_or_changed_was_never_begun(browser, provider, access):
    query = provider.sign_in(await begin(browser))
    kept = cookie(browser, "fv-aller")
    for made_up in (f"{kept[:-1]}{'0' if kept[-1] != '0' else '1'}", f"9{kept}", "x", kept.replace(".0.", ".1.")):
        browser.session.cookie_jar.update_cookies({"fv-aller": made_up}, browser.make_url("/"))
        assert (await come_back(browser, query)).status == 403
    assert provider.asked["/token"] == 0


async def test_a_code_serves_once_whoever_keeps_the_cookie(browser, provider):
    query = provider.sign_in(await begin(browser))
    kept = cookie(browser, "fv-aller")
    assert (await come_back(browser, query)).status == 303
    browser.session.cookie_jar.clear()
    browser.session.cookie_jar.update_cookies({"fv-aller": kept}, browser.make_url("/"))
    await is_refused(browser, await come_back(browser, query), 403, "a refusé la connexion")


async def test_who_comes_back_after_ten_minutes_begins_again(browser, provider):
    query = provider.sign_in(await begin(browser))
    provider.at += timedelta(minutes=10)
    await is_refused(browser, await come_back(browser, query), 403, OTHER_WAY)


async def test_who_gave_up_there_is_told_so_and_no_audit_is_made_of_it(browser, provider, floor, access):
    provider.sign_in(url := await begin(browser))
    (state,) = re.findall(r"[?&]state=([\w-]+)", url)
    answer = await come_back(browser, {"error": "access_denied", "state": state})
    assert (answer.status, "Vous avez interrompu la connexion." in await answer.text()) == (200, True)
    assert told(floor, access) == []


async def test_a_provider_that_is_down_is_told_so_and_the_password_is_still_a_way(browser, provider, floor, access):
    await provider.close()
    answer = await get(browser, "/connexion/fournisseur", **FROM_OURS)
    await is_refused(browser, answer, 503, AWAY)
    assert told(floor, access)[0]["why"] == "provider_unreachable"


@pytest.mark.parametrize("path", ["/token", "/jwks", "/userinfo"])
async def test_a_provider_that_falls_ill_or_silent_on_the_way_holds_nobody_up(browser, provider, path):
    query = provider.sign_in(await begin(browser))
    provider.wrong.status = {path: 500}
    await is_refused(browser, await come_back(browser, query), 503, AWAY)
    browser.session.cookie_jar.clear()
    provider.wrong.status, provider.wrong.slow = {}, {path}
    provider.at += timedelta(seconds=6)
    await is_refused(browser, await go(browser, provider), 503, AWAY)


async def test_who_is_linked_to_no_account_is_shown_what_an_administrator_needs_and_nobody_else_learns_it(
    browser, provider, floor, access
):
    provider.person = "somebody-else"
    text = await is_refused(browser, await go(browser, provider), 403, "Aucun compte n&#39;est relié à cette identité")
    assert "<strong>somebody-else</strong>" in text
    refused = told(floor, access)[0]
    assert refused == {"event": "sign_in_refused", "by": None, "why": "not_linked", "known_device": 0}
    assert "somebody-else" not in str([*floor.journal, *access.records])


async def test_a_disabled_account_is_not_told_from_one_that_is_not_there(browser, provider, floor, access):
    provider.person = "of-gone"
    await is_refused(browser, await go(browser, provider), 403, "Aucun compte n&#39;est relié à cette identité")
    assert told(floor, access)[0] | {"known_device": 0} == {
        "event": "sign_in_refused", "by": "gone", "why": "disabled", "known_device": 0,
    }  # fmt: skip


async def test_a_flood_of_returns_costs_neither_the_provider_nor_the_audit(browser, provider, floor):
    async def one() -> int:
        return (await get(browser, "/connexion/retour?code=x&state=y")).status

    answers = [await one() for _ in range(70)]
    assert answers.count(429) >= 5
    assert len([each for each in floor.journal if each.event == "sign_in_refused"]) == answers.count(403)
    assert provider.asked["/token"] == 0


# -- over a session ---------------------------------------------------------------------------------------


async def test_a_session_that_sleeps_goes_on_when_they_prove_anew_there_who_they_are(browser, provider, floor, access):
    await go(browser, provider)
    before = await the_session(access, "supervisor")
    floor.at += timedelta(hours=12)
    assert (await get(browser, "/")).status == 303
    url = await begin(browser, "/")
    assert "prompt=login" in url
    provider.wrong.claims = {"auth_time": int((provider.at - timedelta(hours=12)).timestamp())}
    refused = await come_back(browser, provider.sign_in(url))
    assert (refused.status, "ne vous a pas redemandé qui vous êtes" in await refused.text()) == (403, True)
    provider.wrong.claims = {"auth_time": int(provider.at.timestamp())}
    assert (await go(browser, provider)).status == 303
    assert (await the_session(access, "supervisor")).sitting == before.sitting
    assert (await get(browser, "/")).status == 200


async def test_somebody_else_who_comes_back_over_a_session_ends_it(browser, provider, access):
    await go(browser, provider)
    theirs = await the_session(access, "supervisor")
    provider.person = "another"
    assert (await go(browser, provider)).status == 303
    assert (await access.session(theirs.digest)).ended is Ended.REVOKED
    assert (await the_session(access, "planner")).sitting != theirs.sitting


# -- out again --------------------------------------------------------------------------------------------


async def code_of(browser: TestClient) -> str:
    return re.search(r'name="csrf" value="(\w{64})"', await (await get(browser, "/compte")).text())[1]


async def test_who_signs_out_here_is_signed_out_there_too_and_comes_back(browser, provider, access):
    await go(browser, provider)
    out = await post(browser, "/deconnexion", csrf=await code_of(browser))
    assert out.status == 200
    assert await access.sessions_of(AccountId("supervisor")) == ()
    (url,) = re.findall(r'id="sortir" href="([^"]+)"', await out.text())
    async with browser.session.get(url.replace("&amp;", "&")) as back:
        assert "Votre session est fermée." in await back.text()
        assert str(back.url).endswith("/connexion?fin")
    assert len(provider.signed_out) == 1
    assert cookie(browser, "fv-sortie", "/deconnexion") is None


async def test_who_came_by_a_password_or_finds_the_provider_down_is_signed_out_here(browser, provider, access):
    await sign_in(browser, "supervisor")
    out = await post(browser, "/deconnexion", csrf=await code_of(browser))
    assert (out.status, out.headers["Location"]) == (303, "/connexion?fin")
    await go(browser, provider)
    await sign_in(browser, "supervisor")
    assert cookie(browser, "fv-sortie", "/deconnexion") is not None, "it was not by it that they proved who they are"
    out = await post(browser, "/deconnexion", csrf=await code_of(browser))
    assert (out.status, out.headers["Location"]) == (303, "/connexion?fin")
    await go(browser, provider)
    await provider.close()
    provider.at += timedelta(hours=2)
    out = await post(browser, "/deconnexion", csrf=await code_of(browser))
    assert (out.status, out.headers["Location"]) == (303, "/connexion?fin")
    assert await access.sessions_of(AccountId("supervisor")) == ()


# -- what is sealed ---------------------------------------------------------------------------------------


async def test_what_is_sealed_comes_out_as_it_went_in_and_for_no_other_key():
    begun = Begun(MONDAY, "s" * 43, "n-" * 20, "v_" * 20, "", again=True)
    for vers in ("", "/", "/appels/c0001?de=hier", "/" + "x" * 499):
        text = seal(b"k" * 32, begun, vers)
        assert unseal(b"k" * 32, text) == (begun, vers)
        assert unseal(b"j" * 32, text) is None
        assert unseal(b"k" * 32, text + "0") is None
    assert "nonce" not in repr(begun)
