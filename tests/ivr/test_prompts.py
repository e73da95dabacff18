"""The catalogue: every prompt is one whole French sentence, in words, or the file is refused."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.load import LineFlow
from ivr.prompts import (
    PLACES_MAX,
    REQUIRED,
    WAIT_RANGES,
    Catalogue,
    place_prompt,
    read_catalogue,
    reopening_prompt,
    seconds_of,
    sentences,
    wait_prompt,
)
from schedules.hours import Closed, opening_at

WHERE = "config/prompts/fr.toml"
ON = date(2026, 11, 23)
CALLBACK_TEXTS = "".join(
    f'{name} = "Oui."\n' for name in REQUIRED if name.startswith(("callback.", "collect.", "menu."))
)
GOOD = (
    CALLBACK_TEXTS
    + """
apology = "Nous répondons {hours}."
controller_absent = "Absent."
not_in_service = "Pas en service."
not_permitted = "Non."
recording_notice = "Enregistré."
phone.ready = "Prêt."
phone.paused = "Pause."
phone.contact_owed = "Une fiche."
queue.no_adviser_ready = "Personne."
queue.still_waiting = "Encore."
queue.callback_offer = "Un rappel :"
[slot]
window = "Pour {window} :"
[key]
press = "tapez {key}."
[place]
first = "Vous êtes en tête."
each = "En {ordinal} position."
many = "Loin."
[wait]
under = "Moins de {high} minutes."
between = "De {low} à {high} minutes."
[reopening]
today = "Aujourd'hui à {time}."
tomorrow = "Demain à {time}."
day = "{day} à {time}."
[call_us]
main = "Appelez le {number}."
[welcome]
dropout = "Bonjour."
"""
)


def test_a_good_catalogue_unfolds_into_every_sentence(lines: dict[str, LineFlow]) -> None:
    read = read_catalogue(GOOD, WHERE)
    assert isinstance(read, Catalogue), "\n".join(map(str, read))
    said = sentences(read, lines.values(), ON)
    assert said["place.1"] == "Vous êtes en tête."
    assert said["place.21"] == "En vingt et unième position."
    assert said["wait.0-5"] == "Moins de cinq minutes."
    assert said["wait.1-3"] == "De une à trois minutes."
    assert said["reopening.sat_1000"] == "samedi à dix heures."
    assert said["apology.parcoursup"] == "Nous répondons du lundi au vendredi, de dix heures à seize heures."
    assert said["call_us.main"] == "Appelez le zéro un, soixante-dix-sept, soixante-dix-sept, douze, vingt-cinq."
    assert said["digit.0"] == "zéro"
    assert said["pair.60"] == "six, zéro."
    assert (said["key.2"], said["key.star"], said["key.hash"]) == ("tapez deux.", "tapez étoile.", "tapez dièse.")
    assert said["slot.mon_1000_1200"] == "Pour lundi matin, entre dix heures et midi :"
    assert said["slot.tomorrow_1800_2000"] == "Pour demain soir, entre dix-huit heures et vingt heures :"
    assert said["slot.today_1400_1600"] == "Pour aujourd'hui, entre quatorze heures et seize heures :"
    assert said["slot.fri_1200_1400"] == "Pour vendredi après-midi, entre midi et quatorze heures :"
    assert "call_us.main.main" not in said
    assert "apology" not in said


def test_a_line_has_its_own_prompt_before_the_common_one(lines: dict[str, LineFlow]) -> None:
    read = read_catalogue(GOOD + 'main = "Bonjour à tous."\n[apology_of]\nmain = "x."\n', WHERE)
    assert isinstance(read, Catalogue)
    assert read.resolve("welcome", "dropout") == "welcome.dropout"
    assert read.resolve("welcome", "parcoursup") is None
    assert read.resolve("apology", "main") == "apology.main"
    assert read.resolve("phone.ready", "main") == "phone.ready"
    assert read.resolve("reopening", "main") == "reopening"
    assert read.resolve("nothing", "main") is None
    own = read_catalogue('"apology.main" = "Nous sommes là {hours}."\n' + GOOD, WHERE)
    assert isinstance(own, Catalogue)
    said = sentences(own, lines.values(), ON)
    assert said["apology.main"].startswith("Nous sommes là du lundi")
    assert said["apology.dropout"].startswith("Nous répondons du lundi")


BROKEN = {
    "no TOML": ("not_permitted =", "not_permitted", "", "is not TOML"),
    "an empty text": ('"Pas en service."', '" "', " not_in_service", "has no text"),
    "a number for a text": ('"Pas en service."', "3", " not_in_service", "has no text"),
    "a list for a text": ('"Pas en service."', '["a."]', " not_in_service", "has no text"),
    "figures": ('"Pas en service."', '"Tapez 1."', " not_in_service", "has figures"),
    "half a sentence": ('"Pas en service."', '"Pas en"', " not_in_service", "not a whole sentence"),
    "a strange placeholder": ('"Pas en service."', '"Le {name}."', " not_in_service", "{name} stands for nothing"),
    "half a placeholder": ('"Pas en service."', '"Le {hours."', " not_in_service", "brace without"),
    "a name that is no file's": ("not_permitted", '"../etc"', " ../etc", "no name"),
    "a required prompt missing": ('not_permitted = "Non."', "", " not_permitted", "is missing"),
    "an apology without hours": ("Nous répondons {hours}.", "Pardon.", " apology", "opening hours"),
    "a placeholder of a line in what every line says alike": (
        'queue.callback_offer = "Un rappel :"',
        'queue.callback_offer = "Au {number} :"',
        " queue.callback_offer",
        "{number} stands for nothing",
    ),
    "a slot without its window": ("Pour {window} :", "Pour lundi :", " slot.window", "{window} is missing"),
    "a key without its name": ("tapez {key}.", "tapez.", " key.press", "{key} is missing"),
    "a family missing": ("[wait]", "[waits]", " [wait]", "table is missing"),
    "a family without a key": ('many = "Loin."', "", " place.many", "is missing"),
    "a family with a key too many": ('many = "Loin."', 'many = "Loin."\nfew = "Peu."', " place.few", "is not a key"),
    "a family without its placeholder": (
        "En {ordinal} position.",
        "En position.",
        " place.each",
        "{ordinal} is missing",
    ),
    "a family with another's placeholder": (
        "Demain à",
        "Demain {hours} à",
        " reopening.tomorrow",
        "{hours} stands for",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_fault_is_told_with_where_it_is_and_how_to_mend_it(name: str) -> None:
    old, new, where, what = BROKEN[name]
    assert old in GOOD
    faults = read_catalogue(GOOD.replace(old, new, 1), WHERE)
    assert isinstance(faults, list), "the file was accepted"
    found = {fault.where: fault for fault in faults}
    assert WHERE + where in found
    assert what in found[WHERE + where].what
    assert found[WHERE + where].mend


def test_a_name_written_in_two_ways_is_told() -> None:
    faults = read_catalogue('"phone.ready" = "Oui."\n' + GOOD, WHERE)
    assert isinstance(faults, list)
    assert [fault.where for fault in faults] == [f"{WHERE} phone.ready"]


def test_all_faults_of_a_catalogue_are_told_at_once() -> None:
    faults = read_catalogue("", WHERE)
    assert isinstance(faults, list)
    assert len(faults) == len(REQUIRED) + 5


@given(st.floats(0, 5000), st.floats(0, 5000))
def test_an_announced_wait_always_holds_the_wait_that_is_known(one: float, other: float) -> None:
    low, high = sorted((one, other))
    prompt = wait_prompt(low, high)
    fitting = [r for r in WAIT_RANGES if r[0] * 60 <= low and high <= r[1] * 60]
    if prompt is None:
        assert not fitting
        return
    least, most = map(int, prompt.removeprefix("wait.").split("-"))
    assert (least, most) in fitting
    assert all(most - least <= b - a for a, b in fitting)


def test_a_wait_that_no_range_holds_is_not_announced() -> None:
    assert wait_prompt(0, 3601) is None
    assert wait_prompt(0, 120) == "wait.0-2"
    assert wait_prompt(200, 290) == "wait.3-5"
    assert wait_prompt(290, 310) == "wait.3-8"
    assert wait_prompt(60, 30) is None


def test_every_place_and_wait_that_can_be_announced_has_its_sentence(
    catalogue: Catalogue, lines: dict[str, LineFlow]
) -> None:
    said = sentences(catalogue, lines.values(), ON)
    assert {place_prompt(place) for place in range(1, PLACES_MAX + 100)} <= said.keys()
    assert {f"wait.{low}-{high}" for low, high in WAIT_RANGES} <= said.keys()
    assert place_prompt(PLACES_MAX) != place_prompt(PLACES_MAX + 1) == place_prompt(PLACES_MAX + 50)


@settings(deadline=None)
@given(minutes=st.integers(0, 2 * 366 * 24 * 60))
def test_every_reopening_of_a_line_within_a_week_has_its_sentence(
    catalogue: Catalogue, lines: dict[str, LineFlow], minutes: int
) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    opening = opening_at(lines["parcoursup"].hours, at)
    if isinstance(opening, Closed):
        assert opening.next_opens_at is not None
        prompt = reopening_prompt(at, opening.next_opens_at)
        assert prompt in sentences(catalogue, lines.values(), ON) or (opening.next_opens_at - at).days >= 6


@pytest.mark.parametrize(
    ("at", "opens_at", "said"),
    [
        ("2026-11-23T07:00", "2026-11-23T09:00", "reopening.today_1000"),
        ("2026-11-23T21:00", "2026-11-24T09:00", "reopening.tomorrow_1000"),
        ("2026-11-23T23:30", "2026-11-24T09:00", "reopening.today_1000"),  # already the next day in Paris
        ("2026-11-23T21:00", "2026-11-25T09:00", "reopening.wed_1000"),
        ("2026-11-23T21:00", "2026-11-29T09:00", "reopening.sun_1000"),
        ("2026-11-23T21:00", "2026-11-30T09:00", None),
        ("2026-10-24T21:00", "2026-10-26T09:00", "reopening.mon_1000"),  # over the night that has an hour twice
    ],
)
def test_a_day_is_named_only_as_long_as_it_cannot_be_taken_for_another(
    at: str, opens_at: str, said: str | None
) -> None:
    assert reopening_prompt(datetime.fromisoformat(f"{at}+00:00"), datetime.fromisoformat(f"{opens_at}+00:00")) == said


def test_no_sentence_holds_a_figure_a_placeholder_or_a_second_space(
    catalogue: Catalogue, lines: dict[str, LineFlow]
) -> None:
    for name, text in sentences(catalogue, lines.values(), ON).items():
        assert not re.search(r"[\d{}\n]|  ", text), name


def test_a_longer_text_takes_longer_and_a_second_sentence_a_pause() -> None:
    assert 0.5 < seconds_of("Bonjour.") < 1.5
    assert seconds_of("Oui. Non.") > seconds_of("Oui, non.")
