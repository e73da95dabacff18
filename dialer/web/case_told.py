"""What somebody sends of a case: a body → the event of the core, or every fault of it at once.

Decides which fields belong to which action, and that a structure which is named is in the directory and there on that
day. What the file allows now is the core's to say. Pure: values in, an event out. Must not know HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from dialer.core.callbacks.outcomes import MEANINGS, CallbackOutcome
from dialer.core.callbacks.outcomes import Structure as Network
from dialer.core.cases import appointment as appointments
from dialer.core.cases import path_told as paths
from dialer.core.cases import template as templates
from dialer.core.cases.actor import Actor, Side, officer, person_heard_by
from dialer.core.cases.appointment import AppointmentId, Misser, Where
from dialer.core.cases.case import Diploma
from dialer.core.cases.consent import ConsentSaid, Purpose
from dialer.core.cases.file import CaseFile
from dialer.core.cases.note import NoteId, NoteReleased, NoteWritten
from dialer.core.cases.path_told import TaskId
from dialer.core.cases.refusals import CaseRefusal
from dialer.core.cases.responsible import (
    CaseAssigned,
    CaseTransferred,
    Officer,
    OfficerId,
    ToAcademie,
    ToNationalPool,
    ToOfficer,
)
from dialer.core.cases.template import TaskKind, TaskPlan, Template, TemplateId
from dialer.core.cases.told import CaseEnded, FileEvent, SchoolingSaid
from dialer.core.free_text import NAME_MAX, NOTE_MAX, REASON_MAX, fault_of
from dialer.core.places.academie import named
from dialer.core.structures.search import Directory
from dialer.core.structures.structure import StructureId
from dialer.core.words import Instant
from dialer.web import case_bodies as bodies
from dialer.web.case_judge import Judge
from dialer.web.task_plans import TaskBody, check_structure, read_plan


@dataclass(frozen=True, slots=True)
class Around:
    """Who tells it, when, of which file as they have it before them, and what else there is."""

    at: Instant
    officer: OfficerId
    file: CaseFile
    directory: Directory
    templates: Mapping[TemplateId, Template]
    officers: Mapping[OfficerId, Officer]

    def by(self, as_person: bool | None) -> Actor:
        return person_heard_by(self.officer) if as_person else officer(self.officer)


# -- the path ---------------------------------------------------------------------------------------

_OF_TASKS: Mapping[bodies.TaskAction, tuple[str, str]] = MappingProxyType(
    {
        bodies.TaskAction.PROPOSE: ("", "title tasks template"),
        bodies.TaskAction.ADD: ("plan", ""),
        bodies.TaskAction.EDIT: ("task plan", ""),
        bodies.TaskAction.WITHDRAW: ("task", ""),
        bodies.TaskAction.DONE: ("task", "as_person"),
        bodies.TaskAction.CONFIRM: ("task", "as_person"),
        bodies.TaskAction.SEND_BACK: ("task reason", "as_person"),
        bodies.TaskAction.GIVE_UP: ("reason", "as_person"),
    }
)


def of_tasks(body: bodies.TasksBody, judge: Judge, around: Around) -> FileEvent:
    """Raises Refused 422."""
    action = judge.choice("action", body.action, bodies.TaskAction)
    if action is None:
        raise _unknown(judge)
    judge.takes(body, action, *_OF_TASKS[action])
    at, by, task, reason = around.at, around.by(body.as_person), TaskId(body.task or ""), body.reason or ""
    if body.reason is not None:
        judge.fault(fault_of("reason", reason, REASON_MAX))
    event: FileEvent
    match action:
        case bodies.TaskAction.PROPOSE:
            event = _proposed(body, judge, around)
        case bodies.TaskAction.ADD:
            event = paths.TaskAdded(at, by, _plan(body.plan, judge, around))
        case bodies.TaskAction.EDIT:
            event = paths.TaskEdited(at, by, task, _plan(body.plan, judge, around))
        case bodies.TaskAction.WITHDRAW:
            event = paths.TaskWithdrawn(at, by, task)
        case bodies.TaskAction.DONE:
            event = paths.TaskDone(at, by, task)
        case bodies.TaskAction.CONFIRM:
            event = paths.TaskConfirmed(at, by, task)
        case bodies.TaskAction.SEND_BACK:
            event = paths.TaskSentBack(at, by, task, reason)
        case bodies.TaskAction.GIVE_UP:
            event = paths.PathGivenUp(at, by, reason)
    judge.settle()
    return event


def _proposed(body: bodies.TasksBody, judge: Judge, around: Around) -> paths.PathProposed:
    template = _template(body.template, judge, around) if body.template is not None else None
    title, plans = body.title, [read_plan(f"tasks.{n}", each, judge) for n, each in enumerate(body.tasks or ())]
    if body.template is None:
        for field, sent in (("title", body.title), ("tasks", body.tasks)):
            if sent is None:
                judge.wrong(field, "is required to propose without a template")
    elif template is not None:
        title = template.title if title is None else title
        plans = list(template.tasks) if body.tasks is None else plans
    if title is not None and (plans or body.tasks is not None):
        for fault in templates.faults_of(title, plans):
            judge.fault(fault)
    for number, plan in enumerate(plans):
        check_structure(f"tasks.{number}.structure", plan.structure, around.at, judge, around.directory)
    origin = template.edition if template is not None else None
    return paths.PathProposed(around.at, officer(around.officer), title or "", tuple(plans), origin)


def _template(sent: str, judge: Judge, around: Around) -> Template | None:
    """One that this officer may use. Another's own is told from none to nobody."""
    found = around.templates.get(TemplateId(sent))
    refused = CaseRefusal.PRIVATE if found is None else templates.usable(found, around.officer)
    if refused is CaseRefusal.RETIRED:
        judge.wrong("template", "was retired; use another, or send the tasks")
    elif refused is not None:
        judge.wrong("template", "is no template of yours or of all; see /templates for those that are")
    return found if refused is None else None


