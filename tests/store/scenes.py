"""Changes as a real desk makes them, for the tests of the store."""

from __future__ import annotations

from datetime import timedelta

from dialer.core.change import Change
from dialer.core.words import E164, Cause, Instant, Wish, record
from tests.core.world import DIRECT, T0, WELCOMED, Room, rules, team

NUMBER = E164("+33199000001")


def ordinary_day(calls: int = 12) -> Room:
    """Callers who are answered, give up, are informed, are missed and answered, are put through, or are still there."""
    room = Room(rules(team(a=1, b=1)))
    for number in range(calls):
        name = f"c{number:03}"
        room.arrive(name, WELCOMED if number % 3 == 0 else DIRECT, NUMBER if number % 2 else None)
        if number % 6 == 5:
            room.leave(name)
            continue
        room.picked_up(name)
        if number % 3 == 0:
            room.heard(name)
            room.press(name, "123"[number % 9 // 3])
            if number % 9 == 3:  # heard the information that was asked for
                room.heard(name)
                room.leave(name)
                continue
        ringing = [a for a in ("a", "b") if room.adviser(a).state.kind == "ringing"]
        if ringing and number % 4 == 1:
            room.miss(ringing[0], Cause.BUSY if number % 8 == 1 else Cause.REJECTED)
            room.wish(ringing[0], Wish.READY)
        ringing = [a for a in ("a", "b") if room.adviser(a).state.kind == "ringing"]
        if ringing:
            room.answer(ringing[0])
        room.until((room.now - T0).total_seconds() + 3)
        if number % 4 == 2 and room.state(name) != "ended":
            room.leave(name)
    return room


def arrivals(start: int, count: int, at: Instant = T0) -> list[Change]:
    """Bare changes of callers who arrive one second apart, by the machine itself."""
    room = Room(rules(team(a=1), version="v1"), ready=False)
    room.until(max(0.0, (at - T0).total_seconds()))
    made = []
    for number in range(start, start + count):
        room.until((at - T0).total_seconds() + number)
        made.append(room.arrive(f"n{number:05}", DIRECT, NUMBER))
    return made


def note(event: str, seconds: float = 0.0) -> Change:
    """A change that only says something to the journal."""
    at = T0 + timedelta(seconds=seconds)
    return Change(at, records=[record(at, event)])
