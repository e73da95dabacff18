"""What an adviser did in a talk, told: the journal's facts of holds, guests and transfers as French sentences.

Decides what a supervisor reads of each. Pure: a record in, words out. A number is told by its name alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from dialer.core.callbacks.states import callback_of
from dialer.core.words import Record
from dialer.web.french import NBSP
from dialer.web.told import Kind, Names

OF_TALKS = frozenset(
    (
        "held", "resumed", "danger_asked", "guest_asked", "guest_answered", "guest_left", "conference", "handed_over",
        "forwarded", "forward_failed", "back_in_queue",
        "adviser_lost", "adviser_rung_again", "adviser_back",
    )
)  # fmt: skip

_NOT_THERE = {
    "no_answer": "ne répond pas",
    "busy": "est en ligne ailleurs",
    "rejected": "refuse",
    "unreachable": "n’est pas joignable",
    "failed": "n’a pas pu être relié",
}
_HOW = {"aside": "pour lui parler d’abord", "join": "pour une conversation à trois"}


def talk_sentence(entry: Record, names: Names) -> tuple[Kind, str]:
    data = dict(entry.data)
    person = "la personne" if entry.call is not None and callback_of(entry.call) is not None else "l’appelant"
    who = names.adviser(entry.adviser) if entry.adviser is not None else "Quelqu’un"
    guest = whom(data, names)
    cause = str(data.get("cause"))
    match entry.event:
        case "held":
            return "talk", f"{who} met {person} en attente, avec la musique."
        case "resumed":
            return "talk", f"{who} reprend {person}."
        case "danger_asked":
            return "trouble", f"{who} appuie sur la touche danger, pour «{NBSP}{data['target']}{NBSP}»."
        case "guest_asked":
            return "offer", f"{who} appelle {guest}, {_HOW.get(str(data.get('how')), 'pour un conseil')}."
        case "guest_answered":
            return "talk", f"{_capital(guest)} répond à {who}."
        case "guest_left" if data.get("stage") != "ringing":
            return "talk", f"{_capital(guest)} quitte la conversation."
        case "guest_left":
            return "quiet", f"{_capital(guest)} {_NOT_THERE.get(cause, 'n’a pas rejoint la conversation')}."
        case "conference":
            return "talk", f"Conversation à trois, avec {guest}."
        case "handed_over":
            return "talk", f"{who} laisse l’appelant avec {guest}."
        case "forwarded" if data.get("kind") == "queue":
            return "queue", f"{who} transfère l’appelant dans la file «{NBSP}{names.queue(data['target'])}{NBSP}»."
        case "forwarded":
            return "offer", f"{who} transfère l’appelant à {guest}, qui sonne."
        case "forward_failed":
            failed = _NOT_THERE.get(cause, "ne prend pas l’appel")
            return "trouble", f"Le numéro appelé {failed} : l’appelant reprend la même place."
        case "adviser_lost":
            return "trouble", f"La ligne de {who} est coupée : on attend son retour, en musique."
        case "adviser_rung_again":
            return "offer", f"Le poste de {who} sonne de nouveau, pour reprendre la conversation."
        case "adviser_back":
            return "talk", f"{who} reprend la conversation."
        case _:
            return "trouble", f"La conversation avec {who} est interrompue : l’appelant reprend la même place."


def whom(data: Mapping[str, str | int | float | None], names: Names) -> str:
    target = data.get("target")
    match data.get("kind"):
        case "adviser":
            return names.adviser(target)
        case "structure":
            return f"la structure «{NBSP}{target}{NBSP}»"
        case _:
            return f"le numéro «{NBSP}{target}{NBSP}»"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
