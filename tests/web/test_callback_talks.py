"""The talk of a callback through the API and on the adviser's page: what a call's has, but that it stays with them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialer.core import events as ev
from dialer.core.access.roles import Role
from dialer.core.access.session import csrf_code
from dialer.core.callbacks.states import Callback, WithGuest, visit
from dialer.core.calls.told import GuestAsked, ToAdviser
from dialer.core.rules import DangerTarget
from dialer.core.words import E164, AdviserId, ShortNumber, Wish
from tests.store.fake_access import FakeAccess

from .asking import talking
from .desk_talks import regions, words
from .fake_floor import FakeFloor, make_rules
from .signing_in import account, origin, session, the_session

pytestmark = pytest.mark.asyncio

DANGER = {"119": DangerTarget("119", "119, enfance en danger", ShortNumber("119"))}
CIO = {"cio": E164("+33199000007")}
ME, COLLEAGUE = AdviserId("adv05"), AdviserId("adv06")


@pytest.fixture
def floor() -> FakeFloor:
    return FakeFloor(rules_=replace(make_rules(), danger=DANGER, numbers=CIO))


def in_talk(floor: FakeFloor) -> Callback:
    """adv05 talks with whom they called back; adv06 and adv07 are free with a phone, and paused."""
    callback = talking(floor)
    for other in ("adv06", "adv07"):
        floor.happen(ev.PhoneRegistered(floor.now(), AdviserId(other)))
        floor.happen(ev.WishSet(floor.now(), AdviserId(other), Wish.PAUSED))
    return callback


def now(floor: FakeFloor, callback: Callback) -> Callback:
    return floor.desk_.book.callbacks[callback.id]


def asked_in(floor: FakeFloor, callback: Callback, how: str = "aside", *, comes: bool = True) -> None:
    floor.happen(GuestAsked(floor.now(), visit(callback), ME, ToAdviser(COLLEAGUE), how))
    if comes:
        floor.happen(ev.LegAnswered(floor.now(), now(floor, callback).state.guest.leg))


async def ask(client, method, path, body=None, **headers):
    async with client.request(method, f"/api/v1/callbacks/{path}", json=body, headers=headers) as response:
        return response.status, await response.json()


async def test_the_person_is_held_and_taken_back(client, floor):
    callback = in_talk(floor)

    held = await ask(client, "PUT", f"{callback.id}/hold", {"held": True})
    assert now(floor, callback).state.held
    back = await ask(client, "PUT", f"{callback.id}/hold", {"held": False})

    assert (held[0], back[0], back[1]["state"]) == (200, 200, "talking")
    assert not now(floor, callback).state.held
    events = [entry.event for entry in await floor.timeline(visit(callback))]
    assert events[-2:] == ["held", "resumed"]


async def test_a_guest_is_asked_aside_joined_and_dismissed(client, floor):
    callback = in_talk(floor)

    asked = await ask(client, "POST", f"{callback.id}/guest", {"to": {"adviser": "adv06"}, "how": "aside"})
    ringing = await ask(client, "POST", f"{callback.id}/guest/join")
    floor.happen(ev.LegAnswered(floor.now(), now(floor, callback).state.guest.leg))
    joined = await ask(client, "POST", f"{callback.id}/guest/join")
    dismissed = await ask(client, "POST", f"{callback.id}/guest/dismiss")
    nobody = await ask(client, "POST", f"{callback.id}/guest/dismiss")

    assert [each[0] for each in (asked, ringing, joined, dismissed, nobody)] == [200, 409, 200, 200, 409]
    assert floor.person("adv06").state.kind == "free"


@pytest.mark.parametrize("to", [{"adviser": "adv06"}, {"adviser": "adv09"}, {"number": "cio"}, {"queue": "dropout"}])
async def test_nobody_is_sent_on_from_a_callback_and_why_is_told(client, floor, to):
    callback = in_talk(floor)
    before = now(floor, callback)

    status, problem = await ask(client, "POST", f"{callback.id}/guest", {"to": to, "how": "blind"})

    assert (status, problem["detail"]) == (
        409, "A callback stays with who promised it: nobody takes it over, and nobody is sent on.",
    )  # fmt: skip
    assert now(floor, callback) == before


async def test_who_presses_danger_and_goes_leaves_the_person_with_the_help_and_says_what_came_of_it(client, floor):
    callback = in_talk(floor)

    status, _ = await ask(client, "POST", f"{callback.id}/danger", {"to": "119"})
    floor.happen(ev.LegAnswered(floor.now(), now(floor, callback).state.guest.leg))
    gone, _ = await ask(client, "POST", f"{callback.id}/hang-up")
    left = now(floor, callback)
    again, _ = await ask(client, "POST", f"{callback.id}/hang-up")
    said, _ = await ask(client, "POST", f"{callback.id}/outcome", {"outcome": "ALERTE_DANGER", "helpline": "119"})
    floor.happen(ev.LegLeft(floor.now(), left.state.leg, "normal"))

    assert (status, gone, again, said) == (200, 200, 409, 200)
    assert isinstance(left.state, WithGuest)
    assert floor.person("adv05").state.kind == "wrapping_up"
    assert callback.id not in floor.desk_.book.callbacks


async def test_a_talk_is_that_of_its_adviser_and_a_guest_may_only_leave_it_and_reads_nothing_of_the_person(connect):
    floor = FakeFloor(mode="production", access=FakeAccess(), rules_=replace(make_rules(), danger=DANGER))
    callback = in_talk(floor)
    asked_in(floor, callback, "join")
    client, browsers = await connect(floor, token=None), {}

    async def tries(name: str, method: str, what: str = "", body: object = None) -> int:
        code = csrf_code(floor.access.csrf_key, await the_session(floor.access, name))
        headers = browsers[name] | {"X-CSRF": code, "Origin": origin(client)}
        return (await ask(client, method, f"{callback.id}{what}", body, **headers))[0]

    for name, adviser in (("amel", "adv05"), ("ben", "adv06"), ("chloe", "adv07")):
        await floor.access.keep_account(account(name, Role.ADVISER, adviser=adviser), None)
        browsers[name] = await session(floor.access, name)
    assert await tries("chloe", "PUT", "/hold", {"held": True}) == 404
    assert await tries("ben", "PUT", "/hold", {"held": True}) == 409
    assert await tries("ben", "GET") == 404
    assert await tries("ben", "POST", "/outcome", {"outcome": "INFO_DONNEE"}) == 404
    assert await tries("amel", "PUT", "/hold", {"held": True}) == 200
    assert await tries("ben", "POST", "/hang-up") == 200
    assert now(floor, callback).state.guest is None


# -- on the page -----------------------------------------------------------------------------------


async def test_the_page_offers_in_a_callback_what_it_offers_in_a_call_by_the_same_keys(floor):
    callback = in_talk(floor)
    path = f"/api/v1/callbacks/{callback.id}"
    shown = await regions(floor)

    for key, what in (
        ("F4", f'data-send="PUT {path}/hold"'), ("F7", 'data-open="transferer"'), ("F9", 'data-open="danger"'),
        ("Shift+F2", f'data-send="POST {path}/hang-up"'),
    ):  # fmt: skip
        assert f'data-key="{key}"' in shown["poste-appel"]
        assert what in shown["poste-appel"]
    assert f'data-send="POST {path}/danger"' in shown["poste-danger"]
    assert f'data-send="POST {path}/guest"' in shown["poste-cibles"]
    assert "Transférer" not in shown["poste-appel"] + shown["poste-cibles"]
    assert "Files d’attente" not in shown["poste-cibles"]


async def test_a_person_who_is_held_is_told_so_and_the_same_key_takes_them_back(client, floor):
    callback = in_talk(floor)
    await ask(client, "PUT", f"{callback.id}/hold", {"held": True})
    shown = (await regions(floor))["poste-appel"]

    assert "La personne entend la musique, et ne vous entend pas." in shown
    assert '{"held": false}' in shown
    assert "Reprendre" in shown


async def test_a_guest_is_named_with_what_can_be_done_in_each_of_their_states(client, floor):
    callback = in_talk(floor)
    asked_in(floor, callback, comes=False)
    rings = (await regions(floor))["poste-appel"]
    floor.happen(ev.LegAnswered(floor.now(), now(floor, callback).state.guest.leg))
    aside = (await regions(floor))["poste-appel"]
    await ask(client, "POST", f"{callback.id}/guest/join")
    joined = (await regions(floor))["poste-appel"]

    name = floor.rules_.advisers[COLLEAGUE].name
    assert all(name in each for each in (rings, aside, joined))
    assert ("Annuler" in rings, "guest/join" in rings) == (True, False)
    assert ("guest/join" in aside, "guest/dismiss" in aside) == (True, True)
    assert "Si vous raccrochez, la personne reste avec votre invité." in joined
    assert all("hand-over" not in each for each in (rings, aside, joined))


async def test_whoever_is_asked_in_sees_whose_callback_it_is_and_neither_its_card_nor_its_person(floor):
    callback = in_talk(floor)
    asked_in(floor, callback, comes=False)
    rings = await regions(floor, "adv06")
    floor.happen(ev.LegAnswered(floor.now(), now(floor, callback).state.guest.leg))
    aside = await regions(floor, "adv06")
    floor.happen(ev.LegLeft(floor.now(), now(floor, callback).state.adviser_leg, "normal"))
    left = await regions(floor, "adv06")

    name = floor.rules_.advisers[ME].name
    assert f"{name} vous demande" in words(rings["poste-appel"])
    assert 'data-phone="answer"' in rings["poste-appel"]
    assert "ne vous entend pas" in words(aside["poste-appel"])
    assert "vous êtes seul à seul avec la personne" in words(left["poste-appel"])
    for each in (rings, aside, left):
        assert f"/callbacks/{callback.id}/hold" not in each["poste-appel"]
        assert (each["poste-rappel"], each["poste-personne"], each["poste-danger"].strip()) == ("", "", "")
        assert "01 99 00" not in "".join(each.values())


async def test_who_left_the_person_with_a_guest_is_asked_what_came_of_it(floor):
    callback = in_talk(floor)
    asked_in(floor, callback, "join")
    floor.happen(ev.LegLeft(floor.now(), now(floor, callback).state.adviser_leg, "normal"))
    shown = await regions(floor)

    assert shown["poste-appel"] == ""
    assert "vous avez laissé la personne avec votre invité" in shown["poste-rappel"]
    assert 'name="outcome" value="ALERTE_DANGER"' in shown["poste-rappel"]
