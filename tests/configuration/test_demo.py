"""Configurations of any size, for the bench and for demonstrations."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from dialer.configuration.demo import adviser_ids, write_demo_configuration
from dialer.configuration.load import Configuration, read_configuration
from dialer.core.words import QueueId
from schedules.shifts import AlwaysOnPhone

DAY = date(2026, 11, 23)


def read(folder: Path) -> Configuration:
    configuration = read_configuration(folder, demo=False, on=DAY, environ={})
    assert isinstance(configuration, Configuration), configuration
    return configuration


@pytest.mark.parametrize("advisers", [1, 2, 3, 11, 12, 99, 100, 360, 999, 1000, 2000])
def test_a_demonstration_of_any_size_is_clean_and_has_so_many_advisers(tmp_path: Path, advisers: int) -> None:
    assert write_demo_configuration(tmp_path / "demo", advisers) == []
    configuration = read(tmp_path / "demo")
    assert list(configuration.rules.advisers) == adviser_ids(advisers)
    assert configuration.mode == "demo"
    assert configuration.demo
    assert isinstance(configuration.rules.shifts, AlwaysOnPhone)
    assert all(queue.size_max >= min(4 * advisers, 10_000) for queue in configuration.rules.queues.values())


def test_ids_are_as_in_the_shipped_configuration_below_a_hundred_and_sort_as_they_count() -> None:
    assert adviser_ids(3) == ["adv01", "adv02", "adv03"]
    for advisers in (12, 99, 100, 2000):
        ids = adviser_ids(advisers)
        assert ids == sorted(ids)
        assert len(set(ids)) == advisers


def test_twelve_advisers_have_the_skills_of_the_shipped_ones_and_more_have_them_in_the_same_shares(
    tmp_path: Path,
) -> None:
    shipped = read(Path(__file__).resolve().parents[2] / "config")
    write_demo_configuration(tmp_path / "12", 12)
    assert {one: rules.skills for one, rules in read(tmp_path / "12").rules.advisers.items()} == {
        one: rules.skills for one, rules in shipped.rules.advisers.items()
    }
    write_demo_configuration(tmp_path / "360", 360)
    first = Counter(
        next(queue for queue, level in rules.skills.items() if level == 1)
        for rules in read(tmp_path / "360").rules.advisers.values()
    )
    assert first == {QueueId("main"): 120, QueueId("dropout"): 120, QueueId("parcoursup"): 120}


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    (fault,) = write_demo_configuration(tmp_path, 3)
    assert fault.what == "is not empty"
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("advisers", [0, -1, 10_000])
def test_a_size_out_of_bounds_is_refused_and_nothing_is_written(tmp_path: Path, advisers: int) -> None:
    (fault,) = write_demo_configuration(tmp_path / "demo", advisers)
    assert fault.where == "--advisers"
    assert not (tmp_path / "demo").exists()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (fault,) = write_demo_configuration(tmp_path / "file" / "demo", 3)
    assert "cannot be written (Not a directory)" in fault.what
    (fault,) = write_demo_configuration(tmp_path / "file", 3)
    assert "cannot be written (Not a directory)" in fault.what


def test_a_shipped_configuration_that_is_at_fault_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "shipped").mkdir()
    faults = write_demo_configuration(tmp_path / "demo", 3, shipped=tmp_path / "shipped")
    assert {fault.what for fault in faults} == {"is missing", "the folder is missing"}
    assert not (tmp_path / "demo").exists()
