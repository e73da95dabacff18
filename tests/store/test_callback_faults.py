"""What the database itself refuses of callbacks, and what outlives the deletion of what is personal."""

from dataclasses import replace
from pathlib import Path

import pytest

from dialer.core.callback_states import CallbackId
from dialer.core.change import Change
from dialer.store import CallbackFilter, Store, StoreError
from tests.core.world import T0
from tests.store.fake_store import FakeStore
from tests.store.promised import Office, every_life
from tests.store.scenes import note

pytestmark = pytest.mark.asyncio


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
        "UPDATE cases SET snapshot = NULL",
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
