"""The file of one "Reviens te former" request: where its legal clock stands, what is to be told of it, how it ends.

Decides the standing of a case at an instant, its flags, whether a second request is the same case, and that a case ends
by an outcome and by nothing else. Must not know the callbacks of the case, the database or the clock.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from dialer.core.callbacks.legal_clock import at_risk_at, late_at
from dialer.core.callbacks.outcomes import MEANINGS, CallbackOutcome
from dialer.core.callbacks.states import CaseId
from dialer.core.words import E164, By, Instant
from schedules.walltime import wall_clock

AGE_MIN, AGE_MAX = 16, 25
"""Code de l'éducation L122-2: from 16 to 25, that is until the day before the 26th birthday."""
TRAINING_UNTIL = 18
"""Loi 2019-791, obligation de formation: 16 and 17."""


class Kind(StrEnum):
    """What is asked for: the right to return to training, which has a legal clock, or a talk."""

    RTF = "rtf"
    INFORMATION = "information"


class Standing(StrEnum):
    DUE = "due"
    AT_RISK = "at_risk"
    LATE = "late"
    MET = "met"


class Flag(StrEnum):
    UNDER_16 = "under_16"
    OVER_25 = "over_25"
    OBLIGATION_DE_FORMATION = "obligation_de_formation"
    """16 or 17: to the mission locale or the CIO."""
    TRACK_A = "track_a"
    TRACK_B = "track_b"
    OUT_OF_TRACK = "out_of_track"
    """Holds a professional certification, or is still in higher education: not for this right, a person tells them."""


class Diploma(StrEnum):
    """The highest one, as far as the two tracks need it."""

    NONE = "none"
    DNB = "dnb"
    CFG = "cfg"
    GENERAL = "general"
    """A diploma that certifies no profession, such as a general or technological baccalauréat."""
    PROFESSIONAL = "professional"


@dataclass(frozen=True, slots=True)
class Appointment:
    """An interview that was fixed. ``called_off_at``: since when it counts no more (called off, or moved)."""

    at: Instant
    fixed_at: Instant
    called_off_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    at: Instant
    outcome: CallbackOutcome
    by: By


@dataclass(frozen=True, slots=True)
class Case:
    """One request and all that were attached to it. ``received_at``: of the first, by which the clock runs."""

    id: CaseId
    received_at: Instant
    phone: E164
    kind: Kind = Kind.RTF
    first_name: str | None = None
    birth_date: date | None = None
    appointments: tuple[Appointment, ...] = ()
    linked: tuple[CaseId, ...] = ()
    """Cases of the same number that are other people's: siblings, a shelter, a school's office."""
    ended: Ended | None = None


# -- the clock --------------------------------------------------------------------------------------


def standing(case: Case, at: Instant) -> Standing:
    """Where the legal clock stands at ``at``, by what was known then.

    Met only while there is an appointment dated in time. The clock stops when the case ends: what it showed then stays.
    """
    if case.ended is not None and at > case.ended.at:
        at = case.ended.at
    too_late = late_at(case.received_at)
    if any(each.at < too_late and _holds(each, at) for each in case.appointments):
        return Standing.MET
    if at >= too_late:
        return Standing.LATE
    return Standing.AT_RISK if at >= at_risk_at(case.received_at) else Standing.DUE


def deadline(case: Case, at: Instant) -> Instant | None:
    """The next instant after ``at`` at which the standing becomes another, by what is known; None: it stays."""
    bounds = {at_risk_at(case.received_at), late_at(case.received_at)}
    for each in case.appointments:
        bounds.add(each.fixed_at)
        if each.called_off_at is not None:
            bounds.add(each.called_off_at)
    now = standing(case, at)
    return next((bound for bound in sorted(bounds) if bound > at and standing(case, bound) is not now), None)


def _holds(appointment: Appointment, at: Instant) -> bool:
    called_off_at = appointment.called_off_at
    return appointment.fixed_at <= at and (called_off_at is None or at < called_off_at)


def end(case: Case, outcome: CallbackOutcome, by: By, at: Instant) -> Case:
    """The case with its end. ValueError: it has one, or the outcome is none that ends anything."""
    if case.ended is not None:
        raise ValueError(f"case {case.id} ended already, with {case.ended.outcome}")
    if not MEANINGS[outcome].closes:
        raise ValueError(f"{outcome} leads to another attempt and ends no case")
    return replace(case, ended=Ended(at, outcome, by))


# -- flags ------------------------------------------------------------------------------------------


def age(birth_date: date, on: date) -> int:
    """In whole years. Somebody of 29 February is a year older on 1 March where the day is missing."""
    return on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))


def flags(
    birth_date: date | None, diploma: Diploma | None, in_higher_education: bool, received_at: Instant
) -> tuple[Flag, ...]:
    """What is to be told of a request received then; nothing is refused for it. None: not known, no flag."""
    found: list[Flag] = []
    if birth_date is not None:
        years = age(birth_date, wall_clock(received_at).date())
        if years < AGE_MIN:
            found.append(Flag.UNDER_16)
        elif years < TRAINING_UNTIL:
            found.append(Flag.OBLIGATION_DE_FORMATION)
        elif years > AGE_MAX:
            found.append(Flag.OVER_25)
    if diploma is not None:
        found.append(track(diploma, in_higher_education))
    return tuple(found)


def track(diploma: Diploma, in_higher_education: bool) -> Flag:
    """A: no diploma, or only DNB or CFG. B: a diploma, but no profession and no longer in higher education."""
    if diploma in (Diploma.NONE, Diploma.DNB, Diploma.CFG):
        return Flag.TRACK_A
    if diploma is Diploma.GENERAL and not in_higher_education:
        return Flag.TRACK_B
    return Flag.OUT_OF_TRACK


# -- the same case ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SameCase:
    case: CaseId


@dataclass(frozen=True, slots=True)
class NewCase:
    """Another person's, as far as is known. ``linked``: the open cases of the same number."""

    linked: tuple[CaseId, ...] = ()


def case_of(
    cases: Iterable[Case],
    phone: E164,
    first_name: str | None = None,
    birth_date: date | None = None,
    kind: Kind = Kind.RTF,
) -> SameCase | NewCase:
    """Whose case a request belongs to, among those of its kind.

    The same number with an open case, and neither first name nor birth date in conflict: the same case; among several,
    the one that agrees in most. When two agree as much a new case is opened, linked to them: one person's words in
    another's file are worse than a file too many, which an officer joins.
    """
    of_number = [case for case in cases if case.phone == phone and case.ended is None]
    agreeing: dict[int, list[Case]] = {}
    for case in of_number:
        if case.kind is not kind:
            continue
        facts = (_agrees(_plain(first_name), _plain(case.first_name)), _agrees(birth_date, case.birth_date))
        if False not in facts:
            agreeing.setdefault(facts.count(True), []).append(case)
    best = agreeing[max(agreeing)] if agreeing else []
    if len(best) == 1:
        return SameCase(best[0].id)
    return NewCase(tuple(case.id for case in of_number))


def _agrees(said: object, known: object) -> bool | None:
    """None: one of them is not known, so there is no conflict."""
    return None if not said or not known else said == known


def _plain(name: str | None) -> str:
    """ "Zoé-Marie " and "zoe marie" are one first name."""
    letters = unicodedata.normalize("NFKD", name or "").casefold()
    return "".join(each for each in letters if each.isalnum())
