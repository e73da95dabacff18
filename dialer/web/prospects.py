"""The forecast of the legal clock in the API: which cases will be late at today's pace.

Decides how much of it is shown. Must not know how it is reckoned.
"""

from __future__ import annotations

from datetime import date, datetime

from aiohttp import web

from dialer.core.callbacks.prospect import Prospect
from dialer.web.answer import answer
from dialer.web.asked import read_query
from dialer.web.keys import FLOOR
from dialer.web.models import NoQuery, Told

SHOWN_MAX = 200
"""Of each list: the counts tell of the rest."""


class WillBeLate(Told):
    case: str
    late_at: datetime
    fixed_on: date | None
    """The working day on which its appointment would be fixed; null: not within a year."""


class LateCases(Told):
    """`late`, `will_be_late`: all of them; the lists hold the first 200, the most urgent first."""

    at: datetime
    open: int
    fixed_per_working_day: float
    lead_days: int
    late: int
    will_be_late: int
    late_cases: list[str]
    will_be_late_cases: list[WillBeLate]

    @classmethod
    def of(cls, found: Prospect) -> LateCases:
        late, will_be = found.forecast.late, found.forecast.will_be_late
        return cls(
            at=found.at,
            open=found.open_cases,
            fixed_per_working_day=found.per_day,
            lead_days=found.lead_days,
            late=len(late),
            will_be_late=len(will_be),
            late_cases=list(late[:SHOWN_MAX]),
            will_be_late_cases=[
                WillBeLate(case=each.case, late_at=each.late_at, fixed_on=each.fixed_on) for each in will_be[:SHOWN_MAX]
            ],
        )


async def late_cases(request: web.Request) -> web.Response:
    read_query(request, NoQuery)
    return answer(LateCases.of(await request.app[FLOOR].prospect()))
