"""The daily digest of an officer: what is to be done, in French sentences, with nothing of anybody in them.

Decides words and their order. It leaves the house by e-mail, so a case is told by its reference alone: no name, no
number, nothing that was written. Must not know how it travels, nor what is to be done: `escalation` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dialer.core.callbacks.states import CaseId
from dialer.core.cases.almanac import FRANCE, Almanac
from dialer.core.cases.escalation import NextAction, Rule, Todo, in_order
from dialer.core.cases.responsible import OfficerId
from dialer.core.places.academie import AcademieCode
from dialer.core.reference import spoken
from dialer.core.words import Instant

REASONS_FR: Mapping[Rule, str] = MappingProxyType(
    {
        Rule.DANGER: "une alerte a été donnée le {since}",
        Rule.LATE: "l'échéance légale est dépassée depuis le {since}",
        Rule.AT_RISK: "l'échéance légale approche sans rendez-vous dans les délais",
        Rule.APPOINTMENT_MISSED: "un rendez-vous a été manqué (signalé le {since})",
        Rule.APPOINTMENT_UNSAID: "un rendez-vous est passé sans que son issue soit connue",
        Rule.UNREACHABLE: "la personne est restée injoignable depuis le {since}",
        Rule.ORPHANED: "le dossier n'a plus de référent",
        Rule.UNTOUCHED: "rien n'a été fait depuis que le dossier a été transmis",
        Rule.TASK_TO_SUPERVISE: "la personne a indiqué le {since} avoir fait une tâche",
        Rule.TASK_OVERDUE: "une tâche a dépassé son échéance",
        Rule.TASK_UNCONFIRMED: "une tâche faite par le service attend l'accord de la personne",
        Rule.ASLEEP: "plus rien ne s'est passé depuis longtemps",
    }
)
TODOS_FR: Mapping[Todo, str] = MappingProxyType(
    {
        Todo.FOLLOW_UP_ALERT: "vérifier les suites de l'alerte et les noter",
        Todo.FIX_APPOINTMENT: "fixer un rendez-vous",
        Todo.BRING_FORWARD: "avancer le rendez-vous",
        Todo.FIX_ANOTHER: "fixer un autre rendez-vous",
        Todo.SAY_KEPT_OR_MISSED: "indiquer si le rendez-vous a eu lieu",
        Todo.TRY_ANOTHER_WAY: "essayer un autre moyen de contact",
        Todo.ASSIGN: "confier le dossier à un référent",
        Todo.TAKE_UP: "prendre le dossier en charge",
        Todo.SUPERVISE: "valider la tâche ou la renvoyer",
        Todo.REMIND: "relancer la personne",
        Todo.DO_TASK: "faire la tâche",
        Todo.ASK_TO_CONFIRM: "demander à la personne de valider",
        Todo.END_OR_RESUME: "clore le dossier ou le reprendre",
    }
)


@dataclass(frozen=True, slots=True)
class Line:
    action: NextAction
    sentence: str
    overdue: bool


@dataclass(frozen=True, slots=True)
class Digest:
    """``officer`` None: for whoever gives the académie's cases to officers; without académie, for the service."""

    academie: AcademieCode | None
    officer: OfficerId | None
    subject: str
    lines: tuple[Line, ...]


def digests(actions: Iterable[NextAction], at: Instant, almanac: Almanac = FRANCE) -> tuple[Digest, ...]:
    """One for each who has something to do, in a stable order. Who has nothing to do is not written to.

    An officer who has cases in two académies has one digest for all of them, under the académie of the first case.
    """
    of: dict[tuple[AcademieCode | None, OfficerId | None], list[NextAction]] = {}
    for action in in_order(actions):
        of.setdefault((None if action.officer else action.academie, action.officer), []).append(action)
    return tuple(
        Digest(theirs[0].academie, officer, _subject(theirs, at), tuple(_line(each, at, almanac) for each in theirs))
        for (_, officer), theirs in sorted(of.items(), key=lambda item: (item[0][1] or "", item[0][0] or ""))
    )


def sentence(action: NextAction, at: Instant, almanac: Almanac = FRANCE) -> str:
    """ "Dossier 60 12 47 36 : un rendez-vous a été manqué (signalé le 17/03/2026). À faire : …" """
    reason = REASONS_FR[action.rule].format(since=_day(action.since, almanac))
    until = f"au plus tard le {_day(action.by, almanac)}" + (" (en retard)" if action.by < at else "")
    return f"Dossier {_named(action.case)} : {reason}. À faire : {TODOS_FR[action.todo]}, {until}."


def _line(action: NextAction, at: Instant, almanac: Almanac) -> Line:
    return Line(action, sentence(action, at, almanac), action.by < at)


def _subject(actions: list[NextAction], at: Instant) -> str:
    late = sum(action.by < at for action in actions)
    said = f"{len(actions)} actions à mener" if len(actions) > 1 else "1 action à mener"
    return f"Dossiers : {said}" + (f", dont {late} en retard" if late else "")


def _named(case: CaseId) -> str:
    return " ".join(spoken(case.removeprefix("case-")))


def _day(at: Instant, almanac: Almanac) -> str:
    return f"{almanac.day(at):%d/%m/%Y}"
