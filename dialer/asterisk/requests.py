"""What we ask of ARI, as values: a Request for each thing that the phone can do, and the Outcome that came of it.

Decides how a wish is written in ARI's words and whether asking twice does the same as asking once. Pure: must not know
how a request travels. The contract test holds every function here against Asterisk's own description (rest-api/*.json).
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from json.encoder import encode_basestring_ascii as quoted
from typing import Any
from urllib.parse import quote

from dialer.core.words import E164, BridgeId, LegId, PlaybackId

CONSUMED = (
    "ApplicationReplaced",
    "ChannelDestroyed",
    "ChannelDtmfReceived",
    "ChannelHangupRequest",
    "PlaybackFinished",
    "StasisEnd",
    "StasisStart",
)
"""The events of calls that we read; Asterisk is asked to send no others."""

PHONES_CONSUMED = ("ApplicationReplaced", "PeerStatusChange")
"""The events of phones that we read."""

PASSWORDS = "asterisk/config/dynamic/res_pjsip/auth"
"""Where Asterisk keeps, in memory, what `sorcery.conf` says is not in a file."""

LEG_HEADER = "X-Fil-Vert-Leg"
"""Read by dialer/web/softphone; a desk phone ignores it."""

REST_RESPONSE = "RESTResponse"
"""An event filter that does not name it silences every answer to our requests."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request. ``path`` is below ``/ari/`` and quoted; ``repeatable``: twice does the same as once."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: str | None = field(default=None, repr=False)
    """Not shown: it may hold a softphone's password."""
    repeatable: bool = True

    def frame(self, number: str) -> str:
        """The request as a text message of the event WebSocket; ``number`` comes back with its answer."""
        text = (
            f'{{"type":"RESTRequest","transaction_id":"{number}","request_id":"{number}",'
            f'"method":"{self.method}","uri":{quoted(self.path)}'
        )
        if self.query:
            pairs = ",".join(f'{{"name":"{name}","value":{quoted(value)}}}' for name, value in self.query)
            text += f',"query_strings":[{pairs}]'
        if self.body is not None:
            text += f',"content_type":"application/json","message_body":{quoted(self.body)}'
        return text + "}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a request: a status and a body. ``status`` 0: no answer, so nobody knows whether it was done."""

    status: int
    body: str = field(default="", repr=False)

    @property
    def ok(self) -> bool:
        """It was done."""
        return 200 <= self.status < 300

    @property
    def lost(self) -> bool:
        """No answer: it may have been done or not."""
        return self.status == 0

    @property
    def gone(self) -> bool:
        """What we spoke of is not there (any more)."""
        return self.status == 404

    def json(self) -> Any:
        """The body as JSON, None when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


LOST = Outcome(0)


def _id(name: str) -> str:
    return quote(name, safe="")


def answer(leg: LegId) -> Request:
    """Pick up; answering an answered leg is a 204 too."""
    return Request("POST", f"channels/{_id(leg)}/answer")


def play(leg: LegId, playback: PlaybackId, media: Sequence[str]) -> Request:
    """Play these media one after the other; the same id again would play them again, after the first."""
    return Request(
        "POST",
        f"channels/{_id(leg)}/play/{_id(playback)}",
        (("media", ",".join(media)),),
        repeatable=False,
    )


def stop_playback(playback: PlaybackId) -> Request:
    return Request("DELETE", f"playbacks/{_id(playback)}")


def playback(name: PlaybackId) -> Request:
    return Request("GET", f"playbacks/{_id(name)}")


def start_music(leg: LegId, music: str) -> Request:
    return Request("POST", f"channels/{_id(leg)}/moh", (("mohClass", music),))


def stop_music(leg: LegId) -> Request:
    return Request("DELETE", f"channels/{_id(leg)}/moh")


def originate(
    leg: LegId,
    endpoint: str,
    app: str,
    shown_name: str,
    shown_number: E164 | None,
    ring_max_s: float,
    *,
    to_adviser: bool = False,
) -> Request:
    """Ring an endpoint on a new leg that enters our app when answered. Asked twice it could ring twice.

    to_adviser: the leg's name goes with it, in a header of our own, by which their page knows what rings.
    """
    named = json.dumps({"variables": {f"PJSIP_HEADER(add,{LEG_HEADER})": leg}}) if to_adviser else None
    name = "".join(c for c in shown_name if c.isprintable() and c not in '"\\<>')
    shown = f'"{name}" <{shown_number or ""}>' if name else f"<{shown_number or ''}>"
    return Request(
        "POST",
        f"channels/{_id(leg)}",
        (
            ("endpoint", endpoint),
            ("app", app),
            ("appArgs", "leg"),
            ("callerId", shown),
            ("timeout", str(max(1, math.ceil(ring_max_s)))),
        ),
        named,
        repeatable=False,
    )


def hang_up(leg: LegId) -> Request:
    return Request("DELETE", f"channels/{_id(leg)}")


def channel(leg: LegId) -> Request:
    return Request("GET", f"channels/{_id(leg)}")


def continue_at(leg: LegId, context: str, extension: str) -> Request:
    """Leave our app for this place of the dialplan."""
    return Request(
        "POST",
        f"channels/{_id(leg)}/continue",
        (("context", context), ("extension", extension), ("priority", "1")),
    )


def continue_on(leg: LegId) -> Request:
    """Leave our app for the next step of the dialplan."""
    return Request("POST", f"channels/{_id(leg)}/continue")


def listen(ear: LegId, leg: LegId, app: str) -> Request:
    """A leg of its own that hears what comes in on ``leg``, and is heard by nobody; it enters our app at once."""
    return Request(
        "POST",
        f"channels/{_id(leg)}/snoop/{_id(ear)}",
        (("spy", "in"), ("app", app), ("appArgs", f"listen,{leg}")),
        repeatable=False,
    )


def make_bridge(bridge: BridgeId) -> Request:
    return Request("POST", f"bridges/{_id(bridge)}", (("type", "mixing"),))


def join(bridge: BridgeId, legs: Sequence[LegId]) -> Request:
    """Put legs into a bridge: all of them or none. Nobody's display changes and no re-INVITE is sent for it."""
    return Request(
        "POST",
        f"bridges/{_id(bridge)}/addChannel",
        (("channel", ",".join(legs)), ("inhibitConnectedLineUpdates", "true")),
    )


