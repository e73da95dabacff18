"""What is told outside of a callback: which facts of the journal become a notice to another program, in which words.

Decides that from one record alone, so that the same record always makes the same notice, however often and however
late it is sent. Must not know who is told, nor how. The journal has no personal data, and neither has a notice; what
only concerns us (which adviser, which offer, on which level) stays with us.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dialer.core.words import Record

Notice = dict[str, str | int | bool | None]
"""``event``, and what there is to say of it; ready for JSON."""

STATE = "callback.state"

_BY_MOVE: Mapping[str, str] = MappingProxyType(
    {
        "callback_requested": "requested",
        "callback_offered": "offered",
        "callback_dialled": "dialling",
        "callback_answered": "talking",
        "callback_joined": "talking",
        "callback_closed": "closed",
    }
)
"""Facts that are a change of state by themselves, and say more of it than its name."""
_BY_NAME: Mapping[str, str] = MappingProxyType(
    {
        "requested": "requested",
        "due": "due",
        "hanging_up": "dialling",
        "telling": "talking",
        "resting": "resting",
        "unsettled": "resting",
    }
)
"""The other states of `callback_states`, in the seven words of the API. Not there: accepted and ready, which are
`offered` still; those that a fact above has told; and attached, which is an event of its own."""
_EVENTS: Mapping[str, str] = MappingProxyType(
    {
        "callback_asked": "callback.asked",
        "callback_attempt_ended": "callback.attempt",
        "callback_attached": "callback.attached",
        "callback_refused": "callback.refused",
        "callback_promise_at_risk": "callback.promise_at_risk",
        "callback_promise_missed": "callback.promise_missed",
        "callback_case_ended": "case.ended",
    }
)
"""Other facts, told as they are."""
_SAID = (
    "case", "kind", "source", "line", "queue", "attempt", "cause", "outcome", "by", "reason", "detail", "until",
    "due_at", "dated",
)  # fmt: skip
"""What of a record's data is told, if it has it, and in which order."""


def notice(entry: Record) -> Notice | None:
    """What is told of one fact of the journal; None: nothing."""
    data = dict(entry.data)
    match entry.event:
        case "callback_state" if data.get("state") in _BY_NAME:
            return {"event": STATE, "state": _BY_NAME[str(data["state"])]}
        case move if move in _BY_MOVE:
            return {"event": STATE, "state": _BY_MOVE[move]} | _said(data)
        case fact if fact in _EVENTS:
            return {"event": _EVENTS[fact]} | _said(data)
        case "callback_rescheduled":
            return {"event": "callback.rescheduled"} | _said({"due_at": data.get("place"), "dated": data.get("dated")})
        case "callback_for_person":
            return {"event": "callback.for_person", "state": "resting"} | _said(
                {"reason": data.get("why"), "detail": data.get("detail")}
            )
    return None


def _said(data: Mapping[str, str | int | float | None]) -> Notice:
    said: Notice = {}
    for name in _SAID:
        value = data.get(name)
        if value is None:
            continue
        said[name] = bool(value) if name == "dated" else value if isinstance(value, int) else str(value)
    return said
