"""What remains of a case when everything of the person is gone: counts, from which nobody can be found.

Decides which counts of the annual review (`rtf_report`) one case adds to, so that the review of a year can be made
after its cases are erased. Each count says one class beside the year and the académie: the answers of one person do not
stay together, for a row of all of them would be the person again. Delays remain in whole days. Must not know where
counts are kept, nor which are too small to be shown (`rtf_tables` masks them).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dialer.core.cases.case import Kind
from dialer.core.report.report import Count, Delay, Dimension, report
from dialer.core.report.report import Tally as Group
from dialer.core.report.summary import Summary
from schedules.walltime import wall_clock

_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Tally:
    """Plus ``number``, of a count, or of a delay of so many days (rounded down): one of the two, as some are called the
    same. dimension, value: the class; None of both: all of the académie.

    academie: as in `rtf_summary.Facts`; None: not known, or none.
    """

    year: int
    academie: str | None
    kind: Kind
    dimension: Dimension | None
    value: str | None
    count: Count | None
    delay: Delay | None
    days: int | None
    number: int


def tallies(kind: Kind, summary: Summary) -> tuple[Tally, ...]:
    """What the case counts for. ValueError: it has not ended."""
    if summary.ended_at is None:
        raise ValueError("an open case counts for nothing yet")
    year = wall_clock(summary.received_at).year
    made = report((summary,), year, summary.ended_at)
    found: list[Tally] = []
    for dimension, value, group in _groups(made.total, made.by):
        for count, number in group.counts.items():
            if number:
                found.append(Tally(year, summary.facts.academie, kind, dimension, value, count, None, None, number))
        for delay, seconds in group.delays_s.items():
            found += [
                Tally(year, summary.facts.academie, kind, dimension, value, None, delay, int(each // _DAY_S), 1)
                for each in seconds
            ]
    return tuple(found)


def _groups(
    total: Group, by: dict[Dimension, dict[str, Group]]
) -> Iterator[tuple[Dimension | None, str | None, Group]]:
    yield None, None, total
    for dimension, groups in by.items():
        if dimension is not Dimension.ACADEMIE:
            for value, group in groups.items():
                yield dimension, value, group
