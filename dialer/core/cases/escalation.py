"""What is to be done next in a case, by rule: so that nobody is forgotten between two officers.

Decides, from a file at an instant, which next actions there are, why, who is to act and by when. Must not know who is
told of them, nor the clock. It remembers nothing: an action is there for as long as its reason is, so what was not done
comes again, and what was done is gone.

The rules and the days in them are our decisions (`EscalationRules`); the 15 days are the law's (`legal_clock`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from dialer.core.callbacks.legal_clock import at_risk_at, late_at, legal_deadline
from dialer.core.callbacks.outcomes import MEANINGS, CallbackOutcome, Group
from dialer.core.callbacks.states import CaseId
from dialer.core.cases.actor import Side
from dialer.core.cases.almanac import FRANCE, Almanac
from dialer.core.cases.appointment import Appointment, AppointmentId, Fixed, Kept, Missed, unanswered
from dialer.core.cases.case import Kind, Standing, standing
from dialer.core.cases.file import CaseFile
from dialer.core.cases.path import Confirmed, Done, Task, open_path
from dialer.core.cases.path_told import TaskId
from dialer.core.cases.responsible import How, Officer, OfficerId, orphaned
from dialer.core.places.academie import AcademieCode
from dialer.core.words import Instant
from schedules.walltime import wall_clock


class Rule(StrEnum):
    """Why something is to be done. The order is that of urgency."""

    DANGER = "danger"
    """A helpline was alerted, and no officer has written since what came of it."""
    LATE = "late"
    AT_RISK = "at_risk"
    APPOINTMENT_MISSED = "appointment_missed"
    APPOINTMENT_UNSAID = "appointment_unsaid"
    """It is over, and nobody has said whether it was kept."""
    UNREACHABLE = "unreachable"
    ORPHANED = "orphaned"
    """Its officer has left, or left the académie: they see it no more."""
    UNTOUCHED = "untouched"
    """Handed over, or a callback is over with which the case goes on, and nobody has done anything since."""
    TASK_TO_SUPERVISE = "task_to_supervise"
    """The person says it is done."""
    TASK_OVERDUE = "task_overdue"
    TASK_UNCONFIRMED = "task_unconfirmed"
    """The service says it is done, and the person says nothing."""
    ASLEEP = "asleep"
    """Nothing has happened for long and nothing is to come: an open case is kept with all its data until it ends."""


class Todo(StrEnum):
    FOLLOW_UP_ALERT = "follow_up_alert"
    FIX_APPOINTMENT = "fix_appointment"
    BRING_FORWARD = "bring_forward"
    FIX_ANOTHER = "fix_another"
    SAY_KEPT_OR_MISSED = "say_kept_or_missed"
    TRY_ANOTHER_WAY = "try_another_way"
    ASSIGN = "assign"
    TAKE_UP = "take_up"
    SUPERVISE = "supervise"
    REMIND = "remind"
    DO_TASK = "do_task"
    ASK_TO_CONFIRM = "ask_to_confirm"
    END_OR_RESUME = "end_or_resume"


@dataclass(frozen=True, slots=True)
class NextAction:
    """since: when its reason began. by: until when it is to be done. officer: who is to act; None: whoever gives the
    académie's cases to officers, and where there is no académie either, the service. about: the task or appointment."""

    case: CaseId
    rule: Rule
    todo: Todo
    since: Instant
    by: Instant
    academie: AcademieCode | None = None
    officer: OfficerId | None = None
    about: TaskId | AppointmentId | None = None


@dataclass(frozen=True, slots=True)
class EscalationRules:
    """Working days that each thing may take. ValueError below 1.

    untouched, unconfirmed, asleep: days of silence after which it is an action; the others: days to act in.
    """

    late_days: int = 1
    missed_days: int = 2
    unsaid_days: int = 1
    unreachable_days: int = 5
    supervise_days: int = 2
    overdue_days: int = 2
    unconfirmed_days: int = 5
    untouched_days: int = 3
    asleep_days: int = 20

    def __post_init__(self) -> None:
        if any(getattr(self, each.name) < 1 for each in fields(self)):
            raise ValueError("everything takes at least one working day")


