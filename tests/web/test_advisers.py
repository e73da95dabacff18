"""Advisers through the API: who they are, and what they ask for."""

from __future__ import annotations

import asyncio

import pytest

from dialer.web import commit

from .fake_floor import FakeFloor, make_rules

pytestmark = pytest.mark.asyncio

WISH = "/api/v1/advisers/adv01/wish"


async def test_an_adviser_is_shown_with_every_promised_field(client, floor):
    floor.ready_advisers("adv01")
    shown = await (await client.get("/api/v1/advisers/adv01")).json()
    assert shown == {
        "id": "adv01", "name": "Amel Brahimi", "wish": "ready", "wish_by": "person", "reason": None, "state": "free",
        "state_since": "2026-11-23T09:30:00Z", "activity": "phone",
        "skills": {"main": 1, "dropout": 2, "parcoursup": 2}, "offer": None, "call": None,
        "callback": None, "card": None, "help_since": None, "owes": [],
        "page_open": False,
    }  # fmt: skip


async def test_a_ringing_adviser_shows_the_offer_and_its_deadline_but_no_number(client, floor):
    floor.ready_advisers("adv01")
    call = floor.queue_up()
    response = await client.get("/api/v1/advisers/adv01")
    shown = await response.json()
    assert shown["state"] == "ringing"
    assert shown["offer"]["call"] == call
    assert shown["offer"]["deadline"] == "2026-11-23T09:30:20Z"
    assert "99000001" not in await response.text()


async def test_a_first_wish_is_away(client):
    assert (await (await client.get("/api/v1/advisers/adv07")).json())["wish"] == "away"


async def test_a_wish_is_in_force_when_its_answer_comes(client, floor):
    floor.ready_advisers("adv01")
    response = await client.put(WISH, json={"wish": "paused", "reason": " Entretien "})
    shown = await response.json()
    assert response.status == 200
    assert (shown["wish"], shown["wish_by"], shown["reason"]) == ("paused", "person", "Entretien")
    assert floor.person("adv01").wish == "paused"


async def test_ready_during_wrap_up_ends_it(client, floor):
    floor.ready_advisers("adv01")
    call = floor.queue_up()
    floor.pick_up(call)
    floor.leave(call)
    assert (await (await client.get("/api/v1/advisers/adv01")).json())["state"] == "wrapping_up"
    assert (await (await client.put(WISH, json={"wish": "ready"})).json())["state"] == "free"


async def test_nothing_is_answered_before_the_change_is_committed(client, floor):
    floor.stuck = True
    waiting = asyncio.ensure_future(client.put(WISH, json={"wish": "ready"}))
    done, _ = await asyncio.wait([waiting], timeout=0.3)
    assert not done
    waiting.cancel()


async def test_a_commit_that_does_not_come_is_said_honestly(client, floor, monkeypatch):
    monkeypatch.setattr(commit, "COMMIT_MAX_S", 0.05)
    floor.stuck = True
    response = await client.put(WISH, json={"wish": "ready"})
    assert response.status == 503
    assert response.headers["Retry-After"] == "5"
    assert "not stored yet, and may still be" in (await response.json())["detail"]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"wish": "is required"}),
        ({"wish": "lunch"}, {"wish": "write 'ready', 'paused' or 'away'"}),
        ({"wish": 1}, {"wish": "write 'ready', 'paused' or 'away'"}),
        ({"wish": "ready", "reason": 7}, {"reason": "should be a valid string"}),
        ({"wish": "ready", "colour": "red"}, {"colour": "is not a field here; use wish, reason"}),
        ({"wish": "paused", "reason": "a\nb"}, {"reason": "holds a control character; write plain text on one line"}),
        ({"wish": "paused", "reason": "x" * 201}, {"reason": "String should have at most 200 characters"}),
        ({"wish": "paused", "reason": "   "}, {"reason": "String should have at least 1 character"}),
        ([], {"": "write an object with wish, reason"}),
        ("ready", {"": "write an object with wish, reason"}),
        (
            {"reason": 7, "colour": "red"},
            {"wish": "is required", "reason": "should be a valid string",
             "colour": "is not a field here; use wish, reason"},
        ),
    ],
)  # fmt: skip
async def test_every_fault_of_a_body_is_told_at_once(client, floor, body, errors):
    response = await client.put(WISH, json=body)
    problem = await response.json()
    assert response.status == 422
    assert response.content_type == "application/problem+json"
    assert {fault["field"]: fault["message"] for fault in problem["errors"]} == errors
    assert floor.person("adv01").wish == "away"


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b'{"wish":"ready"', b"[" * 5000])
async def test_what_is_not_json_is_refused(client, raw):
    response = await client.put(WISH, data=raw, headers={"Content-Type": "application/json"})
    assert response.status == 400
    assert (await response.json())["detail"] == "The body is not JSON."


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "application/problem+json"},
    ],
)
async def test_only_json_in_utf8_is_taken(client, headers):
    response = await client.put(WISH, data=b'{"wish":"ready"}', headers=headers)
    assert response.status == 415
    assert response.headers["Accept"] == "application/json"


async def test_a_body_over_64_kib_is_refused_and_one_just_under_is_read(client):
    body = b'{"wish":"ready","reason":"' + b"x" * (64 * 1024) + b'"}'
    headers = {"Content-Type": "application/json"}
    assert (await client.put(WISH, data=body, headers=headers)).status == 413
    assert (await client.put(WISH, data=body[-64 * 1024 :], headers=headers)).status == 400


async def test_a_compressed_body_is_refused_before_it_is_unpacked(client):
    headers = {"Content-Type": "application/json", "Content-Encoding": "deflate"}
    assert (await client.put(WISH, data=b"x", headers=headers)).status in (400, 415)


@pytest.mark.parametrize("adviser", ["nobody", "ADV01", "%00", "%0a", "x" * 200, "..%2f..", "'%20OR%201=1"])
async def test_an_adviser_who_is_not_known_is_404(client, adviser):
    response = await client.get(f"/api/v1/advisers/{adviser}")
    assert response.status == 404
    assert response.content_type == "application/problem+json"
    assert (await client.put(f"/api/v1/advisers/{adviser}/wish", json={"wish": "ready"})).status == 404


async def test_advisers_come_whole_and_in_order(client):
    page = await (await client.get("/api/v1/advisers")).json()
    assert [adviser["id"] for adviser in page["items"]] == [f"adv{n:02}" for n in range(1, 13)]
    assert page["next"] is None


async def test_a_long_list_of_advisers_is_continued_by_its_cursor(connect):
    client = await connect(FakeFloor(rules_=make_rules(advisers=230)))
    found, cursor, pages = [], None, 0
    while pages < 10:
        query = {"limit": "100"} | ({"cursor": cursor} if cursor else {})
        page = await (await client.get("/api/v1/advisers", params=query)).json()
        found += [adviser["id"] for adviser in page["items"]]
        cursor, pages = page["next"], pages + 1
        if cursor is None:
            break
    assert len(found) == len(set(found)) == 230
    assert pages == 3


@pytest.mark.parametrize("cursor", ["!!", "abc", "eA==", "é"])
async def test_a_cursor_that_is_not_ours_is_refused(client, cursor):
    response = await client.get("/api/v1/advisers", params={"cursor": cursor})
    assert response.status == 422
    assert [fault["field"] for fault in (await response.json())["errors"]] == ["cursor"]
