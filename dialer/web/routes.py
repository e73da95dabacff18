"""The table of routes: what there is, which scope it asks for, what goes in and what comes out.

Decides nothing else. The application is routed by it, the guard asks it, OpenAPI is built from it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from aiohttp import web
from pydantic import BaseModel

from dialer.web import api, booking, callbacks, callbacks_import, files, health, live, models, offers, pages, prospects
from dialer.web import callback_models as about_callbacks
from dialer.web.scopes import Scope


@dataclass(frozen=True, slots=True)
class Route:
    """``needs``: the scope asked for; "any" token at all; None: nothing. ``for_people``: a page, or part of one."""

    method: Literal["GET", "POST", "PUT"]
    path: str
    needs: Scope | Literal["any"] | None
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    summary: str
    answer: type[BaseModel] | None = None
    query: type[models.Asked] = models.NoQuery
    body: type[models.Asked] | None = None
    problems: tuple[int, ...] = ()
    statuses: tuple[int, ...] = (200,)
    """Of an answer that is no problem."""
    needs_key: bool = False
    """Asks for an Idempotency-Key."""
    for_people: bool = False


V1 = "/api/v1"

ROUTES: tuple[Route, ...] = (
    Route(
        "GET", f"{V1}/advisers", "advisers:read", api.list_advisers, "All advisers, by id.",
        models.Page[models.Adviser], query=models.ListQuery,
    ),
    Route(
        "GET", f"{V1}/advisers/{{id}}", "advisers:read", offers.get_adviser,
        "One adviser, with the card that is before them: the person's own words only with `callers:read`.",
        about_callbacks.AdviserDetail, problems=(404,),
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
    Route(
        "GET", f"{V1}/cases/late", "callbacks:read", prospects.late_cases,
        "Cases that are late by the legal clock, and those that will be at today's pace.", prospects.LateCases,
    ),
    Route(
        "GET", f"{V1}/callbacks", "callbacks:read", callbacks.list_callbacks, "Callbacks, the newest request first.",
        models.Page[about_callbacks.Callback], query=about_callbacks.CallbacksQuery,
    ),
    Route(
        "POST", f"{V1}/callbacks", "intake", booking.book_callback,
        "Ask to be called back; answered once it is stored. The same key and body again: 200 and the same answer.",
        about_callbacks.Booked, body=about_callbacks.RequestBody, problems=(400, 413, 415, 503),
        statuses=(200, 201), needs_key=True,
    ),
    Route(
        "GET", f"{V1}/callbacks/{{id}}", "callbacks:read", callbacks.get_callback,
        "One callback with its attempts, the gate's last answer and its timeline.",
        about_callbacks.CallbackDetail, problems=(404,),
    ),
    Route(
        "POST", f"{V1}/callbacks/{{id}}/cancel", "callbacks:write", callbacks.cancel,
        "The person asks not to be called back any more.",
        about_callbacks.Callback, problems=(404, 409, 503),
    ),
    Route(
        "POST", f"{V1}/callbacks/{{id}}/outcome", "callbacks:write", callbacks.give_outcome,
        "Say what came of it.",
        about_callbacks.Callback, body=about_callbacks.OutcomeBody, problems=(400, 404, 409, 413, 415, 503),
    ),
    Route(
        "POST", f"{V1}/callbacks/{{id}}/reschedule", "callbacks:write", callbacks.reschedule,
        "Promise another time, and on another number where that is what was wrong.",
        about_callbacks.Callback, body=about_callbacks.RescheduleBody, problems=(400, 404, 409, 413, 415, 503),
    ),
    Route("GET", f"{V1}/desk", "desk:read", api.get_desk, "The live snapshot and today's figures.", models.Desk),
    Route(
        "GET", f"{V1}/lines", "desk:read", api.list_lines, "The lines, open or closed.",
        models.Page[models.Line], query=models.ListQuery,
    ),
    Route(
        "PUT", f"{V1}/offers/{{id}}", "advisers:write", offers.put_offer,
        "Accept, refuse or dial the callback whose card is before an adviser.",
        about_callbacks.Callback, body=about_callbacks.OfferBody, problems=(400, 404, 409, 413, 415, 503),
    ),
    Route(
        "GET", f"{V1}/slots", "slots:read", callbacks.list_slots,
        "The windows that can be promised now to somebody with this number.",
        models.Page[about_callbacks.FreeSlot], query=about_callbacks.SlotsQuery,
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
        "GET", "/rappels/{id}", "callbacks:read", pages.callback_page, "One callback's page.",
        for_people=True, problems=(404,),
    ),
    Route(
        "GET", "/flux/rappels/{id}", "callbacks:read", live.live_callback, "One callback's stream.",
        for_people=True, problems=(404,),
    ),
    Route(
        "GET", "/static/{name}", "any", files.static_file, "Style, script and icon of the pages.",
        for_people=True, problems=(404,),
    ),
    Route(
        "POST", f"{V1}/callbacks/import", "callbacks:write", callbacks_import.import_callbacks,
        "Book all requests of a CSV file (text/csv, at most 2 MiB), or say everything that is wrong with it.",
        callbacks_import.Imported, query=callbacks_import.ImportQuery, problems=(413, 415, 503), statuses=(200, 201),
    ),
)  # fmt: skip
