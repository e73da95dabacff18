"""The judge of windows: which may be asked for, by whom, and what is told where there is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from dialer.core.callbacks.intake import (
    Anew,
    Asked,
    Reachable,
    Wrong,
    examine,
    examine_anew,
    examine_reachable,
    examine_window,
)
from dialer.core.callbacks.intake_words import Why
from dialer.core.callbacks.request import Request
from dialer.core.callbacks.slots import Slot
from dialer.core.numbers import Parsed
from dialer.core.places.territory import Territory
from dialer.core.words import E164
from schedules.hours import Hours, Period, SpecialDay
from schedules.windows import Window
from tests.core.intake_world import (
    AT,
    DATED,
    DROPOUT,
    FREE,
    HOURS,
    MAIN,
    RULES,
    WEEK,
    WHOLE,
    free,
    line,
    make_rules,
    nothing_free,
    paris,
    whole,
    wrong,
)

# -- windows ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "faults"),
    [
        (None, None, {"wish.start": Why.MISSING, "wish.end": Why.MISSING}),
        ("tomorrow", "2026-11-23", {"wish.start": Why.NO_INSTANT, "wish.end": Why.NO_INSTANT}),
        ("2026-11-23T14:00:00", "2026-11-23T16:00:00+01:00", {"wish.start": Why.NO_OFFSET}),
        ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
         {"wish.start": Why.NO_INSTANT, "wish.end": Why.NO_INSTANT}),
        ("2026-11-23T16:00:00+01:00", "2026-11-23T14:00:00+01:00", {"wish.end": Why.BACKWARD}),
        ("2026-11-23T14:00:00+01:00", "2026-11-23T14:00:00+01:00", {"wish.end": Why.BACKWARD}),
        ("2026-11-23T14:00:00+01:00", "2026-11-24T14:00:01+01:00", {"wish.end": Why.LONG_WINDOW}),
        ("2026-11-23T10:00:00+01:00", "2026-11-23T12:00:00+01:00", {"wish.start": Why.PAST}),
        ("2026-12-04T10:00:00+01:00", "2026-12-04T12:00:00+01:00", {"wish.start": Why.TOO_FAR}),
        ("2026-12-04T10:00:00+01:00", "2026-12-03T12:00:00+01:00",
         {"wish.start": Why.TOO_FAR, "wish.end": Why.BACKWARD}),
        ("2026-11-24T02:00:00+01:00", "2026-11-24T04:00:00+01:00", {"wish": Why.NIGHT}),
        ("2026-11-28T10:00:00+01:00", "2026-11-28T12:00:00+01:00", {"wish": Why.WEEKEND}),
        ("2026-11-26T10:00:00+01:00", "2026-11-26T12:00:00+01:00", {"wish": Why.EXCEPTION}),
        ("2026-11-23T16:00:00+01:00", "2026-11-23T18:00:00+01:00", {"wish": Why.SLOT_TAKEN}),
        ("2026-11-23T13:59:59+01:00", "2026-11-23T15:59:59+01:00", {"wish": Why.SLOT_TAKEN}),
    ],
)  # fmt: skip
def test_each_fault_of_a_window_is_told(start, end, faults):
    assert wrong(replace(DATED, start=start, end=end)) == faults


def test_a_window_on_a_public_holiday_says_which():
    at = datetime(2026, 11, 9, 9, 30, tzinfo=UTC)
    asked = replace(DATED, start="2026-11-11T10:00:00+01:00", end="2026-11-11T12:00:00+01:00")
    found = examine(asked, RULES, free, at)
    assert isinstance(found, tuple)
    assert [(each.field, each.why) for each in found] == [("wish", Why.HOLIDAY)]
    assert "Armistice" in found[0].sentence.fr


def test_a_window_may_begin_anywhere_in_a_free_slot():
    asked = replace(DATED, start="2026-11-23T15:00:00+01:00", end="2026-11-23T17:00:00+01:00")
    assert whole(asked).window == Window(paris(23, 15), paris(23, 17))


def test_a_slot_that_bears_no_more_is_not_free():
    full = lambda *_: (Slot(Window(paris(23, 14), paris(23, 16)), 0), FREE[1])  # noqa: E731
    assert wrong(DATED, slots=full) == {"wish": Why.SLOT_TAKEN}


def test_a_window_that_is_taken_names_up_to_three_that_are_free():
    found = examine(replace(DATED, start="2026-11-23T16:00:00+01:00", end="2026-11-23T18:00:00+01:00"), RULES, free, AT)
    assert isinstance(found, tuple)
    assert found[0].among == tuple(slot.window for slot in FREE[:3])
    told = found[0].sentence
    assert "2026-11-23T14:00:00+01:00" in told.en
    assert "lundi vingt-trois novembre entre quatorze heures et seize heures" in told.fr


def test_free_slots_are_named_on_the_clock_of_the_person():
    asked = replace(DATED, phone="0692000001", start="2026-11-23T16:00:00+01:00", end="2026-11-23T18:00:00+01:00")
    found = examine(asked, RULES, free, AT)
    assert isinstance(found, tuple)
    assert "entre dix-sept heures et dix-neuf heures" in found[0].sentence.fr


def test_where_nothing_is_free_something_else_is_offered():
    assert wrong(DATED, slots=nothing_free) == {"wish": Why.NO_SLOT}


def test_an_adviser_may_choose_any_window_that_the_line_is_open_in():
    chosen = replace(DATED, source="adviser", start="2026-11-23T19:00:00+01:00", end="2026-11-23T21:00:00+01:00")
    assert whole(chosen, slots=nothing_free).window == Window(paris(23, 19), paris(23, 21))
    begun = replace(chosen, start="2026-11-23T10:00:00+01:00", end="2026-11-23T12:00:00+01:00")
    assert whole(begun).window == Window(paris(23, 10), paris(23, 12))
    night = replace(chosen, start="2026-11-23T21:00:00+01:00", end="2026-11-23T22:00:00+01:00")
    assert wrong(night) == {"wish": Why.NIGHT}


@pytest.mark.parametrize("source", ["web", "phone", "csv"])
def test_everybody_else_chooses_among_the_free_slots(source):
    assert wrong(replace(DATED, source=source), slots=nothing_free) == {"wish": Why.NO_SLOT}


def test_a_window_of_the_summer_is_read_with_its_own_offset():
    at = datetime(2026, 10, 23, 9, tzinfo=UTC)
    slots = lambda *_: (Slot(Window(datetime(2026, 10, 26, 9, tzinfo=UTC), datetime(2026, 10, 26, 11, tzinfo=UTC)), 1),)  # noqa: E731
    in_summer = replace(DATED, start="2026-10-26T11:00:00+02:00", end="2026-10-26T13:00:00+02:00")
    assert (
        whole(in_summer, at=at, slots=slots).window
        == whole(
            replace(DATED, start="2026-10-26T10:00:00+01:00", end="2026-10-26T12:00:00+01:00"), at=at, slots=slots
        ).window
    )


# -- no common hour ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phone", "at", "taken"),
    [
        ("+68987000001", AT, False),  # Tahiti, in winter
        ("+68987000001", datetime(2026, 7, 6, 9, tzinfo=UTC), False),
        ("+687751001", AT, False),  # Nouméa: ten hours ahead in winter
        ("+687751001", datetime(2026, 7, 6, 9, tzinfo=UTC), True),  # 10h in Paris is 19h there
        ("0692000001", AT, True),
        ("0690000001", AT, True),
        ("0199000001", AT, True),
    ],
)  # fmt: skip
def test_somebody_for_whom_no_hour_will_come_is_told_at_once(phone, at, taken):
    asked = replace(WHOLE, phone=phone)
    if taken:
        assert isinstance(whole(asked, at=at), Request)
        return
    found = examine(asked, RULES, free, at)
    assert isinstance(found, tuple)
    assert [(each.field, each.why) for each in found] == [("wish", Why.NO_COMMON_HOUR)]
    assert "choose a window" in found[0].sentence.en
    assert "mél" in found[0].sentence.fr


def test_they_may_choose_a_window_instead():
    assert whole(replace(DATED, phone="+68987000001")).window is not None


def test_a_week_in_which_the_line_is_closed_hides_no_common_hour():
    days = tuple(SpecialDay(date(2026, 11, 23) + timedelta(days=n), (), "congés") for n in range(12))
    closed = line("dropout", "+33800122500", "dropout", Hours(HOURS.periods, days))
    assert isinstance(whole(WHOLE, make_rules(closed)), Request)


def test_a_line_that_never_opens_again_promises_nothing():
    never = line("dropout", "+33800122500", "dropout", Hours((Period(date(2030, 1, 1), WEEK),)))
    assert wrong(WHOLE, make_rules(never)) == {"wish": Why.NO_COMMON_HOUR}


# -- another wish, free slots -----------------------------------------------------------------------

KNOWN = Parsed(E164("+33199000001"), Territory.METROPOLE, "Europe/Paris")


def test_another_wish_is_judged_as_the_first_was():
    asked = Asked(wish="window", start=DATED.start, end=DATED.end, source="web")
    window = Window(paris(23, 14), paris(23, 16))
    assert examine_anew(asked, DROPOUT, KNOWN, None, RULES, free, AT) == Anew(window, None)
    assert examine_anew(replace(asked, source="adviser"), DROPOUT, KNOWN, None, RULES, nothing_free, AT) == Anew(
        window, None
    )
    found = examine_anew(asked, DROPOUT, KNOWN, None, RULES, nothing_free, AT)
    assert found == (Wrong("wish", Why.NO_SLOT, (), "Europe/Paris"),)


def test_another_number_is_judged_too_and_the_wish_by_it():
    asked = Asked(wish="asap", phone="+68987000001", source="adviser")
    found = examine_anew(asked, DROPOUT, KNOWN, None, RULES, free, AT)
    assert found == (Wrong("wish", Why.NO_COMMON_HOUR),)
    found = examine_anew(replace(asked, phone="0262910042"), DROPOUT, KNOWN, None, RULES, free, AT)
    assert isinstance(found, Anew)
    assert found.phone is not None
    assert found.phone.territory is Territory.REUNION
    found = examine_anew(replace(asked, phone="3949"), DROPOUT, KNOWN, None, RULES, free, AT)
    assert found == (Wrong("phone", Why.SHORT),)


def test_a_window_of_a_report_is_named_by_its_own_field():
    assert examine_window("window", DATED.start, DATED.end, DROPOUT, RULES, AT) == Window(paris(23, 14), paris(23, 16))
    found = examine_window("window", "x", None, DROPOUT, RULES, AT)
    assert [(each.field, each.why) for each in found] == [
        ("window.start", Why.NO_INSTANT), ("window.end", Why.MISSING),
    ]  # fmt: skip


def test_free_slots_are_asked_for_a_line_and_a_number():
    assert examine_reachable("main", "0199000001", "75011", RULES) == Reachable(MAIN, KNOWN, "75011")
    assert examine_reachable(None, None, "x", RULES) == (
        Wrong("line", Why.MISSING), Wrong("phone", Why.MISSING), Wrong("postcode", Why.POSTCODE),
    )  # fmt: skip
