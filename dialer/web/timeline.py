"""One call or callback told: the journal's facts as French sentences, and as the places and offers of the API.

Decides what a supervisor reads of each fact of a call, and why an adviser was chosen; `callback_timeline` does so for a
callback's, `case_timeline` for a case's. Pure: records in, words out. Every event that the core journals of any of them
has its sentence (a test holds that); one that we do not know is shown by its name. Must not know HTTP nor templates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from dialer.core.words import Record
from dialer.web.callback_timeline import callback_sentence, why_offered
from dialer.web.case_timeline import TOLD_HERE, case_sentence
from dialer.web.french import NBSP, OUTCOMES, STAGES, duration, moment, ordinal, plural
from dialer.web.models import OfferMade, PlaceTaken, WhyChosen
from dialer.web.talk_timeline import OF_TALKS, talk_sentence
from dialer.web.told import Kind, Names, Told

__all__ = ["Names", "Told", "offers", "places", "tell"]


_MISSED = {
    "no_answer": "n’a pas répondu",
    "rejected": "a refusé l’appel",
    "busy": "était déjà en ligne",
    "unreachable": "avait un poste injoignable",
    "failed": "n’a pas pu être joint",
}
_LEFT = {
    "full": "la file est pleine",
    "no_adviser": "plus personne n’est en poste pour cette file",
    "too_long": "l’attente a atteint sa limite",
    "key": "l’appelant a choisi une autre possibilité au clavier",
}
_NOT_TRANSFERRED = {
    "no_answer": "personne n’a répondu",
    "busy": "le numéro est occupé",
    "rejected": "l’appel a été refusé",
    "unreachable": "le numéro est injoignable",
}


_NO_NUMBER = {
    "impossible": "ce n’est pas un numéro",
    "foreign": "il est à l’étranger",
    "premium": "il est surtaxé ou spécial",
    "short": "il est trop court",
    "ours": "c’est l’une de nos lignes",
    "ambiguous": "il faut savoir de quel territoire il est",
}
_HELP_OVER = {
    "withdrawn": "n’a plus besoin d’aide",
    "cleared": "a reçu l’aide demandée",
    "call_over": "ne demande plus d’aide : l’appel est terminé",
    "away": "ne demande plus d’aide : le poste est fermé",
}
_NOT_BOOKED = {
    "slot_taken": "le créneau vient d’être pris",
    "not_taken": "aucun rappel ne peut être promis",
}


def tell(records: Iterable[Record], names: Names) -> list[Told]:
    """The sentences, in order. A fact that another one has just told is left out."""
    told: list[Told] = []
    start: datetime | None = None
    for entry in records:
        start = start or entry.at
        sentence = _sentence(entry, names)
        if sentence is not None:
            kind, text = sentence
            why = _WHY[entry.event](entry) if entry.event in _WHY else None
            told.append(Told(entry.at, (entry.at - start).total_seconds(), kind, text, why))
    return told


def _sentence(entry: Record, names: Names) -> tuple[Kind, str] | None:
    if entry.event.startswith("callback_"):
        return callback_sentence(entry, names)
    if entry.event.startswith(TOLD_HERE):
        return case_sentence(entry, names)
    if entry.event in OF_TALKS:
        return talk_sentence(entry, names)
    data = dict(entry.data)
    who = names.adviser(entry.adviser) if entry.adviser is not None else "Quelqu’un"
    queue = f"«{NBSP}{names.queue(data.get('queue'))}{NBSP}»"
    cause = str(data.get("cause"))
    match entry.event:
        case "call_arrived":
            return "quiet", f"Appel reçu sur la ligne «{NBSP}{names.line(data['line'])}{NBSP}»."
        case "node_entered":
            return "quiet", f"Menu vocal, étape «{NBSP}{data['node']}{NBSP}»."
        case "queued":
            priority = f", priorité {data['priority']}" if data.get("priority") else ""
            return "queue", f"Entre dans la file {queue}, ouverte {_levels(data['level'])}{priority}."
        case "queue_refused":
            return "trouble", f"N’entre pas dans la file {queue} : {_LEFT.get(str(data['why']), data['why'])}."
        case "level_opened":
            return "queue", f"Attend encore : la file {queue} s’ouvre {_levels(data['level'])}."
        case "announced":
            return "quiet", f"{_announced(data.get('position'), data.get('wait'))}."
        case "left_queue":
            return "queue", f"Quitte la file {queue} : {_LEFT.get(str(data['why']), data['why'])}."
        case "offered":
            return "offer", f"Proposé à {who}, dont le poste sonne."
        case "offer_missed":
            missed = _MISSED.get(cause, "n’a pas pris l’appel")
            return "trouble", f"{who} {missed} : l’appelant reprend la même place."
        case "offer_withdrawn":
            return "quiet", f"Le poste de {who} cesse de sonner : l’appelant est parti."
        case "answered":
            waited = data.get("waited_s")
            after = f" après {duration(waited)} d’attente" if isinstance(waited, int | float) else ""
            return "talk", f"{who} répond{after}."
        case "dialled_out":
            return "offer", f"Transfert vers «{NBSP}{data['target']}{NBSP}» : le numéro est composé."
        case "number_refused":
            why = str(data.get("why"))
            return "quiet", f"Le numéro tapé ne peut pas être rappelé : {_NO_NUMBER.get(why, why)}."
        case "booking_asked":
            window = data.get("window")
            when = f"pour le créneau qui commence {_when(window, entry.at)}" if window else "dès que possible"
            return "queue", f"Demande un rappel dans la file {queue}, {when}."
        case "booking_made":
            return "queue", "Le rappel est enregistré ; l’appelant en entend la référence."
        case "booking_refused":
            why = str(data.get("why"))
            return "trouble", f"Le rappel n’est pas enregistré : {_NOT_BOOKED.get(why, why)}."
        case "transferred":
            return "talk", "Mise en relation avec l’extérieur."
        case "transfer_failed":
            return "trouble", f"Le transfert n’aboutit pas : {_NOT_TRANSFERRED.get(cause, 'la liaison a échoué')}."
        case "help_asked":
            return "trouble", f"{who} demande de l’aide."
        case "help_over":
            return "quiet", f"{who} {_HELP_OVER.get(str(data.get('why')), 'ne demande plus d’aide')}."
        case "history_looked":
            return "quiet", f"{who} a consulté ce que le service sait de la personne."
        case "adviser_state":
            return ("quiet", f"{who} passe en post-appel.") if data["state"] == "wrapping_up" else None
        case "contact_filed":
            reasons = plural(len(str(data["reasons"]).split()), "motif")
            note = ", avec une note" if data["note"] else ""
            follows = ", et demande un rappel" if data.get("callback") else ""
            late = " en retard" if data["late"] else ""
            return "quiet", f"{who} enregistre la fiche{late} : {reasons}{note}{follows}."
        case "contact_looked":
            return "quiet", f"La note de {who} a été lue par {names.adviser(str(data['by']))}."
        case "ended":
            return "trouble" if data["outcome"] == "failed" else "end", _ended(data)
        case _:
            return "quiet", f"Événement «{NBSP}{entry.event}{NBSP}»."


def _when(instant: object, at: datetime) -> str:
    """An instant of the journal, as it was to come."""
    return moment(datetime.fromisoformat(str(instant)), at)


def _levels(level: object) -> str:
    return "au niveau 1" if level == 1 else f"jusqu’au niveau {level}"


def _announced(position: object, wait: object) -> str:
    said = f"L’appelant entend sa place : {ordinal(position)}" if isinstance(position, int) else "Annonce d’attente"
    low, dash, high = str(wait or "").removeprefix("wait.").partition("-")
    if not dash:
        return f"{said}, sans durée d’attente"
    if low == "0":
        return f"{said}, moins de {high}{NBSP}min d’attente"
    return f"{said}, entre {low} et {high}{NBSP}min d’attente"


def _why(entry: Record) -> str:
    """Why this adviser: the rule of `assign`, with the numbers it was decided by."""
    data = dict(entry.data)
    idle, candidates = data.get("idle_s"), data.get("candidates")
    level = f"niveau {data.get('level')} pour cette file"
    free = f"libre depuis {duration(idle if isinstance(idle, int | float) else None)}"
    if isinstance(candidates, int) and candidates > 1:
        return f"{level}, {free} : la plus longue disponibilité parmi {plural(candidates, 'personne')} de ce niveau"
    return f"{level}, {free} : seule personne disponible à ce niveau"


_WHY = {"offered": _why, "callback_offered": why_offered}


def _ended(data: Mapping[str, str | int | float | None]) -> str:
    outcome = str(data["outcome"])
    text = f"Fin de l’appel : {OUTCOMES.get(outcome, outcome)}"
    talked = data.get("talked_s")
    if isinstance(talked, int | float):
        return f"{text}, après {duration(talked)} de conversation."
    stage = STAGES.get(str(data.get("stage")))
    return f"{text}, {stage}." if stage and outcome in ("abandoned", "failed") else f"{text}."


def places(records: Sequence[Record]) -> list[PlaceTaken]:
    """The places the caller had in queues, from the journal."""
    taken: list[PlaceTaken] = []
    current: PlaceTaken | None = None
    for entry in records:
        data = dict(entry.data)
        match entry.event:
            case "queued":
                current = PlaceTaken(queue=str(data["queue"]), since=entry.at, until=None, announced=None)
                taken.append(current)
            case "announced" if current is not None and isinstance(data["position"], int):
                current = taken[-1] = current.model_copy(update={"announced": data["position"]})
            case "left_queue" | "answered" | "ended" if current is not None:
                taken[-1] = current.model_copy(update={"until": entry.at})
                current = None
            # Answered, but could not be bridged; or sent on, and not taken: the same place.
            case "offer_missed" | "forward_failed" | "back_in_queue" if current is None and taken:
                current = taken[-1] = taken[-1].model_copy(update={"until": None})
    return taken


def offers(records: Sequence[Record]) -> list[OfferMade]:
    """The offers of the call to advisers, why each was chosen and what came of it."""
    made: list[OfferMade] = []
    for entry in records:
        data = dict(entry.data)
        if entry.event == "offered":
            why = WhyChosen.model_validate({key: data[key] for key in WhyChosen.model_fields})
            made.append(
                OfferMade(
                    id=str(data["offer"]), adviser=str(entry.adviser), queue=str(data["queue"]), at=entry.at,
                    why=why, result="ringing", cause=None, until=None,
                )
            )  # fmt: skip
            continue
        if entry.event == "forwarded" and data["kind"] == "adviser":
            queue = next((str(dict(each.data)["queue"]) for each in records if each.event == "queued"), "")
            made.append(
                OfferMade(
                    id=str(data["offer"]), adviser=str(data["target"]), queue=queue, at=entry.at,
                    why=None, result="ringing", cause=None, until=None,
                )
            )  # fmt: skip
            continue
        match entry.event:
            case "answered" if made:
                made[-1] = made[-1].model_copy(update={"result": "answered", "until": entry.at})
            case "offer_missed" if made:  # one that was answered may still fail, at the bridge
                missed = {"result": "missed", "cause": data["cause"], "until": entry.at}
                made[-1] = made[-1].model_copy(update=missed)
            case "offer_withdrawn" | "ended" if made and made[-1].result == "ringing":
                made[-1] = made[-1].model_copy(update={"result": "withdrawn", "until": entry.at})
    return made
