"""The link to Asterisk: connect, reconcile, let events flow; and again, for ever, when it breaks.

Decides the order of what the desk hears: after every (re)connection Asterisk's whole truth, and only then what
happened since. Must not know what the desk makes of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dialer.asterisk import reconcile, requests
from dialer.asterisk.client import LATE_S, TICK_S, Client, Counters, Ended, Unreachable
from dialer.asterisk.legs import Legs
from dialer.asterisk.patience import WEDGED_AFTER_S, Patience
from dialer.asterisk.phone import MediaOf, Phone
from dialer.asterisk.registrations import AdviserOf, Registrations
from dialer.asterisk.requests import Outcome, Request
from dialer.asterisk.softphones import SoftphonePasswords
from dialer.asterisk.translate import Translator, Unknown
from dialer.core.commands import Command
from dialer.core.events import Event, LinkLost, Reconciled
from dialer.core.words import Instant, LegId

log = logging.getLogger(__name__)

BACKOFF_S = (0.1, 0.2, 0.5, 1.0, 2.0)
REFUSED_REST_S = 5.0
"""A refused password does not mend itself within the second."""
STEADY_S = 5.0
"""A connection that lived for so long was a good one: the next attempt is quick again."""

TAKEN = "another controller took our app's name in Asterisk: stop one of the two, then start this one again"


class AppTaken(Exception):
    """Another controller took our app's name. Never fought over: it would be a war without end."""


class Unanswered(reconcile.Unreadable):
    """A part of Asterisk's truth was asked for on a living connection, and never came."""

    def __init__(self, request: Request) -> None:
        super().__init__(f"Asterisk gives no answer to {request.method} {request.path}")


@dataclass(frozen=True, slots=True)
class Address:
    """Where Asterisk's ARI is (``http://127.0.0.1:8088/ari``) and as whom we come."""

    url: str
    user: str
    password: str
    app: str = "dialer"
    trunk: str = "trunk"

    def __repr__(self) -> str:
        return f"Address({self.url!r}, {self.user!r}, app={self.app!r})"

    @property
    def phones_app(self) -> str:
        """A second app on the same connection, for the state of phones: watched by the first one, every event
        of every phone's leg would come twice."""
        return f"{self.app}-phones"


