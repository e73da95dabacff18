"""The path of tasks ("démarche") of a case: what one side has done, the other confirms.

Decides what each thing told of a path does to it, and when its tasks are due. Must not know the case, who is told of
it, or where paths are kept.

Source: seed 002. A path is at most 7 tasks in an order, proposed to the person by the service; one path at a time. Who
thinks a task achieved says so, the other side is told, and supervises it: confirmed, or sent back with a reason. Our
decisions: tasks may be done in any order, for the order is advice; due dates follow one another, are set when the path
is proposed and stay, whatever is done sooner; a task that is sent back is given its days again. A path ends when all
of its tasks are confirmed, or is given up with a reason.

Nothing is ignored and nothing is impossible: whatever is told is done, or refused as a value with its reason.
`tests/core/path_matrix.py` prints the whole matrix.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from dialer.core.callbacks.states import CaseId
from dialer.core.cases.actor import Actor, Side
from dialer.core.cases.almanac import Almanac
from dialer.core.cases.path_told import (
    PathEvent,
    PathGivenUp,
    PathId,
    PathProposed,
    TaskAdded,
    TaskConfirmed,
    TaskDone,
    TaskEdited,
    TaskEvent,
    TaskId,
    TaskSentBack,
    TaskWithdrawn,
)
from dialer.core.cases.refusals import CaseRefusal
from dialer.core.cases.template import TASKS_MAX, Edition, TaskPlan, faults_of, is_plan
from dialer.core.free_text import REASON_MAX, is_whole
from dialer.core.words import Instant

# -- states -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Proposed:
    kind: Literal["proposed"] = "proposed"


@dataclass(frozen=True, slots=True)
class SentBack:
    """To be done again."""

    at: Instant
    by: Actor
    reason: str
    kind: Literal["sent_back"] = "sent_back"


@dataclass(frozen=True, slots=True)
class Done:
    """One side says so; the other has to look."""

    at: Instant
    by: Actor
    kind: Literal["done"] = "done"


@dataclass(frozen=True, slots=True)
class Confirmed:
    at: Instant
    by: Actor
    done: Done
    kind: Literal["confirmed"] = "confirmed"


TaskState = Proposed | SentBack | Done | Confirmed


@dataclass(frozen=True, slots=True)
class Task:
    """due_on: the last day to do it in, where the case is worked on."""

    id: TaskId
    plan: TaskPlan
    due_on: date
    state: TaskState = Proposed()


@dataclass(frozen=True, slots=True)
class Walked:
    """Every task of it is confirmed."""

    at: Instant
    kind: Literal["walked"] = "walked"


@dataclass(frozen=True, slots=True)
class GivenUp:
    """``by`` None: the case ended."""

    at: Instant
    by: Actor | None
    reason: str
    kind: Literal["given_up"] = "given_up"


@dataclass(frozen=True, slots=True)
class Path:
    """``over`` None: it is open. ``named``: how many tasks it ever had, so that no id comes twice."""

    id: PathId
    title: str
    at: Instant
    by: Actor
    tasks: tuple[Task, ...]
    named: int
    origin: Edition | None = None
    over: Walked | GivenUp | None = None


def open_path(paths: tuple[Path, ...]) -> Path | None:
    """There is at most one."""
    return next((path for path in paths if path.over is None), None)


def awaits(task: Task) -> Side | None:
    """Which side's turn it is; None: it is confirmed."""
    match task.state:
        case Done(by=by):
            return by.side.other
        case Confirmed():
            return None
    return task.plan.does


# -- the machine ------------------------------------------------------------------------------------


def tell(paths: tuple[Path, ...], event: PathEvent, case: CaseId, almanac: Almanac) -> tuple[Path, ...] | CaseRefusal:
    """The paths of a case after ``event``, oldest first, or why it is not done."""
    match event:
        case PathProposed():
            made = _propose(paths, event, case, almanac)
            return made if isinstance(made, CaseRefusal) else (*paths, made)
        case TaskAdded():
            path = open_path(paths)
            after = CaseRefusal.NO_PATH if path is None else _add(path, event, almanac)
        case PathGivenUp():
            path = open_path(paths)
            after = CaseRefusal.NO_PATH if path is None else _give_up(path, event)
        case _:
            path = next((path for path in paths if any(task.id == event.task for task in path.tasks)), None)
            after = CaseRefusal.UNKNOWN if path is None else _of_task(path, event, almanac)
    if isinstance(after, CaseRefusal):
        return after
    return tuple(after if path.id == after.id else path for path in paths)


def end(paths: tuple[Path, ...], at: Instant) -> tuple[Path, ...]:
    """The case ended, and an open path with it."""
    over = GivenUp(at, None, "")
    return tuple(replace(path, over=over) if path.over is None else path for path in paths)


