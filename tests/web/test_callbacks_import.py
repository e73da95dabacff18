"""A file of requests is booked whole or not at all, and every fault of it is told at once, through the real socket."""

from __future__ import annotations

import asyncio
from io import BytesIO
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from typer.testing import CliRunner, Result

from dialer.cli_callbacks import callbacks_app
from dialer.core.callbacks.states import CallbackId
from dialer.web import callbacks_import
from dialer.web.app import make_app

from .conftest import Connect
from .fake_floor import FakeFloor

URL = "/api/v1/callbacks/import"
CSV = {"Content-Type": "text/csv"}
HEADER = "phone;first_name;birth_date;asked_by;wish;start;end;notice_read"
ASAP = "01 99 00 00 {};Zoé;21/03/2008;parent;asap;;;oui"
AFTERNOON = "01 99 00 00 {};Léo;2008-03-21;parent;window;23/11/2026 14:00;23/11/2026 16:00;oui"
"""A slot of the afternoon of the floor's Monday: from 8h on in windows of two hours."""


def file(*rows: str) -> bytes:
    return "\n".join((HEADER, *rows)).encode()


async def post(client: TestClient, content: bytes, *, commit: bool = False, **headers: str) -> tuple[int, dict]:
    query = "?dry_run=false" if commit else ""
    async with client.post(f"{URL}{query}", data=BytesIO(content), headers=CSV | headers) as response:
        return response.status, await response.json()


@pytest.mark.asyncio
async def test_a_dry_run_is_the_default_tells_what_would_be_booked_and_books_nothing(
    client: TestClient, floor: FakeFloor
) -> None:
    status, body = await post(client, file(ASAP.format("01"), AFTERNOON.format("02")))
    assert status == 200
    assert body["dry_run"] is True
    assert [(row["line"], row["phone"], row["kind"], row["on_line"]) for row in body["rows"]] == [
        (2, "+33 … 01", "rtf", "dropout"),
        (3, "+33 … 02", "rtf", "dropout"),
    ]
    assert body["rows"][0]["promised"] is None
    assert body["rows"][1]["promised"] == {"start": "2026-11-23T13:00:00Z", "end": "2026-11-23T15:00:00Z"}
    assert {row["booked"] for row in body["rows"]} == {None}
    assert not floor.desk_.book.callbacks
    assert not floor.intakes


@pytest.mark.asyncio
async def test_a_file_without_fault_is_booked_in_one_change_with_a_reference_for_each(
    client: TestClient, floor: FakeFloor
) -> None:
    status, body = await post(client, file(ASAP.format("01"), AFTERNOON.format("02")), commit=True)
    assert status == 201
    booked = [row["booked"] for row in body["rows"]]
    assert [one["id"] for one in booked] == [f"cb-{one['reference']}" for one in booked]
    assert set(floor.desk_.book.callbacks) == {CallbackId(one["id"]) for one in booked}
    assert [intake.request.source for intake in floor.intakes] == ["csv", "csv"]
    assert booked[1]["due_at"] == "2026-11-23T13:00:00Z"
    assert booked[0]["legal_deadline_at"] is not None


@pytest.mark.asyncio
async def test_one_fault_books_nothing_and_all_are_told_with_their_lines(client: TestClient, floor: FakeFloor) -> None:
    bad = "0890120120;;2008-13-21;cousin;asap;;;non"
    status, body = await post(client, file(ASAP.format("01"), bad, ASAP.format("02"), "1;2"), commit=True)
    assert status == 422
    assert [error["field"] for error in body["errors"]] == ["line 5"], "the form of the file comes first"
    status, body = await post(client, file(ASAP.format("01"), bad, ASAP.format("02"), bad), commit=True)
    assert status == 422
    assert {error["field"] for error in body["errors"]} == {
        f"line {line} {column}"
        for line in (3, 5)
        for column in ("phone", "first_name", "birth_date", "asked_by", "notice_read")
    }
    assert "0890" not in str(body)
    assert not floor.desk_.book.callbacks


@pytest.mark.asyncio
async def test_numbers_of_earlier_lines_and_of_open_callbacks_are_shown_and_the_same_person_is_joined(
    client: TestClient, floor: FakeFloor
) -> None:
    _, first = await post(client, file(ASAP.format("01")), commit=True)
    known = first["rows"][0]["booked"]["id"]
    again = file(ASAP.format("01"), ASAP.format("02"), ASAP.format("02").replace("Zoé", "Ana"))
    _, dry = await post(client, again)
    assert [(row["earlier_line"], row["open"]) for row in dry["rows"]] == [(None, [known]), (None, []), (3, [])]
    _, done = await post(client, again, commit=True)
    assert [(row["earlier_line"], row["open"]) for row in done["rows"]] == [(None, [known]), (None, []), (3, [])]
    assert done["rows"][0]["booked"]["id"] == known
    assert len(floor.desk_.book.callbacks) == 3, "a sibling has a case of their own"


