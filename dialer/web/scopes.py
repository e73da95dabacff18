"""Scopes: what a token opens.

Decides the names and which scope holds which others. Which route asks for which is the table in `routes.py`. Must not
know tokens nor requests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, get_args

Scope = Literal[
    "advisers:read",
    "advisers:write",
    "calls:read",
    "calls:write",
    "callers:read",
    "callbacks:read",
    "callbacks:write",
    "cases:read",
    "cases:write",
    "structures:read",
    "structures:write",
    "persons",
    "intake",
    "slots:read",
    "desk:read",
    "metrics:read",
    "admin",
]

ALL: frozenset[str] = frozenset(get_args(Scope))

HOLDS: Mapping[str, frozenset[str]] = {
    "admin": ALL,
    "callers:read": frozenset({"calls:read"}),  # the same calls, with the caller's whole number
    "calls:write": frozenset({"calls:read"}),
    "callbacks:read": frozenset({"slots:read"}),
    "callbacks:write": frozenset({"callbacks:read", "slots:read"}),  # who moves one reads it, and what is free
    "cases:read": frozenset({"structures:read"}),
    "cases:write": frozenset({"cases:read", "structures:read"}),
    "structures:write": frozenset({"structures:read"}),
    "intake": frozenset({"slots:read"}),  # who asks for a window sees which are free, and no callback
}


def opened_by(scopes: Iterable[str]) -> frozenset[str]:
    """All that these scopes open; ones that we do not know open nothing."""
    found = ALL.intersection(scopes)
    return found.union(*(HOLDS.get(scope, frozenset()) for scope in found))
