"""What came of a request: the outcomes, what each one asks for, and what it does to the callback.

Decides whether a report is whole, all faults at once. Must not know callbacks, cases or who may report. The outcomes
are those of the domain notes; their names are what officers read and what the annual review counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.numbers import Parsed
from dialer.core.words import Instant
from schedules.faults import Fault
from schedules.windows import Window


class Group(StrEnum):
    """Was the person reached, not reached, or is the request over without a talk having to be?"""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    CLOSED = "closed"


class CallbackOutcome(StrEnum):
    RDV_FIXE = "RDV_FIXE"
    INFO_DONNEE = "INFO_DONNEE"
    ORIENTE = "ORIENTE"
    A_RAPPELER = "A_RAPPELER"
    REFUS = "REFUS"
    DEJA_EN_SOLUTION = "DEJA_EN_SOLUTION"
    TIERS_JOINT = "TIERS_JOINT"
    SANS_REPONSE = "SANS_REPONSE"
    OCCUPE = "OCCUPE"
    REPONDEUR = "REPONDEUR"
    MESSAGE_LAISSE = "MESSAGE_LAISSE"
    NUMERO_INVALIDE = "NUMERO_INVALIDE"
    MAUVAIS_NUMERO = "MAUVAIS_NUMERO"
    INJOIGNABLE = "INJOIGNABLE"
    ANNULE = "ANNULE"
    DOUBLON = "DOUBLON"
    HORS_CHAMP = "HORS_CHAMP"
    OPPOSITION = "OPPOSITION"
    ALERTE_DANGER = "ALERTE_DANGER"


class Structure(StrEnum):
    """To whom somebody is oriented (``ORIENTE``)."""

    CIO = "CIO"
    ML = "ML"
    PSAD = "PSAD"
    MLDS = "MLDS"
    E2C = "E2C"
    CFA = "CFA"
    FRANCE_TRAVAIL = "FRANCE_TRAVAIL"


class OutOfScope(StrEnum):
    """Why a request is not one of the service's (``HORS_CHAMP``)."""

    UNDER_16 = "under_16"
    OVER_25 = "over_25"
    HOLDS_A_DIPLOMA = "holds_a_diploma"
    AT_SCHOOL = "at_school"


