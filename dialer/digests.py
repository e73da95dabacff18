"""The daily digest: each officer's next actions by e-mail, on working days, at the operator's hour where they work.

Decides when each letter goes, and that it goes at most once a day: before it is handed over that is written down, so
that a crash or an answer that never came costs a letter and doubles none. What was surely not taken is tried again,
for four hours from its hour on; what is lost is told in the log. Who is told what is `core.cases.letters`; how it
travels is `mail`. Must not let an address, a case or a word of a letter into a log or the settings.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, Protocol

import structlog
from pydantic import TypeAdapter, ValidationError

from dialer.clock import Clock
from dialer.configuration.digest import DigestMail
from dialer.core.cases.escalation import NextAction
from dialer.core.cases.letters import Letter, Recipient, letter_to, recipients
from dialer.core.rules import Rules
from dialer.core.words import Instant
from dialer.mail import MailError, OutOfReach, Refused, Unsure, compose, send
from dialer.store.refusal import StoreError
from dialer.webhooks import full_jitter
from schedules.walltime import wall_clock

log = structlog.get_logger(__name__)

SETTING = "digests"
TRIED_FOR = timedelta(hours=4)
"""From the hour on, but never beyond midnight: later in the day nobody begins by it."""
LOOK_S = 30.0


class Settings(Protocol):
    """What is asked of the store. Each raises StoreError."""

    async def setting(self, key: str) -> Any: ...

    async def set_setting(self, key: str, value: Any) -> None: ...


class Tally(Protocol):
    def digest(self, came: str) -> None:
        """One more. came: `sent`; `failed`: a try in vain; `lost`: not to be sent any more."""


@dataclass(frozen=True, slots=True)
class Told:
    """What became of somebody's letter of ``day``, where they are."""

    day: date
    came: Literal["begun", "sent", "lost"]


_TOLD = TypeAdapter(dict[str, Told])


