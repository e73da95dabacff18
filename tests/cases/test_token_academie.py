"""`dialer token add --academie`: what a token shows is settled when it is made, and a word that is no académie makes
none."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dialer.cli import app
from dialer.core.cases.responsible import Officer
from dialer.core.cases.visibility import National, viewer_of
from dialer.store import Store


class House:
    def __init__(self, state: Path) -> None:
        self.url = f"sqlite:///{state}/dialer.sqlite3"

    def add(self, *said: str) -> Result:
        env = {"DIALER_DATABASE_URL": self.url, "COLUMNS": "200"}
        return CliRunner().invoke(app, ["token", "add", "--scope", "cases:read", *said], env=env)

    def academies(self) -> list[str | None]:
        async def read() -> list[str | None]:
            store = await Store.open(self.url, lead=False)
            try:
                return [token.academie for token in await store.tokens()]
            finally:
                await store.close()

        return asyncio.run(read())


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_it_is_kept_by_its_code_however_it_was_written(house: House) -> None:
    for said in ("la reunion", "Académie de La Réunion", "28"):
        assert house.add("--name", "chantal", "--academie", said).exit_code == 0
    assert house.add().exit_code == 0
    assert house.academies() == ["28", "28", "28", None]


def test_what_is_no_academie_is_refused_with_those_near_it_and_all_faults_at_once(house: House) -> None:
    refused = house.add("--academie", "Pari", "--scope", "case:read")
    assert refused.exit_code == 1
    scope, academie = refused.stderr.splitlines()
    assert scope.startswith("scope 'case:read' is not known: choose from ")
    assert academie == "académie 'Pari' is not known: write \"Paris\""
    assert refused.stdout == ""
    assert house.academies() == []


def test_a_token_made_by_a_name_before_shows_what_it_did() -> None:
    by_name, by_code = viewer_of("anna", "La Réunion"), viewer_of("anna", "28")
    assert isinstance(by_name, Officer)
    assert by_name == by_code
    assert viewer_of("anna", None) == National()
