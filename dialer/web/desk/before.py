"""What is before one adviser at one instant: what every region of their page is drawn from.

Decides what belongs to the moment, and nothing of how it looks. Must not know HTTP, HTML or the database.
"""

from __future__ import annotations

from dataclasses import dataclass

from dialer.core.callbacks.states import Callback, CallbackId
from dialer.core.views import AdviserView, CallView
from dialer.core.words import AdviserId, CallId, Instant
from dialer.web.floor import Floor


@dataclass(frozen=True, slots=True)
class Before:
    """``call``: the one that rings for them or that they talk in, None once it is over. ``wrapping_up``: the call or
    callback whose form is to be filled in. ``callback``: the open one that is offered to them, that they dial or talk
    in, or that their caller had been promised. ``asked_into``: a colleague's callback that they were asked into."""

    at: Instant
    adviser: AdviserView
    call: CallView | None
    callback: Callback | None
    wrapping_up: CallId | None
    asked_into: Callback | None = None


def before(floor: Floor, adviser: AdviserId) -> Before | None:
    """None: there is no such adviser any more."""
    view = floor.adviser(adviser)
    if view is None:
        return None
    over = view.state == "wrapping_up"
    # In the wrap-up it may be somebody else's: handed over, sent on, waiting again.
    talked_in = view.call if not over else None
    call = talked_in or (view.offer.call if view.offer is not None else None)
    callback = view.callback or (view.offer.callback if view.offer is not None else None)
    return Before(
        at=floor.now(),
        adviser=view,
        call=floor.open_call(call) if call is not None else None,
        callback=floor.open_callback(CallbackId(callback)) if callback is not None else None,
        wrapping_up=(view.call or (CallId(view.callback) if view.callback is not None else None)) if over else None,
        asked_into=floor.open_callback(CallbackId(view.asked_into)) if view.asked_into is not None else None,
    )
