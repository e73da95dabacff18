"""An adviser's own shifts: the region of their page for today and this week, and the page of one week.

Decides which week is shown, what of today is over, under way or to come, and when they are next on. Whose plan it is
the guard and `advisers:read` say: an adviser sees their own. Must not know where the plan comes from.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from aiohttp import web

from dialer.core.views import AdviserView
from dialer.core.words import AdviserId, Instant
from dialer.web import french, models
from dialer.web.asked import read_query
from dialer.web.desk.before import Before
from dialer.web.desk.lately import Lately
from dialer.web.floor import Floor
from dialer.web.holder import Holder
from dialer.web.keys import FLOOR, HOLDER, OWN_FORMS
from dialer.web.pages import Me
from dialer.web.problems import Refused
from dialer.web.render import page
from dialer.web.sign_in_session import csrf_of, to_sign_in
from schedules.shifts import Shift, Shifts
from schedules.walltime import wall_clock
from schedules.weeks import Week, next_day, week_of

WEEKS_MAX = 105
"""How far from this week another one may be asked for: two years either way."""

_DRAWN: Lately[str] = Lately(60.0)
"""The dearest of all regions, and the same for a whole minute."""

Part = Literal["over", "now", "ahead"]


@dataclass(frozen=True, slots=True)
class Line:
    """One shift of today."""

    shift: Shift
    part: Part


class WeekQuery(models.Asked):
    """`semaine`: as the pages' links write it, 2026-W48. `conseiller`: whose, for those who see more than their own."""

    semaine: models.Identifier | None = None
    conseiller: models.Identifier | None = None


async def fragment(floor: Floor, before: Before, holder: Holder) -> str:
    at, adviser = before.at.replace(second=0, microsecond=0), before.adviser.id

    async def drawn() -> str:
        return _drawn(floor.rules().shifts, adviser, at)

    return await _DRAWN.ask(floor, (adviser, at, floor.rules().version), drawn)


def _drawn(plan: Shifts, adviser: AdviserId, at: Instant) -> str:
    week = week_of(plan, adviser, wall_clock(at).date())
    today = week.days[wall_clock(at).weekday()]
    lines = [Line(shift, _part(shift, at)) for shift in today.shifts]
    coming = next((line.shift.starts_at for line in lines if line.part == "ahead"), None)
    if coming is None and (following := next_day(plan, adviser, at)) is not None:
        coming = following.shifts[0].starts_at
    return page("_poste_horaires.html", now=at, week=week, today=today, lines=lines, next_at=coming)


async def shifts_page(request: web.Request) -> web.Response:
    floor, holder = request.app[FLOOR], request[HOLDER]
    query = read_query(request, WeekQuery)
    access, account = floor.access, holder.account
    if account is None and query.conseiller is None and access is not None:
        return to_sign_in(request)
    adviser = _whose(floor, holder, query.conseiller)
    now = floor.now()
    today = wall_clock(now).date()
    shown = _monday(query.semaine, today)
    me = None
    if access is not None and account is not None and holder.session is not None:
        me = Me(account.name, csrf_of(access, holder.session))
        request[OWN_FORMS] = True
    week = week_of(floor.rules().shifts, adviser.id, shown)
    following = next_day(floor.rules().shifts, adviser.id, now)
    html = page(
        "horaires.html",
        me=me,
        adviser=adviser,
        whose=query.conseiller,
        fragments={"bandeau": page("_bandeau.html", shift=floor.clock_shift, now=now), "alertes": ""},
        at=french.iso(now),
        now=now,
        week=week,
        today=today,
        weeks=_links(week, today),
        next_at=following.shifts[0].starts_at if following is not None else None,
    )
    return web.Response(text=html, content_type="text/html")


def _part(shift: Shift, at: Instant) -> Part:
    if shift.ends_at <= at:
        return "over"
    return "now" if shift.starts_at <= at else "ahead"


def _whose(floor: Floor, holder: Holder, asked: str | None) -> AdviserView:
    own = holder.account.adviser if holder.account is not None else None
    wanted = AdviserId(asked) if asked is not None else own
    found = floor.adviser(wanted) if wanted is not None and holder.reaches("advisers:read", wanted) else None
    if found is None:
        raise Refused(404, "There are no such shifts; without an account, say whose: ?conseiller=adv01.")
    return found


def _monday(asked: str | None, today: date) -> date:
    """The Monday of the week that is asked for; this week's where none is."""
    this = today - timedelta(days=today.weekday())
    if asked is None:
        return this
    year, _, number = asked.partition("-W")
    try:
        wanted = date.fromisocalendar(int(year), int(number), 1)
    except ValueError:
        raise Refused(404, "There is no such week; write it as 2026-W48.") from None
    if abs(wanted - this) > timedelta(weeks=WEEKS_MAX):
        raise Refused(404, f"Weeks are shown up to {WEEKS_MAX} from this one.")
    return wanted


def _links(week: Week, today: date) -> dict[str, str | None]:
    """The weeks before and after, and this one where another is shown, as the query writes them."""
    this = today - timedelta(days=today.weekday())

    def named(monday: date) -> str | None:
        near = abs(monday - this) <= timedelta(weeks=WEEKS_MAX)
        return f"{monday.isocalendar().year}-W{monday.isocalendar().week:02}" if near else None

    return {
        "before": named(week.monday - timedelta(weeks=1)),
        "after": named(week.monday + timedelta(weeks=1)),
        "this": named(this) if week.monday != this else None,
    }
