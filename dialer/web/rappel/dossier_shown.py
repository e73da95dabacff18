"""A person's own file as its page shows it: what they see of it, in words and in the order in which it is read.

Decides what is on the page and which acts are offered beside what. What a side sees at all is `file.view`; whether an
act is done is decided in the core, whatever was offered. Must not know requests, links or who has them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dialer.core.cases import note as notes
from dialer.core.cases.actor import Side
from dialer.core.cases.almanac import Almanac
from dialer.core.cases.appointment import Appointment, CalledOff, Fixed
from dialer.core.cases.appointment import Where as WithWhom
from dialer.core.cases.consent import ConsentSaid, Purpose, holds
from dialer.core.cases.file import CaseFile, View, view
from dialer.core.cases.note import Note
from dialer.core.cases.path import Done, GivenUp, Path, SentBack, Task, awaits, open_path
from dialer.core.cases.template import KINDS_FR
from dialer.core.revision import Versioned
from dialer.core.structures.structure import LABELS, Phone, Structure, StructureId, StructureKind, heir
from dialer.core.words import Instant
from dialer.web.rappel import dossier_words as words
from dialer.web.rappel.choices import ANYBODY, Where, where
from schedules.walltime import wall_clock

Structures = Mapping[StructureId, Structure]


@dataclass(frozen=True, slots=True)
class With:
    """Whom to go to. ``gone``: who took over from whom, or that nobody did; "" while nothing has changed."""

    name: str
    address: str = ""
    phone: Phone | None = None
    referent: str = ""
    gone: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One task. ``says``: who sent it back, with their ``reason``. ``acts``: those that are theirs to do now."""

    id: str
    title: str
    kind: str
    turn: str
    theirs: bool
    due: str
    says: str
    reason: str
    place: With | None
    acts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenPath:
    title: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class PastPath:
    title: str
    over: str
    reason: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """``may_call_off``: it stands, and its hour has not come."""

    id: str
    when: str
    place: With
    state: str
    reason: str
    may_call_off: bool


@dataclass(frozen=True, slots=True)
class Written:
    """``may_show``: it is theirs, and the service does not read it yet."""

    id: str
    head: str
    text: str
    readers: str
    may_show: bool


@dataclass(frozen=True, slots=True)
class Agreed:
    purpose: str
    what: str
    given: bool


@dataclass(frozen=True, slots=True)
class Dossier:
    """``ended``: on which day, "" while it is open. ``version``: what every act is told against."""

    version: int
    ended: str
    path: OpenPath | None
    past: tuple[PastPath, ...]
    meetings: tuple[Meeting, ...]
    notes: tuple[Written, ...]
    consents: tuple[Agreed, ...]

    @property
    def fields(self) -> frozenset[str]:
        """Where something can be written on the page, by the ids of its fields."""
        found = {"note", "lecture"}
        if self.path is not None:
            found |= {"arret"} | {field_of("pas-encore", step.id) for step in self.path.steps if "accord" in step.acts}
        return frozenset(found | {field_of("rendez-vous", each.id) for each in self.meetings if each.may_call_off})


def field_of(act: str, thing: str) -> str:
    """The id of the text field of an act on one thing of the file."""
    return f"{act}-{thing}" if thing else act


def dossier(file: Versioned[CaseFile], structures: Structures, almanac: Almanac, now: Instant) -> Dossier:
    """What the person sees of it, at ``now``. ``almanac``: of their days."""
    whole, seen, here = file.value, view(file.value, Side.PERSON), _here(file.value)
    ended = whole.case.ended
    path = open_path(seen.paths)
    return Dossier(
        version=file.version,
        ended=words.on(ended.at, here) if ended is not None else "",
        path=_open(path, structures, almanac.day(now)) if path is not None else None,
        past=tuple(_past(each, here) for each in reversed(seen.paths) if each.over is not None),
        meetings=_meetings(seen, structures, here, now),
        notes=tuple(_note(each, here) for each in reversed(notes.newest(seen.notes))),
        consents=tuple(_agreed(seen.consents, each, now) for each in Purpose),
    )