@pytest.mark.asyncio
async def test_a_file_never_promises_more_of_a_slot_than_it_has(client: TestClient, floor: FakeFloor) -> None:
    rows = [AFTERNOON.format(f"{number:02}") for number in range(1, 60)]
    status, body = await post(client, file(*rows), commit=True)
    assert status == 422
    full = [error for error in body["errors"] if "free slot" in error["message"]]
    assert full == body["errors"]
    fits = 59 - len(full)
    status, body = await post(client, file(*rows[:fits]), commit=True)
    assert status == 201
    status, _ = await post(client, file(rows[fits]), commit=True)
    assert status == 422
    assert len(floor.desk_.book.callbacks) == fits


@pytest.mark.asyncio
async def test_a_file_in_latin_1_is_refused_with_its_line_and_how_to_save_it_anew(client: TestClient) -> None:
    status, body = await post(client, file(ASAP.format("01")).decode().encode("latin-1"))
    assert status == 422
    assert [error["field"] for error in body["errors"]] == ["line 2"]
    assert "UTF-8" in body["errors"][0]["message"]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "application/json"}, 415),
        ({"Content-Type": "text/csv; charset=iso-8859-1"}, 415),
        ({"Content-Encoding": "gzip"}, 415),
        ({"Content-Type": "text/csv; charset=UTF-8"}, 200),
    ],
)
async def test_only_csv_in_utf_8_is_read(client: TestClient, headers: dict[str, str], status: int) -> None:
    async with client.post(URL, data=file(ASAP.format("01")), headers=CSV | headers) as response:
        assert response.status == status


@pytest.mark.asyncio
async def test_a_file_is_read_beyond_the_limit_of_other_bodies_up_to_its_own(client: TestClient) -> None:
    blank = b"\n" * (callbacks_import.FILE_MAX - len(file(ASAP.format("01"))))
    status, _ = await post(client, file(ASAP.format("01")) + blank)
    assert status == 200
    status, body = await post(client, file(ASAP.format("01")) + blank + b"\n")
    assert status == 413
    assert body["detail"] == "The file is over 2097152 bytes."


@pytest.mark.asyncio
async def test_a_token_without_the_scope_is_turned_away_and_so_is_a_query_that_is_not_understood(
    floor: FakeFloor, connect: Connect
) -> None:
    floor.tokens = {"reads": frozenset({"callbacks:read", "intake"}), "writes": frozenset({"callbacks:write"})}
    for token, expected in (("reads", 403), ("writes", 200), (None, 401)):
        status, _ = await post(await connect(floor, token), file(ASAP.format("01")))
        assert status == expected, token
    writer = await connect(floor, "writes")
    async with writer.post(f"{URL}?dry_run=perhaps", data=file(ASAP.format("01")), headers=CSV) as response:
        assert response.status == 422


@pytest.mark.asyncio
async def test_a_long_file_lets_others_be_served_while_it_is_looked_through(
    floor: FakeFloor, client: TestClient
) -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    content = file(*(ASAP.format(f"{number % 100:02}") for number in range(200)))
    text = callbacks_import.decode(content)
    before = turns
    assert isinstance(text, str)
    assert len(await callbacks_import._judged(text, floor)) == 200
    assert turns - before >= 200 // callbacks_import.ROWS_AT_ONCE
    task.cancel()


# -- the command ------------------------------------------------------------------------------------


class Terminal:
    """`dialer callbacks import`, run beside the server's loop as an operator would."""

    def __init__(self, server: TestServer, folder: Path) -> None:
        self.url = f"http://127.0.0.1:{server.port}"
        self.folder = folder

    async def run(self, content: bytes | None, *options: str, url: str | None = None, token: str = "demo") -> Result:
        path = self.folder / "demandes.csv"
        if content is not None:
            path.write_bytes(content)
        arguments = ["import", str(path), "--url", url or self.url, *options]
        env = {"DIALER_TOKEN": token}
        return await asyncio.to_thread(CliRunner().invoke, callbacks_app, arguments, env=env)


@pytest.fixture
def terminal(client: TestClient, tmp_path: Path) -> Terminal:
    return Terminal(client.server, tmp_path)


