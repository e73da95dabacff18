"""Faults 1–13 of the link to Asterisk: what breaks, and that the desk hears the truth all the same.

Those that a network can cause are held against the real Asterisk too, through a proxy.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable

import pytest

from dialer.asterisk import requests
from dialer.asterisk.link import AppTaken
from dialer.core.commands import (
    Answer,
    ConfirmWish,
    HangUp,
    Join,
    MakeBridge,
    PlayPrompt,
    RingAdviser,
    StartMusic,
)
from dialer.core.events import (
    CallArrived,
    DigitPressed,
    Event,
    JoinRefused,
    LegAnswered,
    LegLeft,
    LinkLost,
    PhoneRegistered,
    PromptFinished,
    Reconciled,
    WishSet,
)
from dialer.core.words import AdviserId, BridgeId, CallId, Cause, LegId, PlaybackId
from tests.asterisk.fake_ari import FakeAri
from tests.asterisk.heard import Heard, now_s, until
from tests.asterisk.proxy import Proxy
from tests.asterisk.world import FakeWorld, World

Listen = Callable[..., Heard]
pytestmark = pytest.mark.asyncio


def ring(leg: str, adviser: str = "adv01") -> RingAdviser:
    return RingAdviser(LegId(leg), AdviserId(adviser), CallId("c"), "Ligne", None, 20.0)


async def a_call(heard: Heard, fake: FakeAri) -> LegId:
    leg = LegId(fake.arrive("main"))
    await heard.until(CallArrived, leg=leg)
    heard.perform(Answer(leg))
    await heard.until(LegAnswered, leg=leg)
    return leg


async def test_1_a_reset_connection_is_back_within_two_seconds_and_nothing_differs(
    world: World, proxy: Proxy, listen: Listen
) -> None:
    heard = listen(world, proxy.url)
    await heard.until(Reconciled)
    await world.caller("dropout")
    leg = (await heard.until(CallArrived)).leg
    heard.perform(Answer(leg))
    await heard.until(LegAnswered)
    proxy.cut()
    began = now_s()
    await heard.until(LinkLost)
    assert not heard.link.ready
    assert heard.link.why_not_ready
    found = await heard.until(Reconciled, nth=2)
    assert now_s() - began < 2.0
    assert heard.link.ready
    assert {name: seen.up for name, seen in found.legs.items()} == {leg: True}
    assert [type(event) for event in heard.events].count(CallArrived) == 1
    assert not heard.all(LegLeft)
    assert (heard.link.connections, heard.link.losses) == (2, 1)


async def test_2_a_black_hole_is_noticed_within_five_seconds_and_the_old_connection_does_no_harm(
    world: World, proxy: Proxy, listen: Listen
) -> None:
    heard = listen(world, proxy.url)
    await heard.until(Reconciled)
    proxy.swallows = True
    began = now_s()
    await heard.until(LinkLost)
    assert now_s() - began < 5.0
    proxy.swallows = False
    await heard.until(Reconciled, nth=2)
    # Asterisk still holds the swallowed connection; its end, when it comes, must not take our new one away.
    for nth, released in enumerate((False, True), 1):
        if released:
            proxy.released.set()
            await asyncio.sleep(0.2)
        caller = await world.caller("main")
        leg = (await heard.until(CallArrived, nth=nth)).leg
        caller.hang_up()
        await heard.until(LegLeft, leg=leg)
    assert heard.link.ready


async def test_3_a_controller_that_stood_still_goes_on_without_a_loss(world: World, listen: Listen) -> None:
    heard = listen(world)
    await heard.until(Reconciled)
    caller = await world.caller("main")
    leg = (await heard.until(CallArrived)).leg
    heard.perform(Answer(leg))
    await heard.until(LegAnswered)
    time.sleep(6.0)  # noqa: ASYNC251 - the event loop itself stands still, longer than the silence that counts as death
    caller.press("7")
    assert (await heard.until(DigitPressed)).leg == leg
    assert not heard.all(LinkLost)
    assert not heard.all(LegLeft)


async def test_4_5_6_what_happened_in_the_gap_is_in_the_truth_after_it(
    world: World, proxy: Proxy, listen: Listen
) -> None:
    heard = listen(world, proxy.url)
    await heard.until(Reconciled)
    phone = await world.adviser("adv01")
    await phone.register()
    await heard.until(PhoneRegistered)
    caller = await world.caller("dropout")
    leg = (await heard.until(CallArrived)).leg
    heard.perform(Answer(leg), ring("a1"))
    rings = await phone.rings()
    rings.accept()
    await heard.until(LegAnswered, leg=LegId("a1"))
    stays = await world.caller("main")
    other = (await heard.until(CallArrived, nth=2)).leg
    heard.perform(Answer(other))
    await heard.until(LegAnswered, leg=other)
    proxy.refuses = True
    proxy.cut()
    await heard.until(LinkLost)
    caller.hang_up()
    rings.hang_up()
    await world.caller("main")  # goes to the recorded apology, and is none of ours
    await asyncio.sleep(0.3)
    proxy.refuses = False
    found = await heard.until(Reconciled, nth=2)
    assert set(found.legs) == {other}
    assert len(heard.all(CallArrived)) == 2
    stays.hang_up()
    await heard.until(LegLeft, leg=other)
    assert len(heard.all(LegLeft)) == 1


async def test_5_a_prompt_that_ended_in_the_gap_is_told_afterwards(fake: FakeAri, listen: Listen) -> None:
    fake.prompt_s = 0.2
    heard = listen(FakeWorld(fake))
    await heard.until(Reconciled)
    leg = await a_call(heard, fake)
    heard.perform(PlayPrompt(leg, PlaybackId("p1"), ("beep",)))
    await heard.ask(requests.ping())
    fake.closed = True
    await fake.cut()
    await until(lambda: not fake.playbacks, what="the end of the prompt")
    assert not heard.all(PromptFinished)
    fake.closed = False
    await heard.until(PromptFinished, playback=PlaybackId("p1"))
    order = [type(event) for event in heard.events]
    assert order.index(PromptFinished) > len(order) - 1 - order[::-1].index(Reconciled)


async def test_7_duplicate_events_change_nothing(fake: FakeAri, listen: Listen) -> None:
    heard = listen(FakeWorld(fake))
    await heard.until(Reconciled)
    said = fake.send

    def twice(event: dict[str, object]) -> None:
        said(event)
        said(event)

    fake.send = twice  # type: ignore[method-assign]
    fake.register("adv01")
    leg = await a_call(heard, fake)
    heard.perform(PlayPrompt(leg, PlaybackId("p1"), ("beep",)))
    await heard.until(PromptFinished)
    fake.press(leg, "1")
    heard.perform(ring("a1"))
    await until(lambda: "a1" in fake.channels)
    fake.accept("a1")
    await heard.until(LegAnswered, leg=LegId("a1"))
    fake.hang_up("a1")
    fake.hang_up(leg)
    await heard.until(LegLeft, leg=leg)
    await heard.ask(requests.ping())
    kinds = [type(event).__name__ for event in heard.events]
    once = ("Reconciled", "PhoneRegistered", "CallArrived", "PromptFinished", "DigitPressed")
    twice_for_two_legs = ("LegAnswered", "LegLeft") * 2
    assert sorted(kinds) == sorted((*once, *twice_for_two_legs))


async def test_8_an_end_that_overtakes_the_beginning_leaves_no_ghost(fake: FakeAri, listen: Listen) -> None:
    heard = listen(FakeWorld(fake))
    await heard.until(Reconciled)
    fake.register("adv01")
    heard.perform(ring("a1"))
    await until(lambda: "a1" in fake.channels)
    channel = json.loads(json.dumps(fake.channels["a1"]))
    base = {"application": "dialer", "timestamp": "x"}
    fake.send({"type": "ChannelDestroyed", "channel": channel, "cause": 21, "cause_txt": "", **base})
    fake.send({"type": "StasisStart", "channel": channel, "args": ["leg"], **base})
    await heard.until(LegLeft, leg=LegId("a1"))
    await until(lambda: "a1" not in fake.channels, what="the hang-up of the leg that nobody waits for")
    assert not heard.all(LegAnswered)


async def test_9_what_is_no_event_is_logged_once_and_the_link_lives(
    fake: FakeAri, listen: Listen, caplog: pytest.LogCaptureFixture
) -> None:
    heard = listen(FakeWorld(fake))
    await heard.until(Reconciled)
    with caplog.at_level(logging.WARNING):
        for text in ('{"type":"StasisSta', "[]", "null", '{"type":42}', '{"type":"RESTResponse"}', "{}"):
            fake.send_text(text)
        for _ in range(3):
            fake.send_text('{"type":"SomethingNew","channel":{"id":"x"}}')
            fake.send_text('{"type":"StasisStart","args":[],"channel":{}}')
            fake.send_text('{"type":"ChannelDtmfReceived","channel":{"id":7}}')
        leg = await a_call(heard, fake)
    fake.hang_up(leg)
    await heard.until(LegLeft)
    assert heard.link.counters.unreadable == 3
    assert heard.link.unknown_events == 11
    assert sum("SomethingNew" in record.message for record in caplog.records) == 1
    assert not heard.all(LinkLost)


async def test_10_a_second_controller_of_our_name_is_an_alarm_and_no_war(world: World, listen: Listen) -> None:
    first = listen(world)
    await first.until(Reconciled)
    second = listen(world)
    await second.until(Reconciled)
    assert first.run is not None
    with pytest.raises(AppTaken):
        await asyncio.wait_for(first.run, 2.0)
    assert not first.link.ready
    assert "stop one of the two" in (first.link.why_not_ready or "")
    assert len(first.all(LinkLost)) == 1
    await world.caller("main")
    await second.until(CallArrived)
    assert second.link.ready


async def test_11_a_busy_asterisk_is_asked_again_a_few_times_and_others_do_not_wait(
    fake: FakeAri, listen: Listen
) -> None:
    heard = listen(FakeWorld(fake))
    await heard.until(Reconciled)
    leg = LegId(fake.arrive("main"))
    other = LegId(fake.arrive("main"))
    await heard.until(CallArrived, nth=2)
    fake.busy[f"POST channels/{leg}/answer"] = 2
    began = now_s()
    heard.perform(Answer(leg), Answer(other))
    await heard.until(LegAnswered, leg=other)
    assert now_s() - began < 0.3
    await heard.until(LegAnswered, leg=leg)
    fake.busy["POST channels/a1"] = 1000
    fake.register("adv01")
    heard.perform(ring("a1"))
    assert (await heard.until(LegLeft, leg=LegId("a1"))).cause is Cause.FAILED
    assert fake.asked.count("POST channels/a1") == 1, "an originate is never blindly repeated"
    fake.busy["moh"] = 1000
    heard.perform(StartMusic(leg, "default"))
    await until(lambda: fake.asked.count(f"POST channels/{leg}/moh") == 3)
    assert heard.link.ready


async def test_12_an_originate_whose_answer_is_lost_is_looked_up_and_not_repeated(
    fake: FakeAri, listen: Listen
) -> None:
    heard = listen(FakeWorld(fake))
    await heard.until(Reconciled)
    fake.register("adv01")
    fake.register("adv02")
    fake.lose_answer_to.append("POST channels/a1")
    fake.lose_request.append("POST channels/a2")
    heard.perform(ring("a1"), ring("a2", "adv02"))
    left = await heard.until(LegLeft)
    assert (left.leg, left.cause) == ("a2", Cause.UNKNOWN)
    fake.accept("a1")
    await heard.until(LegAnswered, leg=LegId("a1"))
    assert [line for line in fake.asked if "channels/a" in line] == [
        "POST channels/a1",
        "POST channels/a2",
        "GET channels/a1",
        "GET channels/a2",
    ]
    assert not heard.all(LinkLost)


async def test_12_an_originate_that_a_cut_swallowed_is_told_as_gone(fake: FakeAri, listen: Listen) -> None:
    heard = listen(FakeWorld(fake))
    await heard.until(Reconciled)
    fake.register("adv01")
    fake.lose_request.append("POST channels/a1")
    heard.perform(ring("a1"))
    await until(lambda: "POST channels/a1" in fake.asked)
    await fake.cut()
    await heard.until(Reconciled, nth=2)
    assert (await heard.until(LegLeft, leg=LegId("a1"))).cause is Cause.UNKNOWN
    assert fake.asked.count("POST channels/a1") == 1


async def test_12_a_join_whose_answer_is_lost_is_asked_again_and_is_no_refusal(fake: FakeAri, listen: Listen) -> None:
    heard = listen(FakeWorld(fake))
    await heard.until(Reconciled)
    leg = await a_call(heard, fake)
    fake.lose_answer_to.append("addChannel")
    heard.perform(MakeBridge(BridgeId("b1")), Join(BridgeId("b1"), (leg,)))
    await until(lambda: fake.asked.count("POST bridges/b1/addChannel") == 2)
    await heard.ask(requests.ping())
    assert not heard.all(JoinRefused)


async def test_13_a_refused_password_is_said_and_tried_again_slowly(
    fake: FakeAri, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dialer.asterisk.link.REFUSED_REST_S", 0.3)
    world = FakeWorld(fake)
    fake.password = "rotated"
    heard = listen(world)
    await until(lambda: "401" in (heard.link.why_not_ready or ""))
    assert not heard.link.ready
    assert "ari-secret" not in (heard.link.why_not_ready or "")
    fake.password = "ari-secret"
    await heard.until(Reconciled)
    assert heard.link.ready


async def test_what_is_asked_while_the_link_is_down_goes_by_http_in_order(fake: FakeAri, listen: Listen) -> None:
    heard = listen(FakeWorld(fake))
    await heard.until(Reconciled)
    leg = await a_call(heard, fake)
    fake.closed = True
    await fake.cut()
    await heard.until(LinkLost)
    fake.asked.clear()
    heard.perform(StartMusic(leg, "default"), MakeBridge(BridgeId("b1")), Join(BridgeId("b1"), (leg,)), HangUp(leg))
    await until(lambda: leg not in fake.channels)
    assert [line for line in fake.asked if "events" not in line] == [
        f"POST channels/{leg}/moh",
        "POST bridges/b1",
        f"DELETE channels/{leg}/moh",
        "POST bridges/b1/addChannel",
        f"DELETE channels/{leg}",
    ]
    assert fake.by_http == 5


async def test_what_happens_during_the_reconciliation_comes_after_it_and_once(fake: FakeAri, listen: Listen) -> None:
    early = fake.arrive("main")  # before the controller: not ours
    fake.channels[early]["dialplan"].update(app_name="Stasis", app_data="dialer,arrived,main,allowed")
    late: list[str] = []
    answer: Callable[..., tuple[int, object]] = fake._do

    def meddle(method: str, path: list[str], *rest: object) -> tuple[int, object]:
        if path == ["channels"]:
            seen = answer(method, path, *rest)
            late.append(fake.arrive("dropout"))  # after the list was made
            fake.press(early, "3")
            return seen[0], json.loads(json.dumps(seen[1]))
        if path == ["bridges"]:
            late.append(fake.arrive("dropout"))
        return answer(method, path, *rest)

    fake._do = meddle  # type: ignore[assignment, method-assign]
    heard = listen(FakeWorld(fake))
    await heard.until(CallArrived, nth=3)
    await heard.until(DigitPressed)
    told: list[tuple[type[Event], str]] = [(type(e), getattr(e, "leg", "")) for e in heard.events]
    assert told == [
        (CallArrived, early),
        (Reconciled, ""),
        (CallArrived, late[0]),
        (DigitPressed, early),
        (CallArrived, late[1]),
    ]


async def test_a_leg_asked_for_during_the_reconciliation_is_not_given_up(fake: FakeAri, listen: Listen) -> None:
    fake.register("adv01")
    answer: Callable[..., tuple[int, object]] = fake._do

    def meddle(method: str, path: list[str], *rest: object) -> tuple[int, object]:
        if path == ["bridges"]:
            heard.perform(ring("a1"))  # after the list of channels was made, and asked for behind the last list
        return answer(method, path, *rest)

    fake._do = meddle  # type: ignore[assignment, method-assign]
    heard = listen(FakeWorld(fake))
    assert (await heard.until(Reconciled)).legs == {}
    await until(lambda: "a1" in fake.channels)
    fake.accept("a1")
    await heard.until(LegAnswered, leg=LegId("a1"))


async def test_22_a_prompt_for_a_leg_that_just_left_moves_nothing(fake: FakeAri, listen: Listen) -> None:
    heard = listen(FakeWorld(fake))
    await heard.until(Reconciled)
    leg = await a_call(heard, fake)
    channel = fake.channels.pop(leg)  # gone, and its end not told yet
    heard.perform(PlayPrompt(leg, PlaybackId("p1"), ("beep",)))
    assert (await heard.ask(requests.channel(leg))).gone
    assert not heard.all(PromptFinished)
    fake.channels[leg] = channel
    fake.hang_up(leg)
    await heard.until(LegLeft, leg=leg)
    assert not heard.all(PromptFinished)


async def test_a_living_leg_is_asked_for_once(fake: FakeAri, listen: Listen) -> None:
    heard = listen(FakeWorld(fake))
    await heard.until(Reconciled)
    fake.register("adv01")
    heard.perform(ring("a1"), ring("a1"))
    await heard.ask(requests.ping())
    assert fake.asked.count("POST channels/a1") == 1  # 22.10.1 loses a channel for ever at the second


async def test_a_wish_whose_event_was_lost_is_taken_from_the_truth(fake: FakeAri, listen: Listen) -> None:
    leg = fake.dial_wish("adv02", "ready")  # nobody is connected: the event is lost, the phone waits
    heard = listen(FakeWorld(fake))
    wish = await heard.until(WishSet)
    assert (wish.adviser, wish.leg) == ("adv02", leg)
    heard.perform(ConfirmWish(LegId(leg), wish.wish, done=True))
    await until(lambda: fake.channels[leg]["dialplan"]["app_name"] != "Stasis")
    assert (await heard.until(Reconciled)).legs == {}


async def test_an_asterisk_that_restarted_is_told_as_empty(fake: FakeAri, listen: Listen) -> None:
    heard = listen(FakeWorld(fake))
    await heard.until(Reconciled)
    fake.register("adv01")
    leg = await a_call(heard, fake)
    fake.restart()
    await fake.cut()
    found = await heard.until(Reconciled, nth=2)
    assert (found.legs, found.bridges, found.phones) == ({}, frozenset(), frozenset())
    heard.perform(HangUp(leg), Answer(leg))
    await heard.ask(requests.ping())
    assert not heard.all(LegLeft), "the desk learnt it from Reconciled"


async def test_stopping_while_asterisk_is_away_ends_at_once(fake: FakeAri, listen: Listen) -> None:
    heard = listen(FakeWorld(fake), "http://127.0.0.1:22999/ari")
    await until(lambda: "not to be reached" in (heard.link.why_not_ready or ""))
    for n in range(100):
        heard.perform(HangUp(LegId(f"x{n}")))
    assert heard.run is not None
    heard.run.cancel()
    await asyncio.wait({heard.run}, timeout=1.0)
    assert heard.run.done()
