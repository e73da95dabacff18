"""Messages to people's telephones, by the operator's SMS gateway: at least once, and each try of one under the same id.

Decides when one is tried: one after the other, until it is taken or of no use any more, and who waits for whom. The
journal is the outbox. What is owed, how far the journal was read and up to which window promises were looked at are one
setting, written before anything is sent: a restart neither repeats what was taken nor forgets what was not, and what a
crash leaves between a delivery and the setting is delivered twice, with the same id. Who is owed what, and when it may
go, is `core.messages`; how it travels is `sms`; docs/messages.md is what a gateway's makers read. Must not hold up
whoever writes the journal, nor let a number or a text into a log.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import structlog
from pydantic import TypeAdapter, ValidationError

from dialer.clock import Clock
from dialer.core.callbacks import messages as core
from dialer.core.callbacks.messages import Hold, Kind, Never, Owed, Send
from dialer.core.callbacks.request import Intake
from dialer.core.callbacks.states import Callback, CallbackId
from dialer.core.words import E164, CallId, Instant, Record
from dialer.journal_end import Journal, end_of_journal
from dialer.signed_post import NotTaken
from dialer.sms import Delivery, Gateway
from dialer.store.refusal import StoreError
from dialer.web.changes import Changes
from dialer.web.rappel.links import link_of
from dialer.webhooks import full_jitter

log = structlog.get_logger(__name__)

SETTING = "messages"
CHUNK = 100
GATHER_S = 0.2
LOOK_S = 20.0
"""How often promises are looked at, and the most that anything due waits while nothing happens."""
OWED_MAX = 500
"""So many are written down at most; what comes after waits in the journal, and none is lost."""
DAY_MAX = 6
"""Messages to one number in 24 hours: somebody who plays with the form shall not fill a stranger's telephone."""
_DAY = timedelta(hours=24)


class PublicPage(Protocol):
    """Whether people can follow their request, and where."""

    @property
    def public_url(self) -> str | None: ...
    @property
    def public_page(self) -> bool: ...


class Outbox(Journal, Protocol):
    """What is asked of the store. Each raises StoreError."""

    async def timeline(self, call: CallId, /) -> Sequence[Record]: ...

    async def callback(self, callback: CallbackId, /) -> core.Stored | None: ...

    async def intakes_of(self, callback: CallbackId, /) -> Sequence[Intake]: ...

    async def setting(self, key: str) -> Any: ...

    async def set_setting(self, key: str, value: Any) -> None: ...


class Promises(Protocol):
    """What is asked of the desk's memory."""

    def promises_between(self, after_at: Instant, until_at: Instant) -> Iterable[Callback]:
        """The open callbacks whose promised window begins after ``after_at`` and no later than ``until_at``."""

    def is_opposed(self, number: E164) -> bool:
        """Whether this number is never to be called, nor written to."""


class Tally(Protocol):
    def message(self, kind: str, came: str) -> None:
        """One more. came: `sent`; `failed`: a try in vain; `dropped`: not to be sent any more."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What outlives us. seq: how far the journal was read. looked_to: windows up to there had their reminders."""

    seq: int
    looked_to: datetime
    owed: tuple[Owed, ...] = ()


_KEPT = TypeAdapter(Kept)


def _kept(held: object) -> Kept | None:
    """What was written down; None: nothing, or nothing that this version can read, which stops no start."""
    try:
        return _KEPT.validate_python(held) if held is not None else None
    except ValidationError as fault:
        log.error("what is owed cannot be read; only what comes from now on is sent", faults=fault.error_count())
        return None


