"""What the store promises of callbacks, cases and requests: on SQLite, on PostgreSQL and in memory alike."""

from datetime import timedelta

import pytest

from dialer.core.callbacks.history import Dialled
from dialer.core.callbacks.legal_clock import legal_deadline
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.request import Answered, Key
from dialer.core.callbacks.states import Attempt, Callback, CallbackId, Closed, queued_at, stage
from dialer.core.callbacks.told import Rescheduled
from dialer.core.cases.case import Kind
from dialer.core.change import Change
from dialer.core.words import Cause, Record
from dialer.store import BadCursor, CallbackFilter, CallbackRow, Store
from tests.core.callback_matrix import STATES
from tests.core.world import T0, after
from tests.store.fake_store import FakeStore
from tests.store.promised import LIVES, REUNION, Office, every_life, number
from tests.store.scenes import NUMBER, note, ordinary_day

pytestmark = pytest.mark.asyncio
AnyStore = Store | FakeStore
EVERYTHING = CallbackFilter()
OPEN = {state.kind for state in STATES.values()} - {"closed"}


async def rows(store: AnyStore, asked: CallbackFilter = EVERYTHING) -> tuple[CallbackRow, ...]:
    page = await store.callbacks_page(asked, 1000)
    assert page.next is None
    return page.items


# -- what a start takes up -------------------------------------------------------------------------


async def test_an_empty_store_has_no_callback_and_begins_with_serial_0(any_store: AnyStore) -> None:
    loaded = await any_store.load(T0)
    assert (loaded.callbacks, loaded.files, loaded.dialled, loaded.declined, loaded.opposed) == ((), (), (), (), ())
    assert loaded.next_serial == 0
    assert await rows(any_store) == ()
    assert await any_store.callback("nobody") is None
    assert await any_store.intakes_of("nobody") == ()
    assert await any_store.by_reference("00000000") is None
    assert await any_store.answered("nobody") is None
    assert await any_store.records_after(0, 10) == []
    assert await any_store.next_due(after(10**6), 10) == ()


@pytest.mark.parametrize("size", [1, 3, 10_000])
async def test_callbacks_in_every_state_are_taken_up_exactly(any_store: AnyStore, size: int) -> None:
    """However many changes a transaction holds."""
    office = every_life(2)
    for start in range(0, len(office.changes), size):
        await any_store.append(office.changes[start : start + size])
    loaded = await any_store.load(T0)
    assert loaded.callbacks == office.open
    assert {callback.state.kind for callback in loaded.callbacks} == OPEN
    assert [type(callback.state) for callback in loaded.callbacks] == [type(each.state) for each in office.open]
    assert loaded.files == office.open_files
    assert any(file.value.case.appointments for file in loaded.files)
    assert loaded.unreadable == ()
    assert loaded.next_serial == office.serial
    assert await any_store.last_at() == loaded.last_at == max(e.at for c in office.changes for e in c.records)


async def test_each_row_tells_what_the_callback_is_at_every_moment(any_store: AnyStore) -> None:
    office = every_life()
    told = set()
    for change in office.changes:
        await any_store.append([change])
        for callback in change.callbacks.values():
            row = await any_store.callback(callback.id)
            assert row is not None
            told.add(row.state)
            _same(row, callback, office)
    assert told == {"requested", "due", "offered", "dialling", "talking", "resting", "closed"}


def _same(row: CallbackRow, callback: Callback, office: Office) -> None:
    case = office.cases[callback.case]
    closed = callback.state if isinstance(callback.state, Closed) else None
    assert (row.id, row.case, row.line, row.queue) == (callback.id, callback.case, callback.line, callback.queue)
    assert (row.kind, row.state) == (case.kind, stage(callback))
    assert row.outcome == (closed.outcome if closed else None)
    assert row.closed_at == (closed.at if closed else None)
    assert row.requested_at == callback.requested_at
    assert row.due_at == (None if closed else queued_at(callback))
    assert row.promised == callback.window
    assert row.legal_deadline_at == (legal_deadline(case.received_at) if case.kind is Kind.RTF else None)
    assert (row.phone, row.zone) == (callback.phone.number, callback.phone.zone)
    gate = callback.gate
    assert (row.gate_reason, row.gate_until) == ((gate.reason, gate.until) if gate else (None, None))
    assert row.attempts == callback.attempts
    assert all(type(mine) is type(theirs) for mine, theirs in zip(row.attempts, callback.attempts, strict=True))
    assert [type(each.cause) for each in row.attempts] == [type(each.cause) for each in callback.attempts]


