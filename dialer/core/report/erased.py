"""What remains of erased cases, put back into the review; and whether files and journal tell the same year.

Decides how counts without a case behind them join those of the cases that are still kept, and what it means that two
ways of counting agree. Must not know where counts are kept, nor how a difference is shown.

*Delays.* Of an erased case its delays remain in whole days, rounded down, and each counts as exactly so many. So no
quantile is longer than it truly is, and none is a day or more too short: of the values in order each has become less by
under a day, and so has the one at every place. `Report.whole_days` says that there are such.

*Agreement.* Counts agree when they are equal, in the whole and in every group. Of delays, each that a file tells to the
second must be in the journal to the second; what the journal has beyond them must be those of the erased cases, each in
as many whole days. Nothing finer can be asked: nobody knows any longer which delay was whose.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from dialer.core.cases.case import Kind
from dialer.core.cases.tally import Tally as Remains
from dialer.core.report.report import NO_ACADEMIE, Count, Delay, Dimension, Report, Tally

_DAY_S = 86_400

Place = tuple[Dimension, str] | None
"""A group of a review; None: the whole."""


def with_tallies(review: Report, tallies: Iterable[Remains]) -> Report:
    """The review with what erased requests of its year, and of its académie, count for. ``review`` stays as it is."""
    made = _copy(review)
    for one in tallies:
        if one.kind is not Kind.RTF or one.year != review.year or review.academie not in (None, one.academie):
            continue
        for group in _groups(made, one):
            if one.count is not None:
                group.counts[one.count] += one.number
            if one.delay is not None and one.days is not None:
                group.delays_s[one.delay] += [float(one.days * _DAY_S)] * one.number
                made = replace(made, whole_days=True)
    for _, tally in _places(made):
        for seconds in tally.delays_s.values():
            seconds.sort()
    return made


def _copy(review: Report) -> Report:
    by = {
        dimension: {value: _copied(tally) for value, tally in groups.items()} for dimension, groups in review.by.items()
    }
    return replace(review, total=_copied(review.total), by=by)


def _copied(tally: Tally) -> Tally:
    return Tally(Counter(tally.counts), {delay: list(seconds) for delay, seconds in tally.delays_s.items()})


def _groups(made: Report, one: Remains) -> Iterator[Tally]:
    """Where a count belongs. What is of no class is of the whole and of its académie."""
    if one.dimension is None:
        yield made.total
        yield made.by[Dimension.ACADEMIE].setdefault(one.academie or NO_ACADEMIE, Tally())
    elif one.value is not None:
        yield made.by[one.dimension].setdefault(one.value, Tally())


def _places(review: Report) -> Iterator[tuple[Place, Tally]]:
    yield None, review.total
    for dimension, groups in review.by.items():
        for value, tally in groups.items():
            yield (dimension, value), tally


# -- two ways of counting ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """Of a count: how many there are by the files and what remains of erased ones, and by the journal. Of a delay: how
    many of each have no fellow in the other."""

    place: Place
    what: Count | Delay
    files: int
    journal: int


def differences(files: Report, tallies: Iterable[Remains], journal: Report) -> tuple[Difference, ...]:
    """Where the review by the files and by what remains of erased cases is not that of the journal; none: they agree.

    ``files``: of the cases that are still kept alone. ValueError: the two are not of the same year, académie, instant.
    """
    if (files.year, files.academie, files.at) != (journal.year, journal.academie, journal.at):
        raise ValueError("reviews of two different things cannot agree")
    nothing = Report(files.year, files.at, files.academie, Tally(), {dimension: {} for dimension in Dimension})
    kept, gone, told = (dict(_places(each)) for each in (files, with_tallies(nothing, tallies), journal))
    found: list[Difference] = []
    for place in dict.fromkeys([*kept, *gone, *told]):
        found += _differ(place, *(each.get(place) or Tally() for each in (kept, gone, told)))
    return tuple(found)


def _differ(place: Place, kept: Tally, gone: Tally, told: Tally) -> Iterator[Difference]:
    for count in Count:
        here, there = kept.counts[count] + gone.counts[count], told.counts[count]
        if here != there:
            yield Difference(place, count, here, there)
    for delay in Delay:
        exact, of_journal = Counter(kept.delays_s[delay]), Counter(told.delays_s[delay])
        days, beyond = _in_days(gone.delays_s[delay]), _in_days((of_journal - exact).elements())
        alone = (exact - of_journal).total() + (days - beyond).total()
        if alone or beyond != days:
            yield Difference(place, delay, alone, (beyond - days).total())


def _in_days(seconds: Iterable[float]) -> Counter[int]:
    return Counter(int(each // _DAY_S) for each in seconds)
