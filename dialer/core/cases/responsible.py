"""Who answers for a case: an académie by its postcode, then an officer of that académie; and every handover since.

Decides who may be given a case and who may not, and refuses with all the reasons at once. A case that belongs to no
académie waits in the national pool. Must not know what is in the case, who may look at it (`visibility`), or whether
somebody else was faster (`revision`).

A reason is somebody's own words and may tell of the person: it stays with the case, and is not for the journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import NewType

from dialer.core.places.academie import ACADEMIES, AcademieCode, NoAcademie, Place, place_of
from dialer.core.reasons import Sentence
from dialer.core.revision import Refusal
from dialer.core.words import Instant

OfficerId = NewType("OfficerId", str)

REASON_MAX = 500
"""Characters."""


@dataclass(frozen=True, slots=True)
class Officer:
    """A dropout-prevention officer, and the académies they work for: most have one.

    name: as colleagues call them. mail: where their digest goes; None: they get none.
    """

    id: OfficerId
    academies: frozenset[AcademieCode]
    name: str = ""
    mail: str | None = None


# -- what is known ----------------------------------------------------------------------------------


class How(StrEnum):
    """By what a case came to whom it is with."""

    POSTCODE = "postcode"
    ASSIGNED = "assigned"
    TRANSFERRED = "transferred"


@dataclass(frozen=True, slots=True)
class Turn:
    """From `since` on, until the next. ``by``: who gave it; None: the rule of postcodes. ``reason``: of a transfer.

    academie: None is the national pool; ``pooled`` says why when it was the postcode.
    """

    since: Instant
    how: How
    academie: AcademieCode | None
    officer: OfficerId | None = None
    by: str | None = None
    reason: str | None = None
    pooled: NoAcademie | None = None


@dataclass(frozen=True, slots=True)
class Responsible:
    """Who answers for a case now, which is the last of its turns. ValueError: without any."""

    history: tuple[Turn, ...]

    def __post_init__(self) -> None:
        if not self.history:
            raise ValueError("somebody answers for every case from its first instant on")

    @property
    def academie(self) -> AcademieCode | None:
        return self.history[-1].academie

    @property
    def officer(self) -> OfficerId | None:
        return self.history[-1].officer

    @property
    def since(self) -> Instant:
        return self.history[-1].since


# -- what happened ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CaseAssigned:
    """Somebody gives a case that nobody has in hand to an officer, or takes it."""

    at: Instant
    by: str
    officer: OfficerId


@dataclass(frozen=True, slots=True)
class ToAcademie:
    """To no officer yet. A case's own académie: its officer gives it back."""

    academie: AcademieCode


@dataclass(frozen=True, slots=True)
class ToOfficer:
    officer: OfficerId


@dataclass(frozen=True, slots=True)
class ToNationalPool:
    """It is not known whose it is."""


@dataclass(frozen=True, slots=True)
class CaseTransferred:
    at: Instant
    by: str
    to: ToAcademie | ToOfficer | ToNationalPool
    reason: str


@dataclass(frozen=True, slots=True)
class PostcodeLearnt:
    """The person gave their postcode, or another than before."""

    at: Instant
    postcode: str | None


HandoverEvent = CaseAssigned | CaseTransferred | PostcodeLearnt


class Why(StrEnum):
    """Why a handover is not made."""

    ENDED = "ended"
    UNKNOWN_OFFICER = "unknown_officer"
    UNKNOWN_ACADEMIE = "unknown_academie"
    IN_POOL = "in_pool"
    OTHER_ACADEMIE = "other_academie"
    HELD = "held"
    ALREADY_THEIRS = "already_theirs"
    ALREADY_THERE = "already_there"
    NO_REASON = "no_reason"
    LONG_REASON = "long_reason"


