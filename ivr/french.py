"""Numbers as French says them on the telephone: counts, ranks and telephone numbers, all in words.

Knows words only. A synthesiser must never be given figures: it may read them otherwise than a person would.
"""

from __future__ import annotations

from schedules.speech import spoken_number


def cardinal(number: int, *, feminine: bool = False) -> str:
    """0 to 999: "soixante et onze", "quatre-vingts", "deux cent un". ValueError outside."""
    if number >= 100:
        hundreds, rest = divmod(number, 100)
        if hundreds > 9:
            raise ValueError(f"{number} is not between 0 and 999")
        lead = "cent" if hundreds == 1 else f"{spoken_number(hundreds)} cent"
        if rest == 0:
            return lead if hundreds == 1 else f"{lead}s"
        return f"{lead} {cardinal(rest, feminine=feminine)}"
    if number < 60:
        return spoken_number(number, feminine=feminine)
    if number < 80:
        rest = number - 60
        if rest in (1, 11):
            return f"soixante et {spoken_number(rest, feminine=feminine)}"
        return f"soixante-{spoken_number(rest)}" if rest else "soixante"
    rest = number - 80
    return f"quatre-vingt-{spoken_number(rest, feminine=feminine)}" if rest else "quatre-vingts"


def feminine_ordinal(number: int) -> str:
    """1 to 999, for a word like "position": "première", "vingt et unième", "quatre-vingtième". ValueError outside."""
    if number == 1:
        return "première"
    if number < 1:
        raise ValueError(f"{number} has no rank")
    word = cardinal(number)
    if word.endswith("cinq"):
        return f"{word}uième"
    if word.endswith("neuf"):
        return f"{word[:-1]}vième"
    if number >= 80 and word.endswith("s") and not word.endswith(("trois", "six")):  # vingts, cents
        word = word[:-1]
    return f"{word.removesuffix('e')}ième"


def spoken_telephone(shown: str) -> str:
    """A telephone number group by group: "0 800 400 070" → "zéro, huit cents, quatre cents, zéro soixante-dix".

    A group longer than three figures is said by twos, as one does with a number that nobody has grouped.
    """
    groups = [part for group in shown.split() for part in _by_twos(group)]
    return ", ".join(_group(group) for group in groups)


def _by_twos(figures: str) -> list[str]:
    if len(figures) <= 3:
        return [figures]
    return [figures[at : at + 2] for at in range(0, len(figures), 2)]


def _group(figures: str) -> str:
    zeros = len(figures) - len(figures.lstrip("0"))
    rest = figures[zeros:]
    return " ".join(["zéro"] * zeros + ([cardinal(int(rest))] if rest else []))