def _propose(paths: tuple[Path, ...], event: PathProposed, case: CaseId, almanac: Almanac) -> Path | CaseRefusal:
    if event.by.side is not Side.SERVICE:
        return CaseRefusal.SERVICE_ONLY
    if open_path(paths) is not None:
        return CaseRefusal.PATH_OPEN
    if not event.tasks:
        return CaseRefusal.NO_TASK
    if len(event.tasks) > TASKS_MAX:
        return CaseRefusal.TOO_MANY_TASKS
    if faults_of(event.title, event.tasks):
        return CaseRefusal.NOT_WHOLE
    path = PathId(f"{case}-p{len(paths) + 1}")
    tasks: list[Task] = []
    due_on = almanac.day(event.at)
    for number, plan in enumerate(event.tasks, start=1):
        due_on = almanac.working_day_after(due_on, plan.days)
        tasks.append(Task(TaskId(f"{path}-t{number}"), plan, due_on))
    return Path(path, event.title, event.at, event.by, tuple(tasks), len(tasks), event.origin)


def _add(path: Path, event: TaskAdded, almanac: Almanac) -> Path | CaseRefusal:
    if event.by.side is not Side.SERVICE:
        return CaseRefusal.SERVICE_ONLY
    if len(path.tasks) == TASKS_MAX:
        return CaseRefusal.TOO_MANY_TASKS
    if not is_plan(event.task):
        return CaseRefusal.NOT_WHOLE
    after = max(path.tasks[-1].due_on, almanac.day(event.at))
    number = path.named + 1
    task = Task(TaskId(f"{path.id}-t{number}"), event.task, almanac.working_day_after(after, event.task.days))
    return replace(path, tasks=(*path.tasks, task), named=number)


def _give_up(path: Path, event: PathGivenUp) -> Path | CaseRefusal:
    if not is_whole(event.reason, REASON_MAX):
        return CaseRefusal.NO_REASON if not event.reason.strip() else CaseRefusal.NOT_WHOLE
    return replace(path, over=GivenUp(event.at, event.by, event.reason))


def _of_task(path: Path, event: TaskEvent, almanac: Almanac) -> Path | CaseRefusal:
    if path.over is not None:
        return CaseRefusal.PATH_OVER
    task = next(task for task in path.tasks if task.id == event.task)
    match event:
        case TaskWithdrawn():
            return _withdraw(path, task, event)
        case TaskEdited():
            after = _edit(task, event, almanac)
        case TaskDone():
            after = _do(task, event)
        case TaskConfirmed():
            after = _confirm(task, event)
        case TaskSentBack():
            after = _send_back(task, event, almanac)
    if isinstance(after, CaseRefusal):
        return after
    return _ended_if_walked(replace(path, tasks=tuple(after if t.id == task.id else t for t in path.tasks)), event.at)


def _edit(task: Task, event: TaskEdited, almanac: Almanac) -> Task | CaseRefusal:
    """Other days are counted from today; the same days change no date that somebody was told."""
    if refused := _by_service_before_done(task, event.by):
        return refused
    if not is_plan(event.plan):
        return CaseRefusal.NOT_WHOLE
    due_on = task.due_on if event.plan.days == task.plan.days else almanac.due(event.at, event.plan.days)
    return replace(task, plan=event.plan, due_on=due_on)


def _withdraw(path: Path, task: Task, event: TaskWithdrawn) -> Path | CaseRefusal:
    """What nobody has done may be taken back. The last one goes with the path: that is given up, with a reason."""
    if refused := _by_service_before_done(task, event.by):
        return refused
    if len(path.tasks) == 1:
        return CaseRefusal.NO_TASK
    return _ended_if_walked(replace(path, tasks=tuple(t for t in path.tasks if t.id != task.id)), event.at)


def _by_service_before_done(task: Task, by: Actor) -> CaseRefusal | None:
    if by.side is not Side.SERVICE:
        return CaseRefusal.SERVICE_ONLY
    match task.state:
        case Confirmed():
            return CaseRefusal.CONFIRMED
        case Done():
            return CaseRefusal.DONE
    return None


def _do(task: Task, event: TaskDone) -> Task | CaseRefusal:
    match task.state:
        case Confirmed():
            return CaseRefusal.CONFIRMED
        case Done():
            return CaseRefusal.DONE
    return replace(task, state=Done(event.at, event.by))


def _confirm(task: Task, event: TaskConfirmed) -> Task | CaseRefusal:
    """By the other side: an officer's word is not confirmed by another officer's."""
    match task.state:
        case Confirmed():
            return CaseRefusal.CONFIRMED
        case Done(by=by) as done if by.side is not event.by.side:
            return replace(task, state=Confirmed(event.at, event.by, done))
        case Done():
            return CaseRefusal.OWN_TASK
    return CaseRefusal.NOT_DONE


def _send_back(task: Task, event: TaskSentBack, almanac: Almanac) -> Task | CaseRefusal:
    match task.state:
        case Confirmed():
            return CaseRefusal.CONFIRMED
        case Done(by=by) if by.side is event.by.side:
            return CaseRefusal.OWN_TASK
        case Done():
            if not is_whole(event.reason, REASON_MAX):
                return CaseRefusal.NO_REASON if not event.reason.strip() else CaseRefusal.NOT_WHOLE
            due_on = max(task.due_on, almanac.due(event.at, task.plan.days))
            return replace(task, due_on=due_on, state=SentBack(event.at, event.by, event.reason))
    return CaseRefusal.NOT_DONE


def _ended_if_walked(path: Path, at: Instant) -> Path:
    if all(isinstance(task.state, Confirmed) for task in path.tasks):
        return replace(path, over=Walked(at))
    return path
