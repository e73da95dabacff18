"""What Asterisk says → what happened, in the core's words.

Decides which ARI event is which of ours, and says each thing once: Asterisk tells of one hangup up to four times. Pure:
time comes in as `at`. Must not know how events travel, nor what anybody does about them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from dialer.asterisk import requests
from dialer.asterisk.causes import cause_of
from dialer.asterisk.legs import Legs
from dialer.asterisk.registrations import SOFTPHONE, Registrations
from dialer.asterisk.requests import Request
from dialer.core.events import (
    CallArrived,
    DigitPressed,
    Event,
    GreetingOver,
    LegAnswered,
    LegLeft,
    MachineDetected,
    PhoneRegistered,
    PhoneUnregistered,
    PromptFinished,
    WishSet,
)
from dialer.core.numbers import caller_number
from dialer.core.words import Caller, CallId, Instant, LegId, LineId, PlaybackId, Wish

Json = Mapping[str, Any]

READ = (*requests.CONSUMED, *requests.PHONES_CONSUMED)

IGNORED = frozenset(
    (
        "ApplicationMoveFailed", "ApplicationRegistered", "ApplicationUnregistered", "BridgeAttendedTransfer",
        "BridgeBlindTransfer", "BridgeCreated", "BridgeDestroyed", "BridgeMerged", "BridgeVideoSourceChanged",
        "CallBroadcast", "CallClaimed", "ChannelCallerId", "ChannelConnectedLine", "ChannelCreated", "ChannelDialplan",
        "ChannelEnteredBridge", "ChannelHold", "ChannelLeftBridge", "ChannelStateChange", "ChannelTalkingFinished",
        "ChannelTalkingStarted", "ChannelToneDetected", "ChannelTransfer", "ChannelUnhold", "ChannelUserevent",
        "ChannelVarset", "ContactStatusChange", "DeviceStateChanged", "Dial", "EndpointStateChange",
        "PlaybackContinuing", "PlaybackStarted", "RecordingFailed", "RecordingFinished", "RecordingStarted",
        "TextMessageReceived",
    )
)  # fmt: skip
"""Known, and of no interest: they may still come between the connection and the event filter."""

TORN_OFF = 0x01
"""The flag of a leg that Asterisk itself gives up, since its phone sends no voice any more (`rtp_timeout`)."""
TORN_OFF_Q850 = 44

NOT_AN_END = frozenset((0x02, 0x40))
"""Of a *soft* hangup request `cause` is no Q.850 number but Asterisk's flag. These two send a channel elsewhere."""

EAR = "ear"
"""Context of the dialplan that listens whether a machine answered the leg which is its extension."""
EARS = frozenset(("listen", "machine", "quiet"))
"""With what a leg comes to us that listens to another: newly made, with a machine detected, with its greeting over."""

RINGING_OUT = frozenset(("Down", "Dialing", "Ringing"))
"""States of a leg that we asked for and that has not answered."""


class Said(NamedTuple):
    """What one ARI event comes to: an event for the core, and what its channel needs from us at once."""

    event: Event | None = None
    request: Request | None = None


NOTHING = Said()


class Unknown(Exception):
    """An ARI event that we never heard of, or that lacks what we read of it."""


def caller_of(channel: Json, presentation: str) -> Caller:
    """Who rings, as far as they let us know."""
    return Caller(caller_number(channel["caller"]["number"], presentation.startswith("prohib")))


