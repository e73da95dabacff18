"""The one table of who may do what: a role, the scopes that it opens and how far, and the pages that it has.

Decides what an account's roles open. A scope is a word of `dialer.web.scopes`, which says what it is for; a test holds
the two together. A page that no role of theirs has does not exist for somebody. Must not know routes, sessions, nor
which cases an académie has: that is `cases.visibility`'s.

Our decisions, by least privilege (GDPR art. 5(1)(c)), for the DPO to fix. An adviser reaches what is before them and no
other's. A supervisor sees every call, but no caller's whole number: they lead the floor and look nobody up. An admin
keeps accounts, the directory and what persons ask of their data, and reads no case: who needs that is an officer too.
Nobody's role opens `admin` or `intake`: these are programs' alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from types import MappingProxyType

from dialer.core.words import AdviserId


class Role(StrEnum):
    ADVISER = "adviser"
    SUPERVISOR = "supervisor"
    PLANNER = "planner"
    OFFICER = "officer"
    ADMIN = "admin"


class Reach(IntEnum):
    """How far a scope goes for somebody; the greater one holds the lesser."""

    OWN = 1
    """What is before them, by their adviser's id."""
    ACADEMIES = 2
    """The cases of their académies."""
    ALL = 3


class Page(StrEnum):
    """A page of the officers' and the centre's sides, or its stream."""

    DESK = "desk"
    """An adviser's own."""
    LIVE = "live"
    CALL = "call"
    CALLBACK = "callback"
    PLAN = "plan"
    CASES = "cases"
    STRUCTURES = "structures"
    ACCOUNTS = "accounts"


@dataclass(frozen=True, slots=True)
class Powers:
    """What a role opens. ``scopes``: every one by name, those too that another one holds."""

    scopes: Mapping[str, Reach]
    pages: frozenset[Page]


def _powers(scopes: Mapping[str, Reach], *pages: Page) -> Powers:
    return Powers(MappingProxyType(dict(scopes)), frozenset(pages))


_OWN, _ACADEMIES, _ALL = Reach.OWN, Reach.ACADEMIES, Reach.ALL

POWERS: Mapping[Role, Powers] = MappingProxyType(
    {
        Role.ADVISER: _powers(
            {
                "advisers:read": _OWN,
                "advisers:write": _OWN,
                "calls:read": _OWN,
                "calls:write": _OWN,
                "callers:read": _OWN,
                "callbacks:read": _OWN,
                "callbacks:write": _OWN,
                "slots:read": _ALL,
                "structures:read": _ALL,
            },
            Page.DESK,
            Page.STRUCTURES,
        ),
        Role.SUPERVISOR: _powers(
            {
                "advisers:read": _ALL,
                "advisers:write": _ALL,
                "calls:read": _ALL,
                "callbacks:read": _ALL,
                "callbacks:write": _ALL,
                "slots:read": _ALL,
                "structures:read": _ALL,
                "desk:read": _ALL,
            },
            Page.LIVE,
            Page.CALL,
            Page.CALLBACK,
            Page.STRUCTURES,
        ),
        Role.PLANNER: _powers(
            {"advisers:read": _ALL, "slots:read": _ALL, "desk:read": _ALL},
            Page.LIVE,
            Page.PLAN,
        ),
        Role.OFFICER: _powers(
            {"cases:read": _ACADEMIES, "cases:write": _ACADEMIES, "structures:read": _ALL},
            Page.CASES,
            Page.STRUCTURES,
        ),
        Role.ADMIN: _powers(
            {"structures:read": _ALL, "structures:write": _ALL, "persons": _ALL, "metrics:read": _ALL},
            Page.STRUCTURES,
            Page.ACCOUNTS,
        ),
    }
)


def reach(roles: Iterable[Role], scope: str) -> Reach | None:
    """How far a scope goes for somebody of these roles: as far as the widest. None: it is not theirs."""
    return max((POWERS[role].scopes[scope] for role in roles if scope in POWERS[role].scopes), default=None)


def scopes_of(roles: Iterable[Role]) -> frozenset[str]:
    """All that these roles open, however far."""
    return frozenset().union(*(POWERS[role].scopes for role in roles))


def pages_of(roles: Iterable[Role]) -> frozenset[Page]:
    """The pages that exist for somebody of these roles."""
    return frozenset().union(*(POWERS[role].pages for role in roles))


def may(roles: Iterable[Role], scope: str, own: AdviserId | None = None, of: AdviserId | None = None) -> bool:
    """Whether somebody may do it. ``own``: the adviser that they are; ``of``: whose it is that it is done to.

    What is nobody's in particular, as a list is, asks for more than `Reach.OWN`. Of cases it says that some may be
    theirs; which ones, `cases.visibility` does.
    """
    far = reach(roles, scope)
    if far is Reach.OWN:
        return own is not None and own == of
    return far is not None
