"""Calls, callbacks and cases told in French: every event of the core has its sentence, the choice of one its reason."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from dialer import core
from dialer.core import cases
from dialer.core.callbacks.events import Fate
from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.request import Source
from dialer.core.callbacks.states import CallbackState, UnsettledWhy
from dialer.core.cases import audit, bank
from dialer.core.cases.actor import PERSON
from dialer.core.cases.appointment import Misser
from dialer.core.cases.audit import Looked
from dialer.core.cases.case import Kind
from dialer.core.cases.consent import ConsentSaid, Purpose
from dialer.core.cases.told import FileEvent
from dialer.core.numbers import WhyNot
from dialer.core.reasons import Reason
from dialer.core.report.summary import AgeBand, Track
from dialer.core.words import record
from dialer.web.case_timeline import TOLD_HERE
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
NAMES = Names({"main": "Ligne principale"}, {"q": "Orientation"}, {"adv01": "Amel Brahimi", "anna": "Anna"})

SAMPLES = {
    "call_arrived": {"line": "main"},
    "history_looked": {"by": "amel", "cases": 1},
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
    "help_asked": {},
    "help_over": {"why": "call_over"},
    "contact_filed": {"line": "main", "queue": "q", "reasons": "bourses parcoursup", "note": 1, "callback": "cb-1",
                      "late": 0},
    "contact_looked": {"by": "adv01"},
    "held": {},
    "resumed": {},
    "danger_asked": {"target": "119"},
    "guest_asked": {"kind": "adviser", "target": "anna", "how": "aside"},
    "guest_answered": {"kind": "structure", "target": "cio-lyon"},
    "guest_left": {"kind": "number", "target": "cio", "cause": "busy", "stage": "ringing"},
    "conference": {"kind": "danger", "target": "119"},
    "handed_over": {"kind": "adviser", "target": "anna"},
    "forwarded": {"kind": "queue", "target": "q", "offer": None},
    "forward_failed": {"cause": "no_answer"},
    "back_in_queue": {"queue": "q"},
    "adviser_lost": {},
    "adviser_rung_again": {},
    "adviser_back": {},
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
    "callback_left_with_guest": {"kind": "danger", "target": "119", "stage": "joined"},
    "callback_attempt_ended": {"attempt": 2, "cause": "no_answer", "outcome": "SANS_REPONSE"},
    "callback_attempt_found": {"attempt": 1, "fate": "ringing"},
    "callback_attached": {},
    "callback_joined": {},
    "callback_for_person": {"why": "number"},
    "callback_closed": {"outcome": "RDV_FIXE", "by": "person"},
    "callback_case_ended": {"case": "case-1", "outcome": "REFUS"},
}
CASES = {
    "case_looked": {"by": "anna", "what": "file"},
    "cases_listed": {"by": "anna", "what": "list", "cases": "case-1 case-2"},
    "cases_archived": {"cases": 3, "by": "retention"},
    "cases_erased": {"cases": 1, "by": "retention"},
    "structures_changed": {"structures": 2, "by": "anna"},
    "number_opposed": {"by": "anna"},
    "template_composed": {"by": "anna", "template": "template-1", "version": 1},
    "template_copied": {"by": "anna", "template": "template-2", "version": 1},
    "template_improved": {"by": "anna", "template": "template-1", "version": 2},
    "template_shared": {"by": "anna", "template": "template-1", "version": 2},
    "template_retired": {"by": "anna", "template": "template-1", "version": 2},
    "case_request_received": {"by": "desk", "source": "web"},
    "case_callback_over": {"by": "adv01", "outcome": "RDV_FIXE"},
    "case_assigned": {"by": "anna", "academie": "01", "officer": "bruno"},
    "case_transferred": {"by": "anna", "academie": "20", "officer": None},
    "case_postcode_learnt": {"by": "desk", "academie": "28", "officer": None},
    "case_ended": {"by": "anna", "outcome": "DEJA_EN_SOLUTION"},
    "case_schooling_said": {"by": "person", "heard_by": "anna"},
    "case_note_written": {"by": "anna", "note": "case-1-n1", "corrects": None, "released": 0},
    "case_note_released": {"by": "anna", "note": "case-1-n1"},
    "case_fixed": {"by": "anna"},
    "case_moved": {"by": "anna", "appointment": "case-1-a1"},
    "case_kept": {"by": "anna", "appointment": "case-1-a1"},
    "case_missed": {"by": "anna", "appointment": "case-1-a1", "misser": "person"},
    "case_called_off": {"by": "person", "appointment": "case-1-a1"},
    "case_consent_given": {"by": "person", "heard_by": "anna", "purpose": "follow_up"},
    "case_consent_withdrawn": {"by": "person", "purpose": "follow_up"},
    "case_path_proposed": {"by": "anna", "tasks": 2, "template": "template-1"},
    "case_path_given_up": {"by": "person"},
    "case_task_added": {"by": "anna", "kind": "talk"},
    "case_task_edited": {"by": "anna", "task": "case-1-p1-t1"},
    "case_task_withdrawn": {"by": "anna", "task": "case-1-p1-t1"},
    "case_task_done": {"by": "person", "task": "case-1-p1-t1"},
    "case_task_confirmed": {"by": "anna", "task": "case-1-p1-t1"},
    "case_task_sent_back": {"by": "anna", "task": "case-1-p1-t1"},
    "case_appointment": {"by": "anna", "appointment": "case-1-a1", "late": 1,
                         "appointment_at": "2026-11-30T09:00:00+00:00"},
    "case_appointment_called_off": {"by": "anna", "appointment": "case-1-a1",
                                    "appointment_at": "2026-11-30T09:00:00+00:00"},
    "case_facts": {"academie": "01", "age_band": "16-17", "track": "A"},
}  # fmt: skip
TOLD_BY_ANOTHER = {"requested", "offered", "dialling", "talking", "with_guest", "attached", "joined", "closed"}
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


def journalled_of_cases() -> set[str]:
    """The names of the events that the core writes of a case, a template, structures, a number that is opposed:
    ``_record(at, "name", …)`` and ``Record(at, "name", …)`` there, and those of the tables of what is told."""
    told = {f"case_{audit.name_of(event)}" for event in every_event()} | set(bank._NAMES.values())
    for source in (*Path(cases.__file__).parent.rglob("*.py"), *Path(core.__file__).parent.rglob("promises.py")):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.For) and isinstance(node.target, ast.Tuple):  # names that are counted, one by one
                told |= {each.value for each in ast.walk(node.iter) if isinstance(each, ast.Constant)}
            if not isinstance(node, ast.Call) or len(node.args) < 2:
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            name = node.args[1]
            if called in ("_record", "Record", "record") and isinstance(name, ast.Constant):
                told.add(name.value)
    return {name for name in told if isinstance(name, str) and name.startswith(TOLD_HERE)}


def every_event() -> list[object]:
    """One of each kind that may be told of a file; a consent is given or withdrawn."""
    said = [ConsentSaid(AT, PERSON, Purpose.FOLLOW_UP, given) for given in (True, False)]
    return [*(kind.__new__(kind) for kind in audit._NAMES), *said]


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


def test_every_event_that_the_core_journals_of_a_case_or_around_it_has_its_sentence():
    assert {type(each) for each in every_event()} == flat(FileEvent)
    assert journalled_of_cases() == CASES.keys()
    for event, data in CASES.items():
        text = sentence(event, **data)
        for word in (event, "None", "Événement", "case-", "template-"):
            assert word not in text, event
        assert text.endswith(".")
        assert text[0].isupper() or text[0].isdigit()


def flat(kinds: object) -> set[object]:
    """The classes of a union of unions."""
    return {kinds} if isinstance(kinds, type) else set().union(*(flat(each) for each in get_args(kinds)))


@pytest.mark.parametrize(
    ("event", "data", "text"),
    [
        ("case_looked", {}, "Anna a consulté le dossier."),
        ("case_looked", {"by": "person"}, "La personne a consulté le dossier."),
        ("cases_listed", {}, "Anna a vu dans une liste 2 dossiers."),
        ("cases_listed", {"what": "export", "cases": "case-1"}, "Anna a exporté 1 dossier."),
        ("cases_archived", {}, "3 dossiers archivés : leur durée de conservation est passée."),
        ("cases_erased", {}, "1 dossier effacé : il n’en reste que des comptes."),
        ("structures_changed", {"by": "zoe"}, "zoe a mis à jour 2 structures."),
        ("case_request_received", {"source": "phone"}, "Une demande est arrivée par téléphone."),
        ("case_callback_over", {}, "Un rappel est terminé : rendez-vous fixé."),
        ("case_assigned", {}, "Anna a confié le dossier à bruno."),
        ("case_transferred", {}, "Anna a transmis le dossier à l’académie d’Amiens."),
        ("case_transferred", {"academie": None}, "Anna a transmis le dossier au niveau national."),
        ("case_transferred", {"academie": "01", "officer": "anna"},
         "Anna a transmis le dossier à l’académie de Paris, à Anna."),
        ("case_postcode_learnt", {}, "D’après le code postal, le dossier revient à l’académie de La Réunion."),
        ("case_note_written", {"corrects": "case-1-n1", "released": 1},
         "Anna a corrigé une note, visible de l’autre partie."),
        ("case_missed", {"misser": "structure"},
         "Anna a noté un rendez-vous manqué : la structure n’a pas pu recevoir la personne."),
        ("case_consent_given", {},
         "La personne (recueilli par Anna) a donné son accord pour être recontacté plus tard."),
        ("case_path_proposed", {}, "Anna a proposé une démarche de 2 tâches, d’après un modèle."),
        ("case_path_proposed", {"tasks": 1, "template": None}, "Anna a proposé une démarche de 1 tâche."),
        ("case_appointment", {}, "Un rendez-vous compte le 30/11/2026 à 10 h 00, après l’échéance légale."),
        ("case_appointment_called_off", {}, "Le rendez-vous du 30/11/2026 à 10 h 00 ne compte plus."),
        ("case_facts", {},
         "Classement pour le bilan annuel : académie de Paris, 16-17 ans, A, sans diplôme."),
    ],
)  # fmt: skip
def test_what_was_done_in_a_case_reads_in_plain_french(event, data, text):
    assert sentence(event, **CASES[event] | data) == text


def test_every_purpose_track_and_age_has_its_words():
    for event, name, values in (
        ("case_consent_given", "purpose", list(Purpose)), ("case_facts", "track", list(Track)),
        ("case_facts", "age_band", list(AgeBand)), ("case_looked", "what", list(Looked)),
        ("cases_listed", "what", list(Looked)), ("case_missed", "misser", list(Misser)),
        ("case_request_received", "source", list(Source)), ("case_ended", "outcome", list(CallbackOutcome)),
    ):  # fmt: skip
        said = {sentence(event, **CASES[event] | {name: value}) for value in values}
        assert len(said) == len(values), name
        raw = set(map(str, values)) - {"A", "B", "16-17", "18-20", "21-25", "structure"}  # so in French too
        assert not any(re.search(rf"\b{value}\b", text) for value in raw for text in said), name


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
        ("contact_filed", {}, "Amel Brahimi enregistre la fiche : 2 motifs, avec une note, et demande un rappel."),
        ("contact_filed", {"reasons": "bourses", "note": 0, "callback": None, "late": 1},
         "Amel Brahimi enregistre la fiche en retard : 1 motif."),
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
        ("callback_left_with_guest", {}, "Amel Brahimi laisse la personne avec le numéro « 119 »."),
        ("callback_left_with_guest", {"stage": "ringing"},
         "Amel Brahimi laisse la personne, qui attend le numéro « 119 » en musique."),
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
