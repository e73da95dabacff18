"""The live snapshot, the lines and today's figures through the API; health and metrics."""

from __future__ import annotations

from datetime import timedelta

import pytest

from .fake_floor import FakeFloor

pytestmark = pytest.mark.asyncio


async def get(client, path):
    response = await client.get(path)
    assert response.status == 200, await response.text()
    return await response.json()


async def test_the_snapshot_shows_queues_calls_and_figures_of_this_instant(client, floor):
    floor.ready_advisers("adv01")
    answered = floor.queue_up()
    floor.later(4)
    floor.pick_up(answered)
    floor.later(60)
    floor.leave(answered)
    lost = floor.queue_up("dropout")
    floor.later(10)
    floor.leave(lost)
    floor.queue_up("dropout")
    desk = await get(client, "/api/v1/desk")
    queues = {queue["id"]: queue for queue in desk["queues"]}
    assert (queues["dropout"]["waiting"], queues["dropout"]["on_phone"]) == (1, 12)
    assert queues["dropout"]["head_since"] is not None
    assert [call["state"] for call in desk["calls"]] == ["waiting"]
    total = desk["figures"]["total"]
    assert (total["received"], total["asked"], total["answered"], total["abandoned"]) == (3, 2, 1, 1)
    assert total["answered_rate"] == 0.5
    assert total["market_answer_rate"] == pytest.approx(1 / 3)
    assert (total["service_level"], total["service_level_offered"]) == (1.0, 1.0)
    assert desk["figures"]["answered_within_s"]["main"] == 20.0
    assert desk["figures"]["queues"]["dropout"]["abandoned"] == 1
    assert "99000001" not in str(desk)


async def test_a_line_tells_when_it_closes_or_why_it_is_closed_and_when_it_opens(client, floor):
    lines = {line["id"]: line for line in (await get(client, "/api/v1/lines"))["items"]}
    assert lines["main"]["open"]
    assert lines["main"]["closes_at"] == "2026-11-23T19:00:00Z"
    floor.later(3 * 3600)
    lines = {line["id"]: line for line in (await get(client, "/api/v1/lines"))["items"]}
    assert (lines["parcoursup"]["open"], lines["parcoursup"]["why_closed"]) == (False, "night")
    assert lines["parcoursup"]["opens_at"] == "2026-11-24T07:00:00Z"


async def test_a_service_that_works_is_alive_and_ready_without_any_token(connect, floor):
    client = await connect(floor, token=None)
    assert await get(client, "/healthz") == {"status": "alive"}
    assert await get(client, "/readyz") == {
        "ready": True, "asterisk": "up", "database": "up", "configuration": "v-essai",
        "clock": {"now": "2026-11-23T09:30:00Z", "shift_s": None}, "reasons": [],
    }  # fmt: skip


async def test_a_service_without_asterisk_or_database_lives_but_is_not_ready_and_says_why(client, floor):
    floor.lose_link()
    floor.database = False
    response = await client.get("/readyz")
    told = await response.json()
    assert response.status == 503
    assert (told["ready"], told["asterisk"], told["database"]) == (False, "down", "down")
    assert told["reasons"] == ["Asterisk is out of reach.", "The database does not take changes."]
    assert (await client.get("/healthz")).status == 200


async def test_a_shifted_clock_is_told(connect):
    client = await connect(FakeFloor(clock_shift=timedelta(hours=-3)))
    assert (await get(client, "/readyz"))["clock"]["shift_s"] == -10800
    assert (await get(client, "/api/v1/desk"))["clock_shift_s"] == -10800


async def test_metrics_come_in_prometheus_own_words(client):
    response = await client.get("/metrics")
    assert response.status == 200
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "# TYPE" in await response.text()
