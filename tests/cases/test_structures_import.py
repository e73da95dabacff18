"""A file of structures changes the directory whole, as it was shown before, or not at all; an export is read again."""

from __future__ import annotations

import asyncio
import csv
import threading
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from typer.testing import CliRunner, Result

from dialer.cli_structures import structures_app
from dialer.core import events as ev
from dialer.core.cases.refusals import SENTENCES, CaseRefusal
from dialer.core.csv_text import BOM
from dialer.core.structures.structure import StructureId
from dialer.core.structures.structures_csv import ROWS_MAX
from dialer.web import structures_import
from tests.cases.conftest import Office, StartOffice
from tests.cases.test_structures import ALL, LAVAL, MAYENNE, faults, found, one_database, point_to, put
from tests.core import structure_world

pytestmark = pytest.mark.asyncio

HEADER = "id;kind;name;postcode;commune"
FULL = f"{HEADER};phone;closed_on;successor"
FORMULAS = {
    "id": "ml-formule", "kind": "ML", "name": "=HYPERLINK(1)", "address": "+1 rue des Essais",
    "postcode": "01000", "commune": "@Bourg ; \"en\" Bresse", "phone": "3949", "mail": "ml@example.net",
    "site": "https://www.example.net/?a=1", "hours": "mon=09:00-12:00; sat=09:00-10:00",
    "appointments": "mon=09:00-12:00", "appointment_min": "45", "open_from": "2026-01-01",
}  # fmt: skip


