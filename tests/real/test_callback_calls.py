"""Callbacks and calls: asked for by phone, and somebody who calls in while we owe them a callback."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import pytest_asyncio

from ops.asterisk.programs import Programs
from ops.robots.scenarios import Pause, Press
from tests.real.callbacks import Callbacks, calling, keys, worked
from tests.real.house import DROPOUT, MAIN, House, events
from tests.real.outside import in_full
from tests.real.witness import witness

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

READ_S = 2.5
"""How long a number takes to be read back."""
ASKS = "2"
"""The key for a callback while one waits."""
LOCKED_S = 4.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("calls")
    async with House(programs, folder / "house", calling(folder / "config", programs)) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def callbacks(house: House) -> AsyncIterator[Callbacks]:
    async with worked(house) as found:
        yield found


# -- asked for by phone -----------------------------------------------------------------------------


async def test_who_waits_can_be_called_back_and_keeps_the_place(callbacks: Callbacks) -> None:
    house, phone = callbacks.house, callbacks.outside.person("talks")
    async with witness(house) as heard:
        first = await house.caller(MAIN, keys("1", ASKS, "1", "1"), number=phone)
        await house.node_is(first, "welcome")
        later = await house.caller(MAIN, keys("1"))
        asked = await callbacks.booked(phone)
        call = await house.call_is(first, "in_flow")
        await heard.is_told(call["id"], asked["reference"])
        await first.hangs_up()
    call = await house.call_is(first, "ended", outcome="callback")
    assert [entry["reference"] for entry in events(call, "booking_made")] == [asked["reference"]]
    await house.call_is(later, "waiting")
    waiting = await callbacks.becomes(asked, "due")
    assert (waiting["line"], waiting["queue"], waiting["kind"]) == ("main", "main", "information")

    await house.phone("adv01")
    await callbacks.calls("adv01", asked)  # before who came later
    await callbacks.becomes(asked, "talking")
    await house.call_is(later, "waiting", place=1)
    await callbacks.becomes(asked, "unsettled")
    await callbacks.outcome(asked, "INFO_DONNEE")
    await house.wish("ready", "adv01")
    await house.call_is(later, "talking", adviser="adv01")
    assert len(callbacks.outside.invites(phone)) == 1


async def test_who_hides_their_number_keys_one_in_and_is_called_back_there(callbacks: Callbacks) -> None:
    house, phone = callbacks.house, callbacks.outside.person("answers")
    async with witness(house) as heard:
        caller = await house.caller(DROPOUT, (*keys("4", phone), Pause(READ_S), *keys("1", "1")), masked=True)
        asked = await callbacks.booked(phone)
        (call,) = [one for one in await house.calls(line="dropout") if one["caller"] is None]
        await heard.is_told(call["id"], asked["reference"])
        await caller.hangs_up()
    said = heard.played[call["id"]]
    read_back = said[said.index("callback.typed") + 1 :][:5]
    assert "".join(each.removeprefix("pair.") for each in read_back) == phone
    assert (asked["line"], asked["queue"], asked["kind"]) == ("dropout", "dropout", "rtf")
    assert asked["legal_deadline_at"] is not None

    await house.phone("adv05")
    await callbacks.calls("adv05", asked)
    await callbacks.becomes(asked, "talking")
    assert len(callbacks.outside.invites(phone)) == 1


async def test_that_it_is_registered_is_said_after_it_is_stored_and_never_before(callbacks: Callbacks) -> None:
    house, phone = callbacks.house, callbacks.outside.person("answers")
    async with witness(house) as heard:
        caller = await house.caller(MAIN, (*keys("1", ASKS, "1"), Pause(LOCKED_S / 2), Press("1")), number=phone)
        call = await house.node_is(caller, "callback_main")

        async def said(prompt: str) -> bool:
            return prompt in heard.played.get(call["id"], ())

        await house.until(partial(said, "callback.asap"), what="the caller is asked when")
        with closing(sqlite3.connect(house.state / "dialer.db", isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(LOCKED_S)  # the fault itself: nothing can be stored
            assert not await said("callback.registered")
            assert not [each for each in await callbacks.all() if each["phone"] == in_full(phone)]
            freed_at = datetime.now(UTC)
            database.execute("ROLLBACK")
        await house.until(partial(said, "callback.registered"), what="it is said")
        assert await callbacks.booked(phone)
        (made,) = events(await house.call_is(caller, "in_flow"), "booking_made")
        assert datetime.fromisoformat(made["at"]) < house.instant(freed_at) - timedelta(seconds=LOCKED_S / 4)


# -- they call us -----------------------------------------------------------------------------------


async def test_who_calls_in_while_we_owe_them_a_callback_is_not_dialled_and_their_adviser_closes_it(
    callbacks: Callbacks,
) -> None:
    house, phone = callbacks.house, callbacks.outside.person("answers")
    asked = await callbacks.ask(phone)
    await callbacks.becomes(asked, "due")
    async with witness(house) as heard:
        caller = await house.caller(number=phone)
        call = await house.call_is(caller, "waiting")
        await callbacks.becomes(asked, "attached", state="due")
        await house.phone("adv01")
        await house.call_is(caller, "talking", adviser="adv01")
        assert not [said for said in heard.played[call["id"]] if said.startswith("callback")]  # nothing personal
    await callbacks.becomes(asked, "joined")
    await callbacks.outcome(asked, "SANS_REPONSE", status=409)  # they are on the phone
    await caller.hangs_up()
    await callbacks.becomes(asked, "unsettled", adviser="adv01")
    await house.adviser_is("adv01", "wrapping_up")
    assert (await callbacks.outcome(asked, "INFO_DONNEE"))["state"] == "closed"
    assert callbacks.outside.invites(phone) == []


async def test_who_calls_in_and_gives_up_is_called_back_after_all(callbacks: Callbacks) -> None:
    house, phone = callbacks.house, callbacks.outside.person("answers")
    asked = await callbacks.ask(phone)
    caller = await house.caller(number=phone)
    await callbacks.becomes(asked, "attached")
    await caller.hangs_up()
    await callbacks.becomes(asked, "due")
    await house.phone("adv01")
    await callbacks.calls("adv01", asked)
    await callbacks.becomes(asked, "talking")
    assert len(callbacks.outside.invites(phone)) == 1


async def test_who_calls_us_while_we_ring_them_is_rung_no_more(callbacks: Callbacks) -> None:
    house, phone = callbacks.house, callbacks.outside.person("absent")
    await house.phone("adv02")
    asked = await callbacks.ask(phone)
    await callbacks.calls("adv02", asked)
    await callbacks.invited(phone)
    caller = await house.caller(number=phone)
    await callbacks.becomes(asked, "attached")
    await house.call_is(caller, "talking", adviser="adv02")  # free at once, and now theirs
    joined = await callbacks.becomes(asked, "joined")
    assert [each["cause"] for each in joined["attempts"]] == ["crossed"]
    await callbacks.is_gone(joined["attempts"][0]["leg"])
    assert "CANCEL" in callbacks.outside.heard(phone)
    assert len(callbacks.outside.invites(phone)) == 1
