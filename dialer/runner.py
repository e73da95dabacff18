"""The loop: one inbox, one desk, one journal.

    events into the inbox → desk.handle → commands performed, change committed → durable commands performed

Decides only the order of effects: prompts and tones go at once; a durable command, and everything after it in its
change, waits for the commit. All events that were drained while a commit ran are committed together. Everything here
runs on one event loop, and the desk is only touched by `_drain`, so nothing needs a lock. Must not know why anything
is decided, nor how Asterisk or the database do their part.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog

from dialer.clock import Clock
from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.change import Change
from dialer.core.desk import Desk
from dialer.core.figures import Figures
from dialer.core.words import Cause, LegId, PlaybackId, Record
from dialer.metrics import Metrics
from dialer.store.refusal import LeadLost, StoreError

log = structlog.get_logger(__name__)

PARIS = ZoneInfo("Europe/Paris")
RETRY_MIN_S, RETRY_MAX_S = 0.1, 2.0
"""Pause between tries of a commit that failed; the calls go on meanwhile."""
GATHER_S = 0.02
"""A commit waits this long for company: at 40 calls a second that takes a fifth off the controller's CPU against 5 ms
(docs/bench.md). Nobody hears it: what a caller or an adviser waits for is performed before its commit."""
DIAL_LATE_MAX_S = 10.0
"""A dial whose commit took longer is not placed any more: its adviser has waited in silence for that long."""
LAG_EVERY_S = 0.05
STOP_MAX_S = 10.0


@dataclass(frozen=True, slots=True)
class _Decided:
    """A change that waits for its commit, and who waits for that."""

    change: Change
    done: asyncio.Future[Change] | None


def _cut(change: Change) -> tuple[list[cmd.Command], list[cmd.Command]]:
    """The commands before the first durable one, and the rest: a durable command holds up what comes after it."""
    first = next((at for at, command in enumerate(change.commands) if command.durable), len(change.commands))
    return change.commands[:first], change.commands[first:]


def _held_as(command: cmd.Command) -> LegId | PlaybackId | None:
    """The name under which a durable command waits for its commit."""
    match command:
        case cmd.DialOutside(leg=leg):
            return leg
        case cmd.PlayStored(playback=playback):
            return playback
    return None


def _ended_by(command: cmd.Command) -> LegId | PlaybackId | None:
    match command:
        case cmd.HangUp(leg=leg):
            return leg
        case cmd.StopPrompt(playback=playback):
            return playback
    return None


class Journal(Protocol):
    """What the loop asks of the store."""

    async def append(self, changes: Sequence[Change]) -> None:
        """Commit these changes in one transaction. Raises StoreError when it could not; then the same again."""


class Phones(Protocol):
    """What the loop asks of Asterisk: performing never blocks and never raises for expected telephony."""

    def perform(self, command: cmd.Command) -> None: ...


class Hooks(Protocol):
    def run(self, command: cmd.RunHook) -> None: ...


class Runner:
    """Feeds the desk and carries out what it says, from `start` to `stop`."""

    def __init__(
        self,
        desk: Desk,
        journal: Journal,
        phones: Phones,
        hooks: Hooks,
        clock: Clock,
        metrics: Metrics,
        watch: Callable[[Change], None] = lambda _change: None,
        committed: Callable[[], None] = lambda: None,
    ) -> None:
        """``watch`` is told of every change once it is decided, ``committed`` of every commit, done or failed.

        Both must be quick and must not raise.
        """
        self.desk = desk
        self.metrics = metrics
        self.on_lead_lost: Callable[[str], None] = lambda _why: None
        """Told once when another process has taken over: nothing more of ours can be written."""
        self.unwritten_since: datetime | None = None
        """Since when commits fail; None while they succeed."""
        self._journal = journal
        self._phones = phones
        self._hooks = hooks
        self._clock = clock
        self._watch = watch
        self._committed = committed
        self._inbox: deque[tuple[ev.Event, asyncio.Future[Change] | None]] = deque()
        self._scheduled = False
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at: datetime | None = None
        self._unwritten: list[_Decided] = []
        self._held: set[LegId | PlaybackId] = set()
        self._to_write = asyncio.Event()
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []
        self._day: date | None = None
        self._figures = Figures({})

    # -- the day's figures ---------------------------------------------------------------------

    def figures(self) -> Figures:
        """Today's, in Paris."""
        self._turn_day(self._clock.now())
        return self._figures

    def take_figures(self, records: Iterable[Record]) -> None:
        """Today's records that were stored before this process began."""
        self._turn_day(self._clock.now())
        self._figures.take(record for record in records if record.at.astimezone(PARIS).date() == self._day)

    def _turn_day(self, at: datetime) -> None:
        day = at.astimezone(PARIS).date()
        if day != self._day:
            self._day = day
            self._figures = Figures({queue: rules.answered_within_s for queue, rules in self.desk.rules.queues.items()})

    # -- in ------------------------------------------------------------------------------------

    def put(self, event: ev.Event) -> None:
        """Hand in an event. Never blocks, never loses one."""
        self._inbox.append((event, None))
        self._wake()

    async def submit(self, event: ev.Event) -> Change:
        """Hand in an event; what came of it, once that is committed."""
        done: asyncio.Future[Change] = asyncio.get_running_loop().create_future()
        self._inbox.append((event, done))
        self._wake()
        return await done

    def _wake(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._drain)

    def _drain(self) -> None:
        self._scheduled = False
        while self._inbox:
            self._decide(*self._inbox.popleft())
        due = self.desk.next_deadline
        now = self._clock.now()
        if due is not None and due <= now:
            self._decide(ev.DeadlineReached(now), None)
        self._arm()
        if self._unwritten:
            self._to_write.set()

    def _decide(self, event: ev.Event, done: asyncio.Future[Change] | None) -> None:
        try:
            with self.metrics.decide_s.time():
                change = self.desk.handle(event)
        except Exception as ours:  # it drops this event alone: those behind it, and the timer, do not wait for it
            self.metrics.defects.inc()
            log.error("a defect dropped one event", kind=type(event).__name__, defect=type(ours).__name__)
            if done is not None:
                done.set_exception(ours)
            return
        for defect in change.defects:
            self.metrics.defects.inc()
            log.error("a defect dropped one call", defect=defect)
        self._perform(change)
        if change.to_store:
            self._unwritten.append(_Decided(change, done))
            self._turn_day(change.at)
            self._figures.take(change.records)
            self.metrics.take(change.records)
            self._watch(change)
        elif done is not None:
            done.set_result(change)

    def _arm(self) -> None:
        """One timer, always at the desk's next deadline."""
        due = self.desk.next_deadline
        if due == self._timer_at and self._timer is not None:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = due
        if due is None:
            self._timer = None
        else:
            delay_s = max(0.0, (due - self._clock.now()).total_seconds())
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._fire)

    def _fire(self) -> None:
        self._timer = self._timer_at = None
        self._wake()

    # -- out -----------------------------------------------------------------------------------

    def _perform(self, change: Change) -> None:
        """Do what need not wait for the commit; note what is to be dialled or said after it."""
        now, later = _cut(change)
        for command in now:
            what = _ended_by(command)
            if what in self._held:
                self._held.remove(what)  # it was never dialled or said, and now never will be
                if isinstance(command, cmd.HangUp):
                    self.put(ev.LegLeft(self._clock.now(), command.leg, Cause.FAILED))
            else:
                self._do(command)
        self._held.update(what for command in later if (what := _held_as(command)) is not None)

    def _perform_durable(self, change: Change) -> None:
        """Do the rest, but for what was ended meanwhile, and for a dial that comes too late to be meant."""
        late = (self._clock.now() - change.at).total_seconds() > DIAL_LATE_MAX_S
        for command in _cut(change)[1]:
            what = _held_as(command)
            if what is not None and what not in self._held:
                continue
            if what is not None:
                self._held.remove(what)
            if late and isinstance(command, cmd.DialOutside):
                log.warning("a dial was not placed: its commit came too late", leg=command.leg)
                self.put(ev.LegLeft(self._clock.now(), command.leg, Cause.FAILED))
            else:
                self._do(command)

    def _do(self, command: cmd.Command) -> None:
        if isinstance(command, cmd.RunHook):
            self._hooks.run(command)
        else:
            self._phones.perform(command)

    # -- the journal ---------------------------------------------------------------------------

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._tasks = [
            loop.create_task(self._write(), name="journal"),
            loop.create_task(self._watch_lag(), name="loop lag"),
        ]
        self._wake()

    async def stop(self) -> None:
        """Decide what has come in, commit it, and end. What could not be written within 10 s is told of, and lost."""
        self._drain()
        if self._timer is not None:
            self._timer.cancel()
        self._stopping = True
        self._to_write.set()
        await asyncio.wait(self._tasks[:1], timeout=STOP_MAX_S)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._unwritten:
            log.error("changes were not written", changes=len(self._unwritten))
        for decided in self._unwritten:
            if decided.done is not None:
                decided.done.cancel()

    async def _write(self) -> None:
        while self._unwritten or not self._stopping:
            await self._to_write.wait()
            if not self._stopping:
                await asyncio.sleep(GATHER_S)
            self._to_write.clear()
            if self._unwritten and not await self._commit():
                return

    async def _commit(self) -> bool:
        """Commit what is decided and not yet written; try for as long as it takes, the calls go on meanwhile.

        False: it never will be, for another process leads.
        """
        pause_s = RETRY_MIN_S
        while True:
            batch = tuple(self._unwritten)
            try:
                with self.metrics.commit_s.time():
                    await self._journal.append([decided.change for decided in batch])
                break
            except LeadLost as lost:
                self.unwritten_since = self.unwritten_since or self._clock.now()
                log.error("another process leads; this one ends", why=str(lost))
                self.on_lead_lost(str(lost))
                return False
            except StoreError as failed:
                self.metrics.commit_failures.inc()
                if self.unwritten_since is None:
                    self.unwritten_since = self._clock.now()
                    log.error("the journal cannot be written; calls go on", why=str(failed))
                self._committed()
                await asyncio.sleep(pause_s)
                pause_s = min(RETRY_MAX_S, 2 * pause_s)
        if self.unwritten_since is not None:
            log.warning("the journal is written again")
            self.unwritten_since = None
        del self._unwritten[: len(batch)]
        if self._unwritten:
            self._to_write.set()  # decided meanwhile: the next commit, and it too waits for company
        for decided in batch:
            self._perform_durable(decided.change)
            if decided.done is not None and not decided.done.done():
                decided.done.set_result(decided.change)
        self._committed()
        return True

    async def _watch_lag(self) -> None:
        """How late the event loop is, at its worst since the last scrape."""
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(LAG_EVERY_S)
            self.metrics.saw_lag(loop.time() - before - LAG_EVERY_S)
