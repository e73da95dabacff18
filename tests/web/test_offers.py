"""The card before an adviser: what it shows to whom, and what the adviser does with it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.callbacks.outcomes import CallbackOutcome, Report
from dialer.core.callbacks.told import OutcomeGiven
from dialer.core.words import Cause

from .asking import TOLD, book, dialling, offered, ready, send, talking
from .fake_floor import FakeFloor

pytestmark = pytest.mark.asyncio

ADVISER = "/api/v1/advisers/adv05"
PERSONAL = {
    "first_name", "name", "phone", "asked_by", "situation", "note", "language", "relay", "postcode", "age", "flags",
}  # fmt: skip


async def adviser(client):
    async with client.get(ADVISER) as response:
        assert response.status == 200
        return await response.json()


async def put(client, offer: str, action: object):
    async with client.put(f"/api/v1/offers/{offer}", json={"action": action}) as response:
        return response.status, await response.json()


# -- the card ---------------------------------------------------------------------------------------


async def test_the_card_shows_all_that_the_adviser_needs(client, floor):
    assert (await send(client, TOLD | {"phone": "0692 00 00 01", "postcode": "97400", "birth_date": "2009-06-01"}))[
        0
    ] == 201
    floor.later(3600)  # 15 h 30 there
    floor.ready_advisers("adv05")
    shown = await adviser(client)
    (callback,) = floor.desk_.book.callbacks
    offer = shown["offer"]
    assert {name: offer[name] for name in ("id", "kind", "call", "callback")} == {
        "id": f"{callback}-o1", "kind": "callback", "call": None, "callback": callback,
    }  # fmt: skip
    assert offer["deadline"] == "2026-11-23T10:30:30Z"
    assert shown["card"] is None
    assert offer["card"] == {
        "first_name": "Naïma", "name": "Martin", "phone": "0692 00 00 01", "asked_by": "young_person",
        "situation": "Seconde, arrêtée en mars", "note": "Plutôt en fin de journée", "language": "ar", "relay": True,
        "postcode": "97400", "age": 17, "flags": ["obligation_de_formation"], "kind": "rtf",
        "requested_at": "2026-11-23T09:30:00Z", "source": "web", "territory": "reunion",
        "local_time": "2026-11-23T14:30:00+04:00", "promised": None, "legal_deadline_at": "2026-12-08T22:59:59Z",
        "attempts": [],
    }  # fmt: skip


async def test_without_the_scope_for_callers_the_card_says_nothing_of_the_person(connect):
    floor = FakeFloor(mode="production", tokens={"t": frozenset({"advisers:read", "callbacks:read"})})
    callback = offered(floor, name="Martin", note="secret", situation="Seconde", postcode="75011")
    client = await connect(floor, token="t")
    async with client.get(ADVISER) as response:
        text = await response.text()
    card = (await adviser(client))["offer"]["card"]
    assert {name for name in PERSONAL if card[name] is not None} == set()
    assert card["kind"] == "rtf"
    assert card["territory"] == "metropole"
    assert card["legal_deadline_at"] is not None
    for said in ("Martin", "Naïma", "secret", "Seconde", "75011", "99000001", "99 00 00 01"):
        assert said not in text
    assert callback.id in text


async def test_the_list_of_advisers_and_the_desk_show_the_offer_without_its_card(client, floor):
    callback = offered(floor)
    for path in ("/api/v1/advisers", "/api/v1/desk"):
        async with client.get(path) as response:
            text = await response.text()
        assert callback.state.offer in text
        assert "Naïma" not in text
        assert "99000001" not in text


async def test_of_several_requests_the_newest_word_holds_and_every_note_is_shown(client, floor):
    book(floor, note="d'abord", name="Martin")
    floor.at += timedelta(minutes=1)
    book(floor, note="ensuite", postcode="75011")
    floor.later(1)
    floor.ready_advisers("adv05")
    card = (await adviser(client))["offer"]["card"]
    assert (card["note"], card["name"], card["postcode"]) == ("ensuite\nd'abord", "Martin", "75011")


async def test_the_attempts_so_far_are_on_the_card(client, floor):
    callback = dialling(floor)
    floor.later(5)
    floor.happen(ev.LegLeft(floor.now(), callback.state.leg, Cause.BUSY))
    floor.later(1800)
    card = (await adviser(client))["offer"]["card"]
    assert card["attempts"] == [{"number": 1, "at": "2026-11-23T09:30:01Z", "cause": "busy"}]


async def test_the_offer_stays_while_the_card_is_read_with_the_phone_up(client, floor):
    callback = ready(floor)
    shown = await adviser(client)
    assert (shown["offer"]["id"], shown["offer"]["card"]["first_name"]) == (callback.state.offer, "Naïma")
    assert (await put(client, callback.state.offer, "dial"))[1]["state"] == "dialling"
    shown = await adviser(client)
    assert (shown["offer"], shown["callback"], shown["card"]["first_name"]) == (None, callback.id, "Naïma")


async def test_the_card_of_who_is_talked_to_is_shown_until_it_is_settled(client, floor):
    callback = talking(floor)
    assert (await adviser(client))["card"]["phone"] == "01 99 00 00 01"
    floor.happen(ev.CallbackTold(floor.now(), callback.id, OutcomeGiven(floor.now(), Report(CallbackOutcome.REFUS))))
    floor.later(60)
    floor.happen(ev.LegLeft(floor.now(), callback.state.leg, Cause.NORMAL))
    shown = await adviser(client)
    assert (shown["state"], shown["card"]) == ("wrapping_up", None)


async def test_a_call_has_no_card(client, floor):
    floor.ready_advisers("adv05")
    floor.queue_up("dropout")
    offer = (await adviser(client))["offer"]
    assert (offer["kind"], offer["callback"], offer["card"]) == ("call", None, None)


# -- what is done with it ---------------------------------------------------------------------------


async def test_accepting_rings_the_adviser_and_nobody_else(client, floor):
    callback = offered(floor)
    done = len(floor.commands)
    status, shown = await put(client, callback.state.offer, "accept")
    assert (status, shown["state"], shown["id"]) == (200, "offered", callback.id)
    assert [type(command) for command in floor.commands[done:]] == [cmd.RingAdviser]
    after = floor.open_callback(callback.id)
    assert (after.state.kind, after.attempts) == ("accepted", ())


async def test_dialling_from_the_card_accepts_and_dials_once_the_phone_is_up(client, floor):
    callback = offered(floor)
    assert (await put(client, callback.state.offer, "dial"))[1]["state"] == "offered"
    floor.happen(ev.LegAnswered(floor.now(), callback.state.leg))
    assert floor.open_callback(callback.id).state.kind == "dialling"


async def test_dialling_with_the_phone_up_calls_the_person(client, floor):
    callback = ready(floor)
    status, shown = await put(client, callback.state.offer, "dial")
    assert (status, shown["state"], shown["adviser"]) == (200, "dialling", "adv05")
    assert len(floor.open_callback(callback.id).attempts) == 1


async def test_a_refused_card_returns_to_its_place(client, floor):
    callback = offered(floor)
    status, shown = await put(client, callback.state.offer, "refuse")
    after = floor.open_callback(callback.id)
    assert (status, shown["id"], after.place, after.attempts) == (200, callback.id, callback.place, ())
    assert getattr(after.state, "offer", None) != callback.state.offer


async def test_the_same_card_is_accepted_once(client, floor):
    callback = offered(floor)
    assert (await put(client, callback.state.offer, "accept"))[0] == 200
    status, problem = await put(client, callback.state.offer, "accept")
    assert status == 409
    assert "accepted already" in problem["detail"]


async def test_a_card_that_went_elsewhere_is_no_longer_theirs(client, floor):
    callback = offered(floor)
    floor.later(31)
    for action in ("accept", "refuse", "dial"):
        status, problem = await put(client, callback.state.offer, action)
        assert status == 409
        assert "no longer before that adviser" in problem["detail"]
    assert floor.open_callback(callback.id).attempts == ()


async def test_whoever_calls_in_themselves_meanwhile_is_not_dialled(client, floor):
    callback = ready(floor)
    floor.call_in("main", callback.phone.number)
    status, problem = await put(client, callback.state.offer, "dial")
    assert status == 409
    assert "no longer before that adviser" in problem["detail"]
    assert floor.open_callback(callback.id).attempts == ()


async def test_after_hours_a_dial_is_refused_with_the_gates_sentence(client, floor):
    floor.at = floor.at.replace(hour=18, minute=58)  # two minutes before the line closes, and the hours end
    callback = ready(floor)
    floor.at += timedelta(minutes=3)
    status, problem = await put(client, callback.state.offer, "dial")
    assert status == 409
    assert problem["detail"] == "The line that calls is closed."
    after = floor.open_callback(callback.id)
    assert (after.state.kind, after.attempts) == ("resting", ())


async def test_the_offer_of_a_call_is_answered_on_the_phone(client, floor):
    floor.ready_advisers("adv05")
    call = floor.queue_up("dropout")
    offer = floor.desk_.calls[call].state.offer
    status, problem = await put(client, offer, "accept")
    assert status == 409
    assert "answered on the phone" in problem["detail"]
    assert floor.desk_.calls[call].state.kind == "offered"


@pytest.mark.parametrize("offer", ["cb-00000000-o1", "nothing", "%00", "x" * 200, "-o1", "cb--o", "cb-00000000-ox"])
async def test_an_offer_that_is_not_known_is_404(client, offer):
    assert (await put(client, offer, "accept"))[0] == 404


async def test_the_offer_of_a_callback_that_is_closed_is_over(client, floor):
    callback = offered(floor)
    floor.happen(ev.CallbackTold(floor.now(), callback.id, OutcomeGiven(floor.now(), Report(CallbackOutcome.REFUS))))
    status, problem = await put(client, callback.state.offer, "accept")
    assert status == 409
    assert "closed" in problem["detail"]


@pytest.mark.parametrize("action", ["take", "", None, 7, ["accept"]])
async def test_only_the_three_actions_are_known(client, floor, action):
    callback = offered(floor)
    status, problem = await put(client, callback.state.offer, action)
    assert status == 422
    assert [fault["field"] for fault in problem["errors"]] == ["action"]
    assert floor.open_callback(callback.id) == callback


async def test_only_who_may_write_for_advisers_answers_an_offer(connect):
    floor = FakeFloor(mode="production", tokens={"t": frozenset({"advisers:read", "callbacks:write", "callers:read"})})
    callback = offered(floor)
    assert (await put(await connect(floor, token="t"), callback.state.offer, "accept"))[0] == 403
