"""When a callback is dialled: at its slot, across both clock changes, at an hour of the person's own day.

The tests of this module go forward in time, in the order in which they are written, on one service that is killed and
started again at each instant: what was promised is kept across that.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from ops.asterisk.programs import Programs
from ops.robots.scenarios import Pause, Press
from tests.real.callbacks import Callbacks, calling, keys, worked
from tests.real.house import MAIN, House, Json, events
from tests.real.witness import witness

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

BEFORE = timedelta(seconds=3)
LATE = timedelta(seconds=1)
REUNION = ("0262000001", "0262000002", "0262000003")
"""Landlines of La Réunion: no range of its plan is kept for fiction, and nothing of these tests leaves the machine."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("times")
    config = calling(folder / "config", programs)
    async with House(programs, folder / "house", config, clock="2027-01-12T10:00:05+01:00") as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def callbacks(house: House) -> AsyncIterator[Callbacks]:
    async with worked(house) as found:
        yield found


async def start_at(house: House, clock: str | datetime) -> None:
    """The same service, its Asterisk kept, at a later instant."""
    await house.kill()
    house.clock = clock if isinstance(clock, str) else clock.isoformat()
    await house.start()


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def dialled_from(callbacks: Callbacks, asked: Json, phone: str, adviser: str, start: datetime) -> None:
    """Started a moment before: not offered before that instant, then at once; dialled, and talking."""
    house = callbacks.house
    await start_at(house, start - BEFORE)
    assert (await callbacks.get(asked))["state"] in ("requested", "resting")
    assert (await house.adviser(adviser))["offer"] is None
    before = len(callbacks.outside.invites(phone))
    await callbacks.calls(adviser, asked)
    talking = await callbacks.becomes(asked, "talking")
    offered_at = instant([entry["at"] for entry in await callbacks.told(talking, "callback_offered")][-1])
    assert start <= offered_at < start + LATE
    invites = callbacks.outside.invites(phone)[before:]
    assert len(invites) == 1
    assert house.instant(invites[0].at) >= start


# -- La Réunion, in winter --------------------------------------------------------------------------


async def test_ten_in_paris_in_winter_is_lunch_in_la_reunion_and_they_are_dialled_at_fourteen_their_time(
    callbacks: Callbacks,
) -> None:
    house, phone = callbacks.house, REUNION[0]
    await house.phone("adv01")
    asked = await callbacks.ask(phone)
    assert instant(asked["due_at"]) == instant("2027-01-12T14:00:00+04:00")
    await dialled_from(callbacks, asked, f"+262{phone[1:]}", "adv01", instant("2027-01-12T14:00:00+04:00"))


# -- at its slot ------------------------------------------------------------------------------------


async def promised(callbacks: Callbacks, phone: str, start: str) -> Json:
    """Asked for on the web, in the free slot that begins then."""
    slot = next(each for each in await callbacks.slots(phone) if instant(each["start"]) == instant(start))
    window = {"start": slot["start"], "end": slot["end"]}
    asked = await callbacks.ask(phone, {"kind": "window", **window})
    assert asked["promised"] == window
    return asked


async def test_a_promise_is_kept_at_its_slot_and_not_before(callbacks: Callbacks) -> None:
    house, phone = callbacks.house, callbacks.outside.person("answers")
    await start_at(house, "2027-03-16T10:30:00+01:00")
    await house.phone("adv01")
    asked = await promised(callbacks, phone, "2027-03-16T14:00:00+01:00")
    await dialled_from(callbacks, asked, phone, "adv01", instant("2027-03-16T14:00:00+01:00"))


async def test_a_promise_that_nobody_could_keep_is_told_and_kept_as_soon_as_possible(callbacks: Callbacks) -> None:
    house, phone = callbacks.house, callbacks.outside.person("answers")
    asked = await promised(callbacks, phone, "2027-03-16T16:00:00+01:00")
    await start_at(house, "2027-03-16T18:00:02+01:00")
    due = await callbacks.becomes(asked, "due", promised=None)
    assert await callbacks.told(due, "callback_promise_missed")
    await house.phone("adv01")
    await callbacks.calls("adv01", asked)
    await callbacks.becomes(asked, "talking")


async def test_who_calls_in_the_evening_is_called_back_in_the_slot_that_they_chose(callbacks: Callbacks) -> None:
    house, phone = callbacks.house, callbacks.outside.person("answers")
    await start_at(house, "2027-03-16T21:00:00+01:00")
    async with witness(house) as heard:
        caller = await house.caller(MAIN, (Pause(0.6), *keys("1", "1", "2")), number=phone)
        asked = await callbacks.booked(phone)
        call = await house.call(caller)
        assert call is not None
        await heard.is_told(call["id"], asked["reference"])
        await caller.hangs_up()
    assert [entry["reference"] for entry in events(call, "booking_made")] == [asked["reference"]]
    start = instant("2027-03-17T10:00:00+01:00")
    assert asked["promised"] is not None
    assert instant(asked["promised"]["start"]) == start
    assert "slot.tomorrow_1000_1200" in heard.played[call["id"]]
    await house.phone("adv01")
    await dialled_from(callbacks, asked, phone, "adv01", start)


