"""What is promised can be kept: slots are open, staffed, within the person's hours, and never promised twice over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dialer.core.callbacks.rules import SlotRules
from dialer.core.callbacks.slots import Slot, free_slots, has_common_hour, overbooked, reserved, slot_of
from dialer.core.places.territory import Territory, homes
from dialer.core.rules import AdviserRules, LineRules, QueueRules, Rules
from dialer.core.words import E164, AdviserId, Instant, LineId, QueueId
from ivr.flow import make_flow
from ivr.nodes import Hangup
from schedules.calendar import FRANCE
from schedules.hours import Hours, Period, Span, SpecialDay, is_open
from schedules.shifts import Activity, Roster, Shift, Shifts
from schedules.walltime import PARIS, instant_of, wall_clock
from schedules.windows import Reach, Window, common_hours, spoken_window

MAIN = QueueId("main")
QUEUE = QueueRules(MAIN, "Ligne principale")
MINUTE = timedelta(minutes=1)
MONDAY = date(2026, 3, 16)
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
"""The nights of the clock changes."""
ALL_DAY = (Span(0, 1440),)


def week(*spans: Span, weekend: bool = False, holidays: bool = False) -> Hours:
    days = (spans,) * 5 + ((spans,) * 2 if weekend else ((), ()))
    return Hours((Period(date(2020, 1, 1), days),), observed=None if holidays else FRANCE)


LONG = week(Span(600, 1200))
"""10h to 20h, Monday to Friday, as on the main line."""
SHORT = week(Span(540, 690), Span(840, 1020))
"""9h to 11h30 and 14h to 17h, as on the dropout line."""


def line_of(hours: Hours) -> LineRules:
    flow = make_flow("main", "end", {"end": Hangup(prompts=("ways.goodbye",), outcome="informed")})
    return LineRules(LineId("main"), "Ligne principale", E164("+33177771225"), "01 77 77 12 25", hours, flow, MAIN)


def rules_of(shifts: Shifts, advisers: Sequence[str] = ("a",), **slots: Any) -> Rules:
    team = {AdviserId(each): AdviserRules(AdviserId(each), each, {MAIN: 1}) for each in advisers}
    return Rules("1", {}, {MAIN: QUEUE}, team, shifts, slots=replace(SlotRules(), **slots))


def on_phone(advisers: Sequence[str], first: date, days: int = 14) -> Roster:
    """All of them on phone all day and night."""
    until = instant_of(first + timedelta(days=days), 0)
    return Roster.of([Shift(each, instant_of(first, 0), until, Activity.PHONE) for each in advisers])


def reach_of(hours: Hours, territory: Territory = Territory.METROPOLE, zone: str = "Europe/Paris") -> Reach:
    return Reach(homes(territory, zone), hours)


def paris(day: date, hour: int, minute: int = 0) -> Instant:
    return instant_of(day, hour * 60 + minute)


def free(
    hours: Hours = LONG,
    at: Instant | None = None,
    advisers: Sequence[str] = ("a",),
    promised: Mapping[Instant, int] | None = None,
    reach: Reach | None = None,
    queue: QueueRules = QUEUE,
    **slots: Any,
) -> tuple[Slot, ...]:
    at = at or paris(MONDAY, 9)
    rules = rules_of(on_phone(advisers, wall_clock(at).date()), advisers, **slots)
    return free_slots(rules, line_of(hours), queue, promised or {}, reach or reach_of(hours), at)


def said(slots: Sequence[Slot], day: date | None = None) -> list[str]:
    """As `16 10h-12h`, on the wall in Paris."""
    shown = [(wall_clock(slot.window.start_at), wall_clock(slot.window.end_at)) for slot in slots]
    return [f"{a:%d %H:%M}-{b:%H:%M}" for a, b in shown if day is None or a.date() == day]


class TestTheGrid:
    def test_is_cut_from_the_start_of_each_opening(self) -> None:
        assert said(free(LONG), MONDAY) == [
            "16 10:00-12:00", "16 12:00-14:00", "16 14:00-16:00", "16 16:00-18:00", "16 18:00-20:00",
        ]  # fmt: skip

    def test_joins_a_remainder_shorter_than_half_a_slot_to_the_one_before_and_keeps_a_longer_one(self) -> None:
        assert said(free(SHORT, at=paris(MONDAY, 7)), MONDAY) == ["16 09:00-11:30", "16 14:00-16:00", "16 16:00-17:00"]

    def test_keeps_an_opening_that_is_shorter_than_half_a_slot(self) -> None:
        assert said(free(week(Span(600, 630))), MONDAY) == ["16 10:00-10:30"]

    def test_takes_spans_that_touch_for_one_opening(self) -> None:
        assert said(free(week(Span(600, 630), Span(630, 840))), MONDAY) == ["16 10:00-12:00", "16 12:00-14:00"]

    def test_is_said_as_people_say_hours(self) -> None:
        first = free(LONG, at=paris(MONDAY, 9))[0]
        assert spoken_window(first.window, paris(MONDAY, 9)) == "aujourd'hui, entre dix heures et midi"

    def test_goes_by_the_wall_on_the_nights_of_the_clock_changes(self) -> None:
        always = week(Span(0, 1440), weekend=True, holidays=True)
        rules, line = rules_of(Roster.of(())), line_of(always)
        spring = slot_of(rules, line, paris(SPRING, 3, 30))
        assert spring == Window(paris(SPRING, 3), paris(SPRING, 4))
        assert spring.end_at - spring.start_at == timedelta(hours=1)
        autumn = slot_of(rules, line, datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
        assert autumn == Window(datetime(2026, 10, 25, 0, 0, tzinfo=UTC), datetime(2026, 10, 25, 3, 0, tzinfo=UTC))

    def test_has_no_window_in_the_hour_that_is_skipped(self) -> None:
        rules = rules_of(Roster.of(()), length_s=1800.0)
        line = line_of(week(Span(120, 240), weekend=True, holidays=True))
        assert slot_of(rules, line, paris(SPRING, 3)) == Window(paris(SPRING, 3), paris(SPRING, 3, 30))
        assert slot_of(rules, line, paris(SPRING, 3) - MINUTE) is None

    def test_stays_at_its_hours_on_the_wall_across_a_clock_change(self) -> None:
        friday = date(2026, 3, 27)
        slots = free(LONG, at=paris(friday, 9))
        assert said(slots, friday)[0] == "27 10:00-12:00"
        assert said(slots, date(2026, 3, 30))[0] == "30 10:00-12:00"
        starts = [slot.window.start_at for slot in slots if wall_clock(slot.window.start_at).hour == 10]
        assert starts[1] - starts[0] == timedelta(days=3, hours=-1)


class TestTheHorizon:
    def test_begins_after_the_notice_and_never_with_a_window_that_has_begun(self) -> None:
        assert said(free(at=paris(MONDAY, 9, 30)))[0] == "16 10:00-12:00"
        assert said(free(at=paris(MONDAY, 9, 31)))[0] == "16 12:00-14:00"
        assert said(free(at=paris(MONDAY, 10, 1), notice_s=0.0))[0] == "16 12:00-14:00"

    def test_ends_with_the_last_of_the_calendar_days(self) -> None:
        assert said(free(days_max=1))[-1] == "17 18:00-20:00"
        assert said(free())[-1] == "26 18:00-20:00"

    def test_has_nothing_on_holidays_special_days_and_weekends(self) -> None:
        days = {wall_clock(slot.window.start_at).date() for slot in free(at=paris(date(2026, 4, 30), 9))}
        may = [date(2026, 5, day) for day in (4, 5, 6, 7)]
        assert days == {date(2026, 4, 30), *may}, "not 1 May, not 8 May, no weekend"
        special = replace(LONG, special_days=(SpecialDay(MONDAY, (Span(840, 960),), "formation"),))
        assert said(free(special), MONDAY) == ["16 14:00-16:00"]

    def test_is_empty_for_a_line_that_never_opens(self) -> None:
        assert free(Hours(())) == ()


class TestCapacity:
    def test_is_the_time_of_the_advisers_reserved_over_the_time_that_one_callback_takes(self) -> None:
        assert free()[0].free == 8, "one adviser for two hours, a quarter of an hour each"
        assert free(advisers=[f"a{number}" for number in range(8)])[0].free == 16, "a quarter of eight"
        assert free(queue=replace(QUEUE, callback_handling_s=1000.0))[0].free == 7

    def test_counts_no_adviser_without_the_skill_or_on_another_activity(self) -> None:
        at, end = paris(MONDAY, 0), paris(MONDAY, 24)
        shifts = Roster.of([Shift("a", at, end, Activity.CHAT), Shift("b", at, end, Activity.PHONE)])
        rules = rules_of(shifts, ["a"])
        assert free_slots(rules, line_of(LONG), QUEUE, {}, reach_of(LONG), paris(MONDAY, 9)) == ()

    def test_changes_at_the_very_instants_at_which_shifts_do(self) -> None:
        shifts = Roster.of([
            Shift("a", paris(MONDAY, 10, 20), paris(MONDAY, 11, 5), Activity.PHONE),
            Shift("b", paris(MONDAY, 11), paris(MONDAY, 11, 30), Activity.PHONE),
        ])  # fmt: skip
        rules = rules_of(shifts, ["a", "b"])
        (slot,) = free_slots(rules, line_of(LONG), QUEUE, {}, reach_of(LONG), paris(MONDAY, 9))
        assert slot.free == 4, "70 minutes of one reserved adviser: four quarters of an hour, and ten minutes"

    def test_is_less_what_was_promised_and_a_full_slot_is_not_offered(self) -> None:
        ten, noon = paris(MONDAY, 10), paris(MONDAY, 12)
        slots = free(promised={ten: 7, noon: 8})
        assert (slots[0].window.start_at, slots[0].free) == (ten, 1)
        assert slots[1].window.start_at == paris(MONDAY, 14)

    def test_is_less_by_the_promises_of_another_lines_grid_in_every_slot_that_they_overlap(self) -> None:
        eleven = paris(MONDAY, 11)
        assert [slot.free for slot in free(promised={eleven: 3})[:2]] == [5, 8], "by no grid that is known"
        rules = rules_of(on_phone(["a"], MONDAY))
        short, long = replace(line_of(SHORT), id=LineId("short")), line_of(LONG)
        both = replace(rules, lines={short.id: short, long.id: long})
        at = paris(MONDAY, 7)
        nine, ten = paris(MONDAY, 9), paris(MONDAY, 10)
        slots = free_slots(both, long, QUEUE, {nine: 6}, reach_of(LONG), at)
        assert [slot.free for slot in slots[:2]] == [2, 8], "9h to 11h30 overlaps 10h to 12h, and no more"
        slots = free_slots(both, short, QUEUE, {ten: 6}, reach_of(SHORT), at)
        assert [slot.free for slot in slots[:2]] == [4, 8]

    def test_is_not_touched_by_a_promise_at_an_hour_at_which_the_line_is_closed(self) -> None:
        assert free(SHORT, at=paris(MONDAY, 7), promised={paris(MONDAY, 12): 3})[0].free == 10

    def test_is_none_for_a_queue_without_a_share(self) -> None:
        assert free(queue=replace(QUEUE, callback_share=0.0)) == ()

    def test_follows_the_roster_that_changed(self) -> None:
        line, at = line_of(LONG), paris(MONDAY, 9)
        two = [f"a{number}" for number in range(8)]
        for advisers, expected in ((two, 16), (["a0"], 8), (two, 16)):
            rules = rules_of(on_phone(advisers, MONDAY), two)
            assert free_slots(rules, line, QUEUE, {}, reach_of(LONG), at)[0].free == expected


@pytest.mark.parametrize(
    ("share", "counts"),
    [
        (0.25, [0, 1, 1, 1, 1, 1, 1, 1, 2, 2]),
        (0.0, [0, 0, 0]),
        (1.0, [0, 1, 2, 3]),
        (0.01, [0, 1, 1]),
    ],
)
def test_a_share_is_rounded_down_but_one_adviser_is_reserved_while_there_is_anybody(
    share: float, counts: list[int]
) -> None:
    assert [reserved(replace(QUEUE, callback_share=share), number) for number in range(len(counts))] == counts


@example(29, 100)
@given(st.integers(1, 100), st.integers(1, 5000))
def test_a_share_in_hundredths_loses_nobody_to_floats(hundredths: int, on_phone: int) -> None:
    assert reserved(replace(QUEUE, callback_share=hundredths / 100), on_phone) == max(1, hundredths * on_phone // 100)


class TestForWhom:
    """Réunion is 3 h ahead of Paris in winter, Nouméa 10 h; Tahiti is 11 h behind in winter, 12 h in summer."""

    def test_windows_lie_mostly_within_the_hours_at_which_the_person_may_be_called(self) -> None:
        reach = reach_of(LONG, Territory.REUNION, "Indian/Reunion")
        slots = said(free(reach=reach), MONDAY)
        assert slots == ["16 10:00-12:00", "16 12:00-14:00", "16 14:00-16:00", "16 16:00-18:00"]
        assert spoken_window(free(reach=reach)[3].window, paris(MONDAY, 9), reach.homes[0].zone) == (
            "aujourd'hui, entre dix-neuf heures et vingt et une heures"
        ), "half of it is before 20h"

    def test_an_abolition_day_there_has_none(self) -> None:
        december = date(2027, 12, 17)
        reach = reach_of(LONG, Territory.REUNION, "Indian/Reunion")
        days = {wall_clock(slot.window.start_at).date() for slot in free(at=paris(december, 8), reach=reach)}
        assert date(2027, 12, 20) not in days
        assert date(2027, 12, 21) in days

    def test_who_has_no_common_hour_is_offered_the_early_or_late_slots_between_seven_and_ten_at_night(self) -> None:
        winter = date(2026, 1, 12)
        tahiti = reach_of(LONG, Territory.POLYNESIE, "Pacific/Tahiti")
        assert not has_common_hour(tahiti, paris(winter, 9))
        assert set(said(free(at=paris(winter, 9), reach=tahiti), winter)) == {"12 18:00-20:00"}, "7h to 9h there"
        noumea = reach_of(LONG, Territory.NOUVELLE_CALEDONIE, "Pacific/Noumea")
        assert not has_common_hour(noumea, paris(winter, 9))
        assert said(free(at=paris(winter, 9), reach=noumea), winter) == ["12 10:00-12:00"], "20h to 22h there"

    def test_who_can_be_called_at_no_waking_hour_is_offered_nothing(self) -> None:
        tahiti = reach_of(LONG, Territory.POLYNESIE, "Pacific/Tahiti")
        assert free(at=paris(date(2026, 7, 6), 9), reach=tahiti) == ()

    def test_one_common_hour_that_no_slot_is_half_of_still_leaves_the_late_ones(self) -> None:
        summer = date(2026, 7, 6)
        noumea = reach_of(SHORT, Territory.NOUVELLE_CALEDONIE, "Pacific/Noumea")
        assert has_common_hour(noumea, paris(summer, 7))
        assert said(free(SHORT, at=paris(summer, 7), reach=noumea), summer) == ["06 09:00-11:30"], "18h to 20h30 there"

    def test_an_early_slot_is_on_a_day_on_which_people_are_called_there(self) -> None:
        evenings = week(Span(1080, 1200), weekend=True, holidays=True)
        tahiti = reach_of(evenings, Territory.POLYNESIE, "Pacific/Tahiti")
        slots = free(evenings, at=paris(date(2026, 11, 5), 9), reach=tahiti)
        days = [wall_clock(slot.window.start_at).day for slot in slots]
        assert days == [5, 6, 9, 10, 12, 13], "neither the weekend of the 7th nor the 11th of November"

    def test_who_is_full_is_not_sent_to_the_night(self) -> None:
        always = week(Span(420, 1320))
        reach = reach_of(always)
        full = {slot.window.start_at: 99 for slot in free(always, at=paris(MONDAY, 6), reach=reach)}
        assert free(always, at=paris(MONDAY, 6), reach=reach, promised=full) == ()

    def test_two_homes_must_both_be_awake(self) -> None:
        both = Reach(homes(Territory.POLYNESIE, "Pacific/Tahiti", "98800"), LONG)
        assert free(at=paris(date(2026, 1, 12), 9), reach=both) == ()

    def test_a_common_hour_is_looked_for_from_now_on_and_so_many_days_ahead(self) -> None:
        friday = date(2026, 3, 20)
        reach = reach_of(LONG)
        assert has_common_hour(reach, paris(friday, 19, 59), days=1)
        assert not has_common_hour(reach, paris(friday, 20), days=3)
        assert has_common_hour(reach, paris(friday, 20), days=4)


class TestOverbooked:
    def overbooked(
        self, promised: Mapping[Instant, int], at: Instant | None = None, shifts: Shifts | None = None
    ) -> list[Window]:
        rules = rules_of(shifts or on_phone(["a"], MONDAY))
        return list(overbooked(rules, line_of(LONG), QUEUE, promised, at or paris(MONDAY, 9)))

    def test_is_what_holds_more_promises_than_the_roster_can_staff_now(self) -> None:
        ten, noon, two = (paris(MONDAY, hour) for hour in (10, 12, 14))
        assert self.overbooked({two: 9, noon: 8, ten: 10}) == [Window(ten, noon), Window(two, paris(MONDAY, 16))]

    def test_tells_those_that_are_under_way_and_not_those_that_are_over(self) -> None:
        ten, noon = paris(MONDAY, 10), paris(MONDAY, 12)
        assert self.overbooked({ten: 9}, at=noon - MINUTE) == [Window(ten, noon)]
        assert self.overbooked({ten: 9}, at=noon) == []

    def test_tells_a_promise_that_nobody_staffs_any_more_however_far_ahead(self) -> None:
        later = paris(MONDAY + timedelta(days=28), 10)
        assert self.overbooked({later: 1}) == [Window(later, later + timedelta(hours=2))]
        assert self.overbooked({later: 0}) == []

    def test_tells_a_promise_at_an_hour_at_which_the_line_opens_no_more(self) -> None:
        seven = paris(MONDAY, 21)
        assert self.overbooked({seven: 1}) == [Window(seven, seven + timedelta(hours=2))]

    def test_judges_a_promise_of_another_line_by_the_hours_of_that_line(self) -> None:
        short, long = replace(line_of(SHORT), id=LineId("short")), line_of(LONG)
        rules = replace(rules_of(on_phone(["a"], MONDAY)), lines={short.id: short, long.id: long})
        nine, ten, six = paris(MONDAY, 9), paris(MONDAY, 10), paris(MONDAY, 18)
        assert overbooked(rules, short, QUEUE, {six: 8}, paris(MONDAY, 7)) == ()
        assert overbooked(rules, short, QUEUE, {six: 9}, paris(MONDAY, 7)) == (Window(six, paris(MONDAY, 20)),)
        assert overbooked(rules, short, QUEUE, {nine: 2, ten: 8}, paris(MONDAY, 7)) == (), "two can be kept before ten"

    def test_adds_up_promises_that_begin_within_one_slot(self) -> None:
        ten = paris(MONDAY, 10)
        assert self.overbooked({ten: 5, ten + 30 * MINUTE: 4}) == [Window(ten, paris(MONDAY, 12))]
        assert self.overbooked({ten: 4, ten + 30 * MINUTE: 4}) == []


# -- whatever the hours, the roster, the promises and the season ------------------------------------

DAYS = (SPRING, AUTUMN, MONDAY, date(2026, 5, 1), date(2026, 12, 25), date(2027, 12, 20))


@st.composite
def openings(draw: st.DrawFn) -> tuple[Span, ...]:
    edges = sorted(draw(st.sets(st.integers(0, 48), min_size=2, max_size=6)))
    return tuple(Span(a * 30, b * 30) for a, b in zip(edges[::2], edges[1::2], strict=False))


@st.composite
def houses(draw: st.DrawFn) -> tuple[Rules, LineRules, Instant, QueueRules]:
    """A line of any hours, four advisers of any shifts, and an instant near a day that is not as others."""
    spans = draw(st.one_of(openings(), st.just(ALL_DAY)))
    hours = week(*spans, weekend=draw(st.booleans()), holidays=draw(st.booleans()))
    first = draw(st.sampled_from(DAYS)) - timedelta(days=draw(st.integers(0, 2)))
    shifts: list[Shift] = []
    for adviser in "abcd":
        edges = sorted(draw(st.sets(st.integers(0, 4 * 96), max_size=10)))
        for a, b in zip(edges[::2], edges[1::2], strict=False):
            start, end = instant_of(first, 0) + a * 15 * MINUTE, instant_of(first, 0) + b * 15 * MINUTE
            shifts.append(Shift(adviser, start, end, draw(st.sampled_from((Activity.PHONE, Activity.CHAT)))))
    rules = rules_of(
        Roster.of(shifts), "abc", length_s=draw(st.sampled_from((1800.0, 3600.0, 5400.0, 7200.0))), days_max=3
    )
    at = instant_of(first, 0) + draw(st.integers(0, 1440)) * MINUTE
    queue = replace(
        QUEUE,
        callback_share=draw(st.sampled_from((0.25, 0.34, 0.5, 1.0))),
        callback_handling_s=draw(st.sampled_from((300.0, 900.0, 1000.0))),
    )
    return rules, line_of(hours), at, queue


PLACES = (
    (Territory.METROPOLE, "Europe/Paris"),
    (Territory.REUNION, "Indian/Reunion"),
    (Territory.MARTINIQUE, "America/Martinique"),
    (Territory.NOUVELLE_CALEDONIE, "Pacific/Noumea"),
    (Territory.POLYNESIE, "Pacific/Tahiti"),
)


def by_the_minute(rules: Rules, queue: QueueRules, window: Window) -> int:
    """What the window bears, counted by asking the roster at each minute of it."""
    minutes, at = 0, window.start_at
    while at < window.end_at:
        there = [one for one in rules.shifts.advisers_on(Activity.PHONE, at) if one in rules.advisers]
        minutes += max(1, int(len(there) * queue.callback_share)) if there else 0
        at += MINUTE
    return minutes * 60 // int(queue.callback_handling_s)


@settings(max_examples=60, deadline=None)
@given(houses(), st.sampled_from(PLACES))
def test_whatever_is_offered_is_open_ahead_disjoint_staffed_and_not_yet_promised(
    house: tuple[Rules, LineRules, Instant, QueueRules], place: tuple[Territory, str]
) -> None:
    rules, line, at, queue = house
    reach = reach_of(line.hours, *place)
    slots = free_slots(rules, line, queue, {}, reach, at)
    promised = {slot.window.start_at: slot.free // 2 for slot in slots}
    left = free_slots(rules, line, queue, promised, reach, at)
    last = wall_clock(at).date() + timedelta(days=3)
    before: Instant | None = None
    for slot in slots:
        window = slot.window
        assert before is None or before <= window.start_at
        before = window.end_at
        assert at + timedelta(seconds=rules.slots.notice_s) <= window.start_at
        assert wall_clock(window.start_at).date() <= last
        assert all(is_open(line.hours, at) for at in minutes(window))
        assert slot.free == by_the_minute(rules, queue, window)
        assert slot_of(rules, line, window.end_at - MINUTE) == window
    assert {slot.window: slot.free for slot in left} == {
        slot.window: slot.free - slot.free // 2 for slot in slots if slot.free > slot.free // 2
    }


@settings(max_examples=60, deadline=None)
@given(houses(), st.sampled_from(PLACES), st.data())
def test_another_promise_never_frees_anything(
    house: tuple[Rules, LineRules, Instant, QueueRules], place: tuple[Territory, str], data: st.DataObject
) -> None:
    rules, line, at, queue = house
    reach = reach_of(line.hours, *place)
    starts = [slot.window.start_at for slot in free_slots(rules, line, queue, {}, reach, at)]
    some = data.draw(st.dictionaries(st.sampled_from(starts or [at]), st.integers(0, 9), max_size=6))
    more = dict(some)
    more[data.draw(st.sampled_from(starts or [at]))] = 9
    more = {start: max(number, some.get(start, 0)) for start, number in more.items()}
    freer = {slot.window: slot.free for slot in free_slots(rules, line, queue, some, reach, at)}
    for slot in free_slots(rules, line, queue, more, reach, at):
        assert slot.free <= freer[slot.window]
    full = overbooked(rules, line, queue, some, at)
    assert set(full) <= set(overbooked(rules, line, queue, more, at))
    assert not {slot.window for slot in free_slots(rules, line, queue, some, reach, at)} & set(full)


@settings(max_examples=60, deadline=None)
@given(houses())
def test_every_minute_of_the_opening_is_in_exactly_one_slot_and_no_other_minute_is(
    house: tuple[Rules, LineRules, Instant, QueueRules],
) -> None:
    rules, line, at, _ = house
    day = wall_clock(at).date()
    length = timedelta(seconds=rules.slots.length_s)
    for minute in minutes(Window(instant_of(day, 0), instant_of(day, 1440))):
        window = slot_of(rules, line, minute)
        assert (window is not None) == is_open(line.hours, minute)
        if window is not None:
            assert minute in window
            assert wall_clock(window.start_at).date() == day
            hour = timedelta(hours=1) if day in (SPRING, AUTUMN) else timedelta(0)
            assert window.end_at - window.start_at < 1.5 * length + hour


@settings(max_examples=60, deadline=None)
@given(houses(), st.sampled_from(PLACES))
def test_what_is_offered_is_within_the_common_hours_or_there_is_none_that_is(
    house: tuple[Rules, LineRules, Instant, QueueRules], place: tuple[Territory, str]
) -> None:
    rules, line, at, queue = house
    reach = reach_of(line.hours, *place)
    slots = free_slots(rules, line, queue, {}, reach, at)
    shares = [shared(reach, slot.window) for slot in slots]
    if any(share >= 0.5 for share in shares):
        assert min(shares) >= 0.5
    else:
        for slot in slots:
            start, end = (each.astimezone(reach.homes[0].zone) for each in (slot.window.start_at, slot.window.end_at))
            assert start.hour >= 7
            assert (end.hour, end.minute) <= (22, 0)
            assert start.date() == end.date()
            assert start.weekday() < 5


def shared(reach: Reach, window: Window) -> float:
    """The part of a window's minutes that lies in the common hours of its day in Paris."""
    common = common_hours(reach, wall_clock(window.start_at, PARIS).date())
    inside = [any(minute in each for each in common) for minute in minutes(window)]
    return sum(inside) / len(inside)


def minutes(window: Window) -> list[Instant]:
    return [window.start_at + number * MINUTE for number in range(int((window.end_at - window.start_at) / MINUTE))]
