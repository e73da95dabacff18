"""Signing in: every account with every proof; who is not let in learns nothing; the audit learns why, and no name."""

# ruff: noqa: E501 — the table is wide

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.access import audit
from dialer.core.access.account import (
    Account,
    AccountId,
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
    faults_of,
)
from dialer.core.access.device import PASSES_MAX, VALID, DeviceId, known_device, with_pass
from dialer.core.access.roles import Role
from dialer.core.access.session import Ended
from dialer.core.access.sign_in import (
    SENTENCES,
    LetIn,
    NotLetIn,
    Password,
    Proof,
    Provided,
    Via,
    Why,
    decide,
    name_asked,
)
from dialer.core.access.throttle import Counts
from dialer.core.cases.visibility import Everywhere
from dialer.core.places.academie import AcademieCode
from tests.core.matrix import parse

T0 = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
CLAIRE, ADAM = AccountId("claire"), AccountId("adam")
HERE, THERE = Subject("https://idp.example.net", "1"), Subject("https://idp.example.net", "2")
PLAIN = Account(CLAIRE, "Claire", T0, T0, frozenset({Role.ADMIN}), password="hash")
KEY = b"a key of the tests"
DEVICE = DeviceId("0" * 32)

ACCOUNTS: dict[str, Account | None] = {
    "none": None,
    "password": PLAIN,
    "given": replace(PLAIN, must_change=True),
    "linked": replace(PLAIN, password=None, subject=HERE),
    "both": replace(PLAIN, must_change=True, subject=HERE),
    "new": replace(PLAIN, password=None),
    "disabled": replace(PLAIN, subject=HERE, disabled_at=T0),
}
PROOFS: dict[str, Proof] = {
    "right password": Password(True),
    "wrong password": Password(False),
    "their provider": Provided(HERE),
    "somebody else's": Provided(THERE),
}
TABLE = """
proof           | none            | password       | given          | linked      | both           | new         | disabled
right password  | unknown_account | in             | in, changes    | no_password | in, changes    | no_password | disabled
wrong password  | unknown_account | wrong_password | wrong_password | no_password | wrong_password | no_password | wrong_password
their provider  | not_linked      | not_linked     | not_linked     | in          | in             | not_linked  | disabled
somebody else's | not_linked      | not_linked     | not_linked     | not_linked  | not_linked     | not_linked  | not_linked
"""
CELLS = parse(TABLE)


def test_the_table_promises_something_for_every_account_and_every_proof() -> None:
    assert set(CELLS) == {(account, proof) for account in ACCOUNTS for proof in PROOFS}


@pytest.mark.parametrize(("account", "proof"), CELLS)
def test_who_is_let_in_by_what(account: str, proof: str) -> None:
    found = decide(ACCOUNTS[account], PROOFS[proof])

    if isinstance(found, LetIn):
        assert found.via is (Via.PASSWORD if isinstance(PROOFS[proof], Password) else Via.PROVIDER)
        assert ("in, changes" if found.must_change else "in") == CELLS[account, proof]
    else:
        assert found.why == CELLS[account, proof]
        assert found.account == (CLAIRE if ACCOUNTS[account] else None)


def test_by_a_password_all_who_are_not_let_in_are_told_the_same() -> None:
    whys = [decide(account, proof) for account in ACCOUNTS.values() for proof in (Password(True), Password(False))]

    told = {SENTENCES[each.why] for each in whys if isinstance(each, NotLetIn)}
    assert len(told) == 1
    assert SENTENCES.keys() == set(Why)


@pytest.mark.parametrize("text", [" Claire ", "CLAIRE", "claire"])
def test_an_id_is_found_however_it_is_typed(text: str) -> None:
    assert name_asked(text) == CLAIRE


anything = st.text(st.characters(exclude_categories=()), max_size=200)
"""What a request may hold, which no keyboard types: lone surrogates, zeros."""


@given(anything)
def test_what_is_no_id_is_counted_as_nobody_s_and_kept_in_no_readable_form(text):
    asked = name_asked(text)
    assert asked == name_asked(f" {text}")
    assert len(asked) <= 40
    if asked != text.strip().casefold():
        assert faults_of(asked, "Claire")
        assert asked[1:].isalnum()
    cookie = with_pass(KEY, "", asked, DEVICE, T0)
    assert known_device(KEY, cookie, asked, T0) == DEVICE


def test_two_that_are_no_ids_are_counted_apart() -> None:
    assert name_asked("claire@example.net") != name_asked("adam@example.net")
    assert "claire" not in name_asked("claire@example.net")


# -- the device -------------------------------------------------------------------------------------


def test_a_browser_is_known_to_the_account_that_signed_in_there_and_to_no_other() -> None:
    cookie = with_pass(KEY, "", CLAIRE, DEVICE, T0)

    assert known_device(KEY, cookie, CLAIRE, T0 + VALID) == DEVICE
    assert known_device(KEY, cookie, ADAM, T0) is None
    assert known_device(b"another key", cookie, CLAIRE, T0) is None
    assert known_device(KEY, cookie, CLAIRE, T0 + VALID + timedelta(days=1)) is None
    assert known_device(KEY, cookie, CLAIRE, T0 - timedelta(days=1)) is None
    assert CLAIRE not in cookie


