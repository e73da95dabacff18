"""The region of the callback before an adviser: its card, what they do with it, and what came of it.

Decides what is told of it at each stage and which outcomes can be given there; what each of them asks for is
`core.callbacks.outcomes`' and whether it is done the desk's. What the person said of themselves is on the card as far
as the roles go (`offers.card_of`). What somebody has to settle stays before them when nothing else is. Must not know
how a card is chosen, nor how the page sends what is filled in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from dialer.core.callbacks.outcomes import MEANINGS, CallbackOutcome, Group, Helpline, OutOfScope, Structure
from dialer.core.callbacks.request import AskedBy, Intake, Source
from dialer.core.callbacks.states import (
    Accepted,
    Callback,
    Dialling,
    Joined,
    Offered,
    Ready,
    Requested,
    Resting,
    Talking,
    Unsettled,
    WithGuest,
)
from dialer.core.cases.case import Flag
from dialer.core.structures.structure import LABELS, StructureKind
from dialer.core.words import Instant
from dialer.web import french
from dialer.web.callback_models import Card
from dialer.web.desk.before import Before
from dialer.web.desk.lately import Lately
from dialer.web.floor import Floor
from dialer.web.holder import Holder
from dialer.web.offers import card_of
from dialer.web.rappel.words import LANGUAGES, place
from dialer.web.render import page
from schedules.walltime import PARIS, wall_clock
from schedules.windows import Window, spoken_window

SLOTS_MAX = 12
SLOTS_KEPT_S = 300.0
"""The choice of slots stands still while somebody makes it; any other window may be given beside it."""
DAYS_AHEAD = 366

ASKED_BY: Mapping[AskedBy, str] = MappingProxyType(
    {
        AskedBy.YOUNG_PERSON: "par la personne elle-même",
        AskedBy.PARENT: "par un parent",
        AskedBy.PROFESSIONAL: "par un professionnel ou une professionnelle",
    }
)
SOURCES: Mapping[Source, str] = MappingProxyType(
    {
        Source.WEB: "sur le site",
        Source.PHONE: "au téléphone, par le serveur vocal",
        Source.CSV: "par un fichier importé",
        Source.ADVISER: "par un conseiller ou une conseillère",
    }
)
FLAGS: Mapping[Flag, str] = MappingProxyType(
    {
        Flag.UNDER_16: "Moins de 16 ans",
        Flag.OVER_25: "Plus de 25 ans",
        Flag.OBLIGATION_DE_FORMATION: "16 ou 17 ans : obligation de formation, vers la mission locale ou le CIO",
        Flag.TRACK_A: "Sans diplôme, ou DNB ou CFG seulement",
        Flag.TRACK_B: "Diplôme général, sans qualification professionnelle",
        Flag.OUT_OF_TRACK: "A une certification professionnelle, ou est encore dans le supérieur",
    }
)
OUTCOMES: Mapping[CallbackOutcome, str] = MappingProxyType(
    {
        CallbackOutcome.RDV_FIXE: "Rendez-vous fixé",
        CallbackOutcome.INFO_DONNEE: "Information donnée",
        CallbackOutcome.ORIENTE: "Orientation vers une structure",
        CallbackOutcome.A_RAPPELER: "Pas maintenant : à rappeler",
        CallbackOutcome.REFUS: "Ne souhaite pas poursuivre",
        CallbackOutcome.DEJA_EN_SOLUTION: "A déjà une solution",
        CallbackOutcome.TIERS_JOINT: "Un tiers a répondu",
        CallbackOutcome.SANS_REPONSE: "Sans réponse",
        CallbackOutcome.OCCUPE: "Occupé",
        CallbackOutcome.REPONDEUR: "Répondeur, sans message",
        CallbackOutcome.MESSAGE_LAISSE: "Répondeur, message laissé",
        CallbackOutcome.NUMERO_INVALIDE: "Numéro invalide",
        CallbackOutcome.MAUVAIS_NUMERO: "Mauvais numéro",
        CallbackOutcome.INJOIGNABLE: "Injoignable",
        CallbackOutcome.ANNULE: "Trop tard : la demande est annulée",
        CallbackOutcome.DOUBLON: "Doublon d’une autre demande",
        CallbackOutcome.HORS_CHAMP: "Hors du champ du service",
        CallbackOutcome.OPPOSITION: "Ne veut plus jamais d’appel de nous",
        CallbackOutcome.ALERTE_DANGER: "Danger : une alerte a été donnée",
    }
)
GROUPS: Mapping[Group, str] = MappingProxyType(
    {
        Group.REACHED: "La personne a été jointe",
        Group.NOT_REACHED: "Elle n’a pas été jointe",
        Group.CLOSED: "La demande s’arrête là",
    }
)
OUT_OF_SCOPE: Mapping[OutOfScope, str] = MappingProxyType(
    {
        OutOfScope.UNDER_16: "Moins de 16 ans",
        OutOfScope.OVER_25: "Plus de 25 ans",
        OutOfScope.HOLDS_A_DIPLOMA: "A un diplôme professionnel",
        OutOfScope.AT_SCHOOL: "Est encore à l’école",
    }
)
HELPLINES: Mapping[Helpline, str] = MappingProxyType(
    {
        Helpline.ENFANCE_EN_DANGER: "119, enfance en danger",
        Helpline.HARCELEMENT: "3018, harcèlement",
        Helpline.PREVENTION_SUICIDE: "3114, prévention du suicide",
        Helpline.SAMU: "15, SAMU",
    }
)
CONFIRMED: Mapping[CallbackOutcome, str] = MappingProxyType(
    {
        CallbackOutcome.OPPOSITION: "Ce numéro ne sera plus jamais appelé, et tout ce qui lui était promis s’arrête. "
        "Confirmer ?",
        CallbackOutcome.ANNULE: "La demande est close et personne ne rappellera. Confirmer ?",
        CallbackOutcome.DOUBLON: "La demande est close comme doublon. Confirmer ?",
    }
)
"""What is asked first, of what cannot be taken back."""

_WITHOUT_TALK = (
    CallbackOutcome.A_RAPPELER,
    CallbackOutcome.ANNULE,
    CallbackOutcome.DOUBLON,
    CallbackOutcome.HORS_CHAMP,
    CallbackOutcome.OPPOSITION,
)
"""What can be said of a card that nobody has dialled."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One outcome of the form. ``asks``: its fields; ``confirm``: the question before it is sent."""

    value: CallbackOutcome
    text: str
    needs: str
    asks: str
    confirm: str


