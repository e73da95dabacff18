"""Looks at persons' things by people who are signed in: told to the audit, and committed, before anything is shown.

Decides that a program's are not told here, and a person's once per sitting and hour (`core.access.looks`). What is told
of cases is `case_door`'s. Must not know what is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from dialer.core.access import audit
from dialer.core.events import AccessTold
from dialer.web.commit import commit
from dialer.web.floor import Floor
from dialer.web.holder import Holder


async def look(floor: Floor, holder: Holder, what: Literal["call", "callback"], which: Sequence[str]) -> None:
    """``which``: the ids of those of which a number, or what somebody told of themselves, is shown now. Raises Refused
    503, and then nothing is shown."""
    if floor.access is None or holder.account is None or holder.session is None:
        return
    looks, sitting, at = floor.access.looks, holder.session.sitting, floor.now()
    untold = looks.untold(sitting, what, which, at)
    if untold:
        await commit(floor, AccessTold(at, tuple(audit.looked(holder.account.id, what, untold, at))))
        looks.told(sitting, what, untold, at)
