"""One callback told: the journal's facts of it as French sentences.

Decides what a supervisor reads of each fact of a callback; facts that another one has just told are left out. Pure:
a record in, words out. Must not know HTTP nor the templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from dialer.core.words import Record
from dialer.web.french import (
    CALLBACK_KINDS,
    CALLBACK_OUTCOMES,
    FOR_PERSON,
    NBSP,
    attempt_said,
    duration,
    moment,
    refused_because,
)
from dialer.web.talk_timeline import whom
from dialer.web.told import Kind, Names

Data = Mapping[str, str | int | float | None]

_STATES: Mapping[str, tuple[Kind, str]] = {
    "due": ("queue", "À rappeler : attend dans la file."),
    "accepted": ("offer", "La fiche est acceptée : le poste sonne."),
    "ready": ("quiet", "Le poste est décroché : la fiche est lue avant la composition du numéro."),
    "hanging_up": ("quiet", "La communication est coupée."),
    "telling": ("quiet", "Un message est diffusé, sans conseiller ni conseillère en ligne."),
    "resting": ("quiet", "Au repos : pas d’appel pour l’instant."),
    "unsettled": ("quiet", "Au repos : pas d’appel tant que personne n’a décidé de la suite."),
}
"""Those that no other fact tells."""
_SOURCES = {
    "web": "sur le site",
    "phone": "par téléphone",
    "csv": "par un fichier importé",
    "adviser": "par un conseiller ou une conseillère",
}
_MISSED = {
    "no_answer": "n’a pas répondu",
    "rejected": "a refusé la fiche",
    "busy": "était déjà en ligne",
    "unreachable": "avait un poste injoignable",
    "failed": "n’a pas pu être joint",
}
_FOUND = {
    "ringing": "le téléphone sonne",
    "up": "quelqu’un a décroché",
    "unplaced": "le numéro n’avait jamais été composé",
    "unknown": "nul ne sait ce qu’elle est devenue",
}


def callback_sentence(entry: Record, names: Names) -> tuple[Kind, str] | None:
    """None: another fact has told it."""
    data = dict(entry.data)
    who = names.adviser(entry.adviser) if entry.adviser is not None else "Quelqu’un"
    match entry.event:
        case "callback_requested":
            when = "pour un créneau choisi" if data.get("dated") else "dès que possible"
            return "queue", f"Demande de rappel sur la ligne «{NBSP}{names.line(data.get('line'))}{NBSP}», {when}."
        case "callback_state":
            return _STATES.get(str(data.get("state")))
        case "callback_asked":
            source = str(data.get("source"))
            kind = CALLBACK_KINDS.get(str(data.get("kind")), str(data.get("kind")))
            return "quiet", f"Demande faite {_SOURCES.get(source, source)} ({kind})."
        case "callback_promise_at_risk":
            return "trouble", "Le créneau promis est menacé : le planning n’a plus assez de monde pour le tenir."
        case "callback_case_ended":
            outcome = str(data.get("outcome"))
            return "end", f"Dossier clos : {CALLBACK_OUTCOMES.get(outcome, outcome)}."
        case "callback_refused":
            return "quiet" if data.get("until") else "trouble", _refused(entry.at, data)
        case "callback_promise_missed":
            return "trouble", "Le créneau promis n’est pas tenu : à rappeler dès que possible, à la même place."
        case "callback_rescheduled":
            return "queue", _rescheduled(entry.at, data)
        case "callback_offered":
            return "offer", f"Fiche proposée à {who}."
        case "callback_offer_missed":
            missed = _MISSED.get(str(data.get("cause")), "n’a pas pris la fiche")
            return "trouble", f"{who} {missed} : la demande reprend la même place."
        case "callback_offer_withdrawn":
            return "quiet", f"La fiche est retirée à {who}, qui n’y est pour rien."
        case "callback_dialled":
            return "offer", f"Tentative n°{NBSP}{data.get('attempt')}, avec {who} : le numéro est composé."
        case "callback_answered":
            return "talk", f"On décroche : {who} est en ligne."
        case "callback_left_with_guest" if data.get("stage") == "ringing":
            return "talk", f"{who} laisse la personne, qui attend {whom(data, names)} en musique."
        case "callback_left_with_guest":
            return "talk", f"{who} laisse la personne avec {whom(data, names)}."
        case "callback_machine":
            return "quiet", "C’est un répondeur."
        case "callback_attempt_ended":
            return _attempt_ended(data)
        case "callback_attempt_found":
            found = _FOUND.get(str(data.get("fate")), str(data.get("fate")))
            number = f"la tentative n°{NBSP}{data.get('attempt')}"
            return "trouble", f"Après une reprise du service, {number} est retrouvée : {found}."
        case "callback_attached":
            return "queue", "La personne appelle elle-même : le rappel suit cet appel, et n’est pas composé."
        case "callback_joined":
            return "talk", f"{who} répond à l’appel de la personne."
        case "callback_for_person":
            return "trouble", f"Une personne doit décider de la suite : {_for_person(data)}."
        case "callback_closed":
            outcome = str(data.get("outcome"))
            rule = ", d’après la règle" if data.get("by") == "system" else ""
            return "end", f"Demande close : {CALLBACK_OUTCOMES.get(outcome, outcome)}{rule}."
        case _:
            return "quiet", f"Événement «{NBSP}{entry.event}{NBSP}»."


def why_offered(entry: Record) -> str:
    """Why this adviser: the numbers it was decided by."""
    data = dict(entry.data)
    waited = data.get("waited_s")
    since = duration(waited if isinstance(waited, int | float) else None)
    return f"niveau {data.get('level')} pour cette file, dans la file depuis {since}"


def _refused(at: datetime, data: Data) -> str:
    said = f"Appel non permis : {refused_because(str(data.get('reason')))}"
    until = data.get("until")
    return f"{said} ; à revoir {_when(until, at)}." if until else f"{said}."


def _rescheduled(at: datetime, data: Data) -> str:
    if not data.get("dated"):
        return "Rappel redemandé, dès que possible."
    return f"Rappel redemandé pour un autre créneau, qui commence {_when(data.get('place'), at)}."


def _attempt_ended(data: Data) -> tuple[Kind, str]:
    cause, outcome = str(data.get("cause")), data.get("outcome")
    text = (
        f"Fin de la tentative n°{NBSP}{data.get('attempt')} : {attempt_said(cause, str(outcome) if outcome else None)}."
    )
    return "talk" if cause in ("talked", "third_party") else "quiet", text


def _for_person(data: Data) -> str:
    if data.get("why") == "gate" and data.get("detail"):
        return refused_because(str(data["detail"]))
    why = str(data.get("why"))
    return FOR_PERSON.get(why, why)


def _when(instant: object, at: datetime) -> str:
    """An instant of the journal, as it was to come."""
    return moment(datetime.fromisoformat(str(instant)), at)
