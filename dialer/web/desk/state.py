"""The region of the adviser's own state: what they are doing since when, what they asked for, what they may ask for.

Decides the words for it, and what helps somebody whom no call can reach. Must not know the telephone of the browser:
that is the page's own script.
"""

from __future__ import annotations

from dataclasses import dataclass

from dialer.core import adviser as core
from dialer.core.callbacks.states import Accepted, Callback, Unsettled
from dialer.core.views import AdviserView
from dialer.core.words import By, Wish
from dialer.web import french
from dialer.web.desk.before import Before
from dialer.web.floor import Floor
from dialer.web.french import NBSP
from dialer.web.holder import Holder
from dialer.web.render import page

PAUSES = ("Pause", "Déjeuner", "Dossier à terminer", "Réunion", "Problème technique")
"""The reasons that are one press away; any other one is written."""


@dataclass(frozen=True, slots=True)
class Standing:
    """``kind``: of the sign, and of the colour. ``help``: what to do, or what comes next. ``trouble``: nobody asked
    for it."""

    kind: str
    title: str
    help: str
    trouble: bool = False


async def fragment(floor: Floor, before: Before, holder: Holder) -> str:
    view = before.adviser
    linked = floor.ready().asterisk
    told = standing(view, before.callback, linked=linked)
    return page("_poste_etat.html", adviser=view, told=told, now=before.at, wishes=WISHES, linked=linked)


async def waiting(floor: Floor, before: Before, holder: Holder) -> str:
    """How many wait in their own queues, and since when the first of them does."""
    queues = [queue for queue in floor.desk().queues if queue.id in before.adviser.skills]
    return page("_poste_attente.html", queues=queues, now=before.at)


WISHES = (
    (Wish.READY, "Prêt", "Shift+F3"),
    (Wish.PAUSED, "Pause", "Shift+F4"),
    (Wish.AWAY, "Absent", "Shift+F7"),
)
"""What they may ask for, what its button says, and its key."""


def standing(view: AdviserView, callback: Callback | None, *, linked: bool) -> Standing:
    """What they are doing, in words. ``callback``: that is before them. ``linked``: Asterisk is in reach."""
    if not linked:
        return Standing("trouble", "Service interrompu", LINK_LOST, trouble=True)
    match view.state:
        case "ringing" if callback is not None and isinstance(callback.state, Accepted):
            return Standing("ringing", "Votre téléphone est appelé", "Vous appelez la personne dès qu’il est décroché.")
        case "ringing" if callback is not None:
            return Standing("offered", "Rappel proposé", f"La fiche est devant vous{NBSP}: acceptez-la, ou rendez-la.")
        case "ringing":
            return Standing(
                "ringing", "On vous appelle", f"Répondez, ou refusez{NBSP}: l’appel va alors à quelqu’un d’autre."
            )
        case "talking":
            return Standing("talking", "En ligne", _after(view, "Quand vous aurez raccroché"))
        case "wrapping_up" if view.call is None and callback is not None and isinstance(callback.state, Unsettled):
            return Standing("wrapping_up", "Issue à donner", f"Dites ce qui est sorti du rappel{THEN_READY}")
        case "wrapping_up" if view.call is None:
            return Standing("wrapping_up", "Rappel terminé", f"Prenez le temps qu’il vous faut{THEN_READY}")
        case "wrapping_up":
            return Standing("wrapping_up", "Fiche à remplir", _after(view, "Quand la fiche sera enregistrée"))
        case "unreachable" if view.wish != Wish.AWAY:
            return Standing("trouble", "Sans téléphone", NO_PHONE, trouble=True)
        case _:
            return _idle(view)


LINK_LOST = f"Le service de téléphonie ne répond pas{NBSP}: aucun appel n’est distribué. Restez sur cette page."
THEN_READY = ", puis appuyez sur Prêt."
NO_PHONE = f"Aucun appel ne peut vous joindre{NBSP}: activez le téléphone de cette page, ou décrochez votre poste fixe."


def _idle(view: AdviserView) -> Standing:
    if view.wish == Wish.AWAY:
        return Standing("away", "Absence", "Aucun appel ne vous est proposé. Appuyez sur Prêt pour commencer.")
    if view.wish == Wish.PAUSED:
        if view.wish_by == By.SYSTEM:
            return Standing("paused", "Mis en pause par le système", _why_paused(view), trouble=True)
        return Standing("paused", "En pause", "Appuyez sur Prêt pour recevoir de nouveau des appels.")
    if view.activity != "phone":
        activity = french.ACTIVITIES.get(view.activity, view.activity)
        return Standing(
            "away",
            "Hors de vos heures au téléphone",
            f"Votre planning dit{NBSP}: {activity}. Aucun appel ne vous est proposé.",
        )
    return Standing("free", "Disponible", "Le prochain appel de vos files vous sera proposé.")


def _why_paused(view: AdviserView) -> str:
    reason = view.reason or ""
    if reason.endswith(core.MISSED_REASON):
        return "Vérifiez votre téléphone et le volume de la sonnerie, puis appuyez sur Prêt."
    if reason == core.WRAP_UP_REASON:
        return "Terminez la fiche du dernier appel, puis appuyez sur Prêt."
    return "Appuyez sur Prêt pour recevoir de nouveau des appels."


def _after(view: AdviserView, when: str) -> str:
    """What becomes of them after this call, by what they asked for."""
    then = {Wish.READY: "vous serez disponible", Wish.PAUSED: "vous serez en pause", Wish.AWAY: "vous serez absent"}
    return f"{when}, {then[Wish(view.wish)]}."
