"""Calls and callbacks told in French: every event of the core has its sentence, a choice of an adviser its reason."""

from __future__ import annotations

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from dialer import core
from dialer.core.callbacks.events import Fate
from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.request import Source
from dialer.core.callbacks.states import CallbackState, UnsettledWhy
from dialer.core.cases.case import Kind
from dialer.core.numbers import WhyNot
from dialer.core.reasons import Reason
from dialer.core.words import record
from dialer.web.french import (
    ATTEMPT_CAUSES,
    CALLBACK_KINDS,
    CALLBACK_OUTCOMES,
    FOR_PERSON,
    NBSP,
    attempt_said,
    days_left,
    duration,
    moment,
    ordinal,
    percent,
    refused_because,
    shift,
    shortly,
    span,
)
from dialer.web.timeline import Names, offers, places, tell
from schedules.windows import Window

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
    "number_refused": {"why": "foreign"},
    "booking_asked": {"queue": "q", "window": "2026-11-24T09:00:00+00:00"},
    "booking_made": {"reference": "10000016"},
    "booking_refused": {"why": "slot_taken"},
    "ended": {"outcome": "answered", "stage": "talking", "cause": "normal", "line": "main", "queue": "q",
              "waited_s": 12.5, "talked_s": 200.0},
}  # fmt: skip


CALLBACKS = {
    "callback_requested": {"line": "main", "queue": "q", "dated": 1},
    "callback_asked": {"source": "web", "kind": "rtf", "line": "main", "case": "case-1"},
    "callback_refused": {"reason": "hours", "until": "2026-11-24T09:00:00+00:00"},
    "callback_promise_at_risk": {"queue": "q"},
    "callback_promise_missed": {},
    "callback_rescheduled": {"place": "2026-11-24T09:00:00+00:00", "dated": 1},
    "callback_offered": {"offer": "o", "level": 1, "waited_s": 75.0},
    "callback_offer_missed": {"cause": "rejected"},
    "callback_offer_withdrawn": {},
    "callback_dialled": {"attempt": 1},
    "callback_answered": {"attempt": 1},
    "callback_machine": {"attempt": 1},
    "callback_attempt_ended": {"attempt": 2, "cause": "no_answer", "outcome": "SANS_REPONSE"},
    "callback_attempt_found": {"attempt": 1, "fate": "ringing"},
    "callback_attached": {},
    "callback_joined": {},
    "callback_for_person": {"why": "number"},
    "callback_closed": {"outcome": "RDV_FIXE", "by": "person"},
    "callback_case_ended": {"case": "case-1", "outcome": "REFUS"},
}
TOLD_BY_ANOTHER = {"requested", "offered", "dialling", "talking", "attached", "joined", "closed"}
"""States of a callback that another fact of the same move tells."""


def journalled() -> set[str]:
    """The names of the events that the core writes of a call or callback: ``record(at, "name", call, …)`` and
    ``tell(step, at, "name", …)``."""
    found = set()
    for source in Path(core.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if not isinstance(node, ast.Call) or len(node.args) < 3:
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            name = {"record": node.args[1], "tell": node.args[2]}.get(called)
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                found.add(name.value)
    return found


def sentence(event: str, **data) -> str:
    return tell([record(AT, event, "c", "adv01", **data)], NAMES)[0].text.replace(NBSP, " ")


def test_every_event_that_the_core_journals_of_a_call_or_callback_has_its_sentence():
    samples = SAMPLES | CALLBACKS
    assert journalled() == samples.keys() | {"adviser_state", "callback_state"}
    for event, data in samples.items():
        text = sentence(event, **data)
        assert event not in text
        assert "None" not in text
        assert text.endswith(".")


def test_every_state_of_a_callback_is_told_once():
    kinds = {state.__dataclass_fields__["kind"].default for state in get_args(CallbackState)}
    for kind in kinds:
        told = tell([record(AT, "callback_state", "cb-1", state=kind)], NAMES)
        assert (told == []) == (kind in TOLD_BY_ANOTHER), kind


def test_every_reason_cause_outcome_and_fate_has_its_words():
    for reason in Reason:
        assert refused_because(reason) != reason
    assert ATTEMPT_CAUSES.keys() == set(AttemptCause)
    assert CALLBACK_OUTCOMES.keys() == set(CallbackOutcome)
    assert FOR_PERSON.keys() == set(get_args(UnsettledWhy))
    assert CALLBACK_KINDS.keys() == set(Kind)
    for event, name, values in (
        ("callback_attempt_found", "fate", list(Fate)),
        ("callback_asked", "source", list(Source)),
        ("number_refused", "why", list(WhyNot)),
        ("booking_refused", "why", ["slot_taken", "not_taken"]),
        ("callback_offer_missed", "cause", ["rejected", "no_answer", "busy", "unreachable", "failed"]),
    ):
        said = {sentence(event, **(SAMPLES | CALLBACKS)[event] | {name: value}) for value in values}
        assert len(said) == len(values)
        assert not any(f" {value}" in text for value in values for text in said)


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
        ("callback_requested", {}, "Demande de rappel sur la ligne « Ligne principale », pour un créneau choisi."),
        ("callback_requested", {"dated": 0}, "Demande de rappel sur la ligne « Ligne principale », dès que possible."),
        ("callback_asked", {}, "Demande faite sur le site (Reviens te former)."),
        ("callback_refused", {},
         "Appel non permis : ce n’est pas une heure d’appel là où vit la personne ; à revoir demain à 10 h."),
        ("callback_refused", {"reason": "opposed", "until": None},
         "Appel non permis : la personne s’est opposée à tout appel."),
        ("callback_rescheduled", {}, "Rappel redemandé pour un autre créneau, qui commence demain à 10 h."),
        ("callback_rescheduled", {"dated": 0}, "Rappel redemandé, dès que possible."),
        ("callback_offer_missed", {}, "Amel Brahimi a refusé la fiche : la demande reprend la même place."),
        ("callback_dialled", {}, "Tentative n° 1, avec Amel Brahimi : le numéro est composé."),
        ("callback_attempt_ended", {}, "Fin de la tentative n° 2 : non joint, sans réponse."),
        ("callback_attempt_ended", {"cause": "machine", "outcome": "MESSAGE_LAISSE"},
         "Fin de la tentative n° 2 : non joint, répondeur (message laissé)."),
        ("callback_attempt_ended", {"cause": "talked", "outcome": None}, "Fin de la tentative n° 2 : joint."),
        ("callback_for_person", {"why": "gate", "detail": "cap"},
         "Une personne doit décider de la suite : ce numéro a été essayé autant de fois que permis."),
        ("callback_closed", {"outcome": "INJOIGNABLE", "by": "system"},
         "Demande close : injoignable, d’après la règle."),
        ("booking_asked", {},
         "Demande un rappel dans la file « Orientation », pour le créneau qui commence demain à 10 h."),
        ("booking_asked", {"window": None}, "Demande un rappel dans la file « Orientation », dès que possible."),
        ("booking_refused", {}, "Le rappel n’est pas enregistré : le créneau vient d’être pris."),
        ("number_refused", {}, "Le numéro tapé ne peut pas être rappelé : il est à l’étranger."),
        ("ended", {"outcome": "abandoned", "stage": "waiting", "talked_s": None},
         "Fin de l’appel : abandonné par l’appelant, dans la file d’attente."),
    ],
)  # fmt: skip
def test_a_sentence_says_what_happened(event, data, text):
    assert sentence(event, **(SAMPLES | CALLBACKS)[event] | data) == text


