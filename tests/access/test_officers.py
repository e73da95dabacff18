"""Officers who have an account and stand in officers.toml: one truth, and nobody sees more by an oversight."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from dialer.core.access import audit
from dialer.core.access.account import Account, Duties, faults_of_officers, new_account, viewer_of
from dialer.core.access.roles import Role
from dialer.core.cases.responsible import Officer, OfficerId
from dialer.core.cases.visibility import Everywhere, National
from dialer.core.places.academie import AcademieCode, named
from dialer.core.words import Instant

T0: Instant = datetime(2026, 11, 23, 9, tzinfo=UTC)


def codes(*names: str) -> frozenset[AcademieCode]:
    found = [named(name) for name in names]
    return frozenset(each.code for each in found if each is not None)


def made(id_: str, academies: Everywhere | frozenset[AcademieCode], *roles: Role) -> Account:
    account = new_account(id_, "Anne", Duties(frozenset(roles or {Role.OFFICER}), academies=academies), T0)
    assert isinstance(account, Account), account
    return account


def configured(id_: str, *names: str) -> dict[OfficerId, Officer]:
    return {OfficerId(id_): Officer(OfficerId(id_), codes(*names), "Anne Leroux", "anne@example.net")}


def test_an_officer_sees_what_account_and_file_both_say_and_without_the_file_what_the_account_says() -> None:
    anne = made("anne", codes("Paris", "Lyon"))
    for officers, sees in (
        ({}, codes("Paris", "Lyon")),
        (configured("anne", "Paris", "Lyon"), codes("Paris", "Lyon")),
        (configured("anne", "Paris", "Créteil"), codes("Paris")),
        (configured("anne", "Créteil"), frozenset()),
        (configured("bakary", "Créteil"), codes("Paris", "Lyon")),
    ):
        viewer = viewer_of(anne, officers)
        assert isinstance(viewer, Officer)
        assert (viewer.id, viewer.academies) == ("anne", sees)


def test_national_coordination_sees_all_unless_the_file_says_less() -> None:
    anne = made("anne", Everywhere())
    assert viewer_of(anne) == viewer_of(anne, configured("bakary", "Paris")) == National()
    narrowed = viewer_of(anne, configured("anne", "Paris"))
    assert isinstance(narrowed, Officer)
    assert narrowed.academies == codes("Paris")


def test_who_is_no_officer_sees_no_case_whatever_the_file_says() -> None:
    viewer = viewer_of(made("anne", frozenset(), Role.ADMIN), configured("anne", "Paris"))
    assert isinstance(viewer, Officer)
    assert viewer.academies == frozenset()


def test_every_account_that_says_otherwise_is_told_at_once_with_how_to_mend_it() -> None:
    officers = (
        configured("anne", "Paris") | configured("bakary", "Créteil", "Versailles") | configured("chantal", "Lyon")
    )
    accounts = [
        made("anne", codes("Paris")), made("bakary", Everywhere()), made("chantal", frozenset(), Role.ADMIN),
        made("denis", codes("Lyon")),
    ]  # fmt: skip
    told = [str(fault) for fault in faults_of_officers(accounts, officers, "config/officers.toml")]
    assert told == [
        "config/officers.toml [bakary]: Créteil, Versailles here, and all académies in the account bakary — "
        "dialer user roles bakary with the académies of the file, or change the file",
        "config/officers.toml [chantal]: the account chantal is there, and is no officer — "
        "dialer user roles chantal --role officer, with the same académies; or another id in the file",
    ]
    gone = [replace(each, disabled_at=T0) for each in accounts]
    assert faults_of_officers(gone, officers, "config/officers.toml") == []


def test_a_look_at_many_is_told_by_the_hundred_with_ids_alone() -> None:
    ids = [f"c{n:04}" for n in range(150)]
    told = [dict(each.data) for each in audit.looked(made("anne", Everywhere()).id, "call", ids, T0)]
    assert [len(str(each["which"]).split()) for each in told] == [100, 50]
    assert told[0] | {"which": ""} == {"by": "anne", "what": "call", "which": ""}
