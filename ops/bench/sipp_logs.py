"""What SIPp wrote, read: how many calls went well, and when each adviser talked.

Pure: text in, values out. Instants are seconds of SIPp's own clock (Unix time), one clock for all of a round.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

_FAILED = re.compile(r"Failed(?!Call\()(\w+)\(C\)")
_CALLED = re.compile(r"INVITE sip:([^@;>]+)@")


@dataclass(frozen=True, slots=True)
class Tally:
    """The callers' own count. why: SIPp's names of failures, with how often each came."""

    offered: int
    good: int
    failed: int
    why: tuple[tuple[str, int], ...] = ()


def tally(statistics: str) -> Tally:
    """The last row of a statistics file (`-trace_stat`). ValueError when there is none."""
    header, *rows = [line.split(";") for line in statistics.splitlines() if line.strip()] or [[]]
    if not rows:
        raise ValueError("SIPp wrote no statistics")
    row = dict(zip(header, rows[-1], strict=False))
    why = {found[1]: int(row[name]) for name in row if (found := _FAILED.fullmatch(name)) is not None}
    return Tally(
        offered=int(row["TotalCallCreated"]),
        good=int(row["SuccessfulCall(C)"]),
        failed=int(row["FailedCall(C)"]),
        why=tuple((name, count) for name, count in why.items() if count),
    )


@dataclass(frozen=True, slots=True)
class Talk:
    """One call on an adviser's phone, from its INVITE until its BYE was answered (None: it never was)."""

    adviser: str
    rang_at: float
    free_at: float | None


def talks(messages: Iterable[str]) -> list[Talk]:
    """The talks in a short message log of the phones (`-trace_shortmsg -rfc3339`), in the order in which they rang.

    Asterisk repeats what is not answered in time; the first INVITE and the first answer to a BYE are those that count.
    Lines that are cut (the log of a process that was ended) are left out.
    """
    rang: dict[str, tuple[str, float]] = {}
    free: dict[str, float] = {}
    for line in messages:
        fields = line.rstrip("\n").split("\t")
        if len(fields) != 5:
            continue
        at, direction, call, cseq, first = fields
        if direction != "R":
            continue
        if call not in rang and (called := _CALLED.match(first)) is not None:
            rang[call] = called[1], _instant(at)
        elif cseq.endswith(" BYE") and first.startswith("SIP/2.0 200") and call not in free:
            free[call] = _instant(at)
    return [Talk(adviser, rang_at, free.get(call)) for call, (adviser, rang_at) in rang.items()]


def idle_gaps_s(found: Sequence[Talk]) -> list[float]:
    """For each adviser, from being free to the next INVITE. Says something only while callers always wait."""
    by_adviser: dict[str, list[Talk]] = defaultdict(list)
    for talk in sorted(found, key=lambda talk: talk.rang_at):
        by_adviser[talk.adviser].append(talk)
    return [
        after.rang_at - before.free_at
        for theirs in by_adviser.values()
        for before, after in pairwise(theirs)
        if before.free_at is not None
    ]


def served_per_s(found: Sequence[Talk], seconds: float, settle_s: float = 1.0) -> float:
    """Talks that ended per second while calls came in: from `settle_s` after the first end, as long as was offered."""
    ends = sorted(talk.free_at for talk in found if talk.free_at is not None)
    if not ends:
        return 0.0
    since, until = ends[0] + settle_s, ends[0] + seconds
    return sum(since <= end < until for end in ends) / (until - since)


def _instant(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
