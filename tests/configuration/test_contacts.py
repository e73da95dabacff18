"""contacts.toml: the reasons of each line, and what it must agree with."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialer.configuration.load import Configuration, read_configuration
from dialer.core.contacts.reason import ContactReason
from dialer.core.words import LineId


def told(folder: Path) -> list[str]:
    found = read_configuration(folder, False, environ={})
    return [] if isinstance(found, Configuration) else [f"{each.where}: {each.what} — {each.mend}" for each in found]


def read(folder: Path) -> Configuration:
    found = read_configuration(folder, False, environ={})
    assert isinstance(found, Configuration), found
    return found


def test_the_reasons_of_each_line_come_in_the_order_in_which_they_are_written(folder: Path) -> None:
    (folder / "contacts.toml").write_text(
        '[main]\nz = "  Zones  "\na = "Aides"\n[dropout]\nx = "X"\n[parcoursup]\nx = "X"\n', encoding="utf-8"
    )
    reasons = read(folder).rules.contact_reasons
    assert reasons[LineId("main")] == (ContactReason("z", "Zones"), ContactReason("a", "Aides"))


def test_the_shipped_lines_all_have_reasons_with_one_for_whatever_else_and_every_queue_asks_for_them(
    folder: Path,
) -> None:
    rules = read(folder).rules
    assert rules.contact_reasons.keys() == rules.lines.keys()
    assert all(reasons[-1].id == "autre" and 5 <= len(reasons) <= 12 for reasons in rules.contact_reasons.values())
    assert all(queue.contact_required for queue in rules.queues.values())
    assert rules.retention.notes_days == 90


def test_without_the_file_nobody_is_asked_for_reasons_and_no_queue_may_require_them(folder: Path) -> None:
    (folder / "contacts.toml").unlink()
    assert told(folder) == [
        f"config/contacts.toml [{line}]: is missing, and [main] of queues.toml asks for the contact of each call — "
        f'write [{line}], and below it bourses = "Bourses et aides", or contact_required = false in queues.toml'
        for line in ("dropout", "main", "parcoursup")
    ]
    queues = folder / "queues.toml"
    queues.write_text(queues.read_text().replace("contact_required = true", "contact_required = false"))
    assert dict(read(folder).rules.contact_reasons) == {}


@pytest.mark.parametrize(
    ("written", "told_of_it"),
    [
        ('[loisirs]\nx = "X"', ['[loisirs]: there is no line "loisirs" — use dropout, main, parcoursup']),
        ("[main]", ['[main]: has no reasons — write bourses = "Bourses et aides", one on each line']),
        (
            '[main]\nBourses = "B"',
            ['[main] Bourses: "Bourses" cannot name a reason — use small letters, figures and _'],
        ),
        ("[main]\nx = 3", ['[main] x: 3 is not text between quotes — write x = "Bourses"']),
        ('[main]\nx = " "', ['[main] x: " " is not a name for people — write one to 80 letters on one line']),
        ('[main]\nx = "Aides"\ny = "aides"', ['[main] y: "aides" is what x is called too — give each its own words']),
        (
            "[main]\n" + "\n".join(f'r{number} = "R{number}"' for number in range(41)),
            ["[main]: has 41 reasons — write at most 40"],
        ),
    ],
)
def test_what_cannot_be_a_reason_is_told_with_its_place_and_its_mend(
    folder: Path, written: str, told_of_it: list[str]
) -> None:
    others = [f'[{line}]\nx = "X"' for line in ("dropout", "main", "parcoursup") if f"[{line}]" not in written]
    (folder / "contacts.toml").write_text("\n".join([written, *others]) + "\n", encoding="utf-8")
    assert told(folder) == [f"config/contacts.toml {each}" for each in told_of_it]


def test_lines_that_are_all_one_table_are_told(folder: Path) -> None:
    (folder / "contacts.toml").write_text('main = "Bourses"\n[dropout]\nx = "X"\n[parcoursup]\nx = "X"\n')
    assert told(folder)[0] == (
        'config/contacts.toml [main]: "Bourses" is not a table — write [main], and its reasons below'
    )


def test_a_queue_cannot_both_end_its_wrap_up_ready_and_ask_for_the_contact_first(folder: Path) -> None:
    queues = folder / "queues.toml"
    queues.write_text(queues.read_text().replace("size_max = 50", "size_max = 50\nwrap_up_then_ready = true"))
    assert told(folder) == [
        "config/queues.toml [main] wrap_up_then_ready: nobody is ready at the end of a wrap-up whose contact is "
        "required — write wrap_up_then_ready = false, or contact_required = false"
    ]


@pytest.mark.parametrize(("days", "whole"), [(1, True), (365, True), (0, False), (366, False)])
def test_notes_are_kept_for_a_day_to_a_year(folder: Path, days: int, whole: bool) -> None:
    file = folder / "dialer.toml"
    file.write_text(file.read_text().replace("notes_days = 90", f"notes_days = {days}"))
    if whole:
        assert read(folder).rules.retention.notes_days == days
    else:
        assert told(folder) == [
            f"config/dialer.toml [retention] notes_days: {days} is out of bounds — write a number from 1 to 365"
        ]