class Translator:
    """ARI event → core event. It remembers, of the legs in our hands, what makes an event news (`Legs`)."""

    def __init__(self, legs: Legs, registrations: Registrations) -> None:
        self._legs = legs
        self._registrations = registrations
        self._table: dict[str, Callable[[Json, Instant], Said]] = {
            "StasisStart": self._started,
            "StasisEnd": self._ended,
            "ChannelDestroyed": self._destroyed,
            "ChannelHangupRequest": self._hangup_requested,
            "ChannelDtmfReceived": self._digit,
            "PlaybackFinished": self._played,
            "PeerStatusChange": self._peer,
        }

    def said(self, event: Json, at: Instant) -> Said:
        """What this event comes to. Raises Unknown for one that nobody described to us."""
        kind = event.get("type")
        read = self._table.get(kind) if isinstance(kind, str) else None
        if read is None:
            if kind in IGNORED or kind in READ:
                return NOTHING
            raise Unknown(f"event {kind!r}")
        try:
            return read(event, at)
        except (KeyError, TypeError, IndexError, AttributeError, ValueError) as fault:
            raise Unknown(f"{kind} without what we read of it: {fault!r}") from fault

    def _started(self, event: Json, at: Instant) -> Said:
        channel, args = event["channel"], event["args"]
        leg = LegId(channel["id"])
        if args[0] == "leg":
            held = self._legs.get(leg)
            if held is None:
                return Said(None, requests.hang_up(leg))  # nobody waits for it: answered after we gave it up
            self._legs.placed(leg)
            if held.answered:
                return NOTHING
            held.answered = True
            return Said(LegAnswered(at, leg))
        if args[0] == "arrived":
            line, caller = LineId(args[1]), caller_of(channel, args[2] if len(args) > 2 else "")
            if not self._legs.hold(leg):
                return NOTHING
            return Said(CallArrived(at, CallId(leg), leg, line, caller))
        if args[0] == "wish":
            wish = self.wish(at, args[1], args[2], leg)
            return Said(wish, requests.continue_on(leg) if wish is None else None)
        if args[0] in EARS:
            return self._listened(args[0], LegId(args[1]), leg, at)
        raise ValueError(f"arguments {args!r}")

    def _listened(self, what: str, leg: LegId, ear: LegId, at: Instant) -> Said:
        """An ear is no leg in our hands: it is sent on, or away. After a detection it waits for what is made of it."""
        if leg not in self._legs:
            return Said(None, requests.hang_up(ear))
        if what == "listen":
            return Said(None, requests.continue_at(ear, EAR, leg))
        if what == "machine":
            return Said(MachineDetected(at, leg, ear))
        return Said(GreetingOver(at, leg), requests.hang_up(ear))

    def wish(self, at: Instant, wish: str, endpoint: str, leg: LegId) -> WishSet | None:
        """What an adviser dialled about themselves; None when the phone is nobody's."""
        adviser = self._registrations.adviser(endpoint)
        return None if adviser is None else WishSet(at, adviser, Wish(wish), leg=leg)

    def _hangup_requested(self, event: Json, at: Instant) -> Said:
        soft, q850 = event.get("soft", False), event.get("cause")
        if soft:
            if q850 in NOT_AN_END:
                return NOTHING
            q850 = TORN_OFF_Q850 if q850 == TORN_OFF else None
        elif not q850 and event["channel"]["state"] in RINGING_OUT:
            return NOTHING  # its ChannelDestroyed follows and tells why
        return self._left(event, at, q850)

    def _ended(self, event: Json, at: Instant) -> Said:
        return self._left(event, at, None)

    def _destroyed(self, event: Json, at: Instant) -> Said:
        return self._left(event, at, event["cause"])

    def _left(self, event: Json, at: Instant, q850: int | None) -> Said:
        leg = LegId(event["channel"]["id"])
        held = self._legs.get(leg)
        if held is None:
            return NOTHING
        answered = held.answered or event["channel"]["state"] == "Up"
        cause = cause_of(q850, event.get("tech_cause"), answered)
        self._legs.end(leg)
        return Said(LegLeft(at, leg, cause))

    def _digit(self, event: Json, at: Instant) -> Said:
        leg, digit = LegId(event["channel"]["id"]), str(event["digit"])
        held = self._legs.get(leg)
        if held is None:
            return NOTHING
        pressed = (str(event["timestamp"]), digit)  # nobody presses one key twice in a millisecond
        if pressed == held.digit:
            return NOTHING
        held.digit = pressed
        return Said(DigitPressed(at, leg, digit))

    def _played(self, event: Json, at: Instant) -> Said:
        played = event["playback"]
        kind, _, target = played["target_uri"].partition(":")
        leg, playback = LegId(target), PlaybackId(played["id"])
        held = self._legs.get(leg) if kind == "channel" else None
        if held is None or held.finished == playback:
            return NOTHING
        if playback not in held.playing and not held.adopted:
            return NOTHING
        held.playing.discard(playback)
        held.finished = playback
        return Said(PromptFinished(at, leg, playback, played["state"] == "failed"))

    def _peer(self, event: Json, at: Instant) -> Said:
        endpoint, status = event["endpoint"]["resource"], event["peer"]["peer_status"]
        if status in ("Reachable", "Registered"):
            came = self._registrations.came(endpoint)
            if came is None:
                return NOTHING
            # A page that was loaded anew has lost the voice of its legs; a phone on a desk keeps its own.
            forgot = self._legs.on(endpoint) if endpoint.endswith(SOFTPHONE) else frozenset()
            return Said(PhoneRegistered(at, came, forgot))
        if status in ("Unreachable", "Unregistered", "Rejected"):
            left = self._registrations.left(endpoint)
            return NOTHING if left is None else Said(PhoneUnregistered(at, left))
        return NOTHING
