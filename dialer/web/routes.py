"""The table of routes: what there is, which scope it asks for, what goes in and what comes out.

Decides nothing else. The application is routed by it, the guard asks it, OpenAPI is built from it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from aiohttp import web
from pydantic import BaseModel

from dialer.core.access.roles import Page
from dialer.web import (
    api,
    booking,
    callbacks,
    callbacks_import,
    case_bodies,
    case_changes,
    case_models,
    cases,
    cases_csv,
    contact_models,
    contacts,
    files,
    health,
    live,
    models,
    offers,
    oppositions,
    outcome_draft,
    pages,
    persons,
    prospects,
    softphone_door,
    structures,
    structures_import,
    talks,
    templates,
)
from dialer.web import callback_models as about_callbacks
from dialer.web import person_models as about_persons
from dialer.web import structure_models as about_structures
from dialer.web import template_models as about_templates
from dialer.web.callback_talks import of_callback
from dialer.web.desk import page as desk
from dialer.web.desk import shifts
from dialer.web.scopes import Scope
from dialer.web.talks import of_call


@dataclass(frozen=True, slots=True)
class Route:
    """``needs``: the scope asked for; "any" token or account at all; None: nothing. ``for_people``: a page, or part of
    one. ``page``: which one of `roles.Page` it is, or is the stream of; for accounts without it, it is not there."""

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
    needs_version: bool = False
    """Asks for If-Match; 409 tells what came meanwhile."""
    csv: bool = False
    """Its answer is a CSV file."""
    for_people: bool = False
    page: Page | None = None
    stream: bool = False
    """It stays open, and is no sign of anybody."""
    own: bool = False
    """To whom the scope opens only what is their own, its handler shows and lets them change that alone. Without this
    it is not theirs at all."""
    fresh: bool = False
    """Of an account: only for who proved just now that it is them."""


V1 = "/api/v1"

ROUTES: tuple[Route, ...] = (
    Route(
        "GET", f"{V1}/advisers", "advisers:read", api.list_advisers, "All advisers, by id.",
        models.Page[models.Adviser], query=models.ListQuery, own=True,
    ),
    Route(
        "GET", f"{V1}/advisers/{{id}}", "advisers:read", offers.get_adviser,
        "One adviser, with the card that is before them: the person's own words only with `callers:read`.",
        about_callbacks.AdviserDetail, problems=(404,), own=True,
    ),
    Route(
        "PUT", f"{V1}/advisers/{{id}}/wish", "advisers:write", api.put_wish,
        "Set what an adviser asks for; answered once it is stored. Not `ready` while a contact is to be filed.",
        models.Adviser, body=models.WishBody, problems=(400, 404, 409, 413, 415, 503), own=True,
    ),
    Route(
        "PUT", f"{V1}/advisers/{{id}}/help", "advisers:write", api.put_help,
        "Call a supervisor to one's side, or say that it is over: the adviser both, a supervisor the end.",
        models.Adviser, body=models.HelpBody, problems=(400, 404, 413, 415, 503), own=True,
    ),
    Route(
        "GET", f"{V1}/calls", "calls:read", api.list_calls, "Calls, the latest arrival first.",
        models.Page[models.Call], query=models.CallsQuery, own=True,
    ),
    Route(
        "GET", f"{V1}/calls/{{id}}", "calls:read", api.get_call,
        "One call with its timeline, its places, its offers and why.",
        models.CallDetail, problems=(404,), own=True,
    ),
    Route(
        "PUT", f"{V1}/calls/{{id}}/hold", "calls:write", of_call.put_hold,
        "Hold the caller, who hears music, or take them back.",
        models.CallDetail, body=talks.HoldBody, problems=(400, 404, 409, 413, 415, 503), own=True,
    ),
    Route(
        "POST", f"{V1}/calls/{{id}}/guest", "calls:write", of_call.ask_guest,
        "Ask somebody into the talk, to speak to them first or all three; or send the caller on to them or to a queue.",
        models.CallDetail, body=talks.GuestBody, problems=(400, 404, 409, 413, 415, 503), own=True,
    ),
    *(
        Route(
            "POST", f"{V1}/calls/{{id}}/{last}", "calls:write", handler, summary,
            models.CallDetail, problems=(404, 409, 503), own=True,
        )
        for last, handler, summary in (
            ("guest/join", of_call.join_guest, "The caller is back, and the guest stays: all three."),
            ("guest/hand-over", of_call.hand_over, "Leave: the caller goes on with the guest."),
            ("guest/dismiss", of_call.dismiss_guest, "The guest goes, and the adviser is back with the caller."),
            ("hang-up", of_call.hang_up, "Put the receiver down; with a guest, leave the caller to them."),
        )
    ),
    Route(
        "POST", f"{V1}/calls/{{id}}/danger", "calls:write", of_call.ask_in_danger,
        "The danger key: help comes into the talk at once, and the caller is never held.",
        models.CallDetail, body=talks.DangerBody, problems=(400, 404, 409, 413, 415, 503), own=True,
    ),
    Route(
        "GET", f"{V1}/calls/{{id}}/contact", "advisers:write", contacts.get_contact,
        "What the adviser of a call writes down of it, as they have it before them. Its ETag is its version.",
        contact_models.Contact, query=contact_models.WhoseContact, problems=(404,), own=True,
    ),
    Route(
        "PUT", f"{V1}/calls/{{id}}/contact", "advisers:write", contacts.put_contact,
        "Keep a draft, or file it: with the callback or case that follows, all of it or nothing. The same once more "
        "changes nothing.",
        contact_models.Contact, body=contact_models.ContactBody, problems=(400, 404, 409, 413, 415, 428, 503),
        needs_version=True, own=True,
    ),
    Route(
        "GET", f"{V1}/calls/{{id}}/contacts", "calls:read", contacts.list_contacts,
        "What was filed of a call: the reasons; the notes only with `callers:read`.",
        contact_models.FiledContacts, problems=(404, 503), own=True,
    ),
    Route(
        "GET", f"{V1}/cases/late", "callbacks:read", prospects.late_cases,
        "Cases that are late by the legal clock, and those that will be at today's pace.", prospects.LateCases,
    ),
    Route(
        "GET", f"{V1}/cases", "cases:read", cases.list_cases,
        "Cases, the newest receipt first. Of an officer: those of their académies.",
        models.Page[case_models.Case], query=case_bodies.CasesQuery, problems=(503,),
    ),
    Route(
        "GET", f"{V1}/cases.csv", "cases:read", cases_csv.export_cases,
        "The same cases as a CSV file for a French spreadsheet, at most 20,000 of them.",
        query=case_bodies.CaseFilters, problems=(503,), csv=True,
    ),
    Route(
        "GET", f"{V1}/cases/actions", "cases:read", cases.list_actions,
        "What is to be done next in open cases, the most urgent first.",
        models.Page[case_models.Action], query=case_bodies.ActionsQuery, problems=(503,),
    ),
    Route(
        "GET", f"{V1}/cases/{{id}}", "cases:read", cases.get_case,
        "One case with its whole file, or what the archive has of it. Its ETag is its version.",
        case_models.CaseDetail, problems=(404, 503),
    ),
    *(
        Route(
            "POST", f"{V1}/cases/{{id}}/{last}", "cases:write", handler,
            f"{summary} If-Match says which version was before you; 409 tells what came meanwhile.",
            case_models.Changed, body=body, problems=(400, 404, 409, 413, 415, 428, 503), needs_version=True,
        )
        for last, handler, body, summary in (
            ("tasks", case_changes.change_tasks, case_bodies.TasksBody,
             "Propose a path of tasks, change its tasks, say and confirm that they are done."),
            ("appointments", case_changes.change_appointments, case_bodies.AppointmentsBody,
             "Fix, move, call off an appointment; say whether it was kept."),
            ("notes", case_changes.change_notes, case_bodies.NotesBody, "Write, correct, release a note."),
            ("consents", case_changes.say_consent, case_bodies.ConsentBody, "Take down what the person agrees to."),
            ("schooling", case_changes.say_schooling, case_bodies.SchoolingBody, "Say what they have got at school."),
            ("assign", case_changes.assign, case_bodies.AssignBody, "Give the case to an officer, or take it."),
            ("transfer", case_changes.transfer, case_bodies.TransferBody, "Hand the case over, with a reason."),
            ("end", case_changes.end_case, case_bodies.EndBody, "End the case with an outcome."),
        )
    ),
    Route(
        "GET", f"{V1}/callbacks", "callbacks:read", callbacks.list_callbacks, "Callbacks, the newest request first.",
        models.Page[about_callbacks.Callback], query=about_callbacks.CallbacksQuery, own=True,
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
        about_callbacks.CallbackDetail, problems=(404,), own=True,
    ),
    Route(
        "POST", f"{V1}/callbacks/{{id}}/cancel", "callbacks:write", callbacks.cancel,
        "The person asks not to be called back any more.",
        about_callbacks.Callback, problems=(404, 409, 503), own=True,
    ),
    Route(
        "GET", f"{V1}/callbacks/{{id}}/draft", "callbacks:write", outcome_draft.get_draft,
        "What the adviser who has it before them has begun to say of it. Its ETag is its version.",
        contact_models.OutcomeDraft, problems=(404,), own=True,
    ),
    Route(
        "PUT", f"{V1}/callbacks/{{id}}/draft", "callbacks:write", outcome_draft.put_draft,
        "Keep the form of its outcome as it is now, until an outcome is given.",
        contact_models.OutcomeDraft, body=contact_models.OutcomeDraftBody,
        problems=(400, 404, 409, 413, 415, 428, 503), needs_version=True, own=True,
    ),
    Route(
        "POST", f"{V1}/callbacks/{{id}}/outcome", "callbacks:write", callbacks.give_outcome,
        "Say what came of it.",
        about_callbacks.Callback, body=about_callbacks.OutcomeBody, problems=(400, 404, 409, 413, 415, 503), own=True,
    ),
    Route(
        "POST", f"{V1}/callbacks/{{id}}/reschedule", "callbacks:write", callbacks.reschedule,
        "Promise another time, and on another number where that is what was wrong.",
        about_callbacks.Callback, body=about_callbacks.RescheduleBody, problems=(400, 404, 409, 413, 415, 503),
        own=True,
    ),
    Route(
        "PUT", f"{V1}/callbacks/{{id}}/hold", "callbacks:write", of_callback.put_hold,
        "Hold the person who was called back, who hears music, or take them back.",
        about_callbacks.Callback, body=talks.HoldBody, problems=(400, 404, 409, 413, 415, 503), own=True,
    ),
    Route(
        "POST", f"{V1}/callbacks/{{id}}/guest", "callbacks:write", of_callback.ask_guest,
        "Ask somebody into the talk of a callback, to speak to them first or all three. It stays with its adviser.",
        about_callbacks.Callback, body=talks.GuestBody, problems=(400, 404, 409, 413, 415, 503), own=True,
    ),
    *(
        Route(
            "POST", f"{V1}/callbacks/{{id}}/{last}", "callbacks:write", handler, summary,
            about_callbacks.Callback, problems=(404, 409, 503), own=True,
        )
        for last, handler, summary in (
            ("guest/join", of_callback.join_guest, "The person is back, and the guest stays: all three."),
            ("guest/dismiss", of_callback.dismiss_guest, "The guest goes, and the adviser is back with the person."),
            ("hang-up", of_callback.hang_up, "Put the receiver down; with a guest, leave the person to them."),
        )
    ),
    Route(
        "POST", f"{V1}/callbacks/{{id}}/danger", "callbacks:write", of_callback.ask_in_danger,
        "The danger key: help comes into the talk at once, and the person is never held.",
        about_callbacks.Callback, body=talks.DangerBody, problems=(400, 404, 409, 413, 415, 503), own=True,
    ),
    Route("GET", f"{V1}/desk", "desk:read", api.get_desk, "The live snapshot and today's figures.", models.Desk),
    Route(
        "GET", f"{V1}/lines", "desk:read", api.list_lines, "The lines, open or closed.",
        models.Page[models.Line], query=models.ListQuery,
    ),
    Route(
        "PUT", f"{V1}/offers/{{id}}", "advisers:write", offers.put_offer,
        "Accept, refuse or dial the callback whose card is before an adviser.",
        about_callbacks.Callback, body=about_callbacks.OfferBody, problems=(400, 404, 409, 413, 415, 503), own=True,
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
    Route(
        "GET", "/poste", "advisers:read", desk.desk_page, "An adviser's own page.",
        for_people=True, problems=(404,), page=Page.DESK, own=True,
    ),
    Route(
        "GET", "/flux/poste", "advisers:read", desk.live_desk, "The stream of an adviser's own page.",
        for_people=True, problems=(404,), page=Page.DESK, stream=True, own=True,
    ),
    Route("GET", "/", "desk:read", pages.live_page, "The live page.", for_people=True, page=Page.LIVE),
    Route(
        "GET", "/flux", "desk:read", live.live_board, "The live page's stream.",
        for_people=True, page=Page.LIVE, stream=True,
    ),
    Route(
        "GET", "/appels/{id}", "calls:read", pages.call_page, "One call's page.",
        for_people=True, problems=(404,), page=Page.CALL,
    ),
    Route(
        "GET", "/flux/appels/{id}", "calls:read", live.live_call, "One call's stream.",
        for_people=True, problems=(404,), page=Page.CALL, stream=True,
    ),
    Route(
        "GET", "/rappels/{id}", "callbacks:read", pages.callback_page, "One callback's page.",
        for_people=True, problems=(404,), page=Page.CALLBACK,
    ),
    Route(
        "GET", "/flux/rappels/{id}", "callbacks:read", live.live_callback, "One callback's stream.",
        for_people=True, problems=(404,), page=Page.CALLBACK, stream=True,
    ),
    Route(
        "POST", f"{V1}/softphone/key", "advisers:write", softphone_door.post_key,
        "The key that makes the page of the adviser who is signed in their telephone; the one before ends.",
        softphone_door.SoftphoneKey, problems=(503,), own=True,
    ),
    Route(
        "GET", "/static/softphone.js", "any", files.softphone, "The softphone of the adviser's page.",
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
    Route(
        "GET", f"{V1}/persons/{{reference}}", "persons", persons.get_person,
        "Which case a reference belongs to (or a case's id names), and which others have the same number.",
        about_persons.PersonFound, problems=(404, 503),
    ),
    Route(
        "GET", f"{V1}/cases/{{id}}/export", "persons", persons.export_case,
        "All that is kept of the person in one case, in French.",
        about_persons.PersonExport, problems=(404, 503), fresh=True,
    ),
    Route(
        "POST", f"{V1}/cases/{{id}}/erase", "persons", persons.erase_case,
        "Forget the person of one case for good; what it counts for remains. An open one is ended first.",
        about_persons.CaseErased, problems=(404, 409, 503), fresh=True,
    ),
    Route(
        "GET", f"{V1}/structures", "structures:read", structures.list_structures,
        "Structures of the directory: what was typed right first, then the nearest, then by name.",
        models.Page[about_structures.ListedStructure], query=about_structures.StructuresQuery,
    ),
    Route(
        "POST", f"{V1}/structures", "structures:write", structures.put_down_structure,
        "Add a structure (201), or change or close the one of this id (200); answered once it is stored.",
        about_structures.StructureDetail, body=about_structures.StructureBody, problems=(400, 409, 413, 415, 503),
        statuses=(200, 201),
    ),
    Route(
        "POST", f"{V1}/structures/import", "structures:write", structures_import.import_structures,
        "Take a CSV file (text/csv, at most 8 MiB) into the directory whole, or say everything that is wrong with it.",
        structures_import.StructuresImported, query=structures_import.StructuresImportQuery,
        problems=(409, 413, 415, 503), statuses=(200, 201),
    ),
    Route(
        "GET", f"{V1}/structures.csv", "structures:read", structures_import.export_structures,
        "The whole directory as a CSV file, as the import reads it again.",
    ),
    Route(
        "GET", f"{V1}/structures/{{id}}", "structures:read", structures.get_structure,
        "One structure, with who takes its place and the appointments that its week holds.",
        about_structures.StructureDetail, problems=(404,),
    ),
    Route(
        "GET", f"{V1}/oppositions", "persons", oppositions.is_opposed,
        "Whether somebody asked never to be called again: by a `phone`, or by the `reference` of a request.",
        oppositions.Opposition, query=oppositions.WhoseNumber, problems=(404,),
    ),
    Route(
        "POST", f"{V1}/oppositions", "callbacks:write", oppositions.oppose,
        "Somebody asks never to be called again: it holds at once, for all that is promised to the number.",
        oppositions.Opposed, body=oppositions.WhoseNumber, problems=(400, 404, 413, 415, 503), own=True,
    ),
    Route(
        "GET", f"{V1}/templates", "cases:read", templates.list_templates,
        "Templates of paths: one's own and those that are shared, by title.",
        models.Page[about_templates.Template], query=about_templates.TemplatesQuery,
    ),
    Route(
        "POST", f"{V1}/templates", "cases:write", templates.compose_template, "Compose a template, one's own.",
        about_templates.Template, body=about_templates.TemplateBody, problems=(400, 413, 415, 503), statuses=(201,),
    ),
    Route(
        "GET", f"{V1}/templates/{{id}}", "cases:read", templates.get_template,
        "One template; its ETag is its version.", about_templates.Template, problems=(404,),
    ),
    Route(
        "POST", f"{V1}/templates/{{id}}/improve", "cases:write", templates.improve_template,
        "Write its next version. If-Match says which one was before it; 409 when that is not the newest.",
        about_templates.Template, body=about_templates.TemplateBody, problems=(400, 404, 409, 413, 415, 428, 503),
        needs_version=True,
    ),
    Route(
        "POST", f"{V1}/templates/{{id}}/copy", "cases:write", templates.copy_template, "Copy it, to be one's own.",
        about_templates.Template, problems=(404, 503), statuses=(201,),
    ),
    Route(
        "POST", f"{V1}/templates/{{id}}/share", "cases:write", templates.share_template, "Share it with the team.",
        about_templates.Template, problems=(404, 409, 503),
    ),
    Route(
        "POST", f"{V1}/templates/{{id}}/retire", "cases:write", templates.retire_template,
        "Start no path from it any more.", about_templates.Template, problems=(404, 503),
    ),
    Route(
        "GET", "/horaires", "advisers:read", shifts.shifts_page, "One adviser's own week.", query=shifts.WeekQuery,
        for_people=True, problems=(404,), page=Page.DESK, own=True,
    ),
)  # fmt: skip
