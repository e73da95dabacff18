"""The list of cases as a file for a French spreadsheet.

Decides its columns and their French, and how many cases one file may have. How a cell is written, so that nothing in it
is run as a formula, is `csv_text`'s. Must not know how cases are kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from aiohttp import web

from dialer.core.callbacks.states import CaseId
from dialer.core.cases.audit import Looked
from dialer.core.cases.case import Standing
from dialer.core.cases.responsible import Officer, OfficerId
from dialer.core.csv_text import Cell, document
from dialer.core.numbers import national
from dialer.core.reference import spoken
from dialer.core.words import E164
from dialer.web import case_models as models
from dialer.web.asked import read_query, refuse
from dialer.web.case_bodies import CaseFilters
from dialer.web.case_door import look
from dialer.web.case_floor import CaseRow
from dialer.web.case_shown import shown_row
from dialer.web.cases import scene_of, wanted
from dialer.web.french import CALLBACK_KINDS, CALLBACK_OUTCOMES
from dialer.web.keys import FLOOR
from schedules.walltime import wall_clock

ROWS_MAX = 20_000
READ_AT_ONCE = 1_000

HEADER = (
    "Dossier", "Demande", "Reçue le", "État", "Échéance légale", "Situation", "Rendez-vous", "Hors délai", "Clos le",
    "Issue", "Académie", "Référent", "Prénom", "Nom", "Téléphone",
)  # fmt: skip
STANDINGS_FR: Mapping[Standing, str] = MappingProxyType(
    {
        Standing.DUE: "dans les délais",
        Standing.AT_RISK: "échéance proche",
        Standing.LATE: "échéance dépassée",
        Standing.MET: "rendez-vous dans les délais",
    }
)
POOL_FR = "niveau national"


async def export_cases(request: web.Request) -> web.Response:
    """All of them, looked up before the first is written; raises Refused 422 when there are too many for one file."""
    query = read_query(request, CaseFilters)
    floor = request.app[FLOOR]
    asked = wanted(request, query)
    rows: list[CaseRow] = []
    cursor = None
    while True:
        page = await floor.cases_page(asked, READ_AT_ONCE, cursor)
        rows += page.items
        cursor = page.next
        if len(rows) > ROWS_MAX:
            raise refuse("", f"more than {ROWS_MAX} cases are meant; narrow the filter, by year or académie")
        if cursor is None:
            break
    await look(request, [CaseId(row.id) for row in rows], Looked.EXPORT)
    scene, officers = scene_of(request), floor.rules().officers
    # In a thread: 20,000 rows take a second or so, and the calls shall not wait for them.
    text = await asyncio.to_thread(lambda: _document([shown_row(row, scene) for row in rows], officers).encode())
    day = wall_clock(floor.now()).date()
    return web.Response(
        body=text,
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="dossiers-{day.isoformat()}.csv"'},
    )


def _document(cases: Sequence[models.Case], officers: Mapping[OfficerId, Officer]) -> str:
    return document(HEADER, (_cells(each, officers) for each in cases))


def _cells(case: models.Case, officers: Mapping[OfficerId, Officer]) -> tuple[Cell, ...]:
    officer = officers.get(OfficerId(case.officer)) if case.officer is not None else None
    return (
        " ".join(spoken(case.reference)),
        CALLBACK_KINDS[case.kind],
        case.received_at,
        "ouvert" if case.state == "open" else "clos",
        case.legal_deadline_at,
        STANDINGS_FR[case.standing] if case.standing is not None else None,
        case.appointment_at,
        case.appointment_late if case.appointment_at is not None else None,
        case.ended_at,
        CALLBACK_OUTCOMES[case.outcome] if case.outcome is not None else None,
        case.academie_name or POOL_FR,
        (officer.name if officer is not None else "") or case.officer,
        case.first_name,
        case.name,
        national(E164(case.phone)) if case.phone is not None else None,
    )
