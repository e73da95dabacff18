"""What holds of a desk at every moment, each told anew from the states of its calls, callbacks, cases and advisers.

Decides nothing: each function asserts, the slow and plain way. Must not know how the desk came to where it is.
"""

from __future__ import annotations

from collections import Counter

from dialer.core import adviser as advisers
from dialer.core.callbacks import states
from dialer.core.callbacks.slots import slot_of
from dialer.core.callbacks.states import Callback, Closed, Due, Requested, Resting, Unsettled
from dialer.core.calls import states as calls
from dialer.core.calls.party import Colleague
from dialer.core.calls.states import Ended, Offered, Talking, Waiting
from dialer.core.cases.case import Kind, Standing, standing
from dialer.core.desk import Desk
from dialer.core.words import AdviserId, CallId, Instant, LegId
from schedules.shifts import Activity

CARD = (states.Offered, states.Accepted)
AT_WORK = (states.Ready, states.Dialling, states.Talking)
TALKS = (states.Talking, states.WithGuest)


def no_adviser_has_two_things(desk: Desk) -> None:
    """Each is in at most one of calls and callbacks, and both sides agree on which."""
    held: dict[AdviserId, CallId] = {}
    for call in desk.calls.values():
        state = call.state
        if isinstance(state, Offered | Talking) and state.adviser is not None:
            assert state.adviser not in held
            held[state.adviser] = call.id
        if isinstance(state, Talking) and state.guest is not None and isinstance(state.guest.who, Colleague):
            assert state.guest.who.adviser not in held
            held[state.guest.who.adviser] = call.id
    for callback in desk.book.callbacks.values():
        if isinstance(callback.state, (*CARD, *AT_WORK)):
            assert callback.state.adviser not in held
            held[callback.state.adviser] = CallId(callback.id)
        if isinstance(callback.state, TALKS) and callback.state.guest is not None:
            guest = callback.state.guest.who
            if isinstance(guest, Colleague):
                assert guest.adviser not in held
                held[guest.adviser] = CallId(callback.id)
    for adviser in desk.advisers.values():
        match adviser.state:
            case advisers.Ringing(call=visit, leg=leg):
                assert held.pop(adviser.id) == visit
                ringing = _state_of(desk, visit)
                if isinstance(ringing, (Talking, *TALKS)):
                    assert ringing.guest is not None
                    assert (ringing.guest.leg, ringing.guest.state) == (leg, "ringing")
                    continue
                assert isinstance(ringing, (Offered, *CARD))
                assert ringing.leg == leg
            case advisers.Talking(call=visit):
                assert held.pop(adviser.id) == visit
                assert isinstance(_state_of(desk, visit), (Talking, *AT_WORK, states.WithGuest))
    assert held == {}, "a call or callback holds an adviser who knows nothing of it"


def _state_of(desk: Desk, visit: CallId) -> calls.CallState | states.CallbackState:
    callback = desk.book.of_visit(visit)
    return callback.state if callback is not None else desk.calls[visit].state


def legs_are_known(desk: Desk) -> None:
    legs = {leg: c.id for c in desk.calls.values() for leg in (c.leg, *calls.other_legs(c))}
    for callback in desk.book.callbacks.values():
        legs |= dict.fromkeys(_legs(callback), CallId(callback.id))
    assert desk._by_leg == legs


def _legs(callback: Callback) -> list[LegId]:
    """Its own, and that of an attempt nobody knows the fate of."""
    state = callback.state
    found = [getattr(state, name) for name in ("adviser_leg", "leg") if hasattr(state, name)]
    if isinstance(state, states.Talking) and state.rejoin is not None:
        found = [each for each in (*found, state.rejoin.leg) if each is not None]
        found = [each for each in found if not (state.rejoin.lost and each == state.adviser_leg)]
    if isinstance(state, TALKS) and state.guest is not None:
        found.append(state.guest.leg)
    if isinstance(state, Unsettled) and state.why == "unknown":
        found.append(callback.attempts[-1].leg)
    return found


def the_pool_holds_who_waits(desk: Desk) -> None:
    waiting = {
        c.id: (c.state.queue, c.state.level, (-c.state.priority, c.arrived_at, c.id), c.state.queued_at)
        for c in desk.calls.values()
        if isinstance(c.state, Waiting)
    }
    assert desk.pool._calls == waiting
    due = {
        CallId(c.id): (c.queue, (-10 if c.window is not None else -c.priority, c.place, CallId(c.id)), c.state.since)
        for c in desk.book.callbacks.values()
        if isinstance(c.state, Due)
    }
    assert desk.pool._callbacks == due
    for queue, listed in desk.pool._due.items():
        assert list(listed) == sorted(key for of, key, _ in due.values() if of == queue)


def whatever_expires_is_awaited(desk: Desk) -> None:
    held = set(desk._held)
    for call in desk.calls.values():
        until = calls.deadline(call)
        assert until is not None or isinstance(call.state, Talking), f"{call.id} would wait for ever"
        assert until is None or (until, "call", call.id) in desk._agenda or call.id in held, call
    for callback in desk.book.callbacks.values():
        until = states.deadline(callback)
        assert until is not None or _waits_for_others(desk, callback), f"{callback.id} would wait for ever: {callback}"
        assert until is None or (until, "callback", callback.id) in desk._agenda or CallId(callback.id) in held, (
            callback
        )
    for adviser in desk.advisers.values():
        until = advisers.deadline(adviser)
        assert until is None or (until, "adviser", adviser.id) in desk._agenda, adviser


