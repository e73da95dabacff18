"""Who is offered which caller, what becomes of an offer, and what an adviser's wish does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import pytest
import pytest_asyncio

from ops.asterisk.programs import Programs
from tests.real.house import DROPOUT, PARCOURSUP, Caller, House, Json, events, nodes
from tests.real.quick import quick

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("routing")
    small = {"wrap_up_max_s": 0.5, "size_max": 1, "wait_max_s": 10}
    config = quick(folder / "config", programs, {"parcoursup": small})
    async with House(programs, folder, config) as house:
        yield house


def seconds(call: Json, later: str, earlier: str) -> float:
    """Between the first entries of these kinds in a call's timeline."""
    found = [datetime.fromisoformat(next(events(call, event))["at"]) for event in (later, earlier)]
    return (found[0] - found[1]).total_seconds()


async def test_the_longest_idle_adviser_is_chosen(house: House) -> None:
    await house.phone("adv03", "adv01", "adv04", "adv02")  # ready in this order
    talks = []
    for _ in range(4):
        talks.append(await house.call_is(await house.caller(), "talking"))
    assert [talk["adviser"] for talk in talks] == ["adv03", "adv01", "adv04", "adv02"]
    assert [talk["offers"][0]["why"]["candidates"] for talk in talks] == [4, 3, 2, 1]


async def test_who_paused_in_between_is_idle_from_their_return(house: House) -> None:
    await house.phone("adv01", "adv02")
    await house.wish("paused", "adv01", reason="café")
    await house.wish("ready", "adv01")
    assert (await house.call_is(await house.caller(), "talking"))["adviser"] == "adv02"


async def test_skill_comes_before_idleness_even_when_both_levels_are_open(house: House) -> None:
    await house.phone("adv06", rings_s=2.5, refuses="603 Decline")
    caller = await house.caller(DROPOUT)
    await house.call_is(caller, "offered", adviser="adv06")
    await house.phone("adv01", "adv09", "adv05")  # dropout: level 2, none, level 1
    talk = await house.call_is(caller, "talking")
    assert any(events(talk, "level_opened"))
    assert (talk["adviser"], talk["offers"][-1]["why"]["level"]) == ("adv05", 1)


async def test_the_second_level_is_asked_after_its_time_and_the_place_is_kept(house: House) -> None:
    await house.phone("adv01", ready=False)  # dropout: level 2
    first = await house.caller(DROPOUT)
    await house.call_is(first, "waiting", place=1)
    second = await house.caller(DROPOUT)
    await house.call_is(second, "waiting", place=2)
    await house.wish("ready", "adv01")
    talk = await house.call_is(first, "talking")
    assert (talk["adviser"], talk["offers"][0]["why"]["level"]) == ("adv01", 2)
    assert 2.0 <= seconds(talk, "offered", "queued") < 4.0
    assert len(talk["places"]) == 1
    assert (await house.call_is(second, "waiting"))["place"] == 1


@pytest.mark.parametrize("refuses", ["", "603 Decline"], ids=["no answer", "rejected"])
async def test_a_caller_whom_an_adviser_missed_is_answered_before_who_came_later(house: House, refuses: str) -> None:
    await house.phone("adv01", ready=False, rings_s=0.1 if refuses else 60, refuses=refuses)
    await house.phone("adv02", ready=False)
    first = await house.caller()
    await house.call_is(first, "waiting")
    second = await house.caller()
    await house.call_is(second, "waiting")
    await house.wish("ready", "adv01")
    await house.until(lambda: offers(house, first), what="the first caller is offered")
    await house.wish("away", "adv01")  # so that nobody is asked again
    await house.call_is(first, "waiting", place=1)
    await house.wish("ready", "adv02")
    talk = await house.call_is(first, "talking")
    assert talk["adviser"] == "adv02"
    assert {(offer["adviser"], offer["cause"]) for offer in talk["offers"][:-1]} == {
        ("adv01", "rejected" if refuses else "no_answer")
    }
    assert len(talk["places"]) == 1
    await house.call_is(second, "waiting", place=1)


async def offers(house: House, caller: Caller) -> bool:
    found = await house.call(caller)
    return found is not None and bool(found["offers"])


async def test_who_missed_two_in_a_row_is_paused_and_told_why(house: House) -> None:
    await house.phone("adv01", refuses="603 Decline")
    await house.caller()

    async def paused() -> Json | None:
        found = await house.adviser("adv01")
        return found if found["wish"] == "paused" else None

    found = await house.until(paused, what="adv01 is paused")
    assert (found["wish_by"], found["reason"]) == ("system", "2 appels présentés sans réponse")
    assert (found["state"], found["offer"]) == ("free", None)


async def test_a_busy_phone_is_no_fault_and_the_next_adviser_is_asked_at_once(house: House) -> None:
    await house.phone("adv01", refuses="486 Busy Here")
    await house.phone("adv02")
    talk = await house.call_is(await house.caller(), "talking")
    assert [(offer["adviser"], offer["cause"]) for offer in talk["offers"]] == [("adv01", "busy"), ("adv02", None)]
    assert (await house.adviser("adv01"))["wish"] == "ready"


async def test_a_phone_that_is_gone_is_not_waited_for(house: House) -> None:
    await house.phone("adv01", rings_s=60)
    caller = await house.caller()
    await house.call_is(caller, "offered")
    await house.phone("adv02")
    await house.unregister("adv01")
    talk = await house.call_is(caller, "talking", limit_s=2)
    assert [(offer["adviser"], offer["cause"]) for offer in talk["offers"]] == [
        ("adv01", "unreachable"),
        ("adv02", None),
    ]
    assert (await house.adviser("adv01"))["state"] == "unreachable"


async def test_ready_during_wrap_up_ends_it(house: House) -> None:
    await house.phone("adv01")
    caller = await house.caller()
    await house.call_is(caller, "talking")
    await caller.hangs_up()
    await house.adviser_is("adv01", "wrapping_up")
    waiting = await house.caller()
    await house.call_is(waiting, "waiting")
    await house.wish("ready", "adv01")
    assert (await house.call_is(waiting, "talking"))["adviser"] == "adv01"


async def test_at_its_limit_a_wrap_up_ends_in_a_pause_with_the_reason_and_not_ready(house: House) -> None:
    await house.phone("adv09")
    caller = await house.caller(PARCOURSUP)
    await house.call_is(caller, "talking")
    await caller.hangs_up()
    found = await house.adviser_is("adv09", "free")
    assert (found["wish"], found["wish_by"], found["reason"]) == ("paused", "system", "fiche à finir")


async def test_a_full_queue_and_a_wait_that_is_too_long_are_said_honestly(house: House) -> None:
    patient = await house.caller(PARCOURSUP)
    await house.call_is(patient, "waiting")
    surplus = await house.caller(PARCOURSUP)
    assert await surplus.left() == 0  # told, and hung up on
    refused = await house.call_is(surplus, "ended", outcome="turned_away", queue="parcoursup")
    assert nodes(refused)[-3:] == ["full", "offer", "turned_away"]
    assert await patient.left() == 0
    gave_up = await house.call_is(patient, "ended", outcome="turned_away")
    assert nodes(gave_up)[-3:] == ["too_long", "offer", "turned_away"]
    assert 10.0 <= seconds(gave_up, "left_queue", "queued") < 13.0
