"""A session in the browser: how it goes on, sleeps, ends, and how its account's password is changed."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp.test_utils import TestClient

from dialer.core.access.account import AccountId
from dialer.core.access.password import faults_of
from dialer.core.access.session import Ended
from dialer.core.access.sign_in import Via
from dialer.core.words import AdviserId
from dialer.web import live, sign_in_words

from .fake_floor import MONDAY
from .signing_in import RIGHT, get, post, session, sign_in, the_session
from .test_sign_in import access, browser, floor, told

__all__ = ["access", "browser", "floor"]
pytestmark = pytest.mark.asyncio
OTHER = "lanterne girafe moulin cuivre"


# -- a session goes on, sleeps, ends ------------------------------------------------------------------


async def test_signing_out_ends_the_session_for_good_and_needs_its_code(browser, floor, access):
    await sign_in(browser, "supervisor")
    cookie = browser.session.cookie_jar.filter_cookies(browser.make_url("/"))["fv"].value
    code = re.search(r'name="csrf" value="(\w{64})"', await (await get(browser, "/")).text())[1]
    assert (await post(browser, "/deconnexion", csrf="0" * 64)).status == 403
    assert (await get(browser, "/")).status == 200
    out = await post(browser, "/deconnexion", csrf=code)
    assert (out.status, out.headers["Location"]) == (303, "/connexion?fin")
    assert "Votre session est fermée." in await (await get(browser, "/connexion?fin")).text()
    assert (await get(browser, "/", Cookie=f"fv={cookie}")).status == 303
    assert told(floor, access)[-1] == {"event": "signed_out", "by": "supervisor"}
    assert (await post(browser, "/deconnexion")).status == 303


async def test_a_session_sleeps_and_goes_on_where_it_was_when_its_own_account_signs_in_over_it(browser, floor, access):
    await sign_in(browser, "supervisor")
    before = await the_session(access, "supervisor")
    floor.at += timedelta(hours=12)
    assert (await get(browser, "/")).headers["Location"] == "/connexion?vers=/"
    async with browser.get("/api/v1/advisers") as answer:
        assert answer.status == 401
        assert "sleeps" in (await answer.json())["detail"]
    form = await (await get(browser, "/connexion?vers=/")).text()
    assert "mise en veille" in form
    assert 'value="supervisor"' in form
    assert (await sign_in(browser, "supervisor", vers="/")).status == 303
    after = await the_session(access, "supervisor")
    assert (after.sitting, after.digest == before.digest) == (before.sitting, False)
    assert told(floor, access)[-1]["again"] == 1
    assert (await get(browser, "/")).status == 200


async def test_somebody_else_who_signs_in_over_a_session_ends_it_and_begins_their_own(browser, floor, access):
    await sign_in(browser, "supervisor")
    (theirs,) = await access.sessions_of(AccountId("supervisor"))
    floor.at += timedelta(hours=12)
    await sign_in(browser, "planner")
    assert await access.sessions_of(AccountId("supervisor")) == ()
    assert (await access.session(theirs.digest)).ended is Ended.REVOKED
    assert (await the_session(access, "planner")).sitting != theirs.sitting
    assert told(floor, access)[-2:] == [
        {"event": "session_revoked", "account": "supervisor", "by": "planner", "why": "revoked"},
        {"event": "signed_in", "by": "planner", "via": "password", "known_device": 0, "again": 0},
    ]


async def test_a_page_that_is_opened_is_a_sign_of_them_and_a_stream_is_none(browser, floor, access):
    await sign_in(browser, "supervisor")
    floor.at += timedelta(hours=11)
    await get(browser, "/flux")
    await get(browser, "/static/flux.js")
    assert (await the_session(access, "supervisor")).seen_at == MONDAY
    await get(browser, "/")
    assert (await the_session(access, "supervisor")).seen_at == floor.at
    floor.at += timedelta(hours=11)
    assert (await get(browser, "/")).status == 200


async def test_nobody_is_asked_to_sign_in_in_the_middle_of_a_call(browser, floor, access):
    await sign_in(browser, "adviser")
    access.calling.add(AdviserId("adv05"))
    floor.at += timedelta(hours=23)
    assert (await get(browser, "/api/v1/advisers/adv05")).status == 200
    floor.at += timedelta(hours=12)
    assert (await get(browser, "/api/v1/advisers/adv05")).status == 200
    access.calling.clear()
    floor.at += timedelta(hours=12)
    assert (await get(browser, "/api/v1/advisers/adv05")).status == 401


async def test_an_account_that_is_given_other_duties_opens_nothing_from_that_instant(browser, floor, access):
    await sign_in(browser, "supervisor")
    floor.at += timedelta(minutes=1)
    was = await access.account(AccountId("supervisor"))
    assert await access.keep_account(replace(was, sessions_from=floor.at), was) is None
    assert (await get(browser, "/")).status == 303
    assert (await get(browser, "/flux")).status == 401


async def test_a_stream_ends_with_its_session_by_an_event_that_the_page_understands(
    browser, floor, access, monkeypatch
):
    monkeypatch.setattr(live, "SESSION_EVERY_S", 0.0)
    await sign_in(browser, "supervisor")
    async with asyncio.timeout(10), browser.get("/flux") as stream:
        told = await stream.content.readuntil(b"}\n\n")
        floor.at += timedelta(hours=12)
        floor.changes.tell()
        told += await stream.read()
    assert re.findall(rb"^event: (\w+)$", told, re.M) == [b"etat", b"connexion"]


# -- the password ---------------------------------------------------------------------------------------


async def form_code(browser: TestClient) -> str:
    return re.search(r'name="csrf" value="(\w{64})"', await (await get(browser, "/mot-de-passe")).text())[1]


async def test_a_password_that_was_given_opens_its_change_alone_and_then_everything(browser, floor, access):
    let = await sign_in(browser, "given", vers="/")
    assert let.headers["Location"] == "/mot-de-passe"
    assert (await get(browser, "/")).headers["Location"] == "/mot-de-passe?vers=/"
    assert (await get(browser, "/compte")).headers["Location"].startswith("/mot-de-passe")
    done = await post(browser, "/mot-de-passe", csrf=await form_code(browser), nouveau=OTHER, encore=OTHER)
    assert (done.status, done.headers["Location"]) == (303, "/")
    assert (await get(browser, "/")).status == 200
    assert told(floor, access)[-1] == {"event": "account_password_set", "account": "given", "by": "given",
                                       "must_change": 0}  # fmt: skip
    browser.session.cookie_jar.clear()
    assert (await sign_in(browser, "given", RIGHT)).status == 403
    assert (await sign_in(browser, "given", OTHER)).status == 303


async def test_all_that_is_wrong_with_a_new_password_is_said_at_once_and_nothing_of_it(browser, access):
    await sign_in(browser, "given")
    wrong = await post(browser, "/mot-de-passe", csrf=await form_code(browser), nouveau="given1234", encore="x")
    text = await wrong.text()
    assert wrong.status == 422
    for said in ("Il est trop court.", "en premier.", "Les deux saisies ne sont pas les mêmes."):
        assert said in text
    assert "given1234" not in text
    same = await post(browser, "/mot-de-passe", csrf=await form_code(browser), nouveau=RIGHT, encore=RIGHT)
    assert (same.status, sign_in_words.SAME in await same.text()) == (422, True)
    assert (await access.account(AccountId("given"))).must_change
    assert (await post(browser, "/mot-de-passe", csrf="", nouveau=OTHER, encore=OTHER)).status == 403


async def test_a_password_is_changed_by_who_proved_just_now_that_it_is_them_and_ends_their_other_sessions(
    browser, floor, access
):
    elsewhere = await session(access, "supervisor")
    await sign_in(browser, "supervisor")
    floor.at += timedelta(minutes=11)
    assert (await get(browser, "/mot-de-passe")).headers["Location"] == "/connexion?vers=/mot-de-passe"
    assert "votre mot de passe" in await (await get(browser, "/connexion?vers=/mot-de-passe")).text()
    assert (await sign_in(browser, "supervisor", vers="/mot-de-passe")).headers["Location"] == "/mot-de-passe"
    floor.at += timedelta(minutes=1)
    done = await post(browser, "/mot-de-passe", csrf=await form_code(browser), nouveau=OTHER, encore=OTHER)
    assert done.status == 303
    assert (await get(browser, "/")).status == 200
    browser.session.cookie_jar.clear()
    assert (await get(browser, "/", **elsewhere)).status == 303


async def test_who_signed_in_by_a_provider_has_no_password_to_change_here(browser, floor, access):
    cookie = await session(access, "supervisor")
    theirs = await the_session(access, "supervisor")
    await access.keep_session(replace(theirs, via=Via.PROVIDER))
    assert (await get(browser, "/mot-de-passe", **cookie)).status == 404
    assert "/mot-de-passe" not in await (await get(browser, "/compte", **cookie)).text()


@pytest.mark.parametrize("text", ["court", "x" * 129, "tab\there and there now", "azertyazerty12", "aaaaaaaaaaaaaa"])
async def test_there_is_french_for_every_fault_of_a_password(text):
    faults = faults_of(text, ("given",))
    assert faults
    assert len(sign_in_words.password_faults(faults)) == len(faults)


async def test_what_persons_ask_of_their_data_is_for_an_admin_who_proved_just_now_that_it_is_them(browser, floor):
    await sign_in(browser, "admin")
    assert (await get(browser, "/api/v1/cases/case-1/export")).status == 404
    floor.at += timedelta(minutes=11)
    assert (await get(browser, "/api/v1/cases/case-1/export")).status == 403
    assert (await get(browser, "/api/v1/structures")).status == 200
