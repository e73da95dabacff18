"""Three lines in a week of November, free slots, and a request that is whole: for the tests of the judge."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from dialer.core.callbacks.intake import (
    Asked,
    examine,
)
from dialer.core.callbacks.intake_words import Why
from dialer.core.callbacks.request import Request
from dialer.core.callbacks.slots import Slot
from dialer.core.numbers import Parsed
from dialer.core.rules import LineRules, QueueRules, Rules
from dialer.core.words import E164, LineId, QueueId
from ivr.flow import make_flow
from ivr.nodes import Hangup
from schedules.hours import Hours, Period, Span, SpecialDay
from schedules.shifts import AlwaysOnPhone
from schedules.windows import Window

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
"""Monday, 10 h 30 in Paris."""
WEEK = tuple((Span(600, 1200),) if day < 5 else () for day in range(7))
HOURS = Hours((Period(date(2026, 1, 1), WEEK),), (SpecialDay(date(2026, 11, 26), (), "inventaire"),))
FLOW = make_flow("adieu", "adieu", {"adieu": Hangup(prompts=("bye",), outcome="turned_away")})


def line(key: str, number: str, queue: str | None, hours: Hours = HOURS) -> LineRules:
    called = QueueId(queue) if queue is not None else None
    return LineRules(LineId(key), key, E164(number), number, hours, FLOW, called)


def make_rules(*lines: LineRules) -> Rules:
    queues = {QueueId(key): QueueRules(QueueId(key), key) for key in ("main", "dropout")}
    return Rules("v1", {each.id: each for each in lines}, queues, {}, AlwaysOnPhone((), frozenset()))


MAIN = line("main", "+33177771225", "main")
DROPOUT = line("dropout", "+33800122500", "dropout")
DEAF = line("parcoursup", "+33800400070", None)
RULES = make_rules(MAIN, DROPOUT, DEAF)


def paris(day: int, hour: int, minute: int = 0) -> datetime:
    """In November 2026, on the wall of Paris."""
    return datetime(2026, 11, day, hour - 1, minute, tzinfo=UTC)


FREE = (Slot(Window(paris(23, 14), paris(23, 16)), 2), Slot(Window(paris(24, 10), paris(24, 12)), 1),
        Slot(Window(paris(24, 12), paris(24, 14)), 1), Slot(Window(paris(25, 10), paris(25, 12)), 1))  # fmt: skip


def free(line: LineRules, queue: QueueRules, phone: Parsed, postcode: str | None) -> tuple[Slot, ...]:
    return FREE


def nothing_free(line: LineRules, queue: QueueRules, phone: Parsed, postcode: str | None) -> tuple[Slot, ...]:
    return ()


WHOLE = Asked(
    phone="01 99 00 00 01", first_name="Inès", birth_date="2008-03-21", asked_by="young_person", wish="asap",
    source="web", notice_read="true",
)  # fmt: skip
DATED = replace(WHOLE, wish="window", start="2026-11-23T14:00:00+01:00", end="2026-11-23T16:00:00+01:00")


def wrong(asked: Asked, rules: Rules = RULES, at: datetime = AT, slots=free) -> dict[str, Why]:
    found = examine(asked, rules, slots, at)
    assert not isinstance(found, Request), "was taken"
    assert len({each.field for each in found}) == len(found), "one fault a field"
    return {each.field: each.why for each in found}


def whole(asked: Asked, rules: Rules = RULES, at: datetime = AT, slots=free) -> Request:
    found = examine(asked, rules, slots, at)
    assert isinstance(found, Request), found
    return found
