"""The softphone in a real Chromium, through our server and a real Asterisk, to a caller on the wire."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from dialer.core.words import AdviserId
from ops.asterisk.programs import Programs
from ops.robots import scenarios
from ops.robots.sipp import Sipp, end
from tests.real.house import House
from tests.real.softphones import ADVISER_HZ, CALLER_HZ, Desk, Ear, Exchange, write_wav
from tests.web.test_browser import ARGS

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

CLEAR = 0.5
NOTICED_S = 5.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def exchange(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Exchange]:
    folder = tmp_path_factory.mktemp("softphone")
    House.standing.add(folder)  # its processes are no leftovers
    try:
        async with Exchange(programs, folder) as found:
            yield found
    finally:
        House.standing.discard(folder)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(exchange: Exchange) -> AsyncIterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium is not None, "these tests need Chromium: apt-get install -y chromium"
    sound = write_wav(exchange.folder / "adviser.wav", ADVISER_HZ)
    more = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={sound}"]
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(
            executable_path=chromium, args=[*ARGS, "--autoplay-policy=no-user-gesture-required", *more]
        )
        yield found
        await found.close()


@pytest_asyncio.fixture(loop_scope="module")
async def desk(exchange: Exchange, browser: Browser) -> AsyncIterator[Desk]:
    found = await exchange.desk(browser)
    yield found
    await found.close()
    assert [error for error in found.errors if "WebSocket" not in error] == []


@contextlib.asynccontextmanager
async def caller(exchange: Exchange, number: str) -> AsyncIterator[tuple[Ear, str]]:
    """Somebody calls the line, by SIPp, and is answered; their voice, and their channel."""
    begun = {event["channel"]["id"] for event in exchange.controller.events if event["type"] == "StasisStart"}
    (exchange.folder / "sipp").mkdir(exist_ok=True)
    async with Ear(exchange.ports.free(), CALLER_HZ) as ear:
        script = scenarios.caller((), 60, number=number).replace("[rtpstream_audio_port]", str(ear.port))
        media = exchange.ports.media(12)
        sipp = Sipp(exchange.programs, exchange.folder / "sipp", media)
        process = await sipp.start(
            script, str(exchange.settings.sip), "-s", "0177771225", "-m", "1", port=exchange.ports.free()
        )
        try:
            channel = await until(lambda: arrived(exchange, begun), "the call arrives")
            await exchange.controller.rest("POST", f"channels/{channel}/answer")
            yield ear, channel
        finally:
            await end(process, grace_s=0.2)


async def arrived(exchange: Exchange, before: set[str]) -> str | None:
    for event in exchange.controller.events:
        if event["type"] == "StasisStart" and event["args"][:1] == ["arrived"] and event["channel"]["id"] not in before:
            return str(event["channel"]["id"])
    return None


async def ring(exchange: Exchange, leg: str, endpoint: str, **more: str) -> None:
    """As the service rings an adviser, with the name of the leg in a header."""
    status, said = await exchange.controller.rest(
        "POST", f"channels/{leg}", {"variables": {"PJSIP_HEADER(add,X-Fil-Vert-Leg)": leg}},
        endpoint=f"PJSIP/{endpoint}", app="dialer", appArgs="leg", timeout="20", **more,
    )  # fmt: skip
    assert status == 200, said


async def bridge(exchange: Exchange, name: str, *channels: str) -> None:
    await exchange.controller.rest("POST", f"bridges/{name}", type="mixing")
    status, said = await exchange.controller.rest("POST", f"bridges/{name}/addChannel", channel=",".join(channels))
    assert status == 204, said


async def until(look: Callable[[], Awaitable[Any]], what: str, limit_s: float = 8.0) -> Any:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + limit_s
    while not (found := await look()):
        assert loop.time() < deadline, f"not within {limit_s:g} s: {what}"
        await asyncio.sleep(0.03)
    return found


async def hears(ear: Ear, frequency: int, limit_s: float = 8.0) -> None:
    async def so() -> bool:
        return ear.hears(frequency) > CLEAR

    await until(so, f"the caller hears {frequency} Hz", limit_s)


async def healthy(exchange: Exchange, desk: Desk, adviser: str) -> None:
    await desk.start(await exchange.give(adviser))
    await desk.is_now("healthy", 15)


async def talking(exchange: Exchange, desk: Desk, leg: str, endpoint: str, channel: str, **more: str) -> None:
    """The adviser's page is told to answer this leg, it rings, and both are brought together."""
    await desk.command("answer", leg=leg)
    await ring(exchange, leg, endpoint, **more)
    await desk.is_now("talking")
    await exchange.controller.until("StasisStart", channel=leg)
    await bridge(exchange, "bridge-of-calls", channel, leg)