def file(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join((header, *rows)).encode()


async def send(house: Office, content: bytes, *, commit: bool = False, **headers: str) -> tuple[int, dict[str, Any]]:
    query = "?dry_run=false" if commit else ""
    sent = {"Content-Type": "text/csv"} | headers
    return await house.ask("POST", f"/structures/import{query}", data=BytesIO(content), headers=sent)


async def test_a_dry_run_shows_the_plan_and_a_commit_does_it_whole(office: StartOffice) -> None:
    house = await office()
    await put(house, LAVAL, MAYENNE)
    await point_to(house, "cio-laval")
    content = file(
        "cio-laval;CIO;CIO de Laval;53000;Laval;01 99 00 00 01;01/12/2026;ml-laval",
        "ml-laval;ML;Mission locale;53000;Laval;;;",
        "ml-mayenne;ML;Mission locale du Bocage;53100;Mayenne;;;",
        "cio-2;CIO;C.I.O. de Laval;53000;LAVAL;01 99 00 00 02;;",
        header=FULL,
    )
    status, shown = await send(house, content)
    assert status == 200
    assert shown == {
        "dry_run": True,
        "added": [{"line": 3, "id": "ml-laval", "name": "Mission locale"},
                  {"line": 5, "id": "cio-2", "name": "C.I.O. de Laval"}],
        "updated": [{"line": 4, "id": "ml-mayenne", "name": "Mission locale du Bocage", "changed": ["name"],
                     "reopened": False}],
        "closed": [{"line": 2, "id": "cio-laval", "name": "CIO de Laval", "closed_on": "2026-12-01",
                    "successor": "ml-laval", "cases": 1}],
        "unchanged": 0, "absent": [], "alike": [],
    }  # fmt: skip
    assert await found(house, "") == ["cio-laval", "ml-mayenne"], "a dry run changes nothing"
    status, done = await send(house, content, commit=True)
    assert (status, done) == (201, shown | {"dry_run": False})
    house = await office()
    assert sorted(await found(house, "")) == ["cio-2", "cio-laval", "ml-laval", "ml-mayenne"]
    (told,) = [await house.ask("GET", "/structures/cio-laval")]
    assert (told[1]["closed_on"], told[1]["hours"]) == ("2026-12-01", LAVAL["hours"])
    status, again = await send(house, content, commit=True)
    assert (status, again["unchanged"], again["added"], again["closed"]) == (201, 4, [], [])


async def test_the_export_opens_in_a_spreadsheet_harmlessly_and_is_read_again_as_no_change(office: StartOffice) -> None:
    house = await office()
    await put(house, *ALL, FORMULAS)
    await house.ask("POST", "/structures", json={"id": "ml-nord", "closed_on": "2026-12-01", "successor": "cio-laval"})
    house = await office()
    async with house.client.get("/api/v1/structures.csv") as response:
        assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert response.headers["Content-Disposition"] == 'attachment; filename="structures.csv"'
        content = await response.read()
    assert content.startswith(BOM.encode())
    rows = {row["id"]: row for row in csv.DictReader(StringIO(content.decode("utf-8-sig")), delimiter=";")}
    assert rows["ml-formule"]["name"] == "'=HYPERLINK(1)"
    assert rows["ml-formule"]["commune"].startswith("'@Bourg")
    assert rows["ml-formule"]["address"].startswith("'+1")
    assert rows["ml-formule"]["postcode"] == "'01000"
    assert rows["ml-nord"]["closed_on"] == "01/12/2026"
    status, told = await send(house, content, commit=True)
    assert (status, told["unchanged"]) == (201, len(ALL) + 1)
    assert [told[each] for each in ("added", "updated", "closed", "absent", "alike")] == [[]] * 5
    _, shown = await house.ask("GET", "/structures/ml-formule")
    assert (shown["name"], shown["commune"]) == (FORMULAS["name"], FORMULAS["commune"])


@one_database
async def test_all_faults_of_a_file_are_told_with_their_lines_and_nothing_is_done(office: StartOffice) -> None:
    house = await office()
    await put(house, LAVAL)
    await point_to(house, "cio-laval")
    content = file(
        "cio-laval;CIO;CIO de Laval;53000;Laval;;01/12/2026;",
        "ml-a;ML;Mission locale;1000;Bourg;;;",
        "ml-b;ML;Mission locale;53000;Laval;0890120120x;01/12/2026;ml-nulle-part",
        "ml-c;BAR;;53000;Laval;;;",
        "ml-d;ML;D;53000;Laval;;01/12/2026;ml-e",
        "ml-e;ML;E;53000;Laval;;01/12/2026;ml-d",
        header=FULL,
    )
    status, told = await send(house, content, commit=True)
    assert status == 422
    assert faults(told) == [
        "line 2 closed_on", "line 3 postcode", "line 4 phone", "line 5 kind", "line 5 name", "line 6 successor",
        "line 7 successor",
    ]  # fmt: skip
    assert "write 01000" in told["errors"][1]["message"]
    assert await found(house, "?closed_too=true") == ["cio-laval"]


@one_database
async def test_what_is_no_file_of_structures_is_refused_with_how_to_mend_it(office: StartOffice) -> None:
    house = await office()
    latin = file("cio-laval;CIO;CIO de l'Évêché;53000;Laval").decode().encode("latin-1")
    for content, field in (
        (latin, "line 2"), (file("a;b").decode().encode("utf-16"), "line 1"), (b"", "line 1"),
        (HEADER.encode(), "line 1"),
        (file("cio-laval;CIO;Laval;53000"), "line 2"), (file('"cio;CIO;Laval'), "line 2"),
        (b"id;kind;name;postcode;colour\n", "line 1"),
    ):  # fmt: skip
        status, told = await send(house, content, commit=True)
        assert status == 422, content[:40]
        assert told["errors"][0]["field"].startswith(field), content[:40]
    good = file("cio-laval;CIO;CIO de Laval;53000;Laval")
    for headers in ({"Content-Type": "application/json"}, {"Content-Type": "text/csv; charset=iso-8859-1"}):
        assert (await send(house, good, commit=True, **headers))[0] == 415
    assert await found(house, "?closed_too=true") == []


@one_database
async def test_a_file_is_read_up_to_its_bounds_of_rows_and_bytes(office: StartOffice) -> None:
    house = await office()
    status, told = await send(house, file(*["a"] * (ROWS_MAX + 1)))
    assert (status, faults(told)) == (422, [f"line {ROWS_MAX + 2}"])
    assert "more than 20000 structures" in told["errors"][0]["message"]
    status, told = await send(house, b"\n" * (structures_import.FILE_MAX + 1))
    assert (status, told["detail"]) == (413, "The file is over 8388608 bytes.")


class Slow(dict[StructureId, int]):
    """How many cases point to each structure, told only once somebody lets it be told."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.let = threading.Event(), threading.Event()

    def get(self, key: StructureId, default: Any = None) -> Any:
        self.asked.set()
        assert self.let.wait(10)
        return super().get(key, default)


async def test_a_directory_that_changed_while_a_file_was_compared_is_left_as_it_is(office: StartOffice) -> None:
    house = await office()
    await put(house, LAVAL)
    counts = Slow()

    async def cases_of_structures() -> Slow:
        return counts

    house.floor.cases_of_structures = cases_of_structures  # type: ignore[method-assign]
    content = file("cio-laval;CIO;CIO de Laval;53000;Laval;;01/12/2026;", header=FULL)
    sending = asyncio.create_task(send(house, content, commit=True))
    assert await asyncio.to_thread(counts.asked.wait, 10)
    added = ev.StructuresChanged(house.clock.at, "bruno", ((None, structure_world.MAYENNE),))
    await house.happen(added)
    counts.let.set()
    status, told = await sending
    assert (status, told["detail"]) == (409, SENTENCES[CaseRefusal.STALE].en)
    house = await office()
    assert await found(house, "") == ["cio-laval", "ml-mayenne"]
    _, shown = await house.ask("GET", "/structures/cio-laval")
    assert shown["closed_on"] is None


@one_database
async def test_an_import_asks_for_its_own_scope(office: StartOffice) -> None:
    house = await office()
    token = await house.token("anna", "cases:write")
    sent = {"Content-Type": "text/csv"}
    status, _ = await house.ask("POST", "/structures/import", token, data=BytesIO(file("a")), headers=sent)
    assert status == 403
    assert (await house.ask("GET", "/structures.csv", token))[0] == 200
    assert (await house.ask("POST", "/structures/import?dry_run=perhaps", data=BytesIO(b""), headers=sent))[0] == 422


# -- the command ------------------------------------------------------------------------------------


class Terminal:
    """`dialer structures`, run beside the office's loop as an operator would."""

    def __init__(self, house: Office, folder: Path) -> None:
        self.url = f"http://127.0.0.1:{house.client.port}"
        self.path = folder / "structures.csv"

    async def run(self, command: str, *options: str, url: str | None = None, token: str = "demo") -> Result:
        arguments = [command, *options, "--url", url or self.url]
        return await asyncio.to_thread(CliRunner().invoke, structures_app, arguments, env={"DIALER_TOKEN": token})


@one_database
async def test_the_command_shows_the_plan_of_a_file_and_does_it_when_told_to(
    office: StartOffice, tmp_path: Path
) -> None:
    house = await office()
    await put(house, LAVAL, MAYENNE)
    await point_to(house, "cio-laval")
    terminal = Terminal(house, tmp_path)
    path = str(terminal.path)
    terminal.path.write_bytes(
        file(
            "cio-laval;CIO;CIO de Laval;53000;Laval;01 99 00 00 01;01/12/2026;ml-laval",
            "ml-laval;ML;Mission locale;53000;Laval;;;",
            "cio-2;CIO;CIO de Laval;53000;Laval;01 99 00 00 02;;",
            header=FULL,
        )
    )
    shown = await terminal.run("import", path)
    assert (shown.exit_code, shown.stdout.splitlines()) == (0, [
        f"{path} line 2: closes on 01/12/2026: cio-laval, CIO de Laval; ml-laval takes its place; 1 open case has an "
        "appointment with it",
        f"{path} line 3: new: ml-laval, Mission locale",
        f"{path} line 4: new: cio-2, CIO de Laval",
        "not in the file, and left as they are: 1 (ml-mayenne)",
        "no fault; 2 new, 0 changed, 1 closed, 0 unchanged. Nothing is done yet: give --commit to do it.",
    ])  # fmt: skip
    done = await terminal.run("import", path, "--commit")
    assert done.stdout.splitlines()[-1] == "done: 2 new, 0 changed, 1 closed, 0 unchanged."
    exported = await terminal.run("export")
    assert exported.exit_code == 0
    async with house.client.get("/api/v1/structures.csv") as response:
        assert exported.stdout_bytes == await response.read(), "not a byte more or less"
    terminal.path.write_bytes(exported.stdout_bytes)
    again = await terminal.run("import", path, "--commit")
    assert again.stdout.splitlines() == ["done: 0 new, 0 changed, 0 closed, 4 unchanged."]


@one_database
async def test_the_command_prints_every_fault_and_ends_with_1(office: StartOffice, tmp_path: Path) -> None:
    house = await office()
    terminal = Terminal(house, tmp_path)
    terminal.path.write_bytes(file("ml-a;ML;Mission locale;1000;Bourg", "ml-b;BAR;B;53000;Laval"))
    shown = await terminal.run("import", str(terminal.path), "--commit")
    assert shown.exit_code == 1
    assert [line.partition(":")[0] for line in shown.stderr.splitlines()] == [
        f"{terminal.path} line 2 postcode", f"{terminal.path} line 3 kind", "2 faults; nothing is changed",
    ]  # fmt: skip
    assert await found(house, "?closed_too=true") == []
    refused = await terminal.run("export", token="unknown")
    assert (refused.exit_code, refused.stderr) == (1, "401 Unauthorized: This token is not known, or no longer.\n")
    alone = await terminal.run("import", str(terminal.path), "--commit", url="http://127.0.0.1:1")
    assert alone.exit_code == 1
    assert "It may have taken the file in: look before sending it again." in alone.stderr


@one_database
async def test_the_command_takes_no_answer_of_another_service_for_ours(office: StartOffice, tmp_path: Path) -> None:
    async def other(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    terminal = Terminal(await office(), tmp_path)
    terminal.path.write_bytes(file("ml-a;ML;A;53000;Laval"))
    app = web.Application()
    app.router.add_post("/api/v1/structures/import", other)
    app.router.add_get("/api/v1/structures.csv", other)
    async with TestServer(app, host="127.0.0.1") as server:
        for arguments in (("import", str(terminal.path)), ("export",)):
            shown = await terminal.run(*arguments, url=f"http://127.0.0.1:{server.port}")
            assert shown.exit_code == 1
            assert "answered 200, and not as this service does" in shown.stderr
