"""What the annual review of the right to return counts of one request: some instants, some classes, and no person.

Decides when a request counts as attempted, reached, and given an appointment, and what it says of age and track. Must
not know the year, the sums, or where the facts were found: in files (`summarise`) or in the journal (`rtf_journal`).

- *Attempt*: a dialling, unless it is proved never to have been placed.
- *Reached*: somebody was talked with in an attempt (cause `talked`, or an outcome of the group reached, be it a third
  party); the instant is that of the dialling. Who called in themselves was reached when the outcome of that talk was
  given.
- *Appointment*: the earliest dated of those that hold, that is, neither called off nor moved, when the case ended or
  now. So the legal clock is met exactly when that one is in time.
- *Outcome*: that of the case; while it goes on, that of its last closed callback (RDV_FIXE, INJOIGNABLE …), if any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.callbacks.outcomes import MEANINGS, CallbackOutcome, Group
from dialer.core.callbacks.states import Callback, Closed
from dialer.core.cases.case import AGE_MAX, AGE_MIN, TRAINING_UNTIL, Appointment, Case, Flag, Standing, age, standing
from dialer.core.words import Instant
from schedules.walltime import wall_clock


class Track(StrEnum):
    """Code de l'éducation, décrets 2014-1453 and 2014-1454; `case` decides which."""

    A = "A"
    B = "B"
    OUT = "out"
    UNKNOWN = "unknown"


class AgeBand(StrEnum):
    """Age in whole years on the day of receipt, in Paris."""

    UNDER_16 = "under_16"
    FROM_16 = "16-17"
    FROM_18 = "18-20"
    FROM_21 = "21-25"
    OVER_25 = "over_25"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Facts:
    """What classes a request belongs to. Neither name, birth date nor postcode: it may stand in the journal."""

    academie: str | None = None
    age_band: AgeBand = AgeBand.UNKNOWN
    track: Track = Track.UNKNOWN


@dataclass(frozen=True, slots=True)
class Tried:
    """One dialling. cause None: under way."""

    at: Instant
    cause: AttemptCause | None = None
    outcome: CallbackOutcome | None = None


@dataclass(frozen=True, slots=True)
class ClosedCallback:
    at: Instant
    outcome: CallbackOutcome


@dataclass(frozen=True, slots=True)
class Summary:
    """ended_at, outcome: see the module. standing: when it ended, or now."""

    received_at: Instant
    facts: Facts
    standing: Standing
    attempts: int = 0
    first_attempt_at: Instant | None = None
    reached_at: Instant | None = None
    appointment_fixed_at: Instant | None = None
    appointment_at: Instant | None = None
    outcome: CallbackOutcome | None = None
    ended_at: Instant | None = None


def summarise(case: Case, callbacks: Sequence[Callback], facts: Facts, at: Instant) -> Summary:
    """From the files, with all callbacks of the case, open and closed."""
    tried = [Tried(one.at, one.cause, one.outcome) for callback in callbacks for one in callback.attempts]
    closed = [
        ClosedCallback(callback.state.at, callback.state.outcome)
        for callback in callbacks
        if isinstance(callback.state, Closed)
    ]
    return summary(case, tried, closed, facts, at)


def summary(case: Case, tried: Sequence[Tried], closed: Sequence[ClosedCallback], facts: Facts, at: Instant) -> Summary:
    """What counts of a request, by what is known of it at ``at``."""
    placed = [one for one in tried if one.cause is not AttemptCause.UNPLACED]
    appointment = _appointment(case, at)
    last = max(closed, key=lambda one: one.at, default=None)
    going_on = last.outcome if last is not None else None
    return Summary(
        received_at=case.received_at,
        facts=facts,
        standing=standing(case, at),
        attempts=len(placed),
        first_attempt_at=min((one.at for one in placed), default=None),
        reached_at=_reached_at(placed, closed),
        appointment_fixed_at=appointment.fixed_at if appointment is not None else None,
        appointment_at=appointment.at if appointment is not None else None,
        outcome=case.ended.outcome if case.ended is not None else going_on,
        ended_at=case.ended.at if case.ended is not None else None,
    )


def _reached_at(placed: Sequence[Tried], closed: Sequence[ClosedCallback]) -> Instant | None:
    instants = [one.at for one in placed if one.cause is AttemptCause.TALKED or _is_reached(one.outcome)]
    # A talk in a call of their own is no attempt; its outcome alone tells of it.
    instants += [one.at for one in closed if _is_reached(one.outcome)]
    return min(instants, default=None)


def _is_reached(outcome: CallbackOutcome | None) -> bool:
    return outcome is not None and MEANINGS[outcome].group is Group.REACHED


def _appointment(case: Case, at: Instant) -> Appointment | None:
    if case.ended is not None and at > case.ended.at:
        at = case.ended.at
    holding = [
        one for one in case.appointments if one.fixed_at <= at and (one.called_off_at is None or at < one.called_off_at)
    ]
    return min(holding, key=lambda one: one.at, default=None)


# -- classes ----------------------------------------------------------------------------------------


def age_band(birth_date: date | None, received_at: Instant) -> AgeBand:
    if birth_date is None:
        return AgeBand.UNKNOWN
    years = age(birth_date, wall_clock(received_at).date())
    if years < AGE_MIN:
        return AgeBand.UNDER_16
    if years < TRAINING_UNTIL:
        return AgeBand.FROM_16
    if years > AGE_MAX:
        return AgeBand.OVER_25
    return AgeBand.FROM_18 if years <= 20 else AgeBand.FROM_21


def track_of(flags: Sequence[Flag]) -> Track:
    """The track that the flags of a request tell."""
    for flag, track in ((Flag.TRACK_A, Track.A), (Flag.TRACK_B, Track.B), (Flag.OUT_OF_TRACK, Track.OUT)):
        if flag in flags:
            return track
    return Track.UNKNOWN