@dataclass(frozen=True, slots=True)
class FreeWindow:
    key: str
    start: str
    end: str
    text: str


@dataclass(frozen=True, slots=True)
class Form:
    """``fields``: all that some outcome of it asks for. ``here``: whose clock is meant, ``zone`` is its name."""

    groups: Sequence[tuple[str, Sequence[Choice]]]
    fields: frozenset[str]
    slots: Sequence[FreeWindow]
    zone: str
    here: str
    postcode: str
    first_day: str
    last_day: str


_INTAKES: Lately[Sequence[Intake]] = Lately()
_SLOTS: Lately[Sequence[Window]] = Lately(SLOTS_KEPT_S)


async def fragment(floor: Floor, before: Before, holder: Holder) -> str:
    callback = before.callback
    if callback is None:
        owed = floor.to_settle(before.adviser.id)
        callback = floor.open_callback(owed) if owed is not None else None
    if callback is None:
        return ""
    account = holder.account  # what is before them is theirs: the store is not asked whose it is
    theirs = before.adviser.id if account is not None and account.adviser == before.adviser.id else None
    if not holder.reaches("callbacks:read", theirs):
        return ""
    intakes = await _INTAKES.ask(floor, callback.id, lambda: floor.intakes_of(callback.id))
    card = card_of(callback, intakes, before.at, whole=holder.reaches("callers:read", theirs))
    allowed = _allowed(callback)
    form = await _form(floor, callback, allowed, before.at) if allowed else None
    return page(
        "_poste_rappel.html",
        callback=callback,
        state=callback.state,
        stage=_stage(callback),
        card=card,
        about=_about(card, callback),
        now=before.at,
        form=form,
        heading=_heading(callback),
        next=_next(callback, before.at),
        structures=[(each, typeset(LABELS[StructureKind(each)])) for each in Structure],
        out_of_scope=OUT_OF_SCOPE,
        helplines=HELPLINES,
        asked_by=ASKED_BY,
        sources=SOURCES,
        flags=FLAGS,
    )


def typeset(text: str) -> str:
    return text.replace("'", "’")


# -- where it stands --------------------------------------------------------------------------------


def _stage(callback: Callback) -> str:
    """What the page shows of it: the card alone, the card that is dialled, what came of it, or what follows."""
    match callback.state:
        case Offered() | Accepted() | Ready():
            return "card"
        case Talking() | WithGuest() | Joined() | Unsettled():
            return "outcome"
        case Requested() | Resting():
            return "settled"
    return "dialling"


def _heading(callback: Callback) -> str:
    match callback.state:
        case Offered():
            return "Fiche de rappel proposée"
        case Accepted():
            return "Fiche acceptée : votre téléphone sonne"
        case Ready():
            return "Fiche acceptée : vous êtes en ligne"
        case Dialling():
            return "Rappel : le numéro est composé"
        case Talking() | Joined():
            return "Rappel : vous parlez avec la personne"
        case WithGuest():
            return "Rappel : vous avez laissé la personne avec votre invité"
        case Unsettled():
            return "Rappel terminé : dites ce qui en est sorti"
        case Requested() | Resting():
            return "Rappel : c’est noté"
    return "Rappel"