async def test_a_machine_is_left_one_message_however_often_it_answers(callbacks: Callbacks) -> None:
    """In the morning, and again when the afternoon begins: the ladder says the next half-day, the gate after lunch."""
    house, phone = callbacks.house, callbacks.outside.person("answers")
    await start_at(house, "2027-03-18T10:30:00+01:00")
    await house.phone("adv01", acts=(Pause(1.2), Press("*")))
    asked = await callbacks.ask(phone)
    async with witness(house) as heard:
        await callbacks.calls("adv01", asked)
        first = await callbacks.becomes(asked, "resting")
        assert heard.played[f"{asked['id']}-x1"] == ["callback.message"]
    assert instant(first["due_at"]) == instant("2027-03-18T13:00:00+01:00")

    await start_at(house, instant("2027-03-18T13:00:00+01:00") - BEFORE)
    refused = await callbacks.becomes(asked, "resting", due_at="2027-03-18T13:00:00Z")
    assert refused["gate"]["reason"] == "hours"
    await dialled_from(callbacks, asked, phone, "adv01", instant("2027-03-18T14:00:00+01:00"))
    async with witness(house) as heard:
        again = await callbacks.becomes(asked, "resting")
        assert f"{asked['id']}-x2" not in heard.played
    assert [attempt["outcome"] for attempt in again["attempts"]] == ["MESSAGE_LAISSE", "REPONDEUR"]


# -- both clock changes -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("friday", "start", "holiday"),
    [
        ("2027-03-26T10:30:00+01:00", "2027-03-30T10:00:00+02:00", "2027-03-29"),
        ("2027-10-29T10:30:00+02:00", "2027-11-02T10:00:00+01:00", "2027-11-01"),
    ],
    ids=["spring", "autumn"],
)
async def test_ten_o_clock_is_ten_o_clock_after_the_clocks_change(
    callbacks: Callbacks, friday: str, start: str, holiday: str
) -> None:
    """Promised on the Friday for the Tuesday after (that Monday is a holiday, and nothing is promised on it)."""
    house, phone = callbacks.house, callbacks.outside.person("answers")
    await start_at(house, friday)
    starts = [each["start"] for each in await callbacks.slots(phone)]
    assert not [each for each in starts if each.startswith(holiday)]
    asked = await promised(callbacks, phone, start)
    await house.phone("adv01")
    await dialled_from(callbacks, asked, phone, "adv01", instant(start))


# -- La Réunion, in summer --------------------------------------------------------------------------


async def test_ten_in_paris_in_summer_is_noon_in_la_reunion_and_they_are_dialled_at_once(callbacks: Callbacks) -> None:
    house, phone = callbacks.house, REUNION[1]
    await start_at(house, "2028-06-13T10:00:05+02:00")
    await house.phone("adv01")
    asked = await callbacks.ask(phone)
    await callbacks.calls("adv01", asked)
    await callbacks.becomes(asked, "talking")
    assert len(callbacks.outside.invites(f"+262{phone[1:]}")) == 1


async def test_the_gate_is_asked_at_the_very_moment_of_the_dial(callbacks: Callbacks) -> None:
    """The card came before 13h in La Réunion; the adviser says `dial` after."""
    house, phone = callbacks.house, REUNION[2]
    lunch = instant("2028-06-13T13:00:00+04:00")
    await start_at(house, lunch - timedelta(seconds=5))
    await house.phone("adv01")
    asked = await callbacks.ask(phone)
    offer = await callbacks.card("adv01", asked)
    await callbacks.put(offer, "accept")
    await callbacks.becomes(asked, "ready")

    async def is_lunch() -> bool:
        return house.instant(datetime.now(UTC)) > lunch

    await house.until(is_lunch, what="it is 13h in La Réunion")
    refused = await callbacks.put(offer, "dial", status=409)
    assert refused["detail"]
    resting = await callbacks.becomes(asked, "resting")
    assert (resting["gate"]["allowed"], resting["gate"]["reason"]) == (False, "hours")
    assert instant(resting["gate"]["until"]) == instant("2028-06-13T14:00:00+04:00")
    await house.adviser_is("adv01", "free")
    await house.until(house.is_quiet, what="the adviser's phone is hung up")
    assert resting["attempts"] == []
    assert callbacks.outside.invites(f"+262{phone[1:]}") == []
