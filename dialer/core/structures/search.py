"""Finding a structure of the directory: by its name, its place, its kind, whether it is open; the nearest first.

Decides which structures somebody means and in which order they are shown. Must not know who asks, nor where the
directory is kept. Words are those of name, commune, kind and id, without accents, capitals and CEDEX; each word that
was typed must be one of them or begin one. One wrong, missing, doubled or swapped letter is forgiven in a word of four
letters or more that is whole, and in the beginning of a word from six letters on; what was typed right comes first.

How far "near" reaches is said in `centroids`: a distance that is rough tells départements apart and no more.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from dialer.core.places.centroids import Centroids, Distance, Place, distance
from dialer.core.structures.structure import LABELS, Structure, StructureId, StructureKind, exists_on, home_of, is_open
from dialer.core.words import Instant
from schedules.walltime import wall_clock

WHOLE_MIN, BEGUN_MIN = 4, 6
"""Letters from which on a slip is forgiven: in a whole word, and in the beginning of one."""

AcademieOf = Callable[[str], str | None]
"""A postcode → the name of its académie, as `Wanted.academies` has it; None: it is in none."""

_WORD = re.compile(r"[^\W_]+")
_CEDEX = re.compile(r"\bcedex(\s+\d+)?\b")
_LONG_FORMS = {"st": "saint", "ste": "sainte"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Every wish that is given must be met. Without any, all that are there today.

    postcode: the first digits suffice. near: a postcode, nearest to it first. academies: those of who asks, at most.
    open_at: whose door is open then; whoever says no hours is not. closed_too: also those that are there no more.
    """

    text: str = ""
    postcode: str | None = None
    near: str | None = None
    academies: frozenset[str] | None = None
    kinds: frozenset[StructureKind] = frozenset()
    open_at: Instant | None = None
    closed_too: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """``distance`` None: nobody asked near to what, or that is no French postcode. ``slips``: letters forgiven."""

    structure: Structure
    distance: Distance | None
    slips: int


class Directory:
    """All structures, to be searched. Made anew when one of them changes: that takes as long as a few searches."""

    def __init__(self, structures: Iterable[Structure], academie_of: AcademieOf) -> None:
        self.structures: Mapping[StructureId, Structure] = {each.id: each for each in structures}
        self._academies = {each.id: academie_of(each.postcode) for each in self.structures.values()}
        points = [(each.postcode, each.point) for each in self.structures.values()]
        self.centroids = Centroids((postcode, point) for postcode, point in points if point is not None)
        self._words: dict[str, list[StructureId]] = {}
        for each in self.structures.values():
            for word in set(_words_of(each)):
                self._words.setdefault(word, []).append(each.id)

    def academie_of(self, structure: StructureId) -> str | None:
        return self._academies[structure]

    def find(self, wanted: Wanted, at: Instant) -> list[Found]:
        """Those that are meant, best first: slips, then distance, then name. ``at``: now."""
        origin = self.centroids.of(wanted.near) if wanted.near is not None else None
        found = [
            Found(each, self._distance(origin, each), slips)
            for each, slips in self._named(wanted.text)
            if self._meets(each, wanted, at)
        ]
        return sorted(found, key=lambda each: _order(each, wanted.near))

    def _named(self, text: str) -> Iterable[tuple[Structure, int]]:
        """Those that have every word of the text, with the slips of all words."""
        slips = dict.fromkeys(self.structures, 0)
        for typed in set(words(text)):
            of_word: dict[StructureId, int] = {}
            for word, ids in self._words.items():
                cost = _slips(typed, word)
                if cost is not None:
                    for key in ids:
                        of_word[key] = min(cost, of_word.get(key, cost))
            slips = {key: slips[key] + cost for key, cost in of_word.items() if key in slips}
        return ((self.structures[key], cost) for key, cost in slips.items())

    def _meets(self, structure: Structure, wanted: Wanted, at: Instant) -> bool:
        if wanted.postcode is not None and not structure.postcode.startswith(wanted.postcode):
            return False
        if wanted.academies is not None and self._academies[structure.id] not in wanted.academies:
            return False
        if wanted.kinds and structure.kind not in wanted.kinds:
            return False
        if not wanted.closed_too and not exists_on(structure, _today(structure, at)):
            return False
        return wanted.open_at is None or is_open(structure, wanted.open_at) is True

    def _distance(self, origin: Place | None, structure: Structure) -> Distance | None:
        if origin is None:
            return None
        theirs = Place(structure.point, rough=False) if structure.point else self.centroids.of(structure.postcode)
        return distance(origin, theirs) if theirs is not None else None


def _order(found: Found, near: str | None) -> tuple[object, ...]:
    structure = found.structure
    km = found.distance.km if found.distance is not None else 0.0
    # Rough distances within a département are all 0: there the same postcode is nearer, then one of the same office.
    return found.slips, km, -_shared(structure.postcode, near or ""), fold(structure.name), structure.id


def _shared(one: str, other: str) -> int:
    """How many digits two postcodes have in common, from the first."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _today(structure: Structure, at: Instant) -> date:
    return wall_clock(at, home_of(structure).zone).date()


# -- words ------------------------------------------------------------------------------------------


def _words_of(structure: Structure) -> list[str]:
    texts = (structure.name, structure.commune, structure.kind, LABELS[structure.kind], structure.id)
    return [word for text in texts for word in words(text)]


def words(text: str) -> list[str]:
    """The words of a text as they are compared: "St-Étienne CEDEX 2" is "saint", "etienne"."""
    found = _WORD.findall(_CEDEX.sub(" ", fold(text)))
    return [_LONG_FORMS.get(word, word) for word in found]


def fold(text: str) -> str:
    """In small letters without accents."""
    letters = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    return "".join(each for each in letters if not unicodedata.combining(each))


def _slips(typed: str, word: str) -> int | None:
    """0: the word begins with what was typed. 1: it would, but for one letter. None: it is another word."""
    if word.startswith(typed):
        return 0
    if len(typed) < WHOLE_MIN or not _one_slip(typed, word, begun=len(typed) >= BEGUN_MIN):
        return None
    return 1


def _one_slip(typed: str, word: str, *, begun: bool) -> bool:
    """Whether one letter more, less, other or swapped makes ``typed`` the word, or its beginning.

    It is enough to look at the first letter that differs: what is before it is right already.
    """
    at = next((n for n, (a, b) in enumerate(zip(typed, word, strict=False)) if a != b), min(len(typed), len(word)))
    mended = [
        (typed[at + 1 :], word[at + 1 :]),  # another letter
        (typed[at + 1 :], word[at:]),  # one too many
        (typed[at:], word[at + 1 :]),  # one missing
    ]
    if typed[at : at + 2] == word[at : at + 2][::-1] and len(word) >= at + 2:
        mended.append((typed[at + 2 :], word[at + 2 :]))
    return any(left == rest or (begun and rest.startswith(left)) for left, rest in mended)
