"""Structures in the API: searched, shown, and one of them added, changed or closed.

Decides which wishes of a query make which search, and what of a body is told. What a structure may be, and how it
closes, is judged by the core, the same for the API and for a file (`structures_import`). The directory is no person's
data: whoever has the scope sees all of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Set
from datetime import datetime, timedelta

from aiohttp import web

from dialer.core.csv_table import LineFault
from dialer.core.structures.fields import structure_id
from dialer.core.structures.search import Wanted
from dialer.core.structures.structure import StructureId
from dialer.core.structures.structures_csv import Plan, Row, plan
from dialer.web import structure_models as models
from dialer.web.answer import answer
from dialer.web.asked import read_id, read_query, refuse, refuse_all, sift_body
from dialer.web.keys import FLOOR, TOKEN
from dialer.web.models import FieldFault, NoQuery, Page
from dialer.web.paging import page_of, place_of
from dialer.web.problems import Refused
from dialer.web.structures_import import commit_plan

AHEAD_MAX = timedelta(days=366)
"""How far from now `open_at` may be: hours are known of the week as it is."""
_THE_ONE = 0
"""The line of the only row there is."""


async def list_structures(request: web.Request) -> web.Response:
    query = read_query(request, models.StructuresQuery)
    floor = request.app[FLOOR]
    place = place_of(query.cursor, floor.now())
    wanted = Wanted(
        query.text or "",
        query.postcode,
        query.near,
        frozenset({query.academie}) if query.academie is not None else None,
        frozenset({query.kind}) if query.kind is not None else frozenset(),
        _open_at(query, place.at),
        query.closed_too,
    )
    directory = floor.directory()
    # In a thread: in a directory of thousands a misspelt word takes a while, and the calls shall not.
    found = await asyncio.to_thread(directory.find, wanted, place.at)
    page, following = page_of(found, lambda each: each.structure.id, place, query.limit)
    items = [models.told(each, directory, place.at) for each in page]
    return answer(Page[models.ListedStructure](items=items, next=following))


async def get_structure(request: web.Request) -> web.Response:
    read_query(request, NoQuery)
    return _shown(request, StructureId(read_id(request)))


async def put_down_structure(request: web.Request) -> web.Response:
    """A new structure, or what is changed of a known one; closing is such a change."""
    read_query(request, NoQuery)
    body, faults = await sift_body(request, models.StructureBody)
    floor = request.app[FLOOR]
    cases = await floor.cases_of_structures()
    known = floor.directory().structures
    said = {"id": ""} | body.said()
    found = plan([Row(_THE_ONE, said)], known, lambda structure: cases.get(structure, 0))
    if faults or not isinstance(found, Plan):
        wrongs = [] if isinstance(found, Plan) else found
        raise refuse_all(faults + _told_beside(faults, wrongs, body.model_fields_set))
    await commit_plan(floor, found, known, request[TOKEN])
    key = structure_id(said["id"])
    assert key is not None, "a plan has read its id"
    return _shown(request, key, 200 if key in known else 201)


def _told_beside(faults: list[FieldFault], wrongs: list[LineFault], said: Set[str]) -> list[FieldFault]:
    """What is wrong in a body beside ``faults``, those of its types: nothing is said twice, or on a guess."""
    out = {fault.field for fault in faults}
    if any(wrong.column == "id" for wrong in wrongs):
        # Nobody knows whether it is a new one, of which more must be said.
        out |= models.StructureBody.model_fields.keys() - said - {"id"}
    return [FieldFault(field=each.column or "", message=each.message) for each in wrongs if each.column not in out]


def _open_at(query: models.StructuresQuery, at: datetime) -> datetime | None:
    if query.open_at is None:
        return at if query.open_now else None
    if query.open_now:
        raise refuse("open_at", "comes beside open_now; send one of them")
    if abs(query.open_at - at) > AHEAD_MAX:
        raise refuse("open_at", "is more than a year away; hours are known of the week as it is")
    return query.open_at


def _shown(request: web.Request, key: StructureId, status: int = 200) -> web.Response:
    floor = request.app[FLOOR]
    directory = floor.directory()
    one = directory.structures.get(key)
    if one is None:
        raise Refused(404, "There is no structure with this id.")
    return answer(models.told_whole(one, directory, floor.now()), status)
