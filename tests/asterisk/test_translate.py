"""ARI's events in the core's words, as tables; time is the caller's, and each thing is said once."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.asterisk.causes import cause_of, refused
from dialer.asterisk.legs import Legs
from dialer.asterisk.registrations import Registrations
from dialer.asterisk.translate import IGNORED, NOTHING, READ, Translator, Unknown
from dialer.core.events import (
    CallArrived,
    DigitPressed,
    LegAnswered,
    LegLeft,
    PhoneRegistered,
    PhoneUnregistered,
    PromptFinished,
    WishSet,
)
from dialer.core.words import E164, AdviserId, Caller, CallId, Cause, LegId, LineId, PlaybackId, Wish
from tests.asterisk.heard import adviser_of

AT = datetime(2027, 3, 16, 9, 30, tzinfo=UTC)
Json = dict[str, Any]


def channel(leg: str = "c1", state: str = "Up", number: str = "0199000001") -> Json:
    return {"id": leg, "state": state, "caller": {"name": "", "number": number}}


def event(kind: str, leg: str = "c1", state: str = "Up", **fields: Any) -> Json:
    number = fields.pop("number", "0199000001")
    return {"type": kind, "timestamp": "t1", "channel": channel(leg, state, number)} | fields


def started(*args: str, leg: str = "c1", **fields: Any) -> Json:
    return event("StasisStart", leg, "Ring", args=list(args), **fields)


def finished(playback: str = "p1", target: str = "channel:c1", state: str = "done") -> Json:
    return {"type": "PlaybackFinished", "playback": {"id": playback, "target_uri": target, "state": state}}


def peer(endpoint: str, status: str) -> Json:
    return {"type": "PeerStatusChange", "endpoint": {"resource": endpoint}, "peer": {"peer_status": status}}


@pytest.fixture
def legs() -> Legs:
    return Legs()


@pytest.fixture
def translator(legs: Legs) -> Translator:
    return Translator(legs, Registrations(adviser_of))


@pytest.mark.parametrize(
    ("number", "presentation", "expected"),
    [
        ("0199000001", "allowed_not_screened", E164("+33199000001")),
        ("+33199000001", "allowed", E164("+33199000001")),
        ("0199000001", "prohib_passed_screen", None),
        ("0199000001", "prohib", None),
        ("anonymous", "unavailable", None),
        ("", "allowed", None),
        ("9999999999", "allowed", None),
    ],
)
def test_a_caller_is_known_only_as_far_as_they_allow(
    translator: Translator, number: str, presentation: str, expected: E164 | None
) -> None:
    said = translator.said(started("arrived", "main", presentation, number=number), AT)
    assert said.event == CallArrived(AT, CallId("c1"), LegId("c1"), LineId("main"), Caller(expected))
    assert said.request is None


def test_a_leg_of_ours_is_answered_and_a_strange_one_is_hung_up(translator: Translator, legs: Legs) -> None:
    legs.ask_for(LegId("a1"))
    assert translator.said(started("leg", leg="a1"), AT).event == LegAnswered(AT, LegId("a1"))
    stray = translator.said(started("leg", leg="a2"), AT)
    assert stray.event is None
    assert stray.request is not None
    assert (stray.request.method, stray.request.path) == ("DELETE", "channels/a2")


@pytest.mark.parametrize(("word", "wish"), [("ready", Wish.READY), ("paused", Wish.PAUSED)])
def test_a_wish_is_the_persons_and_the_phone_waits_for_the_answer(
    translator: Translator, legs: Legs, word: str, wish: Wish
) -> None:
    said = translator.said(started("wish", word, "adv03-web"), AT)
    assert said.event == WishSet(AT, AdviserId("adv03"), wish, leg=LegId("c1"))
    assert said.request is None
    assert LegId("c1") not in legs


def test_a_wish_from_nobodys_phone_is_dropped_and_the_phone_goes_on(translator: Translator) -> None:
    said = translator.said(started("wish", "ready", "trunk"), AT)
    assert said.event is None
    assert said.request is not None


ENDS = {
    "destroyed": event("ChannelDestroyed", cause=16, cause_txt=""),
    "ended": event("StasisEnd"),
    "requested": event("ChannelHangupRequest"),
    "requested with cause": event("ChannelHangupRequest", cause=16),
    "soft": event("ChannelHangupRequest", cause=32, soft=True),
}


@pytest.mark.parametrize("order", list(itertools.permutations(ENDS, 3)), ids=lambda order: ", ".join(order))
def test_a_leg_leaves_once_in_whatever_order_its_end_is_told(
    translator: Translator, legs: Legs, order: tuple[str, ...]
) -> None:
    translator.said(started("arrived", "main", ""), AT)
    told = [translator.said(ENDS[name], AT).event for name in (*order, *order)]
    assert told[0] == LegLeft(AT, LegId("c1"), Cause.NORMAL)
    assert told[1:] == [None] * (len(told) - 1)
    assert len(legs) == 0


def test_the_end_of_a_prompt_that_a_hangup_cut_short_moves_nothing(translator: Translator, legs: Legs) -> None:
    translator.said(started("arrived", "main", ""), AT)
    held = legs.get(LegId("c1"))
    assert held is not None
    held.playing.add(PlaybackId("p1"))
    order = [ENDS["requested"], finished(), ENDS["ended"], ENDS["destroyed"]]
    assert [type(translator.said(one, AT).event) for one in order] == [LegLeft, type(None), type(None), type(None)]


@pytest.mark.parametrize("flag", [0x02, 0x40])
def test_a_soft_request_that_only_moves_a_channel_is_no_end(translator: Translator, legs: Legs, flag: int) -> None:
    translator.said(started("arrived", "main", ""), AT)
    assert translator.said(event("ChannelHangupRequest", cause=flag, soft=True), AT) == NOTHING
    assert LegId("c1") in legs


def test_a_phone_that_never_answered_ends_with_the_cause_that_comes_last(translator: Translator, legs: Legs) -> None:
    legs.ask_for(LegId("c1"))
    assert translator.said(event("ChannelHangupRequest", state="Ringing"), AT) == NOTHING
    told = translator.said(event("ChannelDestroyed", state="Ringing", cause=19, tech_cause=480, cause_txt=""), AT)
    assert told.event == LegLeft(AT, LegId("c1"), Cause.NO_ANSWER)


@pytest.mark.parametrize(
    ("q850", "sip", "answered", "cause"),
    [
        (17, 486, False, Cause.BUSY),
        (17, 600, False, Cause.BUSY),
        (17, None, False, Cause.BUSY),
        (21, 603, False, Cause.REJECTED),
        (21, 403, False, Cause.REJECTED),
        (21, None, False, Cause.REJECTED),
        (19, 480, False, Cause.NO_ANSWER),
        (18, 408, False, Cause.NO_ANSWER),
        (19, None, False, Cause.NO_ANSWER),
        (0, None, False, Cause.NO_ANSWER),
        (1, 404, False, Cause.UNREACHABLE),
        (3, None, False, Cause.UNREACHABLE),
        (20, None, False, Cause.UNREACHABLE),
        (27, None, False, Cause.UNREACHABLE),
        (34, 503, False, Cause.FAILED),
        (58, 488, False, Cause.FAILED),
        (38, None, False, Cause.FAILED),
        (16, None, False, Cause.NORMAL),
        (26, 487, False, Cause.NORMAL),
        (None, None, False, Cause.NORMAL),
        (16, None, True, Cause.NORMAL),
        (19, None, True, Cause.NORMAL),
        (0, None, True, Cause.NORMAL),
        (17, 486, True, Cause.NORMAL),
        (38, None, True, Cause.FAILED),
        (44, None, True, Cause.FAILED),
    ],
)
def test_causes(q850: int | None, sip: int | None, answered: bool, cause: Cause) -> None:
    assert cause_of(q850, sip, answered) is cause


def test_what_was_refused_before_it_rang() -> None:
    assert refused(500, outside=False) is Cause.UNREACHABLE
    assert refused(500, outside=True) is Cause.FAILED
    assert refused(400, outside=False) is Cause.FAILED


def test_one_press_is_one_digit_even_when_told_twice(translator: Translator) -> None:
    translator.said(started("arrived", "main", ""), AT)
    first, second = event("ChannelDtmfReceived", digit="1"), event("ChannelDtmfReceived", digit="1", timestamp="t2")
    told = [translator.said(one, AT).event for one in (first, first, second)]
    assert told == [DigitPressed(AT, LegId("c1"), "1"), None, DigitPressed(AT, LegId("c1"), "1")]


def test_digits_of_a_leg_that_is_not_ours_are_nobodys(translator: Translator) -> None:
    assert translator.said(event("ChannelDtmfReceived", leg="other", digit="1"), AT) == NOTHING


@pytest.mark.parametrize(("state", "failed"), [("done", False), ("failed", True)])
def test_a_prompt_finishes_once(translator: Translator, legs: Legs, state: str, failed: bool) -> None:
    translator.said(started("arrived", "main", ""), AT)
    held = legs.get(LegId("c1"))
    assert held is not None
    held.playing.add(PlaybackId("p1"))
    told = [translator.said(finished(state=state), AT).event for _ in range(2)]
    assert told == [PromptFinished(AT, LegId("c1"), PlaybackId("p1"), failed), None]
    assert translator.said(finished("p2"), AT) == NOTHING
    assert translator.said(finished("p1", "bridge:c1"), AT) == NOTHING


def test_the_prompt_of_a_controller_before_us_is_told_too(translator: Translator, legs: Legs) -> None:
    legs.adopt([(LegId("c1"), True, "")])
    told = [translator.said(finished("older"), AT).event for _ in range(2)]
    assert told == [PromptFinished(AT, LegId("c1"), PlaybackId("older"), False), None]


def test_an_adviser_is_registered_while_any_phone_of_theirs_is(translator: Translator) -> None:
    said = [
        translator.said(one, AT).event
        for one in (
            peer("adv01", "Reachable"),
            peer("adv01", "Reachable"),
            peer("adv01-web", "Reachable"),
            peer("adv01", "Unreachable"),
            peer("adv01", "Unreachable"),
            peer("adv01-web", "Unreachable"),
            peer("trunk", "Unreachable"),
            peer("adv02", "Unreachable"),
            peer("adv02", "Lagged"),
        )
    ]
    registered, unregistered = PhoneRegistered(AT, AdviserId("adv01")), PhoneUnregistered(AT, AdviserId("adv01"))
    assert said == [registered, None, registered, None, None, unregistered, None, None, None]


def test_the_phone_that_is_registered_is_rung() -> None:
    registrations = Registrations(adviser_of)
    adviser = AdviserId("adv01")
    assert registrations.endpoint(adviser) == "adv01"
    registrations.came("adv01")
    registrations.came("adv01-web")
    assert registrations.endpoint(adviser) == "adv01-web"
    assert registrations.replace(["adv01", "adv02", "trunk"]) == {"adv01", "adv02"}
    assert registrations.endpoint(adviser) == "adv01"


@pytest.mark.parametrize(
    "strange",
    [
        {"type": "SomethingNew"},
        {"type": None},
        {},
        {"type": "StasisStart"},
        started(),
        started("arrived"),
        started("wish", "dancing", "adv01"),
        started("other"),
        {"type": "ChannelDestroyed", "channel": {"id": "c1"}},
        {"type": "PlaybackFinished", "playback": []},
        {"type": "PeerStatusChange", "endpoint": None},
    ],
)
def test_what_nobody_described_to_us_is_unknown_and_never_another_error(translator: Translator, strange: Json) -> None:
    with pytest.raises(Unknown):
        translator.said(strange, AT)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
KEYS = ("channel", "args", "playback", "endpoint", "peer", "cause", "digit", "soft", "tech_cause", "timestamp")


@given(st.sampled_from(READ), st.dictionaries(st.sampled_from(KEYS), json_values, max_size=6))
def test_no_json_makes_the_reader_fall(kind: str, fields: Json) -> None:
    translator = Translator(Legs(), Registrations(adviser_of))
    try:
        said = translator.said({"type": kind} | fields, AT)
    except Unknown:
        return
    assert said == NOTHING or said.event is not None or said.request is not None


def test_what_is_read_is_not_also_ignored() -> None:
    assert not IGNORED & set(READ)
