"""The review in French: as text for a terminal, and as CSV for a spreadsheet.

Decides words and columns only; every number comes from `rtf_tables`. Rates are shown with numerator and denominator,
delays in days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from dialer.core.csv_text import Cell, document
from dialer.core.report.report import NO_ACADEMIE, NO_OUTCOME, OF_DELAY, QUANTILES, Count, Delay, Dimension, Rate
from dialer.core.report.summary import AgeBand, Track
from dialer.core.report.tables import Line, Ratio, Tables
from schedules.walltime import wall_clock

HIDDEN = "s."
"""As statisticians write it: secret."""
NOTHING = "–"
DAY_S = 86_400.0

_NBSP = "\u202f"
_WIDTH = 34

_TITLES: Mapping[Dimension, str] = MappingProxyType(
    {
        Dimension.ACADEMIE: "Par académie",
        Dimension.AGE: "Par âge à la réception",
        Dimension.TRACK: "Par public",
        Dimension.OUTCOME: "Par issue",
    }
)
_VALUES: Mapping[Dimension, Mapping[str, str]] = MappingProxyType(
    {
        Dimension.ACADEMIE: {NO_ACADEMIE: "non connue"},
        Dimension.AGE: {
            AgeBand.UNDER_16: "moins de 16 ans",
            AgeBand.FROM_16: "16–17 ans",
            AgeBand.FROM_18: "18–20 ans",
            AgeBand.FROM_21: "21–25 ans",
            AgeBand.OVER_25: "plus de 25 ans",
            AgeBand.UNKNOWN: "non connu",
        },
        Dimension.TRACK: {
            Track.A: "A, sans diplôme",
            Track.B: "B, sans qualification",
            Track.OUT: "hors public",
            Track.UNKNOWN: "non connu",
        },
        Dimension.OUTCOME: {NO_OUTCOME: "pas encore"},
    }
)
_COUNTS: Mapping[Count, str] = MappingProxyType(
    {
        Count.REQUESTS: "demandes",
        Count.ATTEMPTED: "appelés",
        Count.ATTEMPTS: "tentatives",
        Count.FIRST_IN_TIME: "premier appel sous 2 jours ouvrés",
        Count.REACHED: "joints",
        Count.APPOINTMENTS: "rendez-vous",
        Count.MET: "rendez-vous sous 15 jours",
        Count.LATE: "hors délai",
        Count.ENDED_BEFORE: "closes avant l'échéance sans rendez-vous",
        Count.RUNNING: "délai en cours",
        Count.EXCLUDED: "doublons et hors champ",
    }
)
_RATES: Mapping[Rate, str] = MappingProxyType(
    {
        Rate.IN_TIME: "Rendez-vous sous 15 jours ÷ demandes échues ou closes",
        Rate.IN_TIME_OF_DUE: "Rendez-vous sous 15 jours ÷ demandes allées à l'échéance",
        Rate.REACHED: "Joints ÷ demandes",
        Rate.APPOINTMENTS: "Rendez-vous ÷ joints",
        Rate.FIRST_IN_TIME: "Premier appel sous 2 jours ouvrés ÷ demandes",
    }
)
_DELAYS: Mapping[Delay, str] = MappingProxyType(
    {
        Delay.FIRST_ATTEMPT: "premier appel",
        Delay.REACHED: "premier échange",
        Delay.APPOINTMENT: "rendez-vous",
    }
)
_QUANTILES: Mapping[int, str] = MappingProxyType({50: "médiane", 90: "9 sur 10 en"})
_HEAD = ("demandes", "joints", "rdv", "≤ 15 j", "base", "taux", "tard", "délai médian", "9 sur 10")


AcademieName = Callable[[str], str]
"""An académie as it is counted → its name."""


def value_name(dimension: Dimension, value: str, academie_name: AcademieName = str) -> str:
    """What a group is called. An outcome is shown as it is."""
    known = _VALUES[dimension].get(value)
    if known is not None:
        return known
    return academie_name(value) if dimension is Dimension.ACADEMIE else value


# -- text -------------------------------------------------------------------------------------------


def text_of(shown: Tables, academie_name: AcademieName = str) -> Iterator[str]:
    """The lines of the report, none longer than 120 columns."""
    report, total = shown.report, shown.total
    where = f", académie : {academie_name(report.academie)}" if report.academie is not None else ""
    yield f"Droit au retour en formation – bilan quantitatif {report.year}{where}"
    yield f"Demandes reçues en {report.year}, état au {wall_clock(report.at):%d/%m/%Y à %H:%M}"
    yield ""
    for count in Count:
        yield f"  {_COUNTS[count]:<58}{_number(total.counts[count]):>9}"
    yield ""
    for rate in Rate:
        yield f"  {_RATES[rate]:<58}{_ratio(total.rates[rate])}"
    yield ""
    yield "Délais depuis la réception, en jours"
    for delay in Delay:
        yield f"  {_DELAYS[delay]:<58}{_spread(total, delay)}"
    for dimension, lines in shown.by.items():
        yield ""
        names = [value_name(dimension, line.value, academie_name) for line in lines]
        yield from _table(dimension, names, lines, total)
    yield ""
    yield from _legend(shown)


def _table(dimension: Dimension, names: Sequence[str], lines: Sequence[Line], total: Line) -> Iterator[str]:
    yield f"{_TITLES[dimension]:<{_WIDTH}}" + "".join(f"{head:>{_wide(head)}}" for head in _HEAD)
    for name, line in zip(names, lines, strict=True):
        yield f"  {name[: _WIDTH - 3]:<{_WIDTH - 2}}{_figures(line)}"
    yield f"  {'ensemble':<{_WIDTH - 2}}{_figures(total)}"


def _figures(line: Line) -> str:
    ratio, delays = line.rates[Rate.IN_TIME], line.delays_s[Delay.APPOINTMENT]
    cells = (
        _number(line.counts[Count.REQUESTS]),
        _number(line.counts[Count.REACHED]),
        _number(line.counts[Count.APPOINTMENTS]),
        _number(line.counts[Count.MET]),
        _number(ratio.denominator if ratio is not None else None),
        _percent(ratio),
        _number(line.counts[Count.LATE]),
        *(_days(delays[percent]) if delays is not None else HIDDEN for percent in QUANTILES),
    )
    return "".join(f"{cell:>{_wide(head)}}" for head, cell in zip(_HEAD, cells, strict=True))


def _wide(head: str) -> int:
    return max(9, len(head) + 1)


def _legend(shown: Tables) -> Iterator[str]:
    yield "base : demandes dont les 15 jours sont échus ou qui sont closes, sans les doublons ni le hors champ."
    yield "≤ 15 j : un rendez-vous tient, daté au plus tard le 15e jour après la réception ; tard : les 15 jours sont"
    yield "passés sans. Délai médian, 9 sur 10 : de la réception au jour du rendez-vous, en jours."
    if shown.report.whole_days:
        yield "Les délais des dossiers effacés comptent en jours entiers, arrondis au jour inférieur : une médiane"
        yield "ou un « 9 sur 10 » peut être trop court, de moins d'un jour."
    if shown.masked:
        yield f"{HIDDEN} : effectif de 1 à 4, ou qui permettrait d'en déduire un."


def _spread(line: Line, delay: Delay) -> str:
    spread, count = line.delays_s[delay], line.counts[OF_DELAY[delay]]
    if spread is None:
        return HIDDEN
    said = ", ".join(f"{_QUANTILES[percent]} {_days(spread[percent])}" for percent in QUANTILES)
    return f"{said} (n = {_number(count)})"


def _number(count: int | None) -> str:
    return HIDDEN if count is None else f"{count:,}".replace(",", _NBSP)


def _ratio(ratio: Ratio | None) -> str:
    if ratio is None:
        return HIDDEN
    return f"{_number(ratio.numerator)} / {_number(ratio.denominator)} ({_percent(ratio)})"


def _percent(ratio: Ratio | None) -> str:
    if ratio is None:
        return HIDDEN
    return f"{ratio.percent:.1f}{_NBSP}%".replace(".", ",") if ratio.percent is not None else NOTHING


def _days(seconds: float | None) -> str:
    return f"{seconds / DAY_S:.1f}".replace(".", ",") if seconds is not None else NOTHING


# -- CSV --------------------------------------------------------------------------------------------


def csv_of(shown: Tables, academie_name: AcademieName = str) -> str:
    """One row for each group, the whole year first; in percent and in days, one decimal."""
    header = ["année", "état au", "académie demandée", "par", "valeur", *_COUNTS.values()]
    for rate in Rate:
        header += [_RATES[rate], f"{_RATES[rate]} : base", f"{_RATES[rate]} : %"]
    for delay in Delay:
        header += [f"délai {_DELAYS[delay]} : {_QUANTILES[percent]} (jours)" for percent in QUANTILES]
    report = shown.report
    asked = academie_name(report.academie) if report.academie is not None else None
    front: tuple[Cell, ...] = (report.year, wall_clock(report.at).date(), asked)
    rows: list[Sequence[Cell]] = [(*front, "ensemble", "ensemble", *_cells(shown.total))]
    for dimension, lines in shown.by.items():
        by = _TITLES[dimension].removeprefix("Par ")
        rows += [(*front, by, value_name(dimension, line.value, academie_name), *_cells(line)) for line in lines]
    return document(header, rows)


def _cells(line: Line) -> Iterator[Cell]:
    for count in Count:
        value = line.counts[count]
        yield HIDDEN if value is None else value
    for rate in Rate:
        ratio = line.rates[rate]
        if ratio is None:
            yield from (HIDDEN, HIDDEN, HIDDEN)
        else:
            yield from (ratio.numerator, ratio.denominator, _rounded(ratio.percent))
    for delay in Delay:
        spread = line.delays_s[delay]
        for percent in QUANTILES:
            seconds = spread[percent] if spread is not None else None
            yield HIDDEN if spread is None else _rounded(seconds / DAY_S if seconds is not None else None)


def _rounded(value: float | None) -> float | None:
    return round(value, 1) if value is not None else None
