"""What is wrong with a body is told at once, each fault with its field, before anything is changed."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

import pytest

from dialer.core.callbacks.states import CaseId
from dialer.core.cases.actor import officer
from dialer.core.cases.appointment import Appointment, AppointmentId, Where
from dialer.core.cases.case import Case
from dialer.core.cases.file import CaseFile
from dialer.core.cases.responsible import OfficerId, responsible_for
from dialer.core.free_text import NOTE_MAX
from dialer.core.structures.search import Directory
from dialer.core.structures.structure import Structure, StructureId, StructureKind
from dialer.core.words import E164
from dialer.web import case_bodies as bodies
from dialer.web import case_told as told
from dialer.web.case_judge import Judge
from dialer.web.models import FieldFault
from dialer.web.problems import Refused

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
TASK = {"kind": "talk", "title": "Faire le point", "does": "service", "days": 2}
GONE = Structure(
    StructureId("cio-vieux"), StructureKind.CIO, "CIO", "75011", "Paris", closed_on=date(2026, 11, 1)
)  # fmt: skip
ISLAND = Structure(
    StructureId("ml-ile"), StructureKind.ML, "ML", "97200", "Fort-de-France", closed_on=date(2026, 12, 1)
)  # fmt: skip
HERE = Structure(StructureId("cio-est"), StructureKind.CIO, "CIO Est", "75011", "Paris")
DATED = Appointment(AppointmentId("case-1-a1"), AT, AT, officer("anna"), Where(ISLAND.id))
FILE = CaseFile(Case(CaseId("case-1"), AT, E164("+33199000001")), responsible_for("75011", AT), appointments=(DATED,))
AROUND = told.Around(
    AT, OfficerId("anna"), FILE, Directory((GONE, ISLAND, HERE), lambda _: None), MappingProxyType({}),
    MappingProxyType({}),
)  # fmt: skip
READERS: dict[type, Any] = {
    bodies.TasksBody: told.of_tasks, bodies.AppointmentsBody: told.of_appointments, bodies.NotesBody: told.of_notes,
    bodies.ConsentBody: told.of_consents, bodies.SchoolingBody: told.of_schooling, bodies.AssignBody: told.of_assign,
    bodies.TransferBody: told.of_transfer, bodies.EndBody: told.of_end,
}  # fmt: skip
TASKS, DATES, NOTES = bodies.TasksBody, bodies.AppointmentsBody, bodies.NotesBody
NOON = "2026-11-30T12:00:00+01:00"


def test_a_note_as_long_as_it_may_be_fits_into_its_body_however_it_is_escaped() -> None:
    longest = {"action": "correct", "note": "x" * 100, "text": "🙂" * NOTE_MAX, "released": True}
    assert len(json.dumps(longest)) < NOTES.bytes_max
    over = longest | {"text": "🙂" * 2 * NOTE_MAX}
    assert len(json.dumps(over)) < NOTES.bytes_max, "it is told how many signs it may have"


def wrong(model: type, body: dict[str, Any], *shape: str) -> list[str]:
    """The fields that are told; none: the body is whole. ``shape``: those that were taken out of it before."""
    judge = Judge(FieldFault(field=field, message="is of a wrong type") for field in shape)
    try:
        READERS[model](model.model_validate(body), judge, AROUND)
    except Refused as refused:
        return sorted(each.field for each in refused.errors if each.message)
    return []


@pytest.mark.parametrize(
    ("model", "body", "fields"),
    [
        (TASKS, {}, "action"),
        (TASKS, {"action": "dance", "reason": "x"}, "action"),
        (TASKS, {"action": "propose"}, "tasks title"),
        (TASKS, {"action": "propose", "title": "Oui", "tasks": []}, "tasks"),
        (TASKS, {"action": "propose", "title": " ", "tasks": [TASK, {}]},
         "tasks.1.days tasks.1.does tasks.1.kind tasks.1.title title"),
        (TASKS, {"action": "propose", "title": "Oui", "tasks": [TASK | {"days": 61, "structure": "cio-vieux"}]},
         "tasks.0.days tasks.0.structure"),
        (TASKS, {"action": "propose", "title": "Oui", "tasks": [TASK], "template": "template-9"}, "template"),
        (TASKS, {"action": "propose", "title": "Oui", "tasks": [TASK] * 8, "task": "t", "as_person": True},
         "as_person task tasks"),
        (TASKS, {"action": "add"}, "plan"),
        (TASKS, {"action": "edit", "task": "t", "plan": TASK | {"title": "x" * 121, "structure": "nulle-part"}},
         "plan.structure plan.title"),
        (TASKS, {"action": "withdraw", "reason": "x"}, "reason task"),
        (TASKS, {"action": "done"}, "task"),
        (TASKS, {"action": "send_back", "task": "t", "reason": " "}, "reason"),
        (TASKS, {"action": "give_up", "reason": "x" * 501, "title": "x"}, "reason title"),
        (DATES, {"action": "fix"}, "on structure"),
        (DATES, {"action": "fix", "on": "demain", "network": "MAIRIE", "reason": "x"}, "network on reason"),
        (DATES, {"action": "fix", "on": "2026-11-30T12:00:00", "network": "CIO"}, "on"),
        (DATES, {"action": "fix", "on": "2026-11-20T12:00:00Z", "structure": "nulle-part"}, "on structure"),
        (DATES, {"action": "fix", "on": NOON, "structure": "cio-est", "network": "CIO"}, "network"),
        (DATES, {"action": "fix", "on": NOON, "structure": "cio-vieux", "referent": "\x00"}, "referent structure"),
        (DATES, {"action": "move", "on": NOON}, "appointment"),
        (DATES, {"action": "move", "appointment": "case-1-a1", "on": "2026-12-02T12:00:00Z"}, "structure"),
        (DATES, {"action": "miss", "appointment": "a", "misser": "chat"}, "misser"),
        (DATES, {"action": "call_off", "appointment": "a", "reason": ""}, "reason"),
        (DATES, {"action": "keep", "appointment": "a", "as_person": True}, "as_person"),
        (NOTES, {"action": "write"}, "text"),
        (NOTES, {"action": "write", "text": "x" * 4001, "note": "n"}, "note text"),
        (NOTES, {"action": "correct", "text": "x"}, "note"),
        (NOTES, {"action": "release", "note": "n", "text": "x", "released": True}, "released text"),
        (bodies.ConsentBody, {}, "given purpose"),
        (bodies.SchoolingBody, {"diploma": "doctorat"}, "diploma"),
        (bodies.AssignBody, {"officer": "zoe"}, "officer"),
        (bodies.TransferBody, {}, "academie reason"),
        (bodies.EndBody, {"outcome": "OCCUPE"}, "outcome"),
    ],
)  # fmt: skip
def test_every_fault_of_a_body_is_told_at_once_with_its_field(model: type, body: dict[str, Any], fields: str) -> None:
    assert wrong(model, body) == fields.split()


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (TASKS, {"action": "propose", "title": "Oui", "tasks": [TASK | {"structure": "cio-est"}] * 7}),
        (TASKS, {"action": "confirm", "task": "t", "as_person": True}),
        (DATES, {"action": "fix", "on": NOON, "network": "CIO"}),
        (DATES, {"action": "fix", "on": "2026-12-01T03:59:00Z", "structure": "ml-ile"}),  # still November there
        (DATES, {"action": "move", "appointment": "case-1-a1", "on": NOON, "referent": "M. Noël"}),
        (NOTES, {"action": "write", "text": "Deux\nlignes"}),
        (bodies.EndBody, {"outcome": "RDV_FIXE"}),
    ],
)  # fmt: skip
def test_a_whole_body_has_no_fault(model: type, body: dict[str, Any]) -> None:
    assert wrong(model, body) == []


def test_what_was_taken_out_for_its_type_is_not_asked_for_again() -> None:
    assert wrong(TASKS, {"action": "add", "plan": {}}, "plan") == ["plan"]
    assert wrong(TASKS, {"action": "propose", "title": "Oui", "tasks": [{}]}, "tasks.0") == ["tasks.0"]
    assert wrong(NOTES, {"action": "write"}, "text", "colour") == ["colour", "text"]
