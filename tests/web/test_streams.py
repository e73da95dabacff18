"""Live streams: everything on opening, then only what changed; slow readers dropped; all closed with the service."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from dialer.web import board, live
from dialer.web.board import ROWS_MAX, Board
from dialer.web.changes import Changes
from dialer.web.keys import STREAMS

from .fake_floor import FakeFloor, make_rules

pytestmark = pytest.mark.asyncio


class Reader:
    """One browser's side of a stream."""

    def __init__(self, response) -> None:
        self._lines = response.content

    async def next(self, within_s: float = 5.0) -> dict:
        """The next event: its fields, its data read."""
        async with asyncio.timeout(within_s):
            fields: dict = {}
            while True:
                line = (await self._lines.readline()).decode()
                if line == "":
                    return {"event": None}
                if line == "\n" and "data" in fields:
                    return fields | {"data": json.loads(fields["data"])}
                name, _, value = line.strip().partition(": ")
                if name:
                    fields[name] = value


@asynccontextmanager
async def reading(client, path="/flux") -> AsyncIterator[Reader]:
    async with client.get(path) as response:
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/event-stream")
        yield Reader(response)


async def until(condition, within_s: float = 5.0) -> None:
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - a condition of the service, not of ours
            await asyncio.sleep(0.01)


async def test_a_stream_opens_with_everything_and_says_how_soon_to_come_back(client):
    async with reading(client) as stream:
        first = await stream.next()
        assert (first["retry"], first["event"], first["id"]) == ("2000", "etat", "1")
        assert first["data"]["fragments"].keys() == set(board.FRAGMENTS)
        assert first["data"]["at"].startswith("2026-11-23T09:30:00")


async def test_a_change_sends_only_the_fragments_that_it_changed(client, floor):
    async with reading(client) as stream:
        await stream.next()
        floor.ready_advisers("adv01")
        second = await stream.next()
        assert second["id"] == "2"
        assert "Disponible" in second["data"]["fragments"]["conseillers"]
        assert not second["data"]["fragments"].keys() & {"lignes", "chiffres", "appels"}


async def test_a_burst_of_changes_is_told_at_most_four_times_a_second_and_ends_with_the_last(client, floor):
    async with reading(client) as stream:
        await stream.next()
        start = asyncio.get_running_loop().time()
        for _ in range(200):
            floor.leave(floor.queue_up())
            await asyncio.sleep(0.003)
        last = floor.queue_up()
        told = 0
        while True:
            event = await stream.next()
            told += 1
            if last in event["data"]["fragments"].get("appels", ""):
                break
        spent = asyncio.get_running_loop().time() - start
        assert told <= spent / board.RENDER_EVERY_MIN_S + 1


async def test_all_open_pages_share_one_rendering(floor, monkeypatch):
    made = 0
    shared = Board(floor)
    render = shared.render

    def counted():
        nonlocal made
        made += 1
        return render()

    monkeypatch.setattr(shared, "render", counted)
    first = await asyncio.gather(*(shared.next(None) for _ in range(50)))
    floor.changes.tell()
    second = await asyncio.gather(*(shared.next(seen) for seen in first))
    assert made == 2
    assert {rendering.serial for rendering in second} == {2}


async def test_a_quiet_stream_beats_with_the_services_clock(client, floor, monkeypatch):
    monkeypatch.setattr(board, "BEAT_S", 0.05)
    async with reading(client) as stream:
        await stream.next()
        floor.at = floor.at.replace(microsecond=500000)
        beat = await stream.next()
        while beat["event"] != "pouls":
            beat = await stream.next()
        assert beat["data"]["at"] == "2026-11-23T09:30:00.500+00:00"
        assert beat["data"]["fragments"] == {}


async def test_a_line_that_closes_without_any_event_is_shown_closed(client, floor, monkeypatch):
    monkeypatch.setattr(board, "BEAT_S", 0.05)
    async with reading(client) as stream:
        assert "Fermée" not in (await stream.next())["data"]["fragments"]["lignes"]
        floor.at = floor.at.replace(hour=13)
        told = await stream.next()
        while "lignes" not in told["data"]["fragments"]:
            told = await stream.next()
        assert "Fermée" in told["data"]["fragments"]["lignes"]


async def test_one_calls_stream_tells_its_story_and_ends_with_it(client, floor):
    floor.ready_advisers("adv01")
    call = floor.queue_up()
    async with reading(client, f"/flux/appels/{call}") as stream:
        assert "Proposé à Amel Brahimi" in (await stream.next())["data"]["fragments"]["recit"]
        floor.pick_up(call)
        assert "Amel Brahimi répond" in (await stream.next())["data"]["fragments"]["recit"]
        floor.leave(call)
        assert "Fin de l’appel" in (await stream.next())["data"]["fragments"]["recit"]
        assert (await stream.next())["event"] == "fin"
        assert (await stream.next())["event"] is None


async def test_one_calls_stream_reads_its_journal_only_when_that_call_changed(client, floor, monkeypatch):
    asked = 0
    timeline = FakeFloor.timeline

    async def counted(self, call):
        nonlocal asked
        asked += 1
        return await timeline(self, call)

    monkeypatch.setattr(FakeFloor, "timeline", counted)
    call = floor.queue_up()
    async with reading(client, f"/flux/appels/{call}") as stream:
        await stream.next()
        for _ in range(10):
            floor.leave(floor.queue_up("dropout"))
            await asyncio.sleep(0.1)
        assert asked == 1


