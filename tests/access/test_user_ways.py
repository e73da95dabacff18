"""`dialer user unlock`, `link`, `unlink`, and accounts of officers that say otherwise than officers.toml."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dialer.cli import app
from dialer.core.access.account import Subject
from tests.access.test_user_command import GOOD, House

CONFIG = Path(__file__).resolve().parents[2] / "config"
ISSUER = "https://provider.example.net/api/v2"
OIDC = (
    '\n[web]\npublic_url = "https://filvert.example.net"\n\n[oidc]\n'
    f'issuer = "{ISSUER}"\nclient_id = "fil-vert"\nsecret_env = "OIDC_SECRET"\n'
)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """With a configuration of its own beside it, that speaks of a provider."""
    shutil.copytree(CONFIG, tmp_path / "config")
    with (tmp_path / "config/dialer.toml").open("a", encoding="utf-8") as file:
        file.write(OIDC)
    monkeypatch.setenv("DIALER_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("OIDC_SECRET", "hunter2")
    return House(tmp_path, f"sqlite:///{tmp_path}/dialer.sqlite3")


def check(house: House, *said: str) -> Result:
    env = {"DIALER_DATABASE_URL": house.url, "DIALER_STATE": str(house.state), "COLUMNS": "200"}
    return CliRunner().invoke(app, ["check", *said], env=env)


def test_a_pardon_is_kept_for_the_service_to_find_and_is_in_the_audit(house: House) -> None:
    house.add("claire")
    unlocked = house.user("unlock", "claire")
    assert (unlocked.exit_code, unlocked.stdout) == (0, "claire: may try again at once\n")
    first = house.account("claire").pardoned_at
    assert first is not None
    house.user("unlock", "claire")
    again = house.account("claire").pardoned_at
    assert again is not None
    assert again > first
    assert [event for event, _ in house.audit()] == ["account_made", "account_pardoned", "account_pardoned"]
    assert house.audit()[-1][1] == {"account": "claire", "by": "machine"}


def test_nobody_who_is_not_there_or_disabled_is_unlocked(house: House) -> None:
    assert house.user("unlock", "nobody").exit_code == 1
    house.add("claire")
    house.user("disable", "claire")
    refused = house.user("unlock", "claire")
    assert (refused.exit_code, refused.stderr) == (1, "claire: it is disabled — enable it first\n")


def test_who_is_linked_signs_in_by_the_provider_of_the_configuration_and_no_two_are_the_same_there(
    house: House,
) -> None:
    house.add("claire")
    linked = house.user("link", "claire", "--subject", "3a5f0c66d1")
    assert (linked.exit_code, linked.stdout) == (0, "claire: signs in by ProConnect too\n")
    assert house.account("claire").subject == Subject(ISSUER, "3a5f0c66d1")
    assert house.user("link", "claire", "--subject", "3a5f0c66d1").stdout == "claire: it was so already\n"
    house.add("omar")
    taken = house.user("link", "omar", "--subject", "3a5f0c66d1")
    assert (taken.exit_code, "is linked so" in taken.stderr) == (1, True)
    assert "3a5f0c66d1" not in str(house.audit())
    assert house.user("link", "omar", "--subject", "").exit_code == 1


def test_who_has_no_password_is_not_unlinked_and_who_has_is(house: House) -> None:
    house.add("claire")
    house.user("link", "claire", "--subject", "x")
    assert house.user("unlink", "claire").exit_code == 1
    house.user("password", "claire", "--password-stdin", typed=f"{GOOD}\n")
    assert house.user("unlink", "claire").stdout == "claire: signs in by password alone\n"
    assert house.account("claire").subject is None


def test_nobody_is_linked_to_a_provider_that_nobody_wrote_down(house: House) -> None:
    shutil.copy(CONFIG / "dialer.toml", house.state / "config/dialer.toml")
    house.add("claire")
    refused = house.user("link", "claire", "--subject", "x")
    assert (refused.exit_code, refused.stderr) == (
        1, "[oidc]: dialer.toml speaks of no provider — write it first: docs/accounts.md\n",
    )  # fmt: skip


def test_the_check_tells_every_officer_whose_account_says_otherwise_and_nobody_else(house: House) -> None:
    assert check(house).exit_code == 0, "there is no account yet, nor any database"
    assert not (house.state / "dialer.sqlite3").exists()
    for id_, said in {
        "anne": ("--role", "officer", "--academie", "Paris"), "bakary": ("--role", "officer", "--national"),
        "chantal": ("--role", "officer", "--academie", "Mayotte"), "denis": ("--role", "officer", "--academie", "Lyon"),
    }.items():  # fmt: skip
        assert house.add(id_, *said).exit_code == 0
    found = check(house)
    assert found.exit_code == 1
    lines = [line.partition("officers.toml ")[2].partition(" — ")[0] for line in found.stderr.splitlines()[:-1]]
    assert lines == [
        "[bakary]: Créteil, Versailles here, and all académies in the account bakary",
        "[chantal]: La Réunion, Mayotte here, and Mayotte in the account chantal",
    ]
    house.user("disable", "bakary")
    house.user("roles", "chantal", "--role", "admin")
    found = check(house)
    assert [line.partition(" — ")[0].partition("officers.toml ")[2] for line in found.stderr.splitlines()[:-1]] == [
        "[chantal]: the account chantal is there, and is no officer"
    ]
    assert check(house, str(house.state / "config")).exit_code == 0, "a folder that is named is checked by itself"
