"""The region of the adviser's call for help: how to call a supervisor to one's side, since when one does, and the end.

Decides when there is something to press. How long a call for help lasts is `core.adviser`'s.
"""

from __future__ import annotations

from dialer.core.words import Wish
from dialer.web.desk.before import Before
from dialer.web.floor import Floor
from dialer.web.holder import Holder
from dialer.web.render import page

IN_A_CALL = frozenset({"ringing", "talking", "wrapping_up"})


async def fragment(floor: Floor, before: Before, holder: Holder) -> str:
    """Nothing for somebody who is away, unless they still call or are called."""
    view = before.adviser
    if view.wish == Wish.AWAY and view.help_since is None and view.state not in IN_A_CALL:
        return ""
    return page("_poste_aide.html", adviser=view, now=before.at, ends_with_call=view.state in IN_A_CALL)
