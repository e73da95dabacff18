"""An event handed to the floor, and what came of it once that is committed.

Decides how long a commit is waited for, and how a wish that was not done is told. Must not know what is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import MappingProxyType

from dialer.core.change import Change
from dialer.core.events import Event
from dialer.core.revision import Refusal
from dialer.web.asked import refuse
from dialer.web.floor import Floor
from dialer.web.not_made import not_made
from dialer.web.problems import Refused

COMMIT_MAX_S = 10.0
"""How long a change may take to be committed before its sender is told that we do not know."""

NOT_DONE: Mapping[str, str] = MappingProxyType(
    {
        "stale_offer": "This card is no longer before that adviser. Read the adviser for what is.",
        "already_accepted": "This card was accepted already; send dial, or take the phone that rings.",
        "contact_owed": "A contact is still to be filed: file it, then be ready.",
        "contact_stale": "This contact was written elsewhere meanwhile; read it again before you go on.",
        "contact_filed": "This contact is filed already, and stays as it is.",
        "contact_talking": "The call goes on; keep a draft, and file it once the call is over.",
        "closed": "This callback is closed; its outcome stays.",
        "in_progress": "The person is being called now, or talked to; wait until that is over.",
        "talking": "The person is being talked to; the adviser gives the outcome.",
        "no_attempt": "This outcome is that of an attempt, and there is none that it could be of.",
        "by_rule_only": "INJOIGNABLE is given by the rule of the attempts, or by who was asked once it gave up.",
        "not_talking": "They do not talk in this call now.",
        "callback_stays": "A callback stays with who promised it: nobody takes it over, and nobody is sent on.",
        "link_lost": "Asterisk is out of reach: nothing can be done in the talk before it is back.",
        "no_guest": "Nobody was asked into this talk.",
        "guest_there": "There is a guest already: dismiss them, or hand over to them.",
        "guest_rings": "Who was asked has not answered yet.",
        "not_free": "This colleague is not free, has no phone or is away.",
        "nobody_free": "No supervisor is free with a phone now. Choose another target.",
        "no_number": "There is no number of it that we dial.",
        "queue_full": "This queue is full.",
        "queue_no_adviser": "Nobody is on shift for this queue.",
        "unknown_target": "There is nobody and nothing of this name; read whom one can be put through to.",
        "queue_blind_only": "Nobody can be talked to in a queue.",
    }
)
"""Why a wish was not done, by `Change.refused`; nothing changed then."""


async def commit(floor: Floor, event: Event) -> Change:
    """What came of the event. Raises Refused: 404, 409 or 422 for a wish that was not done; 503 when it takes long."""
    try:
        async with asyncio.timeout(COMMIT_MAX_S):
            change = await floor.submit(event)
    except TimeoutError:
        raise not_yet("Read what you asked to change before sending it again.") from None
    if change.refused is not None:
        raise not_done(change.refused)
    return change


def not_yet(what_now: str) -> Refused:
    """It is not committed in time, and nobody can take it back."""
    return Refused(503, f"The change is not stored yet, and may still be. {what_now}", headers={"Retry-After": "5"})


def not_done(why: str | Refusal) -> Refused:
    match why:
        case Refusal():
            return not_made(why)
        case "contact_unknown":
            return Refused(404, "There is no such call, or it is not theirs to write down.")
        case "unknown":
            return Refused(404, "There is no such callback, or it is over.")
        case "slot_taken":
            return refuse("wish", "the slot has been taken meanwhile; choose another of those that are free")
    return Refused(409, NOT_DONE.get(why, "This cannot be done now."))
