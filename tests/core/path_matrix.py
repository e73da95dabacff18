"""Every state × every event of a case's file: paths, appointments, notes, templates. The tables are the document.

`python -m tests.core.path_matrix > docs/path.md` writes the document; `test_path_matrix.py` walks every pair.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dialer.core.callbacks.outcomes import CallbackOutcome, Report
from dialer.core.cases import template as templates
from dialer.core.cases.actor import PERSON, Actor
from dialer.core.cases.appointment import (
    AppointmentCalledOff,
    AppointmentFixed,
    AppointmentId,
    AppointmentKept,
    AppointmentMissed,
    AppointmentMoved,
    Misser,
    Where,
    on_the_clock,
)
from dialer.core.cases.file import CaseFile
from dialer.core.cases.note import NoteId, NoteReleased, NoteWritten
from dialer.core.cases.path import Done, Path
from dialer.core.cases.path_told import (
    PathGivenUp,
    PathProposed,
    TaskAdded,
    TaskConfirmed,
    TaskDone,
    TaskEdited,
    TaskId,
    TaskSentBack,
    TaskWithdrawn,
)
from dialer.core.cases.refusals import CaseRefusal
from dialer.core.cases.responsible import OfficerId
from dialer.core.cases.template import Template, TemplateId
from dialer.core.cases.told import CallbackOver, CaseEnded, FileEvent
from dialer.core.revision import Versioned
from tests.core.file_world import ANNA, BRUNO, CIO, T0, at, new_file, plan, tell, told
from tests.core.matrix import markdown

NOW = at(days=7)
CASE = "case-60124736"
T1, T2 = TaskId(f"{CASE}-p1-t1"), TaskId(f"{CASE}-p1-t2")
A1 = AppointmentId(f"{CASE}-a1")

# -- paths ------------------------------------------------------------------------------------------


def _proposed(number: int = 2, by: Actor = ANNA) -> PathProposed:
    return PathProposed(T0, by, "Découvrir un métier", tuple(plan(f"Tâche {n}") for n in range(1, number + 1)))


DONE, BY_SERVICE = TaskDone(T0, PERSON, T1), TaskDone(T0, ANNA, T1)
CONFIRMED = TaskConfirmed(T0, ANNA, T1)
PATHS: dict[str, tuple[FileEvent, ...]] = {
    "no path": (),
    "proposed": (_proposed(),),
    "sent back": (_proposed(), DONE, TaskSentBack(T0, ANNA, T1, "Il manque la date.")),
    "done by the person": (_proposed(), DONE),
    "done by the service": (_proposed(), BY_SERVICE),
    "confirmed": (_proposed(), DONE, CONFIRMED),
    "the last, done by the person": (_proposed(), TaskDone(T0, PERSON, T2), TaskConfirmed(T0, ANNA, T2), DONE),
    "the only one": (_proposed(1),),
    "one of seven": (_proposed(7),),
    "path walked": (_proposed(1), DONE, CONFIRMED),
    "path given up": (_proposed(), PathGivenUp(T0, PERSON, "Je déménage.")),
    "case ended": (_proposed(), CaseEnded(T0, ANNA, CallbackOutcome.DEJA_EN_SOLUTION)),
}
PATH_EVENTS: dict[str, FileEvent] = {
    "a path is proposed": replace(_proposed(), at=NOW),
    "a path, by the person": replace(_proposed(by=PERSON), at=NOW),
    "a path of 8 tasks": replace(_proposed(8), at=NOW),
    "a path of no task": replace(_proposed(0), at=NOW),
    "a path with a blank title": replace(_proposed(), at=NOW, title=" "),
    "a task is added": TaskAdded(NOW, ANNA, plan()),
    "a task, by the person": TaskAdded(NOW, PERSON, plan()),
    "edited": TaskEdited(NOW, BRUNO, T1, plan("Autre chose", days=9)),
    "edited by the person": TaskEdited(NOW, PERSON, T1, plan("Autre chose")),
    "edited, 0 days": TaskEdited(NOW, BRUNO, T1, plan(days=0)),
    "withdrawn": TaskWithdrawn(NOW, ANNA, T1),
    "withdrawn by the person": TaskWithdrawn(NOW, PERSON, T1),
    "the person says done": TaskDone(NOW, PERSON, T1),
    "an officer says done": TaskDone(NOW, ANNA, T1),
    "the person confirms": TaskConfirmed(NOW, PERSON, T1),
    "an officer confirms": TaskConfirmed(NOW, ANNA, T1),
    "another officer confirms": TaskConfirmed(NOW, BRUNO, T1),
    "the person sends back": TaskSentBack(NOW, PERSON, T1, "Pas encore."),
    "an officer sends back": TaskSentBack(NOW, ANNA, T1, "Il manque la date."),
    "sent back without a reason": TaskSentBack(NOW, ANNA, T1, "  "),
    "the person gives up": PathGivenUp(NOW, PERSON, "Je déménage."),
    "an officer gives it up": PathGivenUp(NOW, ANNA, "Autre projet."),
    "given up without a reason": PathGivenUp(NOW, ANNA, ""),
    "the case ends": CaseEnded(NOW, ANNA, CallbackOutcome.DEJA_EN_SOLUTION),
}


def path_cell(state: str, event: str) -> str:
    before = told(new_file(), *PATHS[state])
    step = tell(before, PATH_EVENTS[event])
    if step.refused is not None:
        return _no(step.refused, before, step.file)
    was, now = before.value.paths, step.file.value.paths
    if len(now) > len(was):
        return "a path"
    if now and now[0].over != was[0].over and now[0].over is not None:
        return f"path {now[0].over.kind}".replace("given_up", "given up")
    return _same(before, step.file) if was == now else _task(was[0], now[0])


def _task(was: Path, now: Path) -> str:
    before, after = (next((task for task in path.tasks if task.id == T1), None) for path in (was, now))
    if before is not None and after is None:
        return "withdrawn"
    if before is None or after is None or before.state == after.state:
        return "acts"
    if isinstance(after.state, Done):
        return f"done by the {after.state.by.side}"
    return after.state.kind.replace("_", " ")


# -- appointments -----------------------------------------------------------------------------------

AHEAD, OVER, OTHER = at(days=10), at(days=5), at(days=14)
APPOINTMENTS: dict[str, tuple[FileEvent, ...]] = {
    "none": (),
    "ahead": (AppointmentFixed(T0, ANNA, AHEAD, CIO),),
    "its hour has come": (AppointmentFixed(T0, ANNA, OVER, CIO),),
    "kept": (AppointmentFixed(T0, ANNA, OVER, CIO), AppointmentKept(OVER, ANNA, A1)),
    "missed by the person": (
        AppointmentFixed(T0, ANNA, OVER, CIO),
        AppointmentMissed(OVER, ANNA, A1, Misser.PERSON),
    ),
    "missed by the structure": (
        AppointmentFixed(T0, ANNA, OVER, CIO),
        AppointmentMissed(OVER, ANNA, A1, Misser.STRUCTURE),
    ),
    "moved": (AppointmentFixed(T0, ANNA, OVER, CIO), AppointmentMoved(T0, ANNA, A1, at(days=13))),
    "called off": (AppointmentFixed(T0, ANNA, AHEAD, CIO), AppointmentCalledOff(T0, PERSON, A1, "Malade.")),
    "ahead, case ended": (
        AppointmentFixed(T0, ANNA, AHEAD, CIO),
        CaseEnded(T0, ANNA, CallbackOutcome.ORIENTE),
    ),
}
_AGREED = Report(CallbackOutcome.RDV_FIXE, date=AHEAD + (at(hours=0.5) - T0))
APPOINTMENT_EVENTS: dict[str, FileEvent] = {
    "another is fixed": AppointmentFixed(NOW, ANNA, OTHER, CIO),
    "fixed 59 minutes later": AppointmentFixed(NOW, ANNA, AHEAD + (at(hours=59 / 60) - T0), CIO),
    "fixed within the hour of one that is over": AppointmentFixed(NOW, ANNA, OVER, CIO),
    "agreed in a callback, at that hour": CallbackOver(NOW, replace(_AGREED, date=OVER)),
    "fixed an hour later": AppointmentFixed(NOW, ANNA, AHEAD + (at(hours=1) - T0), CIO),
    "fixed before the request": AppointmentFixed(NOW, ANNA, at(hours=-1), CIO),
    "fixed with nobody": AppointmentFixed(NOW, ANNA, OTHER, Where()),
    "fixed by the person": AppointmentFixed(NOW, PERSON, OTHER, CIO),
    "agreed in a callback, 30 minutes later": CallbackOver(NOW, _AGREED),
    "moved to another day": AppointmentMoved(NOW, ANNA, A1, at(days=12)),
    "moved by half an hour": AppointmentMoved(NOW, ANNA, A1, AHEAD + (at(hours=0.5) - T0)),
    "moved by the person": AppointmentMoved(NOW, PERSON, A1, at(days=12)),
    "kept": AppointmentKept(NOW, ANNA, A1),
    "kept, says the person": AppointmentKept(NOW, PERSON, A1),
    "missed by the person": AppointmentMissed(NOW, ANNA, A1, Misser.PERSON),
    "missed by the structure": AppointmentMissed(NOW, ANNA, A1, Misser.STRUCTURE),
    "the person calls it off": AppointmentCalledOff(NOW, PERSON, A1, "Malade."),
    "an officer calls it off": AppointmentCalledOff(NOW, ANNA, A1, "Fermé ce jour-là."),
    "called off without a reason": AppointmentCalledOff(NOW, ANNA, A1, ""),
}


def appointment_cell(state: str, event: str) -> str:
    before = told(new_file(), *APPOINTMENTS[state])
    step = tell(before, APPOINTMENT_EVENTS[event])
    if step.refused is not None:
        return _no(step.refused, before, step.file)
    was, now = before.value.appointments, step.file.value.appointments
    words = [now[0].state.kind.replace("_", " ")] if was and was[0].state != now[0].state else []
    if len(now) > len(was):
        words.append("one more")
    return ", ".join(words) or _same(before, step.file)


def clock_cell(state: str) -> str:
    """Whether the first appointment counts on the legal clock."""
    shown = on_the_clock(told(new_file(), *APPOINTMENTS[state]).value.appointments)
    return "no" if not shown or shown[0].called_off_at is not None else "yes"


# -- notes ------------------------------------------------------------------------------------------

N1 = NoteId(f"{CASE}-n1")
_OWN, _THEIRS = NoteWritten(T0, ANNA, "Appelle le soir."), NoteWritten(T0, PERSON, "Je préfère le soir.")
NOTES: dict[str, tuple[FileEvent, ...]] = {
    "none": (),
    "the service's": (_OWN,),
    "the service's, released": (replace(_OWN, released=True),),
    "the service's, corrected": (_OWN, replace(_OWN, corrects=N1)),
    "the person's": (_THEIRS,),
    "the person's, released": (replace(_THEIRS, released=True),),
    "the service's, case ended": (_OWN, CaseEnded(T0, ANNA, CallbackOutcome.REFUS)),
}
NOTE_EVENTS: dict[str, FileEvent] = {
    "an officer writes": NoteWritten(NOW, BRUNO, "Vu."),
    "the person writes": NoteWritten(NOW, PERSON, "Merci."),
    "an officer writes nothing": NoteWritten(NOW, BRUNO, " \n"),
    "an officer corrects it": NoteWritten(NOW, BRUNO, "Appelle le matin.", corrects=N1),
    "the person corrects it": NoteWritten(NOW, PERSON, "Plutôt le matin.", corrects=N1),
    "an officer releases it": NoteReleased(NOW, BRUNO, N1),
    "the person releases it": NoteReleased(NOW, PERSON, N1),
}


def note_cell(state: str, event: str) -> str:
    before = told(new_file(), *NOTES[state])
    step = tell(before, NOTE_EVENTS[event])
    if step.refused is not None:
        return _no(step.refused, before, step.file)
    was, now = before.value.notes, step.file.value.notes
    if len(now) > len(was):
        return "written, released" if now[-1].released_at is not None else "written"
    return "released" if was != now else _same(before, step.file)


# -- templates --------------------------------------------------------------------------------------

ME, OTHER_OFFICER = OfficerId("anna"), OfficerId("bruno")


def _template(owner: OfficerId, *, shared: bool, retired: bool = False) -> Template:
    made = templates.compose(TemplateId("entretien"), "Préparer un entretien", (plan(),), owner, T0)
    assert isinstance(made, Template)
    return replace(made, version=2, shared_at=T0 if shared else None, retired_at=T0 if retired else None)


TEMPLATES: dict[str, Template] = {
    "one's own": _template(ME, shared=False),
    "another's own": _template(OTHER_OFFICER, shared=False),
    "shared": _template(OTHER_OFFICER, shared=True),
    "one's own, retired": _template(ME, shared=False, retired=True),
    "shared, retired": _template(OTHER_OFFICER, shared=True, retired=True),
}
_BETTER = (plan("Préparer ses questions"),)
TEMPLATE_EVENTS: dict[str, Callable[[Template], Template | CaseRefusal]] = {
    "start a path": lambda it: templates.usable(it, ME) or it,
    "share": lambda it: templates.share(it, ME, NOW),
    "copy": lambda it: templates.copy(it, TemplateId("copie"), ME, NOW),
    "improve": lambda it: templates.improve(it, 2, it.title, _BETTER, ME, NOW),
    "improve an older version": lambda it: templates.improve(it, 1, it.title, _BETTER, ME, NOW),
    "improve to 8 tasks": lambda it: templates.improve(it, 2, it.title, _BETTER * 8, ME, NOW),
    "improve to no task": lambda it: templates.improve(it, 2, it.title, (), ME, NOW),
    "improve to a blank title": lambda it: templates.improve(it, 2, "", _BETTER, ME, NOW),
    "retire": lambda it: templates.retire(it, ME, NOW),
}


def template_cell(state: str, event: str) -> str:
    before = TEMPLATES[state]
    after = TEMPLATE_EVENTS[event](before)
    if isinstance(after, CaseRefusal):
        return f"no: {after}"
    if after == before:
        return "yes" if event == "start a path" else "·"
    if after.origin is not None:
        return f"a copy of version {after.origin.version}"
    return f"version {after.version}" if after.version != before.version else {"share": "shared"}.get(event, "retired")


# -- the document -----------------------------------------------------------------------------------


def _no(refused: object, before: Versioned[CaseFile], after: Versioned[CaseFile]) -> str:
    assert after is before
    return f"no: {refused}"


def _same(before: Versioned[CaseFile], after: Versioned[CaseFile]) -> str:
    return "·" if before == after else "acts"


def document() -> str:
    """docs/path.md."""
    return f"""# The case file, every state × every event