def _next(callback: Callback, at: Instant) -> str | None:
    """What follows by itself."""
    match callback.state:
        case Requested(due_at=until) | Resting(until=until):
            if callback.window is not None:
                return f"Rappel promis {french.span(callback.window, at)}."
            return "Rappel dès que possible." if until <= at else f"Prochain rappel {french.moment(until, at)}."
        case Offered(deadline=until):
            return f"Sans réponse de votre part, elle va à quelqu’un d’autre à {_to_the_second(until)}."
        case Ready(deadline=until, dials=True):
            return f"Sans action de votre part, le numéro est composé à {_to_the_second(until)}."
        case Ready(deadline=until):
            return f"Sans action de votre part, la fiche retourne dans la file à {_to_the_second(until)}."
        case Talking(report=report) | WithGuest(report=report) | Joined(report=report) if report is not None:
            said = OUTCOMES[report.outcome]
            return f"Issue enregistrée : «{french.NBSP}{said}{french.NBSP}». Elle compte à la fin de la conversation."
        case Unsettled(deadline=until) if until is not None and until > at:
            return f"Passé {french.time_of_day(until)}, une autre personne sera invitée à décider."
    return None


def _to_the_second(at: Instant) -> str:
    return french.time_of_day(at, seconds=True)


def _allowed(callback: Callback) -> Sequence[CallbackOutcome]:
    """The outcomes that the desk takes at this stage. INJOIGNABLE is by rule, or whoever is asked once it gave up."""
    match callback.state:
        case Offered() | Accepted() | Ready():
            return _WITHOUT_TALK
        case Joined() | Unsettled(why="talked", attempt=None):  # a call of their own is no attempt
            return [each for each in OUTCOMES if MEANINGS[each].group is not Group.NOT_REACHED]
        case Talking() | WithGuest() | Unsettled(why="talked"):
            return [each for each in OUTCOMES if each is not CallbackOutcome.INJOIGNABLE]
    return ()


# -- the card ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class About:
    """What is read off the card. ``clock``: what time it is there, where that is not Paris'."""

    name: str | None
    where: str
    clock: str | None
    promised: str | None
    deadline: str | None
    late: bool
    language: str | None
    attempts: Sequence[str]


def _about(card: Card, callback: Callback) -> About:
    at = card.local_time
    there = ZoneInfo(callback.phone.zone)
    elsewhere = wall_clock(at, there).utcoffset() != wall_clock(at).utcoffset()
    clock = f"{at.hour}{french.NBSP}h{french.NBSP}{at.minute:02}" if elsewhere else None
    promised = typeset(spoken_window(callback.window, at, there)) if callback.window is not None else None
    deadline, late = None, False
    if card.legal_deadline_at is not None:
        late = card.legal_deadline_at < at
        left = "dépassée" if late else french.days_left(card.legal_deadline_at, at)
        deadline = f"{french.day(card.legal_deadline_at)} ({left})"
    spoken = card.language
    return About(
        name=" ".join(each for each in (card.first_name, card.name) if each) or None,
        where=place(callback.phone.territory, there),
        clock=clock,
        promised=promised,
        deadline=deadline,
        late=late,
        language=LANGUAGES.get(spoken, spoken) if spoken not in (None, "fr") else None,
        attempts=[
            f"{french.shortly(each.at, at)} : {french.attempt_said(each.cause, each.outcome)}"
            for each in callback.attempts
        ],
    )


# -- the form ---------------------------------------------------------------------------------------


async def _form(floor: Floor, callback: Callback, allowed: Sequence[CallbackOutcome], at: Instant) -> Form:
    zone = ZoneInfo(callback.phone.zone)
    choices = {group: [_choice(each) for each in allowed if MEANINGS[each].group is group] for group in Group}
    asked = [choice.asks.split() for those in choices.values() for choice in those]

    async def free() -> Sequence[Window]:
        slots = floor.slots(callback.line, callback.phone, callback.postcode)
        return [slot.window for slot in slots if slot.free > 0][:SLOTS_MAX]

    windows = await _SLOTS.ask(floor, (callback.id, callback.phone.number), free)
    today = wall_clock(at, zone).date()
    return Form(
        groups=[(GROUPS[group], those) for group, those in choices.items() if those],
        fields=frozenset(field for fields in asked for field in fields),
        slots=[_slot(window, at, zone) for window in windows if window.end_at > at],
        zone=zone.key,
        here="heure de Paris" if zone == PARIS else f"à l’heure qu’il est {place(callback.phone.territory, zone)}",
        postcode=callback.postcode or "",
        first_day=today.isoformat(),
        last_day=(today + timedelta(days=DAYS_AHEAD)).isoformat(),
    )


def _choice(outcome: CallbackOutcome) -> Choice:
    meaning = MEANINGS[outcome]
    return Choice(
        outcome,
        OUTCOMES[outcome],
        " ".join(sorted(meaning.needs)),
        " ".join(sorted(meaning.needs | meaning.may)),
        CONFIRMED.get(outcome, ""),
    )


def _slot(window: Window, at: Instant, zone: ZoneInfo) -> FreeWindow:
    start, end = french.iso(window.start_at), french.iso(window.end_at)
    spoken = typeset(spoken_window(window, at, zone))
    elsewhere = "" if zone == PARIS else f" ({french.hours_of(window)} à Paris)"
    return FreeWindow(start, start, end, spoken[0].upper() + spoken[1:] + elsewhere)