async def test_a_gate_of_real_samples_makes_it_healthy_and_a_call_rings_is_answered_and_heard_both_ways(
    exchange: Exchange, desk: Desk
) -> None:
    await healthy(exchange, desk, "adv01")
    (health,) = await desk.told("health")
    assert health["microphone"] > 0.01
    assert health["echo"] > 0.6
    assert 0 < health["returned"] < 3000
    assert await exchange.online("adv01-web")
    async with caller(exchange, "0199000001") as (ear, channel):
        await ring(exchange, "leg-one", "adv01-web")
        await desk.is_now("ringing")
        await desk.says("leg", "leg-one")
        await desk.command("answer", leg="leg-of-another")
        await desk.is_now("ringing")  # answers only what it was told to
        await desk.command("answer", leg="leg-one")
        await desk.is_now("talking")
        await exchange.controller.until("StasisStart", channel="leg-one")
        await bridge(exchange, "bridge-of-calls", channel, "leg-one")
        await hears(ear, ADVISER_HZ)
        assert ear.hears(CALLER_HZ) < 0.1
        assert await desk.hears(CALLER_HZ) > CLEAR
        assert await desk.hears(ADVISER_HZ) < 0.1

        await desk.command("mute", muted=True)
        await desk.says("muted", "true")
        await until(lambda: silent(ear), "the caller hears nothing of a muted adviser")
        sent = ear.packets
        await until(lambda: more_than(ear, sent + 10), "a muted adviser is no adviser who is gone: packets go on")
        await desk.command("mute", muted=False)
        await hears(ear, ADVISER_HZ)

        for digit in "4#":
            await desk.command("press", digit=digit)
            await exchange.controller.until("ChannelDtmfReceived", channel="leg-one", digit=digit)

        await desk.command("hang-up")
        await exchange.controller.until("ChannelDestroyed", channel="leg-one")
        await desk.is_now("healthy")
    states = [told["name"] for told in await desk.told("state")]
    called = ["ringing", "talking", "ended", "healthy"]
    assert states == ["asking", "checking", "registering", "healthy", *called]

    await ring(exchange, "leg-two", "adv01-web")
    await desk.says("leg", "leg-two")
    await desk.command("refuse")
    assert (await exchange.controller.until("ChannelDestroyed", channel="leg-two"))["cause"] == 17
    await desk.is_now("healthy")


async def more_than(ear: Ear, packets: int) -> bool:
    return ear.packets > packets


async def silent(ear: Ear) -> bool:
    return ear.hears(ADVISER_HZ) < 0.01


async def test_a_reload_in_mid_call_is_rung_anew_and_heard_again(exchange: Exchange, desk: Desk) -> None:
    await healthy(exchange, desk, "adv01")
    async with caller(exchange, "0199000002") as (ear, channel):
        await talking(exchange, desk, "leg-before", "adv01-web", channel, formats="opus")
        await hears(ear, ADVISER_HZ)
        _, spoken = await exchange.controller.rest(
            "GET", "channels/leg-before/variable", variable="CHANNEL(audionativeformat)"
        )
        assert "opus" in spoken["value"]
        await desk.reload()
        await desk.start(await exchange.give("adv01"), checked=True)
        await desk.is_now("healthy")  # no gate in mid-call
        status, _ = await exchange.controller.rest("GET", "channels/leg-before")
        assert status == 200  # nothing was hung up: the caller is still in the bridge
        await talking(exchange, desk, "leg-after", "adv01-web", channel)
        await exchange.controller.rest("DELETE", "channels/leg-before")
        ear.forget()
        await hears(ear, ADVISER_HZ)
        assert await desk.hears(CALLER_HZ) > CLEAR
        await exchange.controller.rest("DELETE", "channels/leg-after")
        await desk.is_now("healthy")


