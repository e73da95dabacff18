"""What an adviser does in the talk of a callback: as in that of a call (`talks`), but that it stays with them.

Decides whose word it is: that of the adviser whose talk it is, a guest's own leaving, and a program's in any.
Everything else is the desk's, which refuses with nothing changed.
"""

from __future__ import annotations

from aiohttp import web

from dialer.core.callbacks.states import CallbackId, Talking, WithGuest, guest_of, visit
from dialer.core.words import AdviserId, CallId
from dialer.web.asked import read_id
from dialer.web.callbacks import shown
from dialer.web.commit import not_done
from dialer.web.keys import FLOOR, HOLDER
from dialer.web.problems import Refused
from dialer.web.talks import Actions


async def _whose(request: web.Request) -> tuple[CallId, AdviserId]:
    """The talk, and in whose name something is asked in it. Raises Refused: 404 when the callback is not theirs, 409
    while it is no talk of theirs."""
    floor, holder, callback = request.app[FLOOR], request[HOLDER], CallbackId(read_id(request))
    own = holder.bound("callbacks:write")
    live = floor.open_callback(callback)
    state = live.state if live is not None else None
    if live is not None and isinstance(state, Talking | WithGuest):
        mine = state.adviser if isinstance(state, Talking) else None
        who = own or mine
        if who is not None and who in (mine, guest_of(live)):
            return visit(live), who
    row = await floor.callback(callback)
    if row is None or not holder.reaches("callbacks:write", holder.of_callback(floor, row)):
        raise Refused(404, "There is no such callback, or it is no longer kept.")
    raise not_done("not_talking")


async def _shown(request: web.Request, talk: CallId) -> web.Response:
    """The callback as it is stored; its number is whole only for whom it is theirs."""
    return await shown(request, CallbackId(talk))


of_callback = Actions(_whose, _shown)
