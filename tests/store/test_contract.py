"""What the store promises, on SQLite, on PostgreSQL and in memory alike."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dialer.core.calls.states import Ended
from dialer.core.fold import Fold
from dialer.core.words import CallId
from dialer.store import BadCursor, CallFilter, Store
from tests.core.world import DIRECT, T0
from tests.store.fake_store import FakeStore
from tests.store.scenes import NUMBER, arrivals, note, ordinary_day

pytestmark = pytest.mark.asyncio
AnyStore = Store | FakeStore
FOREVER = T0 + timedelta(days=365)


async def test_an_empty_store_has_nothing_to_take_up(any_store: AnyStore) -> None:
    loaded = await any_store.load(T0)
    assert (loaded.calls, loaded.advisers, loaded.answers, loaded.records, loaded.last_at) == ((), (), (), (), None)
    assert (await any_store.calls_page(CallFilter(), 10)).items == ()
    assert await any_store.call("nobody") is None


async def test_what_was_appended_is_taken_up_exactly(any_store: AnyStore) -> None:
    room = ordinary_day(40)
    await any_store.append(room.changes)
    loaded = await any_store.load(T0)
    assert loaded.calls == tuple(sorted(room.desk.calls.values(), key=lambda call: (call.arrived_at, call.id)))
    assert len({call.state.kind for call in loaded.calls}) >= 2
    assert loaded.advisers == tuple(sorted(room.desk.advisers.values(), key=lambda adviser: adviser.id))
    assert loaded.records == tuple(entry for change in room.changes for entry in change.records)
    assert loaded.last_at == max(entry.at for entry in loaded.records)
    assert loaded.unreadable == ()


async def test_the_answers_of_the_last_half_hour_come_with_their_queue(any_store: AnyStore) -> None:
    room = ordinary_day(20)
    await any_store.append(room.changes)
    answered = [(dict(entry.data)["queue"], entry.at) for entry in room.records("answered")]
    assert answered
    assert list((await any_store.load(T0)).answers) == answered
    await any_store.append([note("link_lost", 3 * 3600)])
    assert (await any_store.load(T0)).answers == ()


async def test_a_load_gives_the_journal_since_an_instant_and_only_the_events_asked_for(any_store: AnyStore) -> None:
    room = ordinary_day()
    await any_store.append(room.changes)
    since = T0 + timedelta(seconds=12)
    every = [entry for change in room.changes for entry in change.records if entry.at >= since]
    assert list((await any_store.load(since)).records) == every
    few = (await any_store.load(since, {"ended", "call_arrived"})).records
    assert list(few) == [entry for entry in every if entry.event in ("ended", "call_arrived")]
    assert len(few) < len(every)


async def test_changes_one_by_one_or_all_at_once_give_the_same(any_store: AnyStore) -> None:
    room = ordinary_day()
    for change in room.changes:
        await any_store.append([change])
    assert (await any_store.load(T0)).calls == tuple(
        sorted(room.desk.calls.values(), key=lambda call: (call.arrived_at, call.id))
    )
    assert (await any_store.load(T0)).records == tuple(e for change in room.changes for e in change.records)


async def test_the_journal_alone_tells_the_same_of_every_call_and_adviser_as_the_rows(any_store: AnyStore) -> None:
    """At every moment: after each change, not only at the end."""
    room = ordinary_day(24)
    fold = Fold()
    states = set()
    for change in room.changes:
        await any_store.append([change])
        fold.take(change.records)
        for call_id in change.calls:
            row = await any_store.call(call_id)
            assert row is not None
            states.add(row.state)
            told = fold.calls[call_id]
            assert (told.line, told.queue, told.state, told.outcome, told.stage, told.adviser) == (
                row.line, row.queue, row.state, row.outcome, row.stage, row.adviser
            )  # fmt: skip
        for adviser in change.advisers.values():
            told_of = fold.advisers[adviser.id]
            assert (told_of.wish, told_of.state) == (adviser.wish, adviser.state.kind)
    assert states == {"arrived", "in_flow", "waiting", "offered", "talking", "ended"}
    again = Fold()
    again.take([entry async for entry in any_store.records(T0, FOREVER)])
    assert again == fold
    assert set(fold.calls) == {row.id for row in (await any_store.calls_page(CallFilter(), 1000)).items}
    assert fold.ended_twice == []


async def test_one_call_is_shown_with_its_outcome_and_its_timeline_in_order(any_store: AnyStore) -> None:
    room = ordinary_day()
    await any_store.append(room.changes)
    ended = next(call for call in map(room.call, ("c002", "c010")) if isinstance(call.state, Ended))
    row = await any_store.call(ended.id)
    assert row is not None
    assert isinstance(ended.state, Ended)
    assert (row.state, row.outcome, row.ended_at) == ("ended", ended.state.outcome, ended.state.at)
    assert (row.answered_at, row.queued_at, row.arrived_at) == (ended.answered_at, ended.queued_at, ended.arrived_at)
    timeline = await any_store.timeline(ended.id)
    assert timeline == [e for change in room.changes for e in change.records if e.call == ended.id]
    assert [timeline[0].event, timeline[-1].event] == ["call_arrived", "ended"]


async def test_the_callers_of_some_calls_are_told_by_number_but_for_the_masked(any_store: AnyStore) -> None:
    await any_store.append(ordinary_day().changes)
    assert await any_store.callers(["c001", "c002", "c003", "nobody"]) == {"c001": NUMBER, "c003": NUMBER}
    assert await any_store.callers([]) == {}


async def test_pages_hold_every_call_once_the_newest_first_while_new_calls_arrive(any_store: AnyStore) -> None:
    await any_store.append(arrivals(0, 25))
    seen: list[str] = []
    cursor = None
    for turn in range(4):
        page = await any_store.calls_page(CallFilter(), 7, cursor)
        seen += [row.id for row in page.items]
        cursor = page.next
        await any_store.append(arrivals(100 + turn * 5, 5))
    assert cursor is None
    assert seen == [f"n{number:05}" for number in reversed(range(25))]


async def test_calls_that_arrived_in_the_same_instant_are_paged_without_a_gap(any_store: AnyStore) -> None:
    changes = arrivals(0, 1)
    (call,) = changes[0].calls.values()
    names = [CallId(f"s{number}") for number in range(9)]
    changes[0].calls = {name: replace(call, id=name) for name in names}
    await any_store.append(changes)
    first = await any_store.calls_page(CallFilter(), 4)
    second = await any_store.calls_page(CallFilter(), 4, first.next)
    third = await any_store.calls_page(CallFilter(), 4, second.next)
    found = [row.id for page in (first, second, third) for row in page.items]
    assert found == [f"s{number}" for number in reversed(range(9))]
    assert third.next is None


async def test_a_full_last_page_has_no_next(any_store: AnyStore) -> None:
    await any_store.append(arrivals(0, 4))
    assert (await any_store.calls_page(CallFilter(), 4)).next is None
    assert (await any_store.calls_page(CallFilter(), 3)).next is not None


@pytest.mark.parametrize("cursor", ["", "x", "é", "AAAA", "MTIz", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5IGE", "MSAAYQ"])
async def test_a_cursor_that_is_not_ours_is_refused(any_store: AnyStore, cursor: str) -> None:
    with pytest.raises(BadCursor):
        await any_store.calls_page(CallFilter(), 5, cursor)


async def test_filters_hold_together(any_store: AnyStore) -> None:
    room = ordinary_day(40)
    await any_store.append(room.changes)
    everything = (await any_store.calls_page(CallFilter(), 1000)).items
    for name in ("line", "queue", "state", "outcome", "adviser"):
        for wanted in {getattr(row, name) for row in everything} - {None}:
            found = (await any_store.calls_page(CallFilter(**{name: wanted}), 1000)).items
            assert found == tuple(row for row in everything if getattr(row, name) == wanted)
            assert found
    since = everything[10].arrived_at
    both = (await any_store.calls_page(CallFilter(line=DIRECT, state="ended", since=since), 1000)).items
    assert both
    assert both == tuple(r for r in everything if (r.line, r.state) == (DIRECT, "ended") and r.arrived_at >= since)
    assert (await any_store.calls_page(CallFilter(line="none"), 5)).items == ()


async def test_a_page_of_nothing_is_refused(any_store: AnyStore) -> None:
    with pytest.raises(ValueError, match="one call at least"):
        await any_store.calls_page(CallFilter(), 0)


async def test_the_journal_is_read_from_an_instant_up_to_another(any_store: AnyStore) -> None:
    await any_store.append([note(f"e{number}", number) for number in range(2500)])
    since, until = T0 + timedelta(seconds=10), T0 + timedelta(seconds=2410)
    found = [entry.event async for entry in any_store.records(since, until)]
    assert found == [f"e{number}" for number in range(10, 2410)]


async def test_calls_that_cannot_be_taken_up_end_as_failed_once(any_store: AnyStore) -> None:
    room = ordinary_day()
    await any_store.append(room.changes)
    lost = sorted(room.desk.calls)[:2]
    at = room.now + timedelta(seconds=5)
    await any_store.end_lost([*lost, CallId("nobody"), CallId("c005")], at)
    await any_store.end_lost(lost, at + timedelta(seconds=5))
    for call_id in lost:
        row = await any_store.call(call_id)
        assert row is not None
        assert (row.state, row.outcome, row.stage, row.ended_at) == ("ended", "failed", room.state(call_id), at)
        assert [entry.event for entry in await any_store.timeline(call_id)].count("ended") == 1
    assert {call.id for call in (await any_store.load(T0)).calls} == set(room.desk.calls) - set(lost)


async def test_a_token_opens_with_its_scopes_until_it_is_revoked(any_store: AnyStore) -> None:
    plain = await any_store.add_token("supervision", {"read", "advisers"}, "nantes")
    other = await any_store.add_token("other", {"read"})
    token = await any_store.check_token(plain)
    assert token is not None
    assert (token.name, token.scopes, token.academie) == ("supervision", frozenset({"read", "advisers"}), "nantes")
    assert await any_store.revoke_token(token.id)
    assert not await any_store.revoke_token(token.id)
    assert await any_store.check_token(plain) is None
    assert await any_store.check_token(other) is not None
    assert {t.name: t.revoked_at is not None for t in await any_store.tokens()} == {"supervision": True, "other": False}


@pytest.mark.parametrize("guess", ["", "fv_", "é", "\x00", "\ud800", "x" * 10_000])
async def test_a_guessed_token_opens_nothing(any_store: AnyStore, guess: str) -> None:
    await any_store.add_token("t", {"read"})
    assert await any_store.check_token(guess) is None


async def test_a_token_tells_when_it_was_last_used(any_store: AnyStore) -> None:
    plain = await any_store.add_token("t", {"read"})
    assert (await any_store.tokens())[0].last_used_at is None
    await any_store.check_token(plain)
    (token,) = await any_store.tokens()
    assert token.last_used_at is not None
    assert token.last_used_at >= token.created_at


async def test_a_setting_is_kept_and_replaced(any_store: AnyStore) -> None:
    assert await any_store.setting("clock") is None
    await any_store.set_setting("clock", {"offset_s": 3.5})
    await any_store.set_setting("clock", {"offset_s": -4})
    assert await any_store.setting("clock") == {"offset_s": -4}


async def test_an_empty_append_is_harmless(any_store: AnyStore) -> None:
    await any_store.append([])
    await any_store.append([note("a")])
    assert [entry.event for entry in (await any_store.load(T0)).records] == ["a"]
