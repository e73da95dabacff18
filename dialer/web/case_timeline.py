"""One case told: the journal's facts of it, and of what belongs to no call, as French sentences.

Decides what an officer reads of who did what in a file, and who looked at it. The journal has nothing of what anybody
wrote, so neither have the sentences. Pure: a record in, words out. Must not know HTTP nor the templates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from dialer.core.cases.actor import Side
from dialer.core.cases.audit import Looked
from dialer.core.cases.consent import Purpose
from dialer.core.places.academie import ACADEMIES, AcademieCode
from dialer.core.words import Record
from dialer.web.case_models import AuditEntry
from dialer.web.french import CALLBACK_OUTCOMES, NBSP, plural, time_of_day
from dialer.web.told import Kind, Names
from schedules.walltime import wall_clock

Data = Mapping[str, str | int | float | None]

TOLD_HERE = ("case_", "cases_", "template_", "structures_", "number_opposed")
"""How the names of the events begin."""

PURPOSES_FR: Mapping[str, str] = {
    Purpose.SHARE_WITH_STRUCTURE: "communiquer ses coordonnées à la structure d’accueil",
    Purpose.TALK_TO_RELATIVE: "parler du dossier avec un proche",
    Purpose.FOLLOW_UP: "être recontacté plus tard",
}
_LOOKED: Mapping[str, str] = {
    Looked.FILE: "a consulté le dossier",
    Looked.LIST: "a vu le dossier dans une liste",
    Looked.EXPORT: "a exporté le dossier",
    Looked.HISTORY: "a vu où en est le dossier, au téléphone avec la personne",
}
_LISTED: Mapping[str, str] = {
    Looked.FILE: "a consulté",
    Looked.LIST: "a vu dans une liste",
    Looked.EXPORT: "a exporté",
    Looked.HISTORY: "a vu au téléphone où en sont",
}
_SOURCES = {
    "web": "sur le site",
    "phone": "par téléphone",
    "csv": "par un fichier importé",
    "adviser": "par le service",
}
_MISSERS = {Side.PERSON: "la personne n’est pas venue", "structure": "la structure n’a pas pu recevoir la personne"}
_SIMPLE: Mapping[str, tuple[Kind, str]] = {
    "case_schooling_said": ("quiet", "a précisé la scolarité"),
    "case_note_released": ("quiet", "a rendu une note visible de l’autre partie"),
    "case_fixed": ("queue", "a fixé un rendez-vous"),
    "case_moved": ("queue", "a déplacé un rendez-vous"),
    "case_kept": ("talk", "a noté qu’un rendez-vous a eu lieu"),
    "case_called_off": ("trouble", "a annulé un rendez-vous"),
    "case_path_given_up": ("trouble", "a mis fin à la démarche"),
    "case_task_added": ("quiet", "a ajouté une tâche à la démarche"),
    "case_task_edited": ("quiet", "a modifié une tâche"),
    "case_task_withdrawn": ("quiet", "a retiré une tâche"),
    "case_task_done": ("queue", "a indiqué avoir fait une tâche"),
    "case_task_confirmed": ("talk", "a validé une tâche"),
    "case_task_sent_back": ("trouble", "a renvoyé une tâche à refaire"),
    "template_composed": ("quiet", "a créé un modèle de démarche"),
    "template_copied": ("quiet", "a copié un modèle de démarche"),
    "template_improved": ("quiet", "a amélioré un modèle de démarche"),
    "template_shared": ("quiet", "a partagé un modèle de démarche"),
    "template_retired": ("quiet", "a retiré un modèle de démarche"),
    "number_opposed": ("end", "a enregistré l’opposition d’un numéro à tout appel"),
}
"""What somebody did: after their name, before the full stop."""


def audited(records: Iterable[Record], officers: Mapping[str, str]) -> list[AuditEntry]:
    """The journal of a case with a sentence for each fact. ``officers``: what to call them."""
    names = Names(advisers=officers)
    return [
        AuditEntry.model_validate(
            {"at": each.at, "event": each.event, "adviser": each.adviser, **dict(each.data)}
            | {"sentence": case_sentence(each, names)[1]}
        )
        for each in records
    ]


def case_sentence(entry: Record, names: Names) -> tuple[Kind, str]:
    data = dict(entry.data)
    who = _who(data, names)
    if entry.event in _SIMPLE:
        kind, done = _SIMPLE[entry.event]
        return kind, f"{who} {done}."
    match entry.event:
        case "case_looked":
            return "quiet", f"{who} {_LOOKED.get(str(data.get('what')), 'a consulté le dossier')}."
        case "cases_listed":
            count = plural(len(str(data.get("cases") or "").split()), "dossier")
            return "quiet", f"{who} {_LISTED.get(str(data.get('what')), 'a vu')} {count}."
        case "cases_archived":
            return "quiet", f"{_counted(data, 'archivé')} : leur durée de conservation est passée."
        case "cases_erased":
            return "quiet", f"{_counted(data, 'effacé')} : il n’en reste que des comptes."
        case "structures_changed":
            return "quiet", f"{who} a mis à jour {plural(_number(data.get('structures')), 'structure')}."
        case "case_request_received":
            source = str(data.get("source"))
            return "queue", f"Une demande est arrivée {_SOURCES.get(source, source)}."
        case "case_callback_over":
            return "talk", f"Un rappel est terminé : {_outcome(data)}."
        case "case_ended":
            return "end", f"{who} a clos le dossier : {_outcome(data)}."
        case "case_assigned":
            return "queue", f"{who} a confié le dossier à {names.adviser(data.get('officer'))}."
        case "case_transferred":
            return "queue", f"{who} a transmis le dossier {_to(data, names)}."
        case "case_postcode_learnt":
            return "queue", f"D’après le code postal, le dossier revient {_to(data, names)}."
        case "case_note_written":
            done = "a corrigé une note" if data.get("corrects") else "a écrit une note"
            seen = ", visible de l’autre partie" if data.get("released") else ""
            return "quiet", f"{who} {done}{seen}."
        case "case_consent_given" | "case_consent_withdrawn":
            purpose = str(data.get("purpose"))
            done = "a donné" if entry.event == "case_consent_given" else "a retiré"
            return "quiet", f"{who} {done} son accord pour {PURPOSES_FR.get(purpose, purpose)}."
        case "case_missed":
            misser = str(data.get("misser"))
            return "trouble", f"{who} a noté un rendez-vous manqué : {_MISSERS.get(misser, misser)}."
        case "case_path_proposed":
            count = plural(_number(data.get("tasks")), "tâche")
            model = ", d’après un modèle" if data.get("template") else ""
            return "queue", f"{who} a proposé une démarche de {count}{model}."
        case "case_appointment":
            late = ", après l’échéance légale" if data.get("late") else ""
            return "quiet", f"Un rendez-vous compte {_on(data)}{late}."
        case "case_appointment_called_off":
            return "quiet", f"Le rendez-vous {_on(data).replace('le ', 'du ', 1)} ne compte plus."
        case "case_facts":
            return "quiet", f"Classement pour le bilan annuel : {_facts(data)}."
    return "quiet", f"Événement «{NBSP}{entry.event}{NBSP}»."


def _who(data: Data, names: Names) -> str:
    """ "Anna", "La personne (recueilli par Anna)", "Le service"."""
    by, heard_by = data.get("by"), data.get("heard_by")
    if by == Side.PERSON:
        return "La personne" if heard_by is None else f"La personne (recueilli par {names.adviser(heard_by)})"
    return "Le service" if by in (None, "desk", "retention") else names.adviser(by)


def _counted(data: Data, done: str) -> str:
    number = _number(data.get("cases"))
    return f"{plural(number, 'dossier')} {done}{'s' if number > 1 else ''}"


def _number(count: str | int | float | None) -> int:
    return count if isinstance(count, int) else 0


def _outcome(data: Data) -> str:
    outcome = str(data.get("outcome"))
    return CALLBACK_OUTCOMES.get(outcome, outcome)


def _to(data: Data, names: Names) -> str:
    code, officer = data.get("academie"), data.get("officer")
    if code is None:
        return "au niveau national"
    known = ACADEMIES.get(AcademieCode(str(code)))
    place = f"à l’{known.title.replace(chr(39), '’')}" if known is not None else f"à l’académie {code}"
    return f"{place}, à {names.adviser(officer)}" if officer is not None else place


def _on(data: Data) -> str:
    """ "le 24/11/2026 à 10 h 00"."""
    at = datetime.fromisoformat(str(data.get("appointment_at")))
    return f"le {wall_clock(at):%d/%m/%Y} à {time_of_day(at)}"


_TRACKS = {"A": "A, sans diplôme", "B": "B, sans qualification", "out": "hors public", "unknown": "public non connu"}
_AGES = {
    "under_16": "moins de 16 ans",
    "16-17": "16-17 ans",
    "18-20": "18-20 ans",
    "21-25": "21-25 ans",
    "over_25": "plus de 25 ans",
    "unknown": "âge inconnu",
}


def _facts(data: Data) -> str:
    age, track = str(data.get("age_band")), str(data.get("track"))
    known = ACADEMIES.get(AcademieCode(str(data.get("academie"))))
    place = known.title.replace("'", "’") if known is not None else "niveau national"
    return f"{place}, {_AGES.get(age, age)}, {_TRACKS.get(track, track)}"
