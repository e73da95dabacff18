"""An adviser's talk through the API: hold, a guest, handing over, sending on, the danger key; and nobody else's."""

from __future__ import annotations

from dataclasses import replace

import pytest
import pytest_asyncio

from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.access.roles import Role
from dialer.core.access.session import csrf_code
from dialer.core.calls.states import Talking
from dialer.core.rules import DangerTarget
from dialer.core.words import E164, AdviserId, CallId, Cause, ShortNumber, Wish
from tests.store.fake_access import FakeAccess

from .fake_floor import FakeFloor, make_rules
from .signing_in import account, origin, session, the_session

pytestmark = pytest.mark.asyncio

DANGER = {
    "superviseur": DangerTarget("superviseur", "Superviseur", supervisors=(AdviserId("adv06"),)),
    "119": DangerTarget("119", "119, enfance en danger", ShortNumber("119")),
}
CIO = {"cio": E164("+33199000007")}


@pytest.fixture
def floor() -> FakeFloor:
    return FakeFloor(rules_=replace(make_rules(), danger=DANGER, numbers=CIO))


def talking(floor: FakeFloor, adviser: str = "adv05", *phones: str) -> CallId:
    """The adviser talks; the others of `phones` are free, paused, with a phone."""
    floor.ready_advisers(adviser)
    call = floor.queue_up("dropout", "+33199000042")
    floor.pick_up(call)
    assert talk(floor, call).adviser == adviser
    for other in phones or ("adv06", "adv07"):
        floor.happen(ev.PhoneRegistered(floor.now(), AdviserId(other)))
        floor.happen(ev.WishSet(floor.now(), AdviserId(other), Wish.PAUSED))
    return call


def talk(floor: FakeFloor, call: CallId) -> Talking:
    state = floor.desk_.calls[call].state
    assert isinstance(state, Talking)
    return state


def guest_answers(floor: FakeFloor, call: CallId) -> None:
    guest = talk(floor, call).guest
    assert guest is not None
    floor.happen(ev.LegAnswered(floor.now(), guest.leg))


async def ask(client, method, path, body=None, **headers):
    async with client.request(method, f"/api/v1/calls/{path}", json=body, headers=headers) as response:
        return response.status, await response.json()


async def test_the_caller_is_held_and_taken_back(client, floor):
    call = talking(floor)

    held = await ask(client, "PUT", f"{call}/hold", {"held": True})
    shown = await ask(client, "GET", call)
    back = await ask(client, "PUT", f"{call}/hold", {"held": False})

    assert (held[0], held[1]["held"], held[1]["guest"]) == (200, True, None)
    assert shown[1]["held"] is True
    assert (back[0], back[1]["held"]) == (200, False)
    assert [entry["event"] for entry in back[1]["timeline"]][-2:] == ["held", "resumed"]


async def test_a_guest_is_asked_aside_joined_and_takes_the_call(client, floor):
    call = talking(floor)

    _, asked = await ask(client, "POST", f"{call}/guest", {"to": {"adviser": "adv06"}, "how": "aside"})
    guest_answers(floor, call)
    _, aside = await ask(client, "GET", call)
    _, joined = await ask(client, "POST", f"{call}/guest/join")
    status, over = await ask(client, "POST", f"{call}/guest/hand-over")

    assert asked["held"] is True
    assert {key: asked["guest"][key] for key in ("kind", "id", "name", "state")} == {
        "kind": "adviser", "id": "adv06", "name": "Farid Guérin", "state": "ringing",
    }  # fmt: skip
    assert aside["guest"]["state"] == "aside"
    assert (joined["guest"]["state"], joined["held"]) == ("joined", False)
    assert (status, over["adviser"], over["guest"], over["state"]) == (200, "adv06", None, "talking")


async def test_a_guest_is_dismissed_and_the_talk_is_hung_up(client, floor):
    call = talking(floor)
    await ask(client, "POST", f"{call}/guest", {"to": {"number": "cio"}, "how": "join"})

    dismissed = await ask(client, "POST", f"{call}/guest/dismiss")
    ended = await ask(client, "POST", f"{call}/hang-up")

    assert (dismissed[1]["guest"], dismissed[1]["held"]) == (None, False)
    assert (ended[0], ended[1]["state"], ended[1]["outcome"]) == (200, "ended", "answered")


