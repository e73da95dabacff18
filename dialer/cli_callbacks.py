"""`dialer callbacks`: requests to be called back, handed to the running service.

Decides how a file is sent and how the answer reads in a terminal. What a file may say is judged by the service, which
alone knows what is promised already: one writer. Must not know the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from dialer import cli_service as service
from dialer.web.callbacks_import import FILE_MAX, Imported, ImportedRow
from schedules.walltime import wall_clock

PATH = "/api/v1/callbacks/import"

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
    service.import_csv(
        file, PATH, "callbacks:write", url, Imported, _told, bytes_max=FILE_MAX, commit=commit,
        unknown="It may have booked them: look before sending them again.", nothing="nothing is booked",
    )  # fmt: skip


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