@pytest.mark.asyncio
class TestTheCommand:
    async def test_looks_through_a_file_and_books_it_when_told_to(self, terminal: Terminal, floor: FakeFloor) -> None:
        content = file(ASAP.format("01"), AFTERNOON.format("02"), AFTERNOON.format("02"))
        shown = await terminal.run(content)
        path = terminal.folder / "demandes.csv"
        assert shown.exit_code == 0
        assert shown.stdout.splitlines() == [
            f"{path} line 2: +33 … 01; rtf on dropout; as soon as possible",
            f"{path} line 3: +33 … 02; rtf on dropout; 23/11/2026 14:00 to 16:00",
            f"{path} line 4: +33 … 02; rtf on dropout; 23/11/2026 14:00 to 16:00; the number of line 3 too",
            "no fault; 3 requests, 1 of a number that is there already. Nothing is booked yet: give --commit to book "
            "them.",
        ]
        assert not floor.intakes
        done = await terminal.run(None, "--commit")
        assert done.exit_code == 0
        lines = done.stdout.splitlines()
        first = floor.intakes[0].booking
        assert lines[0] == (
            f"{path} line 2: +33 … 01; rtf on dropout; as soon as possible; reference {first.reference}, {first.id}"
        )
        assert lines[-1] == "3 requests booked, 1 of a number that is there already."
        again = await terminal.run(None)
        assert f"an open callback has this number: {first.id}" in again.stdout

    async def test_prints_every_fault_with_its_line_and_ends_with_1(self, terminal: Terminal, floor: FakeFloor) -> None:
        shown = await terminal.run(file(ASAP.format("01"), "0112;Zoé;2008-03-21;parent;asap;;;oui"), "--commit")
        assert shown.exit_code == 1
        assert shown.stderr.splitlines() == [
            f"{terminal.folder}/demandes.csv line 3 phone: is a short number; give one of ten digits",
            "1 fault; nothing is booked",
        ]
        assert not floor.intakes

    async def test_says_what_the_service_refuses(self, terminal: Terminal) -> None:
        shown = await terminal.run(file(ASAP.format("01")), token="unknown")
        assert (shown.exit_code, shown.stderr) == (
            1, "401 Unauthorized: This token is not known, or no longer.\n",
        )  # fmt: skip

    async def test_asks_for_a_token_a_file_and_an_address_that_keeps_it_secret(self, terminal: Terminal) -> None:
        for options, expected in (
            ({"token": ""}, "DIALER_TOKEN: holds no token"),
            ({"url": "http://example.net"}, '--url: "http://example.net" is not https'),
            ({"url": "127.0.0.1:1"}, "--url: "),
        ):
            shown = await terminal.run(file(ASAP.format("01")), **options)
            assert shown.exit_code == 1
            assert shown.stderr.startswith(expected)
        (terminal.folder / "demandes.csv").unlink()
        shown = await terminal.run(None)
        assert (shown.exit_code, shown.stderr) == (
            1, f"{terminal.folder}/demandes.csv: is no file; name a CSV file\n",
        )  # fmt: skip
        shown = await terminal.run(file(ASAP.format("01")) + b"\n" * (callbacks_import.FILE_MAX // 2))
        assert shown.exit_code == 0
        shown = await terminal.run(b"a" * (callbacks_import.FILE_MAX + 1))
        assert (shown.exit_code, shown.stderr.partition(", and")[0]) == (
            1, f"{terminal.folder}/demandes.csv: has 2097153 bytes",
        )  # fmt: skip

    async def test_tells_that_nobody_answers_and_that_it_may_be_booked_all_the_same(self, terminal: Terminal) -> None:
        shown = await terminal.run(file(ASAP.format("01")), "--commit", url="http://127.0.0.1:21600")
        assert shown.exit_code == 1
        assert shown.stderr.startswith("http://127.0.0.1:21600: the service does not answer (ClientConnectorError).")
        assert "It may have booked them" in shown.stderr

    async def test_takes_no_answer_of_another_service_for_ours(self, terminal: Terminal) -> None:
        async def other(_: web.Request) -> web.Response:
            return web.Response(text="hello")

        app = web.Application()
        app.router.add_post("/api/v1/callbacks/import", other)
        async with TestServer(app, host="127.0.0.1") as server:
            shown = await terminal.run(file(ASAP.format("01")), url=f"http://127.0.0.1:{server.port}")
        assert shown.exit_code == 1
        assert "answered 200, and not as this service does" in shown.stderr


def test_the_application_has_one_route_for_it() -> None:
    routes = [each for each in make_app(FakeFloor()).router.routes() if each.resource.canonical == URL]
    assert [each.method for each in routes] == ["POST"]