def test_the_reason_names_level_idle_time_and_the_others():
    told = tell([record(AT, "offered", "c", "adv01", **SAMPLES["offered"])], NAMES)[0]
    assert told.why.replace(NBSP, " ") == (
        "niveau 1 pour cette file, libre depuis 3 min 12 : la plus longue disponibilité parmi 4 personnes de ce niveau"
    )
    alone = tell([record(AT, "offered", "c", "adv01", **SAMPLES["offered"] | {"candidates": 1})], NAMES)[0]
    assert alone.why.endswith("seule personne disponible à ce niveau")


def test_the_reason_of_a_card_names_level_and_wait():
    told = tell([record(AT, "callback_offered", "cb-1", "adv01", **CALLBACKS["callback_offered"])], NAMES)[0]
    assert told.why.replace(NBSP, " ") == "niveau 1 pour cette file, dans la file depuis 1 min 15"


def test_what_we_do_not_know_is_shown_by_its_name_and_ids_stand_for_themselves():
    assert sentence("teleported") == "Événement « teleported »."
    assert sentence("callback_teleported") == "Événement « callback_teleported »."
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


@pytest.mark.parametrize(
    ("starts", "ends", "text"),
    [
        (timedelta(hours=1, minutes=30), timedelta(hours=3, minutes=30), "de 12 h à 14 h"),
        (timedelta(days=1), timedelta(days=1, hours=2), "demain de 10 h 30 à 12 h 30"),
        (timedelta(days=3), timedelta(days=3, hours=1), "jeudi de 10 h 30 à 11 h 30"),
        (timedelta(days=8), timedelta(days=8, hours=1), "le mardi 1er décembre 2026 de 10 h 30 à 11 h 30"),
        (timedelta(days=-1), timedelta(hours=-22), "le dimanche 22 novembre 2026 de 10 h 30 à 12 h 30"),
    ],
)
def test_a_window_reads_as_one_says_it_in_paris(starts, ends, text):
    assert span(Window(AT + starts, AT + ends), AT).replace(NBSP, " ") == text


@pytest.mark.parametrize(
    ("ahead", "text"),
    [(0, "10 h 30"), (0.5, "11 h"), (-24, "hier, 10 h 30"), (24.5, "demain, 11 h"), (48, "25/11, 10 h 30")],
)
def test_an_instant_in_a_table_is_short(ahead, text):
    assert shortly(AT + timedelta(hours=ahead), AT).replace(NBSP, " ") == text


@pytest.mark.parametrize(("days", "text"), [(0, "aujourd’hui"), (1, "demain"), (2, "dans 2 jours")])
def test_how_far_a_deadline_is(days, text):
    assert days_left(AT + timedelta(days=days), AT).replace(NBSP, " ") == text


def test_what_came_of_an_attempt_is_said_once():
    assert attempt_said("no_answer", "SANS_REPONSE") == "non joint, sans réponse"
    assert attempt_said("talked", "RDV_FIXE") == "joint (rendez-vous fixé)"
    assert attempt_said(None, None) == "en cours"


def test_a_shift_of_the_clock_says_which_way():
    assert shift(timedelta(days=2, hours=3)).replace(NBSP, " ") == "en avance de 2 j 3 h"
    assert shift(-timedelta(minutes=5)).replace(NBSP, " ") == "en retard de 5 min"
    assert [ordinal(number) for number in (1, 2, 21)] == ["1er", "2e", "21e"]
