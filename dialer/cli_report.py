"""`dialer report`: the figures of a year, read from the database beside a running service.

Decides how it is asked for and how it reads in a terminal. Must not know what is counted, nor change anything: it
leads no database.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, NoReturn

import typer

from dialer.configuration.officers import nearest_academies
from dialer.configuration.report import fault_lines
from dialer.core.places.academie import ACADEMIES, AcademieCode, named
from dialer.core.report.erased import Difference
from dialer.core.report.report import NO_ACADEMIE, Dimension
from dialer.core.report.tables import Tables, tables
from dialer.core.report.text import csv_of, text_of
from dialer.rtf import Review, review
from dialer.settings import read_settings
from dialer.store.refusal import StoreError
from dialer.store.snapshot import UnreadableSnapshot
from dialer.store.store import Store

FIRST_YEAR = 2015
"""The right to return is of décret 2014-1453; there are no requests before."""

report_app = typer.Typer(no_args_is_help=True, help="Figures of a year.")


class Source(StrEnum):
    FILES = "files"
    JOURNAL = "journal"
    BOTH = "both"


@report_app.callback()
def report() -> None:
    """Figures of a year."""


@report_app.command("rtf")
def rtf(
    year: Annotated[int, typer.Option(min=FIRST_YEAR, max=9998, help="In which the requests were received.")],
    academie: Annotated[str | None, typer.Option(help="Of this one alone: its code or its name.")] = None,
    source: Annotated[
        Source, typer.Option("--from", help="both: from the files, checked against the journal.")
    ] = Source.BOTH,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV for a French spreadsheet instead of text.")] = False,
    whole: Annotated[
        bool, typer.Option("--whole", help="Small numbers too, which may point at people: not to be published.")
    ] = False,
) -> None:
    """The annual review of the right to return to training; docs/review.md says what is counted."""
    code = _academie(academie)
    found = _review(year, code)
    shown = tables(found.journal if source is Source.JOURNAL else found.files, mask=not whole)
    if as_csv:
        sys.stdout.buffer.write(csv_of(shown, academie_name).encode())  # its line ends as they are
    else:
        _print(text_of(shown, academie_name))
    if source is Source.BOTH:
        _compare(found, shown)


def academie_name(value: str) -> str:
    known = ACADEMIES.get(AcademieCode(value))
    return known.name if known is not None else value


def _academie(text: str | None) -> AcademieCode | None:
    if text is None:
        return None
    known = named(text)
    if known is None:
        _refuse(f"--academie: there is no académie {text!r}; write {nearest_academies(text)}")
    return known.code


def _review(year: int, academie: AcademieCode | None) -> Review:
    settings = read_settings()
    if isinstance(settings, list):
        _refuse(*fault_lines(settings))

    async def read() -> Review:
        store = await Store.open(settings.database_url, lead=False)  # beside a service that runs
        try:
            return await review(store, year, academie, datetime.now(UTC))
        finally:
            await store.close()

    try:
        return asyncio.run(read())
    except StoreError as error:
        _refuse(str(error))
    except UnreadableSnapshot:
        _refuse("a file of this year was written by another version of the service: take that one, or start this one")


def _compare(found: Review, shown: Tables) -> None:
    """Whether the two ways agree, beside the figures, so that a CSV holds nothing else."""
    differences = found.differences
    if differences:
        count = len(differences)
        _refuse(*map(_told, differences), f"files and journal differ in {count} place{'s' if count > 1 else ''}")
    delays = "; of erased cases the delays in whole days" if shown.report.whole_days else ""
    typer.echo(f"files and journal agree in every number{delays}", err=True)


def _told(one: Difference) -> str:
    where = "all" if one.place is None else f"{one.place[0]} {_value(*one.place)}"
    return f"{where}: {one.what}: {one.files} in the files, {one.journal} in the journal"


def _value(dimension: Dimension, value: str) -> str:
    return academie_name(value) if dimension is Dimension.ACADEMIE and value != NO_ACADEMIE else value


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)


def _refuse(*lines: str) -> NoReturn:
    for line in lines:
        typer.echo(line, err=True)
    raise typer.Exit(1)
