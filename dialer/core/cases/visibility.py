"""Who sees which cases: the one rule, for every list, page, export, count and e-mail.

An officer sees the cases of their own académies and no others; a case in the national pool is no académie's. National
coordination sees all. A person sees their own file, by their secret link, and is in no list. Whoever may not see a case
is answered as if there were none.

`may_see` answers for one case and `academies_of` for a query; they are the same rule, and tests hold them together.
Must not know HTTP, tokens' secrets or the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from dialer.core.callbacks.states import CaseId
from dialer.core.cases.responsible import Officer, OfficerId, Responsible
from dialer.core.places.academie import AcademieCode, named


@dataclass(frozen=True, slots=True)
class National:
    """Sees every case, the national pool's too."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever holds the secret link of one case."""

    case: CaseId


Viewer = National | Officer | Person


@dataclass(frozen=True, slots=True)
class Everywhere:
    """No bound: the national pool and all académies. A value of its own, so that nobody takes "none" for "all"."""


class Held(Protocol):
    """A case, as far as this rule looks at it."""

    @property
    def id(self) -> CaseId: ...
    @property
    def responsible(self) -> Responsible: ...


def may_see(viewer: Viewer, case: Held) -> bool:
    """Whether this case exists for them."""
    match viewer:
        case National():
            return True
        case Officer(academies=academies):
            return case.responsible.academie in academies
        case Person(case=own):
            return case.id == own


def academies_of(viewer: Viewer, asked: AcademieCode | None = None) -> Everywhere | frozenset[AcademieCode]:
    """Of which académies a list shows cases: `Everywhere`, or these alone, and none when there are none.

    For SQL: ``academie IN (…)``, which a case of the national pool, whose column is NULL, never meets. ``asked``: the
    académie that a query wants; one that is not theirs gives an empty list, like one without cases.
    """
    match viewer:
        case National():
            return Everywhere() if asked is None else frozenset({asked})
        case Officer(academies=academies):
            return academies if asked is None else academies & {asked}
        case Person():
            return frozenset()


def viewer_of(holder: str, academie: str | None) -> National | Officer:
    """Who a token's holder is: without an académie national, else an officer of it. One that is unknown sees nothing.

    ``academie``: a code, or a name as somebody typed it when the token was made.
    """
    if academie is None:
        return National()
    known = named(academie)
    return Officer(OfficerId(holder), frozenset() if known is None else frozenset({known.code}))
