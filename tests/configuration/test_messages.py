"""What an operator may say of the gateway that writes to people, and that without a word nobody is written to."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from dialer.configuration.messages import Messages
from tests.configuration.written import read, say, told

MESSAGES = '[messages]\nurl = "https://example.net/sms"\nsecret_env = "MESSAGES_SECRET"\n'


@pytest.mark.parametrize("demo", [True, False])
def test_nobody_is_written_to_unless_an_operator_says_so(folder: Path, demo: bool) -> None:
    assert read(folder, demo).messages is None


def test_people_are_reminded_two_hours_before_where_nothing_else_is_said(folder: Path) -> None:
    say(folder, MESSAGES)
    configuration = read(folder, MESSAGES_SECRET="hunter2")
    assert configuration.messages == Messages("https://example.net/sms", SecretStr("hunter2"), 10.0, None, 2.0)
    assert "hunter2" not in repr(configuration)


def test_everything_that_is_said_holds(folder: Path) -> None:
    say(folder, f'{MESSAGES}timeout_s = 3\nsender = "Mon rappel"\nremind_h = 0')
    configuration = read(folder, MESSAGES_SECRET="hunter2")
    assert configuration.messages == Messages("https://example.net/sms", SecretStr("hunter2"), 3.0, "Mon rappel", 0.0)


def test_what_is_shown_of_it_is_what_can_be_said(folder: Path) -> None:
    """The example in the file that is shipped, without its signs of a comment, is one."""
    shipped = (folder / "dialer.toml").read_text(encoding="utf-8")
    _, mark, after = shipped.partition("# [messages]\n")
    assert mark
    example = [line.removeprefix("# ") for line in after.split("\n\n")[0].split("\n")]
    say(folder, "\n".join(["[messages]", *example]))
    assert read(folder, MESSAGES_SECRET="s").messages == Messages(
        "https://example.net/sms", SecretStr("s"), 10.0, "Rappel", 2.0
    )


def test_in_a_demonstration_it_may_go_unsigned_and_nowhere_else(folder: Path) -> None:
    say(folder, MESSAGES.replace("https://example.net", "http://127.0.0.1:8099"))
    found = read(folder, demo=True).messages
    assert found is not None
    assert found.secret is None
    assert told(folder) == [
        "[messages] secret_env: the environment has no MESSAGES_SECRET — set MESSAGES_SECRET where the service starts"
    ]


@pytest.mark.parametrize("sender", ["Rappel", "Fil 12", "A1b", "36180", "+33199000001"])
def test_operators_take_a_short_name_or_a_number(folder: Path, sender: str) -> None:
    say(folder, f'{MESSAGES}sender = "{sender}"')
    found = read(folder, MESSAGES_SECRET="s").messages
    assert found is not None
    assert found.sender == sender


@pytest.mark.parametrize("sender", ["", "ab", "Un nom trop long", "Rappel!", " Rappel", "Élan", "12", "1" * 16])
def test_other_senders_are_refused(folder: Path, sender: str) -> None:
    say(folder, f'{MESSAGES}sender = "{sender}"')
    (fault,) = told(folder, MESSAGES_SECRET="s")
    assert fault == (
        f'[messages] sender: "{sender}" is no sender that operators take — write 3 to 11 letters, figures and blanks, '
        "a letter among them; or a number of figures alone"
    )


def test_what_is_wrong_is_told_all_at_once(folder: Path) -> None:
    say(folder, '[messages]\nurl = "http://example.net/sms"\ntimeout_s = 0.1\nremind_h = 49\nsecret = "hunter2"')
    lines = told(folder)
    assert [line.partition(":")[0] for line in lines] == [
        f"[messages] {key}" for key in ("remind_h", "secret", "secret_env", "timeout_s", "url")
    ]
    assert "hunter2" not in str(lines)


def test_the_example_of_a_whole_table_is_given_for_what_is_no_table(folder: Path) -> None:
    path = folder / "dialer.toml"
    path.write_text(f"messages = 1\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    assert told(folder) == ["[messages]: 1 is not a table — write [messages], and its keys below"]
