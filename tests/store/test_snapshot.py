"""Snapshots: every call and adviser comes back exactly, and what cannot be read stops nobody."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.adviser import Adviser
from dialer.core.call_states import Call, Ended
from dialer.core.words import CallId
from dialer.store import Store
from dialer.store.snapshot import UnreadableSnapshot, adviser_json, adviser_of, call_json, call_of
from dialer.store.tables import instant, micros
from tests.core.world import T0
from tests.store.scenes import NUMBER, ordinary_day

INSTANTS = st.integers(0, 8 * 10**15).map(instant)
st.register_type_strategy(datetime, INSTANTS)


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
