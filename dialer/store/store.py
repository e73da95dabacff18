"""The store: what the runner appends, what a start takes up, what the screens ask for.

Decides nothing about calls. Writes are one at a time and durable when they return; reads have connections of their own
and never wait behind a write. Everything that the database refuses is a StoreError with one sentence.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from sqlalchemy import ColumnElement, Row, and_, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dialer.core.callbacks.history import KEPT
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.request import Answered, Intake
from dialer.core.callbacks.states import CallbackId
from dialer.core.change import Change
from dialer.core.outlook import WINDOW
from dialer.core.views import CallbackFilter, CallFilter
from dialer.core.words import E164, CallId, Cause, Outcome, QueueId, Record, record
from dialer.store import callback_reads, database, number_history, tables, taken_up, tokens
from dialer.store.access_shelf import AccessShelf
from dialer.store.callback_pages import (
    CallbackPage,
    CallbackRow,
    callback_row_of,
    callbacks_page_of,
    select_callbacks,
    select_due,
)
from dialer.store.case_shelf import CaseShelf
from dialer.store.contact_shelf import ContactShelf, drafts
from dialer.store.loaded import Loaded, Unreadable
from dialer.store.pages import CallRow, Page, page_of, select_call, select_page
from dialer.store.refusal import REFUSALS, Locked, StoreError, refusal
from dialer.store.rows import Batch, batch_of, record_of, record_row
from dialer.store.tables import calls, journal, micros, settings
from dialer.store.tokens import Token
from dialer.store.writer import Writer

CHUNK = 1000
"""Records read at a time: a day of them never stands in memory at once."""
DECLINED_KEPT = timedelta(days=61)
"""A little longer than the gate looks back over refusals, unless the rules say otherwise (`CallingRules`)."""


LOCKED_AGAIN_S = 0.05


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Store:
    """Made by ``await Store.open(url)``; ``close`` it at the end."""

    def __init__(self, writer: Writer, reader: AsyncEngine, where: str, now: Callable[[], datetime]) -> None:
        self._writer = writer
        self._reader = reader
        self._where = where
        self._now = now
        self._checked = tokens.Checked()
        self._used: dict[str, datetime] = {}
        self.cases = CaseShelf(self._read)
        self.contacts = ContactShelf(self._read)
        self.access = AccessShelf(self._read, writer.transaction)

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        say: Callable[[str], None] = lambda _: None,
        now: Callable[[], datetime] = _utc_now,
        lead: bool = True,
    ) -> Self:
        """Open the database, make it or bring it to this version. StoreError: one sentence, and nothing left open.

        say: hears what takes a moment. now: the service's clock, for the instants of tokens. lead: be the one whose
        changes are written, from now on and in place of whoever was; without it, only tokens, settings and accounts can
        be written, and a service that runs meanwhile goes on.
        """
        parsed = database.database_url(url)
        where = database.shown(parsed)
        try:
            database.make_room(parsed)
        except OSError as error:
            raise refusal(error, where) from error
        writer = Writer(database.writer_engine(parsed), where)
        try:
            await _made_ready(writer, where, say)
            await writer.start(lead)
        except BaseException:
            await writer.close()
            raise
        return cls(writer, database.reader_engine(parsed), where, now)

    async def close(self) -> None:
        """Wait for the write under way, note when tokens were last used, and close every connection."""
        try:
            if self._used:
                await self._note_used()
        except StoreError:
            pass  # only the instants of last use are lost
        finally:
            await self._writer.close()
            await self._reader.dispose()

    @asynccontextmanager
    async def _read(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._reader.connect() as conn:
                yield conn
        except REFUSALS as error:
            raise refusal(error, self._where) from error

    # -- the desk's changes ------------------------------------------------------------------------

    async def append(self, changes: Sequence[Change]) -> None:
        """Keep these changes: all of them in one transaction, durable when this returns.

        StoreError: try the same changes again, alone or with more behind them; nothing is written twice. Several at
        once are written in the order of their calls. LeadLost, a StoreError too: another process leads, and nothing of
        ours is written ever again.
        """
        await self._writer.append(batch_of(changes))

    async def end_lost(self, lost: Sequence[CallId], at: datetime) -> None:
        """End calls that could not be read and that Asterisk no longer has either: failed, cause unknown.

        Only open calls end; one that the desk took up anew must not be named.
        """
        if not lost:
            return
        batch = Batch()
        async with self._read() as conn:
            open_calls = calls.c.id.in_(lost) & calls.c.ended_at.is_(None)
            rows = (await conn.execute(select(calls).where(open_calls))).all()
        for row in rows:
            entry = record(
                at, "ended", CallId(row.id), None, outcome=Outcome.FAILED, stage=row.state, cause=Cause.UNKNOWN,
                line=row.line, queue=row.queue, waited_s=None, talked_s=None,
            )  # fmt: skip
            batch.records.append(record_row(entry))
            ended = row._asdict() | {
                "state": "ended", "outcome": str(Outcome.FAILED), "stage": row.state, "ended_at": at, "snapshot": None
            }  # fmt: skip
            batch.calls.append(tuple(micros(x) if isinstance(x, datetime) else x for x in ended.values()))
        await self._writer.append(batch)

    # -- what a start takes up ---------------------------------------------------------------------

    async def load(
        self,
        since: datetime,
        events: Collection[str] | None = None,
        *,
        dialled_for: timedelta = KEPT,
        declined_for: timedelta = DECLINED_KEPT,
    ) -> Loaded:
        """What is open, advisers, answers of late, and the journal since ``since`` (only ``events``, if given).

        dialled_for, declined_for: how far before the journal's end attempts and refusals are wanted, which is as far
        as the rules of calling look back.
        """
        unreadable: list[Unreadable] = []
        async with self._read() as conn:
            with taken_up.uncollected():
                found_calls = await taken_up.open_calls(conn, unreadable)
                found_advisers = await taken_up.all_advisers(conn, unreadable)
                found_callbacks = await taken_up.open_callbacks(conn, unreadable)
                found_files = await taken_up.open_files(conn, unreadable)
                found_templates = await taken_up.all_templates(conn, unreadable)
                found_structures = await taken_up.all_structures(conn, unreadable)
            found_contacts = await drafts(conn, unreadable)
            last_at = await taken_up.last_instant(conn)
            over = await taken_up.newest_over(conn)
            opposed = await taken_up.opposed(conn)
            next_serial = await taken_up.next_serial(conn)
            end = last_at if last_at is not None else tables.EPOCH
            dialled = await taken_up.dialled(conn, end - dialled_for)
            declined = await taken_up.declined(conn, end - declined_for)
        answers: list[tuple[QueueId, datetime]] = []
        records: list[Record] = []
        if last_at is not None:
            recent = and_(journal.c.at >= last_at - WINDOW, journal.c.event == "answered")
            async for entry in self._records(recent):
                answers.append((QueueId(str(dict(entry.data)["queue"])), entry.at))
            asked = journal.c.at >= since
            if events is not None:
                asked = and_(asked, journal.c.event.in_(events))
            records = [entry async for entry in self._records(asked)]
        return Loaded(
            found_calls, found_advisers, tuple(answers), tuple(records), last_at, tuple(unreadable), over,
            found_callbacks, found_files, dialled, declined, opposed, next_serial, found_templates, found_structures,
            found_contacts,
        )  # fmt: skip

    async def last_at(self) -> datetime | None:
        """The latest instant in the journal; None when it is empty."""
        async with self._read() as conn:
            return await taken_up.last_instant(conn)

    # -- what the screens ask for ------------------------------------------------------------------

    async def calls_page(self, asked: CallFilter, limit: int, cursor: str | None = None) -> Page:
        """At most ``limit`` calls, the newest first. BadCursor when ``cursor`` is none of ours."""
        if limit < 1:
            raise ValueError("a page holds one call at least")
        query = select_page(asked, limit, cursor)
        async with self._read() as conn:
            return page_of([_call_row(row) for row in await conn.execute(query)], limit)

    async def call(self, call_id: str) -> CallRow | None:
        async with self._read() as conn:
            row = (await conn.execute(select_call(call_id))).one_or_none()
        return None if row is None else _call_row(row)

    async def callers(self, call_ids: Collection[str]) -> dict[str, E164]:
        """The numbers of these calls' callers, whole; without those that were masked or are no longer kept."""
        query = select(calls.c.id, calls.c.caller).where(calls.c.id.in_(call_ids), calls.c.caller.is_not(None))
        async with self._read() as conn:
            return {row.id: E164(row.caller) for row in await conn.execute(query)}

    async def timeline(self, call_id: str) -> list[Record]:
        """All that the journal says of one call, in the order it happened."""
        query = select(journal).where(journal.c.call == call_id).order_by(journal.c.seq)
        async with self._read() as conn:
            return [record_of(row) for row in await conn.execute(query)]

    async def appointments_fixed(self, since: datetime) -> tuple[datetime, ...]:
        """When appointments were fixed with people who were called back, from that instant on."""
        asked = and_(journal.c.at >= since, journal.c.event == "callback_closed")
        fixed = CallbackOutcome.RDV_FIXE
        return tuple([entry.at async for entry in self._records(asked) if dict(entry.data).get("outcome") == fixed])

    def records(self, since: datetime, until: datetime) -> AsyncIterator[Record]:
        """The journal with since ≤ at < until, in the order it was written, read little by little."""
        return self._records(and_(journal.c.at >= since, journal.c.at < until))

    async def _records(self, where: ColumnElement[bool]) -> AsyncIterator[Record]:
        async with self._read() as conn:
            bounds = (await conn.execute(select(func.min(journal.c.seq), func.max(journal.c.seq)).where(where))).one()
        first, last = bounds
        while first is not None and first <= last:
            query = select(journal).where(where, journal.c.seq.between(first, last))
            async with self._read() as conn:
                rows = (await conn.execute(query.order_by(journal.c.seq).limit(CHUNK))).all()
            for row in rows:
                yield record_of(row)
            first = rows[-1].seq + 1 if len(rows) == CHUNK else None

    # -- callbacks ---------------------------------------------------------------------------------

    async def callbacks_page(self, asked: CallbackFilter, limit: int, cursor: str | None = None) -> CallbackPage:
        """At most ``limit`` callbacks, the newest request first. BadCursor when ``cursor`` is none of ours."""
        if limit < 1:
            raise ValueError("a page holds one callback at least")
        query = select_callbacks(asked, limit, cursor)
        async with self._read() as conn:
            return callbacks_page_of([callback_row_of(row) for row in await conn.execute(query)], limit)

    async def next_due(self, at: datetime, limit: int) -> tuple[CallbackRow, ...]:
        """The first ``limit`` of the open callbacks that are due at ``at`` or before, the longest due first."""
        async with self._read() as conn:
            return tuple(callback_row_of(row) for row in await conn.execute(select_due(at, limit)))

    async def callback(self, callback_id: str) -> CallbackRow | None:
        """One, open or closed, with its attempts."""
        async with self._read() as conn:
            return await callback_reads.find_callback(conn, callback_id)

    async def intakes_of(self, callback_id: str) -> tuple[Intake, ...]:
        """What was asked, the newest first. Personal. What is no longer kept is not among them."""
        async with self._read() as conn:
            return await callback_reads.find_intakes(conn, callback_id)

    async def by_reference(self, reference: str) -> CallbackId | None:
        """The callback of the request with these eight digits."""
        async with self._read() as conn:
            return await callback_reads.find_by_reference(conn, reference)

    async def answered(self, key: str) -> Answered | None:
        """What was answered to this Idempotency-Key, which is given as its hash."""
        async with self._read() as conn:
            return await callback_reads.find_answered(conn, key)

    async def records_after(
        self, seq: int, limit: int, prefix: str = tables.CALLBACKS_TOLD
    ) -> list[tuple[int, Record]]:
        """The first ``limit`` records behind number ``seq`` whose event begins so, each with its own number.

        By the prefix of callbacks they have an index; any other is looked for from ``seq`` on.
        """
        async with self._read() as conn:
            query = callback_reads.select_records_after(seq, limit, prefix)
            return [(row.seq, record_of(row)) for row in await conn.execute(query)]

    async def history_of(self, number: E164, limit: int) -> tuple[number_history.Past, ...]:
        """The calls and callbacks of a number, at most ``limit``, the newest first."""
        async with self._read() as conn:
            return await number_history.find_history(conn, number, limit)

    # -- tokens and settings -----------------------------------------------------------------------

    async def add_token(self, name: str, scopes: Collection[str], academie: str | None = None) -> str:
        """A new token's text. It is known now and never again."""
        async with self._writer.transaction() as conn:
            return await tokens.insert_token(conn, name, scopes, academie, self._now())

    async def check_token(self, plain: str) -> Token | None:
        """The token in force with this text, or None. A good answer is remembered for tokens.CACHED_S."""
        hashed = tokens.digest(plain)
        token = self._checked.get(hashed)
        if token is None:
            async with self._read() as conn:
                token = await tokens.find_token(conn, hashed)
            if token is None or token.revoked_at is not None:
                return None
            self._checked.keep(hashed, token)
        now = self._now()
        used_at = self._used.get(token.id, token.last_used_at)
        if used_at is None or now - used_at >= tokens.USED_STEP:
            self._used[token.id] = now
        return token

    async def revoke_token(self, token_id: str) -> bool:
        """Whether there was such a token in force. At once here, within tokens.CACHED_S in other processes."""
        self._checked.forget(token_id)
        async with self._writer.transaction() as conn:
            return await tokens.revoke(conn, token_id, self._now())

    async def tokens(self) -> list[Token]:
        """All of them, oldest first, revoked ones too."""
        if self._used:
            await self._note_used()
        async with self._read() as conn:
            return await tokens.all_tokens(conn)

    async def _note_used(self) -> None:
        used = dict(self._used)
        async with self._writer.transaction() as conn:
            await tokens.mark_used(conn, used)

    async def setting(self, key: str) -> Any:
        """The value kept under ``key`` (what JSON can hold), or None."""
        async with self._read() as conn:
            stored = (await conn.execute(select(settings.c.value).where(settings.c.key == key))).scalar()
        return None if stored is None else json.loads(stored)

    async def set_setting(self, key: str, value: Any) -> None:
        upsert: Any = postgresql.insert if self._reader.dialect.name == "postgresql" else sqlite.insert
        row = upsert(settings).values(key=key, value=json.dumps(value))
        async with self._writer.transaction() as conn:
            await conn.execute(row.on_conflict_do_update(index_elements=["key"], set_={"value": row.excluded.value}))


def _call_row(row: Row[Any]) -> CallRow:
    return CallRow(**row._mapping)


async def _made_ready(writer: Writer, where: str, say: Callable[[str], None]) -> None:
    """At this version. SQLite does not wait for the lock that WAL asks for, so while another start has it, we do."""
    loop = asyncio.get_running_loop()
    until = loop.time() + database.LOCK_MAX_S
    while True:
        try:
            async with writer.transaction() as conn:
                await database.migrate(conn, where, say)
            return
        except Locked:
            if loop.time() > until:
                raise
            await asyncio.sleep(LOCKED_AGAIN_S)
