"""A CSV file of requests to be called back, posted whole: looked through, and booked in one change or not at all.

Decides how much is read, and that a long file lets calls go on while it is looked through. Must not know what a row may
say (`intake_csv`) nor what makes a request whole (`intake`). Nothing of the file is logged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiohttp import web
from pydantic import AwareDatetime

from dialer.core.callbacks.intake_csv import Duplicate, Row, duplicates, judge, read_rows
from dialer.core.callbacks.request import Intake, Request
from dialer.core.cases.case import Flag, Kind
from dialer.core.csv_table import LineFault, decode
from dialer.core.events import CallbacksAsked
from dialer.core.numbers import masked
from dialer.core.words import E164
from dialer.web.answer import answer
from dialer.web.asked import read_query
from dialer.web.booking import slots_of
from dialer.web.callback_models import Span, span
from dialer.web.commit import commit
from dialer.web.csv_file import read_file, refuse_lines
from dialer.web.floor import Floor
from dialer.web.keys import FLOOR
from dialer.web.models import Asked, Told

FILE_MAX = 2 * 1024 * 1024
"""Bytes of a file."""
ROWS_AT_ONCE = 20
"""Rows that are judged before whatever else is waiting has its turn: some 20 ms."""


class ImportQuery(Asked):
    """`dry_run`: say what would be booked, and book nothing."""

    dry_run: bool = True


class ImportedBooking(Told):
    """What was made of one row. `id`: that of an open callback which it joined, or of a new one."""

    id: str
    reference: str
    """Eight digits, to be read out; never given again."""
    case: str
    flags: list[Flag]
    due_at: AwareDatetime
    legal_deadline_at: AwareDatetime | None


class ImportedRow(Told):
    line: int
    """Of the file, in which the row begins."""
    phone: str
    """Masked."""
    kind: Kind
    on_line: str
    promised: Span | None
    """The window; None: as soon as possible."""
    earlier_line: int | None
    """In which the same number is."""
    open: list[str]
    """The open callbacks of the same number, by their ids. The same person's is joined; another person's is linked."""
    booked: ImportedBooking | None
    """None in a dry run."""


class Imported(Told):
    dry_run: bool
    rows: list[ImportedRow]


async def import_callbacks(request: web.Request) -> web.Response:
    query = read_query(request, ImportQuery)
    floor = request.app[FLOOR]
    text = decode(await read_file(request, FILE_MAX))
    if isinstance(text, LineFault):
        raise refuse_lines([text])
    requests = await _judged(text, floor)

    def open_of(number: E164) -> list[str]:
        return [callback.id for callback in floor.callbacks_on(number)]

    already = {each.line: each for each in duplicates(requests, open_of)}
    made: Sequence[Intake | None] = [None] * len(requests)
    if not query.dry_run:
        event = CallbacksAsked(floor.now(), tuple(each for _, each in requests))
        made = (await commit(floor, event)).intakes
    rows = [_row(line, each, already.get(line), intake) for (line, each), intake in zip(requests, made, strict=True)]
    return answer(Imported(dry_run=query.dry_run, rows=rows), 200 if query.dry_run else 201)


async def _judged(text: str, floor: Floor) -> list[tuple[int, Request]]:
    """The requests by their lines. Raises Refused 422 with every fault of the file."""
    read = await asyncio.to_thread(read_rows, text)  # 2 MiB of empty lines take a while
    rows = [one for one in read if isinstance(one, Row)]
    faults = [one for one in read if isinstance(one, LineFault)]
    requests: list[tuple[int, Request]] = []
    for number, judged in enumerate(judge(rows, floor.rules(), slots_of(floor), floor.now()), start=1):
        if isinstance(judged.found, Request):
            requests.append((judged.line, judged.found))
        else:
            faults += judged.found
        if number % ROWS_AT_ONCE == 0:
            await asyncio.sleep(0)
    if faults:
        raise refuse_lines(faults)
    return requests


def _row(line: int, request: Request, already: Duplicate | None, intake: Intake | None) -> ImportedRow:
    booked = None
    if intake is not None:
        booking = intake.booking
        booked = ImportedBooking(
            id=booking.id,
            reference=booking.reference,
            case=booking.case,
            flags=list(booking.flags),
            due_at=booking.due_at,
            legal_deadline_at=booking.legal_deadline_at,
        )
    return ImportedRow(
        line=line,
        phone=masked(request.phone.number),
        kind=request.kind,
        on_line=request.line,
        promised=span(request.window),
        earlier_line=already.earlier if already is not None else None,
        open=list(already.open) if already is not None else [],
        booked=booked,
    )
