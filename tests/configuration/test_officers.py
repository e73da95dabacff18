"""Who the officers are, as an operator writes it, and what they are told when it cannot be so."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from dialer.configuration.load import Configuration, read_configuration
from dialer.configuration.report import fault_lines
from dialer.core.cases.responsible import Officer, OfficerId
from dialer.core.places.academie import ACADEMIES, AcademieCode

DAY = date(2026, 11, 23)


def say(folder: Path, text: str) -> None:
    (folder / "officers.toml").write_text(text, encoding="utf-8")


def read(folder: Path) -> Configuration:
    configuration = read_configuration(folder, False, on=DAY, environ={})
    assert isinstance(configuration, Configuration), configuration
    return configuration


def told(folder: Path) -> list[str]:
    found = read_configuration(folder, False, on=DAY, environ={})
    assert isinstance(found, list), "nothing was refused"
    return [line.removeprefix("config/officers.toml ") for line in fault_lines(found)]


def officer(name: str = "anna", academies: str = '["Paris"]', more: str = "") -> str:
    return f'[{name}]\nname = "Anna Petit"\nacademies = {academies}\n{more}\n'


def test_where_no_file_names_any_there_are_no_officers(folder: Path) -> None:
    (folder / "officers.toml").unlink()
    assert read(folder).rules.officers == {}


def test_an_officer_has_their_academies_by_code_their_name_and_where_their_digest_goes(folder: Path) -> None:
    say(folder, officer(academies='["la reunion", "Académie de Mayotte", "01"]', more='mail = "anna@example.net"'))
    assert read(folder).rules.officers == {
        "anna": Officer(
            OfficerId("anna"), frozenset(map(AcademieCode, ("28", "43", "01"))), "Anna Petit", "anna@example.net"
        )
    }


def test_every_academie_may_be_written_by_its_name(folder: Path) -> None:
    say(folder, "".join(officer(f"of{each.code}", f'["{each.name}"]') for each in ACADEMIES.values()))
    officers = read(folder).rules.officers
    assert {name: each.academies for name, each in officers.items()} == {f"of{code}": {code} for code in ACADEMIES}


def test_an_officer_may_be_an_adviser_too(folder: Path) -> None:
    say(folder, officer("adv05"))
    rules = read(folder).rules
    assert set(rules.officers) <= set(rules.advisers)


def test_another_officer_is_another_version_of_the_configuration(folder: Path) -> None:
    versions = set()
    for text in (officer(), officer("bruno"), ""):
        say(folder, text)
        versions.add(read(folder).version)
    (folder / "officers.toml").unlink()
    versions.add(read(folder).version)
    assert len(versions) == 4


def test_all_that_is_wrong_is_told_at_once_with_the_academies_that_may_be_meant(folder: Path) -> None:
    say(
        folder,
        officer("Anna", '["Pari", "Paris"]')
        + officer("demo")
        + officer("bruno", '["La Reunionn"]', 'mail = "Bruno <b@example.net>"')
        + officer("carl", '["Atlantide-sur-Rien"]', "phone = 1")
        + "[dora]\nacademies = []\n"
        + "[emil]\nname = 5\nacademies = 5\n",
    )
    assert [line.replace("use at most 40 small letters and figures, a letter first", "…") for line in told(folder)] == [
        '[Anna]: "Anna" cannot be the name of a token — …, with . _ or - between, as anna',
        '[Anna] academies 1: "Pari" is no académie — write "Paris"',
        '[bruno] academies 1: "La Reunionn" is no académie — write "La Réunion"',
        '[bruno] mail: "Bruno <b@example.net>" is not an address of e-mail — write one as name@example.net, and '
        "nothing else",
        '[carl] academies 1: "Atlantide-sur-Rien" is no académie — write the name of an académie, as "Paris", or its '
        'code, as "01"',
        "[carl] phone: is not a key here — use name, academies, mail",
        '[demo]: "demo" is taken by the system — choose another id, as anna',
        '[dora] academies: [] cannot be used — write academies = ["Paris"]',
        '[dora] name: is missing — write name = "Anne Leroux"',
        '[emil] academies: 5 is not a list — write academies = ["Paris"]',
        '[emil] name: 5 is not text between quotes — write name = "Anne Leroux"',
    ]


@pytest.mark.parametrize(
    "mail",
    ["", "anna", "anna@", "@example.net", "anna@example", "a b@example.net", "a@x.net\\nBcc: b@x.net", "é@x.net"],
)
def test_what_a_relay_might_read_as_more_than_one_address_is_refused(folder: Path, mail: str) -> None:
    say(folder, officer(more=f'mail = "{mail}"'))
    (fault,) = told(folder)
    assert fault.startswith("[anna] mail: ")


def test_a_file_that_cannot_be_read_is_told_and_is_not_taken_for_none(folder: Path) -> None:
    say(folder, "[anna\n")
    (fault,) = told(folder)
    assert "is not TOML" in fault
    (folder / "officers.toml").unlink()
    (folder / "officers.toml").mkdir()
    assert told(folder) == ["config/officers.toml: is a folder — put a file of this name there"]


def test_the_shipped_officers_are_invented_and_their_mail_goes_nowhere(folder: Path) -> None:
    officers = read(folder).rules.officers
    assert officers
    assert all(each.mail is None or each.mail.endswith("@example.net") for each in officers.values())
