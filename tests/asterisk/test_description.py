"""Our words held against ARI's own description, as the installed Asterisk brings it along (rest-api/*.json)."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest

from dialer.asterisk import requests
from dialer.asterisk.requests import CONSUMED, PHONES_CONSUMED, REST_RESPONSE, Request
from dialer.asterisk.translate import IGNORED
from dialer.core.words import E164, BridgeId, LegId, PlaybackId
from ops.asterisk.programs import Programs

Json = dict[str, Any]
pytestmark = pytest.mark.real

LEG, BRIDGE, PLAYBACK = LegId("leg"), BridgeId("bridge"), PlaybackId("playback")
ASKED = {
    "answer": requests.answer(LEG),
    "play": requests.play(LEG, PLAYBACK, ["sound:/a"]),
    "stop_playback": requests.stop_playback(PLAYBACK),
    "playback": requests.playback(PLAYBACK),
    "start_music": requests.start_music(LEG, "default"),
    "stop_music": requests.stop_music(LEG),
    "originate": requests.originate(LEG, "PJSIP/adv01", "dialer", "Ligne", E164("+33800122500"), 20.0),
    "hang_up": requests.hang_up(LEG),
    "channel": requests.channel(LEG),
    "continue_at": requests.continue_at(LEG, "safe-exit", "main"),
    "continue_on": requests.continue_on(LEG),
    "listen": requests.listen(LegId("ear"), LEG, "dialer"),
    "make_bridge": requests.make_bridge(BRIDGE),
    "join": requests.join(BRIDGE, [LEG]),
    "take_out": requests.take_out(BRIDGE, LEG),
    "close_bridge": requests.close_bridge(BRIDGE),
    "bridge": requests.bridge(BRIDGE),
    "ping": requests.ping(),
    "channels": requests.channels(),
    "bridges": requests.bridges(),
    "endpoints": requests.endpoints(),
    "application": requests.application("dialer"),
    "status": requests.status(),
    "only_events": requests.only_events("dialer", CONSUMED),
    "put_password": requests.put_password("adv01-web", "secret"),
    "remove_password": requests.remove_password("adv01-web"),
    "watch_endpoints": requests.watch_endpoints("dialer-phones"),
}
READ_OF_MODEL = {
    "StasisStart": {"args", "channel"},
    "StasisEnd": {"channel"},
    "ChannelDestroyed": {"channel", "cause", "tech_cause"},
    "ChannelHangupRequest": {"channel", "cause", "soft", "tech_cause"},
    "ChannelDtmfReceived": {"channel", "digit"},
    "PlaybackFinished": {"playback"},
    "PeerStatusChange": {"endpoint", "peer"},
    "ApplicationReplaced": set(),
    "RESTResponse": {"request_id", "status_code", "message_body"},
    "Message": {"type"},
    "Event": {"application", "timestamp"},
    "Channel": {"id", "name", "state", "caller", "dialplan"},
    "CallerID": {"number"},
    "DialplanCEP": {"app_name", "app_data", "context"},
    "Playback": {"id", "target_uri", "state"},
    "Endpoint": {"resource", "state"},
    "Peer": {"peer_status"},
    "Bridge": {"id", "bridge_class", "channels"},
    "Application": {"channel_ids"},
    "AsteriskInfo": {"status"},
    "StatusInfo": {"startup_time"},
    "RESTRequest": {
        "type", "transaction_id", "request_id", "method", "uri", "query_strings", "message_body", "content_type",
    },
    "RESTQueryStringParameter": {"name", "value"},
}  # fmt: skip


@pytest.fixture(scope="module")
def described(programs: Programs) -> dict[str, Json]:
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in Path(programs.rest_api).glob("*.json")}


@pytest.fixture(scope="module")
def models(described: dict[str, Json]) -> dict[str, Json]:
    return {name: model for one in described.values() for name, model in one.get("models", {}).items()}


def operation(described: dict[str, Json], request: Request) -> Json:
    """The one operation that answers to this method and path; a fixed word beats a parameter."""
    found = []
    for one in described.values():
        for api in one["apis"]:
            pattern = re.sub(r"\{[^}]*\}", "[^/]+", api["path"])
            if re.fullmatch(pattern, f"/{request.path}"):
                found += [(api["path"].count("{"), each) for each in api["operations"]]
    suitable = [each for each in sorted(found, key=lambda pair: pair[0]) if each[1]["httpMethod"] == request.method]
    assert suitable, f"ARI has no {request.method} {request.path}"
    chosen: Json = suitable[0][1]
    return chosen


def test_every_request_that_we_can_make_is_looked_at() -> None:
    functions = {name for name, value in vars(requests).items() if inspect.isfunction(value)}
    makers = {name for name in functions if getattr(requests, name).__module__ == requests.__name__}
    assert makers - {"_id"} == set(ASKED)


@pytest.mark.parametrize("name", ASKED)
def test_every_request_is_one_that_asterisk_describes(described: dict[str, Json], name: str) -> None:
    request = ASKED[name]
    parameters = operation(described, request).get("parameters", [])
    by_query = {one["name"]: one for one in parameters if one["paramType"] == "query"}
    given = [key for key, _ in request.query]
    assert set(given) <= set(by_query), "a parameter that this operation does not know"
    assert len(given) == len(set(given))
    assert {key for key, one in by_query.items() if one.get("required")} <= set(given), (
        "a required parameter is missing"
    )
    for key, value in request.query:
        allowed = by_query[key].get("allowableValues", {})
        if allowed.get("valueType") == "LIST":
            assert value in allowed["values"]
        if by_query[key]["dataType"] == "int":
            int(value)
    if request.body is not None:
        assert any(one["paramType"] == "body" for one in parameters)


@pytest.mark.parametrize("name", READ_OF_MODEL)
def test_every_field_that_we_read_is_one_that_asterisk_describes(models: dict[str, Json], name: str) -> None:
    assert READ_OF_MODEL[name] <= set(models[name]["properties"])


def test_the_frame_of_a_request_is_as_described(models: dict[str, Json]) -> None:
    for name, request in ASKED.items():
        frame = json.loads(request.frame("7"))
        properties = models["RESTRequest"]["properties"]
        assert set(frame) <= set(properties), name
        assert {key for key, one in properties.items() if one.get("required")} <= set(frame), name
        assert all(set(pair) == {"name", "value"} for pair in frame.get("query_strings", ()))


def test_every_event_of_asterisk_is_read_or_knowingly_ignored(models: dict[str, Json]) -> None:
    described = set(models["Event"]["subTypes"])
    assert described - IGNORED - set(CONSUMED) - set(PHONES_CONSUMED) == {REST_RESPONSE}
    assert described >= {*CONSUMED, *PHONES_CONSUMED}


def test_the_states_and_values_that_we_decide_by_exist(models: dict[str, Json]) -> None:
    def values(model: str, field: str) -> set[str]:
        return set(models[model]["properties"][field]["allowableValues"]["values"])

    assert {"Up", "Ring", "Down", "Dialing", "Ringing"} <= values("Channel", "state")
    assert {"done", "failed"} <= values("Playback", "state")
    assert "online" in values("Endpoint", "state")
