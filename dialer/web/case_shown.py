"""A case as the API shows it: a row of a list, a file or what the archive has → the models.

Decides what stands where, and that a number is whole only for those who may see it so. Pure: values in, models out.
Must not know HTTP, nor who may see the case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dialer.core.callbacks.legal_clock import at_risk_at, late_at, legal_deadline
from dialer.core.callbacks.states import CaseId
from dialer.core.cases import appointment as appointments
from dialer.core.cases import case as cases
from dialer.core.cases import path as paths
from dialer.core.cases.actor import Actor, Side
from dialer.core.cases.almanac import Almanac, almanac_at
from dialer.core.cases.case import Kind, Standing
from dialer.core.cases.consent import Purpose, holds
from dialer.core.cases.digest import REASONS_FR, TODOS_FR, sentence
from dialer.core.cases.escalation import NextAction, next_actions
from dialer.core.cases.file import CaseFile, Given, view
from dialer.core.cases.note import Note
from dialer.core.cases.retention import Archived
from dialer.core.numbers import masked
from dialer.core.places.academie import ACADEMIES, AcademieCode
from dialer.core.revision import Versioned
from dialer.core.rules import Rules
from dialer.core.structures.search import Directory
from dialer.core.structures.structure import home_of
from dialer.core.words import E164, Instant
from dialer.web import case_models as models
from dialer.web.callback_models import Attempt, span
from dialer.web.case_floor import CaseRow
from dialer.web.floor import CallbackRow
from dialer.web.structure_models import shown_structure
from schedules.walltime import PARIS, wall_clock


@dataclass(frozen=True, slots=True)
class Scene:
    """Around the cases that are shown. whole: numbers are."""

    at: Instant
    rules: Rules
    directory: Directory
    whole: bool

    def phone(self, number: str | None) -> str | None:
        return None if number is None else number if self.whole else masked(E164(number))

    def almanac(self, postcode: str | None) -> Almanac:
        return almanac_at(postcode, self.rules.calling.holidays)


# -- a row ------------------------------------------------------------------------------------------


def shown_row(row: CaseRow, scene: Scene) -> models.Case:
    return models.Case.model_validate(_row(row, scene))


def shown_file(
    file: Versioned[CaseFile],
    callbacks: Sequence[CallbackRow],
    linked: Iterable[CaseId],
    audit: list[models.AuditEntry],
    scene: Scene,
) -> models.CaseDetail:
    """The whole file. ``linked``: those cases on the same number that may be seen."""
    value, case = file.value, file.value.case
    legal = case.kind is Kind.RTF
    summary = {
        "id": case.id,
        "kind": case.kind,
        "received_at": case.received_at,
        "legal_deadline_at": legal_deadline(case.received_at) if legal else None,
        "standing": cases.standing(case, scene.at) if legal else None,
        "appointment_at": min((each.at for each in case.appointments if each.called_off_at is None), default=None),
        "ended_at": case.ended.at if case.ended is not None else None,
        "outcome": case.ended.outcome if case.ended is not None else None,
        "academie": value.responsible.academie,
        "officer": value.responsible.officer,
        "version": file.version,
        "first_name": case.first_name,
        "name": next((each.request.name for each in reversed(value.requests) if each.request.name), None),
        "phone": case.phone,
        "archived": False,
    }
    whole = _file(value, callbacks, linked, scene)
    return models.CaseDetail.model_validate(_told(summary, scene) | {"file": whole, "archive": None, "audit": audit})


def shown_archive(kept: Archived, audit: list[models.AuditEntry], scene: Scene) -> models.CaseDetail:
    """`version` is 0: nothing changes it any more."""
    legal = kept.kind is Kind.RTF
    summary = {
        "id": kept.case,
        "kind": kept.kind,
        "received_at": kept.received_at,
        "legal_deadline_at": legal_deadline(kept.received_at) if legal else None,
        "standing": kept.summary.standing if legal else None,
        "appointment_at": kept.summary.appointment_at,
        "ended_at": kept.ended.at,
        "outcome": kept.ended.outcome,
        "academie": kept.academie,
        "officer": kept.officer,
        "version": 0,
        "first_name": kept.first_name,
        "name": kept.name,
        "phone": kept.phone,
        "archived": True,
    }
    archive = models.Archive(
        archived_at=kept.archived_at,
        birth_date=kept.birth_date,
        appointments=[models.ArchivedAppointment.model_validate(each) for each in kept.appointments],
    )
    return models.CaseDetail.model_validate(_told(summary, scene) | {"file": None, "archive": archive, "audit": audit})


_COLUMNS = (
    "id", "kind", "received_at", "legal_deadline_at", "standing", "appointment_at", "ended_at", "outcome", "academie",
    "officer", "version", "first_name", "name", "phone", "archived",
)  # fmt: skip


def _row(row: CaseRow, scene: Scene) -> dict[str, object]:
    return _told({name: getattr(row, name) for name in _COLUMNS}, scene)


def _told(row: Mapping[str, object], scene: Scene) -> dict[str, object]:
    """With what follows from it."""
    received_at, appointment_at, phone = row["received_at"], row["appointment_at"], row["phone"]
    legal, academie = row["legal_deadline_at"] is not None, row["academie"]
    dated = isinstance(received_at, datetime) and isinstance(appointment_at, datetime)
    return {
        **row,
        "reference": str(row["id"]).removeprefix("case-"),
        "state": "open" if row["ended_at"] is None else "ended",
        "late": row["standing"] == Standing.LATE,
        "appointment_late": legal and dated and appointment_at >= late_at(received_at),  # type: ignore[operator,arg-type]
        "academie_name": ACADEMIES[AcademieCode(str(academie))].name if academie is not None else None,
        "phone": scene.phone(phone if isinstance(phone, str) else None),
    }


# -- the file ---------------------------------------------------------------------------------------


def _file(file: CaseFile, callbacks: Sequence[CallbackRow], linked: Iterable[CaseId], scene: Scene) -> models.CaseFile:
    case, seen = file.case, view(file, Side.SERVICE)
    almanac = scene.almanac(file.postcode)
    actions = next_actions(file, scene.at, scene.rules.escalation, almanac, scene.rules.officers)
    return models.CaseFile(
        birth_date=case.birth_date,
        postcode=file.postcode,
        requests=[_given(each, scene) for each in seen.requests],
        callbacks=[_callback(each) for each in callbacks],
        outcomes=[models.Came.model_validate(each) for each in seen.came],
        paths=[shown_path(each) for each in seen.paths],
        appointments=[shown_appointment(each, file, scene.directory) for each in seen.appointments],
        notes=[shown_note(each) for each in seen.notes],
        agreed=[each for each in Purpose if holds(seen.consents, each, scene.at)],
        consents=[models.Consent.model_validate(each) for each in seen.consents],
        schooling=models.Schooling.model_validate(file.schooling) if file.schooling is not None else None,
        responsible=[models.Turn.model_validate(each) for each in file.responsible.history],
        clock=_clock(file, scene.at) if case.kind is Kind.RTF else None,
        next_actions=[shown_action(each, scene.at, almanac) for each in actions],
        linked=list(linked),
    )


def _given(given: Given, scene: Scene) -> models.Given:
    asked = given.request
    return models.Given(
        at=given.at,
        source=asked.source,
        asked_by=asked.asked_by,
        phone=scene.phone(asked.phone.number) or "",
        first_name=asked.first_name,
        name=asked.name,
        birth_date=asked.birth_date,
        postcode=asked.postcode,
        situation=asked.situation,
        language=asked.language,
        relay=asked.relay,
        note=asked.note,
        flags=list(given.flags),
    )


def _callback(row: CallbackRow) -> models.CaseCallback:
    return models.CaseCallback.model_validate(
        {
            "promised": span(row.promised),
            "attempts": [Attempt.model_validate(each) for each in row.attempts],
            **{
                name: getattr(row, name)
                for name in ("id", "state", "outcome", "requested_at", "due_at", "adviser", "closed_at")
            },
        }
    )


def shown_path(path: paths.Path) -> models.Path:
    over = path.over
    given_up = over if isinstance(over, paths.GivenUp) else None
    return models.Path(
        id=path.id,
        title=path.title,
        at=path.at,
        by=_by(path.by),
        origin=models.Edition.model_validate(path.origin) if path.origin is not None else None,
        state="open" if over is None else over.kind,
        over_at=over.at if over is not None else None,
        given_up_by=_by(given_up.by) if given_up is not None and given_up.by is not None else None,
        reason=given_up.reason or None if given_up is not None else None,
        tasks=[_task(each) for each in path.tasks],
    )


def _task(task: paths.Task) -> models.Task:
    plan, state = task.plan, task.state
    acted = None if isinstance(state, paths.Proposed) else state
    return models.Task(
        id=task.id,
        kind=plan.kind,
        title=plan.title,
        does=plan.does,
        days=plan.days,
        structure=plan.structure,
        due_on=task.due_on,
        state=state.kind,
        awaits=paths.awaits(task),
        at=acted.at if acted is not None else None,
        by=_by(acted.by) if acted is not None else None,
        reason=state.reason if isinstance(state, paths.SentBack) else None,
    )


def shown_appointment(
    appointment: appointments.Appointment, file: CaseFile, directory: Directory
) -> models.Appointment:
    state, where = appointment.state, appointment.where
    acted = None if isinstance(state, appointments.Fixed) else state
    structure = None
    if where.structure is not None:
        known = directory.structures.get(where.structure)
        zone = home_of(known).zone if known is not None else PARIS
        structure = shown_structure(directory, where.structure, wall_clock(appointment.on, zone).date())
    legal = file.case.kind is Kind.RTF
    return models.Appointment(
        id=appointment.id,
        on=appointment.on,
        fixed_at=appointment.fixed_at,
        fixed_by=_by(appointment.by),
        structure=structure,
        network=where.network,
        referent=where.referent,
        late=legal and appointments.is_late(appointment, file.case.received_at),
        state=state.kind,
        at=acted.at if acted is not None else None,
        by=_by(acted.by) if acted is not None else None,
        misser=state.misser if isinstance(state, appointments.Missed) else None,
        moved_to=state.to if isinstance(state, appointments.Moved) else None,
        reason=state.reason if isinstance(state, appointments.CalledOff) else None,
    )


def shown_note(note: Note) -> models.Note:
    return models.Note(
        id=note.id,
        section=note.section,
        at=note.at,
        by=_by(note.by),
        text=note.text,
        corrects=note.corrects,
        released_at=note.released_at,
    )


def shown_action(action: NextAction, at: Instant, almanac: Almanac) -> models.Action:
    return models.Action(
        case=action.case,
        rule=action.rule,
        todo=action.todo,
        since=action.since,
        by=action.by,
        overdue=action.by < at,
        academie=action.academie,
        officer=action.officer,
        about=action.about,
        reason_said=REASONS_FR[action.rule].format(since=f"{almanac.day(action.since):%d/%m/%Y}"),
        todo_said=TODOS_FR[action.todo],
        sentence=sentence(action, at, almanac),
    )


def _clock(file: CaseFile, at: Instant) -> models.Clock:
    case = file.case
    return models.Clock(
        standing=cases.standing(case, at),
        at_risk_at=at_risk_at(case.received_at),
        deadline_at=legal_deadline(case.received_at),
        changes_at=cases.deadline(case, at),
    )


def _by(actor: Actor) -> models.By:
    return models.By.model_validate(actor)
