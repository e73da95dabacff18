"""What Asterisk does on the wire with our configuration: digits, numbers, identities, wishes, and the way outside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from ops.asterisk.process import AsteriskProcess
from ops.asterisk.settings import Settings
from tests.ops.conftest import PORT
from tests.ops.controller import Controller
from tests.ops.phone import Dialog, Phone

pytestmark = pytest.mark.real
SIP = ("127.0.0.1", PORT)


@pytest_asyncio.fixture(loop_scope="function")
async def controller(asterisk: AsteriskProcess, real: Settings) -> AsyncIterator[Controller]:
    async with Controller(str(real.http), real.ari_password) as connected:
        yield connected


@pytest_asyncio.fixture(loop_scope="function")
async def caller(asterisk: AsteriskProcess) -> AsyncIterator[Phone]:
    async with Phone("+33639980001", "", PORT + 20, SIP) as phone:
        yield phone


@pytest_asyncio.fixture(loop_scope="function")
async def adviser(asterisk: AsteriskProcess) -> AsyncIterator[Phone]:
    async with Phone("adv01", "phone-secret", PORT + 30, SIP) as phone:
        assert await phone.register() == 200
        yield phone


@pytest.mark.asyncio
@pytest.mark.parametrize("dialled", ["0800122500", "+33800122500", "33800122500"])
async def test_every_form_of_a_number_reaches_its_line(controller: Controller, caller: Phone, dialled: str) -> None:
    call = await caller.call(dialled)
    start = await controller.until("StasisStart")
    assert start["args"] == ["arrived", "dropout", "allowed_not_screened"]
    assert start["channel"]["caller"]["number"] == "+33639980001"
    call.cancel()


@pytest.mark.asyncio
async def test_digits_by_rfc_4733_and_by_info_both_arrive_once_from_the_trunk(
    controller: Controller, caller: Phone
) -> None:
    call = await caller.call("0800122500")
    channel = (await controller.until("StasisStart"))["channel"]["id"]
    await controller.rest("POST", f"channels/{channel}/answer")
    await call.until(200)
    assert await digits_heard(call, controller) == ["1", "2", "*", "#"]
    call.bye()


@pytest.mark.asyncio
async def test_digits_by_rfc_4733_and_by_info_both_arrive_once_from_a_phone(
    controller: Controller, adviser: Phone
) -> None:
    await controller.rest("POST", "channels/leg", endpoint="PJSIP/adv01", app="dialer")
    leg = await adviser.rings()
    leg.answer(200, "OK")
    await controller.until("StasisStart", channel="leg")
    assert await digits_heard(leg, controller) == ["1", "2", "*", "#"]
    leg.bye()


async def digits_heard(call: Dialog, controller: Controller) -> list[str]:
    """Press 1 and * by RFC 4733, 2 and # by INFO, and give what arrived."""
    await call.speak(0.2)
    for press, digit in ((call.press_by_rfc4733, "1"), (None, "2"), (call.press_by_rfc4733, "*"), (None, "#")):
        if press is not None:
            await press(digit)
        else:
            call.press_by_info(digit)
        await controller.until("ChannelDtmfReceived", digit=digit)
        await call.speak(0.2)
    return [event["digit"] for event in controller.events if event["type"] == "ChannelDtmfReceived"]


@pytest.mark.asyncio
async def test_a_number_that_is_not_ours_is_told_so_and_then_gets_404(controller: Controller, caller: Phone) -> None:
    call = await caller.call("0123456789")
    final = await call.final()
    assert [message.status for message in call.messages] == [100, 183, 404]
    assert final.status == 404
    assert len(caller.heard) > 8000  # more than a second of announcement before it
    assert not [event for event in controller.events if event["type"] == "StasisStart"]


@pytest.mark.asyncio
async def test_without_a_controller_the_caller_hears_the_apology_and_the_call_ends(caller: Phone) -> None:
    call = await caller.call("0177771225")
    assert (await call.final()).status == 200
    await call.until("BYE")
    assert len(caller.heard) > 8000


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("headers", "presentation", "number"),
    [
        ({"P-Asserted-Identity": "<sip:+33639980002@127.0.0.1>"}, "allowed_not_screened", "+33639980002"),
        (
            {"P-Asserted-Identity": "<sip:+33639980002@127.0.0.1>", "Privacy": "id"},
            "prohib_not_screened",
            "+33639980002",
        ),
    ],
)
async def test_an_asserted_identity_is_believed_and_privacy_masks_it(
    controller: Controller, caller: Phone, headers: dict[str, str], presentation: str, number: str
) -> None:
    call = await caller.call("0177771225", headers, display='"Anonymous" <sip:anonymous@anonymous.invalid>')
    start = await controller.until("StasisStart")
    assert start["args"] == ["arrived", "main", presentation]
    assert start["channel"]["caller"]["number"] == number
    call.cancel()