async def test_a_call_goes_on_when_the_connection_breaks_and_can_be_ended_over_the_next_one(
    exchange: Exchange, desk: Desk
) -> None:
    await healthy(exchange, desk, "adv01")
    async with caller(exchange, "0199000003") as (ear, channel):
        await talking(exchange, desk, "leg-cut", "adv01-web", channel)
        await hears(ear, ADVISER_HZ)
        exchange.front.cut()
        await desk.says("connected", "false")
        ear.forget()
        await hears(ear, ADVISER_HZ)
        await desk.says("connected", "true")
        ear.forget()
        await hears(ear, ADVISER_HZ)
        await exchange.controller.rest("DELETE", "channels/leg-cut")
        await desk.is_now("healthy", 2)  # by Asterisk's BYE, and not by the silence that follows it


async def test_a_dead_network_is_noticed_on_both_sides_within_five_seconds_and_mended_when_it_is_back(
    exchange: Exchange, desk: Desk
) -> None:
    await healthy(exchange, desk, "adv01")
    loop = asyncio.get_running_loop()
    exchange.front.swallows = True
    began = loop.time()
    try:
        await asyncio.gather(desk.is_now("unhealthy", NOTICED_S + 1), gone(exchange, "adv01-web"))
        took = loop.time() - began
        await desk.says("why", "connection")
        assert took < NOTICED_S
    finally:
        exchange.front.swallows = False
        exchange.front.released.set()
        exchange.front.cut()
    await desk.is_now("healthy", 12)
    assert await exchange.online("adv01-web")


async def gone(exchange: Exchange, endpoint: str) -> None:
    async def so() -> bool:
        return not await exchange.online(endpoint)

    await until(so, f"{endpoint} is not rung any more", NOTICED_S + 1)


async def test_a_refused_microphone_is_said_with_its_remedy_and_no_call_is_sent_there(
    exchange: Exchange, browser: Browser
) -> None:
    desk = await exchange.desk(browser, microphone=False)
    try:
        await desk.start(await exchange.give("adv02"))
        await desk.is_now("unhealthy")
        await desk.says("why", "microphone-refused")
        await desk.says("routable", "false")
        told = (await desk.told("state"))[-1]
        assert told["reason"]["what"] == "Le navigateur refuse l'accès au microphone."
        assert "autorisez le microphone" in told["reason"]["remedy"]
        assert not await exchange.online("adv02-web")
    finally:
        await desk.close()


async def test_a_microphone_that_is_unplugged_takes_the_softphone_off_the_exchange_until_it_is_started_again(
    exchange: Exchange, desk: Desk
) -> None:
    key = await exchange.give("adv02")
    await desk.start(key, checked=True)
    await desk.is_now("healthy")
    assert await exchange.online("adv02-web")
    await desk.unplug()
    await desk.says("why", "microphone-lost")
    await gone(exchange, "adv02-web")
    await desk.start(key, checked=True)
    await desk.is_now("healthy")


async def test_a_silent_microphone_and_an_echo_that_does_not_come_back_are_told_apart_and_neither_can_be_rung(
    exchange: Exchange, browser: Browser, desk: Desk
) -> None:
    quiet = await exchange.desk(browser)
    try:
        await quiet.silence()
        await quiet.start(await exchange.give("adv03"))
        await desk.start(await exchange.give("adv02"), echo="silence")
        await asyncio.gather(desk.says("why", "echo-silent"), quiet.says("why", "microphone-silent", 12))
        for one, endpoint in ((desk, "adv02-web"), (quiet, "adv03-web")):
            assert [told["name"] for told in await one.told("state")] == ["asking", "checking", "unhealthy"]
            await one.says("routable", "false")
            assert not await exchange.online(endpoint)  # not registered, it cannot be rung
    finally:
        await quiet.close()


