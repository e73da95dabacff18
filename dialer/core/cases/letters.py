"""The officers' letters: who is told of which next actions, and the whole text of it, in French.

Decides that an officer is told of their own cases and of those of their académies that nobody has in hand, and the
service of what no officer is told of; whose days and clock hold for each; and the words around the lines of `digest`.
Who sees which académies is `visibility`. A letter leaves the house: nobody's name is in it. Must not know how it
travels, nor the clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dialer.core.cases.almanac import FRANCE, Almanac, almanac_at
from dialer.core.cases.digest import Digest, digests
from dialer.core.cases.escalation import NextAction
from dialer.core.cases.responsible import Officer, OfficerId
from dialer.core.cases.visibility import Everywhere, academies_of
from dialer.core.places.academie import ACADEMIES, AcademieCode
from dialer.core.places.territory import HOLIDAYS, Territory
from dialer.core.words import Instant
from schedules.calendar import HolidaySet

LINES_MAX = 50
"""Of each part of a letter; the screen has the rest."""
_SERVICE = OfficerId("service")
_END = (
    "Ce message est automatique : merci de ne pas y répondre. Il ne nomme personne ; chaque dossier s'ouvre dans Fil"
    " vert par sa référence."
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """officer None: the service. almanac: the days and the clock of where they work."""

    officer: Officer | None
    mail: str
    almanac: Almanac = FRANCE

    @property
    def key(self) -> str:
        """Known by in the settings and the log. No officer has that of the service."""
        return "*" if self.officer is None else self.officer.id


@dataclass(frozen=True, slots=True)
class Letter:
    """actions: how many it tells of, those beyond its last line too."""

    subject: str
    text: str
    actions: int


def recipients(
    officers: Mapping[OfficerId, Officer],
    service: str | None = None,
    holidays: Mapping[Territory, HolidaySet] = HOLIDAYS,
) -> tuple[Recipient, ...]:
    """Whoever has an address, in the order of their ids, the service last. ``service``: its address."""
    found = [
        Recipient(each, each.mail, _almanac_of(each.academies, holidays))
        for _, each in sorted(officers.items())
        if each.mail is not None
    ]
    return (*found, *(() if service is None else (Recipient(None, service),)))


def letter_to(
    to: Recipient, actions: Iterable[NextAction], officers: Mapping[OfficerId, Officer], at: Instant
) -> Letter | None:
    """What is to be done by them; None: nothing. ``actions``: of all cases."""
    theirs = tuple(action for action in actions if _tells(to, action, officers))
    if not theirs:
        return None
    # Those that nobody has in hand stand in a part of their own, and all count in the subject.
    (whole,) = digests((replace(each, academie=None, officer=_SERVICE) for each in theirs), at, to.almanac)
    parts = map(_part, sorted(digests(theirs, at, to.almanac), key=lambda digest: digest.officer is None))
    return Letter(whole.subject, "\n\n".join(("Bonjour,", *parts, _END)) + "\n", len(theirs))


def _tells(to: Recipient, action: NextAction, officers: Mapping[OfficerId, Officer]) -> bool:
    if action.officer is not None:
        return to.officer is not None and to.officer.id == action.officer
    if to.officer is not None:
        seen = academies_of(to.officer)
        return isinstance(seen, Everywhere) or action.academie in seen
    return not any(action.academie in each.academies for each in officers.values() if each.mail is not None)


def _part(digest: Digest) -> str:
    return "\n".join((_title(digest), *_lines(digest)))


def _title(digest: Digest) -> str:
    if digest.officer is not None:
        return "Vos dossiers"
    if digest.academie is None:
        return "Dossiers sans académie"
    return f"Dossiers sans référent, {ACADEMIES[digest.academie].title}"


def _lines(digest: Digest) -> Iterator[str]:
    yield from (f"- {line.sentence}" for line in digest.lines[:LINES_MAX])
    more: Sequence[object] = digest.lines[LINES_MAX:]
    if more:
        yield f"- … et {len(more)} autre{'s' if len(more) > 1 else ''}."


def _almanac_of(academies: frozenset[AcademieCode], holidays: Mapping[Territory, HolidaySet]) -> Almanac:
    """Of who works for several académies, that of the first by its code."""
    if not academies:
        return FRANCE
    departement = ACADEMIES[min(academies)].departements[0]
    # Where a postcode of it lies: its figures, and in Corse 20 for 2A and 2B.
    head = departement if departement.isdigit() else "20"
    return almanac_at(head.ljust(5, "0"), holidays)
