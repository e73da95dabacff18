"""What is said of a request that is not whole: every reason, with its sentence in English and in French.

Decides words only: English for who writes programs against the API, French for who asks to be called back. A sentence
never repeats what was sent. `intake` decides which reason holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from dialer.core.cases.case import Flag
from dialer.core.places.territory import Territory
from dialer.core.reasons import Sentence
from schedules.speech import spoken_day, spoken_time
from schedules.walltime import PARIS, wall_clock
from schedules.windows import Window


class Why(StrEnum):
    """Why a field cannot be taken as it is. ``among`` of the fault fills the gap in its sentence."""

    MISSING = "missing"
    OUT_OF_PLACE = "out_of_place"
    TOO_LONG = "too_long"
    UNPRINTABLE = "unprintable"
    CHOICE = "choice"
    YES_OR_NO = "yes_or_no"
    NOTICE = "notice"
    LINE = "line"
    NO_LINE = "no_line"
    IMPOSSIBLE = "impossible"
    FOREIGN = "foreign"
    PREMIUM = "premium"
    SHORT = "short"
    OURS = "ours"
    AMBIGUOUS = "ambiguous"
    POSTCODE = "postcode"
    LANGUAGE = "language"
    NO_DATE = "no_date"
    BORN_LATER = "born_later"
    BORN_EARLY = "born_early"
    NO_INSTANT = "no_instant"
    NO_OFFSET = "no_offset"
    BACKWARD = "backward"
    LONG_WINDOW = "long_window"
    PAST = "past"
    TOO_FAR = "too_far"
    NIGHT = "night"
    BREAK = "break"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    EXCEPTION = "exception"
    UNOPENED = "unopened"
    SLOT_TAKEN = "slot_taken"
    NO_SLOT = "no_slot"
    NO_COMMON_HOUR = "no_common_hour"


_SENTENCES: Mapping[Why, Sentence] = MappingProxyType(
    {
        Why.MISSING: Sentence("is required", "Cette information est nécessaire."),
        Why.OUT_OF_PLACE: Sentence(
            "goes with a wish of kind window only; leave it out",
            "Un horaire ne se donne que si vous choisissez un créneau.",
        ),
        Why.TOO_LONG: Sentence("has more than {among} characters", "Ce texte dépasse {among} caractères."),
        Why.UNPRINTABLE: Sentence(
            "holds a character that cannot be shown; write plain text",
            "Ce texte contient un caractère qui ne peut pas être affiché.",
        ),
        Why.CHOICE: Sentence("write {among}", "Choisissez une des réponses proposées."),
        Why.YES_OR_NO: Sentence("write true or false", "Répondez par oui ou par non."),
        Why.NOTICE: Sentence(
            "must be true: the person has read the notice on their data",
            "Confirmez avoir lu l'information sur vos données.",
        ),
        Why.LINE: Sentence(
            "is no line that takes requests for callbacks; write {among}",
            "Cette ligne ne prend pas de demandes de rappel.",
        ),
        Why.NO_LINE: Sentence(
            "no line takes requests for callbacks now",
            "Aucune ligne ne prend de demandes de rappel pour le moment.",
        ),
        Why.IMPOSSIBLE: Sentence(
            "is no telephone number: write the ten digits of a French one, or +33 and the number",
            "Ce numéro n'existe pas : écrivez les dix chiffres d'un numéro français.",
        ),
        Why.FOREIGN: Sentence(
            "is a foreign number; only numbers of France, overseas included, are called back. Use mail or chat",
            "Ce numéro est étranger : nous rappelons en France, outre-mer compris. Écrivez-nous par mél ou par tchat.",
        ),
        Why.PREMIUM: Sentence(
            "is a special number (08…) that nobody can be called on; give an ordinary one",
            "Personne ne peut être joint à un numéro spécial en 08 : donnez un numéro ordinaire.",
        ),
        Why.SHORT: Sentence(
            "is a short number; give one of ten digits",
            "C'est un numéro court : donnez un numéro à dix chiffres.",
        ),
        Why.OURS: Sentence(
            "is one of our own lines; give the person's number",
            "C'est le numéro de notre service : donnez le vôtre.",
        ),
        Why.AMBIGUOUS: Sentence(
            "can be a number of {among}: give the postcode too, or write the number with its country code",
            "Ce numéro peut être en {among} : donnez aussi votre code postal.",
        ),
        Why.POSTCODE: Sentence("is no postcode; write five digits", "Un code postal a cinq chiffres."),
        Why.LANGUAGE: Sentence(
            "is no language; write its two letters, like fr", "Donnez la langue en deux lettres, comme fr."
        ),
        Why.NO_DATE: Sentence(
            "is no date of the calendar; write it like 2008-03-21",
            "Cette date n'existe pas : écrivez-la comme 2008-03-21 (année, mois, jour).",
        ),
        Why.BORN_LATER: Sentence("lies in the future", "Cette date de naissance est dans le futur."),
        Why.BORN_EARLY: Sentence("lies before 1900", "Cette date de naissance est antérieure à 1900."),
        Why.NO_INSTANT: Sentence(
            "is no instant; write it like 2026-11-23T10:00:00+01:00",
            "Cet horaire est illisible : choisissez un des créneaux proposés.",
        ),
        Why.NO_OFFSET: Sentence(
            "has no offset; write it like 2026-11-23T10:00:00+01:00",
            "Cet horaire n'a pas de fuseau : choisissez un des créneaux proposés.",
        ),
        Why.BACKWARD: Sentence("does not come after the start", "La fin du créneau doit suivre son début."),
        Why.LONG_WINDOW: Sentence(
            "makes a window of more than {among} hours", "Un créneau dure au plus {among} heures."
        ),
        Why.PAST: Sentence("lies in the past", "Ce créneau est passé."),
        Why.TOO_FAR: Sentence("lies more than {among} days ahead", "Ce créneau est à plus de {among} jours."),
        Why.NIGHT: Sentence(
            "the line is closed at that time of the day", "La ligne est fermée à cette heure de la journée."
        ),
        Why.BREAK: Sentence("the line has its break of the day then", "La ligne fait une pause à cette heure."),
        Why.WEEKEND: Sentence(
            "the line is closed on that day of the week", "La ligne est fermée ce jour de la semaine."
        ),
        Why.HOLIDAY: Sentence(
            "the line is closed on that public holiday ({among})", "La ligne est fermée ce jour férié ({among})."
        ),
        Why.EXCEPTION: Sentence(
            "the line is closed then, exceptionally ({among})", "La ligne est fermée exceptionnellement ({among})."
        ),
        Why.UNOPENED: Sentence("the line is not open yet on that day", "La ligne n'est pas encore ouverte ce jour-là."),
        Why.SLOT_TAKEN: Sentence(
            "does not begin in a free slot; the next free ones: {among}",
            "Ce créneau n'est plus libre. Les prochains : {among}.",
        ),
        Why.NO_SLOT: Sentence(
            "does not begin in a free slot, and none is free in the days to come; ask for asap, or use mail or chat",
            "Aucun créneau n'est libre dans les jours qui viennent : demandez un rappel dès que possible, "
            "ou écrivez-nous par mél ou par tchat.",
        ),
        Why.NO_COMMON_HOUR: Sentence(
            "there is no hour in the days to come at which the line is open and the person may be called where they "
            "live; choose a window, or use mail or chat",
            "Aux heures d'ouverture de la ligne, il est trop tôt ou trop tard chez vous : choisissez un créneau, "
            "ou écrivez-nous par mél ou par tchat.",
        ),
    }
)

TERRITORY_NAMES: Mapping[Territory, str] = MappingProxyType(
    {
        Territory.METROPOLE: "métropole",
        Territory.GUADELOUPE: "Guadeloupe",
        Territory.MARTINIQUE: "Martinique",
        Territory.GUYANE: "Guyane",
        Territory.REUNION: "La Réunion",
        Territory.MAYOTTE: "Mayotte",
        Territory.SAINT_PIERRE_ET_MIQUELON: "Saint-Pierre-et-Miquelon",
        Territory.SAINT_BARTHELEMY: "Saint-Barthélemy",
        Territory.SAINT_MARTIN: "Saint-Martin",
        Territory.NOUVELLE_CALEDONIE: "Nouvelle-Calédonie",
        Territory.POLYNESIE: "Polynésie française",
        Territory.WALLIS_ET_FUTUNA: "Wallis-et-Futuna",
    }
)
"""As they are shown."""

TO_TELL: Mapping[Flag, str] = MappingProxyType(
    {
        Flag.UNDER_16: "Avant 16 ans, l'instruction est obligatoire : un conseiller fera le point sur la scolarité "
        "avec la famille et le CIO.",
        Flag.OVER_25: "Le droit au retour en formation s'arrête à 25 ans révolus : un conseiller présentera les "
        "autres solutions de reprise d'études.",
        Flag.OBLIGATION_DE_FORMATION: "À 16 et 17 ans, se former est une obligation : la mission locale ou le CIO "
        "accompagne chaque jeune.",
        Flag.TRACK_A: "Sans diplôme, le droit au retour en formation initiale s'applique.",
        Flag.TRACK_B: "Sans qualification professionnelle, le droit à une formation qualifiante s'applique.",
        Flag.OUT_OF_TRACK: "Ce droit n'est pas prévu pour cette situation : un conseiller présentera les autres "
        "solutions.",
    }
)
"""What to tell the person of each flag. Source: domain notes (L122-2, décrets 2014-1453 and 1454, loi 2019-791)."""


def sentence(why: Why, among: tuple[str | Window, ...] = (), zone: ZoneInfo = PARIS) -> Sentence:
    """What is said. Windows in it are instants in English, and in French as somebody in ``zone`` would say them."""
    words = _SENTENCES[why]
    english = " or ".join(_english(each) for each in among)
    return Sentence(words.en.format(among=english), words.fr.format(among=_listed([_french(a, zone) for a in among])))


def _english(choice: str | Window) -> str:
    match choice:
        case Window(start_at=start_at, end_at=end_at):
            return f"{wall_clock(start_at).isoformat()} to {wall_clock(end_at).isoformat()}"
        case Territory():
            return TERRITORY_NAMES[choice]
    return str(choice)


def _french(choice: str | Window, zone: ZoneInfo) -> str:
    if not isinstance(choice, Window):
        return _english(choice)
    start, end = wall_clock(choice.start_at, zone), wall_clock(choice.end_at, zone)
    return f"{spoken_day(start.date())} entre {_time(start)} et {_time(end)}"


def _time(shown: datetime) -> str:
    return spoken_time(shown.hour * 60 + shown.minute)


def _listed(words: list[str]) -> str:
    return " ou ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