def _plan(body: TaskBody | None, judge: Judge, around: Around) -> TaskPlan:
    if body is None:  # which is told already
        return TaskPlan(TaskKind.TALK, "", Side.SERVICE, 0)
    plan = read_plan("plan", body, judge)
    for fault in templates.faults_of(plan.title, (plan,)):
        if fault.where.startswith("tasks"):
            judge.fault(replace(fault, where=fault.where.replace("tasks[0]", "plan")))
    check_structure("plan.structure", plan.structure, around.at, judge, around.directory)
    return plan


# -- appointments -----------------------------------------------------------------------------------

_OF_APPOINTMENTS: Mapping[bodies.AppointmentAction, tuple[str, str]] = MappingProxyType(
    {
        bodies.AppointmentAction.FIX: ("on", "structure network referent"),
        bodies.AppointmentAction.MOVE: ("appointment on", "structure network referent"),
        bodies.AppointmentAction.KEEP: ("appointment", ""),
        bodies.AppointmentAction.MISS: ("appointment misser", ""),
        bodies.AppointmentAction.CALL_OFF: ("appointment reason", "as_person"),
    }
)


def of_appointments(body: bodies.AppointmentsBody, judge: Judge, around: Around) -> FileEvent:
    """Raises Refused 422."""
    action = judge.choice("action", body.action, bodies.AppointmentAction)
    if action is None:
        raise _unknown(judge)
    judge.takes(body, action, *_OF_APPOINTMENTS[action])
    at, by, which = around.at, around.by(body.as_person), AppointmentId(body.appointment or "")
    event: FileEvent | None = None
    match action:
        case bodies.AppointmentAction.FIX:
            on, where = _dated(body, None, judge, around)
            event = appointments.AppointmentFixed(at, by, on, where) if on is not None and where is not None else None
        case bodies.AppointmentAction.MOVE:
            known = next((each for each in around.file.appointments if each.id == which), None)
            on, where = _dated(body, known, judge, around)
            event = appointments.AppointmentMoved(at, by, which, on, where) if on is not None else None
        case bodies.AppointmentAction.KEEP:
            event = appointments.AppointmentKept(at, by, which)
        case bodies.AppointmentAction.MISS:
            misser = judge.choice("misser", body.misser, Misser)
            event = appointments.AppointmentMissed(at, by, which, misser) if misser is not None else None
        case bodies.AppointmentAction.CALL_OFF:
            if body.reason is not None:
                judge.fault(fault_of("reason", body.reason, REASON_MAX))
            event = appointments.AppointmentCalledOff(at, by, which, body.reason or "")
    judge.settle()
    if event is None:
        raise _unknown(judge)
    return event


def _dated(
    body: bodies.AppointmentsBody, known: appointments.Appointment | None, judge: Judge, around: Around
) -> tuple[datetime | None, Where | None]:
    """When, and with whom; None where nothing was said or there is a fault. ``known``: the one that is moved."""
    on = judge.instant("on", body.on) if body.on is not None else None
    if on is not None and on < around.file.case.received_at:
        judge.wrong("on", "is before the request was received; write when it is to be, or was")
    if body.referent is not None:
        judge.fault(fault_of("referent", body.referent, NAME_MAX))
    network = judge.choice("network", body.network, Network) if body.network is not None else None
    structure = StructureId(body.structure) if body.structure is not None else None
    if structure is not None and body.network is not None:
        judge.wrong("network", "is known from the structure; leave it out")
    where = None
    if structure is not None or body.network is not None:
        where = Where(structure, network, body.referent)
    elif known is not None and body.referent is not None:
        where = replace(known.where, referent=body.referent)
    elif body.action == bodies.AppointmentAction.FIX:
        judge.wrong("structure", "is required: one of the directory, or a network in its place")
    meant = where if where is not None or known is None else known.where
    if on is not None and meant is not None:
        check_structure("structure", meant.structure, on, judge, around.directory)
    return on, where


