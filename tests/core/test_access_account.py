"""Accounts: every state with every event, faults all at once, and nobody who takes the way back from themselves."""

# ruff: noqa: E501 — the table is wide

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.access import account as accounts
from dialer.core.access.account import (
    MACHINE,
    RESERVED,
    Account,
    AccountEvent,
    AccountId,
    AccountRefusal,
    Disabled,
    Duties,
    DutiesGiven,
    Enabled,
    Pardoned,
    PasswordRehashed,
    PasswordSet,
    Subject,
    SubjectLinked,
    SubjectUnlinked,
    clash,
    faults_of,
    new_account,
    transition,
    viewer_of,
)
from dialer.core.access.roles import Role
from dialer.core.cases.responsible import Officer, OfficerId
from dialer.core.cases.visibility import Everywhere, National
from dialer.core.places.academie import AcademieCode
from dialer.core.words import AdviserId
from tests.core.matrix import parse

T0 = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
NOW = T0 + timedelta(days=3)
ME, BOSS = AccountId("claire"), AccountId("boss")
PARIS = AcademieCode("01")
HERE, THERE = Subject("https://idp.example.net", "1"), Subject("https://idp.example.net", "2")
ADMIN = Duties(frozenset({Role.ADMIN}))
OFFICER = Duties(frozenset({Role.OFFICER}), academies=frozenset({PARIS}))


def made(duties: Duties = ADMIN) -> Account:
    found = new_account(ME, "Claire", duties, T0)
    assert isinstance(found, Account)
    return found


STATES: dict[str, Account] = {
    "new": made(),
    "with password": replace(made(), password="hash"),
    "must change": replace(made(), password="hash", must_change=True),
    "linked": replace(made(), subject=HERE),
    "both": replace(made(), password="hash", subject=HERE),
    "disabled": replace(made(), password="hash", disabled_at=T0),
}
EVENTS: dict[str, AccountEvent] = {
    "sets own password": PasswordSet(NOW, ME, "other"),
    "is given a password": PasswordSet(NOW, BOSS, "other"),
    "rehashed": PasswordRehashed(NOW, "hash", "other"),
    "rehashed, late": PasswordRehashed(NOW, "older", "other"),
    "linked": SubjectLinked(NOW, ME, HERE),
    "linked to another": SubjectLinked(NOW, ME, THERE),
    "linked to nobody": SubjectLinked(NOW, ME, Subject("", "")),
    "unlinked": SubjectUnlinked(NOW, ME),
    "other duties": DutiesGiven(NOW, BOSS, OFFICER),
    "the same duties": DutiesGiven(NOW, BOSS, ADMIN),
    "faulty duties": DutiesGiven(NOW, BOSS, Duties(frozenset())),
    "lays admin down": DutiesGiven(NOW, ME, OFFICER),
    "disabled": Disabled(NOW, BOSS),
    "disabled by the machine": Disabled(NOW, MACHINE),
    "disables themselves": Disabled(NOW, ME),
    "enabled": Enabled(NOW, BOSS),
    "pardoned": Pardoned(NOW, MACHINE),
}
TABLE = """
event                   | new          | with password | must change   | linked       | both         | disabled
sets own password       | password !   | password !    | password own ! | password !  | password !   | disabled
is given a password     | password given ! | password given ! | password ! | password given ! | password given ! | disabled
rehashed                | ·            | password      | password      | ·            | password     | disabled
rehashed, late          | ·            | ·             | ·             | ·            | ·            | disabled
linked                  | linked       | linked        | linked        | ·            | ·            | disabled
linked to another       | linked       | linked        | linked        | linked !     | linked !     | disabled
linked to nobody        | not_whole    | not_whole     | not_whole     | not_whole    | not_whole    | disabled
unlinked                | ·            | ·             | ·             | no_way_in    | unlinked !   | disabled
other duties            | duties !     | duties !      | duties !      | duties !     | duties !     | disabled
the same duties         | ·            | ·             | ·             | ·            | ·            | disabled
faulty duties           | not_whole    | not_whole     | not_whole     | not_whole    | not_whole    | disabled
lays admin down         | own_account  | own_account   | own_account   | own_account  | own_account  | disabled
disabled                | off !        | off !         | off !         | off !        | off !        | ·
disabled by the machine | off !        | off !         | off !         | off !        | off !        | ·
disables themselves     | own_account  | own_account   | own_account   | own_account  | own_account  | own_account
enabled                 | ·            | ·             | ·             | ·            | ·            | on !
pardoned                | pardoned     | pardoned      | pardoned      | pardoned     | pardoned     | disabled
"""
CELLS = parse(TABLE)


def cell(state: str, event: str) -> str:
    """What changed, and `!` when sessions from before count no more; the refusal; `·` nothing."""
    before, after = STATES[state], transition(STATES[state], EVENTS[event])
    if isinstance(after, AccountRefusal):
        return after.value
    words: list[str] = []
    if after.password != before.password:
        words.append("password")
    if after.must_change != before.must_change:
        words.append("given" if after.must_change else "own")
    if after.subject != before.subject:
        words.append("linked" if after.subject else "unlinked")
    if (after.roles, after.academies) != (before.roles, before.academies):
        words.append("duties")
    if after.disabled_at != before.disabled_at:
        words.append("off" if after.disabled_at else "on")
    if after.pardoned_at != before.pardoned_at:
        words.append("pardoned")
    if after.sessions_from != before.sessions_from:
        words.append("!")
    return " ".join(words) or "·"


