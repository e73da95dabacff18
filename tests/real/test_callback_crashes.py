"""Exactly once, at the two instants that matter: before the intent is stored, and between the intent and the dial.

`test_chaos` draws its instants; these are made to happen.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing

import pytest
import pytest_asyncio

from ops.asterisk.programs import Programs
from tests.real.callbacks import Callbacks, calling, worked
from tests.real.house import House, Json

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

LOCKED_S = 1.5


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("crashes")
    async with House(programs, folder / "house", calling(folder / "config", programs)) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def callbacks(house: House) -> AsyncIterator[Callbacks]:
    async with worked(house) as found:
        yield found


async def ready_to_dial(callbacks: Callbacks, phone: str) -> tuple[Json, Json]:
    """The callback of this person, whose adviser is up, and the offer."""
    await callbacks.house.phone("adv01")
    asked = await callbacks.ask(phone)
    offer = await callbacks.card("adv01", asked)
    await callbacks.put(offer, "accept")
    await callbacks.becomes(asked, "ready")
    return asked, offer


async def test_nobody_is_dialled_whose_attempt_is_not_stored(callbacks: Callbacks) -> None:
    """The disk is held up as the adviser says `dial`, and then the controller dies: that attempt never was."""
    house, phone = callbacks.house, callbacks.outside.person("answers")
    asked, offer = await ready_to_dial(callbacks, phone)
    with closing(sqlite3.connect(house.state / "dialer.db", isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        dial = asyncio.create_task(callbacks.send("PUT", f"/offers/{offer['id']}", {"action": "dial"}))
        await asyncio.sleep(LOCKED_S)  # the fault itself
        assert not dial.done()
        assert callbacks.outside.invites(phone) == []
        await house.kill()
    await asyncio.gather(dial, return_exceptions=True)
    await house.start()
    found = await callbacks.becomes(asked, "ready")
    assert found["attempts"] == []
    await callbacks.put(offer, "dial")
    talking = await callbacks.becomes(asked, "talking")
    assert [attempt["number"] for attempt in talking["attempts"]] == [1]
    assert len(callbacks.outside.invites(phone)) == 1


async def test_a_dial_that_was_on_its_way_to_asterisk_as_the_controller_died_is_found_and_not_made_again(
    callbacks: Callbacks,
) -> None:
    house, phone = callbacks.house, callbacks.outside.person("absent")
    asked, offer = await ready_to_dial(callbacks, phone)
    asterisk = house.asterisk_pid()
    os.kill(asterisk, signal.SIGSTOP)
    await callbacks.put(offer, "dial")  # stored, and asked for: Asterisk has yet to hear it
    await house.kill()
    assert callbacks.outside.invites(phone) == []
    os.kill(asterisk, signal.SIGCONT)
    await callbacks.invited(phone)
    await house.start()
    assert [entry["fate"] for entry in await callbacks.told(asked, "callback_attempt_found")] == ["ringing"]
    await callbacks.becomes(asked, "dialling")
    await callbacks.cancel(asked)
    await house.until(house.is_quiet, what="every leg is gone")
    assert len(callbacks.outside.invites(phone)) == 1


async def test_an_attempt_that_nobody_can_know_of_waits_for_a_person_and_is_never_dialled_blindly(
    callbacks: Callbacks,
) -> None:
    """Both die between the intent and the dial. Nobody was rung; from here that cannot be told from who was."""
    house, phone = callbacks.house, callbacks.outside.person("answers")
    asked, offer = await ready_to_dial(callbacks, phone)
    asterisk = house.asterisk_pid()
    os.kill(asterisk, signal.SIGSTOP)
    await callbacks.put(offer, "dial")
    await house.kill()
    os.kill(asterisk, signal.SIGKILL)
    await house.start()
    unknown = await callbacks.becomes(asked, "unsettled")
    assert [attempt["cause"] for attempt in unknown["attempts"]] == ["unknown"]
    assert [entry["why"] for entry in await callbacks.told(asked, "callback_for_person")] == ["unknown"]
    await house.phone("adv01")
    other = await callbacks.ask(callbacks.outside.person("answers"))
    await callbacks.card("adv01", other)  # the adviser is free for others, and this one is not offered again
    await callbacks.outcome(asked, "SANS_REPONSE")
    assert (await callbacks.becomes(asked, "resting"))["attempts"][0]["cause"] == "no_answer"
    assert callbacks.outside.invites(phone) == []


async def test_who_answers_while_the_controller_is_away_is_not_kept_in_silence_and_not_called_again_by_itself(
    callbacks: Callbacks,
) -> None:
    house, phone = callbacks.house, callbacks.outside.person("slow")
    asked, offer = await ready_to_dial(callbacks, phone)
    await callbacks.put(offer, "dial")
    await callbacks.invited(phone)
    await house.kill()

    async def is_let_go() -> bool:
        return "BYE" in callbacks.outside.heard(phone)

    await house.until(is_let_go, what="the line is given back to them")
    answered_at, ended_at = (callbacks.outside.first(phone, word).at for word in ("ACK", "BYE"))
    assert (ended_at - answered_at).total_seconds() < 1
    await house.start()
    unknown = await callbacks.becomes(asked, "unsettled")
    assert [attempt["cause"] for attempt in unknown["attempts"]] == ["unknown"]
    await house.until(house.is_quiet, what="the adviser's leg is gone")
    assert len(callbacks.outside.invites(phone)) == 1
