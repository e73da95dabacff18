"""Calls through the API: lists, filters, one call's timeline, and who sees the caller's number."""

from __future__ import annotations

import pytest

from dialer.core import events as ev
from dialer.core.words import Cause

from .fake_floor import FakeFloor

pytestmark = pytest.mark.asyncio

CALLS = "/api/v1/calls"


async def ids(client, **query):
    response = await client.get(CALLS, params=query)
    assert response.status == 200, await response.text()
    return [call["id"] for call in (await response.json())["items"]]


async def test_a_waiting_call_shows_its_place_and_moves_up(client, floor):
    first, second = floor.queue_up(), floor.queue_up()
    assert (await (await client.get(f"{CALLS}/{second}")).json())["place"] == 2
    floor.leave(first)
    assert (await (await client.get(f"{CALLS}/{second}")).json())["place"] == 1
    gone = await (await client.get(f"{CALLS}/{first}")).json()
    assert (gone["state"], gone["outcome"], gone["stage"], gone["place"]) == ("ended", "abandoned", "waiting", None)


async def test_one_call_tells_its_whole_way_its_places_and_its_offers_with_why(client, floor):
    floor.ready_advisers("adv01", "adv02")
    floor.later(60)
    call = floor.queue_up()
    floor.later(5)
    floor.miss(call)
    floor.later(2)
    floor.pick_up(call)
    floor.later(90)
    floor.leave(call)
    told = await (await client.get(f"{CALLS}/{call}")).json()
    assert [entry["event"] for entry in told["timeline"]] == [
        "call_arrived", "node_entered", "node_entered", "node_entered", "queued",
        "offered", "adviser_state", "offer_missed", "offered", "adviser_state",
        "answered", "adviser_state", "ended", "adviser_state",
    ]  # fmt: skip
    assert told["timeline"][0] == {
        "at": "2026-11-23T09:31:00Z",
        "event": "call_arrived",
        "adviser": None,
        "line": "main",
    }
    first, second = told["offers"]
    assert first["adviser"] == "adv01"
    assert first["why"] == {"level": 1, "idle_s": 60.0, "candidates": 2, "waited_s": 0.0}
    assert (first["result"], first["cause"], first["until"]) == ("missed", "no_answer", "2026-11-23T09:31:05Z")
    assert (second["adviser"], second["result"], second["why"]["candidates"]) == ("adv02", "answered", 2)
    assert told["places"] == [
        {"queue": "main", "since": "2026-11-23T09:31:00Z", "until": "2026-11-23T09:31:07Z", "announced": None}
    ]
    assert (told["outcome"], told["stage"], told["adviser"]) == ("answered", "talking", "adv02")


async def test_the_announced_place_is_kept_with_the_place(client, floor):
    floor.queue_up()
    call = floor.queue_up()
    floor.later(20)
    assert (await (await client.get(f"{CALLS}/{call}")).json())["places"][0]["announced"] == 2


async def test_an_offer_withdrawn_by_the_caller_is_not_a_missed_one(client, floor):
    floor.ready_advisers("adv01")
    call = floor.queue_up()
    floor.leave(call)
    told = await (await client.get(f"{CALLS}/{call}")).json()
    assert told["offers"][0]["result"] == "withdrawn"
    assert told["places"][0]["until"] is not None


async def test_each_filter_keeps_what_it_names(client, floor):
    floor.ready_advisers("adv01")
    talking = floor.queue_up("main")
    floor.pick_up(talking)
    waiting = floor.queue_up("dropout")
    menu = floor.call_in("parcoursup")
    gone = floor.queue_up("main")
    floor.leave(gone)
    assert await ids(client, line="main") == [gone, talking]
    assert await ids(client, queue="dropout") == [waiting]
    assert await ids(client, state="in_flow") == [menu]
    assert await ids(client, outcome="abandoned") == [gone]
    assert await ids(client, adviser="adv01") == [talking]
    assert await ids(client, line="main", state="talking", adviser="adv01") == [talking]
    assert await ids(client, line="nowhere") == []


