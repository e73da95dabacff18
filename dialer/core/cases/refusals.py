"""Why what somebody asked for in a case's file, or of a template, is not done; and what a screen says of it.

Decides words only. A sentence repeats nothing of what was written.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from dialer.core.reasons import Sentence
from dialer.core.revision import Refusal


class CaseRefusal(Refusal, StrEnum):
    """That somebody was faster, and why a handover is not made, are told elsewhere (`revision`, `responsible`)."""

    STALE = "stale"
    """Of a template or a structure: what was changed is not the newest."""
    ENDED = "ended"
    NOT_WHOLE = "not_whole"
    UNKNOWN = "unknown"
    SERVICE_ONLY = "service_only"
    NO_REASON = "no_reason"
    # paths
    PATH_OPEN = "path_open"
    PATH_OVER = "path_over"
    NO_PATH = "no_path"
    NO_TASK = "no_task"
    TOO_MANY_TASKS = "too_many_tasks"
    OWN_TASK = "own_task"
    NOT_DONE = "not_done"
    DONE = "done"
    CONFIRMED = "confirmed"
    # appointments
    SAME_HOUR = "same_hour"
    BEFORE_REQUEST = "before_request"
    NOT_YET = "not_yet"
    SETTLED = "settled"
    # notes and consent
    CORRECTED = "corrected"
    OTHER_SECTION = "other_section"
    # the case
    ENDS_NOTHING = "ends_nothing"
    OPEN = "open"
    # structures
    CASES_POINT_TO_IT = "cases_point_to_it"
    # templates
    RETIRED = "retired"
    PRIVATE = "private"


SENTENCES: Mapping[CaseRefusal, Sentence] = MappingProxyType(
    {
        CaseRefusal.STALE: Sentence(
            "Somebody else has changed it meanwhile: look again, nothing was overwritten.",
            "Quelqu'un l'a modifié entre-temps : rechargez, rien n'a été écrasé.",
        ),
        CaseRefusal.ENDED: Sentence("The case has ended.", "Le dossier est clos."),
        CaseRefusal.NOT_WHOLE: Sentence(
            "Something of it is missing, too long or cannot be shown.",
            "Un élément manque, est trop long ou ne peut pas être affiché.",
        ),
        CaseRefusal.UNKNOWN: Sentence(
            "There is no such thing in this file.", "Cet élément n'existe pas dans ce dossier."
        ),
        CaseRefusal.SERVICE_ONLY: Sentence("Only the service does this.", "Seul le service peut le faire."),
        CaseRefusal.NO_REASON: Sentence("Say why.", "Indiquez un motif."),
        CaseRefusal.PATH_OPEN: Sentence(
            "A path is open already: one at a time.", "Une démarche est déjà en cours : une seule à la fois."
        ),
        CaseRefusal.PATH_OVER: Sentence("This path is over.", "Cette démarche est terminée."),
        CaseRefusal.NO_PATH: Sentence("No path is open.", "Aucune démarche n'est en cours."),
        CaseRefusal.NO_TASK: Sentence("A path has at least one task.", "Une démarche compte au moins une tâche."),
        CaseRefusal.TOO_MANY_TASKS: Sentence("A path has at most 7 tasks.", "Une démarche compte au plus 7 tâches."),
        CaseRefusal.OWN_TASK: Sentence(
            "The other side says whether it is done.", "C'est à l'autre partie de valider cette tâche."
        ),
        CaseRefusal.NOT_DONE: Sentence(
            "Nobody has said that it is done.", "Personne n'a dit que cette tâche est faite."
        ),
        CaseRefusal.DONE: Sentence(
            "It is done and waits to be confirmed: it is confirmed or sent back.",
            "Elle est faite et attend d'être validée : validez-la ou renvoyez-la.",
        ),
        CaseRefusal.CONFIRMED: Sentence(
            "It is confirmed and does not change any more.", "Elle est validée et ne change plus."
        ),
        CaseRefusal.SAME_HOUR: Sentence(
            "Another appointment is within an hour of it.", "Un autre rendez-vous est prévu à moins d'une heure."
        ),
        CaseRefusal.BEFORE_REQUEST: Sentence(
            "It is dated before the request was received.", "Sa date précède la réception de la demande."
        ),
        CaseRefusal.NOT_YET: Sentence("Its hour has not come.", "L'heure du rendez-vous n'est pas venue."),
        CaseRefusal.SETTLED: Sentence(
            "This appointment counts no more, or took place: fix it anew to mend that.",
            "Ce rendez-vous a eu lieu ou ne compte plus : fixez-le à nouveau pour corriger une erreur.",
        ),
        CaseRefusal.CORRECTED: Sentence(
            "It was corrected already: correct the newest.", "Elle est déjà corrigée : corrigez la dernière version."
        ),
        CaseRefusal.OTHER_SECTION: Sentence(
            "It is in the other side's section.", "Elle est dans la partie du dossier qui n'est pas la vôtre."
        ),
        CaseRefusal.ENDS_NOTHING: Sentence(
            "This outcome leads to another attempt and ends no case.",
            "Cette issue appelle une nouvelle tentative et ne clôt pas le dossier.",
        ),
        CaseRefusal.OPEN: Sentence(
            "The case is open: end it first.", "Le dossier est ouvert : il faut d'abord le clore."
        ),
        CaseRefusal.CASES_POINT_TO_IT: Sentence(
            "Open cases point to it: name a successor that takes them over.",
            "Des dossiers ouverts y sont orientés : indiquez la structure qui les reprend.",
        ),
        CaseRefusal.RETIRED: Sentence("This template was retired.", "Ce modèle est retiré."),
        CaseRefusal.PRIVATE: Sentence("This template is not shared.", "Ce modèle n'est pas partagé."),
    }
)
