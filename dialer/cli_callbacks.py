"""`dialer callbacks`: requests to be called back, handed to the running service.

Decides how a file is sent and how the answer reads in a terminal. What a file may say is judged by the service, which
alone knows what is promised already: one writer. Must not know the database.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Annotated, NoReturn

import aiohttp
import typer
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from dialer.configuration.report import fault_lines
from dialer.configuration.url import base_address
from dialer.settings import read_settings
from dialer.web.callbacks_import import FILE_MAX, Imported, ImportedRow
from dialer.web.models import Problem
from schedules.walltime import wall_clock

TOKEN = "DIALER_TOKEN"  # noqa: S105 - the variable's name
PATH = "/api/v1/callbacks/import"
ANSWER_MAX_S = 120.0
"""How long the service may take for a file."""

callbacks_app = typer.Typer(no_args_is_help=True, help="Requests to be called back.")


@callbacks_app.callback()
def callbacks() -> None:
    """Requests to be called back."""


@callbacks_app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV in UTF-8, its columns named as the API's fields.")],
    commit: Annotated[
        bool, typer.Option("--commit", help="Book them; without it they are only looked through.")
    ] = False,
    url: Annotated[str | None, typer.Option(help="Where the service answers; DIALER_HTTP when not said.")] = None,
) -> None:
    """Book all requests of a file, or say everything that is wrong with it. The token is taken from DIALER_TOKEN."""
    content = _content(file)
    token = os.environ.get(TOKEN, "")
    if not token or not token.isascii() or not token.isprintable():
        _refuse(f"{TOKEN}: holds no token; make one with the scope callbacks:write ('demo' in a demonstration)")
    base = _base(url)
    try:
        status, answer = asyncio.run(_post(f"{base}{PATH}", content, token, dry_run=not commit))
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        unknown = " It may have booked them: look before sending them again." if commit else ""
        _refuse(f"{base}: the service does not answer ({type(error).__name__}).{unknown} Start it, or give --url.")
    try:
        if status in (200, 201):
            for line in _told(file, Imported.model_validate_json(answer)):
                typer.echo(line)
        else:
            _refuse(*_wrong(file, Problem.model_validate_json(answer)))
    except ValidationError:
        _refuse(f"{base}: answered {status}, and not as this service does; give another --url")


def _content(file: Path) -> bytes:
    try:
        if not file.is_file():
            _refuse(f"{file}: is no file; name a CSV file")
        content = file.read_bytes()
    except OSError as error:
        _refuse(f"{file}: cannot be read ({error.strerror})")
    if len(content) > FILE_MAX:
        _refuse(f"{file}: has {len(content)} bytes, and may have {FILE_MAX}; import it in parts")
    return content


def _base(url: str | None) -> str:
    if url is None:
        settings = read_settings()
        if isinstance(settings, list):
            _refuse(*fault_lines(settings))
        return f"http://{settings.http}"
    try:
        return base_address(url)
    except PydanticCustomError as error:
        told = error.context or {}
        _refuse(f"--url: {told['what']} — {told['mend']}")


async def _post(url: str, content: bytes, token: str, *, dry_run: bool) -> tuple[int, bytes]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/csv; charset=utf-8"}
    timeout = aiohttp.ClientTimeout(total=ANSWER_MAX_S)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        # Not elsewhere: where it is sent on to might not be ours, and there are people's names in it.
        session.post(
            url, data=BytesIO(content), headers=headers, params={"dry_run": str(dry_run).lower()}, allow_redirects=False
        ) as response,
    ):
        return response.status, await response.read()


def _told(file: Path, imported: Imported) -> Iterator[str]:
    for row in imported.rows:
        yield f"{file} line {row.line}: {_row(row)}"
    count = len(imported.rows)
    requests = "1 request" if count == 1 else f"{count} requests"
    known = sum(row.earlier_line is not None or bool(row.open) for row in imported.rows)
    already = f", {known} of a number that is there already" if known else ""
    if imported.dry_run:
        yield f"no fault; {requests}{already}. Nothing is booked yet: give --commit to book them."
    else:
        yield f"{requests} booked{already}."


def _row(row: ImportedRow) -> str:
    parts = [row.phone, f"{row.kind} on {row.on_line}", _when(row)]
    if row.booked is not None:
        parts.append(f"reference {row.booked.reference}, {row.booked.id}")
    if row.earlier_line is not None:
        parts.append(f"the number of line {row.earlier_line} too")
    if row.open:
        parts.append(f"an open callback has this number: {', '.join(row.open)}")
    return "; ".join(parts)


def _when(row: ImportedRow) -> str:
    if row.promised is None:
        return "as soon as possible"
    start, end = wall_clock(row.promised.start), wall_clock(row.promised.end)
    return f"{start:%d/%m/%Y %H:%M} to {end:%H:%M}" if start.date() == end.date() else f"{start} to {end}"


def _wrong(file: Path, problem: Problem) -> Iterator[str]:
    for fault in problem.errors or ():
        yield f"{file} {fault.field}: {fault.message}" if fault.field else f"{file}: {fault.message}"
    if not problem.errors:
        yield f"{problem.status} {problem.title}: {problem.detail or 'no more is known'}"
    else:
        count = len(problem.errors)
        yield f"{'1 fault' if count == 1 else f'{count} faults'}; nothing is booked"


def _refuse(*lines: str) -> NoReturn:
    for line in lines:
        typer.echo(line, err=True)
    raise typer.Exit(1)
