"""An account: who somebody of the service is, what they may do, and by what they prove that it is them.

Decides what each thing told of an account does to it, and refuses by values. Must not know a password, only what it
was hashed to; nor sessions, of which it says only from when on they count (`sessions_from`).

Nobody takes the way back from themselves: an admin neither disables their own account nor lays down the role. So one
admin is always left, whoever else is disabled. `MACHINE`, who is at the machine itself, may do all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import NewType

from dialer.core.access.roles import Reach, Role, reach
from dialer.core.cases.actor import DESK, PERSON
from dialer.core.cases.responsible import Officer, OfficerId
from dialer.core.cases.visibility import Everywhere, National
from dialer.core.free_text import NAME_MAX, fault_of
from dialer.core.places.academie import ACADEMIES, AcademieCode
from dialer.core.revision import Refusal
from dialer.core.words import AdviserId, Instant
from schedules.faults import Fault

AccountId = NewType("AccountId", str)
"""An officer's is the id under which cases are theirs."""

MACHINE = AccountId("machine")
"""Whoever is at the machine, with `dialer user`. No account has this name."""
RESERVED = frozenset({MACHINE, PERSON.name, DESK.name, "system", "demo"})
"""What the audit calls those who are no account."""
ID_MAX = 40
SUBJECT_MAX = 255
"""OpenID Connect Core 1.0, section 2: characters of a `sub`."""

_ID = re.compile(r"[a-z][a-z0-9]*([._-][a-z0-9]+)*", re.ASCII)
_NONE: Mapping[OfficerId, Officer] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Subject:
    """Who they are to a provider of identities: its name for itself, and its lasting name for them."""

    issuer: str
    sub: str


@dataclass(frozen=True, slots=True)
class Account:
    """``password``: what it was hashed to; None: they sign in by their provider alone, or not yet.

    ``academies``: of an officer; `Everywhere` is national coordination. ``must_change``: the password was given by
    somebody else and opens nothing but its change. ``sessions_from``: a session made before this counts no more.
    ``pardoned_at``: no try at a password that began before this is held against it (`throttle`).
    """

    id: AccountId
    name: str
    made_at: Instant
    sessions_from: Instant
    roles: frozenset[Role]
    adviser: AdviserId | None = None
    academies: Everywhere | frozenset[AcademieCode] = frozenset()
    password: str | None = None
    must_change: bool = False
    subject: Subject | None = None
    disabled_at: Instant | None = None
    pardoned_at: Instant | None = None

    def __repr__(self) -> str:
        return f"Account({self.id})"


# -- told -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Duties:
    """What somebody is here for."""

    roles: frozenset[Role]
    adviser: AdviserId | None = None
    academies: Everywhere | frozenset[AcademieCode] = frozenset()


@dataclass(frozen=True, slots=True)
class PasswordSet:
    """Hashed. By themselves, or by somebody who told it to them and whom it must not remain known to."""

    at: Instant
    by: AccountId
    password: str

    def __repr__(self) -> str:
        return "PasswordSet(…)"


@dataclass(frozen=True, slots=True)
class PasswordRehashed:
    """The same password by newer parameters. ``was``: the hash that it was verified against."""

    at: Instant
    was: str
    password: str

    def __repr__(self) -> str:
        return "PasswordRehashed(…)"


@dataclass(frozen=True, slots=True)
class SubjectLinked:
    """They proved to be this one at the provider, while they were signed in here; or an admin says so."""

    at: Instant
    by: AccountId
    subject: Subject


@dataclass(frozen=True, slots=True)
class SubjectUnlinked:
    at: Instant
    by: AccountId


@dataclass(frozen=True, slots=True)
class DutiesGiven:
    at: Instant
    by: AccountId
    duties: Duties


@dataclass(frozen=True, slots=True)
class Disabled:
    at: Instant
    by: AccountId


@dataclass(frozen=True, slots=True)
class Enabled:
    at: Instant
    by: AccountId


@dataclass(frozen=True, slots=True)
class Pardoned:
    """Somebody who knows them lets them try again at once."""

    at: Instant
    by: AccountId


AccountEvent = (
    PasswordSet | PasswordRehashed | SubjectLinked | SubjectUnlinked | DutiesGiven | Disabled | Enabled | Pardoned
)


class AccountRefusal(Refusal, StrEnum):
    DISABLED = "disabled"
    OWN_ACCOUNT = "own_account"
    """Another admin does this."""
    NOT_WHOLE = "not_whole"
    """The duties have faults: `faults_of_duties` tells them."""
    NO_WAY_IN = "no_way_in"
    """Without a provider and without a password nobody could sign in."""
    TAKEN = "taken"
    """Another account has this id, is this adviser, or is linked to this subject."""
    STALE = "stale"
    """Somebody else changed it meanwhile: read it again."""


# -- decided ----------------------------------------------------------------------------------------


def new_account(id_: str, name: str, duties: Duties, at: Instant) -> Account | list[Fault]:
    """An account that nobody can sign in to yet, or all that is wrong."""
    found = faults_of(id_, name) + faults_of_duties(duties)
    if found:
        return found
    return Account(AccountId(id_), name, at, at, duties.roles, duties.adviser, duties.academies)


def is_id(text: str) -> bool:
    return len(text) <= ID_MAX and _ID.fullmatch(text) is not None


def faults_of(id_: str, name: str) -> list[Fault]:
    found: list[Fault] = []
    if not is_id(id_):
        found.append(Fault("id", "it is no id", f"write a to z, 0 to 9 and . _ - between them, at most {ID_MAX}"))
    elif id_ in RESERVED:
        found.append(Fault("id", f"{id_} is what the audit calls somebody else", "write another id"))
    named = fault_of("name", name, NAME_MAX)
    return [*found, named] if named is not None else found


