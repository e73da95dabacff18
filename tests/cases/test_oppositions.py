"""Never to be called again: it holds at once, for all that is promised to the number, and for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from dialer import messages
from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.callbacks.outcomes import CallbackOutcome, Report
from dialer.core.callbacks.states import Callback, CallbackId
from dialer.core.callbacks.told import CardAccepted, DialAsked, OutcomeGiven
from dialer.core.words import E164, AdviserId, By, Cause, Wish
from dialer.messages import Messenger
from dialer.web.app import make_app
from dialer.web.rappel.links import link_of
from dialer.web.rappel.reception import Rappel
from tests.cases.conftest import KEY, Office, Silence, StartOffice
from tests.messages_world import Page, Sent, SmsGateway, until

pytestmark = pytest.mark.asyncio
DAY = timedelta(days=1)
OURS, OTHER = "01 99 00 00 01", "01 99 00 00 02"
NUMBER = E164("+33199000001")
ADVISER = AdviserId("adv05")


@pytest.fixture
def trunk(monkeypatch: pytest.MonkeyPatch) -> list[cmd.Command]:
    """All that Asterisk is asked."""
    asked: list[cmd.Command] = []
    monkeypatch.setattr(Silence, "perform", lambda _, command: asked.append(command))
    return asked


def dialled(trunk: list[cmd.Command], number: E164 = NUMBER) -> list[cmd.Command]:
    return [each for each in trunk if isinstance(each, cmd.DialOutside) and each.number == number]


def live(house: Office, callback: str) -> Callback:
    return house.runner.desk.book.callbacks[CallbackId(callback)]


async def stored(house: Office, callback: str) -> tuple[str, str | None]:
    row = await house.store.callback(CallbackId(callback))
    return row.state, row.outcome


async def ready(house: Office) -> None:
    await house.happen(ev.PhoneRegistered(house.clock.at, ADVISER))
    await house.happen(ev.WishSet(house.clock.at, ADVISER, Wish.READY))


async def ringing(house: Office) -> dict[str, Any]:
    """A callback whose person's telephone rings."""
    booked = await house.book(OURS)
    await house.later(seconds=1)
    await ready(house)
    state = live(house, booked["id"]).state
    await house.happen(CardAccepted(house.clock.at, state.offer))
    await house.happen(ev.LegAnswered(house.clock.at, state.leg))
    await house.happen(DialAsked(house.clock.at, state.offer))
    assert live(house, booked["id"]).state.kind == "dialling"
    return booked


async def talking(house: Office) -> dict[str, Any]:
    booked = await ringing(house)
    await house.happen(ev.LegAnswered(house.clock.at, live(house, booked["id"]).state.leg))
    assert live(house, booked["id"]).state.kind == "talking"
    return booked


async def opposes(house: Office, token: str, **whose: str) -> tuple[int, Any]:
    return await house.ask("POST", "/oppositions", token, json=whose)


async def a_day_with_somebody_free(house: Office) -> None:
    """Everything that could be dialled is."""
    await ready(house)
    for _ in range(9):
        await house.later(hours=1)
        await house.happen(ev.WishSet(house.clock.at, ADVISER, Wish.READY))


async def test_everything_promised_to_the_number_ends_at_once_and_a_restart_keeps_it(
    office: StartOffice, trunk: list[cmd.Command]
) -> None:
    house = await office()
    token = await house.token("bruno", "callbacks:write")
    due = await house.book(OURS)
    sibling = await house.book(OURS, first_name="Sami", birth_date="2010-01-02")
    other = await house.book(OTHER, first_name="Léa")
    assert due["case"] != sibling["case"]
    await house.later(seconds=1)
    status, told = await opposes(house, token, phone="0199000001")
    assert (status, set(told["ended"]), told["talking"]) == (200, {due["id"], sibling["id"]}, [])
    assert await stored(house, due["id"]) == ("closed", "OPPOSITION")
    assert (await house.store.cases.file(due["case"])).value.case.ended.outcome is CallbackOutcome.OPPOSITION

    again = await house.book(OURS, first_name="Zoé", birth_date="2007-01-02")
    house = await office()
    await a_day_with_somebody_free(house)
    assert dialled(trunk) == []
    assert live(house, again["id"]).attempts == ()
    offers = [each for each in trunk if isinstance(each, cmd.RingAdviser)]
    assert offers == [], "nobody accepted the card of the other, and nobody else has one"
    assert live(house, other["id"]).state.kind != "closed"


