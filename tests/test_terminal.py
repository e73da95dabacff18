"""The demonstration's terminal: what happens to calls and callbacks, a line each, with nobody's number."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dialer.core.words import record
from dialer.terminal import line
from tests.web.test_timeline import CALLBACKS, CASES, SAMPLES, TOLD_BY_ANOTHER, journalled

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
QUIET = {
    "node_entered", "transferred", "transfer_failed", "adviser_state", "booking_made", "contact_looked",
    "history_looked",
}  # fmt: skip
"""Facts of calls that are not worth a line."""
QUIET_OF_CALLBACKS = {"callback_requested", "callback_case_ended"}
"""Told by `callback_asked` and `callback_closed`."""


def said(event: str, **data: object) -> str | None:
    return line(record(AT, event, "cb-10000016", "adv01", **data))


def test_every_event_of_a_call_or_callback_has_its_line_or_is_known_to_be_quiet():
    for event in journalled() - {"callback_state"} - QUIET:
        text = said(event, **(SAMPLES | CALLBACKS)[event])
        assert (text is None) == (event in QUIET_OF_CALLBACKS), event
        assert text is None or "None" not in text


@pytest.mark.parametrize(
    ("event", "data", "text"),
    [
        ("callback_asked", {}, "asked for by web: rtf, line main"),
        ("callback_state", {"state": "due"}, "is due"),
        ("callback_offered", {}, "its card goes to adv01 (level 1, due for 75 s)"),
        ("callback_dialled", {}, "attempt 1 with adv01"),
        ("callback_left_with_guest", {}, "is left by adv01 with danger 119 (joined)"),
        ("callback_attempt_ended", {}, "attempt 2 ended: no_answer, SANS_REPONSE"),
        ("callback_attempt_ended", {"cause": "talked", "outcome": None}, "attempt 2 ended: talked"),
        ("callback_refused", {}, "may not be dialled: hours, again 24/11 10:00"),
        ("callback_refused", {"until": None}, "may not be dialled: hours"),
        ("callback_rescheduled", {}, "is asked for anew, from 24/11 10:00"),
        ("callback_rescheduled", {"dated": 0}, "is asked for anew, as soon as possible"),
        ("callback_closed", {"outcome": "INJOIGNABLE", "by": "system"}, "closed: INJOIGNABLE by the rule"),
    ],
)
def test_a_callbacks_line_tells_the_hour_which_one_and_what(event, data, text):
    assert said(event, **CALLBACKS.get(event, {}) | data) == f"10:30:00  callback …0016 {text}"


def test_what_officers_do_in_files_is_for_their_audit_and_not_for_the_terminal():
    assert [event for event, data in CASES.items() if said(event, **data) is not None] == []


def test_states_that_another_line_tells_are_not_told_again():
    assert all(said("callback_state", state=kind) is None for kind in TOLD_BY_ANOTHER)


def test_a_calls_line_is_as_it_was():
    assert line(record(AT, "call_arrived", "c-000042", line="main")) == "10:30:00  call …000042   rings on line main"
    assert line(record(AT, "booking_asked", "c-000042", queue="q", window=None)) == (
        "10:30:00  call …000042   asks to be called back, as soon as possible"
    )
