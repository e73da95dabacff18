"""Hours and instants in French words: as a synthesiser should read them, and as a screen shows them.

Knows the words only. Numbers are spoken in words, because synthesisers stumble over "10 h" and "1er".
"""

from datetime import date, datetime

from schedules.hours import Hours, Period, Span, Spans
from schedules.walltime import DAY_MIN, wall_clock

_WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
_UP_TO_SIXTEEN = (
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit",
    "neuf", "dix", "onze", "douze", "treize", "quatorze", "quinze", "seize",
)  # fmt: skip
_TENS = {2: "vingt", 3: "trente", 4: "quarante", 5: "cinquante"}
_NEVER = "fermé tous les jours"
_NBSP = "\u00a0"


def spoken_hours(hours: Hours, on: date) -> str:
    """The weekly hours in force on `on`: "du lundi au vendredi, de dix heures à vingt heures".

    Special days and holidays are not told. Consecutive days with the same hours are said together.
    """
    return (
        ", et ".join(f"{_spoken_days(first, last)}, {_spoken_spans(spans)}" for first, last, spans in _runs(hours, on))
        or _NEVER
    )


def written_hours(hours: Hours, on: date) -> str:
    """The same for screens: "lundi au vendredi, 10 h – 20 h", with no-break spaces before the h."""
    return (
        " ; ".join(
            f"{_written_days(first, last)}, {' et '.join(map(_written_span, spans))}"
            for first, last, spans in _runs(hours, on)
        )
        or _NEVER
    )


def spoken_day(day: date) -> str:
    """ "lundi seize mars"; the first is "premier". The year is not said."""
    number = "premier" if day.day == 1 else spoken_number(day.day)
    return f"{_WEEKDAYS[day.weekday()]} {number} {_MONTHS[day.month - 1]}"


def spoken_instant(at: datetime) -> str:
    """ "lundi seize mars à dix heures", in Paris wall time. ValueError when `at` is naive."""
    shown = wall_clock(at)
    return f"{spoken_day(shown.date())} à {spoken_time(shown.hour * 60 + shown.minute)}"


def spoken_time(minute: int) -> str:
    """A time of day (minutes since midnight, 0–1440): "neuf heures trente", "midi", "minuit"."""
    if minute in (0, DAY_MIN):
        return "minuit"
    if minute == DAY_MIN // 2:
        return "midi"
    hour, rest = divmod(minute, 60)
    said = f"{spoken_number(hour, feminine=True)} {'heures' if hour > 1 else 'heure'}"
    return f"{said} {spoken_number(rest, feminine=True)}" if rest else said


def spoken_number(number: int, *, feminine: bool = False) -> str:
    """0 to 59 in words; feminine for hours and minutes ("vingt et une"). ValueError outside."""
    if not 0 <= number <= 59:
        raise ValueError(f"{number} is not between 0 and 59")
    one = "une" if feminine else "un"
    if number == 1:
        return one
    if number <= 16:
        return _UP_TO_SIXTEEN[number]
    tens, units = divmod(number, 10)
    if tens == 1:
        return f"dix-{_UP_TO_SIXTEEN[units]}"
    if units == 1:
        return f"{_TENS[tens]} et {one}"
    return f"{_TENS[tens]}-{_UP_TO_SIXTEEN[units]}" if units else _TENS[tens]


def _runs(hours: Hours, on: date) -> list[tuple[int, int, Spans]]:
    """(first weekday, last weekday, spans) of consecutive open days with the same hours."""
    period = hours.period_on(on)
    if period is None:
        return []
    return [(first, last, _joined(period.week[first])) for first, last in _same_days(period) if period.week[first]]


def _same_days(period: Period) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for day, spans in enumerate(period.week):
        if runs and _joined(period.week[day - 1]) == _joined(spans):
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs


def _joined(spans: Spans) -> Spans:
    """The spans with those that touch made one: nobody wants to hear "to noon and from noon"."""
    joined: list[Span] = []
    for span in spans:
        if joined and joined[-1].end == span.start:
            joined[-1] = Span(joined[-1].start, span.end)
        else:
            joined.append(span)
    return tuple(joined)


def _spoken_days(first: int, last: int) -> str:
    if last - first == 6:
        return "tous les jours"
    if first == last:
        return f"le {_WEEKDAYS[first]}"
    if last - first == 1:
        return f"le {_WEEKDAYS[first]} et le {_WEEKDAYS[last]}"
    return f"du {_WEEKDAYS[first]} au {_WEEKDAYS[last]}"


def _written_days(first: int, last: int) -> str:
    if last - first == 6:
        return "tous les jours"
    if first == last:
        return _WEEKDAYS[first]
    return f"{_WEEKDAYS[first]} {'et' if last - first == 1 else 'au'} {_WEEKDAYS[last]}"


def _spoken_spans(spans: Spans) -> str:
    if spans == (Span(0, DAY_MIN),):
        return "vingt-quatre heures sur vingt-quatre"
    said = [f"{_from(spoken_time(span.start))} à {spoken_time(span.end)}" for span in spans]
    return " et ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)


def _from(time: str) -> str:
    return f"d'{time}" if time.startswith("une ") else f"de {time}"


def _written_span(span: Span) -> str:
    if span == Span(0, DAY_MIN):
        return f"24{_NBSP}h sur 24"
    return f"{_written_time(span.start)} – {_written_time(span.end)}"


def _written_time(minute: int) -> str:
    hour, rest = divmod(minute, 60)
    return f"{hour}{_NBSP}h{_NBSP}{rest:02}" if rest else f"{hour}{_NBSP}h"