async def test_the_adviser_told_is_who_has_it_in_hand_or_had_it_last(any_store: AnyStore) -> None:
    office = Office()
    wanted: dict[str, str | None] = {
        "requested": None, "due": None, "offered": "a", "accepted": "a", "ready": "a", "dialling": "a",
        "hanging_up": None, "talking": "a", "unsettled": "a", "joined": "b", "resting": None,
        "fixed": "a", "unreachable": "a", "cancelled": None,
    }  # fmt: skip
    ids = {life: office.book(life).callback.id for life in wanted}
    await any_store.append(office.changes)
    found = {life: await any_store.callback(callback) for life, callback in ids.items()}
    assert {life: row.adviser for life, row in found.items() if row} == wanted


async def test_a_closed_callback_is_history_and_its_case_ends_with_it_or_goes_on(any_store: AnyStore) -> None:
    office = Office()
    over, fixed = office.book("declined").callback, office.book("fixed").callback
    await any_store.append(office.changes)
    loaded = await any_store.load(T0)
    assert loaded.callbacks == ()
    assert [file.value.id for file in loaded.files] == [fixed.case]
    row = await any_store.callback(over.id)
    assert row is not None
    assert (row.state, row.outcome, len(row.attempts)) == ("closed", "REFUS", 1)
    assert (await any_store.timeline(over.id))[-1].event == "callback_closed"


async def test_one_timeline_serves_a_callback_as_it_serves_a_call(any_store: AnyStore) -> None:
    office = every_life(1, ("unreachable", "fixed"))
    await any_store.append(office.changes)
    for callback in office.callbacks:
        told = [entry for change in office.changes for entry in change.records if entry.call == callback]
        assert await any_store.timeline(callback) == told
        assert told[0].event == "callback_requested"


# -- what the gate has to know ---------------------------------------------------------------------


def _dialled(callback: Callback, attempt: Attempt, to: str) -> Dialled:
    return Dialled(attempt.leg, to, attempt.at, attempt.cause, callback.case, callback.id)  # type: ignore[arg-type]


async def test_attempts_of_the_last_month_are_known_also_those_of_callbacks_that_are_closed(
    any_store: AnyStore,
) -> None:
    office = every_life()
    await any_store.append(office.changes)
    found = (await any_store.load(T0)).dialled
    made = [_dialled(c, each, office.cases[c.case].phone) for c in office.callbacks.values() for each in c.attempts]
    assert list(found) == sorted(made, key=lambda one: (one.at, one.leg))
    assert any(isinstance(office.callbacks[one.callback].state, Closed) for one in found)
    assert any(one.cause is None for one in found)
    month = timedelta(days=31)
    await any_store.append([note("a month later", (found[3].at - T0 + month).total_seconds())])
    assert (await any_store.load(T0)).dialled == found[3:]
    assert (await any_store.load(T0, dialled_for=month * 2)).dialled == found


@pytest.mark.parametrize("at_once", [True, False])
async def test_an_attempt_keeps_the_number_that_was_dialled_when_the_person_gives_another(
    any_store: AnyStore, at_once: bool
) -> None:
    office = Office()
    promise = office.book("moved")
    for batch in [office.changes] if at_once else [[change] for change in office.changes]:
        await any_store.append(batch)
    (one,) = (await any_store.load(T0)).dialled
    assert (one.number, one.cause) == (number(0), "busy")
    row = await any_store.callback(promise.callback.id)
    assert row is not None
    assert (row.phone, row.zone) == (REUNION.number, "Indian/Reunion")


async def test_what_came_of_an_attempt_is_kept_when_a_person_knows_better(any_store: AnyStore) -> None:
    office = Office()
    promise = office.book("unsettled")
    await any_store.append(office.changes)
    step = promise.outcome(CallbackOutcome.MAUVAIS_NUMERO)
    await any_store.append([Change(promise.now, records=step.records, callbacks={step.callback.id: step.callback})])
    row = await any_store.callback(step.callback.id)
    assert row is not None
    assert row.attempts == step.callback.attempts
    assert [each.outcome for each in row.attempts] == [CallbackOutcome.MAUVAIS_NUMERO]


