"""Legs that listen to another leg: what they say is carried on, and they are never taken for a leg of ours."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from dialer.asterisk.legs import Legs
from dialer.asterisk.reconcile import Snapshot, truth
from dialer.asterisk.registrations import Registrations
from dialer.asterisk.requests import Request
from dialer.asterisk.translate import NOTHING, Translator, Unknown
from dialer.core.events import GreetingOver, LegSeen, MachineDetected
from dialer.core.words import LegId
from ops.asterisk import dialplan
from tests.asterisk.heard import adviser_of

AT = datetime(2027, 3, 16, 9, 30, tzinfo=UTC)
LEG, EAR = LegId("cb-1-x1"), LegId("cb-1-x1-m")
Json = dict[str, Any]


def started(*args: str) -> Json:
    return event("StasisStart", args=list(args))


def event(kind: str, **fields: Any) -> Json:
    return {"type": kind, "timestamp": "t1", "channel": {"id": EAR, "state": "Up", "caller": {"number": ""}}} | fields


@pytest.fixture
def legs() -> Legs:
    found = Legs()
    found.hold(LEG)
    return found


@pytest.fixture
def translator(legs: Legs) -> Translator:
    return Translator(legs, Registrations(adviser_of))


def asked(request: Request | None) -> str:
    assert request is not None
    return f"{request.method} {request.path}"


def test_an_ear_is_sent_to_the_place_that_listens_with_the_leg_that_it_is_on(translator: Translator) -> None:
    said = translator.said(started("listen", LEG), AT)
    assert said.event is None
    assert asked(said.request) == f"POST channels/{EAR}/continue"
    assert said.request is not None
    assert dict(said.request.query) == {"context": dialplan.EAR, "extension": LEG, "priority": "1"}


def test_a_detection_is_told_and_the_ear_waits_for_what_is_made_of_it(translator: Translator) -> None:
    assert translator.said(started("machine", LEG), AT) == (MachineDetected(AT, LEG, EAR), None)


def test_the_end_of_a_greeting_is_told_and_the_ear_has_done_its_work(translator: Translator) -> None:
    said = translator.said(started("quiet", LEG), AT)
    assert said.event == GreetingOver(AT, LEG)
    assert asked(said.request) == f"DELETE channels/{EAR}"


@pytest.mark.parametrize("what", ["listen", "machine", "quiet"])
def test_an_ear_on_a_leg_that_is_gone_goes_too(translator: Translator, legs: Legs, what: str) -> None:
    legs.end(LEG)
    said = translator.said(started(what, LEG), AT)
    assert said.event is None
    assert asked(said.request) == f"DELETE channels/{EAR}"


def test_the_comings_and_goings_of_an_ear_are_no_news(translator: Translator, legs: Legs) -> None:
    translator.said(started("listen", LEG), AT)
    assert EAR not in legs
    for one in (event("StasisEnd"), event("ChannelHangupRequest"), event("ChannelDestroyed", cause=16)):
        assert translator.said(one, AT) == NOTHING


@pytest.mark.parametrize("what", ["listen", "machine", "quiet"])
def test_an_ear_that_does_not_say_on_whom_is_unknown(translator: Translator, what: str) -> None:
    with pytest.raises(Unknown):
        translator.said(started(what), AT)


def channel(name: str, app: str, data: str, context: str) -> Json:
    place = {"context": context, "exten": "s", "app_name": app, "app_data": data}
    return {"id": name, "state": "Up", "caller": {"number": ""}, "dialplan": place}


@pytest.mark.parametrize(
    ("app", "data", "context", "is_ours"),
    [
        ("Stasis", f"dialer,listen,{LEG}", "default", True),
        ("Stasis", f"dialer,machine,{LEG}", "ear", True),
        ("Stasis", f"dialer,quiet,{LEG}", "ear", True),
        ("Stasis", f"another,machine,{LEG}", "ear", False),
        ("AMD", "8000,2500", "ear", False),  # it will come to us, or go with its leg
        ("", "", "default", False),
    ],
)
def test_an_ear_that_waits_for_us_after_a_gap_is_no_leg(app: str, data: str, context: str, is_ours: bool) -> None:
    channels = [channel(LEG, "Stasis", "dialer,leg", "from-trunk"), channel(EAR, app, data, context)]
    info = {"status": {"startup_time": AT.isoformat()}}
    subscribed = {"channel_ids": [LEG, *([EAR] if is_ours else [])]}
    found = truth(Snapshot("dialer", channels, [], [], subscribed, info), AT)
    assert found.legs == {LEG: LegSeen(True)}
    assert found.arrivals == ()
    assert found.ears == ((EAR,) if is_ours else ())


def test_nothing_but_a_long_greeting_comes_back_and_every_ear_ends_by_itself() -> None:
    name, steps = dialplan._ear()
    assert name == "_[a-z]."
    assert steps[0] == "Set(TIMEOUT(absolute)=60)"
    assert steps[1] == "AMD(8000,2500,800,7000,40,100,99,512,1500)"
    assert steps[2] == 'GotoIf($["${AMDCAUSE:0:12}"!="LONGGREETING"]?over)'
    assert steps[-1] == "n(over),Hangup()"
    assert [step for step in steps if step.startswith("Stasis")] == [
        "Stasis(dialer,machine,${EXTEN})",
        "Stasis(dialer,quiet,${EXTEN})",
    ]


def test_a_late_packet_is_no_pause_between_words() -> None:
    least = min(50, *dialplan.AMD.values())  # 50: AMD's own longest wait for a packet
    assert 2 * least < dialplan.AMD["between_words_silence"]