async def test_sent_on_to_a_colleague_is_an_offer_that_no_rule_chose(client, floor):
    call = talking(floor)

    status, sent = await ask(client, "POST", f"{call}/guest", {"to": {"adviser": "adv06"}, "how": "blind"})
    floor.miss(call)
    _, missed = await ask(client, "GET", call)

    assert (status, sent["state"], sent["adviser"]) == (200, "offered", "adv06")
    assert [(each["adviser"], each["why"] is None, each["result"]) for each in missed["offers"]] == [
        ("adv05", False, "answered"), ("adv06", True, "missed"),
    ]  # fmt: skip
    assert (missed["state"], missed["place"], missed["places"][-1]["until"]) == ("waiting", 1, None)


async def test_sent_on_to_a_number_it_is_forwarded_and_the_number_shown_by_its_name(client, floor):
    call = talking(floor)

    status, sent = await ask(client, "POST", f"{call}/guest", {"to": {"number": "cio"}, "how": "blind"})

    assert (status, sent["state"]) == (200, "forwarded")
    assert (sent["guest"]["kind"], sent["guest"]["name"], sent["guest"]["state"]) == ("number", "cio", "ringing")
    assert "99000007" not in str(sent)
    desk = await (await client.get("/api/v1/desk")).json()
    assert [each["state"] for each in desk["calls"]] == ["forwarded"]


async def test_sent_on_to_a_queue_they_wait_there(client, floor):
    call = talking(floor)

    status, sent = await ask(client, "POST", f"{call}/guest", {"to": {"queue": "main"}, "how": "blind"})

    assert (status, sent["state"], sent["queue"], sent["place"]) == (200, "waiting", "main", 1)


@pytest.mark.parametrize(("to", "dials"), [("119", "119"), ("superviseur", None)])
async def test_the_danger_key_brings_help_at_once(client, floor, to, dials):
    call = talking(floor)

    status, shown = await ask(client, "POST", f"{call}/danger", {"to": to})

    assert (status, shown["held"], shown["guest"]["state"]) == (200, False, "ringing")
    assert [each.number for each in floor.commands if isinstance(each, cmd.DialOutside)] == ([dials] if dials else [])


async def test_when_no_supervisor_is_free_the_adviser_is_told_at_once_why(client, floor):
    call = talking(floor, "adv05", "adv07")

    status, told = await ask(client, "POST", f"{call}/danger", {"to": "superviseur"})

    assert (status, told["detail"]) == (409, "No supervisor is free with a phone now. Choose another target.")


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("guest", {"to": {}, "how": "aside"}, "to"),
        ("guest", {"to": {"adviser": "adv06", "queue": "main"}, "how": "blind"}, "to"),
        ("guest", {"to": {"phone": "0199000001"}, "how": "blind"}, "to.phone"),
        ("guest", {"to": {"adviser": "adv06"}, "how": "softly"}, "how"),
        ("guest", {"to": {"queue": "main"}, "how": "aside"}, ""),
        ("danger", {}, "to"),
    ],
)
async def test_what_is_not_whole_is_refused_with_where_and_nothing_is_done(client, floor, path, body, field):
    call = talking(floor)
    before = len(floor.commands)

    status, told = await ask(client, "POST", f"{call}/{path}", body)

    assert status in (400, 422)
    assert field in [each["field"] for each in told["errors"]]
    assert len(floor.commands) == before


@pytest.mark.parametrize(
    ("path", "body", "why"),
    [
        ("guest/join", None, "Nobody was asked into this talk."),
        ("guest", {"to": {"adviser": "adv07"}, "how": "aside"}, "This colleague is not free, has no phone or is away."),
        ("guest", {"to": {"structure": "none"}, "how": "aside"}, "There is nobody and nothing of this name"),
    ],
)
async def test_what_cannot_be_done_now_is_told_why(client, floor, path, body, why):
    call = talking(floor, "adv05", "adv06")

    status, told = await ask(client, "POST", f"{call}/{path}", body)

    assert status == 409
    assert told["detail"].startswith(why)


async def test_without_asterisk_nothing_is_begun(client, floor):
    call = talking(floor)
    floor.lose_link()

    assert (await ask(client, "PUT", f"{call}/hold", {"held": True}))[0] == 409


@pytest.mark.parametrize("stage", ["waiting", "ended", "unknown"])
async def test_outside_of_a_talk_there_is_nothing_to_do(client, floor, stage):
    call = floor.queue_up() if stage != "unknown" else CallId("none")
    if stage == "ended":
        floor.leave(call)

    status, _ = await ask(client, "POST", f"{call}/hang-up")

    assert status == (404 if stage == "unknown" else 409)


# -- whose it is ------------------------------------------------------------------------------------


