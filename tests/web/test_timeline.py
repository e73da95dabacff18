"""One call told in French: every event of the core has its sentence, and the choice of an adviser its reason."""

from __future__ import annotations

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dialer import core
from dialer.core.words import record
from dialer.web.french import NBSP, duration, moment, ordinal, percent, shift
from dialer.web.timeline import Names, offers, places, tell

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
NAMES = Names({"main": "Ligne principale"}, {"q": "Orientation"}, {"adv01": "Amel Brahimi"})

SAMPLES = {
    "call_arrived": {"line": "main"},
    "node_entered": {"node": "menu"},
    "queued": {"queue": "q", "priority": 0, "level": 1},
    "queue_refused": {"queue": "q", "why": "full"},
    "level_opened": {"queue": "q", "level": 2},
    "announced": {"queue": "q", "position": 3, "wait": "wait.2-5"},
    "left_queue": {"queue": "q", "why": "too_long"},
    "offered": {"offer": "o", "queue": "q", "level": 1, "idle_s": 192.0, "candidates": 4, "waited_s": 12.0},
    "offer_missed": {"queue": "q", "cause": "no_answer"},
    "offer_withdrawn": {},
    "answered": {"queue": "q", "waited_s": 12.5},
    "dialled_out": {"target": "cio"},
    "transferred": {},
    "transfer_failed": {"cause": "busy"},
    "ended": {"outcome": "answered", "stage": "talking", "cause": "normal", "line": "main", "queue": "q",
              "waited_s": 12.5, "talked_s": 200.0},
}  # fmt: skip


def journalled() -> set[str]:
    """The names of the events that the core writes of a call: ``record(at, "name", call, …)``."""
    found = set()
    sources = Path(core.__file__).parent.glob("*.py")
    for source in (each for each in sources if not each.name.startswith("callback")):  # no page tells those yet
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "record" and len(node.args) > 2:
                assert isinstance(node.args[1], ast.Constant)
                found.add(node.args[1].value)
    return found


def sentence(event: str, **data) -> str:
    return tell([record(AT, event, "c", "adv01", **data)], NAMES)[0].text.replace(NBSP, " ")


def test_every_event_that_the_core_journals_of_a_call_has_its_sentence():
    assert journalled() == SAMPLES.keys() | {"adviser_state"}
    for event, data in SAMPLES.items():
        text = sentence(event, **data)
        assert event not in text
        assert "None" not in text
        assert text.endswith(".")


@pytest.mark.parametrize(
    ("event", "data", "text"),
    [
        ("call_arrived", {}, "Appel reçu sur la ligne « Ligne principale »."),
        ("queued", {"priority": 2}, "Entre dans la file « Orientation », ouverte au niveau 1, priorité 2."),
        ("announced", {}, "L’appelant entend sa place : 3e, entre 2 et 5 min d’attente."),
        ("announced", {"wait": "wait.0-2", "position": 1},
         "L’appelant entend sa place : 1er, moins de 2 min d’attente."),
        ("announced", {"wait": None}, "L’appelant entend sa place : 3e, sans durée d’attente."),
        ("queue_refused", {"why": "no_adviser"},
         "N’entre pas dans la file « Orientation » : plus personne n’est en poste pour cette file."),
        ("offer_missed", {}, "Amel Brahimi n’a pas répondu : l’appelant reprend la même place."),
        ("offer_missed", {"cause": "rejected"}, "Amel Brahimi a refusé l’appel : l’appelant reprend la même place."),
        ("answered", {}, "Amel Brahimi répond après 12 s d’attente."),
        ("ended", {}, "Fin de l’appel : répondu, après 3 min 20 de conversation."),
        ("ended", {"outcome": "abandoned", "stage": "waiting", "talked_s": None},
         "Fin de l’appel : abandonné par l’appelant, dans la file d’attente."),
    ],
)  # fmt: skip
def test_a_sentence_says_what_happened(event, data, text):
    assert sentence(event, **SAMPLES[event] | data) == text


def test_the_reason_names_level_idle_time_and_the_others():
    told = tell([record(AT, "offered", "c", "adv01", **SAMPLES["offered"])], NAMES)[0]
    assert told.why.replace(NBSP, " ") == (
        "niveau 1 pour cette file, libre depuis 3 min 12 : la plus longue disponibilité parmi 4 personnes de ce niveau"
    )
    alone = tell([record(AT, "offered", "c", "adv01", **SAMPLES["offered"] | {"candidates": 1})], NAMES)[0]
    assert alone.why.endswith("seule personne disponible à ce niveau")


def test_what_we_do_not_know_is_shown_by_its_name_and_ids_stand_for_themselves():
    assert sentence("teleported") == "Événement « teleported »."
    assert sentence("call_arrived", line="gone") == "Appel reçu sur la ligne « gone »."


def test_instants_are_told_from_the_arrival():
    later = AT + timedelta(seconds=75)
    told = tell([record(AT, "call_arrived", "c", line="main"), record(later, "transferred", "c")], NAMES)
    assert [fact.after_s for fact in told] == [0.0, 75.0]


def test_no_journal_is_no_place_and_no_offer():
    assert (places([]), offers([]), tell([], NAMES)) == ([], [], [])


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "–"), (-3, "0 s"), (0, "0 s"), (59.9, "59 s"), (60, "1 min 00"), (192, "3 min 12"), (3840, "1 h 04"),
     (90000, "25 h 00")],
)  # fmt: skip
def test_durations_read_as_one_says_them(seconds, text):
    assert duration(seconds).replace(NBSP, " ") == text


@pytest.mark.parametrize(
    ("ratio", "text"), [(None, "–"), (0, "0 %"), (0.001, "< 1 %"), (0.874, "87 %"), (0.9999, "99 %"), (1, "100 %")]
)
def test_a_rate_is_never_rounded_to_all_or_nothing(ratio, text):
    assert percent(ratio).replace(NBSP, " ") == text


@pytest.mark.parametrize(
    ("ahead", "text"),
    [
        (timedelta(hours=8, minutes=30), "à 19 h"),
        (timedelta(hours=8, minutes=45), "à 19 h 15"),
        (timedelta(hours=22), "demain à 8 h 30"),
        (timedelta(days=4), "vendredi à 10 h 30"),
        (timedelta(days=8), "le mardi 1er décembre 2026 à 10 h 30"),
    ],
)
def test_an_instant_to_come_reads_as_one_says_it_in_paris(ahead, text):
    assert moment(AT + ahead, AT).replace(NBSP, " ") == text


def test_a_shift_of_the_clock_says_which_way():
    assert shift(timedelta(days=2, hours=3)).replace(NBSP, " ") == "en avance de 2 j 3 h"
    assert shift(-timedelta(minutes=5)).replace(NBSP, " ") == "en retard de 5 min"
    assert [ordinal(number) for number in (1, 2, 21)] == ["1er", "2e", "21e"]
