"""The audit of who signed in, who was not let in, and what became of accounts, as records of the journal.

Decides what is told: accounts' ids, words of fixed lists and instants. Must not know where any of it is kept.

Our decisions. What somebody wrote as a name is told only if it is an account's: else it may be their password. No
address is told, not even by a keyed hash, since whoever has the key could try all addresses of France in an hour; that
the browser was known, and which counter made them wait, tells a forgotten password from an attack well enough. The
proxy before us has its own log of addresses, which ends when that log does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dialer.core.access.account import (
    Account,
    AccountEvent,
    AccountId,
    Disabled,
    DutiesGiven,
    Enabled,
    Pardoned,
    PasswordRehashed,
    PasswordSet,
    SubjectLinked,
    SubjectUnlinked,
)
from dialer.core.access.session import Ended
from dialer.core.access.sign_in import LetIn, NotLetIn
from dialer.core.access.throttle import Counts
from dialer.core.cases.visibility import Everywhere
from dialer.core.words import Instant, Record, record

Data = dict[str, str | int | float | None]

LOOKED_MAX = 100
"""Ids in one record."""


def signed_in(let: LetIn, at: Instant, *, known_device: bool, again: bool = False) -> Record:
    """``again``: a session that slept was woken."""
    return record(at, "signed_in", by=let.account, via=let.via, known_device=int(known_device), again=int(again))


def sign_in_refused(no: NotLetIn, at: Instant, *, known_device: bool, counter: Counts | None = None) -> Record:
    """``counter``: the one that made them wait."""
    data: Data = {"by": no.account, "why": no.why, "known_device": int(known_device)}
    if counter is not None:
        data["counter"] = counter
    return Record(at, "sign_in_refused", data=tuple(data.items()))


def provider_failed(why: str, at: Instant) -> Record:
    """Who came back from a provider of identities was not who went, or it did not answer as it should: by ``why``, a
    word of `dialer.access.failures`. Whose account it would have been, nobody knows."""
    return record(at, "sign_in_refused", by=None, why=f"provider_{why}")


def looked(by: AccountId, what: str, which: Sequence[str], at: Instant) -> Iterator[Record]:
    """Somebody has seen a person's number, or what they told of themselves, in each of these. To be committed before it
    is shown. ``what``: `call` or `callback`; ``which``: their ids."""
    for first in range(0, len(which), LOOKED_MAX):
        yield record(at, "person_looked", by=by, what=what, which=" ".join(which[first : first + LOOKED_MAX]))


def session_over(account: AccountId, why: Ended, by: AccountId, at: Instant) -> Record:
    """``by``: themselves, or the admin who revoked it."""
    if why is Ended.SIGNED_OUT:
        return record(at, "signed_out", by=account)
    return record(at, "session_revoked", account=account, by=by, why=why)


def account_made(account: Account, by: AccountId, at: Instant) -> Record:
    data: Data = {"account": account.id, "by": by, **_duties(account)}
    return Record(at, "account_made", data=tuple(data.items()))


def account_told(account: Account, event: AccountEvent) -> Record:
    """What was done to it, after it. Nothing of a password, and nothing of who they are at a provider."""
    data: Data = {"account": account.id, "by": getattr(event, "by", account.id)}
    if isinstance(event, DutiesGiven):
        data |= _duties(account)
    if isinstance(event, PasswordSet):
        data["must_change"] = int(account.must_change)
    return Record(event.at, f"account_{_NAMES[type(event)]}", data=tuple(data.items()))


_NAMES: dict[type, str] = {
    PasswordSet: "password_set",
    PasswordRehashed: "password_rehashed",
    SubjectLinked: "linked",
    SubjectUnlinked: "unlinked",
    DutiesGiven: "duties_given",
    Disabled: "disabled",
    Enabled: "enabled",
    Pardoned: "pardoned",
}


def _duties(account: Account) -> Data:
    return {
        "roles": " ".join(sorted(account.roles)),
        "adviser": account.adviser,
        "academies": "*" if isinstance(account.academies, Everywhere) else " ".join(sorted(account.academies)),
    }
