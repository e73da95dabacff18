"""What a password must be, before it is hashed.

Decides whether a new password is taken, and refuses with all that is wrong at once, repeating nothing of it. Must not
know how it is hashed, nor any that was used before.

Sources: NIST SP 800-63B (length, a list of what is commonly used or expected, no composition rules, no expiry, Unicode
normalised); CNIL, délibération 2022-100 (50 bits where tries are limited, as ours are in `throttle`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

from schedules.faults import Fault

LENGTH_MIN = 12
LENGTH_MAX = 128
"""Code points, once normalised: what a flood may make us hash is bounded."""
REST_MIN = 6
"""Signs that a password has besides what everybody would try."""
DIFFERENT_MIN = 5
WORD_MIN = 3
"""A shorter part of a name is in too many honest words."""

COMMONEST = frozenset({
    "123456789", "987654321", "0123456789", "12345678", "123456", "12345", "1234", "0000", "1111", "azertyuiop",
    "azerty", "qwertyuiop", "qwerty", "qwertz", "qsdfghjklm", "wxcvbn", "asdfghjkl", "zxcvbnm", "1q2w3e4r5t",
    "1q2w3e4r", "1qaz2wsx", "a1b2c3d4", "motdepasse", "motdepass", "mdp", "password", "passw0rd", "passwort",
    "contrasena", "administrateur", "administrator", "admin", "root", "bonjour", "soleil", "doudou", "chouchou",
    "loulou", "marseille", "paris", "france", "jetaime", "iloveyou", "welcome", "bienvenue", "changeme", "letmein",
    "sunshine", "princess", "football", "dragon", "monkey", "superman", "batman", "pokemon", "starwars", "secret",
    "ministere", "education", "nationale", "academie", "rectorat", "orientation", "filvert", "reviens", "former",
    "telephone", "conseiller",
})  # fmt: skip
"""Of the lists of what was leaked, the head, and the service's own words; all folded as `_folded` folds."""

WHERE = "password"

_BETWEEN = re.compile(r"[\W_]+")
_YEAR = re.compile(r"(19|20)[0-9]{2}")


def normalised(password: str) -> str:
    """NFKC: the same keys typed on another system are the same password."""
    return unicodedata.normalize("NFKC", password)


def faults_of(password: str, expected: Iterable[str] = ()) -> list[Fault]:
    """What is wrong with it; nothing when it is taken. ``expected``: the account's id, name, e-mail."""
    text = normalised(password)
    found: list[Fault] = []
    if len(text) < LENGTH_MIN:
        found.append(Fault(WHERE, "it is too short", f"write at least {LENGTH_MIN} characters, as four words make"))
    if len(text) > LENGTH_MAX:
        found.append(Fault(WHERE, "it is too long", f"write at most {LENGTH_MAX} characters"))
        return found
    if not all(sign.isprintable() for sign in text):
        found.append(Fault(WHERE, "it holds signs that cannot be typed again", "write letters, digits, signs, spaces"))
    if len(_besides(text, expected)) < REST_MIN:
        found.append(Fault(WHERE, "it is what others would try first", "write words that have nothing to do with you"))
    if len(set(text)) < DIFFERENT_MIN or _surprises(text) < REST_MIN:
        found.append(Fault(WHERE, "it repeats or counts on", "write several words that do not follow one another"))
    return found


def _folded(text: str) -> str:
    """Lower case, without accents, spaces and punctuation."""
    plain = unicodedata.normalize("NFD", text.casefold())
    return "".join(sign for sign in plain if sign.isalnum())


def _besides(text: str, expected: Iterable[str]) -> str:
    """What of it is neither commonly used nor told by whose it is; of other signs each one once."""
    parts = {_folded(part) for whole in expected for part in (whole, *_BETWEEN.split(whole))}
    words = {part for part in parts if len(part) >= WORD_MIN} | COMMONEST
    rest = _folded(text)
    for word in sorted(words, key=lambda word: (-len(word), word)):
        rest = rest.replace(word, " ")  # a gap, so that nothing is made of what stood on both sides
    letters = _YEAR.sub("", rest).replace(" ", "")
    return letters + "".join({sign for sign in text if not sign.isalnum() and not sign.isspace()})


def _surprises(text: str) -> int:
    """Signs that do not follow from the two before them, as they do in `aaaa`, `abcd` and `4321`."""
    steps = [ord(after) - ord(before) for before, after in pairwise(text)]
    return min(len(text), 2) + sum(after != before for before, after in pairwise(steps))