SENTENCES: Mapping[Why, Sentence] = MappingProxyType(
    {
        Why.ENDED: Sentence("The case has ended.", "Ce dossier est clos."),
        Why.UNKNOWN_OFFICER: Sentence("There is no such officer.", "Ce référent n'existe pas."),
        Why.UNKNOWN_ACADEMIE: Sentence("There is no such académie.", "Cette académie n'existe pas."),
        Why.IN_POOL: Sentence(
            "The case is in the national pool: transfer it to an académie first.",
            "Ce dossier est au niveau national : transmettez-le d'abord à une académie.",
        ),
        Why.OTHER_ACADEMIE: Sentence(
            "The officer works for another académie: transfer the case to that académie.",
            "Ce référent relève d'une autre académie : transmettez le dossier à cette académie.",
        ),
        Why.HELD: Sentence(
            "Another officer has the case in hand: transfer it, with a reason.",
            "Un autre référent suit ce dossier : transmettez-le en donnant un motif.",
        ),
        Why.ALREADY_THEIRS: Sentence("The officer has the case already.", "Ce référent suit déjà ce dossier."),
        Why.ALREADY_THERE: Sentence("The case is there already.", "Le dossier s'y trouve déjà."),
        Why.NO_REASON: Sentence("A transfer needs a reason.", "Donnez le motif de la transmission."),
        Why.LONG_REASON: Sentence(
            f"A reason has at most {REASON_MAX} characters.", f"Un motif a au plus {REASON_MAX} caractères."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Refused(Refusal):
    """Nothing changes. ``whys``: all of them, never none."""

    whys: tuple[Why, ...]


# -- the rules --------------------------------------------------------------------------------------


def responsible_for(postcode: str | None, at: Instant) -> Responsible:
    """Who answers for a new case: the académie of the postcode, or the national pool with the reason for it."""
    return Responsible((_by_postcode(postcode, at),))


def handed_over(
    now: Responsible, event: HandoverEvent, officers: Mapping[OfficerId, Officer], *, ended: bool = False
) -> Responsible | Refused:
    """Who answers for the case after this. ``officers``: all that there are; ``ended``: the case has its end.

    A postcode that is learnt moves only what a postcode had put into the national pool: where an officer looked, or
    somebody decided, a person decides anew.
    """
    match event:
        case PostcodeLearnt():
            return _learnt(now, event, ended=ended)
        case CaseAssigned(at=at, by=by, officer=to):
            whys = _faults_of_officer(now, to, officers)
            if not whys and now.officer is not None:
                whys = [Why.HELD]
            turn = Turn(at, How.ASSIGNED, now.academie, to, by)
        case CaseTransferred(at=at, by=by, to=target, reason=words):
            reason = words.strip()
            whys = _faults_of_reason(reason)
            match target:
                case ToOfficer(officer=to):
                    whys += _faults_of_officer(now, to, officers)
                    turn = Turn(at, How.TRANSFERRED, now.academie, to, by, reason)
                case ToAcademie(academie=academie):
                    whys += _faults_of_academie(now, academie)
                    turn = Turn(at, How.TRANSFERRED, academie, None, by, reason)
                case ToNationalPool():
                    whys += [Why.ALREADY_THERE] if now.academie is None else []
                    turn = Turn(at, How.TRANSFERRED, None, None, by, reason)
    if ended:
        whys = [Why.ENDED, *whys]
    return Refused(tuple(whys)) if whys else Responsible((*now.history, turn))


def suggested(now: Responsible, officers: Iterable[Officer], in_hand: Mapping[OfficerId, int]) -> OfficerId | None:
    """Of the académie's officers the one with the fewest open cases in hand, by id among equals; None: it has none."""
    of_academie = [officer.id for officer in officers if now.academie in officer.academies]
    return min(of_academie, key=lambda officer: (in_hand.get(officer, 0), officer), default=None)


def orphaned(now: Responsible, officers: Mapping[OfficerId, Officer]) -> bool:
    """Whether the officer in charge has left, or left the académie: they see the case no more, and somebody must."""
    if now.officer is None:
        return False
    officer = officers.get(now.officer)
    return officer is None or now.academie not in officer.academies


def _by_postcode(postcode: str | None, at: Instant) -> Turn:
    place = place_of(postcode)
    if isinstance(place, Place):
        return Turn(at, How.POSTCODE, place.academie)
    return Turn(at, How.POSTCODE, None, pooled=place)


def _learnt(now: Responsible, event: PostcodeLearnt, *, ended: bool) -> Responsible:
    last, turn = now.history[-1], _by_postcode(event.postcode, event.at)
    if ended or last.pooled is None or turn.pooled is last.pooled:
        return now
    return Responsible((*now.history, turn))


def _faults_of_officer(now: Responsible, to: OfficerId, officers: Mapping[OfficerId, Officer]) -> list[Why]:
    found: list[Why] = []
    officer = officers.get(to)
    if officer is None:
        found.append(Why.UNKNOWN_OFFICER)
    if now.academie is None:
        found.append(Why.IN_POOL)
    elif officer is not None and now.academie not in officer.academies:
        found.append(Why.OTHER_ACADEMIE)
    elif now.officer == to:
        found.append(Why.ALREADY_THEIRS)
    return found


def _faults_of_academie(now: Responsible, academie: AcademieCode) -> list[Why]:
    if academie not in ACADEMIES:
        return [Why.UNKNOWN_ACADEMIE]
    return [Why.ALREADY_THERE] if now.academie == academie and now.officer is None else []


def _faults_of_reason(reason: str) -> list[Why]:
    if not reason:
        return [Why.NO_REASON]
    return [Why.LONG_REASON] if len(reason) > REASON_MAX else []