async def test_a_call_that_is_not_known_has_no_stream(client):
    assert (await client.get("/flux/appels/none")).status == 404


async def test_a_browser_that_left_is_forgotten(client, floor):
    streams = client.app[STREAMS]
    async with reading(client) as stream:
        await stream.next()
        assert len(streams) == 1

    def gone():
        floor.changes.tell()
        return len(streams) == 0

    await until(gone)


async def test_a_browser_that_does_not_read_is_dropped_and_delays_nobody(client, floor, monkeypatch):
    monkeypatch.setattr(live, "WRITE_MAX_S", 1.0)
    streams = client.app[STREAMS]
    render = streams.board.render
    count = 0

    def large():
        nonlocal count
        count += 1
        made = render()
        return board.Rendering(made.serial, made.version, made.at, {"alertes": f"n{count}n" + "x" * 3_000_000})

    async def opened(limit):
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port, limit=limit)
        writer.write(f"GET /flux HTTP/1.1\r\nHost: localhost:{client.port}\r\n\r\n".encode())
        await reader.readline()
        return reader, writer

    _, idle = await opened(1024)
    reader, writer = await opened(1024)
    await until(lambda: len(streams) == 2)
    monkeypatch.setattr(streams.board, "render", large)
    floor.changes.tell()

    async def hear(mark: bytes) -> None:
        tail = b""
        while mark not in tail:
            heard = await reader.read(65536)
            assert heard, "this one reads, and was dropped"
            tail = tail[-20:] + heard

    async with asyncio.timeout(15):
        await hear(b"n1n")
        assert len(streams) == 2, "the idle one must still be there while the other is served"
        hearing = asyncio.ensure_future(hear(b"never"))
        # The kernel holds some megabytes for who does not read; more and more comes until it is full.
        await until(lambda: floor.changes.tell() or len(streams) == 1, within_s=9)
        assert not hearing.done()
        hearing.cancel()
    idle.close()
    writer.close()


async def test_only_so_many_pages_may_be_open(client, monkeypatch):
    monkeypatch.setattr(live, "STREAMS_MAX", 1)
    async with reading(client) as stream:
        await stream.next()
        response = await client.get("/flux")
        assert response.status == 503
        assert response.headers["Retry-After"] == "10"


async def test_all_streams_end_with_the_service_and_soon(floor, connect):
    client = await connect(floor)
    call = floor.queue_up()
    async with reading(client) as board_stream, reading(client, f"/flux/appels/{call}") as call_stream:
        await board_stream.next()
        await call_stream.next()
        start = asyncio.get_running_loop().time()
        await client.server.close()
        assert (await board_stream.next())["event"] is None
        assert (await call_stream.next())["event"] is None
        assert asyncio.get_running_loop().time() - start < 1


async def test_a_rendering_that_fails_ends_the_stream_and_not_the_service(client, floor, monkeypatch):
    from structlog.testing import capture_logs

    async with reading(client) as stream:
        await stream.next()

        def broken():
            raise RuntimeError("+33199000001")

        with capture_logs() as logs:
            monkeypatch.setattr(client.app[STREAMS].board, "render", broken)
            floor.changes.tell()
            assert (await stream.next())["event"] is None
        assert logs[0]["error"] == "RuntimeError"
        assert "99000001" not in str(logs)
    assert (await client.get("/healthz")).status == 200


async def test_what_is_shown_of_callers_and_advisers_cannot_be_markup(client, floor):
    from dialer.core.events import WishSet
    from dialer.core.words import AdviserId, Wish

    floor.happen(WishSet(floor.now(), AdviserId("adv01"), Wish.PAUSED, reason="<img src=x onerror=alert(1)>"))
    page = await (await client.get("/")).text()
    assert "<img" not in page
    assert "&lt;img" in page


async def test_a_full_desk_renders_fast_enough_for_the_loop():
    floor = FakeFloor(rules_=make_rules(advisers=300))
    for number in range(500):
        floor.queue_up(("main", "dropout")[number % 2])
    shared = Board(floor)
    shared.render()
    spent = []
    for _ in range(5):
        start = time.perf_counter()
        shared.render()
        spent.append(time.perf_counter() - start)
    assert min(spent) < 0.05


async def test_many_calls_are_counted_and_only_the_pressing_ones_listed(floor):
    for _ in range(ROWS_MAX + 20):
        floor.queue_up("dropout")
    html = Board(floor).render().fragments["appels"]
    assert html.count("<tr") == ROWS_MAX + 1
    assert "20\u00a0autres appels" in html


async def test_a_waiter_is_told_the_latest_version_only():
    changes = Changes()
    waiting = asyncio.ensure_future(changes.after(0))
    await asyncio.sleep(0)
    for _ in range(5):
        changes.tell()
    assert await waiting == 5
    assert await changes.after(3) == 5


async def test_waiting_for_a_change_can_be_given_up_and_taken_up_again():
    changes = Changes()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await changes.after(0)
    changes.tell()
    assert await changes.after(0) == 1
