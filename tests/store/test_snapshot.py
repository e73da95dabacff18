"""Snapshots: every call, adviser, callback and case comes back exactly, and what cannot be read stops nobody."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.adviser import Adviser
from dialer.core.callbacks.request import Booking, Request
from dialer.core.callbacks.states import Callback
from dialer.core.calls.states import Call, Ended
from dialer.core.cases.actor import DESK, PERSON, Actor, officer, person_heard_by
from dialer.core.cases.file import CaseFile
from dialer.core.cases.responsible import Responsible, Turn
from dialer.core.revision import Versioned
from dialer.core.words import CallId
from dialer.store import Store
from dialer.store.snapshot import (
    UnreadableSnapshot,
    adviser_json,
    adviser_of,
    booking_json,
    booking_of,
    call_json,
    call_of,
    callback_json,
    callback_of,
    file_json,
    file_of,
    request_json,
    request_of,
)
from dialer.store.tables import instant, micros
from schedules.windows import Window
from tests.core.callback_matrix import STATES, callback_in
from tests.core.world import T0
from tests.store.promised import every_life
from tests.store.scenes import NUMBER, ordinary_day

INSTANTS = st.integers(0, 8 * 10**15).map(instant)
st.register_type_strategy(datetime, INSTANTS)
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
st.register_type_strategy(
    Window,
    st.builds(
        lambda at, span: Window(at, at + span), INSTANTS, st.timedeltas(timedelta(microseconds=1), timedelta(days=99))
    ),
)

st.register_type_strategy(Actor, st.sampled_from((DESK, PERSON, officer("anna"), person_heard_by("bruno"))))
st.register_type_strategy(
    Responsible, st.builds(Responsible, st.lists(st.from_type(Turn), min_size=1, max_size=3).map(tuple))
)


@settings(max_examples=300, deadline=None)
@given(st.from_type(Call))
def test_every_call_comes_back_exactly(call: Call) -> None:
    again = call_of(call_json(call))
    assert again == call
    assert type(again.state) is type(call.state)
    assert again.arrived_at.utcoffset() == call.arrived_at.utcoffset()


@settings(max_examples=300, deadline=None)
@given(st.from_type(Adviser))
def test_every_adviser_comes_back_exactly(adviser: Adviser) -> None:
    again = adviser_of(adviser_json(adviser))
    assert again == adviser
    assert type(again.state) is type(adviser.state)


@settings(max_examples=300, deadline=None)
@given(st.from_type(Callback))
def test_every_callback_comes_back_exactly(callback: Callback) -> None:
    again = callback_of(callback_json(callback))
    assert again == callback
    assert type(again.state) is type(callback.state)


@pytest.mark.parametrize("name", STATES)
def test_every_state_of_a_callback_comes_back_exactly(name: str) -> None:
    callback = callback_in(name)
    again = callback_of(callback_json(callback))
    assert again == callback
    assert type(again.state) is type(callback.state)
    assert [type(each.cause) for each in again.attempts] == [type(each.cause) for each in callback.attempts]


@settings(max_examples=60, deadline=None)
@given(st.from_type(CaseFile))
def test_every_file_comes_back_exactly(file: CaseFile) -> None:
    """Each state too as the class that it was: some have the same fields."""
    again = file_of(file_json(Versioned(file)))
    assert again == Versioned(file)
    assert _classes(again.value) == _classes(file)


def _classes(file: CaseFile) -> list[type]:
    states: list[object] = [one.state for one in file.appointments]
    for path in file.paths:
        states += [path.over, *(task.state for task in path.tasks)]
    return [type(state) for state in states]


@settings(max_examples=300, deadline=None)
@given(st.from_type(Request), st.from_type(Booking))
def test_every_request_and_its_answer_come_back_exactly(request: Request, booking: Booking) -> None:
    assert request_of(request_json(request)) == request
    assert booking_of(booking_json(booking)) == booking


@given(INSTANTS)
def test_every_instant_comes_back_exactly(at: datetime) -> None:
    assert instant(micros(at)) == at
    assert instant(micros(at)).tzinfo is UTC


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(TypeError):
        micros(datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    "change",
    [
        {"state": {"kind": "levitating"}},
        {"state": {"kind": "waiting"}},
        {"arrived_at": "one day"},
        {"line": None},
        {"caller": {"number": [NUMBER]}},
    ],
)
def test_an_unreadable_snapshot_is_told_by_its_place_and_never_by_its_content(change: dict[str, object]) -> None:
    call = next(iter(ordinary_day().desk.calls.values()))
    stored = json.loads(call_json(call)) | {"caller": {"number": NUMBER}} | change
    with pytest.raises(UnreadableSnapshot) as told:
        call_of(json.dumps(stored))
    assert next(iter(change)) in str(told.value)
    assert NUMBER not in str(told.value)
    with pytest.raises(UnreadableSnapshot):
        call_of("not json")
    with pytest.raises(UnreadableSnapshot):
        adviser_of("{}")


@pytest.mark.asyncio
async def test_a_start_goes_on_without_what_it_cannot_read(store: Store) -> None:
    room = ordinary_day()
    await store.append(room.changes)
    first, *others = sorted(room.desk.calls)
    async with store._writer.transaction() as conn:
        await conn.exec_driver_sql(f"UPDATE calls SET snapshot = '{{\"id\": 3}}' WHERE id = '{first}'")
        await conn.exec_driver_sql("UPDATE advisers SET snapshot = '[]' WHERE id = 'a'")
    loaded = await store.load(T0)
    assert {call.id for call in loaded.calls} == set(others)
    assert [adviser.id for adviser in loaded.advisers] == ["b"]
    assert [(each.kind, each.id) for each in loaded.unreadable] == [("call", first), ("adviser", "a")]
    await store.end_lost([CallId(each.id) for each in loaded.unreadable if each.kind == "call"], room.now)
    assert [each.kind for each in (await store.load(T0)).unreadable] == ["adviser"]


@pytest.mark.asyncio
async def test_a_start_goes_on_without_a_callback_or_case_it_cannot_read(store: Store) -> None:
    office = every_life()
    await store.append(office.changes)
    first, second = office.open[0], office.open[3]
    async with store._writer.transaction() as conn:
        await conn.exec_driver_sql(f"UPDATE callbacks SET snapshot = '{{}}' WHERE id = '{first.id}'")
        await conn.exec_driver_sql(f"UPDATE cases SET file = 'no JSON' WHERE id = '{second.case}'")
    loaded = await store.load(T0)
    assert loaded.callbacks == office.open[1:]
    assert loaded.files == tuple(file for file in office.open_files if file.value.id != second.case)
    assert [(each.kind, each.id) for each in loaded.unreadable] == [("callback", first.id), ("case", second.case)]
    row = await store.callback(first.id)
    assert row is not None
    assert row.state == "requested"  # and so it is still in the lists, for a person to see


@pytest.mark.asyncio
async def test_nothing_personal_of_a_callback_is_in_the_journal_nor_left_in_a_snapshot_once_it_is_over(
    store: Store,
) -> None:
    office = every_life(2)
    await store.append(office.changes)
    numbers = {case.phone[3:] for case in office.cases.values()}
    async with store._writer.transaction() as conn:
        journal = str((await conn.exec_driver_sql("SELECT * FROM journal")).all())
        callbacks = (await conn.exec_driver_sql("SELECT state, snapshot FROM callbacks")).all()
        others = str([
            (await conn.exec_driver_sql(f"SELECT * FROM {table}")).all()
            for table in ("attempts", "idempotency", "serials", "leader")
        ])  # fmt: skip
    assert "callback_closed" in journal
    assert not any(number in journal for number in numbers)
    assert "Zoé" not in journal + others
    assert {(state == "closed") == (snapshot is None) for state, snapshot in callbacks} == {True}
    assert {state == "closed" for state, _ in callbacks} == {True, False}


@pytest.mark.asyncio
async def test_the_number_of_a_caller_is_in_no_journal_and_in_no_snapshot_of_an_ended_call(store: Store) -> None:
    room = ordinary_day(40)
    await store.append(room.changes)
    assert any(isinstance(c.state, Ended) and c.caller.number for ch in room.changes for c in ch.calls.values())
    async with store._writer.transaction() as conn:
        journal = (await conn.exec_driver_sql("SELECT * FROM journal")).all()
        ended = (await conn.exec_driver_sql("SELECT snapshot FROM calls WHERE state = 'ended'")).all()
    assert journal
    assert NUMBER[4:] not in str(journal)
    assert ended
    assert all(snapshot is None for (snapshot,) in ended)
