"""`dialer user`: accounts made and changed at the machine, beside a service that runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from typer.testing import CliRunner, Result

from dialer.access.passwords import Passwords, Verified
from dialer.cli import app
from dialer.core.access.account import Account, AccountId
from dialer.core.access.roles import Role
from dialer.core.cases.visibility import Everywhere
from dialer.core.change import Change
from dialer.core.words import record
from dialer.store import Store

T = TypeVar("T")
GOOD = "pluie sur le canal à midi"


class House:
    def __init__(self, state: Path, url: str) -> None:
        self.state, self.url = state, url

    def user(self, *said: str, typed: str | None = None) -> Result:
        env = {"DIALER_DATABASE_URL": self.url, "DIALER_STATE": str(self.state), "COLUMNS": "200"}
        return CliRunner().invoke(app, ["user", *said], env=env, input=typed)

    def add(self, id_: str = "anne", *said: str) -> Result:
        return self.user("add", id_, "--name", "Anne Leroux", *(said or ("--role", "admin")))

    def store(self, ask: Callable[[Store], Awaitable[T]], *, lead: bool = False) -> T:
        async def run() -> T:
            store = await Store.open(self.url, lead=lead)
            try:
                return await ask(store)
            finally:
                await store.close()

        return asyncio.run(run())

    def account(self, id_: str = "anne") -> Account:
        found = self.store(lambda store: store.access.account(AccountId(id_)))
        assert found is not None
        return found

    def audit(self) -> list[tuple[str, dict[str, object]]]:
        found = self.store(lambda store: store.access.untold())
        return [(entry.event, dict(entry.data)) for _, entry in found]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path, f"sqlite:///{tmp_path}/dialer.sqlite3")


def is_right(account: Account, text: str) -> bool:
    async def verify() -> bool:
        passwords = Passwords()
        try:
            verified = await passwords.verify(account.password, text)
        finally:
            await passwords.close()
        assert isinstance(verified, Verified)
        return verified.right

    return asyncio.run(verify())


def test_a_first_admin_is_made_at_the_machine_on_either_database_and_signs_in_with_what_they_were_told(
    tmp_path: Path, url: str
) -> None:
    house = House(tmp_path, url)
    made = house.add("anne", "--role", "admin", "--role", "officer", "--national")
    assert (made.exit_code, made.stderr) == (0, "")
    assert made.stdout == "anne: made; dialer user password anne lets them sign in\n"
    assert house.account().password is None
    given = house.user("password", "anne", "--password-stdin", typed=f"{GOOD}\n")
    assert given.exit_code == 0, given.output
    account = house.account()
    assert (account.roles, account.academies) == ({Role.ADMIN, Role.OFFICER}, Everywhere())
    assert is_right(account, GOOD)
    assert account.must_change
    assert [(event, data["by"]) for event, data in house.audit()] == [
        ("account_made", "machine"),
        ("account_password_set", "machine"),
    ]
    assert GOOD not in given.output + str(house.audit())


def test_it_is_done_beside_a_service_that_runs_which_goes_on_and_sees_it_at_once(tmp_path: Path, url: str) -> None:
    house = House(tmp_path, url)

    async def beside(service: Store) -> Account | None:
        made = await asyncio.to_thread(house.add)
        assert made.exit_code == 0, made.output
        at = datetime(2026, 11, 23, 9, tzinfo=UTC)
        await service.append([Change(at, records=[record(at, "link_lost")])])
        return await service.access.account(AccountId("anne"))

    assert house.store(beside, lead=True) is not None


def test_all_that_is_wrong_is_said_at_once_and_nothing_is_made(house: House) -> None:
    refused = house.add("Anne!", "--role", "chef", "--role", "admin", "--academie", "Pari", "--adviser", "adv99")
    assert refused.exit_code == 1
    lines = refused.stderr.splitlines()
    assert lines[0] == "--academie: 'Pari' is no académie — write \"Paris\""
    assert lines[1].startswith("--adviser: 'adv99' is no adviser of config — ")
    assert lines[2] == ("--role: 'chef' is no role — choose from adviser, supervisor, planner, officer, admin")
    assert lines[3].startswith("id: it is no id — ")
    assert lines[4:] == ["4 faults"]
    assert house.user("list").stdout == ""


@pytest.mark.parametrize(
    ("said", "where"),
    [
        (("--role", "adviser"), "adviser"),
        (("--role", "officer"), "academies"),
        (("--role", "admin", "--academie", "Paris"), "academies"),
        (("--role", "officer", "--academie", "Paris", "--national"), "--national"),
    ],
)
def test_duties_that_do_not_go_together_are_refused_of_a_new_account_and_of_one_that_is_there(
    house: House, said: tuple[str, ...], where: str
) -> None:
    assert house.add().exit_code == 0
    before = house.account()
    for refused in (house.add("leo", *said), house.user("roles", "anne", *said)):
        assert refused.exit_code == 1
        assert [line.split(":")[0] for line in refused.stderr.splitlines()[:-1]] == [where]
    assert house.account() == before
    assert len(house.user("list").stdout.splitlines()) == 1


def test_an_id_and_an_adviser_are_one_accounts_alone(house: House) -> None:
    assert house.add("anne", "--role", "adviser", "--adviser", "adv01").exit_code == 0
    for refused in (house.add(), house.add("leo", "--role", "adviser", "--adviser", "adv01")):
        assert refused.exit_code == 1
        assert "another account has this id, or is this adviser" in refused.stderr
    assert len(house.user("list").stdout.splitlines()) == 1


def test_an_account_is_disabled_enabled_and_given_other_roles_and_each_is_in_the_audit(house: House) -> None:
    house.add()
    assert house.user("disable", "anne").stdout == "anne: disabled; all their sessions are over\n"
    assert house.account().disabled_at is not None
    assert house.user("disable", "anne").stdout == "anne: it was so already\n"
    refused = house.user("roles", "anne", "--role", "planner")
    assert (refused.exit_code, refused.stderr) == (1, "anne: it is disabled — enable it first\n")
    refused = house.user("password", "anne", "--password-stdin", typed="abc-xyz")
    assert refused.stderr == "anne: it is disabled — enable it first\n"  # before anybody thinks of a better one
    assert house.user("enable", "anne").exit_code == 0
    given = house.user("roles", "anne", "--role", "officer", "--academie", "la reunion", "--academie", "Paris")
    assert given.stdout == "anne: officer from now on\n"
    assert house.account().academies == {"01", "28"}
    assert [event for event, _ in house.audit()] == [
        "account_made", "account_disabled", "account_enabled", "account_duties_given",
    ]  # fmt: skip


def test_who_is_not_there_is_not_changed(house: House) -> None:
    for said in (("disable",), ("enable",), ("roles", "--role", "planner"), ("password", "--password-stdin")):
        refused = house.user(said[0], "nobody", *said[1:], typed=GOOD)
        assert (refused.exit_code, refused.stderr) == (1, "nobody: there is no such account — see dialer user list\n")


def test_the_list_tells_who_may_do_what_and_how_they_sign_in_and_shows_no_hash(house: House) -> None:
    house.add("anne", "--role", "officer", "--national")
    house.add("bob", "--role", "adviser", "--role", "planner", "--adviser", "adv02")
    house.user("password", "bob", "--password-stdin", typed=GOOD)
    house.add("zoe")
    house.user("disable", "zoe")
    shown = house.user("list").stdout
    assert [" ".join(line.split()) for line in shown.splitlines()] == [
        "anne Anne Leroux officer all académies cannot sign in yet",
        "bob Anne Leroux adviser, planner adv02 password, to be changed",
        "zoe Anne Leroux admin - disabled",
    ]
    assert "argon2" not in shown


def test_a_password_is_never_an_argument_and_without_a_terminal_it_comes_by_standard_input_alone(house: House) -> None:
    house.add()
    assert house.user("password", "anne", GOOD).exit_code == 2
    refused = house.user("password", "anne", typed=f"{GOOD}\n{GOOD}\n")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "--password-stdin" in refused.stderr
    assert house.account().password is None


def test_at_a_terminal_it_is_asked_for_twice_and_never_shown(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.add()
    monkeypatch.setattr("dialer.cli_user._is_terminal", lambda: True)
    wrong_then_right = f"{GOOD}\nanother one\n{GOOD}\n{GOOD}\n"
    given = house.user("password", "anne", typed=wrong_then_right)
    assert given.exit_code == 0, given.output
    assert GOOD not in given.output
    assert is_right(house.account(), GOOD)


@pytest.mark.parametrize(("text", "told"), [("abc-xyz", "too short"), ("anne leroux anne leroux", "others would try")])
def test_a_password_that_others_would_try_is_refused_and_not_repeated(house: House, text: str, told: str) -> None:
    house.add()
    refused = house.user("password", "anne", "--password-stdin", typed=text)
    assert refused.exit_code == 1
    assert told in refused.stderr
    assert text not in refused.output
    assert house.account().password is None


def test_a_new_password_ends_what_was_open_and_no_session_that_is_made_after_it_even_under_a_shifted_clock(
    house: House,
) -> None:
    """The service's clock may be years from the machine's: the journal tells where it stands."""
    house.add()
    clock_at = datetime(2020, 3, 2, 9, tzinfo=UTC)
    shift = clock_at - datetime.now(UTC)
    (house.state / "clock.json").write_text(
        json.dumps({"asked": clock_at.isoformat(), "shift_s": shift.total_seconds()})
    )
    signed_in = record(clock_at, "signed_in", by="anne")
    house.store(lambda store: store.append([Change(clock_at, records=[signed_in])]), lead=True)
    house.user("password", "anne", "--password-stdin", typed=GOOD)
    from_ = house.account().sessions_from
    assert clock_at < from_ < clock_at + timedelta(seconds=1)


def test_an_account_that_another_version_wrote_is_told_and_not_guessed_at(house: House) -> None:
    house.add()

    async def spoil(store: Store) -> None:
        async with store._writer.transaction() as conn:
            await conn.exec_driver_sql('UPDATE accounts SET account = \'{"id": "anne"}\'')

    house.store(spoil)
    refused = house.user("list")
    assert refused.exit_code == 1
    assert "was written by another version" in refused.stderr
