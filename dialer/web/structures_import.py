"""The directory of structures as a CSV file, posted whole: its plan is shown, and done in one change or not at all.

Decides how much is read, that calls go on meanwhile, and that nothing is done when the directory has changed since it
was compared. Must not know what a row may say (`structures_csv`), nor which cases point to a structure.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date

from aiohttp import web

from dialer.core.cases.refusals import CaseRefusal
from dialer.core.csv_table import LineFault, decode
from dialer.core.csv_text import BOM
from dialer.core.events import StructuresChanged
from dialer.core.structures.structure import Structure, StructureId
from dialer.core.structures.structures_csv import Plan, Row, csv_of, plan, read_rows
from dialer.web.answer import answer
from dialer.web.asked import read_query
from dialer.web.commit import commit
from dialer.web.csv_file import read_file, refuse_lines
from dialer.web.floor import Floor
from dialer.web.keys import FLOOR, TOKEN
from dialer.web.models import Asked, NoQuery, Told
from dialer.web.not_made import not_made

FILE_MAX = 8 * 1024 * 1024
"""Bytes of a file: 20,000 structures, each with all that may be said of it."""
FILE_NAME = "structures.csv"


class StructuresImportQuery(Asked):
    """`dry_run`: say what would be changed, and change nothing."""

    dry_run: bool = True


class AddedRow(Told):
    line: int
    id: str
    name: str


class UpdatedRow(AddedRow):
    changed: list[str]
    """The fields that are not as they were: `point` is latitude and longitude."""
    reopened: bool
    """It was closed, and is no more."""


class ClosedRow(AddedRow):
    closed_on: date
    successor: str | None
    cases: int
    """Open cases that point to it; they pass to its successor on the day of the closing."""


class AlikeRow(Told):
    """Perhaps the same structure twice: of the same kind, with the same name and commune, or the same number."""

    line: int
    other: str


class StructuresImported(Told):
    """What the file changes. Every row is added, updated, closed or unchanged."""

    dry_run: bool
    added: list[AddedRow]
    updated: list[UpdatedRow]
    closed: list[ClosedRow]
    unchanged: int
    absent: list[str]
    """In the directory, not closed, and not in the file: they stay as they are."""
    alike: list[AlikeRow]


async def import_structures(request: web.Request) -> web.Response:
    query = read_query(request, StructuresImportQuery)
    floor = request.app[FLOOR]
    content = await read_file(request, FILE_MAX)
    cases = await floor.cases_of_structures()
    directory = floor.directory()
    found = await asyncio.to_thread(_planned, content, directory.structures, cases)
    if not isinstance(found, Plan):
        raise refuse_lines(found)
    if not query.dry_run:
        if floor.directory() is not directory:
            raise not_made(CaseRefusal.STALE)
        await commit_plan(floor, found, directory.structures, request[TOKEN])
    return await asyncio.to_thread(_answer, found, dry_run=query.dry_run)


async def export_structures(request: web.Request) -> web.Response:
    read_query(request, NoQuery)
    structures = request.app[FLOOR].directory().structures
    written = await asyncio.to_thread(_written, structures)
    return web.Response(
        body=written,
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{FILE_NAME}"'},
    )


async def commit_plan(floor: Floor, planned: Plan, known: Mapping[StructureId, Structure], by: str) -> None:
    """Do it, unless what it was made against is no longer so: then Refused 409. ``known``: the directory it was."""
    changed = {each.id: each for each in planned.changes}
    if not changed:
        return
    # Whoever takes over, or hands over, is a part of what was judged: they are told as they were.
    ends = {each.successor for each in (*changed.values(), *known.values()) if each.successor is not None}
    beside = [
        each
        for each in known.values()
        if each.id not in changed and (each.successor is not None or (each.id in ends and each.closed_on is None))
    ]
    changes = [(known.get(key), structure) for key, structure in changed.items()]
    changes += [(each, each) for each in beside]
    await commit(floor, StructuresChanged(floor.now(), by, tuple(changes)))


def _planned(
    content: bytes, known: Mapping[StructureId, Structure], cases: Mapping[StructureId, int]
) -> Plan | list[LineFault]:
    text = decode(content)
    if isinstance(text, LineFault):
        return [text]
    read = read_rows(text)
    rows = [each for each in read if isinstance(each, Row)]
    if len(rows) < len(read):
        return [each for each in read if isinstance(each, LineFault)]
    return plan(rows, known, lambda structure: cases.get(structure, 0))


def _written(structures: Mapping[StructureId, Structure]) -> bytes:
    ordered = (structures[key] for key in sorted(structures))
    return (BOM + "".join(csv_of(ordered))).encode()


def _answer(found: Plan, *, dry_run: bool) -> web.Response:
    told = StructuresImported(
        dry_run=dry_run,
        added=[AddedRow(line=each.line, id=each.structure.id, name=each.structure.name) for each in found.added],
        updated=[
            UpdatedRow(
                line=each.line,
                id=each.structure.id,
                name=each.structure.name,
                changed=list(each.changed),
                reopened=each.reopened,
            )
            for each in found.updated
        ],
        closed=[
            ClosedRow(
                line=each.line,
                id=each.structure.id,
                name=each.structure.name,
                closed_on=each.structure.closed_on,
                successor=each.structure.successor,
                cases=each.cases,
            )
            for each in found.closed
            if each.structure.closed_on is not None
        ],
        unchanged=len(found.unchanged),
        absent=list(found.absent),
        alike=[AlikeRow(line=each.line, other=each.other) for each in found.alike],
    )
    return answer(told, 200 if dry_run else 201)
