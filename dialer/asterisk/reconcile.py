"""Asterisk's whole truth after every (re)connection, as the events that bring the desk up to date.

Decides which channels are ours and what each is. Must not know what memory says: the desk compares.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dialer.asterisk import requests
from dialer.asterisk.phone import SAFE_EXIT
from dialer.asterisk.requests import Outcome, Request
from dialer.asterisk.translate import EARS, caller_of
from dialer.core.events import CallArrived, LegSeen
from dialer.core.words import BridgeId, CallId, Instant, LegId, LineId

Json = Mapping[str, Any]


class Unreadable(Exception):
    """Asterisk did not tell its truth; the connection is of no use."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What Asterisk answered, unchanged."""

    app: str
    channels: Sequence[Json]
    bridges: Sequence[Json]
    endpoints: Sequence[Json]
    application: Json
    info: Json


@dataclass(frozen=True, slots=True)
class Truth:
    """What the snapshot comes to. ``wishes``: advisers' legs whose wish is still to be told, as leg, wish, endpoint.

    ``phones``: the SIP endpoint of each leg.
    ``ears``: legs that wait for us to hear what they heard, which is of no use by now.
    ``began_at``: when this Asterisk started, by the machine's clock.
    """

    legs: Mapping[LegId, LegSeen]
    phones: Mapping[LegId, str]
    arrivals: tuple[CallArrived, ...]
    bridges: frozenset[BridgeId]
    online: frozenset[str]
    wishes: tuple[tuple[LegId, str, str], ...]
    ears: tuple[LegId, ...]
    began_at: datetime


async def read(ask: Callable[[Request], Awaitable[Outcome]], app: str) -> Snapshot:
    """Read all of it, in one go over the connection that already brings events. Raises Unreadable."""
    wanted = (
        requests.channels(),
        requests.bridges(),
        requests.endpoints(),
        requests.application(app),
        requests.status(),
    )
    answers = await asyncio.gather(*(ask(request) for request in wanted))
    found: list[Any] = []
    for request, answer, kind in zip(wanted, answers, (list, list, list, dict, dict), strict=True):
        body = answer.json() if answer.ok else None
        if answer.gone and request.path.startswith("endpoints/"):
            body = []  # no SIP endpoint is configured at all
        if not isinstance(body, kind):
            raise Unreadable(f"Asterisk answered {answer.status} to GET {request.path}")
        found.append(body)
    return Snapshot(app, *found)


def truth(snapshot: Snapshot, at: Instant) -> Truth:
    """Which legs, bridges and phones there are, and every caller with us as an arrival (known or not)."""
    in_bridge = {
        LegId(channel): BridgeId(bridge["id"])
        for bridge in snapshot.bridges
        if bridge["bridge_class"] == "stasis"
        for channel in bridge["channels"]
    }
    subscribed = set(snapshot.application["channel_ids"])
    legs: dict[LegId, LegSeen] = {}
    phones: dict[LegId, str] = {}
    arrivals: list[CallArrived] = []
    wishes: list[tuple[LegId, str, str]] = []
    ears: list[LegId] = []
    for channel in snapshot.channels:
        leg, place = LegId(channel["id"]), channel["dialplan"]
        words = place["app_data"].split(",") if place["app_name"] == "Stasis" else ()
        match words:
            case (app, "wish", wish, endpoint) if app == snapshot.app:
                wishes.append((leg, wish, endpoint))
                continue
            case (app, what, *_) if app == snapshot.app and what in EARS:
                ears.append(leg)
                continue
            case (app, "arrived", line, *rest) if app == snapshot.app:
                caller = caller_of(channel, rest[0] if rest else "")
                arrivals.append(CallArrived(at, CallId(leg), leg, LineId(line), caller))
            case (app, "leg", *_) if app == snapshot.app:
                pass
            case _:
                if leg not in subscribed or place["context"] == SAFE_EXIT:
                    continue  # not ours, or ours no more; a leg that rings for us is in no app yet but subscribed
        legs[leg] = LegSeen(channel["state"] == "Up", in_bridge.get(leg))
        phones[leg] = channel.get("name", "").removeprefix("PJSIP/").rpartition("-")[0]
    return Truth(
        legs,
        phones,
        tuple(arrivals),
        frozenset(BridgeId(bridge["id"]) for bridge in snapshot.bridges if bridge["bridge_class"] == "stasis"),
        frozenset(one["resource"] for one in snapshot.endpoints if one.get("state") == "online"),
        tuple(wishes),
        tuple(ears),
        datetime.fromisoformat(snapshot.info["status"]["startup_time"]),
    )