_RANK = {rule: place for place, rule in enumerate(Rule)}
_Found = tuple[Rule, Todo, Instant, Instant, TaskId | AppointmentId | None]


def next_actions(
    file: CaseFile,
    at: Instant,
    rules: EscalationRules | None = None,
    almanac: Almanac = FRANCE,
    officers: Mapping[OfficerId, Officer] | None = None,
) -> tuple[NextAction, ...]:
    """By urgency, then by when. None of a case that has ended. ``officers``: all that there are; None: not known."""
    if file.case.ended is not None:
        return ()
    rules = rules or EscalationRules()
    left = officers is not None and orphaned(file.responsible, officers)
    found = list(_all(file, at, rules, almanac, left=left))
    officer = None if left else file.responsible.officer
    return in_order(
        NextAction(file.id, rule, todo, since, by, file.responsible.academie, officer, about)
        for rule, todo, since, by, about in found or _asleep(file, at, rules, almanac)
    )


def in_order(actions: Iterable[NextAction]) -> tuple[NextAction, ...]:
    """Of many files too."""
    return tuple(sorted(actions, key=lambda each: (_RANK[each.rule], each.by, each.since, each.case, each.about or "")))


def _all(file: CaseFile, at: Instant, rules: EscalationRules, almanac: Almanac, *, left: bool) -> Iterator[_Found]:
    yield from _danger(file, almanac)
    yield from _legal_clock(file, at, rules, almanac)
    yield from _appointments(file, at, rules, almanac)
    yield from _unreachable(file, rules, almanac)
    if left:
        yield Rule.ORPHANED, Todo.ASSIGN, file.responsible.since, almanac.first_at(at), None
    else:
        yield from _untouched(file, at, rules, almanac)
    path = open_path(file.paths)
    for task in () if path is None else path.tasks:
        yield from _task(task, at, rules, almanac)


def _danger(file: CaseFile, almanac: Almanac) -> Iterator[_Found]:
    """Until an officer has written a note about it. The same day, where that is a working day."""
    alerts = [each.at for each in file.came if each.outcome is CallbackOutcome.ALERTE_DANGER]
    if alerts:
        noted = any(each.section is Side.SERVICE and each.at >= alerts[-1] for each in file.notes)
        if not noted:
            yield Rule.DANGER, Todo.FOLLOW_UP_ALERT, alerts[-1], almanac.first_at(alerts[-1]), None


def _legal_clock(file: CaseFile, at: Instant, rules: EscalationRules, almanac: Almanac) -> Iterator[_Found]:
    """A late case that has its appointment, late as it is, waits for it; one at risk may still bring it forward."""
    case = file.case
    if case.kind is not Kind.RTF:
        return
    has_one = any(isinstance(each.state, Fixed | Kept) for each in file.appointments)
    # The 15th day is the law's, and so one of Paris; where its evening comes sooner, it is over sooner.
    last_at = legal_deadline(case.received_at)
    last = wall_clock(last_at).date()
    match standing(case, at):
        case Standing.LATE if not has_one:
            by = almanac.end(almanac.working_day_after(last, rules.late_days))
            yield Rule.LATE, Todo.FIX_APPOINTMENT, late_at(case.received_at), by, None
        case Standing.AT_RISK:
            todo = Todo.BRING_FORWARD if has_one else Todo.FIX_APPOINTMENT
            yield Rule.AT_RISK, todo, at_risk_at(case.received_at), min(last_at, almanac.end(last)), None


def _appointments(file: CaseFile, at: Instant, rules: EscalationRules, almanac: Almanac) -> Iterator[_Found]:
    missed = unanswered(file.appointments)
    if missed is not None and isinstance(missed.state, Missed):
        said_at = missed.state.at
        by = almanac.due_at(said_at, rules.missed_days)
        yield Rule.APPOINTMENT_MISSED, Todo.FIX_ANOTHER, said_at, by, missed.id
    for each in file.appointments:
        over_at = _over_at(each, almanac)
        if isinstance(each.state, Fixed) and at >= over_at:
            by = almanac.due_at(max(each.on, each.fixed_at), rules.unsaid_days)
            yield Rule.APPOINTMENT_UNSAID, Todo.SAY_KEPT_OR_MISSED, over_at, by, each.id


