"""The price of the link: requests and events in a second of our processor time, against the real Asterisk."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from dialer.asterisk import requests
from dialer.asterisk.legs import Legs
from dialer.asterisk.registrations import Registrations
from dialer.asterisk.translate import Translator
from dialer.core.events import Reconciled
from tests.asterisk.heard import Heard, adviser_of, now_s
from tests.asterisk.world import World

COUNT = 5000


@pytest.mark.asyncio
@pytest.mark.parametrize("world", [pytest.param("real", marks=pytest.mark.real)], indirect=True)
async def test_a_request_costs_us_less_than_a_third_of_a_millisecond(
    world: World, listen: Callable[..., Heard], record_property: Callable[[str, object], None]
) -> None:
    heard = listen(world)
    await heard.until(Reconciled)
    done = asyncio.Event()
    answers: list[int] = []

    def then(outcome: requests.Outcome) -> None:
        answers.append(outcome.status)
        if len(answers) == COUNT:
            done.set()

    began, used = now_s(), time.process_time()
    for _ in range(COUNT):
        heard.link._client.send(requests.ping(), then)
    await asyncio.wait_for(done.wait(), 30)
    took_s, cpu_s = now_s() - began, time.process_time() - used
    assert set(answers) == {200}
    record_property("requests_per_s", round(COUNT / took_s))
    record_property("cpu_us_per_request", round(cpu_s / COUNT * 1e6))
    print(f"\n{COUNT / took_s:.0f} requests/s, {cpu_s / COUNT * 1e6:.0f} µs of our CPU each")
    assert COUNT / took_s > 1500
    assert cpu_s / COUNT < 0.0003


def test_an_event_costs_less_than_a_tenth_of_a_millisecond(record_property: Callable[[str, object], None]) -> None:
    channel = {
        "id": "c1", "name": "PJSIP/trunk-00000000", "state": "Ring", "protocol_id": "1-7233@127.0.0.1",
        "caller": {"name": "Caller", "number": "0199000001"}, "connected": {"name": "", "number": ""},
        "accountcode": "", "creationtime": "2026-11-21T23:42:48.158+0000", "language": "fr",
        "dialplan": {"context": "lines", "exten": "main", "priority": 1, "app_name": "Stasis", "app_data": "x"},
    }  # fmt: skip
    base = {"timestamp": "2026-11-21T23:42:48.159+0000", "asterisk_id": "x", "application": "dialer"}
    lap = [
        json.dumps({"type": kind, "channel": channel} | fields | base)
        for kind, fields in (
            ("StasisStart", {"args": ["arrived", "main", "allowed"]}),
            ("ChannelDtmfReceived", {"digit": "1", "duration_ms": 160}),
            ("ChannelHangupRequest", {"cause": 16}),
            ("StasisEnd", {}),
        )
    ]
    translator, at = Translator(Legs(), Registrations(adviser_of)), datetime.now(UTC)
    laps = 2000
    used = time.process_time()
    told = sum(translator.said(json.loads(text), at).event is not None for _ in range(laps) for text in lap)
    each_s = (time.process_time() - used) / (laps * len(lap))
    record_property("cpu_us_per_event", round(each_s * 1e6))
    print(f"\n{each_s * 1e6:.1f} µs of our CPU per event")
    assert told == laps * 3
    assert each_s < 0.0001