def _waits_for_others(desk: Desk, callback: Callback) -> bool:
    """For an adviser, for the end of a talk or of their own call, or for the person who has to settle it."""
    if isinstance(callback.state, states.Attached | states.Joined):
        return callback.state.call in desk.calls
    return isinstance(callback.state, Due | states.Talking | states.WithGuest | Unsettled)


def the_book_says_what_the_callbacks_say(desk: Desk) -> None:
    book, index = desk.book, desk.book._index
    open_ones = book.callbacks.values()
    assert not any(isinstance(each.state, Closed) for each in open_ones)
    numbers = {each.phone.number for each in open_ones}
    assert set(index._of_number) == numbers
    for number in numbers:
        assert {each.id for each in book.of_number(number)} == {c.id for c in open_ones if c.phone.number == number}
    assert index._of_case == {each.case: each.id for each in open_ones}
    assert len(index._of_case) == len(book.callbacks), "two open callbacks of one case"
    attached = [
        (each.state.call, each.id) for each in open_ones if isinstance(each.state, states.Attached | states.Joined)
    ]
    assert {(call, each) for call, those in index._of_call.items() for each in those} == set(attached)
    assert all(index._of_call.values())
    talked = [(who, each.id) for each in open_ones if (who := _who_talked(each)) is not None]
    assert {(who, each) for who, those in index._to_settle.items() for each in those} == set(talked)
    for queue in {each.queue for each in open_ones} | set(index._in_flight):
        busy = [c for c in open_ones if c.queue == queue and isinstance(c.state, (*CARD, *AT_WORK))]
        assert book.in_flight(queue) == len(busy)
        assert book.promised(queue) == Counter(_slot(desk, c) for c in open_ones if c.queue == queue and c.window)
    stages = Counter(states.stage(each) for each in open_ones)
    stages["for_person"] = sum(isinstance(each.state, Unsettled) for each in open_ones)
    assert +book._index.stages == +stages
    in_hand = sorted(each.id for each in open_ones if isinstance(each.state, (*CARD, *AT_WORK)))
    timed = [each for each in open_ones if isinstance(each.state, Requested | Due | Resting)]
    in_time = [each.id for each in sorted(timed, key=lambda each: (_in_queue_at(each), each.id))]
    assert [each.id for each in book.at_hand(99)] == in_hand + in_time


def _who_talked(callback: Callback) -> AdviserId | None:
    state = callback.state
    return state.adviser if isinstance(state, Unsettled) and state.why == "talked" else None


def _slot(desk: Desk, callback: Callback) -> Instant:
    assert callback.window is not None
    line = desk.rules.lines.get(callback.line) or desk.line(callback.line)
    slot = slot_of(desk.rules, line, callback.window.start_at) if line is not None else None
    return slot.start_at if slot is not None else callback.window.start_at


def _in_queue_at(callback: Callback) -> Instant:
    match callback.state:
        case Requested(due_at=at) | Due(since=at) | Resting(until=at):
            return at
    raise AssertionError(callback)


def every_callback_has_its_case(desk: Desk, at: Instant) -> None:
    for callback in desk.book.callbacks.values():
        assert callback.case in desk.book.cases, f"{callback.id} is open and its case is not"
    shown = [standing(case, at) for case in desk.book.cases.values() if case.kind is Kind.RTF]
    assert desk.book.at_risk_and_late(at) == (shown.count(Standing.AT_RISK), shown.count(Standing.LATE))


def one_attempt_at_a_time(desk: Desk) -> None:
    """Of each callback and to each number: live, or of a fate that nobody has settled."""
    live: Counter[str] = Counter()
    for callback in desk.book.callbacks.values():
        assert [each.number for each in callback.attempts] == list(range(1, len(callback.attempts) + 1))
        assert [each.leg for each in callback.attempts] == [
            f"{callback.id}-x{each.number}" for each in callback.attempts
        ]
        assert all(each.cause is not None for each in callback.attempts[:-1])
        if states.live(callback) is not None:
            live[callback.phone.number] += 1
    assert all(count == 1 for count in live.values()), live
    under_way = sum(bool(each.attempts) and each.attempts[-1].cause is None for each in desk.book.callbacks.values())
    assert desk.book._history.under_way == under_way


def nobody_waits_for_a_queue_without_a_shift(desk: Desk, at: Instant) -> None:
    if desk.link_up and desk.team.duty.until is not None and at < desk.team.duty.until:
        on = desk.rules.shifts.advisers_on(Activity.PHONE, at)
        for call in desk.calls.values():
            if isinstance(call.state, Waiting):
                skills = [desk.rules.advisers[AdviserId(a)].skills for a in on if a in desk.rules.advisers]
                assert any(call.state.queue in each for each in skills)


def everything_is_where_it_belongs(desk: Desk, at: Instant) -> None:
    assert not any(isinstance(each.state, Ended) for each in desk.calls.values())
    legs_are_known(desk)
    the_pool_holds_who_waits(desk)
    whatever_expires_is_awaited(desk)
    the_book_says_what_the_callbacks_say(desk)
    every_callback_has_its_case(desk, at)
    one_attempt_at_a_time(desk)