def _over_at(appointment: Appointment, almanac: Almanac) -> Instant:
    """The midnight after it, or after it was written down."""
    return almanac.over(almanac.day(max(appointment.on, appointment.fixed_at)))


def _unreachable(file: CaseFile, rules: EscalationRules, almanac: Almanac) -> Iterator[_Found]:
    """Until they are reached, ask anew, or have an appointment that was fixed since."""
    given_up = [each.at for each in file.came if each.outcome is CallbackOutcome.INJOIGNABLE]
    if not given_up:
        return
    since = given_up[-1]
    reached = any(MEANINGS[each.outcome].group is Group.REACHED and each.at >= since for each in file.came)
    asked = any(each.at > since for each in file.requests)
    dated = any(isinstance(each.state, Fixed | Kept) and each.fixed_at >= since for each in file.appointments)
    if not (reached or asked or dated):
        yield Rule.UNREACHABLE, Todo.TRY_ANOTHER_WAY, since, almanac.due_at(since, rules.unreachable_days), None


def _untouched(file: CaseFile, at: Instant, rules: EscalationRules, almanac: Almanac) -> Iterator[_Found]:
    """A postcode hands nothing over: until its callback is over, the case is the telephone's."""
    turn = file.responsible.history[-1]
    since = turn.since
    if turn.how is How.POSTCODE:
        if not file.came:
            return
        since = max(since, file.came[0].at)
    if file.acted_at is not None and file.acted_at >= since:
        return
    silent_at = almanac.over(almanac.due(since, rules.untouched_days))
    if at >= silent_at:
        todo = Todo.ASSIGN if turn.officer is None else Todo.TAKE_UP
        yield Rule.UNTOUCHED, todo, silent_at, almanac.first_at(silent_at), None


def _task(task: Task, at: Instant, rules: EscalationRules, almanac: Almanac) -> Iterator[_Found]:
    match task.state:
        case Confirmed():
            return
        case Done(at=done_at, by=by) if by.side is Side.PERSON:
            due_at = almanac.due_at(done_at, rules.supervise_days)
            yield Rule.TASK_TO_SUPERVISE, Todo.SUPERVISE, done_at, due_at, task.id
        case Done(at=done_at):
            silent_at = almanac.over(almanac.due(done_at, rules.unconfirmed_days))
            if at >= silent_at:
                yield Rule.TASK_UNCONFIRMED, Todo.ASK_TO_CONFIRM, silent_at, almanac.first_at(silent_at), task.id
        case _:
            over_at = almanac.over(task.due_on)
            if at >= over_at:
                todo = Todo.REMIND if task.plan.does is Side.PERSON else Todo.DO_TASK
                due_at = almanac.end(almanac.working_day_after(task.due_on, rules.overdue_days))
                yield Rule.TASK_OVERDUE, todo, over_at, due_at, task.id


def _asleep(file: CaseFile, at: Instant, rules: EscalationRules, almanac: Almanac) -> Iterator[_Found]:
    """Nothing else is to be done, nothing is to come, and the last thing lies long back."""
    waits = open_path(file.paths) is not None or any(
        isinstance(each.state, Fixed) and _over_at(each, almanac) > at for each in file.appointments
    )
    if waits:
        return
    last = max(_happened(file))
    silent_at = almanac.over(almanac.due(last, rules.asleep_days))
    if at >= silent_at:
        yield Rule.ASLEEP, Todo.END_OR_RESUME, silent_at, almanac.first_at(silent_at), None


def _happened(file: CaseFile) -> Iterator[Instant]:
    """When anything did, by either side or by the desk."""
    yield file.case.received_at
    yield from (each.at for each in file.requests)
    yield from (each.at for each in file.came)
    yield from (each.at for each in file.notes)
    yield from (each.since for each in file.responsible.history)
    for appointment in file.appointments:
        yield appointment.on if isinstance(appointment.state, Fixed) else appointment.state.at
    for path in file.paths:
        yield path.at if path.over is None else path.over.at
    if file.acted_at is not None:
        yield file.acted_at