class Digests:
    """Run `run` as a task, and end it. Without a relay it waits."""

    def __init__(
        self,
        settings: Settings,
        actions: Callable[[], Awaitable[Sequence[NextAction]]],
        rules: Callable[[], Rules],
        relay: DigestMail | None,
        clock: Clock,
        tally: Tally,
        pause_s: Callable[[int], float] = full_jitter,
    ) -> None:
        """``actions``: what is to be done in all cases. ``pause_s``: how long to wait after so many tries in vain."""
        self._settings = settings
        self._actions = actions
        self._rules = rules
        self._relay = relay
        self._clock = clock
        self._tally = tally
        self._pause_s = pause_s
        self._replaced = asyncio.Event()
        self._told: dict[str, Told] | None = None
        self._idle: dict[str, date] = {}
        """Who had nothing to do on their day."""
        self._waiting: dict[str, tuple[date, str]] = {}
        """Whose letter was not taken yet, and why."""

    def follow(self, relay: DigestMail | None) -> None:
        """Another relay or hour, or the same."""
        if relay != self._relay:
            self._relay = relay
            self._replaced.set()

    async def run(self) -> None:
        """Send what is due, for ever."""
        tries = 0
        while True:
            self._replaced.clear()
            try:
                waits = await self.turn()
            except StoreError:
                log.warning("digests wait", why="the store does not answer")
                waits = True
            except Exception as defect:  # ours: it costs a letter or this turn, and not all that come after
                log.error("digests wait", why=type(defect).__name__)
                waits = True
            tries = tries + 1 if waits else 0
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause_s(tries) if waits else LOOK_S):
                    await self._replaced.wait()

    async def turn(self) -> bool:
        """Send what is due now. Whether something was not taken and is to be tried again soon. Raises StoreError."""
        relay = self._relay
        if relay is None:
            return False
        told = await self._begin()
        now, rules = self._clock.now(), self._rules()
        everybody = recipients(rules.officers, relay.service, rules.calling.holidays)
        self._give_up(everybody, relay, now)
        due = [to for to in everybody if self._is_due(to, relay, told, now)]
        if not due:
            return False
        actions = await self._actions()
        for to in due:
            letter = letter_to(to, actions, rules.officers, now)
            if letter is None:
                self._idle[to.key] = to.almanac.day(now)
            elif not await self._delivered(to, letter, relay, now):
                break
        return bool(self._waiting)

    # -- who is due --------------------------------------------------------------------------------

    def _is_due(self, to: Recipient, relay: DigestMail, told: dict[str, Told], now: Instant) -> bool:
        day = to.almanac.day(now)
        done = self._idle.get(to.key) == day or (to.key in told and told[to.key].day >= day)
        return not done and _is_open(to, relay, now) and to.almanac.working_day_after(day - timedelta(days=1), 1) == day

    def _give_up(self, everybody: Sequence[Recipient], relay: DigestMail, now: Instant) -> None:
        still = {to.key: to for to in everybody}
        for key, (day, why) in list(self._waiting.items()):
            to = still.get(key)
            if to is None or day != to.almanac.day(now) or not _is_open(to, relay, now):
                del self._waiting[key]
                self._tally.digest("lost")
                log.error("a digest is lost: the relay did not take it in time", officer=key, why=why)

    # -- sending -----------------------------------------------------------------------------------

    async def _delivered(self, to: Recipient, letter: Letter, relay: DigestMail, now: Instant) -> bool:
        """False: the relay is out of reach for all."""
        day = to.almanac.day(now)
        await self._note(to.key, Told(day, "begun"))
        message = compose(relay, to.mail, letter.subject, letter.text, now)
        try:
            await asyncio.to_thread(send, relay, message)
        except (Refused, Unsure) as failed:
            self._waiting.pop(to.key, None)
            self._tally.digest("lost")
            may = "may be" if isinstance(failed, Unsure) else "is"
            log.error(f"a digest {may} lost", officer=to.key, why=str(failed))
            await self._note(to.key, Told(day, "lost"))
        except MailError as failed:
            self._waiting[to.key] = day, str(failed)
            self._tally.digest("failed")
            log.warning("a digest waits: the relay does not take it", officer=to.key, why=str(failed))
            await self._note(to.key, None)
            return not isinstance(failed, OutOfReach)
        else:
            self._waiting.pop(to.key, None)
            self._tally.digest("sent")
            log.info("digest_sent", officer=to.key, actions=letter.actions)
            await self._note(to.key, Told(day, "sent"))
        return True

    # -- keeping -----------------------------------------------------------------------------------

    async def _begin(self) -> dict[str, Told]:
        """Once: what was sent before this process began, and what it was in the midst of."""
        if self._told is None:
            try:
                told = _TOLD.validate_python(await self._settings.setting(SETTING) or {})
            except ValidationError as fault:
                log.error("whom digests were sent to cannot be read", faults=fault.error_count())
                told = {}
            for key, one in told.items():
                if one.came == "begun":
                    log.error("a digest may be lost: we ended while it was handed over", officer=key)
                    told[key] = Told(one.day, "lost")
            self._told = told
        return self._told

    async def _note(self, key: str, told: Told | None) -> None:
        """What is not written is not so, but for what came of a letter: that is true whether it is written or not."""
        assert self._told is not None, "nothing is noted before what was is known"
        before = self._told.pop(key, None)
        if told is not None:
            self._told[key] = told
        try:
            await self._settings.set_setting(SETTING, _TOLD.dump_python(self._told, mode="json"))
        except StoreError:
            if told is not None and told.came == "begun":
                del self._told[key]
                if before is not None:
                    self._told[key] = before
            raise


def _is_open(to: Recipient, relay: DigestMail, now: Instant) -> bool:
    """It is the hour there, or not long after."""
    there = wall_clock(now, to.almanac.zone).replace(tzinfo=None)
    opens = datetime.combine(there.date(), relay.at)
    return opens <= there < opens + TRIED_FOR
