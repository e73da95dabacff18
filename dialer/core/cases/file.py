"""The file of a case ("dossier"): the case itself, and all that its two sides wrote, planned, agreed and did.

Decides which part of the file a thing that is told goes to, what is still told of a case that has ended, and what each
side sees. That nobody overwrites what they have not seen is `revision`, who answers for the case `responsible`. Must
not know where files are kept, who may open one (`visibility`), or how people are told.

`case.Case` is the desk's: whoever calls puts it into the file as it is now, and takes it out again, so that there is
one truth of the legal clock, `case.standing`. What is asked for and cannot be had is refused as a value, and nothing
changed; the desk's own facts are never refused. `tests/core/path_matrix.py` prints the matrices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from dialer.core.callbacks.outcomes import MEANINGS, CallbackOutcome
from dialer.core.callbacks.request import Request
from dialer.core.callbacks.states import CaseId
from dialer.core.cases import appointment as appointments
from dialer.core.cases import audit
from dialer.core.cases import case as cases
from dialer.core.cases import consent as consents
from dialer.core.cases import note as notes
from dialer.core.cases import path as paths
from dialer.core.cases.actor import DESK, Side, officer
from dialer.core.cases.almanac import FRANCE, Almanac
from dialer.core.cases.appointment import (
    Appointment,
    AppointmentCalledOff,
    AppointmentFixed,
    AppointmentId,
    AppointmentKept,
    AppointmentMissed,
    AppointmentMoved,
    Where,
)
from dialer.core.cases.case import Case, Flag
from dialer.core.cases.consent import ConsentSaid
from dialer.core.cases.note import Note, NoteReleased, NoteWritten
from dialer.core.cases.path import Path
from dialer.core.cases.refusals import CaseRefusal
from dialer.core.cases.responsible import (
    CaseAssigned,
    CaseTransferred,
    Officer,
    OfficerId,
    PostcodeLearnt,
    Responsible,
    handed_over,
)
from dialer.core.cases.told import CallbackOver, CaseEnded, FileEvent, RequestReceived, SchoolingSaid, SideEvent
from dialer.core.report.summary import Facts, Track, age_band, track_of
from dialer.core.revision import Refusal, Versioned, revise
from dialer.core.structures.structure import StructureId
from dialer.core.words import By, Instant, Record

_AFTER_THE_END = (
    AppointmentKept, AppointmentMissed, AppointmentCalledOff, NoteWritten, NoteReleased, ConsentSaid, SchoolingSaid
)  # fmt: skip
"""What the sides still tell of a case that has ended: what came of its appointments, corrections, consents."""


@dataclass(frozen=True, slots=True)
class Given:
    """A request, as the person gave it, and what was told of it."""

    at: Instant
    request: Request
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a callback."""

    at: Instant
    outcome: CallbackOutcome


@dataclass(frozen=True, slots=True)
class CaseFile:
    """acted_at: when somebody of the service last did something in it, handovers apart. schooling: as last said."""

    case: Case
    responsible: Responsible
    requests: tuple[Given, ...] = ()
    came: tuple[Came, ...] = ()
    acted_at: Instant | None = None
    paths: tuple[Path, ...] = ()
    appointments: tuple[Appointment, ...] = ()
    notes: tuple[Note, ...] = ()
    consents: tuple[ConsentSaid, ...] = ()
    schooling: SchoolingSaid | None = None

    @property
    def id(self) -> CaseId:
        return self.case.id

    @property
    def postcode(self) -> str | None:
        """The last one they gave: whose days hold (`almanac.almanac_at`)."""
        return next((each.request.postcode for each in reversed(self.requests) if each.request.postcode), None)


@dataclass(frozen=True, slots=True)
class View:
    """What one side sees. The person does not see ``came`` nor ``responsible``: the service wrote those."""

    requests: tuple[Given, ...]
    paths: tuple[Path, ...]
    appointments: tuple[Appointment, ...]
    notes: tuple[Note, ...]
    consents: tuple[ConsentSaid, ...]
    came: tuple[Came, ...] = ()
    responsible: Responsible | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """Around the file. almanac: the days where the person lives. officers: all that there are."""

    almanac: Almanac = FRANCE
    officers: Mapping[OfficerId, Officer] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class FileStep:
    """hears: which side is to be told. refused: why nothing was done (`CaseRefusal`, `revision.Stale` or
    `responsible.Refused`)."""

    file: Versioned[CaseFile]
    records: tuple[Record, ...] = ()
    hears: Side | None = None
    refused: Refusal | None = None


def open_file(case: Case, responsible: Responsible) -> CaseFile:
    """The file of a case that has none yet, with the appointments that the desk knows of."""
    known = tuple(
        Appointment(
            AppointmentId(f"{case.id}-a{number}"),
            each.at,
            each.fixed_at,
            DESK,
            Where(),
            appointments.Fixed()
            if each.called_off_at is None
            else appointments.CalledOff(each.called_off_at, DESK, ""),
        )
        for number, each in enumerate(case.appointments, start=1)
    )
    return CaseFile(case, responsible, appointments=known)


def view(file: CaseFile, side: Side) -> View:
    """What this side sees. Whoever looks is told of by `case_audit.looked`."""
    service = side is Side.SERVICE
    return View(
        file.requests,
        file.paths,
        file.appointments,
        notes.readable(file.notes, side),
        file.consents,
        file.came if service else (),
        file.responsible if service else None,
    )


