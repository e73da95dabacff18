"""How often an adviser's page asks the store, however often it is drawn: each question once in five seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from dialer.core import events as ev
from dialer.core.contacts.contact import Contact, Written
from dialer.core.words import AdviserId, CallId, Cause
from dialer.web.desk.before import before
from dialer.web.desk.page import REGIONS
from dialer.web.floor import Floor
from tests.store.fake_access import FakeAccess

from .asking import offered, talking
from .desk_house import holder
from .fake_floor import FakeFloor
from .signing_in import everybody
from .test_contacts import over, required
from .test_contacts import talking as in_call

pytestmark = pytest.mark.asyncio
DRAWN = 20
"""Four times a second for five seconds."""
ASKED = (
    "call", "callback", "callers", "timeline", "history_of", "intakes_of", "case_callbacks", "contact", "contacts_of",
    "contacts_of_case", "calls_page", "callbacks_page", "case_file", "cases_of_number", "by_reference",
)  # fmt: skip
"""What of the floor reads the database, where it is the true one."""


class Counting:
    """The floor, and how often each question was put to it."""

    def __init__(self, floor: FakeFloor) -> None:
        self._floor = floor
        self.asked: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._floor, name)
        if name not in ASKED:
            return found

        async def counted(*given: Any) -> Any:
            self.asked[f"{name}{given}"] += 1
            return await found(*given)

        return counted


def wrapping_up(floor: FakeFloor) -> None:
    call = talking(floor)
    floor.happen(ev.LegLeft(floor.now(), call.state.leg, Cause.NORMAL))


def owing(floor: FakeFloor) -> None:
    over(floor)
    floor.later(600)


def begun(floor: FakeFloor) -> None:
    call: CallId = over(floor)
    row = floor.rows[call]
    draft = Contact(call, AdviserId("adv05"), row.line, row.queue, floor.now(), written=Written(note="x"))
    floor.happen(ev.ContactWritten(floor.now(), draft, 0, False, ""))
    floor.later(600)


SCENES: dict[str, Callable[[FakeFloor], object]] = {
    "nothing": lambda floor: floor.ready_advisers("adv05"),
    "a call rings": lambda floor: (floor.ready_advisers("adv05"), floor.queue_up("dropout")),
    "in a call": in_call,
    "wrapping up a call": over,
    "a contact is owed": owing,
    "a contact is begun": begun,
    "a card is offered": offered,
    "in the talk of a callback": talking,
    "an outcome is owed": wrapping_up,
}


@pytest.mark.parametrize("scene", SCENES)
async def test_no_region_that_is_drawn_anew_at_every_change_puts_a_question_twice_in_five_seconds(scene: str) -> None:
    access = FakeAccess(everybody())
    try:
        floor = FakeFloor(mode="production", access=access, rules_=required())
        SCENES[scene](floor)
        for name, region in REGIONS.items():
            counting = Counting(floor)
            asking: Floor = counting  # type: ignore[assignment]
            for _ in range(DRAWN):
                made = before(asking, AdviserId("adv05"))
                assert made is not None
                await region(asking, made, holder())
                floor.queue_up("main")  # somebody else's
            assert {question: times for question, times in counting.asked.items() if times > 1} == {}, name
    finally:
        await access.close()