@pytest_asyncio.fixture
async def signed_in(connect, floor):
    """``await signed_in("adv05")``: an adviser's browser; ``await signed_in(None)``: a supervisor's."""
    floor.access = FakeAccess()
    client = await connect(floor, token=None)

    async def of(adviser: str | None):
        name = adviser or "chef"
        role = Role.ADVISER if adviser else Role.SUPERVISOR
        await floor.access.keep_account(account(name, role, adviser=adviser), None)
        headers = await session(floor.access, name)
        code = csrf_code(floor.access.csrf_key, await the_session(floor.access, name))

        async def asked(method, path, body=None):
            sent = headers | {"X-CSRF": code, "Origin": origin(client)}
            return await ask(client, method, path, body, **sent)

        return asked

    return of


async def test_an_adviser_acts_in_their_own_talk_alone(signed_in, floor):
    call = talking(floor)
    theirs, other, lead = await signed_in("adv05"), await signed_in("adv06"), await signed_in(None)

    assert (await theirs("PUT", f"{call}/hold", {"held": True}))[0] == 200
    assert (await other("PUT", f"{call}/hold", {"held": False}))[0] == 404
    assert (await lead("PUT", f"{call}/hold", {"held": False}))[0] == 403
    assert talk(floor, call).held


async def test_whoever_handed_a_call_over_sees_its_number_no_more(signed_in, floor):
    call = talking(floor)
    theirs = await signed_in("adv05")
    before = (await theirs("POST", f"{call}/guest", {"to": {"adviser": "adv06"}, "how": "aside"}))[1]
    guest_answers(floor, call)

    after = (await theirs("POST", f"{call}/guest/hand-over"))[1]

    assert (before["caller"], after["caller"]) == ("+33199000042", "+33 … 42")
    assert (await theirs("POST", f"{call}/hang-up"))[0] == 404


async def test_a_guest_may_leave_the_talk_and_do_nothing_else_in_it(signed_in, floor):
    call = talking(floor)
    floor.happen(ev.WishSet(floor.now(), AdviserId("adv06"), Wish.PAUSED))
    theirs, guest = await signed_in("adv05"), await signed_in("adv06")
    await theirs("POST", f"{call}/guest", {"to": {"adviser": "adv06"}, "how": "join"})
    guest_answers(floor, call)

    assert (await guest("PUT", f"{call}/hold", {"held": True}))[0] == 409
    status, shown = await guest("POST", f"{call}/hang-up")

    assert (status, shown["guest"], shown["state"], shown["caller"]) == (200, None, "talking", "+33 … 42")


# -- whom one can be put through to -----------------------------------------------------------------


async def test_the_targets_are_all_colleagues_all_queues_the_named_numbers_and_who_helps(floor):
    talking(floor, "adv05", "adv07")
    floor.happen(ev.WishSet(floor.now(), AdviserId("adv07"), Wish.AWAY))

    found = floor.transfer_targets(AdviserId("adv05"))

    assert "adv05" not in [each.id for each in found.advisers]
    assert [each.id for each in found.advisers if each.free] == []
    assert [(each.id, each.why_not) for each in found.queues] == [
        ("main", None),
        ("dropout", None),
        ("parcoursup", None),
    ]
    assert found.numbers == ("cio",)
    assert [(each.id, each.kind, each.reached) for each in found.danger] == [
        ("superviseur", "supervisor", False), ("119", "number", True),
    ]  # fmt: skip
    floor.happen(ev.PhoneRegistered(floor.now(), AdviserId("adv06")))
    assert [each.reached for each in floor.transfer_targets(AdviserId("adv05")).danger] == [False, True], "still away"
    floor.happen(ev.WishSet(floor.now(), AdviserId("adv06"), Wish.PAUSED))
    assert [each.reached for each in floor.transfer_targets(AdviserId("adv05")).danger] == [True, True]
    assert [each.id for each in floor.transfer_targets(AdviserId("adv05")).advisers if each.free] == ["adv06"]
    theirs = floor.transfer_targets(AdviserId("adv06"))
    assert [each.reached for each in theirs.danger] == [False, True], "nobody helps themselves"


async def test_the_page_of_a_call_tells_what_was_done_in_it(client, floor):
    call = talking(floor)
    await ask(client, "POST", f"{call}/guest", {"to": {"adviser": "adv06"}, "how": "aside"})
    floor.happen(ev.LegLeft(floor.now(), talk(floor, call).guest.leg, Cause.BUSY))

    text = await (await client.get(f"/appels/{call}")).text()

    assert "Élodie Ferrand appelle Farid Guérin, pour lui parler d’abord." in text
    assert "Farid Guérin est en ligne ailleurs." in text