def transition(
    file: Versioned[CaseFile], event: FileEvent, scene: Scene | None = None, against: int | None = None
) -> FileStep:
    """The file after ``event``. ``against``: the version that who tells it had before them; None: come what may.

    The desk's facts come what may. Instants are taken as they are told: a clock that goes backwards is not our matter.
    """
    scene = scene or Scene()
    before = file.value
    if against is None or isinstance(event, RequestReceived | CallbackOver):
        against = file.version
    by, word = audit.who(event), audit.name_of(event)
    after = revise(file, against, event.at, by, word, lambda value: _changed(value, event, scene))
    if isinstance(after, Refusal):
        return FileStep(file, refused=after)
    if after is file:
        return FileStep(file)
    value = after.value
    note = value.notes[-1] if value.notes else None
    records = (
        audit.told(before.id, event, note, value.responsible.history[-1]),
        *audit.clock(before.id, event.at, by, before.appointments, value.appointments, before.case.received_at),
    )
    if isinstance(event, RequestReceived) or facts(value) != facts(before):
        records = (*records, audit.learnt(before.id, event.at, facts(value)))
    return FileStep(after, records, audit.hears(event, note))


def facts(file: CaseFile) -> Facts:
    """What classes the case belongs to. The track is that of the schooling, else of the newest request that says so."""
    said = file.schooling
    told = () if said is None else (cases.track(said.diploma, said.in_higher_education),)
    asked = (each.flags for each in reversed(file.requests) if track_of(each.flags) is not Track.UNKNOWN)
    flags = told or next(asked, ())
    return Facts(file.responsible.academie, age_band(file.case.birth_date, file.case.received_at), track_of(flags))


def _changed(file: CaseFile, event: FileEvent, scene: Scene) -> CaseFile | Refusal:
    ended = file.case.ended is not None
    match event:
        case RequestReceived(at=at, request=request, flags=flags):
            return replace(file, requests=(*file.requests, Given(at, request, flags)))
        case CallbackOver():
            return _on_the_clock(_callback_over(file, event))
        case CaseAssigned() | CaseTransferred() | PostcodeLearnt():
            given = handed_over(file.responsible, event, scene.officers, ended=ended)
            return given if isinstance(given, Refusal) else replace(file, responsible=given)
        case _ if ended and not isinstance(event, _AFTER_THE_END):
            return CaseRefusal.ENDED
    after = _by_a_side(file, event, scene.almanac)
    if isinstance(after, Refusal) or after == file:
        return after
    return _on_the_clock(replace(after, acted_at=event.at) if event.by.side is Side.SERVICE else after)


def _on_the_clock(file: CaseFile) -> CaseFile:
    shown = appointments.on_the_clock(file.appointments)
    return replace(file, case=replace(file.case, appointments=shown))


def _callback_over(file: CaseFile, event: CallbackOver) -> CaseFile:
    """With the date of an appointment where one was agreed on. The desk has ended the case already, if it ended."""
    report, who = event.report, DESK if event.adviser is None else officer(event.adviser)
    after = replace(file, came=(*file.came, Came(event.at, report.outcome)))
    if report.date is not None:
        place = StructureId(report.place) if report.place is not None else None
        where = Where(structure=place) if place is not None else Where(network=report.structure)
        fixed = AppointmentFixed(event.at, who, report.date, where)
        after = replace(after, appointments=appointments.adopt(after.appointments, fixed, file.id))
    return after if file.case.ended is None else replace(after, paths=paths.end(after.paths, event.at))


def _by_a_side(file: CaseFile, event: SideEvent, almanac: Almanac) -> CaseFile | CaseRefusal:
    match event:
        case NoteWritten():
            written = notes.write(file.notes, event, file.id)
            return written if isinstance(written, CaseRefusal) else replace(file, notes=written)
        case NoteReleased():
            released = notes.release(file.notes, event)
            return released if isinstance(released, CaseRefusal) else replace(file, notes=released)
        case ConsentSaid():
            return replace(file, consents=consents.say(file.consents, event))
        case SchoolingSaid(diploma=diploma, in_higher_education=in_higher):
            said = file.schooling
            same = said is not None and (said.diploma, said.in_higher_education) == (diploma, in_higher)
            return file if same else replace(file, schooling=event)
        case CaseEnded():
            return _end(file, event)
        case AppointmentFixed() | AppointmentMoved() | AppointmentKept() | AppointmentMissed() | AppointmentCalledOff():
            dated = appointments.tell(file.appointments, event, file.id, file.case.received_at)
            return dated if isinstance(dated, CaseRefusal) else replace(file, appointments=dated)
        case _:
            walked = paths.tell(file.paths, event, file.id, almanac)
            return walked if isinstance(walked, CaseRefusal) else replace(file, paths=walked)


def _end(file: CaseFile, event: CaseEnded) -> CaseFile | CaseRefusal:
    """With an open path, which ends with it."""
    if event.by.side is not Side.SERVICE:
        return CaseRefusal.SERVICE_ONLY
    if not MEANINGS[event.outcome].closes:
        return CaseRefusal.ENDS_NOTHING
    ended = cases.end(file.case, event.outcome, By.PERSON, event.at)
    return replace(file, case=ended, paths=paths.end(file.paths, event.at))