def test_a_desk_that_several_share_knows_the_last_twelve_of_them_in_one_cookie() -> None:
    people = [AccountId(f"adv{n:02}") for n in range(14)]
    cookie = ""
    for n, each in enumerate(people * 2):
        cookie = with_pass(KEY, cookie, each, DeviceId(f"{n % 14:032x}"), T0)

    known = [each for each in people if known_device(KEY, cookie, each, T0) is not None]
    assert known == people[-PASSES_MAX:]
    assert len(cookie) < 4096 - 200


def test_signing_in_again_and_again_takes_no_other_s_place_at_a_shared_desk() -> None:
    cookie = with_pass(KEY, "", ADAM, DEVICE, T0)
    for days in range(20):
        cookie = with_pass(KEY, cookie, CLAIRE, DEVICE, T0 + timedelta(days=days))

    assert known_device(KEY, cookie, ADAM, T0 + timedelta(days=20)) == DEVICE


@given(st.text(max_size=400), st.integers(0, 102), st.characters(codec="ascii"))
def test_whatever_else_is_in_the_cookie_opens_nothing_and_breaks_nothing(text, place, sign):
    cookie = with_pass(KEY, text, CLAIRE, DEVICE, T0)
    assert known_device(KEY, text, CLAIRE, T0) is None
    assert known_device(KEY, cookie, CLAIRE, T0) == DEVICE
    place %= len(cookie)
    changed = cookie[:place] + sign + cookie[place + 1 :]
    assert known_device(KEY, changed, CLAIRE, T0) in (None, DEVICE if changed == cookie else None)


def test_a_device_that_is_none_is_a_defect_of_ours() -> None:
    with pytest.raises(ValueError, match="32 hex digits"):
        with_pass(KEY, "", CLAIRE, DeviceId("mine"), T0)


# -- the audit --------------------------------------------------------------------------------------


def test_the_audit_tells_who_what_and_why_and_nothing_that_was_typed_or_is_secret() -> None:
    paris = Duties(frozenset({Role.OFFICER, Role.ADMIN}), None, frozenset({AcademieCode("01")}))
    officer = replace(PLAIN, roles=paris.roles, academies=paris.academies, subject=HERE)
    records = [
        audit.signed_in(LetIn(CLAIRE, Via.PASSWORD, must_change=False), T0, known_device=True),
        audit.sign_in_refused(NotLetIn(Why.UNKNOWN_ACCOUNT, None), T0, known_device=False),
        audit.sign_in_refused(NotLetIn(Why.TOO_OFTEN, CLAIRE), T0, known_device=False, counter=Counts.PAIR),
        audit.session_over(CLAIRE, Ended.SIGNED_OUT, CLAIRE, T0),
        audit.session_over(CLAIRE, Ended.REVOKED, ADAM, T0),
        audit.account_told(officer, Pardoned(T0, ADAM)),
        audit.account_made(officer, ADAM, T0),
        audit.account_told(officer, PasswordSet(T0, ADAM, "hash")),
        audit.account_told(officer, PasswordRehashed(T0, "hash", "hash")),
        audit.account_told(officer, SubjectLinked(T0, CLAIRE, HERE)),
        audit.account_told(officer, SubjectUnlinked(T0, CLAIRE)),
        audit.account_told(replace(officer, academies=Everywhere()), DutiesGiven(T0, ADAM, paris)),
        audit.account_told(officer, Disabled(T0, ADAM)),
        audit.account_told(officer, Enabled(T0, ADAM)),
    ]
    told = [(each.event, dict(each.data)) for each in records]
    by_adam = {"account": "claire", "by": "adam"}

    assert told == [
        ("signed_in", {"by": "claire", "via": "password", "known_device": 1, "again": 0}),
        ("sign_in_refused", {"by": None, "why": "unknown_account", "known_device": 0}),
        ("sign_in_refused", {"by": "claire", "why": "too_often", "known_device": 0, "counter": "pair"}),
        ("signed_out", {"by": "claire"}),
        ("session_revoked", {**by_adam, "why": "revoked"}),
        ("account_pardoned", by_adam),
        ("account_made", {**by_adam, "roles": "admin officer", "adviser": None, "academies": "01"}),
        ("account_password_set", {**by_adam, "must_change": 0}),
        ("account_password_rehashed", {"account": "claire", "by": "claire"}),
        ("account_linked", {"account": "claire", "by": "claire"}),
        ("account_unlinked", {"account": "claire", "by": "claire"}),
        ("account_duties_given", {**by_adam, "roles": "admin officer", "adviser": None, "academies": "*"}),
        ("account_disabled", by_adam),
        ("account_enabled", by_adam),
    ]
    assert all(each.at == T0 and each.call is None for each in records)
    shown = json.dumps([[each.event, each.data] for each in records])
    assert not [each for each in ("hash", "idp", HERE.issuer, "Claire") if each in shown.replace("rehashed", "")]
