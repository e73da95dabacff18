"""The table of routes: what there is, which scope it asks for, what goes in and what comes out.

Decides nothing else. The application is routed by it, the guard asks it, OpenAPI is built from it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from aiohttp import web
from pydantic import BaseModel

from dialer.web import api, files, health, live, models, pages
from dialer.web.scopes import Scope


@dataclass(frozen=True, slots=True)
class Route:
    """``needs``: the scope asked for; "any" token at all; None: nothing. ``for_people``: a page, or part of one."""

    method: Literal["GET", "PUT"]
    path: str
    needs: Scope | Literal["any"] | None
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    summary: str
    answer: type[BaseModel] | None = None
    query: type[models.Asked] = models.NoQuery
    body: type[models.Asked] | None = None
    problems: tuple[int, ...] = ()
    for_people: bool = False


V1 = "/api/v1"

ROUTES: tuple[Route, ...] = (
    Route(
        "GET", f"{V1}/advisers", "advisers:read", api.list_advisers, "All advisers, by id.",
        models.Page[models.Adviser], query=models.ListQuery,
    ),
    Route(
        "GET", f"{V1}/advisers/{{id}}", "advisers:read", api.get_adviser, "One adviser.",
        models.Adviser, problems=(404,),
    ),
    Route(
        "PUT", f"{V1}/advisers/{{id}}/wish", "advisers:write", api.put_wish,
        "Set what an adviser asks for; answered once it is stored.",
        models.Adviser, body=models.WishBody, problems=(400, 404, 413, 415, 503),
    ),
    Route(
        "GET", f"{V1}/calls", "calls:read", api.list_calls, "Calls, the latest arrival first.",
        models.Page[models.Call], query=models.CallsQuery,
    ),
    Route(
        "GET", f"{V1}/calls/{{id}}", "calls:read", api.get_call,
        "One call with its timeline, its places, its offers and why.",
        models.CallDetail, problems=(404,),
    ),
    Route("GET", f"{V1}/desk", "desk:read", api.get_desk, "The live snapshot and today's figures.", models.Desk),
    Route(
        "GET", f"{V1}/lines", "desk:read", api.list_lines, "The lines, open or closed.",
        models.Page[models.Line], query=models.ListQuery,
    ),
    Route("GET", f"{V1}/openapi.json", "any", api.get_openapi, "This description."),
    Route("GET", "/healthz", None, health.healthz, "Whether the process lives.", models.Alive),
    Route("GET", "/readyz", None, health.readyz, "Whether calls can be served; 503 if not.", models.Readiness),
    Route("GET", "/metrics", "metrics:read", health.metrics, "Metrics in Prometheus' text format."),
    Route("GET", "/", "desk:read", pages.live_page, "The live page.", for_people=True),
    Route("GET", "/flux", "desk:read", live.live_board, "The live page's stream.", for_people=True),
    Route("GET", "/appels/{id}", "calls:read", pages.call_page, "One call's page.", for_people=True, problems=(404,)),
    Route(
        "GET", "/flux/appels/{id}", "calls:read", live.live_call, "One call's stream.",
        for_people=True, problems=(404,),
    ),
    Route(
        "GET", "/static/{name}", "any", files.static_file, "Style, script and icon of the pages.",
        for_people=True, problems=(404,),
    ),
)  # fmt: skip