async def test_what_rings_is_hung_up(office: StartOffice, trunk: list[cmd.Command]) -> None:
    house = await office()
    booked = await ringing(house)
    leg = live(house, booked["id"]).state.leg
    assert len(dialled(trunk)) == 1
    token = await house.token("bruno", "callbacks:write")
    status, told = await opposes(house, token, reference=booked["reference"])
    assert (status, told) == (200, {"ended": [booked["id"]], "talking": []})
    assert cmd.HangUp(leg) in trunk
    await house.happen(ev.LegLeft(house.clock.at, leg, Cause.NORMAL))
    assert await stored(house, booked["id"]) == ("closed", "OPPOSITION")
    await a_day_with_somebody_free(house)
    assert len(dialled(trunk)) == 1


async def test_what_rests_after_a_try_is_tried_no_more(office: StartOffice, trunk: list[cmd.Command]) -> None:
    house = await office()
    booked = await ringing(house)
    await house.happen(ev.LegLeft(house.clock.at, live(house, booked["id"]).state.leg, Cause.BUSY))
    assert live(house, booked["id"]).state.kind == "resting"
    await opposes(house, await house.token("bruno", "callbacks:write"), phone=OURS)
    await a_day_with_somebody_free(house)
    assert len(dialled(trunk)) == 1
    assert await stored(house, booked["id"]) == ("closed", "OPPOSITION")


@pytest.mark.parametrize("said", [None, CallbackOutcome.TIERS_JOINT])
async def test_a_talk_goes_on_and_then_there_is_nothing_more(
    office: StartOffice, trunk: list[cmd.Command], said: CallbackOutcome | None
) -> None:
    house = await office()
    booked = await talking(house)
    before = len(trunk)
    token = await house.token("bruno", "callbacks:write")
    for _ in range(2):
        status, told = await opposes(house, token, phone=OURS)
        assert (status, told) == (200, {"ended": [], "talking": [booked["id"]]})
    assert trunk[before:] == [], "nobody is cut off"
    state = live(house, booked["id"]).state
    if said is not None:  # the adviser writes down another outcome, which leads to another try
        event = OutcomeGiven(house.clock.at, Report(said), By.PERSON)
        await house.happen(ev.CallbackTold(house.clock.at, CallbackId(booked["id"]), event))
    await house.happen(ev.LegLeft(house.clock.at, state.leg, Cause.NORMAL))
    await a_day_with_somebody_free(house)
    assert len(dialled(trunk)) == 1
    if said is None:
        assert await stored(house, booked["id"]) == ("closed", "OPPOSITION")


async def test_a_list_that_is_imported_afterwards_is_not_dialled_where_it_opposed(
    office: StartOffice, trunk: list[cmd.Command]
) -> None:
    house = await office()
    await opposes(house, await house.token("bruno", "callbacks:write"), phone=OURS)
    house = await office()
    lines = "phone,first_name,birth_date,asked_by,wish,notice_read\n" + "".join(
        f"{number},Naïma,2008-03-21,young_person,asap,oui\n" for number in (OURS, OTHER)
    )
    status, _ = await house.ask(
        "POST", "/callbacks/import?dry_run=false", data=lines.encode(), headers={"Content-Type": "text/csv"}
    )
    assert status == 201
    await house.later(seconds=1)
    await ready(house)
    (offered,) = [each for each in house.runner.desk.book.callbacks.values() if each.state.kind == "offered"]
    assert offered.phone.number != NUMBER
    (kept,) = house.runner.desk.book.of_number(NUMBER)
    assert (kept.state.kind, kept.gate.reason) == ("unsettled", "opposed")


async def test_only_who_answers_for_people_s_data_is_told_whether_a_number_is_opposed(office: StartOffice) -> None:
    house = await office()
    booked = await house.book(OURS)
    caller, officer = await house.token("bruno", "callbacks:write"), await house.token("anna", "persons")
    for query in ("phone=0199000001", "phone=%2B33199000001", "phone=+33199000001", f"reference={booked['reference']}"):
        assert await house.ask("GET", f"/oppositions?{query}", officer) == (200, {"opposed": False})
        assert (await house.ask("GET", f"/oppositions?{query}", caller))[0] == 403
    assert (await opposes(house, officer, phone=OURS))[0] == 403, "who may look may not end what is promised"
    first, second = [await opposes(house, caller, phone=OURS) for _ in range(2)]
    assert second == (200, {"ended": [], "talking": []}) == await opposes(house, caller, phone=OTHER)
    assert first[1]["ended"] == [booked["id"]]
    house = await office()
    for query in ("phone=0199000001", f"reference={booked['reference']}"):
        assert await house.ask("GET", f"/oppositions?{query}", officer) == (200, {"opposed": True})
    journal = [entry async for entry in house.store.records(house.clock.at - DAY, house.clock.at + DAY)]
    told = [dict(entry.data) for entry in journal if entry.event == "number_opposed"]
    assert told == [{"by": "bruno"}] * 3, "who said it, and nothing of whose number it is"


