"""An adviser's day in moments: what happens to a floor until adv05 is in each state that their page can be in."""

from __future__ import annotations

from dialer.core import events as ev
from dialer.core.calls.told import GuestAsked, GuestJoinAsked, HoldAsked, ToAdviser
from dialer.core.words import AdviserId, CallId, Wish

from . import asking
from .fake_floor import FakeFloor

ME = AdviserId("adv05")
CALL = CallId("c0001")


def away(floor: FakeFloor) -> None:
    """As they come in the morning."""


def free(floor: FakeFloor) -> None:
    floor.ready_advisers(ME)


def paused_by_the_system(floor: FakeFloor) -> None:
    floor.ready_advisers(ME)
    for _ in range(2):
        call = floor.queue_up("dropout")
        floor.miss(call)
        floor.leave(call)


def without_a_phone(floor: FakeFloor) -> None:
    floor.happen(ev.WishSet(floor.now(), ME, Wish.READY))


def ringing(floor: FakeFloor) -> None:
    floor.ready_advisers(ME)
    floor.queue_up("dropout")


def talking(floor: FakeFloor) -> None:
    floor.ready_advisers(ME)
    floor.pick_up(floor.queue_up("dropout"))


def talking_and_calling_for_help(floor: FakeFloor) -> None:
    talking(floor)
    floor.happen(ev.HelpAsked(floor.now(), ME, True))


def holding(floor: FakeFloor) -> None:
    talking(floor)
    floor.happen(HoldAsked(floor.now(), CALL, ME, True))


def asking_a_colleague(floor: FakeFloor) -> None:
    talking(floor)
    floor.ready_advisers("adv06")
    floor.happen(GuestAsked(floor.now(), CALL, ME, ToAdviser(AdviserId("adv06")), "aside"))


def speaking_to_a_colleague(floor: FakeFloor) -> None:
    asking_a_colleague(floor)
    guest = floor.desk_.calls[CALL].state.guest
    floor.happen(ev.LegAnswered(floor.now(), guest.leg))


def all_three(floor: FakeFloor) -> None:
    speaking_to_a_colleague(floor)
    floor.happen(GuestJoinAsked(floor.now(), CALL, ME))


def wrapping_up(floor: FakeFloor) -> None:
    floor.ready_advisers(ME)
    call = floor.queue_up("dropout")
    floor.pick_up(call)
    floor.leave(call)


def a_card(floor: FakeFloor) -> None:
    asking.offered(floor)


def a_card_with_the_phone_up(floor: FakeFloor) -> None:
    asking.ready(floor)


def a_talk_of_a_callback(floor: FakeFloor) -> None:
    asking.talking(floor)


def link_lost(floor: FakeFloor) -> None:
    talking(floor)
    floor.lose_link()


STATES = (
    away, free, paused_by_the_system, without_a_phone, ringing, talking, talking_and_calling_for_help, holding,
    asking_a_colleague, speaking_to_a_colleague, all_three, wrapping_up,
    a_card, a_card_with_the_phone_up, a_talk_of_a_callback, link_lost,
)  # fmt: skip
