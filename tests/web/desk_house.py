"""The desk of one adviser over the fake floor: an account of theirs, and any region of the page as its text."""

from __future__ import annotations

import html
import re
from collections.abc import Awaitable, Callable

from dialer.core.access.account import viewer_of
from dialer.core.access.roles import Role, scopes_of
from dialer.core.words import AdviserId
from dialer.web.desk.before import Before, before
from dialer.web.floor import Floor
from dialer.web.holder import Holder

from .fake_floor import FakeFloor
from .signing_in import account

Region = Callable[[Floor, Before, Holder], Awaitable[str]]


def holder(name: str = "amel", adviser: str = "adv05", role: Role = Role.ADVISER) -> Holder:
    made = account(name, role, adviser=adviser if role is Role.ADVISER else None)
    return Holder(made.id, scopes_of(made.roles), viewer_of(made), made)


async def shown(region: Region, floor: FakeFloor, who: Holder | None = None, adviser: str = "adv05") -> str:
    """The region's HTML for them now."""
    made = before(floor, AdviserId(adviser))
    assert made is not None
    return await region(floor, made, who or holder(adviser=adviser))


def text_of(fragment: str) -> str:
    """What is read of it, blanks as one."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", fragment)).split())
