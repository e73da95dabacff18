"""The French of a person's own file: short sentences, one thing in each, for somebody who reads with effort.

Decides words only. Nobody of the service is named, and what was changed without their seeing it is told as work.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from zoneinfo import ZoneInfo

from dialer.core.cases.actor import Side
from dialer.core.cases.appointment import Appointment, CalledOff, Fixed, Kept, Missed, Misser, Moved
from dialer.core.cases.consent import Purpose
from dialer.core.cases.note import Note
from dialer.core.cases.path import Confirmed, Done, GivenUp, Path, SentBack, Task, awaits
from dialer.core.revision import Edit
from dialer.core.words import Instant
from dialer.web import french
from dialer.web.rappel.choices import Where
from dialer.web.rappel.words import place
from schedules.walltime import DAY_MIN, PARIS, instant_of, wall_clock

PURPOSES: Mapping[Purpose, str] = MappingProxyType(
    {
        Purpose.SHARE_WITH_STRUCTURE: "Donner votre nom et votre numéro à la structure qui va vous recevoir.",
        Purpose.TALK_TO_RELATIVE: "Parler de votre dossier avec un parent ou un proche, si vous avez 18 ans ou plus.",
        Purpose.FOLLOW_UP: "Vous contacter dans quelques mois pour savoir où vous en êtes.",
    }
)

DONE: Mapping[str, str] = MappingProxyType(
    {
        "task_done": "C’est noté : cette étape est faite. Le service va vérifier.",
        "task_confirmed": "C’est noté : vous êtes d’accord, cette étape est finie.",
        "task_sent_back": "C’est noté : ce n’est pas encore fait. Le service lira pourquoi.",
        "path_given_up": "C’est noté : vous arrêtez cette démarche.",
        "called_off": "C’est noté : vous n’irez pas à ce rendez-vous.",
        "note_written": "Votre note est enregistrée.",
        "note_released": "Le service peut maintenant lire cette note.",
        "consent_given": "C’est noté : vous êtes d’accord.",
        "consent_withdrawn": "C’est noté : vous n’êtes plus d’accord.",
    }
)
"""What the person has just done, by the word for it in the file."""

_SERVICE_DID: Mapping[str, str] = MappingProxyType(
    {
        "path_proposed": "Le service vous propose une démarche.",
        "path_given_up": "Le service a arrêté la démarche.",
        "task_added": "Le service a ajouté une étape.",
        "task_edited": "Le service a changé une étape.",
        "task_withdrawn": "Le service a retiré une étape.",
        "task_done": "Le service dit qu’une étape est faite.",
        "task_confirmed": "Le service est d’accord : une étape est finie.",
        "task_sent_back": "Le service dit qu’une étape n’est pas encore faite.",
        "fixed": "Le service a fixé un rendez-vous.",
        "moved": "Le service a déplacé un rendez-vous.",
        "kept": "Le service a noté qu’un rendez-vous a eu lieu.",
        "missed": "Le service a noté qu’un rendez-vous n’a pas eu lieu.",
        "called_off": "Le service a annulé un rendez-vous.",
        "note_released": "Le service vous fait lire une note.",
        "request_received": "Nous avons reçu une nouvelle demande.",
        "callback_over": "Un appel est terminé.",
        "ended": "Le service a clos votre dossier.",
    }
)
_SERVICE_WORKED = "Le service a travaillé sur votre dossier."
_TOO_OLD = "Cette page était trop ancienne."
_YOU_DID = "Vous avez changé votre dossier, sur une autre page ou au téléphone."

MISSING: Mapping[str, str] = MappingProxyType(
    {
        "pas-encore": "Écrivez pourquoi ce n’est pas encore fait.",
        "arret": "Écrivez pourquoi vous arrêtez.",
        "rendez-vous": "Écrivez pourquoi vous n’irez pas.",
        "note": "Écrivez votre note.",
    }
)
"""By act: what to say to who wrote nothing."""
NO_READER = "Choisissez qui peut lire cette note."
UNSHOWABLE = "Ce texte contient un signe que nous ne pouvons pas afficher. Écrivez avec des lettres ordinaires."
NOT_UNDERSTOOD = "Nous n’avons pas compris ce que vous vouliez faire. Rien n’a été changé."

LABELS: Mapping[str, str] = MappingProxyType(
    {
        "pas-encore": "Pourquoi ce n’est pas encore fait",
        "arret": "Pourquoi vous arrêtez",
        "rendez-vous": "Pourquoi vous n’irez pas",
        "note": "Votre note",
        "lecture": "Qui peut lire",
    }
)
"""What the summary of faults calls a field, by its act."""


def too_long(length_max: int) -> str:
    return f"Ce texte est trop long : écrivez {length_max} signes au plus."


def day(on: date) -> str:
    """ "lundi 23 novembre 2026"."""
    return french.day(instant_of(on, DAY_MIN // 2))


def hour(at: Instant, zone: ZoneInfo) -> str:
    """ "14 h", "14 h 30", on the wall there."""
    shown = wall_clock(at, zone)
    minutes = f"{french.NBSP}{shown:%M}" if shown.minute else ""
    return f"{shown.hour}{french.NBSP}h{minutes}"


def when(at: Instant, here: Where) -> str:
    """ "lundi 23 novembre 2026 à 14 h 30"; whose hour it is, where that is not plain."""
    said = f"{day(wall_clock(at, here.zone).date())} à {hour(at, here.zone)}"
    return said if here.zone == PARIS else f"{said}, à l’heure qu’il est {place(here.territory, here.zone)}"


def on(at: Instant, here: Where) -> str:
    """The day of it, on their calendar."""
    return day(wall_clock(at, here.zone).date())


def turn(task: Task) -> str:
    """Where a task stands, and whose turn it is."""
    theirs = awaits(task) is Side.PERSON
    match task.state:
        case Confirmed():
            return "C’est fini."
        case Done() if theirs:
            return "Le service dit que c’est fait. Dites si vous êtes d’accord."
        case Done():
            return "Vous avez dit que c’est fait. Le service va vérifier."
    return "C’est à vous de le faire." if theirs else "C’est au service de le faire."


def sent_back(task: Task) -> str:
    """Who says that it is not done yet; "" when nobody does. Their reason stands beside it."""
    match task.state:
        case SentBack(by=by) if by.side is Side.PERSON:
            return "Vous avez dit que ce n’est pas encore fait"
        case SentBack():
            return "Le service dit que ce n’est pas encore fait"
    return ""


def due(task: Task, today: date) -> str:
    """Until when; "" of what is done, though it is yet to be agreed to."""
    if isinstance(task.state, Done | Confirmed):
        return ""
    if task.due_on < today:
        return f"La date est passée : c’était pour le {day(task.due_on)}."
    return f"À faire au plus tard le {day(task.due_on)}."


def over(path: Path, here: Where) -> str:
    """How a path ended; the reason of whoever gave it up stands beside it."""
    match path.over:
        case GivenUp(at=at, by=None):
            return f"Arrêtée le {on(at, here)}, avec le dossier."
        case GivenUp(at=at, by=by) if by is not None and by.side is Side.PERSON:
            return f"Vous l’avez arrêtée le {on(at, here)}."
        case GivenUp(at=at):
            return f"Le service l’a arrêtée le {on(at, here)}."
        case None:
            return ""
    return f"Finie le {on(path.over.at, here)}."


def met(appointment: Appointment, now: Instant) -> str:
    """What became of an appointment; the reason of whoever called it off stands beside it."""
    match appointment.state:
        case Fixed():
            return "Prévu." if appointment.on > now else "La date est passée."
        case Kept():
            return "Ce rendez-vous a eu lieu."
        case Missed(misser=Misser.PERSON):
            return "Vous avez manqué ce rendez-vous. Appelez-nous pour en avoir un autre."
        case Missed():
            return "La structure n’a pas pu vous recevoir. Ce n’est pas votre faute."
        case Moved():
            return "Déplacé à une autre date."
        case CalledOff(by=by):
            return "Vous l’avez annulé." if by.side is Side.PERSON else "Le service l’a annulé."


def wrote(note: Note, here: Where) -> str:
    """Who wrote a note, and when."""
    yours = "Vous" if note.by.heard_by is None else "Vous, au téléphone"
    return f"{yours if note.section is Side.PERSON else 'Le service'}, le {on(note.at, here)}"


def readers(note: Note) -> str:
    """Who else reads a note of the person's own; "" of the service's."""
    if note.section is Side.SERVICE:
        return ""
    if note.by.heard_by is not None:
        return "Le service l’a écrite pour vous."
    return "Le service peut la lire." if note.released_at is not None else "Le service ne la voit pas."


def meanwhile(edits: Iterable[Edit]) -> tuple[str, ...]:
    """What was done since a page was shown, each thing once. Nothing of what they do not see but that work was done."""
    said = (_YOU_DID if each.by == Side.PERSON else _SERVICE_DID.get(each.what, _SERVICE_WORKED) for each in edits)
    return tuple(dict.fromkeys(said)) or (_TOO_OLD,)