async def test_since_means_arrived_at_that_instant_or_later(client, floor):
    early = floor.call_in()
    floor.later(60)
    late = floor.call_in()
    assert await ids(client, since="2026-11-23T10:31:00+01:00") == [late]
    assert await ids(client, since="2026-11-23T09:30:00Z") == [late, early]
    assert await ids(client, since="2026-11-23T09:30:00.5Z") == [late]


async def test_a_plus_that_the_url_made_a_space_is_understood(client, floor):
    call = floor.call_in()
    response = await client.get(f"{CALLS}?since=2026-11-23T10:30:00+01:00")
    assert [found["id"] for found in (await response.json())["items"]] == [call]


@pytest.mark.parametrize(
    "since", ["2026-11-23T09:30:00", "2026-11-23", "yesterday", "1700000000", "", "2026-13-01T00:00Z"]
)
async def test_an_instant_without_offset_or_sense_is_refused_with_the_mend(client, since):
    response = await client.get(CALLS, params={"since": since})
    problem = await response.json()
    assert response.status == 422
    assert problem["errors"][0]["field"] == "since"
    assert "+01:00" in problem["errors"][0]["message"]


async def test_pages_hold_every_call_once_the_newest_first(client, floor):
    made = []
    for _ in range(7):
        made.append(floor.call_in())
        floor.later(1)
    found, cursor = [], None
    for _ in range(5):
        page = await (await client.get(CALLS, params={"limit": "3"} | ({"cursor": cursor} if cursor else {}))).json()
        found += [call["id"] for call in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == made[::-1]


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("limit=0", {"limit"}),
        ("limit=201", {"limit"}),
        ("limit=many", {"limit"}),
        ("state=asleep", {"state"}),
        ("outcome=", {"outcome"}),
        ("cursor=nonsense", {"cursor"}),
        ("cursor=%00", {"cursor"}),
        ("line=%00", {"line"}),
        ("colour=red", {"colour"}),
        ("line=main&line=dropout", {"line"}),
        ("state=asleep&limit=0&since=now&colour=red", {"state", "limit", "since", "colour"}),
    ],
)
async def test_every_fault_of_a_query_is_told_at_once(client, query, fields):
    response = await client.get(f"{CALLS}?{query}")
    problem = await response.json()
    assert response.status == 422
    assert response.content_type == "application/problem+json"
    assert {fault["field"] for fault in problem["errors"]} == fields


async def test_a_call_that_is_not_known_is_404(client):
    for call in ("c9999", "%00", "x" * 300):
        assert (await client.get(f"{CALLS}/{call}")).status == 404


@pytest.mark.parametrize(
    ("scopes", "shown"),
    [({"calls:read"}, "+33 … 42"), ({"callers:read"}, "+33199000042"), ({"admin"}, "+33199000042")],
)
async def test_the_callers_number_is_whole_only_for_who_may_see_it(connect, scopes, shown):
    floor = FakeFloor(mode="production", tokens={"t": frozenset(scopes)})
    client = await connect(floor, token="t")
    call = floor.call_in(number="+33199000042")
    assert (await (await client.get(f"{CALLS}/{call}")).json())["caller"] == shown
    assert (await (await client.get(CALLS)).json())["items"][0]["caller"] == shown


async def test_a_withheld_number_is_none_and_the_caller_as_welcome(client, floor):
    call = floor.queue_up(number=None)
    shown = await (await client.get(f"{CALLS}/{call}")).json()
    assert (shown["caller"], shown["state"]) == (None, "waiting")


async def test_an_offer_that_failed_at_the_bridge_gives_the_place_back_in_the_timeline(client, floor):
    floor.ready_advisers("adv01")
    call = floor.queue_up()
    floor.pick_up(call)
    floor.happen(ev.JoinRefused(floor.now(), floor.desk_.calls[call].state.bridge))
    told = await (await client.get(f"{CALLS}/{call}")).json()
    assert (told["offers"][0]["result"], told["offers"][0]["cause"]) == ("missed", Cause.FAILED)
    assert told["places"][0]["until"] is None


async def test_instants_are_in_iso_with_an_offset(client, floor):
    call = floor.call_in()
    shown = await (await client.get(f"{CALLS}/{call}")).json()
    assert shown["arrived_at"] == "2026-11-23T09:30:00Z"
