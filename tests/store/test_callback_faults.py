"""What the database itself refuses of callbacks, what outlives a deletion, and that nothing is booked twice."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dialer.core.callbacks.request import Key
from dialer.core.callbacks.states import CallbackId
from dialer.core.change import Change
from dialer.store import CallbackFilter, Store, StoreError, taken_up
from tests.core.world import T0
from tests.store.fake_store import FakeStore
from tests.store.promised import Office, every_life
from tests.store.scenes import note

pytestmark = pytest.mark.asyncio
AnyStore = Store | FakeStore


async def sql(store: Store, *statements: str) -> None:
    async with store._writer.transaction() as conn:
        for statement in statements:
            await conn.exec_driver_sql(statement)


async def test_no_serial_is_given_again_when_its_request_is_deleted(url: str) -> None:
    store = await Store.open(url)
    office = every_life(1, ("requested", "declined", "due"))
    await store.append(office.changes)
    await sql(store, "DELETE FROM requests")
    await store.close()
    again = await Store.open(url)
    try:
        assert (await again.load(T0)).next_serial == 3
        assert await again.intakes_of(next(iter(office.callbacks))) == ()
        later = Office(serial=1)  # a desk that is wrong about it cannot bring the highest one down
        later.book()
        await again.append([Change(T0, intakes=later.intakes)])
        assert (await again.load(T0)).next_serial == 3
    finally:
        await again.close()


@pytest.mark.parametrize("size", [1, 2, 7, 16, 17, 18])
async def test_a_start_reads_in_chunks_of_any_size_and_leaves_nobody_out(
    store: Store, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where chunks end among callbacks of one instant, and with the very last one."""
    office = Office()
    for _ in range(17):
        office.book(at_s=60.0 * (office.serial // 3))
    await store.append(office.changes)
    monkeypatch.setattr(taken_up, "CHUNK", size)
    loaded = await store.load(T0)
    assert loaded.callbacks == office.open
    assert loaded.files == office.open_files


async def test_a_serial_and_a_reference_are_given_once_only(store: Store) -> None:
    office = Office()
    office.book()
    await store.append(office.changes)
    (intake,) = office.intakes
    again = replace(intake, serial=7)
    for twice in (intake, again):
        with pytest.raises(StoreError):
            await store.append([Change(T0, intakes=[twice])])
    assert len(await store.intakes_of(intake.booking.id)) == 1


async def test_the_leg_of_an_attempt_is_never_anothers(store: Store) -> None:
    """Nothing is dialled by a name that was dialled before: the intent is not committed."""
    office = Office()
    first = office.book("unreachable").callback
    await store.append(office.changes)
    thief = replace(first, id=CallbackId("cb-thief"))
    with pytest.raises(StoreError):
        await store.append([Change(T0, callbacks={thief.id: thief})])
    assert await store.callback("cb-thief") is None
    await store.append([note("after")])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE callbacks SET state = 'closed'",
        "UPDATE callbacks SET outcome = 'REFUS'",
        "UPDATE callbacks SET closed_at = 1",
        "UPDATE callbacks SET snapshot = NULL",
        "UPDATE callbacks SET due_at = NULL",
        "UPDATE callbacks SET window_start_at = 1",
        "UPDATE cases SET ended_at = 1",
        "UPDATE cases SET outcome = 'REFUS'",
        "UPDATE cases SET file = NULL",
        "UPDATE cases SET file = NULL, archive = '{}'",
        "UPDATE cases SET archive = '{}'",
    ],
)
async def test_what_is_open_has_no_outcome_and_what_is_over_has_one(store: Store, statement: str) -> None:
    office = Office()
    office.book()
    await store.append(office.changes)
    with pytest.raises(StoreError):
        await sql(store, statement)


async def test_a_callback_whose_case_is_missing_holds_up_nobody(store: Store) -> None:
    """A defect of ours: it is kept and shown, without what its case would tell."""
    office = Office()
    callback = office.book("due").callback
    await store.append([Change(T0, callbacks={callback.id: callback}), note("after")])
    row = await store.callback(callback.id)
    assert row is not None
    assert (row.kind, row.legal_deadline_at, row.state) == (None, None, "due")
    assert (await store.load(T0)).callbacks == (callback,)


