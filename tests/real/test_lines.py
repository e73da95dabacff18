"""From the ring to the right adviser: numbers, menus, keys, and what a phone may dial."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from ops.asterisk.programs import Programs
from ops.robots.scenarios import Act, Digit4733, Pause, Press
from tests.real.house import DROPOUT, MAIN, PARCOURSUP, House, nodes

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

SPECIALISTS = {"main": "adv01", "dropout": "adv05", "parcoursup": "adv09"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(
    programs: Programs, quick_config: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    async with House(programs, tmp_path_factory.mktemp("lines"), quick_config) as house:
        yield house


def presses(*digits: str) -> tuple[Act, ...]:
    return tuple(act for digit in digits for act in (Pause(0.5), Press(digit)))


@pytest.mark.parametrize(
    ("number", "digits", "queue"),
    [
        (MAIN, "1", "main"),
        (MAIN, "2", "parcoursup"),
        (MAIN, "3", "dropout"),
        (MAIN, "41", "main"),
        (DROPOUT, "1", "dropout"),
        (DROPOUT, "21", "dropout"),
        (DROPOUT, "31", "dropout"),
        (PARCOURSUP, "1", "parcoursup"),
        (PARCOURSUP, "2", "main"),
        (PARCOURSUP, "31", "parcoursup"),
    ],
)
async def test_every_choice_of_every_menu_reaches_an_adviser_of_the_right_skill(
    house: House, number: str, digits: str, queue: str
) -> None:
    await house.phone(*SPECIALISTS.values())
    caller = await house.caller(number, presses(*digits))
    call = await house.call_is(caller, "talking")
    assert (call["queue"], call["adviser"]) == (queue, SPECIALISTS[queue])


@pytest.mark.parametrize("dialled", ["0800122500", "+33800122500", "33800122500"])
async def test_every_form_of_a_number_reaches_its_line(house: House, dialled: str) -> None:
    caller = await house.caller(dialled)
    assert (await house.call_is(caller, "waiting"))["line"] == "dropout"


@pytest.mark.parametrize(("number", "digit"), [(MAIN, "1"), (MAIN, "3"), (DROPOUT, "1"), (PARCOURSUP, "2")], ids=str)
async def test_keys_by_rfc_4733_count_as_those_by_info_do(house: House, number: str, digit: str) -> None:
    await house.phone(*SPECIALISTS.values())
    key = (Pause(0.6), Digit4733(digit, house.programs.dtmf))
    by_sound = await house.caller(number, key, offers_4733=True, sound=None)
    one = await house.call_is(by_sound, "talking")
    await by_sound.hangs_up()
    await house.adviser_is(one["adviser"], "wrapping_up")
    by_info = await house.caller(number, presses(digit))
    await house.wish("ready", one["adviser"])
    other = await house.call_is(by_info, "talking")
    assert nodes(one) == nodes(other)
    assert one["adviser"] == other["adviser"]


async def test_a_wrong_key_and_silence_are_borne_three_times_and_then_a_person_helps(house: House) -> None:
    await house.phone("adv01")
    caller = await house.caller(MAIN, presses("9", "8", "7"))
    assert nodes(await house.call_is(caller, "talking"))[-2:] == ["help", "queue_main"]


async def test_a_masked_caller_is_welcome_and_no_number_is_in_any_log(house: House) -> None:
    await house.phone("adv01")
    caller = await house.caller(masked=True)
    talk = await house.adviser_is("adv01", "talking")
    assert (await house.get(f"/api/v1/calls/{talk['call']}"))["caller"] is None
    await caller.hangs_up()
    await house.adviser_is("adv01", "wrapping_up")
    shown = await house.caller()
    await house.wish("ready", "adv01")
    await house.call_is(shown, "talking")

    logs = [house.folder / "dialer.log", *(house.state / "asterisk/log").rglob("*")]
    written = b"".join(file.read_bytes() for file in logs if file.is_file())
    assert b"Asterisk" in written
    for number in (caller.number, shown.number):
        assert number.removeprefix("+33").encode() not in written
    kept = [file for file in house.state.rglob("*") if file.is_file()]
    assert not [file for file in kept if caller.number.removeprefix("+33").encode() in file.read_bytes()]


async def test_a_number_that_is_not_ours_is_told_so_and_then_refused_with_404(house: House) -> None:
    before = asyncio.get_running_loop().time()
    caller = await house.caller("0123456789", refused_with=404)
    assert await caller.left() == 0
    assert asyncio.get_running_loop().time() - before > 2  # the announcement was said
    assert await house.call(caller) is None


async def test_malformed_sip_does_nothing(house: House) -> None:
    before = (await house.calls(), house.log)
    host, _, port = house.sip.rpartition(":")
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        asyncio.DatagramProtocol, remote_addr=(host, int(port))
    )
    invite = f"INVITE sip:{MAIN}@{house.sip} SIP/2.0\r\n"
    for datagram in (
        b"\0" * 600,
        b"\xff\xfe garbage",
        b"INVITE\r\n\r\n",
        f"{invite}Content-Length: 99999\r\n\r\n".encode(),
        f"{invite}Via: SIP/2.0/UDP {host}\r\nFrom: <sip:\0>\r\nTo: x\r\nCall-ID: \r\nCSeq: -1 BYE\r\n\r\n".encode(),
        f"{invite}{'X: ' + 'y' * 60_000}\r\n\r\n".encode(),
        b"SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n",
    ):
        transport.sendto(datagram)
    await house.phone("adv01")
    caller = await house.caller()
    await house.call_is(caller, "talking")
    transport.close()
    assert len(await house.calls()) == len(before[0]) + 1
    assert "error" not in house.log.removeprefix(before[1])


@pytest.mark.parametrize(("code", "wish"), [("*1", "ready"), ("*0", "paused")])
async def test_a_phone_sets_its_advisers_wish(house: House, code: str, wish: str) -> None:
    await house.phone("adv01", ready=False)
    dialling = await house.dials("adv01", code)
    assert await dialling.left() == 0  # the wish was confirmed aloud, and hung up
    found = await house.adviser("adv01")
    assert (found["wish"], found["wish_by"]) == (wish, "person")


async def test_the_echo_test_sends_back_what_is_said(house: House) -> None:
    await house.dials("adv01", "*43")
    seen: list[int] = []

    async def echoes() -> bool:
        for channel in await house.ari("channels"):
            seen.append((await house.ari(f"channels/{channel['id']}/rtp_statistics")).get("txcount", 0))
        return bool(seen) and seen[-1] > 20

    await house.until(echoes, what="50 packets a second come back")


async def test_a_phone_reaches_another_adviser_and_never_the_outside(house: House) -> None:
    await house.phone("adv02", ready=False)
    colleague = await house.dials("adv01", "adv02", stays_s=0.3)
    assert await colleague.left() == 0
    outside = ("0199000001", "+33199000001", "112", "3919", "trunk", MAIN)
    refused = [await house.dials("adv01", number, refused_with=403) for number in outside]
    assert [await call.left() for call in refused] == [0] * len(outside)
    assert not [call for call in await house.calls() if call["state"] != "ended"]


async def test_a_wrong_password_registers_and_dials_nothing(house: House) -> None:
    house.password, right = "wrong", house.password
    try:
        with pytest.raises(AssertionError, match="could not register"):
            await house.register("adv03", contact=f"127.0.0.1:{house.ports.free()}")
        assert await (await house.dials("adv03", "*1", refused_with=401)).left() == 0
    finally:
        house.password = right
    found = await house.adviser("adv03")
    assert (found["state"], found["wish"]) == ("unreachable", "away")
