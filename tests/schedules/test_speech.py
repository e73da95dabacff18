"""Hours and instants in French words."""

from datetime import UTC, date, datetime

import pytest

from schedules.hours import Hours, Period, Span
from schedules.speech import (
    spoken_day,
    spoken_hours,
    spoken_instant,
    spoken_number,
    spoken_time,
    written_hours,
)

SINCE = date(2026, 1, 1)
CLOSED: tuple[Span, ...] = ()
OFFICE = (Span(600, 1200),)
SPLIT = (Span(540, 690), Span(840, 1020))
MORNING = (Span(540, 720),)


@pytest.mark.parametrize(
    ("week", "spoken", "written"),
    [
        (
            (OFFICE,) * 5 + (CLOSED,) * 2,
            "du lundi au vendredi, de dix heures à vingt heures",
            "lundi au vendredi, 10 h – 20 h",
        ),
        (
            (SPLIT,) * 5 + (CLOSED,) * 2,
            "du lundi au vendredi, de neuf heures à onze heures trente et de quatorze heures à dix-sept heures",
            "lundi au vendredi, 9 h – 11 h 30 et 14 h – 17 h",
        ),
        (
            (OFFICE,) * 4 + (MORNING,) + (CLOSED,) * 2,
            "du lundi au jeudi, de dix heures à vingt heures, et le vendredi, de neuf heures à midi",
            "lundi au jeudi, 10 h – 20 h ; vendredi, 9 h – 12 h",
        ),
        (
            (OFFICE, OFFICE, CLOSED, OFFICE, OFFICE, CLOSED, CLOSED),
            "le lundi et le mardi, de dix heures à vingt heures, "
            "et le jeudi et le vendredi, de dix heures à vingt heures",
            "lundi et mardi, 10 h – 20 h ; jeudi et vendredi, 10 h – 20 h",
        ),
        (
            ((Span(0, 60), Span(61, 120), Span(1305, 1440)),) * 7,
            "tous les jours, de minuit à une heure, d'une heure une à deux heures "
            "et de vingt et une heures quarante-cinq à minuit",
            "tous les jours, 0 h – 1 h et 1 h 01 – 2 h et 21 h 45 – 24 h",
        ),
        (
            ((Span(0, 720), Span(720, 1440)),) * 7,
            "tous les jours, vingt-quatre heures sur vingt-quatre",
            "tous les jours, 24 h sur 24",
        ),
        ((CLOSED,) * 7, "fermé tous les jours", "fermé tous les jours"),
    ],
)
def test_hours_are_said_as_a_person_would(week: tuple[tuple[Span, ...], ...], spoken: str, written: str) -> None:
    hours = Hours((Period(SINCE, week),))

    assert spoken_hours(hours, SINCE) == spoken
    assert written_hours(hours, SINCE).replace("\u00a0", " ") == written


def test_the_hours_said_are_those_in_force_on_the_day() -> None:
    hours = Hours((Period(SINCE, (OFFICE,) * 7), Period(date(2026, 6, 1), (MORNING,) * 7)))

    assert spoken_hours(hours, date(2025, 12, 31)) == "fermé tous les jours"
    assert spoken_hours(hours, date(2026, 5, 31)) == "tous les jours, de dix heures à vingt heures"
    assert spoken_hours(hours, date(2026, 6, 1)) == "tous les jours, de neuf heures à midi"


def test_a_screen_never_breaks_a_time_over_two_lines() -> None:
    hours = Hours((Period(SINCE, (SPLIT,) * 7),))

    assert written_hours(hours, SINCE) == ("tous les jours, 9\u00a0h – 11\u00a0h\u00a030 et 14\u00a0h – 17\u00a0h")


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 3, 16), "lundi seize mars"),
        (date(2026, 6, 1), "lundi premier juin"),
        (date(2026, 8, 21), "vendredi vingt et un août"),
        (date(2026, 12, 31), "jeudi trente et un décembre"),
    ],
)
def test_a_day_is_said_without_its_year(day: date, said: str) -> None:
    assert spoken_day(day) == said


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 3, 16, 9, tzinfo=UTC), "lundi seize mars à dix heures"),
        (datetime(2026, 7, 14, 22, 30, tzinfo=UTC), "mercredi quinze juillet à zéro heure trente"),
        (datetime(2026, 3, 29, 1, tzinfo=UTC), "dimanche vingt-neuf mars à trois heures"),
    ],
)
def test_an_instant_is_said_in_paris_time(at: datetime, said: str) -> None:
    assert spoken_instant(at) == said


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        spoken_instant(datetime(2026, 3, 16, 10))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("minute", "said"),
    [
        (0, "minuit"), (30, "zéro heure trente"), (60, "une heure"), (61, "une heure une"), (720, "midi"),
        (750, "douze heures trente"), (1260, "vingt et une heures"), (1439, "vingt-trois heures cinquante-neuf"),
        (1440, "minuit"),
    ],
)  # fmt: skip
def test_a_time_of_day_is_said_in_words(minute: int, said: str) -> None:
    assert spoken_time(minute) == said


NUMBERS = """zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept
dix-huit dix-neuf vingt vingt_et_un vingt-deux vingt-trois vingt-quatre vingt-cinq vingt-six vingt-sept vingt-huit
vingt-neuf trente trente_et_un trente-deux trente-trois trente-quatre trente-cinq trente-six trente-sept trente-huit
trente-neuf quarante quarante_et_un quarante-deux quarante-trois quarante-quatre quarante-cinq quarante-six
quarante-sept quarante-huit quarante-neuf cinquante cinquante_et_un cinquante-deux cinquante-trois cinquante-quatre
cinquante-cinq cinquante-six cinquante-sept cinquante-huit cinquante-neuf"""


def test_the_numbers_from_zero_to_fifty_nine_are_said_in_words() -> None:
    words = [word.replace("_", " ") for word in NUMBERS.split()]

    assert [spoken_number(number) for number in range(60)] == words
    feminine = [f"{word}e" if word.endswith(" un") or word == "un" else word for word in words]
    assert [spoken_number(number, feminine=True) for number in range(60)] == feminine


@pytest.mark.parametrize("number", [-1, 60])
def test_other_numbers_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match="not between 0 and 59"):
        spoken_number(number)
