"""The French of the screens: words for states, wishes, outcomes and causes; durations, rates, instants.

Decides how a value is read by a person. Must not know where it came from. Times are those of the wall in Paris.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from dialer.core.reasons import SENTENCES, Reason
from schedules.hours import Why
from schedules.walltime import wall_clock
from schedules.windows import Window

NBSP = "\u00a0"

ADVISER_STATES: Mapping[str, str] = {
    "free": "Libre",
    "ringing": "Sonne",
    "talking": "En ligne",
    "wrapping_up": "Post-appel",
    "unreachable": "Injoignable",
}

WISHES: Mapping[str, str] = {"ready": "Disponible", "paused": "Pause", "away": "Absence"}

ACTIVITIES: Mapping[str, str] = {
    "phone": "téléphone",
    "chat": "messagerie",
    "mail": "courriel",
    "meeting": "réunion",
    "training": "formation",
    "break": "pause",
    "off": "hors service",
}

CALL_STATES: Mapping[str, str] = {
    "arrived": "Arrive",
    "in_flow": "Menu vocal",
    "waiting": "En attente",
    "offered": "Proposé",
    "talking": "En ligne",
    "forwarded": "Transfert",
    "ended": "Terminé",
}

GUEST_STATES: Mapping[str, str] = {"ringing": "sonne", "aside": "en aparté", "joined": "à trois"}

OUTCOMES: Mapping[str, str] = {
    "answered": "répondu",
    "informed": "informé par le serveur vocal",
    "transferred": "transféré vers l’extérieur",
    "callback": "rappel demandé",
    "turned_away": "invité à rappeler",
    "abandoned": "abandonné par l’appelant",
    "failed": "coupé par une défaillance",
}

STAGES: Mapping[str, str] = {
    "arrived": "avant d’être décroché",
    "in_flow": "dans le menu vocal",
    "waiting": "dans la file d’attente",
    "offered": "pendant que le poste sonnait",
    "forwarded": "pendant un transfert",
    "talking": "pendant la conversation",
}

CLOSED: Mapping[str, str] = {
    Why.NIGHT: "hors horaires",
    Why.BREAK: "pause de la journée",
    Why.WEEKEND: "fermé ce jour de la semaine",
    Why.HOLIDAY: "jour férié",
    Why.EXCEPTION: "fermeture exceptionnelle",
    Why.UNOPENED: "pas encore en service",
}

CALLBACK_STATES: Mapping[str, str] = {
    "requested": "Prévu",
    "due": "À rappeler",
    "offered": "Proposé",
    "dialling": "Appel lancé",
    "talking": "En ligne",
    "resting": "Au repos",
    "closed": "Clos",
}

CALLBACK_KINDS: Mapping[str, str] = {"rtf": "Reviens te former", "information": "information"}

CALLBACK_OUTCOMES: Mapping[str, str] = {
    "RDV_FIXE": "rendez-vous fixé",
    "INFO_DONNEE": "information donnée",
    "ORIENTE": "orienté vers une structure d’accueil",
    "A_RAPPELER": "à rappeler",
    "REFUS": "refus",
    "DEJA_EN_SOLUTION": "déjà en solution",
    "TIERS_JOINT": "tiers joint",
    "SANS_REPONSE": "sans réponse",
    "OCCUPE": "occupé",
    "REPONDEUR": "répondeur",
    "MESSAGE_LAISSE": "message laissé",
    "NUMERO_INVALIDE": "numéro invalide",
    "MAUVAIS_NUMERO": "mauvais numéro",
    "INJOIGNABLE": "injoignable",
    "ANNULE": "annulé",
    "DOUBLON": "doublon",
    "HORS_CHAMP": "hors champ",
    "OPPOSITION": "opposition à tout appel",
    "ALERTE_DANGER": "alerte danger",
}

ATTEMPT_CAUSES: Mapping[str, str] = {
    "busy": "non joint, occupé",
    "no_answer": "non joint, sans réponse",
    "machine": "non joint, répondeur",
    "failed": "non joint, l’appel n’a pas pu être placé",
    "unreachable": "non joint, numéro hors d’atteinte",
    "invalid_number": "non joint, numéro invalide",
    "wrong_number": "non joint, mauvais numéro",
    "third_party": "tiers joint",
    "adviser_lost": "le poste du conseiller ou de la conseillère a été perdu",
    "crossed": "la personne nous appelait au même moment",
    "talked": "joint",
    "cancelled": "interrompue par une décision",
    "unplaced": "jamais composée, ne compte pas",
    "unknown": "issue inconnue",
}

FOR_PERSON: Mapping[str, str] = {
    "talked": "l’issue de la conversation n’est pas saisie",
    "unknown": "nul ne sait ce qu’est devenue la dernière tentative",
    "number": "le numéro semble faux",
    "failures": "trop d’échecs de notre côté",
    "days": "les jours prévus pour les tentatives sont passés",
    "gate": "l’appel n’est pas permis",
}

_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def duration(seconds: float | None) -> str:
    """ "45 s", "3 min 12", "1 h 04"; a dash when there is none. The same as in `flux.js`."""
    if seconds is None:
        return "–"
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole}{NBSP}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}{NBSP}min{NBSP}{rest:02}"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}{NBSP}h{NBSP}{minutes:02}"


def percent(ratio: float | None) -> str:
    """ "87 %"; a dash when there is nothing to compare. Never "100 %" of what is not whole, nor "0 %" of something."""
    if ratio is None:
        return "–"
    shown = round(ratio * 100)
    if shown == 100 and ratio < 1:
        shown = 99
    if shown == 0 and ratio > 0:
        return f"<{NBSP}1{NBSP}%"
    return f"{shown}{NBSP}%"


def time_of_day(at: datetime, *, seconds: bool = False) -> str:
    """ "10 h 04", or "10:04:12"."""
    shown = wall_clock(at)
    return f"{shown:%H:%M:%S}" if seconds else f"{shown.hour}{NBSP}h{NBSP}{shown:%M}"


def day(at: datetime) -> str:
    """ "lundi 23 novembre 2026"."""
    return date_said(wall_clock(at).date(), year=True)


def moment(at: datetime, now: datetime) -> str:
    """An instant to come, as one would say it: "à 20 h", "demain à 8 h", "lundi à 8 h 30"."""
    shown, today = wall_clock(at), wall_clock(now)
    hour = time_of_day(at).removesuffix(f"{NBSP}00")
    days = (shown.date() - today.date()).days
    if days == 0:
        return f"à{NBSP}{hour}"
    if days == 1:
        return f"demain à{NBSP}{hour}"
    if 1 < days < 7:
        return f"{_DAYS[shown.weekday()]} à{NBSP}{hour}"
    return f"le {day(at)} à{NBSP}{hour}"


def span(window: Window, now: datetime) -> str:
    """A window as one would say it, in Paris: "demain de 10 h à 12 h", "lundi de 14 h à 16 h"."""
    begins, ends = moment(window.start_at, now), moment(window.end_at, window.start_at)
    day_said, _, hour = begins.rpartition(f"à{NBSP}")
    return f"{day_said}de{NBSP}{hour} {ends}" if day_said else f"de{NBSP}{hour} {ends}"


def shortly(at: datetime, now: datetime) -> str:
    """An instant in a table: "13 h 30", "hier, 13 h", "demain, 13 h", "27/11, 13 h"."""
    shown = wall_clock(at)
    hour = time_of_day(at).removesuffix(f"{NBSP}00")
    days = (shown.date() - wall_clock(now).date()).days
    names = {0: "", -1: "hier, ", 1: "demain, "}
    return f"{names.get(days, f'{shown:%d/%m}, ')}{hour}"


def hours_of(window: Window) -> str:
    """A window in a table, beside its day: "13 h – 15 h"."""
    return from_to(window.start_at, window.end_at)


def from_to(start_at: datetime, end_at: datetime) -> str:
    """Two instants of one day: "13 h – 15 h 30"."""
    start, end = (time_of_day(at).removesuffix(f"{NBSP}00") for at in (start_at, end_at))
    return f"{start}{NBSP}–{NBSP}{end}"


def lasting(time: timedelta) -> str:
    """Hours of work as they are counted: "35 h", "7 h 05", "45 min"."""
    hours, minutes = divmod(int(time.total_seconds()) // 60, 60)
    if not hours:
        return f"{minutes}{NBSP}min"
    return f"{hours}{NBSP}h{NBSP}{minutes:02}" if minutes else f"{hours}{NBSP}h"


def date_said(on: date, *, year: bool = False) -> str:
    """ "lundi 23 novembre", "dimanche 1er mars 2026"."""
    return f"{_DAYS[on.weekday()]} {_day_and_month(on)}{f' {on.year}' if year else ''}"


def week_said(monday: date) -> str:
    """ "du 23 au 29 novembre 2026", "du 30 novembre au 6 décembre 2026", "du 28 décembre 2026 au 3 janvier 2027"."""
    sunday = monday + timedelta(days=6)
    begins = _day_and_month(monday)
    if monday.year != sunday.year:
        begins += f" {monday.year}"
    elif monday.month == sunday.month:
        begins = begins.partition(NBSP)[0]
    return f"du {begins} au {_day_and_month(sunday)} {sunday.year}"


def _day_and_month(on: date) -> str:
    return f"{'1er' if on.day == 1 else on.day}{NBSP}{_MONTHS[on.month - 1]}"


def attempt_said(cause: str | None, outcome: str | None) -> str:
    """What came of an attempt, each thing said once: "non joint, répondeur (message laissé)"."""
    if cause is None:
        return "en cours"
    text = ATTEMPT_CAUSES.get(cause, cause)
    said = CALLBACK_OUTCOMES.get(outcome, outcome) if outcome else ""
    return text if not said or text.endswith(said) else f"{text} ({said})"


def days_left(until: datetime, now: datetime) -> str:
    """How far a day is: "aujourd’hui", "demain", "dans 9 jours"."""
    days = (wall_clock(until).date() - wall_clock(now).date()).days
    return "aujourd’hui" if days == 0 else "demain" if days == 1 else f"dans {plural(days, 'jour')}"


def refused_because(reason: str) -> str:
    """What the gate answered, as the end of a sentence."""
    known = next((each for each in Reason if each == reason), None)
    if known is None:
        return reason
    said = SENTENCES[known].fr.replace("'", "’").removesuffix(".")
    return said[0].lower() + said[1:]


def iso(at: datetime) -> str:
    """For machines: the datetime attribute of a page."""
    return at.isoformat(timespec="milliseconds")


def shift(by: timedelta) -> str:
    """How far a shifted clock is: "en avance de 2 j 3 h 10 min"."""
    seconds = int(abs(by.total_seconds()))
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    parts = [
        f"{count}{NBSP}{unit}"
        for count, unit in ((days, "j"), (hours, "h"), (rest // 60, "min"), (rest % 60, "s"))
        if count
    ]
    return f"en {'avance' if by > timedelta(0) else 'retard'} de {' '.join(parts[:3]) or f'0{NBSP}s'}"


def ordinal(number: int) -> str:
    return "1er" if number == 1 else f"{number}e"


def plural(count: int, one: str, many: str | None = None) -> str:
    """ "1 appel", "3 appels"; nought is singular in French."""
    return f"{count}{NBSP}{one if count < 2 else many or one + 's'}"


def closed_because(why: str | None) -> str:
    """The reason a line is closed; the name of a holiday or exception is shown as it is."""
    return "" if why is None else CLOSED.get(why, why)
