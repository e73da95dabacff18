"""The French of the public page: where somebody is, what their clock is called, what becomes of their request.

Decides words only. Never anything that says why they asked: who holds the telephone or the link may be somebody else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from zoneinfo import ZoneInfo

from dialer.core.callbacks.intake import Wrong
from dialer.core.callbacks.intake_words import TO_TELL, Why
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.request import Booking
from dialer.core.callbacks.states import Attached, Callback, Requested, Resting, Unsettled, stage
from dialer.core.cases.case import Flag
from dialer.core.places.territory import GAMBIER, MARQUESAS, Territory
from dialer.core.reference import spoken
from dialer.core.words import Instant
from schedules.speech import spoken_day, spoken_time
from schedules.walltime import PARIS, wall_clock
from schedules.windows import Window, spoken_window

LANGUAGES: Mapping[str, str] = MappingProxyType(
    {
        "fr": "Français",
        "en": "Anglais – English",
        "ar": "Arabe – العربية",
        "es": "Espagnol – Español",
        "pt": "Portugais – Português",
        "tr": "Turc – Türkçe",
        "uk": "Ukrainien – Українська",
        "ps": "Pachto – پښتو",
        "fa": "Persan, dari – فارسی",
        "ht": "Créole haïtien – Kreyòl ayisyen",
    }
)

LABELS: Mapping[str, str] = MappingProxyType(
    {
        "demandeur": "Qui fait cette demande",
        "prenom": "Prénom",
        "naissance": "Date de naissance",
        "telephone": "Numéro de téléphone",
        "code_postal": "Code postal",
        "creneau": "Quand vous appeler",
        "situation": "Situation",
        "message": "Ce que vous voulez nous dire",
        "langue": "Langue de l’appel",
        "relais": "Relais téléphonique",
        "lu": "Vos données",
    }
)
"""What the summary of faults calls a field; those that are missing here are not to be seen on the page."""

FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "asked_by": "demandeur",
        "first_name": "prenom",
        "birth_date": "naissance",
        "phone": "telephone",
        "postcode": "code_postal",
        "wish": "creneau",
        "situation": "situation",
        "note": "message",
        "language": "langue",
        "relay": "relais",
        "notice_read": "lu",
    }
)
"""The fields of a request by their names in the API → those of the form, in the form's order."""

_OWN: Mapping[tuple[str, Why], str] = MappingProxyType(
    {
        ("demandeur", Why.MISSING): "Choisissez une réponse.",
        ("prenom", Why.MISSING): "Écrivez le prénom.",
        ("naissance", Why.MISSING): "Écrivez la date de naissance, par exemple 31/12/2008.",
        ("naissance", Why.NO_DATE): "Cette date n’existe pas : écrivez le jour, le mois et l’année, "
        "par exemple 31/12/2008.",
        ("telephone", Why.MISSING): "Écrivez le numéro où nous pouvons appeler.",
        ("creneau", Why.MISSING): "Choisissez « Dès que possible » ou un créneau.",
        ("creneau", Why.SLOT_TAKEN): "Ce créneau n’est plus libre : choisissez-en un autre.",
        ("lu", Why.MISSING): "Lisez l’information sur vos données, puis cochez la case.",
        ("lu", Why.NOTICE): "Lisez l’information sur vos données, puis cochez la case.",
    }
)
"""Where the page can say it more exactly than the API."""

TRAPPED = (
    "Nous n’avons pas pu vérifier que ce formulaire est rempli par une personne. "
    "Envoyez-le de nouveau, ou appelez-nous."
)
UNPROVEN = (
    "La vérification contre les robots n’a pas pu se faire dans votre navigateur. Envoyez de nouveau le formulaire. "
    "Si cela ne marche pas, appelez-nous."
)
NOT_STORED = (
    "Nous n’avons pas pu enregistrer votre demande à l’instant. Envoyez de nouveau le formulaire : "
    "elle ne sera jamais enregistrée deux fois."
)

REFUSED: Mapping[str, str] = MappingProxyType(
    {
        "slot_taken": "Ce créneau vient d’être pris : choisissez-en un autre.",
        "closed": "Cette demande est déjà terminée : rien n’a été changé.",
        "unknown": "Cette demande est déjà terminée : rien n’a été changé.",
        "in_progress": "Nous sommes en train de vous appeler : rien n’a été changé. Décrochez, ou réessayez plus tard.",
        "talking": "Une conversation est en cours : rien n’a été changé.",
    }
)
"""Why a request could not be moved or cancelled."""
REFUSED_OTHERWISE = "Votre demande ne peut pas être changée ici pour le moment. Appelez-nous avec votre référence."

_PLACES: Mapping[Territory, str] = MappingProxyType(
    {
        Territory.METROPOLE: "en métropole",
        Territory.GUADELOUPE: "en Guadeloupe",
        Territory.MARTINIQUE: "en Martinique",
        Territory.GUYANE: "en Guyane",
        Territory.REUNION: "à La Réunion",
        Territory.MAYOTTE: "à Mayotte",
        Territory.SAINT_PIERRE_ET_MIQUELON: "à Saint-Pierre-et-Miquelon",
        Territory.SAINT_BARTHELEMY: "à Saint-Barthélemy",
        Territory.SAINT_MARTIN: "à Saint-Martin",
        Territory.NOUVELLE_CALEDONIE: "en Nouvelle-Calédonie",
        Territory.POLYNESIE: "en Polynésie française",
        Territory.WALLIS_ET_FUTUNA: "à Wallis-et-Futuna",
    }
)
_ISLANDS = {MARQUESAS: "aux Marquises", GAMBIER: "aux Gambier"}


