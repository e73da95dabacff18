"""The journal as lines of text, for whoever watches a terminal. One record, at most one line.

Decides which records are worth a line and how they read. Must not know where they come from.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from dialer.core.words import Record

PARIS = ZoneInfo("Europe/Paris")


def line(record: Record) -> str | None:
    """``10:00:07  call …0.42  main: adviser adv03 answered after 4 s``, or None for what is not worth a line."""
    said = _said(record, dict(record.data))
    if said is None:
        return None
    if record.event.startswith("callback_") and record.call is not None:
        who = f"callback …{record.call[-4:]}"
    else:
        who = f"call …{record.call[-6:]}" if record.call is not None else (record.adviser or "")
    return f"{record.at.astimezone(PARIS):%H:%M:%S}  {who:<14} {said}"


def _said(record: Record, data: dict[str, str | int | float | None]) -> str | None:
    match record.event:
        case "call_arrived":
            return f"rings on line {data['line']}"
        case "queued":
            return f"waits in queue {data['queue']}"
        case "level_opened":
            return f"is offered to level {data['level']} too"
        case "announced":
            return f"hears: place {data['position']}" + (f", wait {data['wait']}" if data["wait"] else "")
        case "offered":
            return (
                f"is offered to {record.adviser} (level {data['level']}, idle {_seconds(data['idle_s'])}, "
                f"best of {data['candidates']})"
            )
        case "offer_missed":
            return f"{record.adviser}: {data['cause']}; back at the same place"
        case "offer_withdrawn":
            return f"leaves while {record.adviser} is ringing"
        case "answered":
            return f"talks with {record.adviser} after {_seconds(data['waited_s'])}"
        case "left_queue":
            why = "by a key" if data["why"] == "key" else f"without an answer: {data['why']}"
            return f"leaves queue {data['queue']} {why}"
        case "queue_refused":
            return f"is not queued in {data['queue']}: {data['why']}"
        case "booking_asked":
            return f"asks to be called back{_in_window(data['window'])}"
        case "booking_refused":
            return f"is not promised a callback: {data['why']}"
        case "number_refused":
            return f"typed a number that is not called: {data['why']}"
        case "held" | "resumed":
            return f"is {'held' if record.event == 'held' else 'taken back'} by {record.adviser}"
        case "danger_asked":
            return f"{record.adviser} presses the danger key: {data['target']}"
        case "guest_asked":
            return f"{record.adviser} asks for {data['kind']} {data['target']} ({data['how']})"
        case "guest_answered":
            return f"{data['kind']} {data['target']} answers {record.adviser}"
        case "guest_left":
            return f"{data['kind']} {data['target']} is gone ({data['cause']}, was {data['stage']})"
        case "conference":
            return f"talks with {record.adviser} and {data['kind']} {data['target']}"
        case "handed_over":
            return f"is handed over by {record.adviser} to {data['kind']} {data['target']}"
        case "forwarded":
            return f"is sent on by {record.adviser} to {data['kind']} {data['target']}"
        case "forward_failed":
            return f"was not taken there: {data['cause']}; back at the same place"
        case "adviser_lost":
            return f"loses {record.adviser}, whose line is torn off; hears music"
        case "adviser_rung_again":
            return f"rings {record.adviser} again, to go on"
        case "adviser_back":
            return f"talks with {record.adviser} again"
        case "back_in_queue":
            return f"lost {record.adviser}; back at the same place"
        case "dialled_out":
            return f"is put through to {data['target']}"
        case "ended":
            talked = f", talked {_seconds(data['talked_s'])}" if data["talked_s"] is not None else ""
            return f"ended: {data['outcome']} (while {data['stage']}{talked})"
        case "contact_filed":
            late = ", late" if data["late"] else ""
            return f"{record.adviser} files its contact{late}: {data['reasons'] or 'no reason'}"
        case "wish_refused":
            return f"cannot be {data['wish']}: a contact is to be filed first"
        case "wish_set":
            reason = f": {data['reason']}" if data["reason"] else ""
            return f"wishes {data['wish']} ({data['by']}{reason})"
        case "help_asked":
            return f"{record.adviser} calls for help"
        case "help_over":
            return f"{record.adviser} calls for help no more: {data['why']}"
        case "phone_registered" | "phone_unregistered":
            return record.event.replace("_", " ")
        case "link_lost":
            return "Asterisk is out of reach"
        case "reconciled":
            return f"in step with Asterisk ({data['differences']} differences mended)"
        case "rules_changed":
            return f"new configuration {data['version']}"
    return _callback(record, data)


def _callback(record: Record, data: dict[str, str | int | float | None]) -> str | None:
    match record.event:
        case "callback_asked":
            return f"asked for by {data['source']}: {data['kind']}, line {data['line']}"
        case "callback_state":
            return _STATES.get(str(data["state"]))
        case "callback_refused":
            return f"may not be dialled: {data['reason']}" + (
                f", again {_hour(data['until'])}" if data["until"] else ""
            )
        case "callback_promise_at_risk":
            return "its window can no longer be staffed"
        case "callback_promise_missed":
            return "its window was not kept; as soon as possible now"
        case "callback_rescheduled":
            return f"is asked for anew{_in_window(data['place'] if data['dated'] else None)}"
        case "callback_left_with_guest":
            return f"is left by {record.adviser} with {data['kind']} {data['target']} ({data['stage']})"
        case "callback_offered":
            return f"its card goes to {record.adviser} (level {data['level']}, due for {_seconds(data['waited_s'])})"
        case "callback_offer_missed":
            return f"{record.adviser}: {data['cause']}; back at the same place"
        case "callback_offer_withdrawn":
            return f"is taken back from {record.adviser}"
        case "callback_dialled":
            return f"attempt {data['attempt']} with {record.adviser}"
        case "callback_answered":
            return f"talks with {record.adviser}"
        case "callback_machine":
            return "a machine answered"
        case "callback_attempt_ended":
            outcome = f", {data['outcome']}" if data["outcome"] else ""
            return f"attempt {data['attempt']} ended: {data['cause']}{outcome}"
        case "callback_attempt_found":
            return f"attempt {data['attempt']} found again: {data['fate']}"
        case "callback_attached":
            return "they call in themselves: not dialled"
        case "callback_joined":
            return f"talks with {record.adviser}, in their own call"
        case "callback_for_person":
            return f"waits for a person: {data['why']}"
        case "callback_closed":
            return f"closed: {data['outcome']}" + (" by the rule" if data["by"] == "system" else "")
    return None


_STATES = {"due": "is due", "accepted": "accepted: the phone rings", "resting": "rests"}
"""Of a callback's states, those that no other record tells."""


def _in_window(start: str | int | float | None) -> str:
    return f", from {_hour(start)}" if start is not None else ", as soon as possible"


def _hour(instant: str | int | float | None) -> str:
    return f"{datetime.fromisoformat(str(instant)).astimezone(PARIS):%d/%m %H:%M}"


def _seconds(value: str | int | float | None) -> str:
    return f"{float(value):.0f} s" if value is not None else "?"