def take_out(bridge: BridgeId, leg: LegId) -> Request:
    """Take a leg out of a bridge; it stays in our app. One that is not in it: 422, and nothing is done."""
    return Request("POST", f"bridges/{_id(bridge)}/removeChannel", (("channel", leg),))


def close_bridge(bridge: BridgeId) -> Request:
    return Request("DELETE", f"bridges/{_id(bridge)}")


def bridge(name: BridgeId) -> Request:
    return Request("GET", f"bridges/{_id(name)}")


def ping() -> Request:
    return Request("GET", "asterisk/ping")


def channels() -> Request:
    return Request("GET", "channels")


def bridges() -> Request:
    return Request("GET", "bridges")


def endpoints() -> Request:
    """All SIP endpoints with their state; ``online``: at least one unexpired contact (probing is off)."""
    return Request("GET", "endpoints/PJSIP")


def status() -> Request:
    """Since when this Asterisk runs, among others."""
    return Request("GET", "asterisk/info", (("only", "status"),))


def application(app: str) -> Request:
    return Request("GET", f"applications/{_id(app)}")


def only_events(app: str, types: Sequence[str]) -> Request:
    """Have Asterisk send this app these events and no others."""
    allowed = [{"type": name} for name in (*types, REST_RESPONSE)]
    return Request("PUT", f"applications/{_id(app)}/eventFilter", body=json.dumps({"allowed": allowed}))


def put_password(endpoint: str, password: str) -> Request:
    """From now on this password, and no other, is right for the endpoint; in Asterisk's memory alone."""
    values = {"auth_type": "userpass", "username": endpoint, "password": password}
    fields = [{"attribute": name, "value": value} for name, value in values.items()]
    return Request("PUT", f"{PASSWORDS}/{_id(endpoint)}", body=json.dumps({"fields": fields}))


def remove_password(endpoint: str) -> Request:
    """From now on none is right."""
    return Request("DELETE", f"{PASSWORDS}/{_id(endpoint)}")


def watch_endpoints(app: str) -> Request:
    """Have this app told what becomes of every SIP endpoint, also of those that a reload adds."""
    return Request("POST", f"applications/{_id(app)}/subscription", (("eventSource", "endpoint:PJSIP"),))
