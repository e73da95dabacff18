"""What is told of a path of tasks, by the person or by an officer.

Decides nothing. Must not know how any of it travels, nor how anybody proved who they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

from dialer.core.cases.actor import Actor
from dialer.core.cases.template import Edition, TaskPlan
from dialer.core.words import Instant

PathId = NewType("PathId", str)
TaskId = NewType("TaskId", str)


@dataclass(frozen=True, slots=True)
class PathProposed:
    """``origin``: the template, in the version whose tasks these were before the officer made them fit."""

    at: Instant
    by: Actor
    title: str
    tasks: tuple[TaskPlan, ...]
    origin: Edition | None = None


@dataclass(frozen=True, slots=True)
class TaskAdded:
    """At the end of the open path."""

    at: Instant
    by: Actor
    task: TaskPlan


@dataclass(frozen=True, slots=True)
class TaskEdited:
    at: Instant
    by: Actor
    task: TaskId
    plan: TaskPlan


@dataclass(frozen=True, slots=True)
class TaskWithdrawn:
    at: Instant
    by: Actor
    task: TaskId


@dataclass(frozen=True, slots=True)
class TaskDone:
    at: Instant
    by: Actor
    task: TaskId


@dataclass(frozen=True, slots=True)
class TaskConfirmed:
    at: Instant
    by: Actor
    task: TaskId


@dataclass(frozen=True, slots=True)
class TaskSentBack:
    """``reason``: both sides read it."""

    at: Instant
    by: Actor
    task: TaskId
    reason: str


@dataclass(frozen=True, slots=True)
class PathGivenUp:
    """The open one, by either side. ``reason``: both sides read it."""

    at: Instant
    by: Actor
    reason: str


TaskEvent = TaskEdited | TaskWithdrawn | TaskDone | TaskConfirmed | TaskSentBack
PathEvent = PathProposed | TaskAdded | TaskEvent | PathGivenUp