def faults_of_duties(duties: Duties) -> list[Fault]:
    found: list[Fault] = []
    if not duties.roles:
        found.append(Fault("roles", "there is none", f"write one at least of {', '.join(Role)}"))
    if (Role.ADVISER in duties.roles) is not bool(duties.adviser):
        mend = "give an adviser's id with the role adviser, and to no other"
        found.append(Fault("adviser", "it does not go with the roles", mend))
    everywhere = isinstance(duties.academies, Everywhere)
    if (Role.OFFICER in duties.roles) is not (everywhere or bool(duties.academies)):
        mend = "give académies with the role officer, and to no other"
        found.append(Fault("academies", "they do not go with the roles", mend))
    if not isinstance(duties.academies, Everywhere):
        unknown = sorted(duties.academies - ACADEMIES.keys())
        if unknown:
            found.append(Fault("academies", f"unknown: {', '.join(unknown)}", "write codes of académies"))
    return found


def transition(account: Account, event: AccountEvent) -> Account | AccountRefusal:
    """What becomes of it; the same when it was so already. Of the two, a disabled account takes only `Enabled`."""
    if account.disabled_at is not None and not isinstance(event, Enabled | Disabled):
        return AccountRefusal.DISABLED
    match event:
        case PasswordSet(at=at, by=by, password=password):
            return replace(account, password=password, must_change=by != account.id, sessions_from=at)
        case PasswordRehashed(was=was, password=password):
            return replace(account, password=password) if account.password == was else account
        case SubjectLinked(at=at, subject=subject):
            return _linked(account, subject, at)
        case SubjectUnlinked(at=at):
            return _unlinked(account, at)
        case DutiesGiven(at=at, by=by, duties=duties):
            return _given(account, duties, by, at)
        case Disabled(at=at, by=by):
            if by == account.id:
                return AccountRefusal.OWN_ACCOUNT
            return account if account.disabled_at else replace(account, disabled_at=at, sessions_from=at)
        case Enabled(at=at):
            return replace(account, disabled_at=None, sessions_from=at) if account.disabled_at else account
        case Pardoned(at=at):
            return replace(account, pardoned_at=at)


def clash(account: Account, others: Iterable[Account]) -> AccountRefusal | None:
    """Whether another one stands in its way: an adviser, and somebody at a provider, has one account."""
    for other in others:
        if other.id == account.id:
            continue
        if other.adviser is not None and other.adviser == account.adviser:
            return AccountRefusal.TAKEN
        if other.subject is not None and other.subject == account.subject:
            return AccountRefusal.TAKEN
    return None


def viewer_of(account: Account, officers: Mapping[OfficerId, Officer] = _NONE) -> National | Officer:
    """Whose cases it shows (`visibility`): none, unless they are an officer. ``officers``: those of the configuration;
    for one who stands there too, both must say an académie, until somebody mends it (`faults_of_officers`)."""
    configured = officers.get(OfficerId(account.id))
    if reach(account.roles, "cases:read") is Reach.ALL or isinstance(account.academies, Everywhere):
        return configured or National()
    theirs = account.academies if configured is None else account.academies & configured.academies
    return Officer(OfficerId(account.id), theirs, account.name)


def faults_of_officers(accounts: Iterable[Account], officers: Mapping[OfficerId, Officer], where: str) -> list[Fault]:
    """Every account of an officer that says otherwise than the configuration, which is what holds: by it cases are
    given and the digest is sent. ``where``: its file."""
    found: list[Fault] = []
    for account in accounts:
        configured = officers.get(OfficerId(account.id))
        if configured is None or account.disabled_at is not None:
            continue
        if Role.OFFICER not in account.roles:
            what = f"the account {account.id} is there, and is no officer"
            mend = f"dialer user roles {account.id} --role officer, with the same académies; or another id in the file"
            found.append(Fault(f"{where} [{account.id}]", what, mend))
        elif account.academies != configured.academies:
            theirs = "all académies" if isinstance(account.academies, Everywhere) else _names(account.academies)
            what = f"{_names(configured.academies)} here, and {theirs} in the account {account.id}"
            mend = f"dialer user roles {account.id} with the académies of the file, or change the file"
            found.append(Fault(f"{where} [{account.id}]", what, mend))
    return found


def _names(academies: Iterable[AcademieCode]) -> str:
    return ", ".join(sorted(ACADEMIES[code].name for code in academies)) or "none"


def _linked(account: Account, subject: Subject, at: Instant) -> Account | AccountRefusal:
    if not subject.issuer or not 0 < len(subject.sub) <= SUBJECT_MAX:
        return AccountRefusal.NOT_WHOLE
    if account.subject == subject:
        return account
    # One who was linked before is somebody else to us: what they opened is over.
    return replace(account, subject=subject, sessions_from=account.sessions_from if account.subject is None else at)


def _unlinked(account: Account, at: Instant) -> Account | AccountRefusal:
    if account.subject is None:
        return account
    if account.password is None:
        return AccountRefusal.NO_WAY_IN
    return replace(account, subject=None, sessions_from=at)


def _given(account: Account, duties: Duties, by: AccountId, at: Instant) -> Account | AccountRefusal:
    if by == account.id and Role.ADMIN in account.roles and Role.ADMIN not in duties.roles:
        return AccountRefusal.OWN_ACCOUNT
    if faults_of_duties(duties):
        return AccountRefusal.NOT_WHOLE
    if Duties(account.roles, account.adviser, account.academies) == duties:
        return account
    return replace(
        account,
        roles=duties.roles,
        adviser=duties.adviser,
        academies=duties.academies,
        sessions_from=at,  # nobody goes on with a page that is no longer theirs
    )
