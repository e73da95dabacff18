"""What the shipped configuration promises to callers and to advisers."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from dialer.configuration.load import Configuration, read_configuration
from dialer.core.words import AdviserId, LineId, QueueId
from schedules.hours import Open, opening_at
from schedules.shifts import Activity, AlwaysOnPhone, Roster
from schedules.walltime import instant_of, minute_of

SHIPPED = Path(__file__).resolve().parents[2] / "config"
DAY = date(2026, 11, 23)
Days = dict[tuple[str, date], list[tuple[int, int, str]]]
"""Start and end in minutes and activity, of each adviser and day, in order."""
QUARTER = timedelta(minutes=15)


def read(demo: bool) -> Configuration:
    configuration = read_configuration(SHIPPED, demo, on=DAY, environ={})
    assert isinstance(configuration, Configuration), configuration
    return configuration


@pytest.fixture(scope="module")
def shipped() -> Configuration:
    return read(demo=False)


def test_the_three_published_numbers_reach_their_lines(shipped: Configuration) -> None:
    lines = shipped.rules.lines
    assert {line: (rules.number, rules.shown) for line, rules in lines.items()} == {
        "main": ("+33177771225", "01 77 77 12 25"),
        "dropout": ("+33800122500", "0 800 12 25 00"),
        "parcoursup": ("+33800400070", "0 800 400 070"),
    }
    assert all(rules.id == rules.flow.line == line for line, rules in lines.items())


def test_the_twelve_advisers_have_the_skills_that_were_agreed(shipped: Configuration) -> None:
    skills = {adviser: dict(rules.skills) for adviser, rules in shipped.rules.advisers.items()}
    assert skills == {
        **{adviser: {"main": 1, "dropout": 2, "parcoursup": 2} for adviser in ("adv01", "adv02", "adv03", "adv04")},
        **{adviser: {"dropout": 1, "main": 2} for adviser in ("adv05", "adv06", "adv07", "adv08")},
        **{adviser: {"parcoursup": 1, "main": 2} for adviser in ("adv09", "adv10", "adv11", "adv12")},
    }
    assert len({rules.name for rules in shipped.rules.advisers.values()}) == 12


def test_nothing_is_recorded_and_nothing_outside_is_named_unless_an_operator_writes_so(shipped: Configuration) -> None:
    assert shipped.mode == "development"
    assert not shipped.recorded
    assert shipped.trunk is None
    assert not shipped.hooks
    assert not shipped.rules.numbers
    assert not shipped.demo


def test_every_queue_waits_with_a_french_name_and_opens_to_the_second_level(shipped: Configuration) -> None:
    queues = shipped.rules.queues
    assert {queue: rules.name for queue, rules in queues.items()} == {
        "main": "Ligne principale", "dropout": "Décrochage – Reviens te former", "parcoursup": "Parcoursup",
    }  # fmt: skip
    assert all(rules.id == queue and rules.overflow_after_s == (20.0,) for queue, rules in queues.items())


def test_prompts_tell_the_hours_in_force_on_the_day(shipped: Configuration) -> None:
    assert "du lundi au vendredi, de dix heures à vingt heures" in shipped.prompts["apology.main"]
    assert shipped.prompts_on(DAY) == shipped.prompts
    before = shipped.prompts_on(date(2025, 1, 1))["apology.main"]
    assert "fermé tous les jours" in before
    assert all(text.strip() for text in shipped.prompts.values())


def test_in_demo_mode_everyone_is_on_phone_whenever_a_line_is_open() -> None:
    demo = read(demo=True)
    assert isinstance(demo.rules.shifts, AlwaysOnPhone)
    everyone = tuple(f"adv{number:02}" for number in range(1, 13))
    assert demo.rules.shifts.advisers_on(Activity.PHONE, datetime(2026, 11, 23, 9, tzinfo=UTC)) == everyone
    assert demo.rules.shifts.advisers_on(Activity.OFF, datetime(2026, 11, 22, 12, tzinfo=UTC)) == everyone
    assert demo.demo
    assert demo.mode == "development"


def test_the_version_is_the_same_for_the_same_content_and_another_for_any_other(tmp_path: Path) -> None:
    assert read(demo=False).version == read(demo=False).version == read(demo=False).rules.version
    copy = tmp_path / "config"
    versions = {read(demo=False).version}
    for name in ("dialer.toml", "queues.toml", "advisers.toml", "roster.csv", "prompts/fr.toml", "lines/main.toml"):
        for path in SHIPPED.rglob("*"):
            if path.is_file():
                target = copy / path.relative_to(SHIPPED)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
        (copy / name).write_bytes((copy / name).read_bytes() + b"\n")
        changed = read_configuration(copy, demo=False, on=DAY, environ={})
        assert isinstance(changed, Configuration)
        versions.add(changed.version)
    assert len(versions) == 7


@pytest.fixture(scope="module")
def days() -> Days:
    found: Days = defaultdict(list)
    with (SHIPPED / "roster.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            start, end = minute_of(row["start"]), minute_of(row["end"])
            assert start is not None
            assert end is not None
            found[row["adviser"], date.fromisoformat(row["date"])].append((start, end, row["activity"]))
    return {day: sorted(found[day]) for day in sorted(found)}


class TestTheRota:
    def test_leaves_no_caller_without_anybody_on_phone_while_a_line_is_open(self, shipped: Configuration) -> None:
        rules = shipped.rules
        assert isinstance(rules.shifts, Roster)
        quarters = [
            at for at in _quarters(rules.shifts) if isinstance(opening_at(rules.lines[LineId("main")].hours, at), Open)
        ]
        assert len(quarters) == 29 * 40
        for at in quarters:
            on_phone = [AdviserId(one) for one in rules.shifts.advisers_on(Activity.PHONE, at)]
            answered = {queue for adviser in on_phone for queue in rules.advisers[adviser].skills}
            assert answered == {QueueId("main"), QueueId("dropout"), QueueId("parcoursup")}, at

    def test_is_of_thirty_five_hours_with_two_evenings_a_week(self, days: Days) -> None:
        weeks: dict[tuple[str, int], list[list[tuple[int, int, str]]]] = defaultdict(list)
        for (adviser, day), parts in days.items():
            weeks[adviser, day.isocalendar().week].append(parts)
        full = {week: found for week, found in weeks.items() if len(found) == 5}
        assert len(full) == 12 * 5, "all weeks but that of Christmas"
        for week, days_of_week in full.items():
            worked = sum(end - start for day in days_of_week for start, end, activity in day if activity != "break")
            assert worked == 35 * 60, week
            assert sum(day[-1][1] == 20 * 60 for day in days_of_week) == 2, week

    def test_keeps_to_two_hours_of_phone_in_a_row_and_gives_everyone_a_meal(self, days: Days) -> None:
        for day, parts in days.items():
            assert all(left[1] == right[0] for left, right in pairwise(parts)), day
            assert [end - start for start, end, activity in parts if activity == "break"] == [45], day
            assert parts[0][2] != "break" != parts[-1][2], day
            row = 0
            for start, end, activity in parts:
                row = row + end - start if activity == "phone" else 0
                assert row <= 120, day

    def test_leaves_eleven_hours_of_rest_between_days(self, days: Days) -> None:
        for ((adviser, day), parts), ((other, following), next_parts) in pairwise(days.items()):
            if adviser == other:
                rest = instant_of(following, next_parts[0][0]) - instant_of(day, parts[-1][1])
                assert rest >= timedelta(hours=11), (adviser, day)


def _quarters(roster: Roster) -> Iterator[datetime]:
    at = roster.changes[0].replace(minute=0)
    while at < roster.changes[-1]:
        yield at
        at += QUARTER
