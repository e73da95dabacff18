"""What an operator may say of the relay that writes to officers, and that without a word nobody is written to."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest
from pydantic import SecretStr

from dialer.configuration.digest import DigestMail
from tests.configuration.written import read, say, told

DIGEST = '[digest]\nhost = "mail.example.net"\nsender = "fil-vert@example.net"\n'
ACCOUNT = 'user = "fil-vert"\npassword_env = "DIGEST_PASSWORD"\n'


@pytest.mark.parametrize("demo", [True, False])
def test_no_officer_is_written_to_unless_an_operator_says_so(folder: Path, demo: bool) -> None:
    assert read(folder, demo).digest is None


def test_mail_leaves_under_tls_at_half_past_seven_where_nothing_else_is_said(folder: Path) -> None:
    say(folder, DIGEST)
    assert read(folder).digest == DigestMail(
        "mail.example.net", 587, "starttls", "fil-vert@example.net", at=time(7, 30), timeout_s=10.0
    )


def test_everything_that_is_said_holds_and_the_password_is_shown_to_nobody(folder: Path, tmp_path: Path) -> None:
    authority = tmp_path / "relay.pem"
    authority.touch()
    say(folder, f'{DIGEST}{ACCOUNT}tls = "tls"\nat = "06:45"\ncertificates = "{authority}"\ntimeout_s = 3\n'
                'service = "tous@example.net"')  # fmt: skip
    configuration = read(folder, DIGEST_PASSWORD="hunter2")
    assert configuration.digest == DigestMail(
        "mail.example.net", 465, "tls", "fil-vert@example.net", "fil-vert", SecretStr("hunter2"), authority, 3.0,
        time(6, 45), "tous@example.net",
    )  # fmt: skip
    assert "hunter2" not in repr(configuration)


def test_what_is_shown_of_it_is_what_can_be_said(folder: Path) -> None:
    """The example in the file that is shipped, without its signs of a comment, is one."""
    _, mark, after = (folder / "dialer.toml").read_text(encoding="utf-8").partition("# [digest]\n")
    assert mark
    say(folder, "\n".join(["[digest]", *(line.removeprefix("# ") for line in after.split("\n\n")[0].split("\n"))]))
    found = read(folder, DIGEST_PASSWORD="s").digest
    assert found is not None
    assert (found.host, found.user, found.service) == ("mail.example.net", "fil-vert", "coordination@example.net")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_nothing_travels_in_clear_but_on_this_machine(folder: Path, host: str) -> None:
    original = (folder / "dialer.toml").read_text(encoding="utf-8")
    here = DIGEST.replace("mail.example.net", host)
    say(folder, f'{here}tls = "none"')
    found = read(folder).digest
    assert found is not None
    assert found.port == 25
    (folder / "dialer.toml").write_text(original, encoding="utf-8")
    say(folder, f'{DIGEST}tls = "none"')
    assert told(folder) == [
        '[digest] tls: "mail.example.net" is another machine, and the password and the text would travel in clear — '
        'write tls = "starttls", or "tls"'
    ]


def test_in_a_demonstration_it_may_go_without_a_password_and_nowhere_else(folder: Path) -> None:
    say(folder, DIGEST + ACCOUNT)
    found = read(folder, demo=True).digest
    assert found is not None
    assert (found.user, found.password) == (None, None)
    assert told(folder) == [
        "[digest] password_env: the environment has no DIGEST_PASSWORD — set DIGEST_PASSWORD where the service starts"
    ]


def test_what_is_wrong_is_told_all_at_once_and_no_password_with_it(folder: Path) -> None:
    say(
        folder,
        '[digest]\nhost = "no host"\nport = 0\ntls = "ssl"\nuser = ""\npassword = "hunter2"\ntimeout_s = 0.1\n'
        'at = "7h30"\nservice = "x"\ncertificates = "relay.pem"',
    )
    lines = told(folder)
    assert [line.partition(":")[0] for line in lines] == [
        f"[digest] {key}"
        for key in ("at", "certificates", "host", "password", "port", "sender", "service", "timeout_s", "tls", "user")
    ]
    assert "hunter2" not in str(lines)


@pytest.mark.parametrize("account", ['user = "fil-vert"', 'password_env = "DIGEST_PASSWORD"'])
def test_a_user_and_a_password_come_together(folder: Path, account: str) -> None:
    say(folder, DIGEST + account)
    (fault,) = told(folder, DIGEST_PASSWORD="s")
    assert fault.endswith(": is missing beside the other — write both, or neither")


@pytest.mark.parametrize("at", ["24:00", "7:30", "07:60", "", "0730"])
def test_an_hour_is_one_of_the_day(folder: Path, at: str) -> None:
    say(folder, f'{DIGEST}at = "{at}"')
    assert told(folder) == [f'[digest] at: "{at}" is not an hour of the day — write at = "07:30"']