@pytest.mark.asyncio
@pytest.mark.parametrize(("code", "wish"), [("*1", "ready"), ("*0", "paused")])
async def test_a_wish_reaches_the_controller_and_is_confirmed(
    controller: Controller, adviser: Phone, code: str, wish: str
) -> None:
    call = await adviser.call(code)
    start = await controller.until("StasisStart")
    assert start["args"] == ["wish", wish, "adv01"]
    await controller.rest("POST", f"channels/{start['channel']['id']}/continue")
    await call.until("BYE")
    assert len(adviser.heard) > 4000


@pytest.mark.asyncio
async def test_a_wish_without_a_controller_is_answered_with_an_apology(adviser: Phone) -> None:
    call = await adviser.call("*1")
    await call.until("BYE")
    assert len(adviser.heard) > 4000


@pytest.mark.asyncio
@pytest.mark.parametrize("number", ["0639980001", "+33639980001", "112", "trunk", "+33639980001@trunk", "adv99"])
async def test_a_phone_cannot_dial_the_outside(adviser: Phone, number: str) -> None:
    async with Phone("outside", "", PORT + 90, SIP) as outside:
        call = await adviser.call(number.replace("@", "%40"))
        assert (await call.final()).status == 403
        assert not outside.incoming


@pytest.mark.asyncio
@pytest.mark.parametrize("number", ["adv02", "02"])
async def test_a_phone_reaches_a_colleague_by_id_or_digits(adviser: Phone, number: str) -> None:
    async with Phone("adv02", "phone-secret", PORT + 40, SIP) as colleague:
        assert (await (await adviser.call(number)).final()).status == 480  # not registered
        await colleague.register()
        call = await adviser.call(number)
        ringing = await colleague.rings()
        assert ringing.invite is not None
        assert "adv01" in ringing.invite.headers["from"]
        ringing.answer(200, "OK")
        await call.until(200)
        call.bye()
        await ringing.until("BYE")


@pytest.mark.asyncio
async def test_the_echo_test_gives_back_what_is_said(adviser: Phone) -> None:
    call = await adviser.call("*43")
    await call.until(200)
    await call.speak(0.5)
    assert len(adviser.heard) > 2000
    call.bye()


@pytest.mark.asyncio
async def test_nobody_registers_or_calls_as_a_phone_without_its_password(asterisk: AsteriskProcess) -> None:
    async with Phone("adv01", "wrong", PORT + 30, SIP) as impostor:
        assert await impostor.register() == 401
        assert (await (await impostor.call("*43")).final()).status == 401


@pytest.mark.asyncio
async def test_a_call_out_has_the_number_in_its_uri_and_the_line_in_from_and_identity(controller: Controller) -> None:
    async with Phone("outside", "", PORT + 90, SIP) as outside:
        query = {"endpoint": "PJSIP/+33199001234@trunk", "app": "dialer", "callerId": "+33800122500"}
        status, _ = await controller.rest("POST", "channels/out", **query)
        assert status == 200
        call = await outside.rings()
        assert call.invite is not None
        assert call.invite.uri == f"sip:+33199001234@127.0.0.1:{PORT + 90}"
        assert "<sip:+33800122500@127.0.0.1>" in call.invite.headers["from"]
        assert "<sip:+33800122500@127.0.0.1>" in call.invite.headers["p-asserted-identity"]
        call.answer(486, "Busy Here")
        destroyed = await controller.until("ChannelDestroyed", channel="out")
        assert (destroyed["cause"], destroyed["tech_cause"]) == (17, 486)


@pytest.mark.asyncio
async def test_two_calls_at_once_are_kept_by_a_reload(
    asterisk: AsteriskProcess, real: Settings, controller: Controller, caller: Phone
) -> None:
    call = await caller.call("0177771225")
    channel = (await controller.until("StasisStart"))["channel"]["id"]
    await controller.rest("POST", f"channels/{channel}/answer")
    await call.until(200)
    for command in ("module reload res_pjsip.so", "dialplan reload"):
        await asterisk.console(command)
    await call.speak(0.2)
    assert (await controller.rest("GET", f"channels/{channel}"))[0] == 200
    call.bye()
    await controller.until("StasisEnd")
    await asyncio.sleep(0)
