"""The review as tables of numbers that may be shown: all of them, or with the small ones kept back.

Decides which numbers are kept back. Must not know how a table is drawn (`rtf_text`).

*Small numbers.* A count from 1 to 4 would point at people. Where they are to be kept back it is hidden, and so is
whatever would give it away: in a sum that is shown, hidden parts are never one alone, nor together fewer than 5; rates
and delays are shown only with the numbers they are made of. Sums are the columns of each table, and within a row the
five ways of the legal clock. 0 is shown. A number that follows from two *reports* (the national one less all académies
but one) is not looked for: publish one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.report.report import (
    CLOCK,
    NO_OUTCOME,
    OF_DELAY,
    QUANTILES,
    RATES,
    Count,
    Delay,
    Dimension,
    Rate,
    Report,
)
from dialer.core.report.report import Tally as _Tally
from dialer.core.report.summary import AgeBand, Track

SMALL = 5
"""Fewer than this is kept back."""


@dataclass(frozen=True, slots=True)
class Ratio:
    numerator: int
    denominator: int

    @property
    def percent(self) -> float | None:
        return 100 * self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True, slots=True)
class Line:
    """One group. None: kept back. delays_s: by delay and percent, None also where nobody has one."""

    value: str
    counts: Mapping[Count, int | None]
    rates: Mapping[Rate, Ratio | None]
    delays_s: Mapping[Delay, Mapping[int, float | None] | None]


@dataclass(frozen=True, slots=True)
class Tables:
    """``masked``: whether small numbers were to be kept back."""

    report: Report
    masked: bool
    total: Line
    by: Mapping[Dimension, tuple[Line, ...]]


def tables(report: Report, *, mask: bool) -> Tables:
    hidden = _hidden(report) if mask else frozenset()
    by = {
        dimension: tuple(
            _line(value, groups[value], {count for at, count in hidden if at == (dimension, value)})
            for value in _in_order(dimension, groups)
        )
        for dimension, groups in report.by.items()
    }
    total = _line("", report.total, {count for at, count in hidden if at == _TOTAL})
    return Tables(report, mask, total, by)


def _line(value: str, tally: _Tally, hidden: set[Count]) -> Line:
    if Count.ATTEMPTED in hidden:
        hidden = hidden | {Count.ATTEMPTS}
    counts = {count: None if count in hidden else tally.counts[count] for count in Count}
    return Line(
        value,
        counts,
        {rate: _ratio(tally, rate, hidden) for rate in Rate},
        {
            # Of few people a quantile is one person's delay, and few people are hidden.
            delay: None if count in hidden else {percent: tally.quantile_s(delay, percent) for percent in QUANTILES}
            for delay, count in OF_DELAY.items()
        },
    )


def _ratio(tally: _Tally, rate: Rate, hidden: set[Count]) -> Ratio | None:
    numerator, denominator = RATES[rate]
    if hidden & {numerator, *denominator}:
        return None
    return Ratio(tally.counts[numerator], sum(tally.counts[count] for count in denominator))


_ORDER: Mapping[Dimension, tuple[str, ...]] = {
    Dimension.AGE: tuple(AgeBand),
    Dimension.TRACK: tuple(Track),
    Dimension.OUTCOME: (*CallbackOutcome, NO_OUTCOME),
}


def _in_order(dimension: Dimension, groups: Iterable[str]) -> list[str]:
    order = _ORDER.get(dimension)
    return sorted(groups, key=order.index) if order is not None else sorted(groups)


# -- what is kept back ------------------------------------------------------------------------------

_Row = tuple[Dimension, str] | None
_Cell = tuple[_Row, Count]
_TOTAL: _Row = None


def _hidden(report: Report) -> frozenset[_Cell]:
    """The cells that are not shown: the small ones, and as few others as it takes, the smallest first."""
    values = dict(_cells(report))
    hidden = {cell for cell, value in values.items() if 0 < value < SMALL}
    sums = list(_sums(report))
    settled = False
    while not settled:
        settled = True
        for whole, parts in sums:
            while _is_given_away(whole, parts, hidden, values):
                shown = [cell for cell in parts if values[cell] and cell not in hidden]
                # One part that is the whole beside zeros: then it is the sum that says too much.
                hidden.add(min(shown, key=lambda cell: values[cell], default=whole))
                settled = False
    return frozenset(hidden)


def _is_given_away(whole: _Cell, parts: list[_Cell], hidden: set[_Cell], values: Mapping[_Cell, int]) -> bool:
    its = [cell for cell in parts if cell in hidden]
    if whole in hidden:
        return not its
    return bool(its) and (len(its) == 1 or sum(values[cell] for cell in its) < SMALL)


def _cells(report: Report) -> Iterator[tuple[_Cell, int]]:
    """Attempts are not people: they are hidden with those who were called."""
    for row, tally in _rows(report):
        for count in Count:
            if count is not Count.ATTEMPTS:
                yield (row, count), tally.counts[count]


def _sums(report: Report) -> Iterator[tuple[_Cell, list[_Cell]]]:
    for row, _ in _rows(report):
        yield (row, Count.REQUESTS), [(row, count) for count in CLOCK]
    for dimension, groups in report.by.items():
        for count in Count:
            if count is not Count.ATTEMPTS:
                yield (_TOTAL, count), [((dimension, value), count) for value in sorted(groups)]


def _rows(report: Report) -> Iterator[tuple[_Row, _Tally]]:
    yield _TOTAL, report.total
    for dimension, groups in report.by.items():
        for value, tally in groups.items():
            yield (dimension, value), tally