def test_the_table_promises_something_for_every_pair_of_state_and_event() -> None:
    assert set(CELLS) == {(state, event) for state in STATES for event in EVENTS}


@pytest.mark.parametrize(("state", "event"), CELLS)
def test_an_account_does_what_the_table_promises(state: str, event: str) -> None:
    assert cell(state, event) == CELLS[state, event]


people = [ME, BOSS, AccountId("third")]
steps = st.lists(
    st.tuples(st.sampled_from(people), st.sampled_from(people), st.sampled_from(["off", "on", "demote", "promote"])),
    max_size=40,
)


@given(steps)
def test_however_admins_disable_and_demote_one_another_one_is_always_left(taken):
    held = {each: replace(made(), id=each) for each in people}
    for by, of, what in taken:
        if Role.ADMIN not in held[by].roles or held[by].disabled_at is not None:
            continue  # who is none does nothing here
        event = {
            "off": Disabled(NOW, by),
            "on": Enabled(NOW, by),
            "demote": DutiesGiven(NOW, by, OFFICER),
            "promote": DutiesGiven(NOW, by, ADMIN),
        }[what]
        after = transition(held[of], event)
        held[of] = after if isinstance(after, Account) else held[of]
    assert [each for each in held.values() if Role.ADMIN in each.roles and each.disabled_at is None]


def test_all_that_is_wrong_with_a_new_account_is_said_at_once() -> None:
    nothing = Duties(frozenset({Role.ADVISER, Role.OFFICER}), None, frozenset())

    found = new_account("Claire M", " ", nothing, T0)

    assert isinstance(found, list)
    assert [each.where for each in found] == ["id", "name", "adviser", "academies"]


@pytest.mark.parametrize(
    "duties",
    [
        Duties(frozenset()),
        Duties(frozenset({Role.ADVISER})),
        Duties(frozenset({Role.PLANNER}), AdviserId("adv01")),
        Duties(frozenset({Role.OFFICER})),
        Duties(frozenset({Role.ADMIN}), None, frozenset({PARIS})),
        Duties(frozenset({Role.ADMIN}), None, Everywhere()),
        Duties(frozenset({Role.OFFICER}), None, frozenset({AcademieCode("99")})),
    ],
)
def test_duties_that_do_not_go_together_are_refused_when_it_is_made_and_later(duties: Duties) -> None:
    assert isinstance(new_account(ME, "Claire", duties, T0), list)
    assert transition(made(), DutiesGiven(NOW, BOSS, duties)) is AccountRefusal.NOT_WHOLE


def test_somebody_may_be_adviser_and_officer_at_once() -> None:
    both = Duties(frozenset({Role.ADVISER, Role.OFFICER}), AdviserId("adv01"), Everywhere())

    assert isinstance(new_account("claire.m-2", "Claire", both, T0), Account)


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_nobody_is_called_what_the_audit_calls_somebody_else(name: str) -> None:
    assert [each.where for each in faults_of(name, "Claire")] == ["id"]


def test_the_audit_s_words_for_a_person_and_the_desk_are_reserved() -> None:
    assert {"person", "desk", "machine"} <= RESERVED


@pytest.mark.parametrize("name", ["", "Claire", "1claire", "claire ", "claire..m", "clairé", "c" * 41, "a b"])
def test_an_id_is_a_plain_word(name: str) -> None:
    assert [each.where for each in faults_of(name, "Claire")] == ["id"]


def test_two_accounts_are_not_one_adviser_nor_one_person_at_a_provider() -> None:
    adviser = Duties(frozenset({Role.ADVISER}), AdviserId("adv01"))
    mine, other = made(adviser), replace(made(adviser), id=BOSS)
    linked, too = replace(made(), subject=HERE), replace(made(), id=BOSS, subject=HERE)

    assert clash(mine, [mine]) is None
    assert clash(mine, [mine, other]) is AccountRefusal.TAKEN
    assert clash(linked, [too]) is AccountRefusal.TAKEN
    assert clash(made(), [mine, replace(made(), id=BOSS), too]) is None


def test_an_account_shows_the_cases_of_its_academies_and_without_any_no_case() -> None:
    national = replace(made(OFFICER), academies=Everywhere())

    assert viewer_of(made(OFFICER)) == Officer(OfficerId(ME), frozenset({PARIS}), "Claire")
    assert viewer_of(made()) == Officer(OfficerId(ME), frozenset(), "Claire")
    assert viewer_of(national) == National()


def test_neither_an_account_nor_what_is_told_of_it_shows_a_hash() -> None:
    told = (STATES["both"], PasswordSet(NOW, ME, "hash"), PasswordRehashed(NOW, "hash", "hash"))

    assert "hash" not in repr(told).lower().replace("rehash", "")
    assert accounts.ID_MAX == 40