# -- notes, consents, schooling ---------------------------------------------------------------------

_OF_NOTES: Mapping[bodies.NoteAction, tuple[str, str]] = MappingProxyType(
    {
        bodies.NoteAction.WRITE: ("text", "released"),
        bodies.NoteAction.CORRECT: ("note text", "released"),
        bodies.NoteAction.RELEASE: ("note", ""),
    }
)


def of_notes(body: bodies.NotesBody, judge: Judge, around: Around) -> FileEvent:
    """Raises Refused 422."""
    action = judge.choice("action", body.action, bodies.NoteAction)
    if action is None:
        raise _unknown(judge)
    judge.takes(body, action, *_OF_NOTES[action])
    if body.text is not None:
        judge.fault(fault_of("text", body.text, NOTE_MAX))
    judge.settle()
    by, note = officer(around.officer), NoteId(body.note) if body.note is not None else None
    if action is bodies.NoteAction.RELEASE and note is not None:
        return NoteReleased(around.at, by, note)
    return NoteWritten(around.at, by, body.text or "", note, bool(body.released))


def of_consents(body: bodies.ConsentBody, judge: Judge, around: Around) -> FileEvent:
    """The person's word, whoever took it down. Raises Refused 422."""
    purpose = judge.choice("purpose", body.purpose, Purpose)
    if body.given is None:
        judge.wrong("given", "is required: true, or false when it is withdrawn")
    judge.settle()
    if purpose is None:
        raise _unknown(judge)
    return ConsentSaid(around.at, person_heard_by(around.officer), purpose, bool(body.given))


def of_schooling(body: bodies.SchoolingBody, judge: Judge, around: Around) -> FileEvent:
    """Raises Refused 422."""
    diploma = judge.choice("diploma", body.diploma, Diploma)
    judge.settle()
    if diploma is None:
        raise _unknown(judge)
    return SchoolingSaid(around.at, around.by(body.as_person), diploma, bool(body.in_higher_education))


# -- who answers for it, and its end ----------------------------------------------------------------


def of_assign(body: bodies.AssignBody, judge: Judge, around: Around) -> FileEvent:
    """Raises Refused 422."""
    to = OfficerId(body.officer) if body.officer is not None else around.officer
    if to not in around.officers:
        judge.wrong("officer", "is no officer" if body.officer is not None else "is required: you are no officer")
    judge.settle()
    return CaseAssigned(around.at, around.officer, to)


def of_transfer(body: bodies.TransferBody, judge: Judge, around: Around) -> FileEvent:
    """Raises Refused 422."""
    given = [field for field in ("academie", "officer", "national") if getattr(body, field) is not None]
    if len(given) != 1:
        judge.wrong(given[1] if given else "academie", "say to whom, once: academie, officer or national")
    if body.reason is None:
        judge.wrong("reason", "is required")
    else:
        judge.fault(fault_of("reason", body.reason, REASON_MAX))
    academie = named(body.academie) if body.academie is not None else None
    if body.academie is not None and academie is None:
        judge.wrong("academie", "is no académie; write its code, like 10, or its name, like Lyon")
    if body.officer is not None and OfficerId(body.officer) not in around.officers:
        judge.wrong("officer", "is no officer")
    if body.national is False:
        judge.wrong("national", "is true, or left out")
    judge.settle()
    to: ToAcademie | ToOfficer | ToNationalPool = ToNationalPool()
    if academie is not None:
        to = ToAcademie(academie.code)
    elif body.officer is not None:
        to = ToOfficer(OfficerId(body.officer))
    return CaseTransferred(around.at, around.officer, to, body.reason or "")


def of_end(body: bodies.EndBody, judge: Judge, around: Around) -> FileEvent:
    """Raises Refused 422."""
    outcome = judge.choice("outcome", body.outcome, CallbackOutcome)
    if outcome is CallbackOutcome.OPPOSITION:
        judge.wrong(
            "outcome", "holds for the number and not for one case; tell it to /oppositions, which ends all of it"
        )
    elif outcome is not None and not MEANINGS[outcome].closes:
        judge.wrong("outcome", "leads to another attempt and ends no case")
    judge.settle()
    if outcome is None:
        raise _unknown(judge)
    return CaseEnded(around.at, officer(around.officer), outcome)


def _unknown(judge: Judge) -> Exception:
    """For what the judge has refused already."""
    judge.settle()
    return AssertionError("a body without faults says what is to be done")
