"""What the controller promises about Asterisk, held to the fake and to the real one alike."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from dialer.asterisk import requests
from dialer.core.commands import (
    Answer,
    CloseBridge,
    ConfirmWish,
    DialOutside,
    HangUp,
    HearGreetingOut,
    Join,
    ListenForMachine,
    MakeBridge,
    PlayPrompt,
    RingAdviser,
    SendToApology,
    StartMusic,
    StopMusic,
    StopPrompt,
    TakeOut,
)
from dialer.core.events import (
    CallArrived,
    DigitPressed,
    GreetingOver,
    JoinRefused,
    LegAnswered,
    LegLeft,
    LegSeen,
    MachineDetected,
    PhoneRegistered,
    PhoneUnregistered,
    PromptFinished,
    Reconciled,
    WishSet,
)
from dialer.core.words import E164, AdviserId, BridgeId, CallId, Cause, LegId, LineId, PlaybackId, Wish
from tests.asterisk.heard import Heard, now_s, until
from tests.asterisk.world import Adviser, Caller, Ring, World

Listen = Callable[..., Heard]
A1 = AdviserId("adv01")
pytestmark = pytest.mark.asyncio


def ring(leg: str, adviser: AdviserId = A1, ring_max_s: float = 20.0) -> RingAdviser:
    return RingAdviser(LegId(leg), adviser, CallId("c"), 'Réo "gratuit", la <ligne>', E164("+33800122500"), ring_max_s)


async def ready(heard: Heard) -> Reconciled:
    return await heard.until(Reconciled)


async def answered_call(world: World, heard: Heard) -> tuple[Caller, LegId]:
    caller = await world.caller("dropout")
    leg = (await heard.until(CallArrived)).leg
    heard.perform(Answer(leg))
    await heard.until(LegAnswered, leg=leg)
    return caller, leg


async def registered(world: World, heard: Heard, name: str = "adv01") -> Adviser:
    adviser = await world.adviser(name)
    await adviser.register()
    await heard.until(PhoneRegistered, adviser=AdviserId(name))
    return adviser


async def test_a_caller_arrives_with_line_and_number_and_leaves_once(world: World, listen: Listen) -> None:
    heard = listen(world)
    await ready(heard)
    caller = await world.caller("dropout")
    arrived = await heard.until(CallArrived)
    assert (arrived.line, arrived.caller.number) == (LineId("dropout"), E164("+33199000001"))
    assert arrived.call == CallId(arrived.leg)
    heard.perform(Answer(arrived.leg), Answer(arrived.leg))
    await heard.until(LegAnswered, leg=arrived.leg)
    caller.hang_up()
    assert (await heard.until(LegLeft)).cause is Cause.NORMAL
    heard.perform(Answer(arrived.leg))
    await heard.ask(requests.ping())
    assert len(heard.all(LegLeft)) == 1
    assert len(heard.all(LegAnswered)) == 1


async def test_a_caller_who_gives_up_before_the_answer_leaves_once(world: World, listen: Listen) -> None:
    heard = listen(world)
    await ready(heard)
    caller = await world.caller("main")
    leg = (await heard.until(CallArrived)).leg
    caller.hang_up()
    heard.perform(Answer(leg), PlayPrompt(leg, PlaybackId("p"), ("beep",)), StartMusic(leg, "default"), HangUp(leg))
    await heard.until(LegLeft, leg=leg)
    await heard.ask(requests.ping())
    assert len(heard.all(LegLeft)) == 1
    assert not heard.all(PromptFinished)


async def test_prompts_pipelined_after_the_answer_finish_once(world: World, listen: Listen) -> None:
    heard = listen(world)
    await ready(heard)
    await world.caller("dropout")
    leg = (await heard.until(CallArrived)).leg
    heard.perform(Answer(leg), PlayPrompt(leg, PlaybackId("p1"), ("beep", "unheard-of", "missing", "beep")))
    finished = await heard.until(PromptFinished, playback=PlaybackId("p1"))
    assert (finished.leg, finished.failed) == (leg, False)
    assert isinstance(heard.events[heard.events.index(finished) - 1], LegAnswered)


async def test_a_prompt_without_sound_is_failed_and_never_dead_air(world: World, listen: Listen) -> None:
    heard = listen(world)
    await ready(heard)
    _, leg = await answered_call(world, heard)
    heard.perform(
        PlayPrompt(leg, PlaybackId("p1"), ("missing",)),
        PlayPrompt(leg, PlaybackId("p2"), ("unheard-of",)),
        PlayPrompt(leg, PlaybackId("p3"), ()),
    )
    for name in ("p1", "p2", "p3"):
        assert (await heard.until(PromptFinished, playback=PlaybackId(name))).failed


async def test_a_digit_stops_the_prompt(world: World, listen: Listen) -> None:
    heard = listen(world)
    await ready(heard)
    caller, leg = await answered_call(world, heard)
    heard.perform(PlayPrompt(leg, PlaybackId("p1"), ("long", "long")))
    await heard.ask(requests.ping())
    caller.press("2")
    pressed = await heard.until(DigitPressed)
    assert (pressed.leg, pressed.digit) == (leg, "2")
    heard.perform(StopPrompt(PlaybackId("p1")), StopPrompt(PlaybackId("p1")), StopPrompt(PlaybackId("never")))
    await heard.until(PromptFinished, limit_s=2.0, playback=PlaybackId("p1"))
    await heard.ask(requests.ping())
    assert len(heard.all(PromptFinished)) == len(heard.all(DigitPressed)) == 1


async def test_a_ringing_phone_that_answers_is_joined_and_its_end_is_told(world: World, listen: Listen) -> None:
    heard = listen(world)
    await ready(heard)
    phone = await registered(world, heard)
    caller, leg = await answered_call(world, heard)
    heard.perform(StartMusic(leg, "default"), PlayPrompt(leg, PlaybackId("p"), ("long",)), ring("a1"))
    rings = await phone.rings()
    rings.accept()
    await heard.until(LegAnswered, leg=LegId("a1"))
    heard.perform(MakeBridge(BridgeId("b1")), Join(BridgeId("b1"), (leg, LegId("a1"))))
    began = now_s()
    bridge = await heard.ask(requests.bridge(BridgeId("b1")))
    assert set(bridge.json()["channels"]) == {leg, "a1"}
    assert now_s() - began < 1.0, "the prompt held up the bridge, and every request after it"
    rings.hang_up()
    assert (await heard.until(LegLeft, leg=LegId("a1"))).cause is Cause.NORMAL
    heard.perform(CloseBridge(BridgeId("b1")), CloseBridge(BridgeId("b1")))
    caller.hang_up()
    await heard.until(LegLeft, leg=leg)
    assert len(heard.all(LegLeft)) == 2
    assert not heard.all(JoinRefused)


@pytest.mark.parametrize(
    ("sip", "cause"),
    [(486, Cause.BUSY), (603, Cause.REJECTED), (480, Cause.NO_ANSWER), (404, Cause.UNREACHABLE), (503, Cause.FAILED)],
)
async def test_a_refusal_is_told_once_with_its_cause(world: World, listen: Listen, sip: int, cause: Cause) -> None:
    heard = listen(world)
    await ready(heard)
    phone = await registered(world, heard)
    heard.perform(ring("a1"))
    (await phone.rings()).reject(sip)
    assert (await heard.until(LegLeft)).cause is cause
    await heard.ask(requests.ping())
    assert len(heard.all(LegLeft)) == 1


async def test_a_phone_that_rings_in_vain_did_not_answer(world: World, listen: Listen) -> None:
    heard = listen(world)
    await ready(heard)
    phone = await registered(world, heard)
    heard.perform(ring("a1", ring_max_s=0.7))
    await phone.rings()
    left = await heard.until(LegLeft, limit_s=4.0)
    assert (left.leg, left.cause) == ("a1", Cause.NO_ANSWER)


async def test_ringing_is_taken_back_by_hanging_up(world: World, listen: Listen) -> None:
    heard = listen(world)
    await ready(heard)
    phone = await registered(world, heard)
    heard.perform(ring("a1"))
    await phone.rings()
    heard.perform(HangUp(LegId("a1")), HangUp(LegId("a1")))
    assert (await heard.until(LegLeft)).cause is Cause.NORMAL


async def test_a_phone_that_is_not_registered_is_unreachable(world: World, listen: Listen) -> None:
    heard = listen(world)
    await ready(heard)
    heard.perform(ring("a2", AdviserId("adv02")))
    left = await heard.until(LegLeft)
    assert (left.leg, left.cause) == ("a2", Cause.UNREACHABLE)


async def test_a_living_leg_is_not_rung_twice(world: World, listen: Listen) -> None:
    heard = listen(world)
    await ready(heard)
    phone = await registered(world, heard)
    heard.perform(ring("a1"))
    await phone.rings()
    heard.perform(ring("a1"))
    await heard.ask(requests.ping())
    assert not heard.all(LegLeft)


async def test_an_outside_number_is_dialled_through_the_trunk(world: World, listen: Listen) -> None:
    heard = listen(world)
    await ready(heard)
    outside = await world.outside()
    heard.perform(DialOutside(LegId("o1"), CallId("c"), E164("+33199000002"), E164("+33800122500"), 20.0))
    rings = await outside.rings()
    dialog = getattr(rings, "dialog", None)
    if dialog is not None:
        assert dialog.invite.uri.startswith("sip:+33199000002@")
        assert "+33800122500" in dialog.invite.headers["from"]
    rings.accept()
    await heard.until(LegAnswered, leg=LegId("o1"))


async def listened(world: World, heard: Heard) -> Ring:
    """Somebody outside who answered as `o1`, with the ear `o1-m` on what they say."""
    outside = await world.outside()
    heard.perform(DialOutside(LegId("o1"), CallId("c"), E164("+33199000002"), E164("+33800122500"), 20.0))
    rings = await outside.rings()
    rings.accept()
    await heard.until(LegAnswered, leg=LegId("o1"))
    heard.perform(MakeBridge(BridgeId("b1")), Join(BridgeId("b1"), (LegId("o1"),)))
    heard.perform(ListenForMachine(LegId("o1"), LegId("o1-m")))
    return rings


async def channels(heard: Heard) -> set[str]:
    return {one["id"] for one in (await heard.ask(requests.channels())).json()}


async def until_only(heard: Heard, *legs: str) -> None:
    began = now_s()
    while (left := await channels(heard)) != set(legs):
        assert now_s() - began < 8, f"there are still {left}"
        await asyncio.sleep(0.02)


async def test_a_machine_is_detected_beside_the_talk_and_its_greeting_heard_out(world: World, listen: Listen) -> None:
    heard = listen(world)
    await ready(heard)
    rings = await listened(world, heard)
    speaks = asyncio.create_task(rings.speak(4.0))
    assert await heard.until(MachineDetected) == heard.events[-1]
    assert (heard.all(MachineDetected)[0].leg, heard.all(MachineDetected)[0].ear) == ("o1", "o1-m")
    assert await channels(heard) == {"o1", "o1-m"}  # it waits to be told what for
    heard.perform(StartMusic(LegId("o1"), "default"), HearGreetingOut(LegId("o1-m")))
    assert (await heard.until(GreetingOver)).leg == "o1"
    heard.perform(PlayPrompt(LegId("o1"), PlaybackId("p1"), ("beep",)))
    assert not (await heard.until(PromptFinished)).failed
    await until_only(heard, "o1")
    await speaks
    assert not heard.all(LegLeft), "an ear is no leg of ours"
    assert len(heard.all(MachineDetected)) == len(heard.all(GreetingOver)) == 1


async def test_who_says_hello_and_waits_is_no_machine_and_the_ear_goes(world: World, listen: Listen) -> None:
    heard = listen(world)
    await ready(heard)
    rings = await listened(world, heard)
    speaks = asyncio.create_task(rings.speak(0.6))
    await until_only(heard, "o1")
    await speaks
    assert not heard.all(MachineDetected)
    assert not heard.all(LegLeft)


async def test_an_ear_goes_with_the_leg_that_it_listens_to(world: World, listen: Listen) -> None:
    heard = listen(world)
    await ready(heard)
    rings = await listened(world, heard)
    speaks = asyncio.create_task(rings.speak(4.0))
    await heard.until(MachineDetected)
    heard.perform(HangUp(LegId("o1")))
    await heard.until(LegLeft, leg=LegId("o1"))
    await until_only(heard)
    heard.perform(HearGreetingOut(LegId("o1-m")), HangUp(LegId("o1-m")))
    await heard.ask(requests.ping())
    await speaks
    assert len(heard.all(LegLeft)) == 1
    assert not heard.all(GreetingOver)


async def test_an_ear_that_a_controller_left_waiting_is_hung_up_by_the_next(world: World, listen: Listen) -> None:
    first = listen(world)
    await ready(first)
    rings = await listened(world, first)
    speaks = asyncio.create_task(rings.speak(4.0))
    await first.until(MachineDetected)
    assert first.run is not None
    first.run.cancel()
    await until(first.run.done)
    second = listen(world)
    found = await ready(second)
    assert found.legs == {"o1": LegSeen(True, BridgeId("b1"))}
    assert not second.all(CallArrived)
    await until_only(second, "o1")
    await speaks
    assert not second.all(MachineDetected)


async def test_an_adviser_sees_the_line_and_never_a_broken_name(world: World, listen: Listen) -> None:
    heard = listen(world)
    await ready(heard)
    phone = await registered(world, heard)
    heard.perform(ring("a1"))
    dialog = getattr(await phone.rings(), "dialog", None)
    if dialog is not None:
        assert dialog.invite.headers["from"].startswith('"Réo gratuit, la ligne" <sip:+33800122500@')


async def test_a_join_with_a_leg_that_is_gone_is_silent(world: World, listen: Listen) -> None:
    heard = listen(world)
    await ready(heard)
    phone = await registered(world, heard)
    _, leg = await answered_call(world, heard)
    heard.perform(ring("a1"))
    (await phone.rings()).reject(603)
    heard.perform(MakeBridge(BridgeId("b1")), Join(BridgeId("b1"), (leg, LegId("a1"))))
    await heard.until(LegLeft, leg=LegId("a1"))
    for _ in range(3):
        await heard.ask(requests.ping())
    assert not heard.all(JoinRefused)


async def test_living_legs_that_cannot_be_joined_are_a_refusal(world: World, listen: Listen) -> None:
    heard = listen(world)
    await ready(heard)
    phone = await registered(world, heard)
    _, leg = await answered_call(world, heard)
    heard.perform(ring("a1"))
    (await phone.rings()).accept()
    await heard.until(LegAnswered, leg=LegId("a1"))
    heard.perform(Join(BridgeId("never-made"), (leg, LegId("a1"))))
    refused = await heard.until(JoinRefused)
    assert (refused.bridge, refused.legs) == ("never-made", (leg, LegId("a1")))


async def test_a_leg_is_taken_out_of_its_bridge_once_and_brought_back_with_its_music_stopped(
    world: World, listen: Listen
) -> None:
    heard = listen(world)
    await ready(heard)
    phone = await registered(world, heard)
    _, leg = await answered_call(world, heard)
    bridge, other = BridgeId("b1"), LegId("a1")

    async def inside() -> set[str]:
        return set((await heard.ask(requests.bridge(bridge))).json()["channels"])

    heard.perform(ring("a1"))
    (await phone.rings()).accept()
    await heard.until(LegAnswered, leg=other)
    heard.perform(MakeBridge(bridge), Join(bridge, (leg, other)))
    assert await inside() == {leg, other}

    heard.perform(TakeOut(bridge, leg), StartMusic(leg, "default"), TakeOut(bridge, leg))
    assert await inside() == {other}
    heard.perform(StopMusic(leg), Join(bridge, (leg,)), Join(bridge, (leg,)))
    assert await inside() == {leg, other}
    assert not heard.all(JoinRefused)
    assert not heard.all(LegLeft)


async def test_the_safe_exit_leaves_the_call_to_the_dialplan(world: World, listen: Listen) -> None:
    heard = listen(world)
    await ready(heard)
    _, leg = await answered_call(world, heard)
    heard.perform(PlayPrompt(leg, PlaybackId("p1"), ("long",)))
    await heard.ask(requests.ping())
    heard.perform(SendToApology(leg, LineId("main")))
    assert (await heard.until(LegLeft, limit_s=2.0)).leg == leg
    await heard.ask(requests.ping())
    assert len(heard.all(LegLeft)) == 1


async def test_a_wish_that_is_dialled_is_heard_and_the_phone_goes_on(world: World, listen: Listen) -> None:
    heard = listen(world)
    await ready(heard)
    phone = await registered(world, heard)
    await phone.dials("paused")
    wish = await heard.until(WishSet)
    assert (wish.adviser, wish.wish) == (A1, Wish.PAUSED)
    assert wish.leg is not None
    heard.perform(ConfirmWish(wish.leg, wish.wish, done=True))
    await until_gone_from_app(heard)
    assert not heard.all(CallArrived)
    assert not heard.all(LegLeft)


async def test_a_wish_that_was_not_done_is_answered_in_the_place_that_says_why(world: World, listen: Listen) -> None:
    heard = listen(world)
    await ready(heard)
    phone = await registered(world, heard)
    await phone.dials("ready")
    wish = await heard.until(WishSet)
    assert wish.leg is not None
    heard.perform(ConfirmWish(wish.leg, wish.wish, done=False))
    for _ in range(400):
        found = await heard.ask(requests.channel(wish.leg))
        if found.gone or found.json()["dialplan"]["context"] != "from-phones":
            break
        await asyncio.sleep(0.01)
    assert (found.json()["dialplan"]["context"], found.json()["dialplan"]["app_name"]) == ("wish-refused", "Playback")


async def until_gone_from_app(heard: Heard) -> None:
    for _ in range(400):
        held = (await heard.ask(requests.application("dialer"))).json()["channel_ids"]
        if not held:
            return
    raise AssertionError(f"still in our app: {held}")


async def test_phones_come_and_go_once_and_a_refresh_is_no_news(world: World, listen: Listen) -> None:
    heard = listen(world)
    await ready(heard)
    phone = await registered(world, heard)
    if hasattr(phone, "phone"):
        await phone.register()  # a refresh; the fake counts contacts instead
    await phone.unregister()
    await heard.until(PhoneUnregistered, adviser=A1)
    assert len(heard.all(PhoneRegistered)) == len(heard.all(PhoneUnregistered)) == 1


async def test_a_new_controller_finds_the_whole_truth(world: World, listen: Listen) -> None:
    first = listen(world)
    await ready(first)
    phone = await registered(world, first)
    _, leg = await answered_call(world, first)
    first.perform(ring("a1"))
    (await phone.rings()).accept()
    await first.until(LegAnswered, leg=LegId("a1"))
    first.perform(MakeBridge(BridgeId("b1")), Join(BridgeId("b1"), (leg, LegId("a1"))), ring("a2"))
    await phone.rings()
    waiting = await world.caller("main")
    other = (await first.until(CallArrived, nth=2)).leg
    first.perform(Answer(other), PlayPrompt(other, PlaybackId("p1"), ("long",)))
    await first.until(LegAnswered, leg=other)
    assert first.run is not None
    first.run.cancel()
    await until(first.run.done)

    second = listen(world)
    found = await ready(second)
    arrived = {event.leg: event for event in second.all(CallArrived)}
    assert {name: event.line for name, event in arrived.items()} == {leg: "dropout", other: "main"}
    assert max(second.events.index(event) for event in arrived.values()) < second.events.index(found)
    assert found.bridges == {"b1"}
    assert found.phones == {A1}
    assert found.legs == {
        leg: LegSeen(True, BridgeId("b1")),
        "a1": LegSeen(True, BridgeId("b1")),
        "a2": LegSeen(False),
        other: LegSeen(True),
    }
    # It can act on what it found, and a prompt that it never asked for holds nobody up.
    began = now_s()
    second.perform(MakeBridge(BridgeId("b2")), Join(BridgeId("b2"), (other,)))
    await second.ask(requests.ping())
    assert now_s() - began < 1.0
    waiting.press("5")
    assert (await second.until(DigitPressed)).leg == other
    waiting.hang_up()
    await second.until(LegLeft, leg=other)
