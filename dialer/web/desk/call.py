"""The regions of the call: what rings and is talked in, whom it may be handed to, and who is had in danger.

Decides the words for where a call stands, and which acts there are in it. What an act does, and whether it may be done,
is the desk's. Until somebody has answered, nothing is told of who rings but the line and what they chose there.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote

from dialer.core.callbacks.states import Accepted, Callback, Talking, WithGuest
from dialer.core.talk_views import guest_view
from dialer.core.words import LegId
from dialer.web.desk.before import Before
from dialer.web.floor import Floor
from dialer.web.holder import Holder
from dialer.web.render import page

CALLBACK_STAGES: Mapping[str, str] = MappingProxyType(
    {
        "accepted": "Votre téléphone est appelé",
        "ready": "Votre téléphone est décroché",
        "dialling": "Le numéro est composé",
        "talking": "En ligne",
    }
)
"""A callback that is under way, by its state."""


GUESTS: Mapping[str, str] = MappingProxyType(
    {"ringing": "sonne", "aside": "seul à seul avec vous", "joined": "à trois"}
)
"""Somebody who was brought into the talk, by their state."""


async def fragment(floor: Floor, before: Before, holder: Holder) -> str:
    call, me = before.call, before.adviser
    if call is not None and call.state in ("offered", "talking"):
        asked_in = call.guest is not None and call.guest.kind == "adviser" and call.guest.id == me.id
        return page(
            "_poste_appel_invite.html" if asked_in else "_poste_appel.html",
            now=before.at,
            adviser=me,
            call=call,
            names=_names(floor),
            guests=GUESTS,
        )
    callback, into = before.callback, before.asked_into
    if into is not None and isinstance(into.state, Talking | WithGuest):
        return page(
            "_poste_appel_rappel_invite.html",
            now=before.at,
            callback=into,
            colleague=_names(floor)["adviser"].get(into.state.adviser, into.state.adviser),
            line=_names(floor)["line"].get(into.line, into.line),
            guest=guest_view(into.state, floor.rules().advisers),
            left=isinstance(into.state, WithGuest),
        )
    if callback is not None and callback.state.kind in CALLBACK_STAGES:
        return page(
            "_poste_appel_rappel.html",
            now=before.at,
            stage=CALLBACK_STAGES[callback.state.kind],
            callback=callback,
            answers=_answers(callback),
            talk=callback.state if isinstance(callback.state, Talking) else None,
            guest=guest_view(callback.state, floor.rules().advisers),
            guests=GUESTS,
        )
    return ""


def _answers(callback: Callback) -> LegId | None:
    """The leg of the adviser's own phone that rings because they asked for it, or to come back into the talk."""
    match callback.state:
        case Accepted(leg=leg):
            return leg
        case Talking(rejoin=rejoin) if rejoin is not None:
            return rejoin.leg
    return None


def _names(floor: Floor) -> Mapping[str, Mapping[str, str]]:
    rules = floor.rules()
    return {
        "line": {key: line.name for key, line in rules.lines.items()},
        "queue": {key: queue.name for key, queue in rules.queues.items()},
        "adviser": {key: adviser.name for key, adviser in rules.advisers.items()},
    }


async def targets(floor: Floor, before: Before, holder: Holder) -> str:
    """Whom the call may be handed to, or who may be asked, while somebody talks in it. A callback goes to nobody."""
    return page("_poste_cibles.html", **_talked_in(before), targets=floor.transfer_targets(before.adviser.id))


async def danger(floor: Floor, before: Before, holder: Holder) -> str:
    """Whom the danger key reaches."""
    return page("_poste_danger.html", **_talked_in(before), targets=floor.transfer_targets(before.adviser.id))


def _talked_in(before: Before) -> Mapping[str, object]:
    """``api``: where what is done in the talk that is theirs is asked for; None: they are in none. ``stays``: nobody
    can be sent on from it, since it is a callback's."""
    call, callback, me = before.call, before.callback, before.adviser.id
    if call is not None:
        theirs = call.state == "talking" and call.adviser == me
        return {"api": f"/api/v1/calls/{quote(call.id, safe='')}" if theirs else None, "stays": False}
    if callback is not None and isinstance(callback.state, Talking) and callback.state.adviser == me:
        return {"api": f"/api/v1/callbacks/{quote(callback.id, safe='')}", "stays": True}
    return {"api": None, "stays": False}
