"""The journal as lines of text, for whoever watches a terminal. One record, at most one line.

Decides which records are worth a line and how they read. Must not know where they come from.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from dialer.core.words import Record

PARIS = ZoneInfo("Europe/Paris")


def line(record: Record) -> str | None:
    """``10:00:07  call …0.42  main: adviser adv03 answered after 4 s``, or None for what is not worth a line."""
    said = _said(record, dict(record.data))
    if said is None:
        return None
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
        case "left_queue" | "queue_refused":
            return f"is not queued in {data['queue']}: {data['why']}"
        case "dialled_out":
            return f"is put through to {data['target']}"
        case "ended":
            talked = f", talked {_seconds(data['talked_s'])}" if data["talked_s"] is not None else ""
            return f"ended: {data['outcome']} (while {data['stage']}{talked})"
        case "wish_set":
            reason = f": {data['reason']}" if data["reason"] else ""
            return f"wishes {data['wish']} ({data['by']}{reason})"
        case "phone_registered" | "phone_unregistered":
            return record.event.replace("_", " ")
        case "link_lost":
            return "Asterisk is out of reach"
        case "reconciled":
            return f"in step with Asterisk ({data['differences']} differences mended)"
        case "rules_changed":
            return f"new configuration {data['version']}"
    return None


def _seconds(value: str | int | float | None) -> str:
    return f"{float(value):.0f} s" if value is not None else "?"
