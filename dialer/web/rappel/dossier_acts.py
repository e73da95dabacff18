"""What a person does in their own file: the fields of one form → what is told of the file, or every fault of it.

Decides which fields each act has and what is wrong with them. Whether it can be done as the file stands is decided in
the core. Must not know pages nor who may.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dialer.core.cases.actor import PERSON
from dialer.core.cases.appointment import AppointmentCalledOff, AppointmentId, CalledOff
from dialer.core.cases.consent import ConsentSaid, Purpose
from dialer.core.cases.file import CaseFile
from dialer.core.cases.note import NoteId, NoteReleased, NoteWritten
from dialer.core.cases.path import Confirmed, Done, GivenUp, SentBack, TaskState
from dialer.core.cases.path_told import PathGivenUp, TaskConfirmed, TaskDone, TaskId, TaskSentBack
from dialer.core.cases.told import SideEvent
from dialer.core.free_text import NOTE_MAX, REASON_MAX, is_whole
from dialer.core.words import Instant
from dialer.web.rappel import dossier_words as words
from dialer.web.rappel.dossier_shown import field_of

Faults = dict[str, str]
"""The id of a field → what to say of it."""

READERS = ("service", "moi")
_VERSION = re.compile(r"\d{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Typed:
    """One form as it was sent. ``thing``: what the act is done to. ``version``: the one that was before them; -1: they
    say none, which is as stale as any."""

    act: str = ""
    thing: str = ""
    text: str = ""
    choice: str = ""
    version: int = -1

    @property
    def field(self) -> str:
        """The id of its text field."""
        return field_of(self.act, self.thing)


def typed(form: Mapping[str, object]) -> Typed:
    """The form as its browser sent it: lines end as they do in files, and blanks around a text are not part of it."""
    found = {name: value for name, value in form.items() if isinstance(value, str)}
    version = found.get("version", "")
    text = found.get("texte", "").replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").strip()
    return Typed(
        found.get("acte", ""), found.get("chose", ""), text, found.get("choix", ""),
        int(version) if _VERSION.fullmatch(version) else -1,
    )  # fmt: skip


def told(said: Typed, at: Instant) -> SideEvent | Faults:
    """What is to be told of the file, or what is wrong with the form; the fault of no field is that of ""."""
    act = _ACTS.get(said.act)
    return {"": words.NOT_UNDERSTOOD} if act is None else act(said, at)


def stands(file: CaseFile, event: SideEvent) -> bool:
    """Whether just this is in the file already: the same form came before, by a second click or a page sent anew."""
    match event:
        case TaskDone(at=at, by=by, task=task):
            return _state(file, task) == Done(at, by)
        case TaskConfirmed(at=at, by=by, task=task):
            state = _state(file, task)
            return isinstance(state, Confirmed) and (state.at, state.by) == (at, by)
        case TaskSentBack(at=at, by=by, task=task, reason=reason):
            return _state(file, task) == SentBack(at, by, reason)
        case PathGivenUp(at=at, by=by, reason=reason):
            return any(path.over == GivenUp(at, by, reason) for path in file.paths)
        case AppointmentCalledOff(at=at, by=by, appointment=appointment, reason=reason):
            off = CalledOff(at, by, reason)
            return any(each.id == appointment and each.state == off for each in file.appointments)
        case NoteWritten(at=at, by=by, text=text):
            return any((note.at, note.by, note.text) == (at, by, text) for note in file.notes)
        case NoteReleased(at=at, note=released):
            return any(note.id == released and note.released_at == at for note in file.notes)
        case ConsentSaid():
            return event in file.consents
    return False


def _state(file: CaseFile, task: TaskId) -> TaskState | None:
    return next((each.state for path in file.paths for each in path.tasks if each.id == task), None)


def _with_reason(make: Callable[[Instant, Typed], SideEvent]) -> Callable[[Typed, Instant], SideEvent | Faults]:
    def act(said: Typed, at: Instant) -> SideEvent | Faults:
        wrong = _wrong(said, REASON_MAX)
        return {said.field: wrong} if wrong else make(at, said)

    return act


def _write(said: Typed, at: Instant) -> SideEvent | Faults:
    faults: Faults = {}
    if wrong := _wrong(said, NOTE_MAX):
        faults[said.field] = wrong
    if said.choice not in READERS:
        faults["lecture"] = words.NO_READER
    return faults or NoteWritten(at, PERSON, said.text, released=said.choice == "service")


def _agree(said: Typed, at: Instant) -> SideEvent | Faults:
    purpose = next((each for each in Purpose if each == said.thing), None)
    if purpose is None or said.choice not in ("oui", "non"):
        return {"": words.NOT_UNDERSTOOD}
    return ConsentSaid(at, PERSON, purpose, said.choice == "oui")


def _wrong(said: Typed, length_max: int) -> str:
    if not said.text:
        return words.MISSING[said.act]
    if len(said.text) > length_max:
        return words.too_long(length_max)
    return "" if is_whole(said.text, length_max) else words.UNSHOWABLE


_ACTS: Mapping[str, Callable[[Typed, Instant], SideEvent | Faults]] = MappingProxyType(
    {
        "fait": lambda said, at: TaskDone(at, PERSON, TaskId(said.thing)),
        "accord": lambda said, at: TaskConfirmed(at, PERSON, TaskId(said.thing)),
        "pas-encore": _with_reason(lambda at, said: TaskSentBack(at, PERSON, TaskId(said.thing), said.text)),
        "arret": _with_reason(lambda at, said: PathGivenUp(at, PERSON, said.text)),
        "rendez-vous": _with_reason(
            lambda at, said: AppointmentCalledOff(at, PERSON, AppointmentId(said.thing), said.text)
        ),
        "note": _write,
        "montrer": lambda said, at: NoteReleased(at, PERSON, NoteId(said.thing)),
        "accord-donne": _agree,
    }
)