class Messenger:
    """Run `run` as a task, end it, then `close`. Without a gateway it waits, and nobody is owed anything new."""

    def __init__(
        self,
        store: Outbox,
        promises: Promises,
        gateway: Gateway | None,
        page: PublicPage,
        link_key: bytes,
        clock: Clock,
        changes: Changes,
        tally: Tally,
        pause_s: Callable[[int], float] = full_jitter,
    ) -> None:
        """``changes``: told of each commit. ``pause_s``: how long to wait after so many tries in vain."""
        self._store = store
        self._promises = promises
        self._gateway = gateway
        self._page = page
        self._link_key = link_key
        self._clock = clock
        self._delivery = Delivery(clock)
        self._changes = changes
        self._tally = tally
        self._pause_s = pause_s
        self._replaced = asyncio.Event()
        self._begun = False
        self._seq = 0
        self._looked_to = datetime.min.replace(tzinfo=UTC)
        self._looked_at: Instant | None = None
        self._owed: dict[tuple[str, Kind], Owed] = {}
        self._tries: Counter[str] = Counter()
        self._sent: dict[E164, list[Instant]] = {}
        """Of the last day, as far as this process knows."""
        self._taken = 0
        self._written: Kept | None = None
        self._trouble: str | None = None

    def follow(self, gateway: Gateway | None, page: PublicPage) -> None:
        """Another gateway or page, or the same: what is owed goes there, at once."""
        if (gateway, page) == (self._gateway, self._page):
            return
        self._gateway, self._page = gateway, page
        self._replaced.set()
        self._changes.tell()

    async def run(self) -> None:
        """Send all that is owed, for ever."""
        tries = 0
        while True:
            version = self._changes.version
            self._replaced.clear()
            taken_before = self._taken
            try:
                await self._turn()
            except (NotTaken, StoreError) as failed:
                tries = 1 if self._taken != taken_before else tries + 1
                self._say(str(failed) if isinstance(failed, NotTaken) else "the store does not answer")
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._pause_s(tries)):
                        await self._replaced.wait()
                continue
            tries = 0
            with suppress(TimeoutError):
                async with asyncio.timeout(self._rest_s()):
                    await self._changes.after(version)
            await asyncio.sleep(GATHER_S)

    async def close(self) -> None:
        await self._delivery.close()

    async def begin(self) -> None:
        """Find what is owed; on the very first time, nobody anything: who asked before is not written to.

        `run` does it too; whoever wants to lose nothing of the first moment does it before. Raises StoreError.
        """
        if self._gateway is None or self._begun:
            return
        kept = self._written = _kept(await self._store.setting(SETTING))
        if kept is not None:
            self._seq, self._looked_to = kept.seq, kept.looked_to
            self._owed = {owed.key: owed for owed in kept.owed}
        else:
            self._seq, self._looked_to = await end_of_journal(self._store), self._clock.now()
        self._begun = True
        await self._keep()

    async def _turn(self) -> None:
        gateway = self._gateway
        if gateway is None:
            return
        await self.begin()
        await self._read_journal()
        await self._look_at_promises(timedelta(hours=gateway.remind_h))
        await self._deliver(gateway)

    # -- what is owed ------------------------------------------------------------------------------

    async def _read_journal(self) -> None:
        while len(self._owed) < OWED_MAX:
            found = await self._store.records_after(self._seq, CHUNK)
            for seq, entry in found:
                if core.tells(entry):
                    with self._sparing_others(f"c-{seq}", Kind.CONFIRMATION):
                        await self._take_up(seq, entry)
                self._seq = seq
            if len(found) < CHUNK:
                return

    async def _take_up(self, seq: int, entry: Record) -> None:
        assert entry.call is not None, "a record of a callback names it"
        callback = CallbackId(entry.call)
        stored = await self._store.callback(callback)
        if stored is None:
            return
        before = self._owed.get((callback, Kind.CONFIRMATION))
        owed = core.confirmation(seq, entry, await self._store.intakes_of(callback), stored, before)
        if owed is None:
            return
        if self._clock.now() >= owed.until:
            self._tally.message(owed.kind, "dropped")
        else:
            self._owed[owed.key] = owed

    async def _look_at_promises(self, ahead: timedelta) -> None:
        """Once for each window, when it comes so near. A promise that is made later than that needs no reminder."""
        now = self._clock.now()
        if self._looked_at is not None and now < self._looked_at + timedelta(seconds=LOOK_S):
            return
        until = now + ahead
        if until <= self._looked_to or len(self._owed) >= OWED_MAX:
            return
        found = list(self._promises.promises_between(self._looked_to, until)) if ahead else []
        for callback in found:
            assert callback.window is not None, "only promises were asked for"
            with self._sparing_others(f"r-{callback.id}", Kind.REMINDER):
                await self._remind(callback.id, callback.window.start_at, now)
        self._looked_to, self._looked_at = until, now

    async def _remind(self, callback: CallbackId, start_at: Instant, now: Instant) -> None:
        stored = await self._store.callback(callback)
        if stored is None:
            return
        intakes, timeline = await self._store.intakes_of(callback), await self._store.timeline(CallId(callback))
        owed = core.reminder(callback, start_at, intakes, stored, timeline, now)
        if owed is not None:
            self._owed[owed.key] = owed

    # -- sending -----------------------------------------------------------------------------------

    async def _deliver(self, gateway: Gateway) -> None:
        """First what is of no use any more, which a gateway that is down shall not keep; last what it could not swallow
        before, which shall not keep the others waiting."""
        now = self._clock.now()
        due = [each for each in self._owed.values() if now >= min(each.due_at, each.until)]
        for owed in sorted(due, key=lambda each: (now < each.until, self._tries[each.id], each.due_at)):
            if self._gateway is not gateway:  # the next turn goes by the one that took its place, and it comes at once
                break
            with self._sparing_others(owed.id, owed.kind):
                await self._settle(owed, gateway)
        await self._keep()

    async def _settle(self, owed: Owed, gateway: Gateway) -> None:
        """Send it, hold it or let it go. Raises NotTaken."""
        now = self._clock.now()
        stored = await self._store.callback(owed.callback)
        opposed = stored is not None and stored.phone is not None and self._promises.is_opposed(stored.phone)
        match core.judge(owed, stored, opposed, now):
            case Hold(until=until):
                self._owed[owed.key] = replace(owed, due_at=until)
            case Never.OVER:
                self._let_go(owed)
            case Never.LATE:
                self._let_go(owed, "dropped")
            case Send(to=to) if self._lately(to, now) >= DAY_MAX:
                self._let_go(owed, "dropped")
            case Send(to=to, window=window):
                await self._keep()  # of the one before: it is delivered, and a crash from here on repeats this one only
                if await self._delivered(owed, gateway, to, core.text(owed, window, self._link(owed))):
                    self._sent.setdefault(to, []).append(now)
                    self._let_go(owed, "sent")
                else:
                    log.error("the gateway refuses a message, which is dropped", id=owed.id)
                    self._let_go(owed, "dropped")

    def _let_go(self, owed: Owed, came: str | None = None) -> None:
        del self._owed[owed.key]
        self._tries.pop(owed.id, None)
        if came is not None:
            self._tally.message(owed.kind, came)

    def _lately(self, number: E164, now: Instant) -> int:
        """How many this number got in the last day."""
        recent = {to: [at for at in sent if at > now - _DAY] for to, sent in self._sent.items()}
        self._sent = {to: sent for to, sent in recent.items() if sent}
        return len(self._sent.get(number, ()))

    def _link(self, owed: Owed) -> str | None:
        if self._page.public_url is None or not self._page.public_page:
            return None
        return f"{self._page.public_url}/rappel/suivi/{link_of(owed.reference, owed.callback, self._link_key)}"

    async def _delivered(self, owed: Owed, gateway: Gateway, to: E164, text: str) -> bool:
        """False: the gateway refuses it for good. Raises NotTaken."""
        try:
            taken = await self._delivery.deliver(gateway, owed.id, to, text)
        except NotTaken:
            self._tries[owed.id] += 1
            self._tally.message(owed.kind, "failed")
            raise
        self._taken += 1
        self._say(None)
        return taken

    @contextmanager
    def _sparing_others(self, message: str, kind: Kind) -> Iterator[None]:
        """A defect of ours, or a request that another version wrote, costs this message, and no other."""
        try:
            yield
        except (NotTaken, StoreError):
            raise
        except Exception as defect:
            log.error("a message cannot be made, and is dropped", id=message, why=type(defect).__name__)
            self._tally.message(kind, "dropped")
            self._owed = {key: owed for key, owed in self._owed.items() if owed.id != message}

    # -- keeping -----------------------------------------------------------------------------------

    async def _keep(self) -> None:
        kept = Kept(self._seq, self._looked_to, tuple(self._owed.values()))
        if kept != self._written:
            await self._store.set_setting(SETTING, _KEPT.dump_python(kept, mode="json"))
            self._written = kept

    def _rest_s(self) -> float:
        """How long nothing is due, and promises need not be looked at."""
        now = self._clock.now()
        next_at = min((each.due_at for each in self._owed.values()), default=now + timedelta(seconds=LOOK_S))
        return min(LOOK_S, max(0.0, (next_at - now).total_seconds()))

    def _say(self, trouble: str | None) -> None:
        """To the log, when it begins, becomes another and is over; not at every try."""
        if trouble == self._trouble:
            return
        if trouble is not None:
            log.warning("messages wait", why=trouble)
        else:
            log.info("messages are taken again")
        self._trouble = trouble
