"""Talks at adv05's desk over the fake floor, with a guest and who helps in danger; and the regions of a page."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Literal

from dialer.core import events as ev
from dialer.core.calls.told import GuestAsked, ToAdviser
from dialer.core.rules import DangerTarget
from dialer.core.words import AdviserId, CallId, ShortNumber
from dialer.web.desk import page as desk
from dialer.web.desk.before import before

from .desk_house import holder
from .fake_floor import FakeFloor

ME = AdviserId("adv05")
DANGER = {
    "astreinte": DangerTarget("astreinte", "Encadrement", supervisors=(AdviserId("adv12"),)),
    "enfance": DangerTarget("enfance", "Enfance en danger (119)", number=ShortNumber("119")),
}


async def regions(floor: FakeFloor, adviser: str = "adv05") -> Mapping[str, str]:
    made = before(floor, AdviserId(adviser))
    assert made is not None
    return await desk.regions(floor, made, holder(adviser=adviser))


def words(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def asked(floor: FakeFloor, call: CallId, how: Literal["aside", "join"] = "aside") -> None:
    """adv05 asks adv06 into their talk."""
    floor.happen(GuestAsked(floor.now(), call, ME, ToAdviser(AdviserId("adv06")), how))


def answers(floor: FakeFloor, call: CallId) -> None:
    """The guest does."""
    floor.happen(ev.LegAnswered(floor.now(), floor.desk_.calls[call].state.guest.leg))


async def talk(floor: FakeFloor) -> CallId:
    floor.ready_advisers("adv05")
    call = floor.queue_up("dropout")
    floor.pick_up(call)
    floor.ready_advisers("adv06", "adv07")
    return call
