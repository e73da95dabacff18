"""A CSV file that is posted whole.

Decides how much of it is read, and how its faults are told: each with its line. Must not know what a row may say.
"""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from dialer.core.csv_table import LineFault
from dialer.web.asked import refuse_all
from dialer.web.models import FieldFault
from dialer.web.problems import Refused


async def read_file(request: web.Request, bytes_max: int) -> bytes:
    """The file as it was sent. Raises Refused 413, 415. The application's own limit is for bodies of JSON."""
    if request.content_type != "text/csv" or (request.charset or "utf-8").lower() != "utf-8":
        raise Refused(415, "Send CSV in UTF-8: Content-Type: text/csv", headers={"Accept": "text/csv"})
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Refused(415, "Send the file as it is, not compressed.", headers={"Accept-Encoding": "identity"})
    content = bytearray()
    async for chunk in request.content.iter_any():
        content += chunk
        if len(content) > bytes_max:
            raise Refused(413, f"The file is over {bytes_max} bytes.")
    return bytes(content)


def refuse_lines(faults: Iterable[LineFault]) -> Refused:
    """Every fault of a file at once, as 422."""
    return refuse_all(
        [
            FieldFault(field=f"line {one.line} {one.column}" if one.column else f"line {one.line}", message=one.message)
            for one in faults
        ]
    )
