"""`dialer structures`: the directory of structures, handed to the running service or asked of it.

Decides how a file is sent and how the plan reads in a terminal. What a file may say is judged by the service, which
alone knows the directory and the cases that point to it: one writer. Must not know the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from dialer import cli_service as service
from dialer.core.csv_text import BOM
from dialer.web.models import Problem
from dialer.web.structures_import import FILE_MAX, StructuresImported

IMPORT, EXPORT = "/api/v1/structures/import", "/api/v1/structures.csv"
ABSENT_SHOWN = 20
"""Of those that the file does not name: they stay, so their number says enough."""

structures_app = typer.Typer(no_args_is_help=True, help="The directory of structures.")

Url = Annotated[str | None, typer.Option(help="Where the service answers; DIALER_HTTP when not said.")]


@structures_app.callback()
def structures() -> None:
    """The directory of structures."""


@structures_app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV in UTF-8, its columns named as in docs/structures.md.")],
    commit: Annotated[bool, typer.Option("--commit", help="Do it; without it it is only looked through.")] = False,
    url: Url = None,
) -> None:
    """Add, change and close all structures of a file, or say everything that is wrong with it.

    The token is taken from DIALER_TOKEN.
    """
    service.import_csv(
        file, IMPORT, "structures:write", url, StructuresImported, _told, bytes_max=FILE_MAX, commit=commit,
        unknown="It may have taken the file in: look before sending it again.", nothing="nothing is changed",
    )  # fmt: skip


@structures_app.command("export")
def export_file(url: Url = None) -> None:
    """Write the whole directory to standard output, as a CSV file that the import reads again.

    The token is taken from DIALER_TOKEN.
    """
    token = service.token_for("structures:read")
    base = service.base_of(url)
    status, answer = service.fetch(base, EXPORT, token)
    if status == 200 and answer.startswith(BOM.encode()):
        typer.echo(answer, nl=False)
        return
    try:
        service.refuse(service.told(Problem.model_validate_json(answer)))
    except ValidationError:
        service.refuse_stranger(base, status)


def _told(file: Path, found: StructuresImported) -> Iterator[str]:
    rows = [(each.line, f"new: {each.id}, {each.name}") for each in found.added]
    for each in found.updated:
        again = "open again; " if each.reopened else ""
        rows.append((each.line, f"{again}changed: {each.id}, {each.name}: {', '.join(each.changed)}"))
    for gone in found.closed:
        on = f"{gone.closed_on:%d/%m/%Y}"
        rows.append((gone.line, f"closes on {on}: {gone.id}, {gone.name}; {_after(gone.successor, gone.cases)}"))
    rows += [(each.line, f"perhaps the same as {each.other}: look at both") for each in found.alike]
    for line, text in sorted(rows):
        yield f"{file} line {line}: {text}"
    if found.absent:
        named = ", ".join(found.absent[:ABSENT_SHOWN]) + (", …" if len(found.absent) > ABSENT_SHOWN else "")
        yield f"not in the file, and left as they are: {len(found.absent)} ({named})"
    counts = (
        f"{len(found.added)} new, {len(found.updated)} changed, {len(found.closed)} closed, {found.unchanged} unchanged"
    )
    if found.dry_run:
        yield f"no fault; {counts}. Nothing is done yet: give --commit to do it."
    else:
        yield f"done: {counts}."


def _after(successor: str | None, cases: int) -> str:
    if successor is None:
        return "nobody takes its place; no open case has an appointment with it"
    count = "no open case has" if cases == 0 else "1 open case has" if cases == 1 else f"{cases} open cases have"
    return f"{successor} takes its place; {count} an appointment with it"
