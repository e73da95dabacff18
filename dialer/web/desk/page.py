"""The adviser's page, whole and as a stream: which regions it has, and for whom.

Decides that it is there for the account of an adviser alone, that each region is made by its own module, and that one
which fails says so in its place while all the others go on: whoever talks keeps the telephone. Must not know what is in
a region.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace

import structlog
from aiohttp import web

from dialer.core.access.sign_in import Via
from dialer.core.words import AdviserId
from dialer.web import french
from dialer.web.desk import call, call_for_help, callback, contact, person, shifts, state
from dialer.web.desk.before import Before, before
from dialer.web.floor import Floor
from dialer.web.holder import Holder
from dialer.web.keys import FLOOR, HOLDER, MICROPHONE, OWN_FORMS, STREAMS
from dialer.web.live import Sent
from dialer.web.pages import Me
from dialer.web.problems import Refused, where
from dialer.web.render import page
from dialer.web.sign_in_session import csrf_of, to_sign_in

log = structlog.get_logger(__name__)

BEAT_S = 2.0
"""At the latest the page hears from us; it calls itself stale after 5 s of silence (`SILENCE_MS`)."""
SILENCE_MS = 5000
RENDER_EVERY_MIN_S = 0.25
OTHERS_EVERY_S = 1.0
"""What others do, as a queue that grows, waits so long: at a peak it happens all the time, and for every open page."""

Fragment = Callable[[Floor, Before, Holder], Awaitable[str]]

REGIONS: Mapping[str, Fragment] = {
    "poste-etat": state.fragment,
    "poste-aide": call_for_help.fragment,
    "poste-appel": call.fragment,
    "poste-cibles": call.targets,
    "poste-danger": call.danger,
    "poste-attente": state.waiting,
    "poste-rappel": callback.fragment,
    "poste-fiche": contact.fragment,
    "poste-personne": person.fragment,
    "poste-horaires": shifts.fragment,
}
"""By the id that each has on the page. An empty string: it is not shown."""

KEYS = (
    ("F2", "répondre, accepter un rappel"),
    ("Maj+F2", "raccrocher"),
    ("F4", "mettre en attente, reprendre ; rendre un rappel"),
    ("F6", "parler à trois"),
    ("Maj+F6", "libérer la personne invitée"),
    ("F7", "transférer ; passer l’appel et partir"),
    ("F8", "couper le micro, le rouvrir"),
    ("Maj+F8", "clavier du téléphone"),
    ("F9", "danger, puis Entrée"),
    ("Maj+F9", "demander de l’aide à la supervision"),
    ("F3", "enregistrer l’issue d’un rappel"),
    ("F10", "enregistrer la fiche"),
    ("Maj+F3", "prêt"),
    ("Maj+F4", "pause"),
    ("Maj+F7", "absent"),
    ("Maj+F1", "cette liste"),
    ("Échap", "fermer une fenêtre"),
)
"""As they are told; each is the `data-key` of a button. Function keys alone, so that none takes a letter from whoever
writes or dictates (WCAG 2.1.4), and none that ends a call beside one that is pressed in haste."""


async def desk_page(request: web.Request) -> web.Response:
    floor, holder = request.app[FLOOR], request[HOLDER]
    access, adviser = floor.access, _adviser(holder)
    if access is None or adviser is None or holder.account is None or holder.session is None:
        if access is None:
            raise Refused(404, "There are no accounts here, and this page is an adviser's own.")
        return to_sign_in(request)
    made = before(floor, adviser)
    if made is None:
        raise Refused(404, "This account's adviser is none of the configuration any more.")
    request[OWN_FORMS] = request[MICROPHONE] = True
    return web.Response(
        content_type="text/html",
        text=page(
            "poste.html",
            me=Me(holder.account.name, csrf_of(access, holder.session)),
            account=holder.account.id,
            adviser=made.adviser,
            fragments=await regions(floor, made, holder),
            by_password=holder.session.via is Via.PASSWORD,
            pauses=state.PAUSES,
            keys=KEYS,
            at=french.iso(made.at),
            now=made.at,
            silence=SILENCE_MS,
        ),
    )


async def live_desk(request: web.Request) -> web.StreamResponse:
    """The stream of one's own page."""
    adviser = _adviser(request[HOLDER])
    if adviser is None:
        raise Refused(404, "This page is an adviser's own.")
    streams = request.app[STREAMS]
    streams.desks[adviser] += 1
    try:
        return await streams.serve(request, _sent(request.app[FLOOR], adviser, request[HOLDER]))
    finally:
        streams.desks[adviser] -= 1


async def _sent(floor: Floor, adviser: AdviserId, holder: Holder) -> AsyncGenerator[Sent]:
    """All regions at every change of theirs, soon after those of others, and at each beat, until there is no such
    adviser any more."""
    while True:
        version = floor.changes.version
        made = before(floor, adviser)
        if made is None:
            return
        yield french.iso(made.at), await regions(floor, made, holder)
        with suppress(TimeoutError):
            async with asyncio.timeout(BEAT_S):
                await _until_worth_drawing(floor, made, version)


async def _until_worth_drawing(floor: Floor, drawn: Before, version: int) -> None:
    clock = asyncio.get_running_loop().time
    others_s = clock() + OTHERS_EVERY_S
    while True:
        await asyncio.sleep(RENDER_EVERY_MIN_S)
        version = await floor.changes.after(version)
        made = before(floor, drawn.adviser.id)
        if made is None or replace(made, at=drawn.at) != drawn or clock() >= others_s:
            return


async def regions(floor: Floor, made: Before, holder: Holder) -> Mapping[str, str]:
    """Each region's HTML, by its id."""
    shift = page("_bandeau.html", shift=floor.clock_shift, now=made.at)
    return {"bandeau": shift, "alertes": ""} | {name: await _region(name, floor, made, holder) for name in REGIONS}


async def _region(name: str, floor: Floor, made: Before, holder: Holder) -> str:
    try:
        return (await REGIONS[name](floor, made, holder)).strip()
    except Exception as error:
        log.error("a region of the desk failed", region=name, **where(error))
        return page("_poste_panne.html")


def _adviser(holder: Holder) -> AdviserId | None:
    return holder.account.adviser if holder.account is not None else None