Written by `python -m tests.core.path_matrix > docs/path.md`; `make test` fails when it is not current, and when a cell
is not what `tests/core/test_path_matrix.py` promises.

A cell is what the event leads to. `acts`: the same state, but something is done or kept. `·`: it is so already, and
nothing changes. `no: …`: refused as a value, with its reason (`dialer/core/cases/refusals.py` has the sentences);
nothing changed. Nothing is impossible: whatever people tell is done or refused. All of it comes in by
`case_file.transition`, but for templates, which are no case's.

## Path

The first task of the first path. The path has two tasks, but for *the last* (the other one is confirmed), *the only
one* and *one of seven*. Both sides may say that a task is done; only the other side confirms it or sends it back.

{markdown(list(PATHS), list(PATH_EVENTS), path_cell)}

## Appointment

The first appointment. *Ahead* is three days from now, *its hour has come* two days ago. `one more`: another one is
fixed with it. While an appointment counts on the legal clock it may be said anew whether it was kept; then no more, and
a mistake is mended by fixing it anew.

{markdown(list(APPOINTMENTS), list(APPOINTMENT_EVENTS), appointment_cell)}

Whether it counts on the legal clock then:

{markdown(list(APPOINTMENTS), ["counts"], lambda state, _: clock_cell(state))}

## Note

The first note. Each side reads its own section, and of the other's what was released.

{markdown(list(NOTES), list(NOTE_EVENTS), note_cell)}

## Template

In version 2, for one of the team.

{markdown(list(TEMPLATES), list(TEMPLATE_EVENTS), template_cell)}
"""


if __name__ == "__main__":
    print(document(), end="")
