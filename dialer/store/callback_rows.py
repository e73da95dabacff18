"""Callbacks, attempts and requests → rows of their tables, as tuples in the order of the tables' columns.

Decides what of them stands in columns of its own, to be found and listed by, and what is left of them once they are
over. A row's adviser is the one who has it in hand, or its outcome to say; of one that is closed, whoever dialled it
last.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from dialer.core.callbacks.request import Intake, Key
from dialer.core.callbacks.states import (
    Attempt,
    Callback,
    Closed,
    Joined,
    Unsettled,
    WithGuest,
    holder,
    queued_at,
    stage,
)
from dialer.core.words import AdviserId
from dialer.store.snapshot import booking_json, callback_json, request_json
from dialer.store.tables import micros

Row: TypeAlias = tuple[Any, ...]


def callback_row(callback: Callback) -> Row:
    """Where the kind and the legal deadline stand is the case that they are taken from (`statements`)."""
    state, window, gate, phone = callback.state, callback.window, callback.gate, callback.phone
    outcome = due_at = closed_at = snapshot = None
    if isinstance(state, Closed):
        outcome, closed_at = str(state.outcome), micros(state.at)
    else:
        due_at, snapshot = micros(queued_at(callback)), callback_json(callback)
    return (
        callback.id,
        callback.case,
        callback.line,
        callback.queue,
        callback.case,
        stage(callback),
        outcome,
        micros(callback.requested_at),
        due_at,
        micros(window.start_at) if window is not None else None,
        micros(window.end_at) if window is not None else None,
        callback.case,
        adviser_of(callback),
        phone.number,
        phone.zone,
        closed_at,
        str(gate.reason) if gate is not None else None,
        micros(gate.until) if gate is not None and gate.until is not None else None,
        snapshot,
    )


def adviser_of(callback: Callback) -> AdviserId | None:
    match callback.state:
        case Joined(adviser=who) | Unsettled(adviser=who) | WithGuest(adviser=who):
            return who
        case Closed():
            return callback.attempts[-1].adviser if callback.attempts else None
    return holder(callback)


def attempt_row(attempt: Attempt, made: Callback) -> Row:
    """``made``: the callback as it was when the attempt was made; its number may be another by now."""
    return (
        made.id,
        attempt.number,
        attempt.leg,
        micros(attempt.at),
        attempt.adviser,
        str(attempt.cause) if attempt.cause is not None else None,
        micros(attempt.ended_at) if attempt.ended_at is not None else None,
        str(attempt.outcome) if attempt.outcome is not None else None,
        made.phone.number,
        made.case,
    )


def request_row(intake: Intake) -> Row:
    booking = intake.booking
    return (
        intake.serial,
        booking.reference,
        booking.id,
        booking.case,
        micros(intake.at),
        request_json(intake.request),
        booking_json(booking),
    )


def key_row(intake: Intake, key: Key) -> Row:
    return key.key, key.body, intake.serial, micros(intake.at), booking_json(intake.booking)
