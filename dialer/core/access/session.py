"""A session: that somebody proved who they are, from then until it is over.

Decides whether a session holds at an instant, what each thing told of it does, and the code that a page sends with
what it changes (CSRF). Must not know cookies, requests, nor what the account may do.

Our decisions (OWASP, Session Management Cheat Sheet; NIST SP 800-63B). Who sits at the telephone is there all day, and
often has nothing to press for an hour: their session sleeps after twelve hours without a sign of them and after
twenty-four in any case; the workstation locks itself. Officers and admins have personal data of many before them and no
telephone: half an hour, and twelve. Who is both has the shorter of each, and never in the middle of a call.

A session that sleeps opens nothing but the proof that it is them again. That wakes it, under a new secret, in the
same sitting: what was typed meanwhile is kept by the sitting, so that nobody loses their notes, and nobody else who
signs in there finds them. Signing in never ends a call: the telephone is the desk's, and not the session's.

The browser's secret is kept by its digest alone, and changes whenever somebody proves anew who they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import NewType

from dialer.core.access import sealed
from dialer.core.access.account import Account, AccountId
from dialer.core.access.roles import Role
from dialer.core.access.sign_in import Via
from dialer.core.revision import Refusal
from dialer.core.words import Instant

SessionDigest = NewType("SessionDigest", str)
"""`sealed.digest` of the secret that the browser holds."""
SittingId = NewType("SittingId", str)
"""Of one account at one browser, from signing in to signing out. Under it is kept what was typed."""

SEEN_EVERY = timedelta(minutes=1)
"""A sign of somebody sooner after the last is not worth a write."""
SLEEP_MAX = timedelta(hours=24)
"""After that it is over, and what was typed is dropped."""
FRESH = timedelta(minutes=10)
"""How long after a proof one may change accounts, and what persons ask of their data, without another."""


@dataclass(frozen=True, slots=True)
class Limits:
    """``idle``: without a sign of them. ``whole``: since they last proved who they are."""

    idle: timedelta
    whole: timedelta


_TELEPHONE = Limits(timedelta(hours=12), timedelta(hours=24))
_FILES = Limits(timedelta(minutes=30), timedelta(hours=12))

LIMITS: dict[Role, Limits] = {
    Role.ADVISER: _TELEPHONE,
    Role.SUPERVISOR: _TELEPHONE,
    Role.PLANNER: _TELEPHONE,
    Role.OFFICER: _FILES,
    Role.ADMIN: _FILES,
}


def limits_of(roles: Iterable[Role]) -> Limits:
    """The shortest of each; of no role at all, the shortest there is."""
    found = [LIMITS[role] for role in roles] or list(LIMITS.values())
    return Limits(min(each.idle for each in found), min(each.whole for each in found))


class Ended(StrEnum):
    """Why a session is over for good."""

    SIGNED_OUT = "signed_out"
    REVOKED = "revoked"
    """By an admin, or by themselves from another browser."""
    ACCOUNT_CHANGED = "account_changed"
    """Its password, its duties, or that it is disabled."""
    SLEPT_TOO_LONG = "slept_too_long"


@dataclass(frozen=True, slots=True)
class Session:
    digest: SessionDigest
    sitting: SittingId
    account: AccountId
    via: Via
    made_at: Instant
    seen_at: Instant
    proven_at: Instant
    must_change: bool = False
    ended_at: Instant | None = None
    ended: Ended | None = None

    def __repr__(self) -> str:
        return f"Session({self.account})"


class Standing(StrEnum):
    AWAKE = "awake"
    CHANGES = "changes"
    """Awake, and opens nothing but the change of the password."""
    ASLEEP = "asleep"
    OVER = "over"


# -- told -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seen:
    """A sign of the person: something pressed or opened. A stream that stays open is none."""

    at: Instant


@dataclass(frozen=True, slots=True)
class ProvenAgain:
    """Somebody proved who they are, in this browser. ``digest``: of its new secret; ``must_change``: by `sign_in`."""

    at: Instant
    account: AccountId
    via: Via
    digest: SessionDigest
    must_change: bool = False


@dataclass(frozen=True, slots=True)
class PasswordChanged:
    """By themselves, in this session, which goes on under a new secret while all their others are over."""

    at: Instant
    digest: SessionDigest


@dataclass(frozen=True, slots=True)
class SignedOut:
    at: Instant


@dataclass(frozen=True, slots=True)
class Revoked:
    at: Instant


SessionEvent = Seen | ProvenAgain | PasswordChanged | SignedOut | Revoked


class SessionRefusal(Refusal, StrEnum):
    ASLEEP = "asleep"
    """Prove first who you are."""
    OVER = "over"
    SOMEBODY_ELSE = "somebody_else"
    """Sign out, and begin a session of your own."""
    NO_PASSWORD = "no_password"  # noqa: S105 - a word of the audit
    """It was opened by a provider, which has the password."""


# -- decided ----------------------------------------------------------------------------------------


def begin(
    account: AccountId, via: Via, digest: SessionDigest, sitting: SittingId, at: Instant, *, must_change: bool = False
) -> Session:
    return Session(digest, sitting, account, via, at, at, at, must_change)


def standing(session: Session, account: Account, at: Instant, *, in_a_call: bool = False) -> Standing:
    """What it is now. ``account``: as it is stored now. ``in_a_call``: their adviser is in a talk or its wrap-up, so
    that it does not fall asleep; it does when that is over."""
    if why_over(session, account, at) is not None:
        return Standing.OVER
    if at >= sleeps_at(session, limits_of(account.roles)) and not in_a_call:
        return Standing.ASLEEP
    return Standing.CHANGES if session.must_change else Standing.AWAKE


def why_over(session: Session, account: Account, at: Instant) -> Ended | None:
    """None: it is not. Whose account it is not, never holds."""
    if session.ended is not None:
        return session.ended
    if account.id != session.account or account.disabled_at is not None or session.made_at < account.sessions_from:
        return Ended.ACCOUNT_CHANGED
    return Ended.SLEPT_TOO_LONG if at >= sleeps_at(session, limits_of(account.roles)) + SLEEP_MAX else None


def sleeps_at(session: Session, limits: Limits) -> Instant:
    return min(session.seen_at + limits.idle, session.proven_at + limits.whole)


def is_fresh(session: Session, at: Instant) -> bool:
    """They proved just now who they are."""
    return at < session.proven_at + FRESH


def transition(
    session: Session, account: Account, event: SessionEvent, *, in_a_call: bool = False
) -> Session | SessionRefusal:
    """What becomes of it. What is over stays so, and to end it again is nothing new."""
    now = standing(session, account, event.at, in_a_call=in_a_call)
    match event:
        case SignedOut() | Revoked() if session.ended is not None:
            return session
        case SignedOut(at=at):
            return replace(session, ended_at=at, ended=Ended.SIGNED_OUT)
        case Revoked(at=at):
            return replace(session, ended_at=at, ended=Ended.REVOKED)
    if now is Standing.OVER:
        return SessionRefusal.OVER
    match event:
        case ProvenAgain(account=who) if who != session.account:
            return SessionRefusal.SOMEBODY_ELSE
        case ProvenAgain(at=at, via=via, digest=digest, must_change=must_change):
            return replace(
                session, digest=digest, via=via, made_at=at, seen_at=at, proven_at=at, must_change=must_change
            )
    if now is Standing.ASLEEP:
        return SessionRefusal.ASLEEP
    match event:
        case Seen(at=at):
            return session if at < session.seen_at + SEEN_EVERY else replace(session, seen_at=at)
        case PasswordChanged() if session.via is not Via.PASSWORD:
            return SessionRefusal.NO_PASSWORD
        case PasswordChanged(at=at, digest=digest):
            return replace(session, digest=digest, made_at=at, seen_at=at, proven_at=at, must_change=False)


def csrf_code(key: bytes, session: Session) -> str:
    """What a page of this session sends with what it changes. It changes with the session's secret."""
    return sealed.code(key, "csrf", session.digest)


def is_csrf_code(key: bytes, session: Session, sent: str) -> bool:
    return sealed.is_code(key, sent, "csrf", session.digest)
