"""By which words a case is found: those that it has, and what somebody typed to find it.

Decides what a word is, the same on both sides: letters and digits, without accents and capitals. Must not know where
words are kept, nor who looks.

Numbers and references are typed in groups ("01 99 00 12 34", "6012 4736", "+33 1 99 …"): groups of up to four digits in
a row are one word; a postcode has five, and stands for itself. One letter finds half the country, so where longer words
were typed too it is left out, as the N of N'Guyen; alone it is refused (`is_too_little`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from dialer.core.words import E164

_GROUPS = re.compile(r"(?<!\d)\+?\d{1,4}(?:[\s.\-/]+\d{1,4}(?!\d))+", re.ASCII)


def words_of(text: str) -> Iterator[str]:
    """ "Zoé-Marie  N'Guyen" → zoe, marie, n, guyen."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = "".join(each for each in folded if not unicodedata.combining(each))
    return iter("".join(each if each.isalnum() else " " for each in plain).split())


def phone_words(number: E164) -> Iterable[str]:
    """As people write it, +33 or 0 at its head: their digits alone."""
    digits = number.removeprefix("+")
    return (digits, f"0{digits[2:]}") if digits.startswith("33") else (digits,)


def sought(text: str) -> tuple[str, ...]:
    """The words that somebody means; each is to begin one of the case's."""
    joined = _GROUPS.sub(lambda found: "".join(each for each in found[0] if each.isdigit()), text)
    words = tuple(words_of(joined))
    return tuple(each for each in words if len(each) > 1) or words


def is_too_little(words: Iterable[str]) -> bool:
    """Whether nobody is meant by it. Nothing at all is no word, and means all."""
    found = tuple(words)
    return bool(found) and all(len(each) < 2 for each in found)