async def test_once_numbers_are_deleted_lists_go_on_and_the_gate_is_told_of_none(store: Store) -> None:
    office = every_life()
    await store.append(office.changes)
    await sql(
        store,
        "UPDATE callbacks SET phone = NULL WHERE state = 'closed'",
        "UPDATE cases SET phone = NULL WHERE ended_at IS NOT NULL",
        "UPDATE attempts SET phone = NULL",
    )
    loaded = await store.load(T0)
    assert (loaded.dialled, loaded.declined) == ((), ())
    closed = (await store.callbacks_page(CallbackFilter(state="closed"), 100)).items
    assert closed
    assert {row.phone for row in closed} == {None}
    again = await store.callback(closed[0].id)
    assert again is not None
    assert again.attempts == office.callbacks[CallbackId(closed[0].id)].attempts


async def test_the_store_in_memory_answers_as_the_real_one(tmp_path: Path) -> None:
    """Whatever is asked: one day of both, compared."""
    real, fake = await Store.open(f"sqlite:///{tmp_path}/a.sqlite3"), FakeStore()
    office = every_life(2)
    try:
        for store in (real, fake):
            await store.append(office.changes)
        assert await real.load(T0) == await fake.load(T0)
        for asked in (CallbackFilter(), CallbackFilter(state="resting"), CallbackFilter(kind="rtf", line="dropout")):
            assert await real.callbacks_page(asked, 5) == await fake.callbacks_page(asked, 5)
        for callback in office.callbacks:
            assert await real.callback(callback) == await fake.callback(callback)
            assert await real.intakes_of(callback) == await fake.intakes_of(callback)
    finally:
        await real.close()


# -- nothing twice ---------------------------------------------------------------------------------


async def refused_once(store: AnyStore, changes: Sequence[Change], lose: Any, committed: bool) -> None:
    """An append that fails, before (False) or after (True) it was committed."""
    if isinstance(store, FakeStore):
        store.refuse_next, store.lose_answer = 1, committed
    else:
        lose(committed)
    with pytest.raises(StoreError):
        await store.append(changes)


@pytest.mark.parametrize("committed", [True, False])
async def test_a_retry_after_a_lost_answer_books_nothing_twice(
    any_store: AnyStore, lose_answers: Any, committed: bool
) -> None:
    office = Office()
    office.book("dialling", key=Key("k" * 64, "b" * 64))
    first = len(office.changes)
    office.book("unreachable")
    await refused_once(any_store, office.changes[:first], lose_answers, committed)
    await any_store.append(office.changes)
    loaded = await any_store.load(T0)
    assert loaded.callbacks == office.open
    assert loaded.records == tuple(entry for change in office.changes for entry in change.records)
    assert [await any_store.intakes_of(each) for each in office.callbacks] == [(one,) for one in office.intakes]
    assert len(loaded.dialled) == 5


@pytest.mark.parametrize("committed", [True, False])
async def test_a_request_without_a_word_to_the_journal_is_not_written_twice_either(
    any_store: AnyStore, lose_answers: Any, committed: bool
) -> None:
    office = Office()
    office.book()
    bare = [Change(T0, intakes=office.changes[0].intakes)]
    await refused_once(any_store, bare, lose_answers, committed)
    await any_store.append([*bare, note("after")])
    assert await any_store.intakes_of(office.intakes[0].booking.id) == (office.intakes[0],)
    assert [entry.event for entry in (await any_store.load(T0)).records] == ["after"]


async def test_a_batch_that_is_given_up_does_not_swallow_the_next_request(
    any_store: AnyStore, lose_answers: Any
) -> None:
    office = Office()
    office.book()
    office.book()
    await refused_once(any_store, office.changes[:1], lose_answers, True)
    await any_store.append(office.changes[1:])
    assert [await any_store.intakes_of(each) for each in office.callbacks] == [(one,) for one in office.intakes]