def _here(file: CaseFile) -> Where:
    """Where they are, by what they gave last."""
    phone = file.requests[-1].request.phone if file.requests else ANYBODY
    return where(phone, file.postcode)


# -- the path ---------------------------------------------------------------------------------------


def _open(path: Path, structures: Structures, today: date) -> OpenPath:
    return OpenPath(path.title, tuple(_step(each, structures, today) for each in path.tasks))


def _step(task: Task, structures: Structures, today: date) -> Step:
    acts: tuple[str, ...] = ()
    theirs = awaits(task) is Side.PERSON
    if theirs:
        acts = ("accord", "pas-encore") if isinstance(task.state, Done) else ("fait",)
    return Step(
        id=task.id,
        title=task.plan.title,
        kind=_typeset(KINDS_FR[task.plan.kind]),
        turn=words.turn(task),
        theirs=theirs,
        due=words.due(task, today),
        says=words.sent_back(task),
        reason=task.state.reason if isinstance(task.state, SentBack) else "",
        place=_with(WithWhom(task.plan.structure), structures, today) if task.plan.structure is not None else None,
        acts=acts,
    )


def _past(path: Path, here: Where) -> PastPath:
    return PastPath(path.title, words.over(path, here), path.over.reason if isinstance(path.over, GivenUp) else "")


# -- appointments -----------------------------------------------------------------------------------


def _meetings(seen: View, structures: Structures, here: Where, now: Instant) -> tuple[Meeting, ...]:
    """Those to come, the next one first; then the others, the latest first."""
    coming = sorted((each for each in seen.appointments if _coming(each, now)), key=lambda each: each.on)
    others = sorted((each for each in seen.appointments if not _coming(each, now)), key=lambda each: each.on)
    return tuple(_meeting(each, structures, here, now) for each in (*coming, *reversed(others)))


def _coming(appointment: Appointment, now: Instant) -> bool:
    return isinstance(appointment.state, Fixed) and appointment.on > now


def _meeting(appointment: Appointment, structures: Structures, here: Where, now: Instant) -> Meeting:
    state = appointment.state
    return Meeting(
        id=appointment.id,
        when=words.when(appointment.on, here),
        place=_with(appointment.where, structures, wall_clock(appointment.on, here.zone).date()),
        state=words.met(appointment, now),
        reason=state.reason if isinstance(state, CalledOff) else "",
        may_call_off=_coming(appointment, now),
    )


def _with(whom: WithWhom, structures: Structures, on: date) -> With:
    """Whoever is there on that day: a structure that closed meanwhile has handed its appointments to its heir."""
    referent = whom.referent or ""
    known = structures.get(whom.structure) if whom.structure is not None else None
    if known is None:
        network = _typeset(LABELS[StructureKind(whom.network.value)]) if whom.network is not None else ""
        return With(network or "Le service vous dira où aller.", referent=referent)
    there = heir(known, structures, on)
    if there is None:
        return With(known.name, gone="Cette structure est fermée ce jour-là. Appelez-nous avant d’y aller.")
    address = ", ".join(filter(None, (there.address, f"{there.postcode} {there.commune}")))
    gone = f"Elle remplace : {known.name}." if there.id != known.id else ""
    return With(there.name, address, there.phone, referent if not gone else "", gone)


# -- notes and consents -----------------------------------------------------------------------------


def _note(note: Note, here: Where) -> Written:
    mine = note.section is Side.PERSON
    return Written(note.id, words.wrote(note, here), note.text, words.readers(note), mine and note.released_at is None)


def _agreed(said: Sequence[ConsentSaid], purpose: Purpose, now: Instant) -> Agreed:
    return Agreed(purpose, words.PURPOSES[purpose], holds(tuple(said), purpose, now))


def _typeset(text: str) -> str:
    return text.replace("'", "’")
