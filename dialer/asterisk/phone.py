"""Performs what the desk asks for, and says what came of it as events.

Decides how a command is written as requests, which outcomes are news, and what must be stopped first so that nothing
blocks: Asterisk does what is asked of a leg one by one, so that a bridge waits for the end of a prompt, and everything
that we ask later waits with it. Must not know why the desk asks.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Protocol

from dialer.asterisk import requests
from dialer.asterisk.causes import refused
from dialer.asterisk.legs import Legs
from dialer.asterisk.registrations import Registrations
from dialer.asterisk.requests import Outcome, Request
from dialer.core.commands import (
    Answer,
    CloseBridge,
    Command,
    ConfirmWish,
    DialOutside,
    HangUp,
    HearGreetingOut,
    Join,
    ListenForMachine,
    MakeBridge,
    PlayPrompt,
    RingAdviser,
    RunHook,
    SendToApology,
    StartMusic,
    StopMusic,
    StopPrompt,
    TakeOut,
)
from dialer.core.events import Event, JoinRefused, LegAnswered, LegLeft, PromptFinished
from dialer.core.words import BridgeId, Cause, Instant, LegId, PlaybackId

log = logging.getLogger(__name__)

SAFE_EXIT = "safe-exit"
"""Context of the dialplan that says the recorded apology of a line, its extension."""
WISH_REFUSED = "wish-refused"
"""Context of the dialplan that says why a wish, its extension, was not done."""
JOIN_ASIDE_MAX_S = 30.0

MediaOf = Callable[[str], str | None]
"""Prompt name → ARI media (``sound:/somewhere/welcome``, no file ending); None or KeyError: there is none."""


class Client(Protocol):
    """What carries our requests."""

    def send(self, request: Request, then: Callable[[Outcome], None] | None = None) -> None: ...

    async def ask(self, request: Request) -> Outcome: ...

    async def ask_aside(self, request: Request, limit_s: float) -> Outcome: ...


class Phone:
    """Commands in, events out. `perform` never waits and never raises for what a telephone may do."""

    def __init__(
        self,
        client: Client,
        legs: Legs,
        registrations: Registrations,
        inbox: Callable[[Event], None],
        now: Callable[[], Instant],
        media: MediaOf,
        app: str,
        trunk: str,
    ) -> None:
        self._client = client
        self._legs = legs
        self._registrations = registrations
        self._inbox = inbox
        self._now = now
        self._media = media
        self._app = app
        self._trunk = trunk
        self._aside: set[asyncio.Task[None]] = set()

    def perform(self, command: Command) -> None:
        """Ask Asterisk for this. Commands are carried out in the order in which they are given."""
        send = self._client.send
        match command:
            case Answer(leg):
                send(requests.answer(leg), partial(self._after_answer, leg))
            case PlayPrompt(leg, playback, prompts):
                self._play(leg, playback, prompts)
            case StopPrompt(playback):
                send(requests.stop_playback(playback))
            case StartMusic(leg, music):
                self._sounding(leg, True)
                send(requests.start_music(leg, music))
            case StopMusic(leg):
                self._sounding(leg, False)
                send(requests.stop_music(leg))
            case RingAdviser():
                endpoint = f"PJSIP/{self._registrations.endpoint(command.adviser)}"
                self._ring(command.leg, endpoint, command.shown_name, command, outside=False)
            case DialOutside():
                self._ring(command.leg, f"PJSIP/{command.number}@{self._trunk}", "", command, outside=True)
            case HangUp(leg):
                send(requests.hang_up(leg))
            case SendToApology(leg, line):
                self._quiet(leg)
                send(requests.continue_at(leg, SAFE_EXIT, line))
            case MakeBridge(bridge):
                send(requests.make_bridge(bridge))
            case Join(bridge, legs):
                self._join(bridge, legs)
            case TakeOut(bridge, leg):
                send(requests.take_out(bridge, leg))
            case CloseBridge(bridge):
                send(requests.close_bridge(bridge))
            case ListenForMachine(leg, ear):
                send(requests.listen(ear, leg, self._app))
            case HearGreetingOut(ear):
                send(requests.continue_on(ear))
            case ConfirmWish(leg, wish, done):
                send(requests.continue_on(leg) if done else requests.continue_at(leg, WISH_REFUSED, wish))
            case RunHook():
                raise TypeError("RunHook is no telephone command; the runner dispatches it")

    def recheck(self) -> None:
        """After a gap in the events: ask after every playback whose end was not seen, since it may never be told."""
        for leg, playback in self._legs.playing():
            self._client.send(requests.playback(playback), partial(self._after_look, leg, playback))

    async def close(self) -> None:
        """End what is still under way."""
        for task in self._aside:
            task.cancel()
        await asyncio.gather(*self._aside, return_exceptions=True)

    def _after_answer(self, leg: LegId, outcome: Outcome) -> None:
        held = self._legs.get(leg)
        if outcome.ok:
            if held is not None and not held.answered:
                held.answered = True
                self._inbox(LegAnswered(self._now(), leg))
        elif not outcome.lost and self._legs.end(leg):
            self._inbox(LegLeft(self._now(), leg, Cause.UNKNOWN))

    def _play(self, leg: LegId, playback: PlaybackId, prompts: tuple[str, ...]) -> None:
        media = [found for name in prompts if (found := self._found(name)) is not None]
        if not media:
            self._inbox(PromptFinished(self._now(), leg, playback, failed=True))
            return
        held = self._legs.get(leg)
        if held is not None:
            held.playing.add(playback)
            held.music = False  # Asterisk ends the music of a leg for a prompt, and does not begin it again
        self._client.send(requests.play(leg, playback, media), partial(self._after_play, leg, playback))

    def _found(self, name: str) -> str | None:
        try:
            found = self._media(name)
        except KeyError:
            found = None
        if not found or "," in found:  # a comma would be read as two media
            log.warning("prompt %r has no sound; it is left out", name)
            return None
        return found

    def _after_play(self, leg: LegId, playback: PlaybackId, outcome: Outcome) -> None:
        if outcome.ok:
            return
        if outcome.lost:
            self._client.send(requests.playback(playback), partial(self._after_look, leg, playback))
        elif not outcome.gone:  # when the leg is gone, its end is told by itself
            self._not_playing(leg, playback, failed=True)

    def _after_look(self, leg: LegId, playback: PlaybackId, outcome: Outcome) -> None:
        if outcome.gone:
            self._not_playing(leg, playback, failed=False)

    def _not_playing(self, leg: LegId, playback: PlaybackId, failed: bool) -> None:
        held = self._legs.get(leg)
        if held is not None and playback in held.playing:
            held.playing.discard(playback)
            held.finished = playback
            self._inbox(PromptFinished(self._now(), leg, playback, failed))

    def _sounding(self, leg: LegId, music: bool) -> None:
        held = self._legs.get(leg)
        if held is not None:
            held.music = music

    def _ring(self, leg: LegId, endpoint: str, shown: str, command: RingAdviser | DialOutside, outside: bool) -> None:
        number = command.caller_id if isinstance(command, DialOutside) else command.shown_number
        if not self._legs.ask_for(leg):
            return  # it lives; and Asterisk 22.10.1 loses a channel for ever when a living id is asked for again
        self._legs.rung_on(leg, "" if outside else endpoint.removeprefix("PJSIP/"))
        ring = requests.originate(leg, endpoint, self._app, shown, number, command.ring_max_s, to_adviser=not outside)
        self._client.send(
            ring,
            partial(self._after_ring, leg, outside),
        )

    def _after_ring(self, leg: LegId, outside: bool, outcome: Outcome) -> None:
        if outcome.lost:
            # Never dialled again blindly: by its id Asterisk tells whether it did what we asked.
            self._client.send(requests.channel(leg), partial(self._after_doubt, leg))
            return
        self._legs.placed(leg)
        if outcome.ok or outcome.status == 409:  # 409: a leg of this id lives, so it is ours
            return
        if self._legs.end(leg):
            self._inbox(LegLeft(self._now(), leg, refused(outcome.status, outside)))

    def _after_doubt(self, leg: LegId, outcome: Outcome) -> None:
        self._legs.placed(leg)
        if outcome.gone and self._legs.end(leg):
            self._inbox(LegLeft(self._now(), leg, Cause.UNKNOWN))

    def _quiet(self, leg: LegId) -> None:
        """Stop what sounds on a leg: music is not ended by a bridge, and a bridge waits for the end of a prompt."""
        held = self._legs.get(leg)
        if held is None:
            return
        for playback in held.playing:
            self._client.send(requests.stop_playback(playback))
        if held.music or held.adopted:
            held.music = False
            self._client.send(requests.stop_music(leg))

    def _join(self, bridge: BridgeId, legs: tuple[LegId, ...]) -> None:
        for leg in legs:
            self._quiet(leg)
        then = partial(self._after_join, bridge, legs)
        if any((held := self._legs.get(leg)) is not None and held.adopted for leg in legs):
            task = asyncio.get_running_loop().create_task(self._join_aside(bridge, legs, then))
            self._aside.add(task)
            task.add_done_callback(self._aside.discard)
        else:
            self._client.send(requests.join(bridge, legs), then)

    async def _join_aside(self, bridge: BridgeId, legs: tuple[LegId, ...], then: Callable[[Outcome], None]) -> None:
        """A leg from before our memory may be in a prompt that we cannot name: nobody else shall wait for its end."""
        await self._client.ask(requests.ping())  # the bridge was asked for before: now it is there
        then(await self._client.ask_aside(requests.join(bridge, legs), JOIN_ASIDE_MAX_S))

    def _after_join(self, bridge: BridgeId, legs: tuple[LegId, ...], outcome: Outcome) -> None:
        if outcome.ok or not all(leg in self._legs for leg in legs):
            return
        if outcome.lost:
            self._client.send(requests.bridge(bridge), partial(self._after_bridge_look, bridge, legs))
            return
        # Refused, as far as we know with living legs. A leg may be gone and its end not told yet: look at them.
        waiting = set(legs)

        def seen(leg: LegId, found: Outcome) -> None:
            channel = found.json() if found.ok else None
            if isinstance(channel, dict) and channel.get("dialplan", {}).get("app_name") == "Stasis":
                waiting.discard(leg)
                if not waiting and all(name in self._legs for name in legs):
                    self._inbox(JoinRefused(self._now(), bridge, legs))

        for leg in legs:
            self._client.send(requests.channel(leg), partial(seen, leg))

    def _after_bridge_look(self, bridge: BridgeId, legs: tuple[LegId, ...], found: Outcome) -> None:
        seen = found.json() if found.ok else None
        joined = isinstance(seen, dict) and set(legs) <= set(seen.get("channels", ()))
        if not joined and not found.lost and all(leg in self._legs for leg in legs):
            self._inbox(JoinRefused(self._now(), bridge, legs))
