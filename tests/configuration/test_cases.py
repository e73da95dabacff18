"""After how long something is to be done in a case, and how long it is kept: what an operator may set of it."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest

from dialer.configuration.load import Configuration, read_configuration
from dialer.configuration.report import fault_lines
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.cases.escalation import EscalationRules
from dialer.core.cases.retention import RetentionRules, Term

DAY = date(2026, 11, 23)


def say(folder: Path, text: str) -> None:
    """In place of what the shipped file says of cases and retention."""
    path = folder / "dialer.toml"
    before, _, after = path.read_text(encoding="utf-8").partition("[cases]\n")
    path.write_text(f"{before}{text}\n# {after.partition('# The relay')[2]}", encoding="utf-8")


def read(folder: Path) -> Configuration:
    configuration = read_configuration(folder, False, on=DAY, environ={})
    assert isinstance(configuration, Configuration), configuration
    return configuration


def told(folder: Path) -> list[str]:
    found = read_configuration(folder, False, on=DAY, environ={})
    assert isinstance(found, list), "nothing was refused"
    return [line.removeprefix("config/dialer.toml ") for line in fault_lines(found)]


def test_what_is_shipped_is_what_holds_without_a_word(folder: Path) -> None:
    shipped = read(folder).rules
    say(folder, "")
    silent = read(folder).rules
    for rules in (shipped, silent):
        assert (rules.escalation, rules.retention) == (EscalationRules(), RetentionRules())
    assert shipped.version != silent.version


@pytest.mark.parametrize("key", [each.name for each in fields(EscalationRules)])
def test_each_of_the_days_may_be_set_and_takes_one_working_day_at_least(folder: Path, key: str) -> None:
    original = (folder / "dialer.toml").read_text(encoding="utf-8")
    say(folder, f"[cases]\n{key} = 7")
    assert read(folder).rules.escalation == EscalationRules(**{key: 7})
    (folder / "dialer.toml").write_text(original, encoding="utf-8")
    say(folder, f"[cases]\n{key} = 0")
    (fault,) = told(folder)
    assert fault.startswith(f"[cases] {key}: 0 is out of bounds — write a number from 1 to ")


def test_an_outcome_may_have_a_term_of_its_own_and_the_rest_of_it_is_as_of_all(folder: Path) -> None:
    say(folder, "[retention]\nfull_months = 2\n[retention.HORS_CHAMP]\nfull_months = 0\n[retention.RDV_FIXE]\n"
                "archive_months = 6")  # fmt: skip
    assert read(folder).rules.retention == RetentionRules(
        Term(2, 12), {CallbackOutcome.HORS_CHAMP: Term(0, 12), CallbackOutcome.RDV_FIXE: Term(2, 6)}
    )


def test_no_archive_is_kept_for_longer_than_a_year_and_all_that_is_wrong_is_told_at_once(folder: Path) -> None:
    say(
        folder,
        "[cases]\nlate_days = 1.5\nlater_days = 2\n[retention]\narchive_months = 13\nfull_months = -1\nRDV = 1\n"
        "[retention.A_RAPPELER]\nfull_months = 1\n[retention.ORIENTE]\narchive_months = 24\nmonths = 1\n"
        '[retention.Refus]\nfull_months = "3"',
    )
    lines = told(folder)
    assert [line.partition(" — ")[0] for line in lines] == [
        "[cases] late_days: 1.5 is not a whole number",
        "[cases] later_days: is not a key here",
        '[retention.A_RAPPELER]: "A_RAPPELER" ends no case',
        "[retention.ORIENTE] archive_months: 24 is out of bounds",
        "[retention.ORIENTE] months: is not a key here",
        "[retention] RDV: is not a key here",
        "[retention] Refus: is not a key here",
        "[retention] archive_months: 13 is out of bounds",
        "[retention] full_months: -1 is out of bounds",
    ]
    assert "write a number from 0 to 12" in lines[7]


@pytest.mark.parametrize("table", ["cases", "retention"])
def test_what_is_no_table_is_told_with_how_one_is_written(folder: Path, table: str) -> None:
    say(folder, "")
    path = folder / "dialer.toml"
    path.write_text(f"{table} = 1\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    assert told(folder) == [f"[{table}]: 1 is not a table — write [{table}], and its keys below"]
