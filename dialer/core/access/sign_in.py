"""Whether somebody is let in, once it is known what they proved; and the one answer for all who are not.

Decides by the account and the proof. Must not know how a password was verified nor how a provider was asked, nor how
often they tried (`throttle`). The audit is told why; whoever asks is not, so that nobody learns which accounts there
are, which are disabled, and which sign in by their provider.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from dialer.core.access import sealed
from dialer.core.access.account import Account, AccountId, Subject, is_id
from dialer.core.reasons import Sentence


class Via(StrEnum):
    """By what."""

    PASSWORD = "password"  # noqa: S105 - a word of the audit
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class Password:
    """``right``: it was verified against the account's hash; False when there is none."""

    right: bool


@dataclass(frozen=True, slots=True)
class Provided:
    """Their provider says that it is them."""

    subject: Subject


Proof = Password | Provided


class Why(StrEnum):
    """Why nobody is let in."""

    UNKNOWN_ACCOUNT = "unknown_account"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - a word of the audit
    NO_PASSWORD = "no_password"  # noqa: S105 - a word of the audit
    NOT_LINKED = "not_linked"
    DISABLED = "disabled"
    TOO_OFTEN = "too_often"
    OVERLOADED = "overloaded"


@dataclass(frozen=True, slots=True)
class LetIn:
    """``must_change``: to the change of their password, and to nothing else."""

    account: AccountId
    via: Via
    must_change: bool


@dataclass(frozen=True, slots=True)
class NotLetIn:
    """``account``: when there is one. What somebody wrote in its place may be their password, and is kept nowhere."""

    why: Why
    account: AccountId | None


_NO = Sentence(
    "This name and this password do not open an account.",
    "Cet identifiant et ce mot de passe n'ouvrent aucun compte.",
)

SENTENCES = MappingProxyType(
    {
        Why.UNKNOWN_ACCOUNT: _NO,
        Why.WRONG_PASSWORD: _NO,
        Why.NO_PASSWORD: _NO,
        Why.DISABLED: _NO,
        Why.NOT_LINKED: Sentence(
            "No account is linked to this identity: sign in with your password, or ask an administrator to link it.",
            "Aucun compte n'est relié à cette identité : utilisez votre mot de passe, ou demandez à un administrateur "
            "de la relier.",
        ),
        Why.TOO_OFTEN: Sentence(
            "Too many tries: wait a little, or ask an administrator.",
            "Trop d'essais : patientez un peu, ou adressez-vous à un administrateur.",
        ),
        Why.OVERLOADED: Sentence(
            "Too many people are signing in at this moment: try again.",
            "Trop de connexions à la fois : réessayez dans un instant.",
        ),
    }
)


def name_asked(text: str) -> AccountId:
    """The account meant by what somebody wrote: ids are in lower case. What can be no id, as an e-mail or a password
    written in its place, is counted by its digest, so that it is kept nowhere."""
    meant = text.strip().casefold()
    return AccountId(meant if is_id(meant) else f"?{sealed.digest(meant)[:16]}")


def decide(account: Account | None, proof: Proof) -> LetIn | NotLetIn:
    """``account``: the one of the name asked for, or that is linked to the subject; None: there is none."""
    if account is None:
        return NotLetIn(Why.NOT_LINKED if isinstance(proof, Provided) else Why.UNKNOWN_ACCOUNT, None)
    why = _why_not(account, proof)
    if why is not None:
        return NotLetIn(why, account.id)
    if isinstance(proof, Provided):
        return LetIn(account.id, Via.PROVIDER, must_change=False)
    return LetIn(account.id, Via.PASSWORD, account.must_change)


def _why_not(account: Account, proof: Proof) -> Why | None:
    match proof:
        case Provided(subject=subject) if account.subject != subject:
            return Why.NOT_LINKED
        case Password() if account.password is None:
            return Why.NO_PASSWORD
        case Password(right=False):
            return Why.WRONG_PASSWORD
    # A disabled one is told from a wrong password in the audit alone.
    return Why.DISABLED if account.disabled_at is not None else None