async def test_refusals_of_two_months_and_every_opposition_are_known_by_number(any_store: AnyStore) -> None:
    office = Office()
    for life in ("declined", "fixed", "opposed", "declined"):
        office.book(life, at_s=60.0 * office.serial)
    await any_store.append(office.changes)
    again = Change(after(9000), opposed=[number(2), NUMBER])
    await any_store.append([again, Change(after(9001), opposed=[NUMBER])])
    closed = [each.state.at for each in office.callbacks.values() if isinstance(each.state, Closed)]
    loaded = await any_store.load(T0)
    assert loaded.declined == ((number(0), closed[0]), (number(3), closed[3]))
    assert loaded.opposed == (NUMBER, number(2))
    days = timedelta(days=61)
    await any_store.append([note("later", (closed[0] - T0 + days).total_seconds() + 1)])
    assert (await any_store.load(T0)).declined == loaded.declined[1:]
    assert (await any_store.load(T0, declined_for=days * 2)).declined == loaded.declined


# -- requests --------------------------------------------------------------------------------------


async def test_what_was_asked_is_kept_exactly_the_newest_first(any_store: AnyStore) -> None:
    office = Office()
    keys = [Key("k" * 64, "b" * 64), None, Key("l" * 64, "c" * 64)]
    promise = office.book("due", key=keys[0])
    office.book(dated=True)
    for at_s, key in zip((60, 120), keys[1:], strict=True):
        office.ask_again(promise.callback.id, after(at_s), key)
    await any_store.append(office.changes)
    first, other, second, third = office.intakes
    assert await any_store.intakes_of(promise.callback.id) == (third, second, first)
    assert await any_store.intakes_of(other.booking.id) == (other,)
    assert [intake.key for intake in (first, second, third)] == keys
    for intake in office.intakes:
        assert await any_store.by_reference(intake.booking.reference) == intake.booking.id
    assert (await any_store.load(T0)).next_serial == 4


async def test_the_answer_to_a_key_is_the_first_one_for_ever(any_store: AnyStore) -> None:
    office = Office()
    key, other = Key("k" * 64, "b" * 64), Key("k" * 64, "another body")
    first = office.book(key=key)
    office.book(key=other)
    await any_store.append(office.changes)
    assert await any_store.answered(key.key) == Answered(key.body, office.intakes[0].booking)
    assert await any_store.answered("b" * 64) is None
    assert (await any_store.answered(key.key)).booking.id == first.callback.id  # type: ignore[union-attr]


# -- lists -----------------------------------------------------------------------------------------


async def test_pages_hold_every_callback_once_the_newest_request_first(any_store: AnyStore) -> None:
    office = every_life(2)
    await any_store.append(office.changes)
    seen: list[str] = []
    cursor = None
    while True:
        page = await any_store.callbacks_page(EVERYTHING, 7, cursor)
        seen += [row.id for row in page.items]
        if page.next is None:
            break
        cursor = page.next
        late = Office(serial=1000 + len(seen))
        late.book(at_s=10**6 + len(seen))
        await any_store.append(late.changes)
    ordered = sorted(office.callbacks.values(), key=lambda each: (each.requested_at, each.id), reverse=True)
    assert seen == [each.id for each in ordered]


async def test_callbacks_asked_for_in_one_instant_are_paged_without_a_gap(any_store: AnyStore) -> None:
    office = Office()
    for _ in range(9):
        office.book()
    await any_store.append(office.changes)
    first = await any_store.callbacks_page(EVERYTHING, 4)
    second = await any_store.callbacks_page(EVERYTHING, 4, first.next)
    third = await any_store.callbacks_page(EVERYTHING, 4, second.next)
    found = [row.id for page in (first, second, third) for row in page.items]
    assert found == sorted(office.callbacks, reverse=True)
    assert third.next is None
    assert (await any_store.callbacks_page(EVERYTHING, 9)).next is None