class Helpline(StrEnum):
    """Who was alerted (``ALERTE_DANGER``): childhood in danger, harassment, suicide prevention, emergencies."""

    ENFANCE_EN_DANGER = "119"
    HARCELEMENT = "3018"
    PREVENTION_SUICIDE = "3114"
    SAMU = "15"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an outcome is. ``needs``: fields of the report without which it is refused; ``may``: others it can have."""

    group: Group
    closes: bool
    """The callback is over with it. The others lead to another attempt, to another window or to a person."""
    needs: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()


def _meaning(group: Group, *, closes: bool, needs: str = "", may: str = "") -> Meaning:
    return Meaning(group, closes, frozenset(needs.split()), frozenset(may.split()))


_REACHED, _NOT, _CLOSED = Group.REACHED, Group.NOT_REACHED, Group.CLOSED
MEANINGS: Mapping[CallbackOutcome, Meaning] = MappingProxyType(
    {
        CallbackOutcome.RDV_FIXE: _meaning(_REACHED, closes=True, needs="date", may="structure place"),
        CallbackOutcome.INFO_DONNEE: _meaning(_REACHED, closes=True),
        CallbackOutcome.ORIENTE: _meaning(_REACHED, closes=True, needs="structure", may="date place"),
        CallbackOutcome.A_RAPPELER: _meaning(_REACHED, closes=False, needs="window", may="phone"),
        CallbackOutcome.REFUS: _meaning(_REACHED, closes=True),
        CallbackOutcome.DEJA_EN_SOLUTION: _meaning(_REACHED, closes=True),
        CallbackOutcome.TIERS_JOINT: _meaning(_REACHED, closes=False, may="window phone"),
        CallbackOutcome.SANS_REPONSE: _meaning(_NOT, closes=False),
        CallbackOutcome.OCCUPE: _meaning(_NOT, closes=False),
        CallbackOutcome.REPONDEUR: _meaning(_NOT, closes=False),
        CallbackOutcome.MESSAGE_LAISSE: _meaning(_NOT, closes=False),
        CallbackOutcome.NUMERO_INVALIDE: _meaning(_NOT, closes=False, may="window phone"),
        CallbackOutcome.MAUVAIS_NUMERO: _meaning(_NOT, closes=False, may="window phone"),
        CallbackOutcome.INJOIGNABLE: _meaning(_NOT, closes=True),
        CallbackOutcome.ANNULE: _meaning(_CLOSED, closes=True),
        CallbackOutcome.DOUBLON: _meaning(_CLOSED, closes=True),
        CallbackOutcome.HORS_CHAMP: _meaning(_CLOSED, closes=True, may="out_of_scope"),
        CallbackOutcome.OPPOSITION: _meaning(_CLOSED, closes=True),
        CallbackOutcome.ALERTE_DANGER: _meaning(_CLOSED, closes=True, may="helpline"),
    }
)


OUTCOMES: Mapping[AttemptCause, CallbackOutcome] = MappingProxyType(
    {
        AttemptCause.BUSY: CallbackOutcome.OCCUPE,
        AttemptCause.NO_ANSWER: CallbackOutcome.SANS_REPONSE,
        AttemptCause.MACHINE: CallbackOutcome.REPONDEUR,
    }
)
"""What an attempt came to, where the network or a machine has said so itself."""
CAUSES: Mapping[CallbackOutcome, AttemptCause] = MappingProxyType(
    {
        CallbackOutcome.OCCUPE: AttemptCause.BUSY,
        CallbackOutcome.SANS_REPONSE: AttemptCause.NO_ANSWER,
        CallbackOutcome.REPONDEUR: AttemptCause.MACHINE,
        CallbackOutcome.MESSAGE_LAISSE: AttemptCause.MACHINE,
        CallbackOutcome.NUMERO_INVALIDE: AttemptCause.INVALID_NUMBER,
        CallbackOutcome.MAUVAIS_NUMERO: AttemptCause.WRONG_NUMBER,
        CallbackOutcome.TIERS_JOINT: AttemptCause.THIRD_PARTY,
    }
)
"""What an outcome that a person gave says of the attempt."""


@dataclass(frozen=True, slots=True)
class Report:
    """What an adviser or officer says came of it."""

    outcome: CallbackOutcome
    window: Window | None = None
    structure: Structure | None = None
    date: Instant | None = None
    """When the appointment is."""
    out_of_scope: OutOfScope | None = None
    helpline: Helpline | None = None
    place: str | None = None
    """The id of the structure of the directory that takes them up: with the appointment, or without one yet."""
    phone: Parsed | None = None
    """Another number, on which they are called from now on; without a window as soon as possible."""

    @property
    def anew(self) -> bool:
        """Whether it leads to another promise."""
        return self.window is not None or self.phone is not None


_NUMBER_WRONG = frozenset({CallbackOutcome.NUMERO_INVALIDE, CallbackOutcome.MAUVAIS_NUMERO})

_MEND = {
    "window": "say from when to when to call again",
    "structure": f"name one of {', '.join(Structure)}",
    "date": "give the instant of the appointment",
}
_FIELDS = ("window", "structure", "date", "out_of_scope", "helpline", "place", "phone")


def faults_of(report: Report, at: Instant) -> tuple[Fault, ...]:
    """Every fault of the report, given at ``at``; none: it is whole. ``where`` is the name of the field.

    An appointment may be reported after it took place; a window to call again lies ahead.
    """
    meaning, outcome = MEANINGS[report.outcome], report.outcome
    found: list[Fault] = []
    for field in _FIELDS:
        given = getattr(report, field) is not None
        if field in meaning.needs and not given and not (field == "structure" and report.place is not None):
            found.append(Fault(field, f"{outcome} needs it", _MEND[field]))
        if given and field not in meaning.needs | meaning.may:
            found.append(Fault(field, f"{outcome} has none", "leave it out, or choose the outcome it belongs to"))
    if report.window is not None and report.window.end_at <= at:
        found.append(Fault("window", "it is over", "give one that lies ahead"))
    if report.window is not None and report.phone is None and outcome in _NUMBER_WRONG:
        found.append(Fault("phone", f"{outcome} has a window on another number only", "give that number"))
    return tuple(found)
