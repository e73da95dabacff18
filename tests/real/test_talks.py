"""What an adviser does in a talk, as everybody hears it: real Asterisk, and voices that are tones of their own."""

from __future__ import annotations

import contextlib
from array import array
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from ops.asterisk.programs import Programs
from ops.robots import scenarios
from ops.robots.scenarios import Temper
from tests.real.callbacks import Callbacks, worked
from tests.real.house import FIRST_CHOICE, MAIN, Caller, House, Json, events
from tests.real.outside import in_full
from tests.real.ports import HOST
from tests.real.quick import quick
from tests.real.softphones import DECODED, Ear

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

CALLER_HZ, ADVISER_HZ, GUEST_HZ = 500, 830, 1310
CLEAR, SILENT = 0.25, 0.05
"""Shares of what is heard: of two tones at once each has half."""
ABSENT, BUSY, THERE = "0261915901", "0261916902", "0261911903"
"""Numbers outside, by what their people do (`outside`)."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("talks")
    config = quick(folder / "config", programs)
    with (config / "dialer.toml").open("a") as file:
        file.write(f'\n[numbers]\nthere = "{THERE}"\nbusy = "{BUSY}"\nabsent = "{ABSENT}"\n')
    async with House(programs, folder / "house", config) as house:
        yield house


@contextlib.asynccontextmanager
async def voice_of(house: House, adviser: str, frequency: int, *, ready: bool) -> AsyncIterator[Ear]:
    """An adviser at a phone, who speaks a tone and is ready, or paused."""
    async with Ear(house.ports.free(), frequency) as ear:
        port = house.ports.free()
        script = scenarios.callees(Temper(0.1)).replace("[media_port]", str(ear.port))
        await house.sipp(script, port=port)
        await house.register(adviser, contact=f"{HOST}:{port}")
        await house.wish("ready" if ready else "paused", adviser)
        yield ear


@contextlib.asynccontextmanager
async def calling(house: House) -> AsyncIterator[tuple[Caller, Ear]]:
    async with Ear(house.ports.free(), CALLER_HZ) as ear:
        number = f"019900{ear.port % 10_000:04d}"
        script = scenarios.caller(FIRST_CHOICE, 60, number=number).replace("[rtpstream_audio_port]", str(ear.port))
        yield Caller(f"+33{number[1:]}", await house.sipp(script, house.sip, "-s", MAIN, "-m", "1")), ear


async def hear(house: House, ear: Ear, *frequencies: int) -> None:
    """Wait until these tones are heard, and the others are not."""
    others = {CALLER_HZ, ADVISER_HZ, GUEST_HZ} - set(frequencies)

    async def so() -> bool:
        return all(ear.hears(each) > CLEAR for each in frequencies) and all(ear.hears(each) < SILENT for each in others)

    ear.forget()
    try:
        await house.until(so, limit_s=6)
    except AssertionError:
        heard = {each: round(ear.hears(each), 2) for each in (CALLER_HZ, ADVISER_HZ, GUEST_HZ)}
        raise AssertionError(f"not {frequencies}: {heard}\n{house.log[-2000:]}") from None


async def hears_music(house: House, ear: Ear) -> None:
    """Something that is none of the tones, and goes on."""

    async def so() -> bool:
        last = array("h", (DECODED[octet] for octet in ear._heard[-1600:]))
        loud = len(last) == 1600 and max(last) > 500
        return loud and all(ear.hears(each) < CLEAR for each in (CALLER_HZ, ADVISER_HZ, GUEST_HZ))

    ear.forget()
    await house.until(so, limit_s=6, what="music is heard")


async def ask(house: House, method: str, call: Json, path: str, body: Json | None = None) -> Json:
    return await house.ask(method, f"/api/v1/calls/{call['id']}/{path}", **({"json": body} if body else {}))


async def guest_is(house: House, caller: Caller, state: str) -> Json:
    async def so() -> Json | None:
        found = await house.call(caller)
        return found if found and found["guest"] and found["guest"]["state"] == state else None

    found: Json = await house.until(so, what=f"the guest is {state}")
    return found


async def test_a_held_caller_hears_music_also_while_the_controller_dies_and_is_taken_back(house: House) -> None:
    async with voice_of(house, "adv01", ADVISER_HZ, ready=True) as adviser, calling(house) as (caller, ear):
        call = await house.call_is(caller, "talking", adviser="adv01")
        await hear(house, ear, ADVISER_HZ)
        await hear(house, adviser, CALLER_HZ)

        assert (await ask(house, "PUT", call, "hold", {"held": True}))["held"]
        await hears_music(house, ear)
        await hear(house, adviser)  # nobody
        await house.kill()
        await hears_music(house, ear)
        await house.start()
        await house.call_is(caller, "talking", adviser="adv01", held=True)
        await hears_music(house, ear)
        await hear(house, adviser)

        assert not (await ask(house, "PUT", call, "hold", {"held": False}))["held"]
        await hear(house, ear, ADVISER_HZ)
        await hear(house, adviser, CALLER_HZ)
        assert (await ask(house, "POST", call, "hang-up"))["outcome"] == "answered"
        assert await caller.left() == 0


async def test_a_colleague_is_asked_aside_joins_and_keeps_the_caller_when_the_adviser_goes(house: House) -> None:
    async with (
        voice_of(house, "adv01", ADVISER_HZ, ready=True) as adviser,
        voice_of(house, "adv02", GUEST_HZ, ready=False) as guest,
        calling(house) as (caller, ear),
    ):
        call = await house.call_is(caller, "talking", adviser="adv01")
        await hear(house, ear, ADVISER_HZ)

        await ask(house, "POST", call, "guest", {"to": {"adviser": "adv02"}, "how": "aside"})
        await guest_is(house, caller, "aside")
        await hear(house, guest, ADVISER_HZ)
        await hear(house, adviser, GUEST_HZ)
        await hears_music(house, ear)

        await ask(house, "POST", call, "guest/join")
        await hear(house, ear, ADVISER_HZ, GUEST_HZ)
        await hear(house, adviser, CALLER_HZ, GUEST_HZ)
        await hear(house, guest, CALLER_HZ, ADVISER_HZ)

        await house.kill()
        await hear(house, ear, ADVISER_HZ, GUEST_HZ)
        await house.start()
        await guest_is(house, caller, "joined")
        await hear(house, ear, ADVISER_HZ, GUEST_HZ)
        await hear(house, guest, CALLER_HZ, ADVISER_HZ)

        await ask(house, "POST", call, "hang-up")  # the adviser goes, and the two talk on
        await house.call_is(caller, "talking", adviser="adv02", guest=None)
        await hear(house, ear, GUEST_HZ)
        await hear(house, guest, CALLER_HZ)
        assert (await house.adviser("adv01"))["state"] in ("wrapping_up", "free")
        await caller.hangs_up()
        told = await house.call_is(caller, "ended", outcome="answered", adviser="adv02")
        assert [entry["event"] for entry in told["timeline"] if entry["event"] in ("handed_over", "ended")] == [
            "handed_over",
            "ended",
        ]


async def test_sent_on_to_a_colleague_who_refuses_the_caller_has_their_place_and_a_later_one_waits_on(
    house: House,
) -> None:
    await house.phone("adv01")
    await house.phone("adv02", refuses="486 Busy Here")
    await house.wish("paused", "adv02")
    caller = await house.caller()
    call = await house.call_is(caller, "talking", adviser="adv01")
    later = await house.caller()
    await house.call_is(later, "waiting", place=1)

    await ask(house, "POST", call, "guest", {"to": {"adviser": "adv02"}, "how": "blind"})
    back = await house.call_is(caller, "waiting", place=1)

    await house.call_is(later, "waiting", place=2)
    assert [each["result"] for each in back["offers"]] == ["answered", "missed"]
    assert [entry["cause"] for entry in events(back, "offer_missed")] == ["busy"]


@pytest_asyncio.fixture(loop_scope="module")
async def people(house: House) -> AsyncIterator[Callbacks]:
    async with worked(house) as found:
        yield found


async def test_sent_on_to_a_number_it_is_dialled_and_a_busy_one_gives_the_place_back(
    house: House, people: Callbacks
) -> None:
    await house.phone("adv01")
    await house.phone("adv02")
    await house.wish("paused", "adv02")
    caller = await house.caller()
    call = await house.call_is(caller, "talking", adviser="adv01")

    await ask(house, "POST", call, "guest", {"to": {"number": "busy"}, "how": "blind"})
    back = await house.call_is(caller, "waiting", place=1)
    assert [entry["cause"] for entry in events(back, "forward_failed")] == ["busy"]
    await house.wish("ready", "adv02")
    await house.call_is(caller, "talking", adviser="adv02")
    sent = await ask(house, "POST", call, "guest", {"to": {"number": "there"}, "how": "blind"})
    assert sent["state"] in ("forwarded", "talking")
    await house.call_is(caller, "talking", adviser=None)
    await people.hears(call["id"])
    await caller.hangs_up()

    await house.call_is(caller, "ended", outcome="transferred", adviser="adv02")
    assert len(people.outside.invites(THERE)) == 1


async def test_in_danger_119_is_dialled_as_it_is_and_stays_with_the_caller_when_the_adviser_goes(
    house: House, people: Callbacks
) -> None:
    async with voice_of(house, "adv01", ADVISER_HZ, ready=True), calling(house) as (caller, ear):
        call = await house.call_is(caller, "talking", adviser="adv01")
        await hear(house, ear, ADVISER_HZ)

        await ask(house, "POST", call, "danger", {"to": "119"})
        await guest_is(house, caller, "joined")

        assert [invite.number for invite in people.outside.invites()] == ["119"]
        await hear(house, ear, ADVISER_HZ)  # never held
        told = await house.call(caller)
        assert told is not None
        assert not list(events(told, "held"))
        assert [entry["target"] for entry in events(told, "danger_asked")] == ["119"]
        await ask(house, "POST", call, "hang-up")
        await house.call_is(caller, "talking", adviser=None)
        await caller.hangs_up()
        await house.call_is(caller, "ended", outcome="transferred")
    assert in_full(THERE) not in [invite.number for invite in people.outside.invites()]


async def test_a_number_that_rings_is_given_up_when_the_guest_is_dismissed(house: House, people: Callbacks) -> None:
    await house.phone("adv01")
    caller = await house.caller()
    call = await house.call_is(caller, "talking", adviser="adv01")
    await ask(house, "POST", call, "guest", {"to": {"number": "absent"}, "how": "aside"})
    await people.invited(ABSENT)

    back = await ask(house, "POST", call, "guest/dismiss")

    assert (back["held"], back["guest"]) == (False, None)

    async def cancelled() -> bool:
        return "CANCEL" in people.outside.heard(ABSENT)

    await house.until(cancelled, what="it rings no more")
    await people.hears(call["id"])