@dataclass(frozen=True, slots=True)
class Reference:
    """``shown`` to the eye, ``said`` to the ear."""

    shown: str
    said: str


def place(territory: Territory, zone: ZoneInfo) -> str:
    """ "à La Réunion"."""
    return _ISLANDS.get(zone.key) or _PLACES[territory]


def clock(territory: Territory, zone: ZoneInfo) -> str:
    """Whose hours are shown."""
    return (
        "Les heures sont celles de Paris."
        if zone == PARIS
        else f"Les heures sont celles de chez vous, {place(territory, zone)}."
    )


def fault(wrong: Wrong) -> tuple[str, str]:
    """The field of the form that is at fault, "" when it has none, and what to say of it."""
    field = FIELDS.get(wrong.field.partition(".")[0], "")
    why = _OWN.get((field, wrong.why), wrong.sentence.fr)
    return field, why.replace("'", "’")


def when(window: Window, at: Instant, territory: Territory, zone: ZoneInfo) -> str:
    """A window as its owner would say it; whose hour it is, where that is not plain."""
    spoken = spoken_window(window, at, zone).replace("'", "’")
    return spoken if zone == PARIS else f"{spoken}, à l’heure qu’il est {place(territory, zone)}"


def promised(booking: Booking, at: Instant, territory: Territory, zone: ZoneInfo) -> str:
    """What was promised to somebody who has just asked."""
    if booking.promised is not None:
        return f"Nous vous appellerons {when(booking.promised, at, territory, zone)}."
    if booking.due_at > at:
        return f"Nous vous appellerons dès que possible, à partir {_from(booking.due_at, at, zone)}."
    return "Nous vous appellerons dès que possible."


def state(callback: Callback, at: Instant, territory: Territory, zone: ZoneInfo) -> str:
    """Where an open request stands, as one tells its owner."""
    now = callback.state.back if isinstance(callback.state, Attached) else callback.state
    match stage(callback), now:
        case "requested" | "due" | "resting", _ if callback.window is not None:
            return f"Nous vous appellerons {when(callback.window, at, territory, zone)}."
        case "requested", Requested(due_at=due_at) if due_at > at:
            return f"Nous vous appellerons dès que possible, à partir {_from(due_at, at, zone)}."
        case "resting", Unsettled():
            return "Une personne de l’équipe regarde votre demande et décide de la suite."
        case "resting", Resting(until=until, by="ladder"):
            again = _from(until, at, zone)
            return f"Nous avons essayé de vous joindre, sans succès. Nous réessaierons à partir {again}."
        case "resting", Resting(until=until):
            return f"Nous vous appellerons à partir {_from(until, at, zone)}."
        case (("offered" | "dialling"), _):
            return "C’est votre tour : nous sommes sur le point de vous appeler."
        case "talking", _:
            return "Une conversation avec vous est en cours."
    return "Nous vous appellerons dès que possible."


def reference(digits: str) -> Reference:
    """Two by two for the eye; digit by digit for the ear, as on the telephone."""
    pairs = spoken(digits)
    return Reference("\u00a0".join(pairs), ", ".join(" ".join(pair) for pair in pairs))


def moved(territory: Territory, zone: ZoneInfo, window: Window | None = None, at: Instant | None = None) -> str:
    """Why the page comes back with other slots than those that were chosen from."""
    said = (
        f"Ce numéro ou ce code postal est {place(territory, zone)} : "
        "les créneaux sont maintenant à l’heure qu’il est là-bas."
    )
    if window is None or at is None:
        return f"{said} Choisissez-en un."
    chosen = spoken_window(window, at, zone).replace("'", "’")
    return f"{said} Celui que vous avez choisi devient : {chosen}. Gardez-le ou choisissez-en un autre, puis envoyez."


def ended(outcome: str | None) -> str:
    """How a request that is over ended, as far as the link may tell."""
    if outcome == CallbackOutcome.ANNULE:
        return "Cette demande a été annulée : nous ne vous appellerons pas."
    if outcome == CallbackOutcome.OPPOSITION:
        return "Vous nous avez demandé de ne plus vous appeler : nous ne vous appellerons plus."
    return "Cette demande est terminée : nous n’appellerons plus pour elle."


def told(flags: Iterable[Flag]) -> tuple[str, ...]:
    """What to tell the person of the flags of their request."""
    return tuple(TO_TELL[each].replace("'", "’") for each in flags)


def _from(at: Instant, now: Instant, zone: ZoneInfo) -> str:
    """What follows "à partir": "de dix heures" today, "de demain à dix heures", "du lundi seize mars à dix heures"."""
    shown = wall_clock(at, zone)
    time = spoken_time(shown.hour * 60 + shown.minute)
    match (shown.date() - wall_clock(now, zone).date()).days:
        case 0:
            return f"de {time}"
        case 1:
            return f"de demain à {time}"
    return f"du {spoken_day(shown.date())} à {time}"