async def test_a_key_that_is_taken_away_ends_the_connection_and_registers_nobody_any_more(
    exchange: Exchange, desk: Desk
) -> None:
    key = await exchange.give("adv03")
    await desk.start(key, checked=True)
    await desk.is_now("healthy")
    await exchange.keys.take(AdviserId("adv03"))
    await desk.is_now("unhealthy")
    await desk.says("why", "registration")
    await gone(exchange, "adv03-web")
    before = len(await desk.told("state"))
    await desk.start(key, checked=True)
    await until(lambda: told_so_far(desk, before + 3), "it was tried again")
    assert [told["name"] for told in await desk.told("state")][before:] == ["asking", "registering", "unhealthy"]
    assert not await exchange.online("adv03-web")
    status, _ = await exchange.controller.rest("GET", "asterisk/config/dynamic/res_pjsip/auth/adv03-web")
    assert status == 404  # Asterisk has forgotten the password, too


async def told_so_far(desk: Desk, count: int) -> bool:
    return len(await desk.told("state")) >= count


async def test_a_second_tab_stays_passive_until_the_first_one_closes(exchange: Exchange, desk: Desk) -> None:
    key = await exchange.give("adv03")
    await desk.start(key, checked=True)
    await desk.is_now("healthy")
    await exchange.asterisk.console("module reload res_pjsip.so")  # takes no password away
    second = await Desk(exchange, desk.context).open()
    await second.start(key, checked=True)
    await second.is_now("passive")
    await desk.is_now("healthy")
    await desk.page.close()
    await second.is_now("healthy")


async def test_a_foreign_page_and_one_without_a_ticket_get_nowhere(exchange: Exchange) -> None:
    key = await exchange.give("adv03")
    protocols = ("sip", f"ticket.{key.ticket}")
    async with aiohttp.ClientSession() as http:
        for foreign in ({"Origin": "https://elsewhere.example.net"}, {"Origin": "null"}, {}):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await http.ws_connect(f"{exchange.origin}/sip", protocols=protocols, headers=foreign)
            assert refused.value.status == 403
        ours = {"Origin": exchange.origin}
        for wrong in (("sip",), ("sip", "ticket."), ("sip", "ticket.wrong"), ("sip", *protocols[1:], "ticket.wrong")):
            async with http.ws_connect(f"{exchange.origin}/sip", protocols=wrong, headers=ours) as closed:
                assert (await closed.receive()).data == 4000


async def test_a_page_with_a_ticket_cannot_pass_for_the_trunk_and_a_flood_is_cut(exchange: Exchange) -> None:
    key = await exchange.give("adv03")
    protocols, ours = ("sip", f"ticket.{key.ticket}"), {"Origin": exchange.origin}
    invite = (
        "INVITE sip:0177771225@fil-vert SIP/2.0\r\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bKstranger\r\n"
        "From: <sip:0199000009@fil-vert>;tag=a\r\nTo: <sip:0177771225@fil-vert>\r\nCall-ID: stranger\r\n"
        "CSeq: 1 INVITE\r\nContact: <sip:0199000009@x.invalid;transport=ws>\r\nMax-Forwards: 70\r\n"
        "Content-Length: 0\r\n\r\n"
    )
    async with aiohttp.ClientSession() as http:
        async with http.ws_connect(f"{exchange.origin}/sip", protocols=protocols, headers=ours) as page:
            await page.send_str(invite)
            assert (await page.receive_str(timeout=5)).startswith("SIP/2.0 401")
            await page.send_str("\r\n\r\n")
            assert await page.receive_str(timeout=5) == "\r\n"
            for _ in range(200):
                await page.send_str("\r\n\r\n")
            while (received := await page.receive(timeout=5)).type is aiohttp.WSMsgType.TEXT:
                assert received.data == "\r\n"
            assert received.data == 4002
        async with http.ws_connect(f"{exchange.origin}/sip", protocols=protocols, headers=ours) as page:
            await page.send_str("x" * 20_000)
            assert (await page.receive(timeout=5)).data == 1009
