"""Signing in from a page that stays where it is, over a session that sleeps; and the way back for who is locked out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from dialer.core.access.account import AccountId, Pardoned, transition
from dialer.core.access.session import csrf_code
from dialer.core.access.sign_in import SENTENCES, Why

from .signing_in import RIGHT, get, origin, session, sign_in, the_session
from .test_sign_in import access, browser, floor, told

__all__ = ["access", "browser", "floor"]
pytestmark = pytest.mark.asyncio


async def from_page(browser: TestClient, name: str, password: str = RIGHT, **headers: str) -> tuple[int, Any, Any]:
    """As a script of ours sends the form."""
    sent = {"Origin": origin(browser), "Accept": "application/json", **headers}
    form = {"identifiant": name, "mot_de_passe": password}
    async with browser.post("/connexion", data=form, headers=sent, allow_redirects=False) as answer:
        return answer.status, await answer.json(), answer.headers


# -- in the page ------------------------------------------------------------------------------------------


async def test_over_a_session_that_sleeps_the_page_goes_on_with_the_code_that_it_is_told(browser, floor, access):
    await sign_in(browser, "supervisor")
    before = await the_session(access, "supervisor")
    old = csrf_code(access.csrf_key, before)
    floor.at += timedelta(hours=12)
    status, said, _ = await from_page(browser, "supervisor")
    after = await the_session(access, "supervisor")
    assert (status, said) == (
        200, {"account": "supervisor", "again": True, "csrf": csrf_code(access.csrf_key, after), "to": "/"},
    )  # fmt: skip
    assert after.sitting == before.sitting
    assert told(floor, access)[-1]["again"] == 1
    for code, answered in ((old, 403), (said["csrf"], 200)):
        headers = {"Origin": origin(browser), "X-CSRF": code}
        async with browser.put("/api/v1/advisers/adv01/wish", json={"wish": "away"}, headers=headers) as answer:
            assert answer.status == answered


async def test_a_page_is_of_one_account_and_nobody_else_goes_on_in_it(browser, floor, access):
    await sign_in(browser, "supervisor")
    before, audit = await the_session(access, "supervisor"), told(floor, access)
    floor.at += timedelta(hours=12)
    status, said, headers = await from_page(browser, "planner")
    assert (status, said["detail"]) == (
        409,
        "Cette page est celle d’un autre compte. Pour changer de compte, rechargez-la.",
    )
    assert "Set-Cookie" not in headers
    assert await the_session(access, "supervisor") == before
    assert told(floor, access) == audit
    assert len(access.throttle) == 0


async def test_where_the_session_is_over_the_page_is_told_to_begin_anew(browser, floor, access):
    await sign_in(browser, "supervisor")
    before = await the_session(access, "supervisor")
    floor.at += timedelta(hours=37)
    status, said, _ = await from_page(browser, "supervisor")
    assert (status, said["again"], said["to"]) == (200, False, "/")
    assert before.sitting not in {each.sitting for each in await access.sessions_of(AccountId("supervisor"))
                                  if each.digest != before.digest}  # fmt: skip


async def test_what_is_refused_is_told_in_french_as_a_problem_with_how_long_to_wait(browser, floor, access):
    await session(access, "supervisor")
    status, said, headers = await from_page(browser, "supervisor", "wrong")
    assert (status, headers["Content-Type"].partition(";")[0]) == (403, "application/problem+json")
    assert said["detail"] == SENTENCES[Why.WRONG_PASSWORD].fr
    assert (await from_page(browser, "", ""))[:2][0] == 422
    for _ in range(19):
        await from_page(browser, "supervisor", "wrong")
    status, said, headers = await from_page(browser, "supervisor")
    assert (status, headers["Retry-After"]) == (429, "30")
    assert said["detail"].endswith("Réessayez dans 30\u00a0secondes.")
    assert "Set-Cookie" not in headers


async def test_a_script_of_another_page_gets_nothing_and_the_form_of_a_browser_is_answered_as_ever(browser):
    status, _, headers = await from_page(browser, "supervisor", Origin="https://evil.example")
    assert (status, "Set-Cookie" in headers) == (403, False)
    html = {"Origin": origin(browser), "Accept": "text/html,application/json;q=0.9"}
    form = {"identifiant": "supervisor", "mot_de_passe": RIGHT}
    async with browser.post("/connexion", data=form, headers=html, allow_redirects=False) as answer:
        assert answer.status == 303
    async with browser.get("/connexion?vers=/", headers={"Accept": "text/html"}) as answer:
        assert answer.status == 200


async def test_a_password_that_was_given_leads_to_its_change_from_a_page_too(browser):
    status, said, _ = await from_page(browser, "given")
    assert (status, said["to"]) == (200, "/mot-de-passe")


# -- locked out ---------------------------------------------------------------------------------------------


async def pardon(access, floor, name: str) -> None:
    """As `dialer user unlock` does, beside the service."""
    was = await access.account(AccountId(name))
    after = transition(was, Pardoned(floor.now(), AccountId("machine")))
    assert await access.keep_account(after, was) is None


async def test_who_is_pardoned_tries_again_at_once_and_what_they_fail_then_counts_anew(browser, floor, access):
    for _ in range(20):
        assert (await sign_in(browser, "supervisor", "wrong")).status == 403
    assert (await sign_in(browser, "supervisor")).status == 429
    floor.at += timedelta(seconds=1)
    await pardon(access, floor, "supervisor")
    for _ in range(20):
        assert (await sign_in(browser, "supervisor", "wrong")).status == 403
    assert (await sign_in(browser, "supervisor")).status == 429


async def test_a_pardon_is_of_one_account_and_opens_nothing_by_itself(browser, floor, access):
    for name in ("supervisor", "planner"):
        for _ in range(20):
            await sign_in(browser, name, "wrong")
    floor.at += timedelta(seconds=1)
    await pardon(access, floor, "supervisor")
    assert (await sign_in(browser, "planner")).status == 429
    assert (await sign_in(browser, "supervisor", "wrong")).status == 403
    assert (await sign_in(browser, "supervisor")).status == 303
    assert (await get(browser, "/compte")).status == 200


async def test_a_pardon_ends_no_session_and_a_disabled_account_takes_none(browser, access, floor):
    await sign_in(browser, "supervisor")
    floor.at += timedelta(seconds=1)
    await pardon(access, floor, "supervisor")
    assert (await get(browser, "/compte")).status == 200
    gone = await access.account(AccountId("gone"))
    assert transition(gone, Pardoned(floor.now(), AccountId("machine"))) == "disabled"
    assert replace(gone, disabled_at=None).pardoned_at is None