@pytest.mark.parametrize("cursor", ["", "x", "é", "MTIz", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5IGE", "MSAAYQ"])
async def test_a_cursor_that_is_not_ours_is_refused(any_store: AnyStore, cursor: str) -> None:
    with pytest.raises(BadCursor):
        await any_store.callbacks_page(EVERYTHING, 5, cursor)


async def test_a_page_of_nothing_is_refused(any_store: AnyStore) -> None:
    with pytest.raises(ValueError, match="one callback at least"):
        await any_store.callbacks_page(EVERYTHING, 0)


async def test_filters_of_callbacks_hold_together(any_store: AnyStore) -> None:
    office = every_life(3)
    await any_store.append(office.changes)
    every = await rows(any_store)
    assert len(every) == 3 * len(LIVES)
    for name in ("line", "queue", "state", "outcome", "kind"):
        wanted = {getattr(row, name) for row in every} - {None}
        assert len(wanted) > 1
        for one in wanted:
            found = await rows(any_store, CallbackFilter(**{name: one}))
            assert found == tuple(row for row in every if getattr(row, name) == one)
    since = every[20].requested_at
    both = await rows(any_store, CallbackFilter(line="main", state="resting", kind="rtf", since=since))
    assert both == tuple(
        row for row in every[:21] if (row.line, row.state, row.kind) == ("main", "resting", "rtf")
    )  # fmt: skip
    assert both
    assert await rows(any_store, CallbackFilter(line="none")) == ()


async def test_those_that_will_be_late_are_open_and_have_a_deadline_before_then(any_store: AnyStore) -> None:
    office = Office()
    for life in ("requested", "declined", "resting", "due"):
        for day in range(3):
            office.book(life, at_s=86_400.0 * day)
    await any_store.append(office.changes)
    until = legal_deadline(after(86_400)) + timedelta(seconds=1)
    every = await rows(any_store)
    found = await rows(any_store, CallbackFilter(late_before=until))
    assert {row.state for row in found} == {"requested", "resting", "due"}
    assert found == tuple(
        row for row in every
        if row.state != "closed" and row.legal_deadline_at is not None and row.legal_deadline_at < until
    )  # fmt: skip
    assert {row.kind for row in found} == {"rtf"}
    assert await rows(any_store, CallbackFilter(late_before=until, state="closed")) == ()
    assert await rows(any_store, CallbackFilter(late_before=legal_deadline(T0))) == ()


async def test_what_is_due_next_comes_in_the_order_in_which_it_enters_the_queue(any_store: AnyStore) -> None:
    office = every_life(2)
    await any_store.append(office.changes)
    waits = sorted((queued_at(each), each.id) for each in office.open)
    at = waits[len(waits) // 2][0]
    due = await any_store.next_due(at, 1000)
    assert [(row.due_at, row.id) for row in due] == [each for each in waits if each[0] <= at]
    assert 0 < len(due) < len(waits)
    assert await any_store.next_due(at, 3) == due[:3]


async def test_what_is_told_of_callbacks_is_read_in_turn_from_any_number(any_store: AnyStore) -> None:
    office, room = Office(), ordinary_day()
    office.book("unreachable")
    await any_store.append([*room.changes[:9], *office.changes[:5], *room.changes[9:], *office.changes[5:]])
    journal = [entry async for entry in any_store.records(T0, after(10**9))]
    told = [(seq, entry) for seq, entry in enumerate(journal, 1) if entry.event.startswith("callback_")]
    assert await any_store.records_after(0, 1000) == told
    read: list[tuple[int, Record]] = []
    while found := await any_store.records_after(read[-1][0] if read else 0, 3):
        assert len(found) <= 3
        read += found
    assert read == told
    assert [e.event for _, e in await any_store.records_after(0, 2, "call_arr")] == ["call_arrived"] * 2
    assert await any_store.records_after(0, 10, "it's 100%_") == []


async def test_a_callback_is_found_by_its_id_alone(any_store: AnyStore) -> None:
    office = Office()
    promise = office.book("resting")
    promise.happen(Rescheduled(promise.now, None))
    await any_store.append(office.changes)
    for odd in ("", "cb-", promise.callback.id + "x", "é", "x" * 10_000):
        assert await any_store.callback(odd) is None
        assert await any_store.intakes_of(CallbackId(odd)) == ()
        assert await any_store.by_reference(odd) is None
    assert promise.attempt(Cause.BUSY)