class Link:
    """The telephone side of the controller. `run` it as a task; `perform` commands; events come by ``put``.

    ``put`` must not wait. ``known(leg)``: does the desk know this caller's leg? ``now``: the clock of the service.
    ``on_change`` is told whenever `ready` changes. ``wedged_after_s``: how long an Asterisk may answer nothing.
    """

    def __init__(
        self,
        address: Address,
        *,
        put: Callable[[Event], None],
        now: Callable[[], Instant],
        known: Callable[[LegId], bool],
        adviser_of: AdviserOf,
        media: MediaOf,
        on_change: Callable[[], None] = lambda: None,
        wedged_after_s: float = WEDGED_AFTER_S,
    ) -> None:
        self._address = address
        self._put = put
        self._now = now
        self._known = known
        self._on_change = on_change
        self._legs = Legs()
        self._registrations = Registrations(adviser_of)
        self._translator = Translator(self._legs, self._registrations)
        apps = (address.app, address.phones_app)
        self._client = Client(address.url, address.user, address.password, apps, self._hear)
        self._phone = Phone(self._client, self._legs, self._registrations, put, now, media, address.app, address.trunk)
        self._held: list[dict[str, Any]] = []
        self._taken = False
        self._said: set[str] = set()
        self._wedged_after_s = wedged_after_s
        self._wedged = asyncio.Event()
        self._why = "not connected to Asterisk yet"
        self._out_since: Instant | None = None
        self.ready = False
        self.connections = 0
        self.losses = 0
        self.unknown_events = 0

    @property
    def why_not_ready(self) -> str | None:
        """What Asterisk did not do or answer, and since when we are out of step with it."""
        if self.ready:
            return None
        if self._out_since is None:
            return self._why
        return f"{self._why} (out of step since {self._out_since.isoformat(timespec='seconds')})"

    @property
    def counters(self) -> Counters:
        """Requests, events, retries, lost requests and unreadable messages so far."""
        return self._client.counters

    @property
    def legs(self) -> int:
        """How many legs are in our hands."""
        return len(self._legs)

    @property
    def softphones(self) -> SoftphonePasswords:
        """Where the keys of softphones put their passwords."""
        return SoftphonePasswords(self._client)

    def perform(self, command: Command) -> None:
        """Ask Asterisk for this; never waits. See `Phone.perform`."""
        self._phone.perform(command)

    async def wedged(self) -> str:
        """Return when this Asterisk has answered nothing for so long that only its end can help; what it owes us.

        Never for what we were too slow to hear, nor while it refuses us: then it answers.
        """
        self._wedged.clear()
        await self._wedged.wait()
        return self._why

    async def run(self) -> None:
        """Until cancelled. Raises AppTaken when another controller took our place: that is for a person to solve."""
        self._patience = Patience(self._clock(), self._wedged_after_s)
        self._out_since = self._now()
        async with self._client:
            minding = asyncio.create_task(self._mind())
            try:
                attempt = 0
                while True:
                    ws = await self._connect(attempt)
                    since = self._clock()
                    ended = await self._live(ws)
                    self._lost(ended.why, logging.CRITICAL if self._taken else logging.WARNING)
                    if self._taken:
                        raise AppTaken(ended.why)
                    self._judge(ended.silent)
                    attempt = 0 if self._clock() - since >= STEADY_S else attempt + 1
            finally:
                minding.cancel()
                await asyncio.gather(minding, return_exceptions=True)
                if not self._taken:
                    self._lost("the controller is stopping", logging.INFO)
                await self._phone.close()

    async def _mind(self) -> None:
        """Tell the operator that we are out of step, and whoever keeps Asterisk that it answers no more."""
        while True:
            due = self._clock() + TICK_S
            await asyncio.sleep(TICK_S)
            at = self._clock()
            if at - due > LATE_S:
                self._patience.stood_still(at)
            out_s = self._patience.to_be_told(at)
            if out_s is not None:
                log.warning("not in step with Asterisk for %.0f s: %s", out_s, self.why_not_ready)
            if self._patience.is_over(at):
                self._wedged.set()

    def _judge(self, silent: bool) -> None:
        """An attempt has failed: in silence, or with a word of whoever is there."""
        if silent:
            self._patience.unanswered(self._clock())
        else:
            self._patience.answered()

    async def _connect(self, attempt: int) -> Any:
        carrier = asyncio.create_task(self._client.fall_back())
        try:
            if attempt:
                await asyncio.sleep(BACKOFF_S[min(attempt, len(BACKOFF_S)) - 1])
            while True:
                try:
                    return await self._client.connect()
                except Unreachable as fault:
                    self._not_ready(str(fault))
                    self._judge(fault.silent)
                    rest_s = BACKOFF_S[min(attempt, len(BACKOFF_S) - 1)]
                    await asyncio.sleep(REFUSED_REST_S if fault.refused else rest_s)
                    attempt += 1
        finally:
            carrier.cancel()
            await asyncio.gather(carrier, return_exceptions=True)

    async def _live(self, ws: Any) -> Ended:
        """One connection, from its reconciliation to its end."""
        self.connections += 1
        self._held = []
        living = asyncio.create_task(self._client.live(ws))
        starting = asyncio.create_task(self._start())
        try:
            await asyncio.wait((living, starting), return_when=asyncio.FIRST_COMPLETED)
            if starting.done() and not living.done():
                starting.result()
                await asyncio.wait((living,))
            return Ended(TAKEN) if self._taken else living.result()
        except reconcile.Unreadable as fault:
            return Ended(str(fault), silent=isinstance(fault, Unanswered))
        finally:
            for task in (starting, living):
                task.cancel()
            await asyncio.gather(starting, living, return_exceptions=True)
            with contextlib.suppress(Exception):
                await ws.close()

    async def _start(self) -> None:
        app, phones_app = self._address.app, self._address.phones_app
        wanted = (
            requests.only_events(app, requests.CONSUMED),
            requests.only_events(phones_app, requests.PHONES_CONSUMED),
            requests.watch_endpoints(phones_app),
        )
        prepared = asyncio.gather(*(self._client.ask(request) for request in wanted))
        snapshot = await reconcile.read(self._truth, app)
        for request, outcome in zip(wanted, await prepared, strict=True):
            if outcome.lost:
                raise Unanswered(request)
            if not outcome.ok:
                raise reconcile.Unreadable(f"Asterisk answered {outcome.status} to {request.method} {request.path}")
        try:
            truth = reconcile.truth(snapshot, self._now())
        except (KeyError, TypeError, AttributeError, ValueError) as fault:
            raise reconcile.Unreadable(f"Asterisk's list of channels lacks what we read of it: {fault!r}") from None
        self._emit(truth)

    async def _truth(self, request: Request) -> Outcome:
        """A part of it. Raises Unanswered."""
        outcome = await self._client.ask(request)
        if outcome.lost:
            raise Unanswered(request)
        return outcome

    def _emit(self, truth: reconcile.Truth) -> None:
        """From here to the last held event nothing waits, so nothing overtakes."""
        at = self._now()
        self._legs.adopt((leg, seen.up, truth.phones[leg]) for leg, seen in truth.legs.items())
        for arrival in truth.arrivals:
            if not self._known(arrival.leg):
                self._put(arrival)
        phones = self._registrations.replace(truth.online)
        # Asterisk tells the machine's time, the desk lives in the service's, which may be shifted: the age is the same.
        started_at = at - (datetime.now(UTC) - truth.began_at)
        self._put(Reconciled(at, truth.legs, truth.bridges, phones, started_at))
        for leg, wish, endpoint in truth.wishes:
            told = None
            with contextlib.suppress(ValueError):
                told = self._translator.wish(at, wish, endpoint, leg)
            if told is not None:
                self._put(told)
            else:
                self._client.send(requests.continue_on(leg))
        for ear in truth.ears:
            self._client.send(requests.hang_up(ear))
        self._phone.recheck()
        self.ready = True
        self._patience.in_step()
        self._on_change()
        held, self._held = self._held, []
        for heard in held:
            self._hear(heard)

    def _hear(self, event: dict[str, Any]) -> None:
        if event.get("type") == "ApplicationReplaced":
            self._taken = True
            self._client.hang_up()
            return
        if not self.ready:
            self._held.append(event)
            return
        try:
            event_of_core, request = self._translator.said(event, self._now())
        except Unknown as fault:
            self.unknown_events += 1
            self._say_once(str(event.get("type")), str(fault))
            return
        if event_of_core is not None:
            self._put(event_of_core)
        if request is not None:
            self._client.send(request)

    def _say_once(self, kind: str, fault: str) -> None:
        if kind not in self._said and len(self._said) < 1000:
            self._said.add(kind)
            log.warning("Asterisk said what we do not understand, ignored from now on: %s", fault)

    def _lost(self, why: str, level: int) -> None:
        if self.ready:
            self.losses += 1
            log.log(level, "link to Asterisk lost: %s", why)
            self._not_ready(why)
            self._put(LinkLost(self._now()))
        else:
            self._not_ready(why)

    def _not_ready(self, why: str) -> None:
        changed = self.ready or self._why != why
        if self.ready:
            self._out_since = self._now()
            self._patience.out_of_step(self._clock())
        self.ready, self._why = False, why
        if changed:
            self._on_change()

    @staticmethod
    def _clock() -> float:
        """Seconds of a clock that never jumps."""
        return asyncio.get_running_loop().time()