async def test_what_is_no_number_and_no_request_of_ours_is_refused_and_nothing_changes(office: StartOffice) -> None:
    house = await office()
    await house.book(OURS)
    token = await house.token("bruno", "callbacks:write")
    wrong: tuple[dict[str, Any], ...] = (
        {}, {"phone": OURS, "reference": "12345674"}, {"phone": " "}, {"phone": "0800 12 25 00"}, {"phone": "15"},
        {"phone": "+49301234567"}, {"phone": 199000001},
    )  # fmt: skip
    for whose in wrong:
        status, problem = await opposes(house, token, **whose)
        assert (status, [fault["field"] for fault in problem["errors"]]) == (422, ["phone"]), whose
        assert "0199" not in str(problem)
    assert (await opposes(house, token, number=OURS))[0] == 422
    assert (await opposes(house, token, reference="00000000"))[0] == 404
    assert not house.floor.is_opposed(NUMBER)
    assert len(house.runner.desk.book.callbacks) == 1


# -- messages ---------------------------------------------------------------------------------------


async def test_no_message_goes_to_who_opposed_before_or_after_they_asked(
    office: StartOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "GATHER_S", 0.005)
    house = await office()
    token, sms = await house.token("bruno", "callbacks:write"), SmsGateway()
    messenger = Messenger(
        house.store, house.runner.desk.book, await sms.open(), Page(), KEY, house.clock, house.floor.changes, Sent()
    )  # type: ignore[arg-type]
    task = asyncio.create_task(messenger.run())
    try:
        await until_kept(house, lambda kept: kept is not None)
        before, after, other = "06 00 00 00 01", "06 00 00 00 02", "06 00 00 00 03"
        house.clock.at = house.clock.at.replace(hour=2)  # at night nothing is sent
        await house.book(before, first_name="Léa")
        for phone in (before, after):
            assert (await opposes(house, token, phone=phone))[0] == 200
        await house.book(after, first_name="Ali")
        await house.book(other, first_name="Inès")
        await house.later(hours=8)
        house.floor.changes.tell()
        await until(lambda: bool(sms.messages))
        await until_kept(house, lambda kept: kept["owed"] == [])
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await messenger.close()
        await sms.close()
    assert {body["to"] for body in sms.heard} == {"+33600000003"}


async def until_kept(house: Office, condition: Callable[[Any], bool]) -> None:
    """What is written down of messages is so."""
    async with asyncio.timeout(10):
        while not condition(await house.store.setting("messages")):  # noqa: ASYNC110 - a condition of the database
            await asyncio.sleep(0.005)


# -- by the person themselves -----------------------------------------------------------------------


@asynccontextmanager
async def page_of(house: Office) -> AsyncIterator[TestClient]:
    client = TestClient(TestServer(make_app(house.floor, rappel=Rappel()), host="127.0.0.1"))
    await client.start_server()
    try:
        yield client
    finally:
        await client.close()


async def test_the_person_says_it_by_their_own_link_and_a_restart_keeps_it(
    office: StartOffice, trunk: list[cmd.Command]
) -> None:
    house = await office()
    booked = await ringing(house)
    leg = live(house, booked["id"]).state.leg
    link = f"/rappel/suivi/{link_of(booked['reference'], CallbackId(booked['id']), KEY)}"
    async with page_of(house) as client:
        async with client.get(f"{link}/opposition") as response:
            assert "celui qui finit par" not in await response.text()
            assert cmd.HangUp(leg) not in trunk, "it is asked once more"
        async with client.post(f"{link}/opposition") as response:
            assert "nous ne vous appellerons plus" in await response.text()
    assert cmd.HangUp(leg) in trunk
    house = await office()
    assert house.floor.is_opposed(NUMBER)
    async with page_of(house) as client, client.get(link) as response:
        assert "Vous nous avez demandé de ne plus appeler ce numéro." in await response.text()
