"""danger.toml: whom the danger key reaches, and what an operator may get wrong in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialer.configuration.load import Configuration, read_configuration
from dialer.core.rules import DangerTarget
from tests.configuration.test_refusals import DAY, told

EITHER = ' — write number = "119", or advisers = ["adv01"]'
MEND = 'is no number of help — write a short one, as "119", or an ordinary French one'


def of(folder: Path, text: str) -> dict[str, DangerTarget]:
    (folder / "danger.toml").write_text(text, encoding="utf-8")
    read = read_configuration(folder, False, on=DAY, environ={})
    assert isinstance(read, Configuration), read
    return dict(read.rules.danger)


def test_the_shipped_key_reaches_a_supervisor_first_and_then_the_numbers_of_help(folder: Path) -> None:
    read = read_configuration(folder, False, on=DAY, environ={})
    assert isinstance(read, Configuration)
    danger = read.rules.danger
    assert list(danger) == ["supervisor", "119", "3018", "3114", "15"]
    assert all(each in read.rules.advisers for each in danger["supervisor"].supervisors)
    assert [danger[key].number for key in list(danger)[1:]] == ["119", "3018", "3114", "15"]


def test_a_number_is_short_or_an_ordinary_one_and_is_kept_as_it_is_dialled(folder: Path) -> None:
    found = of(
        folder,
        """
[europe]
name = "116 000"
number = "116 000"
[night]
name = "Astreinte"
number = "01 99 00 00 01"
""",
    )
    assert [each.number for each in found.values()] == ["116000", "+33199000001"]


def test_without_the_file_there_is_no_danger_key(folder: Path) -> None:
    (folder / "danger.toml").unlink()
    read = read_configuration(folder, False, on=DAY, environ={})
    assert isinstance(read, Configuration)
    assert read.rules.danger == {}


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ('[a]\nname = "A"', ["[a]: has neither a number nor advisers" + EITHER]),
        ('[a]\nname = "A"\nnumber = "119"\nadvisers = ["adv01"]',
         ["[a]: has both a number and advisers" + EITHER]),
        ('[a]\nname = "A"\nadvisers = ["zoe", "adv01", "max"]',
         ["[a] advisers: \"max\" is no adviser — use the ids of advisers.toml",
          "[a] advisers: \"zoe\" is no adviser — use the ids of advisers.toml"]),
        ('[a]\nname = "A"\nadvisers = []', ["[a] advisers: [] cannot be used — write advisers = [\"adv01\"]"]),
        ('[a]\nname = "A"\nnumber = 119', ["[a] number: 119 is not text between quotes — write number = \"119\""]),
        ('[a]\nnumber = "1"', ["[a] name: is missing — write name = \"119, enfance en danger\"",
         "[a] number: \"1\" " + MEND]),
        ('[a]\nname = "A"\nnumber = "0899 00 00 01"',
         ["[a] number: \"0899 00 00 01\" " + MEND]),
        ('[a]\nname = "A"\nnumber = "+1 202 555 0100"',
         ["[a] number: \"+1 202 555 0100\" " + MEND]),
        ('[A-1]\nname = "A"\nnumber = "119"',
         ["[A-1]: \"A-1\" cannot name who helps — use small letters, figures and _"]),
        ('a = 1', ["[a]: 1 is not a table — write [a], and its keys below"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_all_at_once_with_where_and_how_to_mend_it(
    folder: Path, text: str, faults: list[str]
) -> None:
    (folder / "danger.toml").write_text(text, encoding="utf-8")
    assert told(folder) == [f"config/danger.toml {each}" for each in faults]
